//! Addresses as they stand in source text: scheme, host, path and query, without judging whether they are valid.
//!
//! A URL library refuses or normalises just what the lint wants to see (`https://api.openai.com//v1`, `${HOST}/v1`), so the few cuts are made
//! here. Text in front of the first `://` is the scheme; what follows up to a slash is the host; template parts stay as written.

/// The parts of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Address<'a> {
    /// `https`; empty when none is written.
    pub(super) scheme: &'a str,
    /// The host without user, password and port.
    pub(super) host: &'a str,
    /// The path with its leading slash; empty when there is none.
    pub(super) path: &'a str,
    /// What follows `?`, without it.
    pub(super) query: &'a str,
}

impl<'a> Address<'a> {
    /// The parts of `text`; `None` when it names no host.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let host = authority.split_once(':').map_or(authority, |(host, _)| host);
        let rest = rest.split_once('#').map_or(rest, |(rest, _)| rest);
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let is_host = host.contains('.') || host == "localhost" || !scheme.is_empty();
        (is_host && !host.is_empty()).then_some(Self { scheme, host, path, query })
    }

    /// The path without the slashes at its end.
    pub(super) fn trimmed_path(&self) -> &'a str {
        self.path.trim_end_matches('/')
    }

    /// Whether the path is `start` or goes on below it.
    pub(super) fn is_below(&self, start: &str) -> bool {
        self.path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Whether a part of it is filled in when the program runs.
    pub(super) fn is_template(&self) -> bool {
        [self.host, self.path].iter().any(|part| part.contains(['{', '$', '<', '%']))
    }
}

/// The host that `address` names, without user, password and port; `None` when it names none, or one that is filled in later.
#[must_use]
pub fn host_of(address: &str) -> Option<String> {
    let address = Address::parse(address).filter(|address| !address.is_template())?;
    Some(address.host.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_cut_into_its_parts() {
        let address = Address::parse("https://user:pass@api.example.test:443/v1/chat?x=1#top").unwrap();
        assert_eq!(address, Address { scheme: "https", host: "api.example.test", path: "/v1/chat", query: "x=1" });
    }

    #[test]
    fn a_host_may_stand_alone_and_a_word_is_none() {
        assert_eq!(Address::parse("api.example.test/v1").unwrap().host, "api.example.test");
        assert_eq!(Address::parse("localhost:11434/v1").unwrap().host, "localhost");
        assert_eq!(Address::parse("production"), None);
        assert_eq!(Address::parse("https:///v1"), None);
    }

    #[test]
    fn paths_are_compared_by_whole_parts() {
        let address = Address::parse("https://api.example.test/v1/engines/davinci").unwrap();
        assert!(address.is_below("/v1/engines"));
        assert!(!Address::parse("https://api.example.test/v1/engines-old").unwrap().is_below("/v1/engines"));
        assert!(Address::parse("https://${HOST}/v1").unwrap().is_template());
    }
}
