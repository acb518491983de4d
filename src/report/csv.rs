//! One row for each finding, for spreadsheets and data frames.
//!
//! The columns are a contract: their names and order stay, new ones are added behind. Suppressed findings have rows only when they were asked for, as
//! everywhere. Numbers stand in quotes like all cells; programs read them all the same.

use std::io;

use super::{
    Format,
    particulars::{related, silenced_in_short},
    rows::{SEPARATOR, list, row},
};
use crate::{
    model::{Finding, Report},
    rules::RuleSet,
};

/// The columns, in order; new ones are added behind.
const COLUMNS: [&str; 32] = [
    "severity",
    "confidence",
    "rule",
    "group",
    "provider",
    "kind",
    "message",
    "repository",
    "path",
    "archive",
    "start_line",
    "start_column",
    "end_line",
    "end_column",
    "cell",
    "masked",
    "length",
    "secret_fingerprint",
    "status",
    "reason",
    "advice",
    "exposure",
    "decoded",
    "found_in",
    "commit",
    "author_time",
    "in_head",
    "occurrences",
    "related",
    "help",
    "suppressed",
    "fingerprint",
];

/// The CSV format.
pub(super) struct Csv;

impl Format for Csv {
    fn write(&self, report: &Report, _: &RuleSet, out: &mut dyn io::Write) -> io::Result<()> {
        let repository = report.repo_id.as_ref().map(ToString::to_string).unwrap_or_default();
        let mut text = String::new();
        row(&mut text, &COLUMNS);
        for finding in &report.findings {
            row(&mut text, &cells(finding, &repository));
            // One row at a time: a history may have tens of thousands.
            out.write_all(text.as_bytes())?;
            text.clear();
        }
        out.write_all(text.as_bytes())
    }
}

fn cells(finding: &Finding, repository: &str) -> [String; COLUMNS.len()] {
    let Finding { location, origin, verification, .. } = finding;
    let secret = finding.secret.as_ref();
    let verdict = verification.verdict;
    [
        finding.severity.as_str().to_owned(),
        finding.confidence.as_str().to_owned(),
        finding.rule.to_string(),
        finding.group.as_str().to_owned(),
        finding.provider.clone().unwrap_or_default(),
        finding.kind.clone().unwrap_or_default(),
        finding.message.clone(),
        repository.to_owned(),
        location.path.clone(),
        origin.archive.join(" > "),
        location.start_line.to_string(),
        location.start_column.to_string(),
        location.end_line.to_string(),
        location.end_column.to_string(),
        location.cell.map(|cell| cell.to_string()).unwrap_or_default(),
        secret.map(|secret| secret.masked.clone()).unwrap_or_default(),
        secret.map(|secret| secret.length.to_string()).unwrap_or_default(),
        secret.map(|secret| secret.fingerprint.to_string()).unwrap_or_default(),
        verdict.status().to_owned(),
        verdict.reason().to_owned(),
        verification.advice.clone().unwrap_or_default(),
        finding.exposure.join(SEPARATOR),
        finding.decoded.join(SEPARATOR),
        origin.kind.as_str().to_owned(),
        origin.commit.clone().unwrap_or_default(),
        origin.author_time.clone().unwrap_or_default(),
        origin.in_head.to_string(),
        origin.occurrences.to_string(),
        list(related(finding)),
        finding.help.clone(),
        finding.suppressed.as_ref().map(silenced_in_short).unwrap_or_default(),
        finding.fingerprint.to_string(),
    ]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::sample, *};

    /// Reads what was written, strictly: every cell is quoted, every row ends with CR LF.
    fn read(text: &str) -> Vec<Vec<String>> {
        let (mut rows, mut rest) = (Vec::new(), text);
        while !rest.is_empty() {
            let mut cells = Vec::new();
            loop {
                rest = rest.strip_prefix('"').unwrap();
                let mut cell = String::new();
                loop {
                    let end = rest.find('"').unwrap();
                    cell.push_str(&rest[..end]);
                    rest = &rest[end + 1..];
                    let Some(after) = rest.strip_prefix('"') else { break };
                    cell.push('"');
                    rest = after;
                }
                cells.push(cell);
                match rest.strip_prefix(',') {
                    Some(after) => rest = after,
                    None => break,
                }
            }
            rest = rest.strip_prefix("\r\n").unwrap();
            rows.push(cells);
        }
        rows
    }

    #[test]
    fn every_finding_is_a_row_below_the_header() {
        let rows = read(&sample::written(&Csv, &sample::report()));
        assert_eq!(rows[0], COLUMNS);
        assert_eq!(rows.len(), 5);
        let cell =
            |row: usize, column: &str| rows[row][COLUMNS.iter().position(|name| *name == column).unwrap()].clone();
        assert_eq!([cell(3, "path"), cell(3, "start_line"), cell(3, "masked")], ["src/app.py", "3", "sk-proj-…CYJu"]);
        assert_eq!(cell(3, "related"), "config/old.env:1:16 (defined here)");
        assert_eq!(cell(1, "secret_fingerprint"), cell(3, "secret_fingerprint"));
        assert_eq!(cell(4, "suppressed"), "inline: a made-up key, checked by hand");
        assert_eq!(cell(1, "status"), "not-checked");
    }

    #[test]
    fn related_places_fit_into_a_cell() {
        let mut finding = sample::report().findings.remove(2);
        finding.related = vec![finding.related[0].clone(); 5_000];
        let rows = read(&sample::written(&Csv, &sample::with(vec![finding])));
        let cell = &rows[1][COLUMNS.iter().position(|name| *name == "related").unwrap()];
        assert!(cell.len() < 32_767, "{}", cell.len());
        // Lists are separated by the sign in the count.
        assert!(cell.ends_with("(defined here); and 4,950 more; the report in JSON lists all"), "{cell}");
    }

    #[test]
    fn a_clean_run_is_the_header_alone() {
        assert_eq!(read(&sample::written(&Csv, &sample::clean())), [COLUMNS]);
    }

    proptest! {
        #[test]
        fn whatever_the_names_say_every_row_has_all_columns(path in any::<String>(), message in any::<String>()) {
            let rows = read(&sample::written(&Csv, &sample::named(path, message)));
            prop_assert_eq!(rows.iter().map(Vec::len).collect::<Vec<_>>(), [COLUMNS.len(); 2]);
        }
    }
}
