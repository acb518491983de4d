//! A finished run: what the reports print.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Coverage, Finding, Group, Notice, RepoId, Severity, Shard};

/// The program that made the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// Always `keyward`.
    pub name: Cow<'static, str>,
    /// Version of the program.
    pub version: Cow<'static, str>,
    /// SHA-256 of the rule set in hexadecimal: two reports with the same value were made by the same rules.
    pub rules: String,
}

/// Counts of the findings that were not suppressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Findings of severity error.
    pub error: u64,
    /// Findings of severity warning.
    pub warning: u64,
    /// Findings of severity note.
    pub note: u64,
    /// Findings that something silenced; not in the other counts.
    pub suppressed: u64,
    /// Distinct secrets.
    pub secrets: u64,
    /// Distinct secrets that the provider says are live.
    pub live: u64,
    /// Those of them that may not do everything: rights, place, organisation.
    #[serde(default)]
    pub restricted: u64,
    /// Distinct secrets that the provider refuses.
    #[serde(default)]
    pub dead: u64,
    /// Distinct secrets about which somebody was asked and nothing is known.
    #[serde(default)]
    pub unknown: u64,
}

/// Everything a report needs, already masked and sorted by path, place and rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Report {
    /// Version of this format.
    pub schema: &'static str,
    /// The program that made it.
    pub tool: Tool,
    /// The repository that was scanned, as `--repo-id` calls it; `null` when it was not given, and in a report on several.
    pub repo_id: Option<RepoId>,
    /// The repositories that were merged into this report; their names stand before the paths. Empty for a report on one.
    pub repos: Vec<RepoId>,
    /// Which part of the scan this is, such as `2/4`; `null` for the whole.
    pub shard: Option<Shard>,
    /// What was read.
    pub coverage: Coverage,
    /// Counts.
    pub summary: Summary,
    /// The findings; suppressed ones are among them only under `--show-suppressed`.
    pub findings: Vec<Finding>,
    /// What the user should know about the run.
    pub notices: Vec<Notice>,
}

/// Version of the JSON report format.
pub const SCHEMA: &str = "keyward/1";

impl Summary {
    /// Counts `findings`.
    #[must_use]
    pub fn of(findings: &[Finding]) -> Self {
        let mut summary = Self::default();
        let mut secrets = std::collections::BTreeSet::new();
        for finding in findings {
            if finding.suppressed.is_some() {
                summary.suppressed += 1;
                continue;
            }
            match finding.severity {
                Severity::Error => summary.error += 1,
                Severity::Warning => summary.warning += 1,
                Severity::Note => summary.note += 1,
            }
            if let (Group::Secrets, Some(secret)) = (finding.group, &finding.secret) {
                let verdict = finding.verification.verdict;
                if secrets.insert(&secret.fingerprint) {
                    summary.live += u64::from(verdict.is_live());
                    summary.restricted += u64::from(verdict.is_restricted());
                    summary.dead += u64::from(verdict.is_dead());
                    summary.unknown += u64::from(verdict.is_unknown());
                }
            }
        }
        summary.secrets = secrets.len() as u64;
        summary
    }
}
