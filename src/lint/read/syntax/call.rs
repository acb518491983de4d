//! Calls that hand a key to a provider: clients of SDKs, requests, `Authorization` headers.
//!
//! What a client is called and which arguments it takes is data (`[[provider.sdk]]` in `rules/`); this module matches calls with it.

use super::{Address, Dialect, Node, Script, Wording, script::OriginSource};
use crate::{
    lint::{
        facts::{AuthHeader, Client, Endpoint, EndpointRole, KeyArgument, Scope},
        read::header,
    },
    model::Span,
    rules::{DEFAULT_EXPORT, Provider, Sdk},
};

/// Of a call this many nodes are searched for a syntax error.
const MOST_IN_CALL: usize = 256;

/// An argument of a call, or a member of the object that is its argument.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Argument<'t> {
    /// Its name and the name's place; `None` for a positional one.
    pub(in super::super) name: Option<(&'t str, Span)>,
    /// Its value.
    pub(in super::super) value: Node<'t>,
    /// The whole argument.
    pub(in super::super) whole: Node<'t>,
}

/// The arguments of a call.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Arguments<'t> {
    /// Those that are known, in order.
    pub(in super::super) known: Vec<Argument<'t>>,
    /// An expression that brings further named ones: `**options`, `...options`.
    pub(in super::super) spread: Option<Node<'t>>,
}

impl<'t> Arguments<'t> {
    /// The value of the first argument called one of `names`.
    pub(in super::super) fn named(&self, names: &[&str]) -> Option<Argument<'t>> {
        let is_named = |argument: &&Argument<'t>| argument.name.is_some_and(|(name, _)| names.contains(&name));
        self.known.iter().find(is_named).copied()
    }

    /// The value of the positional argument number `at`, from zero.
    pub(in super::super) fn positional(&self, at: usize) -> Option<Node<'t>> {
        self.known.iter().filter(|argument| argument.name.is_none()).nth(at).map(|argument| argument.value)
    }

    /// The argument that `name` stands for in `rules/`: a name, or a number for a positional one.
    fn meant(&self, name: &str) -> Option<Argument<'t>> {
        match name.parse::<usize>() {
            Ok(at) => {
                let positional = self.known.iter().filter(|argument| argument.name.is_none()).nth(at).copied();
                // An object holds named arguments, and is none itself.
                positional.filter(|argument| argument.value.kind() != "object")
            }
            Err(_) => self.named(&[name]),
        }
    }
}

/// A call.
#[derive(Clone, Debug)]
pub(in super::super) struct Use<'t> {
    /// The whole expression.
    pub(in super::super) node: Node<'t>,
    /// The path of what is called.
    pub(in super::super) path: String,
    /// What is passed.
    pub(in super::super) arguments: Arguments<'t>,
    /// When.
    pub(in super::super) scope: Scope,
}

/// Names of arguments and variables that hold an address for many requests, without `_` and in lower case.
const BASES: [&str; 8] =
    ["baseurl", "apibase", "openaiapibase", "endpoint", "azureendpoint", "serverurl", "apiurl", "basepath"];

/// Whether `name` is one that a base address is given to.
pub(in super::super) fn is_base(name: &str) -> bool {
    let bare: String = name.chars().filter(|c| *c != '_').collect::<String>().to_lowercase();
    BASES.iter().any(|base| bare.ends_with(base))
}

/// Last parts of the paths of functions that make a request.
const REQUESTS: [&str; 17] = [
    "fetch", "$fetch", "get", "post", "put", "patch", "delete", "request", "Request", "urlopen", "stream", "axios",
    "got", "ky", "ofetch", "ajax", "create",
];

impl<'s, D: Dialect> Script<'s, D> {
    /// The library whose client `call` builds, and the client's name.
    fn client_of(&self, call: &Use<'s>) -> Option<(&'s Provider, &'s Sdk, &'s str)> {
        let fits = self.sdks.iter().filter_map(|(provider, sdk)| {
            let packages = sdk.packages.iter().filter(|package| D::is_in(&call.path, package));
            let package = packages.map(String::len).max()?;
            let class = sdk.clients.iter().find(|client| names_client(&call.path, client))?;
            let model = self.model_fits(sdk, &call.arguments)?;
            // The default export is known to people by the name of the class.
            let class = if class == DEFAULT_EXPORT { sdk.clients.first()? } else { class };
            Some(((model, package), (*provider, *sdk, class.as_str())))
        });
        // The longest package is the most specific, and a model that was named says more than one that was not.
        fits.max_by_key(|(weight, _)| *weight).map(|(_, found)| found)
    }

    /// How well the model that the call names fits a library that serves several providers; `None` when it is another's.
    fn model_fits(&self, sdk: &Sdk, arguments: &Arguments<'s>) -> Option<usize> {
        if sdk.models.is_empty() {
            return Some(0);
        }
        let model = arguments.named(&["model", "model_id", "modelName", "model_name"]).map(|argument| argument.value);
        let (text, _) = self.text(model.or_else(|| arguments.positional(0))?)?;
        sdk.models.iter().filter(|prefix| text.starts_with(prefix.as_str())).map(|prefix| prefix.len() + 1).max()
    }

    /// Notes the client that `call` builds, if it does.
    pub(in super::super) fn add_client(&mut self, call: &Use<'s>) {
        let Some((provider, sdk, class)) = self.client_of(call) else { return };
        let key = sdk.key.iter().find_map(|name| call.arguments.meant(name));
        let (key, reads) = match (key, call.arguments.spread) {
            (Some(argument), _) => self.key(argument.value),
            (None, Some(spread)) if !sdk.key.is_empty() => (KeyArgument::Expression(spread.span()), Vec::new()),
            (None, _) => (KeyArgument::Default, Vec::new()),
        };
        let base = sdk.base.iter().find_map(|name| call.arguments.meant(name)).map(|argument| argument.value);
        let served = self.served(provider, base);
        if let Some(served) = served {
            self.feed(&reads, &served);
        }
        self.add_built(call, (provider, sdk, class), key, base);
    }

    fn add_built(
        &mut self,
        call: &Use<'s>,
        (provider, sdk, class): (&Provider, &Sdk, &str),
        key: KeyArgument,
        base: Option<Node<'s>>,
    ) {
        if let KeyArgument::Literal(at) = key {
            self.hide(at);
        }
        let base = base.filter(|base| !D::is_nothing(D::peel(*base)));
        if let Some(base) = base {
            self.give_role(base, EndpointRole::Base);
        }
        let switch = sdk.browser.as_deref().and_then(|name| call.arguments.named(&[name]));
        let package = sdk.packages.iter().filter(|package| D::is_in(&call.path, package)).max_by_key(|p| p.len());
        // What a syntax error hides may be an address.
        let is_broken = call.node.descendants().take(MOST_IN_CALL).any(|node| node.is(&["ERROR"]));
        self.facts.clients.push(Client {
            provider: provider.id.clone(),
            class: class.to_owned(),
            package: package.cloned(),
            at: call.node.span(),
            key,
            base_url: base.and_then(|base| self.text(base)).map(|(_, at)| at),
            has_base_url: base.is_some() || is_broken,
            browser: switch.filter(|switch| switch.value.text() == "true").map(|switch| switch.whole.span()),
            options: call
                .arguments
                .known
                .iter()
                .filter_map(|argument| argument.name)
                .map(|(name, at)| (name.to_owned(), at))
                .collect(),
            scope: call.scope,
        });
    }

    /// Whose key a client needs that speaks to `base`; `None` when that cannot be told.
    fn served(&self, provider: &Provider, base: Option<Node<'s>>) -> Option<String> {
        let Some(base) = base else { return Some(provider.id.clone()) };
        if D::is_nothing(D::peel(base)) {
            return Some(provider.id.clone());
        }
        if let Some(wording) = Wording::of::<D>(self.value(base)) {
            let text = wording.shown();
            return Address::of(&text, self.catalogue).map(|address| address.provider);
        }
        let OriginSource::Read(read) = self.origin(base).source else { return None };
        let (named, _) = self.catalogue.named(&self.facts.reads[read].name)?;
        Some(named.id.clone())
    }

    /// Notes a client that is a module whose variables are set, as `openai.api_key = …` does: `statement` gives it the key `key`.
    pub(in super::super) fn add_module_client(&mut self, statement: Node<'s>, path: &str, key: Node<'s>, scope: Scope) {
        let Some((package, name)) = path.rsplit_once('.') else { return };
        let is_it = |sdk: &Sdk| sdk.packages.iter().any(|p| p == package) && sdk.key.iter().any(|key| key == name);
        // Libraries may hold clients of several providers; the module is that of the one it is named after.
        let found = self.sdks.iter().filter(|(_, sdk)| is_it(sdk)).min_by_key(|(provider, _)| provider.id != package);
        let Some((provider, sdk)) = found.copied() else { return };
        let (key, reads) = self.key(key);
        self.feed(&reads, &provider.id);
        let call = Use { node: statement, path: package.to_owned(), arguments: Arguments::default(), scope };
        self.add_built(&call, (provider, sdk, package), key, None);
    }

    /// Notes the address that the string `node` is, if it leads to a provider.
    pub(in super::super) fn add_endpoint(&mut self, node: Node<'s>, inner: Span, role: EndpointRole) {
        let Some(address) = Address::of(node.slice(inner), self.catalogue) else { return };
        self.endpoints.insert(node.position(), self.facts.endpoints.len());
        self.facts.endpoints.push(Endpoint { provider: address.provider, url: address.url, at: inner, role });
    }

    /// Notes what the address in `node` is used for, and tells whose it is.
    fn give_role(&mut self, node: Node<'s>, role: EndpointRole) -> Option<String> {
        let value = self.value(node);
        let at = std::iter::once(value)
            .chain(value.descendants().take(64))
            .find_map(|node| self.endpoints.get(&node.position()))
            .copied()?;
        let endpoint = &mut self.facts.endpoints[at];
        if endpoint.role == EndpointRole::Other {
            endpoint.role = role;
        }
        Some(endpoint.provider.clone())
    }

    /// Looks at what `call` passes: addresses get their role, and headers beside them their provider.
    pub(in super::super) fn add_request(&mut self, call: &Use<'s>) {
        if self.facts.endpoints.is_empty() {
            return;
        }
        let last = call.path.trim_end_matches("()").rsplit(['.', '#']).find(|part| !part.is_empty()).unwrap_or("");
        let is_request = REQUESTS.contains(&last) || REQUESTS.contains(&call.path.trim_end_matches('#'));
        let mut provider = None;
        for argument in call.arguments.known.iter().take(32) {
            let role = match argument.name {
                Some((name, _)) if is_base(name) => EndpointRole::Base,
                Some((name, _)) if !matches!(name, "url" | "uri" | "hostname" | "host") => continue,
                _ if is_request => EndpointRole::Call,
                _ => EndpointRole::Other,
            };
            provider = provider.or(self.give_role(argument.value, role));
        }
        let Some(provider) = provider else { return };
        for argument in call.arguments.known.iter().take(32) {
            self.address_headers(argument.value, &provider, 3);
        }
    }

    /// Says of the headers in `node`, or in what a name in it stands for, that they go to `provider`.
    fn address_headers(&mut self, node: Node<'s>, provider: &str, deep: usize) {
        let value = self.value(node);
        let within: Vec<usize> = self.open_headers.range(value.span().range()).map(|(start, _)| *start).collect();
        let mut reads = Vec::new();
        for (header, of) in within.iter().filter_map(|start| self.open_headers.remove(start)) {
            self.facts.headers[header].provider = Some(provider.to_owned());
            reads.extend(of);
        }
        self.feed(&reads, provider);
        // Options that are handed over by name hold headers that are named in turn: `{headers}` or `{headers: headers}`.
        let Some(deep) = deep.checked_sub(1) else { return };
        let names: Vec<Node<'s>> =
            value.descendants().take(64).filter(|node| D::is_name(*node) && self.value(*node) != *node).collect();
        for name in names.into_iter().take(8) {
            self.address_headers(name, provider, deep);
        }
    }

    /// Notes that the header `name` gets the value `node`.
    pub(in super::super) fn add_header(&mut self, name: &str, node: Node<'s>) {
        if !header::is_auth(name) {
            return;
        }
        let value = self.value(node);
        let (before, key, after, reads) = if let Some(wording) = Wording::of::<D>(value) {
            self.worded_key(&wording)
        } else {
            let (key, reads) = self.key(value);
            (String::new(), key, String::new(), reads)
        };
        if let KeyArgument::Literal(at) = key {
            self.hide(at);
        }
        let at = node.span();
        self.open_headers.insert(at.start, (self.facts.headers.len(), reads));
        let name = name.to_ascii_lowercase();
        self.facts.headers.push(AuthHeader { name, before, after, key, provider: None, at });
    }

    /// What stands around the key in a header's value.
    fn worded_key(&self, wording: &Wording<'s>) -> (String, KeyArgument, String, Vec<usize>) {
        let mut holes = wording.holes();
        match (holes.next(), holes.next(), wording.literal()) {
            (Some(hole), None, _) => {
                let (key, reads) = self.key(hole);
                (wording.before(), key, wording.after(), reads)
            }
            (None, _, Some(at)) => {
                let text = wording.node.slice(at);
                let scheme = scheme_length(text);
                let key = KeyArgument::Literal(Span::new(at.start + scheme, at.end));
                (text[..scheme].to_owned(), key, String::new(), Vec::new())
            }
            // Several parts: which of them is the scheme and which the key cannot be told.
            _ => {
                let reads = wording.holes().flat_map(|hole| self.key(hole).1).collect();
                (String::new(), KeyArgument::Expression(wording.node.span()), String::new(), reads)
            }
        }
    }
}

/// Length of the words in front of the key: `Bearer `, `Bearer  Bearer `.
fn scheme_length(text: &str) -> usize {
    let mut length = 0;
    while let Some(blank) = text[length..].find(' ') {
        let word = text[length..length + blank].trim_end_matches(':');
        if word.len() > 10 || !word.bytes().all(|b| b.is_ascii_alphabetic()) {
            break;
        }
        length += blank + 1;
    }
    length
}

/// Whether `path` names the client that `rules/` calls `client`.
fn names_client(path: &str, client: &str) -> bool {
    if client == DEFAULT_EXPORT {
        return path.ends_with('#');
    }
    path.strip_suffix(client).is_some_and(|front| front.is_empty() || front.ends_with(['.', '#', '/']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_is_the_words_in_front_of_the_key() {
        for (text, scheme) in [
            ("Bearer abc-1", "Bearer "),
            ("Bearer Bearer x1", "Bearer Bearer "),
            ("abc-1", ""),
            ("Bearer  x1", "Bearer  "),
        ] {
            assert_eq!(&text[..scheme_length(text)], scheme);
        }
    }

    #[test]
    fn addresses_are_given_to_names_that_end_like_a_base() {
        assert!(is_base("base_url") && is_base("baseURL") && is_base("OPENAI_BASE_URL") && is_base("azure_endpoint"));
        assert!(!is_base("url") && !is_base("database"));
    }
}
