//! Packs that somebody forged: whatever they claim, a scan ends with a notice, in bounded memory, and reads everything else.

use std::{fmt::Write as _, fs, path::Path};

use keyward::rules::template::expand;

use crate::{
    git::{json, places},
    hook::{Repo, secret},
};

/// One object of a pack.
struct Object {
    id: [u8; 20],
    kind: u8,
    /// What its head claims; the real one when nothing is said.
    claims: Option<u64>,
    /// What stands between head and content: where the base of a delta is.
    base: Vec<u8>,
    content: Vec<u8>,
}

const COMMIT: u8 = 1;
const TREE: u8 = 2;
const BLOB: u8 = 3;
const BY_OFFSET: u8 = 6;
const BY_ID: u8 = 7;

fn id(number: u32) -> [u8; 20] {
    let mut id = [0x11; 20];
    id[..4].copy_from_slice(&number.swap_bytes().to_be_bytes());
    id
}

fn object(number: u32, kind: u8, content: impl Into<Vec<u8>>) -> Object {
    Object { id: id(number), kind, claims: None, base: Vec::new(), content: content.into() }
}

fn derived(number: u32, base: u32, delta: Vec<u8>) -> Object {
    Object { base: id(base).to_vec(), ..object(number, BY_ID, delta) }
}

/// Seven bits a byte, the lowest first.
fn size(mut size: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while size > 0x7f {
        bytes.push(u8::try_from(size & 0x7f).unwrap() | 0x80);
        size >>= 7;
    }
    bytes.push(u8::try_from(size).unwrap());
    bytes
}

/// A delta that copies the first `length` bytes of a base as often as `times` says, and claims to come to `result`.
fn delta(base: u64, result: u64, length: u16, times: usize) -> Vec<u8> {
    let [low, high] = length.to_le_bytes();
    [size(base), size(result), [0xb0, low, high].repeat(times)].concat()
}

/// `content` as zlib writes it without compression.
fn stored(content: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let chunks: Vec<&[u8]> = if content.is_empty() { vec![&[]] } else { content.chunks(0xffff).collect() };
    for (at, chunk) in chunks.iter().enumerate() {
        let length = u16::try_from(chunk.len()).unwrap();
        out.push(u8::from(at + 1 == chunks.len()));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(*chunk);
    }
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in content {
        low = (low + u32::from(*byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    out.extend((high << 16 | low).to_be_bytes());
    out
}

/// Puts a pack with `objects` and its index among the packs of `repo`.
fn plant(repo: &Repo, objects: &[Object]) {
    let count = u32::try_from(objects.len()).unwrap();
    let mut pack = [&b"PACK"[..], &2_u32.to_be_bytes(), &count.to_be_bytes()].concat();
    let mut offsets = Vec::new();
    for Object { id, kind, claims, base, content } in objects {
        offsets.push((*id, u32::try_from(pack.len()).unwrap()));
        let claimed = claims.unwrap_or(content.len() as u64);
        let more = claimed >> 4;
        let first = kind << 4 | u8::try_from(claimed & 0xf).unwrap();
        pack.push(if more > 0 { first | 0x80 } else { first });
        if more > 0 {
            pack.extend(size(more));
        }
        pack.extend(base);
        pack.extend(stored(content));
    }
    pack.extend([0; 20]);
    offsets.sort_unstable();
    let mut index = [&b"\xfftOc"[..], &2_u32.to_be_bytes()].concat();
    for first in 0..=255_u8 {
        let up_to = offsets.iter().filter(|(id, _)| id[0] <= first).count();
        index.extend(u32::try_from(up_to).unwrap().to_be_bytes());
    }
    for (id, _) in &offsets {
        index.extend(id);
    }
    index.extend([0; 4].repeat(offsets.len()));
    for (_, offset) in &offsets {
        index.extend(offset.to_be_bytes());
    }
    index.extend([0; 40]);
    let folder = repo.path(".git/objects/pack");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("pack-forged.pack"), pack).unwrap();
    fs::write(folder.join("pack-forged.idx"), index).unwrap();
}

/// Reads the history with less memory than the claims of the packs ask for.
#[track_caller]
fn assert_survives(name: &str, forged: Vec<Object>) {
    let repo = Repo::new();
    let sound = [object(1, BLOB, secret("sound")), object(2, BLOB, "nothing\n")];
    let lost = forged.len();
    plant(&repo, &sound.into_iter().chain(forged).collect::<Vec<_>>());
    let limited = "ulimit -v 4000000; exec \"$0\" --history -j 2 -f json --exit-zero";
    let (shell, arguments) = (Path::new("sh"), ["-c", limited, env!("CARGO_BIN_EXE_keyward")]);
    let ran = repo.run(shell, &repo.path(""), &arguments, &[]);
    assert_eq!(ran.code, 2, "{name}: {ran:?}");
    assert_eq!(places(&ran), ["(unreachable blob):1"], "{name}: the rest is read");
    let report = json(&ran);
    assert_eq!(report["coverage"]["complete"], false, "{name}");
    let skipped = report["coverage"]["skipped"].as_array().unwrap();
    assert!((1..=lost).contains(&skipped.len()), "{name}: {skipped:?}");
    assert!(skipped.iter().all(|s| s["reason"] == "corrupt" || s["reason"] == "too-large"), "{name}: {skipped:?}");
}

#[test]
fn sizes_that_cannot_be_are_not_believed() {
    for claims in [1 << 33, 1 << 59, u64::MAX >> 4] {
        let claiming = Object { claims: Some(claims), ..object(10, BLOB, "small\n") };
        assert_survives("an object", vec![claiming]);
        assert_survives("the result of a delta", vec![derived(10, 2, delta(8, claims, 8, 1))]);
        assert_survives("the base of a delta", vec![derived(10, 2, delta(claims, 8, 8, 1))]);
        let claiming = Object { claims: Some(claims), ..derived(10, 2, delta(8, 8, 8, 1)) };
        assert_survives("a delta", vec![claiming]);
    }
}

#[test]
fn deltas_that_multiply_end() {
    // From 60 kB to 240 MB each; all together would be 3 GB.
    let base = expand("{alnum:60000}", "base");
    let times = 4_000;
    let bomb = |number: u32| derived(number, 10, delta(60_000, 60_000 * 4_000, 60_000, times));
    let bombs = (20..33).map(bomb);
    assert_survives("side by side", [object(10, BLOB, base.clone())].into_iter().chain(bombs).collect());
    // Each ten times as large as the one before.
    let mut length = 60_000_u64;
    let mut chain = vec![object(10, BLOB, base)];
    for number in 11..20 {
        let copies = usize::try_from(length * 10 / 60_000).unwrap().min(50_000);
        chain.push(derived(number, number - 1, delta(length, length * 10, 60_000, copies)));
        length *= 10;
    }
    assert_survives("one from the other", chain);
}

#[test]
fn deltas_that_lead_nowhere_or_in_a_circle_are_reported() {
    let turn = || delta(8, 8, 8, 1);
    assert_survives("a circle of two", vec![derived(10, 11, turn()), derived(11, 10, turn())]);
    assert_survives("a circle of one", vec![derived(10, 10, turn())]);
    assert_survives("a base that is nowhere", vec![derived(10, 99, turn())]);
    for (name, distance) in
        [("itself", vec![0x00]), ("before the pack", vec![0xff, 0xff, 0x7f]), ("between", vec![0x01])]
    {
        let lost = Object { base: distance, ..object(10, BY_OFFSET, turn()) };
        assert_survives(name, vec![lost, derived(11, 10, turn())]);
    }
}

/// An entry of a tree.
fn entry(mode: &str, name: &str, number: u32) -> Vec<u8> {
    [mode.as_bytes(), b" ", name.as_bytes(), b"\0", &id(number)].concat()
}

fn hex(number: u32) -> String {
    id(number).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

/// A delta that copies the first `kept` bytes of a base of `length` and appends `new`.
fn appended(length: usize, kept: usize, new: &[u8]) -> Vec<u8> {
    let mut delta = [size(length as u64), size((kept + new.len()) as u64)].concat();
    if kept > 0 {
        let [low, middle, high, 0, ..] = kept.to_le_bytes() else { panic!("a copy is shorter than 16 megabytes") };
        delta.extend([0xf0, low, middle, high]);
    }
    delta.push(u8::try_from(new.len()).unwrap());
    delta.extend(new);
    delta
}

#[test]
fn trees_that_hang_on_a_long_chain_of_large_ones_cost_no_more_than_the_chain() {
    // All bases together are more than is held at once, and to derive each of the small trees from the root of the chain anew would be more than
    // any pack may come to.
    let (chain, branches, filling) = (150_u32, 10_u32, entry("100644", "n", 2).repeat(36_000));
    let version = |at: u32| entry("100644", &format!("c{at:03}"), 2);
    let length = filling.len() + version(0).len();
    let mut objects = vec![object(1, BLOB, secret("in many")), object(2, BLOB, "nothing\n")];
    objects.push(object(10, TREE, [&filling[..], &version(0)].concat()));
    objects.extend((1..chain).map(|at| derived(10 + at, 9 + at, appended(length, filling.len(), &version(at)))));
    let mut root = Vec::new();
    for at in 0..chain * branches {
        let (number, base) = (1_000 + at, 10 + at / branches);
        objects.push(derived(number, base, appended(length, 0, &entry("100644", "f.py", 1))));
        root.extend(entry("40000", &format!("d{at:04}"), number));
    }
    objects.push(object(3, TREE, root));
    let head = format!("tree {}\nauthor a <a@b> 1700000000 +0000\ncommitter a <a@b> 1700000000 +0000\n\nx\n", hex(3));
    objects.push(object(4, COMMIT, head));
    let repo = Repo::new();
    plant(&repo, &objects);
    fs::write(repo.path(".git/refs/heads/main"), hex(4)).unwrap();
    let ran = repo.keyward(&["--history", "-f", "json", "--skip", "key-older-than"]);
    assert_eq!((ran.code, places(&ran)), (1, vec!["d0000/f.py:1".to_owned()]), "{ran:?}");
    let report = json(&ran);
    assert_eq!((&report["coverage"]["complete"], &report["notices"]), (&true.into(), &serde_json::json!([])));
    let origin = &report["findings"][0]["origin"];
    assert_eq!((&origin["in_head"], &origin["commit"]), (&true.into(), &hex(4).into()));
    // Also when all places are asked about.
    let ran = repo.keyward(&["--history", "-f", "json", "--skip", "key-older-than", "d1499"]);
    assert_eq!((ran.code, places(&ran)), (1, vec!["d1499/f.py:1".to_owned()]), "{ran:?}");
}
