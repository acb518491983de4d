//! Words that lead on: where one stands, a credential may be hidden that no rule sees in the text as it is.
//!
//! They are looked for in the pass over the text that the rules need anyway, and a trace inherits them along the versions of a file. What is at the end
//! of a lead, such as a string that a program puts together, is not known here.

use std::fmt;

/// Words to look for, and the test on what stands around them.
pub trait Leads: fmt::Debug + Send + Sync {
    /// The words, at least three bytes each.
    fn words(&self) -> Vec<String>;

    /// How far from the beginning of a word [`Leads::holds`] looks, before and behind it.
    fn reach(&self) -> (usize, usize);

    /// Whether the word at position `word`, which stands at `at` in `text`, may lead somewhere.
    fn holds(&self, word: usize, text: &[u8], at: usize) -> bool;
}
