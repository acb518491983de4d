//! `keyward.toml` as it is written: which keys there are, and errors that point at the character.
//!
//! The file comes from the scanned repository. It can quieten findings and add rules, and nothing else: there is no key that opens a
//! socket, runs a program or names a path outside the repository. Its size and the reach of its rules are bounded.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use miette::NamedSource;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::ConfigError;
use crate::{cli::FailOn, rules::RuleSpec};

/// Places where the file may be, below the repository root.
pub const PLACES: [&str; 3] = ["keyward.toml", ".keyward.toml", ".github/keyward.toml"];
/// A longer file is not a configuration.
const LARGEST: u64 = 1 << 20;

/// The keys of `keyward.toml`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ConfigFile {
    /// Run only these rules: ids, providers or groups.
    #[schemars(with = "Vec<String>")]
    pub only: Vec<Spanned<String>>,
    /// Leave out these rules.
    #[schemars(with = "Vec<String>")]
    pub skip: Vec<Spanned<String>>,
    /// Least severity that makes the exit code 1.
    pub fail_on: Option<FailOn>,
    /// Paths that are not read, as in .gitignore, relative to the repository root.
    #[schemars(with = "Vec<String>")]
    pub exclude: Vec<Spanned<String>>,
    /// The baseline, relative to the repository root.
    #[schemars(with = "Option<String>")]
    pub baseline: Option<Spanned<String>>,
    /// Files larger than this are skipped: a number with k, M or G.
    #[schemars(with = "Option<String>")]
    pub max_file_size: Option<Spanned<String>>,
    /// Findings that are accepted.
    #[schemars(with = "Vec<AllowEntry>")]
    pub allow: Vec<Spanned<AllowEntry>>,
    /// Rules of your own.
    pub rule: Vec<RuleSpec>,
}

/// One `[[allow]]`: at least one of `rule`, `path` and `fingerprint`, and a reason.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AllowEntry {
    /// A rule, a provider or a group.
    #[schemars(with = "Option<String>")]
    pub rule: Option<Spanned<String>>,
    /// A glob of paths relative to the repository root.
    #[schemars(with = "Option<String>")]
    pub path: Option<Spanned<String>>,
    /// Fingerprint of the finding or of its secret.
    #[schemars(with = "Option<String>")]
    pub fingerprint: Option<Spanned<String>>,
    /// Why it is accepted.
    #[schemars(with = "String")]
    pub reason: Spanned<String>,
    /// Last day on which it is accepted, such as 2026-12-31.
    #[schemars(with = "Option<String>")]
    pub expires: Option<Spanned<toml::Value>>,
}

/// The text of a configuration file, kept for error messages.
#[derive(Clone, Debug, Default)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

impl Source {
    /// An error that points at `span`.
    pub(super) fn error(&self, span: Option<std::ops::Range<usize>>, message: String, help: String) -> ConfigError {
        ConfigError::Wrong {
            path: self.path.clone(),
            message,
            help,
            text: NamedSource::new(self.path.display().to_string(), self.text.clone()),
            at: span.map(Into::into),
        }
    }

    /// Line of the byte at `offset`, from 1.
    pub(super) fn line(&self, offset: usize) -> u32 {
        let lines = self.text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count();
        u32::try_from(lines + 1).unwrap_or(u32::MAX)
    }
}

/// The configuration file of the repository at `root`, if there is one.
pub(super) fn locate(root: &Path) -> Result<Option<PathBuf>, ConfigError> {
    let mut found = PLACES.iter().map(|place| root.join(place)).filter(|path| path.is_file());
    match (found.next(), found.next()) {
        (Some(first), Some(second)) => Err(ConfigError::Twice { first, second }),
        (first, _) => Ok(first),
    }
}

/// Reads the file at `path`.
pub(super) fn read(path: &Path) -> Result<(ConfigFile, Source), ConfigError> {
    let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
    let mut text = String::new();
    File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text)).map_err(unreadable)?;
    if text.len() as u64 > LARGEST {
        return Err(ConfigError::TooLarge { path: path.to_owned() });
    }
    let source = Source { path: path.to_owned(), text };
    match toml::from_str(&source.text) {
        Ok(file) => Ok((file, source)),
        Err(error) => {
            let (message, help) = explain(error.message());
            Err(source.error(error.span(), message, help))
        }
    }
}

/// Turns a message of the TOML reader into ours, with a suggestion where a key is unknown.
fn explain(message: &str) -> (String, String) {
    let Some(rest) = message.strip_prefix("unknown field `") else {
        let first = message.lines().next().unwrap_or(message).to_owned();
        return (first, "`keyward schema config` prints what may stand in the file".to_owned());
    };
    let mut quoted = rest.split('`');
    let unknown = quoted.next().unwrap_or("");
    let known: Vec<&str> = quoted.skip(1).step_by(2).collect();
    let nearest = known.iter().map(|key| (strsim::damerau_levenshtein(unknown, key), *key)).min();
    let help = match nearest {
        Some((distance, key)) if distance <= key.len().max(3) / 2 => format!("did you mean `{key}`?"),
        _ => format!("the keys here are {}", known.join(", ")),
    };
    (format!("there is no key `{unknown}`"), help)
}
