//! Whether a value that begins like a provider's key has the rest of its form.
//!
//! What detection found is known already; here is looked at what it did *not* find: the prefix is right and the value as a whole is not. How long
//! the provider's keys are is told by the examples of its rules, so that nothing is counted twice. A value that is longer than every example may
//! be a form that the rules do not know yet, and nothing is said of it.

use crate::rules::{
    Anchor, Rule, RuleSet,
    placeholder::{has_run, has_word, is_repetitive},
    structure::entropy,
    template::expand,
};

/// Shorter text behind the prefix is a placeholder or a test value.
const SHORTEST_BODY: usize = 12;
/// A prefix that is shorter is shared by many providers.
const SHORTEST_PREFIX: usize = 4;
/// Least entropy of text that was drawn, in bits per character.
const DRAWN: f64 = 3.2;
/// Text of fewer characters says nothing of how it came about.
const SHORTEST_DRAWN: usize = 16;

/// Whether `value` was drawn at random, as keys are, and not typed.
pub(in crate::lint) fn is_drawn(value: &[u8]) -> bool {
    value.len() >= SHORTEST_DRAWN
        && value.iter().all(u8::is_ascii_graphic)
        && value.iter().any(u8::is_ascii_digit)
        && value.iter().any(u8::is_ascii_alphabetic)
        && entropy(value) >= DRAWN
        && !(is_repetitive(value) || has_run(value) || has_word(value))
}

/// Whether `value` begins as keys of the provider `id` do, and is shorter than any of them.
#[must_use]
pub fn is_cut_off(id: &str, value: &[u8]) -> bool {
    let rules = RuleSet::builtin();
    let own: Vec<&Rule> = rules.iter().map(|(_, rule)| rule).filter(|rule| rule.provider.id == id).collect();
    let prefixes = own.iter().filter_map(|rule| Some((prefix_in(rule, value)?, shortest(rule)?)));
    let longest = prefixes.clone().map(|(prefix, _)| prefix).max();
    let Some(prefix) = longest.filter(|prefix| value.len() >= prefix + SHORTEST_BODY) else { return false };
    let whole = own.iter().any(|rule| rule.spec.anchor == Anchor::Start && is_whole(rule, value));
    let least = prefixes.filter(|(found, _)| *found == prefix).map(|(_, length)| length).min();
    let body = &value[prefix..];
    let is_body = body.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    !whole && is_body && is_drawn(body) && least.is_some_and(|least| value.len() < least)
}

/// Whether `value` begins with a prefix of the provider `id` that no other provider's keys have.
#[must_use]
pub fn begins_like(id: &str, value: &[u8]) -> bool {
    RuleSet::builtin().iter().any(|(_, rule)| rule.provider.id == id && prefix_in(rule, value).is_some())
}

/// Length of the rule's own prefix that `value` begins with.
fn prefix_in(rule: &Rule, value: &[u8]) -> Option<usize> {
    let spec = &rule.spec;
    let prefixes: Vec<&str> = match spec.anchor {
        Anchor::Start => spec.literals.iter().map(String::as_str).collect(),
        Anchor::Marker if !spec.truncated => spec.kinds.iter().map(|kind| kind.prefix.as_str()).collect(),
        Anchor::Marker | Anchor::Inside | Anchor::Assignment => return None,
    };
    let long = prefixes.into_iter().filter(|prefix| prefix.len() >= SHORTEST_PREFIX && !prefix.contains('*'));
    long.filter(|prefix| value.starts_with(prefix.as_bytes())).map(str::len).max()
}

fn is_whole(rule: &Rule, value: &[u8]) -> bool {
    rule.pattern().find(value).is_some_and(|found| found.start() == 0 && found.end() == value.len())
}

/// Length of the shortest key among the rule's examples.
fn shortest(rule: &Rule) -> Option<usize> {
    let lengths = rule.examples().0.iter().filter_map(|example| {
        let text = expand(&example.text, &example.name);
        let is_key = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let words = text.as_bytes().split(|byte| !is_key(byte));
        words.filter(|word| prefix_in(rule, word).is_some()).map(<[u8]>::len).min()
    });
    lengths.min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(id: &str, template: &str) -> bool {
        is_cut_off(id, expand(template, "a key that was cut").as_bytes())
    }

    #[test]
    fn a_key_that_is_shorter_than_all_of_its_kind_was_cut_off() {
        assert!(cut("anthropic", "sk-ant-api03-{url64:60}"));
        assert!(cut("groq", "gsk_{alnum:30}"));
        assert!(cut("openai", "sk-proj-{url64:40}"));
    }

    #[test]
    fn whole_keys_placeholders_and_other_providers_keys_were_not() {
        assert!(!cut("anthropic", "sk-ant-api03-{url64:93}AA"));
        assert!(!cut("anthropic", "sk-ant-api03-your-key-goes-here-please"));
        assert!(!cut("anthropic", "sk-ant-test"));
        assert!(!cut("anthropic", "sk-proj-{url64:40}"));
        assert!(!cut("openai", "sk-proj-{url64:140}"));
        assert!(!cut("openai", "sk-{alnum:40}"));
    }

    #[test]
    fn what_was_typed_is_not_drawn() {
        assert!(is_drawn(expand("{alnum:32}", "drawn").as_bytes()));
        for typed in ["my-super-long-local-password", "aaaaaaaaaaaaaaaa1", "12345678901234567890a", "short1"] {
            assert!(!is_drawn(typed.as_bytes()), "{typed}");
        }
    }
}
