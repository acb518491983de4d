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
impl Piece {
    /// A text made of pieces of `base`, each of at most `longest` bytes, and of new ones: for tests that hold what is inherited against the whole. Of each
    /// edit is told whether it copies, from where or which of the `new` texts, and how much.
    pub(crate) fn derive(
        base: &[u8],
        edits: &[(bool, usize, usize)],
        longest: usize,
        new: impl Fn(usize) -> Vec<u8>,
    ) -> (Vec<u8>, Vec<Self>) {
        let (mut bytes, mut pieces) = (Vec::new(), Vec::new());
        for &(copies, start, length) in edits {
            if copies && !base.is_empty() {
                let start = start % base.len();
                let length = (1 + length % longest).min(base.len() - start);
                Self::append(&mut pieces, Some(start), length);
                bytes.extend_from_slice(&base[start..start + length]);
            } else {
                let new = new(start);
                let new = &new[..new.len().min(1 + length % 200)];
                Self::append(&mut pieces, None, new.len());
                bytes.extend_from_slice(new);
            }
        }
        (bytes, pieces)
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
