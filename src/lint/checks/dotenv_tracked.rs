//! A `.env` with real values that git tracks.
//!
//! How bad it is depends on what is in it, not on its name: Symfony wants its `.env` committed, Vite and Next.js document committed
//! `.env.production` files with public settings, and a `.env` with a port number harms nobody. So a credential makes it an error, a value that
//! its name calls secret a warning, and everything else a note or nothing. Templates are not judged here: a real key in one is found as a key.
//!
//! Limits: a credential is told by its shape or by a variable that the rules know; one under a name of the project's own counts as nothing.

use super::{Context, dotenv_not_ignored};
use crate::{
    lint::{
        FileFacts, Language, bundler,
        env_file::EnvFile,
        facts::Definition,
        graph::Project,
        problem::{Problem, Spot},
        secrecy::{self, Secrecy},
    },
    model::{Severity, Span},
};

const ID: &str = "dotenv-tracked";

/// One problem for each tracked file that should not be.
pub(super) fn run<'g>(context: &Context<'g>) -> Vec<Problem<'g>> {
    let files = context.graph.files().iter().enumerate();
    let tracked = files.filter(|(_, file)| {
        file.language == Language::Dotenv && context.options.surroundings.is_tracked(&file.path) == Some(true)
    });
    tracked.filter_map(|(at, file)| judge(context, file, context.graph.project_of(at))).collect()
}

fn judge<'g>(context: &Context<'g>, file: &'g FileFacts, project: &Project) -> Option<Problem<'g>> {
    match EnvFile::of(&file.path) {
        EnvFile::Template | EnvFile::Test => None,
        EnvFile::Keys => Some(keys(context, file)),
        EnvFile::Real => real(context, file, project),
    }
}

/// The private keys of dotenvx open every encrypted file that lies beside them.
fn keys<'g>(context: &Context<'g>, file: &'g FileFacts) -> Problem<'g> {
    let at = file.definitions.first().map_or(Span::new(0, 0), |definition| definition.at);
    let message =
        format!("`{}` is tracked by git and holds the keys that decrypt the environment files beside it", file.path);
    Problem { message, help: help(context, file), ..Problem::new(ID, Spot::new(file, at), "keys") }
}

fn real<'g>(context: &Context<'g>, file: &'g FileFacts, project: &Project) -> Option<Problem<'g>> {
    let worst = worst(context, file);
    let level = worst.map_or(Secrecy::Nothing, |(level, _)| level);
    let severity = match level {
        Secrecy::Credential => Severity::Error,
        Secrecy::Likely if is_symfony(project) => return None,
        Secrecy::Likely => Severity::Warning,
        Secrecy::Nothing if is_private_by_convention(file) && !is_symfony(project) => Severity::Note,
        Secrecy::Nothing => return None,
    };
    let spot = Spot::new(file, worst.map_or(Span::new(0, 0), |(_, definition)| definition.at));
    let path = &file.path;
    let message = match worst {
        Some((Secrecy::Credential, definition)) => {
            format!("`{path}` is tracked by git and holds a credential in {}", definition.name)
        }
        Some((_, definition)) => {
            format!("`{path}` is tracked by git and holds {}, which looks secret", definition.name)
        }
        None => {
            format!("`{path}` is tracked by git; it holds no credential now, and the next one added to it is published")
        }
    };
    let provider = worst.and_then(|(_, definition)| owner_of(context, file, definition));
    let fixes = dotenv_not_ignored::fix(context, path).into_iter().collect();
    Some(Problem { severity, message, provider, fixes, help: help(context, file), ..Problem::new(ID, spot, "") })
}

/// The definition that matters most, the first of them; `None` when none matters.
pub(super) fn worst<'g>(context: &Context<'g>, file: &'g FileFacts) -> Option<(Secrecy, &'g Definition)> {
    let judged = file
        .definitions
        .iter()
        .map(|definition| (secrecy::of(file, definition, context.options.catalogue), definition));
    // Of several that matter alike, `max_by_key` would give the last.
    judged.rev().max_by_key(|(level, _)| *level).filter(|(level, _)| *level > Secrecy::Nothing)
}

/// Whose credential `definition` holds: by its value, and by its name otherwise.
pub(super) fn owner_of(context: &Context<'_>, file: &FileFacts, definition: &Definition) -> Option<String> {
    let known = definition.value.as_ref().and_then(|value| file.known_at(value.at));
    let by_name = || secrecy::owner(context.options.catalogue, &definition.name).map(|provider| provider.id.clone());
    known.and_then(|known| known.provider.clone()).or_else(by_name)
}

/// Whether its name promises private values, and something in it is more than a public setting of a bundler or an encrypted value.
fn is_private_by_convention(file: &FileFacts) -> bool {
    let name = file.path.rsplit('/').next().unwrap_or(&file.path);
    let is_own = |definition: &Definition| {
        let value = definition.value.as_ref().map_or(&[][..], |value| value.text.expose());
        let is_for_all = definition.name.starts_with("DOTENV_") || value.is_empty() || value.starts_with(b"encrypted:");
        !is_for_all && bundler::strip(&definition.name).is_none()
    };
    matches!(name, ".env" | ".env.local" | ".dev.vars") && file.definitions.iter().any(is_own)
}

fn is_symfony(project: &Project) -> bool {
    project.packages.iter().any(|package| package.starts_with("symfony/"))
}

fn help(context: &Context<'_>, file: &FileFacts) -> String {
    let path = &file.path;
    let ignored = context.options.surroundings.is_ignored(path) == Some(true);
    let ignore = if ignored {
        String::new()
    } else {
        format!(", add it to `{}`", dotenv_not_ignored::ignore_file(context, path))
    };
    format!("Run `git rm --cached {path}`{ignore}, and replace every credential it held: the history keeps them")
}
