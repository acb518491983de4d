//! Facts as lines of text, so that tests of readers are tables: what is read on the left, what it says on the right.

use std::{fmt::Write as _, sync::LazyLock};

use super::{Gated, Source, read};
use crate::{
    lint::{
        Catalogue, Credentials, FileFacts,
        facts::{Fallback, KeyArgument},
    },
    model::Span,
    rules::RuleSet,
};

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::new(&RuleSet::builtin()));

/// What the reader for `path` finds in `text`, if it is read.
pub(super) fn facts_in(path: &str, text: &[u8]) -> Option<FileFacts> {
    read(Source { path, text, private: false, utf16: false, catalogue: &CATALOGUE }, Credentials::default, Gated::Open)
}

/// What the reader for `path` finds in `text`.
pub(super) fn facts_of(path: &str, text: &[u8]) -> FileFacts {
    facts_in(path, text).expect("the language of the file is known")
}

/// Lines on what was found, imports left out.
pub(super) fn tell(path: &str, text: &str) -> Vec<String> {
    let facts = facts_of(path, text.as_bytes());
    assert_spans_are_sound(&facts, text);
    let mut lines = Vec::new();
    reads(&facts, text, &mut lines);
    for definition in &facts.definitions {
        let mut line = format!(
            "define {} at `{}` in `{}`",
            definition.name,
            cut(text, definition.at),
            cut(text, definition.whole)
        );
        if let Some(value) = &definition.value {
            assert_eq!(value.text.expose(), cut(text, value.at).as_bytes());
            let _ = write!(line, " = `{}`", cut(text, value.at));
        }
        if let Some(from) = &definition.from {
            let _ = write!(line, " from {from}");
        }
        lines.push(line);
    }
    for load in &facts.loads {
        let mut line = format!("load `{}` {} {:?} {:?}", cut(text, load.at), load.loader, load.search, load.scope);
        let flags = [
            (load.fills, "fills"),
            (load.computed, "computed"),
            (load.overrides, "overrides"),
            (load.hoisted, "hoisted"),
        ];
        for (_, word) in flags.iter().filter(|(flag, _)| *flag) {
            let _ = write!(line, " {word}");
        }
        if !load.files.is_empty() {
            let _ = write!(line, " {:?}", load.files);
        }
        lines.push(line);
    }
    clients(&facts, text, &mut lines);
    for endpoint in &facts.endpoints {
        lines.push(format!("endpoint {} {:?} `{}`", endpoint.provider, endpoint.role, cut(text, endpoint.at)));
    }
    for header in &facts.headers {
        let key = key(&header.key, text);
        let mut line = format!("header {} `{}`+{key}+`{}`", header.name, header.before, header.after);
        if let Some(provider) = &header.provider {
            let _ = write!(line, " to {provider}");
        }
        lines.push(line);
    }
    for exposure in &facts.exposures {
        let name = exposure.name.as_deref().unwrap_or("*");
        lines.push(format!("expose {name} by {} `{}`", exposure.by, cut(text, exposure.at)));
    }
    lines.extend(facts.trouble.iter().map(|trouble| format!("trouble: {}", trouble.why)));
    lines
}

/// Lines on the modules that are loaded.
pub(super) fn tell_imports(path: &str, text: &str) -> Vec<String> {
    let facts = facts_of(path, text.as_bytes());
    let line = |import: &crate::lint::facts::Import| {
        let hoisted = if import.hoisted { " hoisted" } else { "" };
        format!("{} {:?} {:?}{hoisted} `{}`", import.module, import.names, import.scope, cut(text, import.at))
    };
    facts.imports.iter().map(line).collect()
}

/// Compares each text with what is expected of it, and shows all that differ at once.
pub(super) fn assert_told(path: &str, cases: &[(&str, &[&str])]) {
    let mut wrong = String::new();
    for (text, expected) in cases {
        let told = tell(path, text);
        if told != *expected {
            let _ = write!(wrong, "\n{text}\n  expected {expected:#?}\n  found {told:#?}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Every place lies in the text and does not cut a character.
pub(super) fn assert_spans_are_sound(facts: &FileFacts, text: &str) {
    for at in facts.places().iter().chain(&facts.hidden) {
        assert!(text.get(at.range()).is_some(), "{at:?} of {} bytes", text.len());
    }
}

fn cut(text: &str, at: Span) -> &str {
    &text[at.range()]
}

fn key(key: &KeyArgument, text: &str) -> String {
    match key {
        KeyArgument::Default => "default".to_owned(),
        KeyArgument::Variable(name) => format!("${name}"),
        KeyArgument::Literal(at) => format!("literal `{}`", cut(text, *at)),
        KeyArgument::Expression(at) => format!("expression `{}`", cut(text, *at)),
    }
}

fn reads(facts: &FileFacts, text: &str, lines: &mut Vec<String>) {
    for read in &facts.reads {
        let mut line = format!("read {}", read.name);
        if cut(text, read.at) != read.name {
            let _ = write!(line, " at `{}`", cut(text, read.at));
        }
        let _ = write!(line, " in `{}` {:?} {:?}", cut(text, read.whole), read.via, read.scope);
        match read.fallback {
            Fallback::Nothing => {}
            Fallback::Fails => line.push_str(" or fails"),
            Fallback::Literal(at) => _ = write!(line, " or `{}`", cut(text, at)),
            Fallback::Other => line.push_str(" or another"),
        }
        if let Some(name) = &read.bound_to {
            let _ = write!(line, " as {name}");
        }
        if let Some(provider) = &read.feeds {
            let _ = write!(line, " for {provider}");
        }
        lines.push(line);
    }
}

fn clients(facts: &FileFacts, text: &str, lines: &mut Vec<String>) {
    for client in &facts.clients {
        let package = client.package.as_deref().unwrap_or("?");
        let mut line = format!("client {} {}/{} {:?}", client.provider, package, client.class, client.scope);
        let _ = write!(line, " key {}", key(&client.key, text));
        match client.base_url {
            Some(at) => _ = write!(line, " base `{}`", cut(text, at)),
            None if client.has_base_url => line.push_str(" base"),
            None => {}
        }
        if let Some(at) = client.browser {
            let _ = write!(line, " browser `{}`", cut(text, at));
        }
        lines.push(line);
    }
}
