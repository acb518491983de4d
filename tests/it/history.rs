//! Everything that git stores: each place in a repository that has it, and each way a repository can be stored.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    git::{commit, json, places},
    hook::{Repo, secret},
    support::{Ran, openai_key},
};

/// Everything but the age of keys, which another day would change.
fn history(repo: &Repo, more: &[&str]) -> Ran {
    repo.keyward(&[&["--history", "-f", "json", "--skip", "key-older-than"], more].concat())
}

fn in_folder(repo: &Repo, folder: &Path, more: &[&str]) -> Ran {
    let arguments = [&["--history", "-f", "json", "--skip", "key-older-than"], more].concat();
    repo.run(env!("CARGO_BIN_EXE_keyward").as_ref(), folder, &arguments, &[])
}

/// A repository with a key in every place that git has.
fn full() -> Repo {
    let repo = Repo::new();
    repo.file("now.py", secret("now")).file("deep/er/old.py", secret("old"));
    commit(&repo, "first");
    repo.git(&["rm", "-q", "deep/er/old.py"]).file("now.py", format!("\n{}", secret("now")));
    commit(&repo, "second");
    commit(&repo, &format!("with a key\n\n{}", secret("message")));
    repo.file("amended.py", secret("amended"));
    commit(&repo, "to be amended");
    repo.git(&["rm", "-q", "amended.py"]).git(&["commit", "-q", "--amend", "--allow-empty", "-m", "amended"]);
    repo.file("now.py", format!("{}\n{}", secret("now"), secret("stashed"))).git(&["stash", "-q"]);
    repo.git(&["tag", "-a", "v1", "-m", &secret("tag")]);
    repo.git(&["notes", "add", "-m", &secret("note"), "HEAD"]);
    repo.git(&["checkout", "-q", "-b", "side", "HEAD~1"]).file("side.py", secret("side"));
    commit(&repo, "side");
    repo.git(&["checkout", "-q", "main"]);
    repo.file("dangling.txt", secret("dangling")).git(&["hash-object", "-w", "dangling.txt"]);
    fs::remove_file(repo.path("dangling.txt")).unwrap();
    repo
}

const EVERYWHERE: [&str; 9] = [
    "(commit message):3",
    "(note):1",
    "(tag message):1",
    "(unreachable blob):1",
    "amended.py:1",
    "deep/er/old.py:1",
    "now.py:2",
    "now.py:3",
    "side.py:1",
];

#[test]
fn a_key_is_found_in_every_place_that_git_has() {
    let repo = full();
    let ran = history(&repo, &[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let mut found = places(&ran);
    found.sort();
    assert_eq!(found, EVERYWHERE);
    let report = json(&ran);
    assert_eq!(report["coverage"]["mode"], "history");
    assert_eq!(report["coverage"]["complete"], true, "{report:#}");
    assert_eq!(ran.stderr, "", "progress is for terminals");
}

#[test]
fn a_finding_says_where_a_key_began_and_where_it_still_is() {
    let repo = full();
    let report = json(&history(&repo, &[]));
    let of = |path: &str, line: u64| {
        let findings = report["findings"].as_array().unwrap();
        let is_it = |f: &&serde_json::Value| f["location"]["path"] == path && f["location"]["start_line"] == line;
        findings.iter().find(is_it).unwrap()["origin"].clone()
    };
    let id = |name: &str| repo.try_git(&["rev-parse", name]).stdout.trim().to_owned();
    let now = of("now.py", 2);
    assert_eq!(now["commit"], id("main~3"), "the first commit that had it, though the line is that of HEAD");
    assert_eq!(now["author_time"], "2026-01-02T03:04:05+00:00");
    assert_eq!((&now["in_head"], &now["occurrences"]), (&true.into(), &3.into()));
    assert_eq!(now["ref"], "refs/heads/main");
    assert_eq!(now["refs"], serde_json::json!(["refs/heads/main", "refs/heads/side", "refs/stash", "refs/tags/v1"]));
    let old = of("deep/er/old.py", 1);
    assert_eq!((&old["in_head"], &old["occurrences"], &old["object"]), (&false.into(), &1.into(), &"blob".into()));
    assert_eq!(of("amended.py", 1)["refs"], serde_json::Value::Null, "only the reflog remembers it");
    assert_eq!(of("amended.py", 1)["ref"], serde_json::Value::Null);
    assert_eq!(of("side.py", 1)["ref"], "refs/heads/side");
    assert_eq!(of("(note)", 1)["object"], "note");
    assert_eq!(of("(note)", 1)["ref"], "refs/notes/commits");
    assert_eq!(
        (&of("(tag message)", 1)["object"], &of("(tag message)", 1)["ref"]),
        (&"tag-message".into(), &"refs/tags/v1".into())
    );
    assert_eq!(of("(commit message)", 3)["commit"], id("main~1"));
    assert_eq!(of("(unreachable blob)", 1)["commit"], serde_json::Value::Null);
}

#[test]
fn loose_packed_bare_worktree_and_any_number_of_threads_give_the_same_report() {
    let repo = full();
    let loose = history(&repo, &[]).stdout;
    for threads in ["1", "8"] {
        assert_eq!(history(&repo, &["-j", threads]).stdout, loose);
    }
    let tree = repo.project.path("tree");
    repo.git(&["worktree", "add", "-q", "--detach", tree.to_str().unwrap(), "HEAD"]);
    assert_eq!(in_folder(&repo, &tree, &[]).stdout, loose, "through a worktree");
    repo.git(&["repack", "-q", "-a", "-d", "-k"]);
    assert_eq!(history(&repo, &[]).stdout, loose, "packed");
    repo.git(&["gc", "-q", "--no-prune"]);
    assert_eq!(history(&repo, &["-j", "8"]).stdout, loose, "with packed references");
    let bare = repo.project.path("bare.git");
    fs::create_dir(&bare).unwrap();
    for part in ["objects", "refs", "packed-refs", "HEAD", "logs"] {
        copy(&repo.path(".git").join(part), &bare.join(part));
    }
    let of_bare = json(&in_folder(&repo, &bare, &[]));
    let of_loose: serde_json::Value = serde_json::from_str(&loose).unwrap();
    assert_eq!(of_bare["findings"], of_loose["findings"], "bare");
    assert_eq!(of_bare["coverage"], of_loose["coverage"]);
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let name = entry.unwrap().file_name();
            copy(&from.join(&name), &to.join(&name));
        }
    } else if from.exists() {
        fs::copy(from, to).unwrap();
    }
}

#[test]
fn a_key_that_is_older_than_the_policy_allows_is_said_so() {
    let repo = Repo::new();
    repo.file("old.py", secret("old"));
    repo.git(&["add", "-A"]);
    let dates = [("GIT_AUTHOR_DATE", "2020-02-03T04:05:06Z")];
    repo.run("git".as_ref(), &repo.path(""), &["commit", "-q", "-m", "old"], &dates);
    let rules = |more: &[&str]| -> Vec<String> {
        let report = json(&repo.keyward(&[&["--history", "-f", "json"], more].concat()));
        report["findings"].as_array().unwrap().iter().map(|f| f["rule"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(rules(&[]), ["key-older-than", "openai-api-key"]);
    let report = json(&repo.keyward(&["--history", "-f", "json"]));
    assert_eq!(report["findings"][0]["severity"], "warning");
    assert_eq!(
        report["findings"][0]["message"],
        "key has been in the history for longer than the policy allows (90 days)"
    );
    assert_eq!(report["summary"]["secrets"], 1);
    assert_eq!(rules(&["--skip", "key-older-than"]), ["openai-api-key"]);
    assert_eq!(rules(&["--only", "openai"]), ["openai-api-key"]);
    repo.file("keyward.toml", "max-key-age-days = 36500\n");
    assert_eq!(rules(&[]), ["openai-api-key"]);
    repo.file("keyward.toml", "[[allow]]\nrule = 'openai'\npath = 'old.py'\nreason = 'a test'\n");
    assert_eq!(rules(&[]), Vec::<String>::new(), "what is allowed may be old");
    let page = repo.keyward(&["explain", "key-older-than"]);
    assert!(page.stdout.contains("max-key-age-days"), "{page:?}");
}

#[test]
fn the_terminal_says_in_one_line_where_git_has_a_key() {
    let repo = full();
    let ran = repo.keyward(&["--history", "--skip", "key-older-than"]);
    let first = repo.try_git(&["rev-parse", "main~3"]).stdout;
    let line = format!("git: first in {} of 2026-01-02, in 3 versions, still in HEAD; in the history of", &first[..12]);
    let text = ran.stdout.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains(&line), "{}", ran.stdout);
    assert!(text.contains("git: in no commit, not in the files of HEAD; no reference holds it"), "{}", ran.stdout);
    assert!(!text.contains("if one is wrong, end its line"), "no mark reaches an old version: {}", ran.stdout);
}

#[test]
fn the_age_of_a_key_is_told_with_the_key() {
    let repo = full();
    let ran = repo.keyward(&["--history"]);
    assert!(
        ran.stdout.contains("\n  age:  warning[key-older-than]: key has been in the history for longer"),
        "{ran:?}"
    );
    assert!(!ran.stdout.contains("\nwarning[key-older-than]"), "{}", ran.stdout);
    let page = repo.keyward(&["--history", "-f", "html"]).stdout;
    assert!(page.contains("<dt>Age</dt>") && !page.contains("key-older-than"), "{page}");
}

#[test]
fn shards_of_a_history_make_up_the_whole() {
    let repo = full();
    let whole = repo.keyward(&["--history", "-f", "jsonl", "--exit-zero"]);
    let shards: Vec<PathBuf> = (1..=3).map(|at| repo.project.path(&format!("{at}.jsonl"))).collect();
    for (at, path) in (1..).zip(&shards) {
        let ran = repo.keyward(&[
            "--history",
            "-f",
            "jsonl",
            "--exit-zero",
            "--shard",
            &format!("{at}/3"),
            "-o",
            path.to_str().unwrap(),
        ]);
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    let names: Vec<&str> = shards.iter().rev().map(|path| path.to_str().unwrap()).collect();
    let merged = repo.keyward(&[&["merge", "-f", "jsonl", "--exit-zero"], &names[..]].concat());
    assert_eq!(merged.code, 0, "{merged:?}");
    assert_eq!(merged.stdout, whole.stdout);
}

#[test]
fn a_chain_of_versions_finds_the_key_where_it_came_and_not_where_it_went() {
    let repo = Repo::new();
    let filler = "a line of ordinary text\n".repeat(400);
    for (version, part) in ["", &secret("a"), &secret("a"), "x\n", &secret("b")].iter().enumerate() {
        repo.file("big.txt", format!("{version}\n{filler}{part}{filler}"));
        commit(&repo, &format!("version {version}"));
    }
    repo.git(&["repack", "-q", "-a", "-d", "-f", "--depth=50", "--window=50"]);
    let report = json(&history(&repo, &[]));
    let findings = report["findings"].as_array().unwrap();
    let of =
        |finding: &serde_json::Value| (finding["origin"]["occurrences"].clone(), finding["origin"]["in_head"].clone());
    let mut found: Vec<String> = findings.iter().map(of).map(|(count, in_head)| format!("{count} {in_head}")).collect();
    found.sort();
    assert_eq!(found, ["1 true", "2 false"]);
}

#[test]
fn what_is_not_whole_says_so() {
    let repo = full();
    let remote = format!("file://{}", repo.path("").display());
    let clone = |name: &str, options: &[&str]| {
        let arguments = [&["clone", "-q"], options, &[&remote, name]].concat();
        let ran = repo.run("git".as_ref(), repo.project.root(), &arguments, &[]);
        assert_eq!(ran.code, 0, "{ran:?}");
        json(&in_folder(&repo, &repo.project.path(name), &["--exit-zero"]))
    };
    let codes = |report: &serde_json::Value| -> Vec<String> {
        let notices = report["notices"].as_array().unwrap();
        notices.iter().map(|notice| notice["code"].as_str().unwrap().to_owned()).collect()
    };
    let whole = clone("whole", &[]);
    assert_eq!((codes(&whole), &whole["coverage"]["complete"]), (vec![], &true.into()));
    let shallow = clone("shallow", &["--depth", "1"]);
    assert_eq!((codes(&shallow), &shallow["coverage"]["complete"]), (vec!["shallow-clone".to_owned()], &false.into()));
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let partial = clone("partial", &["--filter=blob:none", "--no-checkout"]);
    assert_eq!((codes(&partial), &partial["coverage"]["complete"]), (vec!["partial-clone".to_owned()], &false.into()));
    let borrowed = clone("borrowed", &["--shared"]);
    assert_eq!(codes(&borrowed), Vec::<String>::new());
    assert!(borrowed["coverage"]["blobs"].as_u64() >= whole["coverage"]["blobs"].as_u64(), "alternates are read");
}

#[test]
fn other_formats_of_repositories_are_read_as_far_as_can_be() {
    for (format, complete) in [("--object-format=sha256", true), ("--ref-format=reftable", false)] {
        let repo = Repo::without_git();
        fs::create_dir(repo.path("")).unwrap();
        if repo.try_git(&["init", "-q", "-b", "main", format]).code != 0 {
            // An older git does not know it.
            continue;
        }
        repo.file("a.py", secret("a"));
        commit(&repo, "a");
        repo.file("b.py", secret("b")).git(&["add", "-A"]);
        let report = json(&history(&repo, &["--exit-zero"]));
        assert_eq!(report["coverage"]["complete"], complete, "{format}");
        assert!(report["findings"].as_array().unwrap().len() >= 2, "{format}: {report:#}");
        assert_eq!(report["notices"].as_array().unwrap().is_empty(), complete);
        let staged = places(&repo.keyward(&["--staged", "-f", "json"]));
        assert!(staged.contains(&"b.py:1".to_owned()), "{format}: {staged:?}");
    }
}

#[test]
fn damage_ends_in_a_notice_and_everything_else_is_read() {
    let repo = full();
    repo.git(&["repack", "-q", "-a", "-d", "-k"]).file("late.py", secret("late"));
    commit(&repo, "late");
    let packs = fs::read_dir(repo.path(".git/objects/pack")).unwrap().map(|entry| entry.unwrap().path());
    let pack = packs.into_iter().find(|path| path.extension().is_some_and(|end| end == "pack")).unwrap();
    let whole = fs::read(&pack).unwrap();
    #[cfg(unix)]
    fs::set_permissions(&pack, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    for (name, bytes) in [
        ("truncated", whole[..whole.len() / 2].to_vec()),
        ("empty", Vec::new()),
        (
            "garbled",
            whole
                .iter()
                .enumerate()
                .map(|(at, byte)| if at > 40 && at % 97 == 0 { byte ^ 0x55 } else { *byte })
                .collect(),
        ),
        ("all ones", whole.iter().enumerate().map(|(at, byte)| if at < 12 { *byte } else { 0xff }).collect()),
    ] {
        fs::write(&pack, bytes).unwrap();
        let ran = history(&repo, &["--exit-zero"]);
        assert_eq!(ran.code, 2, "{name}: {ran:?}");
        let report = json(&ran);
        assert_eq!(report["coverage"]["complete"], false, "{name}");
        assert!(places(&ran).iter().any(|place| place.ends_with(":1")), "{name}: loose objects are read: {ran:?}");
    }
    fs::write(&pack, &whole).unwrap();
    assert_eq!(history(&repo, &["--exit-zero"]).code, 0);
    let lost = repo.try_git(&["rev-parse", "HEAD:late.py"]).stdout;
    fs::write(repo.path(&format!(".git/objects/{}/{}", &lost[..2], lost[2..].trim())), b"no object").ok();
    let file = repo.path(&format!(".git/objects/{}/{}", &lost[..2], lost[2..].trim()));
    fs::remove_file(&file).unwrap();
    fs::write(&file, b"no object").unwrap();
    let report = json(&history(&repo, &["--exit-zero"]));
    assert_eq!(report["coverage"]["skipped"][0]["reason"], "corrupt");
}

#[test]
fn a_damaged_object_is_read_from_where_another_copy_is_sound() {
    let repo = Repo::new();
    let filler = "a line of ordinary text\n".repeat(200);
    for version in 0..6 {
        repo.file("big.txt", format!("{version}\n{filler}{}{filler}", secret(&version.to_string())));
        commit(&repo, "version");
    }
    let packs = || -> Vec<PathBuf> {
        let files = fs::read_dir(repo.path(".git/objects/pack")).unwrap().map(|entry| entry.unwrap().path());
        files.filter(|path| path.extension().is_some_and(|end| end == "pack")).collect()
    };
    repo.git(&["repack", "-q", "-a", "-d", "-f", "--depth=50", "--window=50"]);
    let sound = history(&repo, &[]).stdout;
    assert_eq!(places(&history(&repo, &[])).len(), 6);
    let first = packs().remove(0);
    // The same objects in another pack, without deltas.
    let all = repo.try_git(&["rev-list", "--all", "--objects", "--no-object-names"]).stdout;
    repo.git_with_input(&["pack-objects", "-q", "--window=0", ".git/objects/pack/pack"], &all);
    assert_eq!(packs().len(), 2);
    let second = packs().into_iter().find(|path| *path != first).unwrap();
    for damaged in [&first, &second] {
        let whole = fs::read(damaged).unwrap();
        let garbled =
            whole.iter().enumerate().map(|(at, byte)| if at > 40 && at % 61 == 0 { byte ^ 0x55 } else { *byte });
        make_writable(damaged);
        fs::write(damaged, garbled.collect::<Vec<u8>>()).unwrap();
        let ran = history(&repo, &[]);
        assert_eq!((ran.code, &ran.stdout), (1, &sound), "{}", damaged.display());
        let range = repo.keyward(&["--diff", "HEAD~3..HEAD", "-f", "json"]);
        assert_eq!((range.code, places(&range).len()), (1, 3), "{range:?}");
        fs::write(damaged, whole).unwrap();
    }
    // One of a loose copy and a pack, with the rest of its chain of deltas.
    fs::remove_file(&second).unwrap();
    fs::remove_file(second.with_extension("idx")).unwrap();
    let blob = repo.try_git(&["rev-parse", "HEAD:big.txt"]).stdout.trim().to_owned();
    let object = repo.run("git".as_ref(), &repo.path(""), &["cat-file", "blob", &blob], &[]).stdout;
    let listed = repo.try_git(&["verify-pack", "-v", first.with_extension("idx").to_str().unwrap()]).stdout;
    let line: Vec<&str> = listed.lines().find(|line| line.starts_with(&blob)).unwrap().split_whitespace().collect();
    let (offset, length): (usize, usize) = (line[4].parse().unwrap(), line[3].parse().unwrap());
    let mut bytes = fs::read(&first).unwrap();
    bytes[offset + length - 6..offset + length].fill(0x55);
    fs::write(&first, bytes).unwrap();
    assert_eq!(history(&repo, &[]).code, 2);
    let moved = repo.project.path("moved.pack");
    fs::rename(&first, &moved).unwrap();
    repo.git_with_input(&["hash-object", "-w", "--stdin"], &object);
    fs::rename(&moved, &first).unwrap();
    assert_eq!(history(&repo, &[]).stdout, sound, "it and what is derived from it");
}

fn make_writable(path: &Path) {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    #[cfg(not(unix))]
    let _ = path;
}

#[test]
fn every_path_at_which_a_version_ever_stood_counts() {
    let repo = Repo::new();
    // Each of these stands at `src/` only after it stood elsewhere, and no more in the end.
    for (name, content) in [("one", secret("one")), ("two", secret("two"))] {
        repo.file(&format!("drafts/{name}.py"), content);
        commit(&repo, "draft");
        repo.file("src/keep.txt", "x\n").git(&["add", "-A"]);
        repo.git(&["mv", &format!("drafts/{name}.py"), &format!("src/{name}.py")]);
        commit(&repo, "moved");
        repo.git(&["mv", "src", "attic"]);
        commit(&repo, "away");
        repo.git(&["mv", "attic", "old"]);
        commit(&repo, "further");
        repo.git(&["rm", "-q", "-r", "old"]);
        commit(&repo, "gone");
    }
    let none: [&str; 0] = [];
    fs::create_dir_all(repo.path("src")).unwrap();
    for (path, expected) in [
        ("src", &["src/one.py:1", "src/two.py:1"][..]),
        ("attic/one.py", &["attic/one.py:1"]),
        ("drafts", &["drafts/one.py:1", "drafts/two.py:1"]),
        ("nowhere", &none),
    ] {
        assert_eq!(places(&history(&repo, &[path])), expected, "{path}");
    }
    let first = json(&history(&repo, &["src/one.py"]))["findings"][0]["origin"]["commit"].clone();
    let added = repo.try_git(&["log", "--format=%H", "--diff-filter=A", "--", "drafts/one.py"]).stdout;
    assert_eq!(first, added.trim(), "it began where it began");
    repo.file("keyward.toml", "exclude = ['drafts/', 'old/', 'attic/']\n");
    assert_eq!(places(&history(&repo, &[])), ["src/one.py:1", "src/two.py:1"]);
    repo.file("keyward.toml", "exclude = ['drafts/', 'old/', 'attic/', 'src/']\n");
    let ran = history(&repo, &[]);
    assert_eq!(places(&ran), none);
    assert!(json(&ran)["coverage"]["skipped"].as_array().unwrap().iter().all(|s| s["reason"] == "excluded"));
}

#[test]
fn what_only_a_tag_holds_says_so() {
    let repo = Repo::new();
    repo.file("a", secret("a")).file("b", secret("b")).file("c", secret("c"));
    let id = |name: &str| repo.try_git(&["hash-object", "-w", name]).stdout.trim().to_owned();
    let [a, b, c] = ["a", "b", "c"].map(id);
    let tree = repo.git_with_input(&["mktree"], &format!("100644 blob {c}\tkept.py\n"));
    repo.git(&["tag", "plain", &a]).git(&["tag", "-a", "said", "-m", "of a blob", &b]).git(&["tag", "tree", &tree]);
    let report = json(&history(&repo, &[]));
    let show = |finding: &serde_json::Value| {
        let (path, origin) = (finding["location"]["path"].as_str().unwrap(), &finding["origin"]);
        format!("{path} {} {}", origin["refs"], origin["commit"])
    };
    let found: Vec<String> = report["findings"].as_array().unwrap().iter().map(show).collect();
    let mut expected = [
        "(tagged blob) [\"refs/tags/plain\"] null",
        "(tagged blob) [\"refs/tags/said\"] null",
        "kept.py [\"refs/tags/tree\"] null",
    ];
    expected.sort_unstable();
    let mut found: Vec<&str> = found.iter().map(String::as_str).collect();
    found.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn the_message_of_a_tag_that_was_merged_is_read() {
    let repo = Repo::new();
    repo.git(&["tag", "before"]).git(&["tag", "-a", "v1", "-m", &format!("version 1\n\n{}", secret("merged"))]);
    commit(&repo, "as a merge");
    let tag = repo.try_git(&["cat-file", "tag", "v1"]).stdout;
    let made = repo.try_git(&["cat-file", "commit", "HEAD"]).stdout;
    let (head, message) = made.split_once("\n\n").unwrap();
    let header = tag.trim_end().replace('\n', "\n ");
    let merge = format!("{head}\nmergetag {header}\n\n{message}");
    let id = repo.git_with_input(&["hash-object", "-t", "commit", "-w", "--stdin"], &merge);
    // The merge carries the tag's text to who never fetched the tag.
    repo.git(&["update-ref", "HEAD", &id]).git(&["tag", "-d", "v1"]).git(&["prune", "--expire=now"]);
    repo.git(&["reflog", "expire", "--expire=now", "--all"]).git(&["gc", "-q", "--prune=now"]);
    let range = repo.keyward(&["--diff", "before..HEAD", "-f", "json"]);
    assert!(places(&range).contains(&"(tag message):3".to_owned()), "{range:?}");
    let report = json(&history(&repo, &[]));
    let origins: Vec<&serde_json::Value> =
        report["findings"].as_array().unwrap().iter().map(|finding| &finding["origin"]).collect();
    assert_eq!(origins.len(), 1, "{report:#}");
    assert_eq!(origins[0]["object"], "tag-message");
}

/// A chain of folders, each in the next, deeper than anybody can check out.
#[test]
fn folders_without_end_cost_no_more_than_their_number() {
    let repo = Repo::new();
    repo.file("a.py", secret("a"));
    let mut id = repo.try_git(&["hash-object", "-w", "a.py"]).stdout.trim().to_owned();
    let mut kind = "100644 blob";
    for _ in 0..1500 {
        id = repo.git_with_input(&["mktree"], &format!("{kind} {id}\td\n"));
        kind = "040000 tree";
    }
    let commit = repo.try_git(&["commit-tree", &id, "-m", "deep"]).stdout;
    repo.git(&["update-ref", "HEAD", commit.trim()]).git(&["repack", "-q", "-a", "-d"]);
    let report = json(&history(&repo, &["--exit-zero"]));
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{report:#}");
    assert!(findings[0]["location"]["path"].as_str().unwrap().len() < 4096);
    let parts = json(&history(&repo, &["--exit-zero", "d"]));
    assert_eq!(parts["findings"].as_array().unwrap().len(), 1, "{parts:#}");
}

#[test]
fn what_would_silently_not_be_read_is_said() {
    let (repo, other) = (full(), Repo::new());
    let ran = repo.keyward(&["--history", ".", other.path("").to_str().unwrap()]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("is not in the repository at"), "{ran:?}");
    let limited = history(&repo, &["--max-file-size", "200", "--exit-zero"]);
    assert_eq!(limited.code, 2, "{limited:?}");
    let reasons = json(&limited)["coverage"]["skipped"].as_array().unwrap().clone();
    assert!(reasons.iter().all(|skipped| skipped["reason"] == "too-large"), "{reasons:?}");
    assert!(places(&limited).contains(&"(commit message):3".to_owned()), "messages are read whatever their size");
    repo.git(&["repack", "-q", "-a", "-d", "-k"]);
    for entry in fs::read_dir(repo.path(".git/objects/pack")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "idx") {
            fs::remove_file(path).unwrap();
        }
    }
    let lonely = history(&repo, &["--exit-zero"]);
    assert_eq!(lonely.code, 2);
    let skipped = json(&lonely)["coverage"]["skipped"][0].clone();
    assert!(skipped["path"].as_str().unwrap().contains(".pack") && skipped["reason"] == "corrupt", "{skipped}");
}

#[test]
fn folders_that_multiply_and_references_in_a_circle_end() {
    let repo = Repo::new();
    repo.file("a.py", secret("a"));
    let blob = repo.try_git(&["hash-object", "-w", "a.py"]).stdout.trim().to_owned();
    let mut entry = format!("100644 blob {blob}");
    let mut tree = String::new();
    for _ in 0..9 {
        let entries: String = (0..10).fold(String::new(), |all, name| all + &format!("{entry}\t{name}\n"));
        tree = repo.git_with_input(&["mktree"], &entries);
        entry = format!("040000 tree {tree}");
    }
    let commit = repo.try_git(&["commit-tree", &tree, "-m", "multiplied"]).stdout;
    repo.git(&["update-ref", "HEAD", commit.trim()]);
    repo.file(".git/refs/heads/one", "ref: refs/heads/two\n").file(".git/refs/heads/two", "ref: refs/heads/one\n");
    let report = json(&history(&repo, &[]));
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{report:#}");
    assert_eq!(findings[0]["location"]["path"].as_str().unwrap().split('/').count(), 9);
    assert_eq!(findings[0]["origin"]["refs"], serde_json::json!(["refs/heads/main"]));
    assert_eq!(repo.keyward(&["--diff", "one..HEAD"]).code, 2);
}

#[test]
fn a_finding_that_is_gone_names_a_file_that_head_has() {
    let repo = Repo::new();
    repo.file("dir/a.py", secret("a"))
        .file("dir/b.py", secret("b"))
        .file("dir-c.py", secret("c"))
        .file(&format!("a-{}", openai_key("name")), "x\n");
    commit(&repo, "keys");
    repo.file("dir/a.py", "gone\n").file("dir-c.py", "gone\n").file("dir/z.py", "x\n");
    fs::remove_file(repo.path("dir/b.py")).unwrap();
    fs::remove_file(repo.path("README")).unwrap();
    commit(&repo, "no keys");
    let report = json(&history(&repo, &[]));
    let anchors: Vec<(&str, Option<&str>)> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| (finding["location"]["path"].as_str().unwrap(), finding["origin"]["anchor"].as_str()))
        .filter(|(path, _)| path.starts_with("dir"))
        .collect();
    // The name of the first file holds a key and is masked, so the next one stands in for what HEAD lacks.
    let expected = [("dir-c.py", "dir-c.py"), ("dir/a.py", "dir/a.py"), ("dir/b.py", "dir-c.py")];
    assert_eq!(anchors, expected.map(|(path, anchor)| (path, Some(anchor))), "{report:#}");
}

#[test]
fn folders_without_a_file_are_looked_through_for_one_within_bounds() {
    let repo = Repo::new();
    let mut tree = repo.git_with_input(&["mktree"], "");
    for _ in 0..5 {
        let entry = |name: u32| format!("040000 tree {tree}\t{name:04}{}\n", "x".repeat(300));
        let entries: String = (0..1_000).map(entry).collect();
        tree = repo.git_with_input(&["mktree"], &entries);
    }
    let commit = repo.try_git(&["commit-tree", &tree, "-m", secret("message").trim()]).stdout;
    repo.git(&["update-ref", "HEAD", commit.trim()]);
    let report = json(&history(&repo, &[]));
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{report:#}");
    assert_eq!(findings[0]["origin"]["anchor"], serde_json::Value::Null);
}

#[test]
fn time_that_is_over_ends_a_history_and_nothing_in_it_is_exit_code_3() {
    let repo = Repo::without_git();
    fs::create_dir(repo.path("")).unwrap();
    repo.git(&["init", "-q", "-b", "main"]);
    assert_eq!(history(&repo, &[]).code, 3);
    // Whoever takes a report for the whole truth is told that it is none.
    let report = |format: &str| repo.keyward(&["--history", "-f", format]).stdout;
    let value = |format: &str| serde_json::from_str::<serde_json::Value>(&report(format)).unwrap();
    assert_eq!(value("sarif")["runs"][0]["invocations"][0]["executionSuccessful"], false);
    assert_eq!(value("gitlab")["scan"]["status"], "failure");
    assert!(!report("html").contains("Everything that should be read was read"));
    let terminal = repo.keyward(&["--history"]);
    assert!(
        terminal.stderr.contains("nothing was scanned") || terminal.stdout.contains("nothing was scanned"),
        "{terminal:?}"
    );
}
