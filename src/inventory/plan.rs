//! What to do about a key, step by step, and about all of them, provider by provider.
//!
//! The order of the steps is the matter. A key that works and is published is revoked first: an interruption costs less than what others do with
//! it. Any other is replaced first, so that nothing stands still. The history is last in either case, and mostly left as it is: a rewritten
//! history does not take a key out of clones, forks and caches, and a revoked key in it harms nobody.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Key, Place, Urgency, Use};
use crate::model::{Exposure, Fingerprint, Role};

/// Places that a sentence names; all of them are listed beside it.
const NAMED: usize = 4;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Make the key useless, at its provider.
    Revoke,
    /// Make a new one.
    Create,
    /// Put the new one, or a reference to it, into the files that hold the old one.
    Replace,
    /// Give the new one to what goes by its name.
    HandOn,
    /// Ship again what was shipped with the old one in it.
    Republish,
    /// Take a dead one out of the files.
    Remove,
    /// Deal with the versions that git keeps.
    History,
    /// Leave everything as it is.
    Keep,
}

impl Action {
    /// The word used in every output format.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Revoke => "revoke",
            Self::Create => "create",
            Self::Replace => "replace",
            Self::HandOn => "hand on",
            Self::Republish => "republish",
            Self::Remove => "remove",
            Self::History => "history",
            Self::Keep => "keep",
        }
    }
}

/// One step for one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Step {
    /// What kind of step.
    pub action: Action,
    /// What to do: a sentence without a full stop.
    pub text: String,
}

impl Step {
    fn new(action: Action, text: impl Into<String>) -> Self {
        Self { action, text: text.into() }
    }
}

/// One step for several keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Task {
    /// When; `null` for what comes last of all.
    pub urgency: Option<Urgency>,
    /// What kind of step.
    pub action: Action,
    /// What to do: a sentence without a full stop.
    pub text: String,
    /// Page where it is done.
    pub page: Option<String>,
    /// The keys, in the order of the inventory.
    pub keys: Vec<Fingerprint>,
}

/// What to do about `key`, in this order.
pub(super) fn steps(key: &Key) -> Vec<Step> {
    match key.urgency {
        Urgency::InPlace => {
            vec![Step::new(Action::Keep, "leave it: git ignores the file it stands in, which is where it belongs")]
        }
        Urgency::Accepted => vec![Step::new(Action::Keep, accepted(key))],
        Urgency::Over => {
            vec![Step::new(
                Action::Keep,
                "leave it: it opens nothing any more, and no file of the working tree holds it",
            )]
        }
        Urgency::CleanUp => clean_up(key),
        Urgency::Now => {
            let first = format!("{}; an interruption costs less than what others may do with it", revoke(key));
            std::iter::once(Step::new(Action::Revoke, first)).chain(replace(key)).chain(history(key)).collect()
        }
        Urgency::Soon | Urgency::Later => {
            let last = format!("{} once nothing uses it any more", revoke(key));
            replace(key).chain([Step::new(Action::Revoke, last)]).chain(history(key)).collect()
        }
    }
}

fn accepted(key: &Key) -> String {
    let reason = key.suppressed.as_ref().map_or("", |suppression| suppression.reason.as_str());
    let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
    format!("leave it as long as the reason for the exception holds{reason}")
}

fn revoke(key: &Key) -> String {
    match (&key.revoke, &key.provider_name) {
        (Some(page), _) => format!("revoke it at {page}"),
        (None, Some(_)) => "make it useless where it was issued".to_owned(),
        (None, None) => "find out whose it is, and revoke it there".to_owned(),
    }
}

fn replace(key: &Key) -> impl Iterator<Item = Step> {
    let one_each = match key.environments.as_slice() {
        [_, _, ..] => format!(", one for each of {}", key.environments.join(", ")),
        _ => String::new(),
    };
    // Nothing that is here uses it; something elsewhere may.
    let on_condition = if key.in_working_tree { "" } else { " if something still uses it" };
    let create = Step::new(Action::Create, format!("create a new one{one_each}{on_condition}"));
    [Some(create), in_files(key), hand_on(key), republish(key)].into_iter().flatten()
}

/// What becomes of the files that hold it now.
fn in_files(key: &Key) -> Option<Step> {
    let (mut code, mut tracked, mut private, mut published) = (vec![], vec![], vec![], vec![]);
    for place in key.places.iter().filter(|place| place.in_working_tree) {
        let has = |exposure| place.exposure.contains(&exposure);
        match () {
            () if has(Exposure::Private) && has(Exposure::Browser) => published.push(shown(place)),
            () if has(Exposure::Private) => private.push(shown(place)),
            () if has(Exposure::TrackedEnv) => tracked.push(shown(place)),
            // What was built is built again.
            () if has(Exposure::Browser) && has(Exposure::Local) => {}
            () => code.push(shown(place)),
        }
    }
    let variable = key.names.iter().find(|name| key.uses.iter().any(|used| used.name == **name));
    let what = variable.map_or("it", String::as_str);
    let say = |places: &[String], text: &dyn Fn(String) -> String| (!places.is_empty()).then(|| text(named(places)));
    let parts: Vec<String> = [
        say(&code, &|at| format!("take it out of {at} and read {what} from the environment there")),
        say(&tracked, &|at| format!("stop tracking {at} (git rm --cached), and keep the new one in what git ignores")),
        say(&private, &|at| format!("put the new one into {at}")),
        say(&published, &|at| format!("put the new one into {at} under a name that no bundler publishes")),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| Step::new(Action::Replace, parts.join("; ")))
}

fn hand_on(key: &Key) -> Option<Step> {
    let own: BTreeSet<&str> = key.places.iter().map(|place| place.path.as_str()).collect();
    let giving: Vec<String> = key
        .uses
        .iter()
        .filter(|used| used.role != Role::Reads && !own.contains(used.path.as_str()))
        .map(|used| format!("{} ({} {})", at(used), used.role.as_str(), used.name))
        .collect();
    let reading = key.uses.iter().filter(|used| used.role == Role::Reads).count();
    if giving.is_empty() {
        return None;
    }
    let readers = match reading {
        0 => String::new(),
        1 => "; one place in code reads it".to_owned(),
        many => format!("; {many} places in code read it"),
    };
    let text = format!("give the new one to what stands behind {}{readers}", named(&giving));
    Some(Step::new(Action::HandOn, text))
}

fn republish(key: &Key) -> Option<Step> {
    let parts: Vec<&str> = key
        .exposure
        .iter()
        .filter_map(|exposure| match exposure {
            Exposure::Browser => Some("build the front end again without it, deploy it and empty the caches"),
            Exposure::WebRoot => Some("take the file off the web server"),
            Exposure::Image => {
                Some("build the image again without it and delete the tags that hold it: its layers keep it")
            }
            Exposure::Package => Some("publish a version without it and withdraw those that hold it"),
            _ => None,
        })
        .collect();
    (!parts.is_empty()).then(|| Step::new(Action::Republish, parts.join("; ")))
}

fn clean_up(key: &Key) -> Vec<Step> {
    let holding =
        key.places.iter().filter(|place| place.in_working_tree && !place.exposure.contains(&Exposure::Private));
    let holding: Vec<String> = holding.map(shown).collect();
    let text = if holding.is_empty() {
        "commit that it is out of the files: HEAD still holds it".to_owned()
    } else {
        format!("take it out of {}, and look for what still uses it", named(&holding))
    };
    vec![Step::new(Action::Remove, text)]
}

/// Whether rewriting the history helps.
fn history(key: &Key) -> Option<Step> {
    if !key.exposure.iter().any(|exposure| exposure.is_committed()) {
        return None;
    }
    let is_unreachable =
        key.exposure.iter().all(|exposure| !exposure.is_committed() || *exposure == Exposure::Unreachable);
    let text = if is_unreachable {
        "no reference leads to it: git reflog expire --expire=now --all and git gc --prune=now take it out of this clone; a host \
         that it was pushed to keeps it"
            .to_owned()
    } else {
        "leave the history as it is: rewriting it takes the key out of no clone, fork or cache, and gives every later commit another \
         id. Once revoked the key harms nobody there"
            .to_owned()
    };
    Some(Step::new(Action::History, text))
}

/// What to do about all of `keys`, which are in order.
pub(super) fn tasks(keys: &[Key]) -> Vec<Task> {
    let mut tasks: Vec<Task> = Vec::new();
    for urgency in Urgency::ALL.into_iter().filter(|urgency| urgency.is_rotation()) {
        let mut of_level: Vec<(&Key, Vec<&Key>)> = Vec::new();
        for key in keys.iter().filter(|key| key.urgency == urgency) {
            let same = of_level
                .iter_mut()
                .find(|(first, _)| (&first.provider_name, &first.revoke) == (&key.provider_name, &key.revoke));
            match same {
                Some((_, group)) => group.push(key),
                None => of_level.push((key, vec![key])),
            }
        }
        tasks.extend(of_level.into_iter().map(|(first, group)| rotation(urgency, first, &group)));
    }
    let dead: Vec<&Key> = keys.iter().filter(|key| key.urgency == Urgency::CleanUp).collect();
    if !dead.is_empty() {
        let text = format!("take {} out of the files", counted(dead.len(), "dead key"));
        tasks.push(task(Some(Urgency::CleanUp), Action::Remove, text, None, &dead));
    }
    let is_committed = |key: &&Key| key.exposure.iter().any(|exposure| exposure.is_committed());
    let committed: Vec<&Key> = keys.iter().filter(|key| key.urgency.is_rotation()).filter(is_committed).collect();
    if !committed.is_empty() {
        let text = "only then think of the history: rewriting it helps no key that is not revoked, and one that is needs no help. If a \
                    policy asks for it, use git filter-repo --replace-text, and have every clone made anew";
        tasks.push(task(None, Action::History, text.to_owned(), None, &committed));
    }
    tasks
}

fn rotation(urgency: Urgency, first: &Key, group: &[&Key]) -> Task {
    // What has no page may have no issuer, as a password or a private key.
    let whose = match (&first.provider_name, &first.revoke) {
        (Some(name), Some(_)) => format!(" of {name}"),
        (Some(name), None) => format!(" ({name})"),
        (None, _) => ", after finding out whose".to_owned(),
    };
    let (action, verb) = match urgency {
        Urgency::Now => (Action::Revoke, "revoke"),
        _ => (Action::Replace, "replace, then revoke,"),
    };
    let text = format!("{verb} {}{whose}", counted(group.len(), "key"));
    task(Some(urgency), action, text, first.revoke.clone(), group)
}

fn task(urgency: Option<Urgency>, action: Action, text: String, page: Option<String>, keys: &[&Key]) -> Task {
    Task { urgency, action, text, page, keys: keys.iter().map(|key| key.fingerprint.clone()).collect() }
}

fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn shown(place: &Place) -> String {
    place.lines.first().map_or_else(|| place.path.clone(), |line| format!("{}:{line}", place.path))
}

fn at(used: &Use) -> String {
    format!("{}:{}", used.path, used.line)
}

/// `a, b and c`, or `a, b, c, d and 3 more`.
fn named(words: &[String]) -> String {
    let rest = words.len().saturating_sub(NAMED);
    let mut words: Vec<String> = words.iter().take(NAMED).cloned().collect();
    if rest > 0 {
        words.push(format!("{rest} more"));
    }
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_names_a_few_places_and_counts_the_rest() {
        let words = |count: usize| (1..=count).map(|number| number.to_string()).collect::<Vec<_>>();
        assert_eq!(named(&words(1)), "1");
        assert_eq!(named(&words(2)), "1 and 2");
        assert_eq!(named(&words(4)), "1, 2, 3 and 4");
        assert_eq!(named(&words(7)), "1, 2, 3, 4 and 3 more");
    }
}
