//! What `dotenv-shipped` says of an instruction that copies a `.env` by its name.

use std::path::Path;

use super::findings;
use crate::{hook::Repo, tree::Tree};

/// Message and help of the one finding in `repo`.
fn said(repo: &Repo) -> (String, String) {
    let found = findings(repo, &["--only", "dotenv-shipped"]);
    assert_eq!(found.len(), 1, "{found:?}");
    let text = |field: &str| found[0][field].as_str().unwrap().to_owned();
    (text("message"), text("help"))
}

#[test]
fn an_ignored_file_that_is_copied_by_name_is_taken_out_of_the_instruction() {
    let repo = Tree::read(Path::new("fixtures/lint/dotenv-shipped/bad/copied-by-name.tree")).plant();
    let (message, help) = said(&repo);
    assert_eq!(message, "`.env` goes, once it is there, into the image");
    // A line in `.dockerignore` would make the build fail.
    assert!(help.starts_with("Remove this instruction, and give the variables to the container"), "{help}");

    repo.file("Dockerfile", "FROM node:20\nCOPY .env package.json ./\n");
    repo.file(".env", keyward::rules::template::expand("OPENAI_API_KEY=sk-proj-{url64:74}T3BlbkFJ{url64:74}\n", "x"));
    let (message, help) = said(&repo);
    assert_eq!(message, "`.env` goes into the image");
    assert!(help.starts_with("Take `.env` out of this instruction, and give"), "{help}");

    repo.file("Dockerfile", "FROM node:20\nCOPY . ./\n");
    let (_, help) = said(&repo);
    assert!(help.starts_with("Add the line `**/.env` to `.dockerignore`, and give"), "{help}");
}
