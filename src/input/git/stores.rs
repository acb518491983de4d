//! Where objects lie: the repository's own folder, its alternates, and those that the environment names, as for the hooks of a server, which
//! sees what is being pushed in a folder of its own before it belongs to the repository.
//!
//! An object can lie in several of them, and in several packs. When one copy is damaged another is looked for here, and taken only when it is
//! what its id says.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use gix_hash::{ObjectId, oid};
use gix_object::Kind;

use super::{loose, pack::Pack};
use crate::model::{SkipReason, Skipped};

/// A copy may be derived from an object that is damaged there and has a copy elsewhere, and so on, this often.
const MOST_DETOURS: usize = 3;

/// The folders of objects.
pub(super) struct Stores {
    /// The repository's own first.
    pub(super) folders: Vec<PathBuf>,
    /// Those of them that the environment adds, without their own alternates.
    pub(super) added: Vec<PathBuf>,
    hash: gix_hash::Kind,
    /// What could not be followed.
    broken: Vec<Skipped>,
    packs: OnceLock<Packs>,
}

/// All packs of all folders.
pub(super) struct Packs {
    pub(super) all: Vec<Pack>,
    /// What could not be opened.
    pub(super) broken: Vec<Skipped>,
}

impl Stores {
    pub(super) fn new(objects: &Path, hash: gix_hash::Kind) -> Self {
        let current = env::current_dir().unwrap_or_default();
        let added: Vec<PathBuf> = of_environment(env::var_os("GIT_ALTERNATE_OBJECT_DIRECTORIES"));
        let (mut folders, mut broken) = (Vec::new(), Vec::new());
        for folder in [objects].into_iter().chain(added.iter().map(PathBuf::as_path)) {
            folders.push(folder.to_owned());
            match gix_odb::alternate::resolve(folder.to_owned(), &current) {
                Ok(alternates) => folders.extend(alternates),
                Err(_) => broken.push(unreadable("objects/info/alternates")),
            }
        }
        let mut seen = std::collections::HashSet::new();
        folders.retain(|folder| seen.insert(folder.canonicalize().unwrap_or_else(|_| folder.clone())));
        broken.extend(folders.iter().filter(|folder| !folder.is_dir()).map(|at| unreadable(&at.to_string_lossy())));
        Self { folders, added, hash, broken, packs: OnceLock::new() }
    }

    /// The packs, opened when first asked for.
    pub(super) fn packs(&self) -> &Packs {
        self.packs.get_or_init(|| {
            let (mut all, mut broken, mut unread) = (Vec::new(), self.broken.clone(), Vec::new());
            for path in Pack::indexes(&self.folders, &mut unread) {
                match Pack::open(&path, self.hash) {
                    Ok(pack) => all.push(pack),
                    Err(_) => broken.push(unreadable_file(&path)),
                }
            }
            broken.extend(unread.iter().map(|path| unreadable_file(path)));
            Packs { all, broken }
        })
    }

    /// A sound copy of `id` with at most `limit` bytes, somewhere else than in the pack `damaged`.
    pub(super) fn another(&self, id: &oid, limit: u64, damaged: Option<usize>) -> Option<(Kind, Vec<u8>)> {
        self.search(id, limit, damaged, MOST_DETOURS)
    }

    fn search(&self, id: &oid, limit: u64, damaged: Option<usize>, detours: usize) -> Option<(Kind, Vec<u8>)> {
        let is_sound = |found: &(Kind, Vec<u8>)| {
            gix_object::compute_hash(self.hash, found.0, &found.1).is_ok_and(|hash: ObjectId| *hash == *id)
        };
        let alone = self.folders.iter().filter_map(|folder| loose::find(folder, id, self.hash, limit));
        let others = self.packs().all.iter().enumerate().filter(|(at, _)| Some(*at) != damaged);
        let packed = others.filter_map(|(at, pack)| {
            pack.find(id, limit, &|base| self.search(base, limit, Some(at), detours.checked_sub(1)?))
        });
        alone.chain(packed).find(is_sound)
    }
}

/// The folders in `value`, which are separated as in PATH; one in quotes is written as a string in C.
fn of_environment(value: Option<OsString>) -> Vec<PathBuf> {
    let Some(value) = value.filter(|value| !value.is_empty()) else { return Vec::new() };
    let bytes = value.as_encoded_bytes();
    if !bytes.contains(&b'"') {
        return env::split_paths(&value).filter(|path| !path.as_os_str().is_empty()).collect();
    }
    let separator = if cfg!(windows) { b';' } else { b':' };
    let (mut quoted, mut escaped) = (false, false);
    let pieces = bytes.split(|byte| {
        let ends = *byte == separator && !quoted;
        quoted ^= *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && quoted && !escaped;
        ends
    });
    pieces.flat_map(|piece| gix_odb::alternate::parse(piece).unwrap_or_default()).collect()
}

fn unreadable(path: &str) -> Skipped {
    Skipped { path: path.to_owned(), reason: SkipReason::Corrupt }
}

pub(super) fn unreadable_file(path: &Path) -> Skipped {
    unreadable(&path.file_name().unwrap_or_default().to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn folders_in_the_environment_may_be_quoted() {
        let folders = |value: &str| {
            of_environment(Some(value.into())).iter().map(|path| path.display().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(folders("/a:/b c"), ["/a", "/b c"]);
        assert_eq!(folders(r#""/a:\"x\"":/b"#), [r#"/a:"x""#, "/b"]);
        assert_eq!(folders(":"), Vec::<String>::new());
        assert_eq!(of_environment(None), Vec::<PathBuf>::new());
    }
}
