//! Patches held against git: what `git apply` makes of them, and that no key is in them.

use std::{fs, path::Path, process::Command};

use super::*;
use crate::{
    command::fix::content::Content,
    rules::{RuleSet, template::expand},
};

fn git(folder: &Path, arguments: &[&str]) {
    let ran = Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(ran.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
}

fn key(seed: &str) -> String {
    expand("sk-proj-{url64:74}T3BlbkFJ{url64:74}", seed)
}

/// `name 1` and so on.
fn lines(name: &str, number: usize) -> String {
    let lines: Vec<String> = (1..=number).map(|number| format!("{name} {number}\n")).collect();
    lines.concat()
}

fn patch_of(path: &str, old: Option<&[u8]>, new: &[u8]) -> Patch {
    let content = Content::new(old.unwrap_or_default().to_vec()).unwrap();
    let exists = old.is_some();
    let rewrite = Rewrite { path, file: path.into(), exists, old: content, new: new.to_vec(), titles: Vec::new() };
    patch(&rewrite, &Veil::new(&RuleSet::builtin()))
}

/// What `git apply` makes of the patch; `None` when there is nothing to apply.
fn applied(path: &str, old: Option<&[u8]>, new: &[u8]) -> Option<Vec<u8>> {
    let Patch { applies, masked } = patch_of(path, old, new);
    for text in [String::from_utf8_lossy(&applies), masked.clone().into()] {
        assert!(!text.contains("T3BlbkFJ"), "{text}");
    }
    if applies.is_empty() {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "-q"]);
    let file = folder.path().join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    if let Some(old) = old {
        fs::write(&file, old).unwrap();
    }
    fs::write(folder.path().join(".git/patch"), [applies, masked.into_bytes()].concat()).unwrap();
    git(folder.path(), &["apply", "--whitespace=nowarn", ".git/patch"]);
    Some(fs::read(&file).unwrap())
}

#[track_caller]
fn assert_applies(path: &str, old: Option<&str>, new: &str) {
    let found = applied(path, old.map(str::as_bytes), new.as_bytes());
    assert_eq!(found.as_deref().map(String::from_utf8_lossy), Some(new.into()), "{path}");
}

#[test]
fn git_applies_changes_whatever_the_line_endings_and_the_end_of_the_file() {
    let twenty = lines("line", 20);
    for (old, new) in [
        ("a\nb\nc\n", "a\nB\nc\n"),
        ("a\r\nb\r\nc\r\n", "a\r\nB\r\nc\r\n"),
        ("a\nb\nc", "a\nb\nC"),
        ("a\nb", "a\nb\nc"),
        ("a\nb\n", "a\nb\nc\n"),
        ("b\n", "a\nb\n"),
        ("a\nb\nc\n", "b\nc\n"),
        ("a\n", "b\n"),
        ("a", "b"),
        ("\u{feff}a\nb\n", "\u{feff}A\nb\n"),
        (&twenty, &twenty.replace("line 2\n", "").replace("line 19", "nineteen")),
        (&twenty, &twenty.replace("line 8", "eight").replace("line 12", "twelve")),
    ] {
        assert_applies("f.txt", Some(old), new);
    }
    let bytes = applied("f", Some(b"\xff\xfdold\n\xf0\n"), b"\xff\xfdnew\n\xf0\n");
    assert_eq!(bytes.as_deref(), Some(&b"\xff\xfdnew\n\xf0\n"[..]));
}

#[test]
fn git_applies_new_files() {
    assert_applies("new.env.example", None, "OPENAI_API_KEY=\n");
    assert_applies("a folder/no end", None, "x");
}

#[test]
fn git_applies_to_files_of_any_name() {
    for path in ["with blank.txt", "umläut.txt", "a b/ü \"c\" \\d.txt", "tab\there", "日本/ファイル"] {
        assert_applies(path, Some("a\nb\n"), "a\nc\n");
        assert_applies(path, None, "a\n");
    }
}

#[test]
fn a_hunk_with_a_key_is_masked_and_the_others_are_applied() {
    let (first, second) = (key("first"), key("second"));
    let [a, b] = ["a", "b"].map(|name| lines(name, 9));
    let old = format!("top\n{a}K1={first}\n{b}K2={second}\n{a}end\n");
    for (masked, old_part, new_part) in
        [("K1", format!("K1={first}"), "K1=gone".to_owned()), ("K2", "\nK2=".to_owned(), "\nX2=".to_owned())]
    {
        let open = old.replace("top", "TOP").replace("end", "END");
        let new = open.replace(&old_part, &new_part);
        let found = applied("f.txt", Some(old.as_bytes()), new.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(found).unwrap(), open, "{masked} stays as it was");
        let shown = patch_of("f.txt", Some(old.as_bytes()), new.as_bytes()).masked;
        assert!(shown.contains(&format!("# -{masked}=sk-proj-•••")), "{shown}");
        assert!(shown.contains("only `keyward fix --write` makes it"), "{shown}");
        assert!(shown.lines().all(|line| line.starts_with("# ")), "{shown}");
    }
}

#[test]
fn what_is_masked_keeps_its_length() {
    let key = key("length");
    let shown = patch_of("f.txt", Some(format!("K=\"{key}\"  \n").as_bytes()), b"K=\n").masked;
    let line = shown.lines().find(|line| line.starts_with("# -")).unwrap();
    assert_eq!(line.chars().count(), format!("# -K=\"{key}\"  ").chars().count(), "{line}");
    assert!(line.ends_with("\"  "));
}

#[test]
fn a_key_beside_a_change_is_no_context() {
    let key = key("beside");
    // Before the change it is left out; right behind it, git needs the line, so all is masked.
    assert_applies("f.txt", Some(&format!("a\nK={key}\nb\nc\n")), &format!("a\nK={key}\nB\nc\n"));
    assert_applies("f.txt", Some(&format!("K={key}\nb\nc\nd\ne\nf\n")), &format!("K={key}\nb\nc\nd\nE\nf\n"));
    assert_applies("f.txt", Some(&format!("a\nb\nK={key}\n")), &format!("A\nb\nK={key}\n"));
    assert_eq!(applied("f.txt", Some(format!("a\nK={key}\n").as_bytes()), format!("A\nK={key}\n").as_bytes()), None);
    assert_eq!(applied("f.txt", Some(format!("K={key}\n").as_bytes()), format!("K={key}\nb\n").as_bytes()), None);
    assert_eq!(applied("f.txt", Some(format!("K={key}").as_bytes()), format!("K={key}\nb").as_bytes()), None);
}

#[test]
fn a_key_that_only_one_version_shows_is_hidden_in_both() {
    let key = key("halves");
    let (left, right) = key.split_at(60);
    let (old, new) = (format!("K=\"{left}\" \"{right}\"\n"), format!("K={key}\n"));
    let Patch { applies, masked } = patch_of("f.py", Some(old.as_bytes()), new.as_bytes());
    assert!(applies.is_empty());
    for part in [&key[10..30], &key[40..60], &key[60..80]] {
        assert!(!masked.contains(part), "{masked}");
    }
    assert!(masked.lines().any(|line| line.starts_with("# +K=sk-proj-•")), "{masked}");
}

#[test]
fn utf16_is_shown_and_not_part_of_the_patch() {
    let encode =
        |text: &str| std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let Patch { applies, masked } = patch_of("f.env", Some(&encode("A = 1\r\n")), &encode("A=1\r\n"));
    assert!(applies.is_empty());
    assert!(masked.contains("UTF-16") && masked.contains("# -A = 1\n# +A=1\n"), "{masked}");
}
