//! What is remembered of a text, so that the next version of it is not searched again from its beginning to its end.
//!
//! A trace holds every literal that the prefilter met, and whether a rule fits there. Of a text made from a base by copies and new bytes, literals
//! inside a copy are known from the base's trace; only new bytes and the seams between pieces, as far as a literal reaches, go through
//! the prefilter. Whether a rule fits depends on a bounded surrounding of the literal ([`Reach`]): where that lies within one copy the answer is
//! inherited, and where it does not the rule is tried again, on the whole text. So the trace of a derived text equals the one that a search of the
//! whole would leave, which a property test holds it to, and the cost follows the edit and not the file.

use super::{Detector, Hit, Owner, Search, Text};
use crate::{
    model::{Piece, Span, is_binary},
    rules::Rule,
};

/// Texts with more literals than one in this many bytes, and this many, are not traced but searched whole: only a rule with a literal such as `e`
/// does that.
const BYTES_PER_HIT: usize = 16;
const FREE_HITS: usize = 4096;
/// How far the edges of a match, the growth around a marker and the name of an assignment are looked at, at most.
const MARGIN: usize = 512;

/// What is known of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    kind: Kind,
    may_hold: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// The literals of a text or, in the second case, of a binary, by place.
    Hits(Vec<Traced>),
    BinaryHits(Vec<Traced>),
    /// Nothing but the answer.
    Untraced,
}

/// A literal that was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Traced {
    start: u32,
    literal: u16,
    /// Whether a rule fits here.
    fits: bool,
}

impl Trace {
    /// Whether the text may hold something.
    #[must_use]
    pub fn may_hold(&self) -> bool {
        self.may_hold
    }

    fn of(hits: Vec<Traced>, binary: bool) -> Self {
        let may_hold = hits.iter().any(|hit| hit.fits);
        Self { kind: if binary { Kind::BinaryHits(hits) } else { Kind::Hits(hits) }, may_hold }
    }

    /// What a text of which nothing but the answer is known leaves.
    #[must_use]
    pub fn untraced(may_hold: bool) -> Self {
        Self { kind: Kind::Untraced, may_hold }
    }

    fn hits(&self, binary: bool) -> Option<&[Traced]> {
        match &self.kind {
            Kind::Hits(hits) if !binary => Some(hits),
            Kind::BinaryHits(hits) if binary => Some(hits),
            _ => None,
        }
    }
}

/// How far from the beginning of a literal the answer of its rules may depend on the text.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reach {
    before: usize,
    after: usize,
}

impl Reach {
    pub(super) fn of(rule: &Rule) -> Self {
        let around = rule.spec.context.as_ref().map_or(0, |context| context.reach) + MARGIN;
        Self { before: rule.spec.before + around, after: rule.spec.longest + around }
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self { before: self.before.max(other.before), after: self.after.max(other.after) }
    }
}

impl From<(usize, usize)> for Reach {
    fn from((before, after): (usize, usize)) -> Self {
        Self { before, after }
    }
}

impl Detector {
    /// Searches the whole of `bytes`, a text whose path is not known.
    #[must_use]
    pub fn trace(&self, bytes: &[u8]) -> Trace {
        let binary = is_binary(bytes);
        let search = self.search(binary);
        let mut hits = Vec::new();
        let most = FREE_HITS + bytes.len() / BYTES_PER_HIT;
        let is_traced = u32::try_from(bytes.len()).is_ok();
        search.prefilter.find(bytes, |hit| {
            hits.push(self.traced(search, bytes, binary, hit));
            is_traced && hits.len() <= most
        });
        if !is_traced || hits.len() > most {
            return Trace::untraced(self.may_hold(bytes, binary));
        }
        hits.sort_unstable();
        Trace::of(hits, binary)
    }

    /// Searches `bytes`, which consist of `pieces`; copies are from a text of `base_length` bytes that left the trace `base`.
    #[must_use]
    pub fn trace_derived(&self, bytes: &[u8], base: &Trace, base_length: usize, pieces: &[Piece]) -> Trace {
        let binary = is_binary(bytes);
        let Some(known) = base.hits(binary) else { return self.trace(bytes) };
        let search = self.search(binary);
        let mut hits = Vec::with_capacity(known.len() + 8);
        let mut fresh = Fresh { near: 2 * search.longest, zone: None };
        let mut at = 0;
        for piece in pieces {
            let end = at + piece.length;
            // Where pieces meet a literal may have come about; at the beginning none can lie across.
            let zone = if piece.from.is_none() { (at, end) } else { (at, at) };
            if (at > 0 || piece.from.is_none())
                && let Some(whole) = fresh.add(zone)
            {
                self.search_part(search, bytes, binary, whole, &mut hits);
            }
            if let Some(from) = piece.from {
                let copy = Copy { from, to: at, length: piece.length, base_length };
                self.inherit(search, bytes, binary, known, copy, &mut hits);
            }
            at = end;
        }
        if let Some(whole) = fresh.zone {
            self.search_part(search, bytes, binary, whole, &mut hits);
        }
        hits.sort_unstable();
        // Between two zones that were joined a literal is inherited and met as well.
        hits.dedup();
        if hits.len() > FREE_HITS + bytes.len() / BYTES_PER_HIT {
            return Trace::untraced(self.may_hold(bytes, binary));
        }
        Trace::of(hits, binary)
    }

    /// Takes over the literals inside a copy.
    fn inherit(
        &self,
        search: &Search,
        bytes: &[u8],
        binary: bool,
        known: &[Traced],
        copy: Copy,
        hits: &mut Vec<Traced>,
    ) {
        let first = known.partition_point(|hit| (hit.start as usize) < copy.from);
        for hit in &known[first..] {
            let start = hit.start as usize;
            if start >= copy.from + copy.length {
                break;
            }
            let literal = usize::from(hit.literal);
            if start + search.prefilter.literals()[literal].bytes.len() > copy.from + copy.length {
                continue;
            }
            let moved = start - copy.from + copy.to;
            hits.push(if copy.holds(start, search.reach[literal], bytes.len()) {
                Traced { start: u32::try_from(moved).unwrap_or(u32::MAX), ..*hit }
            } else {
                self.traced(search, bytes, binary, Hit { start: moved, literal })
            });
        }
    }

    /// Searches for literals that share a byte with what lies between `from` and `to` or, when the two are one place, that lie across it.
    fn search_part(
        &self,
        search: &Search,
        bytes: &[u8],
        binary: bool,
        (from, to): (usize, usize),
        hits: &mut Vec<Traced>,
    ) {
        let (start, end) = (from.saturating_sub(search.longest - 1), (to + search.longest - 1).min(bytes.len()));
        search.prefilter.find(&bytes[start..end], |hit| {
            let hit = Hit { start: hit.start + start, ..hit };
            let length = search.prefilter.literals()[hit.literal].bytes.len();
            // What lies wholly beside is part of another piece.
            if hit.start < to && hit.start + length > from {
                hits.push(self.traced(search, bytes, binary, hit));
            }
            true
        });
    }

    fn traced(&self, search: &Search, bytes: &[u8], binary: bool, hit: Hit) -> Traced {
        let text = Text { bytes, path: None, binary };
        let span = Span::new(hit.start, hit.start + search.prefilter.literals()[hit.literal].bytes.len());
        let fits = search.owners[hit.literal].iter().any(|owner| match *owner {
            Owner::Watcher(_) => false,
            Owner::Lead(word) => self.leads_on(word, bytes, hit.start),
            Owner::Rule(index) => self.try_rule(index, text, span, &mut 0).is_some(),
        });
        let start = u32::try_from(hit.start).unwrap_or(u32::MAX);
        Traced { start, literal: u16::try_from(hit.literal).unwrap_or(u16::MAX), fits }
    }
}

/// Zones to search anew, joined when they lie so near that searching between costs less than beginning again.
struct Fresh {
    near: usize,
    zone: Option<(usize, usize)>,
}

impl Fresh {
    /// Adds a zone that lies behind the others; gives the one before when that is complete.
    fn add(&mut self, (from, to): (usize, usize)) -> Option<(usize, usize)> {
        match &mut self.zone {
            Some(zone) if from <= zone.1 + self.near => {
                zone.1 = to;
                None
            }
            zone => zone.replace((from, to)),
        }
    }
}

/// Bytes of the base that are part of the text.
#[derive(Clone, Copy)]
struct Copy {
    from: usize,
    to: usize,
    length: usize,
    base_length: usize,
}

impl Copy {
    /// Whether all that `reach` speaks of around the literal at `start` of the base looks the same in the text. The ends of both texts count as
    /// seen: a copy that reaches to one must reach to the other.
    fn holds(self, start: usize, reach: Reach, length: usize) -> bool {
        let left =
            if start >= reach.before { start - reach.before >= self.from } else { self.from == 0 && self.to == 0 };
        let end = self.from + self.length;
        let right = if start + reach.after <= self.base_length {
            start + reach.after <= end
        } else {
            end == self.base_length && self.to + self.length == length
        };
        left && right
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::rules::{RuleSet, template::expand};

    /// Texts of source, keys, names and noise.
    fn words() -> Vec<String> {
        let key = |seed: &str| expand("sk-proj-{url64:74}T3BlbkFJ{url64:74}", seed);
        let pem = expand("-----BEGIN RSA PRIVATE KEY-----\n{pem:25}\n-----END RSA PRIVATE KEY-----\n", "a");
        let hex = expand("{hex:32}", "b");
        let mut words: Vec<String> = [
            "let x = 1;\n",
            "deepgram",
            " = \"",
            "\"\n",
            "token: ",
            "api_key=",
            "\0",
            " ",
            "// keyward: allow x -- y\n",
        ]
        .map(str::to_owned)
        .to_vec();
        words.extend([key("a"), key("b"), pem, hex, "a long line of nothing at all ".repeat(30)]);
        words
    }

    fn text(choice: &[usize]) -> Vec<u8> {
        let words = words();
        choice.iter().flat_map(|at| words[at % words.len()].bytes()).collect()
    }

    #[test]
    fn what_is_inherited_along_a_chain_of_edits_equals_a_search_of_the_whole() {
        let detector = Detector::new(Arc::new(RuleSet::builtin()), WATCHED);
        let edits = prop::collection::vec((any::<bool>(), 0..5000_usize, 0..5000_usize), 1..12);
        let strategy = (prop::collection::vec(0..14_usize, 0..40), prop::collection::vec(edits, 1..6));
        let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) };
        let outcome = proptest::test_runner::TestRunner::new(config).run(&strategy, |(start, chain)| {
            let mut base = text(&start);
            let mut trace = detector.trace(&base);
            prop_assert_eq!(trace.may_hold(), detector.may_hold(&base, is_binary(&base)));
            for edits in &chain {
                let (next, pieces) = Piece::derive(&base, edits, 2_000, |word| text(&[word]));
                trace = detector.trace_derived(&next, &trace, base.len(), &pieces);
                prop_assert_eq!(&trace, &detector.trace(&next));
                base = next;
            }
            Ok(())
        });
        outcome.unwrap();
    }

    const WATCHED: &[&str] = &["keyward:"];
}
