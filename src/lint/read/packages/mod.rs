//! Manifests of packages: what the project depends on, the scripts it is run by, and what it ships.

mod javascript;
mod listing;
mod python;

use super::{
    Source, command,
    scribe::Scribe,
    text::{Snippet, plain},
    tree::{self, Node, Scalar},
};
use crate::{
    lint::{
        FileFacts,
        facts::{Giver, Package, Search, Shipment, Shipper},
    },
    model::Span,
};

/// Reads a manifest of packages.
pub(super) fn read(source: &Source<'_>, facts: &mut FileFacts) {
    let text = plain(source.text);
    let name = source.path.rsplit('/').next().unwrap_or(source.path).to_ascii_lowercase();
    let mut scribe = Scribe::new(source, Giver::Shell, facts);
    match &*name {
        "package.json" => javascript::package_json(&document(tree::json(&text), &mut scribe), &mut scribe),
        "deno.json" | "deno.jsonc" => javascript::deno_json(&document(tree::json(&text), &mut scribe), &mut scribe),
        "composer.json" => composer(&document(tree::json(&text), &mut scribe), &mut scribe),
        "pyproject.toml" => python::pyproject(&document(tree::toml(&text), &mut scribe), &mut scribe),
        "pipfile" => python::pipfile(&document(tree::toml(&text), &mut scribe), &mut scribe),
        "cargo.toml" => cargo(&document(tree::toml(&text), &mut scribe), &mut scribe),
        "pubspec.yaml" => pubspec(&document(tree::yaml(&text), &mut scribe), &mut scribe),
        "setup.py" => python::setup_py(&text, &mut scribe),
        "setup.cfg" => python::setup_cfg(&text, &mut scribe),
        "manifest.in" => python::manifest_in(&text, &mut scribe),
        "gemfile" => listing::gemfile(&text, &mut scribe),
        "go.mod" => listing::go_mod(&text, &mut scribe),
        "mix.exs" => listing::mix(&text, &mut scribe),
        "pom.xml" => listing::pom(&text, &mut scribe),
        "build.gradle" | "build.gradle.kts" => listing::gradle(&text, &mut scribe),
        _ if name.ends_with("proj") => listing::project_file(&text, &mut scribe),
        _ => python::requirements(&text, &mut scribe),
    }
}

/// The one document of a manifest; an empty one when it could not be read.
fn document(parsed: tree::Parsed, scribe: &mut Scribe<'_>) -> Node {
    scribe.trouble(parsed.trouble);
    let empty = || Node::Map(Vec::new(), Span::new(0, 0));
    parsed.documents.into_iter().next().unwrap_or_else(empty)
}

/// A package called `name`, which stands at `at`.
fn depends(name: &str, at: Span, scribe: &mut Scribe<'_>) {
    if !name.is_empty() {
        scribe.facts.packages.push(Package { name: name.to_lowercase(), at });
    }
}

/// All keys of `table` are packages.
fn keys(table: Option<&Node>, scribe: &mut Scribe<'_>) {
    for entry in table.map(Node::entries).unwrap_or_default() {
        depends(&entry.key.text, entry.key.at(), scribe);
    }
}

/// A script called `name`.
fn script(name: &str, line: &Scalar, scribe: &mut Scribe<'_>) {
    let snippet: Snippet<'_> = line.snippet();
    scribe.run(name, snippet);
    command::read(snippet, Some(name), scribe);
}

/// Files that `by` takes along.
fn ships(sources: Vec<String>, at: Span, by: Shipper, scribe: &mut Scribe<'_>) {
    scribe.facts.shipments.push(Shipment { sources, at, by, carried: true });
}

/// A runner of scripts loads the `.env` files at `files`.
fn runner_loads(loader: &'static str, files: &Node, scribe: &mut Scribe<'_>) {
    let names = files.scalars().map(|file| file.text.clone()).collect();
    scribe.load(files.at(), loader, names).search = Search::Path;
}

fn composer(document: &Node, scribe: &mut Scribe<'_>) {
    for table in ["require", "require-dev"] {
        keys(document.get(table), scribe);
    }
    for entry in document.get("scripts").map(Node::entries).unwrap_or_default() {
        for line in entry.value.scalars() {
            script(&entry.key.text, line, scribe);
        }
    }
}

fn cargo(document: &Node, scribe: &mut Scribe<'_>) {
    let targets = document.get("target").map(Node::entries).unwrap_or_default();
    let tables = targets.iter().map(|target| &target.value).chain([document]);
    for table in tables.chain(document.get("workspace")) {
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            keys(table.get(kind), scribe);
        }
    }
    if let Some(include) = document.find(&["package", "include"]) {
        ships(include.scalars().map(|pattern| pattern.text.clone()).collect(), include.at(), Shipper::Crate, scribe);
    }
}

fn pubspec(document: &Node, scribe: &mut Scribe<'_>) {
    for table in ["dependencies", "dev_dependencies"] {
        keys(document.get(table), scribe);
    }
}

#[cfg(test)]
mod tests;
