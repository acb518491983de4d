//! What is remembered of the encoded parts of a text, so that the next version of it is not undone again from its beginning to its end.
//!
//! A trace holds every stretch and, for each cluster of them, whether its view may hold something. Of a text that was made from a base by copies and
//! new bytes, a stretch is taken over when all that decides about it lies in one copy: for an escape a few bytes, for base64 and hexadecimal
//! the whole run. Around new bytes and seams stretches are looked for again. Then clusters are formed anew, and the answer for one is taken over when all that its view was made of lies in one
//! copy. So the trace of a derived text equals the one that a look at the whole would leave, which a property test holds it to.

use std::ops::ControlFlow;

use super::{
    block::{self, Searched},
    stretch::{ESCAPE_REACH, Escapes, Stretch, clusters, each_escape, extent, rows},
    unfold::{Cut, Nested, Unfolding},
};
use crate::model::{Decoding, Piece, Span, is_binary};

/// Texts with more stretches than one in this many bytes, and this many, are not traced but looked at whole.
const BYTES_PER_STRETCH: usize = 64;
const FREE_STRETCHES: usize = 1024;

/// Zones that lie no farther apart are searched as one.
const ZONE_GAP: usize = 64;

/// How views are looked at.
#[derive(Clone, Copy)]
pub struct Look<'l> {
    /// Encodings in one another that are undone.
    pub depth: u32,
    /// Whether a text may hold something; it may say so wrongly, and depends on nothing but the text.
    pub may_hold: &'l dyn Fn(&[u8]) -> bool,
}

/// What is known of the encoded parts of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    known: Option<Known>,
    may_hold: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Known {
    /// By encoding and place.
    stretches: Vec<Stretch>,
    /// For each cluster of them in order: where it ends in the list, and whether its view may hold something.
    clusters: Vec<(usize, bool)>,
}

impl Trace {
    /// Looks at the whole of `text`.
    #[must_use]
    pub fn of(text: &[u8], look: Look<'_>) -> Self {
        if look.depth == 0 || is_binary(text) {
            return Self::default();
        }
        let mut stretches = Vec::new();
        let whole = Span::new(0, text.len());
        rows(text, whole, &mut Searched::default(), &mut stretches);
        let most = FREE_STRETCHES + text.len() / BYTES_PER_STRETCH;
        let all = each_escape(text, whole, Escapes::Hiding, |stretch| {
            stretches.push(stretch);
            if stretches.len() > most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        if all.is_break() || stretches.len() > most {
            return Self { known: None, may_hold: may_hide(text, &super::stretch::stretches(text), look) };
        }
        Self::with(stretches, |cluster| may_hide(text, cluster, look))
    }

    /// Looks at `text`, which consists of `pieces`; copies are from a text of `base_length` bytes that left the trace `base`.
    #[must_use]
    pub fn derived(text: &[u8], base: &Self, base_length: usize, pieces: &[Piece], look: Look<'_>) -> Self {
        let Some(known) = base.known.as_ref().filter(|_| !is_binary(text)) else { return Self::of(text, look) };
        let mut stretches = Vec::new();
        let (mut at, mut searched, mut zone) = (0, Searched::default(), None);
        let mut copies = Vec::new();
        let mut look_at = |zone: &mut Option<Span>, part: Span, found: &mut Vec<Stretch>| {
            extend(zone, part, |whole| search(text, whole, &mut searched, found));
        };
        for piece in pieces {
            let end = at + piece.length;
            let Some(from) = piece.from else {
                look_at(&mut zone, Span::new(at, end), &mut stretches);
                at = end;
                continue;
            };
            // Where pieces meet, and where one text ends and the other goes on, something may have come about.
            let copy = Copy { from, to: Span::new(at, end), ends: (base_length, text.len()) };
            if at > 0 || from > 0 {
                look_at(&mut zone, Span::new(at, at), &mut stretches);
            }
            if end == text.len() && !copy.reaches_ends() {
                look_at(&mut zone, Span::new(end, end), &mut stretches);
            }
            copies.push(copy);
            at = end;
        }
        if let Some(whole) = zone {
            search(text, whole, &mut searched, &mut stretches);
        }
        let mut block = Span::new(0, 0);
        for copy in &copies {
            copy.inherit(text, &known.stretches, &mut block, &mut stretches);
        }
        stretches.sort_unstable();
        stretches.dedup();
        if stretches.len() > FREE_STRETCHES + text.len() / BYTES_PER_STRETCH {
            return Self::of(text, look);
        }
        Self::with(stretches, |cluster| {
            let answer = known.answer(cluster, &copies, text);
            answer.unwrap_or_else(|| may_hide(text, cluster, look))
        })
    }

    /// Whether a view of the text may hold something.
    #[must_use]
    pub fn may_hold(&self) -> bool {
        self.may_hold
    }

    fn with(mut stretches: Vec<Stretch>, mut may_hold: impl FnMut(&[Stretch]) -> bool) -> Self {
        stretches.sort_unstable();
        let mut end = 0;
        let answer = |cluster: &[Stretch]| {
            end += cluster.len();
            (end, may_hold(cluster))
        };
        let clusters: Vec<(usize, bool)> = clusters(&stretches).map(answer).collect();
        let may_hold = clusters.iter().any(|(_, may_hold)| *may_hold);
        Self { known: Some(Known { stretches, clusters }), may_hold }
    }
}

impl Known {
    /// The answer for a `cluster` of a derived text, when all that its view is made of lies in one of the `copies`.
    fn answer(&self, cluster: &[Stretch], copies: &[Copy], text: &[u8]) -> Option<bool> {
        let extent = extent(text, cluster);
        let copy = copies[..copies.partition_point(|copy| copy.to.start <= extent.start)].last()?;
        // The byte behind it says that a word ends there.
        if !copy.holds(Span::new(extent.start.saturating_sub(1), text.len().min(extent.end + 1))) {
            return None;
        }
        let back = |at: usize| at - copy.to.start + copy.from;
        let first = cluster.first()?;
        let moved = Stretch { span: Span::new(back(first.span.start), back(first.span.end)), ..*first };
        let at = self.stretches.binary_search(&moved).ok()?;
        let known = self.clusters.partition_point(|(end, _)| *end <= at);
        let begin = known.checked_sub(1).map_or(0, |before| self.clusters[before].0);
        let (end, may_hold) = *self.clusters.get(known)?;
        let is_same = |(one, other): (&Stretch, &Stretch)| {
            (one.decoding, one.span.start, one.span.end)
                == (other.decoding, back(other.span.start), back(other.span.end))
        };
        let same =
            begin == at && end - begin == cluster.len() && self.stretches[begin..end].iter().zip(cluster).all(is_same);
        // Where one text begins or ends within reach and the other does not, the views differ.
        let begins_alike = extent.start > 0 || copy.from == copy.to.start;
        let ends_alike = extent.end < text.len() || copy.reaches_ends();
        (same && begins_alike && ends_alike).then_some(may_hold)
    }
}

/// Whether what is encoded in `text` at `stretches` may hold something. What is not undone may.
fn may_hide(text: &[u8], stretches: &[Stretch], look: Look<'_>) -> bool {
    let mut may = false;
    let mut visit = |nested: Nested<'_>| {
        may = (look.may_hold)(&nested.view.bytes);
        !may
    };
    let length = extent(text, stretches).len();
    let mut unfolding = Unfolding::new(look.depth, length, &mut visit).without_unpacking();
    unfolding.clusters(text, stretches, None);
    unfolding.cut() != Cut::default() || may
}

/// Adds the stretches that what stands at `zone` of `text` decides about, of rows those that were not `searched` before.
fn search(text: &[u8], zone: Span, searched: &mut Searched, found: &mut Vec<Stretch>) {
    let part = Span::new(zone.start.saturating_sub(ESCAPE_REACH), text.len().min(zone.end + 1));
    let _ = each_escape(text, part, Escapes::Hiding, |stretch| {
        found.push(stretch);
        ControlFlow::Continue(())
    });
    rows(text, zone, searched, found);
}

/// Zones to look at again, joined when they lie near each other.
fn extend(zone: &mut Option<Span>, next: Span, complete: impl FnOnce(Span)) {
    match zone {
        Some(last) if next.start <= last.end + ZONE_GAP => last.end = next.end,
        _ => {
            if let Some(whole) = zone.replace(next) {
                complete(whole);
            }
        }
    }
}

/// Bytes of the base that are part of the text.
struct Copy {
    from: usize,
    to: Span,
    /// Lengths of base and text.
    ends: (usize, usize),
}

impl Copy {
    /// Whether the copy holds `part` of the text.
    fn holds(&self, part: Span) -> bool {
        self.to.start <= part.start && part.end <= self.to.end
    }

    /// Whether base and text both end, or both begin, where the copy does.
    fn reaches_ends(&self) -> bool {
        self.from + self.to.len() == self.ends.0 && self.to.end == self.ends.1
    }

    /// Whether `reach` bytes on both sides of `part` look the same in base and text. The ends of both count as seen: a copy that reaches to one must
    /// reach to the other.
    fn surrounds(&self, part: Span, before: usize, after: usize) -> bool {
        let begins = self.from == 0 && self.to.start == 0;
        (begins || part.start >= self.to.start + before) && (self.reaches_ends() || part.end + after <= self.to.end)
    }

    /// Takes over the stretches that nothing outside the copy decides about. `block` is the last one that was looked at, for this copy or the one
    /// before: many copies may lie in one that is as long as the text, and it is walked once.
    fn inherit(&self, text: &[u8], known: &[Stretch], block: &mut Span, found: &mut Vec<Stretch>) {
        let mut holds_block = None;
        for decodings in known.chunk_by(|one, next| one.decoding == next.decoding) {
            let first = decodings.partition_point(|stretch| stretch.span.start < self.from);
            for Stretch { decoding, span } in &decodings[first..] {
                if span.end > self.from + self.to.len() {
                    break;
                }
                let moved = |at: usize| at - self.from + self.to.start;
                let span = Span::new(moved(span.start), moved(span.end));
                let is_row = matches!(decoding, Decoding::Base64 | Decoding::Hex);
                if is_row && !(block.start <= span.start && span.start < block.end) {
                    (*block, holds_block) = (block::around(text, span.start), None);
                }
                let holds = if is_row {
                    *holds_block.get_or_insert_with(|| self.surrounds(block::decided_by(text, *block), 1, 1))
                } else {
                    self.surrounds(Span::new(span.start, span.start), 1, ESCAPE_REACH)
                };
                if holds {
                    found.push(Stretch { decoding: *decoding, span });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use proptest::prelude::*;

    use super::*;

    const MARK: &str = "marker-of-a-key-0123456789";

    /// Pieces of source, encoded marks, and what only looks like the beginning of some encoding.
    fn words() -> Vec<String> {
        let wrapped = |text: &str, width: usize, between: &str| {
            let lines: Vec<&str> =
                text.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap()).collect();
            lines.join(between)
        };
        let long = STANDARD.encode(format!(
            "some text before the {MARK} and a good deal of text after it, so that it takes several lines of base64"
        ));
        let hex = MARK.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        let percent = MARK.bytes().fold(String::new(), |percent, byte| percent + &format!("%{byte:02X}"));
        let mut words: Vec<String> = [
            "let x = 1;\n",
            " ",
            "\n",
            "\\n",
            "\\",
            "%2",
            "&#",
            "&amp;",
            ";",
            "=",
            "name: ",
            "\"",
            "Zm9v",
            "n",
            "41",
            "\\u00",
            "4",
        ]
        .map(str::to_owned)
        .to_vec();
        words.extend([
            STANDARD.encode(MARK),
            STANDARD.encode(STANDARD.encode(MARK)),
            wrapped(&long, 64, "\n"),
            wrapped(&long, 48, "\r\n    "),
            wrapped(&long, 76, "\\n"),
            wrapped(&hex, 40, "\n"),
            hex,
            percent,
            MARK.replace('-', "\\u002d"),
            MARK.replace('-', "&#45;"),
            MARK.replace('-', "\\\\u002d"),
            STANDARD.encode("harmless text that is just long enough"),
            "a line of nothing at all, over and over ".repeat(12),
            "d2Fz".repeat(90),
        ]);
        words
    }

    fn text(choice: &[usize]) -> Vec<u8> {
        let words = words();
        choice.iter().flat_map(|at| words[at % words.len()].bytes()).collect()
    }

    /// Each of these took minutes when the block around a seam was gone through for every seam in it.
    #[test]
    fn thousands_of_seams_in_one_block_cost_no_more_than_it_is_long() {
        let may_hold = |bytes: &[u8]| memchr::memmem::find(bytes, MARK.as_bytes()).is_some();
        let look = Look { depth: 3, may_hold: &may_hold };
        let hidden = STANDARD.encode(format!("{MARK} and more of it ").repeat(40));
        let noise = STANDARD.encode([0x90; 3 * 50]);
        let line =
            |text: &str| text.as_bytes().chunks(76).map(|line| [line, b"\n"].concat()).collect::<Vec<_>>().concat();
        for base in [line(&(hidden.clone() + &noise).repeat(300)), (hidden + &noise).repeat(300).into_bytes()] {
            let (mut next, mut pieces) = (Vec::new(), Vec::new());
            for (at, part) in base.chunks(150).enumerate() {
                Piece::append(&mut pieces, Some(150 * at), part.len() - 1);
                next.extend_from_slice(&part[..part.len() - 1]);
                Piece::append(&mut pieces, None, 1);
                next.push(b'k');
            }
            let derived = Trace::derived(&next, &Trace::of(&base, look), base.len(), &pieces, look);
            assert_eq!(derived, Trace::of(&next, look));
        }
    }

    #[test]
    fn what_is_inherited_along_a_chain_of_edits_equals_a_look_at_the_whole() {
        let may_hold = |bytes: &[u8]| memchr::memmem::find(bytes, MARK.as_bytes()).is_some();
        let look = Look { depth: 3, may_hold: &may_hold };
        let edits = prop::collection::vec((any::<bool>(), 0..5000_usize, 0..5000_usize), 1..10);
        let strategy = (prop::collection::vec(0..31_usize, 0..60), prop::collection::vec(edits, 1..6));
        let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) };
        let outcome = proptest::test_runner::TestRunner::new(config).run(&strategy, |(start, chain)| {
            let mut base = text(&start);
            let mut trace = Trace::of(&base, look);
            for edits in &chain {
                let (next, pieces) = Piece::derive(&base, edits, 4_000, |word| text(&[word]));
                trace = Trace::derived(&next, &trace, base.len(), &pieces, look);
                prop_assert_eq!(&trace, &Trace::of(&next, look));
                base = next;
            }
            Ok(())
        });
        outcome.unwrap();
    }
}
