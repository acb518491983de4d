//! The work of all threads on a pack: trees of deltas, each decoded from its root on.
//!
//! A thread goes on with that child of an object from which most is derived, and the others are tasks for whichever thread is free: each of
//! these holds the base until it has begun. When much is held that way the thread does the others itself before it goes on. From each of them
//! comes at most half of what comes from their base, so these detours are nested few times, and there as well the base is held; only when
//! huge objects are nested is one given up, and derived again for each child.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use gix_object::Kind;

use super::{Absent, Decoder, Derived, Item, LARGEST_BASE, Pack, Sink, Wanted};
use crate::model::SkipReason;

/// Bytes of bases that wait for tasks, on all threads together.
const HELD: usize = 96 << 20;
/// Bytes of bases that wait for anything, except one for each thread.
const MOST_HELD: usize = 192 << 20;
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

/// Whether an object waits for those of its children that are not decoded next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// Until tasks have begun.
    ForTasks,
    /// Until this thread has decoded what comes from them.
    Here,
    /// They derive it again.
    No,
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
                        self.grow(scope, *root, Base::Root, 0);
                    }
                });
            }
        });
    }

    /// The children of `node` that are decoded; that from which most is derived is the last, if it is one of them.
    fn children(&self, node: u32) -> impl DoubleEndedIterator<Item = u32> {
        let children = self.pack.children(node).iter().copied();
        children.filter(|child| self.needed.is_none_or(|needed| needed[*child as usize]))
    }

    /// Decodes `node` and what hangs on it. `nested` is how many bases wait for it on this thread.
    fn grow<'s>(&'s self, scope: &rayon::Scope<'s>, mut node: u32, mut base: Base<'s, S::Trace>, nested: usize)
    where
        'f: 's,
    {
        let decoders = || self.decoders.lock().unwrap_or_else(PoisonError::into_inner);
        let mut decoder = decoders().pop().unwrap_or_default();
        while !self.sink.is_over() {
            let opened = self.open(node, &base, &mut decoder);
            let opened = opened.or_else(|absent| self.open_another(node, absent));
            let mut others = self.children(node);
            let Some(last) = others.next_back() else { break };
            let mut others = others.peekable();
            let mut kept = Kept::ForTasks;
            base = opened.map_or(Base::Lost, |mut opened| {
                if others.peek().is_some() {
                    kept = self.keep(&mut opened, nested);
                }
                Base::Opened(Arc::new(opened))
            });
            for other in others {
                let base = match &base {
                    Base::Opened(_) if kept == Kept::No => Base::GivenUp,
                    Base::Opened(opened) => Base::Opened(Arc::clone(opened)),
                    _ => Base::Lost,
                };
                if kept == Kept::Here {
                    self.grow(scope, other, base, nested + 1);
                } else {
                    scope.spawn(move |scope| self.grow(scope, other, base, 0));
                }
            }
            node = last;
        }
        decoders().push(decoder);
    }

    /// Decides whether an object waits for its other children, and counts it if so.
    fn keep<'s>(&'s self, opened: &mut Opened<'s, S::Trace>, nested: usize) -> Kept {
        let length = opened.content.len();
        let held = self.held.fetch_add(length, Ordering::Relaxed) + length;
        opened.held = Some(&self.held);
        if held <= HELD {
            return Kept::ForTasks;
        }
        if nested == 0 || held <= MOST_HELD {
            return Kept::Here;
        }
        opened.held = None;
        self.held.fetch_sub(length, Ordering::Relaxed);
        Kept::No
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
