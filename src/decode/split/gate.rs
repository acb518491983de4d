//! Which programs are worth parsing.
//!
//! A key begins in a way that its rule knows, and the first of its pieces shows that beginning in one of a few forms. These are words that the prefilter
//! watches for, in the pass that it makes over every text anyway, and a look at what stands beside a word tells chance from a piece. The law: a split key
//! is found when one of its literals
//!
//! - holds the beginning, up to the first sign (`ghp_`, `github_`) and four characters of it (`AIza`, `dp.c`; `sk-` is all of one), behind a quote, a
//!   blank, `=` or `:`, and goes on with letters, digits and signs of keys that agree with the rule's literal as far as both go; then it is filled in
//!   (`${`, `{`, `%s`), or it ends and another piece may follow: after `+`, `,` or nothing, at the end of the statement, or anywhere when the piece ends
//!   in a sign. Behind a blank it is the whole beginning that the rule knows, and what is less is not followed by a literal that goes on in another way. In
//!   a line of a comment, or as what `startsWith` or `replace` looks for, it is none, nor with two dots in a row. A whole beginning with more behind it,
//!   which ends in no sign, is none where nothing is put together: as the value in front of an entry too short for the rest, among the arguments of a function that
//!   [`PUTS_TOGETHER`] lacks, or where a statement ends that compares or returns it or gives it to a member ([`stays`]);
//! - or, for keys of which [`Forms::All`] are looked for, is the first two letters, and the next literal goes on with the rest of the beginning
//!   (`"sk" + "-proj-"`);
//! - or is the first letter, and the next two have one each (`'s', 'k', '-'`);
//! - or ends in the beginning turned around (`-ks"`);
//! - or begins with the base64 of its first three characters, or holds their hexadecimal digits or the escapes of the first two (`\x73\x6b`,
//!   `\u0073\u006b`, `%73%6b`, `\163\153`);
//! - or when the numbers of the first three stand in a row (`115, 107, 45`, `0x73, 0x6b, 0x2d`) or the first is asked for (`chr(115)`,
//!   `fromCharCode(115`).
//!
//! A text that is let in by chance costs its parsing and nothing else.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// In which forms the beginning of a key is looked for. Every word makes the pass over all texts slower, and few keys are hidden with such care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forms {
    /// As it is.
    Plain,
    /// In all forms.
    All,
}

/// How a beginning stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// As it is.
    Plain,
    /// Its first two letters between quotes, together or apart: what follows must be the next.
    Two,
    /// It begins a literal.
    Encoded,
    /// Nothing beside it is looked at.
    Anywhere,
}

/// The words of all beginnings.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    words: Vec<String>,
    forms: Vec<Form>,
    /// What keys begin with, sorted.
    prefixes: Vec<String>,
}

/// How far a piece is followed to its end.
const LONGEST_PIECE: usize = 300;
/// How far the next piece may be.
const FARTHEST: usize = 80;

impl Gate {
    /// The gate for keys that begin with one of `prefixes`. Those that do not begin with a letter or digit are no beginnings of keys.
    #[must_use]
    pub fn new<'a>(prefixes: impl IntoIterator<Item = (&'a str, Forms)>) -> Self {
        let is_key = |prefix: &str| {
            prefix.is_ascii() && prefix.len() >= 3 && prefix.starts_with(|first: char| first.is_ascii_alphanumeric())
        };
        let mut known: Vec<String> = Vec::new();
        let mut words: BTreeMap<String, Form> = BTreeMap::new();
        for (prefix, forms) in prefixes.into_iter().filter(|(prefix, _)| is_key(prefix)) {
            known.push(prefix.to_owned());
            words.insert(head(prefix).to_owned(), Form::Plain);
            if forms == Forms::All {
                for (word, form) in words_of(head(prefix)) {
                    words.entry(word).or_insert(form);
                }
            }
        }
        known.sort_unstable();
        known.dedup();
        let (words, forms) = words.into_iter().unzip();
        Self { words, forms, prefixes: known }
    }

    /// The words, each at its position.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str)
    }

    /// How far from the beginning of a word [`Gate::opens`] looks, before and behind it.
    pub const REACH: (usize, usize) = (LONGEST_COMMENT + 8, LONGEST_PIECE + 4 * FARTHEST + SHORTEST_REST + 8);

    /// Whether the word at position `word` of the list, which stands at `at` in `text`, may begin a split key.
    #[must_use]
    pub fn opens(&self, word: usize, text: &[u8], at: usize) -> bool {
        let (Some(found), Some(form)) = (self.words.get(word), self.forms.get(word)) else { return false };
        let before = at.checked_sub(1).and_then(|before| text.get(before)).copied();
        let end = at + found.len();
        match form {
            Form::Anywhere => true,
            Form::Encoded => before.is_some_and(is_quote),
            Form::Two => {
                let two: Vec<u8> = found.bytes().filter(u8::is_ascii_alphanumeric).collect();
                next_piece(&text[end..]).is_some_and(|next| self.goes_on(&two, next))
            }
            Form::Plain => is_begun(&text[..at]) && self.is_piece(&text[..at], &text[at..]),
        }
    }

    /// Whether `next`, the beginning of a literal, goes on from `two` as a key does.
    fn goes_on(&self, two: &[u8], next: &[u8]) -> bool {
        self.prefixes.iter().any(|prefix| {
            let rest = prefix.as_bytes().strip_prefix(two).unwrap_or_default();
            next.first().is_some_and(|first| rest.first() == Some(first))
        })
    }

    /// Whether what `text` begins with, behind `before`, is the first piece of a key.
    fn is_piece(&self, before: &[u8], text: &[u8]) -> bool {
        let length = text.iter().take(LONGEST_PIECE).take_while(|byte| is_of_key(**byte)).count();
        let (piece, rest) = text.split_at(length);
        let is_filled_in = matches!(rest, [b'{', ..] | [b'$', b'{', ..] | [b'%', b's', ..]);
        let is_open = piece.last().is_some_and(|last| !last.is_ascii_alphanumeric());
        let behind = rest.split_first().filter(|(quote, _)| is_quote(**quote)).map(|(_, behind)| behind);
        // Three dots stand for a key, and two are in none.
        let is_left_out = piece.windows(2).any(|two| two == b"..");
        if is_left_out || !behind.map_or(is_filled_in, |behind| may_go_on(behind, is_open)) {
            return false;
        }
        // In the middle of a literal, as behind `Bearer`, many a word begins as some key does.
        let may_be_part = before.last() != Some(&b' ');
        let next = if is_filled_in { None } else { behind.and_then(next_piece).filter(|next| !is_name(next)) };
        let stays = !is_open && behind.is_some_and(|behind| stays(before, behind));
        self.prefixes.iter().map(String::as_bytes).any(|prefix| match prefix.strip_prefix(piece) {
            Some(missing) if !missing.is_empty() => may_be_part && next.is_none_or(|next| agree(missing, next)),
            _ => piece.starts_with(prefix) && !(stays && piece.len() > prefix.len()),
        })
    }
}

/// Whether `literal` is the name of an entry: what it names may be joined with anything.
fn is_name(literal: &[u8]) -> bool {
    let end = literal.iter().take(FARTHEST).position(|byte| is_quote(*byte));
    end.is_some_and(|end| literal.get(end + 1) == Some(&b':'))
}

/// Characters that the rest of a key has at least, where another entry holds it.
const SHORTEST_REST: usize = 16;

/// Whether `literal` is the name of an entry that cannot hold the rest of a key: two may be put together by their names.
fn begins_entry(literal: &[u8]) -> bool {
    let Some(end) = literal.iter().take(FARTHEST).position(|byte| is_quote(*byte)) else { return false };
    let [b':', value @ ..] = &literal[end + 1..] else { return false };
    match split_blanks(value).1 {
        [] => false,
        [quote, value @ ..] if is_quote(*quote) => {
            !(value.len() >= SHORTEST_REST && value[..SHORTEST_REST].iter().all(|byte| is_of_key(*byte)))
        }
        _ => true,
    }
}

/// Whether `literal` goes on as `missing` does, as far as both go.
fn agree(missing: &[u8], literal: &[u8]) -> bool {
    let shown = literal.iter().take_while(|byte| is_of_key(**byte)).count();
    missing.iter().zip(&literal[..shown]).all(|(one, other)| one == other)
}

/// Whether a piece of a key may begin behind `before`. What is looked for in something, or stands in a line of a comment, is none.
fn is_begun(before: &[u8]) -> bool {
    let Some((last, rest)) = before.split_last() else { return true };
    let is_behind_mark = is_quote(*last) || matches!(last, b' ' | b'=' | b':');
    is_behind_mark && !SEARCHES.iter().any(|call| rest.ends_with(call)) && !is_in_comment(before)
}

/// Calls whose first argument is compared with a text and never a part of what they give.
const SEARCHES: [&[u8]; 9] =
    [b"With(", b"with(", b"replace(", b"replaceAll(", b"split(", b"prefix(", b"ndexOf(", b"includes(", b"find("];

/// Whether the line that `before` ends with is one of a comment, as far as its beginning is seen.
fn is_in_comment(before: &[u8]) -> bool {
    let near = seen(before);
    let line = near.iter().rposition(|byte| *byte == b'\n').map(|end| near[end + 1..].trim_ascii_start());
    line.is_some_and(|line| COMMENTS.iter().any(|mark| line.starts_with(mark)))
}

/// How lines of comments begin. A `#` without a blank is a private name of JavaScript.
const COMMENTS: [&[u8]; 4] = [b"//", b"/*", b"* ", b"# "];
/// How far from the beginning of its line a piece is known to stand in a comment.
const LONGEST_COMMENT: usize = 160;

/// Whether a piece that ends before `rest` may be put together with others. It is `open` when it ends in a sign, as no word does.
fn may_go_on(rest: &[u8], open: bool) -> bool {
    let (blank, rest) = split_blanks(rest);
    match rest {
        [b'.', rest @ ..] => !rest.starts_with(b"length"),
        [] | [b'+' | b'%' | b';' | b'#' | b'\\', ..] | [b'/', b'/', ..] => true,
        [b',', rest @ ..] => open || next_piece(rest).is_some() || rest.starts_with(b" ..."),
        [quote, ..] if is_quote(*quote) => true,
        [b'b' | b'f' | b'r', quote, ..] if is_quote(*quote) => true,
        [b')' | b']' | b'}', ..] => open,
        // The next statement.
        _ => blank.contains(&b'\n'),
    }
}

/// Whether a literal between `before` and `rest` is complete: what it is given to puts nothing together, as far as folding follows it.
fn stays(before: &[u8], rest: &[u8]) -> bool {
    match split_blanks(rest).1 {
        [b',', more @ ..] => next_piece(more).is_some_and(begins_entry) || is_argument(before),
        [] | [b';', ..] => is_said_once(before),
        // A sum may go on behind a comment.
        [b'+' | b'%' | b'.' | b'\\' | b'#' | b'/', ..] => false,
        more => next_piece(more).is_none() && is_said_once(before),
    }
}

/// Functions and methods whose arguments become parts of what they give, and what else may stand in front of a list in round brackets.
const PUTS_TOGETHER: [&[u8]; 13] = [
    b"concat",
    b"format",
    b"of",
    b"from",
    b"str",
    b"bytes",
    b"bytearray",
    b"String",
    b"Buffer",
    b"unquote",
    b"unquote_plus",
    b"decode",
    b"in",
];

/// Whether the literal whose quote `before` ends with is an argument of a call that makes no string of it. Only names, numbers and literals may stand
/// between it and the bracket.
fn is_argument(before: &[u8]) -> bool {
    let Some((_, mut head)) = seen(before).split_last().filter(|(quote, _)| is_quote(**quote)) else { return false };
    while let Some((last, rest)) = head.split_last() {
        head = match *last {
            b'(' => {
                let name = rest.len() - rest.iter().rev().take_while(|byte| is_of_name(**byte)).count();
                return name < rest.len() && !PUTS_TOGETHER.contains(&&rest[name..]);
            }
            // A line of arguments follows a comma or the bracket.
            b'\n' if !matches!(rest.trim_ascii_end(), [.., b'(' | b',']) => return false,
            quote if is_quote(quote) => {
                let Some(start) = rest.iter().rposition(|byte| *byte == quote) else { return false };
                if rest[start..].iter().any(|byte| matches!(byte, b'\n' | b'\\')) {
                    return false;
                }
                &rest[..start]
            }
            b'=' if matches!(rest, [.., name] if is_of_name(*name)) => rest,
            byte if is_of_name(byte) || byte.is_ascii_whitespace() || matches!(byte, b',' | b'.' | b'-') => rest,
            _ => return false,
        };
    }
    false
}

/// Whether the literal whose quote `before` ends with is compared, returned or given to a member: nothing reads it by a name that is followed.
fn is_said_once(before: &[u8]) -> bool {
    let near = seen(before);
    let Some(line) = near.iter().rposition(|byte| *byte == b'\n').map(|end| near[end + 1..].trim_ascii()) else {
        return false;
    };
    let Some((_, head)) = line.split_last().filter(|(quote, _)| is_quote(**quote)) else { return false };
    let head = head.trim_ascii_end();
    if head.ends_with(b"==") || head.ends_with(b"!=") || head == b"return" {
        return true;
    }
    let Some(target) = head.strip_suffix(b"=").map(<[u8]>::trim_ascii_end) else { return false };
    let is_path = target.iter().all(|byte| is_of_name(*byte) || is_quote(*byte) || matches!(byte, b'.' | b'[' | b']'));
    is_path && (target.contains(&b'.') || target.ends_with(b"]"))
}

/// What is looked at of the text that ends with `before`.
fn seen(before: &[u8]) -> &[u8] {
    &before[before.len().saturating_sub(LONGEST_COMMENT)..]
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$')
}

/// The blanks that `text` begins with, and what follows them.
fn split_blanks(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(text.iter().take(FARTHEST).take_while(|byte| byte.is_ascii_whitespace()).count())
}

/// The beginning of `prefix` that a piece must show.
fn head(prefix: &str) -> &str {
    let sign = prefix.find(|c: char| !c.is_ascii_alphanumeric()).map_or(0, |sign| sign + 1);
    // The prefilter has many more places to look at for a word of three bytes that no rule has.
    &prefix[..sign.max(4).min(prefix.len())]
}

/// The words besides `head` itself that tell of a key that begins with it, at least three characters of ASCII.
fn words_of(head: &str) -> Vec<(String, Form)> {
    let (one, two, three) = (&head[..1], &head[1..2], &head[2..3]);
    let backwards: String = head.chars().rev().collect();
    let mut words = vec![(STANDARD.encode(&head[..3]), Form::Encoded)];
    for quote in ["\"", "'", "`"] {
        words.push((format!("{backwards}{quote}"), Form::Anywhere));
        words.push((format!("{quote}{one}{two}{quote}"), Form::Two));
    }
    for quote in ["\"", "'"] {
        for between in [",", ", "] {
            words.push((format!("{quote}{one}{quote}{between}{quote}{two}{quote}"), Form::Two));
        }
    }
    let codes: Vec<u8> = [one, two, three].iter().flat_map(|character| character.bytes()).collect();
    let [a, b, c] = codes[..] else { return words };
    words.extend(
        [
            format!("{a:02x}{b:02x}{c:02x}"),
            format!("{a:02X}{b:02X}{c:02X}"),
            format!("%{a:02x}%{b:02x}"),
            format!("%{a:02X}%{b:02X}"),
            format!("\\x{a:02x}\\x{b:02x}"),
            format!("\\x{a:02X}\\x{b:02X}"),
            format!("\\u{a:04x}\\u{b:04x}"),
            format!("\\u{a:04X}\\u{b:04X}"),
            format!("\\{a:o}\\{b:o}"),
            format!("{a},{b},{c}"),
            format!("{a}, {b}, {c}"),
            format!("0x{a:02x},0x{b:02x},0x{c:02x}"),
            format!("0x{a:02x}, 0x{b:02x}, 0x{c:02x}"),
            format!("chr({a})"),
            format!("fromCharCode({a}"),
        ]
        .map(|word| (word, Form::Anywhere)),
    );
    words
}

/// What stands in the literal behind `text`, when nothing but what joins two pieces comes first.
fn next_piece(text: &[u8]) -> Option<&[u8]> {
    let is_between = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'+' | b',' | b'b' | b'f' | b'r');
    let at = text.iter().take(FARTHEST).position(|byte| !is_between(byte))?;
    is_quote(text[at]).then(|| &text[at + 1..])
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

fn is_of_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'+' | b'/' | b'=' | b'~')
}
