//! Each encoding in a file as people meet it, with the exact place of what is encoded.

use std::fmt::Write as _;

use super::{base64, findings};
use crate::{
    archives::pack::{gzip, tar, zlib},
    git::{commit, json},
    hook::Repo,
    support::{Project, openai_key},
};

fn found(name: &str, content: impl AsRef<[u8]>) -> Vec<String> {
    let project = Project::new();
    project.file(name, content);
    findings(&project.report(&["--only", "secrets"]))
}

/// `escape` for each byte of `text`.
fn each(text: &str, escape: impl Fn(u8) -> String) -> String {
    text.bytes().fold(String::new(), |out, byte| out + &escape(byte))
}

#[test]
fn hexadecimal_is_found_to_the_digit() {
    let key = openai_key("hex");
    let text = format!("key = 0x{}\n", each(&format!("ab{key}cd"), |byte| format!("{byte:02x}")));
    assert_eq!(found("a.txt", text), ["a.txt:1:13-1:341 openai-api-key hex"]);
}

#[test]
fn escapes_are_found_from_the_first_to_the_last_of_them() {
    let key = openai_key("escapes");
    let text = format!("key = \"{}\"\n", each(&key, |byte| format!("\\x{byte:02x}")));
    assert_eq!(found("a.py", text), ["a.py:1:8-1:664 openai-api-key escapes"]);
    let text = format!("key: '{}'\n", key.replacen('-', "\\u002d", 2));
    assert_eq!(found("a.js", text), ["a.js:1:7-1:181 openai-api-key escapes"]);
}

#[test]
fn a_word_that_a_backslash_continues_in_the_next_line_is_one() {
    let key = openai_key("continued");
    let (first, rest) = key.split_at(60);
    for (name, text, place) in [
        ("a.js", format!("const k = \"{first}\\\n{rest}\";\n"), "1:12-2:105"),
        ("a.c", format!("char *k = \"{first}\\\r\n{rest}\";\r\n"), "1:12-2:105"),
        ("a.sh", format!("export K={first}\\\n{rest}\n"), "1:10-2:105"),
    ] {
        assert_eq!(found(name, text), [format!("{name}:{place} openai-api-key escapes")]);
    }
    assert_eq!(found("b.sh", format!("run --key {first} \\\n  {rest}\n")), [""; 0], "two words");
}

#[test]
fn percent_and_html_are_undone() {
    let key = openai_key("percent");
    let text = format!("https://example.com/?q=1%20{}&x=1\n", key.replacen('-', "%2D", 2));
    assert_eq!(found("a.txt", text), ["a.txt:1:28-1:196 openai-api-key percent"]);
    let text = format!("<p>{}</p>\n", key.replacen('-', "&#45;", 2));
    assert_eq!(found("a.html", text), ["a.html:1:4-1:176 openai-api-key html"]);
    let text = format!("<p>{}</p>\n", key.replacen('-', "&amp;#x2d;", 2));
    assert_eq!(found("a.html", text), ["a.html:1:4-1:186 openai-api-key html,html"]);
}

#[test]
fn an_address_in_json_that_escapes_its_slashes_is_one() {
    let password = keyward::rules::template::expand("{alnum:12}", "slashes");
    let text = format!("{{\"url\": \"https:\\/\\/deploy:{password}@git.acme-shop.net\\/a.git\"}}\n");
    assert_eq!(found("a.json", text), ["a.json:1:27-1:39 url-basic-auth json"]);
}

#[test]
fn json_in_json_in_json_is_undone() {
    let text = openai_key("json").replacen('-', "\\u002d", 1);
    let inner = format!("{{\"key\": \"{text}\"}}");
    let middle = serde_json::json!({ "inner": inner }).to_string();
    let found = found("a.json", serde_json::json!({ "middle": middle }).to_string());
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].ends_with(" openai-api-key json,json,escapes"), "{found:?}");
}

#[test]
fn utf16_is_read_with_and_without_a_mark_in_both_orders() {
    let text = format!("$env:X = 1\r\n$env:OPENAI_API_KEY = \"{}\"\r\n", openai_key("wide"));
    for (mark, order) in [
        (true, u16::to_le_bytes as fn(u16) -> [u8; 2]),
        (true, u16::to_be_bytes),
        (false, u16::to_le_bytes),
        (false, u16::to_be_bytes),
    ] {
        let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
        let bytes: Vec<u8> = units.flat_map(order).collect();
        assert_eq!(found("a.ps1", bytes), ["a.ps1:2:24-2:188 openai-api-key "]);
    }
}

#[test]
fn powershell_in_base64_is_undone() {
    let text = format!("$env:OPENAI_API_KEY = \"{}\"", openai_key("powershell"));
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let found = found("run.cmd", format!("powershell -EncodedCommand {}\r\n", base64(bytes)));
    // 23 units before the key are 46 bytes, of which 45 fill fifteen groups.
    assert_eq!(found, ["run.cmd:1:88-1:528 openai-api-key base64,utf-16"]);
}

/// `.dockerconfigjson` of a Kubernetes secret.
fn docker_config(token: &str) -> String {
    let config =
        format!("{{\"auths\":{{\"https://index.docker.io/v1/\":{{\"username\":\"acme\",\"password\":\"{token}\"}}}}}}");
    format!(
        "apiVersion: v1\nkind: Secret\ntype: kubernetes.io/dockerconfigjson\ndata:\n  .dockerconfigjson: {}\n",
        base64(config)
    )
}

#[test]
fn a_docker_config_in_a_kubernetes_secret_is_undone() {
    let token = keyward::rules::template::expand("dckr_pat_{url64:27}", "docker");
    let found = found("pull.yaml", docker_config(&token));
    // The token begins at byte 70 of the configuration and has 36.
    assert_eq!(found, ["pull.yaml:5:114-5:166 docker-hub-token base64"]);
}

#[test]
fn a_log_of_ci_that_dumps_its_environment_is_undone_line_by_line() {
    let log: String = (0..40).fold(String::new(), |mut log, number| {
        let value = if number == 17 { openai_key("log") } else { format!("harmless value number {number} of the log") };
        writeln!(log, "2026-01-0{}T10:00:00Z VAR_{number}={}", 1 + number % 9, base64(value)).unwrap();
        log
    });
    assert_eq!(found("ci.log", log), ["ci.log:18:29-18:249 openai-api-key base64"]);
}

/// What Helm keeps of a release: gzip in base64 in base64, and a secret in the manifest in base64 once more.
fn release(key: &str) -> String {
    let manifest = format!("apiVersion: v1\nkind: Secret\ndata:\n  key: {}\n", base64(key));
    let release = serde_json::json!({ "name": "app", "manifest": manifest, "notes": "n".repeat(500) }).to_string();
    format!(
        "apiVersion: v1\nkind: Secret\ntype: helm.sh/release.v1\ndata:\n  release: {}\n",
        base64(base64(gzip(release)))
    )
}

#[test]
fn a_release_of_helm_is_unpacked_and_its_place_is_the_whole() {
    let text = release(&openai_key("helm"));
    let length = text.lines().last().unwrap().len();
    assert_eq!(
        found("release.yaml", &text),
        [format!("release.yaml:5:12-5:{} openai-api-key base64,base64,compressed,base64", length + 1)]
    );
    let project = Project::new();
    project.file("release.yaml", &text);
    let report = project.report(&["--only", "secrets", "--max-decode-depth", "3"]);
    assert_eq!(findings(&report), [""; 0]);
    assert_eq!(report["notices"][0]["code"], "decode-too-deep");
    assert_eq!(project.report(&["--only", "secrets"])["findings"][0]["confidence"], "medium", "it lies deep");
}

#[test]
fn zlib_in_base64_is_unpacked() {
    let text = format!("state: {}\n", base64(zlib(format!("{{\"key\": \"{}\"}}", openai_key("zlib")))));
    assert_eq!(found("a.yaml", &text), [format!("a.yaml:1:8-1:{} openai-api-key base64,compressed", text.len())]);
}

#[test]
fn every_mode_undoes_what_lies_two_deep() {
    let key = openai_key("modes");
    let text = format!("a: {}\n", base64(format!("b: {}\n", base64(&key))));
    let expected = |path: &str| format!("{path}:1:8-1:304 openai-api-key base64,base64");
    let packed = gzip(tar([("a.yaml", text.as_bytes())]));
    let repo = Repo::new();
    commit(&repo, "empty");
    repo.file("a.yaml", &text).file("b.tgz", packed).git(&["add", "-A"]);
    let run = |more: &[&str]| {
        findings(&json(
            &repo.keyward(&[&["-f", "json", "--only", "secrets", "--skip", "key-older-than"], more].concat()),
        ))
    };
    let both = [expected("a.yaml"), expected("b.tgz > a.yaml")];
    assert_eq!(run(&[]), both);
    assert_eq!(run(&["--staged"]), both);
    commit(&repo, "hidden");
    assert_eq!(run(&["--diff", "HEAD~1..HEAD"]), both);
    assert_eq!(run(&["--history"]), both[..1], "one for each secret");
}
