//! A text that grows out of another one, with the places that its bytes come from.

use super::{Map, Unit};
use crate::model::Span;

/// What an escape stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Byte(u8),
    Character(char),
    /// Nothing at all.
    Nothing,
}

/// Bytes that were undone so far, and their map.
#[derive(Debug, Default)]
pub(super) struct Undone {
    pub(super) bytes: Vec<u8>,
    pub(super) map: Map,
}

impl Undone {
    /// Adds what stands at `span` of `text` as it is.
    pub(super) fn plain(&mut self, text: &[u8], span: Span) {
        if !span.is_empty() {
            self.map.push(self.bytes.len(), span.start, Unit::PLAIN);
            self.bytes.extend_from_slice(&text[span.range()]);
        }
    }

    /// Adds what stands at `span` of `text`, where in the place of whatever begins with `mark` there is what `sign` says of it: its length, and what it
    /// stands for.
    pub(super) fn replaced(
        &mut self,
        text: &[u8],
        span: Span,
        mark: u8,
        sign: impl Fn(&[u8]) -> Option<(usize, Sign)>,
    ) {
        let mut at = span.start;
        while at < span.end {
            let next = memchr::memchr(mark, &text[at..span.end]).map_or(span.end, |found| at + found);
            self.plain(text, Span::new(at, next));
            at = next;
            let Some((length, sign)) = sign(&text[at..span.end]).filter(|(length, _)| at + length <= span.end) else {
                // No sign at all, and the end of the text.
                let after = span.end.min(at + 1);
                self.plain(text, Span::new(at, after));
                at = after;
                continue;
            };
            let place = Span::new(at, at + length);
            match sign {
                Sign::Byte(byte) => self.unit(place, &[byte]),
                Sign::Character(character) => self.unit(place, character.encode_utf8(&mut [0; 4]).as_bytes()),
                Sign::Nothing => {}
            }
            at += length;
        }
    }

    /// Adds `bytes`, all of which come from all that stands at `span`.
    pub(super) fn unit(&mut self, span: Span, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.map.push(self.bytes.len(), span.start, Unit { original: span.len(), decoded: bytes.len() });
            self.bytes.extend_from_slice(bytes);
        }
    }
}
