//! The baseline: secrets that were there before anybody looked, accepted until somebody gets to them.
//!
//! A text file with one line for each secret and rule, sorted, without lines, commits or dates: moved code leaves it alone, and two
//! branches that add to it merge without a conflict in most cases, and with a readable one in the rest. A secret is known by its content,
//! so a new one in an old place is reported, and an old one in a new place is not reported twice.

use std::collections::BTreeSet;

use super::suppression;
use crate::model::{Finding, Fingerprint, Notice, SuppressedBy, Suppression};

const HEADER: &str =
    "# keyward baseline v1: one accepted secret a line, by content. `keyward baseline update` rewrites it.";
/// Malformed lines named one by one; the rest are counted.
const MOST_NAMED: usize = 5;

/// An accepted secret: fingerprint and rule.
pub type Entry = (Fingerprint, String);

/// A baseline as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeSet<Entry>,
    malformed: Vec<u32>,
    path: String,
}

impl Baseline {
    /// Reads `text`, the content of the file that notices call `path`. Lines that make no sense are kept for [`apply`](super::apply)
    /// to report and silence nothing.
    #[must_use]
    pub fn parse(text: &str, path: &str) -> Self {
        let mut baseline = Self { path: path.to_owned(), ..Self::default() };
        for (line, number) in text.lines().zip(1..) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let mut words = line.split_whitespace();
            let fingerprint = words.next().and_then(Fingerprint::parse);
            match (fingerprint, words.next(), words.next()) {
                (Some(fingerprint), Some(rule), None) => {
                    baseline.entries.insert((fingerprint, rule.to_owned()));
                }
                _ => baseline.malformed.push(number),
            }
        }
        baseline
    }

    /// A baseline of `entries`.
    #[must_use]
    pub fn of(entries: impl IntoIterator<Item = Entry>) -> Self {
        Self { entries: entries.into_iter().collect(), ..Self::default() }
    }

    /// The file's text.
    #[must_use]
    pub fn text(&self) -> String {
        let lines = self.entries.iter().map(|(fingerprint, rule)| format!("{fingerprint} {rule}\n"));
        format!("{HEADER}\n{}", lines.collect::<String>())
    }

    /// The accepted secrets.
    #[must_use]
    pub fn entries(&self) -> &BTreeSet<Entry> {
        &self.entries
    }
}

/// What stands for `finding` in a baseline: its secret, or the finding itself when it is not about one.
#[must_use]
pub fn entry(finding: &Finding) -> Entry {
    let secret = finding.secret.as_ref().map(|secret| &secret.fingerprint);
    (secret.unwrap_or(&finding.fingerprint).clone(), finding.rule.to_string())
}

/// A baseline in use.
pub(super) struct Applied<'b> {
    baseline: &'b Baseline,
    seen: BTreeSet<&'b Entry>,
}

impl<'b> Applied<'b> {
    pub(super) fn new(baseline: &'b Baseline) -> Self {
        Self { baseline, seen: BTreeSet::new() }
    }

    pub(super) fn suppression(&mut self, finding: &Finding) -> Option<Suppression> {
        let entry = self.baseline.entries.get(&entry(finding))?;
        self.seen.insert(entry);
        Some(suppression(SuppressedBy::Baseline, "accepted in the baseline"))
    }

    pub(super) fn notices(&self, whole: bool) -> Vec<Notice> {
        let notice = |code: &str, message: String, help: &str, line: Option<u32>| Notice {
            code: code.into(),
            message,
            help: Some(help.into()),
            path: Some(self.baseline.path.clone()),
            line,
        };
        let malformed = &self.baseline.malformed;
        let mut notices: Vec<Notice> = malformed
            .iter()
            .take(MOST_NAMED)
            .map(|line| {
                let help = "resolve the merge conflict, or run `keyward baseline update`";
                notice("malformed-baseline", "this line is not a baseline entry".to_owned(), help, Some(*line))
            })
            .collect();
        if malformed.len() > MOST_NAMED {
            let message = format!("{} further lines are not baseline entries", malformed.len() - MOST_NAMED);
            notices.push(notice("malformed-baseline", message, "run `keyward baseline update`", None));
        }
        let stale = self.baseline.entries.len() - self.seen.len();
        if whole && stale > 0 {
            let noun = if stale == 1 { "entry is" } else { "entries are" };
            let message = format!("{stale} {noun} not found any more");
            notices.push(notice("stale-baseline", message, "run `keyward baseline prune`", None));
        }
        notices
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fingerprint(number: u32) -> Fingerprint {
        Fingerprint::of("test", &[&number.to_le_bytes()])
    }

    #[test]
    fn comments_blank_lines_and_crlf_are_tolerated_and_conflict_markers_are_not_entries() {
        let text = format!("# c\r\n\r\n<<<<<<< ours\r\n{} a-rule\r\n=======\r\n", fingerprint(1));
        let baseline = Baseline::parse(&text, "b");
        assert_eq!(baseline.entries().len(), 1);
        assert_eq!(baseline.malformed, [3, 5]);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back_in_whatever_order(numbers in prop::collection::vec(any::<u32>(), 0..40)) {
            let entries = numbers.iter().map(|number| (fingerprint(*number), format!("rule-{}", number % 7)));
            let baseline = Baseline::of(entries);
            let text = baseline.text();
            let read = Baseline::parse(&text, "");
            prop_assert_eq!(read.entries(), baseline.entries());
            let mut lines: Vec<&str> = text.lines().collect();
            lines.reverse();
            let shuffled = Baseline::parse(&lines.join("\r\n"), "");
            prop_assert_eq!(shuffled.entries(), baseline.entries());
            prop_assert_eq!(shuffled.text(), text);
        }
    }
}
