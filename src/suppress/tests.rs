//! The three kinds of suppression together, on findings made by hand.

use std::fs;

use proptest::prelude::*;

use super::{baseline::Entry, *};
use crate::model::Group;
use crate::model::{
    Confidence, Fingerprint, Location, MOST_NOTICES, Origin, OriginKind, PathGlob, SecretSummary, Severity,
    SuppressedBy, Suppression, Verification,
};

fn finding(path: &str, line: u32, secret: &str) -> Finding {
    let location = Location {
        path: path.to_owned(),
        start_line: line,
        start_column: 1,
        end_line: line,
        end_column: 9,
        cell: None,
        line_hash: None,
    };
    let summary =
        SecretSummary { masked: "…".to_owned(), length: 40, fingerprint: secret_of(secret), revealed: None };
    Finding {
        rule: RuleId::new("openai-api-key"),
        group: Group::Secrets,
        provider: Some("openai".to_owned()),
        kind: None,
        severity: Severity::Error,
        confidence: Confidence::High,
        message: "OpenAI key in source code".to_owned(),
        help: "revoke it".to_owned(),
        origin: Origin::plain(OriginKind::Tree),
        secret: Some(summary),
        decoded: Vec::new(),
        exposure: Vec::new(),
        verification: Verification::NOT_REQUESTED,
        related: Vec::new(),
        fixes: Vec::new(),
        suppressed: None,
        fingerprint: Fingerprint::of("finding", &[path.as_bytes(), secret.as_bytes()]),
        location,
        excerpt: None,
    }
}

fn secret_of(secret: &str) -> Fingerprint {
    Fingerprint::of("secret", &[secret.as_bytes()])
}

fn of_rule(rule: &str, provider: &str, finding: Finding) -> Finding {
    Finding { rule: RuleId::new(rule), provider: Some(provider.to_owned()), ..finding }
}

fn allow(rule: Option<&str>, path: Option<&str>, fingerprint: Option<Fingerprint>, line: u32) -> Allow {
    Allow {
        rule: rule.map(str::to_owned),
        path: path.map(|path| PathGlob::new(path).unwrap()),
        fingerprint,
        reason: format!("entry {line}"),
        expires: None,
        line,
    }
}

/// A run to be judged: its parts can be changed before [`Run::notices`].
struct Run {
    findings: Vec<Finding>,
    marks: BTreeMap<String, Vec<Mark>>,
    allows: Vec<Allow>,
    baseline: Option<Baseline>,
    whole: bool,
    skipped: BTreeSet<String>,
}

impl Run {
    fn of(findings: impl IntoIterator<Item = Finding>) -> Self {
        let (marks, skipped) = (BTreeMap::new(), BTreeSet::new());
        Self {
            findings: findings.into_iter().collect(),
            marks,
            allows: Vec::new(),
            baseline: None,
            whole: true,
            skipped,
        }
    }

    fn text(mut self, path: &str, text: &str) -> Self {
        let find = |literal: &&str| text.match_indices(*literal).map(|(at, _)| at).collect::<Vec<_>>();
        let hits: Vec<usize> = WATCHED.iter().flat_map(find).collect();
        self.marks.insert(path.to_owned(), marks(text.as_bytes(), &hits));
        self
    }

    fn allow(mut self, entries: impl IntoIterator<Item = Allow>) -> Self {
        self.allows.extend(entries);
        self
    }

    fn baseline(mut self, text: &str) -> Self {
        self.baseline = Some(Baseline::parse(text.as_bytes()));
        self
    }

    fn skip(mut self, names: &[&str]) -> Self {
        self.skipped.extend(names.iter().map(ToString::to_string));
        self
    }

    fn partly(mut self) -> Self {
        self.whole = false;
        self
    }

    fn apply(&mut self) -> Vec<Notice> {
        self.with(apply)
    }

    fn with<T>(&mut self, work: impl FnOnce(&mut [Finding], &BTreeMap<String, Vec<Mark>>, &Options<'_>) -> T) -> T {
        let known = ["openai", "openai-api-key", "openai-admin-key", "anthropic-api-key", "secrets"];
        let known = known.iter().map(ToString::to_string).collect();
        let options = Options {
            allows: &self.allows,
            config: Some("keyward.toml"),
            baseline: self.baseline.as_ref(),
            baseline_file: Some("keyward.baseline"),
            today: Date::new(2026, 6, 15).unwrap(),
            reach: Reach { whole: self.whole, skipped: &self.skipped },
            known: &known,
        };
        work(&mut self.findings, &self.marks, &options)
    }

    /// Code, path, line and message of each notice.
    fn notices(mut self) -> Vec<String> {
        let show = |notice: &Notice| {
            let line = notice.line.map_or(String::new(), |line| format!(":{line}"));
            format!("{} {}{line} {}", notice.code, notice.path.as_deref().unwrap_or("-"), notice.message)
        };
        self.apply().iter().map(show).collect()
    }

    /// Who silences each finding, and the reason.
    fn silenced(mut self) -> Vec<Option<(SuppressedBy, String)>> {
        self.apply();
        let by = |suppression: Suppression| (suppression.by, suppression.reason);
        self.findings.into_iter().map(|finding| finding.suppressed.map(by)).collect()
    }
}

fn inline(reason: &str) -> (SuppressedBy, String) {
    (SuppressedBy::Inline, reason.to_owned())
}

fn config(line: u32) -> (SuppressedBy, String) {
    (SuppressedBy::Config, format!("entry {line}"))
}

const MARK: &str = "# keyward: allow openai-api-key -- a sample\n";

#[test]
fn a_mark_covers_its_line_and_the_next() {
    let findings = (1..=4).map(|line| finding("a.py", line, "s"));
    let silenced = Run::of(findings).text("a.py", &format!("\n{MARK}\n\n")).silenced();
    assert_eq!(silenced, [None, Some(inline("a sample")), Some(inline("a sample")), None]);
}

#[test]
fn a_finding_over_several_lines_is_met_at_its_first_and_last() {
    let mut long = finding("a.py", 2, "s");
    long.location.end_line = 5;
    for mark_on in 1..=7 {
        let text = format!("{}{MARK}", "\n".repeat(mark_on - 1));
        let silenced = Run::of([long.clone()]).text("a.py", &text).silenced();
        assert_eq!(silenced[0].is_some(), [1, 2, 5].contains(&mark_on), "line {mark_on}");
    }
}

#[test]
fn a_mark_names_a_rule_a_provider_or_a_group() {
    for (name, works) in
        [("openai-api-key", true), ("openai", true), ("secrets", true), ("openai-admin-key", false), ("all", false)]
    {
        let text = format!("# keyward: allow {name} -- x");
        let silenced = Run::of([finding("a.py", 1, "s")]).text("a.py", &text).silenced();
        assert_eq!(silenced[0].is_some(), works, "{name}");
    }
}

#[test]
fn a_mark_in_another_file_does_nothing() {
    assert_eq!(Run::of([finding("a.py", 1, "s")]).text("b.py", MARK).silenced(), [None]);
}

#[test]
fn a_mark_of_another_scanner_covers_the_line_its_owner_says() {
    let findings = || (1..=3).map(|line| finding("a.py", line, "s"));
    let silenced = Run::of(findings()).text("a.py", "\nx # gitleaks:allow\n").silenced();
    assert_eq!(silenced, [None, Some(inline("mark of another scanner: gitleaks:allow")), None]);
    let silenced = Run::of(findings()).text("a.py", "\n# pragma: allowlist nextline secret\n").silenced();
    assert_eq!(silenced, [None, None, Some(inline("mark of another scanner: pragma: allowlist nextline secret"))]);
}

#[test]
fn our_own_mark_gives_the_reason_when_both_are_there() {
    let run = Run::of([finding("a.py", 2, "s")]).text("a.py", &format!("\ngitleaks:allow {MARK}"));
    assert_eq!(run.silenced(), [Some(inline("a sample"))]);
}

#[test]
fn a_mark_that_is_used_is_not_spoken_of_and_one_of_another_scanner_never() {
    assert_eq!(Run::of([finding("a.py", 2, "s")]).text("a.py", MARK).notices(), [""; 0]);
    assert_eq!(Run::of([]).text("a.py", "# gitleaks:allow").notices(), [""; 0]);
}

#[test]
fn a_mark_that_covers_nothing_is_stale() {
    let stale = "stale-mark a.py:1 this mark covers no finding of `openai-api-key`";
    assert_eq!(Run::of([finding("a.py", 3, "s")]).text("a.py", MARK).notices(), [stale]);
    assert_eq!(Run::of([]).text("a.py", MARK).partly().notices(), [stale], "the file itself was read whole");
}

#[test]
fn a_name_that_is_not_needed_is_stale_on_its_own() {
    let text = "# keyward: allow openai, anthropic-api-key -- x";
    let notices = Run::of([finding("a.py", 1, "s")]).text("a.py", text).notices();
    assert_eq!(notices, ["stale-mark a.py:1 this mark covers no finding of `anthropic-api-key`"]);
}

#[test]
fn a_mark_for_a_rule_that_did_not_run_is_not_stale() {
    assert_eq!(Run::of([]).text("a.py", MARK).skip(&["openai-api-key", "openai"]).notices(), [""; 0]);
}

#[test]
fn examples_in_documents_and_strings_are_not_stale() {
    for path in ["README.md", "docs/a.rst", "a.adoc", "NOTES.TXT"] {
        assert_eq!(Run::of([]).text(path, MARK).notices(), [""; 0], "{path}");
        assert_eq!(Run::of([]).text(path, "# keyward: allow <rule>").notices(), [""; 0], "{path}");
    }
    let quoted = "// write `keyward: allow openai-api-key -- reason`";
    assert_eq!(Run::of([]).text("a.rs", quoted).notices(), [""; 0]);
    assert_eq!(Run::of([]).text("a.rs", "s = \"keyward: allow openai-api-key\"").notices(), [""; 0]);
}

#[test]
fn a_mark_works_in_documents_too() {
    assert_eq!(Run::of([finding("README.md", 2, "s")]).text("README.md", MARK).silenced(), [Some(inline("a sample"))]);
}

#[test]
fn a_mark_without_a_reason_silences_nothing_and_says_so() {
    let run = || Run::of([finding("a.py", 1, "s")]).text("a.py", "# keyward: allow openai-api-key");
    assert_eq!(run().silenced(), [None]);
    assert_eq!(run().notices(), ["malformed-mark a.py:1 this mark silences nothing: it gives no reason"]);
    let help = run().apply().remove(0).help.unwrap();
    assert!(help.starts_with("write `keyward: allow RULE -- reason`"), "{help}");
}

#[test]
fn what_an_unknown_name_was_meant_to_be_is_guessed_for_marks_that_are_listed() {
    let marks: String = (0..MOST_NOTICES + 30).map(|_| "# keyward: allow openai-api-kye -- x\n").collect();
    let mut run = Run::of([]).text("a.py", &marks);
    let notices = run.with(|_, marks, options| super::inline::Inline::new(marks).notices(options));
    let is_guessed = |notice: &&Notice| notice.help.as_ref().is_some_and(|help| help.starts_with("did you mean"));
    assert_eq!((notices.len(), notices.iter().filter(is_guessed).count()), (MOST_NOTICES + 30, MOST_NOTICES));
}

#[test]
fn a_malformed_mark_beside_a_finding_is_told_wherever_it_stands() {
    let run = Run::of([finding("a.md", 1, "s")]).text("a.md", "key `keyward: allow -- it is fine`");
    assert_eq!(run.notices(), ["malformed-mark a.md:1 this mark silences nothing: it names no rule"]);
}

#[test]
fn a_mark_for_an_unknown_rule_is_told() {
    let run = || Run::of([]).text("a.py", "# keyward: allow openai-key -- x");
    assert_eq!(run().notices(), ["unknown-rule a.py:1 there is no rule, provider or group called `openai-key`"]);
    let help = |mut run: Run| run.apply().remove(0).help.unwrap();
    assert_eq!(help(run()), "did you mean `openai-api-key`? `keyward rules` lists all");
    let other = Run::of([]).text("a.py", "# keyward: allow database -- x");
    assert_eq!(help(other), "`keyward rules` lists them; correct the mark");
}

#[test]
fn an_entry_silences_where_all_its_conditions_hold() {
    let it = || finding("docs/a.py", 1, "s");
    let cases = [
        (allow(Some("openai-api-key"), None, None, 1), true),
        (allow(Some("openai"), None, None, 1), true),
        (allow(Some("secrets"), None, None, 1), true),
        (allow(Some("anthropic-api-key"), None, None, 1), false),
        (allow(None, Some("docs/"), None, 1), true),
        (allow(None, Some("*.md"), None, 1), false),
        (allow(None, None, Some(secret_of("s")), 1), true),
        (allow(None, None, Some(it().fingerprint), 1), true),
        (allow(None, None, Some(secret_of("t")), 1), false),
        (allow(Some("openai"), Some("*.py"), Some(secret_of("s")), 1), true),
        (allow(Some("openai-admin-key"), Some("*.py"), Some(secret_of("s")), 1), false),
        (allow(Some("openai"), Some("src/"), Some(secret_of("s")), 1), false),
        (allow(Some("openai"), Some("src/"), None, 1), false),
    ];
    for (entry, silences) in cases {
        let shown = format!("{entry:?}");
        assert_eq!(Run::of([it()]).allow([entry.clone()]).silenced()[0].is_some(), silences, "{shown}");
        let expected =
            if silences { vec![] } else { vec!["stale-allow keyward.toml:1 this allow entry matches no finding"] };
        assert_eq!(Run::of([it()]).allow([entry]).notices(), expected, "{shown}");
    }
}

#[test]
fn the_first_entry_of_the_file_gives_the_reason_and_all_that_match_are_used() {
    let entries = || {
        [
            allow(Some("anthropic-api-key"), None, None, 3),
            allow(None, Some("docs/**"), None, 6),
            allow(None, None, Some(secret_of("s")), 9),
            allow(Some("openai"), None, None, 12),
            allow(Some("openai"), Some("a.py"), None, 15),
        ]
    };
    assert_eq!(Run::of([finding("docs/a.py", 1, "s")]).allow(entries()).silenced(), [Some(config(6))]);
    let notices = Run::of([finding("docs/a.py", 1, "s")]).allow(entries()).notices();
    assert_eq!(notices, ["stale-allow keyward.toml:3 this allow entry matches no finding"]);
}

#[test]
fn an_entry_holds_through_its_last_day() {
    let until = |day| Allow { expires: Date::new(2026, 6, day), ..allow(Some("openai"), None, None, 4) };
    assert_eq!(Run::of([finding("a.py", 1, "s")]).allow([until(15)]).silenced(), [Some(config(4))]);
    assert_eq!(Run::of([finding("a.py", 1, "s")]).allow([until(14)]).silenced(), [None]);
    let notices = Run::of([finding("a.py", 1, "s")]).allow([until(14)]).notices();
    assert_eq!(
        notices,
        ["expired-allow keyward.toml:4 this allow entry ended on 2026-06-14 and silences nothing any more"]
    );
}

#[test]
fn an_entry_is_stale_only_when_all_was_scanned_with_its_rule() {
    let named = || Run::of([]).allow([allow(Some("openai"), None, None, 1)]);
    let unnamed = || Run::of([]).allow([allow(None, Some("docs/"), None, 1)]);
    assert_eq!((named().notices().len(), unnamed().notices().len()), (1, 1));
    assert_eq!((named().partly().notices().len(), unnamed().partly().notices().len()), (0, 0));
    let skip = |run: Run| run.skip(&["openai", "openai-api-key"]).notices().len();
    assert_eq!((skip(named()), skip(unnamed())), (0, 0));
    assert_eq!(named().skip(&["anthropic-api-key"]).notices().len(), 1);
}

#[test]
fn thousands_of_entries_and_findings_are_matched_by_look_up() {
    let findings = (0..20_000).map(|at| finding(&format!("src/{at}/a.py"), 1, &at.to_string()));
    let by_secret = (0..4_000).map(|at| allow(None, None, Some(secret_of(&at.to_string())), at));
    let by_path = (4_000..8_000).map(|at| allow(Some("openai"), Some(&format!("src/{at}/")), None, at));
    let silenced = Run::of(findings).allow(by_secret.chain(by_path)).silenced();
    assert_eq!(silenced.iter().flatten().count(), 8_000);
    assert_eq!(
        (&silenced[3_999], &silenced[7_999], &silenced[8_000]),
        (&Some(config(3_999)), &Some(config(7_999)), &None)
    );
}

#[test]
fn globs_that_are_too_many_to_compile_together_still_work() {
    let globs = (0..400).map(|at| allow(None, Some(&format!("{at}/{}b.py", "*a?b".repeat(200))), None, at));
    let path = format!("399/{}b.py", "xaxb".repeat(200));
    assert_eq!(Run::of([finding(&path, 1, "s")]).allow(globs).silenced(), [Some(config(399))]);
}

#[test]
fn inline_comes_before_config_and_config_before_the_baseline() {
    let line = format!("{} openai-api-key\n", secret_of("s"));
    let run = |path: &str| {
        Run::of([finding(path, 1, "s")])
            .text("a.py", MARK)
            .allow([allow(None, Some("[ab].py"), None, 7)])
            .baseline(&line)
    };
    assert_eq!(run("a.py").silenced(), [Some(inline("a sample"))]);
    assert_eq!(run("b.py").silenced(), [Some(config(7))]);
    assert_eq!(run("c.py").silenced(), [Some((SuppressedBy::Baseline, String::new()))]);
    assert_eq!(run("a.py").notices(), [""; 0], "what a mark silences still needs its entries");
}

#[test]
fn the_baseline_goes_by_secret_and_rule() {
    let line = format!("{} openai-api-key\n", secret_of("s"));
    let baselined = |finding: Finding| Run::of([finding]).baseline(&line).silenced()[0].is_some();
    assert!(baselined(finding("a.py", 1, "s")) && baselined(finding("moved/b.py", 99, "s")));
    assert!(!baselined(finding("a.py", 1, "t")));
    assert!(!baselined(of_rule("unknown-sk-key", "unknown", finding("a.py", 1, "s"))));
}

#[test]
fn a_finding_without_a_secret_is_accepted_by_its_own_fingerprint() {
    let without = Finding { secret: None, ..finding("a.py", 1, "s") };
    let line = format!("{} openai-api-key\n", without.fingerprint);
    assert!(Run::of([without]).baseline(&line).silenced()[0].is_some());
}

#[test]
fn stale_baseline_entries_are_counted_in_one_notice() {
    let lines = |rule: &str, many: usize| -> String {
        (0..many).flat_map(|at| [secret_of(&at.to_string()).as_str(), " ", rule, "\n"].map(str::to_owned)).collect()
    };
    let run = |text: &str| Run::of([finding("a.py", 1, "0")]).baseline(text);
    let many = "stale-baseline keyward.baseline 299 entries of the baseline match nothing in the files as they are";
    assert_eq!(run(&lines("openai-api-key", 300)).notices(), [many]);
    let one = "stale-baseline keyward.baseline 1 entry of the baseline matches nothing in the files as they are";
    assert_eq!(run(&lines("openai-api-key", 2)).notices(), [one]);
    assert_eq!(run(&lines("openai-api-key", 1)).notices(), [""; 0]);
    assert_eq!(run(&lines("openai-api-key", 300)).partly().notices(), [""; 0]);
    assert_eq!(run(&lines("openai-api-key", 300)).skip(&["openai-api-key"]).notices(), [""; 0]);
}

#[test]
fn a_merge_conflict_in_the_baseline_is_told_line_by_line_and_both_sides_count() {
    let text = format!(
        "# keyward baseline v1\r\n<<<<<<< ours\r\n{} openai-api-key\r\n=======\n{} openai-api-key\n>>>>>>> theirs\n\n# end",
        secret_of("b"),
        secret_of("a"),
    );
    let run = || Run::of([finding("a.py", 1, "a"), finding("a.py", 2, "b")]).baseline(&text);
    assert!(run().silenced().iter().all(Option::is_some));
    let told =
        |line| format!("malformed-baseline keyward.baseline:{line} this line is not an entry and silences nothing");
    assert_eq!(run().notices(), [told(2), told(4), told(6)]);
}

#[test]
fn lines_that_are_almost_entries_are_malformed() {
    let fingerprint = secret_of("a");
    for line in [
        fingerprint.to_string(),
        format!("{fingerprint} a b"),
        format!("{fingerprint} A_b"),
        format!("openai-api-key {fingerprint}"),
        "kw1:12 openai-api-key".to_owned(),
        "\u{fffd}".to_owned(),
    ] {
        let baseline = Baseline::parse(format!("\n{line}\n").as_bytes());
        assert_eq!((baseline.malformed(), baseline.entries().len()), (&[2][..], 0), "{line}");
    }
    assert_eq!(Baseline::parse(b"\xff\xfe\n").malformed(), [1]);
}

#[test]
fn notices_of_one_kind_are_listed_up_to_a_bound() {
    let notices = Run::of([]).baseline(&"junk\n".repeat(1_000)).notices();
    assert_eq!(notices.len(), MOST_NOTICES + 1);
    assert_eq!(notices[MOST_NOTICES], "malformed-baseline keyward.baseline 950 more of the same kind are not listed");
}

#[test]
fn a_baseline_is_sorted_unique_and_free_of_places() {
    let findings = [finding("b.py", 7, "2"), finding("a.py", 1, "1"), finding("a.py", 3, "1")];
    let text = Baseline::create(&findings).to_text();
    let mut lines: Vec<String> = ["1", "2"].map(|secret| format!("{} openai-api-key", secret_of(secret))).into();
    lines.sort();
    assert_eq!(text, format!("# keyward baseline v1\n{}\n{}\n", lines[0], lines[1]));
}

#[test]
fn create_leaves_out_what_something_else_silences() {
    let mut findings = [finding("a.py", 1, "1"), finding("a.py", 9, "2"), finding("a.py", 19, "3")];
    findings[0].suppressed = Some(Suppression { by: SuppressedBy::Inline, reason: "x".into() });
    findings[1].suppressed = Some(Suppression { by: SuppressedBy::Baseline, reason: String::new() });
    let entries: BTreeSet<Entry> = Baseline::create(&findings).entries().cloned().collect();
    assert_eq!(entries, findings[1..].iter().map(Entry::of).collect());
}

#[test]
fn update_adds_what_is_new_and_prune_does_not() {
    let old: Baseline = ["gone", "kept"].map(|secret| Entry::of(&finding("a.py", 1, secret))).into_iter().collect();
    let findings = [finding("b.py", 1, "kept"), finding("b.py", 2, "new")];
    let nothing = BTreeSet::new();
    let reach = Reach { whole: true, skipped: &nothing };
    let kept: Baseline = [Entry::of(&findings[0])].into_iter().collect();
    assert_eq!(old.prune(&findings, reach), kept);
    assert_eq!(old.update(&findings, reach), Baseline::create(&findings));
}

#[test]
fn what_the_run_could_not_have_found_is_not_gone() {
    let old: Baseline = [Entry::of(&finding("a.py", 1, "1"))].into_iter().collect();
    let (nothing, skipped) = (BTreeSet::new(), BTreeSet::from(["openai-api-key".to_owned()]));
    assert_eq!(old.prune(&[], Reach { whole: false, skipped: &nothing }), old);
    assert_eq!(old.update(&[], Reach { whole: true, skipped: &skipped }), old);
    assert_eq!(old.prune(&[], Reach { whole: true, skipped: &nothing }), Baseline::default());
}

#[test]
fn a_secret_that_a_mark_silences_as_well_is_not_gone() {
    let mut findings = [finding("a.py", 1, "1")];
    let old = Baseline::create(&findings);
    findings[0].suppressed = Some(Suppression { by: SuppressedBy::Inline, reason: "x".into() });
    let nothing = BTreeSet::new();
    assert_eq!(old.prune(&findings, Reach { whole: true, skipped: &nothing }), old);
}

#[test]
fn what_is_written_to_a_file_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keyward.baseline");
    let baseline = Baseline::create(&[finding("a.py", 1, "1"), finding("a.py", 2, "2")]);
    fs::write(&path, baseline.to_text()).unwrap();
    assert_eq!(Baseline::read(&path).unwrap(), baseline);
}

#[test]
fn a_baseline_that_is_missing_or_no_file_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let missing = Baseline::read(&folder.path().join("none")).unwrap_err();
    assert!(matches!(missing, BaselineError::Unreadable { .. }));
    let message = Baseline::read(folder.path()).unwrap_err().to_string();
    assert!(message.ends_with("it is not a regular file"), "{message}");
}

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let entry = ("[a-z0-9]{1,4}", "[a-z][a-z0-9-]{0,12}");
    let entry = entry.prop_map(|(secret, rule)| Entry { fingerprint: secret_of(&secret), rule: RuleId::new(rule) });
    proptest::collection::vec(entry, 0..40)
}

proptest! {
    #[test]
    fn a_baseline_is_read_back_as_it_was_written(entries in entries()) {
        let baseline: Baseline = entries.into_iter().collect();
        prop_assert_eq!(Baseline::parse(baseline.to_text().as_bytes()), baseline);
    }

    #[test]
    fn the_order_of_lines_their_endings_and_repetition_do_not_matter(entries in entries(), turn in 0_usize..40, crlf: bool) {
        let baseline: Baseline = entries.into_iter().collect();
        let text = baseline.to_text();
        let mut lines: Vec<&str> = text.lines().chain(text.lines().skip(1)).collect();
        let middle = turn % lines.len();
        lines.rotate_left(middle);
        let turned = lines.join(if crlf { "\r\n" } else { "\n" });
        prop_assert_eq!(Baseline::parse(turned.as_bytes()), baseline);
    }

    #[test]
    fn no_bytes_make_reading_a_baseline_fail(bytes: Vec<u8>) {
        let baseline = Baseline::parse(&bytes);
        prop_assert_eq!(Baseline::parse(baseline.to_text().as_bytes()).entries().len(), baseline.entries().len());
    }
}
