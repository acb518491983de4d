//! What git ignores and keyward reads all the same: `.env` files and what a front-end build ships to browsers.
//!
//! Both are left out of commits on purpose, and both matter: the first holds the values that the code reads, the second is published.
//! The list of folders follows the frameworks' documentation. Dependency folders are the opposite case: they may be committed, and are
//! other people's code all the same.

use std::path::{Path, PathBuf};

/// Folders into which front-end builds write, below the folder of the project. Only what lies under the second part is published;
/// an empty second part stands for the whole folder.
const OUTPUTS: [(&str, &[&str]); 22] = [
    ("dist", &[""]),
    ("build", &[""]),
    ("out", &[""]),
    ("public", &["build", "assets", "packs"]),
    (".next", &["static"]),
    (".output", &["public", "chrome-mv3", "edge-mv3", "firefox-mv2", "firefox-mv3"]),
    (".nuxt", &["dist/client"]),
    (".svelte-kit", &["output/client"]),
    (".vercel", &["output/static"]),
    (".open-next", &["assets"]),
    (".amplify-hosting", &["static"]),
    (".vitepress", &["dist"]),
    (".docusaurus", &[""]),
    (".vinxi", &["build/client"]),
    ("www", &[""]),
    ("web-build", &[""]),
    ("storybook-static", &[""]),
    ("_site", &[""]),
    ("staticfiles", &[""]),
    ("priv", &["static"]),
    ("wwwroot", &["dist"]),
    ("web", &["dist"]),
];

/// Endings of files that a browser or an app gets to see.
const PUBLISHED: [&str; 16] = [
    "js",
    "mjs",
    "cjs",
    "map",
    "html",
    "htm",
    "css",
    "json",
    "webmanifest",
    "xml",
    "svg",
    "txt",
    "jsbundle",
    "bundle",
    "env",
    "md",
];

/// Folders of dependencies that are known by their name alone.
const DEPENDENCIES: [&str; 14] = [
    "node_modules",
    "bower_components",
    "jspm_packages",
    "web_modules",
    "site-packages",
    "dist-packages",
    "__pypackages__",
    ".venv",
    ".tox",
    ".nox",
    ".pnpm-store",
    "Pods",
    "Carthage",
    ".gradle",
];

/// Folders that are called like build output and are projects as often; these hold a `package.json`.
const AMBIGUOUS: [&str; 3] = ["build", "out", "www"];

/// The real folders at `path` and below whose files are published: none when `path` is not build output, or leads elsewhere.
#[must_use]
pub fn published_folders(path: &Path) -> Vec<PathBuf> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
    if AMBIGUOUS.contains(&name) && path.join("package.json").exists() {
        return Vec::new();
    }
    // A link could lead out of the repository, or around in a circle.
    let is_real = |folder: &Path| folder.symlink_metadata().is_ok_and(|there| there.is_dir());
    let below = |below: &&str| {
        let mut folder = path.to_owned();
        for part in below.split('/').filter(|part| !part.is_empty()) {
            folder.push(part);
            if !is_real(&folder) {
                return None;
            }
        }
        Some(folder)
    };
    published_below(name).iter().filter_map(below).collect()
}

/// Where a folder called `name` may hold published files: paths below it, empty for the folder itself.
#[must_use]
fn published_below(name: &str) -> &'static [&'static str] {
    OUTPUTS.iter().find(|(folder, _)| *folder == name).map_or(&[], |(_, below)| below)
}

/// Whether the file at `path`, below `base`, lies in a folder whose files are published.
#[must_use]
pub fn is_in_output(path: &Path, base: &Path) -> bool {
    let folders = path.ancestors().skip(1).take_while(|folder| folder.starts_with(base) && *folder != base);
    folders.into_iter().any(|folder| published_folders(folder).iter().any(|published| path.starts_with(published)))
}

/// Whether a file of this name is published when it lies in build output.
#[must_use]
pub fn is_published(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or("");
    PUBLISHED.iter().any(|published| extension.eq_ignore_ascii_case(published)) || is_env_file(path)
}

/// Whether the file's name makes it an environment file: `.env`, `.env.local`, `.envrc`, `prod.env`.
#[must_use]
pub fn is_env_file(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
    let after = name.strip_prefix(".env");
    after.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_lowercase()) || rest == "rc")
        || name.strip_suffix(".env").is_some_and(|stem| !stem.is_empty())
}

/// Whether the folder holds third-party dependencies: by its name, or for ambiguous names by what lies in it.
#[must_use]
pub fn is_dependency_folder(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
    let holds = |marker: &str| path.join(marker).exists();
    DEPENDENCIES.contains(&name)
        || (matches!(name, "venv" | "env" | ".env" | "virtualenv") && holds("pyvenv.cfg"))
        || (name == "vendor" && (holds("modules.txt") || holds("autoload.php") || holds("bundle") || holds("cache")))
        || (name == "cache" && path.parent().is_some_and(|parent| parent.ends_with(".yarn")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn env_files_are_known_by_name() {
        let env = [".env", ".env.local", ".envrc", "prod.env", "a/b/.env.production"];
        assert!(env.iter().all(|name| is_env_file(Path::new(name))));
        let other = ["env", "environment.ts", ".environment", "env.js"];
        assert!(!other.iter().any(|name| is_env_file(Path::new(name))));
    }

    #[test]
    fn only_the_client_part_of_a_build_is_published() {
        assert_eq!(published_below(".next"), ["static"]);
        assert_eq!(published_below("dist"), [""]);
        assert!(published_below("target").is_empty());
    }
}
