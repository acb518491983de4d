//! Objects that have a file of their own.

use std::path::{Path, PathBuf};

use gix_hash::{ObjectId, oid};
use gix_object::Kind;
use rayon::prelude::*;

use super::pack::{Item, LARGEST_BASE, Sink, Wanted};
use crate::model::SkipReason;

/// The objects that stand alone in a file; what cannot be listed is added to `broken`.
pub(super) fn list(stores: &[PathBuf], hash: gix_hash::Kind, broken: &mut Vec<PathBuf>) -> Vec<(usize, ObjectId)> {
    let mut found = Vec::new();
    for (number, path) in stores.iter().enumerate() {
        for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
            if entry.file_name().len() == 2 && std::fs::read_dir(entry.path()).is_err() {
                broken.push(entry.path());
            }
        }
        let store = gix_odb::loose::Store::at(path, hash);
        found.extend(store.iter().flatten().map(|id| (number, id)));
    }
    found.sort_unstable_by_key(|(store, id)| (*id, *store));
    found.dedup_by_key(|(_, id)| *id);
    found
}

/// Hands the loose objects `ids` of the wanted kinds to `sink`, in parallel.
pub(super) fn each(
    stores: &[PathBuf],
    ids: &[(usize, ObjectId)],
    hash: gix_hash::Kind,
    wanted: Wanted<'_>,
    sink: &impl Sink,
) {
    let stores: Vec<_> = stores.iter().map(|store| gix_odb::loose::Store::at(store, hash)).collect();
    let last = wanted.first.saturating_add(u32::try_from(ids.len()).unwrap_or(u32::MAX));
    ids.par_iter().zip(wanted.first..last).with_max_len(64).for_each_init(Vec::new, |buffer, ((store, id), number)| {
        if sink.is_over() || !wanted.is_among(number) || !(wanted.takes)(id) {
            return;
        }
        match stores[*store].try_header(id) {
            Ok(Some((_, kind))) if !wanted.kinds.contains(&kind) => return,
            Ok(Some((size, kind))) if size > wanted.limit && (kind == Kind::Blob || size > LARGEST_BASE) => {
                return sink.absent(id, SkipReason::TooLarge);
            }
            Ok(Some(_)) => {}
            _ => return another(id, number, wanted, sink),
        }
        match stores[*store].try_find(id, buffer) {
            Ok(Some(found)) => _ = sink.object(Item { kind: found.kind, id, number }, found.data, None),
            _ => another(id, number, wanted, sink),
        }
    });
}

/// Hands on another copy of a loose object that is damaged.
fn another(id: &oid, number: u32, wanted: Wanted<'_>, sink: &impl Sink) {
    match (wanted.another)(id) {
        Some((kind, content)) if wanted.kinds.contains(&kind) => {
            _ = sink.object(Item { kind, id, number }, &content, None);
        }
        Some(_) => {}
        None => sink.absent(id, SkipReason::Corrupt),
    }
}

/// The object `id` in a file of its own below `folder`, when it has at most `limit` bytes.
pub(super) fn find(folder: &Path, id: &oid, hash: gix_hash::Kind, limit: u64) -> Option<(Kind, Vec<u8>)> {
    let store = gix_odb::loose::Store::at(folder, hash);
    let (size, _) = store.try_header(id).ok()??;
    if size > limit {
        return None;
    }
    let mut content = Vec::new();
    let kind = store.try_find(id, &mut content).ok()??.kind;
    Some((kind, content))
}
