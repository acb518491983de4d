//! Texts whose every byte knows where it stands in the file.
//!
//! Facts carry places in the file, but what a command or a value says is known only after quotes, escapes and indentation are gone. A
//! [`Mapping`] leads back: it holds the places where the unquoted text stops following the file byte by byte, so a plain value costs one
//! entry however long it is.

use std::{borrow::Cow, ops::Range};

use super::language_of;
use crate::{lint::Language, model::Span};

/// Stands for a byte that is no UTF-8; one byte wide, so that all places stay true.
const ODD_BYTE: char = '\u{1a}';

/// `bytes` as text of the same length.
pub(super) fn plain(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(std::iter::repeat_n(ODD_BYTE, chunk.invalid().len()));
    }
    Cow::Owned(text)
}

/// From places in an unquoted text to places in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mapping {
    /// Pairs of a place in the text and the one in the file, ascending; from each on, the two run side by side.
    steps: Vec<(usize, usize)>,
    /// Where the text ends in the file.
    end: usize,
}

impl Mapping {
    /// The mapping of a text that stands in the file as it is.
    pub(super) fn straight(at: Span) -> Self {
        Self { steps: vec![(0, at.start)], end: at.end }
    }

    /// A mapping to fill with [`Mapping::step`], for a text that ends at `end` in the file.
    pub(super) fn until(end: usize) -> Self {
        Self { steps: Vec::new(), end }
    }

    /// Says that the byte at `inner` of the text stands at `outer` in the file, as do those behind it until the next step.
    pub(super) fn step(&mut self, inner: usize, outer: usize) {
        if self.steps.is_empty() || self.offset(inner) != outer {
            self.steps.push((inner, outer));
        }
    }

    /// Sets where the text ends in the file.
    pub(super) fn close(&mut self, end: usize) {
        self.end = end;
    }

    /// Where the byte at `inner` stands in the file.
    pub(super) fn offset(&self, inner: usize) -> usize {
        let after = self.steps.partition_point(|(from, _)| *from <= inner);
        let Some((from, outer)) = after.checked_sub(1).map(|at| self.steps[at]) else { return self.end };
        (outer + (inner - from)).min(self.end)
    }

    /// Where the bytes of `range` stand in the file.
    pub(super) fn span(&self, range: Range<usize>) -> Span {
        let start = self.offset(range.start);
        let end = if range.is_empty() { start } else { (self.offset(range.end - 1) + 1).min(self.end) };
        Span::new(start.min(end), end)
    }

    /// The whole text's place.
    pub(super) fn whole(&self) -> Span {
        Span::new(self.offset(0), self.end)
    }

    /// The mapping of the part `range` of the text, at the cost of that part.
    pub(super) fn part(&self, range: Range<usize>) -> Self {
        let start = self.offset(range.start);
        let mut part = Self::until(self.span(range.clone()).end.max(start));
        part.steps.push((0, start));
        let first = self.steps.partition_point(|(from, _)| *from <= range.start);
        let inside = self.steps[first..].iter().take_while(|(from, _)| *from < range.end);
        part.steps.extend(inside.map(|(from, outer)| (from - range.start, *outer)));
        part
    }

    /// This mapping into a text that is itself unquoted from the file by `outer`.
    pub(super) fn through(&self, outer: &Self) -> Self {
        let mut through = Self::until(outer.offset(self.end));
        for (at, (inner, middle)) in self.steps.iter().enumerate() {
            through.step(*inner, outer.offset(*middle));
            let length = self.steps.get(at + 1).map_or(usize::MAX, |(next, _)| next - inner);
            let first = outer.steps.partition_point(|(from, _)| from <= middle);
            for (from, place) in outer.steps[first..].iter().take_while(|(from, _)| from - middle < length) {
                through.step(inner + (from - middle), *place);
            }
        }
        through
    }
}

/// A text and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Snippet<'a> {
    /// The text, without quotes and escapes of the file around it.
    pub(super) text: &'a str,
    /// Its place in the file.
    pub(super) mapping: &'a Mapping,
}

/// Lines of `text`, each with its place and without its line break.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (&str, Span)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let at = start;
        start += line.len();
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        (line, Span::new(at, at + line.len()))
    })
}

/// `part` without white space at its ends, and its place when that of `part` is `at`.
pub(super) fn trimmed(part: &str, at: Span) -> (&str, Span) {
    let inner = part.trim();
    let start = at.start + (part.len() - part.trim_start().len());
    (inner, Span::new(start, start + inner.len()))
}

/// Whether `name` may be a variable's name.
pub(super) fn is_name(name: &str) -> bool {
    let first = |c: char| c.is_ascii_alphabetic() || c == '_';
    name.starts_with(first) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether `name` is written as variables of the environment usually are: a name with a capital letter in front.
pub(super) fn is_variable(name: &str) -> bool {
    is_name(name) && name.trim_start_matches('_').starts_with(|c: char| c.is_ascii_uppercase())
}

/// Length of the name that `text` begins with; 0 when it begins with none.
pub(super) fn name_length(text: &str) -> usize {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return 0;
    }
    text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count()
}

/// Whether the name at the end of `path` ends with a dot and one of `endings`.
pub(super) fn has_ending(path: &str, endings: &[&str]) -> bool {
    path.rsplit_once('.').is_some_and(|(_, ending)| endings.contains(&ending))
}

/// Whether `path`, as a command names it, is that of a `.env` file: `.env`, `config/.env.local`, `$DIR/.env`, `prod.env`.
pub(super) fn is_dotenv(path: &str) -> bool {
    path != "env" && language_of(path) == Some(Language::Dotenv)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_keep_their_width() {
        let text = plain(b"a\xff\xfeb\xc3\xa9");
        assert_eq!(text, "a\u{1a}\u{1a}b\u{e9}");
        assert_eq!(text.len(), 6);
    }

    #[test]
    fn a_mapping_leads_back_across_its_steps() {
        // The file has `"a\"bc"`, the text is `a"bc`.
        let mut mapping = Mapping::until(6);
        mapping.step(0, 1);
        mapping.step(1, 3);
        assert_eq!(mapping.span(0..1), Span::new(1, 2));
        assert_eq!(mapping.span(2..4), Span::new(4, 6));
        assert_eq!(mapping.span(0..4), Span::new(1, 6));
        assert_eq!(mapping.span(4..4), Span::new(6, 6));
    }

    #[test]
    fn a_part_of_a_mapping_is_as_true_as_the_whole() {
        let mut mapping = Mapping::until(40);
        mapping.step(0, 10);
        mapping.step(4, 20);
        mapping.step(8, 30);
        let part = mapping.part(2..6);
        assert_eq!(part.whole(), Span::new(12, 22));
        assert_eq!((0..4).map(|at| part.offset(at)).collect::<Vec<_>>(), [12, 13, 20, 21]);
        assert_eq!(mapping.part(3..3).whole(), Span::new(13, 13));
    }

    #[test]
    fn a_mapping_through_another_has_the_steps_of_both() {
        let mut outer = Mapping::until(100);
        outer.step(0, 10);
        outer.step(5, 20);
        let mut inner = Mapping::until(9);
        inner.step(0, 2);
        inner.step(2, 7);
        let through = inner.through(&outer);
        let direct: Vec<usize> = (0..4).map(|at| outer.offset(inner.offset(at))).collect();
        assert_eq!((0..4).map(|at| through.offset(at)).collect::<Vec<_>>(), direct);
        let long = Mapping::straight(Span::new(3, 9)).through(&outer);
        assert_eq!((0..5).map(|at| long.offset(at)).collect::<Vec<_>>(), [13, 14, 20, 21, 22]);
    }

    #[test]
    fn lines_know_their_places_whatever_ends_them() {
        let found: Vec<(&str, Span)> = lines("a\r\n\nbc").collect();
        assert_eq!(found, [("a", Span::new(0, 1)), ("", Span::new(3, 3)), ("bc", Span::new(4, 6))]);
    }

    #[test]
    fn names_of_env_files_are_told_from_others() {
        for path in [".env", "a/.env.local", "$ROOT/.env", "prod.env", ".dev.vars"] {
            assert!(is_dotenv(path), "{path}");
        }
        for path in [".envrc", "env", "environment", "a.env/b", "venv/bin/activate"] {
            assert!(!is_dotenv(path), "{path}");
        }
    }
}
