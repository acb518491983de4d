//! Every path at which a blob ever stood, for a history that is read in part: it is read when one of them is asked for.
//!
//! The two paths that are cheap to know, the first and that in HEAD, mostly decide. For blobs of which neither is asked for the trees that lead
//! to them are decoded once more, in bulk, for their names, and followed from each commit on, oldest first. A tree is entered once for each
//! path it has, so the cost follows the changes of the history. What is beyond the bound counts as asked for.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Mutex, PoisonError},
    time::Instant,
};

use gix_hash::{ObjectId, oid};
use gix_object::Kind;

use super::{
    History,
    budget::{Budget, Stop},
    folders::{Folder, Folders, Name, TOP, Words},
    marked::Marked,
    object::{EntryKind, entries},
    pack::{Derived, Item, Sink},
    provenance::Provenance,
    revision::LARGEST_COMMIT,
};
use crate::model::SkipReason;

/// Trees at paths that are entered, and files that are asked about; a repository of a million commits has a few times as many.
const MOST_PLACES: usize = 8_000_000;
/// Bytes of a path that count as another place.
const BYTES_PER_PLACE: usize = 128;
/// Entries that lead to blobs in question, and bytes of their names, that are kept of all trees.
const MOST_ENTRIES: usize = 1 << 24;
const MOST_BYTES: usize = 256 << 20;

/// What the search came to.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// A path that is asked for, of the blobs that have one: the least of the first commit in which there is one.
    pub(super) wanted: HashMap<ObjectId, String>,
    /// Why not all was looked at, if that is so: then other blobs may have one too.
    pub(super) stop: Option<Stop>,
}

/// The names of a tree that lead to blobs in question.
#[derive(Debug, Default)]
struct Named {
    folders: Vec<(Name, u32)>,
    files: Vec<(Name, ObjectId)>,
}

/// Collects names.
struct Gatherer<'g> {
    marked: &'g Marked,
    history: &'g History<'g>,
    hash: gix_hash::Kind,
    blobs: &'g BTreeSet<ObjectId>,
    deadline: Option<Instant>,
    gathered: Mutex<Gathered>,
}

#[derive(Default)]
struct Gathered {
    words: Words,
    trees: HashMap<u32, Named>,
    entries: usize,
    is_full: bool,
}

impl Sink for Gatherer<'_> {
    type Trace = ();

    fn object(&self, item: Item<'_>, bytes: &[u8], _: Option<Derived<'_, ()>>) -> Option<()> {
        let own = Some(item.number).filter(|number| self.marked.slot(*number).is_some())?;
        let (mut folders, mut files) = (Vec::new(), Vec::new());
        for entry in entries(bytes, self.hash) {
            match entry.kind {
                EntryKind::Tree => {
                    let number = self.history.number(entry.id).filter(|number| self.marked.slot(*number).is_some());
                    folders.extend(number.map(|number| (entry.name, number)));
                }
                EntryKind::Blob if self.blobs.contains(entry.id) => files.push((entry.name, entry.id.to_owned())),
                _ => {}
            }
        }
        let mut gathered = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
        gathered.entries += folders.len() + files.len();
        if gathered.entries > MOST_ENTRIES || gathered.words.bytes() > MOST_BYTES {
            gathered.is_full = true;
            return None;
        }
        let folders = folders.into_iter().map(|(name, tree)| (gathered.words.number(name), tree)).collect();
        let files = files.into_iter().map(|(name, id)| (gathered.words.number(name), id)).collect();
        gathered.trees.insert(own, Named { folders, files });
        None
    }

    fn absent(&self, _: &oid, _: SkipReason) {}

    fn is_over(&self) -> bool {
        // The search looks at the clock too, and says so.
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
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
        let (history, hash) = (self.history(), self.hash());
        let ids: Vec<ObjectId> = blobs.iter().copied().collect();
        let marked = match Marked::find(history, self.trees(), &ids, deadline) {
            Ok(marked) => marked,
            Err(stop) => return Places { stop: Some(stop), ..places },
        };
        let marked = &marked;
        let gatherer = Gatherer { marked, history, hash, blobs, deadline, gathered: Mutex::default() };
        history.each(&[Kind::Tree], LARGEST_COMMIT, &gatherer);
        let found = gatherer.gathered.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut search = Search::new(found, wants, Budget::new(MOST_PLACES, deadline));
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
    trees: HashMap<u32, Named>,
    words: Words,
    folders: Folders,
    /// Trees, each with a folder in which it was entered.
    entered: HashSet<(u32, Folder)>,
    /// What was said of each path.
    asked: HashMap<(Folder, Name), bool>,
    wants: &'s dyn Fn(&str) -> bool,
    budget: Budget,
}

impl<'s> Search<'s> {
    fn new(gathered: Gathered, wants: &'s dyn Fn(&str) -> bool, mut budget: Budget) -> Self {
        let Gathered { words, trees, is_full, .. } = gathered;
        if is_full {
            budget.give_up();
        }
        let (entered, asked) = (HashSet::new(), HashMap::new());
        Self { trees, words, folders: Folders::new(), entered, asked, wants, budget }
    }

    /// Enters all below `root` that was not entered at its path before. Gives a path that is asked for of the blobs that have one and are not
    /// `known`.
    fn enter(&mut self, root: u32, known: &HashMap<ObjectId, String>) -> HashMap<ObjectId, String> {
        let mut found: HashMap<ObjectId, String> = HashMap::new();
        let mut open = vec![(root, TOP)];
        while let Some((tree, folder)) = open.pop() {
            let Some(entries) = self.trees.get(&tree) else { continue };
            if !self.entered.insert((tree, folder)) {
                continue;
            }
            if !self.budget.spend(1) {
                break;
            }
            for (name, blob) in entries.files.iter().filter(|(_, blob)| !known.contains_key(blob)) {
                let before = self.asked.get(&(folder, *name)).copied();
                if before == Some(false) {
                    continue;
                }
                let path = self.folders.path(folder, *name, &self.words);
                if !self.budget.spend(1 + path.len() / BYTES_PER_PLACE) {
                    break;
                }
                if before.is_none() {
                    self.asked.insert((folder, *name), (self.wants)(&path));
                }
                if self.asked[&(folder, *name)] && found.get(blob).is_none_or(|least| path < *least) {
                    found.insert(*blob, path);
                }
            }
            for (name, tree) in &entries.folders {
                let below = self.folders.below(folder, *name, &self.words);
                open.extend(below.map(|below| (*tree, below)));
            }
        }
        found
    }
}
