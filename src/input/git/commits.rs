//! The commits of a repository as the search for origins needs them, in few bytes each: what they refer to is a number.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::{
    History,
    lists::Lists,
    object::{Commit, Time},
};

/// Stands for an object that is not here.
const NOT_HERE: u32 = u32::MAX;

/// A commit, by number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) number: u32,
    tree: u32,
    pub(super) author_time: Time,
    committed: i64,
    /// Where its parents stand in [`Read::parents`], and how many there are.
    parents: (u32, u32),
}

impl Known {
    /// Its tree, when that is here.
    pub(super) fn tree(&self) -> Option<u32> {
        Some(self.tree).filter(|tree| *tree != NOT_HERE)
    }
}

/// Commits in the order in which they were read.
#[derive(Debug, Default)]
pub(super) struct Read {
    commits: Vec<Known>,
    parents: Vec<u32>,
}

impl Read {
    /// Adds the commit `number`; `tree` and `parents` are the numbers of what it refers to.
    pub(super) fn add(&mut self, number: u32, commit: &Commit, tree: Option<u32>, parents: &[Option<u32>]) {
        let length = |length: usize| u32::try_from(length).expect("parents are counted in 32 bits");
        self.commits.push(Known {
            number,
            tree: tree.unwrap_or(NOT_HERE),
            author_time: commit.author_time,
            committed: commit.committed,
            parents: (length(self.parents.len()), length(parents.len())),
        });
        self.parents.extend(parents.iter().map(|parent| parent.unwrap_or(NOT_HERE)));
    }
}

/// All commits: parents before children, and otherwise from the oldest on.
#[derive(Debug, Default)]
pub(super) struct Commits {
    all: Vec<Known>,
    /// Numbers, sorted, each with a position among all.
    positions: Vec<(u32, u32)>,
    /// For each position those of the parents that are here.
    parents: Lists,
    /// Whether some have parents that are not here.
    pub(super) is_cut: bool,
}

impl Commits {
    pub(super) fn new(read: Read, history: &History<'_>) -> Self {
        let Read { mut commits, parents } = read;
        // A repository is the same whichever way its objects are stored, and so is the order.
        commits.sort_unstable_by(|one, other| {
            let id = |known: &Known| history.id(known.number);
            one.committed.cmp(&other.committed).then_with(|| id(one).cmp(&id(other)))
        });
        commits.dedup_by_key(|known| known.number);
        let (by_time, _) = parents_of(&commits, &parents);
        let order = parents_first(commits.len(), &by_time);
        let all: Vec<Known> = order.into_iter().map(|at| commits[at as usize]).collect();
        let (own, is_cut) = parents_of(&all, &parents);
        Self { positions: positions(&all), parents: own, all, is_cut }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Known> {
        self.all.iter()
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn at(&self, position: u32) -> &Known {
        &self.all[position as usize]
    }

    /// The position of the commit with this number.
    pub(super) fn position(&self, number: u32) -> Option<u32> {
        position(&self.positions, number)
    }

    pub(super) fn parents(&self, position: u32) -> &[u32] {
        self.parents.get(position)
    }
}

fn positions(commits: &[Known]) -> Vec<(u32, u32)> {
    let mut positions: Vec<(u32, u32)> = commits.iter().map(|known| known.number).zip(0..).collect();
    positions.sort_unstable();
    positions
}

fn position(positions: &[(u32, u32)], number: u32) -> Option<u32> {
    positions.binary_search_by_key(&number, |place| place.0).ok().map(|at| positions[at].1)
}

/// For each of `commits` the positions of its parents, and whether some are not here.
fn parents_of(commits: &[Known], parents: &[u32]) -> (Lists, bool) {
    let positions = positions(commits);
    let numbers = |known: &Known| {
        let (from, count) = known.parents;
        &parents[from as usize..(from + count) as usize]
    };
    let found: Vec<u32> =
        commits.iter().flat_map(numbers).map(|number| position(&positions, *number).unwrap_or(NOT_HERE)).collect();
    let lists = Lists::of(commits.len(), |put| {
        let mut rest = found.iter();
        for (at, known) in (0..).zip(commits) {
            let own = rest.by_ref().take(known.parents.1 as usize);
            own.filter(|parent| **parent != NOT_HERE).for_each(|parent| put(at, *parent));
        }
    });
    (lists, found.contains(&NOT_HERE))
}

/// The positions of `count` commits with parents before children and the lower first otherwise. Those of a circle, which only damage makes, come
/// last.
fn parents_first(count: usize, parents: &Lists) -> Vec<u32> {
    let all = || 0..u32::try_from(count).expect("commits are counted in 32 bits");
    let children = Lists::of(count, |put| {
        for at in all() {
            parents.get(at).iter().for_each(|parent| put(*parent, at));
        }
    });
    let mut waits_for: Vec<usize> = all().map(|at| parents.get(at).len()).collect();
    let mut ready: BinaryHeap<Reverse<u32>> = all().filter(|at| waits_for[*at as usize] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(count);
    while let Some(Reverse(at)) = ready.pop() {
        order.push(at);
        for &child in children.get(at) {
            waits_for[child as usize] -= 1;
            if waits_for[child as usize] == 0 {
                ready.push(Reverse(child));
            }
        }
    }
    order.extend(all().filter(|at| waits_for[*at as usize] > 0));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_come_before_children_whatever_their_clocks_say_and_circles_come_last() {
        // 0 is a child of 3, and 1 and 2 are each other's parents.
        let pairs = [(0, 3), (1, 2), (2, 1), (4, 0), (4, 0)];
        let parents = Lists::of(5, |put| pairs.iter().for_each(|(child, parent)| put(*child, *parent)));
        assert_eq!(parents_first(5, &parents), [3, 0, 4, 1, 2]);
    }
}
