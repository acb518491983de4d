//! What a run's exit code says: findings, an incomplete scan, nothing scanned. Codes are a contract with users' scripts.

use std::process::ExitCode;

use crate::{
    cli::FailOn,
    model::{Coverage, Finding, Notice, Report, SkipReason, Skipped},
};

/// What the exit code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Nothing to complain about.
    Clean = 0,
    /// Findings at or above the threshold.
    Findings = 1,
    /// Something went wrong, or not everything was read.
    Trouble = 2,
    /// There was nothing to read.
    Nothing = 3,
}

impl Exit {
    /// What `report` comes to, when `elsewhere` files were left to other shards: a shard that happens to hold nothing has nothing to
    /// complain about, as long as there was something to hold.
    #[must_use]
    pub fn of(report: &Report, elsewhere: u64, fail_on: FailOn, exit_zero: bool) -> Self {
        let Report { coverage, findings, .. } = report;
        let fails = |finding: &Finding| finding.suppressed.is_none() && fail_on.includes(finding.severity);
        // Exceptions that do not work are the reader's concern only when they failed to do what they say.
        Self::after(&[coverage], elsewhere, !exit_zero && findings.iter().any(fails))
    }

    /// What it comes to to have read what all of `coverages` say, when something in it `fails` or not.
    #[must_use]
    pub fn after(coverages: &[&Coverage], elsewhere: u64, fails: bool) -> Self {
        let met = |coverage: &&Coverage| {
            let is_binary = |skipped: &Skipped| skipped.reason == SkipReason::Binary;
            coverage.files + coverage.commits + coverage.blobs > 0 || coverage.skipped.iter().any(is_binary)
        };
        match () {
            () if coverages.iter().any(|coverage| !coverage.complete) => Self::Trouble,
            () if elsewhere == 0 && !coverages.iter().any(met) => Self::Nothing,
            () if fails => Self::Findings,
            () => Self::Clean,
        }
    }

    /// The same when `left_out` says that a report holds less than was found, which `report` then says too: a report that was cut never
    /// ends well.
    #[must_use]
    pub fn after_writing(self, left_out: Option<Notice>, report: &mut Report) -> Self {
        let Some(notice) = left_out else { return self };
        report.notices.push(notice);
        report.notices = Notice::bounded(std::mem::take(&mut report.notices));
        Self::Trouble
    }

    /// The same for a command that reports no findings.
    #[must_use]
    pub fn without_findings(self) -> Self {
        if self == Self::Findings { Self::Clean } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
