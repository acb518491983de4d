//! What the configuration of a bundler or framework passes on to the browser.
//!
//! Only files that are such a configuration by their name are asked, and scripts that call a bundler: elsewhere `env` and `define` mean
//! other things.

use super::dialect::{JavaScript, inside, key_of, positional};
use crate::{
    lint::{
        facts::Exposure,
        read::syntax::{Dialect, Node, Script},
    },
    model::Span,
};

/// Notes what `node` in the file at `path` passes on.
pub(super) fn note<'s>(script: &mut Script<'s, JavaScript>, node: Node<'s>, path: &str) {
    match node.kind() {
        "pair" => pair(script, node, path.rsplit('/').next().unwrap_or(path)),
        "new_expression" => plugin(script, node),
        "call_expression" => replace(script, node),
        _ => {}
    }
}

fn pair<'s>(script: &mut Script<'s, JavaScript>, pair: Node<'s>, file: &str) {
    let (Some((key, _)), Some(value)) = (key_of(pair), pair.field("value")) else { return };
    let is_config = |name: &str| file.starts_with(name);
    match key {
        "env" if is_config("next.config") || is_config("nuxt.config") => members(script, value, "env"),
        "publicRuntimeConfig" if is_config("next.config") || is_config("nuxt.config") => {
            members(script, value, "publicRuntimeConfig");
        }
        "public" if is_config("nuxt.config") && is_in(pair, "runtimeConfig") => {
            members(script, value, "runtimeConfig.public");
        }
        "extra" if is_config("app.config") => members(script, value, "extra"),
        "define" => define(script, value, "define"),
        "envPrefix" => prefixes(script, value),
        _ => {}
    }
}

/// Whether `pair` stands in the object that is the value of the pair called `name`.
fn is_in(pair: Node<'_>, name: &str) -> bool {
    let around = pair.parent().and_then(Node::parent);
    around.and_then(key_of).is_some_and(|(key, _)| key == name)
}

fn expose(script: &mut Script<'_, JavaScript>, name: Option<String>, at: Span, by: &'static str) {
    script.facts.exposures.push(Exposure { name, at, by });
}

/// The variable that an expression reads somewhere.
fn read_in<'s>(script: &mut Script<'s, JavaScript>, value: Node<'s>) -> Option<String> {
    let mut nodes = std::iter::once(value).chain(value.descendants().take(64));
    nodes.find_map(|node| script.read_name(node))
}

/// Each member of an object is passed on under its key; what matters is the variable it takes its value from.
fn members<'s>(script: &mut Script<'s, JavaScript>, object: Node<'s>, by: &'static str) {
    for item in script.value(object).items().take(128) {
        match item.kind() {
            "pair" => {
                let (Some((key, _)), Some(value)) = (key_of(item), item.field("value")) else { continue };
                // An object in an object is passed on as well.
                if JavaScript::peel(value).kind() == "object" {
                    for inner in JavaScript::peel(value).items().filter(|inner| inner.kind() == "pair").take(64) {
                        member(script, inner, by);
                    }
                    continue;
                }
                let name = read_in(script, value).unwrap_or_else(|| key.to_owned());
                expose(script, Some(name), item.span(), by);
            }
            "shorthand_property_identifier" => expose(script, Some(item.text().to_owned()), item.span(), by),
            "spread_element" if spreads_environment(script, item) => expose(script, None, item.span(), by),
            _ => {}
        }
    }
}

fn member<'s>(script: &mut Script<'s, JavaScript>, pair: Node<'s>, by: &'static str) {
    if let Some(name) = pair.field("value").and_then(|value| read_in(script, value)) {
        expose(script, Some(name), pair.span(), by);
    }
}

/// Whether `item` puts in all there is: `...process.env`.
fn spreads_environment<'s>(script: &Script<'s, JavaScript>, item: Node<'s>) -> bool {
    item.items().next().and_then(|all| script.path(all)).is_some_and(|path| is_environment(&path))
}

fn is_environment(path: &str) -> bool {
    matches!(path, "process.env" | "process#env" | "vite#loadEnv()" | "dotenv#config().parsed")
}

/// `{ "process.env.A_KEY": JSON.stringify(env.A_KEY), "process.env": env }`.
fn define<'s>(script: &mut Script<'s, JavaScript>, object: Node<'s>, by: &'static str) {
    let object = script.value(object);
    for pair in object.items().filter(|item| item.kind() == "pair").take(128) {
        let (Some((key, _)), Some(value)) = (key_of(pair), pair.field("value")) else { continue };
        let named =
            ["process.env.", "import.meta.env.", "globalThis.process.env."].iter().find_map(|p| key.strip_prefix(p));
        if let Some(named) = named {
            let name = read_in(script, value).unwrap_or_else(|| named.to_owned());
            expose(script, Some(name), pair.span(), by);
        } else if matches!(key, "process.env" | "import.meta.env" | "process") {
            whole_environment(script, pair, value, by);
        } else {
            member(script, pair, by);
        }
    }
}

/// `"process.env": …`, with an object or with all there is.
fn whole_environment<'s>(script: &mut Script<'s, JavaScript>, pair: Node<'s>, value: Node<'s>, by: &'static str) {
    let inner = script.value(value);
    if inner.kind() == "object" {
        members(script, inner, by);
    } else if script.path(inner).is_some_and(|path| is_environment(&path)) {
        expose(script, None, pair.span(), by);
    }
}

/// Beginnings of the names that are passed on, in place of the bundler's own.
fn prefixes<'s>(script: &mut Script<'s, JavaScript>, value: Node<'s>) {
    let value = script.value(value);
    let items: Vec<Node<'s>> = if value.kind() == "array" { value.items().take(32).collect() } else { vec![value] };
    for item in items {
        if let Some(at) = inside(item) {
            expose(script, Some(item.slice(at).to_owned()), at, "envPrefix");
        }
    }
}

/// `new webpack.DefinePlugin({…})` and its like.
fn plugin<'s>(script: &mut Script<'s, JavaScript>, node: Node<'s>) {
    let Some(path) = node.field("constructor").and_then(|class| script.path(class)) else { return };
    let first = positional(node).next();
    if path.starts_with("dotenv-webpack#") {
        return expose(script, None, node.span(), "dotenv-webpack");
    }
    match (path.rsplit(['.', '#']).next(), first) {
        (Some("DefinePlugin"), Some(object)) => define(script, object, "DefinePlugin"),
        (Some("EnvironmentPlugin"), Some(list)) => {
            let list = script.value(list);
            if list.kind() == "object" {
                for pair in list.items().filter(|item| item.kind() == "pair").take(128) {
                    if let Some((name, at)) = key_of(pair) {
                        expose(script, Some(name.to_owned()), at, "EnvironmentPlugin");
                    }
                }
                return;
            }
            for item in positional(node).chain(list.items()).take(128) {
                if let Some(at) = inside(item) {
                    expose(script, Some(item.slice(at).to_owned()), at, "EnvironmentPlugin");
                }
            }
        }
        _ => {}
    }
}

/// `replace({ "process.env.A_KEY": … })` of Rollup.
fn replace<'s>(script: &mut Script<'s, JavaScript>, node: Node<'s>) {
    let path = node.field("function").and_then(|function| script.path(function));
    if !matches!(path.as_deref(), Some("@rollup/plugin-replace#" | "rollup-plugin-replace#")) {
        return;
    }
    let Some(options) = positional(node).next() else { return };
    define(script, options, "replace");
    let values = script.value(options).items().find(|item| key_of(*item).is_some_and(|(key, _)| key == "values"));
    if let Some(values) = values.and_then(|pair| pair.field("value")) {
        define(script, values, "replace");
    }
}
