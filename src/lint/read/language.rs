//! Which language a file is written in, from its path alone.

use super::text::has_ending;
use crate::lint::Language;

/// The language of the file at `path`, if the lint knows it.
#[must_use]
pub fn language_of(path: &str) -> Option<Language> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let lower = name.to_ascii_lowercase();
    if lower == "pnpm-lock.yaml" {
        return None;
    }
    special(path, &lower).or_else(|| by_ending(&lower))
}

/// Names that tell more than their ending.
fn special(path: &str, name: &str) -> Option<Language> {
    let starts = |prefix: &str| name.starts_with(prefix);
    Some(match name {
        ".gitignore" | ".dockerignore" | ".npmignore" | ".vercelignore" | ".gcloudignore" => Language::Ignore,
        ".envrc" => Language::Shell,
        "procfile" | "procfile.dev" => Language::Procfile,
        "makefile" | "gnumakefile" => Language::Makefile,
        "justfile" | ".justfile" | "taskfile.yml" | "taskfile.yaml" => Language::TaskFile,
        "package.json" | "pyproject.toml" | "setup.py" | "setup.cfg" | "pipfile" | "gemfile" | "go.mod"
        | "cargo.toml" | "composer.json" | "pom.xml" | "build.gradle" | "build.gradle.kts" | "mix.exs"
        | "pubspec.yaml" | "deno.json" | "deno.jsonc" | "manifest.in" => Language::Packages,
        "turbo.json"
        | "launch.json"
        | "launchsettings.json"
        | "mise.toml"
        | ".mise.toml"
        | "local.settings.json"
        | "devcontainer.json"
        | ".devcontainer.json" => Language::Settings,
        ".gitlab-ci.yml"
        | "azure-pipelines.yml"
        | "bitbucket-pipelines.yml"
        | "action.yml"
        | "action.yaml"
        | ".travis.yml"
        | "cloudbuild.yaml"
        | "cloudbuild.yml"
        | "buildspec.yml"
        | ".drone.yml"
        | ".woodpecker.yml" => Language::Pipeline,
        "vercel.json" | "render.yaml" | "fly.toml" | "app.yaml" | "serverless.yml" | "serverless.yaml"
        | "wrangler.toml" | "wrangler.json" | "wrangler.jsonc" | "netlify.toml" | "app.json" | "railway.json"
        | "heroku.yml" => Language::Manifest,
        _ if starts("requirements") && has_ending(name, &["txt"]) => Language::Packages,
        _ if has_ending(name, &["csproj"]) => Language::Packages,
        _ if is_dotenv(name) => Language::Dotenv,
        _ if starts("dockerfile") || has_ending(name, &["dockerfile"]) || starts("containerfile") => {
            Language::Dockerfile
        }
        _ if (starts("docker-compose") || starts("compose")) && is_yaml(name) => Language::Compose,
        _ if (path.contains(".github/workflows/") || path.contains(".circleci/")) && is_yaml(name) => {
            Language::Pipeline
        }
        _ if (starts("application") || starts("bootstrap")) && (is_yaml(name) || has_ending(name, &["properties"])) => {
            Language::Settings
        }
        _ if starts("appsettings") && has_ending(name, &["json"]) => Language::Settings,
        _ if starts("readme") => Language::Document,
        _ => return None,
    })
}

/// Whether the file at `path` is YAML whose name does not say what it is for.
pub(super) fn is_plain_yaml(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    is_yaml(&name) && special(path, &name).is_none()
}

/// `.env`, `.env.local`, `prod.env`, `.dev.vars` and their like, in lower case.
fn is_dotenv(name: &str) -> bool {
    let ending = |ending: &str| has_ending(name, &[ending]);
    matches!(name, ".env" | "env" | "env.local" | "env.example" | ".flaskenv" | ".dev.vars")
        || [".env.", ".env-", ".env_"].iter().any(|start| name.starts_with(start))
        || (name.starts_with("env.") && (ending("example") || ending("sample") || ending("template")))
        || ending("env")
}

fn is_yaml(name: &str) -> bool {
    has_ending(name, &["yml", "yaml"])
}

fn by_ending(name: &str) -> Option<Language> {
    let (_, ending) = name.rsplit_once('.')?;
    Some(match ending {
        "py" | "pyi" => Language::Python,
        "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "mts" | "cts" | "vue" | "svelte" | "astro" => {
            Language::JavaScript
        }
        "rb" => Language::Ruby,
        "go" => Language::Go,
        "rs" => Language::Rust,
        "php" => Language::Php,
        "java" => Language::Java,
        "kt" | "kts" => Language::Kotlin,
        "cs" => Language::CSharp,
        "ex" | "exs" => Language::Elixir,
        "dart" => Language::Dart,
        "swift" => Language::Swift,
        "sh" | "bash" | "zsh" => Language::Shell,
        "tf" | "tfvars" => Language::Terraform,
        "mk" => Language::Makefile,
        "ipynb" => Language::Notebook,
        "yml" | "yaml" => Language::Manifest,
        "html" | "htm" | "map" | "css" | "json" | "webmanifest" | "rsc" | "xml" | "svg" | "txt" | "jsbundle"
        | "bundle" => Language::Asset,
        _ => return None,
    })
}
