//! How JavaScript writes what all languages have.

use crate::{
    lint::read::syntax::{Argument, Arguments, Dialect, Node, Piece, Script},
    model::Span,
    syntax::JAVASCRIPT_FUNCTIONS,
};

/// The language.
#[derive(Debug)]
pub(super) struct JavaScript;

/// Functions whose value is their argument's, as far as keys and paths go.
const THROUGH: [&str; 6] =
    ["String", "JSON.stringify", "encodeURIComponent", "Promise.resolve", "Object.freeze", "structuredClone"];
/// Classes whose objects are their argument in a form that a client takes.
const CREDENTIALS: [&str; 2] = ["AzureKeyCredential", "KeyCredential"];
/// Methods whose value is that of their object.
const CLEANING: [&str; 5] = ["trim", "toString", "trimEnd", "trimStart", "replaceAll"];

/// Parts of one text that are looked at.
const MOST_PARTS: usize = 32;

impl Dialect for JavaScript {
    const LIBRARIES: &'static str = "javascript";
    const NAME: &'static str = "JavaScript";
    const ASKING: &'static [&'static str] =
        &["process.env", "import.meta.env", "Deno.env", "Bun.env", "dotenv", "loadEnvFile"];
    const LED_THROUGH: &'static [&'static str] = &["member_expression", "arguments", "template_substitution"];

    fn join(path: &str, name: &str) -> String {
        match name {
            "default" if path.ends_with('#') => path.to_owned(),
            _ if path.ends_with('#') => format!("{path}{name}"),
            _ => format!("{path}.{name}"),
        }
    }

    fn below(node: Node<'_>) -> Option<Node<'_>> {
        match node.kind() {
            "parenthesized_expression"
            | "await_expression"
            | "as_expression"
            | "satisfies_expression"
            | "non_null_expression" => node.items().next(),
            "type_assertion" => node.items().nth(1),
            "call_expression" | "new_expression" => wrapped(node),
            "template_string" => only_hole(node),
            _ => None,
        }
    }

    fn either(node: Node<'_>) -> Option<(Node<'_>, Node<'_>)> {
        match node.kind() {
            "binary_expression" if matches!(node.operator(), "||" | "??") => {
                Some((node.field("left")?, node.field("right")?))
            }
            "ternary_expression" => Some((node.field("consequence")?, node.field("alternative")?)),
            _ => None,
        }
    }

    fn addition(node: Node<'_>) -> Option<(Node<'_>, Node<'_>)> {
        let is_it = node.kind() == "binary_expression" && node.operator() == "+";
        if is_it { Some((node.field("left")?, node.field("right")?)) } else { None }
    }

    fn text<'t>(node: Node<'t>, pieces: &mut Vec<Piece<'t>>) -> bool {
        let Some(inner) = inside(node) else { return false };
        let mut from = inner.start;
        for hole in node.children().filter(|part| part.kind() == "template_substitution").take(MOST_PARTS) {
            if from < hole.span().start {
                pieces.push(Piece::Text(Span::new(from, hole.span().start)));
            }
            pieces.push(Piece::Hole(hole.items().next().unwrap_or(hole)));
            from = hole.span().end;
        }
        if from < inner.end || from == inner.start {
            pieces.push(Piece::Text(Span::new(from, inner.end)));
        }
        true
    }

    fn member(node: Node<'_>) -> Option<(Node<'_>, &str)> {
        match node.kind() {
            "member_expression" => Some((node.field("object")?, node.field("property")?.text())),
            "subscript_expression" => {
                let index = node.field("index")?;
                Some((node.field("object")?, index.slice(inside(index)?)))
            }
            _ => None,
        }
    }

    fn called(node: Node<'_>) -> Option<Node<'_>> {
        match node.kind() {
            "call_expression" => node.field("function"),
            "new_expression" => node.field("constructor"),
            _ => None,
        }
    }

    fn module(node: Node<'_>) -> Option<String> {
        if node.kind() != "call_expression" {
            return None;
        }
        let function = node.field("function")?;
        if function.kind() != "import" && function.text() != "require" {
            return None;
        }
        let name = node.field("arguments")?.items().next()?;
        Some(module_path(name.slice(inside(name)?)))
    }

    fn is_name(node: Node<'_>) -> bool {
        node.is(&["identifier", "shorthand_property_identifier", "meta_property", "this"])
    }

    fn is_function(node: Node<'_>) -> bool {
        node.is(&JAVASCRIPT_FUNCTIONS)
    }

    fn is_nothing(node: Node<'_>) -> bool {
        node.is(&["null", "undefined"])
    }

    fn is_in(path: &str, package: &str) -> bool {
        path.strip_prefix(package).is_some_and(|rest| rest.starts_with(['#', '/']))
    }
}

/// Place of what stands between the quotes of a string or template.
pub(super) fn inside(node: Node<'_>) -> Option<Span> {
    let Span { start, end } = node.span();
    let text = node.text();
    let quote = match node.kind() {
        "string" => text.chars().next().filter(|quote| matches!(quote, '"' | '\''))?,
        "template_string" => '`',
        _ => return None,
    };
    (text.len() >= 2 && text.starts_with(quote) && text.ends_with(quote)).then(|| Span::new(start + 1, end - 1))
}

/// Where modules come from when their address says so; what follows is the module's name.
const SOURCES: [&str; 9] = [
    "npm:",
    "jsr:",
    "node:",
    "https://esm.sh/",
    "https://deno.land/x/",
    "https://deno.land/",
    "https://cdn.skypack.dev/",
    "https://cdn.jsdelivr.net/npm/",
    "https://unpkg.com/",
];

/// The path of the module called `name`, without where it is fetched from and in which version.
pub(super) fn module_path(name: &str) -> String {
    let bare = SOURCES.iter().find_map(|source| name.strip_prefix(source)).unwrap_or(name).trim_start_matches('/');
    let versionless = |(at, part): (usize, &str)| match part.char_indices().skip(1).find(|(_, c)| *c == '@') {
        Some((version, _)) if at < 2 && part.is_ascii() => part[..version].to_owned(),
        _ => part.to_owned(),
    };
    let parts: Vec<String> = bare.split('/').enumerate().map(versionless).collect();
    parts.join("/") + "#"
}

/// The value that a call only passes on or cleans.
fn wrapped(call: Node<'_>) -> Option<Node<'_>> {
    let function = JavaScript::called(call)?;
    let first = || call.field("arguments")?.items().next();
    if call.kind() == "new_expression" {
        return if CREDENTIALS.contains(&function.text()) { first() } else { None };
    }
    if THROUGH.contains(&function.text()) {
        return first();
    }
    let (object, name) = JavaScript::member(function)?;
    CLEANING.contains(&name).then_some(object)
}

/// The expression that `` `${x}` `` consists of.
fn only_hole(template: Node<'_>) -> Option<Node<'_>> {
    let hole = template.children().next().filter(|part| part.kind() == "template_substitution")?;
    (hole.span() == inside(template)?).then(|| hole.items().next())?
}

/// More arguments than this are data.
const MOST_ARGUMENTS: usize = 64;
/// Members of options that are themselves options of the client underneath.
const NESTED: [&str; 5] = ["configuration", "clientOptions", "clientConfig", "openAIConfiguration", "requestOptions"];

/// The positional arguments of a call.
pub(super) fn positional(call: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let list = call.field("arguments").filter(|list| list.kind() == "arguments");
    list.into_iter().flat_map(Node::items).take(MOST_ARGUMENTS)
}

/// The key of a pair in an object, without quotes, and its place.
pub(super) fn key_of(pair: Node<'_>) -> Option<(&str, Span)> {
    let key = pair.field("key")?;
    let at = if key.kind() == "property_identifier" { key.span() } else { inside(key)? };
    Some((key.slice(at), at))
}

/// What `call` is given; members of objects among it count as named arguments.
pub(super) fn arguments_of<'s>(script: &Script<'s, JavaScript>, call: Node<'s>) -> Arguments<'s> {
    let mut arguments = Arguments::default();
    for value in positional(call) {
        arguments.known.push(Argument { name: None, value, whole: value });
        let object = script.value(value);
        if object.kind() == "object" {
            members(script, object, &mut arguments, 2);
        } else if JavaScript::is_name(object) || JavaScript::member(object).is_some() {
            arguments.spread = arguments.spread.or(Some(value));
        }
    }
    arguments
}

fn members<'s>(script: &Script<'s, JavaScript>, object: Node<'s>, arguments: &mut Arguments<'s>, deep: usize) {
    for item in object.items().take(MOST_ARGUMENTS) {
        match item.kind() {
            "pair" => {
                let (Some(name), Some(value)) = (key_of(item), item.field("value")) else { continue };
                arguments.known.push(Argument { name: Some(name), value, whole: item });
                let nested = script.value(value);
                if deep > 0 && NESTED.contains(&name.0) && nested.kind() == "object" {
                    members(script, nested, arguments, deep - 1);
                }
            }
            "shorthand_property_identifier" => {
                arguments.known.push(Argument { name: Some((item.text(), item.span())), value: item, whole: item });
            }
            "spread_element" => {
                let Some(more) = item.items().next() else { continue };
                let value = script.value(more);
                if deep > 0 && value.kind() == "object" {
                    members(script, value, arguments, deep - 1);
                } else {
                    arguments.spread = Some(more);
                }
            }
            _ => {}
        }
    }
}
