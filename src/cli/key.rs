//! What the commands take that look at one key: `verify` and `doctor`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{ColorWhen, value::parse_verify_url};
use crate::model::BaseUrl;

/// Options of `verify`.
#[derive(Debug, Args)]
pub struct VerifyKeyArgs {
    /// Whose key it is; needed only when its form does not tell
    #[arg(long, value_name = "PROVIDER")]
    pub provider: Option<String>,
    /// Take the key from the environment variable VAR instead of standard input
    #[arg(long, value_name = "VAR")]
    pub env: Option<String>,
    /// Ask URL instead of the provider's own host, such as openai=https://gateway.example/v1; may be repeated
    #[arg(long, value_name = "PROVIDER=URL", value_parser = parse_verify_url)]
    pub verify_url: Vec<(String, BaseUrl)>,
    /// Stop asking after SECS seconds [default: 60]
    #[arg(long, value_name = "SECS")]
    pub verify_timeout: Option<std::num::NonZeroU64>,
    /// How to print the answer
    #[arg(short, long, value_enum, default_value = "terminal")]
    pub format: AnswerFormat,
}

/// Options of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// The variable that holds the key; by default those that the code needs
    #[arg(value_name = "VAR")]
    pub variable: Option<String>,
    /// Folder of the project [default: the current folder]
    #[arg(value_name = "PATH")]
    pub path: Option<PathBuf>,
    /// Look at the key of this provider
    #[arg(long, value_name = "PROVIDER")]
    pub provider: Option<String>,
    /// Ask the provider about the value that wins and those that lose
    #[arg(long, help_heading = "Verification")]
    pub verify: bool,
    /// Ask URL instead of the provider's own host, such as openai=https://gateway.example/v1; may be repeated
    #[arg(
        long,
        value_name = "PROVIDER=URL",
        value_parser = parse_verify_url,
        requires = "verify",
        help_heading = "Verification"
    )]
    pub verify_url: Vec<(String, BaseUrl)>,
    /// Stop asking after SECS seconds [default: 60]
    #[arg(long, value_name = "SECS", requires = "verify", help_heading = "Verification")]
    pub verify_timeout: Option<std::num::NonZeroU64>,
    /// How to print the answer
    #[arg(short, long, value_enum, default_value = "terminal")]
    pub format: AnswerFormat,
    /// When to use colours
    #[arg(long, value_name = "WHEN", value_enum, default_value = "auto")]
    pub color: ColorWhen,
}

/// How to print what is known of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AnswerFormat {
    /// For people
    Terminal,
    /// One object
    Json,
}
