//! What `baseline` and its actions take.

use clap::{Args, Subcommand};

use super::ScanArgs;

/// Options of `baseline`.
#[derive(Debug, Args)]
pub struct BaselineArgs {
    /// What to do with the baseline
    #[command(subcommand)]
    pub action: BaselineAction,
}

/// What to do with the baseline.
#[derive(Debug, Subcommand)]
pub enum BaselineAction {
    /// Write a baseline of everything found now
    Create(Box<BaselineRun>),
    /// Add what is new and drop what is gone
    Update(Box<BaselineRun>),
    /// Drop what is gone, add nothing
    Prune(Box<BaselineRun>),
}

/// A scan whose result becomes a baseline.
#[derive(Debug, Args)]
pub struct BaselineRun {
    /// Replace an existing baseline
    #[arg(long)]
    pub force: bool,
    /// What is scanned, and where the baseline is (`--baseline`, by default keyward.baseline).
    #[command(flatten)]
    pub scan: ScanArgs,
}
