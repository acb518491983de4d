//! Whether a commit ever held a file, told from the folders that lead to it and nothing else.
//!
//! A history is large and this question is asked in passing, so the newest commits are looked at and the search is given up after a while; what
//! was not found in that time is not known to be absent. Versions of a folder that were seen before are not opened again.

use std::{
    collections::{BinaryHeap, HashSet},
    time::{Duration, Instant},
};

use gix_hash::ObjectId;
use gix_object::Kind;

use super::{
    Repository,
    object::Commit,
    refs::Refs,
    repository::Objects,
    revision::{peel, read},
};

/// So many commits are looked at.
const MOST_COMMITS: usize = 20_000;

/// What is known of a file in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EverHeld {
    /// The newest of the commits that were looked at and held it.
    In(ObjectId),
    /// No commit held it.
    Never,
    /// None of those that were looked at did.
    NotFound,
}

impl Repository {
    /// Whether any commit that a reference leads to holds a file at `path`, as far as `time` goes.
    #[must_use]
    pub fn ever_held(&self, path: &str, time: Duration) -> EverHeld {
        let end = Instant::now().checked_add(time);
        let mut objects = self.objects();
        let refs = Refs::new(self);
        let tips: Vec<ObjectId> = refs.all().into_values().chain(refs.get("HEAD")).collect();
        let mut queue = Queue::default();
        for tip in tips {
            if let Some(id) = peel(tip, &mut objects) {
                queue.add(id, &mut objects);
            }
        }
        let mut looked = HashSet::new();
        while let Some((id, commit)) = queue.next() {
            if looked.insert(commit.tree) && holds(commit.tree, path, &mut objects) {
                return EverHeld::In(id);
            }
            if queue.seen.len() > MOST_COMMITS || end.is_some_and(|end| Instant::now() >= end) {
                return EverHeld::NotFound;
            }
            for parent in commit.parents {
                queue.add(parent, &mut objects);
            }
        }
        if self.limits.shallow || self.limits.partial || self.limits.reftable {
            EverHeld::NotFound
        } else {
            EverHeld::Never
        }
    }
}

/// Commits that wait, the newest first.
#[derive(Default)]
struct Queue {
    order: BinaryHeap<(i64, ObjectId)>,
    seen: HashSet<ObjectId>,
    commits: std::collections::HashMap<ObjectId, Commit>,
}

impl Queue {
    fn add(&mut self, id: ObjectId, objects: &mut Objects) {
        if !self.seen.insert(id) {
            return;
        }
        if let Some(commit) = read(id, objects) {
            self.order.push((commit.committed, id));
            self.commits.insert(id, commit);
        }
    }

    fn next(&mut self) -> Option<(ObjectId, Commit)> {
        let (_, id) = self.order.pop()?;
        self.commits.remove(&id).map(|commit| (id, commit))
    }
}

/// Whether a file lies at `path` below the folder `tree`.
fn holds(tree: ObjectId, path: &str, objects: &mut Objects) -> bool {
    let (folders, name) = path.rsplit_once('/').map_or((None, path), |(folders, name)| (Some(folders), name));
    let mut at = tree;
    for part in folders.into_iter().flat_map(|folders| folders.split('/')) {
        let Some(folder) = objects.folder(&at) else { return false };
        let Some((_, id)) = folder.named(part.as_bytes()).next() else { return false };
        at = id;
    }
    let found = objects.folder(&at).and_then(|folder| folder.named(name.as_bytes()).next().map(|(_, id)| id));
    found.is_some_and(|id| objects.kind(&id) == Some(Kind::Blob))
}
