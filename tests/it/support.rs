//! A scratch repository and the real binary run in it, with an environment that holds nothing of the developer's.

use std::{
    env, fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use keyward::rules::template::expand;
use tempfile::TempDir;

/// A project key as tests plant it; the same seed gives the same key.
pub(crate) fn openai_key(seed: &str) -> String {
    expand("sk-proj-{url64:74}T3BlbkFJ{url64:74}", seed)
}

/// A folder with an empty `.git`, which makes it a repository for keyward and for the walker.
pub(crate) struct Project {
    folder: TempDir,
}

/// What a run printed and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let code = output.status.code().expect("keyward is not killed");
        Self { code, stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl Project {
    pub(crate) fn new() -> Self {
        let project = Self::without_git();
        fs::create_dir(project.path(".git")).unwrap();
        project
    }

    pub(crate) fn without_git() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file, and the folders around it.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    pub(crate) fn keyward(&self, arguments: &[&str]) -> Ran {
        self.keyward_in("", arguments, None)
    }

    pub(crate) fn keyward_with_input(&self, arguments: &[&str], input: &[u8]) -> Ran {
        self.keyward_in("", arguments, Some(input))
    }

    /// Runs keyward with further environment variables.
    pub(crate) fn keyward_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        let mut command = self.command("", arguments);
        Ran::of(command.envs(variables.iter().copied()).stdin(Stdio::null()).output().unwrap())
    }

    /// Runs keyward with an input that is never closed.
    pub(crate) fn keyward_waiting(&self, arguments: &[&str]) -> Ran {
        let mut child = self.command("", arguments).stdin(Stdio::piped()).spawn().unwrap();
        let open = child.stdin.take();
        let ran = Ran::of(child.wait_with_output().unwrap());
        drop(open);
        ran
    }

    /// Starts keyward and does not wait for it.
    #[cfg_attr(not(feature = "network"), allow(dead_code, reason = "only what asks somebody can be interrupted"))]
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command("", arguments).stdin(Stdio::null()).spawn().unwrap()
    }

    /// Runs keyward in a folder of the project.
    pub(crate) fn keyward_in(&self, folder: &str, arguments: &[&str], input: Option<&[u8]>) -> Ran {
        let stdin = if input.is_some() { Stdio::piped() } else { Stdio::null() };
        let mut child = self.command(folder, arguments).stdin(stdin).spawn().unwrap();
        if let Some(input) = input {
            // A program that refuses its options closes its input early.
            let _ = child.stdin.take().unwrap().write_all(input);
        }
        Ran::of(child.wait_with_output().unwrap())
    }

    fn command(&self, folder: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyward"));
        command
            .args(arguments)
            .current_dir(self.path(folder))
            .env_clear()
            .env("HOME", self.root())
            .env("COLUMNS", "80")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// The JSON report of a run.
    pub(crate) fn report(&self, arguments: &[&str]) -> serde_json::Value {
        let ran = self.keyward(&[&["-f", "json"], arguments].concat());
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
    }

    /// `path:line rule` of every finding.
    pub(crate) fn findings(&self, arguments: &[&str]) -> Vec<String> {
        let report = self.report(arguments);
        let show = |finding: &serde_json::Value| {
            let (place, rule) = (&finding["location"], finding["rule"].as_str().unwrap());
            format!("{}:{} {rule}", place["path"].as_str().unwrap(), place["start_line"])
        };
        report["findings"].as_array().unwrap().iter().map(show).collect()
    }
}

/// A program that judges what keyward writes, when it is on this machine: in the folder that `KEYWARD_ACTION_TOOLS` names, or on PATH. `.ci/run` provides them.
pub(crate) fn judge(name: &str) -> Option<PathBuf> {
    let given = env::var_os("KEYWARD_ACTION_TOOLS").map(PathBuf::from).into_iter();
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders = given.chain(env::split_paths(&path));
    let program = folders.find_map(|folder| Some(folder.join(name)).filter(|program| program.is_file()));
    if program.is_none() {
        say_left_out(name);
    }
    program
}

/// Says in the log of a test that a part of it was left out.
pub(crate) fn say_left_out(name: &str) {
    let _ = writeln!(std::io::stderr(), "{name} is not on this machine; what concerns it was not tested");
}
