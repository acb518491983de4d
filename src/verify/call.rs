//! A request with everything filled in, and the hosts it may go to.

use std::fmt;

use super::{Question, Surroundings, signature};
use crate::{
    model::{BaseUrl, NotChecked, Unknown, Verdict, Verification},
    rules::verify::{Inquiry, Method, Place},
};

/// One request.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) url: String,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<String>,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Any part of it may hold the key.
        write!(f, "Call({:?})", self.method)
    }
}

/// Addresses that are asked about a key, in this order.
///
/// # Errors
/// What is said of a key that nobody can be asked about.
pub(super) fn addresses(
    inquiry: &Inquiry,
    surroundings: &Surroundings,
    typed: Option<&BaseUrl>,
) -> Result<Vec<BaseUrl>, Verification> {
    let not_checked = |reason, advice: String| Err(Verification::of(Verdict::NotChecked(reason)).with_advice(advice));
    if surroundings.is_unnamed || !surroundings.is_undisputed {
        let advice = format!("nothing near it says that it is a key of {}", inquiry.name);
        return Err(Verification::of(Verdict::Unknown(Unknown::AmbiguousProvider)).with_advice(advice));
    }
    let is_missing = |name: &String| !surroundings.companions.contains_key(name);
    let of_host = inquiry.request.host_from.as_ref().map(|(name, _)| name);
    // The person at the keyboard has said what the host is.
    let is_host = |name: &String| typed.is_some() && Some(name) == of_host;
    let mut needed = inquiry.companions.iter().map(|(companion, _)| companion).filter(|companion| !companion.optional);
    if let Some(companion) = needed.find(|companion| is_missing(&companion.name) && !is_host(&companion.name)) {
        return not_checked(
            NotChecked::NotVerifiable,
            format!("it takes {} to ask, which is not near the key", companion.what),
        );
    }
    if let Some(typed) = typed {
        return Ok(vec![typed.clone()]);
    }
    let by_hand = |of: &str| format!("to ask {of}, say --verify-url {}=https://HOST", inquiry.provider);
    if let Some(own) = &surroundings.own_host {
        return not_checked(NotChecked::HostNotAllowed, by_hand(own));
    }
    if let Some((name, below)) = &inquiry.request.host_from {
        let host = surroundings.companions[name].to_ascii_lowercase();
        if is_label_below(&host, below) {
            return Ok(vec![BaseUrl::of_host(&host)]);
        }
        return not_checked(NotChecked::HostNotAllowed, by_hand("the host it belongs to"));
    }
    let mut hosts: Vec<&String> = inquiry.request.hosts.iter().collect();
    // The one that is named near the key is asked first.
    hosts.sort_by_key(|host| Some(*host) != surroundings.host.as_ref());
    if hosts.is_empty() {
        return not_checked(NotChecked::HostNotAllowed, by_hand("the host it belongs to"));
    }
    Ok(hosts.into_iter().map(|host| BaseUrl::of_host(host)).collect())
}

/// Whether `host` is one label in front of one of the hosts in `below`.
fn is_label_below(host: &str, below: &[String]) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.len() < 64 && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    below
        .iter()
        .any(|own| host.strip_suffix(own.as_str()).and_then(|rest| rest.strip_suffix('.')).is_some_and(is_label))
}

/// The request that asks `question` at `address`; `None` when the key cannot stand in a request.
pub(super) fn call(question: &Question, address: &BaseUrl) -> Option<Call> {
    let Question { inquiry, secret, surroundings, headers: further } = question;
    let companions = &surroundings.companions;
    let is_plain = secret.expose().iter().all(u8::is_ascii_graphic);
    let key = std::str::from_utf8(secret.expose()).ok().filter(|_| is_plain)?;
    let blank = &inquiry.request;
    if blank.place == Place::Path && key.contains(['/', '?', '#', '%']) {
        return None;
    }
    let url = address.join(&blank.path.fill(key, companions));
    let headers = blank.headers.iter().map(|(name, value)| (name.clone(), value.fill(key, companions)));
    let mut headers: Vec<(String, String)> = headers.chain(further.clone()).collect();
    let body = blank.body.as_ref().map(|body| body.fill(key, companions));
    if blank.place == Place::Signature {
        headers.extend(signature::headers(key, companions, address.authority(), body.as_deref().unwrap_or_default())?);
    }
    Some(Call { method: blank.method, url, headers, body })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        model::{RuleId, Secret, Span},
        rules::{RuleSet, template::expand},
    };

    /// Addresses for the key that `rule` finds as `key` in `text`, or the reason why there are none.
    fn asked(rule: &str, text: &str, key: &str) -> Result<Vec<String>, &'static str> {
        let rules = RuleSet::builtin();
        let rule = rules.get(&RuleId::new(rule)).unwrap();
        let (inquiry, at) = (rule.inquiry().unwrap(), text.find(key).unwrap());
        let surroundings = Surroundings::of(rule, &inquiry, text.as_bytes(), Span::new(at, at + key.len()));
        let found = addresses(&inquiry, &surroundings, None);
        found
            .map(|all| all.iter().map(ToString::to_string).collect())
            .map_err(|verification| verification.verdict.reason())
    }

    #[test]
    fn an_azure_key_goes_to_the_resource_beside_it_and_nowhere_else() {
        let key = expand("{hex:32}", "azure");
        let of = |host: &str| {
            asked(
                "azure-openai-classic-key",
                &format!("AZURE_OPENAI_ENDPOINT=https://{host}/\nAZURE_OPENAI_API_KEY={key}\n"),
                &key,
            )
        };
        assert_eq!(of("Acme.openai.azure.com"), Ok(vec!["https://acme.openai.azure.com".to_owned()]));
        for host in [
            "openai.azure.com",
            "acme.openai.azure.com.evil.example",
            "evil.example",
            "a.b.openai.azure.com@evil.example",
        ] {
            let found = of(host);
            let goes = found.iter().flatten().all(|address| address.ends_with(".openai.azure.com"));
            assert!(goes, "{host}: {found:?}");
        }
        assert_eq!(of("evil.example"), Err("ambiguous-provider"));
    }

    #[test]
    fn the_site_that_is_named_nearby_is_asked_first() {
        let key = expand("sk-{alnum:48}", "moonshot");
        let text = format!("base_url = 'https://api.moonshot.cn/v1'\nkey = '{key}'\n");
        let both = ["https://api.moonshot.cn", "https://api.moonshot.ai"].map(str::to_owned).to_vec();
        assert_eq!(asked("moonshot-api-key", &text, &key), Ok(both));
    }

    #[test]
    fn an_address_of_somebody_else_makes_a_key_doubtful_and_one_of_a_distinct_form_does_not_mind() {
        let doubtful = expand("sk-{hex:32}", "doubt");
        let text = |key: &str| format!("client(api_key='{key}', base_url='https://relay.example/v1')");
        assert_eq!(asked("deepseek-api-key", &text(&doubtful), &doubtful), Err("ambiguous-provider"));
        let distinct = expand("gsk_{alnum:52}", "doubt");
        assert_eq!(asked("groq-api-key", &text(&distinct), &distinct), Ok(vec!["https://api.groq.com".to_owned()]));
    }

    #[test]
    fn the_nearest_half_belongs_to_a_key() {
        let key = expand("sk-lf-{uuid}", "near");
        let halves = ["one", "two", "three"].map(|seed| expand("pk-lf-{uuid}", seed));
        let text = format!(
            "a={}\n{}\nb={}\nc={key}\n{}\nd={}",
            halves[0],
            "#".repeat(90),
            halves[1],
            "#".repeat(90),
            halves[2]
        );
        let rules = RuleSet::builtin();
        let rule = rules.get(&RuleId::new("langfuse-secret-key")).unwrap();
        let (inquiry, at) = (rule.inquiry().unwrap(), text.find(&key).unwrap());
        let surroundings = Surroundings::of(rule, &inquiry, text.as_bytes(), Span::new(at, at + key.len()));
        assert_eq!(surroundings.companions["public"], halves[1]);
    }

    #[test]
    fn a_key_that_could_leave_its_place_makes_no_request() {
        let rules = RuleSet::builtin();
        let call_of = |rule: &str, key: &str| {
            let inquiry = rules.get(&RuleId::new(rule)).unwrap().inquiry().unwrap();
            let address = BaseUrl::of_host("api.example");
            let (surroundings, headers) = (Surroundings::given(&inquiry, b""), BTreeMap::new());
            call(&Question { inquiry, secret: Secret::new(key.as_bytes(), 0), surroundings, headers }, &address)
        };
        assert!(call_of("openai-api-key", "k").is_some());
        for key in ["a\r\nhost: evil", "a b", "ä", "a\0"] {
            assert!(call_of("openai-api-key", key).is_none(), "{key:?}");
        }
        for key in ["1:A/../x", "1:A?x", "1:A#x", "1:A%2f"] {
            assert!(call_of("telegram-bot-token", key).is_none(), "{key:?}");
        }
        assert_eq!(format!("{:?}", call_of("openai-api-key", "hidden")), "Some(Call(Get))");
    }
}
