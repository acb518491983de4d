//! What stands around a key and decides whether and how its provider is asked.
//!
//! Looked at while the text is at hand and kept beside the secret: what may belong to it, the hosts it names, and signs that it is
//! somebody else's key after all. A sign too much only means that nobody is asked. What several places say of one key is put together, so
//! that no place can hide what another one says.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use regex::bytes::{Captures, Regex};

use super::nearby::{Companions, Nearby};
use crate::{
    model::{Secret, Span},
    rules::{Anchor, Rule, verify::Inquiry},
};

/// What stands around a key, at all places where it was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// Whether an address of somebody else belongs to the key.
    pub is_disputed: bool,
    /// Whether neither the form of the key nor a word names its provider.
    pub is_unnamed: bool,
    /// A host that is not the provider's, on which the service is run and the key is used.
    pub own_host: Option<String>,
    /// Such a host somewhere in the same file, or one of the provider's that is not asked: what is refused may be good there.
    pub rival: Option<String>,
    /// Hosts of the provider that are named nearby.
    pub hosts: BTreeSet<String>,
    /// What may belong to the key, by companion.
    companions: BTreeMap<String, Nearby>,
}

/// Bytes before and after a key in which its other half stands.
const REACH: usize = 2_000;
/// Bytes before and after a key in which an address belongs to it.
const NEAR: usize = 300;
/// Bytes before and after a key that are taken for its file.
const FILE: usize = 32 << 10;
/// Bytes before and after a key in which a word stands on the same line; minified code has all of it on one.
const SAME_LINE: usize = 80;
/// Longest name of a host.
const LONGEST_HOST: usize = 253;

impl Surroundings {
    /// Of a key that somebody gave us by itself: whose it is is not in doubt, and what belongs to it stands somewhere in `beside`, as
    /// `NAME=value` on lines. An address that is set there says where the key is used, unless only the provider itself issues its form.
    #[must_use]
    pub fn given(rule: &Rule, inquiry: &Inquiry, beside: &[u8]) -> Self {
        let nowhere = Span::new(0, 0);
        let mut own_host =
            foreign_setting(inquiry, beside).filter(|_| inquiry.own_hosts.is_some() || !is_distinct(rule));
        own_host = own_host.or_else(|| self_run(inquiry, beside));
        let (rival, companions) = (unlisted_setting(inquiry, beside), companions(inquiry, beside, nowhere));
        Self { own_host, rival, companions, ..Self::default() }
    }

    /// Looks around the key at `span` in `text`, which `rule` found.
    #[must_use]
    pub fn of(rule: &Rule, inquiry: &Inquiry, text: &[u8], span: Span) -> Self {
        let (near, key) = window(text, span, NEAR);
        let (file, _) = window(text, span, FILE);
        let set = foreign_setting(inquiry, file);
        let told = set.or_else(|| foreign_address(rule, inquiry, near, key));
        let mut found = Self { is_unnamed: !names_provider(inquiry, near, key), ..Self::default() };
        found.rival = unlisted_setting(inquiry, file);
        if inquiry.own_hosts.is_some() {
            let own = host_of_its_url(text, span).filter(|host| !is_own(inquiry, host.as_bytes()));
            found.own_host = own.or(told).or_else(|| self_run(inquiry, near));
            found.rival = self_run(inquiry, file).or(found.rival);
        } else if !is_distinct(rule) {
            found.is_disputed = told.is_some();
        }
        let named = inquiry.request.hosts.iter().filter(|host| names_site(near, host));
        found.hosts = named.cloned().collect();
        let (reach, key) = window(text, span, REACH);
        found.companions = companions(inquiry, reach, key);
        found
    }

    /// Puts what another place says beside what this one says; in whichever order, the result is the same.
    pub fn merge(&mut self, other: Self) {
        let first = |one: Option<String>, two: Option<String>| one.into_iter().chain(two).min();
        self.is_disputed |= other.is_disputed;
        self.is_unnamed &= other.is_unnamed;
        self.own_host = first(self.own_host.take(), other.own_host);
        self.rival = first(self.rival.take(), other.rival);
        self.hosts.extend(other.hosts);
        for (name, nearby) in other.companions {
            self.companions.entry(name).or_default().merge(nearby);
        }
    }

    /// Forgets the companions that `forbids` names: what must not travel alone does not travel beside a key.
    pub fn forget(&mut self, forbids: impl Fn(&Secret) -> bool) {
        self.companions.values_mut().for_each(|nearby| nearby.forget(&forbids));
    }

    /// The companions that `inquiry` may be asked with, the likeliest first, and whether these are all there are.
    #[must_use]
    pub fn pairs(&self, inquiry: &Inquiry) -> (Vec<Companions>, bool) {
        super::nearby::pairs(inquiry, &self.companions)
    }

    /// Whether nothing was found for the companion called `name`.
    #[must_use]
    pub fn lacks(&self, name: &str) -> bool {
        self.companions.get(name).is_none_or(Nearby::is_empty)
    }
}

/// `reach` bytes of `text` on both sides of `span`, and where it is in them.
fn window(text: &[u8], span: Span, reach: usize) -> (&[u8], Span) {
    let (start, end) = (span.start.saturating_sub(reach), text.len().min(span.end + reach));
    (&text[start..end], Span::new(span.start - start, span.end - start))
}

fn companions(inquiry: &Inquiry, window: &[u8], key: Span) -> BTreeMap<String, Nearby> {
    let all = inquiry.companions.iter();
    all.map(|(companion, pattern)| (companion.name.clone(), Nearby::of(pattern, window, key))).collect()
}

/// Whether the form of the key or a word on its line names the provider, where the rule alone does not.
fn names_provider(inquiry: &Inquiry, window: &[u8], key: Span) -> bool {
    let Some((certain, form)) = &inquiry.certain else { return true };
    let line = line(window, key);
    let line = line.start.max(key.start.saturating_sub(SAME_LINE))..line.end.min(key.end + SAME_LINE);
    let lower = window[line].to_ascii_lowercase();
    let says = |words: &[String]| words.iter().any(|word| holds(&lower, &word.to_ascii_lowercase()));
    form.as_ref().is_some_and(|form| form.is_match(&window[key.range()]))
        || (says(&certain.words) && !says(&certain.not_words))
}

/// The line that holds `key`.
fn line(window: &[u8], key: Span) -> Span {
    let before = memchr::memrchr(b'\n', &window[..key.start]).map_or(0, |at| at + 1);
    let behind = memchr::memchr(b'\n', &window[key.end..]).map_or(window.len(), |at| key.end + at);
    Span::new(before, behind)
}

/// Whether `rule` finds keys of a form that one provider alone issues.
fn is_distinct(rule: &Rule) -> bool {
    let spec = &rule.spec;
    spec.context.is_none() && spec.family.is_none() && spec.anchor != Anchor::Assignment
}

/// An address that is given to a client: it says whose the key beside it is, and weighs more than the name of a variable.
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    let built = Regex::new(
        r#"(?i-u)(?:base_?ur[li]|api_?base|endpoint|server_?url|api_?url|(?:\b|_)host)["'`\]]{0,2}[ \t]{0,4}[:=(,][ \t"'`]{0,6}https?://(?:[^\s@/"'`]{1,200}@)?([a-z0-9.-]{1,253})"#,
    );
    built.expect("the pattern is well formed")
});
static URL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i-u)https?://(?:[^\s@/"'`]{1,200}@)?([a-z0-9.-]{1,253})"#).expect("the pattern is well formed")
});
/// What stands behind a token that is the password of an address.
static AT_HOST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i-u)\A(?::[^\s@/"'`]{0,100})?@([a-z0-9.-]{1,253})"#).expect("the pattern is well formed")
});

/// The host that a variable of the provider's own names, when it is none of the provider's.
fn foreign_setting(inquiry: &Inquiry, text: &[u8]) -> Option<String> {
    let found = inquiry.addresses.as_ref()?.captures_iter(text).filter_map(|found| group(&found));
    found.filter(|host| !is_own(inquiry, host)).find_map(name_of)
}

/// A host of the provider's own that a variable names and that is in no table, such as a region with keys of its own.
fn unlisted_setting(inquiry: &Inquiry, text: &[u8]) -> Option<String> {
    // What stands beside a key is asked, and what has no hosts is asked where somebody says.
    if inquiry.request.hosts.is_empty() {
        return None;
    }
    let found = inquiry.addresses.as_ref()?.captures_iter(text).filter_map(|found| name_of(group(&found)?));
    let is_listed = |host: &String| inquiry.provider_hosts.contains(host);
    found.filter(|host| is_own(inquiry, host.as_bytes())).find(|host| !is_listed(host))
}

/// The host of somebody else that a client near the key is given, when none of the provider is. Whose key a distinct form is no address nearby
/// tells, only one in the same call tells where it is used.
fn foreign_address(rule: &Rule, inquiry: &Inquiry, near: &[u8], key: Span) -> Option<String> {
    let around = if is_distinct(rule) { &[][..] } else { near };
    let given = ADDRESS.captures_iter(around).filter_map(|found| group(&found));
    let call = &near[call(near, key).range()];
    // What is no address of the API may still be a page of the provider's.
    let shown = URL
        .captures_iter(call)
        .filter_map(|found| group(&found))
        .filter(|host| is_own(inquiry, host) || !is_related(inquiry, host));
    let all: Vec<&[u8]> = given.chain(shown).collect();
    if all.iter().any(|host| is_own(inquiry, host)) {
        return None;
    }
    all.into_iter().find_map(name_of)
}

/// The line of `key`, and the call in whose brackets it stands.
fn call(near: &[u8], key: Span) -> Span {
    let line = line(near, key);
    let (mut start, mut depth) = (line.start, 0_usize);
    for (at, byte) in near[..key.start].iter().enumerate().rev() {
        match byte {
            b')' => depth += 1,
            b'(' if depth == 0 => {
                start = start.min(at);
                break;
            }
            b'(' => depth -= 1,
            _ => {}
        }
    }
    let (mut end, mut depth) = (line.end, 0_usize);
    if start < line.start || near[line.start..key.start].contains(&b'(') {
        for (at, byte) in near.iter().enumerate().skip(key.end) {
            match byte {
                b'(' => depth += 1,
                b')' if depth == 0 => {
                    end = end.max(at);
                    break;
                }
                b')' => depth -= 1,
                _ => {}
            }
        }
    }
    Span::new(start, end)
}

/// The host of the address in which the key stands as name or password.
fn host_of_its_url(text: &[u8], span: Span) -> Option<String> {
    let (near, key) = window(text, span, NEAR);
    let before = &near[..key.start];
    let word =
        before.iter().rposition(|byte| byte.is_ascii_whitespace() || b"\"'`/".contains(byte)).map_or(0, |at| at + 1);
    let is_in_address = before[..word].ends_with(b"://");
    is_in_address.then(|| AT_HOST.captures(&near[key.end..]).and_then(|found| name_of(group(&found)?))).flatten()
}

/// A host in `text` that looks as those do on which people run the service themselves.
fn self_run(inquiry: &Inquiry, text: &[u8]) -> Option<String> {
    let found = inquiry.own_hosts.as_ref()?.captures_iter(text).filter_map(|found| group(&found));
    found.filter(|host| !is_own(inquiry, host)).find_map(name_of)
}

fn group<'t>(found: &Captures<'t>) -> Option<&'t [u8]> {
    // Patterns with alternatives have a group in each.
    let groups = found.iter().skip(1).flatten().next().or_else(|| found.get(0));
    groups.map(|at| at.as_bytes())
}

fn name_of(host: &[u8]) -> Option<String> {
    let host = String::from_utf8_lossy(host).trim_matches('.').to_ascii_lowercase();
    (!host.is_empty() && host.len() <= LONGEST_HOST).then_some(host)
}

/// Whether `host` is one of the provider's.
fn is_own(inquiry: &Inquiry, host: &[u8]) -> bool {
    inquiry.provider_hosts.iter().any(|own| is_below(host, own))
}

/// Whether `host` shares its domain with one of the provider's, as its pages do.
fn is_related(inquiry: &Inquiry, host: &[u8]) -> bool {
    let domain = |host: &str| {
        let mut labels = host.rsplitn(3, '.');
        [labels.next(), labels.next()].map(|label| label.unwrap_or_default().to_ascii_lowercase())
    };
    let host = String::from_utf8_lossy(host);
    inquiry.provider_hosts.iter().any(|own| domain(own) == domain(&host))
}

/// Whether `host` is `own` or a subdomain of it.
fn is_below(host: &[u8], own: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host.strip_suffix(own.as_bytes()).is_some_and(|rest| rest.is_empty() || rest.ends_with(b"."))
}

/// Whether `near` names the site of a provider that answers at `host`: by the host, or as a setting does, without `api.` in front.
fn names_site(near: &[u8], host: &str) -> bool {
    let is_outside =
        |byte: Option<&u8>, part: &[u8]| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric() && !part.contains(byte));
    let stands = |name: &str, part: &[u8]| {
        memchr::memmem::find_iter(near, name.as_bytes()).any(|at| {
            let before = at.checked_sub(1).and_then(|at| near.get(at));
            is_outside(before, part) && is_outside(near.get(at + name.len()), b".-")
        })
    };
    // The name alone, in an address, is that of the provider's pages.
    let site = host.strip_prefix("api.").filter(|site| site.contains('.'));
    stands(host, b".-") || site.is_some_and(|site| stands(site, b".-/@"))
}

fn holds(window: &[u8], word: &str) -> bool {
    memchr::memmem::find(window, word.as_bytes()).is_some()
}
