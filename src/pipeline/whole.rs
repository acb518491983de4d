//! Which projects a run sees whole, and what lies around them.
//!
//! Some checks conclude from what is missing, so they judge a project only when all of its files are read. That is so for the base, and for a
//! folder that was named and is the root of a project: a repository, or a folder with a manifest of packages. Where neither stands
//! anywhere, whatever folder was named is what its user calls the project.
//!
//! A project inside another one rests on what its surroundings define: the `.env` at the root of a monorepo, a workflow, a compose file. So
//! these files are read for their facts when only the inner project was named, and nothing is reported about them.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    input::{repository_of, shown},
    lint::{FileFacts, Language, is_within, language_of},
    model::Notice,
};

/// So many files of a folder around a project count, the first by name.
const MOST_FILES: usize = 1_000;

/// What a run was told to read, as far as projects are concerned.
#[derive(Debug, Default)]
pub(super) struct Extent {
    /// Roots of projects that are read whole, relative to the base, which is empty.
    pub(super) whole: Vec<String>,
    /// Files around them that say something about their environment.
    pub(super) around: Vec<PathBuf>,
}

impl Extent {
    /// What `roots` come to, in reports relative to `base`.
    pub(super) fn of(roots: &[PathBuf], base: &Path) -> Self {
        let roots: Vec<PathBuf> = roots.iter().filter_map(|root| root.canonicalize().ok()).collect();
        let projects: Vec<&PathBuf> = roots.iter().filter(|root| is_project(root, base)).collect();
        let mut seen = HashSet::new();
        let folders = projects.iter().flat_map(|root| folders_around(root, base));
        let around = folders.filter(|folder| seen.insert(*folder)).flat_map(files_around);
        let is_read = |file: &PathBuf| roots.iter().any(|root| file.starts_with(root));
        Self {
            around: around.filter(|file| !is_read(file)).collect(),
            whole: projects.iter().map(|root| shown(root, base)).collect(),
        }
    }

    /// What is to be said when some of the `files` belong to no project that was read whole, and some of `checks` would have needed that.
    pub(super) fn notice(&self, files: &[FileFacts], checks: &[&str]) -> Option<Notice> {
        let says =
            |file: &FileFacts| !file.reads.is_empty() || !file.clients.is_empty() || !file.definitions.is_empty();
        let is_judged = |file: &FileFacts| self.whole.iter().any(|root| is_within(&file.path, root));
        if checks.is_empty() || !files.iter().any(|file| says(file) && !is_judged(file)) {
            return None;
        }
        let names: Vec<String> = checks.iter().map(|check| format!("`{check}`")).collect();
        Some(Notice {
            code: "judged-in-part".to_owned(),
            message: format!(
                "not all files of the project were named, so these checks were left out: {}",
                names.join(", ")
            ),
            help: Some(
                "they conclude from what is missing; name the folder of the project to have them judge it".to_owned(),
            ),
            path: None,
            line: None,
        })
    }
}

/// The nearest folder at or above `folder` that is a project, or `folder` itself.
#[must_use]
pub fn project_around(folder: &Path) -> PathBuf {
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let Some(base) = repository_of(&whole) else { return folder.to_owned() };
    let around = whole.ancestors().take_while(|around| around.starts_with(&base));
    let found = around.into_iter().find(|around| is_project(around, &base));
    found.filter(|found| *found != whole).map_or_else(|| folder.to_owned(), Path::to_owned)
}

/// Whether `root` is the folder of a project, so that nothing of it is missing.
fn is_project(root: &Path, base: &Path) -> bool {
    root.is_dir()
        && (root == base
            || root.join(".git").exists()
            || has_manifest(root)
            || (repository_of(root).is_none() && !folders_around(root, base).any(has_manifest)))
}

/// The folders around `root` up to `base`.
fn folders_around<'p>(root: &'p Path, base: &'p Path) -> impl Iterator<Item = &'p Path> {
    root.ancestors().skip(1).take_while(move |folder| folder.starts_with(base))
}

fn has_manifest(folder: &Path) -> bool {
    languages(folder).any(|(_, language)| language == Language::Packages)
}

/// The files of `folder` that define, load or start something for what lies below; links may lead elsewhere.
fn files_around(folder: &Path) -> Vec<PathBuf> {
    let folders = [folder.to_owned(), folder.join(".github/workflows")];
    let found = folders.iter().flat_map(|folder| languages(folder));
    found.filter(|(_, language)| !language.is_code() && *language != Language::Ignore).map(|(path, _)| path).collect()
}

/// Plain files of `folder` in languages that the lint reads.
fn languages(folder: &Path) -> impl Iterator<Item = (PathBuf, Language)> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let files = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
    let mut found: Vec<(PathBuf, Language)> =
        files.filter_map(|entry| Some((entry.path(), language_of(entry.path().to_str()?)?))).collect();
    found.retain(|(_, language)| *language != Language::Asset);
    // Which files count must not depend on the order in which a file system lists them.
    found.sort_unstable();
    found.truncate(MOST_FILES);
    found.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of the folders of a tree are projects, and how many files lie around each that count.
    fn judged(files: &[&str], base: &str, roots: &[&str]) -> Vec<(String, usize)> {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path().canonicalize().unwrap();
        for file in files {
            let path = top.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let of = |root: &&str| {
            let extent = Extent::of(&[top.join(root)], &top.join(base));
            (extent.whole.join(" "), extent.around.len())
        };
        roots.iter().map(of).collect()
    }

    #[test]
    fn a_project_is_a_repository_or_has_a_manifest() {
        let files =
            [".git/HEAD", "package.json", ".env", ".github/workflows/ci.yml", "a.js", "web/package.json", "lib/b.js"];
        let found = judged(&files, "", &["", "web", "lib", "a.js"]);
        assert_eq!(found, [(String::new(), 0), ("web".to_owned(), 3), (String::new(), 0), (String::new(), 0)]);
    }

    #[test]
    fn outside_of_repositories_a_folder_without_manifests_above_it_is_a_project() {
        let files = ["app/main.py", "node/package.json", "node/src/a.js", ".env", "notes.txt"];
        let found = judged(&files, "", &["app", "node/src", "node"]);
        assert_eq!(found, [("app".to_owned(), 1), (String::new(), 0), ("node".to_owned(), 1)]);
    }
}
