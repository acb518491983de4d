//! How many results a run may hold.
//!
//! GitHub rejects a run with more than 25,000 results and a file of more than 10 MB after compression, as a whole: a repository with one key too many would have no
//! alerts at all. So the worst results stay and the rest is left out, by the same rule each time, and it is said: the run ends as one that did
//! not read everything, because whoever takes the report for the whole takes what it lacks for fixed.

use std::io::{self, Write};

use flate2::{Compression, write::GzEncoder};
use serde::Serialize;

/// Results of a run.
pub(super) const MOST_RESULTS: usize = 25_000;
/// Bytes of the compressed file, ten million less what notifications and the frame may come to.
const MOST_BYTES: usize = 9_000_000;

/// How many of `results`, which are sorted, fit into a file beside `rules`.
pub(super) fn fitting(results: &[impl Serialize], rules: &[impl Serialize], most_bytes: Option<usize>) -> usize {
    let most = most_bytes.unwrap_or(MOST_BYTES);
    let mut number = results.len();
    // What fits uncompressed does so compressed.
    if size(results) + size(rules) <= most {
        return number;
    }
    let of_rules = compressed(rules);
    loop {
        let all = of_rules + compressed(&results[..number]);
        if all <= most || number == 0 {
            return number;
        }
        // Results are much alike, so the next guess is near; it is always less.
        let share = most.saturating_sub(of_rules) as u128 * number as u128 / (all - of_rules).max(1) as u128;
        number = usize::try_from(share).unwrap_or(0).min(number - 1);
    }
}

/// Counts what is written and keeps nothing of it.
#[derive(Default)]
struct Counter(usize);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn size(values: &[impl Serialize]) -> usize {
    let mut counter = Counter::default();
    serde_json::to_writer_pretty(&mut counter, values).expect("counting does not fail");
    counter.0
}

fn compressed(values: &[impl Serialize]) -> usize {
    let mut encoder = GzEncoder::new(Counter::default(), Compression::default());
    serde_json::to_writer_pretty(&mut encoder, values).expect("counting does not fail");
    encoder.finish().expect("counting does not fail").0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::template::expand;

    fn texts(number: usize) -> Vec<String> {
        (0..number).map(|at| expand("{alnum:400}", &at.to_string())).collect()
    }

    #[test]
    fn what_fits_stays_whole() {
        assert_eq!(fitting(&texts(50), &texts(1), None), 50);
        assert_eq!(fitting(&texts(0), &texts(1), None), 0);
        // It takes 20 kB as text and less when it is compressed.
        assert_eq!(fitting(&vec!["a".repeat(400); 50], &texts(0), Some(1_000)), 50);
    }

    #[test]
    fn results_are_cut_until_they_fit_beside_the_rules() {
        let (results, rules) = (texts(200), texts(20));
        let most = 30_000;
        let number = fitting(&results, &rules, Some(most));
        assert!((50..100).contains(&number), "{number}");
        assert!(compressed(&results[..number]) + compressed(&rules) <= most);
        assert_eq!(number, fitting(&results, &rules, Some(most)));
    }

    #[test]
    fn rules_without_end_leave_no_room() {
        assert_eq!(fitting(&texts(20), &texts(200), Some(10_000)), 0);
    }
}
