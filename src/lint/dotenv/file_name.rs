//! What the name of a `.env` file tells: whether it is a template, and which environment it is for.

/// Which environment a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Environment {
    /// A developer's machine.
    Development,
    /// Tests.
    Test,
    /// A copy of production to look at before it is released.
    Staging,
    /// What customers use.
    Production,
}

impl Environment {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Test => "test",
            Self::Staging => "staging",
            Self::Production => "production",
        }
    }

    /// The environment that `word` stands for, in lower case.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "development" | "develop" | "dev" => Self::Development,
            "test" | "testing" | "tests" | "ci" | "e2e" => Self::Test,
            "staging" | "stage" | "stg" | "preview" | "preprod" | "uat" | "qa" => Self::Staging,
            "production" | "prod" | "prd" | "live" => Self::Production,
            _ => return None,
        })
    }
}

/// Words in the name of a file that holds no values of its own.
const TEMPLATE: [&str; 14] = [
    "example",
    "examples",
    "sample",
    "samples",
    "template",
    "templates",
    "tmpl",
    "tpl",
    "dist",
    "default",
    "defaults",
    "schema",
    "vault",
    "spec",
];

/// Whether the file at `path` is a template, by its name.
#[must_use]
pub fn is_template(path: &str) -> bool {
    words(name_of(path)).any(|word| TEMPLATE.contains(&word.as_str()))
}

/// The environment that the file at `path` is for, by its name or that of its folder.
#[must_use]
pub fn environment(path: &str) -> Option<Environment> {
    let in_words = |part: &str| words(part).find_map(|word| Environment::of_word(&word));
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or(path);
    let folder = parts.next().filter(|folder| !is_of_tests(folder));
    in_words(name).or_else(|| Environment::of_word(&folder?.to_ascii_lowercase()))
}

/// Whether `path` lies among tests, fixtures or examples, where values are made up.
#[must_use]
pub fn is_made_up(path: &str) -> bool {
    let (folders, _) = path.rsplit_once('/').unwrap_or(("", path));
    folders
        .split('/')
        .any(|folder| is_of_tests(folder) || matches!(folder, "examples" | "example" | "samples" | "docs"))
}

fn is_of_tests(folder: &str) -> bool {
    matches!(folder, "test" | "tests" | "__tests__" | "testdata" | "fixtures" | "__fixtures__" | "spec" | "e2e")
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn words(name: &str) -> impl Iterator<Item = String> {
    let parts = name.split(['.', '-', '_']).filter(|word| !word.is_empty());
    parts.map(str::to_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_known_by_a_word_of_their_name() {
        for path in [".env.example", "api/.example.env", "env.sample", ".env.local.template", ".env-dist", ".env.vault"]
        {
            assert!(is_template(path), "{path}");
        }
        for path in [".env", ".env.test", "examples/.env", "prod.env", ".env.keys"] {
            assert!(!is_template(path), "{path}");
        }
    }

    #[test]
    fn the_environment_is_in_the_name_or_the_folder() {
        assert_eq!(environment(".env.production.local"), Some(Environment::Production));
        assert_eq!(environment("deploy/staging/.env"), Some(Environment::Staging));
        assert_eq!(environment("dev.env"), Some(Environment::Development));
        assert_eq!(environment("tests/.env"), None);
        assert_eq!(environment(".env.local"), None);
        assert_eq!(environment("live-site/.env"), None);
    }
}
