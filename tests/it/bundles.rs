//! Keys in front-end builds and source maps, beyond what the fixtures of `key-in-client-bundle` say: places, counts, modes, and maps that are made to
//! break a reader.

use std::path::Path;

use keyward::rules::template::expand;
use serde_json::{Value, json};

use crate::{
    archives::pack::{gzip, tar},
    hook::Repo,
    support::openai_key,
    tree::Tree,
};

const ID: &str = "key-in-client-bundle";

fn planted(name: &str) -> Repo {
    Tree::read(Path::new(&format!("fixtures/lint/{ID}/bad/{name}.tree"))).plant()
}

fn report(repo: &Repo, arguments: &[&str]) -> Value {
    let ran = repo.keyward(&[&["-f", "json"], arguments].concat());
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

fn of_rule<'r>(report: &'r Value, rule: &str) -> Vec<&'r Value> {
    report["findings"].as_array().unwrap().iter().filter(|finding| finding["rule"] == rule).collect()
}

/// `message path:line:column` of what is related.
fn related(finding: &Value) -> Vec<String> {
    let shown = |related: &Value| {
        let at = &related["location"];
        let path = at["path"].as_str().unwrap();
        format!("{} {path}:{}:{}", related["message"].as_str().unwrap(), at["start_line"], at["start_column"])
    };
    finding["related"].as_array().unwrap().iter().map(shown).collect()
}

fn path(finding: &Value) -> &str {
    finding["location"]["path"].as_str().unwrap()
}

#[test]
fn a_key_in_a_bundle_its_map_and_the_source_is_one_key_and_one_story() {
    let report = report(&planted("literal-in-map-and-source"), &[]);
    assert_eq!(report["summary"]["secrets"], 1);
    let stories = of_rule(&report, ID);
    assert_eq!(stories.len(), 1);
    let (bundle, map) = ("dist/assets/app-0c1d2e3f.js", "dist/assets/app-0c1d2e3f.js.map");
    assert_eq!(path(stories[0]), bundle);
    assert_eq!(
        related(stories[0]),
        ["written here src/config.js:2:33".to_owned(), format!("in the source map {map}:1:117")]
    );
    let keys = of_rule(&report, "openai-api-key");
    let shown: Vec<(&str, &Value, Vec<String>)> =
        keys.iter().map(|key| (path(key), &key["exposure"], related(key))).collect();
    let exposed = json!(["client-bundle"]);
    let place = |what: &str, column: u32| vec![format!("{what} src/config.js:2:{column}")];
    let expected = [
        (bundle, &exposed, place("comes from here", 14)),
        (map, &exposed, place("written here", 33)),
        ("src/config.js", &json!([]), Vec::new()),
    ];
    assert_eq!(shown, expected);
    let fingerprints: Vec<&Value> = keys.iter().chain(&stories).map(|key| &key["secret"]["fingerprint"]).collect();
    assert!(fingerprints.windows(2).all(|pair| pair[0] == pair[1]), "{fingerprints:?}");
}

#[test]
fn the_variable_and_the_line_are_those_that_the_source_map_names() {
    let report = report(&planted("vite-map-names-the-line"), &[]);
    let story = of_rule(&report, ID)[0];
    assert_eq!(
        story["message"],
        "OpenAI key in code that Vite built for browsers: `VITE_OPENAI_KEY`, which src/client.ts:4 reads, put it there"
    );
    assert_eq!(related(story), ["read here src/client.ts:4:11"]);
    let key = of_rule(&report, "openai-api-key")[0];
    assert_eq!(related(key), ["`VITE_OPENAI_KEY` is read here src/client.ts:4:11"]);
    assert!(story["help"].as_str().unwrap().contains("rename `VITE_OPENAI_KEY` to `OPENAI_KEY`"), "{story}");
}

#[test]
fn sarif_relates_the_places_of_the_story() {
    let ran = planted("literal-in-map-and-source").keyward(&["-f", "sarif", "--only", ID]);
    let sarif: Value = serde_json::from_str(&ran.stdout).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    let places: Vec<&Value> = result["relatedLocations"].as_array().unwrap().iter().collect();
    let uris: Vec<&str> =
        places.iter().map(|place| place["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap()).collect();
    assert_eq!(uris, ["src/config.js", "dist/assets/app-0c1d2e3f.js.map"]);
    assert_eq!(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "dist/assets/app-0c1d2e3f.js");
}

#[test]
fn a_build_that_is_staged_is_judged_by_what_is_in_it() {
    let repo = planted("next-static");
    repo.git(&["add", "-f", ".next/static"]);
    let report = report(&repo, &["--staged"]);
    let story = of_rule(&report, ID)[0];
    assert_eq!(path(story), ".next/static/chunks/app/page-3f2a91c07b.js");
    assert_eq!(of_rule(&report, "openai-api-key")[0]["exposure"], json!(["client-bundle"]));
}

#[test]
fn a_fix_is_proposed_for_the_source_and_none_for_what_a_program_wrote() {
    let (repo, key) = (Repo::new(), openai_key("fix"));
    let source =
        format!("import OpenAI from \"openai\";\n\nexport const client = new OpenAI({{ apiKey: \"{key}\" }});\n");
    let runtime =
        "(globalThis.webpackChunkx=globalThis.webpackChunkx||[]).push([[1],{1:(e,t,n)=>{n.d(t,{c:()=>r})}}]);";
    let script =
        format!("import e from\"openai\";const r=new e({{apiKey:\"{key}\"}});{runtime}export{{r as client}};\n");
    repo.file("package.json", r#"{"name": "x", "private": true, "dependencies": {"openai": "^5.0.0"}}"#);
    repo.file("src/client.mjs", source).file("dist/client.mjs", script);
    let report = report(&repo, &["--only", "secrets,key-in-client-bundle"]);
    let keys = of_rule(&report, "openai-api-key");
    let fixes: Vec<(&str, usize)> =
        keys.iter().map(|key| (path(key), key["fixes"].as_array().unwrap().len())).collect();
    assert_eq!(fixes, [("dist/client.mjs", 0), ("src/client.mjs", 1)]);
}

/// A build with `map` beside its script, in which a key stands.
fn built(map: &[u8]) -> Repo {
    let repo = Repo::new();
    let script = format!("(self.webpackChunkx=self.webpackChunkx||[]).push([[1],{{1:\"{}\"}}]);", openai_key("bundle"));
    repo.file("dist/a.js", format!("{script}\n//# sourceMappingURL=a.js.map\n")).file("dist/a.js.map", map);
    repo
}

#[test]
fn a_map_that_is_made_to_break_its_reader_changes_nothing_about_the_bundle() {
    let absurd = format!("{}AAggggggggggggggggE,{}", ";".repeat(50_000), "gggg,".repeat(200_000));
    let sources = |mappings: &str| format!(r#"{{"version":3,"sources":["../src/gone.js"],"mappings":"{mappings}"}}"#);
    let deep = format!("{{\"sources\":{}", "[".repeat(500_000));
    let section = r#"{"offset":{"line":0,"column":99999999999},"map":{"sections":[]}}"#;
    let sections = format!(r#"{{"version":3,"sections":[{}]}}"#, vec![section; 20_000].join(","));
    let sound = sources(&"AAAA,".repeat(300_000));
    let maps = [&absurd, &sources(&absurd), &deep, &sections, &sound[..40], &sources("AA9gggggggD"), "", "{}"];
    for map in maps {
        let report = report(&built(map.as_bytes()), &[]);
        let stories = of_rule(&report, ID);
        let shown = &map[..map.len().min(60)];
        assert_eq!((stories.len(), path(stories[0]), related(stories[0])), (1, "dist/a.js", Vec::new()), "{shown}");
    }
    let report = report(&built(sound.as_bytes()), &[]);
    assert_eq!(related(of_rule(&report, ID)[0]), ["comes from here src/gone.js:1:1"]);
}

#[test]
fn names_of_sources_are_shown_without_what_moves_a_cursor() {
    let key = openai_key("bundle");
    let map =
        json!({"version": 3, "sources": ["src/\u{1b}[2J.js"], "sourcesContent": [key], "mappings": ""}).to_string();
    let ran = built(map.as_bytes()).keyward(&["-f", "terminal", "--color", "never"]);
    assert!(!ran.stdout.contains('\u{1b}') && ran.stdout.contains("dist/a.js.map"), "{}", ran.stdout);
    assert!(!ran.stdout.contains(&key));
}

#[test]
fn maps_inside_scripts_tell_the_line_in_either_encoding() {
    let key = openai_key("inline");
    let map = json!({"version": 3, "sources": ["webpack:///./src/k.js"], "sourcesContent": [format!("\n\n'{key}'")], "mappings": "AAEA"});
    let percent = map.to_string().bytes().fold(String::new(), |text, byte| text + &format!("%{byte:02x}"));
    let base64 = expand(&format!("{{enc64:{map}}}"), "map");
    for address in [format!("json;charset=utf-8;base64,{base64}"), format!("json,{percent}")] {
        let repo = Repo::new();
        let script = format!("(window.webpackJsonp=window.webpackJsonp||[]).push([\"{key}\"]);");
        repo.file("public/build/a.js", format!("{script}\n//# sourceMappingURL=data:application/{address}\n"));
        let report = report(&repo, &[]);
        assert_eq!(related(of_rule(&report, ID)[0]), ["comes from here src/k.js:3:1"], "{address:.40}");
        assert_eq!(report["summary"]["secrets"], 1);
    }
}

#[test]
fn a_key_in_pieces_in_a_source_of_a_map_is_told_with_its_line() {
    let key = openai_key("pieces");
    let source = format!("// é\nconst start = \"{}\";\nexport const key = start + \"{}\";\n", &key[..40], &key[40..]);
    let map = json!({"version": 3, "sources": ["webpack:///./src/k.js"], "sourcesContent": [source], "mappings": ""});
    let script =
        format!("//# sourceMappingURL=data:application/json;base64,{}\n", expand(&format!("{{enc64:{map}}}"), ""));
    let repo = Repo::new();
    repo.file("dist/assets/a.js.map", map.to_string()).file("dist/inline.js", script);
    let report = report(&repo, &[]);
    let keys = of_rule(&report, "openai-api-key");
    let shown: Vec<(&str, &Value, Vec<String>)> =
        keys.iter().map(|key| (path(key), &key["decoded"], related(key))).collect();
    let of_map = &shown[0];
    assert_eq!((of_map.0, of_map.1), ("dist/assets/a.js.map", &json!(["source-map", "split"])));
    assert_eq!(of_map.2.last().unwrap(), "written here src/k.js:3:29");
    assert_eq!(keys[0]["message"], "OpenAI API key (project), put together from 2 pieces, in line 3 of src/k.js");
    assert_eq!(keys[0]["exposure"], json!(["client-bundle"]));
    assert_eq!((shown[1].0, shown[1].1), ("dist/inline.js", &json!(["base64", "source-map", "split"])));
    assert!(keys[1]["message"].as_str().unwrap().ends_with("in line 3 of src/k.js"), "{}", keys[1]);
    let story = of_rule(&report, ID)[0];
    assert_eq!((path(story), &story["decoded"]), ("dist/assets/a.js.map", &json!(["source-map", "split"])));
    assert_eq!((report["summary"]["secrets"].as_u64(), shown.len()), (Some(1), 2));
}

#[test]
fn a_finding_in_a_map_names_the_source_in_every_mode() {
    let key = openai_key("modes");
    let map =
        json!({"version": 3, "sources": ["../src/k.js"], "sourcesContent": [format!("\n'{key}'")], "mappings": ""});
    let repo = Repo::new();
    repo.file("web/.next/static/a.js.map", map.to_string());
    repo.git(&["add", "-A"]);
    let staged = report(&repo, &["--staged"]);
    repo.git(&["commit", "-q", "-m", "map"]);
    for report in [
        staged,
        report(&repo, &["--history"]),
        report(&repo, &["--diff", "HEAD~1..HEAD"]),
        report(&repo, &["--only", "secrets"]),
    ] {
        let found = of_rule(&report, "openai-api-key");
        assert_eq!(found[0]["message"], "OpenAI API key (project), in line 2 of src/k.js");
        assert_eq!(related(found[0]), ["written here web/.next/src/k.js:2:2"]);
        assert_eq!(found[0]["exposure"], json!(["client-bundle"]));
    }
}

#[test]
fn a_key_that_needs_no_escape_in_an_inline_map_with_percent_signs_is_told_with_its_line() {
    let key = openai_key("percent");
    let map =
        json!({"version": 3, "sources": ["a.scss"], "sourcesContent": [format!("a{{}}\n/* {key} */")], "mappings": ""});
    let signs = ['{', '}', '"', ' ', '/', '\\'];
    let escaped = |text: String, sign: &char| text.replace(*sign, &format!("%{:02X}", u32::from(*sign)));
    let encoded = signs.iter().fold(map.to_string(), escaped);
    let repo = Repo::new();
    repo.file("a.css", format!("a{{}}\n/*# sourceMappingURL=data:application/json,{encoded} */\n"));
    let found = report(&repo, &["--only", "secrets"]);
    assert_eq!(found["findings"][0]["decoded"], json!([]));
    assert_eq!(found["findings"][0]["message"], "OpenAI API key (project), in line 2 of a.scss");
}

/// A script as bundlers write it, with `key` in it and the runtime of webpack behind it.
fn bundle(key: &str) -> String {
    let runtime =
        "(globalThis.webpackChunkx=globalThis.webpackChunkx||[]).push([[1],{1:(e,t,n)=>{n.d(t,{c:()=>r})}}]);";
    format!("const r=new e({{apiKey:\"{key}\"}});{}", runtime.repeat(4))
}

/// Path, way inside and message of each story.
fn stories(report: &Value) -> Vec<(String, String, String)> {
    let told = |story: &&Value| {
        let inside: Vec<&str> =
            story["origin"]["archive"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        (path(story).to_owned(), inside.join(" > "), story["message"].as_str().unwrap().to_owned())
    };
    of_rule(report, ID).iter().map(told).collect()
}

#[test]
fn a_front_end_in_an_archive_is_one_story_for_each_key_and_archive() {
    let (key, repo) = (openai_key("packed"), Repo::new());
    let map = json!({"version": 3, "sources": ["k.js"], "sourcesContent": [format!("k('{key}')")], "mappings": ""});
    let site = tar([
        (".next/static/chunks/a.js.map", map.to_string()),
        (".next/static/chunks/b.js", bundle(&key)),
        (".next/server/b.js", bundle(&openai_key("server"))),
    ]);
    repo.file("site.tar.gz", gzip(&site)).file("nested.tar", tar([("in/site.tar", site)]));
    repo.file("app.tgz", gzip(tar([("app/web/dist/assets/index-1f.js", bundle(&key))])));
    let library = format!("'use strict';\nexports.key = '{key}';\n");
    repo.file("library.tgz", gzip(tar([("package/dist/index.js", library)])));
    let found = report(&repo, &[]);
    let next = "OpenAI key in code that Next.js built for browsers, packed in an archive";
    let vite = "OpenAI key in code that Vite built for browsers, packed in an archive";
    let expected = [
        ("app.tgz", "app/web/dist/assets/index-1f.js", vite),
        ("nested.tar", "in/site.tar > .next/static/chunks/b.js", next),
        ("site.tar.gz", ".next/static/chunks/b.js", next),
    ];
    let expected = expected.map(|(path, inside, message)| (path.to_owned(), inside.to_owned(), message.to_owned()));
    assert_eq!(stories(&found), expected);
    let shipped: Vec<bool> =
        of_rule(&found, "openai-api-key").iter().map(|key| key["exposure"] == json!(["client-bundle"])).collect();
    assert_eq!(shipped, [true, false, false, true, true, false, true, true]);
    assert_eq!(of_rule(&found, ID)[0]["secret"], of_rule(&found, "openai-api-key")[0]["secret"]);
    assert_eq!(stories(&report(&repo, &["--only", "secrets"])), []);
    repo.git(&["add", "-A"]);
    assert_eq!(stories(&report(&repo, &["--staged"])), stories(&found));
}

#[test]
fn keys_in_archives_that_are_public_by_design_or_allowed_are_no_story() {
    let (key, repo) = (openai_key("allowed"), Repo::new());
    let public = expand("AIza{url64:35}", "public");
    let allowed = format!("{}// keyward: allow openai-api-key -- a test\n", bundle(&key));
    repo.file("public.tar", tar([("build/static/js/a.js", bundle(&public))]));
    repo.file("allowed.tar", tar([("build/static/js/a.js", allowed)]));
    let found = report(&repo, &[]);
    assert_eq!(stories(&found), []);
    assert_eq!(found["findings"][0]["exposure"], json!(["client-bundle"]));
}
