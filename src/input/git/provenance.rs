//! Where objects come from: the commit in which a blob first stood, its path there and now, and the references that still hold it.
//!
//! Asked only when there is something to tell. All tree objects are decoded once, in bulk, and of each is kept how it differs from the one it is
//! derived from ([`trees`](super::trees)). Commits are passed from the oldest on, and each tree is entered once ([`way`](super::way)), so the
//! whole costs one pass over trees and commits, however many blobs are asked for and however long the history. Which references hold
//! what is asked for what was really found only: from there the trees that lead to it are marked upwards ([`marked`](super::marked)), and bits
//! spread along the commits, 64 secrets at a time.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    time::Instant,
};

use gix_hash::ObjectId;
use gix_object::Kind;
use rayon::prelude::*;

use super::{
    DEEPEST, History, LONGEST_PATH, Repository, TAGGED, TOO_DEEP,
    commits::{self, Commits, Known},
    marked::Marked,
    object::{EntryKind, Time, entries},
    refs::Refs,
    repository::Objects,
    revision::{self, LARGEST_COMMIT},
    spread::{Held, Spread},
    trees::Trees,
    way::{First, Targets, Way},
};
use crate::{input::Entry, model::Notice};

/// Paths in HEAD beyond the first of each blob.
const MOST_FURTHER_PATHS: usize = 10_000;
/// Blobs that one thread traces one after the other.
const TOGETHER: usize = 32;

/// Where a blob comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Traced {
    /// The oldest commit whose tree holds it.
    pub(super) commit: ObjectId,
    /// How many commits come before it.
    pub(super) position: u32,
    pub(super) author_time: Time,
    /// Its paths there.
    pub(super) paths: BTreeSet<String>,
    /// Its paths in HEAD, where it still stands.
    pub(super) head_paths: BTreeSet<String>,
    /// Whether only notes hold it.
    pub(super) is_note: bool,
}

impl Traced {
    /// The paths that are known, those in HEAD first.
    pub(super) fn all_paths(&self) -> impl Iterator<Item = &String> {
        self.head_paths.iter().chain(&self.paths)
    }
}

/// The commits of a repository, and which trees lead to the blobs in question.
pub struct Provenance<'h> {
    history: &'h History<'h>,
    repository: &'h Repository,
    commits: Commits,
    trees: Trees,
    /// The blobs in question.
    targets: Targets,
}

/// Where all blobs in question come from.
pub(super) struct Tracing {
    /// `None` for one that no commit holds. In the order of ids.
    pub(super) blobs: Vec<(ObjectId, Option<Traced>)>,
    /// Whether the search was given up.
    pub(super) is_given_up: bool,
}

impl<'h> Provenance<'h> {
    pub(super) fn new(
        history: &'h History<'h>,
        repository: &'h Repository,
        commits: commits::Read,
        targets: &BTreeSet<ObjectId>,
        deadline: Option<Instant>,
    ) -> Self {
        let commits = Commits::new(commits, history);
        let checks_blobs = repository.limits.partial;
        let trees = if targets.is_empty() && !checks_blobs {
            Trees::default()
        } else {
            Trees::read(history, repository.hash, targets, checks_blobs, deadline)
        };
        let targets = Targets::new(history, targets.iter().copied());
        Self { history, repository, commits, trees, targets }
    }

    /// What must be said about commits and trees that are not here.
    pub(super) fn missing(&self, is_given_up: bool) -> Vec<Entry<'static>> {
        let refs = Refs::new(self.repository);
        let mut objects = self.repository.objects();
        let dangling = refs.all().values().filter(|id| !objects.contains(id)).count();
        let head_is_here = refs
            .get("HEAD")
            .is_none_or(|head| revision::read(head, &mut objects).is_some_and(|commit| objects.contains(&commit.tree)));
        let is_short = (self.commits.is_cut || self.trees.is_cut() || dangling > 0 || !head_is_here)
            && !self.repository.limits.shallow;
        let (code, message, help) = if self.repository.limits.partial {
            let help = "scan a full clone, or fetch everything with `git fetch --refetch --no-filter`";
            ("partial-clone", "this clone is partial: some of its objects were never fetched", help)
        } else {
            let help = "fetch them again, or run `git fsck` to see what is missing";
            ("missing-objects", "commits or files that this repository refers to are not in it", help)
        };
        let (code, message, help) = (code.to_owned(), message.to_owned(), Some(help.to_owned()));
        let notice = is_short.then_some(Notice { code, message, help, path: None, line: None });
        let too_much = is_given_up.then(too_many_folders);
        [notice, too_much].into_iter().flatten().map(Entry::Notice).collect()
    }

    /// Where each of the blobs in question comes from.
    pub(super) fn traced(&self) -> Tracing {
        let notes = self.only_notes();
        let mut way = Way::new(self.history, &self.trees, &self.targets);
        for (at, known) in (0_u32..).zip(self.commits.iter()) {
            known.tree().into_iter().for_each(|tree| way.enter(tree, at));
        }
        let mut objects = self.repository.objects();
        let head = self.history.head().and_then(|id| revision::read(id, &mut objects));
        let in_head = head.map_or_else(BTreeMap::new, |head| self.paths_in(head.tree, &mut way, &mut objects));
        // Versions of a folder lie side by side, and are derived from one another.
        let mut found: Vec<(&ObjectId, Option<&First>)> =
            self.targets.ids.iter().zip(&way.first).map(|(id, first)| (id, first.as_ref())).collect();
        let place = |trees: &[u32]| trees.first().map(|tree| self.history.place(*tree));
        found.sort_by_cached_key(|(id, first)| (first.and_then(|(_, trees)| place(trees)), **id));
        let start = || (self.repository.objects(), HashMap::new());
        let trace = |(objects, names): &mut (Objects, HashMap<u32, String>),
                     (id, first): (&ObjectId, Option<&First>)| {
            let traced = first.map(|(at, trees)| {
                let known = self.commits.at(*at);
                let mut paths = BTreeSet::new();
                for tree in trees {
                    let folder = self.folder(*tree, &way, names, objects);
                    paths.extend(self.names_in(*tree, id, &folder, objects));
                }
                Traced {
                    position: *at,
                    commit: self.history.id(known.number).unwrap_or(self.repository.hash.null()),
                    author_time: known.author_time,
                    paths,
                    head_paths: in_head.get(id).cloned().unwrap_or_default(),
                    is_note: notes.contains(id),
                }
            });
            (*id, traced)
        };
        let mut traced: Vec<_> = found.into_par_iter().with_min_len(TOGETHER).map_init(start, trace).collect();
        traced.sort_unstable_by_key(|(id, _)| *id);
        Tracing { blobs: traced, is_given_up: way.is_given_up() }
    }

    /// Path of `tree`, which was entered on the `way`, with a slash behind it; empty for a root.
    fn folder(&self, tree: u32, way: &Way<'_>, names: &mut HashMap<u32, String>, objects: &mut Objects) -> String {
        let mut chain = vec![tree];
        while let Some((above, depth)) = way.above(chain[chain.len() - 1]) {
            if depth >= DEEPEST {
                return format!("{TOO_DEEP}/");
            }
            if names.contains_key(&chain[chain.len() - 1]) {
                break;
            }
            chain.push(above);
        }
        let mut path = String::new();
        let mut above: Option<u32> = None;
        while let Some(tree) = chain.pop() {
            path = match (names.get(&tree), above) {
                (Some(known), _) => known.clone(),
                (None, None) => String::new(),
                (None, Some(parent)) => {
                    let id = self.history.id(tree);
                    let name = id.and_then(|id| self.names_in(parent, &id, &path, objects).into_iter().next());
                    name.map_or_else(|| path.clone(), |name| shortened(name + "/"))
                }
            };
            names.entry(tree).or_insert_with(|| path.clone());
            above = Some(tree);
        }
        path
    }

    /// The names under which `tree` holds `id`, each with `folder` in front.
    fn names_in(&self, tree: u32, id: &ObjectId, folder: &str, objects: &mut Objects) -> Vec<String> {
        let Some(tree) = self.history.id(tree) else { return Vec::new() };
        let Ok((Kind::Tree, bytes)) = objects.get(&tree, LARGEST_COMMIT) else { return Vec::new() };
        let same = entries(bytes, self.repository.hash).filter(|entry| **id == *entry.id);
        same.map(|entry| format!("{folder}{}", String::from_utf8_lossy(entry.name))).collect()
    }

    /// The paths of all blobs in question below `tree`.
    fn paths_in(
        &self,
        tree: ObjectId,
        way: &mut Way<'_>,
        objects: &mut Objects,
    ) -> BTreeMap<ObjectId, BTreeSet<String>> {
        let mut found = BTreeMap::new();
        let leading = self.history.number(&tree).map(|number| way.leading(number)).unwrap_or_default();
        self.paths(tree, "", 0, &leading, &mut found, objects);
        found
    }

    /// Adds the paths of all blobs in question below `tree`, when it is one of those `leading` there.
    fn paths(
        &self,
        tree: ObjectId,
        folder: &str,
        depth: usize,
        leading: &HashSet<u32>,
        found: &mut BTreeMap<ObjectId, BTreeSet<String>>,
        objects: &mut Objects,
    ) {
        if !self.history.number(&tree).is_some_and(|number| leading.contains(&number)) {
            return;
        }
        // Folders that hold the same folder many times over multiply: one path of each blob is enough then.
        if found.values().map(BTreeSet::len).sum::<usize>() > found.len() + MOST_FURTHER_PATHS {
            return;
        }
        let Ok((Kind::Tree, bytes)) = objects.get(&tree, LARGEST_COMMIT) else { return };
        let mut below = Vec::new();
        for entry in entries(bytes, self.repository.hash) {
            let name = String::from_utf8_lossy(entry.name);
            let path = if folder.is_empty() { name.into_owned() } else { format!("{folder}/{name}") };
            match entry.kind {
                EntryKind::Tree if depth < DEEPEST => below.push((entry.id.to_owned(), path)),
                EntryKind::Blob if self.targets.contains(entry.id) => {
                    found.entry(entry.id.to_owned()).or_default().insert(path);
                }
                _ => {}
            }
        }
        for (tree, path) in below {
            self.paths(tree, &path, depth + 1, leading, found, objects);
        }
    }

    pub(super) fn commits(&self) -> &Commits {
        &self.commits
    }

    pub(super) fn history(&self) -> &'h History<'h> {
        self.history
    }

    pub(super) fn hash(&self) -> gix_hash::Kind {
        self.repository.hash
    }

    pub(super) fn trees(&self) -> &Trees {
        &self.trees
    }

    /// The trees of all commits, parents before children.
    pub(super) fn roots(&self) -> impl Iterator<Item = u32> {
        self.commits.iter().filter_map(Known::tree)
    }

    /// How many commits come before the commit `id`.
    pub(super) fn position(&self, id: &ObjectId) -> Option<u32> {
        self.commits.position(self.history.number(id)?)
    }

    /// For each set of blobs and commits, given by their ids, where one of them is held. What could not be found out is added to `notices`.
    #[must_use]
    pub fn holders(&self, sets: &[BTreeSet<String>], notices: &mut Vec<Notice>) -> Vec<Held> {
        let parsed: Vec<BTreeSet<ObjectId>> = sets
            .iter()
            .map(|set| set.iter().filter_map(|id| ObjectId::from_hex(id.as_bytes()).ok()).collect())
            .collect();
        let blobs: BTreeSet<ObjectId> =
            parsed.iter().flatten().filter(|id| self.targets.contains(id)).copied().collect();
        let blobs: Vec<ObjectId> = blobs.into_iter().collect();
        let marked = Marked::find(self.history, &self.trees, &blobs).unwrap_or_else(|| {
            notices.push(too_many_folders());
            Marked::default()
        });
        let spread = Spread { provenance: self, marked, blobs, tips: self.tips() };
        spread.held(&parsed)
    }

    /// What references lead to, past annotated tags.
    fn tips(&self) -> Vec<(String, Kind, ObjectId)> {
        let mut objects = self.repository.objects();
        let all = Refs::new(self.repository).all().into_iter();
        all.filter_map(|(name, id)| revision::target(id, &mut objects).map(|(kind, id)| (name, kind, id))).collect()
    }

    /// Paths of those of `blobs` that no commit holds, but a tag does that names them or a tree with them.
    pub(super) fn tagged(&self, blobs: &BTreeSet<ObjectId>) -> BTreeMap<ObjectId, String> {
        let mut tagged = BTreeMap::new();
        if blobs.is_empty() {
            return tagged;
        }
        let mut objects = self.repository.objects();
        for id in Refs::new(self.repository).all().into_values() {
            match revision::target(id, &mut objects) {
                Some((Kind::Blob, id)) if blobs.contains(&id) => {
                    tagged.entry(id).or_insert_with(|| TAGGED.to_owned());
                }
                Some((Kind::Tree, tree)) => {
                    let mut way = Way::new(self.history, &self.trees, &self.targets);
                    let found = self.paths_in(tree, &mut way, &mut objects);
                    let first = |paths: BTreeSet<String>| paths.into_iter().next();
                    let named = found.into_iter().filter_map(|(id, paths)| Some((id, first(paths)?)));
                    tagged.extend(named.filter(|(id, _)| blobs.contains(id)));
                }
                _ => {}
            }
        }
        tagged
    }

    /// Which of the blobs in question are reached by notes and by nothing else.
    fn only_notes(&self) -> HashSet<ObjectId> {
        let tips = self.tips();
        let is_note = |name: &str| name.starts_with("refs/notes/");
        let (notes, others): (Vec<_>, Vec<_>) = tips.into_iter().partition(|(name, ..)| is_note(name));
        if notes.is_empty() || self.targets.ids.is_empty() {
            return HashSet::new();
        }
        let (by_notes, by_others) = (self.reached(&notes), self.reached(&others));
        let ids = self.targets.ids.iter().zip(by_notes.iter().zip(&by_others));
        ids.filter(|(_, (by_notes, by_others))| **by_notes && !**by_others).map(|(id, _)| *id).collect()
    }

    /// For each of the blobs in question whether it can be reached from one of `tips`.
    fn reached(&self, tips: &[(String, Kind, ObjectId)]) -> Vec<bool> {
        let mut is_reached = vec![false; self.commits.len()];
        let of_kind = |wanted: Kind| tips.iter().filter(move |(_, kind, _)| *kind == wanted).map(|(.., id)| id);
        for at in of_kind(Kind::Commit).filter_map(|id| self.position(id)) {
            is_reached[at as usize] = true;
        }
        for at in (0..is_reached.len()).rev().filter_map(|at| u32::try_from(at).ok()) {
            if is_reached[at as usize] {
                self.commits.parents(at).iter().for_each(|parent| is_reached[*parent as usize] = true);
            }
        }
        let mut way = Way::new(self.history, &self.trees, &self.targets);
        let commits = (0_u32..).zip(self.commits.iter()).filter(|(at, _)| is_reached[*at as usize]);
        for (at, tree) in commits.filter_map(|(at, known)| Some((at, known.tree()?))) {
            way.enter(tree, at);
        }
        let after_all = u32::try_from(self.commits.len()).unwrap_or(u32::MAX - 1);
        for tree in of_kind(Kind::Tree).filter_map(|id| self.history.number(id)) {
            way.enter(tree, after_all);
        }
        let mut reached: Vec<bool> = way.first.iter().map(Option::is_some).collect();
        for target in of_kind(Kind::Blob).filter_map(|id| self.targets.place(self.history.number(id)?)) {
            reached[target as usize] = true;
        }
        reached
    }
}

fn too_many_folders() -> Notice {
    Notice {
        code: "too-many-folders".into(),
        message: "too many versions of folders hold what was found: some paths, commits or references are not told"
            .into(),
        help: Some(
            "leave out what is found most with `exclude` or `--skip`, or read the history in parts with --shard".into(),
        ),
        path: None,
        line: None,
    }
}

/// `path`, or the end of it when no system could have one so long.
fn shortened(path: String) -> String {
    let from = path.ceil_char_boundary(path.len().saturating_sub(LONGEST_PATH));
    if from == 0 { path } else { path[from..].to_owned() }
}
