//! What the doctor prints: no value anywhere, the same bytes for the same input, and a form that people and programs can rely on.

use std::fs;

use keyward::rules::template::expand;
use serde_json::Value;

use super::{Patient, items, patients};
use crate::hook::Repo;

#[test]
fn no_output_holds_a_value() {
    for patient in patients() {
        let secrets = patient.secrets();
        for arguments in [&["--format", "json"][..], &["--color", "always"], &["--color", "never"]] {
            let ran = patient.run(arguments);
            for secret in &secrets {
                // Masks show the beginning and the last four characters.
                let hidden = &secret[secret.len() / 2 - 5..secret.len() / 2 + 5];
                assert!(!ran.stdout.contains(hidden), "{}:\n{}", patient.tree.name, ran.stdout);
                assert!(!ran.stderr.contains(hidden), "{}:\n{}", patient.tree.name, ran.stderr);
            }
        }
    }
}

#[test]
fn a_shadowed_file_is_told_in_a_glance() {
    let patient = Patient::named("shadowed-by-the-shell");
    let ran = patient.run(&["--color", "never"]);
    let tail = |value: &str| value[value.len() - 4..].to_owned();
    let shell = tail(&patient.variables[0].1);
    let narrow = patient.run(&["--color", "never"]);
    assert_eq!(ran.stdout, narrow.stdout);
    assert_eq!(
        ran.stdout,
        format!(
            "OPENAI_API_KEY (OpenAI)

  ✓ this shell  OPENAI_API_KEY is set
  ✓ files       .env:1 defines OPENAI_API_KEY
  ✗ which wins  this shell wins over .env:1, and they differ
                .env:1: another value
                → unset OPENAI_API_KEY to use the file, and look for what exports it
  ✓ code        OpenAI in app.py:6 looks for OPENAI_API_KEY
  ✓ loading     python-dotenv loads .env, at app.py:4
  ✓ value       sk-proj-…{shell}, 164 characters: OpenAI API key (project)
  ✓ fit         a key of OpenAI for api.openai.com
  – belongs to  no organisation or project is named
  ✓ browser     nothing here publishes it to browsers
  ✓ git         git ignores .env, and no commit holds it
  – deployment  no workflow, image or manifest here names it
  ✓ network     no proxy is set
  · provider    nobody was asked; --verify does

Most likely: OPENAI_API_KEY was exported earlier, and its old value hides the one in .env:1.
Next:        unset OPENAI_API_KEY to use the file, and look for what exports it
"
        )
    );
}

#[test]
fn colour_is_on_marks_and_quiet_lines_and_only_when_wanted() {
    let patient = Patient::named("shadowed-by-the-shell");
    assert!(!patient.run(&[]).stdout.contains('\u{1b}'));
    let coloured = patient.run(&["--color", "always"]).stdout;
    assert!(coloured.contains("\u{1b}[1;31m✗\u{1b}[0m"), "{coloured}");
    assert!(coloured.contains("\u{1b}[32m✓\u{1b}[0m"), "{coloured}");
}

#[test]
fn the_json_names_its_version_and_asks_every_question_in_order() {
    let (checkup, _) = Patient::named("healthy").checkup();
    assert_eq!(checkup["schema"], "keyward-doctor/1");
    assert_eq!(checkup["complete"], true);
    let section = &checkup["sections"][0];
    assert_eq!([&section["variable"], &section["provider"]], ["OPENAI_API_KEY", "openai"]);
    let asked: Vec<&str> =
        section["lines"].as_array().unwrap().iter().map(|line| line["item"].as_str().unwrap()).collect();
    let all = [
        "shell",
        "files",
        "winner",
        "code",
        "loading",
        "value",
        "fit",
        "owner",
        "browser",
        "git",
        "deployment",
        "network",
        "provider",
    ];
    assert_eq!(asked, all);
    assert_eq!(section["cause"]["item"], Value::Null);
    let schema: Value = serde_json::from_str(&fs::read_to_string("schemas/doctor.json").unwrap()).unwrap();
    let known: Vec<&str> = schema["$defs"]["Item"]["oneOf"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["const"].as_str().unwrap())
        .collect();
    assert_eq!(known, all);
}

#[test]
fn each_key_that_the_code_needs_has_a_section_and_a_project_of_its_own() {
    let repo = Repo::new();
    repo.file("web/package.json", r#"{"dependencies": {"openai": "*", "@anthropic-ai/sdk": "*"}}"#);
    repo.file(
        "web/index.js",
        "const OpenAI = require(\"openai\");\nconst Anthropic = require(\"@anthropic-ai/sdk\");\n\
         const one = new OpenAI();\nconst two = new Anthropic();\nconst three = new OpenAI();\n",
    );
    let ran = repo.keyward(&["doctor", "--format", "json"]);
    let checkup: Value = serde_json::from_str(&ran.stdout).unwrap();
    let sections = checkup["sections"].as_array().unwrap();
    let names: Vec<(&str, &str)> = sections
        .iter()
        .map(|section| (section["variable"].as_str().unwrap(), section["project"].as_str().unwrap()))
        .collect();
    assert_eq!(names, [("OPENAI_API_KEY", "web"), ("ANTHROPIC_API_KEY", "web")]);
    // From a folder inside, the project around it is looked at; a variable that is named is looked at alone.
    for arguments in [
        &["doctor", "ANTHROPIC_API_KEY", "web", "--format", "json"][..],
        &["doctor", "--provider", "anthropic", "--format", "json"],
    ] {
        let ran = repo.keyward(arguments);
        let checkup: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
        assert_eq!(checkup["sections"].as_array().unwrap().len(), 1);
        assert_eq!(checkup["sections"][0]["variable"], "ANTHROPIC_API_KEY");
    }
}

#[test]
fn a_variable_of_no_known_provider_is_followed_too() {
    let repo = Repo::new();
    repo.file("app.py", "import os\nimport dotenv\ndotenv.load_dotenv()\nsecret = os.environ[\"SHOP_SIGNING\"]\n");
    repo.file(".gitignore", ".env\n").file(".env", "SHOP_SIGNING=blue-horse-42\n");
    let ran = repo.keyward_with("", &["doctor", "SHOP_SIGNING", "--format", "json"], &[("SHOP_SIGNING", "old")]);
    let checkup: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(ran.code, 1);
    assert_eq!(items(&checkup, "failed"), ["winner"]);
    assert_eq!(checkup["sections"][0]["provider"], Value::Null);
    assert!(!ran.stdout.contains("blue-horse"));
}

#[test]
fn a_key_in_the_place_of_a_name_is_refused_and_not_repeated() {
    let repo = Repo::new();
    let key = crate::support::openai_key("typed");
    for arguments in [&["doctor", &key][..], &["doctor", "--provider", &key], &["doctor", "KEY", &key]] {
        let ran = repo.keyward(arguments);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(!(ran.stdout + &ran.stderr).contains(&key[10..20]));
    }
}

#[test]
fn a_folder_without_anything_is_looked_at_as_well() {
    let repo = Repo::without_git();
    fs::create_dir(repo.path("")).unwrap();
    let ran = repo.keyward(&["doctor", "--format", "json"]);
    let checkup: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    assert_eq!((ran.code, items(&checkup, "failed")), (1, vec!["shell".to_owned()]));
    let says = checkup["sections"][0]["cause"]["says"].as_str().unwrap();
    assert_eq!(says, "OPENAI_API_KEY is not set, and no file gives it");
}

#[test]
fn the_first_step_for_a_misspelled_name_is_to_rename_it() {
    let repo = Repo::new();
    repo.file("app.py", "from openai import OpenAI\nclient = OpenAI()\n").file(".gitignore", ".env\n");
    repo.file(".env", format!("OPEN_AI_KEY={}\n", crate::support::openai_key("misspelled")));
    let ran = repo.keyward(&["doctor"]);
    let first = ran.stdout.lines().find_map(|line| line.trim_start().strip_prefix("→ "));
    assert_eq!(first, Some("rename OPEN_AI_KEY to OPENAI_API_KEY"), "{}", ran.stdout);
}

#[test]
fn the_configuration_of_a_repository_silences_nothing_and_directs_nothing() {
    let patient = Patient::named("rotated-in-the-file");
    let before = patient.checkup();
    patient.repo.file("keyward.toml", "only = [\"github\"]\nexclude = [\"*\"]\n");
    assert_eq!(patient.checkup(), before);
    patient.repo.file("keyward.toml", "verify = true\n[verify-url]\nopenai = \"http://127.0.0.1:1\"\n");
    assert_eq!(patient.checkup(), before);
}

#[test]
fn an_address_in_a_file_is_named_and_never_asked() {
    let patient = Patient::named("gateway-in-the-file");
    let asked_there = crate::verify::server::Server::new(|_, _| crate::verify::server::Act::json(200, "{}"));
    let text = fs::read_to_string(patient.repo.path(".env")).unwrap();
    let text = text.replace("https://gateway.example/v1", &format!("{}/v1", asked_there.url()));
    patient.repo.file(".env", text);
    let ran = patient.repo.keyward(&["doctor", "--verify", "--format", "json"]);
    let checkup: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(asked_there.asked().is_empty());
    let lines = checkup["sections"][0]["lines"].as_array().unwrap();
    assert_eq!(lines[12]["mark"], "not-checked", "{:#}", lines[12]);
    // Who wanted to know is told how.
    let ran = patient.repo.keyward(&["doctor", "--verify"]);
    let text: Vec<&str> = ran.stdout.split_whitespace().collect();
    assert!(text.join(" ").contains("to ask there, say --verify-url openai=URL"), "{ran:?}");
}

#[test]
fn a_file_that_only_a_branch_ever_held_is_found_in_the_history() {
    let repo = Repo::new();
    repo.file("app.py", "import os\nkey = os.environ[\"OPENAI_API_KEY\"]\n").file(".gitignore", ".env\n");
    repo.file("conf/.env", format!("OPENAI_API_KEY={}\n", crate::support::openai_key("branch")));
    let git_line = || {
        let ran = repo.keyward(&["doctor", "--format", "json"]);
        let checkup: Value = serde_json::from_str(&ran.stdout).unwrap();
        let line = checkup["sections"][0]["lines"].as_array().unwrap().iter().find(|line| line["item"] == "git");
        let text = |name: &str| line.unwrap()[name].as_str().unwrap().to_owned();
        (text("mark"), text("says"))
    };
    let clean = ("passed".to_owned(), "git ignores conf/.env, and no commit holds it".to_owned());
    assert_eq!(git_line(), clean);
    repo.git(&["switch", "-q", "-c", "side"]).git(&["add", "-f", "conf/.env"]);
    repo.git(&["commit", "-q", "-m", "oops"]).git(&["switch", "-q", "main"]);
    repo.file("conf/.env", "OPENAI_API_KEY=\n");
    let (mark, says) = git_line();
    assert_eq!(mark, "warned");
    assert!(says.starts_with("commit ") && says.contains(" holds conf/.env,"), "{says}");
}

#[test]
fn of_several_names_that_would_do_the_one_that_is_asked_first_wins() {
    let repo = Repo::new();
    repo.file("requirements.txt", "google-genai\npython-dotenv\n").file(".gitignore", ".env\n");
    repo.file("app.py", "import dotenv\ndotenv.load_dotenv()\nfrom google import genai\nclient = genai.Client()\n");
    repo.file(".env", expand("GEMINI_API_KEY=AIza{url64:35}\nGOOGLE_API_KEY=AIza{url64:34}A\n", "gemini"));
    let ran = repo.keyward(&["doctor", "--format", "json"]);
    let checkup: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    let section = &checkup["sections"][0];
    assert_eq!(section["variable"], "GOOGLE_API_KEY", "{section:#}");
    assert_eq!(section["lines"][2]["says"], ".env:2 wins over .env:1, and they differ");
    let ran = repo.keyward_with("", &["doctor", "--format", "json"], &[("GOOGLE_API_KEY", "")]);
    let checkup: Value = serde_json::from_str(&ran.stdout).unwrap();
    // The empty one hides what the file gives under its name, and is passed over for the next.
    assert_eq!(checkup["sections"][0]["lines"][5]["mark"], "passed", "{:#}", checkup["sections"][0]["lines"]);
}

#[test]
fn a_setting_is_no_key_and_a_server_of_this_machine_takes_any() {
    let repo = Repo::new();
    let refused = repo.keyward(&["doctor", "OPENAI_BASE_URL"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("keyward doctor OPENAI_API_KEY"), "{}", refused.stderr);
    repo.file("app.py", "from openai import OpenAI\nclient = OpenAI()\n");
    let shell = [("OPENAI_API_KEY", "sk-xxxx"), ("OPENAI_BASE_URL", "http://localhost:11434/v1")];
    let ran = repo.keyward_with("", &["doctor", "--format", "json"], &shell);
    let checkup: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(items(&checkup, "failed").is_empty(), "{checkup:#}");
}

#[test]
fn an_environment_of_many_lines_is_looked_at_in_part() {
    let repo = Repo::new();
    repo.file("app.py", "import dotenv\ndotenv.load_dotenv()\nfrom openai import OpenAI\nclient = OpenAI()\n");
    let old = |at: usize| [format!("OPENAI_API_KEY=old-{at}"), format!("OPENAI{}API_KEY=x", "_".repeat(at % 40))];
    let last = format!("OPENAI_API_KEY={}", crate::support::openai_key("last"));
    let text = (0..400).flat_map(old).chain([last]).collect::<Vec<_>>().join("\n");
    repo.file(".gitignore", ".env\n").file(".env", text);
    let ran = repo.keyward(&["doctor", "OPENAI_API_KEY", "--format", "json"]);
    let checkup: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    let lines = &checkup["sections"][0]["lines"];
    let says = lines[5]["says"].as_str().unwrap();
    assert!(says.ends_with(", 164 characters: OpenAI API key (project)"), "{lines:#}");
    assert!(ran.stdout.len() < 20_000, "{} bytes", ran.stdout.len());
}
