//! What trees call what they hold. All questions are asked at once, and each tree is decoded once for all that is asked of it: a folder can hold
//! thousands of files with something in them.

use std::time::Instant;

use super::{
    History, LONGEST_PATH,
    beginnings::Beginnings,
    budget::Stop,
    named::{Asked, Named},
};

/// Names of one object in one tree; a forged tree may give it millions.
const MOST_NAMES: usize = 1_000;

/// A tree and what it holds, by number.
pub(super) type Question = (u32, u32);

/// Names by what was asked.
pub(super) struct Names(Named);

impl Names {
    /// Decodes the trees that are asked about. When the time is over before, some names are not there.
    pub(super) fn find(
        history: &History<'_>,
        mut asked: Vec<Question>,
        deadline: Option<Instant>,
    ) -> (Self, Option<Stop>) {
        asked.sort_unstable();
        asked.dedup();
        let mut trees: Vec<u32> = asked.iter().map(|question| question.0).collect();
        trees.dedup();
        let mut named = Asked {
            trees: &trees,
            children: Beginnings::of(asked.iter().filter_map(|question| history.id(question.1))),
            keeps: &|tree, child, _| asked.binary_search(&(tree, child)).is_ok(),
            most: MOST_NAMES,
            deadline,
        }
        .named(history);
        named.sort();
        let stop = named.stop;
        (Self(named), stop)
    }

    /// The names under which `tree` holds `child`, in its order.
    pub(super) fn get(&self, tree: u32, child: u32) -> impl Iterator<Item = &str> {
        let all = self.0.entries(tree);
        let own = &all[all.partition_point(|entry| entry.child < child)..];
        let own = own.iter().take_while(move |entry| entry.child == child);
        own.map(|entry| shortened(self.0.words.text(entry.name)))
    }
}

/// `path`, or the end of it when no system could have one so long.
pub(super) fn shortened(path: &str) -> &str {
    &path[path.ceil_char_boundary(path.len().saturating_sub(LONGEST_PATH))..]
}
