//! Putting hooks into their place and taking them out: nothing of anybody else's is lost.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::Repo;
use crate::support::Ran;

const HOOK: &str = ".git/hooks/pre-commit";
const BEFORE: &str = ".git/hooks/pre-commit.keyward-before";

#[track_caller]
fn assert_refused(ran: &Ran, sentences: &[&str]) {
    assert_eq!(ran.code, 2, "{ran:?}");
    // The frame around errors breaks lines.
    let said = ran.stderr.replace(['│', '\n'], " ").split_whitespace().collect::<Vec<_>>().join(" ");
    for sentence in sentences {
        assert!(said.contains(sentence), "{sentence} is missing in {said}");
    }
}

fn exists(repo: &Repo, name: &str) -> bool {
    repo.path(name).symlink_metadata().is_ok()
}

/// Where git itself says that hooks lie.
fn gits_folder(repo: &Repo, folder: &str, variables: &[(&str, &str)]) -> PathBuf {
    let asked = ["rev-parse", "--git-path", "hooks"];
    let ran = repo.run(Path::new("git"), &repo.path(folder), &asked, variables);
    repo.path(folder).join(ran.stdout.trim_end())
}

#[test]
fn the_hook_is_a_short_script_that_says_what_it_is_and_installing_twice_changes_nothing() {
    let repo = Repo::new();
    let ran = repo.keyward(&["hook", "install"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.ends_with("repo/.git/hooks/pre-commit\n") && ran.stdout.starts_with("installed "), "{ran:?}");
    let text = repo.read(HOOK);
    assert!(text.starts_with("#!/bin/sh\n# keyward-hook "), "{text}");
    assert!(text.contains("exec keyward hook run --stage pre-commit\n"), "{text}");
    assert!(text.lines().count() < 25, "{text}");
    let written = fs::metadata(repo.path(HOOK)).unwrap().modified().unwrap();
    let ran = repo.keyward(&["hook", "install", "--stage", "pre-commit"]);
    assert!(ran.stdout.ends_with(" is there already\n"), "{ran:?}");
    assert_eq!(fs::metadata(repo.path(HOOK)).unwrap().modified().unwrap(), written);
    let ran = repo.keyward(&["hook", "uninstall"]);
    assert!(ran.stdout.starts_with("removed "), "{ran:?}");
    assert!(!exists(&repo, HOOK));
    assert_eq!(repo.keyward(&["hook", "uninstall"]).code, 0, "what is not there need not be removed");
}

#[cfg(unix)]
#[test]
fn a_hook_that_was_there_comes_back_byte_for_byte_with_its_mode() {
    use std::os::unix::fs::PermissionsExt as _;
    let repo = Repo::new();
    let content = b"#!/bin/sh\n\xff\r\nexit 0";
    for mode in [0o744, 0o640] {
        repo.file(HOOK, content);
        fs::set_permissions(repo.path(HOOK), fs::Permissions::from_mode(mode)).unwrap();
        let ran = repo.keyward(&["hook", "install"]);
        assert!(ran.stdout.contains("the hook that was there is kept as pre-commit.keyward-before"), "{ran:?}");
        assert_eq!(fs::metadata(repo.path(HOOK)).unwrap().permissions().mode() & 0o700, 0o700);
        let ran = repo.keyward(&["hook", "install"]);
        assert!(ran.stdout.ends_with(" is there already\n"), "{ran:?}");
        let ran = repo.keyward(&["hook", "uninstall"]);
        assert!(ran.stdout.starts_with("put back the hook"), "{ran:?}");
        assert_eq!(fs::read(repo.path(HOOK)).unwrap(), content);
        assert_eq!(fs::metadata(repo.path(HOOK)).unwrap().permissions().mode() & 0o777, mode);
        assert!(!exists(&repo, BEFORE));
    }
    fs::remove_file(repo.path(HOOK)).unwrap();
    std::os::unix::fs::symlink("../../check.sh", repo.path(HOOK)).unwrap();
    repo.keyward(&["hook", "install"]);
    repo.keyward(&["hook", "uninstall"]);
    assert_eq!(fs::read_link(repo.path(HOOK)).unwrap(), Path::new("../../check.sh"));
}

#[test]
fn a_hook_that_somebody_edited_or_replaced_is_left_alone() {
    let repo = Repo::with_hook("pre-commit");
    let edited = repo.read(HOOK) + "make lint\n";
    repo.file(HOOK, &edited);
    for action in ["install", "uninstall"] {
        assert_refused(
            &repo.keyward(&["hook", action]),
            &["was edited after keyward wrote it", "move your own lines to"],
        );
        assert_eq!(repo.read(HOOK), edited);
    }
    let foreign = "#!/bin/sh\nmake lint\n";
    repo.file(HOOK, foreign).file(BEFORE, "#!/bin/sh\n");
    assert_refused(&repo.keyward(&["hook", "uninstall"]), &["is not from keyward, so it is left alone"]);
    assert_refused(&repo.keyward(&["hook", "install"]), &["there is a hook at", "an earlier one at"]);
    assert_eq!(repo.read(HOOK), foreign);
    fs::remove_file(repo.path(HOOK)).unwrap();
    assert_refused(&repo.keyward(&["hook", "install"]), &["`keyward hook uninstall` puts it back"]);
    assert_eq!(repo.keyward(&["hook", "uninstall"]).code, 0);
    assert_eq!(repo.read(HOOK), "#!/bin/sh\n");
}

#[test]
fn each_stage_has_a_hook_of_its_own() {
    let repo = Repo::with_hook("pre-push");
    assert!(!exists(&repo, HOOK));
    assert!(repo.read(".git/hooks/pre-push").contains("keyward hook run --stage pre-push --remote=\"$1\"\n"));
    assert_eq!(repo.keyward(&["hook", "install"]).code, 0);
    assert_eq!(repo.keyward(&["hook", "uninstall", "--stage", "pre-push"]).code, 0);
    assert!(exists(&repo, HOOK) && !exists(&repo, ".git/hooks/pre-push"));
}

#[test]
fn core_hooks_path_says_where_hooks_lie() {
    let repo = Repo::new();
    let absolute = repo.project.path("elsewhere");
    for (value, place) in [
        ("my hooks", repo.path("my hooks")),
        ("../beside", repo.project.path("beside")),
        ("~/at-home", repo.project.path("at-home")),
        (absolute.to_str().unwrap(), absolute.clone()),
    ] {
        repo.git(&["config", "core.hooksPath", value]);
        let sub = if value == "my hooks" { "sub" } else { "" };
        fs::create_dir_all(repo.path("sub")).unwrap();
        let ran = repo.keyward_with(sub, &["hook", "install"], &[]);
        assert_eq!(ran.code, 0, "{value}: {ran:?}");
        assert!(!ran.stdout.contains("in all your repositories"), "{ran:?}");
        assert!(place.join("pre-commit").is_file(), "{value}");
        assert_eq!(fs::canonicalize(gits_folder(&repo, sub, &[])).unwrap(), place.canonicalize().unwrap(), "{value}");
        assert_eq!(repo.keyward(&["hook", "uninstall"]).code, 0);
        assert!(!place.join("pre-commit").exists(), "{value}");
    }
    assert!(!exists(&repo, HOOK));
}

#[test]
fn the_users_configuration_and_its_includes_are_read() {
    let repo = Repo::new();
    let root = repo.project.root().to_str().unwrap().to_owned();
    let gitdir = repo.path(".git").canonicalize().unwrap().display().to_string();
    repo.project.file("included", "[core]\n\thooksPath = ~/for-all\n");
    repo.project.file("user", format!("[includeIf \"gitdir:{gitdir}\"]\n\tpath = {root}/included\n"));
    repo.project.file(".gitconfig", "[include]\n\tpath = included\n");
    let user = format!("{root}/user");
    for variables in [&[("GIT_CONFIG_GLOBAL", user.as_str())][..], &[]] {
        let ran = if variables.is_empty() {
            // The test's own variable would hide the file at home.
            repo.project.keyward_in("repo", &["hook", "install"], None)
        } else {
            repo.keyward_with("", &["hook", "install"], variables)
        };
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.stdout.contains("it runs in all your repositories"), "{ran:?}");
        if !variables.is_empty() {
            assert_eq!(gits_folder(&repo, "", variables), repo.project.path("for-all"));
        }
        let hook = repo.project.path("for-all/pre-commit");
        assert!(hook.is_file());
        fs::remove_file(hook).unwrap();
    }
}

#[test]
fn hooks_that_belong_to_the_repositorys_files_are_left_to_their_owners() {
    let repo = Repo::new();
    repo.script(".husky/_/pre-commit", "exit 0").file(".husky/_/.gitignore", "*\n");
    repo.git(&["config", "core.hooksPath", ".husky/_"]);
    let sentence = "add the line `keyward hook run --stage pre-commit` to .husky/pre-commit";
    assert_refused(&repo.keyward(&["hook", "install"]), &["which husky writes anew", sentence]);
    repo.script(".githooks/pre-push", "exit 0").git(&["add", ".githooks"]).git(&[
        "config",
        "core.hooksPath",
        ".githooks",
    ]);
    let sentence =
        "add the line `keyward hook run --stage pre-push --remote=\"$1\"` to .githooks/pre-push and commit it";
    let ran = repo.keyward(&["hook", "install", "--stage", "pre-push"]);
    assert_refused(&ran, &["git takes its hooks from .githooks, which is committed and shared", sentence]);
    assert_eq!(repo.read(".githooks/pre-push"), "#!/bin/sh\nexit 0\n");
    #[cfg(unix)]
    {
        repo.git(&["config", "--unset", "core.hooksPath"]);
        fs::remove_dir_all(repo.path(".git/hooks")).unwrap();
        std::os::unix::fs::symlink("../.githooks", repo.path(".git/hooks")).unwrap();
        assert_refused(&repo.keyward(&["hook", "install"]), &["git takes its hooks from .githooks"]);
    }
}

#[test]
fn where_no_hook_can_be_a_sentence_says_why() {
    let repo = Repo::without_git();
    fs::create_dir(repo.path("")).unwrap();
    let install = |folder: &str| repo.keyward_with(folder, &["hook", "install"], &[]);
    assert_refused(&install(""), &["lies in no git repository"]);
    repo.git(&["init", "-q", "--bare", "-b", "main", "../bare.git"]);
    assert_refused(&install("../bare.git"), &["is a bare repository, in which nobody commits"]);
    assert_refused(&install("../bare.git/hooks"), &["is a bare repository, in which nobody commits"]);
    repo.git(&["init", "-q"]);
    fs::remove_dir_all(repo.path(".git/hooks")).unwrap();
    repo.file(".git/hooks", "");
    assert_refused(&install(""), &["cannot write", ".git/hooks"]);
    repo.git(&["config", "core.hooksPath", "/dev/null"]);
    assert_refused(&install(""), &["core.hooksPath leads to /dev/null, which is not a folder"]);
    repo.git(&["config", "core.hooksPath", ""]);
    assert_refused(&install(""), &["core.hooksPath = `` cannot be used"]);
    repo.file(".git/config", "[core\n");
    assert_refused(&install(""), &["git's configuration cannot be read"]);
    repo.file("lost/.git", "gitdir: ../nowhere\n");
    assert_refused(&install("lost"), &["does not lead to a git folder"]);
}

#[test]
fn worktrees_share_one_hook_and_the_git_folder_of_a_submodule_lies_elsewhere() {
    let repo = Repo::new();
    repo.git(&["worktree", "add", "-q", "../tree"]);
    assert_eq!(repo.keyward_with("../tree", &["hook", "install"], &[]).code, 0);
    assert!(exists(&repo, HOOK));
    assert_eq!(
        gits_folder(&repo, "../tree", &[]).canonicalize().unwrap(),
        repo.path(".git/hooks").canonicalize().unwrap()
    );
    repo.git(&["init", "-q", "--separate-git-dir", "../apart", "../other"]);
    assert_eq!(repo.keyward_with("../other", &["hook", "install"], &[]).code, 0);
    assert!(repo.project.path("apart/hooks/pre-commit").is_file());
    repo.git(&["clone", "-q", "--bare", ".", "../source.git"]);
    repo.git(&["-c", "protocol.file.allow=always", "submodule", "add", "-q", "../source.git", "part"]);
    assert_eq!(repo.keyward_with("part", &["hook", "install"], &[]).code, 0);
    assert!(exists(&repo, ".git/modules/part/hooks/pre-commit"));
}

#[test]
fn a_worktree_may_have_a_configuration_of_its_own() {
    let repo = Repo::new();
    repo.git(&["config", "extensions.worktreeConfig", "true"]).git(&["worktree", "add", "-q", "../tree"]);
    let ran = repo.try_git_in("../tree", &["config", "--worktree", "core.hooksPath", "../tree-hooks"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(repo.keyward_with("../tree", &["hook", "install"], &[]).code, 0);
    assert!(repo.project.path("tree-hooks/pre-commit").is_file() && !exists(&repo, HOOK));
}
