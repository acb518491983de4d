//! The chain of one credential, told and not judged: who asks for it, what defines it, which definition a program gets, and what goes with it.
//!
//! Checks say what is wrong; somebody who looks for a fault also wants to know what is right, and which of several values is the one that counts.
//! What of that can be told from the files stands here; what a shell holds is not in them. Of the files of a project those that a known loader
//! reads come first, in the order in which they win, then those that nobody is known to read.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Catalogue, Options,
    address::host_of,
    cascade::groups,
    catalogue::{Likeness, Standing},
    dotenv::{
        Dialect, Form, Outcome,
        file_name::{Environment, environment, is_made_up, is_template},
        loader::loaders_of,
    },
    facts::{Definition, Fallback, FileFacts, Giver, Language, Read, Via},
    graph::Graph,
    problem::Spot,
    secrecy, spelling,
    usage::{Asker, Need, Usage, is_aside},
};
use crate::{
    model::{Location, Secret},
    rules::Provider,
};

/// Which chains are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Those of the providers that code asks for, or else that files speak of; when there are none, that of this variable.
    Needed(String),
    /// That of one variable.
    Variable(String),
    /// That of the credential of one provider.
    Provider(String),
}

/// What a project says of one credential.
#[derive(Debug)]
pub struct Chain {
    /// Root of the project relative to the base, which is empty.
    pub root: String,
    /// Whose credential it is, when that is known.
    pub provider: Option<Arc<Provider>>,
    /// Names that would do; the first is the one that is asked for, or that the provider recommends.
    pub names: Vec<String>,
    /// Who asks for it.
    pub asked: Vec<Asked>,
    /// What defines it under one of these names or a name like them. Real files first, the one that wins before all others.
    pub given: Vec<Given>,
    /// What defines its settings, in the same order.
    pub settings: Vec<Given>,
    /// What each client of the provider is told to ask in the code.
    pub clients: Vec<Told>,
}

/// A client, and where the code sends it.
#[derive(Debug)]
pub struct Told {
    /// Where it is built.
    pub location: Location,
    /// Whether the code gives it an address.
    pub is_sent: bool,
    /// The host of that address, when it is a literal.
    pub host: Option<String>,
}

/// Somebody who asks for a credential.
#[derive(Debug)]
pub struct Asked {
    /// The variable.
    pub name: String,
    /// Where.
    pub location: Location,
    /// Whether the program does without it.
    pub is_optional: bool,
    /// The client that reads it by itself, if one does.
    pub client: Option<String>,
}

/// What gives a variable its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A `.env` file.
    EnvFile,
    /// The program, a script or settings of a tool.
    Elsewhere,
    /// A workflow, a compose file, an image or a manifest.
    Deployment,
    /// A template of a `.env` file.
    Template,
}

/// A definition of a variable.
#[derive(Debug)]
pub struct Given {
    /// The variable.
    pub name: String,
    /// Where.
    pub location: Location,
    /// What defines it.
    pub source: Source,
    /// What a program gets; `None` when that is not in the file, or when the loader passes over the line.
    pub value: Option<Secret>,
    /// What reads the file.
    pub loaders: Vec<LoadedBy>,
    /// Whether it is for another environment than a developer's machine.
    pub is_elsewhere: bool,
    /// Whether git tracks the file; `None` outside a repository.
    pub is_tracked: Option<bool>,
    /// Whether git ignores it; likewise.
    pub is_ignored: Option<bool>,
}

/// What reads a file.
#[derive(Debug)]
pub struct LoadedBy {
    /// Its name for people.
    pub name: String,
    /// Where it stands; frameworks stand nowhere.
    pub location: Option<Location>,
    /// Whether values of the file win over those of the environment.
    pub overrides: bool,
}

/// What a name is to a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kinship {
    /// One of its names.
    Own,
    /// A name that some software reads for it, or that is like one of its names.
    Near,
}

impl Given {
    fn names_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let loaders = self.loaders.iter_mut().filter_map(|loader| loader.location.as_mut());
        loaders.map(|location| &mut location.path).chain([&mut self.name, &mut self.location.path])
    }
}

impl Asked {
    fn names_mut(&mut self) -> impl Iterator<Item = &mut String> {
        [&mut self.name, &mut self.location.path].into_iter().chain(self.client.as_mut())
    }
}

impl Chain {
    /// Every name in it that the repository chose, to be masked where it holds a key.
    pub fn names_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let given = self.given.iter_mut().chain(&mut self.settings).flat_map(Given::names_mut);
        let clients = self.clients.iter_mut().map(|client| &mut client.location.path);
        given.chain(self.asked.iter_mut().flat_map(Asked::names_mut)).chain(clients).chain([&mut self.root])
    }

    /// What a variable called `name` is to this credential.
    #[must_use]
    pub fn kinship(&self, name: &str, catalogue: &Catalogue) -> Option<Kinship> {
        kinship(&self.names, self.provider.as_deref(), name, catalogue)
    }

    /// Whether `name` is one of the provider's settings: an address, an organisation.
    #[must_use]
    pub fn is_setting(&self, name: &str) -> bool {
        self.provider.as_ref().is_some_and(|provider| is_setting(provider, name))
    }
}

/// The settings of `provider` that hold an address, the ones that its own SDKs read before the others.
pub fn addresses(provider: &Provider) -> impl Iterator<Item = &str> {
    const WORDS: [&str; 6] = ["BASE", "URL", "URI", "ENDPOINT", "HOST", "PROXY"];
    let speaks = |name: &&String| name.split('_').any(|word| WORDS.contains(&word));
    let own = provider.sdks.iter().flat_map(|sdk| &sdk.base_reads);
    own.chain(provider.settings.iter().filter(speaks)).map(String::as_str)
}

fn is_setting(provider: &Provider, name: &str) -> bool {
    provider.settings.iter().any(|setting| setting == name) || addresses(provider).any(|address| address == name)
}

fn kinship(names: &[String], provider: Option<&Provider>, name: &str, catalogue: &Catalogue) -> Option<Kinship> {
    if names.iter().any(|own| own == name) {
        return Some(Kinship::Own);
    }
    let asked = names.first()?;
    let is_other = spelling::means_something_else(asked, name) || secrecy::is_public_name(name);
    let is_near = match (provider, catalogue.named(name)) {
        (None, _) => spelling::are_nearly_the_same(asked, name),
        (Some(provider), Some((owner, standing))) => owner.id == provider.id && standing != Standing::Setting,
        (Some(provider), None) => catalogue.nearest(name).is_some_and(|near| {
            let is_slip =
                matches!(near.likeness, Likeness::Separators | Likeness::Slip | Likeness::MadeUp | Likeness::Prefixed);
            near.provider.id == provider.id && is_slip && near.standing.is_read()
        }),
    };
    (is_near && !is_other).then_some(Kinship::Near)
}

/// The chains that `wish` asks for, of projects that were read whole and in the order in which they matter.
pub(super) fn chains(graph: &Graph, options: &Options<'_>, wish: &Wish) -> Vec<Chain> {
    let is_read =
        |project: usize| options.whole.iter().any(|folder| super::is_within(&graph.projects()[project].root, folder));
    let usages: Vec<(usize, Usage<'_>)> =
        Usage::all(graph, options.catalogue).into_iter().filter(|(project, _)| is_read(*project)).collect();
    let mut ranks: BTreeMap<&str, usize> = BTreeMap::new();
    for (rank, file) in groups(graph).into_iter().flat_map(|(_, files)| files) {
        let best = ranks.entry(&file.path).or_insert(rank);
        *best = rank.min(*best);
    }
    let mut chains: Vec<Chain> = usages
        .iter()
        .flat_map(|(project, usage)| {
            let teller = Teller { graph, options, project: *project, usage, ranks: &ranks };
            teller.subjects(wish).into_iter().map(move |subject| teller.chain(subject)).collect::<Vec<_>>()
        })
        .collect();
    // Where some code asks, what only lies about does not matter.
    if chains.iter().any(|chain| !chain.asked.is_empty()) {
        chains.retain(|chain| !chain.asked.is_empty());
    }
    if chains.is_empty() {
        let root = options.whole.first().cloned().unwrap_or_default();
        let subject = fallback(wish, options.catalogue);
        chains.push(Chain {
            root,
            provider: subject.provider.and_then(|provider| shared(options.catalogue, &provider.id)),
            names: subject.names,
            asked: Vec::new(),
            given: Vec::new(),
            settings: Vec::new(),
            clients: Vec::new(),
        });
    }
    chains.sort_by_key(|chain| {
        let needed = chain.asked.iter().filter(|asked| !asked.is_optional).count();
        (std::cmp::Reverse((needed, chain.asked.len())), chain.root.clone(), chain.names.first().cloned())
    });
    chains
}

/// What a chain is about.
struct Subject<'g> {
    provider: Option<&'g Provider>,
    names: Vec<String>,
}

impl<'g> Subject<'g> {
    fn of_variable(name: &str, catalogue: &'g Catalogue) -> Self {
        let provider = secrecy::owner(catalogue, name)
            .or_else(|| catalogue.named(name).map(|(owner, _)| owner))
            .or_else(|| catalogue.nearest(name).map(|near| near.provider));
        Self { provider, names: vec![name.to_owned()] }
    }

    fn of_provider(provider: &'g Provider) -> Self {
        Self { provider: Some(provider), names: provider.env.first().into_iter().cloned().collect() }
    }
}

/// What is told when the files say nothing.
fn fallback<'g>(wish: &Wish, catalogue: &'g Catalogue) -> Subject<'g> {
    match wish {
        Wish::Variable(name) | Wish::Needed(name) => Subject::of_variable(name, catalogue),
        Wish::Provider(id) => {
            catalogue.provider(id).map_or(Subject { provider: None, names: Vec::new() }, Subject::of_provider)
        }
    }
}

fn shared(catalogue: &Catalogue, id: &str) -> Option<Arc<Provider>> {
    catalogue.providers().iter().find(|known| known.id == id).cloned()
}

/// One project, and what it asks for and gives.
#[derive(Clone, Copy)]
struct Teller<'u, 'g> {
    graph: &'g Graph,
    options: &'u Options<'g>,
    project: usize,
    usage: &'u Usage<'g>,
    /// The place of each file among those that are loaded together.
    ranks: &'u BTreeMap<&'g str, usize>,
}

impl<'g> Teller<'_, 'g> {
    fn subjects(self, wish: &Wish) -> Vec<Subject<'g>> {
        let catalogue = self.options.catalogue;
        match wish {
            Wish::Variable(name) => {
                let is_known = self.usage.needs.iter().any(|need| need.name == name || need.others.contains(&&**name))
                    || self.usage.givers_of(name).next().is_some();
                let subject = Subject::of_variable(name, catalogue);
                (is_known || self.speaks_of(&subject)).then_some(subject).into_iter().collect()
            }
            Wish::Provider(id) => {
                let Some(provider) = catalogue.provider(id) else { return Vec::new() };
                let subject = self.asked_of(provider).unwrap_or_else(|| Subject::of_provider(provider));
                self.speaks_of(&subject).then_some(subject).into_iter().collect()
            }
            Wish::Needed(_) => {
                let providers = catalogue.providers().iter().filter(|provider| !provider.sdks.is_empty());
                let needed: Vec<Subject<'g>> =
                    providers.clone().filter_map(|provider| self.asked_of(provider)).collect();
                if !needed.is_empty() {
                    return needed;
                }
                providers
                    .map(|provider| self.read_of(provider).unwrap_or_else(|| Subject::of_provider(provider)))
                    .filter(|subject| self.speaks_of(subject))
                    .collect()
            }
        }
    }

    /// Whose credential `need` asks for: that of the provider after whom it is named, whatever client it is handed to.
    fn owner(self, need: &Need<'g>) -> Option<&'g Provider> {
        secrecy::owner(self.options.catalogue, need.name).or(need.provider)
    }

    /// What code asks of `provider`: the name that is asked for by most, and all that would do.
    fn asked_of(self, provider: &'g Provider) -> Option<Subject<'g>> {
        let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        let needs = || self.usage.needs.iter().filter(|need| self.owner(need).is_some_and(|own| own.id == provider.id));
        let is_own = |need: &&Need<'_>| {
            self.options.catalogue.named(need.name).is_none_or(|(_, standing)| standing != Standing::Setting)
        };
        for need in needs().filter(is_own) {
            let count = counts.entry(need.name).or_default();
            *count = (count.0 + usize::from(!need.is_optional()), count.1 + 1);
        }
        let first = counts.iter().max_by_key(|(name, count)| (**count, std::cmp::Reverse(*name)))?.0;
        let mut names = vec![(*first).to_owned()];
        let same = needs().filter(|need| need.name == *first || need.others.contains(first));
        for name in same.flat_map(|need| need.others.iter().copied().chain([need.name])) {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        Some(Subject { provider: Some(provider), names })
    }

    /// The name under which code that runs in browsers, which needs nothing by itself, reads a credential of `provider`.
    fn read_of(self, provider: &'g Provider) -> Option<Subject<'g>> {
        let own = Subject::of_provider(provider);
        let names = self.reads().map(|(_, read)| read.name.as_str());
        let name =
            names.into_iter().find(|name| kinship(&own.names, own.provider, name, self.options.catalogue).is_some())?;
        Some(Subject { names: vec![name.to_owned()], ..own })
    }

    /// What the code of the project reads, wherever it runs.
    fn reads(self) -> impl Iterator<Item = (&'g FileFacts, &'g Read)> {
        let (graph, project) = (self.graph, self.project);
        let files = graph.projects()[project].files.iter().map(move |at| &graph.files()[*at]);
        let code = files.filter(|file| file.language.is_code() && !is_aside(&file.path));
        code.flat_map(|file| file.reads.iter().map(move |read| (file, read)))
            .filter(|(_, read)| read.via != Via::Mentioned)
    }

    /// Whether anything of the project has to do with it.
    fn speaks_of(self, subject: &Subject<'_>) -> bool {
        let is_kin = |name: &str| kinship(&subject.names, subject.provider, name, self.options.catalogue).is_some();
        let is_of = |id: &str| subject.provider.is_some_and(|provider| provider.id == id);
        let in_code = |file: &usize| {
            let file = &self.graph.files()[*file];
            file.clients.iter().any(|client| is_of(&client.provider))
                || file.reads.iter().any(|read| is_kin(&read.name))
        };
        self.usage.gifts().any(|(name, _)| is_kin(name))
            || self.graph.projects()[self.project].files.iter().any(in_code)
    }

    fn chain(self, subject: Subject<'_>) -> Chain {
        let kin = |name: &str| kinship(&subject.names, subject.provider, name, self.options.catalogue).is_some();
        let is_setting = |name: &str| subject.provider.is_some_and(|provider| is_setting(provider, name));
        Chain {
            root: self.graph.projects()[self.project].root.clone(),
            asked: self.asked(&subject),
            clients: self.clients(&subject),
            given: self.given(&kin),
            settings: self.given(&is_setting),
            provider: subject.provider.and_then(|provider| shared(self.options.catalogue, &provider.id)),
            names: subject.names,
        }
    }

    fn asked(self, subject: &Subject<'_>) -> Vec<Asked> {
        let is_meant = |need: &&Need<'_>| {
            let is_kin = kinship(&subject.names, subject.provider, need.name, self.options.catalogue).is_some();
            subject.names.iter().any(|name| *name == need.name)
                || (is_kin && self.owner(need).map(|own| &own.id) == subject.provider.map(|own| &own.id))
        };
        let asked = |need: &Need<'_>| Asked {
            name: need.name.to_owned(),
            location: Spot::new(need.file, need.at()).location(),
            is_optional: need.is_optional(),
            client: match need.asker {
                Asker::Client(client) => Some(client.class.clone()),
                Asker::Read(_) => None,
            },
        };
        let mut all: Vec<Asked> = self.usage.needs.iter().filter(is_meant).map(asked).collect();
        if all.is_empty() {
            let own = self.reads().filter(|(_, read)| subject.names.contains(&read.name));
            all.extend(own.map(|(file, read)| Asked {
                name: read.name.clone(),
                location: Spot::new(file, read.at).location(),
                is_optional: read.fallback != Fallback::Fails,
                client: None,
            }));
        }
        all.sort_by_key(|asked| (asked.is_optional, asked.location.clone()));
        all
    }

    fn clients(self, subject: &Subject<'_>) -> Vec<Told> {
        let files = self.graph.projects()[self.project].files.iter().map(|at| &self.graph.files()[*at]);
        let code = files.filter(|file| file.language.is_code() && !is_aside(&file.path));
        code.flat_map(|file| file.clients.iter().map(move |client| (file, client)))
            .filter(|(_, client)| subject.provider.is_some_and(|provider| provider.id == client.provider))
            .map(|(file, client)| Told {
                location: Spot::new(file, client.at).location(),
                is_sent: client.has_base_url,
                host: client.base_url.and_then(|at| {
                    let endpoint = file.endpoints.iter().find(|endpoint| endpoint.at == at)?;
                    host_of(&endpoint.url)
                }),
            })
            .collect()
    }

    /// Definitions of the names that `wanted` takes, in the order in which they win.
    fn given(self, wanted: &dyn Fn(&str) -> bool) -> Vec<Given> {
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
