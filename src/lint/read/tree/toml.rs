//! TOML. Its parser goes on after an error, so a manifest that is being edited is still read.

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    DEEPEST, Entry, Node, Parsed, Scalar,
    yaml::{Escapes, unescaped},
};
use crate::{lint::read::text::Mapping, model::Span};

/// The document `text` holds.
pub(in crate::lint::read) fn toml(text: &str) -> Parsed {
    let base = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let (table, errors) = DeTable::parse_recoverable(&text[base..]);
    let reader = Reader { text, base };
    let root = Node::Map(reader.entries(table.get_ref(), 0), Span::new(0, text.len()));
    let trouble = errors.first().map(|error| format!("it is no TOML: {}", error.message()));
    Parsed { documents: vec![root], trouble }
}

struct Reader<'a> {
    text: &'a str,
    base: usize,
}

impl Reader<'_> {
    fn entries(&self, table: &DeTable<'_>, depth: usize) -> Vec<Entry> {
        let mut entries: Vec<Entry> = table
            .iter()
            .filter_map(|(key, value)| {
                let key = self.string(self.at(key.span()), key.get_ref());
                Some(Entry { key, value: self.node(value, depth + 1)? })
            })
            .collect();
        entries.sort_by_key(|entry| entry.key.at());
        entries
    }

    fn node(&self, value: &Spanned<DeValue<'_>>, depth: usize) -> Option<Node> {
        if depth > DEEPEST {
            return None;
        }
        let at = self.at(value.span());
        Some(match value.get_ref() {
            DeValue::String(string) => Node::Scalar(self.string(at, string)),
            DeValue::Array(array) => {
                Node::List(array.iter().filter_map(|item| self.node(item, depth + 1)).collect(), at)
            }
            DeValue::Table(table) => Node::Map(self.entries(table, depth), at),
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {
                let text = self.text[at.range()].to_owned();
                Node::Scalar(Scalar { text, mapping: Mapping::straight(at), outer: at, quoted: false })
            }
        })
    }

    /// A span of the parser, made safe to cut with.
    fn at(&self, span: std::ops::Range<usize>) -> Span {
        let place = |at: usize| self.text.floor_char_boundary((self.base + at).min(self.text.len()));
        let (start, end) = (place(span.start), place(span.end));
        Span::new(start.min(end), end)
    }

    fn string(&self, at: Span, value: &str) -> Scalar {
        let raw = &self.text[at.range()];
        let width =
            ["\"\"\"", "'''", "\"", "'"].iter().find(|quote| raw.starts_with(**quote)).map_or(0, |quote| quote.len());
        let quoted = width > 0 && raw.len() >= 2 * width;
        let (mut start, end) = if quoted { (at.start + width, at.end - width) } else { (at.start, at.end) };
        if width == 3 && quoted {
            // A line break right behind the opening quotes is no part of the string.
            let rest = &self.text[start..end];
            start += if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) };
        }
        let mapping = if end - start == value.len() {
            Mapping::straight(Span::new(start, end))
        } else {
            unescaped(&self.text[start..end], value, start, Escapes::Backslash)
        };
        Scalar { text: value.to_owned(), mapping, outer: at, quoted }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_know_their_places_in_every_kind_of_quotes() {
        let text = "[tool]\nplain = 'x'\nn = 12\nlist = [\"a\\tb $X\", 'c']\nlong = \"\"\"\none\ntwo\"\"\"\n\"odd key\" = true\n";
        let parsed = toml(text);
        assert_eq!(parsed.trouble, None);
        let tool = parsed.documents[0].get("tool").unwrap();
        let keys: Vec<&str> = tool.entries().iter().map(|entry| &text[entry.key.at().range()]).collect();
        assert_eq!(keys, ["plain", "n", "list", "long", "odd key"]);
        assert_eq!(&text[tool.get("long").unwrap().at().range()], "one\ntwo");
        assert_eq!(&text[tool.get("n").unwrap().at().range()], "12");
        let Some(Node::Scalar(first)) = tool.get("list").unwrap().items().first() else { panic!() };
        let at = first.text.find("$X").unwrap();
        assert_eq!(&text[first.mapping.span(at..at + 2).range()], "$X");
    }

    #[test]
    fn a_broken_line_does_not_hide_the_others() {
        let parsed = toml("a = 1\nb = = 2\nc = 'x'\n");
        assert!(parsed.trouble.is_some());
        assert_eq!(parsed.documents[0].get("c").and_then(Node::text), Some("x"));
    }
}
