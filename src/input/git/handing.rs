//! The second look at what may hold something: blobs whose paths and commits are known by now, and messages, are decoded once more and handed on.

use std::sync::{Mutex, PoisonError};

use gix_hash::oid;
use gix_object::Kind;

use super::{
    History, TAG_MESSAGE,
    object::{merged_tags, message},
    pack::{Derived, Item, Sink},
};
use crate::{
    input::{Entry, Visitor},
    model::{Blob, ObjectKind, Origin, SkipReason},
};

/// Gives visitors, one for each thread.
pub type Visitors<'m, 'v> = &'m (dyn Fn() -> Box<dyn Visitor + Send + 'v> + Sync);

/// A blob, commit or tag that may hold something, and where it stands.
pub(super) struct Chosen {
    pub(super) number: u32,
    pub(super) path: String,
    pub(super) origin: Origin,
}

/// Hands chosen objects on, as they are decoded once more: versions of a file are derived from one another.
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
            let bytes_read = if item.kind == Kind::Blob { bytes } else { message(bytes).1 };
            visitor.visit(Entry::Blob(Blob { path, bytes: bytes_read, origin, private: false }));
            if item.kind == Kind::Commit {
                let origin = Origin { object: Some(ObjectKind::TagMessage), ..origin.clone() };
                for bytes in merged_tags(bytes) {
                    visitor.visit(Entry::Blob(Blob {
                        path: TAG_MESSAGE,
                        bytes: &bytes,
                        origin: &origin,
                        private: false,
                    }));
                }
            }
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
