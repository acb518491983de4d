//! Findings to bytes: one short file for each format behind one trait.
//!
//! A format gets a [`Report`], in which everything is masked and sorted already, and writes; it decides nothing but words and layout. Paths
//! and messages come from a hostile repository, so each format escapes what its readers would interpret, and the text formats share
//! [`clean`] for what would move a terminal's cursor.

mod github;
mod json;
mod jsonl;
pub mod line_hash;
mod markdown;
mod sarif;
mod terminal;

use std::{borrow::Cow, io};

use crate::{
    model::{Report, is_printable},
    rules::RuleSet,
};

/// A report format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// For people.
    Terminal,
    /// One object.
    Json,
    /// One record a line.
    Jsonl,
    /// SARIF 2.1.0.
    Sarif,
    /// Workflow commands of GitHub Actions.
    Github,
    /// A page for job summaries.
    Markdown,
}

/// How much is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verbosity {
    /// Findings only.
    Quiet,
    /// Findings, notices, summary.
    #[default]
    Normal,
    /// Every place of a key and every skipped file.
    Verbose,
}

/// What the terminal format may use.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Colours.
    pub color: bool,
    /// Box-drawing characters.
    pub unicode: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// How much is said.
    pub verbosity: Verbosity,
}

impl Default for Look {
    fn default() -> Self {
        Self { color: false, unicode: true, width: 80, verbosity: Verbosity::Normal }
    }
}

/// Writes a report.
pub trait Format {
    /// Writes `report`, made with `rules`, to `out`.
    ///
    /// # Errors
    /// What `out` reports.
    fn write(&self, report: &Report, rules: &RuleSet, out: &mut dyn io::Write) -> io::Result<()>;
}

/// The format called `kind`.
#[must_use]
pub fn format(kind: Kind, look: Look) -> Box<dyn Format> {
    match kind {
        Kind::Terminal => Box::new(terminal::Terminal { look }),
        Kind::Json => Box::new(json::Json),
        Kind::Jsonl => Box::new(jsonl::Jsonl),
        Kind::Sarif => Box::new(sarif::SarifFormat),
        Kind::Github => Box::new(github::Github),
        Kind::Markdown => Box::new(markdown::Markdown),
    }
}

/// `text` with everything that is not printable replaced.
fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_printable) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if is_printable(c) { c } else { char::REPLACEMENT_CHARACTER }).collect())
}

/// `count` and the noun in the right number.
fn plural(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Bytes for people, in powers of ten.
#[allow(clippy::cast_precision_loss, reason = "one decimal is shown")]
fn bytes(count: u64) -> String {
    match count {
        0..1_000 => plural(count, "byte"),
        1_000..1_000_000 => format!("{:.1} kB", count as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", count as f64 / 1e6),
        _ => format!("{:.1} GB", count as f64 / 1e9),
    }
}

/// The sentence on what was read: "read 812 files, 5.1 MB; skipped 2 binary, 1 too-large".
fn coverage(report: &Report) -> String {
    let coverage = &report.coverage;
    let mut counts = std::collections::BTreeMap::new();
    for skipped in &coverage.skipped {
        *counts.entry(skipped.reason).or_insert(0_u64) += 1;
    }
    let mut text = format!("read {}, {}", plural(coverage.files, "file"), bytes(coverage.bytes));
    if !counts.is_empty() {
        let parts: Vec<String> = counts.iter().map(|(reason, count)| format!("{count} {}", reason.as_str())).collect();
        text.push_str("; skipped ");
        text.push_str(&parts.join(", "));
    }
    text
}

/// "3 errors, 1 warning", without what is zero.
fn counts(report: &Report) -> String {
    let summary = &report.summary;
    let all = [(summary.error, "error"), (summary.warning, "warning"), (summary.note, "note")];
    let parts: Vec<String> =
        all.iter().filter(|(count, _)| *count > 0).map(|(count, noun)| plural(*count, noun)).collect();
    if parts.is_empty() { "no findings".to_owned() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests;
