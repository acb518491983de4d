//! What chosen trees call what they hold. They are decoded in bulk, each once and along the deltas from which it is derived: a forged tree can be
//! small and its base large, and thousands can have one base.

use std::{
    collections::HashMap,
    ops::Range,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use gix_hash::oid;
use gix_object::Kind;

use super::{
    History,
    beginnings::Beginnings,
    budget::Stop,
    folders::{Name, Words},
    object::{EntryKind, entries},
    pack::{Derived, Item, Sink},
    revision::LARGEST_COMMIT,
};
use crate::model::SkipReason;

/// Entries that are kept of all trees; they take 128 megabytes.
const MOST_ENTRIES: usize = 1 << 24;
/// Bytes of memory for their names.
const MOST_BYTES: usize = 96 << 20;

/// An entry of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: Name,
    /// The number of what it names.
    pub(super) child: u32,
}

/// Trees with those of their entries that count.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) words: Words,
    /// How many entries there is room for.
    room: usize,
    entries: Vec<Entry>,
    /// Where those of each tree stand, sorted by tree when all are here.
    trees: Vec<(u32, Range<usize>)>,
    /// Why some are not here, if that is so.
    pub(super) stop: Option<Stop>,
}

impl Named {
    fn new(room: usize) -> Self {
        Self { words: Words::default(), room, entries: Vec::new(), trees: Vec::new(), stop: None }
    }

    /// The entries of a tree that are kept, in its order.
    pub(super) fn entries(&self, tree: u32) -> &[Entry] {
        let at = self.trees.binary_search_by_key(&tree, |(tree, _)| *tree);
        at.map_or(&[], |at| &self.entries[self.trees[at].1.clone()])
    }

    /// Puts the entries of each tree in the order of what they name.
    pub(super) fn sort(&mut self) {
        for (_, place) in &self.trees {
            self.entries[place.clone()].sort_by_key(|entry| entry.child);
        }
    }

    fn add(&mut self, tree: u32, held: &[(&[u8], u32)]) {
        if self.entries.len() + held.len() > self.room || self.words.bytes() > MOST_BYTES {
            self.stop.get_or_insert(Stop::TooMuch);
            return;
        }
        let from = self.entries.len();
        for (name, child) in held {
            let name = self.words.number(name);
            self.entries.push(Entry { name, child: *child });
        }
        self.trees.push((tree, from..self.entries.len()));
    }
}

/// Which entries of which trees are kept.
pub(super) struct Asked<'c> {
    /// Numbers of trees, sorted.
    pub(super) trees: &'c [u32],
    /// Beginnings of the ids of all that may be kept.
    pub(super) children: Beginnings,
    /// Whether an entry is, by the number of its tree and of what it names.
    pub(super) keeps: &'c (dyn Fn(u32, u32, EntryKind) -> bool + Sync),
    /// So many entries of one tree that name the same, at most.
    pub(super) most: usize,
    pub(super) deadline: Option<Instant>,
}

impl Asked<'_> {
    /// Decodes the trees.
    pub(super) fn named(self, history: &History<'_>) -> Named {
        let trees = self.trees;
        let gatherer = Gatherer { asked: self, history, named: Mutex::new(Named::new(MOST_ENTRIES)) };
        history.each_among(Some(trees), &[Kind::Tree], LARGEST_COMMIT, &gatherer);
        let mut named = gatherer.named.into_inner().unwrap_or_else(PoisonError::into_inner);
        named.trees.sort_unstable_by_key(|(tree, _)| *tree);
        named
    }
}

struct Gatherer<'g> {
    asked: Asked<'g>,
    history: &'g History<'g>,
    named: Mutex<Named>,
}

impl Gatherer<'_> {
    fn note(&self, change: impl FnOnce(&mut Named)) {
        change(&mut self.named.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Sink for Gatherer<'_> {
    type Trace = ();

    fn object(&self, item: Item<'_>, bytes: &[u8], _: Option<Derived<'_, ()>>) -> Option<()> {
        let mut held = Vec::new();
        for entry in entries(bytes, item.id.kind()).filter(|entry| self.asked.children.may_have(entry.id)) {
            let child = self.history.number(entry.id);
            held.extend(
                child
                    .filter(|child| (self.asked.keeps)(item.number, *child, entry.kind))
                    .map(|child| (entry.name, child)),
            );
        }
        keep_some(&mut held, self.asked.most);
        self.note(|named| named.add(item.number, &held));
        None
    }

    fn absent(&self, _: &oid, _: SkipReason) {}

    fn is_over(&self) -> bool {
        let over = self.asked.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        if over {
            self.note(|named| _ = named.stop.get_or_insert(Stop::Late));
        }
        over
    }
}

/// Keeps the first `most` of those that name the same.
fn keep_some(held: &mut Vec<(&[u8], u32)>, most: usize) {
    if held.len() <= most {
        return;
    }
    let mut counts: HashMap<u32, usize> = HashMap::new();
    held.retain(|(_, child)| {
        let count = counts.entry(*child).or_default();
        *count += 1;
        *count <= most
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_names_of_one_thing_are_kept_and_all_of_others() {
        let mut held: Vec<(&[u8], u32)> = vec![(b"a", 1), (b"b", 2), (b"c", 1), (b"d", 1), (b"e", 3)];
        keep_some(&mut held, 5);
        assert_eq!(held.len(), 5);
        keep_some(&mut held, 2);
        assert_eq!(held, [(&b"a"[..], 1), (b"b", 2), (b"c", 1), (b"e", 3)]);
    }

    #[test]
    fn what_is_not_kept_is_said() {
        let mut named = Named::new(5);
        named.add(7, &[(b"b", 9), (b"a", 4), (b"c", 9)]);
        named.sort();
        let children: Vec<u32> = named.entries(7).iter().map(|entry| entry.child).collect();
        assert_eq!((children, named.stop), (vec![4, 9, 9], None));
        named.add(8, &[(&b"x"[..], 1); 3]);
        assert_eq!((named.entries(8), named.stop), (&[][..], Some(Stop::TooMuch)));
    }
}
