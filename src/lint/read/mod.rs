//! From a text to its facts: which language it is, whether it is worth reading, and the reader for it.
//!
//! Most files of a repository hold nothing the lint cares for. [`gates`] are the words without which a source file is not read at all; the
//! scan looks for them in the same pass as for keys. Manifests and `.env` files are few, small and always read.

mod code;
mod command;
mod component;
mod compose;
mod dockerfile;
mod document;
mod dotenv;
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

use std::collections::BTreeSet;

use super::{Catalogue, FileFacts, Known, Language, place::is_test};

pub use language::language_of;

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

/// Words of which one stands in every source file that says something about the environment: forms of reading and loading, imports of
/// libraries that call providers, and providers' hosts.
#[must_use]
pub fn gates(catalogue: &Catalogue) -> Vec<String> {
    let mut gates: BTreeSet<String> = GATES.iter().map(|gate| (*gate).to_owned()).collect();
    for (_, sdk) in catalogue.sdks("python") {
        gates.extend(sdk.packages.iter().filter(|package| !package.contains('-')).flat_map(|p| python_imports(p)));
    }
    for (_, sdk) in catalogue.sdks("javascript") {
        gates.extend(sdk.packages.iter().flat_map(|package| javascript_imports(package)));
    }
    gates.extend(code::gates(catalogue));
    // Hosts of other providers are as often links to a web site as they are called with a key.
    let called = catalogue.providers().iter().filter(|provider| !provider.sdks.is_empty());
    gates.extend(called.flat_map(|provider| provider.hosts.iter().cloned()));
    gates.into_iter().collect()
}

/// Beginnings of the statements that import from `package`. Parts of a package that shares its first name with others are named in full.
fn python_imports(package: &str) -> Vec<String> {
    match package.split_once('.') {
        Some(("google", rest)) => vec![format!("google.{rest}"), format!("from google import {rest}")],
        Some((top, _)) => vec![format!("from {top}"), format!("import {top}")],
        None => vec![format!("from {package}"), format!("import {package}")],
    }
}

/// How `package` stands in imports. A name without scope is often a word, so it must stand between quotes.
fn javascript_imports(package: &str) -> Vec<String> {
    if package.starts_with('@') {
        return vec![package.to_owned()];
    }
    vec![format!("\"{package}\""), format!("'{package}'"), format!("\"{package}/"), format!("'{package}/")]
}

const GATES: [&str; 27] = [
    "process.env",
    "os.environ",
    "environ[",
    "environ.get",
    "getenv",
    "dotenv",
    "import.meta.env",
    "dangerouslyAllowBrowser",
    "BaseSettings",
    "decouple",
    "environs",
    "st.secrets",
    "google.colab",
    "%env ",
    "node:process",
    "loadEnvFile",
    "loadEnvConfig",
    "Deno.env",
    "Bun.env",
    "$env/",
    "astro:env",
    "envPrefix",
    "publicRuntimeConfig",
    "useRuntimeConfig",
    "ConfigModule",
    "EnvironmentPlugin",
    "environment.prod",
];

/// What must stand in a test for it to be read.
const IN_TESTS: [&str; 7] = ["environ", "getenv", "process.env", "meta.env", "dotenv", "Deno.env", "Bun.env"];

/// Whether `source` is a test that names no variable. Clients in tests run against stand-ins, so they need neither key nor file; but a
/// variable that a test reads is one that somebody reads. In projects around an SDK tests are half of all code, and parsing is what costs.
fn tells_nothing(source: &Source<'_>, language: Language) -> bool {
    matches!(language, Language::Python | Language::JavaScript)
        && is_test(source.path)
        && !IN_TESTS.iter().any(|word| memchr::memmem::find(source.text, word.as_bytes()).is_some())
}

/// The facts of `source`, unless there are none; `gated` tells whether one of the [`gates`] stands in it, and `known` which credentials detection
/// found in it.
#[must_use]
pub fn read(source: Source<'_>, known: impl FnOnce() -> Vec<Known>, gated: bool) -> Option<FileFacts> {
    let language = language_of(source.path)?;
    if language::is_source(language) && !gated {
        return None;
    }
    if tells_nothing(&source, language) {
        return None;
    }
    let mut facts = FileFacts::new(source.path, language);
    facts.private = source.private;
    facts.known = known();
    if source.text.len() > LARGEST {
        facts.trouble = Some(format!("it is larger than {} MB", LARGEST >> 20));
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
    }
    Some(facts)
}

#[cfg(test)]
mod tests {
    use super::{telling::facts_in, *};

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

    #[test]
    fn every_library_is_let_in_by_its_imports() {
        let rules = crate::rules::RuleSet::builtin();
        let gates = gates(&Catalogue::new(&rules));
        for text in [
            "from openai import OpenAI",
            "import anthropic",
            "from google import genai",
            "import google.generativeai as genai",
            "from llama_index.llms.openai import OpenAI",
            "import OpenAI from \"openai\"",
            "require('groq-sdk')",
            "import { openai } from '@ai-sdk/openai'",
            "fetch('https://api.openai.com/v1')",
        ] {
            assert!(gates.iter().any(|gate| text.contains(gate.as_str())), "{text}");
        }
        for text in
            ["from google.protobuf import message", "we came together", "https://gitlab.com/a/b", "a coherent text"]
        {
            assert!(!gates.iter().any(|gate| text.contains(gate.as_str())), "{text}");
        }
    }
}
