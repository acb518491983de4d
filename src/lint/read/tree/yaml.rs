//! YAML, with anchors resolved, and the templates of Helm kept out of the parser's way.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::{DEEPEST, Entry, Node, Parsed, Scalar};
use crate::{lint::read::text::Mapping, model::Span};

/// Nodes that aliases may add to a document in all; a few lines of aliases of aliases would otherwise become millions.
const MOST_COPIES: usize = 20_000;

/// Manifests that people write are far smaller, and YAML is slow to parse.
const LARGEST: usize = 1 << 20;

/// The documents `text` holds.
pub(in crate::lint::read) fn yaml(text: &str) -> Parsed {
    if text.len() > LARGEST {
        return Parsed { documents: Vec::new(), trouble: Some(format!("it is larger than {} MB", LARGEST >> 20)) };
    }
    let masked = without_templates(text);
    let mut builder = Builder {
        text,
        places: Places::new(text),
        open: Vec::new(),
        anchors: BTreeMap::new(),
        copies: 0,
        done: Vec::new(),
    };
    let mut trouble = None;
    for event in Parser::new_from_str(masked.as_deref().unwrap_or(text)) {
        match event {
            Ok((event, span)) => {
                let at = builder.places.span(span);
                builder.take(event, at);
            }
            Err(error) => {
                trouble = Some(format!("it is no YAML: {} in line {}", error.info(), error.marker().line()));
                break;
            }
        }
    }
    while !builder.open.is_empty() {
        builder.close(text.len());
    }
    Parsed { documents: builder.done, trouble }
}

/// `text` with all `{{ … }}` of templates painted over at the same length: blank where they fill a line, a word elsewhere. `None` when there
/// are none. GitHub's `${{ … }}` is YAML as it is.
fn without_templates(text: &str) -> Option<String> {
    if !text.contains("{{") {
        return None;
    }
    let mut masked = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let content = line.trim();
        let fills = content.starts_with("{{") && content.ends_with("}}") && !content.contains("}}:");
        let mut rest = line;
        while let Some(open) = rest.find("{{") {
            let Some(close) = rest[open..].find("}}").map(|close| open + close + 2) else { break };
            masked.push_str(&rest[..open]);
            let part = &rest[open..close];
            if masked.ends_with('$') {
                masked.push_str(part);
            } else {
                masked.extend(part.chars().map(|c| {
                    if fills {
                        ' '
                    } else if c.is_ascii() {
                        'x'
                    } else {
                        c
                    }
                }));
            }
            rest = &rest[close..];
        }
        masked.push_str(rest);
    }
    Some(masked)
}

/// From the parser's places, which count characters, to bytes.
struct Places<'a> {
    /// Byte of every 64th character; empty when all characters are one byte wide.
    marks: Vec<usize>,
    text: &'a str,
}

const STRIDE: usize = 64;

impl<'a> Places<'a> {
    fn new(text: &'a str) -> Self {
        if text.is_ascii() {
            return Self { marks: Vec::new(), text };
        }
        let marks = text.char_indices().step_by(STRIDE).map(|(at, _)| at).collect();
        Self { marks, text }
    }

    fn byte(&self, index: usize) -> usize {
        if self.marks.is_empty() {
            return index.min(self.text.len());
        }
        let Some(mark) = self.marks.get(index / STRIDE) else { return self.text.len() };
        let within = self.text[*mark..].char_indices().nth(index % STRIDE);
        within.map_or(self.text.len(), |(at, _)| mark + at)
    }

    fn span(&self, span: saphyr_parser::Span) -> Span {
        let (start, end) = (self.byte(span.start.index()), self.byte(span.end.index()));
        Span::new(start.min(end), end)
    }
}

/// A list or map that is not closed yet.
struct Open {
    node: Node,
    /// The key that waits for its value.
    key: Option<Scalar>,
    anchor: usize,
}

struct Builder<'a> {
    text: &'a str,
    places: Places<'a>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Node>,
    copies: usize,
    done: Vec<Node>,
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, at: Span) {
        match event {
            Event::Scalar(value, style, anchor, _) => {
                let node = Node::Scalar(self.scalar(&value, style, at));
                self.remember(anchor, &node);
                self.put(node);
            }
            Event::SequenceStart(anchor, _) => self.begin(Node::List(Vec::new(), at), anchor),
            Event::MappingStart(anchor, _) => self.begin(Node::Map(Vec::new(), at), anchor),
            Event::SequenceEnd | Event::MappingEnd => self.close(at.end),
            Event::Alias(anchor) => self.repeat(anchor, at),
            Event::DocumentEnd => self.anchors.clear(),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) => {}
        }
    }

    fn begin(&mut self, node: Node, anchor: usize) {
        self.open.push(Open { node, key: None, anchor });
    }

    fn close(&mut self, end: usize) {
        let Some(mut open) = self.open.pop() else { return };
        // The end of a block is noticed only at the next line that does not belong to it.
        let is_flow = |at: &Span| self.text[at.start..].starts_with(['[', '{']);
        let last = match &open.node {
            Node::List(items, at) if !is_flow(at) => items.last().map(Node::outer_end),
            Node::Map(entries, at) if !is_flow(at) => entries.last().map(|entry| entry.whole().end),
            _ => None,
        };
        if let Node::List(_, at) | Node::Map(_, at) = &mut open.node {
            // What an alias or a merge brings stands elsewhere.
            at.end = last.filter(|last| (at.start..=end).contains(last)).unwrap_or(end).max(at.start);
        }
        self.remember(open.anchor, &open.node);
        self.put(open.node);
    }

    /// Hands a finished node to what it stands in.
    fn put(&mut self, node: Node) {
        if self.open.len() > DEEPEST {
            return;
        }
        let Some(parent) = self.open.last_mut() else {
            self.done.push(node);
            return;
        };
        match (&mut parent.node, parent.key.take()) {
            (Node::List(items, _), _) => items.push(node),
            (Node::Map(entries, _), Some(key)) if key.text == "<<" => merge(entries, node),
            (Node::Map(entries, _), Some(key)) => entries.push(Entry { key, value: node }),
            (Node::Map(..), None) => parent.key = Some(as_key(node)),
            (Node::Scalar(_), _) => {}
        }
    }

    fn remember(&mut self, anchor: usize, node: &Node) {
        if anchor > 0 {
            let size = node.size();
            if self.copies + size <= MOST_COPIES {
                self.copies += size;
                self.anchors.insert(anchor, node.clone());
            }
        }
    }

    fn repeat(&mut self, anchor: usize, at: Span) {
        let copy = self.anchors.get(&anchor).filter(|node| self.copies + node.size() <= MOST_COPIES).cloned();
        self.copies += copy.as_ref().map_or(0, Node::size);
        let empty =
            || Node::Scalar(Scalar { text: String::new(), mapping: Mapping::straight(at), outer: at, quoted: false });
        self.put(copy.unwrap_or_else(empty));
    }

    fn scalar(&self, value: &str, style: ScalarStyle, at: Span) -> Scalar {
        let raw = &self.text[at.range()];
        let (mapping, quoted) = match style {
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted if raw.len() >= 2 => {
                let inner = Span::new(at.start + 1, at.end - 1);
                let escapes = if style == ScalarStyle::DoubleQuoted { Escapes::Backslash } else { Escapes::None };
                (self.mapping(value, inner, escapes), true)
            }
            ScalarStyle::Literal | ScalarStyle::Folded => (block(raw, value, at), true),
            _ => (self.mapping(value, at, Escapes::None), false),
        };
        // What a template makes of a value is not known here; the text keeps the template.
        let templated = raw.contains("{{") && !matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let text = if templated { self.text[mapping.whole().range()].to_owned() } else { value.to_owned() };
        let mapping = if templated { Mapping::straight(mapping.whole()) } else { mapping };
        let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let outer = if is_block { Span::new(at.start, mapping.whole().end.max(at.start)) } else { at };
        Scalar { text, mapping, outer, quoted }
    }

    fn mapping(&self, value: &str, at: Span, escapes: Escapes) -> Mapping {
        let raw = &self.text[at.range()];
        if raw.len() == value.len() { Mapping::straight(at) } else { unescaped(raw, value, at.start, escapes) }
    }
}

/// What `<<: *defaults` adds: all that the map itself does not say.
fn merge(entries: &mut Vec<Entry>, node: Node) {
    let maps = if let Node::List(items, _) = node { items } else { vec![node] };
    for map in maps {
        let Node::Map(others, _) = map else { continue };
        for other in others {
            if !entries.iter().any(|entry| entry.key.text == other.key.text) {
                entries.push(other);
            }
        }
    }
}

/// A key that is a list or map names nothing; it keeps its place.
fn as_key(node: Node) -> Scalar {
    let at = node.at();
    if let Node::Scalar(scalar) = node {
        scalar
    } else {
        Scalar { text: String::new(), mapping: Mapping::straight(at), outer: at, quoted: true }
    }
}

/// The mapping of a block scalar, whose lines stand indented below its header.
fn block(raw: &str, value: &str, at: Span) -> Mapping {
    let header = if raw.starts_with(['|', '>']) { raw.find('\n').map_or(raw.len(), |end| end + 1) } else { 0 };
    unescaped(&raw[header..], value, at.start + header, Escapes::None)
}

/// What a backslash means in a quoted text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Escapes {
    /// A backslash.
    None,
    /// That the next character is special.
    Backslash,
}

/// Lays `value` beside `raw`, from which it was made by dropping escapes, indentation and line breaks.
///
/// Both are walked once. Where they differ, white space of `raw` is passed over; what a `\u0041` stands for maps to its backslash.
pub(super) fn unescaped(raw: &str, value: &str, start: usize, escapes: Escapes) -> Mapping {
    let mut mapping = Mapping::until(start + raw.len());
    let (bytes, mut at) = (raw.as_bytes(), 0);
    let is_blank = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_whitespace);
    let mut characters = value.char_indices().peekable();
    while let Some((inner, c)) = characters.next() {
        if c.is_ascii_whitespace() && is_blank(at) {
            // Line breaks and indentation were folded into one blank, or dropped.
            mapping.step(inner, start + at);
            let more = characters.peek().is_some_and(|(_, next)| next.is_ascii_whitespace());
            at += 1;
            while !more && is_blank(at) {
                at += 1;
            }
            continue;
        }
        while !c.is_ascii_whitespace() && is_blank(at) {
            at += 1;
        }
        mapping.step(inner, start + at.min(raw.len()));
        let rest = bytes.get(at..).unwrap_or_default();
        at += match rest {
            [b'\'', b'\'', ..] if c == '\'' && escapes == Escapes::None => 2,
            [b'\\', ..] if escapes == Escapes::Backslash => escape_length(rest),
            _ => c.len_utf8(),
        };
        at = raw.ceil_char_boundary(at.min(raw.len()));
    }
    // Text that was cut off at the end, such as the last line break of a block, is no part of it.
    mapping.step(0, start);
    mapping.close(start + at.min(raw.len()));
    mapping
}

/// Bytes of the escape at the front of `raw`.
fn escape_length(raw: &[u8]) -> usize {
    match raw.get(1) {
        Some(b'x') => 4,
        Some(b'u') => 6,
        Some(b'U') => 10,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn cut<'t>(text: &'t str, path: &[&str]) -> &'t str {
        let parsed = yaml(text);
        let root = parsed.documents.first().unwrap();
        &text[root.find(path).unwrap_or_else(|| panic!("{path:?} in {root:?}")).at().range()]
    }

    #[test]
    fn scalars_stand_where_they_are_written() {
        let text = "# \u{e9}\u{4e2d}\r\na: plain text # note\r\nb: \"quoted\"\nc: 'it''s'\nd: {e: 1, f: [x, 'y']}\ng:\n  - h: i\n";
        assert_eq!(cut(text, &["a"]), "plain text");
        assert_eq!(cut(text, &["b"]), "quoted");
        assert_eq!(cut(text, &["c"]), "it''s");
        assert_eq!(cut(text, &["d", "e"]), "1");
        let root = &yaml(text).documents[0];
        let items: Vec<&str> = root.find(&["d", "f"]).unwrap().scalars().map(|item| &text[item.at().range()]).collect();
        assert_eq!(items, ["x", "y"]);
        assert_eq!(&text[root.get("g").unwrap().items()[0].get("h").unwrap().at().range()], "i");
    }

    #[test]
    fn parts_of_blocks_and_folded_text_lead_back() {
        let text = "run: |\n    first $A\n      deeper $B\n\n    last $C\nfold: >-\n  one $D\n  two $E\nq: \"x\\\"y\\n\\x41 $F\n  z $G\"\np: u $H\n  v $I\n";
        let root = &yaml(text).documents[0];
        assert_eq!(root.get("run").and_then(Node::text), Some("first $A\n  deeper $B\n\nlast $C\n"));
        let mut seen = String::new();
        root.each_scalar(&mut |scalar| {
            for (at, _) in scalar.text.match_indices('$') {
                let place = scalar.mapping.span(at..at + 2);
                assert_eq!(text[place.range()], scalar.text[at..at + 2]);
                seen.push_str(&text[place.range()]);
            }
        });
        assert_eq!(seen, "$A$B$C$D$E$F$G$H$I");
    }

    #[test]
    fn anchors_and_merges_are_resolved() {
        let text = "x: &env\n  A: 1\n  B: 2\nuse: *env\nmore:\n  <<: *env\n  B: 3\n";
        assert_eq!(cut(text, &["use", "A"]), "1");
        assert_eq!(cut(text, &["more", "A"]), "1");
        assert_eq!(yaml(text).documents[0].find(&["more", "B"]).and_then(Node::text), Some("2"));
    }

    #[test]
    fn aliases_of_aliases_do_not_multiply() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..30 {
            let items = vec![format!("*a{}", level - 1); 10].join(", ");
            writeln!(text, "a{level}: &a{level} [{items}]").unwrap();
        }
        let parsed = yaml(&text);
        assert!(parsed.documents[0].size() < 3 * MOST_COPIES);
    }

    #[test]
    fn helm_templates_are_read_around() {
        let text = "{{- if .Values.on }}\nkind: Secret\nstringData:\n  KEY: {{ .Values.key | quote }}\n  {{- range .x }}\n  OTHER: \"a-{{ . }}\"\n  {{- end }}\n{{- end }}\n";
        assert_eq!(yaml(text).trouble, None);
        assert_eq!(cut(text, &["stringData", "KEY"]), "{{ .Values.key | quote }}");
        assert_eq!(cut(text, &["stringData", "OTHER"]), "a-{{ . }}");
        let workflow = "env:\n  KEY: ${{ secrets.KEY }}\n";
        assert_eq!(yaml(workflow).documents[0].find(&["env", "KEY"]).and_then(Node::text), Some("${{ secrets.KEY }}"));
    }

    #[test]
    fn what_stands_before_an_error_is_kept() {
        let parsed = yaml("a: 1\nb: [1, 2\nc: }\n");
        assert!(parsed.trouble.is_some());
        assert_eq!(parsed.documents[0].get("a").and_then(Node::text), Some("1"));
    }

    #[test]
    fn hostile_documents_end_soon() {
        for text in [
            "- ".repeat(50_000),
            "[".repeat(50_000),
            "{a: ".repeat(50_000),
            "? ".repeat(50_000),
            "a: ".repeat(50_000),
            "- a: |\n".repeat(50_000),
            "&a ".repeat(50_000),
            "\"".repeat(50_001),
        ] {
            assert!(yaml(&text).documents.iter().map(Node::size).sum::<usize>() <= text.len());
        }
    }
}
