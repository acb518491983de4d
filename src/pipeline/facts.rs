//! The environment lint's part of phase one, and what it may ask in phase two.
//!
//! While the text of a file is at hand, its facts get what they need later: lines, columns and masked excerpts of every place that a finding
//! may point at. In phase two only the facts are left.

use std::{
    collections::HashMap,
    fs::File,
    io::Read as _,
    path::{Component, Path, PathBuf},
    sync::Mutex,
};

use rayon::prelude::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::{
    describe,
    disclose::{Disclosed, Disclosure},
    excerpt,
    gather::{Shared, decoded},
    hidden::Hidden,
    place::places,
};
use crate::{
    decode::notebook::{Guide, is_notebook},
    detect::{Candidate, Detection, Detector, Text},
    input::{Standing, Standings},
    lint::{
        Catalogue, Credentials, FileFacts, Known, Language, Site, Source, Surroundings,
        read::{self, Gated, Gates},
    },
    model::{Blob, Decoding, Origin, OriginKind, Secret, is_binary},
    suppress,
};

/// Source maps of large applications have tens of megabytes.
const LARGEST_MAP: u64 = 128 << 20;

/// Reads facts; shared by all threads.
#[derive(Debug)]
pub(super) struct Reader<'s> {
    catalogue: &'s Catalogue,
    /// Their words are watched for, behind the marks.
    gates: Gates,
    /// Whether files may wait, because what is scanned are files.
    patient: bool,
}

impl<'s> Reader<'s> {
    pub(super) fn new(catalogue: &'s Catalogue, gates: Gates, patient: bool) -> Self {
        Self { catalogue, gates, patient }
    }

    /// The facts of `blob`, of which `found` tells what a scan for secrets found; `utf16` tells that its bytes were turned from UTF-16.
    pub(super) fn read(
        &self,
        blob: Blob<'_>,
        utf16: bool,
        found: (&Detection, &Disclosure),
        shared: &Shared<'_>,
    ) -> Option<FileFacts> {
        let language = read::language_of(blob.path)?;
        let gated = match self.gated(language, found) {
            gated if self.may_wait(blob.path) => gated,
            Gated::Shut if language.is_code() => Gated::Shut,
            _ => Gated::Open,
        };
        self.read_gated(blob, utf16, found, gated, shared)
    }

    /// Whether the file at `path` can be read again: it lies in the tree, and its path is the whole of its name.
    fn may_wait(&self, path: &str) -> bool {
        let is_inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        self.patient && is_inside && !path.contains(char::REPLACEMENT_CHARACTER)
    }

    /// How far the words in `detection` open a file in `language`.
    fn gated(&self, language: Language, (detection, disclosure): (&Detection, &Disclosure)) -> Gated {
        // A key in a program is worth knowing the program, even if it reads no variable: that is what it should do.
        if !detection.candidates.is_empty() || !disclosure.found.is_empty() {
            return Gated::Open;
        }
        let words = detection.watched.iter().filter_map(|watched| watched.literal.checked_sub(suppress::WATCHED.len()));
        self.gates.opened(language, words)
    }

    fn read_gated(
        &self,
        blob: Blob<'_>,
        utf16: bool,
        (detection, disclosure): (&Detection, &Disclosure),
        gated: Gated,
        shared: &Shared<'_>,
    ) -> Option<FileFacts> {
        let Blob { path, bytes, private, .. } = blob;
        let source = Source { path, text: bytes, private, utf16, catalogue: self.catalogue };
        let known = || credentials(blob, detection, disclosure, shared.detector);
        let mut facts = read::read(source, known, gated)?;
        let masked = describe::masked(blob.bytes, detection, disclosure, &facts.hidden);
        let hidden = Hidden::new(blob.bytes, &masked, &[]);
        let spans = facts.places();
        let mut guide = is_notebook(path).then(|| Guide::new(bytes));
        facts.sites = places(blob.bytes, &spans)
            .into_iter()
            .zip(spans)
            .map(|(place, at)| {
                let mut location = place.in_file(blob.path);
                let whereabouts = guide.as_mut().and_then(|guide| guide.whereabouts(at.start));
                location.cell = whereabouts.map(|found| found.cell);
                let excerpt = excerpt::excerpt(blob.bytes, place.start_line, place.line_start, at, &hidden);
                (at, Site { location, excerpt })
            })
            .collect();
        if let Some(line_hashes) = shared.line_hashes {
            let lines: Vec<u32> = facts.sites.values().map(|site| site.location.start_line).collect();
            for (site, hash) in facts.sites.values_mut().zip(line_hashes(blob.bytes, &lines)) {
                site.location.line_hash = Some(hash);
            }
        }
        Some(facts)
    }
}

/// The credentials that `detection` found in `blob`, and those that `disclosure` tells of.
pub(super) fn credentials(
    blob: Blob<'_>,
    detection: &Detection,
    disclosure: &Disclosure,
    detector: &Detector,
) -> Credentials {
    let known = |candidate: &Candidate, decoded: &[Decoding], secret: Secret| {
        let rule = detector.rules().at(candidate.rule);
        Known {
            at: candidate.span,
            rule: rule.id().as_str().to_owned(),
            provider: describe::provider(rule),
            kind: candidate.kind.clone(),
            severity: rule.spec.severity,
            may_be_public: rule.spec.may_be_public,
            decoded: decoded.to_vec(),
            secret,
        }
    };
    let plain = |candidate: &Candidate| known(candidate, &[], describe::secret(blob.bytes, candidate));
    let hidden = |found: &Disclosed| known(&found.candidate, &found.decoded, found.secret.clone());
    Credentials {
        plain: detection.candidates.iter().map(plain).collect(),
        hidden: disclosure.found.iter().map(hidden).collect(),
    }
}

/// The working tree.
#[derive(Debug)]
pub(super) struct Tree<'b> {
    base: &'b Path,
    shared: &'b Shared<'b>,
    threads: usize,
    standings: Standings,
    /// Answers given so far: many checks ask the same.
    asked: Mutex<HashMap<String, Standing>>,
}

impl<'b> Tree<'b> {
    pub(super) fn new(base: &'b Path, shared: &'b Shared<'b>, threads: usize) -> Self {
        Self { base, shared, threads, standings: Standings::new(base), asked: Mutex::default() }
    }

    fn facts_of(&self, path: &str) -> Option<FileFacts> {
        static TREE: Origin = Origin::plain(OriginKind::Tree);
        let (bytes, lint) = (self.read(path)?, self.shared.lint.as_ref()?);
        let decoded = decoded(path, &bytes);
        let text = decoded.as_ref().map_or(&*bytes, String::as_bytes);
        if is_binary(text) {
            return None;
        }
        let detection =
            self.shared.detector.detect(Text { bytes: text, path: Some(path), binary: false }, self.shared.deadline);
        let blob = Blob { path, bytes: text, origin: &TREE, private: false };
        let disclosure = self.shared.disclose(blob, &detection);
        lint.read_gated(blob, decoded.is_some(), (&detection, &disclosure), Gated::Open, self.shared)
    }

    fn read_up_to(&self, path: &str, limit: u64) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(self.file(path)?).ok()?.take(limit + 1).read_to_end(&mut bytes).ok()?;
        (bytes.len() as u64 <= limit).then_some(bytes)
    }

    /// The file at `path`, if it is one of this tree: a link may lead out of it.
    fn file(&self, path: &str) -> Option<PathBuf> {
        let whole = self.base.join(path).canonicalize().ok()?;
        (whole.starts_with(self.base) && whole.is_file()).then_some(whole)
    }

    fn standing(&self, path: &str) -> Standing {
        let mut asked = self.asked.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(known) = asked.get(path) {
            return *known;
        }
        let standing = self.standings.of(&self.base.join(path));
        asked.insert(path.to_owned(), standing);
        standing
    }
}

impl Surroundings for Tree<'_> {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        self.read_up_to(path, read::LARGEST as u64)
    }

    fn read_large(&self, path: &str) -> Option<Vec<u8>> {
        self.read_up_to(path, LARGEST_MAP)
    }

    fn facts(&self, paths: &[String]) -> Vec<FileFacts> {
        let of = |path: &String| self.facts_of(path);
        let pool = (paths.len() > 1).then(|| rayon::ThreadPoolBuilder::new().num_threads(self.threads).build());
        match pool {
            Some(Ok(pool)) => pool.install(|| paths.par_iter().filter_map(of).collect()),
            _ => paths.iter().filter_map(of).collect(),
        }
    }

    fn exists(&self, path: &str) -> bool {
        self.file(path).is_some()
    }

    fn is_tracked(&self, path: &str) -> Option<bool> {
        self.standing(path).tracked
    }

    fn is_ignored(&self, path: &str) -> Option<bool> {
        self.standing(path).ignored
    }
}

/// What surrounds a text that does not come from the working tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nothing {
    /// It comes from the index, so it is tracked.
    pub(super) staged: bool,
}

impl Surroundings for Nothing {
    fn read(&self, _: &str) -> Option<Vec<u8>> {
        None
    }

    fn read_large(&self, _: &str) -> Option<Vec<u8>> {
        None
    }

    fn facts(&self, _: &[String]) -> Vec<FileFacts> {
        Vec::new()
    }

    fn exists(&self, _: &str) -> bool {
        false
    }

    fn is_tracked(&self, _: &str) -> Option<bool> {
        self.staged.then_some(true)
    }

    fn is_ignored(&self, _: &str) -> Option<bool> {
        None
    }
}
