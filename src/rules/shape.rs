//! What every match of a pattern has: at least so many bytes in a row, all out of one set.
//!
//! Most literals stand in text that is no credential, and a rule's automaton is compiled when it is first tried. Looking for the run costs a
//! few look-ups, finds it missing nearly always, and so spares a scan most of the compiling. It may say "perhaps" wrongly, never "no".

use regex_syntax::{
    ParserBuilder,
    hir::{Class, Hir, HirKind},
};

/// Least length and bytes of a pattern's matches.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    least: usize,
    bytes: [bool; 256],
}

impl Shape {
    /// The shape of the matches of `pattern`, read as rules' patterns are. One that cannot be read tells nothing.
    pub(super) fn of(pattern: &str) -> Self {
        let parsed = ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern);
        let mut shape = Self { least: 0, bytes: [false; 256] };
        if let Ok(hir) = parsed {
            shape.least = hir.properties().minimum_len().unwrap_or(0);
            shape.add(&hir);
        }
        shape
    }

    /// Adds every byte that may occur in a match of `hir`.
    fn add(&mut self, hir: &Hir) {
        let mut left = vec![hir];
        while let Some(hir) = left.pop() {
            match hir.kind() {
                HirKind::Empty | HirKind::Look(_) => {}
                HirKind::Literal(literal) => literal.0.iter().for_each(|byte| self.bytes[usize::from(*byte)] = true),
                HirKind::Class(Class::Bytes(class)) => {
                    class.iter().for_each(|range| self.add_range(range.start(), range.end()));
                }
                HirKind::Class(Class::Unicode(class)) => class.iter().for_each(|range| {
                    let byte = |c: char| u8::try_from(c).ok().filter(u8::is_ascii).unwrap_or(u8::MAX);
                    self.add_range(byte(range.start()).min(0x80), byte(range.end()));
                }),
                HirKind::Repetition(repetition) => left.push(&repetition.sub),
                HirKind::Capture(capture) => left.push(&capture.sub),
                HirKind::Concat(parts) | HirKind::Alternation(parts) => left.extend(parts),
            }
        }
    }

    fn add_range(&mut self, first: u8, last: u8) {
        self.bytes[usize::from(first)..=usize::from(last)].fill(true);
    }

    /// Whether a match may begin where `text` does.
    pub(super) fn may_begin(&self, text: &[u8]) -> bool {
        text.get(..self.least).is_some_and(|run| run.iter().all(|byte| self.bytes[usize::from(*byte)]))
    }

    /// Whether a match may lie somewhere in `text`.
    pub(super) fn may_lie_in(&self, text: &[u8]) -> bool {
        if self.least == 0 {
            return true;
        }
        // Of any run of this length one byte is looked at: whichever is the last of a stretch that long. Only when it fits are those before it.
        let mut end = self.least;
        while end <= text.len() {
            let stretch = &text[end - self.least..end];
            match stretch.iter().rposition(|byte| !self.bytes[usize::from(*byte)]) {
                None => return true,
                Some(wrong) => end += wrong + 1,
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::bytes::RegexBuilder;

    use super::*;

    #[test]
    fn a_run_of_the_right_bytes_and_length_may_hold_a_match() {
        let shape = Shape::of("[a-f0-9]{8}(?:-x)?");
        assert!(shape.may_lie_in(b"value = 0123abcd;"));
        assert!(!shape.may_lie_in(b"value = 0123abc;"));
        assert!(!shape.may_lie_in(b""));
        assert!(shape.may_begin(b"0123abcd rest") && !shape.may_begin(b" 0123abcd"));
    }

    #[test]
    fn a_pattern_that_may_be_empty_or_is_none_rejects_nothing() {
        for pattern in ["a*", "(", ""] {
            assert!(Shape::of(pattern).may_lie_in(b"") && Shape::of(pattern).may_begin(b""));
        }
    }

    proptest! {
        #[test]
        fn what_matches_is_never_rejected(text in "[a-f0-9 é_-]{0,60}") {
            for pattern in ["[a-f0-9]{4}", "(?i)AB[0-9]+", "[a-e]{2}-(?:é|_){1,3}", r"\b[^ ]{5}\b", "(?x) a b? c{2,} | f{3}"] {
                let regex = RegexBuilder::new(pattern).unicode(false).build();
                let Ok(regex) = regex else { continue };
                let shape = Shape::of(pattern);
                if let Some(found) = regex.find(text.as_bytes()) {
                    prop_assert!(shape.may_lie_in(text.as_bytes()));
                    prop_assert!(shape.may_begin(&text.as_bytes()[found.start()..]));
                }
            }
        }
    }
}
