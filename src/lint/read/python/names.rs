//! What the names of a Python file stand for: imports, assignments, parameters.

use super::{dialect::Python, scope_of};
use crate::lint::{
    facts::Import,
    read::syntax::{Binding, Node, Script},
};

/// Notes the names that `node` binds.
pub(super) fn note<'s>(script: &mut Script<'s, Python>, node: Node<'s>) {
    match node.kind() {
        "import_statement" => import(script, node),
        "import_from_statement" => import_from(script, node),
        "assignment" => assignment(script, node),
        "named_expression" => {
            if let (Some(name), Some(value)) = (node.field("name"), node.field("value")) {
                script.names.bind::<Python>(name.text(), Binding::Value(value), node);
            }
        }
        "for_statement" => {
            if let Some(left) = node.field("left").filter(|left| left.kind() == "identifier") {
                script.names.bind::<Python>(left.text(), Binding::Unknown, node);
            }
        }
        "as_pattern" => opened(script, node),
        "class_definition" => {
            if let Some(name) = node.field("name") {
                script.names.bind::<Python>(name.text(), Binding::Class(node), node);
            }
        }
        "parameters" | "lambda_parameters" => parameters(script, node),
        _ => {}
    }
}

fn import<'s>(script: &mut Script<'s, Python>, node: Node<'s>) {
    for name in node.fields("name") {
        let (module, bound) = named(name);
        let top = module.split('.').next().unwrap_or_default();
        match bound {
            Some(alias) => script.names.bind::<Python>(alias, Binding::Path(module.clone()), node),
            None => script.names.bind::<Python>(top, Binding::Path(top.to_owned()), node),
        }
        script.uses_module(&module);
        script.facts.imports.push(Import {
            module,
            names: Vec::new(),
            at: node.span(),
            scope: scope_of(node),
            hoisted: false,
        });
    }
}

fn import_from<'s>(script: &mut Script<'s, Python>, node: Node<'s>) {
    let Some(module) = node.field("module_name").map(|module| module.text().to_owned()) else { return };
    script.uses_module(&module);
    let mut names = Vec::new();
    for name in node.fields("name") {
        let (taken, alias) = named(name);
        let path = format!("{module}.{taken}");
        script.uses_module(&path);
        script.names.bind::<Python>(alias.unwrap_or(&taken), Binding::Path(path), node);
        names.push(taken);
    }
    script.facts.imports.push(Import { module, names, at: node.span(), scope: scope_of(node), hoisted: false });
}

/// The dotted name and the alias of one imported thing.
fn named(name: Node<'_>) -> (String, Option<&str>) {
    if name.kind() == "aliased_import" {
        let taken = name.field("name").map_or("", Node::text);
        return (taken.to_owned(), name.field("alias").map(Node::text));
    }
    (name.text().to_owned(), None)
}

fn assignment<'s>(script: &mut Script<'s, Python>, node: Node<'s>) {
    let (Some(left), Some(right)) = (node.field("left"), node.field("right")) else { return };
    match left.kind() {
        "identifier" | "attribute" => {
            script.names.bind::<Python>(left.text(), Binding::Value(right), node);
            if let Some(class) = class_of(node) {
                for owner in [class, "self", "cls"] {
                    script.names.bind::<Python>(&format!("{owner}.{}", left.text()), Binding::Value(right), node);
                }
            }
        }
        "pattern_list" | "tuple_pattern" => {
            let is_list = right.is(&["expression_list", "tuple", "list"]);
            let mut values = right.items();
            for name in left.items().take(32) {
                let value = if is_list { values.next() } else { None };
                if name.is(&["identifier", "attribute"]) {
                    let binding = value.map_or(Binding::Unknown, Binding::Value);
                    script.names.bind::<Python>(name.text(), binding, node);
                }
            }
        }
        _ => {}
    }
}

/// The class in whose body `statement` stands directly.
pub(super) fn class_of(statement: Node<'_>) -> Option<&str> {
    let class = statement.parent()?.parent()?.parent()?;
    if class.kind() == "class_definition" { class.field("name").map(Node::text) } else { None }
}

/// `with client() as name`.
fn opened<'s>(script: &mut Script<'s, Python>, node: Node<'s>) {
    let target = node.field("alias").and_then(|target| target.items().next());
    if let (Some(name), Some(value)) = (target, node.items().next())
        && name.kind() == "identifier"
    {
        script.names.bind::<Python>(name.text(), Binding::Value(value), node);
    }
}

fn parameters<'s>(script: &mut Script<'s, Python>, node: Node<'s>) {
    let Some(function) = node.parent() else { return };
    for parameter in node.items().take(64) {
        let name = match parameter.kind() {
            "identifier" => Some(parameter),
            "default_parameter" | "typed_default_parameter" => parameter.field("name"),
            _ => parameter.items().find(|item| item.kind() == "identifier"),
        };
        let binding = parameter.field("value").map_or(Binding::Unknown, Binding::Default);
        if let Some(name) = name {
            script.names.bind_in(name.text(), binding, parameter, Some(function));
        }
    }
}
