//! Findings that no pattern makes: what they are called and what they say. They take part in `--only`, `--skip`, allow entries and `explain` as rules do.

use crate::model::KEY_OLDER_THAN_ID;

/// A check and its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its name, as a rule's id.
    pub id: &'static str,
    /// What is wrong: a sentence without a full stop.
    pub summary: &'static str,
    /// Why that matters.
    pub why: &'static str,
    /// What to do next.
    pub help: &'static str,
    /// What it does not see.
    pub limits: &'static str,
}

/// A key that has been in the history for longer than the policy allows.
pub const KEY_OLDER_THAN: Check = Check {
    id: KEY_OLDER_THAN_ID,
    summary: "key has been in the history for longer than the policy allows",
    why: "The longer a key stands in a repository, the more clones, forks, caches and backups hold it, and the less likely it is that nobody has used it.",
    help: "Replace the key now, whether or not it is still in use, and give its successor an end.",
    limits: "Age is counted from the author's date of the first commit that holds the key, which the author may have set. Only `--history` knows it. \
             `max-key-age-days` in keyward.toml says how many days are allowed; 90 when it says nothing.",
};

/// All checks.
pub const CHECKS: [Check; 1] = [KEY_OLDER_THAN];
