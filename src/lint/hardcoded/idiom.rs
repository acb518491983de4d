//! How languages read a variable that must be set.

use crate::lint::{Graph, Language, facts::FileFacts, graph::Project, place::Place};

/// Whether programs in `language` are changed.
pub(super) fn covers(language: Language) -> bool {
    read(language, "", "").is_some()
}

/// The expression that reads the variable `name`; `quote` is how the program writes its strings.
pub(super) fn read(language: Language, name: &str, quote: &str) -> Option<String> {
    Some(match language {
        Language::Python => format!("os.environ[{quote}{name}{quote}]"),
        Language::JavaScript => format!("process.env.{name}"),
        _ => return None,
    })
}

/// The module that the expression needs.
pub(super) fn module(language: Language) -> Option<&'static str> {
    (language == Language::Python).then_some("os")
}

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
