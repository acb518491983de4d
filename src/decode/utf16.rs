//! UTF-16 inside a text: what PowerShell encodes in base64.
//!
//! A whole file in UTF-16 is another matter: it is read as the text it is.

use super::{base64::is_text_byte, place::Undone};
use crate::model::Span;

/// Units of ASCII in a row that make a stretch.
const ROW: usize = 8;
/// Bytes of a unit.
const UNIT: usize = 2;

/// Calls `found` for each stretch of ASCII in UTF-16.
pub(super) fn find(text: &[u8], mut found: impl FnMut(Span)) {
    let mut at = 0;
    while let Some(zero) = memchr::memchr(0, &text[at..]).map(|zero| at + zero) {
        // With the low byte first the zero is the second of its unit.
        let low_first = zero.checked_sub(1).filter(|start| *start >= at).map(|start| (start, 1));
        let row = [low_first, Some((zero, 0))].into_iter().flatten().find_map(|(start, high)| {
            let is_ascii = |unit: &&[u8; UNIT]| unit[high] == 0 && is_text_byte(unit[1 - high]);
            let units = text[start..].as_chunks::<UNIT>().0.iter().take_while(is_ascii).count();
            (units >= ROW).then(|| Span::new(start, start + units * UNIT))
        });
        if let Some(row) = row {
            found(row);
        }
        at = row.map_or(zero + 1, |row| row.end);
    }
}

/// Adds what the stretch at `span` of `text` stands for.
pub(super) fn undo(text: &[u8], span: Span, out: &mut Undone) {
    for (at, unit) in (span.start..).step_by(UNIT).zip(text[span.range()].as_chunks::<UNIT>().0) {
        out.unit(Span::new(at, at + UNIT), &[unit[0] | unit[1]]);
    }
}
