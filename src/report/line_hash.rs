//! GitHub's `primaryLocationLineHash`: the one fingerprint that code scanning uses to follow an alert from commit to commit.
//!
//! Described by github/codeql-action, `src/fingerprints.ts`: the text as UTF-16 units without blanks and tabs, every line break as LF, runs
//! through a rolling polynomial hash over a window of 100 units; the hash of a line is that of the window which begins at its first kept
//! unit. The value is the hash in hexadecimal, a colon, and how often it has occurred so far. Two passes keep memory constant: the first
//! finds the hashes of the wanted lines, the second counts only those.

use std::collections::HashMap;

const WINDOW: usize = 100;
const FACTOR: u64 = 37;
const END: u16 = 0xffff;
const LF: u16 = 10;
const CR: u16 = 13;

/// The value for each of `lines` (from 1) of `text`, in the same order; empty for a line that is not there.
#[must_use]
pub fn line_hashes(text: &[u8], lines: &[u32]) -> Vec<String> {
    let mut wanted: HashMap<u32, Option<u64>> = lines.iter().map(|line| (*line, None)).collect();
    each_line(text, |line, hash| {
        if let Some(slot) = wanted.get_mut(&line) {
            *slot = Some(hash);
        }
    });
    let mut counts: HashMap<u64, u32> = wanted.values().flatten().map(|hash| (*hash, 0)).collect();
    let mut values: HashMap<u32, String> = HashMap::new();
    each_line(text, |line, hash| {
        if let Some(count) = counts.get_mut(&hash) {
            *count += 1;
            if wanted.contains_key(&line) {
                values.insert(line, format!("{hash:x}:{count}"));
            }
        }
    });
    lines.iter().map(|line| values.get(line).cloned().unwrap_or_default()).collect()
}

/// Calls `found` with the number and the hash of every line, in order.
fn each_line(text: &[u8], found: impl FnMut(u32, u64)) {
    let mut roller = Roller::new(found);
    for chunk in text.utf8_chunks() {
        for unit in chunk.valid().encode_utf16() {
            roller.unit(unit);
        }
        if !chunk.invalid().is_empty() {
            roller.unit(0xfffd);
        }
    }
    roller.unit(END);
    for _ in 0..WINDOW {
        roller.push(0);
    }
}

struct Roller<F> {
    found: F,
    window: [u16; WINDOW],
    /// Line that begins at this place of the window; 0 for none.
    begins: [u32; WINDOW],
    at: usize,
    hash: u64,
    line: u32,
    at_line_start: bool,
    after_cr: bool,
    /// `FACTOR` to the power of the window's length: what a unit weighs when it leaves.
    leaving: u64,
}

impl<F: FnMut(u32, u64)> Roller<F> {
    fn new(found: F) -> Self {
        let leaving = (0..WINDOW).fold(1_u64, |power, _| power.wrapping_mul(FACTOR));
        Self {
            found,
            window: [0; WINDOW],
            begins: [0; WINDOW],
            at: 0,
            hash: 0,
            line: 0,
            at_line_start: true,
            after_cr: false,
            leaving,
        }
    }

    fn unit(&mut self, unit: u16) {
        let is_lf_of_crlf = self.after_cr && unit == LF;
        self.after_cr = unit == CR;
        if unit == u16::from(b' ') || unit == u16::from(b'\t') || is_lf_of_crlf {
            return;
        }
        let unit = if unit == CR { LF } else { unit };
        self.report();
        if self.at_line_start {
            self.line += 1;
            self.begins[self.at] = self.line;
        }
        self.at_line_start = unit == LF;
        self.roll(unit);
    }

    /// A unit behind the end of the text.
    fn push(&mut self, unit: u16) {
        self.report();
        self.roll(unit);
    }

    fn report(&mut self) {
        let line = std::mem::take(&mut self.begins[self.at]);
        if line > 0 {
            (self.found)(line, self.hash);
        }
    }

    fn roll(&mut self, unit: u16) {
        let oldest = std::mem::replace(&mut self.window[self.at], unit);
        self.hash = self
            .hash
            .wrapping_mul(FACTOR)
            .wrapping_add(u64::from(unit))
            .wrapping_sub(self.leaving.wrapping_mul(u64::from(oldest)));
        self.at = (self.at + 1) % WINDOW;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<String> {
        let lines: Vec<u32> = (1..=u32::try_from(by_definition(text).len()).unwrap()).collect();
        line_hashes(text.as_bytes(), &lines)
    }

    /// The definition, without rolling: the window of 100 units from the first unit of each line.
    fn by_definition(text: &str) -> Vec<String> {
        let folded = text.replace("\r\n", "\n").replace('\r', "\n");
        let mut units: Vec<u16> = folded.encode_utf16().filter(|unit| *unit != 32 && *unit != 9).collect();
        let mut starts = vec![0];
        starts.extend(units.iter().enumerate().filter(|(_, unit)| **unit == LF).map(|(at, _)| at + 1));
        units.push(END);
        units.extend([0; WINDOW]);
        let mut counts = HashMap::new();
        let value = |start: usize| {
            let hash = units[start..start + WINDOW]
                .iter()
                .fold(0_u64, |hash, unit| hash.wrapping_mul(FACTOR).wrapping_add(u64::from(*unit)));
            let count = counts.entry(hash).and_modify(|count| *count += 1).or_insert(1);
            format!("{hash:x}:{count}")
        };
        starts.into_iter().map(value).collect()
    }

    #[test]
    fn rolling_gives_what_the_definition_says() {
        for text in ["a\nb\nc", "x x\t\r\nyy\rz\n", "", "\n\n\n", "ä€😀\nä€😀\n", &"long line ".repeat(50)] {
            assert_eq!(all(text), by_definition(text), "{text:?}");
        }
    }

    #[test]
    fn equal_lines_in_equal_surroundings_are_counted() {
        let text = "same\n".repeat(200);
        let values = all(&text);
        assert!(values[0].ends_with(":1") && values[1].ends_with(":2"), "{:?}", &values[..2]);
    }
}
