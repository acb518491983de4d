//! Who loads a `.env` file, as far as the facts tell: loads in code and scripts, compose files, and frameworks that do it by themselves.
//!
//! Only loaders whose grammar is known are listed. What is not known to load a file may load it all the same, so an empty list says nothing.

use super::dialect::Dialect;
use crate::{
    lint::{
        FileFacts, Graph, Language,
        facts::{Load, Search},
        graph::{Project, folder_of, is_within},
        resolve::normal,
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
    let is_at_root = folder_of(path) == project.root;
    let frameworks = project.frameworks.iter().filter(|framework| is_at_root || !framework.root_only);
    for framework in frameworks.filter(|_| name_of(path).starts_with(".env")) {
        if let Some(dialect) = dialect_of_framework(framework.name)
            && !found.iter().any(|known| known.dialect == dialect)
        {
            found.push(Loader { dialect, name: framework.name, place: None });
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

/// The grammar of a framework that loads files by itself, where it is known.
fn dialect_of_framework(name: &str) -> Option<Dialect> {
    Some(match name {
        "Next.js" | "Vite" | "Astro" | "SvelteKit" | "Create React App" | "Vue CLI" | "Expo" => Dialect::Expand,
        "Nuxt" | "Nest's ConfigModule" => Dialect::NpmDotenv,
        "Flask" | "Pipenv" | "LiteLLM" | "Chainlit" => Dialect::PythonDotenv,
        "dotenv-rails" => Dialect::RubyDotenv,
        "Bun" => Dialect::Bun,
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
            from.iter().any(|base| normal(base, written).as_deref() == Some(path))
                || (upward && written == name && is_within(&file.path, folder))
        });
    }
    let is_near = if upward { is_within(&file.path, folder) } else { folder == caller || folder == project.root };
    let is_own_name = name == ".env" || (load.computed && name.starts_with(".env"));
    is_own_name && is_near
}

/// The last part of `path`.
pub(in crate::lint) fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

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
