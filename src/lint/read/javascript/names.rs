//! What the names of a JavaScript file stand for: imports, declarations, assignments, parameters.

use super::{
    dialect::{JavaScript, inside, key_of, module_path},
    scope_of,
};
use crate::lint::{
    facts::Import,
    read::syntax::{Binding, Dialect, Node, Script},
};

/// Objects within objects whose members are known by path.
const DEEPEST_OBJECT: usize = 3;
/// Patterns within patterns.
const DEEPEST_PATTERN: usize = 4;

/// Notes the names that `node` binds.
pub(super) fn note<'s>(script: &mut Script<'s, JavaScript>, node: Node<'s>) {
    match node.kind() {
        "import_statement" => import(script, node),
        "export_statement" => {
            if let Some(source) = node.field("source") {
                add_import(script, node, source);
            }
        }
        "call_expression" => {
            if let Some(path) = JavaScript::module(node) {
                script.uses_module(&path);
                if let Some(source) = super::dialect::positional(node).next() {
                    add_import(script, node, source);
                }
            }
        }
        "variable_declarator" => {
            if let (Some(name), Some(value)) = (node.field("name"), node.field("value")) {
                target(script, node, name, value);
            }
        }
        "assignment_expression" => {
            if let (Some(left), Some(right)) = (node.field("left"), node.field("right")) {
                target(script, node, left, right);
            }
        }
        "class_declaration" => {
            if let Some(name) = node.field("name") {
                script.names.bind::<JavaScript>(name.text(), Binding::Class(node), node);
            }
        }
        "field_definition" | "public_field_definition" => field(script, node),
        "formal_parameters" => {
            for parameter in node.items().take(64) {
                let pattern = parameter.field("pattern").unwrap_or(parameter);
                let default = parameter.field("value");
                self::parameter(script, node, pattern, default, DEEPEST_PATTERN);
            }
        }
        "arrow_function" => {
            if let Some(name) = node.field("parameter") {
                script.names.bind_in(name.text(), Binding::Unknown, name, Some(node));
            }
        }
        _ => {}
    }
}

fn import<'s>(script: &mut Script<'s, JavaScript>, node: Node<'s>) {
    let clause = node.children().find(|child| child.is(&["import_clause", "import_require_clause"]));
    let inner = clause.filter(|clause| clause.kind() == "import_require_clause");
    let Some(source) = node.field("source").or_else(|| inner?.field("source")) else { return };
    let Some(at) = inside(source) else { return };
    let is_type = node
        .text()
        .strip_prefix("import")
        .is_some_and(|rest| rest.trim_start().starts_with("type ") && !rest.trim_start().starts_with("type from"));
    if is_type {
        return;
    }
    let path = module_path(node.slice(at));
    script.uses_module(&path);
    add_import(script, node, source);
    for item in clause.into_iter().flat_map(Node::items) {
        match item.kind() {
            "identifier" => script.names.bind::<JavaScript>(item.text(), Binding::Path(path.clone()), node),
            "namespace_import" => {
                if let Some(name) = item.items().next() {
                    script.names.bind::<JavaScript>(name.text(), Binding::Path(path.clone()), node);
                }
            }
            "named_imports" => {
                for specifier in item.items().take(256) {
                    let Some(name) = specifier.field("name") else { continue };
                    let local = specifier.field("alias").unwrap_or(name);
                    let taken = JavaScript::join(&path, name.text());
                    script.names.bind::<JavaScript>(local.text(), Binding::Path(taken), node);
                }
            }
            _ => {}
        }
    }
}

fn add_import<'s>(script: &mut Script<'s, JavaScript>, node: Node<'s>, source: Node<'s>) {
    let Some(at) = inside(source) else { return };
    let module = node.slice(at).to_owned();
    // `import` and `export … from` run before everything else; `require` and `import()` run where they stand.
    let hoisted = node.is(&["import_statement", "export_statement"]);
    let scope = scope_of(node);
    script.facts.imports.push(Import { module, names: Vec::new(), at: node.span(), scope, hoisted });
}

/// Binds what stands on the left of `=` to what stands on the right.
fn target<'s>(script: &mut Script<'s, JavaScript>, by: Node<'s>, left: Node<'s>, right: Node<'s>) {
    match left.kind() {
        "identifier" | "member_expression" => {
            script.names.bind::<JavaScript>(left.text(), Binding::Value(right), by);
            let object = JavaScript::peel(right);
            if object.kind() == "object" && left.text().len() < 60 {
                object_members(script, by, left.text(), object, DEEPEST_OBJECT);
            }
        }
        "object_pattern" => pattern(script, by, left, (right, ""), DEEPEST_PATTERN),
        _ => {}
    }
}

/// Binds `config.openai.key` and its like for `const config = { openai: { key: … } }`.
fn object_members<'s>(script: &mut Script<'s, JavaScript>, by: Node<'s>, path: &str, object: Node<'s>, deep: usize) {
    for pair in object.items().filter(|item| item.kind() == "pair").take(128) {
        let (Some((key, _)), Some(value)) = (key_of(pair), pair.field("value")) else { continue };
        let path = format!("{path}.{key}");
        let inner = JavaScript::peel(value);
        if deep > 0 && inner.kind() == "object" {
            object_members(script, by, &path, inner, deep - 1);
        }
        script.names.bind::<JavaScript>(&path, Binding::Value(value), by);
    }
}

/// Binds the names in `{ a, b: c, d = 1 }` to members of `object`, at `path` within it.
fn pattern<'s>(
    script: &mut Script<'s, JavaScript>,
    by: Node<'s>,
    pattern: Node<'s>,
    (object, path): (Node<'s>, &str),
    deep: usize,
) {
    let Some(deep) = deep.checked_sub(1) else { return };
    let within = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    for item in pattern.items().take(128) {
        match item.kind() {
            "shorthand_property_identifier_pattern" => {
                let member = Binding::Member(object, within(item.text()));
                script.names.bind::<JavaScript>(item.text(), member, by);
            }
            "object_assignment_pattern" => {
                if let Some(name) = item.field("left") {
                    let member = Binding::Member(object, within(name.text()));
                    script.names.bind::<JavaScript>(name.text(), member, by);
                }
            }
            "pair_pattern" => {
                let (Some((key, _)), Some(value)) = (key_of(item), item.field("value")) else { continue };
                let value = if value.kind() == "assignment_pattern" { value.field("left") } else { Some(value) };
                match value {
                    Some(value) if value.kind() == "object_pattern" => {
                        self::pattern(script, by, value, (object, &within(key)), deep);
                    }
                    Some(value) => {
                        let member = Binding::Member(object, within(key));
                        script.names.bind::<JavaScript>(value.text(), member, by);
                    }
                    None => {}
                }
            }
            _ => {}
        }
    }
}

fn parameter<'s>(
    script: &mut Script<'s, JavaScript>,
    list: Node<'s>,
    pattern: Node<'s>,
    default: Option<Node<'s>>,
    deep: usize,
) {
    let Some(deep) = deep.checked_sub(1) else { return };
    match pattern.kind() {
        "identifier" | "shorthand_property_identifier_pattern" => {
            let binding = default.map_or(Binding::Unknown, Binding::Default);
            script.names.bind_in(pattern.text(), binding, pattern, list.parent());
        }
        "assignment_pattern" | "object_assignment_pattern" => {
            if let Some(left) = pattern.field("left") {
                parameter(script, list, left, pattern.field("right"), deep);
            }
        }
        "object_pattern" => {
            for item in pattern.items().take(64) {
                parameter(script, list, item.field("value").unwrap_or(item), None, deep);
            }
        }
        _ => {}
    }
}

/// A field of a class that has a value.
fn field<'s>(script: &mut Script<'s, JavaScript>, node: Node<'s>) {
    let Some(name) = node.field("property").or_else(|| node.field("name")) else { return };
    let Some(value) = node.field("value") else { return };
    let class = node.parent().and_then(Node::parent).and_then(|class| class.field("name"));
    for owner in class.map(Node::text).into_iter().chain(["this"]) {
        script.names.bind::<JavaScript>(&format!("{owner}.{}", name.text()), Binding::Value(value), node);
    }
}
