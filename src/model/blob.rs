//! A piece of content on its way to the detector.

use super::Origin;

/// Bytes and where they came from.
#[derive(Clone, Copy, Debug)]
pub struct Blob<'a> {
    /// Path relative to the repository root, with `/`.
    pub path: &'a str,
    /// The content.
    pub bytes: &'a [u8],
    /// Where it came from.
    pub origin: &'a Origin,
    /// A `.env` file that git ignores: a key in it is where it belongs, so it is read and not reported.
    pub private: bool,
}

/// How much of the beginning decides whether content is binary; as git does it.
const SNIFFED: usize = 8000;

/// Whether `bytes` are binary: a NUL near the beginning.
#[must_use]
pub fn is_binary(bytes: &[u8]) -> bool {
    memchr::memchr(0, &bytes[..bytes.len().min(SNIFFED)]).is_some()
}
