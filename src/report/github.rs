//! Workflow commands: annotations in the log and the diff of a GitHub Actions run.
//!
//! GitHub shows ten annotations of each kind for a step and drops the rest without a word, so the rest is counted in one last line.
//! Escaping follows the runner: `%`, CR and LF everywhere, `:` and `,` in properties.

use std::io::{self, Write};

use super::{Format, clean, coverage, plural};
use crate::{
    model::{Finding, Report, Severity},
    rules::RuleSet,
};

/// Annotations of one kind that GitHub shows for a step.
const SHOWN: usize = 10;

/// The format.
pub(super) struct Github;

impl Format for Github {
    fn write(&self, report: &Report, _: &RuleSet, out: &mut dyn Write) -> io::Result<()> {
        for (severity, command) in
            [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "notice")]
        {
            let of_kind = |finding: &&Finding| finding.severity == severity && finding.suppressed.is_none();
            for finding in report.findings.iter().filter(of_kind).take(SHOWN) {
                annotation(finding, command, out)?;
            }
            let more = report.findings.iter().filter(of_kind).count().saturating_sub(SHOWN);
            if more > 0 {
                let text = plural(more as u64, severity.as_str());
                writeln!(out, "::notice title=keyward::{text} more than GitHub shows; see the full report")?;
            }
        }
        for notice in &report.notices {
            let file = notice.path.as_deref().map(|path| format!(" file={}", property(path))).unwrap_or_default();
            writeln!(out, "::notice{file}::{}", data(&notice.message))?;
        }
        if !report.coverage.complete {
            writeln!(out, "::warning title=keyward::incomplete scan: {}", data(&coverage(report)))?;
        }
        Ok(())
    }
}

fn annotation(finding: &Finding, command: &str, out: &mut dyn Write) -> io::Result<()> {
    let place = &finding.location;
    let title = property(&format!("{} ({})", finding.message, finding.rule));
    let masked = finding.secret.as_ref().map(|secret| format!("{} ", secret.masked)).unwrap_or_default();
    writeln!(
        out,
        "::{command} file={},line={},endLine={},col={},endColumn={},title={title}::{}",
        property(&place.path),
        place.start_line,
        place.end_line,
        place.start_column,
        place.end_column,
        data(&format!("{masked}{}", finding.help))
    )
}

fn data(text: &str) -> String {
    let escaped = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    clean(&escaped).into_owned()
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
