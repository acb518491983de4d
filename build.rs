//! Turns `rules/*.toml` into one JSON document that the library embeds.
//!
//! TOML is for the people who write rules; parsing sixty files of it on every start would cost more than scanning a
//! commit. JSON of the same data parses several times faster and goes through the same `serde` structs, so there is
//! still one definition of what a rule is. The words of checks in `rules/checks` take the same way. Whether the rules make sense is not decided
//! here but by `cargo test`.

use std::{env, fs, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=rules");
    embed("rules", "rules.json");
    embed("rules/checks", "checks.json");
}

/// Writes what all TOML files of `folder` say into one JSON file called `name`.
fn embed(folder: &str, name: &str) {
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the crate has its folders of rules")
        .map(|entry| entry.expect("the folder is readable").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    let documents: Vec<serde_json::Value> = files
        .iter()
        .map(|path| {
            let text = fs::read_to_string(path).expect("a rule file is readable text");
            let value: toml::Value =
                toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            serde_json::to_value(value).expect("TOML without dates is JSON")
        })
        .collect();
    let out = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    let json = serde_json::to_vec(&documents).expect("JSON values serialise");
    fs::write(Path::new(&out).join(name), json).expect("OUT_DIR is writable");
}
