//! What was meant: the configuration file and the command line together, checked.
//!
//! The command line wins over the file. Everything a stage needs is in [`Settings`] afterwards, so no stage reads a file or an option
//! itself. A mistake in the file is an error with its place and a way out, never a setting that is silently ignored.

mod file;

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

use globset::GlobBuilder;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use miette::{Diagnostic, NamedSource, SourceSpan};
use schemars::{Schema, schema_for};
use thiserror::Error;
use toml::Spanned;

pub use file::{AllowEntry, ConfigFile, PLACES};

use crate::{
    cli::{self, FailOn, PolicyArgs, ScanArgs},
    model::{Allow, Date, Fingerprint},
    rules::{CUSTOM, Provider, ProviderFile, RuleError, RuleSet, Selection},
};
use file::Source;

/// Name of the baseline that is used when it lies at the repository root and no other is named.
pub const BASELINE: &str = "keyward.baseline";
/// Files larger than this are skipped unless `--max-file-size` says otherwise.
const MAX_FILE_SIZE: u64 = 256 << 20;
/// More rules than this in one configuration file are not believed.
const MOST_RULES: usize = 500;
/// Rules in the scanned repository may not look further than this, so that they cannot slow a scan down.
const REACH_OF_REPOSITORY_RULES: usize = 2048;

/// Why the settings make no sense.
#[derive(Debug, Error, Diagnostic)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {path}: {source}")]
    #[diagnostic(code(keyward::config::unreadable), help("check the path given to --config, or use --no-config"))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is too long.
    #[error("the configuration {path} is larger than 1 MiB")]
    #[diagnostic(code(keyward::config::too_large), help("move long lists of accepted findings into a baseline"))]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// There are two files.
    #[error("there are two configurations: {first} and {second}")]
    #[diagnostic(code(keyward::config::twice), help("keep one of them, or name one with --config"))]
    Twice {
        /// One.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// Something in the file is wrong.
    #[error("{}: {message}", path.display())]
    #[diagnostic(code(keyward::config::wrong))]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
        /// The way out.
        #[help]
        help: String,
        /// Its text.
        #[source_code]
        text: NamedSource<String>,
        /// Where in the text.
        #[label("here")]
        at: Option<SourceSpan>,
    },
    /// A rule is wrong or unknown.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Rule(#[from] RuleError),
}

/// Everything the stages need to know.
#[derive(Debug)]
pub struct Settings {
    /// The rules that run.
    pub rules: RuleSet,
    /// Names of all rules, providers and groups, also of those that do not run.
    pub known: RuleSet,
    /// Whether `--only` or `--skip` left rules out.
    pub selected: bool,
    /// Least severity that fails the run.
    pub fail_on: FailOn,
    /// Paths that are not read.
    pub exclude: Gitignore,
    /// Accepted findings.
    pub allows: Vec<Allow>,
    /// The baseline to apply.
    pub baseline: Option<PathBuf>,
    /// Files larger than this are skipped.
    pub max_file_size: u64,
    /// The configuration file.
    pub file: Option<PathBuf>,
}

/// The settings for `args` in the repository at `root`.
///
/// # Errors
/// [`ConfigError`] for a configuration or an option that makes no sense.
pub fn settings(args: &ScanArgs, root: &Path) -> Result<Settings, ConfigError> {
    let (file, source) = read_file(&args.policy, root)?;
    let known = rule_set(&args.policy, &file, &source)?;
    let selection = selection(&args.policy, &file, &source, &known)?;
    let mut rules = rule_set(&args.policy, &file, &source)?;
    let before = rules.iter().count();
    rules.retain(&selection);
    let selected = rules.iter().count() < before;
    let allows = file.allow.iter().map(|entry| allow(entry, &source, &known, &rules)).collect::<Result<_, _>>()?;
    let from_file = file.max_file_size.as_ref().map(|size| {
        cli::parse_size(size.get_ref())
            .map_err(|help| source.error(Some(size.span()), format!("`{}` is not a size", size.get_ref()), help))
    });
    Ok(Settings {
        selected,
        fail_on: args.policy.fail_on.or(file.fail_on).unwrap_or_default(),
        exclude: exclude(&file, &source, root)?,
        allows,
        baseline: baseline(&args.policy, &file, &source, root)?,
        max_file_size: args.reading.max_file_size.or(from_file.transpose()?).unwrap_or(MAX_FILE_SIZE),
        file: (!source.path.as_os_str().is_empty()).then_some(source.path),
        rules,
        known,
    })
}

/// The rules that `policy` asks for, for the commands that only show them.
///
/// # Errors
/// As [`settings`].
pub fn rules(policy: &PolicyArgs, root: &Path) -> Result<RuleSet, ConfigError> {
    let (file, source) = read_file(policy, root)?;
    let mut rules = rule_set(policy, &file, &source)?;
    let selection = selection(policy, &file, &source, &rules)?;
    rules.retain(&selection);
    Ok(rules)
}

/// JSON schema of `keyward.toml`.
#[must_use]
pub fn schema() -> Schema {
    let mut schema = schema_for!(ConfigFile);
    schema.insert("title".into(), "keyward.toml".into());
    schema
}

fn read_file(policy: &PolicyArgs, root: &Path) -> Result<(ConfigFile, Source), ConfigError> {
    let path = match &policy.config {
        _ if policy.no_config => None,
        Some(path) => Some(path.clone()),
        None => file::locate(root)?,
    };
    path.map_or_else(|| Ok(Default::default()), |path| file::read(&path))
}

/// Built-in rules, those of `--rules`, and those of the file.
fn rule_set(policy: &PolicyArgs, file: &ConfigFile, source: &Source) -> Result<RuleSet, ConfigError> {
    let mut rules = RuleSet::builtin();
    for folder in &policy.rules {
        for provider in rule_folder(folder)? {
            rules.add(provider)?;
        }
    }
    if file.rule.len() > MOST_RULES {
        let help = "move them into files of their own and name their folder with --rules".to_owned();
        return Err(source.error(None, format!("there are more than {MOST_RULES} rules"), help));
    }
    let reach = |context: &crate::rules::Context| context.reach;
    if let Some(rule) = file.rule.iter().find(|rule| {
        rule.longest.max(rule.before).max(rule.context.as_ref().map_or(0, reach)) > REACH_OF_REPOSITORY_RULES
    }) {
        let message = format!("rule `{}` looks further than {REACH_OF_REPOSITORY_RULES} bytes", rule.id);
        return Err(source.error(None, message, "bound its pattern, or load it with --rules".to_owned()));
    }
    let provider = Provider { id: CUSTOM.to_owned(), name: "Custom".to_owned(), ..Provider::default() };
    rules.add(ProviderFile { provider, rules: file.rule.clone() })?;
    Ok(rules)
}

/// The rule files of a folder, in the order of their names.
fn rule_folder(folder: &Path) -> Result<Vec<ProviderFile>, RuleError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| RuleError::Unreadable { path, source }
    };
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(unreadable(folder))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    paths.sort();
    if paths.is_empty() {
        let none = std::io::Error::new(std::io::ErrorKind::NotFound, "it holds no *.toml file");
        return Err(unreadable(folder)(none));
    }
    let parse = |path: &PathBuf| RuleSet::parse(path, &fs::read_to_string(path).map_err(unreadable(path))?);
    paths.iter().map(parse).collect()
}

/// The lists of the command line replace those of the file.
fn selection(
    policy: &PolicyArgs,
    file: &ConfigFile,
    source: &Source,
    known: &RuleSet,
) -> Result<Selection, ConfigError> {
    let chosen = |typed: &[String], written: &[Spanned<String>]| match typed.is_empty() {
        true => written.iter().map(|name| known_name(name, source, known)).collect::<Result<Vec<String>, _>>(),
        false => Ok(typed.to_vec()),
    };
    let (only, skip) = (chosen(&policy.only, &file.only)?, chosen(&policy.skip, &file.skip)?);
    Ok(Selection::new(known, &only, &skip)?)
}

fn known_name(name: &Spanned<String>, source: &Source, known: &RuleSet) -> Result<String, ConfigError> {
    match known.expect_name(name.get_ref()) {
        Err(RuleError::Unknown { name: unknown, help }) => Err(source.error(
            Some(name.span()),
            format!("there is no rule, provider or group called `{unknown}`"),
            help,
        )),
        _ => Ok(name.get_ref().clone()),
    }
}

fn allow(
    entry: &Spanned<AllowEntry>,
    source: &Source,
    known: &RuleSet,
    running: &RuleSet,
) -> Result<Allow, ConfigError> {
    let (span, entry) = (entry.span(), entry.get_ref());
    let wrong = |span, message: String, help: &str| Err(source.error(Some(span), message, help.to_owned()));
    if entry.reason.get_ref().trim().is_empty() {
        return wrong(entry.reason.span(), "the reason is empty".into(), "say why this finding is accepted");
    }
    if entry.rule.is_none() && entry.path.is_none() && entry.fingerprint.is_none() {
        let help = "name a rule, a path or a fingerprint";
        return wrong(entry.reason.span(), "an allow entry without a condition would accept everything".into(), help);
    }
    let rule = entry.rule.as_ref().map(|rule| known_name(rule, source, known)).transpose()?;
    let fingerprint = match &entry.fingerprint {
        Some(text) => match Fingerprint::parse(text.get_ref()) {
            None => {
                let message = format!("`{}` is not a fingerprint", text.get_ref());
                return wrong(text.span(), message, "copy it from a report: `kw1:` and 24 hexadecimal digits");
            }
            some => some,
        },
        None => None,
    };
    let path = match &entry.path {
        Some(text) => match GlobBuilder::new(text.get_ref()).literal_separator(true).build() {
            Ok(glob) => Some(glob.compile_matcher()),
            Err(error) => return wrong(text.span(), error.to_string(), "write it like `tests/**/*.json`"),
        },
        None => None,
    };
    let expires = match &entry.expires {
        Some(value) => {
            let text = value.get_ref().as_str().map_or_else(|| value.get_ref().to_string(), str::to_owned);
            match Date::parse(&text) {
                None => return wrong(value.span(), format!("`{text}` is not a date"), "write it like 2026-12-31"),
                some => some,
            }
        }
        None => None,
    };
    let checked =
        rule.as_ref().map_or(running.iter().count() == known.iter().count(), |rule| running.expect_name(rule).is_ok());
    let reason = entry.reason.get_ref().trim().to_owned();
    Ok(Allow { rule, path, fingerprint, reason, expires, line: source.line(span.start), checked })
}

fn exclude(file: &ConfigFile, source: &Source, root: &Path) -> Result<Gitignore, ConfigError> {
    let mut builder = GitignoreBuilder::new(root);
    for glob in &file.exclude {
        if let Err(error) = builder.add_line(None, glob.get_ref()) {
            return Err(source.error(Some(glob.span()), error.to_string(), "write it as in .gitignore".to_owned()));
        }
    }
    builder
        .build()
        .map_err(|error| source.error(None, error.to_string(), "write `exclude` as in .gitignore".to_owned()))
}

fn baseline(
    policy: &PolicyArgs,
    file: &ConfigFile,
    source: &Source,
    root: &Path,
) -> Result<Option<PathBuf>, ConfigError> {
    if let Some(path) = &policy.baseline {
        return Ok(Some(path.clone()));
    }
    let Some(named) = &file.baseline else {
        return Ok(Some(root.join(BASELINE)).filter(|path| !policy.no_config && path.is_file()));
    };
    let path = Path::new(named.get_ref());
    let inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if inside {
        return Ok(Some(root.join(path)));
    }
    let message = format!("`{}` lies outside the repository", named.get_ref());
    Err(source.error(
        Some(named.span()),
        message,
        "name a file below the repository root, or use --baseline".to_owned(),
    ))
}
