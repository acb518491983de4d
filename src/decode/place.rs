//! A text that grows out of another one, with the places that its bytes come from.

use super::{Map, Unit};
use crate::model::Span;

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

    /// Adds `bytes`, all of which come from all that stands at `span`.
    pub(super) fn unit(&mut self, span: Span, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.map.push(self.bytes.len(), span.start, Unit { original: span.len(), decoded: bytes.len() });
            self.bytes.extend_from_slice(bytes);
        }
    }
}
