//! A pack as a forest: every object is either whole or a delta against another, and those form trees.
//!
//! Each base is inflated once and its children are derived from it, depth first, so that no chain is walked twice and no cache is needed.
//! That is what makes reading everything several times faster than asking for one object after the other. A chain, the usual case,
//! holds one object at a time; where a tree branches, what that costs is bounded too ([`forest`]). With each object goes what it was derived
//! from and how ([`Derived`]), so that its reader need look at the new bytes only.
//!
//! Trees of objects that are not asked for (all of a delta tree have one kind) are not even inflated. Format: gitformat-pack.

mod forest;

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use gix_hash::{ObjectId, oid};
use gix_object::Kind;
use gix_pack::data::entry::Header;

use self::forest::Forest;
use super::{delta::apply, lookup::Lookup, repository::Absent};
use crate::model::{Piece, SkipReason};

/// Objects up to this size are decoded whatever limit the user sets: others may be derived from them, and commits are read whole.
pub(super) const LARGEST_BASE: u64 = 256 << 20;
/// Deflate makes at most this many bytes of one.
const LARGEST_RATIO: u64 = 1_032;
/// Objects of one pack may add up, in one pass, to this many times its size, and a free gibibyte; more is a bomb. The history of Linux is at 40 times.
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
    lookup: Lookup,
    nodes: Vec<Node>,
    /// The children of all nodes, those of one node side by side; that from which most is derived is the last of them.
    children: Vec<u32>,
    /// Where the children of each node begin; one more than there are nodes.
    first_child: Vec<u32>,
    inflated: AtomicU64,
}

/// Takes objects from a pack or a folder; shared by all threads.
pub(super) trait Sink: Sync {
    /// What is remembered of an object while others are derived from it.
    type Trace: Send + Sync;
    /// Called for each object that is asked for, with its content and, when it was derived from one that left a trace, how.
    fn object(&self, item: Item<'_>, bytes: &[u8], base: Option<Derived<'_, Self::Trace>>) -> Option<Self::Trace>;
    /// Called for each object that cannot be had.
    fn absent(&self, id: &oid, reason: SkipReason);
    /// Whether to stop.
    fn is_over(&self) -> bool;
}

/// An object that is handed on.
#[derive(Clone, Copy)]
pub(super) struct Item<'i> {
    pub(super) kind: Kind,
    pub(super) id: &'i oid,
    /// Its number among all objects.
    pub(super) number: u32,
}

/// How an object came out of another.
pub(super) struct Derived<'d, T> {
    pub(super) base: &'d T,
    pub(super) base_length: usize,
    /// What it consists of, in order.
    pub(super) pieces: &'d [Piece],
}

/// Looks for another copy of an object that is damaged.
pub(super) type Another<'a> = &'a (dyn Fn(&oid) -> Option<(Kind, Vec<u8>)> + Sync);

/// What is asked for.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'w> {
    pub(super) kinds: &'w [Kind],
    /// Number of the first object of this pack or folder among all.
    pub(super) first: u32,
    /// Objects larger than this are not decoded.
    pub(super) limit: u64,
    /// Whether an object is handed on; its children are, whatever the answer.
    pub(super) takes: &'w (dyn Fn(&oid) -> bool + Sync),
    /// Another copy of an object that is damaged here.
    pub(super) another: Another<'w>,
    /// Numbers, sorted: then nothing else is handed on, and only what leads to these is decoded.
    pub(super) among: Option<&'w [u32]>,
}

impl Wanted<'_> {
    /// Whether the object with this number is not left out.
    pub(super) fn is_among(&self, number: u32) -> bool {
        self.among.is_none_or(|numbers| numbers.binary_search(&number).is_ok())
    }
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
            lookup: Lookup::new(&index).ok_or("its index is not sorted")?,
            data,
            index,
        };
        pack.plant();
        Ok(pack)
    }

    /// The indexes in the `pack` folders of `stores`, sorted by name; what cannot be read there is added to `broken`.
    pub(super) fn indexes(stores: &[PathBuf], broken: &mut Vec<PathBuf>) -> Vec<PathBuf> {
        let mut paths = Vec::new();
        for folder in stores.iter().map(|store| store.join("pack")).filter(|folder| folder.exists()) {
            match std::fs::read_dir(&folder) {
                Ok(entries) => paths.extend(entries.flatten().map(|entry| entry.path())),
                Err(_) => broken.push(folder),
            }
        }
        let ends_in = |path: &&PathBuf, wanted: &str| path.extension().is_some_and(|end| end == wanted);
        // Git cannot read a pack without its index either; the objects are there all the same.
        let lonely = paths.iter().filter(|path| ends_in(path, "pack") && !path.with_extension("idx").exists());
        broken.extend(lonely.cloned());
        let mut indexes: Vec<PathBuf> = paths.iter().filter(|path| ends_in(path, "idx")).cloned().collect();
        indexes.sort();
        indexes
    }

    pub(super) fn contains(&self, id: &oid) -> bool {
        self.position(id).is_some()
    }

    /// Position of `id` among the objects of this pack.
    pub(super) fn position(&self, id: &oid) -> Option<u32> {
        self.lookup.position(&self.index, id)
    }

    /// The object at a position.
    pub(super) fn id_at(&self, position: u32) -> ObjectId {
        self.index.oid_at_index(position).to_owned()
    }

    /// Bytes of the file.
    pub(super) fn stored(&self) -> u64 {
        self.data.data_len() as u64
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
                    (self.position(&base_id).map_or(NONE, |at| node_at(self.index.pack_offset_at_index(at))), None)
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
        (self.nodes, self.children, self.first_child) = (nodes, children, first_child);
        self.grow_kinds();
    }

    /// Hands the kinds of the roots down, and puts of the children of each node that from which most is derived to the end.
    fn grow_kinds(&mut self) {
        let is_root = |node: &Node| node.kind.is_some();
        let mut order: Vec<u32> =
            (0_u32..).zip(&self.nodes).filter(|(_, node)| is_root(node)).map(|(at, _)| at).collect();
        let mut next = 0;
        while let Some(at) = order.get(next).copied() {
            next += 1;
            let kind = self.nodes[at as usize].kind;
            for child in self.first_child[at as usize]..self.first_child[at as usize + 1] {
                let child = self.children[child as usize];
                self.nodes[child as usize].kind = kind;
                order.push(child);
            }
        }
        // Children come after their parents in this order. For each node: how many there are with what is derived from it.
        let mut weights = vec![1_u32; self.nodes.len()];
        for at in order.into_iter().rev() {
            let node = at as usize;
            let children = &mut self.children[self.first_child[node] as usize..self.first_child[node + 1] as usize];
            if let Some(heaviest) = (0..children.len()).max_by_key(|child| weights[children[*child] as usize]) {
                children[heaviest..].rotate_left(1);
            }
            weights[node] += children.iter().map(|child| weights[*child as usize]).sum::<u32>();
        }
    }

    fn children(&self, node: u32) -> &[u32] {
        &self.children[self.first_child[node as usize] as usize..self.first_child[node as usize + 1] as usize]
    }

    fn id(&self, node: u32) -> &oid {
        self.index.oid_at_index(self.nodes[node as usize].position)
    }

    /// Hands every object of the wanted kinds to `sink`, in parallel.
    pub(super) fn each<S: Sink>(&self, wanted: Wanted<'_>, sink: &S) {
        // What one pass may come to must not depend on what another has come to.
        self.inflated.store(0, Ordering::Relaxed);
        let needed = wanted.among.map(|numbers| self.needed(wanted.first, numbers));
        let is_needed = |at: u32| needed.as_ref().is_none_or(|needed| needed[at as usize]);
        let nodes = (0_u32..).zip(&self.nodes).filter(|(at, _)| is_needed(*at));
        let is_root = |node: &Node| node.parent == NONE && node.kind.is_some_and(|kind| wanted.kinds.contains(&kind));
        let roots: Vec<u32> = nodes.clone().filter(|(_, node)| is_root(node)).map(|(at, _)| at).collect();
        let forest = Forest::new(self, wanted, needed.as_deref(), sink);
        forest.grow_from(&roots);
        // What hangs on no root: a base that is not in this pack, a circle, a broken header.
        for (at, _) in nodes.filter(|(_, node)| node.kind.is_none()) {
            let id = self.id(at);
            if !(wanted.takes)(id) {
                continue;
            }
            match (wanted.another)(id) {
                Some((kind, content)) => _ = forest.hand_on(kind, at, &content, None),
                None => sink.absent(id, SkipReason::Corrupt),
            }
        }
    }

    /// For each node whether it is one of `numbers`, which count from `first`, or one of them is derived from it.
    fn needed(&self, first: u32, numbers: &[u32]) -> Vec<bool> {
        let mut needed = vec![false; self.nodes.len()];
        let own = numbers.iter().filter_map(|number| number.checked_sub(first)).filter(|at| *at < self.len());
        for mut node in own.filter_map(|position| self.node(position)) {
            while node != NONE && !std::mem::replace(&mut needed[node as usize], true) {
                node = self.nodes[node as usize].parent;
            }
        }
        needed
    }

    /// The node of the object at a position.
    fn node(&self, position: u32) -> Option<u32> {
        let offset = self.index.pack_offset_at_index(position);
        let at = self.nodes.binary_search_by_key(&offset, |node| node.offset).ok()?;
        u32::try_from(at).ok()
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

/// What a thread needs to decode.
#[derive(Default)]
struct Decoder {
    inflate: gix_zlib::Inflate,
    delta: Vec<u8>,
    pieces: Vec<Piece>,
}

impl Pack {
    /// The content of `child`, from that of its base; how it came about is left in the decoder.
    fn child(&self, child: u32, base: &[u8], decoder: &mut Decoder, limit: u64) -> Result<Vec<u8>, Absent> {
        let Decoder { inflate, delta, pieces } = decoder;
        self.inflate(child, inflate, delta, limit)?;
        let mut content = Vec::new();
        apply(base, delta, &mut content, pieces, limit)?;
        self.spend(content.len() as u64)?;
        Ok(content)
    }

    /// The object `id`, when it is here and has at most `limit` bytes. What it is derived from and is damaged comes from `another`.
    pub(super) fn find(&self, id: &oid, limit: u64, another: Another<'_>) -> Option<(Kind, Vec<u8>)> {
        let node = self.node(self.position(id)?)?;
        let kind = self.nodes[node as usize].kind?;
        let content = self.derive(node, &mut Decoder::default(), limit.max(LARGEST_BASE), another).ok()?;
        (content.len() as u64 <= limit).then_some((kind, content))
    }

    /// The content of `node`, from its root on. What is damaged on the way comes from `another`.
    fn derive(&self, node: u32, decoder: &mut Decoder, limit: u64, another: Another<'_>) -> Result<Vec<u8>, Absent> {
        let mut chain = vec![node];
        let mut last = node;
        while self.nodes[last as usize].parent != NONE {
            last = self.nodes[last as usize].parent;
            chain.push(last);
        }
        let mut base: Result<Vec<u8>, Absent> = Ok(Vec::new());
        while let Some(next) = chain.pop() {
            let is_root = self.nodes[next as usize].parent == NONE;
            let own = base.and_then(|base| {
                if !is_root {
                    return self.child(next, &base, decoder, limit);
                }
                let mut content = Vec::new();
                self.inflate(next, &mut decoder.inflate, &mut content, limit)?;
                Ok(content)
            });
            // Of the object itself somebody else asks for another copy.
            base = own.or_else(|absent| {
                let other = if chain.is_empty() { None } else { another(self.id(next)) };
                other.map(|(_, content)| content).ok_or(absent)
            });
        }
        base
    }
}
