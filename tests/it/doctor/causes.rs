//! Each cause that makes a provider refuse a key, as a project that has it: the line that fails, the closing sentence, the next step, the exit code.

use std::collections::BTreeSet;

use super::{Patient, items, lines, patients};

#[test]
fn every_cause_fails_its_line_and_is_the_closing_sentence() {
    let mut wrong = Vec::new();
    for patient in patients() {
        let (checkup, code) = patient.checkup();
        let header = |name: &str| lines(&patient.tree, name).next().map(str::to_owned);
        let expected: BTreeSet<String> =
            header("fails").unwrap_or_default().split_ascii_whitespace().map(str::to_owned).collect();
        let failed: BTreeSet<String> = items(&checkup, "failed").into_iter().collect();
        let cause = &checkup["sections"][0]["cause"];
        let mut differ = |what: &str, wanted: String, found: String| {
            if wanted != found {
                wrong.push(format!("{} {what}\n  expected {wanted}\n  found    {found}", patient.tree.name));
            }
        };
        differ("fails", format!("{expected:?}"), format!("{failed:?}"));
        differ("cause", header("cause").unwrap_or_default(), without_ids(cause["says"].as_str().unwrap()));
        if let Some(next) = header("next") {
            differ("next", next, cause["next"].as_str().unwrap_or_default().to_owned());
        }
        differ("exit", header("exit").unwrap_or_default(), code.to_string());
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn nobody_is_asked_without_verify_and_each_distinct_key_once_with_it() {
    for patient in patients() {
        let (checkup, _) = patient.checkup();
        let asked = patient.server.asked();
        if checkup["asked"] == false {
            assert!(asked.is_empty(), "{}: {asked:?}", patient.tree.name);
            continue;
        }
        // What may pass is tried again, and ids are tried in a second call.
        let plain = asked.iter().filter(|asked| {
            asked.header("openai-organization").is_empty() && asked.header("openai-project").is_empty()
        });
        let keys: BTreeSet<&str> = plain.map(|asked| asked.header("authorization")).collect();
        let answered = lines(&patient.tree, "answer").count();
        assert_eq!(keys.len(), answered, "{}", patient.tree.name);
    }
}

#[test]
fn an_id_of_an_organisation_is_tried_only_after_the_key_was_called_good() {
    let patient = Patient::named("organisation-of-somebody-else");
    patient.checkup();
    let asked = patient.server.asked();
    let ids: Vec<&str> = asked.iter().map(|asked| asked.header("openai-organization")).collect();
    assert_eq!(ids, ["", "org-AbCdEfGhIjKlMnOpQrStUvWx"]);
    let dead = Patient::named("rotated-in-the-file");
    dead.checkup();
    assert!(dead.server.asked().iter().all(|asked| asked.header("openai-organization").is_empty()));
}

/// `text` without the ids of commits, which depend on the version of git.
fn without_ids(text: &str) -> String {
    let is_id = |word: &&str| word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.split(' ').map(|word| if is_id(&word) { "ID" } else { word }).collect::<Vec<_>>().join(" ")
}
