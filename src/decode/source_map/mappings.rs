//! `mappings`: which place of the built text comes from which place of which source.
//!
//! The format is that of ECMA-426: lines apart by `;`, segments by `,`, each of one, four or five numbers in base-64 VLQ, and nearly all of
//! them relative to the one before. A map has millions, and a few places are asked for, so nothing is kept: the text is gone
//! through once with the places in order. Numbers that are absurd end a segment, not the run.

/// A place, counted from 0; columns in UTF-16 units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// A place in one of the sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mapped {
    /// Which source, as `sources` counts.
    pub(super) source: usize,
    /// Where in it.
    pub(super) at: Position,
}

/// Where each of `wanted`, sorted, comes from: what is said of the last place before it in its line, or of it.
pub(super) fn locate(mappings: &[u8], wanted: &[Position]) -> Vec<Option<Mapped>> {
    let mut found = vec![None; wanted.len()];
    let mut state = State::default();
    let mut next = 0;
    for (line, text) in (0_u32..).zip(mappings.split(|byte| *byte == b';')) {
        next += wanted[next..].iter().take_while(|position| position.line < line).count();
        if next == wanted.len() {
            break;
        }
        state.column = 0;
        let mut last = None;
        for segment in text.split(|byte| *byte == b',') {
            let Some(segment) = state.step(segment) else { continue };
            let is_passed = |position: &Position| position.line == line && i64::from(position.column) < state.column;
            let passed = wanted[next..].iter().take_while(|position| is_passed(position)).count();
            found[next..next + passed].fill(last);
            next += passed;
            last = segment.from;
        }
        let rest = wanted[next..].iter().take_while(|position| position.line == line).count();
        found[next..next + rest].fill(last);
        next += rest;
    }
    found
}

/// What holds from one column on.
#[derive(Clone, Copy, Debug)]
struct Segment {
    /// Where the text comes from, if from anywhere.
    from: Option<Mapped>,
}

/// What segments are relative to.
#[derive(Debug, Default)]
struct State {
    column: i64,
    source: i64,
    line: i64,
    at: i64,
}

impl State {
    /// Takes the numbers of `segment` in; `None` when it has none.
    fn step(&mut self, segment: &[u8]) -> Option<Segment> {
        let mut rest = segment;
        let mut number = || {
            let (value, length) = vlq(rest)?;
            rest = &rest[length..];
            Some(value)
        };
        self.column = self.column.saturating_add(number()?);
        let (Some(source), Some(line), Some(at)) = (number(), number(), number()) else {
            return Some(Segment { from: None });
        };
        self.source = self.source.saturating_add(source);
        self.line = self.line.saturating_add(line);
        self.at = self.at.saturating_add(at);
        let mapped = || {
            let at = Position { line: u32::try_from(self.line).ok()?, column: u32::try_from(self.at).ok()? };
            Some(Mapped { source: usize::try_from(self.source).ok()?, at })
        };
        Some(Segment { from: mapped() })
    }
}

/// Digits of a number of 32 bits; no map has longer ones.
const MOST_DIGITS: usize = 7;

/// The number that `text` begins with, and its length.
fn vlq(text: &[u8]) -> Option<(i64, usize)> {
    let mut value = 0_i64;
    for (index, byte) in text.iter().take(MOST_DIGITS).enumerate() {
        let digit = digit(*byte)?;
        value |= i64::from(digit & 0b1_1111) << (5 * index);
        if digit & 0b10_0000 == 0 {
            let size = value >> 1;
            return Some((if value & 1 == 1 { -size } else { size }, index + 1));
        }
    }
    None
}

fn digit(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    /// A number in base-64 VLQ.
    fn encoded(value: i64) -> String {
        let mut rest = value.unsigned_abs() << 1 | u64::from(value < 0);
        let mut out = String::new();
        loop {
            let (digit, more) = (rest & 0b1_1111, rest >> 5);
            let digit = usize::try_from(digit | u64::from(more > 0) << 5).unwrap();
            out.push(char::from(DIGITS[digit]));
            if more == 0 {
                return out;
            }
            rest = more;
        }
    }

    /// `mappings` of `segments`: line and column built, source, line and column in it.
    pub(in crate::decode::source_map) fn mappings(segments: &[(u32, u32, i64, u32, u32)]) -> String {
        let mut out = String::new();
        let (mut line, mut column) = (0, 0);
        let mut before = (0, 0, 0);
        for (index, segment) in segments.iter().enumerate() {
            let &(to_line, to_column, source, from_line, from_column) = segment;
            let is_new_line = to_line > line;
            while line < to_line {
                out.push(';');
                (line, column) = (line + 1, 0);
            }
            if index > 0 && !is_new_line {
                out.push(',');
            }
            let now = (source, i64::from(from_line), i64::from(from_column));
            out += &encoded(i64::from(to_column) - column);
            out += &[now.0 - before.0, now.1 - before.1, now.2 - before.2].map(encoded).concat();
            (column, before) = (i64::from(to_column), now);
        }
        out
    }

    fn at(line: u32, column: u32) -> Position {
        Position { line, column }
    }

    fn mapped(source: usize, line: u32, column: u32) -> Mapped {
        Mapped { source, at: at(line, column) }
    }

    #[test]
    fn a_place_comes_from_what_the_last_segment_before_it_says() {
        let text = mappings(&[(0, 4, 0, 10, 2), (0, 20, 1, 3, 0), (2, 0, 0, 11, 7)]);
        let wanted = [at(0, 0), at(0, 4), at(0, 19), at(0, 20), at(0, 900), at(1, 3), at(2, 5), at(7, 0)];
        let expected = [
            None,
            Some(mapped(0, 10, 2)),
            Some(mapped(0, 10, 2)),
            Some(mapped(1, 3, 0)),
            Some(mapped(1, 3, 0)),
            None,
            Some(mapped(0, 11, 7)),
            None,
        ];
        assert_eq!(locate(text.as_bytes(), &wanted), expected);
    }

    #[test]
    fn a_segment_of_one_number_comes_from_nowhere() {
        assert_eq!(locate(b"AAAA,CACA,E", &[at(0, 1), at(0, 3)]), [Some(mapped(0, 1, 0)), None]);
    }

    #[test]
    fn absurd_numbers_lead_nowhere_and_break_nothing() {
        let wanted = [at(0, 0), at(0, 5), at(1, 0)];
        for text in ["", ";;", ",,,,", "gggggggggggg", "A", "AADAA", "AA/////DAAA", "\u{1}\u{2}", "AAAD;AAAA"] {
            assert_eq!(locate(text.as_bytes(), &wanted).len(), 3, "{text}");
        }
        assert_eq!(locate(b"ADAA", &wanted), [None, None, None]);
        assert_eq!((vlq(b"gggggggA"), vlq(b"gB"), vlq(b"D")), (None, Some((16, 2)), Some((-1, 1))));
    }

    proptest! {
        #[test]
        fn places_are_found_as_a_search_in_a_table_finds_them(
            segments in prop::collection::btree_map((0_u32..6, 0_u32..60), (0_i64..4, 0_u32..3000, 0_u32..3000), 1..30),
            places in prop::collection::btree_set((0_u32..7, 0_u32..70), 1..30),
        ) {
            let flat: Vec<_> = segments.iter().map(|(&(l, c), &(s, ol, oc))| (l, c, s, ol, oc)).collect();
            let wanted: Vec<Position> = places.iter().map(|&(line, column)| at(line, column)).collect();
            let expected: Vec<_> = wanted.iter().map(|place| {
                let before = segments.range((place.line, 0)..=(place.line, place.column)).next_back();
                before.map(|(_, &(source, line, column))| mapped(usize::try_from(source).unwrap(), line, column))
            }).collect();
            prop_assert_eq!(locate(mappings(&flat).as_bytes(), &wanted), expected);
        }
    }
}
