//! Built front-end code: which files with a credential in them browsers download.
//!
//! It takes one sure sign, or two that agree: a folder that a framework keeps for browsers; dense code in a folder that usually is for them; the
//! runtime of a bundler; a page that loads the file. Code with marks of a server is for a server wherever it lies, and a library that runs
//! on both sides, as most packages are shipped, is nobody's page. When in doubt it is none: the key is reported by its own rule all the same.

mod folder;
mod origin;
mod packed;
mod page;

use std::collections::BTreeMap;

pub use self::packed::is_packed_for_browsers;
pub(super) use self::{
    origin::{Origin, Origins},
    packed::stories,
};

use self::{folder::Folder, page::Pages};
use super::{
    FileFacts, Language, Options,
    facts::{Built, Side},
    graph::Graph,
    place::is_test,
};
use crate::model::{Confidence, Finding, Group, Span};

/// The check that speaks of keys in it.
pub(super) const ID: &str = "key-in-client-bundle";

/// The word for it in [`Finding::exposure`].
pub const EXPOSURE: &str = "client-bundle";

/// What is said of the place in a source at which a credential was written.
pub const WRITTEN_HERE: &str = "written here";

/// Endings of scripts; a source map is judged as the script it is for.
const SCRIPTS: [&str; 5] = ["js", "mjs", "cjs", "bundle", "jsbundle"];

/// A file that browsers download.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bundle {
    /// The bundler or framework that made it; empty when it cannot be told.
    pub(super) maker: &'static str,
    /// How sure that is.
    pub(super) confidence: Confidence,
}

impl Bundle {
    /// What is wrong with a key of `provider` in it, or in its source map.
    pub(super) fn headline(self, provider: Option<&str>, is_map: bool) -> String {
        let key = provider.map_or_else(|| "key".to_owned(), |name| format!("{name} key"));
        match (is_map, self.maker) {
            (true, _) => format!("{key} in a source map beside code that browsers download"),
            (false, "") => format!("{key} in code that browsers download"),
            (false, maker) => format!("{key} in code that {maker} built for browsers"),
        }
    }
}

/// What to do about a key in one that is revoked at the page `revoke`; `step` keeps it out of the next one.
pub(super) fn remedy(revoke: Option<&str>, step: &str) -> String {
    let replace = match revoke {
        Some(page) => format!("Revoke the key at {page}: whoever opened the page may have it"),
        None => "Replace the key: whoever opened the page may have it".to_owned(),
    };
    format!("{replace}. Then {step}, build again and delete what was deployed.")
}

/// All of them, by path, and where the credentials in them come from.
#[derive(Debug, Default)]
pub(super) struct Bundles<'g> {
    by_path: BTreeMap<&'g str, Bundle>,
    /// Where credentials in built code were written, whether or not browsers get it.
    pub(super) origins: Origins<'g>,
}

impl<'g> Bundles<'g> {
    /// Those among the files of `graph`.
    pub(super) fn of(graph: &'g Graph, options: &Options<'_>) -> Self {
        let mut pages = Pages::new(options.surroundings);
        let built = || graph.files().iter().filter_map(|file| Some((file, file.built.as_ref()?)));
        let by_path = built()
            .filter(|(file, _)| file.credentials().next().is_some())
            .filter_map(|(file, built)| {
                Some((file.path.as_str(), judge(&file.path, file.language, built, &mut pages)?))
            })
            .collect();
        Self { by_path, origins: Origins::of(graph, options) }
    }

    /// What the file at `path` is, if browsers download it.
    pub(super) fn get(&self, path: &str) -> Option<Bundle> {
        self.by_path.get(path).copied()
    }

    /// Says of `findings` on secrets, sorted by path, that they reach browsers and where they were written.
    pub(super) fn tell(&self, findings: &mut [Finding], graph: &Graph) {
        for of_file in findings.chunk_by_mut(|a, b| a.location.path == b.location.path) {
            let Some(file) = graph.file(&of_file[0].location.path).filter(|file| file.built.is_some()) else {
                continue;
            };
            let places: BTreeMap<(u32, u32), Span> =
                file.credentials().filter_map(|known| place(file, known.at)).collect();
            // A text may have an archive at its end; its members have lines of their own.
            let own = |finding: &&mut Finding| finding.group == Group::Secrets && finding.origin.archive.is_empty();
            for finding in of_file.iter_mut().filter(own) {
                let is_new = !finding.exposure.iter().any(|exposure| exposure == EXPOSURE);
                if is_new && self.by_path.contains_key(file.path.as_str()) {
                    finding.exposure.push(EXPOSURE.to_owned());
                }
                let at = places.get(&(finding.location.start_line, finding.location.start_column));
                if let Some(origin) = at.and_then(|at| self.origins.get(file, *at)) {
                    // It was told before, without a look at which files there are.
                    finding.related.retain(|related| related.message != WRITTEN_HERE);
                    finding.related.push(origin.related());
                }
            }
        }
    }
}

/// Line and column of the credential at `at` in `file`, and itself.
fn place(file: &FileFacts, at: Span) -> Option<((u32, u32), Span)> {
    let location = &file.sites.get(&at)?.location;
    Some(((location.start_line, location.start_column), at))
}

/// Whether the file at `path` lies where nothing but what browsers get lies: as much as can be told without a look at other files.
#[must_use]
pub fn is_for_browsers(path: &str) -> bool {
    matches!(Folder::of(path), Folder::Client(_)) && !is_test(path)
}

/// Whether the file at `path` was written by somebody, as far as its place tells: it lies in no output and belongs to nobody else.
pub(super) fn is_source(path: &str) -> bool {
    Folder::of(path) == Folder::Other
}

/// The script that a source map at `path` is for; any other file itself.
fn script_of(path: &str) -> &str {
    path.strip_suffix(".map").unwrap_or(path)
}

/// What the file at `path` is, if browsers download it.
fn judge(path: &str, language: Language, built: &Built, pages: &mut Pages<'_>) -> Option<Bundle> {
    let script = script_of(path);
    if is_test(path) || built.side == Side::Server || is_written(path, language) {
        return None;
    }
    let is_script = SCRIPTS.iter().any(|ending| script.rsplit_once('.').is_some_and(|(_, own)| own == *ending));
    let has_runtime = built.side == Side::Browser;
    let marked = built.maker.unwrap_or_default();
    let sure = |maker: &'static str| {
        Some(Bundle { maker: if maker.is_empty() { marked } else { maker }, confidence: Confidence::High })
    };
    let likely = |maker: &'static str| sure(maker).map(|bundle| Bundle { confidence: Confidence::Medium, ..bundle });
    match Folder::of(script) {
        Folder::Client(maker) => sure(maker),
        Folder::Likely(maker) if has_runtime => sure(if marked.is_empty() { maker } else { marked }),
        Folder::Likely(maker) if !is_script || built.is_map || built.is_dense => likely(maker),
        Folder::Output(_) if has_runtime && (built.is_dense || !marked.is_empty()) => sure(marked),
        Folder::Output(folder) if pages.extend(script, folder) => sure(""),
        Folder::Output(folder) => {
            // What is copied into the output may lie beside the sources, and is no output there.
            let is_source = folder.ends_with("public") || folder.ends_with("static");
            let is_of_build = built.is_map || if is_script { built.is_dense } else { !is_source };
            (is_of_build && pages.between(script, folder)).then(|| likely("")).flatten()
        }
        Folder::Other if built.is_dense && is_script && (!marked.is_empty() || pages.load(script)) => likely(""),
        Folder::Server | Folder::Dependency | Folder::Likely(_) | Folder::Other => None,
    }
}

/// Whether the ending says that somebody wrote the file: no build leaves TypeScript behind.
fn is_written(path: &str, language: Language) -> bool {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_of_client = SCRIPTS.contains(&ending) || language == Language::Asset;
    !is_of_client
}
