//! From bytes to the text that they hide, and back to their places.
//!
//! A [`View`] is a text made from a part of another one: base64 undone, escapes replaced, pieces of a split string put together. It goes
//! through detection like any text, and may hold further views. Its [`Map`] leads every byte back to where it stands in the file, so that a finding
//! points at what somebody has to change. Nothing here knows of rules or of findings.
//!
//! What is encoded is undone *in its place*: a view holds the text around it too, so that the name in front of a value still speaks for it. For this
//! encoded stretches ([`stretch`]) that lie near each other form a cluster, and each cluster is one view; together they are no longer than the text.
//! [`Unfolding`] goes from view to view, as deep as is allowed.

mod base64;
mod block;
mod compressed;
mod escape;
mod hex;
mod html;
mod json_string;
mod map;
pub(crate) mod notebook;
mod percent;
mod place;
pub mod source_map;
pub mod split;
mod stretch;
mod trace;
mod unfold;
mod utf16;

pub use map::{Map, Unit};
pub use trace::{Look, Trace};
pub use unfold::{Cut, Nested, Unfolding, Visit, Worth};

use crate::model::{Decoding, Span};

/// A text made from a part of another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The text.
    pub bytes: Vec<u8>,
    /// Where its bytes come from.
    pub map: Map,
    /// How it was made.
    pub decoding: Decoding,
    /// The stretch of the original that it was made from.
    pub from: Span,
}
