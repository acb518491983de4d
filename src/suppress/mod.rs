//! What silences a finding: marks in the file, entries of the configuration, the baseline.
//!
//! This stage marks and never drops, so that what was silenced can still be counted, shown and verified. It also answers back: a mark, an
//! entry or a baseline line that silences nothing any more is itself reported, because a list of exceptions that nobody prunes ends up
//! hiding the next leak.

mod allow;
pub mod baseline;
mod inline;

use std::collections::BTreeMap;

pub use baseline::Baseline;
pub use inline::{Mark, WATCHED, marks};

use crate::model::{Allow, Date, Finding, Notice, Suppression};

/// What to apply.
pub struct Options<'o> {
    /// Entries of the configuration.
    pub allows: &'o [Allow],
    /// Path of the configuration in notices.
    pub config_path: &'o str,
    /// Accepted findings.
    pub baseline: Option<&'o Baseline>,
    /// Today, which decides what has expired.
    pub today: Date,
    /// Whether everything the exceptions could speak of was scanned: only then does silence mean that one is stale.
    pub whole: bool,
    /// Whether a name is a rule, a provider or a group.
    pub is_known: &'o dyn Fn(&str) -> bool,
    /// Whether the rules of a name take part in this run.
    pub is_running: &'o dyn Fn(&str) -> bool,
}

/// Marks the `findings` that something silences; `marks` are by path. Returns what is stale, expired or malformed.
pub fn apply(findings: &mut [Finding], marks: &BTreeMap<String, Vec<Mark>>, options: &Options<'_>) -> Vec<Notice> {
    let mut inline = inline::Inline::new(marks);
    let mut allows = allow::Allows::new(options.allows, options.today);
    let mut baseline = options.baseline.map(baseline::Applied::new);
    for finding in findings {
        finding.suppressed = inline
            .suppression(finding)
            .or_else(|| allows.suppression(finding))
            .or_else(|| baseline.as_mut().and_then(|baseline| baseline.suppression(finding)));
    }
    let mut notices = inline.notices(options);
    notices.extend(allows.notices(options));
    notices.extend(baseline.map(|baseline| baseline.notices(options.whole)).unwrap_or_default());
    notices
}

/// Whether `name` stands for the rule, the provider or the group of `finding`.
fn names(name: &str, finding: &Finding) -> bool {
    name == finding.rule.as_str() || finding.provider.as_deref() == Some(name) || name == finding.group.as_str()
}

fn suppression(by: crate::model::SuppressedBy, reason: impl Into<String>) -> Suppression {
    Suppression { by, reason: reason.into() }
}
