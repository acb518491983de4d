//! A string in JSON, character by character: its text with the way back, and lines and columns in it.

use crate::{
    decode::{Map, Unit},
    model::Span,
};

use super::mappings::Position;

/// A place in a string in JSON that is moved forward, with the line and column that it has in the text the string stands for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'t> {
    text: &'t [u8],
    at: usize,
    end: usize,
    position: Position,
}

/// What stands at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    /// A byte that stands for itself.
    Plain(u8),
    /// An escape of so many bytes, and its UTF-16 unit.
    Escape(usize, u16),
}

impl Piece {
    fn at(text: &[u8]) -> Self {
        let unit = |length: usize, unit: u8| Self::Escape(length, u16::from(unit));
        match text {
            [b'\\', b'u', digits @ ..] => match digits.get(..4).and_then(hex) {
                Some(value) => Self::Escape(6, value),
                None => unit(2, b'u'),
            },
            [b'\\', b'n', ..] => unit(2, b'\n'),
            [b'\\', b'r', ..] => unit(2, b'\r'),
            [b'\\', b't', ..] => unit(2, b'\t'),
            [b'\\', b'b', ..] => unit(2, 8),
            [b'\\', b'f', ..] => unit(2, 12),
            [b'\\', other, ..] => unit(2, *other),
            [byte, ..] => Self::Plain(*byte),
            [] => Self::Plain(0),
        }
    }
}

fn hex(digits: &[u8]) -> Option<u16> {
    digits.iter().try_fold(0_u16, |value, digit| {
        Some(value << 4 | u16::try_from(char::from(*digit).to_digit(16)?).expect("a digit is below 16"))
    })
}

impl<'t> Cursor<'t> {
    /// The beginning of the string whose inside stands at `inside` of `text`.
    pub(super) fn new(text: &'t [u8], inside: Span) -> Self {
        Self { text, at: inside.start, end: inside.end, position: Position::default() }
    }

    /// The line and column here.
    pub(super) fn position(&self) -> Position {
        self.position
    }

    /// Moves on to the byte at `to`, or the first character behind it.
    pub(super) fn advance(&mut self, to: usize) {
        while self.at < to.min(self.end) {
            self.step();
        }
    }

    /// Moves on to the beginning of `line`, or the end; the answer is whether it is there.
    pub(super) fn advance_to_line(&mut self, line: u32) -> bool {
        while self.at < self.end && self.position.line < line {
            self.step();
        }
        self.position.line >= line
    }

    /// The text from `column` of this line on, to its end and at most `most` bytes.
    pub(super) fn rest_of_line(mut self, column: u32, most: usize) -> Vec<u8> {
        let line = self.position.line;
        while self.at < self.end && self.position.line == line && self.position.column < column {
            self.step();
        }
        let mut bytes = Vec::new();
        while self.at < self.end && self.position.line == line && bytes.len() < most {
            match Piece::at(&self.text[self.at..self.end]) {
                Piece::Plain(byte) => bytes.push(byte),
                Piece::Escape(_, unit) => {
                    let is_shown = |byte: &u8| byte.is_ascii() && *byte != b'\n';
                    bytes.extend(u8::try_from(unit).ok().filter(is_shown));
                }
            }
            self.step();
        }
        bytes
    }

    fn step(&mut self) {
        let (length, unit) = match Piece::at(&self.text[self.at..self.end]) {
            // A character of four bytes is two units in UTF-16, a byte that goes on with one is none.
            Piece::Plain(byte) => {
                let units = if byte >= 0xf0 { 2 } else { u32::from(byte & 0xc0 != 0x80) };
                (self.at, self.position.column) = (self.at + 1, self.position.column.saturating_add(units));
                return;
            }
            Piece::Escape(length, unit) => (length, unit),
        };
        self.at += length;
        if unit == u16::from(b'\n') {
            self.position = Position { line: self.position.line.saturating_add(1), column: 0 };
        } else {
            self.position.column = self.position.column.saturating_add(1);
        }
    }
}

/// The text of the string whose inside stands at `inside` of `text`, and where its bytes come from.
pub(super) fn unescaped(text: &[u8], inside: Span) -> (Vec<u8>, Map) {
    let (mut bytes, mut map) = (Vec::with_capacity(inside.len()), Map::default());
    let mut at = inside.start;
    while at < inside.end {
        let plain = memchr::memchr(b'\\', &text[at..inside.end]).unwrap_or(inside.end - at);
        if plain > 0 {
            map.push(bytes.len(), at, Unit::PLAIN);
            bytes.extend_from_slice(&text[at..at + plain]);
            at += plain;
            continue;
        }
        let (character, length) = escaped_character(&text[at..inside.end]);
        let mut buffer = [0; 4];
        let decoded = character.encode_utf8(&mut buffer).as_bytes();
        map.push(bytes.len(), at, Unit { original: length, decoded: decoded.len() });
        bytes.extend_from_slice(decoded);
        at += length;
    }
    (bytes, map)
}

/// The character that `text` begins with, an escape, and the length of what stands for it.
fn escaped_character(text: &[u8]) -> (char, usize) {
    let Piece::Escape(length, unit) = Piece::at(text) else { return (char::REPLACEMENT_CHARACTER, 1) };
    if let Piece::Escape(6, low) = Piece::at(&text[length..])
        && let Some(Ok(pair)) = char::decode_utf16([unit, low]).next()
        && pair.len_utf16() == 2
    {
        return (pair, length + 6);
    }
    (char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER), length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(text: &str) -> Span {
        Span::new(0, text.len())
    }

    fn position(text: &str, to: usize) -> (u32, u32) {
        let mut cursor = Cursor::new(text.as_bytes(), whole(text));
        cursor.advance(to);
        (cursor.position().line, cursor.position().column)
    }

    #[test]
    fn lines_and_columns_are_those_of_the_text_that_is_meant() {
        assert_eq!(position(r"a\nbc", 4), (1, 1));
        assert_eq!(position(r#"\"\u00e9\ud83d\ude00k"#, 20), (0, 4));
        assert_eq!(position("é😀k", 6), (0, 3));
        assert_eq!(position(r"a\u000ab\r\nc", 12), (2, 0));
        assert_eq!(position("ab", 99), (0, 2));
    }

    #[test]
    fn the_rest_of_a_line_ends_with_it() {
        let text = r#"one\ntwo \"x\" three\nfour"#;
        let mut cursor = Cursor::new(text.as_bytes(), whole(text));
        assert!(cursor.advance_to_line(1));
        assert_eq!(cursor.rest_of_line(4, 100), br#""x" three"#);
        assert_eq!(cursor.rest_of_line(4, 2), br#""x"#);
        assert!(!cursor.advance_to_line(7));
    }

    #[test]
    fn escapes_lead_back_to_where_they_stand() {
        let text = r#"x\"\u00e9\ud83d\ude00\ud83d!"#;
        let (bytes, map) = unescaped(text.as_bytes(), whole(text));
        assert_eq!(String::from_utf8(bytes).unwrap(), "x\"é😀\u{fffd}!");
        assert_eq!(map.origins(Span::new(1, 2)), [Span::new(1, 3)]);
        assert_eq!(map.origins(Span::new(2, 8)), [Span::new(3, 21)]);
        assert_eq!(map.origins(Span::new(11, 12)), [Span::new(27, 28)]);
    }

    #[test]
    fn what_is_cut_in_an_escape_is_read_to_its_end() {
        for text in ["\\", "\\u", "\\u12", "a\\ud83d\\u", "\\uzzzz"] {
            let (bytes, map) = unescaped(text.as_bytes(), whole(text));
            let origins = map.origins(Span::new(0, bytes.len()));
            assert!(origins.last().is_some_and(|last| last.end <= text.len()), "{text}: {origins:?}");
            let mut cursor = Cursor::new(text.as_bytes(), whole(text));
            cursor.advance(usize::MAX);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_what_json_reads(text in "\\PC{0,40}[\\n\\t\"\\\\]{0,4}\\PC{0,10}") {
            let json = serde_json::to_string(&text).unwrap();
            let (bytes, _) = unescaped(json.as_bytes(), Span::new(1, json.len() - 1));
            prop_assert_eq!(String::from_utf8(bytes).unwrap(), text);
        }
    }
}
