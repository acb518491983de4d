//! The working tree: what is walked, in which threads, and how a file is read.
//!
//! Walked is everything git would track, hidden files included, through the walker of ripgrep; what git tracks although it is ignored by now;
//! and the two kinds of ignored files in [`outputs`]. Those need a second look at each folder, because the walker does not tell what it left out: while it lists a folder
//! we list it too and remember the names that matter, and what the walker did not hand over is read in a later pass. Files are scanned in
//! the walker's own threads, each with a buffer that it keeps.

use std::{
    collections::{HashMap, HashSet},
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use ignore::{DirEntry, ParallelVisitor, ParallelVisitorBuilder, WalkBuilder, WalkState};

use super::{Entry, outputs, shown, tracked};
use crate::model::{Blob, Notice, OriginKind, Shard, SkipReason, is_binary};

/// Buffers larger than this are given back after the file that needed them.
const KEPT_BUFFER: usize = 1 << 20;
/// How much of a file that is too large is read to see whether it is binary.
const PEEK: u64 = 64 * 1024;

/// What to walk and how.
pub struct Options<'a> {
    /// Files and folders; these themselves are read whatever the ignore rules say.
    pub roots: Vec<PathBuf>,
    /// Whether the roots were listed by a program, so that links among them are not meant to be followed.
    pub listed: bool,
    /// Folder that reported paths are relative to; canonical.
    pub base: PathBuf,
    /// Whether ignored files and dependency folders are read too.
    pub no_ignore: bool,
    /// Files larger than this are skipped.
    pub max_file_size: u64,
    /// Number of threads.
    pub threads: usize,
    /// Whether the configuration leaves out a path relative to `base`; true in second place for a folder.
    pub exclude: &'a (dyn Fn(&str, bool) -> bool + Sync),
    /// The part of the files that is read, by their paths relative to `base`; all when there is none.
    pub shard: Option<Shard>,
    /// When to stop.
    pub deadline: Option<Instant>,
}

/// Takes what a walk meets; one for each thread.
pub trait Visitor: Send {
    /// Called for each entry.
    fn visit(&mut self, entry: Entry<'_>);
}

/// Walks `options.roots`, giving every thread a visitor from `make`.
pub fn walk<'v>(options: &Options<'_>, make: &(dyn Fn() -> Box<dyn Visitor + 'v> + Sync)) {
    let mut state = State::new(options);
    let refused = Refused::default();
    let mut visitor = make();
    let mut roots = Vec::with_capacity(options.roots.len());
    for root in &options.roots {
        if options.listed && root.symlink_metadata().is_ok_and(|there| there.is_symlink()) {
            state.skip(&std::path::absolute(root).unwrap_or_else(|_| root.clone()), SkipReason::Link);
            continue;
        }
        match root.canonicalize() {
            // The walker reads the ignore files of the folders above as well.
            Ok(path) if !options.no_ignore && path.ancestors().any(has_hostile_ignore_file) => {
                lock(&refused).push(path);
            }
            Ok(path) => roots.push(path),
            Err(error) => visitor.visit(missing(root, &error)),
        }
    }
    roots.sort();
    roots.dedup();
    drop(visitor);
    if !options.no_ignore {
        state.tracked = tracked::files(&roots);
    }
    if let Some(mut builder) = builder(&roots, options, &refused) {
        let ignores = !options.no_ignore;
        let walker = builder.git_ignore(ignores).git_global(ignores).git_exclude(ignores).build_parallel();
        walker.visit(&mut Threads { state: &state, make, pass: Pass::Tracked });
    }
    // Git goes on tracking what was committed before it was ignored.
    if let Some(mut builder) = builder(&state.overlooked(), options, &refused) {
        let walker = builder.git_ignore(false).git_global(false).git_exclude(false).build_parallel();
        walker.visit(&mut Threads { state: &state, make, pass: Pass::Tracked });
    }
    let extras = state.extras();
    if let Some(mut builder) = builder(&extras, options, &refused) {
        let walker = builder.git_ignore(false).git_global(false).git_exclude(false).build_parallel();
        walker.visit(&mut Threads { state: &state, make, pass: Pass::Ignored });
    }
    let mut visitor = make();
    for folder in lock(&refused).drain(..) {
        let name = shown(&folder, &options.base);
        visitor.visit(unreadable(Some(name.clone()), "its .gitignore is not a file of reasonable size"));
        visitor.visit(Entry::skipped(name, SkipReason::Unreadable));
    }
    for entry in state.into_skipped() {
        visitor.visit(entry);
    }
}

fn missing(root: &Path, error: &io::Error) -> Entry<'static> {
    let reason = if error.kind() == io::ErrorKind::NotFound {
        "there is no such file or folder".into()
    } else {
        error.to_string()
    };
    Entry::Notice(Notice {
        code: "unreadable-path".into(),
        message: format!("cannot read `{}`: {reason}", root.display()),
        help: Some("check the spelling; paths are relative to the current folder".into()),
        path: None,
        line: None,
    })
}

/// Settings that both passes share; `None` when there is nothing to walk.
fn builder(roots: &[PathBuf], options: &Options<'_>, refused: &Refused) -> Option<WalkBuilder> {
    let (first, rest) = roots.split_first()?;
    let mut builder = WalkBuilder::new(first);
    for root in rest {
        builder.add(root);
    }
    // `.ignore` files belong to search tools: only what git ignores is left out.
    let refused = Arc::clone(refused);
    builder.hidden(false).ignore(false).threads(options.threads).filter_entry(move |entry| {
        let is_dir = entry.file_type().is_some_and(|kind| kind.is_dir());
        if is_dir && has_hostile_ignore_file(entry.path()) {
            lock(&refused).push(entry.path().to_owned());
            return false;
        }
        entry.depth() == 0 || entry.file_name() != ".git"
    });
    Some(builder)
}

/// Folders that are not entered, because reading their `.gitignore` would not end.
type Refused = Arc<Mutex<Vec<PathBuf>>>;

/// A `.gitignore` larger than this is none.
const LARGEST_IGNORE_FILE: u64 = 4 << 20;

/// Whether the `.gitignore` of `folder` is a link to a device, a pipe, or endless. The walker opens it without a look.
fn has_hostile_ignore_file(folder: &Path) -> bool {
    std::fs::metadata(folder.join(".gitignore"))
        .is_ok_and(|there| (!there.is_file() && !there.is_dir()) || there.len() > LARGEST_IGNORE_FILE)
}

/// Which files a pass reads.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    /// What git would track.
    Tracked,
    /// Ignored environment files and build output.
    Ignored,
}

/// What the threads of a walk share.
struct State<'o> {
    options: &'o Options<'o>,
    /// Paths read so far; kept only when roots may lie inside one another.
    seen: Option<Mutex<HashSet<PathBuf>>>,
    /// Files in git's index, each with whether it was met.
    tracked: HashMap<PathBuf, AtomicBool>,
    /// Folders that were left out whole.
    left_out: Mutex<HashSet<PathBuf>>,
    /// Environment files that git may ignore.
    env_files: Mutex<Vec<PathBuf>>,
    /// Build output that git may ignore.
    outputs: RwLock<HashSet<PathBuf>>,
    /// Files of both that the first pass read.
    walked: Mutex<HashSet<PathBuf>>,
    skipped: Mutex<Vec<(String, SkipReason)>>,
    late: AtomicBool,
}

/// A poisoned lock means that another thread panicked; its data is a list that is still whole.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'o> State<'o> {
    fn new(options: &'o Options<'o>) -> Self {
        Self {
            options,
            seen: (options.roots.len() > 1).then(Mutex::default),
            tracked: HashMap::new(),
            left_out: Mutex::default(),
            env_files: Mutex::default(),
            outputs: RwLock::default(),
            walked: Mutex::default(),
            skipped: Mutex::default(),
            late: AtomicBool::new(false),
        }
    }

    fn skip(&self, path: &Path, reason: SkipReason) {
        lock(&self.skipped).push((shown(path, &self.options.base), reason));
    }

    /// Skips `path` and, when it is a folder, all below it.
    fn leave_out(&self, path: &Path, is_dir: bool, reason: SkipReason) {
        if is_dir {
            lock(&self.left_out).insert(path.to_owned());
        }
        self.skip(path, reason);
    }

    /// Remembers what is in `folder` that matters although git may ignore it. Links are not followed.
    fn list(&self, folder: &Path) {
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        for entry in entries.flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_file() && outputs::is_env_file(Path::new(&entry.file_name())) {
                lock(&self.env_files).push(entry.path());
            } else if kind.is_dir() {
                let folders = outputs::published_folders(&entry.path());
                if !folders.is_empty() {
                    self.outputs.write().unwrap_or_else(PoisonError::into_inner).extend(folders);
                }
            }
        }
    }

    /// Whether `folder` is build output, or lies in it. Final once the files of `folder` are met, since its parents were listed before.
    fn is_output(&self, folder: &Path) -> bool {
        let outputs = self.outputs.read().unwrap_or_else(PoisonError::into_inner);
        !outputs.is_empty() && folder.ancestors().any(|folder| outputs.contains(folder))
    }

    /// Files that git tracks and the first pass did not meet, because a later rule ignores them.
    fn overlooked(&self) -> Vec<PathBuf> {
        let left_out = lock(&self.left_out);
        let mut dependencies: HashMap<&Path, bool> = HashMap::new();
        let mut is_left_out = |path| {
            Path::ancestors(path).skip(1).any(|folder| {
                let holds = dependencies.entry(folder).or_insert_with(|| outputs::is_dependency_folder(folder));
                *holds || left_out.contains(folder)
            })
        };
        let unmet = self.tracked.iter().filter(|(_, met)| !met.load(Ordering::Relaxed)).map(|(path, _)| path);
        let mut paths: Vec<PathBuf> = unmet
            .filter(|path| !is_left_out(path) && path.symlink_metadata().is_ok_and(|there| there.is_file()))
            .cloned()
            .collect();
        paths.sort();
        paths
    }

    /// Where the last pass begins: environment files and build output, without what lies inside another entry or was read.
    fn extras(&self) -> Vec<PathBuf> {
        let mut extras: Vec<PathBuf> = std::mem::take(&mut *lock(&self.env_files));
        extras.extend(self.outputs.read().unwrap_or_else(PoisonError::into_inner).iter().cloned());
        extras.sort();
        extras.dedup_by(|later, earlier| later.starts_with(earlier));
        let walked = lock(&self.walked);
        extras.retain(|path| !walked.contains(path));
        extras
    }

    fn into_skipped(self) -> Vec<Entry<'static>> {
        let skipped = self.skipped.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut entries: Vec<Entry<'static>> =
            skipped.into_iter().map(|(path, reason)| Entry::skipped(path, reason)).collect();
        if self.late.into_inner() {
            entries.push(Entry::Notice(Notice {
                code: "timed-out".into(),
                message: "the time given by --timeout was over before everything was read".into(),
                help: Some("give more seconds, or scan fewer folders at once".into()),
                path: None,
                line: None,
            }));
        }
        entries
    }
}

/// Makes the walker's per-thread visitors.
struct Threads<'s, 'v> {
    state: &'s State<'s>,
    make: &'s (dyn Fn() -> Box<dyn Visitor + 'v> + Sync),
    pass: Pass,
}

impl<'s, 'v: 's> ParallelVisitorBuilder<'s> for Threads<'s, 'v> {
    fn build(&mut self) -> Box<dyn ParallelVisitor + 's> {
        Box::new(Reader {
            state: self.state,
            visitor: (self.make)(),
            pass: self.pass,
            buffer: Vec::new(),
            folder: PathBuf::new(),
            in_output: false,
        })
    }
}

/// One thread of a walk: reads files and hands them on.
struct Reader<'s, 'v> {
    state: &'s State<'s>,
    visitor: Box<dyn Visitor + 'v>,
    pass: Pass,
    buffer: Vec<u8>,
    /// The folder of the last file, and whether it is build output.
    folder: PathBuf,
    in_output: bool,
}

impl ParallelVisitor for Reader<'_, '_> {
    fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) -> WalkState {
        let options = self.state.options;
        if options.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            self.state.late.store(true, Ordering::Relaxed);
            return WalkState::Quit;
        }
        match entry {
            Ok(entry) => self.entry(&entry),
            Err(error) => {
                self.unreadable(&error);
                WalkState::Continue
            }
        }
    }
}

impl Reader<'_, '_> {
    fn entry(&mut self, entry: &DirEntry) -> WalkState {
        let (state, path) = (self.state, entry.path());
        let is_dir = entry.file_type().is_some_and(|kind| kind.is_dir());
        if self.is_excluded(path, is_dir) {
            state.leave_out(path, is_dir, SkipReason::Excluded);
            return WalkState::Skip;
        }
        if is_dir {
            return self.folder(entry);
        }
        // Links are not followed (their targets are walked in their own place), unless they were named.
        let is_named = entry.depth() == 0 && self.pass == Pass::Tracked;
        let is_file = entry.file_type().is_none_or(|kind| kind.is_file()) || is_named;
        if !is_file || (self.pass == Pass::Ignored && !outputs::is_published(path)) {
            return WalkState::Continue;
        }
        let is_env = outputs::is_env_file(path);
        match self.pass {
            Pass::Tracked => self.note(path, is_env),
            Pass::Ignored if lock(&state.walked).contains(path) => return WalkState::Continue,
            Pass::Ignored => {}
        }
        if state.seen.as_ref().is_none_or(|seen| lock(seen).insert(path.to_owned())) {
            // An environment file inside build output is published, so it is not private although git ignores it.
            self.read(path, self.pass == Pass::Ignored && is_env && entry.depth() == 0);
        }
        WalkState::Continue
    }

    fn folder(&mut self, entry: &DirEntry) -> WalkState {
        let (state, path) = (self.state, entry.path());
        if state.options.no_ignore {
            return WalkState::Continue;
        }
        if entry.depth() > 0 && outputs::is_dependency_folder(path) {
            state.leave_out(path, true, SkipReason::Dependencies);
            return WalkState::Skip;
        }
        if self.pass == Pass::Tracked {
            state.list(path);
        }
        WalkState::Continue
    }

    /// Remembers that the first pass read `path`, when a later one might meet it again.
    fn note(&mut self, path: &Path, is_env: bool) {
        if let Some(met) = self.state.tracked.get(path) {
            met.store(true, Ordering::Relaxed);
        }
        let folder = path.parent().unwrap_or(path);
        // Files of one folder come one after the other.
        if self.folder != folder {
            folder.clone_into(&mut self.folder);
            self.in_output = self.state.is_output(folder);
        }
        if is_env || self.in_output {
            lock(&self.state.walked).insert(path.to_owned());
        }
    }

    fn is_excluded(&self, path: &Path, is_dir: bool) -> bool {
        let options = self.state.options;
        let relative = path.strip_prefix(&options.base).ok().and_then(Path::to_str);
        relative.is_some_and(|relative| (options.exclude)(relative, is_dir))
    }

    fn unreadable(&mut self, error: &ignore::Error) {
        let path = path_of(error);
        let shown = path.map(|path| shown(path, &self.state.options.base));
        if let Some(path) = &shown {
            lock(&self.state.skipped).push((path.clone(), SkipReason::Unreadable));
        }
        self.visitor.visit(unreadable(shown.filter(|path| !path.is_empty()), &error.to_string()));
    }

    fn read(&mut self, path: &Path, private: bool) {
        let options = self.state.options;
        let name = shown(path, &options.base);
        if options.shard.is_some_and(|shard| !shard.holds(name.as_bytes())) {
            return self.visitor.visit(Entry::Elsewhere);
        }
        match read_into(&mut self.buffer, path, options.max_file_size) {
            Ok(true) => {
                let blob = Blob { path: &name, bytes: &self.buffer, origin: OriginKind::Tree, private };
                self.visitor.visit(Entry::Blob(blob));
            }
            Ok(false) => {
                let reason = if is_binary(&self.buffer) { SkipReason::Binary } else { SkipReason::TooLarge };
                self.visitor.visit(Entry::skipped(name, reason));
            }
            Err(error) => {
                self.visitor.visit(unreadable(Some(name.clone()), &error.to_string()));
                self.visitor.visit(Entry::skipped(name, SkipReason::Unreadable));
            }
        }
        if self.buffer.capacity() > KEPT_BUFFER {
            self.buffer = Vec::new();
        }
    }
}

fn unreadable(path: Option<String>, error: &str) -> Entry<'static> {
    Entry::Notice(Notice {
        code: "unreadable-file".into(),
        message: format!("cannot read `{}`: {error}", path.as_deref().unwrap_or("an entry")),
        help: Some("make it readable, or leave it out with `exclude` in keyward.toml".into()),
        path,
        line: None,
    })
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        ignore::Error::Loop { child, .. } => Some(child),
        _ => None,
    }
}

/// Reads the file at `path` into `buffer`; false when it is larger than `limit`, with its beginning in `buffer`.
fn read_into(buffer: &mut Vec<u8>, path: &Path, limit: u64) -> io::Result<bool> {
    buffer.clear();
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    if length > limit {
        file.take(PEEK.min(limit)).read_to_end(buffer)?;
        return Ok(false);
    }
    buffer.reserve(usize::try_from(length).unwrap_or(0) + 1);
    // A pipe or a file of /proc says it is empty, and a file may grow while it is read: the limit holds for them too.
    (&mut file).take(limit.saturating_add(1)).read_to_end(buffer)?;
    Ok(buffer.len() as u64 <= limit)
}
