//! What is read, and whose policy counts, for each event that starts a workflow.

use serde_json::json;

use super::{Origin, Outcome, Runner};
use crate::hook::secret;

const ZEROS: &str = "0000000000000000000000000000000000000000";
/// A key in the history counts twice: the commits of these tests are of early 2026, older than a key may be.
pub(super) const IN_HISTORY: &str = "2";
const DEPTH: &str = "Give actions/checkout the line `fetch-depth: 0` under `with:`";

/// A pull request of two commits: a key comes and goes. Meanwhile a key comes to `main`.
fn come_and_gone(origin: &Origin) -> super::origin::PullRequest {
    let work = |origin: &Origin| {
        origin.repo().file("come.py", secret("come"));
        origin.commit("come");
        origin.repo().file("come.py", "gone\n");
        origin.commit("gone");
    };
    let meanwhile = |origin: &Origin| {
        origin.repo().file("main.py", secret("main"));
        origin.commit("meanwhile");
    };
    origin.pull_request(work, meanwhile)
}

#[track_caller]
fn assert_refused(outcome: &Outcome, words: &str) {
    outcome.assert_ended(2, "").assert_said("error", words);
    assert!(!outcome.log.contains("read 1 file"), "nothing is read: {outcome:#?}");
}

#[test]
fn a_tree_without_a_key_passes_and_one_with_a_key_fails() {
    let origin = Origin::clean();
    let clean = Runner::new(&origin).run();
    clean.assert_ended(0, "0");
    assert!(clean.log.contains("no findings; read 1 file"), "{clean:#?}");
    let origin = Origin::with_key();
    let found = Runner::new(&origin).run();
    found.assert_ended(1, "1");
    assert_eq!(found.annotated(), ["a.py:1"]);
    assert!(found.summary.starts_with("## keyward: 1 error"), "{found:#?}");
    assert_eq!(found.sarif()["runs"][0]["results"][0]["ruleId"], "openai-api-key");
    let key = crate::support::openai_key("a");
    assert!(!format!("{found:?}").contains(&key[20..60]), "the key is nowhere");
}

#[test]
fn the_tree_of_a_pull_request_is_read_whole() {
    let origin = Origin::new();
    let request = come_and_gone(&origin);
    origin.check_out("refs/pull/1/merge", None);
    let outcome = origin.on_pull_request(&request).run();
    outcome.assert_ended(1, "1");
    assert_eq!(outcome.annotated(), ["main.py:1"]);
}

#[test]
fn the_range_of_a_pull_request_is_its_own_commits_and_not_what_came_to_the_base_meanwhile() {
    let origin = Origin::new();
    let request = come_and_gone(&origin);
    origin.check_out("refs/pull/1/merge", None);
    let outcome = origin.on_pull_request(&request).input("mode", "diff").run();
    outcome.assert_ended(1, "1");
    assert_eq!(outcome.annotated(), ["come.py:1"]);
}

#[test]
fn a_checkout_that_belongs_to_somebody_else_is_read_as_in_a_container() {
    let origin = Origin::new();
    let request = come_and_gone(&origin);
    origin.check_out("refs/pull/1/merge", None);
    let runner = origin.on_pull_request(&request).input("mode", "diff");
    runner.variable("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1").run().assert_ended(1, "1");
}

#[test]
fn the_head_of_a_pull_request_may_be_checked_out_in_place_of_the_merge() {
    let origin = Origin::new();
    let request = come_and_gone(&origin);
    origin.check_out("refs/heads/work", None);
    let outcome = origin.on_pull_request(&request).input("mode", "diff").run();
    assert_eq!(outcome.annotated(), ["come.py:1"]);
}

#[test]
fn a_pull_request_that_is_not_what_is_checked_out_is_refused() {
    let origin = Origin::new();
    let request = come_and_gone(&origin);
    origin.check_out("refs/heads/main", None);
    for mode in ["tree", "diff", "history"] {
        let outcome =
            origin.on_pull_request(&request).event("pull_request_target", json!({})).input("mode", mode).run();
        assert_refused(&outcome, "is not the pull request");
    }
}

#[test]
fn a_pull_request_cannot_change_the_policy_it_is_judged_by() {
    let origin = Origin::new();
    origin.repo().file("accepted", "");
    origin.commit("an empty baseline");
    let work = |origin: &Origin| {
        origin.repo().file("a.py", secret("a")).file("keyward.toml", "skip = ['openai']\n");
        let ran = origin.repo().keyward(&["baseline", "create", "--force", "--no-config", "--baseline", "accepted"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        origin.commit("a key, and what hides it");
    };
    let request = origin.pull_request(work, |_| {});
    origin.check_out("refs/pull/1/merge", None);
    for mode in ["tree", "diff", "history"] {
        let with = |inputs| origin.on_pull_request(&request).input("mode", mode).inputs(inputs).run();
        let findings = if mode == "history" { IN_HISTORY } else { "1" };
        with(&[]).assert_ended(1, findings);
        with(&[("baseline", "accepted")]).assert_ended(1, findings);
        with(&[("policy-from", "head")]).assert_ended(0, "0");
    }
    let queue = json!({"merge_group": {"base_sha": request.base, "head_sha": request.merge}});
    let queued = |inputs| Runner::new(&origin).event("merge_group", queue.clone()).inputs(inputs).run();
    queued(&[]).assert_ended(1, "1");
    queued(&[("mode", "diff")]).assert_ended(1, "1");
    queued(&[("policy-from", "head")]).assert_ended(0, "0");
    origin.on_push("main", &request.base).run().assert_ended(0, "0");
}

#[test]
fn a_shallow_checkout_is_no_pass() {
    let origin = Origin::new();
    let request = come_and_gone(&origin);
    origin.check_out("refs/pull/1/merge", Some(1));
    for mode in ["tree", "diff", "history"] {
        assert_refused(&origin.on_pull_request(&request).input("mode", mode).run(), DEPTH);
    }
    let own = [("policy-from", "head")];
    let tree = origin.on_pull_request(&request).inputs(&own).run();
    tree.assert_ended(1, "1");
    let history = origin.on_pull_request(&request).inputs(&own).input("mode", "history").run();
    history.assert_ended(2, IN_HISTORY).assert_said("error", DEPTH);
    assert_refused(&origin.on_push("main", &request.base).input("mode", "diff").run(), DEPTH);
    assert_refused(&origin.on_push("new", ZEROS).input("mode", "diff").run(), DEPTH);
}

#[test]
fn a_checkout_that_ends_inside_the_range_is_no_pass() {
    let origin = Origin::new();
    let request = come_and_gone(&origin);
    origin.check_out("refs/pull/1/merge", Some(2));
    assert_refused(&origin.on_pull_request(&request).input("mode", "diff").run(), DEPTH);
    // The base is here, and the tree needs no more.
    origin.on_pull_request(&request).run().assert_ended(1, "1");
}

#[test]
fn a_push_is_read_from_where_the_branch_was() {
    let origin = Origin::new();
    origin.repo().file("old.py", secret("old"));
    let before = origin.commit("old");
    origin.repo().file("new.py", secret("new"));
    origin.commit("new");
    origin.check_out("refs/heads/main", None);
    let outcome = origin.on_push("main", &before).input("mode", "diff").run();
    outcome.assert_ended(1, "1");
    assert_eq!(outcome.annotated(), ["new.py:1"]);
    let shallow = Origin::new();
    shallow.repo().file("new.py", "clean\n");
    let before = shallow.id("HEAD");
    shallow.commit("new");
    shallow.check_out("refs/heads/main", Some(2));
    shallow.on_push("main", &before).input("mode", "diff").run().assert_ended(0, "0");
}

#[test]
fn a_new_branch_is_compared_with_the_default_branch_and_so_is_a_rewritten_one() {
    let origin = Origin::new();
    origin.repo().file("old.py", secret("old"));
    origin.commit("old");
    origin.repo().git(&["checkout", "-q", "-b", "work"]).file("new.py", secret("new"));
    origin.commit("new");
    origin.check_out("refs/heads/work", None);
    for before in [ZEROS, "1234567890123456789012345678901234567890"] {
        let outcome = origin.on_push("work", before).input("mode", "diff").run();
        outcome.assert_ended(1, "1").assert_said("notice", "what it adds to `main` is read");
        assert_eq!(outcome.annotated(), ["new.py:1"]);
    }
}

#[test]
fn what_has_nothing_to_compare_with_is_read_whole_and_says_so() {
    let origin = Origin::with_key();
    let first = origin.on_push("main", ZEROS).input("mode", "diff").run();
    first.assert_ended(1, "1").assert_said("notice", "`push` has nothing to compare with, so the whole tree is read");
    for event in ["schedule", "workflow_dispatch"] {
        let outcome = Runner::new(&origin).event(event, json!({})).input("mode", "diff").run();
        outcome.assert_ended(1, "1").assert_said("notice", &format!("`{event}` has nothing to compare with"));
    }
}

#[test]
fn a_range_without_a_commit_passes_and_says_so() {
    let origin = Origin::with_key();
    let outcome = origin.on_push("main", &origin.id("HEAD")).input("mode", "diff").run();
    outcome.assert_ended(0, "0").assert_said("notice", "so nothing was read");
}

#[test]
fn the_history_holds_what_the_files_no_longer_do() {
    let origin = Origin::new();
    come_and_gone(&origin);
    origin.repo().git(&["rm", "-q", "main.py"]);
    origin.commit("gone too");
    origin.check_out("refs/heads/main", None);
    Runner::new(&origin).run().assert_ended(0, "0");
    let outcome = Runner::new(&origin).input("mode", "history").run();
    outcome.assert_ended(1, "4");
    assert_eq!(outcome.sarif()["runs"][0]["automationDetails"]["id"], "keyward-history/");
}

#[test]
fn a_folder_without_a_repository_or_without_files_is_no_pass() {
    let origin = Origin::new();
    std::fs::create_dir(origin.checkout()).unwrap();
    let outcome = Runner::new(&origin).run();
    outcome.assert_ended(3, "0").assert_said("error", "let actions/checkout run before keyward");
    for mode in ["diff", "history"] {
        let outcome = Runner::new(&origin).input("mode", mode).run();
        assert_eq!((outcome.code, outcome.outputs["exit-code"].as_str()), (2, "2"), "{outcome:#?}");
    }
}
