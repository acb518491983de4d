//! Content fingerprints: the same secret has the same one wherever it stands, and nothing else does.
//!
//! A fingerprint is `kw1:` and the first 24 hexadecimal digits of a SHA-256 over domain-separated, length-prefixed parts. No line
//! number, commit or time goes in, so moved lines and rebases keep it; that of a secret has no path in it either and outlives renames. 96 bits keep accidents out; truncation and
//! the domain keep the value from being looked up in tables of plain hashes. Anyone who guesses a weak password can still confirm
//! the guess, which is why baselines of passwords belong in private repositories.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const SCHEME: &str = "kw1:";
const DIGITS: usize = 24;

/// `kw1:` and 24 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Hashes `parts` in the name of `domain` (`secret`, `finding`, …).
    #[must_use]
    pub fn of(domain: &str, parts: &[&[u8]]) -> Self {
        let digest = digest(domain, parts);
        Self(format!("{SCHEME}{}", hexadecimal(&digest[..DIGITS / 2])))
    }

    /// Reads a fingerprint that a person or a baseline wrote; `None` when the form is wrong.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(SCHEME)?;
        let lower_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        (digits.len() == DIGITS && digits.bytes().all(lower_hex)).then(|| Self(text.to_owned()))
    }

    /// The text form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A UUID that is the same whenever `parts` are, for formats that want one: version 8, which RFC 9562 leaves to whoever makes it.
#[must_use]
pub fn uuid_of(domain: &str, parts: &[&[u8]]) -> String {
    let mut bytes = digest(domain, parts);
    bytes[6] = 0x80 | bytes[6] & 0x0f;
    bytes[8] = 0x80 | bytes[8] & 0x3f;
    let groups = [0..4, 4..6, 6..8, 8..10, 10..16].map(|group| hexadecimal(&bytes[group]));
    groups.join("-")
}

fn digest(domain: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(b"keyward/");
    hasher.update(domain.as_bytes());
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

fn hexadecimal(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(Fingerprint::of("x", &[b"ab", b"c"]), Fingerprint::of("x", &[b"a", b"bc"]));
        assert_ne!(Fingerprint::of("x", &[b"ab"]), Fingerprint::of("y", &[b"ab"]));
    }

    #[test]
    fn a_uuid_has_its_version_and_variant_and_depends_on_every_part() {
        let uuid = uuid_of("x", &[b"a", b"1"]);
        assert_eq!(uuid.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert_eq!(uuid.as_bytes()[14], b'8');
        assert!(b"89ab".contains(&uuid.as_bytes()[19]), "{uuid}");
        assert_eq!(uuid, uuid_of("x", &[b"a", b"1"]));
        assert_ne!(uuid, uuid_of("x", &[b"a", b"2"]));
    }

    #[test]
    fn the_text_form_is_read_back_and_nothing_else_is() {
        let fingerprint = Fingerprint::of("x", &[b"a"]);
        assert_eq!(Fingerprint::parse(fingerprint.as_str()), Some(fingerprint.clone()));
        assert_eq!(Fingerprint::parse(&fingerprint.as_str().to_uppercase()), None);
        assert_eq!(Fingerprint::parse("kw1:12"), None);
    }
}
