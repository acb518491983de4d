//! What `fix` takes.

use std::path::PathBuf;

use clap::Args;

use super::{PolicyArgs, ReadingArgs};

/// Options of `fix`.
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own on the command line")]
#[derive(Debug, Args)]
#[command(mut_arg("fail_on", |fail_on| fail_on.hide(true)))]
pub struct FixArgs {
    /// Files and folders; the current folder when none is given
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Print the changes as a patch for `git apply`; this is the default
    #[arg(long, conflicts_with = "write")]
    pub diff: bool,
    /// Change the files
    #[arg(long)]
    pub write: bool,
    /// Include fixes that may change what a program does, such as edits of code
    #[arg(long = "unsafe")]
    pub include_unsafe: bool,
    /// Say nothing beside the patch or the changed files
    #[arg(short, long)]
    pub quiet: bool,
    /// Show no progress
    #[arg(long)]
    pub no_progress: bool,
    /// Which rules, and whose findings are left alone.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// How it is read.
    #[command(flatten)]
    pub reading: ReadingArgs,
}
