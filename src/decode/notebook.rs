//! Notebooks: what stands in which cell, and their texts without the JSON around them.
//!
//! A notebook is JSON whose strings hold sources and outputs, often line by line. Only the structure that leads to them is followed, with one stack and
//! no recursion, so a notebook that is cut off or damaged is read as far as it goes. Formats 3 (`worksheets`, `input`) and 4 are known. Cells are
//! numbered from 1 among all of a notebook, whatever their kind: the index in its list of cells, plus one.

use super::{Map, Unit, View, json_string};
use crate::{
    model::{Decoding, Span},
    syntax::Grammar,
};

/// What is remembered of a string, with the list that it may be alone in.
const BYTES_PER_STRING: usize = 64;

/// Where the parts of a notebook stand.
#[derive(Debug, Default)]
pub(crate) struct Notebook {
    /// In the order of the file.
    pub(crate) cells: Vec<Cell>,
    /// The kernel's language, in lower case.
    pub(crate) language: String,
    /// Whether it has more than is put together.
    pub(crate) is_cut: bool,
}

/// Bytes of all strings of a notebook that are put together, pictures left out; each of its parts counts for what is remembered of it. What lies beyond is
/// searched as the JSON that it is.
const MOST: usize = 32 << 20;

/// One cell.
#[derive(Debug)]
pub(crate) struct Cell {
    /// All of it in the file.
    place: Span,
    /// Whether it is run.
    pub(crate) is_code: bool,
    /// The strings that make up its source, without quotes.
    source: Vec<Span>,
    outputs: Vec<Output>,
}

/// One output of a cell.
#[derive(Debug)]
struct Output {
    place: Span,
    /// The stream that it was written to, when it was: `stdout`.
    stream: Option<Vec<u8>>,
    /// Its texts in several forms, each as the strings that make it up.
    texts: Vec<Vec<Span>>,
    /// Where the list begins whose strings the last of them is.
    list: Option<usize>,
}

/// A place as people who look at a notebook know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Whereabouts {
    /// The number of the cell, from 1.
    pub(crate) cell: u32,
    pub(crate) part: Part,
}

/// The part of a cell that a place lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// What somebody wrote, in this line of it, from 1.
    Source(u32),
    /// What came of it.
    Output,
    /// What is noted about it.
    Metadata,
}

/// Texts put together from strings of JSON.
#[derive(Debug, Default)]
pub(crate) struct Joined {
    /// The text.
    pub(crate) text: Vec<u8>,
    /// Where it comes from.
    pub(crate) map: Map,
    /// Each of them in the text.
    pub(crate) parts: Vec<Span>,
}

impl Joined {
    /// Adds the text that `strings` make up, and a line break behind it.
    fn add(&mut self, text: &[u8], strings: &[Span]) {
        let start = self.text.len();
        for string in strings {
            json_string::push(text, *string, &mut self.text, &mut self.map);
        }
        self.parts.push(Span::new(start, self.text.len()));
        let end = strings.last().map_or(0, |string| string.end);
        self.map.push(self.text.len(), end, Unit { original: 0, decoded: 1 });
        self.text.push(b'\n');
    }

    /// The place in the file of what stands at `span`.
    pub(crate) fn original(&self, span: Span) -> Span {
        self.map.stretch(span).unwrap_or_else(|| {
            let next = self.map.stretch(Span::new(span.start, span.start + 1));
            let at = next.map_or(0, |place| place.start);
            Span::new(at, at)
        })
    }
}

/// Whether the file at `path` is a notebook.
pub(crate) fn is_notebook(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("ipynb"))
}

/// How far from its ends a notebook says that it is one.
const ENDS: usize = 512;

/// Whether `text`, whose path is not known, may be a notebook.
pub(crate) fn may_be_notebook(text: &[u8]) -> bool {
    let says_so = |part: &[u8]| memchr::memmem::find(part, b"\"nbformat\"").is_some();
    says_so(&text[..text.len().min(ENDS)]) || says_so(&text[text.len().saturating_sub(ENDS)..])
}

impl Notebook {
    /// The notebook that `text` is.
    pub(crate) fn of(text: &[u8]) -> Self {
        let mut reader = Reader { text, notebook: Self::default(), frames: Vec::new(), cell: None, room: MOST };
        reader.read();
        reader.notebook
    }

    /// The code of all cells, one behind the other: what one of them sets the next ones see.
    pub(crate) fn code(&self, text: &[u8]) -> Joined {
        let mut joined = Joined::default();
        for cell in self.cells.iter().filter(|cell| cell.is_code) {
            joined.add(text, &cell.source);
        }
        joined
    }

    /// The texts that are no code: what is written between the cells, and what they put out.
    fn prose(&self, text: &[u8]) -> Joined {
        let mut joined = Joined::default();
        for cell in &self.cells {
            if !cell.is_code {
                joined.add(text, &cell.source);
            }
            for output in &cell.outputs {
                output.texts.iter().for_each(|strings| joined.add(text, strings));
            }
        }
        joined
    }

    /// What `text`, of which this is the notebook, says when its strings are put together, and whether that is its code.
    pub(super) fn views(&self, text: &[u8]) -> Vec<(View, bool)> {
        let view = |(joined, is_code): (Joined, bool)| {
            let from = joined.map.stretch(Span::new(0, joined.text.len()))?;
            Some((View { bytes: joined.text, map: joined.map, decoding: Decoding::Json, from }, is_code))
        };
        [(self.code(text), true), (self.prose(text), false)].into_iter().filter_map(view).collect()
    }

    /// The grammar of its code, when that is known.
    pub(crate) fn grammar(&self) -> Option<Grammar> {
        match self.language.as_str() {
            "" | "python" | "python3" | "ipython" => Some(Grammar::Python),
            "javascript" | "typescript" => Some(Grammar::TypeScript),
            _ => None,
        }
    }
}

/// Tells where in a notebook places are. Those of one cell are best asked for together.
#[derive(Debug)]
pub(crate) struct Guide<'t> {
    text: &'t [u8],
    notebook: Notebook,
    /// The cell that was asked for last, and where the lines of its source end in the file.
    known: Option<(usize, Vec<usize>)>,
}

impl<'t> Guide<'t> {
    /// A guide to the notebook that `text` is.
    pub(crate) fn new(text: &'t [u8]) -> Self {
        Self { text, notebook: Notebook::of(text), known: None }
    }

    /// Where the byte `at` of the text stands; `None` when it is in no cell.
    pub(crate) fn whereabouts(&mut self, at: usize) -> Option<Whereabouts> {
        let next = self.notebook.cells.partition_point(|cell| cell.place.start <= at);
        let number = next.checked_sub(1)?;
        let cell = self.notebook.cells.get(number).filter(|cell| at < cell.place.end)?;
        let part = match (cell.source.first(), cell.source.last()) {
            (Some(first), Some(last)) if (first.start..=last.end).contains(&at) => Part::Source(self.line(number, at)),
            _ if cell.outputs.iter().any(|output| output.place.range().contains(&at)) => Part::Output,
            _ => Part::Metadata,
        };
        Some(Whereabouts { cell: u32::try_from(next).unwrap_or(u32::MAX), part })
    }

    /// The line of the source of the cell at position `number` that the byte `at` stands in.
    fn line(&mut self, number: usize, at: usize) -> u32 {
        if self.known.as_ref().is_none_or(|(known, _)| *known != number) {
            let mut joined = Joined::default();
            joined.add(self.text, &self.notebook.cells[number].source);
            let breaks = memchr::memchr_iter(b'\n', &joined.text).map(|end| Span::new(end, end + 1));
            let breaks = breaks.filter_map(|end| joined.map.stretch(end)).map(|end| end.start);
            self.known = Some((number, breaks.collect()));
        }
        let before = self.known.as_ref().map_or(0, |(_, breaks)| breaks.partition_point(|end| *end < at));
        u32::try_from(before + 1).unwrap_or(u32::MAX)
    }
}

impl Output {
    /// Adds `string`, which is part of a text when it stands in a list.
    fn add(&mut self, string: Span, around: Option<&Frame>) {
        let list = around.filter(|frame| !frame.is_object).map(|frame| frame.start);
        match self.texts.last_mut().filter(|_| list.is_some() && list == self.list) {
            Some(strings) => strings.push(string),
            None => self.texts.push(vec![string]),
        }
        self.list = list;
    }
}

/// What is open around the reader.
#[derive(Debug)]
struct Frame {
    is_object: bool,
    start: usize,
    /// In an object, the key whose value comes next.
    key: Option<Span>,
}

struct Reader<'t> {
    text: &'t [u8],
    notebook: Notebook,
    frames: Vec<Frame>,
    cell: Option<Cell>,
    /// Bytes that are left.
    room: usize,
}

/// A notebook is not nested deeper; what is, belongs to an output that nobody reads as text.
const DEEPEST: usize = 64;

impl Reader<'_> {
    fn read(&mut self) {
        let mut at = 0;
        // What is too deep is passed over up to where it ends.
        let mut deeper = 0_usize;
        while let Some(byte) = self.text.get(at) {
            match byte {
                b'{' | b'[' if self.frames.len() == DEEPEST => deeper += 1,
                b'}' | b']' if deeper > 0 => deeper -= 1,
                b'{' | b'[' => self.open(at, *byte == b'{'),
                b'}' | b']' => self.close(at + 1),
                b',' if deeper == 0 => {
                    if let Some(frame) = self.frames.last_mut().filter(|frame| frame.is_object) {
                        frame.key = None;
                    }
                }
                b'"' => {
                    let string = string_at(self.text, at);
                    at = string.end;
                    if deeper == 0 {
                        self.string(string);
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// How many frames lie around a cell, when the reader is in one or its list.
    fn around_cell(&self) -> Option<usize> {
        if self.is_key(0, b"cells") {
            return Some(2);
        }
        (self.is_key(0, b"worksheets") && self.is_key(2, b"cells")).then_some(4)
    }

    /// Takes `bytes` from those that are left, and tells whether there were so many. Where there are not, nothing more is taken in.
    fn takes(&mut self, bytes: usize) -> bool {
        let left = self.room.checked_sub(bytes);
        self.notebook.is_cut |= left.is_none();
        self.room = left.unwrap_or(0);
        left.is_some()
    }

    fn open(&mut self, start: usize, is_object: bool) {
        self.frames.push(Frame { is_object, start, key: None });
        let Some(base) = self.around_cell() else { return };
        let place = Span::new(start, self.text.len());
        if self.frames.len() == base + 1 && is_object {
            let cell = Cell { place, is_code: false, source: Vec::new(), outputs: Vec::new() };
            self.cell = self.takes(size_of::<Cell>()).then_some(cell);
        } else if self.frames.len() == base + 3 && is_object && self.is_key(base, b"outputs") {
            let output = Output { place, stream: None, texts: Vec::new(), list: None };
            if self.cell.is_some()
                && self.takes(size_of::<Output>())
                && let Some(cell) = &mut self.cell
            {
                cell.outputs.push(output);
            }
        }
    }

    fn close(&mut self, end: usize) {
        let base = self.around_cell();
        let Some(frame) = self.frames.pop() else { return };
        let Some(base) = base else { return };
        if self.frames.len() == base
            && frame.is_object
            && let Some(mut cell) = self.cell.take()
        {
            cell.place = Span::new(frame.start, end);
            self.notebook.cells.push(cell);
        } else if self.frames.len() == base + 2 && frame.is_object && self.is_key(base, b"outputs") {
            self.end_output(Span::new(frame.start, end));
        }
    }

    /// What is written to one stream is one text, however often it was written to.
    fn end_output(&mut self, place: Span) {
        let Some(cell) = &mut self.cell else { return };
        let Some(mut output) = cell.outputs.pop_if(|output| output.place.start == place.start) else { return };
        output.place = place;
        if let Some(before) = cell.outputs.last_mut().filter(|before| before.stream == output.stream)
            && output.stream.is_some()
            && let (Some(text), [more]) = (before.texts.first_mut(), output.texts.as_slice())
        {
            text.extend(more);
            before.place.end = place.end;
            return;
        }
        cell.outputs.push(output);
    }

    fn string(&mut self, string: Span) {
        if let Some(frame) = self.frames.last_mut().filter(|frame| frame.is_object && frame.key.is_none()) {
            frame.key = Some(string);
            return;
        }
        let Some(base) = self.around_cell() else { return self.note_language(string) };
        if self.cell.is_none() {
            return;
        }
        let (text, frames) = (self.text, &self.frames);
        let key = |depth: usize| key_at(text, frames, base + depth).unwrap_or_default();
        let depth = frames.len() - base;
        let (role, inner) = (key(0), key(2));
        let is_source = matches!((role, depth), (b"source" | b"input", 1 | 2));
        let is_output = role == b"outputs"
            && match (inner, depth) {
                (b"text" | b"html" | b"traceback" | b"evalue", 3 | 4) => true,
                (b"data", 4 | 5) => !key(3).starts_with(b"image/"),
                _ => false,
            };
        if (is_source || is_output) && !self.takes(string.len() + BYTES_PER_STRING) {
            return;
        }
        let around = self.frames.last();
        let Some(cell) = &mut self.cell else { return };
        match (role, depth) {
            _ if is_source => cell.source.push(string),
            (b"cell_type", 1) => cell.is_code = &text[string.range()] == b"code",
            (b"outputs", 3..) => {
                let Some(output) = cell.outputs.last_mut() else { return };
                if is_output {
                    output.add(string, around);
                } else if matches!((inner, depth), (b"name" | b"stream", 3)) {
                    output.stream = Some(text[string.range()].to_vec());
                }
            }
            _ => {}
        }
    }

    fn note_language(&mut self, value: Span) {
        let is_kernel = self.is_key(1, b"kernelspec") && self.is_key(2, b"language");
        let is_info = self.is_key(1, b"language_info") && self.is_key(2, b"name");
        if self.frames.len() == 3 && self.is_key(0, b"metadata") && (is_kernel || is_info) {
            self.notebook.language = String::from_utf8_lossy(&self.text[value.range()]).to_lowercase();
        }
    }

    /// Whether the object at `depth` is at the value of `key`.
    fn is_key(&self, depth: usize, key: &[u8]) -> bool {
        key_at(self.text, &self.frames, depth) == Some(key)
    }
}

/// The key whose value the object at `depth` is at.
fn key_at<'t>(text: &'t [u8], frames: &[Frame], depth: usize) -> Option<&'t [u8]> {
    frames.get(depth).and_then(|frame| frame.key).map(|key| &text[key.range()])
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const V4: &str = r##"{"cells":[
 {"cell_type":"markdown","metadata":{},"source":["# Title\n","text"]},
 {"source":["a = 1\n","b = \"ä\u00e4\"\n","c"],"cell_type":"code","outputs":[
  {"name":"stdout","output_type":"stream","text":["one\n","two"]},
  {"name":"stdout","output_type":"stream","text":"three"},
  {"name":"stderr","output_type":"stream","text":["four"]},
  {"data":{"image/png":"AAAA","text/plain":["five-","six"],"text/html":["seven"]},"output_type":"execute_result"}]},
 {"cell_type":"code","source":"d","outputs":[]}
],"metadata":{"kernelspec":{"language":"Python"}},"nbformat":4}"##;
    const V3: &str = r#"{"metadata":{},"nbformat":3,"worksheets":[{"cells":[
 {"cell_type":"heading","source":["title"]},
 {"cell_type":"code","language":"python","input":["a\n","b"],"outputs":[
  {"output_type":"stream","stream":"stdout","text":["x","y"]},{"output_type":"pyout","png":"AAAA","text":["z"]}]}
]}]}"#;

    fn texts(text: &str) -> (String, Vec<String>) {
        let notebook = Notebook::of(text.as_bytes());
        let parts = |joined: &Joined| -> Vec<String> {
            joined.parts.iter().map(|part| String::from_utf8(joined.text[part.range()].to_vec()).unwrap()).collect()
        };
        (parts(&notebook.code(text.as_bytes())).concat(), parts(&notebook.prose(text.as_bytes())))
    }

    fn whereabouts(text: &str, what: &str) -> Option<(u32, Part)> {
        let found = Guide::new(text.as_bytes()).whereabouts(text.find(what).unwrap())?;
        Some((found.cell, found.part))
    }

    #[test]
    fn code_prose_and_outputs_are_put_together() {
        let (code, prose) = texts(V4);
        assert_eq!(code, "a = 1\nb = \"ää\"\ncd");
        assert_eq!(prose, ["# Title\ntext", "one\ntwothree", "four", "five-six", "seven"]);
        assert_eq!(Notebook::of(V4.as_bytes()).language, "python");
        let (code, prose) = texts(V3);
        assert_eq!((code.as_str(), prose.as_slice()), ("a\nb", ["title", "xy", "z"].map(str::to_owned).as_slice()));
    }

    #[test]
    fn a_place_is_told_by_its_cell_its_line_and_whether_it_is_an_output() {
        assert_eq!(whereabouts(V4, "Title"), Some((1, Part::Source(1))));
        assert_eq!(whereabouts(V4, "text\"]"), Some((1, Part::Source(2))));
        assert_eq!(whereabouts(V4, "a = 1"), Some((2, Part::Source(1))));
        assert_eq!(whereabouts(V4, "u00e4"), Some((2, Part::Source(2))));
        assert_eq!(whereabouts(V4, "c\"]"), Some((2, Part::Source(3))));
        assert_eq!(whereabouts(V4, "two"), Some((2, Part::Output)));
        assert_eq!(whereabouts(V4, "seven"), Some((2, Part::Output)));
        assert_eq!(whereabouts(V4, "d\",\"outputs\":[]"), Some((3, Part::Source(1))));
        assert_eq!(whereabouts(V4, "{}"), Some((1, Part::Metadata)));
        assert_eq!(whereabouts(V4, "kernelspec"), None);
        assert_eq!(whereabouts(V3, "b\"]"), Some((2, Part::Source(2))));
        assert_eq!(whereabouts(V3, "y\"]"), Some((2, Part::Output)));
    }

    #[test]
    fn views_lead_back_to_the_strings() {
        let views = Notebook::of(V4.as_bytes()).views(V4.as_bytes());
        let (prose, is_code) = &views[1];
        assert!(!is_code && views[0].1);
        let at = memchr::memmem::find(&prose.bytes, b"five-six").unwrap();
        let pieces = prose.map.origins(Span::new(at, at + 8));
        assert_eq!(pieces.iter().map(|piece| &V4[piece.range()]).collect::<Vec<_>>(), ["five-", "six"]);
        assert!(views.iter().all(|(view, _)| view.decoding == Decoding::Json));
    }

    #[test]
    fn a_cut_off_or_hostile_notebook_is_read_as_far_as_it_goes() {
        let cut = &V4[..V4.find("three").unwrap()];
        assert_eq!(texts(cut).1, ["# Title\ntext"], "a cell that does not end is none");
        assert_eq!(Notebook::of("[".repeat(100_000).as_bytes()).cells.len(), 0);
        let deep = format!("{{\"cells\":[{}{},{{\"source\":\"x\"}}]}}", "[".repeat(500), "]".repeat(500));
        assert_eq!(Notebook::of(deep.as_bytes()).cells.len(), 1);
    }

    #[test]
    fn a_notebook_of_nothing_but_cells_or_strings_is_taken_in_up_to_a_point() {
        let of = |cells: &str| Notebook::of(format!("{{\"cells\":[{cells}]}}").as_bytes());
        let empty = of(&vec!["{}"; 1 << 20].join(","));
        assert!(empty.is_cut && empty.cells.len() * size_of::<Cell>() <= MOST, "{}", empty.cells.len());
        let strings = of(&format!("{{\"source\":[{}]}}", vec!["\"\""; 1 << 20].join(",")));
        assert!(strings.is_cut && strings.cells[0].source.len() * BYTES_PER_STRING <= MOST);
        let outputs = of(&format!("{{\"outputs\":[{}]}}", vec!["{}"; 1 << 20].join(",")));
        assert!(outputs.is_cut && outputs.cells[0].outputs.len() * size_of::<Output>() <= MOST);
        assert!(!Notebook::of(V4.as_bytes()).is_cut);
    }

    proptest! {
        #[test]
        fn whatever_the_bytes_are_places_lie_in_them(parts in prop::collection::vec(prop::sample::select(vec![
            "{", "}", "[", "]", "\"cells\":", "\"worksheets\":", "\"cell_type\":\"code\"", "\"source\":", "\"outputs\":", "\"text\":", "\"data\":",
            "\"name\":\"stdout\"", "\"", "\\", "\\u00e4", ",", "\"x\"", "ä", "\\n", "{\"cells\":[{\"outputs\":[{\"text\":[", "[{\"cell_type\":\"code\",\"source\":[",
        ]), 0..40)) {
            let text = parts.concat();
            let notebook = Notebook::of(text.as_bytes());
            for (view, _) in notebook.views(text.as_bytes()) {
                for origin in view.map.origins(Span::new(0, view.bytes.len())) {
                    prop_assert!(origin.end <= text.len());
                }
            }
            let mut guide = Guide::new(text.as_bytes());
            for at in 0..text.len() {
                let cell = guide.whereabouts(at).map_or(0, |found| found.cell as usize);
                prop_assert!(cell <= notebook.cells.len());
            }
        }
    }
}
