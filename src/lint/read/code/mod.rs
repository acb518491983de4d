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
use super::{Gated, Source, scribe::Scribe, text::plain};
use crate::lint::{Catalogue, FileFacts, Language, facts::Giver};

/// Words by which a variable is read under the name that stands in the text, by language.
const READING: [(&[Language], &[&str]); 9] = [
    (&[Language::Ruby], &["ENV[", "ENV.fetch"]),
    (&[Language::Go], &["Getenv(", "LookupEnv(", "env:\""]),
    (&[Language::Rust], &["env::var", "env!(", "env = \"", ".env(\""]),
    (&[Language::Php], &["$_ENV", "$_SERVER", "env('", "getenv"]),
    (&[Language::Java, Language::Kotlin], &["getenv"]),
    (&[Language::CSharp], &["GetEnvironmentVariable"]),
    (&[Language::Elixir], &["System.get_env", "fetch_env"]),
    (&[Language::Dart], &["fromEnvironment"]),
    (&[Language::Swift], &["rocessInfo.environment"]),
];

/// Words of which another one stands in every program that loads variables, or reads them under a name made from a shorter one.
const TELLING: [(&[Language], &[&str]); 4] = [
    (&[Language::Go], &["envconfig:\""]),
    (&[Language::Java, Language::Kotlin], &["@Value(", "getProperty(", "getRequiredProperty("]),
    (&[Language::CSharp], &["onfiguration[\"", "onfig[\""]),
    (&LANGUAGES, &["dotenv", "Dotenv", "DotEnv"]),
];

/// The languages read here.
const LANGUAGES: [Language; 10] = [
    Language::Ruby,
    Language::Go,
    Language::Rust,
    Language::Php,
    Language::Java,
    Language::Kotlin,
    Language::CSharp,
    Language::Elixir,
    Language::Dart,
    Language::Swift,
];

/// Hands the words that open programs to `add`, those of the libraries in `catalogue` included.
pub(super) fn gates(catalogue: &Catalogue, add: &mut impl FnMut(String, &[Language], Gated)) {
    for (table, gated) in [(READING.as_slice(), Gated::Ajar), (TELLING.as_slice(), Gated::Open)] {
        for (languages, words) in table {
            for word in *words {
                add((*word).to_owned(), languages, gated);
            }
        }
    }
    for language in LANGUAGES {
        let Some(library) = language.library_name() else { continue };
        for (_, sdk) in catalogue.sdks(library) {
            let word = |package: &String| match language {
                Language::Rust => package.replace('-', "_"),
                Language::Dart => format!("package:{package}"),
                Language::Swift => format!("import {package}"),
                // What stands behind `new` is rarer than the word itself.
                Language::CSharp => package.trim_start_matches("new ").to_owned(),
                _ => package.clone(),
            };
            // Programs name the package, or only the class that comes from it.
            let by_class = matches!(language, Language::Ruby | Language::Php | Language::CSharp | Language::Elixir);
            let words = if by_class { &sdk.clients } else { &sdk.packages };
            for name in words {
                add(word(name), &[language], Gated::Open);
            }
        }
    }
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
