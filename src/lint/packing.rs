//! What goes into an image or a package: which folder is packed, what of it is taken, and what an ignore file keeps out.
//!
//! The build context is not written in a Dockerfile. A compose file may name it; otherwise it is taken to be the folder around the Dockerfile in
//! which most of the files are found that it copies by name. Ignore files are read once, however many Dockerfiles share one.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use globset::{GlobSet, GlobSetBuilder};

use super::{
    Surroundings,
    facts::{FileFacts, Shipment, Shipper},
    graph::{Graph, folder_of},
    ignore::{self, Dialect, IgnoreList},
    resolve::{joined, normal},
};

/// So many sources tell where the context is.
const MOST_WITNESSES: usize = 64;

/// All that is packed in a repository.
pub(super) struct Yard<'g> {
    graph: &'g Graph,
    surroundings: &'g dyn Surroundings,
    /// Contexts that compose files name, by Dockerfile.
    contexts: BTreeMap<String, String>,
    /// Ignore files that were read.
    lists: RefCell<BTreeMap<String, Option<Rc<IgnoreList>>>>,
}

impl<'g> Yard<'g> {
    /// What `graph` says about it.
    pub(super) fn new(graph: &'g Graph, surroundings: &'g dyn Surroundings) -> Self {
        let mut contexts = BTreeMap::new();
        for file in graph.files() {
            for build in &file.builds {
                let Some(folder) = normal(folder_of(&file.path), &build.context) else { continue };
                if let Some(dockerfile) = normal(&folder, build.dockerfile.as_deref().unwrap_or("Dockerfile")) {
                    contexts.entry(dockerfile).or_insert(folder);
                }
            }
        }
        Self { graph, surroundings, contexts, lists: RefCell::default() }
    }

    /// What is packed by what `file` says.
    pub(super) fn load(&self, file: &FileFacts) -> Load {
        let by = file.shipments.first().map(|shipment| shipment.by);
        let own = folder_of(&file.path);
        match by {
            Some(Shipper::Image) => {
                let named = self.contexts.get(&file.path).map(String::as_str);
                let base = named.unwrap_or_else(|| self.likely_context(file)).to_owned();
                // An ignore file with the Dockerfile's name in front is for this one alone.
                let alone = format!("{}.dockerignore", file.path);
                let shared = joined(&base, ".dockerignore");
                match self.list(&alone, Dialect::Docker) {
                    Some(list) => Load { base, ignore: Some(list), ignore_path: alone },
                    None => Load { base, ignore: self.list(&shared, Dialect::Docker), ignore_path: shared },
                }
            }
            Some(Shipper::Npm) => {
                let path = joined(own, ".npmignore");
                Load { base: own.to_owned(), ignore: self.list(&path, Dialect::Git), ignore_path: path }
            }
            _ => Load { base: own.to_owned(), ignore: None, ignore_path: String::new() },
        }
    }

    fn list(&self, path: &str, dialect: Dialect) -> Option<Rc<IgnoreList>> {
        if let Some(known) = self.lists.borrow().get(path) {
            return known.clone();
        }
        let list = self.graph.file(path).map(|file| {
            let lines = file.patterns.iter().map(|(line, _)| line.as_str());
            Rc::new(IgnoreList::new(lines, dialect))
        });
        self.lists.borrow_mut().insert(path.to_owned(), list.clone());
        list
    }

    /// The folder around a Dockerfile in which most of its sources are found, and the nearest of several.
    fn likely_context<'p>(&self, file: &'p FileFacts) -> &'p str {
        let copies = file.shipments.iter().filter(|shipment| shipment.by == Shipper::Image);
        let sources = copies.flat_map(|copy| &copy.sources).map(|source| plain(source));
        let sources: Vec<&str> = sources.filter(|source| !source.is_empty()).take(MOST_WITNESSES).collect();
        let found = |folder: &str| sources.iter().filter(|source| self.is_there(&joined(folder, source))).count();
        let own = folder_of(&file.path);
        let is_for_docker = |folder: &&str| {
            matches!(folder.rsplit('/').next(), Some("docker" | ".docker" | "dockerfiles" | ".devcontainer" | "deploy"))
        };
        let around = || ignore::self_and_folders(own).chain([""]);
        let nearest = around().find(|folder| !is_for_docker(folder)).unwrap_or("");
        // Of several that hold as many, `max_by_key` gives the last, so the nearest comes last.
        let mut folders: Vec<&str> = around().collect();
        folders.reverse();
        let best = folders.into_iter().map(|folder| (found(folder), folder)).max_by_key(|(count, _)| *count);
        best.filter(|(count, _)| *count > 0).map_or(nearest, |(_, folder)| folder)
    }

    /// Whether `path` is a file, or a folder with a file in it that was read.
    fn is_there(&self, path: &str) -> bool {
        let files = self.graph.files();
        let inside = format!("{path}/");
        let next = files.partition_point(|file| *file.path < *inside);
        files.get(next).is_some_and(|file| file.path.starts_with(&inside)) || self.surroundings.exists(path)
    }
}

/// A folder that is packed.
pub(super) struct Load {
    /// The folder.
    pub(super) base: String,
    ignore: Option<Rc<IgnoreList>>,
    /// The ignore file that counts, or that is to be written.
    pub(super) ignore_path: String,
}

impl Load {
    /// Whether there is an ignore file.
    pub(super) fn has_ignore_file(&self) -> bool {
        self.ignore.is_some()
    }

    /// Whether the ignore file keeps the file at `path`, relative to the folder, out.
    pub(super) fn leaves_out(&self, path: &str) -> bool {
        self.ignore.as_ref().is_some_and(|list| list.leaves_out(path))
    }

    /// Whether the file at `path`, which is not left out, goes in.
    pub(super) fn takes(&self, by: Shipper, sources: &Sources, path: &str) -> bool {
        // Without a list npm takes everything that `.npmignore` does not name; without that file, what git does not ignore.
        let follows_git = by == Shipper::Npm && sources.is_all && self.ignore.is_none();
        !follows_git && sources.cover(path)
    }
}

/// What a shipment names, ready to match.
pub(super) struct Sources {
    /// The whole folder.
    is_all: bool,
    globs: GlobSet,
}

impl Sources {
    /// The sources of `shipment`, as a Dockerfile or manifest writes them; one that is no pattern names nothing.
    pub(super) fn of(shipment: &Shipment) -> Self {
        let mut builder = GlobSetBuilder::new();
        let sources = || shipment.sources.iter().map(|source| plain(source));
        for glob in sources().filter(|source| !source.is_empty()).filter_map(ignore::glob) {
            builder.add(glob);
        }
        let globs = builder.build().unwrap_or_else(|_| GlobSet::empty());
        Self { is_all: sources().any(str::is_empty), globs }
    }

    /// Whether they name `path` or a folder around it.
    fn cover(&self, path: &str) -> bool {
        self.is_all || ignore::self_and_folders(path).any(|part| self.globs.is_match(part))
    }
}

/// A source without what only says that it is relative; empty for the folder itself.
fn plain(source: &str) -> &str {
    let source = source.trim_start_matches("./").trim_start_matches('/').trim_end_matches('/');
    if source == "." { "" } else { source }
}

/// `path` relative to `folder`, if it lies in it.
pub(super) fn below<'p>(folder: &str, path: &'p str) -> Option<&'p str> {
    if folder.is_empty() { Some(path) } else { path.strip_prefix(folder)?.strip_prefix('/') }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Span;

    fn covers(source: &str, path: &str) -> bool {
        let sources = vec![source.to_owned()];
        let shipment = Shipment { sources, at: Span::new(0, 0), by: Shipper::Image, carried: true };
        Sources::of(&shipment).cover(path)
    }

    #[test]
    fn a_source_stands_for_what_it_names_and_for_what_lies_in_it() {
        for (source, path) in [
            (".", ".env"),
            ("./", "a/.env"),
            (".env*", ".env.local"),
            ("server", "server/.env"),
            ("./server/", "server/.env"),
        ] {
            assert!(covers(source, path), "{source} {path}");
        }
        for (source, path) in
            [("src", ".env"), ("*.env", "a/b.env"), (".env.example", ".env"), ("package*.json", ".env")]
        {
            assert!(!covers(source, path), "{source} {path}");
        }
    }
}
