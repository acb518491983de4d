//! A repository: where its parts lie, and its objects by id.
//!
//! Where git is found follows git: `GIT_DIR` and its companions, as hooks get them, then the nearest `.git` above, then a bare repository.
//! Of the configuration only the format of the files is read (gitrepository-layout, git-config, section `extensions`).

use std::{
    collections::BTreeSet,
    env, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use gix_hash::{Kind, ObjectId, oid};
use gix_object::{Find as _, FindHeader as _};
use miette::Diagnostic;
use thiserror::Error;

use super::{
    object::{EntryKind, TreeEntry, entries},
    revision::LARGEST_COMMIT,
    stores::Stores,
};
use crate::input::tracked::{common_folder, git_folder};

/// The most that one object may ask for: a pack can claim any size.
const LARGEST_OBJECT: usize = 1 << 30;

/// Why a repository, a revision or a range cannot be read.
#[derive(Debug, Error, Diagnostic)]
pub enum GitError {
    /// There is none.
    #[error("there is no git repository at or above {}", .start.display())]
    #[diagnostic(
        code(keyward::git::no_repository),
        help("start keyward in a repository, or name one: `keyward --history PATH`")
    )]
    NoRepository {
        /// Where it was looked for.
        start: PathBuf,
    },
    /// A part of it cannot be read.
    #[error("cannot read {}: {reason}", .path.display())]
    #[diagnostic(code(keyward::git::unreadable), help("`git fsck` tells whether the repository is damaged"))]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A revision names nothing.
    #[error("`{name}` names no commit of this repository")]
    #[diagnostic(code(keyward::git::unknown_revision), help("{help}"))]
    UnknownRevision {
        /// What was typed.
        name: String,
        /// The way out.
        help: String,
    },
    /// A range is not written as one.
    #[error("`{text}` is not a range of commits")]
    #[diagnostic(code(keyward::git::bad_range), help("write it as `--diff main..HEAD` or `--diff main...HEAD`"))]
    BadRange {
        /// What was typed.
        text: String,
    },
}

/// What makes a repository hold less than its history, or hold it in a way that is not read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Limits {
    /// A clone without the commits before a certain one.
    pub(super) shallow: bool,
    /// A clone that fetches objects when they are needed.
    pub(super) partial: bool,
    /// References are kept in tables that are not read.
    pub(super) reftable: bool,
}

/// A repository that was found.
pub struct Repository {
    /// Folder of what belongs to this worktree.
    pub(super) git: PathBuf,
    /// Folder of what all worktrees share.
    pub(super) common: PathBuf,
    pub(super) work_tree: Option<PathBuf>,
    pub(super) index: PathBuf,
    pub(super) hash: Kind,
    pub(super) limits: Limits,
    /// Names of the remotes that the configuration knows.
    pub(super) remotes: BTreeSet<String>,
    pub(super) stores: Arc<Stores>,
    /// For single objects: of the own folder, and of each that the environment adds.
    databases: Vec<Arc<gix_odb::Store>>,
}

impl std::fmt::Debug for Repository {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Repository").field("git", &self.git).finish_non_exhaustive()
    }
}

/// Access to objects for one thread.
pub(super) struct Objects {
    handles: Vec<Handle>,
    stores: Arc<Stores>,
    buffer: Vec<u8>,
}

type Handle = gix_odb::Cache<gix_odb::store::Handle<Arc<gix_odb::Store>>>;

/// The entries of a folder, sorted by name. A forged one may hold a name several times, and all of them count.
#[derive(Debug, Default)]
pub(super) struct Folder(Vec<(Vec<u8>, EntryKind, ObjectId)>);

impl Folder {
    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], EntryKind, ObjectId)> {
        self.0.iter().map(|(name, kind, id)| (&name[..], *kind, *id))
    }

    /// What is called `name`.
    pub(super) fn named<'f>(&'f self, name: &'f [u8]) -> impl Iterator<Item = (EntryKind, ObjectId)> + 'f {
        let from = self.0.partition_point(|(other, ..)| &other[..] < name);
        self.0[from..].iter().take_while(move |(other, ..)| other == name).map(|(_, kind, id)| (*kind, *id))
    }
}

/// An object could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Absent {
    Missing,
    TooLarge,
    Corrupt(String),
}

impl Objects {
    /// Kind and content of `id`, when it has at most `limit` bytes. Where a copy is damaged others are tried.
    pub(super) fn get(&mut self, id: &oid, limit: u64) -> Result<(gix_object::Kind, &[u8]), Absent> {
        let mut absent = Absent::Missing;
        for handle in &self.handles {
            match find(handle, id, limit, &mut self.buffer) {
                Ok((kind, length)) => return Ok((kind, &self.buffer[..length])),
                Err(Absent::TooLarge) => return Err(Absent::TooLarge),
                Err(Absent::Missing) => {}
                Err(corrupt) => absent = corrupt,
            }
        }
        let another = if absent == Absent::Missing { None } else { self.stores.another(id, limit, None) };
        let (kind, content) = another.ok_or(absent)?;
        self.buffer = content;
        Ok((kind, &self.buffer))
    }

    /// Kind of `id`, without a look at its content where that can be.
    pub(super) fn kind(&mut self, id: &oid) -> Option<gix_object::Kind> {
        let header = self.handles.iter().find_map(|handle| handle.try_header(id).ok().flatten());
        header.map(|header| header.kind).or_else(|| self.get(id, LARGEST_COMMIT).ok().map(|(kind, _)| kind))
    }

    /// The entries of the folder `tree` by name; `None` when it is not here or no folder.
    pub(super) fn folder(&mut self, tree: &oid) -> Option<Folder> {
        match self.get(tree, LARGEST_COMMIT).ok()? {
            (gix_object::Kind::Tree, bytes) => {
                let named = |entry: TreeEntry<'_>| (entry.name.to_vec(), entry.kind, entry.id.to_owned());
                let mut all: Vec<_> = entries(bytes, tree.kind()).map(named).collect();
                // Git sorts folders as if their names ended in a slash.
                all.sort_by(|one, other| one.0.cmp(&other.0));
                Some(Folder(all))
            }
            _ => None,
        }
    }

    pub(super) fn contains(&self, id: &oid) -> bool {
        self.handles.iter().any(|handle| gix_object::Exists::exists(handle, id))
    }

    /// The id that begins with the digits of `prefix`, when exactly one does.
    pub(super) fn unique(&self, prefix: gix_hash::Prefix) -> Option<ObjectId> {
        let found = self.handles.iter().filter_map(|handle| handle.lookup_prefix(prefix, None).ok().flatten());
        let ids: Result<BTreeSet<ObjectId>, ()> = found.collect();
        ids.ok().filter(|ids| ids.len() == 1)?.pop_first()
    }
}

/// Kind and length of `id`, whose content is put into `buffer`.
fn find(handle: &Handle, id: &oid, limit: u64, buffer: &mut Vec<u8>) -> Result<(gix_object::Kind, usize), Absent> {
    let corrupt = |error: &dyn std::fmt::Display| Absent::Corrupt(error.to_string());
    let header = handle.try_header(id).map_err(|error| corrupt(&error))?.ok_or(Absent::Missing)?;
    if header.size > limit {
        return Err(Absent::TooLarge);
    }
    let found = handle.try_find(id, buffer).map_err(|error| corrupt(&error))?.ok_or(Absent::Missing)?;
    Ok((found.kind, found.data.len()))
}

impl Repository {
    /// Finds the repository at or above `start`, or the one that the environment names.
    ///
    /// # Errors
    /// [`GitError::NoRepository`], or [`GitError::Unreadable`] when its objects cannot be opened.
    pub fn discover(start: &Path) -> Result<Self, GitError> {
        let none = || GitError::NoRepository { start: start.to_owned() };
        let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let (git, found_tree) = match variable("GIT_DIR") {
            Some(git) => (git.canonicalize().map_err(|_| none())?, None),
            None => start.ancestors().find_map(at).ok_or_else(none)?,
        };
        let common = variable("GIT_COMMON_DIR").unwrap_or_else(|| common_folder(&git));
        // Git takes the current folder for the working tree when only GIT_DIR is set.
        let format = Format::read(&common);
        let work_tree = variable("GIT_WORK_TREE").or(found_tree).or_else(|| {
            // A submodule's folder below `.git/modules` says where its tree is.
            let configured = format.work_tree.as_ref().map(|tree| git.join(tree));
            let below = || git.parent().filter(|_| git.ends_with(".git")).map(Path::to_owned);
            let tree = configured.or_else(|| linked_tree(&git)).or_else(below);
            tree.or_else(|| env::current_dir().ok().filter(|_| !format.is_bare && variable("GIT_DIR").is_some()))
        });
        let objects = variable("GIT_OBJECT_DIRECTORY").unwrap_or_else(|| common.join("objects"));
        let index = variable("GIT_INDEX_FILE").unwrap_or_else(|| git.join("index"));
        let stores = Stores::new(&objects, format.hash);
        let limits = Limits {
            shallow: fs::metadata(common.join("shallow")).is_ok_and(|there| there.len() > 0),
            partial: format.partial || stores.folders.iter().any(|folder| has_promisor_pack(folder)),
            reftable: format.reftable,
        };
        let mut databases = vec![database(&objects, format.hash).map_err(|error| unreadable(&objects, &error))?];
        // One that is not there is said when everything is read; here it only holds nothing.
        databases.extend(stores.added.iter().filter_map(|folder| database(folder, format.hash).ok()));
        let work_tree = work_tree.map(|tree| tree.canonicalize().unwrap_or(tree));
        Ok(Self {
            git,
            common,
            work_tree,
            index,
            hash: format.hash,
            limits,
            remotes: format.remotes,
            stores: Arc::new(stores),
            databases,
        })
    }

    /// Folder that reported paths are relative to: the working tree, or the repository itself when it is bare.
    #[must_use]
    pub fn base(&self) -> &Path {
        self.work_tree.as_deref().unwrap_or(&self.git)
    }

    /// Access to objects for the current thread.
    pub(super) fn objects(&self) -> Objects {
        let handle = |database: &Arc<gix_odb::Store>| {
            let mut handle = database.to_cache_arc();
            handle.set_pack_cache(|| Box::new(gix_pack::cache::lru::StaticLinkedList::<64>::default()));
            // What is not there now is missing: looking again for each missing object would list all folders anew.
            handle.refresh_never();
            handle
        };
        let handles = self.databases.iter().map(handle).collect();
        Objects { handles, stores: Arc::clone(&self.stores), buffer: Vec::new() }
    }

    /// What must be said about a history that is not whole.
    #[must_use]
    pub fn caveats(&self) -> Vec<crate::model::Notice> {
        let notice = |code: &str, message: &str, help: &str| crate::model::Notice {
            code: code.into(),
            message: message.into(),
            help: Some(help.into()),
            path: None,
            line: None,
        };
        // What a partial clone lacks is known when its trees are read.
        let Limits { shallow, partial: _, reftable } = self.limits;
        let shallow = shallow.then(|| {
            let help = "fetch the rest with `git fetch --unshallow`, or `fetch-depth: 0` in a workflow";
            notice("shallow-clone", "this clone is shallow: commits before a certain one are not here", help)
        });
        let reftable = reftable.then(|| {
            let help = "all objects are read; `git refs migrate --ref-format=files` makes refs readable too";
            notice("reftable", "references are kept as reftable, which keyward cannot read", help)
        });
        [shallow, reftable].into_iter().flatten().collect()
    }
}

fn database(objects: &Path, hash: Kind) -> io::Result<Arc<gix_odb::Store>> {
    let options = gix_odb::store::init::Options { alloc_limit_bytes: Some(LARGEST_OBJECT), ..Default::default() };
    gix_odb::Store::at_opts(objects.to_owned(), hash, &mut None.into_iter(), options).map(Arc::new)
}

fn unreadable(path: &Path, error: &io::Error) -> GitError {
    GitError::Unreadable { path: path.to_owned(), reason: error.to_string() }
}

/// The git folder and working tree, when `folder` is the top of one or a bare repository.
fn at(folder: &Path) -> Option<(PathBuf, Option<PathBuf>)> {
    if folder.join(".git").symlink_metadata().is_ok() {
        let git = git_folder(folder).filter(|git| git.join("HEAD").exists())?;
        return Some((git, Some(folder.to_owned())));
    }
    let is_bare = ["HEAD", "objects", "refs"].iter().all(|part| folder.join(part).exists());
    let tree = folder.parent().filter(|_| folder.ends_with(".git")).map(Path::to_owned);
    is_bare.then(|| (folder.to_owned(), tree))
}

/// The working tree that a folder below `worktrees/` belongs to.
fn linked_tree(git: &Path) -> Option<PathBuf> {
    let text = fs::read_to_string(git.join("gitdir")).ok()?;
    Path::new(text.trim()).parent().map(Path::to_owned)
}

fn has_promisor_pack(objects: &Path) -> bool {
    let packs = fs::read_dir(objects.join("pack")).into_iter().flatten().flatten();
    packs.map(|entry| entry.path()).any(|path| path.extension().is_some_and(|end| end == "promisor"))
}

/// What the configuration says about the files of the repository.
struct Format {
    hash: Kind,
    partial: bool,
    reftable: bool,
    is_bare: bool,
    /// Relative to the git folder.
    work_tree: Option<String>,
    remotes: BTreeSet<String>,
}

impl Format {
    fn read(common: &Path) -> Self {
        let text = fs::read(common.join("config")).unwrap_or_default();
        let options = gix_config::file::init::Options::default();
        let config =
            gix_config::File::from_bytes_no_includes(&text, gix_config::file::Metadata::default(), options).ok();
        let value = |name: &str| config.as_ref().and_then(|config| config.string(name)).map(|value| value.to_string());
        let sections = config.as_ref().and_then(|config| config.sections_by_name("remote"));
        let names = sections.into_iter().flatten().filter_map(|section| section.header().subsection_name());
        let remotes = names.map(ToString::to_string).collect();
        let is = |name: &str, wanted: &str| value(name).is_some_and(|value| value.eq_ignore_ascii_case(wanted));
        Self {
            hash: if is("extensions.objectFormat", "sha256") { Kind::Sha256 } else { Kind::Sha1 },
            partial: value("extensions.partialClone").is_some(),
            reftable: is("extensions.refStorage", "reftable"),
            is_bare: is("core.bare", "true"),
            work_tree: value("core.worktree"),
            remotes,
        }
    }
}
