//! Keys in names: of files, branches and tags, and in sentences that quote them.
//!
//! A report shows names as they are, and a name may hold a key. So before a report is made, everything in it that the repository gave a name
//! to is looked through by the detector, and for the secrets that the run found anyway: `keys/<token>` may be a key only for who has read
//! the file. What is found is masked at equal width, so the file can still be told. Exceptions, fingerprints and fixes go by the names as
//! they are.

use std::collections::{HashMap, HashSet};

use crate::{
    detect::Detector,
    model::{Finding, Notice, Secret, Skipped},
};

/// Shorter secrets, such as the password `postgres`, are words that stand in names by chance.
const TELLING: usize = 16;
/// Names that are remembered as clean: references stand in many findings.
const REMEMBERED: usize = 10_000;

/// The secrets that a run found, as far as a name could give them away.
#[derive(Clone, Debug, Default)]
pub(super) struct Found(HashSet<Secret>);

impl Found {
    pub(super) fn add(&mut self, secret: Secret) {
        if secret.expose().len() >= TELLING {
            self.0.insert(secret);
        }
    }

    pub(super) fn absorb(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

/// What it takes to mask names.
#[derive(Debug)]
pub(super) struct Names {
    detector: Detector,
    found: Found,
}

impl Names {
    pub(super) fn new(detector: Detector, found: Found) -> Self {
        Self { detector, found }
    }

    /// Masks each of `names`.
    pub(super) fn mask_each<'n>(&self, names: impl Iterator<Item = &'n mut String>) {
        let mut masker = Masker::new(self);
        for name in names {
            masker.name(name);
        }
    }

    /// Masks what another run over the same repository found, too.
    pub(super) fn absorb(&mut self, other: Self) {
        self.found.absorb(other.found);
    }

    /// Masks the names in everything that is reported, and puts it in order again.
    pub(super) fn mask(&self, findings: &mut [Finding], notices: &mut [Notice], skipped: &mut [Skipped]) {
        let mut masker = Masker::new(self);
        let mut changed = false;
        for finding in findings.iter_mut() {
            changed |= finding.names_mut().fold(false, |changed, name| masker.name(name) | changed);
            let sentences = finding.related.iter_mut().map(|related| &mut related.message);
            let sentences = sentences.chain([&mut finding.message]).chain(&mut finding.verification.advice);
            changed |= sentences.fold(false, |changed, text| masker.name(text) | changed);
        }
        let in_notices = notices.iter_mut().flat_map(Notice::texts_mut);
        let others = in_notices.chain(skipped.iter_mut().map(|skipped| &mut skipped.path));
        changed |= others.fold(false, |changed, name| masker.name(name) | changed);
        if changed {
            findings.sort_by(Finding::order);
            skipped.sort();
        }
    }
}

/// Masks one name after the other.
pub(super) struct Masker<'n> {
    detector: &'n Detector,
    /// By their beginnings.
    found: HashMap<&'n [u8], Vec<&'n Secret>>,
    clean: HashSet<String>,
}

impl<'n> Masker<'n> {
    pub(super) fn new(Names { detector, found }: &'n Names) -> Self {
        // The longest first, and of equal ones the one that shows least.
        let mut secrets: Vec<&Secret> = found.0.iter().collect();
        secrets.sort_by_cached_key(|secret| (std::cmp::Reverse(secret.expose().len()), secret.masked()));
        let mut by_beginning: HashMap<&[u8], Vec<&Secret>> = HashMap::new();
        for secret in secrets {
            by_beginning.entry(&secret.expose()[..TELLING]).or_default().push(secret);
        }
        Self { detector, found: by_beginning, clean: HashSet::new() }
    }

    /// Masks what is a key in `name`, and says whether something was.
    pub(super) fn name(&mut self, name: &mut String) -> bool {
        if name.len() < TELLING / 2 || self.clean.contains(name) {
            return false;
        }
        let known = self.without_found(name);
        let masked = self.detector.masked(known.as_deref().unwrap_or(name)).or(known);
        let is_masked = masked.is_some();
        if let Some(masked) = masked {
            *name = masked;
        } else if self.clean.len() < REMEMBERED {
            self.clean.insert(name.clone());
        }
        is_masked
    }

    /// `name` with the secrets of this run masked; `None` when it holds none.
    fn without_found(&self, name: &str) -> Option<String> {
        if self.found.is_empty() {
            return None;
        }
        let bytes = name.as_bytes();
        let (mut out, mut copied, mut at) = (Vec::new(), 0, 0);
        while let Some(window) = bytes.get(at..at + TELLING) {
            let secrets = self.found.get(window).into_iter().flatten();
            let Some(secret) = secrets.into_iter().find(|secret| bytes[at..].starts_with(secret.expose())) else {
                at += 1;
                continue;
            };
            out.extend_from_slice(&bytes[copied..at]);
            out.extend_from_slice(secret.masked_in_place().as_bytes());
            at += secret.expose().len();
            copied = at;
        }
        if copied == 0 {
            return None;
        }
        out.extend_from_slice(&bytes[copied..]);
        Some(String::from_utf8_lossy(&out).into_owned())
    }
}
