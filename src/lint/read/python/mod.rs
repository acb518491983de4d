//! Python: variables read and set, `.env` files loaded, clients built, requests made.
//!
//! Four rounds over the syntax tree, because each rests on the one before: what names stand for, settings classes, variables and loaders,
//! and last the calls that are handed a key. What is read depends on imports, never on how a name looks.

mod calls;
mod dialect;
mod loads;
mod names;
mod settings;
#[cfg(test)]
mod tests;
mod variables;

use std::sync::LazyLock;

use super::{
    Source,
    syntax::{Grammar, Kinds, Node, Script, parse, sound},
};
use crate::lint::{FileFacts, facts::Scope};

use dialect::Python;

/// Adds what `source` says to `facts`.
pub(super) fn read(source: &Source<'_>, facts: &mut FileFacts) {
    let text = sound(source.text);
    let tree = match parse(&text, Grammar::Python) {
        Ok(tree) => tree,
        Err(unread) => return facts.trouble = Some(unread.sentence().into()),
    };
    let mut script: Script<'_, Python> = Script::new(source.catalogue, facts);
    let nodes = tree.nodes_of(noted());
    for node in &nodes {
        names::note(&mut script, *node);
    }
    for node in &nodes {
        settings::note(&mut script, *node);
    }
    for node in &nodes {
        variables::note(&mut script, *node);
        loads::note(&mut script, *node);
        calls::note_address(&mut script, *node);
    }
    for node in &nodes {
        variables::note_set(&mut script, *node);
        calls::note(&mut script, *node);
    }
    // What a call is handed tells something of an address only.
    if !script.facts.endpoints.is_empty() {
        for node in &nodes {
            calls::note_request(&mut script, *node);
        }
    }
    script.note_error(&tree);
}

/// The kinds of nodes that the rounds look at.
fn noted() -> &'static Kinds {
    static NOTED: LazyLock<Kinds> = LazyLock::new(|| {
        Grammar::Python.kinds(&[
            "import_statement",
            "import_from_statement",
            "assignment",
            "augmented_assignment",
            "named_expression",
            "for_statement",
            "as_pattern",
            "class_definition",
            "parameters",
            "lambda_parameters",
            "subscript",
            "call",
            "attribute",
            "pair",
            "string",
        ])
    });
    &NOTED
}

/// When `node` runs.
fn scope_of(node: Node<'_>) -> Scope {
    let mut below = node;
    let mut scope = Scope::Top;
    for around in node.ancestors() {
        match around.kind() {
            // Defaults run when the function is made.
            "function_definition" if below.role() != "body" => {}
            "function_definition" if is_main(around) => scope = Scope::Main,
            "function_definition" | "lambda" => return Scope::Function,
            "if_statement" if below.role() == "consequence" && asks_for_main(around) => scope = Scope::Main,
            _ => {}
        }
        below = around;
    }
    scope
}

/// Whether it is `def main()` of the file.
fn is_main(function: Node<'_>) -> bool {
    let is_named = function.field("name").is_some_and(|name| name.text() == "main");
    is_named && !function.ancestors().any(|around| around.is(&["function_definition", "class_definition"]))
}

fn asks_for_main(statement: Node<'_>) -> bool {
    let condition = statement.field("condition").map_or("", Node::text);
    condition.len() < 60 && condition.contains("__name__") && condition.contains("__main__")
}
