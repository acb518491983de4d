//! What stands between this machine and the provider: proxies, and certificates that programs trust besides.
//!
//! A proxy may take the header with the key out of a request, answer in the provider's place, or be switched off. That it is there is named; that
//! it does harm can only be told by asking.

use std::path::Path;

use super::{
    case::Case,
    checklist::{Item, Line, Mark},
    shell::Set,
};
use crate::{lint::host_of, model::printable_line};

/// More of a name is not shown.
const LONGEST: usize = 80;

/// What stands between this machine and the provider?
pub(super) fn line(case: &Case<'_>) -> Line {
    let set = || case.shell.network.iter().filter(|set| !set.is_empty());
    let certificates = set().filter(|set| !is_about_proxies(set));
    let missing = certificates.clone().find(|set| !Path::new(&set.text()).exists());
    if let Some(missing) = missing {
        let says = format!("{} names something that is not there", missing.name);
        return Line::new(Item::Network, Mark::Failed, says).next(format!("correct or unset {}", missing.name));
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

fn is_about_proxies(set: &Set) -> bool {
    set.name.to_ascii_uppercase().ends_with("PROXY")
}

fn is_proxy(set: &Set) -> bool {
    is_about_proxies(set) && !set.name.eq_ignore_ascii_case("NO_PROXY")
}
