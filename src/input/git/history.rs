//! Everything that git stores, each object once: blobs of all references, of stash and reflog, and those that nothing reaches any more;
//! messages of commits and annotated tags; notes.
//!
//! The first pass asks of each object only whether it may hold something ([`Sift`]), without knowing its path. Paths and commits are then
//! looked up for the few that may ([`provenance`](super::provenance)), and those are handed on whole, with their origin. Merges need no special
//! case, because objects are read and not patches.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    time::Instant,
};

use gix_hash::{ObjectId, oid};
use gix_object::Kind;

use super::{
    COMMIT_MESSAGE, Choice, Repository, Shards, TAG_MESSAGE, TAGGED, TOO_DEEP,
    budget::Stop,
    handing::{Chosen, Handing, Visitors},
    loose,
    pack::{Pack, Sink, Wanted},
    places::Places,
    provenance::{Provenance, Traced, Tracing},
    refs::Refs,
    revision::{self, LARGEST_COMMIT},
    sieve::{Sieve, Sift, Sifted},
    stores::{Packs, unreadable_file},
};
use crate::{
    input::{Entry, Visitor},
    model::{Notice, ObjectKind, Origin, OriginKind, Skipped},
};

/// Path under which notes are reported.
const NOTE: &str = "(note)";
/// Path of a blob that no commit holds.
const NO_PATH: &str = "(unreachable blob)";
/// Path of a blob of which it is not known whether one does: the search was given up.
const UNTRACED: &str = "(blob of unknown path)";

/// How a history is read.
pub struct Options<'o> {
    /// Objects larger than this are skipped.
    pub limit: u64,
    /// Which paths are read.
    pub wants: &'o (dyn Fn(&str) -> Choice + Sync),
    /// Whether that leaves out any.
    pub is_partial: bool,
    /// Which objects are read.
    pub shards: Shards<'o>,
    /// When to stop.
    pub deadline: Option<Instant>,
}

/// What was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HistoryCounts {
    /// Commits read.
    pub commits: u64,
    /// Blobs read.
    pub blobs: u64,
    /// Bytes of blobs and messages.
    pub bytes: u64,
}

/// All objects of a repository.
pub struct History<'r> {
    repository: &'r Repository,
    packs: &'r [Pack],
    loose: Vec<(usize, ObjectId)>,
    /// What could not be opened.
    broken: Vec<Skipped>,
}

impl<'r> History<'r> {
    /// Opens all packs, those of alternates included.
    #[must_use]
    pub fn open(repository: &'r Repository) -> Self {
        let Packs { all: packs, broken } = repository.stores.packs();
        let mut unread = Vec::new();
        let mut alone = loose::list(&repository.stores.folders, repository.hash, &mut unread);
        let broken = broken.iter().cloned().chain(unread.iter().map(|path| unreadable_file(path))).collect();
        alone.retain(|(_, id)| !packs.iter().any(|pack| pack.contains(id)));
        Self { repository, packs, loose: alone, broken }
    }

    /// Hands every object of `kinds` to `sink`, each once.
    pub(super) fn each(&self, kinds: &[Kind], limit: u64, sink: &impl Sink) {
        self.each_among(None, kinds, limit, sink);
    }

    /// Hands the objects of `kinds` to `sink`, each once; if there are `numbers`, only those.
    pub(super) fn each_among(&self, numbers: Option<&[u32]>, kinds: &[Kind], limit: u64, sink: &impl Sink) {
        let mut first = 0;
        for (number, pack) in self.packs.iter().enumerate() {
            let is_first = |id: &oid| !self.packs[..number].iter().any(|earlier| earlier.contains(id));
            let another = |id: &oid| self.repository.stores.another(id, limit.max(LARGEST_COMMIT), Some(number));
            pack.each(Wanted { kinds, first, limit, takes: &is_first, another: &another, among: numbers }, sink);
            first += pack.len();
        }
        let another = |id: &oid| self.repository.stores.another(id, limit.max(LARGEST_COMMIT), None);
        let wanted = Wanted { kinds, first, limit, takes: &|_| true, another: &another, among: numbers };
        loose::each(&self.repository.stores.folders, &self.loose, self.repository.hash, wanted, sink);
    }

    /// Number of `id` among all objects, when it is here.
    pub(super) fn number(&self, id: &oid) -> Option<u32> {
        let mut before = 0;
        for pack in self.packs {
            if let Some(position) = pack.position(id) {
                return Some(before + position);
            }
            before += pack.len();
        }
        let at = self.loose.binary_search_by(|(_, loose)| (**loose).cmp(id)).ok()?;
        Some(before + u32::try_from(at).ok()?)
    }

    /// The object with this number.
    pub(super) fn id(&self, number: u32) -> Option<ObjectId> {
        let mut rest = number;
        for pack in self.packs {
            if rest < pack.len() {
                return Some(pack.id_at(rest));
            }
            rest -= pack.len();
        }
        self.loose.get(rest as usize).map(|(_, id)| *id)
    }

    /// How many objects there are.
    pub(super) fn len(&self) -> usize {
        self.packs.iter().map(|pack| pack.len() as usize).sum::<usize>() + self.loose.len()
    }

    /// How many objects lie in packs, and bytes of these.
    pub(super) fn packed(&self) -> (u32, u64) {
        (self.packs.iter().map(Pack::len).sum(), self.packs.iter().map(Pack::stored).sum())
    }

    /// The order of two objects by their ids, which does not depend on how they are stored.
    pub(super) fn compare(&self, one: u32, other: u32) -> std::cmp::Ordering {
        if self.packs.len() == 1 && self.loose.is_empty() {
            return one.cmp(&other);
        }
        self.id(one).cmp(&self.id(other))
    }

    /// Reads everything. What may hold something is handed whole, with its origin, to the visitors that `make` gives, one for each thread;
    /// the answer tells where each secret's blobs are held.
    pub fn read(
        &self,
        sift: &impl Sift,
        options: &Options<'_>,
        make: Visitors<'_, '_>,
    ) -> (HistoryCounts, Provenance<'_>) {
        let mut visitor = make();
        let sieve = Sieve::new(self, sift, options);
        self.each(&[Kind::Blob, Kind::Commit, Kind::Tag], options.limit, &sieve);
        let (counts, mut sifted, is_late) = sieve.into_parts();
        for skipped in self.broken.iter().cloned().chain(sifted.absent.drain(..)) {
            visitor.visit(Entry::Skipped(skipped));
        }
        if is_late {
            visitor.visit(Entry::Notice(Notice {
                code: "timed-out".into(),
                message: "the time given by --timeout was over before the whole history was read".into(),
                help: Some("give more seconds, or read it in parts with --shard".into()),
                path: None,
                line: None,
            }));
        }
        let (commits, missing) = (std::mem::take(&mut sifted.commits), std::mem::take(&mut sifted.missing));
        let provenance = Provenance::new(self, self.repository, commits, &sifted.blobs, options.deadline);
        let Tracing { blobs, mut stops } = provenance.traced();
        let late = is_late.then_some(Stop::Late);
        stops.extend(late);
        provenance.missing(missing, late).into_iter().for_each(|notice| visitor.visit(Entry::Notice(notice)));
        let no_path = if stops.is_empty() { NO_PATH } else { UNTRACED };
        stops.extend(self.hand_on_blobs(blobs, no_path, &provenance, options, &mut *visitor, make));
        self.hand_on_messages(&sifted, &provenance, make);
        for stop in stops.into_iter().filter(|stop| !(is_late && *stop == Stop::Late)) {
            visitor.visit(Entry::Notice(stop.notice()));
        }
        (counts, provenance)
    }

    fn hand_on_blobs(
        &self,
        traced: Vec<(ObjectId, Option<Traced>)>,
        no_path: &str,
        provenance: &Provenance<'_>,
        options: &Options<'_>,
        visitor: &mut dyn Visitor,
        make: Visitors<'_, '_>,
    ) -> BTreeSet<Stop> {
        let mut skipped = HashSet::new();
        let without: BTreeSet<ObjectId> =
            traced.iter().filter(|(_, traced)| traced.is_none()).map(|(id, _)| *id).collect();
        let (tagged, stop) = provenance.tagged(&without);
        let wants = |path: &str| (options.wants)(path) == Choice::Read;
        let elsewhere = |(id, traced): &(ObjectId, Option<Traced>)| {
            let is_left_out = |traced: &Traced| !traced.is_note && !traced.all_paths().any(|path| wants(path));
            (options.is_partial && traced.as_ref().is_some_and(is_left_out)).then_some(*id)
        };
        let elsewhere = traced.iter().filter_map(elsewhere).collect();
        let places = provenance.places(&elsewhere, &wants, options.deadline);
        let mut chosen = Vec::with_capacity(traced.len());
        for (id, traced) in traced {
            let origin = Self::origin_of_blob(id, traced.as_ref());
            let path = Self::path_of_blob(&id, traced, &places, &tagged, &wants).unwrap_or_else(|| no_path.to_owned());
            let is_wanted = is_made_up(&path) || wants(&path) || places.stop.is_some() && elsewhere.contains(&id);
            if !is_wanted {
                // Versions of one file are one path that is left out.
                if skipped.insert(path.clone()) {
                    (options.wants)(&path).is_read(&path, visitor);
                }
                continue;
            }
            chosen.extend(self.number(&id).map(|number| Chosen { number, path, origin }));
        }
        self.hand_on(chosen, options.limit, make);
        stop.into_iter().chain(places.stop).collect()
    }

    fn hand_on_messages(&self, sifted: &Sifted, provenance: &Provenance<'_>, make: Visitors<'_, '_>) {
        let tags = self.tag_names(&sifted.tags);
        let of_commit = |id: &ObjectId| {
            let number = self.number(id)?;
            let mut origin = base_origin(*id, ObjectKind::CommitMessage);
            if let Some((position, known)) = provenance.commit(number) {
                origin.commit = Some(id.to_string());
                origin.position = Some(position);
                origin.author_time = known.author_time.rfc3339();
            }
            Some(Chosen { number, path: COMMIT_MESSAGE.to_owned(), origin })
        };
        let of_tag = |id: &ObjectId| {
            let mut origin = base_origin(*id, ObjectKind::TagMessage);
            origin.refs = tags.get(id).cloned().unwrap_or_default();
            origin.reference = origin.refs.first().cloned();
            Some(Chosen { number: self.number(id)?, path: TAG_MESSAGE.to_owned(), origin })
        };
        let commits = sifted.messages.iter().filter_map(of_commit);
        let chosen = commits.chain(sifted.tags.iter().filter_map(of_tag)).collect();
        self.hand_on(chosen, LARGEST_COMMIT, make);
    }

    /// Decodes `chosen` once more, and hands them to visitors.
    fn hand_on(&self, mut chosen: Vec<Chosen>, limit: u64, make: Visitors<'_, '_>) {
        if chosen.is_empty() {
            return;
        }
        chosen.sort_unstable_by_key(|object| object.number);
        let numbers: Vec<u32> = chosen.iter().map(|object| object.number).collect();
        let handing = Handing::new(self, &chosen, make);
        self.each_among(Some(&numbers), &[Kind::Blob, Kind::Commit, Kind::Tag], limit, &handing);
    }

    fn origin_of_blob(id: ObjectId, traced: Option<&Traced>) -> Origin {
        let mut origin = base_origin(id, ObjectKind::Blob);
        let Some(traced) = traced else { return origin };
        origin.commit = Some(traced.commit.to_string());
        origin.position = Some(traced.position);
        origin.author_time = traced.author_time.rfc3339();
        origin.in_head = !traced.head_paths.is_empty();
        if traced.is_note {
            origin.object = Some(ObjectKind::Note);
        }
        origin
    }

    /// Where a blob is said to stand: where it is in HEAD, where it came first, or at another place, whichever is asked for; `None` for one that
    /// nothing is known of.
    fn path_of_blob(
        id: &ObjectId,
        traced: Option<Traced>,
        places: &Places,
        tagged: &BTreeMap<ObjectId, String>,
        wants: &dyn Fn(&str) -> bool,
    ) -> Option<String> {
        let Some(traced) = traced else { return tagged.get(id).cloned() };
        if traced.is_note {
            return Some(NOTE.to_owned());
        }
        let path = traced.all_paths().find(|path| wants(path)).or(places.wanted.get(id));
        path.or(traced.all_paths().next()).cloned()
    }

    /// Which tag references lead to each of `tags`.
    fn tag_names(&self, tags: &BTreeSet<ObjectId>) -> BTreeMap<ObjectId, Vec<String>> {
        let mut names: BTreeMap<ObjectId, Vec<String>> = BTreeMap::new();
        if tags.is_empty() {
            return names;
        }
        for (name, id) in Refs::new(self.repository).all() {
            if tags.contains(&id) {
                names.entry(id).or_default().push(name);
            }
        }
        names
    }

    /// The commit that is checked out.
    pub(super) fn head(&self) -> Option<ObjectId> {
        let mut objects = self.repository.objects();
        revision::peel(Refs::new(self.repository).get("HEAD")?, &mut objects)
    }
}

/// Whether `path` stands for something that is no file.
fn is_made_up(path: &str) -> bool {
    [COMMIT_MESSAGE, TAG_MESSAGE, NOTE, NO_PATH, UNTRACED, TAGGED].contains(&path) || path.starts_with(TOO_DEEP)
}

fn base_origin(id: ObjectId, object: ObjectKind) -> Origin {
    let object_id = Some(id.to_string());
    Origin { in_head: false, object: Some(object), object_id, ..Origin::plain(OriginKind::History) }
}
