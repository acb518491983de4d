//! How much may come out of an archive.
//!
//! A file of 42 kB can claim to hold petabytes, and archives in archives multiply. So whatever is unpacked on any level is counted against one
//! allowance, which grows with the size of the outermost file: the time and memory an archive takes follow the bytes that somebody had to
//! commit. It depends on nothing but the archive, so a run with other threads stops at the same place.

use std::{
    cell::Cell,
    io::{self, Read},
    time::Instant,
};

use super::Unread;
use crate::model::SkipReason;

/// A byte in an archive may become so many. Deflate reaches 1,032 with zeros; texts that somebody wrote stay below 50.
const RATIO: u64 = 200;
/// What any archive may unpack to, however small it is.
const LEAST: u64 = 64 << 20;
/// The same for one member, so that a bomb beside other members leaves room for them.
const LEAST_OF_MEMBER: u64 = 16 << 20;
/// What any archive may unpack to, however large it is.
const MOST: u64 = 32 << 30;
/// Members that are read of one archive and all that is in it.
const MOST_ENTRIES: u32 = 250_000;

/// What is left for one archive and all that is in it.
#[derive(Debug)]
pub(super) struct Budget {
    bytes: Cell<u64>,
    entries: Cell<u32>,
    deadline: Option<Instant>,
    over: Cell<Option<Unread>>,
    stopped: Cell<bool>,
}

impl Budget {
    /// For an archive of `size` bytes.
    pub(super) fn new(size: u64, deadline: Option<Instant>) -> Self {
        let bytes = size.saturating_mul(RATIO).clamp(LEAST, MOST.max(size));
        Self {
            bytes: Cell::new(bytes),
            entries: Cell::new(MOST_ENTRIES),
            deadline,
            over: Cell::new(None),
            stopped: Cell::new(false),
        }
    }

    /// What a member of `size` packed bytes may unpack to.
    pub(super) fn of_member(size: u64) -> u64 {
        size.saturating_mul(RATIO).max(LEAST_OF_MEMBER)
    }

    /// What ended the reading, if the caller did not.
    pub(super) fn over(&self) -> Option<Unread> {
        self.over.get()
    }

    /// Whether nothing more is read.
    pub(super) fn is_over(&self) -> bool {
        self.stopped.get() || self.over.get().is_some()
    }

    /// Ends the reading because the caller has seen enough.
    pub(super) fn stop(&self) {
        self.stopped.set(true);
    }

    /// Counts one more member, and tells whether it may be read.
    pub(super) fn enter(&self) -> bool {
        self.check_time();
        match self.entries.get().checked_sub(1) {
            Some(left) => self.entries.set(left),
            None => self.end(Unread::Entries),
        }
        !self.is_over()
    }

    fn spend(&self, bytes: usize) {
        self.check_time();
        match self.bytes.get().checked_sub(bytes as u64) {
            Some(left) => self.bytes.set(left),
            None => self.end(Unread::Bytes),
        }
    }

    fn check_time(&self) {
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            self.end(Unread::Skipped(SkipReason::TimedOut));
        }
    }

    /// The first reason is the one that is told.
    fn end(&self, why: Unread) {
        self.over.set(self.over.get().or(Some(why)));
    }
}

/// Bytes that are counted at once.
const CHUNK: usize = 64 << 10;

/// Counts what is read.
pub(super) struct Metered<'b, R> {
    inner: R,
    budget: &'b Budget,
    /// What this one may yield.
    own: Option<u64>,
}

impl<'b, R: Read> Metered<'b, R> {
    /// `inner`, of which no more than `own` bytes are read.
    pub(super) fn new(inner: R, budget: &'b Budget, own: Option<u64>) -> Self {
        Self { inner, budget, own }
    }
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.budget.is_over() {
            return Err(io::Error::other("the archive's budget is used up"));
        }
        // Readers ask for more and more at once, and what is too much should be seen early.
        let end = buffer.len().min(CHUNK);
        let read = self.inner.read(&mut buffer[..end])?;
        self.budget.spend(read);
        if let Some(own) = &mut self.own {
            *own =
                own.checked_sub(read as u64).ok_or_else(|| io::Error::new(EXCESS, "a member unpacks to too much"))?;
        }
        Ok(read)
    }
}

/// Kind of the error that stands for a member's own limit.
const EXCESS: io::ErrorKind = io::ErrorKind::QuotaExceeded;

/// Whether a member was left because more came out of it than may.
pub(super) fn is_excess(error: &io::Error) -> bool {
    error.kind() == EXCESS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(budget: &Budget, own: Option<u64>) -> (usize, io::Result<usize>) {
        let mut bytes = Vec::new();
        let result = Metered::new(io::repeat(0).take(100 << 20), budget, own).read_to_end(&mut bytes);
        (bytes.len(), result)
    }

    #[test]
    fn what_comes_out_follows_what_went_in() {
        let budget = Budget::new(1000, None);
        let (read, result) = read_all(&budget, None);
        assert!(result.is_err() && read as u64 <= LEAST + CHUNK as u64, "{read}");
        assert_eq!(budget.over(), Some(Unread::Bytes));
        let budget = Budget::new(1 << 20, None);
        assert_eq!(read_all(&budget, None).0, 100 << 20);
        assert_eq!(budget.over(), None);
    }

    #[test]
    fn a_member_beyond_its_own_limit_leaves_the_others_theirs() {
        let budget = Budget::new(1000, None);
        let (_, result) = read_all(&budget, Some(1000));
        assert!(is_excess(&result.unwrap_err()));
        assert_eq!((budget.over(), budget.enter()), (None, true));
    }

    #[test]
    fn the_time_ends_the_reading() {
        let budget = Budget::new(1000, Some(Instant::now()));
        assert!(!budget.enter());
        assert_eq!(budget.over(), Some(Unread::Skipped(SkipReason::TimedOut)));
    }
}
