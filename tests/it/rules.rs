//! Rules as data: every rule file is well formed, and every rule finds what its examples say and nothing else.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use keyward::{
    detect::{Candidate, Detector, Text},
    model::{Confidence, RuleId},
    rules::{Anchor, ProviderFile, Rule, RuleSet, spec::Example, template},
};

pub(crate) fn rule_files() -> Vec<(PathBuf, ProviderFile)> {
    let mut paths: Vec<PathBuf> = fs::read_dir("rules")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    paths.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let file = RuleSet::parse(&path, &text).unwrap_or_else(|error| panic!("{error:?}"));
        (path, file)
    };
    paths.into_iter().map(read).collect()
}

fn detect(detector: &Detector, text: &str, path: &str) -> Vec<Candidate> {
    let text = Text { bytes: text.as_bytes(), path: Some(path), binary: false };
    detector.detect(text, None).candidates
}

/// The text of an example and the path it stands in.
fn expanded(rule: &Rule, example: &Example) -> (String, String) {
    let seed = format!("{}/{}", rule.id(), example.name);
    (template::expand(&example.text, &seed), example.path.clone().unwrap_or_else(|| "example.txt".to_owned()))
}

fn builtin() -> Detector {
    Detector::new(Arc::new(RuleSet::builtin()), &[])
}

#[test]
fn every_file_is_named_after_its_provider_and_every_rule_is_sound() {
    let mut ids = BTreeSet::new();
    for (path, file) in rule_files() {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        assert_eq!(file.provider.id, stem, "{}", path.display());
        let mut set = RuleSet::builtin();
        set.retain(
            &keyward::rules::Selection::new(&set, &["openai-api-key".into()], &["openai-api-key".into()]).unwrap(),
        );
        for rule in &file.rules {
            assert!(ids.insert(rule.id.clone()), "{} stands twice", rule.id);
        }
        set.add(file).unwrap_or_else(|error| panic!("{}: {error:?}", path.display()));
    }
    assert!(ids.len() >= 60, "only {} rules", ids.len());
}

#[test]
fn every_rule_is_documented_and_has_examples_of_both_kinds() {
    for (_, file) in rule_files() {
        for rule in &file.rules {
            let id = &rule.id;
            for (field, text) in
                [("summary", &rule.summary), ("why", &rule.why), ("help", &rule.help), ("since", &rule.since)]
            {
                assert!(!text.trim().is_empty(), "{id}: `{field}` is empty");
            }
            assert!(rule.why.ends_with('.') && rule.help.ends_with('.'), "{id}: why and help are sentences");
            assert!(!rule.summary.ends_with('.'), "{id}: the summary is a noun phrase");
            assert!(!rule.matches.is_empty(), "{id} has no example that matches");
            assert!(!rule.no_matches.is_empty(), "{id} has no example that does not match");
            let names: BTreeSet<_> = rule.matches.iter().chain(&rule.no_matches).map(|example| &example.name).collect();
            assert_eq!(names.len(), rule.matches.len() + rule.no_matches.len(), "{id}: example names repeat");
        }
    }
}

#[test]
fn every_example_is_found_by_its_own_rule_and_by_no_other() {
    let detector = builtin();
    let mut wrong = Vec::new();
    let examples: usize = detector.rules().iter().map(|(_, rule)| rule.examples().0.len()).sum();
    assert!(examples > 400, "only {examples} examples");
    for (_, rule) in detector.rules().iter() {
        for example in rule.examples().0 {
            let (text, path) = expanded(rule, example);
            let found: Vec<&RuleId> = detect(&detector, &text, &path)
                .iter()
                .map(|candidate| detector.rules().at(candidate.rule).id())
                .collect();
            if found != [rule.id()] {
                wrong.push(format!("{}, \"{}\": found {found:?}", rule.id(), example.name));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn no_counter_example_is_found_by_its_rule() {
    let detector = builtin();
    let mut wrong = Vec::new();
    for (_, rule) in detector.rules().iter() {
        for example in rule.examples().1 {
            let (text, path) = expanded(rule, example);
            let found = detect(&detector, &text, &path);
            if found.iter().any(|candidate| detector.rules().at(candidate.rule).id() == rule.id()) {
                wrong.push(format!("{}, \"{}\"", rule.id(), example.name));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_match_contains_one_of_the_rules_literals() {
    let detector = builtin();
    for (_, rule) in detector.rules().iter().filter(|(_, rule)| rule.spec.anchor != Anchor::Assignment) {
        for example in rule.examples().0 {
            let (text, _) = expanded(rule, example);
            let fold = rule.spec.ignore_case;
            let text = if fold { text.to_lowercase() } else { text };
            let holds = |literal: &String| text.contains(&if fold { literal.to_lowercase() } else { literal.clone() });
            assert!(rule.spec.literals.iter().any(holds), "{}, \"{}\"", rule.id(), example.name);
        }
    }
}

#[test]
fn a_prefix_and_a_fixed_length_are_found_whatever_follows() {
    // What closes a string, a URL parameter, an element, a sentence; and what may be glued on to a key of fixed length.
    let closers = ["\"", "\\\"", "&x=1", "<", ",", ")", ".", ";", "\\u0026", "'", "`", "\r\n", "}", "]", "|", ""];
    let detector = builtin();
    let mut wrong = Vec::new();
    for (_, rule) in detector.rules().iter() {
        if rule.spec.confidence != Confidence::High || rule.spec.anchor == Anchor::Assignment {
            continue;
        }
        for example in rule.examples().0 {
            let (text, path) = expanded(rule, example);
            let Some(candidate) = detect(&detector, &text, &path).into_iter().next() else { continue };
            let (lead, key) = (&text[..candidate.span.start], &text[candidate.span.range()]);
            // A password in a URL or a value in JSON needs what follows it.
            if text[candidate.span.end..].starts_with(['@', '"']) && rule.spec.pattern.contains("secret>") {
                continue;
            }
            for closer in closers {
                let again = format!("{lead}{key}{closer}");
                let spans: Vec<_> = detect(&detector, &again, &path).iter().map(|found| found.span).collect();
                if !spans.contains(&candidate.span) {
                    wrong.push(format!("{}, \"{}\", before {closer:?}: {spans:?}", rule.id(), example.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn placeholders_of_the_facts_stay_silent() {
    let text = "sk-... sk-abc...def sk-admin...xyz sk-admin-1234abcd sk-abcdefghijklmnop123 ek_1234 ek_abc123 ek_token_123 \
        My API Key YOUR_API_KEY your-api-key-here <OPENAI_API_KEY> workload-identity-auth ollama lm-studio EMPTY none not-needed \
        sk-no-key-required sk-1234 dummy sk-ant-... sk-ant-api03-... sk-ant-oat01-... sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx \
        ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx ACXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX AKIAIOSFODNN7EXAMPLE";
    assert_eq!(detect(&builtin(), text, "README.md"), []);
}

#[test]
fn ids_sort_into_families_that_share_a_fallback() {
    let rules = RuleSet::builtin();
    let mut families: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
    for (_, rule) in rules.iter() {
        if let Some(family) = &rule.spec.family {
            families.entry(family).or_default().push(rule);
        }
    }
    for (family, members) in families {
        let fallbacks = members.iter().filter(|rule| rule.spec.context.is_none()).count();
        assert!(fallbacks <= 1, "family {family} has {fallbacks} rules without context");
        assert!(members.len() > 1, "family {family} has one member only");
    }
}

#[test]
fn an_unknown_field_in_a_rule_is_an_error_with_its_place() {
    let error =
        RuleSet::parse(Path::new("mine.toml"), "[provider]\nid = \"x\"\nname = \"X\"\ncolour = 1\n").unwrap_err();
    assert!(error.to_string().contains("mine.toml is not a rule file"), "{error}");
    assert!(error.to_string().contains("colour"), "{error}");
}
