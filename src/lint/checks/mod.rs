//! The checks: one module each, called as its id, with its reasons and its limits.
//!
//! A check gets the whole graph and gives problems; it is run once. What it is called and what it says by default stands in
//! `rules/checks/<id>.toml`.

mod auth_header_malformed;
mod browser_client;
mod client_env_prefix;
mod dotenv_loaded_late;
mod dotenv_not_ignored;
mod dotenv_not_loaded;
mod dotenv_shipped;
mod dotenv_tracked;
mod endpoint_wrong;
mod env_name_mismatch;
mod env_name_misspelled;
mod env_not_provided;
mod env_value_malformed;
mod env_value_placeholder;
mod env_value_shadowed;
mod key_in_client_bundle;
mod key_shared_across_environments;
mod provider_mismatch;

use std::cell::OnceCell;

pub use endpoint_wrong::base_fault;
pub use provider_mismatch::{are_kin, wrong_kind};

use super::{
    FileFacts, Options,
    bundle::Bundles,
    graph::{Graph, Project, is_within},
    index::Index,
    insertion,
    problem::Problem,
    usage::Usage,
};
use crate::model::{Finding, Fix};

/// What a check may look at.
pub(super) struct Context<'g> {
    /// All facts.
    pub(super) graph: &'g Graph,
    /// Built code that browsers download.
    pub(super) bundles: &'g Bundles<'g>,
    /// The catalogue, the surroundings, and what was read.
    pub(super) options: &'g Options<'g>,
    usages: OnceCell<Vec<(usize, Usage<'g>)>>,
    index: OnceCell<Index<'g>>,
}

impl<'g> Context<'g> {
    /// All that a check may look at.
    pub(super) fn new(graph: &'g Graph, bundles: &'g Bundles<'g>, options: &'g Options<'g>) -> Self {
        Self { graph, bundles, options, usages: OnceCell::new(), index: OnceCell::new() }
    }

    /// What each project's code asks for and what gives it, with the project's position.
    fn usages(&self) -> impl Iterator<Item = (usize, &Usage<'g>)> {
        let usages = self.usages.get_or_init(|| Usage::all(self.graph, self.options.catalogue));
        usages.iter().map(|(project, usage)| (*project, usage))
    }

    /// The same of the projects that were read whole: only there does it mean something that a name is nowhere.
    fn whole_usages(&self) -> impl Iterator<Item = (usize, &Usage<'g>)> {
        self.usages().filter(|(project, _)| self.is_whole(&self.graph.projects()[*project]))
    }

    /// Whether all files of `project` were read.
    fn is_whole(&self, project: &Project) -> bool {
        self.options.whole.iter().any(|folder| is_within(&project.root, folder))
    }

    /// All facts by what names them.
    fn index(&self) -> &Index<'g> {
        self.index.get_or_init(|| Index::of(self.graph))
    }

    /// The change that loads the `.env` at the top of `file`, in the project at position `project`.
    fn load_at_top(&self, file: &FileFacts, project: usize) -> Option<Fix> {
        let text = self.options.surroundings.read(&file.path)?;
        insertion::load(file, std::str::from_utf8(&text).ok()?, &self.graph.projects()[project])
    }
}

/// A check's code.
type Run = for<'g> fn(&Context<'g>) -> Vec<Problem<'g>>;

/// The checks that are code here, by id.
const RUNS: &[(&str, Run)] = &[
    ("auth-header-malformed", auth_header_malformed::run),
    ("browser-client", browser_client::run),
    ("client-env-prefix", client_env_prefix::run),
    ("dotenv-loaded-late", dotenv_loaded_late::run),
    ("dotenv-not-ignored", dotenv_not_ignored::run),
    ("dotenv-not-loaded", dotenv_not_loaded::run),
    ("dotenv-shipped", dotenv_shipped::run),
    ("dotenv-tracked", dotenv_tracked::run),
    ("endpoint-wrong", endpoint_wrong::run),
    ("env-name-mismatch", env_name_mismatch::run),
    ("env-name-misspelled", env_name_misspelled::run),
    ("env-not-provided", env_not_provided::run),
    ("env-value-malformed", env_value_malformed::run),
    ("env-value-placeholder", env_value_placeholder::run),
    ("env-value-shadowed", env_value_shadowed::run),
    ("key-in-client-bundle", key_in_client_bundle::run),
    ("key-shared-across-environments", key_shared_across_environments::run),
    ("provider-mismatch", provider_mismatch::run),
];

/// The checks that say nothing where not all files of a project were read.
pub const JUDGE_WHOLE_PROJECTS: [&str; 4] =
    ["dotenv-not-loaded", "env-name-mismatch", "env-name-misspelled", "env-not-provided"];

/// Environment files that leave the machine, whether or not the check of it runs.
pub(super) fn shipped<'g>(context: &Context<'g>) -> Vec<Problem<'g>> {
    dotenv_shipped::run(context)
}

/// Runs every check that is not skipped.
pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    let is_on = |id: &str| !context.options.skipped.contains(id);
    let chosen = RUNS.iter().filter(|(id, _)| is_on(id));
    chosen.flat_map(|(_, run)| run(context)).map(|problem| problem.finding(context)).collect()
}
