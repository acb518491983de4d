//! What tells a text that somebody typed from one that was drawn.
//!
//! Nobody types randomness: placeholders repeat a character, run up the alphabet or contain a word. Short words must stand alone, because a
//! random key holds any given four letters often enough to be lost that way.

/// Words that occur in placeholders. Those shorter than [`LONG_WORD`] count only where they stand alone, between separators.
const WORDS: [&str; 33] = [
    "example",
    "placeholder",
    "your",
    "changeme",
    "change_me",
    "change-me",
    "dummy",
    "fake",
    "redacted",
    "insert",
    "replace",
    "sample",
    "todo",
    "xxxx",
    "****",
    "....",
    "mykey",
    "my-key",
    "my_key",
    "apikey",
    "api_key",
    "api-key",
    "secret_key",
    "secretkey",
    "deadbeef",
    "abcdef0123456789",
    "foobar",
    "tokenhere",
    "keyhere",
    "secrethere",
    "notreal",
    "not-real",
    "not_real",
];
const LONG_WORD: usize = 7;
/// A run of this many neighbours in the alphabet or among the digits (`abcdefgh`, `12345678`) is typed, not drawn.
const RUN: usize = 8;

/// Whether it has few distinct bytes, or one that fills half of it.
#[must_use]
pub fn is_repetitive(body: &[u8]) -> bool {
    let mut counts = [0_usize; 256];
    for &byte in body {
        counts[usize::from(byte)] += 1;
    }
    let distinct = counts.iter().filter(|&&count| count > 0).count();
    let most = counts.iter().max().copied().unwrap_or(0);
    body.len() >= 8 && (distinct <= 3 || most * 2 > body.len())
}

/// Whether neighbours in the alphabet follow each other.
#[must_use]
pub fn has_run(body: &[u8]) -> bool {
    let step = |pair: &[u8]| {
        let (a, b) = (pair[0].to_ascii_lowercase(), pair[1].to_ascii_lowercase());
        let wraps = (a, b) == (b'9', b'0');
        pair[0].is_ascii_alphanumeric() && pair[1].is_ascii_alphanumeric() && (b == a + 1 || wraps)
    };
    let mut length = 1;
    for pair in body.windows(2) {
        length = if step(pair) { length + 1 } else { 1 };
        if length >= RUN {
            return true;
        }
    }
    false
}

/// Whether a word of those that placeholders are made of stands in it.
#[must_use]
pub fn has_word(body: &[u8]) -> bool {
    let lower = body.to_ascii_lowercase();
    let edge = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric());
    let stands_alone = |at: usize, length: usize| {
        edge(at.checked_sub(1).and_then(|before| lower.get(before))) && edge(lower.get(at + length))
    };
    WORDS.iter().any(|word| {
        let long = word.len() >= LONG_WORD;
        memchr::memmem::find_iter(&lower, word.as_bytes()).any(|at| long || stands_alone(at, word.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_values_are_told_from_drawn_ones() {
        assert!(is_repetitive(b"xxxxxxxxxxxx"));
        assert!(has_run(b"zz0123456789"));
        assert!(has_run(b"ABCDEFGHzz"));
        assert!(!has_run(b"a1b2c3d4e5f6"));
        assert!(has_word(b"put_Your_key_here"));
    }

    #[test]
    fn short_words_count_where_they_stand_alone_and_long_ones_everywhere() {
        assert!(has_word(b"sk-your-key-here") && has_word(b"fake_0"));
        assert!(!has_word(b"aB3dTodo5fGh8jYour1mN2fake"));
        assert!(has_word(b"aB3dPlaceholder5fGh"));
    }
}
