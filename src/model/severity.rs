//! How bad a finding is, and how sure we are of it: two scales that are kept apart on purpose.
//!
//! A password in a URL may be grave and uncertain, an expired key certain and harmless. Severity decides the exit code;
//! confidence orders output and fills SARIF's `precision`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How bad it is if the finding is true. Ordered: `Note < Warning < Error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; never fails a run by default.
    Note,
    /// Should be looked at; fails a run by default.
    Warning,
    /// A credential that gives access to something.
    Error,
}

impl Severity {
    /// The lower-case word used in every output format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// How likely it is that the finding is true. Ordered: `Low < Medium < High`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// The shape is shared by other things; context speaks for it.
    Low,
    /// The shape is unusual, or the name beside it says what it is.
    Medium,
    /// Prefix, length or checksum leave no reasonable doubt.
    High,
}

impl Confidence {
    /// The lower-case word used in every output format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}
