//! The work of all threads on a pack: trees of deltas, each decoded from its root on.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use gix_object::Kind;

use super::{Absent, Decoder, Derived, Item, LARGEST_BASE, Pack, Sink, Wanted};
use crate::model::SkipReason;

/// Bytes of bases that wait for their other children, on all threads together.
const HELD: usize = 96 << 20;
/// Roots that are one task.
const ROOTS: usize = 32;

/// The work of all threads on a pack.
pub(super) struct Forest<'f, S: Sink> {
    pack: &'f Pack,
    wanted: Wanted<'f>,
    /// For each node whether it is decoded, where not all are.
    needed: Option<&'f [bool]>,
    sink: &'f S,
    /// Bytes of bases that wait for their other children.
    held: AtomicUsize,
    /// Decoders to use again.
    decoders: Mutex<Vec<Decoder>>,
}

/// An object from which others are derived.
struct Opened<'f, T> {
    content: Vec<u8>,
    trace: Option<T>,
    /// Told when the object is let go, if it was counted.
    held: Option<&'f AtomicUsize>,
}

impl<T> Drop for Opened<'_, T> {
    fn drop(&mut self) {
        if let Some(held) = self.held {
            held.fetch_sub(self.content.len(), Ordering::Relaxed);
        }
    }
}

/// What a node is derived from.
enum Base<'f, T> {
    /// Nothing.
    Root,
    /// This object.
    Opened(Arc<Opened<'f, T>>),
    /// An object that was given up for memory.
    GivenUp,
    /// An object that cannot be had.
    Lost,
}

impl<'f, S: Sink> Forest<'f, S> {
    pub(super) fn new(pack: &'f Pack, wanted: Wanted<'f>, needed: Option<&'f [bool]>, sink: &'f S) -> Self {
        Self { pack, wanted, needed, sink, held: AtomicUsize::new(0), decoders: Mutex::default() }
    }

    /// Decodes the trees of deltas that grow from `roots`.
    pub(super) fn grow_from(&self, roots: &[u32]) {
        rayon::scope(|scope| {
            // The largest trees of deltas come first in most packs; small groups of roots keep the threads equally busy.
            for roots in roots.chunks(ROOTS) {
                scope.spawn(move |scope| {
                    for root in roots {
                        self.grow(scope, *root, Base::Root);
                    }
                });
            }
        });
    }

    /// The children of `node` that are decoded.
    fn children(&self, node: u32) -> impl Iterator<Item = u32> {
        let children = self.pack.children(node).iter().copied();
        children.filter(|child| self.needed.is_none_or(|needed| needed[*child as usize]))
    }

    /// Decodes `node` and what hangs on it: one child at once, the others as tasks for whoever has time.
    fn grow<'s>(&'s self, scope: &rayon::Scope<'s>, mut node: u32, mut base: Base<'s, S::Trace>)
    where
        'f: 's,
    {
        let decoders = || self.decoders.lock().unwrap_or_else(PoisonError::into_inner);
        let mut decoder = decoders().pop().unwrap_or_default();
        while !self.sink.is_over() {
            let opened = self.open(node, &base, &mut decoder);
            let opened = opened.or_else(|absent| self.open_another(node, absent));
            let mut others = self.children(node);
            let Some(first) = others.next() else { break };
            base = opened.map_or(Base::Lost, |opened| self.share(opened, self.children(node).count() - 1));
            for other in others {
                let base = match &base {
                    Base::Opened(opened) => Base::Opened(Arc::clone(opened)),
                    Base::Lost => Base::Lost,
                    Base::GivenUp | Base::Root => Base::GivenUp,
                };
                scope.spawn(move |scope| self.grow(scope, other, base));
            }
            node = first;
        }
        decoders().push(decoder);
    }

    /// Keeps an object for its children, or gives it up when too much is held: then each child derives it anew.
    fn share<'s>(&'s self, mut opened: Opened<'s, S::Trace>, others: usize) -> Base<'s, S::Trace> {
        if others > 0 {
            let length = opened.content.len();
            if self.held.fetch_add(length, Ordering::Relaxed) + length > HELD {
                self.held.fetch_sub(length, Ordering::Relaxed);
                return Base::GivenUp;
            }
            opened.held = Some(&self.held);
        }
        Base::Opened(Arc::new(opened))
    }

    /// Decodes `node` and hands it on.
    fn open<'s>(
        &self,
        node: u32,
        base: &Base<'s, S::Trace>,
        decoder: &mut Decoder,
    ) -> Result<Opened<'s, S::Trace>, Absent> {
        // A base that is too large to be read may have children that are not.
        let (pack, limit) = (self.pack, self.wanted.limit.max(LARGEST_BASE));
        let mut content = Vec::new();
        let mut derived = None;
        match base {
            Base::Root => pack.inflate(node, &mut decoder.inflate, &mut content, limit)?,
            Base::Opened(opened) => {
                content = pack.child(node, &opened.content, decoder, limit)?;
                let base_length = opened.content.len();
                derived = opened.trace.as_ref().map(|base| Derived { base, base_length, pieces: &decoder.pieces[..] });
            }
            Base::GivenUp => content = pack.derive(node, decoder, limit, self.wanted.another)?,
            Base::Lost => return Err(Absent::Corrupt("what it is derived from is damaged".into())),
        }
        let trace = pack.nodes[node as usize].kind.and_then(|kind| self.hand_on(kind, node, &content, derived));
        Ok(Opened { content, trace, held: None })
    }

    /// Goes on with another copy of `node`, or reports that there is none.
    fn open_another<'s>(&self, node: u32, absent: Absent) -> Result<Opened<'s, S::Trace>, ()> {
        let id = self.pack.id(node);
        let Some((kind, content)) = (self.wanted.another)(id) else {
            if (self.wanted.takes)(id) {
                self.sink.absent(id, absent.into());
            }
            return Err(());
        };
        let trace = self.hand_on(kind, node, &content, None);
        Ok(Opened { content, trace, held: None })
    }

    /// Gives an object to the sink, when it is asked for.
    pub(super) fn hand_on(
        &self,
        kind: Kind,
        node: u32,
        content: &[u8],
        derived: Option<Derived<'_, S::Trace>>,
    ) -> Option<S::Trace> {
        let (id, number) = (self.pack.id(node), self.wanted.first + self.pack.nodes[node as usize].position);
        if !self.wanted.kinds.contains(&kind) || !self.wanted.is_among(number) || !(self.wanted.takes)(id) {
            return None;
        }
        if kind == Kind::Blob && content.len() as u64 > self.wanted.limit {
            self.sink.absent(id, SkipReason::TooLarge);
            return None;
        }
        self.sink.object(Item { kind, id, number }, content, derived)
    }
}
