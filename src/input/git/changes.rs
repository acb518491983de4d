//! What one tree has that others do not: folders that are the same are passed over by their id, so the cost follows the change.
//!
//! Trees come from a hostile repository. Folders that hold the same folder many times over multiply, names can be megabytes long and nesting
//! has no end; all of that is bounded, and what is left out is said.

use std::time::Instant;

use gix_hash::ObjectId;

use super::{DEEPEST, LONGEST_PATH, object::EntryKind, repository::Objects};
use crate::{
    input::{Entry, Visitor},
    model::{Notice, SkipReason},
};

/// Folders, files and bytes of paths that one comparison may come to; more is no commit of anybody's.
const MOST_FOLDERS: usize = 1_000_000;
const MOST_FILES: usize = 2_000_000;
const MOST_BYTES: usize = 256 << 20;
/// Folders that are named as not read.
const MOST_MISSING: usize = 100;

/// A file that one side has and the other does not: its path and content.
pub(super) type Added = (String, ObjectId);

/// The comparison of trees.
pub(super) struct Changes<'s> {
    pub(super) objects: &'s mut Objects,
    deadline: Option<Instant>,
    /// Folders that are not in this clone, or were not entered.
    missing: Vec<String>,
    /// Folders that were entered.
    visited: usize,
    /// Bytes of the paths that were given.
    bytes: usize,
    late: bool,
}

impl<'s> Changes<'s> {
    pub(super) fn new(objects: &'s mut Objects, deadline: Option<Instant>) -> Self {
        Self { objects, deadline, missing: Vec::new(), visited: 0, bytes: 0, late: false }
    }

    /// The files of `tree`, which lies at `folder`, whose content stands at that path in none of `others`.
    pub(super) fn added(&mut self, tree: ObjectId, others: &[ObjectId], folder: String) -> Vec<Added> {
        let mut added = Vec::new();
        self.enter(tree, others, folder, 0, &mut added);
        added
    }

    fn enter(&mut self, tree: ObjectId, others: &[ObjectId], folder: String, depth: usize, added: &mut Vec<Added>) {
        if others.contains(&tree) || self.is_over() {
            return;
        }
        self.visited += 1;
        let is_too_much = depth > DEEPEST || self.visited > MOST_FOLDERS || self.is_full(added);
        let own = if is_too_much { None } else { self.objects.folder(&tree) };
        let Some(own) = own else { return self.leave_out(folder) };
        let others: Vec<_> = others.iter().filter_map(|other| self.objects.folder(other)).collect();
        for (name, kind, id) in own.iter() {
            let before: Vec<(EntryKind, ObjectId)> = others.iter().flat_map(|other| other.named(name)).collect();
            if kind == EntryKind::Submodule || before.contains(&(kind, id)) {
                continue;
            }
            if folder.len() + name.len() > LONGEST_PATH || self.is_full(added) {
                self.leave_out(folder.clone());
                continue;
            }
            let path = joined(&folder, name);
            if kind == EntryKind::Tree {
                let trees = before.iter().filter(|(kind, _)| *kind == EntryKind::Tree);
                let trees: Vec<ObjectId> = trees.map(|(_, id)| *id).collect();
                self.enter(id, &trees, path, depth + 1, added);
            } else {
                self.bytes += path.len();
                added.push((path, id));
            }
        }
    }

    fn is_full(&self, added: &[Added]) -> bool {
        added.len() > MOST_FILES || self.bytes > MOST_BYTES
    }

    fn leave_out(&mut self, folder: String) {
        if self.missing.len() < MOST_MISSING && self.missing.last() != Some(&folder) {
            self.missing.push(folder);
        }
    }

    /// Whether the time is over.
    pub(super) fn is_over(&mut self) -> bool {
        self.late = self.late || self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        self.late
    }

    /// Tells `visitor` what was not compared.
    pub(super) fn say(self, visitor: &mut dyn Visitor) {
        for folder in self.missing {
            visitor.visit(Entry::skipped(folder, SkipReason::Missing));
        }
        if self.late {
            visitor.visit(Entry::Notice(Notice {
                code: "timed-out".into(),
                message: "the time given by --timeout was over before all changes were read".into(),
                help: Some("give more seconds".into()),
                path: None,
                line: None,
            }));
        }
    }
}

/// The path of `name` in `folder`, which is empty at the top.
pub(super) fn joined(folder: &str, name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    if folder.is_empty() { name.into_owned() } else { format!("{folder}/{name}") }
}
