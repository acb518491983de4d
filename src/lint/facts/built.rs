//! What a file says of how it was built: marks of bundlers, the shape of its code, and where a source map says its credentials come from.

use super::client::Side;
use crate::model::Span;

/// What tells built code from written. Noted only of files in which detection found a credential, since others need not be judged.
#[derive(Clone, Debug, Default)]
pub struct Built {
    /// The bundler or framework whose runtime stands in it.
    pub maker: Option<&'static str>,
    /// Where code with such marks runs.
    pub side: Side,
    /// Its lines are longer and fuller than people write them.
    pub is_dense: bool,
    /// It is a source map.
    pub is_map: bool,
    /// The source map beside it, as its comment names it.
    pub map: Option<String>,
    /// Where credentials come from that stand at these places, as far as a map in the text tells; sorted by place.
    pub written: Vec<(Span, Written)>,
}

/// A place in a source, as a source map tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The source as the map calls it.
    pub source: String,
    /// Its line, from 1.
    pub line: u32,
    /// Its column in UTF-16 units, from 1.
    pub column: u32,
    /// Line where it ends.
    pub end_line: u32,
    /// One past the column where it ends.
    pub end_column: u32,
    /// The variable that is read there, when the build put its value in place of its name.
    pub variable: Option<String>,
}
