//! Nothing leaks: every credential of every rule, through every format and verbosity, and no output holds it.

use keyward::{
    detect::{Detector, Text},
    rules::{RuleSet, template::expand},
};
use std::{fs, sync::Arc};

use crate::{
    git::commit,
    hook::{Repo, secret},
    support::{Project, Ran, openai_key},
};

/// Shorter pieces occur by chance: a place, a fingerprint, a word.
const TELLING: usize = 10;

#[test]
fn no_output_contains_a_secret_in_any_format_or_verbosity() {
    let project = Project::new();
    let detector = Detector::new(Arc::new(RuleSet::builtin()), &[]);
    // Where it was planted, and a hidden part of it.
    let mut secrets: Vec<(String, String)> = Vec::new();
    for (_, rule) in detector.rules().iter() {
        for (number, example) in rule.examples().0.iter().enumerate() {
            let text = expand(&example.text, &format!("leak/{}/{number}", rule.id()));
            let name = example.path.clone().unwrap_or_else(|| "f.txt".to_owned());
            let path = format!("{}/{number}/{name}", rule.id());
            let found = detector.detect(Text { bytes: text.as_bytes(), path: Some(&path), binary: false }, None);
            for candidate in found.candidates {
                let hidden =
                    &text[candidate.span.start + candidate.prefix.min(candidate.span.len())..candidate.span.end];
                let hidden = &hidden[..hidden.len().saturating_sub(4)];
                let lines = hidden.lines().filter(|line| line.len() >= TELLING);
                secrets.extend(lines.map(|line| (path.clone(), line.to_owned())));
            }
            project.file(&path, &text);
        }
    }
    assert!(secrets.len() > 400, "only {} secrets were planted", secrets.len());
    let mut outputs: Vec<(String, String)> = Vec::new();
    for format in FORMATS {
        for more in [&[][..], &["--verbose"], &["--quiet"], &["--color", "always"], &["--show-suppressed"]] {
            let ran = project.keyward(&[&["-f", format], more].concat());
            assert_eq!(ran.code, 1, "{}", ran.stderr);
            outputs.push((format!("{format} {more:?}"), ran.stdout + &ran.stderr));
        }
    }
    for format in ["terminal", "json", "csv", "markdown"] {
        let ran = project.keyward(&["inventory", "--no-history", "-v", "-f", format]);
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        outputs.push((format!("inventory {format}"), ran.stdout + &ran.stderr));
    }
    let ran = project.keyward(&["baseline", "create"]);
    outputs.push((
        "baseline".to_owned(),
        ran.stdout + &ran.stderr + &fs::read_to_string(project.path("keyward.baseline")).unwrap(),
    ));
    // What another scanner keeps may fit every key there is.
    project.file(".gitleaks.toml", "[allowlist]\nregexes = ['.']\n[[rules]]\nid = 'all'\nregex = 'key_[a-z]{9}'\n");
    for arguments in [&["import", "gitleaks"][..], &["import", "gitleaks", "--write"]] {
        let ran = project.keyward(arguments);
        assert!(ran.code != 1, "{}", ran.stderr);
        outputs.push((format!("{arguments:?}"), ran.stdout + &ran.stderr));
    }
    let imported = fs::read_to_string(project.path("keyward.toml")).unwrap();
    assert!(imported.matches("fingerprint = ").count() > 300, "{}", imported.len());
    outputs.push(("keyward.toml".to_owned(), imported));
    fs::remove_file(project.path("keyward.toml")).unwrap();
    for arguments in [&["fix"][..], &["fix", "--unsafe"], &["fix", "--unsafe", "--write"], &["fix", "--unsafe"]] {
        let ran = project.keyward(arguments);
        assert!(ran.code < 2, "{}", ran.stderr);
        outputs.push((format!("{arguments:?}"), ran.stdout + &ran.stderr));
    }
    let pieces: Vec<(&str, &str)> =
        secrets.iter().flat_map(|(path, secret)| windows(secret).map(move |piece| (path.as_str(), piece))).collect();
    let search = aho_corasick::AhoCorasick::new(pieces.iter().map(|(_, piece)| piece)).unwrap();
    for (name, output) in outputs {
        let leaked: Vec<&str> = search.find_iter(&output).map(|found| pieces[found.pattern().as_usize()].0).collect();
        assert!(leaked.is_empty(), "{name} shows parts of what is in {leaked:?}");
    }
}

/// The beginning, the middle and the end of a secret.
fn windows(secret: &str) -> impl Iterator<Item = &str> {
    let last = secret.len() - TELLING;
    [0, last / 2, last].into_iter().filter_map(move |at| secret.get(at..at + TELLING))
}

#[test]
fn a_key_is_hidden_where_a_message_quotes_it() {
    let project = Project::new();
    let (key, other) = (openai_key("quoted"), expand("glpat-{url64:20}", "other"));
    let shows = |ran: &crate::support::Ran| {
        windows(&key[8..key.len() - 4]).any(|piece| (ran.stdout.clone() + &ran.stderr).contains(piece))
    };
    let hidden = |arguments: &[&str], why: &str| {
        let ran = project.keyward(arguments);
        assert!(!shows(&ran), "{why}: {ran:?}");
        ran
    };
    // Beside a finding, while its own rule is left out.
    project.file("a.py", format!("G = '{other}'; K = '{key}'\n"));
    for selection in [["--only", "gitlab"], ["--skip", "openai"]] {
        assert!(hidden(&selection, "left out").stdout.contains("gitlab-personal-access-token"));
    }
    // In the reason of a mark and of an entry.
    project.file("a.py", format!("K = '{key}'  # keyward: allow openai-api-key -- the key is {key}\n"));
    assert!(hidden(&["--show-suppressed", "-f", "json"], "reason").stdout.contains("the key is ***"));
    // In the configuration: as an unknown key, as a value of the wrong kind, in a line beside a mistake; and in a rule file.
    for config in [
        format!("api_key = \"{key}\"\n"),
        format!("fail-on = \"{key}\"\n"),
        format!("only = [\"{key}\"]\n"),
        format!("[[allow]]\nreason = \"x\"\nfingerprint = \"{key}\"\n"),
        format!("[[allow]]\nreason = \"x\"\nrule = \"openai\"\nexpires = \"{key}\"\n"),
    ] {
        project.file("keyward.toml", &config);
        assert_eq!(hidden(&[], &config).code, 2, "{config}");
    }
    fs::remove_file(project.path("keyward.toml")).unwrap();
    project.file("mine/x.toml", format!("[provider]\nid = \"x\"\nname = \"X\"\nkey = \"{key}\"\n"));
    assert_eq!(hidden(&["--rules", "mine"], "rule file").code, 2);
    assert_eq!(hidden(&["--only", &key], "argument").code, 2);
}

/// All there are: `every_format_is_looked_at` holds it to the help.
const FORMATS: [&str; 10] =
    ["terminal", "json", "jsonl", "sarif", "github", "gitlab", "junit", "csv", "markdown", "html"];

#[test]
fn every_format_is_looked_at() {
    let help = Project::new().keyward(&["--help"]).stdout;
    let (_, list) = help.split_once("--format <FORMAT>").unwrap();
    let (list, _) = list.split_once("-o, --output").unwrap();
    let told: Vec<&str> = list
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- "))
        .filter_map(|line| line.split(':').next())
        .collect();
    assert_eq!(told, FORMATS, "{help}");
}

/// Runs keyward in every format and asserts that no part of `hidden` is shown, and that `shown` is.
#[track_caller]
fn assert_hidden(repo: &Repo, arguments: &[&str], hidden: &[&str], shown: &str) {
    for format in FORMATS {
        let Ran { stdout, stderr, .. } = repo.keyward(&[arguments, &["--verbose", "-f", format]].concat());
        let text = stdout + &stderr;
        for secret in hidden {
            let leaked = windows(secret).find(|piece| text.contains(piece));
            assert_eq!(leaked, None, "{arguments:?} {format}: {text}");
        }
        // Some formats escape the mask, and all break lines.
        let joined: String = text.split_whitespace().collect();
        assert!(joined.contains(shown), "{arguments:?} {format} shows {shown}: {text}");
    }
}

#[test]
fn a_key_in_the_name_of_a_file_or_a_reference_is_masked_and_the_file_can_still_be_told() {
    let repo = Repo::new();
    let (key, other) = (openai_key("named"), openai_key("branch"));
    // Without the name of its provider this is a key only for who has read the file.
    let plain = expand("{hex:40}", "plain");
    let hidden = [&key[8..key.len() - 4], &other[8..other.len() - 4], &plain[..36]];
    repo.git(&["tag", "base"]);
    repo.file(&format!("keys/{key}.py"), secret("content"));
    repo.file(&format!("big/{key}"), "x".repeat(3000))
        .file(&format!("tokens/{plain}"), format!("DEEPGRAM_API_KEY={plain}\n"));
    repo.git(&["add", "-A"]);
    let small = ["--max-file-size", "2000"];
    assert_hidden(&repo, &["--staged", small[0], small[1]], &hidden, "keys/sk-proj-");
    commit(&repo, "named");
    repo.git(&["branch", &other]).git(&["tag", "-a", &format!("v-{other}"), "-m", &secret("tag")]);
    for what in [&["."][..], &["--diff", "base..HEAD"], &["--history"]] {
        assert_hidden(&repo, &[what, &small].concat(), &hidden, "keys/sk-proj-");
    }
    let report = repo.keyward(&["--history", "-f", "json"]);
    assert!(
        report.stdout.contains("refs/heads/sk-proj-•") && report.stdout.contains("refs/tags/v-sk-proj-•"),
        "{report:?}"
    );
    let report = crate::git::json(&repo.keyward(&["-f", "json"]));
    let paths: Vec<&str> =
        report["findings"].as_array().unwrap().iter().map(|f| f["location"]["path"].as_str().unwrap()).collect();
    assert_eq!(paths.len(), 2, "{report:#}");
    assert_eq!(paths[0], format!("keys/sk-proj-{}{}.py", "•".repeat(key.len() - 12), &key[key.len() - 4..]));
    assert_eq!(paths[1], format!("tokens/{}{}", "•".repeat(36), &plain[36..]));
}

#[test]
fn exceptions_know_the_name_of_a_file_as_it_is() {
    let repo = Repo::new();
    let key = openai_key("named");
    repo.file(&format!("keys/{key}.py"), secret("content"));
    repo.file("keyward.toml", "[[allow]]\npath = 'keys/*T3BlbkFJ*.py'\nreason = 'a test'\n");
    let ran = repo.keyward(&["-f", "json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!ran.stdout.contains(&key[8..30]) && ran.stdout.contains("\"suppressed\": 1"), "{ran:?}");
}
