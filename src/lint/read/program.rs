//! A program as far as a string in it is to be replaced: which strings are whole literals, what they stand in, where an import would go.
//!
//! It is stricter than the readers of facts: they may look at a string in passing, here the program must still be one afterwards. So the
//! places in which any expression may stand are listed, and a literal in any other place (a default, a pattern, an annotation, one part
//! of a text) is none.

use std::collections::BTreeMap;

use super::syntax::{Grammar, Node, Tree, parse};
use crate::{lint::Language, model::Span};

/// A string literal that an expression may replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lint) struct Literal {
    /// The literal with its quotes.
    pub(in crate::lint) whole: Span,
    /// Where what comes before it ends: the other side of an operator, the argument before.
    pub(in crate::lint) after: Option<usize>,
    /// It stands behind `or`, `||` or `??`.
    pub(in crate::lint) alternative: bool,
}

/// How a module comes into a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::lint) enum Needed {
    /// It is there.
    Nothing,
    /// By a line at this offset, where a line begins.
    Line(usize),
    /// In no way that is certain.
    Unknown,
}

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
    /// The program in the file at `path`; `None` when it is in none of the languages whose literals are replaced, or has errors.
    pub(in crate::lint) fn parse(path: &str, language: Language, text: &'t str) -> Option<Self> {
        let grammar = match (language, path.rsplit('.').next()?) {
            (Language::Python, "py") => Grammar::Python,
            (Language::JavaScript, "js" | "mjs" | "cjs" | "jsx") => Grammar::JavaScript,
            (Language::JavaScript, "ts" | "mts" | "cts") => Grammar::TypeScript,
            (Language::JavaScript, "tsx") => Grammar::Tsx,
            _ => return None,
        };
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
    pub(in crate::lint) fn literal(&self, key: Span) -> Option<Literal> {
        let start = key.start.checked_sub(1)?;
        let node = self.tree.node(*self.strings.get(&start)?);
        let whole = Span::new(start, key.end + 1);
        // A prefix, three quotes or a part that is put in would make it longer or let it begin elsewhere.
        if node.span() != whole || node.descendants().any(|part| part.is(&["interpolation", "template_substitution"])) {
            return None;
        }
        let parent = node.parent()?;
        let (of_list, alternative) = match self.language {
            Language::Python => self.python(node, parent)?,
            _ => self.javascript(node, parent)?,
        };
        let before = of_list.parent()?.children().take_while(|child| *child != of_list).last();
        let is_operator = |node: &Node<'_>| node.role() == "operator";
        let before = match before.filter(is_operator) {
            Some(_) => of_list.parent()?.field("left"),
            None => before,
        };
        Some(Literal { whole, after: before.map(|before| before.span().end), alternative })
    }

    /// The node that would go away with the literal `node`, and whether it is an alternative; `None` where no expression may stand.
    fn python(&self, node: Node<'t>, parent: Node<'t>) -> Option<(Node<'t>, bool)>
    where
        't: 't,
    {
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

    fn javascript(&self, node: Node<'t>, parent: Node<'t>) -> Option<(Node<'t>, bool)> {
        match parent.kind() {
            "variable_declarator" | "pair" | "public_field_definition" | "field_definition"
                if node.role() == "value" =>
            {
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

    /// How `import module` comes into a Python program.
    pub(in crate::lint) fn import(&self, module: &str) -> Needed {
        if self.language != Language::Python {
            return Needed::Nothing;
        }
        let root = self.tree.root();
        let imports = |node: Node<'_>| {
            node.kind() == "import_statement"
                && node.fields("name").any(|name| name.kind() == "dotted_name" && name.text() == module)
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
        if begins_line { Needed::Line(at) } else { Needed::Unknown }
    }
}
