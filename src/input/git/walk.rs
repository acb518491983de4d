//! Which commits one side reaches and the other does not: exactly, whatever the commits say of their time.
//!
//! The walk goes from the newest commit to older ones and hands on to parents what is known of their children. That alone is right only while
//! every clock was: a child that claims to be older than its parent is met too late. So when nothing but known commits waits, the walk goes
//! on for as long as one of them may still lead to a commit that counts as new. Git's file of commit generations, where there is one, says soon
//! that none can; without it the known side is walked to its end. A forged file makes the walk end early, and then more counts as new.

use std::{
    collections::{BinaryHeap, HashMap, hash_map},
    time::Instant,
};

use gix_hash::{ObjectId, oid};

use super::{Repository, revision};

/// Commits between two looks at the clock.
const COMMITS_PER_LOOK: usize = 1024;

/// What a walk must know of a commit.
pub(super) struct Step {
    pub(super) parents: Vec<ObjectId>,
    pub(super) committed: i64,
}

/// Where a walk gets its commits.
pub(super) trait Commits {
    /// The commit `id`; `None` when it is not here.
    fn step(&mut self, id: ObjectId) -> Option<Step>;
    /// A number that is greater than that of each ancestor. A commit without one has descendants without one only.
    fn generation(&self, id: &oid) -> Option<u32>;
    /// Whether to stop.
    fn is_over(&self) -> bool;
}

/// The commits that are new.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Between {
    /// The oldest first.
    pub(super) commits: Vec<ObjectId>,
    /// Whether some of them have parents that are not here.
    pub(super) is_cut: bool,
}

/// Commits of a repository.
pub(super) struct Stored {
    objects: super::repository::Objects,
    graph: Option<gix_commitgraph::Graph>,
    deadline: Option<Instant>,
}

impl Stored {
    pub(super) fn new(repository: &Repository, deadline: Option<Instant>) -> Self {
        let folders = repository.stores.folders.iter();
        let graph =
            folders.map(|folder| gix_commitgraph::at(folder.join("info"), repository.hash, None)).find_map(Result::ok);
        Self { objects: repository.objects(), graph, deadline }
    }
}

impl Commits for Stored {
    fn step(&mut self, id: ObjectId) -> Option<Step> {
        let commit = revision::read(id, &mut self.objects)?;
        Some(Step { parents: commit.parents, committed: commit.committed })
    }

    fn generation(&self, id: &oid) -> Option<u32> {
        // Git writes 0 when it did not compute the number.
        let commit = self.graph.as_ref()?.commit_by_id(id)?;
        Some(commit.generation()).filter(|generation| *generation > 0)
    }

    fn is_over(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
}

/// What is known of a commit that was met.
struct Met {
    parents: Vec<ObjectId>,
    committed: i64,
    is_known: bool,
    waits: bool,
}

/// A walk under way.
struct Walk<'c, C> {
    commits: &'c mut C,
    met: HashMap<ObjectId, Met>,
    /// The newest first.
    waiting: BinaryHeap<(i64, ObjectId)>,
    /// How many of those that wait are new, as far as is known.
    new_waiting: usize,
    /// How many that were passed are new, as far as is known.
    new: usize,
}

/// Commits that `tip` reaches and none of `known` does.
pub(super) fn between(commits: &mut impl Commits, tip: ObjectId, known: &[ObjectId]) -> Between {
    let (met, waiting) = (HashMap::new(), BinaryHeap::new());
    let mut walk = Walk { commits, met, waiting, new_waiting: 0, new: 0 };
    for id in known {
        walk.meet(*id, true);
    }
    walk.meet(tip, false);
    walk.go();
    let met = walk.met;
    let new = met.iter().filter(|(_, commit)| !commit.is_known);
    let is_cut = new.clone().any(|(_, commit)| !commit.parents.iter().all(|parent| met.contains_key(parent)));
    let mut order: Vec<(i64, ObjectId)> = new.map(|(id, commit)| (commit.committed, *id)).collect();
    order.sort_unstable();
    Between { commits: order.into_iter().map(|(_, id)| id).collect(), is_cut }
}

impl<C: Commits> Walk<'_, C> {
    /// Notes a commit, when it is here, and whether it is known.
    fn meet(&mut self, id: ObjectId, is_known: bool) {
        match self.met.entry(id) {
            hash_map::Entry::Occupied(mut place) => {
                let met = place.get_mut();
                if !is_known || met.is_known {
                    return;
                }
                met.is_known = true;
                if met.waits {
                    self.new_waiting -= 1;
                } else {
                    // It was passed as new: its parents must hear of it.
                    self.new -= 1;
                    met.waits = true;
                    self.waiting.push((met.committed, id));
                }
            }
            hash_map::Entry::Vacant(place) => {
                let Some(Step { parents, committed }) = self.commits.step(id) else { return };
                place.insert(Met { parents, committed, is_known, waits: true });
                self.new_waiting += usize::from(!is_known);
                self.waiting.push((committed, id));
            }
        }
    }

    fn go(&mut self) {
        let mut lowest = None;
        let mut passed = 0_usize;
        while let Some((_, id)) = self.waiting.pop() {
            passed += 1;
            if self.new_waiting == 0 && self.new == 0
                || passed.is_multiple_of(COMMITS_PER_LOOK) && self.commits.is_over()
            {
                return;
            }
            let Some(met) = self.met.get_mut(&id) else { continue };
            met.waits = false;
            let is_known = met.is_known;
            if is_known && self.new_waiting == 0 {
                let lowest = *lowest.get_or_insert_with(|| self.lowest_new());
                // It leads to older generations only.
                if self.commits.generation(&id).is_some_and(|own| own <= lowest) {
                    continue;
                }
            }
            let parents = self.met.get(&id).map(|met| met.parents.clone()).unwrap_or_default();
            if !is_known {
                self.new_waiting -= 1;
                self.new += 1;
            }
            for parent in parents {
                self.meet(parent, is_known);
            }
        }
    }

    /// The lowest generation of what is new; nothing that comes to be known later lowers it.
    fn lowest_new(&self) -> u32 {
        let new = self.met.iter().filter(|(_, met)| !met.is_known);
        new.map(|(id, _)| self.commits.generation(id).unwrap_or(u32::MAX)).min().unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    /// Commits by number: parents have lower ones, times are anything.
    struct Drawn {
        commits: Vec<(Vec<usize>, i64)>,
        /// Those below have a generation.
        graphed: usize,
        read: usize,
    }

    fn id(number: usize) -> ObjectId {
        let mut bytes = [0; 20];
        bytes[..8].copy_from_slice(&(number as u64).to_be_bytes());
        ObjectId::from(bytes)
    }

    fn number(id: &oid) -> usize {
        usize::try_from(u64::from_be_bytes(id.as_bytes()[..8].try_into().unwrap())).unwrap()
    }

    impl Drawn {
        fn reached(&self, from: &[usize]) -> HashSet<usize> {
            let (mut reached, mut open) = (HashSet::new(), from.to_vec());
            while let Some(at) = open.pop() {
                if reached.insert(at) {
                    open.extend(&self.commits[at].0);
                }
            }
            reached
        }

        fn depth(&self, at: usize) -> u32 {
            self.commits[at].0.iter().map(|parent| self.depth(*parent)).max().unwrap_or(0) + 1
        }
    }

    impl Commits for Drawn {
        fn step(&mut self, id: ObjectId) -> Option<Step> {
            self.read += 1;
            let (parents, committed) = self.commits.get(number(&id))?;
            Some(Step {
                parents: parents.iter().map(|parent| super::tests::id(*parent)).collect(),
                committed: *committed,
            })
        }

        fn generation(&self, id: &oid) -> Option<u32> {
            Some(number(id)).filter(|at| *at < self.graphed).map(|at| self.depth(at))
        }

        fn is_over(&self) -> bool {
            false
        }
    }

    fn commits() -> impl Strategy<Value = Vec<(Vec<usize>, i64)>> {
        let commit = (prop::collection::vec(any::<prop::sample::Index>(), 0..3), 0..12_i64);
        prop::collection::vec(commit, 1..30).prop_map(|drawn| {
            let parents = |at: usize, parents: Vec<prop::sample::Index>| {
                if at == 0 { Vec::new() } else { parents.iter().map(|parent| parent.index(at)).collect() }
            };
            drawn.into_iter().enumerate().map(|(at, (chosen, time))| (parents(at, chosen), time)).collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

        #[test]
        fn what_is_new_is_what_can_be_reached_whatever_the_clocks_say(
            commits in commits(),
            tip in any::<prop::sample::Index>(),
            known in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
            graphed in any::<prop::sample::Index>(),
        ) {
            let (tip, graphed) = (tip.index(commits.len()), graphed.index(commits.len() + 1));
            let known: Vec<usize> = known.iter().map(|known| known.index(commits.len())).collect();
            let mut drawn = Drawn { commits, graphed, read: 0 };
            let before = drawn.reached(&known);
            let expected: HashSet<usize> = drawn.reached(&[tip]).difference(&before).copied().collect();
            let known: Vec<ObjectId> = known.into_iter().map(id).collect();
            let found = between(&mut drawn, id(tip), &known);
            prop_assert_eq!(found.commits.iter().map(|id| number(id)).collect::<HashSet<_>>(), expected);
            prop_assert!(!found.is_cut);
        }
    }

    #[test]
    fn generations_end_the_walk_soon() {
        let chain = |length: usize| (0..length).map(|at| (at.checked_sub(1).into_iter().collect(), 7)).collect();
        let mut drawn = Drawn { commits: chain(500), graphed: 0, read: 0 };
        let expected: Vec<ObjectId> = (490..500).map(id).collect();
        assert_eq!(between(&mut drawn, id(499), &[id(489)]).commits, expected);
        assert_eq!(drawn.read, 500, "without them all must be read");
        let mut drawn = Drawn { commits: chain(500), graphed: 490, read: 0 };
        assert_eq!(between(&mut drawn, id(499), &[id(489)]).commits, expected);
        assert!(drawn.read < 20, "{}", drawn.read);
    }

    #[test]
    fn parents_that_are_not_here_are_told() {
        let mut drawn = Drawn { commits: vec![(vec![], 0), (vec![0, 77], 1)], graphed: 0, read: 0 };
        assert!(between(&mut drawn, id(1), &[]).is_cut);
        assert!(!between(&mut drawn, id(0), &[id(1)]).is_cut, "those of known commits do not matter");
    }
}
