//! All facts together: which files belong to one project, and what a project depends on.
//!
//! A project is the nearest folder at or above a file that holds a manifest of packages; a repository without any is one project. Projects
//! inside others see what their parents define (a `.env` or a workflow at the root of a monorepo), not the other way round.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Catalogue,
    facts::{FileFacts, Language},
};

/// A folder with a manifest, or the base.
#[derive(Debug, Default)]
pub struct Project {
    /// The folder relative to the base; empty for the base.
    pub root: String,
    /// Its files, as positions in [`Graph::files`].
    pub files: Vec<usize>,
    /// Packages it depends on.
    pub packages: BTreeSet<String>,
}

/// All files and the projects they belong to.
#[derive(Debug)]
pub struct Graph {
    files: Vec<FileFacts>,
    projects: Vec<Project>,
    /// The project of each file.
    of_file: Vec<usize>,
}

impl Graph {
    /// Sorts `files` by path and tells their projects apart.
    #[must_use]
    pub fn new(mut files: Vec<FileFacts>, _catalogue: &Catalogue) -> Self {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let manifests = files.iter().filter(|file| file.language == Language::Packages);
        let roots: BTreeSet<&str> = manifests.map(|file| folder_of(&file.path)).chain([""]).collect();
        let index: BTreeMap<&str, usize> = roots.iter().copied().zip(0..).collect();
        let mut projects: Vec<Project> =
            roots.iter().map(|root| Project { root: (*root).to_owned(), ..Project::default() }).collect();
        let of_file: Vec<usize> = files.iter().map(|file| index[nearest(&file.path, &index)]).collect();
        for (at, (file, project)) in files.iter().zip(&of_file).enumerate() {
            projects[*project].files.push(at);
            projects[*project].packages.extend(file.packages.iter().map(|package| package.name.clone()));
        }
        Self { files, projects, of_file }
    }

    /// All files, sorted by path.
    #[must_use]
    pub fn files(&self) -> &[FileFacts] {
        &self.files
    }

    /// All projects, sorted by root.
    #[must_use]
    pub fn projects(&self) -> &[Project] {
        &self.projects
    }

    /// The project that the file at position `file` belongs to.
    #[must_use]
    pub fn project_of(&self, file: usize) -> &Project {
        &self.projects[self.of_file[file]]
    }

    /// The file at `path`.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&FileFacts> {
        self.files.binary_search_by(|file| file.path.as_str().cmp(path)).ok().map(|at| &self.files[at])
    }
}

/// The folder part of a path; empty at the base.
#[must_use]
pub fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The nearest folder around `path` that `index` knows; it knows the base.
fn nearest<'p>(path: &'p str, index: &BTreeMap<&str, usize>) -> &'p str {
    let mut folder = folder_of(path);
    while !folder.is_empty() && !index.contains_key(folder) {
        folder = folder_of(folder);
    }
    folder
}
