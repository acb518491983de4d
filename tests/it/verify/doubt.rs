//! Where it is not certain what belongs to a key, whose it is or where it is used: nothing good is called dead, and nothing goes to a stranger.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use keyward::rules::template::expand;
use serde_json::Value;

use super::server::{Act, MODELS, Server};
use crate::support::{Project, Ran, openai_key};

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

/// `status/reason` of findings of `rule`.
fn said(report: &Value, rule: &str) -> Vec<String> {
    let all = report["findings"].as_array().unwrap().iter().filter(|finding| finding["rule"] == rule);
    let show = |said: &Value| format!("{}/{}", said["status"].as_str().unwrap(), said["reason"].as_str().unwrap());
    all.map(|finding| show(&finding["verification"])).collect()
}

/// A Langfuse that knows the `pairs`.
fn langfuse(pairs: Vec<String>) -> Server {
    Server::new(move |asked, _| {
        let pair = asked.header("authorization").trim_start_matches("Basic ");
        let pair = String::from_utf8(STANDARD.decode(pair).unwrap()).unwrap();
        if pairs.contains(&pair) {
            Act::json(200, r#"{"data":[]}"#)
        } else {
            Act::json(401, r#"{"error":"UnauthorizedError","message":"Invalid credentials."}"#)
        }
    })
}

#[test]
fn of_several_pairs_in_a_file_each_key_finds_its_half() {
    let half = |kind: &str, number: usize| expand(&format!("{kind}-lf-{{uuid}}"), &format!("half {number}"));
    let pair = |number: usize| format!("{}:{}", half("pk", number), half("sk", number));
    let server = langfuse((0..3).map(pair).collect());
    let object = |number: usize| {
        format!(r#"{{"public":"{}","note":"a longer note","secret":"{}"}}"#, half("pk", number), half("sk", number))
    };
    for text in [
        format!("[{},{},{}]", object(0), object(1), object(2)),
        format!("{}\n{}\n", half("sk", 0), half("pk", 1)) + &format!("{}\n{}\n", half("sk", 1), half("pk", 0)),
    ] {
        let project = Project::new();
        project.file("a.json", &text);
        let report = project.report(&["--verify", &server.option("langfuse")]);
        let said = said(&report, "langfuse-secret-key");
        assert!(said.len() >= 2 && said.iter().all(|said| said == "live/ok"), "{text}: {said:?}");
    }
    // The half stands in the other file.
    let project = Project::new();
    project
        .file("a.env", format!("A={}\nB={}\n", half("pk", 7), half("sk", 1)))
        .file("b.env", format!("A={}\nB={}\n", half("pk", 1), half("sk", 1)));
    let report = project.report(&["--verify", &server.option("langfuse")]);
    assert_eq!(said(&report, "langfuse-secret-key"), ["live/ok", "live/ok"]);
}

#[test]
fn a_key_with_more_halves_around_it_than_are_tried_is_not_dead() {
    let server = langfuse(Vec::new());
    let secret = expand("sk-lf-{uuid}", "many");
    for (number, verdict) in [(1, "dead/rejected"), (3, "dead/rejected"), (5, "unknown/unexpected-answer")] {
        let halves: String = (0..number).map(|at| expand("pk-lf-{uuid}\n", &format!("many {at}"))).collect();
        let project = Project::new();
        project.file("a.env", format!("{halves}S={secret}\n"));
        let before = server.asked().len();
        let report = project.report(&["--verify", &server.option("langfuse")]);
        assert_eq!(said(&report, "langfuse-secret-key"), [verdict], "{number}");
        assert_eq!(server.asked().len() - before, number.min(3));
        let finding = &report["findings"][0];
        assert!(!finding["message"].as_str().unwrap().contains("revoked"), "{finding}");
    }
}

#[test]
fn another_half_than_its_own_does_not_make_an_aws_key_dead() {
    let server = Server::new(|_, _| Act::json(403, "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code>"));
    let project = Project::new();
    let [id, secret] = ["AKIA{base32:16}", "{b64:40}"].map(|template| expand(template, "aws"));
    project.file("a.env", format!("AWS_ACCESS_KEY_ID={id}\nAWS_SECRET_ACCESS_KEY={secret}\n"));
    let report = project.report(&["--verify", &server.option("aws")]);
    assert_eq!(said(&report, "aws-secret-access-key"), ["unknown/unexpected-answer"]);
    let text = report.to_string();
    assert!(text.contains("of another pair") && !text.contains("revoked or deleted"), "{text}");
    // An id that an exception allows is not sent along.
    let before = server.asked().len();
    project.file(
        "a.env",
        format!("AWS_ACCESS_KEY_ID={id} # keyward: allow aws-access-key-id -- known\nAWS_SECRET_ACCESS_KEY={secret}\n"),
    );
    let report = project.report(&["--show-suppressed", "--verify", &server.option("aws")]);
    assert_eq!(said(&report, "aws-access-key-id"), ["not-checked/suppressed"]);
    assert_eq!(said(&report, "aws-secret-access-key"), ["not-checked/not-verifiable"]);
    assert_eq!(server.asked().len(), before);
}

#[test]
fn what_is_left_out_of_a_report_makes_no_key_certain() {
    let key = expand("sk-{hex:32}", "claimed");
    let server = Server::new(|_, _| Act::json(200, r#"{"is_available":true}"#));
    for (config, arguments) in [
        ("skip = ['dashscope-api-key']\n", &[][..]),
        ("", &["--skip", "dashscope-api-key"]),
        ("", &["--only", "deepseek-api-key"]),
    ] {
        let project = Project::new();
        project.file("a.env", format!("DEEPSEEK_API_KEY={key}\n")).file("b.env", format!("DASHSCOPE_API_KEY={key}\n"));
        project.file("keyward.toml", config);
        let report = project.report(&[&["--verify", &server.option("deepseek")], arguments].concat());
        assert_eq!(said(&report, "deepseek-api-key"), ["unknown/ambiguous-provider"], "{config} {arguments:?}");
    }
    assert!(server.asked().is_empty());
}

#[test]
fn the_users_own_addresses_and_time_hold_for_one_key_too() {
    let (server, key) = (Server::new(|_, _| Act::json(200, MODELS)), openai_key("own file"));
    let home = Project::without_git();
    home.file("keyward/config.toml", format!("verify-timeout = 9\n[verify-url]\nopenai = '{}'\n", server.url()));
    let variables = [("XDG_CONFIG_HOME", home.root().to_str().unwrap()), ("KEY", &key)];
    let ran = home.keyward_with(&["verify", "--env", "KEY"], &variables);
    assert_eq!((ran.code, server.asked().len()), (0, 1), "{ran:?}");
    let stalled = Server::new(|_, _| Act::Stall);
    home.file("keyward/config.toml", format!("verify-timeout = 1\n[verify-url]\nopenai = '{}'\n", stalled.url()));
    let ran = home.keyward_with(&["verify", "--env", "KEY", "--format", "json"], &variables);
    assert_eq!(json(&ran)["verification"]["reason"], "timeout");
}

#[test]
fn the_users_own_addresses_hold_for_the_doctor_too() {
    let (server, key) = (Server::new(|_, _| Act::json(200, MODELS)), openai_key("own gateway"));
    let (home, project) = (Project::without_git(), Project::new());
    project.file("app.py", "from openai import OpenAI\nOpenAI()\n");
    home.file("keyward/config.toml", format!("[verify-url]\nopenai = '{}'\n", server.url()));
    let variables = [("XDG_CONFIG_HOME", home.root().to_str().unwrap()), ("OPENAI_API_KEY", &key)];
    let ran = project.keyward_with(&["doctor", "--verify"], &variables);
    assert!(ran.stdout.contains("live: it works right now"), "{ran:?}");
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_key_whose_variables_lead_elsewhere_is_not_sent_to_the_vendor() {
    let project = Project::without_git();
    for (name, template, more, value) in [
        ("LANGFUSE_SECRET_KEY", "sk-lf-{uuid}", "LANGFUSE_HOST", "https://lf.acme.example"),
        ("WANDB_API_KEY", "{hex:40}", "WANDB_BASE_URL", "https://wb.acme.example"),
        ("LANGSMITH_API_KEY", "lsv2_pt_{hex:32}_{hex:10}", "LANGSMITH_ENDPOINT", "https://ls.acme.example/api"),
        ("DEEPSEEK_API_KEY", "sk-{hex:32}", "DEEPSEEK_BASE_URL", "https://relay.acme.example/v1"),
        ("GITLAB_TOKEN", "glpat-{url64:20}", "GITLAB_HOST", "code.acme.example"),
        ("GITLAB_TOKEN", "glpat-{url64:20}", "CI_SERVER_URL", "https://code.acme.example"),
        ("GH_TOKEN", "ghp_{crc62:30}", "GH_HOST", "code.acme.example"),
        ("GH_TOKEN", "ghp_{crc62:30}", "GITHUB_API_URL", "https://code.acme.example/api/v3"),
        ("SENTRY_AUTH_TOKEN", "sntryu_{hex:64}", "SENTRY_URL", "https://errors.acme.example/"),
    ] {
        let key = expand(template, more);
        let public = expand("pk-lf-{uuid}", more);
        let variables = [(name, &*key), (more, value), ("LANGFUSE_PUBLIC_KEY", &public)];
        let ran = project.keyward_with(&["verify", "--env", name, "--format", "json"], &variables);
        let said = json(&ran);
        assert_eq!(
            (ran.code, &said["verification"]["reason"]),
            (2, &Value::from("host-not-allowed")),
            "{name}: {said:#}"
        );
        assert!(said["verification"]["advice"].as_str().unwrap().contains("acme.example"), "{said}");
    }
    // Who says where to ask is heard.
    let server = Server::new(|_, _| Act::json(200, r#"{"is_available":true}"#));
    let key = expand("sk-{hex:32}", "typed");
    let variables = [("DEEPSEEK_API_KEY", &*key), ("DEEPSEEK_BASE_URL", "https://relay.acme.example")];
    let option = server.option("deepseek");
    project.keyward_with(&["verify", "--env", "DEEPSEEK_API_KEY", &option], &variables);
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_key_typed_where_none_belongs_is_not_repeated() {
    let project = Project::without_git();
    for template in ["sk-proj-{url64:74}T3BlbkFJ{url64:74}", "ghp_{crc62:30}", "AKIA{base32:16}"] {
        let key = expand(template, "typed");
        for arguments in [
            vec!["verify".to_owned(), "--env".to_owned(), key.clone()],
            vec!["verify".to_owned(), key.clone()],
            vec!["verify".to_owned(), format!("--{key}")],
            vec!["verify".to_owned(), "--provider".to_owned(), key.clone()],
            vec!["verify".to_owned(), "--verify-url".to_owned(), format!("openai=https://u:{key}@h/")],
            vec!["--verify".to_owned(), format!("--verify-url=openai=https://h/?key={key}")],
            vec![format!("--verify={key}")],
            vec!["--format".to_owned(), key.clone()],
        ] {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let ran = project.keyward(&arguments);
            let all = ran.stdout.clone() + &ran.stderr;
            let hidden = key.as_bytes()[8..key.len() - 4].windows(8);
            let leaks = hidden.into_iter().any(|piece| all.contains(std::str::from_utf8(piece).unwrap()));
            assert!(ran.code == 2 && !leaks, "{arguments:?}: {all}");
        }
    }
}

#[test]
fn an_address_without_encryption_is_asked_without_a_proxy() {
    let (project, key) = (Project::new(), openai_key("clear"));
    project.file("a.py", format!("K = '{key}'\n"));
    let (proxy, server) = (Server::new(|_, _| Act::json(403, "")), Server::new(|_, _| Act::json(200, MODELS)));
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
        let before = server.asked().len();
        let ran = project.keyward_with(&["-f", "json", "--verify", &server.option("openai")], &[(name, &proxy.url())]);
        assert_eq!(said(&json(&ran), "openai-api-key"), ["live/ok"], "{name}");
        assert_eq!(server.asked().len() - before, 1, "{name}");
    }
    assert!(proxy.asked().is_empty(), "{:?}", proxy.asked());
}

#[test]
fn a_proxy_that_cannot_be_used_lets_nothing_out() {
    let (project, key) = (Project::new(), openai_key("barred"));
    project.file("a.py", format!("K = '{key}'\n"));
    let proxy = Server::new(|_, _| Act::Say(403, Vec::new(), String::new()));
    let run = |variables: &[(&str, &str)]| {
        let ran = project.keyward_with(&["-f", "json", "--verify", "--verify-timeout", "4"], variables);
        let report = json(&ran);
        (said(&report, "openai-api-key"), report.to_string())
    };
    let socks = proxy.url().replace("http://", "socks5://");
    for variables in [
        vec![("HTTPS_PROXY", &*socks)],
        vec![("ALL_PROXY", &socks)],
        vec![("all_proxy", "socks5h://127.0.0.1:9")],
        vec![("HTTPS_PROXY", "http://no host:1")],
        vec![("HTTPS_PROXY", &socks), ("ALL_PROXY", "http://127.0.0.1:9")],
    ] {
        let (said, text) = run(&variables);
        assert_eq!(said, ["unknown/network"], "{variables:?}");
        assert!(text.contains("nothing was sent: the proxy"), "{text}");
    }
    assert!(proxy.asked().is_empty(), "{:?}", proxy.asked());
    let (_, _) = run(&[("ALL_PROXY", &socks), ("HTTPS_PROXY", &proxy.url())]);
    assert!(!proxy.asked().is_empty(), "HTTPS_PROXY goes before ALL_PROXY");
}
