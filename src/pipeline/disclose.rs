//! What the views of a text disclose: keys that it holds, and that nobody sees who reads it as it stands.
//!
//! Each view goes through detection like any text. What is found in it is placed where its encoded form stands in the file, and told only when it
//! took the view to see it: a key that stands there plainly is found plainly, and a text that some rule takes for a credential as it stands is not told
//! again in other words, unless what it hides is surer. One key at one place is told once, however many ways lead to it; the shortest is told.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Instant,
};

use super::verify::{Asked, Key};
use crate::{
    decode::{Cut, Nested, Unfolding, notebook::is_notebook, source_map::is_source_map},
    detect::{Candidate, Detection, Detector, Text},
    model::{Blob, Decoding, Secret, Span},
    rules::RuleIndex,
};

/// Beyond this many of one text the rest is not told.
const MOST: usize = 5_000;
/// How far from what is encoded a credential may stand that is plain and is only recognised by it, such as the value of a name.
const NEAR: usize = 64;
/// Encodings in one another that are undone: Helm keeps a manifest in gzip in base64 in base64, and a secret in that is in base64 again.
pub(super) const DEPTH: u32 = 5;

/// How views are searched.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options<'o> {
    /// Encodings in one another that are undone.
    pub(super) depth: u32,
    pub(super) deadline: Option<Instant>,
    /// Which keys somebody is asked about, when anybody is.
    pub(super) asked: Option<&'o Asked>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self { depth: DEPTH, deadline: None, asked: None }
    }
}

/// A credential that a view discloses.
#[derive(Debug)]
pub(super) struct Disclosed {
    /// The rule and the place of its encoded form in the file.
    pub(super) candidate: Candidate,
    pub(super) secret: Secret,
    /// What was undone, outermost first.
    pub(super) decoded: Vec<Decoding>,
    /// The places of its pieces, when a program puts it together from several.
    pub(super) pieces: Vec<Span>,
    /// What there is to ask about it.
    pub(super) key: Option<Key>,
}

/// What all views of a text disclose.
#[derive(Debug, Default)]
pub(super) struct Disclosure {
    /// By place.
    pub(super) found: Vec<Disclosed>,
    /// Where something stands that must not be shown.
    pub(super) hidden: Vec<Span>,
    /// What stands in the file plainly and turned out to be something surer.
    superseded: HashSet<Span>,
    pub(super) cut: Cut,
    /// Set when the deadline passed before the last view was searched.
    pub(super) late: bool,
}

impl Disclosure {
    /// Takes what turned out to be something else out of what was detected in the same text; it stays hidden.
    pub(super) fn correct(&self, detection: &mut Detection) {
        if self.superseded.is_empty() {
            return;
        }
        detection.candidates.retain(|candidate| !self.superseded.contains(&candidate.span));
        detection.shadows.extend(self.superseded.iter().copied());
        detection.shadows.sort_unstable();
    }

    /// One telling of each key at each place.
    fn settle(&mut self) {
        let key = |found: &Disclosed| (found.decoded.len(), found.candidate.span, found.candidate.rule);
        self.found.sort_by(|one, other| key(one).cmp(&key(other)).then_with(|| one.decoded.cmp(&other.decoded)));
        let mut told: HashMap<(RuleIndex, Secret), Covered> = HashMap::new();
        self.found.retain(|found| {
            let covered = told.entry((found.candidate.rule, found.secret.clone())).or_default();
            let own = || found.pieces.iter().chain([&found.candidate.span]);
            let is_new = !own().any(|own| covered.touches(*own));
            if is_new {
                own().for_each(|own| covered.add(*own));
            }
            is_new
        });
        self.found.sort_by_key(|found| (found.candidate.span, found.candidate.rule));
        self.hidden.sort_unstable();
        self.hidden.dedup();
    }
}

/// Parts of a text, by where they begin, apart from one another. A key may stand in thousands of pieces in thousands of places.
#[derive(Default)]
struct Covered(BTreeMap<usize, usize>);

impl Covered {
    /// Whether a byte of `span` is covered.
    fn touches(&self, span: Span) -> bool {
        self.0.range(..span.end).next_back().is_some_and(|(_, end)| *end > span.start)
    }

    fn add(&mut self, span: Span) {
        let mut whole = span;
        while let Some((&start, &end)) = self.0.range(..whole.end).next_back().filter(|(_, end)| **end > whole.start) {
            self.0.remove(&start);
            whole = Span::new(whole.start.min(start), whole.end.max(end));
        }
        self.0.insert(whole.start, whole.end);
    }
}

/// Searches the views of `blob`, in which `plain` was found as it stands.
pub(super) fn disclose(detector: &Detector, blob: Blob<'_>, plain: &Detection, options: Options<'_>) -> Disclosure {
    let mut search = Search { detector, blob, options, known: vec![known(plain)], disclosure: Disclosure::default() };
    let mut visit = |nested: Nested<'_>| search.view(nested);
    let mut unfolding = Unfolding::new(options.depth, blob.bytes.len(), &mut visit);
    unfolding.text(blob.bytes);
    let worth = |source: &[u8]| detector.may_hold(source, false);
    if is_notebook(blob.own_path()) {
        unfolding.notebook(blob.bytes, &worth);
    } else if is_source_map(blob.bytes) {
        unfolding.source_map(blob.bytes, &worth);
    } else {
        if plain.leads {
            unfolding.program(blob.own_path(), blob.bytes, &worth);
        }
        unfolding.inline_maps(blob.bytes, &worth);
    }
    let cut = unfolding.cut();
    let mut disclosure = search.disclosure;
    disclosure.cut = cut;
    disclosure.settle();
    disclosure
}

/// The credentials of a text, by place.
type Places = Vec<(Span, RuleIndex)>;

fn known(detection: &Detection) -> Places {
    detection.candidates.iter().map(|candidate| (candidate.span, candidate.rule)).collect()
}

/// The search of one text's views.
struct Search<'s> {
    detector: &'s Detector,
    blob: Blob<'s>,
    options: Options<'s>,
    /// What was found in the text and in each view on the way to the present one.
    known: Vec<Places>,
    disclosure: Disclosure,
}

impl Search<'_> {
    /// Searches a view; the answer is whether to go on.
    fn view(&mut self, nested: Nested<'_>) -> bool {
        let view = nested.view;
        let text = Text { bytes: &view.bytes, path: Some(self.blob.own_path()), binary: false };
        let detection = self.detector.detect(text, self.options.deadline);
        self.disclosure.late |= detection.late;
        self.known.truncate(nested.depth());
        for candidate in &detection.candidates {
            if self.is_news(nested, candidate) {
                self.tell(nested, candidate);
            }
        }
        let shadows = detection.shadows.iter().filter(|span| view.map.changes(**span));
        self.disclosure.hidden.extend(shadows.filter_map(|span| nested.place(*span)));
        self.known.push(known(&detection));
        !self.disclosure.late && self.disclosure.found.len() < MOST
    }

    /// Whether `candidate` is not told already by the text that its view was made from.
    fn is_news(&mut self, nested: Nested<'_>, candidate: &Candidate) -> bool {
        let Nested { view, within, fold } = nested;
        // What stands around an expression was looked at where it stands.
        if fold.is_some_and(|fold| !candidate.span.overlaps(fold.folded)) {
            return false;
        }
        let origins = nested.origins(candidate.span);
        let (Some(first), Some(last)) = (origins.first(), origins.last()) else { return false };
        let origin = Span::new(first.start, last.end);
        let sure = |rule: RuleIndex| self.detector.rules().at(rule).spec.confidence;
        let Some(before) = self.known.last() else { return true };
        let told = origins.iter().flat_map(|origin| {
            let first = before.partition_point(|(span, _)| span.end <= origin.start);
            before[first..].iter().take_while(|(span, _)| span.start < origin.end).copied()
        });
        let told: Places = told.collect();
        // The whole of what stands in pieces is nearer the truth than what a piece alone looks like, and a part of what the view shows as a whole is
        // not told by itself.
        let is_whole = fold.is_some() && origins.len() > 1;
        let is_part = |part: Span, rule: RuleIndex| {
            rule == candidate.rule && part != origin && origin.start <= part.start && part.end <= origin.end
        };
        let is_surer =
            |rule: RuleIndex| sure(rule) > sure(candidate.rule) || (sure(rule) == sure(candidate.rule) && !is_whole);
        if told.iter().any(|(span, rule)| is_surer(*rule) && !is_part(*span, *rule)) {
            return false;
        }
        let is_near = origin.start < view.from.end + NEAR && view.from.start < origin.end + NEAR;
        if !is_near && !view.map.changes(candidate.span) {
            return false;
        }
        // What is known of a view was told in other words, and stays.
        if within.is_none() {
            self.disclosure.superseded.extend(told.iter().map(|(span, _)| *span));
        }
        true
    }

    fn tell(&mut self, nested: Nested<'_>, candidate: &Candidate) {
        let Some(span) = nested.place(candidate.span) else { return };
        let (rules, bytes) = (self.detector.rules(), &nested.view.bytes);
        let key = self.options.asked.and_then(|asked| Key::of(rules, asked, bytes, candidate));
        let decoded = nested.decoded();
        let is_split = decoded.contains(&Decoding::Split);
        let pieces = if is_split { nested.pieces(candidate.span) } else { Vec::new() };
        if is_split {
            self.disclosure.hidden.extend(&pieces);
        } else {
            self.disclosure.hidden.push(span);
        }
        self.disclosure.found.push(Disclosed {
            candidate: Candidate { span, ..candidate.clone() },
            secret: super::describe::secret(bytes, candidate),
            decoded,
            pieces,
            key: key.map(|key| key.also_around(rules, self.blob.bytes, span)),
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_covered_is_what_one_of_the_spans_holds(spans in prop::collection::vec((0..60_usize, 1..9_usize), 0..20), asked in (0..60_usize, 1..9_usize)) {
            let span = |(start, length): (usize, usize)| Span::new(start, start + length);
            let mut covered = Covered::default();
            for one in &spans {
                covered.add(span(*one));
            }
            let expected = spans.iter().any(|one| span(*one).overlaps(span(asked)));
            prop_assert_eq!(covered.touches(span(asked)), expected);
        }
    }
}
