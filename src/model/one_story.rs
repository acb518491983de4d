//! One finding for each secret of a history, however many versions of however many files hold it.
//!
//! The same here and when shards are merged: the best of the best is the best of all, so it does not matter how the versions were divided.

use std::collections::BTreeMap;

use super::{Finding, Fingerprint, OriginKind};

/// Name of the check that speaks of the age of a key another finding is about.
pub const KEY_OLDER_THAN_ID: &str = "key-older-than";

/// Folds the findings of history among `findings`: of each rule and secret the one that stands in HEAD, or else the one that appeared first, with
/// the oldest commit of all, the sum of their occurrences and all their references. Other findings stay as they are.
#[must_use]
pub fn one_for_each_secret(findings: Vec<Finding>) -> Vec<Finding> {
    let mut kept = folded(findings, |finding| (finding.rule.clone(), print_of(finding)));
    align(&mut kept);
    kept
}

/// The same with one finding for each path: who takes stock of keys wants to know every file that ever held one.
#[must_use]
pub fn one_for_each_place(findings: Vec<Finding>) -> Vec<Finding> {
    folded(findings, |finding| (finding.rule.clone(), print_of(finding), finding.location.path.clone()))
}

fn print_of(finding: &Finding) -> Option<Fingerprint> {
    finding.secret.as_ref().map(|secret| secret.fingerprint.clone())
}

/// `findings` with those of history on a secret folded that have the same `key`.
fn folded<K: Ord>(findings: Vec<Finding>, key: impl Fn(&Finding) -> K) -> Vec<Finding> {
    let mut groups: BTreeMap<K, Vec<Finding>> = BTreeMap::new();
    let mut kept = Vec::new();
    for finding in findings {
        if finding.secret.is_some() && finding.origin.kind == OriginKind::History {
            groups.entry(key(&finding)).or_default().push(finding);
        } else {
            kept.push(finding);
        }
    }
    kept.extend(groups.into_values().filter_map(fold));
    kept
}

/// What is said of a secret is said where the secret is: a shard that did not know the best place gave another.
fn align(findings: &mut [Finding]) {
    let keys: BTreeMap<Fingerprint, (super::Location, super::Origin)> = findings
        .iter()
        .filter(|finding| finding.kind_of_story() == Story::Key)
        .filter_map(|finding| Some((print_of(finding)?, (finding.location.clone(), finding.origin.clone()))))
        .collect();
    for finding in findings.iter_mut().filter(|finding| finding.kind_of_story() == Story::Age) {
        if let Some((location, origin)) = print_of(finding).and_then(|secret| keys.get(&secret)) {
            (finding.location, finding.origin) = (location.clone(), origin.clone());
        }
    }
}

#[derive(PartialEq, Eq)]
enum Story {
    Key,
    Age,
    Other,
}

impl Finding {
    fn kind_of_story(&self) -> Story {
        match self.origin.kind {
            OriginKind::History if self.rule.as_str() == KEY_OLDER_THAN_ID => Story::Age,
            OriginKind::History => Story::Key,
            _ => Story::Other,
        }
    }
}

fn fold(group: Vec<Finding>) -> Option<Finding> {
    let oldest = group.iter().map(|finding| &finding.origin).min_by_key(|origin| origin.age())?;
    let first = (oldest.commit.clone(), oldest.author_time.clone(), oldest.position);
    let occurrences = group.iter().fold(0_u32, |sum, finding| sum.saturating_add(finding.origin.occurrences));
    let mut refs: Vec<String> = group.iter().flat_map(|finding| finding.origin.refs.iter().cloned()).collect();
    refs.sort();
    refs.dedup();
    let rank = |a: &Finding, b: &Finding| {
        let of = |finding: &Finding| (!finding.origin.in_head, finding.origin.age().0);
        of(a).cmp(&of(b)).then_with(|| a.order(b))
    };
    let mut best = group.into_iter().min_by(rank)?;
    let origin = &mut best.origin;
    (origin.commit, origin.author_time, origin.position) = first;
    origin.occurrences = occurrences;
    origin.reference = refs.first().cloned();
    origin.refs = refs;
    Some(best)
}
