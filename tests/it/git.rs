//! The index and ranges of commits, in real repositories.

use std::{fs, time::Instant};

use keyward::input::{
    Entry, Visitor,
    git::{Choice, Range, Repository, Staged},
};

use crate::{
    hook::{Repo, secret},
    support::Ran,
};

/// What a run found: `path:line` of each finding.
pub(crate) fn places(ran: &Ran) -> Vec<String> {
    let report = json(ran);
    let place = |finding: &serde_json::Value| {
        let place = &finding["location"];
        format!("{}:{}", place["path"].as_str().unwrap(), place["start_line"])
    };
    report["findings"].as_array().unwrap().iter().map(place).collect()
}

pub(crate) fn json(ran: &Ran) -> serde_json::Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

fn staged(repo: &Repo, folder: &str, variables: &[(&str, &str)]) -> Ran {
    repo.keyward_with(folder, &["--staged", "-f", "json"], variables)
}

fn diff(repo: &Repo, range: &str) -> Ran {
    repo.keyward(&["--diff", range, "-f", "json"])
}

/// Commits everything.
pub(crate) fn commit(repo: &Repo, message: &str) {
    repo.git(&["add", "-A"]).git(&["commit", "-q", "--allow-empty", "-m", message]);
}

#[test]
fn the_index_is_read_and_not_the_working_copy() {
    let repo = Repo::new();
    repo.file("staged.py", secret("a")).file("dir/deep/b.py", secret("b")).git(&["add", "-A"]);
    repo.file("staged.py", "clean\n").file("working.py", secret("c"));
    let ran = staged(&repo, "", &[]);
    assert_eq!((ran.code, places(&ran)), (1, vec!["dir/deep/b.py:1".to_owned(), "staged.py:1".to_owned()]));
    let report = json(&ran);
    assert_eq!(report["coverage"]["mode"], "index");
    assert_eq!(report["coverage"]["files"], 2);
    assert_eq!(report["findings"][0]["origin"]["kind"], "index");
    assert_eq!(places(&staged(&repo, "dir", &[])).len(), 2, "paths are the repository's wherever keyward starts");
    let below = repo.keyward(&["--staged", "-f", "json", "dir"]);
    assert_eq!(places(&below), ["dir/deep/b.py:1"]);
}

#[test]
fn what_a_range_brings_in_is_told_where_it_stands_at_its_end() {
    let repo = Repo::new();
    repo.file("readme", "a\n");
    commit(&repo, "first");
    repo.file("app.py", secret("a")).file("moved.py", secret("m")).file("gone.py", secret("g"));
    commit(&repo, "brings in");
    let by = repo.try_git(&["rev-parse", "HEAD"]).stdout.trim().to_owned();
    repo.file("app.py", format!("x = 1\ny = 2\n{}", secret("a"))).file("gone.py", "clean\n");
    commit(&repo, "another change");
    repo.git(&["rm", "-q", "moved.py"]).file("new.py", format!("z = 3\n{}", secret("m")));
    commit(&repo, "moved and changed");
    let ran = diff(&repo, "HEAD~3..HEAD");
    let report = json(&ran);
    let told: Vec<(String, String, bool)> = std::iter::zip(places(&ran), report["findings"].as_array().unwrap())
        .map(|(place, finding)| {
            let origin = &finding["origin"];
            (place, origin["commit"].as_str().unwrap().to_owned(), origin["in_head"].as_bool().unwrap())
        })
        .collect();
    let expected = [("app.py:3", true), ("gone.py:1", false), ("new.py:2", true)];
    assert_eq!(told, expected.map(|(place, in_head)| (place.to_owned(), by.clone(), in_head)));
}

#[test]
fn what_head_has_already_is_not_staged_and_nothing_staged_is_exit_code_3() {
    let repo = Repo::new();
    repo.file("old.py", secret("a"));
    commit(&repo, "old");
    assert_eq!(staged(&repo, "", &[]).code, 3);
    repo.git(&["mv", "old.py", "moved.py"]);
    assert_eq!((staged(&repo, "", &[]).code, places(&staged(&repo, "", &[])).len()), (0, 0), "it only moved");
    repo.git(&["rm", "-q", "--cached", "moved.py"]);
    assert_eq!(staged(&repo, "", &[]).code, 3, "a removal brings nothing in");
}

#[test]
fn an_index_without_any_commit_is_read_whole() {
    let repo = Repo::without_git();
    std::fs::create_dir(repo.path("")).unwrap();
    repo.git(&["init", "-q", "-b", "main"]);
    assert_eq!(staged(&repo, "", &[]).code, 3);
    repo.file("a.py", secret("a")).git(&["add", "-A"]);
    assert_eq!(places(&staged(&repo, "", &[])), ["a.py:1"]);
}

#[test]
fn entries_that_are_only_announced_are_not_read_and_both_sides_of_a_conflict_are() {
    let repo = Repo::new();
    repo.file("later.py", secret("a")).git(&["add", "--intent-to-add", "later.py"]);
    assert_eq!(staged(&repo, "", &[]).code, 3);
    repo.git(&["rm", "-q", "--cached", "later.py"]);
    std::fs::remove_file(repo.path("later.py")).unwrap();
    repo.git(&["checkout", "-q", "-b", "other"]).file("both.py", secret("b"));
    commit(&repo, "theirs");
    repo.git(&["checkout", "-q", "main"]).file("both.py", "ours\n");
    commit(&repo, "ours");
    assert_ne!(repo.try_git(&["merge", "-q", "other"]).code, 0);
    assert_eq!(places(&staged(&repo, "", &[])), ["both.py:1"]);
}

#[test]
fn variables_that_hooks_get_lead_to_the_right_index() {
    let repo = Repo::new();
    repo.file("a.py", secret("a"));
    let (git, other) = (repo.path(".git"), repo.path("other-index"));
    let (git, other, tree) = (git.to_str().unwrap(), other.to_str().unwrap(), repo.path(""));
    let variables = [("GIT_INDEX_FILE", other)];
    repo.run("git".as_ref(), &repo.path(""), &["add", "a.py"], &variables);
    assert_eq!(staged(&repo, "", &[]).code, 3, "the usual index is empty");
    assert_eq!(places(&staged(&repo, "", &variables)), ["a.py:1"]);
    let all = [("GIT_INDEX_FILE", other), ("GIT_DIR", git), ("GIT_WORK_TREE", tree.to_str().unwrap())];
    let elsewhere =
        repo.run(env!("CARGO_BIN_EXE_keyward").as_ref(), repo.project.root(), &["--staged", "-f", "json"], &all);
    assert_eq!(places(&elsewhere), ["a.py:1"]);
}

#[test]
fn worktrees_and_submodules_have_an_index_of_their_own() {
    let repo = Repo::new();
    repo.git(&["worktree", "add", "-q", "../tree", "-b", "side"]);
    repo.project.file("tree/a.py", secret("a"));
    repo.run("git".as_ref(), &repo.project.path("tree"), &["add", "-A"], &[]);
    assert_eq!(staged(&repo, "", &[]).code, 3);
    assert_eq!(places(&staged(&repo, "../tree", &[])), ["a.py:1"]);
    repo.git(&["-c", "protocol.file.allow=always", "submodule", "add", "-q", "../repo", "sub"]);
    repo.git(&["commit", "-q", "-m", "sub"]).file("sub/b.py", secret("b"));
    repo.run("git".as_ref(), &repo.path("sub"), &["add", "-A"], &[]);
    assert_eq!(staged(&repo, "", &[]).code, 3);
    assert_eq!(places(&staged(&repo, "sub", &[])), ["b.py:1"]);
}

#[test]
fn without_a_repository_the_way_out_is_said() {
    let repo = Repo::without_git();
    std::fs::create_dir(repo.path("")).unwrap();
    for arguments in [&["--staged"][..], &["--history"], &["--diff", "a..b"]] {
        let ran = repo.keyward(arguments);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains("there is no git repository at or above"), "{ran:?}");
    }
}

#[test]
fn a_range_reports_what_its_commits_bring_in_also_when_they_take_it_out_again() {
    let repo = Repo::new();
    repo.file("old.py", secret("old"));
    commit(&repo, "old");
    repo.git(&["tag", "base"]).file("new.py", secret("new"));
    commit(&repo, "in");
    repo.file("new.py", "gone\n").file("old.py", format!("{}more\n", secret("old")));
    commit(&repo, "out");
    let ran = diff(&repo, "base..HEAD");
    assert_eq!((ran.code, places(&ran)), (1, vec!["new.py:1".to_owned()]));
    let report = json(&ran);
    let origin = &report["findings"][0]["origin"];
    assert_eq!(
        (&origin["kind"], &origin["in_head"], &origin["object"]),
        (&"diff".into(), &false.into(), &"blob".into())
    );
    let commit = repo.try_git(&["rev-parse", "HEAD~1"]).stdout;
    assert_eq!(origin["commit"], commit.trim());
    assert_eq!(origin["author_time"], "2026-01-02T03:04:05+00:00");
    assert_eq!((&report["coverage"]["commits"], &report["coverage"]["blobs"]), (&2.into(), &3.into()));
    for same in ["base...HEAD", "base..", "base..main", "HEAD~2..@", "base^{commit}..HEAD^0"] {
        assert_eq!(places(&diff(&repo, same)), ["new.py:1"], "{same}");
    }
}

#[test]
fn a_key_that_only_moves_is_no_news_and_one_in_a_message_is() {
    let repo = Repo::new();
    repo.file("a/old.py", secret("old"));
    commit(&repo, "old");
    repo.git(&["tag", "base"]).git(&["mv", "a", "b"]);
    commit(&repo, "moved");
    assert_eq!(diff(&repo, "base..HEAD").code, 0);
    commit(&repo, &secret("message"));
    let ran = diff(&repo, "base..HEAD");
    assert_eq!(places(&ran), ["(commit message):1"]);
    assert_eq!(json(&ran)["findings"][0]["origin"]["object"], "commit-message");
}

#[test]
fn what_only_a_merge_brings_in_is_found() {
    let repo = Repo::new();
    repo.git(&["tag", "base"]).git(&["checkout", "-q", "-b", "side"]).file("side.py", "side\n");
    commit(&repo, "side");
    repo.git(&["checkout", "-q", "main"]).file("main.py", "main\n");
    commit(&repo, "main");
    repo.git(&["tag", "before"]).git(&["merge", "-q", "--no-commit", "--no-ff", "side"]);
    repo.file("evil.py", secret("evil"));
    commit(&repo, "merge");
    assert_eq!(places(&diff(&repo, "base..HEAD")), ["evil.py:1"]);
    assert_eq!(places(&diff(&repo, "before..HEAD")), ["evil.py:1"]);
}

#[test]
fn an_empty_range_is_exit_code_3_and_an_unknown_one_2() {
    let repo = Repo::new();
    assert_eq!(diff(&repo, "HEAD..HEAD").code, 3);
    for (range, message) in [
        ("HEAD", "`HEAD` is not a range of commits"),
        ("..", "`..` is not a range of commits"),
        ("nowhere..HEAD", "`nowhere` names no commit of this repository"),
        ("HEAD~99..HEAD", "`HEAD~99` names no commit of this repository"),
        ("HEAD@{1}..HEAD", "`HEAD@{1}` names no commit"),
    ] {
        let ran = repo.keyward(&["--diff", range]);
        assert_eq!(ran.code, 2, "{range}: {ran:?}");
        assert!(ran.stderr.contains(message), "{range}: {ran:?}");
    }
}

#[test]
fn zeros_stand_for_what_the_remotes_have() {
    let repo = Repo::new();
    repo.file("known.py", secret("known"));
    commit(&repo, "known");
    let zeros = format!("{}..HEAD", "0".repeat(40));
    assert_eq!(places(&diff(&repo, &zeros)), ["known.py:1"], "no remote has anything");
    repo.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]).file("new.py", secret("new"));
    commit(&repo, "new");
    assert_eq!(places(&diff(&repo, &zeros)), ["new.py:1"]);
}

#[test]
fn a_change_cannot_silence_its_own_scan() {
    let repo = Repo::new();
    repo.file("keyward.toml", "exclude = ['fixtures/']\n").file("fixtures/a.py", secret("a"));
    commit(&repo, "base");
    repo.git(&["tag", "base"]).file("keyward.toml", "skip = ['openai']\n").file("b.py", secret("b"));
    commit(&repo, "change");
    assert_eq!(diff(&repo, "base..HEAD").code, 0, "its own configuration decides");
    let ran = repo.keyward(&["--diff", "base..HEAD", "--config-from", "base", "-f", "json"]);
    assert_eq!((ran.code, places(&ran)), (1, vec!["b.py:1".to_owned()]));
    let whole = repo.keyward(&["--config-from", "base", "-f", "json"]);
    assert_eq!(places(&whole), ["b.py:1"], "also in a scan of the tree");
    let baseline = repo.keyward(&["baseline", "create", "--no-config"]);
    assert_eq!(baseline.code, 0, "{baseline:?}");
    assert_eq!(repo.keyward(&["--no-config", "--baseline", "keyward.baseline"]).code, 0);
    let ran = repo.keyward(&["--config-from", "base"]);
    assert_eq!(ran.code, 1, "nor does a baseline of its own");
    let notice = "notice[policy-too-new]: keyward.baseline is not in `base`, where the policy comes from, and";
    assert!(ran.stdout.contains(notice), "{}", ran.stdout);
    let unknown = repo.keyward(&["--config-from", "nowhere"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("`nowhere` names no commit"), "{unknown:?}");
    let named = ["--config-from", "base", "--baseline", "./keyward.baseline"];
    let ran = repo.keyward(&named);
    assert_eq!(ran.code, 2, "a baseline that is named comes from there too: {ran:?}");
    assert!(ran.stderr.contains("base:keyward.baseline"), "{ran:?}");
    repo.git(&["add", "keyward.baseline"]).git(&["commit", "-q", "-m", "accepted"]).git(&["tag", "-f", "base"]);
    repo.file("keyward.baseline", "");
    assert_eq!(repo.keyward(&named).code, 0);
}

#[test]
fn the_hook_of_a_submodule_reads_what_is_committed_there() {
    let repo = Repo::new();
    repo.git(&["-c", "protocol.file.allow=always", "submodule", "add", "-q", "../repo", "sub"]);
    repo.file("sub/b.py", secret("b"));
    repo.run("git".as_ref(), &repo.path("sub"), &["add", "-A"], &[]);
    let git = repo.path(".git/modules/sub");
    let variables = [("GIT_DIR", git.to_str().unwrap())];
    assert_eq!(places(&staged(&repo, "sub", &variables)), ["b.py:1"]);
}

#[test]
fn a_tag_that_is_called_like_a_commit_does_not_take_its_place() {
    let repo = Repo::new();
    let base = repo.try_git(&["rev-parse", "HEAD"]).stdout;
    let base = base.trim();
    repo.file("a.py", secret("a")).file("keyward.toml", "exclude = ['**']\n");
    commit(&repo, "change");
    repo.git(&["update-ref", &format!("refs/tags/{base}"), "HEAD"]);
    assert_eq!(places(&repo.keyward(&["--config-from", base, "-f", "json"])), ["a.py:1"]);
    assert_eq!(repo.keyward(&["--diff", "HEAD~é..HEAD"]).code, 2);
}

#[test]
fn a_key_is_news_in_one_of_the_commits_whatever_their_order() {
    let repo = Repo::new();
    repo.git(&["tag", "base"]);
    for content in [secret("x"), format!("{}more\n", secret("x")), secret("x")] {
        repo.file("p.py", content);
        commit(&repo, "same second");
    }
    assert_eq!(places(&diff(&repo, "base..HEAD")), ["p.py:1"]);
    repo.file("p.py", "gone\n");
    commit(&repo, "gone");
    assert_eq!(places(&diff(&repo, "base..HEAD")), ["p.py:1"]);
}

#[test]
fn excluded_and_marked_places_are_respected_in_every_version() {
    let repo = Repo::new();
    repo.git(&["tag", "base"]).file("keyward.toml", "exclude = ['out/']\n");
    let marked = format!("# keyward: allow openai -- a test\n{}", secret("m"));
    repo.file("out/a.py", secret("a")).file("marked.py", &marked);
    commit(&repo, "one");
    repo.file("marked.py", format!("\n\n{marked}"));
    commit(&repo, "two");
    let ran = diff(&repo, "base..HEAD");
    assert_eq!((ran.code, places(&ran).len()), (0, 0), "{ran:?}");
    assert_eq!(json(&ran)["summary"]["suppressed"], 1);
    let ran = repo.keyward(&["--history", "-f", "json"]);
    assert_eq!((ran.code, places(&ran).len()), (0, 0), "{ran:?}");
}

#[test]
fn a_key_that_head_has_in_the_same_file_does_not_stop_the_next_commit() {
    let repo = Repo::new();
    repo.file("dir/old.py", secret("old")).file("other.py", secret("other"));
    commit(&repo, "old");
    repo.file("dir/old.py", format!("# more\n{}", secret("old"))).git(&["add", "-A"]);
    let ran = staged(&repo, "", &[]);
    assert_eq!((ran.code, places(&ran).len()), (0, 0), "{ran:?}");
    repo.file("dir/old.py", format!("{}{}", secret("old"), secret("new"))).git(&["add", "-A"]);
    assert_eq!(places(&staged(&repo, "", &[])), ["dir/old.py:2"]);
    repo.file("copied.py", secret("other")).file("dir/old.py", secret("other")).git(&["add", "-A"]);
    let found = places(&staged(&repo, "", &[]));
    assert_eq!(found, ["copied.py:1", "dir/old.py:1"], "the file that had it before has not changed");
    repo.git(&["rm", "-q", "--cached", "other.py"]);
    assert_eq!(staged(&repo, "", &[]).code, 0, "moved from a file that is gone");
    repo.git(&["rm", "-q", "-r", "--cached", "dir"]).file("b.py", secret("old")).git(&["add", "b.py"]);
    assert_eq!(staged(&repo, "", &[]).code, 0, "moved from a folder that is gone");
}

#[test]
fn a_mark_beside_a_key_that_is_no_news_is_not_stale() {
    let repo = Repo::new();
    let marked = format!("# keyward: allow openai -- a test\n{}", secret("m"));
    repo.file("a.py", &marked);
    commit(&repo, "old");
    repo.file("a.py", format!("\n{marked}")).git(&["add", "-A"]);
    let report = json(&staged(&repo, "", &[]));
    assert_eq!(report["notices"], serde_json::json!([]));
    assert_eq!(report["summary"]["suppressed"], 0, "{report:#}");
}

#[test]
fn folders_that_a_sparse_index_folds_are_compared() {
    let repo = Repo::new();
    repo.file("in/a.py", "a\n").file("out/deep/b.py", "b\n").file("out/same.py", secret("same"));
    commit(&repo, "base");
    repo.file("out/deep/b.py", secret("b")).file("out/new/c.py", secret("c"));
    commit(&repo, "keys");
    repo.git(&["sparse-checkout", "init", "--cone", "--sparse-index"]).git(&["sparse-checkout", "set", "in"]);
    assert_eq!(staged(&repo, "", &[]).code, 3);
    repo.git(&["reset", "-q", "--soft", "HEAD~1"]);
    let listed = repo.try_git(&["ls-files", "--sparse"]).stdout;
    assert!(listed.contains("out/\n"), "the index is sparse: {listed}");
    let ran = staged(&repo, "", &[]);
    assert_eq!(places(&ran), ["out/deep/b.py:1", "out/new/c.py:1"]);
    assert_eq!(json(&ran)["coverage"]["files"], 2);
    repo.git(&["reset", "-q", "--soft", "HEAD@{1}"]);
    repo.file("in/a.py", secret("c")).git(&["add", "in/a.py"]);
    assert_eq!(places(&staged(&repo, "", &[])), ["in/a.py:1"]);
}

#[test]
fn a_folder_that_holds_a_name_twice_is_read_twice() {
    let repo = Repo::new();
    repo.file("a", secret("a")).file("b", secret("b")).file("c", "clean\n");
    let id = |name: &str| repo.try_git(&["hash-object", "-w", name]).stdout.trim().to_owned();
    let [a, b, c] = ["a", "b", "c"].map(id);
    let below = |one: &str| repo.git_with_input(&["mktree"], &format!("100644 blob {one}\tin.py\n"));
    let entries = format!(
        "100644 blob {a}\tx.py\n100644 blob {c}\tx.py\n040000 tree {}\tdir\n040000 tree {}\tdir\n",
        below(&b),
        below(&c)
    );
    let tree = repo.git_with_input(&["mktree"], &entries);
    let made = repo.try_git(&["commit-tree", &tree, "-p", "HEAD", "-m", "twice"]).stdout;
    assert_eq!(places(&diff(&repo, &format!("HEAD..{}", made.trim()))), ["dir/in.py:1", "x.py:1"]);
    repo.git(&["update-ref", "HEAD", made.trim()]);
    assert_eq!(places(&repo.keyward(&["--history", "-f", "json", "--skip", "key-older-than"])).len(), 2);
}

#[test]
fn a_range_is_what_can_be_reached_also_when_clocks_were_wrong() {
    let repo = Repo::new();
    let commit_at = |name: &str, date: &str| {
        repo.file(name, secret(name)).git(&["add", "-A"]);
        let variables = [("GIT_COMMITTER_DATE", date)];
        let ran = repo.run("git".as_ref(), &repo.path(""), &["commit", "-q", "-m", name], &variables);
        assert_eq!(ran.code, 0, "{ran:?}");
    };
    commit_at("old.py", "2026-01-10T00:00:00Z");
    repo.git(&["branch", "side"]);
    // A hundred commits of a machine whose clock stood still long ago lie between the base and what it knows.
    for number in 0..100 {
        commit_at(&format!("{number}.txt"), &format!("1999-01-01T00:{:02}:{:02}Z", number / 60, number % 60));
    }
    repo.git(&["tag", "base"]).git(&["checkout", "-q", "side"]);
    commit_at("new.py", "2026-01-11T00:00:00Z");
    for graph in [false, true] {
        if graph {
            repo.git(&["commit-graph", "write", "--reachable"]);
        }
        let ran = diff(&repo, "base..side");
        assert_eq!(places(&ran), ["new.py:1"]);
        assert_eq!(json(&ran)["coverage"]["commits"], 1);
    }
}

#[test]
fn a_split_index_is_read_wherever_it_lies() {
    let repo = Repo::new();
    repo.file("a.py", "a\n").file("b.py", "b\n").file("c.py", "c\n").file("d.py", secret("d")).git(&["add", "-A"]);
    repo.git(&["update-index", "--split-index"]);
    repo.file("a.py", secret("a")).file("new.py", secret("new"));
    repo.git(&["rm", "-q", "--cached", "b.py", "d.py"]).git(&["add", "a.py", "new.py"]);
    let expected = ["a.py:1", "new.py:1"];
    assert_eq!(places(&staged(&repo, "", &[])), expected);
    let other = repo.project.path("elsewhere");
    fs::copy(repo.path(".git/index"), &other).unwrap();
    let variables = [("GIT_INDEX_FILE", other.to_str().unwrap())];
    let listed = repo.run("git".as_ref(), &repo.path(""), &["ls-files"], &variables);
    assert_eq!(listed.stdout, "README\na.py\nc.py\nnew.py\n", "git reads it so");
    assert_eq!(places(&staged(&repo, "", &variables)), expected);
    for entry in fs::read_dir(repo.path(".git")).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_str().unwrap().starts_with("sharedindex.") {
            fs::remove_file(path).unwrap();
        }
    }
    assert_eq!(staged(&repo, "", &variables).code, 2, "half an index is none");
}

/// Keeps the codes of notices.
#[derive(Default)]
struct Codes(Vec<String>);

impl Visitor for Codes {
    fn visit(&mut self, entry: Entry<'_>) {
        if let Entry::Notice(notice) = entry {
            self.0.push(notice.code);
        }
    }
}

#[test]
fn time_that_is_over_ends_the_comparison_of_trees() {
    let repo = Repo::new();
    repo.file("dir/a.py", secret("a"));
    commit(&repo, "a");
    repo.file("dir/b.py", secret("b")).git(&["add", "-A"]);
    let repository = Repository::discover(&repo.path("")).unwrap();
    let wants = |_: &str| Choice::Read;
    for (deadline, read, codes) in [(None, 1, vec![]), (Some(Instant::now()), 0, vec!["timed-out".to_owned()])] {
        let mut said = Codes::default();
        let range = Range::parse(&repository, "HEAD~1..HEAD", None, deadline).unwrap();
        assert_eq!((range.read(1 << 20, &wants, &mut said).blobs, said.0), (read, codes.clone()));
        let mut said = Codes::default();
        let staged = Staged::open(&repository, deadline).unwrap();
        assert_eq!((staged.read(1 << 20, &wants, &mut said), said.0), (read, codes));
    }
}
