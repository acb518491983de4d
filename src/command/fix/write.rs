//! Writes what was planned, each file whole or not at all.
//!
//! A file is written beside its place and moved into it, with its permissions. Right before that it is read once more: what somebody else wrote
//! meanwhile is not overwritten.

use std::{fmt::Write as _, fs, io};

use super::{
    LONGEST_TITLE,
    plan::{Plan, Rewrite},
};
use crate::{
    model::printable_line,
    pipeline::{Error, output},
};

/// Writes the files of `plan`; says for each what was done. Those that changed meanwhile are taken out of it, and said to be so.
///
/// # Errors
/// [`Error::Unwritable`]; the files before are written.
pub(super) fn write(plan: &mut Plan<'_>) -> Result<String, Error> {
    let mut done = String::new();
    let mut kept = Vec::with_capacity(plan.rewrites.len());
    for rewrite in std::mem::take(&mut plan.rewrites) {
        let path = printable_line(rewrite.path, LONGEST_TITLE);
        if !is_as_read(&rewrite) {
            let _ = writeln!(done, "{path}: left alone, since it changed meanwhile; run `keyward fix` again");
            plan.overtaken += 1;
            continue;
        }
        output::rewrite_file(&rewrite.file, &rewrite.new)?;
        for title in &rewrite.titles {
            let _ = writeln!(done, "{path}: {}", printable_line(title, LONGEST_TITLE));
        }
        kept.push(rewrite);
    }
    plan.rewrites = kept;
    Ok(done)
}

/// Whether the file still holds what the plan was made for.
fn is_as_read(rewrite: &Rewrite<'_>) -> bool {
    match fs::symlink_metadata(&rewrite.file) {
        Ok(about) => {
            about.is_file() && rewrite.exists && fs::read(&rewrite.file).is_ok_and(|now| now == rewrite.old.bytes())
        }
        Err(error) => !rewrite.exists && error.kind() == io::ErrorKind::NotFound,
    }
}
