//! One replacement in one file, as bytes, and what it means for two of them to get in each other's way.

use super::content::Content;
use crate::model::Span;

/// A replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// The bytes that go.
    pub(super) at: Span,
    /// Those that come.
    pub(super) bytes: Vec<u8>,
    /// What comes begins with a line break, so that what stands before it keeps its line.
    opens_line: bool,
    /// What comes ends with one.
    closes_line: bool,
}

impl Change {
    /// The change that puts `text` in the place of the bytes `at`.
    ///
    /// Line breaks become those of the file. A line that is emptied goes away with its line break, and lines that are added at the end of a
    /// file without a final line break leave it without one.
    pub(super) fn new(content: &Content, at: Span, text: &str) -> Self {
        let at = if text.is_empty() { content.with_line_break(at).unwrap_or(at) } else { at };
        let mut text = text.replace("\r\n", "\n");
        let end = content.bytes().len();
        let is_glued = at.is_empty() && at.start == end && end > 0 && !content.begins_line(end);
        if is_glued && text.ends_with('\n') {
            text.pop();
            if !text.starts_with('\n') {
                text.insert(0, '\n');
            }
        }
        let bytes = content.encode(&text.replace('\n', content.line_ending()));
        Self { at, bytes, opens_line: text.starts_with('\n'), closes_line: text.ends_with('\n') }
    }

    /// Whether the two cannot both be made. Whole lines may be added beside anything; of other changes that touch, one could take away what
    /// the other goes by.
    pub(super) fn conflicts_with(&self, other: &Self) -> bool {
        match (self.at.is_empty(), other.at.is_empty()) {
            (false, false) => self.at.overlaps(other.at),
            (true, true) => self.at == other.at && !self.stacks_with(other),
            (true, false) => self.is_in_the_way_of(other),
            (false, true) => other.is_in_the_way_of(self),
        }
    }

    /// Whether two insertions at one place are lines of their own, in whatever order.
    fn stacks_with(&self, other: &Self) -> bool {
        (self.opens_line && other.opens_line) || (self.closes_line && other.closes_line)
    }

    /// Whether this insertion cannot be made beside a change of what is there.
    fn is_in_the_way_of(&self, other: &Self) -> bool {
        let place = self.at.start;
        match () {
            () if place < other.at.start || other.at.end < place => false,
            () if place == other.at.start => !self.closes_line,
            () if place == other.at.end => !self.opens_line,
            () => true,
        }
    }
}

/// `old` with `changes` made, which are sorted by place and do not conflict.
pub(super) fn apply(old: &[u8], changes: &[Change]) -> Vec<u8> {
    let added: usize = changes.iter().map(|change| change.bytes.len()).sum();
    let mut new = Vec::with_capacity(old.len() + added);
    let mut at = 0;
    for change in changes {
        new.extend_from_slice(&old[at..change.at.start]);
        new.extend_from_slice(&change.bytes);
        at = change.at.end;
    }
    new.extend_from_slice(&old[at..]);
    new
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn content(text: &str) -> Content {
        Content::new(text.into()).unwrap()
    }

    fn changed(text: &str, at: (usize, usize), with: &str) -> String {
        let content = content(text);
        let change = Change::new(&content, Span::new(at.0, at.1), with);
        String::from_utf8(apply(content.bytes(), &[change])).unwrap()
    }

    #[test]
    fn a_line_that_is_emptied_goes_away_with_its_line_break() {
        assert_eq!(changed("a\nb\nc\n", (2, 3), ""), "a\nc\n");
        assert_eq!(changed("a\r\nb\r\nc\r\n", (3, 4), ""), "a\r\nc\r\n");
        assert_eq!(changed("a\nb", (2, 3), ""), "a\n");
        assert_eq!(changed("ab\n", (1, 2), ""), "a\n", "something stays in the line");
        assert_eq!(changed("a\nb\n", (2, 3), "x"), "a\nx\n");
    }

    #[test]
    fn added_lines_take_the_files_line_breaks_and_leave_its_end_as_it_is() {
        assert_eq!(changed("a\r\nb\r\n", (6, 6), "c\nd\n"), "a\r\nb\r\nc\r\nd\r\n");
        assert_eq!(changed("a\nb", (3, 3), "c\n"), "a\nb\nc");
        assert_eq!(changed("a\nb", (3, 3), "\nc\n"), "a\nb\nc");
        assert_eq!(changed("a\nb", (3, 3), "\nc"), "a\nb\nc");
        assert_eq!(changed("", (0, 0), "c\n"), "c\n");
    }

    #[test]
    fn changes_conflict_when_one_takes_what_the_other_goes_by() {
        let content = content("one two\nthree\n");
        let change = |start, end, text: &str| Change::new(&content, Span::new(start, end), text);
        let word = change(4, 7, "2");
        for (other, conflicts) in [
            (change(0, 4, ""), false),
            (change(0, 5, ""), true),
            (change(4, 4, "x"), true),
            (change(4, 4, "x\n"), false),
            (change(7, 7, "\nx"), false),
            (change(7, 7, "x"), true),
            (change(5, 5, "x\n"), true),
            (change(8, 8, "x"), false),
        ] {
            assert_eq!(word.conflicts_with(&other), conflicts, "{other:?}");
            assert_eq!(other.conflicts_with(&word), conflicts, "{other:?}");
        }
        assert!(!change(8, 8, "a\n").conflicts_with(&change(8, 8, "b\n")));
        assert!(change(8, 8, "a\n").conflicts_with(&change(8, 8, "b")));
    }

    proptest! {
        #[test]
        fn every_byte_outside_the_changes_is_kept(
            pieces in proptest::collection::vec(("[a-c\r\n]{0,6}", "[x-z]{0,3}", "[A-C\n]{0,3}"), 0..8),
            tail in "[a-c\n]{0,6}",
        ) {
            // Kept text, replaced text and replacement in turn; what is kept must be found around the replacements.
            let old = pieces.iter().fold(String::new(), |old, (kept, gone, _)| old + kept + gone) + &tail;
            let (mut changes, mut at, mut expected) = (Vec::new(), 0, Vec::new());
            for (kept, gone, new) in &pieces {
                let start = at + kept.len();
                at = start + gone.len();
                changes.push(Change { at: Span::new(start, at), bytes: new.clone().into(), opens_line: false, closes_line: false });
                expected.extend([kept.as_bytes(), new.as_bytes()].concat());
            }
            expected.extend(tail.as_bytes());
            prop_assert_eq!(apply(old.as_bytes(), &changes), expected);
        }
    }
}
