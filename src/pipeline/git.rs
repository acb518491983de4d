//! Git's part of phase one: which repository is read, which paths of it, and which findings of a range are news.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::PoisonError,
};

use super::{
    Error, Objects,
    disclose::Disclosure,
    gather::{Gathered, Purpose, Shared, Worker, utf16},
    progress::Counters,
};
use crate::{
    cli::{ScanArgs, WhatArgs},
    config::{self, Settings},
    decode::{
        self, Cut, Look, Nested, Unfolding,
        notebook::may_be_notebook,
        source_map::{is_source_map, links},
    },
    detect::{Text, Trace},
    input::{
        Entry, Visitor as _,
        archive::{self, Met, Unread},
        git::{self, Choice, GitError, Held, History, Provenance, Range, Repository, Sift, Staged},
    },
    model::{
        Blob, Date, Finding, Fingerprint, KEY_OLDER_THAN_ID, Notice, Origin, OriginKind, Piece, RuleId, Secret, Shard,
        SkipReason, is_binary, one_for_each_place, one_for_each_secret,
    },
    rules::Check,
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

/// A path that was typed, whether or not it is there: it may be staged for removal.
fn absolute(path: &Path) -> PathBuf {
    path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}

/// Fails unless all of `paths` belong to the repository at `base`: what lies in another would silently not be read.
pub(super) fn check_paths(paths: &[PathBuf], base: &Path) -> Result<(), Error> {
    let is_foreign = |path: &&PathBuf| {
        let path = absolute(path);
        !path.starts_with(base) && !base.starts_with(&path)
    };
    match paths.iter().find(is_foreign) {
        None => Ok(()),
        Some(path) => Err(Error::Usage {
            problem: format!("`{}` is not in the repository at {}", path.display(), base.display()),
            help: "read one repository at a time; `keyward merge` puts their reports together".to_owned(),
        }),
    }
}

/// The settings under the policy of the commit `name`.
pub(super) fn settings_of(name: &str, args: &ScanArgs, base: &Path) -> Result<Settings, Error> {
    let repository = Repository::discover(base)?;
    let commit = repository.commit(name)?;
    let read = |path: &str| repository.file_at(commit, path, config::LARGEST + 1);
    Ok(config::settings(args, base, Some(&config::Revision { name, read: &read }))?)
}

/// Which paths of a repository are read.
pub(super) struct Filter<'s> {
    settings: &'s Settings,
    /// Paths that were typed, relative to the base; empty when everything is read.
    below: Vec<String>,
    shard: Option<Shard>,
}

impl<'s> Filter<'s> {
    pub(super) fn new(settings: &'s Settings, base: &Path, paths: &[PathBuf], shard: Option<Shard>) -> Self {
        let relative = |path: &PathBuf| {
            let path = absolute(path);
            // The repository itself stands for all of it, also when it is bare.
            if base.starts_with(&path) { String::new() } else { crate::input::shown(&path, base) }
        };
        let mut below: Vec<String> = paths.iter().map(relative).collect();
        if below.iter().any(String::is_empty) {
            below.clear();
        }
        Self { settings, below, shard }
    }

    /// What to do with the file at `path`, whichever shard it belongs to.
    fn chooses(&self, path: &str) -> Choice {
        let is_below = |folder: &String| {
            path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if !self.below.is_empty() && !self.below.iter().any(is_below) {
            return Choice::Leave;
        }
        if self.settings.exclude.covers_file(path) { Choice::Skip(SkipReason::Excluded) } else { Choice::Read }
    }

    /// What to do with the file at `path`, when paths decide about shards.
    fn divides(&self, path: &str) -> Choice {
        match self.chooses(path) {
            Choice::Read if self.shard.is_some_and(|shard| !shard.holds(path.as_bytes())) => Choice::Elsewhere,
            choice => choice,
        }
    }

    /// Whether some paths are left out.
    fn is_partial(&self) -> bool {
        !self.below.is_empty() || !self.settings.exclude.is_empty()
    }

    fn limit(&self) -> u64 {
        self.settings.max_file_size
    }
}

/// Reads what is staged, and notes which of its secrets HEAD has in the files that change.
pub(super) fn staged(repository: &Repository, filter: &Filter<'_>, shared: &Shared<'_>) -> Result<Objects, Error> {
    let staged = Staged::open(repository, shared.deadline)?;
    let blobs = staged.read(filter.limit(), &|path| filter.divides(path), &mut Worker::new(shared));
    let mut gathered = shared.gathered.lock().unwrap_or_else(PoisonError::into_inner);
    if gathered.findings.iter().any(|finding| finding.secret.is_some()) {
        gathered.known = secrets_in(|read| staged.before(filter.limit(), read), shared);
    }
    Ok(Objects { commits: 0, blobs, bytes: 0 })
}

/// Reads what the commits of `range` bring in, and drops what was there before them.
pub(super) fn diff(
    repository: &Repository,
    range: &str,
    remote: Option<&str>,
    filter: &Filter<'_>,
    shared: &Shared<'_>,
) -> Result<Objects, Error> {
    let range = Range::parse(repository, range, remote, shared.deadline)?;
    let counts = range.read(filter.limit(), &|path| filter.divides(path), &mut Worker::new(shared));
    let mut gathered = shared.gathered.lock().unwrap_or_else(PoisonError::into_inner);
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
    shared.counters.are_objects.store(true, std::sync::atomic::Ordering::Relaxed);
    pool.install(|| {
        let history = History::open(repository);
        let mut worker = Worker::new(shared);
        for notice in repository.caveats() {
            worker.visit(Entry::Notice(notice));
        }
        let options = git::Options {
            limit: filter.limit(),
            wants: &|path| filter.chooses(path),
            is_partial: filter.is_partial(),
            shards: &|id| filter.shard.is_none_or(|shard| shard.holds(id)),
            deadline: shared.deadline,
        };
        drop(worker);
        let (counts, provenance) = history.read(&Sieve(shared), &options, &|| Box::new(Worker::new(shared)));
        let mut gathered = shared.gathered.lock().unwrap_or_else(PoisonError::into_inner);
        let findings = std::mem::take(&mut gathered.findings);
        let mut findings = with_holders(findings, &provenance, shared.purpose, &mut gathered.notices);
        if shared.purpose == Purpose::Report && !filter.settings.skipped.contains(KEY_OLDER_THAN_ID) {
            let old = too_old(&findings, filter.settings.max_key_age_days, Date::today());
            findings.extend(old);
        }
        anchor(&mut findings, repository, shared);
        gathered.findings = findings;
        Ok(Objects { commits: counts.commits, blobs: counts.blobs, bytes: counts.bytes })
    })
}

/// What the first look at an object leaves.
struct Sifted {
    plain: Trace,
    hidden: decode::Trace,
    in_document: bool,
}

impl Sifted {
    fn untraced(may_hold: bool) -> Self {
        Self { plain: Trace::untraced(may_hold), hidden: decode::Trace::default(), in_document: false }
    }
}

/// Calls `with` with how views are looked at.
fn look<T>(shared: &Shared<'_>, with: impl FnOnce(Look<'_>) -> T) -> T {
    let may_hold = |bytes: &[u8]| shared.detector.may_hold(bytes, false);
    with(Look { depth: shared.decode_depth, may_hold: &may_hold })
}

/// Whether `bytes` are a notebook, or are or hold a source map, whose strings, put together, may hold something.
fn in_document(bytes: &[u8], shared: &Shared<'_>) -> bool {
    let (is_notebook, is_map) = (may_be_notebook(bytes), is_source_map(bytes));
    // Hardly any text is one of these, and whether it is a binary takes a longer look.
    if !(is_notebook || is_map || !links(bytes).is_empty()) || is_binary(bytes) {
        return false;
    }
    let mut may = false;
    let mut visit = |nested: Nested<'_>| {
        may = shared.detector.may_hold(&nested.view.bytes, false);
        !may
    };
    let mut unfolding = Unfolding::new(shared.decode_depth, bytes.len(), &mut visit);
    // What a source has in pieces leads on, so that nothing has to be put together to tell.
    let none = |_: &[u8]| false;
    if is_notebook {
        unfolding.notebook(bytes, &|source| shared.detector.may_hold(source, false));
    } else if is_map {
        unfolding.source_map(bytes, &none);
    } else {
        unfolding.inline_maps(bytes, &none);
    }
    unfolding.cut() != Cut::default() || may
}

/// Whether a text, or a view of it, may hold something.
fn may_hold(bytes: &[u8], shared: &Shared<'_>) -> bool {
    let is_hidden = || look(shared, |look| decode::Trace::of(bytes, look)).may_hold();
    shared.detector.may_hold(bytes, is_binary(bytes)) || is_hidden() || in_document(bytes, shared)
}

/// The first look at the objects of a history.
struct Sieve<'s>(&'s Shared<'s>);

impl Sift for Sieve<'_> {
    type Trace = Sifted;

    fn whole(&self, bytes: &[u8]) -> Sifted {
        if let Some(may_hold) = packed_may_hold(bytes, self.0) {
            return Sifted::untraced(may_hold);
        }
        if let Some(text) = utf16(bytes) {
            return Sifted::untraced(may_hold(text.as_bytes(), self.0));
        }
        let hidden = look(self.0, |look| decode::Trace::of(bytes, look));
        Sifted { plain: self.0.detector.trace(bytes), hidden, in_document: in_document(bytes, self.0) }
    }

    fn derived(&self, bytes: &[u8], base: &Sifted, base_length: usize, pieces: &[Piece]) -> Sifted {
        if utf16(bytes).is_some() || archive::is_archive(bytes) {
            return self.whole(bytes);
        }
        let plain = self.0.detector.trace_derived(bytes, &base.plain, base_length, pieces);
        let hidden = look(self.0, |look| decode::Trace::derived(bytes, &base.hidden, base_length, pieces, look));
        Sifted { plain, hidden, in_document: in_document(bytes, self.0) }
    }

    fn may_hold(&self, trace: &Sifted) -> bool {
        trace.plain.may_hold() || trace.hidden.may_hold() || trace.in_document
    }

    fn read(&self, bytes: usize) {
        Counters::add(&self.0.counters.files, 1);
        Counters::add(&self.0.counters.bytes, bytes);
    }
}

/// Whether something in the archive `bytes` may be found, or must be said of it; `None` when it is no archive.
fn packed_may_hold(bytes: &[u8], shared: &Shared<'_>) -> Option<bool> {
    let mut may = false;
    let is_archive = archive::unpack("", bytes, shared.archives, &mut |met| {
        may |= match met {
            Met::File { bytes, .. } | Met::Archive { bytes, .. } => {
                let text = utf16(bytes);
                may_hold(text.as_ref().map_or(bytes, |text| text.as_bytes()), shared)
            }
            Met::Unread { why: Unread::Skipped(reason), .. } => !reason.is_expected(),
            Met::Unread { why: Unread::Bytes | Unread::Entries, .. } => true,
            // Nobody can read what is damaged, and the history of it is long.
            Met::Unread { why: Unread::Damaged, .. } => false,
        };
        if may { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    is_archive.then_some(may)
}

/// One finding for each rule and secret, and for each path when stock is taken, with the references that hold it and the last commit that did.
fn with_holders(
    findings: Vec<Finding>,
    provenance: &Provenance<'_>,
    purpose: Purpose,
    notices: &mut Vec<Notice>,
) -> Vec<Finding> {
    let key = |finding: &Finding| {
        let secret = finding.secret.as_ref()?.fingerprint.clone();
        Some((finding.rule.clone(), secret, (purpose == Purpose::Stock).then(|| finding.location.path.clone())))
    };
    // A text may hold a secret several times, and counts once.
    let mut seen = HashSet::new();
    let mut objects: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    let mut findings = findings;
    // Versions may hold it at the same place; which of them is told must not depend on threads.
    let of_object = |one: &Finding, other: &Finding| one.origin.object_id.cmp(&other.origin.object_id);
    findings.sort_by(|one, other| one.order(other).then_with(|| of_object(one, other)));
    findings.retain(|finding| {
        let (Some(key), Some(object)) = (key(finding), &finding.origin.object_id) else { return true };
        objects.entry(key.clone()).or_default().insert(object.clone());
        seen.insert((key, object.clone()))
    });
    let sets: Vec<BTreeSet<String>> = objects.values().cloned().collect();
    let holders: BTreeMap<_, _> = objects.into_keys().zip(provenance.holders(&sets, notices)).collect();
    let mut folded = match purpose {
        Purpose::Report => one_for_each_secret(findings),
        Purpose::Stock => one_for_each_place(findings),
    };
    for finding in &mut folded {
        let held: Held = key(finding).and_then(|key| holders.get(&key)).cloned().unwrap_or_default();
        let origin = &mut finding.origin;
        origin.last_seen = held.last;
        // Messages of tags know their references already.
        origin.refs.extend(held.refs);
        origin.refs.sort();
        origin.refs.dedup();
        origin.reference = origin.refs.first().cloned();
    }
    folded
}

/// Names a file of HEAD for each finding that is not in HEAD.
fn anchor(findings: &mut [Finding], repository: &Repository, shared: &Shared<'_>) {
    let is_gone = |finding: &&Finding| !finding.origin.in_head;
    if !findings.iter().any(|finding| is_gone(&finding)) {
        return;
    }
    let Some(mut files) = repository.files_of_head() else { return };
    // A path with a key in it is masked, and then names no file.
    let first = files.first(|path| shared.detector.masked(path).is_none());
    let paths = findings.iter().filter(is_gone).map(|finding| finding.location.path.as_str());
    let held: BTreeSet<String> = files.held(paths).into_iter().map(str::to_owned).collect();
    for finding in findings.iter_mut().filter(|finding| !finding.origin.in_head) {
        let path = &finding.location.path;
        finding.origin.anchor = if held.contains(path) { Some(path.clone()) } else { first.clone() };
    }
}

/// A finding for each secret that came into the history more than `days` before `today`, and that a reference still holds.
fn too_old(findings: &[Finding], days: u32, today: Date) -> Vec<Finding> {
    let is_old = |finding: &&Finding| {
        let date = finding.origin.author_time.as_deref().and_then(|time| Date::parse(time.get(..10)?));
        let age = date.map(|date| today.days() - date.days());
        !finding.origin.refs.is_empty() && age.is_some_and(|age| age > i64::from(days))
    };
    let Some(check) = Check::get(KEY_OLDER_THAN_ID) else { return Vec::new() };
    let describe = |finding: &Finding| {
        let fingerprint = finding.secret.as_ref().map_or_else(String::new, |secret| secret.fingerprint.to_string());
        let parts = [KEY_OLDER_THAN_ID.as_bytes(), finding.location.path.as_bytes(), fingerprint.as_bytes()];
        Finding {
            rule: RuleId::new(KEY_OLDER_THAN_ID),
            severity: check.severity,
            confidence: finding.confidence,
            message: format!("{} ({days} days)", check.summary),
            help: check.help.clone(),
            fingerprint: Fingerprint::of("finding", &parts),
            ..finding.clone()
        }
    };
    findings.iter().filter(is_old).map(describe).collect()
}

/// What silences a key silences what is said of its age.
pub(super) fn silence_with_key(findings: &mut [Finding]) {
    let is_age = |finding: &Finding| finding.rule.as_str() == KEY_OLDER_THAN_ID;
    let key = |finding: &Finding| finding.secret.as_ref().map(|secret| secret.fingerprint.clone());
    let silenced: BTreeMap<_, _> = findings
        .iter()
        .filter(|finding| !is_age(finding))
        .filter_map(|finding| Some((key(finding)?, finding.suppressed.clone()?)))
        .collect();
    for finding in findings.iter_mut().filter(|finding| is_age(finding) && finding.suppressed.is_none()) {
        finding.suppressed = key(finding).and_then(|secret| silenced.get(&secret)).cloned();
    }
}

/// Drops the findings whose secret was in one of the files that its commit changed or removed, before it did.
fn keep_news(gathered: &mut Gathered, range: &Range<'_>, filter: &Filter<'_>, shared: &Shared<'_>) {
    let mut known: BTreeMap<String, Known> = BTreeMap::new();
    let is_old = |finding: &mut Finding| {
        let Some(commit) = finding.origin.commit.as_ref().filter(|_| finding.secret.is_some()) else { return false };
        let secrets = || secrets_in(|read| range.before(commit, filter.limit(), read), shared);
        known.entry(commit.clone()).or_insert_with(secrets).holds(finding)
    };
    let old = gathered.findings.extract_if(.., is_old).collect();
    stand_as_now(&mut gathered.findings, old);
}

/// Gives findings of `news` that a later commit left in place the place that they have now. `old` are what such commits found there again.
fn stand_as_now(news: &mut [Finding], old: Vec<Finding>) {
    let without_place =
        |finding: &Finding| (finding.rule.clone(), finding.secret.as_ref().map(|secret| secret.fingerprint.clone()));
    let key = |finding: &Finding| (without_place(finding), finding.shown_path().into_owned());
    let mut now: BTreeMap<_, Vec<Finding>> = BTreeMap::new();
    for finding in old.into_iter().filter(|finding| finding.origin.in_head) {
        now.entry(key(&finding)).or_default().push(finding);
    }
    // Backwards, since they are taken from the end.
    for places in now.values_mut() {
        places.sort_by(|one, other| other.order(one));
    }
    for finding in news.iter_mut().filter(|finding| finding.secret.is_some() && !finding.origin.in_head) {
        if let Some(mut place) = now.get_mut(&key(finding)).and_then(Vec::pop) {
            place.origin = Origin { in_head: true, ..finding.origin.clone() };
            *finding = place;
        }
    }
    // The file of the others is gone under that name, and what was in it may have moved.
    let mut moved: BTreeMap<_, Vec<Finding>> = BTreeMap::new();
    for place in now.into_values().rev().flatten() {
        moved.entry(without_place(&place)).or_default().push(place);
    }
    for finding in news.iter_mut().filter(|finding| finding.secret.is_some() && !finding.origin.in_head) {
        let Some(places) = moved.get_mut(&without_place(finding)) else { continue };
        finding.origin.in_head = true;
        if let Some(mut place) = places.pop() {
            place.origin = finding.origin.clone();
            *finding = place;
        }
    }
}

/// Secrets that are no news, each with the rule that knows it.
#[derive(Debug, Default)]
pub(super) struct Known(HashSet<(RuleId, Fingerprint)>);

impl Known {
    pub(super) fn holds(&self, finding: &Finding) -> bool {
        let key = finding.secret.as_ref().map(|secret| (finding.rule.clone(), secret.fingerprint.clone()));
        key.is_some_and(|key| self.0.contains(&key))
    }
}

/// The secrets in all texts that `each` calls its argument with.
fn secrets_in(each: impl FnOnce(&mut dyn FnMut(&str, &[u8])), shared: &Shared<'_>) -> Known {
    static BEFORE: Origin = Origin::plain(OriginKind::Diff);
    let mut secrets = HashSet::new();
    let mut of_text = |path: &str, bytes: &[u8]| {
        let decoded = utf16(bytes);
        let bytes = decoded.as_ref().map_or(bytes, |text| text.as_bytes());
        let text = Text { bytes, path: Some(path), binary: is_binary(bytes) };
        let detection = shared.detector.detect(text, shared.deadline);
        let blob = Blob { path, bytes, origin: &BEFORE, private: false };
        let disclosure = if text.binary { Disclosure::default() } else { shared.disclose(blob, &detection) };
        let plain = detection.candidates.iter().map(|found| (found, Secret::new(&bytes[found.span.range()], 0)));
        let hidden = disclosure.found.iter().map(|found| (&found.candidate, found.secret.clone()));
        for (candidate, secret) in plain.chain(hidden) {
            secrets.insert((shared.detector.rules().at(candidate.rule).id().clone(), secret.fingerprint()));
        }
    };
    each(&mut |path, bytes| {
        let is_archive = archive::unpack(path, bytes, shared.archives, &mut |met| {
            if let Met::File { names, bytes } | Met::Archive { names, bytes, .. } = met {
                of_text(names.last().map_or(path, String::as_str), bytes);
            }
            ControlFlow::Continue(())
        });
        if !is_archive {
            of_text(path, bytes);
        }
    });
    Known(secrets)
}
