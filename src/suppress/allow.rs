//! Entries of the configuration: each with its reason, and until its date.
//!
//! Entries with a fingerprint are looked up by it; the others are few and are tried one by one.

use std::collections::HashMap;

use super::{Options, names, suppression};
use crate::model::{Allow, Date, Finding, Fingerprint, Notice, SuppressedBy, Suppression};

/// The entries, and which of them silenced something.
pub(super) struct Allows<'a> {
    entries: &'a [Allow],
    by_fingerprint: HashMap<&'a Fingerprint, Vec<usize>>,
    others: Vec<usize>,
    matched: Vec<bool>,
    today: Date,
}

impl<'a> Allows<'a> {
    pub(super) fn new(entries: &'a [Allow], today: Date) -> Self {
        let mut by_fingerprint: HashMap<&Fingerprint, Vec<usize>> = HashMap::new();
        let mut others = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            match &entry.fingerprint {
                Some(fingerprint) => by_fingerprint.entry(fingerprint).or_default().push(at),
                None => others.push(at),
            }
        }
        Self { entries, by_fingerprint, others, matched: vec![false; entries.len()], today }
    }

    pub(super) fn suppression(&mut self, finding: &Finding) -> Option<Suppression> {
        let secret = finding.secret.as_ref().map(|secret| &secret.fingerprint);
        let by_fingerprint = [Some(&finding.fingerprint), secret];
        let by_fingerprint = by_fingerprint
            .into_iter()
            .flatten()
            .filter_map(|fingerprint| self.by_fingerprint.get(fingerprint))
            .flatten();
        let mut found: Option<usize> = None;
        for &at in by_fingerprint.chain(&self.others) {
            let entry = &self.entries[at];
            let holds = entry.rule.as_ref().is_none_or(|rule| names(rule, finding))
                && entry.path.as_ref().is_none_or(|path| path.is_match(&finding.location.path));
            if !holds {
                continue;
            }
            self.matched[at] = true;
            if entry.expires.is_none_or(|last| self.today <= last) {
                found = Some(found.map_or(at, |first| first.min(at)));
            }
        }
        found.map(|at| suppression(SuppressedBy::Config, self.entries[at].reason.clone()))
    }

    pub(super) fn notices(&self, options: &Options<'_>) -> Vec<Notice> {
        let notice = |(entry, matched): (&Allow, &bool)| {
            let (code, message, help) = match entry.expires {
                Some(last) if last < options.today => (
                    "expired-allow",
                    format!("this entry expired on {last} and silences nothing any more"),
                    "resolve the finding, or give the entry a new date and a reason for it",
                ),
                _ if !matched && options.whole && entry.checked => (
                    "stale-allow",
                    "this entry matches nothing".to_owned(),
                    "remove it, so that it cannot hide a later leak",
                ),
                _ => return None,
            };
            Some(Notice {
                code: code.into(),
                message,
                help: Some(help.into()),
                path: Some(options.config_path.into()),
                line: Some(entry.line),
            })
        };
        self.entries.iter().zip(&self.matched).filter_map(notice).collect()
    }
}
