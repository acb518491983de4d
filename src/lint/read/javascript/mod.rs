//! JavaScript and TypeScript, JSX included: variables read and set, `.env` files loaded, clients built, requests made, and what the
//! configuration of a bundler passes on to the browser.
//!
//! The rounds over the tree are those of the reader for Python. Paths of names look like `openai#OpenAI`: the module, then what is taken
//! from it; a default export is the module itself, as `require` sees it.

mod bundler;
mod calls;
mod dialect;
mod loads;
mod names;
mod schema;
mod side;
#[cfg(test)]
mod tests;
mod variables;

use std::sync::LazyLock;

use super::{
    Source,
    syntax::{Grammar, Kinds, Node, Script, parse, sound},
};
use crate::lint::{FileFacts, facts::Scope};

use dialect::JavaScript;

/// Adds what `source` says to `facts`.
pub(super) fn read(source: &Source<'_>, facts: &mut FileFacts) {
    read_as(source, grammar_of(source.path), facts);
}

/// Adds what `source` says when read by `grammar`.
pub(super) fn read_as(source: &Source<'_>, grammar: Grammar, facts: &mut FileFacts) {
    let text = sound(source.text);
    let tree = match parse(&text, grammar) {
        Ok(tree) => tree,
        Err(unread) => return facts.trouble = Some(unread.sentence().into()),
    };
    let mut script: Script<'_, JavaScript> = Script::new(source.catalogue, facts);
    let nodes = tree.nodes_of(noted(grammar));
    for node in &nodes {
        names::note(&mut script, *node);
    }
    let checks_environment = nodes.iter().any(|node| schema::checks_environment(&script, *node));
    let may_read = variables::may_stand_in(&text);
    for node in &nodes {
        if may_read {
            variables::note(&mut script, *node);
        }
        schema::note(&mut script, *node, checks_environment);
        loads::note(&mut script, *node);
        calls::note_address(&mut script, *node);
    }
    for node in &nodes {
        variables::note_set(&mut script, *node);
        calls::note(&mut script, *node);
        bundler::note(&mut script, *node, source.path);
    }
    // What a call is handed tells something of an address only.
    if !script.facts.endpoints.is_empty() {
        for node in &nodes {
            calls::note_request(&mut script, *node);
        }
    }
    script.note_error(&tree);
    let side = side::of(&script, tree.root(), source.path);
    facts.side = side;
}

/// The kinds of nodes that the rounds look at.
fn noted(grammar: Grammar) -> &'static Kinds {
    const NOTED: [&str; 17] = [
        "import_statement",
        "export_statement",
        "call_expression",
        "new_expression",
        "variable_declarator",
        "assignment_expression",
        "augmented_assignment_expression",
        "class_declaration",
        "field_definition",
        "public_field_definition",
        "formal_parameters",
        "arrow_function",
        "member_expression",
        "subscript_expression",
        "pair",
        "string",
        "template_string",
    ];
    static JAVASCRIPT: LazyLock<Kinds> = LazyLock::new(|| Grammar::JavaScript.kinds(&NOTED));
    static TYPESCRIPT: LazyLock<Kinds> = LazyLock::new(|| Grammar::TypeScript.kinds(&NOTED));
    static TSX: LazyLock<Kinds> = LazyLock::new(|| Grammar::Tsx.kinds(&NOTED));
    match grammar {
        Grammar::TypeScript => &TYPESCRIPT,
        Grammar::Tsx => &TSX,
        Grammar::JavaScript | Grammar::Python => &JAVASCRIPT,
    }
}

fn grammar_of(path: &str) -> Grammar {
    Grammar::of_ending(path.rsplit('.').next().unwrap_or_default()).unwrap_or(Grammar::JavaScript)
}

/// When `node` runs.
fn scope_of(node: Node<'_>) -> Scope {
    let mut below = node;
    let mut scope = Scope::Top;
    for around in node.ancestors() {
        match around.kind() {
            "arrow_function" | "function_expression" if is_called_at_once(around) => {}
            "arrow_function" | "function_expression" | "function_declaration" if is_main(around) => scope = Scope::Main,
            "arrow_function"
            | "function_expression"
            | "function_declaration"
            | "method_definition"
            | "generator_function"
            | "generator_function_declaration" => return Scope::Function,
            // Fields get their values when an object is made.
            "field_definition" | "public_field_definition" if !around.text().starts_with("static") => {
                return Scope::Function;
            }
            "if_statement" if below.role() == "consequence" && asks_for_main(around) => scope = Scope::Main,
            _ => {}
        }
        below = around;
    }
    scope
}

/// `(async () => { … })()`.
fn is_called_at_once(function: Node<'_>) -> bool {
    let Some(around) = function.parent().filter(|parent| parent.kind() == "parenthesized_expression") else {
        return false;
    };
    around.role() == "function"
}

/// Whether it is the function `main` of the file.
fn is_main(function: Node<'_>) -> bool {
    let name = match function.parent() {
        Some(declarator) if declarator.kind() == "variable_declarator" => declarator.field("name"),
        _ => function.field("name"),
    };
    name.is_some_and(|name| name.text() == "main")
}

fn asks_for_main(statement: Node<'_>) -> bool {
    let condition = statement.field("condition").map_or("", Node::text);
    condition.len() < 100 && (condition.contains("require.main") || condition.contains("import.meta.main"))
}
