//! A `.env` that goes into an image, a package or a folder that a web server hands out.
//!
//! Three roads lead there. `COPY . .` of a Dockerfile takes what lies in the build context unless `.dockerignore` leaves it out: git's rules do
//! not count there, which is what people forget. Package builders take what `files`, `include` or `MANIFEST.in` name. And a file in `public/`
//! needs nobody to take it.
//!
//! A `.env` is often not there when the repository is scanned, because git ignores it. When a template of it lies in the context and git is
//! told to ignore the copy, the file is sure to appear on the machine that builds, so it is judged as if it were there, less severely.
//!
//! The build context is not written in a Dockerfile. A compose file may name it; otherwise it is taken to be the folder around the Dockerfile in
//! which most of the files are found that it copies by name.
//!
//! Limits: sources with build arguments in them are not followed; what a later `RUN rm` deletes stays in its layer and counts.

use std::collections::BTreeMap;

use super::{Context, dotenv_tracked};
use crate::{
    lint::{
        FileFacts, Language,
        env_file::EnvFile,
        facts::{Shipment, Shipper},
        graph::folder_of,
        ignore::{self, Dialect, IgnoreList},
        problem::{Problem, Spot},
        resolve::{self, joined},
        secrecy::Secrecy,
    },
    model::{Severity, Span},
};

const ID: &str = "dotenv-shipped";

/// Folders whose content a web server hands out.
const WEB_ROOTS: [&str; 8] = ["public", "static", "htdocs", "wwwroot", "public_html", "www", "webroot", "_site"];
/// Folders that are served often, and as often hold a program.
const OUTPUTS: [&str; 3] = ["dist", "build", "out"];

/// One problem for each environment file and each way on which it leaves.
pub(super) fn run<'g>(context: &Context<'g>) -> Vec<Problem<'g>> {
    let candidates = candidates(context);
    let mut problems: Vec<Problem<'g>> =
        candidates.iter().filter_map(|candidate| in_web_root(context, candidate)).collect();
    for file in context.graph.files() {
        problems.extend(file.shipments.iter().filter_map(|shipment| shipped(context, file, shipment, &candidates)));
    }
    // One instruction of a Dockerfile is enough to mend all.
    let mut first: BTreeMap<(String, String), Problem<'g>> = BTreeMap::new();
    for problem in problems {
        let key = (problem.spot.file.path.clone(), problem.subject.clone());
        if first.get(&key).is_none_or(|known| known.severity < problem.severity) {
            first.insert(key, problem);
        }
    }
    first.into_values().collect()
}

/// An environment file with real values that may be shipped.
struct Candidate<'g> {
    path: String,
    /// What stands in it; `None` when it is not there yet.
    file: Option<&'g FileFacts>,
    level: Secrecy,
}

/// Files that are there, and those that a template in the same folder is copied to.
fn candidates<'g>(context: &Context<'g>) -> Vec<Candidate<'g>> {
    let mut found = Vec::new();
    for file in context.graph.files().iter().filter(|file| file.language == Language::Dotenv) {
        match EnvFile::of(&file.path) {
            EnvFile::Real | EnvFile::Keys => {
                let level = dotenv_tracked::worst(context, file).map_or(Secrecy::Nothing, |(level, _)| level);
                found.push(Candidate { path: file.path.clone(), file: Some(file), level });
            }
            EnvFile::Template => found.extend(announced(context, file)),
            EnvFile::Test => {}
        }
    }
    found
}

/// The file that the template `file` is made for: git ignores it, so somebody has one.
fn announced<'g>(context: &Context<'g>, file: &FileFacts) -> Option<Candidate<'g>> {
    let folder = folder_of(&file.path);
    let path = if folder.is_empty() { ".env".to_owned() } else { format!("{folder}/.env") };
    let surroundings = context.options.surroundings;
    let is_expected = surroundings.is_ignored(&path) == Some(true) && !surroundings.exists(&path);
    let owner = |name: &str| crate::lint::secrecy::owner(context.options.catalogue, name).is_some();
    let asks_for_credential = file.definitions.iter().any(|definition| owner(&definition.name));
    (is_expected && asks_for_credential).then_some(Candidate { path, file: None, level: Secrecy::Nothing })
}

fn in_web_root<'g>(context: &Context<'g>, candidate: &Candidate<'g>) -> Option<Problem<'g>> {
    let file = candidate.file?;
    let parent = folder_of(&file.path).rsplit('/').next()?;
    let severity = match candidate.level {
        Secrecy::Credential if WEB_ROOTS.contains(&parent) => Severity::Error,
        Secrecy::Likely if WEB_ROOTS.contains(&parent) => Severity::Warning,
        Secrecy::Credential | Secrecy::Likely if OUTPUTS.contains(&parent) => Severity::Warning,
        _ => return None,
    };
    let (_, definition) = dotenv_tracked::worst(context, file)?;
    Some(Problem {
        severity,
        message: format!("`{}` lies in a folder that web servers hand out, and holds {}", file.path, definition.name),
        help: format!(
            "Move it out of `{parent}/`, to the root of the project, and replace the credential if the folder was ever served"
        ),
        provider: dotenv_tracked::owner_of(context, file, definition),
        ..Problem::new(ID, Spot::new(file, definition.at), "web root")
    })
}

fn shipped<'g>(
    context: &Context<'g>,
    file: &'g FileFacts,
    shipment: &'g Shipment,
    candidates: &[Candidate<'g>],
) -> Option<Problem<'g>> {
    let base = match shipment.by {
        Shipper::Image => build_context(context, file),
        Shipper::Npm | Shipper::Crate | Shipper::Wheel => folder_of(&file.path).to_owned(),
    };
    let base = base.as_str();
    let rules = Rules::of(context, file, shipment, base);
    let taken = |candidate: &&Candidate<'g>| below(base, &candidate.path).is_some_and(|inner| rules.take(inner));
    let worst =
        candidates.iter().filter(taken).rev().max_by_key(|candidate| (candidate.level, candidate.file.is_some()));
    let named = shipment.sources.iter().find(|source| names_env_file(source));
    match (worst, named) {
        (Some(candidate), _) => problem(file, shipment, candidate, &rules, named.is_some()),
        (None, Some(source))
            if shipment.by == Shipper::Image && !rules.is_left_out(source.trim_start_matches("./")) =>
        {
            let path = joined(base, source.trim_start_matches("./"));
            let candidate = Candidate { path, file: None, level: Secrecy::Nothing };
            problem(file, shipment, &candidate, &rules, true)
        }
        _ => None,
    }
}

fn problem<'g>(
    file: &'g FileFacts,
    shipment: &'g Shipment,
    candidate: &Candidate<'g>,
    rules: &Rules,
    named: bool,
) -> Option<Problem<'g>> {
    let name = candidate.path.rsplit('/').next().unwrap_or(&candidate.path);
    let severity = match (candidate.file, candidate.level, named) {
        (_, Secrecy::Credential, _) | (_, Secrecy::Likely, true) => Severity::Error,
        // Settings without a secret may go anywhere.
        (Some(_), Secrecy::Nothing, _) => return None,
        (None, Secrecy::Nothing, true) if matches!(name, ".env" | ".env.local") => Severity::Error,
        (None, Secrecy::Nothing, _) | (_, Secrecy::Likely, false) => Severity::Warning,
    };
    let severity = severity.min(if shipment.carried { Severity::Error } else { Severity::Note });
    let at = Spot::new(file, shipment.at);
    let related = candidate.file.map(|env| (Spot::new(env, Span::new(0, 0)), "this file goes in".to_owned()));
    Some(Problem {
        severity,
        message: rules.message(candidate, shipment, named),
        help: rules.help(&candidate.path, shipment),
        related: related.into_iter().collect(),
        ..Problem::new(ID, at, candidate.path.clone())
    })
}

/// Whether a source names an environment file with real values by itself, with or without a wildcard: `.env`, `.env*`, `config/.env.prod`.
fn names_env_file(source: &str) -> bool {
    let name = source.rsplit('/').next().unwrap_or(source);
    name.starts_with(".env") && !name.starts_with(".envrc") && EnvFile::of(source) == EnvFile::Real
}

/// What a shipment takes and what keeps files out of it.
struct Rules {
    sources: Vec<String>,
    by: Shipper,
    /// The ignore file that counts and its path.
    ignore: Option<(String, IgnoreList)>,
    /// The ignore file to write when there is none.
    ignore_path: String,
}

impl Rules {
    fn of(context: &Context<'_>, file: &FileFacts, shipment: &Shipment, base: &str) -> Self {
        let (names, dialect) = match shipment.by {
            // An ignore file with the Dockerfile's name in front is for this one alone.
            Shipper::Image => {
                (vec![format!("{}.dockerignore", file.path), joined(base, ".dockerignore")], Dialect::Docker)
            }
            Shipper::Npm => (vec![joined(base, ".npmignore")], Dialect::Git),
            Shipper::Crate | Shipper::Wheel => (Vec::new(), Dialect::Git),
        };
        let read = |path: &String| {
            let lines = context.graph.file(path)?.patterns.iter().map(|(line, _)| line.as_str());
            Some((path.clone(), IgnoreList::new(lines, dialect)))
        };
        let ignore = names.iter().find_map(read);
        let ignore_path = names.last().cloned().unwrap_or_default();
        Self { sources: shipment.sources.clone(), by: shipment.by, ignore, ignore_path }
    }

    fn is_left_out(&self, path: &str) -> bool {
        self.ignore.as_ref().is_some_and(|(_, list)| list.leaves_out(path))
    }

    /// Whether the file at `path`, relative to the context or the package, goes in.
    fn take(&self, path: &str) -> bool {
        let named = self.sources.iter().any(|source| covers(source, path));
        match self.by {
            // Without a list npm takes everything that `.npmignore` does not name; without that file, what git does not ignore.
            Shipper::Npm if self.sources == ["."] => self.ignore.is_some() && !self.is_left_out(path),
            Shipper::Npm | Shipper::Image => named && !self.is_left_out(path),
            Shipper::Crate | Shipper::Wheel => named,
        }
    }

    fn message(&self, candidate: &Candidate<'_>, shipment: &Shipment, named: bool) -> String {
        let what = match self.by {
            Shipper::Image => "image",
            Shipper::Npm => "npm package",
            Shipper::Crate => "crate",
            Shipper::Wheel => "Python package",
        };
        let how = match (&self.ignore, self.by) {
            _ if named => String::new(),
            (Some((ignore, _)), _) => format!(": `{ignore}` does not leave it out"),
            (None, Shipper::Image) => format!(": there is no `{}` that leaves it out", self.ignore_path),
            (None, _) => String::new(),
        };
        let stage = if shipment.carried { "" } else { ", in a stage that the final image is not made of" };
        // A file that is not there now is one that git ignores and that the template tells people to make.
        let when = if candidate.file.is_some() || named { "goes" } else { "goes, once it is made from its template," };
        format!("`{}` {when} into the {what}{stage}{how}", candidate.path)
    }

    fn help(&self, path: &str, shipment: &Shipment) -> String {
        let name = path.rsplit('/').next().unwrap_or(path);
        let ignore = self.ignore.as_ref().map_or(&self.ignore_path, |(path, _)| path);
        match shipment.by {
            Shipper::Image => format!(
                "Add the line `**/{name}` to `{ignore}`, and give the variables to the container when it starts (`--env-file`, `env_file:`)"
            ),
            Shipper::Npm => format!(
                "Name what belongs into the package in `files` of `package.json`, or add `{name}` to `{ignore}`"
            ),
            Shipper::Crate => format!("Take `{name}` out of `include` in `Cargo.toml`"),
            Shipper::Wheel => format!("Take `{name}` out of the package's data (`MANIFEST.in`, `package_data`)"),
        }
    }
}

/// Whether `source`, as a Dockerfile or manifest writes it, stands for `path` or a folder around it.
fn covers(source: &str, path: &str) -> bool {
    let source = source.trim_start_matches("./").trim_start_matches('/').trim_end_matches('/');
    if source.is_empty() || source == "." {
        return true;
    }
    let Some(glob) = ignore::glob(source) else { return false };
    let matcher = glob.compile_matcher();
    ignore::self_and_folders(path).any(|part| matcher.is_match(part))
}

/// The folder that a Dockerfile's sources are relative to: what a compose file says, or else a guess.
fn build_context(context: &Context<'_>, file: &FileFacts) -> String {
    let built =
        context.graph.files().iter().flat_map(|compose| compose.builds.iter().map(move |build| (compose, build)));
    let mut contexts = built.filter_map(|(compose, build)| {
        let folder = resolve::normal(folder_of(&compose.path), &build.context)?;
        let dockerfile = resolve::normal(&folder, build.dockerfile.as_deref().unwrap_or("Dockerfile"))?;
        (dockerfile == file.path).then_some(folder)
    });
    contexts.next().unwrap_or_else(|| likely_context(context, file).to_owned())
}

/// The folder around a Dockerfile in which most of its sources are found, and the nearest of several.
fn likely_context<'p>(context: &Context<'_>, file: &'p FileFacts) -> &'p str {
    let copies = || file.shipments.iter().filter(|shipment| shipment.by == Shipper::Image);
    let sources =
        || copies().flat_map(|copy| &copy.sources).map(|source| source.trim_start_matches("./").trim_end_matches('/'));
    let found = |folder: &str| {
        let is_there = |source: &&str| !matches!(*source, "" | ".") && is_there(context, &joined(folder, source));
        sources().filter(is_there).count()
    };
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
fn is_there(context: &Context<'_>, path: &str) -> bool {
    let files = context.graph.files();
    let inside = format!("{path}/");
    let next = files.partition_point(|file| *file.path < *inside);
    files.get(next).is_some_and(|file| file.path.starts_with(&inside)) || context.options.surroundings.exists(path)
}

/// `path` relative to `folder`, if it lies in it.
fn below<'p>(folder: &str, path: &'p str) -> Option<&'p str> {
    if folder.is_empty() { Some(path) } else { path.strip_prefix(folder)?.strip_prefix('/') }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn templates_are_no_environment_files() {
        assert!(names_env_file(".env") && names_env_file("./config/.env.production") && names_env_file(".env*"));
        assert!(!names_env_file(".env.example") && !names_env_file(".envrc") && !names_env_file("."));
    }
}
