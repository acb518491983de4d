//! The bytes of a file, and where lines and columns lie in them.
//!
//! Columns count UTF-16 units, as in reports, whatever the file is encoded in. A file is never decoded and encoded again as a whole: places become
//! byte offsets and only what an edit names is replaced, so a byte that is no text, a line ending or a byte-order mark elsewhere stays
//! what it is.

use crate::model::{Location, Span, is_binary};

/// How text becomes bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    /// UTF-8, and whatever else stands between.
    Utf8,
    /// UTF-16 with a byte-order mark, as PowerShell writes it.
    Utf16 { big: bool },
}

/// What a file holds.
#[derive(Debug)]
pub(super) struct Content {
    bytes: Vec<u8>,
    encoding: Encoding,
    /// Offset of the first byte of each line.
    lines: Vec<usize>,
    crlf: bool,
}

impl Content {
    /// The content `bytes`; `None` when it is no text.
    pub(super) fn new(bytes: Vec<u8>) -> Option<Self> {
        let encoding = match bytes.as_slice() {
            [0xff, 0xfe, ..] => Encoding::Utf16 { big: false },
            [0xfe, 0xff, ..] => Encoding::Utf16 { big: true },
            text if is_binary(text) => return None,
            _ => Encoding::Utf8,
        };
        let mut content = Self { bytes, encoding, lines: Vec::new(), crlf: false };
        content.lines = content.line_starts();
        content.crlf =
            content.lines.get(1).is_some_and(|next| content.bytes[..*next].ends_with(&content.encode("\r\n")));
        Some(content)
    }

    /// The bytes as they are.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether a patch can carry it: git takes UTF-16 for binary.
    pub(super) fn is_patchable(&self) -> bool {
        self.encoding == Encoding::Utf8
    }

    fn line_starts(&self) -> Vec<usize> {
        let ends: Vec<usize> = match self.encoding {
            Encoding::Utf8 => memchr::memchr_iter(b'\n', &self.bytes).map(|at| at + 1).collect(),
            Encoding::Utf16 { big } => {
                let line_feed = unit_bytes(u16::from(b'\n'), big);
                let units = self.bytes.as_chunks::<2>().0.iter().enumerate();
                units.filter(|(_, unit)| **unit == line_feed).map(|(at, _)| 2 * at + 2).collect()
            }
        };
        // The mark in front of UTF-16 is not part of what was read.
        let first = if self.encoding == Encoding::Utf8 { 0 } else { 2 };
        std::iter::once(first).chain(ends).collect()
    }

    /// The bytes that each of `locations` names; `None` for one that does not fit the content. Each line is gone through once, however many
    /// places are in it.
    pub(super) fn spans(&self, locations: &[&Location]) -> Vec<Option<Span>> {
        let places = locations.iter().enumerate().flat_map(|(at, place)| {
            [(place.start_line, place.start_column, at, false), (place.end_line, place.end_column, at, true)]
        });
        let mut places: Vec<(u32, u32, usize, bool)> = places.collect();
        places.sort_unstable();
        let mut found = vec![(None, None); locations.len()];
        let mut cursor = Cursor { line: 0, units: 0, at: 0 };
        for (line, column, at, is_end) in places {
            let offset = self.offset(line, column, &mut cursor);
            if is_end { found[at].1 = offset } else { found[at].0 = offset }
        }
        let span = |(start, end): (Option<usize>, Option<usize>)| {
            let (start, end) = (start?, end?);
            (start <= end).then(|| Span::new(start, end))
        };
        found.into_iter().map(span).collect()
    }

    /// Offset of a place that does not lie before `cursor`.
    fn offset(&self, line: u32, column: u32, cursor: &mut Cursor) -> Option<usize> {
        let index = usize::try_from(line).ok()?.checked_sub(1)?;
        // One line beyond a text without a final line break is its end, too.
        if index == self.lines.len() && column == 1 && !self.begins_line(self.bytes.len()) {
            return Some(self.bytes.len());
        }
        let start = *self.lines.get(index)?;
        if cursor.line != line {
            *cursor = Cursor { line, units: 0, at: start };
        }
        let wanted = usize::try_from(column).ok()?.checked_sub(1)?.checked_sub(cursor.units)?;
        let end = self.lines.get(index + 1).copied().unwrap_or(self.bytes.len());
        let length = self.length_of_units(&self.bytes[cursor.at..end], wanted)?;
        *cursor = Cursor { line, units: cursor.units + wanted, at: cursor.at + length };
        Some(cursor.at)
    }

    /// How many bytes the first `wanted` units of `bytes` take.
    fn length_of_units(&self, bytes: &[u8], wanted: usize) -> Option<usize> {
        if self.encoding != Encoding::Utf8 {
            return (2 * wanted <= bytes.len()).then_some(2 * wanted);
        }
        let (mut units, mut length) = (0, 0);
        for chunk in bytes.utf8_chunks() {
            let valid = chunk.valid().chars().map(|c| (c.len_utf16(), c.len_utf8()));
            for (more, taken) in valid.chain(chunk.invalid().iter().map(|_| (1, 1))) {
                if units >= wanted {
                    return (units == wanted).then_some(length);
                }
                units += more;
                length += taken;
            }
        }
        (units == wanted).then_some(length)
    }

    /// `text` in the encoding of the file.
    pub(super) fn encode(&self, text: &str) -> Vec<u8> {
        match self.encoding {
            Encoding::Utf8 => text.as_bytes().to_vec(),
            Encoding::Utf16 { big } => text.encode_utf16().flat_map(|unit| unit_bytes(unit, big)).collect(),
        }
    }

    /// The line ending of the file, as its first line has it.
    pub(super) fn line_ending(&self) -> &'static str {
        if self.crlf { "\r\n" } else { "\n" }
    }

    /// Whether a line begins at the offset `at`.
    pub(super) fn begins_line(&self, at: usize) -> bool {
        self.lines.binary_search(&at).is_ok()
    }

    /// If `span` takes all that stands in its lines, the same with the line break behind it. A carriage return is no content but a part of
    /// that break.
    pub(super) fn with_line_break(&self, span: Span) -> Option<Span> {
        let is_part = self.bytes[span.range()] == self.encode("\r");
        if !self.begins_line(span.start) || span.is_empty() || is_part {
            return None;
        }
        let rest = &self.bytes[span.end..];
        let endings = ["\r\n", "\n"].map(|ending| self.encode(ending));
        let ending = endings.iter().find(|ending| rest.starts_with(ending))?;
        Some(Span::new(span.start, span.end + ending.len()))
    }
}

/// A place that was found last, to go on from.
struct Cursor {
    line: u32,
    units: usize,
    at: usize,
}

fn unit_bytes(unit: u16, big: bool) -> [u8; 2] {
    if big { unit.to_be_bytes() } else { unit.to_le_bytes() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(place: (u32, u32, u32, u32)) -> Location {
        let (start_line, start_column, end_line, end_column) = place;
        Location { path: "f".into(), start_line, start_column, end_line, end_column, cell: None, line_hash: None }
    }

    fn span(bytes: &[u8], place: (u32, u32, u32, u32)) -> Option<(usize, usize)> {
        let content = Content::new(bytes.to_vec()).unwrap();
        content.spans(&[&location(place)])[0].map(|span| (span.start, span.end))
    }

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        let mark = std::iter::once(0xfeff);
        mark.chain(text.encode_utf16()).flat_map(|unit| unit_bytes(unit, big)).collect()
    }

    #[test]
    fn columns_count_utf16_units_whatever_the_encoding() {
        assert_eq!(span("a\nä😀b".as_bytes(), (2, 4, 2, 5)), Some((8, 9)));
        assert_eq!(span(b"\xff\xfdK=1", (1, 3, 1, 4)), Some((2, 3)));
        assert_eq!(span("\u{feff}K".as_bytes(), (1, 2, 1, 3)), Some((3, 4)));
        for big in [false, true] {
            assert_eq!(span(&utf16("K\n😀b", big), (2, 3, 2, 4)), Some((10, 12)));
        }
    }

    #[test]
    fn places_that_do_not_fit_are_none() {
        assert_eq!(span(b"abc\n", (1, 6, 1, 7)), None, "beyond the line");
        assert_eq!(span(b"abc\n", (3, 1, 3, 1)), None, "beyond the file");
        assert_eq!(span("😀".as_bytes(), (1, 2, 1, 3)), None, "within a character");
        assert_eq!(span(b"abc", (1, 3, 1, 2)), None, "backwards");
        assert_eq!(span(b"abc", (0, 0, 0, 0)), None, "no place at all");
    }

    #[test]
    fn the_end_of_a_file_is_a_place_with_and_without_a_final_line_break() {
        assert_eq!(span(b"a\n", (2, 1, 2, 1)), Some((2, 2)));
        assert_eq!(span(b"a", (2, 1, 2, 1)), Some((1, 1)));
        assert_eq!(span(b"a", (1, 2, 1, 2)), Some((1, 1)));
        assert_eq!(span(b"", (1, 1, 1, 1)), Some((0, 0)));
        assert_eq!(span(b"a\n", (3, 1, 3, 1)), None);
    }

    #[test]
    fn many_places_are_found_in_any_order() {
        let content = Content::new("key = 'ä'\nnext".into()).unwrap();
        let locations = [(2, 1, 2, 5), (1, 8, 1, 9), (1, 1, 1, 4)].map(location);
        let spans: Vec<_> =
            content.spans(&locations.each_ref()).into_iter().map(|span| span.unwrap().range()).collect();
        assert_eq!(spans, [11..15, 7..9, 0..3]);
    }

    #[test]
    fn binaries_are_no_content() {
        assert!(Content::new(b"a\0b".to_vec()).is_none());
    }
}
