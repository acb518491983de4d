//! The way down from one tree to the blobs in question: all their paths there, as long as those are not too many.
//!
//! Folders that hold the same folder many times over multiply. Each tree is entered at each of its paths once, and only at the first when there
//! are too many, so that every blob has a path.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use gix_hash::ObjectId;
use gix_object::Kind;

use super::{
    History,
    budget::Budget,
    folders::{Folder, Folders, TOP, Words},
    object::{EntryKind, entries},
    repository::Objects,
    revision::LARGEST_COMMIT,
    way::Targets,
};

/// Paths beyond the first of each blob.
const MOST_FURTHER_PATHS: usize = 10_000;
/// Bytes of those paths, and of trees that are decoded again because they stand at a further path.
const MOST_FURTHER_BYTES: usize = 64 << 20;
/// Folders that are entered, names within folders included.
const MOST_FOLDERS: usize = 8_000_000;

/// A descent under way.
pub(super) struct Descent<'d> {
    history: &'d History<'d>,
    targets: &'d Targets,
    /// The trees that lead to blobs in question.
    leading: &'d HashSet<u32>,
    objects: &'d mut Objects,
    budget: &'d mut Budget,
    words: Words,
    folders: Folders,
    /// Trees, each with a folder in which it stands, that wait.
    open: Vec<(u32, Folder)>,
    /// Trees, each with a folder, that waited or wait.
    met: HashSet<(u32, Folder)>,
    /// What was spent on paths beyond the first.
    further: (usize, usize),
    found: BTreeMap<ObjectId, BTreeSet<String>>,
}

impl<'d> Descent<'d> {
    pub(super) fn new(
        history: &'d History<'d>,
        targets: &'d Targets,
        leading: &'d HashSet<u32>,
        objects: &'d mut Objects,
        budget: &'d mut Budget,
    ) -> Self {
        let (words, folders, further) = (Words::default(), Folders::new(), (0, 0));
        let (open, met, found) = (Vec::new(), HashSet::new(), BTreeMap::new());
        Self { history, targets, leading, objects, budget, words, folders, open, met, further, found }
    }

    /// The paths of all blobs in question below `top`.
    pub(super) fn paths(mut self, top: u32) -> BTreeMap<ObjectId, BTreeSet<String>> {
        let mut entered = HashSet::new();
        self.open.push((top, TOP));
        while let Some((tree, folder)) = self.open.pop() {
            let is_first = entered.insert(tree);
            if !self.leading.contains(&tree) || !is_first && self.is_enough() {
                continue;
            }
            let length = self.enter(tree, folder);
            if !is_first {
                self.further.1 += length;
            }
            if self.folders.len() > MOST_FOLDERS {
                self.budget.give_up();
            }
            // To decode one tree can take as long as to look at thousands of entries.
            self.budget.look();
            // Further paths have a bound of their own.
            if !self.budget.spend(usize::from(is_first)) {
                break;
            }
        }
        self.found
    }

    /// Whether one path of each blob must do from now on.
    fn is_enough(&self) -> bool {
        self.further.0 > MOST_FURTHER_PATHS || self.further.1 > MOST_FURTHER_BYTES
    }

    /// Notes what `tree` holds at `folder`; gives its length.
    fn enter(&mut self, tree: u32, folder: Folder) -> usize {
        let Some(id) = self.history.id(tree) else { return 0 };
        let Ok((Kind::Tree, bytes)) = self.objects.get(&id, LARGEST_COMMIT) else { return 0 };
        let waiting = self.open.len();
        for entry in entries(bytes, id.kind()) {
            match entry.kind {
                EntryKind::Tree => {
                    let Some(below) = self.history.number(entry.id).filter(|tree| self.leading.contains(tree)) else {
                        continue;
                    };
                    let name = self.words.number(entry.name);
                    let Some(at) = self.folders.below(folder, name, &self.words) else { continue };
                    if self.met.insert((below, at)) {
                        self.open.push((below, at));
                    }
                }
                EntryKind::Blob if self.targets.contains(entry.id) => {
                    let is_further = self.found.contains_key(entry.id);
                    if is_further && (self.further.0 > MOST_FURTHER_PATHS || self.further.1 > MOST_FURTHER_BYTES) {
                        continue;
                    }
                    let name = self.words.number(entry.name);
                    let path = self.folders.path(folder, name, &self.words);
                    if is_further {
                        self.further = (self.further.0 + 1, self.further.1 + path.len());
                    }
                    self.found.entry(entry.id.to_owned()).or_default().insert(path);
                }
                _ => {}
            }
        }
        // The first in the tree is the first to be entered.
        self.open[waiting..].reverse();
        bytes.len()
    }
}
