//! Requests that a command line makes: `curl -H "Authorization: Bearer $KEY" https://…`.

use super::lex::Word;
use crate::lint::{
    facts::{AuthHeader, EndpointRole, KeyArgument},
    read::{
        header,
        reference::{Reference, reference},
        scribe::Scribe,
        text::{Snippet, name_length},
    },
};

/// Whether `program` makes requests.
pub(super) fn is_client(program: &str) -> bool {
    matches!(program, "curl" | "wget" | "http" | "https" | "xh" | "httpie")
}

/// Writes down the addresses and headers among `arguments`.
pub(super) fn read(arguments: &[Word], scribe: &mut Scribe<'_>) {
    let mut provider = None;
    for word in arguments {
        let snippet = Snippet { text: &word.text, mapping: &word.mapping };
        if let Some(found) = scribe.endpoint(snippet, EndpointRole::Call) {
            provider = Some(found.to_owned());
        }
    }
    for (at, word) in arguments.iter().enumerate() {
        let named = at.checked_sub(1).map(|before| &*arguments[before].text);
        let start = match named {
            Some("-H" | "--header") => 0,
            _ => ["--header=", "-H"].iter().find(|flag| word.text.starts_with(**flag)).map_or(0, |flag| flag.len()),
        };
        // HTTPie takes headers without an option.
        if let Some(found) = auth_header(word, start, provider.as_ref()) {
            scribe.facts.headers.push(found);
        }
    }
}

/// The header that `word` holds from `start` on.
fn auth_header(word: &Word, start: usize, provider: Option<&String>) -> Option<AuthHeader> {
    let (name, value) = header::split(&word.text[start..])?;
    let begin = start + value.start;
    let value = &word.text[begin..];
    let dollar = value.find('$').filter(|_| !word.literal_dollar);
    let used = dollar.and_then(|dollar| variable(&value[dollar..]).map(|found| (dollar, found)));
    let (key, before, after) = if let Some((dollar, (name, length))) = used {
        (KeyArgument::Variable(name.to_owned()), &value[..dollar], &value[dollar + length..])
    } else {
        let scheme = header::scheme_length(value);
        let place = word.mapping.span(begin + scheme..word.text.len());
        let key = if dollar.is_some() { KeyArgument::Expression(place) } else { KeyArgument::Literal(place) };
        (key, &value[..scheme], "")
    };
    Some(AuthHeader {
        name,
        before: before.to_owned(),
        after: after.to_owned(),
        key,
        provider: provider.cloned(),
        at: word.mapping.span(begin..word.text.len()),
    })
}

/// Name and length of the variable that `text` begins with.
fn variable(text: &str) -> Option<(&str, usize)> {
    let length = if text.starts_with("${{") {
        text.find("}}")? + 2
    } else if text.starts_with("${") {
        text.find('}')? + 1
    } else {
        1 + name_length(&text[1..])
    };
    match reference(&text[..length]) {
        Reference::Variable { name, .. } => Some((name, length)),
        Reference::Literal | Reference::Computed => None,
    }
}
