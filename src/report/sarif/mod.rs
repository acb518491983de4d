//! SARIF 2.1.0, as GitHub code scanning takes it and other viewers read it.
//!
//! `serde-sarif` is used in this module only. Its structs come from the schema, but where the schema has an enumeration they hold a
//! bare JSON value; [`Level`] and [`ColumnKind`] close those gaps. What GitHub ignores or counts against its limits stays out:
//! suppressed findings (they would be open alerts), snippets, commits in paths, and the command line with its environment.
//! Severity is a property of the rule there, which is why [`rule`] spends more words than the findings do.

mod rule;
mod uri;

use std::{cmp::Reverse, collections::BTreeMap, fmt::Write as _, io};

use serde_json::Value;
use serde_sarif::sarif::{
    ArtifactLocation, Invocation, Location, LogicalLocation, Message, Notification, PhysicalLocation, PropertyBag,
    Region, ReportingDescriptor, ReportingDescriptorReference, Result as SarifResult, ResultLevel, Run,
    RunAutomationDetails, Sarif, Tool, ToolComponent,
};

use super::{
    Format,
    printable::{Place, printable},
    statement,
};
use crate::{
    model::{self, Coverage, Finding, Mode, Notice, Report, RuleId, Severity, Skipped, Verdict},
    rules::{RuleSet, checks},
};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// Where the tool is described; empty until `Cargo.toml` names a repository.
const REPOSITORY: Option<&str> = option_env!("CARGO_PKG_REPOSITORY");
/// GitHub rejects a run with more results.
const MOST_RESULTS: usize = 25_000;
/// Unread files that are listed one by one.
const MOST_NOTIFICATIONS: usize = 1_000;

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
    let (results, left_out) = results(report, rules, most);
    let driver = ToolComponent {
        semantic_version: Some(report.tool.version.to_string()),
        information_uri: REPOSITORY.filter(|address| !address.is_empty()).map(Into::into),
        rules: Some(descriptors(rules)),
        ..ToolComponent::builder().name(report.tool.name.to_string()).build()
    };
    let run = Run::builder()
        .tool(Tool::builder().driver(driver).build())
        // The part before the slash is the category under which GitHub keeps the alerts; a run id after it would be unstable.
        .automation_details(RunAutomationDetails { id: Some(format!("{category}/")), ..Default::default() })
        .column_kind(ColumnKind::UTF16)
        .invocations(vec![invocation(report, left_out)])
        .results(results)
        .build();
    Sarif::builder().schema(SCHEMA).version("2.1.0").runs(vec![run]).build()
}

/// All rules, then all checks: a result names its own by this order.
fn descriptors(rules: &RuleSet) -> Vec<ReportingDescriptor> {
    let of_rules = rules.iter().map(|(_, rule)| rule::descriptor(rule));
    of_rules.chain(checks().iter().map(rule::descriptor_of_check)).collect()
}

/// The results, worst first, and how many there was no room for. The report is sorted by path and line, and sorting keeps that.
fn results(report: &Report, rules: &RuleSet, most: usize) -> (Vec<SarifResult>, usize) {
    let indices: BTreeMap<&RuleId, i64> =
        rules.iter().map(|(_, rule)| rule.id()).chain(checks().iter().map(|check| &check.id)).zip(0..).collect();
    let mut findings: Vec<&Finding> = report.findings.iter().filter(|finding| finding.suppressed.is_none()).collect();
    findings.sort_by_key(|finding| Reverse(finding.severity));
    let left_out = findings.len().saturating_sub(most);
    findings.truncate(most);
    (findings.into_iter().map(|finding| result(finding, indices.get(&finding.rule).copied())).collect(), left_out)
}

fn result(finding: &Finding, rule: Option<i64>) -> SarifResult {
    let related: Vec<Location> = finding.related.iter().zip(1..).map(|(other, id)| related(other, id)).collect();
    SarifResult {
        rule_id: Some(finding.rule.to_string()),
        rule_index: rule,
        level: Some(Level::from(finding.severity).into()),
        locations: Some(vec![location_of(finding)]),
        related_locations: (!related.is_empty()).then_some(related),
        partial_fingerprints: Some(fingerprints(finding)),
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
    if !finding.origin.archive.is_empty() {
        let _ = write!(text, ", in {}", literal(&Place::of(finding).to_string()));
    }
    text.push('.');
    if let Some((word, said)) = statement::verification(finding) {
        let _ = write!(text, " {}: {}.", statement::capital(word), literal(&said));
    }
    for (other, id) in finding.related.iter().zip(1..) {
        let _ = write!(text, " See [{}]({id}).", literal(&other.message));
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

/// Of these GitHub uses the first only; the others let `merge` and `baseline` recognise a finding in a SARIF file.
fn fingerprints(finding: &Finding) -> BTreeMap<String, String> {
    let mut fingerprints = BTreeMap::from([("keyward/finding/v1".to_owned(), finding.fingerprint.to_string())]);
    if let Some(hash) = finding.location.line_hash.as_ref().filter(|hash| !hash.is_empty()) {
        fingerprints.insert("primaryLocationLineHash".to_owned(), hash.clone());
    }
    if let Some(secret) = &finding.secret {
        fingerprints.insert("keyward/secret/v1".to_owned(), secret.fingerprint.to_string());
    }
    fingerprints
}

/// Where a finding is. A member of an archive has no lines in the file that viewers open, so its place is named and the file pointed at.
fn location_of(finding: &Finding) -> Location {
    let place = &finding.location;
    if finding.origin.archive.is_empty() {
        return location(place);
    }
    let region = Region { start_line: Some(1), ..Default::default() };
    let member = LogicalLocation {
        fully_qualified_name: Some(Place::of(finding).to_string()),
        kind: Some("member".to_owned()),
        ..Default::default()
    };
    Location {
        physical_location: Some(physical(&place.path, Some(region))),
        logical_locations: Some(vec![member]),
        ..Default::default()
    }
}

fn location(place: &model::Location) -> Location {
    let region = Region {
        start_line: Some(place.start_line.into()),
        start_column: Some(place.start_column.into()),
        end_line: Some(place.end_line.into()),
        end_column: Some(place.end_column.into()),
        ..Default::default()
    };
    Location { physical_location: Some(physical(&place.path, Some(region))), ..Default::default() }
}

fn related(related: &model::Related, id: i64) -> Location {
    Location { id: Some(id), message: Some(plain(literal(&related.message))), ..location(&related.location) }
}

fn physical(path: &str, region: Option<Region>) -> PhysicalLocation {
    let artifact = ArtifactLocation { uri: Some(uri::relative(path)), ..Default::default() };
    PhysicalLocation { artifact_location: Some(artifact), region, ..Default::default() }
}

fn invocation(report: &Report, left_out: usize) -> Invocation {
    let mut notifications: Vec<Notification> = report.notices.iter().map(of_notice).collect();
    notifications.extend(of_coverage(&report.coverage));
    if left_out > 0 {
        let text = format!("{} left out: a run may hold {MOST_RESULTS}", statement::count(left_out as u64, "result"));
        notifications.push(notification("results-left-out", Level::Warning, text, None));
    }
    Invocation::builder()
        .execution_successful(report.coverage.complete)
        .tool_execution_notifications(notifications)
        .build()
}

fn of_notice(notice: &Notice) -> Notification {
    let text = notice.help.as_ref().map_or(notice.message.clone(), |help| format!("{}; {help}", notice.message));
    let region = notice.line.map(|line| Region { start_line: Some(i64::from(line).max(1)), ..Default::default() });
    let place = notice.path.as_ref().map(|path| physical(path, region));
    notification(&notice.code, Level::Warning, literal(&text), place)
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
    notification(skip.reason.as_str(), Level::Warning, text, Some(physical(&skip.path, None)))
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
    use crate::model::SkipReason;

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
        assert_eq!(last["message"]["text"], "1 result left out: a run may hold 25000");
    }

    #[test]
    fn a_complete_run_is_successful_and_an_incomplete_one_is_not() {
        let successful = |report: &Report| json(report, 1)["runs"][0]["invocations"][0]["executionSuccessful"].clone();
        assert_eq!(successful(&sample::clean()), true);
        assert_eq!(successful(&sample::report()), false);
    }

    #[test]
    fn a_thousand_unread_files_are_named_and_the_rest_counted() {
        let mut report = sample::clean();
        let skip = |at| Skipped { path: format!("f{at}"), reason: SkipReason::Unreadable };
        report.coverage.skipped = (0..MOST_NOTIFICATIONS + 5).map(skip).collect();
        let value = json(&report, 1);
        let notifications = value["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
        assert_eq!(notifications.len(), MOST_NOTIFICATIONS + 1);
        assert_eq!(notifications[MOST_NOTIFICATIONS]["message"]["text"], "5 more files were not read");
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
