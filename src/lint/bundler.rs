//! Prefixes that make a variable public: what each bundler copies into the code that browsers download.
//!
//! The table says which package of a project stands for which prefix, because a prefix alone proves nothing: `PUBLIC_` is Astro's, and an
//! ordinary word in a Django project.

use std::collections::BTreeSet;

use super::graph::{Graph, Project};

/// A bundler and what it publishes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bundler {
    /// Its name as people write it.
    pub(super) name: &'static str,
    /// How a variable's name begins that it publishes.
    pub(super) prefix: &'static str,
    /// Packages of which a project has one when it is built with it.
    packages: &'static [&'static str],
    /// Where the project's server code can run, if it can have any.
    pub(super) server: &'static str,
}

const OWN_SERVER: &str = "a back end of your own, which the page asks instead of the provider";

const BUNDLERS: [Bundler; 16] = [
    Bundler {
        name: "Next.js",
        prefix: "NEXT_PUBLIC_",
        packages: &["next"],
        server: "a route handler, a server action or a server component",
    },
    Bundler {
        name: "Vite",
        prefix: "VITE_",
        packages: &["vite", "@sveltejs/kit", "electron-vite", "laravel-vite-plugin", "rolldown-vite", "vite-plus"],
        server: OWN_SERVER,
    },
    Bundler {
        name: "Create React App",
        prefix: "REACT_APP_",
        packages: &["react-scripts", "@craco/craco", "react-app-rewired", "react-scripts-ts"],
        server: OWN_SERVER,
    },
    Bundler {
        name: "Expo",
        prefix: "EXPO_PUBLIC_",
        packages: &["expo"],
        server: "an API route (`+api.ts`) or a back end of your own",
    },
    Bundler {
        name: "SvelteKit",
        prefix: "PUBLIC_",
        packages: &["@sveltejs/kit"],
        server: "a `+server.ts` or `+page.server.ts` file, from `$env/static/private`",
    },
    Bundler {
        name: "Astro",
        prefix: "PUBLIC_",
        packages: &["astro"],
        server: "an endpoint or the frontmatter of a page",
    },
    Bundler { name: "Rsbuild", prefix: "PUBLIC_", packages: &["@rsbuild/core"], server: OWN_SERVER },
    Bundler {
        name: "Qwik",
        prefix: "PUBLIC_",
        packages: &["@builder.io/qwik", "@qwik.dev/core"],
        server: "a `server$` function",
    },
    Bundler {
        name: "Nuxt",
        prefix: "NUXT_PUBLIC_",
        packages: &["nuxt", "nuxt3", "nuxt-edge"],
        server: "a handler in `server/api`, from the private part of `runtimeConfig`",
    },
    Bundler { name: "Gatsby", prefix: "GATSBY_", packages: &["gatsby"], server: "a Gatsby function in `src/api`" },
    Bundler { name: "Vue CLI", prefix: "VUE_APP_", packages: &["@vue/cli-service"], server: OWN_SERVER },
    Bundler {
        name: "ngx-env",
        prefix: "NG_APP_",
        packages: &["@ngx-env/builder", "@ngx-env/core"],
        server: OWN_SERVER,
    },
    Bundler { name: "Plasmo", prefix: "PLASMO_PUBLIC_", packages: &["plasmo"], server: OWN_SERVER },
    Bundler {
        name: "Laravel Mix",
        prefix: "MIX_",
        packages: &["laravel-mix"],
        server: "a controller, from `config/services.php`",
    },
    Bundler {
        name: "Storybook",
        prefix: "STORYBOOK_",
        packages: &["storybook", "@storybook/react"],
        server: OWN_SERVER,
    },
    Bundler {
        name: "RedwoodJS",
        prefix: "REDWOOD_ENV_",
        packages: &["@redwoodjs/core"],
        server: "a function on the api side",
    },
];

/// A variable's name without the prefix that publishes it, and that prefix.
pub(super) fn strip(name: &str) -> Option<(&'static str, &str)> {
    BUNDLERS.iter().find_map(|bundler| Some((bundler.prefix, name.strip_prefix(bundler.prefix)?)))
}

/// The bundler that publishes variables with `prefix` where `packages` are used.
pub(super) fn publisher(prefix: &str, packages: &BTreeSet<String>) -> Option<&'static Bundler> {
    let is_used = |bundler: &&Bundler| bundler.packages.iter().any(|package| packages.contains(*package));
    BUNDLERS.iter().filter(|bundler| bundler.prefix == prefix).find(is_used)
}

/// The bundler that publishes variables with `prefix` in `project` or in a project around or inside it: a monorepo keeps one `.env` at its root
/// for the applications below, and an application's manifest may stand above its folders.
pub(super) fn publisher_near(prefix: &str, graph: &Graph, project: &Project) -> Option<&'static Bundler> {
    publisher(prefix, &project.packages).or_else(|| {
        let related = |other: &&Project| is_around(&other.root, &project.root) || is_around(&project.root, &other.root);
        graph.projects().iter().filter(related).find_map(|other| publisher(prefix, &other.packages))
    })
}

/// The first bundler with this prefix, to speak of it where no manifest names one.
pub(super) fn by_prefix(prefix: &str) -> Option<&'static Bundler> {
    BUNDLERS.iter().find(|bundler| bundler.prefix == prefix)
}

/// Whether the folder `inner` is `outer` or lies in it.
fn is_around(outer: &str, inner: &str) -> bool {
    outer.is_empty() || inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_taken_off_and_belongs_to_the_bundler_in_use() {
        assert_eq!(strip("NEXT_PUBLIC_OPENAI_API_KEY"), Some(("NEXT_PUBLIC_", "OPENAI_API_KEY")));
        assert_eq!(strip("NUXT_PUBLIC_X"), Some(("NUXT_PUBLIC_", "X")));
        assert_eq!(strip("OPENAI_API_KEY"), None);
        let packages = BTreeSet::from(["astro".to_owned()]);
        assert_eq!(publisher("PUBLIC_", &packages).unwrap().name, "Astro");
        assert_eq!(publisher("VITE_", &packages), None);
    }
}
