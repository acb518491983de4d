//! The value itself: has it the form of a key, and does it belong to this variable and to the address that is asked.

use super::{
    case::{Candidate, Case, spot},
    checklist::{Item, Line, Mark},
    destination::Party,
    finding::{self, Weight},
};
use crate::{
    lint::{are_kin, base_fault, chain::Source, wrong_kind},
    pipeline::examine,
    rules::Provider,
};

/// Has the value the right form?
pub(super) fn form(case: &Case<'_>) -> Line {
    let found = case.found(&["env-value-malformed", "env-value-placeholder"]);
    let found = finding::line(Item::Value, Weight::Errors, found);
    let Some((winner, others)) = case.candidates.split_first() else {
        return found.unwrap_or_else(|| unseen(case));
    };
    if matches!(case.destination.party, Party::Local) && !winner.is_empty() {
        return Line::new(Item::Value, Mark::NotApplicable, "a server of this machine is asked, which takes any key");
    }
    let mut line = candidate(winner);
    // What this shell hides comes to light when it is unset; other values that lose are nobody's trouble.
    let hidden = others.iter().filter(|other| winner.is_in_shell() && other.value != winner.value);
    for other in hidden {
        line = line.or_worse(candidate(other).at_most(Mark::Warned));
    }
    match found {
        Some(found) if winner.is_in_shell() => line.or_worse(found.at_most(Mark::Warned)),
        // It names the loader that spoils the value.
        Some(found) => found.or_worse(line),
        None => line,
    }
}

/// No value can be seen: there is none, or a file refers to another variable, or it is encrypted.
fn unseen(case: &Case<'_>) -> Line {
    match case.own(Source::EnvFile).next() {
        Some(given) => {
            let says = format!("what {} comes to cannot be seen here", spot(&given.location));
            Line::new(Item::Value, Mark::NotChecked, says)
        }
        None => Line::new(Item::Value, Mark::NotApplicable, "there is no value to look at"),
    }
}

fn candidate(candidate: &Candidate<'_>) -> Line {
    let (examined, place) = (&candidate.examined, candidate.place());
    let mut flaws = candidate.flaws();
    let Some(first) = flaws.next() else {
        let what = examined.identity.as_ref().map_or_else(String::new, |identity| format!(": {}", identity.title()));
        let says = format!("{}, {} characters{what}", examined.masked, examined.length);
        return Line::new(Item::Value, Mark::Passed, says);
    };
    let says = format!("in {place}: {}", first.message);
    let line = Line::new(Item::Value, Mark::Failed, says).next(remedy(first.id, &candidate.name, &place));
    flaws.fold(line, |line, flaw| line.with(&flaw.message))
}

/// What to do about a value that has the flaw `id`.
fn remedy(id: &str, name: &str, place: &str) -> String {
    match id {
        "empty" => format!("put the key into {name} in {place}, or take the empty variable out"),
        "unset" | "not-expanded" => format!("put the key itself into {name} in {place}"),
        "placeholder" => format!("put a real key into {name} in {place}"),
        "cut-off" | "blank-inside" => format!("copy the key again, whole, into {name} in {place}"),
        "unknown-form" | "glued" => {
            format!("compare {name} in {place} with the key as the provider shows it, or make a new one")
        }
        "doubled" => format!("leave one of the two copies in {name} in {place}"),
        _ => format!("leave nothing but the key in {name} in {place}"),
    }
}

/// Do the key, the variable and the address belong together?
pub(super) fn fit(case: &Case<'_>) -> Line {
    let mut line = agreement(case);
    if let Some(other) = address(case) {
        line = line.or_worse(other);
    }
    let in_addresses = case.found(&["endpoint-wrong", "auth-header-malformed"]);
    let of_keys = case.found(&["provider-mismatch"]);
    let found =
        [finding::line(Item::Fit, Weight::Warnings, in_addresses), finding::line(Item::Fit, Weight::Errors, of_keys)];
    found.into_iter().flatten().fold(line, Line::or_worse)
}

fn agreement(case: &Case<'_>) -> Line {
    let say = |mark, says: String| Line::new(Item::Fit, mark, says);
    let destination = &case.destination;
    let Some(winner) = case.winner().filter(|winner| !winner.is_empty()) else {
        return say(Mark::NotApplicable, "there is no key to compare".to_owned());
    };
    let Some(expected) = destination.expected(case.provider()) else {
        return elsewhere(case, winner);
    };
    let host = destination.host.as_deref().or(expected.hosts.first().map(String::as_str)).unwrap_or("its host");
    match &winner.examined.identity {
        Some(identity) if winner.is_foreign() || !are_kin(&identity.provider, &expected.id) => {
            let says = format!("{} holds a key of {}, and {host} is asked with it", winner.place(), identity.name);
            say(Mark::Failed, says).next(mismatch(case, winner, expected))
        }
        Some(identity) => match wrong_kind(identity.kind.as_deref(), &winner.name) {
            Some(says) => say(Mark::Failed, says).next(format!("put an ordinary key of {} there", expected.name)),
            None => say(Mark::Passed, format!("a key of {} for {host}", identity.name)),
        },
        None => unknown_form(case, winner, expected, host),
    }
}

/// A key goes to somebody whose keys nobody knows.
fn elsewhere(case: &Case<'_>, winner: &Candidate<'_>) -> Line {
    let destination = &case.destination;
    let host = destination.host.as_deref().unwrap_or("an address that is computed");
    let identity = winner.examined.identity.as_ref();
    let own = identity.filter(|identity| case.provider().is_some_and(|own| own.id == identity.provider));
    match (&destination.party, own) {
        (Party::Unknown, Some(identity)) => {
            let says = format!("{} sends a key of {} to {host}", destination.source(), identity.name);
            Line::new(Item::Fit, Mark::Warned, says)
                .next(format!("make sure that {host} takes keys of {}, or correct the address", identity.name))
        }
        _ if case.provider().is_none() => {
            Line::new(Item::Fit, Mark::NotChecked, "it is not known whose key this variable holds")
        }
        _ => Line::new(Item::Fit, Mark::NotChecked, format!("{host} is asked, whose keys have no known form")),
    }
}

/// A value that has not the form of its provider's keys may have that of another whose address clients of the provider can be given.
fn unknown_form(case: &Case<'_>, winner: &Candidate<'_>, expected: &Provider, host: &str) -> Line {
    let takes = |other: &&std::sync::Arc<Provider>| {
        other.id != expected.id && other.api.as_ref().is_some_and(|api| api.bases.contains_key(&expected.id))
    };
    let is_key_of = |other: &&std::sync::Arc<Provider>| {
        let name = other.env.first().map(String::as_str);
        let examined = examine(winner.value.expose(), name, Some(&other.id), b"");
        examined.identity.is_some_and(|identity| identity.provider == other.id)
    };
    let names: Vec<&str> =
        case.catalogue.providers().iter().filter(takes).filter(is_key_of).map(|other| other.name.as_str()).collect();
    match names.as_slice() {
        [] => Line::new(Item::Fit, Mark::NotChecked, "the value has no form that tells whose key it is"),
        names => {
            let says = format!(
                "the value in {} has the form of a key of {}, and {host} is asked with it",
                winner.place(),
                names.join(" or ")
            );
            let next = format!(
                "put a key of {} into {}, or give the client the address of the other",
                expected.name, winner.name
            );
            Line::new(Item::Fit, Mark::Failed, says).next(next)
        }
    }
}

fn mismatch(case: &Case<'_>, winner: &Candidate<'_>, expected: &Provider) -> String {
    let issuer = winner.examined.identity.as_ref().and_then(|identity| case.catalogue.provider(&identity.provider));
    let own = issuer.and_then(|issuer| issuer.env.first()).map_or("its own variable", String::as_str);
    if case.destination.name.is_some() && case.provider().is_some_and(|own| Some(&own.id) == issuer.map(|it| &it.id)) {
        return format!("correct or unset {}", case.destination.source());
    }
    format!("move that key to {own}, and put a key of {} into {}", expected.name, winner.name)
}

/// What is wrong with an address that stands in this shell, and variables that nobody reads.
fn address(case: &Case<'_>) -> Option<Line> {
    let destination = &case.destination;
    if let (Some(url), Some(provider)) = (&destination.in_shell, case.provider())
        && let Some((says, next)) = base_fault(case.catalogue, provider, url)
    {
        return Some(
            Line::new(Item::Fit, Mark::Failed, format!("the address in {} {says}", destination.source())).next(next),
        );
    }
    let unread = destination.unread.first()?;
    let place = case.chain.settings.iter().find(|given| given.name == *unread);
    let says = format!("{unread} is set, and the client that the code builds does not read it");
    let line = Line::new(Item::Fit, Mark::Warned, says);
    Some(match place {
        Some(given) => line.at(&given.location, "set here").next(format!("rename it in {}", spot(&given.location))),
        None => line.next(format!("unset {unread}, or use the name that the client reads")),
    })
}
