//! An `[[allow]]` entry as `config` reads it and `suppress` applies it.
//!
//! The two stages do not know each other, so what passes between them lives here: the entry, and the glob that says
//! where it holds. Which findings an entry silences is decided in `suppress`.

use std::{borrow::Cow, sync::OnceLock};

use globset::{Glob, GlobBuilder, GlobSet};
use thiserror::Error;

use super::{Date, Fingerprint};

/// Longer globs are refused, so that a hostile file cannot make matchers of any size.
const LONGEST_GLOB: usize = 1024;

/// One `[[allow]]` entry. Every condition that is given must hold; `config` makes sure that one is.
#[derive(Clone, Debug)]
pub struct Allow {
    /// A rule, a provider or a group.
    pub rule: Option<String>,
    /// Where it holds.
    pub path: Option<PathGlob>,
    /// Fingerprint of a finding or of a secret.
    pub fingerprint: Option<Fingerprint>,
    /// Why it is no leak; never empty.
    pub reason: String,
    /// Last day on which it holds.
    pub expires: Option<Date>,
    /// 1-based line of the entry in its file.
    pub line: u32,
}

/// A glob for paths, read as a line of `.gitignore` is: without a slash inside it matches at any depth, and a folder
/// stands for everything in it. Negation has no meaning for a single glob and is refused.
#[derive(Clone, Debug)]
pub struct PathGlob {
    text: String,
    globs: Vec<Glob>,
    /// Made when first asked: most entries are matched as part of a larger set, or never.
    matcher: OnceLock<GlobSet>,
}

/// Why a text is not a [`PathGlob`].
#[derive(Debug, PartialEq, Eq, Error)]
pub enum PathGlobError {
    /// Nothing but blanks and slashes.
    #[error("it names no path")]
    Empty,
    /// It begins with `!`.
    #[error("it begins with `!`, which has no meaning here")]
    Negated,
    /// It is longer than anyone writes.
    #[error("it is longer than {LONGEST_GLOB} bytes")]
    TooLong,
    /// The syntax is wrong.
    #[error("{0}")]
    Syntax(globset::ErrorKind),
}

impl PathGlob {
    /// Reads `text`.
    ///
    /// # Errors
    /// [`PathGlobError`] when it is empty, negated, too long or not a glob.
    pub fn new(text: &str) -> Result<Self, PathGlobError> {
        let trimmed = text.trim();
        let rooted = from_root(trimmed);
        if trimmed.starts_with('!') {
            return Err(PathGlobError::Negated);
        }
        if trimmed.len() > LONGEST_GLOB {
            return Err(PathGlobError::TooLong);
        }
        let folder_only = trimmed.ends_with('/');
        let inner = rooted.trim_end_matches('/');
        let anchored = inner.contains('/');
        let inner = inner.trim_start_matches('/');
        if inner.is_empty() {
            return Err(PathGlobError::Empty);
        }
        let whole = if anchored { inner.to_owned() } else { format!("**/{inner}") };
        let mut globs = vec![compile(&format!("{whole}/**"))?];
        if !folder_only {
            globs.push(compile(&whole)?);
        }
        Ok(Self { text: trimmed.to_owned(), globs, matcher: OnceLock::new() })
    }

    /// The text it was read from.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The globs it stands for, to be matched together with those of other entries.
    #[must_use]
    pub fn globs(&self) -> &[Glob] {
        &self.globs
    }

    /// Whether it matches `path`, relative to the root and with `/`.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        // An empty set matches nothing: the careful side, should the library refuse a glob that it has parsed.
        self.matcher.get_or_init(|| GlobSet::new(&self.globs).unwrap_or_else(|_| GlobSet::empty())).is_match(path)
    }
}

/// `glob` with `/` for a leading `./`: people mean the root of the repository, and no path that is compared begins so.
#[must_use]
pub fn from_root(glob: &str) -> Cow<'_, str> {
    let (negation, rest) = glob.strip_prefix('!').map_or(("", glob), |rest| ("!", rest));
    rest.strip_prefix("./").map_or(Cow::Borrowed(glob), |rest| Cow::Owned(format!("{negation}/{rest}")))
}

fn compile(text: &str) -> Result<Glob, PathGlobError> {
    GlobBuilder::new(text)
        .literal_separator(true)
        .backslash_escape(true)
        .build()
        .map_err(|error| PathGlobError::Syntax(error.kind().clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(glob: &str, path: &str) -> bool {
        PathGlob::new(glob).unwrap().matches(path)
    }

    #[test]
    fn a_glob_without_a_slash_matches_at_any_depth() {
        assert!(matches("*.pem", "a.pem"));
        assert!(matches("*.pem", "deep/down/a.pem"));
        assert!(!matches("*.pem", "a.pem.txt"));
    }

    #[test]
    fn a_glob_with_a_slash_starts_at_the_root() {
        assert!(matches("tests/*.rs", "tests/a.rs"));
        assert!(!matches("tests/*.rs", "crates/x/tests/a.rs"));
        assert!(!matches("tests/*.rs", "tests/deep/a.rs"));
        assert!(matches("/a.rs", "a.rs"));
        assert!(!matches("/a.rs", "src/a.rs"));
        assert!(matches("**/tests/*.rs", "crates/x/tests/a.rs"));
        assert!(matches("./a.rs", "a.rs") && !matches("./a.rs", "src/a.rs"));
        assert!(matches("./keys/**", "keys/deep/a") && matches("./keys/", "keys/a"));
    }

    #[test]
    fn a_folder_stands_for_everything_in_it() {
        assert!(matches("fixtures", "fixtures/a/b.env"));
        assert!(matches("fixtures/", "tests/fixtures/b.env"));
        assert!(!matches("fixtures/", "fixtures"));
        assert!(matches("tests/fixtures", "tests/fixtures/a/b.env"));
        assert!(!matches("fixtures", "my-fixtures/b.env"));
    }

    #[test]
    fn what_is_no_glob_is_refused_with_the_cause() {
        assert_eq!(PathGlob::new(" / ").unwrap_err(), PathGlobError::Empty);
        assert_eq!(PathGlob::new("./").unwrap_err(), PathGlobError::Empty);
        assert_eq!(PathGlob::new("!a").unwrap_err(), PathGlobError::Negated);
        assert_eq!(PathGlob::new(&"a".repeat(2000)).unwrap_err(), PathGlobError::TooLong);
        assert_eq!(
            PathGlob::new("src/[a").unwrap_err().to_string(),
            "unclosed character class; missing ']'",
            "the library's own words are clear enough"
        );
    }
}
