//! The words without which a source file is not read.
//!
//! They must be rare in files that have nothing to do with the environment, and each counts only in the languages in which it means something:
//! `getProperty(` reads a variable in Java, and is anybody's method in PHP.

use std::collections::BTreeMap;

use super::code;
use crate::{
    lint::{Catalogue, Language},
    rules::{DEFAULT_EXPORT, Sdk},
};

/// How far the words of a source file open it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gated {
    /// No word stands in it: a program has nothing to read.
    Shut,
    /// Only words by which variables are read. If none of the file's words is the name of a credential, it waits until it is known that ordinary
    /// variables matter: most programs read some, and parsing is what costs.
    Ajar,
    /// The name of a library besides. What it matters for are clients, so it is a word like those by which variables are read where none of the
    /// library's clients is named ([`names_client`]).
    Named,
    /// Others too: it is read.
    Open,
}

/// The words of all languages.
#[derive(Clone, Debug, Default)]
pub struct Gates {
    words: Vec<String>,
    /// In which languages the word at the same position counts, and how far it opens a file there.
    counts: Vec<Vec<(Language, Gated)>>,
}

/// Words by which a variable is read under the name that stands in the text.
const READING: [(&[Language], &[&str]); 2] = [
    (&PYTHON, &["os.environ", "environ[", "environ.get", "getenv"]),
    (&SCRIPT, &["process.env", "import.meta.env", "Deno.env", "Bun.env"]),
];

/// Other words that tell of variables: loads, settings that read them under names made from others, what a bundler does with them.
const TELLING: [(&[Language], &[&str]); 2] = [
    (&PYTHON, &["dotenv", "BaseSettings", "decouple", "environs", "st.secrets", "google.colab", "%env "]),
    (
        &SCRIPT,
        &[
            "dotenv",
            "dangerouslyAllowBrowser",
            "node:process",
            "loadEnvFile",
            "loadEnvConfig",
            "$env/",
            "astro:env",
            "envPrefix",
            "publicRuntimeConfig",
            "useRuntimeConfig",
            "ConfigModule",
            "EnvironmentPlugin",
            "DefinePlugin",
            "define:",
            "plugin-replace",
            "environment.prod",
        ],
    ),
];

const PYTHON: [Language; 2] = [Language::Python, Language::Notebook];
const SCRIPT: [Language; 1] = [Language::JavaScript];
/// They need no word to be read, but what calls a provider does not wait.
const SCRIPTS: [Language; 3] = [Language::Shell, Language::Makefile, Language::Pipeline];

impl Gates {
    /// The words for the libraries and hosts in `catalogue`, and those of the languages themselves.
    #[must_use]
    pub fn new(catalogue: &Catalogue) -> Self {
        let mut gates: BTreeMap<String, BTreeMap<Language, Gated>> = BTreeMap::new();
        let mut add = |word: String, languages: &[Language], gated: Gated| {
            let counts = gates.entry(word).or_default();
            for language in languages {
                let known = counts.entry(*language).or_insert(gated);
                *known = gated.max(*known);
            }
        };
        for (table, gated) in [(READING, Gated::Ajar), (TELLING, Gated::Open)] {
            for (languages, words) in table {
                for word in words {
                    add((*word).to_owned(), languages, gated);
                }
            }
        }
        for (_, sdk) in catalogue.sdks("python") {
            let packages = sdk.packages.iter().filter(|package| !package.contains('-'));
            packages.flat_map(|package| python_imports(package)).for_each(|word| add(word, &PYTHON, Gated::Named));
        }
        for (_, sdk) in catalogue.sdks("javascript") {
            let words = sdk.packages.iter().flat_map(|package| javascript_imports(package));
            words.for_each(|word| add(word, &SCRIPT, Gated::Named));
        }
        code::gates(catalogue, &mut add);
        // Hosts of other providers are as often links to a web site as they are called with a key.
        let called = catalogue.providers().iter().filter(|provider| !provider.sdks.is_empty());
        for host in called.flat_map(|provider| &provider.hosts) {
            add(host.clone(), &Language::SOURCES, Gated::Open);
            add(host.clone(), &SCRIPTS, Gated::Open);
        }
        let (words, counts): (Vec<_>, Vec<_>) = gates.into_iter().unzip();
        Self { words, counts: counts.into_iter().map(|counts| counts.into_iter().collect()).collect() }
    }

    /// The words, each at its position.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str)
    }

    /// How far the words at positions `found` open a file in `language`.
    #[must_use]
    pub fn opened(&self, language: Language, found: impl Iterator<Item = usize>) -> Gated {
        let counts = |word: usize| {
            let counts = self.counts.get(word).map(Vec::as_slice).unwrap_or_default();
            counts.iter().find(|(known, _)| *known == language).map(|(_, gated)| *gated)
        };
        found.filter_map(counts).max().unwrap_or(Gated::Shut)
    }
}

/// Beginnings of the statements that import from `package`. Parts of a package that shares its first name with others are named in full.
fn python_imports(package: &str) -> Vec<String> {
    match package.split_once('.') {
        Some(("google", rest)) => vec![format!("google.{rest}"), format!("from google import {rest}")],
        Some((top, _)) => vec![format!("from {top}"), format!("import {top}")],
        None => vec![format!("from {package}"), format!("import {package}")],
    }
}

/// How `package` stands in imports. A name without scope is often a word, so it must stand between quotes; behind one with a scope its name
/// must end, or a path or a version begin.
fn javascript_imports(package: &str) -> Vec<String> {
    if package.starts_with('@') {
        return ['"', '\'', '/', '@'].map(|end| format!("{package}{end}")).to_vec();
    }
    vec![format!("\"{package}\""), format!("'{package}'"), format!("\"{package}/"), format!("'{package}/")]
}

/// Headers by which a key is sent without the library that is named.
const HEADERS: [&str; 4] = ["uthorization", "api-key", "Api-Key", "Bearer "];

/// Whether `text` names a client of a library in it, or what makes one of its modules a client, or a header. Under another name it is a client as
/// well, so the name counts wherever it stands but in the name of a module.
pub(super) fn names_client(text: &[u8], language: Language, catalogue: &Catalogue) -> bool {
    let Some(library) = language.library_name() else { return true };
    let stands = |word: &str| memchr::memmem::find(text, word.as_bytes()).is_some();
    let is_imported = |package: &String| {
        let imports = if language == Language::JavaScript { javascript_imports } else { python_imports };
        stands(package) && imports(package).iter().any(|import| stands(import))
    };
    let used = catalogue.sdks(library).map(|(_, sdk)| sdk).filter(|sdk| sdk.packages.iter().any(is_imported));
    let is_built = |sdk: &Sdk| {
        let is_client = |client: &String| match client.split('.').next() {
            // Whoever imports the default gives it a name.
            Some(DEFAULT_EXPORT) => true,
            Some(name) => names(text, name, language),
            None => false,
        };
        let is_set = |setting: &String| language != Language::JavaScript && stands(setting);
        sdk.clients.iter().any(is_client) || sdk.key.iter().chain(&sdk.base).any(is_set)
    };
    used.into_iter().any(is_built) || HEADERS.iter().any(|header| stands(header))
}

/// Whether `name` stands in `text` as a word of its own, and not between the quotes of an import.
fn names(text: &[u8], name: &str, language: Language) -> bool {
    memchr::memmem::find_iter(text, name.as_bytes()).any(|at| {
        let (before, behind) = (text[..at].last().copied(), text.get(at + name.len()).copied());
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$');
        let is_module = language == Language::JavaScript && matches!(before, Some(b'"' | b'\'' | b'/'));
        !is_module && !before.is_some_and(is_part) && !behind.is_some_and(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RuleSet;

    fn opened(language: Language, text: &str) -> Gated {
        let gates = Gates::new(&Catalogue::new(&RuleSet::builtin()));
        let found = gates.words().enumerate().filter(|(_, word)| text.contains(word)).map(|(at, _)| at);
        gates.opened(language, found)
    }

    #[test]
    fn every_library_is_let_in_by_its_imports() {
        for (language, text) in
            [(Language::Go, "http.Get(\"https://api.openai.com/v1\")"), (Language::Ruby, "OpenAI::Client.new")]
        {
            assert_eq!(opened(language, text), Gated::Open, "{text}");
        }
        for (language, text) in [
            (Language::Python, "from openai import OpenAI"),
            (Language::Python, "import anthropic"),
            (Language::Notebook, "from google import genai"),
            (Language::Python, "import google.generativeai as genai"),
            (Language::Python, "from llama_index.llms.openai import OpenAI"),
            (Language::JavaScript, "import OpenAI from \"openai\""),
            (Language::JavaScript, "require('groq-sdk')"),
            (Language::JavaScript, "import { openai } from '@ai-sdk/openai'"),
            (Language::JavaScript, "import { openai } from 'npm:@ai-sdk/openai@1.2'"),
        ] {
            assert_eq!(opened(language, text), Gated::Named, "{text}");
        }
        let other = "import { createOpenAICompatible } from '@ai-sdk/openai-compatible'";
        assert_eq!(opened(Language::JavaScript, other), Gated::Shut);
        for text in
            ["from google.protobuf import message", "we came together", "https://gitlab.com/a/b", "a coherent text"]
        {
            assert_eq!(opened(Language::Python, text), Gated::Shut, "{text}");
        }
    }

    #[test]
    fn a_library_matters_where_one_of_its_clients_is_named() {
        let catalogue = Catalogue::new(&RuleSet::builtin());
        for (language, text, expected) in [
            (Language::JavaScript, "import { openai } from '@ai-sdk/openai'; openai('gpt-4.1')", true),
            (Language::JavaScript, "import { createOpenAI as make } from '@ai-sdk/openai'; make()", true),
            (Language::JavaScript, "import Client from 'openai'; new Client()", true),
            (Language::JavaScript, "const { default: Client } = require('openai')", true),
            (Language::JavaScript, "import { type OpenAIChatModelId } from '@ai-sdk/openai'", false),
            (Language::JavaScript, "import type { Model } from '@ai-sdk/openai/internal'; f<Model>()", false),
            (Language::Notebook, "\"source\": [\"from openai import *\\n\", \"OpenAI()\"]", true),
            (Language::Python, "from openai import OpenAI as Client", true),
            (Language::Python, "import openai\nopenai.api_key = x", true),
            (Language::Python, "from openai import RateLimitError\nexcept RateLimitError:", false),
        ] {
            assert_eq!(names_client(text.as_bytes(), language, &catalogue), expected, "{text}");
        }
    }

    #[test]
    fn a_word_counts_only_in_its_own_languages() {
        assert_eq!(opened(Language::Java, "System.getProperty(\"x\")"), Gated::Open);
        assert_eq!(opened(Language::Php, "$this->getProperty('x')"), Gated::Shut);
        assert_eq!(opened(Language::Ruby, "config[\"x\"]"), Gated::Shut);
        assert_eq!(opened(Language::Python, "os.environ['X']"), Gated::Ajar);
        assert_eq!(opened(Language::JavaScript, "os.environ['X']"), Gated::Shut);
        assert_eq!(opened(Language::Rust, "#[arg(env = \"X\")]"), Gated::Ajar);
    }
}
