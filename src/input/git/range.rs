//! A range of commits: what they bring in.
//!
//! For each commit that one side reaches and the other does not, the files are read whose content stands at that path in none of its
//! parents, so a merge shows what it adds by itself, and nothing else. The message is read too. Whole files are read, not patches; what was in
//! a file before is told apart afterwards by content ([`Range::before`]), so a key that only moved is not news.

use std::collections::{BTreeSet, BinaryHeap, HashMap, HashSet};

use gix_hash::ObjectId;

use super::{
    COMMIT_MESSAGE, Choice, DEEPEST, GitError, Repository,
    object::{Commit, EntryKind, message},
    refs::Refs,
    repository::{Folder, Objects},
    revision::{self, LARGEST_COMMIT},
};
use crate::{
    input::{Entry, Visitor},
    model::{Blob, Notice, ObjectKind, Origin, OriginKind, SkipReason},
};

/// Folders and files that one commit changes; more is no commit of anybody's.
const MOST_FOLDERS: usize = 1_000_000;
const MOST_FILES: usize = 2_000_000;
/// Folders that are named as not read.
const MOST_MISSING: usize = 100;
/// How long a walk goes on after the last commit of interest, in case a clock was wrong.
const SLOP: usize = 64;

/// The commits of a range, the oldest first.
#[derive(Debug)]
pub struct Range<'r> {
    repository: &'r Repository,
    tip: ObjectId,
    commits: Vec<ObjectId>,
    /// Whether a commit of the range has parents that are not here.
    is_cut: bool,
}

/// What was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RangeCounts {
    /// Commits of the range.
    pub commits: u64,
    /// Distinct blobs.
    pub blobs: u64,
}

impl<'r> Range<'r> {
    /// Reads `A..B` or `A...B`, which mean the same here: commits that B reaches and A does not. Forty zeros for A, which hooks get for a new
    /// branch, stand for all that remote-tracking references hold.
    ///
    /// # Errors
    /// [`GitError::BadRange`] and [`GitError::UnknownRevision`].
    pub fn parse(repository: &'r Repository, text: &str) -> Result<Self, GitError> {
        let bad = || GitError::BadRange { text: crate::model::masked_text(text) };
        let (from, to) = text.split_once("...").or_else(|| text.split_once("..")).ok_or_else(bad)?;
        if to.contains("..") || (from.is_empty() && to.is_empty()) {
            return Err(bad());
        }
        let tip = repository.commit(to)?;
        let is_new = from.len() >= 40 && from.bytes().all(|byte| byte == b'0');
        let known = if is_new {
            let remotes = Refs::new(repository).all().into_iter().filter(|(name, _)| name.starts_with("refs/remotes/"));
            let mut objects = repository.objects();
            remotes.filter_map(|(_, id)| revision::peel(id, &mut objects)).collect()
        } else {
            vec![repository.commit(from)?]
        };
        let (commits, is_cut) = between(repository, tip, &known);
        Ok(Self { repository, tip, commits, is_cut })
    }

    /// Hands everything that the commits bring in to `visitor`. `wants` is asked for each path first.
    pub fn read(&self, limit: u64, wants: &dyn Fn(&str) -> Choice, visitor: &mut dyn Visitor) -> RangeCounts {
        let mut objects = self.repository.objects();
        let mut tip_tree = Tip { objects: self.repository.objects(), known: HashMap::new() };
        // What several commits bring in is read for each: which of them it is news in shows only when all are known.
        let mut seen = HashSet::new();
        let mut counts = RangeCounts::default();
        let tip = revision::read(self.tip, &mut objects).map(|commit| commit.tree);
        for &id in &self.commits {
            let Some(commit) = revision::read(id, &mut objects) else { continue };
            counts.commits += 1;
            let origin = |object, in_head| Origin {
                commit: Some(id.to_string()),
                author_time: commit.author_time.rfc3339(),
                object: Some(object),
                in_head,
                ..Origin::plain(OriginKind::Diff)
            };
            if let Ok((_, bytes)) = objects.get(&id, LARGEST_COMMIT) {
                let origin = origin(ObjectKind::CommitMessage, false);
                let bytes = message(bytes).1;
                visitor.visit(Entry::Blob(Blob { path: COMMIT_MESSAGE, bytes, origin: &origin, private: false }));
            }
            let parents = Self::trees_before(&commit, &mut objects);
            let mut added = Vec::new();
            let mut changes = Changes { objects: &mut objects, missing: Vec::new(), visited: 0 };
            changes.added(Some(commit.tree), &parents, String::new(), 0, &mut added);
            for path in changes.missing {
                visitor.visit(Entry::skipped(path, SkipReason::Missing));
            }
            for (path, blob) in added {
                if !wants(&path).is_read(&path, visitor) {
                    continue;
                }
                let in_head = tip.and_then(|tip| tip_tree.lookup(tip, &path)) == Some(blob);
                match objects.get(&blob, limit) {
                    Ok((_, bytes)) => {
                        counts.blobs += u64::from(seen.insert(blob));
                        let origin = origin(ObjectKind::Blob, in_head);
                        visitor.visit(Entry::Blob(Blob { path: &path, bytes, origin: &origin, private: false }));
                    }
                    Err(absent) => visitor.visit(Entry::skipped(path, absent.into())),
                }
            }
        }
        if self.is_cut {
            visitor.visit(Entry::Notice(Notice {
                code: "missing-objects".into(),
                message: "the range reaches commits that are not in this clone".into(),
                help: Some("fetch the rest with `git fetch --unshallow`, or `fetch-depth: 0` in a workflow".into()),
                path: None,
                line: None,
            }));
        }
        counts
    }

    /// Calls `read` with the content of every file that the commit called `id` changes or removes, as it was before.
    pub fn before(&self, id: &str, limit: u64, read: &mut dyn FnMut(&str, &[u8])) {
        let mut objects = self.repository.objects();
        let commit = ObjectId::from_hex(id.as_bytes()).ok().and_then(|id| revision::read(id, &mut objects));
        let Some(commit) = commit else { return };
        let mut old = BTreeSet::new();
        for parent in Self::trees_before(&commit, &mut objects) {
            let mut changes = Changes { objects: &mut objects, missing: Vec::new(), visited: 0 };
            let mut gone = Vec::new();
            changes.added(parent, &[Some(commit.tree)], String::new(), 0, &mut gone);
            old.extend(gone);
        }
        for (path, blob) in old {
            if let Ok((_, bytes)) = objects.get(&blob, limit) {
                read(&path, bytes);
            }
        }
    }

    fn trees_before(commit: &Commit, objects: &mut Objects) -> Vec<Option<ObjectId>> {
        commit
            .parents
            .iter()
            .filter_map(|parent| revision::read(*parent, objects))
            .map(|parent| Some(parent.tree))
            .collect()
    }
}

/// Commits that `tip` reaches and none of `known` does, the oldest first, and whether some of them have parents that are not here.
fn between(repository: &Repository, tip: ObjectId, known: &[ObjectId]) -> (Vec<ObjectId>, bool) {
    let mut objects = repository.objects();
    // Newest first. What is known is passed on to the parents; the walk ends when nothing but known commits waits.
    let mut waiting: BinaryHeap<(i64, ObjectId)> = BinaryHeap::new();
    let mut is_known: HashMap<ObjectId, bool> = HashMap::new();
    let mut order: Vec<(i64, ObjectId)> = Vec::new();
    let (mut is_cut, mut unknown_waiting, mut slop) = (false, 0_usize, SLOP);
    let tips = known.iter().map(|id| (*id, true)).chain([(tip, false)]);
    for (id, known) in tips {
        if let Some(commit) = revision::read(id, &mut objects)
            && let std::collections::hash_map::Entry::Vacant(place) = is_known.entry(id)
        {
            place.insert(known);
            unknown_waiting += usize::from(!known);
            waiting.push((commit.committed, id));
        }
    }
    while let Some((time, id)) = waiting.pop() {
        let known = is_known[&id];
        if !known {
            unknown_waiting = unknown_waiting.saturating_sub(1);
            order.push((time, id));
        }
        let Some(commit) = revision::read(id, &mut objects) else { continue };
        for parent in commit.parents {
            match is_known.get(&parent).copied() {
                None => match revision::read(parent, &mut objects) {
                    Some(read) => {
                        is_known.insert(parent, known);
                        unknown_waiting += usize::from(!known);
                        waiting.push((read.committed, parent));
                    }
                    None => is_cut |= !known,
                },
                Some(false) if known => {
                    is_known.insert(parent, true);
                    // It may have been passed already, by a wrong clock: then its parents must hear of it.
                    if waiting.iter().any(|(_, waiting)| *waiting == parent) {
                        unknown_waiting = unknown_waiting.saturating_sub(1);
                    } else if let Some(read) = revision::read(parent, &mut objects) {
                        waiting.push((read.committed, parent));
                    }
                }
                Some(_) => {}
            }
        }
        if unknown_waiting == 0 {
            if slop == 0 {
                break;
            }
            slop -= 1;
        }
    }
    order.retain(|(_, id)| !is_known[id]);
    order.sort_unstable();
    (order.into_iter().map(|(_, id)| id).collect(), is_cut)
}

/// The comparison of trees.
struct Changes<'s> {
    objects: &'s mut Objects,
    /// Folders that are not in this clone, or were not entered.
    missing: Vec<String>,
    /// Folders that were entered.
    visited: usize,
}

impl Changes<'_> {
    /// Adds the files of `tree` whose content stands at that path in none of `others`.
    fn added(
        &mut self,
        tree: Option<ObjectId>,
        others: &[Option<ObjectId>],
        folder: String,
        depth: usize,
        added: &mut Vec<(String, ObjectId)>,
    ) {
        let Some(tree) = tree.filter(|tree| !others.contains(&Some(*tree))) else { return };
        // Folders that hold the same folder many times over multiply; what is left out is said.
        self.visited += 1;
        if depth > DEEPEST || self.visited > MOST_FOLDERS || added.len() > MOST_FILES {
            if self.missing.len() < MOST_MISSING {
                self.missing.push(folder);
            }
            return;
        }
        let Some(own) = self.objects.folder(&tree) else {
            self.missing.push(folder);
            return;
        };
        let others: Vec<_> = others.iter().flatten().filter_map(|other| self.objects.folder(other)).collect();
        for (name, (kind, id)) in own {
            let before: Vec<(EntryKind, ObjectId)> =
                others.iter().filter_map(|other| other.get(&name).copied()).collect();
            if kind == EntryKind::Submodule || before.contains(&(kind, id)) {
                continue;
            }
            let name = String::from_utf8_lossy(&name);
            let path = if folder.is_empty() { name.into_owned() } else { format!("{folder}/{name}") };
            if kind == EntryKind::Tree {
                let trees: Vec<Option<ObjectId>> =
                    before.iter().filter(|(kind, _)| *kind == EntryKind::Tree).map(|(_, id)| Some(*id)).collect();
                self.added(Some(id), &trees, path, depth + 1, added);
            } else {
                added.push((path, id));
            }
        }
    }
}

/// The trees of the last commit, each read once.
struct Tip {
    objects: Objects,
    known: HashMap<ObjectId, Folder>,
}

impl Tip {
    /// The object at `path` below `tree`.
    fn lookup(&mut self, tree: ObjectId, path: &str) -> Option<ObjectId> {
        let mut at = tree;
        for part in path.split('/') {
            if !self.known.contains_key(&at) {
                let folder = self.objects.folder(&at)?;
                self.known.insert(at, folder);
            }
            at = self.known.get(&at)?.get(part.as_bytes())?.1;
        }
        Some(at)
    }
}
