//! Blocks of variables, which all manifests have and each writes in its own way: as a map, as a list of `X=…`, as a list of names with values,
//! literal or taken from a store.

use super::{
    scribe::{Given, Scribe},
    text::{is_name, is_variable},
    tree::{Entry, Node, Scalar},
};

/// Which keys of a block count as variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    /// All that may be one: the block is known to hold nothing else.
    Any,
    /// Those that begin with a capital letter: the block may be something else.
    Capital,
}

impl Names {
    fn take(self, name: &str) -> bool {
        match self {
            Self::Any => is_name(name) && name != "_",
            Self::Capital => is_variable(name),
        }
    }
}

/// Writes down the variables of `block`.
pub(super) fn read(block: &Node, names: Names, section: Option<&str>, scribe: &mut Scribe<'_>) {
    for entry in block.entries() {
        if names.take(&entry.key.text) {
            of_entry(entry, section, scribe);
        }
    }
    for item in block.items() {
        match item {
            Node::Scalar(scalar) => of_line(scalar, names, section, scribe),
            Node::Map(..) => of_record(item, names, section, scribe),
            Node::List(..) => {}
        }
    }
}

/// `X: value`, or `X: {value: …}`.
fn of_entry(entry: &Entry, section: Option<&str>, scribe: &mut Scribe<'_>) {
    let given = Given { name: &entry.key.text, at: entry.key.at(), whole: entry.whole(), value: None };
    match &entry.value {
        Node::Scalar(scalar) if scalar.is_null() => scribe.define_from(given, &entry.key.text, section),
        Node::Scalar(scalar) => scribe.define(Given { value: Some(scalar.snippet()), ..given }, section),
        Node::Map(..) => with_value(given, &entry.value, section, scribe),
        Node::List(..) => {}
    }
}

/// `- X=value`, or `- X` for one that is passed through.
fn of_line(scalar: &Scalar, names: Names, section: Option<&str>, scribe: &mut Scribe<'_>) {
    let text = &*scalar.text;
    let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
    let name = name.trim_end();
    if !names.take(name) {
        return;
    }
    let given = Given { name, at: scalar.mapping.span(0..name.len()), whole: scalar.outer, value: None };
    let Some(value) = value else { return scribe.define_from(given, name, section) };
    let mapping = scalar.mapping.part(text.len() - value.len()..text.len());
    let value = super::text::Snippet { text: value, mapping: &mapping };
    scribe.define(Given { value: Some(value), ..given }, section);
}

/// `- name: X` with `value: …` or `valueFrom: …`.
fn of_record(record: &Node, names: Names, section: Option<&str>, scribe: &mut Scribe<'_>) {
    let found = ["name", "key", "Name", "variable", "NAME"].iter().find_map(|key| record.get(key)?.scalar());
    let Some(name) = found.filter(|name| names.take(&name.text)) else { return };
    let given = Given { name: &name.text, at: name.at(), whole: record.at(), value: None };
    with_value(given, record, section, scribe);
}

/// What `holder` says of the value: literally, or where it comes from.
fn with_value(given: Given<'_>, holder: &Node, section: Option<&str>, scribe: &mut Scribe<'_>) {
    let value = ["value", "Value", "default"].iter().find_map(|key| holder.get(key)?.scalar());
    if let Some(value) = value.filter(|value| !value.is_null()) {
        scribe.define(Given { value: Some(value.snippet()), ..given }, section);
        return;
    }
    match store_key(holder) {
        Some(key) => scribe.define_from(given, key, section),
        None => scribe.define(given, section),
    }
}

/// The name under which a store holds the value: `valueFrom.secretKeyRef.key` and its like.
fn store_key(holder: &Node) -> Option<&str> {
    let from = holder.get("valueFrom").or_else(|| holder.get("valueSource")).unwrap_or(holder);
    let kinds = ["secretKeyRef", "configMapKeyRef", "secretRef", "fromSecret", "secret"];
    kinds.iter().find_map(|kind| from.get(kind)?.get("key")?.text())
}
