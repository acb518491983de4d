//! A page for job summaries and comments.
//!
//! Everything that comes from the repository stands in table cells or code spans and is escaped for both: a file name can close neither
//! a cell nor a code span, and cannot bring in HTML, links or images.

use std::io::{self, Write};

use super::{Format, clean, counts, coverage, plural};
use crate::{
    model::{Finding, Report, Severity},
    rules::RuleSet,
};

/// Rows shown; job summaries are cut at one megabyte.
const MOST_ROWS: usize = 500;

/// The format.
pub(super) struct Markdown;

impl Format for Markdown {
    fn write(&self, report: &Report, _: &RuleSet, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "## keyward: {}\n", counts(report))?;
        if !report.coverage.complete {
            writeln!(out, "> [!WARNING]\n> Not everything could be read, so this result is incomplete.\n")?;
        }
        if !report.findings.is_empty() {
            writeln!(out, "| | what | where | secret | what to do |\n|---|---|---|---|---|")?;
            for finding in worst_first(report).into_iter().take(MOST_ROWS) {
                row(finding, out)?;
            }
            let more = report.findings.len().saturating_sub(MOST_ROWS);
            if more > 0 {
                writeln!(out, "\n{} more are in the full report.", plural(more as u64, "finding"))?;
            }
            writeln!(out)?;
        }
        for notice in &report.notices {
            let place = notice.path.as_deref().map(|path| format!("{}: ", code(path))).unwrap_or_default();
            writeln!(out, "- {place}{}", escape(&notice.message))?;
        }
        if !report.notices.is_empty() {
            writeln!(out)?;
        }
        writeln!(out, "{} · {}", sentence(&coverage(report)), plural(report.summary.secrets, "distinct secret"))
    }
}

fn worst_first(report: &Report) -> Vec<&Finding> {
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| (finding.suppressed.is_some(), std::cmp::Reverse(finding.severity)));
    findings
}

fn row(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let sign = match (&finding.suppressed, finding.severity) {
        (Some(_), _) => "suppressed",
        (None, Severity::Error) => "❌ error",
        (None, Severity::Warning) => "⚠️ warning",
        (None, Severity::Note) => "ℹ️ note",
    };
    let place = code(&format!("{}:{}", finding.location.path, finding.location.start_line));
    let secret = finding.secret.as_ref().map(|secret| code(&secret.masked)).unwrap_or_default();
    let (what, help) = (escape(&finding.message), escape(&finding.help));
    writeln!(out, "| {sign} | {what} {} | {place} | {secret} | {help} |", code(finding.rule.as_str()))
}

/// Text as text: no markup of its own.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in clean(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

/// Text in a code span, inside a table cell: backticks and bars would end one or the other.
fn code(text: &str) -> String {
    let inner = clean(text).replace('`', "'").replace('|', "\\|");
    format!("`{inner}`")
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
