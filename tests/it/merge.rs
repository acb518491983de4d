//! `keyward merge` from the outside: what it prints, how it ends, and what it does not accept.

use std::fs;

use crate::support::{Project, Ran, openai_key};

/// A repository with three keys, and its reports in three shards beside it.
fn sharded() -> Project {
    let project = Project::new();
    for number in 0..9 {
        let line = if number % 3 == 0 { format!("k = '{}'\n", openai_key("a")) } else { "x = 1\n".to_owned() };
        project.file(&format!("src/f{number}.py"), line);
    }
    // The reports lie in a folder that a scan does not read.
    fs::create_dir(project.path(".git/out")).unwrap();
    for index in 1..=3 {
        let ran =
            project.keyward(&["--shard", &format!("{index}/3"), "-f", "jsonl", "-o", &shard(index), "--exit-zero"]);
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    project
}

fn shard(index: usize) -> String {
    format!(".git/out/{index}.jsonl")
}

fn merge(project: &Project, arguments: &[&str]) -> Ran {
    project.keyward(&[&["merge"], arguments].concat())
}

/// The error as one line of words.
fn said(ran: &Ran) -> String {
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
    ran.stderr.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_merge_of_shards_is_the_scan_of_the_whole_in_every_format_that_shows_no_source() {
    let project = sharded();
    let files = [&*shard(2), &*shard(3), &*shard(1)];
    for format in ["json", "jsonl", "github", "markdown"] {
        let whole = project.keyward(&["-f", format]);
        let merged = merge(&project, &[&files[..], &["-f", format]].concat());
        assert_eq!((merged.code, merged.stdout), (1, whole.stdout), "{format}");
    }
    let sarif = merge(&project, &[&files[..], &["-f", "sarif"]].concat()).stdout;
    let sarif: serde_json::Value = serde_json::from_str(&sarif).unwrap();
    assert_eq!(sarif["runs"].as_array().unwrap().len(), 1);
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 3);
}

#[test]
fn the_terminal_report_shows_place_key_and_help_without_a_source_line() {
    let project = sharded();
    let ran = merge(&project, &[&shard(1), &shard(2), &shard(3)]);
    let key = openai_key("a");
    let tail = &key[key.len() - 4..];
    let expected = format!(
        "error[openai-api-key]: OpenAI API key (project)\n  at:   src/f0.py:1:6\n  key:  sk-proj-…{tail}, project, 164 characters\n  help: Revoke"
    );
    assert!(ran.stdout.starts_with(&expected), "{}", ran.stdout);
    assert!(ran.stdout.contains("  also: src/f3.py:1:6\n        src/f6.py:1:6\n"), "{}", ran.stdout);
    assert!(
        ran.stdout.ends_with("3 errors; 1 distinct secret\nread 9 files, 549 bytes in tree mode\n"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.lines().all(|line| line.chars().count() <= 80));
}

#[test]
fn fail_on_and_exit_zero_decide_as_they_do_for_a_scan() {
    let project = sharded();
    let files = [&*shard(1), &*shard(2), &*shard(3)];
    let code = |more: &[&str]| merge(&project, &[&files[..], more].concat()).code;
    assert_eq!(code(&[]), 1);
    assert_eq!(code(&["--exit-zero"]), 0);
    assert_eq!(code(&["--fail-on", "never"]), 0);
    project.file("large.txt", "x".repeat(5000));
    project.keyward(&["-f", "jsonl", "-o", "i.jsonl", "--max-file-size", "4k"]);
    assert_eq!(merge(&project, &["i.jsonl", "--exit-zero"]).code, 2, "not everything was read");
    let empty = Project::new();
    assert_eq!(empty.keyward(&["-f", "jsonl", "-o", "../empty.jsonl", "--repo-id", "x"]).code, 3);
    let empty_report = empty.path("../empty.jsonl");
    assert_eq!(merge(&empty, &[empty_report.to_str().unwrap()]).code, 3, "nothing was scanned");
    fs::remove_file(empty_report).unwrap();
}

#[test]
fn a_pipe_may_hold_several_reports_and_is_read_once() {
    let project = sharded();
    let all: Vec<u8> = (1..=3).flat_map(|index| fs::read(project.path(&shard(index))).unwrap()).collect();
    let ran = project.keyward_with_input(&["merge", "-", "-f", "jsonl"], &all);
    assert_eq!(ran.stdout, project.keyward(&["-f", "jsonl"]).stdout);
    let two = fs::read(project.path(&shard(2))).unwrap();
    let ran = project.keyward_with_input(&["merge", &shard(1), "-", &shard(3), "-f", "jsonl"], &two);
    assert_eq!(ran.stdout, project.keyward(&["-f", "jsonl"]).stdout);
    assert!(said(&merge(&project, &["-", "-"])).contains("standard input can be read once only"));
    assert!(said(&merge(&project, &["-"])).contains("standard input is empty: it has no header"));
}

#[test]
fn suppressed_findings_are_counted_and_shown_when_asked_for() {
    let project = Project::new();
    project.file("a.py", format!("k = '{}'  # keyward: allow openai -- a sample\n", openai_key("a")));
    project.keyward(&["-f", "jsonl", "-o", "s.jsonl", "--show-suppressed"]);
    let text = fs::read_to_string(project.path("s.jsonl")).unwrap();
    assert_eq!(merge(&project, &["s.jsonl", "-f", "jsonl", "--show-suppressed"]).stdout, text);
    let without = merge(&project, &["s.jsonl", "-f", "jsonl"]).stdout;
    assert!(!without.contains("\"type\":\"finding\"") && without.contains("\"suppressed\":1"), "{without}");
    // A report with the number only can be read back as well.
    project.file("n.jsonl", &without);
    assert_eq!(merge(&project, &["n.jsonl", "-f", "jsonl"]).stdout, without);
}

#[test]
fn repositories_are_told_apart_by_their_names() {
    let (api, web) = (Project::new(), Project::new());
    for project in [&api, &web] {
        project.file("src/a.py", format!("k = '{}'\n", openai_key("a")));
    }
    api.keyward(&["-f", "jsonl", "-o", "r.jsonl", "--repo-id", "acme/api"]);
    web.keyward(&["-f", "jsonl", "-o", "r.jsonl", "--repo-id", "acme/web"]);
    let (a, b) = (api.path("r.jsonl"), web.path("r.jsonl"));
    let files = [b.to_str().unwrap(), a.to_str().unwrap()];
    let ran = merge(&api, &files);
    assert!(ran.stdout.contains("  at:   acme/api/src/a.py:1:6\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("  also: acme/web/src/a.py:1:6\n"), "{}", ran.stdout);
    assert!(ran.stdout.ends_with("in tree mode, 2 repositories\n"), "{}", ran.stdout);
    let both = merge(&api, &[&files[..], &["-f", "jsonl"]].concat()).stdout;
    assert!(both.starts_with("{\"type\":\"header\"") && both.contains("\"repos\":[\"acme/api\",\"acme/web\"]"));
    api.file("both.jsonl", &both);
    assert_eq!(merge(&api, &["both.jsonl", "-f", "jsonl"]).stdout, both);
    let report = api.report(&["--repo-id", "acme/api"]);
    assert_eq!((&report["repo_id"], &report["repos"]), (&"acme/api".into(), &serde_json::json!([])));
    // Without names they would be two runs on one repository.
    api.keyward(&["-f", "jsonl", "-o", "r.jsonl"]);
    web.file("b.py", "x = 1").keyward(&["-f", "jsonl", "-o", "r.jsonl"]);
    assert!(said(&merge(&api, &files)).contains("several repositories need a --repo-id each"));
}

#[test]
fn what_is_not_whole_is_refused_and_says_what_to_do() {
    let project = sharded();
    let (one, two, three) = (shard(1), shard(2), shard(3));
    let missing = said(&merge(&project, &[&one, &three]));
    assert!(missing.contains("shard 2/3 of the repository is missing"), "{missing}");
    assert!(missing.contains("help: run the scan of what is missing again"), "{missing}");
    let text = fs::read_to_string(project.path(&two)).unwrap();
    let cut = text.trim_end().rsplit_once('\n').unwrap().0;
    project.file(".git/out/cut", cut);
    let cut = said(&merge(&project, &[&one, ".git/out/cut", &three]));
    assert!(cut.contains("the report that begins on line 1 of .git/out/cut has no summary"), "{cut}");
    assert!(cut.contains("its scan was killed"), "{cut}");
    project.file(".git/out/empty", "");
    let empty = said(&merge(&project, &[&one, ".git/out/empty", &three]));
    assert!(empty.contains(".git/out/empty is empty: it has no header"), "{empty}");
    project.file("src/g.py", "x = 2\n");
    project.keyward(&["--shard", "1/3", "-f", "jsonl", "-o", ".git/out/later", "--exit-zero"]);
    project
        .file(".git/out/later", fs::read_to_string(project.path(&one)).unwrap().replace("\"files\":", "\"files\":1"));
    let twice = said(&merge(&project, &[&one, &two, &three, ".git/out/later"]));
    assert!(twice.contains(".git/out/1.jsonl and .git/out/later are both shard 1/3"), "{twice}");
    assert!(said(&merge(&project, &["nowhere"])).contains("cannot read nowhere"));
    assert!(said(&merge(&project, &["src"])).contains("cannot read src"));
    assert!(said(&merge(&project, &[&one, "--show-secrets"])).contains("reports hold no secrets"));
    assert_eq!(merge(&project, &[]).code, 2);
    project.keyward(&["--only", "openai", "-f", "jsonl", "-o", ".git/out/only", "--repo-id", "x", "--exit-zero"]);
    project.keyward(&["-f", "jsonl", "-o", ".git/out/all", "--repo-id", "y", "--exit-zero"]);
    let rules = said(&merge(&project, &[".git/out/only", ".git/out/all"]));
    assert!(rules.contains("were made with different rules"), "{rules}");
}

#[test]
fn a_hostile_report_reaches_the_terminal_without_escape_codes_or_keys() {
    let project = Project::new();
    let key = openai_key("hostile");
    project.file("a.py", format!("k = '{}'\n", openai_key("a")));
    project.keyward(&["-f", "jsonl", "-o", "r.jsonl"]);
    let text = fs::read_to_string(project.path("r.jsonl")).unwrap();
    let shows = |ran: &Ran| {
        let all = ran.stdout.clone() + &ran.stderr;
        all.contains(&key[20..40]) || all.contains('\x1b') || all.contains('\u{202e}')
    };
    for (from, to) in [
        ("\"path\":\"a.py\"", "\"path\":\"\\u001b[2J\u{202e}a.py\"".to_owned()),
        ("\"message\":\"", format!("\"message\":\"\\u001b[2J {key} ")),
        ("\"help\":\"", format!("\"help\":\"\\u001b]0;x\\u0007 {key} ")),
        ("\"kind\":\"project\"", format!("\"kind\":\"\\u001b[2J {key}\"")),
        ("\"provider\":\"", format!("\"provider\":\"{key}")),
        ("\"notices\":[", format!("\"notices\":[{{\"code\":\"\\u001b[2J\",\"message\":\"{key}\"}}")),
    ] {
        assert!(text.contains(from), "{from}");
        project.file("h.jsonl", text.replacen(from, &to, 1));
        for format in ["terminal", "github", "markdown"] {
            let ran = merge(&project, &["h.jsonl", "-v", "-f", format]);
            assert_eq!(ran.code, 1, "{ran:?}");
            assert!(!shows(&ran), "{to} as {format}: {ran:?}");
        }
        let ran = merge(&project, &["h.jsonl", "-f", "jsonl"]);
        assert!(ran.code == 1 && !ran.stdout.contains(&key[20..40]), "{to}: {ran:?}");
    }
    for wrong in [key.clone(), format!("{{\"type\":\"{key}\\u001b[2J\"}}"), format!("\x1b[2J{key}")] {
        project.file("h.jsonl", &wrong);
        let ran = merge(&project, &["h.jsonl"]);
        assert!(ran.code == 2 && !shows(&ran), "{ran:?}");
    }
    project.file("h.jsonl", vec![b'x'; (64 << 20) + 2]);
    assert!(said(&merge(&project, &["h.jsonl"])).contains("line 1 of h.jsonl is longer than 64 MiB"));
    project.file("h.jsonl", b"\xff\xfe{\0\"\0");
    assert!(said(&merge(&project, &["h.jsonl"])).contains("line 1 of h.jsonl is not UTF-8"));
}
