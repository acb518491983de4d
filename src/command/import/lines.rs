//! Lines in which something was found, and the pieces of them that have a digest.
//!
//! detect-secrets keeps the SHA-1 of what it took for the secret, which is often not what keyward takes for it: a quote more, the name in front, the line
//! that begins a private key. So the pieces of a line are digested, from each edge of a word to the next ones. Each line is gone through once, whatever
//! number of digests is looked for in it.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::Read as _,
    path::Path,
};

use crate::model::Finding;

/// Bytes of the largest file of which a line is looked at.
const LARGEST: u64 = 64 << 20;
/// Bytes of the longest line that is looked at, or of the lines of one finding: longer ones are written by programs.
const LONGEST_LINE: usize = 4 << 10;
/// Edges of words between which a piece may lie.
const MOST_EDGES: usize = 80;
/// Bytes of a piece: shorter ones stand in every other line, longer ones are no secret.
const PIECE: std::ops::RangeInclusive<usize> = 8..=512;

/// Pieces that are digested in all: some seconds' worth. A list may name every line of a repository, and each line may have hundreds of thousands.
pub(super) const MOST_PIECES: usize = 4 << 20;

/// A path and a line of it.
pub(super) type Place = (String, u32);

/// SHA-1 in hexadecimal, by which detect-secrets knows texts again. A text that was made to collide has none.
pub(super) fn digest(text: &str) -> Option<String> {
    let mut hasher = gix_hash::hasher(gix_hash::Kind::Sha1);
    hasher.update(text.as_bytes());
    Some(hasher.try_finalize().ok()?.to_hex().to_string())
}

/// The pieces of `line` that have one of the digests in `wanted`, by these; nothing when it has more than are `left` to be digested.
pub(super) fn pieces(line: &str, wanted: &BTreeSet<&str>, left: &mut usize) -> Option<BTreeMap<String, String>> {
    let mut edges = Vec::new();
    let mut before = None;
    for (at, c) in line.char_indices() {
        let is_word = c.is_alphanumeric();
        // Every sign is an edge of its own: what is taken for a secret may begin with one.
        if before.is_none_or(|before| before != is_word || !is_word) {
            edges.push(at);
        }
        before = Some(is_word);
    }
    edges.push(line.len());
    let mut found = BTreeMap::new();
    for (number, start) in edges.iter().enumerate() {
        for end in edges[number + 1..].iter().take(MOST_EDGES) {
            let piece = &line[*start..*end];
            if piece.len() > *PIECE.end() {
                break;
            }
            if !PIECE.contains(&piece.len()) {
                continue;
            }
            *left = left.checked_sub(1)?;
            if let Some(digest) = digest(piece).filter(|digest| wanted.contains(digest.as_str())) {
                found.entry(digest).or_insert_with(|| piece.to_owned());
            }
        }
    }
    Some(found)
}

/// Reads lines of files in which something was found.
pub(super) struct Lines<'r> {
    root: &'r Path,
    last: Option<Open>,
}

/// The file that was read last: findings come by path.
struct Open {
    path: String,
    bytes: Vec<u8>,
    /// Offset of each line.
    starts: Vec<usize>,
}

impl<'r> Lines<'r> {
    pub(super) fn new(root: &'r Path) -> Self {
        Self { root, last: None }
    }

    /// The lines of `finding` as gitleaks has them, with the break in front and what stands before the one behind; nothing where they are too long, in
    /// an archive, or gone.
    pub(super) fn of(&mut self, finding: &Finding) -> String {
        if !finding.origin.archive.is_empty() {
            return String::new();
        }
        let (first, last) = (finding.location.start_line, finding.location.end_line);
        let text = self.between(&finding.location.path, first, last);
        let start = if first > 1 && !text.is_empty() { "\n" } else { "" };
        format!("{start}{text}")
    }

    /// A line of the file at `path`, in which something was found.
    pub(super) fn at(&mut self, path: &str, line: u32) -> String {
        self.between(path, line, line).trim_end_matches('\r').to_owned()
    }

    /// The lines from `first` to `last` of the file at `path`.
    fn between(&mut self, path: &str, first: u32, last: u32) -> Cow<'_, str> {
        if self.last.as_ref().is_none_or(|open| open.path != path) {
            let bytes = self.read(path).unwrap_or_default();
            let starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', &bytes).map(|at| at + 1)).collect();
            self.last = Some(Open { path: path.to_owned(), bytes, starts });
        }
        let Some(Open { bytes, starts, .. }) = &self.last else { return Cow::default() };
        let number = |line: u32| usize::try_from(line).unwrap_or(usize::MAX);
        let Some(start) = starts.get(number(first).saturating_sub(1)) else { return Cow::default() };
        let end = starts.get(number(last.max(1))).map_or(bytes.len(), |next| next - 1);
        let text = bytes.get(*start..end).filter(|text| text.len() <= LONGEST_LINE);
        text.map(String::from_utf8_lossy).unwrap_or_default()
    }

    fn read(&self, path: &str) -> Option<Vec<u8>> {
        let path = self.root.join(path);
        if !fs::symlink_metadata(&path).ok()?.is_file() {
            return None;
        }
        let mut bytes = Vec::new();
        File::open(path).ok()?.take(LARGEST).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(line: &str, text: &str) -> Option<String> {
        let digest = digest(text).unwrap();
        pieces(line, &BTreeSet::from([digest.as_str()]), &mut MOST_PIECES.clone()).unwrap().remove(&digest)
    }

    #[test]
    fn a_digest_is_the_one_that_everybody_knows() {
        assert_eq!(digest("abc").unwrap(), "a9993e364706816aba3e25717850c26c9cd0d89d");
    }

    #[test]
    fn the_text_that_was_digested_is_found_in_its_line() {
        let line = "password = 'hunter2-and more'  # -----BEGIN RSA PRIVATE KEY-----";
        for text in ["hunter2-and more", "BEGIN RSA PRIVATE KEY", "'hunter2", "password"] {
            assert_eq!(piece(line, text).as_deref(), Some(text));
        }
        assert_eq!(piece(line, "assword = 'h"), None, "pieces begin and end where words do");
        assert_eq!(piece(line, "hunter2"), None, "what is so short stands in many lines");
    }

    #[test]
    fn a_line_of_nothing_but_signs_takes_no_time() {
        assert_eq!(piece(&"-".repeat(LONGEST_LINE), "not in there"), None);
    }

    #[test]
    fn what_is_left_to_be_digested_is_shared_by_all_lines() {
        let (wanted, mut left) = (digest("not in there").unwrap(), 100);
        let wanted = BTreeSet::from([wanted.as_str()]);
        let line = "-".repeat(16);
        assert_eq!(pieces(&line, &wanted, &mut left), Some(BTreeMap::new()));
        assert_eq!(left, 100 - 45, "nine places for eight signs, eight for nine, and so on");
        assert_eq!(pieces(&line, &wanted, &mut left), Some(BTreeMap::new()));
        assert_eq!((pieces(&line, &wanted, &mut left), left), (None, 0));
    }

    #[test]
    fn lines_are_counted_from_one_and_long_ones_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let long = "x".repeat(LONGEST_LINE + 1);
        fs::write(folder.path().join("a"), format!("one\r\n{long}\nthree")).unwrap();
        let mut lines = Lines::new(folder.path());
        assert_eq!([1, 2, 3, 4, 0].map(|line| lines.at("a", line)), ["one", "", "three", "", "one"]);
        assert_eq!(lines.at("gone", 1), "");
    }
}
