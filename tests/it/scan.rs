//! `keyward scan` from the outside: what is walked, what is said, and how it ends.

use std::fs;

use keyward::rules::template::expand;

use crate::support::{Project, openai_key};

fn with_key(name: &str) -> Project {
    let project = Project::new();
    project.file(name, format!("key = \"{}\"\n", openai_key("a")));
    project
}

#[test]
fn a_key_is_an_error_with_exit_code_1_and_a_clean_folder_is_0() {
    let project = with_key("src/app.py");
    let ran = project.keyward(&[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("error[openai-api-key]: OpenAI API key (project)"), "{}", ran.stdout);
    assert!(ran.stdout.contains("src/app.py:1:8"), "{}", ran.stdout);
    fs::remove_file(project.path("src/app.py")).unwrap();
    project.file("src/app.py", "key = read_key()\n");
    let ran = project.keyward(&[]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "no findings; read 1 file, 17 bytes in tree mode\n"), "{ran:?}");
}

#[test]
fn nothing_to_read_is_exit_code_3() {
    let project = Project::new();
    assert_eq!(project.keyward(&[]).code, 3);
    assert_eq!(project.keyward(&["--exit-zero"]).code, 3);
    assert_eq!(project.keyward_with_input(&["--stdin"], b"").code, 3);
    assert_eq!(project.keyward_with_input(&["--files-from", "-"], b"").code, 3);
}

#[test]
fn fail_on_and_exit_zero_decide_about_findings_only() {
    let project = Project::new();
    project.file("a.txt", format!("k={}", expand("sk-{alnum:48}", "w")));
    assert_eq!(project.findings(&[]), ["a.txt:1 unknown-sk-key"]);
    let code = |arguments: &[&str]| project.keyward(arguments).code;
    assert_eq!(code(&[]), 1);
    assert_eq!(code(&["--fail-on", "error"]), 0);
    assert_eq!(code(&["--fail-on", "note"]), 1);
    assert_eq!(code(&["--fail-on", "never"]), 0);
    assert_eq!(code(&["--exit-zero"]), 0);
    assert_eq!(code(&["--exit-zero", "missing.txt"]), 2);
}

#[test]
fn hidden_files_are_walked_and_git_ignored_ones_and_dependencies_are_not() {
    let project = Project::new();
    let key = format!("k = {}", openai_key("a"));
    for name in [
        ".github/workflows/ci.yml",
        ".npmrc",
        "kept.txt",
        "ignored.txt",
        "node_modules/x/i.js",
        ".git/config",
        "sub/a.txt",
    ] {
        project.file(name, &key);
    }
    project.file(".gitignore", "ignored.txt\nsub/\n");
    let paths = |arguments: &[&str]| -> Vec<String> {
        project.findings(arguments).iter().map(|line| line.split(':').next().unwrap().to_owned()).collect()
    };
    assert_eq!(paths(&[]), [".github/workflows/ci.yml", ".npmrc", "kept.txt"]);
    assert_eq!(paths(&["node_modules"]), ["node_modules/x/i.js"], "a folder that is named is walked");
    assert_eq!(paths(&["ignored.txt"]), ["ignored.txt"], "a file that is named is read");
    assert_eq!(
        paths(&["--no-ignore"]),
        [".github/workflows/ci.yml", ".npmrc", "ignored.txt", "kept.txt", "node_modules/x/i.js", "sub/a.txt"]
    );
    let skipped = &project.report(&[])["coverage"]["skipped"];
    assert_eq!(skipped[0]["path"], "node_modules");
    assert_eq!(skipped[0]["reason"], "dependencies");
}

#[test]
fn a_key_in_an_ignored_env_file_is_where_it_belongs() {
    let project = Project::new();
    let key = format!("OPENAI_API_KEY={}\n", openai_key("a"));
    project.file(".env", &key).file("sub/.env.local", &key).file(".gitignore", ".env\n.env.local\n");
    let report = project.report(&[]);
    assert_eq!(report["findings"].as_array().unwrap().len(), 0);
    assert_eq!(report["coverage"]["files"], 3, "both are read all the same");
    project.file(".gitignore", "");
    let secrets = project.findings(&["--only", "secrets"]);
    assert_eq!(secrets, [".env:1 openai-api-key", "sub/.env.local:1 openai-api-key"]);
}

#[test]
fn ignored_build_output_is_read_because_it_is_published() {
    let project = Project::new();
    let key = format!("fetch(\"{}\")", openai_key("a"));
    for name in [
        "dist/assets/app.js",
        "dist/node_modules/x.js",
        "dist/server.bin.exe",
        "web/.next/static/chunks/1.js",
        "web/.next/server/1.js",
        "target/debug/a.js",
        "build/index.html",
    ] {
        project.file(name, &key);
    }
    project.file(".gitignore", "dist/*\n.next\ntarget\n/build\n");
    assert_eq!(
        project.findings(&[]),
        [
            "build/index.html:1 openai-api-key",
            "dist/assets/app.js:1 openai-api-key",
            "web/.next/static/chunks/1.js:1 key-in-client-bundle",
            "web/.next/static/chunks/1.js:1 openai-api-key"
        ]
    );
}

#[test]
fn a_file_is_reported_once_however_often_it_is_named() {
    let project = with_key("src/app.py");
    assert_eq!(project.findings(&[".", "src", "src/app.py", "./src/../src/app.py"]).len(), 1);
}

#[test]
fn paths_are_relative_to_the_repository_wherever_keyward_is_started() {
    let project = with_key("src/deep/app.py");
    let ran = project.keyward_in("src/deep", &["-f", "json"], None);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(report["findings"][0]["location"]["path"], "src/deep/app.py");
}

#[test]
fn standard_input_is_one_text_with_a_name() {
    let project = Project::new();
    let input = format!("\n\nx = {}", openai_key("a"));
    let ran = project.keyward_with_input(&["--stdin", "--stdin-path", "a/b.py", "-f", "json"], input.as_bytes());
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let finding = &report["findings"][0];
    assert_eq!(finding["location"]["path"], "a/b.py");
    assert_eq!(finding["location"]["start_line"], 3);
    assert_eq!(finding["origin"]["kind"], "stdin");
    assert_eq!(report["coverage"]["mode"], "stdin");
}

#[test]
fn files_come_from_a_list_separated_by_lines_or_nul() {
    let project = with_key("a b.py");
    project.file("c.py", format!("x = {}", openai_key("b")));
    for list in ["a b.py\nc.py\n", "a b.py\r\nc.py\r\n", "a b.py\0c.py\0"] {
        project.file("list", list);
        assert_eq!(project.findings(&["--files-from", "list"]), ["a b.py:1 openai-api-key", "c.py:1 openai-api-key"]);
    }
}

#[test]
fn only_and_skip_choose_rules_providers_and_groups() {
    let project = Project::new();
    project.file("a.txt", format!("{}\n{}\n", openai_key("a"), expand("ghp_{crc62:30}", "a")));
    let rules = |arguments: &[&str]| project.findings(arguments);
    assert_eq!(rules(&["--only", "openai"]), ["a.txt:1 openai-api-key"]);
    assert_eq!(rules(&["--skip", "openai-api-key,openai-truncated-key"]), ["a.txt:2 github-personal-access-token"]);
    let ran = project.keyward(&["--only", "opena"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("no rule, provider or group called `opena`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("did you mean `openai`?"), "{}", ran.stderr);
}

#[test]
fn what_cannot_be_read_is_said_and_the_rest_is_scanned() {
    let project = with_key("a.py");
    let ran = project.keyward(&["a.py", "missing.py"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stdout.contains("cannot read `missing.py`: there is no such file or"), "{}", ran.stdout);
    assert!(ran.stdout.contains("error[openai-api-key]"), "{}", ran.stdout);
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_or_in_a_circle_does_no_harm() {
    let project = with_key("a.py");
    std::os::unix::fs::symlink(project.path("nowhere"), project.path("dangling")).unwrap();
    std::os::unix::fs::symlink(project.root(), project.path("circle")).unwrap();
    assert_eq!(project.findings(&[]), ["a.py:1 openai-api-key"]);
}

#[test]
fn a_file_above_the_limit_is_named_and_the_run_is_incomplete() {
    let project = with_key("a.py");
    project.file("large.txt", "x".repeat(5000));
    let report = project.report(&["--max-file-size", "4k"]);
    assert_eq!(report["coverage"]["skipped"][0]["path"], "large.txt");
    assert_eq!(report["coverage"]["skipped"][0]["reason"], "too-large");
    assert_eq!(report["coverage"]["complete"], false);
    assert_eq!(project.keyward(&["--max-file-size", "4k"]).code, 2);
}

#[test]
fn binaries_are_skipped_unless_they_hold_an_unmistakable_key() {
    let project = Project::new();
    project.file("logo.png", b"\x89PNG\0\0\0 sess-0123").file("core", format!("\0\0{}\0", openai_key("a")));
    project.file("a.txt", "text");
    let report = project.report(&[]);
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    assert_eq!(report["findings"][0]["location"]["path"], "core");
    assert_eq!(report["coverage"]["skipped"][0]["reason"], "binary");
    assert_eq!(report["coverage"]["complete"], true);
}

#[test]
fn the_same_tree_gives_the_same_bytes_whatever_the_number_of_threads() {
    let project = Project::new();
    for number in 0..60 {
        let line =
            format!("k{number} = '{}'\nj = '{}'\n", openai_key(&number.to_string()), expand("sk-{alnum:48}", "x"));
        project.file(&format!("d{}/f{number}.py", number % 7), line);
    }
    let outputs: Vec<String> =
        ["1", "2", "8"].iter().map(|threads| project.keyward(&["-f", "json", "-j", threads]).stdout).collect();
    assert_eq!(outputs[0], outputs[1]);
    assert_eq!(outputs[0], outputs[2]);
}

#[test]
fn one_line_of_many_megabytes_with_many_keys_is_placed_exactly() {
    let project = Project::new();
    let filler = "var a=function(){return 1};".repeat(40_000);
    let line = format!("{filler}{}{filler}{}", openai_key("a"), openai_key("b"));
    project.file("app.min.js", &line);
    let report = project.report(&[]);
    let columns: Vec<u64> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["location"]["start_column"].as_u64().unwrap())
        .collect();
    assert_eq!(columns, [filler.len() as u64 + 1, 2 * filler.len() as u64 + 165]);
}

#[test]
fn crlf_and_characters_of_several_units_are_counted_as_editors_do() {
    let project = Project::new();
    project.file("a.txt", format!("\u{feff}one\r\n\"😀é\" {}\r\n", openai_key("a")));
    let location = &project.report(&[])["findings"][0]["location"];
    assert_eq!((&location["start_line"], &location["start_column"]), (&2.into(), &7.into()));
}

#[test]
fn reports_go_to_files_whole_and_beside_the_terminal() {
    let project = with_key("a.py");
    let ran = project.keyward(&["--report", "sarif=out.sarif", "--report", "markdown=out.md"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("error[openai-api-key]"));
    let sarif: serde_json::Value = serde_json::from_slice(&fs::read(project.path("out.sarif")).unwrap()).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "openai-api-key");
    assert!(result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap().ends_with(":1"));
    assert!(fs::read_to_string(project.path("out.md")).unwrap().contains("`a.py"));
    let ran = project.keyward(&["-o", "nowhere/out.json", "-f", "json"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("cannot write nowhere/out.json"), "{}", ran.stderr);
}

#[test]
fn colours_follow_the_option_and_the_usual_variables() {
    let project = with_key("a.py");
    let colored = |arguments: &[&str], variables: &[(&str, &str)]| {
        project.keyward_with(arguments, variables).stdout.contains('\x1b')
    };
    assert!(!colored(&[], &[]), "a pipe has none");
    assert!(colored(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(colored(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!colored(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    let narrow = project.keyward_with(&[], &[("COLUMNS", "50")]).stdout;
    assert!(narrow.lines().all(|line| line.chars().count() <= 50), "{narrow}");
}

#[test]
fn secrets_are_shown_at_a_terminal_only() {
    let project = with_key("a.py");
    let ran = project.keyward(&["--show-secrets"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("--show-secrets works on a terminal only"), "{}", ran.stderr);
    assert!(!ran.stdout.contains("T3BlbkFJ"));
}

#[test]
fn a_users_rule_finds_and_a_broken_one_says_what_is_wrong() {
    let project = Project::new();
    project.file("a.txt", "x = acme_9f3a61c07be2\n");
    project.file(
        "keyward.toml",
        "[[rule]]\nid = \"acme-key\"\nsummary = \"Acme key\"\nliterals = [\"acme_\"]\npattern = 'acme_[0-9a-f]{12}'\n",
    );
    assert_eq!(project.findings(&["a.txt"]), ["a.txt:1 acme-key"]);
    project.file(
        "keyward.toml",
        "[[rule]]\nid = \"acme-key\"\nsummary = \"Acme key\"\nliterals = [\"acme_\"]\npattern = '('\n",
    );
    let ran = project.keyward(&[]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("its pattern is not valid"), "{}", ran.stderr);
    project.file("keyward.toml", "");
    let file = "[provider]\nid = \"acme\"\nname = \"Acme\"\n[[rule]]\nid = \"acme-token\"\nsummary = \"Acme token\"\nliterals = [\"acme_\"]\npattern = 'acme_[0-9a-f]{12}'\n";
    project.file("mine/acme.toml", file);
    assert_eq!(project.findings(&["a.txt", "--rules", "mine"]), ["a.txt:1 acme-token"]);
    project
        .file("mine/acme.toml", format!("{file}[[rule.match]]\nname = \"upper case\"\ntext = \"acme_{{HEX:12}}\"\n"));
    let ran = project.keyward(&["--rules", "mine"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("its example \"upper case\" is not found"), "{}", ran.stderr);
    let ran = project.keyward(&["--rules", "none"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("cannot read rules from none"), "{}", ran.stderr);
}

#[test]
fn a_mistake_in_the_configuration_is_shown_with_its_place_and_a_way_out() {
    let project = with_key("a.py");
    project.file("keyward.toml", "fail_on = \"error\"\n");
    let ran = project.keyward(&[]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("keyward.toml:1:1"), "{}", ran.stderr);
    assert!(ran.stderr.contains("fail-on"), "{}", ran.stderr);
    assert_eq!(project.keyward(&["--no-config"]).code, 1, "the way out that --help names");
}

#[test]
fn excluded_paths_are_counted_as_such() {
    let project = with_key("tests/data/a.py");
    project.file("src/b.py", "x = 1").file("keyward.toml", "exclude = [\"tests/data/\"]\n");
    let report = project.report(&[]);
    assert_eq!(report["findings"].as_array().unwrap().len(), 0);
    assert_eq!(report["coverage"]["skipped"][0]["path"], "tests/data");
    assert_eq!(report["coverage"]["skipped"][0]["reason"], "excluded");
}

#[test]
fn marks_entries_and_stale_ones_answer_back() {
    let project = Project::new();
    let key = openai_key("a");
    project.file("a.py", format!("k = '{key}'  # keyward: allow openai-api-key -- revoked sample\n"));
    project.file("b.py", format!("# keyward: allow openai -- sample\nk = '{key}'\nj = '{key}'\n"));
    project.file("c.py", "x = 1  # keyward: allow openai-api-key -- was here once\n");
    project.file("d.py", format!("k = '{key}'  # keyward: allow openai-api-key\n"));
    assert_eq!(project.findings(&[]), ["b.py:3 openai-api-key", "d.py:1 openai-api-key"]);
    let report = project.report(&["--show-suppressed"]);
    assert_eq!(report["findings"][0]["suppressed"]["reason"], "revoked sample");
    assert_eq!(report["summary"]["suppressed"], 2);
    let notices: Vec<String> = report["notices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|notice| {
            format!("{} {}:{}", notice["code"].as_str().unwrap(), notice["path"].as_str().unwrap(), notice["line"])
        })
        .collect();
    assert_eq!(notices, ["stale-mark c.py:1", "malformed-mark d.py:1"]);
}

#[test]
fn a_baseline_accepts_what_is_there_and_reports_what_is_new() {
    let project = with_key("a.py");
    let ran = project.keyward(&["baseline", "create"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "keyward.baseline: 1 accepted, 1 added, 0 dropped\n"), "{ran:?}");
    assert_eq!(project.keyward(&[]).code, 0);
    assert_eq!(project.keyward(&["baseline", "create"]).code, 2, "an existing one is kept");
    // Moved and copied it is the same secret; another one on the same line is new.
    let both = format!("\n\nx = '{}'; y = '{}'\n", openai_key("a"), openai_key("b"));
    project.file("moved/a.py", both);
    assert_eq!(project.findings(&[]), ["moved/a.py:3 openai-api-key"]);
    let ran = project.keyward(&["baseline", "update"]);
    assert_eq!(ran.stdout, "keyward.baseline: 2 accepted, 1 added, 0 dropped\n");
    fs::remove_dir_all(project.path("moved")).unwrap();
    let report = project.report(&[]);
    assert_eq!(report["notices"][0]["code"], "stale-baseline");
    let ran = project.keyward(&["baseline", "prune"]);
    assert_eq!(ran.stdout, "keyward.baseline: 1 accepted, 0 added, 1 dropped\n");
    assert_eq!(project.keyward(&[]).code, 0);
}

#[test]
fn a_path_that_is_missing_is_not_blamed_on_the_configuration() {
    let project = Project::new();
    project.file("keyward.toml", "fail-on = 'error'\n");
    let ran = project.keyward(&["hoook"]);
    assert!(ran.stdout.contains("cannot read `hoook`: there is no such file or folder"), "{ran:?}");
    assert_eq!((ran.code, ran.stderr.contains("configuration")), (2, false), "{ran:?}");
}

#[test]
fn the_cause_of_an_error_is_told_once() {
    let ran = Project::new().keyward(&["--config", "gone.toml"]);
    assert_eq!((ran.code, ran.stderr.matches("No such file").count()), (2, 1), "{}", ran.stderr);
}

#[test]
fn help_names_the_exit_codes_and_a_wrong_option_is_exit_code_2() {
    let project = Project::new();
    let help = project.keyward(&["--help"]);
    assert_eq!(help.code, 0);
    for text in ["Exit codes:", "Examples:", "--fail-on", "What to scan:", "Reading:"] {
        assert!(help.stdout.contains(text), "{text} is missing in\n{}", help.stdout);
    }
    assert_eq!(project.keyward(&["--fial-on", "error"]).code, 2);
}

#[test]
fn explain_and_rules_show_what_a_rule_is() {
    let project = Project::new();
    let page = project.keyward(&["explain", "openai-admin-key"]);
    assert_eq!(page.code, 0);
    assert!(page.stdout.contains("https://platform.openai.com/settings/organization/admin-keys"), "{}", page.stdout);
    assert!(page.stdout.contains("Severity error, confidence high, issued by OpenAI\n"), "{}", page.stdout);
    let own = project.keyward(&["explain", "private-key"]);
    assert!(own.stdout.contains("Severity error, confidence high\n"), "{}", own.stdout);
    let wrong = project.keyward(&["explain", "openai-admin-kye"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("did you mean `openai-admin-key`?"), "{}", wrong.stderr);
    let list = project.keyward(&["rules", "--only", "openai", "--format", "json"]);
    let rules: serde_json::Value = serde_json::from_str(&list.stdout).unwrap();
    assert!(rules.as_array().unwrap().iter().all(|rule| rule["provider"]["id"] == "openai"));
}

#[test]
fn time_that_is_over_is_said_and_makes_the_run_incomplete() {
    let project = Project::new();
    // A pipe that nobody closes: without a limit this would wait for ever.
    let ran = project.keyward_waiting(&["--stdin", "--timeout", "1", "-f", "json"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(report["coverage"]["skipped"][0]["reason"], "timed-out");
    assert_eq!(project.keyward(&["--timeout", "0"]).code, 2);
}

#[test]
fn what_git_tracks_is_read_although_it_is_ignored_by_now() {
    let project = Project::without_git();
    let git = |arguments: &[&str]| {
        let run = std::process::Command::new("git")
            .args(["-c", "user.name=t", "-c", "user.email=t@example.org"])
            .args(arguments)
            .current_dir(project.root())
            .output()
            .unwrap();
        assert!(run.status.success(), "{run:?}");
    };
    git(&["init", "-q"]);
    let key = format!("OPENAI_API_KEY={}\n", openai_key("a"));
    project.file(".env", &key).file("cfg/local.py", &key).file("dist/app.js", &key).file("node_modules/a.js", &key);
    git(&["add", "-A"]);
    project.file(".gitignore", ".env\ncfg/\ndist/\nnode_modules/\n").file("cfg/never.py", &key);
    assert_eq!(
        project.findings(&["--only", "secrets"]),
        [".env:1 openai-api-key", "cfg/local.py:1 openai-api-key", "dist/app.js:1 openai-api-key"]
    );
}

#[cfg(unix)]
#[test]
fn links_with_the_names_of_env_files_and_build_output_are_not_followed() {
    let outside = with_key("a.json");
    let project = with_key("a.py");
    let link = |target: &std::path::Path, name: &str| std::os::unix::fs::symlink(target, project.path(name)).unwrap();
    link(outside.root(), "dist");
    link(&project.path("."), "build");
    link(std::path::Path::new("/dev/zero"), ".env");
    link(std::path::Path::new("nowhere"), ".env.local");
    project.file("web/x.txt", "x");
    link(outside.root(), "web/.next");
    assert_eq!(project.findings(&[]), ["a.py:1 openai-api-key"]);
    assert_eq!(project.keyward(&[]).code, 1);
    project.file("list", "dist\n.env.local\na.py\n");
    assert_eq!(project.findings(&["--files-from", "list"]), ["a.py:1 openai-api-key"]);
}

#[test]
fn a_project_called_like_build_output_keeps_its_env_file_private() {
    let project = Project::new();
    let key = format!("OPENAI_API_KEY={}\n", openai_key("a"));
    project.file("apps/www/package.json", "{}").file("apps/www/.env.local", &key).file("apps/www/dist/a.js", &key);
    project.file(".gitignore", ".env.local\ndist\n");
    assert_eq!(project.findings(&["--only", "secrets"]), ["apps/www/dist/a.js:1 openai-api-key"]);
}

#[test]
fn a_private_key_is_found_in_a_patch_a_comment_and_a_concatenation() {
    let project = Project::new();
    let pem = expand("-----BEGIN RSA PRIVATE KEY-----\n{pem:25}\n-----END RSA PRIVATE KEY-----\n", "a");
    for (before, after) in [("", ""), ("+", ""), ("-", ""), ("// ", ""), ("    \"", "\\n\" +"), ("  ", "")] {
        let lines: Vec<String> = pem.lines().map(|line| format!("{before}{line}{after}")).collect();
        project.file("a.txt", lines.join("\n"));
        assert_eq!(project.findings(&[]), ["a.txt:1 private-key"], "between {before:?} and {after:?}");
    }
}

#[test]
fn a_rule_of_the_repository_that_matches_everywhere_is_stopped_and_named() {
    let project = Project::new();
    project.file("a.txt", "aaaa ".repeat(100_000));
    let rule = "[[rule]]\nid = \"x-y\"\nsummary = \"x\"\nliterals = [\"aaa\"]\nanchor = \"inside\"\nbefore = 2048\nlongest = 2048\n";
    project.file("keyward.toml", format!("{rule}pattern = '(?s)a.*?c|a'\n"));
    let report = project.report(&["a.txt"]);
    assert_eq!(report["notices"][0]["code"], "too-broad-rule");
    assert_eq!(report["coverage"]["complete"], false);
}

#[test]
fn text_in_utf16_is_read_and_placed() {
    let project = Project::new();
    let text = format!("\u{feff}one\r\n\"😀\" {}\r\n", openai_key("a"));
    let bytes = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    project.file("be.ps1", bytes(u16::to_be_bytes)).file("le.ps1", bytes(u16::to_le_bytes));
    let report = project.report(&[]);
    for (number, path) in ["be.ps1", "le.ps1"].iter().enumerate() {
        let location = &report["findings"][number]["location"];
        assert_eq!(location["path"], *path);
        assert_eq!((&location["start_line"], &location["start_column"]), (&2.into(), &6.into()));
    }
}

#[cfg(unix)]
#[test]
fn an_ignore_file_that_never_ends_is_not_opened() {
    let project = with_key("a.py");
    project.file("sub/b.py", "x");
    std::os::unix::fs::symlink("/dev/zero", project.path("sub/.gitignore")).unwrap();
    let ran = project.keyward(&[]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stdout.contains("cannot read `sub`: its .gitignore is not a file"), "{}", ran.stdout);
    assert!(ran.stdout.contains("error[openai-api-key]"));
}

#[test]
fn odd_values_of_options_do_no_harm() {
    let project = with_key("a.py");
    assert_eq!(project.keyward(&["--timeout", "18446744073709551615"]).code, 1);
    assert_eq!(project.keyward(&["-j", "100000"]).code, 1);
    assert!(project.keyward(&["-f", "json", "-o", "-"]).stdout.starts_with('{'));
    let ran = project.keyward(&["-o", "r.json", "--report", "json=r.json"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("two reports would be written to r.json"), "{}", ran.stderr);
}

#[test]
fn thousands_of_keys_on_one_line_are_counted_and_none_is_shown() {
    let project = Project::new();
    let keys: Vec<String> =
        (0..5003).map(|seed| expand("sk-{alnum:20}T3BlbkFJ{alnum:20}", &seed.to_string())).collect();
    project.file("a.txt", keys.join(" "));
    let ran = project.keyward(&["-v"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stdout.contains("holds 5003 findings"));
    assert_eq!(keys.iter().filter(|key| ran.stdout.contains(&key[3..20])).count(), 0);
}
