//! An inventory of keys to bytes: one file for each format.
//!
//! The same inventory gives the same bytes. Everything in it is masked, and comes from a repository that may be hostile: what a person reads passes
//! through `printable`, and each format escapes what is special in its own grammar. What is said of a key is worded once, in [`wording`].

mod csv;
mod markdown;
mod terminal;
mod wording;

use super::Look;
use crate::inventory::Inventory;

/// The formats there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// For people at a terminal.
    Terminal,
    /// One object, schema `keyward-inventory/1`.
    Json,
    /// One row for each key, RFC 4180.
    Csv,
    /// A table and a plan for job summaries.
    Markdown,
}

/// `inventory` in the format `kind`, looking like `look`.
///
/// # Panics
/// Never: an inventory is always JSON.
#[must_use]
pub fn write(inventory: &Inventory, kind: Kind, look: &Look) -> Vec<u8> {
    let text = match kind {
        Kind::Terminal => terminal::text(inventory, look),
        Kind::Json => serde_json::to_string_pretty(inventory).expect("an inventory is JSON") + "\n",
        Kind::Csv => csv::text(inventory),
        Kind::Markdown => markdown::text(inventory),
    };
    text.into_bytes()
}
