//! Keys that are hidden by an encoding: found in every mode, at the place of what is encoded, and shown nowhere.

mod encodings;
mod hostile;
mod law;
mod modes;
mod notebooks;
mod places;
mod split;

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// In base64 with padding.
fn base64(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

/// `text` in lines of `width`, each but the first behind `between`.
fn wrapped(text: &str, width: usize, between: &str) -> String {
    let lines: Vec<&str> = text.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap()).collect();
    lines.join(between)
}

/// A Kubernetes secret that holds `key` and something harmless.
fn manifest(key: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: app\ndata:\n  LOG_LEVEL: {}\n  OPENAI_API_KEY: {}\n  ZONE: {}\n",
        base64("debug"),
        base64(key),
        base64("a fairly long name of a zone")
    )
}

/// `path:line:column-line:column rule decodings` of every finding.
fn findings(report: &serde_json::Value) -> Vec<String> {
    let show = |finding: &serde_json::Value| {
        let place = &finding["location"];
        let number = |name: &str| place[name].as_u64().unwrap();
        let decoded: Vec<&str> =
            finding["decoded"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        let archive = finding["origin"]["archive"].as_array().unwrap();
        let path = [&place["path"]].into_iter().chain(archive).map(|name| name.as_str().unwrap());
        let path = path.collect::<Vec<_>>().join(" > ");
        format!(
            "{path}:{}:{}-{}:{} {} {}",
            number("start_line"),
            number("start_column"),
            number("end_line"),
            number("end_column"),
            finding["rule"].as_str().unwrap(),
            decoded.join(",")
        )
    };
    report["findings"].as_array().unwrap().iter().map(show).collect()
}
