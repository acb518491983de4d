//! Text that is shown and was not scanned as content, with what the rules find in it hidden: names of files and branches, sentences.

use super::{Detector, Text};
use crate::model::Secret;

/// A path that no rule asks for: only rules that apply anywhere decide.
const ANYWHERE: &str = "report.txt";

impl Detector {
    /// `text` with every credential in it masked, as wide as it was; `None` when there is none.
    #[must_use]
    pub fn masked(&self, text: &str) -> Option<String> {
        let detection = self.detect(Text { bytes: text.as_bytes(), path: Some(ANYWHERE), binary: false }, None);
        let shown = detection.candidates.iter().map(|candidate| (candidate.span, candidate.prefix));
        let mut spans: Vec<_> = shown.chain(detection.shadows.iter().map(|span| (*span, 0))).collect();
        if spans.is_empty() {
            return None;
        }
        spans.sort_by_key(|(span, _)| *span);
        let bytes = text.as_bytes();
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for (span, prefix) in spans {
            if span.start >= at {
                out.push_str(&String::from_utf8_lossy(&bytes[at..span.start]));
                out.push_str(&Secret::new(&bytes[span.range()], prefix).masked_in_place());
            } else if span.end > at {
                // The rest of one that begins inside another.
                out.push_str(&Secret::new(&bytes[at..span.end], 0).masked_in_place());
            }
            at = at.max(span.end);
        }
        out.push_str(&String::from_utf8_lossy(&bytes[at..]));
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::rules::{RuleSet, template::expand};

    fn masked(text: &str) -> Option<String> {
        Detector::new(Arc::new(RuleSet::builtin()), &[]).masked(text)
    }

    #[test]
    fn a_key_in_a_name_is_masked_at_equal_width_and_what_is_around_it_stays() {
        let key = expand("sk-proj-{url64:74}T3BlbkFJ{url64:73}A", "name");
        let path = format!("kéys/of/{key}.txt");
        let shown = masked(&path).unwrap();
        assert_eq!(shown.chars().count(), path.chars().count());
        assert!(shown.starts_with("kéys/of/sk-proj-•") && shown.ends_with(&format!("•{}.txt", &key[key.len() - 4..])));
        assert_eq!(masked(&shown), None, "what is hidden stays as it is");
    }

    #[test]
    fn hashes_identifiers_and_long_names_stay_readable() {
        for name in [
            expand("dist/assets/index-{hex:8}.js", "a"),
            expand("objects/{hex:2}/{hex:38}", "b"),
            expand("fixtures/{hex:64}.json", "c"),
            expand("snapshots/{hex:8}-{hex:4}-4{hex:3}-8{hex:3}-{hex:12}/state", "d"),
            "docs/how-to-rotate-the-api-key-of-the-production-environment.md".to_owned(),
            "refs/heads/dependabot/npm_and_yarn/openai-4.104.0".to_owned(),
        ] {
            assert_eq!(masked(&name), None, "{name}");
        }
    }
}
