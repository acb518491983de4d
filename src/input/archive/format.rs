//! What a text is, by its first bytes. Nearly every file is none of these, so the tests are a few comparisons; the two whose marks may begin
//! ordinary texts are looked at twice.

use flate2::{Decompress, FlushDecompress, Status};

use super::compressed::Compression;

/// So many bytes decide.
pub(super) const HEAD: usize = 1024;
/// A block of a tar archive.
pub(super) const BLOCK: usize = 512;
/// Output that must come out of what looks like zlib before it is believed.
const PROBED: usize = 512;
/// Length of the record at the end of a zip archive without a comment.
const ZIP_END: usize = 22;

/// A kind of archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Also of Java, Python, Office and Android.
    Zip,
    Tar,
    /// A stream that unpacks to one file or one tar archive.
    Compressed(Compression),
}

impl Format {
    /// What the whole of `bytes` is. Zip archives may begin with anything, such as the program that unpacks them.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        Self::of_beginning(bytes).or_else(|| ends_as_zip(bytes).then_some(Self::Zip))
    }

    /// What begins with `bytes`.
    pub(super) fn of_beginning(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] | [b'P', b'K', 7, 8, b'P', b'K', 3, 4, ..] => {
                Some(Self::Zip)
            }
            [0x1f, 0x8b, 8, flags, ..] if flags & 0xe0 == 0 => Some(Self::Compressed(Compression::Gzip)),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..] => {
                Some(Self::Compressed(Compression::Bzip2))
            }
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Compressed(Compression::Xz)),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Compressed(Compression::Zstd)),
            [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] if unpacks_as_zlib(bytes) => {
                Some(Self::Compressed(Compression::Zlib))
            }
            _ => is_tar_header(bytes).then_some(Self::Tar),
        }
    }
}

fn ends_as_zip(bytes: &[u8]) -> bool {
    let end = bytes.len().checked_sub(ZIP_END).map(|at| &bytes[at..]);
    end.is_some_and(|end| end.starts_with(b"PK\x05\x06") && end.ends_with(&[0, 0]))
}

/// A text may begin with `x^`, so a beginning must unpack without an error.
fn unpacks_as_zlib(bytes: &[u8]) -> bool {
    let mut output = [0; PROBED];
    let mut inflate = Decompress::new(true);
    let status = inflate.decompress(&bytes[..bytes.len().min(4 * HEAD)], &mut output, FlushDecompress::None);
    match status {
        Ok(Status::StreamEnd) => true,
        Ok(_) => inflate.total_out() == PROBED as u64 || bytes.len() > 4 * HEAD,
        Err(_) => false,
    }
}

/// Whether `bytes` begin with a header whose sum is right. Every tar archive has that, also those from before there was a mark.
pub(super) fn is_tar_header(bytes: &[u8]) -> bool {
    let Some(block) = bytes.first_chunk::<BLOCK>() else { return false };
    let Some(sum) = tar_sum(&block[148..156]) else { return false };
    let plain: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    let field: u32 = block[148..156].iter().map(|byte| u32::from(*byte)).sum();
    // Old programs took bytes for signed ones.
    let high: u32 = block.iter().map(|byte| u32::from(byte >> 7)).sum();
    let unsigned = plain - field + 8 * u32::from(b' ');
    sum == unsigned || sum.checked_add(256 * high) == Some(unsigned)
}

/// The sum that a header claims: octal digits with blanks before them and a NUL or blank behind.
fn tar_sum(field: &[u8]) -> Option<u32> {
    let digits = field.trim_ascii_start();
    let length = digits.iter().take_while(|byte| (b'0'..=b'7').contains(*byte)).count();
    let is_ended = digits[length..].iter().all(|byte| matches!(byte, 0 | b' '));
    let text = std::str::from_utf8(&digits[..length]).ok().filter(|text| !text.is_empty() && is_ended)?;
    u32::from_str_radix(text, 8).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_begin_like_compressed_ones_are_texts() {
        for text in
            ["x^2 + y^2 = z^2\n".repeat(200), "x\u{1}".to_owned() + &"abc".repeat(900), "BZh9 is a mark".to_owned()]
        {
            assert_eq!(Format::of(text.as_bytes()), None, "{text}");
        }
        assert_eq!(Format::of(b""), None);
        assert_eq!(Format::of(&[b'7'; 600]), None);
        assert_eq!(Format::of(&[0; 600]), None);
    }

    #[test]
    fn a_zip_archive_may_follow_a_program() {
        let mut bytes = b"#!/usr/bin/env python3\n".to_vec();
        assert_eq!(Format::of(&bytes), None);
        bytes.extend(b"PK\x05\x06");
        bytes.extend([0; 18]);
        assert_eq!(Format::of(&bytes), Some(Format::Zip));
        assert_eq!(Format::of_beginning(&bytes), None);
    }
}
