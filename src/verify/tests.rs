//! Which of a provider's hosts are asked, in which order, and what their answers come to together. Those hosts are the real ones, so nobody is
//! asked here: what stands in the place of the client answers by the name of the host.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use super::{
    Options, Question, Reply, Surroundings, Tally,
    call::Call,
    client::{Exchange, Failure},
    queue,
};
use crate::{
    model::{RuleId, Secret, Span, Verification},
    rules::{Rule, RuleSet, template::expand},
};

const MODELS: &str = r#"{"object":"list","data":[]}"#;
const REFUSED: &str = r#"{"error":{"message":"Incorrect API key provided: x","code":"invalid_api_key"}}"#;

/// Status and body; `None` for a host that has no address.
type Said = Option<(u16, String)>;

/// Hosts that answer, and the names of those that were asked.
struct Hosts<F> {
    answer: F,
    asked: Arc<Mutex<Vec<String>>>,
}

impl<F: Fn(&str) -> Said + Send + Sync> Exchange for Hosts<F> {
    fn send(&self, call: &Call, _: Duration) -> Result<Reply, Failure> {
        let host = call.url.strip_prefix("https://").and_then(|rest| rest.split('/').next()).unwrap();
        self.asked.lock().unwrap().push(host.to_owned());
        let (status, body) = (self.answer)(host).ok_or(Failure::NoHost)?;
        Ok(Reply { status, headers: Vec::new(), body: body.into_bytes() })
    }

    fn shutdown(&self) {}
}

/// What is said of the key in `question`, and the hosts that were asked.
fn ask(question: Question, answer: impl Fn(&str) -> Said + Send + Sync + 'static) -> (Verification, Vec<String>) {
    ask_within(Options::default().budget, question, answer)
}

fn ask_within(
    budget: Duration,
    question: Question,
    answer: impl Fn(&str) -> Said + Send + Sync + 'static,
) -> (Verification, Vec<String>) {
    let asked = Arc::<Mutex<Vec<String>>>::default();
    let hosts = Hosts { answer, asked: Arc::clone(&asked) };
    let options = Options { budget, ..Options::default() };
    let mut said = queue::ask(vec![question], &options, &Tally::default(), Box::new(hosts));
    let asked = asked.lock().unwrap().clone();
    (said.remove(0), asked)
}

fn rule(id: &str) -> &'static Rule {
    static RULES: LazyLock<RuleSet> = LazyLock::new(RuleSet::builtin);
    RULES.get(&RuleId::new(id)).unwrap()
}

/// The question about `key`, which the rule `id` finds in `text`.
fn found(id: &str, text: &str, key: &str) -> Question {
    let (rule, at) = (rule(id), text.find(key).unwrap());
    let inquiry = rule.inquiry().unwrap();
    let surroundings = Surroundings::of(rule, &inquiry, text.as_bytes(), Span::new(at, at + key.len()));
    Question { inquiry, secret: Secret::new(key.as_bytes(), 0), surroundings, headers: BTreeMap::new() }
}

fn verdict(said: &Verification) -> String {
    said.verdict.to_string()
}

#[test]
fn another_region_of_the_provider_is_asked_once_and_no_other_host() {
    let key = expand("sk-proj-{url64:74}T3BlbkFJ{url64:74}", "region");
    let live = Some((200, MODELS.to_owned()));
    let refused = Some((401, REFUSED.to_owned()));
    let lost = Some((404, String::new()));
    let gone: Said = None;
    let [live, refused, lost, gone] = [&live, &refused, &lost, &gone];
    for (named, at_region, expected, is_followed) in [
        ("us.api.openai.com", live, "live/wrong-region", true),
        ("us.api.openai.com", refused, "dead/rejected", true),
        ("us.api.openai.com", lost, "live/wrong-region", true),
        ("us.api.openai.com", gone, "live/wrong-region", true),
        ("zz.api.openai.com", live, "live/wrong-region", false),
        ("us.api.openai.com.evil.example", refused, "dead/rejected", true),
    ] {
        let body =
            format!(r#"{{"error":{{"message":"Please make your request to {named}","code":"incorrect_hostname"}}}}"#);
        let at_region = at_region.clone();
        let (said, asked) = ask(found("openai-api-key", &key, &key), move |host| match host {
            "api.openai.com" => Some((401, body.clone())),
            _ => at_region.clone(),
        });
        assert_eq!(verdict(&said), expected, "{named}");
        let hosts = if is_followed { vec!["api.openai.com", "us.api.openai.com"] } else { vec!["api.openai.com"] };
        assert_eq!(asked, hosts, "{named}");
    }
}

#[test]
fn of_several_sites_the_next_is_asked_while_one_refuses() {
    let key = expand("{hex:32}", "datadog");
    let run = |answers: [&'static str; 8], near: &str| {
        let question = found("datadog-api-key", &format!("{near}\nDD_API_KEY={key}\n"), &key);
        let sites = question.inquiry.request.hosts.clone();
        let (said, asked) = ask(question, move |host| {
            let at = sites.iter().position(|site| site == host).unwrap();
            match answers[at] {
                "live" => Some((200, r#"{"valid":true}"#.to_owned())),
                "dead" => Some((403, r#"{"errors":["Forbidden"]}"#.to_owned())),
                "gone" => None,
                other => Some((404, other.to_owned())),
            }
        });
        (verdict(&said), asked)
    };
    let all = ["dead"; 8];
    let with = |changes: &[(usize, &'static str)]| {
        let mut answers = all;
        for (at, answer) in changes {
            answers[*at] = answer;
        }
        answers
    };
    let (said, asked) = run(with(&[(1, "live")]), "");
    assert_eq!((said.as_str(), asked.len()), ("live/ok", 2));
    let (said, asked) = run(all, "");
    assert_eq!((said.as_str(), asked.len()), ("dead/rejected", 8));
    // One that is named comes first.
    let (said, asked) = run(with(&[(1, "live")]), "DD_SITE=datadoghq.eu");
    assert_eq!((said.as_str(), &*asked), ("live/ok", &["api.datadoghq.eu".to_owned()][..]));
    // What it refuses may be the key of another, which nobody named.
    let (said, asked) = run(with(&[(1, "live")]), "DD_SITE=us3.datadoghq.com  # or another");
    assert_eq!((said.as_str(), &*asked[0], asked.len()), ("live/ok", "api.us3.datadoghq.com", 3));
    // What one site refuses is not dead as long as another may know it, and one that says nothing hides no other.
    for (changes, expected, times) in [
        (&[(1, "?")][..], "unknown/unexpected-answer", 8),
        (&[(1, "gone")], "unknown/network", 8),
        (&[(1, "?"), (3, "live")], "live/ok", 4),
    ] {
        let (said, asked) = run(with(changes), "");
        assert_eq!((said.as_str(), asked.len()), (expected, times), "{changes:?}");
    }
}

#[test]
fn what_was_heard_stands_when_time_is_over_before_more_is() {
    let hangs_after = |first: (u16, &'static str), times: usize| {
        let calls = AtomicUsize::new(0);
        move |_: &str| {
            if calls.fetch_add(1, Ordering::SeqCst) >= times {
                thread::sleep(Duration::from_secs(20));
            }
            Some((first.0, first.1.to_owned()))
        }
    };
    let openai = expand("sk-proj-{url64:74}T3BlbkFJ{url64:74}", "heard");
    let datadog = expand("{hex:32}", "heard");
    let scopes = r#"{"error":{"message":"Missing scopes: api.model.read","code":null}}"#;
    for (id, text, key, first, expected) in [
        ("openai-api-key", openai.clone(), &openai, (401, scopes), "live/restricted-scope"),
        ("openai-api-key", openai.clone(), &openai, (503, "down"), "unknown/server-error"),
        // Another site may know it.
        (
            "datadog-api-key",
            format!("DD_API_KEY={datadog}"),
            &datadog,
            (403, r#"{"errors":["Forbidden"]}"#),
            "unknown/timeout",
        ),
    ] {
        let (said, asked) = ask_within(Duration::from_secs(2), found(id, &text, key), hangs_after(first, 1));
        assert_eq!(verdict(&said), expected, "{id}");
        assert_eq!(asked.len(), 2, "{id}");
    }
}

#[test]
fn an_azure_key_is_asked_about_at_every_resource_that_stands_beside_it_somewhere() {
    let key = expand("{hex:32}", "azure");
    let at = |host: &str| {
        let text = format!("AZURE_OPENAI_API_KEY={key}\nAZURE_OPENAI_ENDPOINT=https://{host}.openai.azure.com/\n");
        found("azure-openai-classic-key", &text, &key)
    };
    let mut question = at("aaa-example");
    question.surroundings.merge(at("zzz-own").surroundings);
    let (said, asked) = ask(question, |host| {
        match host {
        "zzz-own.openai.azure.com" => Some((200, r#"{"data":[]}"#.to_owned())),
        _ => Some((
            401,
            r#"{"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint."}}"#
                .to_owned(),
        )),
    }
    });
    assert_eq!(verdict(&said), "live/ok");
    assert_eq!(asked, ["aaa-example.openai.azure.com", "zzz-own.openai.azure.com"]);
}

#[test]
fn a_public_service_that_refuses_a_key_says_nothing_where_another_is_named() {
    let far = "# a comment\n".repeat(60);
    let gitlab = expand("glpat-{url64:20}", "rival");
    let langsmith = expand("lsv2_pt_{hex:32}_{hex:10}", "rival");
    for (id, text, key, refusal, rival, times) in [
        (
            "gitlab-personal-access-token",
            format!("url: https://gitlab.acme.example/x\n{far}token: {gitlab}\n"),
            &gitlab,
            r#"{"message":"401 Unauthorized"}"#,
            "gitlab.acme.example",
            1,
        ),
        // A region that opened after this table was made.
        (
            "langsmith-api-key",
            format!("LANGSMITH_ENDPOINT=https://mars.api.smith.langchain.com\n{far}LANGSMITH_API_KEY={langsmith}\n"),
            &langsmith,
            r#"{"detail":"Invalid token"}"#,
            "mars.api.smith.langchain.com",
            4,
        ),
    ] {
        let (said, asked) = ask(found(id, &text, key), move |_| Some((401, refusal.to_owned())));
        assert_eq!(verdict(&said), "unknown/unexpected-answer", "{id}");
        assert!(said.advice.as_ref().unwrap().contains(rival), "{said:?}");
        assert_eq!(asked.len(), times, "{id}");
    }
}

#[test]
fn who_watches_sees_how_many_were_asked_about_and_how_many_of_them_live() {
    let key = |seed: &str| expand("sk-proj-{alnum:74}T3BlbkFJ{alnum:74}", seed);
    let question = |seed| found("openai-api-key", &key(seed), &key(seed));
    let refused = r#"{"error":{"message":"Incorrect API key provided: x","code":"invalid_api_key"}}"#;
    let answers = Mutex::new([(401, refused)].into_iter());
    let listed = (200, r#"{"object":"list","data":[]}"#);
    let answer = move |_: &str| {
        let (status, body) = answers.lock().unwrap().next().unwrap_or(listed);
        Some((status, body.to_owned()))
    };
    let (tally, hosts) = (Tally::default(), Hosts { answer, asked: Arc::default() });
    assert_eq!(tally.line(), "asked about 0 of 0 keys, 0 live");
    queue::ask(["one", "two", "three"].map(question).into(), &Options::default(), &tally, Box::new(hosts));
    assert_eq!(tally.line(), "asked about 3 of 3 keys, 2 live");
}
