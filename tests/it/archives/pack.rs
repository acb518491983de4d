//! Archives made for tests, zip by hand so that every field can lie.

use std::io::{Read as _, Write as _};

use flate2::{
    Compression,
    read::{DeflateEncoder, GzEncoder, ZlibEncoder},
};

pub(crate) fn gzip(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    GzEncoder::new(bytes.as_ref(), Compression::best()).read_to_end(&mut out).unwrap();
    out
}

pub(crate) fn zlib(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    ZlibEncoder::new(bytes.as_ref(), Compression::default()).read_to_end(&mut out).unwrap();
    out
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    DeflateEncoder::new(bytes, Compression::best()).read_to_end(&mut out).unwrap();
    out
}

pub(super) fn bzip2(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    bzip2::read::BzEncoder::new(bytes.as_ref(), bzip2::Compression::best()).read_to_end(&mut out).unwrap();
    out
}

pub(super) fn xz(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(6)).unwrap();
    writer.write_all(bytes.as_ref()).unwrap();
    writer.finish().unwrap()
}

pub(super) fn zstd(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes.as_ref(), ruzstd::encoding::CompressionLevel::Fastest)
}

/// A tar archive of plain files; names are taken as they are.
pub(crate) fn tar<N: AsRef<[u8]>, B: AsRef<[u8]>>(files: impl IntoIterator<Item = (N, B)>) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, bytes) in files {
        tar_entry(&mut out, name.as_ref(), tar::EntryType::Regular, bytes.as_ref());
    }
    out.resize(out.len() + 1024, 0);
    out
}

/// One entry, with a long name where it takes one.
pub(super) fn tar_entry(out: &mut Vec<u8>, name: &[u8], kind: tar::EntryType, bytes: &[u8]) {
    if name.len() > 99 {
        tar_entry(out, b"././@LongLink", tar::EntryType::GNULongName, name);
    }
    let mut header = tar::Header::new_gnu();
    let field = &mut header.as_old_mut().name;
    let length = name.len().min(99);
    field[..length].copy_from_slice(&name[..length]);
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(bytes.len() as u64);
    header.set_cksum();
    out.extend(header.as_bytes());
    out.extend(bytes);
    out.resize(out.len().next_multiple_of(512), 0);
}

/// A member of a zip archive.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) name: Vec<u8>,
    pub(super) method: u16,
    pub(super) flags: u16,
    /// As it is packed.
    pub(super) data: Vec<u8>,
    /// Sizes as they are claimed: packed and unpacked.
    pub(super) claimed: (u32, u32),
}

impl Member {
    fn new(name: impl AsRef<[u8]>, method: u16, data: Vec<u8>, size: usize) -> Self {
        let claimed = (u32::try_from(data.len()).unwrap(), u32::try_from(size).unwrap());
        Self { name: name.as_ref().to_vec(), method, flags: 0, data, claimed }
    }

    pub(super) fn stored(name: impl AsRef<[u8]>, bytes: impl AsRef<[u8]>) -> Self {
        Self::new(name, 0, bytes.as_ref().to_vec(), bytes.as_ref().len())
    }

    pub(super) fn deflated(name: impl AsRef<[u8]>, bytes: impl AsRef<[u8]>) -> Self {
        Self::new(name, 8, deflate(bytes.as_ref()), bytes.as_ref().len())
    }

    pub(super) fn packed(name: impl AsRef<[u8]>, method: u16, data: Vec<u8>) -> Self {
        Self::new(name, method, data, 0)
    }

    fn fields(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend(20_u16.to_le_bytes());
        out.extend(self.flags.to_le_bytes());
        out.extend(self.method.to_le_bytes());
        out.extend([0; 4]);
        out.extend(crc32fast::hash(&self.data).to_le_bytes());
        out.extend(self.claimed.0.to_le_bytes());
        out.extend(self.claimed.1.to_le_bytes());
        out.extend(u16::try_from(self.name.len()).unwrap().to_le_bytes());
        out.extend([0; 2]);
        out
    }

    fn local(&self, out: &mut Vec<u8>) {
        out.extend(b"PK\x03\x04");
        out.extend(self.fields());
        out.extend(&self.name);
        out.extend(&self.data);
    }

    fn listed(&self, out: &mut Vec<u8>, offset: u32) {
        out.extend(b"PK\x01\x02");
        out.extend(20_u16.to_le_bytes());
        out.extend(self.fields());
        out.extend([0; 10]);
        out.extend(offset.to_le_bytes());
        out.extend(&self.name);
    }
}

/// How the end of a zip archive is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Plain,
    Zip64,
    Missing,
}

pub(super) fn zip(members: &[Member]) -> Vec<u8> {
    zip_with(members, End::Plain)
}

pub(super) fn zip_with(members: &[Member], end: End) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for member in members {
        member.listed(&mut directory, u32::try_from(out.len()).unwrap());
        member.local(&mut out);
    }
    let (start, length, count) = (out.len() as u64, directory.len() as u64, members.len() as u64);
    if end == End::Missing {
        return out;
    }
    out.extend(directory);
    if end == End::Zip64 {
        let at = out.len() as u64;
        out.extend(b"PK\x06\x06");
        out.extend(44_u64.to_le_bytes());
        out.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        for number in [count, count, length, start] {
            out.extend(number.to_le_bytes());
        }
        out.extend(b"PK\x06\x07");
        out.extend([0; 4]);
        out.extend(at.to_le_bytes());
        out.extend(1_u32.to_le_bytes());
        out.extend(b"PK\x05\x06\0\0\0\0");
        out.extend([0xff; 12]);
        out.extend([0; 2]);
        return out;
    }
    out.extend(b"PK\x05\x06\0\0\0\0");
    let count = u16::try_from(count.min(0xffff)).unwrap();
    out.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    out.extend(u32::try_from(length).unwrap().to_le_bytes());
    out.extend(u32::try_from(start).unwrap().to_le_bytes());
    out.extend([0; 2]);
    out
}
