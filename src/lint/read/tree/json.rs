//! JSON, with the comments and trailing commas that editors and build tools allow in it.

use jsonc_parser::{
    CollectOptions, ParseOptions,
    ast::{ObjectPropName, StringLit, Value},
    common::Ranged,
    parse_to_ast,
};

use super::{
    DEEPEST, Entry, Node, Parsed, Scalar,
    yaml::{Escapes, unescaped},
};
use crate::{lint::read::text::Mapping, model::Span};

/// The document `text` holds.
pub(in crate::lint::read) fn json(text: &str) -> Parsed {
    let base = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let reader = Reader { text, base };
    match parse_to_ast(&text[base..], &CollectOptions::default(), &ParseOptions::default()) {
        Ok(result) => {
            let documents = result.value.iter().filter_map(|value| reader.node(value, 0)).collect();
            Parsed { documents, trouble: None }
        }
        Err(error) => Parsed { documents: Vec::new(), trouble: Some(format!("it is no JSON: {error}")) },
    }
}

struct Reader<'a> {
    text: &'a str,
    base: usize,
}

impl Reader<'_> {
    fn node(&self, value: &Value<'_>, depth: usize) -> Option<Node> {
        if depth > DEEPEST {
            return None;
        }
        let at = Span::new(self.base + value.start(), self.base + value.end());
        Some(match value {
            Value::StringLit(string) => Node::Scalar(self.string(string)),
            Value::NumberLit(_) | Value::BooleanLit(_) | Value::NullKeyword(_) => Node::Scalar(self.word(at)),
            Value::Array(array) => {
                Node::List(array.elements.iter().filter_map(|item| self.node(item, depth + 1)).collect(), at)
            }
            Value::Object(object) => {
                let entry = |property: &jsonc_parser::ast::ObjectProp<'_>| {
                    let key = match &property.name {
                        ObjectPropName::String(string) => self.string(string),
                        ObjectPropName::Word(word) => {
                            self.word(Span::new(self.base + word.range.start, self.base + word.range.end))
                        }
                    };
                    Some(Entry { key, value: self.node(&property.value, depth + 1)? })
                };
                Node::Map(object.properties.iter().filter_map(entry).collect(), at)
            }
        })
    }

    fn word(&self, at: Span) -> Scalar {
        Scalar { text: self.text[at.range()].to_owned(), mapping: Mapping::straight(at), outer: at, quoted: false }
    }

    fn string(&self, string: &StringLit<'_>) -> Scalar {
        let (start, end) = (self.base + string.range.start + 1, self.base + string.range.end - 1);
        let raw = &self.text[start..end];
        let mapping = if raw.len() == string.value.len() {
            Mapping::straight(Span::new(start, end))
        } else {
            unescaped(raw, &string.value, start, Escapes::Backslash)
        };
        Scalar { text: string.value.clone().into_owned(), mapping, outer: Span::new(start - 1, end + 1), quoted: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_know_their_places_behind_escapes() {
        let text = "\u{feff}{ // note\n \"a\": [\"x\", 1, null,], 'b': \"say \\\"hi\\\" \\u00e9 $X\" }";
        let parsed = json(text);
        assert_eq!(parsed.trouble, None);
        let root = &parsed.documents[0];
        let items: Vec<&str> = root.get("a").unwrap().scalars().map(|scalar| &text[scalar.at().range()]).collect();
        assert_eq!(items, ["x", "1"]);
        let Some(Node::Scalar(said)) = root.get("b") else { panic!() };
        assert_eq!(said.text, "say \"hi\" \u{e9} $X");
        for word in ["hi", "$X"] {
            let at = said.text.find(word).unwrap();
            assert_eq!(&text[said.mapping.span(at..at + word.len()).range()], word);
        }
    }

    #[test]
    fn what_is_no_json_is_said_and_does_not_overflow() {
        assert!(json("{ \"a\": }").trouble.is_some());
        let deep = format!("{}{}", "[".repeat(400), "]".repeat(400));
        assert_eq!(json(&deep).trouble, None);
        assert!(json(&"[{\"a\":".repeat(700_000)).trouble.is_some());
    }
}
