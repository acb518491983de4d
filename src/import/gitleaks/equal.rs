//! Rules of gitleaks' default set, and those of keyward that find the same keys.

use std::{collections::BTreeMap, sync::LazyLock};

/// By gitleaks' id; nothing stands beside one for which keyward has none.
pub static EQUALS: LazyLock<BTreeMap<String, Vec<String>>> =
    LazyLock::new(|| toml::from_str(include_str!("equal.toml")).expect("`cargo test` reads the table"));

/// The rules of keyward for what gitleaks' rule `id` finds.
pub(super) fn equals(id: &str) -> &'static [String] {
    EQUALS.get(id).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::RuleId, rules::RuleSet};

    #[test]
    fn every_rule_that_is_named_exists() {
        let builtin = RuleSet::builtin();
        for (theirs, ours) in &*EQUALS {
            for id in ours {
                assert!(builtin.get(&RuleId::new(id)).is_some(), "{theirs} names {id}, which is no rule");
            }
        }
        assert!(EQUALS.len() > 200, "{}", EQUALS.len());
    }

    #[test]
    fn a_rule_that_is_called_alike_is_among_its_equals() {
        let builtin = RuleSet::builtin();
        for (theirs, ours) in EQUALS.iter().filter(|(theirs, _)| builtin.get(&RuleId::new(theirs.as_str())).is_some()) {
            assert!(ours.contains(theirs), "{theirs}: {ours:?}");
        }
    }
}
