//! A `.env` that goes into an image, a package or a folder that a web server hands out.
//!
//! Three roads lead there. `COPY . .` of a Dockerfile takes what lies in the build context unless `.dockerignore` leaves it out: git's rules do
//! not count there, which is what people forget. Package builders take what `files`, `include` or `MANIFEST.in` name. And a file in `public/`
//! needs nobody to take it.
//!
//! A `.env` is often not there when the repository is scanned, because git ignores it. When a template of it lies in the context and git is
//! told to ignore the copy, the file is sure to appear on the machine that builds, so it is judged as if it were there, less severely.
//!
//! What goes into an image or a package is told by [`packing`](crate::lint::packing).
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
        packing::{Load, Sources, Yard, below},
        problem::{Problem, Spot},
        resolve::joined,
        secrecy::{self, Secrecy},
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
    let yard = Yard::new(context.graph, context.options.surroundings);
    for file in context.graph.files().iter().filter(|file| !file.shipments.is_empty()) {
        let load = yard.load(file);
        // What lies in the folder that is shipped, and is not left out as a whole.
        let near = candidates_below(&candidates, &load.base).filter(|(_, inner)| !load.leaves_out(inner));
        let near: Vec<(&Candidate<'g>, &str)> = near.take(MOST_CANDIDATES).collect();
        problems.extend(file.shipments.iter().filter_map(|shipment| shipped(file, shipment, &load, &near)));
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

/// A project has a handful; more are looked at only to a bound.
const MOST_CANDIDATES: usize = 256;

/// An environment file with real values that may be shipped.
struct Candidate<'g> {
    path: String,
    /// What stands in it; `None` when it is not there yet.
    file: Option<&'g FileFacts>,
    level: Secrecy,
}

/// The candidates in `folder` with their paths inside it; they are sorted.
fn candidates_below<'c, 'g>(
    candidates: &'c [Candidate<'g>],
    folder: &'c str,
) -> impl Iterator<Item = (&'c Candidate<'g>, &'c str)> {
    let first = candidates.partition_point(|candidate| *candidate.path < *folder);
    let inner = move |candidate: &'c Candidate<'g>| Some((candidate, below(folder, &candidate.path)?));
    let is_at = move |candidate: &&Candidate<'g>| candidate.path.starts_with(folder);
    candidates[first..].iter().take_while(is_at).filter_map(inner)
}

/// Files that are there, and those that a template in the same folder is copied to, sorted.
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
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The file that the template `file` is made for: git ignores it, so somebody has one.
fn announced<'g>(context: &Context<'g>, file: &FileFacts) -> Option<Candidate<'g>> {
    let folder = folder_of(&file.path);
    let path = joined(folder, ".env");
    let surroundings = context.options.surroundings;
    let is_expected = surroundings.is_ignored(&path) == Some(true) && !surroundings.exists(&path);
    let owner = |name: &str| secrecy::owner(context.options.catalogue, name).is_some();
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
    file: &'g FileFacts,
    shipment: &'g Shipment,
    load: &Load,
    near: &[(&Candidate<'g>, &str)],
) -> Option<Problem<'g>> {
    let sources = Sources::of(shipment);
    let taken =
        near.iter().filter(|(_, inner)| load.takes(shipment.by, &sources, inner)).map(|(candidate, _)| *candidate);
    let worst = taken.rev().max_by_key(|candidate| (candidate.level, candidate.file.is_some()));
    let named = shipment.sources.iter().find(|source| names_env_file(source));
    match (worst, named) {
        (Some(candidate), _) => problem(file, shipment, candidate, load, named.is_some()),
        (None, Some(source)) if shipment.by == Shipper::Image && !load.leaves_out(source.trim_start_matches("./")) => {
            let path = joined(&load.base, source.trim_start_matches("./"));
            let candidate = Candidate { path, file: None, level: Secrecy::Nothing };
            problem(file, shipment, &candidate, load, true)
        }
        _ => None,
    }
}

fn problem<'g>(
    file: &'g FileFacts,
    shipment: &'g Shipment,
    candidate: &Candidate<'g>,
    load: &Load,
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
        message: message(candidate, shipment, load, named),
        help: help(&candidate.path, shipment, load, named),
        related: related.into_iter().collect(),
        ..Problem::new(ID, at, candidate.path.clone())
    })
}

/// Whether a source names an environment file with real values by itself, with or without a wildcard: `.env`, `.env*`, `config/.env.prod`.
fn names_env_file(source: &str) -> bool {
    let name = source.rsplit('/').next().unwrap_or(source);
    name.starts_with(".env") && !name.starts_with(".envrc") && EnvFile::of(source) == EnvFile::Real
}

fn message(candidate: &Candidate<'_>, shipment: &Shipment, load: &Load, named: bool) -> String {
    let what = match shipment.by {
        Shipper::Image => "image",
        Shipper::Npm => "npm package",
        Shipper::Crate => "crate",
        Shipper::Wheel => "Python package",
    };
    let how = match shipment.by {
        _ if named => String::new(),
        _ if load.has_ignore_file() => format!(": `{}` does not leave it out", load.ignore_path),
        Shipper::Image => format!(": there is no `{}` that leaves it out", load.ignore_path),
        Shipper::Npm | Shipper::Crate | Shipper::Wheel => String::new(),
    };
    let stage = if shipment.carried { "" } else { ", in a stage that the final image is not made of" };
    // A file that is not there now is one that git ignores: named by the instruction, or by the template that people are told to copy.
    let when = match (candidate.file, named) {
        (Some(_), _) => "goes",
        (None, true) => "goes, once it is there,",
        (None, false) => "goes, once it is made from its template,",
    };
    format!("`{}` {when} into the {what}{stage}{how}", candidate.path)
}

fn help(path: &str, shipment: &Shipment, load: &Load, named: bool) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ignore = &load.ignore_path;
    match shipment.by {
        Shipper::Image => {
            let leave_out = match &shipment.sources[..] {
                // A build stops at a source that the ignore file leaves out.
                [_] if named => "Remove this instruction".to_owned(),
                _ if named => format!("Take `{name}` out of this instruction"),
                _ => format!("Add the line `**/{name}` to `{ignore}`"),
            };
            format!("{leave_out}, and give the variables to the container when it starts (`--env-file`, `env_file:`)")
        }
        Shipper::Npm => {
            format!("Name what belongs into the package in `files` of `package.json`, or add `{name}` to `{ignore}`")
        }
        Shipper::Crate => format!("Take `{name}` out of `include` in `Cargo.toml`"),
        Shipper::Wheel => format!("Take `{name}` out of the package's data (`MANIFEST.in`, `package_data`)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_no_environment_files() {
        assert!(names_env_file(".env") && names_env_file("./config/.env.production") && names_env_file(".env*"));
        assert!(!names_env_file(".env.example") && !names_env_file(".envrc") && !names_env_file("."));
    }

    #[test]
    fn candidates_are_told_with_their_path_inside_the_folder() {
        let paths = [".env", "api/.env", "api/web/.env", "apiary/.env"];
        let candidate = |path: &&str| Candidate { path: (*path).to_owned(), file: None, level: Secrecy::Nothing };
        let candidates: Vec<_> = paths.iter().map(candidate).collect();
        let inner =
            |folder| candidates_below(&candidates, folder).map(|(_, inner)| inner.to_owned()).collect::<Vec<_>>();
        assert_eq!(inner("api"), [".env", "web/.env"]);
        assert_eq!(inner(""), paths);
    }
}
