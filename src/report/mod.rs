//! Findings to bytes: one file per format behind [`Format`], one of which [`format()`] picks.
//!
//! A format sees a finished, masked and sorted [`Report`] and the rules behind it, and writes it; it decides nothing about what is
//! reported, opens no file and knows no settings beyond [`Look`], which `pipeline` fills. Output depends on these inputs alone, so
//! the same report gives the same bytes. Paths and messages come from the scanned repository, which may be hostile: whatever
//! a person will read passes through `printable`, and each format escapes what is special in its own grammar. One format is read
//! back, by [`read()`].

mod csv;
mod github;
mod gitlab;
mod html;
mod inventory;
mod json;
mod junit;
mod layout;
mod line_hash;
mod markdown;
mod markup;
mod particulars;
mod printable;
mod rank;
mod read;
mod rows;
#[cfg(test)]
mod sample;
mod sarif;
mod snippet;
mod statement;
mod story;
mod terminal;

use std::io;

use crate::{
    model::{Report, Severity},
    rules::RuleSet,
};

pub use inventory::{Kind as InventoryKind, write as write_inventory};
pub use layout::{Ink, Paint, wrap};
pub use line_hash::line_hashes;
pub use read::{LONGEST_LINE, ReadError, read};
pub use sarif::results_left_out;

/// A way to write a report.
pub trait Format {
    /// Writes `report`, made with `rules`, to `out`.
    ///
    /// # Errors
    /// Whatever `out` says.
    fn write(&self, report: &Report, rules: &RuleSet, out: &mut dyn io::Write) -> io::Result<()>;

    /// How many findings the format leaves out because whoever takes it has no room for them, although it is taken for the whole.
    fn left_out(&self, _: &Report, _: &RuleSet) -> u64 {
        0
    }
}

/// The formats there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// For people at a terminal.
    Terminal,
    /// One object, schema `keyward/1`.
    Json,
    /// One record per line: header, findings, summary.
    Jsonl,
    /// SARIF 2.1.0 for code scanning. Wants [`crate::model::Location::line_hash`] filled, see [`line_hashes`].
    Sarif,
    /// Workflow commands that annotate a GitHub pull request.
    Github,
    /// GitLab's secret detection report, schema 15.
    Gitlab,
    /// JUnit XML for whatever shows test results.
    Junit,
    /// One row for each finding, RFC 4180.
    Csv,
    /// A table for job summaries.
    Markdown,
    /// One page for people who were not there.
    Html,
}

/// How much the terminal format says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Findings only.
    Quiet,
    /// Findings, notices, summary and coverage.
    #[default]
    Normal,
    /// Also every place of a secret, every skipped file and the fingerprints.
    Verbose,
}

/// What the terminal format may use. The other formats look the same everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Whether escape codes for colours are written. Nothing else in this module looks at the environment.
    pub color: bool,
    /// Whether the terminal shows more than ASCII.
    pub unicode: bool,
    /// Whether addresses are written as hyperlinks (OSC 8).
    pub links: bool,
    /// Columns of the terminal; less than 40 counts as 40.
    pub width: usize,
    /// How much is said.
    pub detail: Detail,
}

impl Default for Look {
    fn default() -> Self {
        Self { color: false, unicode: true, links: false, width: 80, detail: Detail::Normal }
    }
}

/// What a format may know beside the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options<'o> {
    /// How the terminal's looks.
    pub look: Look,
    /// The category that SARIF names instead of the usual one of the mode.
    pub category: Option<&'o str>,
    /// The least severity that fails the run, when any does: JUnit calls a failure what the exit code calls one.
    pub fails_from: Option<Severity>,
}

/// The format called `kind`.
#[must_use]
pub fn format(kind: Kind, options: &Options<'_>) -> Box<dyn Format> {
    match kind {
        Kind::Terminal => Box::new(terminal::Terminal::new(options.look)),
        Kind::Json => Box::new(json::Json),
        Kind::Jsonl => Box::new(json::Jsonl),
        Kind::Sarif => Box::new(sarif::SarifLog::new(options.category)),
        Kind::Github => Box::new(github::Github),
        Kind::Gitlab => Box::new(gitlab::Gitlab),
        Kind::Junit => Box::new(junit::Junit::new(options.fails_from)),
        Kind::Csv => Box::new(csv::Csv),
        Kind::Markdown => Box::new(markdown::Markdown),
        Kind::Html => Box::new(html::Html),
    }
}
