//! The one source line a person sees: the masked excerpt, fitted into the width of the terminal.
//!
//! A key is often longer than the screen is wide, and its masked middle says nothing, so that middle is squeezed to a few dots; then the
//! beginning and the end of the key and what stands around it are visible at once. If the line is still too long, it is cut at
//! both ends around the key, whose beginning always stays. Of a secret over several lines (a PEM block) the first line is shown.

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::{
    layout::{columns, columns_of},
    printable::is_hazard,
};
use crate::model::{Excerpt, MASK};

/// Mask characters kept on either side of the gap when a masked stretch is squeezed.
const KEPT: usize = 5;
/// Columns of a tab stop; tabs are replaced, because their width depends on what the terminal thinks.
const TAB: usize = 4;

/// Which characters may be used for masks and cuts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charset {
    /// `•` and `…`.
    Unicode,
    /// `*` and `...`, for terminals that show nothing else.
    Ascii,
}

impl Charset {
    fn mask(self) -> char {
        match self {
            Self::Unicode => MASK,
            Self::Ascii => '*',
        }
    }

    fn cut(self) -> &'static str {
        match self {
            Self::Unicode => "…",
            Self::Ascii => "...",
        }
    }

    /// A masked form such as `sk-proj-…Zb4A` in this set.
    pub(super) fn render(self, masked: &str) -> String {
        masked.replace('…', self.cut()).replace(MASK, &self.mask().to_string())
    }
}

/// The room for a snippet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// Columns for the source line.
    pub(super) columns: usize,
    /// Columns of the label that hangs from the middle of the secret, with the hook it hangs on.
    pub(super) label: usize,
}

/// A line to show and where the secret is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Snippet {
    /// `path` as it is printed above the line.
    name: String,
    /// The line.
    text: String,
    /// The secret in it: first byte and length.
    span: (usize, usize),
    /// Its number, from 0 as `miette` counts.
    line: usize,
    /// Column of the secret in the file, from 0.
    column: usize,
}

impl Snippet {
    /// Fits `excerpt` into `room`. `name` is printable; `column` is that of the secret in the file, from 1.
    pub(super) fn new(name: String, column: u32, excerpt: &Excerpt, room: Room, charset: Charset) -> Self {
        let (number, shown) = Shown::first_line(excerpt, charset);
        let (text, span) = shown.fit(room, charset);
        let line = (excerpt.first_line as usize + number).saturating_sub(1);
        Self { name, text, span, line, column: (column as usize).saturating_sub(1) }
    }

    /// The secret in the line.
    pub(super) fn span(&self) -> (usize, usize) {
        self.span
    }

    /// Columns that the secret takes once it is squeezed, for laying out what hangs from it.
    pub(super) fn secret_columns(excerpt: &Excerpt, charset: Charset) -> usize {
        width(&Shown::first_line(excerpt, charset).1.secret)
    }
}

impl SourceCode for Snippet {
    // The whole line whatever is asked for: it is the only context there is.
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let whole = SourceSpan::from(0..self.text.len());
        let contents =
            MietteSpanContents::new_named(self.name.clone(), self.text.as_bytes(), whole, self.line, self.column, 1);
        Ok(Box::new(contents))
    }
}

/// The line in which the secret begins, at any width.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// From 1.
    pub(super) number: usize,
    pub(super) before: String,
    pub(super) secret: String,
    pub(super) after: String,
}

impl Line {
    pub(super) fn of(excerpt: &Excerpt) -> Self {
        let (number, Shown { before, secret, after, cut_before }) = Shown::first_line(excerpt, Charset::Unicode);
        let cut = if cut_before { Charset::Unicode.cut() } else { "" };
        Self {
            number: excerpt.first_line as usize + number,
            before: cut.chars().chain(before).collect(),
            secret: secret.into_iter().collect(),
            after: after.into_iter().collect(),
        }
    }
}

/// The line in its three parts, made printable and squeezed.
#[derive(Debug)]
struct Shown {
    before: Vec<char>,
    secret: Vec<char>,
    after: Vec<char>,
    /// Whether the excerpt had already lost its beginning.
    cut_before: bool,
}

impl Shown {
    /// The line in which the secret begins, and its number within the excerpt.
    fn first_line(excerpt: &Excerpt, charset: Charset) -> (usize, Self) {
        let text = excerpt.text.as_str();
        let start = floor_boundary(text, excerpt.span.start);
        let begin = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let secret_end = floor_boundary(text, (excerpt.span.start + excerpt.span.length).min(end)).max(start);
        let number = text[..start].matches('\n').count();
        let shown = Self {
            before: tidied(&text[begin..start], charset),
            secret: tidied(&text[start..secret_end], charset),
            after: tidied(text[secret_end..end].trim_end(), charset),
            cut_before: number == 0 && excerpt.cut_before && !text.starts_with('…'),
        };
        (number, shown)
    }

    /// Cuts what does not fit; gives the line and where the secret is in it.
    fn fit(mut self, room: Room, charset: Charset) -> (String, (usize, usize)) {
        let cut = charset.cut();
        let cut_columns = columns(cut);
        let secret = width(&self.secret);
        // The label hangs from the middle of the secret: what stands before the secret pushes it to the right.
        let for_label = room.columns.saturating_sub(secret / 2 + room.label);
        let free = room.columns.saturating_sub(secret);
        let after = width(&self.after);
        let before = free.saturating_sub(after.min(free / 4)).min(for_label);
        if self.cut_before || width(&self.before) > before {
            let kept = tail(&self.before, before.saturating_sub(cut_columns));
            self.before = cut.chars().chain(kept).collect();
        }
        let left = room.columns.saturating_sub(width(&self.before));
        if secret > left {
            self.secret = head(&self.secret, left.saturating_sub(cut_columns));
            self.secret.extend(cut.chars());
            self.after.clear();
        } else if after > left - secret {
            self.after = head(&self.after, (left - secret).saturating_sub(cut_columns));
            self.after.extend(cut.chars());
        }
        let before: String = self.before.iter().collect();
        let secret: String = self.secret.iter().collect();
        let span = (before.len(), secret.len());
        (before + &secret + &self.after.iter().collect::<String>(), span)
    }
}

/// `text` without characters that could disturb the line, tabs widened, masked stretches squeezed.
fn tidied(text: &str, charset: Charset) -> Vec<char> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let run = rest.chars().take_while(|&other| other == MASK).count();
        if run > 0 {
            let shown = if run > 2 * KEPT + 2 { KEPT } else { run };
            out.extend(std::iter::repeat_n(charset.mask(), shown));
            if shown < run {
                out.extend(charset.cut().chars());
                out.extend(std::iter::repeat_n(charset.mask(), KEPT));
            }
            rest = &rest[run * MASK.len_utf8()..];
            continue;
        }
        match c {
            '\t' => out.extend([' '; TAB]),
            '…' => out.extend(charset.cut().chars()),
            c if is_hazard(c) => out.push(if charset == Charset::Unicode { '\u{fffd}' } else { '?' }),
            c => out.push(c),
        }
        rest = &rest[c.len_utf8()..];
    }
    out
}

fn width(chars: &[char]) -> usize {
    chars.iter().copied().map(columns_of).sum()
}

/// As many characters from the beginning as fit into `columns`.
fn head(chars: &[char], columns: usize) -> Vec<char> {
    let mut left = columns;
    chars
        .iter()
        .copied()
        .take_while(|&c| {
            let fits = columns_of(c) <= left;
            left = left.saturating_sub(columns_of(c));
            fits
        })
        .collect()
}

/// As many characters from the end as fit into `columns`.
fn tail(chars: &[char], columns: usize) -> Vec<char> {
    let backwards: Vec<char> = chars.iter().rev().copied().collect();
    let mut kept = head(&backwards, columns);
    kept.reverse();
    kept
}

/// The last character boundary at or before `at`: a span from elsewhere must not be able to make the report panic.
fn floor_boundary(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at.min(text.len()))
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};
    use crate::model::ExcerptSpan;

    const ROOM: Room = Room { columns: 60, label: 20 };

    fn fitted(excerpt: &Excerpt, room: Room, charset: Charset) -> (String, String) {
        let snippet = Snippet::new("f".into(), 1, excerpt, room, charset);
        let (start, length) = snippet.span();
        (snippet.text.clone(), snippet.text[start..start + length].to_owned())
    }

    fn around(before: &str, after: &str) -> Excerpt {
        let secret = sample::key("sk-proj-", "leaked");
        sample::finding("f", 1, (before, after), &secret).excerpt.unwrap()
    }

    #[test]
    fn the_masked_middle_is_squeezed_and_both_ends_stay() {
        let (text, secret) = fitted(&around("key = \"", "\""), ROOM, Charset::Unicode);
        let tail = &sample::key("sk-proj-", "leaked").masked()[11..];
        assert_eq!(secret, format!("sk-proj-•••••…•••••{tail}"));
        assert_eq!(text, format!("key = \"{secret}\""));
    }

    #[test]
    fn ascii_terminals_get_ascii() {
        let (text, _) = fitted(&around("key\t= \"", "\" … \u{1b}"), ROOM, Charset::Ascii);
        assert!(text.is_ascii(), "{text}");
        assert!(text.starts_with("key    = \"sk-proj-*****...*****"), "{text}");
        assert!(text.ends_with("\" ... ?"), "{text}");
    }

    #[test]
    fn a_long_line_is_cut_on_both_sides_and_keeps_the_secret() {
        let (text, secret) = fitted(&around(&"b".repeat(300), &"a".repeat(300)), ROOM, Charset::Unicode);
        assert_eq!(width(&text.chars().collect::<Vec<_>>()), 60);
        assert!(text.starts_with("…bbb") && text.ends_with("aaa…"), "{text}");
        assert!(secret.starts_with("sk-proj-•••••"), "{secret}");
    }

    #[test]
    fn a_secret_wider_than_the_room_keeps_its_beginning() {
        let excerpt = Excerpt {
            text: format!("x = {}", "p".repeat(200)),
            first_line: 1,
            cut_before: false,
            span: ExcerptSpan { start: 4, length: 200 },
        };
        let (text, secret) = fitted(&excerpt, ROOM, Charset::Unicode);
        assert_eq!(text.chars().count(), 60);
        assert!(secret.starts_with("ppp") && secret.ends_with('…'), "{secret}");
    }

    #[test]
    fn the_label_finds_room_because_the_line_moves_left() {
        let excerpt = around(&"b".repeat(30), "");
        let snippet = Snippet::new("f".into(), 1, &excerpt, Room { columns: 60, label: 40 }, Charset::Unicode);
        let before = snippet.text[..snippet.span().0].chars().count();
        assert!(before + Snippet::secret_columns(&excerpt, Charset::Unicode) / 2 + 40 <= 60, "{}", snippet.text);
        assert!(snippet.text.starts_with('…'));
    }

    #[test]
    fn of_several_lines_the_first_of_the_secret_is_shown_with_its_number() {
        let excerpt = Excerpt {
            text: "above\nkey: BEGIN\n••••\nEND".into(),
            first_line: 10,
            cut_before: true,
            span: ExcerptSpan { start: 11, length: 22 },
        };
        let snippet = Snippet::new("f".into(), 6, &excerpt, ROOM, Charset::Unicode);
        assert_eq!((snippet.text.as_str(), snippet.span, snippet.line), ("key: BEGIN", (5, 5), 10));
    }

    #[test]
    fn spans_that_make_no_sense_do_not_panic() {
        for (start, length) in [(0, 99), (99, 99), (1, 1), (2, 0)] {
            let excerpt =
                Excerpt {
                    text: "é…•".into(), first_line: 0, cut_before: true, span: ExcerptSpan { start, length }
                };
            let _ = Snippet::new("f".into(), 0, &excerpt, Room { columns: 1, label: 1 }, Charset::Ascii);
        }
    }
}
