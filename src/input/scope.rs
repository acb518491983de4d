//! What holds in a folder: git's ignore rules from here upwards, and whether what lies here is published by a front-end build.
//!
//! The walker of ripgrep could apply the ignore rules by itself, but it does not tell what it left out, and three kinds of ignored files are
//! read all the same: environment files, build output, and what git tracks although a rule ignores it by now. So the rules are applied
//! here, with ripgrep's matcher, and each folder is listed once. As in git, nothing below an ignored folder can be taken back, the
//! deepest file of rules decides, and rules end at the border of their repository.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::{
    outputs, repository_of,
    tracked::{self, Tracked},
};

/// A `.gitignore` larger than this is none.
const LARGEST_IGNORE_FILE: u64 = 4 << 20;

/// What to do with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Read it.
    Open,
    /// Read it as an environment file that git keeps to this machine.
    Private,
    /// Leave it to git's rules.
    Ignored,
}

/// Why a folder is not entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    /// Git ignores it, and nothing in it matters.
    Ignored,
    /// Its `.gitignore` is a device, a pipe, or endless.
    Hostile,
}

/// A working tree, as far as ignoring is concerned.
#[derive(Debug)]
struct Repository {
    root: PathBuf,
    /// `None` when what `.git` says leads nowhere.
    git: Option<PathBuf>,
    /// `info/exclude`, then the user's own file of rules.
    rules: Vec<Gitignore>,
    /// Read when first asked for.
    tracked: OnceLock<Tracked>,
}

impl Repository {
    fn at(root: &Path) -> Self {
        let git = tracked::git_folder(root);
        let exclude = git.as_deref().map(|git| tracked::common_folder(git).join("info/exclude"));
        let mut rules = Vec::new();
        rules.extend(exclude.and_then(|path| rules_of(&path, root).ok().flatten()));
        rules.push(GitignoreBuilder::new(root).build_global().0);
        rules.retain(|rules| !rules.is_empty());
        Self { root: root.to_owned(), git, rules, tracked: OnceLock::new() }
    }

    fn tracked(&self) -> Option<&Tracked> {
        let git = self.git.as_deref()?;
        Some(self.tracked.get_or_init(|| Tracked::read(&self.root, git)))
    }
}

/// What holds in one folder and, until something new comes in, below it.
#[derive(Debug, Default)]
pub(super) struct Scope {
    repository: Option<Arc<Repository>>,
    /// Rules of this folder and those above it, the deepest first.
    rules: Vec<Arc<Gitignore>>,
    /// Whether the folder itself is ignored, and so is all in it.
    ignored: bool,
    /// Whether what lies here is published.
    published: bool,
    /// Folders further down that are published.
    outputs: Vec<PathBuf>,
}

impl Scope {
    /// Scope of a folder where a walk begins; it is entered whatever the rules say.
    ///
    /// # Errors
    /// When the `.gitignore` of this or a folder above it cannot be read without harm.
    fn of_root(folder: &Path) -> Result<Self, Closed> {
        let Some(root) = repository_of(folder) else { return Ok(Self::default()) };
        let mut scope = Self { repository: Some(Arc::new(Repository::at(&root))), ..Self::default() };
        let below = folder.strip_prefix(&root).unwrap_or(Path::new(""));
        let mut above = root.clone();
        scope.add_rules(&above)?;
        for part in below.components() {
            above.push(part);
            scope.add_rules(&above)?;
        }
        scope.add_outputs(folder);
        Ok(scope)
    }

    /// Scope of `folder`, which lies in this one; `None` when nothing changes.
    fn of_folder(&self, folder: &Path) -> Result<Option<Self>, Closed> {
        let ignored = self.ignored || self.ignores(folder, true);
        let on_the_way = self.outputs.iter().any(|output| output.starts_with(folder));
        let published = self.published || self.outputs.iter().any(|output| output == folder);
        let mut scope = Self {
            repository: self.repository.clone(),
            rules: self.rules.clone(),
            ignored,
            published,
            outputs: if on_the_way { self.outputs.clone() } else { Vec::new() },
        };
        let mut changed = (ignored, published) != (self.ignored, self.published);
        if !self.ignored {
            changed |= scope.add_outputs(folder);
        }
        let tracked = || self.repository.as_ref().and_then(|repository| repository.tracked());
        let leads_on = scope.published || !scope.outputs.is_empty();
        if ignored && !leads_on && !tracked().is_some_and(|tracked| tracked.holds_below(folder)) {
            return Err(Closed::Ignored);
        }
        changed |= scope.outputs.len() != self.outputs.len();
        if !ignored && folder.join(".git").symlink_metadata().is_ok() {
            scope.repository = Some(Arc::new(Repository::at(folder)));
            scope.rules.clear();
            changed = true;
        }
        if !ignored {
            changed |= scope.add_rules(folder)?;
        }
        Ok(changed.then_some(scope))
    }

    /// Takes in the `.gitignore` of `folder`, if there is one.
    fn add_rules(&mut self, folder: &Path) -> Result<bool, Closed> {
        if self.repository.is_none() {
            return Ok(false);
        }
        let rules = rules_of(&folder.join(".gitignore"), folder).map_err(|_| Closed::Hostile)?;
        let Some(rules) = rules.filter(|rules| !rules.is_empty()) else { return Ok(false) };
        self.rules.insert(0, Arc::new(rules));
        Ok(true)
    }

    /// Notes what is published in `folder`.
    fn add_outputs(&mut self, folder: &Path) -> bool {
        let found = outputs::published_folders(folder);
        let is_new = !found.is_empty();
        self.published |= found.iter().any(|output| output == folder);
        self.outputs.extend(found.into_iter().filter(|output| output != folder));
        is_new
    }

    /// Whether a rule ignores `path`, which lies in this folder.
    fn ignores(&self, path: &Path, is_folder: bool) -> bool {
        let Some(repository) = &self.repository else { return false };
        let all = self.rules.iter().map(|rules| &**rules).chain(&repository.rules);
        let decisive = all.map(|rules| rules.matched(path, is_folder)).find(|found| !found.is_none());
        decisive.is_some_and(|found| found.is_ignore())
    }

    /// What to do with the file at `path`, which lies in this folder.
    pub(super) fn reading(&self, path: &Path) -> Reading {
        if !self.ignored && !self.ignores(path, false) {
            return Reading::Open;
        }
        if self.published && outputs::is_published(path) {
            return Reading::Open;
        }
        let repository = self.repository.as_ref();
        if repository.and_then(|repository| repository.tracked()).is_some_and(|tracked| tracked.holds(path)) {
            return Reading::Open;
        }
        // In an ignored folder anything may lie about, such as the sources of other people.
        if !self.ignored && outputs::is_env_file(path) { Reading::Private } else { Reading::Ignored }
    }
}

/// What git makes of one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whether it is tracked; `None` outside a repository.
    pub tracked: Option<bool>,
    /// Whether the ignore rules of the repository leave it out, tracked or not; `None` outside a repository.
    pub ignored: Option<bool>,
}

/// Tells what git makes of single files, after a walk or without one.
#[derive(Debug)]
pub struct Standings {
    base: PathBuf,
    /// What holds at the base; `None` when its rules cannot be read without harm.
    top: Option<Arc<Scope>>,
}

impl Standings {
    /// Answers for files below `base`.
    #[must_use]
    pub fn new(base: &Path) -> Self {
        Self { base: base.to_owned(), top: Scope::of_root(base).ok().map(Arc::new) }
    }

    /// What git makes of the file at `path`, which lies below the base and need not exist.
    #[must_use]
    pub fn of(&self, path: &Path) -> Standing {
        self.within(path).unwrap_or_default()
    }

    fn within(&self, path: &Path) -> Option<Standing> {
        let mut scope = Arc::clone(self.top.as_ref()?);
        let mut folder = self.base.clone();
        for part in path.parent()?.strip_prefix(&self.base).ok()?.components() {
            folder.push(part);
            match scope.of_folder(&folder) {
                Ok(Some(inner)) => scope = Arc::new(inner),
                Ok(None) => {}
                // Nothing in it is tracked.
                Err(Closed::Ignored) => return Some(Standing { tracked: Some(false), ignored: Some(true) }),
                Err(Closed::Hostile) => return None,
            }
        }
        let repository = scope.repository.as_ref()?;
        let tracked = repository.tracked().map(|tracked| tracked.holds(path));
        Some(Standing { tracked, ignored: Some(scope.ignored || scope.ignores(path, false)) })
    }
}

/// The rules in the file at `path`, which hold below `folder`; `None` when there is no such file.
fn rules_of(path: &Path, folder: &Path) -> io::Result<Option<Gitignore>> {
    // The matcher opens the file without a look: a pipe would wait for ever, a device never end.
    let Ok(there) = fs::metadata(path) else { return Ok(None) };
    if there.is_dir() {
        return Ok(None);
    }
    if !there.is_file() || there.len() > LARGEST_IGNORE_FILE {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut builder = GitignoreBuilder::new(folder);
    // A line that is no glob is passed over, as git does it.
    let _ = builder.add(path);
    Ok(Some(builder.build().unwrap_or_else(|_| Gitignore::empty())))
}

/// The scopes of a walk, shared by its threads: an entry for each folder in which something new holds.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    by_folder: RwLock<HashMap<PathBuf, Arc<Scope>>>,
}

impl Scopes {
    /// Begins a walk at `folder`.
    pub(super) fn begin(&self, folder: &Path) -> Result<(), Closed> {
        let scope = Arc::new(Scope::of_root(folder)?);
        self.by_folder.write().unwrap_or_else(PoisonError::into_inner).insert(folder.to_owned(), scope);
        Ok(())
    }

    /// Enters `folder`, which lies in `around`.
    pub(super) fn enter(&self, folder: &Path, around: &Scope) -> Result<(), Closed> {
        let Some(scope) = around.of_folder(folder)? else { return Ok(()) };
        let mut scopes = self.by_folder.write().unwrap_or_else(PoisonError::into_inner);
        // A folder that was named keeps what holds where a walk begins.
        scopes.entry(folder.to_owned()).or_insert_with(|| Arc::new(scope));
        Ok(())
    }

    /// What holds in `folder`.
    pub(super) fn of(&self, folder: &Path) -> Arc<Scope> {
        let scopes = self.by_folder.read().unwrap_or_else(PoisonError::into_inner);
        folder.ancestors().find_map(|folder| scopes.get(folder)).cloned().unwrap_or_default()
    }
}
