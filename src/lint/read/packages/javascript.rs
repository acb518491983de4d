//! `package.json` and `deno.json`.

use super::{depends, keys, script, ships};
use crate::lint::{
    facts::Shipper,
    read::{scribe::Scribe, tree::Node},
};

/// Reads a `package.json`.
pub(super) fn package_json(document: &Node, scribe: &mut Scribe<'_>) {
    for table in ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"] {
        keys(document.get(table), scribe);
    }
    for entry in document.get("scripts").map(Node::entries).unwrap_or_default() {
        if let Some(line) = entry.value.scalar() {
            script(&entry.key.text, line, scribe);
        }
    }
    if document.get("private").and_then(Node::text) == Some("true") {
        return;
    }
    if let Some(files) = document.get("files") {
        ships(files.scalars().map(|file| file.text.clone()).collect(), files.at(), Shipper::Npm, scribe);
    } else if let (Some(name), Some(_)) = (document.get("name"), document.get("version")) {
        // Without a list, everything goes that is not ignored.
        ships(vec![".".to_owned()], name.at(), Shipper::Npm, scribe);
    }
}

/// Reads a `deno.json`.
pub(super) fn deno_json(document: &Node, scribe: &mut Scribe<'_>) {
    for entry in document.get("imports").map(Node::entries).unwrap_or_default() {
        let name = entry.value.text().and_then(package_of).unwrap_or(&entry.key.text);
        depends(name, entry.key.at(), scribe);
    }
    for entry in document.get("tasks").map(Node::entries).unwrap_or_default() {
        if let Some(line) = entry.value.get("command").unwrap_or(&entry.value).scalar() {
            script(&entry.key.text, line, scribe);
        }
    }
}

/// The package in `npm:openai@^4/resources` or `jsr:@std/dotenv@1`.
fn package_of(specifier: &str) -> Option<&str> {
    let name = specifier.strip_prefix("npm:").or_else(|| specifier.strip_prefix("jsr:"))?;
    let scope = if name.starts_with('@') { name.find('/').map_or(0, |slash| slash + 1) } else { 0 };
    let end = name[scope..].find(['@', '/']).map_or(name.len(), |end| scope + end);
    Some(&name[..end])
}
