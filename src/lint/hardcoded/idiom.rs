//! How languages read a variable that must be set.

use crate::lint::{Graph, Language, facts::FileFacts, graph::Project, place::Place};

/// Whether programs in `language` are changed.
pub(super) fn covers(language: Language) -> bool {
    read(language, "", "", "").is_some()
}

/// The expression that reads the variable `name` in the program `text`, and fails or is empty when it is not set; `quote` is how the
/// program writes its strings.
pub(super) fn read(language: Language, name: &str, quote: &str, text: &str) -> Option<String> {
    Some(match language {
        Language::Python => format!("os.environ[{quote}{name}{quote}]"),
        Language::JavaScript => format!("process.env.{name}"),
        Language::Ruby => format!("ENV.fetch({quote}{name}{quote})"),
        Language::Go => format!("os.Getenv(\"{name}\")"),
        Language::Php => format!("getenv({quote}{name}{quote})"),
        Language::Java | Language::Kotlin => format!("System.getenv(\"{name}\")"),
        Language::CSharp if text.lines().take(MOST_HEAD).any(|line| line.trim() == "using System;") => {
            format!("Environment.GetEnvironmentVariable(\"{name}\")")
        }
        Language::CSharp => format!("System.Environment.GetEnvironmentVariable(\"{name}\")"),
        Language::Rust => format!("std::env::var(\"{name}\").expect(\"{name} is set\")"),
        Language::Elixir => format!("System.fetch_env!(\"{name}\")"),
        Language::Shell => format!("\"${{{name}:?}}\""),
        _ => return None,
    })
}

/// Directives stand before everything else, below a licence at most.
const MOST_HEAD: usize = 200;

/// Packages that bring a program into a browser or into an app, where there is no environment.
const FOR_CLIENTS: [&str; 11] = [
    "vite",
    "react-scripts",
    "@vue/cli-service",
    "@angular/core",
    "parcel",
    "webpack",
    "gatsby",
    "next",
    "expo",
    "react-native",
    "electron",
];

/// What only stands in a script that has no environment of a process.
const FOREIGN: [&str; 4] = ["use client", "import.meta.env", "dangerouslyAllowBrowser", "Deno."];

/// Whether the program with these `facts`, which reads `text`, has an environment when it runs.
pub(super) fn has_environment(facts: &FileFacts, text: &str, graph: &Graph) -> bool {
    if facts.language != Language::JavaScript {
        return true;
    }
    let says = |mark: &&str| memchr::memmem::find(text.as_bytes(), mark.as_bytes()).is_some();
    let goes_to_clients = |project: &Project| FOR_CLIENTS.iter().any(|name| project.packages.contains(*name));
    let may_go = || graph.position(&facts.path).is_some_and(|at| goes_to_clients(graph.project_of(at)));
    !FOREIGN.iter().any(says)
        && match Place::of(facts) {
            Place::Server | Place::Test => true,
            Place::Browser | Place::Text => false,
            Place::Unknown => !may_go(),
        }
}
