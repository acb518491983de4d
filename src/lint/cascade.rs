//! `.env` files that are loaded together, and which of them wins.
//!
//! Frameworks read the files of an environment in an order of their own; other loaders are given a list. What is not known to be loaded together
//! stands in no group: that two files lie side by side says nothing of who reads them.

use super::{
    FileFacts, Graph,
    dotenv::{
        Dialect,
        file_name::Environment,
        loader::{dialect_of, name_of},
    },
    facts::Load,
    graph::folder_of,
    resolve::normal,
};

/// A file among those that are loaded together, with what has its place in their order: the least wins.
pub(super) type Ranked<'g> = (usize, &'g FileFacts);

/// Files that are loaded together, each group with the loader's name and in the order in which they win.
pub(super) fn groups(graph: &Graph) -> Vec<(&str, Vec<Ranked<'_>>)> {
    let mut groups = Vec::new();
    for project in graph.projects() {
        let Some((_, name, locals)) = CASCADES.iter().find(|(package, ..)| project.packages.contains(*package)) else {
            continue;
        };
        let own =
            project.files.iter().map(|at| &graph.files()[*at]).filter(|file| folder_of(&file.path) == project.root);
        let files: Vec<&FileFacts> = own.filter(|file| file.dotenv.is_some()).collect();
        for mode in [Environment::Development, Environment::Production] {
            let ranked = files.iter().filter_map(|file| Some((rank(name_of(&file.path), mode, *locals)?, *file)));
            groups.push((*name, ranked.collect()));
        }
    }
    for (at, file) in graph.files().iter().enumerate() {
        let root = &graph.project_of(at).root;
        let lists = file.loads.iter().filter(|load| load.files.len() > 1);
        groups.extend(lists.filter_map(|load| Some((load.loader, listed(graph, file, root, load)?))));
    }
    groups
}

/// Whether the file of a mode beats `.env.local`, as Vite has it, or the other way round, as Next.js has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Locals {
    BeatModes,
    LoseToModes,
}

/// Packages whose presence means that the files of an environment are loaded together.
const CASCADES: [(&str, &str, Locals); 10] = [
    ("next", "Next.js", Locals::BeatModes),
    ("vite", "Vite", Locals::LoseToModes),
    ("astro", "Astro", Locals::LoseToModes),
    ("@sveltejs/kit", "SvelteKit", Locals::LoseToModes),
    ("react-scripts", "Create React App", Locals::BeatModes),
    ("@vue/cli-service", "Vue CLI", Locals::LoseToModes),
    ("expo", "Expo", Locals::BeatModes),
    ("dotenv-flow", "dotenv-flow", Locals::LoseToModes),
    ("dotenv-rails", "dotenv-rails", Locals::BeatModes),
    ("@types/bun", "Bun", Locals::BeatModes),
];

/// The place of the file called `name` when `mode` is run; the least wins.
fn rank(name: &str, mode: Environment, locals: Locals) -> Option<usize> {
    let rest = name.strip_prefix(".env")?;
    let (rest, is_local) = rest.strip_suffix(".local").map_or((rest, false), |rest| (rest, true));
    let of_mode = match rest.strip_prefix('.') {
        None if rest.is_empty() => false,
        Some(word) if word == mode.as_str() => true,
        _ => return None,
    };
    Some(match (of_mode, is_local) {
        (true, true) => 0,
        (false, true) => {
            if locals == Locals::BeatModes {
                1
            } else {
                2
            }
        }
        (true, false) => {
            if locals == Locals::BeatModes {
                2
            } else {
                1
            }
        }
        (false, false) => 3,
    })
}

/// The files that `load` names, in the order in which they win.
fn listed<'g>(graph: &'g Graph, file: &'g FileFacts, root: &str, load: &'g Load) -> Option<Vec<Ranked<'g>>> {
    let dialect = dialect_of(load.loader, file.language)?;
    let last_wins = load.overrides
        || matches!(dialect, Dialect::Compose | Dialect::DockerRun | Dialect::Node | Dialect::Shell)
        || load.loader.contains("pydantic");
    let found = |written: &String| {
        let folders = [folder_of(&file.path), root, ""];
        folders.iter().find_map(|folder| graph.file(&normal(folder, written)?))
    };
    let files = load.files.iter().filter_map(found).filter(|file| file.dotenv.is_some());
    let mut files: Vec<&FileFacts> = files.collect();
    if last_wins {
        files.reverse();
    }
    Some(files.into_iter().enumerate().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_local_file_wins_as_the_framework_has_it() {
        let rank = |name, locals| rank(name, Environment::Production, locals);
        assert!(rank(".env.local", Locals::BeatModes) < rank(".env.production", Locals::BeatModes));
        assert!(rank(".env.local", Locals::LoseToModes) > rank(".env.production", Locals::LoseToModes));
        assert!(rank(".env.production.local", Locals::BeatModes) < rank(".env.local", Locals::BeatModes));
        assert!(rank(".env", Locals::BeatModes) > rank(".env.production", Locals::BeatModes));
        assert_eq!(rank(".env.development", Locals::BeatModes), None);
        assert_eq!(rank(".env.sample", Locals::BeatModes), None);
    }
}
