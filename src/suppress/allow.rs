//! `[[allow]]` entries against findings.
//!
//! A repository may have thousands of entries and a scan thousands of findings, so no finding is compared with every
//! entry. Entries with a fingerprint are found by it; the others by the name they give, and their globs are matched
//! together.

use std::collections::HashMap;

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::model::{Allow, Date, Finding, Fingerprint, Notice, PathGlob, SuppressedBy, Suppression};

use super::{Options, names_of, notice};

/// Bytes of globs that are compiled together.
const MOST_GLOB_TEXT: usize = 16 * 1024;

/// The entries that hold today, and which of them silenced something.
pub(super) struct Entries<'a> {
    all: &'a [Allow],
    today: Date,
    by_fingerprint: HashMap<&'a Fingerprint, Vec<usize>>,
    /// By rule, provider or group.
    by_name: HashMap<&'a str, Rest>,
    /// Those that hold for every rule.
    for_all: Rest,
    used: Vec<bool>,
}

/// Entries without a fingerprint that give the same name, or none.
struct Rest {
    everywhere: Vec<usize>,
    /// Those with a path.
    somewhere: Vec<GlobsTogether>,
}

/// Globs that are matched in one go, each with the entry it belongs to.
struct GlobsTogether {
    set: GlobSet,
    entries: Vec<usize>,
}

impl<'a> Entries<'a> {
    pub(super) fn new(all: &'a [Allow], today: Date) -> Self {
        let mut by_fingerprint: HashMap<_, Vec<usize>> = HashMap::new();
        let mut by_name: HashMap<_, Vec<usize>> = HashMap::new();
        let mut for_all = Vec::new();
        for (at, entry) in all.iter().enumerate().filter(|(_, entry)| !is_over(entry, today)) {
            match (&entry.fingerprint, &entry.rule) {
                (Some(fingerprint), _) => by_fingerprint.entry(fingerprint).or_default().push(at),
                (None, Some(rule)) => by_name.entry(rule.as_str()).or_default().push(at),
                (None, None) => for_all.push(at),
            }
        }
        let by_name = by_name.into_iter().map(|(name, entries)| (name, Rest::of(all, &entries))).collect();
        let for_all = Rest::of(all, &for_all);
        Self { all, today, by_fingerprint, by_name, for_all, used: vec![false; all.len()] }
    }

    /// What silences `finding`, if anything: the first entry of the file that does. All that do are remembered as used.
    pub(super) fn silence(&mut self, finding: &Finding) -> Option<Suppression> {
        let mut matching = Vec::new();
        let secret = finding.secret.as_ref().map(|secret| &secret.fingerprint);
        for fingerprint in secret.into_iter().chain([&finding.fingerprint]) {
            let candidates = self.by_fingerprint.get(fingerprint).into_iter().flatten().copied();
            matching.extend(candidates.filter(|at| holds(&self.all[*at], finding)));
        }
        let named = names_of(finding).filter_map(|name| self.by_name.get(name));
        for rest in named.chain([&self.for_all]) {
            rest.add_matching(&finding.location.path, &mut matching);
        }
        for at in &matching {
            self.used[*at] = true;
        }
        let first = &self.all[*matching.iter().min()?];
        Some(Suppression { by: SuppressedBy::Config, reason: first.reason.clone() })
    }

    /// What there is to say about the entries, in the order of the file.
    pub(super) fn notices(&self, options: &Options<'_>) -> Vec<Notice> {
        let entries = self.all.iter().zip(&self.used);
        entries.filter_map(|(entry, used)| self.notice(entry, *used, options)).collect()
    }

    fn notice(&self, entry: &Allow, used: bool, options: &Options<'_>) -> Option<Notice> {
        let said = |code, message, help| Some(notice(code, message, help, options.config, Some(entry.line)));
        if let Some(expires) = entry.expires.filter(|_| is_over(entry, self.today)) {
            let message = format!("this allow entry ended on {expires} and silences nothing any more");
            return said("expired-allow", message, "remove it, or set a later `expires` when the reason still holds");
        }
        let reach = options.reach;
        let dormant = match &entry.rule {
            Some(rule) => reach.skipped.contains(rule),
            None => !reach.skipped.is_empty(),
        };
        if used || dormant || !reach.whole {
            return None;
        }
        said("stale-allow", "this allow entry matches no finding".to_owned(), "remove it, or correct what it names")
    }
}

impl Rest {
    fn of(all: &[Allow], entries: &[usize]) -> Self {
        let (with_path, everywhere): (Vec<usize>, Vec<usize>) = entries.iter().partition(|at| all[**at].path.is_some());
        let globs_of = |at: usize| all[at].path.iter().flat_map(PathGlob::globs).map(move |glob| (at, glob));
        let globs: Vec<(usize, &Glob)> = with_path.into_iter().flat_map(globs_of).collect();
        let mut somewhere = Vec::new();
        put_together(&globs, &mut somewhere);
        Self { everywhere, somewhere }
    }

    fn add_matching(&self, path: &str, matching: &mut Vec<usize>) {
        matching.extend(&self.everywhere);
        for together in &self.somewhere {
            matching.extend(together.set.matches(path).into_iter().map(|glob| together.entries[glob]));
        }
    }
}

/// Compiles `globs` into few sets. Too many in one fail to compile, and fail slowly, so the text of each set is
/// bounded.
fn put_together(globs: &[(usize, &Glob)], sets: &mut Vec<GlobsTogether>) {
    let text: usize = globs.iter().map(|(_, glob)| glob.glob().len()).sum();
    if globs.is_empty() {
        return;
    }
    if text <= MOST_GLOB_TEXT || globs.len() == 1 {
        let mut builder = GlobSetBuilder::new();
        for (_, glob) in globs {
            builder.add((*glob).clone());
        }
        if let Ok(set) = builder.build() {
            sets.push(GlobsTogether { set, entries: globs.iter().map(|(at, _)| *at).collect() });
            return;
        }
    }
    // A single glob that the library parses and does not compile matches nothing: the careful side, and it will be
    // called stale.
    if globs.len() > 1 {
        let (left, right) = globs.split_at(globs.len() / 2);
        put_together(left, sets);
        put_together(right, sets);
    }
}

fn is_over(entry: &Allow, today: Date) -> bool {
    entry.expires.is_some_and(|last| last < today)
}

/// Whether the conditions of `entry` other than the fingerprint hold.
fn holds(entry: &Allow, finding: &Finding) -> bool {
    let named = entry.rule.as_deref().is_none_or(|rule| names_of(finding).any(|name| name == rule));
    named && stands_in(entry, &finding.location.path)
}

fn stands_in(entry: &Allow, path: &str) -> bool {
    entry.path.as_ref().is_none_or(|glob| glob.matches(path))
}
