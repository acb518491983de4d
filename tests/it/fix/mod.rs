//! `keyward fix` from the outside: what it prints, what git makes of that, what it writes, and that it does so once.

mod languages;

use std::{fs, path::Path};

use crate::{
    hook::Repo,
    support::{Ran, openai_key},
};

/// A repository with a Python program that holds a key, and nothing else.
fn repo_with(name: &str, text: &str) -> Repo {
    let repo = Repo::new();
    repo.file(name, text);
    repo
}

fn program(key: &str) -> String {
    format!(
        "\"\"\"An app.\"\"\"\nimport json\nfrom openai import OpenAI\n\n\n\n\n\nclient = OpenAI(api_key=\"{key}\")\n"
    )
}

const FIXED: &str = "\"\"\"An app.\"\"\"\nimport os\nimport json\nfrom openai import OpenAI\n\n\n\n\n\nclient = OpenAI(api_key=os.environ[\"OPENAI_API_KEY\"])\n";

/// Lets `git apply` have what was printed.
fn apply(repo: &Repo, ran: &Ran) {
    repo.file(".git/patch", &ran.stdout).git(&["apply", "--whitespace=nowarn", ".git/patch"]);
}

/// Asserts that a further run changes nothing.
#[track_caller]
fn assert_settled(repo: &Repo, arguments: &[&str]) {
    let again = repo.keyward(&[&["fix", "--write"], arguments].concat());
    assert_eq!((again.code, again.stdout.as_str()), (0, ""), "{again:?}");
    let shown = repo.keyward(&[&["fix"], arguments].concat());
    assert_eq!((shown.code, shown.stdout.as_str()), (0, ""), "{shown:?}");
}

#[test]
fn a_key_in_a_program_is_read_from_the_environment_and_named_in_the_template() {
    let key = openai_key("program");
    let repo = repo_with("app.py", &program(&key));
    let safe = repo.keyward(&["fix"]);
    assert_eq!((safe.code, safe.stdout.as_str()), (0, ""), "{safe:?}");
    assert!(safe.stderr.contains("nothing to fix; `--unsafe` offers 1 more"), "{safe:?}");
    let ran = repo.keyward(&["fix", "--write", "--unsafe"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(
        ran.stdout,
        ".env.example: read the key from `OPENAI_API_KEY`\napp.py: read the key from `OPENAI_API_KEY`\n"
    );
    assert_eq!(ran.stderr, "1 fix made in 2 files\n");
    assert_eq!(repo.read("app.py"), FIXED);
    assert_eq!(repo.read(".env.example"), "OPENAI_API_KEY=\n");
    assert_settled(&repo, &["--unsafe"]);
}

#[test]
fn the_patch_is_applied_by_git_and_what_is_masked_by_write() {
    for (line_end, final_break) in [("\n", true), ("\r\n", true), ("\n", false), ("\r\n", false)] {
        let key = openai_key("patch");
        let written = |text: &str| {
            let text = if final_break { text } else { text.trim_end() };
            text.replace('\n', line_end)
        };
        let repo = repo_with("app.py", &written(&program(&key)));
        repo.file(".env.example", written("# settings\nPORT=80\n"));
        let shown = repo.keyward(&["fix", "--unsafe"]);
        assert_eq!(shown.code, 1, "{shown:?}");
        assert!(!shown.stdout.contains(&key[20..60]), "{}", shown.stdout);
        assert!(shown.stdout.contains("# -client = OpenAI(api_key=\"sk-proj-•••"), "{}", shown.stdout);
        apply(&repo, &shown);
        let with_import = written(&program(&key).replace("import json", "import os\nimport json"));
        assert_eq!(repo.read("app.py"), with_import);
        assert_eq!(repo.read(".env.example"), written("# settings\nPORT=80\nOPENAI_API_KEY=\n"));
        let ran = repo.keyward(&["fix", "--write", "--unsafe"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (0, "app.py: read the key from `OPENAI_API_KEY`\n"), "{ran:?}");
        assert_eq!(repo.read("app.py"), written(FIXED));
        assert_settled(&repo, &["--unsafe"]);
    }
}

#[test]
fn the_patch_is_made_for_the_root_wherever_keyward_runs() {
    let repo = repo_with("back end/src/größe.py", &program(&openai_key("sub")));
    for (folder, paths) in [("", &["back end"][..]), ("back end/src", &[]), ("back end", &["src/größe.py"])] {
        let ran = repo.keyward_with(folder, &[&["fix", "--unsafe"], paths].concat(), &[]);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.stdout.contains("--- \"a/back end/src/gr\\303\\266\\303\\237e.py\"\n"), "{}", ran.stdout);
        repo.file(".git/patch", &ran.stdout).git(&["apply", "--check", ".git/patch"]);
    }
}

#[test]
fn what_is_suppressed_or_not_asked_for_is_left_alone() {
    let key = openai_key("left");
    let repo = repo_with("app.py", &program(&key).replace(")\n", ")  # keyward: allow openai -- a sample\n"));
    assert_settled(&repo, &["--unsafe"]);
    let repo = repo_with("app.py", &program(&key));
    assert_settled(&repo, &["--unsafe", "--skip", "openai"]);
    assert_settled(&repo, &["--unsafe", "--only", "env-value-malformed"]);
    let only = repo.keyward(&["fix", "--unsafe", "--only", "secrets", "--write"]);
    assert_eq!((only.code, repo.read("app.py").as_str()), (0, FIXED), "{only:?}");
}

#[test]
fn values_in_an_environment_file_are_cleaned_and_never_shown() {
    let key = openai_key("value");
    let repo = Repo::new();
    repo.file(".gitignore", ".env\n").file(".env", format!("A=1\nOPENAI_API_KEY=Bearer {key}\nB=2"));
    #[cfg(unix)]
    fs::set_permissions(repo.path(".env"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let shown = repo.keyward(&["fix"]);
    assert_eq!(shown.code, 1, "{shown:?}");
    assert!(!shown.stdout.contains(&key[20..60]) && !shown.stdout.contains("diff --git"), "{}", shown.stdout);
    let ran = repo.keyward(&["fix", "--write"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!(ran.stdout + &ran.stderr).contains(&key[20..60]));
    assert_eq!(repo.read(".env"), format!("A=1\nOPENAI_API_KEY={key}\nB=2"));
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(repo.path(".env")).unwrap().permissions()) & 0o777,
        0o600
    );
    assert_settled(&repo, &[]);
}

#[test]
fn a_file_keeps_its_line_endings_unless_they_are_what_is_wrong() {
    let key = openai_key("endings");
    let repo = Repo::new();
    let program = "import os\nfrom openai import OpenAI\n\nclient = OpenAI(api_key=os.environ[\"OPENAI_API_KEY\"])\n";
    repo.file(".gitignore", ".env\n").file("app.py", program).file("run.sh", "set -a\n. ./.env\npython app.py\n");
    repo.file(".env", format!("# keys\r\n\r\nOPENAI_API_KEY=Bearer {key}\r\nB=2"));
    let shown = repo.keyward(&["fix"]);
    assert!(shown.stdout.starts_with("# .env: ") && shown.stdout.ends_with("\n#  B=2\n"), "{shown:?}");
    let bare = repo.keyward(&["fix", "--write"]);
    assert_eq!(bare.stdout, ".env: write the value bare\n", "{bare:?}");
    assert_eq!(repo.read(".env"), format!("# keys\r\n\r\nOPENAI_API_KEY={key}\r\nB=2"));
    let unix = repo.keyward(&["fix", "--write"]);
    assert_eq!(unix.stdout, ".env: end the lines with line feeds\n", "{unix:?}");
    assert_eq!(repo.read(".env"), format!("# keys\n\nOPENAI_API_KEY={key}\nB=2"));
    assert_settled(&repo, &[]);
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_links_or_into_protected_files() {
    let repo = Repo::new();
    let outside = repo.path("../outside.py");
    fs::write(&outside, program(&openai_key("link"))).unwrap();
    repo.file("app.py", program(&openai_key("app")));
    std::os::unix::fs::symlink(&outside, repo.path(".env.example")).unwrap();
    let mut permissions = fs::metadata(repo.path("app.py")).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(repo.path("app.py"), permissions).unwrap();
    let before = (fs::read(&outside).unwrap(), repo.read("app.py"));
    let ran = repo.keyward(&["fix", "--write", "--unsafe"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
    assert!(ran.stderr.contains("`app.py`: it may not be written to; `chmod u+w` allows it"), "{ran:?}");
    assert_eq!((fs::read(&outside).unwrap(), repo.read("app.py")), before);
    let entries = fs::read_dir(repo.path("")).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(entries.into_iter().all(|name| !name.to_string_lossy().starts_with(".keyward-")));
}

#[test]
fn the_exit_code_tells_trouble_from_work_to_do() {
    let repo = repo_with("app.py", &program(&openai_key("exit")));
    assert_eq!(repo.keyward(&["fix", "--unsafe"]).code, 1);
    assert_eq!(repo.keyward(&["fix", "--unsafe", "--exit-zero"]).code, 0);
    assert_eq!(repo.keyward(&["fix", "no-such-file"]).code, 2);
    assert_eq!(repo.keyward(&["fix", "--fail-on", "error"]).code, 2);
    assert_eq!(repo.keyward(&["fix", "--diff", "--write"]).code, 2);
    let formatted = repo_with("app.py", &format!("key = f\"{}{{x}}\"\n", openai_key("none")));
    let none = formatted.keyward(&["fix", "--unsafe"]);
    assert_eq!(
        (none.code, none.stderr.as_str()),
        (0, "nothing to fix; 1 finding has no fix, `keyward` says what to do\n")
    );
    let quiet = repo.keyward(&["fix", "--unsafe", "--write", "-q"]);
    assert_eq!((quiet.code, quiet.stderr.as_str()), (0, ""));
    let empty = Repo::without_git();
    fs::create_dir(empty.path("")).unwrap();
    assert_eq!(empty.run(Path::new(env!("CARGO_BIN_EXE_keyward")), &empty.path(""), &["fix"], &[]).code, 3);
}

#[test]
fn the_report_shows_the_fixes_it_has() {
    let repo = repo_with("app.py", &program(&openai_key("report")));
    let report: serde_json::Value = serde_json::from_str(&repo.keyward(&["-f", "json"]).stdout).unwrap();
    let fix = &report["findings"][0]["fixes"][0];
    assert_eq!((&fix["title"], &fix["safe"]), (&"read the key from `OPENAI_API_KEY`".into(), &false.into()));
    let edits: Vec<_> = fix["edits"].as_array().unwrap().iter().map(|edit| edit["text"].as_str().unwrap()).collect();
    assert_eq!(edits, ["os.environ[\"OPENAI_API_KEY\"]", "import os\n", "OPENAI_API_KEY=\n"]);
}
