//! Columns, lines and colours: the little that plain text for a terminal needs.
//!
//! `miette` draws the annotated source; everything around it (places, notices, the summary) is laid out here, so that it wraps at
//! the same width and obeys the same decision about colour. Words are never broken: a URL or a path cut in two cannot be copied.

use std::fmt::Display;

use unicode_width::UnicodeWidthChar as _;

/// Columns that `c` takes.
pub(super) fn columns_of(c: char) -> usize {
    c.width().unwrap_or(1)
}

/// Columns that `text` takes.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

/// `text` broken between words into lines of at most `width` columns; a longer word has a line of its own.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let options = textwrap::Options::new(width)
        .break_words(false)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    let text = text.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    textwrap::wrap(&text, options).into_iter().filter(|line| !line.is_empty()).map(Into::into).collect()
}

/// What a colour is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Errors, and what must not be overlooked.
    Error,
    /// Warnings.
    Warning,
    /// Notes, and notices about the run.
    Note,
    /// The words that begin a line: `help:`, `also:`.
    Label,
    /// Headlines.
    Strong,
    /// What is as it should be.
    Good,
    /// What is there for those who look for it.
    Faint,
}

/// Puts colours on text, or does not.
#[derive(Clone, Copy, Debug)]
pub struct Paint {
    /// Whether it does.
    pub color: bool,
}

impl Paint {
    /// `text` in `ink`. The eight basic colours only: terminals map them to what is readable on their background.
    #[must_use]
    pub fn on(self, ink: Ink, text: impl Display) -> String {
        if !self.color {
            return text.to_string();
        }
        let code = match ink {
            Ink::Error => "1;31",
            Ink::Warning => "1;33",
            Ink::Note => "1;36",
            Ink::Label => "36",
            Ink::Strong => "1",
            Ink::Good => "32",
            Ink::Faint => "2",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_never_inside_one() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(
            wrap("see https://example.org/a/long/page now", 10),
            ["see", "https://example.org/a/long/page", "now"]
        );
        assert_eq!(wrap("", 10), Vec::<String>::new());
    }

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(columns("日本"), 4);
        assert_eq!(columns("sk-•…"), 5);
    }

    #[test]
    fn without_colour_text_stays_as_it_is() {
        assert_eq!(Paint { color: false }.on(Ink::Error, "x"), "x");
        assert_eq!(Paint { color: true }.on(Ink::Error, "x"), "\x1b[1;31mx\x1b[0m");
    }
}
