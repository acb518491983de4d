//! What the folders of a path say of built code in them.
//!
//! Some are named by one framework and hold what browsers get and nothing else; some mean the same as often as not; and some are for
//! servers, in the middle of all others. The list follows the frameworks' documentation.

/// What the folders around a file say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Folder<'p> {
    /// Browsers get all of it.
    Client(&'static str),
    /// It holds what browsers get, or what a server or another program takes under the same name.
    Likely(&'static str),
    /// It is what some build makes; the folder, up to its name.
    Output(&'p str),
    /// It is for a server.
    Server,
    /// It belongs to somebody else.
    Dependency,
    /// Nothing is known.
    Other,
}

/// `*` stands for any one name, and a name that ends in `*` for all that begin so.
type Pattern = &'static str;

const CLIENT: [(Pattern, &str); 22] = [
    (".next/static", "Next.js"),
    ("_next/static", "Next.js"),
    (".nuxt/dist/client", "Nuxt"),
    ("_nuxt", "Nuxt"),
    (".output/public", "Nitro"),
    (".output/chrome-mv*", "WXT"),
    (".output/firefox-mv*", "WXT"),
    (".svelte-kit/output/client", "SvelteKit"),
    ("_app/immutable", "SvelteKit"),
    ("build/static/js", "Create React App"),
    ("build/static/css", "Create React App"),
    ("build/chrome-mv*", "Plasmo"),
    ("_expo/static", "Expo"),
    ("web-build", "Expo"),
    ("dist/_astro", "Astro"),
    ("dist/*/browser", "Angular"),
    ("storybook-static", "Storybook"),
    ("public/packs", "webpack"),
    (".vercel/output/static", ""),
    (".open-next/assets", ""),
    (".amplify-hosting/static", ""),
    ("page-data", "Gatsby"),
];
const LIKELY: [(Pattern, &str); 15] = [
    ("dist/assets", "Vite"),
    ("dist/browser", "Angular"),
    ("dist/client", ""),
    ("build/client", ""),
    ("build/assets", ""),
    ("public/build", ""),
    ("public/assets", ""),
    (".vitepress/dist", "VitePress"),
    (".docusaurus", "Docusaurus"),
    (".vinxi/build/client", "Vinxi"),
    ("build/web", "Flutter"),
    ("out/renderer", "Electron"),
    ("priv/static", ""),
    ("staticfiles", ""),
    ("wwwroot/dist", ""),
];
const SERVER: [Pattern; 18] = [
    ".next/server",
    ".next/standalone",
    ".next/cache",
    ".nuxt/dist/server",
    ".output/server",
    ".svelte-kit/output/server",
    ".vercel/output/functions",
    ".netlify",
    ".open-next/server-functions",
    "build/server",
    "dist/server",
    "dist/*/server",
    "dist/functions",
    "dist/main",
    "out/main",
    "out/preload",
    "dist-electron",
    "functions",
];
/// Into which anything may be built.
const OUTPUTS: [&str; 8] = ["dist", "build", "out", "www", "_site", ".output", "public", "static"];
const DEPENDENCIES: [&str; 8] = [
    "node_modules",
    "bower_components",
    "jspm_packages",
    "web_modules",
    "site-packages",
    "vendor",
    "third_party",
    ".yarn",
];
/// Bundles of apps that their names tell.
const APPS: [&str; 3] = ["index.android.bundle", "index.ios.bundle", "main.jsbundle"];

impl<'p> Folder<'p> {
    /// What the folders of `path` say.
    pub(super) fn of(path: &'p str) -> Self {
        let parts: Vec<&str> = path.split('/').collect();
        let (name, folders) = parts.split_last().expect("splitting gives one part at least");
        if folders.iter().any(|folder| DEPENDENCIES.contains(folder)) {
            return Self::Dependency;
        }
        if APPS.contains(name) {
            return Self::Client("Metro");
        }
        let server = SERVER.iter().filter_map(|pattern| last(folders, pattern)).max();
        let best = |table: &[(Pattern, &'static str)]| {
            let found = table.iter().filter_map(|(pattern, maker)| Some((last(folders, pattern)?, *maker)));
            found.max_by_key(|(at, _)| *at)
        };
        let client = best(&CLIENT);
        // A server that stands alone carries the client's files along.
        let is_carried = |at: usize| folders[..at].ends_with(&[".next", "static"]);
        match (server, client, best(&LIKELY)) {
            (Some(_), Some((at, maker)), _) if is_carried(at) => Self::Client(maker),
            (Some(_), ..) => Self::Server,
            (None, Some((_, maker)), _) => Self::Client(maker),
            (None, None, Some((_, maker))) => Self::Likely(maker),
            (None, None, None) => output(path, folders),
        }
    }
}

/// The innermost folder that some build makes.
fn output<'p>(path: &'p str, folders: &[&str]) -> Folder<'p> {
    let Some(at) = folders.iter().rposition(|folder| OUTPUTS.contains(folder)) else { return Folder::Other };
    let length = folders[..=at].iter().map(|folder| folder.len() + 1).sum::<usize>() - 1;
    Folder::Output(&path[..length])
}

/// Where the last match of `pattern` in `folders` ends.
fn last(folders: &[&str], pattern: Pattern) -> Option<usize> {
    let parts: Vec<&str> = pattern.split('/').collect();
    let matches = |(folder, part): (&&str, &&str)| match part.strip_suffix('*') {
        Some(start) => folder.starts_with(start),
        None => folder == part,
    };
    let at = folders.windows(parts.len()).rposition(|window| window.iter().zip(&parts).all(matches))?;
    Some(at + parts.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_frameworks_tell_the_client_from_the_server() {
        for (path, expected) in [
            ("web/.next/static/chunks/app/page-1f.js", Folder::Client("Next.js")),
            ("out/_next/static/chunks/main.js", Folder::Client("Next.js")),
            (".next/standalone/apps/web/.next/static/chunks/a.js", Folder::Client("Next.js")),
            (".next/standalone/server.js", Folder::Server),
            (".next/server/chunks/12.js", Folder::Server),
            (".output/public/_nuxt/entry.js", Folder::Client("Nuxt")),
            (".output/chrome-mv3/background.js", Folder::Client("WXT")),
            (".output/server/chunks/nitro.mjs", Folder::Server),
            (".svelte-kit/output/server/chunks/a.js", Folder::Server),
            ("dist/shop/browser/main-AB.js", Folder::Client("Angular")),
            ("dist/shop/server/main.js", Folder::Server),
            ("ios/main.jsbundle", Folder::Client("Metro")),
            ("dist/assets/index-1f.js", Folder::Likely("Vite")),
            ("apps/a/dist/js/app.js", Folder::Output("apps/a/dist")),
            ("dist/index.js", Folder::Output("dist")),
            ("node_modules/x/dist/assets/x.js", Folder::Dependency),
            ("src/app.js", Folder::Other),
        ] {
            assert_eq!(Folder::of(path), expected, "{path}");
        }
    }
}
