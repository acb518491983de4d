//! `docs/action.md`: its workflows are valid, and their steps do what the page says; its tables list what there is.
//!
//! check-jsonschema and zizmor are looked for in the folder that `KEYWARD_ACTION_TOOLS` names and on PATH; `.ci/run` provides them. Where one is missing its
//! part is left out, and the test says so.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    process::Command,
};

use serde_json::{Value, json};

use super::{Origin, Runner, document::yaml, events::IN_HISTORY};
use crate::{hook::secret, support::judge};

const SELF: &str = "OWNER/keyward@COMMIT";

fn page() -> String {
    fs::read_to_string("docs/action.md").unwrap()
}

/// The workflows of the page by their names. Every block of it is one.
fn workflows() -> BTreeMap<String, String> {
    let page = page();
    let mut found = BTreeMap::new();
    for part in page.split("<!-- workflow: ").skip(1) {
        let (name, rest) = part.split_once(" -->\n```yaml\n").unwrap();
        found.insert(name.to_owned(), rest.split_once("```").unwrap().0.to_owned());
    }
    assert_eq!(found.len(), page.matches("\n```").count() / 2, "every block is tried");
    found
}

/// The steps of the one job of a workflow.
fn steps(workflow: &Value) -> &Vec<Value> {
    let jobs = workflow["jobs"].as_object().unwrap();
    assert_eq!(jobs.len(), 1);
    jobs.values().next().unwrap()["steps"].as_array().unwrap()
}

/// The inputs that the workflow gives the Action.
fn inputs(name: &str) -> Vec<(String, String)> {
    let workflow = yaml(&workflows()[name]);
    let own = steps(&workflow).iter().find(|step| step["uses"] == SELF).unwrap();
    let with = own["with"].as_object().into_iter().flatten();
    with.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}

fn with<'o>(runner: Runner<'o>, inputs: &[(String, String)]) -> Runner<'o> {
    inputs.iter().fold(runner, |runner, (name, value)| runner.input(name, value))
}

#[test]
fn the_workflows_are_valid_as_they_are_copied() {
    let origin = Origin::new();
    for (name, text) in workflows() {
        // As it stands after copying: with an owner and a commit.
        let text = text.replace(SELF, "acme/keyward@0123456789012345678901234567890123456789");
        let file = format!("copied/.github/workflows/{}.yml", name.replace(' ', "-"));
        origin.project().file(&file, text);
        let file = origin.project().path(&file);
        for (name, arguments) in [
            ("check-jsonschema", &["--builtin-schema", "vendor.github-workflows"][..]),
            ("zizmor", &["--offline", "--no-config"]),
        ] {
            let Some(tool) = judge(name) else { continue };
            let ran = Command::new(tool).args(arguments).arg(&file).output().unwrap();
            assert!(ran.status.success(), "{name}: {ran:?}");
        }
    }
}

#[test]
fn the_workflows_keep_no_credentials_and_fetch_what_is_needed() {
    let pinned = |uses: &str| uses.split_once('@').is_some_and(|(_, commit)| commit.len() == 40);
    for (name, text) in workflows() {
        let workflow = yaml(&text);
        assert_eq!(workflow["permissions"], json!({}), "{name}");
        let steps = steps(&workflow);
        assert_eq!(steps[0]["with"], json!({"fetch-depth": "0", "persist-credentials": "false"}), "{name}");
        let others = steps.iter().filter_map(|step| step["uses"].as_str()).filter(|uses| *uses != SELF);
        assert!(others.clone().count() > 0 && others.into_iter().all(pinned), "{name}");
    }
}

#[test]
fn the_workflow_to_copy_fails_on_a_key_and_passes_without() {
    let inputs = inputs("tree");
    with(Runner::new(&Origin::clean()), &inputs).run().assert_ended(0, "0");
    let outcome = with(Runner::new(&Origin::with_key()), &inputs).run();
    outcome.assert_ended(1, "1");
    assert_eq!((outcome.annotated().len(), outcome.called.len()), (1, 0));
}

#[test]
fn the_workflow_for_code_scanning_sends_the_report_and_fails() {
    let outcome = with(Runner::new(&Origin::with_key()), &inputs("code scanning")).run();
    outcome.assert_ended(1, "1");
    assert_eq!((outcome.annotated().len(), outcome.called.len()), (0, 1));
}

#[test]
fn the_workflow_that_builds_once_runs_what_it_kept() {
    let inputs = inputs("built once");
    assert_eq!(inputs, [("version".to_owned(), "system".to_owned())]);
    with(Runner::new(&Origin::with_key()), &inputs).run().assert_ended(1, "1");
    let workflow = yaml(&workflows()["built once"]);
    let [_, kept, build, _] = &steps(&workflow)[..] else { panic!("{workflow}") };
    assert_eq!(build["if"], "steps.kept.outputs.cache-hit != 'true'");
    assert_eq!(kept["with"]["path"], "~/.cargo/bin/keyward", "where cargo installs to");
    assert_eq!(build["working-directory"], "${{ runner.temp }}", "cargo takes settings from where it runs");
}

#[test]
fn the_workflow_by_schedule_finds_what_was_removed() {
    let origin = Origin::new();
    origin.repo().file("a.py", secret("a"));
    origin.commit("key");
    origin.repo().git(&["rm", "-q", "a.py"]);
    origin.commit("gone");
    origin.check_out("refs/heads/main", None);
    let outcome = with(Runner::new(&origin).event("schedule", json!({})), &inputs("history")).run();
    outcome.assert_ended(1, IN_HISTORY);
    assert_eq!(outcome.called[0].1["category"], "keyward-history");
}

#[test]
fn the_workflow_for_pull_requests_reads_their_commits_in_the_named_folders() {
    let origin = Origin::new();
    origin.repo().file("src/old.py", secret("old"));
    origin.commit("old");
    let work = |origin: &Origin| {
        origin.repo().file("src/a.py", secret("a")).file("elsewhere/b.py", secret("b")).file("config/c", "clean\n");
        drop(origin.commit("work"));
    };
    let request = origin.pull_request(work, |_| {});
    origin.check_out("refs/pull/1/merge", None);
    let outcome = with(origin.on_pull_request(&request), &inputs("diff")).run();
    outcome.assert_ended(1, "1");
    assert_eq!(outcome.annotated(), ["src/a.py:1"]);
}

/// The first cells of the table below a heading, without backticks.
fn listed(heading: &str) -> Vec<(String, String)> {
    let page = page();
    let (_, rest) = page.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = rest.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split(" | ").collect();
        (cells[0].trim_start_matches("| ").trim_matches('`').to_owned(), cells[1].trim_matches('`').to_owned())
    })
    .collect()
}

#[test]
fn the_tables_list_every_input_with_its_default_and_every_output() {
    let action = yaml(&fs::read_to_string("action.yml").unwrap());
    let named = |rows: &[(String, String)]| rows.iter().map(|(name, _)| name.clone()).collect::<BTreeSet<_>>();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let inputs = listed("Inputs");
    assert_eq!(named(&inputs), keys(&action["inputs"]));
    for (name, default) in inputs {
        let declared = action["inputs"][&name]["default"].as_str().unwrap();
        // What an empty input stands for is said in words.
        assert!(declared == default || (declared.is_empty() && !default.is_empty()), "{name}: {default}");
    }
    assert_eq!(named(&listed("Outputs")), keys(&action["outputs"]));
}
