//! A file in an archive has the findings of the file, but for their origin.

use proptest::prelude::*;

use super::pack::{Member, bzip2, gzip, tar, xz, zip, zlib, zstd};
use crate::support::{Project, openai_key};

/// One wrapping of a file called `name`.
fn wrapped(way: u8, name: &str, bytes: &[u8]) -> (String, Vec<u8>) {
    match way % 8 {
        0 => ("a.zip".into(), zip(&[Member::deflated(name, bytes)])),
        1 => ("a.jar".into(), zip(&[Member::stored("first", "text\n"), Member::stored(name, bytes)])),
        2 => ("a.tar".into(), tar([(name, bytes)])),
        3 => ("a.tgz".into(), gzip(tar([("first", &b"text\n"[..]), (name, bytes)]))),
        4 => (format!("{name}.gz"), gzip(bytes)),
        5 => ("a.tar.xz".into(), xz(tar([(name, bytes)]))),
        6 => ("a.tar.zst".into(), zstd(tar([(name, bytes)]))),
        _ => (format!("{name}.bz2"), bzip2(bytes)),
    }
}

/// What is told of the one file of a project, without what depends on where it is.
fn told(name: &str, bytes: &[u8]) -> Vec<serde_json::Value> {
    let project = Project::new();
    project.file(name, bytes);
    let mut report = project.report(&["--only", "secrets", "--show-suppressed"]);
    let findings = report["findings"].as_array_mut().unwrap();
    for finding in &mut *findings {
        for part in ["origin", "fingerprint"] {
            finding.as_object_mut().unwrap().remove(part);
        }
        finding["location"]["path"].take();
    }
    std::mem::take(findings)
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(b"# a comment".to_vec()),
        "[ -~]{0,60}".prop_map(String::into_bytes),
        (0..3_u8).prop_map(|seed| format!("key: \"{}\"", openai_key(&seed.to_string())).into_bytes()),
        (0..3_u8).prop_map(|seed| {
            format!("key = '{}' # keyward: allow openai -- x", openai_key(&seed.to_string())).into_bytes()
        }),
        prop::collection::vec(any::<u8>(), 0..20),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn a_packed_file_has_the_findings_of_the_file(
        lines in prop::collection::vec(line(), 1..12),
        name in prop::sample::select(vec!["src/a.py", "deploy/values.yaml", "x.ini"]),
        ways in prop::collection::vec(any::<u8>(), 1..4),
    ) {
        let bytes = lines.join(&b'\n');
        let base = name.rsplit('/').next().unwrap();
        let (mut path, mut packed) = wrapped(ways[0], base, &bytes);
        for way in &ways[1..] {
            (path, packed) = wrapped(*way, &path, &packed);
        }
        prop_assert_eq!(told(base, &bytes), told(&path, &packed));
    }
}

#[test]
fn text_in_utf16_is_read_inside_as_outside() {
    let text = format!("a\r\nkey = \"{}\"\r\n", openai_key("a"));
    let bytes: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let plain = told("a.ps1", &bytes);
    assert_eq!(plain.len(), 1);
    assert_eq!(told("a.zz", &zlib(&bytes)), plain);
}
