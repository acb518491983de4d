//! Calls in JavaScript that hand over a key: clients, requests, headers; and the addresses they go to.

use super::{
    dialect::{JavaScript, arguments_of, inside, key_of, positional},
    scope_of,
};
use crate::lint::{
    facts::EndpointRole,
    read::syntax::{Dialect, Node, Script, Use, is_base},
};

/// Notes the client or the header that `node` is.
pub(super) fn note<'s>(script: &mut Script<'s, JavaScript>, node: Node<'s>) {
    match node.kind() {
        "call_expression" | "new_expression" => {
            if script.uses_a_library()
                && let Some(call) = use_of(script, node)
            {
                script.add_client(&call);
            }
            header_call(script, node);
        }
        "pair" => {
            if let (Some((name, _)), Some(value)) = (key_of(node), node.field("value")) {
                script.add_header(name, value);
            }
        }
        "assignment_expression" => {
            if let (Some(left), Some(right)) = (node.field("left"), node.field("right"))
                && let Some((_, name)) = JavaScript::member(left)
            {
                script.add_header(name, right);
            }
        }
        _ => {}
    }
}

/// Looks at what a call passes once all headers and addresses are known.
pub(super) fn note_request<'s>(script: &mut Script<'s, JavaScript>, node: Node<'s>) {
    if node.is(&["call_expression", "new_expression"])
        && let Some(call) = use_of(script, node)
    {
        script.add_request(&call);
    }
}

fn use_of<'s>(script: &Script<'s, JavaScript>, node: Node<'s>) -> Option<Use<'s>> {
    let callee = JavaScript::called(node)?;
    let path = script.path(callee).or_else(|| {
        // A method of what is not known may still make a request: `this.http.post(url, …)`.
        let (_, name) = JavaScript::member(callee)?;
        Some(name.to_owned())
    })?;
    Some(Use { node, path, arguments: arguments_of(script, node), scope: scope_of(node) })
}

/// `headers.set("Authorization", …)`.
fn header_call<'s>(script: &mut Script<'s, JavaScript>, node: Node<'s>) {
    let Some((_, method)) = node.field("function").and_then(JavaScript::member) else { return };
    if !matches!(method, "set" | "append" | "setHeader" | "header" | "setRequestHeader") {
        return;
    }
    let mut arguments = positional(node);
    if let (Some(name), Some(value)) = (arguments.next(), arguments.next())
        && let Some((name, _)) = script.text(name)
    {
        script.add_header(name, value);
    }
}

/// Notes the address that a string is, unless the string names a module.
pub(super) fn note_address<'s>(script: &mut Script<'s, JavaScript>, node: Node<'s>) {
    if !node.is(&["string", "template_string"]) || node.role() == "source" {
        return;
    }
    let Some(inner) = inside(node) else { return };
    let named = node.parent().and_then(|parent| match parent.kind() {
        "variable_declarator" => parent.field("name"),
        "assignment_expression" => parent.field("left"),
        "pair" => parent.field("key"),
        "public_field_definition" | "field_definition" => parent.field("property").or_else(|| parent.field("name")),
        _ => None,
    });
    let is_base = named.is_some_and(|name| name != node && is_base(name.text().trim_matches(['"', '\''])));
    script.add_endpoint(node, inner, if is_base { EndpointRole::Base } else { EndpointRole::Other });
}
