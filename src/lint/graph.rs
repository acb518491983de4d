//! All facts together: which files belong to one project, what a project depends on, and which file loads which.
//!
//! A project is the nearest folder at or above a file that holds a manifest of packages; a repository without any is one project. Projects
//! inside others see what their parents define (a `.env` or a workflow at the root of a monorepo), not the other way round.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    facts::{FileFacts, Language},
    framework::{self, Fills, Framework},
    order::Edge,
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
    /// The project around it, as a position in [`Graph::projects`].
    pub parent: Option<usize>,
    /// What reads `.env` files in it by itself.
    pub frameworks: Vec<&'static Framework>,
}

impl Project {
    /// The framework that reads `.env` files into the environment of programs in `language`, if one does.
    #[must_use]
    pub fn filled_by(&self, language: Language) -> Option<&'static Framework> {
        let fills = |framework: &&&Framework| {
            framework.helps(language) && matches!(framework.fills, Fills::Process | Fills::Development)
        };
        self.frameworks.iter().find(fills).copied()
    }
}

/// All files and the projects they belong to.
#[derive(Debug)]
pub struct Graph {
    files: Vec<FileFacts>,
    projects: Vec<Project>,
    /// The project of each file.
    of_file: Vec<usize>,
    /// What each file loads of the others, in the order of its imports.
    pub(super) edges: Vec<Vec<Edge>>,
}

impl Graph {
    /// Sorts `files` by path and tells their projects apart. Each of the `named` folders is one, whether or not a manifest stands in it.
    #[must_use]
    pub fn new(mut files: Vec<FileFacts>, named: &[String]) -> Self {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let manifests = files.iter().filter(|file| file.language == Language::Packages);
        let roots: BTreeSet<&str> =
            manifests.map(|file| folder_of(&file.path)).chain(named.iter().map(String::as_str)).chain([""]).collect();
        let index: BTreeMap<&str, usize> = roots.iter().copied().zip(0..).collect();
        let parent = |root: &str| (!root.is_empty()).then(|| index[nearest(root, &index)]);
        let mut projects: Vec<Project> = roots
            .iter()
            .map(|root| Project { root: (*root).to_owned(), parent: parent(root), ..Project::default() })
            .collect();
        let of_file: Vec<usize> = files.iter().map(|file| index[nearest(&file.path, &index)]).collect();
        for (at, (file, project)) in files.iter().zip(&of_file).enumerate() {
            projects[*project].files.push(at);
            projects[*project].packages.extend(file.packages.iter().map(|package| package.name.clone()));
        }
        let edges = files.iter().map(|_| Vec::new()).collect();
        let mut graph = Self { files, projects, of_file, edges };
        graph.recognise_frameworks();
        graph
    }

    /// A framework of an enclosing project counts as well, unless it reads its own root only.
    fn recognise_frameworks(&mut self) {
        let own: Vec<Vec<&'static Framework>> =
            self.projects.iter().map(|project| self.frameworks_of(project)).collect();
        for at in 0..self.projects.len() {
            let mut all = own[at].clone();
            for outer in self.enclosing(at).skip(1) {
                all.extend(own[outer].iter().filter(|framework| !framework.root_only));
            }
            self.projects[at].frameworks = all;
        }
    }

    fn frameworks_of(&self, project: &Project) -> Vec<&'static Framework> {
        let files: Vec<&FileFacts> = project.files.iter().map(|file| &self.files[*file]).collect();
        framework::used(&project.packages, &files)
    }

    /// All files, sorted by path.
    #[must_use]
    pub fn files(&self) -> &[FileFacts] {
        &self.files
    }

    /// The facts again, without the graph.
    pub(super) fn into_files(self) -> Vec<FileFacts> {
        self.files
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

    /// The project at position `project` and those around it, the innermost first.
    pub fn enclosing(&self, project: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(project), |at| self.projects[*at].parent)
    }

    /// Positions of the files whose word counts in a project: its own, and of the projects around it what is not code.
    #[must_use]
    pub fn visible(&self, project: usize) -> Vec<usize> {
        let mut visible = self.projects[project].files.clone();
        for outer in self.enclosing(project).skip(1) {
            let files = self.projects[outer].files.iter().copied();
            visible.extend(files.filter(|file| !self.files[*file].language.is_code()));
        }
        visible
    }

    /// The file at `path`.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&FileFacts> {
        self.position(path).map(|at| &self.files[at])
    }

    /// Position of the file at `path`.
    #[must_use]
    pub fn position(&self, path: &str) -> Option<usize> {
        self.files.binary_search_by(|file| file.path.as_str().cmp(path)).ok()
    }
}

/// The folder part of a path; empty at the base.
#[must_use]
pub fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether `path` is `folder` or lies in it; everything lies in the base.
#[must_use]
pub fn is_within(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The nearest folder around `path` that `index` knows; it knows the base.
fn nearest<'p>(path: &'p str, index: &BTreeMap<&str, usize>) -> &'p str {
    let mut folder = folder_of(path);
    while !folder.is_empty() && !index.contains_key(folder) {
        folder = folder_of(folder);
    }
    folder
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lint::facts::{Package, Run},
        model::Span,
    };

    fn file(path: &str, language: Language) -> FileFacts {
        FileFacts::new(path, language)
    }

    fn manifest(path: &str, packages: &[&str]) -> FileFacts {
        let mut facts = file(path, Language::Packages);
        let package = |name: &&str| Package { name: (*name).to_owned(), at: Span::new(0, 1) };
        facts.packages = packages.iter().map(package).collect();
        facts
    }

    fn graph(files: Vec<FileFacts>) -> Graph {
        Graph::new(files, &[])
    }

    fn project<'g>(graph: &'g Graph, root: &str) -> (usize, &'g Project) {
        graph.projects().iter().enumerate().find(|(_, project)| project.root == root).unwrap()
    }

    #[test]
    fn a_project_sees_the_environment_of_those_around_it_and_not_their_code() {
        let graph = graph(vec![
            manifest("package.json", &[]),
            file(".env", Language::Dotenv),
            file("index.js", Language::JavaScript),
            manifest("apps/web/package.json", &["next"]),
            file("apps/web/app/page.tsx", Language::JavaScript),
            manifest("apps/api/requirements.txt", &["fastapi"]),
            file("apps/api/.env", Language::Dotenv),
        ]);
        let (web, found) = project(&graph, "apps/web");
        let mut paths: Vec<&str> = graph.visible(web).iter().map(|at| graph.files()[*at].path.as_str()).collect();
        paths.sort_unstable();
        assert_eq!(paths, [".env", "apps/web/app/page.tsx", "apps/web/package.json", "package.json"]);
        assert_eq!(graph.projects()[found.parent.unwrap()].root, "");
        assert_eq!(graph.project_of(graph.position("apps/api/.env").unwrap()).root, "apps/api");
    }

    #[test]
    fn frameworks_are_known_by_packages_by_files_and_by_commands() {
        let mut scripts = manifest("bot/package.json", &[]);
        let command = "NODE_ENV=production && bun run src/index.ts".to_owned();
        scripts.runs.push(Run { name: "start".to_owned(), command, at: Span::new(0, 1) });
        let graph = graph(vec![
            manifest("web/package.json", &["next"]),
            manifest("flask/requirements.txt", &["flask"]),
            manifest("flask-dotenv/requirements.txt", &["flask", "python-dotenv"]),
            manifest("pipenv/Pipfile", &[]),
            manifest("vite/package.json", &["vite"]),
            scripts,
        ]);
        let filled = |root: &str, language| project(&graph, root).1.filled_by(language).map(|framework| framework.name);
        assert_eq!(filled("web", Language::JavaScript), Some("Next.js"));
        assert_eq!(filled("web", Language::Python), None);
        assert_eq!(filled("flask", Language::Python), None);
        assert_eq!(filled("flask-dotenv", Language::Python), Some("Flask"));
        assert_eq!(filled("pipenv", Language::Python), Some("Pipenv"));
        assert_eq!(filled("vite", Language::JavaScript), None);
        assert_eq!(filled("bot", Language::JavaScript), Some("Bun"));
    }

    #[test]
    fn a_monorepos_runner_helps_its_packages_and_a_framework_at_its_root_does_not() {
        let graph = graph(vec![manifest("package.json", &["nx", "next"]), manifest("libs/mail/package.json", &[])]);
        let (_, mail) = project(&graph, "libs/mail");
        let names: Vec<&str> = mail.frameworks.iter().map(|framework| framework.name).collect();
        assert_eq!(names, ["Nx"]);
    }
}
