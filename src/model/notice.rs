//! What the user should know about the run itself, and how much of it is listed.
//!
//! A hostile repository could bring a million notices, so of each kind the first fifty are listed and one more counts the rest. That one is
//! recognised again, which makes bounding a thing that can be repeated: the shards of a scan, each bounded, merge into the list that the
//! whole scan would have had.

use std::{cmp::Ordering, collections::BTreeMap};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Code of the notice that a report of the run has no room for all results.
pub const RESULTS_LEFT_OUT: &str = "results-left-out";

/// Notices with one code that are listed.
pub const MOST_NOTICES: usize = 50;
/// What follows the number in the notice that counts the others.
const MORE: &str = " more of the same kind are not listed";

/// Something the user should know about the run itself: a stale suppression, an unreadable file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Notice {
    /// Stable name, such as `stale-allow`.
    pub code: String,
    /// One sentence, lower case, without a full stop.
    pub message: String,
    /// The way out.
    pub help: Option<String>,
    /// Path relative to the repository root, where there is one.
    pub path: Option<String>,
    /// 1-based line in that file, where there is one.
    pub line: Option<u32>,
}

impl Notice {
    /// `notices` in the order of reports (by path and line; those that count others last), each once, with at most [`MOST_NOTICES`] of each
    /// code and a count of what is not listed.
    #[must_use]
    pub fn bounded(notices: Vec<Self>) -> Vec<Self> {
        let mut rest = Rest::default();
        let mut listed = Vec::with_capacity(notices.len());
        for notice in notices {
            match notice.counted() {
                Some(number) => rest.again(notice.code, notice.path, number),
                None => listed.push(notice),
            }
        }
        listed.sort_by(Self::order);
        listed.dedup();
        let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
        listed.retain(|notice| {
            let number = numbers.entry(notice.code.clone()).or_default();
            *number += 1;
            let is_listed = *number <= MOST_NOTICES;
            if !is_listed {
                rest.more(notice);
            }
            is_listed
        });
        listed.extend(rest.notices());
        listed
    }

    /// All in it that may quote the repository.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        [&mut self.message].into_iter().chain(&mut self.help).chain(&mut self.path)
    }

    /// Whether it counts others that are not listed.
    #[must_use]
    pub fn is_count(&self) -> bool {
        self.counted().is_some()
    }

    /// By path and line, so that what is said about one file stands together.
    fn order(&self, other: &Self) -> Ordering {
        (&self.path, self.line).cmp(&(&other.path, other.line)).then_with(|| self.cmp(other))
    }

    /// How many others it counts, if that is what it does.
    fn counted(&self) -> Option<u64> {
        self.message.strip_suffix(MORE)?.parse().ok().filter(|_| self.line.is_none())
    }
}

/// What is counted and not listed, by code and by the file it is about.
#[derive(Default)]
struct Rest(BTreeMap<String, BTreeMap<Option<String>, u64>>);

impl Rest {
    /// Something was not listed before. All shards of a scan say the same of the one configuration; what they say without a path is about
    /// files of their own.
    fn again(&mut self, code: String, path: Option<String>, number: u64) {
        let of_one_file = path.is_some();
        let known = self.0.entry(code).or_default().entry(path).or_default();
        *known = if of_one_file { number.max(*known) } else { known.saturating_add(number) };
    }

    fn more(&mut self, notice: &Notice) {
        let known = self.0.entry(notice.code.clone()).or_default().entry(notice.path.clone()).or_default();
        *known = known.saturating_add(1);
    }

    fn notices(self) -> impl Iterator<Item = Notice> {
        self.0.into_iter().map(|(code, by_path)| {
            let number = by_path.values().fold(0_u64, |sum, number| sum.saturating_add(*number));
            let single = (by_path.len() == 1).then(|| by_path.into_keys().next().flatten());
            Notice {
                code,
                message: format!("{number}{MORE}"),
                help: Some("resolve those that are listed, and scan again".to_owned()),
                path: single.flatten(),
                line: None,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(code: &str, path: Option<&str>, line: Option<u32>) -> Notice {
        Notice { code: code.into(), message: "m".into(), help: None, path: path.map(str::to_owned), line }
    }

    fn lines(path: &str, number: u32) -> Vec<Notice> {
        (1..=number).map(|line| notice("stale", Some(path), Some(line))).collect()
    }

    fn shown(notices: &[Notice]) -> Vec<String> {
        let show = |notice: &Notice| format!("{} {:?} {:?}", notice.message, notice.path.as_deref(), notice.line);
        notices.iter().map(show).collect()
    }

    #[test]
    fn notices_are_ordered_by_place_and_said_once() {
        let all = [notice("b", Some("y"), Some(2)), notice("a", Some("y"), Some(3)), notice("z", None, None)];
        let bounded = Notice::bounded([&all[..], &all[..]].concat());
        assert_eq!(bounded, [all[2].clone(), all[0].clone(), all[1].clone()]);
    }

    #[test]
    fn beyond_fifty_of_a_kind_they_are_counted_and_the_count_comes_last() {
        let bounded = Notice::bounded([lines("a", 53), vec![notice("other", Some("z"), None)]].concat());
        assert_eq!(bounded.len(), MOST_NOTICES + 2);
        let last = &shown(&bounded)[MOST_NOTICES..];
        assert_eq!(last, ["m Some(\"z\") None", "3 more of the same kind are not listed Some(\"a\") None"]);
        let bounded = Notice::bounded([lines("a", 53), lines("b", 4)].concat());
        assert_eq!(shown(&bounded)[MOST_NOTICES..], ["7 more of the same kind are not listed None None"]);
    }

    #[test]
    fn bounding_parts_and_then_all_is_bounding_all_at_once() {
        let of_the_configuration = [lines("keyward.toml", 61), lines("keyward.toml", 61)];
        let of_their_own_files = [lines("a", 60), [lines("b", 9), lines("c", 60)].concat()];
        for parts in [of_the_configuration, of_their_own_files] {
            let in_steps = Notice::bounded(parts.iter().cloned().flat_map(Notice::bounded).collect());
            assert_eq!(in_steps, Notice::bounded(parts.concat()));
            assert_eq!(Notice::bounded(in_steps.clone()), in_steps);
        }
    }
}
