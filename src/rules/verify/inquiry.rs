//! What a rule asks about its keys: the tables of its provider and its own put together, checked and compiled.
//!
//! The checks are what stands between a slip in a rule file and somebody's key at a stranger's: a host must be one of the provider's, the key
//! has exactly one place, and nothing is called live or dead by the status of an answer alone.

use std::collections::{BTreeMap, BTreeSet};

use regex::{Regex, RegexBuilder, bytes};

use super::{
    filling::Filling,
    spec::{AnswerSpec, Certain, Companion, Method, Place, Request, Then, VerifySpec},
};
use crate::{
    model::{Dead, Live, Unknown, Verdict},
    rules::Provider,
};

/// How keys of a rule are verified.
#[derive(Clone, Debug)]
pub struct Inquiry {
    /// Id of the provider.
    pub provider: String,
    /// Its name.
    pub name: String,
    /// What is asked.
    pub request: Blank,
    /// Whether it is asked only when the provider is named.
    pub opt_in: bool,
    /// The keys that can be asked about, when not all can.
    pub only: Option<bytes::Regex>,
    /// What names the provider when the shape of the key does not.
    pub certain: Option<(Certain, Option<bytes::Regex>)>,
    /// What must be known beside the key.
    pub companions: Vec<(Companion, bytes::Regex)>,
    /// Headers that clients send along, and the variables that hold them.
    pub diagnostic: BTreeMap<String, Vec<String>>,
    /// Hosts on which people run the service themselves.
    pub own_hosts: Option<bytes::Regex>,
    /// Variables of the provider's that name an address, and the host in it.
    pub addresses: Option<bytes::Regex>,
    /// What answers mean, in order.
    pub answers: Vec<Answer>,
    /// Hosts of the provider.
    pub provider_hosts: Vec<String>,
}

/// A request before anything is filled in.
#[derive(Clone, Debug)]
pub struct Blank {
    /// How it is made.
    pub method: Method,
    /// Hosts in the order they are asked.
    pub hosts: Vec<String>,
    /// The companion that is the host, and what it must be below.
    pub host_from: Option<(String, Vec<String>)>,
    /// The path.
    pub path: Filling,
    /// Paths for keys that begin so.
    pub paths: Vec<(String, Filling)>,
    /// Headers by name.
    pub headers: Vec<(String, Filling)>,
    /// The body.
    pub body: Option<Filling>,
    /// Where the key stands.
    pub place: Place,
}

/// An answer and what it means.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its conditions.
    pub spec: AnswerSpec,
    /// What follows.
    pub verdict: Verdict,
    /// What to do about it: the row's own advice, or what follows from the verdict alone.
    pub advice: Option<String>,
    /// What is quoted in the advice.
    pub find: Option<Regex>,
}

/// Patterns of rule files are short; one that is not is a mistake.
const LARGEST_PATTERN: usize = 1 << 18;

/// Words that anybody who stands between may say.
const GENERIC: [&str; 12] = [
    "access denied",
    "api key",
    "blocked",
    "denied",
    "error",
    "exceeded",
    "forbidden",
    "invalid",
    "not allowed",
    "not found",
    "permission",
    "unauthorized",
];

impl Inquiry {
    /// Puts the table of the provider, if it has one, behind the rule's own.
    ///
    /// # Errors
    /// The first thing that is wrong, and the way out.
    pub fn new(provider: &Provider, own: &VerifySpec) -> Result<Self, (String, String)> {
        let general = provider.verify.as_ref();
        let request = own.request.as_ref().or_else(|| general?.request.as_ref());
        let request = request.ok_or_else(|| {
            fail("there is a table of answers, and no request", "add `request` here or under [provider.verify]")
        })?;
        let both = || [Some(own), general].into_iter().flatten();
        let companions: Vec<Companion> = both().flat_map(|spec| spec.companions.iter().cloned()).collect();
        let own_hosts = both().find_map(|spec| spec.own_hosts.as_deref()).map(pattern).transpose()?;
        let certain = both().find_map(|spec| spec.certain.clone());
        let whole = |shape: &String| pattern(&format!(r"\A(?:{shape})\z"));
        let certain = certain.map(|certain| {
            let form = certain.pattern.as_ref().map(whole).transpose();
            form.map(|form| (certain, form))
        });
        let inquiry = Self {
            provider: provider.id.clone(),
            name: provider.name.clone(),
            request: blank(request, provider, &companions)?,
            only: both().find_map(|spec| spec.only.as_ref()).map(whole).transpose()?,
            opt_in: both().any(|spec| spec.opt_in),
            certain: certain.transpose()?,
            companions: companions
                .into_iter()
                .map(|companion| pattern(&companion.pattern).map(|shape| (companion, shape)))
                .collect::<Result<_, _>>()?,
            diagnostic: both().flat_map(|spec| spec.diagnostic.clone()).collect(),
            own_hosts,
            addresses: addresses(provider)?,
            answers: both()
                .flat_map(|spec| &spec.answers)
                .map(|spec| answer(spec, &provider.name))
                .collect::<Result<_, _>>()?,
            provider_hosts: provider.hosts.clone(),
        };
        if let Some(name) = inquiry.diagnostic.keys().find(|name| !is_header_name(name)) {
            return Err(fail(format!("`{name}` is no name of a header"), "write it in lower case: `x-api-key`"));
        }
        inquiry.check_answers()?;
        Ok(inquiry)
    }

    /// Whether `secret` is a key that can be asked about.
    #[must_use]
    pub fn covers(&self, secret: &[u8]) -> bool {
        self.only.as_ref().is_none_or(|only| only.is_match(secret))
    }

    /// Whether an answer is about the key and what stands beside it together.
    #[must_use]
    pub fn is_of_pair(&self) -> bool {
        self.companions.iter().any(|(companion, _)| !companion.optional)
    }

    fn check_answers(&self) -> Result<(), (String, String)> {
        let has = |wanted: fn(Verdict) -> bool| self.answers.iter().any(|answer| wanted(answer.verdict));
        if !has(Verdict::is_live) || !has(Verdict::is_dead) {
            return Err(fail(
                "its answers know no live or no dead key",
                "describe what the provider says to a good key and to a bad one",
            ));
        }
        Ok(())
    }
}

/// What the value of a variable looks like when it is an address: with a scheme, or a name with a dot in it that ends there.
const ADDRESS: &str = r#"["'`\]]{0,2}[ \t]{0,4}(?:=>|:=|\?\?|\|\||[:=(,])[-? \t"'`]{0,6}(?:https?://(?:[^\s@/"'`]{1,200}@)?([a-z0-9.-]{1,253})|((?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}|localhost)(?:["'`\s:/,;)]|\z))"#;

/// Finds the hosts that the variables of `provider` name.
fn addresses(provider: &Provider) -> Result<Option<bytes::Regex>, (String, String)> {
    let is_address = |name: &&String| ["URL", "URI", "HOST", "ENDPOINT", "BASE"].iter().any(|part| name.contains(part));
    let reads = provider.sdks.iter().flat_map(|sdk| &sdk.base_reads);
    let names: BTreeSet<&str> = provider.settings.iter().chain(reads).filter(is_address).map(String::as_str).collect();
    if names.is_empty() {
        return Ok(None);
    }
    let names: Vec<String> = names.into_iter().map(regex::escape).collect();
    pattern(&format!(r"(?i)\b(?:{}){ADDRESS}", names.join("|"))).map(Some)
}

fn fail(problem: impl Into<String>, help: impl Into<String>) -> (String, String) {
    (problem.into(), help.into())
}

fn pattern(text: &str) -> Result<bytes::Regex, (String, String)> {
    let built = bytes::RegexBuilder::new(text).unicode(false).size_limit(LARGEST_PATTERN).build();
    built.map_err(|error| fail(format!("`{text}` is no pattern: {error}"), "see the syntax of the regex crate"))
}

fn filling(template: &str) -> Result<Filling, (String, String)> {
    Filling::parse(template).map_err(|problem| fail(problem, "write `{secret}`, `{name}` or `{base64:…}`"))
}

fn blank(request: &Request, provider: &Provider, companions: &[Companion]) -> Result<Blank, (String, String)> {
    let foreign = |host: &&String| !provider.hosts.contains(host);
    let below = request.host_from.iter().flat_map(|from| &from.below);
    if let Some(host) = request.hosts.iter().chain(below).find(foreign) {
        let help = format!("list it in the provider's `hosts` if it belongs to {}", provider.name);
        return Err(fail(format!("`{host}` is not a host of the provider"), help));
    }
    let paths = || request.paths.values().chain([&request.path]);
    let is_path =
        |path: &str| path.starts_with('/') && !path.starts_with("//") && path.is_ascii() && !path.contains([' ', '#']);
    if let Some(path) = paths().find(|path| !is_path(path)) {
        return Err(fail(format!("`{path}` is no path"), "write a path that begins with `/`"));
    }
    if let Some(path) = request.paths.values().find(|path| path.contains('{')) {
        return Err(fail(format!("`{path}` is filled in"), "only `path` is, and the others stand as they are"));
    }
    if let Some(name) = request.headers.keys().find(|name| !is_header_name(name)) {
        return Err(fail(format!("`{name}` is no name of a header"), "write it in lower case: `x-api-key`"));
    }
    let header = |(name, value): (&String, &String)| filling(value).map(|value| (name.clone(), value));
    let headers: Vec<(String, Filling)> = request.headers.iter().map(header).collect::<Result<_, _>>()?;
    let path = filling(&request.path)?;
    let body = match (&request.body, request.place) {
        (Some(body), Place::Body) => Some(filling(body)?),
        (Some(body), _) if body.contains("{secret}") => {
            return Err(fail("the key stands in the body", "write `place = \"body\"` if there is no other way"));
        }
        (Some(body), _) => Some(Filling::constant(body)),
        (None, _) => None,
    };
    check_place(request.place, &path, &headers, body.as_ref())?;
    let declared: BTreeSet<&str> = companions.iter().map(|companion| companion.name.as_str()).collect();
    let used = headers.iter().flat_map(|(_, value)| value.companions()).chain(path.companions());
    let used = used.chain(request.host_from.iter().map(|from| from.companion.as_str()));
    if let Some(name) = used.chain(body.iter().flat_map(Filling::companions)).find(|name| !declared.contains(name)) {
        return Err(fail(
            format!("`{{{name}}}` is not declared"),
            "describe it in a [[companion]] with a pattern; the key itself is `{secret}`",
        ));
    }
    Ok(Blank {
        method: request.method,
        hosts: request.hosts.clone(),
        host_from: request.host_from.as_ref().map(|from| (from.companion.clone(), from.below.clone())),
        path,
        paths: request.paths.iter().map(|(prefix, path)| (prefix.clone(), Filling::constant(path))).collect(),
        headers,
        body,
        place: request.place,
    })
}

fn check_place(
    place: Place,
    path: &Filling,
    headers: &[(String, Filling)],
    body: Option<&Filling>,
) -> Result<(), (String, String)> {
    let in_headers: usize = headers.iter().map(|(_, value)| value.secrets()).sum();
    let found = (in_headers, path.secrets(), body.map_or(0, Filling::secrets));
    let expected = match place {
        Place::Header => (1, 0, 0),
        Place::Path => (0, 1, 0),
        Place::Body => (0, 0, 1),
        Place::Signature => (0, 0, 0),
    };
    if found == expected {
        return Ok(());
    }
    let (headers, path, body) = found;
    Err(fail(
        format!("the key stands {headers} times in headers, {path} in the path, {body} in the body"),
        "it has exactly one place: one header, or what `place` says",
    ))
}

fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn answer(spec: &AnswerSpec, provider: &str) -> Result<Answer, (String, String)> {
    let verdict: Verdict = spec.verdict.parse().map_err(|_| unknown_verdict(&spec.verdict))?;
    if spec.status.as_slice().is_empty() {
        return Err(fail("an answer has no status", "write the HTTP status it comes with"));
    }
    let pointers = spec.is.keys().chain(&spec.has).chain(&spec.lacks).chain(spec.at_most.keys());
    if let Some(wrong) = pointers.into_iter().find(|pointer| !pointer.starts_with('/')) {
        return Err(fail(format!("`{wrong}` is no JSON pointer"), "write it like `/error/code`"));
    }
    let has_evidence = !(spec.code.is_empty() && spec.is.is_empty() && spec.has.is_empty() && spec.at_most.is_empty())
        || !(spec.message.is_empty() && spec.text.is_empty() && spec.headers.is_empty());
    if !has_evidence && (verdict.is_live() || verdict.is_dead()) {
        let problem = format!("status {:?} alone is said to mean {verdict}", spec.status.as_slice());
        return Err(fail(problem, "say what else the answer holds: proxies and block pages have the same status"));
    }
    let is_generic = |text: &&String| GENERIC.contains(&text.to_ascii_lowercase().as_str());
    let is_in_words = spec.code.is_empty() && spec.is.is_empty() && spec.has.is_empty() && spec.headers.is_empty();
    if let Some(word) = spec.message.iter().chain(&spec.text).find(is_generic).filter(|_| is_in_words)
        && (verdict.is_live() || verdict.is_dead())
    {
        return Err(fail(
            format!("`{word}` is said to mean {verdict}"),
            "gateways and firewalls say that as well: write more of the provider's own words, or a place in the JSON",
        ));
    }
    if matches!(verdict, Verdict::NotChecked(_)) {
        return Err(fail(format!("no answer can mean {verdict}"), "whoever answers was asked"));
    }
    let find = spec.find.as_deref().map(|text| {
        let built = RegexBuilder::new(text).case_insensitive(true).size_limit(LARGEST_PATTERN).build();
        built.map_err(|error| fail(format!("`{text}` is no pattern: {error}"), "see the syntax of the regex crate"))
    });
    let find = find.transpose()?;
    let quotes = spec.advice.as_ref().is_some_and(|advice| advice.contains("{found"));
    let needs = quotes || spec.then == Some(Then::AskFoundHost);
    if needs && find.as_ref().is_none_or(|find| find.captures_len() < 2) {
        return Err(fail("`{found}` is not found by anything", "add `find` with one group"));
    }
    let advice = spec.advice.clone().or_else(|| usual_advice(verdict, provider));
    Ok(Answer { spec: spec.clone(), verdict, advice, find })
}

/// What to do about a key of `provider` of which nothing more is known than `verdict`.
fn usual_advice(verdict: Verdict, provider: &str) -> Option<String> {
    let text = match verdict {
        Verdict::Live(Live::RestrictedScope) => "the key is good, and may not do this",
        Verdict::Live(Live::NoCredit) => "the key is good and there is no money behind it",
        Verdict::Live(Live::RateLimited) => "the key is good and busy: something is using it right now",
        Verdict::Dead(Dead::Rejected) => "revoked, deleted or never valid; look where it is still used",
        Verdict::Dead(Dead::Expired) => "its time is over: take it out of the file",
        Verdict::Unknown(Unknown::KeyNotSent) => {
            return Some(format!(
                "{provider} saw no key: something on the way, such as a proxy, took it out of the request"
            ));
        }
        _ => return None,
    };
    Some(text.to_owned())
}

fn unknown_verdict(text: &str) -> (String, String) {
    let near = Verdict::ALL
        .into_iter()
        .map(|verdict| (strsim::damerau_levenshtein(text, &verdict.to_string()), verdict))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, verdict)| *distance <= verdict.to_string().len() / 2);
    let help = near.map_or_else(
        || "write status and reason, such as `live/ok`".to_owned(),
        |(_, verdict)| format!("did you mean `{verdict}`?"),
    );
    fail(format!("there is no verdict `{text}`"), help)
}
