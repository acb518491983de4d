//! JUnit XML, for whatever shows test results: GitLab's merge requests, Jenkins, test reporters on GitHub.
//!
//! One suite for each file, because that is what people open and mend, and one test case for each finding in it. Its class is the rule, behind `keyward.`, which
//! viewers that group by class take for a package. Viewers follow a case by suite, class and name and keep one of those that share them, so the name
//! is made of message and masked key, without a line, and counted where that occurs twice: a key that moves stays the same failure. What fails the
//! run is a failure; what does not is skipped, as a suppressed finding is. The first suite has one case, on whether everything was read: it passes in a
//! clean run, of which viewers would otherwise say that there were no tests, and it is an error when something is missing.
//!
//! `type` is the severity: GitLab reads attributes of that name as types of data, and refuses some words that could be a rule's. Times are zero, as the same input has
//! to give the same bytes.

use std::{collections::HashMap, fmt::Write as _, io};

use super::{
    Format, markup,
    particulars::{particulars, revoke, silenced},
    statement::{self, capital},
};
use crate::{
    model::{Finding, Report, Severity},
    rules::RuleSet,
};

/// The JUnit format.
pub(super) struct Junit {
    fails_from: Option<Severity>,
}

impl Junit {
    /// Results of a run that fails at `fails_from`.
    pub(super) fn new(fails_from: Option<Severity>) -> Self {
        Self { fails_from }
    }

    fn outcome(&self, finding: &Finding) -> Outcome {
        match self.fails_from {
            _ if finding.suppressed.is_some() => Outcome::Skipped,
            Some(least) if finding.severity >= least => Outcome::Failed,
            _ => Outcome::Skipped,
        }
    }

    fn suite(&self, findings: &[&Finding], names: &mut Names, rules: &RuleSet) -> String {
        let (suite, failures) = (markup::text(&findings[0].shown_path()), self.failures(findings));
        let mut out = format!(
            "  <testsuite name=\"{suite}\" tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"{}\" time=\"0\">\n",
            findings.len(),
            findings.len() - failures
        );
        for finding in findings {
            self.case(&mut out, &names.of(&suite, finding), finding, rules);
        }
        out + "  </testsuite>\n"
    }

    fn failures(&self, findings: &[&Finding]) -> usize {
        findings.iter().filter(|finding| self.outcome(finding) == Outcome::Failed).count()
    }

    fn case(&self, out: &mut String, name: &str, finding: &Finding, rules: &RuleSet) {
        let (outcome, severity) = (self.outcome(finding), finding.severity.as_str());
        let _ = writeln!(
            out,
            "    <testcase name=\"{name}\" classname=\"keyward.{}\" file=\"{}\" line=\"{}\" time=\"0\">",
            markup::text(finding.rule.as_str()),
            markup::text(&finding.location.path),
            // Lines in an archive are no lines of the file.
            if finding.origin.archive.is_empty() { finding.location.start_line } else { 1 }
        );
        let lines = lines(finding, rules);
        let _ = match outcome {
            Outcome::Failed => {
                let message = markup::text(&finding.message);
                writeln!(out, "      <failure message=\"{message}\" type=\"{severity}\">{lines}</failure>")
            }
            Outcome::Skipped => {
                let reason = finding
                    .suppressed
                    .as_ref()
                    .map_or_else(|| format!("{severity}: {} (does not fail the run)", finding.message), silenced);
                let message = markup::text(&reason);
                writeln!(out, "      <skipped message=\"{message}\"/>\n      <system-out>{lines}</system-out>")
            }
        };
        out.push_str("    </testcase>\n");
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Failed,
    Skipped,
}

/// The names of test cases so far. They are compared as they are written: two files may look alike in every report.
#[derive(Default)]
struct Names(HashMap<String, u32>);

impl Names {
    /// The name of the case of `finding` in `suite`, unlike that of any other case.
    fn of(&mut self, suite: &str, finding: &Finding) -> String {
        let mut name = markup::text(&finding.message);
        if let Some(secret) = &finding.secret {
            let _ = write!(name, ": {}", markup::text(&secret.masked));
        }
        let number = self.0.entry(format!("{suite}\n{}\n{name}", finding.rule)).or_default();
        *number += 1;
        if *number > 1 {
            let _ = write!(name, " ({number})");
        }
        name
    }
}

impl Format for Junit {
    fn write(&self, report: &Report, rules: &RuleSet, out: &mut dyn io::Write) -> io::Result<()> {
        let findings: Vec<&Finding> = report.findings.iter().collect();
        let trouble = trouble(report);
        let header = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <testsuites name=\"keyward\" tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"0\">\n",
            findings.len() + 1,
            self.failures(&findings),
            u32::from(trouble.is_some())
        );
        out.write_all(header.as_bytes())?;
        out.write_all(reading(report, trouble.as_deref()).as_bytes())?;
        // Findings are sorted by file, so those of one stand together.
        let mut names = Names::default();
        for of_file in findings.chunk_by(|one, other| one.shown_path() == other.shown_path()) {
            out.write_all(self.suite(of_file, &mut names, rules).as_bytes())?;
        }
        out.write_all(b"</testsuites>\n")
    }
}

/// Why the run does not say that all is well, even without findings.
fn trouble(report: &Report) -> Option<String> {
    let nothing = statement::nothing_read(report).then(|| "nothing was scanned".to_owned());
    statement::gap(&report.coverage).or(nothing)
}

/// The suite on whether everything was read.
fn reading(report: &Report, trouble: Option<&str>) -> String {
    let mut said = vec![format!("{}; {}", capital(&statement::found(report)), statement::read(report))];
    said.extend(report.notices.iter().map(|notice| {
        let place = notice.path.as_ref().map(|path| format!(" ({path})")).unwrap_or_default();
        let help = notice.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
        format!("{}{place}: {}{help}", notice.code, notice.message)
    }));
    let error = trouble.map_or_else(String::new, |trouble| {
        let message = markup::text(trouble);
        format!("      <error message=\"{message}\" type=\"incomplete\">{message}</error>\n")
    });
    format!(
        "  <testsuite name=\"keyward\" tests=\"1\" failures=\"0\" errors=\"{}\" skipped=\"0\" time=\"0\">\n    \
         <testcase name=\"everything was read\" classname=\"keyward.coverage\" time=\"0\">\n{error}      \
         <system-out>{}</system-out>\n    </testcase>\n  </testsuite>\n",
        u32::from(trouble.is_some()),
        escaped(&said)
    )
}

/// What a person needs to act on a finding, a line for each thing.
fn lines(finding: &Finding, rules: &RuleSet) -> String {
    let mut all = vec![finding.message.clone()];
    all.extend(particulars(finding).into_iter().map(|part| format!("{}: {}", part.word, part.text)));
    all.push(format!("help: {}", finding.help));
    all.extend(revoke(finding, rules).map(|page| format!("revoke at: {page}")));
    escaped(&all)
}

fn escaped(lines: &[String]) -> String {
    lines.iter().map(|line| markup::text(line)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use roxmltree::{Document, Node};

    use super::{super::sample, *};

    fn xml(report: &Report, fails_from: Option<Severity>) -> String {
        sample::written(&Junit::new(fails_from), report)
    }

    fn elements<'a>(node: Node<'a, 'a>, name: &'static str) -> Vec<Node<'a, 'a>> {
        node.descendants().filter(|node| node.has_tag_name(name)).collect()
    }

    /// Parses `text`, asserts that every count is that of what it counts, and that no two cases are taken for one.
    #[track_caller]
    fn assert_consistent(text: &str) -> (usize, usize, usize) {
        let document = Document::parse(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let root = document.root_element();
        let count = |node: Node<'_, '_>, name: &str| node.attribute(name).unwrap().parse::<usize>().unwrap();
        let all = (elements(root, "testcase").len(), elements(root, "failure").len(), elements(root, "error").len());
        assert_eq!((count(root, "tests"), count(root, "failures"), count(root, "errors")), all);
        let mut known = std::collections::BTreeSet::new();
        for suite in elements(root, "testsuite") {
            for (name, element) in
                [("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")]
            {
                assert_eq!(count(suite, name), elements(suite, element).len(), "{name}");
            }
            for case in elements(suite, "testcase") {
                let key = [suite.attribute("name"), case.attribute("classname"), case.attribute("name")];
                assert!(known.insert(key.map(|part| part.unwrap().to_owned())), "{key:?}");
            }
        }
        all
    }

    #[test]
    fn findings_are_failures_in_the_suite_of_their_file_and_suppressed_ones_are_skipped() {
        let text = xml(&sample::report(), Some(Severity::Warning));
        assert_eq!(assert_consistent(&text), (5, 3, 1));
        insta::assert_snapshot!("junit", text);
    }

    #[test]
    fn a_clean_run_is_one_test_that_passes() {
        let text = xml(&sample::clean(), Some(Severity::Warning));
        assert_eq!(assert_consistent(&text), (1, 0, 0));
        assert!(text.contains("No findings; read 812 files, 5.1 MB in tree mode"), "{text}");
    }

    #[test]
    fn what_does_not_fail_the_run_is_skipped() {
        let mut report = sample::report();
        report.findings[0].severity = Severity::Note;
        report.findings[2].severity = Severity::Warning;
        for (fails_from, failures) in
            [(Some(Severity::Note), 3), (Some(Severity::Warning), 2), (Some(Severity::Error), 1), (None, 0)]
        {
            assert_eq!(assert_consistent(&xml(&report, fails_from)).1, failures, "{fails_from:?}");
        }
    }

    #[test]
    fn nothing_scanned_is_an_error() {
        let mut report = sample::clean();
        report.coverage.files = 0;
        let text = xml(&report, None);
        assert_eq!(assert_consistent(&text), (1, 0, 1));
        assert!(text.contains("nothing was scanned"), "{text}");
    }

    #[test]
    fn a_key_that_stands_twice_in_a_file_is_two_tests_that_keep_their_names_when_lines_move() {
        let finding = sample::report().findings.remove(0);
        let names = |lines: [u32; 2]| {
            let findings = lines.map(|line| {
                let mut finding = finding.clone();
                finding.location.start_line = line;
                finding
            });
            let text = xml(&sample::with(findings.to_vec()), None);
            assert_consistent(&text);
            let document = Document::parse(&text).unwrap();
            let cases = elements(document.root_element(), "testcase");
            cases.iter().map(|case| case.attribute("name").unwrap().to_owned()).collect::<Vec<_>>()
        };
        let first = names([1, 2]);
        assert!(first[2].ends_with(" (2)"), "{first:?}");
        assert_eq!(first, names([30, 44]));
    }

    proptest! {
        #[test]
        fn whatever_the_names_say_it_is_well_formed(path in any::<String>(), message in any::<String>()) {
            assert_consistent(&xml(&sample::named(path, message), Some(Severity::Note)));
        }

        #[test]
        fn every_character_there_is_can_stand_in_a_name(c in any::<char>()) {
            let text = xml(&sample::named(format!("a{c}b"), format!("{c}")), Some(Severity::Note));
            prop_assert_eq!(assert_consistent(&text), (2, 1, 1));
        }
    }
}
