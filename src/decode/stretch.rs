//! Where a text is encoded, and what lies near enough to be read together.

use super::{View, base64, block, place::Undone};
use crate::model::{Decoding, Span};

/// Text around what is encoded that is part of its view: names and hosts there speak for a provider.
pub(super) const AROUND: usize = 400;
/// What lies no farther apart is read together, so no byte is part of two views of one encoding.
const GAP: usize = 2 * AROUND;

/// A part of a text that is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stretch {
    pub(super) decoding: Decoding,
    pub(super) span: Span,
}

/// All stretches of `text`, by encoding and place. Those of one encoding do not overlap.
pub(super) fn stretches(text: &[u8]) -> Vec<Stretch> {
    let mut found = Vec::new();
    block::each(text, 0, text.len(), |pieces| {
        base64::find(text, pieces, |span| found.push(Stretch { decoding: Decoding::Base64, span }));
    });
    found.sort_unstable();
    found
}

/// `stretches` in groups of those of one encoding that are near each other.
pub(super) fn clusters(stretches: &[Stretch]) -> impl Iterator<Item = &[Stretch]> {
    let near = |one: &Stretch, next: &Stretch| {
        one.decoding == next.decoding && next.span.start.saturating_sub(one.span.end) <= GAP
    };
    stretches.chunk_by(near)
}

/// The view of a `cluster` of `text`; none of an empty one.
pub(super) fn view(text: &[u8], cluster: &[Stretch]) -> Option<View> {
    let (first, last) = (cluster.first()?, cluster.last()?);
    let (start, end) = (first.span.start.saturating_sub(AROUND), text.len().min(last.span.end + AROUND));
    let mut out = Undone::default();
    let mut at = start;
    for stretch in cluster {
        out.plain(text, Span::new(at, stretch.span.start));
        base64::undo(text, stretch.span, &mut out);
        at = stretch.span.end;
    }
    out.plain(text, Span::new(at, end));
    let from = Span::new(first.span.start, last.span.end);
    Some(View { bytes: out.bytes, map: out.map, decoding: first.decoding, from })
}
