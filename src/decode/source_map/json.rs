//! JSON that is gone over instead of being read: where values stand, and nothing of what is in them.
//!
//! A source map is one object of megabytes of which a few members matter, and what is needed of them is their place in the text. So values
//! are skipped by counting brackets: no recursion, no copy, each byte looked at once for each level that is opened.

use crate::model::Span;

/// The members of the object that begins at `at` in `text`: places of keys, without quotes, and of values. Ends with what is broken.
pub(super) struct Members<'t> {
    reader: Reader<'t>,
}

/// The elements of an array: places of values.
pub(super) struct Elements<'t> {
    reader: Reader<'t>,
}

/// The members of the object at `at`; none when none begins there.
pub(super) fn members(text: &[u8], at: usize) -> Members<'_> {
    Members { reader: Reader::open(text, at, b'{') }
}

/// The elements of the array at `at`; none when none begins there.
pub(super) fn elements(text: &[u8], at: usize) -> Elements<'_> {
    Elements { reader: Reader::open(text, at, b'[') }
}

impl Iterator for Members<'_> {
    type Item = (Span, Span);

    fn next(&mut self) -> Option<Self::Item> {
        self.reader.next(b'}')?;
        let key = self.reader.value().and_then(|key| string(self.reader.text, key));
        let pair = key.and_then(|key| {
            self.reader.blank();
            self.reader.take(b':')?;
            self.reader.blank();
            Some((key, self.reader.value()?))
        });
        self.reader.broken |= pair.is_none();
        pair
    }
}

impl Iterator for Elements<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Self::Item> {
        self.reader.next(b']')?;
        let value = self.reader.value();
        self.reader.broken |= value.is_none();
        value
    }
}

/// What is between the quotes, if `value` is a string.
pub(super) fn string(text: &[u8], value: Span) -> Option<Span> {
    let is_string = value.len() >= 2 && text[value.start] == b'"';
    is_string.then(|| Span::new(value.start + 1, value.end - 1))
}

/// First byte at or after `at` that is no blank.
pub(super) fn blank(text: &[u8], at: usize) -> usize {
    text[at..].iter().position(|byte| !byte.is_ascii_whitespace()).map_or(text.len(), |passed| at + passed)
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    is_first: bool,
    broken: bool,
    closed: bool,
}

impl<'t> Reader<'t> {
    fn open(text: &'t [u8], at: usize, bracket: u8) -> Self {
        let is_open = text.get(at) == Some(&bracket);
        Self { text, at: at + usize::from(is_open), is_first: true, broken: !is_open, closed: false }
    }

    /// Moves to the next entry of what `close` ends; `None` when there is none.
    fn next(&mut self, close: u8) -> Option<()> {
        if self.broken || self.closed {
            return None;
        }
        self.blank();
        if self.take(close).is_some() {
            self.closed = true;
            return None;
        }
        if !std::mem::replace(&mut self.is_first, false) && self.take(b',').is_none() {
            self.broken = true;
            return None;
        }
        self.blank();
        Some(())
    }

    fn blank(&mut self) {
        self.at = blank(self.text, self.at);
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        let is_there = self.text.get(self.at) == Some(&byte);
        self.at += usize::from(is_there);
        is_there.then_some(())
    }

    /// The place of the value that begins here.
    fn value(&mut self) -> Option<Span> {
        let start = self.at;
        let mut depth = 0_usize;
        loop {
            match self.text.get(self.at)? {
                b'"' => self.skip_string()?,
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                _ if depth == 0 => self.skip_word()?,
                _ => {
                    let rest = &self.text[self.at..];
                    self.at += rest.iter().position(|byte| matches!(byte, b'"' | b'{' | b'[' | b'}' | b']'))?;
                }
            }
            if depth == 0 {
                return Some(Span::new(start, self.at));
            }
        }
    }

    fn skip_string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            self.at += memchr::memchr2(b'"', b'\\', self.text.get(self.at..)?)?;
            if self.text[self.at] == b'"' {
                self.at += 1;
                return Some(());
            }
            self.at += 2;
        }
    }

    /// Numbers, `null`, `true`, `false`.
    fn skip_word(&mut self) -> Option<()> {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
        let length = self.text[self.at..].iter().take_while(|byte| is_part(byte)).count();
        self.at += length;
        (length > 0).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(String, String)> {
        let of = |span: Span| text[span.range()].to_owned();
        members(text.as_bytes(), 0).map(|(key, value)| (of(key), of(value))).collect()
    }

    fn pair(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    #[test]
    fn members_are_told_with_the_places_of_their_values() {
        let found = shown(r#"{ "a" : "x\"]}" , "b":[1,{"c":"}"}], "d\u0041": -1.5e3,"e":null}"#);
        let expected =
            [pair("a", r#""x\"]}""#), pair("b", r#"[1,{"c":"}"}]"#), pair("d\\u0041", "-1.5e3"), pair("e", "null")];
        assert_eq!(found, expected);
    }

    #[test]
    fn elements_are_told_with_their_places() {
        let text = br#"["a",null,[2],"b"]"#;
        let found: Vec<&[u8]> = elements(text, 0).map(|span| &text[span.range()]).collect();
        assert_eq!(found, [br#""a""#.as_slice(), b"null", b"[2]", br#""b""#]);
    }

    #[test]
    fn what_is_broken_ends_what_is_told() {
        for (text, count) in [
            ("", 0),
            ("{", 0),
            ("[1]", 0),
            (r#"{"a":1"#, 1),
            (r#"{"a":1 "b":2}"#, 1),
            (r#"{"a":"x"#, 0),
            (r#"{"a":"x\"#, 0),
            (r#"{"a":]}"#, 0),
            ("{a:1}", 0),
            (r#"{"a":1,,"b":2}"#, 1),
        ] {
            assert_eq!(members(text.as_bytes(), 0).count(), count, "{text}");
        }
        let deep = "[".repeat(200_000);
        assert_eq!(elements(deep.as_bytes(), 0).count(), 0);
    }
}
