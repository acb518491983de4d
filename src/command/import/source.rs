//! The files of another scanner: where they are, and their text.
//!
//! What the repository brings is read like its own configuration: inside the root only, links followed, regular files only, up to a bound. What was
//! typed may lie anywhere.

use std::{
    fs::{self, File},
    io::Read as _,
    path::{Path, PathBuf},
};

use crate::{config, input, model::printable_line, pipeline};

/// Bytes of the largest configuration that is read; keyward's own is as large.
const LARGEST_CONFIG: u64 = config::LARGEST;
/// Bytes of the largest list of findings that is read.
const LARGEST_LIST: u64 = 32 << 20;
/// More of a name is not shown.
const LONGEST_NAME: usize = 200;

/// A repository and the file that was asked for.
#[derive(Debug)]
pub(super) struct Place {
    /// The root of the repository.
    pub(super) root: PathBuf,
    /// The file, when one was typed.
    typed: Option<PathBuf>,
    usual: &'static str,
}

/// A file that is there.
#[derive(Debug)]
pub(super) struct Source {
    path: PathBuf,
    /// How it is called.
    pub(super) name: String,
    /// The root in which it must lie, unless it was typed.
    within: Option<PathBuf>,
    largest: u64,
}

impl Place {
    /// The repository around `path`, which may be a folder of it or the file itself; `usual` is how that is called otherwise.
    pub(super) fn find(path: Option<&Path>, usual: &'static str) -> Self {
        let current = pipeline::current_folder();
        let typed = path.filter(|path| !path.is_dir());
        let start = match (path, typed) {
            // A configuration may lie outside of the repository that it is for.
            (_, Some(file)) if !inside(file, &input::base_of(&current, &current)) => current.as_path(),
            (Some(path), _) => path,
            (None, _) => current.as_path(),
        };
        Self { root: input::base_of(start, &current), typed: typed.map(Path::to_owned), usual }
    }

    /// How the files are called, for sentences.
    pub(super) fn names(&self) -> String {
        let name = self.main().map_or_else(|| self.usual.to_owned(), |source| source.name);
        match self.usual {
            ".gitleaks.toml" if self.main().is_none() => ".gitleaksignore".to_owned(),
            ".gitleaks.toml" if self.beside(".gitleaksignore").is_some() => format!("{name} and .gitleaksignore"),
            _ => name,
        }
    }

    /// The file that was typed, or the usual one when it is there.
    pub(super) fn main(&self) -> Option<Source> {
        match &self.typed {
            Some(path) => {
                let name = printable_line(&input::shown(path, &self.root), LONGEST_NAME);
                Some(Source { path: path.clone(), name, within: None, largest: largest(self.usual) })
            }
            None => self.beside(self.usual),
        }
    }

    /// The file called `name` at the root, when it is there.
    pub(super) fn beside(&self, name: &str) -> Option<Source> {
        let path = self.root.join(name);
        let is_there = path.symlink_metadata().is_ok();
        is_there.then(|| Source {
            path,
            name: name.to_owned(),
            within: Some(self.root.clone()),
            largest: largest(name),
        })
    }

    /// The text of a file that another one names, which must lie in the repository.
    ///
    /// # Errors
    /// Why it is not read.
    pub(super) fn inside(&self, path: &str) -> Result<String, String> {
        let (name, within) = (path.to_owned(), Some(self.root.clone()));
        let source = Source { path: self.root.join(path), name, within, largest: LARGEST_CONFIG };
        source.read()
    }
}

/// Bytes of the largest file of this name.
fn largest(name: &str) -> u64 {
    if name == ".gitleaks.toml" { LARGEST_CONFIG } else { LARGEST_LIST }
}

fn inside(path: &Path, root: &Path) -> bool {
    path.canonicalize().is_ok_and(|path| path.starts_with(root))
}

impl Source {
    /// The text.
    ///
    /// # Errors
    /// Why it cannot be read, and the way out.
    pub(super) fn read(&self) -> Result<String, String> {
        let about = fs::metadata(&self.path).map_err(|error| format!("{error}; check the path"))?;
        if self.within.as_ref().is_some_and(|root| !inside(&self.path, root)) {
            return Err("it leads out of the repository; name it on the command line if you trust it".to_owned());
        }
        if !about.is_file() {
            return Err("it is not a regular file; name the file itself".to_owned());
        }
        let mut bytes = Vec::new();
        let read = File::open(&self.path).and_then(|file| file.take(self.largest + 1).read_to_end(&mut bytes));
        read.map_err(|error| format!("{error}; check that it may be read"))?;
        if bytes.len() as u64 > self.largest {
            return Err(format!("it is larger than {} MiB; take out what is generated", self.largest >> 20));
        }
        String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text; save it as UTF-8".to_owned())
    }
}
