//! Which of several matches over the same bytes is reported.
//!
//! Shapes nest: a Stripe key looks like an ElevenLabs key with more letters, every database URL is a URL with a password. One piece of
//! text is one finding, so of overlapping matches the surest wins, then the longest. Shapes that are *equal* form a family, and there the
//! surroundings decide; where they do not, the finding says which providers are possible instead of guessing, because a wrong guess
//! would send somebody's key to a stranger.

use std::{cmp::Reverse, collections::BTreeMap};

use super::{Candidate, context::Evidence};
use crate::{
    model::Span,
    rules::{RuleIndex, RuleSet},
};

/// A match before anything was decided.
pub(super) struct Match {
    pub(super) candidate: Candidate,
    pub(super) evidence: Evidence,
}

/// Settles overlaps and families. The first list is sorted by place; the second holds the places that lost and are not covered by a winner.
pub(super) fn resolve(rules: &RuleSet, mut matches: Vec<Match>) -> (Vec<Candidate>, Vec<Span>) {
    settle_families(rules, &mut matches);
    matches.retain(|found| found.evidence > Evidence::Missing);
    matches.sort_by_key(|found| {
        let spec = &rules.at(found.candidate.rule).spec;
        // Best first: sure, backed by a word nearby, long, grave; place and index make the order total.
        let rank = (spec.confidence, found.evidence, found.candidate.span.len(), spec.severity);
        (Reverse(rank), found.candidate.rule, found.candidate.span)
    });
    // Those kept never overlap, so a newcomer can only touch its two neighbours.
    let mut kept: BTreeMap<usize, Candidate> = BTreeMap::new();
    let mut shadows = Vec::new();
    for Match { candidate, .. } in matches {
        let span = candidate.span;
        let before = kept.range(..span.end).next_back().map(|(_, other)| other.span);
        match before.filter(|other| other.overlaps(span)) {
            None => _ = kept.insert(span.start, candidate),
            Some(other) if other.start > span.start || other.end < span.end => shadows.push(span),
            Some(_) => {}
        }
    }
    shadows.sort_unstable();
    (kept.into_values().collect(), shadows)
}

/// Of the members of a family that match the same bytes keeps one.
fn settle_families(rules: &RuleSet, matches: &mut Vec<Match>) {
    matches.sort_by(|a, b| {
        let key = |found: &Match| {
            (found.candidate.span, rules.at(found.candidate.rule).spec.family.as_deref(), found.candidate.rule)
        };
        key(a).cmp(&key(b))
    });
    matches.dedup_by_key(|found| (found.candidate.span, found.candidate.rule));
    let family = |found: &Match| rules.at(found.candidate.rule).spec.family.as_deref();
    let mut rest = std::mem::take(matches).into_iter().peekable();
    while let Some(first) = rest.next() {
        let Some(name) = family(&first) else {
            matches.push(first);
            continue;
        };
        let span = first.candidate.span;
        let mut members = vec![first];
        while let Some(next) = rest.next_if(|next| next.candidate.span == span && family(next) == Some(name)) {
            members.push(next);
        }
        matches.push(winner(rules, members));
    }
}

/// The member with the best evidence, or the fallback with the names of all that are possible.
fn winner(rules: &RuleSet, mut members: Vec<Match>) -> Match {
    members.sort_by_key(|found| (Reverse(found.evidence), found.candidate.rule));
    let backed = members.iter().filter(|found| found.evidence > Evidence::NotNeeded).count();
    let ties = backed >= 2 && members[0].evidence == members[1].evidence;
    if backed >= 1 && !ties {
        return members.swap_remove(0);
    }
    let with_context = |found: &&Match| rules.at(found.candidate.rule).spec.context.is_some();
    let in_question = |found: &&Match| {
        if ties { found.evidence == members[0].evidence } else { found.evidence != Evidence::Foreign }
    };
    let mut possible: Vec<RuleIndex> =
        members.iter().filter(with_context).filter(in_question).map(|found| found.candidate.rule).collect();
    possible.sort();
    match members.iter().position(|found| found.evidence == Evidence::NotNeeded) {
        Some(at) => {
            let mut fallback = members.swap_remove(at);
            fallback.candidate.possible = possible;
            fallback
        }
        None => members.swap_remove(0),
    }
}
