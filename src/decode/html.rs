//! `&#65;`, `&#x41;`, `&quot;`: characters of HTML and XML.
//!
//! `&amp;`, `&lt;`, `&gt;` and blanks stand in every page and hide nothing; a number that stands for a character that can be printed, a quote and the
//! names of the signs that keys and addresses consist of call for a view.

use super::place::{Sign, Undone};
use crate::model::Span;

/// Names of characters that matter here. All of HTML's are two thousand.
const NAMES: [(&[u8], char); 22] = [
    (b"amp", '&'),
    (b"lt", '<'),
    (b"gt", '>'),
    (b"nbsp", ' '),
    (b"quot", '"'),
    (b"apos", '\''),
    (b"sol", '/'),
    (b"colon", ':'),
    (b"equals", '='),
    (b"lowbar", '_'),
    (b"hyphen", '-'),
    (b"dash", '-'),
    (b"period", '.'),
    (b"plus", '+'),
    (b"commat", '@'),
    (b"num", '#'),
    (b"percnt", '%'),
    (b"dollar", '$'),
    (b"excl", '!'),
    (b"quest", '?'),
    (b"comma", ','),
    (b"NewLine", '\n'),
];
/// Those of them that stand everywhere.
const HARMLESS: usize = 4;
/// The longest of them.
const LONGEST_NAME: usize = 7;
/// Digits of a number.
const MOST_DIGITS: usize = 7;

/// The length of what `text` begins with, the character, and whether it hides something.
fn entity(text: &[u8]) -> Option<(usize, char, bool)> {
    let rest = text.get(1..)?;
    if rest.first() == Some(&b'#') {
        let is_hex = matches!(rest.get(1), Some(b'x' | b'X'));
        let (from, radix) = if is_hex { (2, 16) } else { (1, 10) };
        let digits = rest[from..].iter().take(MOST_DIGITS).take_while(|byte| byte.is_ascii_hexdigit()).count();
        let number = std::str::from_utf8(&rest[from..from + digits]).ok()?;
        let stands_for = u32::from_str_radix(number, radix).ok().and_then(char::from_u32)?;
        let closes = rest.get(from + digits) == Some(&b';');
        return closes.then(|| (from + digits + 2, stands_for, stands_for.is_ascii_graphic()));
    }
    // Most signs of this kind are operators, and a name is compared with all that are known.
    let length = rest.iter().take(LONGEST_NAME + 1).take_while(|byte| byte.is_ascii_alphabetic()).count();
    let name = &rest[..length];
    if length < 2 || rest.get(length) != Some(&b';') {
        return None;
    }
    let at = NAMES.iter().position(|(known, _)| *known == name)?;
    Some((length + 2, NAMES[at].1, at >= HARMLESS))
}

/// The length of what `text` begins with, when it hides something: of `&amp;#45;` the whole.
pub(super) fn trigger(text: &[u8]) -> Option<usize> {
    let (length, stands_for, hides) = entity(text)?;
    let is_twice =
        stands_for == '&' && text.get(length).is_some_and(|byte| *byte == b'#' || byte.is_ascii_alphabetic());
    (hides || (is_twice && is_entity_behind(&text[length..]))).then_some(length)
}

/// Whether `rest` goes on as an entity does behind its `&`.
fn is_entity_behind(rest: &[u8]) -> bool {
    let name = rest.iter().take(8).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'#').count();
    rest.get(name) == Some(&b';')
}

/// Adds what the text at `span` stands for.
pub(super) fn undo(text: &[u8], span: Span, out: &mut Undone) {
    let sign = |rest: &[u8]| entity(rest).map(|(length, stands_for, _)| (length, Sign::Character(stands_for)));
    out.replaced(text, span, b'&', sign);
}
