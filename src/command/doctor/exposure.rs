//! Who else can read the key: visitors of a web page, and everybody with the repository. Providers revoke keys that are found in public, so a leak of
//! yesterday is a refusal of today.

use std::{collections::BTreeSet, path::Path, time::Duration};

use super::{
    case::Case,
    checklist::{Item, Line, Mark},
    finding::{self, Weight},
};
use crate::{
    input::git::{EverHeld, Repository},
    lint::chain::{Given, Source},
    model::{Finding, Group},
};

/// Time for a look at the history, for each file.
const LOOK: Duration = Duration::from_millis(500);
/// So many files are looked for in the history.
const MOST_FILES: usize = 6;
/// Digits of a commit's id that are shown.
const SHORT: usize = 8;

/// Is it kept out of browsers?
pub(super) fn browser(case: &Case<'_>) -> Line {
    let found = case.found(&["browser-client", "client-env-prefix", "key-in-client-bundle"]);
    finding::line(Item::Browser, Weight::Errors, found)
        .unwrap_or_else(|| Line::new(Item::Browser, Mark::Passed, "nothing here publishes it to browsers"))
}

/// Is it kept out of git? `base` is the folder that paths are relative to.
pub(super) fn git(case: &Case<'_>, base: &Path) -> Line {
    let ids = ["dotenv-tracked", "dotenv-not-ignored", "dotenv-shipped"];
    let mut line = files(case, base);
    // What is to be said of a key in a `.env` file is what is to be said of the file.
    let in_file = |finding: &Finding| {
        case.chain
            .given
            .iter()
            .any(|given| given.source == Source::EnvFile && given.location.path == finding.location.path)
    };
    let keys = case.findings.iter().copied().filter(|finding| is_of_key(finding) && !in_file(finding));
    for found in
        [finding::line(Item::Git, Weight::Errors, case.found(&ids)), finding::line(Item::Git, Weight::Errors, keys)]
    {
        line = found.into_iter().fold(line, Line::or_worse);
    }
    line
}

fn is_of_key(finding: &Finding) -> bool {
    finding.group == Group::Secrets && finding.secret.is_some()
}

fn files(case: &Case<'_>, base: &Path) -> Line {
    let own = case.own(Source::EnvFile).chain(case.near(Source::EnvFile));
    let files: Vec<&Given> = own.filter(|given| given.value.is_some()).collect();
    let paths: BTreeSet<&str> = files.iter().map(|given| given.location.path.as_str()).take(MOST_FILES).collect();
    if paths.is_empty() {
        return Line::new(Item::Git, Mark::NotApplicable, "no file here holds it");
    }
    if files.iter().all(|given| given.is_tracked.is_none() && given.is_ignored.is_none()) {
        return Line::new(Item::Git, Mark::NotApplicable, "this is no git repository");
    }
    let names = paths.iter().copied().collect::<Vec<_>>().join(", ");
    let looks = history(&paths, base);
    if let Some((path, commit)) = looks.held {
        let says = format!("commit {commit} holds {path}, so its key is as public as the repository");
        return Line::new(Item::Git, Mark::Warned, says)
            .next("make a new key: what was committed stays in the history");
    }
    let is_safe = files.iter().all(|given| given.is_ignored == Some(true) && given.is_tracked != Some(true));
    let mark = if is_safe { Mark::Passed } else { Mark::Warned };
    let ignored = if is_safe { "git ignores" } else { "git does not ignore" };
    let past = if looks.is_whole { "no commit holds it" } else { "no commit that was looked at holds it" };
    Line::new(Item::Git, mark, format!("{ignored} {names}, and {past}"))
}

/// What the history holds of some files.
struct Looks {
    /// A file, and a commit that holds it.
    held: Option<(String, String)>,
    /// Whether all commits were looked at.
    is_whole: bool,
}

fn history(paths: &BTreeSet<&str>, base: &Path) -> Looks {
    let mut looks = Looks { held: None, is_whole: true };
    let Some(repository) = Repository::discover(base).ok().filter(|repository| repository.base() == base) else {
        return Looks { held: None, is_whole: false };
    };
    for path in paths {
        match repository.ever_held(path, LOOK) {
            EverHeld::In(commit) => {
                let commit = commit.to_string();
                looks.held = Some(((*path).to_owned(), commit.chars().take(SHORT).collect()));
                return looks;
            }
            EverHeld::Never => {}
            EverHeld::NotFound => looks.is_whole = false,
        }
    }
    looks
}
