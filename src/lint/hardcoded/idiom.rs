//! How languages read a variable that must be set.

use crate::lint::{
    Graph, Language,
    facts::{FileFacts, Side},
    graph::Project,
};

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

/// Packages that bring a program into a browser or into an app, where there is no environment. What they do not pass on is undefined there.
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

/// Whether the program has an environment at run time, as far as its file and its project tell.
pub(super) fn is_fixable(facts: &FileFacts, graph: &Graph) -> bool {
    if facts.language != Language::JavaScript || facts.side == Side::Server {
        return true;
    }
    let has = |project: &Project| FOR_CLIENTS.iter().any(|name| project.packages.contains(*name));
    facts.side != Side::Browser && !graph.position(&facts.path).is_some_and(|at| has(graph.project_of(at)))
}

/// Whether the text itself says that it runs in a browser.
pub(super) fn runs_in_browser(facts: &FileFacts, text: &str) -> bool {
    let says = |mark: &&str| memchr::memmem::find(text.as_bytes(), mark.as_bytes()).is_some();
    facts.language == Language::JavaScript
        && ["use client", "import.meta.env", "dangerouslyAllowBrowser", "Deno."].iter().any(|mark| says(&mark))
}
