//! What no output may show of a text that is shown as a whole, such as a patch.
//!
//! Reports show one line around a finding; whatever shows more of a file looks for keys in it anew, with all rules and with what the lint hides,
//! and in both versions when there are two: a key may be recognised in one of them only, such as one that an edit makes whole.

use std::sync::Arc;

use super::{
    describe,
    disclose::{Options, disclose},
    excerpt, facts,
    hidden::{Hidden, Masked},
    leads,
};
use crate::{
    detect::{Detector, Text},
    lint::{Catalogue, Source, read},
    model::{Blob, Origin, OriginKind, Secret, Span, masked_text},
    rules::RuleSet,
};

/// Looks for what must be hidden.
#[derive(Debug)]
pub struct Veil {
    detector: Detector,
    catalogue: Catalogue,
}

/// `text`, such as an error that repeats what somebody typed, with all keys in it masked.
#[must_use]
pub fn masked(text: &str) -> String {
    // Compiling the rules takes longer than anything else that an error does.
    if masked_text(text) == text {
        return text.to_owned();
    }
    let detector = Detector::new(Arc::new(RuleSet::builtin()), &[]);
    let found_in =
        |text: &str| detector.detect(Text { bytes: text.as_bytes(), path: None, binary: false }, None).candidates;
    // What was taken for an option has hyphens in front, of which a key is no part.
    let mut found = found_in(text);
    found.extend(found_in(&text.replace("--", "  ")));
    found.sort_by_key(|candidate| std::cmp::Reverse((candidate.span.end, candidate.span.len())));
    let (mut shown, mut whole) = (text.to_owned(), text.len());
    for candidate in found {
        let range = candidate.span.start..candidate.span.end.min(whole);
        if !range.is_empty() && shown.is_char_boundary(range.start) && shown.is_char_boundary(range.end) {
            whole = range.start;
            let secret = Secret::new(&shown.as_bytes()[range.clone()], candidate.prefix);
            shown.replace_range(range, &secret.masked());
        }
    }
    shown
}

/// A text, and what of it must be hidden.
#[derive(Debug)]
pub struct Veiled<'t> {
    text: &'t [u8],
    hidden: Hidden,
}

impl Veil {
    /// Hides what `rules` find.
    #[must_use]
    pub fn new(rules: &RuleSet) -> Self {
        Self { detector: leads::detector(Arc::new(rules.clone()), &[]), catalogue: Catalogue::new(rules) }
    }

    /// What must be hidden in two versions of the file at `path`.
    #[must_use]
    pub fn over<'t>(&self, path: &str, versions: [&'t [u8]; 2]) -> [Veiled<'t>; 2] {
        let masked = versions.map(|text| self.masked(path, text));
        let values = |version: usize| -> Vec<&[u8]> {
            masked[version].iter().map(|masked| &versions[version][masked.span.range()]).collect()
        };
        let veiled = |own: usize, other: usize| {
            let text = versions[own];
            Veiled { text, hidden: Hidden::new(text, &masked[own], &values(other)) }
        };
        [veiled(0, 1), veiled(1, 0)]
    }

    fn masked(&self, path: &str, text: &[u8]) -> Vec<Masked> {
        static TREE: Origin = Origin::plain(OriginKind::Tree);
        let detection = self.detector.detect(Text { bytes: text, path: Some(path), binary: false }, None);
        let blob = Blob { path, bytes: text, origin: &TREE, private: false };
        let source = Source { path, text, private: false, utf16: false, catalogue: &self.catalogue };
        let disclosure = disclose(&self.detector, blob, &detection, Options::default());
        let known = || facts::credentials(blob, &detection, &disclosure, &self.detector);
        let hidden = read::read(source, known, read::Gated::Open).map(|facts| facts.hidden).unwrap_or_default();
        describe::masked(text, &detection, &disclosure, &hidden)
    }
}

impl Veiled<'_> {
    /// Whether anything in `line` must be hidden.
    #[must_use]
    pub fn hides_in(&self, line: Span) -> bool {
        self.hidden.touches(line)
    }

    /// `line` with all that must be hidden masked at equal length, and fit for a terminal.
    #[must_use]
    pub fn shown(&self, line: Span) -> String {
        excerpt::characters(self.text, line, &self.hidden).map(|(_, _, shown)| shown).collect()
    }
}
