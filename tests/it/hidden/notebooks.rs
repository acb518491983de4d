//! Keys in notebooks: which cell, which line of it, and whether somebody wrote it or it was put out.

use super::findings;
use crate::{
    git::{commit, json},
    hook::Repo,
    support::{Project, openai_key},
};

const ONLY: [&str; 2] = ["--only", "secrets"];

/// A notebook in format 4: a title, a cell of code with `source` and `output`, each a list of strings.
fn notebook(source: &[&str], output: &[&str]) -> String {
    let cells = serde_json::json!([
        { "cell_type": "markdown", "metadata": {}, "source": ["# Title\n", "and text"] },
        {
            "cell_type": "code",
            "execution_count": 1,
            "metadata": {},
            "outputs": [{ "name": "stdout", "output_type": "stream", "text": output }],
            "source": source,
        },
    ]);
    let whole = serde_json::json!({
        "cells": cells, "metadata": { "kernelspec": { "language": "python" } }, "nbformat": 4, "nbformat_minor": 5,
    });
    serde_json::to_string_pretty(&whole).unwrap() + "\n"
}

/// `findings` with the cell and the end of the message behind the last comma.
fn told(text: &str) -> Vec<String> {
    let project = Project::new();
    project.file("a.ipynb", text);
    let report = project.report(&ONLY);
    let cell = |finding: &serde_json::Value| {
        let message = finding["message"].as_str().unwrap();
        format!("cell {}: {}", finding["location"]["cell"], message.rsplit(", ").next().unwrap())
    };
    let cells = report["findings"].as_array().unwrap().iter().map(cell);
    findings(&report).into_iter().zip(cells).map(|(finding, cell)| format!("{finding} {cell}")).collect()
}

#[test]
fn a_key_in_a_source_is_told_with_its_cell_and_the_line_in_it() {
    let key = openai_key("source");
    let text = notebook(&["import openai\n", &format!("openai.api_key = '{key}'\n")], &["done\n"]);
    assert_eq!(told(&text), ["a.ipynb:26:28-26:192 openai-api-key  cell 2: in line 2 of cell 2"]);
}

#[test]
fn a_key_in_an_output_is_told_as_one() {
    let text = notebook(&["print(key)"], &["the key:\n", &openai_key("output")]);
    assert_eq!(told(&text), ["a.ipynb:21:14-21:178 openai-api-key  cell 2: in the output of cell 2"]);
}

#[test]
fn an_output_that_is_split_over_strings_is_put_together() {
    let key = openai_key("strings");
    let text = notebook(&["print(key)"], &["the key: ", &key[..70], &key[70..], "\n"]);
    assert_eq!(told(&text), ["a.ipynb:21:14-22:108 openai-api-key json cell 2: in the output of cell 2"]);
}

#[test]
fn a_key_that_a_cell_puts_together_is_found() {
    let key = openai_key("cells");
    let text = notebook(&[&format!("a = '{}'\n", &key[..30]), &format!("b = a + \"{}\"", &key[30..])], &[]);
    assert_eq!(told(&text), ["a.ipynb:24:20-24:154 openai-api-key json,split cell 2: in line 2 of cell 2"]);
}

#[test]
fn format_three_is_read_as_well() {
    let key = openai_key("three");
    let text = format!(
        r#"{{"nbformat":3,"worksheets":[{{"cells":[
{{"cell_type":"heading","source":["x"]}},
{{"cell_type":"code","language":"python","input":["a\n","k = '{key}'"],
 "outputs":[{{"output_type":"stream","stream":"stdout","text":["{}","{}"]}}]}}]}}]}}"#,
        &key[..40],
        &key[40..],
    );
    assert_eq!(
        told(&text),
        [
            "a.ipynb:3:62-3:226 openai-api-key  cell 2: in line 2 of cell 2",
            "a.ipynb:4:64-4:231 openai-api-key json cell 2: in the output of cell 2",
        ]
    );
}

#[test]
fn no_string_of_an_output_is_shown() {
    let project = Project::new();
    let key = openai_key("shown");
    project.file("a.ipynb", notebook(&["print(key)"], &[&key[..70], &key[70..]]));
    for format in ["terminal", "json", "sarif", "github", "markdown"] {
        let ran = project.keyward(&[&["-f", format, "-v"][..], &ONLY].concat());
        let said = ran.stdout + &ran.stderr;
        assert!(!(8..key.len() - 9).any(|at| said.contains(&key[at..at + 9])), "{format}: {said}");
    }
}

#[test]
fn index_and_history_read_notebooks_as_well() {
    let repo = Repo::new();
    let key = openai_key("history");
    repo.file("a.ipynb", notebook(&["print(key)"], &[&key[..70], &key[70..]])).git(&["add", "-A"]);
    let run = |arguments: &[&str]| {
        findings(&json(&repo.keyward(&[arguments, &["-f", "json", "--skip", "key-older-than"], &ONLY].concat())))
    };
    let place = "a.ipynb:20:14-21:108 openai-api-key json";
    assert_eq!(run(&["--staged"]), [place]);
    commit(&repo, "one");
    repo.git(&["rm", "-q", "a.ipynb"]);
    commit(&repo, "gone");
    assert_eq!(run(&["--history"]), [place]);
}

#[test]
fn facts_of_a_notebook_tell_their_cell() {
    let project = Project::new();
    let source = ["from openai import OpenAI\n", "c = OpenAI(base_url='https://api.openai.com')"];
    project.file("a.ipynb", notebook(&source, &[]));
    let report = project.report(&["--only", "env"]);
    let cells: Vec<_> =
        report["findings"].as_array().unwrap().iter().map(|finding| &finding["location"]["cell"]).collect();
    assert!(!cells.is_empty() && cells.iter().all(|cell| **cell == 2), "{report:#}");
}
