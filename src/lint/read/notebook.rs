//! Notebooks: the code of all cells as one program, and the magics between.
//!
//! The sources of the code cells are one text with a map back to the file's bytes ([`crate::decode::notebook`]), so that places in cells are exact; a
//! finding then points into the cell, not at the file. Variables set in one cell are seen in the next, as in the kernel.

use super::{Source, javascript, python, syntax::Grammar};
use crate::{
    decode::notebook::Notebook,
    lint::{
        FileFacts,
        facts::{Definition, Giver, Load, Scope, Search, Value},
    },
    model::{Secret, Span},
};

/// Adds what the cells of `source` say to `facts`.
pub(super) fn read(source: &Source<'_>, facts: &mut FileFacts) {
    let notebook = Notebook::of(source.text);
    let mut code = notebook.code(source.text);
    let mut text = std::mem::take(&mut code.text);
    magics(&mut text, &code.parts, facts);
    let source = Source { text: &text, ..*source };
    match notebook.grammar() {
        Some(Grammar::Python) => python::read(&source, facts),
        Some(grammar) => javascript::read_as(&source, grammar, facts),
        None => {}
    }
    facts.move_places(|at| code.original(at));
}

/// First words of cells that are no Python.
const FOREIGN: [&str; 12] = [
    "%%bash",
    "%%sh",
    "%%script",
    "%%html",
    "%%javascript",
    "%%js",
    "%%writefile",
    "%%latex",
    "%%markdown",
    "%%sql",
    "%%R",
    "%%file",
];

/// Notes what lines that begin with `%` or `!` say, and blanks them out: they are no Python.
fn magics(text: &mut [u8], cells: &[Span], facts: &mut FileFacts) {
    for cell in cells {
        let first = text[cell.range()].split(u8::is_ascii_whitespace).find(|word| !word.is_empty());
        if first.is_some_and(|word| FOREIGN.iter().any(|magic| magic.as_bytes() == word)) {
            blank(&mut text[cell.range()]);
            continue;
        }
        let mut start = cell.start;
        while start < cell.end {
            let end = memchr::memchr(b'\n', &text[start..cell.end]).map_or(cell.end, |at| start + at);
            let indent = text[start..end].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            let line = Span::new(start + indent, end);
            if matches!(text.get(line.start), Some(b'%' | b'!')) && !line.is_empty() {
                if let Ok(words) = std::str::from_utf8(&text[line.range()]) {
                    magic(words, line, facts);
                }
                blank(&mut text[line.range()]);
            }
            start = end + 1;
        }
    }
}

fn blank(text: &mut [u8]) {
    for byte in text.iter_mut().filter(|byte| **byte != b'\n') {
        *byte = b' ';
    }
}

/// Notes what one magic or shell line says; `at` is its place.
fn magic(line: &str, at: Span, facts: &mut FileFacts) {
    let (command, rest) = line.split_once(|c: char| c.is_ascii_whitespace()).unwrap_or((line, ""));
    match command {
        "%env" | "%set_env" => define(line, rest, at, Giver::Program, facts),
        "!export" => define(line, rest, at, Giver::Shell, facts),
        "%dotenv" => {
            let files = rest.split_ascii_whitespace().filter(|word| !word.starts_with('-'));
            let files: Vec<String> = files.map(|word| word.trim_matches(['"', '\'']).to_owned()).collect();
            facts.loads.push(Load {
                at,
                loader: "python-dotenv",
                fills: true,
                search: if files.is_empty() { Search::CurrentUp } else { Search::Path },
                files,
                computed: false,
                overrides: rest.split_ascii_whitespace().any(|word| word == "-o"),
                scope: Scope::Top,
                hoisted: false,
                command: None,
            });
        }
        _ => {}
    }
}

/// `%env NAME=value` or `%env NAME value`. A line that only asks for a variable sets none.
fn define(line: &str, rest: &str, at: Span, giver: Giver, facts: &mut FileFacts) {
    let name_start = line.len() - rest.len() + (rest.len() - rest.trim_start().len());
    let rest = &line[name_start..];
    let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    let value = &rest[length..];
    let written = value.trim_start_matches(|c: char| c.is_ascii_whitespace());
    let written = written.strip_prefix('=').unwrap_or(written).trim();
    if length == 0 || written.is_empty() {
        return;
    }
    let quote = written
        .chars()
        .next()
        .filter(|c| matches!(c, '"' | '\''))
        .filter(|c| written.len() > 1 && written.ends_with(*c));
    let written = if quote.is_some() { &written[1..written.len() - 1] } else { written };
    // Both are parts of the line, so their distance is the place.
    let start = at.start + (written.as_ptr() as usize - line.as_ptr() as usize);
    let place = Span::new(start, start + written.len());
    let is_computed = written.contains(['$', '{']);
    if !is_computed && !place.is_empty() {
        facts.hidden.push(place);
    }
    facts.definitions.push(Definition {
        name: rest[..length].to_owned(),
        at: Span::new(at.start + name_start, at.start + name_start + length),
        whole: at,
        giver,
        value: (!is_computed).then(|| Value { text: Secret::new(written.as_bytes(), 0), at: place }),
        from: None,
        section: None,
    });
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::lint::read::telling::{assert_spans_are_sound, facts_of, tell};

    fn notebook(lines: &[&str]) -> String {
        let source = serde_json::to_string(lines).unwrap();
        format!(
            r#"{{"metadata":{{"kernelspec":{{"language":"python"}}}},"cells":[{{"cell_type":"markdown","source":["os.environ['NO']"]}},{{"source":{source},"outputs":[{{"text":["os.environ['NO']"]}}],"cell_type":"code"}}]}}"#
        )
    }

    #[test]
    fn cells_are_read_as_one_program_with_places_in_the_file() {
        let text = notebook(&["import os\n", "key = os.environ[\"A_KEY\"]\n"]);
        assert_eq!(tell("a.ipynb", &text), [r#"read A_KEY in `os.environ[\"A_KEY\"]` Process Top or fails as key"#]);
    }

    #[test]
    fn a_source_may_be_one_string() {
        let text =
            r#"{"cells":[{"cell_type":"code","source":"from os import getenv\nx = 'ä\u00e4'\ngetenv('A_KEY')"}]}"#;
        assert_eq!(tell("a.ipynb", text), ["read A_KEY in `getenv('A_KEY')` Process Top"]);
    }

    #[test]
    fn magics_set_variables_and_load_files() {
        let text = notebook(&[
            "%load_ext dotenv\n",
            "%dotenv -o ../.env\n",
            "%env A_KEY=abc\n",
            "%env B_KEY 'a b'\n",
            "%env C_KEY\n",
            "!export D_KEY=$X\n",
            "!pip install x\n",
        ]);
        assert_eq!(
            tell("a.ipynb", &text),
            [
                "define A_KEY at `A_KEY` in `%env A_KEY=abc` = `abc`",
                "define B_KEY at `B_KEY` in `%env B_KEY 'a b'` = `a b`",
                "define D_KEY at `D_KEY` in `!export D_KEY=$X`",
                "load `%dotenv -o ../.env` python-dotenv Path Top fills overrides [\"../.env\"]",
            ]
        );
    }

    #[test]
    fn other_languages_are_left_alone() {
        let text = notebook(&["%%bash\n", "os.environ['A']\n"]);
        assert!(tell("a.ipynb", &text).is_empty());
        let text = notebook(&["import os\n", "os.environ['A']"]).replace("\"python\"", "\"R\"");
        assert!(tell("a.ipynb", &text).is_empty());
    }

    proptest! {
        #[test]
        fn whatever_the_bytes_are_places_lie_in_the_text(parts in prop::collection::vec(prop::sample::select(vec![
            "{", "}", "[", "]", "\"cells\":", "\"cell_type\":\"code\"", "\"source\":", "\"", "\\", "\\u00e4", "\\ud83d\\ude00", ",",
            "\"os.environ['A']\\n\"", "\"%env A=b\\n\"", "\"import os\\n\"", "ä", "\\n", "%dotenv", "[{\"cell_type\":\"code\",\"source\":[",
        ]), 0..40)) {
            let text = parts.concat();
            assert_spans_are_sound(&facts_of("a.ipynb", text.as_bytes()), &text);
        }
    }
}
