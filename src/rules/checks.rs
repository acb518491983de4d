//! Findings that no pattern makes: what they are called and what they say.
//!
//! The words stand in `rules/checks/<id>.toml`, one file each, as a rule's do; what is judged is code, in the module of `lint` with the same
//! name. Checks take part in `--only`, `--skip`, allow entries and `explain` as rules do.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::model::{Confidence, Group, RuleId, Severity};

static EMBEDDED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/checks.json"));

/// A check and its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Check {
    /// Its name, as a rule's id.
    pub id: RuleId,
    /// Its family.
    pub group: Group,
    /// Version of keyward that brought it.
    pub since: String,
    /// How bad it is at most; a finding may be less.
    pub severity: Severity,
    /// How sure it usually is.
    pub confidence: Confidence,
    /// What is wrong: a sentence without a full stop.
    pub summary: String,
    /// Why that matters.
    pub why: String,
    /// What to do next.
    pub help: String,
    /// What it does not see.
    pub limits: String,
}

impl Check {
    /// The check called `id`.
    #[must_use]
    pub fn get(id: &str) -> Option<&'static Self> {
        checks().iter().find(|check| check.id.as_str() == id)
    }
}

/// All checks, sorted by name.
///
/// # Panics
/// When a file in `rules/checks` is wrong, which `cargo test` rules out.
#[must_use]
pub fn checks() -> &'static [Check] {
    static CHECKS: LazyLock<Vec<Check>> =
        LazyLock::new(|| serde_json::from_slice(EMBEDDED).expect("checks have the form `cargo test` checked"));
    &CHECKS
}
