//! Where bytes come from: the working tree, git, and standard input, and what is packed in them.
//!
//! A source hands [`Entry`] values to a visitor, one per thread, and knows nothing of what happens to them. It reads, measures and
//! decides what is read at all; whether a skipped file makes a run incomplete is decided by the reader of the coverage.

pub mod archive;
pub mod git;
pub mod outputs;
mod scope;
pub mod stdin;
pub mod tracked;
pub mod tree;

pub use scope::{Standing, Standings};

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use crate::model::{Blob, Notice, Origin, SkipReason, Skipped};

/// What a source met.
pub enum Entry<'a> {
    /// Content to look at.
    Blob(Blob<'a>),
    /// Content that is too large to be held; archives can be read as they come.
    Large {
        /// Path relative to the repository root, with `/`.
        path: &'a str,
        /// Its length in bytes.
        size: u64,
        /// The content from its beginning.
        source: &'a mut dyn io::Read,
        /// Where it came from.
        origin: &'a Origin,
    },
    /// Something that was not read.
    Skipped(Skipped),
    /// Something the user should know.
    Notice(Notice),
    /// A file that another shard of the scan reads.
    Elsewhere,
}

/// Takes what a source meets; one for each thread.
pub trait Visitor: Send {
    /// Called for each entry.
    fn visit(&mut self, entry: Entry<'_>);
}

impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blob(blob) => f.debug_tuple("Blob").field(blob).finish(),
            Self::Large { path, size, .. } => f.debug_tuple("Large").field(path).field(size).finish(),
            Self::Skipped(skipped) => f.debug_tuple("Skipped").field(skipped).finish(),
            Self::Notice(notice) => f.debug_tuple("Notice").field(notice).finish(),
            Self::Elsewhere => f.write_str("Elsewhere"),
        }
    }
}

impl Entry<'_> {
    fn skipped(path: String, reason: SkipReason) -> Self {
        Self::Skipped(Skipped { path, reason })
    }
}

/// The folder that paths in reports are relative to: the repository around `path`, else the current folder when `path` lies in it,
/// else `path` itself.
#[must_use]
pub fn base_of(path: &Path, current: &Path) -> PathBuf {
    let canonical = path.canonicalize().unwrap_or_else(|_| current.join(path));
    let folder = if canonical.is_dir() { canonical.as_path() } else { canonical.parent().unwrap_or(&canonical) };
    match repository_of(folder) {
        Some(root) => root,
        None if canonical.starts_with(current) => current.to_owned(),
        None => folder.to_owned(),
    }
}

/// The nearest folder around `folder` that holds a `.git`, which is a file in worktrees and submodules.
#[must_use]
pub fn repository_of(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().find(|ancestor| ancestor.join(".git").exists()).map(Path::to_owned)
}

/// `path` as reports show it: relative to `base` where it lies inside, with `/`.
#[must_use]
pub fn shown(path: &Path, base: &Path) -> String {
    let relative = path.strip_prefix(base).unwrap_or(path);
    let text = relative.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' { text.into_owned() } else { text.replace(std::path::MAIN_SEPARATOR, "/") }
}
