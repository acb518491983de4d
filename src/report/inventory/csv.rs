//! One row for each key, for spreadsheets: RFC 4180, every cell quoted, lines ended by CR LF.
//!
//! A spreadsheet runs what begins like a formula, and the repository chooses paths and names. So such a cell begins with an apostrophe, which
//! spreadsheets take for "this is text"; control characters and their like are written out.

use super::{super::printable::printable, wording};
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
    row(&mut out, &COLUMNS.map(str::to_owned));
    for key in &inventory.keys {
        row(&mut out, &cells(key));
    }
    out
}

fn cells(key: &Key) -> [String; COLUMNS.len()] {
    let verdict = key.verification.verdict;
    let (first, last) = (key.first_seen.as_ref(), key.last_seen.as_ref());
    let time = |moment: Option<&Moment>| moment.and_then(|moment| moment.time.clone());
    let commit = |moment: Option<&Moment>| moment.and_then(|moment| moment.commit.clone());
    let suppressed = key.suppressed.as_ref().map(|suppression| match suppression.reason.as_str() {
        "" => suppression.by.as_str().to_owned(),
        reason => format!("{}: {reason}", suppression.by.as_str()),
    });
    let list = |items: Vec<String>| items.join("; ");
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
        list(key.exposure.iter().map(|exposure| exposure.as_str().to_owned()).collect()),
        list(key.environments.clone()),
        list(key.names.clone()),
        list(key.places.iter().map(wording::at).collect()),
        list(key.uses.iter().map(wording::used).collect()),
        time(first).unwrap_or_default(),
        commit(first).unwrap_or_default(),
        time(last).unwrap_or_default(),
        commit(last).unwrap_or_default(),
        key.in_working_tree.to_string(),
        suppressed.unwrap_or_default(),
        key.revoke.clone().unwrap_or_default(),
        list(key.plan.iter().map(|step| step.text.clone()).collect()),
    ]
}

fn row(out: &mut String, cells: &[String]) {
    for (at, text) in cells.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        cell(out, text);
    }
    out.push_str("\r\n");
}

fn cell(out: &mut String, text: &str) {
    let text = printable(text);
    out.push('"');
    // Blanks in front do not keep a spreadsheet from running it; the wide signs are taken for the narrow ones.
    if text.trim_start().starts_with(['=', '+', '-', '@', '|', '%', '＝', '＋', '－', '＠']) {
        out.push('\'');
    }
    out.push_str(&text.replace('"', "\"\""));
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let mut out = String::new();
        cell(&mut out, text);
        out
    }

    #[test]
    fn no_cell_begins_like_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\u{a0}=1", "＝1", "|x", "%x"] {
            assert!(shown(text).starts_with("\"'"), "{text}");
        }
        for text in ["", "a=1", "sk-proj-…Zb4A", "src/app.py:3"] {
            assert_eq!(shown(text), format!("\"{text}\""));
        }
    }

    #[test]
    fn quotes_are_doubled_and_nothing_breaks_a_line() {
        assert_eq!(shown("a\"b,c"), "\"a\"\"b,c\"");
        assert_eq!(shown("a\r\nb\t\u{1b}[2J\u{202e}"), "\"a\\u{d}\\u{a}b\\u{9}\\u{1b}[2J\\u{202e}\"");
        // Written out, so that it neither ends the line nor begins a formula.
        assert_eq!(shown("\t=1"), "\"\\u{9}=1\"");
    }
}
