//! SARIF as code scanning takes it: places that are there, chains, its limits, and what independent judges say of the file.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};

use crate::{
    git::commit,
    hook::{Repo, secret},
    support::{Project, Ran, judge, say_left_out},
};

/// The one run in a report.
#[track_caller]
fn run(ran: &Ran) -> Value {
    let mut log: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    log["runs"][0].take()
}

fn place(result: &Value) -> (String, u64) {
    let place = &result["locations"][0]["physicalLocation"];
    (place["artifactLocation"]["uri"].as_str().unwrap().to_owned(), place["region"]["startLine"].as_u64().unwrap())
}

/// A key that stands in a file, one in a file that is gone, one that a file held before, and one in a message.
fn past() -> Repo {
    let repo = Repo::new();
    repo.git(&["rm", "-q", "README"]);
    repo.file(".hidden", "x\n").file("docs/readme.md", "x\n").file("now.py", format!("\n{}", secret("now")));
    repo.file("old/gone.py", secret("gone")).file("changed.py", secret("changed"));
    commit(&repo, "first");
    repo.git(&["rm", "-q", "old/gone.py"]).file("changed.py", "key = None\n");
    commit(&repo, &format!("second\n\n{}", secret("message")));
    repo
}

const HISTORY: [&str; 5] = ["--history", "--skip", "key-older-than", "-f", "sarif"];

#[test]
fn alerts_on_the_history_point_at_files_that_are_in_head_and_say_where_the_key_stood() {
    let repo = past();
    let ran = repo.keyward(&HISTORY);
    let run = run(&ran);
    let results = run["results"].as_array().unwrap();
    let mut told: Vec<((String, u64), String)> = results
        .iter()
        .map(|result| {
            let text = result["message"]["text"].as_str().unwrap();
            let stood = text.split_once(" It stood in ").map_or("", |(_, rest)| rest.split(": ").next().unwrap());
            (place(result), stood.to_owned())
        })
        .collect();
    told.sort();
    let expected = [
        ("changed.py", 1, "(commit message):3:8"),
        ("changed.py", 1, "changed.py:1:8"),
        ("changed.py", 1, "old/gone.py:1:8"),
        ("now.py", 2, ""),
    ];
    assert_eq!(told, expected.map(|(path, line, stood)| ((path.to_owned(), line), stood.to_owned())));
    let hashes: BTreeSet<&str> = results
        .iter()
        .map(|result| result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap())
        .collect();
    assert_eq!(hashes.len(), 4, "alerts on one line are told apart: {hashes:?}");
    assert_eq!(ran.stdout, repo.keyward(&HISTORY).stdout);
    // The same from parts that were put together, and where a file tells strangers what the repository is.
    repo.keyward(&["--history", "--skip", "key-older-than", "-f", "jsonl", "-o", ".git/all.jsonl"]);
    let merged = repo.keyward(&["merge", ".git/all.jsonl", "-f", "sarif"]);
    let places = |run: &Value| run["results"].as_array().unwrap().iter().map(place).collect::<Vec<_>>();
    assert_eq!(places(&self::run(&merged)), places(&run));
    repo.file("Readme.txt", "x\n");
    commit(&repo, "third");
    let run = self::run(&repo.keyward(&HISTORY));
    assert_eq!(places(&run).iter().filter(|(path, _)| path == "Readme.txt").count(), 2, "{:#?}", places(&run));
}

#[test]
fn addresses_are_relative_to_the_repository_wherever_keyward_is_started() {
    let project = Project::new();
    project.file("services/my api/app.py", secret("a"));
    for (folder, arguments) in [
        ("", &["-f", "sarif"][..]),
        ("services/my api", &["-f", "sarif"]),
        ("services", &["-f", "sarif", "my api/app.py"]),
    ] {
        let ran = project.keyward_in(folder, arguments, None);
        assert_eq!(place(&run(&ran)["results"][0]).0, "services/my%20api/app.py", "{folder}");
    }
}

/// A jsonl report on `number` files with a key each, at `path` of which `change` makes what it wants.
fn many(project: &Project, number: usize, change: impl Fn(usize, &mut Value)) {
    project.file("a.py", secret("a"));
    let ran = project.keyward(&["--skip", "env", "-f", "jsonl"]);
    let mut lines = ran.stdout.lines();
    let header = lines.next().unwrap();
    let finding: Value = serde_json::from_str(lines.next().unwrap()).unwrap();
    let mut summary: Value = serde_json::from_str(lines.next().unwrap()).unwrap();
    summary["summary"]["error"] = number.into();
    let mut text = format!("{header}\n");
    for at in 0..number {
        let mut finding = finding.clone();
        finding["location"]["path"] = format!("f{at:05}.py").into();
        change(at, &mut finding);
        if finding["verification"]["status"] == "live" {
            summary["summary"]["live"] = 1.into();
        }
        let _ = writeln!(text, "{finding}");
    }
    project.file(".git/all.jsonl", text + &format!("{summary}\n"));
}

#[test]
fn a_report_that_code_scanning_has_no_room_for_is_cut_and_never_ends_well() {
    let project = Project::new();
    many(&project, 25_003, |_, _| {});
    let merge = ["merge", ".git/all.jsonl", "--exit-zero", "--fail-on", "never", "-f", "csv", "-o", ".git/all.csv"];
    let whole = project.keyward(&merge);
    assert_eq!(whole.code, 0, "without sarif there is nothing to say: {whole:?}");
    let ran = project
        .keyward(&[&merge[..], &["--report", "sarif=.git/all.sarif", "--report", "json=.git/all.json"]].concat());
    assert_eq!(ran.code, 2, "{ran:?}");
    let read = |name: &str| serde_json::from_slice::<Value>(&fs::read(project.path(name)).unwrap()).unwrap();
    let log = read(".git/all.sarif");
    let run = &log["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), 25_000);
    let told = &run["invocations"][0]["toolExecutionNotifications"][0];
    assert_eq!(told["descriptor"]["id"], "results-left-out");
    assert!(
        told["message"]["text"].as_str().unwrap().starts_with("3 results left out of the sarif report"),
        "{told:#}"
    );
    assert_eq!(read(".git/all.json")["notices"][0]["code"], "results-left-out", "every report of the run says so");
    assert_eq!(fs::read_to_string(project.path(".git/all.csv")).unwrap().lines().count(), 25_004);
}

/// The reference implementation of SARIF with its schema beside it, and a judge of schemas, where they are installed.
fn judges() -> Option<(PathBuf, PathBuf)> {
    let multitool = std::env::var_os("KEYWARD_SARIF_MULTITOOL").map(PathBuf::from);
    if multitool.is_none() {
        say_left_out("the reference implementation of SARIF (KEYWARD_SARIF_MULTITOOL)");
    }
    multitool.zip(judge("check-jsonschema"))
}

/// What is said of our reports and may stay: there is no page about the tool before it has a public home.
const ACCEPTED: [&str; 1] = ["SARIF2005"];

/// Holds the report in `file` to the schema, then to what the reference implementation and GitHub ask for.
#[track_caller]
fn assert_accepted(multitool: &Path, schemas: &Path, file: &Path) {
    let schema = multitool.with_file_name("sarif-2.1.0.json");
    let checked = Command::new(schemas).arg("--schemafile").arg(schema).arg(file).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
    // It always exits with 0, so what it writes is what counts.
    let said = file.with_extension("said");
    let ran = Command::new(multitool)
        .args(["validate", "--rule-kind", "Sarif;Ghas", "--level", "Error;Warning", "--log", "ForceOverwrite", "-o"])
        .args([&said, file])
        .env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1")
        .output()
        .unwrap();
    let text = fs::read_to_string(&said).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    let log: Value = serde_json::from_str(&text).unwrap();
    let run = &log["runs"][0];
    assert_eq!(run["invocations"][0]["executionSuccessful"], true, "{ran:?}");
    let results = run["results"].as_array().cloned().unwrap_or_default();
    let refused: Vec<&Value> =
        results.iter().filter(|result| !ACCEPTED.contains(&result["ruleId"].as_str().unwrap())).collect();
    assert!(refused.is_empty(), "{refused:#?}");
    // Otherwise nothing was looked at.
    assert!(results.iter().any(|result| result["ruleId"] == ACCEPTED[0]), "{text}");
}

#[test]
fn the_schema_and_the_reference_implementation_accept_what_we_write() {
    let Some((multitool, schemas)) = judges() else { return };
    // Names that mean something, a chain, and what was not read.
    let project = Project::new();
    project.file("a b/#1%/<ü>\n[x](1).py", secret("a")).file("big.txt", "x".repeat(5_000));
    project.file(".env", "OPEN_AI_KEY=abc\n").file(".gitignore", ".env\n").file("requirements.txt", "openai\n");
    project.file("app.py", "from openai import OpenAI\nOpenAI()\n");
    let ran = project.keyward(&["-f", "sarif", "--max-file-size", "4000", "-o", ".git/tree.sarif"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let text = fs::read_to_string(project.path(".git/tree.sarif")).unwrap();
    assert!(text.contains("codeFlows") && text.contains("toolExecutionNotifications"), "{text}");
    assert_accepted(&multitool, &schemas, &project.path(".git/tree.sarif"));
    let repo = past();
    repo.keyward(&[&HISTORY[..], &["-o", ".git/history.sarif"]].concat());
    assert_accepted(&multitool, &schemas, &repo.path(".git/history.sarif"));
    // A key that works, in an archive.
    let project = Project::new();
    let live = json!({"status": "live", "reason": "ok", "http_status": 200, "advice": null});
    many(&project, 2, |_, finding| {
        finding["verification"] = live.clone();
        finding["origin"]["archive"] = json!(["b.tar", "x/.env"]);
    });
    let ran = project.keyward(&["merge", ".git/all.jsonl", "-f", "sarif", "-o", ".git/live.sarif"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(fs::read_to_string(project.path(".git/live.sarif")).unwrap().contains("\"openai-api-key/live\""));
    assert_accepted(&multitool, &schemas, &project.path(".git/live.sarif"));
}

#[test]
fn a_chain_is_told_step_by_step() {
    let project = Project::new();
    project
        .file(".env", "OPEN_AI_KEY=abc\n")
        .file(".gitignore", ".env\n")
        .file("requirements.txt", "openai\npython-dotenv\n");
    project.file("app.py", "from dotenv import load_dotenv\nfrom openai import OpenAI\nload_dotenv()\nOpenAI()\n");
    let run = run(&project.keyward(&["-f", "sarif", "--only", "env-name-misspelled"]));
    let result = &run["results"][0];
    let steps =
        result["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap_or_else(|| panic!("{result:#}"));
    let told: Vec<(&str, &str)> = steps
        .iter()
        .map(|step| {
            let location = &step["location"];
            let uri = location["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
            (uri, location["message"]["text"].as_str().unwrap())
        })
        .collect();
    assert_eq!(told.first().map(|step| step.0), Some("app.py"), "{told:?}");
    assert_eq!(told.last().map(|step| step.0), Some(".env"), "{told:?}");
    assert!(told[told.len() - 1].1.contains("OPEN_AI_KEY"), "{told:?}");
}
