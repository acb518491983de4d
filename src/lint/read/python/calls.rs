//! Calls in Python that hand over a key: clients, requests, headers; and the addresses they go to.

use super::{
    dialect::{Python, all_arguments, arguments_of},
    scope_of,
};
use crate::{
    lint::{
        facts::EndpointRole,
        read::syntax::{Node, Script, Use, is_base},
    },
    model::Span,
};

/// Notes the client or the header that `node` is.
pub(super) fn note<'s>(script: &mut Script<'s, Python>, node: Node<'s>) {
    match node.kind() {
        "call" => {
            if let Some(call) = use_of(script, node) {
                script.add_client(&call);
                header_call(script, node, &call.path);
            }
        }
        "assignment" => assignment(script, node),
        "pair" => {
            if let (Some(key), Some(value)) = (node.field("key"), node.field("value"))
                && key.kind() == "string"
                && let Some((name, _)) = script.text(key)
            {
                script.add_header(name, value);
            }
        }
        _ => {}
    }
}

/// Looks at what a call passes once all headers and addresses are known.
pub(super) fn note_request<'s>(script: &mut Script<'s, Python>, node: Node<'s>) {
    if node.kind() == "call"
        && let Some(call) = use_of(script, node)
    {
        script.add_request(&call);
    }
}

fn use_of<'s>(script: &Script<'s, Python>, node: Node<'s>) -> Option<Use<'s>> {
    let path = script.path(node.field("function")?)?;
    Some(Use { node, path, arguments: all_arguments(script, node), scope: scope_of(node) })
}

/// `request.add_header("Authorization", …)`.
fn header_call<'s>(script: &mut Script<'s, Python>, node: Node<'s>, path: &str) {
    if path.ends_with(".add_header") || path.ends_with(".putheader") || path.ends_with("headers.setdefault") {
        let arguments = arguments_of(node);
        if let (Some(name), Some(value)) = (arguments.positional(0), arguments.positional(1))
            && let Some((name, _)) = script.text(name)
        {
            script.add_header(name, value);
        }
    }
}

/// `openai.api_key = …`, `headers["Authorization"] = …`.
fn assignment<'s>(script: &mut Script<'s, Python>, node: Node<'s>) {
    let (Some(left), Some(right)) = (node.field("left"), node.field("right")) else { return };
    match left.kind() {
        "attribute" => {
            if let Some(path) = module_path(script, left) {
                script.add_module_client(node, &path, right, scope_of(node));
            }
        }
        "subscript" => {
            if let Some((name, _)) = left.field("subscript").and_then(|key| script.text(key)) {
                script.add_header(name, right);
            }
        }
        _ => {}
    }
}

/// The path of an attribute that is set. The name itself was just bound by the assignment, so it is asked of its object.
fn module_path<'s>(script: &Script<'s, Python>, attribute: Node<'s>) -> Option<String> {
    let object = script.path(attribute.field("object")?)?;
    Some(format!("{object}.{}", attribute.field("attribute")?.text()))
}

/// Notes the address that a string is, unless the string stands alone as documentation does.
pub(super) fn note_address<'s>(script: &mut Script<'s, Python>, node: Node<'s>) {
    if node.kind() != "string" {
        return;
    }
    let parent = node.parent();
    if parent.is_some_and(|parent| parent.kind() == "expression_statement") {
        return;
    }
    let mut ends = node.children().filter(|part| part.is(&["string_start", "string_end"])).map(Node::span);
    let (Some(start), Some(end)) = (ends.next(), ends.next()) else { return };
    let inner = Span::new(start.end, end.start);
    let named = parent.and_then(|parent| match parent.kind() {
        "assignment" => parent.field("left"),
        "keyword_argument" => parent.field("name"),
        "pair" => parent.field("key"),
        _ => None,
    });
    let is_base = named.is_some_and(|name| name != node && is_base(name.text().trim_matches(['"', '\''])));
    script.add_endpoint(node, inner, if is_base { EndpointRole::Base } else { EndpointRole::Other });
}
