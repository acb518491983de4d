//! One JSON object, schema `keyward/1`: the model as it is, since the model follows the contract.

use std::io::{self, Write};

use super::Format;
use crate::{model::Report, rules::RuleSet};

/// The format.
pub(super) struct Json;

impl Format for Json {
    fn write(&self, report: &Report, _: &RuleSet, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, report)?;
        writeln!(out)
    }
}
