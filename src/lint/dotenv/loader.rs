//! Who loads a `.env` file, as far as the facts tell: loads in code and scripts, compose files, and frameworks that do it by themselves.
//!
//! Only loaders whose grammar is known are listed. What is not known to load a file may load it all the same, so an empty list says nothing.

use super::dialect::Dialect;
use crate::{
    lint::{
        FileFacts, Graph, Language,
        facts::{Load, Search},
        graph::{Project, folder_of},
    },
    model::Span,
};

/// A loader of a file.
#[derive(Clone, Copy, Debug)]
pub(in crate::lint) struct Loader<'g> {
    /// Its grammar.
    pub(in crate::lint) dialect: Dialect,
    /// What people call it.
    pub(in crate::lint) name: &'g str,
    /// Where it stands; frameworks stand nowhere.
    pub(in crate::lint) place: Option<(&'g FileFacts, Span)>,
}

/// Packages of frameworks that load `.env` files in the root of their project, with the name for people and the grammar.
const FRAMEWORKS: [(&str, &str, Dialect); 15] = [
    ("next", "Next.js", Dialect::Expand),
    ("vite", "Vite", Dialect::Expand),
    ("nuxt", "Nuxt", Dialect::NpmDotenv),
    ("astro", "Astro", Dialect::Expand),
    ("@sveltejs/kit", "SvelteKit", Dialect::Expand),
    ("react-scripts", "Create React App", Dialect::Expand),
    ("@vue/cli-service", "Vue CLI", Dialect::Expand),
    ("expo", "Expo", Dialect::Expand),
    ("dotenv-flow", "dotenv-flow", Dialect::NpmDotenv),
    ("@nestjs/config", "Nest's ConfigModule", Dialect::NpmDotenv),
    ("dotenv-rails", "dotenv-rails", Dialect::RubyDotenv),
    ("bun-types", "Bun", Dialect::Bun),
    ("@types/bun", "Bun", Dialect::Bun),
    ("@dotenvx/dotenvx", "dotenvx", Dialect::Expand),
    ("dotenv-expand", "dotenv-expand", Dialect::Expand),
];

/// The loaders of the file at position `file` of `graph`, each grammar once, in the order of their files.
pub(in crate::lint) fn loaders_of(graph: &Graph, file: usize) -> Vec<Loader<'_>> {
    let path = &graph.files()[file].path;
    let mut found: Vec<Loader<'_>> = Vec::new();
    for (at, other) in graph.files().iter().enumerate() {
        let loads = other.loads.iter().filter(|load| applies(load, other, graph.project_of(at), path));
        for load in loads {
            if let Some(dialect) = dialect_of(load.loader, other.language)
                && !found.iter().any(|known| known.dialect == dialect)
            {
                let name = if dialect == Dialect::Shell { dialect.name() } else { load.loader };
                found.push(Loader { dialect, name, place: Some((other, load.at)) });
            }
        }
    }
    let project = graph.project_of(file);
    if folder_of(path) == project.root && name_of(path).starts_with(".env") {
        for (package, name, dialect) in FRAMEWORKS {
            if project.packages.contains(package) && !found.iter().any(|known| known.dialect == dialect) {
                found.push(Loader { dialect, name, place: None });
            }
        }
    }
    found
}

/// The grammar of the loader called `name` in a file in `language`.
pub(in crate::lint) fn dialect_of(name: &str, language: Language) -> Option<Dialect> {
    let is = |part: &str| name.contains(part);
    Some(match name {
        "dotenv" | "dotenv-safe" | "dotenv-flow" if language == Language::JavaScript => Dialect::NpmDotenv,
        "dotenv" | "dotenv-rails" if language == Language::Ruby => Dialect::RubyDotenv,
        "dotenv" if language == Language::Python => Dialect::PythonDotenv,
        "dotenv" if language == Language::Rust => Dialect::Dotenvy,
        // The command called `dotenv` in a script is dotenv-cli's in a project of npm, and another one elsewhere.
        "dotenv" if language == Language::Packages => Dialect::Expand,
        "shell" | "source" | "direnv" => Dialect::Shell,
        _ if is("docker run") || is("podman run") => Dialect::DockerRun,
        _ if is("compose") => Dialect::Compose,
        _ if is("godotenv") => Dialect::Godotenv,
        _ if is("dotenvy") || is("uv run") => Dialect::Dotenvy,
        _ if is("python-dotenv")
            || is("environs")
            || is("pydantic")
            || is("flask")
            || is("uvicorn")
            || is("pipenv") =>
        {
            Dialect::PythonDotenv
        }
        _ if is("loadEnvFile") || is("node --env-file") || is("tsx --env-file") => Dialect::Node,
        _ if is("deno") => Dialect::Deno,
        _ if is("bun") => Dialect::Bun,
        _ if is("dotenvx") || is("dotenv-expand") || is("dotenv-cli") || is("@next/env") => Dialect::Expand,
        _ => return None,
    })
}

/// Whether `load`, which stands in `file` of `project`, reads the file at `path`.
pub(in crate::lint) fn applies(load: &Load, file: &FileFacts, project: &Project, path: &str) -> bool {
    let (folder, name) = (folder_of(path), name_of(path));
    let caller = folder_of(&file.path);
    let upward = matches!(load.search, Search::CallerUp | Search::CurrentUp);
    if !load.files.is_empty() {
        return load.files.iter().any(|written| {
            let from = [caller, project.root.as_str(), ""];
            from.iter().any(|base| resolve(base, written).as_deref() == Some(path))
                || (upward && written == name && is_within(caller, folder))
        });
    }
    let is_near = if upward { is_within(caller, folder) } else { folder == caller || folder == project.root };
    let is_own_name = name == ".env" || (load.computed && name.starts_with(".env"));
    is_own_name && is_near
}

/// Whether `folder` is `parent` or lies in it.
pub(in crate::lint) fn is_within(folder: &str, parent: &str) -> bool {
    parent.is_empty() || folder.strip_prefix(parent).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The path that `written` names when it is seen from `base`; nothing when it leads out of the repository.
pub(in crate::lint) fn resolve(base: &str, written: &str) -> Option<String> {
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in written.split(['/', '\\']) {
        match part {
            "" | "." | "${PWD}" | "$PWD" => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The last part of `path`.
pub(in crate::lint) fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_seen_from_a_folder() {
        assert_eq!(resolve("api/src", "../.env").as_deref(), Some("api/.env"));
        assert_eq!(resolve("", "./config/.env").as_deref(), Some("config/.env"));
        assert_eq!(resolve("a", "../../.env"), None);
    }

    #[test]
    fn a_loader_is_known_by_its_name_and_language() {
        assert_eq!(dialect_of("dotenv", Language::Ruby), Some(Dialect::RubyDotenv));
        assert_eq!(dialect_of("docker run --env-file", Language::Makefile), Some(Dialect::DockerRun));
        assert_eq!(dialect_of("pydantic-settings", Language::Python), Some(Dialect::PythonDotenv));
        assert_eq!(dialect_of("process.loadEnvFile", Language::JavaScript), Some(Dialect::Node));
        assert_eq!(dialect_of("dotenv", Language::JavaScript), Some(Dialect::NpmDotenv));
        assert_eq!(dialect_of("something else", Language::Python), None);
    }
}
