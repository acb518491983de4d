//! The masked line of source that a report may show.
//!
//! An excerpt leaves the machine with the report, so whatever any rule found in the line is masked, also what is not reported, and what
//! could move a terminal's cursor is replaced. Masking keeps one character for each character, so that the place of the finding in the
//! shown text stays true. Lines are cut around the finding: a bundle is one line of megabytes.

use super::hidden::Hidden;
use crate::model::{Excerpt, ExcerptSpan, MASK, Span, is_printable};

/// Bytes shown before the finding.
const BEFORE: usize = 80;
/// Bytes shown from the beginning of the finding on.
const AFTER: usize = 320;

/// The line that holds the beginning of `span`, without what is `hidden` in it.
pub(super) fn excerpt(text: &[u8], line: u32, line_start: usize, span: Span, hidden: &Hidden) -> Excerpt {
    let start = line_start.max(span.start.saturating_sub(BEFORE));
    let start = (start..=span.start).find(|&at| is_boundary(text, at)).unwrap_or(span.start);
    let limit = text.len().min(span.start + AFTER);
    let line_end = memchr::memchr(b'\n', &text[span.start..limit]).map(|at| span.start + at);
    let is_cut = line_end.is_none() && !text[limit..].is_empty() && !text[limit..].starts_with(b"\n");
    let end = line_end.unwrap_or(limit);
    let end = (span.start..=end).rev().find(|&at| is_boundary(text, at)).unwrap_or(end);
    let mut out = String::with_capacity(end - start);
    let (mut from, mut length) = (0, 0);
    for (at, width, shown) in characters(text, Span::new(start, end), hidden) {
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
    if is_cut {
        out.push('…');
    }
    Excerpt { text: out, first_line: line, cut_before: start > line_start, span: ExcerptSpan { start: from, length } }
}

/// Each character of a `window` of `text` with its offset, its length in the text, and what is shown for it.
pub(super) fn characters<'t>(
    text: &'t [u8],
    window: Span,
    hidden: &'t Hidden,
) -> impl Iterator<Item = (usize, usize, char)> + 't {
    let characters = text[window.range()].utf8_chunks().flat_map(|chunk| {
        let invalid = std::iter::repeat_n((char::REPLACEMENT_CHARACTER, 1), chunk.invalid().len());
        chunk.valid().chars().map(|c| (c, c.len_utf8())).chain(invalid)
    });
    let mut hidden = hidden.within(window).iter().peekable();
    characters.scan(window.start, move |next, (shown, width)| {
        let at = std::mem::replace(next, *next + width);
        while hidden.next_if(|span| span.end <= at).is_some() {}
        let shown = match shown {
            _ if hidden.peek().is_some_and(|span| span.start <= at) => MASK,
            '\t' => ' ',
            other if is_printable(other) => other,
            _ => char::REPLACEMENT_CHARACTER,
        };
        Some((at, width, shown))
    })
}

/// Whether a character may begin at `at`.
fn is_boundary(text: &[u8], at: usize) -> bool {
    text.get(at).is_none_or(|byte| byte & 0xc0 != 0x80)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::Secret, pipeline::hidden::Masked};

    fn of(text: &str, line_start: usize, secrets: &[(usize, usize)], reported: usize) -> Excerpt {
        let mask = |&(a, b): &(usize, usize)| Masked::plain(Span::new(a, b), &Secret::new(&text.as_bytes()[a..b], 2));
        let masked: Vec<Masked> = secrets.iter().map(mask).collect();
        let hidden = Hidden::new(text.as_bytes(), &masked, &[]);
        excerpt(text.as_bytes(), 1, line_start, masked[reported].span, &hidden)
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
    fn a_line_that_is_cut_at_its_end_says_so() {
        let ending = |rest: usize, after: &str| {
            let text = format!("k1secretk2{}{after}", "x".repeat(rest));
            of(&text, 0, &[(0, 10)], 0).text.chars().last().unwrap()
        };
        // What is glued to a key is hidden with it, behind a blank it is not.
        assert_eq!(ending(AFTER - 10, ""), MASK);
        assert_eq!(ending(AFTER - 10, "\nnext line"), MASK);
        assert_eq!(ending(AFTER - 9, ""), '…');
        assert_eq!(ending(5, "\nnext line of any length"), MASK);
        assert_eq!(of(&format!("k1secretk2 {}", "a ".repeat(400)), 0, &[(0, 10)], 0).text.matches('…').count(), 1);
    }

    #[test]
    fn a_secret_over_several_lines_shows_its_first_line_only() {
        let excerpt = of("x\nk1 BEGIN\nsecret\nEND", 2, &[(2, 21)], 0);
        assert_eq!(excerpt.text, "k1••••••");
    }
}
