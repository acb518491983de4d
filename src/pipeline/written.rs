//! Where a credential was written that stands in a source map: which line of which source.
//!
//! The place in the map is a line of megabytes, which nobody reads or edits. So the finding says the source and its line, in every mode; whether
//! that file exists only the lint can ask, which names it anew where it does.

use super::describe::Reported;
use crate::{
    decode::source_map::{self, Inline, Link, Original, SourceMap},
    lint::WRITTEN_HERE,
    model::{Blob, Location, Related, Span},
};

/// Where each of the `reported` credentials of `text`, sorted by place, was written, as far as a source map in it tells.
pub(super) fn written(text: &[u8], reported: &[Reported<'_>]) -> Vec<Option<Original>> {
    let places: Vec<Span> = reported.iter().map(|reported| reported.candidate().span).collect();
    if source_map::is_source_map(text) {
        return SourceMap::parse(text).map_or_else(|| vec![None; places.len()], |map| map.in_contents(&places));
    }
    let mut found = vec![None; places.len()];
    if places.is_empty() {
        return found;
    }
    for link in source_map::links(text) {
        let Link::Inline(inline) = link else { continue };
        let from = places.partition_point(|place| place.start < inline.payload.start);
        let to = places.partition_point(|place| place.start < inline.payload.end);
        if from < to {
            for (slot, original) in found[from..to].iter_mut().zip(of_inline(text, inline, &places[from..to])) {
                *slot = original;
            }
        }
    }
    found
}

/// The same of `places` in an encoded map. They are those of groups of characters, so that only lines are exact.
fn of_inline(text: &[u8], inline: Inline, places: &[Span]) -> Vec<Option<Original>> {
    let view = inline.decoded(text);
    let map = view.as_ref().and_then(|view| SourceMap::parse(&view.bytes));
    let (Some(view), Some(map)) = (&view, &map) else { return vec![None; places.len()] };
    let end = view.bytes.len();
    let inside = places.iter().map(|place| {
        let [start, stop] = [place.start, place.end].map(|at| view.map.made_from(at).min(end));
        Span::new(start, stop)
    });
    map.in_contents(&inside.collect::<Vec<_>>())
}

/// What is said of it.
pub(super) fn in_source(original: &Original) -> Option<String> {
    let name = source_map::readable(&original.source)?;
    Some(format!("in line {} of {name}", original.start.line.saturating_add(1)))
}

/// The place that is meant, as far as that can be told without looking.
pub(super) fn related(blob: Blob<'_>, original: &Original) -> Option<Related> {
    let path = source_map::path_of(&original.source, blob.path, |_| true).filter(|_| blob.origin.archive.is_empty())?;
    let one = |number: u32| number.saturating_add(1);
    let Original { start, end, .. } = original;
    let location = Location {
        end_line: one(end.line),
        end_column: one(end.column),
        ..Location::point(&path, one(start.line), one(start.column))
    };
    Some(Related { message: WRITTEN_HERE.to_owned(), location })
}
