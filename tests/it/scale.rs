//! The recipes of `docs/scale.md`: each is taken from the page and run, as the engine would run it.

use std::{
    collections::BTreeMap,
    env, fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use crate::support::{Project, openai_key};

/// Workers in every recipe.
const PARTS: usize = 4;

/// The blocks of the page that are marked to be run, by name. Every block is.
fn recipes() -> BTreeMap<String, String> {
    let page = fs::read_to_string("docs/scale.md").unwrap();
    let mut recipes = BTreeMap::new();
    for part in page.split("<!-- run: ").skip(1) {
        let (name, rest) = part.split_once(" -->\n```").unwrap();
        let (_, rest) = rest.split_once('\n').unwrap();
        let (code, _) = rest.split_once("```").unwrap();
        recipes.insert(name.to_owned(), code.to_owned());
    }
    assert_eq!(
        recipes.len(),
        page.matches("\n```").count() / 2,
        "every block is run or the page says less than it does"
    );
    recipes
}

fn recipe(name: &str) -> String {
    recipes().remove(name).unwrap_or_else(|| panic!("docs/scale.md has no recipe {name}"))
}

/// The scripts in a YAML document: the block scalars, without their indentation.
fn scripts(yaml: &str) -> Vec<String> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut scripts = Vec::new();
    let mut lines = yaml.lines().peekable();
    while let Some(line) = lines.next() {
        if !line.ends_with('|') {
            continue;
        }
        let own = lines.peek().map_or(0, |first| indent(first));
        let mut script = String::new();
        while let Some(line) = lines.next_if(|line| indent(line) >= own) {
            script.push_str(&line[own..]);
            script.push('\n');
        }
        scripts.push(script);
    }
    scripts
}

/// Runs `script` in `folder` with keyward on the path.
fn run(shell: &str, script: &str, folder: &Path, variables: &[(&str, String)]) -> Output {
    let keyward = Path::new(env!("CARGO_BIN_EXE_keyward")).parent().unwrap();
    let path = env::join_paths([keyward.to_owned()].into_iter().chain(env::split_paths(&env::var_os("PATH").unwrap())));
    Command::new(shell)
        .args(["-eu", "-c", script])
        .current_dir(folder)
        .env_clear()
        .env("PATH", path.unwrap())
        .env("HOME", folder)
        .env("COLUMNS", "100")
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// Asserts that a recipe ended with the report on what was planted, and nothing else went wrong.
fn ends_well(output: &Output, places: &[&str], last: &str) {
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    for place in places {
        assert!(text.contains(place), "{place} is missing in\n{text}");
    }
    assert!(text.ends_with(last), "{text}");
}

/// A repository with two places of one key.
fn repository(project: &Project, folder: &str) {
    fs::create_dir_all(project.path(&format!("{folder}/.git"))).unwrap();
    for number in 0..8 {
        let line = if number % 5 == 0 { format!("k = '{}'\n", openai_key("a")) } else { "x = 1\n".to_owned() };
        project.file(&format!("{folder}/src/f{number}.py"), line);
    }
}

const OF_ONE: [&str; 2] = ["  at:   src/f0.py:1:6\n", "  also: src/f5.py:1:6\n"];
const OF_ONE_ENDS: &str = "2 errors; 1 distinct secret\nread 8 files, 378 bytes in tree mode\n";

#[test]
fn shards_of_one_repository() {
    let project = Project::without_git();
    repository(&project, "api");
    let output = run("bash", &recipe("shards"), &project.path("api"), &[]);
    ends_well(&output, &OF_ONE, OF_ONE_ENDS);
}

/// Runs a recipe for many repositories.
fn many(name: &str) {
    let project = Project::without_git();
    for folder in ["repos/api", "repos/site", "repos/with blank"] {
        repository(&project, folder);
    }
    // Its own rules do not keep it from being merged.
    project.file("repos/site/keyward.toml", "skip = [\"openai\"]\n");
    let output = run("bash", &recipe(name), project.root(), &[]);
    let places = ["  at:   api/src/f0.py:1:6\n", "  also: api/src/f5.py:1:6\n        site/src/f0.py:1:6\n"];
    ends_well(&output, &places, "6 errors; 1 distinct secret\nread 25 files, 1.1 kB in tree mode, 3 repositories\n");
}

#[test]
fn many_repositories_with_xargs() {
    many("xargs");
}

#[test]
fn many_repositories_with_gnu_parallel() {
    // `.ci/run` installs it where it can; elsewhere the recipe is the same as that for xargs in other words.
    let version = Command::new("parallel").arg("--version").stdin(Stdio::null()).output();
    if version.is_ok_and(|output| output.stdout.starts_with(b"GNU parallel")) {
        many("parallel");
    }
}

/// Runs the scripts of an engine, the first once for each worker in a checkout of its own, and then the one that reports.
fn engine(scan: &str, report: &str, variables: impl Fn(usize, &Path) -> Vec<(&'static str, String)>) {
    let out = Project::without_git();
    for index in 0..PARTS {
        let checkout = Project::without_git();
        repository(&checkout, "api");
        let scan = scan
            .replace("${{ matrix.shard }}", &(index + 1).to_string())
            .replace("${{ strategy.job-total }}", &PARTS.to_string());
        let output = run("sh", &scan, &checkout.path("api"), &variables(index, out.root()));
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let name = format!("keyward-{}.jsonl", index + 1);
        // What the engine keeps as an artifact; on a shared volume it is there already.
        if let Ok(report) = fs::read(checkout.path(&format!("api/{name}"))) {
            out.file(&name, report);
        }
    }
    let output = run("sh", report, out.root(), &variables(0, out.root()));
    ends_well(&output, &OF_ONE, OF_ONE_ENDS);
}

#[test]
fn the_scripts_of_github_actions() {
    let yaml = recipe("actions");
    assert!(yaml.contains("shard: [1, 2, 3, 4]"));
    let scripts = scripts(&yaml);
    engine(&scripts[0], &scripts[1], |_, _| Vec::new());
}

#[test]
fn the_scripts_of_gitlab() {
    let yaml = recipe("gitlab");
    assert!(yaml.contains("parallel: 4"));
    let scripts = scripts(&yaml);
    let variables =
        |index: usize, _: &Path| vec![("CI_NODE_INDEX", (index + 1).to_string()), ("CI_NODE_TOTAL", PARTS.to_string())];
    engine(&scripts[0], &scripts[1], variables);
}

#[test]
fn the_script_of_an_indexed_job() {
    let yaml = recipe("kubernetes");
    assert!(yaml.contains("completions: 4"));
    let variables = |index: usize, out: &Path| {
        let (source, out) = (".".to_owned(), out.to_str().unwrap().to_owned());
        vec![("JOB_COMPLETION_INDEX", index.to_string()), ("SOURCE", source), ("REPORTS", out)]
    };
    engine(&scripts(&yaml)[0], &recipe("kubernetes-report"), variables);
}
