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
/// The same where letters and digits take turns and each goes on where it left off (`a1b2c3d4e5f6`, `abc123def456`).
const TURNS: usize = 12;

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

/// Whether neighbours in the alphabet or among the digits follow each other, upwards or downwards, also where the two take turns.
#[must_use]
pub fn has_run(body: &[u8]) -> bool {
    is_walked(body.iter()) || is_walked(body.iter().rev())
}

/// Letters and digits that go on where the last of their kind left off.
#[derive(Default)]
struct Walk {
    /// Where the letters and the digits have come to.
    at: [Option<u8>; 2],
    length: usize,
    /// How many of the last are of one kind, and of which.
    alike: usize,
    kind: Option<usize>,
}

fn is_walked<'b>(bytes: impl Iterator<Item = &'b u8>) -> bool {
    let mut walk = Walk::default();
    for byte in bytes.map(u8::to_ascii_lowercase) {
        let kind = usize::from(byte.is_ascii_digit());
        if !byte.is_ascii_alphanumeric() {
            walk = Walk::default();
            continue;
        }
        if walk.at[kind].is_some_and(|before| !is_next(before, byte)) {
            walk = Walk::default();
        }
        walk.length += 1;
        walk.alike = if walk.kind == Some(kind) { walk.alike + 1 } else { 1 };
        walk.kind = Some(kind);
        walk.at[kind] = Some(byte);
        if walk.alike >= RUN || walk.length >= TURNS {
            return true;
        }
    }
    false
}

fn is_next(before: u8, byte: u8) -> bool {
    byte == before + 1 || (before, byte) == (b'9', b'0')
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
        assert!(has_run(b"ABCDEFGHzz") && has_run(b"xx1b12345678") && !has_run(b"ABCDEFG 1234567"));
        assert!(has_word(b"put_Your_key_here"));
    }

    #[test]
    fn letters_and_digits_that_walk_by_turns_are_typed() {
        for typed in [
            "a1b2c3d4e5f6",
            "prefix_A1B2C3D4E5F6G7H8I9J0",
            "1a2b3c4d5e6f7g8h9i0j",
            "xq_abc123def456ghi789",
            "9876543210",
        ] {
            assert!(has_run(typed.as_bytes()), "{typed}");
        }
        for drawn in [
            "a1b2c3d4e5g6",
            "a1c2e3g4i5k6",
            "abc123abc123abc",
            "1a1b1c1d1e1f1g",
            "8f3a91c27e5b04d6",
            "{|}~{|}~{|}~{|}~",
        ] {
            assert!(!has_run(drawn.as_bytes()), "{drawn}");
        }
    }

    #[test]
    fn short_words_count_where_they_stand_alone_and_long_ones_everywhere() {
        assert!(has_word(b"sk-your-key-here") && has_word(b"fake_0"));
        assert!(!has_word(b"aB3dTodo5fGh8jYour1mN2fake"));
        assert!(has_word(b"aB3dPlaceholder5fGh"));
    }
}
