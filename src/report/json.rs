//! `keyward/1` for programs: one object, or one record per line.
//!
//! The shape is that of `model::Report`; nothing is renamed or left out here, so the contract has one definition. In the line format
//! every record says its `type`; the header comes first, so that a reader knows version, mode and shard before the first finding, and
//! the summary last, so that a file without one is seen to be cut off. `read` is the way back.

use std::io;

use serde::Serialize;

use super::Format;
use crate::{
    model::{Coverage, Finding, Mode, Notice, RepoId, Report, Shard, Summary, Tool},
    rules::RuleSet,
};

/// One object, indented.
pub(super) struct Json;

impl Format for Json {
    fn write(&self, report: &Report, _: &RuleSet, out: &mut dyn io::Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, report)?;
        out.write_all(b"\n")
    }
}

/// One record per line.
pub(super) struct Jsonl;

/// A line.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Record<'a> {
    Header {
        schema: &'static str,
        tool: &'a Tool,
        mode: Mode,
        repo_id: Option<&'a RepoId>,
        repos: &'a [RepoId],
        shard: Option<Shard>,
    },
    Finding(&'a Finding),
    Summary {
        coverage: &'a Coverage,
        summary: Summary,
        notices: &'a [Notice],
    },
}

impl Format for Jsonl {
    fn write(&self, report: &Report, _: &RuleSet, out: &mut dyn io::Write) -> io::Result<()> {
        let Report { schema, tool, repo_id, repos, shard, coverage, summary, findings, notices } = report;
        let header =
            Record::Header { schema, tool, mode: coverage.mode, repo_id: repo_id.as_ref(), repos, shard: *shard };
        let footer = Record::Summary { coverage, summary: *summary, notices };
        for record in std::iter::once(header).chain(findings.iter().map(Record::Finding)).chain([footer]) {
            serde_json::to_writer(&mut *out, &record)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};

    #[test]
    fn the_object_has_the_keys_and_nulls_of_the_contract() {
        let report = sample::report();
        let text = sample::written(&Json, &sample::with(vec![report.findings[2].clone()]));
        insta::assert_snapshot!("json", text);
    }

    #[test]
    fn a_finding_without_a_secret_says_null_not_nothing() {
        let mut finding = sample::report().findings.remove(0);
        finding.secret = None;
        let text = sample::written(&Json, &sample::with(vec![finding]));
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let finding = value["findings"][0].as_object().unwrap();
        for key in ["secret", "suppressed"] {
            assert!(finding[key].is_null(), "{key}");
        }
        for key in ["decoded", "exposure", "related", "fixes"] {
            assert_eq!(finding[key], serde_json::json!([]), "{key}");
        }
        for key in ["excerpt", "line_hash", "revealed"] {
            assert!(!text.contains(key), "{key}");
        }
    }

    #[test]
    fn every_line_is_a_record_that_says_its_type() {
        let text = sample::written(&Jsonl, &sample::report());
        let records: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let types: Vec<&str> = records.iter().map(|record| record["type"].as_str().unwrap()).collect();
        assert_eq!(types, ["header", "finding", "finding", "finding", "finding", "summary"]);
        assert_eq!(
            records[0],
            serde_json::json!({"type": "header", "schema": "keyward/1", "mode": "tree", "repo_id": null, "repos": [],
                "shard": null, "tool": {"name": "keyward", "version": "0.1.0", "rules": "0".repeat(64)}})
        );
        assert_eq!(records[2]["location"]["path"], sample::HOSTILE);
        let summary = &records[5];
        assert_eq!(summary["coverage"]["skipped"].as_array().unwrap().len(), 3);
        assert_eq!(summary["summary"]["suppressed"], 1);
        assert_eq!(summary["notices"][0]["code"], "stale-allow");
        assert!(text.ends_with("}\n") && !text.contains("\n\n"));
    }

    #[test]
    fn a_revealed_secret_never_reaches_a_machine_format() {
        let mut report = sample::report();
        let secret = report.findings[0].secret.as_mut().unwrap();
        secret.revealed = Some("the whole key".into());
        assert!(!sample::written(&Json, &report).contains("the whole key"));
        assert!(!sample::written(&Jsonl, &report).contains("the whole key"));
    }
}
