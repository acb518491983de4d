//! A tree as a version of another: what it holds is taken over for the bytes that are copied, and parsed for the new ones.

use std::ops::Range;

use super::{
    object::{TreeEntry, entry},
    pack::Derived,
};

/// What is remembered of a tree while others are derived from it.
pub(super) struct Version {
    tree: u32,
    entries: Vec<Placed>,
}

/// An entry of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Placed {
    /// Where it ends; the next begins there.
    end: u32,
    /// The number of what it names, when that counts.
    child: Option<Number>,
}

/// A number of an object, plus one: so that an entry takes eight bytes.
type Number = std::num::NonZeroU32;

/// Bytes of an entry beside its id: a mode, a blank and a zero, and a name of one letter.
const SHORTEST: usize = 8;

/// How a tree differs from its base in what it holds, by number. Each is named once, however often a tree holds it. A tree that has less in common
/// with its base than not is told without it: a base with thousands of entries may be that of thousands of trees with one.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    /// The base, if it holds anything and helps.
    pub(super) base: Option<u32>,
    /// What it holds and the base does not; all, without a base. Sorted.
    pub(super) new: Vec<u32>,
    /// What the base holds and it does not, sorted.
    pub(super) gone: Vec<u32>,
}

impl Change {
    /// Whether the tree holds anything, or could.
    pub(super) fn says_something(&self) -> bool {
        self.base.is_some() || !self.new.is_empty()
    }
}

impl Version {
    /// Reads the tree with the number `tree`, up to the first entry that does not parse. `child` gives the numbers of what entries name that counts.
    pub(super) fn read(
        tree: u32,
        bytes: &[u8],
        base: Option<Derived<'_, Self>>,
        hash: gix_hash::Kind,
        mut child: impl FnMut(TreeEntry<'_>) -> Option<u32>,
    ) -> (Self, Change) {
        let mut reader = Reader { base, place: (0, 0), entries: Vec::new(), kept: Vec::new(), parsed: Vec::new() };
        let most = bytes.len() / (hash.len_in_bytes() + SHORTEST) + 1;
        reader.entries.reserve(reader.base.as_ref().map_or(0, |base| most.min(base.base.entries.len() + 1)));
        let mut at = 0;
        while at < bytes.len() {
            if let Some(end) = reader.take_over(at) {
                at = end;
                continue;
            }
            let Some((entry, rest)) = entry(&bytes[at..], hash) else { break };
            at = bytes.len() - rest.len();
            let child = child(entry);
            reader.parsed.extend(child);
            reader.entries.push(Placed { end: short(at), child: child.and_then(|child| Number::new(child + 1)) });
        }
        let change = reader.change();
        (Self { tree, entries: reader.entries }, change)
    }

    /// The entry that begins at `place`.
    fn beginning_at(&self, place: usize) -> Option<usize> {
        if place == 0 {
            return Some(0);
        }
        self.entries.binary_search_by_key(&place, |entry| entry.end as usize).ok().map(|before| before + 1)
    }
}

/// A tree as it is read.
struct Reader<'b> {
    base: Option<Derived<'b, Version>>,
    /// The piece that was reached, and where it begins.
    place: (usize, usize),
    entries: Vec<Placed>,
    /// Entries of the base that were taken over.
    kept: Vec<Range<usize>>,
    /// What was parsed.
    parsed: Vec<u32>,
}

impl Reader<'_> {
    /// Takes over the entries from `at` on that lie within one copy; gives the place behind them, if there are any.
    fn take_over(&mut self, at: usize) -> Option<usize> {
        let Derived { base, pieces, .. } = self.base.as_ref()?;
        let (mut number, mut start) = self.place;
        while let Some(piece) = pieces.get(number).filter(|piece| start + piece.length <= at) {
            start += piece.length;
            number += 1;
        }
        self.place = (number, start);
        let piece = pieces.get(number)?;
        let from = piece.from?;
        let first = base.beginning_at(from + at - start)?;
        let until = from + piece.length;
        let count = base.entries[first..].partition_point(|entry| entry.end as usize <= until);
        let same = &base.entries[first..first + count];
        let end = same.last()?.end as usize + start - from;
        self.entries
            .extend(same.iter().map(|entry| Placed { end: short(entry.end as usize + start - from), ..*entry }));
        self.kept.push(first..first + count);
        Some(end)
    }

    fn change(&mut self) -> Change {
        let base = self.base.as_ref().map(|derived| derived.base);
        // What one with far more entries holds is not even looked through.
        let Some(base) = base.filter(|base| base.entries.len() / 2 <= self.entries.len()) else { return self.whole() };
        self.kept.sort_unstable_by_key(|kept| kept.start);
        let (mut gone, mut reached, end) = (Vec::new(), 0, base.entries.len());
        for kept in self.kept.iter().cloned().chain(std::iter::once(end..end)) {
            if kept.start > reached {
                gone.extend(base.entries[reached..kept.start].iter().copied().filter_map(number));
            }
            reached = reached.max(kept.end);
        }
        let new = without(std::mem::take(&mut self.parsed), &base.entries);
        let gone = without(gone, &self.entries);
        if base.entries.iter().all(|entry| entry.child.is_none()) {
            return Change { base: None, new, gone };
        }
        if !gone.is_empty()
            && gone.len() + new.len() >= self.entries.iter().filter(|entry| entry.child.is_some()).count()
        {
            return self.whole();
        }
        Change { base: Some(base.tree), new, gone }
    }

    /// All that the tree holds.
    fn whole(&self) -> Change {
        let held = self.entries.iter().copied().filter_map(number).collect();
        Change { base: None, new: without(held, &[]), gone: Vec::new() }
    }
}

fn number(entry: Placed) -> Option<u32> {
    entry.child.map(|number| number.get() - 1)
}

/// Trees are limited to far less than 32 bits count.
fn short(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// Those of `numbers` that none of `entries` names: sorted, each once.
fn without(mut numbers: Vec<u32>, entries: &[Placed]) -> Vec<u32> {
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.is_empty() {
        return numbers;
    }
    let mut named = vec![false; numbers.len()];
    for at in entries.iter().copied().filter_map(number).filter_map(|number| numbers.binary_search(&number).ok()) {
        named[at] = true;
    }
    let mut named = named.into_iter();
    numbers.retain(|_| named.next() == Some(false));
    numbers
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use gix_hash::Kind;
    use proptest::prelude::*;

    use super::*;
    use crate::{input::git::object::entries, model::Piece};

    /// Bytes of a tree with an entry for each of `children`, by number.
    fn tree(children: &[u8]) -> Vec<u8> {
        let entry = |child: &u8| [b"40000 d", &[b'0' + child % 10][..], b"\0", &[*child; 20]].concat();
        children.iter().flat_map(entry).collect()
    }

    /// The number of what an entry names; every fourth does not count.
    fn child(entry: TreeEntry<'_>) -> Option<u32> {
        let first = u32::from(entry.id.as_bytes()[0]);
        (first % 4 != 3).then_some(first)
    }

    fn held(bytes: &[u8]) -> BTreeSet<u32> {
        entries(bytes, Kind::Sha1).filter_map(child).collect()
    }

    /// A text made of pieces of `base` and of `new`.
    fn derive(base: &[u8], new: &[u8], edits: &[(bool, usize, usize)]) -> (Vec<u8>, Vec<Piece>) {
        let (mut bytes, mut pieces) = (Vec::new(), Vec::new());
        for &(copies, start, length) in edits {
            let source = if copies { base } else { new };
            let start = start.min(source.len());
            let piece = &source[start..source.len().min(start + length)];
            Piece::append(&mut pieces, copies.then_some(start), piece.len());
            bytes.extend_from_slice(piece);
        }
        (bytes, pieces)
    }

    fn edits() -> impl Strategy<Value = Vec<(bool, usize, usize)>> {
        // Mostly whole entries, which have 29 bytes.
        let place = || prop_oneof![4 => (0..20_usize).prop_map(|entry| entry * 29), 1 => 0..600_usize];
        prop::collection::vec((any::<bool>(), place(), place()), 0..8)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(3000) })]

        #[test]
        fn what_changed_and_the_base_give_what_a_tree_holds(
            base in prop::collection::vec(0..12_u8, 0..20),
            new in prop::collection::vec(0..16_u8, 0..20),
            chain in prop::collection::vec(edits(), 1..4),
        ) {
            let (mut bytes, new) = (tree(&base), tree(&new));
            let (mut version, change) = Version::read(0, &bytes, None, Kind::Sha1, child);
            let mut known: BTreeSet<u32> = change.new.into_iter().collect();
            prop_assert_eq!(&known, &held(&bytes));
            for (tree, edits) in (1..).zip(chain) {
                let (next, pieces) = derive(&bytes, &new, &edits);
                let derived = Derived { base: &version, base_length: bytes.len(), pieces: &pieces };
                let (own, change) = Version::read(tree, &next, Some(derived), Kind::Sha1, child);
                let expected = held(&next);
                prop_assert!(change.base.is_none_or(|base| base == tree - 1));
                let before = if change.base.is_some() { known } else { BTreeSet::new() };
                prop_assert_eq!(&change.new, &expected.difference(&before).copied().collect::<Vec<_>>());
                prop_assert_eq!(&change.gone, &before.difference(&expected).copied().collect::<Vec<_>>());
                // What is kept follows what the tree holds, however much its base does.
                let named = entries(&next, Kind::Sha1).filter_map(child).count();
                prop_assert!(change.gone.len() <= named, "{change:?}");
                (version, known, bytes) = (own, expected, next);
            }
        }
    }
}
