//! Archives and compressed files: what is packed in a text, however deep, without writing any of it.
//!
//! What a thing is, its first bytes tell and never its name ([`format`]). Everything is read from memory and handed on piece by piece; of each
//! archive on the way only the member that is being read is held. Sizes that an archive claims are not believed: what comes out of it is
//! counted ([`budget`]), names are only names ([`name`]), and a member that is damaged does not keep the others from being read.
//!
//! The caller sees every member once, and after its members each archive as the bytes that it is: what lies between members, in comments or
//! before the first one is found there, as in any binary file.

mod budget;
mod compressed;
mod format;
mod name;
mod tar;
mod zip;

use std::{
    io::{self, Read},
    ops::ControlFlow,
    time::Instant,
};

use self::{
    budget::{Budget, Metered},
    compressed::Compression,
    format::Format,
};
use crate::model::{SkipReason, is_binary};

/// How archives are read.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many archives may lie around a file; 0 reads none.
    pub depth: u32,
    /// Members larger than this are not held, and so only read when they are archives themselves.
    pub limit: u64,
    /// When to stop.
    pub deadline: Option<Instant>,
}

/// What is met in an archive. The names lead to it, outermost first; what has none is the archive itself.
#[derive(Debug)]
pub enum Met<'m> {
    /// A file that is no archive.
    File {
        /// Where it lies.
        names: &'m [String],
        /// Its content, or what could be read of it.
        bytes: &'m [u8],
    },
    /// An archive, after all that was in it.
    Archive {
        /// Where it lies.
        names: &'m [String],
        /// The archive as it is.
        bytes: &'m [u8],
        /// What became of it.
        nature: Nature,
    },
    /// Something that was not read, or not to its end.
    Unread {
        /// Where it lies.
        names: &'m [String],
        /// Why.
        why: Unread,
    },
}

/// What that which looks like an archive is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// An archive, from its first byte on.
    Packed,
    /// Something else, with an archive at its end.
    Appended,
    /// Nothing came out of it, so it may be anything.
    Doubtful,
}

/// Why something in an archive was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// For a reason that other files have too.
    Skipped(SkipReason),
    /// It ends early or holds nonsense; what came before that was read.
    Damaged,
    /// More came out of it than its size allows.
    Bytes,
    /// It has more members than are read.
    Entries,
}

/// Takes what is met; a break ends the reading.
pub type Meet<'m> = dyn FnMut(Met<'_>) -> ControlFlow<()> + 'm;

/// Whether `bytes` look like an archive.
#[must_use]
pub fn is_archive(bytes: &[u8]) -> bool {
    Format::of(bytes).is_some()
}

/// Reads what is packed in `bytes`, the content of the file called `name`. False, and nothing met, when it is no archive.
pub fn unpack(name: &str, bytes: &[u8], options: Options, meet: &mut Meet<'_>) -> bool {
    let Some(format) = Format::of(bytes).filter(|_| options.depth > 0) else { return false };
    let budget = Budget::new(bytes.len() as u64, options.deadline);
    let mut unpacker = Unpacker { options, budget: &budget, names: Vec::new(), levels: 0, outer: name, meet };
    unpacker.archive(format, bytes);
    if let Some(why) = budget.over() {
        unpacker.unread(why);
    }
    true
}

/// Reads what is packed in `source`, a file of `size` bytes that is too large to be held. Most archives can be read as they come; of any other file it
/// is said that it was not read, and the answer is false.
pub fn unpack_stream(name: &str, size: u64, source: &mut dyn Read, options: Options, meet: &mut Meet<'_>) -> bool {
    let budget = Budget::new(size, options.deadline);
    let mut unpacker = Unpacker { options, budget: &budget, names: Vec::new(), levels: 0, outer: name, meet };
    let mut beginning = Vec::new();
    match source.take(format::HEAD as u64).read_to_end(&mut beginning) {
        Ok(_) => unpacker.too_large(&beginning, source),
        Err(_) => unpacker.unread(Unread::Skipped(SkipReason::Unreadable)),
    }
    if let Some(why) = budget.over() {
        unpacker.unread(why);
    }
    matches!(Format::of_beginning(&beginning), Some(Format::Tar | Format::Compressed(_)))
}

/// The way through an archive.
struct Unpacker<'u, 'm> {
    options: Options,
    budget: &'u Budget,
    /// Names on the way to what is being read.
    names: Vec<String>,
    /// Archives that are open.
    levels: u32,
    /// What the outermost archive is called.
    outer: &'u str,
    meet: &'u mut Meet<'m>,
}

impl Unpacker<'_, '_> {
    fn unread(&mut self, why: Unread) {
        if (self.meet)(Met::Unread { names: &self.names, why }).is_break() {
            self.budget.stop();
        }
    }

    /// Whole content: an archive or a file.
    fn content(&mut self, bytes: &[u8]) {
        match Format::of(bytes) {
            Some(format) => self.archive(format, bytes),
            None => self.file(bytes),
        }
    }

    fn file(&mut self, bytes: &[u8]) {
        if (self.meet)(Met::File { names: &self.names, bytes }).is_break() {
            self.budget.stop();
        }
    }

    fn archive(&mut self, format: Format, bytes: &[u8]) {
        let is_sound = self.open(|unpacker| match format {
            Format::Zip => unpacker.zip(bytes),
            Format::Tar => unpacker.tar(&mut &*bytes),
            Format::Compressed(compression) => unpacker.compressed(compression, &mut &*bytes),
        });
        let nature = match Format::of_beginning(bytes) {
            _ if !is_sound => Nature::Doubtful,
            Some(_) => Nature::Packed,
            None => Nature::Appended,
        };
        if (self.meet)(Met::Archive { names: &self.names, bytes, nature }).is_break() {
            self.budget.stop();
        }
    }

    /// Goes one level deeper, if that is not too deep.
    fn open(&mut self, read: impl FnOnce(&mut Self) -> bool) -> bool {
        if self.levels >= self.options.depth {
            self.unread(Unread::Skipped(SkipReason::TooDeep));
            return false;
        }
        self.levels += 1;
        let is_sound = read(self);
        self.levels -= 1;
        is_sound
    }

    /// Reads what `source` unpacks to: an archive that was compressed, or a single file.
    fn compressed(&mut self, compression: Compression, source: &mut dyn Read) -> bool {
        let mut inner = Metered::new(compression.decoder(source), self.budget, None);
        let mut head = Vec::new();
        let result = inner.by_ref().take(format::HEAD as u64).read_to_end(&mut head);
        let is_sound = !head.is_empty();
        if Format::of_beginning(&head) == Some(Format::Tar) && result.is_ok() {
            self.tar(&mut head.chain(inner));
        } else if is_sound || result.is_ok() {
            let name = name::without_ending(self.names.last().map_or(self.outer, String::as_str)).into_owned();
            let error = result.err();
            self.member(&name, &mut head.chain(Failing(error)).chain(inner));
        } else if !self.budget.is_over() {
            self.unread(Unread::Damaged);
        }
        is_sound
    }

    /// Reads one member. What cannot be held is read only if it is an archive that can be read as it comes.
    fn member(&mut self, name: &str, source: &mut dyn Read) {
        if !self.budget.enter() {
            return;
        }
        self.names.push(name::cleaned(name));
        let limit = self.options.limit;
        let mut bytes = Vec::new();
        let result = source.take(limit.saturating_add(1)).read_to_end(&mut bytes);
        if bytes.len() as u64 > limit {
            self.too_large(&bytes, source);
        } else {
            self.content(&bytes);
            if result.is_err() && !self.budget.is_over() {
                self.unread(if result.is_err_and(|error| budget::is_excess(&error)) {
                    Unread::Bytes
                } else {
                    Unread::Damaged
                });
            }
        }
        self.names.pop();
    }

    /// What begins with `beginning` and goes on: read if it is an archive that can be read as it comes.
    fn too_large(&mut self, beginning: &[u8], rest: &mut dyn Read) {
        let mut whole = beginning.chain(rest);
        match Format::of_beginning(beginning) {
            Some(Format::Tar) => _ = self.open(|unpacker| unpacker.tar(&mut whole)),
            Some(Format::Compressed(compression)) => {
                self.open(|unpacker| unpacker.compressed(compression, &mut whole));
            }
            None if is_binary(beginning) => self.unread(Unread::Skipped(SkipReason::Binary)),
            Some(Format::Zip) | None => self.unread(Unread::Skipped(SkipReason::TooLarge)),
        }
    }
}

/// Nothing to read, or an error that was met earlier.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}
