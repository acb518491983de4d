//! What stands at the places that another scanner names.
//!
//! The repository is scanned once with keyward's rules and those that were taken over. Findings are then told by what the other scanner kept of them:
//! their line, in the files or in a commit, or the digest of what it took for the secret. A line may hold another secret by now; so where only a line
//! is known the rule must fit, and where a digest is known a piece of the line must still have it. What is found becomes an entry of the baseline or
//! an exception, and both name the secret by its content.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs::{self, File},
    io::{Read as _, Write as _},
    path::Path,
};

use crate::{
    import::{Exception, Fate, Kind, Known, Mark, Plan, Said, Subject, config},
    input::git::Repository,
    model::{Finding, Group},
    pipeline::{Error, GivenText, Run},
    suppress::{Baseline, baseline::Entry},
};

/// Bytes of the largest file of which a line is looked at.
const LARGEST: u64 = 64 << 20;
/// Bytes of versions of files that are looked through together.
const TOGETHER: usize = 32 << 20;
/// Versions of files that are looked up.
const MOST_VERSIONS: usize = 5_000;
/// Characters of a line in which a digest is looked for.
const LONGEST_LINE: usize = 8 << 10;
/// Words of a line between which a digested text may begin and end.
const MOST_WORDS: usize = 120;
/// Shorter pieces stand in every other line.
const SHORTEST_PIECE: usize = 8;
/// Characters of the longest text that is digested.
const LONGEST_TEXT: usize = 1_000;

/// Looks up all that `plan` names in the repository at `root`. What is accepted comes back; exceptions and sentences are added to `plan`.
///
/// # Errors
/// [`Error`].
pub(super) fn resolve(plan: &mut Plan, root: &Path) -> Result<Baseline, Error> {
    let known = std::mem::take(&mut plan.known);
    let conditions = std::mem::take(&mut plan.conditions);
    if known.is_empty() && conditions.is_empty() {
        return Ok(Baseline::default());
    }
    // The rules only: what the exceptions silence must be found here.
    let (tree, versions) = with_config(&config(&plan.with_rules_only(), "the rules"), |path| {
        let args = super::scan_args(root, path);
        let tree = Run::new(&args)?.collect(None)?.findings;
        let versions = versions(&known, root, |texts| Ok(Run::new(&args)?.over_texts(texts).collect(None)?.findings))?;
        Ok((tree, versions))
    })?;
    let mut lines = LinesOf::new(root);
    for condition in conditions {
        let mut held = 0;
        for finding in tree.iter().filter(|finding| finding.group == Group::Secrets) {
            let (Some(secret), Some(line)) = (revealed(finding), lines.at(finding)) else { continue };
            let subject = Subject { path: &finding.location.path, secret, line: &line };
            if condition.holds(finding.rule.as_str(), &subject) {
                held += 1;
                plan.except(&condition.place, exception(finding, None, &condition.reason));
            }
        }
        let found = match held {
            0 => "nothing of what is found now fits".to_owned(),
            1 => "the one finding that fits now is an exception".to_owned(),
            many => format!("the {many} findings that fit now are exceptions"),
        };
        let sentence = format!(
            "{} hold for the present only, because keyward's exceptions name secrets and not their looks: {found}",
            condition.what
        );
        plan.said.push(Said { place: condition.place, kind: Kind::Left, sentence });
    }
    let mut accepted = BTreeSet::new();
    for known in known {
        match lookup(&known, &tree, &versions, &mut lines) {
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

/// A version of a file.
type Version = (String, String);

/// What a version holds, or why it cannot be looked at.
type Versions = HashMap<Version, Result<Vec<Finding>, String>>;

/// Looks through the versions of files that `known` names. They are read from git's objects, whatever the working tree holds.
fn versions(
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
    let repository = Repository::discover(root).ok();
    let mut commits = BTreeMap::new();
    let (mut texts, mut size) = (Vec::new(), 0);
    for (number, version) in named.into_iter().enumerate() {
        let (commit, path) = &version;
        let text = match &repository {
            _ if number >= MOST_VERSIONS => {
                Err(format!("more than {MOST_VERSIONS} versions of files are named, and this one was not looked up"))
            }
            None => Err("there is no git repository here in which its commit could be looked up".to_owned()),
            Some(repository) => {
                let id = commits.entry(commit.clone()).or_insert_with(|| repository.commit(commit).ok());
                match id {
                    None => Err("its commit is not in this repository (rewritten, or not fetched)".to_owned()),
                    Some(id) => match repository.file_at(*id, path, LARGEST) {
                        Ok(Some(text)) => Ok(text),
                        Ok(None) => Err("its commit has no such file".to_owned()),
                        Err(reason) => Err(format!("its file cannot be read in that commit: {reason}")),
                    },
                }
            }
        };
        match text {
            Err(reason) => _ = found.insert(version, Err(reason)),
            Ok(bytes) => {
                size += bytes.len();
                texts.push(GivenText { commit: commit.clone(), path: path.clone(), bytes });
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

fn sort_in(findings: Vec<Finding>, versions: &mut Versions) {
    for finding in findings {
        let Some(commit) = finding.origin.commit.clone() else { continue };
        if let Some(Ok(of_version)) = versions.get_mut(&(commit, finding.location.path.clone())) {
            of_version.push(finding);
        }
    }
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

/// The findings that `known` means.
fn lookup<'f>(
    known: &Known,
    tree: &'f [Finding],
    versions: &'f Versions,
    lines: &mut LinesOf<'_>,
) -> Result<Vec<&'f Finding>, Absent> {
    let path = known.path.as_str();
    let in_tree = || {
        // Findings are sorted by path.
        let first = tree.partition_point(|finding| finding.location.path.as_str() < path);
        let of_path = tree[first..].iter().take_while(|finding| finding.location.path == path);
        of_path.filter(|finding| finding.group == Group::Secrets).collect::<Vec<_>>()
    };
    match &known.mark {
        Mark::Line { line, commit: None } => at_line(&in_tree(), *line, &known.rules),
        Mark::Line { line, commit: Some(commit) } => match versions.get(&(commit.clone(), path.to_owned())) {
            Some(Ok(found)) => at_line(&found.iter().collect::<Vec<_>>(), *line, &known.rules),
            Some(Err(reason)) => Err(unknown(reason)),
            None => Err(unknown("its version was not looked up")),
        },
        Mark::Digest { sha1, line } => by_digest(&in_tree(), sha1, *line, lines),
    }
}

/// What begins in `line`, found by one of `rules` when some are named.
fn at_line<'f>(found: &[&'f Finding], line: u32, rules: &[String]) -> Result<Vec<&'f Finding>, Absent> {
    let is_there = |finding: &&Finding| (finding.location.start_line..=finding.location.end_line).contains(&line);
    let there: Vec<&Finding> = found.iter().copied().filter(is_there).collect();
    let Some(first) = there.first() else {
        return Err(nothing("no key in that line"));
    };
    let fits = |finding: &&Finding| rules.is_empty() || rules.iter().any(|rule| rule == finding.rule.as_str());
    let fitting: Vec<&Finding> = there.iter().copied().filter(fits).collect();
    if fitting.is_empty() {
        return Err(unknown(&format!("another kind of key stands in that line now (`{}`)", first.rule)));
    }
    Ok(fitting)
}

/// What has this digest, or holds a text in its line that has it.
fn by_digest<'f>(
    found: &[&'f Finding],
    sha1: &str,
    line: Option<u32>,
    lines: &mut LinesOf<'_>,
) -> Result<Vec<&'f Finding>, Absent> {
    let has_it = |finding: &&Finding| revealed(finding).and_then(digest).is_some_and(|own| own == sha1);
    let same: Vec<&Finding> = found.iter().copied().filter(has_it).collect();
    if !same.is_empty() {
        return Ok(same);
    }
    let Some(line) = line else {
        return Err(nothing("no key with this digest in the file"));
    };
    let is_there = |finding: &&&Finding| (finding.location.start_line..=finding.location.end_line).contains(&line);
    let there: Vec<&Finding> = found.iter().filter(is_there).copied().collect();
    let Some(first) = there.first() else {
        return Err(nothing("no key there"));
    };
    let text = lines.line(first, line).unwrap_or_default();
    let Some(piece) = piece_with(&text, sha1).filter(|piece| piece.len() >= SHORTEST_PIECE) else {
        return Err(unknown("its line holds another text than the one that was listed"));
    };
    let is_about = |finding: &&Finding| {
        revealed(finding)
            .is_some_and(|secret| secret.contains(&piece) || piece.contains(secret.trim_matches(['"', '\''])))
    };
    let about: Vec<&Finding> = there.into_iter().filter(is_about).collect();
    if about.is_empty() { Err(nothing("another key there")) } else { Ok(about) }
}

/// The piece of `line`, from the edge of a word to the edge of a word, whose digest is `sha1`.
fn piece_with(line: &str, sha1: &str) -> Option<String> {
    let line: String = line.chars().take(LONGEST_LINE).collect();
    let mut edges = Vec::new();
    let mut before = None;
    for (at, c) in line.char_indices() {
        let is_word = c.is_alphanumeric();
        // Every sign is an edge of its own: what is taken for a secret may begin with one.
        if before.is_none_or(|before| before != is_word || !is_word) {
            edges.push(at);
        }
        before = Some(is_word);
    }
    edges.push(line.len());
    for (number, start) in edges.iter().enumerate() {
        for end in edges[number + 1..].iter().take(MOST_WORDS) {
            let piece = &line[*start..*end];
            if piece.len() > LONGEST_TEXT {
                break;
            }
            if digest(piece).is_some_and(|own| own == sha1) {
                return Some(piece.to_owned());
            }
        }
    }
    None
}

/// SHA-1 in hexadecimal, by which detect-secrets knows texts again. A text that was made to collide has none.
fn digest(text: &str) -> Option<String> {
    let mut hasher = gix_hash::hasher(gix_hash::Kind::Sha1);
    hasher.update(text.as_bytes());
    Some(hasher.try_finalize().ok()?.to_hex().to_string())
}

/// Lines of files in which something was found.
struct LinesOf<'r> {
    root: &'r Path,
    /// The file that was read last: findings come by path.
    last: Option<(String, Vec<u8>)>,
}

impl<'r> LinesOf<'r> {
    fn new(root: &'r Path) -> Self {
        Self { root, last: None }
    }

    /// The line in which `finding` begins; nothing where it is in an archive.
    fn at(&mut self, finding: &Finding) -> Option<String> {
        if !finding.origin.archive.is_empty() {
            return Some(String::new());
        }
        self.line(finding, finding.location.start_line)
    }

    /// A line of the file of `finding`.
    fn line(&mut self, finding: &Finding, line: u32) -> Option<String> {
        let path = &finding.location.path;
        if self.last.as_ref().is_none_or(|(last, _)| last != path) {
            self.last = Some((path.clone(), self.read(path).unwrap_or_default()));
        }
        let (_, bytes) = self.last.as_ref()?;
        let text = bytes.split(|byte| *byte == b'\n').nth(usize::try_from(line).ok()?.checked_sub(1)?);
        Some(text.map(|text| String::from_utf8_lossy(text).trim_end_matches('\r').to_owned()).unwrap_or_default())
    }

    fn read(&self, path: &str) -> Option<Vec<u8>> {
        let path = self.root.join(path);
        if !fs::symlink_metadata(&path).ok()?.is_file() {
            return None;
        }
        let mut bytes = Vec::new();
        File::open(path).ok()?.take(LARGEST).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_the_one_that_everybody_knows() {
        assert_eq!(digest("abc").unwrap(), "a9993e364706816aba3e25717850c26c9cd0d89d");
    }

    #[test]
    fn the_text_that_was_digested_is_found_in_its_line() {
        let line = "password = 'hunter2-and more'  # -----BEGIN RSA PRIVATE KEY-----";
        for piece in ["hunter2-and more", "BEGIN RSA PRIVATE KEY", "'hunter2", "password"] {
            assert_eq!(piece_with(line, &digest(piece).unwrap()).as_deref(), Some(piece));
        }
        assert_eq!(piece_with(line, &digest("unter2").unwrap()), None, "pieces end where words do");
    }

    #[test]
    fn a_line_of_nothing_but_signs_takes_no_time() {
        assert_eq!(piece_with(&"-".repeat(1 << 20), &digest("x").unwrap()), None);
    }
}
