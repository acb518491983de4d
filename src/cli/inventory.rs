//! What `inventory` takes.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{ColorWhen, PolicyArgs, ReadingArgs, VerifyArgs};

/// Options of `inventory`.
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own on the command line")]
#[derive(Clone, Debug, Args)]
pub struct InventoryArgs {
    /// Files and folders; the current folder when none is given
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Read the history too; that is the default in a repository, and an error elsewhere
    #[arg(long, help_heading = "What to read")]
    pub history: bool,
    /// Read the files as they are now only
    #[arg(long, conflicts_with = "history", help_heading = "What to read")]
    pub no_history: bool,
    /// Which rules and what counts.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// How to print the keys
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value = "terminal", help_heading = "Output")]
    pub format: InventoryFormat,
    /// Write to FILE instead of standard output, which is `-`
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// When to use colours [default: auto]
    #[arg(long, value_name = "WHEN", value_enum, help_heading = "Output")]
    pub color: Option<ColorWhen>,
    /// Print keys only, without plan, notices and summary
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,
    /// Say more: every place of a key, its fingerprint
    #[arg(short, long, help_heading = "Output")]
    pub verbose: bool,
    /// Show no progress
    #[arg(long, help_heading = "Output")]
    pub no_progress: bool,
    /// Whether providers are asked about keys.
    #[command(flatten)]
    pub verify: VerifyArgs,
    /// How it is read.
    #[command(flatten)]
    pub reading: ReadingArgs,
}

/// How to print an inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum InventoryFormat {
    /// For people
    Terminal,
    /// One object, schema keyward-inventory/1
    Json,
    /// One row for each key, for spreadsheets
    Csv,
    /// A table and a plan for job summaries
    Markdown,
}
