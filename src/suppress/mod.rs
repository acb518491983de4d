//! What silences a finding: marks in the text, `[[allow]]` entries, the baseline.
//!
//! Findings are marked and never dropped, so that reports can count them and `--show-suppressed` can show them. The
//! three are asked in that order and the first that applies is recorded; all are asked, because whether an entry is
//! still needed does not depend on what else silences the same finding. What silences nothing, has ended or cannot be
//! read answers back as a notice: a suppression that nobody needs is one that will hide the next leak.
//!
//! Reading the configuration is left to `config`, and what counts as a scan of everything to `pipeline`, which says so
//! in [`Reach`].

mod allow;
pub mod baseline;
mod inline;
pub mod mark;

use std::collections::{BTreeMap, BTreeSet};

pub use baseline::{Baseline, BaselineError};
pub use mark::{Mark, WATCHED, marks};

use crate::model::{Allow, Date, Finding, Notice, RuleId};

/// How much of the repository the run looked at, and with which rules: whether something that was not found is gone.
#[derive(Clone, Copy, Debug)]
pub struct Reach<'a> {
    /// Whether everything under the root was scanned.
    pub whole: bool,
    /// Ids, providers and groups of which at least one rule did not run.
    pub skipped: &'a BTreeSet<String>,
}

impl Reach<'_> {
    /// Whether every finding of `rule` in the repository was found.
    #[must_use]
    pub fn covers(self, rule: &RuleId) -> bool {
        self.whole && !self.skipped.contains(rule.as_str())
    }
}

/// What [`apply`] goes by.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The `[[allow]]` entries, in the order of their file.
    pub allows: &'a [Allow],
    /// How notices call that file.
    pub config: Option<&'a str>,
    /// The baseline, if there is one.
    pub baseline: Option<&'a Baseline>,
    /// How notices call its file.
    pub baseline_file: Option<&'a str>,
    /// The day that decides which entries have ended.
    pub today: Date,
    /// What the run looked at.
    pub reach: Reach<'a>,
    /// Ids, providers and groups that exist, whether they run or not.
    pub known: &'a BTreeSet<String>,
}

/// Records in each finding what silences it, and returns what there is to say about the suppressions themselves.
///
/// `marks` holds the marks of each file by the path that findings in it carry. Findings that are silenced already stay
/// as they are.
pub fn apply(findings: &mut [Finding], marks: &BTreeMap<String, Vec<Mark>>, options: &Options<'_>) -> Vec<Notice> {
    let nothing = Baseline::default();
    let mut inline = inline::Inline::new(marks);
    let mut entries = allow::Entries::new(options.allows, options.today);
    let mut accepted = baseline::Accepted::new(options.baseline.unwrap_or(&nothing));
    for finding in findings {
        let by = [inline.silence(finding), entries.silence(finding), accepted.silence(finding)];
        finding.suppressed = finding.suppressed.take().or_else(|| by.into_iter().flatten().next());
    }
    Notice::bounded([inline.notices(options), entries.notices(options), accepted.notices(options)].concat())
}

/// Records in the findings of one text what its own marks silence. For versions of a file, where a mark that silences nothing in one of them is
/// no news.
pub fn apply_marks(findings: &mut [Finding], path: &str, marks: Vec<Mark>) {
    let marks = BTreeMap::from([(path.to_owned(), marks)]);
    let mut inline = inline::Inline::new(&marks);
    for finding in findings {
        let silenced = inline.silence(finding);
        finding.suppressed = finding.suppressed.take().or(silenced);
    }
}

/// The names under which `finding` can be silenced: its rule, its provider, its group.
fn names_of(finding: &Finding) -> impl Iterator<Item = &str> {
    [finding.rule.as_str(), finding.group.as_str()].into_iter().chain(finding.provider.as_deref())
}

fn notice(code: &str, message: String, help: &str, path: Option<&str>, line: Option<u32>) -> Notice {
    Notice { code: code.to_owned(), message, help: Some(help.to_owned()), path: path.map(str::to_owned), line }
}

#[cfg(test)]
mod tests;
