//! GitLab's secret detection report, schema 15.2: `artifacts: reports: secret_detection` takes it.
//!
//! GitLab follows a finding from run to run by its signature in `tracking`, which is our fingerprint and the number of the place: it stays when lines
//! move, and tells keys apart that share a line, or that the history, archives and messages of commits put at the same one. A GitLab that does not
//! read signatures goes by rule, file and lines, whatever `id` says, and may show such keys as one entry. There is no word for a suppressed finding,
//! so such are left out. `raw_source_code_extract` is left out as well: it is meant for text that
//! nobody masked. GitLab shows descriptions and solutions as Markdown, so both go through the Markdown format's own escaping.
//!
//! The schema wants a time at which the scan began and ended. A report holds none, because the same input has to give the same bytes; the beginning of 1970
//! stands there, which nobody takes for a time of day. GitLab knows when the job ran.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
    io,
};

use serde::Serialize;

use super::{
    Format,
    markdown::{code, help, linked, prose},
    particulars::{Particular, may_link, particulars, revoke, title, words},
    printable::printable,
    rank::{Band, Score},
    statement::{self, capital, shortened},
};
use crate::{
    model::{Finding, Fingerprint, Group, Origin, OriginKind, Report, Severity, uuid_of},
    rules::RuleSet,
};

const VERSION: &str = "15.2.1";
const SCHEMA: &str = "https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw/v15.2.1/dist/secret-detection-report-format.json";
/// Says that nobody looked at the clock.
const NO_TIME: &str = "1970-01-01T00:00:00";
/// Stands where no commit is known: the field is required and may not be empty.
const NO_COMMIT: &str = "0000000000000000000000000000000000000000";
/// Characters of a name, a description and a solution that GitLab takes.
const LONGEST_NAME: usize = 255;
const LONGEST_DESCRIPTION: usize = 100_000;
const LONGEST_SOLUTION: usize = 7_000;

/// The GitLab format.
pub(super) struct Gitlab;

impl Format for Gitlab {
    fn write(&self, report: &Report, rules: &RuleSet, out: &mut dyn io::Write) -> io::Result<()> {
        let page = Page { version: VERSION, schema: SCHEMA, scan: scan(report), vulnerabilities: all(report, rules) };
        serde_json::to_writer_pretty(&mut *out, &page)?;
        out.write_all(b"\n")
    }
}

#[derive(Serialize)]
struct Page {
    version: &'static str,
    schema: &'static str,
    scan: Scan,
    vulnerabilities: Vec<Vulnerability>,
}

#[derive(Serialize)]
struct Scan {
    analyzer: Program,
    scanner: Program,
    start_time: &'static str,
    end_time: &'static str,
    status: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    messages: Vec<Message>,
}

#[derive(Clone, Serialize)]
struct Program {
    id: String,
    name: String,
    version: String,
    vendor: Vendor,
}

#[derive(Clone, Serialize)]
struct Vendor {
    name: String,
}

#[derive(Serialize)]
struct Message {
    level: &'static str,
    value: String,
}

#[derive(Serialize)]
struct Vulnerability {
    id: String,
    name: String,
    description: String,
    severity: &'static str,
    solution: String,
    identifiers: Vec<Identifier>,
    links: Vec<Link>,
    location: Location,
    tracking: Tracking,
    details: BTreeMap<&'static str, Detail>,
}

#[derive(Serialize)]
struct Identifier {
    #[serde(rename = "type")]
    kind: &'static str,
    name: String,
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'static str>,
}

#[derive(Serialize)]
struct Link {
    name: &'static str,
    url: String,
}

#[derive(Serialize)]
struct Location {
    file: String,
    start_line: u32,
    end_line: u32,
    commit: Commit,
}

#[derive(Serialize)]
struct Commit {
    sha: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
}

#[derive(Serialize)]
struct Tracking {
    #[serde(rename = "type")]
    kind: &'static str,
    items: [Tracked; 1],
}

#[derive(Serialize)]
struct Tracked {
    file: String,
    start_line: u32,
    end_line: u32,
    signatures: [Signature; 1],
}

#[derive(Serialize)]
struct Signature {
    algorithm: &'static str,
    value: String,
}

#[derive(Serialize)]
struct Detail {
    name: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    value: String,
}

fn scan(report: &Report) -> Scan {
    let name = report.tool.name.to_string();
    let vendor = Vendor { name: name.clone() };
    let program = Program { id: name.clone(), name, version: report.tool.version.to_string(), vendor };
    let warn = |value: String| Message { level: "warn", value: printable(&value).into_owned() };
    let mut messages = vec![Message { level: "info", value: capital(&statement::read(report)) }];
    if statement::nothing_read(report) {
        messages.push(warn("nothing was scanned".to_owned()));
    }
    messages.extend(statement::gap(&report.coverage).map(|gap| warn(format!("incomplete: {gap}"))));
    messages.extend(report.notices.iter().map(|notice| {
        let place = notice.path.as_ref().map(|path| {
            let line = notice.line.map(|line| format!(":{line}")).unwrap_or_default();
            format!("{path}{line}: ")
        });
        warn(format!("{}{}", place.unwrap_or_default(), notice.message))
    }));
    Scan {
        analyzer: program.clone(),
        scanner: program,
        start_time: NO_TIME,
        end_time: NO_TIME,
        // GitLab takes what a successful scan does not name for fixed.
        status: if statement::is_whole(report) { "success" } else { "failure" },
        kind: "secret_detection",
        messages,
    }
}

fn all(report: &Report, rules: &RuleSet) -> Vec<Vulnerability> {
    let mut known: HashMap<&Fingerprint, u32> = HashMap::new();
    let shown = report.findings.iter().filter(|finding| finding.suppressed.is_none());
    shown
        .map(|finding| {
            let number = known.entry(&finding.fingerprint).or_default();
            *number += 1;
            vulnerability(finding, *number, rules)
        })
        .collect()
}

/// `number` counts the places of one secret in one file, so that their ids differ and stay when lines move.
fn vulnerability(finding: &Finding, number: u32, rules: &RuleSet) -> Vulnerability {
    let location = location(finding);
    Vulnerability {
        id: uuid_of("gitlab", &[finding.fingerprint.as_str().as_bytes(), &number.to_le_bytes()]),
        name: shortened(&printable(&title(finding, rules)), LONGEST_NAME),
        description: shortened(&description(finding, rules), LONGEST_DESCRIPTION),
        severity: severity(finding, rules),
        solution: shortened(&solution(finding, rules), LONGEST_SOLUTION),
        identifiers: identifiers(finding),
        links: links(finding, rules),
        tracking: tracking(finding, number, &location),
        location,
        details: details(finding),
    }
}

fn severity(finding: &Finding, rules: &RuleSet) -> &'static str {
    if finding.severity == Severity::Note {
        return "Info";
    }
    match Score::of(finding, rules).band() {
        Band::Critical => "Critical",
        Band::High => "High",
        Band::Medium => "Medium",
        Band::Low => "Low",
    }
}

fn description(finding: &Finding, rules: &RuleSet) -> String {
    let mut text = format!("{}.\n", prose(&capital(&finding.message)));
    for Particular { word, text: said } in particulars(finding) {
        // Places and masks are names; the rest is sentences.
        let said = if matches!(word, "place" | "key") { code(&said) } else { prose(&said) };
        let _ = write!(text, "\n- {}: {said}", capital(word));
    }
    if let Some(words) = words(finding, rules) {
        let _ = write!(text, "\n\n{}", prose(words.why));
    }
    text
}

fn solution(finding: &Finding, rules: &RuleSet) -> String {
    let is_ours = rules.get(&finding.rule).is_some_and(may_link);
    let page = revoke(finding, rules).map(|page| format!(" See {}", if is_ours { linked(page) } else { prose(page) }));
    format!("{}{}", help(finding, rules), page.unwrap_or_default())
}

/// The first one is part of what GitLab goes by where it does not read signatures.
fn identifiers(finding: &Finding) -> Vec<Identifier> {
    let rule = finding.rule.to_string();
    let mut all =
        vec![Identifier { kind: "keyward_rule", name: format!("keyward rule {rule}"), value: rule, url: None }];
    if finding.group == Group::Secrets {
        all.push(Identifier {
            kind: "cwe",
            name: "CWE-798".to_owned(),
            value: "798".to_owned(),
            url: Some("https://cwe.mitre.org/data/definitions/798.html"),
        });
    }
    all
}

fn links(finding: &Finding, rules: &RuleSet) -> Vec<Link> {
    let Some(rule) = rules.get(&finding.rule).filter(|rule| may_link(rule)) else { return Vec::new() };
    let revoke = rule.revoke().map(|page| ("Where to revoke", page));
    let references = rule.spec.references.iter().map(|page| ("Documentation", page.as_str()));
    let all = revoke.into_iter().chain(references).filter(|(_, page)| page.starts_with("https://"));
    all.map(|(name, page)| Link { name, url: printable(page).into_owned() }).collect()
}

/// Lines in an archive are no lines of the file.
fn location(finding: &Finding) -> Location {
    let (place, origin) = (&finding.location, &finding.origin);
    let is_packed = !origin.archive.is_empty();
    Location {
        file: place.path.clone(),
        start_line: if is_packed { 1 } else { place.start_line },
        end_line: if is_packed { 1 } else { place.end_line },
        commit: commit(origin),
    }
}

/// The commit in which the place is. What the history has and HEAD as well is told at its place in HEAD, which the commit of the first sighting need
/// not have; that one stands in the description.
fn commit(origin: &Origin) -> Commit {
    let is_of_head = origin.kind == OriginKind::History && origin.in_head;
    let known = origin.commit.as_ref().filter(|id| !id.is_empty() && !is_of_head);
    match known {
        Some(id) => Commit { sha: id.clone(), date: origin.author_time.clone() },
        None => Commit { sha: NO_COMMIT.to_owned(), date: None },
    }
}

fn tracking(finding: &Finding, number: u32, location: &Location) -> Tracking {
    let fingerprint = finding.fingerprint.as_str();
    let digits = fingerprint.split_once(':').map_or(fingerprint, |(_, digits)| digits);
    let signature = Signature { algorithm: "hash", value: format!("{digits}:{number}") };
    let Location { file, start_line, end_line, .. } = location;
    let item = Tracked { file: file.clone(), start_line: *start_line, end_line: *end_line, signatures: [signature] };
    Tracking { kind: "source", items: [item] }
}

fn details(finding: &Finding) -> BTreeMap<&'static str, Detail> {
    let text = |name, value: &str| Detail { name, kind: "text", value: printable(value).into_owned() };
    let mut all = BTreeMap::from([("finding", text("Finding", finding.fingerprint.as_str()))]);
    if let Some(secret) = &finding.secret {
        all.insert("key", text("Key", &secret.masked));
        all.insert("secret", text("Fingerprint of the key", secret.fingerprint.as_str()));
    }
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use serde_json::Value;

    use super::{super::sample, *};
    use crate::model::{Live, Verdict, Verification};

    /// Holds `report` to what the schema demands, and returns its findings.
    #[track_caller]
    fn checked(report: &Report) -> Vec<Value> {
        let page: Value = serde_json::from_str(&sample::written(&Gitlab, report)).unwrap();
        let text = |value: &Value, longest: usize| {
            let text = value.as_str().unwrap_or_else(|| panic!("{value} is no text"));
            assert!((1..=longest).contains(&text.chars().count()), "{text:?}");
            text.to_owned()
        };
        assert_eq!(page["version"], "15.2.1");
        let scan = &page["scan"];
        assert_eq!(scan["type"], "secret_detection");
        assert!(["success", "failure"].contains(&scan["status"].as_str().unwrap()));
        for time in ["start_time", "end_time"] {
            let form: String =
                scan[time].as_str().unwrap().chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
            assert_eq!(form, "9999-99-99T99:99:99");
        }
        for program in [&scan["analyzer"], &scan["scanner"]] {
            for value in [&program["id"], &program["name"], &program["version"], &program["vendor"]["name"]] {
                text(value, usize::MAX);
            }
        }
        for message in scan["messages"].as_array().unwrap() {
            assert!(["info", "warn", "fatal"].contains(&message["level"].as_str().unwrap()));
            text(&message["value"], usize::MAX);
        }
        let mut ids = BTreeSet::new();
        let all = page["vulnerabilities"].as_array().unwrap();
        for one in all {
            assert!(ids.insert(text(&one["id"], 36)), "{one:#} has the id of another");
            text(&one["name"], 255);
            text(&one["description"], 1_048_576);
            text(&one["solution"], 7_000);
            let severities = ["Info", "Unknown", "Low", "Medium", "High", "Critical"];
            assert!(severities.contains(&one["severity"].as_str().unwrap()));
            assert!(!one["identifiers"].as_array().unwrap().is_empty());
            for identifier in one["identifiers"].as_array().unwrap() {
                for key in ["type", "name", "value"] {
                    text(&identifier[key], usize::MAX);
                }
            }
            for link in one["links"].as_array().unwrap() {
                assert!(link["url"].as_str().unwrap().starts_with("https://"), "{link}");
            }
            for detail in one["details"].as_object().unwrap().values() {
                assert_eq!(detail["type"], "text");
                text(&detail["name"], usize::MAX);
                assert!(detail["value"].is_string());
            }
            text(&one["location"]["commit"]["sha"], usize::MAX);
            assert!(one["location"]["file"].is_string());
            assert!(one["location"]["start_line"].as_u64().unwrap() >= 1);
            assert!(one["location"]["end_line"].as_u64() >= one["location"]["start_line"].as_u64());
            let tracked = &one["tracking"]["items"][0];
            assert_eq!((&one["tracking"]["type"], &tracked["file"]), (&"source".into(), &one["location"]["file"]));
            assert_eq!(tracked["start_line"], one["location"]["start_line"]);
            assert_eq!(tracked["signatures"][0]["algorithm"], "hash");
            text(&tracked["signatures"][0]["value"], usize::MAX);
            assert_eq!(one.get("raw_source_code_extract"), None);
        }
        all.clone()
    }

    #[test]
    fn a_report_says_what_was_found_where_and_what_was_not_read() {
        insta::assert_snapshot!("gitlab", sample::written(&Gitlab, &sample::report()));
        assert_eq!(checked(&sample::report()).len(), 3);
    }

    #[test]
    fn a_clean_run_is_a_success_without_findings() {
        assert_eq!(checked(&sample::clean()), [Value::Null; 0]);
        let page: Value = serde_json::from_str(&sample::written(&Gitlab, &sample::clean())).unwrap();
        assert_eq!(page["scan"]["status"], "success");
    }

    #[test]
    fn ids_are_those_of_the_content_and_differ_between_places() {
        let finding = sample::report().findings.remove(0);
        let ids = |lines: [u32; 2]| {
            let findings = lines.map(|line| {
                let mut finding = finding.clone();
                (finding.location.start_line, finding.location.end_line) = (line, line);
                finding
            });
            checked(&sample::with(findings.to_vec())).iter().map(|one| one["id"].clone()).collect::<Vec<_>>()
        };
        let first = ids([1, 2]);
        assert_ne!(first[0], first[1]);
        assert_eq!(first, ids([7, 9]), "moved lines keep their ids");
    }

    #[test]
    fn keys_at_one_line_have_signatures_of_their_own_that_stay_when_lines_move() {
        let findings = sample::report().findings;
        let signatures = |line: u32| {
            let [mut one, mut other] = [findings[0].clone(), findings[2].clone()];
            for finding in [&mut one, &mut other] {
                finding.rule = findings[0].rule.clone();
                finding.location.path = "a.py".into();
                (finding.location.start_line, finding.location.end_line) = (line, line);
            }
            let all = checked(&sample::with(vec![one.clone(), other, one]));
            all.iter().map(|one| one["tracking"]["items"][0]["signatures"][0]["value"].clone()).collect::<Vec<_>>()
        };
        let first = signatures(1);
        assert_eq!(first.iter().map(Value::to_string).collect::<BTreeSet<_>>().len(), 3, "{first:?}");
        assert_eq!(first, signatures(7));
    }

    #[test]
    fn the_commit_is_one_that_has_the_place_or_none() {
        let mut finding = sample::report().findings.remove(2);
        let sha = |finding: &Finding| {
            let one = checked(&sample::with(vec![finding.clone()])).remove(0);
            (one["location"]["commit"]["sha"].as_str().unwrap().to_owned(), one["description"].to_string())
        };
        finding.origin.kind = OriginKind::History;
        finding.origin.commit = Some("1f2e3d4c5b6a79880123".into());
        finding.origin.in_head = false;
        assert_eq!(sha(&finding).0, "1f2e3d4c5b6a79880123");
        finding.origin.in_head = true;
        let (of_head, description) = sha(&finding);
        assert_eq!(of_head, NO_COMMIT);
        assert!(description.contains("first in 1f2e3d4c5b6a"), "{description}");
        finding.origin.kind = OriginKind::Diff;
        assert_eq!(sha(&finding).0, "1f2e3d4c5b6a79880123", "a range is told where its commit has it");
    }

    #[test]
    fn severities_follow_the_rank() {
        let mut report = sample::report();
        report.findings.truncate(3);
        report.findings[0].severity = Severity::Note;
        report.findings[2].severity = Severity::Warning;
        let said = |report: &Report| {
            checked(report).iter().map(|one| one["severity"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(said(&report), ["Info", "Critical", "Medium"]);
        report.findings[2].severity = Severity::Error;
        report.findings[2].verification = Verification::of(Verdict::Live(Live::Ok));
        assert_eq!(said(&report)[2], "Critical");
    }

    #[test]
    fn a_member_of_an_archive_is_told_in_words_and_its_file_pointed_at() {
        let mut finding = sample::report().findings.remove(2);
        finding.origin.archive = vec!["app/.env".into()];
        let one = checked(&sample::with(vec![finding])).remove(0);
        assert_eq!((&one["location"]["start_line"], &one["location"]["end_line"]), (&1.into(), &1.into()));
        assert!(one["description"].as_str().unwrap().contains("src/app.py > app/.env:3:26"), "{one:#}");
    }

    proptest! {
        #[test]
        fn whatever_the_names_say_the_report_keeps_the_schema(path in any::<String>(), message in any::<String>()) {
            prop_assert_eq!(checked(&sample::named(path, message)).len(), 1);
        }
    }
}
