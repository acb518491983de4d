//! A piece of content on its way to the detector.

use std::borrow::Cow;

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

impl<'a> Blob<'a> {
    /// The path that tells what kind of file it is: inside the archive, where it lies in one.
    #[must_use]
    pub fn own_path(&self) -> &'a str {
        self.origin.archive.last().map_or(self.path, String::as_str)
    }

    /// The path as people read it, with the way through the archives.
    #[must_use]
    pub fn shown(&self) -> Cow<'a, str> {
        archive_path(self.path, &self.origin.archive)
    }
}

/// How the place `names` in the archive at `path` is written: `backup.zip > config.tar.gz > .env`.
#[must_use]
pub fn archive_path<'a>(path: &'a str, names: &[String]) -> Cow<'a, str> {
    if names.is_empty() { Cow::Borrowed(path) } else { Cow::Owned(format!("{path} > {}", names.join(" > "))) }
}

/// How much of the beginning decides whether content is binary; as git does it.
const SNIFFED: usize = 8000;

/// Whether `bytes` are binary: a NUL near the beginning.
#[must_use]
pub fn is_binary(bytes: &[u8]) -> bool {
    memchr::memchr(0, &bytes[..bytes.len().min(SNIFFED)]).is_some()
}
