//! What the reader of source maps promises, on maps as bundlers write them and on such that nobody would.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn at(line: u32, column: u32) -> Position {
    Position { line, column }
}

fn spans(text: &str, word: &str) -> Vec<Span> {
    text.match_indices(word).map(|(start, word)| Span::new(start, start + word.len())).collect()
}

fn map() -> String {
    let mappings = mappings::tests::mappings(&[(0, 0, 0, 0, 0), (0, 30, 1, 2, 8), (1, 5, 0, 4, 1)]);
    json!({
        "version": 3, "file": "index.js", "sourceRoot": "", "names": ["a"],
        "sources": ["../src/main.ts", "webpack://shop/./src/keys.ts"],
        "sourcesContent": ["import './keys';\n", "// é😀 \"k\"\n\nconst key = 'WORD';\n// WORD\n"],
        "mappings": mappings,
    })
    .to_string()
}

#[test]
fn a_place_in_the_text_of_a_source_has_its_line_and_column() {
    let text = map();
    let parsed = SourceMap::parse(text.as_bytes()).unwrap();
    let found = parsed.in_contents(&spans(&text, "WORD"));
    let shown: Vec<_> = found.into_iter().flatten().map(|found| (found.source, found.start, found.end)).collect();
    let source = "webpack://shop/./src/keys.ts".to_owned();
    assert_eq!(shown, [(source.clone(), at(2, 13), at(2, 17)), (source, at(3, 3), at(3, 7))]);
    assert_eq!(parsed.in_contents(&spans(&text, "index.js")), [None]);
}

#[test]
fn a_source_that_is_too_long_has_no_view_and_the_others_have() {
    let map =
        json!({"version": 3, "sources": ["a", "b"], "sourcesContent": ["a", "\n".repeat(17 << 20)], "mappings": ""});
    let text = map.to_string();
    let parsed = SourceMap::parse(text.as_bytes()).unwrap();
    assert!(parsed.has_too_long());
    assert_eq!(parsed.views().map(|(name, _)| name).collect::<Vec<_>>(), ["a"]);
    assert!(!SourceMap::parse(self::map().as_bytes()).unwrap().has_too_long());
}

#[test]
fn a_place_in_the_built_text_comes_from_a_source() {
    let text = map();
    let parsed = SourceMap::parse(text.as_bytes()).unwrap();
    let found = parsed.origins(&[at(0, 29), at(0, 31), at(1, 0), at(1, 9)]);
    let shown: Vec<_> =
        found.iter().map(|found| found.as_ref().map(|found| (found.source.as_str(), found.start))).collect();
    let (main, keys) = ("../src/main.ts", "webpack://shop/./src/keys.ts");
    assert_eq!(shown, [Some((main, at(0, 0))), Some((keys, at(2, 8))), None, Some((main, at(4, 1)))]);
    let lines = parsed.lines(&found.iter().flatten().collect::<Vec<_>>(), 100);
    assert_eq!(lines, [b"import './keys';".to_vec(), b"y = 'WORD';".to_vec(), Vec::new()]);
}

#[test]
fn a_source_is_a_text_that_leads_back_into_the_map() {
    let text = map();
    let parsed = SourceMap::parse(text.as_bytes()).unwrap();
    let (name, view) = parsed.views().nth(1).unwrap();
    assert_eq!((name.as_str(), view.decoding), ("webpack://shop/./src/keys.ts", Decoding::SourceMap));
    let start = memchr::memmem::find(&view.bytes, b"WORD").unwrap();
    assert_eq!(view.map.origins(Span::new(start, start + 4)), [spans(&text, "WORD")[0]]);
}

#[test]
fn each_section_maps_what_begins_at_its_offset() {
    let section = |line: u32, column: u32, source: &str| {
        let mappings = mappings::tests::mappings(&[(0, 2, 0, 7, 0)]);
        json!({
            "offset": {"line": line, "column": column},
            "map": {"version": 3, "sources": [source], "sourcesContent": ["let k = 'WORD'"], "mappings": mappings}
        })
    };
    let inner = json!({"offset": {"line": 9, "column": 0}, "map": {"sections": [section(0, 0, "c.ts")]}});
    let text = json!({"version": 3, "sections": [section(3, 10, "b.ts"), section(0, 0, "a.ts"), inner]}).to_string();
    let parsed = SourceMap::parse(text.as_bytes()).unwrap();
    let sources = |places: &[Position]| -> Vec<Option<String>> {
        parsed.origins(places).into_iter().map(|found| found.map(|found| found.source)).collect()
    };
    let some = |name: &str| Some(name.to_owned());
    assert_eq!(
        sources(&[at(0, 1), at(0, 2), at(3, 11), at(3, 12), at(4, 5)]),
        [None, some("a.ts"), None, some("b.ts"), None]
    );
    let names: Vec<String> = parsed.views().map(|(name, _)| name).collect();
    assert_eq!(names, ["a.ts", "b.ts"]);
}

#[test]
fn a_root_stands_before_names_that_are_no_addresses() {
    let text = json!({
        "version": 3, "sourceRoot": "/app/src", "sources": ["a.ts", "webpack:///b.ts", null],
        "sourcesContent": ["WORD", "WORD", "WORD"], "mappings": ""
    })
    .to_string();
    let parsed = SourceMap::parse(text.as_bytes()).unwrap();
    let found = parsed.in_contents(&spans(&text, "WORD"));
    let names: Vec<String> = found.into_iter().flatten().map(|found| found.source).collect();
    assert_eq!(names, ["/app/src/a.ts", "webpack:///b.ts", "/app/src/"]);
}

#[test]
fn what_stands_before_the_object_is_passed_over() {
    for before in ["", "\u{feff}", ")]}'\n", ")]}',\n  ", "\n\t "] {
        let text = format!("{before}{}", map());
        assert!(is_source_map(text.as_bytes()), "{before:?}");
        assert_eq!(SourceMap::parse(text.as_bytes()).unwrap().views().count(), 2, "{before:?}");
    }
    for other in ["", "[1]", "{\"name\": \"x\"}", "function a(){return \"mappings\"}"] {
        assert!(!is_source_map(other.as_bytes()), "{other}");
        assert!(SourceMap::parse(other.as_bytes()).is_none(), "{other}");
    }
}

#[test]
fn absurd_maps_are_read_as_far_as_they_make_sense() {
    for text in [
        r#"{"version":3,"sources":["a.ts"],"mappings":"AAgggggggggE,AA///////D","sourcesContent":"x"}"#,
        r#"{"version":3,"sources":["a.ts"],"mappings":"AAgpvdDADA","sourcesContent":[{}, [[]], 1, null]}"#,
        r#"{"version":3,"sources":["a.ts"],"mappings":7}"#,
        r#"{"version":3,"sources":["a.ts"],"sections":[{"offset":{"line":-1,"column":1e9},"map":{}},{"map":{"sources":["a"]}}]}"#,
        r#"{"version":3,"sources":["a.ts"],"sections":{},"mappings":"AAAA"}"#,
        r#"{"version":3,"sources":["a.ts","#,
        r#"{"version":3,"sources":["a.ts"],"sourcesContent":["cut off \"#,
    ] {
        if let Some(parsed) = SourceMap::parse(text.as_bytes()) {
            let found = parsed.origins(&[at(0, 0), at(0, u32::MAX), at(u32::MAX, 0)]);
            assert_eq!((found.len(), parsed.views().count()), (3, 0), "{text}");
        }
    }
}

proptest! {
    #[test]
    fn no_text_breaks_the_reader(cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6), end in any::<prop::sample::Index>()) {
        let mut text = map().into_bytes();
        for (at, byte) in cuts {
            let at = at.index(text.len());
            text[at] = byte;
        }
        text.truncate(end.index(text.len()) + 1);
        if let Some(parsed) = SourceMap::parse(&text) {
            let places: Vec<Span> = (0..text.len().saturating_sub(3)).step_by(7).map(|at| Span::new(at, at + 3)).collect();
            prop_assert_eq!(parsed.in_contents(&places).len(), places.len());
            for (_, view) in parsed.views() {
                let origins = view.map.origins(Span::new(0, view.bytes.len()));
                prop_assert!(origins.iter().all(|origin| origin.end <= text.len()));
            }
            let found = parsed.origins(&[at(0, 3), at(0, 40), at(1, 6)]);
            let lines = parsed.lines(&found.iter().flatten().collect::<Vec<_>>(), 50);
            prop_assert!(lines.iter().all(|line| line.len() <= 50));
        }
    }
}
