//! Hexadecimal: two digits for each byte, wrapped or not.
//!
//! Checksums and identifiers are hexadecimal too, and most of what is; but eighteen bytes in a row that are ASCII text come about in none of them.
//! Both ways to pair the digits are looked at, since `0x` and a digit may stand in front.

use super::{
    base64::is_text_byte,
    block::{self, SHORTEST},
    place::Undone,
};
use crate::model::Span;

/// Digits of a byte.
const PAIR: usize = 2;
/// Bytes of text in a row that make a stretch.
const ROW: usize = SHORTEST / 4 * 3;
/// Digits that are passed over when one of them is none, or one byte is no text.
const STEP: usize = ROW * PAIR / 2;

/// The value of a digit.
pub(super) fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// The byte that the two digits at `at` stand for.
pub(super) fn byte_at(text: &[u8], at: usize) -> Option<u8> {
    Some(digit(*text.get(at)?)? << 4 | digit(*text.get(at + 1)?)?)
}

fn is_text(run: &[u8], at: usize) -> bool {
    byte_at(run, at).is_some_and(is_text_byte)
}

/// Calls `found` for each stretch of hexadecimal text in the `pieces` of a block of `text`.
pub(super) fn find(text: &[u8], pieces: &[Span], mut found: impl FnMut(Span)) {
    let run = &*block::joined(text, pieces);
    let (mut at, mut told) = (0, 0);
    while at + ROW * PAIR <= run.len() + STEP {
        let row = (at..at + PAIR).filter(|start| is_text(run, *start)).find_map(|start| row_around(run, told, start));
        at += STEP;
        if let Some(row) = row {
            found(block::place(pieces, row));
            told = row.end;
            at = at.max(row.end.next_multiple_of(STEP));
        }
    }
}

/// The stretch of text around the digits at `start`, which stand for text.
fn row_around(run: &[u8], floor: usize, start: usize) -> Option<Span> {
    let before = (floor..=start).rev().step_by(PAIR).skip(1).take_while(|at| is_text(run, *at)).count();
    let after = (start..run.len()).step_by(PAIR).take_while(|at| is_text(run, *at)).count();
    (before + after >= ROW).then(|| Span::new(start - before * PAIR, start + after * PAIR))
}

/// Adds what the stretch at `span` of `text` stands for.
pub(super) fn undo(text: &[u8], span: Span, out: &mut Undone) {
    let mut first: Option<(usize, u8)> = None;
    let mut at = span.start;
    while at < span.end {
        match (text[at], first) {
            // A line break that is written as an escape.
            (b'\\', _) => at += 1,
            (byte, None) => first = digit(byte).map(|value| (at, value)),
            (byte, Some((start, high))) => {
                if let Some(low) = digit(byte) {
                    out.unit(Span::new(start, at + 1), &[high << 4 | low]);
                    first = None;
                }
            }
        }
        at += 1;
    }
}
