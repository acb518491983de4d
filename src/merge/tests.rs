//! Merging on reports made by hand: what adds up, what does not belong together, and that order and steps do not matter.

use proptest::prelude::*;

use super::*;
use crate::model::{
    Confidence, Edit, Fingerprint, Fix, Group, Location, Mode, Origin, OriginKind, Related, RuleId, SCHEMA,
    SecretSummary, Severity, SkipReason, Skipped, SuppressedBy, Suppression, Tool, Verification,
};
use crate::rules::RuleSet;

fn place(path: &str, line: u32) -> Location {
    let path = path.to_owned();
    Location { path, start_line: line, start_column: 1, end_line: line, end_column: 9, cell: None, line_hash: None }
}

fn finding(path: &str, line: u32, secret: &str) -> Finding {
    let fingerprint = Fingerprint::of("secret", &[secret.as_bytes()]);
    Finding {
        rule: RuleId::new("openai-api-key"),
        group: Group::Secrets,
        provider: Some("openai".to_owned()),
        kind: None,
        severity: Severity::Error,
        confidence: Confidence::High,
        message: "OpenAI API key".to_owned(),
        help: "revoke it, see https://platform.openai.com/docs/guides/production-best-practices1".to_owned(),
        location: place(path, line),
        origin: Origin::plain(OriginKind::Tree),
        secret: Some(SecretSummary { masked: "sk-…".to_owned(), length: 40, fingerprint, revealed: None }),
        decoded: Vec::new(),
        exposure: Vec::new(),
        verification: Verification::NOT_REQUESTED,
        related: Vec::new(),
        fixes: Vec::new(),
        suppressed: None,
        fingerprint: Fingerprint::of("finding", &[path.as_bytes(), secret.as_bytes()]),
        excerpt: None,
    }
}

fn silenced(path: &str, line: u32, secret: &str) -> Finding {
    let suppressed = Some(Suppression { by: SuppressedBy::Inline, reason: "a sample".to_owned() });
    Finding { suppressed, ..finding(path, line, secret) }
}

fn notice(path: Option<&str>, message: &str) -> Notice {
    let (code, path) = ("unreadable-path".to_owned(), path.map(str::to_owned));
    Notice { code, message: message.to_owned(), help: None, path, line: None }
}

/// A report on `repo` (unnamed when empty) in shard `shard` (whole when empty).
fn report(repo: &str, shard: &str, findings: Vec<Finding>) -> Report {
    Report {
        schema: SCHEMA,
        tool: Tool { name: "keyward".into(), version: "0.1.0".into(), rules: "0".repeat(64) },
        repo_id: repo.parse().ok(),
        repos: Vec::new(),
        shard: shard.parse().ok(),
        coverage: Coverage {
            mode: Mode::Tree,
            files: 2 + findings.len() as u64,
            bytes: 100,
            commits: 0,
            blobs: 0,
            complete: true,
            skipped: vec![Skipped { path: "node_modules".into(), reason: SkipReason::Dependencies }],
        },
        summary: Summary::of(&findings),
        findings,
        notices: Vec::new(),
    }
}

fn part(name: &str, report: Report) -> Part {
    Part { name: name.to_owned(), report }
}

fn merged(reports: impl IntoIterator<Item = Report>) -> Report {
    let parts = reports.into_iter().enumerate().map(|(at, report)| part(&format!("f{at}"), report));
    merge(parts.collect()).unwrap()
}

fn refused(reports: impl IntoIterator<Item = Report>) -> String {
    let parts = reports.into_iter().enumerate().map(|(at, report)| part(&format!("f{at}"), report));
    merge(parts.collect()).unwrap_err().to_string()
}

fn places(report: &Report) -> Vec<String> {
    report.findings.iter().map(|found| format!("{}:{}", found.location.path, found.location.start_line)).collect()
}

#[test]
fn shards_add_up_to_the_whole() {
    let whole = merged([
        report("", "2/2", vec![finding("b", 1, "x"), finding("c", 2, "y"), silenced("d", 1, "z")]),
        report("", "1/2", vec![finding("a", 1, "x"), finding("c", 1, "y")]),
    ]);
    assert_eq!(places(&whole), ["a:1", "b:1", "c:1", "c:2", "d:1"]);
    assert_eq!(whole.summary, Summary { error: 4, suppressed: 1, secrets: 2, ..Summary::default() });
    assert_eq!((whole.coverage.files, whole.coverage.bytes, whole.coverage.skipped.len()), (9, 200, 1));
    assert_eq!((whole.shard, whole.repo_id, whole.repos), (None, None, Vec::new()));
}

#[test]
fn one_shard_that_is_incomplete_makes_the_whole_incomplete() {
    let mut second = report("", "2/2", Vec::new());
    second.coverage.complete = false;
    assert!(!merged([report("", "1/2", Vec::new()), second]).coverage.complete);
}

#[test]
fn a_report_alone_and_the_same_report_twice_stay_what_they_are() {
    let alone = report("acme/api", "", vec![finding("a", 1, "x"), silenced("b", 1, "y")]);
    assert_eq!(merged([alone.clone()]), alone);
    assert_eq!(merged([alone.clone(), alone.clone()]), alone);
    assert_eq!(merge(Vec::new()), Err(MergeError::Nothing));
}

#[test]
fn a_finding_told_by_two_shards_is_one_and_counts_once() {
    let whole = merged([
        report("", "1/2", vec![finding("a", 1, "x"), silenced("b", 1, "x")]),
        report("", "2/2", vec![finding("a", 1, "x"), silenced("b", 1, "x"), silenced("a", 1, "x")]),
    ]);
    assert_eq!(places(&whole), ["a:1", "b:1"]);
    assert_eq!(whole.findings[0].suppressed, None, "what one does not silence is reported");
    assert_eq!(whole.summary, Summary { error: 1, suppressed: 1, secrets: 1, ..Summary::default() });
}

#[test]
fn silenced_findings_that_are_only_counted_are_counted_on() {
    let mut shards = [report("", "1/2", Vec::new()), report("", "2/2", Vec::new())];
    for shard in &mut shards {
        shard.summary.suppressed = 3;
    }
    assert_eq!(merged(shards).summary.suppressed, 6);
}

#[test]
fn that_a_report_of_one_part_was_cut_is_not_said_of_the_whole() {
    let mut one = report("acme/api", "", vec![finding("a", 1, "x")]);
    let cut = Notice { code: RESULTS_LEFT_OUT.to_owned(), ..notice(None, "3 results left out of the sarif report") };
    one.notices = vec![notice(Some("c"), "said of a file"), cut];
    let alone = merged([one.clone()]);
    assert_eq!(alone.notices.iter().map(|notice| notice.code.as_str()).collect::<Vec<_>>(), ["unreadable-path"]);
    let both = merged([one, report("acme/web", "", Vec::new())]);
    assert_eq!(both.notices.iter().map(|notice| notice.path.as_deref()).collect::<Vec<_>>(), [Some("acme/api/c")]);
}

#[test]
fn repositories_stand_side_by_side_with_their_names_before_every_path() {
    let mut api = report("acme/api", "", vec![finding("src/a.py", 3, "x")]);
    let found = &mut api.findings[0];
    found.related = vec![Related { message: "defined here".into(), location: place(".env", 1) }];
    found.fixes =
        vec![Fix { title: "t".into(), safe: true, edits: vec![Edit { location: place("b", 1), text: String::new() }] }];
    api.notices = vec![notice(Some("c"), "said of a file"), notice(None, "said of the run")];
    let both = merged([report("acme/web", "", vec![finding("src/a.py", 3, "x")]), api]);
    assert_eq!(places(&both), ["acme/api/src/a.py:3", "acme/web/src/a.py:3"]);
    assert_eq!(both.findings[0].related[0].location.path, "acme/api/.env");
    assert_eq!(both.findings[0].fixes[0].edits[0].location.path, "acme/api/b");
    let said: Vec<_> = both.notices.iter().map(|notice| notice.path.as_deref().unwrap()).collect();
    assert_eq!(said, ["acme/api", "acme/api/c"]);
    assert_eq!(both.coverage.skipped[1].path, "acme/web/node_modules");
    assert_eq!(both.summary, Summary { error: 2, secrets: 1, ..Summary::default() });
    assert_eq!(both.repo_id, None);
    assert_eq!(both.repos.iter().map(RepoId::as_str).collect::<Vec<_>>(), ["acme/api", "acme/web"]);
}

#[test]
fn what_is_missing_or_there_twice_is_named() {
    let shard = |shard: &str| report("", shard, Vec::new());
    assert_eq!(refused([shard("1/2")]), "shard 2/2 of the repository is missing");
    let of_api = |shard: &str| report("acme/api", shard, Vec::new());
    assert_eq!(
        refused([of_api("2/5"), of_api("5/5"), report("b", "", Vec::new())]),
        "shard 1/5, 3/5, 4/5 of acme/api is missing"
    );
    assert!(refused([of_api("1/65535")]).ends_with("8/65535, 9/65535 and 65526 more of acme/api is missing"));
    assert_eq!(refused([shard("1/2"), shard("2/3")]), "f0 is shard 1/2 of the repository and f1 is shard 2/3");
    assert_eq!(refused([shard("1/2"), shard("")]), "f1 is the whole of the repository and f0 is shard 1/2");
    let other = report("", "1/2", vec![finding("a", 1, "x")]);
    assert_eq!(
        refused([shard("2/2"), shard("1/2"), other]),
        "f1 and f2 are both shard 1/2 of the repository and differ"
    );
    let whole = |secret: &str| report("", "", vec![finding("a", 1, secret)]);
    assert_eq!(refused([whole("x"), whole("y")]), "f0 and f1 are both the whole of the repository and differ");
}

#[test]
fn what_was_made_otherwise_is_refused() {
    let one = || report("", "1/2", Vec::new());
    let changed = |change: fn(&mut Report)| {
        let mut other = report("", "2/2", Vec::new());
        change(&mut other);
        refused([one(), other])
    };
    assert_eq!(changed(|other| other.tool.rules = "1".repeat(64)), "f0 and f1 were made with different rules");
    assert_eq!(changed(|other| other.tool.version = "0.2.0".into()), "f0 was made by keyward 0.1.0 and f1 by 0.2.0");
    assert_eq!(changed(|other| other.coverage.mode = Mode::Stdin), "f0 is a report of another mode than f1");
}

#[test]
fn names_of_repositories_must_tell_them_apart() {
    let of = |repo: &str| report(repo, "", Vec::new());
    assert_eq!(refused([of("a"), of("")]), "f0 says which repository it is about and f1 does not");
    assert_eq!(
        refused([of("a-b"), of("a/b/c"), of("a")]),
        "a/b/c lies inside a, so that their paths could not be told apart"
    );
    assert_eq!(merged([of("a-b"), of("a/b"), of("a/c")]).repos.len(), 3);
    let both = merged([of("a"), of("b")]);
    assert_eq!(refused([both.clone(), of("b")]), "f0 and f1 both hold b");
    assert_eq!(merged([both.clone(), both.clone()]), both);
}

#[test]
fn keys_in_the_texts_of_a_report_are_hidden_and_other_texts_stay() {
    let key = crate::rules::template::expand("sk-proj-{url64:74}T3BlbkFJ{url64:74}", "hidden");
    let honest = || {
        let mut report = report("", "", vec![finding("a", 1, "x"), silenced("b", 1, "y")]);
        report.notices = vec![notice(Some("src/component2/a.py"), "cannot read `src/component2/a.py`: denied")];
        report
    };
    let mut same = honest();
    Hider::default().hide(&mut same);
    assert_eq!(same, honest());
    let mut report = honest();
    let quoted = || format!("it is {key}, see it");
    report.findings[0].message = quoted();
    report.findings[0].help = quoted();
    report.findings[0].kind = Some(key.clone());
    report.findings[0].verification = Verification::NOT_REQUESTED.with_advice(quoted());
    report.findings[0].related = vec![Related { message: quoted(), location: place("a", 1) }];
    report.findings[1].suppressed.as_mut().unwrap().reason = quoted();
    report.notices[0].message = quoted();
    report.notices[0].help = Some(quoted());
    report.notices[0].path = Some(format!("keys/{key}"));
    report.findings[0].location.path = format!("keys/{key}");
    report.findings[0].origin.refs = vec![format!("refs/heads/{key}")];
    report.coverage.skipped = vec![Skipped { path: format!("keys/{key}"), reason: SkipReason::TooLarge }];
    Hider::default().hide(&mut report);
    let text = serde_json::to_string(&report).unwrap();
    assert!(!text.contains(&key[20..40]) && !text.contains(&key[120..140]), "{text}");
    let hidden = format!("sk-proj-{}{}", "•".repeat(key.len() - 12), &key[key.len() - 4..]);
    assert_eq!(report.findings[0].help, format!("it is {hidden}, see it"));
    assert_eq!(report.findings[0].location.path, format!("keys/{hidden}"));
    assert_eq!(report.findings[0].origin.refs, [format!("refs/heads/{hidden}")]);
    assert_eq!(report.notices[0].path.as_deref(), Some(&*format!("keys/{hidden}")));
    assert_eq!(report.coverage.skipped[0].path, format!("keys/{hidden}"));
}

#[test]
fn no_sentence_of_a_built_in_rule_is_taken_for_a_key() {
    let mut hider = Hider::default();
    for (_, rule) in RuleSet::builtin().iter() {
        let mut found = finding("a", 1, "x");
        found.message.clone_from(&rule.spec.summary);
        found.help = format!("{} See {}", rule.spec.help, rule.revoke().unwrap_or_default());
        found.provider = Some(rule.provider.id.clone());
        for kind in rule.spec.kinds.iter().map(|kind| Some(kind.kind.clone())).chain([None]) {
            found.kind = kind;
            let mut report = report("", "", vec![found.clone()]);
            hider.hide(&mut report);
            assert_eq!(report.findings[0], found, "{}", rule.id());
        }
    }
}

/// Reports on up to three repositories, each in up to four shards.
fn reports() -> impl Strategy<Value = Vec<Report>> {
    let found = (0_u32..6, 1_u32..4, 0_u32..3, any::<bool>());
    let shard = (proptest::collection::vec(found, 0..6), 0_u64..3, 0_usize..60);
    let repository = proptest::collection::vec(shard, 1..5);
    proptest::collection::vec(repository, 1..4).prop_map(|repositories| {
        let mut reports = Vec::new();
        for (number, shards) in repositories.into_iter().enumerate() {
            let count = shards.len();
            for (index, (found, uncounted, notices)) in shards.into_iter().enumerate() {
                let findings = found.into_iter().map(|(file, line, secret, is_silenced)| {
                    // A file belongs to one shard.
                    let path = format!("{file}-{index}");
                    let make = if is_silenced { silenced } else { finding };
                    make(&path, line, &secret.to_string())
                });
                let mut findings: Vec<Finding> = findings.collect();
                findings.sort_by(Finding::order);
                findings.dedup_by(|later, earlier| later.is_same(earlier));
                let mut report = report(&format!("repo{number}"), &format!("{}/{count}", index + 1), findings);
                report.summary.suppressed += uncounted;
                let said = (0..notices).map(|at| notice(Some(&format!("{at:02}-{index}")), "x"));
                report.notices = Notice::bounded(said.chain([notice(None, "said by all")]).collect());
                reports.push(report);
            }
        }
        reports
    })
}

proptest! {
    #[test]
    fn order_and_steps_do_not_matter(all in reports(), seed in any::<u64>()) {
        let at_once = merged(all.clone());
        let mut shuffled = all.clone();
        // A permutation from the seed: sorting by a hash of each position.
        let keys: Vec<Fingerprint> =
            (0..all.len()).map(|at| Fingerprint::of("shuffle", &[&seed.to_le_bytes(), &at.to_le_bytes()])).collect();
        let mut order: Vec<usize> = (0..all.len()).collect();
        order.sort_by_key(|at| &keys[*at]);
        for (to, from) in order.iter().enumerate() {
            shuffled[to] = all[*from].clone();
        }
        prop_assert_eq!(&merged(shuffled), &at_once);
        let mut by_repository: BTreeMap<Option<RepoId>, Vec<Report>> = BTreeMap::new();
        for report in all {
            by_repository.entry(report.repo_id.clone()).or_default().push(report);
        }
        let mut wholes: Vec<Report> = by_repository.into_values().map(merged).collect();
        prop_assert_eq!(&merged(wholes.clone()), &at_once);
        let last = wholes.pop().unwrap();
        if !wholes.is_empty() {
            prop_assert_eq!(&merged([merged(wholes), last]), &at_once);
        }
        prop_assert_eq!(&merged([at_once.clone()]), &at_once);
    }
}
