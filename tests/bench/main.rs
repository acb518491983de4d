//! Micro-benchmarks, in bytes per second: `cargo bench`.
//!
//! What a whole run costs beside other tools is measured by `peers.sh`; here are the parts, so that a change in the whole can be
//! traced to one. The text is ordinary source with few keys, because that is what nearly all scanned bytes are.

use std::{fs, sync::Arc};

use divan::{Bencher, counter::BytesCount};
use keyward::{
    cli::ScanArgs,
    detect::{
        Detector, Text,
        prefilter::{Literal, Prefilter},
    },
    pipeline::Run,
    rules::{Anchor, RuleSet, template::expand},
};

fn main() {
    divan::main();
}

/// Source text of about `length` bytes, with a key every hundred kilobytes.
fn source(length: usize) -> String {
    let page = include_str!("../../src/detect/mod.rs");
    let mut text = String::with_capacity(length + page.len());
    while text.len() < length {
        if text.len() % 100_000 < page.len() {
            text.push_str(&expand("key = \"sk-proj-{url64:74}T3BlbkFJ{url64:74}\"\n", &text.len().to_string()));
        }
        text.push_str(page);
    }
    text
}

fn literals() -> Vec<Literal> {
    let rules = RuleSet::builtin();
    let mut literals: Vec<Literal> = rules
        .iter()
        .flat_map(|(_, rule)| {
            let ignore_case = rule.spec.ignore_case || rule.spec.anchor == Anchor::Assignment;
            let fold = move |literal: &String| if ignore_case { literal.to_ascii_lowercase() } else { literal.clone() };
            rule.spec.literals.iter().map(move |literal| Literal { bytes: fold(literal).into_bytes(), ignore_case })
        })
        .collect();
    literals.sort();
    literals.dedup();
    literals
}

#[divan::bench]
fn prefilter(bencher: Bencher) {
    let (text, prefilter) = (source(8 << 20), Prefilter::new(literals()));
    bencher.counter(BytesCount::of_str(&text)).bench_local(|| {
        let mut hits = 0;
        prefilter.find(text.as_bytes(), |_| {
            hits += 1;
            true
        });
        hits
    });
}

/// The alternative that the prefilter is measured against: one automaton over the same literals.
#[divan::bench]
fn prefilter_as_aho_corasick(bencher: Bencher) {
    let text = source(8 << 20);
    let literals = literals();
    let automaton = aho_corasick::AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(aho_corasick::AhoCorasickKind::DFA))
        .build(literals.iter().map(|literal| &literal.bytes))
        .expect("the literals fit into an automaton");
    bencher.counter(BytesCount::of_str(&text)).bench_local(|| automaton.find_overlapping_iter(text.as_bytes()).count());
}

#[divan::bench]
fn compile_the_prefilter(bencher: Bencher) {
    bencher.with_inputs(literals).bench_values(Prefilter::new);
}

fn detect(bencher: Bencher, text: &str, rules: RuleSet) {
    let detector = Detector::new(Arc::new(rules), &[]);
    let text = Text { bytes: text.as_bytes(), path: Some("src/app.js"), binary: false };
    bencher.counter(BytesCount::new(text.bytes.len())).bench_local(|| detector.detect(text, None).candidates.len());
}

#[divan::bench]
fn all_rules(bencher: Bencher) {
    detect(bencher, &source(8 << 20), RuleSet::builtin());
}

#[divan::bench]
fn one_provider(bencher: Bencher) {
    let mut rules = RuleSet::builtin();
    let selection = keyward::rules::Selection::new(&rules, &["openai".to_owned()], &[]).expect("openai is a provider");
    rules.retain(&selection);
    detect(bencher, &source(8 << 20), rules);
}

#[divan::bench]
fn one_huge_line(bencher: Bencher) {
    detect(bencher, &source(64 << 20).replace('\n', ";"), RuleSet::builtin());
}

#[divan::bench(sample_count = 10)]
fn many_small_files(bencher: Bencher) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let page = source(4 << 10);
    for number in 0..4000 {
        let path = folder.path().join(format!("d{}/f{number}.rs", number % 100));
        fs::create_dir_all(path.parent().expect("files lie in folders")).expect("the folder is writable");
        fs::write(path, &page).expect("the folder is writable");
    }
    let mut args = ScanArgs::default();
    args.what.paths = vec![folder.path().to_owned()];
    bencher.counter(BytesCount::new(page.len() * 4000)).bench_local(|| {
        let run = Run::new(&args).expect("there is no configuration");
        run.collect(None).expect("the folder is readable").coverage.files
    });
}
