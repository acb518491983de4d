//! From findings to rows: all that was found of one key, in the working tree and in the history, becomes one [`Key`].

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use super::{Key, Moment, Past, Place, Urgency, Use, urgency};
use crate::{
    model::{
        self, Exposure, Finding, Fingerprint, NameUse, NotChecked, ObjectKind, OriginKind, Seen, Severity, Sighting,
        SuppressedBy, Suppression, Verdict, Verification,
    },
    rules::RuleSet,
};

/// Uses of a key's names that are listed: `KEY` may stand in every file.
const MOST_USES: usize = 50;

/// What was found.
pub struct Found<'f> {
    /// Findings of the working tree and of the history, one for each place.
    pub findings: &'f [Finding],
    /// Findings where keys belong.
    pub private: &'f [Finding],
    /// What is known of the place of a finding.
    pub sighting: &'f dyn Fn(&Finding) -> Sighting,
    /// Places that go by one of these names, in order.
    pub uses: &'f dyn Fn(&BTreeSet<String>) -> Vec<NameUse>,
    /// The rules behind the findings.
    pub rules: &'f RuleSet,
    /// Whether providers were asked.
    pub is_asked: bool,
}

/// A row for each key in `found`, the most urgent first.
#[must_use]
pub fn keys(found: &Found<'_>) -> Vec<Key> {
    let mut groups: BTreeMap<&Fingerprint, Group<'_>> = BTreeMap::new();
    for finding in found.findings.iter().filter(|finding| finding.group == model::Group::Secrets) {
        let Some(secret) = &finding.secret else { continue };
        groups.entry(&secret.fingerprint).or_default().leaked.push(finding);
    }
    for finding in found.private {
        let Some(secret) = &finding.secret else { continue };
        groups.entry(&secret.fingerprint).or_default().private.push(finding);
    }
    let mut rows: Vec<(u32, Key)> = groups.into_values().filter_map(|group| row(found, &group)).collect();
    add_uses(&mut rows, found);
    rows.sort_by_cached_key(|(age, key)| order(*age, key));
    rows.into_iter().map(|(_, key)| key).collect()
}

/// All findings on one key.
#[derive(Default)]
struct Group<'f> {
    /// Where it does not belong.
    leaked: Vec<&'f Finding>,
    /// Where it does.
    private: Vec<&'f Finding>,
}

impl<'f> Group<'f> {
    fn all(&self) -> impl Iterator<Item = &'f Finding> {
        self.leaked.iter().chain(&self.private).copied()
    }

    /// The finding that tells most of the key: one that counts, that knows the issuer, and the gravest.
    fn main(&self) -> Option<&'f Finding> {
        let rank = |finding: &&Finding| {
            let of = (finding.suppressed.is_some(), finding.provider.is_none(), Reverse(finding.severity));
            (of, finding.rule.clone(), finding.location.clone())
        };
        let first = |findings: &[&'f Finding]| findings.iter().copied().min_by_key(rank);
        first(&self.leaked).or_else(|| first(&self.private))
    }
}

type Order = (Urgency, u8, Exposure, Reverse<Severity>, u32, String, String);

/// Live ones before others, then what has come farthest, then the gravest, then the oldest.
fn order(age: u32, key: &Key) -> Order {
    let print = key.fingerprint.to_string();
    let rank = key.verification.verdict.rank();
    (key.urgency, rank, key.worst(), Reverse(key.severity), age, key.rule.to_string(), print)
}

/// The row of one key, and how early it came into the history.
fn row(found: &Found<'_>, group: &Group<'_>) -> Option<(u32, Key)> {
    let main = group.main()?;
    let secret = main.secret.as_ref()?;
    let rule = found.rules.get(&main.rule);
    let oldest = group.all().map(|finding| &finding.origin).filter(|origin| origin.commit.is_some());
    let oldest = oldest.min_by_key(|origin| origin.age());
    let last = group.all().filter_map(|finding| finding.origin.last_seen.as_ref()).max_by_key(|seen| rank_of(seen));
    let places = places(found, group);
    let sorted = |words: BTreeSet<String>| words.into_iter().collect::<Vec<_>>();
    let mut key = Key {
        urgency: Urgency::Later,
        why: String::new(),
        rule: main.rule.clone(),
        summary: rule.map_or_else(|| main.message.clone(), |rule| rule.spec.summary.clone()),
        provider: main.provider.clone(),
        provider_name: main.provider.as_ref().and(rule).map(|rule| rule.provider.name.clone()),
        kind: main.kind.clone(),
        severity: main.severity,
        confidence: main.confidence,
        masked: secret.masked.clone(),
        length: secret.length,
        fingerprint: secret.fingerprint.clone(),
        verification: verification(found, group),
        exposure: exposure(&places),
        environments: sorted(places.iter().filter_map(|place| place.environment.clone()).collect()),
        names: sorted(places.iter().flat_map(|place| place.names.iter().cloned()).collect()),
        first_seen: oldest.map(|origin| moment(origin.commit.clone(), origin.author_time.clone())),
        last_seen: last.map(|seen| moment(Some(seen.commit.clone()), seen.time.clone())),
        in_working_tree: places.iter().any(|place| place.in_working_tree),
        in_head: places.iter().any(|place| place.history.as_ref().is_some_and(|past| past.in_head)),
        suppressed: suppression(group),
        places,
        uses: Vec::new(),
        uses_not_listed: 0,
        revoke: rule.and_then(|rule| rule.revoke()).map(str::to_owned),
        plan: Vec::new(),
    };
    key.urgency = Urgency::of(&key);
    key.why = urgency::why(&key);
    Some((oldest.and_then(|origin| origin.position).unwrap_or(u32::MAX), key))
}

fn moment(commit: Option<String>, time: Option<String>) -> Moment {
    Moment { commit, time }
}

fn rank_of(seen: &Seen) -> (i64, &str) {
    (seen.seconds, &seen.commit)
}

/// What the provider said. A key that stands only where it belongs is sent nowhere.
fn verification(found: &Found<'_>, group: &Group<'_>) -> Verification {
    match group.leaked.iter().min_by_key(|finding| finding.verification.verdict.rank()) {
        Some(finding) => finding.verification.clone(),
        None if found.is_asked => Verification::of(Verdict::NotChecked(NotChecked::NotRequested)).with_advice(
            "it stands only in a file that git ignores, so it was not sent; `keyward verify --env NAME` asks",
        ),
        None => Verification::NOT_REQUESTED,
    }
}

/// What silences the key at all places where it does not belong. Of several, the baseline: it gives no reason.
fn suppression(group: &Group<'_>) -> Option<Suppression> {
    if group.leaked.iter().any(|finding| finding.suppressed.is_none()) {
        return None;
    }
    let all = || group.leaked.iter().filter_map(|finding| finding.suppressed.as_ref());
    all().find(|suppression| suppression.by == SuppressedBy::Baseline).or_else(|| all().next()).cloned()
}

/// How far the key has come by all places together.
fn exposure(places: &[Place]) -> Vec<Exposure> {
    let all: BTreeSet<Exposure> = places.iter().flat_map(|place| place.exposure.iter().copied()).collect();
    all.into_iter().collect()
}

/// The places of a key: one for each path, whether the working tree, the history or both have it there.
fn places(found: &Found<'_>, group: &Group<'_>) -> Vec<Place> {
    let mut places: BTreeMap<(&str, u8), Place> = BTreeMap::new();
    // The tree before the history: where a file is there now, its lines are those of now.
    let (of_history, of_tree): (Vec<&Finding>, Vec<&Finding>) =
        group.all().partition(|finding| finding.origin.kind == OriginKind::History);
    for finding in of_tree.into_iter().chain(of_history) {
        let is_past = finding.origin.kind == OriginKind::History;
        let id = (finding.location.path.as_str(), class(finding));
        let place = places.entry(id).or_insert_with(|| Place {
            path: finding.location.path.clone(),
            lines: Vec::new(),
            in_working_tree: !is_past,
            exposure: Vec::new(),
            names: Vec::new(),
            environment: None,
            history: None,
            suppressed: finding.suppressed.clone(),
        });
        add(place, finding, &(found.sighting)(finding));
    }
    let mut places: Vec<Place> = places.into_values().collect();
    for Place { lines, names, exposure, .. } in &mut places {
        once_each(lines);
        once_each(names);
        once_each(exposure);
    }
    places
}

/// Messages and notes are no files, whatever a file may be called.
fn class(finding: &Finding) -> u8 {
    match finding.origin.object {
        None | Some(ObjectKind::Blob) => 0,
        Some(ObjectKind::CommitMessage) => 1,
        Some(ObjectKind::TagMessage) => 2,
        Some(ObjectKind::Note) => 3,
    }
}

fn add(place: &mut Place, finding: &Finding, sighting: &Sighting) {
    let is_past = finding.origin.kind == OriginKind::History;
    if !(is_past && place.in_working_tree) {
        place.lines.push(finding.location.start_line);
    }
    let of_line = || finding.excerpt.as_ref().and_then(|excerpt| excerpt.bound_name()).map(str::to_owned);
    let names: Vec<String> = if sighting.names.is_empty() {
        of_line().into_iter().collect()
    } else {
        sighting.names.iter().cloned().collect()
    };
    place.names.extend(names);
    place.exposure.extend(&sighting.exposure);
    place.environment = place.environment.take().or_else(|| sighting.environment.map(str::to_owned));
    if finding.suppressed.is_none() {
        place.suppressed = None;
    }
    if is_past {
        place.history = Some(past(finding, place.history.take()));
    }
}

/// What the history says of a place, which several rules may have told.
fn past(finding: &Finding, known: Option<Past>) -> Past {
    let origin = &finding.origin;
    let new = Past {
        first: origin.commit.as_ref().map(|id| moment(Some(id.clone()), origin.author_time.clone())),
        last: origin.last_seen.as_ref().map(|seen| moment(Some(seen.commit.clone()), seen.time.clone())),
        in_head: origin.in_head,
        versions: origin.occurrences,
        refs: origin.refs.clone(),
        object: origin.object,
    };
    known.unwrap_or(new)
}

fn once_each<T: Ord>(list: &mut Vec<T>) {
    list.sort();
    list.dedup();
}

/// Adds what goes by the names of the keys, as far as they are names of environment variables.
fn add_uses(rows: &mut [(u32, Key)], found: &Found<'_>) {
    let names: BTreeSet<String> =
        rows.iter().flat_map(|(_, key)| key.names.iter().filter(|name| is_variable(name)).cloned()).collect();
    let mut by_name: BTreeMap<String, Vec<Use>> = BTreeMap::new();
    for NameUse { name, role, location } in (found.uses)(&names) {
        let used = Use { name: name.clone(), role, path: location.path, line: location.start_line };
        by_name.entry(name).or_default().push(used);
    }
    for (_, key) in rows {
        let of_name = |name: &String| by_name.get(name).map_or(&[][..], Vec::as_slice);
        let total: usize = key.names.iter().map(|name| of_name(name).len()).sum();
        key.uses = key.names.iter().flat_map(of_name).take(MOST_USES).cloned().collect();
        key.uses_not_listed = total.saturating_sub(MOST_USES) as u64;
    }
}

/// Names of variables of the environment are in capitals; `key` and `token` are names of anything.
fn is_variable(name: &str) -> bool {
    name.len() >= 3
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        && name.contains(|c: char| c.is_ascii_uppercase())
}
