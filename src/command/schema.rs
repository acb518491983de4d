//! `keyward schema`: JSON schemas of what keyward reads and writes, made from the types that read and write it.

use schemars::{JsonSchema, Schema, schema_for};
use serde_json::json;

use crate::{
    cli::SchemaOf,
    command::doctor::{self, Checkup},
    config,
    inventory::{self, Inventory},
    model::{self, Report},
    rules::{ProviderFile, RuleSet},
};

/// The schema as text.
///
/// # Panics
/// Never: a schema is always JSON.
#[must_use]
pub fn text(of: SchemaOf) -> String {
    let schema = match of {
        SchemaOf::Report => titled::<Report>("keyward report", model::SCHEMA),
        SchemaOf::Inventory => titled::<Inventory>("keyward inventory", inventory::SCHEMA),
        SchemaOf::Config => config::schema(),
        SchemaOf::Doctor => titled::<Checkup>("keyward doctor", doctor::SCHEMA),
        SchemaOf::Rules => titled::<ProviderFile>("keyward rule file", "keyward/rules/1"),
    };
    serde_json::to_string_pretty(&schema).expect("a schema is JSON") + "\n"
}

fn titled<T: JsonSchema>(title: &str, version: &str) -> Schema {
    let mut schema = schema_for!(T);
    schema.insert("title".into(), json!(title));
    schema.insert("description".into(), json!(format!("Format version {version}")));
    if let Some(rule) = schema.pointer_mut("/$defs/RuleId") {
        // The built-in rules are the known values; a user's own may be any other.
        let known: Vec<String> = RuleSet::builtin().iter().map(|(_, rule)| rule.id().to_string()).collect();
        rule["examples"] = json!(known);
    }
    schema
}
