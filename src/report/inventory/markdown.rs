//! A page for job summaries and tickets: a table of all keys, the plan as a list, then each key that has to be replaced with its steps.

use std::{collections::BTreeMap, fmt::Write as _};

use super::{
    super::{
        markdown::{code, linked, notices, prose},
        statement::{self, capital, grouped},
    },
    wording,
};
use crate::{
    inventory::{Inventory, Key, Task},
    model::Fingerprint,
};

/// A summary on GitHub may have one megabyte; rows beyond this are counted, not written.
const ROWS: usize = 500;
/// Keys whose steps are told one by one.
const STORIES: usize = 100;
/// Places in one cell and one story; the rest is counted.
const PLACES: usize = 8;

/// The page.
pub(super) fn text(inventory: &Inventory) -> String {
    let mut out = format!("## keyward inventory: {}\n", wording::found(inventory));
    if !inventory.keys.is_empty() {
        table(&mut out, &inventory.keys);
    }
    plan(&mut out, inventory);
    stories(&mut out, &inventory.keys);
    for coverage in inventory.coverage.all() {
        let _ = writeln!(out, "\n{}.", prose(&capital(&statement::covered(coverage, ""))));
        if let Some(gap) = statement::gap(coverage) {
            let _ = writeln!(out, "\n**Incomplete:** {}.", prose(&gap));
        }
    }
    notices(&mut out, &inventory.notices);
    out
}

fn table(out: &mut String, keys: &[Key]) {
    out.push_str(
        "\n| Urgency | Key | Status | Reaches | Names | Places | First seen |\n|---|---|---|---|---|---|---|\n",
    );
    for key in keys.iter().take(ROWS) {
        let cells = [
            format!("**{}**", key.urgency.as_str()),
            format!("{}<br>{}", prose(&key.title()), code(&key.masked)),
            prose(key.verification.verdict.status()),
            prose(&wording::reach(key)),
            some(key.names.iter().map(|name| code(name)).collect()),
            some(key.places.iter().map(|place| code(&wording::at(place))).collect()),
            key.first_seen.as_ref().and_then(|moment| moment.day()).map(prose).unwrap_or_default(),
        ];
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    more(out, keys.len(), ROWS, "are not in the table; the other formats list all");
}

fn some(all: Vec<String>) -> String {
    let rest = all.len().saturating_sub(PLACES);
    let mut shown: Vec<String> = all.into_iter().take(PLACES).collect();
    if rest > 0 {
        shown.push(format!("and {} more", grouped(rest as u64)));
    }
    shown.join("<br>")
}

fn more(out: &mut String, all: usize, shown: usize, what: &str) {
    if all > shown {
        let _ = writeln!(out, "\n{} more {what}.", grouped((all - shown) as u64));
    }
}

fn plan(out: &mut String, inventory: &Inventory) {
    if inventory.plan.is_empty() {
        return;
    }
    out.push_str("\n### Plan\n\n");
    let masks: BTreeMap<&Fingerprint, &str> =
        inventory.keys.iter().map(|key| (&key.fingerprint, key.masked.as_str())).collect();
    for (at, task) in inventory.plan.iter().enumerate() {
        let _ = writeln!(out, "{}. {}", at + 1, line(task, &masks));
    }
}

fn line(task: &Task, masks: &BTreeMap<&Fingerprint, &str>) -> String {
    let page = task.page.as_ref().map_or_else(String::new, |page| format!(" at {}", linked(page)));
    let Some(urgency) = task.urgency else { return format!("{}{page}.", prose(&capital(&task.text))) };
    let shown = task.keys.iter().take(PLACES).filter_map(|print| masks.get(print));
    let shown: Vec<String> = shown.map(|mask| code(mask)).collect();
    let rest = task.keys.len().saturating_sub(PLACES);
    let rest = if rest > 0 { format!(" and {} more", grouped(rest as u64)) } else { String::new() };
    format!("**{}**: {}{page}: {}{rest}", urgency.as_str(), prose(&task.text), shown.join(", "))
}

fn stories(out: &mut String, keys: &[Key]) {
    let told: Vec<&Key> = keys.iter().filter(|key| key.urgency.is_rotation()).collect();
    for key in told.iter().take(STORIES) {
        let _ =
            writeln!(out, "\n### {}: {} {}\n", capital(key.urgency.as_str()), prose(&key.title()), code(&key.masked));
        let _ = writeln!(out, "{}. {}.", prose(&capital(&key.why)), prose(&capital(&wording::status(key))));
        if let Some(seen) = wording::seen(key) {
            let _ = writeln!(out, "{}.", prose(&capital(&seen)));
        }
        out.push('\n');
        for place in key.places.iter().take(PLACES) {
            let about = wording::about(place);
            let about = if about.is_empty() { String::new() } else { format!(": {}", prose(&about)) };
            let _ = writeln!(out, "- {}{about}", code(&wording::at(place)));
        }
        more(out, key.places.len(), PLACES, "places are not listed here");
        out.push('\n');
        for (at, step) in key.plan.iter().enumerate() {
            let _ = writeln!(out, "{}. {}.", at + 1, linked(&capital(&step.text)));
        }
    }
    more(out, told.len(), STORIES, "keys to replace are not told one by one; the other formats do");
}
