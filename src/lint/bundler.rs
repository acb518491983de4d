//! Prefixes that make a variable public: what each bundler copies into the code that browsers download.
//!
//! The table says which package of a project stands for which prefix, because a prefix alone proves nothing: `PUBLIC_` is Astro's, and an
//! ordinary word in a Django project.

use std::collections::BTreeMap;

use super::graph::{Graph, Project, folder_of};

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

impl Bundler {
    fn is_used(&self, project: &Project) -> bool {
        self.packages.iter().any(|package| project.packages.contains(*package))
    }
}

const OWN_SERVER: &str = "a back end of your own, which the page asks instead of the provider";

const BUNDLERS: [Bundler; 19] = [
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
    Bundler { name: "Taro", prefix: "TARO_APP_", packages: &["@tarojs/cli", "@tarojs/taro"], server: OWN_SERVER },
    Bundler { name: "Umi", prefix: "UMI_APP_", packages: &["umi", "@umijs/max"], server: OWN_SERVER },
    Bundler { name: "webpack", prefix: "WEBPACK_", packages: &["webpack"], server: OWN_SERVER },
];

/// A variable's name without the prefix that publishes it, and that prefix. A prefix alone is a name like any other.
pub(super) fn strip(name: &str) -> Option<(&'static str, &str)> {
    let bare = |prefix: &str| name.strip_prefix(prefix).filter(|bare| !bare.is_empty());
    BUNDLERS.iter().find_map(|bundler| Some((bundler.prefix, bare(bundler.prefix)?)))
}

/// `name` without what a framework puts in front of it: the prefix that publishes it, or the one by which Nuxt's server fills its settings.
pub(super) fn without_prefix(name: &str) -> Option<&str> {
    let of_server = || name.strip_prefix("NUXT_").filter(|bare| !bare.is_empty());
    strip(name).map(|(_, bare)| bare).or_else(of_server)
}

/// Where each prefix is published.
#[derive(Debug)]
pub(super) struct Publishers<'g> {
    /// Bundlers of a project, by prefix and the project's root.
    own: BTreeMap<(&'static str, &'g str), &'static Bundler>,
    /// Bundlers of a project somewhere below, by prefix and folder.
    below: BTreeMap<(&'static str, &'g str), &'static Bundler>,
}

impl<'g> Publishers<'g> {
    /// What the projects of `graph` are built with.
    pub(super) fn of(graph: &'g Graph) -> Self {
        let mut publishers = Self { own: BTreeMap::new(), below: BTreeMap::new() };
        for project in graph.projects() {
            for bundler in BUNDLERS.iter().filter(|bundler| bundler.is_used(project)) {
                publishers.own.entry((bundler.prefix, &project.root)).or_insert(bundler);
                for folder in around(&project.root) {
                    publishers.below.entry((bundler.prefix, folder)).or_insert(bundler);
                }
            }
        }
        publishers
    }

    /// The bundler that publishes variables with `prefix` in the project at `root`, or in a project around or inside it: a monorepo keeps one
    /// `.env` at its root for the applications below, and an application's manifest may stand above its folders.
    pub(super) fn near(&self, prefix: &'static str, root: &str) -> Option<&'static Bundler> {
        let around = std::iter::once(root).chain(around(root)).find_map(|folder| self.own.get(&(prefix, folder)));
        around.or_else(|| self.below.get(&(prefix, root))).copied()
    }
}

/// The folders around `folder`, the base last; none around the base.
fn around(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |inner| (!inner.is_empty()).then(|| folder_of(inner))).skip(1)
}

/// The first bundler with this prefix, to speak of it where no manifest names one.
pub(super) fn by_prefix(prefix: &str) -> Option<&'static Bundler> {
    BUNDLERS.iter().find(|bundler| bundler.prefix == prefix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lint::{FileFacts, Language, facts::Package},
        model::Span,
    };

    fn manifest(path: &str, package: &str) -> FileFacts {
        let mut file = FileFacts::new(path, Language::Packages);
        file.packages.push(Package { name: package.to_owned(), at: Span::new(0, 0) });
        file
    }

    #[test]
    fn a_prefix_is_taken_off_once_and_never_the_whole_name() {
        assert_eq!(strip("NEXT_PUBLIC_OPENAI_API_KEY"), Some(("NEXT_PUBLIC_", "OPENAI_API_KEY")));
        assert_eq!(strip("NUXT_PUBLIC_X"), Some(("NUXT_PUBLIC_", "X")));
        assert_eq!(strip("OPENAI_API_KEY"), None);
        assert_eq!(strip("VITE_"), None);
        assert_eq!(strip("NUXT_KEY"), None);
        assert_eq!(without_prefix("NUXT_KEY"), Some("KEY"));
        assert_eq!(without_prefix("NUXT_PUBLIC_KEY"), Some("KEY"));
    }

    #[test]
    fn a_prefix_is_published_in_the_project_around_it_and_inside() {
        let files = vec![manifest("apps/web/package.json", "astro"), manifest("apps/api/package.json", "express")];
        let graph = Graph::new(files, &[]);
        let publishers = Publishers::of(&graph);
        let near = |prefix, root| publishers.near(prefix, root).map(|bundler| bundler.name);
        assert_eq!(near("PUBLIC_", "apps/web"), Some("Astro"));
        assert_eq!(near("PUBLIC_", "apps/web/src"), Some("Astro"));
        assert_eq!(near("PUBLIC_", ""), Some("Astro"));
        assert_eq!(near("PUBLIC_", "apps/api"), None);
        assert_eq!(near("VITE_", "apps/web"), None);
    }
}
