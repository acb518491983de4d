//! Turns `rules/*.toml` into JSON documents that the library embeds.
//!
//! TOML is for the people who write rules; parsing a hundred files of it on every start would cost more than scanning a
//! commit. JSON of the same data parses several times faster and goes through the same `serde` structs, so there is
//! still one definition of what a rule is. The examples, a third of it all, go into a document of their own, because no scan
//! needs them, and the digest of the rest is made here for the same reason. The words of checks in `rules/checks` take the
//! same way. Whether the rules make sense is not decided here but by `cargo test`.

use std::{env, fs, path::Path};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// What a rule shows by example.
const EXAMPLES: [&str; 2] = ["match", "no-match"];

fn main() {
    println!("cargo::rerun-if-changed=rules");
    let mut providers = documents("rules");
    let examples = take_examples(&mut providers);
    let tables = take_tables(&mut providers);
    let rules = serde_json::to_vec(&providers).expect("JSON values serialise");
    write("rules.sha256", &Sha256::digest(&rules));
    write("rules.json", &rules);
    write("verify.json", &serde_json::to_vec(&tables).expect("JSON values serialise"));
    write("examples.json", &serde_json::to_vec(&examples).expect("JSON values serialise"));
    write("checks.json", &serde_json::to_vec(&documents("rules/checks")).expect("JSON values serialise"));
}

/// What the TOML files of `folder` say, in the order of their names.
fn documents(folder: &str) -> Vec<Value> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the crate has its folders of rules")
        .map(|entry| entry.expect("the folder is readable").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    files
        .iter()
        .map(|path| {
            let text = fs::read_to_string(path).expect("a rule file is readable text");
            let value: toml::Value =
                toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            serde_json::to_value(value).expect("TOML without dates is JSON")
        })
        .collect()
}

/// Moves the examples out of the rules, each under its rule's id.
fn take_examples(providers: &mut [Value]) -> Map<String, Value> {
    let mut examples = Map::new();
    for rule in providers.iter_mut().filter_map(|provider| provider["rule"].as_array_mut()).flatten() {
        let id = rule["id"].as_str().expect("a rule has an id").to_owned();
        let rule = rule.as_object_mut().expect("a rule is a table");
        let shown = EXAMPLES.iter().filter_map(|key| Some(((*key).to_owned(), rule.remove(*key)?)));
        examples.insert(id, Value::Object(shown.collect()));
    }
    examples
}

/// Moves the tables of verification out of providers and rules: a scan needs them only when it is told to verify. Their examples are for tests.
fn take_tables(providers: &mut [Value]) -> Value {
    let take = |holder: &mut Value| {
        let mut table = holder.as_object_mut()?.remove("verify")?;
        table.as_object_mut()?.remove("example");
        Some(table)
    };
    let (mut of_providers, mut of_rules) = (Map::new(), Map::new());
    for file in providers {
        let id = file["provider"]["id"].as_str().expect("a provider has an id").to_owned();
        of_providers.extend(take(&mut file["provider"]).map(|table| (id, table)));
        for rule in file["rule"].as_array_mut().into_iter().flatten() {
            let id = rule["id"].as_str().expect("a rule has an id").to_owned();
            of_rules.extend(take(rule).map(|table| (id, table)));
        }
    }
    Value::from_iter([("providers", Value::Object(of_providers)), ("rules", Value::Object(of_rules))])
}

fn write(name: &str, bytes: &[u8]) {
    let out = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join(name), bytes).expect("OUT_DIR is writable");
}
