//! The many manifests of Python projects.

use super::{depends, keys, runner_loads, script, ships};
use crate::{
    lint::{
        facts::Shipper,
        read::{
            scribe::Scribe,
            text::{lines, trimmed},
            tree::{Entry, Node},
        },
    },
    model::Span,
};

/// Reads a `pyproject.toml`.
pub(super) fn pyproject(document: &Node, scribe: &mut Scribe<'_>) {
    let lists = [document.find(&["project", "dependencies"]), document.find(&["tool", "uv", "dev-dependencies"])];
    for list in lists.into_iter().flatten() {
        requirement_list(list, scribe);
    }
    let groups =
        [&["project", "optional-dependencies"][..], &["dependency-groups"], &["tool", "pdm", "dev-dependencies"]];
    for group in groups.iter().filter_map(|path| document.find(path)).flat_map(Node::entries) {
        requirement_list(&group.value, scribe);
    }
    poetry(document, scribe);
    tasks(document, scribe);
    let data = document.find(&["tool", "setuptools", "package-data"]).map(Node::entries).unwrap_or_default();
    for entry in data {
        wheel(&entry.value, scribe);
    }
    for target in document.find(&["tool", "hatch", "build", "targets"]).map(Node::entries).unwrap_or_default() {
        for include in ["include", "force-include", "artifacts"].iter().filter_map(|key| target.value.get(key)) {
            wheel(include, scribe);
        }
    }
}

fn poetry(document: &Node, scribe: &mut Scribe<'_>) {
    let Some(poetry) = document.find(&["tool", "poetry"]) else { return };
    for table in ["dependencies", "dev-dependencies"] {
        keys(poetry.get(table), scribe);
    }
    for group in poetry.get("group").map(Node::entries).unwrap_or_default() {
        keys(group.value.get("dependencies"), scribe);
    }
    if let Some(include) = poetry.get("include") {
        wheel(include, scribe);
    }
}

/// Scripts of pdm, poe and taskipy, and the `.env` files that pdm loads for them.
fn tasks(document: &Node, scribe: &mut Scribe<'_>) {
    for path in [&["tool", "pdm", "scripts"][..], &["tool", "poe", "tasks"], &["tool", "taskipy", "tasks"]] {
        for entry in document.find(path).map(Node::entries).unwrap_or_default() {
            let Entry { key, value } = entry;
            if let Some(files) = value.get("env_file").or_else(|| value.get("envfile")) {
                runner_loads("pdm", files, scribe);
            }
            let line = ["cmd", "shell"].iter().find_map(|key| value.get(key)).unwrap_or(value).scalar();
            if let Some(line) = line.filter(|_| key.text != "env_file") {
                script(&key.text, line, scribe);
            } else if key.text == "env_file" {
                runner_loads("pdm", value, scribe);
            }
        }
    }
}

fn wheel(list: &Node, scribe: &mut Scribe<'_>) {
    let paths = list.one_or_more().iter().filter_map(|item| item.get("path").unwrap_or(item).text());
    let sources: Vec<String> =
        paths.map(str::to_owned).chain(list.entries().iter().map(|entry| entry.key.text.clone())).collect();
    if !sources.is_empty() {
        ships(sources, list.at(), Shipper::Wheel, scribe);
    }
}

fn requirement_list(list: &Node, scribe: &mut Scribe<'_>) {
    for item in list.scalars() {
        let length = name_length(&item.text);
        depends(&item.text[..length], item.mapping.span(0..length), scribe);
    }
}

/// Length of a package's name at the front of a requirement.
fn name_length(requirement: &str) -> usize {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    requirement.find(|c| !is_part(c)).unwrap_or(requirement.len())
}

/// Reads a `Pipfile`.
pub(super) fn pipfile(document: &Node, scribe: &mut Scribe<'_>) {
    for table in ["packages", "dev-packages"] {
        keys(document.get(table), scribe);
    }
    for entry in document.get("scripts").map(Node::entries).unwrap_or_default() {
        if let Some(line) = entry.value.scalar() {
            script(&entry.key.text, line, scribe);
        }
    }
}

/// Reads a `requirements.txt`.
pub(super) fn requirements(text: &str, scribe: &mut Scribe<'_>) {
    for (line, at) in lines(text) {
        requirement(line.trim_start_matches('\u{feff}'), at, scribe);
    }
}

fn requirement(line: &str, at: Span, scribe: &mut Scribe<'_>) {
    let start = at.end - line.trim_start().len();
    let line = line.trim_start();
    if line.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        let length = name_length(line);
        depends(&line[..length], Span::new(start, start + length), scribe);
    }
}

/// Reads a `setup.cfg`: the indented lines below `install_requires`.
pub(super) fn setup_cfg(text: &str, scribe: &mut Scribe<'_>) {
    let mut inside = false;
    for (line, at) in lines(text) {
        let is_indented = line.starts_with([' ', '\t']);
        if is_indented && inside {
            requirement(line, at, scribe);
        } else if !is_indented && !line.is_empty() {
            let key = line.split('=').next().unwrap_or_default().trim();
            inside = matches!(key, "install_requires" | "tests_require" | "setup_requires");
        }
    }
}

/// Reads a `setup.py`: the strings of the lists given as requirements.
pub(super) fn setup_py(text: &str, scribe: &mut Scribe<'_>) {
    for key in ["install_requires", "extras_require", "tests_require"] {
        let Some(start) = text.find(key) else { continue };
        let rest = &text[start..];
        // A list that is a name is not followed.
        let Some(open) = rest.find(['[', '{']).filter(|open| *open < key.len() + 8) else { continue };
        let close = if rest[open..].starts_with('{') { '}' } else { ']' };
        let end = rest[open..].find(close).map_or(rest.len(), |end| open + end);
        strings(&rest[open..end], start + open, scribe);
    }
}

fn strings(list: &str, start: usize, scribe: &mut Scribe<'_>) {
    let mut at = 0;
    while let Some(open) = list[at..].find(['"', '\'']).map(|open| at + open) {
        let quote = list[open..].chars().next().unwrap_or('"');
        let Some(close) = list[open + 1..].find(quote).map(|close| open + 1 + close) else { break };
        let is_key = list[close + 1..].trim_start().starts_with(':');
        if !is_key {
            let item = &list[open + 1..close];
            let (item, place) = trimmed(item, Span::new(start + open + 1, start + close));
            requirement(item, place, scribe);
        }
        at = close + 1;
    }
}

/// Reads a `MANIFEST.in`: what goes into a source distribution.
pub(super) fn manifest_in(text: &str, scribe: &mut Scribe<'_>) {
    for (line, at) in lines(text) {
        let mut words = line.split_whitespace();
        let sources: Vec<String> = match words.next() {
            Some("include" | "global-include" | "graft") => words.map(str::to_owned).collect(),
            Some("recursive-include") => {
                let folder = words.next().unwrap_or(".");
                words.map(|pattern| format!("{folder}/**/{pattern}")).collect()
            }
            _ => continue,
        };
        if !sources.is_empty() {
            ships(sources, at, Shipper::Wheel, scribe);
        }
    }
}
