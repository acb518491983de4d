//! `keyward inventory`: which keys there are, what is known of each, and in which order to replace them.

mod formats;
mod plan;
#[cfg(feature = "network")]
mod verified;

use std::fs;

use serde_json::Value;

use crate::{
    archives::pack::tar,
    git::json,
    hook::{Repo, secret},
    support::{Project, Ran, openai_key},
};

/// Commits everything on a day of 2025.
fn commit_on(repo: &Repo, day: &str, message: &str) {
    commit_at(repo, &format!("2025-{day}T03:04:05Z"), message);
}

/// Commits everything at a time.
pub(crate) fn commit_at(repo: &Repo, time: &str, message: &str) {
    repo.git(&["add", "-A"]);
    let dates = [("GIT_AUTHOR_DATE", time), ("GIT_COMMITTER_DATE", time)];
    let arguments = ["commit", "-q", "--allow-empty", "-m", message];
    let ran = repo.run("git".as_ref(), &repo.path(""), &arguments, &dates);
    assert_eq!(ran.code, 0, "{ran:?}");
}

fn inventory(repo: &Repo, arguments: &[&str]) -> Ran {
    repo.keyward(&[&["inventory"], arguments].concat())
}

fn listed(repo: &Repo, arguments: &[&str]) -> Value {
    json(&inventory(repo, &[&["-f", "json"], arguments].concat()))
}

/// The last characters of a key, which every format shows.
fn tail(seed: &str) -> String {
    openai_key(seed)[160..].to_owned()
}

fn rows(inventory: &Value) -> &Vec<Value> {
    inventory["keys"].as_array().unwrap()
}

/// The row of the key that `seed` makes.
fn row<'i>(inventory: &'i Value, seed: &str) -> &'i Value {
    let is_it = |row: &&Value| row["masked"].as_str().unwrap().ends_with(&tail(seed));
    rows(inventory).iter().find(is_it).unwrap_or_else(|| panic!("no {seed}: {inventory:#}"))
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

/// `path: exposure …` of each place.
fn places(row: &Value) -> Vec<String> {
    let show = |place: &Value| format!("{}: {}", place["path"].as_str().unwrap(), texts(&place["exposure"]).join(" "));
    row["places"].as_array().unwrap().iter().map(show).collect()
}

/// A repository with a key of every kind of standing.
fn full() -> Repo {
    let repo = Repo::new();
    let of = openai_key;
    repo.file(".gitignore", ".env\n.env.local\ndist/\n")
        .file("package.json", "{\"dependencies\": {\"next\": \"15\"}}\n");
    repo.file("old.py", format!("OPENAI_API_KEY = '{}'\n", of("gone"))).file("app.py", secret("shared"));
    commit_on(&repo, "02-01", "first");
    fs::remove_file(repo.path("old.py")).unwrap();
    repo.file(".env.production", format!("OPENAI_API_KEY={}\n", of("shared")));
    repo.file("allowed.py", format!("K = '{}'  # keyward: allow openai-api-key -- for tests\n", of("allowed")));
    repo.file(
        ".github/workflows/ci.yml",
        "jobs:\n  test:\n    env:\n      OPENAI_API_KEY: ${{ secrets.OPENAI_API_KEY }}\n    steps: []\n",
    );
    repo.file("src/read.py", "import os\nkey = os.environ['OPENAI_API_KEY']\n");
    commit_on(&repo, "03-01", "second");
    repo.file("amended.py", secret("unreachable"));
    commit_on(&repo, "04-01", "to be amended");
    repo.git(&["rm", "-q", "amended.py"]).git(&["commit", "-q", "--amend", "--allow-empty", "-m", "amended"]);
    repo.file(".env", format!("OPENAI_API_KEY={}\n", of("own")));
    repo.file(".env.local", format!("NEXT_PUBLIC_OPENAI_API_KEY={}\n", of("public")));
    repo.file("dist/app.js", format!("let k='{}'\n", of("built"))).file("new.py", secret("new"));
    repo
}

#[test]
fn a_key_of_the_tree_and_the_history_is_one_row_with_all_of_its_places() {
    let repo = full();
    let all = listed(&repo, &[]);
    let shared = row(&all, "shared");
    assert_eq!(places(shared), [".env.production: tracked-env", "app.py: repository"]);
    for place in shared["places"].as_array().unwrap() {
        assert_eq!((&place["in_working_tree"], &place["history"]["in_head"]), (&true.into(), &true.into()), "{place}");
        assert_eq!(place["lines"], serde_json::json!([1]));
    }
    assert_eq!(shared["exposure"], serde_json::json!(["tracked-env", "repository"]));
    assert_eq!((&shared["in_working_tree"], &shared["in_head"]), (&true.into(), &true.into()));
    assert_eq!(shared["first_seen"]["time"], "2025-02-01T03:04:05+00:00");
    let id = |name: &str| repo.try_git(&["rev-parse", name]).stdout.trim().to_owned();
    assert_eq!(shared["first_seen"]["commit"], id("main~2"));
    assert_eq!(
        [&shared["provider"], &shared["kind"], &shared["rule"], &shared["summary"]],
        ["openai", "project", "openai-api-key", "OpenAI API key"]
    );
    assert_eq!((&shared["length"], &all["summary"]["keys"]), (&164.into(), &8.into()), "{:#}", all["summary"]);
    let mut prints: Vec<&str> = rows(&all).iter().map(|row| row["fingerprint"].as_str().unwrap()).collect();
    prints.sort_unstable();
    prints.dedup();
    assert_eq!(prints.len(), 8);
}

#[test]
fn a_key_that_is_gone_says_when_it_came_where_it_was_last_and_what_holds_it() {
    let repo = full();
    let all = listed(&repo, &[]);
    let gone = row(&all, "gone");
    let id = |name: &str| repo.try_git(&["rev-parse", name]).stdout.trim().to_owned();
    let first = serde_json::json!({"commit": id("main~2"), "time": "2025-02-01T03:04:05+00:00"});
    assert_eq!((&gone["first_seen"], &gone["last_seen"]), (&first, &first));
    assert_eq!((&gone["in_working_tree"], &gone["in_head"]), (&false.into(), &false.into()));
    let place = &gone["places"][0];
    assert_eq!((&place["path"], &place["in_working_tree"]), (&"old.py".into(), &false.into()));
    assert_eq!(place["history"]["refs"], serde_json::json!(["refs/heads/main"]));
    assert_eq!(place["history"]["versions"], 1);
    assert_eq!(gone["names"], serde_json::json!(["OPENAI_API_KEY"]), "the line of the version says it");
    let unreachable = row(&all, "unreachable");
    assert_eq!(places(unreachable), ["amended.py: unreachable"]);
    assert_eq!(unreachable["places"][0]["history"]["refs"], serde_json::json!([]));
    // A key that stood for some time was last in the youngest commit of those that had it.
    let before = row(&all, "shared")["last_seen"].clone();
    assert_eq!(before["commit"], id("main"), "{before}");
}

#[test]
fn every_file_that_ever_held_a_key_is_a_place() {
    let repo = Repo::new();
    repo.file("one.py", secret("moved"));
    commit_on(&repo, "01-02", "one");
    repo.git(&["rm", "-q", "one.py"]).file("two/deep.py", format!("\n{}", secret("moved")));
    commit_on(&repo, "01-03", "two");
    repo.git(&["rm", "-q", "two/deep.py"]);
    commit_on(&repo, "01-04", &format!("gone\n\n{}", secret("moved")));
    let all = listed(&repo, &[]);
    assert_eq!(rows(&all).len(), 1);
    let moved = row(&all, "moved");
    assert_eq!(places(moved), ["(commit message): history", "one.py: history", "two/deep.py: history"]);
    assert_eq!(moved["first_seen"]["time"], "2025-01-02T03:04:05+00:00");
    let last: Vec<&Value> =
        moved["places"].as_array().unwrap().iter().map(|place| &place["history"]["last"]["time"]).collect();
    assert_eq!(last, ["2025-01-04T03:04:05+00:00", "2025-01-02T03:04:05+00:00", "2025-01-03T03:04:05+00:00"]);
    assert_eq!(moved["last_seen"]["time"], "2025-01-04T03:04:05+00:00");
}

#[test]
fn keys_where_they_belong_are_listed_and_are_no_reason_to_fail() {
    let repo = Repo::new();
    repo.file(".gitignore", ".env\n").file(".env", format!("A=1\nOPENAI_API_KEY={}\n", openai_key("own")));
    commit_on(&repo, "01-01", "start");
    let ran = inventory(&repo, &["-f", "json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let all = json(&ran);
    let own = row(&all, "own");
    assert_eq!((&own["urgency"], &own["names"]), (&"in-place".into(), &serde_json::json!(["OPENAI_API_KEY"])));
    assert_eq!((places(own), &own["places"][0]["lines"]), (vec![".env: private".to_owned()], &serde_json::json!([2])));
    assert_eq!((&own["first_seen"], &own["places"][0]["history"]), (&Value::Null, &Value::Null));
    assert_eq!((&all["summary"]["in_place"], &all["plan"]), (&1.into(), &serde_json::json!([])));
    // The scan does not report it, and what it reports is not changed by an inventory.
    assert_eq!(repo.keyward(&["--only", "secrets"]).code, 0);
    // Committed once, it is a leak, whatever is ignored now.
    repo.git(&["add", "-f", ".env"]).git(&["commit", "-q", "-m", "by mistake"]);
    repo.git(&["rm", "-q", "--cached", ".env"]).git(&["commit", "-q", "-m", "out again"]);
    let ran = inventory(&repo, &["-f", "json"]);
    let all = json(&ran);
    assert_eq!((ran.code, places(row(&all, "own"))), (1, vec![".env: history private".to_owned()]));
}

#[test]
fn the_environment_of_a_place_is_that_of_its_file_or_section() {
    let repo = Repo::new();
    let key = openai_key("everywhere");
    repo.file(".env.staging", format!("OPENAI_API_KEY={key}\n"))
        .file("config/production.py", format!("OPENAI_API_KEY = '{key}'\n"))
        .file(".github/workflows/ci.yml", format!("jobs:\n  t:\n    env:\n      OPENAI_KEY: {key}\n    steps: []\n"))
        .file("compose.yaml", format!("services:\n  web:\n    environment:\n      - LLM_KEY={key}\n"))
        .file("Dockerfile", format!("FROM x\nENV IMAGE_KEY={key}\n"));
    commit_on(&repo, "01-01", "all");
    let all = listed(&repo, &[]);
    let row = row(&all, "everywhere");
    let of = |path: &str| row["places"].as_array().unwrap().iter().find(|place| place["path"] == path).unwrap();
    for (path, environment, name) in [
        (".env.staging", Some("staging"), "OPENAI_API_KEY"),
        ("config/production.py", Some("production"), "OPENAI_API_KEY"),
        (".github/workflows/ci.yml", Some("ci"), "OPENAI_KEY"),
        ("compose.yaml", None, "LLM_KEY"),
        ("Dockerfile", None, "IMAGE_KEY"),
    ] {
        let place = of(path);
        assert_eq!(place["environment"].as_str(), environment, "{path}");
        assert_eq!(texts(&place["names"]), [name], "{path}");
    }
    assert_eq!(texts(&row["environments"]), ["ci", "production", "staging"]);
    assert_eq!(texts(&row["names"]), ["IMAGE_KEY", "LLM_KEY", "OPENAI_API_KEY", "OPENAI_KEY"]);
    assert_eq!(texts(&of("Dockerfile")["exposure"]), ["image", "repository"]);
}

#[test]
fn an_ignored_environment_file_that_goes_into_an_image_has_left_the_machine() {
    let repo = Repo::new();
    repo.file(".gitignore", ".env\n").file("Dockerfile", "FROM python:3\nCOPY . /app\nCMD python app.py\n");
    repo.file(".env", format!("OPENAI_API_KEY={}\n", openai_key("shipped")));
    commit_on(&repo, "01-01", "all");
    let ran = inventory(&repo, &["-f", "json"]);
    let all = json(&ran);
    let shipped = row(&all, "shipped");
    assert_eq!((places(shipped), ran.code), (vec![".env: image private".to_owned()], 1));
    assert_eq!(shipped["urgency"], "soon");
    repo.file(".dockerignore", ".env\n");
    let ran = inventory(&repo, &["-f", "json"]);
    assert_eq!((places(row(&json(&ran), "shipped")), ran.code), (vec![".env: private".to_owned()], 0));
}

#[test]
fn what_goes_by_the_name_of_a_key_is_listed_with_it() {
    let repo = full();
    let all = listed(&repo, &[]);
    let show = |used: &Value| {
        let word = |name: &str| used[name].as_str().unwrap().to_owned();
        format!("{}:{} {} {}", word("path"), used["line"], word("role"), word("name"))
    };
    let of = |seed: &str| row(&all, seed)["uses"].as_array().unwrap().iter().map(show).collect::<Vec<_>>();
    let expected = [".github/workflows/ci.yml:4 hands-on OPENAI_API_KEY", "src/read.py:2 reads OPENAI_API_KEY"];
    // Also for a key of which only the history knows the name.
    for seed in ["shared", "own", "gone"] {
        assert_eq!(of(seed), expected, "{seed}");
    }
    assert_eq!(of("built"), [""; 0]);
}

#[test]
fn what_goes_by_an_unusual_name_is_listed_wherever_that_is_the_only_name() {
    let repo = Repo::new();
    repo.file("keys.py", format!("BILLING_BACKEND = '{}'\n", openai_key("unusual")))
        .file("old.py", format!("WAREHOUSE_TOKEN = '{}'\n", openai_key("past")));
    commit_on(&repo, "02-01", "first");
    fs::remove_file(repo.path("old.py")).unwrap();
    repo.file("read.py", "import os\nkey = os.environ['BILLING_BACKEND']\n")
        .file("other.py", "import os\nkey = os.environ['WAREHOUSE_TOKEN']\n")
        .file(
            ".github/workflows/ci.yml",
            "jobs:\n  a:\n    env:\n      BILLING_BACKEND: ${{ secrets.BILLING_BACKEND }}\n    steps: []\n",
        );
    commit_on(&repo, "03-01", "second");
    let all = listed(&repo, &[]);
    let of = |seed: &str| {
        let uses = row(&all, seed)["uses"].as_array().unwrap().iter();
        uses.map(|used| format!("{}:{}", used["path"].as_str().unwrap(), used["line"])).collect::<Vec<_>>()
    };
    assert_eq!(of("unusual"), [".github/workflows/ci.yml:4", "read.py:2"]);
    assert_eq!(of("past"), ["other.py:2"]);
}

#[test]
fn suppressed_keys_are_listed_and_say_by_what() {
    let repo = Repo::new();
    repo.file("base.py", secret("base"));
    commit_on(&repo, "01-01", "base");
    assert_eq!(repo.keyward(&["baseline", "create"]).code, 0);
    repo.file("inline.py", format!("K = '{}'  # keyward: allow openai-api-key -- a sample\n", openai_key("inline")));
    repo.file("config.py", secret("config"));
    repo.file("keyward.toml", "[[allow]]\npath = 'config.py'\nreason = 'another sample'\n");
    commit_on(&repo, "01-02", "all");
    let ran = inventory(&repo, &["-f", "json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let all = json(&ran);
    let of = |seed: &str| (row(&all, seed)["urgency"].clone(), row(&all, seed)["suppressed"].clone());
    assert_eq!(of("inline"), ("accepted".into(), serde_json::json!({"by": "inline", "reason": "a sample"})));
    assert_eq!(of("config"), ("accepted".into(), serde_json::json!({"by": "config", "reason": "another sample"})));
    // The baseline says that it is known, not that it is none.
    let (urgency, suppressed) = of("base");
    assert_eq!((urgency, &suppressed["by"]), ("soon".into(), &"baseline".into()));
    // At another place it is not allowed.
    repo.file("other.py", secret("inline"));
    let ran = inventory(&repo, &["-f", "json"]);
    let all = json(&ran);
    assert_eq!((ran.code, &row(&all, "inline")["suppressed"]), (1, &Value::Null));
    assert_eq!(row(&all, "inline")["places"][0]["suppressed"]["by"], "inline");
}

#[test]
fn the_history_can_be_left_out_and_is_not_looked_for_outside_of_repositories() {
    let repo = full();
    let all = listed(&repo, &["--no-history"]);
    assert_eq!(all["coverage"]["history"], Value::Null);
    assert_eq!(rows(&all).len(), 6);
    assert!(rows(&all).iter().all(|row| row["first_seen"].is_null() && row["in_working_tree"] == true));
    let folder = Project::without_git();
    folder.file("a.py", secret("plain"));
    let ran = folder.keyward(&["inventory", "-f", "json"]);
    let all: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.code, places(row(&all, "plain"))), (1, vec!["a.py: local".to_owned()]));
    let ran = folder.keyward(&["inventory", "--history"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("there is no git repository"), "{ran:?}");
}

#[test]
fn a_bare_repository_has_a_history_and_a_broken_one_is_said_to_be_broken() {
    let repo = full();
    let bare = repo.project.path("bare.git");
    repo.git(&["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
    let ran = repo.run(env!("CARGO_BIN_EXE_keyward").as_ref(), &bare, &["inventory", "-f", "json"], &[]);
    let all = json(&ran);
    assert_eq!((ran.code, row(&all, "gone")["first_seen"].is_object()), (1, true));
    // A folder called .git that is none.
    let broken = Project::new();
    broken.file("a.py", secret("broken"));
    let ran = broken.keyward(&["inventory"]);
    assert_eq!((ran.code, ran.stderr.contains("--no-history")), (2, true), "{ran:?}");
    assert_eq!(broken.keyward(&["inventory", "--no-history"]).code, 1);
}

#[test]
fn a_clone_that_is_not_whole_is_exit_code_2_and_says_why() {
    let repo = full();
    let url = format!("file://{}", repo.path("").display());
    repo.git(&["clone", "-q", "--depth", "1", &url, "../shallow"]);
    let ran = repo.run(env!("CARGO_BIN_EXE_keyward").as_ref(), &repo.project.path("shallow"), &["inventory"], &[]);
    assert_eq!(ran.code, 2);
    assert!(ran.stdout.contains("notice[shallow-clone]") && ran.stdout.contains("incomplete: "), "{}", ran.stdout);
    assert!(ran.stdout.contains(&tail("shared")), "what could be read is listed");
}

#[test]
fn paths_narrow_both_the_tree_and_the_history() {
    let repo = Repo::new();
    repo.file("in/a.py", secret("in")).file("out/b.py", secret("out")).file("in/old.py", secret("old"));
    commit_on(&repo, "01-01", "all");
    fs::remove_file(repo.path("in/old.py")).unwrap();
    commit_on(&repo, "01-02", "less");
    let all = listed(&repo, &["in"]);
    let mut found: Vec<&str> = rows(&all).iter().map(|row| row["places"][0]["path"].as_str().unwrap()).collect();
    found.sort_unstable();
    assert_eq!(found, ["in/a.py", "in/old.py"]);
}

#[test]
fn exit_codes_are_those_of_a_scan() {
    let repo = full();
    assert_eq!(inventory(&repo, &[]).code, 1);
    assert_eq!(inventory(&repo, &["--exit-zero"]).code, 0);
    assert_eq!(inventory(&repo, &["--fail-on", "never"]).code, 0);
    assert_eq!(inventory(&repo, &["--only", "github"]).code, 0, "no key is left");
    assert_eq!(inventory(&repo, &["--max-file-size", "20"]).code, 2, "not everything was read");
    assert_eq!(inventory(&repo, &["--format", "sarif"]).code, 2);
    assert_eq!(inventory(&repo, &["--history", "--no-history"]).code, 2);
    assert_eq!(inventory(&repo, &["--verify-url", "openai=http://127.0.0.1:1"]).code, 2, "nobody is asked");
    let empty = Project::without_git();
    let ran = empty.keyward(&["inventory"]);
    assert_eq!((ran.code, ran.stdout.contains("no keys")), (3, true), "{ran:?}");
}

#[test]
fn the_same_bytes_come_out_whatever_the_number_of_threads() {
    let repo = full();
    for format in ["terminal", "json", "csv", "markdown"] {
        let with = |threads: &str| inventory(&repo, &["-f", format, "-j", threads]).stdout;
        let one = with("1");
        assert!(one.len() > 500, "{one}");
        assert_eq!(one, with("8"), "{format}");
    }
}

#[test]
fn a_key_in_a_front_end_that_lies_in_an_archive_has_come_to_browsers() {
    let repo = Repo::new();
    let script = |before: &str| format!("{before}k('{}');\n", openai_key("packed"));
    repo.file("site.tar", tar([("build/static/js/a.js", script("")), ("src/a.js", script("// written\n"))]));
    commit_on(&repo, "01-02", "deploy");
    assert_eq!(places(row(&listed(&repo, &[]), "packed")), ["site.tar: browser repository"]);
}
