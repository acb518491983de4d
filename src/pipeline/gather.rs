//! Phase one: every blob through detection, in parallel, and what comes out of it in one place.
//!
//! A [`Worker`] belongs to one thread, owns its buffers and collects what it finds; when its thread ends it hands everything over at once.
//! The order in which threads finish is lost by sorting, so the same input gives the same bytes whatever the number of threads.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Mutex, PoisonError},
    time::Instant,
};

use super::{
    describe::{self, Reported},
    disclose::{self, Disclosure, disclose},
    facts::Reader,
    git::Known,
    names,
    packed::Told,
    progress::Counters,
    verify::{Asked, Key, Keys},
};
use crate::{
    detect::{Candidate, Detection, Detector, Text, Watched},
    input::{Entry, Visitor, archive},
    lint::{FileFacts, Language, language_of},
    model::{Blob, Finding, Notice, Origin, OriginKind, Secret, SkipReason, Skipped, is_binary},
    rules::RuleIndex,
    suppress::{self, Mark},
};

/// A file with more findings than this is a test corpus or an attack; the rest is counted, not kept.
const MOST_PER_FILE: usize = 5_000;

/// What phase one found.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) findings: Vec<Finding>,
    /// What files say about environment variables.
    pub(super) facts: Vec<FileFacts>,
    /// Inline marks by path.
    pub(super) marks: BTreeMap<String, Vec<Mark>>,
    pub(super) notices: Vec<Notice>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) files: u64,
    pub(super) bytes: u64,
    /// Files that other shards read.
    pub(super) elsewhere: u64,
    /// What was there before, of what is staged.
    pub(super) known: Known,
    /// What must not be shown in a name.
    pub(super) secrets: names::Found,
    /// What somebody may be asked about.
    pub(super) keys: Keys,
    /// Keys that are where they belong, when stock is taken.
    pub(super) private: Vec<Finding>,
}

impl Gathered {
    fn absorb(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.facts.extend(other.facts);
        self.marks.extend(other.marks);
        self.notices.extend(other.notices);
        self.skipped.extend(other.skipped);
        self.files += other.files;
        self.bytes += other.bytes;
        self.elsewhere += other.elsewhere;
        self.secrets.absorb(other.secrets);
        self.keys.absorb(other.keys);
        self.private.extend(other.private);
    }

    /// Puts everything in an order that does not depend on threads. Notices are put in theirs once all are there.
    pub(super) fn sort(&mut self) {
        self.findings.sort_by(Finding::order);
        self.private.sort_by(Finding::order);
        // An archive may hold two members of one name.
        self.findings.dedup_by(|later, earlier| !later.origin.archive.is_empty() && later.is_same(earlier));
        self.skipped.sort();
        self.skipped.dedup();
    }
}

/// Text and line numbers in, one hash for each line out.
pub(super) type LineHashes = fn(&[u8], &[u32]) -> Vec<String>;

/// What a run is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To say what is wrong.
    #[default]
    Report,
    /// To list all keys with all of their places, also those that are where they belong.
    Stock,
}

/// What all workers share.
#[derive(Debug)]
pub(super) struct Shared<'s> {
    pub(super) detector: &'s Detector,
    pub(super) purpose: Purpose,
    /// The rules whose findings are reported; all of them run.
    pub(super) reported: HashSet<RuleIndex>,
    /// Reads facts for the environment lint, when it runs.
    pub(super) lint: Option<Reader<'s>>,
    pub(super) deadline: Option<Instant>,
    /// Encodings in one another that are undone.
    pub(super) decode_depth: u32,
    /// How archives are read.
    pub(super) archives: archive::Options,
    /// Whether secrets are shown.
    pub(super) reveal: bool,
    /// Which keys are kept to ask about them, when that was asked for.
    pub(super) asked: Option<Asked>,
    /// Computes GitHub's line hashes, when a report needs them.
    pub(super) line_hashes: Option<LineHashes>,
    pub(super) counters: &'s Counters,
    pub(super) gathered: Mutex<Gathered>,
}

impl Shared<'_> {
    /// What the views of `blob` disclose beyond what `plain` found in it.
    pub(super) fn disclose(&self, blob: Blob<'_>, plain: &Detection) -> Disclosure {
        let options =
            disclose::Options { depth: self.decode_depth, deadline: self.deadline, asked: self.asked.as_ref() };
        disclose(self.detector, blob, plain, options)
    }

    /// What all workers that ended so far have found.
    pub(super) fn take(&self) -> Gathered {
        std::mem::take(&mut *self.gathered.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// One thread's part of phase one.
#[derive(Debug)]
pub(super) struct Worker<'s> {
    pub(super) shared: &'s Shared<'s>,
    pub(super) own: Gathered,
}

/// What a text is in the eyes of phase one.
#[derive(Debug)]
pub(super) enum Nature {
    /// A file like any other.
    File,
    /// An archive whose members were read.
    Archive {
        /// What was found in them.
        told: Told,
        /// Whether it is nothing but that.
        is_packed: bool,
    },
}

/// What was found in a text as it stands, and in its views.
type Found<'d> = (&'d Detection, &'d Disclosure);

impl<'s> Worker<'s> {
    pub(super) fn new(shared: &'s Shared<'s>) -> Self {
        Self { shared, own: Gathered::default() }
    }

    fn blob(&mut self, blob: Blob<'_>) {
        if !self.packed(blob) && !self.content(blob, &Nature::File) {
            self.own.skipped.push(Skipped { path: blob.path.to_owned(), reason: SkipReason::Binary });
        }
    }

    /// Looks at `blob` itself; false when it is a binary in which there is nothing to see.
    pub(super) fn content(&mut self, blob: Blob<'_>, nature: &Nature) -> bool {
        match decoded(blob.own_path(), blob.bytes) {
            // Lines and columns are the same in either encoding, since columns count UTF-16 units.
            Some(text) => self.text(Blob { bytes: text.as_bytes(), ..blob }, nature, true),
            None => self.text(blob, nature, false),
        }
    }

    fn text(&mut self, blob: Blob<'_>, nature: &Nature, utf16: bool) -> bool {
        let binary = matches!(nature, Nature::Archive { is_packed: true, .. }) || is_binary(blob.bytes);
        let text = Text { bytes: blob.bytes, path: Some(blob.own_path()), binary };
        let mut detection = self.shared.detector.detect(text, self.shared.deadline);
        let mut disclosure = if binary { Disclosure::default() } else { self.shared.disclose(blob, &detection) };
        disclosure.correct(&mut detection);
        if let Nature::Archive { told, .. } = nature {
            self.forget(told, blob.bytes, &mut detection, &mut disclosure);
        }
        self.caveats(&blob, &detection, &disclosure);
        self.remember(blob, &detection, &disclosure);
        if binary && detection.candidates.is_empty() && matches!(nature, Nature::File) {
            return false;
        }
        self.own.files += 1;
        self.own.bytes += blob.bytes.len() as u64;
        Counters::add(&self.shared.counters.files, 1);
        Counters::add(&self.shared.counters.bytes, blob.bytes.len());
        if let Some(lint) = self.shared.lint.as_ref().filter(|_| !binary && blob.origin.archive.is_empty()) {
            self.own.facts.extend(lint.read(blob, utf16, (&detection, &disclosure), self.shared));
        }
        let hits: Vec<usize> = marks_in(&detection).collect();
        if !hits.is_empty() && !binary {
            let mut marks = suppress::marks(blob.bytes, &hits);
            // Marks of other scanners never go stale, so without a finding there is nothing to say about them.
            let has_found = !detection.candidates.is_empty() || !disclosure.found.is_empty();
            marks.retain(|mark| mark.is_own() || has_found);
            if is_one_of_many(blob.origin) {
                let from = self.own.findings.len();
                self.describe(blob, (&detection, &disclosure), binary);
                suppress::apply_marks(&mut self.own.findings[from..], blob.path, marks);
                return true;
            }
            if !marks.is_empty() {
                self.own.marks.insert(blob.path.to_owned(), marks);
            }
        }
        match (blob.private, self.shared.purpose) {
            (false, _) => self.describe(blob, (&detection, &disclosure), binary),
            (true, Purpose::Stock) => {
                let found = (&detection, &disclosure);
                let findings = self.findings(blob, found, &self.reported(found), binary);
                self.own.private.extend(findings);
            }
            (true, Purpose::Report) => {}
        }
        true
    }

    /// Keeps in mind what must not be shown in a name, and whose keys were found.
    fn remember(&mut self, blob: Blob<'_>, detection: &Detection, disclosure: &Disclosure) {
        let plain = detection.candidates.iter().take(MOST_PER_FILE);
        let plain = plain.map(|candidate| (candidate, describe::secret(blob.bytes, candidate)));
        let disclosed = disclosure.found.iter().map(|found| (&found.candidate, found.secret.clone()));
        for (candidate, secret) in plain.chain(disclosed) {
            if self.shared.asked.is_some() {
                self.own.keys.claim(self.shared.detector.rules(), &secret, candidate);
            }
            self.own.secrets.add(secret);
        }
    }

    /// Drops from what was found in an archive what was `told` of its members.
    fn forget(&self, told: &Told, bytes: &[u8], detection: &mut Detection, disclosure: &mut Disclosure) {
        if told.is_empty() {
            return;
        }
        let rules = self.shared.detector.rules();
        let is_new = |candidate: &Candidate, secret: &Secret| {
            !told.contains(&(rules.at(candidate.rule).id().clone(), secret.fingerprint()))
        };
        detection.candidates.retain(|candidate| is_new(candidate, &describe::secret(bytes, candidate)));
        disclosure.found.retain(|found| is_new(&found.candidate, &found.secret));
    }

    /// What must be said about how far detection came.
    fn caveats(&mut self, blob: &Blob<'_>, detection: &Detection, disclosure: &Disclosure) {
        let path = blob.shown();
        let mut notice = |code: &str, message: String, help: &str| {
            let (code, help, path) = (code.to_owned(), Some(help.to_owned()), Some(blob.path.to_owned()));
            self.own.notices.push(Notice { code, message, help, path, line: None });
        };
        if detection.late || disclosure.late {
            let message = format!("the time given by --timeout was over before all of `{path}` was read");
            notice("timed-out", message, "give more seconds, or leave the file out with `exclude` in keyward.toml");
        }
        if detection.too_broad {
            let message = format!("rules of your own match in `{path}` so often that they were stopped");
            notice("too-broad-rule", message, "give them literals that are rare in ordinary text");
        }
        if disclosure.cut.size {
            let message =
                format!("`{path}` holds more encoded text than is undone; the rest was searched as it stands");
            notice("decode-limit", message, "leave it out with `exclude` in keyward.toml if it is test data");
        }
        if disclosure.cut.tangle {
            let message = format!("`{path}` puts strings together in more ways than are followed");
            notice("split-limit", message, "look through it by hand if it is no generated file");
        }
        if disclosure.cut.depth && self.shared.decode_depth > 0 {
            let message = format!("`{path}` holds text in more encodings than are undone");
            notice("decode-too-deep", message, "give a larger --max-decode-depth");
        }
        let total = detection.candidates.len() + disclosure.found.len();
        if total > MOST_PER_FILE {
            let message = format!("`{path}` holds {total} findings; the first {MOST_PER_FILE} are reported");
            notice(
                "too-many-findings",
                message,
                "leave the file out with `exclude` in keyward.toml if it is test data",
            );
        }
    }

    /// What is reported of all that was found, by place.
    fn reported<'d>(&self, (detection, disclosure): Found<'d>) -> Vec<Reported<'d>> {
        let plain = detection.candidates.iter().map(Reported::Plain);
        let mut reported: Vec<Reported<'d>> = plain.chain(disclosure.found.iter().map(Reported::Disclosed)).collect();
        reported.retain(|reported| self.shared.reported.contains(&reported.candidate().rule));
        reported.sort_by_key(|reported| reported.candidate().span);
        reported.truncate(MOST_PER_FILE);
        reported
    }

    fn findings(&self, blob: Blob<'_>, found: Found<'_>, reported: &[Reported<'_>], binary: bool) -> Vec<Finding> {
        let options = describe::Options { reveal: self.shared.reveal, with_source: !binary };
        let masked = describe::masked(blob.bytes, found.0, found.1, &[]);
        describe::findings(self.shared.detector.rules(), blob, &masked, reported, options)
    }

    fn describe(&mut self, blob: Blob<'_>, found: Found<'_>, binary: bool) {
        let shared = self.shared;
        let reported = self.reported(found);
        if reported.is_empty() {
            return;
        }
        if let Some(asked) = &shared.asked {
            for reported in &reported {
                self.own.keys.extend(match *reported {
                    Reported::Plain(candidate) => Key::of(shared.detector.rules(), asked, blob.bytes, candidate),
                    Reported::Disclosed(disclosed) => disclosed.key.clone(),
                });
            }
        }
        let mut findings = self.findings(blob, found, &reported, binary);
        if let Some(line_hashes) = shared.line_hashes {
            let lines: Vec<u32> = findings.iter().map(|finding| finding.location.start_line).collect();
            for (finding, hash) in findings.iter_mut().zip(line_hashes(blob.bytes, &lines)) {
                finding.location.line_hash = Some(hash);
            }
        }
        Counters::add(&shared.counters.findings, findings.len());
        self.own.findings.append(&mut findings);
    }
}

/// Offsets of what may be an inline mark. The list of watched literals begins with those of marks.
fn marks_in(detection: &Detection) -> impl Iterator<Item = usize> {
    let is_mark = |watched: &&Watched| watched.literal < suppress::WATCHED.len();
    detection.watched.iter().filter(is_mark).map(|watched| watched.start)
}

/// Whether a text is one of many under the same path.
fn is_one_of_many(origin: &Origin) -> bool {
    matches!(origin.kind, OriginKind::Diff | OriginKind::History) || !origin.archive.is_empty()
}

/// Units of UTF-16 that decide whether text without a byte-order mark is in it.
const SNIFFED_UNITS: usize = 4_000;
/// Fewer are no text.
const FEWEST_UNITS: usize = 8;

/// Text in UTF-16, as PowerShell writes it, in UTF-8: with a byte-order mark, or without one when nearly all of it is ASCII. `None` for any other
/// content.
#[must_use]
pub fn utf16(bytes: &[u8]) -> Option<String> {
    let (unit, mark): (fn([u8; 2]) -> u16, usize) = match bytes {
        [0xff, 0xfe, ..] => (u16::from_le_bytes, 1),
        [0xfe, 0xff, ..] => (u16::from_be_bytes, 1),
        [_, 0, ..] if is_ascii_in(bytes, u16::from_le_bytes) => (u16::from_le_bytes, 0),
        [0, _, ..] if is_ascii_in(bytes, u16::from_be_bytes) => (u16::from_be_bytes, 0),
        _ => return None,
    };
    Some(text_of(bytes.as_chunks::<2>().0.iter().skip(mark).map(|pair| unit(*pair))))
}

/// The text of the file at `path` in UTF-8, when it is in UTF-16. What a `.env` file says matters whatever its form, so there the mark may
/// be missing.
pub(super) fn decoded(path: &str, bytes: &[u8]) -> Option<String> {
    utf16(bytes).or_else(|| {
        let unit = unmarked(bytes).filter(|_| language_of(path) == Some(Language::Dotenv))?;
        Some(text_of(bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair))))
    })
}

/// Letters that tell an encoding.
const MOST_SAMPLED: usize = 4;

/// How units of UTF-16 are read where no mark tells it: the first letters are ASCII, so that every other byte is zero.
fn unmarked(bytes: &[u8]) -> Option<fn([u8; 2]) -> u16> {
    let units = bytes.as_chunks::<2>().0;
    let sample = &units[..units.len().min(MOST_SAMPLED)];
    let is_text = |byte: u8| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n');
    match sample {
        [] => None,
        sample if sample.iter().all(|[low, high]| *high == 0 && is_text(*low)) => Some(u16::from_le_bytes),
        sample if sample.iter().all(|[high, low]| *high == 0 && is_text(*low)) => Some(u16::from_be_bytes),
        _ => None,
    }
}

fn text_of(units: impl Iterator<Item = u16>) -> String {
    char::decode_utf16(units).map(|decoded| decoded.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Whether the beginning of `bytes`, read by `unit`, is text with hardly anything beyond ASCII. Numbers that are small look like it too, but for zeros and
/// control characters, of which text has none.
fn is_ascii_in(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> bool {
    let units = bytes.as_chunks::<2>().0;
    let units = &units[..units.len().min(SNIFFED_UNITS)];
    let is_control = |unit: u16| unit < 0x20 && !matches!(unit, 0x09 | 0x0a | 0x0c | 0x0d);
    let mut ascii = 0;
    for unit in units.iter().map(|pair| unit(*pair)) {
        if is_control(unit) {
            return false;
        }
        ascii += usize::from(unit < 0x7f);
    }
    units.len() >= FEWEST_UNITS && ascii >= units.len() / 8 * 7
}

impl Visitor for Worker<'_> {
    fn visit(&mut self, entry: Entry<'_>) {
        match entry {
            Entry::Blob(blob) => self.blob(blob),
            Entry::Large { path, size, source, origin } => self.large(path, size, source, origin),
            Entry::Skipped(skipped) => self.own.skipped.push(skipped),
            Entry::Notice(notice) => self.own.notices.push(notice),
            Entry::Elsewhere => self.own.elsewhere += 1,
        }
    }
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        let own = std::mem::take(&mut self.own);
        self.shared.gathered.lock().unwrap_or_else(PoisonError::into_inner).absorb(own);
    }
}
