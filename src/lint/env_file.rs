//! What the name of an environment file says about it: a template to copy, settings for tests, or the real thing.
//!
//! The convention is one of words between dots, dashes and underscores (`.env.local.example`, `example.env`, `.env.test`), so a name is cut
//! into words and no list of whole names is kept.

/// What kind of environment file a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EnvFile {
    /// To be copied and filled in: `.env.example`, `sample.env`, `.env.dist`.
    Template,
    /// For tests and build servers, whose values are made up: `.env.test`, `.env.ci`.
    Test,
    /// Encrypted, and made to be shared: `.env.vault`.
    Encrypted,
    /// The keys that open encrypted files: `.env.keys`.
    Keys,
    /// Values that a program runs with.
    Real,
}

const TEMPLATES: [&str; 17] = [
    "example",
    "examples",
    "sample",
    "samples",
    "template",
    "tmpl",
    "tpl",
    "dist",
    "default",
    "defaults",
    "schema",
    "demo",
    "blank",
    "skeleton",
    "reference",
    "stub",
    "docs",
];
const TESTS: [&str; 8] = ["test", "tests", "testing", "ci", "e2e", "spec", "mock", "fixture"];
const TEST_FOLDERS: [&str; 10] =
    ["test", "tests", "__tests__", "spec", "e2e", "fixtures", "__fixtures__", "testdata", "test-data", "__mocks__"];

impl EnvFile {
    /// The kind of the file at `path`.
    pub(super) fn of(path: &str) -> Self {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let name = name.to_ascii_lowercase();
        let has = |known: &[&str]| name.split(['.', '-', '_']).any(|word| known.contains(&word));
        if has(&TEMPLATES) {
            Self::Template
        } else if name == ".env.keys" {
            Self::Keys
        } else if name == ".env.vault" {
            Self::Encrypted
        } else if has(&TESTS) || folder.split('/').any(|part| TEST_FOLDERS.contains(&part)) {
            Self::Test
        } else {
            Self::Real
        }
    }

    /// Whether `path` bears a name under which loaders look for their file by themselves: `.env`, `.env.local`, `.dev.vars`.
    pub(super) fn is_conventional(path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        name == ".env" || name.starts_with(".env.") || name == ".dev.vars"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_name_tell_the_kind() {
        for (path, expected) in [
            (".env", EnvFile::Real),
            ("web/.env.local", EnvFile::Real),
            (".env.production", EnvFile::Real),
            ("config/prod.env", EnvFile::Real),
            (".dev.vars", EnvFile::Real),
            (".env.example", EnvFile::Template),
            (".env.local.example", EnvFile::Template),
            (".example.env", EnvFile::Template),
            ("env.sample", EnvFile::Template),
            (".env-template", EnvFile::Template),
            (".env.dist", EnvFile::Template),
            (".env.test", EnvFile::Test),
            (".env.ci", EnvFile::Test),
            ("tests/data/.env", EnvFile::Test),
            (".env.keys", EnvFile::Keys),
            (".env.vault", EnvFile::Encrypted),
            // Words are compared whole.
            (".env.testbed", EnvFile::Real),
        ] {
            assert_eq!(EnvFile::of(path), expected, "{path}");
        }
    }
}
