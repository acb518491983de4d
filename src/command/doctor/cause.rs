//! The one sentence at the end: what most likely is the cause, and the one next step.
//!
//! Causes stand in the order in which a program meets them: a key that never arrives cannot be wrong, and one that is malformed was never refused for
//! what it is. What the provider said comes before everything that only may be a cause.

use super::{
    case::{Candidate, Case},
    checklist::{Cause, Item, Line, Mark},
    variable::twin,
};
use crate::model::{Live, Unknown, Verdict};

/// The most likely cause, told from `lines`.
pub(super) fn cause(case: &Case<'_>, lines: &[Line]) -> Cause {
    let failed = |item: Item| lines.iter().find(|line| line.item == item && line.mark == Mark::Failed);
    let of = |line: &Line| sentence(case, line);
    for item in [Item::Code, Item::Shell, Item::Files, Item::Loading, Item::Value, Item::Fit] {
        // A better value elsewhere is the shorter way out of a bad one.
        if matches!(item, Item::Value | Item::Fit)
            && let Some(cause) = swapped(case)
        {
            return cause;
        }
        if let Some(line) = failed(item) {
            return of(better(case, lines, line));
        }
    }
    if let Some(cause) = by_provider(case, lines) {
        return cause;
    }
    let order = [Item::Owner, Item::Winner, Item::Network, Item::Browser, Item::Git, Item::Deployment];
    if let Some(line) = order.into_iter().find_map(failed) {
        return of(line);
    }
    let warned = |item: &Item| lines.iter().find(|line| line.item == *item && line.mark == Mark::Warned);
    if let Some(line) = WARNINGS.iter().find_map(warned) {
        return of(line);
    }
    nothing(case)
}

/// The line that says more than `line` of the same trouble: what hides a value says more than that there is none, and whose key it is more than
/// whose it is not.
fn better<'l>(case: &Case<'_>, lines: &'l [Line], line: &'l Line) -> &'l Line {
    let Some(winner) = case.winner().filter(|_| line.item == Item::Value) else { return line };
    let is_of_nobody = winner.flaws().next().is_some_and(|flaw| flaw.id == "unknown-form");
    let is_rival = |other: &&Candidate<'_>| !other.is_in_shell() && other.flaws().next().is_none();
    let other = match () {
        () if winner.is_empty() => Item::Winner,
        () if winner.is_in_shell() && case.candidates.iter().any(|other| is_rival(&other)) => Item::Winner,
        () if is_of_nobody => Item::Fit,
        () => return line,
    };
    lines.iter().find(|known| known.item == other && known.mark == Mark::Failed).unwrap_or(line)
}

/// Warnings that may be a cause, the likeliest first.
const WARNINGS: [Item; 8] =
    [Item::Winner, Item::Fit, Item::Git, Item::Owner, Item::Loading, Item::Value, Item::Deployment, Item::Network];

fn sentence(case: &Case<'_>, line: &Line) -> Cause {
    let says = match line.item {
        Item::Winner
            if line.mark == Mark::Failed
                && case.winner().is_some_and(Candidate::is_in_shell)
                && twin(case).is_none() =>
        {
            let hidden = case.candidates.iter().find(|other| !other.is_in_shell()).map(Candidate::place);
            format!(
                "{} was exported earlier, and its old value hides the one in {}",
                case.variable(),
                hidden.unwrap_or_else(|| "the file".to_owned())
            )
        }
        Item::Git => format!("{}; providers revoke keys that are found in public", line.says),
        _ => line.says.clone(),
    };
    Cause { item: Some(line.item), says, next: line.next.clone() }
}

/// One value is refused or none, and another one works.
fn swapped(case: &Case<'_>) -> Option<Cause> {
    let (winner, others) = case.candidates.split_first()?;
    let is_live = |candidate: &&Candidate<'_>| candidate.said.as_ref().is_some_and(|said| said.verdict.is_live());
    let is_bad = winner.said.as_ref().is_some_and(|said| said.verdict.is_dead()) || winner.flaws().next().is_some();
    let live = others.iter().find(is_live).filter(|_| is_bad)?;
    let state = if winner.said.as_ref().is_some_and(|said| said.verdict.is_dead()) { "dead" } else { "no whole key" };
    let (from, to) = (winner.place(), live.place());
    let next = if winner.is_in_shell() {
        format!("unset {}", winner.name)
    } else {
        format!("put the value of {to} into {from}, or delete it there")
    };
    let says = format!("the key in {from} is {state}, and the one in {to} is live");
    Some(Cause { item: Some(Item::Provider), says, next: Some(next) })
}

/// What follows from the provider's answer about the value that wins.
fn by_provider(case: &Case<'_>, lines: &[Line]) -> Option<Cause> {
    let verdict = case.winner()?.said.as_ref()?.verdict;
    let line = lines.iter().find(|line| line.item == Item::Provider)?;
    let name = case.provider().map_or("the provider", |provider| provider.name.as_str());
    let says = match verdict {
        Verdict::NotChecked(_) | Verdict::Live(Live::Ok) | Verdict::Unknown(Unknown::AmbiguousProvider) => return None,
        Verdict::Dead(_) => format!("{name} refuses the key for good: {}", verdict.in_words()),
        Verdict::Live(_) => format!("the key is good: {}", verdict.in_words()),
        Verdict::Unknown(Unknown::ServerError) => {
            format!("{name} is out of order just now, which says nothing against the key")
        }
        Verdict::Unknown(Unknown::Network | Unknown::Timeout) => {
            format!("{name} was not reached from here, so the network comes before the key")
        }
        Verdict::Unknown(_) => format!("{}, whatever the key", verdict.in_words()),
    };
    Some(Cause { item: Some(Item::Provider), says, next: line.next.clone() })
}

fn nothing(case: &Case<'_>) -> Cause {
    let says = match case.winner().and_then(|winner| winner.said.as_ref()).map(|said| said.verdict) {
        Some(Verdict::Live(_)) => {
            return Cause {
                item: None,
                says: "the key works and reaches the code; nothing here explains a refusal".to_owned(),
                next: Some("look at the model, its access and the credit of the account".to_owned()),
            };
        }
        Some(_) => "nothing here explains a refusal",
        None => "nothing here explains a refusal; the key itself may be revoked",
    };
    Cause { item: None, says: says.to_owned(), next: Some("ask the provider: keyward doctor --verify".to_owned()) }
}
