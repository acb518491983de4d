//! Does the code read that name, is the file loaded in time, and does the deployment give it: what the lint found, and what it found right.

use super::{
    case::{Case, spot},
    checklist::{Item, Line, Mark},
    finding::{self, Weight},
};
use crate::lint::chain::{Asked, Kinship, Source};

/// So many places are named.
const MOST: usize = 3;

/// Does the code read that name?
pub(super) fn reading(case: &Case<'_>) -> Line {
    let own = askers(case);
    match finding::line(Item::Code, Weight::Warnings, case.found(&["env-name-mismatch", "env-name-misspelled"])) {
        // Where the shell sets the right name, the wrong one hurts elsewhere only.
        Some(line) if case.shell.has_value() => own.or_worse(line.at_most(Mark::Warned)),
        Some(line) => own.or_worse(line),
        None => own,
    }
}

fn askers(case: &Case<'_>) -> Line {
    let is_own = |asked: &&Asked| case.chain.kinship(&asked.name, case.catalogue) == Some(Kinship::Own);
    let mut own = case.chain.asked.iter().filter(is_own);
    if let Some(first) = own.next() {
        let says = match &first.client {
            Some(client) => format!("{client} in {} looks for {}", spot(&first.location), first.name),
            None => format!("{} reads {}", spot(&first.location), first.name),
        };
        let line = Line::new(Item::Code, Mark::Passed, says);
        return own.take(MOST).fold(line, |line, asked| line.at(&asked.location, "read here too"));
    }
    let name = case.variable();
    match case.chain.asked.first() {
        Some(other) => {
            let says = format!("{} reads {}, and nothing reads {name}", spot(&other.location), other.name);
            let has_it = case.shell.near.iter().any(|set| set.name == other.name)
                || case.near(Source::EnvFile).any(|given| given.name == other.name);
            let mark = if has_it { Mark::Warned } else { Mark::Failed };
            Line::new(Item::Code, mark, says).next(format!("set {} instead, or read {name}", other.name))
        }
        None => Line::new(Item::Code, Mark::NotApplicable, format!("no code that is understood here reads {name}")),
    }
}

/// Is the file loaded before it is read?
pub(super) fn loading(case: &Case<'_>) -> Line {
    let found = case.found(&["dotenv-not-loaded", "dotenv-loaded-late"]);
    match finding::line(Item::Loading, Weight::Errors, found) {
        Some(line) if case.shell.has_value() => {
            let says = format!("this shell sets it, so it works here only: {}", line.says);
            Line { says, ..line.at_most(Mark::Warned) }
        }
        Some(line) => line,
        None => loaders(case),
    }
}

fn loaders(case: &Case<'_>) -> Line {
    let say = |mark, says: String| Line::new(Item::Loading, mark, says);
    let Some(given) = case.own(Source::EnvFile).next() else {
        return say(Mark::NotApplicable, "there is no file to load".to_owned());
    };
    let path = &given.location.path;
    match given.loaders.first() {
        Some(loader) => match &loader.location {
            Some(location) => say(Mark::Passed, format!("{} loads {path}, at {}", loader.name, spot(location))),
            None => say(Mark::Passed, format!("{} loads {path} by itself", loader.name)),
        },
        None => say(Mark::NotChecked, format!("nothing that is known here loads {path}")),
    }
}

/// Does the deployment give it?
pub(super) fn deployment(case: &Case<'_>) -> Line {
    let own = match case.own(Source::Deployment).next() {
        Some(given) => {
            let says = format!("{} gives {}", spot(&given.location), given.name);
            Line::new(Item::Deployment, Mark::Passed, says)
        }
        None => match case.near(Source::Deployment).next() {
            Some(near) => {
                let says =
                    format!("{} gives {}, and nothing gives {}", spot(&near.location), near.name, case.variable());
                Line::new(Item::Deployment, Mark::Warned, says)
            }
            None => Line::new(Item::Deployment, Mark::NotApplicable, "no workflow, image or manifest here names it"),
        },
    };
    match finding::line(Item::Deployment, Weight::Errors, case.found(&["env-not-provided"])) {
        Some(line) => own.or_worse(line),
        None => own,
    }
}
