//! `%41`, as in addresses and forms.
//!
//! `%20` stands in every address that is shown and hides nothing; any other character that can be printed calls for a view.

use super::{
    hex::byte_at,
    place::{Sign, Undone},
};
use crate::model::Span;

const LENGTH: usize = 3;

/// The length of the escape that `text` begins with, when it hides something.
pub(super) fn trigger(text: &[u8]) -> Option<usize> {
    byte_at(text, 1).filter(u8::is_ascii_graphic).map(|_| LENGTH)
}

/// Adds what the text at `span` stands for.
pub(super) fn undo(text: &[u8], span: Span, out: &mut Undone) {
    out.replaced(text, span, b'%', |rest| byte_at(rest, 1).map(|byte| (LENGTH, Sign::Byte(byte))));
}
