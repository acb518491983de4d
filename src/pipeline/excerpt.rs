//! The masked line of source that a report may show.
//!
//! An excerpt leaves the machine with the report, so whatever any rule found in the line is masked, also what is not reported, and what
//! could move a terminal's cursor is replaced. Masking keeps one character for each character, so that the place of the finding in the
//! shown text stays true. Lines are cut around the finding: a bundle is one line of megabytes.

use crate::model::{Excerpt, ExcerptSpan, MASK, Secret, Span, is_printable};

/// Shorter values stand in a line by chance.
pub(super) const SHORTEST_REPEATED: usize = 6;
/// No rule finds longer secrets.
const LONGEST_SECRET: usize = crate::rules::LONGEST_REACH;
/// Bytes shown before the finding.
const BEFORE: usize = 80;
/// Bytes shown from the beginning of the finding on.
const AFTER: usize = 320;

/// A secret and where it stands; reports show its prefix and tail only.
#[derive(Clone, Debug)]
pub(super) struct Masked {
    pub(super) span: Span,
    pub(super) secret: Secret,
}

/// The line that holds the beginning of `span`, with everything in `masked` hidden. `masked` is sorted by place.
pub(super) fn excerpt(text: &[u8], line: u32, line_start: usize, span: Span, masked: &[Masked]) -> Excerpt {
    let start = line_start.max(span.start.saturating_sub(BEFORE));
    let start = (start..=span.start).find(|&at| is_boundary(text, at)).unwrap_or(span.start);
    let limit = text.len().min(span.start + AFTER);
    let end = memchr::memchr(b'\n', &text[span.start..limit]).map_or(limit, |at| span.start + at);
    let end = (span.start..=end).rev().find(|&at| is_boundary(text, at)).unwrap_or(end);
    let cover = Cover::over(text, Span::new(start, end), masked);
    let mut out = String::with_capacity(end - start);
    let (mut from, mut length) = (0, 0);
    for (at, width, shown) in cover.characters() {
        if at == span.start {
            from = out.len();
        }
        out.push(shown);
        if at + width <= span.end {
            length = out.len().saturating_sub(from);
        }
    }
    let text_end = out.trim_end_matches([' ', char::REPLACEMENT_CHARACTER]).len().max(from + length);
    out.truncate(text_end);
    Excerpt { text: out, first_line: line, cut_before: start > line_start, span: ExcerptSpan { start: from, length } }
}

/// A part of a text, and what of it is hidden.
#[derive(Debug)]
pub(super) struct Cover<'m> {
    text: &'m [u8],
    window: Span,
    /// Secrets that may reach into the window.
    near: &'m [Masked],
    /// Where else in it they stand.
    again: Vec<Span>,
}

impl<'m> Cover<'m> {
    /// What is hidden in the `window` of `text`; `masked` is sorted by place.
    pub(super) fn over(text: &'m [u8], window: Span, masked: &'m [Masked]) -> Self {
        // They may overlap, so one that begins far before may still reach here.
        let first = masked.partition_point(|other| other.span.start + LONGEST_SECRET <= window.start);
        let near = &masked[first..];
        let again = repetitions(&text[window.range()], window.start, near);
        Self { text, window, near, again }
    }

    fn hides(&self, at: usize) -> bool {
        let before = self.near.iter().take_while(|other| other.span.start <= at);
        before.filter(|other| at < other.span.end).any(|other| !other.secret.shows(at - other.span.start))
            || self.again.iter().any(|span| span.range().contains(&at))
    }

    /// Each character with its offset, its length in the text, and what is shown for it.
    pub(super) fn characters(&self) -> impl Iterator<Item = (usize, usize, char)> + '_ {
        let chunks = self.text[self.window.range()].utf8_chunks();
        let characters = chunks.flat_map(|chunk| {
            let invalid = std::iter::repeat_n((char::REPLACEMENT_CHARACTER, 1), chunk.invalid().len());
            chunk.valid().chars().map(|c| (c, c.len_utf8())).chain(invalid)
        });
        characters.scan(self.window.start, |next, (shown, width)| {
            let at = std::mem::replace(next, *next + width);
            let shown = match shown {
                _ if self.hides(at) => MASK,
                '\t' => ' ',
                other if is_printable(other) => other,
                _ => char::REPLACEMENT_CHARACTER,
            };
            Some((at, width, shown))
        })
    }
}

/// Where in `window`, which begins at `offset`, a secret stands once more or goes on: the same password beside its URL, characters glued to the
/// end of a key that may well belong to it.
fn repetitions(window: &[u8], offset: usize, near: &[Masked]) -> Vec<Span> {
    let mut spans = Vec::new();
    let end = offset + window.len();
    for Masked { span, secret } in near.iter().take_while(|other| other.span.start < end) {
        if span.len() >= SHORTEST_REPEATED {
            let again = memchr::memmem::find_iter(window, secret.expose());
            spans.extend(
                again.map(|at| offset + at).filter(|at| *at != span.start).map(|at| Span::new(at, at + span.len())),
            );
        }
        if (offset..end).contains(&span.end) {
            let glued = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(**byte, b'-' | b'_');
            let tail = window[span.end - offset..].iter().take_while(glued).count();
            spans.push(Span::new(span.end, span.end + tail));
        }
    }
    spans
}

/// Whether a character may begin at `at`.
fn is_boundary(text: &[u8], at: usize) -> bool {
    text.get(at).is_none_or(|byte| byte & 0xc0 != 0x80)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, line_start: usize, secrets: &[(usize, usize)], reported: usize) -> Excerpt {
        let mask =
            |&(a, b): &(usize, usize)| Masked { span: Span::new(a, b), secret: Secret::new(&text.as_bytes()[a..b], 2) };
        let masked: Vec<Masked> = secrets.iter().map(mask).collect();
        excerpt(text.as_bytes(), 1, line_start, masked[reported].span, &masked)
    }

    #[test]
    fn every_secret_in_the_line_is_masked_at_equal_length() {
        let excerpt = of("a=k1secretk2, b=q1secretq2; // end", 0, &[(2, 12), (16, 26)], 0);
        assert_eq!(excerpt.text, "a=k1••••••••, b=q1••••••••; // end");
        let shown = &excerpt.text[excerpt.span.start..excerpt.span.start + excerpt.span.length];
        assert_eq!(shown, "k1••••••••");
    }

    #[test]
    fn a_value_that_stands_there_once_more_and_what_is_glued_to_it_are_hidden_too() {
        let excerpt = of("url://a:k1secretk2@h?pw=k1secretk2 k1secretk2-tail1", 0, &[(8, 18)], 0);
        assert_eq!(excerpt.text, "url://a:k1••••••••@h?pw=•••••••••• ••••••••••-tail1");
        assert_eq!(of("k1secretk2-tail1;", 0, &[(0, 10)], 0).text, "k1••••••••••••••;");
    }

    #[test]
    fn control_characters_never_reach_the_excerpt() {
        let excerpt = of("\x1b[2Jkey=k1secretk2\r", 0, &[(8, 18)], 0);
        assert_eq!(excerpt.text, "\u{fffd}[2Jkey=k1••••••••");
    }

    #[test]
    fn a_long_line_is_cut_around_the_finding() {
        let text = format!("{}k1secretk2{}", "é".repeat(500), "x".repeat(5000));
        let excerpt = of(&text, 0, &[(1000, 1010)], 0);
        assert!(excerpt.cut_before);
        assert!(excerpt.text.starts_with("ééé") && excerpt.text.chars().count() < 500);
    }

    #[test]
    fn a_secret_over_several_lines_shows_its_first_line_only() {
        let excerpt = of("x\nk1 BEGIN\nsecret\nEND", 2, &[(2, 21)], 0);
        assert_eq!(excerpt.text, "k1••••••");
    }
}
