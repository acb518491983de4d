//! Repositories that want to stop the lint: each run ends, says what it could not read, and writes nothing to the terminal but text.

use std::fs;

use super::Value;
use crate::hook::Repo;

const PROGRAM: &str =
    "import os\nfrom openai import OpenAI\n\nclient = OpenAI(api_key=os.environ[\"OPENAI_API_KEY\"])\n";

/// The codes of findings and notices by path.
fn said(repo: &Repo, arguments: &[&str]) -> Vec<String> {
    let ran = repo.keyward(&[&["-f", "json"], arguments].concat());
    let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    let list = |name: &str| report[name].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let findings = list("findings").into_iter().map(|it| text(&it["location"]["path"]) + " " + &text(&it["rule"]));
    findings.chain(list("notices").into_iter().map(|it| text(&it["path"]) + " " + &text(&it["code"]))).collect()
}

#[test]
fn what_is_nested_too_deep_is_named_and_the_rest_is_judged() {
    let repo = Repo::new();
    let deep = 100_000;
    repo.file("open.py", format!("{PROGRAM}x = {}", "(".repeat(deep)));
    repo.file("open.js", format!("process.env.A_KEY\nx = {}", "[".repeat(deep)));
    repo.file("turbo.json", format!("{{\"env\":{}", "[".repeat(deep)));
    repo.file("compose.yaml", format!("services:\n  a: {}", "[".repeat(deep)));
    repo.file("main.py", PROGRAM).file(".env", "OPENAI_KEY=abc\n").file(".gitignore", ".env\n");
    let said = said(&repo, &["--only", "env"]);
    for expected in ["open.py", "open.js", "turbo.json", "compose.yaml"].map(|path| format!("{path} not-understood")) {
        assert!(said.contains(&expected), "{expected}: {said:?}");
    }
    assert!(said.contains(&".env env-name-mismatch".to_owned()), "{said:?}");
}

#[test]
fn templates_in_templates_do_not_multiply_the_addresses_they_begin_with() {
    let repo = Repo::new();
    let deep = 20_000;
    let (open, close) = ("`https://api.openai.com/v1/${".repeat(deep), "}`".repeat(deep));
    repo.file("nested.js", format!("process.env.A_KEY;\nx = {open}1{close}\n"));
    repo.file(
        "nested.py",
        format!("{PROGRAM}x = {}1{}\n", "f\"https://api.openai.com/{".repeat(deep), "}\"".repeat(deep)),
    );
    let rules: Vec<String> = said(&repo, &["--only", "env"]);
    assert!(rules.iter().all(|rule| rule.contains("endpoint-wrong") || rule.contains("not-understood")), "{rules:?}");
}

#[test]
fn an_environment_of_a_hundred_thousand_lines_is_no_environment() {
    let repo = Repo::new();
    let lines: Vec<String> = (0..100_000).map(|line| format!("OPENAI_API_KEY_{line}=\"abc{line}\n")).collect();
    repo.file(".env", lines.concat()).file(".gitignore", ".env\n").file("main.py", PROGRAM);
    let said = said(&repo, &["--only", "env"]);
    assert!(said.contains(&".env not-understood".to_owned()), "{said:?}");
    assert!(said.len() < 100, "{}", said.len());
}

#[test]
fn a_long_value_and_a_text_that_repeats_it_are_hidden_in_a_moment() {
    let repo = Repo::new();
    let long = "x".repeat(500_000);
    repo.file(".env", format!("PASSWORD={long}\n#{}\nOPENAI_API_KEY=Bearer {long}\n", "=".repeat(500_000)));
    let ran = repo.keyward(&["--only", "env", "-v"]);
    assert!(!ran.stdout.contains("xxxxxx"), "{}", &ran.stdout[..2_000.min(ran.stdout.len())]);
}

#[cfg(unix)]
#[test]
fn an_environment_that_is_no_plain_file_is_not_waited_for_or_followed() {
    let repo = Repo::new();
    repo.file("main.py", PROGRAM).file("dir/.env/OPENAI_KEY", "abc\n");
    fs::write(repo.path("../outside"), "OPENAI_KEY=abc\n").unwrap();
    fs::create_dir(repo.path("link")).unwrap();
    std::os::unix::fs::symlink("../../outside", repo.path("link/.env")).unwrap();
    for pipe in [".env", ".env.example", ".gitignore"] {
        repo.run("mkfifo".as_ref(), &repo.path(""), &[pipe], &[]);
    }
    let ran = repo.keyward(&["-f", "json", "--only", "env"]);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    assert_eq!(report["findings"].as_array().unwrap().len(), 0, "{ran:?}");
    assert_eq!(ran.code, 2, "an ignore file that cannot be read is said: {ran:?}");
    fs::remove_file(repo.path(".gitignore")).unwrap();
    assert_eq!(said(&repo, &["--only", "env"]), Vec::<String>::new());
    let fixed = repo.keyward(&["fix", "--unsafe", "--write"]);
    assert_eq!((fixed.code, fixed.stdout.as_str()), (0, ""), "{fixed:?}");
}

#[test]
fn names_with_control_characters_reach_no_terminal() {
    let repo = Repo::new();
    let evil = "import os\nfrom dotenv import load_dotenv\nfrom openai import OpenAI\nload_dotenv(\"\x1b[2J.env\")\nOpenAI(api_key=os.environ[\"OPENAI\x1b[1m_KEY\"])\nos.environ[\"OPENAI_KEY\"]\n";
    repo.file("a\u{1b}[2J.py", evil)
        .file("b\u{202e}.js", "process.env['OPENAI\u{7}_API_KEY']; process.env.OPENAI_APIKEY\n");
    repo.file(".env", "OPENAI_API\u{7}_KEY=abc\nOPEN_AI_KEY\u{1b}[31m=Bearer abc\n").file(".env.example", "X=1\n");
    for format in ["terminal", "github", "markdown"] {
        let ran = repo.keyward(&["-f", format, "-v"]);
        let shown = ran.stdout + &ran.stderr;
        let is_evil = |c: char| matches!(c, '\u{1b}' | '\u{7}' | '\u{202e}');
        assert!(!shown.contains(is_evil), "{format}: {shown:?}");
        assert!(shown.contains(".py"), "{format}: {shown}");
    }
}
