//! A secret under a prefix that a bundler publishes, or in a list of what its configuration passes on.
//!
//! `NEXT_PUBLIC_OPENAI_API_KEY` works on the developer's machine and in production, and every visitor can read it. The variable's name without the
//! prefix must be a credential of a known provider or end in a word like `SECRET_KEY`; keys that are public by design (`*_ANON_KEY`,
//! `*_PUBLISHABLE_KEY`, a key for maps) do not count. The project must use the bundler whose prefix it is.
//!
//! A bundler puts a value in where code asks for it. So a read in code that reaches the browser is an error, and a variable that only server
//! code reads, or that only a template names, is a warning: it is one import away.
//!
//! One problem for each variable and project, at the read that does the harm; all other places are related.

use std::collections::BTreeMap;

use super::Context;
use crate::{
    lint::{
        FileFacts, Language,
        bundler::{self, Bundler, Publishers},
        facts::{Exposure, Giver, Read, Via},
        graph::Project,
        place::Place,
        problem::{Problem, Spot},
        secrecy,
    },
    model::Severity,
    rules::Provider,
};

const ID: &str = "client-env-prefix";

/// No more places than a person reads.
const MOST_RELATED: usize = 8;

/// What speaks of one variable in one project, gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Voice {
    /// Code that reaches the browser reads it.
    Client,
    /// A bundler's configuration passes it on.
    Passed,
    /// Code on the server reads it.
    Server,
    /// A file gives it a value.
    Defined,
    /// A template or readme names it.
    Named,
}

impl Voice {
    fn label(self) -> &'static str {
        match self {
            Self::Client | Self::Server => "read here",
            Self::Passed => "passed on here",
            Self::Defined => "defined here",
            Self::Named => "named here",
        }
    }
}

/// Whose secret a variable holds.
#[derive(Clone, Copy)]
enum Owner<'g> {
    /// A provider's credential.
    Provider(&'g Provider),
    /// Only the name says that it is one.
    Nobody,
}

impl<'g> Owner<'g> {
    fn provider(self) -> Option<&'g Provider> {
        match self {
            Self::Provider(provider) => Some(provider),
            Self::Nobody => None,
        }
    }
}

/// How it is published.
#[derive(Clone, Copy)]
enum Way {
    Prefix(&'static Bundler, &'static str),
    Passed(&'static str),
}

struct Story<'g> {
    name: String,
    owner: Owner<'g>,
    way: Way,
    places: Vec<(Voice, Spot<'g>)>,
}

/// Stories by the variable's name and the project's root.
type Stories<'g> = BTreeMap<(String, String), Story<'g>>;

/// One problem for each variable that should not be public.
pub(super) fn run<'g>(context: &Context<'g>) -> Vec<Problem<'g>> {
    let publishers = Publishers::of(context.graph);
    let mut stories = Stories::new();
    for (at, project) in context.graph.projects().iter().enumerate() {
        let files = || project.files.iter().map(|at| &context.graph.files()[*at]);
        let passed = Passed::of(files());
        for file in files() {
            let place = Place::of(file);
            if place == Place::Test {
                continue;
            }
            let teller = Teller { context, publishers: &publishers, passed: &passed, file, project, at, place };
            for (name, told) in teller.all() {
                let story = stories.entry((name.clone(), project.root.clone())).or_insert_with(|| Story {
                    name,
                    owner: told.owner,
                    way: told.way,
                    places: Vec::new(),
                });
                story.places.push((told.voice, told.spot));
            }
        }
    }
    merge_into_inner(&mut stories);
    stories.into_values().map(Story::problem).collect()
}

/// A `.env` at the root of a monorepo belongs to the story of the application inside that reads it.
fn merge_into_inner(stories: &mut Stories<'_>) {
    let is_read = |story: &Story<'_>| story.places.iter().any(|(voice, _)| *voice <= Voice::Server);
    let outer: Vec<(String, String)> =
        stories.iter().filter(|(_, story)| !is_read(story)).map(|(key, _)| key.clone()).collect();
    for key in outer {
        let (name, root) = &key;
        let below = if root.is_empty() { String::new() } else { format!("{root}/") };
        // The first project inside, in the order of the roots, which stand side by side.
        let next = stories.range((name.clone(), below.clone())..).find(|(other, _)| **other != key);
        let inner = next.filter(|((named, other), story)| named == name && other.starts_with(&below) && is_read(story));
        if let Some(inner) = inner.map(|(key, _)| key.clone()) {
            let places = stories.remove(&key).map(|story| story.places).unwrap_or_default();
            stories.entry(inner).and_modify(|story| story.places.extend(places));
        }
    }
}

/// What the configuration of one project passes on.
struct Passed<'g> {
    by_name: BTreeMap<&'g str, &'g Exposure>,
    all: Option<&'g Exposure>,
}

impl<'g> Passed<'g> {
    fn of(files: impl Iterator<Item = &'g FileFacts>) -> Self {
        let mut passed = Self { by_name: BTreeMap::new(), all: None };
        for exposure in files.flat_map(|file| &file.exposures) {
            match exposure.name.as_deref() {
                Some(name) => drop(passed.by_name.entry(name).or_insert(exposure)),
                None => passed.all = passed.all.or(Some(exposure)),
            }
        }
        passed
    }

    /// What passes the variable called `name` on, by itself or with all others.
    fn find(&self, name: &str) -> Option<&'g Exposure> {
        self.by_name.get(name).copied().or(self.all)
    }
}

/// One place that speaks of a variable.
struct Told<'g> {
    voice: Voice,
    spot: Spot<'g>,
    owner: Owner<'g>,
    way: Way,
}

/// What one file says.
struct Teller<'c, 'g> {
    context: &'c Context<'g>,
    publishers: &'c Publishers<'g>,
    passed: &'c Passed<'g>,
    file: &'g FileFacts,
    project: &'g Project,
    /// The project's position.
    at: usize,
    place: Place,
}

impl<'g> Teller<'_, 'g> {
    fn all(&self) -> Vec<(String, Told<'g>)> {
        let mut told = Vec::new();
        told.extend(self.file.reads.iter().filter_map(|read| self.read(read)));
        told.extend(self.definitions());
        told.extend(self.file.exposures.iter().filter_map(|exposure| self.exposure(exposure)));
        told
    }

    fn read(&self, read: &Read) -> Option<(String, Told<'g>)> {
        let Some((prefix, bare)) = bundler::strip(&read.name) else { return self.passed(read) };
        let owner = self.secret(bare)?;
        let used = self.publishers.near(prefix, &self.project.root);
        // What is asked of the bundler itself needs no manifest to prove that there is one.
        let bundler = used.or_else(|| (read.via == Via::Build).then(|| bundler::by_prefix(prefix))?)?;
        let voice = match (read.via, self.place) {
            (Via::Mentioned, _) | (_, Place::Text) => Voice::Named,
            (Via::Interpolated, _) => Voice::Defined,
            (_, Place::Server) => Voice::Server,
            _ => Voice::Client,
        };
        Some((
            read.name.clone(),
            Told { voice, spot: Spot::new(self.file, read.at), owner, way: Way::Prefix(bundler, prefix) },
        ))
    }

    /// A read of a variable without a prefix counts when the project's configuration passes the variable on.
    fn passed(&self, read: &Read) -> Option<(String, Told<'g>)> {
        let is_script = self.file.language == Language::JavaScript && self.file.exposures.is_empty();
        let exposure = self.passed.find(&read.name).filter(|_| is_script)?;
        let owner = self.secret(&read.name)?;
        let voice = match self.place {
            Place::Browser => Voice::Client,
            // What Next.js is told holds for its server as well, so code of which nothing is known may be the server's.
            Place::Unknown if exposure.by != "env" => Voice::Client,
            _ => Voice::Server,
        };
        let told = Told { voice, spot: Spot::new(self.file, read.at), owner, way: Way::Passed(exposure.by) };
        Some((read.name.clone(), told))
    }

    fn definitions(&self) -> impl Iterator<Item = (String, Told<'g>)> {
        self.file.definitions.iter().filter_map(|definition| {
            let (prefix, bare) = bundler::strip(&definition.name)?;
            let bundler = self.publishers.near(prefix, &self.project.root)?;
            let known = definition.value.as_ref().and_then(|value| self.file.known_at(value.at)?.provider.as_deref());
            let by_value = known.and_then(|id| self.context.options.catalogue.provider(id));
            let by_value =
                by_value.filter(|provider| !secrecy::is_public_name(bare) && self.is_credential(provider, &[]));
            let owner = by_value.map(Owner::Provider).or_else(|| self.secret(bare))?;
            let voice = match definition.giver {
                Giver::Example => Voice::Named,
                _ => Voice::Defined,
            };
            let spot = Spot::new(self.file, definition.at);
            Some((definition.name.clone(), Told { voice, spot, owner, way: Way::Prefix(bundler, prefix) }))
        })
    }

    fn exposure(&self, exposure: &'g Exposure) -> Option<(String, Told<'g>)> {
        let written = exposure.name.as_deref()?;
        let name = if exposure.by == "envPrefix" { self.begun_with(written)? } else { written };
        let bare = bundler::strip(name).map_or(name, |(_, bare)| bare);
        let owner = self.secret(bare)?;
        let spot = Spot::new(self.file, exposure.at);
        Some((name.to_owned(), Told { voice: Voice::Passed, spot, owner, way: Way::Passed(exposure.by) }))
    }

    /// The credential whose variable begins with `prefix`, a prefix of the project's own.
    fn begun_with(&self, prefix: &str) -> Option<&'g str> {
        let is_own = !prefix.is_empty() && bundler::by_prefix(prefix).is_none();
        let mut names = self.context.options.catalogue.providers().iter().flat_map(|provider| &provider.env);
        names.find(|name| is_own && name.starts_with(prefix)).map(String::as_str)
    }

    /// Whether the variable `bare`, its prefix taken off, is a secret: of a provider, or of nobody known.
    fn secret(&self, bare: &str) -> Option<Owner<'g>> {
        if let Some(provider) = secrecy::owner(self.context.options.catalogue, bare) {
            return self.is_credential(provider, &[bare]).then_some(Owner::Provider(provider));
        }
        secrecy::is_secret_name(bare).then_some(Owner::Nobody)
    }

    /// Some providers hand out keys of one form for public and for private use; then the project must call the API that wants it private.
    /// With no `names` it is the value that speaks.
    fn is_credential(&self, provider: &Provider, names: &[&str]) -> bool {
        let is_doubtful = |name: &&str| provider.may_be_public.iter().any(|public| public == name);
        let doubtful =
            if names.is_empty() { !provider.may_be_public.is_empty() } else { names.iter().any(is_doubtful) };
        !doubtful || self.context.index().calls(self.at, &provider.id)
    }
}

impl<'g> Story<'g> {
    fn problem(mut self) -> Problem<'g> {
        self.places.sort_by_key(|(voice, _)| *voice);
        let gravest = self.places[0].0;
        let severity = self.severity(gravest);
        // What the configuration passes on is mended there.
        let main = self.places.iter().position(|(voice, _)| *voice == Voice::Passed).unwrap_or(0);
        let (_, spot) = self.places.remove(main);
        let related = self.places.iter().take(MOST_RELATED).map(|(voice, spot)| (*spot, voice.label().to_owned()));
        Problem {
            severity,
            message: self.message(gravest),
            help: self.help(),
            provider: self.owner.provider().map(|provider| provider.id.clone()),
            related: related.collect(),
            ..Problem::new(ID, spot, self.name.clone())
        }
    }

    fn help(&self) -> String {
        let name = &self.name;
        let step = match self.way {
            Way::Prefix(bundler, prefix) => {
                let bare = name.strip_prefix(prefix).unwrap_or(name);
                format!("Name it {bare}, read it only in {}", bundler.server)
            }
            Way::Passed(by) => format!("Take {name} out of `{by}`, read it only in code that runs on a server"),
        };
        format!("{step}, and replace the key if this was ever deployed")
    }

    fn severity(&self, gravest: Voice) -> Severity {
        let is_read_on_the_server = self.places.iter().any(|(voice, _)| *voice == Voice::Server);
        let reaches = match gravest {
            Voice::Client => true,
            Voice::Passed => !is_read_on_the_server,
            Voice::Server | Voice::Defined | Voice::Named => false,
        };
        match (self.owner, reaches) {
            (Owner::Provider(_), true) => Severity::Error,
            (Owner::Provider(_), false) | (Owner::Nobody, true) => Severity::Warning,
            (Owner::Nobody, false) => Severity::Note,
        }
    }

    fn message(&self, gravest: Voice) -> String {
        let name = &self.name;
        let whose = self
            .owner
            .provider()
            .map_or_else(|| "a secret".to_owned(), |provider| format!("a credential of {}", provider.name));
        match self.way {
            Way::Passed(by) => format!("{name} is {whose}, and `{by}` passes it on to the browser"),
            Way::Prefix(bundler, prefix) => {
                let (tool, so_far) =
                    (bundler.name, if gravest == Voice::Server { ", although only server code reads it" } else { "" });
                format!("{name} is {whose}, and {tool} publishes what begins with `{prefix}`{so_far}")
            }
        }
    }
}
