//! The working tree: what is walked, in which threads, and how a file is read.
//!
//! Walked is everything git would track, hidden files included, through the walker of ripgrep; what git tracks although it is ignored by now;
//! and the two kinds of ignored files in [`outputs`]. [`scope`](super::scope) knows which those are. Files are scanned in the walker's own
//! threads, each with a buffer that it keeps.

use std::{
    collections::HashSet,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use ignore::{DirEntry, ParallelVisitor, ParallelVisitorBuilder, WalkBuilder, WalkState};

use super::{
    Entry, Visitor, archive, outputs,
    scope::{Closed, Reading, Scope, Scopes},
    shown,
};
use crate::model::{Blob, Notice, Origin, OriginKind, Shard, SkipReason, is_binary};

/// Buffers larger than this are given back after the file that needed them.
const KEPT_BUFFER: usize = 1 << 20;
/// Files up to this size are read without asking for their length. Of a larger one that is not read this much tells whether it is binary.
const CHUNK: usize = 64 * 1024;

/// Where all files of a walk come from.
static TREE: Origin = Origin::plain(OriginKind::Tree);

/// Whether a path is left out, and whether it is that of a folder.
pub type Excludes<'a> = dyn Fn(&str, bool) -> bool + Sync + 'a;

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
    /// Whether the configuration leaves out a path relative to `base`; true in second place for a folder. `None` when it leaves out nothing.
    pub exclude: Option<&'a Excludes<'a>>,
    /// The part of the files that is read, by their paths relative to `base`; all when there is none.
    pub shard: Option<Shard>,
    /// When to stop.
    pub deadline: Option<Instant>,
}

/// Walks `options.roots`, giving every thread a visitor from `make`.
pub fn walk<'v>(options: &Options<'_>, make: &(dyn Fn() -> Box<dyn Visitor + 'v> + Sync)) {
    let state = State::new(options);
    let mut visitor = make();
    let mut roots = Vec::with_capacity(options.roots.len());
    for root in &options.roots {
        if options.listed && root.symlink_metadata().is_ok_and(|there| there.is_symlink()) {
            state.skip(&std::path::absolute(root).unwrap_or_else(|_| root.clone()), SkipReason::Link);
            continue;
        }
        match root.canonicalize() {
            Ok(path) if !options.no_ignore && path.is_dir() && state.scopes.begin(&path).is_err() => state.refuse(path),
            Ok(path) => roots.push(path),
            Err(error) => visitor.visit(missing(root, &error)),
        }
    }
    roots.sort();
    roots.dedup();
    drop(visitor);
    if let Some(builder) = builder(&roots, options) {
        builder.build_parallel().visit(&mut Threads { state: &state, make });
    }
    let mut visitor = make();
    for entry in state.into_rest() {
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

/// The walker; `None` when there is nothing to walk. What is left out is decided here and in [`scope`](super::scope).
fn builder(roots: &[PathBuf], options: &Options<'_>) -> Option<WalkBuilder> {
    let (first, rest) = roots.split_first()?;
    let mut builder = WalkBuilder::new(first);
    for root in rest {
        builder.add(root);
    }
    let is_walked = |entry: &DirEntry| entry.depth() == 0 || entry.file_name() != ".git";
    builder.standard_filters(false).threads(options.threads).filter_entry(is_walked);
    Some(builder)
}

/// What the threads of a walk share.
struct State<'o> {
    options: &'o Options<'o>,
    scopes: Scopes,
    /// Paths read so far; kept only when roots may lie inside one another.
    seen: Option<Mutex<HashSet<PathBuf>>>,
    skipped: Mutex<Vec<(String, SkipReason)>>,
    /// Folders that are not entered, because reading their `.gitignore` would not end.
    refused: Mutex<Vec<PathBuf>>,
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
            scopes: Scopes::default(),
            seen: (options.roots.len() > 1).then(Mutex::default),
            skipped: Mutex::default(),
            refused: Mutex::default(),
            late: AtomicBool::new(false),
        }
    }

    fn skip(&self, path: &Path, reason: SkipReason) {
        lock(&self.skipped).push((shown(path, &self.options.base), reason));
    }

    fn refuse(&self, folder: PathBuf) {
        lock(&self.refused).push(folder);
    }

    /// What is to be said at the end of the walk.
    fn into_rest(self) -> Vec<Entry<'static>> {
        let mut entries = Vec::new();
        for folder in self.refused.into_inner().unwrap_or_else(PoisonError::into_inner) {
            let name = shown(&folder, &self.options.base);
            entries.push(unreadable(Some(name.clone()), "its .gitignore is not a file of reasonable size"));
            entries.push(Entry::skipped(name, SkipReason::Unreadable));
        }
        let skipped = self.skipped.into_inner().unwrap_or_else(PoisonError::into_inner);
        entries.extend(skipped.into_iter().map(|(path, reason)| Entry::skipped(path, reason)));
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
}

impl<'s, 'v: 's> ParallelVisitorBuilder<'s> for Threads<'s, 'v> {
    fn build(&mut self) -> Box<dyn ParallelVisitor + 's> {
        Box::new(Reader {
            state: self.state,
            visitor: (self.make)(),
            buffer: Buffer::new(),
            folder: PathBuf::new(),
            scope: Arc::default(),
        })
    }
}

/// One thread of a walk: reads files and hands them on.
struct Reader<'s, 'v> {
    state: &'s State<'s>,
    visitor: Box<dyn Visitor + 'v>,
    buffer: Buffer,
    /// The folder of the last entry, and what holds in it.
    folder: PathBuf,
    scope: Arc<Scope>,
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
            state.skip(path, SkipReason::Excluded);
            return WalkState::Skip;
        }
        // What was named is read whatever the rules say, links included.
        let is_named = entry.depth() == 0;
        if is_dir {
            return if is_named || state.options.no_ignore { WalkState::Continue } else { self.folder(path) };
        }
        // Links are not followed: their targets are walked in their own place.
        if !is_named && !entry.file_type().is_some_and(|kind| kind.is_file()) {
            return WalkState::Continue;
        }
        let reading =
            if is_named || state.options.no_ignore { Reading::Open } else { self.scope_around(path).reading(path) };
        let is_new = || state.seen.as_ref().is_none_or(|seen| lock(seen).insert(path.to_owned()));
        if reading != Reading::Ignored && is_new() {
            self.read(path, reading == Reading::Private);
        }
        WalkState::Continue
    }

    fn folder(&mut self, path: &Path) -> WalkState {
        let state = self.state;
        if outputs::is_dependency_folder(path) {
            state.skip(path, SkipReason::Dependencies);
            return WalkState::Skip;
        }
        match state.scopes.enter(path, self.scope_around(path)) {
            Ok(()) => WalkState::Continue,
            Err(Closed::Ignored) => WalkState::Skip,
            Err(Closed::Hostile) => {
                state.refuse(path.to_owned());
                WalkState::Skip
            }
        }
    }

    /// What holds in the folder that `path` lies in.
    fn scope_around(&mut self, path: &Path) -> &Scope {
        let folder = path.parent().unwrap_or(path);
        // The entries of one folder come one after the other.
        if self.folder != folder {
            folder.clone_into(&mut self.folder);
            self.scope = self.state.scopes.of(folder);
        }
        &self.scope
    }

    fn is_excluded(&self, path: &Path, is_dir: bool) -> bool {
        let Some(exclude) = self.state.options.exclude else { return false };
        let relative = path.strip_prefix(&self.state.options.base).ok().and_then(Path::to_str);
        relative.is_some_and(|relative| exclude(relative, is_dir))
    }

    fn unreadable(&mut self, error: &ignore::Error) {
        let path = path_of(error);
        let shown = path.map(|path| shown(path, &self.state.options.base));
        if let Some(path) = &shown {
            lock(&self.state.skipped).push((path.clone(), SkipReason::Unreadable));
        }
        self.visitor.visit(unreadable(shown.filter(|path| !path.is_empty()), &error.to_string()));
    }

    /// Hands on a file that is too large to be held.
    fn large(&mut self, path: &Path, name: &str) -> io::Result<()> {
        let mut file = File::open(path)?;
        let size = file.metadata()?.len();
        self.visitor.visit(Entry::Large { path: name, size, source: &mut file, origin: &TREE });
        Ok(())
    }

    fn read(&mut self, path: &Path, private: bool) {
        let options = self.state.options;
        let name = shown(path, &options.base);
        if options.shard.is_some_and(|shard| !shard.holds(name.as_bytes())) {
            return self.visitor.visit(Entry::Elsewhere);
        }
        match self.buffer.read(path, options.max_file_size) {
            Ok((bytes, true)) => {
                let blob = Blob { path: &name, bytes, origin: &TREE, private };
                self.visitor.visit(Entry::Blob(blob));
            }
            Ok((beginning, false)) => {
                let reason = if is_binary(beginning) { SkipReason::Binary } else { SkipReason::TooLarge };
                if archive::is_archive(beginning) && self.large(path, &name).is_ok() {
                    return;
                }
                self.visitor.visit(Entry::skipped(name, reason));
            }
            Err(error) => {
                self.visitor.visit(unreadable(Some(name.clone()), &error.to_string()));
                self.visitor.visit(Entry::skipped(name, SkipReason::Unreadable));
            }
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

/// Where the content of a file goes. Most files fit into the chunk, and reading one then takes no call to the system but opening, reading and
/// closing; the others go to a buffer that grows with them.
struct Buffer {
    chunk: Box<[u8]>,
    rest: Vec<u8>,
}

impl Buffer {
    fn new() -> Self {
        Self { chunk: vec![0; CHUNK].into_boxed_slice(), rest: Vec::new() }
    }

    /// The content of the file at `path` and true, or its beginning and false when it is larger than `limit`.
    fn read(&mut self, path: &Path, limit: u64) -> io::Result<(&[u8], bool)> {
        if self.rest.capacity() > KEPT_BUFFER {
            self.rest = Vec::new();
        }
        let mut file = File::open(path)?;
        let mut filled = 0;
        while filled < self.chunk.len() {
            match file.read(&mut self.chunk[filled..]) {
                Ok(0) => return Ok((&self.chunk[..filled], filled as u64 <= limit)),
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let length = file.metadata()?.len();
        if length.max(filled as u64) > limit {
            return Ok((&self.chunk, false));
        }
        self.rest.clear();
        self.rest.reserve(usize::try_from(length).unwrap_or(0) + 1);
        self.rest.extend_from_slice(&self.chunk);
        // A file may grow while it is read, and a pipe or a file of /proc says it is empty: the limit holds for them too.
        file.take(limit.saturating_add(1) - filled as u64).read_to_end(&mut self.rest)?;
        Ok((&self.rest, self.rest.len() as u64 <= limit))
    }
}
