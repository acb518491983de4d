//! From a text to its facts: which language it is, whether it is worth reading, and the reader for it.
//!
//! Most files of a repository hold nothing the lint cares for. [`Gates`] are the words without which a source file is not read at all; the
//! scan looks for them in the same pass as for keys. `.env` files and what describes a project are few, small and always read; scripts, workflows
//! and plain YAML need no word, but may have to wait ([`waiting`](super::waiting)).

mod built;
mod code;
mod command;
mod component;
mod compose;
mod dockerfile;
mod document;
mod dotenv;
mod gate;
mod header;
mod ignore;
mod javascript;
mod language;
mod makefile;
mod manifest;
mod notebook;
mod packages;
mod pipeline;
mod procfile;
pub(super) mod program;
mod python;
mod reference;
mod scribe;
mod settings;
mod shell;
#[cfg(test)]
mod soup;
mod syntax;
mod taskfile;
#[cfg(test)]
mod telling;
mod terraform;
mod text;
mod tree;
mod variables;

use super::{Catalogue, Credentials, FileFacts, Language, place::is_test, waiting};

pub(super) use self::built::{origins, shape};
pub use self::{
    gate::{Gated, Gates},
    language::language_of,
};

/// Larger sources are generated or data; reading them would cost more than they tell.
pub const LARGEST: usize = 4 << 20;

/// A text to read facts from.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Path relative to the base, with `/`.
    pub path: &'a str,
    /// The text; bytes that are no UTF-8 may occur.
    pub text: &'a [u8],
    /// A `.env` file that git ignores.
    pub private: bool,
    /// The file is in UTF-16, and the text is what became of it.
    pub utf16: bool,
    /// What is known of providers.
    pub catalogue: &'a Catalogue,
}

/// What must stand in a test for it to be read.
const IN_TESTS: [(Language, &[&str]); 2] = [
    (Language::Python, &["environ", "getenv", "dotenv"]),
    (Language::JavaScript, &["process.env", "meta.env", "dotenv", "Deno.env", "Bun.env"]),
];

/// Whether `source` is a test that names no variable. Clients in tests run against stand-ins, so they need neither key nor file; but a
/// variable that a test reads is one that somebody reads. In projects around an SDK tests are half of all code, and parsing is what costs.
fn tells_nothing(source: &Source<'_>, language: Language) -> bool {
    let words = IN_TESTS.iter().find(|(other, _)| *other == language).map(|(_, words)| *words);
    words.is_some_and(|words| {
        let is_there = |word: &&str| memchr::memmem::find(source.text, word.as_bytes()).is_some();
        is_test(source.path) && !words.iter().any(is_there)
    })
}

/// Whether files like the one at `path` may wait: they matter for what others say. Those that describe the project itself never do.
fn may_wait(language: Language, path: &str) -> bool {
    language.is_code()
        || matches!(language, Language::Pipeline | Language::Shell | Language::Makefile)
        || language::is_plain_yaml(path)
}

/// The words of `source`, if what it says can only matter for variables that are no credentials.
fn ordinary_words(source: &Source<'_>, language: Language, gated: Gated) -> Option<Vec<String>> {
    let name = source.path.rsplit('/').next().unwrap_or(source.path);
    // What the configuration of a bundler passes on it may pass on as a whole.
    let may_wait = gated < Gated::Open && may_wait(language, source.path) && !name.contains(".config.");
    may_wait.then(|| waiting::ordinary_words(source.text, source.catalogue)).flatten()
}

/// The facts of `source`, unless there are none; `gated` tells which [`Gates`] stand in it, and `known` which credentials detection found in it.
#[must_use]
pub fn read(source: Source<'_>, known: impl FnOnce() -> Credentials, gated: Gated) -> Option<FileFacts> {
    let language = language_of(source.path)?;
    // Other files are few, small, or say what they say in words that stand everywhere.
    if gated == Gated::Shut && language.is_code() {
        return None;
    }
    if gated < Gated::Open && language::is_plain_yaml(source.path) && !manifest::speaks_of_variables(source.text) {
        return None;
    }
    if tells_nothing(&source, language) {
        return None;
    }
    let gated = match gated {
        Gated::Named if language.is_code() && !gate::names_client(source.text, language, source.catalogue) => {
            Gated::Ajar
        }
        Gated::Named => Gated::Open,
        gated => gated,
    };
    let mut facts = FileFacts::new(source.path, language);
    facts.private = source.private;
    if language == Language::Asset {
        hold(&mut facts, known());
        facts.credentials().next()?;
        built::read(&source, &mut facts);
        return Some(facts);
    }
    if source.text.len() > LARGEST {
        hold(&mut facts, known());
        if is_built(&source, &mut facts) {
            return Some(facts);
        }
        facts.trouble = Some(format!("it is larger than {} MB", LARGEST >> 20).into());
        return Some(facts);
    }
    facts.waits = ordinary_words(&source, language, gated);
    if facts.waits.is_some() {
        return Some(facts);
    }
    hold(&mut facts, known());
    if is_built(&source, &mut facts) {
        return Some(facts);
    }
    match language {
        Language::Dotenv => dotenv::read(&source, &mut facts),
        Language::Python => python::read(&source, &mut facts),
        Language::JavaScript if component::is_component(source.path) => component::read(&source, &mut facts),
        Language::JavaScript => javascript::read(&source, &mut facts),
        Language::Notebook => notebook::read(&source, &mut facts),
        Language::Ruby
        | Language::Go
        | Language::Rust
        | Language::Php
        | Language::Java
        | Language::Kotlin
        | Language::CSharp
        | Language::Elixir
        | Language::Dart
        | Language::Swift => code::read(&source, &mut facts),
        Language::Shell => shell::read(&source, &mut facts),
        Language::Dockerfile => dockerfile::read(&source, &mut facts),
        Language::Compose => compose::read(&source, &mut facts),
        Language::Pipeline => pipeline::read(&source, &mut facts),
        Language::Manifest => manifest::read(&source, &mut facts),
        Language::Terraform => terraform::read(&source, &mut facts),
        Language::Makefile => makefile::read(&source, &mut facts),
        Language::Procfile => procfile::read(&source, &mut facts),
        Language::TaskFile => taskfile::read(&source, &mut facts),
        Language::Packages => packages::read(&source, &mut facts),
        Language::Settings => settings::read(&source, &mut facts),
        Language::Ignore => ignore::read(&source, &mut facts),
        Language::Document => document::read(&source, &mut facts),
        Language::Asset => {}
    }
    Some(facts)
}

/// Notes the credentials of a file.
fn hold(facts: &mut FileFacts, found: Credentials) {
    Credentials { plain: facts.known, hidden: facts.encoded } = found;
}

/// Whether `source` is a script with a credential in it that a program wrote. How it was built is noted all the same.
fn is_built(source: &Source<'_>, facts: &mut FileFacts) -> bool {
    if facts.language != Language::JavaScript || facts.credentials().next().is_none() {
        return false;
    }
    built::read(source, facts);
    facts.built.as_ref().is_some_and(|built| built.is_dense)
}

#[cfg(test)]
mod tests {
    use super::telling::facts_in;

    #[test]
    fn a_test_is_read_when_it_names_a_variable() {
        let client = b"import OpenAI from 'openai'; new OpenAI()";
        assert!(facts_in("src/chat.ts", client).is_some());
        assert!(facts_in("src/chat.test.ts", client).is_none());
        assert!(
            facts_in("tests/test_chat.py", b"import os\nos.environ['A_KEY']")
                .is_some_and(|facts| facts.reads.len() == 1)
        );
    }
}
