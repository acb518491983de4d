//! What `hook` and its actions take.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{ColorWhen, Format, PolicyArgs, ReadingArgs};

/// Options of `hook`.
#[derive(Debug, Args)]
pub struct HookArgs {
    /// What to do
    #[command(subcommand)]
    pub action: HookAction,
}

/// What to do with a hook.
#[derive(Debug, Subcommand)]
pub enum HookAction {
    /// Write a git hook that runs keyward; a hook that is there goes on working
    Install(HookPlace),
    /// Take the hook out and put back what was there before
    Uninstall(HookPlace),
    /// Scan what is about to be committed or pushed: what hooks and hook managers call
    Run(Box<HookRun>),
}

/// Which hook is meant.
#[derive(Debug, Args)]
pub struct HookPlace {
    /// When git calls it
    #[arg(long, value_enum, default_value = "pre-commit")]
    pub stage: HookStage,
}

/// When git calls a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HookStage {
    /// Before a commit is made: what is staged
    PreCommit,
    /// Before commits leave: what they add
    PrePush,
}

/// What a hook scans, and how.
#[derive(Debug, Args)]
pub struct HookRun {
    /// Scan these files, as hook managers name them, instead of what git holds
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// What is about to happen: pre-commit reads the index, pre-push the refs on standard input
    #[arg(long, value_enum, default_value = "pre-commit")]
    pub stage: HookStage,
    /// Remote that is pushed to, as git names it to the hook: what it is known to have is no news
    #[arg(long, value_name = "NAME")]
    pub remote: Option<String>,
    /// Which rules and what counts.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// What is printed.
    #[command(flatten)]
    pub output: HookOutput,
    /// How it is read.
    #[command(flatten)]
    pub reading: ReadingArgs,
}

/// What a hook prints. A push may need several scans, so there is no one file that a report could go to.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct HookOutput {
    /// How to print the findings [default: terminal]
    #[arg(short, long, value_name = "FORMAT", value_enum)]
    pub format: Option<Format>,
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
}
