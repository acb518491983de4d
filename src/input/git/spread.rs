//! Which references hold what, and which commit was the last to: a spread of bits along trees and commits, 64 secrets at a time.

use std::collections::{BTreeSet, HashMap};

use gix_hash::ObjectId;
use gix_object::Kind;

use super::{
    budget::Budget,
    commits::Known,
    marked::{Marked, Slot, Target},
    provenance::Provenance,
};
use crate::model::Seen;

/// Bits that spread together.
const AT_ONCE: usize = 64;

/// Where one of a set of objects is held.
#[derive(Clone, Debug, Default)]
pub struct Held {
    /// The references from which one can be reached, sorted.
    pub refs: Vec<String>,
    /// The youngest commit whose files have one.
    pub last: Option<Seen>,
}

/// Calls `held` with so many of `sets` as spread together, each time at a `cost`; what there is no budget for is held by nothing that is known.
pub(super) fn rounds(
    sets: &[BTreeSet<ObjectId>],
    cost: usize,
    budget: &mut Budget,
    held: impl Fn(&[BTreeSet<ObjectId>]) -> Vec<Held>,
) -> Vec<Held> {
    let round = |sets: &[_]| if budget.spend(cost) { held(sets) } else { vec![Held::default(); sets.len()] };
    sets.chunks(AT_ONCE).flat_map(round).collect()
}

/// What bits spread along.
pub(super) struct Spread<'p, 'h> {
    pub(super) provenance: &'p Provenance<'h>,
    pub(super) marked: Marked,
    /// The blobs that are marked, sorted.
    pub(super) blobs: Vec<ObjectId>,
    /// Names of references, and what they lead to.
    pub(super) tips: Vec<(String, Kind, ObjectId)>,
    /// The marked trees, each after those that it holds.
    pub(super) order: Vec<Slot>,
}

impl Spread<'_, '_> {
    /// Where one of each set is held; there are at most as many as spread together.
    pub(super) fn held(&self, sets: &[BTreeSet<ObjectId>]) -> Vec<Held> {
        let mut bits: HashMap<ObjectId, u64> = HashMap::new();
        for (at, set) in sets.iter().enumerate() {
            for id in set {
                *bits.entry(*id).or_default() |= 1 << at;
            }
        }
        let commits = self.provenance.commits();
        let of_blob: Vec<u64> = self.blobs.iter().map(|id| bits.get(id).copied().unwrap_or(0)).collect();
        let own = bits.iter().filter_map(|(id, bits)| Some((self.provenance.position(id)?, *bits)));
        let own: HashMap<u32, u64> = own.collect();
        let of_tree = self.bits_of_trees(&of_blob);
        let mut of_commit = vec![0_u64; commits.len()];
        let mut last: Vec<Option<(i64, u32)>> = vec![None; sets.len()];
        for (at, known) in (0_u32..).zip(commits.iter()) {
            let own = own.get(&at).copied().unwrap_or(0);
            let inherited = commits.parents(at).iter().fold(0, |all, parent| all | of_commit[*parent as usize]);
            let root = Known::tree(known).and_then(|tree| self.marked.slot(tree));
            let held = root.map_or(0, |tree| of_tree[tree.index()]);
            of_commit[at as usize] = own | inherited | held;
            let here = (known.author_time.seconds, at);
            for (_, last) in last.iter_mut().enumerate().filter(|(bit, _)| ((own | held) >> bit) & 1 == 1) {
                *last = (*last).max(Some(here));
            }
        }
        let of_tip = |kind: Kind, id: &ObjectId| match kind {
            Kind::Commit => self.provenance.position(id).map_or(0, |at| of_commit[at as usize]),
            Kind::Tree => {
                let slot = self.provenance.history().number(id).and_then(|tree| self.marked.slot(tree));
                slot.map_or(0, |tree| of_tree[tree.index()])
            }
            _ => bits.get(id).copied().unwrap_or(0),
        };
        let of_tips: Vec<u64> = self.tips.iter().map(|(_, kind, id)| of_tip(*kind, id)).collect();
        let holding = |at: usize| self.tips.iter().zip(&of_tips).filter(move |(_, held)| (**held >> at) & 1 == 1);
        let refs = |at: usize| holding(at).map(|((name, ..), _)| name.clone()).collect();
        let last = last.into_iter().enumerate();
        last.map(|(at, last)| Held { refs: refs(at), last: last.and_then(|(_, at)| self.seen(at)) }).collect()
    }

    fn seen(&self, position: u32) -> Option<Seen> {
        let known = self.provenance.commits().at(position);
        let commit = self.provenance.history().id(known.number)?.to_string();
        Some(Seen { seconds: known.author_time.seconds, commit, time: known.author_time.rfc3339() })
    }

    /// How much a round of [`Self::held`] looks at.
    pub(super) fn cost(&self) -> usize {
        self.provenance.commits().len() + self.marked.len() + self.marked.edges() + self.tips.len()
    }

    fn bits_of_trees(&self, of_blob: &[u64]) -> Vec<u64> {
        let mut bits = vec![0_u64; self.marked.len()];
        for tree in &self.order {
            let blobs = self.marked.blobs(*tree).iter();
            let own = blobs.fold(0, |all, blob: &Target| all | of_blob[*blob as usize]);
            bits[tree.index()] = self.marked.below(*tree).fold(own, |all, child| all | bits[child.index()]);
        }
        bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::git::budget::Stop;

    #[test]
    fn what_there_is_no_budget_for_has_no_references_and_that_is_said() {
        let held = |sets: &[BTreeSet<ObjectId>]| {
            assert!(sets.len() <= AT_ONCE);
            vec![Held { refs: vec!["refs/heads/main".into()], last: None }; sets.len()]
        };
        let sets = vec![BTreeSet::new(); 3 * AT_ONCE + 1];
        for (steps, known, stop) in
            [(40, 3 * AT_ONCE + 1, None), (39, 3 * AT_ONCE, Some(Stop::TooMuch)), (5, 0, Some(Stop::TooMuch))]
        {
            let mut budget = Budget::new(steps, None);
            let all = rounds(&sets, 10, &mut budget, held);
            assert_eq!((all.len(), budget.stop()), (sets.len(), stop));
            assert!(all[..known].iter().all(|held| held.refs.len() == 1));
            assert!(all[known..].iter().all(|held| held.refs.is_empty()));
        }
    }
}
