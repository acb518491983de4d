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
    let [first_time, first_commit] = moment(key.first_seen.as_ref());
    let [last_time, last_commit] = moment(key.last_seen.as_ref());
    let suppressed = key.suppressed.as_ref().map(|suppression| match suppression.reason.as_str() {
        "" => suppression.by.as_str().to_owned(),
        reason => format!("{}: {reason}", suppression.by.as_str()),
    });
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

/// Between the items of a list in one cell.
const SEPARATOR: &str = "; ";

fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(SEPARATOR)
}

/// Time and commit.
fn moment(moment: Option<&Moment>) -> [String; 2] {
    let of = |part: Option<&String>| part.cloned().unwrap_or_default();
    [of(moment.and_then(|moment| moment.time.as_ref())), of(moment.and_then(|moment| moment.commit.as_ref()))]
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
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn whatever_a_cell_says_it_is_one_cell_of_one_line(text in any::<String>()) {
            let shown = shown(&text);
            let inner = &shown[1..shown.len() - 1];
            prop_assert!(shown.len() >= 2 && shown.starts_with('"') && shown.ends_with('"'));
            prop_assert!(!inner.replace("\"\"", "").contains('"'));
            prop_assert!(!inner.contains(char::is_control));
            prop_assert!(!inner.starts_with(['=', '+', '-', '@']));
        }
    }
}
