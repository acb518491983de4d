//! `keyward --verify`: who is asked, how often, and what the answers change.

use std::fs;

use keyward::rules::template::expand;
use serde_json::Value;

use super::server::{Act, Asked, MODELS, REFUSED, Server};
use crate::{
    git::commit,
    hook::Repo,
    support::{Project, Ran, openai_key},
};

/// Runs a scan of `project` with verification at `server` and reads its JSON report.
fn report(project: &Project, server: &Server, arguments: &[&str]) -> Value {
    let ran = project.keyward(&[&["-f", "json", "--verify", &server.option("openai")], arguments].concat());
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

/// `severity status/reason` of all findings on secrets.
fn verdicts(report: &Value) -> Vec<String> {
    let is_key = |finding: &&Value| finding["group"] == "secrets" && finding["rule"] != "key-older-than";
    let of_secrets = report["findings"].as_array().unwrap().iter().filter(is_key);
    let show = |finding: &Value| {
        let (severity, said) = (&finding["severity"], &finding["verification"]);
        [severity, &said["status"], &said["reason"]].map(|word| word.as_str().unwrap()).join(" ")
    };
    of_secrets.map(show).collect()
}

fn holds(ran: &Ran, key: &str) -> bool {
    let all = ran.stdout.clone() + &ran.stderr;
    key.as_bytes()[8..key.len() - 4].windows(10).any(|piece| all.contains(std::str::from_utf8(piece).unwrap()))
}

fn live() -> Server {
    Server::new(|_, _| Act::json(200, MODELS))
}

#[test]
fn each_distinct_key_is_asked_about_once_in_one_header() {
    let project = Project::new();
    let (one, two) = (openai_key("one"), openai_key("two"));
    project.file("a.py", format!("K = '{one}'\n")).file("b.py", format!("K = '{one}'; L = '{two}'\n"));
    let server = live();
    let report = report(&project, &server, &[]);
    assert_eq!(verdicts(&report), ["error live ok"; 3]);
    let asked = server.asked();
    let mut sent: Vec<&str> = asked.iter().map(|asked| asked.header("authorization")).collect();
    sent.sort_unstable();
    let mut keys = [format!("Bearer {one}"), format!("Bearer {two}")];
    keys.sort_unstable();
    assert_eq!(sent, keys);
    for Asked { line, headers, body } in asked {
        assert_eq!((line.as_str(), body.as_str()), ("GET /v1/models HTTP/1.1", ""));
        let elsewhere = headers.iter().filter(|(name, _)| name != "authorization").map(|(_, value)| value);
        assert!(elsewhere.into_iter().all(|value| !value.contains("sk-")), "{headers:?}");
        assert!(headers.iter().any(|(name, value)| name == "user-agent" && value.starts_with("keyward/")));
        assert!(!headers.iter().any(|(name, _)| name.starts_with("openai-")), "{headers:?}");
    }
    assert_eq!(report["summary"]["live"], 2);
}

#[test]
fn nobody_is_asked_without_being_told_to() {
    let project = Project::new();
    project.file("a.py", format!("K = '{}'\n", openai_key("quiet")));
    let server = live();
    assert_eq!(verdicts(&project.report(&[])), ["error not-checked not-requested"]);
    let ran = project.keyward(&[&server.option("openai")]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("--verify-url says where to ask, and nothing says that anybody is asked"), "{ran:?}");
    assert!(server.asked().is_empty());
}

#[test]
fn severity_and_message_follow_the_answer() {
    let project = Project::new();
    let keys = ["live", "dead", "restricted", "open"].map(openai_key);
    for (at, key) in keys.iter().enumerate() {
        project.file(&format!("{at}.py"), format!("K = '{key}'\n"));
    }
    let [_, dead, restricted, open] = keys.clone().map(|key| format!("Bearer {key}"));
    let server = Server::new(move |asked, _| match asked.header("authorization") {
        key if key == dead => Act::json(401, REFUSED),
        key if key == restricted => {
            Act::json(401, r#"{"error":{"message":"Missing scopes: api.model.read","code":null}}"#)
        }
        key if key == open => Act::json(403, "<html>blocked</html>"),
        _ => Act::json(200, MODELS),
    });
    let report = report(&project, &server, &[]);
    assert_eq!(
        verdicts(&report),
        ["error live ok", "warning dead rejected", "error live restricted-scope", "error unknown unexpected-answer"]
    );
    let messages: Vec<&str> =
        report["findings"].as_array().unwrap().iter().map(|finding| finding["message"].as_str().unwrap()).collect();
    assert_eq!(messages[0], "OpenAI API key (project); live: it works right now");
    assert_eq!(messages[1], "OpenAI API key (project); dead: revoked or deleted");
    assert_eq!(messages[3], "OpenAI API key (project)");
    let summary = &report["summary"];
    assert_eq!(
        [&summary["live"], &summary["restricted"], &summary["dead"], &summary["unknown"]].map(|n| n.as_u64().unwrap()),
        [2, 1, 1, 1]
    );
    assert_eq!(report["findings"][1]["verification"]["http_status"], 401);
    assert!(report["findings"][2]["verification"]["advice"].as_str().unwrap().contains("api.model.read"));
    // Asked twice: this answer is known to come by mistake.
    assert_eq!(server.asked().len(), 5);
    let shown = project.keyward(&["--verify", &server.option("openai")]);
    assert!(shown.stdout.contains("1 live, 1 restricted, 1 dead, 1 unknown"), "{}", shown.stdout);
    assert!(shown.stdout.contains("  live: whether there is credit behind it was not asked"), "{}", shown.stdout);
    assert!(
        shown.stdout.contains("  open: the answer says nothing about the key; a web page came"),
        "{}",
        shown.stdout
    );
}

#[test]
fn a_dead_key_alone_is_a_warning_for_the_exit_code() {
    let project = Project::new();
    project.file("a.py", format!("K = '{}'\n", openai_key("dead")));
    let server = Server::new(|_, _| Act::json(401, REFUSED));
    let option = server.option("openai");
    assert_eq!(project.keyward(&["--verify", &option]).code, 1);
    assert_eq!(project.keyward(&["--verify", &option, "--fail-on", "error"]).code, 0);
    let ran = project.keyward(&["--fail-on", "error"]);
    assert_eq!(ran.code, 1);
}

#[test]
fn reports_of_every_format_carry_the_answer_and_no_key() {
    let project = Project::new();
    let key = openai_key("formats");
    project.file("a.py", format!("K = '{key}'\n"));
    let server = live();
    for (format, says) in [
        ("terminal", "live: it works right now"),
        ("json", "\"reason\": \"ok\""),
        ("jsonl", "\"status\":\"live\""),
        ("sarif", "\"verification\": \"live/ok\""),
        ("github", "live: it works right now"),
        ("markdown", "live: it works right now"),
    ] {
        let ran = project.keyward(&["-v", "-f", format, "--verify", &server.option("openai")]);
        assert!(ran.stdout.contains(says), "{format}: {}", ran.stdout);
        assert!(!holds(&ran, &key), "{format}: {ran:?}");
    }
}

#[test]
fn allowed_keys_are_never_sent_and_those_of_the_baseline_are() {
    let project = Project::new();
    let keys = ["inline", "config", "baseline", "everywhere"].map(openai_key);
    project.file("baseline.py", format!("K = '{}'\n", keys[2]));
    assert_eq!(project.keyward(&["baseline", "create"]).code, 0);
    project
        .file("inline.py", format!("K = '{}'  # keyward: allow openai-api-key -- a test\n", keys[0]))
        .file("config.py", format!("K = '{}'\n", keys[1]))
        .file("keyward.toml", "[[allow]]\npath = 'config.py'\nreason = 'a test'\n")
        // Allowed at one place and not at the other: it is not sent.
        .file("x.py", format!("K = '{}'  # gitleaks:allow\n", keys[3]))
        .file("y.py", format!("K = '{}'\n", keys[3]));
    let server = live();
    let report = report(&project, &server, &["--show-suppressed"]);
    let sent: Vec<String> = server.asked().iter().map(|asked| asked.header("authorization").to_owned()).collect();
    assert_eq!(sent, [format!("Bearer {}", keys[2])]);
    assert_eq!(
        verdicts(&report),
        [
            "error live ok",
            "error not-checked suppressed",
            "error not-checked suppressed",
            "error not-checked suppressed",
            "error not-checked suppressed"
        ]
    );
    let notice = &report["notices"][0];
    assert_eq!((notice["code"].as_str(), notice["path"].as_str()), (Some("live-in-baseline"), Some("baseline.py")));
}

#[test]
fn nobody_is_asked_about_what_may_be_somebody_elses_or_nothing() {
    let project = Project::new();
    let bare = expand("sk-{hex:32}", "bare");
    project
        .file("bare.py", format!("K = '{bare}'\n"))
        .file("placeholder.env", "OPENAI_API_KEY=sk-proj-your-key-here\n")
        .file("cut.py", expand("K = 'sk-proj-{url64:74}T3BlbkFJ{url64:60}'\n", "cut"))
        .file("hook.env", expand("OPENAI_WEBHOOK_SECRET=whsec_{alnum:44}\n", "hook"));
    let server = live();
    let everybody: Vec<String> = keyward::rules::verify::providers().iter().map(|id| server.option(id)).collect();
    let arguments: Vec<&str> = everybody.iter().map(String::as_str).chain(["--verify", "-f", "json"]).collect();
    let ran = project.keyward(&arguments);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(server.asked().is_empty(), "{:?}", server.asked());
    let said = verdicts(&report);
    assert!(said.contains(&"warning unknown ambiguous-provider".to_owned()), "{said:?}");
    assert!(said.contains(&"warning not-checked not-verifiable".to_owned()), "{said:?}");
}

#[test]
fn only_the_providers_that_are_named_are_asked() {
    let project = Project::new();
    project.file("a.py", format!("K = '{}'\n", openai_key("named")));
    let server = live();
    let option = server.option("openai");
    let report = project.report(&["--verify=github,openai", &option]);
    assert_eq!(verdicts(&report), ["error live ok"]);
    let report = project.report(&["--verify=github", &option]);
    assert_eq!(verdicts(&report), ["error not-checked not-requested"]);
    let ran = project.keyward(&["--verify=opnai"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("did you mean `openai`?"), "{}", ran.stderr);
    let ran = project.keyward(&["--verify", "--verify-url=openai=http://api.openai.com"]);
    assert!(ran.code == 2 && ran.stderr.contains("not sent without encryption"), "{}", ran.stderr);
}

#[test]
fn nothing_in_the_repository_makes_anybody_be_asked() {
    let server = live();
    for (name, text) in [
        ("keyward.toml", "verify = true\n".to_owned()),
        ("keyward.toml", format!("[verify-url]\nopenai = '{}'\n", server.url())),
        (".keyward.toml", "[verification]\nverify = true\n".to_owned()),
        (".github/keyward.toml", "verify = ['openai']\n".to_owned()),
    ] {
        let project = Project::new();
        project.file("a.py", format!("K = '{}'\n", openai_key("hostile"))).file(name, &text);
        let ran = project.keyward(&[]);
        assert_eq!(ran.code, 2, "{name}: {ran:?}");
        assert!(ran.stderr.contains("there is no key called"), "{}", ran.stderr);
    }
    // A configuration that leaves one of two providers out does not make the other certain.
    let shared = expand("sk-{hex:32}", "hostile");
    let project = Project::new();
    project
        .file("a.env", format!("DEEPSEEK_API_KEY={shared}\n"))
        .file("b.env", format!("DASHSCOPE_API_KEY={shared}\n"))
        .file("keyward.toml", "skip = ['dashscope']\n");
    assert_eq!(
        verdicts(&project.report(&["--verify", &server.option("deepseek")])),
        ["error unknown ambiguous-provider"]
    );
    // A file in the place of the user's own, inside what is scanned; the home is there, too.
    let project = Project::new();
    let own = format!("verify = true\n[verify-url]\nopenai = '{}'\n", server.url());
    project.file("a.py", format!("K = '{}'\n", openai_key("hostile"))).file(".config/keyward/config.toml", &own);
    assert_eq!(verdicts(&project.report(&[])), ["error not-checked not-requested"]);
    // A rule of its own that says whom to ask.
    project.file(
        "keyward.toml",
        "[[rule]]\nid = 'x'\nsummary = 'x'\nliterals = ['sk-proj-']\npattern = 'sk-proj-.*'\n[rule.verify]\nrequest = { path = '/' }\n",
    );
    let ran = project.keyward(&["--verify", &server.option("openai")]);
    assert!(ran.code == 2 && ran.stderr.contains("it says how its keys are verified"), "{ran:?}");
    assert!(server.asked().is_empty());
}

#[test]
fn the_users_own_file_asks_for_all_runs_and_no_config_leaves_it_out() {
    let (project, home) = (Project::new(), Project::without_git());
    project.file("a.py", format!("K = '{}'\n", openai_key("own")));
    let server = live();
    home.file("keyward/config.toml", format!("verify = ['openai']\n[verify-url]\nopenai = '{}'\n", server.url()));
    let variables = [("XDG_CONFIG_HOME", home.root().to_str().unwrap())];
    let ran = project.keyward_with(&["-f", "json"], &variables);
    assert_eq!(verdicts(&serde_json::from_str(&ran.stdout).unwrap()), ["error live ok"]);
    let ran = project.keyward_with(&["-f", "json", "--no-config"], &variables);
    assert_eq!(verdicts(&serde_json::from_str(&ran.stdout).unwrap()), ["error not-checked not-requested"]);
    for (text, says) in [
        ("verify = 3\n", "cannot be used"),
        ("verfy = true\n", "unknown field"),
        ("[verify-url]\nopenai = 'x'\n", "write an address"),
    ] {
        fs::write(home.path("keyward/config.toml"), text).unwrap();
        let ran = project.keyward_with(&[], &variables);
        assert!(ran.code == 2 && ran.stderr.contains(says), "{text}: {ran:?}");
    }
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn the_users_own_file_inside_what_is_scanned_is_passed_over_and_that_is_said() {
    let project = Project::new();
    project.file("a.py", format!("K = '{}'\n", openai_key("inside")));
    let server = live();
    project.file(".config/keyward/config.toml", format!("verify = true\n[verify-url]\nopenai = '{}'\n", server.url()));
    let folder = project.path(".config");
    let variables = [("XDG_CONFIG_HOME", folder.to_str().unwrap())];
    let said = |arguments: &[&str]| {
        let ran = project.keyward_with(&[&["-f", "json"], arguments].concat(), &variables);
        let report: Value = serde_json::from_str(&ran.stdout).unwrap();
        let codes = report["notices"].as_array().unwrap().iter().map(|notice| notice["code"].as_str().unwrap());
        codes.filter(|code| *code == "own-config-passed-over").count()
    };
    assert_eq!((said(&[]), said(&["--no-config"])), (1, 0));
    // The doctor would send the key to the provider where its owner has a gateway.
    let doctor = project.keyward_with(&["doctor", "--verify", "--verify-timeout", "1"], &variables);
    let text: Vec<&str> = doctor.stdout.split_whitespace().collect();
    assert!(text.join(" ").contains("Note: Your own configuration was not read"), "{doctor:?}");
    // From a folder that is relative none is read, and the usual one is.
    let home = Project::without_git();
    home.file(".config/keyward/config.toml", "verfy = true\n");
    let variables = [("XDG_CONFIG_HOME", "relative"), ("HOME", home.root().to_str().unwrap())];
    assert!(project.keyward_with(&[], &variables).stderr.contains("unknown field"));
    assert!(server.asked().is_empty());
}

#[test]
fn a_key_in_an_ignored_env_file_is_not_sent() {
    let project = Project::new();
    project.file(".gitignore", ".env\n").file(".env", format!("OPENAI_API_KEY={}\n", openai_key("private")));
    let server = live();
    report(&project, &server, &[]);
    assert!(server.asked().is_empty());
}

#[test]
fn a_baseline_is_made_without_asking() {
    let project = Project::new();
    project.file("a.py", format!("K = '{}'\n", openai_key("baseline")));
    let ran = project.keyward(&["baseline", "create", "--verify"]);
    assert!(ran.code == 2 && ran.stderr.contains("leave out --verify"), "{ran:?}");
}

#[test]
fn what_is_staged_committed_and_long_gone_is_asked_about_too() {
    let repo = Repo::new();
    let [gone, committed, staged] = ["gone", "committed", "staged"].map(openai_key);
    repo.file("gone.py", format!("K = '{gone}'\n"));
    commit(&repo, "in");
    repo.git(&["rm", "-q", "gone.py"]).file("b.py", format!("K = '{committed}'\n"));
    commit(&repo, "out");
    repo.file("c.py", format!("K = '{staged}'\n")).git(&["add", "c.py"]);
    for (mode, expected) in [
        (&["--staged"][..], vec![&staged]),
        (&["--diff", "HEAD~1..HEAD"], vec![&committed]),
        (&["--history"], vec![&committed, &gone, &staged]),
    ] {
        let server = live();
        let ran = repo.keyward(&[mode, &["-f", "json", "--verify", &server.option("openai")]].concat());
        let report: Value = serde_json::from_str(&ran.stdout).unwrap();
        let said = verdicts(&report);
        assert!(said.iter().all(|said| said == "error live ok"), "{mode:?}: {said:?}");
        let mut sent: Vec<String> =
            server.asked().iter().map(|asked| asked.header("authorization")[7..].to_owned()).collect();
        let mut expected: Vec<String> = expected.into_iter().cloned().collect();
        sent.sort();
        expected.sort();
        assert_eq!(sent, expected, "{mode:?}");
    }
}

#[test]
fn a_key_that_two_files_give_to_two_providers_is_sent_to_neither() {
    let project = Project::new();
    let key = expand("sk-{hex:32}", "shared");
    project.file("a.py", format!("client = OpenAI(api_key='{key}', base_url='https://api.deepseek.com')\n")).file(
        "b.py",
        format!("client = OpenAI(api_key='{key}', base_url='https://dashscope.aliyuncs.com/compatible-mode/v1')\n"),
    );
    let server = live();
    let ask = |arguments: &[&str]| project.report(&[&["--verify", &server.option("deepseek")], arguments].concat());
    assert!(
        verdicts(&ask(&[]))
            .iter()
            .all(|said| said.contains("unknown ambiguous-provider") || said.contains("not-checked"))
    );
    assert!(server.asked().is_empty());
    assert_eq!(verdicts(&ask(&["a.py"])), ["error unknown unexpected-answer"]);
    assert_eq!(server.asked()[0].line, "GET /user/balance HTTP/1.1");
}

#[test]
fn an_address_of_somebody_else_beside_a_key_keeps_it_here() {
    let server = live();
    let key = expand("{alnum:32}", "elsewhere");
    let gitlab = expand("glpat-{url64:20}", "elsewhere");
    for (name, text, option, reason) in [
        (
            "a.py",
            format!("c = Mistral(api_key='{key}', base_url='https://relay.example/v1')\n"),
            "mistral",
            "ambiguous-provider",
        ),
        ("a.env", format!("GITLAB_URL=https://gitlab.acme.example\nGITLAB_TOKEN={gitlab}\n"), "", "host-not-allowed"),
        (
            "a.env",
            expand("CLERK_SECRET_KEY=sk_live_{alnum:44}\n# stripe is elsewhere\n", "clerk"),
            "stripe",
            "ambiguous-provider",
        ),
    ] {
        let project = Project::new();
        project.file(name, text);
        let option = server.option(if option.is_empty() { "openai" } else { option });
        let report = project.report(&["--verify", &option]);
        let said = verdicts(&report);
        assert!(said.len() == 1 && said[0].ends_with(reason), "{name}: {said:?}");
    }
    assert!(server.asked().is_empty());
    // The person at the keyboard may know better.
    let project = Project::new();
    project.file("a.env", format!("GITLAB_URL=https://gitlab.acme.example\nGITLAB_TOKEN={gitlab}\n"));
    project.report(&["--verify", &server.option("gitlab")]);
    assert_eq!(server.asked()[0].header("private-token"), gitlab);
}

#[test]
fn the_halves_of_a_pair_are_found_beside_each_other() {
    let project = Project::new();
    let (id, secret) = (expand("AKIA{base32:16}", "pair"), expand("{b64:40}", "pair"));
    let (public, private) = (expand("pk-lf-{uuid}", "pair"), expand("sk-lf-{uuid}", "pair"));
    project
        .file("aws.env", format!("AWS_ACCESS_KEY_ID={id}\nAWS_SECRET_ACCESS_KEY={secret}\n"))
        .file("langfuse.env", format!("LANGFUSE_PUBLIC_KEY={public}\nLANGFUSE_SECRET_KEY={private}\n"));
    let server = Server::new(|asked, _| match asked.line.as_str() {
        "POST / HTTP/1.1" => Act::json(200, "<GetCallerIdentityResult/>"),
        _ => Act::json(200, r#"{"data":[]}"#),
    });
    let report = project.report(&["--verify", &server.option("aws"), &server.option("langfuse")]);
    let live: Vec<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["verification"]["status"] == "live")
        .map(|finding| finding["rule"].as_str().unwrap())
        .collect();
    assert_eq!(live, ["aws-secret-access-key", "langfuse-secret-key"]);
    let headers: Vec<String> = server.asked().iter().map(|asked| asked.header("authorization").to_owned()).collect();
    let pair = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("{public}:{private}"));
    assert!(headers.contains(&format!("Basic {pair}")), "{headers:?}");
    assert!(headers.iter().any(|header| header.contains(&format!("Credential={id}/"))), "{headers:?}");
    assert!(!format!("{:?}", server.asked()).contains(&secret[..12]));
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_the_asking_and_a_second_one_the_program() {
    let project = Project::new();
    for at in 0..3 {
        project.file(&format!("{at}.py"), format!("K = '{}'\n", openai_key(&format!("stopped {at}"))));
    }
    for second in [false, true] {
        let server = Server::new(move |_, number| match number {
            1 => Act::json(200, MODELS),
            _ => Act::Stall,
        });
        let option = server.option("openai");
        let child = project.start(&["-f", "json", "--verify", &option]);
        while server.asked().len() < 3 {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        std::thread::sleep(std::time::Duration::from_millis(300));
        let interrupt = || {
            let id = child.id().to_string();
            assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        };
        interrupt();
        if second {
            interrupt();
        }
        let output = child.wait_with_output().unwrap();
        // The second may come after the report is written, and then means nothing.
        if second && output.status.code() == Some(130) {
            continue;
        }
        let ran = Ran::of(output);
        assert_eq!(ran.code, 1, "{ran:?}");
        let mut said = verdicts(&serde_json::from_str(&ran.stdout).unwrap());
        said.sort();
        assert_eq!(said, ["error live ok", "error unknown timeout", "error unknown timeout"]);
        assert!(ran.stdout.contains("asking was stopped"), "{}", ran.stdout);
    }
}
