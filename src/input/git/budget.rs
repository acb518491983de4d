//! How much a search may look at: with a forged repository it ends in a notice, not after hours.

use std::time::Instant;

use crate::model::Notice;

/// Steps between two looks at the clock.
const STEPS_PER_LOOK: usize = 1 << 14;

/// Why a search ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stop {
    /// There is more to look at than any honest repository has.
    TooMuch,
    /// The time was over.
    Late,
}

impl Stop {
    pub(super) fn notice(self) -> Notice {
        let (code, message, help) = match self {
            Self::TooMuch => (
                "too-many-folders",
                "too many versions of folders hold what was found: some paths, commits or references are not told",
                "leave out what is found most with `exclude` or `--skip`, or read the history in parts with --shard",
            ),
            Self::Late => (
                "timed-out",
                "the time given by --timeout was over before it was known where all that was found comes from",
                "give more seconds, or read it in parts with --shard",
            ),
        };
        Notice { code: code.into(), message: message.into(), help: Some(help.into()), path: None, line: None }
    }
}

/// What a search may still look at.
#[derive(Debug)]
pub(super) struct Budget {
    left: usize,
    until_look: usize,
    deadline: Option<Instant>,
    stop: Option<Stop>,
}

impl Budget {
    pub(super) fn new(steps: usize, deadline: Option<Instant>) -> Self {
        Self { left: steps, until_look: 0, deadline, stop: None }
    }

    /// Takes `steps` off; tells whether the search may go on.
    pub(super) fn spend(&mut self, steps: usize) -> bool {
        if self.stop.is_some() {
            return false;
        }
        match self.left.checked_sub(steps) {
            Some(left) => self.left = left,
            None => self.stop = Some(Stop::TooMuch),
        }
        match self.until_look.checked_sub(steps) {
            Some(until_look) => self.until_look = until_look,
            None => self.look(),
        }
        self.stop.is_none()
    }

    /// Looks at the clock.
    fn look(&mut self) {
        self.until_look = STEPS_PER_LOOK;
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            self.stop = Some(Stop::Late);
        }
    }

    /// Ends the search, because it would need more memory than it may.
    pub(super) fn give_up(&mut self) {
        self.end(Stop::TooMuch);
    }

    /// Ends the search for this reason, if it has not ended.
    pub(super) fn end(&mut self, stop: Stop) {
        self.stop.get_or_insert(stop);
    }

    /// Why the search ended early, if it did.
    pub(super) fn stop(&self) -> Option<Stop> {
        self.stop
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_stops_when_something_is_refused_and_not_when_just_all_is_spent() {
        let mut budget = Budget::new(3, None);
        assert!(budget.spend(3));
        assert_eq!(budget.stop(), None);
        assert!(!budget.spend(1));
        assert_eq!(budget.stop(), Some(Stop::TooMuch));
        let mut late = Budget::new(usize::MAX, Some(Instant::now()));
        assert!(!late.spend(1), "the first step looks at the clock");
        assert_eq!(late.stop(), Some(Stop::Late));
        assert_eq!(Budget::new(0, None).stop(), None, "nothing was asked for");
    }
}
