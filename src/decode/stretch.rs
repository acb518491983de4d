//! Where a text is encoded, and what lies near enough to be read together.
//!
//! Two passes find all of it: one over the long runs of letters and digits that base64 and hexadecimal stand in, one over the three bytes that
//! begin an escape. What they find is decided by what stands in its place (a run from its beginning to its end, an escape), so that of a text
//! which was made from another one only what changed is looked at again.

use std::ops::ControlFlow;

use super::{
    Map, View, base64,
    block::{self, Searched},
    compressed, escape, hex, html, percent,
    place::Undone,
    utf16,
};
use crate::model::{Decoding, Span};

/// Text around what is encoded that is part of its view: names and hosts there speak for a provider.
pub(super) const AROUND: usize = 400;
/// How far a word at an end of that is followed.
const LONGEST_WORD: usize = 4096;
/// How far behind its first byte what stands there decides about an escape.
pub(super) const ESCAPE_REACH: usize = 32;
/// What lies no farther apart is read together, so no byte is part of two views of one encoding.
const GAP: usize = 2 * AROUND;
/// Escapes that lie no farther apart are one stretch where nobody asks for each: a text may consist of nothing else.
const GLUE: usize = 16;

/// A part of a text that is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stretch {
    pub(super) decoding: Decoding,
    pub(super) span: Span,
}

/// All stretches of `text`, by encoding and place. Those of one encoding do not overlap.
pub(super) fn stretches(text: &[u8]) -> Vec<Stretch> {
    with_escapes(text, Escapes::Hiding)
}

/// Which escapes of strings count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escapes {
    /// Those that hide something.
    Hiding,
    /// Those of quotes and line breaks as well: where a string was undone, the next one in it begins with them.
    All,
}

fn with_escapes(text: &[u8], escapes: Escapes) -> Vec<Stretch> {
    let mut found = Vec::new();
    rows(text, Span::new(0, text.len()), &mut Searched::default(), &mut found);
    let mut glued = Glued::default();
    let _ = each_escape(text, Span::new(0, text.len()), escapes, |stretch| {
        glued.add(stretch, &mut found);
        ControlFlow::Continue(())
    });
    found.extend(glued.last.into_iter().flatten());
    found.sort_unstable();
    found
}

/// Those of a view: what it shares with any text, and what only decoded bytes hold. What stands in the original as it does here, by `map`, was
/// found there.
pub(super) fn of_view(text: &[u8], map: &Map) -> Vec<Stretch> {
    let mut found = with_escapes(text, Escapes::All);
    utf16::find(text, |span| found.push(Stretch { decoding: Decoding::Utf16, span }));
    found.retain(|stretch| map.changes(stretch.span));
    let streams = map.changed(text.len()).filter_map(|span| compressed::find(text, span.start, span.end));
    found.extend(streams.map(|span| Stretch { decoding: Decoding::Compressed, span }));
    found.sort_unstable();
    found
}

/// Adds the rows of base64 and hexadecimal in the blocks that `part` of `text` decides about, but for those that were `searched` before.
pub(super) fn rows(text: &[u8], part: Span, searched: &mut Searched, found: &mut Vec<Stretch>) {
    block::each_touched(text, part, searched, &mut |pieces| {
        base64::find(text, pieces, |span| found.push(Stretch { decoding: Decoding::Base64, span }));
        hex::find(text, pieces, |span| found.push(Stretch { decoding: Decoding::Hex, span }));
    });
}

/// Calls `found` for each escape that begins in `part` of `text`, in order of place, until it breaks off.
pub(super) fn each_escape(
    text: &[u8],
    part: Span,
    escapes: Escapes,
    mut found: impl FnMut(Stretch) -> ControlFlow<()>,
) -> ControlFlow<()> {
    for at in memchr::memchr3_iter(b'\\', b'%', b'&', &text[part.range()]).map(|at| part.start + at) {
        let rest = &text[at..];
        let trigger = match rest[0] {
            b'\\' => escape::trigger(rest, text[..at].last(), escapes),
            b'%' => percent::trigger(rest).map(|length| (Decoding::Percent, length)),
            _ => html::trigger(rest).map(|length| (Decoding::Html, length)),
        };
        if let Some((decoding, length)) = trigger {
            found(Stretch { decoding, span: Span::new(at, at + length) })?;
        }
    }
    ControlFlow::Continue(())
}

/// Escapes that are joined with those before them.
#[derive(Default)]
struct Glued {
    /// The last stretch of each kind.
    last: [Option<Stretch>; 4],
}

impl Glued {
    fn add(&mut self, stretch: Stretch, found: &mut Vec<Stretch>) {
        let slot = match stretch.decoding {
            Decoding::Percent => 0,
            Decoding::Html => 1,
            Decoding::Json => 2,
            _ => 3,
        };
        match &mut self.last[slot] {
            Some(last) if stretch.span.start <= last.span.end + GLUE => {
                last.span.end = last.span.end.max(stretch.span.end);
            }
            last => found.extend(last.replace(stretch)),
        }
    }
}

/// `stretches` in groups of those of one encoding that are near each other. A compressed stream is alone: what it unpacks to may be large.
pub(super) fn clusters(stretches: &[Stretch]) -> impl Iterator<Item = &[Stretch]> {
    let near = |one: &Stretch, next: &Stretch| {
        one.decoding == next.decoding
            && one.decoding != Decoding::Compressed
            && next.span.start.saturating_sub(one.span.end) <= GAP
    };
    stretches.chunk_by(near)
}

/// The part of `text` that the view of a `cluster` is made of. It does not begin or end within a word: half a key is another one.
pub(super) fn extent(text: &[u8], cluster: &[Stretch]) -> Span {
    let Some((first, last)) = cluster.first().zip(cluster.last()) else { return Span::new(0, 0) };
    let start = first.span.start.saturating_sub(AROUND);
    let end = text.len().min(last.span.end + AROUND);
    let is_in_run = |byte: &&u8| block::is_in_run(**byte);
    let before = text[..start].iter().rev().take(LONGEST_WORD).take_while(is_in_run).count();
    let after = text[end..].iter().take(LONGEST_WORD).take_while(is_in_run).count();
    Span::new(start - before, end + after)
}

/// Text that one view of escapes is made of. Each escape is an entry in the view's map, so a map of all of a large text would be many times as large.
const LONGEST_VIEW: usize = 4 << 20;
/// How far from there a place is looked for at which no word is cut, and how much two views of one cluster share at most.
const SEAM: usize = 32 << 10;

/// The parts of `text` that the views of a `cluster` are made of; of nearly all clusters it is one.
pub(super) fn parts(text: &[u8], cluster: &[Stretch]) -> impl Iterator<Item = Span> {
    let whole = extent(text, cluster);
    let are_escapes = cluster.first().is_some_and(|first| is_escape(first.decoding));
    let longest = if are_escapes { LONGEST_VIEW } else { usize::MAX };
    let ends_word = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'<' | b'>' | b',' | b';');
    let mut next = Some(whole.start);
    std::iter::from_fn(move || {
        let start = next?;
        let limit = whole.end.min(start.saturating_add(longest));
        if limit == whole.end {
            next = None;
            return Some(Span::new(start, limit));
        }
        // Where no word ends, a credential is whole in one of the two all the same.
        let end = text[limit - SEAM..limit].iter().rposition(ends_word).map_or(limit, |last| limit - SEAM + last + 1);
        let seam = end - SEAM;
        next = Some(text[seam..end].iter().position(ends_word).map_or(seam, |first| seam + first + 1));
        Some(Span::new(start, end))
    })
}

fn is_escape(decoding: Decoding) -> bool {
    matches!(decoding, Decoding::Percent | Decoding::Html | Decoding::Json | Decoding::Escapes)
}

/// Adds what stands at `span` in front of a stretch. What is glued to it, such as `0x`, is no part of the word that it stands for.
fn beside(text: &[u8], span: Span, out: &mut Undone) {
    let is_glued = !span.is_empty() && block::is_in_run(text[span.end - 1]);
    out.plain(text, Span::new(span.start, span.end - usize::from(is_glued)));
    if is_glued {
        out.unit(Span::new(span.end - 1, span.end), b" ");
    }
}

/// Whether `byte` may follow the text that a stretch stands for. Anything else could be taken for a part of it, and a line ends there instead.
fn may_follow(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'\\')
}

/// The view of `part`, one of the [`parts`] of a `cluster` of `text`, and whether it is the whole: no more than `most` bytes are unpacked. None of an
/// empty cluster.
pub(super) fn view(text: &[u8], cluster: &[Stretch], part: Span, most: usize) -> Option<(View, bool)> {
    let (first, last) = (cluster.first()?, cluster.last()?);
    let Span { start, end } = part;
    let from = Span::new(first.span.start.max(start), last.span.end.min(end));
    let mut out = Undone::default();
    let mut is_whole = true;
    match first.decoding {
        Decoding::Compressed => is_whole = compressed::undo(text, from, most, &mut out),
        // Those that call for no view are undone as well, and they stand all around.
        Decoding::Percent => percent::undo(text, Span::new(start, end), &mut out),
        Decoding::Html => html::undo(text, Span::new(start, end), &mut out),
        Decoding::Json | Decoding::Escapes => escape::undo(text, Span::new(start, end), &mut out),
        decoding => {
            let mut at = start;
            for (number, Stretch { span, .. }) in cluster.iter().enumerate() {
                beside(text, Span::new(at, span.start), &mut out);
                match decoding {
                    Decoding::Hex => hex::undo(text, *span, &mut out),
                    Decoding::Utf16 => utf16::undo(text, *span, &mut out),
                    _ => base64::undo(text, *span, &mut out),
                }
                at = span.end;
                let next = cluster.get(number + 1).map_or(end, |next| next.span.start);
                if text.get(at).filter(|_| at < next).is_some_and(|byte| !may_follow(*byte)) {
                    out.unit(Span::new(at, at + 1), b"\n");
                    at += 1;
                }
            }
            out.plain(text, Span::new(at, end));
        }
    }
    Some((View { bytes: out.bytes, map: out.map, decoding: first.decoding, from }, is_whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts_of(text: &[u8]) -> Vec<Span> {
        let stretches = stretches(text);
        parts(text, clusters(&stretches).next().unwrap()).collect()
    }

    #[test]
    fn a_long_cluster_of_escapes_is_made_into_views_that_cut_no_word() {
        let words = "%41bc ".repeat(LONGEST_VIEW / 2);
        let parts = parts_of(words.as_bytes());
        assert_eq!((parts[0].start, parts.last().unwrap().end), (0, words.len()));
        assert!(parts.len() == 4 && parts.iter().all(|part| part.len() <= LONGEST_VIEW), "{parts:?}");
        assert!(parts.windows(2).all(|pair| pair[1].start < pair[0].end), "they share what stands around");
        assert!(parts.iter().all(|part| part.start % 6 == 0 && part.end % 6 == 0), "{parts:?}");
    }

    #[test]
    fn a_word_without_end_is_cut_so_that_both_parts_hold_what_stands_at_the_seam() {
        let word = "%41".repeat(LONGEST_VIEW / 2);
        let parts = parts_of(word.as_bytes());
        assert!(parts.windows(2).all(|pair| pair[0].end - pair[1].start == SEAM), "{parts:?}");
        assert_eq!(parts_of("%41bc ".repeat(1000).as_bytes()).len(), 1);
    }
}
