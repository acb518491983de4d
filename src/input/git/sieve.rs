//! The first look at all objects: which of them may hold something, and which commits there are.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Instant,
};

use gix_hash::{ObjectId, oid};
use gix_object::Kind;

use super::{
    History, HistoryCounts, Options, Shards, commits,
    missing::Missing,
    object::{Commit, merged_tags, message, tagged},
    pack::{Derived, Item, Sink},
};
use crate::model::{Piece, SkipReason, Skipped};

/// The first look at an object: may it hold something, wherever it stands? It may say "perhaps" wrongly, never "no" wrongly.
///
/// Most versions of a file differ little from another that was looked at already. What was learnt of that one, its trace, and which bytes
/// come from it spare most of the work.
pub trait Sift: Sync {
    /// What is remembered of an object while others are derived from it.
    type Trace: Send + Sync;
    /// Looks at the whole of `bytes`.
    fn whole(&self, bytes: &[u8]) -> Self::Trace;
    /// Looks at `bytes`, which consist of `pieces`, some of them copied from a text of `base_length` bytes with the trace `base`.
    fn derived(&self, bytes: &[u8], base: &Self::Trace, base_length: usize, pieces: &[Piece]) -> Self::Trace;
    /// Whether a text with this trace may hold something.
    fn may_hold(&self, trace: &Self::Trace) -> bool;
    /// Told of each object that was read.
    fn read(&self, bytes: usize);
}

/// What the first pass found.
#[derive(Default)]
pub(super) struct Sifted {
    pub(super) blobs: BTreeSet<ObjectId>,
    pub(super) messages: BTreeSet<ObjectId>,
    pub(super) tags: BTreeSet<ObjectId>,
    pub(super) commits: commits::Read,
    pub(super) absent: Vec<Skipped>,
    /// What commits and tags refer to and is not here.
    pub(super) missing: Missing,
}

pub(super) struct Sieve<'s, S> {
    history: &'s History<'s>,
    sift: &'s S,
    deadline: Option<Instant>,
    shards: Shards<'s>,
    sifted: Mutex<Sifted>,
    commits: AtomicU64,
    blobs: AtomicU64,
    bytes: AtomicU64,
    late: AtomicBool,
}

impl<'s, S: Sift> Sieve<'s, S> {
    pub(super) fn new(history: &'s History<'s>, sift: &'s S, options: &Options<'s>) -> Self {
        Self {
            history,
            sift,
            deadline: options.deadline,
            shards: options.shards,
            sifted: Mutex::default(),
            commits: AtomicU64::new(0),
            blobs: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            late: AtomicBool::new(false),
        }
    }

    /// What was read, what was found, and whether the time was over before the end.
    pub(super) fn into_parts(self) -> (HistoryCounts, Sifted, bool) {
        let counts = HistoryCounts {
            commits: self.commits.into_inner(),
            blobs: self.blobs.into_inner(),
            bytes: self.bytes.into_inner(),
        };
        (counts, self.sifted.into_inner().unwrap_or_else(PoisonError::into_inner), self.late.into_inner())
    }

    fn note(&self, change: impl FnOnce(&mut Sifted)) {
        change(&mut self.sifted.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn count(&self, bytes: &[u8]) {
        self.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        self.sift.read(bytes.len());
    }

    fn message_may_hold(&self, bytes: &[u8]) -> bool {
        let message = message(bytes).1;
        self.count(message);
        self.sift.may_hold(&self.sift.whole(message))
    }

    fn merged_tag_may_hold(&self, bytes: &[u8]) -> bool {
        merged_tags(bytes).any(|message| self.sift.may_hold(&self.sift.whole(&message)))
    }

    fn blob(&self, id: &oid, bytes: &[u8], base: Option<&Derived<'_, S::Trace>>) -> S::Trace {
        self.blobs.fetch_add(1, Ordering::Relaxed);
        self.count(bytes);
        let trace = match base {
            Some(Derived { base, base_length, pieces }) => self.sift.derived(bytes, base, *base_length, pieces),
            None => self.sift.whole(bytes),
        };
        if self.sift.may_hold(&trace) {
            self.note(|sifted| _ = sifted.blobs.insert(id.to_owned()));
        }
        trace
    }
}

impl<S: Sift> Sink for Sieve<'_, S> {
    type Trace = S::Trace;

    fn object(&self, item: Item<'_>, bytes: &[u8], base: Option<Derived<'_, S::Trace>>) -> Option<S::Trace> {
        let Item { kind, id, number } = item;
        let is_ours = (self.shards)(id.as_bytes());
        match kind {
            Kind::Blob if is_ours => return Some(self.blob(id, bytes, base.as_ref())),
            Kind::Commit => {
                // Every shard needs the commits, to tell where its blobs came from.
                self.commits.fetch_add(1, Ordering::Relaxed);
                let commit = Commit::parse(bytes);
                let tree = commit.as_ref().and_then(|commit| self.history.number(&commit.tree));
                let parents = commit.iter().flat_map(|commit| &commit.parents);
                let parents: Vec<Option<u32>> = parents.map(|parent| self.history.number(parent)).collect();
                let holds = is_ours && (self.message_may_hold(bytes) | self.merged_tag_may_hold(bytes));
                self.note(|sifted| {
                    if let Some(commit) = commit {
                        sifted.missing.extend(tree.is_none().then_some(commit.tree));
                        let without = commit.parents.iter().zip(&parents).filter(|(_, number)| number.is_none());
                        sifted.missing.extend(without.map(|(id, _)| *id));
                        sifted.commits.add(number, &commit, tree, &parents);
                    }
                    if holds {
                        sifted.messages.insert(id.to_owned());
                    }
                });
            }
            Kind::Tag => {
                let missing = tagged(bytes).filter(|target| self.history.number(target).is_none());
                let holds = is_ours && self.message_may_hold(bytes);
                if holds || missing.is_some() {
                    self.note(|sifted| {
                        sifted.missing.extend(missing);
                        sifted.tags.extend(holds.then(|| id.to_owned()));
                    });
                }
            }
            _ => {}
        }
        None
    }

    fn absent(&self, id: &oid, reason: SkipReason) {
        self.note(|sifted| sifted.absent.push(Skipped { path: format!("object {id}"), reason }));
    }

    fn is_over(&self) -> bool {
        let over = self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        if over {
            self.late.store(true, Ordering::Relaxed);
        }
        over
    }
}
