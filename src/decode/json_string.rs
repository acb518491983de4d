//! The text of a string in JSON, its escapes replaced.

use super::{
    Map, Unit,
    escape::{UNIT, unit, utf16},
};
use crate::model::Span;

/// Adds what the string whose content is at `content` of `text` says to `bytes`, and where that comes from to `map`.
pub(super) fn push(text: &[u8], content: Span, bytes: &mut Vec<u8>, map: &mut Map) {
    let mut at = content.start;
    while at < content.end {
        let plain = memchr::memchr(b'\\', &text[at..content.end]).map_or(content.end, |found| at + found);
        if plain > at {
            map.push(bytes.len(), at, Unit::PLAIN);
            bytes.extend_from_slice(&text[at..plain]);
        }
        if plain == content.end {
            return;
        }
        let (character, length) = escape(&text[plain..content.end]);
        let mut buffer = [0; 4];
        let decoded = character.encode_utf8(&mut buffer).as_bytes();
        map.push(bytes.len(), plain, Unit { original: length, decoded: decoded.len() });
        bytes.extend_from_slice(decoded);
        at = plain + length;
    }
}

/// The character that the escape at the beginning of `text` stands for, and the escape's length. What is no escape of JSON stands for the sign that
/// says so.
pub(super) fn escape(text: &[u8]) -> (char, usize) {
    let simple = match text.get(1) {
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'u') => {
            let length = if unit(text).is_some() { UNIT } else { 2 };
            return utf16(text).unwrap_or((char::REPLACEMENT_CHARACTER, length));
        }
        Some(other) if other.is_ascii() => char::from(*other),
        _ => return (char::REPLACEMENT_CHARACTER, 1),
    };
    (simple, 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_replaced_and_point_at_themselves() {
        let text = br#""a\n\u00e4b\ud83d\ude00\"\q\u12""#;
        let (mut bytes, mut map) = (Vec::new(), Map::default());
        push(text, Span::new(1, text.len() - 1), &mut bytes, &mut map);
        assert_eq!(String::from_utf8(bytes).unwrap(), "a\nä".to_owned() + "b😀\"q\u{fffd}12");
        let at = |start: usize, end: usize| map.stretch(Span::new(start, end)).map(|span| (span.start, span.end));
        assert_eq!(
            (at(0, 1), at(1, 2), at(2, 4), at(4, 5)),
            (Some((1, 2)), Some((2, 4)), Some((4, 10)), Some((10, 11)))
        );
        assert_eq!((at(5, 9), at(9, 10)), (Some((11, 23)), Some((23, 25))));
    }

    #[test]
    fn a_number_with_a_sign_is_no_escape() {
        let (mut bytes, mut map) = (Vec::new(), Map::default());
        push(br"\u+041", Span::new(0, 6), &mut bytes, &mut map);
        assert_eq!(String::from_utf8(bytes).unwrap(), "\u{fffd}+041");
    }
}
