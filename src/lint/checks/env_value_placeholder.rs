//! A `.env` file in use that still holds what the template put there.
//!
//! `your-key-here` goes to the provider like any other text, and the answer is "incorrect API key". It matters when code asks for the variable;
//! a placeholder for a provider that the project does not call is a note, and so is one in a file that git tracks, because such a file is the
//! template itself as often as not. Nothing is said when another file gives the variable a real value, or when the provider is asked at an
//! address of this machine, which takes any key.
//!
//! An empty value is a choice as often as an omission: it is a note, and only for a variable that the provider's own SDK reads, that code needs
//! and that nothing else gives.
//!
//! Limits: words such as `changeme` count for providers' keys only, since they are working passwords elsewhere.

use super::Context;
use crate::{
    lint::{
        FileFacts,
        dotenv::{
            Document, Entry, Form,
            file_name::{Environment, environment, is_made_up, is_template},
            placeholder::{Placeholder, placeholder},
            variable::{asks_a_local_server, is_given_elsewhere, is_used, read_of, short},
        },
        problem::{Problem, Spot},
        secrecy::owner,
    },
    model::Severity,
};

const ID: &str = "env-value-placeholder";

/// One problem for each variable that waits for its value.
pub(super) fn run<'g>(context: &Context<'g>) -> Vec<Problem<'g>> {
    let mut problems = Vec::new();
    for (at, file) in context.graph.files().iter().enumerate() {
        let Some(document) = &file.dotenv else { continue };
        let is_for_tests = environment(&file.path) == Some(Environment::Test);
        if is_template(&file.path) || is_made_up(&file.path) || is_for_tests {
            continue;
        }
        let local = asks_a_local_server(file);
        let scene = Scene { context, at, file, document, local };
        problems.extend(document.entries().iter().filter_map(|entry| scene.judge(entry)));
    }
    problems
}

struct Scene<'c, 'g> {
    context: &'c Context<'g>,
    at: usize,
    file: &'g FileFacts,
    document: &'g Document,
    local: bool,
}

impl<'g> Scene<'_, 'g> {
    fn judge(&self, entry: &'g Entry) -> Option<Problem<'g>> {
        let name = self.document.name(entry);
        if entry.form != Form::Assignment || self.is_overridden(entry, name) || self.file.known_at(entry.raw).is_some()
        {
            return None;
        }
        let meant = self.document.meant(entry);
        if meant.is_empty() { self.empty(entry, name) } else { self.placeholder(entry, name, meant) }
    }

    /// Whether a later line of the file defines the variable again.
    fn is_overridden(&self, entry: &Entry, name: &str) -> bool {
        self.document.assignments(name.as_bytes()).last().is_some_and(|last| last.whole != entry.whole)
    }

    fn placeholder(&self, entry: &'g Entry, name: &'g str, meant: &[u8]) -> Option<Problem<'g>> {
        let (graph, catalogue) = (self.context.graph, self.context.options.catalogue);
        let owner = owner(catalogue, name);
        let kind = placeholder(name, meant)?;
        if owner.is_none() && (kind == Placeholder::ForKeys || !says_credential(name)) {
            return None;
        }
        let used = is_used(graph, self.at, name, owner);
        if (owner.is_none() && !used) || (owner.is_some() && self.local) || is_given_elsewhere(graph, self.at, name) {
            return None;
        }
        let mut problem = self.problem(entry, name);
        problem.provider = owner.map(|owner| owner.id.clone());
        problem.message = format!("`{name}` in {} still holds the placeholder of a template", short(self.file));
        problem.help = match owner.and_then(|owner| owner.revoke.as_deref()) {
            Some(page) => format!("Put the key in its place; keys are made at {page}."),
            None => format!("Put the real value of `{name}` in its place."),
        };
        if self.is_template_in_use() {
            problem.severity = Severity::Note;
            problem.help = format!(
                "Call the file {}.example if it is meant to be copied, and give the value in one that git ignores.",
                short(self.file)
            );
        } else if !used {
            problem.severity = Severity::Note;
        }
        Some(problem)
    }

    /// Whether the file's values are what everybody starts from: git tracks it, or it is one of an environment, which people commit, and git
    /// does not ignore it.
    fn is_template_in_use(&self) -> bool {
        let is_own = short(self.file).split('.').all(|word| matches!(word, "" | "env" | "local"));
        !self.file.private && (!is_own || self.context.options.surroundings.is_tracked(&self.file.path) == Some(true))
    }

    fn empty(&self, entry: &'g Entry, name: &'g str) -> Option<Problem<'g>> {
        let (graph, catalogue) = (self.context.graph, self.context.options.catalogue);
        let owner = owner(catalogue, name).filter(|owner| owner.env.first().is_some_and(|first| first == name))?;
        let is_missed = self.context.is_whole(graph.project_of(self.at))
            && entry.closed
            && !self.local
            && !self.is_template_in_use()
            && is_used(graph, self.at, name, Some(owner))
            && !is_given_elsewhere(graph, self.at, name);
        if !is_missed {
            return None;
        }
        let mut problem = self.problem(entry, name);
        problem.provider = Some(owner.id.clone());
        problem.severity = Severity::Note;
        problem.message = format!("`{name}` in {} is empty, and nothing else sets it", short(self.file));
        "Put the key there, or remove the line: an empty variable hides one that is set elsewhere."
            .clone_into(&mut problem.help);
        Some(problem)
    }

    fn problem(&self, entry: &'g Entry, name: &'g str) -> Problem<'g> {
        let mut problem = Problem::new(ID, Spot::new(self.file, entry.whole), name);
        if let Some((file, read)) = read_of(self.context.graph, self.at, name) {
            problem.related.push((Spot::new(file, read.whole), "read here".to_owned()));
        }
        problem
    }
}

/// Whether the last word of `name` says that it is a credential.
fn says_credential(name: &str) -> bool {
    let last = name.rsplit(['_', '-', '.']).next().unwrap_or(name).to_ascii_uppercase();
    matches!(last.as_str(), "KEY" | "APIKEY" | "TOKEN" | "SECRET" | "PASSWORD" | "PASSWD" | "PAT" | "DSN")
}
