//! Requests that a program makes by itself: addresses of providers, and headers with a key.

use std::ops::Range;

use super::{
    File,
    client::{key_of, value_end},
    lex::Kind,
    reads::Names,
};
use crate::{
    lint::{
        Language,
        facts::{AuthHeader, EndpointRole, KeyArgument},
        read::{
            header,
            scribe::Scribe,
            text::{Mapping, Snippet, is_name},
        },
    },
    model::Span,
};

/// Finds addresses and headers.
pub(super) fn read(file: &File<'_>, names: &Names, scribe: &mut Scribe<'_>) {
    let tokens = file.tokens;
    // Where each address stands, to tell whose header it is.
    let mut addresses: Vec<(usize, String)> = Vec::new();
    for at in 0..tokens.len() {
        if matches!(tokens.kind(at), Kind::Text | Kind::Part) && tokens.text(at).starts_with("http") {
            let mapping = Mapping::straight(tokens.span(at));
            let snippet = Snippet { text: tokens.text(at), mapping: &mapping };
            let role = role(file, at);
            if let Some(provider) = scribe.endpoint(snippet, role) {
                addresses.push((at, provider.to_owned()));
            }
        }
    }
    for at in 0..tokens.len() {
        let Some((name, written)) = header_at(file, at) else { continue };
        let Some((mut found, read)) = compose(file, names, name, &written) else { continue };
        found.provider = provider_near(file, at, &addresses);
        if let (Some(read), Some(provider)) = (read.and_then(|read| scribe.facts.reads.get_mut(read)), &found.provider)
        {
            read.feeds.get_or_insert_with(|| provider.clone());
        }
        scribe.facts.headers.push(found);
    }
}

/// What the address at `at` is used for, by the name in front of it.
fn role(file: &File<'_>, at: usize) -> EndpointRole {
    let tokens = file.tokens;
    // A string that takes expressions in begins with a token of its own.
    let at = if tokens.kind(at) == Kind::Part { at.saturating_sub(1) } else { at };
    let before =
        (at.saturating_sub(6)..at).rev().find(|at| tokens.kind(*at) == Kind::Word || tokens.kind(*at) == Kind::Text);
    let name = before.map(|at| tokens.text(at).to_ascii_lowercase()).unwrap_or_default();
    let calls = [
        "post",
        "get",
        "request",
        "fetch",
        "send",
        "uri",
        "url",
        "create",
        "open",
        "parse",
        "init",
        "curl",
        "put",
        "execute",
        "newrequest",
        "http",
    ];
    if ["base", "host", "domain"].iter().any(|part| name.contains(part)) {
        EndpointRole::Base
    } else if calls.iter().any(|part| name.contains(part)) {
        EndpointRole::Call
    } else {
        EndpointRole::Other
    }
}

/// What is written for a header.
struct Written {
    value: Range<usize>,
    /// Bytes of the first string that are the header's name.
    skip: usize,
    /// A scheme that is an argument of its own.
    scheme: Option<usize>,
}

/// The name and value of the header that the token at `at` names.
fn header_at(file: &File<'_>, at: usize) -> Option<(String, Written)> {
    let tokens = file.tokens;
    let text = tokens.text(at);
    match tokens.kind(at) {
        Kind::Text | Kind::Part
            if text.get(..14).is_some_and(|front| front.eq_ignore_ascii_case("authorization:"))
                || text.len() < 200 && header::split(text).is_some() =>
        {
            let (name, value) = header::split(text)?;
            // The whole string begins one token before when it takes expressions in.
            let start = if tokens.kind(at) == Kind::Part { at.checked_sub(1)? } else { at };
            Some((name, Written { value: start..value_end(file, start), skip: value.start, scheme: None }))
        }
        Kind::Text if header::is_auth(text) => {
            let before = at.checked_sub(2)?;
            // Swift: `setValue("Bearer …", forHTTPHeaderField: "Authorization")`.
            if tokens.is_word(before, "forHTTPHeaderField") {
                let open = tokens.parent(at)?;
                return Some((
                    text.to_ascii_lowercase(),
                    Written { value: open + 1..value_end(file, open + 1), skip: 0, scheme: None },
                ));
            }
            Some((text.to_ascii_lowercase(), Written { value: behind(file, at + 1)?, skip: 0, scheme: None }))
        }
        Kind::Word
            if text == "AuthenticationHeaderValue"
                && tokens.is_mark(at + 1, "(")
                && tokens.kind(at + 2) == Kind::Text
                && tokens.is_mark(at + 3, ",") =>
        {
            let value = at + 4..value_end(file, at + 4);
            Some(("authorization".to_owned(), Written { value, skip: 0, scheme: Some(at + 2) }))
        }
        Kind::Word if text == "AUTHORIZATION" && tokens.is_mark(at + 1, ",") => {
            Some(("authorization".to_owned(), Written { value: behind(file, at + 1)?, skip: 0, scheme: None }))
        }
        // Ruby: `Authorization: "Bearer …"`.
        Kind::Word if text == "Authorization" && tokens.is_mark(at + 1, ":") && !tokens.is_row(at + 1, "::") => {
            Some(("authorization".to_owned(), Written { value: behind(file, at + 1)?, skip: 0, scheme: None }))
        }
        _ => None,
    }
}

/// The value behind what stands between a header's name and it: `,`, `:`, `=>`, `] =`.
fn behind(file: &File<'_>, at: usize) -> Option<Range<usize>> {
    let tokens = file.tokens;
    let mut start = at;
    let mut separated = false;
    while tokens.kind(start) == Kind::Mark
        && start < at + 4
        && matches!(tokens.text(start), "," | ":" | "=" | ">" | "]")
    {
        separated |= tokens.text(start) != "]";
        start += 1;
    }
    // A list of names of headers gives them no values, and comparing one is not setting it.
    let is_list = tokens.is_mark(at, ",") && tokens.parent(at).is_some_and(|parent| tokens.is_mark(parent, "["));
    let compares = tokens.is_row(at, "==") || tokens.is_row(at, "]==");
    (separated && !compares && !is_list && start < tokens.len()).then(|| start..value_end(file, start))
}

/// The header as it is put together, and the read that its key comes from.
fn compose(file: &File<'_>, names: &Names, name: String, written: &Written) -> Option<(AuthHeader, Option<usize>)> {
    let tokens = file.tokens;
    let value = written.value.clone();
    if value.is_empty() {
        return None;
    }
    let mut parts = Parts::default();
    if let Some(scheme) = written.scheme {
        parts.before = format!("{} ", tokens.text(scheme));
    }
    let mut skip = written.skip;
    for at in value.clone() {
        match tokens.kind(at) {
            Kind::Text | Kind::Part => {
                let text = &tokens.text(at)[skip.min(tokens.text(at).len())..];
                let inline = if file.language == Language::Rust { inline_name(text) } else { None };
                parts.text(text, inline.clone(), at);
                parts.named = parts.named.or(inline.map(|range| text[range.start + 1..range.end - 1].to_owned()));
                skip = 0;
            }
            Kind::Word => parts.word(tokens.text(at), at),
            _ => {}
        }
    }
    let at = tokens.cover(value.start, value.end - 1);
    let (key, read) = if let Some(range) = parts.key.clone() {
        key_of(file, names, range)
    } else if let Some(variable) = parts.named.take() {
        match names.read_called(&variable) {
            Some(read) => (KeyArgument::Variable(names.name_of(read).to_owned()), Some(read)),
            None => (KeyArgument::Variable(variable), None),
        }
    } else {
        // All is literal: the key follows the scheme.
        let place = tokens.span(parts.literal?);
        let scheme = header::scheme_length(&parts.before);
        let length = parts.before.len() - scheme;
        if length == 0 {
            return None;
        }
        parts.before.truncate(scheme);
        (KeyArgument::Literal(Span::new(place.end.saturating_sub(length).max(place.start), place.end)), None)
    };
    let key = named(key, file, parts.key);
    Some((AuthHeader { name, before: parts.before, after: parts.after, key, provider: None, at }, read))
}

/// A key that is a single name which is not known to come from anywhere is that variable of the program.
fn named(key: KeyArgument, file: &File<'_>, range: Option<Range<usize>>) -> KeyArgument {
    match (key, range) {
        (KeyArgument::Expression(_), Some(range))
            if range.len() == 1 && file.tokens.kind(range.start) == Kind::Word =>
        {
            KeyArgument::Variable(file.tokens.text(range.start).to_owned())
        }
        (key, _) => key,
    }
}

/// Text in front of and behind the key, and the tokens of the key.
#[derive(Default)]
struct Parts {
    before: String,
    after: String,
    key: Option<Range<usize>>,
    literal: Option<usize>,
    /// The name of the key, when the text itself holds it: `format!("Bearer {key}")`.
    named: Option<String>,
}

/// The place of `{name}` in a text for `format!`.
fn inline_name(text: &str) -> Option<Range<usize>> {
    let open = text.find('{')?;
    let close = open + text[open..].find('}')?;
    is_name(&text[open + 1..close]).then_some(open..close + 1)
}

impl Parts {
    fn text(&mut self, text: &str, named: Option<Range<usize>>, at: usize) {
        let placed = || ["%s", "%v", "{}", "{0}"].into_iter().find_map(|mark| text.split_once(mark));
        let place = named
            .map(|range| (&text[..range.start], &text[range.end..]))
            .or_else(placed)
            .filter(|_| self.key.is_none());
        if let Some((before, after)) = place {
            self.before.push_str(before);
            after.clone_into(&mut self.after);
        } else if self.key.is_none() {
            self.before.push_str(text);
            self.literal = Some(at);
        } else {
            self.after.push_str(text);
        }
    }

    fn word(&mut self, word: &str, at: usize) {
        let around = [
            "fmt",
            "Sprintf",
            "format",
            "String",
            "sprintf",
            "to_string",
            "HeaderValue",
            "from_str",
            "parse",
            "unwrap",
            "expect",
            "self",
            "this",
            "new",
            "clone",
            "as_str",
            "try_from",
            "from_static",
            "Ok",
            "Some",
        ];
        if around.contains(&word) || word == "_" {
            return;
        }
        let key = self.key.get_or_insert(at..at + 1);
        key.end = key.end.max(at + 1);
    }
}

/// Whose address stands in the same function, or in the file when it has only those of one provider.
fn provider_near(file: &File<'_>, at: usize, addresses: &[(usize, String)]) -> Option<String> {
    let only = |mut found: Box<dyn Iterator<Item = &String> + '_>| {
        let first = found.next()?;
        found.all(|other| other == first).then(|| first.clone())
    };
    let body = file.scopes.body(file.tokens, at).and_then(|(open, _)| Some(open..file.tokens.partner(open)?));
    let near = body.and_then(|body| {
        only(Box::new(addresses.iter().filter(move |(at, _)| body.contains(at)).map(|(_, provider)| provider)))
    });
    near.or_else(|| only(Box::new(addresses.iter().map(|(_, provider)| provider))))
}
