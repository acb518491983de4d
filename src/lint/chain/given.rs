//! What defines a variable, what reads the file, what a program gets of it, and which of several definitions comes first.

use super::{Given, LoadedBy, Source, tell::Teller};
use crate::{
    lint::{
        dotenv::{
            Dialect, Form, Outcome,
            file_name::{Environment, environment, is_made_up, is_template},
            loader::loaders_of,
        },
        facts::{Definition, FileFacts, Giver, Language},
        graph::Graph,
        problem::Spot,
    },
    model::Secret,
};

impl Teller<'_, '_> {
    /// Definitions of the names that `wanted` takes, in the order in which they win.
    pub(super) fn given(self, wanted: &dyn Fn(&str) -> bool) -> Vec<Given> {
        let mut all: Vec<(Place, Given)> = Vec::new();
        for (name, gifts) in self.usage.gifts().filter(|(name, _)| wanted(name)).take(MOST_NAMES) {
            // The last of many lines counts in nearly every loader.
            for gift in gifts.iter().rev().take(MOST_LINES) {
                let Some(source) = source_of(gift.file, gift.definition) else { continue };
                let Some(at) = self.graph.position(&gift.file.path) else { continue };
                let (value, order) = value_of(self.graph, at, gift.definition);
                let given = self.definition(name, gift.file, gift.definition, source, value);
                all.push((self.place(at, &given, order), given));
            }
        }
        all.sort_by(|(one, _), (other, _)| one.cmp(other));
        all.into_iter().map(|(_, given)| given).collect()
    }

    fn definition(
        self,
        name: &str,
        file: &FileFacts,
        definition: &Definition,
        source: Source,
        value: Option<Secret>,
    ) -> Given {
        let surroundings = self.options.surroundings;
        let is_file = source == Source::EnvFile;
        Given {
            name: name.to_owned(),
            location: Spot::new(file, definition.at).location(),
            source,
            value,
            loaders: if is_file { self.loaders(&file.path) } else { Vec::new() },
            is_elsewhere: environment(&file.path).is_some_and(|environment| environment != Environment::Development),
            is_tracked: surroundings.is_tracked(&file.path).filter(|_| is_file),
            is_ignored: surroundings.is_ignored(&file.path).filter(|_| is_file),
        }
    }

    fn loaders(self, path: &str) -> Vec<LoadedBy> {
        let Some(at) = self.graph.position(path) else { return Vec::new() };
        let loaders = loaders_of(self.graph, at).into_iter().map(|loader| {
            let load = loader.place.and_then(|(file, at)| file.loads.iter().find(|load| load.at == at));
            // A sourced file is assigned like anything else, and a container does not see the shell that starts it.
            let always = matches!(loader.dialect, Dialect::Shell | Dialect::Compose | Dialect::DockerRun);
            let location = loader.place.map(|(file, at)| Spot::new(file, at).location());
            let loaded = LoadedBy {
                name: loader.name.to_owned(),
                location,
                overrides: always || load.is_some_and(|load| load.overrides),
            };
            (load.is_none_or(|load| load.fills), loaded)
        });
        loaders.filter(|(fills, _)| *fills).map(|(_, loaded)| loaded).collect()
    }

    fn place(self, at: usize, given: &Given, order: usize) -> Place {
        let path = &self.graph.files()[at].path;
        Place {
            source: given.source,
            is_elsewhere: given.is_elsewhere,
            is_unread: given.loaders.is_empty(),
            rank: self.ranks.get(&**path).copied().unwrap_or(usize::MAX),
            path: path.clone(),
            order,
        }
    }
}

/// So many names are looked at, and so many definitions of each: for each it is asked what loads its file.
const MOST_NAMES: usize = 64;
const MOST_LINES: usize = 8;

/// What decides which of several definitions comes first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    source: Source,
    is_elsewhere: bool,
    is_unread: bool,
    rank: usize,
    path: String,
    order: usize,
}

fn source_of(file: &FileFacts, definition: &Definition) -> Option<Source> {
    if is_made_up(&file.path) || file.language == Language::Document {
        return None;
    }
    Some(match definition.giver {
        Giver::Dotenv if is_template(&file.path) => Source::Template,
        Giver::Dotenv => Source::EnvFile,
        Giver::Example => Source::Template,
        Giver::Compose | Giver::Image | Giver::BuildArgument | Giver::Pipeline | Giver::Manifest => Source::Deployment,
        Giver::Shell | Giver::Program | Giver::Settings => Source::Elsewhere,
    })
}

/// What a program gets of `definition` in the file at position `file`, and its place among those of the same name there: the first counts.
fn value_of(graph: &Graph, file: usize, definition: &Definition) -> (Option<Secret>, usize) {
    let Some(document) = &graph.files()[file].dotenv else {
        return (definition.value.as_ref().map(|value| value.text.clone()), definition.at.start);
    };
    if definition.value.is_none() {
        // It stands for another variable, or is encrypted.
        return (None, definition.at.start);
    }
    let dialect = loaders_of(graph, file).first().map_or(Dialect::NpmDotenv, |loader| loader.dialect);
    let entries = document.entries();
    let at = entries.partition_point(|entry| entry.whole.start < definition.whole.start);
    let entry = entries.get(at).filter(|entry| entry.form == Form::Assignment && entry.name == definition.at);
    let value = entry.and_then(|entry| match document.value(entry, dialect) {
        Outcome::Value(value) => Some(value),
        _ => None,
    });
    let order = if dialect.first_wins() { definition.at.start } else { usize::MAX - definition.at.start };
    (value, order)
}
