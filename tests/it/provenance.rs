//! Where things come from: held against a plain walk over all commits, in small histories of every shape, in forged ones, and in damaged ones.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use keyward::{
    input::{
        Entry, Visitor,
        git::{Choice, History, Options, Repository, Sift},
    },
    model::Piece,
};

use proptest::prelude::*;
use serde_json::Value;

use crate::{
    git::{commit, json, places},
    hook::{Repo, secret},
    support::Ran,
};

fn history(repo: &Repo, more: &[&str]) -> Ran {
    repo.keyward(&[&["--history", "-f", "json", "--skip", "key-older-than"], more].concat())
}

fn codes(ran: &Ran) -> Vec<String> {
    let report = json(ran);
    let codes = report["notices"].as_array().unwrap().iter().map(|notice| notice["code"].as_str().unwrap().to_owned());
    codes.collect()
}

/// Exit code, codes of notices, and whether the run calls itself complete.
fn said(ran: &Ran) -> (i32, Vec<String>, bool) {
    (ran.code, codes(ran), json(ran)["coverage"]["complete"].as_bool().unwrap())
}

/// A tree of any entries: forged ones hold a name twice, or folders without end.
fn tree(repo: &Repo, entries: impl IntoIterator<Item = (&'static str, String, String)>) -> String {
    let lines: String = entries.into_iter().fold(String::new(), |mut all, (kind, id, name)| {
        writeln!(all, "{kind} {id}\t{name}").unwrap();
        all
    });
    repo.git_with_input(&["mktree"], &lines)
}

const TREE: &str = "040000 tree";
const BLOB: &str = "100644 blob";

fn blob(repo: &Repo, content: &str) -> String {
    repo.git_with_input(&["hash-object", "-w", "--stdin"], content)
}

/// Makes `tree` that of HEAD, without parents.
fn set_head(repo: &Repo, tree: &str) {
    let made = repo.try_git(&["commit-tree", tree, "-m", "forged"]).stdout;
    repo.git(&["update-ref", "HEAD", made.trim()]);
}

#[test]
fn a_clean_history_has_nothing_to_say() {
    let repo = Repo::new();
    repo.file("in/a.txt", "nothing\n");
    commit(&repo, "clean");
    let ran = history(&repo, &[]);
    assert_eq!(said(&ran), (0, vec![], true));
    assert_eq!(json(&ran)["notices"], serde_json::json!([]));
}

#[test]
fn folders_that_hold_one_name_many_times_end() {
    let repo = Repo::new();
    let mut below = tree(&repo, [(BLOB, blob(&repo, &secret("a")), "f.py".to_owned())]);
    for _ in 0..12 {
        below = tree(&repo, vec![(TREE, below, "d".to_owned()); 10]);
    }
    set_head(&repo, &below);
    for more in [&[][..], &["d"]] {
        let ran = history(&repo, more);
        assert_eq!(places(&ran), [format!("{}f.py:1", "d/".repeat(12))], "{more:?}");
        assert_eq!(said(&ran), (1, vec![], true), "{more:?}");
        assert_eq!(json(&ran)["findings"][0]["origin"]["in_head"], true);
    }
}

#[test]
fn paths_that_multiply_end_in_a_notice_when_they_are_asked_for_one_by_one() {
    let repo = Repo::new();
    let mut below = tree(&repo, [(BLOB, blob(&repo, &secret("a")), "f.py".to_owned())]);
    for _ in 0..8 {
        below = tree(&repo, (0..10).map(|name| (TREE, below.clone(), format!("{name}{}", "n".repeat(2000)))));
    }
    set_head(&repo, &below);
    let ran = history(&repo, &[]);
    assert_eq!((said(&ran), places(&ran).len()), ((1, vec![], true), 1));
    // None of a hundred million paths is this one, and that cannot be known.
    let ran = history(&repo, &["nowhere"]);
    assert_eq!(said(&ran), (2, vec!["too-many-folders".to_owned()], false));
    assert_eq!(places(&ran).len(), 1, "what may be asked for is read");
}

#[test]
fn objects_that_are_gone_are_named() {
    let repo = Repo::new();
    repo.file("in/old.txt", "old\n").file("in/deep/b.txt", "b\n");
    commit(&repo, "old");
    repo.git(&["rm", "-q", "-r", "in"]).file("now.txt", "now\n");
    commit(&repo, "now");
    let id = |name: &str| repo.try_git(&["rev-parse", name]).stdout.trim().to_owned();
    let object = |id: &str| repo.path(&format!(".git/objects/{}/{}", &id[..2], &id[2..]));
    let cases = [
        ("an old file", id("HEAD~1:in/old.txt")),
        ("an old folder", id("HEAD~1:in/deep")),
        ("the folder of an old commit", id("HEAD~1^{tree}")),
        ("an old commit", id("HEAD~1")),
    ];
    for with_targets in [false, true] {
        if with_targets {
            repo.file("key.py", secret("a"));
            commit(&repo, "a key");
        }
        assert_eq!(said(&history(&repo, &["--exit-zero"])), (0, vec![], true));
        for (name, id) in &cases {
            let (place, aside) = (object(id), repo.path("aside"));
            fs::rename(&place, &aside).unwrap();
            let ran = history(&repo, &["--exit-zero"]);
            fs::rename(&aside, &place).unwrap();
            assert_eq!(said(&ran), (2, vec!["missing-objects".to_owned()], false), "{name}");
            let message = json(&ran)["notices"][0]["message"].as_str().unwrap().to_owned();
            assert!(message.contains(id.as_str()), "{name}: {message}");
            assert_eq!(places(&ran).len(), usize::from(with_targets), "{name}: the rest is read");
        }
    }
}

#[test]
fn an_index_that_is_not_sorted_is_not_believed() {
    let repo = Repo::new();
    for name in 0..40 {
        repo.file(&format!("{name}.py"), secret(&name.to_string()));
    }
    commit(&repo, "keys");
    repo.git(&["repack", "-q", "-a", "-d"]);
    assert_eq!(places(&history(&repo, &[])).len(), 40);
    let files = fs::read_dir(repo.path(".git/objects/pack")).unwrap().map(|entry| entry.unwrap().path());
    let index = files.into_iter().find(|path| path.extension().is_some_and(|end| end == "idx")).unwrap();
    let mut bytes = fs::read(&index).unwrap();
    // Eight bytes of head and the table of first bytes; then come the ids.
    let ids = 8 + 4 * 256;
    let (one, other) = bytes[ids..].split_at_mut(20);
    one.swap_with_slice(&mut other[..20]);
    #[cfg(unix)]
    fs::set_permissions(&index, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    fs::write(&index, bytes).unwrap();
    let ran = history(&repo, &["--exit-zero"]);
    assert_eq!((ran.code, &json(&ran)["coverage"]["complete"]), (2, &false.into()), "{ran:?}");
    let skipped = json(&ran)["coverage"]["skipped"][0].clone();
    assert_eq!(skipped["reason"], "corrupt");
    assert!(skipped["path"].as_str().unwrap().contains(".idx"), "{skipped}");
}

#[test]
fn tags_of_many_trees_name_what_they_hold() {
    let repo = Repo::new();
    let hidden = tree(&repo, [(BLOB, blob(&repo, &secret("a")), "kept.py".to_owned())]);
    let mut lines = format!("create refs/tags/last {hidden}\n");
    for at in 0..300 {
        let other = tree(&repo, [(BLOB, blob(&repo, &format!("{at}\n")), format!("{at}.txt"))]);
        writeln!(lines, "create refs/tags/t{at} {other}").unwrap();
    }
    repo.git_with_input(&["update-ref", "--stdin"], &lines);
    let ran = history(&repo, &[]);
    assert_eq!((said(&ran), places(&ran)), ((1, vec![], true), vec!["kept.py:1".to_owned()]));
    assert_eq!(json(&ran)["findings"][0]["origin"]["refs"], serde_json::json!(["refs/tags/last"]));
}

#[test]
fn tags_of_trees_in_one_another_name_each_file_once() {
    let repo = Repo::new();
    let (mut below, mut lines) = (None, String::new());
    for at in 0..120_u32 {
        let own = (BLOB, blob(&repo, &secret(&at.to_string())), "f.py".to_owned());
        let folder = below.map(|below| (TREE, below, "d".to_owned()));
        let made = tree(&repo, folder.into_iter().chain([own]));
        writeln!(lines, "create refs/tags/t{at:03} {made}").unwrap();
        below = Some(made);
    }
    repo.git_with_input(&["update-ref", "--stdin"], &lines);
    let ran = history(&repo, &[]);
    // The first of the tags that leads to it names a file.
    assert_eq!((said(&ran), places(&ran)), ((1, vec![], true), vec!["f.py:1".to_owned(); 120]));
    let refs = |finding: &Value| finding["origin"]["refs"].as_array().unwrap().len();
    let mut counts: Vec<usize> = json(&ran)["findings"].as_array().unwrap().iter().map(refs).collect();
    counts.sort_unstable();
    assert_eq!(counts, (1..=120).collect::<Vec<_>>(), "and all that lead to it are its references");
}

#[test]
fn many_keys_in_one_folder_each_have_their_name_and_references() {
    let repo = Repo::new();
    for name in 0..200 {
        repo.file(&format!("in/{name:03}.py"), secret(&name.to_string()));
    }
    commit(&repo, "keys");
    repo.git(&["branch", "side"]).git(&["mv", "in", "out"]);
    commit(&repo, "moved");
    repo.git(&["repack", "-q", "-a", "-d"]);
    let ran = history(&repo, &[]);
    let expected: Vec<String> = (0..200).map(|name| format!("out/{name:03}.py:1")).collect();
    assert_eq!(places(&ran), expected);
    let first = repo.try_git(&["rev-parse", "side"]).stdout;
    for finding in json(&ran)["findings"].as_array().unwrap() {
        let origin = &finding["origin"];
        assert_eq!((&origin["commit"], &origin["in_head"]), (&first.trim().into(), &true.into()));
        assert_eq!(origin["refs"], serde_json::json!(["refs/heads/main", "refs/heads/side"]));
    }
}

#[test]
fn a_folder_that_stands_in_a_commit_twice_is_told_by_its_first_path() {
    let repo = Repo::without_git();
    fs::create_dir(repo.path("")).unwrap();
    repo.git(&["init", "-q", "-b", "none"]);
    let mut script = String::new();
    for at in 0..12 {
        let text = secret(&format!("twice {at}"));
        let files = ["out", "in/deep"]
            .map(|folder| format!("M 100644 inline {at}/{folder}/a.py\ndata {}\n{text}\n", text.len()));
        let commit = format!("commit refs/heads/b0\ncommitter a <a@b.example> {at} +0000\ndata 0\n");
        script.extend([commit, files.concat(), "\n".to_owned()]);
    }
    script.push_str("commit refs/heads/b1\ncommitter a <a@b.example> 99 +0000\ndata 0\n\n");
    repo.git_with_input(&["fast-import", "--quiet"], &script);
    repo.git(&["symbolic-ref", "HEAD", "refs/heads/b1"]);
    let report = json(&history(&repo, &["--exit-zero"]));
    let paths: BTreeSet<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["location"]["path"].as_str().unwrap())
        .collect();
    let expected: Vec<String> = (0..12).map(|at| format!("{at}/in/deep/a.py")).collect();
    assert_eq!(paths, expected.iter().map(String::as_str).collect());
}

#[test]
fn references_are_told_however_deep_a_folder_lies() {
    let repo = Repo::new();
    let mut below = tree(&repo, [(BLOB, blob(&repo, &secret("a")), "f.py".to_owned())]);
    for _ in 0..1100 {
        below = tree(&repo, [(TREE, below, "d".to_owned())]);
    }
    set_head(&repo, &below);
    let report = json(&history(&repo, &[]));
    assert_eq!(report["findings"][0]["origin"]["refs"], serde_json::json!(["refs/heads/main"]));
}

/// Takes everything for something, and in the first commit after the start until the time is over.
struct Slow {
    end: Instant,
    read: AtomicU64,
}

impl Sift for Slow {
    type Trace = ();

    fn whole(&self, bytes: &[u8]) {
        if bytes.starts_with(b"number ") {
            std::thread::sleep(self.end.saturating_duration_since(Instant::now()));
        }
    }

    fn derived(&self, bytes: &[u8], (): &(), _: usize, _: &[Piece]) {
        self.whole(bytes);
    }

    fn may_hold(&self, (): &()) -> bool {
        true
    }

    fn read(&self, _: usize) {
        self.read.fetch_add(1, Ordering::Relaxed);
    }
}

/// Keeps the paths of what is handed on, and the codes of notices.
struct Seen<'s>(&'s Mutex<Vec<String>>);

impl Visitor for Seen<'_> {
    fn visit(&mut self, entry: Entry<'_>) {
        let told = match entry {
            Entry::Blob(blob) => blob.path.to_owned(),
            Entry::Notice(notice) => notice.code,
            _ => "something else".to_owned(),
        };
        self.0.lock().unwrap().push(told);
    }
}

#[test]
fn what_was_read_before_the_time_was_over_is_handed_on_and_that_there_is_more_is_said() {
    let repo = Repo::new();
    for at in 0..8 {
        commit(&repo, &format!("number {at}"));
    }
    let repository = Repository::discover(&repo.path("")).unwrap();
    let history = History::open(&repository);
    let end = Instant::now() + Duration::from_secs(3);
    let (slow, seen) = (Slow { end, read: AtomicU64::new(0) }, Mutex::new(Vec::new()));
    let options =
        Options { limit: 1 << 20, wants: &|_| Choice::Read, is_partial: false, shards: &|_| true, deadline: Some(end) };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let (counts, _) = pool.install(|| history.read(&slow, &options, &|| Box::new(Seen(&seen))));
    let read = slow.read.into_inner();
    assert!((1..9).contains(&read), "of nine commits and a file not all were read, but {read}");
    assert_eq!(counts.commits + counts.blobs, read);
    let mut seen = seen.into_inner().unwrap();
    seen.sort();
    // Nothing is said to be missing or unreachable of which it is only not known.
    let mut expected = vec!["(commit message)".to_owned(); usize::try_from(counts.commits).unwrap()];
    expected.splice(..0, vec!["(blob of unknown path)".to_owned(); usize::try_from(counts.blobs).unwrap()]);
    expected.push("timed-out".to_owned());
    assert_eq!(seen, expected);
}

#[test]
fn no_time_at_all_is_a_mistake() {
    let ran = history(&Repo::new(), &["--timeout", "0"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
    assert!(ran.stderr.contains("'--timeout <SECS>'"), "{ran:?}");
}

/// What a commit does to the files of its first parent.
#[derive(Clone, Debug)]
enum Edit {
    Write(usize, usize),
    Remove(usize),
    Rename(usize, usize),
}

#[derive(Clone, Debug)]
struct Step {
    parents: Vec<prop::sample::Index>,
    edits: Vec<Edit>,
}

const PATHS: [&str; 8] =
    ["a.py", "b.py", "in/a.py", "in/b.py", "in/deep/a.py", "in/deep/c.py", "out/a.py", "out/deep/a.py"];
const CONTENTS: usize = 6;

fn step() -> impl Strategy<Value = Step> {
    let path = || 0..PATHS.len();
    let edit = prop_oneof![
        4 => (path(), 0..CONTENTS).prop_map(|(path, content)| Edit::Write(path, content)),
        2 => path().prop_map(Edit::Remove),
        2 => (path(), path()).prop_map(|(from, to)| Edit::Rename(from, to)),
    ];
    let parents = prop::collection::vec(any::<prop::sample::Index>(), 0..3);
    (parents, prop::collection::vec(edit, 0..4)).prop_map(|(parents, edits)| Step { parents, edits })
}

/// A history as plain data: the parents of each commit, and its files with their contents.
struct Model {
    parents: Vec<Vec<usize>>,
    files: Vec<BTreeMap<&'static str, usize>>,
}

impl Model {
    fn of(steps: &[Step]) -> Self {
        let mut model = Self { parents: Vec::new(), files: Vec::new() };
        for (at, step) in steps.iter().enumerate() {
            let mut parents: Vec<usize> = Vec::new();
            for parent in step.parents.iter().filter(|_| at > 0).map(|parent| parent.index(at)) {
                if !parents.contains(&parent) {
                    parents.push(parent);
                }
            }
            let mut files = parents.first().map(|first| model.files[*first].clone()).unwrap_or_default();
            for edit in &step.edits {
                match *edit {
                    Edit::Write(path, content) => _ = files.insert(PATHS[path], content),
                    Edit::Remove(path) => _ = files.remove(PATHS[path]),
                    Edit::Rename(from, to) => {
                        if let Some(content) = files.remove(PATHS[from]) {
                            files.insert(PATHS[to], content);
                        }
                    }
                }
            }
            model.parents.push(parents);
            model.files.push(files);
        }
        model
    }

    /// What `git fast-import` reads; each commit is a second later than the one before, and every third has a branch.
    fn script(&self) -> String {
        let mut script = String::new();
        for content in 0..CONTENTS {
            let text = secret(&content.to_string());
            write!(script, "blob\nmark :{}\ndata {}\n{text}\n", 1 + content, text.len()).unwrap();
        }
        for (at, files) in self.files.iter().enumerate() {
            let seconds = 1_700_000_000 + at;
            write!(script, "commit refs/heads/b{at}\nmark :{}\ncommitter t <t> {seconds} +0000\ndata 1\nx\n", 100 + at)
                .unwrap();
            let mut parents = self.parents[at].iter().map(|parent| 100 + parent);
            parents.next().into_iter().for_each(|parent| writeln!(script, "from :{parent}").unwrap());
            parents.for_each(|parent| writeln!(script, "merge :{parent}").unwrap());
            script.push_str("deleteall\n");
            for (path, content) in files {
                writeln!(script, "M 100644 :{} {path}", 1 + content).unwrap();
            }
        }
        script
    }

    fn reached(&self, from: usize) -> BTreeSet<usize> {
        let (mut reached, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(at) = open.pop() {
            if reached.insert(at) {
                open.extend(&self.parents[at]);
            }
        }
        reached
    }

    /// For each content: where it is told to stand, in which commit it came, whether HEAD has it, and the branches that lead to it.
    fn expected(&self) -> BTreeSet<(String, usize, bool, Vec<String>)> {
        let holds = |at: usize, content: usize| self.files[at].values().any(|held| *held == content);
        let path = |at: usize, content: usize| {
            let mut held = self.files[at].iter().filter(move |(_, held)| **held == content);
            held.next().map(|(path, _)| (*path).to_owned())
        };
        let head = self.files.len() - 1;
        let of = |content: usize| {
            let first = (0..self.files.len()).find(|at| holds(*at, content))?;
            let place = path(head, content).or_else(|| path(first, content))?;
            let is_held = |tip: usize| self.reached(tip).into_iter().any(|at| holds(at, content));
            let mut refs: Vec<String> =
                (0..self.files.len()).filter(|tip| is_held(*tip)).map(|tip| format!("refs/heads/b{tip}")).collect();
            refs.sort();
            Some((place, first, holds(head, content), refs))
        };
        (0..CONTENTS).filter_map(of).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn where_a_key_comes_from_is_what_a_plain_walk_over_all_commits_finds(
        steps in prop::collection::vec(step(), 1..24),
        is_packed in any::<bool>(),
    ) {
        let model = Model::of(&steps);
        let repo = Repo::without_git();
        fs::create_dir(repo.path("")).unwrap();
        repo.git(&["init", "-q", "-b", "none"]);
        repo.git_with_input(&["fast-import", "--quiet", "--export-marks=.git/marks"], &model.script());
        repo.git(&["symbolic-ref", "HEAD", &format!("refs/heads/b{}", steps.len() - 1)]);
        if is_packed {
            repo.git(&["repack", "-q", "-a", "-d", "-f", "--window=50", "--depth=50"]);
        }
        let marks = repo.read(".git/marks");
        let numbers: BTreeMap<&str, usize> = marks
            .lines()
            .filter_map(|line| line[1..].split_once(' '))
            .filter_map(|(mark, id)| Some((id, mark.parse::<usize>().unwrap().checked_sub(100)?)))
            .collect();
        let ran = history(&repo, &["--exit-zero"]);
        let report = json(&ran);
        let told = |finding: &Value| {
            let origin = &finding["origin"];
            let refs = origin["refs"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap().to_owned());
            let (path, commit) = (&finding["location"]["path"], origin["commit"].as_str());
            // What no commit holds is told as that.
            let first = numbers[commit?];
            Some((path.as_str().unwrap().to_owned(), first, origin["in_head"].as_bool().unwrap(), refs.collect::<Vec<_>>()))
        };
        let found: BTreeSet<_> = report["findings"].as_array().unwrap().iter().filter_map(told).collect();
        prop_assert_eq!(found, model.expected());
        prop_assert_eq!(said(&ran), (0, vec![], true));
    }
}
