//! From a name that a person types to a commit: branches, tags, ids and their beginnings, with `~n`, `^n` and `^{commit}` (gitrevisions).

use std::collections::{BTreeMap, BTreeSet};

use gix_hash::{ObjectId, Prefix};
use gix_object::Kind;

use super::{
    GitError, Repository,
    object::{Commit, EntryKind, TreeEntry, entries, tagged},
    refs::Refs,
    repository::Objects,
};

/// Commits, trees and tags are small; what is larger is none.
pub(super) const LARGEST_COMMIT: u64 = 64 << 20;
/// Tags point at tags at most this often.
const MOST_TAGS: usize = 8;
/// Folders without a file that are looked into for one.
const MOST_FOLDERS: usize = 1_000;
/// Bytes of folders that are gone through to see which paths HEAD has.
const MOST_BYTES: usize = 256 << 20;
/// A path that is longer is opened by nobody first.
const LONGEST_PLACE: usize = 1_024;
/// `main~1000000000` is a typing mistake.
const MOST_STEPS: usize = 1_000_000;

impl Repository {
    /// The commit that `name` stands for.
    ///
    /// # Errors
    /// [`GitError::UnknownRevision`] with the way out.
    pub fn commit(&self, name: &str) -> Result<ObjectId, GitError> {
        let mut objects = self.objects();
        self.find_commit(name, &mut objects).ok_or_else(|| {
            let help = match () {
                () if self.limits.reftable => {
                    "name the commit by its id: the references of this repository are not readable"
                }
                () if self.limits.shallow => {
                    "this clone is shallow: fetch the commit first, with `git fetch --unshallow`"
                }
                () if name.contains("@{") => "write the branch or the id instead of an `@{…}` expression",
                () => "check the spelling with `git rev-parse`, or fetch it first",
            };
            let is_id = name.bytes().all(|byte| byte.is_ascii_hexdigit());
            let name = if is_id { name.to_owned() } else { crate::model::masked_text(name) };
            GitError::UnknownRevision { name, help: help.to_owned() }
        })
    }

    fn find_commit(&self, name: &str, objects: &mut Objects) -> Option<ObjectId> {
        let end = name.find(['~', '^']).unwrap_or(name.len());
        let (base, mut steps) = name.split_at(end);
        let base = if base.is_empty() || base == "@" { "HEAD" } else { base };
        let mut id = peel(self.object(base, objects)?, objects)?;
        while !steps.is_empty() {
            if let Some(rest) = steps.strip_prefix("^{commit}").or_else(|| steps.strip_prefix("^0")) {
                steps = rest;
                continue;
            }
            let kind = steps.as_bytes()[0];
            let rest = steps.strip_prefix(['~', '^'])?;
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let number: usize = if digits == 0 { 1 } else { rest[..digits].parse().ok()? };
            steps = &rest[digits..];
            match kind {
                b'^' => id = *read(id, objects)?.parents.get(number.checked_sub(1)?)?,
                b'~' if number <= MOST_STEPS => {
                    for _ in 0..number {
                        id = *read(id, objects)?.parents.first()?;
                    }
                }
                _ => return None,
            }
        }
        read(id, objects).map(|_| id)
    }

    /// The object that `name` stands for: a reference, an id, or the beginning of one.
    fn object(&self, name: &str, objects: &mut Objects) -> Option<ObjectId> {
        // A whole id is that object whatever a tag is called: tags come with a fetch, from anybody who may push.
        if let Some(id) = ObjectId::from_hex(name.as_bytes()).ok().filter(|id| id.kind() == self.hash) {
            return Some(id);
        }
        match Refs::new(self).find(name) {
            Some((_, id)) => Some(id),
            None => objects.unique(Prefix::from_hex(name).ok()?),
        }
    }

    /// Content of the file at `path` in the commit `id`, when it has at most `limit` bytes; `None` when there is none.
    ///
    /// # Errors
    /// A reason, when the file is there and cannot be read.
    pub fn file_at(&self, id: ObjectId, path: &str, limit: u64) -> Result<Option<Vec<u8>>, String> {
        let mut objects = self.objects();
        let missing = || "a part of the commit is not in this clone".to_owned();
        let commit = read(id, &mut objects).ok_or_else(missing)?;
        let mut at = commit.tree;
        for part in path.split('/') {
            let (Kind::Tree, bytes) = objects.get(&at, LARGEST_COMMIT).map_err(|_| missing())? else { return Ok(None) };
            let Some(entry) = entries(bytes, self.hash).find(|entry| entry.name == part.as_bytes()) else {
                return Ok(None);
            };
            at = entry.id.to_owned();
        }
        match objects.get(&at, limit) {
            Ok((Kind::Blob, bytes)) => Ok(Some(bytes.to_vec())),
            Ok(_) => Ok(None),
            Err(absent) => Err(format!("{absent:?}").to_lowercase()),
        }
    }
}

/// The files of one commit, to ask which paths are there.
pub struct Files {
    objects: Objects,
    top: ObjectId,
    hash: gix_hash::Kind,
}

impl Repository {
    /// The files of HEAD; `None` when there is no commit yet or it cannot be read.
    #[must_use]
    pub fn files_of_head(&self) -> Option<Files> {
        let mut objects = self.objects();
        let head = peel(Refs::new(self).get("HEAD")?, &mut objects)?;
        let top = read(head, &mut objects)?.tree;
        Some(Files { objects, top, hash: self.hash })
    }
}

impl Files {
    /// Those of `paths` at which a file stands. Each folder is gone through once, for all paths in it; what lies in folders that are larger together than
    /// any HEAD is not found.
    #[must_use]
    pub fn held<'p>(&mut self, paths: impl IntoIterator<Item = &'p str>) -> BTreeSet<&'p str> {
        let mut held = BTreeSet::new();
        let all = paths.into_iter().map(|path| Wanted { path, rest: path }).collect();
        let mut open: Vec<(ObjectId, Vec<Wanted<'p>>)> = vec![(self.top, all)];
        let mut left = MOST_BYTES;
        while let Some((tree, wanted)) = open.pop() {
            let Ok((Kind::Tree, bytes)) = self.objects.get(&tree, LARGEST_COMMIT) else { continue };
            let Some(less) = left.checked_sub(bytes.len()) else { break };
            left = less;
            let mut by_name: BTreeMap<&[u8], Vec<Wanted<'p>>> = BTreeMap::new();
            for Wanted { path, rest } in wanted {
                let (name, rest) = rest.split_once('/').unwrap_or((rest, ""));
                by_name.entry(name.as_bytes()).or_default().push(Wanted { path, rest });
            }
            for entry in entries(bytes, self.hash) {
                // A forged folder may hold a name several times, and only the first counts.
                let Some(mut named) = by_name.remove(entry.name) else { continue };
                match entry.kind {
                    EntryKind::Tree => {
                        named.retain(|wanted| !wanted.rest.is_empty());
                        open.push((entry.id.to_owned(), named));
                    }
                    EntryKind::Blob => held.extend(named.iter().filter(|it| it.rest.is_empty()).map(|it| it.path)),
                    EntryKind::Submodule => {}
                }
            }
        }
        held
    }

    /// The path of the file that a stranger opens first: what is called README at the top, or else the first of all, hidden ones last. Only a path that is
    /// `good` counts.
    #[must_use]
    pub fn first(&mut self, good: impl Fn(&str) -> bool) -> Option<String> {
        let is_readme = |name: &str| name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("readme"));
        let top = self.names(&self.top.clone());
        let readme = top.iter().find(|(name, kind, _)| *kind == EntryKind::Blob && is_readme(name) && good(name));
        if let Some((name, ..)) = readme {
            return Some(name.clone());
        }
        let mut open = vec![(String::new(), self.top)];
        for visited in 1..=MOST_FOLDERS {
            let (folder, tree) = open.pop()?;
            let names = self.names(&tree);
            let files = || names.iter().filter(|(_, kind, _)| *kind == EntryKind::Blob).map(|(name, ..)| name);
            let (shown, hidden) =
                (files().filter(|name| !name.starts_with('.')), files().filter(|name| name.starts_with('.')));
            if let Some(path) = shown.chain(hidden).map(|name| format!("{folder}{name}")).find(|path| good(path)) {
                return Some(path);
            }
            // Of the folders that wait there are no more than will be looked into, and none lies deeper than anybody looks.
            let below = names
                .into_iter()
                .filter(|(name, kind, _)| *kind == EntryKind::Tree && folder.len() + name.len() < LONGEST_PLACE);
            let room = MOST_FOLDERS.saturating_sub(visited + open.len());
            let below: Vec<_> = below.take(room).map(|(name, _, id)| (format!("{folder}{name}/"), id)).collect();
            open.extend(below.into_iter().rev());
        }
        None
    }

    /// The entries of `tree` whose names are text, in git's order.
    fn names(&mut self, tree: &ObjectId) -> Vec<(String, EntryKind, ObjectId)> {
        let Ok((Kind::Tree, bytes)) = self.objects.get(tree, LARGEST_COMMIT) else { return Vec::new() };
        let text =
            |entry: TreeEntry<'_>| Some((str::from_utf8(entry.name).ok()?.to_owned(), entry.kind, entry.id.to_owned()));
        entries(bytes, self.hash).filter_map(text).collect()
    }
}

/// A path that is looked for.
struct Wanted<'p> {
    path: &'p str,
    /// What of it lies below the folder at hand.
    rest: &'p str,
}

/// The commit that `id` is, or that the tag `id` points at.
pub(super) fn peel(id: ObjectId, objects: &mut Objects) -> Option<ObjectId> {
    target(id, objects).filter(|(kind, _)| *kind == Kind::Commit).map(|(_, id)| id)
}

/// What `id` is, or what the tag `id` points at in the end: kind and id.
pub(super) fn target(mut id: ObjectId, objects: &mut Objects) -> Option<(Kind, ObjectId)> {
    for _ in 0..MOST_TAGS {
        match objects.kind(&id)? {
            Kind::Tag => id = tagged(objects.get(&id, LARGEST_COMMIT).ok()?.1)?,
            kind => return Some((kind, id)),
        }
    }
    None
}

/// The head of the commit `id`.
pub(super) fn read(id: ObjectId, objects: &mut Objects) -> Option<Commit> {
    match objects.get(&id, LARGEST_COMMIT).ok()? {
        (Kind::Commit, bytes) => Commit::parse(bytes),
        _ => None,
    }
}
