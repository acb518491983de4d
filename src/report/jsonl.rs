//! One record a line: a header, the findings, a footer. Made to be cut, filtered and merged; a missing footer shows a run that was
//! cut off.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::Format;
use crate::{model::Report, rules::RuleSet};

/// The format.
pub(super) struct Jsonl;

impl Format for Jsonl {
    fn write(&self, report: &Report, _: &RuleSet, out: &mut dyn Write) -> io::Result<()> {
        let mut record = |value: &Value| writeln!(out, "{value}");
        record(&json!({
            "type": "header",
            "schema": report.schema,
            "tool": report.tool,
            "mode": report.coverage.mode,
        }))?;
        for finding in &report.findings {
            let mut value = serde_json::to_value(finding)?;
            value["type"] = json!("finding");
            record(&value)?;
        }
        record(&json!({
            "type": "summary",
            "coverage": report.coverage,
            "summary": report.summary,
            "notices": report.notices,
        }))
    }
}
