//! What stands around a match: its edges, and the words that speak for a provider.
//!
//! Where a shape belongs to several providers the surroundings decide, and a host weighs more than a name: a `.env` that sets
//! `OPENAI_API_KEY` beside another provider's base URL holds a key of that other provider. Of the shapes that every server with OpenAI's interface
//! takes, one beside nobody's base URL is a key of nobody known, whatever stands farther away.

use super::address::Address;
use crate::{
    model::Span,
    rules::{Edges, Rule},
};

/// How strongly the surroundings speak for a rule's provider. Ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Evidence {
    /// The rule asks for a word and there is none, and the address beside it is somebody else's.
    Foreign,
    /// The rule asks for a word and there is none.
    Missing,
    /// The rule asks for none.
    NotNeeded,
    /// Words were found: one for a name somewhere near, two for a name on the same line, two more for a host within reach. So a name and a
    /// host of two providers are a tie, which nobody wins, and both of one provider outweigh a host of another.
    Points(u8),
}

/// Families of keys that go to whatever server a base URL names. Other shapes are their provider's beside an address of the program's own, too.
const OF_ANY_SERVER: [&str; 2] = ["bare-sk", "bare-hex"];

/// What the surroundings of `span` say about the provider of `rule`.
pub(super) fn evidence(rule: &Rule, text: &[u8], span: Span, path: Option<&str>) -> Evidence {
    let Some(context) = &rule.spec.context else { return Evidence::NotNeeded };
    let before = &text[span.start.saturating_sub(context.reach)..span.start];
    let after = &text[span.end..(span.end + context.reach).min(text.len())];
    let of_any_server = rule.spec.family.as_deref().is_some_and(|family| OF_ANY_SERVER.contains(&family));
    let lower = |part: &[u8]| if of_any_server { in_lines(part) } else { part.to_ascii_lowercase() };
    let (before, after) = (lower(before), lower(after));
    let line_before = memchr::memrchr(b'\n', &before).map_or(&before[..], |at| &before[at + 1..]);
    let line_after = memchr::memchr(b'\n', &after).map_or(&after[..], |at| &after[..at]);
    let address = of_any_server.then(|| Address::of_key(&before, &after)).flatten();
    let foreign = address.filter(|address| !is_of(rule, address.text));
    let parts = match &foreign {
        Some(address) => address.nearer(&before, &after),
        None => vec![&before[..], &after[..]],
    };
    let lower_path = path.map(str::to_ascii_lowercase);
    let path_counts = context.path && foreign.is_none();
    let (mut name, mut host) = (0, 0);
    for word in rule.context_words() {
        let is_in = |part: &[u8]| word.find(part).is_some();
        if parts.iter().any(|part| is_in(part)) {
            match word.needle().contains(&b'.') {
                true => host = 2,
                false if is_in(line_before) || is_in(line_after) => name = 2,
                false => name = name.max(1),
            }
        } else if path_counts && lower_path.as_ref().is_none_or(|path| is_in(path.as_bytes())) {
            name = name.max(1);
        }
    }
    match name + host {
        0 if foreign.is_some() => Evidence::Foreign,
        0 => Evidence::Missing,
        points => Evidence::Points(points),
    }
}

/// `part` in lower case, with line breaks where they are written out, as in a string of JSON.
fn in_lines(part: &[u8]) -> Vec<u8> {
    let mut lower = part.to_ascii_lowercase();
    for at in memchr::memmem::find_iter(part, b"\\n") {
        lower[at..at + 2].copy_from_slice(b" \n");
    }
    lower
}

/// Whether the provider of `rule` answers at `address`, which is in lower case.
fn is_of(rule: &Rule, address: &[u8]) -> bool {
    rule.context_words().iter().any(|word| word.find(address).is_some())
        || rule.provider.hosts.iter().any(|host| memchr::memmem::find(address, host.as_bytes()).is_some())
}

/// Whether nothing touches `span` that `edges` forbids.
pub(super) fn edges_hold(edges: Edges, text: &[u8], span: Span) -> bool {
    let right = || text.get(span.end).is_none_or(|&byte| !is_word(byte));
    left_edge_holds(edges, text, span.start)
        && (matches!(edges, Edges::Open | Edges::Left) || right())
        && !(edges == Edges::Both && is_in_base64(text, span))
}

/// Bytes on either side of a match that tell that it is a part of base64, such as a picture in a notebook.
const BASE64_AROUND: usize = 40;

/// Whether `span` is what two of the signs `+` and `/` happen to cut out of base64: there is nothing else as far as one can see.
fn is_in_base64(text: &[u8], span: Span) -> bool {
    let is_sign = |byte: Option<&u8>| matches!(byte, Some(b'+' | b'/'));
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let before = &text[span.start.saturating_sub(BASE64_AROUND)..span.start];
    let after = &text[span.end..text.len().min(span.end + BASE64_AROUND)];
    is_sign(before.last())
        && is_sign(after.first())
        && [before, after].iter().all(|side| side.len() == BASE64_AROUND && side.iter().all(is_base64))
}

/// Whether nothing stands before `start` that `edges` forbids.
pub(super) fn left_edge_holds(edges: Edges, text: &[u8], start: usize) -> bool {
    let before = &text[..start];
    matches!(edges, Edges::Open | Edges::Right)
        || before.last().is_none_or(|&byte| !is_word(byte))
        || ends_in_escape(before)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// Whether `before` ends in the letters of an escape: `\n`, `%3D`, `=3D`, `\x22`, `\u0022`, a terminal's colour.
fn ends_in_escape(before: &[u8]) -> bool {
    let hex = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
    let tail = |length: usize| before.len().checked_sub(length).map(|at| &before[at..]);
    let upper_hex = |digits: &[u8]| digits.iter().all(|digit| digit.is_ascii_digit() || (b'A'..=b'F').contains(digit));
    tail(2).is_some_and(|tail| tail[0] == b'\\' && matches!(tail[1], b'n' | b't' | b'r'))
        || tail(3).is_some_and(|tail| tail[0] == b'%' && hex(&tail[1..]))
        // Quoted-printable, as in mail: always in capitals.
        || tail(3).is_some_and(|tail| tail[0] == b'=' && upper_hex(&tail[1..]))
        || tail(4).is_some_and(|tail| tail.starts_with(b"\\x") && hex(&tail[2..]))
        || tail(6).is_some_and(|tail| tail.starts_with(b"\\u") && hex(&tail[2..]))
        || ends_in_color(before)
}

/// Whether `before` ends in a colour of a terminal, `ESC [ 1 ; 32 m`, as in the logs of a build.
fn ends_in_color(before: &[u8]) -> bool {
    let Some(rest) = before.strip_suffix(b"m") else { return false };
    let digits = rest.iter().rev().take(12).take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
    rest[..rest.len() - digits].ends_with(b"\x1b[")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left_holds(before: &str) -> bool {
        let text = format!("{before}KEY");
        edges_hold(Edges::Left, text.as_bytes(), Span::new(before.len(), text.len()))
    }

    #[test]
    fn a_line_break_that_is_written_out_is_one() {
        assert_eq!(in_lines(b"A=1\\nB=2\nC\\\\n"), b"a=1 \nb=2\nc\\ \n");
    }

    #[test]
    fn a_word_in_front_forbids_and_an_escape_does_not() {
        assert!(left_holds(""));
        assert!(left_holds("x = \""));
        assert!(!left_holds("ta"));
        assert!(!left_holds("a_"));
        assert!(left_holds("line\\n"));
        assert!(left_holds("q%3D"));
        assert!(left_holds("\\u0022"));
        assert!(left_holds("\\x22"));
        assert!(!left_holds("u0022"));
        assert!(left_holds("\x1b[1;32m") && left_holds("\x1b[m"));
        assert!(!left_holds("[32m") && !left_holds("m"));
        assert!(left_holds("=3D") && !left_holds("=de"));
    }
}
