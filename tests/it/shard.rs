//! Shards: together they are the whole, whatever the tree looks like.

use std::{collections::BTreeMap, fs, path::PathBuf};

use keyward::{
    cli::{ReadingArgs, ScanArgs, WhatArgs},
    merge::{Part, merge},
    model::{Report, Shard},
    pipeline::{Exit, Run},
    report::{Kind, Options, format, read},
    rules::{RuleSet, template::expand},
};
use proptest::prelude::*;

use crate::support::{Project, openai_key};

/// The report on `project` and the exit code, or on a part of it, as jsonl.
fn scanned(project: &Project, shard: Option<Shard>) -> (String, Exit) {
    let args = ScanArgs {
        what: WhatArgs { paths: vec![project.root().to_owned()], shard, ..WhatArgs::default() },
        reading: ReadingArgs { threads: std::num::NonZeroUsize::new(2), ..ReadingArgs::default() },
        ..ScanArgs::default()
    };
    let run = Run::new(&args).unwrap();
    let outcome = run.collect(None).unwrap();
    let (report, exit) = run.report(outcome);
    (jsonl(&report), exit)
}

fn jsonl(report: &Report) -> String {
    let mut bytes = Vec::new();
    format(Kind::Jsonl, &Options::default()).write(report, &RuleSet::builtin(), &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn merged(texts: &[String]) -> Report {
    let part = |text: &String| {
        let report = read("shard", text.as_bytes()).unwrap().remove(0);
        Part { name: "shard".to_owned(), report }
    };
    merge(texts.iter().map(part).collect()).unwrap()
}

/// What a file of the random trees holds.
#[derive(Clone, Debug)]
enum Content {
    Keys(Vec<u8>),
    Marked(u8),
    StaleMark,
    Binary,
    Text,
}

impl Content {
    fn bytes(&self) -> Vec<u8> {
        // Few seeds, so that one secret stands in several files.
        let key = |seed: u8| match seed % 3 {
            0 => openai_key(&(seed % 6).to_string()),
            1 => expand("sk-{alnum:48}", &seed.to_string()),
            _ => expand("ghp_{crc62:30}", &seed.to_string()),
        };
        match self {
            Self::Keys(seeds) => seeds.iter().flat_map(|seed| format!("k = '{}'\n", key(*seed)).into_bytes()).collect(),
            Self::Marked(seed) => format!("k = '{}'  # keyward: allow secrets -- a sample\n", key(*seed)).into_bytes(),
            Self::StaleMark => b"x = 1  # keyward: allow openai-api-key -- was here once\n".to_vec(),
            Self::Binary => b"\x89PNG\0\0\0".to_vec(),
            Self::Text => b"nothing to see\n".to_vec(),
        }
    }
}

fn content() -> impl Strategy<Value = Content> {
    prop_oneof![
        3 => proptest::collection::vec(any::<u8>(), 1..4).prop_map(Content::Keys),
        1 => any::<u8>().prop_map(Content::Marked),
        1 => Just(Content::StaleMark),
        1 => Just(Content::Binary),
        2 => Just(Content::Text),
    ]
}

fn tree() -> impl Strategy<Value = BTreeMap<String, Content>> {
    let folder = prop_oneof![Just(""), Just("src/"), Just("src/deep/"), Just("node_modules/x/"), Just("ö ü/")];
    let path = (folder, "[a-e]{1,2}\\.(py|js|env)").prop_map(|(folder, name)| format!("{folder}{name}"));
    proptest::collection::btree_map(path, content(), 0..14)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn the_merge_of_all_shards_is_the_report_on_the_whole(tree in tree(), count in 1_u16..=6, turn in 0_usize..6) {
        let project = Project::new();
        for (path, content) in &tree {
            project.file(path, content.bytes());
        }
        let (whole, exit) = scanned(&project, None);
        let shards = (1..=count).map(|index| scanned(&project, Shard::new(index, count)));
        let (mut texts, exits): (Vec<String>, Vec<Exit>) = shards.unzip();
        for (index, text) in (1..).zip(&texts) {
            let header = format!("\"shard\":\"{index}/{count}\"");
            prop_assert!(text.lines().next().unwrap().contains(&header));
        }
        texts.rotate_left(turn % usize::from(count));
        if turn % 2 == 0 {
            texts.reverse();
        }
        let report = merged(&texts);
        prop_assert_eq!(jsonl(&report), whole);
        prop_assert_eq!(Exit::of(&report, 0, keyward::cli::FailOn::Warning, false), exit);
        // Some shard fails when the whole does, and one that holds nothing is not "nothing was scanned".
        prop_assert_eq!(exits.contains(&Exit::Findings), exit == Exit::Findings);
        let met_a_file = tree.keys().any(|path| !path.starts_with("node_modules"));
        prop_assert_eq!(exits.contains(&Exit::Nothing), !met_a_file);
    }
}

#[test]
fn a_shard_reads_its_part_of_a_tree_a_list_and_standard_input() {
    let project = Project::new();
    let names: Vec<String> = (0..12).map(|number| format!("d/f{number}.py")).collect();
    for name in &names {
        project.file(name, format!("k = '{}'", openai_key(name)));
    }
    project.file("list", names.join("\n"));
    let shard = |index| Shard::new(index, 3).unwrap();
    for index in 1..=3 {
        let part = format!("{index}/3");
        let mut own: Vec<String> = names
            .iter()
            .filter(|name| shard(index).holds(name.as_bytes()))
            .map(|name| format!("{name}:1 openai-api-key"))
            .collect();
        own.sort();
        assert!(!own.is_empty());
        assert_eq!(project.findings(&["--shard", &part]), own);
        assert_eq!(project.findings(&["--shard", &part, "--files-from", "list"]), own);
        let report = project.report(&["--shard", &part]);
        assert_eq!(report["shard"], *part);
        assert_eq!(report["coverage"]["skipped"], serde_json::json!([]), "another shard's files are not skipped");
    }
    let input = format!("k = '{}'", openai_key("a"));
    let holder = (1..=3).find(|index| shard(*index).holds(b"a.py")).unwrap();
    for index in 1..=3 {
        let arguments = ["--stdin", "--stdin-path", "a.py", "--shard", &format!("{index}/3")];
        let ran = project.keyward_with_input(&arguments, input.as_bytes());
        assert_eq!(ran.code, i32::from(index == holder), "{ran:?}");
    }
}

#[test]
fn a_shard_that_holds_nothing_is_content_and_says_which_one_it_is() {
    let project = Project::new();
    project.file("a.py", "x = 1\n");
    let (holder, other) = if Shard::new(1, 2).unwrap().holds(b"a.py") { ("1/2", "2/2") } else { ("2/2", "1/2") };
    let ran = project.keyward(&["--shard", other]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.stdout, format!("no findings; read 0 files, 0 bytes in tree mode, shard {other}\n"));
    assert_eq!(project.keyward(&["--shard", holder]).code, 0);
    fs::remove_file(project.path("a.py")).unwrap();
    assert_eq!(project.keyward(&["--shard", "1/2"]).code, 3, "there was nothing for any shard");
}

#[test]
fn a_shard_does_not_call_an_exception_stale_and_makes_no_baseline() {
    let project = Project::new();
    project.file("a.py", format!("k = '{}'", openai_key("a"))).file("b.py", "x = 1");
    assert_eq!(project.keyward(&["baseline", "create"]).code, 0);
    project.file("keyward.toml", "[[allow]]\nrule = \"private-key\"\nreason = \"none here\"\n");
    fs::remove_file(project.path("a.py")).unwrap();
    let codes = |arguments: &[&str]| -> Vec<String> {
        let report = project.report(arguments);
        let notices = report["notices"].as_array().unwrap();
        notices.iter().map(|notice| notice["code"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(codes(&[]), ["stale-baseline", "stale-allow"]);
    assert_eq!(codes(&["--shard", "1/2"]), [""; 0]);
    assert_eq!(codes(&["--shard", "1/1"]), [""; 0]);
    let ran = project.keyward(&["baseline", "prune", "--shard", "1/2"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("a baseline is made of the whole repository"), "{}", ran.stderr);
}

#[test]
fn a_shard_or_a_name_that_is_none_is_refused_with_a_way_out() {
    let project = Project::new();
    for (option, wrong, way_out) in [
        ("--shard", "0/4", "an engine that counts from 0 passes its index plus 1"),
        ("--shard", "5/4", "parts are counted from 1 to N"),
        ("--shard", "1/65536", "with numbers up to 65535"),
        ("--shard", "two", "write I/N"),
        ("--repo-id", "../x", "a repository is named like a folder, such as acme/api"),
        ("--repo-id", "", "a repository is named like a folder, such as acme/api"),
    ] {
        let ran = project.keyward(&[&format!("{option}={wrong}")]);
        assert_eq!(ran.code, 2, "{wrong}");
        let words = ran.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(way_out), "{words}");
    }
}

#[test]
fn paths_of_the_whole_decide_wherever_a_shard_is_started() {
    let project = Project::new();
    for number in 0..6 {
        project.file(&format!("sub/f{number}.py"), format!("k = '{}'", openai_key(&number.to_string())));
    }
    let from_root = project.findings(&["--shard", "1/2"]);
    let ran = project.keyward_in("sub", &["--shard", "1/2", "-f", "json"], None);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let paths: Vec<PathBuf> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["location"]["path"].as_str().unwrap().into())
        .collect();
    assert_eq!(paths.len(), from_root.len());
    assert!(paths.iter().zip(&from_root).all(|(path, line)| line.starts_with(path.to_str().unwrap())));
}
