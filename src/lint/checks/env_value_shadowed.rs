//! A variable that is defined where another definition of it wins.
//!
//! Three ways lead there. The same name stands twice in one file, and the loader decides which line counts. Two files are loaded together, and
//! the one that wins holds nothing or a placeholder while the other has the real value; that `.env.local` differs from `.env` is what it is for,
//! and nothing is said of that. Or a compose file passes on `X: ${X}`: when the shell and the `.env` beside it do not set it, the container gets
//! an empty variable, which beats every `.env` that is loaded inside.
//!
//! Limits: which files are loaded together is known for frameworks with a fixed order and for loaders that are given a list.

use std::collections::{BTreeMap, BTreeSet};

use super::Context;
use crate::{
    lint::{
        FileFacts, Language,
        cascade::groups,
        dotenv::{
            Document, Entry, Form,
            file_name::{is_made_up, is_template},
            loader::{Loader, loaders_of},
            shape::is_drawn,
            variable::{is_real, is_used, short},
        },
        facts::{Definition, Giver},
        graph::folder_of,
        problem::{Problem, Spot},
        resolve::normal,
        secrecy::owner,
    },
    model::{Edit, Fix, Severity},
};

const ID: &str = "env-value-shadowed";

/// Problems of all three kinds.
pub(super) fn run<'g>(context: &Context<'g>) -> Vec<Problem<'g>> {
    let mut problems = Vec::new();
    for (at, file) in context.graph.files().iter().enumerate() {
        if is_template(&file.path) || is_made_up(&file.path) {
            continue;
        }
        if let Some(document) = &file.dotenv {
            problems.extend(twice_in(context, at, document));
        }
        if file.language == Language::Compose {
            problems.extend(file.definitions.iter().filter_map(|definition| emptied(context, file, definition)));
        }
    }
    problems.extend(between_files(context));
    problems
}

/// Names that one file defines twice with different values.
fn twice_in<'g>(context: &Context<'g>, at: usize, document: &'g Document) -> Vec<Problem<'g>> {
    let mut by_name: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in document.entries().iter().filter(|entry| entry.form == Form::Assignment) {
        by_name.entry(document.name(entry)).or_default().push(entry);
    }
    by_name.retain(|_, entries| entries.iter().any(|entry| document.meant(entry) != document.meant(entries[0])));
    if by_name.is_empty() {
        return Vec::new();
    }
    let loaders = loaders_of(context.graph, at);
    by_name.into_iter().map(|(name, entries)| twice(context, at, document, &loaders, name, &entries)).collect()
}

fn twice<'g>(
    context: &Context<'g>,
    at: usize,
    document: &'g Document,
    loaders: &[Loader<'g>],
    name: &'g str,
    entries: &[&'g Entry],
) -> Problem<'g> {
    let file = &context.graph.files()[at];
    let first_wins = loaders.iter().find(|loader| loader.dialect.first_wins());
    let (winner, losers) = match first_wins {
        Some(_) => (entries[0], &entries[1..]),
        None => (entries[entries.len() - 1], &entries[..entries.len() - 1]),
    };
    let loser = losers.iter().find(|entry| document.meant(entry) != document.meant(winner));
    let loser = loser.copied().unwrap_or(losers[0]);
    let mut problem = Problem::new(ID, Spot::new(file, loser.whole), name);
    let owner = owner(context.options.catalogue, name);
    let reader = first_wins.or(loaders.first()).map_or("every common loader", |loader| loader.name);
    let which = if first_wins.is_some() { "first" } else { "last" };
    problem.message =
        format!("`{name}` is defined {} in {}, and {reader} takes the {which}", times(entries.len()), short(file));
    "Keep the definition that is meant, and make the others comments.".clone_into(&mut problem.help);
    problem.provider = owner.map(|owner| owner.id.clone());
    problem.related.push((Spot::new(file, winner.whole), "this one counts".to_owned()));
    let matters = owner.is_some() || is_used(context.graph, at, name, owner) || is_drawn(document.meant(loser));
    if !matters {
        problem.severity = Severity::Note;
    }
    let edits =
        losers.iter().map(|entry| Edit { location: Spot::new(file, entry.whole).location(), text: String::new() });
    // What is deleted may be the only copy of a value, so a person decides.
    problem.fixes.push(Fix {
        title: "delete the definitions that do not count".to_owned(),
        safe: false,
        edits: edits.collect(),
    });
    problem
}

fn times(count: usize) -> String {
    if count == 2 { "twice".to_owned() } else { format!("{count} times") }
}

/// Variables whose real value stands in a file that loses against one with nothing in it.
fn between_files<'g>(context: &Context<'g>) -> Vec<Problem<'g>> {
    let mut problems = Vec::new();
    let mut seen: BTreeSet<(&str, &str)> = BTreeSet::new();
    for (loader, together) in groups(context.graph) {
        for (rank, winner) in &together {
            let below = together.iter().filter(|(other, _)| other > rank).map(|(_, file)| *file);
            for loser in below {
                let shadows = shadowed(context, winner, loser, loader);
                problems
                    .extend(shadows.into_iter().filter(|(name, _)| seen.insert((&winner.path, name))).map(|it| it.1));
            }
        }
    }
    problems
}

/// Names that `winner` leaves empty or as the template had them, and to which `loser` gives a real value.
fn shadowed<'g>(
    context: &Context<'g>,
    winner: &'g FileFacts,
    loser: &'g FileFacts,
    loader: &str,
) -> Vec<(&'g str, Problem<'g>)> {
    let hollow = winner.definitions.iter().filter_map(|definition| {
        let value = definition.value.as_ref()?.text.expose();
        (!is_real(&definition.name, value)).then_some(definition)
    });
    let lost = hollow.filter_map(|definition| {
        let owner = owner(context.options.catalogue, &definition.name);
        let is_lost = |other: &&Definition| {
            let value = other.value.as_ref().map_or(&b""[..], |value| value.text.expose());
            let matters = owner.is_some() || is_drawn(value);
            other.name == definition.name && matters && is_real(&other.name, value)
        };
        let real = loser.definitions.iter().find(is_lost)?;
        let name = definition.name.as_str();
        let mut problem = Problem::new(ID, Spot::new(winner, definition.whole), name);
        problem.provider = owner.map(|owner| owner.id.clone());
        let (high, low) = (short(winner), short(loser));
        let (high, low) = if high == low { (winner.path.as_str(), loser.path.as_str()) } else { (high, low) };
        problem.message = format!(
            "`{name}` in {high} holds no value of its own and hides the one in {low}: {loader} takes the former"
        );
        problem.help = format!("Delete the line in {high}, or put the value there.");
        problem.related.push((Spot::new(loser, real.whole), "the value that is hidden".to_owned()));
        let edit = Edit { location: Spot::new(winner, definition.whole).location(), text: String::new() };
        let title = format!("delete the line in {high}");
        problem.fixes.push(Fix { title, safe: false, edits: vec![edit] });
        Some((name, problem))
    });
    lost.collect()
}

/// `X: ${X}` in a compose file where nothing gives `X` to compose, and a file for the container does.
fn emptied<'g>(context: &Context<'g>, file: &'g FileFacts, definition: &'g Definition) -> Option<Problem<'g>> {
    let from =
        definition.from.as_deref().filter(|_| definition.giver == Giver::Compose && definition.value.is_none())?;
    let owner = owner(context.options.catalogue, &definition.name)?;
    let folder = folder_of(&file.path);
    let beside = context.graph.file(&normal(folder, ".env")?);
    let gives = |file: &FileFacts, name: &str| {
        let mut own = file.definitions.iter().filter(|definition| definition.name == name);
        own.any(|definition| {
            let value = definition.value.as_ref().map(|value| value.text.expose());
            value.map_or(definition.from.is_some(), |value| is_real(name, value))
        })
    };
    if beside.is_some_and(|beside| gives(beside, from)) {
        return None;
    }
    let is_inside = |other: &&FileFacts| {
        let of_service = file.loads.iter().any(|load| {
            load.files.iter().any(|written| normal(folder, written).as_deref() == Some(other.path.as_str()))
        });
        other.dotenv.is_some() && !is_template(&other.path) && of_service && gives(other, &definition.name)
    };
    let real = context.graph.files().iter().find(is_inside)?;
    let mut problem = Problem::new(ID, Spot::new(file, definition.whole), definition.name.as_str());
    problem.provider = Some(owner.id.clone());
    let source = if from == definition.name { "it".to_owned() } else { format!("`{from}`") };
    problem.message = format!(
        "`{}` becomes empty in the container unless the shell sets {source}, and that hides the value in {}",
        definition.name, real.path
    );
    problem.help = format!("Delete the line: `env_file` already brings `{}` into the container.", definition.name);
    let place = real.definitions.iter().find(|other| other.name == definition.name)?;
    problem.related.push((Spot::new(real, place.whole), "the value that is hidden".to_owned()));
    if let Some(empty) = beside.and_then(|beside| beside.definitions.iter().find(|other| other.name == from)) {
        problem.related.push((Spot::new(beside?, empty.whole), "empty here".to_owned()));
    }
    Some(problem)
}
