//! How Python writes what all languages have.

use crate::{
    lint::read::syntax::{Argument, Arguments, Dialect, Node, Piece, Script},
    model::Span,
};

/// The language.
#[derive(Debug)]
pub(super) struct Python;

/// Functions whose value is their argument's, as far as keys and paths go.
const THROUGH: [&str; 6] = ["str", "SecretStr", "bytes", "list", "dict", "quote"];
/// Methods whose value is that of their object.
const CLEANING: [&str; 8] =
    ["strip", "rstrip", "lstrip", "encode", "decode", "get_secret_value", "reveal", "removesuffix"];

/// Parts of one text that are looked at.
const MOST_PARTS: usize = 32;

impl Dialect for Python {
    const LIBRARIES: &'static str = "python";
    const NAME: &'static str = "Python";
    const ASKING: &'static [&'static str] = &["environ", "getenv", "load_dotenv", "dotenv_values", "BaseSettings"];
    const LED_THROUGH: &'static [&'static str] = &["attribute", "argument_list"];

    fn join(path: &str, name: &str) -> String {
        format!("{path}.{name}")
    }

    fn below(node: Node<'_>) -> Option<Node<'_>> {
        match node.kind() {
            "parenthesized_expression" | "await" => node.items().next(),
            "named_expression" => node.field("value"),
            "call" => wrapped(node),
            "string" => only_hole(node),
            _ => None,
        }
    }

    fn either(node: Node<'_>) -> Option<(Node<'_>, Node<'_>)> {
        match node.kind() {
            "boolean_operator" if node.operator() == "or" => Some((node.field("left")?, node.field("right")?)),
            "conditional_expression" => Some((node.items().next()?, node.items().nth(2)?)),
            _ => None,
        }
    }

    fn addition(node: Node<'_>) -> Option<(Node<'_>, Node<'_>)> {
        let is_it = node.kind() == "binary_operator" && node.operator() == "+";
        if is_it { Some((node.field("left")?, node.field("right")?)) } else { None }
    }

    fn text<'t>(node: Node<'t>, pieces: &mut Vec<Piece<'t>>) -> bool {
        match node.kind() {
            "string" => string(node, pieces),
            "concatenated_string" => node.items().take(MOST_PARTS).for_each(|part| string(part, pieces)),
            "call" => return formatted(node, pieces).is_some(),
            "binary_operator" if node.operator() == "%" => return interpolated(node, pieces).is_some(),
            _ => return false,
        }
        true
    }

    fn member(node: Node<'_>) -> Option<(Node<'_>, &str)> {
        if node.kind() != "attribute" {
            return None;
        }
        Some((node.field("object")?, node.field("attribute")?.text()))
    }

    fn called(node: Node<'_>) -> Option<Node<'_>> {
        if node.kind() == "call" { node.field("function") } else { None }
    }

    fn module(_: Node<'_>) -> Option<String> {
        None
    }

    fn is_name(node: Node<'_>) -> bool {
        node.kind() == "identifier"
    }

    fn is_function(node: Node<'_>) -> bool {
        node.is(&["function_definition", "lambda"])
    }

    fn is_nothing(node: Node<'_>) -> bool {
        node.kind() == "none"
    }

    fn is_in(path: &str, package: &str) -> bool {
        path.strip_prefix(package).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

/// The value that a call only passes on or cleans.
fn wrapped(call: Node<'_>) -> Option<Node<'_>> {
    let function = call.field("function")?;
    if function.kind() == "attribute" {
        let is_cleaning = CLEANING.contains(&function.field("attribute")?.text());
        return if is_cleaning { function.field("object") } else { None };
    }
    let name = function.text();
    let argument = call.field("arguments")?.items().next()?;
    (THROUGH.contains(&name) && argument.kind() != "keyword_argument").then_some(argument)
}

/// The expression that `f"{x}"` consists of.
fn only_hole(string: Node<'_>) -> Option<Node<'_>> {
    let mut parts = string.children().filter(|part| !part.is(&["string_start", "string_end"]));
    let (first, second) = (parts.next()?, parts.next());
    (first.kind() == "interpolation" && second.is_none()).then(|| first.field("expression"))?
}

fn string<'t>(node: Node<'t>, pieces: &mut Vec<Piece<'t>>) {
    let before = pieces.len();
    for part in node.children() {
        match part.kind() {
            "string_content" => pieces.push(Piece::Text(part.span())),
            "interpolation" => pieces.push(Piece::Hole(part.field("expression").unwrap_or(part))),
            _ => {}
        }
    }
    if pieces.len() == before {
        let end =
            node.children().find(|part| part.kind() == "string_start").map_or(node.span().start, |s| s.span().end);
        pieces.push(Piece::Text(Span::new(end, end)));
    }
}

/// `"Bearer {}".format(key)`: the pieces of the string, with the arguments where they go.
fn formatted<'t>(call: Node<'t>, pieces: &mut Vec<Piece<'t>>) -> Option<()> {
    let function = call.field("function")?;
    let string = function.field("object").filter(|object| object.kind() == "string")?;
    if function.field("attribute")?.text() != "format" {
        return None;
    }
    let arguments = arguments_of(call);
    let content = string.children().find(|part| part.kind() == "string_content")?;
    let (text, start) = (content.text(), content.span().start);
    let (mut from, mut next) = (0, 0);
    while let Some(open) = text[from..].find('{').map(|at| at + from) {
        let Some(close) = text[open..].find('}').map(|at| at + open) else { break };
        let name = text[open + 1..close].split([':', '!', '.']).next().unwrap_or_default();
        let position = if name.is_empty() { Ok(next) } else { name.parse::<usize>() };
        next += 1;
        let value = match position {
            Ok(at) => arguments.positional(at),
            Err(_) => arguments.named(&[name]).map(|argument| argument.value),
        };
        pieces.push(Piece::Text(Span::new(start + from, start + open)));
        pieces.push(Piece::Hole(value?));
        from = close + 1;
    }
    pieces.push(Piece::Text(Span::new(start + from, content.span().end)));
    Some(())
}

/// `"Bearer %s" % key`.
fn interpolated<'t>(node: Node<'t>, pieces: &mut Vec<Piece<'t>>) -> Option<()> {
    let string = node.field("left").filter(|left| left.kind() == "string")?;
    let right = node.field("right")?;
    let mut values = if right.kind() == "tuple" { right.items().collect() } else { vec![right] }.into_iter();
    let content = string.children().find(|part| part.kind() == "string_content")?;
    let (text, start) = (content.text(), content.span().start);
    let mut from = 0;
    while let Some(at) = text[from..].find("%s").map(|at| at + from) {
        pieces.push(Piece::Text(Span::new(start + from, start + at)));
        pieces.push(Piece::Hole(values.next()?));
        from = at + 2;
    }
    pieces.push(Piece::Text(Span::new(start + from, content.span().end)));
    Some(())
}

/// More arguments than this are data.
const MOST_ARGUMENTS: usize = 64;

/// What `call` is given, as it is written there.
pub(super) fn arguments_of(call: Node<'_>) -> Arguments<'_> {
    let mut arguments = Arguments::default();
    let items = call.field("arguments").into_iter().flat_map(Node::items).take(MOST_ARGUMENTS);
    for item in items {
        match item.kind() {
            "keyword_argument" => {
                if let (Some(name), Some(value)) = (item.field("name"), item.field("value")) {
                    let name = Some((name.text(), name.span()));
                    arguments.known.push(Argument { name, value, whole: item });
                }
            }
            "dictionary_splat" => arguments.spread = item.items().next(),
            "list_splat" => {}
            _ => arguments.known.push(Argument { name: None, value: item, whole: item }),
        }
    }
    arguments
}

/// What `call` is given, `**options` included when they are a dictionary in this file.
pub(super) fn all_arguments<'s>(script: &Script<'s, Python>, call: Node<'s>) -> Arguments<'s> {
    let mut arguments = arguments_of(call);
    let Some(spread) = arguments.spread else { return arguments };
    let pairs = pairs_of(script, spread);
    if !pairs.known.is_empty() {
        arguments.known.extend(pairs.known);
        arguments.spread = pairs.spread;
    }
    arguments
}

/// The pairs of the dictionary that `node` is or stands for, as if they were arguments.
pub(super) fn pairs_of<'s>(script: &Script<'s, Python>, node: Node<'s>) -> Arguments<'s> {
    let mut pairs = Arguments::default();
    let dictionary = script.value(node);
    if dictionary.kind() != "dictionary" {
        return pairs;
    }
    for item in dictionary.items().take(MOST_ARGUMENTS) {
        if item.kind() == "dictionary_splat" {
            pairs.spread = item.items().next();
        }
        let name = item.field("key").and_then(|key| script.text(key));
        if let (Some(name), Some(value)) = (name, item.field("value")) {
            pairs.known.push(Argument { name: Some(name), value, whole: item });
        }
    }
    pairs
}
