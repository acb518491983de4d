//! What stands at the places that another scanner names.
//!
//! The repository is scanned once with keyward's rules and those that were taken over. Findings are then told by what the other scanner kept of them:
//! their line, in the files or in a commit, or the digest of what it took for the secret. A line may hold another secret by now; so where only a line
//! is known the rule must fit, and where a digest is known a piece of the line must still have it. What is found becomes an entry of the baseline or
//! an exception, and both name the secret by its content. A secret that somebody called real becomes neither, wherever else it is listed.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io::Write as _,
    path::Path,
};

use super::{
    lines::{Lines, MOST_PIECES, Place, digest, pieces},
    versions::{Versions, versions},
};
use crate::{
    import::{self, Condition, Exception, Fate, Kind, Known, MOST_SEARCHED, Mark, Plan, Said, Subject, config},
    model::{Finding, Fingerprint, Group, PathGlob},
    pipeline::{Error, Run},
    suppress::{Baseline, baseline::Entry},
};

/// Looks up all that `plan` names in the repository at `root`. What is accepted comes back; exceptions and sentences are added to `plan`.
///
/// # Errors
/// [`Error`].
pub(super) fn resolve(plan: &mut Plan, root: &Path) -> Result<Baseline, Error> {
    let mut known = std::mem::take(&mut plan.known);
    for known in &mut known {
        known.path = below(&known.path, root);
    }
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
        let place = import::Place::file("the repository");
        plan.said.push(Said { place, kind: Kind::Unread, sentence: sentence.to_owned() });
    }
    let tree: Vec<&Finding> = outcome.findings.iter().filter(|finding| finding.group == Group::Secrets).collect();
    let mut lines = Lines::new(root);
    let digests = Digests::new(&known, &tree, &mut lines, MOST_PIECES);
    let refused = Refused::new(&known, &tree, &versions, &digests);
    conditions(plan, &tree, &refused, &mut lines);
    let mut accepted = BTreeSet::new();
    // Those that are refused were said to be where they were read.
    for known in known.iter().filter(|known| known.fate != Fate::Refuse) {
        let found = if refused.lists(known) { Err(real()) } else { lookup(known, &tree, &versions, &digests) };
        match found {
            Ok(found) if found.iter().any(|finding| refused.holds(finding)) => plan.said.push(real().of(known)),
            Ok(found) => {
                for finding in found {
                    match &known.fate {
                        Fate::Allow(reason) => except(plan, &known.place, finding, Reach::File, reason),
                        Fate::Accept | Fate::Refuse => _ = accepted.insert(Entry::of(finding)),
                    }
                }
            }
            Err(absent) => plan.said.push(absent.of(known)),
        }
    }
    Ok(accepted.into_iter().collect())
}

/// `path` as findings in the repository at `root` have it. Other scanners keep paths as they were called: from here, or from the root of the disk.
fn below(path: &str, root: &Path) -> String {
    let root = root.to_string_lossy().replace('\\', "/");
    let inside = path.strip_prefix(root.as_str()).and_then(|rest| rest.strip_prefix('/'));
    let mut path = inside.unwrap_or(path);
    while let Some(rest) = path.strip_prefix("./") {
        path = rest.trim_start_matches('/');
    }
    path.to_owned()
}

/// What is known to be a secret, and is never accepted.
struct Refused<'k> {
    digests: BTreeSet<&'k str>,
    secrets: BTreeSet<Fingerprint>,
}

impl<'k> Refused<'k> {
    fn new(known: &'k [Known], tree: &[&Finding], versions: &Versions, digests: &Digests<'_>) -> Self {
        let mut refused = Self { digests: BTreeSet::new(), secrets: BTreeSet::new() };
        for known in known.iter().filter(|known| known.fate == Fate::Refuse) {
            if let Mark::Digest { sha1, .. } = &known.mark {
                refused.digests.insert(sha1);
            }
            let found = lookup(known, tree, versions, digests).unwrap_or_default();
            refused.secrets.extend(found.into_iter().map(|finding| Entry::of(finding).fingerprint));
        }
        // The same text may stand in files for which nobody was asked.
        let everywhere = digests.findings.iter().filter(|((_, sha1), _)| refused.digests.contains(sha1.as_str()));
        let everywhere: Vec<&Finding> = everywhere.flat_map(|(_, found)| found.iter().copied()).collect();
        refused.secrets.extend(everywhere.into_iter().map(|finding| Entry::of(finding).fingerprint));
        refused
    }

    /// Whether the text that `known` lists was called a secret in another entry.
    fn lists(&self, known: &Known) -> bool {
        matches!(&known.mark, Mark::Digest { sha1, .. } if self.digests.contains(sha1.as_str()))
    }

    fn holds(&self, finding: &Finding) -> bool {
        !self.secrets.is_empty() && self.secrets.contains(&Entry::of(finding).fingerprint)
    }
}

/// Makes exceptions of what fits the conditions of `plan` now.
fn conditions(plan: &mut Plan, tree: &[&Finding], refused: &Refused<'_>, lines: &mut Lines<'_>) {
    let conditions = std::mem::take(&mut plan.conditions);
    if conditions.is_empty() {
        return;
    }
    let mut findings = Vec::new();
    let mut subjects: Vec<Subject<'_>> = Vec::new();
    for finding in tree {
        let Some(secret) = revealed(finding).filter(|_| !refused.holds(finding)) else { continue };
        let (rule, path, line) = (finding.rule.as_str(), finding.location.path.as_str(), lines.of(finding));
        // A line may hold hundreds of keys.
        let same = subjects.last().map(|last| &last.line).filter(|last| ***last == *line).cloned();
        subjects.push(Subject { rule, path, secret, line: same.unwrap_or_else(|| line.into()) });
        findings.push(*finding);
    }
    let copies = Copies::new(&subjects);
    let mut left = MOST_SEARCHED;
    for condition in conditions {
        let Condition { place, what, reason, .. } = &condition;
        let Some(held) = condition.held(&subjects, &mut left) else {
            let sentence = format!(
                "{what} were not tried: patterns and findings are more than is looked through; accept what they are for with `keyward baseline create`"
            );
            plan.said.push(Said { place: place.clone(), kind: Kind::Unread, sentence });
            continue;
        };
        let whole = copies.whole(&held);
        // What a path or a line says of a key does not hold for the same key elsewhere.
        let reach = if condition.is_of_a_place() { Reach::File } else { Reach::Everywhere };
        for at in &whole {
            except(plan, place, findings[*at], reach, reason);
        }
        let found = match whole.len() {
            0 => "nothing of what is found now fits".to_owned(),
            1 => "the one finding that fits now is an exception".to_owned(),
            many => format!("the {many} findings that fit now are exceptions"),
        };
        let others = match held.len() - whole.len() {
            0 => String::new(),
            others => format!("; {others} more fit, and their keys stand in the same file where nothing does"),
        };
        let sentence = format!(
            "{what} hold for the present only, because keyward's exceptions name secrets and not their looks: {found}{others}"
        );
        plan.said.push(Said { place: place.clone(), kind: Kind::Left, sentence });
    }
}

/// Findings of one rule and one secret in one file: an exception is for all of them.
struct Copies {
    /// For each finding the number of its group.
    group: Vec<usize>,
    sizes: Vec<usize>,
}

impl Copies {
    fn new(subjects: &[Subject<'_>]) -> Self {
        let mut numbers = HashMap::new();
        let (mut group, mut sizes) = (Vec::new(), Vec::new());
        for Subject { rule, path, secret, .. } in subjects {
            let number = *numbers.entry((rule, path, secret)).or_insert(sizes.len());
            sizes.resize(sizes.len().max(number + 1), 0);
            sizes[number] += 1;
            group.push(number);
        }
        Self { group, sizes }
    }

    /// Those of `held` whose copies are all held.
    fn whole(&self, held: &[usize]) -> Vec<usize> {
        let mut counts: HashMap<usize, usize> = HashMap::new();
        for at in held {
            *counts.entry(self.group[*at]).or_default() += 1;
        }
        held.iter().copied().filter(|at| counts[&self.group[*at]] == self.sizes[self.group[*at]]).collect()
    }
}

/// Calls `work` with a file that holds the configuration `text`.
pub(super) fn with_config<T>(text: &str, work: impl FnOnce(&Path) -> Result<T, Error>) -> Result<T, Error> {
    let unwritable = |source| Error::Unwritable { path: "a temporary file".into(), source };
    let mut file = tempfile::Builder::new().suffix(".toml").tempfile().map_err(unwritable)?;
    file.write_all(text.as_bytes()).map_err(unwritable)?;
    work(file.path()).map_err(|error| match error {
        // Nobody has seen the file, and nobody finds it afterwards.
        Error::Config(error) => Error::Usage {
            problem: format!(
                "what would be keyward.toml cannot be used: {}",
                error.to_string().replace(&file.path().display().to_string(), "keyward.toml")
            ),
            help: "take what it names out of the other scanner's files, and write it into keyward.toml by hand"
                .to_owned(),
        },
        other => other,
    })
}

/// Where an exception holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// In the file of the finding.
    File,
    Everywhere,
}

/// Adds an exception for `finding`, or says that there can be none: without its path it would hide more.
fn except(plan: &mut Plan, place: &import::Place, finding: &Finding, reach: Reach, reason: &str) {
    let path = (reach == Reach::File).then(|| glob_of(&finding.location.path));
    if path == Some(None) {
        let Absent { kind, sentence } = unknown("its path is too long for an exception");
        plan.said.push(Said { place: place.clone(), kind, sentence });
        return;
    }
    let exception = Exception {
        rule: Some(finding.rule.to_string()),
        path: path.flatten(),
        fingerprint: finding.secret.as_ref().map(|secret| secret.fingerprint.to_string()),
        reason: reason.to_owned(),
    };
    plan.except(place, exception);
}

/// The glob that matches `path` and nothing else beside it.
fn glob_of(path: &str) -> Option<String> {
    let mut glob = String::from("/");
    for (at, c) in path.char_indices() {
        let is_last = at + c.len_utf8() == path.len();
        match c {
            '*' | '?' | '[' | ']' | '{' | '}' | ',' | '\\' => glob.extend(['\\', c]),
            // Blanks at the end are trimmed when the configuration is read.
            c if is_last && c.is_whitespace() => glob.extend(['[', c, ']']),
            c => glob.push(c),
        }
    }
    PathGlob::new(&glob).is_ok().then_some(glob)
}

fn revealed(finding: &Finding) -> Option<&str> {
    finding.secret.as_ref()?.revealed.as_deref()
}

/// Why there is nothing to accept, or why it is not accepted.
struct Absent {
    kind: Kind,
    sentence: String,
}

impl Absent {
    fn of(self, known: &Known) -> Said {
        Said { place: known.place.clone(), kind: self.kind, sentence: self.sentence }
    }
}

/// keyward finds nothing there, so that nobody is stopped by it either.
fn nothing(what: &str) -> Absent {
    Absent { kind: Kind::Note, sentence: format!("nothing to accept: keyward finds {what}") }
}

/// It may still be there, and is not known again.
fn unknown(reason: &str) -> Absent {
    Absent { kind: Kind::Left, sentence: format!("not accepted: {reason}") }
}

/// Somebody said of the same text that it is a secret.
fn real() -> Absent {
    unknown("the same text is listed elsewhere as a real secret: revoke it")
}

/// Findings by the digests of their secrets, and pieces of lines by theirs, as far as anybody asks.
struct Digests<'f> {
    findings: HashMap<(&'f str, String), Vec<&'f Finding>>,
    /// None where no more pieces are looked through.
    pieces: HashMap<Place, Option<BTreeMap<String, String>>>,
}

impl<'f> Digests<'f> {
    /// Of the lines that are listed, `most` pieces are digested in all.
    fn new(known: &[Known], tree: &[&'f Finding], lines: &mut Lines<'_>, most: usize) -> Self {
        let mut left = most;
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
            if let Some(own) = revealed(finding).and_then(digest) {
                digests.findings.entry((&finding.location.path, own)).or_default().push(finding);
            }
        }
        // What is a secret itself is not looked for in lines.
        for ((path, _), wanted) in &mut wanted {
            wanted.retain(|sha1| !digests.findings.contains_key(&(*path, (*sha1).to_owned())));
        }
        wanted.retain(|_, wanted| !wanted.is_empty());
        for finding in tree.iter().filter(|finding| finding.origin.archive.is_empty()) {
            let location = &finding.location;
            // Only lines in which something stands are looked at.
            let lines_of = (location.path.as_str(), location.start_line)..=(location.path.as_str(), location.end_line);
            for ((path, line), wanted) in wanted.range(lines_of) {
                let place = ((*path).to_owned(), *line);
                digests.pieces.entry(place).or_insert_with(|| pieces(&lines.at(path, *line), wanted, &mut left));
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
    let in_tree = standing_at(tree, path);
    match &known.mark {
        Mark::Line { line, commit: None } => at_line(&in_tree, *line, &known.rules),
        Mark::Line { line, commit: Some(commit) } => match versions.get(&(commit.clone(), path.to_owned())) {
            Some(Ok(found)) => {
                let in_file: Vec<&Finding> = found.iter().filter(|found| found.origin.archive.is_empty()).collect();
                at_line(&in_file, *line, &known.rules)
            }
            Some(Err(reason)) => Err(unknown(reason)),
            None => Err(unknown("its version was not looked up")),
        },
        Mark::Digest { sha1, line } => match digests.findings.get(&(path, sha1.clone())) {
            Some(same) => Ok(same.clone()),
            None => by_piece(&in_tree, sha1, *line, digests),
        },
    }
}

/// Signs in a path that may lead into an archive. None is unpacked so deep, and each is looked up.
const MOST_NESTED: usize = 8;

/// What stands in the file at `path`, which may lead into archives: `outer.zip!inner/name`, as gitleaks writes it.
fn standing_at<'f>(tree: &[&'f Finding], path: &str) -> Vec<&'f Finding> {
    let in_way = |(path, archive): (&str, Vec<&str>)| {
        let side = |finding: &&Finding| {
            let names = finding.origin.archive.iter().map(String::as_str);
            finding.location.path.as_str().cmp(path).then_with(|| names.cmp(archive.iter().copied()))
        };
        // Findings are sorted by path and the way through archives.
        let first = tree.partition_point(|finding| side(finding).is_lt());
        let count = tree[first..].partition_point(|finding| side(finding).is_eq());
        tree[first..first + count].to_vec()
    };
    ways(path).flat_map(in_way).collect()
}

/// What `path` may mean: a file, or one and the way through archives from there on.
fn ways(path: &str) -> impl Iterator<Item = (&str, Vec<&str>)> {
    let inside = path.match_indices('!').take(MOST_NESTED);
    let inside = inside.map(|(at, _)| (&path[..at], path[at + 1..].split('!').collect()));
    std::iter::once((path, Vec::new())).chain(inside)
}

/// What begins in `line`, found by one of `rules`.
fn at_line<'f>(found: &[&'f Finding], line: u32, rules: &[String]) -> Result<Vec<&'f Finding>, Absent> {
    let there = standing_in(found, line);
    let Some(first) = there.first() else { return Err(nothing("no key in that line")) };
    let fits = |finding: &&Finding| rules.iter().any(|rule| rule == finding.rule.as_str());
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
    if pieces.is_some_and(Option::is_none) {
        return Err(unknown(
            "the lines that are listed have more pieces than are looked through; accept it with `keyward baseline create`",
        ));
    }
    let Some(piece) = pieces.and_then(Option::as_ref).and_then(|pieces| pieces.get(sha1)) else {
        return Err(unknown("its line holds another text than the one that was listed"));
    };
    let is_about = |secret: &str| secret.contains(piece.as_str()) || piece.contains(secret);
    let about: Vec<&Finding> = there.into_iter().filter(|finding| revealed(finding).is_some_and(is_about)).collect();
    if about.is_empty() { Err(nothing("another key there")) } else { Ok(about) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::rules::template::expand;

    #[test]
    fn a_line_whose_pieces_are_too_many_is_not_accepted_and_that_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let key = expand("sk-proj-{url64:74}T3BlbkFJ{url64:74}", "pieces");
        fs::write(folder.path().join("a.py"), format!("k = '{key}'\n")).unwrap();
        let outcome = with_config("", |path| Run::new(&super::super::scan_args(folder.path(), path))?.collect(None));
        let outcome = outcome.unwrap();
        let tree: Vec<&Finding> = outcome.findings.iter().collect();
        let known = [Known {
            place: import::Place::file("x"),
            path: "a.py".to_owned(),
            mark: Mark::Digest { sha1: digest(&format!("'{key}'")).unwrap(), line: Some(1) },
            rules: Vec::new(),
            fate: Fate::Accept,
        }];
        let (mut lines, none) = (Lines::new(folder.path()), Versions::new());
        let mut found = |most| {
            let digests = Digests::new(&known, &tree, &mut lines, most);
            let found = lookup(&known[0], &tree, &none, &digests);
            found.map(|found| found.len()).map_err(|absent| (absent.kind, absent.sentence))
        };
        assert_eq!(found(MOST_PIECES), Ok(1));
        let (kind, sentence) = found(3).unwrap_err();
        assert_eq!(kind, Kind::Left);
        assert!(sentence.starts_with("not accepted: the lines that are listed have more pieces"), "{sentence}");
    }

    #[test]
    fn a_path_is_followed_into_archives_from_its_first_signs_on() {
        assert_eq!(ways("a!b!c").collect::<Vec<_>>(), [("a!b!c", vec![]), ("a", vec!["b", "c"]), ("a!b", vec!["c"])]);
        assert_eq!(ways(&"a!".repeat(1_000)).count(), 1 + MOST_NESTED);
    }

    #[test]
    fn the_glob_of_a_path_matches_that_path_and_no_other() {
        for (path, other) in
            [("a[bc].x", "ab.x"), ("*.x", "a.x"), ("{a,b}", "a"), ("a?", "ab"), ("a\\b", "ab"), ("a ", "a")]
        {
            let glob = PathGlob::new(&glob_of(path).unwrap()).unwrap();
            assert!(glob.matches(path) && !glob.matches(other) && !glob.matches(&format!("x/{path}")), "{path}");
        }
        assert_eq!(glob_of(&"a".repeat(2_000)), None);
    }
}
