//! What was meant: the command line and `keyward.toml` together, checked, as [`Settings`].
//!
//! The command line wins over the file, option by option. Every mistake in the file is an error with its place and a
//! way out, because a scanner that passes over a misspelled key scans with other rules than its owner believes. The
//! file belongs to the scanned repository and is hostile: it can quieten findings and nothing else, which is why it
//! knows no key for verification or for programs, and why paths in it stay inside the root.
//!
//! What the rules mean is left to `rules`, what an allow entry silences to `suppress`, and reading the baseline too.

mod check;
mod document;
mod error;
mod exclude;
mod file;
mod locate;
mod verification;

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use toml::Spanned;

pub use error::{ConfigError, Mistake};
pub use exclude::Exclude;
pub use file::schema;
pub use locate::{BASELINE, LARGEST, PLACES, PolicyFile, Revision};
pub use verification::{Verification, expect_verifiable, for_few_keys};

use crate::{
    cli::{FailOn, PolicyArgs, ScanArgs},
    model::{Allow, Group, Notice},
    rules::{RuleError, RuleSet, Selection, checks},
};

use document::Document;

/// For how many days a key may stand in the history unless told otherwise.
pub const MAX_KEY_AGE_DAYS: u32 = 90;
/// Size of the largest file that is read unless told otherwise: large enough for every bundle, small enough for memory.
pub const DEFAULT_MAX_FILE_SIZE: u64 = 256 << 20;

/// Everything the stages need to know about what was asked for.
#[derive(Debug)]
pub struct Settings {
    /// The rules that report: built-in and the user's, less what `only` and `skip` leave out.
    pub rules: RuleSet,
    /// All of them. They all run, because a secret that is not reported must not be shown beside one that is.
    pub all: RuleSet,
    /// Every name that selects a rule, whether it runs or not: ids, providers, groups.
    pub known: BTreeSet<String>,
    /// Names of which at least one rule does not run: a suppression under such a name cannot be called stale.
    pub skipped: BTreeSet<String>,
    /// Least severity that fails the run.
    pub fail_on: FailOn,
    /// Whether findings leave the exit code at 0.
    pub exit_zero: bool,
    /// Paths that are not read.
    pub exclude: Exclude,
    /// The `[[allow]]` entries, in the order of the file.
    pub allows: Vec<Allow>,
    /// The baseline to apply: named on the command line, in the file, or `keyward.baseline` at the root when it exists.
    pub baseline: Option<PolicyFile>,
    /// Larger files are skipped.
    pub max_file_size: u64,
    /// For how many days a key may stand in the history.
    pub max_key_age_days: u32,
    /// The configuration that was read.
    pub config: Option<PolicyFile>,
    /// Whom to ask about keys; `None` when nobody is asked.
    pub verification: Option<Verification>,
    /// What has to be said of the configuration itself.
    pub notices: Vec<Notice>,
}

impl Settings {
    /// Where `keyward baseline` writes: the baseline that a scan applies, or else the default place in `root`.
    #[must_use]
    pub fn baseline_target(&self, root: &Path) -> PolicyFile {
        self.baseline.clone().unwrap_or_else(|| PolicyFile::inside(root, BASELINE))
    }
}

/// Settings of a scan of `root`.
///
/// # Errors
/// [`ConfigError`] for whatever is wrong in the configuration, in the rule folders or among the names on the command
/// line.
pub fn settings(args: &ScanArgs, root: &Path, revision: Option<&Revision<'_>>) -> Result<Settings, ConfigError> {
    let policy = &args.policy;
    let document = load(policy, root, revision)?;
    let mut rules = gather(policy, &document)?;
    let known = file::names(&rules);
    check::names(&document, &rules, &known)?;
    let all = rules.clone();
    let skipped = select(&mut rules, policy, &document)?;
    let file = &document.file;
    let (verification, passed_over) = verification::verification(&args.verify, root, !policy.no_config)?;
    let baseline = baseline(policy, &document, root, revision)?;
    // What was typed is looked for at the revision, and is an error when it is not there.
    let config_is_missing = document.origin.is_none() && policy.config.is_none() && !policy.no_config;
    let missing = PLACES.into_iter().filter(|_| config_is_missing).chain(baseline.is_none().then_some(BASELINE));
    let too_new = revision.and_then(|revision| revision.notice_of_new(root, missing));
    Ok(Settings {
        known,
        skipped,
        rules,
        all,
        fail_on: policy.fail_on.or(file.fail_on).unwrap_or_default(),
        exit_zero: policy.exit_zero,
        exclude: Exclude::new(&document)?,
        allows: check::allows(&document)?,
        baseline,
        max_file_size: {
            let of_file = check::max_file_size(&document)?;
            args.reading.max_file_size.or(of_file).unwrap_or(DEFAULT_MAX_FILE_SIZE)
        },
        max_key_age_days: file.max_key_age_days.unwrap_or(MAX_KEY_AGE_DAYS),
        config: document.origin,
        verification,
        notices: passed_over.into_iter().chain(too_new).collect(),
    })
}

/// Every rule there is, the user's included, whether `only` and `skip` let it run or not: what `explain` looks into.
///
/// # Errors
/// As [`settings`], as far as rules are concerned.
pub fn all_rules(policy: &PolicyArgs, root: &Path) -> Result<RuleSet, ConfigError> {
    gather(policy, &load(policy, root, None)?)
}

fn load(policy: &PolicyArgs, root: &Path, revision: Option<&Revision<'_>>) -> Result<Document, ConfigError> {
    let origin = match &policy.config {
        _ if policy.no_config => None,
        Some(path) => Some(PolicyFile::typed(root, path)),
        None => match revision {
            Some(revision) => revision.find()?,
            None => locate::find(root)?,
        },
    };
    match origin {
        Some(file) => {
            let text = locate::read(&file)?;
            Document::parse(file, &text)
        }
        None => Ok(Document::none()),
    }
}

fn gather(policy: &PolicyArgs, document: &Document) -> Result<RuleSet, ConfigError> {
    let mut rules = RuleSet::builtin();
    for folder in &policy.rules {
        for path in rule_files(folder)? {
            let text = fs::read_to_string(&path)
                .map_err(|source| RuleError::Unreadable { path: path.clone(), source })
                .map_err(ConfigError::from)?;
            rules.add(RuleSet::parse(&path, &text)?)?;
        }
    }
    check::add_rules(document, &mut rules)?;
    Ok(rules)
}

/// The `*.toml` files of `folder` in the order of their names. A folder without any is an error: it is not the one that
/// was meant.
fn rule_files(folder: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let unreadable = |source| RuleError::Unreadable { path: folder.to_owned(), source };
    let entries: Result<Vec<_>, io::Error> =
        fs::read_dir(folder).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    let mut files = entries.map_err(unreadable)?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    if files.is_empty() {
        return Err(unreadable(io::Error::new(io::ErrorKind::NotFound, "it holds no .toml file")).into());
    }
    Ok(files)
}

/// Drops the rules that are not asked for, and returns the names they went by.
fn select(rules: &mut RuleSet, policy: &PolicyArgs, document: &Document) -> Result<BTreeSet<String>, ConfigError> {
    let typed_or = |typed: &[String], written: &[Spanned<String>]| match typed {
        [] => written.iter().map(|name| name.get_ref().clone()).collect(),
        typed => typed.to_vec(),
    };
    let only = typed_or(&policy.only, &document.file.only);
    let skip = typed_or(&policy.skip, &document.file.skip);
    let selection = Selection::new(rules, &only, &skip)?;
    let mut skipped = BTreeSet::new();
    for (_, rule) in rules.iter().filter(|(_, rule)| !selection.includes(rule)) {
        skipped.extend([rule.id().as_str(), &rule.provider.id, Group::Secrets.as_str()].map(str::to_owned));
    }
    for check in checks().iter().filter(|check| !selection.includes_check(check)) {
        skipped.extend([check.id.as_str(), check.group.as_str()].map(str::to_owned));
    }
    rules.retain(&selection);
    if rules.is_empty() && checks().iter().all(|check| skipped.contains(check.id.as_str())) {
        return Err(ConfigError::NoRules);
    }
    Ok(skipped)
}

fn baseline(
    policy: &PolicyArgs,
    document: &Document,
    root: &Path,
    revision: Option<&Revision<'_>>,
) -> Result<Option<PolicyFile>, ConfigError> {
    // Checked even when the command line names another: a mistake in the file does not hide behind an option.
    let of_file = check::baseline(document, root)?;
    match (&policy.baseline, revision) {
        (Some(path), None) => Ok(Some(PolicyFile::typed(root, path))),
        // A change must not accept its own findings either.
        (typed, Some(revision)) => {
            let named = typed.as_deref().map(locate::slashed).or_else(|| of_file.map(|file| file.name));
            let name = named.as_deref().unwrap_or(BASELINE);
            let found = revision.file(name)?;
            if found.is_none() && named.is_some() {
                let path = PathBuf::from(format!("{}:{name}", revision.name));
                return Err(ConfigError::Unreadable { path, source: io::ErrorKind::NotFound.into() });
            }
            Ok(found)
        }
        (None, None) if of_file.is_some() => Ok(of_file),
        // `--no-config` asks what a scan would say without any policy of the repository.
        (None, None) if policy.no_config => Ok(None),
        (None, None) => check::default_baseline(root),
    }
}

#[cfg(test)]
mod tests;
