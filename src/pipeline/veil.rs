//! What no output may show of a text that is shown as a whole, such as a patch.
//!
//! Reports show one line around a finding; whatever shows more of a file looks for keys in it anew, with all rules and with what the lint hides,
//! and in both versions when there are two: a key may be recognised in one of them only, such as one that an edit makes whole.

use std::sync::Arc;

use super::{
    describe,
    excerpt::{Cover, Masked, SHORTEST_REPEATED},
    facts,
};
use crate::{
    detect::{Detector, Text},
    lint::{Catalogue, Source, read},
    model::{Blob, Origin, OriginKind, Secret, Span},
    rules::RuleSet,
};

/// Looks for what must be hidden.
#[derive(Debug)]
pub struct Veil {
    detector: Detector,
    catalogue: Catalogue,
}

/// A text, and what of it must be hidden.
#[derive(Debug)]
pub struct Veiled<'t> {
    text: &'t [u8],
    /// Sorted by place.
    masked: Vec<Masked>,
    /// What is hidden in this or in another version.
    values: Arc<[Secret]>,
}

impl Veil {
    /// Hides what `rules` find.
    #[must_use]
    pub fn new(rules: &RuleSet) -> Self {
        Self { detector: Detector::new(Arc::new(rules.clone()), &[]), catalogue: Catalogue::new(rules) }
    }

    /// What must be hidden in two versions of the file at `path`.
    #[must_use]
    pub fn over<'t>(&self, path: &str, versions: [&'t [u8]; 2]) -> [Veiled<'t>; 2] {
        let masked = versions.map(|text| self.masked(path, text));
        let long = masked.iter().flatten().filter(|masked| masked.span.len() >= SHORTEST_REPEATED);
        let mut values: Vec<Secret> = long.map(|masked| masked.secret.clone()).collect();
        values.sort_by(|a, b| a.expose().cmp(b.expose()));
        values.dedup_by(|a, b| a.expose() == b.expose());
        let values: Arc<[Secret]> = values.into();
        let [old, new] = masked;
        let veiled = |text, masked| Veiled { text, masked, values: Arc::clone(&values) };
        [veiled(versions[0], old), veiled(versions[1], new)]
    }

    fn masked(&self, path: &str, text: &[u8]) -> Vec<Masked> {
        static TREE: Origin = Origin::plain(OriginKind::Tree);
        let detection = self.detector.detect(Text { bytes: text, path: Some(path), binary: false }, None);
        let blob = Blob { path, bytes: text, origin: &TREE, private: false };
        let source = Source { path, text, private: false, utf16: false, catalogue: &self.catalogue };
        let known = || facts::known(blob, &detection, &self.detector);
        let hidden = read::read(source, known, read::Gated::Open).map(|facts| facts.hidden).unwrap_or_default();
        describe::masked(text, &detection, &hidden)
    }
}

impl Veiled<'_> {
    /// Whether anything in `line` must be hidden.
    #[must_use]
    pub fn hides_in(&self, line: Span) -> bool {
        let end = self.masked.partition_point(|masked| masked.span.start < line.end);
        let text = &self.text[line.range()];
        self.masked[..end].iter().any(|masked| masked.span.overlaps(line))
            || self.values.iter().any(|value| memchr::memmem::find(text, value.expose()).is_some())
    }

    /// `line` with all that must be hidden masked at equal length, and fit for a terminal.
    #[must_use]
    pub fn shown(&self, line: Span) -> String {
        let text = &self.text[line.range()];
        let mut masked = self.masked.clone();
        for value in self.values.iter() {
            let found = memchr::memmem::find_iter(text, value.expose()).map(|at| line.start + at);
            masked.extend(
                found.map(|at| Masked { span: Span::new(at, at + value.expose().len()), secret: value.clone() }),
            );
        }
        masked.sort_by_key(|masked| masked.span);
        Cover::over(self.text, line, &masked).characters().map(|(_, _, shown)| shown).collect()
    }
}
