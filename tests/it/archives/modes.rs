//! The index, ranges, the history, standard input, shards: all of them look into archives.

use super::{
    formats::{config, places},
    pack::{Member, gzip, tar, zip},
};
use crate::{
    git::{commit, json},
    hook::Repo,
    support::Project,
};

fn archive(seed: &str) -> Vec<u8> {
    zip(&[Member::deflated("in/a.tgz", gzip(tar([("a.ini", config(seed))])))])
}

const PLACE: &str = "b.zip > in/a.tgz > a.ini:3:10";

#[test]
fn the_index_is_looked_into_and_what_head_has_is_no_news() {
    let repo = Repo::new();
    repo.file("b.zip", archive("a")).git(&["add", "-A"]);
    let staged = || json(&repo.keyward(&["--staged", "-f", "json"]));
    assert_eq!(places(&staged()), [PLACE]);
    commit(&repo, "packed");
    let more = zip(&[
        Member::deflated("in/a.tgz", gzip(tar([("a.ini", config("a")), ("b.ini", config("b"))]))),
        Member::stored("clean", "clean\n"),
    ]);
    repo.file("b.zip", more).git(&["add", "-A"]);
    assert_eq!(places(&staged()), ["b.zip > in/a.tgz > b.ini:3:10"]);
}

#[test]
fn a_range_is_looked_into() {
    let repo = Repo::new();
    commit(&repo, "empty");
    repo.file("b.zip", archive("a"));
    commit(&repo, "packed");
    let report = json(&repo.keyward(&["--diff", "HEAD~1..HEAD", "-f", "json"]));
    assert_eq!(places(&report), [PLACE]);
    repo.file("b.zip", [archive("a"), archive("a")].concat());
    commit(&repo, "again");
    assert_eq!(places(&json(&repo.keyward(&["--diff", "HEAD~1..HEAD", "-f", "json"]))).len(), 0, "it was there");
}

#[test]
fn the_history_is_looked_into_however_it_is_stored() {
    let repo = Repo::new();
    for seed in ["a", "b", "c"] {
        repo.file("b.zip", archive(seed)).file("c.tar", tar([("x.ini", config(seed)), ("y", "y".repeat(5000))]));
        commit(&repo, seed);
    }
    repo.git(&["rm", "-q", "b.zip"]);
    commit(&repo, "gone");
    let history = || json(&repo.keyward(&["--history", "-f", "json", "--skip", "key-older-than"]));
    let loose = history();
    // One finding for each secret; it stands in HEAD's tar, or where it came first.
    assert_eq!(
        places(&loose),
        ["b.zip > in/a.tgz > a.ini:3:10", "b.zip > in/a.tgz > a.ini:3:10", "c.tar > x.ini:3:10"]
    );
    let first = &loose["findings"][0];
    assert_eq!((&first["origin"]["in_head"], &first["origin"]["occurrences"]), (&false.into(), &2.into()));
    repo.git(&["gc", "-q", "--aggressive", "--prune=now"]);
    assert_eq!(places(&history()), places(&loose));
}

#[test]
fn a_history_with_a_bomb_is_not_complete() {
    let repo = Repo::new();
    repo.file("bomb.gz", gzip(vec![0; 70 << 20])).file("a.ini", config("a"));
    commit(&repo, "bomb");
    let ran = repo.keyward(&["--history", "-f", "json", "--skip", "key-older-than"]);
    let report = json(&ran);
    assert_eq!((ran.code, &report["notices"][0]["code"]), (2, &"archive-limit".into()), "{report}");
    assert_eq!(places(&report), ["a.ini:3:10"]);
}

#[test]
fn standard_input_is_looked_into() {
    let project = Project::new();
    let ran = project.keyward_with_input(&["--stdin", "--stdin-path", "b.zip", "-f", "json"], &archive("a"));
    assert_eq!(places(&serde_json::from_str(&ran.stdout).unwrap()), [PLACE]);
}

#[test]
fn every_number_of_threads_tells_the_same_and_shards_make_up_the_whole() {
    let project = Project::new();
    for at in 0..12 {
        project.file(&format!("{at}.zip"), archive(&at.to_string())).file(&format!("{at}.gz"), gzip(config("same")));
    }
    project.file("broken.gz", &gzip(config("broken"))[..150]);
    let one = project.keyward(&["-f", "jsonl", "-j", "1"]);
    assert_eq!(one.stdout.lines().count(), 2 + 25, "{}", one.stdout);
    assert_eq!(project.keyward(&["-f", "jsonl", "-j", "4"]).stdout, one.stdout);
    for shard in ["1/2", "2/2"] {
        let ran = project.keyward(&["-f", "jsonl", "--shard", shard]);
        project.file(&format!("../{}.jsonl", shard.replace('/', "of")), ran.stdout);
    }
    let merged = project.keyward(&["merge", "-f", "json", "../1of2.jsonl", "../2of2.jsonl"]);
    let (merged, whole): (serde_json::Value, serde_json::Value) =
        (serde_json::from_str(&merged.stdout).unwrap(), project.report(&[]));
    assert_eq!((&merged["findings"], &merged["coverage"]), (&whole["findings"], &whole["coverage"]));
    assert_eq!(merged["notices"], whole["notices"]);
}
