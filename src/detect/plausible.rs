//! Is this text random enough, and not a placeholder? Tests of the value alone, without its surroundings.
//!
//! Prefix and length say what a key looks like; documentation is full of texts that look so too. What a placeholder is stands in
//! [`crate::rules::placeholder`], because the environment lint asks it too; here are the samples and the floor that a rule sets itself.

use crate::rules::{
    EntropyOf, RuleSpec,
    placeholder::{has_run, has_word, is_repetitive},
    structure::entropy,
};

/// Whether `secret`, whose first `prefix` bytes name its kind, can be a genuine value of this rule.
pub(super) fn is_plausible(spec: &RuleSpec, secret: &[u8], prefix: usize) -> bool {
    let body = &secret[prefix.min(secret.len())..];
    if spec.placeholders.iter().any(|sample| is_sample(secret, sample)) {
        return false;
    }
    let measured = match spec.entropy_of {
        EntropyOf::Variable => body,
        EntropyOf::Secret => secret,
    };
    if spec.entropy.is_some_and(|floor| entropy(measured) < floor) {
        return false;
    }
    !(is_repetitive(body) || has_run(body) || (spec.placeholder_words && has_word(body)))
}

/// Whether `secret` is the published `sample`, in which `…` stands for anything.
fn is_sample(secret: &[u8], sample: &str) -> bool {
    let Some((head, rest)) = sample.split_once('…') else { return secret == sample.as_bytes() };
    let (middle, tail) = rest.rsplit_once('…').unwrap_or(("", rest));
    let inner = secret.strip_prefix(head.as_bytes()).and_then(|rest| rest.strip_suffix(tail.as_bytes()));
    let Some(mut inner) = inner else { return false };
    middle.split('…').all(|part| {
        let found = memchr::memmem::find(inner, part.as_bytes());
        inner = found.map_or(&[][..], |at| &inner[at + part.len()..]);
        found.is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_sample_is_known_by_its_ends() {
        assert!(is_sample(b"abc-middle-xyz", "abc…xyz"));
        assert!(!is_sample(b"abc-middle-xy", "abc…xyz"));
        assert!(!is_sample(b"abcz", "abc…bcz"));
        assert!(is_sample(b"abc", "abc"));
    }

    #[test]
    fn a_sample_may_be_told_by_what_stands_inside() {
        assert!(is_sample(b"acme_sandbox_1", "…sandbox…") && is_sample(b"sandbox", "…sandbox…"));
        assert!(!is_sample(b"acme_sandbo_1", "…sandbox…"));
        assert!(is_sample(b"a-one-two-z", "a…one…two…z") && !is_sample(b"a-two-one-z", "a…one…two…z"));
    }
}
