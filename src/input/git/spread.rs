//! Which references hold what, and which commit was the last to: a spread of bits along trees and commits, 64 secrets at a time.

use std::collections::{BTreeSet, HashMap};

use gix_hash::ObjectId;
use gix_object::Kind;

use super::{
    commits::Known,
    marked::{Marked, Slot, Target},
    provenance::Provenance,
};
use crate::model::Seen;

/// Bits that spread together.
pub(super) const AT_ONCE: usize = 64;

/// Where one of a set of objects is held.
#[derive(Clone, Debug, Default)]
pub struct Held {
    /// The references from which one can be reached, sorted.
    pub refs: Vec<String>,
    /// The youngest commit whose files have one.
    pub last: Option<Seen>,
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
    /// Where one of each set is held.
    pub(super) fn held(&self, sets: &[BTreeSet<ObjectId>]) -> Vec<Held> {
        sets.chunks(AT_ONCE).flat_map(|chunk| self.held_at_once(chunk)).collect()
    }

    fn held_at_once(&self, sets: &[BTreeSet<ObjectId>]) -> Vec<Held> {
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
