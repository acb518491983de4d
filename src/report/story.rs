//! One story per secret: findings of the same rule and the same secret are told together.
//!
//! A key that stands in forty files is one problem with one fix. Machine formats list every place; a person gets the worst one in
//! full and the others as a list. Suppressed places make a story of their own, because "here it is allowed" must not read as
//! "everywhere". That a key has been there for too long is part of its story.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use crate::model::{Finding, Fingerprint, KEY_OLDER_THAN_ID};

/// Findings that are one problem.
#[derive(Debug)]
pub(super) struct Story<'a> {
    /// The place that is shown: of the most severe ones the first.
    pub(super) primary: &'a Finding,
    /// The other places, in the order of the report.
    pub(super) others: Vec<&'a Finding>,
    /// What is said of the age of its secret.
    pub(super) age: Option<&'a Finding>,
}

/// The stories of `findings`, each where its first finding stands.
pub(super) fn stories(findings: &[Finding]) -> Vec<Story<'_>> {
    let is_age = |finding: &Finding| finding.rule.as_str() == KEY_OLDER_THAN_ID;
    let keys: BTreeSet<_> = findings.iter().filter(|finding| !is_age(finding)).filter_map(secret).collect();
    let (ages, others): (Vec<&Finding>, Vec<&Finding>) =
        findings.iter().partition(|finding| is_age(finding) && secret(finding).is_some_and(|of| keys.contains(&of)));
    let mut ages: BTreeMap<_, &Finding> = ages.into_iter().map(|age| (secret(age), age)).collect();
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    let mut known = BTreeMap::new();
    for finding in others {
        let Some(secret) = secret(finding) else {
            groups.push(vec![finding]);
            continue;
        };
        let group = *known.entry((&finding.rule, secret)).or_insert(groups.len());
        match groups.get_mut(group) {
            Some(members) => members.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    // Of the stories of one secret, which several rules may know, the first tells its age.
    groups.into_iter().map(Story::of).map(|story| Story { age: ages.remove(&secret(story.primary)), ..story }).collect()
}

/// The secret of `finding`, and how it is suppressed.
fn secret(finding: &Finding) -> Option<(&Fingerprint, Option<(u8, &str)>)> {
    let suppression = finding.suppressed.as_ref().map(|s| (s.by as u8, s.reason.as_str()));
    Some((&finding.secret.as_ref()?.fingerprint, suppression))
}

impl<'a> Story<'a> {
    fn of(mut findings: Vec<&'a Finding>) -> Self {
        let (at, _) = findings
            .iter()
            .enumerate()
            .min_by_key(|(_, finding)| Reverse(finding.severity))
            .expect("a group begins with a finding");
        let primary = findings.remove(at);
        Self { primary, others: findings, age: None }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};
    use crate::model::{RuleId, Severity};

    #[test]
    fn places_of_one_secret_are_one_story_and_a_suppressed_place_is_another() {
        let report = sample::report();
        let told: Vec<(String, usize)> = stories(&report.findings)
            .iter()
            .map(|story| (story.primary.location.path.clone(), story.others.len()))
            .collect();
        assert_eq!(
            told,
            [
                ("config/old.env".to_owned(), 1),
                ("docs/a|b`c\u{202e}[x](y)<b>\n#%, ü.md".to_owned(), 0),
                ("tests/fixture.py".to_owned(), 0)
            ]
        );
    }

    #[test]
    fn the_age_of_a_key_is_part_of_its_story_unless_nothing_else_is_said_of_it() {
        let mut findings = sample::report().findings;
        let age = |of: &Finding| Finding { rule: RuleId::new(KEY_OLDER_THAN_ID), ..of.clone() };
        let keys = stories(&findings).len();
        findings.insert(0, age(&findings[0]));
        let told = stories(&findings);
        assert_eq!(told.len(), keys);
        assert_eq!(told[0].age.map(|age| age.rule.as_str()), Some(KEY_OLDER_THAN_ID));
        assert!(told[1..].iter().all(|story| story.age.is_none()));
        let alone = [age(&findings[1])];
        assert_eq!(stories(&alone)[0].primary.rule.as_str(), KEY_OLDER_THAN_ID);
    }

    #[test]
    fn the_most_severe_place_is_the_one_shown() {
        let mut findings = sample::report().findings;
        findings[0].severity = Severity::Warning;
        let stories = stories(&findings);
        assert_eq!(stories[0].primary.severity, Severity::Error);
        assert_eq!(stories[0].others[0].severity, Severity::Warning);
    }
}
