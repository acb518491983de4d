//! SARIF 2.1.0, as GitHub code scanning takes it and other viewers read it.
//!
//! `serde-sarif` is used in this module only. Its structs come from the schema, but where the schema has an enumeration they hold a
//! bare JSON value; [`Level`] and [`ColumnKind`] close those gaps. What GitHub ignores or counts against its limits stays out:
//! suppressed findings (they would be open alerts), snippets, commits in paths, and the command line with its environment.
//! Severity is a property of the rule there, which is why [`rule`] spends more words than the findings do.

mod flow;
mod place;
mod room;
mod rule;
mod uri;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    io,
};

use serde_json::Value;
use serde_sarif::sarif::{
    Invocation, Location, Message, Notification, PhysicalLocation, PropertyBag, Region, ReportingDescriptor,
    ReportingDescriptorReference, Result as SarifResult, ResultLevel, Run, RunAutomationDetails, Sarif, Tool,
    ToolComponent,
};

use self::room::MOST_RESULTS;
use super::{
    Format,
    printable::printable,
    statement::{self, capital},
};
use crate::{
    model::{self, Coverage, Finding, Mode, Notice, RESULTS_LEFT_OUT, Report, RuleId, Severity, Skipped, Verdict},
    rules::{RuleSet, checks},
};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// Where the tool is described; empty until `Cargo.toml` names a repository.
const REPOSITORY: Option<&str> = option_env!("CARGO_PKG_REPOSITORY");
/// Related places of one result; GitHub rejects a thousand and keeps a hundred.
const MOST_RELATED: usize = 100;
/// Unread files that are listed one by one.
const MOST_NOTIFICATIONS: usize = 1_000;
/// Bytes of a path that a notification points at: git takes 64 KiB, of which a thousand would leave results no room.
const LONGEST_PATH: usize = 4_096;
/// Characters that are shown of a longer one.
const LONGEST_NAME: usize = 200;

/// The SARIF format.
#[derive(Default)]
pub(super) struct SarifLog {
    category: Option<String>,
}

impl SarifLog {
    pub(super) fn new(category: Option<&str>) -> Self {
        Self { category: category.map(str::to_owned) }
    }
}

impl Format for SarifLog {
    fn write(&self, report: &Report, rules: &RuleSet, out: &mut dyn io::Write) -> io::Result<()> {
        let category = self.category.as_deref().unwrap_or(usual_category(report.coverage.mode));
        serde_json::to_writer_pretty(&mut *out, &log(report, rules, category, MOST_RESULTS))?;
        out.write_all(b"\n")
    }

    fn left_out(&self, report: &Report, rules: &RuleSet) -> u64 {
        let (told, all) = results(report, rules, MOST_RESULTS);
        let others = (descriptors(report, rules), notifications(report));
        (all - room::fitting(&told, &others, None)) as u64
    }
}

/// The notice that `number` results are not in a report.
#[must_use]
pub fn results_left_out(number: u64) -> Notice {
    let results = statement::count(number, "result");
    Notice {
        code: RESULTS_LEFT_OUT.to_owned(),
        message: format!("{results} left out of the sarif report: code scanning takes {MOST_RESULTS} and 10 MB, compressed"),
        help: Some("scan parts of the repository under categories of their own, or see to the worst first; the other formats list all".to_owned()),
        path: None,
        line: None,
    }
}

/// `level`, of which `serde-sarif` knows the type in results only.
#[derive(Clone, Copy, Debug)]
enum Level {
    Error,
    Warning,
    Note,
}

impl From<Severity> for Level {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Error,
            Severity::Warning => Self::Warning,
            Severity::Note => Self::Note,
        }
    }
}

impl From<Level> for Value {
    fn from(level: Level) -> Self {
        Self::from(match level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "note",
        })
    }
}

impl From<Level> for ResultLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => Self::Error,
            Level::Warning => Self::Warning,
            Level::Note => Self::Note,
        }
    }
}

/// What columns count; the schema has no default.
struct ColumnKind;

impl ColumnKind {
    const UTF16: &'static str = "utf16CodeUnits";
}

/// A key that is gone from the files is still in the history, so an upload on the files must not close the alert on the history.
fn usual_category(mode: Mode) -> &'static str {
    match mode {
        Mode::History => "keyward-history",
        Mode::Tree | Mode::Stdin | Mode::Index | Mode::Diff => "keyward",
    }
}

fn log(report: &Report, rules: &RuleSet, category: &str, most: usize) -> Sarif {
    let (mut results, all) = results(report, rules, most);
    let others = (descriptors(report, rules), notifications(report));
    results.truncate(room::fitting(&results, &others, None));
    let (descriptors, notifications) = others;
    let left_out = all - results.len();
    let driver = ToolComponent {
        semantic_version: Some(report.tool.version.to_string()),
        information_uri: REPOSITORY.filter(|address| !address.is_empty()).map(Into::into),
        rules: Some(descriptors),
        ..ToolComponent::builder().name(report.tool.name.to_string()).build()
    };
    let run = Run::builder()
        .tool(Tool::builder().driver(driver).build())
        // The part before the slash is the category under which GitHub keeps the alerts; a run id after it would be unstable.
        .automation_details(RunAutomationDetails { id: Some(format!("{category}/")), ..Default::default() })
        .column_kind(ColumnKind::UTF16)
        .invocations(vec![invocation(report, notifications, left_out)])
        .results(results)
        .build();
    Sarif::builder().schema(SCHEMA).version("2.1.0").runs(vec![run]).build()
}

/// All rules, then all checks, then those of which `report` has a key that works: a result names its own by this order.
fn descriptors(report: &Report, rules: &RuleSet) -> Vec<ReportingDescriptor> {
    let of_rules = rules.iter().map(|(_, rule)| rule::descriptor(rule));
    let of_checks = checks().iter().map(rule::descriptor_of_check);
    let of_live = live(report).into_iter().filter_map(|id| rules.get(id)).map(rule::descriptor_of_live);
    of_rules.chain(of_checks).chain(of_live).collect()
}

/// The rules of which `report` has a key that works.
fn live(report: &Report) -> BTreeSet<&RuleId> {
    let is_live = |finding: &&Finding| finding.suppressed.is_none() && finding.verification.verdict.is_live();
    report.findings.iter().filter(is_live).map(|finding| &finding.rule).collect()
}

/// At most `most` results, worst first, and how many there are. The report is sorted by path and line, and sorting keeps that.
fn results(report: &Report, rules: &RuleSet, most: usize) -> (Vec<SarifResult>, usize) {
    let of_rules = rules.iter().map(|(_, rule)| rule.id().to_string());
    let of_checks = checks().iter().map(|check| check.id.to_string());
    let of_live = live(report).into_iter().filter(|id| rules.get(id).is_some()).map(rule::id_of_live);
    let indices: BTreeMap<String, i64> = of_rules.chain(of_checks).chain(of_live).zip(0..).collect();
    let mut findings: Vec<&Finding> = report.findings.iter().filter(|finding| finding.suppressed.is_none()).collect();
    findings.sort_by_key(|finding| (Reverse(finding.severity), !finding.verification.verdict.is_live()));
    let all = findings.len();
    findings.truncate(most);
    let mut identities = place::Identities::default();
    let told = findings.into_iter().map(|finding| result(finding, &indices, &mut identities));
    (told.collect(), all)
}

/// Severity is a property of the rule on GitHub, so a key that is known to work goes by a rule of its own when its rule is known.
fn rule_of(finding: &Finding, indices: &BTreeMap<String, i64>) -> (String, Option<i64>) {
    let live = rule::id_of_live(&finding.rule);
    match indices.get(&live) {
        Some(index) if finding.verification.verdict.is_live() => (live, Some(*index)),
        _ => (finding.rule.to_string(), indices.get(finding.rule.as_str()).copied()),
    }
}

fn result(finding: &Finding, indices: &BTreeMap<String, i64>, identities: &mut place::Identities) -> SarifResult {
    let shown = &finding.related[..finding.related.len().min(MOST_RELATED)];
    let related: Vec<Location> = shown.iter().zip(1..).map(|(other, id)| related(other, id)).collect();
    let (rule_id, rule_index) = rule_of(finding, indices);
    SarifResult {
        rule_id: Some(rule_id),
        rule_index,
        level: Some(Level::from(finding.severity).into()),
        locations: Some(vec![place::of(finding)]),
        related_locations: (!related.is_empty()).then_some(related),
        code_flows: flow::of(finding, shown),
        partial_fingerprints: Some(identities.of(finding)),
        properties: properties(finding),
        ..SarifResult::builder().message(message(finding)).build()
    }
}

/// What the provider said, for whoever filters results. GitHub ranks by level, which follows it.
fn properties(finding: &Finding) -> Option<PropertyBag> {
    let verdict = finding.verification.verdict;
    let said = BTreeMap::from([("verification".to_owned(), Value::from(verdict.to_string()))]);
    (verdict != Verdict::NOT_REQUESTED).then_some(PropertyBag { tags: None, additional_properties: said })
}

/// GitHub shows the first sentence where space is short, and turns `[text](id)` into links to related locations.
fn message(finding: &Finding) -> Message {
    let mut text = literal(&finding.message);
    if let Some(secret) = &finding.secret {
        text.push_str(&literal(&format!(
            ": {}, {}",
            secret.masked,
            statement::count(secret.length as u64, "character")
        )));
    }
    text.push('.');
    text.extend(place::in_words(finding).map(|said| literal(&said)));
    if let Some((word, said)) = statement::verification(finding) {
        let _ = write!(text, " {}: {}.", capital(word), literal(&said));
    }
    for (other, id) in finding.related.iter().take(MOST_RELATED).zip(1..) {
        let _ = write!(text, " See [{}]({id}).", literal(&other.message));
    }
    let rest = finding.related.len().saturating_sub(MOST_RELATED);
    if rest > 0 {
        let _ = write!(
            text,
            " There {} not shown.",
            if rest == 1 {
                "is one more place".to_owned()
            } else {
                format!("are {} more places", statement::grouped(rest as u64))
            }
        );
    }
    if !finding.help.is_empty() {
        text.push(' ');
        text.push_str(&literal(&finding.help));
    }
    plain(text)
}

/// `text` as it is: brackets of a message are links unless escaped, and people read messages, so hazards are written out.
fn literal(text: &str) -> String {
    printable(text).replace('\\', r"\\").replace('[', r"\[").replace(']', r"\]")
}

fn plain(text: impl Into<String>) -> Message {
    Message { text: Some(text.into()), ..Default::default() }
}

fn related(related: &model::Related, id: i64) -> Location {
    Location { id: Some(id), message: Some(plain(literal(&related.message))), ..place::at(&related.location) }
}

fn notifications(report: &Report) -> Vec<Notification> {
    let read = notification("read", Level::Note, literal(&capital(&format!("{}.", statement::read(report)))), None);
    let mut all: Vec<Notification> = report.notices.iter().map(of_notice).collect();
    all.extend(of_coverage(&report.coverage));
    if statement::nothing_read(report) {
        all.push(notification("nothing-scanned", Level::Error, "Nothing was scanned".to_owned(), None));
    }
    all.push(read);
    all
}

fn invocation(report: &Report, mut notifications: Vec<Notification>, left_out: usize) -> Invocation {
    // Whoever ran the scan may have said it already.
    if left_out > 0 && report.notices.iter().all(|notice| notice.code != RESULTS_LEFT_OUT) {
        notifications.push(of_notice(&results_left_out(left_out as u64)));
    }
    Invocation::builder()
        .execution_successful(statement::is_whole(report))
        .tool_execution_notifications(notifications)
        .build()
}

fn of_notice(notice: &Notice) -> Notification {
    let text = notice.help.as_ref().map_or(notice.message.clone(), |help| format!("{}; {help}", notice.message));
    let region = notice.line.map(|line| Region { start_line: Some(i64::from(line).max(1)), ..Default::default() });
    about(&notice.code, &text, notice.path.as_deref(), region)
}

fn of_coverage(coverage: &Coverage) -> Vec<Notification> {
    let missing: Vec<&Skipped> = coverage.skipped.iter().filter(|skip| !skip.reason.is_expected()).collect();
    let mut out: Vec<Notification> = missing.iter().take(MOST_NOTIFICATIONS).map(|skip| of_skipped(skip)).collect();
    if missing.len() > MOST_NOTIFICATIONS {
        let text = format!("{} more files were not read", missing.len() - MOST_NOTIFICATIONS);
        out.push(notification("not-read", Level::Warning, text, None));
    }
    out
}

fn of_skipped(skip: &Skipped) -> Notification {
    let text = format!("not read: {}", statement::reason(skip.reason, 1));
    about(skip.reason.as_str(), &text, Some(&skip.path), None)
}

/// A warning about a file. One whose path would take the room of results is named in words.
fn about(code: &str, text: &str, path: Option<&str>, region: Option<Region>) -> Notification {
    match path {
        Some(path) if path.len() > LONGEST_PATH => {
            let text = format!("{text}, in {}", statement::shortened(path, LONGEST_NAME));
            notification(code, Level::Warning, literal(&text), None)
        }
        _ => notification(code, Level::Warning, literal(text), path.map(|path| place::physical(path, region))),
    }
}

fn notification(code: &str, level: Level, text: String, place: Option<PhysicalLocation>) -> Notification {
    let descriptor = ReportingDescriptorReference { id: Some(code.to_owned()), ..Default::default() };
    let locations = place.map(|place| vec![Location { physical_location: Some(place), ..Default::default() }]);
    Notification {
        descriptor: Some(descriptor),
        level: Some(level.into()),
        locations,
        ..Notification::builder().message(plain(text)).build()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};
    use crate::{model::SkipReason, rules::template::expand};

    fn json(report: &Report, most: usize) -> Value {
        serde_json::to_value(log(report, &RuleSet::builtin(), "keyward", most)).unwrap()
    }

    #[test]
    fn alerts_on_the_history_have_a_category_of_their_own() {
        let id = |format: &SarifLog, mode| {
            let mut report = sample::clean();
            report.coverage.mode = mode;
            let log: Value = serde_json::from_str(&sample::written(format, &report)).unwrap();
            log["runs"][0]["automationDetails"]["id"].as_str().unwrap().to_owned()
        };
        assert_eq!(id(&SarifLog::default(), Mode::Tree), "keyward/");
        assert_eq!(id(&SarifLog::default(), Mode::History), "keyward-history/");
        assert_eq!(id(&SarifLog::new(Some("nightly")), Mode::History), "nightly/");
    }

    #[test]
    fn a_run_says_what_was_found_where_and_what_was_not_read() {
        let mut value = json(&sample::report(), MOST_RESULTS);
        // The rules belong to another snapshot.
        value["runs"][0]["tool"]["driver"]["rules"] = Value::Null;
        for result in value["runs"][0]["results"].as_array_mut().unwrap() {
            // Which number a rule has changes with every new one; that it leads to the right one is asserted below.
            assert!(result.as_object_mut().unwrap().remove("ruleIndex").unwrap().is_u64());
        }
        insta::assert_snapshot!("run", serde_json::to_string_pretty(&value).unwrap());
    }

    #[test]
    fn suppressed_findings_are_left_out() {
        let value = json(&sample::report(), MOST_RESULTS);
        let results = value["runs"][0]["results"].as_array().unwrap();
        assert_eq!(results.len(), 3);
        assert!(results.iter().all(|result| result.get("suppressions").is_none()));
    }

    #[test]
    fn an_index_points_at_the_rule_of_the_same_id() {
        let value = json(&sample::report(), MOST_RESULTS);
        let rules = &value["runs"][0]["tool"]["driver"]["rules"];
        for result in value["runs"][0]["results"].as_array().unwrap() {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
        }
    }

    #[test]
    fn with_too_many_results_the_worst_stay_and_a_notification_counts_the_rest() {
        let mut report = sample::report();
        report.findings[0].severity = Severity::Note;
        report.findings[1].severity = Severity::Warning;
        let value = json(&report, 2);
        let results = value["runs"][0]["results"].as_array().unwrap();
        let levels: Vec<&str> = results.iter().map(|result| result["level"].as_str().unwrap()).collect();
        assert_eq!(levels, ["error", "warning"]);
        let notifications = value["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
        let last = notifications.last().unwrap();
        assert_eq!(last["descriptor"]["id"], "results-left-out");
        let text = last["message"]["text"].as_str().unwrap();
        assert!(text.starts_with("1 result left out of the sarif report: code scanning takes 25000"), "{text}");
        // Said already by whoever ran the scan.
        report.notices.push(results_left_out(1));
        let value = json(&report, 2);
        assert_eq!(value.to_string().matches("results-left-out").count(), 1);
        assert_eq!(SarifLog::default().left_out(&report, &RuleSet::builtin()), 0, "three results fit");
    }

    #[test]
    fn a_complete_run_is_successful_and_an_incomplete_one_is_not() {
        let successful = |report: &Report| json(report, 1)["runs"][0]["invocations"][0]["executionSuccessful"].clone();
        assert_eq!(successful(&sample::clean()), true);
        assert_eq!(successful(&sample::report()), false);
        let mut empty = sample::clean();
        empty.coverage.files = 0;
        assert_eq!(successful(&empty), false);
        let value = json(&empty, 1);
        let notifications = &value["runs"][0]["invocations"][0]["toolExecutionNotifications"];
        assert_eq!(notifications[0]["message"]["text"], "Nothing was scanned");
    }

    #[test]
    fn a_run_says_what_was_read_even_when_nothing_is_missing() {
        let value = json(&sample::clean(), 1);
        let notifications = value["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
        let said: Vec<_> = notifications.iter().map(|one| (&one["descriptor"]["id"], &one["level"])).collect();
        assert_eq!(said, [(&"read".into(), &"note".into())]);
        assert_eq!(notifications[0]["message"]["text"], "Read 812 files, 5.1 MB in tree mode.");
    }

    #[test]
    fn paths_of_unread_files_leave_results_their_room() {
        let mut report = sample::clean();
        let path = |at: usize| expand("{alnum:60000}", &at.to_string());
        report.coverage.skipped =
            (0..300).map(|at| Skipped { path: path(at), reason: SkipReason::Unreadable }).collect();
        report.findings = sample::report().findings;
        let text = sample::written(&SarifLog::default(), &report);
        assert!(text.len() < 2_000_000, "{}", text.len());
        assert_eq!(SarifLog::default().left_out(&report, &RuleSet::builtin()), 0);
        let name: String = path(7).chars().take(100).collect();
        assert!(text.contains(&format!("not read: unreadable, in {name}")), "the file is named");
    }

    #[test]
    fn a_thousand_unread_files_are_named_and_the_rest_counted() {
        let mut report = sample::clean();
        let skip = |at| Skipped { path: format!("f{at}"), reason: SkipReason::Unreadable };
        report.coverage.skipped = (0..MOST_NOTIFICATIONS + 5).map(skip).collect();
        let value = json(&report, 1);
        let notifications = value["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
        assert_eq!(notifications.len(), MOST_NOTIFICATIONS + 2);
        assert_eq!(notifications[MOST_NOTIFICATIONS]["message"]["text"], "5 more files were not read");
    }

    #[test]
    fn a_key_that_works_has_a_rule_of_its_own_that_ranks_above_and_everything_else_stays() {
        let mut report = sample::report();
        let plain = json(&report, MOST_RESULTS);
        report.findings[2].verification = model::Verification::of(Verdict::Live(model::Live::Ok));
        let value = json(&report, MOST_RESULTS);
        let (run, before) = (&value["runs"][0], &plain["runs"][0]);
        let result = &run["results"][0];
        assert_eq!(result["ruleId"], "openai-api-key/live");
        let (rules, rules_before) =
            (&run["tool"]["driver"]["rules"], before["tool"]["driver"]["rules"].as_array().unwrap());
        assert_eq!(rules.as_array().unwrap()[..rules_before.len()], rules_before[..]);
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!((&rule["id"], &rule["properties"]["security-severity"]), (&result["ruleId"], &"9.5".into()));
        assert_eq!(rule["shortDescription"]["text"], "OpenAI API key that works");
        let before = before["results"]
            .as_array()
            .unwrap()
            .iter()
            .find(|other| other["partialFingerprints"] == result["partialFingerprints"]);
        assert_eq!(before.unwrap()["ruleId"], "openai-api-key");
    }

    #[test]
    fn related_places_beyond_a_hundred_are_counted() {
        let mut finding = sample::report().findings.remove(2);
        finding.rule = RuleId::new("dotenv-not-loaded");
        finding.related = vec![finding.related[0].clone(); MOST_RELATED + 2];
        let value = json(&sample::with(vec![finding]), MOST_RESULTS);
        let result = &value["runs"][0]["results"][0];
        assert_eq!(result["relatedLocations"].as_array().unwrap().len(), MOST_RELATED);
        assert_eq!(result["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap().len(), MOST_RELATED + 1);
        assert!(
            result["message"]["text"].as_str().unwrap().contains(" There are 2 more places not shown."),
            "{result:#}"
        );
    }

    #[test]
    fn brackets_in_a_message_are_not_links() {
        let mut finding = sample::report().findings.remove(2);
        finding.message = r"key in [a](1) \ b".into();
        let text = message(&finding).text.unwrap();
        assert!(text.starts_with(r"key in \[a\](1) \\ b: sk-proj-"), "{text}");
        assert!(text.contains(" See [defined here](1)."), "{text}");
    }

    #[test]
    fn the_file_ends_with_a_line_break_and_is_the_same_twice() {
        let first = sample::written(&SarifLog::default(), &sample::report());
        assert!(first.ends_with("}\n"));
        assert_eq!(first, sample::written(&SarifLog::default(), &sample::report()));
    }
}
