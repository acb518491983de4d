//! Files, index, ranges, history, standard input, archives, inventory: all of them undo what is encoded.

use super::{base64, findings, manifest};
use crate::{
    archives::pack::{gzip, tar},
    git::{commit, json},
    hook::Repo,
    support::{Project, openai_key},
};

/// Where the key stands in the manifest, in groups of four characters.
const PLACE: &str = "secret.yaml:7:19-7:239 openai-api-key base64";

#[test]
fn a_kubernetes_secret_is_read_in_the_working_tree_and_from_standard_input() {
    let project = Project::new();
    project.file("secret.yaml", manifest(&openai_key("a")));
    assert_eq!(findings(&project.report(&["--only", "secrets"])), [PLACE]);
    assert_eq!(findings(&project.report(&["--only", "secrets", "--max-decode-depth", "0"])), [""; 0]);
    let ran = project.keyward_with_input(
        &["--stdin", "--stdin-path", "secret.yaml", "-f", "json", "--only", "secrets"],
        manifest(&openai_key("a")).as_bytes(),
    );
    assert_eq!(findings(&json(&ran)), [PLACE]);
}

#[test]
fn what_is_staged_is_undone_and_what_head_has_is_no_news() {
    let repo = Repo::new();
    repo.file("secret.yaml", manifest(&openai_key("a"))).git(&["add", "-A"]);
    let staged = || findings(&json(&repo.keyward(&["--staged", "-f", "json", "--only", "secrets"])));
    assert_eq!(staged(), [PLACE]);
    commit(&repo, "hidden");
    repo.file("secret.yaml", format!("# moved\n{}", manifest(&openai_key("a")))).git(&["add", "-A"]);
    assert_eq!(staged(), [""; 0], "the key was there before");
    repo.file("secret.yaml", manifest(&openai_key("b"))).git(&["add", "-A"]);
    assert_eq!(staged(), [PLACE]);
}

#[test]
fn a_range_is_undone_and_a_key_that_was_plain_before_is_no_news() {
    let repo = Repo::new();
    repo.file("secret.yaml", format!("key: {}\n", openai_key("a")));
    commit(&repo, "plain");
    repo.file("secret.yaml", manifest(&openai_key("a")));
    commit(&repo, "hidden");
    repo.file("secret.yaml", manifest(&openai_key("b")));
    commit(&repo, "another");
    let diff = |range: &str| findings(&json(&repo.keyward(&["--diff", range, "-f", "json", "--only", "secrets"])));
    assert_eq!(diff("HEAD~2..HEAD~1"), [""; 0], "only its form is new");
    assert_eq!(diff("HEAD~1..HEAD"), [PLACE]);
}

#[test]
fn the_history_is_undone_however_it_is_stored() {
    let repo = Repo::new();
    let filler = "# a line of something that stays\n".repeat(200);
    for seed in ["a", "b", "c"] {
        repo.file("secret.yaml", format!("{}{filler}", manifest(&openai_key(seed))));
        commit(&repo, seed);
    }
    repo.git(&["rm", "-q", "secret.yaml"]);
    commit(&repo, "gone");
    commit(&repo, &format!("a message\n\n{}", base64(format!("key={}", openai_key("message")))));
    let history = || {
        let arguments = ["--history", "-f", "json", "--only", "secrets", "--skip", "key-older-than"];
        findings(&json(&repo.keyward(&arguments)))
    };
    let loose = history();
    assert_eq!(loose, ["(commit message):3:5-3:225 openai-api-key base64", PLACE, PLACE, PLACE]);
    repo.git(&["gc", "-q", "--aggressive", "--prune=now"]);
    assert_eq!(history(), loose);
}

#[test]
fn what_is_hidden_in_an_archive_is_found_at_its_place_in_the_member() {
    let project = Project::new();
    let inner = format!("{{\"config\": \"{}\"}}\n", base64(format!("{{\"key\": \"{}\"}}", openai_key("a"))));
    project.file("backup.tar.gz", gzip(tar([("etc/app.json", inner.as_bytes()), ("etc/other", b"nothing\n")])));
    let found = findings(&project.report(&["--only", "secrets"]));
    assert_eq!(found, ["backup.tar.gz > etc/app.json:1:25-1:245 openai-api-key base64"]);
    project.file("plain.tar", tar([("etc/app.json", inner.as_bytes())]));
    let found = findings(&project.report(&["--only", "secrets", "plain.tar"]));
    assert_eq!(
        found,
        ["plain.tar > etc/app.json:1:25-1:245 openai-api-key base64"],
        "the archive itself tells nothing again"
    );
}

#[test]
fn an_inventory_counts_the_hidden_places_of_a_key_with_the_others() {
    let project = Project::new();
    project.file("secret.yaml", manifest(&openai_key("a"))).file("app.py", format!("key = \"{}\"\n", openai_key("a")));
    let ran = project.keyward(&["inventory", "--no-history", "-f", "json"]);
    let inventory: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(inventory["keys"].as_array().unwrap().len(), 1, "{inventory:#}");
    assert_eq!(inventory["keys"][0]["places"].as_array().unwrap().len(), 2, "{inventory:#}");
}
