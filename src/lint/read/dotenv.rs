//! `.env` files: each assignment is a definition, and nearly every value is hidden from excerpts.
//!
//! What is in such a file is secret more often than not, whether or not its name or shape says so. So a value is shown only when it cannot be a
//! credential: a switch, a small number, a word from a short list, an address without user, password or query.

use super::Source;
use crate::{
    lint::{
        FileFacts,
        dotenv::{
            Document, Entry, Form,
            file_name::is_template,
            placeholder::{Placeholder, placeholder},
        },
        facts::{Definition, Giver, Trouble, Value},
    },
    model::{Secret, Span},
};

/// Reads `source` into `facts`.
pub(super) fn read(source: &Source<'_>, facts: &mut FileFacts) {
    let document = Document::parse(source.text, source.utf16);
    let giver = if is_template(source.path) { Giver::Example } else { Giver::Dotenv };
    let assignments = document.entries().iter().filter(|entry| entry.form == Form::Assignment);
    facts.definitions.extend(assignments.map(|entry| definition(&document, entry, giver)));
    let hidden: Vec<Span> = document.entries().iter().flat_map(|entry| hidden(&document, entry, giver)).collect();
    // What detection found is masked in its own way, which leaves the prefix to see.
    let is_masked = |at: &Span| facts.known.iter().any(|known| known.at.start <= at.start && at.end <= known.at.end);
    let hidden: Vec<Span> = hidden.into_iter().filter(|at| !is_masked(at)).collect();
    facts.hidden.extend(hidden);
    facts.hidden.extend(hidden_in_comments(source.text));
    facts.trouble = trouble(&document);
    facts.dotenv = Some(document);
}

/// What of `document` no loader makes a variable of, whatever its dialect.
fn trouble(document: &Document) -> Option<Trouble> {
    if document.cut {
        return Some("it has more lines than an environment".to_owned().into());
    }
    // Lines behind a quote that is not closed are told with it.
    let is_stray = |entry: &&Entry| entry.form == Form::Other && !entry.in_open_quote;
    let stray = document.entries().iter().find(is_stray)?;
    Some(Trouble { why: "it has a line that is no `NAME=value`".to_owned(), at: Some(stray.whole) })
}

fn definition(document: &Document, entry: &Entry, giver: Giver) -> Definition {
    let text = document.slice(entry.value);
    let from = reference(text).map(str::to_owned);
    // A value that dotenvx encrypted stands for another one.
    let is_literal = from.is_none() && !text.starts_with(b"encrypted:");
    Definition {
        name: document.name(entry).to_owned(),
        at: entry.name,
        whole: entry.whole,
        giver,
        value: is_literal.then(|| Value { text: Secret::new(text, 0), at: entry.value }),
        from,
        section: None,
    }
}

/// The variable that `value` is: `${NAME}` or `$NAME`, and nothing else.
fn reference(value: &[u8]) -> Option<&str> {
    let inner = std::str::from_utf8(value).ok()?.strip_prefix('$')?;
    let name = inner.strip_prefix('{').map_or(Some(inner), |inner| inner.strip_suffix('}'))?;
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (!name.is_empty() && is_name(name) && !name.as_bytes()[0].is_ascii_digit()).then_some(name)
}

/// What no excerpt may show of `entry`.
fn hidden(document: &Document, entry: &Entry, giver: Giver) -> Vec<Span> {
    if entry.form == Form::Other {
        return vec![entry.whole];
    }
    if entry.form == Form::NameOnly {
        // It may be the rest of a value that was wrapped.
        let name = document.name(entry);
        let is_name = name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
        return if is_name { Vec::new() } else { vec![entry.whole] };
    }
    let meant = document.meant(entry);
    let asks = placeholder(document.name(entry), meant) == Some(Placeholder::Certain);
    let tail = Some(entry.tail).filter(|tail| tail.len() > 1);
    let shown = is_harmless(meant) || (giver == Giver::Example && asks);
    let place = document.meant_at(entry);
    [Some(place).filter(|place| !shown && !place.is_empty()), tail].into_iter().flatten().collect()
}

/// Values that stand behind `NAME=` in a comment: keys that were taken out of use.
fn hidden_in_comments(text: &[u8]) -> Vec<Span> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let content = line.trim_ascii();
        if content.starts_with(b"#")
            && let Some(equals) = memchr::memchr(b'=', line)
        {
            let value = line[equals + 1..].trim_ascii();
            let at = start + equals + 1 + (line[equals + 1..].len() - line[equals + 1..].trim_ascii_start().len());
            if !is_harmless(value) {
                found.push(Span::new(at, at + value.len()));
            }
        }
        start += line.len();
    }
    found
}

/// Longest part of an address that is shown; webhooks carry their secret in the path.
const LONGEST_PART: usize = 16;
/// Longest number that is shown.
const LONGEST_NUMBER: usize = 6;
const HARMLESS: [&str; 26] = [
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "null",
    "none",
    "development",
    "production",
    "test",
    "staging",
    "local",
    "localhost",
    "debug",
    "info",
    "warn",
    "warning",
    "error",
    "verbose",
    "trace",
    "silent",
    "utf-8",
    "utc",
    "openai",
    "azure",
];

/// Whether `value` cannot be a credential.
fn is_harmless(value: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(value) else { return false };
    let lower = text.to_ascii_lowercase();
    text.is_empty()
        || HARMLESS.contains(&lower.as_str())
        || (text.len() <= LONGEST_NUMBER && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
        || is_plain_address(&lower)
}

/// `http://host:port/path` with nothing in it that could be secret.
fn is_plain_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let rest = rest.or_else(|| text.starts_with("localhost:").then_some(text));
    let is_plain = |rest: &str| {
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:/".contains(&byte))
            && !host.is_empty()
            && path.split('/').all(|part| part.len() < LONGEST_PART)
    };
    rest.is_some_and(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lint::{Catalogue, Language, Source},
        rules::RuleSet,
    };

    fn facts(path: &str, text: &str) -> FileFacts {
        let catalogue = Catalogue::new(&RuleSet::builtin());
        let source = Source { path, text: text.as_bytes(), private: false, utf16: false, catalogue: &catalogue };
        let mut facts = FileFacts::new(path, Language::Dotenv);
        read(&source, &mut facts);
        facts
    }

    #[test]
    fn an_assignment_is_a_definition_with_its_places() {
        let text = "# keys\nexport API_KEY=\"abc def\" # note\nCOPY=${API_KEY}\nSEALED=encrypted:xyz\nNAME\n";
        let facts = facts(".env", text);
        let [first, copy, sealed] = &facts.definitions[..] else { panic!("{:?}", facts.definitions) };
        assert_eq!((first.name.as_str(), &text[first.at.range()]), ("API_KEY", "API_KEY"));
        assert_eq!(&text[first.whole.range()], "export API_KEY=\"abc def\" # note");
        let value = first.value.as_ref().unwrap();
        assert_eq!((&text[value.at.range()], value.text.expose()), ("abc def", &b"abc def"[..]));
        assert_eq!((copy.from.as_deref(), copy.value.is_none()), (Some("API_KEY"), true));
        assert_eq!((sealed.from.as_deref(), sealed.value.is_none()), (None, true));
        assert_eq!(first.giver, Giver::Dotenv);
    }

    #[test]
    fn a_template_gives_examples() {
        assert_eq!(facts(".env.example", "A=b\n").definitions[0].giver, Giver::Example);
    }

    #[test]
    fn every_value_is_hidden_that_could_be_secret() {
        let text = "DEBUG=true\nPORT=8080\nURL=https://api.example.com/v1\nDB=postgres://u:p@h/d\nHOOK=https://h.example/services/T00000000000000000/x\n\
            NAME=anna\nQ=\"Bearer abc\"\nW=abcdefghijklmnopqr\nstuv\n# OLD=was-secret\n# MODE=development\n";
        let facts = facts(".env", text);
        let mut hidden: Vec<&str> = facts.hidden.iter().map(|at| &text[at.range()]).collect();
        hidden.sort_unstable();
        let expected = [
            "abc",
            "abcdefghijklmnopqr",
            "anna",
            "https://h.example/services/T00000000000000000/x",
            "postgres://u:p@h/d",
            "stuv",
            "was-secret",
        ];
        assert_eq!(hidden, expected);
    }

    #[test]
    fn a_template_shows_what_asks_to_be_replaced() {
        assert!(facts(".env.example", "OPENAI_API_KEY=your-key-here\n").hidden.is_empty());
        assert_eq!(facts(".env", "OPENAI_API_KEY=your-key-here\n").hidden.len(), 1);
    }
}
