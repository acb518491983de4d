//! The order of the rows, and what to do about each.

use serde_json::Value;

use super::{commit_on, full, inventory, listed, row, rows, tail};
use crate::{
    hook::{Repo, secret},
    support::openai_key,
};

fn actions(row: &Value) -> Vec<&str> {
    row["plan"].as_array().unwrap().iter().map(|step| step["action"].as_str().unwrap()).collect()
}

fn step<'r>(row: &'r Value, action: &str) -> &'r str {
    let steps = row["plan"].as_array().unwrap();
    steps.iter().find(|step| step["action"] == action).unwrap()["text"].as_str().unwrap()
}

#[test]
fn rows_come_in_the_order_in_which_something_is_to_be_done() {
    let all = listed(&full(), &[]);
    let seeds = ["built", "public", "shared", "gone", "new", "unreachable", "allowed", "own"];
    let of = |row: &Value| {
        let seed = seeds.iter().find(|seed| row["masked"].as_str().unwrap().ends_with(&tail(seed))).unwrap();
        format!("{} {seed}", row["urgency"].as_str().unwrap())
    };
    let order: Vec<String> = rows(&all).iter().map(of).collect();
    // The two that browsers get are equally old, of one rule, and told apart by their fingerprints only.
    let mut first = order[..2].to_vec();
    first.sort();
    assert_eq!(first, ["now built", "now public"]);
    assert_eq!(
        order[2..],
        ["soon shared", "soon gone", "later unreachable", "later new", "accepted allowed", "in-place own"]
    );
    let summary = &all["summary"];
    let counts = ["now", "soon", "later", "clean_up", "accepted", "in_place", "over"]
        .map(|name| summary[name].as_u64().unwrap());
    assert_eq!(counts, [2, 2, 2, 0, 1, 1, 0]);
}

#[test]
fn a_published_key_is_revoked_first_and_any_other_is_replaced_first() {
    let all = listed(&full(), &[]);
    let public = row(&all, "public");
    assert_eq!(actions(public), ["revoke", "create", "replace", "republish"]);
    assert!(step(public, "revoke").starts_with("revoke it at https://platform.openai.com/"), "{public:#}");
    assert!(step(public, "replace").contains(".env.local:1 under a name that no bundler publishes"), "{public:#}");
    assert_eq!(actions(row(&all, "built")), ["revoke", "create", "republish"]);
    let shared = row(&all, "shared");
    assert_eq!(actions(shared), ["create", "replace", "hand-on", "revoke", "history"]);
    assert_eq!(
        step(shared, "replace"),
        "take it out of app.py:1 and read OPENAI_API_KEY from the environment there; stop tracking .env.production:1 \
         (git rm --cached), and keep the new one in what git ignores"
    );
    assert!(step(shared, "hand-on").contains(".github/workflows/ci.yml:4 (hands on OPENAI_API_KEY)"), "{shared:#}");
    assert!(step(shared, "history").starts_with("leave the history as it is"), "{shared:#}");
    assert_eq!(actions(row(&all, "gone")), ["create", "hand-on", "revoke", "history"]);
    assert!(step(row(&all, "gone"), "create").ends_with("if something still uses it"));
    assert!(step(row(&all, "unreachable"), "history").starts_with("no reference leads to it"));
    assert_eq!(actions(row(&all, "new")), ["create", "replace", "revoke"], "git has nothing of it");
    assert_eq!(actions(row(&all, "own")), ["keep"]);
    assert_eq!(step(row(&all, "allowed"), "keep"), "leave it as long as the reason for the exception holds: for tests");
}

#[test]
fn the_plan_for_all_goes_by_urgency_and_provider_and_ends_with_the_history() {
    let all = listed(&full(), &[]);
    let show = |task: &Value| {
        let keys = task["keys"].as_array().unwrap().len();
        format!("{} {} {keys}", task["urgency"].as_str().unwrap_or("last"), task["action"].as_str().unwrap())
    };
    let tasks: Vec<String> = all["plan"].as_array().unwrap().iter().map(show).collect();
    assert_eq!(tasks, ["now revoke 2", "soon replace 2", "later replace 2", "last history 3"]);
    assert_eq!(all["plan"][0]["page"], "https://platform.openai.com/api-keys");
    assert_eq!(all["plan"][0]["keys"][0], rows(&all)[0]["fingerprint"]);
}

#[test]
fn keys_of_several_environments_are_to_become_several() {
    let repo = Repo::new();
    for name in [".env.production", ".env.staging"] {
        repo.file(name, format!("OPENAI_API_KEY={}\n", openai_key("one")));
    }
    commit_on(&repo, "01-01", "all");
    let all = listed(&repo, &[]);
    assert_eq!(step(row(&all, "one"), "create"), "create a new one, one for each of production, staging");
}

#[test]
fn what_may_belong_to_several_providers_has_to_be_told_first() {
    let repo = Repo::new();
    let bare = keyward::rules::template::expand("sk-{hex:32}", "bare");
    repo.file("a.py", format!("K = '{bare}'\n")).file("b.py", secret("known"));
    commit_on(&repo, "01-01", "all");
    let all = listed(&repo, &[]);
    let unknown = rows(&all).iter().find(|row| row["rule"] == "unknown-sk-key").unwrap();
    assert_eq!((&unknown["provider"], &unknown["revoke"]), (&Value::Null, &Value::Null));
    assert!(step(unknown, "revoke").starts_with("find out whose it is"), "{unknown:#}");
    let ran = inventory(&repo, &[]);
    assert!(ran.stdout.contains("of OpenAI at https://platform.openai.com/api-keys"), "{}", ran.stdout);
}
