//! Whether a file of JavaScript runs in the browser, as far as it tells by itself.

use super::dialect::JavaScript;
use crate::lint::{
    facts::Side,
    read::syntax::{Node, Script},
};

/// Where the file at `path` runs.
pub(super) fn of(script: &Script<'_, JavaScript>, root: Node<'_>, path: &str) -> Side {
    let told = [directive(root), by_path(path), by_modules(script), by_globals(root)];
    told.into_iter().find(|side| *side != Side::Unknown).unwrap_or_default()
}

/// `"use client"` at the top.
fn directive(root: Node<'_>) -> Side {
    let first = root.items().take(3).filter(|item| item.kind() == "expression_statement");
    for text in first.map(Node::text) {
        match text.trim_end_matches(';').trim_matches(['"', '\'']) {
            "use client" => return Side::Browser,
            "use server" => return Side::Server,
            _ => {}
        }
    }
    Side::Unknown
}

/// Parts of a path that say where the code runs.
const SERVER_PATHS: [&str; 12] = [
    ".server.",
    "+server.",
    "/pages/api/",
    "/server/",
    "/functions/",
    "/edge-functions/",
    "/netlify/",
    "/app/api/",
    "/middleware.",
    "/route.ts",
    "/route.js",
    "/instrumentation.",
];
const BROWSER_PATHS: [&str; 3] = [".client.", "/environments/environment", "/content-scripts/"];

fn by_path(path: &str) -> Side {
    let path = format!("/{path}");
    let file = path.rsplit('/').next().unwrap_or_default();
    let is_config = file.contains(".config.") || file.starts_with("webpack.");
    // Hosts of functions take what lies in `api` at the root.
    if is_config || path.starts_with("/api/") || SERVER_PATHS.iter().any(|part| path.contains(part)) {
        return Side::Server;
    }
    if BROWSER_PATHS.iter().any(|part| path.contains(part)) { Side::Browser } else { Side::Unknown }
}

/// Modules that exist on one side only.
const SERVER_MODULES: [&str; 22] = [
    "server-only",
    "fs",
    "fs/promises",
    "path",
    "http",
    "https",
    "child_process",
    "os",
    "net",
    "readline",
    "express",
    "koa",
    "fastify",
    "hono",
    "dotenv",
    "dotenv/config",
    "next/server",
    "next/headers",
    "@nestjs/common",
    "@sveltejs/kit/node",
    "commander",
    "discord.js",
];
const BROWSER_MODULES: [&str; 4] = ["client-only", "react-dom", "react-dom/client", "svelte"];
/// What components use when they run in the browser.
const HOOKS: [&str; 4] = ["useState", "useEffect", "useRef", "useReducer"];

fn by_modules(script: &Script<'_, JavaScript>) -> Side {
    let modules = || script.facts.imports.iter().map(|import| import.module.as_str());
    let bare = |module: &str| module.strip_prefix("node:").unwrap_or(module).to_owned();
    if modules().any(|module| module.starts_with("node:") || SERVER_MODULES.contains(&bare(module).as_str())) {
        return Side::Server;
    }
    let has_hook = HOOKS.iter().any(|hook| script.is_taken_from(hook, "react#"));
    if has_hook || modules().any(|module| BROWSER_MODULES.contains(&module)) { Side::Browser } else { Side::Unknown }
}

/// Objects that only browsers have.
const GLOBALS: [&str; 5] = ["window", "document", "localStorage", "sessionStorage", "XMLHttpRequest"];

fn by_globals(root: Node<'_>) -> Side {
    let is_used = |node: Node<'_>| {
        node.kind() == "identifier"
            && GLOBALS.contains(&node.text())
            && node.parent().is_some_and(|parent| {
                (parent.kind() == "member_expression" && node.role() == "object") || parent.kind() == "new_expression"
            })
    };
    if root.descendants().any(is_used) { Side::Browser } else { Side::Unknown }
}
