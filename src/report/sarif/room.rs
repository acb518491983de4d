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
/// Bytes of the compressed file, ten million less what the frame may come to.
const MOST_BYTES: usize = 9_000_000;
/// More bytes than the last block and the end of a compressed file take beside what they hold.
const ENDING: usize = 64;
/// Between two results.
const SEPARATOR: &[u8] = b",\n        ";

/// How many of `results`, which are sorted, fit into a file beside `others`, which stay whole.
pub(super) fn fitting(results: &[impl Serialize], others: &impl Serialize, most_bytes: Option<usize>) -> usize {
    let most = most_bytes.unwrap_or(MOST_BYTES);
    let mut file = Compressed::default();
    file.write(others);
    let over = results.iter().position(|result| {
        file.write(result);
        !file.is_within(most)
    });
    over.unwrap_or(results.len())
}

/// A file that is compressed as it grows, of which only the length is kept. One pass is enough for all results, and it ends where there is no more room.
struct Compressed {
    encoder: GzEncoder<Counter>,
    /// Bytes that went in since the compressor had to give out all it held.
    pending: usize,
}

impl Default for Compressed {
    fn default() -> Self {
        Self { encoder: GzEncoder::new(Counter::default(), Compression::default()), pending: 0 }
    }
}

impl Compressed {
    fn write(&mut self, value: &impl Serialize) {
        let mut text = SEPARATOR.to_vec();
        serde_json::to_writer_pretty(&mut text, value).expect("results are JSON");
        self.encoder.write_all(&text).expect("counting does not fail");
        self.pending += text.len();
    }

    /// Whether it has at most `most` bytes. What the compressor holds back is counted as it came, and called for only when that is too much:
    /// calling for it costs some compression.
    fn is_within(&mut self, most: usize) -> bool {
        let most = most.saturating_sub(ENDING);
        if self.encoder.get_ref().0 + self.pending > most {
            self.encoder.flush().expect("counting does not fail");
            self.pending = 0;
        }
        self.encoder.get_ref().0 <= most
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::rules::template::expand;

    fn compressed(values: &[impl Serialize]) -> usize {
        let mut encoder = GzEncoder::new(Counter::default(), Compression::default());
        serde_json::to_writer_pretty(&mut encoder, values).unwrap();
        encoder.finish().unwrap().0
    }

    /// A result that counts how often it was written.
    struct Seen<'a>(&'a Cell<usize>, &'a str);

    impl Serialize for Seen<'_> {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.0.set(self.0.get() + 1);
            serializer.serialize_str(self.1)
        }
    }

    #[test]
    fn results_are_compressed_once_and_none_behind_the_first_without_room() {
        let (seen, texts) = (Cell::new(0), texts(2_000));
        let results: Vec<Seen<'_>> = texts.iter().map(|text| Seen(&seen, text)).collect();
        let number = fitting(&results, &"", Some(300_000));
        assert!((900..1_100).contains(&number), "{number}");
        assert_eq!(seen.get(), number + 1);
        // No room is left unused that one more would have had.
        assert!(compressed(&texts[..number]) <= 300_000, "{}", compressed(&texts[..number]));
        assert!(compressed(&texts[..number + 2 + number / 100]) > 300_000);
    }

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
        // None of them is like another: what repeats takes less in one file than in two.
        let all = texts(220);
        let (results, rules) = all.split_at(200);
        let most = 30_000;
        let number = fitting(results, &rules, Some(most));
        assert!((50..100).contains(&number), "{number}");
        assert!(compressed(&results[..number]) + compressed(rules) <= most);
        assert_eq!(number, fitting(results, &rules, Some(most)));
    }

    #[test]
    fn rules_without_end_leave_no_room() {
        assert_eq!(fitting(&texts(20), &texts(200), Some(10_000)), 0);
    }
}
