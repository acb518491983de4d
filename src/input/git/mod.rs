//! Git: the index, ranges of commits, and the whole history.
//!
//! A repository is read as data: no program is started in it, its configuration decides nothing but how its files are laid out, hooks and
//! attributes are never looked at, and it does not matter who owns it. Single objects come through `gix-odb`; references, ranges and the order
//! in which whole packs are read are our own, because there lies what a scanner of history must do better than a version control system.

mod beginnings;
mod budget;
mod changes;
mod commits;
mod delta;
mod descent;
mod folders;
mod handing;
mod held;
mod history;
mod index;
mod lists;
mod lookup;
mod loose;
mod marked;
mod missing;
mod named;
mod names;
mod object;
mod pack;
mod places;
mod provenance;
mod range;
mod refs;
mod repository;
mod revision;
mod sieve;
mod spread;
mod staged;
mod stores;
mod trees;
mod versions;
mod walk;
mod way;

pub use gix_hash::ObjectId;
pub use handing::Visitors;
pub use held::EverHeld;
pub use history::{History, HistoryCounts, Options};
pub use provenance::Provenance;
pub use range::{Range, RangeCounts};
pub use repository::{GitError, Repository};
pub use sieve::Sift;
pub use spread::Held;
pub use staged::Staged;

use super::{Entry, Visitor};
use crate::model::SkipReason;

/// What to do with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Read it.
    Read,
    /// It was not asked for.
    Leave,
    /// Say that it is skipped.
    Skip(SkipReason),
    /// Another shard reads it.
    Elsewhere,
}

impl Choice {
    /// Whether to read `path`; tells `visitor` what must be said otherwise.
    fn is_read(self, path: &str, visitor: &mut dyn Visitor) -> bool {
        match self {
            Self::Read => return true,
            Self::Leave => {}
            Self::Skip(reason) => visitor.visit(Entry::skipped(path.to_owned(), reason)),
            Self::Elsewhere => visitor.visit(Entry::Elsewhere),
        }
        false
    }
}

/// Which items are read, by their ids: for dividing the work among machines.
pub type Shards<'s> = &'s (dyn Fn(&[u8]) -> bool + Sync);

/// Folders are followed this deep; git itself cannot check out deeper ones on most systems.
const DEEPEST: usize = 1024;
/// Paths are followed while they have at most this many bytes; systems allow 4096.
const LONGEST_PATH: usize = 1 << 16;

/// Path under which commit messages are reported: it must not depend on the commit, or a baseline would not survive a rebase.
pub const COMMIT_MESSAGE: &str = "(commit message)";
/// Path under which messages of annotated tags are reported.
const TAG_MESSAGE: &str = "(tag message)";
/// Path of a blob that a tag points at and no commit holds.
const TAGGED: &str = "(tagged blob)";
/// Stands for folders deeper than anybody can check out.
const TOO_DEEP: &str = "(too deep)";
