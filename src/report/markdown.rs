//! A page for job summaries: what was found, in a table that a manager can read.
//!
//! Everything that stems from the scanned files is defused twice: hazards are written out ([`printable`]), and characters that mean
//! something to GitHub's Markdown become entities, which hold in tables, in code and in prose alike. Backslashes would not: before
//! a pipe in a table they are read differently from anywhere else.

use std::{fmt::Write as _, io};

use super::{
    Format,
    printable::{Place, printable},
    statement::{self, capital, grouped},
};
use crate::{
    model::{Finding, Notice, Report},
    rules::RuleSet,
};

/// A summary on GitHub may have one megabyte; rows beyond this are counted, not written.
const ROWS: usize = 1_000;

/// The Markdown format.
pub(super) struct Markdown;

impl Format for Markdown {
    fn write(&self, report: &Report, _: &RuleSet, out: &mut dyn io::Write) -> io::Result<()> {
        let mut text = format!("## keyward: {}\n", statement::found(report));
        if !report.findings.is_empty() {
            text.push_str("\n| Severity | What | Where | Fingerprint | What to do |\n|---|---|---|---|---|\n");
            for finding in report.findings.iter().take(ROWS) {
                row(&mut text, finding);
            }
            if report.findings.len() > ROWS {
                let rest = (report.findings.len() - ROWS) as u64;
                let _ = writeln!(text, "\n{} more are not listed here; other report formats list all.", grouped(rest));
            }
        }
        let coverage = &report.coverage;
        let scanned = if statement::nothing_read(report) { "**Nothing was scanned:** " } else { "" };
        let _ = writeln!(text, "\n{scanned}{}.", prose(&capital(&statement::read(report))));
        if let Some(gap) = statement::gap(coverage) {
            let _ = writeln!(text, "\n**Incomplete:** {}.", prose(&gap));
        }
        notices(&mut text, &report.notices);
        out.write_all(text.as_bytes())
    }
}

fn row(text: &mut String, finding: &Finding) {
    let mut what = format!("{} ({})", prose(&capital(&finding.message)), code(finding.rule.as_str()));
    if let Some(secret) = &finding.secret {
        let _ = write!(what, "<br>{}", code(&secret.masked));
    }
    if let Some((word, said)) = statement::verification(finding) {
        let _ = write!(what, "<br>{}: {}", capital(word), prose(&said));
    }
    let mut severity = finding.severity.as_str().to_owned();
    if let Some(suppression) = &finding.suppressed {
        severity.push_str("<br>suppressed");
        if !suppression.reason.is_empty() {
            let _ = write!(what, "<br>suppressed: {}", prose(&suppression.reason));
        }
    }
    let (place, fingerprint) = (Place::of(finding).to_string(), finding.fingerprint.as_str());
    let help = prose(&finding.help);
    let _ = writeln!(text, "| {severity} | {what} | {} | {} | {help} |", code(&place), code(fingerprint));
}

pub(super) fn notices(text: &mut String, notices: &[Notice]) {
    if notices.is_empty() {
        return;
    }
    text.push_str("\n### Notices\n\n");
    for notice in notices {
        let _ = write!(text, "- **{}**", prose(&notice.code));
        if let Some(path) = &notice.path {
            let line = notice.line.map_or(String::new(), |line| format!(":{line}"));
            let _ = write!(text, " in {}", code(&format!("{path}{line}")));
        }
        let _ = write!(text, ": {}", prose(&notice.message));
        if let Some(help) = &notice.help {
            let _ = write!(text, "; {}", prose(help));
        }
        text.push('\n');
    }
}

/// `text` as it is, whatever it holds. Underscores inside words and the punctuation of addresses are harmless and stay readable.
pub(super) fn prose(text: &str) -> String {
    let text = printable(text);
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let mut out = String::with_capacity(text.len() + 16);
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '_' if word(before) && word(chars.peek().copied()) => out.push(c),
            '&' | '<' | '>' | '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '#' | '~' | '@' | '!' | '$' => {
                entity(&mut out, c);
            }
            c => out.push(c),
        }
        before = Some(c);
    }
    out
}

/// `text` in code type: between backticks when nothing in it could end them or split a table, else as HTML.
pub(super) fn code(text: &str) -> String {
    let text = printable(text);
    let trimmed = text.starts_with(' ') || text.ends_with(' ');
    if !text.is_empty() && !trimmed && !text.contains(['`', '|', '\\']) {
        return format!("`{text}`");
    }
    let mut out = String::from("<code>");
    for c in text.chars() {
        let plain = c.is_alphanumeric() || matches!(c, '/' | '-') || !c.is_ascii();
        if plain { out.push(c) } else { entity(&mut out, c) }
    }
    out + "</code>"
}

fn entity(out: &mut String, c: char) {
    let _ = write!(out, "&#{};", u32::from(c));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::{printable::is_hazard, sample},
        *,
    };

    #[test]
    fn a_summary_has_a_table_a_coverage_line_and_notices() {
        insta::assert_snapshot!("markdown", sample::written(&Markdown, &sample::report()));
    }

    #[test]
    fn a_clean_run_is_a_headline_and_a_capital() {
        let text = sample::written(&Markdown, &sample::clean());
        assert_eq!(text, "## keyward: no findings\n\nRead 812 files, 5.1 MB in tree mode.\n");
    }

    #[test]
    fn nothing_scanned_is_said_aloud() {
        let mut report = sample::clean();
        report.coverage.files = 0;
        report.coverage.bytes = 0;
        let text = sample::written(&Markdown, &report);
        assert!(text.contains("**Nothing was scanned:** Read 0 files, 0 bytes in tree mode."), "{text}");
    }

    #[test]
    fn names_that_are_markup_stay_names() {
        assert_eq!(
            prose("<img> [a](b) @team #1 x_y __z__"),
            "&#60;img&#62; &#91;a&#93;(b) &#64;team &#35;1 x_y &#95;&#95;z&#95;&#95;"
        );
        assert_eq!(code("src/a.py:3:15"), "`src/a.py:3:15`");
        assert_eq!(code("a|b`c"), "<code>a&#124;b&#96;c</code>");
        assert_eq!(code(""), "<code></code>");
    }

    #[test]
    fn rows_beyond_a_thousand_are_counted() {
        let finding = sample::report().findings.remove(0);
        let text = sample::written(&Markdown, &sample::with(vec![finding; ROWS + 2]));
        assert_eq!(text.matches("\n| error |").count(), ROWS);
        assert!(text.contains("\n2 more are not listed here;"), "{text}");
    }

    proptest! {
        #[test]
        fn whatever_the_names_say_the_table_keeps_its_shape(path in any::<String>(), message in any::<String>()) {
            let report = sample::named(path, message);
            let text = sample::written(&Markdown, &report);
            prop_assert!(!text.contains(|c| c != '\n' && is_hazard(c)));
            let row = text.lines().find(|line| line.starts_with("| error")).unwrap();
            prop_assert_eq!(row.matches('|').count(), 6);
            prop_assert_eq!(text.lines().filter(|line| line.starts_with("- **")).count(), 2);
        }
    }
}
