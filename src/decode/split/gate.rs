//! Which programs are worth parsing.
//!
//! A key begins in a way that its rule knows, and the first of its pieces shows that beginning in one of a few forms. These are words that the prefilter
//! watches for, in the pass that it makes over every text anyway, and a look at what stands beside a word tells chance from a piece. The law: a split key
//! is found when one of its literals
//!
//! - holds the beginning, up to the first sign that is no letter (`sk-`, `ghp_`, `github_`) or four letters (`AIza`), behind no letter or digit, and ends
//!   or is filled in (`${`, `{`, `%s`) after letters, digits and signs of keys that agree with the rule's literal, as far as both go;
//! - or is the first two letters, and the next literal goes on with the rest of the beginning (`"sk" + "-proj-"`);
//! - or is one letter, and the next one the second (`'s', 'k'` and `'s' + 'k'`);
//! - or ends in the beginning turned around (`-ks"`);
//! - or begins with the base64 of its first three characters, or holds their hexadecimal digits or the escapes (`\x73\x6b`, `\u0073\u006b`, `%73%6b`,
//!   `\163\153`) of the first two;
//! - or when the numbers of the first characters stand in a row (`115, 107, 45`, `0x73, 0x6b`) or the first is asked for (`chr(115)`, `fromCharCode(115`).
//!
//! A text that is let in by chance costs its parsing and nothing else.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// How a beginning stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// As it is.
    Plain,
    /// Its first two letters between quotes.
    Two,
    /// It ends a literal.
    Backwards,
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
    pub fn new<'a>(prefixes: impl IntoIterator<Item = &'a str>) -> Self {
        let is_key = |prefix: &&str| {
            prefix.is_ascii() && prefix.len() >= 3 && prefix.starts_with(|first: char| first.is_ascii_alphanumeric())
        };
        let mut prefixes: Vec<String> = prefixes.into_iter().filter(is_key).map(str::to_owned).collect();
        prefixes.sort_unstable();
        prefixes.dedup();
        let mut words: BTreeMap<String, Form> = BTreeMap::new();
        for prefix in &prefixes {
            for (word, form) in words_of(head(prefix)) {
                words.entry(word).or_insert(form);
            }
        }
        let (words, forms) = words.into_iter().unzip();
        Self { words, forms, prefixes }
    }

    /// The words, each at its position.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str)
    }

    /// How far from the beginning of a word [`Gate::opens`] looks, before and behind it.
    pub const REACH: (usize, usize) = (1, LONGEST_PIECE + FARTHEST + 8);

    /// Whether the word at position `word` of the list, which stands at `at` in `text`, may begin a split key.
    #[must_use]
    pub fn opens(&self, word: usize, text: &[u8], at: usize) -> bool {
        let (Some(found), Some(form)) = (self.words.get(word), self.forms.get(word)) else { return false };
        let before = at.checked_sub(1).and_then(|before| text.get(before)).copied();
        let end = at + found.len();
        match form {
            Form::Anywhere => true,
            Form::Encoded => before.is_some_and(is_quote),
            Form::Backwards => text.get(end).copied().is_some_and(is_quote),
            Form::Two => {
                let two = &found[1..found.len() - 1];
                next_piece(&text[end..]).is_some_and(|next| self.goes_on(two.as_bytes(), next))
            }
            Form::Plain => before.is_none_or(|before| !is_word(before)) && self.is_piece(&text[at..]),
        }
    }

    /// Whether `next`, the beginning of a literal, goes on from `two` as a key does.
    fn goes_on(&self, two: &[u8], next: &[u8]) -> bool {
        self.prefixes.iter().any(|prefix| {
            let rest = prefix.as_bytes().strip_prefix(two).unwrap_or_default();
            next.first().is_some_and(|first| rest.first() == Some(first))
        })
    }

    /// Whether what `text` begins with agrees with the beginning of a key up to the end of its literal.
    fn is_piece(&self, text: &[u8]) -> bool {
        let length = text.iter().take(LONGEST_PIECE).take_while(|byte| is_of_key(**byte)).count();
        let (piece, rest) = text.split_at(length);
        let ends = match rest {
            [quote, ..] if is_quote(*quote) => true,
            [b'{', ..] | [b'$', b'{', ..] | [b'%', b's', ..] => true,
            _ => false,
        };
        ends && self.prefixes.iter().any(|prefix| {
            let prefix = prefix.as_bytes();
            piece.starts_with(prefix) || prefix.starts_with(piece)
        })
    }
}

/// The beginning of `prefix` that a piece must show.
fn head(prefix: &str) -> &str {
    let sign = prefix.find(|c: char| !c.is_ascii_alphabetic()).map_or(4, |sign| sign + 1);
    &prefix[..sign.max(3).min(prefix.len())]
}

/// The words that tell of a key that begins with `head`, at least three characters of ASCII.
fn words_of(head: &str) -> Vec<(String, Form)> {
    let (one, two, three) = (&head[..1], &head[1..2], &head[2..3]);
    let mut words = vec![
        (head.to_owned(), Form::Plain),
        (head.chars().rev().collect(), Form::Backwards),
        (STANDARD.encode(&head[..3]), Form::Encoded),
    ];
    for quote in ["\"", "'", "`"] {
        words.push((format!("{quote}{one}{two}{quote}"), Form::Two));
    }
    for quote in ["\"", "'"] {
        for between in [",", ", ", "+", " + "] {
            words.push((format!("{quote}{one}{quote}{between}{quote}{two}{quote}"), Form::Anywhere));
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
            format!("0x{a:02x},0x{b:02x}"),
            format!("0x{a:02x}, 0x{b:02x}"),
            format!("chr({a})"),
            format!("fromCharCode({a}"),
        ]
        .map(|word| (word, Form::Anywhere)),
    );
    words
}

/// What stands in the literal behind `text`, when nothing but what joins two pieces comes first.
fn next_piece(text: &[u8]) -> Option<&[u8]> {
    let between = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'+' | b',' | b'b' | b'f' | b'r');
    let at = text.iter().take(FARTHEST).position(|byte| !between(byte))?;
    is_quote(text[at]).then(|| &text[at + 1..])
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn is_of_key(byte: u8) -> bool {
    is_word(byte) || matches!(byte, b'.' | b'+' | b'/' | b'=' | b'~')
}
