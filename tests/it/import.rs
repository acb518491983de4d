//! Moving in: what another scanner keeps becomes a configuration and a baseline that a scan takes, and whatever has no counterpart is said.

use std::fs;

use keyward::{import::gitleaks::EQUALS, rules::template::expand};
use serde_json::json;

use crate::{
    git::commit,
    hook::{Repo, secret},
    support::{Project, Ran, openai_key},
};

const FROM_GITLEAKS: &[&str] = &["import", "gitleaks"];
const FROM_DETECT_SECRETS: &[&str] = &["import", "detect-secrets"];

fn write(from: &[&'static str]) -> Vec<&'static str> {
    [from, &["--write"]].concat()
}

/// Asserts that standard error says each of `sentences`.
fn says(ran: &Ran, sentences: &[&str]) {
    for sentence in sentences {
        assert!(ran.stderr.contains(sentence), "{sentence:?} is not in\n{}", ran.stderr);
    }
}

fn acme(seed: &str) -> String {
    expand("acme_live_{lowalnum:24}", seed)
}

/// A repository whose gitleaks configuration uses nearly everything there is.
fn furnished() -> Project {
    let project = Project::new();
    project.file(
        ".gitleaks.toml",
        r#"
title = "Acme"
[extend]
useDefault = true
disabledRules = ["sendgrid-api-token", "github-oauth", "generic-api-key"]

[[rules]]
id = "Acme_Token"
description = "Acme token."
regex = '''\b(acme_(?:live|test)_([a-z0-9]{24}))\b'''
secretGroup = 1
keywords = ["acme_"]
entropy = 2.5
tags = ["acme"]
[[rules.allowlists]]
description = "what the samples use"
paths = ['''(^|/)samples/''']
stopwords = ["sandbox"]

[[rules]]
id = "aws-access-token"
[rules.allowlist]
paths = ['''^legacy/''']

[[rules]]
id = "shapeless"
regex = '''[a-f0-9]{32}'''
keywords = ["shapeless"]

[[rules]]
id = "looks-ahead"
regex = '''acme(?!_live)_[a-z]{9}'''

[[rules]]
id = "keystore"
path = '''\.jks$'''

[[allowlists]]
description = "generated"
paths = ['''(^|/)vendor/''', '''\.lock$''', '''\bgen\b''']
commits = ["5ed010c944ccc715cb9245abafd4e97d98d75e9f"]

[[allowlists]]
description = "on purpose"
regexTarget = "line"
regexes = ['''purpose''']

[[allowlists]]
condition = "AND"
paths = ['''^docs/''']
stopwords = ["T3BlbkFJ"]
"#,
    );
    for path in ["src/app.py", "samples/a.py", "vendor/a.py", "x/vendor/b.py", "Cargo.lock"] {
        project.file(path, format!("token = '{}'\n", acme(path)));
    }
    project.file("docs/a.md", format!("{}\n", openai_key("docs")));
    project.file("src/on.py", format!("a = '{}'  # on purpose\nb = '{}'\n", openai_key("on"), openai_key("off")));
    project.file("src/mail.py", format!("k = '{}'\n", expand("SG.{url64:22}.{url64:43}", "mail")));
    project.file("src/sand.py", format!("k = 'acme_live_sandbox{}'\n", expand("{lowalnum:17}", "sand")));
    let aws = |seed| expand("AKIA{base32:16}", seed);
    project
        .file("legacy/aws.py", format!("k = '{}'\n", aws("legacy")))
        .file("src/aws.py", format!("k = '{}'\n", aws("x")));
    project
}

#[test]
fn a_scan_with_the_imported_configuration_reports_what_gitleaks_did_not_allow() {
    let project = furnished();
    let ran = project.keyward(&write(FROM_GITLEAKS));
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "keyward.toml: written\n"), "{}", ran.stderr);
    assert_eq!(
        project.findings(&[]),
        ["src/app.py:1 acme-token", "src/aws.py:1 aws-access-key-id", "src/on.py:2 openai-api-key"]
    );
    let report = project.report(&["--show-suppressed"]);
    let suppressed = report["findings"].as_array().unwrap().iter().filter(|finding| !finding["suppressed"].is_null());
    let suppressed: Vec<String> = suppressed
        .map(|finding| format!("{}: {}", finding["location"]["path"], finding["suppressed"]["reason"]))
        .collect();
    assert_eq!(
        suppressed,
        [
            r#""docs/a.md": "allowed by .gitleaks.toml:48""#,
            r#""legacy/aws.py": "allowed by .gitleaks.toml:22""#,
            r#""samples/a.py": "what the samples use (from .gitleaks.toml)""#,
            r#""src/on.py": "on purpose (from .gitleaks.toml)""#,
        ]
    );
    let notices = report["notices"].as_array().unwrap();
    assert!(notices.iter().all(|notice| notice["code"] != "stale-allow"), "{notices:?}");
}

#[test]
fn what_has_no_counterpart_is_said_with_its_line() {
    let ran = furnished().keyward(FROM_GITLEAKS);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    says(
        &ran,
        &[
            ".gitleaks.toml:5: `generic-api-key` is disabled, and keyward has no such rule: nothing to do\n",
            ".gitleaks.toml:5: `github-oauth` is disabled, but keyward's `github-oauth-token` finds the keys of `github-app-token` too",
            ".gitleaks.toml:14: `tags` of rule `Acme_Token` have no counterpart\n",
            ".gitleaks.toml:27: rule `shapeless` is not taken over: its pattern has no constant part of three characters;",
            ".gitleaks.toml:32: rule `looks-ahead` is not taken over: it looks around, which takes more than linear time;",
            ".gitleaks.toml:34: rule `keystore` is not taken over: it looks at paths only",
            r".gitleaks.toml:40: path `\bgen\b` has no equal glob: it asks for the edge of a word",
            ".gitleaks.toml:38: `commits` are not taken over: keyward accepts contents, not commits;",
            "`regexes` hold for the present only, because keyward's exceptions name secrets and not their looks: the one finding that fits \
             now is an exception\n",
            "taken over from .gitleaks.toml: 2 excluded paths, 1 rule that does not run, 4 exceptions, 1 rule, 0 accepted secrets; not taken over:",
            "; not understood: 0\n",
        ],
    );
}

#[test]
fn without_write_the_configuration_is_shown_and_nothing_changes() {
    let project = furnished();
    let ran = project.keyward(FROM_GITLEAKS);
    assert!(!project.path("keyward.toml").exists());
    let shown: toml::Table = ran.stdout.parse().unwrap();
    assert_eq!(shown["skip"], toml::Value::from(vec!["sendgrid-api-key"]));
    assert_eq!(shown["exclude"], toml::Value::from(vec!["*.lock", "!*.lock/", "vendor/"]));
    let rule = &shown["rule"][0];
    assert_eq!(rule["id"].as_str(), Some("acme-token"));
    assert_eq!(rule["summary"].as_str(), Some("Acme token"));
    assert_eq!(rule["literals"], toml::Value::from(vec!["acme_live_", "acme_test_"]));
    assert_eq!(rule["pattern"].as_str(), Some(r"\b(?<secret>acme_(?:live|test)_(?:[a-z0-9]{24}))\b"));
    assert_eq!(rule["placeholders"], toml::Value::from(vec!["…sandbox…", "…SANDBOX…"]));
}

#[test]
fn a_configuration_that_is_there_is_replaced_on_request_only() {
    let project = furnished();
    project.file("keyward.toml", "# mine\n");
    let ran = project.keyward(&write(FROM_GITLEAKS));
    assert_eq!(ran.code, 2);
    says(&ran, &["there is already a configuration at keyward.toml", "replace it with --force"]);
    assert_eq!(fs::read_to_string(project.path("keyward.toml")).unwrap(), "# mine\n");
    let ran = project.keyward(&["import", "gitleaks", "--write", "--force"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "keyward.toml: replaced\n"), "{}", ran.stderr);
    assert!(fs::read_to_string(project.path("keyward.toml")).unwrap().contains("acme-token"));
}

#[test]
fn a_configuration_that_stays_says_where_the_baseline_is() {
    let project = Project::new();
    project.file("a.py", format!("k = '{}'\n", openai_key("a"))).file(".gitleaksignore", "a.py:openai-api-key:1\n");
    project.file("keyward.toml", "baseline = 'ci/accepted'\n").file("ci/notes", "");
    let ran = project.keyward(&write(FROM_GITLEAKS));
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "ci/accepted: 1 accepted, 1 added\n"), "{}", ran.stderr);
    assert_eq!(project.findings(&[]), Vec::<String>::new());
    assert!(!project.path("keyward.baseline").exists());
}

#[test]
fn ignored_findings_are_looked_up_in_their_commit_and_accepted_wherever_they_stand() {
    let repo = Repo::new();
    repo.file("old.py", format!("\n{}", secret("old")));
    commit(&repo, "first");
    let first = repo.try_git(&["rev-parse", "HEAD"]).stdout.trim().to_owned();
    repo.git(&["rm", "-q", "old.py"]).file("now.py", format!("{}\n\n{}", secret("now"), secret("open")));
    let gone = "0".repeat(40);
    repo.file(
        ".gitleaksignore",
        format!(
            "# accepted\n{first}:old.py:openai-api-key:2\nnow.py:openai-api-key:1\nnow.py:aws-access-token:4\nnow.py:openai-api-key:2\n\
             {gone}:now.py:openai-api-key:1\n{first}:none.py:openai-api-key:1\nnonsense\n"
        ),
    );
    commit(&repo, "second");
    let ran = repo.keyward(&["import", "gitleaks", "--write"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, "keyward.baseline: 2 accepted, 2 added\n"), "{}", ran.stderr);
    says(
        &ran,
        &[
            ".gitleaksignore:4: not accepted: another kind of key stands in that line now (`openai-api-key`)\n",
            ".gitleaksignore:5: nothing to accept: keyward finds no key in that line\n",
            ".gitleaksignore:6: not accepted: its commit is not in this repository (rewritten, or not fetched)\n",
            ".gitleaksignore:7: not accepted: its commit has no such file\n",
            ".gitleaksignore:8: `nonsense` is no fingerprint of the form `path:rule:line`: correct or remove it\n",
        ],
    );
    let ran = repo.keyward(&["--history", "--skip", "key-older-than", "-f", "json"]);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let places: Vec<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["location"]["path"].as_str().unwrap())
        .collect();
    assert_eq!((places, &report["summary"]["suppressed"]), (vec!["now.py"], &json!(2)));
    // Again, nothing is added.
    let ran = repo.keyward(&["import", "gitleaks", "--write"]);
    assert_eq!(ran.stdout, "keyward.baseline: 2 accepted, 0 added\n");
}

#[test]
fn a_file_that_is_built_on_is_read_when_it_lies_in_the_repository() {
    let project = Project::new();
    project.file(
        "ci/base.toml",
        "[[rules]]\nid = 'acme-key'\nregex = 'acme_[a-z]{8}'\nkeywords = ['acme']\n\n[[rules]]\nid = 'old-key'\nregex = 'olde_[a-z]{8}'\n",
    );
    project.file(
        ".gitleaks.toml",
        "[extend]\npath = 'ci/base.toml'\ndisabledRules = ['old-key']\n[[rules]]\nid = 'acme-key'\ndescription = 'Acme key'\n",
    );
    let ran = project.keyward(FROM_GITLEAKS);
    let shown: toml::Table = ran.stdout.parse().unwrap();
    let rules = shown["rule"].as_array().unwrap();
    assert_eq!(rules.len(), 1);
    assert_eq!((rules[0]["summary"].as_str(), rules[0]["pattern"].as_str()), (Some("Acme key"), Some("acme_[a-z]{8}")));
    says(&ran, &["gitleaks ran the rules of this file only, since it does not build on the default ones"]);
    project.file(".gitleaks.toml", "[extend]\npath = '../elsewhere.toml'\n");
    let outside = project.root().parent().unwrap().join("elsewhere.toml");
    if !outside.exists() {
        let ran = project.keyward(FROM_GITLEAKS);
        assert_eq!(ran.code, 2);
        says(&ran, &[".gitleaks.toml:2: the file `../elsewhere.toml` of `[extend]` was not read: "]);
    }
}

#[test]
fn what_cannot_be_read_is_said_and_the_rest_is_taken_over() {
    let project = Project::new();
    project.file("a.py", format!("k = '{}'\n", openai_key("a"))).file(".gitleaksignore", "a.py:openai-api-key:1\n");
    for (text, sentence) in [
        ("[[rules]\n", ".gitleaks.toml:1: this is no TOML ("),
        (
            "[[allowlists]]\npaths = [7]\nregexes = ['x(']",
            ".gitleaks.toml:2: `paths` of `allowlists` is not a list of texts",
        ),
        (
            "[[allowlists]]\nregexes = ['''x(''']",
            ".gitleaks.toml:2: `x(` of `regexes` cannot be used: it is no regular expression",
        ),
        ("[allowlist]\ncondition = 'maybe'\npaths = ['a']", "`condition` is none of and, &&, or, ||"),
        ("rules = 3", ".gitleaks.toml:1: `rules` of the file is not a table"),
        ("[[rules]]\nregex = 'abc'", ".gitleaks.toml:1: this rule has no `id`"),
    ] {
        project.file(".gitleaks.toml", text);
        let ran = project.keyward(FROM_GITLEAKS);
        assert_eq!(ran.code, 2, "{text}: {}", ran.stderr);
        says(&ran, &[sentence, "1 accepted secret;"]);
        assert!(ran.stdout.contains("# kw1:"), "{}", ran.stdout);
    }
    project.file(".gitleaks.toml", "newkey = 1\n");
    let ran = project.keyward(FROM_GITLEAKS);
    assert_eq!(ran.code, 0);
    says(&ran, &[".gitleaks.toml:1: `newkey` of the file is a key that is not known here, and was passed over\n"]);
    project.file(".gitleaks.toml", [0xff, 0xfe]);
    says(
        &project.keyward(FROM_GITLEAKS),
        &[".gitleaks.toml: this file was not read: it is not UTF-8 text; save it as UTF-8\n"],
    );
}

#[test]
fn where_there_is_nothing_to_take_over_the_way_out_is_said() {
    let project = Project::new();
    let ran = project.keyward(FROM_GITLEAKS);
    assert_eq!(ran.code, 2);
    says(&ran, &["there is no .gitleaks.toml and no .gitleaksignore at", "name the file"]);
    let ran = project.keyward(&["import", "detect-secrets", "elsewhere.json"]);
    assert_eq!(ran.code, 2);
    says(&ran, &["elsewhere.json: this file was not read:"]);
}

#[test]
fn files_and_lists_without_end_are_bounded() {
    let project = Project::new();
    project.file(".gitleaks.toml", "#".repeat((1 << 20) + 1));
    let ran = project.keyward(FROM_GITLEAKS);
    assert_eq!(ran.code, 2);
    says(&ran, &[".gitleaks.toml: this file was not read: it is larger than 1 MiB"]);
    let patterns: Vec<String> = (0..5_000).map(|number| format!("'x{number}/'")).collect();
    project.file(".gitleaks.toml", format!("[allowlist]\npaths = [{}]\n", patterns.join(", ")));
    let ran = project.keyward(FROM_GITLEAKS);
    assert_eq!(ran.code, 2);
    says(
        &ran,
        &[
            "from here on paths are left out: `exclude` takes 1000 globs, 64 KiB in all; name folders instead",
            "from here on patterns were not read: there are more than 4000",
            "1000 excluded paths",
        ],
    );
    let nested = format!("{}a{}", "(?:".repeat(2_000), "{9})".repeat(2_000));
    let regexes = ["a{1000}{1000}{1000}", r"(\w{1000}){1000}", &"(".repeat(4_000), &nested];
    let rule = |(number, regex)| format!("[[rules]]\nid = 'x{number}'\nregex = '''{regex}'''\n");
    let rules: String = (0..4).zip(regexes).map(rule).collect();
    project.file(".gitleaks.toml", rules);
    let ran = project.keyward(FROM_GITLEAKS);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{}", ran.stderr);
    says(&ran, &["0 rules, 0 accepted secrets; not taken over: 4"]);
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_repository_is_not_followed_and_nothing_of_it_is_shown() {
    let (project, outside) = (Project::new(), Project::without_git());
    outside.file("private", "[[rules]]\nid = 'private-rule'\nregex = 'private_[a-z]{9}'\n");
    std::os::unix::fs::symlink(outside.path("private"), project.path(".gitleaks.toml")).unwrap();
    let ran = project.keyward(FROM_GITLEAKS);
    assert_eq!(ran.code, 2);
    says(&ran, &[".gitleaks.toml: this file was not read: it leads out of the repository"]);
    assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("private-rule"));
}

#[test]
fn a_hostile_configuration_neither_leaks_nor_writes_escape_codes() {
    let project = Project::new();
    let key = openai_key("hostile");
    project.file("a.py", format!("k = '{key}'\n"));
    project.file(
        ".gitleaks.toml",
        format!(
            "\"\\u001b[2J\" = 1\n[[rules]]\nid = \"x\\u001b[2J\"\ndescription = \"\\u001b[2J\"\nregex = 'acme_[a-z]{{8}}'\n\
             [[rules.allowlists]]\nregexes = ['{key}']\npaths = ['{key}']\n[[rules]]\nid = 'key'\nregex = '{key}[a-z]'\n\
             [[rules]]\nid = 'head'\nregex = '''(?{key})'''\n[[rules]]\nid = 'codes'\nregex = \"acme(?\\u001b[31m\\u0007\\u001b]0;x\"\n\
             [[allowlists]]\ndescription = \"{key}\"\npaths = ['^{key}/', '(?{key})', \"(?\\u001b[31m\\u0007\"]\n\
             regexes = ['''{key}''', '''(?!{key})''', '(?{key})', \"(?\\u001b[31m\\u0007\"]\n"
        ),
    );
    let ran = project.keyward(&write(FROM_GITLEAKS));
    let all = format!("{}{}{}", ran.stdout, ran.stderr, fs::read_to_string(project.path("keyward.toml")).unwrap());
    assert!(!all.contains(['\u{1b}', '\u{7}']) && !all.contains(&key[8..40]), "{all}");
    assert_eq!(project.findings(&[]), Vec::<String>::new(), "the key itself is allowed");
}

fn sha1(text: &str) -> String {
    let mut hasher = gix_hash::hasher(gix_hash::Kind::Sha1);
    hasher.update(text.as_bytes());
    hasher.try_finalize().unwrap().to_hex().to_string()
}

/// An entry of `.secrets.baseline`.
fn listed(text: &str, line: u32, is_secret: Option<bool>) -> serde_json::Value {
    let mut entry =
        json!({ "type": "OpenAI Token", "hashed_secret": sha1(text), "is_verified": false, "line_number": line });
    if let Some(is_secret) = is_secret {
        entry["is_secret"] = json!(is_secret);
    }
    entry
}

#[test]
fn a_baseline_of_detect_secrets_is_taken_over_by_digest() {
    let project = Project::new();
    let key = |seed: &str| openai_key(seed);
    project.file("a.py", format!("a = '{}'\nb = '{}'\nc = '{}'\n", key("accepted"), key("audited"), key("real")));
    project.file(
        "b.py",
        format!("\n\nmoved = '{}'\nnew = '{}'\nquoted = '{}'\n", key("moved"), key("new"), key("quoted")),
    );
    project
        .file("vendor/c.py", format!("k = '{}'\n", key("vendor")))
        .file("d.py", format!("k = '{}'  # nosec\n", key("nosec")));
    let baseline = json!({
        "version": "1.5.0",
        "plugins_used": [
            { "name": "OpenAIDetector" }, { "name": "KeywordDetector", "keyword_exclude": "" }, { "name": "IPPublicDetector" },
            { "name": "CloudantDetector" },
            { "name": "Own", "path": "file://own.py" },
        ],
        "filters_used": [
            { "path": "detect_secrets.filters.heuristic.is_sequential_string" },
            { "path": "detect_secrets.filters.regex.should_exclude_file", "pattern": ["^vendor/", "(?<=a)b"] },
            { "path": "detect_secrets.filters.regex.should_exclude_line", "pattern": ["nosec"] },
        ],
        "results": {
            "a.py": [
                listed(&key("accepted"), 1, None),
                listed(&key("audited"), 2, Some(false)),
                listed(&key("real"), 3, Some(true)),
            ],
            "b.py": [
                listed(&key("moved"), 1, None),
                listed("something else", 4, None),
                listed(&format!("'{}", key("quoted")), 5, None),
            ],
            "gone.py": [listed("x", 1, None)],
            // A path, although it looks like a key to whoever looks at its letters only.
            "docs/releases/2024-01-02/notes-on-version-1-2-3.md": [listed("y", 7, None)],
        },
    });
    project.file(".secrets.baseline", baseline.to_string());
    let ran = project.keyward(&write(FROM_DETECT_SECRETS));
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "keyward.toml: written\nkeyward.baseline: 3 accepted, 3 added\n"),
        "{}",
        ran.stderr
    );
    says(
        &ran,
        &[
            ".secrets.baseline, a.py:3: OpenAI Token: the audit called it a secret, so it is not accepted: revoke it\n",
            ".secrets.baseline, b.py:4: not accepted: its line holds another text than the one that was listed\n",
            ".secrets.baseline, docs/releases/2024-01-02/notes-on-version-1-2-3.md:7, gone.py:1: nothing to accept: keyward finds no key there\n",
            "what a text's looks or its name suggest (`KeywordDetector`) is not looked for;",
            "plugins `IPPublicDetector`, `CloudantDetector` have no equal in keyward\n",
            "plugin `Own` is a program of your own:",
            "path `(?<=a)b` has no equal glob: it looks around, which takes more than linear time;",
            "`nosec` of `should_exclude_line` hold for the present only",
        ],
    );
    assert_eq!(project.findings(&["--skip", "env"]), ["a.py:3 openai-api-key", "b.py:4 openai-api-key"]);
    let report = project.report(&["--skip", "env", "--show-suppressed"]);
    let audited =
        report["findings"].as_array().unwrap().iter().find(|finding| finding["location"]["start_line"] == 2).unwrap();
    assert_eq!(audited["suppressed"], json!({ "by": "config", "reason": "audited as no secret with detect-secrets" }));
}

#[test]
fn a_baseline_that_is_broken_is_said_to_be_with_its_line() {
    let project = Project::new();
    for (text, sentence) in [
        (
            "{\n\"version\": ",
            ".secrets.baseline:2: this is no baseline of detect-secrets: its JSON cannot be read there",
        ),
        ("[]", "this is no baseline of detect-secrets"),
        ("{\"version\": \"1.5.0\"}", ".secrets.baseline: it has no `results`"),
        (
            r#"{"version": "1.5.0", "results": {"a": 3}}"#,
            ".secrets.baseline, a: what is listed for this file is no list",
        ),
        (r#"{"version": "1.5.0", "results": {"a": [{}]}}"#, "an entry of this file lacks `type` or `hashed_secret`"),
        (
            r#"{"version": "1.5.0", "results": {"a": [{"type": "x", "hashed_secret": "12"}]}}"#,
            ".secrets.baseline, a: its `hashed_secret` is no SHA-1",
        ),
    ] {
        project.file(".secrets.baseline", text);
        let ran = project.keyward(FROM_DETECT_SECRETS);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{text}");
        says(&ran, &[sentence]);
    }
    project.file(".secrets.baseline", "[".repeat(1 << 20));
    assert_eq!(project.keyward(FROM_DETECT_SECRETS).code, 2);
}

#[test]
fn a_private_key_is_known_by_the_line_that_begins_it() {
    let project = Project::new();
    let pem = expand("-----BEGIN RSA PRIVATE KEY-----\n{pem:20}\n-----END RSA PRIVATE KEY-----\n", "pem");
    project.file("key.pem", pem);
    let mut entry = listed("BEGIN RSA PRIVATE KEY", 1, None);
    entry["type"] = json!("Private Key");
    project.file(".secrets.baseline", json!({ "version": "1.5.0", "results": { "key.pem": [entry] } }).to_string());
    let ran = project.keyward(&write(FROM_DETECT_SECRETS));
    assert_eq!(ran.stdout, "keyward.baseline: 1 accepted, 1 added\n", "{}", ran.stderr);
    assert_eq!(project.findings(&[]), Vec::<String>::new());
}

#[test]
fn the_page_names_every_default_rule_of_gitleaks_that_has_no_equal() {
    let page = fs::read_to_string("docs/moving-in.md").unwrap();
    for (theirs, ours) in &*EQUALS {
        assert_eq!(page.contains(&format!("`{theirs}`")), ours.is_empty(), "{theirs}");
    }
}

/// `.secrets.baseline` with these results.
fn secrets_baseline(results: &serde_json::Value) -> String {
    json!({ "version": "1.5.0", "results": results }).to_string()
}

#[test]
fn a_key_that_the_audit_called_real_is_accepted_by_no_other_entry() {
    let project = Project::new();
    let (twice, spread, quoted, fine) =
        (openai_key("twice"), openai_key("spread"), openai_key("quoted"), openai_key("fine"));
    project.file("a.py", format!("a = '{twice}'\nb = '{spread}'\nc = '{quoted}'\nd = '{fine}'\n"));
    project.file("b.py", format!("b = '{spread}'\nc = '{quoted}'\n"));
    project.file(
        ".secrets.baseline",
        secrets_baseline(&json!({
            "a.py": [
                listed(&twice, 1, Some(true)),
                listed(&twice, 1, None),
                listed(&spread, 2, Some(true)),
                listed(&format!("'{quoted}"), 3, Some(true)),
                listed(&fine, 4, None),
            ],
            "b.py": [listed(&spread, 1, None), listed(&quoted, 2, Some(false))],
            "gone.py": [listed(&spread, 1, Some(false))],
        })),
    );
    let ran = project.keyward(&write(FROM_DETECT_SECRETS));
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "keyward.baseline: 1 accepted, 1 added\n"), "{}", ran.stderr);
    says(
        &ran,
        &[
            ".secrets.baseline, a.py:1, b.py:1-2, gone.py:1: not accepted: the same text is listed elsewhere as a real secret: revoke it\n",
        ],
    );
    assert_eq!(
        project.findings(&["--skip", "env"]),
        [
            "a.py:1 openai-api-key",
            "a.py:2 openai-api-key",
            "a.py:3 openai-api-key",
            "b.py:1 openai-api-key",
            "b.py:2 openai-api-key"
        ]
    );
}

#[test]
fn an_excluded_line_does_not_except_a_key_that_the_audit_called_real() {
    let project = Project::new();
    let key = openai_key("real");
    project.file("a.py", format!("a = '{key}'  # nosec\n"));
    let baseline = json!({
        "version": "1.5.0",
        "filters_used": [{ "path": "detect_secrets.filters.regex.should_exclude_line", "pattern": ["nosec"] }],
        "results": { "a.py": [listed(&key, 1, Some(true))] },
    });
    project.file(".secrets.baseline", baseline.to_string());
    let ran = project.keyward(&write(FROM_DETECT_SECRETS));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    says(&ran, &["`nosec` of `should_exclude_line` hold for the present only", "nothing of what is found now fits"]);
    assert_eq!(project.findings(&[]), ["a.py:1 openai-api-key"]);
}

#[test]
fn an_entry_for_a_rule_that_keyward_does_not_have_accepts_no_other_key() {
    let project = Project::new();
    project.file("a.py", format!("a = '{}'\nb = '{}'\n", openai_key("a"), openai_key("b")));
    project.file(".gitleaksignore", "a.py:generic-api-key:1\na.py:my-own-rule:2\n");
    let ran = project.keyward(&write(FROM_GITLEAKS));
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{}", ran.stderr);
    says(
        &ran,
        &[
            ".gitleaksignore:1: not accepted: keyward has no rule for `generic-api-key`\n",
            ".gitleaksignore:2: not accepted: keyward has no rule for `my-own-rule`\n",
        ],
    );
    assert_eq!(project.findings(&[]), ["a.py:1 openai-api-key", "a.py:2 openai-api-key"]);
}

#[test]
fn what_a_path_or_a_line_allows_is_allowed_in_its_own_file_only() {
    let project = Project::new();
    let (by_path, by_line, by_value) = (openai_key("path"), openai_key("line"), openai_key("value"));
    project.file("tests/a.py", format!("a = '{by_path}'\n"));
    project.file("src/a.py", format!("a = '{by_path}'\nb = '{by_value}'\n"));
    project.file("src/b.py", format!("a = '{by_line}'  # fake\nb = '{by_value}'\n"));
    project.file("src/c.py", format!("a = '{by_line}'\n"));
    project.file(
        ".gitleaks.toml",
        format!(
            "[[allowlists]]\ncondition = 'AND'\npaths = ['''^tests/''']\nregexes = ['''^sk-proj-''']\n\
             [[allowlists]]\nregexTarget = 'line'\nregexes = ['''# fake''']\n\
             [[allowlists]]\nregexes = ['''^{}''']\n",
            &by_value[..20]
        ),
    );
    let ran = project.keyward(&write(FROM_GITLEAKS));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(project.findings(&[]), ["src/a.py:1 openai-api-key", "src/c.py:1 openai-api-key"]);
}

#[test]
fn an_audited_key_is_allowed_in_its_own_file_whatever_that_is_called() {
    let project = Project::new();
    let paths = ["[id]/page.ts", "{a,b}!.ts", "#x/a*?.ts", "über/a b "];
    let mut results = serde_json::Map::new();
    for path in paths {
        let key = openai_key(path);
        project.file(path, format!("k = '{key}'\n"));
        project.file(&format!("other/{path}"), format!("k = '{key}'\n"));
        results.insert(path.to_owned(), json!([listed(&key, 1, Some(false))]));
    }
    project.file("i/page.ts", format!("k = '{}'\n", openai_key("[id]/page.ts")));
    project.file(".secrets.baseline", secrets_baseline(&results.into()));
    let ran = project.keyward(&write(FROM_DETECT_SECRETS));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let mut expected: Vec<String> = paths.iter().map(|path| format!("other/{path}:1 openai-api-key")).collect();
    expected.push("i/page.ts:1 openai-api-key".to_owned());
    expected.sort();
    let mut found = project.findings(&["--skip", "env"]);
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn nothing_is_written_when_the_configuration_was_not_understood() {
    let project = Project::new();
    project.file("a.py", format!("k = '{}'\n", openai_key("a"))).file(".gitleaksignore", "a.py:openai-api-key:1\n");
    for text in [&b"[[allowlists]]\nx = [\n"[..], &[0xff, 0xfe]] {
        project.file(".gitleaks.toml", text);
        let ran = project.keyward(&write(FROM_GITLEAKS));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
        says(
            &ran,
            &[".gitleaks.toml: nothing was written, because this file was not understood: correct it and import again"],
        );
        assert!(!project.path("keyward.baseline").exists() && !project.path("keyward.toml").exists());
    }
    project.file(".gitleaks.toml", "title = 'Acme'\n");
    let ran = project.keyward(&write(FROM_GITLEAKS));
    assert_eq!(ran.stdout, "keyward.baseline: 1 accepted, 1 added\n", "{}", ran.stderr);
}

#[test]
fn a_configuration_has_as_many_exceptions_as_a_scan_reads() {
    let project = Project::new();
    let keys: Vec<String> = (0..1_000).map(|number| openai_key(&number.to_string())).collect();
    let entries: Vec<_> = (1..).zip(&keys).map(|(line, key)| listed(key, line, Some(false))).collect();
    let path = format!("{}/a.py", ["x".repeat(225).as_str(); 4].join("/"));
    let lines: Vec<String> = keys.iter().map(|key| format!("k = '{key}'\n")).collect();
    project.file(&path, lines.concat());
    project.file(".secrets.baseline", secrets_baseline(&json!({ path: entries })));
    let ran = project.keyward(&write(FROM_DETECT_SECRETS));
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "keyward.toml: written\n"), "{}", ran.stderr);
    says(
        &ran,
        &[
            "exceptions are left out: keyward.toml may have 1024 KiB; accept what they are for with `keyward baseline create`",
        ],
    );
    let size = fs::metadata(project.path("keyward.toml")).unwrap().len();
    assert!((1 << 20) - 2_048 < size && size <= 1 << 20, "{size}");
}

#[test]
fn what_people_wrote_into_a_baseline_stays() {
    let project = Project::new();
    project.file("a.py", format!("k = '{}'\n", openai_key("a"))).file(".gitleaksignore", "a.py:openai-api-key:1\n");
    let old = "# keyward baseline v1\n# the mail service, until June\nkw1:000000000000000000000000 jwt\n<<<<<<< HEAD";
    project.file("keyward.baseline", old);
    let ran = project.keyward(&write(FROM_GITLEAKS));
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "keyward.baseline: 2 accepted, 1 added\n"), "{}", ran.stderr);
    let text = fs::read_to_string(project.path("keyward.baseline")).unwrap();
    let added = text.strip_prefix(old).unwrap();
    assert!(
        added.starts_with("\nkw1:") && added.ends_with(" openai-api-key\n") && added.lines().count() == 2,
        "{added:?}"
    );
    assert_eq!(project.findings(&[]), Vec::<String>::new());
    project.keyward(&write(FROM_GITLEAKS));
    assert_eq!(fs::read_to_string(project.path("keyward.baseline")).unwrap(), text);
}

#[test]
fn of_several_configurations_each_is_named() {
    let project = furnished();
    project.file("keyward.toml", "# mine\n").file(".keyward.toml", "# mine too\n");
    let ran = project.keyward(&["import", "gitleaks", "--write", "--force"]);
    assert_eq!(ran.code, 2);
    says(
        &ran,
        &[
            "there is more than one configuration: keyward.toml, .keyward.toml",
            "keyward takes one only: keep keyward.toml, remove .keyward.toml, and import again",
        ],
    );
    assert_eq!(fs::read_to_string(project.path("keyward.toml")).unwrap(), "# mine\n");
}

#[test]
fn paths_are_known_however_the_other_scanner_was_called() {
    let project = Project::new();
    for path in ["a.py", "src/b.py", "src/c.py"] {
        project.file(path, format!("k = '{}'\n", openai_key(path)));
    }
    let root = project.root().canonicalize().unwrap();
    project.file(
        ".gitleaksignore",
        format!(
            "./a.py:openai-api-key:1\n.//src/b.py:openai-api-key:1\n{}/src/c.py:openai-api-key:1\n",
            root.display()
        ),
    );
    let ran = project.keyward(&write(FROM_GITLEAKS));
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "keyward.baseline: 3 accepted, 3 added\n"), "{}", ran.stderr);
    assert_eq!(project.findings(&[]), Vec::<String>::new());
}

#[test]
fn keys_of_older_and_unknown_versions_of_detect_secrets_are_said() {
    let project = Project::new();
    let mut entry = listed("x", 1, None);
    entry["line_number"] = json!("3");
    let baseline = json!({
        "version": "0.14.3",
        "exclude_regex": "^vendor/",
        "exclude": { "files": null, "lines": null },
        "word_list": { "file": "words.txt", "hash": "x" },
        "custom_plugin_paths": ["my/plugin.py"],
        "plugins_used": [{ "name": "KeywordDetector", "keyword_exclude": "foo" }],
        "results": { "a.py": [entry] },
        "surprise": 1,
    });
    project.file(".secrets.baseline", baseline.to_string());
    let ran = project.keyward(FROM_DETECT_SECRETS);
    assert_eq!((ran.code, ran.stdout.contains("exclude = [\"/vendor/\"]")), (2, true), "{}{}", ran.stdout, ran.stderr);
    says(
        &ran,
        &[
            ".secrets.baseline: the list of words `words.txt` is not taken over: keyward has its own words for placeholders\n",
            ".secrets.baseline: plugins at `my/plugin.py` are programs of your own: write what they look for",
            ".secrets.baseline: `keyword_exclude` `foo` of plugin `KeywordDetector` is not taken over",
            ".secrets.baseline: `surprise` is a key that is not known here, and was passed over\n",
            ".secrets.baseline, a.py: an entry of this file has a `line_number`, `is_secret` or `is_verified` that is none, and was passed over\n",
        ],
    );
}
