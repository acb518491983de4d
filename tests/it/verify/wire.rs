//! Over the wire: every answer of every table, and everything a network can do to a question.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use keyward::{
    model::{RuleId, Secret, Verification},
    rules::{
        RuleSet,
        template::expand,
        verify::{AnswerExample, Inquiry, Place},
    },
    verify::{Options, Question, Surroundings, Tally, ask},
};

use super::{
    server::{Act, Asked, MODELS, REFUSED, Server},
    tables::shown,
};
use crate::support::{Project, openai_key};

/// A text in which everything stands that any request needs beside its key.
fn beside() -> String {
    expand("AKIA{base32:16} pk-lf-{uuid} https://acme.openai.azure.com/", "beside")
}

fn inquiry(rule: &str) -> Arc<Inquiry> {
    RuleSet::builtin().get(&RuleId::new(rule)).unwrap().inquiry().unwrap()
}

/// What stands around a key of `inquiry` that is given with `beside`.
fn given(inquiry: &Inquiry, beside: &str) -> Surroundings {
    let rules = RuleSet::builtin();
    let rule = rules.iter().map(|(_, rule)| rule).find(|rule| rule.provider.id == inquiry.provider).unwrap();
    Surroundings::given(rule, inquiry, beside.as_bytes())
}

fn question(inquiry: &Arc<Inquiry>, key: &str) -> Question {
    let surroundings = given(inquiry, &beside());
    let (inquiry, secret) = (Arc::clone(inquiry), Secret::new(key.as_bytes(), 0));
    Question { inquiry, secret, surroundings, headers: BTreeMap::new() }
}

/// Asks about `keys` of OpenAI at `server`.
fn asked(server: &Server, keys: &[String], options: Options) -> Vec<Verification> {
    let openai = inquiry("openai-api-key");
    let urls = BTreeMap::from([("openai".to_owned(), server.url().parse().unwrap())]);
    let questions = keys.iter().map(|key| question(&openai, key)).collect();
    ask(questions, &Options { urls, ..options }, &Tally::default())
}

fn keys(number: usize) -> Vec<String> {
    (0..number).map(|at| openai_key(&format!("wire {at}"))).collect()
}

fn reasons(said: &[Verification]) -> Vec<String> {
    said.iter().map(|said| said.verdict.to_string()).collect()
}

/// What is said when the server behaves so every time; calls have a second.
fn under(act: Act) -> (String, Server) {
    let server = Server::new(move |_, _| act.clone());
    let options = Options { call: Duration::from_secs(1), ..Options::default() };
    let said = asked(&server, &keys(1), options);
    (said[0].verdict.to_string(), server)
}

#[test]
fn every_answer_of_every_table_comes_over_the_wire_and_the_key_has_one_place() {
    let all: Vec<(Arc<Inquiry>, String, AnswerExample)> = shown()
        .into_iter()
        .flat_map(|shown| {
            let (inquiry, rule) = (shown.inquiry, shown.rule);
            shown.examples.into_iter().map(move |example| (Arc::clone(&inquiry), rule.clone(), example))
        })
        .collect();
    assert!(all.len() > 250, "only {} answers are shown", all.len());
    let wrong: Vec<String> = thread::scope(|scope| {
        let parts: Vec<_> = all
            .chunks(all.len().div_ceil(12))
            .map(|part| scope.spawn(|| part.iter().filter_map(differs).collect::<Vec<_>>()))
            .collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// How the answer over the wire differs from the one that the table shows.
fn differs((inquiry, rule, example): &(Arc<Inquiry>, String, AnswerExample)) -> Option<String> {
    let AnswerExample { status, headers, body, .. } = example.clone();
    let headers: Vec<(String, String)> = headers.into_iter().collect();
    let server = Server::new(move |_, _| Act::Say(status, headers.clone(), body.clone()));
    let urls = BTreeMap::from([(inquiry.provider.clone(), server.url().parse().unwrap())]);
    let key = expand("{alnum:40}", &format!("{rule}/{}", example.name));
    let said = ask(vec![question(inquiry, &key)], &Options { urls, ..Options::default() }, &Tally::default());
    let name = format!("{rule}, \"{}\"", example.name);
    if said[0].verdict.to_string() != example.verdict || said[0].http_status != Some(status) {
        return Some(format!("{name}: {:?}", said[0]));
    }
    if format!("{said:?}").contains(&key[..10]) {
        return Some(format!("{name}: the key is in the answer"));
    }
    let places = server.asked().iter().map(|asked| places(asked, &key)).collect::<BTreeSet<_>>();
    let expected = match inquiry.request.place {
        Place::Header => (1, 0, 0),
        Place::Path => (0, 1, 0),
        Place::Body => (0, 0, 1),
        Place::Signature => (0, 0, 0),
    };
    (places != BTreeSet::from([expected])).then(|| format!("{name}: the key stands in {places:?}"))
}

/// How often `key` stands in headers, request line and body, also where it is encoded.
fn places(asked: &Asked, key: &str) -> (usize, usize, usize) {
    let count = |text: &str| {
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "+/=".contains(c)));
        let decoded = words.filter_map(|word| STANDARD.decode(word).ok());
        let inside = decoded.filter(|bytes| String::from_utf8_lossy(bytes).contains(key)).count();
        text.matches(key).count() + inside
    };
    (asked.headers.iter().map(|(_, value)| count(value)).sum(), count(&asked.line), count(&asked.body))
}

#[test]
fn a_server_that_misbehaves_leaves_a_key_unknown() {
    for (act, reason) in [
        (Act::Stall, "unknown/timeout"),
        (Act::Drip(MODELS.to_owned()), "unknown/timeout"),
        (Act::Reset, "unknown/network"),
        (Act::Truncate(MODELS.to_owned()), "unknown/network"),
        (Act::Noise, "unknown/network"),
        (Act::Headers, "unknown/network"),
        (Act::Huge, "unknown/unexpected-answer"),
        (Act::json(200, "<html>{\"object\":\"list\"}</html>"), "unknown/unexpected-answer"),
        (Act::json(200, ""), "unknown/unexpected-answer"),
        (Act::json(204, ""), "unknown/unexpected-answer"),
        (Act::json(500, REFUSED), "unknown/server-error"),
        (Act::json(407, ""), "unknown/network"),
    ] {
        let shown = format!("{act:?}");
        let (said, server) = under(act);
        assert_eq!(said, reason, "{shown}");
        assert!(server.asked().len() <= 3, "{shown}");
    }
}

#[test]
fn the_type_that_an_answer_says_it_has_does_not_matter() {
    for kind in ["text/html", "application/octet-stream", "image/png", ""] {
        let headers = vec![("content-type".to_owned(), kind.to_owned())];
        assert_eq!(under(Act::Say(200, headers.clone(), MODELS.into())).0, "live/ok");
        assert_eq!(under(Act::Say(401, headers, REFUSED.into())).0, "dead/rejected");
    }
}

#[test]
fn no_redirect_is_followed() {
    let elsewhere = Server::new(|_, _| Act::json(200, MODELS));
    for status in [301, 302, 303, 307, 308] {
        let to = vec![("location".to_owned(), elsewhere.url() + "/v1/models")];
        let (said, server) = under(Act::Say(status, to, String::new()));
        assert_eq!((said.as_str(), server.asked().len()), ("unknown/unexpected-answer", 1), "{status}");
    }
    assert!(elsewhere.asked().is_empty());
}

#[test]
fn what_may_pass_is_tried_again_and_what_is_said_stands() {
    let first_then_live = |first: Act, until: usize| {
        Server::new(move |_, number| if number < until { first.clone() } else { Act::json(200, MODELS) })
    };
    let after = |seconds: &str| Act::Say(429, vec![("retry-after".into(), seconds.into())], String::new());
    for (server, said, times) in [
        (first_then_live(Act::Reset, 3), "live/ok", 3),
        (first_then_live(Act::json(503, ""), 2), "live/ok", 2),
        (first_then_live(after("1"), 2), "live/ok", 2),
        // Too long to wait for.
        (first_then_live(after("3600"), 2), "unknown/unexpected-answer", 1),
        (first_then_live(Act::json(401, REFUSED), 2), "dead/rejected", 1),
        (first_then_live(Act::json(403, ""), 2), "unknown/unexpected-answer", 1),
        (first_then_live(Act::json(502, ""), 9), "unknown/server-error", 3),
    ] {
        let answers = asked(&server, &keys(1), Options::default());
        assert_eq!((reasons(&answers)[0].as_str(), server.asked().len()), (said, times));
    }
}

#[test]
fn four_at_once_are_asked_of_one_host_and_sixteen_of_all() {
    let all = Arc::new(Crowd::default());
    let server = |own: &Arc<Crowd>| {
        let (own, all) = (Arc::clone(own), Arc::clone(&all));
        Server::new(move |_, _| {
            own.enter();
            all.enter();
            thread::sleep(Duration::from_millis(40));
            all.leave();
            own.leave();
            Act::json(200, MODELS)
        })
    };
    // Different providers whose answer looks the same.
    let rules = [
        "openai-api-key",
        "groq-api-key",
        "mistral-api-key",
        "cerebras-api-key",
        "fireworks-api-key",
        "moonshot-api-key",
    ];
    let crowds: Vec<Arc<Crowd>> = rules.iter().map(|_| Arc::default()).collect();
    let servers: Vec<(Arc<Inquiry>, Server)> =
        rules.iter().zip(&crowds).map(|(rule, own)| (inquiry(rule), server(own))).collect();
    let urls = servers.iter().map(|(inquiry, server)| (inquiry.provider.clone(), server.url().parse().unwrap()));
    let options = Options { urls: urls.collect(), ..Options::default() };
    let of = |inquiry: &Arc<Inquiry>| keys(20).iter().map(|key| question(inquiry, key)).collect::<Vec<_>>();
    let questions = servers.iter().flat_map(|(inquiry, _)| of(inquiry)).collect();
    let said = ask(questions, &options, &Tally::default());
    assert!(said.iter().all(|said| said.verdict.is_live()), "{said:?}");
    assert!(servers.iter().all(|(_, server)| server.asked().len() == 20));
    assert!(crowds.iter().all(|crowd| (1..=4).contains(&crowd.most())));
    assert!((5..=16).contains(&all.most()), "{} at once", all.most());
}

/// Counts who is there at the same time.
#[derive(Default)]
struct Crowd {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Crowd {
    fn enter(&self) {
        self.most.fetch_max(self.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
    }

    fn leave(&self) {
        self.now.fetch_sub(1, Ordering::SeqCst);
    }

    fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }
}

#[test]
fn two_hundred_keys_are_asked_about_once_each() {
    let server = Server::new(|_, _| Act::SayAfter(Duration::from_millis(100), 200, MODELS.into()));
    let begin = Instant::now();
    let said = asked(&server, &keys(200), Options::default());
    assert!(said.iter().all(|said| said.verdict.is_live()));
    let sent: BTreeSet<String> = server.asked().iter().map(|asked| asked.header("authorization").to_owned()).collect();
    assert_eq!((sent.len(), server.asked().len()), (200, 200), "after {:?}", begin.elapsed());
}

#[test]
fn a_provider_that_hangs_delays_no_other_and_is_given_up() {
    let (hanging, well) = (Server::new(|_, _| Act::Stall), Server::new(|_, _| Act::json(200, MODELS)));
    let (openai, groq) = (inquiry("openai-api-key"), inquiry("groq-api-key"));
    let urls = BTreeMap::from([
        ("openai".to_owned(), hanging.url().parse().unwrap()),
        ("groq".to_owned(), well.url().parse().unwrap()),
    ]);
    let both = || {
        let all = keys(60);
        let hang = all.iter().map(|key| question(&openai, key));
        hang.chain(all.iter().map(|key| question(&groq, key))).collect::<Vec<_>>()
    };
    // Nobody waits for the provider that hangs: its calls would take longer than all have together.
    let options = Options { urls, call: Duration::from_mins(1), budget: Duration::from_secs(3), ..Options::default() };
    let said = ask(both(), &options, &Tally::default());
    assert!(said[..60].iter().all(|said| said.verdict.to_string() == "unknown/timeout"), "{:?}", reasons(&said));
    assert!(said[60..].iter().all(|said| said.verdict.is_live()), "{:?}", reasons(&said));
    assert_eq!(hanging.asked().len(), 4);
    // After some calls without any answer it is not asked again.
    let options = Options { call: Duration::from_millis(150), budget: Duration::from_secs(50), ..options };
    let said = ask(both(), &options, &Tally::default());
    assert!(said[..60].iter().all(|said| said.verdict.to_string() == "unknown/timeout"), "{:?}", reasons(&said));
    assert_eq!(hanging.asked().len(), 4 + 4);
}

#[test]
fn connections_that_break_off_at_first_leave_no_key_unknown() {
    let server = Server::new(|_, number| if number <= 6 { Act::Reset } else { Act::json(200, MODELS) });
    let said = asked(&server, &keys(12), Options::default());
    assert_eq!(reasons(&said), vec!["live/ok"; 12]);
}

#[test]
fn a_host_that_wants_a_long_rest_is_left_alone() {
    let wait = |value: &str| vec![("retry-after".to_owned(), value.to_owned())];
    let (hour, short) = (wait("Fri, 01 Jan 2100 00:00:00 GMT"), wait("1"));
    // The longest wait counts, whichever answer comes last.
    let server = Server::new(move |_, number| {
        Act::Say(429, if number == 2 { hour.clone() } else { short.clone() }, String::new())
    });
    let begin = Instant::now();
    let said = asked(&server, &keys(30), Options::default());
    assert!(said.iter().all(|said| said.verdict.is_unknown()), "{:?}", reasons(&said));
    assert!(server.asked().len() <= 8, "{}", server.asked().len());
    assert!(begin.elapsed() < Duration::from_secs(9), "{:?}", begin.elapsed());
    // A limit of one key says nothing to the others.
    let body = r#"{"error":{"message":"x","type":"requests","param":null,"code":"rate_limit_exceeded"}}"#;
    let server = Server::new(move |_, _| Act::Say(429, wait("3600"), body.to_owned()));
    let options = Options { budget: Duration::from_mins(1), ..Options::default() };
    let said = asked(&server, &keys(3), options);
    assert_eq!(reasons(&said), vec!["live/rate-limited"; 3]);
}

#[test]
fn asking_stops_when_it_is_told_to() {
    let server = Server::new(|_, _| Act::Stall);
    let options = Options { call: Duration::from_mins(1), ..Options::default() };
    let stop = Arc::clone(&options.stop);
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(300));
        stop.store(true, Ordering::Relaxed);
    });
    let begin = Instant::now();
    let said = asked(&server, &keys(20), options);
    assert!(begin.elapsed() < Duration::from_secs(30));
    assert_eq!(reasons(&said), vec!["unknown/timeout"; 20]);
}

#[test]
fn nobody_is_there() {
    let openai = inquiry("openai-api-key");
    let port = Server::new(|_, _| Act::Reset).port();
    for (url, reason) in [
        (format!("http://127.0.0.1:{port}"), "unknown/network"),
        ("http://no-such-host-for-keyward:9".to_owned(), "unknown/network"),
    ] {
        let urls = BTreeMap::from([("openai".to_owned(), url.parse().unwrap())]);
        let options = Options { urls, budget: Duration::from_secs(8), ..Options::default() };
        let said = ask(vec![question(&openai, &keys(1)[0])], &options, &Tally::default());
        assert_eq!(reasons(&said), [reason], "{url}");
    }
}

#[test]
fn a_pair_that_is_not_whole_is_not_sent() {
    for rule in ["aws-secret-access-key", "langfuse-secret-key", "azure-openai-key"] {
        let inquiry = inquiry(rule);
        let surroundings = given(&inquiry, "nothing");
        let (secret, headers) = (Secret::new(b"k", 0), BTreeMap::new());
        let question = Question { inquiry, secret, surroundings, headers };
        let said = ask(vec![question], &Options::default(), &Tally::default());
        assert_eq!(reasons(&said), ["not-checked/not-verifiable"], "{rule}");
        let advice = said[0].advice.as_ref().unwrap();
        assert!(advice.starts_with("it takes the "), "{said:?}");
        let is_told = advice.ends_with("say --verify-url azure-openai=https://HOST");
        assert_eq!(is_told, rule.starts_with("azure"), "a host can be said, and a half not: {said:?}");
    }
    let npm = inquiry("npm-access-token");
    let said = ask(vec![question(&npm, "k")], &Options::default(), &Tally::default());
    assert_eq!(reasons(&said), ["not-checked/host-not-allowed"]);
    assert!(said[0].advice.as_ref().unwrap().contains("--verify-url npm=https://HOST"), "{said:?}");
}

/// Ways in which a question fails.
fn failures() -> Vec<Act> {
    let mirror = Act::json(401, "");
    vec![
        Act::Reset,
        Act::Truncate("{}".into()),
        Act::Noise,
        Act::json(500, "x"),
        Act::json(404, "{}"),
        mirror,
        Act::Stall,
    ]
}

#[test]
fn no_key_is_shown_whatever_goes_wrong() {
    const FORMATS: [&str; 5] = ["json", "jsonl", "sarif", "github", "markdown"];
    let project = Project::new();
    let openai = openai_key("shown");
    let telegram = expand("{digit:10}:AA{url64:33}", "shown");
    let nvidia = expand("nvapi-{url64:64}", "shown");
    let langfuse = expand("sk-lf-{uuid}", "shown");
    let aws = expand("{b64:40}", "shown");
    project
        .file("a.py", format!("K = '{openai}'\n"))
        .file("b.env", format!("TELEGRAM_BOT_TOKEN={telegram}\nNVIDIA_API_KEY={nvidia}\n"))
        .file("c.env", expand(&format!("P=pk-lf-{{uuid}}\nLANGFUSE_SECRET_KEY={langfuse}\n"), "shown"))
        .file("d.env", expand(&format!("ID=AKIA{{base32:16}}\nAWS_SECRET_ACCESS_KEY={aws}\n"), "shown"));
    for (turn, act) in failures().into_iter().enumerate() {
        let shown = format!("{act:?}");
        // An answer that repeats everything it was asked.
        let server = Server::new(move |asked, _| match &act {
            Act::Say(status, _, _) => Act::json(*status, &format!("{asked:?}")),
            act => act.clone(),
        });
        let options = ["openai", "telegram", "nvidia", "langfuse", "aws"].map(|id| server.option(id));
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        let hides_all = |ran: crate::support::Ran| {
            let all = ran.stdout + &ran.stderr;
            for key in [&openai, &telegram, &nvidia, &langfuse, &aws] {
                let hidden = key.get(12..key.len() - 4).unwrap().as_bytes();
                let leaks = hidden.windows(10).any(|piece| all.contains(std::str::from_utf8(piece).unwrap()));
                assert!(!leaks, "{shown}: {all}");
            }
        };
        // Every failure in one format that quotes lines, and each of the others with some of them.
        for format in ["terminal", FORMATS[turn % FORMATS.len()]] {
            let fixed = ["-v", "-f", format, "--verify", "--verify-timeout", "1"];
            hides_all(project.keyward(&[&fixed[..], &options].concat()));
        }
        for (key, format) in [(&openai, "terminal"), (&nvidia, "json")] {
            let arguments = [&["verify", "--format", format, "--verify-timeout", "1"][..], &options].concat();
            hides_all(project.keyward_with_input(&arguments, key.as_bytes()));
        }
        let asked = server.asked();
        assert!(asked.iter().any(|asked| asked.line.contains(&telegram)), "{shown}: Telegram knows no other way");
        assert!(asked.iter().all(|asked| !asked.line.contains(&openai)), "{shown}");
    }
}

#[test]
fn a_proxy_is_used_and_sees_no_key() {
    let project = Project::new();
    let key = openai_key("proxy");
    project.file("a.py", format!("K = '{key}'\n"));
    let proxy = Server::new(|_, _| Act::Say(403, Vec::new(), String::new()));
    let run = |variables: &[(&str, &str)], more: &[&str]| {
        let ran =
            project.keyward_with(&[&["-f", "json", "--verify", "--verify-timeout", "5"], more].concat(), variables);
        let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        report["findings"][0]["verification"].clone()
    };
    let said = run(&[("HTTPS_PROXY", &proxy.url())], &[]);
    assert_eq!([&said["status"], &said["reason"]], ["unknown", "network"]);
    let asked = proxy.asked();
    assert!(asked.iter().all(|asked| asked.line == "CONNECT api.openai.com:443 HTTP/1.1"), "{asked:?}");
    assert!(!asked.is_empty() && !format!("{asked:?}").contains(&key[10..20]), "{asked:?}");
    let server = Server::new(|_, _| Act::json(200, MODELS));
    let variables = [("HTTP_PROXY", &*proxy.url()), ("HTTPS_PROXY", &proxy.url()), ("NO_PROXY", "127.0.0.1")];
    let said = run(&variables, &[&server.option("openai")]);
    assert_eq!(said["status"], "live");
    assert_eq!(proxy.asked().len(), asked.len());
}
