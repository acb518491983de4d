//! The way from the oldest commits down to the blobs in question.
//!
//! Commits are passed from the oldest on and each tree is entered once. What a version of a folder has in common with one that an older commit
//! had was met there, so of each tree only what differs is looked at, and the whole costs about as much as there are trees.

use std::{
    collections::{BTreeSet, HashSet},
    time::Instant,
};

use gix_hash::{ObjectId, oid};

use super::{DEEPEST, History, budget::Budget, marked::Target, trees::Trees};

/// Entries of trees that are looked at, for each tree there is, before the search is given up: no repository comes near, but one can be forged.
const MOST_PER_TREE: usize = 4_096;
/// Folders within folders that are looked at below one tree; a list of them takes 128 megabytes.
const MOST_WITHIN: usize = 1 << 24;
/// Trees above others that are remembered beside the first, for trees that a commit holds several times.
const MOST_FURTHER: usize = 10_000;
/// Stands for no commit or tree.
const NONE: u32 = u32::MAX;

/// The commit that had a blob first, and the trees that held it there.
pub(super) type First = (u32, Vec<u32>);

/// The blobs in question.
#[derive(Default)]
pub(super) struct Targets {
    /// Sorted.
    pub(super) ids: Vec<ObjectId>,
    /// Their numbers, sorted, and their places among them.
    numbers: Vec<(u32, Target)>,
    /// For each object whether it is one of them.
    is_one: Vec<bool>,
}

impl Targets {
    pub(super) fn new(history: &History<'_>, ids: impl IntoIterator<Item = ObjectId>) -> Self {
        let ids: Vec<ObjectId> = ids.into_iter().collect();
        let mut numbers: Vec<(u32, Target)> =
            ids.iter().zip(0..).filter_map(|(id, at)| Some((history.number(id)?, at))).collect();
        numbers.sort_unstable();
        let mut is_one = vec![false; history.len()];
        for (number, _) in &numbers {
            is_one[*number as usize] = true;
        }
        Self { ids, numbers, is_one }
    }

    /// Whether the blob `id` is one of them.
    pub(super) fn contains(&self, id: &oid) -> bool {
        self.ids.binary_search_by(|target| (**target).cmp(id)).is_ok()
    }

    /// The place of the object with this number, if it is in question.
    pub(super) fn place(&self, number: u32) -> Option<Target> {
        if !self.is_one.get(number as usize).is_some_and(|is_one| *is_one) {
            return None;
        }
        self.numbers.binary_search_by_key(&number, |place| place.0).ok().map(|at| self.numbers[at].1)
    }
}

/// From where trees were entered first, and where blobs were met.
pub(super) struct Way<'w> {
    history: &'w History<'w>,
    trees: &'w Trees,
    targets: &'w Targets,
    steps: Vec<Step>,
    /// Trees, each with another one from which the same commit leads to it.
    further: BTreeSet<(u32, u32)>,
    /// For each blob in question.
    pub(super) first: Vec<Option<First>>,
    /// How much may still be looked at.
    pub(super) budget: Budget,
}

/// How a tree was entered.
#[derive(Clone, Copy)]
struct Step {
    /// The first commit that has it.
    commit: u32,
    /// The tree from which it was entered; none for the tree of a commit.
    from: u32,
    /// How many folders deep that was.
    depth: u16,
}

impl<'w> Way<'w> {
    pub(super) fn new(
        history: &'w History<'w>,
        trees: &'w Trees,
        targets: &'w Targets,
        deadline: Option<Instant>,
    ) -> Self {
        let steps = vec![Step { commit: NONE, from: NONE, depth: 0 }; trees.len()];
        let (first, further) = (vec![None; targets.ids.len()], BTreeSet::new());
        Self { history, trees, targets, steps, further, first, budget: budget(trees, deadline) }
    }

    /// The trees that stand several times in the commit that had them first.
    pub(super) fn repeated(&self) -> BTreeSet<u32> {
        self.further.iter().map(|(tree, _)| *tree).collect()
    }

    /// The trees from which `tree` can be entered in the commit that had it first, as far as they are remembered.
    pub(super) fn all_above(&self, tree: u32) -> impl Iterator<Item = u32> {
        let further = self.further.range((tree, 0)..=(tree, u32::MAX)).map(|(_, from)| *from);
        self.above(tree).map(|(from, _)| from).into_iter().chain(further)
    }

    /// Has `tree` entered from `above`, one of those from which it can be, unless that leads back to it: ids can be forged.
    pub(super) fn enter_from(&mut self, tree: u32, above: u32) {
        let (mut at, mut steps) = (above, 0);
        while let Some((from, _)) = self.above(at).filter(|_| at != tree && steps < DEEPEST) {
            (at, steps) = (from, steps + 1);
        }
        if at == tree || steps == DEEPEST {
            return;
        }
        let step = &mut self.steps[tree as usize];
        self.further.insert((tree, step.from));
        step.from = above;
        step.depth = u16::try_from(steps).unwrap_or(u16::MAX);
    }

    /// The tree from which `tree` was entered, if it was not that of a commit, and how many folders deep that was.
    pub(super) fn above(&self, tree: u32) -> Option<(u32, usize)> {
        let step = self.steps[tree as usize];
        (step.from != NONE).then(|| (step.from, usize::from(step.depth)))
    }

    /// Enters the trees at and below `root` that no older commit has, and notes the blobs that are met for the first time.
    pub(super) fn enter(&mut self, root: u32, commit: u32) {
        let mut open = vec![(root, NONE, 0_u16)];
        let mut held = Vec::new();
        while let Some((tree, from, depth)) = open.pop() {
            let Some(step) = self.steps.get_mut(tree as usize) else { continue };
            if step.commit != NONE {
                let is_further = step.commit == commit && step.from != NONE && from != NONE && step.from != from;
                if is_further && self.further.len() < MOST_FURTHER {
                    self.further.insert((tree, from));
                }
                continue;
            }
            if self.budget.stop().is_some() {
                return;
            }
            *step = Step { commit, from, depth };
            held.clear();
            // What an older commit holds was met before; what this one holds may be met at several places.
            let is_known = |tree: u32| self.steps[tree as usize].commit < commit;
            let passed = self.trees.held(tree, is_known, &mut held);
            if !self.budget.spend(passed) {
                return;
            }
            // In an order that does not depend on how objects are stored.
            held.sort_unstable_by(|one, other| self.history.compare(*one, *other));
            let below = if from == NONE { 0 } else { depth.saturating_add(1) };
            for child in held.drain(..) {
                match self.targets.place(child) {
                    None => open.push((child, tree, below)),
                    Some(target) => {
                        let (first, trees) = self.first[target as usize].get_or_insert_with(|| (commit, Vec::new()));
                        if *first == commit {
                            trees.push(tree);
                        }
                    }
                }
            }
        }
    }
}

/// What a search among `trees` may look at.
pub(super) fn budget(trees: &Trees, deadline: Option<Instant>) -> Budget {
    Budget::new(trees.len().saturating_mul(MOST_PER_TREE), deadline)
}

/// The trees at and below `tops` that lead to blobs in question.
pub(super) fn leading(trees: &Trees, targets: &Targets, tops: &[u32], budget: &mut Budget) -> HashSet<u32> {
    let mut seen = HashSet::new();
    let tops = tops.iter().filter(|top| seen.insert(**top));
    let (mut order, mut next): (Vec<(u32, usize)>, _) = (tops.map(|top| (*top, 0)).collect(), 0);
    let (mut leading, mut open, mut holders, mut held) = (HashSet::new(), Vec::new(), Vec::new(), Vec::new());
    while let Some((tree, depth)) = order.get(next).copied().filter(|_| budget.stop().is_none()) {
        next += 1;
        budget.spend(trees.held(tree, |_| false, &mut held));
        for child in held.drain(..) {
            if targets.place(child).is_none() {
                holders.push((child, tree));
                if depth < DEEPEST && seen.insert(child) {
                    order.push((child, depth + 1));
                }
            } else if leading.insert(tree) {
                open.push(tree);
            }
        }
        if holders.len() > MOST_WITHIN {
            budget.give_up();
        }
    }
    holders.sort_unstable();
    while let Some(tree) = open.pop() {
        let from = holders.partition_point(|(below, _)| *below < tree);
        let above = holders[from..].iter().take_while(|(below, _)| *below == tree);
        open.extend(above.filter(|(_, holder)| leading.insert(*holder)).map(|(_, holder)| *holder));
    }
    leading
}
