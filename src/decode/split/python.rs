//! What expressions of Python come to.

use super::{
    fold::{Evaluator, Folded, characters, computed, decoded, join, number, part, replaced, reversed, spread_out},
    javascript::{item, operands},
    value::Value,
};
use crate::syntax::Node;

pub(super) fn fold<'t>(evaluator: &mut Evaluator<'t>, node: Node<'t>) -> Option<Folded> {
    match node.kind() {
        "string" => Some(string(evaluator, node)),
        "concatenated_string" => evaluator.sum(node.items()),
        "integer" => number(node),
        "binary_operator" => binary(evaluator, node),
        "identifier" => evaluator.constant(node),
        "list" | "tuple" | "expression_list" => Some(Folded::list(evaluator.items(node.items())?)),
        "parenthesized_expression" => evaluator.fold(node.items().next()?),
        "assignment" => evaluator.fold(node.field("right")?),
        "named_expression" => evaluator.fold(node.field("value")?),
        "attribute" => member(evaluator, node.field("object")?, node.field("attribute")?.text().as_bytes()),
        "subscript" => subscript(evaluator, node),
        "list_comprehension" | "generator_expression" => comprehension(evaluator, node),
        "call" => call(evaluator, node),
        _ => None,
    }
}

/// Whether `node` may put a string together, so that it is worth folding for itself.
pub(super) fn is_joint(node: Node<'_>) -> bool {
    match node.kind() {
        "binary_operator" => matches!(node.operator(), "+" | "%"),
        "string" => node.items().any(|part| part.kind() == "interpolation"),
        "subscript" => node.field("subscript").is_some_and(|inner| inner.kind() == "slice"),
        "concatenated_string" | "call" => true,
        _ => false,
    }
}

fn string<'t>(evaluator: &mut Evaluator<'t>, node: Node<'t>) -> Folded {
    let mut sum = Value::default();
    for part in node.items() {
        match part.kind() {
            "string_start" | "string_end" => {}
            "interpolation" => {
                // What a format or a conversion makes of it is not known.
                let expression = part.field("expression").filter(|_| part.items().count() == 1);
                evaluator.put_sum(&mut sum, expression);
            }
            _ => evaluator.put_part(&mut sum, part),
        }
    }
    Folded::text(sum)
}

fn binary<'t>(evaluator: &mut Evaluator<'t>, node: Node<'t>) -> Option<Folded> {
    let (left, right) = (node.field("left")?, node.field("right")?);
    match node.operator() {
        "+" => evaluator.sum(operands(node)),
        "%" => {
            let template = evaluator.text(left)?;
            let arguments = match right.kind() {
                "tuple" => evaluator.items(right.items())?,
                _ => vec![evaluator.fold(right)],
            };
            let pieces = template.split(b"%s").into_iter().map(|piece| Some(Folded::text(piece)));
            // An argument stands between two pieces, and one that is not known is a gap.
            let mut arguments = arguments.into_iter();
            let between = pieces.enumerate().flat_map(|(at, piece)| {
                let argument = (at > 0).then(|| arguments.next().flatten());
                argument.into_iter().chain([piece])
            });
            let items: Vec<_> = between.collect();
            Some(join(evaluator, &items, &Value::default()))
        }
        operator => {
            let (left, right) = (evaluator.fold(left)?, evaluator.fold(right)?);
            computed(&left, operator, &right)
        }
    }
}

/// `Keys.first`, `self.first` or `KEYS["first"]`: what the program says there once and for all.
fn member<'t>(evaluator: &mut Evaluator<'t>, object: Node<'t>, name: &[u8]) -> Option<Folded> {
    let holder = match (object.kind(), object.text()) {
        ("identifier", "self" | "cls") => object.ancestors().find(|around| around.kind() == "class_definition")?,
        ("identifier", _) => evaluator.definition(object)?,
        _ => object,
    };
    let body = holder.field("body").unwrap_or(holder);
    evaluator.spend(body.items().count())?;
    let value = match holder.kind() {
        "dictionary" => holder.items().find_map(|pair| {
            let key = pair.field("key").filter(|key| key.text().trim_matches(['"', '\'']).as_bytes() == name);
            key.and_then(|_| pair.field("value"))
        }),
        "class_definition" => body.items().find_map(|statement| {
            let assignment = statement.items().next().filter(|inner| inner.kind() == "assignment")?;
            let is_it = assignment.field("left").is_some_and(|left| left.text().as_bytes() == name);
            is_it.then(|| assignment.field("right"))?
        }),
        _ => None,
    };
    evaluator.fold(value?)
}

fn subscript<'t>(evaluator: &mut Evaluator<'t>, node: Node<'t>) -> Option<Folded> {
    let (object, index) = (node.field("value")?, node.field("subscript")?);
    if index.kind() != "slice" {
        return match evaluator.fold(index)? {
            Folded::Text(name) => member(evaluator, object, &name.bytes()?),
            index => item(&evaluator.fold(object)?, index.as_number()?),
        };
    }
    let bounds: Vec<&str> = index.text().split(':').map(str::trim).collect();
    let folded = evaluator.fold(object)?;
    let bound = |text: &str, otherwise: usize| if text.is_empty() { Some(otherwise) } else { text.parse().ok() };
    match bounds[..] {
        ["", "", "-1"] => reversed(&folded),
        [start, end] | [start, end, "" | "1"] => part(&folded, bound(start, 0)?, bound(end, usize::MAX)?),
        _ => None,
    }
}

/// `[chr(c) for c in codes]`.
fn comprehension<'t>(evaluator: &mut Evaluator<'t>, node: Node<'t>) -> Option<Folded> {
    let mut parts = node.items().skip(1);
    let (clause, None) = (parts.next()?, parts.next()) else { return None };
    let (name, list, body) = (clause.field("left")?, clause.field("right")?, node.field("body")?);
    let list = spread_out(&evaluator.fold(list)?)?;
    (name.kind() == "identifier").then(|| evaluator.each(&list, name.text(), body))
}

fn call<'t>(evaluator: &mut Evaluator<'t>, node: Node<'t>) -> Option<Folded> {
    let (function, arguments) = (node.field("function")?, node.field("arguments")?);
    // `"".join(chr(c) for c in codes)` has the generator in the place of its arguments.
    let nodes: Vec<Node<'t>> = match arguments.kind() {
        "generator_expression" => vec![arguments],
        _ => arguments.items().collect(),
    };
    match function.kind() {
        "identifier" => {
            let name = function.text();
            is_known(name).then(|| made(evaluator, name, &nodes))?
        }
        "attribute" => {
            let (object, name) = (function.field("object")?, function.field("attribute")?.text());
            let path = function.text();
            if object.is(&["identifier", "attribute"]) && (is_known(path) || is_known(name)) {
                return made(evaluator, if is_known(path) { path } else { name }, &nodes);
            }
            method(evaluator, object, name, &nodes)
        }
        _ => None,
    }
}

/// Functions that make strings, by the name that stays the same however their module is imported.
fn is_known(path: &str) -> bool {
    matches!(
        path,
        "chr"
            | "str"
            | "bytes"
            | "bytearray"
            | "list"
            | "tuple"
            | "reversed"
            | "map"
            | "bytes.fromhex"
            | "bytearray.fromhex"
            | "unhexlify"
            | "a2b_hex"
            | "a2b_base64"
            | "b64decode"
            | "standard_b64decode"
            | "urlsafe_b64decode"
            | "decodebytes"
            | "unquote"
            | "unquote_plus"
            | "codecs.decode"
    )
}

/// What the function at `path` makes of its arguments.
fn made<'t>(evaluator: &mut Evaluator<'t>, path: &str, nodes: &[Node<'t>]) -> Option<Folded> {
    if path == "map" {
        let [function, list] = nodes else { return None };
        let list = spread_out(&evaluator.fold(*list)?)?;
        return mapped(evaluator, &list, *function);
    }
    let first = evaluator.fold(*nodes.first()?)?;
    match (path, &first) {
        ("chr", Folded::Number(..)) => Some(characters(evaluator, &[Some(first)])),
        ("str" | "bytes" | "bytearray", Folded::Text(_)) => Some(first),
        ("bytes" | "bytearray", Folded::List(codes)) => Some(characters(evaluator, codes)),
        ("list" | "tuple", _) => Some(Folded::list(spread_out(&first)?)),
        ("reversed", _) => reversed(&Folded::list(spread_out(&first)?)),
        ("bytes.fromhex" | "bytearray.fromhex" | "unhexlify" | "a2b_hex", Folded::Text(text)) => {
            Some(Folded::text(text.hex()?))
        }
        (
            "a2b_base64" | "b64decode" | "standard_b64decode" | "urlsafe_b64decode" | "decodebytes",
            Folded::Text(text),
        ) => Some(Folded::text(text.base64()?)),
        ("unquote" | "unquote_plus", Folded::Text(text)) => Some(Folded::text(text.percent())),
        ("codecs.decode", Folded::Text(text)) => {
            decoded(text, &String::from_utf8(evaluator.word(*nodes.get(1)?)?).ok()?)
        }
        _ => None,
    }
}

/// `map(chr, codes)` and `map(lambda c: chr(c), codes)`.
fn mapped<'t>(evaluator: &mut Evaluator<'t>, items: &[Option<Folded>], function: Node<'t>) -> Option<Folded> {
    match function.text() {
        "chr" => {
            let of = |item: &Option<Folded>| item.is_some().then(|| characters(evaluator, std::slice::from_ref(item)));
            return Some(Folded::list(items.iter().map(of).collect()));
        }
        "str" => return Some(Folded::list(items.to_vec())),
        _ => {}
    }
    let parameters = function.field("parameters").filter(|_| function.kind() == "lambda")?;
    let name = parameters.items().next()?;
    Some(evaluator.each(items, name.text(), function.field("body")?))
}

/// What the method `name` makes of `object`.
fn method<'t>(evaluator: &mut Evaluator<'t>, object: Node<'t>, name: &str, nodes: &[Node<'t>]) -> Option<Folded> {
    const METHODS: [&str; 10] =
        ["join", "format", "decode", "encode", "replace", "split", "strip", "rstrip", "lstrip", "hex"];
    if !METHODS.contains(&name) {
        return None;
    }
    let text = evaluator.text(object)?;
    let first = nodes.first().copied();
    match name {
        "join" => {
            let items = spread_out(&evaluator.fold(first?)?)?;
            Some(join(evaluator, &items, &text))
        }
        "format" => formatted(evaluator, &text, nodes),
        // The encoding is that of characters; what it does to those of a key is nothing.
        "decode" | "encode" => Some(Folded::Text(text)),
        "replace" => {
            let from = evaluator.word(first?)?;
            let with = evaluator.text(*nodes.get(1)?)?;
            replaced(evaluator, &text, &from, &with)
        }
        "split" => {
            let separator = evaluator.word(first?)?;
            Some(Folded::list(text.split(&separator).into_iter().map(|piece| Some(Folded::text(piece))).collect()))
        }
        "strip" | "rstrip" | "lstrip" if first.is_none() => Some(Folded::text(text.trimmed())),
        _ => None,
    }
}

/// `"{}-{}".format(a, b)` and `"{0}{name}".format(a, name=b)`.
fn formatted<'t>(evaluator: &mut Evaluator<'t>, template: &Value, nodes: &[Node<'t>]) -> Option<Folded> {
    let mut items = Vec::new();
    let mut next = 0;
    for (at, piece) in template.split(b"{").into_iter().enumerate() {
        if at == 0 {
            items.push(Some(Folded::text(piece)));
            continue;
        }
        let [hole, rest] = &piece.split(b"}")[..] else { return None };
        let name = String::from_utf8(hole.bytes()?).ok()?;
        let argument = match name.parse::<usize>() {
            Ok(place) => nodes.get(place).copied(),
            Err(_) if name.is_empty() => {
                next += 1;
                nodes.get(next - 1).copied()
            }
            Err(_) => nodes.iter().find_map(|node| {
                let is_it = node.kind() == "keyword_argument" && node.field("name")?.text() == name;
                is_it.then(|| node.field("value"))?
            }),
        };
        items.push(argument.and_then(|argument| evaluator.fold(argument)));
        items.push(Some(Folded::text(rest.clone())));
    }
    Some(join(evaluator, &items, &Value::default()))
}
