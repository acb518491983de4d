//! Finding ids in the index of a pack.
//!
//! An index is sorted, and git's own table of first bytes leaves thousands of ids of a large pack to search among: a search is mostly spent
//! waiting for memory. Numbers of millions of ids are asked for, so a finer table is made that leaves a handful.

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
        let (mut low, mut high) = (self.first[at], self.first[at + 1]);
        while low < high {
            let middle = low.midpoint(high);
            match index.oid_at_index(middle).cmp(id) {
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }
}

/// The first `bits` of an id.
fn beginning(id: &oid, bits: u32) -> usize {
    let bytes = id.as_bytes();
    (u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) >> (32 - bits)) as usize
}
