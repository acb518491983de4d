//! Names of sources: what bundlers write, and which file of the project is meant.
//!
//! A name is an address relative to the map (`../../src/a.ts`), or one in a scheme of the bundler (`webpack://app/./src/a.ts?1f2e`) that is
//! meant from the folder in which it was run. Names are whatever the file says, so they are cut, and never lead out of the repository.

/// Longer names are cut.
pub(super) const LONGEST: usize = 400;

/// Folders into which is built; what stands in front of one is where the bundler was run.
const OUTPUTS: [&str; 17] = [
    ".next",
    ".output",
    ".nuxt",
    ".svelte-kit",
    ".vercel",
    ".netlify",
    ".open-next",
    ".vinxi",
    ".docusaurus",
    "dist",
    "build",
    "out",
    "public",
    "www",
    "web-build",
    "storybook-static",
    "_site",
];

/// How a name is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Base {
    /// From the folder of the map.
    Map,
    /// From the folder in which the bundler was run.
    Project,
}

/// The file that `name` means for people, without what bundlers put around it; `None` for text that came from no file.
#[must_use]
pub fn readable(name: &str) -> Option<&str> {
    let name = parsed(name).1.trim_start_matches("../").trim_start_matches('/');
    (!name.is_empty() && !name.contains(['<', '('])).then_some(name)
}

/// The file that the source called `name` in the map at `map` is: the first of its [`candidates`] that `exists`, else the likeliest; what it is called
/// where it is none of the project's own.
#[must_use]
pub fn path_of(name: &str, map: &str, exists: impl Fn(&str) -> bool) -> Option<String> {
    let mut guesses = candidates(name, map);
    let there = guesses.iter().position(|path| exists(path)).unwrap_or_default();
    if guesses.is_empty() { readable(name).map(str::to_owned) } else { Some(guesses.swap_remove(there)) }
}

/// Where the file called `name` in the source map at `map` may lie, as paths like that of the map, the best guess first. Empty when it is none
/// of the project's own.
#[must_use]
pub fn candidates(name: &str, map: &str) -> Vec<String> {
    let (base, rest) = parsed(name);
    let folder = map.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut folders = Vec::new();
    let project = project_around(folder);
    if base == Base::Map {
        // Some tools count from the folder of the sources, whatever the format says; sources do not lie in output.
        if let Some(project) = project.as_ref().filter(|_| !rest.starts_with("../")) {
            folders.extend([below(project, "src"), project.clone()]);
        }
        folders.push(folder.to_owned());
    } else {
        folders.extend(project);
        folders.push(String::new());
    }
    let mut found: Vec<String> = folders.iter().filter_map(|folder| joined(folder, rest)).collect();
    found.dedup();
    found
}

fn below(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// The folder in which a bundler was run that wrote into `folder`, if that is output.
fn project_around(folder: &str) -> Option<String> {
    let parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    let last = parts.iter().rposition(|part| OUTPUTS.contains(part))?;
    // `public/build` and `dist/build` are one output.
    let inner = parts[..last].iter().rev().take_while(|part| OUTPUTS.contains(part)).count();
    Some(parts[..last - inner].join("/"))
}

fn parsed(name: &str) -> (Base, &str) {
    let (base, rest) = match name.split_once("://").filter(|(scheme, _)| is_scheme(scheme)) {
        // What follows the scheme is the name of the project, if there is one.
        Some((_, rest)) => (Base::Project, rest.split_once('/').map_or(rest, |(_, rest)| rest)),
        None if name.starts_with('/') => (Base::Project, name),
        None => (Base::Map, name),
    };
    // Loaders stand in front, a hash of the module's options behind.
    let rest = rest.rsplit_once('!').map_or(rest, |(_, rest)| rest);
    let rest = rest.split_once('?').map_or(rest, |(rest, _)| rest);
    let rest = rest.strip_prefix("[project]/").unwrap_or(rest);
    (base, rest.strip_prefix("./").unwrap_or(rest))
}

fn is_scheme(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.'))
}

/// `rest` below `folder`; `None` when it leads out of the repository or means no file of the project.
fn joined(folder: &str, rest: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in rest.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            "node_modules" => return None,
            _ if part.contains(['<', '>', '(', '\\', '\0']) || part.starts_with('[') => return None,
            _ => parts.push(part),
        }
    }
    let is_file = parts.last().is_some_and(|last| last.contains('.'));
    is_file.then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_name_is_meant_from_the_folder_of_the_map() {
        assert_eq!(candidates("../../src/api.ts", "web/dist/assets/index-4f.js.map"), ["web/src/api.ts"]);
        assert_eq!(candidates("./a.js", "lib/a.min.js.map"), ["lib/a.js"]);
        assert_eq!(candidates("../../../etc/passwd.d", "dist/a.js.map"), [""; 0]);
        let expected = ["web/src/api.js", "web/api.js", "web/build/static/js/api.js"];
        assert_eq!(candidates("api.js", "web/build/static/js/main.js.map"), expected);
    }

    #[test]
    fn a_name_in_a_scheme_is_meant_from_where_the_bundler_was_run() {
        let expected = ["apps/web/src/key.ts", "src/key.ts"];
        for name in [
            "webpack://web/./src/key.ts",
            "webpack:///./src/key.ts?8f1a",
            "webpack:///src/key.ts",
            "turbopack:///[project]/src/key.ts",
            "webpack://web/ts-loader!./src/key.ts",
        ] {
            assert_eq!(candidates(name, "apps/web/.next/static/chunks/main.js.map"), expected, "{name}");
            assert_eq!(readable(name), Some("src/key.ts"), "{name}");
        }
        assert_eq!(
            candidates("webpack:///src/key.ts", "site/public/build/app.js.map"),
            ["site/src/key.ts", "src/key.ts"]
        );
    }

    #[test]
    fn what_is_no_file_of_the_project_has_no_place() {
        for name in
            ["webpack/bootstrap", "webpack:///node_modules/react/index.js", "<stdin>", "webpack:///(webpack)/a.js", ""]
        {
            assert_eq!(candidates(name, "dist/a.js.map"), [""; 0], "{name}");
        }
        assert_eq!(readable("webpack:///node_modules/react/index.js"), Some("node_modules/react/index.js"));
        for name in ["<anon>", "", "webpack:///(webpack)/a.js", "../"] {
            assert_eq!(readable(name), None, "{name}");
        }
    }
}
