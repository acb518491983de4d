//! An address at which the provider's API does not answer, or not as the SDK expects.
//!
//! `[provider.api]` says what addresses look like: what they end in when a client takes them, how every path begins, which paths are gone, which
//! version has to be named. An address that is called must be right in itself; one that is given to a client must end where the SDK goes on,
//! and that depends on the SDK: `https://api.anthropic.com` is right for Anthropic's own, and lacks `/v1` for OpenAI's.
//!
//! Only hosts that rules name are judged, since a proxy may have any path. Addresses in variables are judged where the official SDK is what
//! reads them, because software that reads them by itself has its own idea of what belongs into them.
//!
//! Limits: an address put together from parts is judged by the parts that stand in the text.

use super::Context;
use crate::{
    lint::{
        Catalogue, FileFacts, Language,
        address::Address,
        facts::{Client, Definition, Endpoint, EndpointRole, Giver},
        graph::Project,
        index::Names,
        place::{self, Place},
        problem::{Problem, Spot},
    },
    model::{Severity, Span},
    rules::{Api, Provider, Sdk, Version},
};

const ID: &str = "endpoint-wrong";

/// One problem for each address.
pub(super) fn run<'g>(context: &Context<'g>) -> Vec<Problem<'g>> {
    let mut problems = Vec::new();
    for (at, project) in context.graph.projects().iter().enumerate() {
        let files = project.files.iter().map(|at| &context.graph.files()[*at]);
        for file in files.filter(|file| !place::is_test(&file.path)) {
            let scene = Scene { context, names: Names::of(file), file, project, at };
            problems.extend(file.definitions.iter().filter_map(|definition| scene.definition(definition)));
            if Place::of(file) != Place::Text {
                problems.extend(file.endpoints.iter().filter_map(|endpoint| scene.endpoint(endpoint)));
                problems.extend(file.clients.iter().filter_map(|client| scene.client(client)));
            }
        }
    }
    problems
}

/// What is wrong with an address.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fault {
    /// `http://`
    Unencrypted,
    /// `/v1/v1`
    Doubled(String),
    /// The whole path of one call where a client wants the part that all share.
    WholePath(String),
    /// It ends in something else than clients expect.
    Ending(String),
    /// A path that does not begin as all of them do.
    Root(String),
    /// A path that is gone.
    Retired(String),
    /// `//` inside the path.
    EmptyPart,
}

impl Fault {
    fn words(&self) -> String {
        match self {
            Self::Unencrypted => "is not encrypted, so the key crosses the network in the clear".to_owned(),
            Self::Doubled(part) => format!("has `{part}` twice"),
            Self::WholePath(part) => format!("ends in `{part}`, which the client adds by itself"),
            Self::Ending(wanted) if wanted.is_empty() => "has a path, and the client adds its own".to_owned(),
            Self::Ending(wanted) => format!("does not end in `{wanted}`, where the client goes on"),
            Self::Root(wanted) => format!("lacks `{wanted}` in front of its path"),
            Self::Retired(part) => format!("names `{part}`, which no longer answers"),
            Self::EmptyPart => "has two slashes in a row".to_owned(),
        }
    }

    fn help(&self, host: &str) -> String {
        match self {
            Self::Unencrypted => format!("Write `https://{host}`"),
            Self::Doubled(part) => format!("Write `{part}` once; SDKs add the rest of the path"),
            Self::WholePath(part) => format!("Cut `{part}` off"),
            Self::Ending(wanted) => format!("Write `https://{host}{wanted}`"),
            Self::Root(wanted) => format!("Begin the path with `{wanted}`"),
            Self::Retired(_) => {
                "Use the endpoint that replaced it; the provider's page of deprecations names it".to_owned()
            }
            Self::EmptyPart => "Write one slash".to_owned(),
        }
    }
}

/// Paths of single calls. SDKs append them.
const CALLS: [&str; 8] = [
    "/chat/completions",
    "/completions",
    "/embeddings",
    "/responses",
    "/models",
    "/messages",
    "/images/generations",
    "/audio/transcriptions",
];

struct Scene<'c, 'g> {
    context: &'c Context<'g>,
    names: Names<'g>,
    file: &'g FileFacts,
    project: &'g Project,
    /// The project's position.
    at: usize,
}

impl<'g> Scene<'_, 'g> {
    fn endpoint(&self, endpoint: &'g Endpoint) -> Option<Problem<'g>> {
        let provider = self.context.options.catalogue.provider(&endpoint.provider)?;
        let address = Address::parse(&endpoint.url)?;
        let client = self.names.client(endpoint.at);
        let fault = match client {
            Some(client) => self.client_fault(client, provider, &address),
            None => call_fault(endpoint, provider, &address),
        }?;
        let what = format!("the address of {}", provider.name);
        Some(self.problem(endpoint.at, provider, &fault, &address, &what))
    }

    /// What is wrong with an address that is given to a client.
    fn client_fault(&self, client: &Client, provider: &Provider, address: &Address<'_>) -> Option<Fault> {
        let bases = provider.api.as_ref()?.bases.get(&client.provider);
        plain_fault(address).or_else(|| ending_fault(address, bases.filter(|_| goes_on(self.context, client))?))
    }

    /// `OPENAI_BASE_URL=https://api.openai.com`
    fn definition(&self, definition: &'g Definition) -> Option<Problem<'g>> {
        if definition.giver == Giver::Program || self.file.language == Language::Document {
            return None;
        }
        let (owner, sdk) = self.reader(&definition.name)?;
        if sdk.is_none() {
            return self.unread(definition, owner);
        }
        let value = definition.value.as_ref()?;
        let text = String::from_utf8_lossy(value.text.expose());
        let address = Address::parse(&text)?;
        let asked = self.context.options.catalogue.at_host(address.host)?;
        let bases = asked.api.as_ref().and_then(|api| api.bases.get(&owner.id));
        let fault = plain_fault(&address).or_else(|| ending_fault(&address, bases?))?;
        Some(self.problem(value.at, asked, &fault, &address, &format!("the address in {}", definition.name)))
    }

    /// Whose variable for an address `name` is, and the official SDK that reads it in this project, if one does and nothing else reads it.
    fn reader(&self, name: &str) -> Option<(&'g Provider, Option<&'g Sdk>)> {
        let catalogue = self.context.options.catalogue;
        let (owner, _) = catalogue.named(name)?;
        if self.context.index().is_read(name, Some(self.at)) {
            return None;
        }
        let uses = |sdk: &&Sdk| sdk.packages.iter().any(|package| self.project.packages.contains(package));
        let reads = |sdk: &&Sdk| sdk.base_reads.iter().any(|read| read == name);
        let all = catalogue.providers().iter().flat_map(|provider| &provider.sdks).filter(uses);
        // Libraries on top of the provider's own may want something else in it.
        let is_own = |sdk: &Sdk| {
            let first = owner.sdks.iter().find(|first| first.language == sdk.language);
            first.is_some_and(|own| std::ptr::eq(own, sdk))
        };
        match all.clone().find(reads) {
            Some(sdk) => all.filter(reads).all(is_own).then_some((owner, Some(sdk))),
            None => (all.count() > 0).then_some((owner, None)),
        }
    }

    /// A variable that older versions of the SDK read, in a project where only the new one is used.
    fn unread(&self, definition: &'g Definition, owner: &'g Provider) -> Option<Problem<'g>> {
        let is_retired = |sdk: &&Sdk| sdk.retired.contains(&definition.name);
        let sdk = owner.sdks.iter().find(is_retired)?;
        let clients = self.context.index().clients_of(self.at);
        let is_new = |client: &Client| {
            client.provider == owner.id && client.package.as_ref().is_some_and(|package| sdk.packages.contains(package))
        };
        // Another library may still read it.
        if clients.is_empty() || !clients.iter().all(|(_, client)| is_new(client)) || self.is_read_by_other(definition)
        {
            return None;
        }
        let (file, client) = clients[0];
        let now = sdk.base_reads.first()?;
        Some(Problem {
            message: format!(
                "{} is no longer read by `{}`, which asks the provider's own address instead",
                definition.name, sdk.packages[0]
            ),
            help: format!("Name it {now}"),
            provider: Some(owner.id.clone()),
            related: vec![(Spot::new(file, client.at), "the client that does not read it".to_owned())],
            ..Problem::new(ID, Spot::new(self.file, definition.at), definition.name.clone())
        })
    }

    /// Whether a package of the project is known to read the variable, or is a library on top of SDKs that may.
    fn is_read_by_other(&self, definition: &Definition) -> bool {
        let libraries = [
            "langchain",
            "litellm",
            "llama",
            "autogen",
            "crewai",
            "haystack",
            "instructor",
            "guidance",
            "dspy",
            "semantic-kernel",
        ];
        self.project.packages.iter().any(|package| libraries.iter().any(|library| package.contains(library)))
            || self.context.options.catalogue.named(&definition.name).is_none()
    }

    /// A client that must be told the API's version and is not; an option that the SDK no longer reads.
    fn client(&self, client: &'g Client) -> Option<Problem<'g>> {
        self.retired_option(client).or_else(|| self.versionless(client))
    }

    fn retired_option(&self, client: &'g Client) -> Option<Problem<'g>> {
        let provider = self.context.options.catalogue.provider(&client.provider)?;
        let package = client.package.as_ref()?;
        let sdk =
            provider.sdks.iter().find(|sdk| sdk.packages.contains(package) && sdk.clients.contains(&client.class))?;
        let (name, at) = client.options.iter().find(|(name, _)| sdk.retired.contains(name))?;
        let now = sdk.base.first()?;
        Some(Problem {
            message: format!("`{}` does not read the option `{name}`", client.class),
            help: format!("Write `{now}`"),
            provider: Some(provider.id.clone()),
            ..Problem::new(ID, Spot::new(self.file, *at), name.clone())
        })
    }

    fn versionless(&self, client: &'g Client) -> Option<Problem<'g>> {
        let provider = self.context.options.catalogue.provider(&client.provider)?;
        let version = provider.api.as_ref()?.version.as_ref()?;
        let is_told = client.options.iter().any(|(name, _)| version.arguments.contains(name));
        let base = client.base_url.and_then(|at| self.names.endpoint(at));
        let is_free = base.is_some_and(|base| version.free.iter().any(|free| base.url.contains(free.as_str())));
        // Clients of other languages know the version that they were made for.
        let must_be_told = matches!(self.file.language, Language::Python | Language::JavaScript);
        if is_told || is_free || client.options.is_empty() || !must_be_told || !is_official(provider, client) {
            return None;
        }
        self.version_problem(client, provider, version)
    }

    /// A warning when the project sets the client's other variables and not this one; a note when it sets none.
    fn version_problem(&self, client: &'g Client, provider: &Provider, version: &Version) -> Option<Problem<'g>> {
        let speaks_of = |name: &String| self.context.index().is_mentioned(name);
        if version.env.iter().any(speaks_of) {
            return None;
        }
        let argument = version.arguments.first()?;
        let severity = if provider.env.iter().any(speaks_of) { Severity::Warning } else { Severity::Note };
        Some(Problem {
            severity,
            message: format!("`{}` is not told which version of the API to ask for", client.class),
            help: format!("Pass `{argument}`, or set {}", version.env.first()?),
            provider: Some(provider.id.clone()),
            ..Problem::new(ID, Spot::new(self.file, client.at), format!("{} version", client.class))
        })
    }

    fn problem(&self, at: Span, provider: &Provider, fault: &Fault, address: &Address<'_>, what: &str) -> Problem<'g> {
        Problem {
            message: format!("{what} {}", fault.words()),
            help: fault.help(address.host),
            provider: Some(provider.id.clone()),
            ..Problem::new(ID, Spot::new(self.file, at), fault.words())
        }
    }
}

/// What is wrong with an address that is called, or stands somewhere by itself.
fn call_fault(endpoint: &Endpoint, provider: &Provider, address: &Address<'_>) -> Option<Fault> {
    let api = provider.api.as_ref()?;
    let is_used = endpoint.role != EndpointRole::Other;
    let plain = plain_fault(address).filter(|fault| is_used || *fault != Fault::Unencrypted);
    plain
        .or_else(|| retired(address, api))
        .or_else(|| (endpoint.role == EndpointRole::Call).then(|| root_fault(address, api))?)
}

/// Whether the client is of the provider's own SDK in a language where it appends the rest of the path to what it is given. Libraries on top may
/// add the shared part themselves.
fn goes_on(context: &Context<'_>, client: &Client) -> bool {
    context.options.catalogue.provider(&client.provider).is_some_and(|provider| is_official(provider, client))
}

/// Whether the client is of the library that its provider's file names first for a language: the provider's own.
fn is_official(provider: &Provider, client: &Client) -> bool {
    let own = |language: &&str| provider.sdks.iter().find(|sdk| sdk.language == *language);
    let has = |sdk: &Sdk| client.package.as_ref().is_some_and(|package| sdk.packages.contains(package));
    ["python", "javascript"].iter().filter_map(own).any(has)
}

/// What is wrong with `url`, which clients made for `owner` are given, and what to write instead. For an address that stands in no file.
#[must_use]
pub fn base_fault(catalogue: &Catalogue, owner: &Provider, url: &str) -> Option<(String, String)> {
    let address = Address::parse(url)?;
    let asked = catalogue.at_host(address.host)?;
    let bases = asked.api.as_ref().and_then(|api| api.bases.get(&owner.id));
    let fault = plain_fault(&address).or_else(|| ending_fault(&address, bases?))?;
    Some((fault.words(), fault.help(address.host)))
}

/// What is wrong wherever the address is used.
fn plain_fault(address: &Address<'_>) -> Option<Fault> {
    if address.scheme.eq_ignore_ascii_case("http") {
        return Some(Fault::Unencrypted);
    }
    if let Some(part) = doubled(address.path) {
        return Some(Fault::Doubled(part));
    }
    address.path.contains("//").then_some(Fault::EmptyPart)
}

/// `/v1` in `/v1/v1/chat`: a version that follows itself.
fn doubled(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').collect();
    let is_version =
        |part: &str| part.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    parts.windows(2).find(|pair| pair[0] == pair[1] && is_version(pair[0])).map(|pair| format!("/{}", pair[0]))
}

/// What is wrong with an address that a client goes on from, of which all that are right end in one of `bases`.
fn ending_fault(address: &Address<'_>, bases: &[String]) -> Option<Fault> {
    let path = address.trimmed_path();
    if address.is_template() || bases.is_empty() || bases.iter().any(|base| base == path) {
        return None;
    }
    let call = CALLS.iter().find(|call| path.ends_with(*call));
    if let Some(call) = call {
        return Some(Fault::WholePath((*call).to_owned()));
    }
    // A deployment or a version of another kind may stand behind what is known.
    let goes_beyond = bases.iter().any(|base| !base.is_empty() && address.is_below(base));
    (!goes_beyond).then(|| Fault::Ending(bases[0].clone()))
}

fn root_fault(address: &Address<'_>, api: &Api) -> Option<Fault> {
    let first = api.roots.first()?;
    let is_right = address.path.len() < 2 || address.path.starts_with("/$") || address.path.starts_with("/{");
    let begins = api.roots.iter().any(|root| address.is_below(root));
    (!is_right && !begins && CALLS.iter().any(|call| address.is_below(call))).then(|| Fault::Root(first.clone()))
}

fn retired(address: &Address<'_>, api: &Api) -> Option<Fault> {
    let is_retired = |path: &&String| match path.strip_suffix('/') {
        Some(folder) => address.is_below(folder) && address.path.trim_end_matches('/') != folder,
        None => address.is_below(path),
    };
    api.retired.iter().find(is_retired).map(|path| Fault::Retired(path.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(url: &str, bases: &[&str]) -> Option<Fault> {
        let bases: Vec<String> = bases.iter().map(|base| (*base).to_owned()).collect();
        let address = Address::parse(url).unwrap();
        plain_fault(&address).or_else(|| ending_fault(&address, &bases))
    }

    #[test]
    fn a_base_ends_where_the_client_goes_on() {
        let v1 = &["/v1"];
        assert_eq!(base("https://api.example.test/v1", v1), None);
        assert_eq!(base("https://api.example.test/v1/", v1), None);
        assert_eq!(base("https://api.example.test", v1), Some(Fault::Ending("/v1".to_owned())));
        assert_eq!(base("https://api.example.test/v1/v1", v1), Some(Fault::Doubled("/v1".to_owned())));
        assert_eq!(
            base("https://api.example.test/v1/chat/completions", v1),
            Some(Fault::WholePath("/chat/completions".to_owned()))
        );
        assert_eq!(base("http://api.example.test/v1", v1), Some(Fault::Unencrypted));
        assert_eq!(base("https://api.example.test//v1", v1), Some(Fault::EmptyPart));
        assert_eq!(base("https://api.example.test/v1", &[""]), Some(Fault::Ending(String::new())));
        assert_eq!(base("https://api.example.test", &["", "/v1"]), None);
        assert_eq!(base("https://${HOST}/x", v1), None, "what is filled in later may be right");
        assert_eq!(base("https://r.example.test/openai/deployments/x", &["/openai/v1", "/openai/deployments"]), None);
    }

    #[test]
    fn a_call_names_a_path_that_answers() {
        let api = Api {
            roots: vec!["/v1".to_owned()],
            retired: vec!["/v1/engines/".to_owned(), "/v1/search".to_owned()],
            ..Api::default()
        };
        let judge = |url| {
            let address = Address::parse(url).unwrap();
            retired(&address, &api).or_else(|| root_fault(&address, &api))
        };
        assert_eq!(judge("https://api.example.test/v1/chat/completions"), None);
        assert_eq!(judge("https://api.example.test/chat/completions"), Some(Fault::Root("/v1".to_owned())));
        assert_eq!(
            judge("https://api.example.test/v1/engines/davinci/completions"),
            Some(Fault::Retired("/v1/engines/".to_owned()))
        );
        assert_eq!(judge("https://api.example.test/"), None);
        assert_eq!(judge("https://api.example.test/${path}"), None);
    }
}
