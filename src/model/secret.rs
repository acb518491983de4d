//! The secret itself: the one type that holds a key, and that cannot be printed by accident.
//!
//! `Debug` shows the length only, there is no `Display` and no `Serialize`. What leaves the program is either
//! [`Secret::masked`] (prefix and last four), [`Secret::masked_in_place`] (the same, as wide as the original so that columns
//! under a source line stay right), or a [`Fingerprint`]. [`Secret::expose`] is the single way to the value; it is called where
//! a value must be looked at or where a person typed `--show-secrets`.

use std::{fmt, ops::Range};

use super::Fingerprint;

/// The character that stands for a hidden one in excerpts; one column wide.
pub const MASK: char = '•';

/// Keys shorter than this show nothing of their end: four characters of a short key are too large a part of it.
const SHOWS_TAIL_FROM: usize = 32;
/// Never show more than this of the beginning, whatever a rule's literal says.
const LONGEST_PREFIX: usize = 24;

/// A credential as it stood in the text, with the length of the public prefix that names its kind.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret {
    bytes: Box<[u8]>,
    prefix: usize,
}

impl Secret {
    /// Wraps `bytes`, of which the first `prefix` name the kind (`sk-proj-`) and may be shown.
    ///
    /// The prefix is cut to 24 bytes and to a quarter of the key, and to nothing when it is not plain ASCII.
    #[must_use]
    pub fn new(bytes: &[u8], prefix: usize) -> Self {
        let prefix = prefix.min(LONGEST_PREFIX).min(bytes.len() / 4);
        let shown = &bytes[..prefix];
        let prefix = if shown.iter().all(u8::is_ascii_graphic) { prefix } else { 0 };
        Self { bytes: bytes.into(), prefix }
    }

    /// The value. Call it only to analyse the key, to verify it, or under `--show-secrets`.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.bytes
    }

    /// Length in characters; bytes that are not UTF-8 count as one each.
    #[must_use]
    pub fn length(&self) -> usize {
        self.bytes.utf8_chunks().map(|chunk| chunk.valid().chars().count() + chunk.invalid().len()).sum()
    }

    /// Short masked form for messages: `sk-proj-…Zb4A`.
    #[must_use]
    pub fn masked(&self) -> String {
        format!("{}…{}", self.head(), self.tail())
    }

    /// Masked form with as many characters as the original, so that columns beside it stay true.
    #[must_use]
    pub fn masked_in_place(&self) -> String {
        let hidden = self.length() - self.head().len() - self.tail().len();
        let mut out = String::with_capacity(self.bytes.len() * 3);
        out.push_str(self.head());
        out.extend(std::iter::repeat_n(MASK, hidden));
        out.push_str(self.tail());
        out
    }

    /// The bytes between the prefix and the tail that may be shown.
    #[must_use]
    pub fn hidden(&self) -> Range<usize> {
        self.prefix..self.bytes.len() - self.tail().len()
    }

    /// What identifies this secret in reports and baselines.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of("secret", &[&self.bytes])
    }

    fn head(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.prefix]).unwrap_or("")
    }

    fn tail(&self) -> &str {
        if self.bytes.len() < SHOWS_TAIL_FROM {
            return "";
        }
        let tail = &self.bytes[self.bytes.len() - 4..];
        if tail.iter().all(u8::is_ascii_graphic) { std::str::from_utf8(tail).unwrap_or("") } else { "" }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} characters)", self.length())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_keep_the_length_and_show_only_prefix_and_tail() {
        let secret = Secret::new(b"sk-proj-0123456789012345678901234567890123456789Zb4A", 8);
        assert_eq!(secret.masked(), "sk-proj-…Zb4A");
        assert_eq!(secret.masked_in_place().chars().count(), secret.length());
        assert!(!secret.masked_in_place().contains("0123"));
    }

    #[test]
    fn a_short_secret_shows_no_tail_and_a_quarter_at_most() {
        let secret = Secret::new(b"hunter2hunter2", 8);
        assert_eq!(secret.masked(), "hun…");
    }

    #[test]
    fn debug_shows_the_length_only() {
        assert_eq!(format!("{:?}", Secret::new(b"topsecret", 0)), "Secret(9 characters)");
    }

    #[test]
    fn bytes_that_are_not_text_are_masked_too() {
        let secret = Secret::new(&[0xff; 40], 4);
        assert_eq!(secret.masked(), "…");
        assert_eq!(secret.masked_in_place().chars().count(), 40);
    }
}
