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
        FileFacts, Known,
        address::Address,
        catalogue::Standing,
        facts::{AuthHeader, Client, Definition, Fallback, Giver, KeyArgument, Read},
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
    for (at, file) in context.graph.files().iter().enumerate().filter(|(_, file)| !place::is_test(&file.path)) {
        let scene = Scene { context, file, at };
        problems.extend(file.definitions.iter().filter_map(|definition| scene.definition(definition)));
        problems.extend(file.reads.iter().filter_map(|read| scene.fallback(read)));
        if Place::of(file) != Place::Text {
            problems.extend(file.clients.iter().filter_map(|client| scene.client(client)));
            problems.extend(file.headers.iter().filter_map(|header| scene.header(header)));
        }
    }
    problems
}

struct Scene<'c, 'g> {
    context: &'c Context<'g>,
    file: &'g FileFacts,
    at: usize,
}

/// Where requests go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Destination<'g> {
    /// To the provider called so.
    Provider(&'g str),
    /// Somewhere that takes keys of its own.
    Unknown,
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
            let message = wrong_kind(known, name)?;
            let help = format!("Put the key of an ordinary project into {name}, and this one where it is asked for");
            return Some(Problem { message, help, provider: Some(owner.id.clone()), ..Problem::new(ID, spot, name) });
        }
        let sent = self.destination(owner);
        if sent != Destination::Provider(&owner.id) {
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

    /// Where clients of `owner` send their requests in this project, as far as variables and clients tell.
    fn destination<'o>(&self, owner: &'o Provider) -> Destination<'o>
    where
        'g: 'o,
    {
        let project = self.context.graph.project_of(self.at);
        let files = project.files.iter().map(|at| &self.context.graph.files()[*at]);
        for file in files.chain([self.file]) {
            let is_address = |name: &str| is_address_of(self.context, name, owner);
            let defined = file.definitions.iter().filter(|definition| is_address(&definition.name));
            let elsewhere = |definition: &Definition| {
                definition.value.as_ref().is_none_or(|value| !self.is_at(value.text.expose(), owner))
            };
            let is_read = file.reads.iter().any(|read| is_address(&read.name));
            let is_built = file.clients.iter().any(|client| client.provider == owner.id && client.has_base_url);
            if defined.clone().any(elsewhere) || is_built || (is_read && defined.count() == 0) {
                return Destination::Unknown;
            }
        }
        Destination::Provider(&owner.id)
    }

    fn is_at(&self, address: &[u8], owner: &Provider) -> bool {
        let address = String::from_utf8_lossy(address);
        let host = Address::parse(&address).map(|address| address.host.to_owned());
        host.is_none_or(|host| self.context.options.catalogue.at_host(&host).is_some_and(|found| found.id == owner.id))
    }

    /// `OpenAI(api_key=os.environ["DEEPSEEK_API_KEY"])`, `OpenAI(base_url="https://api.deepseek.com")`
    fn client(&self, client: &'g Client) -> Option<Problem<'g>> {
        let asked = match client.base_url.and_then(|at| self.endpoint_at(at)) {
            Some(provider) => provider,
            None if client.has_base_url => return None,
            None => &client.provider,
        };
        let asked = self.context.options.catalogue.provider(asked)?;
        let (issuer, what) = self.key(&client.key, asked, Some(client))?;
        // Without an address in the code, one in a variable may send the client elsewhere.
        if !client.has_base_url && self.variable_sends_away(asked) {
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
        let files = self.context.graph.files().iter();
        let values = files.flat_map(|file| file.definitions.iter().map(move |definition| (file, definition)));
        let mut values = values.filter(|(_, definition)| definition.name == name);
        let is_of_asked = |(file, definition): (&FileFacts, &Definition)| {
            let at = definition.value.as_ref().map(|value| value.at);
            at.and_then(|at| file.known_at(at)?.provider.as_deref()).is_some_and(|issuer| issuer == asked.id)
        };
        (!values.any(is_of_asked)).then_some(owner)
    }

    /// Whether a variable of the project sends clients of `asked` to another host.
    fn variable_sends_away(&self, asked: &Provider) -> bool {
        let defined = self.context.graph.files().iter().flat_map(|file| &file.definitions);
        let mut addresses = defined.filter(|definition| is_address_of(self.context, &definition.name, asked));
        addresses
            .any(|definition| definition.value.as_ref().is_none_or(|value| !self.is_at(value.text.expose(), asked)))
    }

    fn endpoint_at(&self, at: Span) -> Option<&'g str> {
        self.file.endpoints.iter().find(|endpoint| endpoint.at == at).map(|endpoint| &*endpoint.provider)
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

/// Whether `name` is a variable for the address of `owner`'s API.
fn is_address_of(context: &Context<'_>, name: &str, owner: &Provider) -> bool {
    let catalogue = context.options.catalogue;
    let is_setting =
        catalogue.named(name).is_some_and(|(found, standing)| found.id == owner.id && standing == Standing::Setting);
    let is_asked = owner.sdks.iter().any(|sdk| sdk.base_reads.iter().any(|read| read == name));
    let speaks = |words: &[&str]| name.split('_').any(|word| words.contains(&word));
    is_asked || (is_setting && speaks(&["BASE", "URL", "URI", "ENDPOINT", "HOST", "PROXY"]))
}

/// Whether clients made for `other` can be pointed at `provider`.
fn takes_clients_of(provider: &Provider, other: &str) -> bool {
    provider.api.as_ref().is_some_and(|api| api.bases.contains_key(other))
}

/// Whether two ids stand for one issuer, whose products share keys: `google` and `google-cloud`.
fn are_kin(one: &str, other: &str) -> bool {
    one.split('-').next() == other.split('-').next()
}

/// What is wrong with a key of the right provider and the wrong kind: one that administers or signs, in a variable for calls, or the other way.
fn wrong_kind(known: &Known, name: &str) -> Option<String> {
    const KINDS: [(&str, &[&str]); 4] = [
        ("admin", &["ADMIN"]),
        ("webhook", &["WEBHOOK", "SIGNING"]),
        ("session", &["SESSION"]),
        ("ephemeral", &["EPHEMERAL", "CLIENT", "SESSION"]),
    ];
    let speaks = |words: &[&str]| name.split('_').any(|word| words.contains(&word));
    let kind = known.kind.as_deref().unwrap_or("");
    match KINDS.iter().find(|(known, _)| *known == kind) {
        Some((_, words)) if speaks(words) => None,
        Some((kind, _)) => Some(format!("{name} holds a key of the kind \"{kind}\", which ordinary calls do not take")),
        None if speaks(&["ADMIN"]) && matches!(kind, "project" | "user" | "service account" | "api") => {
            Some(format!("{name} holds a key of the kind \"{kind}\", which cannot administer anything"))
        }
        None => None,
    }
}
