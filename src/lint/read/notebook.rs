//! Notebooks: the code of all cells as one program, and the magics between.
//!
//! A notebook is JSON whose strings hold the source, line by line. They are decoded into one text with a map back to the file's bytes, so
//! that places in cells are exact; a finding then points into the cell, not at the file. Variables set in one cell are seen in the next,
//! as in the kernel. Only the structure that leads to the cells is followed, with one stack and no recursion.

use super::{Source, javascript, python, syntax::Grammar};
use crate::{
    lint::{
        FileFacts,
        facts::{Definition, Giver, Load, Scope, Search, Value},
    },
    model::{Secret, Span},
};

/// Adds what the cells of `source` say to `facts`.
pub(super) fn read(source: &Source<'_>, facts: &mut FileFacts) {
    let notebook = Notebook::of(source.text);
    let mut code = Code::default();
    for cell in &notebook.cells {
        code.add_cell(source.text, cell);
    }
    let mut text = std::mem::take(&mut code.text);
    magics(&mut text, &code.cells, facts);
    let source = Source { text: &text, ..*source };
    match notebook.language.as_str() {
        "" | "python" | "python3" | "ipython" => python::read(&source, facts),
        "javascript" | "typescript" => javascript::read_as(&source, Grammar::TypeScript, facts),
        _ => return facts.move_places(|at| code.original(at)),
    }
    facts.move_places(|at| code.original(at));
}

/// Where the parts of a notebook stand.
#[derive(Debug, Default)]
struct Notebook {
    /// For each code cell the strings that make up its source, without quotes.
    cells: Vec<Vec<Span>>,
    /// The kernel's language.
    language: String,
}

/// What is open around the reader.
#[derive(Debug)]
struct Frame {
    is_object: bool,
    /// In an object, the key whose value comes next.
    key: Option<Span>,
}

impl Notebook {
    fn of(text: &[u8]) -> Self {
        let mut notebook = Self::default();
        let mut frames: Vec<Frame> = Vec::new();
        let (mut cell, mut is_code) = (Vec::new(), false);
        let mut at = 0;
        while let Some(byte) = text.get(at) {
            match byte {
                b'{' | b'[' => frames.push(Frame { is_object: *byte == b'{', key: None }),
                b'}' | b']' => {
                    let is_cell = frames.len() == 3 && is_key(text, &frames, 0, b"cells");
                    frames.pop();
                    if is_cell && is_code {
                        notebook.cells.push(std::mem::take(&mut cell));
                    }
                    if is_cell {
                        (cell, is_code) = (Vec::new(), false);
                    }
                }
                b',' => {
                    if let Some(frame) = frames.last_mut().filter(|frame| frame.is_object) {
                        frame.key = None;
                    }
                }
                b'"' => {
                    let string = string_at(text, at);
                    at = string.end;
                    let is_cell = is_key(text, &frames, 0, b"cells");
                    if let Some(frame) = frames.last_mut().filter(|frame| frame.is_object && frame.key.is_none()) {
                        frame.key = Some(string);
                    } else if is_cell && is_key(text, &frames, 2, b"source") {
                        cell.push(string);
                    } else if is_cell && is_key(text, &frames, 2, b"cell_type") {
                        is_code = &text[string.range()] == b"code";
                    } else {
                        notebook.note_language(text, &frames, string);
                    }
                }
                _ => {}
            }
            at += 1;
        }
        notebook
    }

    fn note_language(&mut self, text: &[u8], frames: &[Frame], value: Span) {
        let is_kernel = is_key(text, frames, 1, b"kernelspec") && is_key(text, frames, 2, b"language");
        let is_info = is_key(text, frames, 1, b"language_info") && is_key(text, frames, 2, b"name");
        if frames.len() == 3 && is_key(text, frames, 0, b"metadata") && (is_kernel || is_info) {
            self.language = String::from_utf8_lossy(&text[value.range()]).to_lowercase();
        }
    }
}

/// Whether the object at `depth` is at the value of `key`.
fn is_key(text: &[u8], frames: &[Frame], depth: usize, key: &[u8]) -> bool {
    frames.get(depth).and_then(|frame| frame.key).is_some_and(|at| &text[at.range()] == key)
}

/// What stands between the quotes of the string that begins at `quote`.
fn string_at(text: &[u8], quote: usize) -> Span {
    let mut at = quote + 1;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => break,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    Span::new(quote + 1, at.clamp(quote + 1, text.len().max(quote + 1)))
}

/// A run of decoded text and where it comes from.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// First decoded byte.
    at: usize,
    /// First byte in the file.
    from: usize,
    /// Bytes in the file, when the run is an escape; `None` for a run that stands there as it is.
    escape: Option<usize>,
}

/// The code of all cells, decoded.
#[derive(Debug, Default)]
struct Code {
    text: Vec<u8>,
    /// In the order of the text, without gaps.
    runs: Vec<Run>,
    /// The cells in the decoded text.
    cells: Vec<Span>,
}

impl Code {
    fn add_cell(&mut self, text: &[u8], strings: &[Span]) {
        let start = self.text.len();
        for string in strings {
            self.add_string(text, *string);
        }
        self.cells.push(Span::new(start, self.text.len()));
        let end = strings.last().map_or(0, |string| string.end);
        self.push(end, Some(0), b"\n");
    }

    fn push(&mut self, from: usize, escape: Option<usize>, decoded: &[u8]) {
        if !decoded.is_empty() {
            self.runs.push(Run { at: self.text.len(), from, escape });
            self.text.extend_from_slice(decoded);
        }
    }

    fn add_string(&mut self, text: &[u8], string: Span) {
        let mut at = string.start;
        while at < string.end {
            let plain = memchr::memchr(b'\\', &text[at..string.end]).map_or(string.end, |found| at + found);
            self.push(at, None, &text[at..plain]);
            if plain >= string.end {
                break;
            }
            let (decoded, length) = escape(&text[plain..string.end]);
            let length = length.min(string.end - plain);
            self.push(plain, Some(length), decoded.encode_utf8(&mut [0; 4]).as_bytes());
            at = plain + length;
        }
    }

    /// The place in the file of what stands at `span` in the code.
    fn original(&self, span: Span) -> Span {
        let start = self.locate(span.start).start;
        let end = if span.is_empty() { start } else { self.locate(span.end - 1).end };
        Span::new(start, end.max(start))
    }

    /// The bytes in the file that the decoded byte `at` comes from.
    fn locate(&self, at: usize) -> Span {
        let next = self.runs.partition_point(|run| run.at <= at);
        let Some(run) = next.checked_sub(1).and_then(|last| self.runs.get(last)) else { return Span::new(0, 0) };
        match run.escape {
            Some(length) => Span::new(run.from, run.from + length),
            None => Span::new(run.from + at - run.at, run.from + at - run.at + 1),
        }
    }
}

/// The character that the escape at the beginning of `text` stands for, and the escape's length.
fn escape(text: &[u8]) -> (char, usize) {
    let unit = |from: usize| {
        let digits = text.get(from..from + 4).and_then(|digits| std::str::from_utf8(digits).ok())?;
        u16::from_str_radix(digits, 16).ok()
    };
    let simple = match text.get(1) {
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'u') => {
            let Some(first) = unit(2) else { return (char::REPLACEMENT_CHARACTER, 2) };
            let second = if text.get(6..8) == Some(b"\\u") { unit(8) } else { None };
            let pair = second.and_then(|second| char::decode_utf16([first, second]).next()?.ok());
            return match (char::from_u32(u32::from(first)), pair) {
                (Some(single), _) => (single, 6),
                (None, Some(pair)) => (pair, 12),
                (None, None) => (char::REPLACEMENT_CHARACTER, 6),
            };
        }
        Some(other) if other.is_ascii() => char::from(*other),
        _ => return (char::REPLACEMENT_CHARACTER, 1),
    };
    (simple, 2)
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
