//! What a text consists of that was made from another: the form in which git's deltas reach the detector.

/// A run of bytes of a text, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where it was copied from in the base; `None` for new bytes.
    pub from: Option<usize>,
    /// Its length.
    pub length: usize,
}

impl Piece {
    /// Adds a run of `length` bytes to `pieces`, as part of the last one when it goes on where that ends.
    pub fn append(pieces: &mut Vec<Self>, from: Option<usize>, length: usize) {
        if let Some(last) = pieces.last_mut()
            && last.from.map(|from| from + last.length) == from
        {
            last.length += length;
            return;
        }
        pieces.push(Self { from, length });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_go_on_are_one_piece() {
        let mut pieces = Vec::new();
        for (from, length) in [(Some(0), 5), (Some(5), 5), (None, 1), (None, 2), (Some(10), 1), (Some(12), 1)] {
            Piece::append(&mut pieces, from, length);
        }
        let expected = [(Some(0), 10), (None, 3), (Some(10), 1), (Some(12), 1)];
        assert_eq!(pieces, expected.map(|(from, length)| Piece { from, length }));
    }
}
