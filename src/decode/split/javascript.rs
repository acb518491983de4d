//! What expressions of JavaScript and TypeScript come to.

use std::rc::Rc;

use super::{
    fold::{Evaluator, Folded, characters, computed, decoded, join, number, part, replaced, reversed, spread_out},
    literal::push_part,
    value::Value,
};
use crate::syntax::Node;

pub(super) fn fold<'t>(evaluator: &mut Evaluator<'t>, node: Node<'t>) -> Option<Folded> {
    match node.kind() {
        "string" => Some(Folded::text(string(node))),
        "template_string" => Some(template(evaluator, node)),
        "number" => number(node),
        "binary_expression" => binary(evaluator, node),
        "identifier" => evaluator.constant(node),
        "array" => Some(Folded::list(evaluator.items(node.items())?)),
        "parenthesized_expression" | "as_expression" | "satisfies_expression" | "non_null_expression" => {
            evaluator.fold(node.items().next()?)
        }
        // `<any>"x"`.
        "type_assertion" => evaluator.fold(node.items().last()?),
        "assignment_expression" => evaluator.fold(node.field("right")?),
        "member_expression" => member(evaluator, node.field("object")?, node.field("property")?.text().as_bytes()),
        "subscript_expression" => subscript(evaluator, node),
        "call_expression" => call(evaluator, node),
        "new_expression" => made(evaluator, node.field("constructor")?.text(), node.field("arguments")?),
        _ => None,
    }
}

/// Whether `node` may put a string together, so that it is worth folding for itself.
pub(super) fn is_joint(node: Node<'_>) -> bool {
    match node.kind() {
        "binary_expression" => node.operator() == "+",
        "template_string" => node.items().any(|part| part.kind() == "template_substitution"),
        "call_expression" => true,
        _ => false,
    }
}

fn string(node: Node<'_>) -> Value {
    let mut value = Value::default();
    node.items().for_each(|part| push_part(&mut value, part));
    value
}

fn template<'t>(evaluator: &mut Evaluator<'t>, node: Node<'t>) -> Folded {
    let mut sum = Value::default();
    for part in node.items() {
        if part.kind() == "template_substitution" {
            evaluator.put_sum(&mut sum, part.items().next());
        } else {
            evaluator.put_part(&mut sum, part);
        }
    }
    Folded::text(sum)
}

fn binary<'t>(evaluator: &mut Evaluator<'t>, node: Node<'t>) -> Option<Folded> {
    let (left, right) = (node.field("left")?, node.field("right")?);
    match node.operator() {
        "+" => evaluator.sum(operands(node)),
        operator => {
            let (left, right) = (evaluator.fold(left)?, evaluator.fold(right)?);
            computed(&left, operator, &right)
        }
    }
}

/// The operands of a sum, from left to right, however many there are.
pub(super) fn operands(node: Node<'_>) -> Vec<Node<'_>> {
    let mut operands = Vec::new();
    let mut sum = node;
    while sum.is(&["binary_expression", "binary_operator"]) && sum.operator() == "+" {
        let (Some(left), Some(right)) = (sum.field("left"), sum.field("right")) else { break };
        operands.push(right);
        sum = left;
    }
    operands.push(sum);
    operands.reverse();
    operands
}

/// `KEYS.first`, `Enum.A`, `Class.part`, `this.part`: what the program says there once and for all.
fn member<'t>(evaluator: &mut Evaluator<'t>, object: Node<'t>, name: &[u8]) -> Option<Folded> {
    let mut holder = match object.kind() {
        "identifier" => evaluator.definition(object)?,
        "this" => object.ancestors().find(|around| around.is(&["class_declaration", "class"]))?,
        _ => object,
    };
    while holder.is(&["parenthesized_expression", "as_expression", "satisfies_expression"]) {
        holder = holder.items().next()?;
    }
    let called = |key: Node<'_>| key.text().trim_matches(['"', '\'']).as_bytes() == name;
    let body = match holder.kind() {
        "object" => holder,
        "class_declaration" | "class" | "enum_declaration" => holder.field("body")?,
        _ => return None,
    };
    evaluator.spend(body.items().count())?;
    let value = body.items().find_map(|item| {
        let key = match item.kind() {
            "pair" => item.field("key"),
            "enum_assignment" | "public_field_definition" => item.field("name"),
            "field_definition" => item.field("property"),
            _ => None,
        };
        key.filter(|key| called(*key)).and_then(|_| item.field("value"))
    });
    evaluator.fold(value?)
}

fn subscript<'t>(evaluator: &mut Evaluator<'t>, node: Node<'t>) -> Option<Folded> {
    let (object, index) = (node.field("object")?, node.field("index")?);
    match evaluator.fold(index)? {
        Folded::Text(name) => member(evaluator, object, &name.bytes()?),
        index => item(&evaluator.fold(object)?, index.as_number()?),
    }
}

/// The item of a list, or the character of a string, at `at`.
pub(super) fn item(folded: &Folded, at: usize) -> Option<Folded> {
    match folded {
        Folded::List(items) => items.get(at)?.clone(),
        Folded::Text(value) => (at < value.len()).then(|| Folded::text(value.slice(at, at + 1))),
        Folded::Number(..) => None,
    }
}

fn call<'t>(evaluator: &mut Evaluator<'t>, node: Node<'t>) -> Option<Folded> {
    let (function, arguments) = (node.field("function")?, node.field("arguments")?);
    match function.kind() {
        "identifier" => {
            let name = function.text();
            is_known(name).then(|| made(evaluator, name, arguments))?
        }
        "member_expression" => {
            let (object, name) = (function.field("object")?, function.field("property")?.text());
            if object.is(&["identifier", "member_expression"]) {
                let path = function.text();
                if is_known(path) {
                    return made(evaluator, path, arguments);
                }
                if let Some(path) = path.strip_suffix(".apply") {
                    let list = arguments.items().nth(1)?;
                    return from_codes(evaluator, path, &[list], true);
                }
                if let Some(path) = path.strip_suffix(".call") {
                    let codes: Vec<_> = arguments.items().skip(1).collect();
                    return from_codes(evaluator, path, &codes, false);
                }
            }
            if object.kind() == "new_expression" && name == "decode" {
                return evaluator.fold(arguments.items().next()?);
            }
            method(evaluator, object, name, arguments)
        }
        _ => None,
    }
}

/// Whether `path` is a function that makes strings.
fn is_known(path: &str) -> bool {
    let path = path.strip_prefix("window.").or(path.strip_prefix("globalThis.")).unwrap_or(path);
    is_of_codes(path)
        || matches!(
            path,
            "atob"
                | "unescape"
                | "decodeURIComponent"
                | "decodeURI"
                | "String"
                | "Buffer"
                | "Uint8Array"
                | "Buffer.from"
                | "Buffer.concat"
                | "Uint8Array.from"
                | "Array.from"
                | "Array.of"
        )
}

fn is_of_codes(path: &str) -> bool {
    matches!(path, "String.fromCharCode" | "String.fromCodePoint")
}

fn from_codes<'t>(evaluator: &mut Evaluator<'t>, path: &str, nodes: &[Node<'t>], is_list: bool) -> Option<Folded> {
    if !is_of_codes(path) {
        return None;
    }
    let codes = match nodes {
        [list] if is_list => evaluator.fold(*list)?.as_list()?.to_vec(),
        nodes => evaluator.items(nodes.iter().copied())?,
    };
    Some(characters(evaluator, &codes))
}

/// What the function or class at `path` makes of `arguments`.
fn made<'t>(evaluator: &mut Evaluator<'t>, path: &str, arguments: Node<'t>) -> Option<Folded> {
    let path = path.strip_prefix("window.").or(path.strip_prefix("globalThis.")).unwrap_or(path);
    let nodes: Vec<Node<'t>> = arguments.items().collect();
    if is_of_codes(path) {
        return from_codes(evaluator, path, &nodes, false);
    }
    if path == "Array.of" {
        return Some(Folded::list(evaluator.items(nodes)?));
    }
    let first = evaluator.fold(*nodes.first()?)?;
    match (path, &first) {
        ("atob", Folded::Text(text)) => Some(Folded::text(text.base64()?)),
        ("unescape" | "decodeURIComponent" | "decodeURI", Folded::Text(text)) => Some(Folded::text(text.percent())),
        ("String", Folded::Text(_)) => Some(first),
        ("Buffer" | "Buffer.from", Folded::Text(text)) => match nodes.get(1) {
            Some(encoding) => decoded(text, &String::from_utf8(evaluator.word(*encoding)?).ok()?),
            None => Some(first),
        },
        ("Buffer" | "Buffer.from" | "Uint8Array" | "Uint8Array.from", Folded::List(codes)) => {
            Some(characters(evaluator, codes))
        }
        ("Buffer.concat", Folded::List(items)) => Some(join(evaluator, items, &Value::default())),
        ("Array.from", _) => {
            let items = spread_out(&first)?;
            match nodes.get(1) {
                Some(function) => mapped(evaluator, &items, *function),
                None => Some(Folded::list(items)),
            }
        }
        _ => None,
    }
}

/// Methods of strings and lists that make others.
const METHODS: [&str; 19] = [
    "join",
    "concat",
    "reverse",
    "toReversed",
    "map",
    "split",
    "replace",
    "replaceAll",
    "trim",
    "trimStart",
    "trimEnd",
    "toString",
    "valueOf",
    "normalize",
    "flat",
    "slice",
    "substring",
    "at",
    "charAt",
];

/// What the method `name` makes of `object`.
fn method<'t>(evaluator: &mut Evaluator<'t>, object: Node<'t>, name: &str, arguments: Node<'t>) -> Option<Folded> {
    if !METHODS.contains(&name) {
        return None;
    }
    let nodes: Vec<Node<'t>> = arguments.items().collect();
    if name == "concat" && object.kind() != "array" {
        return evaluator.sum(std::iter::once(object).chain(nodes));
    }
    match evaluator.fold(object)? {
        Folded::Text(text) => of_text(evaluator, &text, name, &nodes),
        Folded::List(items) => of_list(evaluator, &items, name, &nodes),
        Folded::Number(..) => None,
    }
}

fn of_text<'t>(evaluator: &mut Evaluator<'t>, text: &Rc<Value>, name: &str, nodes: &[Node<'t>]) -> Option<Folded> {
    let first = nodes.first().copied();
    match name {
        "split" => {
            let separator = evaluator.word(first?)?;
            Some(Folded::list(text.split(&separator).into_iter().map(|piece| Some(Folded::text(piece))).collect()))
        }
        "replace" | "replaceAll" => {
            let from = pattern(evaluator, first?)?;
            let with = evaluator.text(*nodes.get(1)?)?;
            replaced(evaluator, text, &from, &with)
        }
        "trim" | "trimEnd" | "trimStart" => Some(Folded::text(text.trimmed())),
        "toString" => {
            let encoding = first.map(|encoding| evaluator.word(encoding)).unwrap_or_default();
            let is_text = !matches!(encoding.as_deref(), Some(b"base64" | b"hex" | b"base64url"));
            is_text.then(|| Folded::Text(text.clone()))
        }
        "valueOf" | "normalize" => Some(Folded::Text(text.clone())),
        _ => cut(evaluator, &Folded::Text(text.clone()), name, nodes),
    }
}

fn of_list<'t>(
    evaluator: &mut Evaluator<'t>,
    items: &Rc<Vec<Option<Folded>>>,
    name: &str,
    nodes: &[Node<'t>],
) -> Option<Folded> {
    let list = Folded::List(items.clone());
    match name {
        "join" => {
            let separator = evaluator.text(*nodes.first()?)?;
            Some(join(evaluator, items, &separator))
        }
        "concat" => {
            let mut items = items.to_vec();
            for node in nodes {
                match evaluator.fold(*node) {
                    Some(Folded::List(more)) => items.extend(more.iter().cloned()),
                    other => items.push(other),
                }
            }
            Some(Folded::list(items))
        }
        "reverse" | "toReversed" => reversed(&list),
        "map" => mapped(evaluator, items, *nodes.first()?),
        "valueOf" | "flat" => Some(list),
        _ => cut(evaluator, &list, name, nodes),
    }
}

/// A part of a string or a list.
fn cut<'t>(evaluator: &mut Evaluator<'t>, folded: &Folded, name: &str, nodes: &[Node<'t>]) -> Option<Folded> {
    let start = evaluator.fold(*nodes.first()?)?.as_number()?;
    match name {
        "slice" | "substring" => {
            let end = match nodes.get(1) {
                Some(end) => evaluator.fold(*end)?.as_number()?,
                None => usize::MAX,
            };
            part(folded, start, end)
        }
        "at" | "charAt" => item(folded, start),
        _ => None,
    }
}

/// The text that is replaced: a string, or a regular expression that stands for itself.
fn pattern<'t>(evaluator: &mut Evaluator<'t>, node: Node<'t>) -> Option<Vec<u8>> {
    if node.kind() != "regex" {
        return evaluator.word(node);
    }
    let text = node.field("pattern")?.text();
    let is_itself = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_ #~@!%&,:;".contains(&byte));
    is_itself.then(|| text.as_bytes().to_vec())
}

/// `items` as `function`, an arrow or `String.fromCharCode` itself, makes them.
fn mapped<'t>(evaluator: &mut Evaluator<'t>, items: &[Option<Folded>], function: Node<'t>) -> Option<Folded> {
    if is_of_codes(function.text()) {
        let of = |item: &Option<Folded>| item.is_some().then(|| characters(evaluator, std::slice::from_ref(item)));
        return Some(Folded::list(items.iter().map(of).collect()));
    }
    if !function.is(&["arrow_function", "function_expression"]) {
        return None;
    }
    let parameter = match function.field("parameter") {
        Some(parameter) => parameter,
        None => function.field("parameters")?.items().next()?,
    };
    // With types the name is one level further down.
    let parameter = parameter.field("pattern").unwrap_or(parameter);
    let mut body = function.field("body")?;
    if body.kind() == "statement_block" {
        body = body.items().next().filter(|only| only.kind() == "return_statement")?.items().next()?;
    }
    (parameter.kind() == "identifier").then(|| evaluator.each(items, parameter.text(), body))
}
