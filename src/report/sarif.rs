//! SARIF 2.1.0 as GitHub's code scanning reads it.
//!
//! GitHub ignores most of the standard, and some of what it ignores is dangerous: suppressed results become open alerts, snippets are
//! copied to places nobody thinks of. So suppressed findings are left out and no snippet is written. Severity is a property of the rule
//! there, and the only fingerprint used is `primaryLocationLineHash`; ours are written beside it. All of the `serde-sarif` crate is in this
//! file, with small types of our own for what it leaves as untyped JSON.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{self, Write},
};

use serde_json::{Value, json};
use serde_sarif::sarif as s;

use super::{Format, coverage};
use crate::{
    model::{Confidence, Finding, Notice, Related, Report, Severity},
    rules::{Rule, RuleSet},
};

/// Results above this number make GitHub reject the whole file.
const MOST_RESULTS: usize = 25_000;
/// Longest text GitHub accepts for a rule's descriptions.
const LONGEST_DESCRIPTION: usize = 1024;
const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The format.
pub(super) struct SarifFormat;

impl Format for SarifFormat {
    fn write(&self, report: &Report, rules: &RuleSet, out: &mut dyn Write) -> io::Result<()> {
        let sarif = s::Sarif::builder().schema(SCHEMA).version(json!("2.1.0")).runs(vec![run(report, rules)]).build();
        serde_json::to_writer_pretty(&mut *out, &sarif)?;
        writeln!(out)
    }
}

/// SARIF's levels, which the crate leaves untyped in two places.
#[derive(Clone, Copy)]
enum Level {
    Error,
    Warning,
    Note,
}

impl Level {
    fn of(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Error,
            Severity::Warning => Self::Warning,
            Severity::Note => Self::Note,
        }
    }

    fn json(self) -> Value {
        json!(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }

    fn typed(self) -> s::ResultLevel {
        match self {
            Self::Error => s::ResultLevel::Error,
            Self::Warning => s::ResultLevel::Warning,
            Self::Note => s::ResultLevel::Note,
        }
    }
}

fn run(report: &Report, rules: &RuleSet) -> s::Run {
    let positions: BTreeMap<&str, i64> =
        (0..).zip(rules.iter()).map(|(at, (_, rule))| (rule.id().as_str(), at)).collect();
    let mut findings: Vec<&Finding> = report.findings.iter().filter(|finding| finding.suppressed.is_none()).collect();
    let total = findings.len();
    // Stable: within a severity the order of the report, which is by path and place.
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings.truncate(MOST_RESULTS);
    let driver = s::ToolComponent::builder()
        .name(report.tool.name)
        .version(report.tool.version)
        .semantic_version(report.tool.version)
        .rules(rules.iter().map(|(_, rule)| descriptor(rule)).collect::<Vec<_>>())
        .build();
    s::Run::builder()
        .tool(s::Tool::builder().driver(driver).build())
        .results(findings.iter().map(|finding| result(finding, &positions)).collect::<Vec<_>>())
        .invocations(vec![invocation(report, total)])
        .automation_details(s::RunAutomationDetails::builder().id("keyward/").build())
        .column_kind(json!("utf16CodeUnits"))
        .build()
}

fn descriptor(rule: &Rule) -> s::ReportingDescriptor {
    let spec = &rule.spec;
    let mut properties = BTreeMap::from([
        ("precision".to_owned(), json!(precision(spec.confidence))),
        ("security-severity".to_owned(), json!(security_severity(rule))),
    ]);
    properties.insert(
        "problem.severity".to_owned(),
        json!(match spec.severity {
            Severity::Note => "recommendation",
            other => other.as_str(),
        }),
    );
    let tags = vec!["security".to_owned(), "secrets".to_owned(), rule.provider.id.clone()];
    s::ReportingDescriptor::builder()
        .id(rule.id().as_str())
        .name(pascal_case(rule.id().as_str()))
        .short_description(text(cut(&spec.summary)))
        .full_description(text(cut(&format!("{}. {}", spec.summary, spec.why))))
        .help(s::MultiformatMessageString::builder().text(plain_help(rule)).markdown(markdown_help(rule)).build())
        .default_configuration(s::ReportingConfiguration::builder().level(Level::of(spec.severity).json()).build())
        .properties(s::PropertyBag::builder().tags(tags).additional_properties(properties).build())
        .build()
}

fn text(text: String) -> s::MultiformatMessageString {
    s::MultiformatMessageString::builder().text(text).build()
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST_DESCRIPTION).collect()
}

/// A string with a number, as GitHub wants it: above 9.0 is critical, from 7.0 high, from 4.0 medium.
fn security_severity(rule: &Rule) -> &'static str {
    let spec = &rule.spec;
    match (spec.severity, spec.confidence) {
        (Severity::Error, _) if spec.kind.as_deref() == Some("admin") => "9.5",
        (Severity::Error, Confidence::High) if rule.provider.id == "openai" => "9.1",
        (Severity::Error, Confidence::High) => "8.5",
        (Severity::Error, Confidence::Medium) => "7.5",
        (Severity::Error, Confidence::Low) => "6.0",
        (Severity::Warning, _) => "5.0",
        (Severity::Note, _) => "2.0",
    }
}

fn precision(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "very-high",
        Confidence::Medium => "high",
        Confidence::Low => "medium",
    }
}

fn pascal_case(id: &str) -> String {
    let capitalise = |word: &str| {
        let mut chars = word.chars();
        chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
    };
    id.split('-').map(capitalise).collect()
}

fn plain_help(rule: &Rule) -> String {
    let mut help = format!("{} {}", rule.spec.why, rule.spec.help);
    if let Some(page) = rule.revoke() {
        let _ = write!(help, " Revoke it at {page}");
    }
    help
}

fn markdown_help(rule: &Rule) -> String {
    let (id, spec) = (rule.id(), &rule.spec);
    let mut help = format!("**{}**\n\n{}\n\n### What to do\n\n{}\n", spec.summary, spec.why, spec.help);
    if let Some(page) = rule.revoke() {
        let _ = write!(help, "\n1. Revoke it at <{page}>; deleting the line is not enough, history keeps it.\n");
        help.push_str("2. Create a new one and read it from the environment or a secret store.\n");
    }
    let _ = write!(help, "\n### If it is no secret\n\n`keyward: allow {id} -- reason` in a comment on its line.\n");
    if let Some(limits) = &spec.limits {
        let _ = write!(help, "\n### What this rule does not see\n\n{limits}\n");
    }
    for reference in &spec.references {
        let _ = write!(help, "\n<{reference}>\n");
    }
    help
}

fn result(finding: &Finding, positions: &BTreeMap<&str, i64>) -> s::Result {
    let mut fingerprints = BTreeMap::from([("keyward/finding/v1".to_owned(), finding.fingerprint.to_string())]);
    if let Some(secret) = &finding.secret {
        fingerprints.insert("keyward/secret/v1".to_owned(), secret.fingerprint.to_string());
    }
    if let Some(hash) = finding.location.line_hash.as_ref().filter(|hash| !hash.is_empty()) {
        fingerprints.insert("primaryLocationLineHash".to_owned(), hash.clone());
    }
    let related = (1..).zip(&finding.related).map(|(id, related)| related_location(related, id));
    let mut result = s::Result::builder()
        .rule_id(finding.rule.as_str())
        .level(Level::of(finding.severity).typed())
        .message(s::Message::builder().text(message(finding)).build())
        .locations(vec![s::Location::builder().physical_location(place(&finding.location)).build()])
        .partial_fingerprints(fingerprints)
        .related_locations(related.collect::<Vec<_>>())
        .build();
    result.rule_index = positions.get(finding.rule.as_str()).copied();
    result
}

/// First sentence what, second what to do. Brackets would be read as links to related locations.
fn message(finding: &Finding) -> String {
    let masked = finding.secret.as_ref().map(|secret| format!(": {}", secret.masked)).unwrap_or_default();
    format!("{}{masked}. {}", finding.message, finding.help).replace('[', "\\[").replace(']', "\\]")
}

fn related_location(related: &Related, id: i64) -> s::Location {
    s::Location::builder()
        .id(id)
        .message(s::Message::builder().text(&related.message).build())
        .physical_location(place(&related.location))
        .build()
}

fn place(location: &crate::model::Location) -> s::PhysicalLocation {
    s::PhysicalLocation::builder()
        .artifact_location(s::ArtifactLocation::builder().uri(uri(&location.path)).build())
        .region(
            s::Region::builder()
                .start_line(location.start_line)
                .start_column(location.start_column)
                .end_line(location.end_line)
                .end_column(location.end_column)
                .build(),
        )
        .build()
}

/// A relative URI (RFC 3986): all but unreserved characters and `/` percent-encoded, so that no part can be taken for a scheme, a query
/// or a fragment.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len() + 8);
    if path.starts_with('/') {
        out.push_str("file://");
    }
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

fn invocation(report: &Report, total: usize) -> s::Invocation {
    let mut notifications: Vec<s::Notification> = report.notices.iter().map(notice).collect();
    if !report.coverage.complete {
        notifications.push(notification(Level::Error, format!("incomplete scan: {}", coverage(report)), None));
    }
    if total > MOST_RESULTS {
        let text = format!("{total} findings; the {MOST_RESULTS} gravest are in this file");
        notifications.push(notification(Level::Warning, text, None));
    }
    s::Invocation::builder()
        .execution_successful(report.coverage.complete)
        .tool_execution_notifications(notifications)
        .build()
}

fn notice(notice: &Notice) -> s::Notification {
    let help = notice.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
    notification(Level::Note, format!("{}{help}", notice.message), notice.path.as_deref())
}

fn notification(level: Level, text: String, path: Option<&str>) -> s::Notification {
    let mut notification =
        s::Notification::builder().message(s::Message::builder().text(text).build()).level(level.json()).build();
    notification.locations = path.map(|path| {
        let artifact = s::ArtifactLocation::builder().uri(uri(path)).build();
        let place = s::PhysicalLocation::builder().artifact_location(artifact).build();
        vec![s::Location::builder().physical_location(place).build()]
    });
    notification
}
