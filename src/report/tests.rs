//! Every format on one sample report: two findings of one secret, one of another rule, a suppressed one, hostile names, notices.

use proptest::prelude::*;

use super::*;
use crate::model::*;

fn finding(path: &str, line: u32, rule: &str, value: &str) -> Finding {
    let secret = Secret::new(value.as_bytes(), 8);
    let before = "client = OpenAI(api_key=\"";
    let text = format!("{before}{}\")", secret.masked_in_place());
    Finding {
        rule: RuleId::new(rule),
        group: Group::Secrets,
        provider: Some("openai".into()),
        kind: Some("project".into()),
        severity: if rule == "openai-api-key" { Severity::Error } else { Severity::Warning },
        confidence: Confidence::High,
        message: "OpenAI API key (project)".into(),
        help: "Revoke the key, and read the new one from OPENAI_API_KEY. Revoke it at https://platform.openai.com/api-keys".into(),
        location: Location {
            path: path.into(),
            start_line: line,
            start_column: 26,
            end_line: line,
            end_column: 26 + u32::try_from(value.len()).unwrap(),
            cell: None,
            line_hash: Some("abc:1".into()),
        },
        origin: Origin::plain(OriginKind::Tree),
        secret: Some(SecretSummary {
            masked: secret.masked(),
            length: secret.length(),
            fingerprint: secret.fingerprint(),
            revealed: None,
        }),
        decoded: vec![],
        exposure: vec![],
        verification: Verdict::NOT_REQUESTED,
        related: vec![],
        fixes: vec![],
        suppressed: None,
        fingerprint: Fingerprint::of("finding", &[rule.as_bytes(), path.as_bytes(), value.as_bytes()]),
        excerpt: Some(Excerpt {
            span: ExcerptSpan { start: before.len(), length: secret.masked_in_place().len() },
            text,
            first_line: line,
            cut_before: 0,
        }),
    }
}

const LONG: &str =
    "sk-proj-this-is-not-a-key-but-as-long-as-one-so-that-the-line-has-to-be-cut-somewhere-near-its-end-Zb4A";

fn sample() -> Report {
    let mut suppressed = finding("docs/old.md", 9, "openai-api-key", "sk-proj-another-one-that-was-allowed-xyz9");
    suppressed.suppressed = Some(Suppression { by: SuppressedBy::Inline, reason: "sample".into() });
    let findings = vec![
        finding("docs/a|b`<c>.md", 88, "openai-truncated-key", "sk-proj-short-enough-for-the-line-Q9aB"),
        suppressed,
        finding("lib/key.py", 4, "openai-api-key", LONG),
        finding("src/app.py", 3, "openai-api-key", LONG),
    ];
    Report {
        schema: SCHEMA,
        tool: Tool { name: "keyward", version: "0.1.0", rules: "00ff".into() },
        summary: Summary::of(&findings),
        findings,
        coverage: Coverage {
            mode: Mode::Tree,
            files: 812,
            bytes: 5_120_000,
            commits: 0,
            blobs: 0,
            complete: false,
            skipped: vec![
                Skipped { path: "big.bin".into(), reason: SkipReason::TooLarge },
                Skipped { path: "logo.png".into(), reason: SkipReason::Binary },
            ],
        },
        notices: vec![Notice {
            code: "stale-allow".into(),
            message: "this entry matches nothing".into(),
            help: Some("remove it, so that it cannot hide a later leak".into()),
            path: Some("keyward.toml".into()),
            line: Some(12),
        }],
    }
}

fn rendered(report: &Report, kind: Kind, look: Look) -> String {
    let mut out = Vec::new();
    format(kind, look).write(report, &RuleSet::builtin(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn terminal_at_80_columns() {
    insta::assert_snapshot!(rendered(&sample(), Kind::Terminal, Look::default()));
}

#[test]
fn terminal_quiet_says_findings_only_and_verbose_names_what_was_skipped() {
    let with = |verbosity| rendered(&sample(), Kind::Terminal, Look { verbosity, ..Look::default() });
    assert!(!with(Verbosity::Quiet).contains("notice:"));
    assert!(with(Verbosity::Verbose).contains("skipped big.bin (too-large)"));
}

#[test]
fn terminal_without_colour_has_no_escape_and_with_colour_has() {
    assert!(!rendered(&sample(), Kind::Terminal, Look::default()).contains('\x1b'));
    assert!(rendered(&sample(), Kind::Terminal, Look { color: true, ..Look::default() }).contains('\x1b'));
}

#[test]
fn terminal_lines_fit_the_width() {
    for width in [60, 80, 140] {
        let text = rendered(&sample(), Kind::Terminal, Look { width, ..Look::default() });
        for line in text.lines().filter(|line| !line.contains("https://")) {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
    }
}

#[test]
fn a_clean_run_is_one_calm_line_and_what_was_read() {
    let mut report = sample();
    (report.findings, report.notices) = (vec![], vec![]);
    report.summary = Summary::default();
    report.coverage.complete = true;
    report.coverage.skipped.clear();
    assert_eq!(rendered(&report, Kind::Terminal, Look::default()), "no findings\nread 812 files, 5.1 MB\n");
}

#[test]
fn json_follows_the_contract() {
    insta::assert_snapshot!(rendered(&sample(), Kind::Json, Look::default()));
}

#[test]
fn jsonl_has_a_header_the_findings_and_a_summary() {
    let text = rendered(&sample(), Kind::Jsonl, Look::default());
    let types: Vec<String> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["type"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(types, ["header", "finding", "finding", "finding", "finding", "summary"]);
}

#[test]
fn github_commands_escape_and_leave_out_what_is_suppressed() {
    insta::assert_snapshot!(rendered(&sample(), Kind::Github, Look::default()));
}

#[test]
fn github_counts_what_it_does_not_show() {
    let mut report = sample();
    report.findings = (1..=13).map(|line| finding("a.py", line, "openai-api-key", LONG)).collect();
    let text = rendered(&report, Kind::Github, Look::default());
    assert_eq!(text.lines().filter(|line| line.starts_with("::error")).count(), 10);
    assert!(text.contains("3 errors more than GitHub shows"), "{text}");
}

#[test]
fn markdown_for_a_job_summary() {
    insta::assert_snapshot!(rendered(&sample(), Kind::Markdown, Look::default()));
}

#[test]
fn sarif_leaves_out_snippets_and_suppressed_findings_and_encodes_uris() {
    let sarif: serde_json::Value = serde_json::from_str(&rendered(&sample(), Kind::Sarif, Look::default())).unwrap();
    let run = &sarif["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 3);
    assert!(!sarif.to_string().contains("snippet"));
    // The index depends on how many rules there are; that it leads to the right one is asserted below.
    let mut shown = results.clone();
    shown.iter_mut().for_each(|result| result["ruleIndex"] = "…".into());
    insta::assert_json_snapshot!(shown);
    insta::assert_json_snapshot!(run["invocations"]);
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
    for rule in rules {
        let severity: f64 = rule["properties"]["security-severity"].as_str().unwrap().parse().unwrap();
        assert!(severity > 0.0 && severity <= 10.0);
        assert!(!rule["help"]["markdown"].as_str().unwrap().is_empty());
    }
}

#[test]
fn sarif_is_cut_by_severity_and_says_so() {
    let mut report = sample();
    let many = (1..=25_001).map(|line| finding("a.py", line, "openai-truncated-key", LONG));
    report.findings = many.chain([finding("z.py", 1, "openai-api-key", LONG)]).collect();
    let sarif: serde_json::Value = serde_json::from_str(&rendered(&report, Kind::Sarif, Look::default())).unwrap();
    let run = &sarif["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), 25_000);
    assert_eq!(run["results"][0]["ruleId"], "openai-api-key");
    assert!(run["invocations"].to_string().contains("25002 findings; the 25000 gravest are in this file"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_path_or_message_can_bring_a_control_character_or_break_a_line(
        path in "\\PC{0,10}[\u{0}-\u{1f}\u{7f}-\u{9f}\u{202e}\u{200b}|`<>%:,\n\r]{0,6}\\PC{0,4}",
        message in "[\u{0}-\u{1f}\u{9b}a-z|<]{0,20}",
    ) {
        let mut report = sample();
        let mut hostile = finding(&path, 1, "openai-api-key", LONG);
        hostile.message = message.clone();
        report.findings = vec![hostile];
        report.notices[0].path = Some(path);
        report.notices[0].message = message;
        for kind in [Kind::Terminal, Kind::Github, Kind::Markdown] {
            let text = rendered(&report, kind, Look::default());
            prop_assert!(text.chars().all(|c| c == '\n' || is_printable(c)), "{:?}", text);
        }
        let github = rendered(&report, Kind::Github, Look::default());
        prop_assert!(github.lines().all(|line| line.starts_with("::")));
    }
}
