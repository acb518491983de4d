//! Programs in languages that are read without a grammar: Ruby, Go, Rust, PHP, Java, Kotlin, C#, Elixir, Dart, Swift.
//!
//! A lexer that knows comments and strings ([`lex`], by the tables of [`dialect`]), and tables of forms ([`forms`]) that are found in its tokens.
//! That is enough to see `os.Getenv("X")` and not the one in a comment, what its result is called, and which client it is handed to. What it does
//! not do is follow values through functions or files.

mod client;
mod dialect;
mod forms;
mod lex;
mod pattern;
mod reads;
mod request;
mod scope;
mod tokens;

pub(super) use self::{lex::Kind, tokens::Tokens};
use super::{Source, scribe::Scribe, text::plain};
use crate::lint::{Catalogue, FileFacts, Language, facts::Giver};

/// Words of which one stands in every program that reads or loads variables.
const GATES: [&str; 25] = [
    "ENV[",
    "ENV.fetch",
    "Getenv(",
    "LookupEnv(",
    "env:\"",
    "envconfig:\"",
    "env::var",
    "env!(",
    "env = \"",
    ".env(\"",
    "$_ENV",
    "$_SERVER",
    "env('",
    "@Value(",
    "getProperty(",
    "getRequiredProperty(",
    "GetEnvironmentVariable",
    "onfiguration[\"",
    "onfig[\"",
    "System.get_env",
    "fetch_env",
    "fromEnvironment",
    "rocessInfo.environment",
    "Dotenv",
    "DotEnv",
];

/// [`GATES`], and what stands in every program that uses one of the libraries of `catalogue`.
pub(super) fn gates(catalogue: &Catalogue) -> Vec<String> {
    let mut gates: Vec<String> = GATES.iter().map(|gate| (*gate).to_owned()).collect();
    for language in ["ruby", "php", "csharp", "elixir"] {
        gates.extend(catalogue.sdks(language).flat_map(|(_, sdk)| sdk.clients.iter().cloned()));
    }
    for language in ["go", "java"] {
        gates.extend(catalogue.sdks(language).flat_map(|(_, sdk)| sdk.packages.iter().cloned()));
    }
    gates.extend(
        catalogue.sdks("rust").flat_map(|(_, sdk)| sdk.packages.iter().map(|package| package.replace('-', "_"))),
    );
    gates.extend(
        catalogue.sdks("dart").flat_map(|(_, sdk)| sdk.packages.iter().map(|package| format!("package:{package}"))),
    );
    gates.extend(
        catalogue.sdks("swift").flat_map(|(_, sdk)| sdk.packages.iter().map(|package| format!("import {package}"))),
    );
    gates
}

/// Reads a program.
pub(super) fn read(source: &Source<'_>, facts: &mut FileFacts) {
    let text = plain(source.text);
    let language = facts.language;
    read_text(source, &text, language, facts);
}

/// Reads what stands between `<%` and `%>` of a template, as a program in `language`.
pub(super) fn read_embedded(source: &Source<'_>, text: &str, language: Language, facts: &mut FileFacts) {
    let mut code = Vec::with_capacity(text.len());
    let mut inside = false;
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let tag = if inside { bytes[at..].starts_with(b"%>") } else { bytes[at..].starts_with(b"<%") };
        if tag {
            inside = !inside;
            // A semicolon keeps what stands in different tags apart.
            code.extend_from_slice(b" ;");
            at += 2;
        } else {
            code.push(if inside || bytes[at] == b'\n' { bytes[at] } else { b' ' });
            at += 1;
        }
    }
    let code = plain(&code);
    read_text(source, &code, language, facts);
}

fn read_text(source: &Source<'_>, text: &str, language: Language, facts: &mut FileFacts) {
    let tokens = tokens(text, language);
    let scopes = scope::Scopes::new(text, language);
    let file = File { text, tokens: &tokens, language, scopes: &scopes };
    let mut scribe = Scribe::new(source, Giver::Program, facts);
    let names = reads::read(&file, &mut scribe);
    client::read(&file, &names, &mut scribe);
    request::read(&file, &names, &mut scribe);
}

/// The tokens of `text`.
pub(super) fn tokens(text: &str, language: Language) -> Tokens<'_> {
    Tokens::new(text, lex::lex(text, dialect::dialect(language)))
}

/// A program taken apart.
struct File<'f> {
    text: &'f str,
    tokens: &'f Tokens<'f>,
    language: Language,
    scopes: &'f scope::Scopes,
}

#[cfg(test)]
mod tests;
