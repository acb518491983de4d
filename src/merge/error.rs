//! Why reports do not belong together.

use miette::Diagnostic;
use thiserror::Error;

/// Why reports cannot be merged. Files are named as they were given, the first that differ.
#[derive(Debug, PartialEq, Eq, Error, Diagnostic)]
pub enum MergeError {
    /// There is no report.
    #[error("there is nothing to merge")]
    #[diagnostic(code(keyward::merge::nothing), help("name the reports that `keyward -f jsonl` wrote"))]
    Nothing,
    /// Made with different rules.
    #[error("{one} and {other} were made with different rules")]
    #[diagnostic(
        code(keyward::merge::rules),
        help("scan everything with one version of keyward and the same --only, --skip, --rules and [[rule]] entries")
    )]
    Rules {
        /// A file.
        one: String,
        /// Another.
        other: String,
    },
    /// Made by different versions.
    #[error("{one} was made by keyward {version} and {other} by {other_version}")]
    #[diagnostic(code(keyward::merge::versions), help("scan everything with one version of keyward"))]
    Versions {
        /// A file.
        one: String,
        /// Its version.
        version: String,
        /// Another.
        other: String,
        /// Its version.
        other_version: String,
    },
    /// Of different modes.
    #[error("{one} is a report of another mode than {other}")]
    #[diagnostic(code(keyward::merge::modes), help("merge the reports of each mode by themselves"))]
    Modes {
        /// A file.
        one: String,
        /// Another.
        other: String,
    },
    /// Shards of different counts, or a whole beside a part.
    #[error("{one} is {part} of {of} and {other} is {other_part}")]
    #[diagnostic(
        code(keyward::merge::counts),
        help("leave out the reports of the older run; several repositories need a --repo-id each")
    )]
    Counts {
        /// A file.
        one: String,
        /// What it is.
        part: String,
        /// The repository.
        of: String,
        /// Another.
        other: String,
        /// What that is.
        other_part: String,
    },
    /// One part twice.
    #[error("{one} and {other} are both {part} of {of} and differ")]
    #[diagnostic(
        code(keyward::merge::twice),
        help("leave out the one of the older run; several repositories need a --repo-id each")
    )]
    Twice {
        /// A file.
        one: String,
        /// Another.
        other: String,
        /// What both are.
        part: String,
        /// The repository.
        of: String,
    },
    /// Not all parts are there.
    #[error("{missing} of {of} is missing")]
    #[diagnostic(
        code(keyward::merge::missing),
        help("run the scan of what is missing again; a report of a part would look like one of the whole")
    )]
    Missing {
        /// Which.
        missing: String,
        /// The repository.
        of: String,
    },
    /// Reports with a repository's name and without.
    #[error("{named} says which repository it is about and {unnamed} does not")]
    #[diagnostic(code(keyward::merge::unnamed), help("give every scan a --repo-id, or none of them"))]
    Unnamed {
        /// A file.
        named: String,
        /// Another.
        unnamed: String,
    },
    /// One repository in two merged reports.
    #[error("{one} and {other} both hold {repo}")]
    #[diagnostic(
        code(keyward::merge::overlap),
        help("merge the reports of the scans anew: what was merged is not taken apart again")
    )]
    Overlap {
        /// A file.
        one: String,
        /// Another.
        other: String,
        /// The repository.
        repo: String,
    },
    /// A repository's name that lies inside another's.
    #[error("{inner} lies inside {outer}, so that their paths could not be told apart")]
    #[diagnostic(code(keyward::merge::inside), help("choose --repo-id names of which none begins another"))]
    Inside {
        /// The longer name.
        inner: String,
        /// The shorter one.
        outer: String,
    },
}
