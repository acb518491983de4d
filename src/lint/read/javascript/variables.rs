//! Variables that JavaScript code reads and sets.

use super::{
    dialect::{JavaScript, inside, key_of, positional},
    scope_of,
};
use crate::{
    lint::{
        facts::{Fallback, Read, Via},
        read::syntax::{Binding, Dialect, LONGEST_NAME, Node, Script},
    },
    model::Span,
};

/// Whether a variable may be read in `text`: whatever does it has `env` in its name, or is the settings of a framework.
pub(super) fn may_stand_in(text: &str) -> bool {
    let has = |word: &[u8]| text.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    has(b"env") || has(b"config")
}

/// Notes the variable that `node` reads.
pub(super) fn note<'s>(script: &mut Script<'s, JavaScript>, node: Node<'s>) {
    match node.kind() {
        "member_expression" | "subscript_expression" => member(script, node),
        "call_expression" => call(script, node),
        "variable_declarator" => {
            if let (Some(name), Some(value)) = (node.field("name"), node.field("value"))
                && name.kind() == "object_pattern"
            {
                destructured(script, node, name, value);
            }
        }
        "import_statement" => imported(script, node),
        _ => {}
    }
}

/// Notes the variable that `node` sets, once all reads are known.
pub(super) fn note_set<'s>(script: &mut Script<'s, JavaScript>, node: Node<'s>) {
    match node.kind() {
        "assignment_expression" | "augmented_assignment_expression" => {
            if let (Some(left), Some(right)) = (node.field("left"), node.field("right"))
                && let Some((name, at)) = named_member(script, left)
            {
                script.define(name, at, node, right);
            }
        }
        "call_expression" => setting_call(script, node),
        _ => {}
    }
}

/// What members of an object read, by the object's path.
fn via_object(path: &str) -> Option<Via> {
    Some(match path {
        "process.env" | "process#env" | "globalThis.process.env" | "Bun.env" | "bun#env" | "bun#Bun.env" => {
            Via::Process
        }
        "$env/dynamic/private#env" | "$env/dynamic/public#env" => Via::Process,
        "import.meta.env" | "vite#loadEnv()" => Via::Build,
        "cloudflare:workers#env" => Via::Platform,
        _ => return None,
    })
}

/// Members of `import.meta.env` that are no variables, and of objects in general that are methods.
const NO_VARIABLES: [&str; 8] = ["MODE", "DEV", "PROD", "SSR", "BASE_URL", "hasOwnProperty", "toString", "length"];

fn is_variable(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && name.len() <= 128
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !NO_VARIABLES.contains(&name)
}

pub(super) fn is_upper(name: &str) -> bool {
    is_variable(name) && !name.bytes().any(|b| b.is_ascii_lowercase()) && name.contains('_')
}

/// The variable that `object.NAME` or `object["NAME"]` names, when the object is an environment.
fn named_member<'s>(script: &Script<'s, JavaScript>, node: Node<'s>) -> Option<(&'s str, Span)> {
    let object = node.field("object")?;
    // Whatever ends in an environment is called so or bound to one.
    via_object(&script.path(object)?)?;
    let (name, at) = match node.kind() {
        "member_expression" => {
            let property = node.field("property")?;
            (property.text(), property.span())
        }
        "subscript_expression" => script.text(node.field("index")?)?,
        _ => return None,
    };
    is_variable(name).then_some((name, at))
}

fn member<'s>(script: &mut Script<'s, JavaScript>, node: Node<'s>) {
    let is_set =
        node.role() == "left" && node.parent().is_some_and(|parent| parent.kind().ends_with("assignment_expression"));
    let is_method = node.role() == "function";
    let is_deleted =
        node.parent().is_some_and(|parent| parent.kind() == "unary_expression" && parent.operator() == "delete");
    if is_set || is_method || is_deleted {
        return;
    }
    let Some((name, at)) = named_member(script, node) else { return };
    let via = node.field("object").and_then(|object| script.path(object)).and_then(|path| via_object(&path));
    add(script, node, (name, at), via.unwrap_or(Via::Process), Fallback::Nothing);
}

/// What a call with a name in front reads, by the path of what is called, and whether it fails when there is none.
fn via_call(path: &str, name: &str) -> Option<(Via, bool)> {
    if matches!(path, "Deno.env.get" | "astro:env/server#getSecret" | "env-var#get") {
        return Some((Via::Process, false));
    }
    if !is_upper(name) {
        return None;
    }
    let (object, method) = path.rsplit_once(['.', '#']).unwrap_or(("", path));
    let last = object.trim_end_matches("()").rsplit(['.', '#']).next()?.to_ascii_lowercase();
    let is_config = last.ends_with("config") || last.ends_with("configservice");
    if is_config && matches!(method, "get" | "getOrThrow") {
        return Some((Via::Settings, method == "getOrThrow"));
    }
    if last == "env" && matches!(method, "get" | "require" | "string" | "getOrThrow") {
        return Some((Via::Process, false));
    }
    is_wrapper(method).then_some((Via::Process, false))
}

/// Words in names of functions that do something else with a variable than to read it.
const WRITERS: [&str; 11] =
    ["set", "stub", "load", "create", "define", "mock", "delete", "unset", "write", "check", "has"];

/// A function of the project that is called like one that reads the environment: `getEnv("X")`, `requireEnvVar("X")`, `env("X")`.
fn is_wrapper(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let is_env = lower.contains("env") && !lower.contains("event") && !lower.contains("envelope");
    is_env && !WRITERS.iter().any(|word| lower.starts_with(word))
}

fn call<'s>(script: &mut Script<'s, JavaScript>, node: Node<'s>) {
    let Some((name, at)) = positional(node).next().and_then(|name| script.text(name)) else { return };
    if !is_variable(name) {
        return;
    }
    let Some(path) = node.field("function").and_then(|function| called_path(script, function)) else { return };
    let Some((via, fails)) = via_call(&path, name) else { return };
    let fallback = match positional(node).nth(1) {
        Some(given) => script.fallback(given),
        None if fails => Fallback::Fails,
        None => Fallback::Nothing,
    };
    add(script, node, (name, at), via, fallback);
}

/// The path of what is called, or how it is written when it is reached over what is not known: `this.configService.get`.
fn called_path<'s>(script: &Script<'s, JavaScript>, function: Node<'s>) -> Option<String> {
    script.path(function).or_else(|| {
        let text = function.text();
        (text.len() < 100).then(|| text.to_owned())
    })
}

fn add<'s>(script: &mut Script<'s, JavaScript>, node: Node<'s>, (name, at): (&str, Span), via: Via, known: Fallback) {
    let (outer, alternative) = JavaScript::around(node);
    let fallback = match alternative {
        Some(other) if known == Fallback::Nothing => script.fallback(other),
        _ => known,
    };
    let bound_to = outer.parent().and_then(|parent| match (parent.kind(), outer.role()) {
        ("variable_declarator", "value") => parent.field("name"),
        ("assignment_expression", "right") => parent.field("left"),
        ("field_definition" | "public_field_definition", "value") => {
            parent.field("property").or_else(|| parent.field("name"))
        }
        _ => None,
    });
    let bound_to = bound_to.filter(|name| name.is(&["identifier", "member_expression", "property_identifier"]));
    let bound_to = bound_to.filter(|name| name.span().len() <= LONGEST_NAME);
    let bound_to = bound_to.map(|name| name.text().to_owned());
    let read = Read {
        name: name.to_owned(),
        at,
        whole: node.span(),
        via,
        scope: scope_of(node),
        fallback,
        bound_to,
        feeds: None,
    };
    script.add_read(node, read);
}

/// `const { A_KEY, B_KEY: key = "x" } = process.env`.
fn destructured<'s>(script: &mut Script<'s, JavaScript>, by: Node<'s>, pattern: Node<'s>, value: Node<'s>) {
    let path = script.path(value);
    let Some(via) = path.as_deref().and_then(via_object) else {
        // `const { env: { A_KEY } } = process`
        let is_process = matches!(path.as_deref(), Some("process" | "process#"));
        let inner = pattern.items().find(|item| key_of(*item).is_some_and(|(key, _)| key == "env"));
        if let Some(inner) = inner.and_then(|pair| pair.field("value")).filter(|inner| inner.kind() == "object_pattern")
            && is_process
        {
            taken(script, by, inner, Via::Process);
        }
        return;
    };
    taken(script, by, pattern, via);
}

fn taken<'s>(script: &mut Script<'s, JavaScript>, by: Node<'s>, pattern: Node<'s>, via: Via) {
    for item in pattern.items().take(128) {
        let (name, local, default) = match item.kind() {
            "shorthand_property_identifier_pattern" => (Some((item.text(), item.span())), Some(item), None),
            "object_assignment_pattern" => {
                let left = item.field("left");
                (left.map(|left| (left.text(), left.span())), left, item.field("right"))
            }
            "pair_pattern" => {
                let value = item.field("value");
                let inner = value.filter(|value| value.kind() == "assignment_pattern");
                (
                    key_of(item),
                    inner.map_or(value, |inner| inner.field("left")),
                    inner.and_then(|inner| inner.field("right")),
                )
            }
            _ => continue,
        };
        let (Some((name, at)), Some(local)) = (name, local) else { continue };
        if !is_variable(name) {
            continue;
        }
        let read = Read {
            name: name.to_owned(),
            at,
            whole: item.span(),
            via,
            scope: scope_of(item),
            fallback: default.map_or(Fallback::Nothing, |default| script.fallback(default)),
            bound_to: Some(local.text().to_owned()),
            feeds: None,
        };
        script.add_read(item, read);
        script.names.bind::<JavaScript>(local.text(), Binding::Value(item), by);
    }
}

/// Modules whose exports are variables.
const EXPORTED: [(&str, Via); 6] = [
    ("$env/static/private", Via::Build),
    ("$env/static/public", Via::Build),
    ("astro:env/server", Via::Process),
    ("astro:env/client", Via::Build),
    ("@env", Via::Build),
    ("react-native-dotenv", Via::Build),
];

/// `import { A_KEY } from "$env/static/private"`.
fn imported<'s>(script: &mut Script<'s, JavaScript>, node: Node<'s>) {
    let Some(source) = node.field("source").and_then(inside) else { return };
    let module = node.slice(source);
    let Some((_, via)) = EXPORTED.iter().find(|(known, _)| *known == module) else { return };
    let specifiers = node.descendants().filter(|item| item.kind() == "import_specifier");
    for specifier in specifiers.take(128) {
        let Some(name) = specifier.field("name").filter(|name| is_variable(name.text())) else { continue };
        let local = specifier.field("alias").unwrap_or(name);
        if !is_upper(name.text()) {
            continue;
        }
        let read = Read {
            name: name.text().to_owned(),
            at: name.span(),
            whole: specifier.span(),
            via: *via,
            scope: scope_of(node),
            fallback: Fallback::Nothing,
            bound_to: Some(local.text().to_owned()),
            feeds: None,
        };
        script.add_read(specifier, read);
        script.names.bind::<JavaScript>(local.text(), Binding::Value(specifier), node);
    }
}

/// `Object.assign(process.env, {…})`, `Deno.env.set("A", "b")`.
fn setting_call<'s>(script: &mut Script<'s, JavaScript>, node: Node<'s>) {
    let Some(path) = node.field("function").and_then(|function| script.path(function)) else { return };
    let mut arguments = positional(node);
    let (Some(first), Some(second)) = (arguments.next(), arguments.next()) else { return };
    match path.as_str() {
        "Deno.env.set" => {
            if let Some((name, at)) = script.text(first) {
                script.define(name, at, node, second);
            }
        }
        "Object.assign" if script.path(first).as_deref().and_then(via_object) == Some(Via::Process) => {
            for pair in script.value(second).items().filter(|item| item.kind() == "pair").take(128) {
                if let (Some((name, at)), Some(value)) = (key_of(pair), pair.field("value")) {
                    script.define(name, at, pair, value);
                }
            }
        }
        _ => {}
    }
}
