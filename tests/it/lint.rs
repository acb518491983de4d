//! The environment lint on whole projects: every `fixtures/lint/<check>/{bad,good}/<case>.tree` is written to a folder of its own and scanned.
//!
//! A tree is one text file, so that our own repository holds no stray `.env` and its own scan stays quiet:
//!
//! ```text
//! What goes wrong here, in a sentence or two.
//! expect: error src/app.py:3
//! -- src/app.py --
//! …
//! -- .env (untracked) --
//! OPENAI_API_KEY=sk-proj-{url64:74}T3BlbkFJ{url64:74}
//! ```
//!
//! `expect:` names each finding of the check in a bad tree, and nothing else of the check may be found there; a good tree is one without
//! findings of the lint at `warning` or above. Files are added to git's index unless they are `(untracked)` or ignored; `(tracked)` adds
//! an ignored one. `no-git` in the header makes the tree no repository.

mod hostile;
mod part;
mod shipped;
mod unread;

use std::{collections::BTreeSet, fs, path::Path};

use keyward::rules::checks;
use serde_json::Value;

use crate::{hook::Repo, tree::Tree};

/// The trees of one kind, `bad` or `good`, for the check `id`.
fn trees(id: &str, kind: &str) -> Vec<Tree> {
    let folder = Path::new("fixtures/lint").join(id).join(kind);
    let Ok(entries) = fs::read_dir(&folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| Tree::read(path)).collect()
}

fn env_checks() -> impl Iterator<Item = &'static str> {
    checks().iter().filter(|check| check.group.as_str() == "env").map(|check| check.id.as_str())
}

fn findings(repo: &Repo, arguments: &[&str]) -> Vec<Value> {
    let ran = repo.keyward(&[&["-f", "json"], arguments].concat());
    let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    report["findings"].as_array().unwrap().clone()
}

/// `severity path:line`.
fn shown(finding: &Value) -> String {
    let place = &finding["location"];
    let (severity, path) = (finding["severity"].as_str().unwrap(), place["path"].as_str().unwrap());
    format!("{severity} {path}:{}", place["start_line"])
}

#[test]
fn every_check_has_a_module_and_six_trees_of_each_kind() {
    let mut missing = Vec::new();
    for id in env_checks() {
        if !Path::new(&format!("src/lint/checks/{}.rs", id.replace('-', "_"))).is_file() {
            missing.push(format!("{id} has no module"));
        }
        let few = ["bad", "good"].map(|kind| (kind, trees(id, kind).len())).into_iter().filter(|(_, count)| *count < 6);
        missing.extend(few.map(|(kind, count)| format!("{id} has {count} {kind} trees")));
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

#[test]
fn every_bad_tree_is_reported_where_it_says() {
    let mut wrong = Vec::new();
    for id in env_checks() {
        for tree in trees(id, "bad") {
            assert!(!tree.expected.is_empty(), "{} expects nothing", tree.name);
            let found: BTreeSet<String> = findings(&tree.plant(), &["--only", id]).iter().map(shown).collect();
            if found != tree.expected {
                wrong.push(format!("{}\n  expected {:?}\n  found    {found:?}", tree.name, tree.expected));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_good_tree_stays_quiet() {
    let mut wrong = Vec::new();
    for id in env_checks() {
        for tree in trees(id, "good") {
            let loud = |finding: &&Value| finding["severity"] != "note";
            let all = findings(&tree.plant(), &["--only", "env"]);
            wrong.extend(all.iter().filter(loud).map(|finding| {
                format!("{}: {} {} {}", tree.name, finding["rule"], shown(finding), finding["message"])
            }));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn no_format_shows_what_the_trees_hide() {
    for id in env_checks() {
        for tree in trees(id, "bad") {
            let (repo, secrets) = (tree.plant(), tree.secrets());
            for format in ["terminal", "json", "jsonl", "sarif", "github", "markdown"] {
                let ran = repo.keyward(&["-f", format, "-v"]);
                for secret in &secrets {
                    let shows = ran.stdout.contains(secret.as_str()) || ran.stderr.contains(secret.as_str());
                    assert!(!shows, "{} in {format}:\n{}", tree.name, ran.stdout);
                }
            }
        }
    }
}

#[test]
fn the_fixes_of_every_tree_are_made_once_and_hide_what_it_hides() {
    let mut wrong = Vec::new();
    for id in env_checks() {
        for tree in trees(id, "bad") {
            let (repo, secrets) = (tree.plant(), tree.secrets());
            let fix = |arguments: &[&str]| repo.keyward(&[&["fix", "--unsafe"], arguments].concat());
            let shown = fix(&[]);
            for secret in &secrets {
                assert!(!(shown.stdout.clone() + &shown.stderr).contains(secret.as_str()), "{}:\n{shown:?}", tree.name);
            }
            if tree.is_repository && shown.stdout.starts_with("diff --git") {
                repo.file(".git/patch", &shown.stdout);
                let checked = repo.try_git(&["apply", "--check", ".git/patch"]);
                if checked.code != 0 {
                    wrong.push(format!("{}: git apply: {}\n{}", tree.name, checked.stderr, shown.stdout));
                }
            }
            let made = fix(&["--write"]);
            let again = fix(&["--write"]);
            // A fix that got in the way of another one leaves work for a second run.
            let (again, settled) = if made.code == 1 { (fix(&["--write"]), again.code) } else { (again, made.code) };
            if settled != 0 || again.code != 0 || !again.stdout.is_empty() {
                wrong.push(format!("{}: {made:?}, then {again:?}", tree.name));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
