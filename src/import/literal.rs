//! The constant parts of a pattern: literals of which every match contains one.
//!
//! keyward looks for literals in one pass and tries a pattern only around them, so a rule without any cannot be run in linear time. Other scanners
//! have keywords instead, which need to stand somewhere in the file and say nothing of where; so the literals are taken from the pattern itself.

use regex_syntax::{
    ParserBuilder,
    hir::{Class, Hir, HirKind},
};

use crate::rules::SHORTEST_LITERAL;

/// More literals than this would stand for a pattern that has none.
const MOST: usize = 64;
/// Longer constant parts tell no more.
const LONGEST: usize = 32;
/// Members of a class that are taken one by one.
const MOST_MEMBERS: usize = 8;

/// Literals of a pattern, and how long its matches may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Literals {
    /// Of which every match contains one.
    pub(super) texts: Vec<String>,
    /// Whether letters are compared without regard to case.
    pub(super) ignore_case: bool,
    /// Bytes of the longest match, if there is one.
    pub(super) longest: Option<usize>,
}

/// The literals of `pattern`, which is read as rules' patterns are; `None` when it has no constant part that is long enough.
///
/// # Errors
/// What is wrong with the pattern.
pub(super) fn literals(pattern: &str) -> Result<Option<Literals>, String> {
    let parsed = ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern);
    let hir = parsed.map_err(|error| match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        _ => "it is no regular expression".to_owned(),
    })?;
    let ignore_case = folds_case(&hir);
    let found = Parts::of(&hir, ignore_case).needle();
    let texts: Option<Vec<String>> = found.into_iter().flatten().map(|text| String::from_utf8(text).ok()).collect();
    let longest = hir.properties().maximum_len();
    let is_enough = |texts: &Vec<String>| !texts.is_empty();
    Ok(texts.filter(is_enough).map(|texts| Literals { texts, ignore_case, longest }))
}

/// Whether some class is a letter in both of its cases.
fn folds_case(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Class(class) => members(class).is_some_and(|members| {
            members.len() == 2 && members[0].is_ascii_alphabetic() && members[0].eq_ignore_ascii_case(&members[1])
        }),
        HirKind::Repetition(repetition) => folds_case(&repetition.sub),
        HirKind::Capture(capture) => folds_case(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(folds_case),
        HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) => false,
    }
}

/// The bytes of a class, when there are few.
fn members(class: &Class) -> Option<Vec<u8>> {
    let class = match class {
        Class::Bytes(class) => class.clone(),
        Class::Unicode(class) => class.to_byte_class()?,
    };
    let count: usize = class.iter().map(regex_syntax::hir::ClassBytesRange::len).sum();
    (count <= 2 * MOST_MEMBERS).then(|| class.iter().flat_map(|range| range.start()..=range.end()).collect())
}

/// What is known of the matches of a part of a pattern.
#[derive(Clone)]
struct Parts {
    /// All of its matches, when they are few.
    exact: Option<Vec<Vec<u8>>>,
    /// Texts of which each match contains one.
    inside: Option<Vec<Vec<u8>>>,
}

impl Parts {
    fn of(hir: &Hir, ignore_case: bool) -> Self {
        let of = |hir: &Hir| Self::of(hir, ignore_case);
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Self::exactly(vec![Vec::new()]),
            HirKind::Literal(literal) => {
                let text = if ignore_case { literal.0.to_ascii_lowercase() } else { literal.0.to_vec() };
                Self::exactly(vec![text])
            }
            HirKind::Class(class) => {
                let mut members = members(class).unwrap_or_default();
                if ignore_case {
                    members.make_ascii_lowercase();
                    members.sort_unstable();
                    members.dedup();
                }
                if members.is_empty() || members.len() > MOST_MEMBERS {
                    return Self { exact: None, inside: None };
                }
                Self::exactly(members.into_iter().map(|byte| vec![byte]).collect())
            }
            HirKind::Capture(capture) => of(&capture.sub),
            HirKind::Concat(parts) => Self::joined(parts.iter().map(of)),
            HirKind::Alternation(parts) => Self::either(parts.iter().map(of).collect()),
            HirKind::Repetition(repetition) => match (repetition.min, repetition.max) {
                (0, Some(1)) => {
                    let exact = of(&repetition.sub).exact.map(|mut texts| {
                        texts.push(Vec::new());
                        texts
                    });
                    Self { exact, inside: None }
                }
                (0, _) => Self { exact: None, inside: None },
                (least @ 1..=8, Some(most)) if least == most => {
                    // Looked at once: repetitions may stand in one another.
                    let once = of(&repetition.sub);
                    Self::joined((0..least).map(|_| once.clone()))
                }
                _ => Self { exact: None, inside: of(&repetition.sub).needle() },
            },
        }
    }

    fn exactly(texts: Vec<Vec<u8>>) -> Self {
        Self { exact: Some(texts), inside: None }
    }

    /// One part after the other.
    fn joined(parts: impl Iterator<Item = Self>) -> Self {
        let mut all_exact = true;
        let mut running = vec![Vec::new()];
        let mut best: Option<Vec<Vec<u8>>> = None;
        for part in parts {
            let joined = part.exact.as_ref().and_then(|texts| product(&running, texts));
            if let Some(joined) = joined {
                running = joined;
                continue;
            }
            all_exact = false;
            best = better(best, Some(std::mem::replace(&mut running, vec![Vec::new()])));
            match part.exact {
                Some(texts) => running = texts,
                None => best = better(best, part.inside),
            }
        }
        if all_exact {
            return Self::exactly(running);
        }
        Self { exact: None, inside: better(best, Some(running)) }
    }

    /// One part or another.
    fn either(parts: Vec<Self>) -> Self {
        let exact: Option<Vec<Vec<Vec<u8>>>> = parts.iter().map(|part| part.exact.clone()).collect();
        let exact = exact.map(|texts| texts.concat()).filter(|texts| texts.len() <= MOST);
        let inside: Option<Vec<Vec<Vec<u8>>>> = parts.into_iter().map(Self::needle).collect();
        Self { exact, inside: inside.map(|texts| texts.concat()).filter(|texts| texts.len() <= MOST) }
    }

    /// The texts of which each match contains one, all of them long enough.
    fn needle(self) -> Option<Vec<Vec<u8>>> {
        let mut texts = better(self.exact, self.inside).filter(|texts| least(texts) >= SHORTEST_LITERAL)?;
        for text in &mut texts {
            text.truncate(LONGEST);
        }
        texts.sort();
        texts.dedup();
        Some(texts)
    }
}

fn least(texts: &[Vec<u8>]) -> usize {
    texts.iter().map(Vec::len).min().unwrap_or(0)
}

/// Whichever has the longer texts.
fn better(one: Option<Vec<Vec<u8>>>, other: Option<Vec<Vec<u8>>>) -> Option<Vec<Vec<u8>>> {
    match (one, other) {
        (Some(one), Some(other)) if least(&other) > least(&one) => Some(other),
        (Some(one), _) => Some(one),
        (None, other) => other,
    }
}

/// Each of `left` followed by each of `right`, unless that is too many.
fn product(left: &[Vec<u8>], right: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
    let is_short = |texts: &[Vec<u8>]| texts.iter().all(|text| text.len() <= LONGEST);
    if left.len() * right.len() > MOST || !is_short(left) {
        return None;
    }
    Some(left.iter().flat_map(|head| right.iter().map(move |tail| [&head[..], tail].concat())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pattern: &str) -> Option<(Vec<String>, bool)> {
        literals(pattern).unwrap().map(|found| (found.texts, found.ignore_case))
    }

    fn named(texts: &[&str], ignore_case: bool) -> (Vec<String>, bool) {
        (texts.iter().map(ToString::to_string).collect(), ignore_case)
    }

    #[test]
    fn every_match_contains_one_of_the_literals() {
        assert_eq!(of(r"\b(acme_(?:live|test)_[a-z0-9]{20})\b"), Some(named(&["acme_live_", "acme_test_"], false)));
        assert_eq!(of("(?i)adafruit[a-z]{0,9}=([a-z0-9]{32})"), Some(named(&["adafruit"], true)));
        assert_eq!(of("(?:foo_|barbaz_)[0-9]+"), Some(named(&["barbaz_", "foo_"], false)));
        assert_eq!(of("[0-9]{4}-acme[AB]?x"), Some(named(&["-acmeAx", "-acmeBx", "-acmex"], false)));
        assert_eq!(of("x?(?:abc){2,}"), Some(named(&["abc"], false)));
        assert_eq!(of("[0-9]+abcde?"), Some(named(&["abcd", "abcde"], false)));
    }

    #[test]
    fn a_pattern_without_a_constant_part_has_none() {
        for pattern in ["[a-f0-9]{32}", "(?:abc)?[0-9]+", "a|bcd", "(?:acme)*x", "ab[0-9]", ""] {
            assert_eq!(of(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn the_length_of_matches_is_known_where_it_is_bounded() {
        assert_eq!(literals("acme_[a-z]{20}").unwrap().unwrap().longest, Some(25));
        assert_eq!(literals("acme_[a-z]+").unwrap().unwrap().longest, None);
    }

    #[test]
    fn repetitions_in_one_another_take_no_time() {
        let deep = (0..60).fold("abc".to_owned(), |inner, _| format!("(?:{inner}){{2,8}}"));
        assert_eq!(of(&deep), Some(named(&["abc"], false)));
        let exact = (0..60).fold("a".to_owned(), |inner, _| format!("(?:{inner}){{8}}"));
        assert!(literals(&exact).is_ok());
    }

    #[test]
    fn what_is_no_pattern_is_said_to_be_none() {
        assert_eq!(literals("a(").unwrap_err(), "unclosed group");
        assert!(literals(r"\p{Greek}").is_err(), "patterns of rules are about bytes");
    }

    proptest::proptest! {
        #[test]
        fn a_text_that_matches_contains_one(text in "[ab_cx]{0,24}") {
            for pattern in ["abc(?:_|x)+", "(?i)AB[c_]x?", "(?:abc|x_a)b*", "a(?:bc){2}", "(?:ab?c|xxx)[ab]"] {
                let regex = regex::bytes::RegexBuilder::new(pattern).unicode(false).build().unwrap();
                let Some(found) = regex.find(text.as_bytes()) else { continue };
                let Some(literals) = literals(pattern).unwrap() else { continue };
                let matched = String::from_utf8(found.as_bytes().to_vec()).unwrap();
                let matched = if literals.ignore_case { matched.to_lowercase() } else { matched };
                proptest::prop_assert!(literals.texts.iter().any(|literal| matched.contains(literal)), "{pattern} {matched}");
            }
        }
    }
}
