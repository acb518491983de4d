//! What stands around a key and decides whether and how its provider is asked.
//!
//! Looked at while the text is at hand and kept beside the secret: the halves that belong to it, the host it names, and signs that it is
//! somebody else's key after all. A sign too much only means that nobody is asked.

use std::{collections::BTreeMap, sync::LazyLock};

use regex::bytes::Regex;

use crate::{
    model::Span,
    rules::{Anchor, Rule, verify::Inquiry},
};

/// What stands around a key.
///
/// Of several the first in their order is the one to go by: signs that it is somebody else's key count wherever they stand, then the place that
/// knows most.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Surroundings {
    /// Whether nothing says that an address of somebody else belongs to the key. In the order of places one that says so comes first.
    pub is_undisputed: bool,
    /// Whether no host is named on which people run the service themselves; likewise.
    pub is_central: bool,
    /// Whether neither the form of the key nor a word names its provider.
    pub is_unnamed: bool,
    /// How many companions that are needed are missing; the fewer the better.
    pub missing: usize,
    /// A host that is not the provider's, on which the service is run.
    pub own_host: Option<String>,
    /// The host of the provider that is named nearby.
    pub host: Option<String>,
    /// Companions by name.
    pub companions: BTreeMap<String, String>,
}

/// Bytes before and after a key in which its other half stands.
const REACH: usize = 2_000;
/// Bytes before and after a key in which an address belongs to it.
const NEAR: usize = 300;
/// Longest value of a companion.
const LONGEST: usize = 4_096;

impl Surroundings {
    /// Of a key that somebody gave us by itself: whose it is is not in doubt, and what belongs to it stands somewhere in `beside`.
    #[must_use]
    pub fn given(inquiry: &Inquiry, beside: &[u8]) -> Self {
        let nowhere = Span::new(0, 0);
        let found = inquiry.companions.iter();
        let found =
            found.filter_map(|(companion, pattern)| Some((companion.name.clone(), nearest(pattern, beside, nowhere)?)));
        let companions: BTreeMap<String, String> = found.collect();
        let needed = inquiry.companions.iter().filter(|(companion, _)| !companion.optional);
        let missing = needed.filter(|(companion, _)| !companions.contains_key(&companion.name)).count();
        let (own_host, host) = (None, None);
        Self { is_undisputed: true, is_central: true, is_unnamed: false, missing, own_host, host, companions }
    }

    /// Looks around the key at `span` in `text`, which `rule` found.
    #[must_use]
    pub fn of(rule: &Rule, inquiry: &Inquiry, text: &[u8], span: Span) -> Self {
        let (start, end) = (span.start.saturating_sub(REACH), text.len().min(span.end + REACH));
        let (window, key) = (&text[start..end], Span::new(span.start - start, span.end - start));
        let secret = &text[span.range()];
        let found = inquiry
            .companions
            .iter()
            .filter_map(|(companion, pattern)| Some((companion.name.clone(), nearest(pattern, window, key)?)));
        let companions: BTreeMap<String, String> = found.collect();
        let is_missing = |name: &str| !companions.contains_key(name);
        let needed = inquiry.companions.iter().filter(|(companion, _)| !companion.optional);
        let own_host = own_host(inquiry, window, key);
        Self {
            is_undisputed: !leads_elsewhere(rule, inquiry, window, key),
            is_central: own_host.is_none(),
            is_unnamed: !names_provider(inquiry, window, key, secret),
            missing: needed.filter(|(companion, _)| is_missing(&companion.name)).count(),
            own_host,
            host: inquiry
                .request
                .hosts
                .iter()
                .filter(|host| holds(window, host))
                .max_by_key(|host| host.len())
                .cloned(),
            companions,
        }
    }
}

/// The match of `pattern` that is nearest to `key`, before it or behind.
fn nearest(pattern: &Regex, window: &[u8], key: Span) -> Option<String> {
    let distance = |at: &regex::bytes::Match<'_>| {
        if at.end() <= key.start { key.start - at.end() } else { at.start().saturating_sub(key.end) }
    };
    let groups = pattern.captures_iter(window).filter_map(|found| found.get(1).or_else(|| found.get(0)));
    let apart = groups.filter(|at| !Span::new(at.start(), at.end()).overlaps(key) && at.len() <= LONGEST);
    let nearest = apart.min_by_key(|at| (distance(at), at.start()))?;
    std::str::from_utf8(nearest.as_bytes())
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_graphic()))
        .map(str::to_owned)
}

/// Whether the form of `secret` or a word on its line names the provider, where the rule alone does not.
fn names_provider(inquiry: &Inquiry, window: &[u8], key: Span, secret: &[u8]) -> bool {
    let Some((certain, form)) = &inquiry.certain else { return true };
    let before = memchr::memrchr(b'\n', &window[..key.start]).map_or(0, |at| at + 1);
    let behind = memchr::memchr(b'\n', &window[key.end..]).map_or(window.len(), |at| key.end + at);
    let lower = window[before..behind].to_ascii_lowercase();
    form.as_ref().is_some_and(|form| form.is_match(secret))
        || certain.words.iter().any(|word| holds(&lower, &word.to_ascii_lowercase()))
}

/// An address that is given to a client: it says whose the key beside it is, and weighs more than the name of a variable.
static BASE_URL: LazyLock<Regex> = LazyLock::new(|| {
    let built = Regex::new(
        r#"(?i-u)(?:base_?ur[li]|api_?base|endpoint)["'`\]]{0,2}[ \t]{0,4}[:=(,][ \t"'`]{0,6}https?://([a-z0-9.-]{1,253})"#,
    );
    built.expect("the pattern is well formed")
});

/// Whether an address near the key leads to somebody else, and the shape of the key does not contradict it.
fn leads_elsewhere(rule: &Rule, inquiry: &Inquiry, window: &[u8], key: Span) -> bool {
    let spec = &rule.spec;
    let is_distinct = spec.context.is_none() && spec.family.is_none() && spec.anchor != Anchor::Assignment;
    if is_distinct {
        return false;
    }
    let near = &window[key.start.saturating_sub(NEAR)..window.len().min(key.end + NEAR)];
    let hosts = || BASE_URL.captures_iter(near).filter_map(|found| found.get(1));
    let is_own = |host: &[u8]| inquiry.provider_hosts.iter().any(|own| is_below(host, own));
    hosts().any(|host| !is_own(host.as_bytes())) && !hosts().any(|host| is_own(host.as_bytes()))
}

/// Whether `host` is `own` or a subdomain of it.
fn is_below(host: &[u8], own: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host.strip_suffix(own.as_bytes()).is_some_and(|rest| rest.is_empty() || rest.ends_with(b"."))
}

fn own_host(inquiry: &Inquiry, window: &[u8], key: Span) -> Option<String> {
    let near = &window[key.start.saturating_sub(NEAR)..window.len().min(key.end + NEAR)];
    let found =
        inquiry.own_hosts.as_ref()?.captures_iter(near).filter_map(|found| found.get(1).or_else(|| found.get(0)));
    let foreign = found.filter(|host| !inquiry.provider_hosts.iter().any(|own| is_below(host.as_bytes(), own)));
    foreign.map(|host| String::from_utf8_lossy(host.as_bytes()).to_ascii_lowercase()).find(|host| host.len() <= LONGEST)
}

fn holds(window: &[u8], word: &str) -> bool {
    memchr::memmem::find(window, word.as_bytes()).is_some()
}
