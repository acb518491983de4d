//! Finding ids in the index of a pack.
//!
//! An index is sorted, and git's own table of first bytes leaves thousands of ids of a large pack to search among: a search is mostly spent
//! waiting for memory. Numbers of millions of ids are asked for, so a finer table is made that leaves a handful, and among them the likely one is
//! looked at first.

use std::{cmp::Ordering, ops::Range};

use gix_hash::oid;
use gix_pack::index::File;

/// Ids that begin alike, on the average.
const TOGETHER: u32 = 8;
/// Bits of an id that are looked at, at most; a table of four megabytes.
const MOST_BITS: u32 = 20;

/// Where the ids with each beginning stand in an index.
pub(super) struct Lookup {
    /// One more than there are beginnings.
    first: Vec<u32>,
    bits: u32,
}

impl Lookup {
    /// `None` when the index is not sorted: in such a one ids cannot be found, and only somebody who hides them would write it.
    pub(super) fn new(index: &File) -> Option<Self> {
        let bits = (index.num_objects() / TOGETHER).checked_ilog2().unwrap_or(0).clamp(1, MOST_BITS);
        let mut first = vec![0_u32; (1 << bits) + 1];
        for at in 0..index.num_objects() {
            let id = index.oid_at_index(at);
            if at > 0 && index.oid_at_index(at - 1) > id {
                return None;
            }
            first[beginning(id, bits) + 1] += 1;
        }
        for at in 1..first.len() {
            first[at] += first[at - 1];
        }
        Some(Self { first, bits })
    }

    /// The position of `id` in `index`, the one that this was made for.
    pub(super) fn position(&self, index: &File, id: &oid) -> Option<u32> {
        let at = beginning(id, self.bits);
        search(self.first[at]..self.first[at + 1], id, self.bits, |position| index.oid_at_index(position))
    }
}

/// The place of `id` among the ids at `places`, which are sorted and have the first `bits` in common.
///
/// Ids lie evenly, so the first look is where this one would stand, and the second beside it. Forged ids do not, so from there on what is left is
/// halved.
fn search<'i>(mut places: Range<u32>, id: &oid, bits: u32, id_at: impl Fn(u32) -> &'i oid) -> Option<u32> {
    let wanted = leading(id);
    let part = (wanted << bits) >> 32;
    let ahead = (part * places.len() as u64) >> 32;
    let mut at = places.start + u32::try_from(ahead).unwrap_or(0);
    let mut is_first = true;
    while !places.is_empty() {
        let other = id_at(at);
        let beside = match leading(other).cmp(&wanted).then_with(|| other.cmp(id)) {
            Ordering::Equal => return Some(at),
            Ordering::Less => {
                places.start = at + 1;
                places.start
            }
            Ordering::Greater => {
                places.end = at;
                at.saturating_sub(1)
            }
        };
        at = if is_first { beside } else { places.start.midpoint(places.end) };
        is_first = false;
    }
    None
}

/// The first eight bytes of an id: two that differ mostly differ there.
fn leading(id: &oid) -> u64 {
    id.as_bytes().first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// The first `bits` of an id.
fn beginning(id: &oid, bits: u32) -> usize {
    let bytes = id.as_bytes();
    (u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) >> (32 - bits)) as usize
}

#[cfg(test)]
mod tests {
    use gix_hash::ObjectId;
    use proptest::prelude::*;

    use super::*;

    const BITS: u32 = 3;

    /// Ids that begin with the bits 101; many have their first eight bytes in common with others, as only forged ones do.
    fn id() -> impl Strategy<Value = ObjectId> {
        let first = prop_oneof![Just([0xa0_u8; 8]), Just([0xbf; 8]), any::<[u8; 8]>()];
        (first, any::<[u8; 12]>()).prop_map(|(first, rest)| {
            let mut bytes = [0; 20];
            bytes[..8].copy_from_slice(&first);
            bytes[8..].copy_from_slice(&rest);
            bytes[0] = bytes[0] & 0x1f | 0xa0;
            ObjectId::from(bytes)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

        #[test]
        fn every_id_is_found_where_it_stands_and_no_other_is(
            ids in prop::collection::btree_set(id(), 0..40),
            before in 0..5_u32,
            other in id(),
        ) {
            let ids: Vec<ObjectId> = ids.into_iter().collect();
            let places = before..before + u32::try_from(ids.len()).unwrap();
            let find = |id: &oid| search(places.clone(), id, BITS, |at| &ids[(at - before) as usize]);
            for (place, id) in places.clone().zip(&ids) {
                prop_assert_eq!(find(id), Some(place));
            }
            prop_assert_eq!(find(&other).is_some(), ids.contains(&other));
        }
    }
}
