//! Archives in phase one: what is packed in a blob goes the way of every blob, and what is to be said of the rest.
//!
//! A finding in a member keeps the path of the file in the repository, so exceptions, baselines and shards go by it; the way inside stands
//! in its origin. The archive itself is looked through last, as the bytes it is, for what stands between its members: a key that a member
//! holds as it is would be found there again, and is not told twice.

use std::{collections::HashSet, io, ops::ControlFlow};

use super::gather::{Nature, Worker};
use crate::{
    input::archive::{self, Met, Unread},
    model::{Blob, Finding, Fingerprint, Notice, Origin, RuleId, SkipReason, Skipped, archive_path},
};

/// Members of one archive that are listed as not read; of more only the archive is named.
const MOST_SKIPPED: usize = 1_000;

/// Secrets, each with the rule that finds it.
pub(super) type Told = HashSet<(RuleId, Fingerprint)>;

/// What belongs to one outermost archive.
struct Outermost<'b> {
    blob: Blob<'b>,
    origin: Option<Origin>,
    /// Findings that were there before.
    before: usize,
    skipped: usize,
}

impl Outermost<'_> {
    /// The origin of what lies at `names`.
    fn origin(&mut self, names: &[String]) -> &Origin {
        let origin = self.origin.get_or_insert_with(|| self.blob.origin.clone());
        origin.archive = names.to_vec();
        origin
    }
}

impl Worker<'_> {
    /// Reads what is packed in `blob`; false when it is no archive.
    pub(super) fn packed(&mut self, blob: Blob<'_>) -> bool {
        let mut outermost = Outermost { blob, origin: None, before: self.own.findings.len(), skipped: 0 };
        archive::unpack(blob.path, blob.bytes, self.shared.archives, &mut |met| {
            self.met(&mut outermost, &met);
            ControlFlow::Continue(())
        })
    }

    /// Reads what is packed in a file that is too large to be held.
    pub(super) fn large(&mut self, path: &str, size: u64, source: &mut dyn io::Read, origin: &Origin) {
        if self.shared.archives.depth == 0 {
            self.own.skipped.push(Skipped { path: path.to_owned(), reason: SkipReason::Binary });
            return;
        }
        let blob = Blob { path, bytes: &[], origin, private: false };
        let mut outermost = Outermost { blob, origin: None, before: self.own.findings.len(), skipped: 0 };
        let is_read = archive::unpack_stream(path, size, source, self.shared.archives, &mut |met| {
            self.met(&mut outermost, &met);
            ControlFlow::Continue(())
        });
        if is_read {
            self.own.files += 1;
            self.own.bytes += size;
        }
    }

    fn met(&mut self, outermost: &mut Outermost<'_>, met: &Met<'_>) {
        let (Blob { path, private, .. }, before) = (outermost.blob, outermost.before);
        match *met {
            Met::File { names, bytes } => {
                let blob = Blob { path, bytes, origin: outermost.origin(names), private };
                let is_read = self.content(blob, &Nature::File);
                if !is_read {
                    self.skip(outermost, names, SkipReason::Binary);
                }
            }
            Met::Archive { bytes, nature: archive::Nature::Doubtful, names } => {
                let blob = Blob { path, bytes, origin: outermost.origin(names), private };
                if !self.content(blob, &Nature::File) {
                    self.skip(outermost, names, SkipReason::Binary);
                }
            }
            Met::Archive { names, bytes, nature } => {
                let told = told_below(&self.own.findings[before..], names);
                let blob = Blob { path, bytes, origin: outermost.origin(names), private };
                self.content(blob, &Nature::Archive { told, is_packed: nature == archive::Nature::Packed });
            }
            Met::Unread { names, why } => self.unread(outermost, names, why),
        }
    }

    fn skip(&mut self, outermost: &mut Outermost<'_>, names: &[String], reason: SkipReason) {
        outermost.skipped += 1;
        let names = if outermost.skipped <= MOST_SKIPPED { names } else { &[] };
        let skipped = Skipped { path: archive_path(outermost.blob.path, names).into_owned(), reason };
        // Those beyond the limit are all the same.
        if self.own.skipped.last() != Some(&skipped) {
            self.own.skipped.push(skipped);
        }
    }

    fn unread(&mut self, outermost: &mut Outermost<'_>, names: &[String], why: Unread) {
        let path = outermost.blob.path;
        let shown = archive_path(path, names);
        let reason = match why {
            Unread::Damaged => None,
            Unread::Skipped(reason) => Some(reason),
            Unread::Bytes | Unread::Entries => Some(SkipReason::ArchiveLimit),
        };
        let said = match why {
            Unread::Damaged => {
                Some(("damaged-archive", format!("`{shown}` is damaged; what can be read of it was read")))
            }
            Unread::Bytes => Some((
                "archive-limit",
                format!("`{shown}` unpacks to more than an archive of its size should; it was read in part"),
            )),
            Unread::Entries => {
                Some(("archive-limit", format!("`{shown}` has more members than are read of one archive")))
            }
            Unread::Skipped(SkipReason::TooDeep) => {
                Some(("archive-too-deep", format!("`{shown}` lies in more archives than are opened")))
            }
            Unread::Skipped(SkipReason::TimedOut) => {
                Some(("timed-out", format!("the time given by --timeout was over before all of `{shown}` was read")))
            }
            Unread::Skipped(_) => None,
        };
        if let Some(reason) = reason {
            self.skip(outermost, names, reason);
        }
        if let Some((code, message)) = said {
            let (code, help) = (code.to_owned(), Some(way_out(why).to_owned()));
            self.own.notices.push(Notice { code, message, help, path: Some(path.to_owned()), line: None });
        }
    }
}

/// What to do about something that was not read.
fn way_out(why: Unread) -> &'static str {
    match why {
        Unread::Damaged => "replace it, or leave it out with `exclude` in keyward.toml",
        Unread::Skipped(SkipReason::TooDeep) => {
            "give a larger --max-archive-depth, or leave it out with `exclude` in keyward.toml"
        }
        Unread::Skipped(SkipReason::TimedOut) => {
            "give more seconds, or leave the file out with `exclude` in keyward.toml"
        }
        _ => "unpack it and scan the folder, or leave it out with `exclude` in keyward.toml",
    }
}

/// What was found in and below the archive at `names`.
fn told_below(findings: &[Finding], names: &[String]) -> Told {
    let below = findings.iter().filter(|finding| finding.origin.archive.starts_with(names));
    below.filter_map(|finding| Some((finding.rule.clone(), finding.secret.as_ref()?.fingerprint.clone()))).collect()
}
