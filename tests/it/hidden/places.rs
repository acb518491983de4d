//! Where a hidden key is found, how it is told, and what is shown of it.

use super::{base64, findings, manifest, wrapped};
use crate::support::{Project, openai_key};

#[test]
fn wrapped_base64_is_found_from_its_first_line_to_its_last() {
    let text = format!("OPENAI_API_KEY={}\nOTHER=something\n", openai_key("wrapped"));
    for (width, between, name, expected) in [
        (64, "\n", "lf", "a.txt:1:21-4:49"),
        (76, "\r\n", "crlf", "a.txt:1:21-4:13"),
        (76, "\n        ", "indented", "a.txt:1:21-4:21"),
    ] {
        let project = Project::new();
        project.file("a.txt", wrapped(&base64(&text), width, between));
        let found = findings(&project.report(&["--only", "secrets"]));
        assert_eq!(found, [format!("{expected} openai-api-key base64")], "{name}");
    }
}

#[test]
fn a_key_that_stands_there_plainly_as_well_is_told_of_both_places_and_of_each_once() {
    let project = Project::new();
    let key = openai_key("both");
    project.file("a.env", format!("A={key}\nB={}\n", base64(&key)));
    let found = findings(&project.report(&["--only", "secrets"]));
    assert_eq!(found, ["a.env:1:3-1:167 openai-api-key ", "a.env:2:3-2:223 openai-api-key base64"]);
    let report = project.report(&["--only", "secrets"]);
    let fingerprint = |at: usize| report["findings"][at]["fingerprint"].as_str().unwrap().to_owned();
    assert_eq!(fingerprint(0), fingerprint(1), "a finding is its rule, its path and its secret");
}

#[test]
fn an_inline_mark_counts_for_the_line_of_the_encoded_text() {
    let project = Project::new();
    let marked = format!("key: {} # keyward: allow openai-api-key -- revoked\n", base64(openai_key("marked")));
    project.file("a.yaml", format!("{marked}\nkey: {}\n", base64(openai_key("unmarked"))));
    assert_eq!(findings(&project.report(&["--only", "secrets"])), ["a.yaml:3:6-3:226 openai-api-key base64"]);
}

#[test]
fn no_format_shows_a_part_of_the_encoded_key() {
    let project = Project::new();
    let key = openai_key("shown");
    project.file("secret.yaml", manifest(&key)).file("a.txt", wrapped(&base64(format!("my key is {key}")), 64, "\n"));
    let encoded = [base64(&key), base64(format!("my key is {key}"))];
    for format in ["terminal", "json", "jsonl", "sarif", "github", "markdown"] {
        for more in [&[][..], &["--verbose"]] {
            let ran = project.keyward(&[&["-f", format, "--only", "secrets"], more].concat());
            let said = ran.stdout + &ran.stderr;
            let is_shown = |text: &String| (16..text.len() - 8).any(|at| said.contains(&text[at..at + 8]));
            assert!(!encoded.iter().any(is_shown) && !said.contains(&key[10..20]), "{format}: {said}");
        }
    }
    let terminal = project.keyward(&["--only", "secrets", "secret.yaml"]);
    assert!(terminal.stdout.contains(&format!("sk-proj-…{} in base64", &key[key.len() - 4..])), "{}", terminal.stdout);
}
