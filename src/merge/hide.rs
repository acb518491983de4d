//! Keys that stand in the texts of a report, hidden.
//!
//! A report that keyward wrote holds none. One that somebody else wrote, or that a worker was tricked into, may hold anything in its messages,
//! and merging would carry it on into job summaries and pull requests. So every sentence is looked through by the detector itself; text
//! that a scan wrote comes out as it went in.

use std::{collections::HashSet, sync::Arc};

use crate::{
    detect::{Detector, Text},
    model::{Finding, Notice, Report, Secret, masked_text},
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
    /// Hides what is a key in the sentences of `report`.
    pub fn hide(&mut self, report: &mut Report) {
        for finding in &mut report.findings {
            self.finding(finding);
        }
        for Notice { message, help, .. } in &mut report.notices {
            self.text(message);
            if let Some(help) = help {
                self.text(help);
            }
        }
    }

    fn finding(&mut self, finding: &mut Finding) {
        let Finding { message, help, provider, kind, decoded, exposure, related, fixes, suppressed, .. } = finding;
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
        for text in texts.chain([help]) {
            self.text(text);
        }
    }

    /// Sentences with addresses and paths in them, which [`masked_text`] would spoil.
    fn text(&mut self, text: &mut String) {
        if text.is_empty() || self.clean.contains(text) {
            return;
        }
        let detection =
            self.detector.detect(Text { bytes: text.as_bytes(), path: Some("report.txt"), binary: false }, None);
        if detection.candidates.is_empty() && detection.shadows.is_empty() {
            if self.clean.len() < REMEMBERED {
                self.clean.insert(text.clone());
            }
            return;
        }
        let shown = detection.candidates.iter().map(|candidate| (candidate.span, candidate.prefix));
        let mut spans: Vec<_> = shown.chain(detection.shadows.iter().map(|span| (*span, 0))).collect();
        spans.sort_by_key(|(span, _)| *span);
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for (span, prefix) in spans {
            if span.start >= at {
                out.push_str(&String::from_utf8_lossy(&text.as_bytes()[at..span.start]));
                out.push_str(&Secret::new(&text.as_bytes()[span.range()], prefix).masked());
            }
            at = at.max(span.end);
        }
        out.push_str(&String::from_utf8_lossy(&text.as_bytes()[at..]));
        *text = out;
    }
}
