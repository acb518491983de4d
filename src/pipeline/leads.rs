//! What leads to keys that programs put together: their beginnings, as the rules know them.

use std::sync::Arc;

use crate::{
    decode::split::{Forms, Gate},
    detect::{Detector, Leads},
    rules::{Anchor, Rule, RuleSet},
};

/// The detector for `rules` that tells as well which texts may hold a split key. The literals in `watch` are reported as they are.
pub(super) fn detector(rules: Arc<RuleSet>, watch: &[&str]) -> Detector {
    // Keys that are hidden with care are those that programs call a provider with.
    let forms = |rule: &Rule| if rule.provider.sdks.is_empty() { Forms::Plain } else { Forms::All };
    let gate = Gate::new(rules.iter().flat_map(|(_, rule)| beginnings(rule).map(move |prefix| (prefix, forms(rule)))));
    Detector::with_leads(rules, watch, Arc::new(Beginnings(gate)))
}

/// Beginnings of keys, with the gate that tells a piece from anything else.
#[derive(Debug)]
struct Beginnings(Gate);

impl Leads for Beginnings {
    fn words(&self) -> Vec<String> {
        self.0.words().map(str::to_owned).collect()
    }

    fn reach(&self) -> (usize, usize) {
        Gate::REACH
    }

    fn holds(&self, word: usize, text: &[u8], at: usize) -> bool {
        self.0.opens(word, text, at)
    }
}

/// What the credentials of `rule` begin with, when a literal tells that. Where a pattern has a group the literal may stand in front of the credential.
fn beginnings(rule: &Rule) -> impl Iterator<Item = &str> {
    let has_group = rule.spec.pattern.contains("(?<secret>") || rule.spec.pattern.contains("(?<value>");
    let literals = if rule.spec.anchor == Anchor::Start && !has_group { rule.spec.literals.as_slice() } else { &[] };
    // `sk-*-` stands for any name in the middle.
    let kinds = rule.spec.kinds.iter().filter(|kind| rule.spec.anchor == Anchor::Marker && !kind.prefix.contains('*'));
    literals.iter().map(String::as_str).chain(kinds.map(|kind| kind.prefix.as_str()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{detect::Text, model::Piece, rules::template::expand};

    fn leads(detector: &Detector, text: &str) -> bool {
        detector.detect(Text { bytes: text.as_bytes(), path: None, binary: false }, None).leads
    }

    #[test]
    fn the_beginnings_of_all_keys_lead_on_and_ordinary_programs_do_not() {
        let detector = detector(Arc::new(RuleSet::builtin()), &[]);
        for text in ["k = 'sk-' + x", "k = `ghp_${x}`", "k = 'AIza' 'x'", "k = \"sk-ant-api03-\" + x", "k = 'hf_' + x"]
        {
            assert!(leads(&detector, text), "{text}");
            assert!(detector.may_hold(text.as_bytes(), false) && detector.trace(text.as_bytes()).may_hold(), "{text}");
        }
        for text in
            ["k = 'a' + 'b'", "postgres://localhost", "{\"sk\": \"Slovak\"}", "a.reverse().join('')", "risk-free"]
        {
            assert!(!leads(&detector, text), "{text}");
            assert!(!detector.may_hold(text.as_bytes(), false), "{text}");
        }
    }

    #[test]
    fn a_trace_inherits_leads_along_edits() {
        let detector = detector(Arc::new(RuleSet::builtin()), &[]);
        let words = [
            "'sk-'",
            " + ",
            "'",
            "sk-",
            "proj-",
            "\n",
            "startsWith(",
            "x",
            "\"c2st",
            "115, 107, 45",
            "[",
            ",",
            " ",
            "\n  // ",
            "f(",
            "\nself.k = ",
            "'name': 1",
            "'sk-a1'",
        ];
        let long = expand("{alnum:400}\n", "long");
        let word = |at: usize| words.get(at % (words.len() + 1)).copied().unwrap_or(&long);
        let text = prop::collection::vec(0..19_usize, 0..40);
        let edits = prop::collection::vec((any::<bool>(), 0..5000_usize, 0..900_usize), 1..8);
        let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) };
        let outcome = proptest::test_runner::TestRunner::new(config).run(&(text, edits), |(text, edits)| {
            let base: Vec<u8> = text.into_iter().flat_map(|at| word(at).bytes()).collect();
            let (mut next, mut pieces) = (Vec::new(), Vec::new());
            for (copies, start, length) in edits {
                let from = (copies && !base.is_empty()).then(|| start % base.len());
                let new = match from {
                    Some(from) => &base[from..base.len().min(from + 1 + length)],
                    None => word(start).as_bytes(),
                };
                Piece::append(&mut pieces, from, new.len());
                next.extend_from_slice(new);
            }
            let trace = detector.trace(&base);
            prop_assert_eq!(detector.trace_derived(&next, &trace, base.len(), &pieces), detector.trace(&next));
            Ok(())
        });
        outcome.unwrap();
    }
}
