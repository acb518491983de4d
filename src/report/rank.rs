//! How grave a finding is on the scale that security dashboards sort by.
//!
//! Three severities decide an exit code and are too few for a list of thousands: a key that administers an organisation and works stands above one
//! that only looks like a key. The scale is GitHub's `security-severity`, from 0.1 to 10.0; GitLab's words are cut from the same numbers, so that both
//! put the same finding first.

use std::fmt;

use crate::{
    model::{Confidence, Finding, Severity},
    rules::{Check, Rule, RuleSet},
};

/// Tenths of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Score(u8);

/// What dashboards call a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Band {
    Low,
    Medium,
    High,
    Critical,
}

/// A key that opens everything, or is known to work.
pub(super) const GRAVEST: Score = Score(95);

impl Score {
    /// What findings of `rule` come to as long as nobody asked the provider.
    pub(super) fn of_rule(rule: &Rule) -> Self {
        let (spec, certain) = (&rule.spec, rule.spec.confidence == Confidence::High);
        let administers = spec.kind.as_deref() == Some("admin");
        match spec.severity {
            Severity::Error if administers => GRAVEST,
            // Exactly 9.0 is not clearly above 9.0.
            Severity::Error if certain && rule.provider.id == "openai" => Self(91),
            Severity::Error if certain => Self(85),
            Severity::Error => Self(75),
            Severity::Warning => Self(50),
            Severity::Note => Self(20),
        }
    }

    /// What findings of `check` come to. The lint judges how a project is set up: only what exposes a key is ranked as a leak.
    pub(super) fn of_check(check: &Check) -> Self {
        Self::of_severity(check.severity)
    }

    fn of_severity(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self(70),
            Severity::Warning => Self(40),
            Severity::Note => Self(20),
        }
    }

    /// What `finding` comes to: what its rule does, unless it is known to be worse or better.
    pub(super) fn of(finding: &Finding, rules: &RuleSet) -> Self {
        if finding.verification.verdict.is_live() {
            return GRAVEST;
        }
        let rule = rules.get(&finding.rule).map(|rule| (Self::of_rule(rule), rule.spec.severity));
        let check = || Check::get(finding.rule.as_str()).map(|check| (Self::of_check(check), check.severity));
        match rule.or_else(check) {
            Some((score, severity)) if severity == finding.severity => score,
            _ => Self::of_severity(finding.severity),
        }
    }

    pub(super) fn band(self) -> Band {
        match self.0 {
            91.. => Band::Critical,
            70.. => Band::High,
            40.. => Band::Medium,
            _ => Band::Low,
        }
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0 / 10, self.0 % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};
    use crate::model::{Dead, Live, RuleId, Verdict, Verification};

    #[test]
    fn a_key_that_works_is_gravest_and_one_that_is_dead_ranks_below_its_rule() {
        let rules = RuleSet::builtin();
        let mut finding = sample::report().findings.remove(0);
        assert_eq!(Score::of(&finding, &rules).to_string(), "9.1");
        finding.verification = Verification::of(Verdict::Live(Live::Ok));
        assert_eq!(Score::of(&finding, &rules), GRAVEST);
        finding.verification = Verification::of(Verdict::Dead(Dead::Rejected));
        finding.severity = Severity::Warning;
        assert_eq!(Score::of(&finding, &rules).to_string(), "4.0");
        finding.rule = RuleId::new("somebody-elses");
        finding.severity = Severity::Note;
        assert_eq!(Score::of(&finding, &rules).to_string(), "2.0");
    }

    #[test]
    fn bands_are_cut_where_github_cuts_them() {
        let band = |tenths| Score(tenths).band();
        assert_eq!(
            [90, 91, 70, 69, 40, 39].map(band),
            [Band::High, Band::Critical, Band::High, Band::Medium, Band::Medium, Band::Low]
        );
    }
}
