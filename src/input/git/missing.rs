//! Objects that others refer to and that are not here.

use std::collections::BTreeSet;

use gix_hash::ObjectId;

/// Objects that are kept: of a clone without blobs millions may be missing.
const MOST: usize = 10_000;
/// Objects that are named.
const NAMED: usize = 3;

/// Some of the objects that are missing: those with the least ids, so that it does not depend on threads which.
#[derive(Debug, Default)]
pub(super) struct Missing(BTreeSet<ObjectId>);

impl Missing {
    pub(super) fn add(&mut self, id: ObjectId) {
        // Git knows what an empty folder is, and need not store it.
        if id.is_empty_tree() {
            return;
        }
        if self.0.len() < MOST {
            self.0.insert(id);
        } else if self.0.last().is_some_and(|last| id < *last) && self.0.insert(id) {
            self.0.pop_last();
        }
    }

    pub(super) fn extend(&mut self, ids: impl IntoIterator<Item = ObjectId>) {
        ids.into_iter().for_each(|id| self.add(id));
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = ObjectId> {
        self.0.iter().copied()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first of them, and how many more there are.
    pub(super) fn told(&self) -> String {
        let named: Vec<String> = self.0.iter().take(NAMED).map(ToString::to_string).collect();
        let named = named.join(", ");
        match self.0.len().saturating_sub(NAMED) {
            0 => named,
            more if self.0.len() < MOST => format!("{named} and {more} more"),
            more => format!("{named} and at least {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u16) -> ObjectId {
        let mut bytes = [0; 20];
        bytes[..2].copy_from_slice(&number.to_be_bytes());
        ObjectId::from(bytes)
    }

    #[test]
    fn the_least_ids_are_kept_and_named_in_whatever_order_they_come() {
        let mut few = Missing::default();
        few.extend([id(3), id(1), id(3)]);
        assert_eq!(few.told(), format!("{}, {}", id(1), id(3)));
        few.extend([id(2), id(9)]);
        assert_eq!(few.told(), format!("{}, {}, {} and 1 more", id(1), id(2), id(3)));
        let (mut up, mut down) = (Missing::default(), Missing::default());
        up.extend((0..12_000).map(id));
        down.extend((0..12_000).rev().map(id));
        assert_eq!(up.iter().collect::<Vec<_>>(), (0..10_000).map(id).collect::<Vec<_>>());
        assert_eq!(up.told(), down.told());
        assert!(up.told().ends_with("and at least 9997 more"), "{}", up.told());
    }
}
