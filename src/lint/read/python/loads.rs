//! Loaders of `.env` files that Python code calls: which file, where it is looked for, and whether the process sees its variables.

use super::{
    dialect::{Python, arguments_of},
    scope_of,
    settings::note_file,
};
use crate::lint::{
    facts::{Load, Search},
    read::syntax::{Arguments, Base, Dialect, Node, Place, Script},
};

/// Notes the loader that `node` calls.
pub(super) fn note<'s>(script: &mut Script<'s, Python>, node: Node<'s>) {
    if node.kind() != "call" {
        return;
    }
    let Some(path) = node.field("function").and_then(|function| script.path(function)) else { return };
    let arguments = arguments_of(node);
    match path.as_str() {
        "dotenv.load_dotenv" | "dotenv.main.load_dotenv" => dotenv(script, node, &arguments, true),
        "dotenv.dotenv_values" | "dotenv.main.dotenv_values" => {
            let fills = fills_environment(script, node);
            dotenv(script, node, &arguments, fills);
        }
        "environs.Env().read_env" | "environs.env.read_env" => {
            add(script, node, &arguments, &["path"], ("environs", Search::CallerUp, true));
        }
        "environ.Env.read_env"
        | "environ.Env().read_env"
        | "environ.FileAwareEnv.read_env"
        | "environ.FileAwareEnv().read_env" => {
            add(script, node, &arguments, &["env_file"], ("django-environ", Search::Caller, true));
        }
        "starlette.config.Config" if names_file(&arguments) => {
            add(script, node, &arguments, &["env_file"], ("starlette", Search::Path, false));
        }
        // It has no call of its own: the first use is where it looks.
        "decouple.config" if !script.facts.loads.iter().any(|load| load.loader == "python-decouple") => {
            add(script, node, &Arguments::default(), &[], ("python-decouple", Search::CallerUp, false));
        }
        _ => {
            if let Some(file) = arguments.named(&["_env_file"]) {
                note_file(script, file.value);
            }
        }
    }
}

/// Whether starlette's `Config` is given a file, not only another environment.
fn names_file(arguments: &Arguments<'_>) -> bool {
    arguments.positional(0).is_some() || arguments.named(&["env_file"]).is_some()
}

/// Which files a loader is told to read.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// As written.
    pub(super) files: Vec<String>,
    /// One of them is not known.
    pub(super) computed: bool,
    search: Option<Search>,
}

impl Found {
    /// Where they are looked for, or `other` where the loader looks by itself.
    pub(super) fn search_or(&self, other: Search) -> Search {
        self.search.unwrap_or(other)
    }
}

/// The files that `node` names: a path, a list of them, or a call that finds one.
pub(super) fn files_of<'s>(script: &Script<'s, Python>, node: Node<'s>) -> Found {
    let value = script.value(node);
    if Python::is_nothing(value) {
        return Found::default();
    }
    if value.is(&["tuple", "list"]) {
        let mut all = Found::default();
        for item in value.items().take(16) {
            let one = files_of(script, item);
            all.files.extend(one.files);
            all.computed |= one.computed;
            all.search = all.search.or(one.search);
        }
        return all;
    }
    if Python::called(value).and_then(|called| script.path(called)).is_some_and(|path| path.ends_with("find_dotenv")) {
        return found(script, &arguments_of(value));
    }
    match place(script, value, 16) {
        Some(place) => {
            let search = if place.base == Base::Caller { Search::Caller } else { Search::Path };
            Found { files: vec![place.written()], computed: false, search: Some(search) }
        }
        None => Found { files: Vec::new(), computed: true, search: Some(Search::Path) },
    }
}

/// `find_dotenv(".env.local", usecwd=True)`.
fn found<'s>(script: &Script<'s, Python>, arguments: &Arguments<'s>) -> Found {
    let name = arguments.named(&["filename"]).map(|argument| argument.value).or_else(|| arguments.positional(0));
    let text = name.map(|name| script.text(name));
    let current = arguments.named(&["usecwd"]).is_some_and(|argument| argument.value.kind() == "true");
    Found {
        files: text.flatten().map(|(text, _)| text.to_owned()).filter(|text| !text.is_empty()).into_iter().collect(),
        computed: matches!(text, Some(None)),
        search: Some(if current { Search::CurrentUp } else { Search::CallerUp }),
    }
}

fn dotenv<'s>(script: &mut Script<'s, Python>, node: Node<'s>, arguments: &Arguments<'s>, fills: bool) {
    add(script, node, arguments, &["dotenv_path", "stream"], ("python-dotenv", Search::CallerUp, fills));
}

fn add<'s>(
    script: &mut Script<'s, Python>,
    node: Node<'s>,
    arguments: &Arguments<'s>,
    names: &[&str],
    (loader, search, fills): (&'static str, Search, bool),
) {
    let file = arguments.named(names).map(|argument| argument.value).or_else(|| arguments.positional(0));
    let found = file.map_or_else(Found::default, |file| files_of(script, file));
    let overrides = arguments.named(&["override", "overwrite"]).is_some_and(|argument| argument.value.kind() == "true");
    script.facts.loads.push(Load {
        at: node.span(),
        loader,
        fills,
        computed: found.computed || arguments.spread.is_some(),
        search: found.search_or(search),
        files: found.files,
        overrides,
        scope: scope_of(node),
        hoisted: false,
        command: None,
    });
}

/// Whether what `call` gives is put into the environment: `os.environ.update(dotenv_values())`.
fn fills_environment<'s>(script: &Script<'s, Python>, call: Node<'s>) -> bool {
    let outer = call.ancestors().take(4).find(|node| node.kind() == "call");
    outer.and_then(|outer| outer.field("function")).and_then(|function| script.path(function)).as_deref()
        == Some("os.environ.update")
}

/// Functions that give the path they are given, in a form of their own.
const SAME: [&str; 12] = [
    "Path",
    "pathlib.Path",
    "PurePath",
    "pathlib.PurePath",
    "os.path.abspath",
    "os.path.realpath",
    "os.path.normpath",
    "os.path.expanduser",
    "os.fspath",
    "str",
    "resolve",
    "absolute",
];

/// The path that `node` is, when all its parts are known.
fn place<'s>(script: &Script<'s, Python>, node: Node<'s>, deep: usize) -> Option<Place> {
    let deep = deep.checked_sub(1)?;
    let node = script.value(node);
    match node.kind() {
        "identifier" if node.text() == "__file__" => Some(Place::file()),
        "binary_operator" if node.operator() == "/" => {
            let (text, _) = script.text(node.field("right")?)?;
            Some(place(script, node.field("left")?, deep)?.join(text))
        }
        "attribute" if node.field("attribute")?.text() == "parent" => {
            Some(place(script, node.field("object")?, deep)?.up())
        }
        "subscript" => above(script, node, deep),
        "call" => called_place(script, node, deep),
        _ => Place::worded::<Python>(node, |hole| place(script, hole, deep)),
    }
}

/// `path.parents[2]`.
fn above<'s>(script: &Script<'s, Python>, node: Node<'s>, deep: usize) -> Option<Place> {
    let parents = node.field("value").filter(|value| value.kind() == "attribute")?;
    if parents.field("attribute")?.text() != "parents" {
        return None;
    }
    let steps: usize = node.field("subscript")?.text().parse().ok().filter(|steps| *steps < 32)?;
    let start = place(script, parents.field("object")?, deep)?;
    Some((0..=steps).fold(start, |place, _| place.up()))
}

fn called_place<'s>(script: &Script<'s, Python>, node: Node<'s>, deep: usize) -> Option<Place> {
    let function = node.field("function")?;
    let arguments = arguments_of(node);
    let method = if function.kind() == "attribute" { function.field("attribute")?.text() } else { "" };
    let path = script.path(function).unwrap_or_default();
    let first = || place(script, arguments.positional(0)?, deep);
    let object = || place(script, function.field("object")?, deep);
    let join = |mut place: Place, from: usize| {
        for argument in arguments.known.iter().skip(from) {
            place = place.join(script.text(argument.value)?.0);
        }
        Some(place)
    };
    match (path.as_str(), method) {
        ("os.getcwd" | "pathlib.Path.cwd", _) => Some(Place::current()),
        ("os.path.dirname", _) => Some(first()?.up()),
        ("os.path.join" | "pathlib.Path" | "pathlib.PurePath", _) => join(first()?, 1),
        (path, _) if SAME.contains(&path) => first(),
        (_, "joinpath") => join(object()?, 0),
        (_, "with_name") => join(object()?.up(), 0),
        (_, method) if SAME.contains(&method) => object(),
        _ => None,
    }
}
