//! README.md and docs/: every sample of what keyward prints is what it prints.
//!
//! A sample is compared whole, 80 columns wide and without colour; only a line `…` stands for lines that are left out. Keys come from seeds and commits
//! have fixed dates, so the last characters of a key and the id of a commit are the same on every machine. A sample of JSON leaves out members and
//! elements, and `"…"` stands for any text.

use std::path::Path;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rayon::prelude::*;
use serde_json::Value;

use crate::{
    archives::pack::tar,
    docs::blocks,
    doctor::Patient,
    hook::Repo,
    inventory::commit_at,
    support::openai_key,
    tree::Tree,
    verify::server::{Act, MODELS, Server},
};

/// What a block of a page that is neither command nor configuration shows.
enum Shown {
    /// What this prints.
    Printed(fn() -> String),
    /// A part of the JSON that this prints.
    PartOf(fn() -> String),
    /// What belongs to another program, whose name stands in it.
    Foreign(&'static str),
}

use Shown::{Foreign, PartOf, Printed};

/// Every such block, in the order of the pages and of the blocks in them.
const SAMPLES: &[(&str, Shown)] = &[
    ("README.md", Printed(a_key_in_a_program)),
    ("README.md", Printed(a_misspelled_name)),
    ("README.md", Printed(a_key_with_narrow_rights)),
    ("README.md", Printed(an_old_key_in_the_shell)),
    ("README.md", Printed(a_live_key_of_the_inventory)),
    ("docs/archives.md", Printed(a_key_in_an_image)),
    ("docs/bundles.md", Printed(a_key_in_a_bundle)),
    ("docs/decoding.md", Printed(an_encoded_key)),
    ("docs/doctor.md", PartOf(a_checkup)),
    ("docs/hook.md", Foreign("lint-staged")),
    ("docs/inventory.md", Printed(a_key_of_the_inventory)),
    ("docs/pieces.md", Printed(a_key_in_pieces)),
];
/// Languages of such blocks: none, none that is known, and JSON.
const LANGUAGES: [&str; 3] = ["", "text", "json"];

const WIDTH: (&str, &str) = ("COLUMNS", "80");

/// What keyward prints in `repo`.
fn printed(repo: &Repo, arguments: &[&str]) -> String {
    let ran = repo.keyward_with("", arguments, &[WIDTH]);
    assert_eq!(ran.code, 1, "{ran:?}");
    ran.stdout
}

fn client(key: &str) -> String {
    format!("from openai import OpenAI\n\nclient = OpenAI(api_key=\"{key}\")\n")
}

fn a_key_in_a_program() -> String {
    let (repo, key) = (Repo::new(), openai_key("program"));
    repo.file("src/app.py", client(&key)).file("src/other.ts", format!("const key = \"{key}\";\n"));
    printed(&repo, &[])
}

fn a_misspelled_name() -> String {
    let repo = Repo::new();
    repo.file(".gitignore", ".env\n").file(".env", format!("OPEN_AI_KEY=\"{}\"\n", openai_key("misspelled")));
    repo.file("app.py", "import dotenv; dotenv.load_dotenv()\nfrom openai import OpenAI\nclient = OpenAI()\n");
    printed(&repo, &[])
}

fn a_key_with_narrow_rights() -> String {
    let server = Server::new(|_, _| {
        Act::json(401, r#"{"error": {"message": "Missing scopes: api.model.read.", "code": null}}"#)
    });
    let repo = Repo::new();
    repo.file("src/app.py", client(&openai_key("narrow")));
    printed(&repo, &["--verify", &server.option("openai")])
}

fn an_old_key_in_the_shell() -> String {
    let mut patient = Patient::named("rotated-in-the-file");
    patient.variables.push((WIDTH.0.to_owned(), WIDTH.1.to_owned()));
    patient.run(&[]).stdout
}

fn a_checkup() -> String {
    Patient::named("shadowed-by-the-shell").run(&["--format", "json"]).stdout
}

/// A repository in which a program, an environment file and a workflow share a key.
fn with_history(env_file: &str) -> Repo {
    let (repo, key) = (Repo::without_git(), openai_key("history"));
    repo.file("app.py", client(&key)).file("src/read.py", "import os\nkey = os.environ[\"OPENAI_API_KEY\"]\n");
    repo.file(".gitignore", "/.env\n").file(env_file, format!("OPENAI_API_KEY={key}\n"));
    repo.file(
        ".github/workflows/ci.yml",
        "on: push\njobs:\n  read:\n    runs-on: ubuntu-latest\n    env:\n      OPENAI_API_KEY: ${{ secrets.OPENAI_API_KEY }}\n    \
         steps:\n      - run: python src/read.py\n",
    );
    repo.git(&["init", "-q", "-b", "main"]);
    commit_at(&repo, "2024-01-02T03:04:05Z", "read from the environment, and from the program");
    repo
}

fn a_live_key_of_the_inventory() -> String {
    let server = Server::new(|_, _| Act::json(200, MODELS));
    printed(&with_history(".env"), &["inventory", "--verify", &server.option("openai")])
}

fn a_key_of_the_inventory() -> String {
    printed(&with_history(".env.production"), &["inventory"])
}

fn a_key_in_an_image() -> String {
    let variables = format!("HOST=0.0.0.0\nPORT=8000\nOPENAI_API_KEY={}\n", openai_key("image"));
    let repo = Repo::new();
    repo.file("deploy/image.tar", tar([("0a/layer.tar", tar([("app/.env", variables)]))]));
    printed(&repo, &[])
}

fn a_key_in_a_bundle() -> String {
    let tree = Tree::read(Path::new("fixtures/lint/key-in-client-bundle/bad/next-static.tree"));
    printed(&tree.plant(), &[])
}

fn an_encoded_key() -> String {
    let (repo, value) = (Repo::new(), STANDARD.encode(openai_key("encoded")));
    let head = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: chat\ntype: Opaque\ndata:\n";
    repo.file("deploy/secret.yaml", format!("{head}  OPENAI_API_KEY: {value}\n"));
    printed(&repo, &[])
}

fn a_key_in_pieces() -> String {
    let (repo, key) = (Repo::new(), openai_key("pieces"));
    let (first, rest) = key.split_at(40);
    let (second, third) = rest.split_at(50);
    repo.file("src/app.js", format!("key = '{first}' + '{second}' +\n  '{third}'\n"));
    printed(&repo, &[])
}

/// Whether `sample` shows the lines that were printed.
fn fits(sample: &[&str], printed: &[&str]) -> bool {
    match sample.split_first() {
        None => printed.is_empty(),
        Some((line, below)) if line.trim() == "…" => {
            (1..=printed.len()).any(|left_out| fits(below, &printed[left_out..]))
        }
        Some((line, below)) => printed.first() == Some(line) && fits(below, &printed[1..]),
    }
}

/// Whether `sample` shows a part of the JSON that was printed.
fn is_part(sample: &Value, printed: &Value) -> bool {
    match (sample, printed) {
        (Value::String(sample), Value::String(printed)) => sample == "…" || sample == printed,
        (Value::Object(sample), Value::Object(printed)) => {
            sample.iter().all(|(name, value)| printed.get(name).is_some_and(|printed| is_part(value, printed)))
        }
        (Value::Array(sample), Value::Array(printed)) => {
            let mut printed = printed.iter();
            sample.iter().all(|value| printed.any(|printed| is_part(value, printed)))
        }
        _ => sample == printed,
    }
}

/// What is wrong with a sample.
fn problem(sample: &str, shown: &Shown) -> Option<String> {
    let (printed, is_right) = match shown {
        Printed(print) => {
            let printed = print();
            let [sample, lines] = [sample, &printed].map(|text| text.lines().collect::<Vec<_>>());
            let is_right = fits(&sample, &lines);
            (printed, is_right)
        }
        PartOf(print) => {
            let printed = print();
            let [sample, whole] = [sample, &printed].map(|text| serde_json::from_str(text).unwrap());
            let is_right = is_part(&sample, &whole);
            (printed, is_right)
        }
        Foreign(name) => {
            let wrong = || format!("the page shows\n\n{sample}\n\nwhich is not what belongs to {name}");
            return (!sample.contains(name)).then(wrong);
        }
    };
    (!is_right).then(|| format!("the page shows\n\n{sample}\n\nand keyward prints\n\n{printed}"))
}

#[test]
fn every_sample_of_the_pages_is_what_keyward_prints() {
    let mut samples = blocks();
    samples.retain(|block| LANGUAGES.contains(&block.language.as_str()));
    let in_pages: Vec<&str> = samples.iter().map(|block| block.page.as_str()).collect();
    let in_table: Vec<&str> = SAMPLES.iter().map(|(page, _)| *page).collect();
    assert_eq!(in_pages, in_table, "the pages have other blocks than the table of samples");
    let wrong: Vec<String> = samples
        .par_iter()
        .zip(SAMPLES)
        .filter_map(|(block, (page, shown))| Some(format!("{page}: {}", problem(&block.text, shown)?)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_sample_is_held_to_every_line_that_it_does_not_leave_out() {
    for (sample, is_right) in [
        ("one\n  two\nthree", true),
        ("one\n  …\nthree", true),
        ("one\n…", true),
        ("…\nthree", true),
        ("one\n  two", false),
        ("  two\nthree", false),
        ("one\ntwo\nthree", false),
        ("one\n  two\n…\nthree", false),
        ("one\n  two\nthree\n…", false),
        ("one\n  tw…\nthree", false),
        ("one\n…\nfour", false),
    ] {
        let shown = Printed(|| "one\n  two\nthree\n".to_owned());
        assert_eq!(problem(sample, &shown).is_none(), is_right, "{sample}");
    }
    for (sample, is_right) in [
        (r#"{"a": [{"b": 1}, "…"], "c": null}"#, true),
        (r#"{"a": ["text"]}"#, true),
        (r#"{"a": ["text", {"b": 1}]}"#, false),
        (r#"{"a": ["other"]}"#, false),
        (r#"{"c": "…"}"#, false),
        (r#"{"d": null}"#, false),
    ] {
        let shown = PartOf(|| r#"{"a": [{"b": 1, "x": 2}, "text"], "c": null}"#.to_owned());
        assert_eq!(problem(sample, &shown).is_none(), is_right, "{sample}");
    }
}
