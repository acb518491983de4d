//! Nothing leaks: every credential of every rule, through every format and verbosity, and no output holds it.

use keyward::{
    detect::{Detector, Scratch, Text},
    rules::{RuleSet, template::expand},
};
use std::{fs, sync::Arc};

use crate::support::Project;

/// Shorter pieces occur by chance: a place, a fingerprint, a word.
const TELLING: usize = 10;

#[test]
fn no_output_contains_a_secret_in_any_format_or_verbosity() {
    let project = Project::new();
    let detector = Detector::new(Arc::new(RuleSet::builtin()), &[]);
    // Where it was planted, and a hidden part of it.
    let mut secrets: Vec<(String, String)> = Vec::new();
    for (_, rule) in detector.rules().iter() {
        for (number, example) in rule.spec.matches.iter().enumerate() {
            let text = expand(&example.text, &format!("leak/{}/{number}", rule.id()));
            let name = example.path.clone().unwrap_or_else(|| "f.txt".to_owned());
            let path = format!("{}/{number}/{name}", rule.id());
            let found =
                detector.detect(Text { bytes: text.as_bytes(), path: &path, binary: false }, &mut Scratch::default());
            for candidate in found.candidates {
                let hidden =
                    &text[candidate.span.start + candidate.prefix.min(candidate.span.len())..candidate.span.end];
                let hidden = &hidden[..hidden.len().saturating_sub(4)];
                let lines = hidden.lines().filter(|line| line.len() >= TELLING);
                secrets.extend(lines.map(|line| (path.clone(), line.to_owned())));
            }
            project.file(&path, &text);
        }
    }
    assert!(secrets.len() > 400, "only {} secrets were planted", secrets.len());
    // A key in a place where a message quotes it: the configuration, an argument, a path.
    project.file("keyward.toml", "");
    let mut outputs: Vec<(String, String)> = Vec::new();
    for format in ["terminal", "json", "jsonl", "sarif", "github", "markdown"] {
        for more in [&[][..], &["--verbose"], &["--quiet"], &["--color", "always"], &["--show-suppressed"]] {
            let ran = project.keyward(&[&["-f", format], more].concat());
            assert_eq!(ran.code, 1, "{}", ran.stderr);
            outputs.push((format!("{format} {more:?}"), ran.stdout + &ran.stderr));
        }
    }
    let ran = project.keyward(&["baseline", "create"]);
    outputs.push((
        "baseline".to_owned(),
        ran.stdout + &ran.stderr + &fs::read_to_string(project.path("keyward.baseline")).unwrap(),
    ));
    for (name, output) in outputs {
        let shows = |secret: &str| windows(secret).any(|piece| output.contains(piece));
        let leaked: Vec<&str> =
            secrets.iter().filter(|(_, secret)| shows(secret)).map(|(path, _)| path.as_str()).collect();
        assert!(leaked.is_empty(), "{name} shows parts of what is in {leaked:?}");
    }
}

/// The beginning, the middle and the end of a secret.
fn windows(secret: &str) -> impl Iterator<Item = &str> {
    let last = secret.len() - TELLING;
    [0, last / 2, last].into_iter().filter_map(move |at| secret.get(at..at + TELLING))
}
