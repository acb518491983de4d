//! How keys are verified, as data: what is asked about them and what each answer means.
//!
//! The tables stand in the rule files, beside the pattern that finds the key. They are embedded apart from the rules, because no scan needs them
//! until somebody says `--verify`. Only our own rules have them: a rule file of somebody else could send keys to somebody else.

mod filling;
mod inquiry;
mod spec;

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use serde::Deserialize;

pub use filling::Filling;
pub use inquiry::{Answer, Blank, Inquiry};
pub use spec::{
    AnswerExample, AnswerSpec, Certain, Companion, HostFrom, Method, Place, Request, Several, Then, VerifySpec,
};

use super::{CUSTOM, Provider, Rule, RuleSet};
use crate::model::RuleId;

static EMBEDDED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/verify.json"));

/// The tables of our own rules as they are embedded.
#[derive(Deserialize)]
struct Tables {
    providers: BTreeMap<String, VerifySpec>,
    rules: BTreeMap<RuleId, VerifySpec>,
}

/// How keys of our own rules are verified, by rule.
fn inquiries() -> &'static BTreeMap<RuleId, Arc<Inquiry>> {
    static INQUIRIES: LazyLock<BTreeMap<RuleId, Arc<Inquiry>>> = LazyLock::new(|| {
        let mut tables: Tables = serde_json::from_slice(EMBEDDED).expect("tables have the form `cargo test` checked");
        let rules = RuleSet::builtin();
        let inquiry = |(_, rule): (_, &Rule)| {
            let own = tables.rules.remove(rule.id())?;
            let verify = tables.providers.get(&rule.provider.id).cloned();
            let provider = Provider { verify, ..(*rule.provider).clone() };
            let inquiry = Inquiry::new(&provider, &own).expect("tables are sound, as `cargo test` checked");
            Some((rule.id().clone(), Arc::new(inquiry)))
        };
        rules.iter().filter_map(inquiry).collect()
    });
    &INQUIRIES
}

impl Rule {
    /// How its keys are verified; `None` when there is no way.
    ///
    /// # Panics
    /// Never: `cargo test` builds all of them.
    #[must_use]
    pub fn inquiry(&self) -> Option<Arc<Inquiry>> {
        let is_ours = self.provider.id != CUSTOM && RuleSet::builtin().get(self.id()).is_some();
        is_ours.then(|| inquiries().get(self.id()).cloned()).flatten()
    }
}

/// Ids of the providers that can be asked about their keys, in order.
#[must_use]
pub fn providers() -> Vec<&'static str> {
    let mut ids: Vec<&str> = inquiries().values().map(|inquiry| inquiry.provider.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}
