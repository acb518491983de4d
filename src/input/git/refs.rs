//! References: which names point at which objects, in the files format (gitrepository-layout).
//!
//! Stash and notes are references like branches, tags and remotes. Reflogs and pseudo-references need not be read: what they lead to is among
//! the objects, which are read whatever reaches them. A file is read up to a bound, a symbolic reference is followed a few steps only.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::Read as _,
    path::Path,
};

use gix_hash::ObjectId;

use super::Repository;

/// More than any repository has, and little enough to hold.
const LARGEST: u64 = 1 << 28;
/// Symbolic references lead to one another at most this often, as in git.
const MOST_STEPS: usize = 5;
/// Folders below `refs/` are nested at most this deep.
const DEEPEST: usize = 32;
/// What a reference file says.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Id(ObjectId),
    Name(String),
}

fn read(path: &Path) -> Option<String> {
    // A pipe in place of a reference would wait for ever.
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(LARGEST).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn value(text: &str) -> Option<Value> {
    let line = text.lines().next()?.trim_end();
    match line.strip_prefix("ref:") {
        Some(name) => Some(Value::Name(name.trim().to_owned())),
        None => id(line.split_ascii_whitespace().next()?).map(Value::Id),
    }
}

fn id(text: &str) -> Option<ObjectId> {
    ObjectId::from_hex(text.as_bytes()).ok()
}

/// Whether `name` can be joined to a folder without leading out of it.
fn is_safe(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('/')
        && !name.split('/').any(|part| part.is_empty() || part == ".." || part == ".")
}

/// All references of a repository.
#[derive(Debug)]
pub(super) struct Refs<'r> {
    repository: &'r Repository,
    packed: BTreeMap<String, ObjectId>,
}

impl<'r> Refs<'r> {
    pub(super) fn new(repository: &'r Repository) -> Self {
        let text = read(&repository.common.join("packed-refs")).unwrap_or_default();
        let lines = text.lines().filter(|line| !line.starts_with(['#', '^']));
        let packed =
            lines.filter_map(|line| line.split_once(' ')).filter_map(|(hex, name)| Some((name.to_owned(), id(hex)?)));
        Self { repository, packed: packed.collect() }
    }

    /// What the reference called `name` in full points at.
    pub(super) fn get(&self, name: &str) -> Option<ObjectId> {
        let mut name = name.to_owned();
        for _ in 0..MOST_STEPS {
            if !is_safe(&name) {
                return None;
            }
            let folders = [&self.repository.git, &self.repository.common];
            let loose = folders.into_iter().find_map(|folder| read(&folder.join(&name)).as_deref().and_then(value));
            match loose {
                Some(Value::Id(id)) => return Some(id),
                Some(Value::Name(next)) => name = next,
                None => return self.packed.get(&name).copied(),
            }
        }
        None
    }

    /// What `name`, as a person types it, points at, and the full name it stands for: the places are git's, in git's order.
    pub(super) fn find(&self, name: &str) -> Option<(String, ObjectId)> {
        let places = ["", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"];
        let names =
            places.into_iter().map(|place| format!("{place}{name}")).chain([format!("refs/remotes/{name}/HEAD")]);
        names.into_iter().find_map(|full| self.get(&full).map(|id| (full, id)))
    }

    /// All references below `refs/`, by full name.
    pub(super) fn all(&self) -> BTreeMap<String, ObjectId> {
        let mut names: BTreeSet<String> = self.packed.keys().cloned().collect();
        for folder in [&self.repository.common, &self.repository.git] {
            list(&folder.join("refs"), "refs", 0, &mut names);
        }
        names.into_iter().filter_map(|name| self.get(&name).map(|id| (name, id))).collect()
    }
}

/// Adds the names of all files below `folder`, each with `prefix` in front.
fn list(folder: &Path, prefix: &str, depth: usize, names: &mut BTreeSet<String>) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        let (Ok(kind), Ok(name)) = (entry.file_type(), entry.file_name().into_string()) else { continue };
        let name = format!("{prefix}/{name}");
        if kind.is_dir() && depth < DEEPEST {
            list(&entry.path(), &name, depth + 1, names);
        } else if kind.is_file() && Path::new(&name).extension().is_none_or(|end| end != "lock") {
            names.insert(name);
        }
    }
}
