//! README.md and docs/: every command that they show is run, every configuration is read, every link leads somewhere.
//!
//! A command is run in a repository of its own by the shell, as somebody would paste it, and must end as the pages say a scan ends: 0 or 1. What
//! cannot be run here, because it asks somebody, builds something or belongs to another program, stands in a table with the reason; an entry of the
//! table that fits no line is an error, so that it does not outlive its line.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use clap::Parser as _;
use keyward::cli::Cli;
use rayon::prelude::*;

use crate::{
    git::commit,
    hook::{Repo, secret},
    support::{Project, judge, openai_key},
};

/// Lines that are not run: where they begin, and why.
const NOT_RUN: &[(&str, &str)] = &[
    ("cargo install --locked --path .", "builds"),
    ("cargo run --release --locked -- PATH", "builds"),
    ("cargo test --locked", "is this test"),
    ("git clone URL repo && cd repo", "fetches a repository that has no name yet"),
    ("git fetch origin '+refs/*:refs/server/*'", "fetches from it"),
    ("keyward --verify", "asks providers"),
    ("keyward --history --verify", "asks providers"),
    ("keyward inventory --verify", "asks providers"),
    ("keyward doctor --verify", "asks a provider"),
    ("keyward verify --env OPENAI_API_KEY", "asks a provider"),
    ("keyward verify < key.txt", "asks a provider"),
];
/// Pages whose lines are run by a test of their own.
const RUN_ELSEWHERE: &[(&str, &str)] = &[("docs/scale.md", "tests/it/scale.rs")];
/// What stands above a configuration that is no repository's.
const OWN: &str = "the user's own";

/// A fenced block of a page.
pub(crate) struct Block {
    pub(crate) page: String,
    pub(crate) language: String,
    /// What stands above it, when that is a comment.
    mark: String,
    pub(crate) text: String,
}

fn pages() -> Vec<String> {
    let mut pages = vec!["README.md".to_owned()];
    for entry in fs::read_dir("docs").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path.to_str().unwrap().to_owned());
        }
    }
    pages.sort();
    pages
}

pub(crate) fn blocks() -> Vec<Block> {
    let mut blocks = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        let mut before = "";
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if let Some(language) = line.trim_start().strip_prefix("```") {
                let inside: Vec<&str> =
                    lines.by_ref().take_while(|line| !line.trim_start().starts_with("```")).collect();
                let (language, mark) = (language.trim().to_owned(), before.to_owned());
                blocks.push(Block { page: page.clone(), language, mark, text: inside.join("\n") });
            }
            before = line;
        }
    }
    blocks
}

/// A command, behind its page.
type Line = (String, String);

/// The commands of the pages.
fn commands() -> Vec<Line> {
    let mut commands = Vec::new();
    for Block { page, language, text, .. } in blocks() {
        let lines: Vec<&str> = match language.as_str() {
            "sh" => text.lines().collect(),
            "console" => text.lines().filter_map(|line| line.strip_prefix("$ ")).collect(),
            // The scripts of a pipeline.
            "yaml" => text.lines().filter_map(|line| line.trim_start().strip_prefix("- keyward ")).collect(),
            _ => continue,
        };
        let is_script = language == "yaml";
        for line in lines {
            let line = line.split("  #").next().unwrap().trim();
            if !line.is_empty() && !line.starts_with('#') {
                commands.push((page.clone(), if is_script { format!("keyward {line}") } else { line.to_owned() }));
            }
        }
    }
    commands
}

/// The commands that are run, and those that are not.
fn divided() -> (Vec<Line>, Vec<Line>) {
    let elsewhere = |page: &str| RUN_ELSEWHERE.iter().any(|(other, _)| *other == page);
    let is_not_run = |line: &str| NOT_RUN.iter().any(|(start, _)| line.starts_with(start));
    let all = commands().into_iter().filter(|(page, _)| !elsewhere(page));
    all.partition(|(_, line)| !is_not_run(line))
}

/// A line with what is optional in it, and without.
fn variants(line: &str) -> Vec<String> {
    match line.split_once('[').and_then(|(head, rest)| Some((head, rest.split_once(']')?))) {
        Some((head, (inside, tail))) if inside.starts_with('-') => {
            vec![format!("{head}{tail}").trim().to_owned(), format!("{head}{inside}{tail}")]
        }
        _ => vec![line.to_owned()],
    }
}

/// A repository in which every command has something to look at: commits on two branches, something staged, a `.env`, what another scanner keeps.
pub(crate) fn repository() -> Repo {
    let repo = Repo::new();
    repo.file(
        "src/app.py",
        format!("import os\nfrom openai import OpenAI\nclient = OpenAI(api_key=\"{}\")\n", openai_key("app")),
    );
    repo.file(".env", format!("OPENAI_API_KEY={}\n", openai_key("env"))).file(".gitignore", "/.env\n");
    repo.file("services/chat/main.py", "import os\nKEY = os.environ[\"KEY\"]\n");
    repo.file(".gitleaks.toml", "[extend]\nuseDefault = true\n[allowlist]\npaths = ['''^old/''']\n");
    repo.file(".secrets.baseline", "{\"version\": \"1.5.0\", \"results\": {}}");
    repo.file("keyward.baseline", "# keyward baseline v1\n");
    commit(&repo, "first");
    repo.git(&["checkout", "-q", "-b", "side"]).file("more.py", secret("more"));
    commit(&repo, "second");
    repo.file("staged.py", secret("staged")).git(&["add", "-A"]);
    // One `git add` away from the next commit, which has a safe fix.
    repo.file("services/chat/.env", format!("KEY={}\n", openai_key("chat")));
    repo
}

/// A copy of the repository at `from`, which a command may change.
fn copy(from: &Path) -> Project {
    let copy = Project::without_git();
    let copied = Command::new("cp").arg("-R").arg(from.join(".")).arg(copy.path("repo")).status().unwrap();
    assert!(copied.success());
    copy
}

/// Runs a line in the shell, in the copy of a repository, with keyward on the path. `base` is the commit that it began with.
fn run(line: &str, project: &Project, base: &str) -> (i32, String) {
    let programs = Path::new(env!("CARGO_BIN_EXE_keyward")).parent().unwrap().to_owned();
    let path = env::join_paths([programs].into_iter().chain(env::split_paths(&env::var_os("PATH").unwrap()))).unwrap();
    let output = Command::new("sh")
        .args(["-c", line, "sh", "origin"])
        .current_dir(project.path("repo"))
        .env_clear()
        .env("PATH", path)
        .env("HOME", project.root())
        .env("COLUMNS", "100")
        .env("GITHUB_STEP_SUMMARY", "summary.md")
        .env("CI_MERGE_REQUEST_DIFF_BASE_SHA", base)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8_lossy(&text).into_owned())
}

/// The words of a line up to what the shell does with it.
fn words(line: &str) -> Vec<String> {
    let line = line.split(['|', '<', '>', '&']).next().unwrap();
    line.split_whitespace().map(|word| word.replace(['"', '\''], "")).collect()
}

/// What is wrong with a line when it is run in a copy of `repo`.
fn problem(line: &str, page: &str, repo: &Path, base: &str) -> Option<String> {
    if !line.split_whitespace().any(|word| word == "keyward") {
        return Some(format!("{page}: `{line}` runs no keyward: add it to the table of what is not run"));
    }
    let project = copy(repo);
    if line.contains("baseline create") {
        fs::remove_file(project.path("repo/keyward.baseline")).unwrap();
    }
    if line.contains("uninstall") {
        run(&line.replace("uninstall", "install"), &project, base);
    }
    let (code, text) = run(line, &project, base);
    (!matches!(code, 0 | 1)).then(|| format!("{page}: `{line}` ends with {code}:\n{text}"))
}

#[test]
fn every_command_of_the_pages_runs() {
    let (run_here, _) = divided();
    assert!(run_here.len() > 40, "only {} commands were found", run_here.len());
    let repo = repository();
    let base = repo.try_git(&["rev-parse", "main"]).stdout;
    // Each line once, whichever page shows it first.
    let mut lines: BTreeMap<String, &str> = BTreeMap::new();
    for (page, line) in &run_here {
        for line in variants(line) {
            lines.entry(line).or_insert(page);
        }
    }
    let wrong: Vec<String> =
        lines.par_iter().filter_map(|(line, page)| problem(line, page, &repo.path(""), base.trim())).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_not_run_is_at_least_a_command() {
    let (_, not_run) = divided();
    for (page, line) in not_run.iter().filter(|(_, line)| line.starts_with("keyward ")) {
        for line in variants(line) {
            let parsed = Cli::try_parse_from(words(&line));
            assert!(parsed.is_ok(), "{page}: {line}: {}", parsed.unwrap_err());
        }
    }
}

/// Words that stand for something else in a command that is spoken of.
const STANDS_FOR: [&str; 5] = ["…", "[", "|", "<", "FORMAT"];

#[test]
fn every_command_that_is_spoken_of_is_one() {
    let mut spoken: Vec<(String, String)> = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        // Every second piece between backticks is code.
        let code = text.split('`').skip(1).step_by(2).filter(|code| !code.contains('\n'));
        spoken.extend(code.map(|code| (page.clone(), code.to_owned())));
    }
    let project = Project::new();
    for command in ["", "merge", "inventory", "verify", "doctor", "fix", "hook", "import"] {
        let arguments: Vec<&str> = [command, "--help"].into_iter().filter(|word| !word.is_empty()).collect();
        let help = project.keyward(&arguments).stdout;
        let examples = help.lines().filter_map(|line| line.strip_prefix("  ")?.split("  ").next());
        spoken.extend(examples.map(|line| (format!("keyward {command} --help"), line.to_owned())));
    }
    spoken.retain(|(_, line)| {
        line.starts_with("keyward ") && !STANDS_FOR.iter().any(|word| words(line).join(" ").contains(word))
    });
    assert!(spoken.len() > 60, "only {} commands were found", spoken.len());
    let mut wrong = Vec::new();
    for (page, line) in &spoken {
        // A page for help or the version is what was asked for.
        if let Err(error) = Cli::try_parse_from(words(line))
            && error.use_stderr()
        {
            wrong.push(format!("{page}: `{line}`: {error}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_tables_fit_lines_of_the_pages() {
    let all = commands();
    for (start, reason) in NOT_RUN {
        assert!(all.iter().any(|(_, line)| line.starts_with(start)), "no page has `{start}` ({reason})");
    }
    for (page, test) in RUN_ELSEWHERE {
        assert!(
            Path::new(page).exists() && fs::read_to_string(test).unwrap().contains(page),
            "{test} does not run {page}"
        );
    }
}

/// The configurations of a repository that the pages show, each behind its page.
pub(crate) fn configurations() -> Vec<Line> {
    let of_repository = blocks().into_iter().filter(|block| block.language == "toml" && !block.mark.contains(OWN));
    of_repository.map(|block| (block.page, block.text)).collect()
}

#[test]
fn every_configuration_of_the_pages_is_one() {
    let configurations = configurations();
    assert!(configurations.len() >= 3, "only {} configurations were found", configurations.len());
    for (page, text) in configurations {
        let project = Project::new();
        project.file("keyward.toml", &text);
        let ran = project.keyward(&["rules"]);
        assert_eq!(ran.code, 0, "{page}:\n{text}\n{}", ran.stderr);
    }
}

#[cfg(feature = "network")]
#[test]
fn the_users_own_file_is_read_as_the_pages_show_it() {
    let own: Vec<Block> = blocks().into_iter().filter(|block| block.mark.contains(OWN)).collect();
    assert_eq!(own.len(), 1);
    let project = Project::new();
    project
        .file(".config/keyward/config.toml", &own[0].text)
        .file("scanned/.git/HEAD", "")
        .file("scanned/a.py", "x = 1\n");
    let ran = project.keyward_in("scanned", &["--no-progress"], None);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    // Nobody is asked where nothing is found; a mistake in the file would be said all the same.
    project.file(".config/keyward/config.toml", own[0].text.replace("verify-timeout", "verify-timeoud"));
    assert_eq!(project.keyward_in("scanned", &["--no-progress"], None).code, 2);
}

#[test]
fn the_pipelines_of_the_pages_are_valid() {
    let pipelines = || blocks().into_iter().filter(|block| block.page == "docs/gitlab.md" && block.language == "yaml");
    assert!(pipelines().count() >= 3);
    for Block { text, .. } in pipelines() {
        let Some(mut tool) = judge("check-jsonschema").map(Command::new) else { return };
        let project = Project::without_git();
        project.file(".gitlab-ci.yml", &text);
        let arguments = ["--builtin-schema", "vendor.gitlab-ci"];
        let ran = tool.args(arguments).arg(project.path(".gitlab-ci.yml")).output().unwrap();
        assert!(ran.status.success(), "{text}\n{ran:?}");
    }
}

#[test]
fn every_link_of_the_pages_leads_somewhere() {
    let mut broken = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        let folder = Path::new(&page).parent().unwrap().to_owned();
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split(')').next().unwrap();
            let file = target.split('#').next().unwrap();
            if file.is_empty() || file.contains("://") {
                continue;
            }
            let path: PathBuf = folder.join(file);
            if !path.exists() {
                broken.push(format!("{page}: {target}"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_index_names_every_page() {
    let index = fs::read_to_string("docs/README.md").unwrap();
    for page in pages().iter().filter_map(|page| page.strip_prefix("docs/")).filter(|page| *page != "README.md") {
        assert!(index.contains(&format!("[{page}]({page})")), "docs/README.md does not name {page}");
    }
}
