//! Exceptions by what a value, its line or its path looks like.
//!
//! keyward's own exceptions name places and fingerprints, never shapes: a pattern over values that is a little too wide hides the next real key, and
//! nobody sees it. So a condition of another scanner is tried once, on what is found now, and what fits becomes an exception for that very secret.
//!
//! Both sides of that are somebody else's: thousands of patterns, and findings without number. What is searched is counted over all conditions.

use std::rc::Rc;

use aho_corasick::AhoCorasick;

use super::{
    Place,
    pattern::{Dialect, Search},
};

/// Bytes that are searched in all: some seconds' worth.
pub const MOST_SEARCHED: usize = 32 << 20;
/// What a search costs beside the bytes of its text.
const EACH: usize = 16;

/// A finding, as conditions look at it.
#[derive(Clone, Debug)]
pub struct Subject<'f> {
    /// The rule that found it.
    pub rule: &'f str,
    /// Path of the file.
    pub path: &'f str,
    /// The secret.
    pub secret: &'f str,
    /// The lines it stands in as gitleaks has them, with the break in front and, if there is one, the `\r` behind; nothing where they are not known.
    pub line: Rc<str>,
}

/// A test of one property.
#[derive(Clone, Debug)]
pub(super) enum Test {
    /// One of these is found in the path.
    Path(Vec<Search>),
    /// One of these is found in the secret.
    Secret(Vec<Search>),
    /// One of these is found in the line.
    Line(Vec<Search>),
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
    /// Which of `subjects` are exceptions by this, in their order; nothing when that takes more than what is `left` to be searched.
    #[must_use]
    pub fn held(&self, subjects: &[Subject<'_>], left: &mut usize) -> Option<Vec<usize>> {
        *left = left.checked_sub(subjects.len())?;
        let is_for =
            |at: &usize| self.rules.as_ref().is_none_or(|rules| rules.iter().any(|name| name == subjects[*at].rule));
        let all = (0..subjects.len()).filter(is_for).collect();
        self.tests.iter().try_fold(all, |open, test| test.among(open, subjects, left))
    }

    /// Whether it asks for more than the secret: the same one elsewhere may not meet it.
    #[must_use]
    pub fn is_of_a_place(&self) -> bool {
        self.tests.iter().any(|test| !matches!(test, Test::Secret(_) | Test::Word(_)))
    }
}

impl Test {
    /// Those of `subjects` at `open` that meet it.
    fn among(&self, open: Vec<usize>, subjects: &[Subject<'_>], left: &mut usize) -> Option<Vec<usize>> {
        match self {
            Self::Path(patterns) => found(patterns, open, |at, _| subjects[at].path, left),
            Self::Secret(patterns) => found(patterns, open, |at, _| subjects[at].secret, left),
            Self::Line(patterns) => {
                let known = open.into_iter().filter(|at| !subjects[*at].line.is_empty()).collect();
                found(patterns, known, |at, dialect| line(&subjects[at].line, dialect), left)
            }
            Self::Word(words) => {
                // A list of words that is too large for the library allows nothing.
                let words = AhoCorasick::new(words).ok();
                let mut held = Vec::new();
                for at in open {
                    *left = left.checked_sub(subjects[at].secret.len() + EACH)?;
                    let lower = subjects[at].secret.to_lowercase();
                    held.extend(words.as_ref().is_some_and(|words| words.is_match(&lower)).then_some(at));
                }
                Some(held)
            }
        }
    }
}

/// The line as `dialect`'s scanner has it.
fn line(line: &str, dialect: Dialect) -> &str {
    match dialect {
        Dialect::Go => line,
        Dialect::Python => line.trim_matches(['\n', '\r']),
    }
}

/// Those of `open` in whose text one of `patterns` is found.
fn found<'s>(
    patterns: &[Search],
    mut open: Vec<usize>,
    text: impl Fn(usize, Dialect) -> &'s str,
    left: &mut usize,
) -> Option<Vec<usize>> {
    let mut held = Vec::new();
    for pattern in patterns {
        if open.is_empty() {
            break;
        }
        let matcher = pattern.compile();
        let mut rest = Vec::new();
        for at in open {
            let text = text(at, pattern.dialect);
            *left = left.checked_sub(text.len() + EACH)?;
            if matcher.is_match(text.as_bytes()) { held.push(at) } else { rest.push(at) }
        }
        open = rest;
    }
    held.sort_unstable();
    Some(held)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "\nkey = 'acme_FAKE1' # test\r";

    fn condition(tests: Vec<Test>) -> Condition {
        Condition {
            place: Place::file("x"),
            what: String::new(),
            rules: Some(vec!["acme-key".to_owned()]),
            reason: String::new(),
            tests,
        }
    }

    fn subject(rule: &str) -> Subject<'_> {
        Subject { rule, path: "src/app.py", secret: "acme_FAKE1", line: LINE.into() }
    }

    fn holds(tests: Vec<Test>) -> bool {
        let held = condition(tests).held(&[subject("other-key"), subject("acme-key")], &mut MOST_SEARCHED.clone());
        let held = held.unwrap();
        assert!(!held.contains(&0));
        held == [1]
    }

    fn of(pattern: &str) -> Vec<Search> {
        vec![Search::read(pattern, Dialect::Go).unwrap()]
    }

    #[test]
    fn each_test_looks_at_its_own_part() {
        assert!(holds(vec![Test::Path(of("^src/"))]) && !holds(vec![Test::Path(of("acme"))]));
        assert!(holds(vec![Test::Secret(of("^acme_"))]) && !holds(vec![Test::Secret(of("key"))]));
        assert!(holds(vec![Test::Line(of("# test"))]) && !holds(vec![Test::Line(of("src"))]));
        assert!(holds(vec![Test::Word(vec!["fake".to_owned()])]) && !holds(vec![Test::Word(vec!["key".to_owned()])]));
    }

    #[test]
    fn all_tests_must_hold_and_one_pattern_of_each() {
        assert!(holds(vec![Test::Path(of("src")), Test::Word(vec!["fake".to_owned()])]));
        assert!(!holds(vec![Test::Path(of("docs")), Test::Word(vec!["fake".to_owned()])]));
        assert!(holds(vec![Test::Path([of("docs"), of("src")].concat())]));
    }

    #[test]
    fn a_line_ends_where_its_scanner_ends_it() {
        let python = |pattern: &str| vec![Search::read(pattern, Dialect::Python).unwrap()];
        assert!(holds(vec![Test::Line(python("^key.*test$"))]));
        assert!(!holds(vec![Test::Line(of("^key"))]) && !holds(vec![Test::Line(of("test$"))]));
        assert!(holds(vec![Test::Line(of(r"^\s*key.*test\s*$"))]));
    }

    #[test]
    fn what_is_searched_is_counted_over_all_conditions() {
        let condition = condition(vec![Test::Secret(of("x")), Test::Word(vec!["x".to_owned()])]);
        let subjects = [subject("acme-key")];
        let mut left = 2 * (1 + EACH + 10);
        assert_eq!(condition.held(&subjects, &mut left), Some(vec![]));
        assert_eq!(left, 1 + EACH + 10, "what one test rules out the next does not look at");
        assert_eq!(condition.held(&subjects, &mut left), Some(vec![]));
        assert_eq!(condition.held(&subjects, &mut left), None);
    }
}
