//! Which fixes are made: one of each finding that nothing silenced.

use crate::model::{Finding, Fix};

/// A fix that is to be made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choice<'f> {
    /// What it is for.
    pub(super) finding: &'f Finding,
    /// The fix.
    pub(super) fix: &'f Fix,
}

/// What there is to do.
#[derive(Debug, Default)]
pub(super) struct Choices<'f> {
    /// To be made, in the order of the report.
    pub(super) made: Vec<Choice<'f>>,
    /// Fixes that are left because they are unsafe.
    pub(super) unsafe_left: usize,
    /// Findings that no fix is known for.
    pub(super) without: usize,
}

/// Which fixes may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Allowed {
    /// Those that cannot change what a working program does.
    Safe,
    /// All.
    Unsafe,
}

/// The fixes of `findings` to make. The fixes of one finding are different ways out, of which the first one that is `allowed` is taken.
pub(super) fn choose(findings: &[Finding], allowed: Allowed) -> Choices<'_> {
    let mut choices = Choices::default();
    for finding in findings.iter().filter(|finding| finding.suppressed.is_none()) {
        let is_allowed = |fix: &&Fix| fix.safe || allowed == Allowed::Unsafe;
        match finding.fixes.iter().find(is_allowed) {
            Some(fix) => choices.made.push(Choice { finding, fix }),
            None if finding.fixes.is_empty() => choices.without += 1,
            None => choices.unsafe_left += 1,
        }
    }
    choices
}
