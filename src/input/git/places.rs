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
    DEEPEST, History, LONGEST_PATH,
    changes::joined,
    marked::Marked,
    object::{EntryKind, entries},
    pack::{Derived, Item, Sink},
    provenance::Provenance,
    revision::LARGEST_COMMIT,
};
use crate::model::SkipReason;

/// Trees at paths that are entered; a repository of a million commits has a few times as many.
const MOST_PLACES: usize = 8_000_000;
/// Commits between two looks at the clock.
const COMMITS_PER_LOOK: usize = 256;

/// What the search came to.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// A path that is asked for, of the blobs that have one: the least of the first commit in which there is one.
    pub(super) wanted: HashMap<ObjectId, String>,
    /// Whether all was looked at; otherwise other blobs may have one too.
    pub(super) complete: bool,
}

/// A name within a folder, by number.
type Name = u32;

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
    numbers: HashMap<Vec<u8>, Name>,
    trees: HashMap<u32, Named>,
}

impl Gathered {
    fn number(&mut self, name: &[u8]) -> Name {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = Name::try_from(self.numbers.len()).unwrap_or(Name::MAX);
        self.numbers.insert(name.to_vec(), number);
        number
    }
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
        let folders = folders.into_iter().map(|(name, tree)| (gathered.number(name), tree)).collect();
        let files = files.into_iter().map(|(name, id)| (gathered.number(name), id)).collect();
        gathered.trees.insert(own, Named { folders, files });
        None
    }

    fn absent(&self, _: &oid, _: SkipReason) {}

    fn is_over(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
}

/// The paths of folders, by number.
struct Folders {
    by_name: HashMap<(u32, Name), u32>,
    paths: Vec<String>,
    depths: Vec<usize>,
}

impl Folders {
    /// The folder called `name` in `folder`; `None` when it lies too deep.
    fn below(&mut self, folder: u32, name: Name, names: &[Vec<u8>]) -> Option<u32> {
        if let Some(known) = self.by_name.get(&(folder, name)) {
            return Some(*known);
        }
        let (path, depth) = (joined(&self.paths[folder as usize], &names[name as usize]), self.depths[folder as usize]);
        if path.len() > LONGEST_PATH || depth >= DEEPEST {
            return None;
        }
        let number = u32::try_from(self.paths.len()).ok()?;
        self.paths.push(path);
        self.depths.push(depth + 1);
        self.by_name.insert((folder, name), number);
        Some(number)
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
        let mut places = Places { complete: true, ..Places::default() };
        if blobs.is_empty() {
            return places;
        }
        let (history, hash) = (self.history(), self.hash());
        let ids: Vec<ObjectId> = blobs.iter().copied().collect();
        let Some(marked) = Marked::find(history, self.trees(), &ids) else {
            return Places::default();
        };
        let marked = &marked;
        let gatherer = Gatherer { marked, history, hash, blobs, deadline, gathered: Mutex::default() };
        history.each(&[Kind::Tree], LARGEST_COMMIT, &gatherer);
        let named = gatherer.gathered.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut search = Search::new(named, wants);
        for (at, root) in self.roots().filter(|root| marked.slot(*root).is_some()).enumerate() {
            if places.wanted.len() == blobs.len() {
                break;
            }
            let is_over = at.is_multiple_of(COMMITS_PER_LOOK) && deadline.is_some_and(|end| Instant::now() >= end);
            if is_over {
                places.complete = false;
                break;
            }
            let found = search.enter(root, &places.wanted);
            places.wanted.extend(found);
        }
        places.complete &= !search.is_full();
        places
    }
}

/// A search under way.
struct Search<'s> {
    trees: HashMap<u32, Named>,
    names: Vec<Vec<u8>>,
    folders: Folders,
    /// Trees, each with a folder in which it was entered.
    entered: HashSet<(u32, u32)>,
    /// What was said of each path.
    asked: HashMap<(u32, Name), bool>,
    wants: &'s dyn Fn(&str) -> bool,
}

impl<'s> Search<'s> {
    fn new(gathered: Gathered, wants: &'s dyn Fn(&str) -> bool) -> Self {
        let Gathered { numbers, trees } = gathered;
        let mut names: Vec<(Name, Vec<u8>)> = numbers.into_iter().map(|(name, number)| (number, name)).collect();
        names.sort_unstable();
        let names = names.into_iter().map(|(_, name)| name).collect();
        let folders = Folders { by_name: HashMap::new(), paths: vec![String::new()], depths: vec![0] };
        Self { trees, names, folders, entered: HashSet::new(), asked: HashMap::new(), wants }
    }

    fn is_full(&self) -> bool {
        self.entered.len() > MOST_PLACES
    }

    /// Enters all below `root` that was not entered at its path before. Gives a path that is asked for of the blobs that have one and are not
    /// `known`.
    fn enter(&mut self, root: u32, known: &HashMap<ObjectId, String>) -> HashMap<ObjectId, String> {
        let mut found: HashMap<ObjectId, String> = HashMap::new();
        let mut open = vec![(root, 0)];
        while let Some((tree, folder)) = open.pop() {
            let Some(entries) = self.trees.get(&tree) else { continue };
            if self.is_full() || !self.entered.insert((tree, folder)) {
                continue;
            }
            for (name, blob) in entries.files.iter().filter(|(_, blob)| !known.contains_key(blob)) {
                let path = || joined(&self.folders.paths[folder as usize], &self.names[*name as usize]);
                if *self.asked.entry((folder, *name)).or_insert_with(|| (self.wants)(&path())) {
                    let least = found.entry(*blob).or_insert_with(path);
                    let path = path();
                    if path < *least {
                        *least = path;
                    }
                }
            }
            for (name, tree) in &entries.folders {
                let below = self.folders.below(folder, *name, &self.names);
                open.extend(below.map(|below| (*tree, below)));
            }
        }
        found
    }
}
