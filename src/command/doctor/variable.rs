//! The first three questions: is it set in this shell, what do files define, and which value wins.
//!
//! Values are compared and never shown. The classic is a variable that was exported long ago and hides what stands in the `.env` today.

use super::{
    case::{Candidate, Case, spot},
    checklist::{Item, Line, Mark},
    finding::{self, Weight},
};
use crate::{
    lint::chain::{Given, Source},
    model::Finding,
};

/// So many places are named.
const MOST: usize = 4;

/// Is it set in this shell, and under which name?
pub(super) fn shell(case: &Case<'_>) -> Line {
    let say = |mark, says: String| Line::new(Item::Shell, mark, says);
    let name = case.variable();
    if let Some(set) = case.shell.own.iter().find(|set| !set.is_empty()) {
        return say(Mark::Passed, format!("{} is set", set.name));
    }
    let mut in_files: Vec<&Given> = case.own(Source::EnvFile).collect();
    // What holds something comes before what is empty.
    in_files.sort_by_key(|given| !has_value(given));
    if let Some(set) = case.shell.own.first() {
        let next = format!("unset {}", set.name);
        let says = match in_files.first() {
            Some(given) if case.file_overrides => {
                return say(Mark::Passed, format!("{} is empty, and {} overrides it", set.name, spot(&given.location)));
            }
            Some(given) if has_value(given) => {
                format!("{} is set and empty, which hides the value in {}", set.name, spot(&given.location))
            }
            _ => format!("{} is set and empty", set.name),
        };
        return say(Mark::Failed, says).next(next);
    }
    if let Some(near) = case.shell.near.iter().find(|set| !set.is_empty()) {
        let says = format!("{name} is not set; {} is", near.name);
        let mark = if in_files.is_empty() { Mark::Failed } else { Mark::Warned };
        return say(mark, says).next(format!("export {name}=\"${}\"", near.name));
    }
    if let Some(given) = in_files.first() {
        return say(Mark::NotApplicable, format!("not set; {} defines it", spot(&given.location)));
    }
    if let Some(given) = case.own(Source::Elsewhere).next() {
        return say(Mark::NotApplicable, format!("not set; {} gives it", spot(&given.location)));
    }
    let line = say(Mark::Failed, format!("{name} is not set, and no file gives it"));
    // Where a file has it under another name, that is the next step.
    if case.near(Source::EnvFile).next().is_some() {
        return line;
    }
    line.next(format!("put {name} into a `.env` that git ignores, or export it"))
}

fn has_value(given: &Given) -> bool {
    given.value.as_ref().is_some_and(|value| !value.expose().trim_ascii().is_empty())
}

/// Which files define it?
pub(super) fn files(case: &Case<'_>) -> Line {
    let own: Vec<&Given> = case.own(Source::EnvFile).collect();
    let name = case.variable();
    if let Some(first) = own.first() {
        let says = match own.len() {
            1 => format!("{} defines {}", spot(&first.location), first.name),
            count => format!("{} and {} more define it", spot(&first.location), count - 1),
        };
        let line = Line::new(Item::Files, Mark::Passed, says);
        return own.iter().skip(1).take(MOST).fold(line, |line, given| line.at(&given.location, "defined here too"));
    }
    if let Some(near) = case.near(Source::EnvFile).next() {
        let says = format!("no file defines {name}; {} defines {}", spot(&near.location), near.name);
        let mark = if case.shell.has_value() || case.chain.asked.iter().any(|asked| asked.name == near.name) {
            Mark::Warned
        } else {
            Mark::Failed
        };
        return Line::new(Item::Files, mark, says).next(format!("rename {} to {name}", near.name));
    }
    match case.own(Source::Template).next() {
        Some(template) => {
            let says = format!("no `.env` defines it; the template {} names it", spot(&template.location));
            Line::new(Item::Files, Mark::NotApplicable, says)
        }
        None => Line::new(Item::Files, Mark::NotApplicable, "no `.env` file defines it"),
    }
}

/// Which of several values wins?
pub(super) fn winner(case: &Case<'_>) -> Line {
    let own = comparison(case);
    let shadowed = case.found(&["env-value-shadowed"]).filter(|finding| names(finding, case));
    let found = [
        finding::line(Item::Winner, Weight::Warnings, shadowed),
        finding::line(Item::Winner, Weight::Errors, case.found(&["key-shared-across-environments"])),
    ];
    found.into_iter().flatten().fold(own, Line::or_worse)
}

fn names(finding: &Finding, case: &Case<'_>) -> bool {
    case.chain.names.iter().any(|name| finding.message.contains(name.as_str()))
}

fn comparison(case: &Case<'_>) -> Line {
    let say = |mark, says: String| Line::new(Item::Winner, mark, says);
    let Some((first, others)) = case.candidates.split_first() else {
        return say(Mark::NotApplicable, "there is no value".to_owned());
    };
    // Files of other environments are there to differ.
    let rivals = || others.iter().filter(|other| !is_elsewhere(other));
    let differs = |other: &&Candidate<'_>| other.value != first.value;
    let Some(other) = rivals().find(differs) else {
        return match rivals().count() {
            0 => say(Mark::NotApplicable, "there is one value".to_owned()),
            count => say(Mark::Passed, format!("{} and {count} more hold the same value", first.place())),
        };
    };
    let line = if first.is_in_shell() {
        shell_wins(first, other, twin(case))
    } else if other.is_in_shell() {
        let says = format!("{} is loaded over this shell, and the two differ", first.place());
        say(Mark::Warned, says)
    } else {
        say(Mark::Passed, format!("{} wins over {}, and they differ", first.place(), other.place()))
    };
    let places = case.candidates.iter().filter_map(|candidate| Some((candidate, candidate.location()?))).take(MOST);
    places.fold(line, |line, (candidate, location)| {
        line.at(location, if candidate.value == first.value { "the same value" } else { "another value" })
    })
}

/// The value of this shell hides one in a file that differs.
fn shell_wins(first: &Candidate<'_>, other: &Candidate<'_>, same: Option<&Candidate<'_>>) -> Line {
    let name = &first.name;
    let is_live = first.said.as_ref().is_some_and(|said| said.verdict.is_live());
    let mark = if is_live { Mark::Warned } else { Mark::Failed };
    let says = match same {
        Some(same) => format!("this shell holds the value of {}, which hides {}", same.place(), other.place()),
        None => format!("this shell wins over {}, and they differ", other.place()),
    };
    let next = if other.is_empty() {
        format!("delete the empty line {}", other.place())
    } else {
        format!("unset {name} to use the file, and look for what exports it")
    };
    Line::new(Item::Winner, mark, says).next(next)
}

/// The file of another environment that holds the value which wins.
pub(super) fn twin<'s, 'c>(case: &'s Case<'c>) -> Option<&'s Candidate<'c>> {
    let (first, others) = case.candidates.split_first()?;
    others.iter().find(|other| is_elsewhere(other) && other.value == first.value)
}

fn is_elsewhere(candidate: &Candidate<'_>) -> bool {
    matches!(candidate.whence, super::case::Whence::File(given) if given.is_elsewhere)
}
