//! The masked line of source that a report may show.
//!
//! An excerpt leaves the machine with the report, so whatever any rule found in the line is masked, also what is not reported, and what
//! could move a terminal's cursor is replaced. Masking keeps one character for each character, so that the place of the finding in the
//! shown text stays true. Lines are cut around the finding: a bundle is one line of megabytes.

use crate::model::{Excerpt, ExcerptSpan, MASK, Secret, Span, is_printable};

/// Bytes shown before the finding.
const BEFORE: usize = 80;
/// Bytes shown from the beginning of the finding on.
const AFTER: usize = 320;

/// A secret and where it stands; reports show its prefix and tail only.
#[derive(Debug)]
pub(super) struct Masked<'s> {
    pub(super) span: Span,
    pub(super) secret: &'s Secret,
}

/// The line that holds the beginning of `span`, with everything in `masked` hidden. `masked` is sorted by place.
pub(super) fn excerpt(text: &[u8], line: u32, line_start: usize, span: Span, masked: &[Masked<'_>]) -> Excerpt {
    let start = line_start.max(span.start.saturating_sub(BEFORE));
    let start = (start..=span.start).find(|&at| is_boundary(text, at)).unwrap_or(span.start);
    let limit = text.len().min(span.start + AFTER);
    let end = memchr::memchr(b'\n', &text[span.start..limit]).map_or(limit, |at| span.start + at);
    let end = (span.start..=end).rev().find(|&at| is_boundary(text, at)).unwrap_or(end);
    let first = masked.partition_point(|other| other.span.end <= start);
    let near = &masked[first..];
    let hidden = |at: usize| {
        let inside = near.iter().take_while(|other| other.span.start <= at).find(|other| at < other.span.end);
        inside.is_some_and(|other| !other.secret.shows(at - other.span.start))
    };
    let mut out = String::with_capacity(end - start);
    let (mut from, mut length) = (0, 0);
    let mut at = start;
    for chunk in text[start..end].utf8_chunks() {
        let invalid = std::iter::repeat_n((char::REPLACEMENT_CHARACTER, 1), chunk.invalid().len());
        for (shown, width) in chunk.valid().chars().map(|c| (c, c.len_utf8())).chain(invalid) {
            if at == span.start {
                from = out.len();
            }
            let shown = match shown {
                _ if hidden(at) => MASK,
                '\t' => ' ',
                other if is_printable(other) => other,
                _ => char::REPLACEMENT_CHARACTER,
            };
            out.push(shown);
            at += width;
            if at <= span.end {
                length = out.len().saturating_sub(from);
            }
        }
    }
    let text_end = out.trim_end_matches([' ', char::REPLACEMENT_CHARACTER]).len().max(from + length);
    out.truncate(text_end);
    let cut_before = text[line_start..start].utf8_chunks().map(|chunk| chunk.valid().chars().count()).sum::<usize>();
    Excerpt {
        text: out,
        first_line: line,
        cut_before: u32::try_from(cut_before).unwrap_or(u32::MAX),
        span: ExcerptSpan { start: from, length },
    }
}

/// Whether a character may begin at `at`.
fn is_boundary(text: &[u8], at: usize) -> bool {
    text.get(at).is_none_or(|byte| byte & 0xc0 != 0x80)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, line_start: usize, secrets: &[(usize, usize)], reported: usize) -> Excerpt {
        let values: Vec<Secret> = secrets.iter().map(|&(a, b)| Secret::new(&text.as_bytes()[a..b], 2)).collect();
        let spans = secrets.iter().map(|&(a, b)| Span::new(a, b));
        let masked: Vec<Masked<'_>> = spans.zip(&values).map(|(span, secret)| Masked { span, secret }).collect();
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
    fn control_characters_never_reach_the_excerpt() {
        let excerpt = of("\x1b[2Jkey=k1secretk2\r", 0, &[(8, 18)], 0);
        assert_eq!(excerpt.text, "\u{fffd}[2Jkey=k1••••••••");
    }

    #[test]
    fn a_long_line_is_cut_around_the_finding() {
        let text = format!("{}k1secretk2{}", "é".repeat(500), "x".repeat(5000));
        let excerpt = of(&text, 0, &[(1000, 1010)], 0);
        assert_eq!(excerpt.cut_before, 460);
        assert!(excerpt.text.starts_with("ééé") && excerpt.text.len() < 500);
    }

    #[test]
    fn a_secret_over_several_lines_shows_its_first_line_only() {
        let excerpt = of("x\nk1 BEGIN\nsecret\nEND", 2, &[(2, 21)], 0);
        assert_eq!(excerpt.text, "k1••••••");
    }
}
