//! A string in JSON, character by character: lines and columns of the text that it stands for.

use super::mappings::Position;
use crate::{decode::json_string, model::Span};

/// A place in a string in JSON that is moved forward, with the line and column that it has in the text the string stands for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'t> {
    text: &'t [u8],
    at: usize,
    end: usize,
    position: Position,
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
            match self.text[self.at] {
                b'\\' => {
                    let (character, _) = json_string::escape(&self.text[self.at..self.end]);
                    let is_shown = |byte: &u8| byte.is_ascii() && *byte != b'\n';
                    bytes.extend(u8::try_from(character).ok().filter(is_shown));
                }
                plain => bytes.push(plain),
            }
            self.step();
        }
        bytes
    }

    fn step(&mut self) {
        let byte = self.text[self.at];
        if byte != b'\\' {
            // A character of four bytes is two units in UTF-16, a byte that goes on with one is none.
            let units = if byte >= 0xf0 { 2 } else { u32::from(byte & 0xc0 != 0x80) };
            self.at += 1;
            self.position.column = self.position.column.saturating_add(units);
            return;
        }
        let (character, length) = json_string::escape(&self.text[self.at..self.end]);
        self.at += length;
        if character == '\n' {
            self.position = Position { line: self.position.line.saturating_add(1), column: 0 };
        } else {
            let units = if character.len_utf16() == 1 { 1 } else { 2 };
            self.position.column = self.position.column.saturating_add(units);
        }
    }
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
    fn what_is_cut_in_an_escape_is_read_to_its_end() {
        for text in ["\\", "\\u", "\\u12", "a\\ud83d\\u", "\\uzzzz"] {
            let mut cursor = Cursor::new(text.as_bytes(), whole(text));
            cursor.advance(usize::MAX);
            assert!(cursor.at >= text.len(), "{text}");
        }
    }

    #[test]
    fn a_place_behind_any_escape_is_the_one_in_the_text_that_it_stands_for() {
        for text in ["\\q\\/\\\\x", "\\ud83d\\ude00x", "\\ud83dx", "\\u+041x", "\\u12x", "\\éx"] {
            let (mut said, mut map) = (Vec::new(), crate::decode::Map::default());
            json_string::push(text.as_bytes(), whole(text), &mut said, &mut map);
            let before = String::from_utf8(said).unwrap().trim_end_matches('x').encode_utf16().count();
            assert_eq!(position(text, text.len() - 1), (0, u32::try_from(before).unwrap()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_end_of_any_text_is_where_its_lines_end(text in "\\PC{0,40}[\\n\\t\"\\\\]{0,4}\\PC{0,10}") {
            let json = serde_json::to_string(&text).unwrap();
            let mut cursor = Cursor::new(json.as_bytes(), Span::new(1, json.len() - 1));
            cursor.advance(json.len());
            let last = text.rsplit('\n').next().unwrap();
            let (line, column) = (text.matches('\n').count(), last.encode_utf16().count());
            let found = (cursor.position().line as usize, cursor.position().column as usize);
            prop_assert_eq!(found, (line, column));
        }
    }
}
