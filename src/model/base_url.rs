//! An address that a person typed for requests to go to instead of a provider's own host.
//!
//! It takes part in where a key is sent, so it is read strictly: a scheme, a host, perhaps a port and a path. Without encryption a key may only
//! go to this machine or its own network.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

/// `https://host[:port][/path]`, or `http://` for hosts nearby.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    scheme: &'static str,
    /// Host and port.
    authority: String,
    /// Begins with `/`, or is empty.
    path: String,
}

impl BaseUrl {
    /// The address of `host` with encryption: what providers' own hosts are.
    #[must_use]
    pub fn of_host(host: &str) -> Self {
        Self { scheme: "https", authority: host.to_owned(), path: String::new() }
    }

    /// Host and port.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The address of `path` below this one. What the address ends in and `path` begins with is said once: people write `/v1` into base URLs, and
    /// paths begin with it.
    #[must_use]
    pub fn join(&self, path: &str) -> String {
        let (own, below) = (segments(&self.path), segments(path.split('?').next().unwrap_or(path)));
        let shared = (0..=own.len().min(below.len())).rev().find(|&many| own[own.len() - many..] == below[..many]);
        let skipped: usize = below[..shared.unwrap_or(0)].iter().map(|segment| segment.len() + 1).sum();
        format!("{}://{}{}{}", self.scheme, self.authority, self.path, &path[skipped..])
    }
}

fn segments(path: &str) -> Vec<&str> {
    path.split('/').filter(|segment| !segment.is_empty()).collect()
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.path)
    }
}

impl FromStr for BaseUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => ("https", rest),
            (_, Some(rest)) => ("http", rest),
            _ => return Err("write an address such as https://gateway.example/v1"),
        };
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let (host, port) = split(authority).ok_or("there is no host, or one that cannot be")?;
        if port.is_some_and(|port| port.parse::<u16>().is_err()) {
            return Err("the port is no number from 1 to 65535");
        }
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~%".contains(&byte);
        if !path.bytes().all(is_plain) {
            return Err("leave out what stands behind the path");
        }
        if scheme == "http" && !is_near(host) {
            return Err("a key is not sent without encryption: write https://");
        }
        Ok(Self { scheme, authority: authority.to_ascii_lowercase(), path: path.trim_end_matches('/').to_owned() })
    }
}

/// Host and port of `authority`, if it has nothing else.
fn split(authority: &str) -> Option<(&str, Option<&str>)> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, port) = rest.split_once(']')?;
        let port = if port.is_empty() { None } else { Some(port.strip_prefix(':')?) };
        return host.parse::<Ipv6Addr>().is_ok().then_some((host, port));
    }
    let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
    let is_label = |label: &str| {
        !label.is_empty() && label.len() < 64 && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    host.split('.').all(is_label).then_some((host, port))
}

/// Whether `host` is this machine or one of its own network.
fn is_near(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_private(),
        Ok(IpAddr::V6(address)) => address.is_loopback() || address.is_unique_local(),
        // Names without a dot are resolved within a network, such as that of containers. A number is an address in another form, of anywhere.
        Err(_) => !host.contains('.') && host.starts_with(|c: char| c.is_ascii_alphabetic()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(base: &str, path: &str) -> String {
        base.parse::<BaseUrl>().unwrap().join(path)
    }

    #[test]
    fn a_path_that_both_have_is_said_once() {
        assert_eq!(joined("https://gateway.example", "/v1/models"), "https://gateway.example/v1/models");
        assert_eq!(joined("https://gateway.example/v1/", "/v1/models"), "https://gateway.example/v1/models");
        assert_eq!(
            joined("https://g.example/openai/v1", "/v1/models?limit=1"),
            "https://g.example/openai/v1/models?limit=1"
        );
        assert_eq!(joined("https://g.example/openai/v1", "/openai/v1/models"), "https://g.example/openai/v1/models");
        assert_eq!(joined("https://g.example/a", "/v1/models"), "https://g.example/a/v1/models");
        assert_eq!(joined("http://[::1]:8080", "/v1"), "http://[::1]:8080/v1");
    }

    #[test]
    fn a_key_goes_unencrypted_to_hosts_nearby_only() {
        for near in
            ["http://127.0.0.1:4000", "http://localhost", "http://litellm:4000/v1", "http://10.1.2.3", "http://[::1]"]
        {
            assert!(near.parse::<BaseUrl>().is_ok(), "{near}");
        }
        for far in [
            "http://api.openai.com",
            "http://8.8.8.8",
            "http://[2606:4700::1]",
            "http://134744072",
            "http://0x08080808",
            "http://010.1",
        ] {
            assert!(far.parse::<BaseUrl>().is_err(), "{far}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for odd in [
            "",
            "api.openai.com",
            "ftp://a.example",
            "https://",
            "https:///v1",
            "https://a@b.example",
            "https://a.example:x",
            "https://a.example:99999",
            "https://a.example/?x=1",
            "https://a.example/#x",
            "https://a..example",
            "https://a.example\\@b.example",
            "https://a b.example",
            "https://a.example/\r\nx",
            "https://[1.2.3.4]",
        ] {
            assert!(odd.parse::<BaseUrl>().is_err(), "{odd:?}");
        }
    }
}
