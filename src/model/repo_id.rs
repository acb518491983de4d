//! The name that tells one repository's report from another's: `--repo-id acme/api`.
//!
//! Mount points differ from worker to worker, so the user says what a repository is called. When reports of several repositories are
//! merged the name is put before their paths, as if each lay in a folder of that name. That is why it has the form of a relative path,
//! and why of two merged repositories none may lie inside the other.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::is_printable;

/// Longer names are refused; they are repeated in every path.
const LONGEST: usize = 200;

/// A name such as `acme/api`: words between slashes, printable, without `.` and `..`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct RepoId(String);

/// Why a text is not a [`RepoId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "a repository is named like a folder, such as acme/api: up to {LONGEST} printable characters, no `.`, `..` or empty part"
)]
pub struct RepoIdError;

impl RepoId {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `path` of this repository as it reads among the paths of others.
    #[must_use]
    pub fn join(&self, path: &str) -> String {
        format!("{}/{path}", self.0)
    }

    /// The names that this one would lie inside of, so that their paths could not be told apart.
    pub fn parents(&self) -> impl Iterator<Item = &str> {
        self.0.match_indices('/').map(|(at, _)| &self.0[..at])
    }
}

impl FromStr for RepoId {
    type Err = RepoIdError;

    fn from_str(text: &str) -> Result<Self, RepoIdError> {
        let is_part = |part: &str| !part.is_empty() && part != "." && part != ".." && part.trim() == part;
        let shown = text.chars().all(|c| is_printable(c) && c != '\\');
        let fits = text.chars().count() <= LONGEST;
        if fits && shown && text.split('/').all(is_part) { Ok(Self(text.to_owned())) } else { Err(RepoIdError) }
    }
}

impl TryFrom<String> for RepoId {
    type Error = RepoIdError;

    fn try_from(text: String) -> Result<Self, RepoIdError> {
        text.parse()
    }
}

impl From<RepoId> for String {
    fn from(id: RepoId) -> Self {
        id.0
    }
}

impl fmt::Display for RepoId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_named_like_a_folder() {
        for name in ["api", "acme/api", "github.com/acme/api.rs", "größe/日本", "with blank"] {
            assert_eq!(name.parse::<RepoId>().map(|id| id.to_string()).as_deref(), Ok(name));
        }
        let long = "x".repeat(LONGEST + 1);
        for wrong in ["", "/", "/api", "api/", "a//b", ".", "a/../b", "a\\b", "a\x1b[2J", " a", "a\u{202e}b", &long] {
            assert_eq!(wrong.parse::<RepoId>(), Err(RepoIdError), "{wrong:?}");
        }
    }

    #[test]
    fn a_name_stands_before_paths_and_knows_what_it_lies_in() {
        let id: RepoId = "github.com/acme/api".parse().unwrap();
        assert_eq!(id.join("src/a.py"), "github.com/acme/api/src/a.py");
        assert_eq!(id.parents().collect::<Vec<_>>(), ["github.com", "github.com/acme"]);
    }
}
