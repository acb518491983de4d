//! A provider that is called from the browser with a key.
//!
//! SDKs refuse to run in a browser unless an option says that this is meant (`dangerouslyAllowBrowser`), so the option is a sure sign, and what
//! matters is where the key comes from. A key from a variable or a literal is everybody's: an error. A key that the visitor types in or the
//! page keeps for them is theirs: a note, because whoever can run a script in the page can read it.
//!
//! Without the option it takes a file that says that it runs in the browser, or a variable that the bundler publishes, and a client or a call
//! with a key in its header.
//!
//! Limits: a token that the project's own server hands out looks like a visitor's key, and is a note at most; what a library of one's own
//! passes on is not followed.

use std::collections::BTreeSet;

use super::Context;
use crate::{
    lint::{
        FileFacts, Language,
        bundler::{self, Publishers},
        facts::{AuthHeader, Client, KeyArgument},
        graph::Project,
        index::Names,
        place::Place,
        problem::{Problem, Spot},
        secrecy,
    },
    model::{Severity, Span},
};

const ID: &str = "browser-client";

/// One problem for each client or call.
pub(super) fn run<'g>(context: &Context<'g>) -> Vec<Problem<'g>> {
    let publishers = Publishers::of(context.graph);
    let mut problems = Vec::new();
    for project in context.graph.projects() {
        let files = || project.files.iter().map(|at| &context.graph.files()[*at]);
        let passed: BTreeSet<&str> =
            files().flat_map(|file| &file.exposures).filter_map(|exposure| exposure.name.as_deref()).collect();
        for file in files().filter(|file| file.language == Language::JavaScript) {
            let place = Place::of(file);
            if place != Place::Test {
                let names = Names::of(file);
                let scene = Scene { context, publishers: &publishers, passed: &passed, names, file, project, place };
                problems.extend(file.clients.iter().filter_map(|client| scene.client(client)));
                problems.extend(file.headers.iter().filter_map(|header| scene.header(header)));
            }
        }
    }
    problems
}

/// Where a key comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source<'k> {
    /// A variable that the build puts into the page.
    Published(&'k str),
    /// A variable that the page only gets when something else passes it on.
    Private(&'k str),
    /// It stands in the text.
    Literal,
    /// From the page itself: a field, a store, a function.
    Runtime,
}

struct Scene<'c, 'g> {
    context: &'c Context<'g>,
    publishers: &'c Publishers<'g>,
    /// What the project's configuration passes on.
    passed: &'c BTreeSet<&'g str>,
    names: Names<'g>,
    file: &'g FileFacts,
    project: &'g Project,
    place: Place,
}

impl<'g> Scene<'_, 'g> {
    fn client(&self, client: &'g Client) -> Option<Problem<'g>> {
        if has_token_provider(client) {
            return None;
        }
        let source = match &client.key {
            KeyArgument::Variable(name) => self.variable(name),
            KeyArgument::Literal(at) => self.literal(*at)?,
            KeyArgument::Expression(_) => Source::Runtime,
            // A gateway of one's own adds the key; the SDK only wants some value.
            KeyArgument::Default if client.has_base_url => return None,
            KeyArgument::Default => Source::Private(self.default_variable(client)),
        };
        let is_allowed = client.browser.is_some();
        let severity = match source {
            Source::Published(_) if self.place != Place::Server => Severity::Error,
            Source::Literal if is_allowed || self.place == Place::Browser => Severity::Error,
            Source::Private(_) if is_allowed && self.place == Place::Browser => Severity::Error,
            Source::Private(_) if is_allowed && self.place == Place::Unknown => Severity::Warning,
            Source::Runtime if is_allowed && self.place != Place::Server => Severity::Note,
            _ => return None,
        };
        let at = client.browser.unwrap_or(client.at);
        Some(self.problem(&client.provider, severity, at, source, &client.class))
    }

    fn header(&self, header: &'g AuthHeader) -> Option<Problem<'g>> {
        let provider = header.provider.as_deref()?;
        let source = match &header.key {
            KeyArgument::Variable(name) => self.variable(name),
            KeyArgument::Literal(at) => self.literal(*at)?,
            KeyArgument::Default | KeyArgument::Expression(_) => Source::Runtime,
        };
        let severity = match (source, self.place) {
            (Source::Published(_), Place::Browser | Place::Unknown) | (Source::Literal, Place::Browser) => {
                Severity::Error
            }
            (Source::Private(_), Place::Browser) => Severity::Warning,
            (Source::Runtime, Place::Browser) => Severity::Note,
            _ => return None,
        };
        Some(self.problem(provider, severity, header.at, source, "a request"))
    }

    /// Where the value of `name`, a variable of the environment or of the program, comes from.
    fn variable<'k>(&self, name: &'k str) -> Source<'k>
    where
        'g: 'k,
    {
        let Some(read) = self.names.read(name) else {
            return if name.to_ascii_uppercase() == name { Source::Private(name) } else { Source::Runtime };
        };
        let published = bundler::strip(&read.name).is_some_and(|(prefix, bare)| {
            !secrecy::is_public_name(bare) && self.publishers.near(prefix, &self.project.root).is_some()
        });
        let is_public = published || self.passed.contains(&*read.name);
        if is_public { Source::Published(&read.name) } else { Source::Private(&read.name) }
    }

    /// A literal counts when it is a key that lasts: short-lived ones are made for the browser, and `""` or `"unused"` is none.
    fn literal(&self, at: Span) -> Option<Source<'static>> {
        let known = self.file.known_at(at)?;
        (known.kind.as_deref() != Some("ephemeral")).then_some(Source::Literal)
    }

    /// The variable that the SDK reads by itself.
    fn default_variable(&self, client: &'g Client) -> &'g str {
        let provider = self.context.options.catalogue.provider(&client.provider);
        provider.and_then(|provider| provider.env.first()).map_or("its variable", String::as_str)
    }

    fn problem(&self, provider: &str, severity: Severity, at: Span, source: Source<'_>, what: &str) -> Problem<'g> {
        let name = self.context.options.catalogue.provider(provider).map_or(provider, |provider| &provider.name);
        let caller = if what == "a request" { what.to_owned() } else { format!("`{what}`") };
        let key = match source {
            Source::Published(variable) => format!("with {variable}, which is in the page's code"),
            Source::Private(variable) => format!("with {variable}"),
            Source::Literal => "with a key that stands in the code".to_owned(),
            Source::Runtime => "with a key that the page holds".to_owned(),
        };
        let help = match source {
            Source::Runtime => {
                "Fine for a tool whose users bring their own key: say so, keep the key out of storage that other scripts can read, \
                 and otherwise call the provider from a server"
            }
            _ => {
                "Call the provider from a server route and let the page call that; replace the key if this was ever deployed"
            }
        };
        Problem {
            severity,
            message: format!("{caller} asks {name} from the browser {key}"),
            help: help.to_owned(),
            provider: Some(provider.to_owned()),
            ..Problem::new(ID, Spot::new(self.file, at), what)
        }
    }
}

/// Azure's client runs in the browser with a token of the signed-in person.
fn has_token_provider(client: &Client) -> bool {
    client.options.iter().any(|(name, _)| name.to_ascii_lowercase().contains("tokenprovider"))
}
