//! Zip archives by their directory, and by the headers of the members where the directory is missing or wrong.
//!
//! The library walks the directory where it lies, without a list of its own: a directory of a million entries takes no memory, and of two
//! members with one name both are read.

use std::io::Read;

use flate2::bufread::DeflateDecoder;
use memchr::memmem;
use rawzip::{CompressionMethod, ZipArchive, ZipFileHeaderRecord, ZipSliceArchive};

use super::{
    Unpacker, Unread,
    budget::{Budget, Metered},
    compressed::Compression,
    name,
};
use crate::model::SkipReason;

/// What begins the header of a member.
const MEMBER: &[u8] = b"PK\x03\x04";
/// Length of such a header without the name.
const HEADER: usize = 30;

impl Unpacker<'_, '_> {
    /// Reads all members; false when there was none.
    pub(super) fn zip(&mut self, bytes: &[u8]) -> bool {
        let first = memmem::find(bytes, MEMBER);
        // Offsets may count from the first member although a program stands before it.
        let alone = first.filter(|at| *at > 0).map(|at| &bytes[at..]);
        for bytes in [Some(bytes), alone].into_iter().flatten() {
            if let Ok(archive) = ZipArchive::from_slice(bytes) {
                return self.with_directory(&archive, bytes, first == Some(0));
            }
        }
        let found = self.unlisted(bytes, 0);
        if !self.budget.is_over() && (found || first == Some(0)) {
            self.unread(Unread::Damaged);
        }
        found
    }

    /// Reads the members in the directory, and those that it leaves out of an archive that begins with one.
    fn with_directory(&mut self, archive: &ZipSliceArchive<&[u8]>, bytes: &[u8], begins: bool) -> bool {
        let mut listed = Listed { first: bytes.len(), end: 0 };
        if !self.listed(archive, bytes, &mut listed) {
            self.unlisted(bytes, listed.end);
            if !self.budget.is_over() {
                self.unread(Unread::Damaged);
            }
        } else if begins && listed.first > 0 {
            // Two archives one after the other, or a directory that hides something.
            self.unlisted(&bytes[..listed.first], 0);
        }
        true
    }

    /// Reads the members in the directory; false when it breaks off.
    fn listed(&mut self, archive: &ZipSliceArchive<&[u8]>, bytes: &[u8], listed: &mut Listed) -> bool {
        for entry in archive.entries() {
            if self.budget.is_over() {
                return true;
            }
            let Ok(entry) = entry else { return false };
            let start = usize::try_from(entry.local_header_offset()).unwrap_or(bytes.len());
            listed.first = listed.first.min(start);
            let path = entry.file_path();
            let name = name::of_bytes(path.as_ref());
            if entry.is_dir() {
                self.budget.enter();
                continue;
            }
            let method = entry.compression_method();
            if entry.flags().is_encrypted() {
                self.passed_over(&name, SkipReason::Encrypted);
                continue;
            }
            match data(archive, &entry, bytes) {
                Some(data) => {
                    let end = data.as_ptr_range().end as usize - bytes.as_ptr_range().start as usize;
                    listed.end = listed.end.max(end);
                    self.packed(&name, method, data);
                }
                None => self.lost(&name),
            }
        }
        true
    }

    /// Reads what begins like a member from `at` on; false when nothing does.
    fn unlisted(&mut self, bytes: &[u8], at: usize) -> bool {
        let (mut at, mut found) = (at, false);
        while let Some(next) = memmem::find(&bytes[at..], MEMBER).filter(|_| !self.budget.is_over()) {
            let header = &bytes[at + next..];
            at += next + MEMBER.len();
            let Some((local, content)) = Local::read(header) else { continue };
            found = true;
            let name = name::of_bytes(local.name);
            if local.is_encrypted {
                self.passed_over(&name, SkipReason::Encrypted);
                continue;
            }
            let passed = if local.method == CompressionMethod::DEFLATE {
                self.deflated(&name, content)
            } else {
                let rest = memmem::find(content, b"PK").unwrap_or(content.len());
                let length = if local.size > 0 { local.size.min(content.len()) } else { rest };
                self.packed(&name, local.method, &content[..length]);
                length
            };
            at = bytes.len() - content.len() + passed;
        }
        found
    }

    /// Reads a member of which `data` is what was made of it.
    fn packed(&mut self, name: &str, method: CompressionMethod, data: &[u8]) {
        let compression = match method {
            CompressionMethod::STORE => {
                let own = Some(data.len() as u64);
                return self.member(name, &mut Metered::new(data, self.budget, own));
            }
            CompressionMethod::DEFLATE => {
                self.deflated(name, data);
                return;
            }
            CompressionMethod::BZIP2 => Compression::Bzip2,
            CompressionMethod::ZSTD | CompressionMethod::ZSTD_DEPRECATED => Compression::Zstd,
            CompressionMethod::XZ => Compression::Xz,
            _ => return self.passed_over(name, SkipReason::Unsupported),
        };
        let own = Some(Budget::of_member(data.len() as u64));
        self.member(name, &mut Metered::new(compression.decoder(data), self.budget, own));
    }

    /// The same for the usual method; tells how much of `data` belongs to it.
    fn deflated(&mut self, name: &str, data: &[u8]) -> usize {
        let mut decoder = DeflateDecoder::new(data);
        let own = Some(Budget::of_member(data.len() as u64));
        self.member(name, &mut Metered::new(decoder.by_ref(), self.budget, own));
        usize::try_from(decoder.total_in()).map_or(data.len(), |passed| passed.min(data.len()))
    }

    fn passed_over(&mut self, name: &str, reason: SkipReason) {
        self.without_content(name, Unread::Skipped(reason));
    }

    fn lost(&mut self, name: &str) {
        self.without_content(name, Unread::Damaged);
    }

    fn without_content(&mut self, name: &str, why: Unread) {
        if self.budget.enter() {
            self.names.push(name::cleaned(name));
            self.unread(why);
            self.names.pop();
        }
    }
}

/// Where in an archive the members of its directory stand.
struct Listed {
    first: usize,
    end: usize,
}

/// What `entry` was packed to. Of one that claims more than there is, all there is.
fn data<'b>(archive: &ZipSliceArchive<&'b [u8]>, entry: &ZipFileHeaderRecord<'_>, bytes: &'b [u8]) -> Option<&'b [u8]> {
    let claimed = archive.get_entry(entry.wayfinder()).ok().map(|found| found.compressed_data_range());
    if let Some((start, end)) = claimed {
        return bytes.get(usize::try_from(start).ok()?..usize::try_from(end).ok()?);
    }
    let header = bytes.get(usize::try_from(entry.local_header_offset()).ok()?..)?;
    Local::read(header).map(|(_, content)| content)
}

/// The header of a member.
struct Local<'b> {
    name: &'b [u8],
    method: CompressionMethod,
    /// What it was packed to; 0 when that is said behind it.
    size: usize,
    is_encrypted: bool,
}

impl<'b> Local<'b> {
    /// The header that `bytes` begin with, and what follows it.
    fn read(bytes: &'b [u8]) -> Option<(Self, &'b [u8])> {
        let fixed = bytes.first_chunk::<HEADER>().filter(|fixed| fixed.starts_with(MEMBER))?;
        let short = |at: usize| u16::from_le_bytes([fixed[at], fixed[at + 1]]);
        let size = u32::from_le_bytes([fixed[18], fixed[19], fixed[20], fixed[21]]);
        let (name, rest) = bytes[HEADER..].split_at_checked(short(26).into())?;
        let content = rest.get(short(28).into()..)?;
        let local = Self {
            name,
            method: CompressionMethod::new(short(8)),
            size: usize::try_from(size).unwrap_or(usize::MAX),
            is_encrypted: short(6) & 1 == 1,
        };
        Some((local, content))
    }
}
