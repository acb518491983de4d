//! Clients of providers' SDKs, as the `[[provider.sdk]]` tables describe them: where one is built, and what it gets for a key and an address.

use std::{cell::OnceCell, ops::Range};

use super::{
    File,
    forms::sdk_language,
    lex::Kind,
    pattern::{Index, Match},
    reads::Names,
};
use crate::{
    lint::{
        Language,
        facts::{Client, KeyArgument},
        read::scribe::Scribe,
    },
    model::Span,
    rules::{Provider, Sdk},
};

/// Calls chained to a client are followed this far.
const LONGEST_CHAIN: usize = 60;
/// Tokens of a client's arguments that are looked at.
const LONGEST: usize = 600;

/// A library and whose it is.
struct Library<'c> {
    provider: &'c str,
    sdk: &'c Sdk,
    /// The package that the file names; the first one when it names none.
    package: Option<&'c String>,
    /// The first token that names its argument for the key, wherever in the file; looked for once.
    setter: OnceCell<Option<usize>>,
    /// The same for the address.
    base_setter: OnceCell<Option<usize>>,
}

impl<'c> Library<'c> {
    fn new(file: &File<'_>, provider: &'c Provider, sdk: &'c Sdk) -> Self {
        let named = sdk.packages.iter().find(|package| file.text.contains(package.as_str()));
        Self {
            provider: &provider.id,
            sdk,
            package: named.or_else(|| sdk.packages.first()),
            setter: OnceCell::new(),
            base_setter: OnceCell::new(),
        }
    }

    /// Where a configuration that is built by itself gets the key: `config.with_api_key(key)`, `Credential = new ApiKeyCredential(key)`.
    fn setter(&self, file: &File<'_>) -> Option<usize> {
        *self.setter.get_or_init(|| first_given(file, &self.sdk.key))
    }

    /// Where it gets the address: `config.BaseURL = "…"`.
    fn base_setter(&self, file: &File<'_>) -> Option<usize> {
        *self.base_setter.get_or_init(|| first_given(file, &self.sdk.base))
    }
}

/// The first token of the file that is one of `names` and is given a value.
fn first_given(file: &File<'_>, names: &[String]) -> Option<usize> {
    let tokens = file.tokens;
    (0..tokens.len().saturating_sub(2)).find(|at| {
        let is_named = tokens.kind(*at) == Kind::Word && names.iter().any(|name| name == tokens.text(*at));
        let is_set = tokens.is_mark(at + 1, "=") && !tokens.is_row(at + 1, "==");
        is_named && (is_set || tokens.is_mark(at + 1, "(") || tokens.is_mark(at + 1, ":"))
    })
}

/// Finds the clients of the file.
pub(super) fn read(file: &File<'_>, names: &Names, scribe: &mut Scribe<'_>) {
    let catalogue = scribe.catalogue;
    let sdks = catalogue.sdks(sdk_language(file.language));
    let libraries: Vec<Library<'_>> = sdks.map(|(provider, sdk)| Library::new(file, provider, sdk)).collect();
    let present = libraries.iter().filter(|library| is_present(file, library.sdk));
    let clients = present.flat_map(|library| library.sdk.clients.iter().map(move |client| (client.as_str(), library)));
    let index = Index::new(clients, file.language);
    let mut next = 0;
    for at in 0..file.tokens.len() {
        if at < next {
            continue;
        }
        let built: Vec<Built<'_>> =
            index.at(file.tokens, at).filter_map(|(found, library)| build(file, names, found, library)).collect();
        // Of libraries that look alike, the one counts whose argument for the key is given.
        let Some(chosen) = built.iter().position(|built| built.found_key).or_else(|| (!built.is_empty()).then_some(0))
        else {
            continue;
        };
        let is_certain = built.len() == 1 || built[chosen].found_key;
        for built in built.into_iter().skip(chosen).take(1) {
            next = built.end;
            built.write(file, is_certain, scribe);
        }
    }
    if file.language == Language::Ruby {
        configured(file, names, &libraries, scribe);
    }
}

/// `config.access_token = ENV["X"]` in a block that configures a library for the whole program.
fn configured(file: &File<'_>, names: &Names, libraries: &[Library<'_>], scribe: &mut Scribe<'_>) {
    let tokens = file.tokens;
    let is_configured = |library: &&Library<'_>| {
        let mut spaces = library.sdk.clients.iter().filter_map(|client| client.split("::").next());
        spaces.any(|space| file.text.contains(&format!("{space}.conf")))
    };
    let used: Vec<&Library<'_>> = libraries.iter().filter(is_configured).collect();
    for at in 1..tokens.len() {
        let is_set = tokens.is_mark(at - 1, ".") && tokens.is_mark(at + 1, "=") && !tokens.is_row(at + 1, "==");
        let takes = |library: &&&Library<'_>| library.sdk.key.iter().any(|name| name == tokens.text(at));
        let Some(library) = used.iter().find(takes).filter(|_| is_set) else { continue };
        let (_, read) = key_of(file, names, at + 2..value_end(file, at + 2));
        if let Some(read) = read.and_then(|read| scribe.facts.reads.get_mut(read)) {
            read.feeds.get_or_insert_with(|| library.provider.to_owned());
        }
    }
}

/// Whether the file says that it uses the library. Where a name is distinctive, or packages are loaded for the whole program, it need not.
fn is_present(file: &File<'_>, sdk: &Sdk) -> bool {
    match file.language {
        Language::Ruby | Language::Php | Language::Elixir => true,
        Language::Rust => sdk.packages.iter().any(|package| file.text.contains(&package.replace('-', "_"))),
        _ => sdk.packages.iter().any(|package| file.text.contains(package.as_str())),
    }
}

/// A client that was found.
struct Built<'c> {
    library: &'c Library<'c>,
    found: Match,
    /// One past its last token.
    end: usize,
    key: KeyArgument,
    found_key: bool,
    /// The read that its key comes from.
    read: Option<usize>,
    base_url: Option<Span>,
    has_base_url: bool,
    options: Vec<(String, Span)>,
}

/// An argument by name, and the tokens of its value.
struct Argument {
    name: usize,
    value: Range<usize>,
}

/// Whether what is in front of `first` makes it something else: `reqwest::Client::new` is no client of a provider.
fn is_foreign(file: &File<'_>, first: usize, sdk: &Sdk) -> bool {
    let tokens = file.tokens;
    let is_path = file.language == Language::Rust && first >= 3 && tokens.is_row(first - 2, "::");
    is_path && !sdk.packages.iter().any(|package| package.replace('-', "_").starts_with(tokens.text(first - 3)))
}

fn build<'c>(file: &File<'_>, names: &Names, found: Match, library: &'c Library<'c>) -> Option<Built<'c>> {
    let tokens = file.tokens;
    if is_foreign(file, found.first, library.sdk) {
        return None;
    }
    let after = found.last + 1;
    // `Client.new` of Ruby needs no brackets; elsewhere a name alone is a type.
    let open = Some(after).filter(|at| tokens.is_mark(*at, "(") || tokens.is_mark(*at, "{"));
    if open.is_none() && file.language != Language::Ruby {
        return None;
    }
    let close = open.and_then(|open| tokens.partner(open)).unwrap_or(found.last);
    let end = chain_end(file, close).min(found.first + LONGEST);
    let arguments = arguments(file, after..end);
    let positional = open.map(|open| positional(file, open, close)).unwrap_or_default();
    let pick = |wanted: &[String]| {
        let by_name = arguments.iter().find(|argument| wanted.iter().any(|name| name == tokens.text(argument.name)));
        let at_place =
            || wanted.iter().filter_map(|it| it.parse().ok()).find_map(|at: usize| positional.get(at).cloned());
        by_name.map(|argument| argument.value.clone()).or_else(at_place)
    };
    let value = pick(&library.sdk.key);
    let found_key = value.is_some();
    let (key, read) = match value {
        Some(value) => key_of(file, names, value),
        None => indirect(file, names, &positional, library),
    };
    // A configuration that is passed gets its address somewhere else in the file, as does one whose members are set.
    let is_passed = !found_key && !positional.is_empty();
    let is_member = |setter: &usize| tokens.is_mark(setter + 1, "=") && *setter > 0 && tokens.is_mark(setter - 1, ".");
    let given = || {
        let setter = library.base_setter(file).filter(|setter| is_passed || is_member(setter))?;
        Some(setter + 2..value_end(file, setter + 2))
    };
    let base = pick(&library.sdk.base).or_else(given);
    Some(Built {
        library,
        found,
        end: end.max(found.last + 1),
        key,
        found_key,
        read,
        base_url: base.clone().and_then(|base| literal(file, names, base)),
        has_base_url: base.is_some(),
        options: arguments
            .iter()
            .map(|argument| (tokens.text(argument.name).to_owned(), tokens.span(argument.name)))
            .collect(),
    })
}

impl Built<'_> {
    fn write(self, file: &File<'_>, is_certain: bool, scribe: &mut Scribe<'_>) {
        let tokens = file.tokens;
        if let Some(read) = self.read.and_then(|read| scribe.facts.reads.get_mut(read)) {
            read.feeds = Some(self.library.provider.to_owned());
        }
        let class = tokens.cover(self.found.first, self.found.last);
        // Libraries of the same name differ in what they read by themselves.
        let is_unknown = self.key == KeyArgument::Default && !is_certain;
        let key = if is_unknown { KeyArgument::Expression(class) } else { self.key };
        scribe.facts.clients.push(Client {
            provider: self.library.provider.to_owned(),
            class: file.text[class.range()].to_owned(),
            package: self.library.package.filter(|_| is_certain).cloned(),
            at: tokens.cover(self.found.first, self.end - 1),
            key,
            base_url: self.base_url,
            has_base_url: self.has_base_url,
            browser: None,
            options: self.options,
            scope: file.scopes.of(tokens, self.found.first),
        });
    }
}

/// One past the last token of the calls and blocks chained to what ends at `close`.
fn chain_end(file: &File<'_>, close: usize) -> usize {
    let tokens = file.tokens;
    let mut end = close + 1;
    for _ in 0..LONGEST_CHAIN {
        // An initialiser: `new Options() { Endpoint = … }`, or a block that configures.
        let is_block =
            tokens.is_mark(end, "{") && matches!(file.language, Language::CSharp | Language::Kotlin | Language::Swift);
        if is_block && let Some(partner) = tokens.partner(end) {
            end = partner + 1;
            continue;
        }
        let dots = match tokens.text(end) {
            "." => 1,
            "-" if tokens.is_row(end, "->") => 2,
            "?" if tokens.is_row(end, "?.") => 2,
            ":" if tokens.is_row(end, "::") => 2,
            _ => break,
        };
        let open = end + dots + 1;
        let Some(partner) = tokens.partner(open).filter(|_| tokens.is_mark(open, "(")) else { break };
        end = partner + 1;
    }
    end
}

/// Everything in `range` that has a name: `name: value`, `name = value`, `:name => value`, `.name(value)`, `WithName(value)`.
fn arguments(file: &File<'_>, range: Range<usize>) -> Vec<Argument> {
    let tokens = file.tokens;
    let mut found = Vec::new();
    for at in range.clone() {
        if !matches!(tokens.kind(at), Kind::Word | Kind::Text) {
            continue;
        }
        let next = at + 1;
        let start = if tokens.is_row(next, "=>") {
            at + 3
        } else if tokens.kind(at) == Kind::Text {
            continue;
        } else if tokens.is_mark(next, ":") && !tokens.is_row(next, "::")
            || tokens.is_mark(next, "=") && !tokens.is_row(next, "==")
            || tokens.is_mark(next, "(") && at > range.start
        {
            at + 2
        } else {
            continue;
        };
        found.push(Argument { name: at, value: start..value_end(file, start).min(range.end.max(start)) });
    }
    found
}

/// One past the last token of the value that begins at `start`.
pub(super) fn value_end(file: &File<'_>, start: usize) -> usize {
    let tokens = file.tokens;
    let by_lines = tokens.parent(start).is_none_or(|parent| tokens.is_mark(parent, "{"));
    let mut at = start;
    while at < tokens.len() && at < start + LONGEST {
        let is_next = by_lines && at > start && tokens.is_fresh(at) && !continues(file, at);
        let ends = tokens.kind(at) == Kind::Mark && matches!(tokens.text(at), "," | ";" | ")" | "}" | "]");
        match tokens.partner(at) {
            // Pairs within the value are passed over, so a closing bracket belongs to what is around it.
            Some(partner) if partner > at && !is_next => at = partner + 1,
            None if !is_next && !ends => at += 1,
            _ => break,
        }
    }
    at
}

/// Whether the line that begins with the token at `at` goes on with the expression before it.
fn continues(file: &File<'_>, at: usize) -> bool {
    let tokens = file.tokens;
    let is_operator = |at: usize| {
        tokens.kind(at) == Kind::Mark
            && matches!(tokens.text(at), "+" | "." | "|" | "&" | "?" | ":" | "<" | ">" | "-" | "=" | "(" | ",")
    };
    is_operator(at) || at.checked_sub(1).is_some_and(is_operator)
}

/// Arguments without a name, in order.
fn positional(file: &File<'_>, open: usize, close: usize) -> Vec<Range<usize>> {
    let tokens = file.tokens;
    let mut found = Vec::new();
    let mut at = open + 1;
    while at < close && found.len() < 8 {
        let end = value_end(file, at).min(close);
        let is_named = tokens.is_mark(at + 1, ":") && !tokens.is_row(at + 1, "::")
            || tokens.is_mark(at + 1, "=") && !tokens.is_row(at + 1, "==")
            || tokens.is_row(at + 1, "=>");
        if !is_named && end > at {
            found.push(at..end);
        }
        at = end.max(at) + 1;
    }
    found
}

/// The key that the tokens of `value` give, and the read it comes from.
pub(super) fn key_of(file: &File<'_>, names: &Names, value: Range<usize>) -> (KeyArgument, Option<usize>) {
    let tokens = file.tokens;
    let words = || value.clone().filter(|at| tokens.kind(*at) == Kind::Word);
    // `credentials`, which is `new AzureKeyCredential(key)` some lines above.
    let behind = || {
        let single = words().next().filter(|_| words().count() == 1)?;
        let start = names.value_of(tokens.text(single)).filter(|start| *start < value.start)?;
        Some(direct(file, names, start..value_end(file, start)))
            .filter(|(key, _)| !matches!(key, KeyArgument::Expression(_)))
    };
    let found = direct(file, names, value.clone());
    if matches!(found.0, KeyArgument::Expression(_)) { behind().unwrap_or(found) } else { found }
}

/// The same for what stands in `value` itself.
fn direct(file: &File<'_>, names: &Names, value: Range<usize>) -> (KeyArgument, Option<usize>) {
    let tokens = file.tokens;
    let variable = |read: usize| (KeyArgument::Variable(names.name_of(read).to_owned()), Some(read));
    if let Some(read) = names.read_in(value.clone()) {
        return variable(read);
    }
    if let Some(at) = literal(file, names, value.clone()) {
        return (KeyArgument::Literal(at), None);
    }
    let mut words = value.clone().filter(|at| tokens.kind(*at) == Kind::Word);
    match words.find_map(|at| names.read_called(tokens.text(at))) {
        Some(read) => variable(read),
        None => (KeyArgument::Expression(tokens.cover(value.start, value.end.max(value.start + 1) - 1)), None),
    }
}

/// The place of the string that `value` is, or that the name in it stands for.
fn literal(file: &File<'_>, names: &Names, value: Range<usize>) -> Option<Span> {
    let tokens = file.tokens;
    let around = [
        "to_string",
        "into",
        "to_owned",
        "String",
        "from",
        "new",
        "Uri",
        "URI",
        "Some",
        "ApiKeyCredential",
        "AzureKeyCredential",
        "of",
        "url",
        "parse",
    ];
    let mut texts = value.clone().filter(|at| tokens.kind(*at) == Kind::Text);
    let first = texts.next();
    let mut words = value.clone().filter(|at| tokens.kind(*at) == Kind::Word && !around.contains(&tokens.text(*at)));
    let word = words.next();
    let has_parts = value.clone().any(|at| matches!(tokens.kind(at), Kind::Open | Kind::Part))
        || texts.next().is_some()
        || words.next().is_some();
    match (first, word) {
        (Some(text), None) if !has_parts => Some(tokens.span(text)),
        (None, Some(word)) if !has_parts => names.text_called(tokens.text(word)).map(|text| tokens.span(text)),
        _ => None,
    }
}

/// The key of a client that is given none by name: it may be in a configuration that is passed.
fn indirect(
    file: &File<'_>,
    names: &Names,
    positional: &[Range<usize>],
    library: &Library<'_>,
) -> (KeyArgument, Option<usize>) {
    let tokens = file.tokens;
    let passed = positional.iter().find(|value| {
        let value = Range::clone(value);
        // A hash without a key in it has no key in it.
        if tokens.is_mark(value.start, "{") {
            return false;
        }
        let words = value.clone().filter(|at| tokens.kind(*at) == Kind::Word).count();
        words > 0 && !value.clone().any(|at| tokens.is_mark(at, "("))
    });
    let Some(passed) = passed else { return (KeyArgument::Default, None) };
    match library.setter(file) {
        Some(setter) => key_of(file, names, setter + 2..value_end(file, setter + 2)),
        None => (KeyArgument::Expression(tokens.cover(passed.start, passed.end - 1)), None),
    }
}
