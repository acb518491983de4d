//! The tables of rule files: each is sound, and each answer shown in them means what is said beside it.

use std::{collections::BTreeSet, sync::Arc};

use keyward::{
    model::{Secret, Verdict},
    rules::{
        Provider, ProviderFile, Rule, RuleSet,
        verify::{AnswerExample, Inquiry, VerifySpec},
    },
    verify::{Reply, judge},
};

use crate::rules::rule_files;

/// A rule whose keys can be verified, and the answers shown for it: those of its own, and for the first rule of a provider those of the provider.
pub(super) struct Shown {
    pub(super) inquiry: Arc<Inquiry>,
    pub(super) rule: String,
    pub(super) examples: Vec<AnswerExample>,
}

/// Everything that rule files show.
pub(super) fn shown() -> Vec<Shown> {
    let mut all = Vec::new();
    for (_, ProviderFile { provider, rules }) in rule_files() {
        let verified = rules.into_iter().filter_map(|rule| Some((rule.id, rule.verify?)));
        for (at, (id, own)) in verified.enumerate() {
            let general = provider.verify.iter().filter(|_| at == 0).flat_map(|spec| &spec.examples);
            let examples = own.examples.iter().chain(general).cloned().collect();
            let inquiry = RuleSet::builtin().get(&id).unwrap().inquiry().unwrap();
            all.push(Shown { inquiry, rule: id.to_string(), examples });
        }
    }
    all
}

pub(super) fn reply(example: &AnswerExample) -> Reply {
    let headers = example.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    Reply { status: example.status, headers, body: example.body.clone().into_bytes() }
}

#[test]
fn every_answer_that_is_shown_means_what_is_said() {
    let (mut wrong, mut number) = (Vec::new(), 0);
    for Shown { inquiry, rule, examples } in shown() {
        for example in &examples {
            number += 1;
            let secret = Secret::new(b"a-key-that-no-answer-quotes", 0);
            let said = judge(&inquiry, &reply(example), &secret).verification;
            let advice = said.advice.unwrap_or_default();
            if said.verdict.to_string() != example.verdict
                || !advice.contains(example.advises.as_deref().unwrap_or_default())
            {
                wrong.push(format!("{rule}, \"{}\": {} ({advice})", example.name, said.verdict));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(number >= 40, "only {number} answers are shown");
}

#[test]
fn every_row_of_every_table_is_shown_to_decide() {
    let mut idle = Vec::new();
    let all = shown();
    let providers: BTreeSet<&str> = all.iter().map(|shown| shown.inquiry.provider.as_str()).collect();
    for provider in providers {
        let of_provider: Vec<&Shown> = all.iter().filter(|shown| shown.inquiry.provider == provider).collect();
        let mut rows = BTreeSet::new();
        let mut used = BTreeSet::new();
        for shown in of_provider {
            for answer in &shown.inquiry.answers {
                rows.insert(format!("{:?}", answer.spec));
            }
            for example in &shown.examples {
                // A row decides when the table without it, and only then, says something else or says it in other words.
                let secret = Secret::new(b"a-key-that-no-answer-quotes", 0);
                let whole = judge(&shown.inquiry, &reply(example), &secret);
                for at in 0..shown.inquiry.answers.len() {
                    let mut one = (*shown.inquiry).clone();
                    one.answers.truncate(at + 1);
                    let until = judge(&one, &reply(example), &secret);
                    if until == whole && whole.verification.verdict.to_string() == example.verdict {
                        used.insert(format!("{:?}", one.answers[at].spec));
                        break;
                    }
                }
            }
        }
        idle.extend(rows.difference(&used).map(|row| format!("{provider}: {row}")));
    }
    assert!(idle.is_empty(), "\n{}", idle.join("\n"));
}

#[test]
fn every_provider_shows_a_live_a_dead_and_an_unknown_key() {
    let all = shown();
    for shown in &all {
        let of_provider = all.iter().filter(|other| other.inquiry.provider == shown.inquiry.provider);
        let verdicts: Vec<Verdict> =
            of_provider.flat_map(|other| &other.examples).map(|example| example.verdict.parse().unwrap()).collect();
        for (name, holds) in [
            ("live", Verdict::is_live as fn(Verdict) -> bool),
            ("dead", Verdict::is_dead),
            ("unknown", Verdict::is_unknown),
        ] {
            assert!(verdicts.iter().any(|verdict| holds(*verdict)), "{} shows no {name} key", shown.inquiry.provider);
        }
        let is_restricted = |verdict: Verdict| verdict.is_restricted();
        let knows = shown.inquiry.answers.iter().any(|answer| is_restricted(answer.verdict));
        assert!(!knows || verdicts.iter().any(|verdict| is_restricted(*verdict)), "{}", shown.inquiry.provider);
    }
}

fn provider() -> Provider {
    Provider { id: "acme".into(), name: "Acme".into(), hosts: vec!["api.acme.example".into()], ..Provider::default() }
}

/// A table that is sound, with `from` replaced by `to`.
fn table(from: &str, to: &str) -> Result<Inquiry, (String, String)> {
    let sound = r#"
        request = { hosts = ["api.acme.example"], path = "/v1/me?x=1", headers = { x-key = "{secret}" } }
        [[answer]]
        status = 200
        has = ["/id"]
        verdict = "live/ok"
        [[answer]]
        status = [401, 403]
        code = ["bad_key"]
        verdict = "dead/rejected"
    "#;
    assert!(from.is_empty() || sound.contains(from), "{from}");
    let spec: VerifySpec = toml::from_str(&sound.replace(from, to)).unwrap();
    Inquiry::new(&provider(), &spec)
}

#[test]
fn a_table_that_could_do_harm_is_refused_with_a_reason() {
    assert!(table("", "").is_ok());
    let cases = [
        ("\"api.acme.example\"", "\"acme.evil.example\"", "`acme.evil.example` is not a host of the provider"),
        ("\"live/ok\"", "\"live/okay\"", "there is no verdict `live/okay`"),
        ("\"live/ok\"", "\"live/rejected\"", "there is no verdict `live/rejected`"),
        ("\"live/ok\"", "\"not-checked/suppressed\"", "no answer can mean not-checked/suppressed"),
        ("has = [\"/id\"]", "", "status [200] alone is said to mean live/ok"),
        ("code = [\"bad_key\"]", "", "status [401, 403] alone is said to mean dead/rejected"),
        ("has = [\"/id\"]", "message = [\"Forbidden\"]", "`Forbidden` is said to mean live/ok"),
        ("code = [\"bad_key\"]", "text = [\"unauthorized\"]", "`unauthorized` is said to mean dead/rejected"),
        ("has = [\"/id\"]", "lacks = [\"/error\"]", "status [200] alone is said to mean live/ok"),
        ("status = 200", "status = []", "an answer has no status"),
        ("\"/id\"", "\"id\"", "`id` is no JSON pointer"),
        (
            "x-key = \"{secret}\"",
            "x-key = \"fixed\"",
            "the key stands 0 times in headers, 0 in the path, 0 in the body",
        ),
        ("x-key = \"{secret}\"", "x-key = \"{secret}\", y = \"{secret}\"", "the key stands 2 times in headers"),
        ("x-key = \"{secret}\"", "x-key = \"{base64:{secret}:{secret}}\"", "the key stands 2 times in headers"),
        ("/v1/me?x=1", "/v1/{secret}", "the key stands 1 times in headers, 1 in the path, 0 in the body"),
        ("x-key = \"{secret}\"", "x-key = \"{secret} {id}\"", "`{id}` is not declared"),
        ("x-key = \"{secret}\"", "x-key = \"{secret\"", "a brace of `{secret` is not closed"),
        ("x-key = ", "X-Key = ", "`X-Key` is no name of a header"),
        ("/v1/me?x=1", "//evil.example/", "`//evil.example/` is no path"),
        ("/v1/me?x=1", "@evil.example/", "`@evil.example/` is no path"),
        ("\"dead/rejected\"", "\"live/ok\"", "its answers know no live or no dead key"),
        ("\"live/ok\"", "\"live/ok\"\nadvice = \"{found}\"", "`{found}` is not found by anything"),
        ("\"live/ok\"", "\"live/ok\"\nfind = \"x\"\nthen = \"ask-found-host\"", "`{found}` is not found by anything"),
        ("\"live/ok\"", "\"live/ok\"\nfind = \"(\"", "`(` is no pattern"),
    ];
    for (from, to, problem) in cases {
        let (said, help) = table(from, to).expect_err(to);
        assert!(said.contains(problem) && !help.is_empty(), "{to}: {said}");
    }
    let (said, _) = Inquiry::new(&provider(), &VerifySpec::default()).unwrap_err();
    assert!(said.contains("no request"), "{said}");
}

#[test]
fn what_must_not_stand_in_an_answer_is_heeded() {
    let inquiry = table("has = [\"/id\"]", "has = [\"/id\"]\nlacks = [\"/error\"]").unwrap();
    for (body, verdict) in [
        (r#"{"id":1}"#, "live/ok"),
        (r#"{"id":1,"error":null}"#, "live/ok"),
        (r#"{"id":1,"error":"x"}"#, "unknown/unexpected-answer"),
        ("id", "unknown/unexpected-answer"),
    ] {
        let reply = Reply { status: 200, headers: Vec::new(), body: body.as_bytes().to_vec() };
        let said = judge(&inquiry, &reply, &Secret::new(b"a-key", 0)).verification;
        assert_eq!(said.verdict.to_string(), verdict, "{body}");
    }
}

#[test]
fn a_near_verdict_is_suggested() {
    assert_eq!(table("\"live/ok\"", "\"live/okay\"").unwrap_err().1, "did you mean `live/ok`?");
    assert_eq!(table("\"dead/rejected\"", "\"dead/rejectd\"").unwrap_err().1, "did you mean `dead/rejected`?");
}

#[test]
fn a_rule_of_somebody_else_cannot_say_how_its_keys_are_verified() {
    let provider = r#"
        [provider]
        id = "acme"
        name = "Acme"
        hosts = ["api.acme.example"]
        PROVIDER
        [[rule]]
        id = "acme-key"
        summary = "Acme key"
        literals = ["acme_"]
        pattern = "acme_[a-z]{20}"
        RULE
    "#;
    let verify = r#"request = { hosts = ["api.acme.example"], path = "/", headers = { x = "{secret}" } }"#;
    for (of_provider, of_rule) in [("[provider.verify]", ""), ("", "[rule.verify]")] {
        let table = |head: &str| if head.is_empty() { String::new() } else { format!("{head}\n{verify}") };
        let text = provider.replace("PROVIDER", &table(of_provider)).replace("RULE", &table(of_rule));
        let file = RuleSet::parse("acme.toml".as_ref(), &text).unwrap();
        let error = RuleSet::builtin().add(file).unwrap_err();
        assert!(error.to_string().contains("it says how its keys are verified"), "{error}");
    }
}

/// Calls that cost, change, or read what nobody needs to know.
const NEVER: [&str; 16] = [
    "api.openai.com/v1/me",
    "/v1/messages",
    "/v1/charges",
    "/v1/chat",
    "/v1/completions",
    "/v1/responses",
    "/v1/predictions",
    "oauth/token",
    "/v1/users",
    "/services/",
    "/workflows/",
    "webhooks/",
    "/auth/approle",
    "/legacy/",
    "pypi.org",
    "/v2/user",
];

#[test]
fn nothing_is_asked_that_costs_changes_or_tells_too_much() {
    for Shown { inquiry, rule, .. } in shown() {
        let path = inquiry.request.path.fill("KEY", &std::collections::BTreeMap::new());
        let path = format!("{}{path}", inquiry.request.hosts.first().map_or("", String::as_str));
        let wrong = NEVER.iter().find(|never| path.ends_with(*never) || path.contains(&format!("{never}/")));
        assert_eq!(wrong, None, "{rule} asks {path}");
    }
}

#[test]
fn rules_that_cannot_be_verified_have_no_inquiry() {
    let rules = RuleSet::builtin();
    for id in [
        "openai-truncated-key",
        "openai-client-secret",
        "openai-webhook-secret",
        "digitalocean-refresh-token",
        "jwt",
        "unknown-sk-key",
        "slack-webhook-url",
        "pypi-upload-token",
    ] {
        let rule: Option<&Rule> = rules.get(&keyward::model::RuleId::new(id));
        assert!(rule.is_none_or(|rule| rule.inquiry().is_none()), "{id}");
    }
    assert!(rules.get(&keyward::model::RuleId::new("openai-api-key")).unwrap().inquiry().is_some());
}

#[test]
fn explain_says_whom_verify_asks() {
    for (rule, says) in [
        ("openai-api-key", "GET https://api.openai.com/v1/models."),
        ("moonshot-api-key", "GET https://api.moonshot.ai or api.moonshot.cn/v1/models."),
        ("npm-access-token", "GET what --verify-url npm=URL names, /-/whoami."),
        ("perplexity-api-key", "Only when named: --verify=perplexity."),
        ("azure-openai-key", "https://(its resource).openai.azure.com or"),
    ] {
        let page = crate::support::Project::without_git().keyward(&["explain", rule]).stdout;
        let page: Vec<&str> = page.split_whitespace().collect();
        assert!(page.join(" ").contains(says), "{}", page.join(" "));
    }
    let page = crate::support::Project::without_git().keyward(&["explain", "jwt"]).stdout;
    assert!(!page.contains("--verify"), "{page}");
}
