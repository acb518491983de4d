//! Commits and pushes through plain git with the installed hook.

use std::fs;

use super::{Repo, assert_passed, assert_stopped, secret};

#[test]
fn a_commit_with_a_key_is_stopped_and_a_clean_one_is_made() {
    let repo = Repo::with_hook("pre-commit");
    let ran = repo.file("a.py", secret("a")).commit_all();
    assert_stopped(&ran, "commit");
    assert_eq!(repo.commits(), 1);
    let ran = repo.file("a.py", "key = read_key()\n").commit_all();
    assert_passed(&ran);
    assert_eq!(repo.commits(), 2);
}

#[test]
fn what_is_staged_counts_and_not_what_lies_in_the_folder() {
    let repo = Repo::with_hook("pre-commit");
    repo.file("a.py", "clean\n").git(&["add", "a.py"]).file("a.py", secret("a")).file("untracked.py", secret("b"));
    assert_passed(&repo.try_git(&["commit", "-q", "-m", "key in the working copy only"]));
    repo.git(&["add", "a.py"]).file("a.py", "clean\n");
    let ran = repo.try_git(&["commit", "-q", "-m", "key in the index only"]);
    assert_stopped(&ran, "commit");
    assert_eq!(repo.commits(), 2);
}

#[test]
fn commits_that_bypass_the_index_are_read_as_git_will_make_them() {
    let repo = Repo::with_hook("pre-commit");
    repo.file("a.py", "clean\n").file("b.py", "clean\n");
    assert_passed(&repo.commit_all());
    repo.file("a.py", secret("a"));
    let ran = repo.try_git(&["commit", "-q", "-a", "-m", "all"]);
    assert_stopped(&ran, "commit");
    // A commit of named files has an index of its own, without what is staged otherwise.
    repo.git(&["add", "a.py"]).file("b.py", "changed\n");
    assert_passed(&repo.try_git(&["commit", "-q", "-m", "b only", "b.py"]));
    let ran = repo.try_git(&["commit", "-q", "-m", "a only", "a.py"]);
    assert_stopped(&ran, "commit");
    assert_eq!(repo.commits(), 3);
}

#[test]
fn a_commit_that_brings_nothing_to_read_is_made() {
    let repo = Repo::with_hook("pre-commit");
    assert_passed(&repo.try_git(&["commit", "-q", "--allow-empty", "-m", "empty"]));
    assert_passed(&repo.try_git(&["commit", "-q", "--amend", "--allow-empty", "-m", "another"]));
    repo.file("keyward.toml", "exclude = [\"keys/\"]\n").git(&["add", "-A"]).git(&["commit", "-q", "-m", "settings"]);
    assert_passed(&repo.file("keys/a", secret("a")).commit_all());
    fs::remove_file(repo.path("README")).unwrap();
    assert_passed(&repo.commit_all());
    assert_eq!(repo.commits(), 5);
}

#[test]
fn the_first_commit_of_a_repository_is_read_too() {
    let repo = Repo::without_git();
    fs::create_dir(repo.path("")).unwrap();
    repo.git(&["init", "-q"]);
    assert_eq!(repo.keyward(&["hook", "install"]).code, 0);
    let ran = repo.file("a.py", secret("a")).commit_all();
    assert_stopped(&ran, "commit");
}

#[test]
fn a_key_that_comes_in_while_a_conflict_is_resolved_is_stopped() {
    let repo = Repo::with_hook("pre-commit");
    repo.git(&["checkout", "-q", "-b", "side"]);
    assert_passed(&repo.file("README", "one\n").commit_all());
    repo.git(&["checkout", "-q", "main"]);
    assert_passed(&repo.file("README", "two\n").commit_all());
    assert_ne!(repo.try_git(&["merge", "-q", "side"]).code, 0, "both changed the line");
    let ran = repo.file("README", secret("a")).commit_all();
    assert_stopped(&ran, "commit");
    assert_passed(&repo.file("README", "one and two\n").commit_all());
}

#[test]
fn the_hook_runs_in_every_worktree() {
    let repo = Repo::with_hook("pre-commit");
    repo.git(&["worktree", "add", "-q", "../tree"]);
    repo.project.file("tree/a.py", secret("a"));
    assert_eq!(repo.try_git_in("../tree", &["add", "a.py"]).code, 0);
    let ran = repo.try_git_in("../tree", &["commit", "-q", "-m", "more"]);
    assert_stopped(&ran, "commit");
    repo.project.file("tree/a.py", "clean\n");
    assert_passed(&repo.try_git_in("../tree", &["commit", "-q", "-a", "-m", "more"]));
}

#[test]
fn the_hook_that_was_there_runs_first_and_may_stop_the_commit_too() {
    let repo = Repo::new();
    repo.script(".git/hooks/pre-commit", "echo \"old: $#\"; test ! -e forbidden");
    assert_eq!(repo.keyward(&["hook", "install"]).code, 0);
    let ran = repo.file("a.py", "clean\n").commit_all();
    assert_passed(&ran);
    assert!(ran.stderr.contains("old: 0"), "{ran:?}");
    let ran = repo.file("a.py", secret("a")).commit_all();
    assert_stopped(&ran, "commit");
    assert!(ran.stderr.contains("old: 0"), "{ran:?}");
    let ran = repo.file("a.py", "clean again\n").file("forbidden", "").commit_all();
    assert_ne!(ran.code, 0, "{ran:?}");
    assert!(!ran.stderr.contains("keyward"), "{ran:?}");
    assert_eq!(repo.keyward(&["hook", "uninstall"]).code, 0);
    fs::remove_file(repo.path("forbidden")).unwrap();
    let ran = repo.file("a.py", secret("a")).commit_all();
    assert_passed(&ran);
    assert!(ran.stderr.contains("old: 0"), "{ran:?}");
}

#[test]
fn without_keyward_the_commit_is_stopped_with_a_sentence_on_how_to_go_on() {
    let mut repo = Repo::with_hook("pre-commit");
    repo.programs = repo.path("no-such-folder");
    let ran = repo.file("a.py", "clean\n").commit_all();
    assert_ne!(ran.code, 0, "{ran:?}");
    assert_eq!(
        ran.stderr,
        "keyward is not on PATH, so this commit was not checked and is stopped: install keyward, pass by with git commit --no-verify, \
         or delete .git/hooks/pre-commit\n"
    );
}

/// A keyward that writes what it is given into files, and ends as it is told.
fn recording(repo: &mut Repo, code: i32) {
    let body = format!("echo \"$@\" > ../arguments\ncat > ../input\nexit {code}");
    repo.script("../programs/keyward", &body);
    repo.programs = repo.project.path("programs");
}

#[test]
fn both_hooks_of_a_push_read_what_git_writes_and_get_its_arguments() {
    let mut repo = Repo::new();
    repo.git(&["init", "-q", "--bare", "-b", "main", "../remote.git"]).git(&[
        "remote",
        "add",
        "origin",
        "../remote.git",
    ]);
    repo.script(".git/hooks/pre-push", "echo \"$@\" > ../old-arguments\ncat > ../old-input\ntest ! -e forbidden");
    assert_eq!(repo.keyward(&["hook", "install", "--stage", "pre-push"]).code, 0);
    recording(&mut repo, 0);
    let read = |name: &str| fs::read_to_string(repo.project.path(name)).unwrap();
    repo.git(&["push", "-q", "origin", "main", "HEAD:refs/heads/other"]);
    let head = repo.try_git(&["rev-parse", "HEAD"]).stdout.trim().to_owned();
    let zeros = "0".repeat(40);
    let lines = format!("refs/heads/main {head} refs/heads/main {zeros}\nHEAD {head} refs/heads/other {zeros}\n");
    assert_eq!(read("old-input"), lines);
    assert_eq!(read("input"), lines);
    assert_eq!(read("old-arguments"), "origin ../remote.git\n");
    assert_eq!(read("arguments"), "hook run --stage pre-push --remote=origin\n");
    // Nothing to push: git calls the hook all the same.
    repo.git(&["push", "-q", "origin", "main"]);
    assert_eq!((read("old-input").as_str(), read("input").as_str()), ("", ""));
    fs::remove_file(repo.project.path("input")).unwrap();
    repo.file("forbidden", "");
    assert_ne!(repo.try_git(&["push", "-q", "origin", "main:refs/heads/third"]).code, 0);
    assert!(!repo.project.path("input").exists(), "the old hook stopped it first");
    // An old hook that reads nothing does no harm.
    repo.script(".git/hooks/pre-push.keyward-before", "exit 0");
    repo.git(&["push", "-q", "origin", "main:refs/heads/third"]);
    assert!(read("input").starts_with("refs/heads/main "));
    recording(&mut repo, 1);
    assert_ne!(repo.try_git(&["push", "-q", "origin", "main:refs/heads/fourth"]).code, 0);
}

fn pushing() -> Repo {
    let repo = Repo::with_hook("pre-push");
    repo.git(&["init", "-q", "--bare", "-b", "main", "../remote.git"]).git(&[
        "remote",
        "add",
        "origin",
        "../remote.git",
    ]);
    repo.git(&["push", "-q", "origin", "main"]);
    repo
}

#[test]
fn a_push_is_stopped_when_any_of_its_commits_brings_a_key() {
    let repo = pushing();
    assert_passed(&repo.file("a.py", secret("a")).commit_all());
    assert_passed(&repo.file("a.py", "clean\n").commit_all());
    let ran = repo.try_git(&["push", "-q", "origin", "main"]);
    assert_stopped(&ran, "push");
    let ran = repo.try_git(&["push", "-q", "origin", "main:refs/heads/new"]);
    assert_stopped(&ran, "push");
    repo.git(&["reset", "-q", "--hard", "HEAD~2"]);
    assert_passed(&repo.file("b.py", "clean\n").commit_all());
    assert_passed(&repo.try_git(&["push", "-q", "origin", "main"]));
}

#[test]
fn pushes_that_bring_no_commit_are_let_pass() {
    let repo = pushing();
    assert_passed(&repo.try_git(&["push", "-q", "origin", "main"]));
    assert_passed(&repo.try_git(&["push", "-q", "origin", "main:refs/heads/same", "main:refs/tags/v1"]));
    assert_passed(&repo.try_git(&["push", "-q", "origin", ":refs/heads/same"]));
    let ran = repo.keyward(&["hook", "run", "--stage", "pre-push"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
}

#[test]
fn of_several_refs_the_worst_decides() {
    let repo = pushing();
    repo.git(&["checkout", "-q", "-b", "bad"]);
    assert_passed(&repo.file("a.py", secret("a")).commit_all());
    repo.git(&["checkout", "-q", "-b", "good", "main"]);
    assert_passed(&repo.file("b.py", "clean\n").commit_all());
    repo.git(&["branch", "zzz"]);
    let ran = repo.try_git(&["push", "-q", "origin", "good", "bad", "zzz"]);
    assert_stopped(&ran, "push");
    assert_passed(&repo.try_git(&["push", "-q", "origin", "good", "zzz"]));
}

#[test]
fn a_forced_push_over_commits_that_are_not_here_reads_what_is_new() {
    let repo = pushing();
    repo.git(&["clone", "-q", "../remote.git", "../other"]);
    repo.project.file("other/theirs", "x\n");
    assert_eq!(repo.try_git_in("../other", &["add", "-A"]).code, 0);
    assert_eq!(repo.try_git_in("../other", &["commit", "-q", "-m", "theirs"]).code, 0);
    assert_eq!(repo.try_git_in("../other", &["push", "-q", "origin", "HEAD:main"]).code, 0);
    assert_passed(&repo.file("a.py", secret("a")).commit_all());
    let ran = repo.try_git(&["push", "-q", "--force", "origin", "main"]);
    assert_stopped(&ran, "push");
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    assert_passed(&repo.file("a.py", "clean\n").commit_all());
    assert_passed(&repo.try_git(&["push", "-q", "--force", "origin", "main"]));
}

#[test]
fn what_is_not_from_git_is_refused() {
    let repo = Repo::new();
    let ran = repo.project.keyward_in("repo", &["hook", "run", "--stage", "pre-push"], Some(b"main\n"));
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("standard input is not what git gives to a pre-push hook"), "{ran:?}");
}

#[test]
fn a_server_sees_what_is_pushed_before_it_belongs_to_the_repository() {
    let repo = Repo::new();
    repo.git(&["init", "-q", "--bare", "-b", "main", "../remote.git"]);
    repo.git(&["push", "-q", "../remote.git", "main"]);
    let read = "while read old new name; do keyward --diff \"$old..$new\" || exit 1; done";
    repo.script("../remote.git/hooks/pre-receive", read);
    let push = |more: &[&str]| repo.try_git(&[&["push", "../remote.git"], more].concat());
    assert_passed(&repo.file("a.py", "clean\n").commit_all());
    let ran = push(&["main"]);
    assert_passed(&ran);
    assert!(ran.stderr.contains("read 1 commit, 1 blob"), "{ran:?}");
    assert_passed(&repo.file("a.py", secret("a")).commit_all());
    let ran = push(&["main"]);
    assert_ne!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("error[openai-api-key]"), "{ran:?}");
    let ran = push(&["main:refs/heads/new"]);
    assert_ne!(ran.code, 0, "{ran:?}");
}

#[test]
fn what_another_remote_has_is_news_to_the_one_that_is_pushed_to() {
    let repo = pushing();
    assert_passed(&repo.file("a.py", secret("a")).commit_all());
    repo.git(&["push", "-q", "--no-verify", "origin", "main"]);
    assert_passed(&repo.file("b.py", "clean\n").commit_all());
    let ran = repo.try_git(&["push", "-q", "origin", "main:refs/heads/new"]);
    assert_passed(&ran);
    repo.git(&["init", "-q", "--bare", "../public.git"]).git(&["remote", "add", "public", "../public.git"]);
    let ran = repo.try_git(&["push", "-q", "public", "main"]);
    assert_stopped(&ran, "push");
    repo.git(&["push", "-q", "--no-verify", "public", "main"]);
    assert_passed(&repo.file("c.py", "clean\n").commit_all());
    assert_passed(&repo.try_git(&["push", "-q", "public", "main:refs/heads/new"]));
    // To an address that no remote has: what any of them holds is known.
    repo.git(&["init", "-q", "--bare", "../third.git"]);
    assert_passed(&repo.try_git(&["push", "-q", "../third.git", "main"]));
}
