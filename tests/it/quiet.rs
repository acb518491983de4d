//! Silence: text full of look-alikes, and the fixtures of what was once reported by mistake.
//!
//! A fixture is a template, so that hashes and base64 can be written without their bulk. What a fixture's name says must hold for every
//! seed: chance hits show up as a failure for some of them.

use std::{fs, sync::Arc};

use keyward::{
    detect::{Detector, Text},
    model::Severity,
    rules::{RuleSet, template::expand},
};

#[test]
fn look_alikes_give_no_error_and_no_warning() {
    let detector = Detector::new(Arc::new(RuleSet::builtin()), &[]);
    let mut fixtures: Vec<_> = fs::read_dir("fixtures/quiet").unwrap().map(|entry| entry.unwrap().path()).collect();
    fixtures.sort();
    assert!(fixtures.len() >= 8);
    let mut wrong = Vec::new();
    for path in fixtures {
        let template = fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        for seed in 0..40 {
            let text = expand(&template, &format!("{name}/{seed}"));
            let found = detector.detect(Text { bytes: text.as_bytes(), path: Some(name), binary: false }, None);
            for candidate in found.candidates {
                let rule = detector.rules().at(candidate.rule);
                if rule.spec.severity > Severity::Note {
                    wrong.push(format!("{name}, seed {seed}: {} at {:?}", rule.id(), candidate.span));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
