//! The index: what the next commit would bring in, never the working copy.
//!
//! Read are the entries that differ from HEAD. Folders whose id the index remembers (its cache of trees) and HEAD has too are passed over
//! without a look at their files, so that the cost follows what was staged and not the size of the repository.

use std::ops::Range;

use gix_hash::ObjectId;
use gix_index::{
    File,
    entry::{Flags, Mode, Stage},
    extension::Tree,
};

use super::{
    Choice, DEEPEST, GitError, Repository,
    object::EntryKind,
    refs::Refs,
    repository::{Absent, Objects},
    revision,
};
use crate::{
    input::{Entry, Visitor},
    model::{Blob, Origin, OriginKind, SkipReason},
};

/// Hands the staged files to `visitor`, and says how many there are. `wants` is asked for each path first.
///
/// # Errors
/// [`GitError::Unreadable`] when the index cannot be read.
pub fn staged(
    repository: &Repository,
    limit: u64,
    wants: &dyn Fn(&str) -> Choice,
    visitor: &mut dyn Visitor,
) -> Result<u64, GitError> {
    let mut objects = repository.objects();
    let Some(index) = index(repository)? else { return Ok(0) };
    let head = Refs::new(repository).get("HEAD").and_then(|id| revision::read(id, &mut objects));
    let mut changed = Changed { index: &index, objects: &mut objects, entries: Vec::new() };
    changed.compare(0..index.entries().len(), 0, index.tree(), head.map(|commit| commit.tree), 0);
    let found = changed.entries;
    let origin = Origin::plain(OriginKind::Index);
    let mut count = 0;
    for at in found {
        let entry = &index.entries()[at];
        let path = String::from_utf8_lossy(entry.path(&index)).into_owned();
        if !wants(&path).is_read(&path, visitor) {
            continue;
        }
        match objects.get(&entry.id, limit) {
            Ok((_, bytes)) => {
                count += 1;
                visitor.visit(Entry::Blob(Blob { path: &path, bytes, origin: &origin, private: false }));
            }
            Err(absent) => visitor.visit(Entry::skipped(path, absent.into())),
        }
    }
    Ok(count)
}

impl From<Absent> for SkipReason {
    fn from(absent: Absent) -> Self {
        match absent {
            Absent::Missing => Self::Missing,
            Absent::TooLarge => Self::TooLarge,
            Absent::Corrupt(_) => Self::Corrupt,
        }
    }
}

/// The index; `None` when nothing was ever staged.
fn index(repository: &Repository) -> Result<Option<File>, GitError> {
    let path = &repository.index;
    if !path.exists() {
        return Ok(None);
    }
    let options = gix_index::decode::Options::default();
    let index = File::at(path, repository.hash, true, options);
    index.map(Some).map_err(|error| GitError::Unreadable { path: path.clone(), reason: error.to_string() })
}

/// The search for entries that HEAD does not have.
struct Changed<'s> {
    index: &'s File,
    objects: &'s mut Objects,
    /// Positions in the index.
    entries: Vec<usize>,
}

impl Changed<'_> {
    /// Compares the entries in `range`, whose paths share the first `prefix` bytes, with the folder `tree` of HEAD.
    fn compare(
        &mut self,
        range: Range<usize>,
        prefix: usize,
        cached: Option<&Tree>,
        tree: Option<ObjectId>,
        depth: usize,
    ) {
        let known = cached.filter(|cached| cached.num_entries.is_some()).map(|cached| cached.id);
        if tree.is_some() && known == tree {
            return;
        }
        if depth > DEEPEST {
            // Without a comparison all of it counts as changed.
            range.for_each(|at| self.file(at, None));
            return;
        }
        let head = tree.and_then(|tree| self.objects.folder(&tree)).unwrap_or_default();
        let all = self.index.entries();
        let mut at = range.start;
        while at < range.end {
            let path = all[at].path(self.index);
            let Some(rest) = path.get(prefix..) else { return };
            let Some(slash) = memchr::memchr(b'/', rest) else {
                self.file(at, head.get(rest).copied());
                at += 1;
                continue;
            };
            let (name, folder) = (&rest[..slash], &path[..=prefix + slash]);
            let end = at + all[at..range.end].partition_point(|entry| entry.path(self.index).starts_with(folder));
            let end = end.max(at + 1);
            let below = cached.and_then(|cached| cached.children.iter().find(|child| child.name[..] == *name));
            let tree = head.get(name).filter(|(kind, _)| *kind == EntryKind::Tree).map(|(_, id)| *id);
            self.compare(at..end, prefix + slash + 1, below, tree, depth + 1);
            at = end;
        }
    }

    fn file(&mut self, at: usize, head: Option<(EntryKind, ObjectId)>) {
        let entry = &self.index.entries()[at];
        let is_read = matches!(entry.mode, Mode::FILE | Mode::FILE_EXECUTABLE | Mode::SYMLINK)
            && !entry.flags.contains(Flags::INTENT_TO_ADD)
            // The common ancestor of a conflict is in HEAD's history already.
            && entry.stage() != Stage::Base;
        if is_read && head != Some((EntryKind::Blob, entry.id)) {
            self.entries.push(at);
        }
    }
}
