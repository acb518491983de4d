//! The shape of `keyward.toml`: exactly what may stand in it.
//!
//! These structs are the documentation of the format, since the JSON schema comes from them. They hold what was
//! written, with its place; whether it makes sense is decided in [`super::check`]. Dates and sizes are kept as TOML
//! values, because both may be written in two ways and a mistake in either deserves a better sentence than serde has.

use std::{borrow::Cow, collections::BTreeSet};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use toml::Spanned;

use crate::{
    cli::FailOn,
    rules::{GROUPS, RuleSet, RuleSpec, checks},
};

/// Policy of a repository, read from `keyward.toml`, `.keyward.toml` or `.github/keyward.toml` at its root.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(title = "keyward.toml")]
pub(super) struct ConfigFile {
    /// Run only these rules: ids, providers or groups. `--only` replaces it.
    #[schemars(with = "Vec<RuleName>")]
    pub(super) only: Vec<Spanned<String>>,
    /// Leave out these rules: ids, providers or groups. `--skip` replaces it.
    #[schemars(with = "Vec<RuleName>")]
    pub(super) skip: Vec<Spanned<String>>,
    /// Least severity that makes the exit code 1. `--fail-on` replaces it.
    pub(super) fail_on: Option<FailOn>,
    /// Files that are not read, as in .gitignore, relative to the root. The report counts them as excluded.
    #[schemars(with = "Vec<String>")]
    pub(super) exclude: Vec<Spanned<String>>,
    /// List of accepted findings, relative to the root and inside it. `--baseline` replaces it.
    #[schemars(with = "Option<String>")]
    pub(super) baseline: Option<Spanned<String>>,
    /// Skip files larger than this, such as "5M". `--max-file-size` replaces it.
    #[schemars(with = "Option<Size>")]
    pub(super) max_file_size: Option<Spanned<toml::Value>>,
    /// For how many days a key may stand in the history before `key-older-than` says so.
    pub(super) max_key_age_days: Option<u32>,
    /// Findings that are no leak, each with the reason.
    #[serde(rename = "allow")]
    #[schemars(with = "Vec<AllowEntry>")]
    pub(super) allows: Vec<Spanned<AllowEntry>>,
    /// Rules of this repository, beside those that come with keyward.
    #[serde(rename = "rule")]
    #[schemars(with = "Vec<RuleSpec>")]
    pub(super) rules: Vec<Spanned<RuleSpec>>,
}

/// A finding that is no leak. At least one of `rule`, `path` and `fingerprint`; all that are given must hold.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AllowEntry {
    /// A rule, a provider or a group.
    #[schemars(with = "Option<RuleName>")]
    pub(super) rule: Option<Spanned<String>>,
    /// Where it holds: a glob as in .gitignore, relative to the root.
    #[schemars(with = "Option<String>")]
    pub(super) path: Option<Spanned<String>>,
    /// Fingerprint of a finding or of a secret, as the report shows it.
    #[schemars(with = "Option<String>", regex(pattern = "^kw1:[0-9a-f]{24}$"))]
    pub(super) fingerprint: Option<Spanned<String>>,
    /// Why it is no leak.
    #[schemars(required, with = "String", length(min = 1))]
    pub(super) reason: Option<Spanned<String>>,
    /// Last day on which the entry holds, such as 2026-12-31.
    #[schemars(with = "Option<Day>")]
    pub(super) expires: Option<Spanned<toml::Value>>,
}

/// In the schema only: known names are offered, others accepted, because rules of one's own have names too.
struct RuleName;

impl JsonSchema for RuleName {
    fn schema_name() -> Cow<'static, str> {
        "RuleName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names = names(&RuleSet::builtin());
        json_schema!({
            "description": "A rule, a provider or a group.",
            "anyOf": [{ "enum": names }, { "type": "string" }]
        })
    }
}

/// In the schema only: a size is a number of bytes or a text with a unit.
struct Size;

impl JsonSchema for Size {
    fn schema_name() -> Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Bytes, or a text with k, M or G.",
            "anyOf": [{ "type": "integer", "minimum": 0 }, { "type": "string", "examples": ["5M"] }]
        })
    }
}

/// In the schema only: tools for TOML check a date as a text.
struct Day;

impl JsonSchema for Day {
    fn schema_name() -> Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "A TOML date or YYYY-MM-DD as text.", "type": "string", "format": "date" })
    }
}

/// Every name that selects something in `rules`: ids, providers, groups.
pub(super) fn names(rules: &RuleSet) -> BTreeSet<String> {
    let of_rules = rules.iter().flat_map(|(_, rule)| [rule.id().as_str(), rule.provider.id.as_str()]);
    of_rules.chain(GROUPS).chain(checks().iter().map(|check| check.id.as_str())).map(str::to_owned).collect()
}

/// JSON schema of the configuration file, for editors.
#[must_use]
pub fn schema() -> Schema {
    schemars::schema_for!(ConfigFile)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json() -> serde_json::Value {
        serde_json::to_value(schema()).unwrap()
    }

    #[test]
    fn the_schema_has_every_key_as_it_is_written() {
        let json = json();
        let keys: Vec<&String> = json["properties"].as_object().unwrap().keys().collect();
        assert_eq!(
            keys,
            ["allow", "baseline", "exclude", "fail-on", "max-file-size", "max-key-age-days", "only", "rule", "skip"]
        );
        assert_eq!(json["additionalProperties"], false);
        assert_eq!(json["title"], "keyward.toml");
    }

    #[test]
    fn the_schema_offers_rule_names_and_accepts_others() {
        let name = &json()["$defs"]["RuleName"]["anyOf"];
        let offered: Vec<&str> = name[0]["enum"].as_array().unwrap().iter().filter_map(|name| name.as_str()).collect();
        assert!(offered.contains(&"openai-api-key") && offered.contains(&"openai") && offered.contains(&"secrets"));
        assert_eq!(name[1]["type"], "string");
    }

    #[test]
    fn the_schema_asks_for_the_reason_of_an_allow_entry() {
        let entry = &json()["$defs"]["AllowEntry"];
        assert_eq!(entry["required"], serde_json::json!(["reason"]));
        assert_eq!(entry["properties"]["reason"]["minLength"], 1);
        assert_eq!(entry["properties"]["fingerprint"]["pattern"], "^kw1:[0-9a-f]{24}$");
    }
}
