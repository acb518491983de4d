//! The way down from trees to the blobs in question: all their paths there, as long as those are not too many.
//!
//! Folders that hold the same folder many times over multiply. Each tree is entered at each of its paths once, and only at the first when there
//! are too many, so that every blob has a path.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    time::Instant,
};

use gix_hash::ObjectId;

use super::{
    History,
    beginnings::Beginnings,
    budget::{Budget, Stop},
    folders::{Folder, Folders, TOP},
    named::{Asked, Named},
    object::EntryKind,
    trees::Trees,
    way::{self, Targets},
};

/// Paths beyond the first of each blob.
const MOST_FURTHER_PATHS: usize = 10_000;
/// Bytes of those paths.
const MOST_FURTHER_BYTES: usize = 64 << 20;
/// Entries of trees that are looked at again because they stand at a further path.
const MOST_FURTHER_ENTRIES: usize = 2_000_000;
/// Folders that are entered, names within folders included.
const MOST_FOLDERS: usize = 4_000_000;

/// The trees below some others that lead to blobs in question, with the names they have there.
pub(super) struct Descents<'d> {
    targets: &'d Targets,
    named: Named,
}

impl<'d> Descents<'d> {
    /// Finds what leads on below `tops`.
    pub(super) fn find(
        history: &History<'_>,
        trees: &Trees,
        targets: &'d Targets,
        tops: &[u32],
        budget: &mut Budget,
        deadline: Option<Instant>,
    ) -> Self {
        let mut leading: Vec<u32> = way::leading(trees, targets, tops, budget).into_iter().collect();
        leading.sort_unstable();
        let ids = leading.iter().filter_map(|tree| history.id(*tree)).chain(targets.ids.iter().copied());
        let named = Asked {
            trees: &leading,
            children: Beginnings::of(ids),
            keeps: &|_, child, kind| match kind {
                EntryKind::Tree => leading.binary_search(&child).is_ok(),
                EntryKind::Blob => targets.place(child).is_some(),
                EntryKind::Submodule => false,
            },
            most: MOST_FURTHER_PATHS,
            deadline,
        };
        Self { targets, named: named.named(history) }
    }

    /// Why not all is known, if that is so.
    pub(super) fn stop(&self) -> Option<Stop> {
        self.named.stop
    }

    /// The paths of all blobs in question below `top`.
    pub(super) fn paths(&self, top: u32, budget: &mut Budget) -> BTreeMap<ObjectId, BTreeSet<String>> {
        let mut descent = Descent::new(self, Further::default());
        descent.run(top, budget);
        descent.found
    }

    /// A path of each of the blobs in question below `tops`, in the first of them that leads to it. Tops can lie in one another, so what was entered
    /// from one is not entered from the next.
    pub(super) fn first_paths(&self, tops: &[u32], budget: &mut Budget) -> BTreeMap<ObjectId, String> {
        let mut descent = Descent::new(self, Further::none());
        for top in tops {
            descent.run(*top, budget);
        }
        let first = |(id, paths): (ObjectId, BTreeSet<String>)| Some((id, paths.into_iter().next()?));
        descent.found.into_iter().filter_map(first).collect()
    }
}

/// What was spent on paths beyond the first.
#[derive(Default)]
struct Further {
    paths: usize,
    bytes: usize,
    entries: usize,
}

impl Further {
    /// Room for no further paths.
    fn none() -> Self {
        Self { paths: MOST_FURTHER_PATHS + 1, bytes: 0, entries: 0 }
    }

    /// Whether there is room for another path.
    fn has_room(&self) -> bool {
        self.paths <= MOST_FURTHER_PATHS && self.bytes <= MOST_FURTHER_BYTES
    }

    /// Whether one path of each blob must do from now on.
    fn is_enough(&self) -> bool {
        !self.has_room() || self.entries > MOST_FURTHER_ENTRIES
    }
}

/// A descent under way.
struct Descent<'d> {
    all: &'d Descents<'d>,
    folders: Folders,
    /// Trees, each with a folder in which it stands, that wait.
    open: Vec<(u32, Folder)>,
    /// Trees, each with a folder, that waited or wait.
    met: HashSet<(u32, Folder)>,
    /// Trees that were entered.
    entered: HashSet<u32>,
    further: Further,
    found: BTreeMap<ObjectId, BTreeSet<String>>,
}

impl<'d> Descent<'d> {
    fn new(all: &'d Descents<'d>, further: Further) -> Self {
        let (open, met, entered, found) = (Vec::new(), HashSet::new(), HashSet::new(), BTreeMap::new());
        Self { all, folders: Folders::new(), open, met, entered, further, found }
    }

    /// Enters `top` and what lies below it.
    fn run(&mut self, top: u32, budget: &mut Budget) {
        self.open = vec![(top, TOP)];
        while let Some((tree, folder)) = self.open.pop() {
            let is_first = self.entered.insert(tree);
            if !is_first && self.further.is_enough() {
                continue;
            }
            let entries = self.enter(tree, folder);
            if !is_first {
                self.further.entries += 1 + entries;
            }
            if self.folders.len() > MOST_FOLDERS {
                budget.give_up();
            }
            // Further paths have a bound of their own.
            if !budget.spend(if is_first { 1 + entries } else { 0 }) {
                break;
            }
        }
    }

    /// Notes what `tree` holds at `folder`; tells how many entries that are.
    fn enter(&mut self, tree: u32, folder: Folder) -> usize {
        let Descents { targets, named } = self.all;
        let entries = named.entries(tree);
        let waiting = self.open.len();
        for entry in entries {
            let Some(target) = targets.place(entry.child) else {
                let Some(below) = self.folders.below(folder, entry.name, &named.words) else { continue };
                if self.met.insert((entry.child, below)) {
                    self.open.push((entry.child, below));
                }
                continue;
            };
            let id = targets.ids[target as usize];
            let is_further = self.found.contains_key(&id);
            if is_further && !self.further.has_room() {
                continue;
            }
            let path = self.folders.path(folder, entry.name, &named.words);
            if is_further {
                self.further.paths += 1;
                self.further.bytes += path.len();
            }
            self.found.entry(id).or_default().insert(path);
        }
        // The first in the tree is the first to be entered.
        self.open[waiting..].reverse();
        entries.len()
    }
}
