//! A pack as a forest: every object is either whole or a delta against another, and those form trees.
//!
//! Each base is inflated once and its children are derived from it, depth first, so that no chain is walked twice and no cache is needed.
//! That is what makes reading everything several times faster than asking for one object after the other. A chain, the usual case,
//! holds one object at a time; where a tree branches, the bases of open branches are held, up to a bound, and derived again beyond it.
//!
//! Trees of objects that are not asked for (all of a delta tree have one kind) are not even inflated. Format: gitformat-pack.

use std::{
    cell::Cell,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use gix_hash::{ObjectId, oid};
use gix_object::Kind;
use gix_pack::data::entry::Header;
use rayon::prelude::*;

use super::repository::Absent;
use crate::model::SkipReason;

/// Bytes of open bases that one thread holds.
const HELD: usize = 48 << 20;
/// Deflate makes at most this many bytes of one.
const LARGEST_RATIO: u64 = 1_032;
/// Objects of one pack may add up to this many times its size, and a free gibibyte; more is a bomb. The history of Linux is at 40 times.
const LARGEST_EXPANSION: u64 = 4_096;
/// No parent.
const NONE: u32 = u32::MAX;

/// One object of a pack, in the order of offsets.
#[derive(Clone, Copy, Debug)]
struct Node {
    offset: u64,
    /// Position in the index.
    position: u32,
    /// The node it is a delta against.
    parent: u32,
    /// `None` until the kind of its base is known, and for good when there is none.
    kind: Option<Kind>,
}

/// A pack and its forest.
pub(super) struct Pack {
    data: gix_pack::data::File,
    index: gix_pack::index::File,
    nodes: Vec<Node>,
    /// The children of all nodes, those of one node side by side.
    children: Vec<u32>,
    /// Where the children of each node begin; one more than there are nodes.
    first_child: Vec<u32>,
    inflated: AtomicU64,
}

/// Takes objects from a pack or a folder; shared by all threads.
pub(super) trait Sink: Sync {
    /// Called for each object that is asked for, with its content.
    fn object(&self, kind: Kind, id: &oid, bytes: &[u8]);
    /// Called for each object that cannot be had.
    fn absent(&self, id: &oid, reason: SkipReason);
    /// Whether to stop.
    fn is_over(&self) -> bool;
}

/// What is asked for.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'w> {
    pub(super) kinds: &'w [Kind],
    /// Objects larger than this are not decoded.
    pub(super) limit: u64,
    /// Whether an object is handed on; its children are, whatever the answer.
    pub(super) takes: &'w (dyn Fn(&oid) -> bool + Sync),
}

impl Pack {
    /// Opens the pack that belongs to the index at `path`.
    pub(super) fn open(path: &Path, hash: gix_hash::Kind) -> Result<Self, String> {
        let index = gix_pack::index::File::at(path, hash).map_err(|error| error.to_string())?;
        let data = gix_pack::data::File::at(path.with_extension("pack"), hash).map_err(|error| error.to_string())?;
        let mut pack = Self {
            nodes: Vec::new(),
            children: Vec::new(),
            first_child: Vec::new(),
            inflated: AtomicU64::new(0),
            data,
            index,
        };
        pack.plant();
        Ok(pack)
    }

    /// The indexes in the `pack` folders of `stores`, sorted by name.
    pub(super) fn indexes(stores: &[PathBuf]) -> Vec<PathBuf> {
        let folders = stores.iter().map(|store| store.join("pack"));
        let entries = folders.filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|end| end == "idx"));
        paths.sort();
        paths
    }

    pub(super) fn contains(&self, id: &oid) -> bool {
        self.index.lookup(id).is_some()
    }

    /// Position of `id` among the objects of this pack.
    pub(super) fn position(&self, id: &oid) -> Option<u32> {
        self.index.lookup(id)
    }

    pub(super) fn len(&self) -> u32 {
        self.index.num_objects()
    }

    /// Finds for every object what it is a delta against, and from the roots what kind it has.
    fn plant(&mut self) {
        let mut places: Vec<(u64, u32)> =
            (0..self.index.num_objects()).map(|at| (self.index.pack_offset_at_index(at), at)).collect();
        places.sort_unstable();
        let node_at = |offset: u64| {
            let at = places.binary_search_by_key(&offset, |place| place.0).ok();
            at.map_or(NONE, |at| u32::try_from(at).unwrap_or(NONE))
        };
        let mut nodes = Vec::with_capacity(places.len());
        for &(offset, position) in &places {
            let header = self.data.entry(offset).ok().map(|entry| entry.header);
            let (parent, kind) = match header {
                Some(Header::OfsDelta { base_distance }) => {
                    (offset.checked_sub(base_distance).map_or(NONE, node_at), None)
                }
                Some(Header::RefDelta { base_id }) => {
                    (self.index.lookup(base_id).map_or(NONE, |at| node_at(self.index.pack_offset_at_index(at))), None)
                }
                Some(whole) => (NONE, whole.as_kind()),
                None => (NONE, None),
            };
            nodes.push(Node { offset, position, parent, kind });
        }
        let mut first_child = vec![0_u32; nodes.len() + 1];
        for node in nodes.iter().filter(|node| node.parent != NONE) {
            first_child[node.parent as usize + 1] += 1;
        }
        for at in 1..first_child.len() {
            first_child[at] += first_child[at - 1];
        }
        let mut next = first_child.clone();
        let mut children = vec![0_u32; first_child.last().copied().unwrap_or(0) as usize];
        for (at, node) in (0_u32..).zip(&nodes).filter(|(_, node)| node.parent != NONE) {
            let place = &mut next[node.parent as usize];
            children[*place as usize] = at;
            *place += 1;
        }
        let mut open: Vec<u32> =
            (0_u32..).zip(&nodes).filter(|(_, node)| node.kind.is_some()).map(|(at, _)| at).collect();
        while let Some(at) = open.pop() {
            let kind = nodes[at as usize].kind;
            for &child in &children[first_child[at as usize] as usize..first_child[at as usize + 1] as usize] {
                nodes[child as usize].kind = kind;
                open.push(child);
            }
        }
        (self.nodes, self.children, self.first_child) = (nodes, children, first_child);
    }

    fn children(&self, node: u32) -> &[u32] {
        &self.children[self.first_child[node as usize] as usize..self.first_child[node as usize + 1] as usize]
    }

    fn id(&self, node: u32) -> &oid {
        self.index.oid_at_index(self.nodes[node as usize].position)
    }

    /// Hands every object of the wanted kinds to `sink`, in parallel.
    pub(super) fn each(&self, wanted: Wanted<'_>, sink: &dyn Sink) {
        let nodes = (0_u32..).zip(&self.nodes);
        let roots: Vec<u32> = nodes
            .clone()
            .filter(|(_, node)| node.parent == NONE && node.kind.is_some_and(|kind| wanted.kinds.contains(&kind)))
            .map(|(at, _)| at)
            .collect();
        roots.par_iter().with_max_len(32).for_each_init(Decoder::default, |decoder, root| {
            decoder.tree(self, *root, wanted, sink);
        });
        // What hangs on no root: a base that is not in this pack, a circle, a broken header.
        for (at, _) in nodes.filter(|(_, node)| node.kind.is_none()) {
            let id = self.id(at);
            if (wanted.takes)(id) {
                sink.absent(id, SkipReason::Corrupt);
            }
        }
    }

    /// Inflates what is stored of `node`: a whole object, or a delta.
    fn inflate(&self, node: u32, decoder: &mut gix_zlib::Inflate, out: &mut Vec<u8>, limit: u64) -> Result<(), Absent> {
        let corrupt = |error: &dyn std::fmt::Display| Absent::Corrupt(error.to_string());
        let entry = self.data.entry(self.nodes[node as usize].offset).map_err(|error| corrupt(&error))?;
        let next = self.nodes.get(node as usize + 1).map_or(self.data.pack_end() as u64, |next| next.offset);
        let stored = next.saturating_sub(entry.data_offset);
        if entry.decompressed_size > limit {
            return Err(Absent::TooLarge);
        }
        if entry.decompressed_size > stored.saturating_mul(LARGEST_RATIO) + 64 {
            return Err(Absent::Corrupt("it claims more bytes than it can hold".into()));
        }
        self.spend(entry.decompressed_size)?;
        let size = usize::try_from(entry.decompressed_size).map_err(|_| Absent::TooLarge)?;
        out.clear();
        out.resize(size, 0);
        self.data.decompress_entry(&entry, decoder, out).map_err(|error| corrupt(&error))?;
        Ok(())
    }

    fn spend(&self, bytes: u64) -> Result<(), Absent> {
        let total = self.inflated.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let most = (self.data.data_len() as u64).saturating_mul(LARGEST_EXPANSION) + (1 << 30);
        if total > most { Err(Absent::Corrupt("the pack holds more than its size allows".into())) } else { Ok(()) }
    }
}

/// One thread's way through a forest.
#[derive(Default)]
struct Decoder {
    inflate: gix_zlib::Inflate,
    delta: Vec<u8>,
    /// Buffers to use again.
    spare: Vec<Vec<u8>>,
    held: Cell<usize>,
}

/// A node on the way down whose children are not all done.
struct Open {
    node: u32,
    /// `None` when it was given up for memory.
    content: Option<Vec<u8>>,
    next: usize,
}

impl Decoder {
    fn tree(&mut self, pack: &Pack, root: u32, wanted: Wanted<'_>, sink: &dyn Sink) {
        let mut content = self.spare.pop().unwrap_or_default();
        if let Err(absent) = pack.inflate(root, &mut self.inflate, &mut content, wanted.limit) {
            Self::lost(pack, root, &absent, wanted, sink);
            return;
        }
        Self::hand_on(pack, root, &content, wanted, sink);
        let mut way = vec![Open { node: root, content: Some(content), next: 0 }];
        while let Some(top) = way.last_mut() {
            let children = pack.children(top.node);
            let Some(&child) = children.get(top.next) else {
                let done = way.pop().and_then(|open| open.content);
                self.give_back(done);
                continue;
            };
            if sink.is_over() {
                return;
            }
            top.next += 1;
            let is_last = top.next == children.len();
            let node = top.node;
            let base = match top.content.take() {
                Some(content) => Ok(content),
                None => self.derive(pack, node, wanted.limit),
            };
            let derived = base.and_then(|base| {
                let derived = self.child(pack, child, &base, wanted.limit);
                match (is_last, way.last_mut()) {
                    (false, Some(top)) => top.content = Some(base),
                    _ => self.give_back(Some(base)),
                }
                derived
            });
            if is_last {
                way.pop();
            }
            match derived {
                Ok(content) => {
                    Self::hand_on(pack, child, &content, wanted, sink);
                    if pack.children(child).is_empty() {
                        self.give_back(Some(content));
                    } else {
                        way.push(Open { node: child, content: Some(content), next: 0 });
                        self.bound(&mut way);
                    }
                }
                Err(absent) => Self::lost(pack, child, &absent, wanted, sink),
            }
        }
    }

    fn hand_on(pack: &Pack, node: u32, content: &[u8], wanted: Wanted<'_>, sink: &dyn Sink) {
        let (id, kind) = (pack.id(node), pack.nodes[node as usize].kind);
        if let Some(kind) = kind.filter(|_| (wanted.takes)(id)) {
            sink.object(kind, id, content);
        }
    }

    /// Reports `node` and all that are derived from it.
    fn lost(pack: &Pack, node: u32, absent: &Absent, wanted: Wanted<'_>, sink: &dyn Sink) {
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            let id = pack.id(node);
            if (wanted.takes)(id) {
                sink.absent(id, absent.clone().into());
            }
            open.extend(pack.children(node));
        }
    }

    /// The content of `child`, from that of its base.
    fn child(&mut self, pack: &Pack, child: u32, base: &[u8], limit: u64) -> Result<Vec<u8>, Absent> {
        let mut delta = std::mem::take(&mut self.delta);
        let inflated = pack.inflate(child, &mut self.inflate, &mut delta, limit);
        let mut content = self.spare.pop().unwrap_or_default();
        let applied = inflated.and_then(|()| apply(base, &delta, &mut content, limit));
        self.delta = delta;
        applied.and_then(|()| pack.spend(content.len() as u64)).map(|()| content)
    }

    /// The content of `node`, from its root on.
    fn derive(&mut self, pack: &Pack, node: u32, limit: u64) -> Result<Vec<u8>, Absent> {
        let mut chain = vec![node];
        while pack.nodes[chain[chain.len() - 1] as usize].parent != NONE {
            chain.push(pack.nodes[chain[chain.len() - 1] as usize].parent);
        }
        let mut content = Vec::new();
        pack.inflate(chain.pop().expect("a chain has a root"), &mut self.inflate, &mut content, limit)?;
        while let Some(next) = chain.pop() {
            content = self.child(pack, next, &content, limit)?;
        }
        Ok(content)
    }

    /// Gives up the bases furthest away when too many bytes are held.
    fn bound(&mut self, way: &mut [Open]) {
        let mut held: usize = way.iter().filter_map(|open| open.content.as_ref()).map(Vec::len).sum();
        let last = way.len() - 1;
        for open in &mut way[..last] {
            if held <= HELD {
                break;
            }
            if let Some(content) = open.content.take() {
                held -= content.len();
            }
        }
        self.held.set(held);
    }

    fn give_back(&mut self, content: Option<Vec<u8>>) {
        // A few buffers of ordinary size serve the whole forest.
        if let Some(content) = content.filter(|content| content.capacity() <= 1 << 20 && self.spare.len() < 8) {
            self.spare.push(content);
        }
    }
}

/// Reads a size of a delta's head: seven bits a byte, the lowest first.
fn size(delta: &mut &[u8]) -> Option<u64> {
    let mut size = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = delta.split_first()?;
        *delta = rest;
        size |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(size);
        }
    }
    None
}

/// Applies `delta` to `base`.
fn apply(base: &[u8], mut delta: &[u8], out: &mut Vec<u8>, limit: u64) -> Result<(), Absent> {
    let corrupt = || Absent::Corrupt("its delta does not fit its base".into());
    let from = size(&mut delta).ok_or_else(corrupt)?;
    let length = size(&mut delta).ok_or_else(corrupt)?;
    if length > limit {
        return Err(Absent::TooLarge);
    }
    let length = usize::try_from(length).map_err(|_| Absent::TooLarge)?;
    if from != base.len() as u64 {
        return Err(corrupt());
    }
    out.clear();
    while let Some((&command, rest)) = delta.split_first() {
        delta = rest;
        let piece = if command & 0x80 == 0 {
            let (piece, rest) =
                delta.split_at_checked(usize::from(command)).filter(|_| command != 0).ok_or_else(corrupt)?;
            delta = rest;
            piece
        } else {
            let mut number = |bits: std::ops::Range<u32>| {
                let mut number = 0_usize;
                for (place, bit) in bits.enumerate() {
                    if command & (1 << bit) != 0 {
                        let (&byte, rest) = delta.split_first()?;
                        delta = rest;
                        number |= usize::from(byte) << (8 * place);
                    }
                }
                Some(number)
            };
            let (start, length) = (number(0..4).ok_or_else(corrupt)?, number(4..7).ok_or_else(corrupt)?);
            let length = if length == 0 { 0x1_0000 } else { length };
            base.get(start..start + length).ok_or_else(corrupt)?
        };
        if out.len() + piece.len() > length {
            return Err(corrupt());
        }
        out.extend_from_slice(piece);
    }
    if out.len() == length { Ok(()) } else { Err(corrupt()) }
}

/// An object that stands alone in a file.
pub(super) fn loose(stores: &[PathBuf], hash: gix_hash::Kind) -> Vec<(usize, ObjectId)> {
    let mut found = Vec::new();
    for (number, store) in stores.iter().enumerate() {
        let store = gix_odb::loose::Store::at(store, hash);
        found.extend(store.iter().flatten().map(|id| (number, id)));
    }
    found.sort_unstable_by_key(|(store, id)| (*id, *store));
    found.dedup_by_key(|(_, id)| *id);
    found
}

/// Hands the loose objects `ids` of the wanted kinds to `sink`, in parallel.
pub(super) fn each_loose(
    stores: &[PathBuf],
    ids: &[(usize, ObjectId)],
    hash: gix_hash::Kind,
    wanted: Wanted<'_>,
    sink: &dyn Sink,
) {
    let stores: Vec<_> = stores.iter().map(|store| gix_odb::loose::Store::at(store, hash)).collect();
    ids.par_iter().with_max_len(64).for_each_init(Vec::new, |buffer, (store, id)| {
        if sink.is_over() || !(wanted.takes)(id) {
            return;
        }
        match stores[*store].try_header(id) {
            Ok(Some((_, kind))) if !wanted.kinds.contains(&kind) => return,
            Ok(Some((size, _))) if size > wanted.limit => return sink.absent(id, SkipReason::TooLarge),
            Ok(Some(_)) => {}
            _ => return sink.absent(id, SkipReason::Corrupt),
        }
        match stores[*store].try_find(id, buffer) {
            Ok(Some(found)) => sink.object(found.kind, id, found.data),
            _ => sink.absent(id, SkipReason::Corrupt),
        }
    });
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Writes a delta that copies and inserts as told.
    fn delta(base: &[u8], pieces: &[(bool, usize, usize)]) -> (Vec<u8>, Vec<u8>) {
        let (mut commands, mut result) = (Vec::new(), Vec::new());
        for &(copies, start, length) in pieces {
            let start = start % base.len();
            let length = length.min(base.len() - start).clamp(1, 127);
            let piece = &base[start..start + length];
            result.extend_from_slice(piece);
            if copies {
                commands.extend([0x80 | 0x01 | 0x02 | 0x10, start as u8, (start >> 8) as u8, length as u8]);
            } else {
                commands.push(length as u8);
                commands.extend_from_slice(piece);
            }
        }
        let mut head = Vec::new();
        for mut size in [base.len(), result.len()] {
            while size > 0x7f {
                head.push((size & 0x7f) as u8 | 0x80);
                size >>= 7;
            }
            head.push(size as u8);
        }
        (head.into_iter().chain(commands).collect(), result)
    }

    proptest! {
        #[test]
        fn a_delta_gives_what_its_commands_say(
            base in prop::collection::vec(any::<u8>(), 1..600),
            pieces in prop::collection::vec((any::<bool>(), 0..600_usize, 1..127_usize), 1..20),
        ) {
            let (delta, expected) = delta(&base, &pieces);
            let mut out = Vec::new();
            prop_assert_eq!(apply(&base, &delta, &mut out, 1 << 20), Ok(()));
            prop_assert_eq!(out, expected);
        }

        #[test]
        fn no_delta_whatever_its_bytes_does_harm(
            base in prop::collection::vec(any::<u8>(), 0..40),
            delta in prop::collection::vec(any::<u8>(), 0..60),
        ) {
            let mut out = Vec::new();
            let _ = apply(&base, &delta, &mut out, 1 << 16);
            prop_assert!(out.len() <= 1 << 16);
        }
    }
}
