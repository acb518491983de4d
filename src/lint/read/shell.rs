//! Shell scripts and `.envrc`: one long command line.

use super::{
    Source,
    command::{self, Dollars, Kind},
    scribe::Scribe,
    text::{Mapping, Snippet, has_ending, plain},
};
use crate::{
    lint::{FileFacts, facts::Giver},
    model::Span,
};

/// Reads a script.
pub(super) fn read(source: &Source<'_>, facts: &mut FileFacts) {
    let text = plain(source.text);
    let mapping = Mapping::straight(Span::new(0, text.len()));
    let kind = if has_ending(source.path, &["envrc"]) { Kind::Envrc } else { Kind::Script };
    let mut scribe = Scribe::new(source, Giver::Shell, facts);
    command::read_as(Snippet { text: &text, mapping: &mapping }, kind, Dollars::Plain, None, &mut scribe);
}
