//! What the lint judges when only a part was named: a folder that is a project as that project, single files without conclusions.

use std::{fs, path::Path};

use super::Value;
use crate::{hook::Repo, support::Ran};

const PROGRAM: &str =
    "import os\nfrom openai import OpenAI\n\nclient = OpenAI(api_key=os.environ[\"OPENAI_API_KEY\"])\n";

/// A template that leaves out the key that the program needs.
const TEMPLATE: &str = "PORT=8080\n";

fn in_folder(repo: &Repo, folder: &Path, arguments: &[&str]) -> Ran {
    let arguments = [&["-f", "json", "--only", "env"], arguments].concat();
    repo.run(Path::new(env!("CARGO_BIN_EXE_keyward")), folder, &arguments, &[])
}

fn report(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

/// `path rule` of each finding, and the codes of the notices.
fn said(ran: &Ran) -> (Vec<String>, Vec<String>) {
    let report = report(ran);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let finding = |finding: &Value| format!("{} {}", text(&finding["location"]["path"]), text(&finding["rule"]));
    let findings = report["findings"].as_array().unwrap().iter().map(finding).collect();
    (findings, report["notices"].as_array().unwrap().iter().map(|notice| text(&notice["code"])).collect())
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn a_folder_that_is_named_from_outside_is_judged_as_a_project() {
    let expected = owned(&["app/main.py env-not-provided"]);
    let plain = Repo::without_git();
    plain.file("app/main.py", PROGRAM).file("app/.env.example", TEMPLATE);
    assert_eq!(said(&in_folder(&plain, &plain.path(""), &["app"])), (expected, Vec::new()));
    // The same as a repository: its paths are then relative to its own root.
    let inner = Repo::without_git();
    inner.file("app/main.py", PROGRAM).file("app/.env.example", TEMPLATE);
    inner.git(&["init", "-q", "app"]);
    let found = said(&in_folder(&inner, &inner.path(""), &["app"]));
    assert_eq!(found, (owned(&["main.py env-not-provided"]), Vec::new()));
    // Two folders, each a project of its own.
    plain.file("web/main.py", PROGRAM).file("web/.env.example", "OPENAI_API_KEY=\n");
    let both = said(&in_folder(&plain, &plain.path(""), &["app", "web"]));
    assert_eq!(both, (owned(&["app/main.py env-not-provided"]), Vec::new()));
}

#[test]
fn a_project_within_a_repository_is_judged_by_what_stands_around_it() {
    let repo = Repo::new();
    repo.file("package.json", "{}").file("api/main.py", PROGRAM).file("api/requirements.txt", "openai\n");
    repo.file("api/.env.example", TEMPLATE);
    let expected = (owned(&["api/main.py env-not-provided"]), Vec::new());
    assert_eq!(said(&in_folder(&repo, &repo.path(""), &["api"])), expected);
    assert_eq!(said(&in_folder(&repo, &repo.path("api"), &[])), expected);
    // The workflow at the root provides it, and nothing is said about the root's own files.
    let flow = "on: push\njobs:\n  a:\n    env:\n      OPENAI_API_KEY: ${{ secrets.OPENAI_API_KEY }}\n    steps: []\n";
    repo.file(".github/workflows/ci.yml", flow).file(".env", "OPENAI_API_KEY=your-key-here\n").git(&["add", "-A"]);
    assert_eq!(said(&in_folder(&repo, &repo.path(""), &["api"])), (Vec::new(), Vec::new()));
    let (all, _) = said(&in_folder(&repo, &repo.path(""), &[]));
    assert!(!all.is_empty() && all.iter().all(|finding| finding.starts_with(".env ")), "{all:?}");
}

#[test]
fn what_cannot_be_judged_when_files_or_parts_are_named_is_said() {
    let repo = Repo::new();
    repo.file("src/main.py", PROGRAM).file("requirements.txt", "openai\n").file("list", "src/main.py\n");
    for named in [&["src/main.py"][..], &["src"], &["--files-from", "list"]] {
        let ran = in_folder(&repo, &repo.path(""), named);
        assert_eq!(said(&ran), (Vec::new(), owned(&["judged-in-part"])), "{named:?}");
        let message = report(&ran)["notices"][0]["message"].as_str().unwrap().to_owned();
        assert!(
            message.contains("`dotenv-not-loaded`, `env-name-mismatch`, `env-name-misspelled`, `env-not-provided`")
        );
        assert_eq!(ran.code, 0, "a notice is no finding");
    }
    let secrets = repo.keyward(&["-f", "json", "--only", "secrets", "src"]);
    assert_eq!(said(&secrets).1, Vec::<String>::new());
    repo.file("docs/a.py", "print('no variable')\n");
    assert_eq!(said(&in_folder(&repo, &repo.path(""), &["docs"])).1, Vec::<String>::new());
}

#[cfg(unix)]
#[test]
fn nothing_around_a_project_is_waited_for_or_followed() {
    let repo = Repo::new();
    repo.file("api/main.py", PROGRAM).file("api/requirements.txt", "openai\n").file("api/.env.example", TEMPLATE);
    fs::write(repo.path("../outside.env"), "OPENAI_API_KEY=\n").unwrap();
    std::os::unix::fs::symlink("../outside.env", repo.path(".env.example")).unwrap();
    repo.run(Path::new("mkfifo"), &repo.path(""), &[".env"], &[]);
    let found = said(&in_folder(&repo, &repo.path(""), &["api"]));
    assert_eq!(found, (owned(&["api/main.py env-not-provided"]), Vec::new()));
}

/// Reads an ordinary variable only, so it is not parsed before something makes it matter.
const ORDINARY: &str = "import os\n\nsubject = os.environ[\"GREETING_SUBJECT\"]\n";

#[test]
fn a_file_that_cannot_be_read_again_does_not_wait() {
    let plain = Repo::without_git();
    for name in ["one", "two"] {
        plain.file(&format!("{name}/app.py"), ORDINARY).file(&format!("{name}/.env"), "GREETING_SUBJECT=hello\n");
        plain.git(&["init", "-q", name]);
    }
    let both = said(&in_folder(&plain, &plain.path(""), &["one", "two"])).0;
    let loads = both.iter().filter(|said| said.ends_with("app.py dotenv-not-loaded")).count();
    assert_eq!(loads, 2, "{both:?}");
}

#[cfg(unix)]
#[test]
fn a_name_that_is_no_text_is_judged_like_any_other() {
    use std::os::unix::ffi::OsStrExt as _;
    let repo = Repo::new();
    repo.file(".env", "GREETING_SUBJECT=hello\n").file(".gitignore", ".env\n");
    fs::write(repo.path("").join(std::ffi::OsStr::from_bytes(b"a\xff.py")), ORDINARY).unwrap();
    let found = said(&in_folder(&repo, &repo.path(""), &[])).0;
    assert_eq!(found, owned(&["a\u{fffd}.py dotenv-not-loaded"]));
}
