//! Why a run could not be made: what the stages say, and what the pipeline itself cannot read or write.

use std::{io, path::PathBuf};

use miette::Diagnostic;
use thiserror::Error;

use crate::{config::ConfigError, input::git::GitError, merge::MergeError, report::ReadError, suppress::BaselineError};

/// Why a run could not be made.
#[derive(Debug, Error, Diagnostic)]
pub enum Error {
    /// The settings make no sense.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Config(#[from] ConfigError),
    /// A repository, a revision or a range cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Git(#[from] GitError),
    /// The baseline cannot be used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Baseline(#[from] BaselineError),
    /// What was named is no report, or not a whole one.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Report(#[from] ReadError),
    /// Reports do not belong together.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Merge(#[from] MergeError),
    /// An option cannot be used here.
    #[error("{problem}")]
    #[diagnostic(code(keyward::usage))]
    Usage {
        /// What is wrong.
        problem: String,
        /// The way out.
        #[help]
        help: String,
    },
    /// A file that was named cannot be read.
    #[error("cannot read {path}: {source}")]
    #[diagnostic(code(keyward::input::unreadable), help("check that the file exists and is readable"))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A report or a baseline cannot be written.
    #[error("cannot write {path}: {source}")]
    #[diagnostic(code(keyward::output::unwritable), help("check that the folder exists and may be written to"))]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Standard input cannot be read.
    #[error("cannot read standard input: {source}")]
    #[diagnostic(code(keyward::input::stdin), help("pipe a text into keyward, or name files"))]
    Stdin {
        /// What the system said.
        source: io::Error,
    },
}
