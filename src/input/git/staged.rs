//! The index: what the next commit would bring in, never the working copy.
//!
//! Read are the entries that differ from HEAD. Folders whose id the index remembers (its cache of trees) and HEAD has too are passed over
//! without a look at their files, so that the cost follows what was staged and not the size of the repository. In a sparse index a folder
//! outside the checkout is one entry; it is compared as the tree it is. What HEAD had in the files that change is told apart afterwards by
//! content ([`Staged::before`]), as for a range of commits.

use std::{ops::Range, time::Instant};

use gix_hash::ObjectId;
use gix_index::{
    State,
    entry::{Flags, Mode, Stage},
    extension::Tree,
};

use super::{
    Choice, DEEPEST, GitError, Repository,
    changes::{Added, Changes, joined},
    index::Index,
    object::EntryKind,
    refs::Refs,
    repository::{Absent, Folder},
    revision,
};
use crate::{
    input::{Entry, Visitor},
    model::{Blob, Origin, OriginKind, SkipReason},
};

/// What is staged.
pub struct Staged<'r> {
    repository: &'r Repository,
    index: Option<Index>,
    /// The tree of HEAD.
    head: Option<ObjectId>,
    deadline: Option<Instant>,
}

impl<'r> Staged<'r> {
    /// Opens the index. Nothing is compared any more after `deadline`.
    ///
    /// # Errors
    /// [`GitError::Unreadable`] when the index cannot be read.
    pub fn open(repository: &'r Repository, deadline: Option<Instant>) -> Result<Self, GitError> {
        let index = Index::open(repository)?;
        let head = Refs::new(repository).get("HEAD");
        let head = head.and_then(|id| revision::read(id, &mut repository.objects())).map(|commit| commit.tree);
        Ok(Self { repository, index, head, deadline })
    }

    /// Hands the staged files to `visitor`, and says how many there are. `wants` is asked for each path first.
    pub fn read(&self, limit: u64, wants: &dyn Fn(&str) -> Choice, visitor: &mut dyn Visitor) -> u64 {
        let Some(index) = &self.index else { return 0 };
        let mut objects = self.repository.objects();
        let mut changes = Changes::new(&mut objects, self.deadline);
        let mut comparison = Comparison::new(&index.state, &mut changes, Side::Index);
        comparison.whole(index.tree(), self.head);
        let found = comparison.found;
        let origin = Origin::plain(OriginKind::Index);
        let mut count = 0;
        for (path, id) in found {
            if changes.is_over() {
                break;
            }
            if !wants(&path).is_read(&path, visitor) {
                continue;
            }
            match changes.objects.get(&id, limit) {
                Ok((_, bytes)) => {
                    count += 1;
                    visitor.visit(Entry::Blob(Blob { path: &path, bytes, origin: &origin, private: false }));
                }
                Err(absent) => visitor.visit(Entry::skipped(path, absent.into())),
            }
        }
        changes.say(visitor);
        count
    }

    /// Calls `read` with the content of every file that is changed or removed, as HEAD has it.
    pub fn before(&self, limit: u64, read: &mut dyn FnMut(&str, &[u8])) {
        let Some(index) = &self.index else { return };
        let mut objects = self.repository.objects();
        let mut changes = Changes::new(&mut objects, self.deadline);
        let mut comparison = Comparison::new(&index.state, &mut changes, Side::Head);
        comparison.whole(index.tree(), self.head);
        for (path, id) in comparison.found {
            if let Ok((_, bytes)) = objects.get(&id, limit) {
                read(&path, bytes);
            }
        }
    }
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

/// Whose files are looked for: those that the other side does not have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Index,
    Head,
}

/// The search for what one of index and HEAD has and the other does not.
struct Comparison<'s, 'c> {
    index: &'s State,
    changes: &'c mut Changes<'s>,
    side: Side,
    found: Vec<Added>,
}

impl<'s, 'c> Comparison<'s, 'c> {
    fn new(index: &'s State, changes: &'c mut Changes<'s>, side: Side) -> Self {
        Self { index, changes, side, found: Vec::new() }
    }

    fn whole(&mut self, cached: Option<&Tree>, head: Option<ObjectId>) {
        self.folder(0..self.index.entries().len(), 0, cached, head, 0);
    }

    /// Compares the entries in `range`, whose paths share the first `prefix` bytes, with the folder `tree` of HEAD.
    fn folder(
        &mut self,
        range: Range<usize>,
        prefix: usize,
        cached: Option<&Tree>,
        tree: Option<ObjectId>,
        depth: usize,
    ) {
        let known = cached.filter(|cached| cached.num_entries.is_some()).map(|cached| cached.id);
        if (tree.is_some() && known == tree) || self.changes.is_over() {
            return;
        }
        if depth > DEEPEST {
            // Without a comparison all of it counts as changed.
            range.for_each(|at| self.file(at, None));
            return;
        }
        let head = tree.and_then(|tree| self.changes.objects.folder(&tree)).unwrap_or_default();
        if self.side == Side::Head {
            self.gone(range.clone(), prefix, &head);
        }
        let all = self.index.entries();
        let mut at = range.start;
        while at < range.end {
            let path = all[at].path(self.index);
            let Some(rest) = path.get(prefix..) else { return };
            let Some(slash) = memchr::memchr(b'/', rest) else {
                self.file(at, Some((&head, rest)));
                at += 1;
                continue;
            };
            let name = &rest[..slash];
            let tree = head.named(name).find(|(kind, _)| *kind == EntryKind::Tree).map(|(_, id)| id);
            if all[at].mode == Mode::DIR {
                self.sparse(at, tree);
                at += 1;
                continue;
            }
            let end = at + self.below(at..range.end, &path[..=prefix + slash]);
            let cached = cached.and_then(|cached| cached.children.iter().find(|child| child.name[..] == *name));
            self.folder(at..end.max(at + 1), prefix + slash + 1, cached, tree, depth + 1);
            at = end.max(at + 1);
        }
    }

    /// How many entries from the beginning of `range` on lie in `folder`, which ends in a slash.
    fn below(&self, range: Range<usize>, folder: &[u8]) -> usize {
        self.index.entries()[range].partition_point(|entry| entry.path(self.index).starts_with(folder))
    }

    /// Compares an entry of the index with those of its name in HEAD.
    fn file(&mut self, at: usize, head: Option<(&Folder, &[u8])>) {
        let entry = &self.index.entries()[at];
        let is_read = matches!(entry.mode, Mode::FILE | Mode::FILE_EXECUTABLE | Mode::SYMLINK)
            && !entry.flags.contains(Flags::INTENT_TO_ADD)
            // The common ancestor of a conflict is in HEAD's history already.
            && entry.stage() != Stage::Base;
        let is_in = |(head, name): (&Folder, &[u8])| head.named(name).any(|known| known == (EntryKind::Blob, entry.id));
        if self.side == Side::Index && is_read && !head.is_some_and(is_in) {
            let path = String::from_utf8_lossy(entry.path(self.index)).into_owned();
            self.found.push((path, entry.id));
        }
    }

    /// Compares a folder that is one entry with the folder `tree` of HEAD.
    fn sparse(&mut self, at: usize, tree: Option<ObjectId>) {
        let entry = &self.index.entries()[at];
        let path = String::from_utf8_lossy(entry.path(self.index)).trim_end_matches('/').to_owned();
        let (one, other) = match self.side {
            Side::Index => (Some(entry.id), tree),
            Side::Head => (tree, Some(entry.id)),
        };
        let Some(one) = one else { return };
        let added = self.changes.added(one, other.as_slice(), path);
        self.found.extend(added);
    }

    /// Notes the files of HEAD's folder `head` whose content the index, of which `range` is the folder, does not have at their path.
    fn gone(&mut self, range: Range<usize>, prefix: usize, head: &Folder) {
        let Some(first) = self.index.entries().get(range.start).filter(|_| !range.is_empty()) else { return };
        let folder = first.path(self.index)[..prefix].to_vec();
        let shown = String::from_utf8_lossy(&folder).trim_end_matches('/').to_owned();
        for (name, kind, id) in head.iter() {
            let path = [&folder, name].concat();
            match kind {
                EntryKind::Blob => {
                    let same = self.index.entry_range(path.as_slice().into());
                    let mut same = same.into_iter().flatten().map(|at| &self.index.entries()[at]);
                    if !same.any(|entry| entry.id == id) {
                        self.found.push((joined(&shown, name), id));
                    }
                }
                EntryKind::Tree => {
                    let path = [&path[..], b"/"].concat();
                    let from = range.start
                        + self.index.entries()[range.clone()]
                            .partition_point(|entry| entry.path(self.index) < path.as_slice());
                    if self.below(from..range.end, &path) == 0 {
                        let added = self.changes.added(id, &[], joined(&shown, name));
                        self.found.extend(added);
                    }
                }
                EntryKind::Submodule => {}
            }
        }
    }
}
