//! Which rules run: the lists behind `--only` and `--skip`.
//!
//! A name may be a rule, a provider or a group. Unknown names are errors with a suggestion, because a misspelled `--only` would
//! otherwise scan for nothing and report that all is well.

use std::collections::BTreeSet;

use super::{Check, Rule, RuleError, RuleSet, checks};
use crate::model::{Group, masked_text, nearest};

/// Names that stand for whole families of rules.
pub const GROUPS: [&str; 2] = [Group::Secrets.as_str(), Group::Env.as_str()];

/// What was asked for by name. Empty `only` means everything.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    only: BTreeSet<String>,
    skip: BTreeSet<String>,
}

impl Selection {
    /// Reads the names in `only` and `skip`, each of which must be known in `rules`.
    ///
    /// # Errors
    /// [`RuleError::Unknown`] with the nearest known name.
    pub fn new(rules: &RuleSet, only: &[String], skip: &[String]) -> Result<Self, RuleError> {
        for name in only.iter().chain(skip) {
            rules.expect_name(name)?;
        }
        Ok(Self { only: only.iter().cloned().collect(), skip: skip.iter().cloned().collect() })
    }

    /// Whether `rule` takes part.
    #[must_use]
    pub fn includes(&self, rule: &Rule) -> bool {
        self.includes_any_of(&[rule.id().as_str(), &rule.provider.id, Group::Secrets.as_str()])
    }

    /// Whether `check` takes part.
    #[must_use]
    pub fn includes_check(&self, check: &Check) -> bool {
        self.includes_any_of(&[check.id.as_str(), check.group.as_str()])
    }

    fn includes_any_of(&self, names: &[&str]) -> bool {
        let is_among = |list: &BTreeSet<String>| names.iter().any(|name| list.contains(*name));
        (self.only.is_empty() || is_among(&self.only)) && !is_among(&self.skip)
    }
}

impl RuleSet {
    /// Fails unless `name` is a rule, a check, a provider or a group.
    ///
    /// # Errors
    /// [`RuleError::Unknown`] with the nearest known name.
    pub fn expect_name(&self, name: &str) -> Result<(), RuleError> {
        let rules = self.iter().flat_map(|(_, rule)| [rule.id().as_str(), rule.provider.id.as_str()]);
        let known: BTreeSet<&str> = rules.chain(GROUPS).chain(checks().iter().map(|check| check.id.as_str())).collect();
        if known.contains(name) {
            return Ok(());
        }
        let help = match nearest(name, known) {
            Some(near) => format!("did you mean `{near}`? `keyward rules` lists all"),
            None => "`keyward rules` lists all rules and providers".to_owned(),
        };
        Err(RuleError::Unknown { name: masked_text(name), help })
    }
}
