//! A key that is sent to a provider it does not belong to.
//!
//! Three things name a provider: the shape of a value, the name of a variable, and the address that is asked. They have to agree, and the address
//! decides: a DeepSeek key in `OPENAI_API_KEY` is right beside `OPENAI_BASE_URL=https://api.deepseek.com`, and wrong without it, because then a
//! live key goes to a stranger. Gateways and local servers take keys that only they know, so where the address is none that the rules name,
//! or is computed, nothing is said.
//!
//! Two pairs are judged: a value and the variable that holds it, where a file gives both; and, where code builds a client or a header, the key
//! and the address of that client.
//!
//! Limits: shapes that several providers share say nothing, and a variable with a name of the project's own neither.

use super::Context;
use crate::{
    lint::{
        FileFacts,
        address::Address,
        facts::{AuthHeader, Client, Definition, Fallback, Giver, KeyArgument, Read},
        index::{Given, Names},
        place::{self, Place},
        problem::{Problem, Spot},
        secrecy,
    },
    model::{Severity, Span},
    rules::Provider,
};

const ID: &str = "provider-mismatch";

/// One problem for each key in the wrong place.
pub(super) fn run<'g>(context: &Context<'g>) -> Vec<Problem<'g>> {
    let mut problems = Vec::new();
    for (project, found) in context.graph.projects().iter().enumerate() {
        let files = found.files.iter().map(|at| &context.graph.files()[*at]);
        for file in files.filter(|file| !place::is_test(&file.path)) {
            let scene =
                Scene { context, names: Names::of(file), file, project: (!found.root.is_empty()).then_some(project) };
            problems.extend(file.definitions.iter().filter_map(|definition| scene.definition(definition)));
            problems.extend(file.reads.iter().filter_map(|read| scene.fallback(read)));
            if Place::of(file) != Place::Text {
                problems.extend(file.clients.iter().filter_map(|client| scene.client(client)));
                problems.extend(file.headers.iter().filter_map(|header| scene.header(header)));
            }
        }
    }
    problems
}

struct Scene<'c, 'g> {
    context: &'c Context<'g>,
    names: Names<'g>,
    file: &'g FileFacts,
    /// The position of the file's project; `None` at the base, whose variables are for all.
    project: Option<usize>,
}

impl<'g> Scene<'_, 'g> {
    /// `OPENAI_API_KEY=sk-ant-…`
    fn definition(&self, definition: &'g Definition) -> Option<Problem<'g>> {
        if matches!(definition.giver, Giver::Example | Giver::BuildArgument) {
            return None;
        }
        let at = definition.value.as_ref()?.at;
        self.value(&definition.name, at)
    }

    /// `os.getenv("OPENAI_API_KEY", "sk-ant-…")`
    fn fallback(&self, read: &'g Read) -> Option<Problem<'g>> {
        let Fallback::Literal(at) = read.fallback else { return None };
        self.value(&read.name, at)
    }

    fn value(&self, name: &str, at: Span) -> Option<Problem<'g>> {
        let known = self.file.known_at(at)?;
        let owner = secrecy::owner(self.context.options.catalogue, name)?;
        let issuer = known.provider.as_deref()?;
        let spot = Spot::new(self.file, at);
        if are_kin(issuer, &owner.id) {
            let message = wrong_kind(known.kind.as_deref(), name)?;
            let help = format!("Put the key of an ordinary project into {name}, and this one where it is asked for");
            return Some(Problem { message, help, provider: Some(owner.id.clone()), ..Problem::new(ID, spot, name) });
        }
        if self.goes_elsewhere(owner) {
            return None;
        }
        let issuer = self.context.options.catalogue.provider(issuer)?;
        Some(Problem {
            message: format!("{name} holds a key of {}, and {} is asked with it", issuer.name, owner.name),
            help: help(issuer, owner),
            provider: Some(issuer.id.clone()),
            ..Problem::new(ID, spot, name)
        })
    }

    /// Whether clients of `owner` may send their requests to somebody else in this project: a variable or a client gives an address.
    fn goes_elsewhere(&self, owner: &Provider) -> bool {
        let index = self.context.index();
        let is_here = |project: usize| self.project.is_none_or(|own| own == project);
        let mut variables = addresses(owner);
        index.is_redirected(&owner.id, self.project)
            || variables.any(|name| {
                let mut here = index.definitions_of(name).iter().filter(|given| is_here(given.project)).peekable();
                // An address that code asks for and no file gives comes from the deployment.
                let is_given_later = here.peek().is_none() && index.is_read(name, self.project);
                is_given_later || here.any(|given| self.leads_away(given.definition, owner))
            })
    }

    fn leads_away(&self, definition: &Definition, owner: &Provider) -> bool {
        definition.value.as_ref().is_none_or(|value| !self.is_at(value.text.expose(), owner))
    }

    fn is_at(&self, address: &[u8], owner: &Provider) -> bool {
        let address = String::from_utf8_lossy(address);
        let host = Address::parse(&address).map(|address| address.host.to_owned());
        host.is_none_or(|host| self.context.options.catalogue.at_host(&host).is_some_and(|found| found.id == owner.id))
    }

    /// `OpenAI(api_key=os.environ["DEEPSEEK_API_KEY"])`, `OpenAI(base_url="https://api.deepseek.com")`
    fn client(&self, client: &'g Client) -> Option<Problem<'g>> {
        let asked = match client.base_url.and_then(|at| self.names.endpoint(at)) {
            Some(endpoint) => &endpoint.provider,
            None if client.has_base_url => return None,
            None => &client.provider,
        };
        let asked = self.context.options.catalogue.provider(asked)?;
        let (issuer, what) = self.key(&client.key, asked, Some(client))?;
        // Without an address in the call, a variable may send the client elsewhere, or a setting that the file makes on the way.
        if !client.has_base_url && (self.variable_sends_away(asked) || self.names.names_host_of(&issuer.id)) {
            return None;
        }
        let severity = severity(client, asked);
        Some(self.problem(client.at, &client.class, issuer, asked, &what, severity))
    }

    fn header(&self, header: &'g AuthHeader) -> Option<Problem<'g>> {
        let asked = self.context.options.catalogue.provider(header.provider.as_deref()?)?;
        let (issuer, what) = self.key(&header.key, asked, None)?;
        Some(self.problem(header.at, "a request", issuer, asked, &what, Severity::Error))
    }

    /// Whose key it is, when that is another than `asked`, and how to speak of it.
    fn key(&self, key: &KeyArgument, asked: &Provider, client: Option<&Client>) -> Option<(&'g Provider, String)> {
        let catalogue = self.context.options.catalogue;
        let (issuer, what) = match key {
            KeyArgument::Literal(at) => {
                let known = self.file.known_at(*at)?;
                (catalogue.provider(known.provider.as_deref()?)?, "a key that stands in the code".to_owned())
            }
            KeyArgument::Variable(name) => {
                let read =
                    self.file.reads.iter().find(|read| read.name == *name || read.bound_to.as_deref() == Some(&**name));
                let name = read.map_or(name, |read| &read.name);
                let owner = secrecy::owner(catalogue, name)?;
                (self.holder(name, owner, asked)?, name.clone())
            }
            KeyArgument::Default => {
                let client = client?;
                let owner = catalogue.provider(&client.provider)?;
                let name = owner.env.first()?;
                (self.holder(name, owner, asked)?, format!("{name}, which it reads by itself"))
            }
            KeyArgument::Expression(_) => return None,
        };
        (!are_kin(&issuer.id, &asked.id)).then_some((issuer, what))
    }

    /// Whose key the variable `name`, which is named after `owner`, holds where `asked` is asked. A value in the project that is a key of `asked`,
    /// or none that can be told, speaks for those who wrote it.
    fn holder(&self, name: &str, owner: &'g Provider, asked: &Provider) -> Option<&'g Provider> {
        let is_of_asked = |given: &Given<'_>| {
            let at = given.definition.value.as_ref().map(|value| value.at);
            at.and_then(|at| given.file.known_at(at)?.provider.as_deref()).is_some_and(|issuer| issuer == asked.id)
        };
        (!self.context.index().definitions_of(name).iter().any(is_of_asked)).then_some(owner)
    }

    /// Whether a variable of the project sends clients of `asked` to another host.
    fn variable_sends_away(&self, asked: &Provider) -> bool {
        let index = self.context.index();
        let given = addresses(asked).flat_map(|name| index.definitions_of(name));
        given.into_iter().any(|given| self.leads_away(given.definition, asked))
    }

    fn problem(
        &self,
        at: Span,
        who: &str,
        issuer: &Provider,
        asked: &Provider,
        what: &str,
        severity: Severity,
    ) -> Problem<'g> {
        let who = if who == "a request" { who.to_owned() } else { format!("`{who}`") };
        Problem {
            severity,
            message: format!("{who} asks {} with a key of {}: {what}", asked.name, issuer.name),
            help: help(issuer, asked),
            provider: Some(issuer.id.clone()),
            ..Problem::new(ID, Spot::new(self.file, at), format!("{who} {what}"))
        }
    }
}

/// What to do with a key of `issuer` where `owner` is asked.
fn help(issuer: &Provider, owner: &Provider) -> String {
    let own = issuer.env.first().map_or_else(|| "its own variable".to_owned(), Clone::clone);
    // Where each customer has a host of their own, there is none to name.
    let is_shared = issuer.api.as_ref().is_some_and(|api| api.version.is_none());
    let host = issuer.hosts.first().filter(|_| is_shared && takes_clients_of(issuer, &owner.id));
    host.map_or_else(
        || format!("Keep it in {own}, and put a key of {} here", owner.name),
        |host| {
            let path = issuer.api.as_ref().and_then(|api| api.bases.get(&owner.id)?.first()).map_or("", String::as_str);
            format!(
                "Keep it in {own} and give the client the address `https://{host}{path}`, or put a key of {} here",
                owner.name
            )
        },
    )
}

/// A key that another provider's SDK reads by default is sent on by mistake more often than not, but the variable may hold the right one.
fn severity(client: &Client, asked: &Provider) -> Severity {
    match client.key {
        KeyArgument::Literal(_) => Severity::Error,
        KeyArgument::Variable(_) if asked.id == client.provider => Severity::Error,
        _ => Severity::Warning,
    }
}

/// Variables for the address of `owner`'s API.
fn addresses(owner: &Provider) -> impl Iterator<Item = &str> {
    let speaks = |name: &&String| {
        name.split('_').any(|word| matches!(word, "BASE" | "URL" | "URI" | "ENDPOINT" | "HOST" | "PROXY"))
    };
    let settings = owner.settings.iter().filter(speaks);
    settings.chain(owner.sdks.iter().flat_map(|sdk| &sdk.base_reads)).map(String::as_str)
}

/// Whether clients made for `other` can be pointed at `provider`.
fn takes_clients_of(provider: &Provider, other: &str) -> bool {
    provider.api.as_ref().is_some_and(|api| api.bases.contains_key(other))
}

/// Whether two ids stand for one issuer, whose products share keys: `google` and `google-cloud`.
#[must_use]
pub fn are_kin(one: &str, other: &str) -> bool {
    one.split('-').next() == other.split('-').next()
}

/// What is wrong with a key of the right provider and the wrong kind: one that administers or signs, in a variable for calls, or the other way.
#[must_use]
pub fn wrong_kind(kind: Option<&str>, name: &str) -> Option<String> {
    const KINDS: [(&str, &[&str]); 4] = [
        ("admin", &["ADMIN"]),
        ("webhook", &["WEBHOOK", "SIGNING"]),
        ("session", &["SESSION"]),
        ("ephemeral", &["EPHEMERAL", "CLIENT", "SESSION"]),
    ];
    let speaks = |words: &[&str]| name.split('_').any(|word| words.contains(&word));
    let kind = kind.unwrap_or("");
    match KINDS.iter().find(|(known, _)| *known == kind) {
        Some((_, words)) if speaks(words) => None,
        Some((kind, _)) => Some(format!("{name} holds a key of the kind \"{kind}\", which ordinary calls do not take")),
        None if speaks(&["ADMIN"]) && matches!(kind, "project" | "user" | "service account" | "api") => {
            Some(format!("{name} holds a key of the kind \"{kind}\", which cannot administer anything"))
        }
        None => None,
    }
}
