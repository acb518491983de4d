//! Exceptions by what a value, its line or its path looks like.
//!
//! keyward's own exceptions name places and fingerprints, never shapes: a pattern over values that is a little too wide hides the next real key, and
//! nobody sees it. So a condition of another scanner is tried once, on what is found now, and what fits becomes an exception for that very secret.

use regex::bytes::Regex;

use super::Place;

/// What a condition looks at.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'f> {
    /// Path of the file.
    pub path: &'f str,
    /// The secret.
    pub secret: &'f str,
    /// The line it stands in, or nothing where it is not known.
    pub line: &'f str,
}

/// A test of one property.
#[derive(Clone, Debug)]
pub(super) enum Test {
    /// One of these is found in the path.
    Path(Vec<Regex>),
    /// One of these is found in the secret.
    Secret(Vec<Regex>),
    /// One of these is found in the line.
    Line(Vec<Regex>),
    /// One of these, in lower case, stands in the secret.
    Word(Vec<String>),
}

/// An exception for what meets all of its tests.
#[derive(Clone, Debug)]
pub struct Condition {
    /// Where it stood.
    pub place: Place,
    /// What it is, for the sentence about it: "`regexes` of …".
    pub what: String,
    /// The rules for which it holds; `None` for all.
    pub rules: Option<Vec<String>>,
    /// Why it is an exception.
    pub reason: String,
    pub(super) tests: Vec<Test>,
}

impl Condition {
    /// Whether a finding of `rule` is an exception by this.
    #[must_use]
    pub fn holds(&self, rule: &str, subject: &Subject<'_>) -> bool {
        let names = self.rules.as_ref().is_none_or(|rules| rules.iter().any(|name| name == rule));
        names && self.tests.iter().all(|test| test.holds(subject))
    }

    /// Whether it asks for more than the secret: the same one elsewhere may not meet it.
    #[must_use]
    pub fn is_of_a_place(&self) -> bool {
        self.tests.iter().any(|test| !matches!(test, Test::Secret(_) | Test::Word(_)))
    }
}

impl Test {
    fn holds(&self, subject: &Subject<'_>) -> bool {
        let (secret, line) = (subject.secret, subject.line);
        match self {
            Self::Path(patterns) => patterns.iter().any(|pattern| pattern.is_match(subject.path.as_bytes())),
            Self::Secret(patterns) => patterns.iter().any(|pattern| pattern.is_match(secret.as_bytes())),
            Self::Line(patterns) => {
                !line.is_empty() && patterns.iter().any(|pattern| pattern.is_match(line.as_bytes()))
            }
            Self::Word(words) => {
                let lower = secret.to_lowercase();
                words.iter().any(|word| lower.contains(word))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(tests: Vec<Test>) -> bool {
        let condition = Condition {
            place: Place::file("x"),
            what: String::new(),
            rules: Some(vec!["acme-key".to_owned()]),
            reason: String::new(),
            tests,
        };
        let subject = Subject { path: "src/app.py", secret: "acme_FAKE1", line: "key = 'acme_FAKE1' # test" };
        assert!(!condition.holds("other-key", &subject));
        condition.holds("acme-key", &subject)
    }

    fn of(pattern: &str) -> Vec<Regex> {
        vec![Regex::new(pattern).unwrap()]
    }

    #[test]
    fn each_test_looks_at_its_own_part() {
        assert!(holds(vec![Test::Path(of("^src/"))]) && !holds(vec![Test::Path(of("acme"))]));
        assert!(holds(vec![Test::Secret(of("^acme_"))]) && !holds(vec![Test::Secret(of("key"))]));
        assert!(holds(vec![Test::Line(of("# test"))]) && !holds(vec![Test::Line(of("src"))]));
        assert!(holds(vec![Test::Word(vec!["fake".to_owned()])]) && !holds(vec![Test::Word(vec!["key".to_owned()])]));
    }

    #[test]
    fn all_tests_must_hold() {
        assert!(holds(vec![Test::Path(of("src")), Test::Word(vec!["fake".to_owned()])]));
        assert!(!holds(vec![Test::Path(of("docs")), Test::Word(vec!["fake".to_owned()])]));
    }
}
