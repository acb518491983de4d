//! The trees that lead to the blobs in question, and what of each leads on.

use std::{num::NonZeroU32, time::Instant};

use super::{
    History, ObjectId,
    budget::{Budget, Stop},
    lists::Lists,
    trees::Trees,
};

/// Place of a tree among those that are marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Slot(NonZeroU32);

impl Slot {
    fn new(index: u32) -> Self {
        Self(NonZeroU32::MIN.saturating_add(index))
    }

    pub(super) fn index(self) -> usize {
        self.0.get() as usize - 1
    }

    fn number(self) -> u32 {
        self.0.get() - 1
    }
}

/// Place of a blob among those in question.
pub(super) type Target = u32;

/// Trees in each other, and blobs in them, that are followed at most; lists of them take 128 megabytes.
const MOST_EDGES: usize = 1 << 25;

/// The trees that lead to a blob in question.
#[derive(Debug, Default)]
pub(super) struct Marked {
    /// Their numbers, sorted.
    trees: Vec<u32>,
    /// For each marked tree the blobs in question that it holds.
    blobs: Lists,
    /// For each the marked trees that it holds.
    below: Lists,
}

impl Marked {
    /// Finds the trees that lead to `targets`.
    ///
    /// # Errors
    /// When they are too many, or the time is over.
    pub(super) fn find(
        history: &History<'_>,
        trees: &Trees,
        targets: &[ObjectId],
        deadline: Option<Instant>,
    ) -> Result<Self, Stop> {
        let numbers: Vec<Option<u32>> = targets.iter().map(|id| history.number(id)).collect();
        let mut marked = above(trees, numbers.iter().flatten().copied(), Budget::new(MOST_EDGES, deadline))?;
        marked.sort_unstable();
        let put_holders = |child: u32, item: u32, open: &mut Vec<u32>, put: &mut dyn FnMut(u32, u32)| {
            trees.each_holder(child, open, |tree| {
                if let Some(slot) = slot(&marked, tree) {
                    put(slot.number(), item);
                }
                true
            });
        };
        let blobs = Lists::of(marked.len(), |put| {
            let mut open = Vec::new();
            for (target, number) in (0..).zip(&numbers).filter_map(|(target, number)| Some((target, (*number)?))) {
                put_holders(number, target, &mut open, put);
            }
        });
        let below = Lists::of(marked.len(), |put| {
            let mut open = Vec::new();
            for (slot, tree) in (0..).zip(&marked) {
                put_holders(*tree, slot, &mut open, put);
            }
        });
        Ok(Self { trees: marked, blobs, below })
    }

    pub(super) fn len(&self) -> usize {
        self.trees.len()
    }

    /// Their numbers, sorted.
    pub(super) fn trees(&self) -> &[u32] {
        &self.trees
    }

    /// The place of a tree, by its number.
    pub(super) fn slot(&self, tree: u32) -> Option<Slot> {
        slot(&self.trees, tree)
    }

    /// Those of the blobs in question that a tree holds, in order.
    pub(super) fn blobs(&self, slot: Slot) -> &[Target] {
        self.blobs.get(slot.number())
    }

    /// Blobs and trees in trees.
    pub(super) fn edges(&self) -> usize {
        self.blobs.items() + self.below.items()
    }

    /// The marked trees, each after those that it holds. Only a forged repository has some that hold each other.
    pub(super) fn inside_out(&self) -> Vec<Slot> {
        let (mut order, mut is_met, mut open) = (Vec::with_capacity(self.len()), vec![false; self.len()], Vec::new());
        for top in (0..self.trees.len()).filter_map(|at| u32::try_from(at).ok()).map(Slot::new) {
            if !std::mem::replace(&mut is_met[top.index()], true) {
                open.push((top, 0));
            }
            while let Some((tree, next)) = open.last_mut() {
                let child = self.below.get(tree.number()).get(*next).map(|index| Slot::new(*index));
                *next += 1;
                match child {
                    Some(child) if !std::mem::replace(&mut is_met[child.index()], true) => open.push((child, 0)),
                    Some(_) => {}
                    None => order.extend(open.pop().map(|(tree, _)| tree)),
                }
            }
        }
        order
    }

    /// The trees in a tree that lead on, in order.
    pub(super) fn below(&self, slot: Slot) -> impl Iterator<Item = Slot> {
        self.below.get(slot.number()).iter().map(|index| Slot::new(*index))
    }
}

fn slot(trees: &[u32], tree: u32) -> Option<Slot> {
    trees.binary_search(&tree).ok().and_then(|at| u32::try_from(at).ok()).map(Slot::new)
}

/// The trees that lead to `blobs`, upwards, each once: nesting may be as deep as somebody likes to forge it.
fn above(all: &Trees, blobs: impl Iterator<Item = u32>, mut budget: Budget) -> Result<Vec<u32>, Stop> {
    let mut is_marked = vec![false; all.len()];
    let (mut trees, mut room) = (Vec::new(), Vec::new());
    let mut climb = |child: u32, trees: &mut Vec<u32>| {
        all.each_holder(child, &mut room, |holder| {
            if !std::mem::replace(&mut is_marked[holder as usize], true) {
                trees.push(holder);
            }
            budget.spend(1)
        });
        budget.stop().map_or(Ok(()), Err)
    };
    for blob in blobs {
        climb(blob, &mut trees)?;
    }
    let mut next = 0;
    while let Some(tree) = trees.get(next).copied() {
        climb(tree, &mut trees)?;
        next += 1;
    }
    Ok(trees)
}
