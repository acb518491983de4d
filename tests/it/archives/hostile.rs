//! Archives that lie, climb, break off or do not end: a notice, bounded time and memory, and everything else is still read.

use std::{
    ops::ControlFlow,
    time::{Duration, Instant},
};

use super::{
    formats::{config, places},
    pack::{End, Member, bzip2, gzip, tar, tar_entry, xz, zip, zip_with, zlib, zstd},
};
use crate::support::Project;

use keyward::input::archive::{Met, Options, unpack};
use proptest::prelude::*;

/// A scan of `bytes` beside a file that must be read whatever happens: the exit code and the report.
fn scanned(bytes: &[u8]) -> (i32, serde_json::Value) {
    let project = Project::new();
    project.file("bad", bytes).file("other.ini", config("other"));
    let before = Instant::now();
    let ran = project.keyward(&["-f", "json", "--only", "secrets"]);
    assert!(before.elapsed() < Duration::from_secs(100), "{:?}", before.elapsed());
    let report: serde_json::Value =
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    assert!(places(&report).contains(&"other.ini:3:10".to_owned()), "{report}");
    (ran.code, report)
}

fn codes(report: &serde_json::Value) -> Vec<&str> {
    report["notices"].as_array().unwrap().iter().map(|notice| notice["code"].as_str().unwrap()).collect()
}

fn skipped(report: &serde_json::Value) -> Vec<String> {
    let skipped = report["coverage"]["skipped"].as_array().unwrap();
    skipped.iter().map(|one| format!("{} {}", one["path"].as_str().unwrap(), one["reason"].as_str().unwrap())).collect()
}

fn zeros(bytes: usize) -> Vec<u8> {
    vec![0; bytes]
}

#[test]
fn zeros_without_end_are_left_and_said_to_be() {
    let (code, report) = scanned(&gzip(zeros(80 << 20)));
    assert_eq!((code, codes(&report)), (2, vec!["archive-limit"]));
    assert_eq!(report["notices"][0]["path"], "bad");
    assert!(report["notices"][0]["help"].as_str().unwrap().contains("exclude"), "{report}");
    assert!(skipped(&report).contains(&"bad archive-limit".to_owned()), "{report}");
    assert_eq!(report["coverage"]["complete"], false);
}

#[test]
fn a_bomb_in_a_zip_leaves_room_for_its_neighbours() {
    let members = [Member::deflated("bomb", zeros(20 << 20)), Member::deflated("a.ini", config("a"))];
    let (code, report) = scanned(&zip(&members));
    assert_eq!((code, codes(&report)), (2, vec!["archive-limit"]));
    assert_eq!(places(&report), ["bad > a.ini:3:10", "other.ini:3:10"]);
    assert!(skipped(&report).contains(&"bad > bomb archive-limit".to_owned()), "{report}");
}

#[test]
fn bombs_in_bombs_share_one_allowance() {
    let bomb = zip(&[Member::deflated("zeros", zeros(15 << 20))]);
    let many: Vec<Member> = (0..40).map(|at| Member::stored(format!("{at}.zip"), &bomb)).collect();
    let middle = zip(&many);
    let outer: Vec<Member> = (0..16).map(|at| Member::deflated(format!("{at}.zip"), &middle)).collect();
    let bytes = zip(&outer);
    assert!(bytes.len() < 100_000, "{}", bytes.len());
    let (code, report) = scanned(&bytes);
    assert_eq!((code, codes(&report)), (2, vec!["archive-limit"]));
}

#[test]
fn members_that_share_their_bytes_are_counted_each_time() {
    let mut bytes = zip(&[Member::stored("a", vec![b'a'; 1 << 20])]);
    // A directory in which the one member stands two thousand times.
    let start = bytes.len() - 22 - 47;
    let entry = bytes[start..start + 47].to_vec();
    bytes.truncate(start);
    for _ in 0..2000 {
        bytes.extend(&entry);
    }
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend([2000_u16.to_le_bytes(), 2000_u16.to_le_bytes()].concat());
    bytes.extend(u32::try_from(2000 * 47).unwrap().to_le_bytes());
    bytes.extend(u32::try_from(start).unwrap().to_le_bytes());
    bytes.extend([0; 2]);
    let (code, report) = scanned(&bytes);
    assert_eq!((code, codes(&report)), (2, vec!["archive-limit"]));
}

#[test]
fn a_tar_with_more_entries_than_are_read_says_so() {
    let mut bytes = Vec::new();
    tar_entry(&mut bytes, b"a.ini", tar::EntryType::Regular, config("a").as_bytes());
    let mut empty = Vec::new();
    tar_entry(&mut empty, b"e", tar::EntryType::Regular, b"");
    bytes.extend(empty.repeat(300_000));
    let (code, report) = scanned(&gzip(&bytes));
    assert_eq!((code, codes(&report)), (2, vec!["archive-limit"]));
    assert_eq!(places(&report), ["bad > a.ini:3:10", "other.ini:3:10"]);
    assert!(skipped(&report).len() < 3, "members that are fine are not listed");
}

#[test]
fn long_names_and_headers_of_any_size_take_no_memory() {
    let mut bytes = Vec::new();
    tar_entry(&mut bytes, b"l", tar::EntryType::GNULongName, &vec![b'x'; 30 << 20]);
    tar_entry(&mut bytes, b"x", tar::EntryType::XHeader, &vec![b'1'; 30 << 20]);
    tar_entry(&mut bytes, b"a.ini", tar::EntryType::Regular, config("a").as_bytes());
    let (code, report) = scanned(&bytes);
    assert_eq!((code, places(&report).len(), codes(&report).len()), (1, 2, 0), "{report}");
    let name = report["findings"][0]["origin"]["archive"][0].as_str().unwrap();
    assert_eq!(name.len(), 1024);
}

#[test]
fn names_that_climb_out_are_only_names() {
    let names = ["../../etc/a.ini", "/abs/b.ini", "C:\\c.ini", "x/../../d.ini", "\u{1b}[2Je.ini"];
    let project = Project::new();
    project.file("in/bad.tar", tar(names.map(|name| (name, config(name)))));
    project.file("in/bad.zip", zip(&names.map(|name| Member::deflated(name, config(name)))));
    let expected = |file: &str| {
        ["\u{1b}[2Je.ini", "abs/b.ini", "c.ini", "etc/a.ini", "x/d.ini"].map(|name| format!("in/{file} > {name}:3:10"))
    };
    let report = project.report(&["--only", "secrets"]);
    assert_eq!(places(&report), [expected("bad.tar"), expected("bad.zip")].concat());
    assert!(!project.keyward(&["--only", "secrets"]).stdout.contains('\u{1b}'), "escape codes are written out");
    let there: Vec<_> = std::fs::read_dir(project.path("in")).unwrap().collect();
    assert_eq!(there.len(), 2, "nothing was unpacked onto the disk");
}

#[test]
fn what_comes_before_the_break_is_read_and_the_break_is_said() {
    let text = config("a") + &"filler that does not compress to nothing 0123456789\n".repeat(2000);
    for whole in [gzip(&text), zstd(&text), xz(&text), bzip2(config("a") + &noise(3 << 20))] {
        let (code, report) = scanned(&whole[..whole.len() - 9]);
        assert_eq!((code, codes(&report)), (1, vec!["damaged-archive"]), "{:?}", &whole[..4]);
    }
    let (code, report) = scanned(&gzip(&text)[..200]);
    assert_eq!((code, places(&report)), (1, vec!["bad > bad:3:10".to_owned(), "other.ini:3:10".to_owned()]));
    let tarred = tar([("a.ini", config("a")), ("b.ini", config("b"))]);
    let (_, report) = scanned(&tarred[..1024 + 512 + 100]);
    assert_eq!(places(&report), ["bad > a.ini:3:10", "other.ini:3:10"]);
    assert_eq!(codes(&report), ["damaged-archive"]);
}

/// Text that does not compress well, the same each time.
fn noise(bytes: usize) -> String {
    let mut state = 1_u32;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(b'a' + (state >> 24) as u8 % 26)
    };
    (0..bytes).map(next).collect()
}

#[test]
fn a_zip_without_its_directory_is_read_member_by_member() {
    let members = [Member::deflated("a.ini", config("a")), Member::stored("b.ini", config("b"))];
    let (code, report) = scanned(&zip_with(&members, End::Missing));
    assert_eq!((code, codes(&report)), (1, vec!["damaged-archive"]));
    assert_eq!(places(&report), ["bad > a.ini:3:10", "bad > b.ini:3:10", "other.ini:3:10"]);
}

#[test]
fn what_a_directory_leaves_out_is_read() {
    let (one, two) = (zip(&[Member::deflated("a.ini", config("a"))]), zip(&[Member::deflated("b.ini", config("b"))]));
    let expected = ["bad > a.ini:3:10", "bad > b.ini:3:10", "other.ini:3:10"];
    assert_eq!(places(&scanned(&[one.clone(), two].concat()).1), expected, "one archive behind the other");
    let empty = zip(&[]);
    let (code, report) = scanned(&[&one[..one.len() - 22 - 51], &empty].concat());
    assert_eq!((code, places(&report)), (1, vec!["bad > a.ini:3:10".to_owned(), "other.ini:3:10".to_owned()]));
}

#[test]
fn behind_a_damaged_header_the_next_one_is_looked_for() {
    let mut bytes = tar([("a.ini", config("a")), ("b.ini", config("b")), ("c.ini", config("c"))]);
    bytes[1024 + 3] ^= 1;
    let (code, report) = scanned(&gzip(&bytes));
    assert_eq!((code, codes(&report)), (1, vec!["damaged-archive"]));
    assert_eq!(places(&report), ["bad > a.ini:3:10", "bad > c.ini:3:10", "other.ini:3:10"]);
}

#[test]
fn sixteen_archives_in_one_another_are_opened_when_that_is_asked_for() {
    let mut bytes = config("a").into_bytes();
    for at in 0..16 {
        bytes = if at % 2 == 0 { zip(&[Member::deflated("m", &bytes)]) } else { gzip(&bytes) };
    }
    let project = Project::new();
    project.file("deep", bytes);
    let report = project.report(&["--max-archive-depth", "16"]);
    assert_eq!(report["findings"][0]["origin"]["archive"].as_array().unwrap().len(), 16);
    assert_eq!(report["coverage"]["complete"], true);
}

#[test]
fn sizes_are_not_believed() {
    let mut small = Member::deflated("a.ini", config("a"));
    small.claimed = (small.claimed.0, 3);
    let mut large = Member::deflated("b.ini", config("b"));
    large.claimed = (0x7fff_ffff, 0xffff_fff0);
    let (code, report) = scanned(&zip(&[small, large]));
    assert_eq!((code, places(&report).len()), (1, 3), "{report}");
    let mut bytes = Vec::new();
    tar_entry(&mut bytes, b"a.ini", tar::EntryType::Regular, config("a").as_bytes());
    let mut header = tar::Header::new_gnu();
    header.set_path("b.ini").unwrap();
    header.set_size(u64::MAX / 2);
    header.set_cksum();
    bytes.extend(header.as_bytes());
    bytes.extend(config("b").as_bytes());
    let (_, report) = scanned(&bytes);
    assert_eq!(places(&report), ["bad > a.ini:3:10", "bad > b.ini:3:10", "other.ini:3:10"]);
    assert_eq!(codes(&report), ["damaged-archive"]);
}

#[test]
fn encrypted_and_unknown_members_are_passed_over_and_counted() {
    let mut secret = Member::deflated("locked", config("l"));
    secret.flags = 1;
    let strange = Member::packed("ppmd", 98, b"whatever".to_vec());
    let (code, report) = scanned(&zip(&[secret, strange, Member::deflated("a.ini", config("a"))]));
    assert_eq!((code, codes(&report).len(), &report["coverage"]["complete"]), (1, 0, &true.into()));
    assert_eq!(skipped(&report), ["bad > locked encrypted", "bad > ppmd unsupported"]);
}

#[test]
fn members_of_one_name_are_both_read() {
    let (one, two) = (config("a"), format!("\n{}", config("b")));
    let (_, report) = scanned(&zip(&[Member::deflated("a", &one), Member::deflated("a", &two)]));
    assert_eq!(places(&report), ["bad > a:3:10", "bad > a:4:10", "other.ini:3:10"]);
    let (_, report) = scanned(&tar([("a", &one), ("a", &one)]));
    assert_eq!(places(&report), ["bad > a:3:10", "other.ini:3:10"], "the same thing twice is one finding");
}

#[test]
fn binary_members_are_binaries_and_their_number_is_bounded() {
    let (_, report) = scanned(&tar([
        ("logo.png", b"\x89PNG\0\0".to_vec()),
        ("core", [b"\0".as_slice(), config("c").as_bytes()].concat()),
    ]));
    assert_eq!(skipped(&report), ["bad > logo.png binary"]);
    assert_eq!(report["findings"][0]["origin"]["archive"][0], "core", "a key in a binary is found");
    let many: Vec<(String, &[u8])> = (0..3000).map(|at| (format!("{at:05}"), &b"\0"[..])).collect();
    let (_, report) = scanned(&tar(many));
    assert_eq!(skipped(&report).len(), 1001);
    assert_eq!(skipped(&report)[0], "bad binary");
}

#[test]
fn what_only_looks_like_an_archive_is_a_file() {
    for head in [&b"\x1f\x8b\x08\x00"[..], b"PK\x03\x04", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"x\x9c"] {
        let (code, report) = scanned(&[head, b"\n", config("a").as_bytes()].concat());
        assert_eq!(code, 1);
        assert_eq!(report["findings"][0]["location"]["path"], "bad", "{head:?}: {report}");
        assert_eq!(report["findings"][0]["location"]["start_line"], 4, "{head:?}");
    }
}

#[test]
fn an_archive_that_is_too_large_to_be_held_is_read_as_it_comes() {
    let project = Project::new();
    let large = tar([("first", "x".repeat(9_000)), ("a.ini", config("a")), ("last", "x".repeat(19_000))]);
    project.file("big.tar", &large).file("big.tgz", gzip(tar([("noise", noise(19_000)), ("a.ini", config("a"))])));
    project.file("big.zip", zip(&[Member::stored("a", "x".repeat(30_000))]));
    let reading = |more: &[&str]| {
        let arguments = ["-f", "json", "--only", "secrets", "--max-file-size", "20k"];
        let ran = project.keyward(&[&arguments[..], more].concat());
        (ran.code, serde_json::from_str::<serde_json::Value>(&ran.stdout).unwrap())
    };
    let (code, report) = reading(&[]);
    assert_eq!(places(&report)[0], "big.tar > a.ini:3:10");
    assert_eq!((code, skipped(&report)), (2, vec!["big.zip too-large".to_owned()]));
    std::fs::remove_file(project.path("big.zip")).unwrap();
    assert_eq!(reading(&[]).0, 1, "it is complete");
    let (code, report) = reading(&["--max-archive-depth", "0"]);
    assert_eq!((code, &report["coverage"]["complete"]), (0, &true.into()), "they are binaries then");
}

#[test]
fn a_member_that_is_too_large_is_said_and_one_that_is_an_archive_is_read() {
    let project = Project::new();
    let layer = tar([("a.ini", config("a")), ("large.txt", "x".repeat(40_000))]);
    project.file("image.tar.gz", gzip(tar([("layer.tar", layer)])));
    let ran = project.keyward(&["-f", "json", "--only", "secrets", "--max-file-size", "20k"]);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(places(&report), ["image.tar.gz > layer.tar > a.ini:3:10"]);
    assert_eq!((ran.code, skipped(&report)), (2, vec!["image.tar.gz > layer.tar > large.txt too-large".to_owned()]));
}

/// Archives of every kind, some in others.
fn sound() -> Vec<Vec<u8>> {
    let text = config("a") + &noise(3000);
    let tarred = tar([("a.ini", &text), ("b.ini", &text)]);
    let mut extended = Vec::new();
    tar_entry(&mut extended, b"x", tar::EntryType::XHeader, b"22 path=renamed/b.ini\n");
    tar_entry(&mut extended, &[b'n'; 200], tar::EntryType::GNUSparse, text.as_bytes());
    vec![
        gzip(&text),
        zlib(&text),
        bzip2(&text),
        xz(&text),
        zstd(&text),
        gzip(&tarred),
        zstd(&tarred),
        xz(&tarred),
        extended,
        zip_with(&[Member::deflated("a", &text), Member::packed("x", 95, xz(&text))], End::Zip64),
        zip(&[Member::stored("a.tar", &tarred), Member::packed("z", 93, zstd(&text))]),
        zip(&[Member::packed("b", 12, bzip2(&text)), Member::deflated("a.tgz", gzip(&tarred))]),
        tarred,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn whatever_is_changed_in_an_archive_it_is_read_to_an_end(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let all = sound();
        let mut bytes = which.get(&all).clone();
        // What is said of the content stands at either end.
        for (at, byte) in changes {
            let length = bytes.len();
            let at = match at.index(4) {
                0 => at.index(length.min(64)),
                1 => length - 1 - at.index(length.min(64)),
                _ => at.index(length),
            };
            bytes[at] = byte;
        }
        bytes.truncate(cut.map_or(usize::MAX, |cut| cut.index(bytes.len())));
        let (mut outermost, mut total) = (0, 0);
        let options = Options { depth: 4, limit: 1 << 20, deadline: None };
        let is_archive = unpack("a", &bytes, options, &mut |met| {
            match met {
                Met::Archive { names: [], .. } => outermost += 1,
                Met::File { bytes, .. } => total += bytes.len(),
                _ => {}
            }
            ControlFlow::Continue(())
        });
        prop_assert_eq!(outermost, i32::from(is_archive));
        prop_assert!(total <= 64 << 20);
    }
}
