//! Variables that Python code reads and sets.

use super::{
    dialect::{Python, arguments_of},
    scope_of,
};
use crate::{
    lint::{
        facts::{Fallback, Read, Via},
        read::syntax::{Dialect, LONGEST_NAME, Node, Script},
    },
    model::Span,
};

/// Notes the variable that `node` reads.
pub(super) fn note<'s>(script: &mut Script<'s, Python>, node: Node<'s>) {
    match node.kind() {
        "subscript" => subscript(script, node),
        "call" => call(script, node),
        "attribute" => secret_attribute(script, node),
        _ => {}
    }
}

/// Notes the variable that `node` sets. Values may be other variables, so all reads must have been noted.
pub(super) fn note_set<'s>(script: &mut Script<'s, Python>, node: Node<'s>) {
    match node.kind() {
        "call" => setting_call(script, node),
        "assignment" => assignment(script, node),
        "augmented_assignment" => {
            if let (Some(left), Some(right)) = (node.field("left"), node.field("right"))
                && script.path(left).as_deref() == Some("os.environ")
            {
                define_all(script, right);
            }
        }
        _ => {}
    }
}

/// What `x["NAME"]` reads, by the path of `x`.
fn via_subscript(path: &str) -> Option<Via> {
    match path {
        "os.environ" => Some(Via::Process),
        "streamlit.secrets" => Some(Via::Platform),
        "dotenv.dotenv_values()" | "dotenv.main.dotenv_values()" => Some(Via::Settings),
        _ => None,
    }
}

/// What a call with a name in front reads, by the path of what is called, and whether it fails when there is none.
fn via_call(path: &str) -> Option<(Via, bool)> {
    Some(match path {
        "os.getenv" | "os.environ.get" | "os.environ.pop" => (Via::Process, false),
        "streamlit.secrets.get" | "dotenv.get_key" => (Via::Platform, false),
        "google.colab.userdata.get" | "kaggle_secrets.UserSecretsClient().get_secret" => (Via::Platform, true),
        "dotenv.dotenv_values().get" | "dotenv.main.dotenv_values().get" => (Via::Settings, false),
        "decouple.config"
        | "decouple.AutoConfig()"
        | "decouple.Config()"
        | "starlette.config.Config()"
        | "starlette.config.Config().get"
        | "environs.env"
        | "environs.Env()"
        | "environ.Env()"
        | "environ.FileAwareEnv()" => (Via::Settings, true),
        _ => return via_method(path).or_else(|| via_wrapper(path)),
    })
}

/// `env.str("X")` of environs and django-environ.
fn via_method(path: &str) -> Option<(Via, bool)> {
    let (object, method) = path.rsplit_once('.')?;
    let is_env = matches!(object, "environs.env" | "environs.Env()" | "environ.Env()" | "environ.FileAwareEnv()");
    (is_env && !method.starts_with("read_") && !matches!(method, "prefixed" | "seal" | "dump"))
        .then_some((Via::Settings, true))
}

/// A function of the project that is called like one that reads the environment: `get_env("X")`, `require_env("X")`.
fn via_wrapper(path: &str) -> Option<(Via, bool)> {
    let name = path.rsplit('.').next()?.to_ascii_lowercase();
    let is_env = name.split('_').any(|word| matches!(word, "env" | "getenv" | "environ")) && !name.contains("set");
    is_env.then_some((Via::Process, false))
}

/// Whether a text is a variable's name and nothing else.
fn is_variable(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && name.len() <= 128
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn is_upper(name: &str) -> bool {
    !name.bytes().any(|b| b.is_ascii_lowercase()) && name.contains('_')
}

fn subscript<'s>(script: &mut Script<'s, Python>, node: Node<'s>) {
    let is_target = node.role() == "left" || node.parent().is_some_and(|parent| parent.kind() == "delete_statement");
    let (Some(object), Some(key)) = (node.field("value"), node.field("subscript")) else { return };
    let Some(via) = script.path(object).and_then(|path| via_subscript(&path)) else { return };
    let Some((name, at)) = script.text(key).filter(|(name, _)| is_variable(name)) else { return };
    if !is_target {
        add(script, node, (name, at), via, Fallback::Fails);
    }
}

/// `st.secrets.NAME`.
fn secret_attribute<'s>(script: &mut Script<'s, Python>, node: Node<'s>) {
    let (Some(object), Some(name)) = (node.field("object"), node.field("attribute")) else { return };
    if is_upper(name.text()) && script.path(object).as_deref() == Some("streamlit.secrets") {
        add(script, node, (name.text(), name.span()), Via::Platform, Fallback::Fails);
    }
}

fn call<'s>(script: &mut Script<'s, Python>, node: Node<'s>) {
    let Some(path) = node.field("function").and_then(|function| script.path(function)) else { return };
    let arguments = arguments_of(node);
    let Some((via, fails)) = via_call(&path) else { return };
    let name = arguments.positional(0).or_else(|| arguments.named(&["key", "name"]).map(|argument| argument.value));
    let Some((name, at)) = name.and_then(|name| script.text(name)).filter(|(name, _)| is_variable(name)) else {
        return;
    };
    // A wrapper is told by its argument: what is no name of a variable by its looks may be anything.
    if via_wrapper(&path).is_some() && !path.starts_with("os.") && via == Via::Process && !is_upper(name) {
        return;
    }
    let given = arguments.named(&["default"]).map(|argument| argument.value).or_else(|| arguments.positional(1));
    let fallback = match given {
        Some(given) => script.fallback(given),
        None if fails => Fallback::Fails,
        None => Fallback::Nothing,
    };
    add(script, node, (name, at), via, fallback);
}

fn setting_call<'s>(script: &mut Script<'s, Python>, node: Node<'s>) {
    let Some(path) = node.field("function").and_then(|function| script.path(function)) else { return };
    match path.as_str() {
        "os.environ.setdefault" | "os.putenv" => {
            let arguments = arguments_of(node);
            if let (Some(name), Some(value)) = (arguments.positional(0), arguments.positional(1)) {
                define(script, node, name, value);
            }
        }
        "os.environ.update" => {
            let arguments = arguments_of(node);
            if let Some(all) = arguments.positional(0) {
                define_all(script, all);
            }
            for argument in &arguments.known {
                if let Some((name, at)) = argument.name {
                    script.define(name, at, node, argument.value);
                }
            }
        }
        _ => {}
    }
}

fn add<'s>(script: &mut Script<'s, Python>, node: Node<'s>, (name, at): (&str, Span), via: Via, fallback: Fallback) {
    let (outer, alternative) = Python::around(node);
    let fallback = match alternative {
        Some(other) if fallback == Fallback::Nothing => script.fallback(other),
        _ => fallback,
    };
    let target = outer.parent().filter(|parent| parent.kind() == "assignment" && outer.role() == "right");
    let is_name = |left: &Node<'_>| left.is(&["identifier", "attribute"]) && left.span().len() <= LONGEST_NAME;
    let bound_to = target.and_then(|target| target.field("left")).filter(is_name);
    let read = Read {
        name: name.to_owned(),
        at,
        whole: node.span(),
        via,
        scope: scope_of(node),
        fallback,
        bound_to: bound_to.map(|left| left.text().to_owned()),
        feeds: None,
    };
    script.add_read(node, read);
}

fn assignment<'s>(script: &mut Script<'s, Python>, node: Node<'s>) {
    let (Some(left), Some(right)) = (node.field("left"), node.field("right")) else { return };
    if left.kind() != "subscript" {
        return;
    }
    if let (Some(object), Some(name)) = (left.field("value"), left.field("subscript"))
        && script.path(object).as_deref() == Some("os.environ")
    {
        define(script, node, name, right);
    }
}

fn define<'s>(script: &mut Script<'s, Python>, whole: Node<'s>, name: Node<'s>, value: Node<'s>) {
    if let Some((name, at)) = script.text(name).filter(|(name, _)| is_variable(name)) {
        script.define(name, at, whole, value);
    }
}

/// `os.environ.update({…})`: every pair is a definition.
fn define_all<'s>(script: &mut Script<'s, Python>, all: Node<'s>) {
    for pair in script.value(all).items().filter(|item| item.kind() == "pair").take(256) {
        if let (Some(key), Some(value)) = (pair.field("key"), pair.field("value")) {
            define(script, pair, key, value);
        }
    }
}
