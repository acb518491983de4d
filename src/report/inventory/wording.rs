//! What the formats for people say of a key, in the same words.

use super::super::statement::{self, SHORT_ID, grouped};
use crate::{
    inventory::{Inventory, Key, Moment, Past, Place, Urgency, Use},
    model::{Exposure, NotChecked, ObjectKind, SuppressedBy, Verdict},
};

/// References and further lines that are named before the rest is only counted.
const NAMED: usize = 2;

/// The headline: `4 keys: 1 now, 1 soon, 2 in place; 1 live, 1 dead`.
pub(super) fn found(inventory: &Inventory) -> String {
    let summary = &inventory.summary;
    if summary.keys == 0 {
        return "no keys".to_owned();
    }
    let levels = [
        (summary.now, "now"),
        (summary.soon, "soon"),
        (summary.later, "later"),
        (summary.clean_up, "to clean up"),
        (summary.accepted, "accepted"),
        (summary.in_place, "in place"),
        (summary.over, "over"),
    ];
    let verdicts = [
        (summary.live.saturating_sub(summary.restricted), "live"),
        (summary.restricted, "restricted"),
        (summary.dead, "dead"),
        (summary.unknown, "unknown"),
    ];
    let mut text = format!("{}: {}", statement::count(summary.keys, "distinct key"), counted(&levels));
    let verdicts = counted(&verdicts);
    if !verdicts.is_empty() {
        text = format!("{text}; {verdicts}");
    }
    text
}

fn counted(numbers: &[(u64, &str)]) -> String {
    let shown = numbers.iter().filter(|(number, _)| *number > 0);
    shown.map(|(number, word)| format!("{} {word}", grouped(*number))).collect::<Vec<_>>().join(", ")
}

/// What each level means, for a heading.
pub(super) const fn heading(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::Now => "Now: revoke at once",
        Urgency::Soon => "Soon: replace in the next days",
        Urgency::Later => "Later: replace when there is time",
        Urgency::CleanUp => "Clean up: dead, and still in files",
        Urgency::Accepted => "Accepted: an exception allows it",
        Urgency::InPlace => "In place: only where it belongs",
        Urgency::Over => "Over: dead, and only in the history",
    }
}

/// What is known of whether it works: `live: it works right now; advice`.
pub(super) fn status(key: &Key) -> String {
    let verification = &key.verification;
    let said = match verification.verdict {
        Verdict::NotChecked(NotChecked::NotRequested) => "not checked".to_owned(),
        verdict => format!("{}: {}", verdict.status(), verdict.in_words()),
    };
    match &verification.advice {
        Some(advice) => format!("{said}; {advice}"),
        None => said,
    }
}

/// Since when: `first in 1f2e3d4c5b6a of 2024-05-06, last in 9a8b7c6d5e4f of 2025-06-07`.
pub(super) fn seen(key: &Key) -> Option<String> {
    let first = key.first_seen.as_ref()?;
    Some(match &key.last_seen {
        _ if key.in_head => format!("first in {}, still in HEAD", commit(first)),
        Some(last) if last == first => format!("in {} only", commit(first)),
        Some(last) => format!("first in {}, last in {}", commit(first), commit(last)),
        None => format!("first in {}", commit(first)),
    })
}

fn commit(moment: &Moment) -> String {
    let id = moment.commit.as_deref().map_or("no commit", |id| &id[..id.len().min(SHORT_ID)]);
    format!("{id} of {}", moment.day().unwrap_or("an unknown day"))
}

/// The path, with its first line when the file holds the key now.
pub(super) fn at(place: &Place) -> String {
    place.lines.first().map_or_else(|| place.path.clone(), |line| format!("{}:{line}", place.path))
}

/// What is said of a place behind its path.
pub(super) fn about(place: &Place) -> String {
    let mut parts = Vec::new();
    let further = place.lines.len().saturating_sub(1);
    if further > 0 {
        parts.push(statement::count(further as u64, "further line"));
    }
    if !place.names.is_empty() {
        parts.push(format!("as {}", place.names.join(", ")));
    }
    parts.extend(place.environment.clone());
    parts.extend(place.exposure.iter().filter_map(|exposure| standing(*exposure)).map(str::to_owned));
    if let Some(past) = &place.history {
        parts.extend(of_past(past, place.in_working_tree));
    }
    if let Some(suppression) = &place.suppressed {
        parts.push(match suppression.reason.as_str() {
            "" => format!("silenced by {}", by(suppression.by)),
            reason => format!("silenced by {}: {reason}", by(suppression.by)),
        });
    }
    parts.join("; ")
}

fn by(by: SuppressedBy) -> &'static str {
    match by {
        SuppressedBy::Inline => "a mark",
        SuppressedBy::Config => "the configuration",
        SuppressedBy::Baseline => "the baseline",
    }
}

/// A word for each place that says more than that it is in the repository.
const fn standing(exposure: Exposure) -> Option<&'static str> {
    match exposure {
        Exposure::Browser => Some("reaches browsers"),
        Exposure::WebRoot => Some("handed out by a web server"),
        Exposure::Image => Some("goes into an image"),
        Exposure::Package => Some("goes into a package"),
        Exposure::TrackedEnv => Some("tracked environment file"),
        Exposure::Local => Some("not tracked"),
        Exposure::Private => Some("ignored, where it belongs"),
        Exposure::Repository | Exposure::History | Exposure::Unreachable => None,
    }
}

fn of_past(past: &Past, is_here: bool) -> Option<String> {
    if past.in_head {
        return None;
    }
    let what = match past.object {
        Some(ObjectKind::CommitMessage | ObjectKind::TagMessage | ObjectKind::Note) => "a message",
        _ if is_here => "in an earlier version",
        _ => "gone from the files",
    };
    let rest = past.refs.len().saturating_sub(NAMED);
    let more = if rest > 0 { format!(" and {} more", grouped(rest as u64)) } else { String::new() };
    let held = match past.refs.as_slice() {
        [] => "no reference holds it".to_owned(),
        refs => format!("held by {}{more}", refs.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ")),
    };
    Some(format!("{what}, {held}"))
}

/// `compose.yaml:5 hands on OPENAI_API_KEY`.
pub(super) fn used(used: &Use) -> String {
    format!("{}:{} {} {}", used.path, used.line, used.role.as_str(), used.name)
}

/// How far it has come, in words.
pub(super) fn reach(key: &Key) -> String {
    key.exposure.iter().map(|exposure| exposure.as_str()).collect::<Vec<_>>().join(", ")
}
