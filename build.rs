//! Turns `rules/*.toml` into one JSON document that the library embeds.
//!
//! TOML is for the people who write rules; parsing sixty files of it on every start would cost more than scanning a
//! commit. JSON of the same data parses several times faster and goes through the same `serde` structs, so there is
//! still one definition of what a rule is. Whether the rules make sense is not decided here but by `cargo test`.

use std::{env, fs, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=rules");
    let mut files: Vec<_> = fs::read_dir("rules")
        .expect("the crate has a folder `rules`")
        .map(|entry| entry.expect("`rules` is readable").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    let providers: Vec<serde_json::Value> = files
        .iter()
        .map(|path| {
            let text = fs::read_to_string(path).expect("a rule file is readable text");
            let value: toml::Value =
                toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            serde_json::to_value(value).expect("TOML without dates is JSON")
        })
        .collect();
    let out = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    let json = serde_json::to_vec(&providers).expect("JSON values serialise");
    fs::write(Path::new(&out).join("rules.json"), json).expect("OUT_DIR is writable");
}
