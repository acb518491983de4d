//! The file that holds the index, in each of its forms.
//!
//! An index can be split: one file with most entries, which several index files share, and a small one that says what differs. Git keeps the shared
//! file in the folder of the worktree, wherever the other one lies (`GIT_INDEX_FILE`); `gix-index` looks beside the other one only, so where it
//! is not there the two are put together here. Format: gitformat-index.

use std::fs;

use gix_index::{State, decode::Options, entry::Flags, extension::Tree};

use super::{GitError, Repository};

/// Entries by path and what is known of the trees they make up.
pub(super) struct Index {
    pub(super) state: State,
    tree: Option<Tree>,
}

impl Index {
    /// Reads the index; `None` when nothing was ever staged.
    pub(super) fn open(repository: &Repository) -> Result<Option<Self>, GitError> {
        let path = &repository.index;
        if !path.exists() {
            return Ok(None);
        }
        let unreadable = |reason: String| GitError::Unreadable { path: path.clone(), reason };
        let file = match gix_index::File::at(path, repository.hash, true, Options::default()) {
            Ok(file) => file.into_parts().0,
            Err(error) => match Self::split(repository).map_err(unreadable)? {
                Some(index) => return Ok(Some(index)),
                None => return Err(unreadable(error.to_string())),
            },
        };
        Ok(Some(Self { state: file, tree: None }))
    }

    pub(super) fn tree(&self) -> Option<&Tree> {
        self.tree.as_ref().or(self.state.tree())
    }

    /// Puts an index and what it shares together; `None` when it is not split.
    fn split(repository: &Repository) -> Result<Option<Self>, String> {
        let decode = |path: &std::path::Path| -> Result<State, String> {
            let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
            let now = State::new(repository.hash).timestamp();
            let decoded = State::from_bytes(&bytes, now, repository.hash, Options::default());
            decoded.map(|(state, _)| state).map_err(|error| error.to_string())
        };
        let mut own = decode(&repository.index)?;
        let Some(link) = own.link().cloned() else { return Ok(None) };
        let mut shared = decode(&repository.git.join(format!("sharedindex.{}", link.shared_index_checksum)))?;
        let tree = own.remove_tree();
        let Some(bitmaps) = link.bitmaps else { return Ok(Some(Self { state: shared, tree })) };
        let mut replacing = own.entries().iter();
        let replaced = bitmaps.replace.for_each_set_bit(|at| {
            let (entry, new) = (shared.entries_mut().get_mut(at)?, replacing.next()?);
            (entry.id, entry.mode, entry.flags) = (new.id, new.mode, new.flags);
            Some(())
        });
        let removed = bitmaps.delete.for_each_set_bit(|at| {
            shared.entries_mut().get_mut(at)?.flags.insert(Flags::REMOVE);
            Some(())
        });
        replaced.and(removed).ok_or("it speaks of entries that the shared index does not have")?;
        for entry in replacing {
            shared.dangerously_push_entry(entry.stat, entry.id, entry.flags, entry.mode, entry.path(&own));
        }
        shared.remove_entries(|_, _, entry| entry.flags.contains(Flags::REMOVE));
        shared.sort_entries();
        Ok(Some(Self { state: shared, tree }))
    }
}
