//! From an answer to a verdict, by the table of the rule.
//!
//! The first row that fits decides. What fits none is `unknown/unexpected-answer`, whatever its status: only a row that names what it saw may call
//! a key live or dead. Nothing of an answer is repeated but what a row's own pattern finds in it, since answers quote the keys they refuse.

use serde_json::Value;

use crate::{
    model::{Secret, Unknown, Verdict, Verification, printable_line},
    rules::verify::{Answer, Inquiry, Then},
};

/// What came back.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The beginning of the body.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The body may quote the key.
        write!(f, "Reply({}, {} bytes)", self.status, self.body.len())
    }
}

impl Reply {
    /// What stands in the header called `name`.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What an answer means, and what has to be done before that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// What is said of the key.
    pub verification: Verification,
    /// What is done first.
    pub then: Option<Then>,
    /// What the row found in the answer.
    pub found: Option<String>,
}

/// Longest piece of an answer that is quoted.
const LONGEST_QUOTE: usize = 120;
/// A shorter piece of a key says nothing of it.
const TELLING: usize = 6;

/// What `reply` to `inquiry` says of `secret`.
#[must_use]
pub fn judge(inquiry: &Inquiry, reply: &Reply, secret: &Secret) -> Judgement {
    let text = String::from_utf8_lossy(&reply.body);
    let seen = Seen { reply, lower: text.to_lowercase(), json: json(&reply.body) };
    let Some(answer) = inquiry.answers.iter().find(|answer| seen.fits(answer)) else {
        return Judgement { verification: unforeseen(&seen), then: None, found: None };
    };
    let captured = answer.find.as_ref().and_then(|find| find.captures(&text)).and_then(|found| found.get(1));
    let found =
        captured.map(|found| printable_line(found.as_str(), LONGEST_QUOTE)).filter(|found| !shows(secret, found));
    let advice = answer.advice.as_ref().map(|advice| quote(advice, found.as_deref()));
    let verification = Verification { verdict: answer.verdict, http_status: Some(reply.status), advice };
    Judgement { verification, then: answer.spec.then, found }
}

/// `advice` with `found` in its place, or what `{found|…}` says instead when nothing was found.
fn quote(advice: &str, found: Option<&str>) -> String {
    let Some((before, rest)) = advice.split_once("{found") else { return advice.to_owned() };
    let (other, behind) = rest.split_once('}').unwrap_or((rest, ""));
    let other = other.strip_prefix('|').unwrap_or_default();
    format!("{before}{}{behind}", found.unwrap_or(other))
}

/// Whether `text` holds a part of `secret`.
fn shows(secret: &Secret, text: &str) -> bool {
    let (secret, text) = (secret.expose(), text.as_bytes());
    text.len() >= TELLING && text.windows(TELLING).any(|piece| memchr::memmem::find(secret, piece).is_some())
}

/// JSON that is an object or a list; a bare word is none.
fn json(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body).ok().filter(|value: &Value| value.is_object() || value.is_array())
}

/// A reply, made ready to be compared.
struct Seen<'r> {
    reply: &'r Reply,
    lower: String,
    json: Option<Value>,
}

impl Seen<'_> {
    fn fits(&self, answer: &Answer) -> bool {
        let spec = &answer.spec;
        let is_in = |texts: &[String]| texts.iter().any(|text| self.lower.contains(&text.to_lowercase()));
        let number = |value: &Value, most: f64| value.as_f64().is_some_and(|number| number <= most);
        spec.status.contains(&self.reply.status)
            && ((spec.code.is_empty() && spec.message.is_empty())
                || self.at("/error/code", |value| spec.code.iter().any(|code| value == code.as_str()))
                || (self.json.is_some() && is_in(&spec.message)))
            && spec.is.iter().all(|(place, wanted)| self.at(place, |value| wanted.contains(value)))
            && spec.has.iter().all(|place| self.at(place, |value| !value.is_null()))
            && (spec.lacks.is_empty() || self.json.is_some())
            && !spec.lacks.iter().any(|place| self.at(place, |value| !value.is_null()))
            && spec.at_most.iter().all(|(place, most)| self.at(place, |value| number(value, *most)))
            && (spec.text.is_empty() || is_in(&spec.text))
            && spec.headers.iter().all(|(name, wanted)| {
                self.reply.header(name).is_some_and(|value| value.to_lowercase().contains(&wanted.to_lowercase()))
            })
    }

    /// Whether something at `place` is as `wanted`.
    fn at(&self, place: &str, wanted: impl Fn(&Value) -> bool) -> bool {
        let mut values: Vec<&Value> = self.json.iter().collect();
        for step in place.split('/').skip(1) {
            values = values.into_iter().flat_map(|value| members(value, step)).collect();
        }
        values.into_iter().any(wanted)
    }
}

/// The member of `value` called `step`, or all of them.
fn members<'v>(value: &'v Value, step: &str) -> Vec<&'v Value> {
    match (value, step) {
        (Value::Array(list), "*") => list.iter().collect(),
        (Value::Object(map), "*") => map.values().collect(),
        (Value::Array(list), _) => step.parse::<usize>().ok().and_then(|at| list.get(at)).into_iter().collect(),
        (Value::Object(map), _) => map.get(step).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// What is said of an answer that is in no table.
fn unforeseen(seen: &Seen<'_>) -> Verification {
    let Reply { status, .. } = *seen.reply;
    let unknown = |reason, advice: &str| {
        let verification = Verification::of(Verdict::Unknown(reason)).with_advice(advice);
        Verification { http_status: Some(status), ..verification }
    };
    let is_page = seen.lower.trim_start().starts_with('<');
    match status {
        407 => unknown(Unknown::Network, "a proxy asks for a user and a password: put them into HTTPS_PROXY"),
        408 | 500..=599 => unknown(Unknown::ServerError, "ask again later; the provider's status page may know more"),
        300..=399 => unknown(Unknown::UnexpectedAnswer, "it leads to another address, which is not followed"),
        429 => unknown(Unknown::UnexpectedAnswer, "too many requests came from this address: ask again later"),
        _ if is_page => unknown(
            Unknown::UnexpectedAnswer,
            "a web page came instead of an answer: a proxy, a block page or a wrong address",
        ),
        _ => unknown(Unknown::UnexpectedAnswer, "look at the provider's own page for the state of the key"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::RuleId,
        rules::{RuleSet, template::expand, verify::Several},
    };

    fn openai(status: u16, body: &str) -> Judgement {
        let inquiry = RuleSet::builtin().get(&RuleId::new("openai-api-key")).unwrap().inquiry().unwrap();
        let secret = Secret::new(expand("sk-proj-{url64:74}T3BlbkFJ{url64:74}", "judged").as_bytes(), 8);
        judge(&inquiry, &Reply { status, headers: Vec::new(), body: body.as_bytes().to_vec() }, &secret)
    }

    #[test]
    fn nothing_is_live_or_dead_by_its_status_alone() {
        for status in 200..600 {
            for body in ["", "{}", "[]", "null", "<html>", "{\"error\":{}}", "\u{0}", "{\"error\":\"no\"}"] {
                let verdict = openai(status, body).verification.verdict;
                assert!(verdict.is_unknown(), "{status} {body}: {verdict}");
            }
        }
    }

    #[test]
    fn what_an_answer_quotes_of_the_key_is_not_repeated() {
        let key = expand("sk-proj-{url64:74}T3BlbkFJ{url64:74}", "judged");
        for text in ["Missing scopes: ", "make your request to us.api.openai.com"] {
            let body = format!(r#"{{"error":{{"message":"{text}{key}","code":null}}}}"#);
            assert!(!format!("{:?}", openai(401, &body)).contains(&key[10..20]));
        }
    }

    #[test]
    fn advice_about_what_was_not_named_is_a_sentence_all_the_same() {
        let advice = |message: &str, code: &str| {
            let body = format!(r#"{{"error":{{"message":"{message}","code":"{code}"}}}}"#);
            openai(401, &body).verification.advice.unwrap()
        };
        assert!(advice("Missing scopes: ", "").contains("without the scope that a list of models takes: grant it"));
        assert!(advice("Missing scopes: api.model.read", "").contains("without the scope api.model.read: grant it"));
        assert!(advice("x", "incorrect_hostname").ends_with("OPENAI_BASE_URL=https://HOST/v1"));
    }

    #[test]
    fn places_in_json_may_stand_for_any_member() {
        let reply = Reply { status: 200, headers: Vec::new(), body: Vec::new() };
        let json = Some(serde_json::json!({"error": {"details": [{"reason": "A"}, {"reason": "B"}, {}]}}));
        let seen = Seen { reply: &reply, lower: String::new(), json };
        assert!(seen.at("/error/details/*/reason", |value| value == "B"));
        assert!(seen.at("/error/details/1/reason", |value| value == "B"));
        assert!(!seen.at("/error/details/0/reason", |value| value == "B"));
        assert!(!seen.at("/error/code", |_| true));
        assert!(Several::One(1).contains(&1) && !Several::Of(vec![1, 2]).contains(&3));
    }
}
