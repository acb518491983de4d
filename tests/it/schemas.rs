//! The schemas say what there is: every report fits its schema and has no member that it does not describe, and so do the rule files and the
//! configurations of the pages.
//!
//! The few words of JSON Schema that ours use are judged here. One that is not known ends the test, so that nothing passes because nobody looked.

use std::fs;

use serde_json::Value;

use crate::{docs, hook::Repo, support::Ran};

/// A schema that values are held to.
struct Schema(Value);

/// Whether members may stand in a value that are not described: beside a choice the rest of them is described elsewhere.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Others {
    Refused,
    Allowed,
}

impl Schema {
    fn of(name: &str) -> Self {
        Self(serde_json::from_str(&fs::read_to_string(format!("schemas/{name}.json")).unwrap()).unwrap())
    }

    /// What is wrong with `value`.
    fn faults(&self, value: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        self.look(&self.0, value, "$", Others::Refused, &mut faults);
        faults
    }

    fn fits(&self, node: &Value, value: &Value) -> bool {
        let mut faults = Vec::new();
        self.look(node, value, "", Others::Allowed, &mut faults);
        faults.is_empty()
    }

    fn look(&self, node: &Value, value: &Value, at: &str, others: Others, faults: &mut Vec<String>) {
        let Some(words) = node.as_object() else { return };
        for (word, wanted) in words {
            let holds = match word.as_str() {
                "$ref" => {
                    let name = wanted.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                    self.look(&self.0["$defs"][name], value, at, others, faults);
                    true
                }
                "type" => is_of(wanted, value),
                "const" => wanted == value,
                "enum" => wanted.as_array().unwrap().contains(value),
                "anyOf" | "oneOf" => {
                    let fitting: Vec<&Value> =
                        wanted.as_array().unwrap().iter().filter(|node| self.fits(node, value)).collect();
                    // What fits is looked at again, for what it does not describe.
                    if let ([only], false) = (&fitting[..], words.contains_key("properties")) {
                        self.look(only, value, at, others, faults);
                    }
                    if word == "oneOf" { fitting.len() == 1 } else { !fitting.is_empty() }
                }
                "items" => {
                    for (number, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.look(wanted, item, &format!("{at}[{number}]"), others, faults);
                    }
                    true
                }
                "properties" => {
                    self.members(words, value, at, others, faults);
                    true
                }
                "additionalProperties" if wanted.is_object() => {
                    let known = &node["properties"];
                    for (key, member) in value.as_object().into_iter().flatten().filter(|(key, _)| known[key].is_null())
                    {
                        self.look(wanted, member, &format!("{at}.{key}"), others, faults);
                    }
                    true
                }
                "required" => wanted
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|key| !value.is_object() || value.get(key.as_str().unwrap()).is_some()),
                "minimum" => value.as_f64().is_none_or(|number| number >= wanted.as_f64().unwrap()),
                "maximum" => value.as_f64().is_none_or(|number| number <= wanted.as_f64().unwrap()),
                "minLength" => value.as_str().is_none_or(|text| text.len() as u64 >= wanted.as_u64().unwrap()),
                "pattern" => value
                    .as_str()
                    .is_none_or(|text| regex::Regex::new(wanted.as_str().unwrap()).unwrap().is_match(text)),
                "$schema"
                | "$defs"
                | "title"
                | "description"
                | "default"
                | "examples"
                | "format"
                | "additionalProperties" => true,
                other => panic!("`{other}` is not known to this test"),
            };
            if !holds {
                faults.push(format!("{at}: `{word}` {wanted} does not hold for {value}"));
            }
        }
    }

    /// The members of an object, all of which must be described where nothing else describes them.
    fn members(
        &self,
        words: &serde_json::Map<String, Value>,
        value: &Value,
        at: &str,
        others: Others,
        faults: &mut Vec<String>,
    ) {
        let is_elsewhere = |word: &str| words.get(word).is_some_and(|node| node != false);
        let is_whole =
            others == Others::Refused && !["oneOf", "anyOf", "additionalProperties"].into_iter().any(is_elsewhere);
        for (key, member) in value.as_object().into_iter().flatten() {
            match words["properties"].get(key) {
                Some(node) => self.look(node, member, &format!("{at}.{key}"), others, faults),
                None if is_whole => faults.push(format!("{at}: `{key}` is not described")),
                None => {}
            }
        }
    }
}

fn is_of(wanted: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        other => panic!("`{other}` is no type"),
    };
    match wanted {
        Value::Array(names) => names.iter().any(|name| is(name.as_str().unwrap())),
        name => is(name.as_str().unwrap()),
    }
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

/// TOML as JSON, with dates as texts, as tools that check TOML see them.
fn of_toml(text: &str) -> Value {
    of_value(&toml::Value::Table(text.parse().unwrap()))
}

fn of_value(value: &toml::Value) -> Value {
    match value {
        toml::Value::Datetime(date) => Value::String(date.to_string()),
        toml::Value::Array(items) => items.iter().map(of_value).collect(),
        toml::Value::Table(table) => table.iter().map(|(key, item)| (key.clone(), of_value(item))).collect(),
        plain => serde_json::to_value(plain).unwrap(),
    }
}

#[test]
fn every_report_fits_its_schema() {
    let repo: Repo = docs::repository();
    let config =
        "[[allow]]\npath = 'more.py'\nreason = 'a sample'\n\n[[allow]]\nrule = 'openai'\npath = 'none'\nreason = 'x'\n";
    repo.file("keyward.toml", config);
    for (name, arguments) in [
        ("report", &["-f", "json", "--show-suppressed", "--repo-id", "acme/api"][..]),
        ("report", &["-f", "json", "--staged"]),
        ("report", &["-f", "json", "--diff", "main..HEAD"]),
        ("report", &["-f", "json", "--history"]),
        ("report", &["-f", "json", "--shard", "1/2"]),
        ("inventory", &["inventory", "-f", "json"]),
        ("doctor", &["doctor", "-f", "json"]),
    ] {
        let report = json(&repo.keyward(arguments));
        assert_eq!(Schema::of(name).faults(&report), Vec::<String>::new(), "{arguments:?}");
    }
}

#[test]
fn every_rule_file_and_every_configuration_of_the_pages_fits_its_schema() {
    let rules = Schema::of("rules");
    for entry in fs::read_dir("rules").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            assert_eq!(
                rules.faults(&of_toml(&fs::read_to_string(&path).unwrap())),
                Vec::<String>::new(),
                "{}",
                path.display()
            );
        }
    }
    let config = Schema::of("config");
    for (page, text) in docs::configurations() {
        assert_eq!(config.faults(&of_toml(&text)), Vec::<String>::new(), "{page}");
    }
}

#[test]
fn a_schema_refuses_what_is_wrong() {
    let config = Schema::of("config");
    for wrong in [
        "onyl = []",
        "skip = 3",
        "fail-on = 'maybe'",
        "max-file-size = true",
        "[[allow]]\npath = 'x'",
        "[[allow]]\nreason = ''",
    ] {
        assert!(!config.faults(&of_toml(wrong)).is_empty(), "{wrong}");
    }
    let mut report = json(&docs::repository().keyward(&["-f", "json"]));
    report["findings"][0]["severity"] = Value::from("fatal");
    report["findings"][0]["extra"] = Value::from(1);
    let faults = Schema::of("report").faults(&report);
    assert!(faults.iter().any(|fault| fault.starts_with("$.findings[0].severity: ")), "{faults:?}");
    assert!(faults.contains(&"$.findings[0]: `extra` is not described".to_owned()), "{faults:?}");
    report["findings"][0]["secret"]["value"] = Value::from("x");
    let faults = Schema::of("report").faults(&report);
    assert!(faults.contains(&"$.findings[0].secret: `value` is not described".to_owned()), "{faults:?}");
}

#[test]
fn every_key_is_described() {
    fn look(node: &Value, at: &str, silent: &mut Vec<String>) {
        for (key, member) in node["properties"].as_object().into_iter().flatten() {
            if member["description"].as_str().is_none_or(str::is_empty) {
                silent.push(format!("{at}.{key}"));
            }
            look(member, &format!("{at}.{key}"), silent);
        }
        for (key, member) in node["$defs"].as_object().into_iter().flatten() {
            look(member, key, silent);
        }
    }
    let mut silent = Vec::new();
    for name in ["config", "report", "rules", "inventory", "doctor"] {
        look(&Schema::of(name).0, name, &mut silent);
    }
    assert_eq!(silent, Vec::<String>::new());
}
