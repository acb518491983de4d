//! Long runs of letters and digits, over several lines where they are wrapped: what base64 and hexadecimal stand in.
//!
//! Nearly all of a program is no such run, and is passed over by looking at the last byte of where a run could be: in ordinary source that byte or
//! one of its neighbours ends a word, and rules all of it out.
//!
//! A line is continued by the next one when it is as long as the lines of any program that wraps ([`WRAPPED`]), both end where lines end, and
//! nothing but blanks stands between them. A name or a sentence that follows a value is no continuation, since something else follows it.

use crate::model::Span;

/// Shorter runs are left alone: eighteen bytes in base64, and no credential that can be told by its form is shorter.
pub(super) const SHORTEST: usize = 24;
/// A line that is shorter is not continued by the next.
const WRAPPED: usize = 40;
/// Blanks in front of a line.
const INDENT: usize = 120;
/// A line that is continued from another one is at most this long.
const LONGEST_LINE: usize = 512;

/// Whether a byte belongs to base64 in either alphabet.
static IN_RUN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128_u8 {
        table[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
        byte += 1;
    }
    table
};

fn is_in_run(byte: u8) -> bool {
    IN_RUN[usize::from(byte)]
}

/// Calls `found` with the pieces of each block that begins between `from` and `to`. At `from` no block may be under way.
pub(super) fn each(text: &[u8], from: usize, to: usize, mut found: impl FnMut(&[Span])) {
    let mut pieces = Vec::new();
    let mut at = from;
    while let Some(first) = next_run(text, at).filter(|run| run.start < to) {
        pieces.clear();
        pieces.push(first);
        let mut last = first;
        while let Some(next) = continuation(text, last) {
            pieces.push(next);
            last = next;
        }
        found(&pieces);
        at = last.end;
    }
}

/// The first run of at least [`SHORTEST`] bytes that begins at or after `from`.
fn next_run(text: &[u8], from: usize) -> Option<Span> {
    let mut start = from;
    while let Some(window) = text.get(start..start + SHORTEST) {
        match window.iter().rposition(|&byte| !is_in_run(byte)) {
            Some(other) => start += other + 1,
            None => return Some(Span::new(start, end_of_run(text, start + SHORTEST))),
        }
    }
    None
}

fn end_of_run(text: &[u8], from: usize) -> usize {
    from + text[from..].iter().position(|&byte| !is_in_run(byte)).unwrap_or(text.len() - from)
}

/// The line that goes on with what `piece` ends.
fn continuation(text: &[u8], piece: Span) -> Option<Span> {
    if piece.len() < WRAPPED {
        return None;
    }
    let rest = &text[piece.end..];
    let after = rest.len() - after_break(rest)?.len();
    // Behind a break that is written as an escape the next line begins at once.
    let indent = if rest[0] == b'\\' { 0 } else { INDENT };
    let blanks = rest[after..].iter().take(indent).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let start = piece.end + after + blanks;
    let longest = text.len().min(start + LONGEST_LINE + 1);
    let length = text[start..longest].iter().position(|&byte| !is_in_run(byte)).unwrap_or(longest - start);
    if length == 0 || length > LONGEST_LINE {
        return None;
    }
    let next = Span::new(start, start + length);
    ends_a_line(&text[next.end..]).then_some(next)
}

/// What stands behind the line break that `rest` begins with: one of the text, or one that is written as an escape.
fn after_break(rest: &[u8]) -> Option<&[u8]> {
    [&b"\n"[..], b"\r\n", b"\\n", b"\\r\\n"].into_iter().find_map(|mark| rest.strip_prefix(mark))
}

/// Whether a line of base64 may end where `rest` begins.
fn ends_a_line(rest: &[u8]) -> bool {
    match rest.first() {
        None | Some(b'"' | b'\'' | b'`' | b'=' | b'<' | b'\\') => true,
        Some(_) => after_break(rest).is_some(),
    }
}
