//! A `.env` that git neither tracks nor ignores: one `git add .` away from being published.
//!
//! It speaks only where git was asked and gave both answers, so outside a repository, and in a repository inside this one, it is silent. A file
//! with values of no importance is a note. The line to add goes to the `.gitignore` in the file's own folder when there is one, and to the one
//! at the root otherwise, where a name without a slash holds at any depth.
//!
//! Limits: ignore rules of the user's own machine (`core.excludesFile`, `.git/info/exclude`) protect that machine only and do not count.

use super::{Context, dotenv_tracked};
use crate::{
    lint::{
        FileFacts, Language,
        env_file::EnvFile,
        graph::folder_of,
        problem::{Problem, Spot},
        secrecy::Secrecy,
    },
    model::{Edit, Fix, Location, Severity, Span},
};

const ID: &str = "dotenv-not-ignored";

/// One problem for each file that the next `git add .` takes in.
pub(super) fn run<'g>(context: &Context<'g>) -> Vec<Problem<'g>> {
    let files = context.graph.files().iter();
    files.filter(|file| is_exposed(context, file)).filter_map(|file| judge(context, file)).collect()
}

fn is_exposed(context: &Context<'_>, file: &FileFacts) -> bool {
    let surroundings = context.options.surroundings;
    file.language == Language::Dotenv
        && matches!(EnvFile::of(&file.path), EnvFile::Real | EnvFile::Keys)
        && surroundings.is_tracked(&file.path) == Some(false)
        && surroundings.is_ignored(&file.path) == Some(false)
}

fn judge<'g>(context: &Context<'g>, file: &'g FileFacts) -> Option<Problem<'g>> {
    let worst = dotenv_tracked::worst(context, file);
    let severity = match worst {
        Some((Secrecy::Credential | Secrecy::Likely, _)) => Severity::Warning,
        _ if EnvFile::of(&file.path) == EnvFile::Keys => Severity::Warning,
        _ if EnvFile::is_conventional(&file.path) && !file.definitions.is_empty() => Severity::Note,
        _ => return None,
    };
    let spot = Spot::new(file, worst.map_or(Span::new(0, 0), |(_, definition)| definition.at));
    let path = &file.path;
    let holds = worst.map_or_else(String::new, |(_, definition)| format!(" and holds {}", definition.name));
    Some(Problem {
        severity,
        message: format!("`{path}` is not ignored by git{holds}: the next `git add .` takes it in"),
        help: format!("Add the line `{}` to `{}`", name_of(path), ignore_file(context, path)),
        provider: worst.and_then(|(_, definition)| dotenv_tracked::owner_of(context, file, definition)),
        fixes: fix(context, path).into_iter().collect(),
        ..Problem::new(ID, spot, "")
    })
}

/// The `.gitignore` that `path` belongs into.
pub(super) fn ignore_file(context: &Context<'_>, path: &str) -> String {
    let own = format!("{}/.gitignore", folder_of(path));
    if !folder_of(path).is_empty() && context.options.surroundings.exists(&own) { own } else { ".gitignore".to_owned() }
}

/// The edit that makes git ignore `path`: a line at the end of the ignore file, or a new file with that line. `None` when git ignores it
/// already, or the ignore file cannot be read as text.
pub(super) fn fix(context: &Context<'_>, path: &str) -> Option<Fix> {
    let surroundings = context.options.surroundings;
    if surroundings.is_ignored(path) != Some(false) {
        return None;
    }
    let ignore_file = ignore_file(context, path);
    let text = match surroundings.read(&ignore_file) {
        Some(bytes) => String::from_utf8(bytes).ok()?,
        None if surroundings.exists(&ignore_file) => return None,
        None => String::new(),
    };
    let name = name_of(path);
    let title = format!("add `{name}` to `{ignore_file}`");
    let edit = Edit { location: end_of(&text, &ignore_file), text: line_to_append(&text, name) };
    Some(Fix { title, safe: true, edits: vec![edit] })
}

/// `name` as a line behind `text`, with the line breaks that `text` has.
fn line_to_append(text: &str, name: &str) -> String {
    let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let before = if text.is_empty() || text.ends_with('\n') { "" } else { ending };
    format!("{before}{name}{ending}")
}

/// The place behind the last character of `text`.
fn end_of(text: &str, path: &str) -> Location {
    let lines = text.matches('\n').count() + 1;
    let last = text.rsplit('\n').next().unwrap_or("");
    let line = u32::try_from(lines).unwrap_or(u32::MAX);
    let column = u32::try_from(last.encode_utf16().count() + 1).unwrap_or(u32::MAX);
    Location::point(path, line, column)
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_goes_behind_the_last_character() {
        let place = |text: &str| {
            let end = end_of(text, ".gitignore");
            (end.start_line, end.start_column, line_to_append(text, ".env"))
        };
        assert_eq!(place(""), (1, 1, ".env\n".to_owned()));
        assert_eq!(place("dist\n"), (2, 1, ".env\n".to_owned()));
        assert_eq!(place("dist\nout"), (2, 4, "\n.env\n".to_owned()));
        assert_eq!(place("dist\r\n"), (2, 1, ".env\r\n".to_owned()));
    }
}
