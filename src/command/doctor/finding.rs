//! From what the lint found to a line of the checklist: nothing is judged twice.

use super::checklist::{Item, Line, Mark};
use crate::model::{Finding, Severity};

/// Further places of one finding that are named.
const MOST_PLACES: usize = 3;

/// What is said of the place of a finding itself.
pub(super) const HERE: &str = "here";

/// From which severity on a finding fails a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// Errors fail, the rest is a warning.
    Errors,
    /// Warnings fail too: what they speak of breaks requests.
    Warnings,
}

/// The worst of `findings` as the answer to `item`; the others are evidence. `None` when there are none.
pub(super) fn line<'f>(item: Item, weight: Weight, findings: impl Iterator<Item = &'f Finding>) -> Option<Line> {
    let mut findings: Vec<&Finding> = findings.filter(|finding| finding.severity > Severity::Note).collect();
    findings.sort_by(|one, other| other.severity.cmp(&one.severity).then_with(|| Finding::order(one, other)));
    let (first, others) = findings.split_first()?;
    let fails = first.severity >= Severity::Error || weight == Weight::Warnings;
    let mark = if fails { Mark::Failed } else { Mark::Warned };
    let mut line =
        Line::new(item, mark, &first.message).at(&first.location, HERE).next(first.help.trim_end_matches('.'));
    for related in first.related.iter().take(MOST_PLACES) {
        line = line.at(&related.location, &related.message);
    }
    for other in others.iter().take(MOST_PLACES) {
        line = line.at(&other.location, &other.message);
    }
    Some(line)
}
