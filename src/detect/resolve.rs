//! Which of several matches over the same bytes is reported.
//!
//! Shapes nest: a Stripe key looks like an ElevenLabs key with more letters, every database URL is a URL with a password. One piece of
//! text is one finding, so of overlapping matches the surest wins, then the longest. Shapes that are *equal* form a family, and there the
//! surroundings decide; where they do not, the finding says which providers are possible instead of guessing, because a wrong guess
//! would send somebody's key to a stranger.

use super::{Candidate, context::Evidence};
use crate::rules::{RuleIndex, RuleSet};

/// A match before anything was decided.
pub(super) struct Match {
    pub(super) candidate: Candidate,
    pub(super) evidence: Evidence,
}

/// Settles overlaps and families; the result is sorted by place.
pub(super) fn resolve(rules: &RuleSet, mut matches: Vec<Match>) -> Vec<Candidate> {
    settle_families(rules, &mut matches);
    matches.retain(|found| found.evidence != Evidence::Missing);
    let key = |found: &Match| {
        let spec = &rules.at(found.candidate.rule).spec;
        // Best first: sure, backed by a word nearby, long, grave; the index makes the order total.
        let rank = (spec.confidence, found.evidence, found.candidate.span.len(), spec.severity);
        (std::cmp::Reverse(rank), found.candidate.rule, found.candidate.span)
    };
    matches.sort_by_key(|found| (found.candidate.span.start, found.candidate.span.end, found.candidate.rule));
    let mut kept: Vec<Candidate> = Vec::with_capacity(matches.len());
    for cluster in clusters(matches) {
        let mut cluster = cluster;
        cluster.sort_by_key(key);
        let first = kept.len();
        for found in cluster {
            if kept[first..].iter().all(|other| !other.span.overlaps(found.candidate.span)) {
                kept.push(found.candidate);
            }
        }
    }
    kept.sort_by_key(|candidate| (candidate.span, candidate.rule));
    kept
}

/// Splits matches, sorted by start, into runs that overlap one another, so that comparing pairs stays local.
fn clusters(matches: Vec<Match>) -> Vec<Vec<Match>> {
    let mut clusters: Vec<Vec<Match>> = Vec::new();
    let mut reach = 0;
    for found in matches {
        let span = found.candidate.span;
        match clusters.last_mut() {
            Some(cluster) if span.start < reach => cluster.push(found),
            _ => clusters.push(vec![found]),
        }
        reach = reach.max(span.end);
    }
    clusters
}

/// Of the members of a family that match the same bytes keeps one.
fn settle_families(rules: &RuleSet, matches: &mut Vec<Match>) {
    let family = |found: &Match| rules.at(found.candidate.rule).spec.family.as_deref();
    matches.sort_by_key(|found| (found.candidate.span, found.candidate.rule));
    matches.dedup_by_key(|found| (found.candidate.span, found.candidate.rule));
    let mut settled: Vec<Match> = Vec::with_capacity(matches.len());
    let mut rest = std::mem::take(matches).into_iter().peekable();
    while let Some(first) = rest.next() {
        let Some(name) = family(&first) else {
            settled.push(first);
            continue;
        };
        let span = first.candidate.span;
        let mut members = vec![first];
        while let Some(next) = rest.next_if(|next| next.candidate.span == span) {
            if family(&next) == Some(name) { members.push(next) } else { settled.push(next) }
        }
        settled.push(winner(rules, members));
    }
    *matches = settled;
}

/// The member with the best evidence, or the fallback with the names of all that are possible.
fn winner(rules: &RuleSet, mut members: Vec<Match>) -> Match {
    members.sort_by_key(|found| (std::cmp::Reverse(found.evidence), found.candidate.rule));
    let backed = members.iter().filter(|found| found.evidence > Evidence::NotNeeded).count();
    let ties = backed >= 2 && members[0].evidence == members[1].evidence;
    if backed >= 1 && !ties {
        return members.swap_remove(0);
    }
    let with_context = |found: &&Match| rules.at(found.candidate.rule).spec.context.is_some();
    let in_question = |found: &&Match| !ties || found.evidence == members[0].evidence;
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
