//! How a place in an archive is told, silenced and remembered.

use super::{
    formats::{config, places},
    pack::{Member, gzip, tar, zip},
};
use crate::support::{Project, openai_key};

fn packed(text: &str) -> Project {
    let project = Project::new();
    project.file("old/b.zip", zip(&[Member::deflated("in.tgz", gzip(tar([("cfg/a.ini", text)])))]));
    project
}

#[test]
fn people_read_the_way_and_the_line_and_programs_the_file() {
    let project = packed(&config("a"));
    let way = "old/b.zip > in.tgz > cfg/a.ini:3:10";
    let terminal = project.keyward(&[]).stdout;
    assert!(terminal.contains(way) && terminal.contains("sk-proj-"), "{terminal}");
    let github = project.keyward(&["-f", "github"]).stdout;
    assert!(github.starts_with("::error file=old/b.zip,title=openai-api-key::"), "{github}");
    assert!(github.contains(&format!("%0Ain {way}%0A")), "{github}");
    let markdown = project.keyward(&["-f", "markdown"]).stdout;
    assert!(markdown.contains(&format!("`{way}`")), "{markdown}");
    let sarif: serde_json::Value = serde_json::from_str(&project.keyward(&["-f", "sarif"]).stdout).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    let place = &result["locations"][0];
    assert_eq!(place["physicalLocation"]["artifactLocation"]["uri"], "old/b.zip");
    assert_eq!(place["physicalLocation"]["region"], serde_json::json!({"startLine": 1}));
    assert_eq!(place["logicalLocations"][0]["fullyQualifiedName"], way);
    assert!(result["message"]["text"].as_str().unwrap().contains(way), "{result}");
    let finding = &project.report(&[])["findings"][0];
    assert_eq!(finding["origin"]["archive"], serde_json::json!(["in.tgz", "cfg/a.ini"]));
    assert_eq!((&finding["location"]["start_line"], &finding["origin"]["kind"]), (&3.into(), &"tree".into()));
}

#[test]
fn marks_in_a_member_allows_by_the_file_and_a_baseline_silence() {
    let marked = config("a").replace("\"\n", "\" # keyward: allow openai-api-key -- a sample\n");
    let project = packed(&marked);
    assert_eq!(project.keyward(&[]).code, 0);
    let shown = project.report(&["--show-suppressed"]);
    assert_eq!(shown["findings"][0]["suppressed"]["by"], "inline");
    let project = packed(&config("a"));
    project.file("keyward.toml", "[[allow]]\npath = 'old/*.zip'\nrule = 'openai-api-key'\nreason = 'samples'\n");
    let report = project.report(&["--show-suppressed"]);
    assert_eq!(
        (&report["findings"][0]["suppressed"]["by"], report["notices"].as_array().unwrap().len()),
        (&"config".into(), 0)
    );
    project.file("keyward.toml", "exclude = ['old/*.zip']\n");
    assert_eq!(places(&project.report(&[])).len(), 0);
    let project = packed(&config("a"));
    assert_eq!(project.keyward(&["baseline", "create"]).code, 0);
    assert_eq!(project.keyward(&[]).code, 0);
    project.file(
        "old/b.zip",
        zip(&[Member::stored("in.tgz", gzip(tar([("cfg/a.ini", "\n".to_owned() + &config("a"))])))]),
    );
    assert_eq!(project.keyward(&[]).code, 0, "the same key at another line of the same member");
}

#[test]
fn the_fingerprint_of_a_finding_knows_the_member_and_that_of_the_secret_does_not() {
    let project = Project::new();
    project.file("a.zip", zip(&[Member::stored("x.ini", config("a")), Member::stored("y.ini", config("a"))]));
    let report = project.report(&["--only", "secrets"]);
    let of = |at: usize, path: &str| report["findings"][at].pointer(path).unwrap().clone();
    assert_eq!(places(&report).len(), 2);
    assert_ne!(of(0, "/fingerprint"), of(1, "/fingerprint"));
    assert_eq!(of(0, "/secret/fingerprint"), of(1, "/secret/fingerprint"));
}

#[test]
fn a_key_in_a_name_inside_is_hidden() {
    let key = openai_key("name");
    let project = Project::new();
    project.file("a.tar", tar([(format!("{key}/a.ini"), config("a")), (format!("{key}/b"), "\0".to_owned())]));
    for format in ["terminal", "json", "jsonl", "sarif", "github", "markdown"] {
        let ran = project.keyward(&["-f", format, "-v"]);
        assert!(!(ran.stdout.clone() + &ran.stderr).contains(&key[20..60]), "{format}: {}", ran.stdout);
    }
}

#[test]
fn fixes_are_for_files_and_not_for_members() {
    let project = packed(&format!("key = \"{}\"\n", openai_key("a")));
    let before = std::fs::read(project.path("old/b.zip")).unwrap();
    assert!(project.keyward(&["fix", "--unsafe", "--write"]).code < 2);
    assert_eq!(std::fs::read(project.path("old/b.zip")).unwrap(), before);
}
