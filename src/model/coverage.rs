//! What was read and what was not: every run ends with this statement, so that silence can be trusted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the bytes came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Files and folders of the working tree.
    Tree,
    /// Standard input.
    Stdin,
    /// What git has staged.
    Index,
    /// What a range of commits brings in.
    Diff,
    /// Everything that git stores.
    History,
}

/// Why something that was met was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// A folder of third-party dependencies.
    Dependencies,
    /// Binary content without any rule's strong literal.
    Binary,
    /// A symbolic link in a list of files: what it leads to is not of this repository, or is listed itself.
    Link,
    /// Left out by `exclude` in the configuration.
    Excluded,
    /// Larger than `--max-file-size`.
    TooLarge,
    /// The system refused to open or read it.
    Unreadable,
    /// The time given by `--timeout` was over.
    TimedOut,
    /// An object that the repository names and does not hold.
    Missing,
    /// An object that cannot be decoded.
    Corrupt,
    /// In an archive, and encrypted.
    Encrypted,
    /// In an archive, and packed by a method that is not known.
    Unsupported,
    /// An archive in more archives than `--max-archive-depth` allows.
    TooDeep,
    /// An archive of which only a part was read: it has too many members, or unpacks to too much.
    ArchiveLimit,
}

impl SkipReason {
    /// Whether the run still counts as complete: leaving out a dependency folder is the promise, an unreadable file breaks it.
    #[must_use]
    pub fn is_expected(self) -> bool {
        matches!(
            self,
            Self::Dependencies | Self::Binary | Self::Excluded | Self::Link | Self::Encrypted | Self::Unsupported
        )
    }

    /// The word used in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dependencies => "dependencies",
            Self::Binary => "binary",
            Self::Link => "link",
            Self::Excluded => "excluded",
            Self::TooLarge => "too-large",
            Self::Unreadable => "unreadable",
            Self::TimedOut => "timed-out",
            Self::Missing => "missing",
            Self::Corrupt => "corrupt",
            Self::Encrypted => "encrypted",
            Self::Unsupported => "unsupported",
            Self::TooDeep => "too-deep",
            Self::ArchiveLimit => "archive-limit",
        }
    }
}

/// One thing that was not read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Skipped {
    /// Path relative to the repository root, with `/`.
    pub path: String,
    /// Why it was skipped.
    pub reason: SkipReason,
}

/// The statement of coverage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Coverage {
    /// Where the bytes came from.
    pub mode: Mode,
    /// Files read.
    pub files: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Commits read; 0 outside git modes.
    pub commits: u64,
    /// Git blobs read; 0 outside git modes.
    pub blobs: u64,
    /// False when something that should have been read was not.
    pub complete: bool,
    /// What was met and not read, sorted by path.
    pub skipped: Vec<Skipped>,
}
