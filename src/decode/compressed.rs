//! Gzip and zlib inside an encoding, as Helm keeps what it installed. Archives as files are another matter.
//!
//! All that comes out has the whole stream for its place.

use std::io::Read as _;

use flate2::bufread::{GzDecoder, ZlibDecoder};

use super::place::Undone;
use crate::model::Span;

/// The shortest stream that can hold a key.
const SHORTEST: usize = 18;

/// The stream that begins at `at` of `text` and ends by `end`, when one may.
pub(super) fn find(text: &[u8], at: usize, end: usize) -> Option<Span> {
    let stream = text.get(at..end).filter(|stream| stream.len() >= SHORTEST)?;
    let is_gzip = stream.starts_with(&[0x1f, 0x8b, 8]);
    let header = u16::from_be_bytes([stream[0], stream[1]]);
    let is_zlib = stream[0] == 0x78 && header.is_multiple_of(31) && stream[2] & 6 != 6;
    (is_gzip || is_zlib).then(|| Span::new(at, end))
}

/// Adds what the stream at `span` of `text` unpacks to, up to `most` bytes; the answer is whether that was all. What is damaged gives what comes before.
pub(super) fn undo(text: &[u8], span: Span, most: usize, out: &mut Undone) -> bool {
    let stream = &text[span.range()];
    let mut bytes = Vec::new();
    let limit = most as u64 + 1;
    // An error says that there is no more to be had.
    let _ = if stream.starts_with(&[0x1f]) {
        GzDecoder::new(stream).take(limit).read_to_end(&mut bytes)
    } else {
        ZlibDecoder::new(stream).take(limit).read_to_end(&mut bytes)
    };
    let is_all = bytes.len() <= most;
    bytes.truncate(most);
    out.unit(span, &bytes);
    is_all
}
