//! Every format, in one another, with exact places.

use keyward::rules::template::expand;

use super::pack::{End, Member, bzip2, gzip, tar, tar_entry, xz, zip, zip_with, zlib, zstd};
use crate::support::{Project, openai_key};

/// A text with a key on line 3.
pub(super) fn config(seed: &str) -> String {
    format!("# settings\n\n  key = \"{}\"\n", openai_key(seed))
}

/// `path > way:line:column` of every finding.
pub(super) fn places(report: &serde_json::Value) -> Vec<String> {
    let show = |finding: &serde_json::Value| {
        let place = &finding["location"];
        let way = finding["origin"]["archive"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
        let path: Vec<&str> = [place["path"].as_str().unwrap()].into_iter().chain(way).collect();
        format!("{}:{}:{}", path.join(" > "), place["start_line"], place["start_column"])
    };
    report["findings"].as_array().unwrap().iter().map(show).collect()
}

fn found(name: &str, bytes: &[u8]) -> Vec<String> {
    let project = Project::new();
    project.file(name, bytes);
    places(&project.report(&["--only", "secrets"]))
}

#[test]
fn a_compressed_file_is_read_whatever_compressed_it() {
    let text = config("a");
    for (ending, bytes) in
        [("gz", gzip(&text)), ("zz", zlib(&text)), ("bz2", bzip2(&text)), ("xz", xz(&text)), ("zst", zstd(&text))]
    {
        assert_eq!(found(&format!("a.ini.{ending}"), &bytes), [format!("a.ini.{ending} > a.ini:3:10")]);
        assert_eq!(found("blob", &bytes), ["blob > blob:3:10"], "{ending}: what it is, its content tells");
    }
}

#[test]
fn streams_that_follow_one_another_are_one_file() {
    let (one, two) = (config("a"), config("b"));
    for (ending, bytes) in [
        ("gz", [gzip(&one), gzip(&two)].concat()),
        ("bz2", [bzip2(&one), bzip2(&two)].concat()),
        ("xz", [xz(&one), xz(&two)].concat()),
        ("zst", [zstd(&one), b"\x50\x2a\x4d\x18\x03\0\0\0abc".to_vec(), zstd(&two)].concat()),
    ] {
        let name = format!("a.{ending}");
        assert_eq!(found(&name, &bytes), [format!("{name} > a:3:10"), format!("{name} > a:6:10")]);
    }
}

#[test]
fn members_of_a_zip_are_read_stored_and_packed_by_any_usual_method() {
    let members = [
        Member::stored("s.ini", config("s")),
        Member::deflated("d.ini", config("d")),
        Member::packed("b.ini", 12, bzip2(config("b"))),
        Member::packed("x.ini", 95, xz(config("x"))),
        Member::packed("z.ini", 93, zstd(config("z"))),
    ];
    for end in [End::Plain, End::Zip64] {
        let places = found("lib.whl", &zip_with(&members, end));
        let expected = ["b", "d", "s", "x", "z"].map(|name| format!("lib.whl > {name}.ini:3:10"));
        assert_eq!(places, expected);
    }
}

#[test]
fn a_zip_behind_a_program_is_read_and_so_is_the_program() {
    let program = format!("#!/bin/sh\nKEY={}\n", openai_key("program"));
    for end in [End::Plain, End::Zip64] {
        let packed = zip_with(&[Member::deflated("a.ini", config("a"))], end);
        let project = Project::new();
        project.file("run", [program.as_bytes(), &packed].concat());
        let report = project.report(&["--only", "secrets"]);
        assert_eq!(places(&report), ["run:2:5", "run > a.ini:3:10"]);
        assert_eq!(report["notices"].as_array().unwrap().len(), 0, "{report}");
    }
}

#[test]
fn a_tar_is_read_with_long_names_links_and_extended_headers() {
    let long = format!("{}/a.ini", "deep/".repeat(40));
    let mut bytes = Vec::new();
    tar_entry(&mut bytes, long.as_bytes(), tar::EntryType::Regular, config("a").as_bytes());
    tar_entry(&mut bytes, b"link", tar::EntryType::Symlink, b"");
    tar_entry(&mut bytes, b"folder/", tar::EntryType::Directory, b"");
    tar_entry(&mut bytes, b"pax", tar::EntryType::XHeader, b"22 path=renamed/b.ini\n");
    tar_entry(&mut bytes, b"b.ini", tar::EntryType::Regular, config("b").as_bytes());
    bytes.extend([0; 1024]);
    let long = long.replace("//", "/");
    let expected = |name: &str| [format!("{name} > {long}:3:10"), format!("{name} > renamed/b.ini:3:10")];
    assert_eq!(found("all.tar", &bytes), expected("all.tar"));
    for (name, packed) in [
        ("a.tgz", gzip(&bytes)),
        ("a.tar.bz2", bzip2(&bytes)),
        ("a.tar.xz", xz(&bytes)),
        ("a.crate", gzip(&bytes)),
        ("a.tar.zst", zstd(&bytes)),
    ] {
        assert_eq!(found(name, &packed), expected(name), "a compressed tar is one archive");
    }
}

#[test]
fn a_tar_from_before_there_was_a_mark_is_read() {
    let mut bytes = Vec::new();
    tar_entry(&mut bytes, b"a.ini", tar::EntryType::Regular, config("a").as_bytes());
    bytes[257..265].fill(0);
    bytes[148..156].fill(b' ');
    let sum: u32 = bytes[..512].iter().map(|byte| u32::from(*byte)).sum();
    bytes[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    assert_eq!(found("old", &bytes), ["old > a.ini:3:10"]);
}

#[test]
fn archives_in_archives_are_opened_up_to_the_depth_that_is_asked_for() {
    let inner = gzip(tar([("src/a.ini", config("a"))]));
    let project = Project::new();
    project.file("outer.zip", zip(&[Member::deflated("lib/inner.tgz", inner)]));
    let report = project.report(&["--only", "secrets"]);
    assert_eq!(places(&report), ["outer.zip > lib/inner.tgz > src/a.ini:3:10"]);
    assert_eq!(report["coverage"]["complete"], true);
    let shallow = project.keyward(&["--max-archive-depth", "1", "-f", "json"]);
    let report: serde_json::Value = serde_json::from_str(&shallow.stdout).unwrap();
    assert_eq!((shallow.code, places(&report).len()), (2, 0), "what was not opened was not read");
    assert_eq!(report["notices"][0]["code"], "archive-too-deep");
    assert_eq!(report["notices"][0]["path"], "outer.zip");
    let unread = &report["coverage"]["skipped"];
    assert!(
        unread
            .as_array()
            .unwrap()
            .iter()
            .any(|skipped| { skipped["path"] == "outer.zip > lib/inner.tgz" && skipped["reason"] == "too-deep" }),
        "{unread}"
    );
    let closed = project.report(&["--max-archive-depth", "0"]);
    assert_eq!(closed["coverage"]["skipped"][0]["reason"], "binary", "as before there was any of this");
    assert_eq!(project.keyward(&["--max-archive-depth", "17"]).code, 2);
}

#[test]
fn images_are_read_as_docker_and_oci_write_them() {
    let layer = tar([("app/.env", format!("OPENAI_API_KEY={}\n", openai_key("layer")))]);
    let config = format!("{{\"config\":{{\"Env\":[\"OPENAI_API_KEY={}\"]}}}}", openai_key("config"));
    let saved = tar([
        ("0a/layer.tar", layer.clone()),
        ("0a.json", config.clone().into_bytes()),
        ("manifest.json", b"[]".to_vec()),
    ]);
    assert_eq!(found("image.tar", &saved), ["image.tar > 0a.json:1:35", "image.tar > 0a/layer.tar > app/.env:1:16"]);
    let project = Project::new();
    project
        .file("oci/blobs/sha256/11", gzip(&layer))
        .file("oci/blobs/sha256/22", config)
        .file("oci/blobs/sha256/33", zstd(&layer));
    let places = places(&project.report(&["--only", "secrets"]));
    assert_eq!(
        places,
        ["oci/blobs/sha256/11 > app/.env:1:16", "oci/blobs/sha256/22:1:35", "oci/blobs/sha256/33 > app/.env:1:16"]
    );
}

#[test]
fn a_rule_goes_by_the_path_inside() {
    // The rule of npm tokens without a prefix looks into `.npmrc` only.
    let line = format!("//registry.npmjs.org/:_authToken={}\n", expand("npm_{crc62:30}", "t"));
    let project = Project::new();
    project.file("home.tar", tar([("me/.npmrc", line)]));
    assert_eq!(places(&project.report(&["--only", "secrets"])), ["home.tar > me/.npmrc:1:34"]);
}

#[test]
fn what_stands_between_the_members_is_seen_and_what_stands_in_them_is_told_once() {
    let mut bytes = zip(&[Member::stored("a.ini", config("a"))]);
    let comment = format!("key {}", openai_key("comment"));
    let length = bytes.len();
    bytes[length - 2..].copy_from_slice(&u16::try_from(comment.len()).unwrap().to_le_bytes());
    bytes.extend(comment.as_bytes());
    let places = found("a.zip", &bytes);
    assert_eq!(places.len(), 2, "{places:?}");
    assert!(places[0].starts_with("a.zip:") && places[1] == "a.zip > a.ini:3:10", "{places:?}");
}

#[test]
fn office_files_are_archives_too() {
    let xml = format!("<w:t>{}</w:t>", openai_key("w"));
    let bytes = zip(&[Member::deflated("word/document.xml", xml)]);
    assert_eq!(found("notes.docx", &bytes), ["notes.docx > word/document.xml:1:6"]);
}

#[test]
fn the_lint_does_not_judge_what_is_packed() {
    let project = Project::new();
    project.file("old.zip", zip(&[Member::deflated(".env", "OPENAI_API_KEY=your-key-here\nOPEN_AI_KEY=x\n")]));
    assert_eq!(project.report(&[])["findings"].as_array().unwrap().len(), 0);
}
