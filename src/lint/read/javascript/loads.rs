//! Loaders of `.env` files in JavaScript: which file, where it is looked for, and whether the process sees its variables.

use super::{
    dialect::{JavaScript, arguments_of, inside, module_path, positional},
    scope_of,
};
use crate::lint::{
    facts::{Load, Search},
    read::syntax::{Arguments, Base, Dialect, Node, Place, Script},
};

/// Modules that load when they are imported, with the loader's name.
const ON_IMPORT: [(&str, &str); 11] = [
    ("dotenv/config#", "dotenv"),
    ("dotenv/config.js#", "dotenv"),
    ("dotenv-flow/config#", "dotenv-flow"),
    ("dotenv-safe/config#", "dotenv-safe"),
    ("dotenv-expand/config#", "dotenv-expand"),
    ("dotenv-defaults/config#", "dotenv-defaults"),
    ("dotenv-mono/load#", "dotenv-mono"),
    ("@dotenvx/dotenvx/config#", "dotenvx"),
    ("@std/dotenv/load#", "deno dotenv"),
    ("std/dotenv/load.ts#", "deno dotenv"),
    ("dotenv-webpack/config#", "dotenv"),
];

/// Functions that load, with the loader's name, where they look, and whether they fill the environment of the process.
const ON_CALL: [(&str, &str, Search, bool); 15] = [
    ("dotenv#config", "dotenv", Search::Current, true),
    ("dotenv#configDotenv", "dotenv", Search::Current, true),
    ("dotenv-flow#config", "dotenv-flow", Search::Current, true),
    ("dotenv-safe#config", "dotenv-safe", Search::Current, true),
    ("dotenv-defaults#config", "dotenv-defaults", Search::Current, true),
    ("dotenv-mono#dotenvLoad", "dotenv-mono", Search::CurrentUp, true),
    ("dotenv-mono#load", "dotenv-mono", Search::CurrentUp, true),
    ("@dotenvx/dotenvx#config", "dotenvx", Search::Current, true),
    ("node-env-file#", "node-env-file", Search::Path, true),
    ("process.loadEnvFile", "process.loadEnvFile", Search::Current, true),
    ("process#loadEnvFile", "process.loadEnvFile", Search::Current, true),
    ("@next/env#loadEnvConfig", "next", Search::Project, true),
    ("@nestjs/config#ConfigModule.forRoot", "@nestjs/config", Search::Current, true),
    ("@medusajs/framework/utils#loadEnv", "medusa", Search::Project, true),
    ("@medusajs/utils#loadEnv", "medusa", Search::Project, true),
];

/// Notes the loader that `node` is.
pub(super) fn note<'s>(script: &mut Script<'s, JavaScript>, node: Node<'s>) {
    match node.kind() {
        "import_statement" => {
            let source = node.field("source").and_then(inside).map(|at| node.slice(at));
            if let Some(loader) = source.and_then(on_import) {
                add(script, node, loader, Search::Current, Means { fills: true, ..Means::default() });
            }
        }
        "call_expression" => call(script, node),
        _ => {}
    }
}

fn on_import(module: &str) -> Option<&'static str> {
    let path = module_path(module);
    ON_IMPORT.iter().find(|(known, _)| *known == path).map(|(_, loader)| *loader)
}

/// What is known of one load.
#[derive(Debug, Default)]
struct Means {
    fills: bool,
    overrides: bool,
    computed: bool,
    search: Option<Search>,
    files: Vec<String>,
}

fn add<'s>(script: &mut Script<'s, JavaScript>, node: Node<'s>, loader: &'static str, search: Search, means: Means) {
    script.facts.loads.push(Load {
        at: node.span(),
        loader,
        fills: means.fills,
        files: means.files,
        computed: means.computed,
        search: means.search.unwrap_or(search),
        overrides: means.overrides,
        scope: scope_of(node),
        // An import runs before every statement, a call where it stands.
        hoisted: node.kind() == "import_statement",
        command: None,
    });
}

fn call<'s>(script: &mut Script<'s, JavaScript>, node: Node<'s>) {
    if let Some(module) = JavaScript::module(node) {
        let loader = ON_IMPORT.iter().find(|(known, _)| *known == module);
        if let Some((_, loader)) = loader {
            add(script, node, loader, Search::Current, Means { fills: true, ..Means::default() });
        }
        return;
    }
    let Some(path) = node.field("function").and_then(|function| script.path(function)) else { return };
    if let Some((_, loader, search, fills)) = ON_CALL.iter().find(|(known, ..)| *known == path) {
        let arguments = arguments_of(script, node);
        let is_true = |name: &str| arguments.named(&[name]).is_some_and(|argument| argument.value.kind() == "true");
        if is_true("ignoreEnvFile") {
            return;
        }
        let mut means = means(script, loader, &arguments);
        means.fills = *fills && fills_process(script, &arguments);
        means.overrides = is_true("override") || is_true("overload");
        return add(script, node, loader, *search, means);
    }
    match path.as_str() {
        "vite#loadEnv" => {
            let means = Means { fills: ends_in_process(script, node), ..Means::default() };
            add(script, node, "vite", Search::Project, means);
        }
        "@std/dotenv#load" | "@std/dotenv#loadSync" | "std/dotenv/mod.ts#load" | "std/dotenv/mod.ts#loadSync" => {
            let arguments = arguments_of(script, node);
            let export = arguments.named(&["export"]).is_some_and(|argument| argument.value.kind() == "true");
            let means = Means { fills: export, ..means(script, "deno dotenv", &arguments) };
            add(script, node, "deno dotenv", Search::Current, means);
        }
        path if path.ends_with("#Env.create") && path.starts_with("@adonisjs/") => {
            add(script, node, "adonis", Search::Project, Means { fills: true, ..Means::default() });
        }
        _ => {}
    }
}

/// The files that a loader is told to read.
fn means<'s>(script: &Script<'s, JavaScript>, loader: &str, arguments: &Arguments<'s>) -> Means {
    let takes_path = matches!(loader, "process.loadEnvFile" | "node-env-file");
    let named = arguments.named(&["path", "envFilePath", "envPath"]).map(|argument| argument.value);
    let file = named.or_else(|| if takes_path { arguments.positional(0) } else { None });
    let mut means = Means { computed: arguments.spread.is_some() && file.is_none() && !takes_path, ..Means::default() };
    // The folder of these is known to the framework; dotenv-flow takes a folder.
    if matches!(loader, "next" | "medusa" | "dotenv-flow") {
        means.computed = false;
        if loader != "dotenv-flow" {
            return means;
        }
    }
    if let Some(file) = file {
        name_files(script, file, &mut means);
    }
    means
}

fn name_files<'s>(script: &Script<'s, JavaScript>, file: Node<'s>, means: &mut Means) {
    let value = script.value(file);
    let files: Vec<Node<'s>> = if value.kind() == "array" { value.items().take(16).collect() } else { vec![value] };
    for file in files {
        if let Some(place) = place(script, file, 16) {
            means.search = Some(if place.base == Base::Caller { Search::Caller } else { Search::Path });
            means.files.push(place.written());
        } else {
            means.computed = true;
            means.search = means.search.or(Some(Search::Path));
        }
    }
}

/// Whether nothing says that another object than the environment is filled.
fn fills_process<'s>(script: &Script<'s, JavaScript>, arguments: &Arguments<'s>) -> bool {
    let Some(target) = arguments.named(&["processEnv"]) else { return true };
    script.path(target.value).is_some_and(|path| path.ends_with("env"))
}

/// Whether the value of `call` is put into the environment: `Object.assign(process.env, loadEnv(…))`.
fn ends_in_process<'s>(script: &Script<'s, JavaScript>, call: Node<'s>) -> bool {
    call.ancestors().take(5).any(|around| {
        let target = match around.kind() {
            "call_expression" => positional(around).next(),
            "assignment_expression" => around.field("left"),
            _ => None,
        };
        target.and_then(|target| script.path(target)).is_some_and(|path| path == "process.env" || path == "process#env")
    })
}

/// The path that `node` is, when all its parts are known.
fn place<'s>(script: &Script<'s, JavaScript>, node: Node<'s>, deep: usize) -> Option<Place> {
    let deep = deep.checked_sub(1)?;
    let node = script.value(node);
    match (node.kind(), node.text()) {
        (_, "__dirname" | "import.meta.dirname" | "import.meta.dir") => Some(Place::folder()),
        (_, "__filename" | "import.meta.filename" | "import.meta.url" | "import.meta.path") => Some(Place::file()),
        ("call_expression", _) => called_place(script, node, deep),
        ("new_expression", _) => url(script, node, deep),
        _ => Place::worded::<JavaScript>(node, |hole| place(script, hole, deep)),
    }
}

/// `new URL("../.env", import.meta.url)`.
fn url<'s>(script: &Script<'s, JavaScript>, node: Node<'s>, deep: usize) -> Option<Place> {
    if node.field("constructor")?.text() != "URL" {
        return None;
    }
    let mut arguments = positional(node);
    let (relative, base) = (arguments.next()?, arguments.next()?);
    Some(place(script, base, deep)?.up().join(script.text(relative)?.0))
}

fn called_place<'s>(script: &Script<'s, JavaScript>, node: Node<'s>, deep: usize) -> Option<Place> {
    let path = script.path(node.field("function")?)?;
    let name = path.rsplit(['.', '#']).next()?;
    let is_path = path.starts_with("path#") || path.starts_with("path.") || path.starts_with("upath#");
    let mut arguments = positional(node);
    match (path.as_str(), name) {
        ("process.cwd" | "process#cwd" | "Deno.cwd", _) => Some(Place::current()),
        (_, "fileURLToPath") => place(script, arguments.next()?, deep),
        (_, "dirname") if is_path => Some(place(script, arguments.next()?, deep)?.up()),
        (_, "join" | "resolve" | "normalize") if is_path => {
            let first = place(script, arguments.next()?, deep)?;
            arguments.try_fold(first, |place, next| Some(place.join(script.text(next)?.0)))
        }
        _ => None,
    }
}
