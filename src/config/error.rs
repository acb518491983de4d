//! What can be wrong with a configuration: each mistake once, with its place in the file and the way out.
//!
//! Most variants share the same four parts and differ in their code only, so the parts are one type, [`Mistake`]. Its
//! text is made printable first: the file belongs to the scanned repository, and a snippet of it is shown on the user's
//! terminal.

use std::{ops::Range, path::PathBuf, sync::Arc};

use miette::{Diagnostic, NamedSource, SourceSpan};
use thiserror::Error;

use crate::{model::masked_text, rules::RuleError};

use super::locate::LARGEST;

/// Why there are no settings.
#[derive(Debug, Error, Diagnostic)]
pub enum ConfigError {
    /// Several files could be meant.
    #[error("there is more than one configuration file: {}", .found.join(", "))]
    #[diagnostic(
        code(keyward::config::several_files),
        help("keep one of them, or name the one to read with `--config FILE`")
    )]
    SeveralFiles {
        /// Their paths relative to the root.
        found: Vec<String>,
    },
    /// The file cannot be read.
    #[error("cannot read the configuration {path}: {source}")]
    #[diagnostic(
        code(keyward::config::unreadable),
        help("check the path, or scan without configuration: `--no-config`")
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A link in the repository leads out of it.
    #[error("{path} leads out of the repository, so it is not read")]
    #[diagnostic(
        code(keyward::config::outside),
        help("replace the link by the file itself, or name the file on the command line")
    )]
    Outside {
        /// The link.
        path: PathBuf,
    },
    /// The file is larger than any configuration.
    #[error("the configuration {path} is larger than {} KiB", LARGEST / 1024)]
    #[diagnostic(
        code(keyward::config::too_large),
        help("move accepted findings into a baseline: `keyward baseline create`")
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The file is not UTF-8.
    #[error("the configuration {path} is not UTF-8 text")]
    #[diagnostic(code(keyward::config::not_text), help("save it as UTF-8"))]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// Not TOML, or a value of the wrong type.
    #[error(transparent)]
    #[diagnostic(code(keyward::config::malformed), forward(0))]
    Malformed(Mistake),
    /// A key that does not exist.
    #[error(transparent)]
    #[diagnostic(code(keyward::config::unknown_key), forward(0))]
    UnknownKey(Mistake),
    /// A rule, provider or group that does not exist.
    #[error(transparent)]
    #[diagnostic(code(keyward::config::unknown_rule), forward(0))]
    UnknownRule(Mistake),
    /// A value that is of the right type and means nothing.
    #[error(transparent)]
    #[diagnostic(code(keyward::config::bad_value), forward(0))]
    BadValue(Mistake),
    /// An `[[allow]]` entry that lacks what it needs.
    #[error(transparent)]
    #[diagnostic(code(keyward::config::bad_allow), forward(0))]
    BadAllow(Mistake),
    /// A `[[rule]]` that contradicts itself or the other rules.
    #[error(transparent)]
    #[diagnostic(code(keyward::config::bad_rule), forward(0))]
    BadRule(Mistake),
    /// More entries than a file may have.
    #[error(transparent)]
    #[diagnostic(code(keyward::config::too_many), forward(0))]
    TooMany(Mistake),
    /// `only` and `skip` contradict each other.
    #[error("no rule is left to run")]
    #[diagnostic(
        code(keyward::config::no_rules),
        help(
            "`only` and `skip`, in the configuration and on the command line, leave out every rule: loosen one of them"
        )
    )]
    NoRules,
    /// A provider that cannot be asked about its keys.
    #[error("there is no way to ask a provider called `{name}` about keys")]
    #[diagnostic(code(keyward::config::unknown_provider))]
    UnknownProvider {
        /// What was named.
        name: String,
        /// A near name, or all of them.
        #[help]
        help: String,
    },
    /// An address was given, and nobody is to be asked.
    #[error("--verify-url says where to ask, and nothing says that anybody is asked")]
    #[diagnostic(code(keyward::config::address_without_verify), help("add --verify"))]
    AddressWithoutVerify,
    /// An address in the user's own file that cannot be one.
    #[error("the address for {provider} cannot be used: {problem}")]
    #[diagnostic(
        code(keyward::config::bad_address),
        help("correct it under [verify-url] in your own keyward/config.toml")
    )]
    BadAddress {
        /// The provider.
        provider: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// The user's own file is wrong.
    #[error("your own settings in {path} cannot be used: {problem}")]
    #[diagnostic(
        code(keyward::config::own_file),
        help("it may hold `verify`, `verify-timeout` and a table `[verify-url]`; --no-config leaves it out")
    )]
    OwnFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The command line names a rule or a rule folder that is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Rules(Box<RuleError>),
}

impl From<RuleError> for ConfigError {
    fn from(error: RuleError) -> Self {
        Self::Rules(Box::new(error))
    }
}

/// One mistake at one place of the configuration file.
#[derive(Debug, Error, Diagnostic)]
#[error("{problem}")]
pub struct Mistake {
    problem: String,
    #[help]
    help: String,
    #[source_code]
    text: Arc<NamedSource<String>>,
    #[label("here")]
    at: SourceSpan,
}

impl Mistake {
    pub(super) fn new(problem: &str, help: &str, text: Arc<NamedSource<String>>, at: Range<usize>) -> Self {
        // Both may quote a value of the file, and nobody has looked whether that is a key.
        Self { problem: masked_text(problem), help: masked_text(help), text, at: at.into() }
    }
}
