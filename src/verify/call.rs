//! A request with everything filled in, and the hosts it may go to.

use std::{collections::BTreeMap, fmt};

use super::{Surroundings, signature};
use crate::{
    model::{BaseUrl, NotChecked, Secret, Unknown, Verdict, Verification},
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

/// The request about `secret` at `address`; `None` when the key cannot stand in a request.
pub(super) fn call(
    inquiry: &Inquiry,
    secret: &Secret,
    companions: &BTreeMap<String, String>,
    address: &BaseUrl,
) -> Option<Call> {
    let is_plain = secret.expose().iter().all(u8::is_ascii_graphic);
    let key = std::str::from_utf8(secret.expose()).ok().filter(|_| is_plain)?;
    let blank = &inquiry.request;
    if blank.place == Place::Path && key.contains(['/', '?', '#', '%']) {
        return None;
    }
    let url = address.join(&blank.path.fill(key, companions));
    let headers = blank.headers.iter().map(|(name, value)| (name.clone(), value.fill(key, companions)));
    let mut headers: Vec<(String, String)> = headers.collect();
    let body = blank.body.as_ref().map(|body| body.fill(key, companions));
    if blank.place == Place::Signature {
        headers.extend(signature::headers(key, companions, address.authority(), body.as_deref().unwrap_or_default())?);
    }
    Some(Call { method: blank.method, url, headers, body })
}
