//! Settings classes of pydantic: each annotated field is a variable, named by rules of its own.

use super::{
    dialect::{Python, arguments_of},
    loads::files_of,
    scope_of,
};
use crate::{
    lint::{
        facts::{Fallback, Load, Read, Search, Via},
        read::syntax::{Arguments, Binding, Node, Script},
    },
    model::Span,
};

/// Notes the fields of the settings class that `node` is.
pub(super) fn note<'s>(script: &mut Script<'s, Python>, node: Node<'s>) {
    if node.kind() != "class_definition" || !is_settings(script, node, 4) {
        return;
    }
    let (Some(name), Some(body)) = (node.field("name"), node.field("body")) else { return };
    let options = Options::of(script, body);
    for file in &options.files {
        note_file(script, *file);
    }
    for statement in body.items().filter(|item| item.kind() == "expression_statement").take(512) {
        let field = statement.items().next().filter(|field| field.kind() == "assignment");
        if let Some(field) = field.filter(|field| field.field("type").is_some()) {
            note_field(script, name.text(), field, &options.prefix);
        }
    }
}

/// Whether `class` derives from pydantic's settings, over classes of the same file.
fn is_settings<'s>(script: &Script<'s, Python>, class: Node<'s>, deep: usize) -> bool {
    let Some(bases) = class.field("superclasses") else { return false };
    bases.items().take(8).any(|base| {
        let path = script.path(base).unwrap_or_default();
        path.ends_with("BaseSettings") && path.starts_with("pydantic") || derived(script, base, deep)
    })
}

fn derived<'s>(script: &Script<'s, Python>, base: Node<'s>, deep: usize) -> bool {
    let Some(deep) = deep.checked_sub(1) else { return false };
    script.class(base).is_some_and(|class| is_settings(script, class, deep))
}

/// What the class says about names and files.
#[derive(Default)]
struct Options<'s> {
    prefix: String,
    files: Vec<Node<'s>>,
}

impl<'s> Options<'s> {
    fn of(script: &Script<'s, Python>, body: Node<'s>) -> Self {
        let mut options = Self::default();
        for item in body.items().take(512) {
            match item.kind() {
                "class_definition" => {
                    let inner = item.field("body").into_iter().flat_map(Node::items).take(64);
                    for field in inner.filter_map(|statement| statement.items().next()) {
                        let (name, value) = (field.field("left"), field.field("right"));
                        options.take(script, name.map_or("", Node::text), value);
                    }
                }
                "expression_statement" => {
                    let config = item.items().next().filter(|field| field.kind() == "assignment");
                    let is_config = |field: &Node<'s>| field.field("left").is_some_and(|l| l.text() == "model_config");
                    if let Some(value) = config.filter(is_config).and_then(|field| field.field("right")) {
                        for argument in config_of(script, value).known {
                            options.take(script, argument.name.map_or("", |(name, _)| name), Some(argument.value));
                        }
                    }
                }
                _ => {}
            }
        }
        options
    }

    fn take(&mut self, script: &Script<'s, Python>, name: &str, value: Option<Node<'s>>) {
        match (name, value) {
            ("env_prefix", Some(value)) => script.text(value).map_or("", |(text, _)| text).clone_into(&mut self.prefix),
            ("env_file", Some(value)) if value.kind() != "none" => self.files.push(value),
            _ => {}
        }
    }
}

/// `SettingsConfigDict(env_file=".env")` or `{"env_file": ".env"}`.
fn config_of<'s>(script: &Script<'s, Python>, value: Node<'s>) -> Arguments<'s> {
    let value = script.value(value);
    if value.kind() == "call" { arguments_of(value) } else { super::dialect::pairs_of(script, value) }
}

/// Notes that `.env` files are read by the settings class: they stay in it, the environment of the process is not filled.
pub(super) fn note_file<'s>(script: &mut Script<'s, Python>, file: Node<'s>) {
    let found = files_of(script, file);
    script.facts.loads.push(Load {
        at: file.span(),
        loader: "pydantic-settings",
        fills: false,
        computed: found.computed,
        search: found.search_or(Search::Current),
        files: found.files,
        overrides: false,
        scope: scope_of(file),
        hoisted: false,
        command: None,
    });
}

fn note_field<'s>(script: &mut Script<'s, Python>, class: &str, field: Node<'s>, prefix: &str) {
    let Some(name) = field.field("left").filter(|left| left.kind() == "identifier") else { return };
    if name.text().starts_with('_') || name.text() == "model_config" {
        return;
    }
    let value = field.field("right");
    let options = value.map(|value| script.value(value)).filter(|value| value.kind() == "call").map(arguments_of);
    let is_optional = field.field("type").is_some_and(|hint| {
        let hint = hint.text();
        hint.len() < 200 && (hint.contains("Optional") || hint.contains("None"))
    });
    let fallback = match (value, &options) {
        (Some(_), Some(options)) => options
            .named(&["default"])
            .map(|argument| argument.value)
            .or_else(|| options.positional(0))
            .map_or(Fallback::Fails, |value| field_default(script, value)),
        (Some(value), None) => field_default(script, value),
        (None, _) if is_optional => Fallback::Nothing,
        (None, _) => Fallback::Fails,
    };
    let mut names = options.map_or_else(Vec::new, |options| aliases(script, &options));
    if names.is_empty() {
        names.push((format!("{prefix}{}", name.text()).to_uppercase(), name.span()));
    }
    for (at, (variable, place)) in names.into_iter().enumerate() {
        let read = Read {
            name: variable,
            at: place,
            whole: field.span(),
            via: Via::Settings,
            scope: scope_of(field),
            fallback: if at == 0 { fallback.clone() } else { Fallback::Other },
            bound_to: Some(name.text().to_owned()),
            feeds: None,
        };
        // The first name stands for the field; further ones are reads of their own.
        if at == 0 { script.add_read(field, read) } else { script.facts.reads.push(read) }
    }
    for owner in [class, "self"] {
        script.names.bind::<Python>(&format!("{owner}.{}", name.text()), Binding::Value(field), field);
    }
}

fn field_default<'s>(script: &Script<'s, Python>, value: Node<'s>) -> Fallback {
    if value.kind() == "ellipsis" { Fallback::Fails } else { script.fallback(value) }
}

/// Names that `Field(alias=…, validation_alias=AliasChoices(…), env=…)` gives.
fn aliases<'s>(script: &Script<'s, Python>, options: &Arguments<'s>) -> Vec<(String, Span)> {
    let Some(alias) = options.named(&["validation_alias", "alias", "env"]) else { return Vec::new() };
    let value = script.value(alias.value);
    let texts: Vec<Node<'s>> = match value.kind() {
        "call" => arguments_of(value).known.iter().map(|argument| argument.value).collect(),
        "list" | "tuple" => value.items().take(8).collect(),
        _ => vec![value],
    };
    texts.into_iter().filter_map(|text| script.text(text)).map(|(text, at)| (text.to_uppercase(), at)).collect()
}
