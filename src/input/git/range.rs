//! A range of commits: what they bring in.
//!
//! For each commit that one side reaches and the other does not, the files are read whose content stands at that path in none of its
//! parents, so a merge shows what it adds by itself, and nothing else. The message is read too. Whole files are read, not patches; what was in
//! a file before is told apart afterwards by content ([`Range::before`]), so a key that only moved is not news.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    time::Instant,
};

use gix_hash::ObjectId;

use super::{
    COMMIT_MESSAGE, Choice, GitError, Repository, TAG_MESSAGE,
    changes::Changes,
    object::{Commit, merged_tags, message},
    refs::Refs,
    repository::{Folder, Objects},
    revision::{self, LARGEST_COMMIT},
    walk::{self, Between, Stored},
};
use crate::{
    input::{Entry, Visitor},
    model::{Blob, Notice, ObjectKind, Origin, OriginKind},
};

/// The commits of a range, the oldest first.
#[derive(Debug)]
pub struct Range<'r> {
    repository: &'r Repository,
    tip: ObjectId,
    commits: Vec<ObjectId>,
    /// Whether a commit of the range has parents that are not here.
    is_cut: bool,
    deadline: Option<Instant>,
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
    /// branch, stand for all that remote-tracking references hold: those of `remote`, when there is such a remote. Nothing is compared any more after
    /// `deadline`.
    ///
    /// # Errors
    /// [`GitError::BadRange`] and [`GitError::UnknownRevision`].
    pub fn parse(
        repository: &'r Repository,
        text: &str,
        remote: Option<&str>,
        deadline: Option<Instant>,
    ) -> Result<Self, GitError> {
        let bad = || GitError::BadRange { text: crate::model::masked_text(text) };
        let (from, to) = text.split_once("...").or_else(|| text.split_once("..")).ok_or_else(bad)?;
        if to.contains("..") || (from.is_empty() && to.is_empty()) {
            return Err(bad());
        }
        let tip = repository.commit(to)?;
        let is_new = from.len() >= 40 && from.bytes().all(|byte| byte == b'0');
        let known = if is_new { held_by(repository, remote) } else { vec![repository.commit(from)?] };
        let Between { commits, is_cut } = walk::between(&mut Stored::new(repository, deadline), tip, &known);
        Ok(Self { repository, tip, commits, is_cut, deadline })
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
                let own = origin(ObjectKind::CommitMessage, false);
                let text = message(bytes).1;
                visitor.visit(Entry::Blob(Blob { path: COMMIT_MESSAGE, bytes: text, origin: &own, private: false }));
                let of_tag = origin(ObjectKind::TagMessage, false);
                for bytes in merged_tags(bytes) {
                    let blob = Blob { path: TAG_MESSAGE, bytes: &bytes, origin: &of_tag, private: false };
                    visitor.visit(Entry::Blob(blob));
                }
            }
            let parents = Self::trees_before(&commit, &mut objects);
            let mut changes = Changes::new(&mut objects, self.deadline);
            for (path, blob) in changes.added(commit.tree, &parents, String::new()) {
                if changes.is_over() {
                    break;
                }
                if !wants(&path).is_read(&path, visitor) {
                    continue;
                }
                let in_head = tip.is_some_and(|tip| tip_tree.holds(tip, &path, blob));
                match changes.objects.get(&blob, limit) {
                    Ok((_, bytes)) => {
                        counts.blobs += u64::from(seen.insert(blob));
                        let origin = origin(ObjectKind::Blob, in_head);
                        visitor.visit(Entry::Blob(Blob { path: &path, bytes, origin: &origin, private: false }));
                    }
                    Err(absent) => visitor.visit(Entry::skipped(path, absent.into())),
                }
            }
            let is_over = changes.is_over();
            changes.say(visitor);
            if is_over {
                break;
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
            let mut changes = Changes::new(&mut objects, self.deadline);
            old.extend(changes.added(parent, &[commit.tree], String::new()));
        }
        for (path, blob) in old {
            if let Ok((_, bytes)) = objects.get(&blob, limit) {
                read(&path, bytes);
            }
        }
    }

    fn trees_before(commit: &Commit, objects: &mut Objects) -> Vec<ObjectId> {
        commit.parents.iter().filter_map(|parent| revision::read(*parent, objects)).map(|parent| parent.tree).collect()
    }
}

/// Commits that `remote` is known to have; without one, or when there is none of that name, that any remote has.
fn held_by(repository: &Repository, remote: Option<&str>) -> Vec<ObjectId> {
    let refs = Refs::new(repository).all();
    let below = |folder: String| refs.keys().any(|name| name.starts_with(&folder)).then_some(folder);
    let own = remote.and_then(|remote| {
        let folder = format!("refs/remotes/{remote}/");
        // A remote that nothing was pushed to yet has nothing.
        if repository.remotes.contains(remote) { Some(folder) } else { below(folder) }
    });
    let folder = own.unwrap_or_else(|| "refs/remotes/".to_owned());
    let mut objects = repository.objects();
    let held = refs.iter().filter(|(name, _)| name.starts_with(&folder));
    held.filter_map(|(_, id)| revision::peel(*id, &mut objects)).collect()
}

/// The trees of the last commit, each read once.
struct Tip {
    objects: Objects,
    known: HashMap<ObjectId, Folder>,
}

impl Tip {
    /// Whether `blob` stands at `path` below `tree`.
    fn holds(&mut self, tree: ObjectId, path: &str, blob: ObjectId) -> bool {
        let mut at = vec![tree];
        for part in path.split('/') {
            let mut below = Vec::new();
            for tree in at {
                if !self.known.contains_key(&tree) {
                    let folder = self.objects.folder(&tree).unwrap_or_default();
                    self.known.insert(tree, folder);
                }
                below.extend(self.known.get(&tree).into_iter().flat_map(|folder| folder.named(part.as_bytes())));
            }
            at = below.into_iter().map(|(_, id)| id).collect();
            at.sort_unstable();
            at.dedup();
        }
        at.contains(&blob)
    }
}
