//! What `action.yml` and the list of checksums must hold whatever is in them.

use std::{collections::BTreeSet, fs};

use serde_json::Value;

use super::document::yaml;

fn action() -> Value {
    yaml(&fs::read_to_string("action.yml").unwrap())
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[test]
fn every_input_reaches_the_script_and_only_through_the_environment() {
    let action = action();
    let mut handed_on = BTreeSet::new();
    for step in action["runs"]["steps"].as_array().unwrap() {
        let Some(run) = step["run"].as_str() else { continue };
        assert!(run.starts_with("bash \"$GITHUB_ACTION_PATH/action/run.sh\" ") && !run.contains("${{"), "{run}");
        for (name, value) in step["env"].as_object().unwrap() {
            if let Some(input) = value.as_str().unwrap().strip_prefix("${{ inputs.") {
                let input = input.strip_suffix(" }}").unwrap();
                assert_eq!(*name, format!("INPUT_{}", input.to_uppercase().replace('-', "_")));
                handed_on.insert(input.to_owned());
            }
        }
    }
    assert_eq!(handed_on, keys(&action["inputs"]));
}

#[test]
fn other_actions_are_pinned_to_a_commit_with_the_version_beside() {
    let text = fs::read_to_string("action.yml").unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| line.trim_start().starts_with("uses:")).collect();
    assert_eq!(lines.len(), 1);
    for line in lines {
        let (commit, version) = line.split_once('@').unwrap().1.split_once(" # v").unwrap();
        assert!(is_hex(commit, 40) && version.split('.').count() == 3, "{line}");
    }
}

#[test]
fn the_list_of_checksums_is_well_formed_and_the_default_version_can_be_had() {
    let listed = fs::read_to_string("action/checksums.txt").unwrap();
    let mut versions = BTreeSet::new();
    for line in listed.lines().filter(|line| !line.starts_with('#')) {
        let [sum, version, target, url] = line.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{line}") };
        assert!(is_hex(sum, 64) && target.contains('-') && url.starts_with("https://"), "{line}");
        assert!(url.contains(version) && url.contains(target) && url.ends_with(".tar.gz"), "{line}");
        versions.insert(version);
    }
    let action = action();
    let default = action["inputs"]["version"]["default"].as_str().unwrap();
    // Until there is a release, what works is what is taken when nothing is said.
    assert!(if versions.is_empty() { default == "source" } else { versions.contains(default) }, "{default}");
}
