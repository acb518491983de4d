//! Frameworks and runners that read `.env` files by themselves, as data: how each is recognised, what it reads, and where the values end up.
//!
//! Two properties decide whether a missing load is a fault. Only a framework that fills the *environment of the process* helps an SDK that
//! looks for its own variable; one that merely builds values into a bundle or keeps them in settings of its own does not. And each looks
//! in one folder, under names of its own. A library that loads a `.env` when it is imported (Chainlit, Prisma's client) stands here too: what
//! matters is that somebody does it. When in doubt a row is put in, because a row too many only makes a check silent.

use std::collections::{BTreeSet, HashSet};

use super::facts::{FileFacts, Language};

/// Where values end up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fills {
    /// In the environment of the process, wherever the program runs.
    Process,
    /// In the environment of the process, but only in development: the built program reads no file.
    Development,
    /// In what a build makes, and only under the framework's own prefix.
    Build,
    /// In settings of its own.
    Settings,
}

/// A framework, a library or a runner that reads `.env` files.
#[derive(Debug)]
pub struct Framework {
    /// What people call it.
    pub name: &'static str,
    /// Languages of the code that it helps.
    pub code: &'static [Language],
    /// One of these packages tells that it is used.
    pub packages: &'static [&'static str],
    /// A package that must be there as well.
    pub needs: Option<&'static str>,
    /// Beginnings of commands that run the program under it; one is enough.
    pub commands: &'static [&'static str],
    /// Names of files that tell that it is used.
    pub signs: &'static [&'static str],
    /// Where values end up.
    pub fills: Fills,
    /// Whether it looks in the root of its project only.
    pub root_only: bool,
}

const JS: &[Language] = &[Language::JavaScript];
const PY: &[Language] = &[Language::Python, Language::Notebook];

/// What most rows are like: a package for JavaScript that fills the process from the project's root.
const USUAL: Framework = Framework {
    name: "",
    code: JS,
    packages: &[],
    needs: None,
    commands: &[],
    signs: &[],
    fills: Fills::Process,
    root_only: true,
};

/// Rows with a package of the ecosystem that loads a file when it is imported or run, wherever it lies.
const fn library(name: &'static str, code: &'static [Language], packages: &'static [&'static str]) -> Framework {
    Framework { name, code, packages, root_only: false, ..USUAL }
}

const fn row(name: &'static str, packages: &'static [&'static str], fills: Fills) -> Framework {
    Framework { name, packages, fills, ..USUAL }
}

/// All that are known.
pub static FRAMEWORKS: &[Framework] = &[
    // JavaScript, server and full stack
    Framework { name: "Next.js", packages: &["next", "@next/env"], commands: &["next "], ..USUAL },
    row("Nuxt", &["nuxt", "nuxt3", "nuxi"], Fills::Development),
    row("Remix", &["@remix-run/dev", "@react-router/dev", "@remix-run/serve"], Fills::Development),
    row("Nitro", &["nitropack", "nitro", "vinxi", "@solidjs/start"], Fills::Development),
    row("Redwood", &["@redwoodjs/core", "@redwoodjs/api"], Fills::Process),
    row("Adonis", &["@adonisjs/core"], Fills::Process),
    row("Strapi", &["@strapi/strapi", "strapi"], Fills::Process),
    row("Medusa", &["@medusajs/framework", "@medusajs/medusa"], Fills::Process),
    row("Payload", &["payload"], Fills::Process),
    row("Directus", &["directus"], Fills::Process),
    row("Umi", &["umi", "@umijs/max"], Fills::Process),
    row("Moleculer", &["moleculer"], Fills::Process),
    row("Probot", &["probot"], Fills::Process),
    row("Mastra", &["mastra", "@mastra/core"], Fills::Process),
    row("Trigger.dev", &["@trigger.dev/sdk"], Fills::Process),
    row("SST", &["sst"], Fills::Process),
    row("Blitz", &["blitz", "@blitzjs/next"], Fills::Process),
    row("Rsbuild", &["@rsbuild/core", "@modern-js/app-tools"], Fills::Process),
    row("Expo", &["expo"], Fills::Process),
    row("Create React App", &["react-scripts", "react-app-rewired", "@craco/craco"], Fills::Process),
    row("Parcel", &["parcel", "parcel-bundler"], Fills::Process),
    row("Plasmo", &["plasmo"], Fills::Process),
    row("WXT", &["wxt"], Fills::Process),
    row("React Native with a dotenv plug-in", &["react-native-dotenv", "react-native-config"], Fills::Build),
    row("webpack with dotenv-webpack", &["dotenv-webpack", "@rspack/cli"], Fills::Build),
    row("Vue CLI", &["@vue/cli-service"], Fills::Build),
    row("SvelteKit", &["@sveltejs/kit"], Fills::Settings),
    row("Astro", &["astro"], Fills::Build),
    row("Vite", &["vite"], Fills::Build),
    row("Gatsby", &["gatsby"], Fills::Build),
    Framework {
        name: "Bun",
        packages: &["bun", "@types/bun", "bun-types"],
        commands: &["bun ", "bunx "],
        signs: &["bunfig.toml"],
        ..USUAL
    },
    library("Nx", JS, &["nx", "@nrwl/workspace", "@nx/workspace"]),
    library("Nest's ConfigModule", JS, &["@nestjs/config"]),
    library("Prisma", JS, &["prisma", "@prisma/client"]),
    library(
        "Serverless Framework with a dotenv plug-in",
        JS,
        &["serverless-dotenv-plugin", "serverless-plugin-dotenv"],
    ),
    library("Electron with a dotenv plug-in", JS, &["electron-vite", "electron-webpack"]),
    library("react-env", JS, &["@beam-australia/react-env", "next-runtime-env", "@dotenv-run/cli"]),
    Framework {
        name: "a platform's local server",
        code: &[],
        commands: &[
            "vercel dev",
            "netlify dev",
            "wrangler dev",
            "wrangler pages dev",
            "firebase emulators",
            "supabase functions serve",
            "heroku local",
            "foreman start",
            "honcho start",
            "overmind start",
            "hivemind",
            "modal run",
            "sam local",
            "func start",
            "langgraph dev",
            "trigger.dev",
            "encore run",
            "dapr run",
            "tilt up",
            "devspace dev",
            "skaffold dev",
            "mprocs",
        ],
        root_only: false,
        ..USUAL
    },
    Framework {
        name: "Wrangler",
        packages: &["wrangler"],
        signs: &["wrangler.toml", "wrangler.json", "wrangler.jsonc"],
        ..USUAL
    },
    Framework { name: "Firebase functions", packages: &["firebase-functions"], ..USUAL },
    // Python
    Framework {
        name: "Flask",
        code: PY,
        packages: &["flask", "quart"],
        needs: Some("python-dotenv"),
        root_only: false,
        ..USUAL
    },
    library("Pipenv", PY, &["pipenv"]),
    Framework { name: "Pipenv", code: PY, signs: &["Pipfile"], root_only: false, ..USUAL },
    library("Chainlit", PY, &["chainlit"]),
    library(
        "LiteLLM",
        PY,
        &["litellm", "dspy", "dspy-ai", "crewai", "open-interpreter", "aider-chat", "smolagents[litellm]"],
    ),
    library("browser-use", PY, &["browser-use"]),
    library("Embedchain", PY, &["embedchain"]),
    library("Google's agent kit", PY, &["google-adk"]),
    library("LangGraph's server", PY, &["langgraph-cli", "langgraph-api"]),
    library("Langflow", PY, &["langflow"]),
    library("prompt flow", PY, &["promptflow"]),
    library("dynaconf", PY, &["dynaconf"]),
    library("pytest-dotenv", PY, &["pytest-dotenv"]),
    library("Poe the Poet", PY, &["poethepoet", "poetry-dotenv-plugin", "poetry-plugin-dotenv"]),
    library("Modal", PY, &["modal"]),
    library("django-dotenv", PY, &["django-dotenv", "django-configurations", "django-environ"]),
    // the others
    library(
        "dotenv-rails",
        &[Language::Ruby],
        &["dotenv-rails", "dotenv-rails-now", "hanami", "bridgetown", "jets", "figaro"],
    ),
    library(
        "Laravel",
        &[Language::Php],
        &[
            "laravel/framework",
            "laravel/lumen-framework",
            "laravel-zero/framework",
            "roots/bedrock",
            "codeigniter4/framework",
        ],
    ),
    library("Symfony", &[Language::Php], &["symfony/dotenv", "symfony/runtime", "symfony/framework-bundle"]),
    library(
        "Quarkus",
        &[Language::Java, Language::Kotlin],
        &["quarkus-core", "quarkus-arc", "quarkus-rest", "quarkus-resteasy"],
    ),
    library(
        "spring-dotenv",
        &[Language::Java, Language::Kotlin],
        &["spring-dotenv", "springboot3-dotenv", "springboot4-dotenv"],
    ),
    library("Micronaut", &[Language::Java, Language::Kotlin], &["micronaut-runtime", "micronaut-core"]),
];

impl Framework {
    /// Whether code in `language` is helped by it.
    #[must_use]
    pub fn helps(&self, language: Language) -> bool {
        self.code.is_empty() || self.code.contains(&language)
    }

    /// Whether it is used by a project with these packages, or files.
    fn is_used(&self, packages: &HashSet<&str>, files: &[&FileFacts]) -> bool {
        let has = |name: &&str| packages.contains(name);
        let is_sign = |file: &&FileFacts| {
            let name = file.path.rsplit('/').next().unwrap_or(&file.path);
            self.signs.contains(&name) || file.runs.iter().any(|run| self.runs(&run.command))
        };
        let imports = |file: &&FileFacts| {
            file.language.is_code()
                && self.helps(file.language)
                && file.imports.iter().any(|import| self.packages.iter().any(|name| is_part_of(&import.module, name)))
        };
        // Small programs have no manifest; their imports tell as much.
        let is_there = self.packages.iter().any(has) || files.iter().any(imports);
        (is_there && self.needs.iter().all(has)) || files.iter().any(is_sign)
    }

    /// Whether the command line runs something under it.
    fn runs(&self, command: &str) -> bool {
        let parts = command.split(['&', '|', ';']).map(str::trim_start);
        !self.commands.is_empty()
            && parts.into_iter().any(|part| self.commands.iter().any(|known| part.starts_with(known)))
    }
}

/// Whether `module` is the package `name` or lies in it, with the hyphens that Python cannot write.
fn is_part_of(module: &str, name: &str) -> bool {
    let mut letters = module.bytes();
    let is_same = |byte: u8, other: u8| byte == other || (byte == b'_' && other == b'-');
    name.bytes().all(|byte| letters.next().is_some_and(|letter| is_same(letter, byte)))
        && letters.next().is_none_or(|next| matches!(next, b'.' | b'/'))
}

/// The frameworks that a project with these packages and files uses.
pub(super) fn used(packages: &BTreeSet<String>, files: &[&FileFacts]) -> Vec<&'static Framework> {
    // Java's packages are known by what stands behind the name of their group as well.
    let names = packages.iter().flat_map(|name| [Some(name.as_str()), name.rsplit_once(':').map(|(_, last)| last)]);
    let packages: HashSet<&str> = names.flatten().collect();
    FRAMEWORKS.iter().filter(|framework| framework.is_used(&packages, files)).collect()
}
