//! The order of the stages, the threads, the exit code: the only place where stages meet.
//!
//! Phase one takes every blob through detection in parallel ([`gather`]). Phase two runs once, in order: findings are sorted, exceptions
//! are applied, the report is built and written. A blob that cannot be read is a notice and alters the exit code; it does not end the run.
//! Cross-file lint follows on phase one's facts ([`facts`]), and verification on what is not suppressed, before the report is built.

mod describe;
mod disclose;
mod environment;
mod error;
mod excerpt;
mod exit;
mod facts;
mod gather;
mod git;
mod hidden;
mod leads;
mod names;
pub mod output;
mod packed;
mod place;
mod progress;
pub mod shape;
mod stock;
mod texts;
mod veil;
mod verify;
mod whole;
mod written;

use std::{
    collections::HashSet,
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

pub use self::{
    error::Error,
    exit::Exit,
    gather::utf16,
    shape::{Examined, examine},
    stock::Stock,
    texts::GivenText,
    veil::{Veil, Veiled, masked},
    verify::in_words,
    whole::project_around,
};

use self::{
    gather::{Gathered, Purpose, Shared, Worker},
    names::Names,
    progress::Counters,
    verify::{Asked, Keys},
    whole::Extent,
};
use crate::{
    cli::ScanArgs,
    config::{self, ConfigError, PolicyFile, Settings},
    detect::{Candidate, Detector, Text},
    input::{self, Entry, Visitor as _, archive, git::Repository, stdin, tree},
    lint::{self, Catalogue, Chain, Wish},
    model::{Blob, Coverage, Date, Finding, Mode, Notice, Origin, OriginKind, Report, SCHEMA, Skipped, Summary, Tool},
    report::line_hashes,
    rules::{Rule, RuleSet, template},
    suppress::{self, Baseline, Reach},
};

/// A run that was asked for, with its settings.
#[derive(Debug)]
pub struct Run<'a> {
    args: &'a ScanArgs,
    roots: Vec<PathBuf>,
    base: PathBuf,
    /// Set when git objects are read.
    repository: Option<Repository>,
    settings: Settings,
    /// Facts are read although no check of the lint runs.
    with_facts: bool,
    /// Credentials whose chains are told.
    wish: Option<Wish>,
    purpose: Purpose,
    extent: Extent,
    /// What is looked through instead of files.
    texts: Option<Vec<GivenText>>,
}

/// How many git objects were read.
#[derive(Clone, Copy, Debug, Default)]
struct Objects {
    commits: u64,
    blobs: u64,
    bytes: u64,
}

/// What a run found, before anything is left out.
#[derive(Debug)]
pub struct Outcome {
    /// All findings, suppressed ones marked.
    pub findings: Vec<Finding>,
    /// What was read.
    pub coverage: Coverage,
    /// What the user should know.
    pub notices: Vec<Notice>,
    /// Files that other shards read.
    pub elsewhere: u64,
    /// The chains that were wished for.
    pub chains: Vec<Chain>,
    names: Names,
    /// What somebody may be asked about; empty unless that was asked for.
    keys: Keys,
    /// Empty unless stock was taken.
    pub stock: Stock,
}

impl Outcome {
    /// Masks keys in the names and sentences of what was found. Done for every report; who shows anything without one must do it.
    pub fn mask_names(&mut self) {
        self.names.mask(&mut self.findings, &mut self.notices, &mut self.coverage.skipped);
        self.names.mask_each(self.chains.iter_mut().flat_map(Chain::names_mut));
    }
}

impl<'a> Run<'a> {
    /// Prepares a run: finds the repository and reads its configuration.
    ///
    /// # Errors
    /// [`Error`] when the configuration, an option or a list of files cannot be used.
    pub fn new(args: &'a ScanArgs) -> Result<Self, Error> {
        let current = current_folder();
        let roots = roots(args)?;
        // A list comes from a program that was started here; its first entry may be a link that leads elsewhere.
        let first = roots.first().filter(|_| args.what.files_from.is_none());
        let start = first.map_or(current.as_path(), |root| root);
        let repository = git::is_asked(&args.what).then(|| git::discover(start, &current)).transpose()?;
        let base = match &repository {
            Some(repository) => repository.base().to_owned(),
            None => input::base_of(start, &current),
        };
        if repository.is_some() {
            git::check_paths(&args.what.paths, &base)?;
        }
        let settings = match &args.policy.config_from {
            None => config::settings(args, &base, None)?,
            Some(name) => git::settings_of(name, args, &base)?,
        };
        check_examples(&settings.all)?;
        let is_part = repository.is_some() || args.what.files_from.is_some() || args.what.shard.is_some();
        let extent = if is_part { Extent::default() } else { Extent::of(&roots, &base) };
        Ok(Self {
            args,
            roots,
            base,
            repository,
            settings,
            with_facts: false,
            wish: None,
            purpose: Purpose::default(),
            extent,
            texts: None,
        })
    }

    /// The same run, in which findings on secrets get their fixes even if the environment lint is left out: they rest on its facts.
    #[must_use]
    pub fn with_facts(self) -> Self {
        Self { with_facts: true, ..self }
    }

    /// The same run, which tells the chains that `wish` names besides.
    #[must_use]
    pub fn with_chains(self, wish: Wish) -> Self {
        Self { with_facts: true, wish: Some(wish), ..self }
    }

    /// The same run, which lists all places of all keys instead of judging them.
    #[must_use]
    pub fn to_take_stock(self) -> Self {
        Self { purpose: Purpose::Stock, ..self }
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Folder that paths in reports are relative to.
    #[must_use]
    pub fn base(&self) -> &Path {
        &self.base
    }

    /// The baseline that the settings name.
    ///
    /// # Errors
    /// [`Error::Baseline`].
    pub fn baseline(&self) -> Result<Option<Baseline>, Error> {
        let read = |file: &PolicyFile| match &file.content {
            Some(text) => Ok(Baseline::parse(text.as_bytes())),
            None => Baseline::read(&file.path),
        };
        Ok(self.settings.baseline.as_ref().map(read).transpose()?)
    }

    /// Reads and judges everything. The baseline to apply is given, since the commands that write one must not apply it.
    ///
    /// # Errors
    /// [`Error::Stdin`].
    pub fn collect(&self, baseline: Option<&Baseline>) -> Result<Outcome, Error> {
        let all = &self.settings.all;
        let is_reported = |rule: &Rule| self.settings.rules.get(rule.id()).is_some();
        let reported = all.iter().filter(|(_, rule)| is_reported(rule)).map(|(index, _)| index).collect();
        let takes_stock = self.purpose == Purpose::Stock && self.is_tree();
        let catalogue = (self.with_facts || takes_stock || self.lints()).then(|| Catalogue::new(all));
        let gates = catalogue.as_ref().map(lint::read::Gates::new).unwrap_or_default();
        let watch: Vec<&str> = suppress::WATCHED.iter().copied().chain(gates.words()).collect();
        let detector = leads::detector(Arc::new(all.clone()), &watch);
        let time = self.args.reading.timeout.map(|seconds| Duration::from_secs(seconds.get()));
        // A time beyond what the clock can count is no limit.
        let deadline = time.and_then(|time| Instant::now().checked_add(time));
        let counters = Counters::default();
        let shared = Shared {
            detector: &detector,
            purpose: self.purpose,
            reported,
            lint: catalogue.as_ref().map(|catalogue| facts::Reader::new(catalogue, gates, self.is_tree())),
            deadline,
            decode_depth: self.args.reading.max_decode_depth.unwrap_or(disclose::DEPTH),
            archives: archive::Options {
                depth: self.args.reading.max_archive_depth.unwrap_or(ARCHIVE_DEPTH),
                limit: self.settings.max_file_size,
                deadline,
            },
            reveal: self.args.output.show_secrets,
            asked: self.settings.verification.as_ref().map(|wanted| Asked::new(all, wanted)),
            line_hashes: output::needs_line_hashes(&self.args.output).then_some(line_hashes as gather::LineHashes),
            counters: &counters,
            gathered: Mutex::default(),
        };
        let is_shown = !self.args.output.no_progress && !self.args.output.quiet;
        let objects = progress::during(|passed| counters.line(passed), is_shown, || self.read(&shared))?;
        let mut gathered = shared.take();
        gathered.sort();
        let mut chains = Vec::new();
        let mut stock = Stock::default();
        if let (Some(catalogue), true) = (&catalogue, takes_stock) {
            stock = self.take_stock(&mut gathered, catalogue, &shared);
        } else if let Some(catalogue) = &catalogue {
            gathered.notices.extend(self.left_out(&gathered.facts));
            let around = self.facts_around(&shared);
            chains = self.lint(&mut gathered, around, catalogue, &shared);
        }
        let names = Names::new(detector, std::mem::take(&mut gathered.secrets));
        Ok(Outcome { chains, stock, ..self.judge(gathered, objects, baseline, names) })
    }

    /// Whether the working tree is what is scanned.
    fn is_tree(&self) -> bool {
        !self.args.what.stdin && self.repository.is_none() && self.texts.is_none()
    }

    fn read(&self, shared: &Shared<'_>) -> Result<Objects, Error> {
        let what = &self.args.what;
        if let Some(texts) = &self.texts {
            texts::read(texts, shared);
            return Ok(Objects::default());
        }
        if let Some(repository) = &self.repository {
            let filter = git::Filter::new(&self.settings, &self.base, &what.paths, what.shard);
            return match &what.diff {
                Some(range) => git::diff(repository, range, what.remote.as_deref(), &filter, shared),
                None if what.history => git::history(repository, &filter, shared, threads(self.args.reading.threads)),
                None => git::staged(repository, &filter, shared),
            };
        }
        if what.stdin {
            self.read_stdin(shared)?;
        } else {
            self.read_tree(self.roots.clone(), shared);
        }
        Ok(Objects::default())
    }

    fn read_tree(&self, roots: Vec<PathBuf>, shared: &Shared<'_>) {
        let reading = &self.args.reading;
        let exclude = |path: &str, is_folder| {
            let exclude = &self.settings.exclude;
            if is_folder { exclude.covers_folder(path) } else { exclude.covers_file(path) }
        };
        let options = tree::Options {
            roots,
            listed: self.args.what.files_from.is_some(),
            base: self.base.clone(),
            no_ignore: reading.no_ignore,
            max_file_size: self.settings.max_file_size,
            threads: threads(reading.threads),
            exclude: (!self.settings.exclude.is_empty()).then_some(&exclude),
            shard: self.args.what.shard,
            deadline: shared.deadline,
        };
        tree::walk(&options, &|| Box::new(Worker::new(shared)));
    }

    fn read_stdin(&self, shared: &Shared<'_>) -> Result<(), Error> {
        let time = shared.deadline.map(|end| end.saturating_duration_since(Instant::now()));
        let path = self.args.what.stdin_path.as_deref().unwrap_or("stdin");
        let mut worker = Worker::new(shared);
        if self.args.what.shard.is_some_and(|shard| !shard.holds(path.as_bytes())) {
            worker.visit(Entry::Elsewhere);
            return Ok(());
        }
        match stdin::read(self.settings.max_file_size, time) {
            Ok(bytes) if bytes.is_empty() => {}
            Ok(bytes) => {
                let origin = Origin::plain(OriginKind::Stdin);
                let blob = Blob { path, bytes: &bytes, origin: &origin, private: false };
                worker.visit(Entry::Blob(blob));
            }
            Err(stdin::Refusal::Skipped(reason)) => {
                worker.visit(Entry::Skipped(Skipped { path: path.to_owned(), reason }));
            }
            Err(stdin::Refusal::Failed(source)) => return Err(Error::Stdin { source }),
        }
        Ok(())
    }

    /// Phase two, up to the report.
    fn judge(&self, gathered: Gathered, objects: Objects, baseline: Option<&Baseline>, names: Names) -> Outcome {
        let Gathered { mut findings, marks, mut notices, skipped, files, bytes, elsewhere, known, keys, .. } = gathered;
        let settings = &self.settings;
        let complete = skipped.iter().all(|skipped| skipped.reason.is_expected())
            && !notices.iter().any(|notice| BREAKS_COVERAGE.contains(&notice.code.as_str()));
        let options = suppress::Options {
            allows: &settings.allows,
            config: settings.config.as_ref().map(|file| file.name.as_str()),
            baseline,
            baseline_file: settings.baseline.as_ref().map(|file| file.name.as_str()),
            today: Date::today(),
            reach: Reach { whole: complete && self.is_whole(), skipped: &settings.skipped },
            known: &settings.known,
        };
        notices.extend(suppress::apply(&mut findings, &marks, &options));
        git::silence_with_key(&mut findings);
        // Not earlier: a mark beside a key that is no news is not stale.
        findings.retain(|finding| !known.holds(finding));
        let mode = match &self.args.what {
            what if what.stdin => Mode::Stdin,
            what if what.staged => Mode::Index,
            what if what.diff.is_some() => Mode::Diff,
            what if what.history => Mode::History,
            _ => Mode::Tree,
        };
        let Objects { commits, blobs, bytes: of_objects } = objects;
        // What was sifted is read, although only some of it was handed on.
        let (files, bytes) = if mode == Mode::History { (0, of_objects) } else { (files, bytes) };
        let coverage = Coverage { mode, files, bytes, commits, blobs, complete, skipped };
        notices.extend_from_slice(&self.settings.notices);
        let notices = Notice::bounded(notices);
        Outcome { findings, coverage, notices, elsewhere, chains: Vec::new(), names, keys, stock: Stock::default() }
    }

    /// Whether the whole repository is scanned, so that an exception that matches nothing is stale.
    fn is_whole(&self) -> bool {
        !self.args.what.stdin
            && self.repository.is_none()
            && self.texts.is_none()
            && self.args.what.files_from.is_none()
            && self.args.what.shard.is_none()
            && self.roots.iter().any(|root| root.canonicalize().is_ok_and(|root| root == self.base))
    }

    /// How much this run can say about what is gone, given whether everything was read.
    #[must_use]
    pub fn reach(&self, outcome: &Outcome) -> Reach<'_> {
        Reach { whole: outcome.coverage.complete && self.is_whole(), skipped: &self.settings.skipped }
    }

    /// What reports say of the program that made them.
    #[must_use]
    pub fn tool(&self) -> Tool {
        let rules = self.settings.rules.digest();
        Tool { name: "keyward".into(), version: env!("CARGO_PKG_VERSION").into(), rules }
    }

    /// The report on `outcome`, and the exit code that follows.
    #[must_use]
    pub fn report(&self, outcome: Outcome) -> (Report, Exit) {
        let mut outcome = outcome;
        outcome.mask_names();
        let Outcome { mut findings, coverage, notices, elsewhere, .. } = outcome;
        let summary = Summary::of(&findings);
        if !self.args.output.show_suppressed {
            findings.retain(|finding| finding.suppressed.is_none());
        }
        let report = Report {
            schema: SCHEMA,
            tool: self.tool(),
            repo_id: self.args.repo_id.clone(),
            repos: Vec::new(),
            shard: self.args.what.shard,
            coverage,
            summary,
            findings,
            notices,
        };
        let exit = Exit::of(&report, elsewhere, self.settings.fail_on, self.settings.exit_zero);
        (report, exit)
    }
}

/// Notices that mean that something was not read.
const BREAKS_COVERAGE: [&str; 10] = [
    "unreadable-path",
    "decode-limit",
    "timed-out",
    "too-many-findings",
    "too-many-folders",
    "too-broad-rule",
    "missing-objects",
    "shallow-clone",
    "partial-clone",
    "reftable",
];

/// Scans and reports: the default command.
///
/// # Errors
/// [`Error`].
pub fn scan(args: &ScanArgs) -> Result<Exit, Error> {
    scan_covered(args).map(|(_, exit)| exit)
}

/// The same, and what was read.
///
/// # Errors
/// [`Error`].
pub fn scan_covered(args: &ScanArgs) -> Result<(Coverage, Exit), Error> {
    output::check(&args.output)?;
    let run = Run::new(args)?;
    let mut outcome = run.collect(run.baseline()?.as_ref())?;
    run.verify(&mut outcome);
    let (mut report, exit) = run.report(outcome);
    let exit = exit.after_writing(output::left_out(&args.output, &report, &run.settings.rules), &mut report);
    output::write_all(&args.output, run.settings.fail_on, &report, &run.settings.rules)?;
    Ok((report.coverage, exit))
}

/// Holds the user's own rules to the examples they give; the tests do so for the built-in ones. A rule that finds nothing would otherwise look
/// like a clean repository.
fn check_examples(rules: &RuleSet) -> Result<(), Error> {
    let builtin = RuleSet::builtin();
    let own = rules.iter().filter(|(_, rule)| builtin.get(rule.id()).is_none());
    let has_examples = |rule: &&Rule| !rule.spec.matches.is_empty() || !rule.spec.no_matches.is_empty();
    let with_examples: Vec<&Rule> = own.map(|(_, rule)| rule).filter(has_examples).collect();
    if with_examples.is_empty() {
        return Ok(());
    }
    let detector = Detector::new(Arc::new(rules.clone()), &[]);
    for rule in with_examples {
        let (matches, no_matches) = rule.examples();
        let all =
            matches.iter().map(|example| (example, true)).chain(no_matches.iter().map(|example| (example, false)));
        for (example, expected) in all {
            let text = template::expand(&example.text, &example.name);
            let path = example.path.as_deref().unwrap_or("example.txt");
            let detection = detector.detect(Text { bytes: text.as_bytes(), path: Some(path), binary: false }, None);
            let is_own = |candidate: &Candidate| rules.at(candidate.rule).id() == rule.id();
            if detection.candidates.iter().any(is_own) != expected {
                return Err(ConfigError::from(rule.failed_example(&example.name, expected)).into());
            }
        }
    }
    Ok(())
}

/// The current folder with all links resolved, or `.` when the system does not tell.
#[must_use]
pub fn current_folder() -> PathBuf {
    std::env::current_dir().and_then(|path| path.canonicalize()).unwrap_or_else(|_| PathBuf::from("."))
}

/// Where the walk begins.
fn roots(args: &ScanArgs) -> Result<Vec<PathBuf>, Error> {
    let what = &args.what;
    if what.stdin {
        return Ok(Vec::new());
    }
    let Some(list) = &what.files_from else {
        return Ok(if what.paths.is_empty() { vec![PathBuf::from(".")] } else { what.paths.clone() });
    };
    let mut bytes = Vec::new();
    if list.as_os_str() == "-" {
        io::stdin().lock().read_to_end(&mut bytes).map_err(|source| Error::Stdin { source })?;
    } else {
        bytes = fs::read(list).map_err(|source| Error::Unreadable { path: list.clone(), source })?;
    }
    let separator = if bytes.contains(&0) { 0 } else { b'\n' };
    let mut seen = HashSet::new();
    let names = bytes.split(|byte| *byte == separator).map(|name| name.strip_suffix(b"\r").unwrap_or(name));
    Ok(names.filter(|name| !name.is_empty() && seen.insert(*name)).map(path_of).collect())
}

#[cfg(unix)]
fn path_of(name: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(std::ffi::OsStr::from_bytes(name))
}

#[cfg(not(unix))]
fn path_of(name: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(name).into_owned())
}

/// Archives around a file that are opened: a library in a program in a layer of an image is four deep.
const ARCHIVE_DEPTH: u32 = 4;

/// Threads beyond this many for each core only wait for one another.
const THREADS_PER_CORE: usize = 4;

fn threads(asked: Option<std::num::NonZeroUsize>) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    asked.map_or(cores, |asked| asked.get().min(cores * THREADS_PER_CORE))
}
