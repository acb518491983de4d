//! Every format on a repository whose file names are made to break it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    hook::secret,
    support::{Project, Ran},
};

/// Names that mean something to a table, a page, a spreadsheet, a log, a terminal or a parser.
const NAMES: [&str; 20] = [
    "a|b.py",
    "a`b`.py",
    "<img src=x onerror=alert(1)>.py",
    "<!--.py",
    "a\nb.py",
    "a\n::error::injected.py",
    "=cmd|' !A1.py",
    "@everyone.py",
    "[text](javascript:alert(1)).py",
    "![x](y).py",
    "\u{1b}[2J.py",
    "\u{202e}yp.exe.py",
    "\u{fffe}\u{ffff}.py",
    "a\",\"b.py",
    "]]>.py",
    "&amp;&lt;.py",
    "%0A::error::x.py",
    "www.example.com.py",
    "{\"type\":\"summary\"}.py",
    " blank .py",
];

fn hostile() -> Project {
    let project = Project::new();
    for (number, name) in NAMES.iter().enumerate() {
        project.file(name, secret(&format!("hostile {number}")));
    }
    project
}

/// Runs keyward with `format` and asserts that every finding counts.
#[track_caller]
fn run(project: &Project, format: &str) -> String {
    let Ran { code, stdout, stderr } = project.keyward(&["-f", format]);
    assert_eq!(code, 1, "{format}: {stderr}");
    stdout
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn names<'v>(found: impl IntoIterator<Item = &'v Value>) -> BTreeSet<String> {
    found.into_iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

fn all_names() -> BTreeSet<String> {
    NAMES.iter().map(|name| (*name).to_owned()).collect()
}

/// Nothing that moves a cursor, turns text around or is not seen.
fn assert_seen(text: &str) {
    let hidden =
        text.chars().find(|c| (c.is_control() && !matches!(c, '\n' | '\r')) || "\u{202e}\u{fffe}\u{ffff}".contains(*c));
    assert_eq!(hidden, None, "{text}");
}

/// Nothing in Markdown that is more than text. In code between backticks only what ends it means anything.
fn assert_no_markup(text: &str) {
    let outside: String = text.split('`').step_by(2).collect();
    for markup in ["<img", "<!--", "](", "@everyone", "www.", "http://"] {
        assert!(!outside.contains(markup), "{text}");
    }
}

fn terminal(text: &str) {
    assert_seen(text);
    assert_eq!(text.lines().filter(|line| line.starts_with("error[")).count(), NAMES.len(), "{text}");
}

fn one_object(text: &str) {
    let report = json(text);
    assert_eq!(names(report["findings"].as_array().unwrap().iter().map(|f| &f["location"]["path"])), all_names());
}

fn lines(text: &str) {
    let records: Vec<Value> = text.lines().map(json).collect();
    assert_eq!(records.len(), NAMES.len() + 2);
    assert_eq!(records.iter().filter(|record| record["type"] == "finding").count(), NAMES.len());
}

fn sarif(text: &str) {
    let log = json(text);
    let results = log["runs"][0]["results"].as_array().unwrap();
    let uris =
        names(results.iter().map(|result| &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]));
    assert_eq!(uris.len(), NAMES.len());
    for uri in uris {
        assert!(uri.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)), "{uri}");
    }
}

fn github(text: &str) {
    assert_seen(text);
    let last = text.lines().last().unwrap();
    assert!(last.starts_with("keyward: 20 errors"), "{text}");
    let commands: Vec<&str> = text.lines().filter(|line| line.starts_with("::")).collect();
    assert_eq!(commands.len() + 1, text.lines().count(), "{text}");
    assert_eq!(commands.iter().filter(|line| line.starts_with("::error file=")).count(), 10, "{text}");
    assert!(!text.contains("::injected"), "{text}");
}

fn gitlab(text: &str) {
    let page = json(text);
    let all = page["vulnerabilities"].as_array().unwrap();
    assert_eq!(names(all.iter().map(|one| &one["location"]["file"])), all_names());
    assert_eq!(names(all.iter().map(|one| &one["id"])).len(), NAMES.len());
    for one in all {
        let description = one["description"].as_str().unwrap();
        assert_seen(description);
        assert_no_markup(description);
    }
}

fn junit(text: &str) {
    assert_seen(text);
    let document = roxmltree::Document::parse(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let of = |name: &'static str| document.descendants().filter(move |node| node.has_tag_name(name));
    assert_eq!((of("testcase").count(), of("failure").count()), (NAMES.len() + 1, NAMES.len()));
    let known: BTreeSet<&str> = of("testsuite").map(|suite| suite.attribute("name").unwrap()).collect();
    assert_eq!(known.len(), NAMES.len() + 1);
}

fn csv(text: &str) {
    assert_seen(text);
    let rows: Vec<&str> = text.split_terminator("\r\n").collect();
    assert_eq!(rows.len(), NAMES.len() + 1);
    assert!(rows.iter().all(|row| !row.contains('\n') && row.starts_with('"') && row.ends_with('"')), "{text}");
    assert!(text.contains(",\"'=cmd|' !A1.py\",") && text.contains(",\"'@everyone.py\","), "{text}");
}

fn markdown(text: &str) {
    assert_seen(text);
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| error")).collect();
    assert_eq!(rows.len(), NAMES.len(), "{text}");
    for row in rows {
        assert_eq!(row.matches('|').count(), 6, "{row}");
        assert_no_markup(row);
    }
}

fn html(text: &str) {
    assert_seen(text);
    for markup in ["<img", "<!--", "onerror=alert(1)>", "href=\"javascript"] {
        assert!(!text.contains(markup), "{markup}");
    }
    assert_eq!(text.matches("<article").count(), NAMES.len());
    assert_eq!(text.matches("<a href=\"#f").count(), NAMES.len());
}

/// Holds a report on the hostile repository to its grammar.
type Check = fn(&str);

#[test]
fn no_file_name_breaks_any_format() {
    let project = hostile();
    let checks: [(&str, Check); 10] = [
        ("terminal", terminal),
        ("json", one_object),
        ("jsonl", lines),
        ("sarif", sarif),
        ("github", github),
        ("gitlab", gitlab),
        ("junit", junit),
        ("csv", csv),
        ("markdown", markdown),
        ("html", html),
    ];
    for (format, check) in checks {
        check(&run(&project, format));
    }
}

#[test]
fn every_format_gives_the_same_bytes_twice_and_from_a_merged_report() {
    let project = hostile();
    let ran = project.keyward(&["-f", "jsonl", "-o", ".git/all.jsonl", "--skip", "env"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    for format in ["sarif", "gitlab", "junit", "csv", "markdown", "html"] {
        let arguments = ["-f", format, "--skip", "env"];
        let first = project.keyward(&arguments);
        assert_eq!(first.stdout, project.keyward(&arguments).stdout, "{format}");
        let merged = project.keyward(&["merge", ".git/all.jsonl", "-f", format]);
        assert_eq!(merged.code, 1, "{format}: {}", merged.stderr);
        // Source lines and line hashes stay on the machine that read them.
        if matches!(format, "gitlab" | "junit" | "csv" | "markdown") {
            assert_eq!(first.stdout, merged.stdout, "{format}");
        }
    }
}

#[test]
fn formats_go_to_files_beside_one_another() {
    let project = Project::new();
    project.file("a.py", secret("a"));
    let ran = project.keyward(&[
        "--report",
        "html=out.html",
        "--report",
        "junit=out.xml",
        "--report",
        "gitlab=gl.json",
        "-f",
        "csv",
    ]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.starts_with("\"severity\",\"confidence\",\"rule\","), "{}", ran.stdout);
    let read = |name: &str| std::fs::read_to_string(project.path(name)).unwrap();
    assert!(read("out.html").starts_with("<!doctype html>"));
    assert!(read("out.xml").starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"));
    assert_eq!(json(&read("gl.json"))["vulnerabilities"].as_array().unwrap().len(), 1);
}

#[test]
fn junit_fails_where_the_run_does() {
    let project = Project::new();
    project.file("a.py", secret("a"));
    for (fail_on, failures) in [("error", 1), ("never", 0)] {
        let ran = project.keyward(&["-f", "junit", "--fail-on", fail_on]);
        assert_eq!((ran.code, ran.stdout.matches("<failure").count()), (failures, usize::try_from(failures).unwrap()));
    }
}
