//! Workflow commands: annotations on a pull request without an upload.
//!
//! GitHub shows ten annotations of each kind per step and drops the rest without a word, so no more are written and the last one counts
//! what is missing. The runner reads a command from any line that begins with `::`, so every value is escaped by its rules, and the
//! one line that is not a command holds nothing from the scanned files.

use std::{fmt::Write as _, io};

use super::{
    Format,
    printable::{Place, is_hazard},
    statement,
};
use crate::{
    model::{Finding, Notice, Report, Severity},
    rules::RuleSet,
};

/// Annotations of one kind that GitHub shows.
const SHOWN: usize = 10;

/// The workflow-command format.
pub(super) struct Github;

impl Format for Github {
    fn write(&self, report: &Report, _: &RuleSet, out: &mut dyn io::Write) -> io::Result<()> {
        let mut text = String::new();
        if let Some(gap) = statement::gap(&report.coverage) {
            text.push_str("::warning title=incomplete scan::");
            escape(&mut text, &gap, Slot::Message);
            text.push('\n');
        }
        let commands = commands(report);
        let room = Room::for_report(report, &commands);
        let mut written = [0; KINDS.len()];
        for (kind, command) in &commands {
            let number = &mut written[*kind as usize];
            if *number < room.of(*kind) {
                *number += 1;
                text.push_str(command);
            }
        }
        room.rest(&commands, &mut text);
        let _ = writeln!(text, "keyward: {}; {}", statement::found(report), statement::read(report));
        out.write_all(text.as_bytes())
    }
}

/// The kinds of annotation there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Error,
    Warning,
    Notice,
}

const KINDS: [Kind; 3] = [Kind::Error, Kind::Warning, Kind::Notice];

impl Kind {
    fn of(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Error,
            Severity::Warning => Self::Warning,
            Severity::Note => Self::Notice,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// How many annotations of each kind may be written.
struct Room([usize; KINDS.len()]);

impl Room {
    /// Ten of each, less those that say what is missing.
    fn for_report(report: &Report, commands: &[(Kind, String)]) -> Self {
        let mut room = Self([SHOWN; KINDS.len()]);
        if !report.coverage.complete {
            room.0[Kind::Warning as usize] -= 1;
        }
        if KINDS.iter().any(|kind| room.left_out(*kind, commands) > 0) {
            room.0[Kind::Notice as usize] -= 1;
        }
        room
    }

    fn of(&self, kind: Kind) -> usize {
        self.0[kind as usize]
    }

    fn left_out(&self, kind: Kind, commands: &[(Kind, String)]) -> usize {
        commands.iter().filter(|(other, _)| *other == kind).count().saturating_sub(self.of(kind))
    }

    /// The annotation that counts what was left out, when something was.
    fn rest(&self, commands: &[(Kind, String)], text: &mut String) {
        let parts: Vec<String> = KINDS
            .iter()
            .map(|kind| (kind, self.left_out(*kind, commands) as u64))
            .filter(|(_, number)| *number > 0)
            .map(|(kind, number)| statement::count(number, &format!("more {}", kind.as_str())))
            .collect();
        if !parts.is_empty() {
            let _ = writeln!(text, "::notice::{} not shown here; other report formats list all", parts.join(", "));
        }
    }
}

/// Every annotation, findings first.
fn commands(report: &Report) -> Vec<(Kind, String)> {
    let findings = report.findings.iter().filter(|finding| finding.suppressed.is_none()).map(of_finding);
    findings.chain(report.notices.iter().map(of_notice)).collect()
}

fn of_finding(finding: &Finding) -> (Kind, String) {
    let kind = Kind::of(finding.severity);
    let place = &finding.location;
    let mut text = format!("::{} file=", kind.as_str());
    escape(&mut text, &place.path, Slot::Property);
    // Lines in an archive are not lines of the file.
    let is_packed = !finding.origin.archive.is_empty();
    if !is_packed {
        let _ = write!(text, ",line={},endLine={}", place.start_line, place.end_line);
    }
    // GitHub ignores columns of a range over several lines, and logs a complaint.
    if !is_packed && place.start_line == place.end_line {
        let _ = write!(text, ",col={},endColumn={}", place.start_column, place.end_column);
    }
    text.push_str(",title=");
    escape(&mut text, finding.rule.as_str(), Slot::Property);
    text.push_str("::");
    escape(&mut text, &finding.message, Slot::Message);
    if let Some(secret) = &finding.secret {
        escape(&mut text, &format!(" ({})", secret.masked), Slot::Message);
    }
    if is_packed {
        escape(&mut text, &format!("\nin {}", Place::of(finding)), Slot::Message);
    }
    if !finding.help.is_empty() {
        escape(&mut text, &format!("\n{}", finding.help), Slot::Message);
    }
    if let Some((word, said)) = statement::verification(finding) {
        escape(&mut text, &format!("\n{}: {said}", statement::capital(word)), Slot::Message);
    }
    text.push('\n');
    (kind, text)
}

fn of_notice(notice: &Notice) -> (Kind, String) {
    let mut text = String::from("::notice ");
    if let Some(path) = &notice.path {
        text.push_str("file=");
        escape(&mut text, path, Slot::Property);
        text.push(',');
    }
    if let Some(line) = notice.line {
        let _ = write!(text, "line={line},");
    }
    text.push_str("title=");
    escape(&mut text, &notice.code, Slot::Property);
    text.push_str("::");
    escape(&mut text, &notice.message, Slot::Message);
    if let Some(help) = &notice.help {
        escape(&mut text, &format!("\n{help}"), Slot::Message);
    }
    text.push('\n');
    (Kind::Notice, text)
}

/// Where in a command a text stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Slot {
    Property,
    Message,
}

/// Escapes as the runner unescapes. Line breaks survive as `%0A`, so that a file whose name holds one is still found; whatever else
/// would disturb the log is written out.
fn escape(out: &mut String, text: &str, slot: Slot) {
    for c in text.chars() {
        match c {
            '%' => out.push_str("%25"),
            '\r' => out.push_str("%0D"),
            '\n' => out.push_str("%0A"),
            ':' if slot == Slot::Property => out.push_str("%3A"),
            ',' if slot == Slot::Property => out.push_str("%2C"),
            c if is_hazard(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::sample, *};

    #[test]
    fn findings_become_annotations_and_suppressed_ones_do_not() {
        insta::assert_snapshot!("github", sample::written(&Github, &sample::report()));
    }

    #[test]
    fn a_range_over_several_lines_has_no_columns() {
        let mut finding = sample::report().findings.remove(0);
        finding.location.end_line = 9;
        let (_, command) = of_finding(&finding);
        assert!(
            command.starts_with("::error file=config/old.env,line=1,endLine=9,title=openai-api-key::"),
            "{command}"
        );
    }

    #[test]
    fn a_clean_run_is_one_line_without_a_command() {
        let text = sample::written(&Github, &sample::clean());
        assert_eq!(text, "keyward: no findings; read 812 files, 5.1 MB in tree mode\n");
    }

    #[test]
    fn ten_of_a_kind_are_written_and_the_rest_is_counted() {
        let finding = sample::report().findings.remove(0);
        let warning = Finding { severity: Severity::Warning, ..finding.clone() };
        let mut report = sample::with([vec![finding; 13], vec![warning; 9]].concat());
        report.notices.truncate(1);
        let text = sample::written(&Github, &report);
        let lines = |start: &str| text.lines().filter(|line| line.starts_with(start)).count();
        assert_eq!((lines("::error "), lines("::warning "), lines("::notice ")), (10, 10, 1));
        assert!(text.contains("\n::notice::3 more errors not shown here; other report formats list all\n"), "{text}");
    }

    #[test]
    fn notes_leave_room_for_the_line_that_counts() {
        let note = Finding { severity: Severity::Note, ..sample::report().findings.remove(0) };
        let mut report = sample::with(vec![note; 11]);
        report.notices.clear();
        let text = sample::written(&Github, &report);
        assert_eq!(text.lines().filter(|line| line.starts_with("::notice")).count(), SHOWN);
        assert!(text.contains("::notice::2 more notices not shown"), "{text}");
    }

    proptest! {
        #[test]
        fn whatever_the_names_say_each_line_is_one_command_of_ours(path in any::<String>(), message in any::<String>()) {
            let report = sample::named(path, message);
            let text = sample::written(&Github, &report);
            prop_assert!(!text.contains(|c| c != '\n' && is_hazard(c)));
            let starts: Vec<&str> = text.lines().map(|line| line.split([' ', ':']).find(|s| !s.is_empty()).unwrap()).collect();
            prop_assert_eq!(starts, ["warning", "error", "notice", "notice", "keyward"]);
        }
    }
}
