//! What an environment file is for, as far as it decides who may see it: a template to copy, values for tests, or the real thing.

use super::{
    FileFacts,
    dotenv::file_name::{self, Environment},
    facts::Definition,
    place,
};

/// What kind of environment file a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EnvFile {
    /// To be copied and filled in, or encrypted and made to be shared: `.env.example`, `sample.env`, `.env.vault`.
    Template,
    /// For tests and build servers, whose values are made up: `.env.test`, `.env.ci`.
    Test,
    /// The keys that open encrypted files: `.env.keys`.
    Keys,
    /// Values that a program runs with.
    Real,
}

impl EnvFile {
    /// The kind of the file at `path`.
    pub(super) fn of(path: &str) -> Self {
        if file_name::is_template(path) {
            Self::Template
        } else if path.rsplit('/').next() == Some(".env.keys") {
            Self::Keys
        } else if file_name::environment(path) == Some(Environment::Test) || place::is_test(path) {
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

/// The environment that `definition` is for: by the section it stands in, or by the name of its file.
pub(super) fn environment_of(file: &FileFacts, definition: &Definition) -> Option<Environment> {
    let section = definition.section.as_deref().and_then(|section| Environment::of_word(&section.to_ascii_lowercase()));
    section.or_else(|| file_name::environment(&file.path))
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
            (".env.vault", EnvFile::Template),
            (".env.test", EnvFile::Test),
            (".env.ci", EnvFile::Test),
            ("tests/data/.env", EnvFile::Test),
            (".env.keys", EnvFile::Keys),
        ] {
            assert_eq!(EnvFile::of(path), expected, "{path}");
        }
    }
}
