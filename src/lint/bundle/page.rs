//! Pages around a script: whether one lies where it would load it.

use std::collections::BTreeMap;

use crate::lint::{Surroundings, graph::folder_of};

/// So much of a page is looked at; those of applications are short.
const LONGEST: usize = 256 * 1024;
/// Folders around a script in which a page is looked for.
const MOST_FOLDERS: usize = 8;

/// What lies in a folder.
#[derive(Clone, Debug, Default)]
struct Front {
    /// Its `index.html`.
    page: Option<Vec<u8>>,
    /// It is that of a browser extension.
    is_extension: bool,
}

/// Pages that were asked for, by folder.
pub(super) struct Pages<'s> {
    surroundings: Option<&'s dyn Surroundings>,
    known: BTreeMap<String, Front>,
}

impl<'s> Pages<'s> {
    pub(super) fn new(surroundings: &'s dyn Surroundings) -> Self {
        Self { surroundings: Some(surroundings), known: BTreeMap::new() }
    }

    /// None at all.
    pub(super) fn none() -> Self {
        Self { surroundings: None, known: BTreeMap::new() }
    }

    /// Whether a page lies between `path` and `output`, a folder around it.
    pub(super) fn between(&mut self, path: &str, output: &str) -> bool {
        inside(path, output).any(|folder| self.front(folder).page.is_some())
    }

    /// Whether the manifest of a browser extension lies there: all that is around it is shipped.
    pub(super) fn extend(&mut self, path: &str, output: &str) -> bool {
        inside(path, output).any(|folder| self.front(folder).is_extension)
    }

    /// Whether a page in a folder around `path` names the file.
    pub(super) fn load(&mut self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        folders(path).any(|folder| {
            let page = self.front(folder).page.as_deref();
            page.is_some_and(|page| memchr::memmem::find(page, name.as_bytes()).is_some())
        })
    }

    fn front(&mut self, folder: &str) -> &Front {
        if !self.known.contains_key(folder) {
            let read = |name: &str| {
                let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
                let mut bytes = self.surroundings?.read(&path)?;
                bytes.truncate(LONGEST);
                Some(bytes)
            };
            let is_extension = read("manifest.json")
                .is_some_and(|manifest| memchr::memmem::find(&manifest, b"\"manifest_version\"").is_some());
            self.known.insert(folder.to_owned(), Front { page: read("index.html"), is_extension });
        }
        &self.known[folder]
    }
}

/// Those of them that are `output` or lie in it.
fn inside<'p>(path: &'p str, output: &str) -> impl Iterator<Item = &'p str> {
    let shortest = output.len();
    folders(path).take_while(move |folder| folder.len() >= shortest)
}

/// The folders around `path`, the nearest first and the base last.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    let around = std::iter::successors(Some(folder_of(path)), |folder| (!folder.is_empty()).then(|| folder_of(folder)));
    around.take(MOST_FOLDERS)
}
