//! Which trees hold which, in memory that follows what changed and not how many versions there are.
//!
//! All tree objects are decoded once, in bulk. A version of a folder is mostly derived from another and differs from it in an entry or two, so of
//! each is kept what it holds that its base does not, and the other way round. Only the new bytes of a version are parsed ([`versions`](super::versions)).
//! Who holds a tree or blob is found from the trees to which it was new, along what is derived from them, until it is gone.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use gix_hash::oid;
use gix_object::Kind;

use super::{
    History, ObjectId,
    beginnings::Beginnings,
    budget::Stop,
    lists::Lists,
    missing::Missing,
    object::{EntryKind, TreeEntry},
    pack::{Derived, Item, Sink},
    revision::LARGEST_COMMIT,
    versions::{Change, Version},
};
use crate::model::SkipReason;

/// All trees, and what they hold.
#[derive(Default)]
pub(super) struct Trees {
    edges: Edges,
    /// For each object where its edge stands, plus one; 0 for an object without one.
    places: Vec<u32>,
    /// For each object the trees that hold it and whose base does not.
    new_in: Lists,
    /// For each tree those that are derived from it.
    derived: Lists,
}

impl Trees {
    /// Reads all trees. Blobs count when they are among `targets`; without any, only what is missing is found out.
    pub(super) fn read(
        history: &History<'_>,
        hash: gix_hash::Kind,
        targets: &BTreeSet<ObjectId>,
        deadline: Option<Instant>,
    ) -> Self {
        let (packed, bytes) = history.packed();
        let room = MOST_NUMBERS + usize::try_from(bytes / BYTES_PER_NUMBER).unwrap_or(usize::MAX / 2);
        let edges = Mutex::new(Edges { room, ..Edges::default() });
        let beginnings = Beginnings::of(targets);
        let gatherer = Gatherer { history, hash, targets, beginnings, deadline, packed, edges };
        history.each(&[Kind::Tree], LARGEST_COMMIT, &gatherer);
        let edges = gatherer.edges.into_inner().unwrap_or_else(PoisonError::into_inner);
        if targets.is_empty() { Self { edges, ..Self::default() } } else { Self::of(edges, history.len()) }
    }

    /// Trees among `count` objects.
    fn of(edges: Edges, count: usize) -> Self {
        let mut places = vec![0; count];
        edges.each(|place, edge| places[edge.tree as usize] = place + 1);
        let new_in =
            Lists::of(count, |put| edges.each(|_, edge| edge.new.iter().for_each(|child| put(*child, edge.tree))));
        let derived = Lists::of(count, |put| edges.each(|_, edge| _ = edge.base.map(|base| put(base, edge.tree))));
        Self { edges, places, new_in, derived }
    }

    /// What they hold that is not here, and trees that cannot be read.
    pub(super) fn missing(&self) -> &Missing {
        &self.edges.missing
    }

    /// Why not all of them are known, if that is so.
    pub(super) fn stop(&self) -> Option<Stop> {
        self.edges.stop
    }

    /// How many objects there are.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    fn edge(&self, tree: u32) -> Option<Edge<'_>> {
        let place = self.places.get(tree as usize)?.checked_sub(1)?;
        Some(self.edges.at(place).0)
    }

    /// Calls `found` with every tree that holds `child`, each once, until it answers false. `open` is room to work in.
    pub(super) fn each_holder(&self, child: u32, open: &mut Vec<u32>, mut found: impl FnMut(u32) -> bool) {
        open.clear();
        open.extend(self.new_in.get(child));
        while let Some(tree) = open.pop() {
            if !found(tree) {
                return;
            }
            let keeps =
                |version: &&u32| self.edge(**version).is_some_and(|edge| edge.gone.binary_search(&child).is_err());
            open.extend(self.derived.get(tree).iter().filter(keeps));
        }
    }

    /// Adds to `held` what `tree` holds, except what a tree holds that `is_known`: with versions of a folder that is nearly everything. Tells how much
    /// was looked at.
    pub(super) fn held(&self, tree: u32, is_known: impl Fn(u32) -> bool, held: &mut Vec<u32>) -> usize {
        let derived = self.derived.get(tree);
        if let Some(at) = derived.iter().position(|version| is_known(*version)) {
            let gone = self.edge(derived[at]).map_or(&[][..], |edge| edge.gone);
            held.extend(gone);
            return at + 1 + gone.len();
        }
        // What a base holds counts when no version on the way to it has dropped it; each is kept with its distance on that way.
        let (mut new, mut gone, mut distance) = (Vec::new(), Vec::new(), 0_u32);
        let (mut next, mut passed) = (Some(tree), 1 + derived.len());
        while let Some(edge) = next.filter(|tree| !is_known(*tree)).and_then(|tree| self.edge(tree)) {
            passed += 1 + edge.new.len() + edge.gone.len();
            if gone.is_empty() {
                held.extend(edge.new);
            } else {
                new.extend(edge.new.iter().map(|child| (*child, distance)));
            }
            next = edge.base;
            if next.is_some() {
                gone.extend(edge.gone.iter().map(|child| (*child, distance)));
            }
            distance += 1;
        }
        if !new.is_empty() {
            gone.sort_unstable();
            gone.dedup_by_key(|(child, _)| *child);
            let is_gone = |child: u32, distance: u32| {
                gone.binary_search_by_key(&child, |gone| gone.0).is_ok_and(|at| gone[at].1 < distance)
            };
            held.extend(new.into_iter().filter(|(child, at)| !is_gone(*child, *at)).map(|(child, _)| child));
        }
        passed
    }
}

/// How a tree differs from the one it is derived from; from nothing, when it is derived from none.
struct Edge<'e> {
    tree: u32,
    base: Option<u32>,
    new: &'e [u32],
    gone: &'e [u32],
}

/// Numbers in one part of [`Edges::parts`]: parts do not grow, so nothing is held twice while they fill.
const PART: usize = 1 << PART_BITS;
const PART_BITS: u32 = 20;
/// Stands for no base.
const NONE: u32 = u32::MAX;

/// Numbers that are kept of what trees in packs hold, whatever the size of the packs; 16 megabytes.
const MOST_NUMBERS: usize = 1 << 22;
/// Bytes of packs for each further one. What is new to a tree is an id of 20 bytes in its delta, but a forged one copies ids from elsewhere.
const BYTES_PER_NUMBER: u64 = 4;

/// What was kept of the trees.
#[derive(Default)]
struct Edges {
    /// For each tree its number, that of its base, how many are new and how many gone, and these.
    parts: Vec<Vec<u32>>,
    missing: Missing,
    /// Numbers of trees in packs that may still be kept.
    room: usize,
    stop: Option<Stop>,
}

impl Edges {
    fn add(&mut self, tree: u32, change: &Change) {
        let length = 4 + change.new.len() + change.gone.len();
        let fits = |part: &Vec<u32>| part.len() + length <= part.capacity() && part.len() < PART;
        if !self.parts.last().is_some_and(fits) {
            self.parts.push(Vec::with_capacity(PART.max(length)));
        }
        let part = self.parts.last_mut().expect("a part was added if there was none");
        let count = |numbers: &[u32]| u32::try_from(numbers.len()).expect("a tree has fewer bytes than 32 bits count");
        part.extend([tree, change.base.unwrap_or(NONE), count(&change.new), count(&change.gone)]);
        part.extend(change.new.iter().chain(&change.gone));
    }

    /// Takes room for the numbers of a tree in a pack; tells whether there is enough.
    fn take_room(&mut self, change: &Change) -> bool {
        let left = self.room.checked_sub(change.new.len() + change.gone.len());
        match left {
            Some(left) => self.room = left,
            None => self.stop = Some(Stop::TooMuch),
        }
        left.is_some()
    }

    /// The edge at a place, and how many numbers it takes.
    fn at(&self, place: u32) -> (Edge<'_>, usize) {
        let numbers = &self.parts[(place >> PART_BITS) as usize][(place as usize) % PART..];
        let [tree, base, new, gone, rest @ ..] = numbers else { unreachable!("edges are kept whole") };
        let (new, rest) = rest.split_at(*new as usize);
        let gone = &rest[..*gone as usize];
        (Edge { tree: *tree, base: Some(*base).filter(|base| *base != NONE), new, gone }, 4 + new.len() + gone.len())
    }

    /// Calls `each` with every edge and its place.
    fn each(&self, mut each: impl FnMut(u32, Edge<'_>)) {
        for (number, part) in (0_u32..).zip(&self.parts) {
            let mut reached = 0;
            while reached < part.len() {
                let place = number << PART_BITS | u32::try_from(reached).expect("edges begin within a part");
                let (edge, length) = self.at(place);
                each(place, edge);
                reached += length;
            }
        }
    }
}

/// Collects how trees differ.
struct Gatherer<'g> {
    history: &'g History<'g>,
    hash: gix_hash::Kind,
    targets: &'g BTreeSet<ObjectId>,
    /// Those of the targets: nearly all entries of a tree end here.
    beginnings: Beginnings,
    deadline: Option<Instant>,
    /// How many objects lie in packs; they have the first numbers.
    packed: u32,
    edges: Mutex<Edges>,
}

impl Gatherer<'_> {
    /// The number of what an entry names, if it is a tree or a blob in question.
    fn child(&self, entry: &TreeEntry<'_>, missing: &mut Vec<ObjectId>) -> Option<u32> {
        if entry.kind == EntryKind::Submodule {
            return None;
        }
        let number = self.history.number(entry.id);
        if number.is_none() {
            missing.push(entry.id.to_owned());
        }
        if entry.kind == EntryKind::Tree {
            return number;
        }
        number.filter(|_| self.beginnings.may_have(entry.id) && self.targets.contains(entry.id))
    }

    fn note(&self, change: impl FnOnce(&mut Edges)) {
        change(&mut self.edges.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Sink for Gatherer<'_> {
    type Trace = Version;

    fn object(&self, item: Item<'_>, bytes: &[u8], base: Option<Derived<'_, Version>>) -> Option<Version> {
        let mut missing = Vec::new();
        let child = |entry: TreeEntry<'_>| self.child(&entry, &mut missing);
        let (version, change) = Version::read(item.number, bytes, base, self.hash, child);
        let is_kept = change.says_something() && !self.targets.is_empty();
        if is_kept || !missing.is_empty() {
            self.note(|edges| {
                edges.missing.extend(missing);
                // A tree that lies alone is whole, and takes more room there than here.
                if is_kept && (item.number >= self.packed || edges.take_room(&change)) {
                    edges.add(item.number, &change);
                }
            });
        }
        Some(version)
    }

    fn absent(&self, id: &oid, _: SkipReason) {
        self.note(|edges| edges.missing.add(id.to_owned()));
    }

    fn is_over(&self) -> bool {
        let over = self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        if over {
            self.note(|edges| _ = edges.stop.get_or_insert(Stop::Late));
        }
        over
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// Trees, each derived from an earlier one or from none, with what each holds.
    fn forest() -> impl Strategy<Value = Vec<(Option<u32>, BTreeSet<u32>)>> {
        let tree = (any::<prop::sample::Index>(), any::<bool>(), prop::collection::btree_set(100..112_u32, 0..6));
        prop::collection::vec(tree, 1..12).prop_map(|trees| {
            let base = |at: usize, chosen: prop::sample::Index, is_derived| {
                (is_derived && at > 0).then(|| u32::try_from(chosen.index(at)).unwrap())
            };
            trees
                .into_iter()
                .enumerate()
                .map(|(at, (chosen, derived, held))| (base(at, chosen, derived), held))
                .collect()
        })
    }

    fn kept(forest: &[(Option<u32>, BTreeSet<u32>)]) -> Trees {
        let mut edges = Edges::default();
        for (at, (base, held)) in (0_u32..).zip(forest) {
            let before = base.map_or_else(BTreeSet::new, |base| forest[base as usize].1.clone());
            let base = base.filter(|_| !before.is_empty());
            let new = held.difference(&before).copied().collect();
            let gone = before.difference(held).copied().collect();
            let change = Change { base, new, gone };
            if change.says_something() {
                edges.add(at, &change);
            }
        }
        Trees::of(edges, 112)
    }

    #[test]
    fn numbers_of_trees_in_packs_are_kept_while_there_is_room_and_what_is_not_is_said() {
        let mut edges = Edges { room: 5, ..Edges::default() };
        let change = |new: &[u32], gone: &[u32]| Change { base: Some(0), new: new.to_vec(), gone: gone.to_vec() };
        assert!(edges.take_room(&change(&[1, 2], &[3])));
        assert_eq!((edges.room, edges.stop), (2, None));
        assert!(!edges.take_room(&change(&[1, 2], &[3])), "new and gone count");
        assert_eq!((edges.room, edges.stop), (2, Some(Stop::TooMuch)));
        assert!(edges.take_room(&change(&[], &[4, 5])), "a smaller one still has room");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

        #[test]
        fn who_holds_what_and_what_is_held_come_out_of_the_differences(forest in forest(), known in any::<u16>()) {
            let trees = kept(&forest);
            for child in 100..112 {
                let mut holders = Vec::new();
                trees.each_holder(child, &mut Vec::new(), |tree| { holders.push(tree); true });
                holders.sort_unstable();
                let holding = (0..).zip(&forest).filter(|(_, (_, held))| held.contains(&child));
                prop_assert_eq!(holders, holding.map(|(at, _)| at).collect::<Vec<u32>>());
            }
            for (at, (_, expected)) in (0..).zip(&forest) {
                let mut held = Vec::new();
                trees.held(at, |_| false, &mut held);
                held.sort_unstable();
                prop_assert_eq!(&held, &expected.iter().copied().collect::<Vec<_>>());
                // What is known may be left out, and nothing else.
                let is_known = |tree: u32| tree != at && known >> tree & 1 == 1;
                held.clear();
                trees.held(at, is_known, &mut held);
                let held: BTreeSet<u32> = held.into_iter().collect();
                let of_known = (0..).zip(&forest).filter(|(tree, _)| is_known(*tree)).flat_map(|(_, (_, held))| held);
                let of_known: BTreeSet<u32> = of_known.copied().collect();
                prop_assert!(held.is_subset(expected));
                prop_assert!(expected.difference(&of_known).all(|child| held.contains(child)));
            }
        }
    }
}
