//! The environment lint: from the code that reads a key, over the variable, to the file that defines it.
//!
//! It works in two phases, as the scan does. In the first, a file's text is turned into [`FileFacts`] by a reader for its language
//! ([`read`]), in parallel and only when a gate word stands in it. In the second, all facts become a [`Graph`] of projects, and each
//! check in [`checks`] looks at it once. Readers conclude nothing and checks read no text, so a new language or a new check is one file.
//!
//! It knows nothing of folders, git or threads: what it must know of them it asks of its [`Surroundings`].

mod address;
mod bundle;
mod bundler;
mod cascade;
pub mod catalogue;
pub mod chain;
mod checks;
pub mod dotenv;
mod env_file;
pub mod facts;
pub mod framework;
pub mod graph;
mod hardcoded;
mod ignore;
mod index;
mod insertion;
mod order;
mod packing;
mod pairing;
mod place;
mod problem;
pub mod read;
mod remedy;
mod resolve;
mod secrecy;
pub mod spelling;
mod stock;
mod usage;
mod waiting;

use std::collections::BTreeSet;

pub use self::{
    address::host_of,
    bundle::{EXPOSURE, WRITTEN_HERE, is_for_browsers, is_packed_for_browsers},
    catalogue::{Catalogue, Likeness, Near, Standing},
    chain::{Chain, Wish},
    checks::{JUDGE_WHOLE_PROJECTS, are_kin, base_fault, wrong_kind},
    facts::{Credentials, FileFacts, Known, Language, Site},
    graph::{Graph, is_within},
    read::{Source, language_of},
    stock::{Spot, Stock},
};

use crate::model::{Finding, Notice, Origin};

/// What the lint may ask about the place that the facts come from.
pub trait Surroundings {
    /// The content of a file of the same input, by its path relative to the base; `None` when there is none, or it is too large.
    fn read(&self, path: &str) -> Option<Vec<u8>>;
    /// The same of a file that may be as large as a source map is.
    fn read_large(&self, path: &str) -> Option<Vec<u8>>;
    /// The facts of the files of the same input at `paths`, each read whatever words stand in it; none of those that cannot be read.
    fn facts(&self, paths: &[String]) -> Vec<FileFacts>;
    /// Whether there is such a file.
    fn exists(&self, path: &str) -> bool;
    /// Whether git tracks it; `None` outside a repository.
    fn is_tracked(&self, path: &str) -> Option<bool>;
    /// Whether the repository's own ignore rules leave it out; `None` outside a repository.
    fn is_ignored(&self, path: &str) -> Option<bool>;
}

/// What [`check`] goes by.
pub struct Options<'a> {
    /// What is known of variables, hosts and libraries.
    pub catalogue: &'a Catalogue,
    /// Answers about files and git.
    pub surroundings: &'a dyn Surroundings,
    /// Names of checks that do not run.
    pub skipped: &'a BTreeSet<String>,
    /// Folders of which all files were read, relative to the base, which is empty. Checks that conclude from what is missing judge the projects
    /// in them only; each is a project, with or without a manifest.
    pub whole: &'a [String],
    /// What findings carry as their origin.
    pub origin: &'a Origin,
    /// The credentials whose chains are told.
    pub wish: Option<&'a Wish>,
}

/// What the lint found.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Findings, in no order.
    pub findings: Vec<Finding>,
    /// Files that could not be understood.
    pub notices: Vec<Notice>,
    /// The chains that were wished for.
    pub chains: Vec<Chain>,
}

/// Judges `files`, in any order. The findings on `secrets`, sorted by path, get the fix that reads the key from the environment where that can be
/// done.
#[must_use]
pub fn check(files: Vec<FileFacts>, secrets: &mut [Finding], options: &Options<'_>) -> Outcome {
    let files = waiting::settle(files, options);
    let graph = order::graph(files, options);
    let bundles = bundle::Bundles::of(&graph, options);
    bundles.tell(secrets, &graph);
    hardcoded::propose(secrets, &graph, options);
    let notices = graph.files().iter().filter_map(trouble).collect();
    let context = checks::Context::new(&graph, &bundles, options);
    let findings = checks::run(&context);
    let chains = options.wish.map(|wish| chain::chains(&graph, options, wish)).unwrap_or_default();
    Outcome { findings, notices, chains }
}

/// What is said of keys in front-end builds that lie in archives, by the findings on `secrets` in them; keys that do not `count` are left out.
#[must_use]
pub fn packed_bundles(secrets: &[Finding], counts: &dyn Fn(&Finding) -> bool, options: &Options<'_>) -> Vec<Finding> {
    if options.skipped.contains(bundle::ID) { Vec::new() } else { bundle::stories(secrets, counts, options) }
}

/// What is said about a file that could not be read whole.
fn trouble(file: &FileFacts) -> Option<Notice> {
    let trouble = file.trouble.as_ref()?;
    let message = format!("`{}` was not understood in full: {}", file.path, trouble.why);
    let site = trouble.at.and_then(|at| file.sites.get(&at));
    Some(Notice {
        code: "not-understood".to_owned(),
        message,
        help: Some("keys in it are found all the same; only the environment lint may miss something there".to_owned()),
        path: Some(file.path.clone()),
        line: site.map(|site| site.location.start_line),
    })
}
