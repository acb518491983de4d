//! What git tracks, from its index: ignoring a file that was committed before does not untrack it.
//!
//! The index is read directly, without opening the repository: nothing of its configuration takes effect, and it does not matter who owns
//! it. It is read when the first ignored path is met, and only searched, since nearly all that is ignored is not tracked. An index that
//! cannot be read (or one of SHA-256) tells nothing, and the ignore rules alone decide.

use std::{
    fs,
    path::{Path, PathBuf},
};

use gix_index::{File, entry::Mode};

/// The index of one repository.
#[derive(Debug)]
pub struct Tracked {
    /// Folder of the working tree.
    root: PathBuf,
    index: Option<File>,
}

impl Tracked {
    /// Reads the index of the repository whose working tree is `root` and whose `.git` leads to `git`.
    #[must_use]
    pub fn read(root: &Path, git: &Path) -> Self {
        let options = gix_index::decode::Options::default();
        let index = File::at(git.join("index"), gix_index::hash::Kind::Sha1, true, options).ok();
        Self { root: root.to_owned(), index }
    }

    /// Whether the regular file at `path` is tracked.
    pub(super) fn holds(&self, path: &Path) -> bool {
        let is_file = |mode| matches!(mode, Mode::FILE | Mode::FILE_EXECUTABLE);
        self.first_from(path, "").is_some_and(|(name, mode)| is_file(mode) && name.is_empty())
    }

    /// Whether something below the folder at `path` is tracked.
    #[must_use]
    pub fn holds_below(&self, path: &Path) -> bool {
        self.first_from(path, "/").is_some()
    }

    /// Of the first entry that begins with the name of `path` and `end`: what follows in its name, and its mode.
    fn first_from(&self, path: &Path, end: &str) -> Option<(&[u8], Mode)> {
        let index = self.index.as_ref()?;
        let name = super::shown(path, &self.root) + end;
        let at = index.entries().partition_point(|entry| entry.path(index) < name.as_bytes());
        let entry = index.entries().get(at)?;
        Some((entry.path(index).strip_prefix(name.as_bytes())?, entry.mode))
    }
}

/// The folder that `.git` in `repository` is, or that it names: in worktrees and submodules it is a file `gitdir: PATH`.
#[must_use]
pub fn git_folder(repository: &Path) -> Option<PathBuf> {
    let git = repository.join(".git");
    if git.is_dir() {
        return Some(git);
    }
    let text = fs::read_to_string(git).ok()?;
    Some(repository.join(text.strip_prefix("gitdir:")?.trim()))
}

/// The folder that holds what all worktrees share.
#[must_use]
pub fn common_folder(git: &Path) -> PathBuf {
    let text = fs::read_to_string(git.join("commondir")).ok();
    text.map_or_else(|| git.to_owned(), |text| git.join(text.trim()))
}
