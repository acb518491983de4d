//! Terraform: the variables that functions and containers get, as `X = …` in a map of variables or as a block with `name` and `value`.

use super::{
    Source, code,
    code::{Kind, Tokens},
    scribe::{Given, Scribe},
    text::{Mapping, Snippet, has_ending, is_variable, plain},
};
use crate::lint::{FileFacts, Language, facts::Giver};

/// Names of blocks and maps that hold variables.
const BLOCKS: &[&str] = &[
    "variables",
    "environment",
    "environment_variables",
    "env",
    "env_vars",
    "app_settings",
    "secret_environment_variables",
];

/// Reads a Terraform file.
pub(super) fn read(source: &Source<'_>, facts: &mut FileFacts) {
    let text = plain(source.text);
    let tokens = code::tokens(&text, Language::Terraform);
    let mut scribe = Scribe::new(source, Giver::Manifest, facts);
    let is_values = has_ending(source.path, &["tfvars"]);
    for at in 0..tokens.len() {
        if tokens.is_mark(at + 1, "=") && !tokens.is_mark(at + 2, "=") {
            assignment(&tokens, at, is_values, &mut scribe);
        }
    }
}

/// `X = …` whose name is the token at `at`.
fn assignment(tokens: &Tokens<'_>, at: usize, is_values: bool, scribe: &mut Scribe<'_>) {
    let name = tokens.text(at);
    let block = tokens.parent(at);
    let is_value = is_values && block.is_none() && tokens.kind(at) == Kind::Word;
    if is_value || is_variable(name) && block.is_some_and(|block| in_variables(tokens, block)) {
        define(name, at, at + 2, tokens, scribe);
    } else if name == "name"
        && let Some(block) = block
        && matches!(tokens.kind(at + 2), Kind::Text)
        && is_variable(tokens.text(at + 2))
        && let Some(value) = sibling(tokens, block, &["value", "valueFrom", "value_source"])
    {
        define(tokens.text(at + 2), at + 2, value, tokens, scribe);
    }
}

/// Whether the bracket at `block` is that of a map of variables.
fn in_variables(tokens: &Tokens<'_>, block: usize) -> bool {
    let named = |at: usize| BLOCKS.contains(&tokens.text(at));
    // `merge(var.shared, { X = … })`
    if let Some(open) = tokens.parent(block).filter(|open| tokens.is_mark(*open, "(")) {
        return open.checked_sub(3).is_some_and(named);
    }
    let Some(before) = block.checked_sub(1) else { return false };
    let name = if tokens.is_mark(before, "=") { before.checked_sub(1) } else { Some(before) };
    name.is_some_and(named)
}

/// The place of the value that stands beside, under one of `keys`.
fn sibling(tokens: &Tokens<'_>, block: usize, keys: &[&str]) -> Option<usize> {
    let end = tokens.partner(block)?;
    let inside = (block + 1..end).take(200);
    let mut found = inside.filter(|at| tokens.parent(*at) == Some(block) && keys.contains(&tokens.text(*at)));
    found.find(|at| tokens.is_mark(at + 1, "=") || tokens.is_mark(at + 1, "{")).map(|at| at + 2)
}

fn define(name: &str, at: usize, value: usize, tokens: &Tokens<'_>, scribe: &mut Scribe<'_>) {
    let last = value.min(tokens.len().saturating_sub(1)).max(at);
    let (start, whole) = (tokens.span(at), tokens.cover(at, last));
    let given = Given { name, at: start, whole, value: None };
    if value < tokens.len() && matches!(tokens.kind(value), Kind::Text) {
        let mapping = Mapping::straight(tokens.span(value));
        let text = tokens.text(value);
        scribe.define_as(Given { value: Some(Snippet { text, mapping: &mapping }), ..given }, None);
    } else {
        scribe.define(given, None);
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::read::telling::{assert_told, tell};

    #[test]
    fn variables_of_functions_and_containers_are_read() {
        assert_told(
            "main.tf",
            &[
                (
                    "environment {\n  variables = {\n    A = \"one\" # A\n    B = var.b\n  }\n}\n",
                    &["define A at `A` in `A = \"one\"` = `one`", "define B at `B` in `B = var`"],
                ),
                (
                    "env {\n  name  = \"A\"\n  value = \"one\"\n}\n",
                    &["define A at `A` in `\"A\"\n  value = \"one\"` = `one`"],
                ),
                (
                    "env {\n  name = \"A\"\n  value_source {\n secret_key_ref { secret = \"x\" } } }\n",
                    &["define A at `A` in `\"A\"\n  value_source {\n secret_key_ref`"],
                ),
                ("locals {\n  A = \"one\"\n}\n", &[]),
                (
                    "environment_variables = merge(local.x, { A = \"one\" })",
                    &["define A at `A` in `A = \"one\"` = `one`"],
                ),
            ],
        );
        assert_told(
            "prod.tfvars",
            &[(
                "openai_api_key = \"x\"\n",
                &["define openai_api_key at `openai_api_key` in `openai_api_key = \"x\"` = `x`"],
            )],
        );
        for part in ["env { name = \"A\"\n", "{", "A = ", "\"${"] {
            tell("main.tf", &part.repeat(5000));
        }
    }
}
