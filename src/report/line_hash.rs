//! GitHub's `primaryLocationLineHash`, so that an alert keeps its identity when lines above it move.
//!
//! Code scanning recognises an alert by this value alone, and the upload action fills it in when a report lacks it; a report that is
//! uploaded by other means would get none. The rules, in our words: read the file as UTF-16 units; drop blanks and tabs; count CR,
//! LF and CRLF as one LF; then a unit that cannot occur and a hundred zeros. The hash of a line is the polynomial in 37 (modulo
//! 2^64) over the hundred units that begin with the line's first one. Lines with equal hashes are numbered from 1 in the
//! order of the file.
//!
//! Numbering asks for the hashes of all earlier lines. Instead of keeping them, which for a file of line breaks is eight times its
//! size, the text is walked twice: once for the wanted hashes, once to count their equals. Both walks stop a hundred units after
//! the last wanted line, so the first line of a minified file costs next to nothing.

use std::collections::BTreeMap;

/// Units that one hash covers.
const WINDOW: usize = 100;
const FACTOR: u64 = 37;
/// What a unit counts once the window has moved past it: the factor to the power of the window's length.
const LEAVING: u64 = FACTOR.wrapping_pow(100);
/// Bytes that a character of UTF-8 has at most.
const LONGEST_CHARACTER: usize = 4;
const END_OF_FILE: u16 = u16::MAX;
const LINE_FEED: u16 = 0x0a;
const CARRIAGE_RETURN: u16 = 0x0d;

/// The `primaryLocationLineHash` of each of `lines` (from 1) of the file `text`, in that order. A line that the file does not have
/// gets the empty string, which no report writes.
///
/// ```
/// let text = b"first\n\tkey = value\n";
/// assert_eq!(keyward::report::line_hashes(text, &[2, 99])[1], "");
/// ```
#[must_use]
pub fn line_hashes(text: &[u8], lines: &[u32]) -> Vec<String> {
    let Some(&last) = lines.iter().max() else { return Vec::new() };
    let mut wanted: BTreeMap<u32, u64> = lines.iter().map(|&line| (line, 0)).collect();
    let mut numbers: BTreeMap<u32, u32> = BTreeMap::new();
    walk(text, last, |line, hash| {
        if let Some(slot) = wanted.get_mut(&line) {
            *slot = hash;
            numbers.insert(line, 0);
        }
    });
    let mut counts: BTreeMap<u64, u32> = numbers.keys().map(|line| (wanted[line], 0)).collect();
    walk(text, last, |line, hash| {
        if let Some(count) = counts.get_mut(&hash) {
            *count += 1;
            if let Some(number) = numbers.get_mut(&line) {
                *number = *count;
            }
        }
    });
    lines
        .iter()
        .map(|line| numbers.get(line).map_or(String::new(), |number| format!("{:x}:{number}", wanted[line])))
        .collect()
}

/// Calls `each` with the number and hash of every line up to `last`.
fn walk(text: &[u8], last: u32, each: impl FnMut(u32, u64)) {
    let mut roller = Roller::new(last, each);
    let mut rest = text;
    while let [byte, after @ ..] = rest {
        // Decoding one character at a time keeps the promise to stop early: nothing beyond the last wanted line is looked at.
        let (c, after) = if byte.is_ascii() { (char::from(*byte), after) } else { decode(rest) };
        rest = after;
        let mut units = [0; 2];
        if c.encode_utf16(&mut units).iter().any(|&unit| roller.read(unit) == Progress::Done) {
            return;
        }
    }
    roller.finish();
}

/// The character that `text`, which is not empty, begins with, and what follows it. As every decoder that replaces does, it gives one
/// replacement for each sequence that is not UTF-8.
fn decode(text: &[u8]) -> (char, &[u8]) {
    let head = &text[..text.len().min(LONGEST_CHARACTER)];
    let chunk = head.utf8_chunks().next().expect("there is at least one byte");
    match chunk.valid().chars().next() {
        Some(c) => (c, &text[c.len_utf8()..]),
        None => (char::REPLACEMENT_CHARACTER, &text[chunk.invalid().len()..]),
    }
}

/// Whether more of the text is needed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    More,
    Done,
}

/// The rolling hash and the lines that began within its window.
struct Roller<F> {
    each: F,
    last: u32,
    window: [u16; WINDOW],
    /// For each position in the window the line that begins there, or 0.
    begins: [u32; WINDOW],
    at: usize,
    hash: u64,
    line: u32,
    at_line_start: bool,
    after_return: bool,
}

impl<F: FnMut(u32, u64)> Roller<F> {
    fn new(last: u32, each: F) -> Self {
        Self {
            each,
            last,
            window: [0; WINDOW],
            begins: [0; WINDOW],
            at: 0,
            hash: 0,
            line: 0,
            at_line_start: true,
            after_return: false,
        }
    }

    /// Takes one unit of the text.
    #[inline]
    fn read(&mut self, unit: u16) -> Progress {
        let second_half_of_break = self.after_return && unit == LINE_FEED;
        self.after_return = unit == CARRIAGE_RETURN;
        if second_half_of_break || unit == u16::from(b' ') || unit == u16::from(b'\t') {
            return Progress::More;
        }
        self.keep(if self.after_return { LINE_FEED } else { unit })
    }

    fn finish(mut self) {
        if self.keep(END_OF_FILE) == Progress::Done {
            return;
        }
        for _ in 0..WINDOW {
            if self.report() == Progress::Done {
                return;
            }
            self.push(0);
        }
    }

    /// Lets a unit that counts into the window.
    fn keep(&mut self, unit: u16) -> Progress {
        if self.report() == Progress::Done {
            return Progress::Done;
        }
        if self.at_line_start {
            self.line += 1;
            self.begins[self.at] = self.line;
        }
        self.at_line_start = unit == LINE_FEED;
        self.push(unit);
        Progress::More
    }

    /// Reports the line whose first unit is about to leave the window: the window is now exactly that line's hundred units.
    fn report(&mut self) -> Progress {
        let line = std::mem::take(&mut self.begins[self.at]);
        if line > 0 {
            (self.each)(line, self.hash);
        }
        if line >= self.last { Progress::Done } else { Progress::More }
    }

    fn push(&mut self, unit: u16) {
        let leaving = std::mem::replace(&mut self.window[self.at], unit);
        self.hash = self
            .hash
            .wrapping_mul(FACTOR)
            .wrapping_add(u64::from(unit))
            .wrapping_sub(LEAVING.wrapping_mul(u64::from(leaving)));
        self.at = if self.at + 1 == WINDOW { 0 } else { self.at + 1 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hashes of all lines of `text`.
    fn all(text: &str) -> Vec<String> {
        let lines: Vec<u32> = (1..=200).collect();
        line_hashes(text.as_bytes(), &lines).into_iter().filter(|hash| !hash.is_empty()).collect()
    }

    // The values were checked against `rewrite --insert RollingHashPartialFingerprints` of Microsoft's SARIF multitool 5.7, an
    // implementation that is not related to this one.

    #[test]
    fn an_empty_file_has_one_line() {
        assert_eq!(all(""), ["c129715d7a2bc9a3:1"]);
    }

    #[test]
    fn blanks_and_tabs_do_not_count() {
        let expected = ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"];
        assert_eq!(all(" a\nb\n  \t\tc\n d"), expected);
        assert_eq!(all("a\n\tb\nc\nd "), expected);
    }

    #[test]
    fn all_three_line_breaks_count_once_and_beyond_the_basic_plane_units_count_not_characters() {
        let expected = [
            "4c1855023184578b:1",
            "e685f0e63a071cb4:1",
            "8b02710e5a2bbda0:1",
            "f921a158dae09457:1",
            "9bc2bd1a354de29:1",
            "c129715d7a2bc9a3:1",
        ];
        assert_eq!(all("a\r\nb\rc\n\n\u{1F600}\u{e9} z\n"), expected);
    }

    #[test]
    fn equal_hashes_are_numbered_in_the_order_of_the_file() {
        let text = "same\n".repeat(130);
        let hashes = all(&text);
        assert_eq!(hashes[..3], ["6468d5768bad9560:1", "6468d5768bad9560:2", "6468d5768bad9560:3"]);
        assert_eq!(hashes[130..], ["c129715d7a2bc9a3:1"]);
        assert_eq!(line_hashes(text.as_bytes(), &[3, 1]), ["6468d5768bad9560:3", "6468d5768bad9560:1"]);
    }

    #[test]
    fn a_line_asked_for_twice_is_answered_twice_and_a_missing_one_with_nothing() {
        let hashes = line_hashes(b"a\nb", &[2, 9, 2, 0]);
        assert_eq!(hashes[0], hashes[2]);
        assert_eq!((hashes[1].as_str(), hashes[3].as_str()), ("", ""));
        assert!(line_hashes(b"a", &[]).is_empty());
    }

    #[test]
    fn what_is_not_text_counts_as_one_replacement_character_each() {
        for bytes in [&b"a\xff\xfeb"[..], b"a\xf0\x9f\x98b\xe2\x82", b"\xed\xa0\x80", b"\xc3\xa9\xf0\x9f\x98\x80\xf0"] {
            assert_eq!(line_hashes(bytes, &[1]), line_hashes(String::from_utf8_lossy(bytes).as_bytes(), &[1]));
        }
    }

    #[test]
    fn what_stands_more_than_a_hundred_units_further_on_does_not_matter() {
        let line = "x".repeat(100);
        assert_eq!(
            line_hashes(format!("{line}one").as_bytes(), &[1]),
            line_hashes(format!("{line}two").as_bytes(), &[1])
        );
        assert_ne!(line_hashes(line.as_bytes(), &[1]), line_hashes(b"x", &[1]));
    }
}
