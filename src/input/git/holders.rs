//! Which trees hold which: all tree objects are decoded once, in bulk, and their edges turned around, so that from the blobs in question the
//! trees that lead to them are found upwards, each once, however deep somebody has forged them.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use gix_hash::{ObjectId, oid};
use gix_object::Kind;

use super::{
    History,
    object::{EntryKind, entries},
    pack::{Derived, Sink},
    revision::LARGEST_COMMIT,
};
use crate::model::SkipReason;

/// The trees that hold the blobs in question, and those that hold any tree.
pub(super) struct Found {
    /// A blob in question, and a tree that holds it; sorted.
    pub(super) blobs: Vec<(ObjectId, u32)>,
    pub(super) holders: Holders,
    /// Whether trees, or blobs where that is looked at, are missing.
    pub(super) missing: bool,
}

/// Finds what holds `targets`. With `checks_blobs` it is also found whether blobs are missing.
pub(super) fn find(
    history: &History<'_>,
    hash: gix_hash::Kind,
    targets: &BTreeSet<ObjectId>,
    checks_blobs: bool,
    deadline: Option<Instant>,
) -> Found {
    let mut prefixes = vec![0_u64; 1 << (PREFIX_BITS - 6)];
    for target in targets {
        prefixes[prefix(target) / 64] |= 1 << (prefix(target) % 64);
    }
    let gatherer = Gatherer { history, hash, targets, prefixes, checks_blobs, deadline, edges: Mutex::default() };
    history.each(&[Kind::Tree], LARGEST_COMMIT, &gatherer);
    let mut edges = gatherer.edges.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (mut blobs, missing) = (std::mem::take(&mut edges.blobs), edges.missing);
    blobs.sort_unstable();
    Found { blobs, holders: Holders::of(edges), missing }
}

/// Collects which trees hold which.
struct Gatherer<'g> {
    history: &'g History<'g>,
    hash: gix_hash::Kind,
    targets: &'g BTreeSet<ObjectId>,
    /// Which beginnings the targets have: nearly all entries of a tree end here.
    prefixes: Vec<u64>,
    /// Whether the repository may lack blobs without being damaged.
    checks_blobs: bool,
    deadline: Option<Instant>,
    edges: Mutex<Edges>,
}

/// Numbers in one part of [`Edges::trees`]: parts do not grow, so nothing is held twice while they fill.
const PART: usize = 1 << 20;

/// What the trees hold.
#[derive(Default)]
struct Edges {
    /// For each tree its number, how many trees it holds, and theirs.
    trees: Vec<Vec<u32>>,
    /// A blob in question, and a tree that holds it.
    blobs: Vec<(ObjectId, u32)>,
    missing: bool,
}

impl Edges {
    fn add(&mut self, tree: u32, children: &[u32]) {
        let fits = |part: &Vec<u32>| part.len() + children.len() + 2 <= part.capacity();
        if !self.trees.last().is_some_and(fits) {
            self.trees.push(Vec::with_capacity(PART.max(children.len() + 2)));
        }
        let part = self.trees.last_mut().expect("a part was added if there was none");
        part.extend([tree, u32::try_from(children.len()).unwrap_or(u32::MAX)]);
        part.extend(children);
    }
}

/// Calls `each` with every tree of a part of [`Edges::trees`] and the trees it holds.
fn each_tree(part: &[u32], mut each: impl FnMut(u32, &[u32])) {
    let mut rest = part;
    while let [tree, count, following @ ..] = rest {
        let (children, others) = following.split_at(*count as usize);
        each(*tree, children);
        rest = others;
    }
}

/// For each tree those that hold it.
pub(super) struct Holders {
    /// Those of one tree side by side.
    trees: Vec<u32>,
    /// Where those of each tree begin; one more than there are trees.
    first: Vec<u32>,
}

impl Holders {
    /// Turns `edges` around; its parts are let go one by one, so that not all is held twice.
    fn of(edges: Edges) -> Self {
        let mut counts: Vec<u32> = Vec::new();
        let mut count = |tree: u32| {
            let at = tree as usize + 1;
            if counts.len() <= at {
                counts.resize(at + 1, 0);
            }
            counts[at] += 1;
        };
        for part in &edges.trees {
            each_tree(part, |_, children| children.iter().for_each(|child| count(*child)));
        }
        let mut first = counts;
        for at in 1..first.len() {
            first[at] += first[at - 1];
        }
        let mut trees = vec![0; first.last().copied().unwrap_or(0) as usize];
        let mut next = first.clone();
        for part in edges.trees {
            each_tree(&part, |tree, children| {
                for &child in children {
                    trees[next[child as usize] as usize] = tree;
                    next[child as usize] += 1;
                }
            });
        }
        Self { trees, first }
    }

    pub(super) fn of_tree(&self, tree: u32) -> &[u32] {
        let at = tree as usize;
        match self.first.get(at..at + 2) {
            Some(&[from, to]) => &self.trees[from as usize..to as usize],
            _ => &[],
        }
    }
}

/// Bits of an id that are looked at first; half a megabyte for all.
const PREFIX_BITS: u32 = 22;

fn prefix(id: &oid) -> usize {
    let bytes = id.as_bytes();
    (u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) >> (32 - PREFIX_BITS)) as usize
}

impl Sink for Gatherer<'_> {
    type Trace = ();

    fn object(&self, _: Kind, id: &oid, bytes: &[u8], _: Option<Derived<'_, ()>>) -> Option<()> {
        let own = self.history.number(id)?;
        let (mut trees, mut blobs, mut missing) = (Vec::new(), Vec::new(), false);
        for entry in entries(bytes, self.hash) {
            match entry.kind {
                EntryKind::Tree => match self.history.number(entry.id) {
                    Some(child) => trees.push(child),
                    None => missing = true,
                },
                EntryKind::Blob => {
                    missing |= self.checks_blobs && self.history.number(entry.id).is_none();
                    let at = prefix(entry.id);
                    if (self.prefixes[at / 64] >> (at % 64)) & 1 == 1 && self.targets.contains(entry.id) {
                        blobs.push((entry.id.to_owned(), own));
                    }
                }
                EntryKind::Submodule => {}
            }
        }
        let mut edges = self.edges.lock().unwrap_or_else(PoisonError::into_inner);
        if !trees.is_empty() {
            edges.add(own, &trees);
        }
        edges.blobs.append(&mut blobs);
        edges.missing |= missing;
        None
    }

    fn absent(&self, _: &oid, _: SkipReason) {
        self.edges.lock().unwrap_or_else(PoisonError::into_inner).missing = true;
    }

    fn is_over(&self) -> bool {
        let over = self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        if over {
            // Then the run is not complete, which is all that is known.
            self.edges.lock().unwrap_or_else(PoisonError::into_inner).missing = true;
        }
        over
    }
}
