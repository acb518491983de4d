//! The hooks of `.pre-commit-hooks.yaml`, run by pre-commit and by prek.
//!
//! Both are looked for in the folder that `KEYWARD_HOOK_MANAGERS` names and on PATH; `.ci/run` provides them. Where one is missing its part of a
//! test is left out, and the test says so.

use std::{env, fs, io::Write as _, path::PathBuf};

use super::{Repo, reported, secret};
use crate::support::Ran;

/// A program that runs hooks.
struct Manager {
    name: &'static str,
    program: PathBuf,
}

/// Those that are on this machine.
fn managers() -> Vec<Manager> {
    let given = env::var_os("KEYWARD_HOOK_MANAGERS").map(PathBuf::from);
    let folders: Vec<PathBuf> =
        given.into_iter().chain(env::split_paths(&env::var_os("PATH").unwrap_or_default())).collect();
    let find = |name| {
        let program = folders.iter().map(|folder| folder.join(name)).find(|program| program.is_file());
        if program.is_none() {
            let _ = writeln!(std::io::stderr(), "{name} is not on this machine; what concerns it was not tested");
        }
        Some(Manager { name, program: program? })
    };
    ["pre-commit", "prek"].into_iter().filter_map(find).collect()
}

/// A repository whose configuration takes the hooks with these lines from ours, as committed.
fn configured(hooks: &str) -> Repo {
    let repo = Repo::new();
    let manifest = fs::read(".pre-commit-hooks.yaml").unwrap();
    repo.git(&["init", "-q", "../hooks"]).project.file("hooks/.pre-commit-hooks.yaml", manifest);
    assert_eq!(repo.try_git_in("../hooks", &["add", "-A"]).code, 0);
    assert_eq!(repo.try_git_in("../hooks", &["commit", "-q", "-m", "hooks"]).code, 0);
    let rev = repo.try_git_in("../hooks", &["rev-parse", "HEAD"]).stdout.trim().to_owned();
    let url = repo.project.path("hooks").display().to_string();
    let text = format!("repos:\n- repo: {url}\n  rev: {rev}\n  hooks:\n{hooks}");
    repo.file(".pre-commit-config.yaml", text).git(&["add", "-A"]).git(&["commit", "-q", "-m", "configure"]);
    repo
}

impl Manager {
    fn run(&self, repo: &Repo, arguments: &[&str]) -> Ran {
        let cache = repo.project.path("cache");
        let cache = cache.to_str().unwrap();
        let variables =
            [("PRE_COMMIT_HOME", cache), ("PREK_HOME", cache), ("NO_COLOR", "1"), ("PRE_COMMIT_COLOR", "never")];
        repo.run(&self.program, &repo.path(""), arguments, &variables)
    }

    #[track_caller]
    fn assert_finds(&self, repo: &Repo, arguments: &[&str]) -> Ran {
        let ran = self.run(repo, arguments);
        assert_eq!(ran.code, 1, "{} {arguments:?}: {ran:?}", self.name);
        assert!(ran.stdout.contains("error[openai-api-key]"), "{} {arguments:?}: {ran:?}", self.name);
        ran
    }

    #[track_caller]
    fn assert_passes(&self, repo: &Repo, arguments: &[&str]) -> Ran {
        let ran = self.run(repo, arguments);
        assert_eq!(ran.code, 0, "{} {arguments:?}: {ran:?}", self.name);
        ran
    }
}

#[test]
fn the_list_of_hooks_is_valid() {
    for manager in managers() {
        let repo = Repo::new();
        repo.file(".pre-commit-hooks.yaml", fs::read(".pre-commit-hooks.yaml").unwrap());
        manager.assert_passes(&repo, &["validate-manifest", ".pre-commit-hooks.yaml"]);
    }
}

#[test]
fn named_files_are_read_as_they_are_staged_and_all_of_them_when_asked() {
    for manager in managers() {
        let repo = configured("  - id: keyward-system\n");
        repo.file("a.py", secret("a")).git(&["add", "a.py"]).file("a.py", "clean\n");
        manager.assert_finds(&repo, &["run"]);
        assert_eq!(repo.read("a.py"), "clean\n", "the working copy is as it was");
        repo.git(&["commit", "-q", "-m", "key"]).git(&["checkout", "-q", "."]);
        manager.assert_finds(&repo, &["run", "--all-files"]);
        manager.assert_finds(&repo, &["run", "--from-ref", "HEAD~1", "--to-ref", "HEAD"]);
        repo.file("a.py", "clean\n").git(&["add", "a.py"]).file("a.py", secret("a"));
        manager.assert_passes(&repo, &["run"]);
        repo.git(&["commit", "-q", "-m", "clean"]).git(&["checkout", "-q", "."]);
        let ran = manager.assert_passes(&repo, &["run", "--all-files", "--verbose"]);
        assert!(ran.stdout.contains("no findings; read 3 files"), "{}: {ran:?}", manager.name);
    }
}

#[test]
fn a_tracked_file_cannot_switch_the_hook_off() {
    for manager in managers() {
        for arguments in ["", "    args: [--fail-on, error]\n"] {
            let repo = configured(&format!("  - id: keyward-system\n{arguments}"));
            repo.file("--exit-zero", "clean\n").file("a.py", secret("a")).git(&["add", "-A"]);
            let ran = manager.run(&repo, &["run"]);
            assert_eq!(ran.code, 1, "{}: {ran:?}", manager.name);
            let said = if arguments.is_empty() {
                "error[openai-api-key]"
            } else {
                "`--exit-zero` may be an option or the file"
            };
            assert!(ran.stdout.contains(said), "{}: {ran:?}", manager.name);
        }
    }
}

#[test]
fn excluded_files_may_be_committed() {
    for manager in managers() {
        let repo = configured("  - id: keyward-system\n");
        repo.file("keyward.toml", "exclude = [\"keys/\"]\n")
            .git(&["add", "-A"])
            .git(&["commit", "-q", "-m", "settings"]);
        repo.file("keys/a.py", secret("a")).git(&["add", "-A"]);
        manager.assert_passes(&repo, &["run"]);
    }
}

#[test]
fn commits_and_pushes_go_through_the_installed_managers() {
    for manager in managers() {
        let repo = configured("  - id: keyward-system\n    stages: [pre-commit]\n  - id: keyward-push\n");
        manager.assert_passes(&repo, &["install", "--hook-type", "pre-commit", "--hook-type", "pre-push"]);
        let cache = repo.project.path("cache");
        let cache = cache.to_str().unwrap();
        let git = |arguments: &[&str]| {
            let variables = [("PRE_COMMIT_HOME", cache), ("PREK_HOME", cache)];
            repo.run("git".as_ref(), &repo.path(""), arguments, &variables)
        };
        repo.file("a.py", secret("a")).git(&["add", "-A"]);
        let ran = git(&["commit", "-q", "-m", "key"]);
        assert_ne!(ran.code, 0, "{}: {ran:?}", manager.name);
        assert!(reported(&ran).contains("error[openai-api-key]"), "{}: {ran:?}", manager.name);
        repo.git(&["init", "-q", "--bare", "-b", "main", "../remote.git"]).git(&[
            "remote",
            "add",
            "origin",
            "../remote.git",
        ]);
        repo.git(&["commit", "-q", "--no-verify", "-m", "key"]);
        let ran = git(&["push", "-q", "origin", "main"]);
        assert_ne!(ran.code, 0, "the first push: {}: {ran:?}", manager.name);
        assert!(reported(&ran).contains("error[openai-api-key]"), "{}: {ran:?}", manager.name);
        repo.git(&["push", "-q", "--no-verify", "origin", "main"]);
        // One commit adds a key and the next takes it out: no file has changed.
        repo.file("b.py", secret("b")).git(&["add", "-A"]).git(&["commit", "-q", "--no-verify", "-m", "key"]);
        repo.git(&["rm", "-q", "b.py"]).git(&["commit", "-q", "--no-verify", "-m", "clean"]);
        let ran = git(&["push", "-q", "origin", "main"]);
        assert_ne!(ran.code, 0, "{}: {ran:?}", manager.name);
        assert!(reported(&ran).contains("error[openai-api-key]"), "{}: {ran:?}", manager.name);
        repo.git(&["reset", "-q", "--hard", "HEAD~2"]);
        repo.file("c.py", "clean\n").git(&["add", "-A"]);
        assert_eq!(git(&["commit", "-q", "-m", "clean"]).code, 0);
        let ran = git(&["push", "-q", "origin", "main"]);
        assert_eq!(ran.code, 0, "{}: {ran:?}", manager.name);
    }
}

#[test]
fn a_hook_that_can_see_nothing_does_not_pass_in_silence() {
    for manager in managers() {
        let repo = configured("  - id: keyward-staged\n  - id: keyward-push\n");
        repo.file("a.py", secret("a")).git(&["add", "-A"]);
        manager.assert_finds(&repo, &["run"]);
        repo.git(&["commit", "-q", "--no-verify", "-m", "key"]);
        for stage in ["pre-commit", "pre-push"] {
            let ran = manager.run(&repo, &["run", "--all-files", "--hook-stage", stage]);
            assert_eq!(ran.code, 1, "{}: {ran:?}", manager.name);
            assert!(ran.stdout.contains("use the hook that takes their names"), "{}: {ran:?}", manager.name);
        }
    }
}
