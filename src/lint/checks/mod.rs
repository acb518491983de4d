//! The checks: one module each, called as its id, with its reasons and its limits.
//!
//! A check gets the whole graph and gives problems; it is run once. What it is called and what it says by default stands in
//! `rules/checks/<id>.toml`.

mod env_value_malformed;
mod env_value_placeholder;
mod env_value_shadowed;
mod key_shared_across_environments;

use super::{Options, graph::Graph, problem::Problem};
use crate::model::Finding;

/// What a check may look at.
pub(super) struct Context<'g> {
    /// All facts.
    pub(super) graph: &'g Graph,
    /// The catalogue, the surroundings, and what was read.
    pub(super) options: &'g Options<'g>,
}

/// A check's code.
type Run = for<'g> fn(&Context<'g>) -> Vec<Problem<'g>>;

/// The checks that are code here, by id.
const RUNS: [(&str, Run); 4] = [
    ("env-value-malformed", env_value_malformed::run),
    ("env-value-placeholder", env_value_placeholder::run),
    ("env-value-shadowed", env_value_shadowed::run),
    ("key-shared-across-environments", key_shared_across_environments::run),
];

/// Runs every check that is not skipped.
pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    let is_on = |id: &str| !context.options.skipped.contains(id);
    let chosen = RUNS.iter().filter(|(id, _)| is_on(id));
    chosen.flat_map(|(_, run)| run(context)).map(|problem| problem.finding(context)).collect()
}
