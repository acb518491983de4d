//! Which values the names of a program get, and where.
//!
//! Every name that is given a value belongs to the scope that declares it. Scopes and writes are gathered in one pass; what a name stands for at some
//! place is looked up from there outwards. A write in a branch or a loop is no straight one: nobody knows whether it comes before what reads the name.

use std::collections::HashMap;

use crate::syntax::{Grammar, JAVASCRIPT_FUNCTIONS, Node, Tree};

/// What a write does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Action<'t> {
    /// It only says that the name is there.
    Declares,
    /// The name gets the value of this node.
    Sets(Node<'t>),
    /// The value of this node is put behind what the name had.
    Appends(Node<'t>),
    /// It gets a value that cannot be told.
    Unknown,
}

/// A place where a name is given a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Write<'t> {
    /// The name.
    pub(super) name: Node<'t>,
    pub(super) action: Action<'t>,
    /// Whether it happens each time and once when its scope is entered.
    pub(super) is_straight: bool,
}

/// A name in the scope that declares it: the text and the scope's position.
pub(super) type Binding<'t> = (&'t str, u32);

/// The names of a program.
#[derive(Debug, Default)]
pub(super) struct Names<'t> {
    writes: HashMap<Binding<'t>, Vec<Write<'t>>>,
}

/// Nodes in which names are declared.
const PYTHON_SCOPES: [&str; 8] = [
    "module",
    "function_definition",
    "lambda",
    "class_definition",
    "list_comprehension",
    "set_comprehension",
    "dictionary_comprehension",
    "generator_expression",
];
const BLOCKS: [&str; 7] = [
    "program",
    "statement_block",
    "for_statement",
    "for_in_statement",
    "switch_body",
    "catch_clause",
    "class_static_block",
];

/// What may stand between a write and its scope without making it one that may not happen.
const STRAIGHT: [&str; 10] = [
    "assignment",
    "expression_statement",
    "block",
    "lexical_declaration",
    "variable_declaration",
    "variable_declarator",
    "assignment_expression",
    "augmented_assignment",
    "augmented_assignment_expression",
    "export_statement",
];

impl<'t> Names<'t> {
    pub(super) fn of(tree: &'t Tree<'t>, grammar: Grammar) -> Self {
        let mut gathering = Gathering { python: grammar == Grammar::Python, scopes: Vec::new(), found: Vec::new() };
        for node in tree.nodes() {
            gathering.visit(node);
        }
        gathering.names()
    }

    /// The name that `node`, an identifier, stands for.
    pub(super) fn binding(&self, node: Node<'t>) -> Option<Binding<'t>> {
        let name = node.text();
        node.ancestors().map(|around| (name, around.position())).find(|binding| self.writes.contains_key(binding))
    }

    /// Where it gets its values, in order.
    pub(super) fn writes(&self, binding: Binding<'t>) -> &[Write<'t>] {
        self.writes.get(&binding).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Whose name a write declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// That of the nearest block.
    Block,
    /// That of the nearest function.
    Function,
    /// None: it changes a name that is declared elsewhere.
    Elsewhere,
}

/// A write before it is known which scope it belongs to.
struct Found<'t> {
    name: Node<'t>,
    action: Action<'t>,
    /// The scope that it declares the name in.
    declares: Option<u32>,
}

struct Gathering<'t> {
    python: bool,
    /// Scopes around the node that is visited, outermost first.
    scopes: Vec<Node<'t>>,
    found: Vec<Found<'t>>,
}

impl<'t> Gathering<'t> {
    fn visit(&mut self, node: Node<'t>) {
        while self.scopes.last().is_some_and(|scope| !scope.holds(node)) {
            self.scopes.pop();
        }
        let kind = node.kind();
        if self.is_scope(kind) {
            self.scopes.push(node);
        }
        if !matches!(kind, "identifier" | "shorthand_property_identifier_pattern" | "type_identifier") {
            return;
        }
        let Some(parent) = node.parent() else { return };
        let described = if self.python { in_python(node, parent) } else { in_javascript(node, parent) };
        let Some((action, scope)) = described else { return };
        let declares = match scope {
            Scope::Block => self.scopes.last().copied(),
            Scope::Function => self.scopes.iter().rev().find(|scope| self.is_function(scope.kind())).copied(),
            Scope::Elsewhere => None,
        };
        // The name of a function is declared around it.
        let is_own = declares == Some(parent) && node.role() == "name";
        let declares =
            if is_own { self.scopes.iter().rev().find(|outer| **outer != parent).copied() } else { declares };
        self.found.push(Found { name: node, action, declares: declares.map(Node::position) });
    }

    fn is_scope(&self, kind: &str) -> bool {
        if self.python {
            PYTHON_SCOPES.contains(&kind)
        } else {
            BLOCKS.contains(&kind) || JAVASCRIPT_FUNCTIONS.contains(&kind)
        }
    }

    fn is_function(&self, kind: &str) -> bool {
        self.python || kind == "program" || JAVASCRIPT_FUNCTIONS.contains(&kind)
    }

    fn names(self) -> Names<'t> {
        let mut names = Names::default();
        for found in &self.found {
            if let Some(scope) = found.declares {
                names.writes.entry((found.name.text(), scope)).or_default();
            }
        }
        for Found { name, action, declares } in self.found {
            let binding = declares.map(|scope| (name.text(), scope)).or_else(|| names.binding(name));
            // What nobody declares belongs to the program.
            let binding = binding.unwrap_or((name.text(), 0));
            let is_straight = is_straight(name, binding.1);
            names.writes.entry(binding).or_default().push(Write { name, action, is_straight });
        }
        names
    }
}

/// Whether nothing between `name` and `scope` decides on whether, or how often, it happens.
fn is_straight(name: Node<'_>, scope: u32) -> bool {
    for around in name.ancestors() {
        if around.position() == scope {
            return true;
        }
        // The body of a function is a block of its own; that of a loop is preceded by the loop.
        if !around.is(&STRAIGHT) && around.kind() != "statement_block" {
            return false;
        }
    }
    false
}

/// What an identifier in JavaScript is given, when it is.
fn in_javascript<'t>(name: Node<'t>, parent: Node<'t>) -> Option<(Action<'t>, Scope)> {
    // What declares a name without saying what it is: parameters, imports, loops.
    const DECLARING: [&str; 9] = [
        "formal_parameters",
        "required_parameter",
        "optional_parameter",
        "rest_pattern",
        "arrow_function",
        "catch_clause",
        "import_clause",
        "namespace_import",
        "import_specifier",
    ];
    let value = |field: &str| parent.field(field).map_or(Action::Declares, Action::Sets);
    Some(match (parent.kind(), name.role()) {
        ("variable_declarator", "name") => (value("value"), of_declarator(parent)),
        ("assignment_expression", "left") => (value("right"), Scope::Elsewhere),
        ("augmented_assignment_expression", "left") if parent.operator() == "+=" => {
            (Action::Appends(parent.field("right")?), Scope::Elsewhere)
        }
        ("for_in_statement", "left") if parent.field("kind").is_some() => (Action::Unknown, Scope::Block),
        ("augmented_assignment_expression" | "for_in_statement", "left") | ("update_expression", _) => {
            (Action::Unknown, Scope::Elsewhere)
        }
        ("class_declaration" | "enum_declaration", "name") => (Action::Sets(parent), Scope::Block),
        ("function_declaration" | "generator_function_declaration", "name") => (Action::Unknown, Scope::Function),
        // The body of an arrow is no name of it.
        (kind, role) if DECLARING.contains(&kind) && role != "body" && role != "value" => {
            (Action::Unknown, Scope::Block)
        }
        _ => return in_pattern(name),
    })
}

/// `const` and `let` belong to the block, `var` to the function.
fn of_declarator(declarator: Node<'_>) -> Scope {
    let is_var = declarator.parent().is_some_and(|around| around.kind() == "variable_declaration");
    if is_var { Scope::Function } else { Scope::Block }
}

/// What a name in `{a, b: [c]}` is given: nobody looks into what is taken apart.
fn in_pattern(name: Node<'_>) -> Option<(Action<'_>, Scope)> {
    const PATTERNS: [&str; 6] = [
        "object_pattern",
        "array_pattern",
        "pair_pattern",
        "rest_pattern",
        "assignment_pattern",
        "object_assignment_pattern",
    ];
    let parent = name.parent()?;
    // What stands behind `=` in a pattern is read.
    if !parent.is(&PATTERNS) || name.role() == "right" {
        return None;
    }
    let holder = name.ancestors().find(|around| !around.is(&PATTERNS))?;
    let scope = match holder.kind() {
        "variable_declarator" => of_declarator(holder),
        "assignment_expression" => Scope::Elsewhere,
        "for_in_statement" if holder.field("kind").is_none() => Scope::Elsewhere,
        _ => Scope::Block,
    };
    Some((Action::Unknown, scope))
}

/// What an identifier in Python is given, when it is.
fn in_python<'t>(name: Node<'t>, parent: Node<'t>) -> Option<(Action<'t>, Scope)> {
    // What gives a name something that is not in the text.
    const DECLARING: [&str; 11] = [
        "function_definition",
        "default_parameter",
        "typed_default_parameter",
        "aliased_import",
        "parameters",
        "lambda_parameters",
        "typed_parameter",
        "list_splat_pattern",
        "dictionary_splat_pattern",
        "as_pattern_target",
        "delete_statement",
    ];
    let action = match (parent.kind(), name.role()) {
        ("assignment", "left") => parent.field("right").map_or(Action::Declares, Action::Sets),
        ("named_expression", "name") => Action::Sets(parent.field("value")?),
        ("augmented_assignment", "left") if parent.operator() == "+=" => Action::Appends(parent.field("right")?),
        ("class_definition", "name") => Action::Sets(parent),
        ("pattern_list" | "tuple_pattern" | "list_pattern", _) => of_several(name, parent),
        ("augmented_assignment" | "for_statement" | "for_in_clause", "left") => Action::Unknown,
        (kind, role) if DECLARING.contains(&kind) && !matches!(role, "body" | "value" | "type") => Action::Unknown,
        // It may be written from another scope.
        ("global_statement" | "nonlocal_statement", _) => return Some((Action::Unknown, Scope::Elsewhere)),
        _ => return None,
    };
    Some((action, Scope::Block))
}

/// More names than people give values at once. Each of them is counted up to, so a row of thousands would take as long as its square.
const MOST_AT_ONCE: usize = 64;

/// `a, b = "x", "y"`.
fn of_several<'t>(name: Node<'t>, pattern: Node<'t>) -> Action<'t> {
    let value = || {
        if pattern.items().nth(MOST_AT_ONCE).is_some() {
            return None;
        }
        let assignment = pattern.parent().filter(|parent| parent.kind() == "assignment")?;
        let values = assignment.field("right").filter(|right| right.is(&["expression_list", "tuple", "list"]))?;
        let at = pattern.items().position(|item| item == name)?;
        let is_alike = values.items().take(MOST_AT_ONCE + 1).count() == pattern.items().count();
        is_alike.then(|| values.items().nth(at))?
    };
    value().map_or(Action::Unknown, Action::Sets)
}
