//! Where objects come from: the commit in which a blob first stood, its path there and now, and the references that still hold it.
//!
//! Asked only when there is something to tell. All tree objects are decoded once, in bulk, and of each is kept how it differs from the one it is
//! derived from ([`trees`](super::trees)). Commits are passed from the oldest on, and each tree is entered once ([`way`](super::way)), so the
//! whole costs one pass over trees and commits, however many blobs are asked for and however long the history. Which references hold
//! what is asked for what was really found only: from there the trees that lead to it are marked upwards ([`marked`](super::marked)), and bits
//! spread along the commits, 64 secrets at a time.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    time::Instant,
};

use gix_hash::ObjectId;
use gix_object::Kind;
use rayon::prelude::*;

use super::{
    DEEPEST, History, Repository, TAGGED, TOO_DEEP,
    budget::{Budget, Stop},
    commits::{self, Commits, Known},
    descent::Descents,
    marked::Marked,
    missing::Missing,
    names::{Names, Question, shortened},
    object::Time,
    refs::Refs,
    revision,
    spread::{Held, Spread, rounds},
    trees::Trees,
    way::{self, First, Targets, Way},
};
use crate::model::Notice;

/// Paths of a blob in one commit, of all blobs together, and bytes of these; of each blob one is told however many there are.
const MOST_PATHS: usize = 10_000;
const MOST_PATHS_OF_ALL: usize = 1_000_000;
const MOST_BYTES_OF_ALL: usize = 64 << 20;
/// Blobs that one thread traces one after the other.
const TOGETHER: usize = 32;
/// Commits and trees that the spread of all secrets comes to; a repository of a million commits has room for tens of thousands of secrets.
const MOST_SPREAD: usize = 1 << 31;

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
    deadline: Option<Instant>,
}

/// Where all blobs in question come from.
pub(super) struct Tracing {
    /// `None` for one that no commit holds. In the order of ids.
    pub(super) blobs: Vec<(ObjectId, Option<Traced>)>,
    /// Why parts of the search ended early.
    pub(super) stops: BTreeSet<Stop>,
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
        let trees = Trees::read(history, repository.hash, targets, deadline);
        let targets = Targets::new(history, targets.iter().copied());
        Self { history, repository, commits, trees, targets, deadline }
    }

    /// What must be said about objects that are not here; of those that commits and tags refer to, `missing`, is known already. When not all
    /// commits were read, for the reason `stop`, parents that are not known prove nothing.
    pub(super) fn missing(&self, mut missing: Missing, stop: Option<Stop>) -> Option<Notice> {
        if self.repository.limits.shallow {
            // Then it is said already that not all is here.
            return None;
        }
        let (refs, mut objects) = (Refs::new(self.repository), self.repository.objects());
        missing.extend(self.trees.missing().iter());
        missing.extend(refs.all().into_values().filter(|id| !objects.contains(id)));
        let head_is_here = refs
            .get("HEAD")
            .is_none_or(|head| revision::read(head, &mut objects).is_some_and(|commit| objects.contains(&commit.tree)));
        let is_cut = stop.is_none() && self.commits.is_cut;
        if missing.is_empty() && !is_cut && head_is_here {
            return None;
        }
        let (code, message, help) = if self.repository.limits.partial {
            let help = "scan a full clone, or fetch everything with `git fetch --refetch --no-filter`";
            ("partial-clone", "this clone is partial: some of its objects were never fetched".to_owned(), help)
        } else {
            let help = "fetch them again, or run `git fsck` to see what is missing";
            let message = "commits or files that this repository refers to are not in it";
            let told = if missing.is_empty() { String::new() } else { format!(": {}", missing.told()) };
            let message = format!("{message}{told}");
            ("missing-objects", message, help)
        };
        Some(Notice { code: code.to_owned(), message, help: Some(help.to_owned()), path: None, line: None })
    }

    /// Where each of the blobs in question comes from.
    pub(super) fn traced(&self) -> Tracing {
        let (notes, stop) = self.only_notes();
        let mut stops: BTreeSet<Stop> = stop.into_iter().chain(self.trees.stop()).collect();
        let mut way = Way::new(self.history, &self.trees, &self.targets, self.deadline);
        for (at, known) in (0_u32..).zip(self.commits.iter()) {
            known.tree().into_iter().for_each(|tree| way.enter(tree, at));
        }
        let mut objects = self.repository.objects();
        let head = self.history.head().and_then(|id| revision::read(id, &mut objects));
        let head = head.filter(|_| !self.targets.ids.is_empty()).and_then(|head| self.history.number(&head.tree));
        let in_head = head.map_or_else(BTreeMap::new, |head| {
            let descents = self.descents(&[head], &mut way.budget);
            stops.extend(descents.stop());
            descents.paths(head, &mut way.budget)
        });
        let firsts = self.targets.ids.iter().zip(&way.first);
        let asked = firsts.filter_map(|(id, first)| Some((self.history.number(id)?, first.as_ref()?)));
        let (names, stop) = Names::find(self.history, questions(asked, &way), self.deadline);
        stops.extend(stop.into_iter().chain(way.budget.stop()));
        settle(&mut way, &names);
        let trace = |(id, first): (&ObjectId, &Option<First>)| {
            let traced = first.as_ref().map(|(at, trees)| {
                let known = self.commits.at(*at);
                Traced {
                    position: *at,
                    commit: self.history.id(known.number).unwrap_or(self.repository.hash.null()),
                    author_time: known.author_time,
                    paths: self.paths(id, trees, &way, &names),
                    head_paths: in_head.get(id).cloned().unwrap_or_default(),
                    is_note: notes.contains(id),
                }
            });
            (*id, traced)
        };
        let firsts: Vec<(&ObjectId, &Option<First>)> = self.targets.ids.iter().zip(&way.first).collect();
        Tracing { blobs: firsts.into_par_iter().with_min_len(TOGETHER).map(trace).collect(), stops }
    }

    /// The paths of the blob `id` in `trees`, which were entered on the `way`: the first, and others as far as each blob has room for them.
    fn paths(&self, id: &ObjectId, trees: &[u32], way: &Way<'_>, names: &Names) -> BTreeSet<String> {
        let Some(blob) = self.history.number(id) else { return BTreeSet::new() };
        let blobs = self.targets.ids.len().max(1);
        let (most, mut room) = (MOST_PATHS.min(MOST_PATHS_OF_ALL / blobs), MOST_BYTES_OF_ALL / blobs);
        let mut paths = BTreeSet::new();
        for tree in trees {
            let folder = folder(*tree, way, names);
            for path in names.get(*tree, blob).map(|name| format!("{folder}{name}")) {
                if !paths.is_empty() && (paths.len() >= most || path.len() > room) {
                    return paths;
                }
                room = room.saturating_sub(path.len());
                paths.insert(path);
            }
        }
        paths
    }

    /// What leads to the blobs in question below `tops`.
    fn descents(&self, tops: &[u32], budget: &mut Budget) -> Descents<'_> {
        Descents::find(self.history, &self.trees, &self.targets, tops, budget, self.deadline)
    }

    pub(super) fn commits(&self) -> &Commits {
        &self.commits
    }

    pub(super) fn history(&self) -> &'h History<'h> {
        self.history
    }

    pub(super) fn trees(&self) -> &Trees {
        &self.trees
    }

    /// The trees of all commits, parents before children.
    pub(super) fn roots(&self) -> impl Iterator<Item = u32> {
        self.commits.iter().filter_map(Known::tree)
    }

    /// The commit with this number among all objects, and how many come before it.
    pub(super) fn commit(&self, number: u32) -> Option<(u32, &Known)> {
        let position = self.commits.position(number)?;
        Some((position, self.commits.at(position)))
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
        let mut stops = BTreeSet::new();
        let marked = Marked::find(self.history, &self.trees, &blobs, self.deadline).unwrap_or_else(|stop| {
            stops.insert(stop);
            Marked::default()
        });
        let order = marked.inside_out();
        let spread = Spread { provenance: self, marked, blobs, tips: self.tips(), order };
        let mut budget = Budget::new(MOST_SPREAD, self.deadline);
        let held = rounds(&parsed, spread.cost(), &mut budget, |sets| spread.held(sets));
        stops.extend(budget.stop());
        for notice in stops.into_iter().map(Stop::notice) {
            if !notices.iter().any(|known| known.code == notice.code) {
                notices.push(notice);
            }
        }
        held
    }

    /// What references lead to, past annotated tags.
    fn tips(&self) -> Vec<(String, Kind, ObjectId)> {
        let mut objects = self.repository.objects();
        let all = Refs::new(self.repository).all().into_iter();
        all.filter_map(|(name, id)| revision::target(id, &mut objects).map(|(kind, id)| (name, kind, id))).collect()
    }

    /// Paths of those of `blobs` that no commit holds, but a tag does that names them or a tree with them.
    pub(super) fn tagged(&self, blobs: &BTreeSet<ObjectId>) -> (BTreeMap<ObjectId, String>, Option<Stop>) {
        let mut tagged = BTreeMap::new();
        if blobs.is_empty() {
            return (tagged, None);
        }
        let mut objects = self.repository.objects();
        let mut tops = Vec::new();
        for id in Refs::new(self.repository).all().into_values() {
            match revision::target(id, &mut objects) {
                Some((Kind::Blob, id)) if blobs.contains(&id) => {
                    tagged.entry(id).or_insert_with(|| TAGGED.to_owned());
                }
                Some((Kind::Tree, tree)) => tops.extend(self.history.number(&tree)),
                _ => {}
            }
        }
        let mut budget = way::budget(&self.trees, self.deadline);
        let descents = self.descents(&tops, &mut budget);
        let named = descents.first_paths(&tops, &mut budget).into_iter();
        tagged.extend(named.filter(|(id, _)| blobs.contains(id)));
        (tagged, budget.stop().or(descents.stop()))
    }

    /// Which of the blobs in question are reached by notes and by nothing else.
    fn only_notes(&self) -> (HashSet<ObjectId>, Option<Stop>) {
        let tips = self.tips();
        let is_note = |name: &str| name.starts_with("refs/notes/");
        let (notes, others): (Vec<_>, Vec<_>) = tips.into_iter().partition(|(name, ..)| is_note(name));
        if notes.is_empty() || self.targets.ids.is_empty() {
            return (HashSet::new(), None);
        }
        let ((by_notes, stop), (by_others, other)) = (self.reached(&notes), self.reached(&others));
        let ids = self.targets.ids.iter().zip(by_notes.iter().zip(&by_others));
        let only = ids.filter(|(_, (by_notes, by_others))| **by_notes && !**by_others).map(|(id, _)| *id).collect();
        (only, stop.or(other))
    }

    /// For each of the blobs in question whether it can be reached from one of `tips`, and why the search ended early, if it did.
    fn reached(&self, tips: &[(String, Kind, ObjectId)]) -> (Vec<bool>, Option<Stop>) {
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
        let mut way = Way::new(self.history, &self.trees, &self.targets, self.deadline);
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
        (reached, way.budget.stop())
    }
}

/// What must be asked to tell the paths of blobs, given by their numbers, in the trees that had them first.
fn questions<'f>(blobs: impl Iterator<Item = (u32, &'f First)>, way: &Way<'_>) -> Vec<Question> {
    let (mut asked, mut met) = (Vec::new(), HashSet::new());
    for (blob, (_, trees)) in blobs {
        asked.extend(trees.iter().map(|tree| (*tree, blob)));
        let mut open = trees.clone();
        while let Some(at) = open.pop() {
            let is_near = way.above(at).is_some_and(|(_, depth)| depth < DEEPEST);
            if is_near && met.insert(at) {
                asked.extend(way.all_above(at).map(|above| (above, at)));
                open.extend(way.all_above(at));
            }
        }
    }
    asked
}

/// Has trees that stand several times in the commit that had them first entered where their paths come first, those above before those below.
fn settle(way: &mut Way<'_>, names: &Names) {
    let (repeated, mut settled) = (way.repeated(), HashSet::new());
    for tree in &repeated {
        let mut open = vec![(*tree, false)];
        while let Some((at, is_left)) = open.pop() {
            if is_left {
                let path = |above| Some((folder(above, way, names) + names.get(above, at).next()?, above));
                if let Some((_, above)) = way.all_above(at).filter_map(path).min() {
                    way.enter_from(at, above);
                }
            } else if settled.insert(at) {
                if repeated.contains(&at) {
                    open.push((at, true));
                }
                open.extend(way.all_above(at).map(|above| (above, false)));
            }
        }
    }
}

/// Path of `tree`, which was entered on the `way`, with a slash behind it; empty for a root.
fn folder(tree: u32, way: &Way<'_>, names: &Names) -> String {
    let (mut parts, mut at) = (Vec::new(), tree);
    while let Some((above, depth)) = way.above(at) {
        if depth >= DEEPEST {
            return format!("{TOO_DEEP}/");
        }
        parts.extend(names.get(above, at).next());
        at = above;
    }
    let mut path = String::new();
    for part in parts.into_iter().rev() {
        path.push_str(part);
        path.push('/');
    }
    shortened(&path).to_owned()
}
