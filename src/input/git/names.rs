//! What trees call what they hold. All questions are asked at once, and each tree is decoded once for all that is asked of it: a folder can hold
//! thousands of files with something in them.

use std::{collections::HashMap, time::Instant};

use gix_object::Kind;
use rayon::prelude::*;

use super::{
    History, LONGEST_PATH, Repository, budget::Stop, object::entries, repository::Objects, revision::LARGEST_COMMIT,
};

/// Trees that one thread decodes one after the other.
const TOGETHER: usize = 32;
/// Names of one object in one tree; a forged tree may give it millions.
const MOST_NAMES: usize = 1_000;

/// A tree and what it holds, by number.
pub(super) type Question = (u32, u32);

/// A question with the names that answer it.
type Answer = (Question, Vec<String>);

/// Names by what was asked.
pub(super) struct Names(HashMap<Question, Vec<String>>);

impl Names {
    /// Decodes the trees that are asked about. When the time is over before, some names are not there.
    pub(super) fn find(
        history: &History<'_>,
        repository: &Repository,
        mut asked: Vec<Question>,
        deadline: Option<Instant>,
    ) -> (Self, Option<Stop>) {
        asked.sort_unstable();
        asked.dedup();
        let mut trees: Vec<&[Question]> = asked.chunk_by(|one, other| one.0 == other.0).collect();
        // Versions of a folder lie side by side, and are derived from one another.
        trees.sort_by_cached_key(|asked| history.place(asked[0].0));
        let answer = |objects: &mut Objects, asked: &[Question]| {
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return None;
            }
            Some(answers(history, objects, asked))
        };
        let found: Vec<Option<Vec<Answer>>> =
            trees.into_par_iter().with_min_len(TOGETHER).map_init(|| repository.objects(), answer).collect();
        let stop = found.contains(&None).then_some(Stop::Late);
        (Self(found.into_iter().flatten().flatten().collect()), stop)
    }

    /// The names under which `tree` holds `child`, in its order.
    pub(super) fn get(&self, tree: u32, child: u32) -> &[String] {
        self.0.get(&(tree, child)).map_or(&[], Vec::as_slice)
    }
}

/// The names of all that is `asked` of one tree.
fn answers(history: &History<'_>, objects: &mut Objects, asked: &[Question]) -> Vec<Answer> {
    let Some(tree) = asked.first().and_then(|(tree, _)| history.id(*tree)) else { return Vec::new() };
    let Ok((Kind::Tree, bytes)) = objects.get(&tree, LARGEST_COMMIT) else { return Vec::new() };
    let mut wanted: Vec<_> =
        asked.iter().filter_map(|question| Some((history.id(question.1)?, *question, Vec::new()))).collect();
    wanted.sort_unstable_by_key(|(id, ..)| *id);
    for entry in entries(bytes, tree.kind()) {
        if let Ok(at) = wanted.binary_search_by(|(id, ..)| (**id).cmp(entry.id))
            && wanted[at].2.len() < MOST_NAMES
        {
            wanted[at].2.push(shortened(String::from_utf8_lossy(entry.name).into_owned()));
        }
    }
    wanted.into_iter().map(|(_, question, names)| (question, names)).collect()
}

/// `path`, or the end of it when no system could have one so long.
pub(super) fn shortened(path: String) -> String {
    let from = path.ceil_char_boundary(path.len().saturating_sub(LONGEST_PATH));
    if from == 0 { path } else { path[from..].to_owned() }
}
