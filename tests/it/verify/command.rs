//! `keyward verify`: one key, from standard input or a variable.

use keyward::rules::template::expand;
use serde_json::Value;

use super::server::{Act, MODELS, REFUSED, Server};
use crate::support::{Project, Ran, openai_key};

fn verify(server: &Server, arguments: &[&str], input: &str) -> Ran {
    let option = server.option("openai");
    Project::without_git().keyward_with_input(&[&["verify", &option], arguments].concat(), input.as_bytes())
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

fn live() -> Server {
    Server::new(|_, _| Act::json(200, MODELS))
}

#[test]
fn a_live_key_is_exit_code_0_and_is_never_shown() {
    let (server, key) = (live(), openai_key("live"));
    for input in [key.clone(), format!("{key}\n"), format!("{key}\r\n")] {
        let ran = verify(&server, &[], &input);
        assert_eq!(ran.code, 0, "{ran:?}");
        let tail = &key[160..];
        assert_eq!(
            ran.stdout,
            format!(
                "key:      sk-proj-…{tail}, 164 characters\nkind:     OpenAI API key (project), issued by OpenAI\n\
                 shape:    whole: 74 characters before the marker, 74 behind it\n\
                 answer:   live (ok, HTTP 200): it works right now\n\
                 advice:   whether there is credit behind it was not asked\n"
            )
        );
    }
    assert_eq!(server.asked()[0].header("authorization"), format!("Bearer {key}"));
}

#[test]
fn a_dead_key_is_exit_code_1_and_one_that_cannot_be_told_2() {
    let dead = Server::new(|_, _| Act::json(401, REFUSED));
    assert_eq!(verify(&dead, &[], &openai_key("dead")).code, 1);
    let odd = Server::new(|_, _| Act::json(404, "{}"));
    let ran = verify(&odd, &["--format", "json"], &openai_key("odd"));
    assert_eq!(ran.code, 2);
    let said = json(&ran);
    assert_eq!(said["verification"]["reason"], "unexpected-answer");
    assert_eq!(said["verification"]["http_status"], 404);
    assert_eq!(
        [&said["schema"], &said["provider"], &said["rule"], &said["kind"]],
        ["keyward-verify/1", "openai", "openai-api-key", "project"]
    );
    assert_eq!(said["halves"], serde_json::json!([74, 74]));
}

#[test]
fn a_value_that_cannot_be_a_key_is_exit_code_1_and_is_not_sent() {
    let server = live();
    for (value, flaw) in [
        ("", "empty"),
        ("undefined", "unset"),
        ("$OPENAI_API_KEY", "not-expanded"),
        ("sk-proj-your-key-here", "placeholder"),
        ("sk-proj-{url64:74}T3BlbkFJ{url64:60}", "cut-off"),
        ("gsk_{alnum:52}", "other-provider"),
        ("hunter2-hunter2-hunter3", "unknown-form"),
    ] {
        let value = expand(value, "no key");
        let ran = verify(&server, &["--provider", "openai", "--format", "json"], &value);
        assert_eq!(ran.code, 1, "{value}: {ran:?}");
        let said = json(&ran);
        assert_eq!(said["flaws"][0]["id"], flaw);
        assert_eq!(said["verification"]["status"], "not-checked");
        assert!(value.len() < 12 || !ran.stdout.contains(&value), "{ran:?}");
    }
    assert!(server.asked().is_empty());
}

#[test]
fn a_key_with_something_around_it_is_asked_about_without_it_and_is_exit_code_1() {
    let (server, key) = (live(), openai_key("quoted"));
    for around in [format!("\"{key}\""), format!("Bearer {key}"), format!(" {key} "), format!("{key}\n\n")] {
        let ran = verify(&server, &["--format", "json"], &around);
        let said = json(&ran);
        assert_eq!((ran.code, &said["verification"]["status"]), (1, &Value::from("live")), "{around:?}");
        assert_eq!(said["flaws"].as_array().unwrap().len(), 1, "{said:#}");
    }
    assert!(server.asked().iter().all(|asked| asked.header("authorization") == format!("Bearer {key}")));
}

#[test]
fn a_key_is_taken_from_a_variable_and_never_from_an_argument() {
    let (server, key) = (live(), openai_key("variable"));
    let (project, option) = (Project::without_git(), server.option("openai"));
    let ran = project.keyward_with(&["verify", "--env", "MY_KEY", &option], &[("MY_KEY", &key)]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let ran = project.keyward(&["verify", &key, &option]);
    assert_eq!(ran.code, 2);
    assert_eq!(server.asked().len(), 1);
    let ran = project.keyward(&["verify", "--env", "MY_KEY", &option]);
    assert!(ran.code == 2 && ran.stderr.contains("no environment variable called `MY_KEY`"), "{ran:?}");
}

#[test]
fn a_key_of_which_nobody_knows_whose_it_is_is_exit_code_2() {
    let server = live();
    let ran = verify(&server, &["--format", "json"], &expand("sk-{hex:32}", "bare"));
    assert_eq!(ran.code, 2);
    let said = json(&ran);
    assert_eq!(said["verification"]["reason"], "ambiguous-provider");
    assert_eq!(said["candidates"], serde_json::json!(["Alibaba Model Studio (DashScope)", "DeepSeek"]));
    let ran = verify(&server, &["--provider", "nobody"], "x");
    assert!(ran.code == 2 && ran.stderr.contains("no way to ask a provider called `nobody`"), "{ran:?}");
}

#[test]
fn a_limit_of_time_is_kept() {
    let server = Server::new(|_, _| Act::Stall);
    let ran = verify(&server, &["--verify-timeout", "1", "--format", "json"], &openai_key("stalled"));
    assert_eq!((ran.code, &json(&ran)["verification"]["reason"]), (2, &Value::from("timeout")), "{ran:?}");
}

#[test]
fn organisation_and_project_are_named_in_a_second_question_only() {
    let server = Server::new(|asked, _| match (asked.header("openai-organization"), asked.header("openai-project")) {
        ("", "") | ("org-right", _) => Act::json(200, MODELS),
        _ => Act::json(401, r#"{"error":{"message":"x","code":"mismatched_organization"}}"#),
    });
    let (project, option, key) = (Project::without_git(), server.option("openai"), openai_key("organisation"));
    for (organisation, reason, questions) in [
        (None, "ok", 1),
        (Some("org-right"), "ok", 2),
        (Some("org-wrong"), "wrong-organization", 2),
        (Some("a\nb"), "ok", 1),
    ] {
        let before = server.asked().len();
        let variables = [("KEY", Some(&*key)), ("OPENAI_ORG_ID", organisation)];
        let variables: Vec<(&str, &str)> =
            variables.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let ran = project.keyward_with(&["verify", "--env", "KEY", "--format", "json", &option], &variables);
        assert_eq!((json(&ran)["verification"]["reason"].as_str(), ran.code), (Some(reason), 0), "{ran:?}");
        let asked = server.asked()[before..].to_vec();
        assert_eq!(asked.len(), questions, "{organisation:?}");
        assert_eq!(asked[0].header("openai-organization"), "");
    }
    // A scan asks about the key and not about this shell.
    project.file("a.py", format!("K = '{key}'\n"));
    let before = server.asked().len();
    project.keyward_with(&["--verify", &option], &[("OPENAI_ORG_ID", "org-wrong")]);
    assert!(server.asked()[before..].iter().all(|asked| asked.header("openai-organization").is_empty()));
}
