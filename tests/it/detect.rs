//! Detection: every kind of OpenAI key in every textual context, whole and at its exact place; and silence elsewhere.

use std::sync::Arc;

use keyward::{
    detect::{Candidate, Detector, Text},
    model::Span,
    rules::{RuleSet, template::expand},
};
use proptest::prelude::*;

/// Every kind of keys that OpenAI issued with the marker: name, rule, kind, template.
const KINDS: [(&str, &str, &str, &str); 14] = [
    ("user, legacy", "openai-api-key", "user", "sk-{alnum:20}T3BlbkFJ{alnum:20}"),
    ("project, first", "openai-api-key", "project", "sk-proj-{alnum:20}T3BlbkFJ{alnum:20}"),
    ("project, second", "openai-api-key", "project", "sk-proj-{url64:58}T3BlbkFJ{url64:58}"),
    ("project, current", "openai-api-key", "project", "sk-proj-{url64:74}T3BlbkFJ{url64:74}"),
    ("project, ends in -", "openai-api-key", "project", "sk-proj-{url64:74}T3BlbkFJ{url64:73}-"),
    ("project, ends in _", "openai-api-key", "project", "sk-proj-{url64:74}T3BlbkFJ{url64:73}_"),
    ("service, short", "openai-api-key", "service account", "sk-svcacct-{alnum:20}T3BlbkFJ{alnum:20}"),
    ("service, 46", "openai-api-key", "service account", "sk-svcacct-{url64:46}T3BlbkFJ{url64:46}"),
    ("service, 58", "openai-api-key", "service account", "sk-svcacct-{url64:58}T3BlbkFJ{url64:58}"),
    ("service, current", "openai-api-key", "service account", "sk-svcacct-{url64:74}T3BlbkFJ{url64:74}"),
    ("service, named", "openai-api-key", "service account", "sk-service-account-name-{alnum:20}T3BlbkFJ{alnum:20}"),
    ("user, null project", "openai-api-key", "user", "sk-None-{alnum:20}T3BlbkFJ{alnum:20}"),
    ("admin, 58", "openai-admin-key", "admin", "sk-admin-{url64:58}T3BlbkFJ{url64:58}"),
    ("admin, 74", "openai-admin-key", "admin", "sk-admin-{url64:74}T3BlbkFJ{url64:74}"),
];

/// What may stand before and after a key.
const CONTEXTS: [(&str, &str); 26] = [
    ("", ""),
    ("key = \"", "\""),
    ("{\\\"key\\\":\\\"", "\\\"}"),
    ("https://x.test/?key=", "&model=gpt"),
    ("<key>", "</key>"),
    ("a,", ",b"),
    ("f(", ")"),
    ("The key is ", "."),
    ("export OPENAI_API_KEY=", ";"),
    ("?a%3D", "\\u0026b=1"),
    ("'", "'"),
    ("`", "`"),
    ("Authorization: Bearer ", "\r\n"),
    ("line\\n", "\\n"),
    ("\\t", "\\t"),
    ("backup_", " "),
    ("[", "]"),
    ("|", "|"),
    ("# ", "\n"),
    ("\u{feff}", "\n"),
    ("😀", "😀"),
    ("x:", "}"),
    ("\\x22", "\\x22"),
    ("&quot;", "&quot;"),
    ("key>", "\t"),
    ("$", "$"),
];

fn detector() -> Detector {
    Detector::new(Arc::new(RuleSet::builtin()), &[])
}

fn find(detector: &Detector, text: &[u8]) -> Vec<Candidate> {
    detector.detect(Text { bytes: text, path: Some("src/app.py"), binary: false }, None).candidates
}

/// Rule and text of what is found.
fn found(detector: &Detector, text: &[u8]) -> Vec<(String, String)> {
    let name = |candidate: &Candidate| detector.rules().at(candidate.rule).id().to_string();
    let value = |candidate: &Candidate| String::from_utf8_lossy(&text[candidate.span.range()]).into_owned();
    find(detector, text).iter().map(|candidate| (name(candidate), value(candidate))).collect()
}

#[test]
fn every_kind_of_openai_key_is_found_whole_in_every_context() {
    let detector = detector();
    for (name, rule, kind, template) in KINDS {
        for (before, after) in CONTEXTS {
            for seed in 0..20 {
                let key = expand(template, &format!("{name}{seed}"));
                let text = format!("{before}{key}{after}");
                let [candidate] = &find(&detector, text.as_bytes())[..] else {
                    panic!("{name} between {before:?} and {after:?}: {:?}", found(&detector, text.as_bytes()));
                };
                let expected = Span::new(before.len(), before.len() + key.len());
                assert_eq!(candidate.span, expected, "{name} between {before:?} and {after:?}");
                assert_eq!(candidate.kind.as_deref(), Some(kind), "{name} between {before:?} and {after:?}");
                assert_eq!(detector.rules().at(candidate.rule).id().as_str(), rule);
            }
        }
    }
}

#[test]
fn a_suffix_glued_on_is_cut_off() {
    let key = expand("sk-proj-{url64:74}T3BlbkFJ{url64:74}", "x");
    for suffix in ["_backup", "-old", "AAAA"] {
        let text = format!("{key}{suffix}");
        assert_eq!(found(&detector(), text.as_bytes()), [("openai-api-key".to_owned(), key.clone())]);
    }
}

#[test]
fn two_keys_on_one_line_are_two_findings_even_without_a_gap() {
    let detector = detector();
    let (a, b) = (expand("sk-proj-{url64:74}T3BlbkFJ{url64:74}", "a"), expand("sk-{alnum:20}T3BlbkFJ{alnum:20}", "b"));
    for gap in [" ", "", ",", "\""] {
        let text = format!("{a}{gap}{b}");
        let values: Vec<String> = found(&detector, text.as_bytes()).into_iter().map(|(_, value)| value).collect();
        assert_eq!(values, [a.clone(), b.clone()], "with {gap:?} between");
    }
}

#[test]
fn halves_of_a_new_equal_length_are_accepted_with_a_known_prefix() {
    let key = expand("sk-proj-{url64:90}T3BlbkFJ{url64:90}", "x");
    let text = format!("{key}-suffix");
    assert_eq!(found(&detector(), text.as_bytes()), [("openai-api-key".to_owned(), key)]);
}

#[test]
fn a_short_right_half_is_a_truncated_key() {
    let key = expand("sk-proj-{url64:74}T3BlbkFJ{url64:40}", "x");
    let text = format!("\"{key}\"");
    assert_eq!(found(&detector(), text.as_bytes()), [("openai-truncated-key".to_owned(), key)]);
}

#[test]
fn bytes_that_are_not_utf8_do_not_hide_a_key() {
    let key = expand("sk-proj-{url64:74}T3BlbkFJ{url64:74}", "x");
    let mut text = vec![0xff, 0xfe, 0x80];
    text.extend_from_slice(key.as_bytes());
    text.extend_from_slice(&[0xc3, 0x28]);
    assert_eq!(found(&detector(), &text), [("openai-api-key".to_owned(), key)]);
}

#[test]
fn a_binary_is_searched_for_unmistakable_keys_only() {
    let detector = detector();
    let strong = expand("sk-proj-{url64:74}T3BlbkFJ{url64:74}", "x");
    let weak = expand("OPENAI sess-{alnum:40}", "x");
    let text = format!("\0\0{strong}\0{weak}\0");
    let binary = Text { bytes: text.as_bytes(), path: Some("core"), binary: true };
    let candidates = detector.detect(binary, None).candidates;
    assert_eq!(candidates.len(), 1);
    assert_eq!(candidates[0].span, Span::new(2, 2 + strong.len()));
}

#[test]
fn watched_literals_are_reported_in_the_same_pass() {
    let detector = Detector::new(Arc::new(RuleSet::builtin()), &["keyward:"]);
    let text = Text { bytes: b"x # keyward: allow a\n# keyward: b", path: Some("a.py"), binary: false };
    assert_eq!(detector.detect(text, None).watched.iter().map(|watched| watched.start).collect::<Vec<_>>(), [4, 23]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_key_is_found_at_its_place_in_any_surroundings(
        before in "[ -~\n]{0,60}[ \n\"'=:,(]",
        after in "([ \n\"'&<,).;][ -~\n]{0,60})?",
        kind in 0..KINDS.len(),
        seed in any::<u32>(),
    ) {
        let key = expand(KINDS[kind].3, &seed.to_string());
        let text = format!("{before}{key}{after}");
        let span = Span::new(before.len(), before.len() + key.len());
        prop_assert!(find(&detector(), text.as_bytes()).iter().any(|candidate| candidate.span == span));
    }

    #[test]
    fn nothing_panics_and_candidates_are_sorted_and_apart(bytes in prop::collection::vec(
        prop_oneof![Just(b"T3BlbkFJ".to_vec()), Just(b"sk-proj-".to_vec()), Just(b"sk-".to_vec()), Just(b"://a:b@".to_vec()),
            Just(b"AKIA".to_vec()), Just(b"cohere_api_key=".to_vec()), prop::collection::vec(any::<u8>(), 0..40)],
        0..30,
    )) {
        let text = bytes.concat();
        let candidates = find(&detector(), &text);
        for pair in candidates.windows(2) {
            prop_assert!(pair[0].span.end <= pair[1].span.start);
        }
    }
}
