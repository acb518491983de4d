//! Where objects come from: the commit in which a blob first stood, its path there and now, and the references that still hold it.
//!
//! Asked only when there is something to tell. All tree objects are then decoded once, in bulk, and of each is kept which trees it
//! holds; from the blobs in question the trees that lead to them are marked upwards. Commits are passed from the oldest on, and each marked
//! tree is entered once, so the whole costs one pass over trees and commits, however many blobs are asked for and however long the history.
//! Which references hold what is a spread of bits along the commits, 64 secrets at a time.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

use gix_hash::{ObjectId, oid};
use gix_object::Kind;

use super::{
    History, Repository,
    history::Known,
    object::{EntryKind, Time, entries},
    pack::{Derived, Sink},
    refs::Refs,
    repository::Objects,
    revision::{self, LARGEST_COMMIT},
};
use crate::{
    input::Entry,
    model::{Notice, SkipReason},
};

/// Folders are nested at most this deep.
const DEEPEST: usize = 1024;
/// Secrets that are followed along the commits at once.
const AT_ONCE: usize = 64;

/// Where a blob comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Traced {
    /// The oldest commit whose tree holds it.
    pub(super) commit: ObjectId,
    pub(super) author_time: Time,
    /// Its paths there.
    pub(super) paths: BTreeSet<String>,
    /// Its path in HEAD, when it still stands there.
    pub(super) head_path: Option<String>,
    /// Whether only notes hold it.
    pub(super) is_note: bool,
}

/// The commits of a repository, and which trees lead to the blobs in question.
pub struct Provenance<'h> {
    history: &'h History<'h>,
    repository: &'h Repository,
    /// From the oldest on: by time, then by id.
    commits: Vec<Known>,
    by_id: HashMap<ObjectId, u32>,
    /// Parents before children.
    order: Vec<u32>,
    marked: HashMap<u32, Vec<ObjectId>>,
    missing_trees: bool,
}

/// Collects which trees hold which.
struct Gatherer<'g> {
    history: &'g History<'g>,
    hash: gix_hash::Kind,
    targets: &'g BTreeSet<ObjectId>,
    /// First two bytes of each target: nearly all entries of a tree end here.
    prefixes: Vec<u64>,
    edges: Mutex<Edges>,
}

#[derive(Default)]
struct Edges {
    /// A tree, and one that holds it.
    trees: Vec<(u32, u32)>,
    /// A blob in question, and a tree that holds it.
    blobs: Vec<(ObjectId, u32)>,
    missing: bool,
}

fn prefix(id: &oid) -> usize {
    usize::from(u16::from_be_bytes([id.as_bytes()[0], id.as_bytes()[1]]))
}

impl Sink for Gatherer<'_> {
    type Trace = ();

    fn object(&self, _: Kind, id: &oid, bytes: &[u8], _: Option<Derived<'_, ()>>) -> Option<()> {
        let own = self.history.number(id)?;
        let (mut trees, mut blobs, mut missing) = (Vec::new(), Vec::new(), false);
        for entry in entries(bytes, self.hash) {
            match entry.kind {
                EntryKind::Tree => match self.history.number(entry.id) {
                    Some(child) => trees.push((child, own)),
                    None => missing = true,
                },
                EntryKind::Blob => {
                    let at = prefix(entry.id);
                    if (self.prefixes[at / 64] >> (at % 64)) & 1 == 1 && self.targets.contains(entry.id) {
                        blobs.push((entry.id.to_owned(), own));
                    }
                }
                EntryKind::Submodule => {}
            }
        }
        let mut edges = self.edges.lock().unwrap_or_else(PoisonError::into_inner);
        edges.trees.append(&mut trees);
        edges.blobs.append(&mut blobs);
        edges.missing |= missing;
        None
    }

    fn absent(&self, _: &oid, _: SkipReason) {
        self.edges.lock().unwrap_or_else(PoisonError::into_inner).missing = true;
    }

    fn is_over(&self) -> bool {
        false
    }
}

impl<'h> Provenance<'h> {
    pub(super) fn new(
        history: &'h History<'h>,
        repository: &'h Repository,
        mut commits: Vec<Known>,
        targets: &BTreeSet<ObjectId>,
    ) -> Self {
        commits.sort_unstable_by_key(|known| (known.commit.committed, known.id));
        let by_id: HashMap<ObjectId, u32> = (0..).zip(&commits).map(|(at, known)| (known.id, at)).collect();
        let order = topological(&commits, &by_id);
        let mut provenance =
            Self { history, repository, commits, by_id, order, marked: HashMap::new(), missing_trees: false };
        if !targets.is_empty() {
            provenance.mark(targets);
        }
        provenance
    }

    /// Finds the trees that lead to `targets`.
    fn mark(&mut self, targets: &BTreeSet<ObjectId>) {
        let mut prefixes = vec![0_u64; 1 << 10];
        for target in targets {
            prefixes[prefix(target) / 64] |= 1 << (prefix(target) % 64);
        }
        let (history, hash) = (self.history, self.repository.hash);
        let gatherer = Gatherer { history, hash, targets, prefixes, edges: Mutex::default() };
        history.each(&[Kind::Tree], LARGEST_COMMIT, &gatherer);
        let Edges { mut trees, mut blobs, missing } =
            gatherer.edges.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.missing_trees = missing;
        trees.sort_unstable();
        blobs.sort_unstable();
        // Upwards, from the trees that hold a blob to those that hold them.
        let mut open: Vec<u32> = blobs.iter().map(|(_, tree)| *tree).collect();
        while let Some(tree) = open.pop() {
            if self.marked.insert(tree, Vec::new()).is_some() {
                continue;
            }
            let from = trees.partition_point(|(child, _)| *child < tree);
            open.extend(trees[from..].iter().take_while(|(child, _)| *child == tree).map(|(_, parent)| *parent));
        }
        for (blob, tree) in blobs {
            self.marked.entry(tree).or_default().push(blob);
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
        let notice = is_short.then(|| Notice {
            code: "missing-objects".into(),
            message: "commits or files that this repository refers to are not in it".into(),
            help: Some("fetch them again, or run `git fsck` to see what is missing".into()),
            path: None,
            line: None,
        });
        notice.into_iter().map(Entry::Notice).collect()
    }

    /// Where each of `blobs` comes from; `None` for one that no commit holds. In the order of ids.
    pub(super) fn traced(&self, blobs: &BTreeSet<ObjectId>) -> Vec<(ObjectId, Option<Traced>)> {
        let mut first: HashMap<ObjectId, u32> = HashMap::new();
        let mut entered = HashSet::new();
        let mut objects = self.repository.objects();
        let notes = self.only_notes(blobs);
        for at in 0..self.commits.len() {
            let tree = self.commits[at].commit.tree;
            let at = u32::try_from(at).expect("a repository has fewer than four thousand million commits");
            self.enter(tree, at, 0, &mut entered, &mut first, &mut objects);
        }
        let head = self.history.head().and_then(|id| revision::read(id, &mut objects));
        let mut in_head: BTreeMap<ObjectId, BTreeSet<String>> = BTreeMap::new();
        if let Some(head) = head {
            self.paths(head.tree, String::new(), 0, &mut in_head, &mut objects);
        }
        let mut by_commit: HashMap<u32, BTreeMap<ObjectId, BTreeSet<String>>> = HashMap::new();
        let trace = |id: &ObjectId| {
            let traced = first.get(id).map(|at| {
                let known = &self.commits[*at as usize];
                let paths = by_commit.entry(*at).or_insert_with(|| {
                    let mut paths = BTreeMap::new();
                    self.paths(known.commit.tree, String::new(), 0, &mut paths, &mut objects);
                    paths
                });
                Traced {
                    commit: known.id,
                    author_time: known.commit.author_time,
                    paths: paths.get(id).cloned().unwrap_or_default(),
                    head_path: in_head.get(id).and_then(|paths| paths.first()).cloned(),
                    is_note: notes.contains(id),
                }
            });
            (*id, traced)
        };
        blobs.iter().map(trace).collect()
    }

    /// Enters a marked tree that no older commit has, and notes the blobs that are met for the first time.
    fn enter(
        &self,
        tree: ObjectId,
        commit: u32,
        depth: usize,
        entered: &mut HashSet<u32>,
        first: &mut HashMap<ObjectId, u32>,
        objects: &mut Objects,
    ) {
        let Some(number) = self.history.number(&tree) else { return };
        let Some(blobs) = self.marked.get(&number).filter(|_| depth < DEEPEST) else { return };
        if !entered.insert(number) {
            return;
        }
        for blob in blobs {
            first.entry(*blob).or_insert(commit);
        }
        for child in self.trees_in(tree, objects) {
            self.enter(child, commit, depth + 1, entered, first, objects);
        }
    }

    fn trees_in(&self, tree: ObjectId, objects: &mut Objects) -> Vec<ObjectId> {
        let Ok((Kind::Tree, bytes)) = objects.get(&tree, LARGEST_COMMIT) else { return Vec::new() };
        let trees = entries(bytes, self.repository.hash).filter(|entry| entry.kind == EntryKind::Tree);
        trees.map(|entry| entry.id.to_owned()).collect()
    }

    /// Adds the paths of all blobs in question below `tree`.
    fn paths(
        &self,
        tree: ObjectId,
        folder: String,
        depth: usize,
        found: &mut BTreeMap<ObjectId, BTreeSet<String>>,
        objects: &mut Objects,
    ) {
        let Some(blobs) = self.history.number(&tree).and_then(|number| self.marked.get(&number)) else { return };
        let Ok((Kind::Tree, bytes)) = objects.get(&tree, LARGEST_COMMIT) else { return };
        let mut below = Vec::new();
        for entry in entries(bytes, self.repository.hash) {
            let name = String::from_utf8_lossy(entry.name);
            let path = if folder.is_empty() { name.into_owned() } else { format!("{folder}/{name}") };
            match entry.kind {
                EntryKind::Tree if depth < DEEPEST => below.push((entry.id.to_owned(), path)),
                EntryKind::Blob if blobs.iter().any(|blob| **blob == *entry.id) => {
                    found.entry(entry.id.to_owned()).or_default().insert(path);
                }
                _ => {}
            }
        }
        for (tree, path) in below {
            self.paths(tree, path, depth + 1, found, objects);
        }
    }

    /// For each set of blobs and commits, given by their ids, the references from which one of them can be reached, sorted.
    #[must_use]
    pub fn holders(&self, sets: &[BTreeSet<String>]) -> Vec<Vec<String>> {
        let parsed: Vec<BTreeSet<ObjectId>> = sets
            .iter()
            .map(|set| set.iter().filter_map(|id| ObjectId::from_hex(id.as_bytes()).ok()).collect())
            .collect();
        let mut objects = self.repository.objects();
        let tips: Vec<(String, u32)> = Refs::new(self.repository)
            .all()
            .into_iter()
            .filter_map(|(name, id)| Some((name, *self.by_id.get(&revision::peel(id, &mut objects)?)?)))
            .collect();
        parsed.chunks(AT_ONCE).flat_map(|chunk| self.spread(chunk, &tips, &mut objects)).collect()
    }

    fn spread(&self, sets: &[BTreeSet<ObjectId>], tips: &[(String, u32)], objects: &mut Objects) -> Vec<Vec<String>> {
        let mut bits: HashMap<ObjectId, u64> = HashMap::new();
        for (at, set) in sets.iter().enumerate() {
            for id in set {
                *bits.entry(*id).or_default() |= 1 << at;
            }
        }
        let mut of_tree: HashMap<u32, u64> = HashMap::new();
        let mut of_commit = vec![0_u64; self.commits.len()];
        for &at in &self.order {
            let known = &self.commits[at as usize];
            let own = bits.get(&known.id).copied().unwrap_or(0);
            let parents = known.commit.parents.iter().filter_map(|parent| self.by_id.get(parent));
            let inherited = parents.fold(0, |all, parent| all | of_commit[*parent as usize]);
            of_commit[at as usize] =
                own | inherited | self.bits_of_tree(known.commit.tree, &bits, 0, &mut of_tree, objects);
        }
        (0..sets.len())
            .map(|at| {
                let holds = |tip: &&(String, u32)| (of_commit[tip.1 as usize] >> at) & 1 == 1;
                tips.iter().filter(holds).map(|(name, _)| name.clone()).collect()
            })
            .collect()
    }

    fn bits_of_tree(
        &self,
        tree: ObjectId,
        bits: &HashMap<ObjectId, u64>,
        depth: usize,
        known: &mut HashMap<u32, u64>,
        objects: &mut Objects,
    ) -> u64 {
        let Some(number) = self.history.number(&tree) else { return 0 };
        let Some(blobs) = self.marked.get(&number).filter(|_| depth < DEEPEST) else { return 0 };
        if let Some(found) = known.get(&number) {
            return *found;
        }
        let mut all = blobs.iter().filter_map(|blob| bits.get(blob)).fold(0, |all, bits| all | bits);
        for child in self.trees_in(tree, objects) {
            all |= self.bits_of_tree(child, bits, depth + 1, known, objects);
        }
        known.insert(number, all);
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

/// Parents before children. Commits of a circle, which only damage makes, come last.
fn topological(commits: &[Known], by_id: &HashMap<ObjectId, u32>) -> Vec<u32> {
    let parents = |at: usize| commits[at].commit.parents.iter().filter_map(|parent| by_id.get(parent).copied());
    let mut children: Vec<Vec<u32>> = vec![Vec::new(); commits.len()];
    let mut waits_for = vec![0_u32; commits.len()];
    for (number, at) in (0_u32..).zip(0..commits.len()) {
        for parent in parents(at) {
            children[parent as usize].push(number);
            waits_for[at] += 1;
        }
    }
    let mut order: Vec<u32> = (0_u32..).zip(&waits_for).filter(|(_, count)| **count == 0).map(|(at, _)| at).collect();
    let mut next = 0;
    while let Some(&at) = order.get(next) {
        next += 1;
        for &child in &children[at as usize] {
            waits_for[child as usize] -= 1;
            if waits_for[child as usize] == 0 {
                order.push(child);
            }
        }
    }
    order.extend((0_u32..).zip(&waits_for).filter(|(_, count)| **count > 0).map(|(at, _)| at));
    order
}
