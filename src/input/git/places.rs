//! Every path at which a blob ever stood, for a history that is read in part: it is read when one of them is asked for.
//!
//! The two paths that are cheap to know, the first and that in HEAD, mostly decide. For blobs of which neither is asked for the trees that lead
//! to them are decoded once more, in bulk, for their names, and followed from each commit on, oldest first. A tree is entered once for each
//! path it has, so the cost follows the changes of the history. What is beyond the bound counts as asked for.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    time::Instant,
};

use gix_hash::ObjectId;

use super::{
    beginnings::Beginnings,
    budget::{Budget, Stop},
    folders::{Folder, Folders, Name, TOP},
    marked::Marked,
    named::{Asked, Named},
    object::EntryKind,
    provenance::Provenance,
    way::Targets,
};

/// Trees at paths that are entered, and files that are asked about; a repository of a million commits has a few times as many.
const MOST_PLACES: usize = 8_000_000;
/// Bytes of a path that count as another place.
const BYTES_PER_PLACE: usize = 128;
/// Entries of a tree that count as another place.
const ENTRIES_PER_PLACE: usize = 128;

/// What the search came to.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// A path that is asked for, of the blobs that have one: the least of the first commit in which there is one.
    pub(super) wanted: HashMap<ObjectId, String>,
    /// Why not all was looked at, if that is so: then other blobs may have one too.
    pub(super) stop: Option<Stop>,
}

impl Provenance<'_> {
    /// Finds for each of `blobs` a path that `wants` asks for, among all at which it ever stood.
    pub(super) fn places(
        &self,
        blobs: &BTreeSet<ObjectId>,
        wants: &dyn Fn(&str) -> bool,
        deadline: Option<Instant>,
    ) -> Places {
        let mut places = Places::default();
        if blobs.is_empty() {
            return places;
        }
        let (history, targets) = (self.history(), Targets::new(self.history(), blobs.iter().copied()));
        let marked = match Marked::find(history, self.trees(), &targets.ids, deadline) {
            Ok(marked) => marked,
            Err(stop) => return Places { stop: Some(stop), ..places },
        };
        let ids = marked.trees().iter().filter_map(|tree| history.id(*tree)).chain(blobs.iter().copied());
        let named = Asked {
            trees: marked.trees(),
            children: Beginnings::of(ids),
            keeps: &|_, child, kind| match kind {
                EntryKind::Tree => marked.slot(child).is_some(),
                EntryKind::Blob => targets.place(child).is_some(),
                EntryKind::Submodule => false,
            },
            most: usize::MAX,
            deadline,
        };
        let mut search = Search::new(named.named(history), &targets, wants, Budget::new(MOST_PLACES, deadline));
        for root in self.roots().filter(|root| marked.slot(*root).is_some()) {
            if places.wanted.len() == blobs.len() || search.budget.stop().is_some() {
                break;
            }
            let found = search.enter(root, &places.wanted);
            places.wanted.extend(found);
        }
        places.stop = search.budget.stop();
        places
    }
}

/// A search under way.
struct Search<'s> {
    named: Named,
    /// The blobs in question.
    targets: &'s Targets,
    folders: Folders,
    /// Trees, each with a folder in which it was entered.
    entered: HashSet<(u32, Folder)>,
    /// What was said of each path.
    asked: HashMap<(Folder, Name), bool>,
    wants: &'s dyn Fn(&str) -> bool,
    budget: Budget,
}

impl<'s> Search<'s> {
    fn new(named: Named, targets: &'s Targets, wants: &'s dyn Fn(&str) -> bool, mut budget: Budget) -> Self {
        if let Some(stop) = named.stop {
            budget.end(stop);
        }
        let (entered, asked) = (HashSet::new(), HashMap::new());
        Self { named, targets, folders: Folders::new(), entered, asked, wants, budget }
    }

    /// Enters all below `root` that was not entered at its path before. Gives a path that is asked for of the blobs that have one and are not
    /// `known`.
    fn enter(&mut self, root: u32, known: &HashMap<ObjectId, String>) -> HashMap<ObjectId, String> {
        let mut found: HashMap<ObjectId, String> = HashMap::new();
        let mut open = Vec::new();
        if self.entered.insert((root, TOP)) && self.budget.spend(1) {
            open.push((root, TOP));
        }
        while let Some((tree, folder)) = open.pop() {
            let entries = self.named.entries(tree).len();
            if !self.budget.spend(entries / ENTRIES_PER_PLACE) {
                break;
            }
            for at in 0..entries {
                let entry = self.named.entries(tree)[at];
                let Some(target) = self.targets.place(entry.child) else {
                    let Some(below) = self.folders.below(folder, entry.name, &self.named.words) else { continue };
                    if self.entered.insert((entry.child, below)) && self.budget.spend(1) {
                        open.push((entry.child, below));
                    }
                    continue;
                };
                let blob = self.targets.ids[target as usize];
                if known.contains_key(&blob) {
                    continue;
                }
                let Some(path) = self.wanted(folder, entry.name) else { continue };
                if found.get(&blob).is_none_or(|least| path < *least) {
                    found.insert(blob, path);
                }
            }
        }
        found
    }

    /// The path of the file `name` in `folder`, if it is asked for.
    fn wanted(&mut self, folder: Folder, name: Name) -> Option<String> {
        let before = self.asked.get(&(folder, name)).copied();
        if before == Some(false) {
            return None;
        }
        let path = self.folders.path(folder, name, &self.named.words);
        if !self.budget.spend(1 + path.len() / BYTES_PER_PLACE) {
            return None;
        }
        let is_wanted = before.unwrap_or_else(|| (self.wants)(&path));
        self.asked.insert((folder, name), is_wanted);
        is_wanted.then_some(path)
    }
}
