//! The second look at what may hold something: blobs whose paths and commits are known by now are decoded once more and handed on.

use std::sync::{Mutex, PoisonError};

use gix_hash::oid;

use super::{
    History,
    pack::{Derived, Item, Sink},
};
use crate::{
    input::{Entry, Visitor},
    model::{Blob, Origin, SkipReason},
};

/// Gives visitors, one for each thread.
pub type Visitors<'m, 'v> = &'m (dyn Fn() -> Box<dyn Visitor + Send + 'v> + Sync);

/// A blob that may hold something, and where it stands.
pub(super) struct Chosen {
    pub(super) number: u32,
    pub(super) path: String,
    pub(super) origin: Origin,
}

/// Hands chosen blobs on, as they are decoded once more: versions of a file are derived from one another.
pub(super) struct Handing<'h, 'v> {
    /// Sorted by number.
    chosen: &'h [Chosen],
    history: &'h History<'h>,
    make: Visitors<'h, 'v>,
    /// Visitors that no thread uses just now.
    idle: Mutex<Vec<Box<dyn Visitor + Send + 'v>>>,
}

impl<'h, 'v> Handing<'h, 'v> {
    pub(super) fn new(history: &'h History<'h>, chosen: &'h [Chosen], make: Visitors<'h, 'v>) -> Self {
        Self { chosen, history, make, idle: Mutex::default() }
    }

    fn visit(&self, number: u32, entry: impl FnOnce(&Chosen, &mut dyn Visitor)) {
        let Ok(at) = self.chosen.binary_search_by_key(&number, |blob| blob.number) else { return };
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle().pop();
        let mut visitor = waiting.unwrap_or_else(self.make);
        entry(&self.chosen[at], &mut *visitor);
        idle().push(visitor);
    }
}

impl Sink for Handing<'_, '_> {
    type Trace = ();

    fn object(&self, item: Item<'_>, bytes: &[u8], _: Option<Derived<'_, ()>>) -> Option<()> {
        self.visit(item.number, |Chosen { path, origin, .. }, visitor| {
            visitor.visit(Entry::Blob(Blob { path, bytes, origin, private: false }));
        });
        None
    }

    fn absent(&self, id: &oid, reason: SkipReason) {
        let Some(number) = self.history.number(id) else { return };
        self.visit(number, |blob, visitor| visitor.visit(Entry::skipped(blob.path.clone(), reason)));
    }

    fn is_over(&self) -> bool {
        // Visitors look at the clock themselves, and say so.
        false
    }
}
