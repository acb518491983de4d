//! Versions of files that another scanner names by their commits.
//!
//! They are read from git's objects, whatever the working tree holds, and searched with the rules of the run: a line of a commit means the secret that
//! stood there then, wherever it stands now.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::Path,
};

use crate::{
    import::{Known, Mark},
    input::git::Repository,
    model::Finding,
    pipeline::{Error, GivenText},
};

/// Bytes of the largest version that is looked at.
const LARGEST: u64 = 64 << 20;
/// Bytes of versions that are looked through together.
const TOGETHER: usize = 32 << 20;
/// Versions that are looked up.
const MOST: usize = 5_000;

/// Commit and path.
pub(super) type Version = (String, String);

/// What a version holds, or why it cannot be looked at.
pub(super) type Versions = HashMap<Version, Result<Vec<Finding>, String>>;

/// Looks through the versions of files that `known` names, with `scan`.
///
/// # Errors
/// Those of `scan`.
pub(super) fn versions(
    known: &[Known],
    root: &Path,
    scan: impl Fn(Vec<GivenText>) -> Result<Vec<Finding>, Error>,
) -> Result<Versions, Error> {
    let named = known.iter().filter_map(|known| match &known.mark {
        Mark::Line { commit: Some(commit), .. } => Some((commit.clone(), known.path.clone())),
        _ => None,
    });
    let named: BTreeSet<Version> = named.collect();
    let mut found = Versions::new();
    if named.is_empty() {
        return Ok(found);
    }
    let mut store = Store { repository: Repository::discover(root).ok(), commits: BTreeMap::new() };
    let (mut texts, mut size) = (Vec::new(), 0);
    for (number, version) in named.into_iter().enumerate() {
        let text = if number < MOST {
            store.text(&version)
        } else {
            Err(format!("more than {MOST} versions of files are named"))
        };
        match text {
            Err(reason) => _ = found.insert(version, Err(reason)),
            Ok(bytes) => {
                size += bytes.len();
                let (commit, path) = version.clone();
                texts.push(GivenText { commit, path, bytes });
                found.insert(version, Ok(Vec::new()));
            }
        }
        if size > TOGETHER {
            sort_in(scan(std::mem::take(&mut texts))?, &mut found);
            size = 0;
        }
    }
    if !texts.is_empty() {
        sort_in(scan(texts)?, &mut found);
    }
    Ok(found)
}

/// Where versions are read from.
struct Store {
    repository: Option<Repository>,
    /// Ids of commits by their names; none where there is no such commit.
    commits: BTreeMap<String, Option<gix_hash::ObjectId>>,
}

impl Store {
    fn text(&mut self, (commit, path): &Version) -> Result<Vec<u8>, String> {
        let none = || "there is no git repository here in which its commit could be looked up".to_owned();
        let repository = self.repository.as_ref().ok_or_else(none)?;
        let id = *self.commits.entry(commit.clone()).or_insert_with(|| repository.commit(commit).ok());
        let id = id.ok_or("its commit is not in this repository (rewritten, or not fetched)")?;
        match repository.file_at(id, path, LARGEST) {
            Ok(Some(text)) => Ok(text),
            Ok(None) => Err("its commit has no such file".to_owned()),
            Err(reason) => Err(format!("its file cannot be read in that commit: {reason}")),
        }
    }
}

fn sort_in(findings: Vec<Finding>, versions: &mut Versions) {
    for finding in findings {
        let Some(commit) = finding.origin.commit.clone() else { continue };
        if let Some(Ok(of_version)) = versions.get_mut(&(commit, finding.location.path.clone())) {
            of_version.push(finding);
        }
    }
}
