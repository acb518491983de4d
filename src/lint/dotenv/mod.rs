//! `.env` files: what stands in them, line by line, and what each loader makes of it.

use crate::model::Span;

/// A `.env` file as written.
#[derive(Clone, Debug, Default)]
pub struct Document {}

impl Document {
    /// Places that findings may point at.
    pub fn places(&self) -> Vec<Span> {
        Vec::new()
    }
}
