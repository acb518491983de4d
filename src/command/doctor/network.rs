//! What stands between this machine and the provider: proxies, and certificates that programs trust besides.
//!
//! A proxy may take the header with the key out of a request, answer in the provider's place, or be switched off. That it is there is named; that
//! it does harm can only be told by asking.

use std::{
    env,
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use super::{
    case::Case,
    checklist::{Item, Line, Mark},
    shell::Set,
};
use crate::{lint::host_of, model::printable_line};

/// More of a name is not shown.
const LONGEST: usize = 80;
/// Files with certificates are looked at up to here.
const LARGEST: u64 = 8 << 20;
/// A certificate as all programs that read these files take it.
const CERTIFICATE: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// What stands between this machine and the provider?
pub(super) fn line(case: &Case<'_>) -> Line {
    let set = || case.shell.network.iter().filter(|set| !set.is_empty());
    let certificates = set().filter(|set| !is_about_proxies(set));
    if let Some((set, flaw)) = certificates.clone().find_map(|set| Some((set, flaw(set)?))) {
        let says = format!("{} names {flaw}", set.name);
        return Line::new(Item::Network, Mark::Failed, says).next(format!("correct or unset {}", set.name));
    }
    if let Some(proxy) = set().find(|set| is_proxy(set)) {
        let host =
            host_of(&proxy.text()).map_or_else(String::new, |host| format!(" {}", printable_line(&host, LONGEST)));
        let says = format!("{} is set: requests go through the proxy{host}", proxy.name);
        let line = Line::new(Item::Network, Mark::Warned, says)
            .next(format!("if nothing else helps, try without {}", proxy.name));
        let others: Vec<&str> = set().map(|set| set.name.as_str()).filter(|name| *name != proxy.name).collect();
        return if others.is_empty() { line } else { line.with(format!("also set: {}", others.join(", "))) };
    }
    match certificates.clone().next() {
        Some(set) => Line::new(Item::Network, Mark::Passed, format!("no proxy; {} is set and is there", set.name)),
        None => Line::new(Item::Network, Mark::Passed, "no proxy is set"),
    }
}

/// What is wrong with what `set`, a variable about certificates, names.
fn flaw(set: &Set) -> Option<&'static str> {
    let (name, value) = (set.name.to_ascii_uppercase(), set.text());
    if name == "SSL_CERT_DIR" {
        let is_there = env::split_paths(&value).any(|path| path.is_dir());
        return (!is_there).then_some("no folder that is there");
    }
    let path = Path::new(&value);
    // Only these two may be folders as well.
    if path.is_dir() && matches!(name.as_str(), "REQUESTS_CA_BUNDLE" | "CURL_CA_BUNDLE") {
        return None;
    }
    match holds_certificate(path) {
        _ if !path.exists() => Some("something that is not there"),
        Ok(true) => None,
        Ok(false) => Some("a file that holds no certificate (PEM)"),
        Err(_) => Some("no file that can be read"),
    }
}

fn holds_certificate(path: &Path) -> io::Result<bool> {
    // What is no file, such as a pipe, may never end.
    if !path.metadata()?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut text = Vec::new();
    File::open(path)?.take(LARGEST).read_to_end(&mut text)?;
    Ok(memchr::memmem::find(&text, CERTIFICATE).is_some())
}

fn is_about_proxies(set: &Set) -> bool {
    set.name.to_ascii_uppercase().ends_with("PROXY")
}

fn is_proxy(set: &Set) -> bool {
    is_about_proxies(set) && !set.name.eq_ignore_ascii_case("NO_PROXY")
}
