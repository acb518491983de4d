//! Where keyward comes from: a release whose checksum is known, the Action's own checkout, or PATH.

use std::{
    fs,
    io::{BufRead, BufReader, Write as _},
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use sha2::{Digest as _, Sha256};

use super::{Origin, Outcome, Runner};

const SCRIPT: &str = "#!/bin/sh\necho 'the made-up release ran'\n";

/// Answers every request for `/keyward.tar.gz` with `archive`, and others with 404, until the test is over.
fn serve(archive: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines: Vec<String> =
                BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
            let is_known = lines.first().is_some_and(|line| line.starts_with("GET /keyward.tar.gz "));
            let (status, body) = if is_known { ("200 OK", &archive[..]) } else { ("404 Not Found", &b"no"[..]) };
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            // A client that hangs up is no concern of the server.
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
        }
    });
    format!("http://{address}")
}

/// A packed keyward that only says that it ran.
fn archive(origin: &Origin, name: &str) -> Vec<u8> {
    let folder = origin.project().path("release");
    origin.project().file(&format!("release/{name}"), SCRIPT);
    fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    let ran = Command::new("tar").args(["-czf", "../release.tar.gz", name]).current_dir(&folder).output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
    fs::read(origin.project().path("release.tar.gz")).unwrap()
}

fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |sum, byte| format!("{sum}{byte:02x}"))
}

/// The Action with another list of checksums.
fn action(origin: &Origin, lines: &str) -> PathBuf {
    let listed = fs::read_to_string("action/checksums.txt").unwrap();
    origin.project().file("action/action.yml", fs::read("action.yml").unwrap());
    origin.project().file("action/action/run.sh", fs::read("action/run.sh").unwrap());
    origin.project().file("action/action/checksums.txt", listed + lines);
    origin.project().path("action")
}

const TARGET: &str = "x86_64-unknown-linux-musl";

#[track_caller]
fn assert_not_run(outcome: &Outcome, words: &str) {
    assert_eq!((outcome.code, outcome.outputs["exit-code"].as_str()), (1, ""), "{outcome:#?}");
    outcome.assert_said("error", words);
    assert!(!outcome.log.contains("release ran"), "{outcome:#?}");
}

#[test]
fn a_release_runs_when_its_checksum_is_the_listed_one() {
    let origin = Origin::clean();
    let archive = archive(&origin, "keyward");
    let url = serve(archive.clone());
    let folder = action(&origin, &format!("{}  7.8.9  {TARGET}  {url}/keyward.tar.gz\n", sum(&archive)));
    for version in ["7.8.9", "v7.8.9"] {
        let outcome = Runner::new(&origin).action(folder.clone()).input("version", version).run();
        assert_eq!(outcome.log.matches("the made-up release ran").count(), 2, "--version and scan: {outcome:#?}");
    }
}

#[test]
fn a_download_with_another_checksum_is_not_run() {
    let origin = Origin::clean();
    let archive = archive(&origin, "keyward");
    let url = serve(archive.clone());
    let line = format!("{}  7.8.9  {TARGET}  {url}/keyward.tar.gz\n", sum(b"something else"));
    let outcome = Runner::new(&origin).action(action(&origin, &line)).input("version", "7.8.9").run();
    assert_not_run(&outcome, &format!("its SHA-256 is {} and should be {}", sum(&archive), sum(b"something else")));
}

#[test]
fn a_download_that_fails_or_holds_no_program_is_said() {
    let origin = Origin::clean();
    let archive = archive(&origin, "other");
    let url = serve(archive.clone());
    let sum = sum(&archive);
    for (path, words) in [("keyward.tar.gz", "holds no keyward"), ("gone.tar.gz", "could not be downloaded from")] {
        let folder = action(&origin, &format!("{sum}  7.8.9  {TARGET}  {url}/{path}\n"));
        assert_not_run(&Runner::new(&origin).action(folder).input("version", "7.8.9").run(), words);
    }
}

#[test]
fn a_release_that_is_not_listed_is_an_error_with_the_way_out() {
    let origin = Origin::clean();
    let lines =
        format!("{0}  7.8.9  {TARGET}  http://127.0.0.1:9/x\n{0}  7.8.9  other  http://127.0.0.1:9/x\n", sum(b""));
    let folder = action(&origin, &lines);
    for (version, arch) in [("7.8.8", "X64"), ("latest", "X64"), ("7.8", "X64"), ("7.8.9", "ARM64"), ("7.8.9", "RISCV")]
    {
        let runner = Runner::new(&origin).action(folder.clone()).input("version", version);
        let outcome = runner.variable("RUNNER_ARCH", arch).run();
        assert_not_run(&outcome, &format!("knows no checksum of keyward `{version}` for "));
        outcome.assert_said("error", "Releases it knows: 7.8.9. Use one of them");
        outcome.assert_said("error", "`version: source` to build it with Rust, or `version: system`");
    }
    let outcome = Runner::new(&origin).action(action(&origin, "")).input("version", "7.8.9").run();
    assert_not_run(&outcome, "Releases it knows: none.");
}

#[test]
fn the_keyward_on_path_must_be_there() {
    let origin = Origin::clean();
    let outcome = Runner::new(&origin).variable("PATH", "/usr/bin:/bin").run();
    assert_not_run(&outcome, "takes the keyward on PATH, and there is none");
    let outcome = Runner::new(&origin).variable("PATH", "/usr/bin:/bin").input("version", "source").run();
    assert_not_run(&outcome, "there is no cargo on PATH");
}

/// A cargo that says how and where it is called, and puts a program where the real one would.
fn with_cargo(origin: &Origin) -> String {
    let script = format!(
        "#!/bin/sh\necho \"cargo in $PWD: $*\"\nwhile [ \"$1\" != --target-dir ]; do shift; done\n\
         mkdir -p \"$2/release\"\ncp '{}' \"$2/release/keyward\"\n",
        Path::new(env!("CARGO_BIN_EXE_keyward")).display()
    );
    origin.project().file("programs/cargo", script);
    let program = origin.project().path("programs/cargo");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:/usr/bin:/bin", program.parent().unwrap().display())
}

#[test]
fn a_build_takes_its_settings_from_the_action_and_not_from_the_scanned_repository() {
    let origin = Origin::with_key();
    let path = with_cargo(&origin);
    let folder = action(&origin, "");
    let outcome = Runner::new(&origin).action(folder.clone()).variable("PATH", &path).input("version", "source").run();
    outcome.assert_ended(1, "1");
    let called = format!("cargo in {}: build --release --locked --bin keyward --target-dir ", folder.display());
    assert!(outcome.log.contains(&called), "{outcome:#?}");
}
