//! Tar archives: the old kind, that of POSIX and that of GNU, read as they come.
//!
//! The library knows the fields of a header. The way from header to header is our own, because the library reads long names and extended
//! headers of whatever size they claim into memory, and gives up at the first header that is damaged.

use std::io::{self, Read};

use tar::{EntryType, Header, PaxExtensions};

use super::{
    Unpacker, Unread,
    format::{BLOCK, is_tar_header},
    name,
};

/// Longest name or extended header that is looked at.
const LONGEST_EXTENSION: u64 = 64 << 10;

/// What the headers before a member say of it.
#[derive(Default)]
struct Said {
    name: Option<Vec<u8>>,
    size: Option<u64>,
}

impl Unpacker<'_, '_> {
    /// Reads all members; false when there was not a single header.
    pub(super) fn tar(&mut self, source: &mut dyn Read) -> bool {
        let (mut headers, mut said, mut has_end, mut is_broken) = (0_u64, Said::default(), false, false);
        while !self.budget.is_over() {
            let mut block = [0; BLOCK];
            match fill(source, &mut block) {
                Ok(BLOCK) if block.iter().all(|byte| *byte == 0) => has_end = true,
                Ok(BLOCK) if is_tar_header(&block) => {
                    headers += 1;
                    if self.entry(Header::from_byte_slice(&block), &mut said, source).is_err() {
                        self.broken(&mut is_broken);
                    }
                }
                Ok(0) => break,
                // What follows the end is no concern of the archive, unless it is another one.
                Ok(BLOCK) if has_end => {}
                // The next header begins a block, as `tar` itself would look for it.
                Ok(BLOCK) => self.broken(&mut is_broken),
                Ok(_) if has_end => break,
                Ok(_) | Err(_) => {
                    self.broken(&mut is_broken);
                    break;
                }
            }
        }
        headers > 0
    }

    /// Says so once.
    fn broken(&mut self, is_known: &mut bool) {
        if !std::mem::replace(is_known, true) && !self.budget.is_over() {
            self.unread(Unread::Damaged);
        }
    }

    /// Reads what `header` stands for, up to the next header.
    fn entry(&mut self, header: &Header, said: &mut Said, source: &mut dyn Read) -> io::Result<()> {
        let kind = header.entry_type();
        if is_extension(kind) {
            let size = header.entry_size()?;
            let bytes = extension(source, size)?;
            match kind {
                EntryType::GNULongName => said.name = Some(bytes),
                EntryType::XHeader => said.read(&bytes),
                _ => {}
            }
            // Extensions are entries too: a million of them without a member is still bounded.
            return if self.budget.enter() { skip(source, padding(size)) } else { Ok(()) };
        }
        let Said { name, size } = std::mem::take(said);
        let size = match (kind, size) {
            // Its size is that of what it is a link to.
            (EntryType::Link, _) => 0,
            (_, Some(size)) => size,
            (_, None) => header.entry_size()?,
        };
        skip_sparse_map(header, source)?;
        let mut content = source.take(size);
        if matches!(kind, EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse) {
            let name = name.as_deref().map_or_else(|| header.path_bytes(), Into::into);
            self.member(&name::of_bytes(&name), &mut content);
        } else if !self.budget.enter() {
            return Ok(());
        }
        if self.budget.is_over() {
            return Ok(());
        }
        io::copy(&mut content, &mut io::sink())?;
        let is_short = content.limit() > 0;
        if is_short {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        skip(source, padding(size))
    }
}

impl Said {
    /// Reads an extended header.
    fn read(&mut self, bytes: &[u8]) {
        for said in PaxExtensions::new(bytes).map_while(Result::ok) {
            match said.key() {
                Ok("path") => self.name = Some(said.value_bytes().to_vec()),
                Ok("size") => self.size = said.value().ok().and_then(|value| value.parse().ok()),
                _ => {}
            }
        }
    }
}

fn is_extension(kind: EntryType) -> bool {
    matches!(kind, EntryType::GNULongName | EntryType::GNULongLink | EntryType::XHeader | EntryType::XGlobalHeader)
}

/// The beginning of an extension of `size` bytes, all of which are read.
fn extension(source: &mut dyn Read, size: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(size.min(LONGEST_EXTENSION)).read_to_end(&mut bytes)?;
    skip(source, size - bytes.len() as u64)?;
    Ok(bytes)
}

/// Passes over the blocks that say where the holes of a sparse file are.
fn skip_sparse_map(header: &Header, source: &mut dyn Read) -> io::Result<()> {
    let mut goes_on = header.entry_type().is_gnu_sparse() && header.as_gnu().is_some_and(tar::GnuHeader::is_extended);
    while goes_on {
        let mut block = [0; BLOCK];
        source.read_exact(&mut block)?;
        goes_on = block[BLOCK - 8] == 1;
    }
    Ok(())
}

/// Bytes from the end of a content of `size` bytes to the next header.
fn padding(size: u64) -> u64 {
    size.wrapping_neg() % BLOCK as u64
}

fn skip(source: &mut dyn Read, bytes: u64) -> io::Result<()> {
    let skipped = io::copy(&mut source.take(bytes), &mut io::sink())?;
    if skipped < bytes { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
}

/// Fills `block` as far as there is something; tells how far.
fn fill(source: &mut dyn Read, block: &mut [u8; BLOCK]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < BLOCK {
        match source.read(&mut block[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
