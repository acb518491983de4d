//! One story per secret: findings of the same rule and the same secret are told together.
//!
//! A key that stands in forty files is one problem with one fix. Machine formats list every place; a person gets the worst one in
//! full and the others as a list. Suppressed places make a story of their own, because "here it is allowed" must not read as
//! "everywhere".

use std::{cmp::Reverse, collections::BTreeMap};

use crate::model::Finding;

/// Findings that are one problem.
#[derive(Debug)]
pub(super) struct Story<'a> {
    /// The place that is shown: of the most severe ones the first.
    pub(super) primary: &'a Finding,
    /// The other places, in the order of the report.
    pub(super) others: Vec<&'a Finding>,
}

/// The stories of `findings`, each where its first finding stands.
pub(super) fn stories(findings: &[Finding]) -> Vec<Story<'_>> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    let mut known = BTreeMap::new();
    for finding in findings {
        let Some(secret) = &finding.secret else {
            groups.push(vec![finding]);
            continue;
        };
        let suppression = finding.suppressed.as_ref().map(|s| (s.by as u8, s.reason.as_str()));
        let group = *known.entry((&finding.rule, &secret.fingerprint, suppression)).or_insert(groups.len());
        match groups.get_mut(group) {
            Some(members) => members.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups.into_iter().map(Story::of).collect()
}

impl<'a> Story<'a> {
    fn of(mut findings: Vec<&'a Finding>) -> Self {
        let (at, _) = findings
            .iter()
            .enumerate()
            .min_by_key(|(_, finding)| Reverse(finding.severity))
            .expect("a group begins with a finding");
        let primary = findings.remove(at);
        Self { primary, others: findings }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};
    use crate::model::Severity;

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
    fn the_most_severe_place_is_the_one_shown() {
        let mut findings = sample::report().findings;
        findings[0].severity = Severity::Warning;
        let stories = stories(&findings);
        assert_eq!(stories[0].primary.severity, Severity::Error);
        assert_eq!(stories[0].others[0].severity, Severity::Warning);
    }
}
