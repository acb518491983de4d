//! When to do something about a key: seven levels, and the rule that a person can check by hand.
//!
//! What the provider says counts most: a live key that anybody but its owner may have read is revoked now, whatever else is known; a dead one is
//! never urgent. Where nobody was asked, it counts how far the key has come. Severity alone decides nothing but that a note can wait.

use schemars::JsonSchema;
use serde::Serialize;

use super::Key;
use crate::model::{Exposure, Severity, SuppressedBy};

/// When to do something about a key, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Urgency {
    /// Revoke it at once: it works, or is published.
    Now,
    /// Replace it in the next days: everybody who can read the repository has it.
    Soon,
    /// Replace it when there is time: few can have read it, or it is little.
    Later,
    /// It is dead, and files still hold it.
    CleanUp,
    /// An exception with a reason allows it everywhere.
    Accepted,
    /// It stands only where it belongs.
    InPlace,
    /// It is dead, and only the history holds it.
    Over,
}

impl Urgency {
    /// All levels, in order.
    pub const ALL: [Self; 7] =
        [Self::Now, Self::Soon, Self::Later, Self::CleanUp, Self::Accepted, Self::InPlace, Self::Over];

    /// The word used in every output format.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::Soon => "soon",
            Self::Later => "later",
            Self::CleanUp => "clean-up",
            Self::Accepted => "accepted",
            Self::InPlace => "in-place",
            Self::Over => "over",
        }
    }

    /// Whether the key has to be replaced.
    #[must_use]
    pub const fn is_rotation(self) -> bool {
        matches!(self, Self::Now | Self::Soon | Self::Later)
    }

    /// The urgency of `key`, whose own is not set yet.
    pub(super) fn of(key: &Key) -> Self {
        let (verdict, worst) = (key.verification.verdict, key.worst());
        let by = key.suppressed.as_ref().map(|suppression| suppression.by);
        match () {
            () if worst == Exposure::Private => Self::InPlace,
            () if matches!(by, Some(SuppressedBy::Inline | SuppressedBy::Config)) => Self::Accepted,
            () if verdict.is_live() => Self::Now,
            () if verdict.is_dead() && (key.in_working_tree || key.in_head) => Self::CleanUp,
            () if verdict.is_dead() => Self::Over,
            () if worst.is_published() => Self::Now,
            () if key.severity == Severity::Note => Self::Later,
            () if worst <= Exposure::History => Self::Soon,
            () => Self::Later,
        }
    }
}

/// Why `key` has the urgency it has: a sentence without a full stop.
pub(super) fn why(key: &Key) -> String {
    let (verdict, worst) = (key.verification.verdict, key.worst());
    match key.urgency {
        Urgency::InPlace => "it stands only in an environment file that git ignores".to_owned(),
        Urgency::Accepted => "an exception allows it wherever it stands".to_owned(),
        Urgency::CleanUp => format!("it is dead ({}), and files still hold it", verdict.in_words()),
        Urgency::Over => format!("it is dead ({}), and only the history holds it", verdict.in_words()),
        Urgency::Now | Urgency::Soon | Urgency::Later => {
            let state = match verdict {
                verdict if verdict.is_live() => format!("{}, and", verdict.in_words()),
                verdict if verdict.is_unknown() => "it could not be told whether it works, and".to_owned(),
                _ => "nobody was asked whether it works, and".to_owned(),
            };
            format!("{state} it has come into {}", worst.in_words())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Dead, Live, NotChecked, Suppression, Unknown, Verdict, Verification};

    const LIVE: Verdict = Verdict::Live(Live::RestrictedScope);
    const DEAD: Verdict = Verdict::Dead(Dead::Rejected);
    const OPEN: Verdict = Verdict::Unknown(Unknown::Timeout);
    const NONE: Verdict = Verdict::NotChecked(NotChecked::NotRequested);

    fn key(verdict: Verdict, exposure: &[Exposure]) -> Key {
        let mut key = Key::sample();
        key.verification = Verification::of(verdict);
        key.exposure = exposure.to_vec();
        key.in_working_tree = exposure.iter().any(|one| !matches!(one, Exposure::History | Exposure::Unreachable));
        key
    }

    fn silenced(verdict: Verdict, by: SuppressedBy) -> Key {
        let suppressed = Some(Suppression { by, reason: "a reason".to_owned() });
        Key { suppressed, ..key(verdict, &[Exposure::Repository]) }
    }

    #[test]
    fn the_first_line_of_the_table_that_fits_decides() {
        use Exposure::{
            Browser, History, Image, Local, Package, Private, Repository, TrackedEnv, Unreachable, WebRoot,
        };
        for (key, expected) in [
            (key(NONE, &[Private]), Urgency::InPlace),
            (silenced(NONE, SuppressedBy::Inline), Urgency::Accepted),
            (silenced(NONE, SuppressedBy::Config), Urgency::Accepted),
            (silenced(NONE, SuppressedBy::Baseline), Urgency::Soon),
            (silenced(LIVE, SuppressedBy::Baseline), Urgency::Now),
            (key(LIVE, &[Unreachable]), Urgency::Now),
            (key(LIVE, &[Local]), Urgency::Now),
            (key(DEAD, &[Browser, Local]), Urgency::CleanUp),
            (key(DEAD, &[History]), Urgency::Over),
            (Key { in_head: true, ..key(DEAD, &[History]) }, Urgency::CleanUp),
            (key(NONE, &[Browser, Private]), Urgency::Now),
            (key(OPEN, &[WebRoot]), Urgency::Now),
            (key(NONE, &[Package, Private]), Urgency::Now),
            (key(NONE, &[Image, Private]), Urgency::Soon),
            (key(OPEN, &[TrackedEnv]), Urgency::Soon),
            (key(NONE, &[Repository, Private]), Urgency::Soon),
            (key(NONE, &[History]), Urgency::Soon),
            (Key { severity: Severity::Note, ..key(NONE, &[Repository]) }, Urgency::Later),
            (key(NONE, &[Unreachable]), Urgency::Later),
            (key(OPEN, &[Local]), Urgency::Later),
        ] {
            assert_eq!(Urgency::of(&key), expected, "{key:?}");
        }
    }

    #[test]
    fn levels_compare_as_they_are_listed() {
        assert!(Urgency::ALL.is_sorted());
    }
}
