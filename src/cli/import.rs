//! What `import` takes.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Options of `import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Whose files are read
    #[command(subcommand)]
    pub from: ImportFrom,
}

/// The scanner that a repository comes from.
#[derive(Debug, Subcommand)]
pub enum ImportFrom {
    /// Read .gitleaks.toml and .gitleaksignore
    #[command(after_help = super::examples::IMPORT)]
    Gitleaks {
        /// The configuration, or the folder of the repository [default: the repository around the current folder]
        #[arg(value_name = "PATH")]
        path: Option<PathBuf>,
        /// What is done with it.
        #[command(flatten)]
        run: ImportRun,
    },
    /// Read .secrets.baseline
    #[command(after_help = super::examples::IMPORT)]
    DetectSecrets {
        /// The baseline, or the folder of the repository [default: the repository around the current folder]
        #[arg(value_name = "FILE")]
        path: Option<PathBuf>,
        /// What is done with it.
        #[command(flatten)]
        run: ImportRun,
    },
}

/// What is done with what was taken over.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct ImportRun {
    /// Write keyward.toml and keyward.baseline instead of showing them
    #[arg(long)]
    pub write: bool,
    /// Replace a keyward.toml that is there
    #[arg(long, requires = "write")]
    pub force: bool,
}
