//! Which beginnings some ids have: nearly all others are told from them by a look at one bit, in memory that stays near.

use gix_hash::oid;

/// Bits of an id that are looked at; half a megabyte for all.
const BITS: u32 = 22;

/// A set of beginnings of ids.
pub(super) struct Beginnings(Vec<u64>);

impl Beginnings {
    pub(super) fn of<I: AsRef<oid>>(ids: impl IntoIterator<Item = I>) -> Self {
        let mut bits = vec![0_u64; 1 << (BITS - 6)];
        for id in ids {
            let at = place(id.as_ref());
            bits[at / 64] |= 1 << (at % 64);
        }
        Self(bits)
    }

    /// Whether `id` may be one of them; no is never wrong.
    pub(super) fn may_have(&self, id: &oid) -> bool {
        let at = place(id);
        (self.0[at / 64] >> (at % 64)) & 1 == 1
    }
}

fn place(id: &oid) -> usize {
    let bytes = id.as_bytes();
    (u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) >> (32 - BITS)) as usize
}
