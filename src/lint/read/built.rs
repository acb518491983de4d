//! Built code in which a credential stands: bundles, their source maps, pages and what else a front end ships.
//!
//! Such text is not read as a program: nobody wrote it, so nothing in it is somebody's mistake but the credential. What is noted is what tells
//! where it runs. A mark is a name of a bundler's runtime that means one thing only; what a library says of `window` or `require` to find out where
//! it is proves nothing.

use super::Source;
use crate::{
    decode::source_map::{Link, Original, Position, SourceMap, is_source_map, links},
    lint::{
        FileFacts,
        facts::{Built, Side, Written},
    },
    model::Span,
};

/// Names of runtimes, whose they are, and where they run.
const MARKS: [(&str, &str, Side); 32] = [
    ("self.__next_f", "Next.js", Side::Browser),
    ("__NEXT_DATA__", "Next.js", Side::Browser),
    ("webpackChunk_N_E", "Next.js", Side::Browser),
    ("globalThis.TURBOPACK", "Turbopack", Side::Browser),
    ("__sveltekit_", "SvelteKit", Side::Browser),
    ("window.__NUXT__", "Nuxt", Side::Browser),
    ("__remixContext", "Remix", Side::Browser),
    ("__reactRouterContext", "React Router", Side::Browser),
    ("___gatsby", "Gatsby", Side::Browser),
    ("__BUNDLE_START_TIME__", "Metro", Side::Browser),
    ("__vite__mapDeps", "Vite", Side::Browser),
    ("vite:preloadError", "Vite", Side::Browser),
    ("supports(\"modulepreload\")", "Vite", Side::Browser),
    ("supports('modulepreload')", "Vite", Side::Browser),
    ("platformBrowser", "Angular", Side::Browser),
    ("webpackChunk", "webpack", Side::Browser),
    ("webpackJsonp", "webpack", Side::Browser),
    ("rspackChunk", "Rspack", Side::Browser),
    ("getElementById(\"root\")", "", Side::Browser),
    ("getElementById(\"app\")", "", Side::Browser),
    ("getElementById('root')", "", Side::Browser),
    ("getElementById('app')", "", Side::Browser),
    ("mount(\"#app\")", "", Side::Browser),
    ("chrome.runtime.on", "", Side::Browser),
    ("exports.id=", "webpack", Side::Server),
    ("process.argv", "", Side::Server),
    ("createRequire(import.meta.url)", "", Side::Server),
    ("require(\"child_process\")", "", Side::Server),
    ("require(\"http\")", "", Side::Server),
    ("from\"node:", "", Side::Server),
    ("from \"node:", "", Side::Server),
    ("require(\"node:", "", Side::Server),
];

/// What stands around a credential tells the shape of the code.
const WINDOW: usize = 16 * 1024;
/// People break lines before this many bytes; a line of data in the middle of code does not make it dense.
const LONG_LINE: usize = 200;
/// Of written code a fifth and more are blanks, of dense code a tenth and less.
const MOST_BLANKS: usize = 8;
/// Bytes of a source in which a variable's name is looked for.
const NEAR: usize = 160;

/// Notes in `facts`, which hold the credentials of `source`, what it says of how it was built.
pub(super) fn read(source: &Source<'_>, facts: &mut FileFacts) {
    let text = source.text;
    let mut places: Vec<Span> = facts.credentials().map(|known| known.at).collect();
    places.sort_unstable();
    places.dedup();
    let mut built = shape(text, &places);
    if built.is_map {
        built.written = of_map(text, &places);
    } else {
        for link in links(text) {
            match link {
                Link::File(name) => built.map = Some(name),
                Link::Inline(inline) => {
                    let map = inline.decoded(text);
                    built.written.extend(map.iter().flat_map(|map| of_built(text, &map.bytes, &places)));
                }
            }
        }
        built.written.sort_by_key(|(at, _)| *at);
        built.written.dedup_by_key(|(at, _)| *at);
    }
    facts.built = Some(built);
}

/// How `text` was built, in which credentials stand at `places`, without a look at where those come from.
#[must_use]
pub(in crate::lint) fn shape(text: &[u8], places: &[Span]) -> Built {
    let is_map = is_source_map(text);
    let (maker, side) = if is_map { (None, Side::Unknown) } else { marked(text) };
    let is_dense = places.iter().any(|at| is_dense(text, *at));
    Built { maker, side, is_dense, is_map, ..Built::default() }
}

/// Whose runtime stands in `text`, and where it runs. What only servers have wins: code for both sides is for the server.
fn marked(text: &[u8]) -> (Option<&'static str>, Side) {
    if text.starts_with(b"#!") {
        return (None, Side::Server);
    }
    let found = MARKS.iter().filter(|(mark, ..)| memchr::memmem::find(text, mark.as_bytes()).is_some());
    let (mut maker, mut side) = (None, Side::Unknown);
    for (_, whose, runs) in found {
        maker = maker.or((!whose.is_empty()).then_some(*whose));
        side = if *runs == Side::Server { Side::Server } else { side_or(side, *runs) };
    }
    (maker, side)
}

fn side_or(known: Side, other: Side) -> Side {
    if known == Side::Unknown { other } else { known }
}

/// Whether the text around `at` was written by a program.
fn is_dense(text: &[u8], at: Span) -> bool {
    let window = &text[at.start.saturating_sub(WINDOW)..text.len().min(at.end + WINDOW)];
    // The comment that names the source map is a line of its own.
    let is_code = |line: &&[u8]| !line.is_empty() && !line.starts_with(b"//# ") && !line.starts_with(b"/*# ");
    let (mut lines, mut length, mut blanks) = (0, 0, 0);
    for line in window.split(|byte| *byte == b'\n').filter(is_code) {
        (lines, length) = (lines + 1, length + line.len());
        blanks += line.iter().filter(|byte| byte.is_ascii_whitespace()).count();
    }
    lines > 0 && length / lines >= LONG_LINE && blanks * MOST_BLANKS <= length
}

/// Where the credentials at `places` in the source map `text` were written.
fn of_map(text: &[u8], places: &[Span]) -> Vec<(Span, Written)> {
    let Some(map) = SourceMap::parse(text) else { return Vec::new() };
    let found = map.in_contents(places).into_iter().zip(places);
    found.filter_map(|(original, at)| Some((*at, written(original?, None)))).collect()
}

/// Where the credentials at `places` in the built `text` come from, as its source map tells.
fn of_built(text: &[u8], map: &[u8], places: &[Span]) -> Vec<(Span, Written)> {
    let positions = positions(text, places);
    let found = origins(map, &positions).into_iter().zip(places);
    found.filter_map(|(written, at)| Some((*at, written?))).collect()
}

/// Lines and columns of `places`, which are sorted.
fn positions(text: &[u8], places: &[Span]) -> Vec<Position> {
    let (mut line, mut start, mut at, mut column) = (0_u32, 0, 0, 0_usize);
    let mut position = |place: &Span| {
        while let Some(end) = memchr::memchr(b'\n', &text[start..place.start]) {
            (line, start) = (line.saturating_add(1), start + end + 1);
            (at, column) = (start, 0);
        }
        column += String::from_utf8_lossy(&text[at..place.start]).encode_utf16().count();
        at = place.start;
        Position { line, column: u32::try_from(column).unwrap_or(u32::MAX) }
    };
    places.iter().map(&mut position).collect()
}

/// Where the places of a built text come from, as its source map `map` tells; `places` are sorted.
#[must_use]
pub(in crate::lint) fn origins(map: &[u8], places: &[Position]) -> Vec<Option<Written>> {
    let Some(map) = SourceMap::parse(map) else { return vec![None; places.len()] };
    let found = map.origins(places);
    let there: Vec<&Original> = found.iter().flatten().collect();
    let mut lines = map.lines(&there, NEAR).into_iter();
    let mut variable = || lines.next().and_then(|line| variable_in(&line));
    let told: Vec<Option<String>> = found.iter().map(|original| original.as_ref().and_then(|_| variable())).collect();
    found.into_iter().zip(told).map(|(original, variable)| Some(written(original?, variable))).collect()
}

fn written(original: Original, variable: Option<String>) -> Written {
    let Original { source, start, end, .. } = original;
    let one = |number: u32| number.saturating_add(1);
    Written {
        source,
        line: one(start.line),
        column: one(start.column),
        end_line: one(end.line),
        end_column: one(end.column),
        variable,
    }
}

/// The first variable that the source reads in `line`: `import.meta.env.X`, `process.env["X"]`.
fn variable_in(line: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(line);
    let rest = text.split_once("env").map(|(_, rest)| rest.trim_start_matches(['.', '?', '[', '"', '\'', '`']))?;
    let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let name = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
    (name.len() > 3).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(text: &str) -> Side {
        marked(text.as_bytes()).1
    }

    #[test]
    fn a_runtime_tells_where_it_runs() {
        assert_eq!(
            marked(b"(self.webpackChunk_N_E=self.webpackChunk_N_E||[]).push([["),
            (Some("Next.js"), Side::Browser)
        );
        assert_eq!(marked(b"(self.webpackChunkshop=self.webpackChunkshop||[])"), (Some("webpack"), Side::Browser));
        assert_eq!(side("\"use strict\";exports.id=12,exports.ids=[12],exports.modules={"), Side::Server);
        assert_eq!(side("#!/usr/bin/env node\nself.webpackChunk"), Side::Server);
        assert_eq!(side("import{createServer as a}from\"node:http\";document.getElementById(\"root\")"), Side::Server);
        assert_eq!(
            side("!function(e,t){\"object\"==typeof exports?module.exports=t():e.Lib=t()}(window,function(){})"),
            Side::Unknown
        );
    }

    #[test]
    fn dense_code_is_told_from_written_code_with_a_long_line() {
        let dense = "var a=function(b,c){return b(c)};".repeat(40);
        let code = "    return answer(question, { model: \"small\" });\n".repeat(60);
        let data = format!("const logo = \"{}\";\n", "iVBORw0KGgo".repeat(30));
        let at = |text: &str| is_dense(text.as_bytes(), Span::new(text.len() / 2, text.len() / 2 + 4));
        assert!(at(&dense));
        assert!(!at(&code) && !at(&format!("{code}{data}{code}")));
    }

    #[test]
    fn the_variable_is_the_one_that_is_read() {
        for (line, name) in [
            ("import.meta.env.VITE_OPENAI_KEY,", Some("VITE_OPENAI_KEY")),
            ("process.env[\"REACT_APP_KEY\"];", Some("REACT_APP_KEY")),
            ("environment.apiKey", None),
            ("\"sk-\"", None),
        ] {
            assert_eq!(variable_in(line.as_bytes()).as_deref(), name, "{line}");
        }
    }

    #[test]
    fn places_are_counted_in_utf16_units() {
        let text = "ab\ncdé😀KK\nK";
        let at = |index: usize| text.match_indices('K').nth(index).map(|(at, _)| Span::new(at, at + 1)).unwrap();
        let found = positions(text.as_bytes(), &[at(0), at(1), at(2)]);
        let expected = [(1, 5), (1, 6), (2, 0)].map(|(line, column)| Position { line, column });
        assert_eq!(found, expected);
    }
}
