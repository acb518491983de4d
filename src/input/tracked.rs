//! What git tracks, from its index: ignoring a file that was committed before does not untrack it.
//!
//! The index is read directly, without opening the repository: nothing of its configuration takes effect, and it does not matter who owns
//! it. An index that cannot be read (or one of SHA-256) tells nothing, and the walk alone decides.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};

use gix_index::entry::Mode;

use super::repository_of;

/// The regular files that git tracks below `roots`, none of them met yet.
pub(super) fn files(roots: &[PathBuf]) -> HashMap<PathBuf, AtomicBool> {
    let folders = roots.iter().filter(|root| root.is_dir());
    let mut repositories: Vec<PathBuf> = folders.filter_map(|root| repository_of(root)).collect();
    repositories.dedup();
    let mut files = HashMap::new();
    for repository in repositories {
        let Some(index) = index_of(&repository) else { continue };
        for entry in index.entries() {
            let is_file = matches!(entry.mode, Mode::FILE | Mode::FILE_EXECUTABLE);
            let Ok(name) = std::str::from_utf8(entry.path(&index)) else { continue };
            let path = repository.join(name);
            // A hostile index may name any path; only what lies below a root is ours to read.
            let is_clean = !name.split('/').any(|part| part == ".." || part == ".git");
            if is_file && is_clean && roots.iter().any(|root| path.starts_with(root)) {
                files.insert(path, AtomicBool::new(false));
            }
        }
    }
    files
}

fn index_of(repository: &Path) -> Option<gix_index::File> {
    let path = git_folder(repository)?.join("index");
    let options = gix_index::decode::Options::default();
    gix_index::File::at(path, gix_index::hash::Kind::Sha1, true, options).ok()
}

/// The folder that `.git` is, or that it names: in worktrees and submodules it is a file `gitdir: PATH`.
fn git_folder(repository: &Path) -> Option<PathBuf> {
    let git = repository.join(".git");
    if git.is_dir() {
        return Some(git);
    }
    let text = fs::read_to_string(git).ok()?;
    Some(repository.join(text.strip_prefix("gitdir:")?.trim()))
}
