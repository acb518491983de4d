//! From byte offsets to the lines and columns that people and code scanning use.
//!
//! Lines start at 1 and end with LF. Columns start at 1 and count UTF-16 units, as SARIF and editors do; a byte that is not UTF-8 counts
//! as one. A [`Cursor`] only moves forward, so placing all findings of a file costs one pass over it, even when the file is one line of
//! a hundred megabytes.

use crate::model::{Location, Span};

/// A place in a text that is moved forward.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'t> {
    text: &'t [u8],
    at: usize,
    line: u32,
    column: u32,
    line_start: usize,
}

/// First and last place of a span: lines and columns as in `Location`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) start_line: u32,
    pub(super) start_column: u32,
    pub(super) end_line: u32,
    pub(super) end_column: u32,
    /// Offset of the first byte of the first line.
    pub(super) line_start: usize,
}

impl Place {
    /// The same in the file that reports call `path`.
    pub(super) fn in_file(self, path: &str) -> Location {
        let Self { start_line, start_column, end_line, end_column, line_start: _ } = self;
        Location { path: path.to_owned(), start_line, start_column, end_line, end_column, cell: None, line_hash: None }
    }
}

/// The places of `spans`, which may lie in each other, in one pass over `text`.
pub(super) fn places(text: &[u8], spans: &[Span]) -> Vec<Place> {
    let mut offsets: Vec<usize> = spans.iter().flat_map(|span| [span.start, span.end]).collect();
    offsets.sort_unstable();
    offsets.dedup();
    let mut cursor = Cursor::new(text);
    let measure = |offset: &usize| {
        cursor.advance(*offset);
        (cursor.line, cursor.column, cursor.line_start)
    };
    let measured: Vec<(u32, u32, usize)> = offsets.iter().map(measure).collect();
    let at = |offset: usize| measured[offsets.binary_search(&offset).expect("every end of a span is an offset")];
    let place = |span: &Span| {
        let ((start_line, start_column, line_start), (end_line, end_column, _)) = (at(span.start), at(span.end));
        Place { start_line, start_column, end_line, end_column, line_start }
    };
    spans.iter().map(place).collect()
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t [u8]) -> Self {
        Self { text, at: 0, line: 1, column: 1, line_start: 0 }
    }

    /// Moves to the beginning of `span`, which must not lie before the last one, and measures it.
    pub(super) fn place(&mut self, span: Span) -> Place {
        self.advance(span.start);
        let mut end = self.clone();
        end.advance(span.end);
        Place {
            start_line: self.line,
            start_column: self.column,
            end_line: end.line,
            end_column: end.column,
            line_start: self.line_start,
        }
    }

    fn advance(&mut self, to: usize) {
        let passed = &self.text[self.at..to];
        let lines = memchr::memchr_iter(b'\n', passed).count();
        if let (Some(last), Ok(lines)) = (memchr::memrchr(b'\n', passed), u32::try_from(lines)) {
            self.line = self.line.saturating_add(lines);
            self.line_start = self.at + last + 1;
            self.column = 1;
        }
        let tail = &self.text[self.line_start.max(self.at)..to];
        self.column = self.column.saturating_add(u32::try_from(utf16_units(tail)).unwrap_or(u32::MAX));
        self.at = to;
    }
}

/// UTF-16 units of `bytes` read as UTF-8.
fn utf16_units(bytes: &[u8]) -> usize {
    if bytes.is_ascii() {
        return bytes.len();
    }
    bytes
        .utf8_chunks()
        .map(|chunk| chunk.valid().chars().map(char::len_utf16).sum::<usize>() + chunk.invalid().len())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, start: usize, end: usize) -> (u32, u32, u32, u32) {
        let place = Cursor::new(text.as_bytes()).place(Span::new(start, end));
        (place.start_line, place.start_column, place.end_line, place.end_column)
    }

    #[test]
    fn columns_count_utf16_units_from_one() {
        assert_eq!(place("key", 0, 3), (1, 1, 1, 4));
        assert_eq!(place("äb", 2, 3), (1, 2, 1, 3));
        assert_eq!(place("😀b", 4, 5), (1, 3, 1, 4));
    }

    #[test]
    fn lines_end_with_lf_and_cr_is_part_of_the_line() {
        assert_eq!(place("a\r\nb\nc", 5, 6), (3, 1, 3, 2));
        assert_eq!(place("a\nbc\nd", 3, 6), (2, 2, 3, 2));
    }

    #[test]
    fn a_cursor_that_moves_on_agrees_with_one_that_starts_anew() {
        let text = "x\nyy zz\nä😀 w\n\nv";
        let mut moving = Cursor::new(text.as_bytes());
        for span in [Span::new(2, 4), Span::new(5, 7), Span::new(15, 16), Span::new(18, 19)] {
            assert_eq!(moving.place(span), Cursor::new(text.as_bytes()).place(span));
        }
    }

    #[test]
    fn places_that_lie_in_each_other_are_measured_as_each_alone() {
        let text = "x\nyy zz\nä😀 w\n\nv".as_bytes();
        let spans = [Span::new(0, 18), Span::new(2, 16), Span::new(2, 4), Span::new(5, 5), Span::new(15, 18)];
        let alone: Vec<Place> = spans.iter().map(|span| Cursor::new(text).place(*span)).collect();
        assert_eq!(places(text, &spans), alone);
    }

    #[test]
    fn bytes_that_are_not_utf8_count_one_each() {
        let place = Cursor::new(b"\xff\xfeK").place(Span::new(2, 3));
        assert_eq!((place.start_column, place.end_column), (3, 4));
    }
}
