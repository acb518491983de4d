//! What a scan takes: what to read, which rules, how to print. Other commands that scan take some of its groups.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::value::{parse_category, parse_report, parse_size, parse_verify_url};
use crate::model::{BaseUrl, RepoId, Severity, Shard};

/// Options of `scan`.
#[derive(Clone, Debug, Default, Args)]
pub struct ScanArgs {
    /// What to read.
    #[command(flatten)]
    pub what: WhatArgs,
    /// Which rules and what counts.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// What is printed and where.
    #[command(flatten)]
    pub output: OutputArgs,
    /// Name of the repository in jsonl and json reports, such as acme/api, for `keyward merge`
    #[arg(long, value_name = "NAME", help_heading = "Output")]
    pub repo_id: Option<RepoId>,
    /// Whether providers are asked about keys.
    #[command(flatten)]
    pub verify: VerifyArgs,
    /// How it is read.
    #[command(flatten)]
    pub reading: ReadingArgs,
}

/// Whether and where providers are asked about keys.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Verification")]
pub struct VerifyArgs {
    /// Ask the providers of found keys whether they still work; with names, only these: --verify=openai,github
    #[arg(long, value_name = "PROVIDER", value_delimiter = ',', require_equals = true, num_args = 0..)]
    pub verify: Option<Vec<String>>,
    /// Ask URL instead of the provider's own host, such as openai=https://gateway.example/v1; may be repeated
    #[arg(long, value_name = "PROVIDER=URL", value_parser = parse_verify_url)]
    pub verify_url: Vec<(String, BaseUrl)>,
    /// Stop asking after SECS seconds [default: 60]
    #[arg(long, value_name = "SECS")]
    pub verify_timeout: Option<std::num::NonZeroU64>,
}

/// What to read.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "What to scan")]
pub struct WhatArgs {
    /// Files and folders; the current folder when none is given
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Read what git has staged: the index, never the working copy
    #[arg(long, conflicts_with_all = ["diff", "history", "stdin", "files_from"])]
    pub staged: bool,
    /// Read what the commits of a range bring in, such as main..HEAD
    #[arg(long, value_name = "A..B", conflicts_with_all = ["history", "stdin", "files_from"])]
    pub diff: Option<String>,
    /// The remote that the commits of a range go to, when a hook knows it; nobody types it.
    #[arg(skip)]
    pub remote: Option<String>,
    /// Read everything that git stores: all versions of all files, messages, notes, what nothing reaches any more
    #[arg(long, conflicts_with_all = ["stdin", "files_from"])]
    pub history: bool,
    /// Read one text from standard input
    #[arg(long, conflicts_with_all = ["paths", "files_from"])]
    pub stdin: bool,
    /// Name under which standard input is reported
    #[arg(long, value_name = "NAME", requires = "stdin")]
    pub stdin_path: Option<String>,
    /// Scan the files listed in FILE, one per line or separated by NUL; `-` reads the list from standard input
    #[arg(long, value_name = "FILE", conflicts_with = "paths")]
    pub files_from: Option<PathBuf>,
    /// Read part I of N of the files, chosen by a hash of their paths; `keyward merge` puts the parts together
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
}

/// Which rules run and what counts.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Rules and policy")]
pub struct PolicyArgs {
    /// Run only these rules: ids, providers, the groups `secrets` and `env`, separated by commas
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Leave out these rules
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub skip: Vec<String>,
    /// Add the rule files in DIR
    #[arg(long, value_name = "DIR")]
    pub rules: Vec<PathBuf>,
    /// Read this configuration instead of keyward.toml
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,
    /// Read configuration and baseline as they are in the commit REV, such as the base of a pull request
    #[arg(long, value_name = "REV", conflicts_with_all = ["config", "no_config"])]
    pub config_from: Option<String>,
    /// Read no configuration
    #[arg(long)]
    pub no_config: bool,
    /// Silence the findings listed in this baseline; with --config-from it is read from that commit too
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Least severity that makes the exit code 1 [default: warning]
    #[arg(long, value_name = "LEVEL", value_enum)]
    pub fail_on: Option<FailOn>,
    /// Exit 0 although there are findings; errors still exit 2 or 3
    #[arg(long)]
    pub exit_zero: bool,
}

/// Least severity that fails a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// Errors only
    Error,
    /// Errors and warnings
    #[default]
    Warning,
    /// Everything
    Note,
    /// Nothing
    Never,
}

impl FailOn {
    /// The least severity that fails the run, when any does.
    #[must_use]
    pub const fn least(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Note => Some(Severity::Note),
            Self::Never => None,
        }
    }

    /// Whether a finding of `severity` fails the run.
    #[must_use]
    pub fn includes(self, severity: Severity) -> bool {
        self.least().is_some_and(|least| severity >= least)
    }
}

/// What is printed and where.
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own on the command line")]
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// How to print the findings [default: terminal]
    #[arg(short, long, value_name = "FORMAT", value_enum)]
    pub format: Option<Format>,
    /// Write to FILE instead of standard output, which is `-`
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write a further report, such as sarif=out.sarif; may be repeated
    #[arg(long, value_name = "FORMAT=FILE", value_parser = parse_report)]
    pub report: Vec<(Format, PathBuf)>,
    /// Category under which code scanning keeps the alerts of a sarif report [default: keyward, keyward-history with --history]
    #[arg(long, value_name = "NAME", value_parser = parse_category)]
    pub sarif_category: Option<String>,
    /// Show secrets whole; only in terminal format, on a terminal, outside CI
    #[arg(long)]
    pub show_secrets: bool,
    /// Report suppressed findings too, marked as such
    #[arg(long)]
    pub show_suppressed: bool,
    /// When to use colours [default: auto]
    #[arg(long, value_name = "WHEN", value_enum)]
    pub color: Option<ColorWhen>,
    /// Print findings only, without notices and summary
    #[arg(short, long)]
    pub quiet: bool,
    /// Say more: every skipped file, every place of a key
    #[arg(short, long)]
    pub verbose: bool,
    /// Show no progress
    #[arg(long)]
    pub no_progress: bool,
}

/// A report format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Terminal,
    /// One object, schema keyward/1
    Json,
    /// One record per line: header, findings, summary
    Jsonl,
    /// SARIF 2.1.0 for code scanning
    Sarif,
    /// Workflow commands that annotate a GitHub pull request
    Github,
    /// GitLab's secret detection report
    Gitlab,
    /// Test results that CI servers show
    Junit,
    /// One row for each finding, for spreadsheets
    Csv,
    /// A table for job summaries
    Markdown,
    /// One page for people who were not there
    Html,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How it is read.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Reading")]
pub struct ReadingArgs {
    /// Read ignored files and dependency folders too
    #[arg(long)]
    pub no_ignore: bool,
    /// Skip files larger than SIZE, such as 5M [default: 256M]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub max_file_size: Option<u64>,
    /// Open archives up to N deep in one another; 0 opens none [default: 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=16))]
    pub max_archive_depth: Option<u32>,
    /// Undo up to N encodings in one another, such as base64 in JSON; 0 undoes none [default: 5]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=16))]
    pub max_decode_depth: Option<u32>,
    /// Number of threads [default: one per core]
    #[arg(short = 'j', long, value_name = "N")]
    pub threads: Option<std::num::NonZeroUsize>,
    /// Stop reading after SECS seconds; the report says what is missing
    #[arg(long, value_name = "SECS")]
    pub timeout: Option<std::num::NonZeroU64>,
}
