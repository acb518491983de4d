//! What a provider said about a key, in a closed vocabulary.
//!
//! Nothing else in the program stands for "live" or "dead": not a boolean, not a missing value. A status without a reason cannot be
//! built from the constants here, because "refused" is not "dead".

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether the key works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Nobody was asked.
    NotChecked,
}

/// Why the status is what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Verification was not asked for.
    NotRequested,
}

/// Status and reason together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// Whether the key works.
    pub status: Status,
    /// Why we say so.
    pub reason: Reason,
}

impl Verdict {
    /// The state of every finding until somebody asks the provider.
    pub const NOT_REQUESTED: Self = Self { status: Status::NotChecked, reason: Reason::NotRequested };
}
