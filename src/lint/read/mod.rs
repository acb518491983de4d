//! From a text to its facts: which language it is, whether it is worth reading, and the reader for it.
//!
//! Most files of a repository hold nothing the lint cares for. [`gates`] are the words without which a source file is not read at all; the
//! scan looks for them in the same pass as for keys. Manifests and `.env` files are few, small and always read.

mod dotenv;
mod language;

use super::{Catalogue, FileFacts, Known, Language};

pub use language::language_of;

/// Larger sources are generated or data; reading them would cost more than they tell.
pub const LARGEST: usize = 4 << 20;

/// A text to read facts from.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Path relative to the base, with `/`.
    pub path: &'a str,
    /// The text; bytes that are no UTF-8 may occur.
    pub text: &'a [u8],
    /// A `.env` file that git ignores.
    pub private: bool,
    /// The file is in UTF-16, and the text is what became of it.
    pub utf16: bool,
    /// What is known of providers.
    pub catalogue: &'a Catalogue,
}

/// Words of which one stands in every source file that says something about the environment.
#[must_use]
pub fn gates(_catalogue: &Catalogue) -> Vec<String> {
    GATES.iter().map(|gate| (*gate).to_owned()).collect()
}

const GATES: [&str; 6] =
    ["process.env", "os.environ", "getenv", "dotenv", "import.meta.env", "dangerouslyAllowBrowser"];

/// The facts of `source`, unless there are none; `gated` tells whether one of the [`gates`] stands in it, and `known` which credentials detection
/// found in it.
#[must_use]
pub fn read(source: Source<'_>, known: impl FnOnce() -> Vec<Known>, gated: bool) -> Option<FileFacts> {
    let language = language_of(source.path)?;
    if language::is_source(language) && !gated {
        return None;
    }
    let mut facts = FileFacts::new(source.path, language);
    facts.private = source.private;
    facts.known = known();
    if source.text.len() > LARGEST {
        facts.trouble = Some(format!("it is larger than {} MB", LARGEST >> 20));
        return Some(facts);
    }
    #[allow(clippy::single_match, reason = "a table of readers, of which there are more to come")]
    match language {
        Language::Dotenv => dotenv::read(&source, &mut facts),
        _ => {}
    }
    Some(facts)
}
