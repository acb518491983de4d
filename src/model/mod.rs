//! The nouns every stage shares: what was read, what was found in it, and how sure we are.
//!
//! This module imports nothing of the crate, so each stage can depend on it without depending on another stage. It holds data
//! and the few rules that belong to the data itself: a [`Secret`] cannot be printed, a [`Fingerprint`] depends on content only,
//! a [`Verdict`] always carries its reason. Policy (what is reported, what fails a run) lives in `pipeline`.

mod allow;
mod base_url;
mod blob;
mod bound_name;
mod coverage;
mod date;
mod decoding;
mod finding;
mod fingerprint;
mod nearest;
mod notice;
mod one_story;
mod piece;
mod printable;
mod repo_id;
mod report;
mod secret;
mod severity;
mod shard;
mod stock;
mod title;
mod verdict;

pub use allow::{Allow, PathGlob, PathGlobError, from_root};
pub use base_url::BaseUrl;
pub use blob::{Blob, archive_path, is_binary};
pub use coverage::{Coverage, Mode, SkipReason, Skipped};
pub use date::Date;
pub use decoding::Decoding;
pub use finding::{
    Edit, Excerpt, ExcerptSpan, Finding, Fix, Group, Location, ObjectKind, Origin, OriginKind, Related, SecretSummary,
    Seen, SuppressedBy, Suppression,
};
pub use fingerprint::{Fingerprint, uuid_of};
pub use nearest::nearest;
pub use notice::{MOST_NOTICES, Notice, RESULTS_LEFT_OUT};
pub use one_story::{KEY_OLDER_THAN_ID, one_for_each_place, one_for_each_secret};
pub use piece::Piece;
pub use printable::{is_printable, masked_text, printable_line, printable_text};
pub use repo_id::{RepoId, RepoIdError};
pub use report::{Report, SCHEMA, Summary, Tool};
pub use secret::{MASK, Secret};
pub use severity::{Confidence, Severity};
pub use shard::{Shard, ShardError};
pub use stock::{Exposure, NameUse, Role, Sighting};
pub use title::title;
pub use verdict::{Dead, Live, NotChecked, Unknown, Verdict, VerdictError, Verification};

use std::{fmt, ops::Range};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A range of bytes in the text that was scanned: `start` included, `end` not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte; never before `start`.
    pub end: usize,
}

impl Span {
    /// The span from `start` up to but not including `end`.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        debug_assert!(start <= end, "a span does not run backwards");
        Self { start, end }
    }

    /// Number of bytes covered.
    #[must_use]
    pub fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether no byte is covered.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The same as a range, for slicing.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }

    /// Whether the two share at least one byte.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// The name of a rule, such as `openai-api-key`: lower-case words joined by hyphens.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct RuleId(String);

impl RuleId {
    /// Wraps a name as it stands in a rule file; `rules` checks its form when the file is loaded.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
