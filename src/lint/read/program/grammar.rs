//! Programs that a grammar takes apart: Python and JavaScript.

use std::collections::BTreeMap;

use super::{Literal, Needed};
use crate::{
    lint::Language,
    model::Span,
    syntax::{Grammar, Node, Tree, parse},
};

/// A program that was understood.
#[derive(Debug)]
pub(in crate::lint) struct Program<'t> {
    text: &'t str,
    tree: Tree<'t>,
    /// Strings by the offset of their first quote.
    strings: BTreeMap<usize, u32>,
    language: Language,
}

impl<'t> Program<'t> {
    /// The program in a file whose name ends in `ending`; `None` when it has errors, or is only part of a file.
    pub(super) fn parse(ending: &str, language: Language, text: &'t str) -> Option<Self> {
        // A stub runs nowhere.
        let grammar = Grammar::of_ending(ending).filter(|_| ending != "pyi")?;
        let tree = parse(text, grammar).ok()?;
        let strings: Vec<(usize, u32)> = tree
            .nodes()
            .filter(|node| node.is(&["string", "template_string"]))
            .map(|node| (node.span().start, node.position()))
            .collect();
        // Within what was not understood nobody knows what a string is.
        let has_errors = tree.nodes().any(|node| node.kind() == "ERROR");
        (!has_errors).then_some(Self { text, tree, strings: strings.into_iter().collect(), language })
    }

    /// The literal that holds `key` and nothing else.
    pub(super) fn literal(&self, key: Span) -> Option<Literal> {
        let start = key.start.checked_sub(1)?;
        let node = self.tree.node(*self.strings.get(&start)?);
        let whole = Span::new(start, key.end + 1);
        // A prefix, three quotes or a part that is put in would make it longer or let it begin elsewhere.
        if node.span() != whole || node.descendants().any(|part| part.is(&["interpolation", "template_substitution"])) {
            return None;
        }
        let parent = node.parent()?;
        let (of_list, alternative) = match self.language {
            Language::Python => in_python(node, parent)?,
            _ => in_javascript(node, parent)?,
        };
        let before = of_list.parent()?.children().take_while(|child| *child != of_list).last();
        let is_operator = |node: &Node<'_>| node.role() == "operator";
        let before = match before.filter(is_operator) {
            Some(_) => of_list.parent()?.field("left"),
            None => before,
        };
        Some(Literal { whole, after: before.map(|before| before.span().end), alternative })
    }

    /// How `import os` comes into a Python program.
    pub(super) fn needed(&self) -> Needed {
        if self.language != Language::Python {
            return Needed::Nothing;
        }
        let root = self.tree.root();
        let imports = |node: Node<'_>| {
            let is_it = |name: Node<'_>| name.kind() == "dotted_name" && name.text() == "os";
            node.kind() == "import_statement" && node.fields("name").any(is_it)
        };
        if root.items().any(imports) {
            return Needed::Nothing;
        }
        let is_docstring = |node: &Node<'_>| {
            node.kind() == "expression_statement" && node.children().all(|child| child.kind() == "string")
        };
        let mut items = root.items().peekable();
        items.next_if(is_docstring);
        let first = items.find(|node| node.kind() != "future_import_statement");
        let Some(at) = first.map(|node| node.span().start) else { return Needed::Unknown };
        let begins_line = at == 0 || self.text.as_bytes()[at - 1] == b'\n';
        if begins_line { Needed::Line(at, "import os\n") } else { Needed::Unknown }
    }
}

/// The node that would go away with the literal `node`, and whether it is an alternative; `None` where no expression may stand.
fn in_python<'t>(node: Node<'t>, parent: Node<'t>) -> Option<(Node<'t>, bool)> {
    match parent.kind() {
        "assignment" if node.role() == "right" => Some((node, false)),
        "keyword_argument" if node.role() == "value" => Some((parent, false)),
        "pair" if node.role() == "value" => Some((node, false)),
        "argument_list" | "list" | "tuple" | "return_statement" => Some((node, false)),
        "boolean_operator" if parent.text().contains(" or ") => {
            (parent.field("right") == Some(node)).then_some((node, true))
        }
        _ => None,
    }
}

/// The same for JavaScript.
fn in_javascript<'t>(node: Node<'t>, parent: Node<'t>) -> Option<(Node<'t>, bool)> {
    match parent.kind() {
        "variable_declarator" | "pair" | "public_field_definition" | "field_definition" if node.role() == "value" => {
            Some((node, false))
        }
        "assignment_expression" if node.role() == "right" => Some((node, false)),
        "arguments" | "array" | "return_statement" => Some((node, false)),
        "binary_expression" if matches!(parent.operator(), "||" | "??") => {
            (parent.field("right") == Some(node)).then_some((node, true))
        }
        _ => None,
    }
}
