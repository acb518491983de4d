//! Schemas that describe the environment: zod, t3's `createEnv`, envalid, Joi in Nest. Each of their keys is a variable that is read.

use super::{
    dialect::{JavaScript, key_of, positional},
    scope_of,
    variables::is_upper,
};
use crate::lint::{
    facts::{Fallback, Read, Via},
    read::syntax::{Binding, Node, Script},
};

/// Whether `node` checks the environment against a schema: `schema.parse(process.env)`.
pub(super) fn checks_environment<'s>(script: &Script<'s, JavaScript>, node: Node<'s>) -> bool {
    if node.kind() != "call_expression" {
        return false;
    }
    let name = node.field("function").map_or("", |function| function.field("property").map_or("", Node::text));
    let is_check = matches!(name, "parse" | "safeParse" | "parseAsync" | "validate" | "safeParseAsync");
    is_check
        && positional(node).take(2).any(|argument| {
            let path = script.path(argument);
            matches!(path.as_deref(), Some("process.env" | "process#env" | "import.meta.env" | "Bun.env"))
        })
}

/// Notes the variables of the schema that `node` is; `is_checked` says that the file holds the environment against a schema.
pub(super) fn note<'s>(script: &mut Script<'s, JavaScript>, node: Node<'s>, is_checked: bool) {
    if node.kind() != "call_expression" {
        return;
    }
    let Some(path) = node.field("function").and_then(|function| script.path(function)) else { return };
    let mut arguments = positional(node);
    match path.as_str() {
        path if path.starts_with("@t3-oss/env-") && path.ends_with("#createEnv") => {
            let Some(options) = arguments.next().map(|options| script.value(options)) else { return };
            for part in options.items().take(16) {
                let is_part = key_of(part).is_some_and(|(key, _)| matches!(key, "server" | "client" | "shared"));
                if let Some(object) = part.field("value").filter(|_| is_part) {
                    keys(script, object, path);
                }
            }
        }
        "envalid#cleanEnv" => {
            if let Some(object) = arguments.nth(1) {
                keys(script, object, &path);
            }
        }
        "zod#object" | "zod#z.object" | "zod/v4#object" | "zod/v4#z.object" if is_checked => {
            if let Some(object) = arguments.next() {
                for method in ["parse", "safeParse", "safeParse().data"] {
                    keys(script, object, &format!("{path}().{method}"));
                }
            }
        }
        "joi#object" => {
            if let Some(object) = arguments.next() {
                keys(script, object, &path);
            }
        }
        _ => {}
    }
}

/// Notes each key of a schema; the value checked by it is known as `path`.
fn keys<'s>(script: &mut Script<'s, JavaScript>, object: Node<'s>, path: &str) {
    for pair in script.value(object).items().filter(|item| item.kind() == "pair").take(256) {
        let (Some((name, at)), Some(value)) = (key_of(pair), pair.field("value")) else { continue };
        if !is_upper(name) {
            continue;
        }
        let read = Read {
            name: name.to_owned(),
            at,
            whole: pair.span(),
            via: Via::Settings,
            scope: scope_of(pair),
            fallback: fallback(value),
            bound_to: None,
            feeds: None,
        };
        script.add_read(pair, read);
        script.names.bind::<JavaScript>(&format!("{path}.{name}"), Binding::Value(pair), pair);
    }
}

/// What a rule such as `z.string().optional()` says about a missing variable.
fn fallback(rule: Node<'_>) -> Fallback {
    let text = rule.text();
    let has = |method: &str| text.len() < 1000 && text.contains(method);
    if has(".default(") || has("default:") {
        Fallback::Other
    } else if has(".optional(") || has(".nullish(") || has(".allow(") {
        Fallback::Nothing
    } else {
        Fallback::Fails
    }
}
