//! The law of decoding: what every rule finds in its examples it finds in their encoded forms as well, wherever in a file these stand.
//!
//! Some rules rest on more than text: on the beginning of a line, which a name in front of the encoded form takes away, or on line breaks, which JSON
//! in JSON has in the innermost string only. What they find in the second case is the same key with its escapes.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    sync::Arc,
};

use super::wrapped;
use crate::{archives::pack::gzip, support::Project};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use keyward::{
    detect::{Detector, Text},
    model::Secret,
    rules::{RuleSet, template::expand},
};

/// A way to hide a text, and a name for it.
type Hiding = (&'static str, fn(&str) -> String);

fn each(text: &str, escape: impl Fn(&mut String, u8)) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        escape(&mut out, byte);
        out
    })
}

fn is_sign(byte: u8) -> bool {
    !byte.is_ascii_alphanumeric()
}

const HIDINGS: [Hiding; 19] = [
    ("base64", |text| format!("value: {}\n", STANDARD.encode(text))),
    ("base64-1", |text| format!("value: {}\n", STANDARD_NO_PAD.encode(format!(" {text}")))),
    ("base64-2", |text| format!("value: \"{}\"\n", STANDARD.encode(format!("  {text}")))),
    ("base64-url", |text| format!("?value={}&x=y\n", URL_SAFE_NO_PAD.encode(text))),
    ("base64-glued", |text| format!("{{\"a\": \"x\\n{}\"}}\n", STANDARD.encode(text))),
    ("base64-64", |text| format!("{}\n", wrapped(&STANDARD.encode(text), 64, "\n"))),
    ("base64-76", |text| format!("  a: |\n    {}\n", wrapped(&STANDARD.encode(text), 76, "\r\n    "))),
    ("base64-written", |text| format!("a = \"{}\"\n", wrapped(&STANDARD.encode(text), 60, "\\n"))),
    ("base64-twice", |text| format!("value: {}\n", STANDARD.encode(STANDARD.encode(text)))),
    ("base64-gzip", |text| format!("value: {}\n", STANDARD.encode(gzip(text)))),
    ("base64-utf16", |text| {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        format!("powershell -EncodedCommand {}\n", STANDARD.encode(units))
    }),
    ("hex", |text| format!("value = 0x{}\n", each(text, |out, byte| write!(out, "{byte:02x}").unwrap()))),
    ("hex-60", |text| wrapped(&each(text, |out, byte| write!(out, "{byte:02X}").unwrap()), 60, "\n")),
    ("percent", |text| {
        each(
            text,
            |out, byte| if is_sign(byte) { write!(out, "%{byte:02X}").unwrap() } else { out.push(char::from(byte)) },
        )
    }),
    ("percent-all", |text| each(text, |out, byte| write!(out, "%{byte:02x}").unwrap())),
    ("hex-escapes", |text| format!("\"{}\"", each(text, |out, byte| write!(out, "\\x{byte:02x}").unwrap()))),
    ("unicode-escapes", |text| {
        format!("\"{}\"", text.encode_utf16().fold(String::new(), |out, unit| out + &format!("\\u{unit:04x}")))
    }),
    ("html", |text| {
        text.chars().fold(String::new(), |out, c| {
            if c.is_ascii_alphanumeric() { out + &c.to_string() } else { out + &format!("&#{};", u32::from(c)) }
        })
    }),
    ("json-in-json", |text| {
        let inner = serde_json::json!({ "text": text }).to_string();
        serde_json::json!({ "inner": serde_json::json!({ "inner": inner }).to_string() }).to_string()
    }),
];

/// What is found as the private key that it holds before all of it is undone.
const PART_OF_AN_ACCOUNT: &str = "json-in-json/google-service-account-key/";
/// Rules whose texts begin a line.
const BEGIN_A_LINE: [&str; 3] = ["/credential-file-pgpass/", "/credential-file-netrc/", "/credential-file-pypirc/"];

#[test]
fn what_a_rule_finds_it_finds_in_every_encoded_form() {
    let detector = Detector::new(Arc::new(RuleSet::builtin()), &[]);
    let project = Project::new();
    let mut expected: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
    for (_, rule) in detector.rules().iter() {
        for (number, example) in rule.examples().0.iter().enumerate() {
            let text = expand(&example.text, &format!("law/{}/{number}", rule.id()));
            let name = example.path.clone().unwrap_or_else(|| "f.txt".to_owned());
            let found = detector.detect(Text { bytes: text.as_bytes(), path: Some(&name), binary: false }, None);
            let own = found.candidates.iter().filter(|found| detector.rules().at(found.rule).id() == rule.id());
            let secrets: BTreeSet<(String, String)> = own
                .map(|found| Secret::new(&text.as_bytes()[found.span.range()], 0).fingerprint().to_string())
                .map(|secret| (rule.id().as_str().to_owned(), secret))
                .collect();
            for (hiding, hide) in HIDINGS {
                let path = format!("{hiding}/{}/{number}/{name}", rule.id());
                project.file(&path, hide(&text));
                expected.insert(path, secrets.clone());
            }
        }
    }
    assert!(expected.len() > 5_000, "only {} texts are hidden", expected.len());
    let report = project.report(&["--only", "secrets", "--no-ignore", "--exit-zero"]);
    let mut found: BTreeMap<&str, BTreeSet<(String, String)>> = BTreeMap::new();
    for finding in report["findings"].as_array().unwrap() {
        let path = finding["location"]["path"].as_str().unwrap();
        let secret = finding["secret"]["fingerprint"].as_str().unwrap().to_owned();
        found.entry(path).or_default().insert((finding["rule"].as_str().unwrap().to_owned(), secret));
    }
    let is_found = |path: &str, secrets: &BTreeSet<(String, String)>| {
        let Some(found) = found.get(path) else { return false };
        let rules =
            |all: &BTreeSet<(String, String)>| all.iter().map(|(rule, _)| rule.clone()).collect::<BTreeSet<String>>();
        if path.starts_with("json-in-json/") {
            rules(secrets).is_subset(&rules(found))
        } else {
            secrets.is_subset(found)
        }
    };
    let missed: Vec<&String> = expected
        .iter()
        .filter(|(path, secrets)| !is_found(path, secrets) && !path.starts_with(PART_OF_AN_ACCOUNT))
        .filter(|(path, _)| !BEGIN_A_LINE.iter().any(|rule| path.contains(rule)))
        .map(|(path, _)| path)
        .collect();
    assert!(missed.is_empty(), "{} of {} are missed:\n{missed:#?}", missed.len(), expected.len());
}
