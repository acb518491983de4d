//! One row for each key, for spreadsheets.

use super::{
    super::{
        particulars::silenced_in_short,
        rows::{SEPARATOR, list, row},
    },
    wording,
};
use crate::inventory::{Inventory, Key, Moment};

/// The columns, in order; new ones are added behind.
const COLUMNS: [&str; 24] = [
    "urgency",
    "status",
    "reason",
    "provider",
    "kind",
    "rule",
    "summary",
    "masked",
    "length",
    "fingerprint",
    "severity",
    "exposure",
    "environments",
    "names",
    "places",
    "used_by",
    "first_seen",
    "first_commit",
    "last_seen",
    "last_commit",
    "in_working_tree",
    "suppressed",
    "revoke_at",
    "plan",
];

/// The table.
pub(super) fn text(inventory: &Inventory) -> String {
    let mut out = String::new();
    row(&mut out, &COLUMNS);
    for key in &inventory.keys {
        row(&mut out, &cells(key));
    }
    out
}

fn cells(key: &Key) -> [String; COLUMNS.len()] {
    let verdict = key.verification.verdict;
    let [first_time, first_commit] = moment(key.first_seen.as_ref());
    let [last_time, last_commit] = moment(key.last_seen.as_ref());
    let suppressed = key.suppressed.as_ref().map(silenced_in_short);
    [
        key.urgency.as_str().to_owned(),
        verdict.status().to_owned(),
        verdict.reason().to_owned(),
        key.provider.clone().unwrap_or_default(),
        key.kind.clone().unwrap_or_default(),
        key.rule.to_string(),
        key.summary.clone(),
        key.masked.clone(),
        key.length.to_string(),
        key.fingerprint.to_string(),
        key.severity.as_str().to_owned(),
        wording::reach(key).replace(", ", SEPARATOR),
        key.environments.join(SEPARATOR),
        key.names.join(SEPARATOR),
        list(key.places.iter().map(wording::at)),
        list(key.uses.iter().map(wording::used)),
        first_time,
        first_commit,
        last_time,
        last_commit,
        key.in_working_tree.to_string(),
        suppressed.unwrap_or_default(),
        key.revoke.clone().unwrap_or_default(),
        list(key.plan.iter().map(|step| step.text.clone())),
    ]
}

/// Time and commit.
fn moment(moment: Option<&Moment>) -> [String; 2] {
    let of = |part: Option<&String>| part.cloned().unwrap_or_default();
    [of(moment.and_then(|moment| moment.time.as_ref())), of(moment.and_then(|moment| moment.commit.as_ref()))]
}
