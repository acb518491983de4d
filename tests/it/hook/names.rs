//! Hooks that are given the names of files: what a name can and cannot do.

use super::{Repo, secret};

fn run(repo: &Repo, arguments: &[&str]) -> i32 {
    repo.keyward(&[&["hook", "run"], arguments].concat()).code
}

#[test]
fn named_files_are_read_where_they_lie() {
    let repo = Repo::new();
    repo.file("a.py", secret("a")).file("b.py", "clean\n");
    let ran = repo.keyward(&["hook", "run", "--", "a.py"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("a.py:1:8"), "{ran:?}");
    assert!(ran.stderr.starts_with("keyward: commit stopped: "), "{ran:?}");
    assert_eq!(run(&repo, &["--", "b.py"]), 0);
    assert_eq!(run(&repo, &["--exit-zero", "--", "a.py"]), 0);
    assert_eq!(run(&repo, &["--skip", "openai", "--", "a.py"]), 0);
    assert_eq!(run(&repo, &["--", "gone.py"]), 2);
}

#[test]
fn a_name_does_not_overrule_the_exclude_list() {
    let repo = Repo::new();
    repo.file("keyward.toml", "exclude = [\"fixtures/\", \"*.pem\"]\n");
    repo.file("fixtures/deep/a.py", secret("a")).file("a.pem", secret("a")).file("b.py", secret("b"));
    let ran = repo.keyward(&["hook", "run", "--", "fixtures/deep/a.py", "a.pem", "b.py"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("b.py:1:8") && !ran.stdout.contains("a.py:1"), "{ran:?}");
    assert_eq!(run(&repo, &["--", "fixtures/deep/a.py", "a.pem"]), 0, "a commit of excluded files only may be made");
    let absolute = repo.path("a.pem");
    assert_eq!(run(&repo, &["--", absolute.to_str().unwrap()]), 0);
    assert_eq!(repo.keyward(&["fixtures/deep/a.py"]).code, 3, "outside hooks nothing read is nothing scanned");
}

#[test]
fn a_file_that_is_called_like_an_option_is_a_file_behind_two_dashes() {
    let repo = Repo::new();
    for name in ["--exit-zero", "--help", "-q", "--fail-on=never", "--"] {
        repo.file(name, "clean\n").file("a.py", secret("a"));
        assert_eq!(run(&repo, &["--", name, "a.py"]), 1, "{name}");
        repo.file(name, secret("b")).file("a.py", "clean\n");
        assert_eq!(run(&repo, &["--", name, "a.py"]), 1, "{name}");
        std::fs::remove_file(repo.path(name)).unwrap();
    }
}

#[test]
fn an_option_that_is_a_file_too_is_refused() {
    let repo = Repo::new();
    repo.file("a.py", secret("a"));
    for name in ["--exit-zero", "--help", "--version", "-V", "--fail-on=never", "--config=x/y.toml", "--unheard-of"] {
        repo.file(name, "clean\n");
        let ran = repo.keyward(&["hook", "run", "--fail-on", "error", name, "a.py"]);
        assert_eq!(ran.code, 2, "{name}: {ran:?}");
        assert!(ran.stderr.contains(&format!("`{name}` may be an option or the file of that name")), "{ran:?}");
        // The same where a hook manager calls the scan itself.
        let ran = repo.keyward_with("", &[name, "a.py"], &[("PRE_COMMIT", "1")]);
        assert_eq!(ran.code, 2, "{name}: {ran:?}");
    }
    assert_eq!(repo.keyward(&["--exit-zero", "a.py"]).code, 0, "a person may type what they like");
    std::fs::remove_file(repo.path("--exit-zero")).unwrap();
    assert_eq!(run(&repo, &["--exit-zero", "a.py"]), 0);
    repo.file("--", secret("b")).file("a.py", "clean\n");
    assert_eq!(run(&repo, &["--fail-on", "error", "--", "a.py"]), 1, "a file called `--` is read in any case");
}

#[cfg(unix)]
#[test]
fn named_links_are_not_followed() {
    let repo = Repo::new();
    repo.project.file("outside", secret("a"));
    let link = |target: &str, name: &str| std::os::unix::fs::symlink(target, repo.path(name)).unwrap();
    link("../outside", "a.py");
    link("/dev/zero", "endless");
    repo.file("b.py", "clean\n");
    assert_eq!(run(&repo, &["--", "a.py", "endless", "b.py"]), 0);
    assert_eq!(run(&repo, &["--", "a.py"]), 0);
}
