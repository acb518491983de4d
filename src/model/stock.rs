//! What is known of a place where a key stands, beyond the finding: nouns that the lint fills and the inventory reads.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Location;

/// How far a key has come from where it belongs; the farther, the earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Exposure {
    /// Into what browsers download: built front-end output, code for the browser, a variable that a bundler publishes.
    Browser,
    /// Into a folder that a web server hands out.
    WebRoot,
    /// Into a container image.
    Image,
    /// Into a package for others to install.
    Package,
    /// Into an environment file that git tracks.
    TrackedEnv,
    /// Into another file that git tracks.
    Repository,
    /// Into the history, and out of the files again.
    History,
    /// Into the history, where no reference leads to it any more.
    Unreachable,
    /// Into a file that git does not track and does not ignore, or that belongs to no repository.
    Local,
    /// Nowhere: an environment file that git ignores.
    Private,
}

impl Exposure {
    /// The word used in every output format.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::WebRoot => "web-root",
            Self::Image => "image",
            Self::Package => "package",
            Self::TrackedEnv => "tracked-env",
            Self::Repository => "repository",
            Self::History => "history",
            Self::Unreachable => "unreachable",
            Self::Local => "local",
            Self::Private => "private",
        }
    }

    /// The same for people, behind "reaches".
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Browser => "what browsers download",
            Self::WebRoot => "a folder that web servers hand out",
            Self::Image => "a container image",
            Self::Package => "a published package",
            Self::TrackedEnv => "an environment file that git tracks",
            Self::Repository => "files that git tracks",
            Self::History => "the history only",
            Self::Unreachable => "the history only, where no reference leads",
            Self::Local => "a file that git does not track",
            Self::Private => "an ignored environment file, where it belongs",
        }
    }

    /// Whether anybody gets it: images mostly stay with those who can read the repository.
    #[must_use]
    pub const fn is_published(self) -> bool {
        matches!(self, Self::Browser | Self::WebRoot | Self::Package)
    }

    /// Whether git has it: cleaning the files is not enough then.
    #[must_use]
    pub const fn is_committed(self) -> bool {
        matches!(self, Self::TrackedEnv | Self::Repository | Self::History | Self::Unreachable)
    }
}

/// What is known of one place of a key in the working tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sighting {
    /// Variables that hold it there.
    pub names: BTreeSet<String>,
    /// The environment that the file, or the section in it, is for: `production`, `ci`.
    pub environment: Option<&'static str>,
    /// How far it has come by that place.
    pub exposure: BTreeSet<Exposure>,
}

/// What a file does with a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It gives the variable a value of its own.
    Defines,
    /// It hands on what a secret store, a platform or another variable holds.
    HandsOn,
    /// Its code reads it.
    Reads,
}

impl Role {
    /// The word used in every output format.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Defines => "defines",
            Self::HandsOn => "hands on",
            Self::Reads => "reads",
        }
    }
}

/// A place that goes by the name of a variable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NameUse {
    /// The variable.
    pub name: String,
    /// What is done with it.
    pub role: Role,
    /// Where.
    pub location: Location,
}
