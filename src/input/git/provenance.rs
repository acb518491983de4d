//! Where objects come from: the commit in which a blob first stood, its path there and now, and the references that still hold it.
//!
//! Asked only when there is something to tell. All tree objects are then decoded once, in bulk, and of each is kept which trees it
//! holds; from the blobs in question the trees that lead to them are marked upwards. Commits are passed from the oldest on, and each marked
//! tree is entered once, so the whole costs one pass over trees and commits, however many blobs are asked for and however long the history.
//! Which references hold what is a spread of bits along the commits, 64 secrets at a time.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet},
    num::NonZeroU32,
    time::Instant,
};

use gix_hash::ObjectId;
use gix_object::Kind;
use rayon::prelude::*;

use super::{
    DEEPEST, History, LONGEST_PATH, Repository, TAGGED, TOO_DEEP,
    history::Known,
    holders,
    object::{EntryKind, Time, entries},
    refs::Refs,
    repository::Objects,
    revision::{self, LARGEST_COMMIT},
};
use crate::{input::Entry, model::Notice};

/// Paths in HEAD beyond the first of each blob.
const MOST_FURTHER_PATHS: usize = 10_000;
/// Blobs that one thread traces one after the other.
const TOGETHER: usize = 32;
/// Secrets that are followed along the commits at once.
const AT_ONCE: usize = 64;

/// Where a blob comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Traced {
    /// The oldest commit whose tree holds it.
    pub(super) commit: ObjectId,
    /// How many commits come before it.
    pub(super) position: u32,
    pub(super) author_time: Time,
    /// Its paths there.
    pub(super) paths: BTreeSet<String>,
    /// Its paths in HEAD, where it still stands.
    pub(super) head_paths: BTreeSet<String>,
    /// Whether only notes hold it.
    pub(super) is_note: bool,
}

impl Traced {
    /// The paths that are known, those in HEAD first.
    pub(super) fn all_paths(&self) -> impl Iterator<Item = &String> {
        self.head_paths.iter().chain(&self.paths)
    }
}

/// The commits of a repository, and which trees lead to the blobs in question.
pub struct Provenance<'h> {
    history: &'h History<'h>,
    repository: &'h Repository,
    /// Parents before children, and otherwise from the oldest on.
    commits: Vec<Known>,
    by_id: HashMap<ObjectId, u32>,
    /// For each commit its parents that are here.
    parents: Vec<Box<[u32]>>,
    /// For each commit its tree, if that is marked.
    roots: Vec<Option<Slot>>,
    /// The trees that lead to a blob in question.
    marked: Vec<Marked>,
    /// For each object its place among them.
    slots: Vec<Option<Slot>>,
    missing_trees: bool,
}

/// Place of a tree among those that are marked, from 1.
type Slot = NonZeroU32;

/// What a tree that leads to a blob in question holds.
#[derive(Debug)]
struct Marked {
    /// Its number.
    tree: u32,
    blobs: Vec<ObjectId>,
    /// Of the trees in it those that lead on.
    trees: Vec<Slot>,
}

/// From where a tree was entered first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// It was not.
    Never,
    /// A commit.
    Root,
    /// This one, which lies so many folders deep.
    From(Slot, usize),
}

/// How the oldest commits led to the trees and blobs in question.
struct Way {
    /// For each marked tree.
    steps: Vec<Step>,
    /// For each blob.
    first: HashMap<ObjectId, First>,
}

/// The commit that had a blob first, and the trees that held it there.
type First = (u32, Vec<Slot>);

impl<'h> Provenance<'h> {
    pub(super) fn new(
        history: &'h History<'h>,
        repository: &'h Repository,
        mut commits: Vec<Known>,
        targets: &BTreeSet<ObjectId>,
        deadline: Option<Instant>,
    ) -> Self {
        // A repository is the same whichever way its objects are stored, and so is the order.
        commits.sort_unstable_by_key(|known| (known.commit.committed, known.id));
        commits.dedup_by_key(|known| known.id);
        let commits = parents_first(commits);
        let by_id: HashMap<ObjectId, u32> = (0..).zip(&commits).map(|(at, known)| (known.id, at)).collect();
        let here = |known: &Known| known.commit.parents.iter().filter_map(|id| by_id.get(id).copied()).collect();
        let parents = commits.iter().map(here).collect();
        let (roots, marked, slots) = (Vec::new(), Vec::new(), Vec::new());
        let mut provenance =
            Self { history, repository, commits, by_id, parents, roots, marked, slots, missing_trees: false };
        if !targets.is_empty() || repository.limits.partial {
            provenance.mark(targets, deadline);
        }
        let root = |known: &Known| history.number(&known.commit.tree).and_then(|tree| provenance.slot(tree));
        provenance.roots = provenance.commits.iter().map(root).collect();
        provenance
    }

    /// The place of a tree, by its number, among those that are marked.
    fn slot(&self, tree: u32) -> Option<Slot> {
        self.slots.get(tree as usize).copied().flatten()
    }

    fn at(&self, slot: Slot) -> &Marked {
        &self.marked[slot.get() as usize - 1]
    }

    /// Marks a tree; tells whether it was not yet.
    fn put(&mut self, tree: u32) -> (Slot, bool) {
        if let Some(slot) = self.slot(tree) {
            return (slot, false);
        }
        self.marked.push(Marked { tree, blobs: Vec::new(), trees: Vec::new() });
        let slot = u32::try_from(self.marked.len()).ok().and_then(Slot::new).expect("trees are counted in 32 bits");
        self.slots[tree as usize] = Some(slot);
        (slot, true)
    }

    /// Finds the trees that lead to `targets`.
    fn mark(&mut self, targets: &BTreeSet<ObjectId>, deadline: Option<Instant>) {
        let (history, repository) = (self.history, self.repository);
        let found = holders::find(history, repository.hash, targets, repository.limits.partial, deadline);
        self.missing_trees = found.missing;
        self.slots = vec![None; history.len()];
        let mut open = Vec::new();
        for (blob, tree) in found.blobs {
            let (slot, is_new) = self.put(tree);
            self.marked[slot.get() as usize - 1].blobs.push(blob);
            open.extend(is_new.then_some(slot));
        }
        // Upwards, each tree once: nesting may be as deep as somebody likes to forge it.
        while let Some(below) = open.pop() {
            for &holder in found.holders.of_tree(self.at(below).tree) {
                let (slot, is_new) = self.put(holder);
                self.marked[slot.get() as usize - 1].trees.push(below);
                open.extend(is_new.then_some(slot));
            }
        }
        // In an order that does not depend on how objects are stored.
        let numbers: Vec<u32> = self.marked.iter().map(|marked| marked.tree).collect();
        for marked in self.marked.iter_mut().filter(|marked| marked.trees.len() > 1) {
            marked.trees.sort_by_cached_key(|slot| history.id(numbers[slot.get() as usize - 1]));
            marked.trees.dedup();
        }
    }

    /// What must be said about commits and trees that are not here.
    pub(super) fn missing(&self) -> Vec<Entry<'static>> {
        let is_here = |id: &ObjectId| self.by_id.contains_key(id);
        let cut = self.commits.iter().any(|known| !known.commit.parents.iter().all(is_here));
        let refs = Refs::new(self.repository);
        let mut objects = self.repository.objects();
        let dangling = refs.all().values().filter(|id| !objects.contains(id)).count();
        let head_is_here = refs
            .get("HEAD")
            .is_none_or(|head| revision::read(head, &mut objects).is_some_and(|commit| objects.contains(&commit.tree)));
        let is_short = (cut || self.missing_trees || dangling > 0 || !head_is_here) && !self.repository.limits.shallow;
        let (code, message, help) = if self.repository.limits.partial {
            let help = "scan a full clone, or fetch everything with `git fetch --refetch --no-filter`";
            ("partial-clone", "this clone is partial: some of its objects were never fetched", help)
        } else {
            let help = "fetch them again, or run `git fsck` to see what is missing";
            ("missing-objects", "commits or files that this repository refers to are not in it", help)
        };
        let (code, message, help) = (code.to_owned(), message.to_owned(), Some(help.to_owned()));
        let notice = is_short.then_some(Notice { code, message, help, path: None, line: None });
        notice.into_iter().map(Entry::Notice).collect()
    }

    /// Where each of `blobs` comes from; `None` for one that no commit holds. In the order of ids.
    pub(super) fn traced(&self, blobs: &BTreeSet<ObjectId>) -> Vec<(ObjectId, Option<Traced>)> {
        let notes = self.only_notes(blobs);
        let mut way = Way { steps: vec![Step::Never; self.marked.len()], first: HashMap::new() };
        for (at, root) in (0_u32..).zip(&self.roots) {
            if let Some(root) = root {
                self.enter(*root, at, &mut way);
            }
        }
        let mut objects = self.repository.objects();
        let head = self.history.head().and_then(|id| revision::read(id, &mut objects));
        let mut in_head: BTreeMap<ObjectId, BTreeSet<String>> = BTreeMap::new();
        if let Some(head) = head {
            self.paths(head.tree, "", 0, &mut in_head, &mut objects);
        }
        // Versions of a folder lie side by side, and are derived from one another.
        let mut found: Vec<(&ObjectId, Option<&First>)> = blobs.iter().map(|id| (id, way.first.get(id))).collect();
        let place = |trees: &[Slot]| trees.first().map(|tree| self.history.place(self.at(*tree).tree));
        found.sort_by_cached_key(|(id, first)| (first.and_then(|(_, trees)| place(trees)), **id));
        let start = || (self.repository.objects(), HashMap::new());
        let trace = |(objects, names): &mut (Objects, HashMap<Slot, String>),
                     (id, first): (&ObjectId, Option<&First>)| {
            let traced = first.map(|(at, trees)| {
                let known = &self.commits[*at as usize];
                let mut paths = BTreeSet::new();
                for tree in trees {
                    let folder = self.folder(*tree, &way.steps, names, objects);
                    paths.extend(self.names_in(*tree, id, &folder, objects));
                }
                Traced {
                    position: *at,
                    commit: known.id,
                    author_time: known.commit.author_time,
                    paths,
                    head_paths: in_head.get(id).cloned().unwrap_or_default(),
                    is_note: notes.contains(id),
                }
            });
            (*id, traced)
        };
        let mut traced: Vec<_> = found.into_par_iter().with_min_len(TOGETHER).map_init(start, trace).collect();
        traced.sort_unstable_by_key(|(id, _)| *id);
        traced
    }

    /// Enters the marked trees at and below `root` that no older commit has, and notes the blobs that are met for the first time.
    fn enter(&self, root: Slot, commit: u32, way: &mut Way) {
        let mut open = vec![(root, Step::Root)];
        while let Some((tree, step)) = open.pop() {
            let known = &mut way.steps[tree.get() as usize - 1];
            if *known != Step::Never {
                continue;
            }
            *known = step;
            let marked = self.at(tree);
            for blob in &marked.blobs {
                let (first, trees) = way.first.entry(*blob).or_insert_with(|| (commit, Vec::new()));
                if *first == commit {
                    trees.push(tree);
                }
            }
            let depth = if let Step::From(_, depth) = step { depth + 1 } else { 0 };
            open.extend(marked.trees.iter().map(|child| (*child, Step::From(tree, depth))));
        }
    }

    /// Path of `tree`, which was entered by `steps`, with a slash behind it; empty for a root.
    fn folder(&self, tree: Slot, steps: &[Step], names: &mut HashMap<Slot, String>, objects: &mut Objects) -> String {
        let mut chain = vec![tree];
        while let Step::From(above, depth) = steps[chain[chain.len() - 1].get() as usize - 1] {
            if depth >= DEEPEST {
                return format!("{TOO_DEEP}/");
            }
            if names.contains_key(&chain[chain.len() - 1]) {
                break;
            }
            chain.push(above);
        }
        let mut path = String::new();
        let mut above: Option<Slot> = None;
        while let Some(tree) = chain.pop() {
            path = match (names.get(&tree), above) {
                (Some(known), _) => known.clone(),
                (None, None) => String::new(),
                (None, Some(parent)) => {
                    let id = self.history.id(self.at(tree).tree);
                    let name = id.and_then(|id| self.names_in(parent, &id, &path, objects).into_iter().next());
                    name.map_or_else(|| path.clone(), |name| shortened(name + "/"))
                }
            };
            names.entry(tree).or_insert_with(|| path.clone());
            above = Some(tree);
        }
        path
    }

    /// The names under which `tree` holds `id`, each with `folder` in front.
    fn names_in(&self, tree: Slot, id: &ObjectId, folder: &str, objects: &mut Objects) -> Vec<String> {
        let Some(tree) = self.history.id(self.at(tree).tree) else { return Vec::new() };
        let Ok((Kind::Tree, bytes)) = objects.get(&tree, LARGEST_COMMIT) else { return Vec::new() };
        let same = entries(bytes, self.repository.hash).filter(|entry| **id == *entry.id);
        same.map(|entry| format!("{folder}{}", String::from_utf8_lossy(entry.name))).collect()
    }

    /// Adds the paths of all blobs in question below `tree`.
    fn paths(
        &self,
        tree: ObjectId,
        folder: &str,
        depth: usize,
        found: &mut BTreeMap<ObjectId, BTreeSet<String>>,
        objects: &mut Objects,
    ) {
        let Some(slot) = self.history.number(&tree).and_then(|number| self.slot(number)) else { return };
        let marked = self.at(slot);
        // Folders that hold the same folder many times over multiply: one path of each blob is enough then.
        if found.values().map(BTreeSet::len).sum::<usize>() > found.len() + MOST_FURTHER_PATHS {
            return;
        }
        let Ok((Kind::Tree, bytes)) = objects.get(&tree, LARGEST_COMMIT) else { return };
        let mut below = Vec::new();
        for entry in entries(bytes, self.repository.hash) {
            let name = String::from_utf8_lossy(entry.name);
            let path = if folder.is_empty() { name.into_owned() } else { format!("{folder}/{name}") };
            match entry.kind {
                EntryKind::Tree if depth < DEEPEST => below.push((entry.id.to_owned(), path)),
                EntryKind::Blob if marked.blobs.iter().any(|blob| **blob == *entry.id) => {
                    found.entry(entry.id.to_owned()).or_default().insert(path);
                }
                _ => {}
            }
        }
        for (tree, path) in below {
            self.paths(tree, &path, depth + 1, found, objects);
        }
    }

    pub(super) fn history(&self) -> &'h History<'h> {
        self.history
    }

    pub(super) fn hash(&self) -> gix_hash::Kind {
        self.repository.hash
    }

    /// Whether the tree with this number leads to a blob in question.
    pub(super) fn leads_on(&self, tree: u32) -> bool {
        self.slot(tree).is_some()
    }

    /// The trees of all commits that lead to a blob in question, parents before children.
    pub(super) fn roots(&self) -> impl Iterator<Item = u32> {
        self.roots.iter().flatten().map(|root| self.at(*root).tree)
    }

    /// How many commits come before the commit `id`.
    pub(super) fn position(&self, id: &ObjectId) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    /// For each set of blobs and commits, given by their ids, the references from which one of them can be reached, sorted.
    #[must_use]
    pub fn holders(&self, sets: &[BTreeSet<String>]) -> Vec<Vec<String>> {
        let parsed: Vec<BTreeSet<ObjectId>> = sets
            .iter()
            .map(|set| set.iter().filter_map(|id| ObjectId::from_hex(id.as_bytes()).ok()).collect())
            .collect();
        let mut objects = self.repository.objects();
        let tips: Vec<(String, Kind, ObjectId)> = Refs::new(self.repository)
            .all()
            .into_iter()
            .filter_map(|(name, id)| revision::target(id, &mut objects).map(|(kind, id)| (name, kind, id)))
            .collect();
        parsed.chunks(AT_ONCE).flat_map(|chunk| self.spread(chunk, &tips)).collect()
    }

    fn spread(&self, sets: &[BTreeSet<ObjectId>], tips: &[(String, Kind, ObjectId)]) -> Vec<Vec<String>> {
        let mut bits: HashMap<ObjectId, u64> = HashMap::new();
        for (at, set) in sets.iter().enumerate() {
            for id in set {
                *bits.entry(*id).or_default() |= 1 << at;
            }
        }
        let mut of_tree: Vec<Option<u64>> = vec![None; self.marked.len()];
        let mut of_commit = vec![0_u64; self.commits.len()];
        for (at, known) in self.commits.iter().enumerate() {
            let own = bits.get(&known.id).copied().unwrap_or(0);
            let inherited = self.parents[at].iter().fold(0, |all, parent| all | of_commit[*parent as usize]);
            let held = self.roots[at].map_or(0, |tree| self.bits_of_tree(tree, &bits, 0, &mut of_tree));
            of_commit[at] = own | inherited | held;
        }
        let mut of_tip = |kind: Kind, id: &ObjectId| match kind {
            Kind::Commit => self.by_id.get(id).map_or(0, |at| of_commit[*at as usize]),
            Kind::Tree => {
                let slot = self.history.number(id).and_then(|tree| self.slot(tree));
                slot.map_or(0, |tree| self.bits_of_tree(tree, &bits, 0, &mut of_tree))
            }
            _ => bits.get(id).copied().unwrap_or(0),
        };
        let held: Vec<u64> = tips.iter().map(|(_, kind, id)| of_tip(*kind, id)).collect();
        let holding = |at: usize| tips.iter().zip(&held).filter(move |(_, held)| (**held >> at) & 1 == 1);
        (0..sets.len()).map(|at| holding(at).map(|((name, ..), _)| name.clone()).collect()).collect()
    }

    /// Paths of those of `blobs` that no commit holds, but a tag does that names them or a tree with them.
    pub(super) fn tagged(&self, blobs: &BTreeSet<ObjectId>) -> BTreeMap<ObjectId, String> {
        let mut tagged = BTreeMap::new();
        if blobs.is_empty() {
            return tagged;
        }
        let mut objects = self.repository.objects();
        for id in Refs::new(self.repository).all().into_values() {
            match revision::target(id, &mut objects) {
                Some((Kind::Blob, id)) if blobs.contains(&id) => {
                    tagged.entry(id).or_insert_with(|| TAGGED.to_owned());
                }
                Some((Kind::Tree, tree)) => {
                    let mut found = BTreeMap::new();
                    self.paths(tree, "", 0, &mut found, &mut objects);
                    let first = |paths: BTreeSet<String>| paths.into_iter().next();
                    let named = found.into_iter().filter_map(|(id, paths)| Some((id, first(paths)?)));
                    tagged.extend(named.filter(|(id, _)| blobs.contains(id)));
                }
                _ => {}
            }
        }
        tagged
    }

    fn bits_of_tree(
        &self,
        tree: Slot,
        bits: &HashMap<ObjectId, u64>,
        depth: usize,
        known: &mut Vec<Option<u64>>,
    ) -> u64 {
        let at = tree.get() as usize - 1;
        if let Some(found) = known[at] {
            return found;
        }
        if depth >= DEEPEST {
            return 0;
        }
        let marked = self.at(tree);
        let mut all = marked.blobs.iter().filter_map(|blob| bits.get(blob)).fold(0, |all, bits| all | bits);
        for child in &marked.trees {
            all |= self.bits_of_tree(*child, bits, depth + 1, known);
        }
        known[at] = Some(all);
        all
    }

    /// Which of `blobs` are reached by notes and by nothing else.
    fn only_notes(&self, blobs: &BTreeSet<ObjectId>) -> HashSet<ObjectId> {
        let has_notes = Refs::new(self.repository).all().keys().any(|name| name.starts_with("refs/notes/"));
        if !has_notes || blobs.is_empty() {
            return HashSet::new();
        }
        let sets: Vec<BTreeSet<String>> = blobs.iter().map(|blob| BTreeSet::from([blob.to_string()])).collect();
        let holders = self.holders(&sets);
        let is_note =
            |names: &Vec<String>| !names.is_empty() && names.iter().all(|name| name.starts_with("refs/notes/"));
        blobs.iter().zip(&holders).filter(|(_, names)| is_note(names)).map(|(blob, _)| *blob).collect()
    }
}

/// `path`, or the end of it when no system could have one so long.
fn shortened(path: String) -> String {
    let from = path.ceil_char_boundary(path.len().saturating_sub(LONGEST_PATH));
    if from == 0 { path } else { path[from..].to_owned() }
}

/// Puts parents before children and keeps the order of `commits` otherwise. Commits of a circle, which only damage makes, come last.
fn parents_first(commits: Vec<Known>) -> Vec<Known> {
    let by_id: HashMap<ObjectId, u32> = (0..).zip(&commits).map(|(at, known)| (known.id, at)).collect();
    let mut children: Vec<Vec<u32>> = vec![Vec::new(); commits.len()];
    let mut waits_for = vec![0_u32; commits.len()];
    for (number, known) in (0_u32..).zip(&commits) {
        for parent in known.commit.parents.iter().filter_map(|parent| by_id.get(parent)) {
            children[*parent as usize].push(number);
            waits_for[number as usize] += 1;
        }
    }
    let free = (0_u32..).zip(&waits_for).filter(|(_, count)| **count == 0);
    let mut ready: BinaryHeap<Reverse<u32>> = free.map(|(at, _)| Reverse(at)).collect();
    let mut order = Vec::with_capacity(commits.len());
    while let Some(Reverse(at)) = ready.pop() {
        order.push(at);
        for &child in &children[at as usize] {
            waits_for[child as usize] -= 1;
            if waits_for[child as usize] == 0 {
                ready.push(Reverse(child));
            }
        }
    }
    order.extend((0_u32..).zip(&waits_for).filter(|(_, count)| **count > 0).map(|(at, _)| at));
    let mut commits: Vec<Option<Known>> = commits.into_iter().map(Some).collect();
    order.into_iter().filter_map(|at| commits[at as usize].take()).collect()
}
