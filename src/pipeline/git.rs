//! Git's part of phase one: which repository is read, which paths of it, and which findings of a range are news.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    path::{Path, PathBuf},
};

use super::{
    Error, Objects,
    gather::{Gathered, Shared, Worker, utf16},
    progress::Counters,
};
use crate::{
    cli::WhatArgs,
    config::Exclude,
    detect::Text,
    input::{
        Entry, Visitor as _,
        git::{self, GitError, History, Provenance, Range, Repository, Sift},
    },
    model::{Finding, Fingerprint, RuleId, Secret, SkipReason, is_binary},
};

/// Whether the command line asks for git objects.
pub(super) fn is_asked(what: &WhatArgs) -> bool {
    what.staged || what.history || what.diff.is_some()
}

/// The repository at or above `start`, a path that was typed, or of the current folder.
pub(super) fn discover(start: &Path, current: &Path) -> Result<Repository, GitError> {
    let path = start.canonicalize().unwrap_or_else(|_| current.join(start));
    let folder = if path.is_dir() { path.as_path() } else { path.parent().unwrap_or(&path) };
    Repository::discover(folder)
}

/// Which paths of a repository are read.
pub(super) struct Filter<'s> {
    exclude: &'s Exclude,
    /// Paths that were typed, relative to the base; empty when everything is read.
    below: Vec<String>,
    /// The most bytes of an object.
    pub(super) limit: u64,
}

impl<'s> Filter<'s> {
    pub(super) fn new(exclude: &'s Exclude, base: &Path, roots: &[PathBuf], limit: u64) -> Self {
        let relative = |root: &PathBuf| {
            // A path may be staged for removal, and so not be there.
            let path = root.canonicalize().or_else(|_| std::path::absolute(root)).unwrap_or_else(|_| root.clone());
            crate::input::shown(&path, base)
        };
        let mut below: Vec<String> = roots.iter().map(relative).collect();
        if below.iter().any(String::is_empty) || roots.iter().all(|root| root == Path::new(".")) {
            below.clear();
        }
        Self { exclude, below, limit }
    }

    /// Whether the file at `path` is read, or why not; without a reason it is none of our business.
    pub(super) fn wants(&self, path: &str) -> Result<(), Option<SkipReason>> {
        let is_below = |folder: &String| {
            path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if !self.below.is_empty() && !self.below.iter().any(is_below) {
            return Err(None);
        }
        if self.exclude.covers_file(path) { Err(Some(SkipReason::Excluded)) } else { Ok(()) }
    }
}

/// Reads what is staged.
pub(super) fn staged(repository: &Repository, filter: &Filter<'_>, shared: &Shared<'_>) -> Result<Objects, Error> {
    let mut worker = Worker::new(shared);
    let blobs = git::staged(repository, filter.limit, &|path| filter.wants(path), &mut worker)?;
    Ok(Objects { commits: 0, blobs, bytes: 0 })
}

/// Reads what the commits of `range` bring in, and drops what was there before them.
pub(super) fn diff(
    repository: &Repository,
    range: &str,
    filter: &Filter<'_>,
    shared: &Shared<'_>,
) -> Result<Objects, Error> {
    let range = Range::parse(repository, range)?;
    let counts = range.read(filter.limit, &|path| filter.wants(path), &mut Worker::new(shared));
    let mut gathered = shared.gathered.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    keep_news(&mut gathered, &range, filter, shared);
    Ok(Objects { commits: counts.commits, blobs: counts.blobs, bytes: 0 })
}

/// Reads everything that git stores, and makes one finding of each secret.
pub(super) fn history(
    repository: &Repository,
    filter: &Filter<'_>,
    shared: &Shared<'_>,
    threads: usize,
) -> Result<Objects, Error> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(|error| Error::Usage {
        problem: format!("cannot start {threads} threads: {error}"),
        help: "ask for fewer with --threads".to_owned(),
    })?;
    pool.install(|| {
        let history = History::open(repository)?;
        let mut worker = Worker::new(shared);
        for notice in repository.caveats() {
            worker.visit(Entry::Notice(notice));
        }
        let options = git::Options {
            limit: filter.limit,
            wants: &|path| filter.wants(path),
            shards: &|_| true,
            deadline: shared.deadline,
        };
        let (counts, provenance) = history.read(&Sieve(shared), &options, &mut worker);
        drop(worker);
        let mut gathered = shared.gathered.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        gathered.findings = one_for_each_secret(std::mem::take(&mut gathered.findings), &provenance);
        Ok(Objects { commits: counts.commits, blobs: counts.blobs, bytes: counts.bytes })
    })
}

/// The first look at the objects of a history.
struct Sieve<'s>(&'s Shared<'s>);

impl Sift for Sieve<'_> {
    fn may_hold(&self, bytes: &[u8]) -> bool {
        let detector = self.0.detector;
        match utf16(bytes) {
            Some(text) => detector.may_hold(text.as_bytes(), is_binary(text.as_bytes())),
            None => detector.may_hold(bytes, is_binary(bytes)),
        }
    }

    fn read(&self, bytes: usize) {
        Counters::add(&self.0.counters.files, 1);
        Counters::add(&self.0.counters.bytes, bytes);
    }
}

/// One finding for each rule and secret: where it stands in HEAD, or else where it first appeared.
fn one_for_each_secret(findings: Vec<Finding>, provenance: &Provenance<'_>) -> Vec<Finding> {
    let mut groups: BTreeMap<(RuleId, Fingerprint), Vec<Finding>> = BTreeMap::new();
    let mut kept = Vec::new();
    for finding in findings {
        match &finding.secret {
            Some(secret) => groups.entry((finding.rule.clone(), secret.fingerprint.clone())).or_default().push(finding),
            None => kept.push(finding),
        }
    }
    let ids = |group: &Vec<Finding>| group.iter().filter_map(|finding| finding.origin.object_id.clone()).collect();
    let sets: Vec<BTreeSet<String>> = groups.values().map(ids).collect();
    let holders = provenance.holders(&sets);
    for ((group, objects), refs) in groups.into_values().zip(&sets).zip(holders) {
        // Commits without an age are those of objects that no commit holds; they come last.
        let age = |finding: &Finding| {
            finding.origin.commit.as_deref().and_then(|commit| provenance.age(commit)).unwrap_or(u32::MAX)
        };
        let oldest = group.iter().min_by_key(|finding| (age(finding), finding.location.clone()));
        let oldest = oldest.map(|finding| finding.origin.clone());
        let best =
            group.into_iter().min_by_key(|finding| (!finding.origin.in_head, age(finding), finding.location.clone()));
        let (Some(oldest), Some(mut finding)) = (oldest, best) else { continue };
        let origin = &mut finding.origin;
        origin.commit = oldest.commit;
        origin.author_time = oldest.author_time;
        origin.occurrences = u32::try_from(objects.len()).unwrap_or(u32::MAX);
        // Messages of tags know their references already.
        if !refs.is_empty() {
            origin.refs = refs;
        }
        origin.reference = origin.refs.first().cloned();
        kept.push(finding);
    }
    kept
}

/// Drops the findings whose secret was in one of the files that its commit changed or removed, before it did.
fn keep_news(gathered: &mut Gathered, range: &Range<'_>, filter: &Filter<'_>, shared: &Shared<'_>) {
    let mut known: BTreeMap<String, HashSet<(RuleId, Fingerprint)>> = BTreeMap::new();
    let key = |finding: &Finding| Some((finding.rule.clone(), finding.secret.as_ref()?.fingerprint.clone()));
    gathered.findings.retain(|finding| {
        let (Some(commit), Some(key)) = (&finding.origin.commit, key(finding)) else { return true };
        let before = known.entry(commit.clone()).or_insert_with(|| secrets_before(range, commit, filter, shared));
        !before.contains(&key)
    });
}

fn secrets_before(
    range: &Range<'_>,
    commit: &str,
    filter: &Filter<'_>,
    shared: &Shared<'_>,
) -> HashSet<(RuleId, Fingerprint)> {
    let mut secrets = HashSet::new();
    range.before(commit, filter.limit, &mut |path, bytes| {
        let text = Text { bytes, path: Some(path), binary: is_binary(bytes) };
        let detection = shared.detector.detect(text, shared.deadline);
        for candidate in detection.candidates {
            let secret = Secret::new(&bytes[candidate.span.range()], candidate.prefix);
            secrets.insert((shared.detector.rules().at(candidate.rule).id().clone(), secret.fingerprint()));
        }
    });
    secrets
}
