//! What stands at the places that another scanner names.
//!
//! The repository is scanned once with keyward's rules and those that were taken over. Findings are then told by what the other scanner kept of them:
//! their line, in the files or in a commit, or the digest of what it took for the secret. A line may hold another secret by now; so where only a line
//! is known the rule must fit, and where a digest is known a piece of the line must still have it. What is found becomes an entry of the baseline or
//! an exception, and both name the secret by its content.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io::Write as _,
    path::Path,
};

use super::{
    lines::{Lines, Place, digest, pieces},
    versions::{Versions, versions},
};
use crate::{
    import::{Exception, Fate, Kind, Known, Mark, Plan, Said, Subject, config},
    model::{Finding, Group},
    pipeline::{Error, Run},
    suppress::{Baseline, baseline::Entry},
};

/// Looks up all that `plan` names in the repository at `root`. What is accepted comes back; exceptions and sentences are added to `plan`.
///
/// # Errors
/// [`Error`].
pub(super) fn resolve(plan: &mut Plan, root: &Path) -> Result<Baseline, Error> {
    let known = std::mem::take(&mut plan.known);
    if known.is_empty() && plan.conditions.is_empty() {
        return Ok(Baseline::default());
    }
    // The rules only: what the exceptions silence must be found here.
    let (outcome, versions) = with_config(&config(&plan.with_rules_only(), "the rules"), |path| {
        let args = super::scan_args(root, path);
        let outcome = Run::new(&args)?.collect(None)?;
        let versions = versions(&known, root, |texts| Ok(Run::new(&args)?.over_texts(texts).collect(None)?.findings))?;
        Ok((outcome, versions))
    })?;
    if !outcome.coverage.complete {
        let sentence = "not all of it could be read, and what stands in the rest was not looked up; `keyward` says what is missing";
        let place = crate::import::Place::file("the repository");
        plan.said.push(Said { place, kind: Kind::Unread, sentence: sentence.to_owned() });
    }
    let tree: Vec<&Finding> = outcome.findings.iter().filter(|finding| finding.group == Group::Secrets).collect();
    let mut lines = Lines::new(root);
    conditions(plan, &tree, &mut lines);
    let digests = Digests::new(&known, &tree, &mut lines);
    let mut accepted = BTreeSet::new();
    for known in known {
        match lookup(&known, &tree, &versions, &digests) {
            Ok(found) => {
                for finding in found {
                    match &known.fate {
                        Fate::Accept => _ = accepted.insert(Entry::of(finding)),
                        Fate::Allow(reason) => plan.except(&known.place, exception(finding, Some(&known.path), reason)),
                    }
                }
            }
            Err(Absent { kind, sentence }) => plan.said.push(Said { place: known.place, kind, sentence }),
        }
    }
    Ok(accepted.into_iter().collect())
}

/// Makes exceptions of what fits the conditions of `plan` now.
fn conditions(plan: &mut Plan, tree: &[&Finding], lines: &mut Lines<'_>) {
    let conditions = std::mem::take(&mut plan.conditions);
    let mut held = vec![0_usize; conditions.len()];
    for finding in if conditions.is_empty() { &[] } else { tree } {
        let Some(secret) = revealed(finding) else { continue };
        let line = lines.of(finding);
        let subject = Subject { path: &finding.location.path, secret, line: &line };
        for (condition, held) in conditions.iter().zip(&mut held) {
            if condition.holds(finding.rule.as_str(), &subject) {
                *held += 1;
                plan.except(&condition.place, exception(finding, None, &condition.reason));
            }
        }
    }
    for (condition, held) in conditions.into_iter().zip(held) {
        let found = match held {
            0 => "nothing of what is found now fits".to_owned(),
            1 => "the one finding that fits now is an exception".to_owned(),
            many => format!("the {many} findings that fit now are exceptions"),
        };
        let what = condition.what;
        let sentence = format!(
            "{what} hold for the present only, because keyward's exceptions name secrets and not their looks: {found}"
        );
        plan.said.push(Said { place: condition.place, kind: Kind::Left, sentence });
    }
}

/// Calls `work` with a file that holds the configuration `text`.
pub(super) fn with_config<T>(text: &str, work: impl FnOnce(&Path) -> Result<T, Error>) -> Result<T, Error> {
    let unwritable = |source| Error::Unwritable { path: "a temporary file".into(), source };
    let mut file = tempfile::Builder::new().suffix(".toml").tempfile().map_err(unwritable)?;
    file.write_all(text.as_bytes()).map_err(unwritable)?;
    work(file.path())
}

fn exception(finding: &Finding, path: Option<&str>, reason: &str) -> Exception {
    Exception {
        rule: Some(finding.rule.to_string()),
        path: path.filter(|path| !path.contains(['*', '?', '[', '{', '\\', '!', '#'])).map(|path| format!("/{path}")),
        fingerprint: finding.secret.as_ref().map(|secret| secret.fingerprint.to_string()),
        reason: reason.to_owned(),
    }
}

fn revealed(finding: &Finding) -> Option<&str> {
    finding.secret.as_ref()?.revealed.as_deref()
}

/// Why there is nothing to accept, or why it is not accepted.
struct Absent {
    kind: Kind,
    sentence: String,
}

/// keyward finds nothing there, so that nobody is stopped by it either.
fn nothing(what: &str) -> Absent {
    Absent { kind: Kind::Note, sentence: format!("nothing to accept: keyward finds {what}") }
}

/// It may still be there, and is not known again.
fn unknown(reason: &str) -> Absent {
    Absent { kind: Kind::Left, sentence: format!("not accepted: {reason}") }
}

/// Findings by the digests of their secrets, and pieces of lines by theirs, as far as anybody asks.
struct Digests<'f> {
    findings: HashMap<(&'f str, String), Vec<&'f Finding>>,
    pieces: HashMap<Place, BTreeMap<String, String>>,
}

impl<'f> Digests<'f> {
    fn new(known: &[Known], tree: &[&'f Finding], lines: &mut Lines<'_>) -> Self {
        let mut wanted: BTreeMap<(&str, u32), BTreeSet<&str>> = BTreeMap::new();
        let mut any = false;
        for Known { path, mark, .. } in known {
            if let Mark::Digest { sha1, line } = mark {
                any = true;
                wanted.entry((path, line.unwrap_or(0))).or_default().insert(sha1);
            }
        }
        let mut digests = Self { findings: HashMap::new(), pieces: HashMap::new() };
        if !any {
            return digests;
        }
        for finding in tree {
            let location = &finding.location;
            if let Some(own) = revealed(finding).and_then(digest) {
                digests.findings.entry((&location.path, own)).or_default().push(finding);
            }
            if !finding.origin.archive.is_empty() {
                continue;
            }
            // Only lines in which something stands are looked at.
            let lines_of = (location.path.as_str(), location.start_line)..=(location.path.as_str(), location.end_line);
            for ((path, line), wanted) in wanted.range(lines_of) {
                let place = ((*path).to_owned(), *line);
                digests.pieces.entry(place).or_insert_with(|| pieces(&lines.at(path, *line), wanted));
            }
        }
        digests
    }
}

/// The findings that `known` means.
fn lookup<'f>(
    known: &Known,
    tree: &[&'f Finding],
    versions: &'f Versions,
    digests: &Digests<'f>,
) -> Result<Vec<&'f Finding>, Absent> {
    let path = known.path.as_str();
    // Findings are sorted by path.
    let first = tree.partition_point(|finding| finding.location.path.as_str() < path);
    let count = tree[first..].partition_point(|finding| finding.location.path == path);
    let in_tree = &tree[first..first + count];
    match &known.mark {
        Mark::Line { line, commit: None } => at_line(in_tree, *line, &known.rules),
        Mark::Line { line, commit: Some(commit) } => match versions.get(&(commit.clone(), path.to_owned())) {
            Some(Ok(found)) => at_line(&found.iter().collect::<Vec<_>>(), *line, &known.rules),
            Some(Err(reason)) => Err(unknown(reason)),
            None => Err(unknown("its version was not looked up")),
        },
        Mark::Digest { sha1, line } => match digests.findings.get(&(path, sha1.clone())) {
            Some(same) => Ok(same.clone()),
            None => by_piece(in_tree, sha1, *line, digests),
        },
    }
}

/// What begins in `line`, found by one of `rules` when some are named.
fn at_line<'f>(found: &[&'f Finding], line: u32, rules: &[String]) -> Result<Vec<&'f Finding>, Absent> {
    let there = standing_in(found, line);
    let Some(first) = there.first() else { return Err(nothing("no key in that line")) };
    let fits = |finding: &&Finding| rules.is_empty() || rules.iter().any(|rule| rule == finding.rule.as_str());
    let fitting: Vec<&Finding> = there.iter().copied().filter(fits).collect();
    if fitting.is_empty() {
        return Err(unknown(&format!("another kind of key stands in that line now (`{}`)", first.rule)));
    }
    Ok(fitting)
}

fn standing_in<'f>(found: &[&'f Finding], line: u32) -> Vec<&'f Finding> {
    let is_there = |finding: &&Finding| (finding.location.start_line..=finding.location.end_line).contains(&line);
    found.iter().copied().filter(is_there).collect()
}

/// What stands in `line` and holds, or lies in, a piece of it that has the digest.
fn by_piece<'f>(
    found: &[&'f Finding],
    sha1: &str,
    line: Option<u32>,
    digests: &Digests<'f>,
) -> Result<Vec<&'f Finding>, Absent> {
    let Some(line) = line else { return Err(nothing("no key with this digest in the file")) };
    let there = standing_in(found, line);
    let Some(first) = there.first() else { return Err(nothing("no key there")) };
    let pieces = digests.pieces.get(&(first.location.path.clone(), line));
    let Some(piece) = pieces.and_then(|pieces| pieces.get(sha1)) else {
        return Err(unknown("its line holds another text than the one that was listed"));
    };
    let is_about = |secret: &str| secret.contains(piece.as_str()) || piece.contains(secret);
    let about: Vec<&Finding> = there.into_iter().filter(|finding| revealed(finding).is_some_and(is_about)).collect();
    if about.is_empty() { Err(nothing("another key there")) } else { Ok(about) }
}
