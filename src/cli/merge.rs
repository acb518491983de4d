//! What `merge` takes.

use std::path::PathBuf;

use clap::Args;

use super::{FailOn, OutputArgs};

/// Options of `merge`.
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// Reports made with `-f jsonl`; `-` reads standard input, which may hold several one after the other
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// What is printed and where.
    #[command(flatten)]
    pub output: OutputArgs,
    /// Least severity that makes the exit code 1 [default: warning]
    #[arg(long, value_name = "LEVEL", value_enum, help_heading = "Policy")]
    pub fail_on: Option<FailOn>,
    /// Exit 0 although there are findings; errors still exit 2 or 3
    #[arg(long, help_heading = "Policy")]
    pub exit_zero: bool,
}
