//! One of several equal parts of a scan, as `--shard 2/4` names it.
//!
//! What belongs to a part is decided by the item alone: the first eight bytes of the SHA-256 of its name, read as a big-endian number,
//! modulo the count. Every machine, version and language can work that out again, adding a file moves no other file, and folders with many
//! large files are spread over all parts. SHA-256 is here already for fingerprints, and one digest of a short name costs nothing
//! beside opening the file; a faster hash would bring its own seed, width or byte order to agree on.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Part `index` of `count`, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Shard {
    count: u16,
    index: u16,
}

/// Why a text is not a [`Shard`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ShardError {
    /// Not two numbers with a slash between them, or larger ones than there can be.
    #[error("write I/N with numbers up to 65535, such as 2/4 for the second of four")]
    Form,
    /// The number of the part is not among the parts.
    #[error("parts are counted from 1 to N: an engine that counts from 0 passes its index plus 1")]
    Range,
}

impl Shard {
    /// Part `index` of `count`; `None` unless `1 <= index <= count`.
    #[must_use]
    pub fn new(index: u16, count: u16) -> Option<Self> {
        (1..=count).contains(&index).then_some(Self { count, index })
    }

    /// Which part it is, from 1.
    #[must_use]
    pub fn index(self) -> u16 {
        self.index
    }

    /// How many parts there are.
    #[must_use]
    pub fn count(self) -> u16 {
        self.count
    }

    /// Whether `item`, the path of a file or the id of a git object, belongs to this part. Of all parts of one count exactly one says yes.
    #[must_use]
    pub fn holds(self, item: &[u8]) -> bool {
        let digest = Sha256::digest(item);
        let number = digest.iter().take(8).fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
        number % u64::from(self.count) == u64::from(self.index - 1)
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let number = |digits: &str| {
            // `parse` would take a sign, and a second spelling of the same part.
            let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0') || digits == "0";
            digits.parse::<u16>().ok().filter(|_| plain).ok_or(ShardError::Form)
        };
        let (index, count) = text.split_once('/').ok_or(ShardError::Form)?;
        Self::new(number(index)?, number(count)?).ok_or(ShardError::Range)
    }
}

impl TryFrom<String> for Shard {
    type Error = ShardError;

    fn try_from(text: String) -> Result<Self, ShardError> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        shard.to_string()
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_read_in_one_form_and_shown_in_it() {
        assert_eq!("2/4".parse::<Shard>().map(|shard| shard.to_string()).as_deref(), Ok("2/4"));
        assert_eq!("65535/65535".parse(), Ok(Shard { index: 65_535, count: 65_535 }));
        for wrong in ["", "2", "2/", "/4", "2/4/6", "a/b", "+2/4", "02/4", " 2/4", "2/65536", "-1/4", "2 of 4"] {
            assert_eq!(wrong.parse::<Shard>(), Err(ShardError::Form), "{wrong}");
        }
        for wrong in ["0/4", "5/4", "0/0", "1/0"] {
            assert_eq!(wrong.parse::<Shard>(), Err(ShardError::Range), "{wrong}");
        }
    }

    #[test]
    fn every_item_belongs_to_one_shard_and_the_shards_are_about_equal() {
        for count in [1, 2, 3, 7] {
            let shards: Vec<Shard> = (1..=count).filter_map(|index| Shard::new(index, count)).collect();
            let mut sizes = vec![0_usize; shards.len()];
            for item in 0..2_000 {
                let name = format!("src/file{item}.rs");
                let holders: Vec<usize> = (0..shards.len()).filter(|at| shards[*at].holds(name.as_bytes())).collect();
                assert_eq!(holders.len(), 1, "{name}");
                sizes[holders[0]] += 1;
            }
            let fair = 2_000 / shards.len();
            assert!(sizes.iter().all(|size| size.abs_diff(fair) < fair / 4 + 1), "{sizes:?}");
        }
    }

    #[test]
    fn the_assignment_is_that_of_the_documentation_on_every_machine() {
        // printf src/app.py | sha256sum | cut -c1-16, as a number, modulo 4 and plus 1.
        let holder = |item: &[u8]| (1..=4).find(|index| Shard { index: *index, count: 4 }.holds(item));
        assert_eq!(holder(b"src/app.py"), Some(1));
        assert_eq!(holder(b""), Some(1));
    }
}
