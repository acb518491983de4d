//! Keys that a program puts together: where they are found, what is said of their pieces, and what is shown of them.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use keyward::{
    detect::{Detector, Text},
    rules::{Anchor, RuleSet, template::expand},
};

use super::findings;
use crate::{
    git::{commit, json},
    hook::Repo,
    support::{Project, openai_key},
};

const ONLY: [&str; 2] = ["--only", "secrets"];

/// `text` with the pieces of `key`, cut at `cuts`, in the place of `{0}`, `{1}` and so on.
fn program(text: &str, key: &str, cuts: &[usize]) -> String {
    let bounds = [&[0][..], cuts, &[key.len()]].concat();
    let pieces = bounds.windows(2).map(|pair| &key[pair[0]..pair[1]]);
    pieces.enumerate().fold(text.to_owned(), |text, (at, piece)| text.replace(&format!("{{{at}}}"), piece))
}

fn found(name: &str, text: &str) -> Vec<String> {
    let project = Project::new();
    project.file(name, text);
    findings(&project.report(&ONLY))
}

#[test]
fn a_sum_is_told_from_its_first_piece_to_its_last_and_each_piece_is_pointed_at() {
    let project = Project::new();
    let key = openai_key("sum");
    project.file("src/app.js", program("// é\nconst key = \"{0}\" + \"{1}\" +\n  '{2}';\n", &key, &[3, 60]));
    let report = project.report(&ONLY);
    assert_eq!(findings(&report), ["src/app.js:2:14-3:108 openai-api-key split"]);
    let finding = &report["findings"][0];
    assert_eq!(finding["confidence"], "medium");
    assert!(finding["message"].as_str().unwrap().ends_with(", put together from 3 pieces"), "{finding:#}");
    assert_eq!(finding["secret"]["length"], 164);
    let place = |related: &serde_json::Value| {
        let number = |name: &str| related["location"][name].as_u64().unwrap();
        (number("start_line"), number("start_column"), number("end_line"), number("end_column"))
    };
    let related = finding["related"].as_array().unwrap();
    assert_eq!(related.iter().map(place).collect::<Vec<_>>(), [(2, 14, 2, 17), (2, 22, 2, 79), (3, 4, 3, 108)]);
    assert!(related.iter().all(|piece| piece["message"] == "a piece of it stands here"));
}

#[test]
fn every_language_and_form_is_told_at_its_place() {
    let key = openai_key("forms");
    let reversed: String = key.chars().rev().collect();
    let codes = |text: &str| text.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(", ");
    for (name, text, expected) in [
        ("a.ts", program("const k: string = `{0}${'{1}'}{2}`", &key, &[8, 90]), "1:20-1:189 split"),
        ("a.tsx", program("const a = <A k={['{0}', \"{1}\"].join('')} />", &key, &[40]), "1:19-1:187 split"),
        ("a.py", program("key = (\n    '{0}'\n    \"{1}\"\n)\n", &key, &[100]), "2:6-3:70 split"),
        ("b.py", program("key = f\"{0}{'{1}'}\"\n", &key, &[30]), "1:9-1:175 split"),
        ("c.py", program("k = '{0}'\nk += '{1}'\n", &key, &[30]), "1:6-2:141 split"),
        ("d.py", program("A = '{0}'\nB = '{1}'\nclient(A + B)\n", &key, &[30]), "3:8-3:13 split"),
        (
            "a.vue",
            program("<template/>\n<script lang=\"ts\">\nconst k = '{0}' + '{1}'\n</script>", &key, &[8]),
            "3:12-3:181 split",
        ),
        ("a.html", program("<p>x</p><script>k = '{0}' + '{1}'</script>", &key, &[8]), "1:22-1:191 split"),
        ("r.js", format!("k('{reversed}'.split('').reverse().join(''))"), "1:4-1:168 reversed"),
        ("r.py", format!("k('{reversed}'[::-1])"), "1:4-1:168 reversed"),
        ("n.js", format!("k(String.fromCharCode({}))", codes(&key)), "char-codes"),
        ("n.py", format!("k(bytes([{}]).decode())", codes(&key)), "char-codes"),
        ("b.js", program("atob('{0}' + '{1}')", &STANDARD.encode(&key), &[20]), "1:7-1:231 split,base64"),
    ] {
        let found = found(name, &text);
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        assert!(found[0].starts_with(&format!("{name}:")) && found[0].ends_with(expected.rsplit(' ').next().unwrap()));
        if expected.contains(':') {
            let (place, decoded) = expected.split_once(' ').unwrap();
            assert_eq!(found, [format!("{name}:{place} openai-api-key {decoded}")]);
        }
    }
}

#[test]
fn what_stands_around_an_expression_speaks_for_the_provider() {
    let key = expand("sk-{hex:32}", "deepseek");
    let text = program("DEEPSEEK_API_KEY = '{0}' + '{1}'\n", &key, &[10]);
    assert_eq!(found("a.py", &text), ["a.py:1:21-1:61 deepseek-api-key split"]);
}

#[test]
fn keys_of_all_rules_that_know_how_they_begin_are_found_in_two_pieces() {
    let detector = Detector::new(Arc::new(RuleSet::builtin()), &[]);
    let project = Project::new();
    let mut expected = Vec::new();
    for (_, rule) in detector.rules().iter() {
        let spec = &rule.spec;
        if spec.anchor == Anchor::Marker || (spec.anchor == Anchor::Start && !spec.pattern.contains("(?<")) {
            for example in rule.examples().0 {
                let text = expand(&example.text, "two pieces");
                let found = detector.detect(Text { bytes: text.as_bytes(), path: None, binary: false }, None);
                let Some(key) = found.candidates.first().map(|found| &text[found.span.range()]) else { continue };
                let literal = spec.literals.iter().find(|literal| key.starts_with(*literal)).map_or(8, String::len);
                let plain = format!("{} = '{key}'\n", rule.provider.env.first().map_or("KEY", String::as_str));
                let path = format!("{}/{}.py", rule.id(), expected.len());
                let as_it_is =
                    detector.detect(Text { bytes: plain.as_bytes(), path: Some(&path), binary: false }, None);
                let is_short = key.len() < literal + 16 || !key.bytes().all(|byte| byte.is_ascii_graphic());
                if is_short || !key.starts_with(|first: char| first.is_ascii_alphanumeric()) {
                    continue;
                }
                if let [only] = &as_it_is.candidates[..] {
                    let (first, second) = key.split_at(literal + (key.len() - literal) / 3);
                    project.file(&path, plain.replace(key, &format!("{first}' '{second}")));
                    expected.push(format!("{path}:1 {}", detector.rules().at(only.rule).id()));
                }
            }
        }
    }
    assert!(expected.len() > 100, "{}", expected.len());
    expected.sort();
    let mut found = project.findings(&ONLY);
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn a_key_is_told_once_however_often_it_is_read_and_as_what_it_is_when_whole() {
    let key = openai_key("once");
    let read = "const K = '{0}' + '{1}'\nf(`Bearer ${K}`)\ng({ key: K + '' })\n";
    assert_eq!(found("a.js", &program(read, &key, &[30])), ["a.js:1:12-1:181 openai-api-key split"]);
    let truncated = program("const K = '{0}' + '{1}'\n", &key, &[120]);
    assert_eq!(found("a.js", &truncated), ["a.js:1:12-1:181 openai-api-key split"], "no truncated key besides");
    let whole = format!("const K = '{key}' + suffix\nf('Bearer ' + K)\n");
    assert_eq!(found("a.js", &whole), ["a.js:1:12-1:176 openai-api-key "]);
}

#[test]
fn many_pieces_and_encodings_lower_the_confidence() {
    let confidence = |text: &str| {
        let project = Project::new();
        project.file("a.js", text);
        project.report(&ONLY)["findings"][0]["confidence"].as_str().unwrap().to_owned()
    };
    let key = openai_key("doubt");
    let characters: Vec<String> = key.chars().map(|character| format!("'{character}'")).collect();
    assert_eq!(confidence(&format!("const k = [{}].join('')", characters.join(", "))), "low");
    assert_eq!(confidence(&program("const k = '{0}' + '{1}'", &key, &[9])), "medium");
    let reversed: String = key.chars().rev().collect();
    assert_eq!(confidence(&format!("k('{reversed}'.split('').reverse().join(''))")), "high");
}

#[test]
fn index_ranges_and_history_put_keys_together_as_well() {
    let repo = Repo::new();
    let filler = "// a line of something that stays\n".repeat(100);
    let text = |seed: &str| filler.clone() + &program("const k = '{0}' + '{1}'\n", &openai_key(seed), &[3]);
    let place = "app.js:101:12-101:181 openai-api-key split";
    let run = |arguments: &[&str]| {
        findings(&json(&repo.keyward(&[arguments, &["-f", "json", "--skip", "key-older-than"], &ONLY].concat())))
    };
    repo.file("app.js", text("a")).git(&["add", "-A"]);
    assert_eq!(run(&["--staged"]), [place]);
    commit(&repo, "one");
    repo.file("app.js", format!("// moved\n{}", text("a"))).git(&["add", "-A"]);
    assert_eq!(run(&["--staged"]), [""; 0], "the key was there before");
    repo.file("app.js", text("b"));
    commit(&repo, "two");
    assert_eq!(run(&["--diff", "HEAD~1..HEAD"]), [place]);
    repo.git(&["rm", "-q", "app.js"]);
    commit(&repo, "gone");
    assert_eq!(run(&["--history"]), [place, place]);
    repo.git(&["gc", "-q", "--aggressive", "--prune=now"]);
    assert_eq!(run(&["--history"]), [place, place]);
}

#[test]
fn no_format_shows_a_piece() {
    let project = Project::new();
    let key = openai_key("pieces");
    let text = "const k = '{0}' + '{1}' +\n  '{2}'\nconst l = ['{0}', '{1}', '{2}'].join('') // one more\n";
    project.file("a.js", program(text, &key, &[50, 100]));
    for format in ["terminal", "json", "jsonl", "sarif", "github", "markdown"] {
        let ran = project.keyward(&[&["-f", format, "-v"][..], &ONLY].concat());
        let said = ran.stdout + &ran.stderr;
        let is_shown = |at: usize| said.contains(&key[at..at + 9]);
        assert!(!(8..key.len() - 9).any(is_shown), "{format}: {said}");
    }
}

#[test]
fn marks_and_the_depth_are_respected() {
    let key = openai_key("marked");
    let text = program("const k = '{0}' + '{1}' // keyward: allow openai-api-key -- a test\n", &key, &[30]);
    assert_eq!(found("a.js", &text), [""; 0]);
    let project = Project::new();
    project.file("a.js", program("const k = '{0}' + '{1}'\n", &key, &[30]));
    assert_eq!(findings(&project.report(&["--max-decode-depth", "0", "--only", "secrets"])), [""; 0]);
}

#[test]
fn a_program_that_is_too_tangled_is_named() {
    let project = Project::new();
    project.file("a.py", format!("a = 'sk-'\n{}", "a = a + a\n".repeat(60)));
    let report = project.report(&ONLY);
    let notices: Vec<&str> =
        report["notices"].as_array().unwrap().iter().map(|notice| notice["code"].as_str().unwrap()).collect();
    assert_eq!((notices, findings(&report)), (vec!["split-limit"], Vec::new()));
}
