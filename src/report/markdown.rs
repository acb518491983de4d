//! A page for job summaries: what was found, in a table that a manager can read.
//!
//! Everything that stems from the scanned files is defused twice: hazards are written out ([`printable`]), and characters that mean
//! something to GitHub's Markdown become entities, which hold in tables, in code and in prose alike. Backslashes would not: before
//! a pipe in a table they are read differently from anywhere else. What would become a link by itself is broken up in the same way, except addresses in
//! sentences of our own.
//!
//! GitHub throws a summary of more than 1 MiB away as a whole. So the table begins with the worst, ends when the page is full, and says how many rows are
//! missing.

use std::{cmp::Reverse, fmt::Write as _, io};

use super::{
    Format,
    particulars::may_link,
    printable::{Place, printable},
    statement::{self, capital, grouped},
};
use crate::{
    model::{Finding, Notice, Report},
    rules::RuleSet,
};

/// Rows that anybody reads; those beyond it are counted, not written.
const ROWS: usize = 1_000;
/// Bytes of a page: 1 MiB is what GitHub takes, of all that a step writes together.
const MOST_BYTES: usize = 1_000_000;
/// Bytes of the sentence that counts what is missing.
const COUNTED: usize = 200;
/// Bytes of what stands below the table; findings have the rest.
const MOST_BELOW: usize = 200_000;

/// The Markdown format.
pub(super) struct Markdown;

impl Format for Markdown {
    fn write(&self, report: &Report, rules: &RuleSet, out: &mut dyn io::Write) -> io::Result<()> {
        let mut text = format!("## keyward: {}\n", statement::found(report));
        let below = below(report);
        if !report.findings.is_empty() {
            table(&mut text, &report.findings, rules, MOST_BYTES.saturating_sub(below.len() + COUNTED));
        }
        text.push_str(&below);
        out.write_all(text.as_bytes())
    }
}

/// The table, the worst first, as long as the page has no more than `most` bytes.
fn table(text: &mut String, findings: &[Finding], rules: &RuleSet, most: usize) {
    text.push_str("\n| Severity | What | Where | Fingerprint | What to do |\n|---|---|---|---|---|\n");
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| {
        let is_live = finding.verification.verdict.is_live();
        (finding.suppressed.is_some(), Reverse(finding.severity), !is_live)
    });
    let mut shown = 0;
    for finding in sorted.into_iter().take(ROWS) {
        let row = row(finding, rules);
        if text.len() + row.len() > most {
            break;
        }
        text.push_str(&row);
        shown += 1;
    }
    let rest = findings.len() - shown;
    if rest > 0 {
        let are = if rest == 1 { "is" } else { "are" };
        let _ = writeln!(
            text,
            "\n**{} more {are} not listed here**, in the order above; other report formats list all.",
            grouped(rest as u64)
        );
    }
}

/// What was read and what is to be known of the run.
fn below(report: &Report) -> String {
    let mut text = String::new();
    let coverage = &report.coverage;
    let scanned = if statement::nothing_read(report) { "**Nothing was scanned:** " } else { "" };
    let _ = writeln!(text, "\n{scanned}{}.", prose(&capital(&statement::read(report))));
    if let Some(gap) = statement::gap(coverage) {
        let _ = writeln!(text, "\n**Incomplete:** {}.", prose(&gap));
    }
    notices(&mut text, &report.notices);
    text
}

fn row(finding: &Finding, rules: &RuleSet) -> String {
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
    let help = help(finding, rules);
    format!("| {severity} | {what} | {} | {} | {help} |\n", code(&place), code(fingerprint))
}

/// What to do. The words of our own rules may lead somewhere.
pub(super) fn help(finding: &Finding, rules: &RuleSet) -> String {
    let is_ours = rules.get(&finding.rule).is_some_and(may_link);
    if is_ours { linked(&finding.help) } else { prose(&finding.help) }
}

pub(super) fn notices(text: &mut String, notices: &[Notice]) {
    if notices.is_empty() {
        return;
    }
    text.push_str("\n### Notices\n\n");
    let begin = text.len();
    for (at, notice) in notices.iter().enumerate() {
        let mut line = format!("- **{}**", prose(&notice.code));
        if let Some(path) = &notice.path {
            let number = notice.line.map_or(String::new(), |line| format!(":{line}"));
            let _ = write!(line, " in {}", code(&format!("{path}{number}")));
        }
        let _ = write!(line, ": {}", prose(&notice.message));
        if let Some(help) = &notice.help {
            let _ = write!(line, "; {}", prose(help));
        }
        if text.len() - begin + line.len() > MOST_BELOW {
            let _ =
                writeln!(text, "- and {} more; other report formats list all", grouped((notices.len() - at) as u64));
            return;
        }
        text.push_str(&line);
        text.push('\n');
    }
}

/// `text` as it is, whatever it holds. Underscores inside words and the punctuation of addresses are harmless and stay readable.
pub(super) fn prose(text: &str) -> String {
    // What begins like an address would become a link.
    linked(text).replace("://", "&#58;//")
}

/// The same for sentences of ours, in which addresses lead somewhere.
pub(super) fn linked(text: &str) -> String {
    let text = printable(text);
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let mut out = String::with_capacity(text.len() + 16);
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '_' if word(before) && word(chars.peek().copied()) => out.push(c),
            '.' if ends_with_www(&out) => entity(&mut out, c),
            '&' | '<' | '>' | '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '#' | '~' | '@' | '!' | '$' => {
                entity(&mut out, c);
            }
            c => out.push(c),
        }
        before = Some(c);
    }
    out
}

/// Whether a point behind `text` would make it a link.
fn ends_with_www(text: &str) -> bool {
    text.len() >= 3 && text.as_bytes()[text.len() - 3..].eq_ignore_ascii_case(b"www")
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
        assert!(text.contains("\n**2 more are not listed here**, in the order above;"), "{text}");
    }

    #[test]
    fn a_page_is_never_longer_than_github_takes_and_the_worst_stay() {
        let mut finding = sample::report().findings.remove(0);
        finding.secret = None;
        finding.location.path = "|".repeat(4_000);
        let mut findings = Vec::new();
        for severity in [crate::model::Severity::Note, crate::model::Severity::Error] {
            findings.extend(vec![Finding { severity, ..finding.clone() }; 60]);
        }
        let mut report = sample::with(findings);
        let long = Notice { message: "#".repeat(10_000), ..report.notices[0].clone() };
        report.notices = vec![long; 50];
        let text = sample::written(&Markdown, &report);
        assert!(text.len() <= MOST_BYTES && text.len() > MOST_BYTES * 9 / 10, "{}", text.len());
        let rows = |severity: &str| text.matches(&format!("\n| {severity} |")).count();
        let (errors, notes) = (rows("error"), rows("note"));
        assert_eq!((errors, notes), (35, 0));
        assert!(text.contains("\n**85 more are not listed here**, in the order above;"));
        assert!(text.contains("\n- and 47 more; other report formats list all\n"), "{}", &text[text.len() - 200..]);
    }

    #[test]
    fn names_of_unread_files_push_no_finding_off_the_page() {
        let mut report = sample::report();
        for skip in &mut report.coverage.skipped {
            skip.path = "|".repeat(60_000);
            skip.reason = crate::model::SkipReason::TooLarge;
        }
        let text = sample::written(&Markdown, &report);
        assert_eq!(text.matches("\n| error").count(), 4, "{}", text.len());
        assert!(text.len() < 10_000, "{}", text.len());
    }

    #[test]
    fn nothing_in_a_name_becomes_a_link_and_the_help_of_our_rules_may() {
        assert_eq!(prose("https://evil.example/ www.evil.example"), "https&#58;//evil.example/ www&#46;evil.example");
        assert_eq!(linked("see https://a.example/b_c WWW.x"), "see https://a.example/b_c WWW&#46;x");
        let mut finding = sample::report().findings.remove(0);
        finding.help = "See https://a.example".into();
        let rules = RuleSet::builtin();
        assert_eq!(help(&finding, &rules), "See https://a.example");
        finding.rule = crate::model::RuleId::new("somebody-elses");
        assert_eq!(help(&finding, &rules), "See https&#58;//a.example");
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
