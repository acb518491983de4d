//! Texts that are made to cost: nested without end, unpacked to nothing, full of beginnings.

use super::{base64, findings};
use crate::{
    archives::pack::gzip,
    support::{Project, openai_key},
};

fn codes(report: &serde_json::Value) -> Vec<&str> {
    report["notices"].as_array().unwrap().iter().map(|notice| notice["code"].as_str().unwrap()).collect()
}

#[test]
fn base64_without_end_is_undone_as_deep_as_is_allowed_and_the_rest_is_said() {
    let nested = (0..20).fold(openai_key("nested"), |text, _| base64(text));
    let project = Project::new();
    project.file("a.txt", nested);
    let report = project.report(&["--only", "secrets"]);
    assert_eq!((findings(&report), codes(&report)), (Vec::new(), vec!["decode-too-deep"]));
}

#[test]
fn a_stream_that_unpacks_to_nothing_but_zeros_is_cut_off_and_that_is_said() {
    let bomb = base64(gzip(vec![b' '; 100 << 20]));
    let project = Project::new();
    project.file("a.txt", format!("{bomb}\n\nkey: {}\n", base64(openai_key("after"))));
    let report = project.report(&["--only", "secrets"]);
    assert_eq!(codes(&report), ["decode-limit"]);
    assert_eq!(report["coverage"]["complete"], false);
    assert_eq!(findings(&report).len(), 1, "what stands beside it is read");
}

#[test]
fn beginnings_of_encodings_that_hold_nothing_are_passed_over() {
    let project = Project::new();
    for (name, part) in [
        ("a", "\\\\\\\\"),
        ("b", "%25"),
        ("c", "&amp;"),
        ("d", "H4sIAAAA"),
        ("e", "eJw\n"),
        ("f", "\\u005c"),
        ("g", "ZFdGa"),
    ] {
        project.file(name, part.repeat(300_000));
    }
    let report = project.report(&["--only", "secrets"]);
    assert_eq!(findings(&report), [""; 0]);
}

#[test]
fn a_key_in_single_characters_in_hundreds_of_places_is_told_at_each() {
    let characters: Vec<String> = openai_key("characters").chars().map(|character| format!("'{character}'")).collect();
    let project = Project::new();
    project.file("a.js", format!("k([{}].join(''))\n", characters.join(",")).repeat(300));
    let report = project.report(&["--only", "secrets"]);
    let found = findings(&report);
    assert_eq!((found.len(), codes(&report)), (300, Vec::new()));
    assert!(found[299].starts_with("a.js:300:5-300:658 openai-api-key split"), "{}", found[299]);
}

#[test]
fn addresses_of_maps_in_one_another_are_one() {
    let address = "sourceMappingURL=data:application/json,".repeat(300);
    let project = Project::new();
    project.file("a.js", format!("//# {address}{}\nk('{}')\n", "x".repeat(1 << 20), openai_key("addresses")));
    assert_eq!(findings(&project.report(&["--only", "secrets"])), ["a.js:2:4-2:168 openai-api-key "]);
}

#[test]
fn a_text_of_escapes_is_undone_in_parts_and_what_lies_across_two_is_told_once() {
    let key = openai_key("seam").replace('-', "%2D");
    let before = "%41a".repeat(1 << 20);
    let text = format!("{} {key} {}", &before[..before.len() - 100], "%41a".repeat(100_000));
    let start = before.len() - 98;
    let project = Project::new();
    project.file("a.txt", text);
    let report = project.report(&["--only", "secrets"]);
    let place = format!("a.txt:1:{start}-1:{} openai-api-key percent", start + key.len());
    assert_eq!((findings(&report), codes(&report)), (vec![place], Vec::new()));
}

#[test]
fn a_notebook_with_more_cells_than_anybody_writes_is_read_in_part_and_that_is_said() {
    let key = openai_key("cells");
    let cells = "{},".repeat(600_000);
    let project = Project::new();
    project.file("a.ipynb", format!("{{\"cells\":[{cells}{{\"source\":\"k = '{key}'\"}}],\"nbformat\":4}}"));
    let report = project.report(&["--only", "secrets"]);
    assert_eq!(codes(&report), ["decode-limit"]);
    assert_eq!(findings(&report).len(), 1, "it is searched as the JSON that it is");
    assert_eq!(report["findings"][0]["location"]["cell"], serde_json::Value::Null);
}
