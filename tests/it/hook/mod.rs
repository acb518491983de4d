//! Hooks as people meet them: real commits and pushes through git, and through pre-commit and prek.

mod install;
mod managers;
mod names;
mod stages;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::support::{Project, Ran, openai_key};

/// A git repository in `repo`, with one commit, and room for others beside it. Nothing of the machine's git configuration takes effect.
pub(crate) struct Repo {
    pub(crate) project: Project,
    /// Searched before everything else; by default where the tested keyward is.
    programs: PathBuf,
}

/// A line with a key.
pub(crate) fn secret(seed: &str) -> String {
    format!("key = \"{}\"\n", openai_key(seed))
}

impl Repo {
    pub(crate) fn new() -> Self {
        let repo = Self::without_git();
        fs::create_dir(repo.path("")).unwrap();
        repo.git(&["init", "-q", "-b", "main"]);
        repo.file("README", "read me\n").git(&["add", "README"]);
        repo.git(&["commit", "-q", "-m", "start"]);
        repo
    }

    pub(crate) fn without_git() -> Self {
        let programs = Path::new(env!("CARGO_BIN_EXE_keyward")).parent().unwrap().to_owned();
        Self { project: Project::without_git(), programs }
    }

    /// A repository with the hook of a stage.
    fn with_hook(stage: &str) -> Self {
        let repo = Self::new();
        let ran = repo.keyward(&["hook", "install", "--stage", stage]);
        assert_eq!(ran.code, 0, "{ran:?}");
        repo
    }

    /// A path in the repository.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.project.path("repo").join(name)
    }

    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        self.project.file(&format!("repo/{name}"), content);
        self
    }

    /// A file that can be run.
    fn script(&self, name: &str, body: &str) -> &Self {
        self.file(name, format!("#!/bin/sh\n{body}\n"));
        #[cfg(unix)]
        fs::set_permissions(self.path(name), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        self
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// The environment of every program that is run, in a folder beside or in the repository.
    pub(crate) fn run(&self, program: &Path, folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        let own = [self.programs.clone()].into_iter();
        let path = env::join_paths(own.chain(env::split_paths(&env::var_os("PATH").unwrap()))).unwrap();
        let who = ["GIT_AUTHOR", "GIT_COMMITTER"];
        let mut command = Command::new(program);
        command.env_clear().env("PATH", path).env("HOME", self.project.root()).env("COLUMNS", "200");
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_TERMINAL_PROMPT", "0");
        for name in who {
            command.env(format!("{name}_NAME"), "t").env(format!("{name}_EMAIL"), "t@example.org");
            command.env(format!("{name}_DATE"), "2026-01-02T03:04:05Z");
        }
        command.envs(variables.iter().copied()).current_dir(folder).args(arguments).stdin(Stdio::null());
        Ran::of(command.output().unwrap())
    }

    fn try_git_in(&self, folder: &str, arguments: &[&str]) -> Ran {
        self.run(Path::new("git"), &self.path(folder), arguments, &[])
    }

    pub(crate) fn try_git(&self, arguments: &[&str]) -> Ran {
        self.try_git_in("", arguments)
    }

    /// Runs git, which must succeed.
    pub(crate) fn git(&self, arguments: &[&str]) -> &Self {
        let ran = self.try_git(arguments);
        assert_eq!(ran.code, 0, "git {arguments:?}: {ran:?}");
        self
    }

    /// Runs git with an input; what it prints, without the end of the line.
    pub(crate) fn git_with_input(&self, arguments: &[&str], input: &str) -> String {
        self.file(".git/input", input);
        let mut command = Command::new("git");
        let input = fs::File::open(self.path(".git/input")).unwrap();
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").current_dir(self.path(""));
        let ran = Ran::of(command.args(arguments).stdin(input).output().unwrap());
        assert_eq!(ran.code, 0, "git {arguments:?}: {ran:?}");
        ran.stdout.trim().to_owned()
    }

    pub(crate) fn keyward_with(&self, folder: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        self.run(Path::new(env!("CARGO_BIN_EXE_keyward")), &self.path(folder), arguments, variables)
    }

    pub(crate) fn keyward(&self, arguments: &[&str]) -> Ran {
        self.keyward_with("", arguments, &[])
    }

    /// Stages everything and tries to commit it.
    fn commit_all(&self) -> Ran {
        self.git(&["add", "-A"]);
        self.try_git(&["commit", "-q", "-m", "more"])
    }

    /// How many commits the branch has.
    fn commits(&self) -> usize {
        self.try_git(&["rev-list", "--count", "HEAD"]).stdout.trim().parse().unwrap()
    }
}

/// Asserts that keyward stopped a commit or a push, and that it said how to go on.
#[track_caller]
fn assert_stopped(ran: &Ran, action: &str) {
    assert_ne!(ran.code, 0, "{ran:?}");
    assert!(reported(ran).contains("error[openai-api-key]"), "{ran:?}");
    assert!(ran.stderr.contains(&format!("keyward: {action} stopped: ")), "{ran:?}");
    assert!(ran.stderr.contains(&format!("git {action} --no-verify")), "{ran:?}");
}

#[track_caller]
fn assert_passed(ran: &Ran) {
    assert_eq!(ran.code, 0, "{ran:?}");
}

/// What a hook printed: git sends it to standard error for a commit, and leaves it on standard output for a push.
fn reported(ran: &Ran) -> &str {
    if ran.stdout.is_empty() { &ran.stderr } else { &ran.stdout }
}
