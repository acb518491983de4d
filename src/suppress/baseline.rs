//! The baseline: secrets that are accepted as they are, so that only new ones are reported.
//!
//! ```text
//! # keyward baseline v1
//! <fingerprint of the secret> <rule>
//! ```
//!
//! One line per secret and rule, sorted, unique, with nothing in it that changes when code moves: two branches that
//! accept different secrets merge without a conflict, and a secret is accepted wherever it stands. For findings that
//! are not about a secret, the finding's own fingerprint stands in its place. The reader takes the lines in any order
//! and passes over comments; what it cannot read, such as the marks of a merge conflict, silences nothing and is
//! reported.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use miette::Diagnostic;
use thiserror::Error;

use crate::model::{Finding, Fingerprint, Notice, RuleId, SuppressedBy, Suppression};

use super::{Options, Reach, notice};

const HEADER: &str = "# keyward baseline v1";
/// Bytes of the largest baseline that is read: room for more than half a million secrets.
const LARGEST: u64 = 32 * 1024 * 1024;

/// Why a baseline cannot be used.
#[derive(Debug, Error, Diagnostic)]
pub enum BaselineError {
    /// It cannot be read.
    #[error("cannot read the baseline {path}: {source}")]
    #[diagnostic(
        code(keyward::baseline::unreadable),
        help("check the path, or make one with `keyward baseline create`")
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is too large to be one.
    #[error("the baseline {path} is larger than {} MiB", LARGEST / 1024 / 1024)]
    #[diagnostic(
        code(keyward::baseline::too_large),
        help("check that it is a baseline; `exclude` leaves whole folders out")
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
}

/// One accepted secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Fingerprint of the secret, or of the finding when it is not about one.
    pub fingerprint: Fingerprint,
    /// The rule that found it.
    pub rule: RuleId,
}

impl Entry {
    /// The entry that accepts `finding`.
    #[must_use]
    pub fn of(finding: &Finding) -> Self {
        let secret = finding.secret.as_ref().map(|secret| &secret.fingerprint);
        Self { fingerprint: secret.unwrap_or(&finding.fingerprint).clone(), rule: finding.rule.clone() }
    }

    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace();
        let (fingerprint, rule) = (words.next()?, words.next()?);
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let well_formed = words.next().is_none() && rule.bytes().all(is_name);
        well_formed.then_some(Self { fingerprint: Fingerprint::parse(fingerprint)?, rule: RuleId::new(rule) })
    }
}

/// A set of accepted secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeSet<Entry>,
    /// 1-based lines that are neither an entry nor a comment.
    malformed: Vec<u32>,
}

impl FromIterator<Entry> for Baseline {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Self {
        Self { entries: entries.into_iter().collect(), malformed: Vec::new() }
    }
}

impl Baseline {
    /// Reads the content of a baseline. What is no entry is remembered for a notice and otherwise passed over.
    #[must_use]
    pub fn parse(text: &[u8]) -> Self {
        let mut baseline = Self::default();
        for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
            let line = String::from_utf8_lossy(line);
            let line = line.trim_start_matches('\u{feff}').trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match Entry::parse(line) {
                Some(entry) => _ = baseline.entries.insert(entry),
                None => baseline.malformed.push(number),
            }
        }
        baseline
    }

    /// Reads the baseline at `path`.
    ///
    /// # Errors
    /// [`BaselineError`] when it is missing, unreadable or too large.
    pub fn read(path: &Path) -> Result<Self, BaselineError> {
        let unreadable = |source| BaselineError::Unreadable { path: path.to_owned(), source };
        // Opening a pipe blocks and reading a device never ends, so both are refused before they are opened.
        if !fs::metadata(path).map_err(unreadable)?.is_file() {
            return Err(unreadable(io::Error::other("it is not a regular file")));
        }
        let file = File::open(path).map_err(unreadable)?;
        let mut text = Vec::new();
        file.take(LARGEST + 1).read_to_end(&mut text).map_err(unreadable)?;
        if text.len() as u64 > LARGEST {
            return Err(BaselineError::TooLarge { path: path.to_owned() });
        }
        Ok(Self::parse(&text))
    }

    /// The content of the file that holds it.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEADER}\n");
        for Entry { fingerprint, rule } in &self.entries {
            text.extend([fingerprint.as_str(), " ", rule.as_str(), "\n"]);
        }
        text
    }

    /// The entries, sorted.
    #[must_use]
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.entries.iter()
    }

    /// Whether `entry` is accepted.
    #[must_use]
    pub fn contains(&self, entry: &Entry) -> bool {
        self.entries.contains(entry)
    }

    /// 1-based numbers of the lines that could not be read.
    #[must_use]
    pub fn malformed(&self) -> &[u32] {
        &self.malformed
    }

    /// A baseline of everything found now that nothing else silences.
    #[must_use]
    pub fn create(findings: &[Finding]) -> Self {
        let open = |finding: &&Finding| {
            finding.suppressed.as_ref().is_none_or(|suppression| suppression.by == SuppressedBy::Baseline)
        };
        findings.iter().filter(open).map(Entry::of).collect()
    }

    /// This baseline with what is new and without what is gone.
    #[must_use]
    pub fn update(&self, findings: &[Finding], reach: Reach<'_>) -> Self {
        let mut updated = self.prune(findings, reach);
        updated.entries.extend(Self::create(findings).entries);
        updated
    }

    /// This baseline without what is gone. An entry is gone when the run could have found it and did not: a secret that
    /// something else silences as well is still there.
    #[must_use]
    pub fn prune(&self, findings: &[Finding], reach: Reach<'_>) -> Self {
        let present: BTreeSet<Entry> = findings.iter().map(Entry::of).collect();
        self.entries.iter().filter(|entry| present.contains(*entry) || !reach.covers(&entry.rule)).cloned().collect()
    }
}

/// A baseline against findings.
pub(super) struct Accepted<'a> {
    baseline: &'a Baseline,
    used: BTreeSet<&'a Entry>,
}

impl<'a> Accepted<'a> {
    pub(super) fn new(baseline: &'a Baseline) -> Self {
        Self { baseline, used: BTreeSet::new() }
    }

    pub(super) fn silence(&mut self, finding: &Finding) -> Option<Suppression> {
        let entry = self.baseline.entries.get(&Entry::of(finding))?;
        self.used.insert(entry);
        Some(Suppression { by: SuppressedBy::Baseline, reason: String::new() })
    }

    pub(super) fn notices(&self, options: &Options<'_>) -> Vec<Notice> {
        let path = options.baseline_file;
        let malformed = self.baseline.malformed.iter().map(|line| {
            let help = "resolve the merge conflict if there is one, keep the entries of both sides, remove the line; \
                        `keyward baseline update` does so";
            notice(
                "malformed-baseline",
                "this line is not an entry and silences nothing".to_owned(),
                help,
                path,
                Some(*line),
            )
        });
        let mut notices: Vec<Notice> = malformed.collect();
        let is_stale = |entry: &&Entry| !self.used.contains(entry) && options.reach.covers(&entry.rule);
        let message = match self.baseline.entries.iter().filter(is_stale).count() {
            0 => return notices,
            1 => "1 entry of the baseline matches nothing in the files as they are".to_owned(),
            many => format!("{many} entries of the baseline match nothing in the files as they are"),
        };
        // What was accepted for the history is not told from what is gone: a key may be both.
        let help = "drop what is gone with `keyward baseline prune`, unless it was accepted for the history";
        notices.push(notice("stale-baseline", message, help, path, None));
        notices
    }
}
