//! Deltas: an object as copies out of another and new bytes, with which bytes are which kept for the reader. Format: gitformat-pack.

use super::repository::Absent;
use crate::model::Piece;

/// Reads a size of a delta's head: seven bits a byte, the lowest first.
fn size(delta: &mut &[u8]) -> Option<u64> {
    let mut size = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = delta.split_first()?;
        *delta = rest;
        size |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(size);
        }
    }
    None
}

/// Applies `delta` to `base`. Copies that follow one another in both are one piece: git writes at most 64 KiB as one command.
pub(super) fn apply(
    base: &[u8],
    mut delta: &[u8],
    out: &mut Vec<u8>,
    pieces: &mut Vec<Piece>,
    limit: u64,
) -> Result<(), Absent> {
    let corrupt = || Absent::Corrupt("its delta does not fit its base".into());
    let from = size(&mut delta).ok_or_else(corrupt)?;
    let length = size(&mut delta).ok_or_else(corrupt)?;
    if length > limit {
        return Err(Absent::TooLarge);
    }
    let length = usize::try_from(length).map_err(|_| Absent::TooLarge)?;
    if from != base.len() as u64 {
        return Err(corrupt());
    }
    out.clear();
    out.reserve_exact(length);
    pieces.clear();
    while let Some((&command, rest)) = delta.split_first() {
        delta = rest;
        let piece = if command & 0x80 == 0 {
            let (piece, rest) =
                delta.split_at_checked(usize::from(command)).filter(|_| command != 0).ok_or_else(corrupt)?;
            delta = rest;
            Piece::append(pieces, None, piece.len());
            piece
        } else {
            let mut number = |bits: std::ops::Range<u32>| {
                let mut number = 0_usize;
                for (place, bit) in bits.enumerate() {
                    if command & (1 << bit) != 0 {
                        let (&byte, rest) = delta.split_first()?;
                        delta = rest;
                        number |= usize::from(byte) << (8 * place);
                    }
                }
                Some(number)
            };
            let (start, length) = (number(0..4).ok_or_else(corrupt)?, number(4..7).ok_or_else(corrupt)?);
            let length = if length == 0 { 0x1_0000 } else { length };
            Piece::append(pieces, Some(start), length);
            base.get(start..start + length).ok_or_else(corrupt)?
        };
        if out.len() + piece.len() > length {
            return Err(corrupt());
        }
        out.extend_from_slice(piece);
    }
    if out.len() == length { Ok(()) } else { Err(corrupt()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn low(number: usize) -> u8 {
        number.to_le_bytes()[0]
    }

    /// Writes a delta that copies and inserts as told.
    fn delta(base: &[u8], pieces: &[(bool, usize, usize)]) -> (Vec<u8>, Vec<u8>) {
        let (mut commands, mut result) = (Vec::new(), Vec::new());
        for &(copies, start, length) in pieces {
            let start = start % base.len();
            let length = length.min(base.len() - start).clamp(1, 127);
            let piece = &base[start..start + length];
            result.extend_from_slice(piece);
            if copies {
                commands.extend([0x80 | 0x01 | 0x02 | 0x10, low(start), low(start >> 8), low(length)]);
            } else {
                commands.push(low(length));
                commands.extend_from_slice(piece);
            }
        }
        let mut head = Vec::new();
        for mut size in [base.len(), result.len()] {
            while size > 0x7f {
                head.push(low(size) | 0x80);
                size >>= 7;
            }
            head.push(low(size));
        }
        (head.into_iter().chain(commands).collect(), result)
    }

    proptest! {
        #[test]
        fn a_delta_gives_what_its_commands_say(
            base in prop::collection::vec(any::<u8>(), 1..600),
            pieces in prop::collection::vec((any::<bool>(), 0..600_usize, 1..127_usize), 1..20),
        ) {
            let (delta, expected) = delta(&base, &pieces);
            let mut out = Vec::new();
            prop_assert_eq!(apply(&base, &delta, &mut out, &mut Vec::new(), 1 << 20), Ok(()));
            prop_assert_eq!(out, expected);
        }

        #[test]
        fn no_delta_whatever_its_bytes_does_harm(
            base in prop::collection::vec(any::<u8>(), 0..40),
            delta in prop::collection::vec(any::<u8>(), 0..60),
        ) {
            let mut out = Vec::new();
            let _ = apply(&base, &delta, &mut out, &mut Vec::new(), 1 << 16);
            prop_assert!(out.len() <= 1 << 16);
        }
    }
}
