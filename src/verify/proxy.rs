//! The proxy through which hosts outside are asked: `HTTPS_PROXY`, or else `ALL_PROXY`, and the exceptions of `NO_PROXY`.
//!
//! Where a proxy is named that cannot be used, nobody is asked: who names one may have to. An address without encryption is one of this machine
//! or its own network; it is asked directly, since a proxy would read the key.

use std::env;

use ureq::{Proxy, ProxyProtocol};

/// The way out.
pub(super) enum Way {
    /// No proxy is named.
    Direct,
    /// Through this one.
    Through(Box<Proxy>),
    /// One is named that cannot be used.
    Barred,
}

/// The way that the environment names.
pub(super) fn way() -> Way {
    let named = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].into_iter().find_map(|name| {
        let value = env::var_os(name).filter(|value| !value.is_empty())?;
        Some(value.into_string().unwrap_or_default())
    });
    let Some(named) = named else { return Way::Direct };
    // Reads the exceptions, which only a proxy of the environment has.
    let exceptions = ["NO_PROXY", "no_proxy"].into_iter().find_map(|name| env::var(name).ok()).unwrap_or_default();
    way_through(&named, &exceptions)
}

fn way_through(named: &str, exceptions: &str) -> Way {
    let Ok(read) = Proxy::new(named.trim()) else { return Way::Barred };
    // This build speaks no SOCKS, and the client would ask without a proxy.
    if !matches!(read.protocol(), ProxyProtocol::Http | ProxyProtocol::Https) {
        return Way::Barred;
    }
    // A port that is no number is passed over, and another one is no better than none.
    let authority = read.uri().authority().map_or("", |authority| authority.as_str());
    let place = authority.rsplit('@').next().unwrap_or_default();
    if place != read.host() && place != format!("{}:{}", read.host(), read.port()) {
        return Way::Barred;
    }
    let mut builder = Proxy::builder(read.protocol()).host(read.host()).port(read.port());
    if let Some(name) = read.username() {
        builder = builder.username(name);
    }
    if let Some(password) = read.password() {
        builder = builder.password(password);
    }
    for exception in exceptions.split(',').map(str::trim).filter(|exception| !exception.is_empty()) {
        builder = builder.no_proxy(exception);
    }
    builder.build().map_or(Way::Barred, |proxy| Way::Through(Box::new(proxy)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_that_cannot_be_used_bars_the_way() {
        for odd in
            ["socks5://127.0.0.1:1080", "socks4a://h:1", "socks5h://h", "ftp://h", "http://", "h:x", "http://a b:1"]
        {
            assert!(matches!(way_through(odd, ""), Way::Barred), "{odd}");
        }
        for (named, host, port) in [
            ("http://proxy.acme.example:3128/", "proxy.acme.example", 3128),
            ("proxy:8080", "proxy", 8080),
            ("http://u:p@proxy", "proxy", 80),
        ] {
            let Way::Through(proxy) = way_through(named, "localhost") else { panic!("{named}") };
            assert_eq!((proxy.host(), proxy.port()), (host, port), "{named}");
        }
    }
}
