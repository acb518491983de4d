//! Keys that stand in the texts of a report, hidden.
//!
//! A report that keyward wrote holds none. One that somebody else wrote, or that a worker was tricked into, may hold anything in its messages
//! and paths, and merging would carry it on into job summaries and pull requests. So every sentence and name is looked through by the detector itself; text
//! that a scan wrote comes out as it went in.

use std::{collections::HashSet, sync::Arc};

use crate::{
    detect::Detector,
    model::{Finding, Report, masked_text},
    rules::RuleSet,
};

/// Sentences that are remembered as clean: there are few, each in many findings.
const REMEMBERED: usize = 10_000;

/// Hides keys in reports.
#[derive(Debug)]
pub struct Hider {
    detector: Detector,
    clean: HashSet<String>,
}

impl Default for Hider {
    fn default() -> Self {
        Self { detector: Detector::new(Arc::new(RuleSet::builtin()), &[]), clean: HashSet::new() }
    }
}

impl Hider {
    /// Hides what is a key in the sentences and names of `report`.
    pub fn hide(&mut self, report: &mut Report) {
        for finding in &mut report.findings {
            self.finding(finding);
        }
        for notice in &mut report.notices {
            notice.texts_mut().for_each(|text| self.text(text));
        }
        for skipped in &mut report.coverage.skipped {
            self.text(&mut skipped.path);
        }
    }

    fn finding(&mut self, finding: &mut Finding) {
        finding.names_mut().for_each(|name| self.text(name));
        let Finding {
            message, help, provider, kind, decoded, exposure, verification, related, fixes, suppressed, ..
        } = finding;
        let words = provider.iter_mut().chain(kind).chain(decoded).chain(exposure);
        let related = related.iter_mut().map(|related| &mut related.message);
        let reason = suppressed.iter_mut().map(|suppression| &mut suppression.reason);
        for text in words.chain(related).chain(reason).chain([message]) {
            // These are names and plain sentences: nothing in them has the length of a key.
            let masked = masked_text(text);
            if masked != *text {
                *text = masked;
            }
        }
        let fixes = fixes.iter_mut();
        let texts = fixes.flat_map(|fix| fix.edits.iter_mut().map(|edit| &mut edit.text).chain([&mut fix.title]));
        for text in texts.chain([help]).chain(&mut verification.advice) {
            self.text(text);
        }
    }

    /// Sentences with addresses and paths in them, which [`masked_text`] would spoil; and names, which must stay as wide as they were.
    fn text(&mut self, text: &mut String) {
        if text.is_empty() || self.clean.contains(text) {
            return;
        }
        match self.detector.masked(text) {
            Some(masked) => *text = masked,
            None if self.clean.len() < REMEMBERED => _ = self.clean.insert(text.clone()),
            None => {}
        }
    }
}
