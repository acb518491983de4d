//! From source text to tokens, without comments, with strings in one piece and what is interpolated into them taken apart.
//!
//! One pass, no recursion: a string that takes an expression in is put on a stack until the expression ends. Text that is not understood
//! becomes marks of one character, so nothing is ever an error.

use super::dialect::{Dialect, Escape, Hole, Quote, Syntax};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lint::read) enum Kind {
    /// A name, keyword or number.
    Word,
    /// A string without expressions in it; its place is what stands between the quotes.
    Text,
    /// The beginning of a string with expressions in it.
    Open,
    /// A piece of such a string.
    Part,
    /// Where an expression begins in it.
    Hole,
    /// Where that ends.
    HoleEnd,
    /// The end of such a string.
    Close,
    /// Any other character.
    Mark,
}

/// A token and its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: u32,
    pub(super) end: u32,
    /// It is the first of its line.
    pub(super) fresh: bool,
}

/// A string that waits for the end of an expression in it.
struct Frame {
    quote: Quote,
    /// Brackets opened in the expression and not closed.
    depth: usize,
    bracket: (u8, u8),
}

/// Strings in expressions in strings are taken apart this deep.
const DEEPEST: usize = 16;

/// Longest escape of a character, with its quotes: `'\\u{10ffff}'`.
const LONGEST_CHARACTER: usize = 13;

/// The tokens of `text`.
pub(super) fn lex(text: &str, dialect: &'static Dialect) -> Vec<Token> {
    let mut lexer = Lexer {
        text,
        bytes: text.as_bytes(),
        dialect,
        at: 0,
        fresh: true,
        frames: Vec::new(),
        tokens: Vec::new(),
        documents: Vec::new(),
    };
    if dialect.syntax == Syntax::Php {
        lexer.outside_php();
    }
    while lexer.at < text.len() {
        lexer.step();
    }
    lexer.tokens
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    dialect: &'static Dialect,
    at: usize,
    fresh: bool,
    frames: Vec<Frame>,
    tokens: Vec<Token>,
    /// Delimiters of here-documents that begin with the next line.
    documents: Vec<String>,
}

impl Lexer<'_> {
    fn step(&mut self) {
        let byte = self.bytes[self.at];
        if byte == b'\n' {
            self.at += 1;
            self.fresh = true;
            self.here_documents();
        } else if byte.is_ascii_whitespace() {
            self.at += 1;
        } else if !(self.comment() || self.end_of_hole(byte) || self.peculiar(byte) || self.string() || self.name()) {
            self.mark();
        }
    }

    fn rest(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        self.tokens.push(Token { kind, start: place(start), end: place(end), fresh: std::mem::take(&mut self.fresh) });
    }

    fn line_end(&self) -> usize {
        memchr::memchr(b'\n', self.rest()).map_or(self.bytes.len(), |end| self.at + end)
    }

    fn comment(&mut self) -> bool {
        let rest = self.rest();
        if self.dialect.line_comments.iter().any(|open| rest.starts_with(open.as_bytes())) {
            let is_attribute = self.dialect.syntax == Syntax::Php && rest.starts_with(b"#[");
            if is_attribute {
                return false;
            }
            let end = self.line_end();
            // In PHP the end of the code also ends a comment.
            let tag =
                memchr::memmem::find(&self.bytes[self.at..end], b"?>").filter(|_| self.dialect.syntax == Syntax::Php);
            self.at = tag.map_or(end, |tag| self.at + tag);
            return true;
        }
        if self.dialect.syntax == Syntax::Ruby && rest.starts_with(b"=begin") && self.fresh {
            let end = memchr::memmem::find(rest, b"\n=end").map_or(rest.len(), |end| end + 5);
            self.at += end;
            return true;
        }
        if self.dialect.block_comments && rest.starts_with(b"/*") {
            self.block_comment();
            return true;
        }
        false
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.bytes.len() {
            match self.rest() {
                [b'*', b'/', ..] => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return;
                    }
                }
                [b'/', b'*', ..] if depth == 0 || self.dialect.nested_comments => {
                    depth += 1;
                    self.at += 2;
                }
                _ => self.at += 1,
            }
        }
    }

    /// Counts brackets in an expression of a string; goes on with the string where the expression ends.
    fn end_of_hole(&mut self, byte: u8) -> bool {
        let Some(frame) = self.frames.last_mut() else { return false };
        if byte == frame.bracket.0 {
            frame.depth += 1;
        } else if byte == frame.bracket.1 {
            if frame.depth == 0 {
                let quote = frame.quote;
                self.frames.pop();
                self.push(Kind::HoleEnd, self.at, self.at + 1);
                self.at += 1;
                self.inside(quote, self.at, true);
                return true;
            }
            frame.depth -= 1;
        }
        false
    }

    fn string(&mut self) -> bool {
        let rest = self.rest();
        let Some(quote) = self.dialect.quotes.iter().find(|quote| rest.starts_with(quote.open.as_bytes())) else {
            return false;
        };
        // A prefix such as `r` is one only where no name goes on.
        let continues = self.at > 0 && is_name_byte(self.bytes[self.at - 1]) && is_name_byte(quote.open.as_bytes()[0]);
        if continues {
            return false;
        }
        let start = self.at;
        self.at += quote.open.len();
        self.inside_from(*quote, start);
        true
    }

    fn inside_from(&mut self, quote: Quote, open: usize) {
        let begun = self.tokens.len();
        let content = self.at;
        self.inside(quote, content, false);
        // A string that turned out to have expressions in it begins with its quote.
        if let Some(token) = self.tokens.get_mut(begun)
            && token.kind == Kind::Open
        {
            token.start = u32::try_from(open).unwrap_or(u32::MAX);
        }
    }

    /// The content of a string from here on; `opened` when an expression was met before.
    fn inside(&mut self, quote: Quote, content: usize, mut opened: bool) {
        let close = quote.close.as_bytes();
        let mut part = content;
        while self.at < self.bytes.len() {
            let rest = self.rest();
            if rest.starts_with(close) {
                if quote.escape == Escape::Doubled && rest[close.len()..].starts_with(close) {
                    self.at += 2 * close.len();
                    continue;
                }
                break;
            }
            match self.hole_here(quote.hole) {
                Some(length) if self.frames.len() < DEEPEST => {
                    if !opened {
                        self.push(Kind::Open, content, content);
                        opened = true;
                    }
                    if self.at > part {
                        self.push(Kind::Part, part, self.at);
                    }
                    if self.simple_hole(quote.hole, length) {
                        part = self.at;
                        continue;
                    }
                    self.push(Kind::Hole, self.at, self.at + length);
                    self.at += length;
                    let bracket = if quote.hole == Hole::Paren { (b'(', b')') } else { (b'{', b'}') };
                    self.frames.push(Frame { quote, depth: 0, bracket });
                    return;
                }
                _ => {}
            }
            match rest[0] {
                b'\\' if quote.escape == Escape::Backslash => {
                    self.at = self.text.ceil_char_boundary((self.at + 2).min(self.bytes.len()));
                }
                b'\n' if !quote.lines => break,
                _ => self.at += 1,
            }
        }
        if opened {
            if self.at > part {
                self.push(Kind::Part, part, self.at);
            }
            self.push(Kind::Close, self.at, self.at);
        } else {
            self.push(Kind::Text, content, self.at);
        }
        if self.rest().starts_with(close) {
            self.at += close.len();
        }
    }

    /// Length of what opens an expression at this place of a string.
    fn hole_here(&self, hole: Hole) -> Option<usize> {
        let rest = self.rest();
        let begins_name = |at: usize| rest.get(at).is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
        match hole {
            Hole::None => None,
            Hole::Hash => rest.starts_with(b"#{").then_some(2),
            Hole::Paren => rest.starts_with(b"\\(").then_some(2),
            Hole::Brace => {
                (rest[0] == b'{' && !rest.starts_with(b"{{") && !self.bytes[..self.at].ends_with(b"{")).then_some(1)
            }
            Hole::Dollar | Hole::Php if rest.starts_with(b"${") => Some(2),
            Hole::Php if rest.starts_with(b"{$") => Some(1),
            Hole::Dollar | Hole::Php => (rest[0] == b'$' && begins_name(1)).then_some(1),
        }
    }

    /// `$name`, which needs no brackets.
    fn simple_hole(&mut self, hole: Hole, length: usize) -> bool {
        let simple = length == 1 && matches!(hole, Hole::Dollar | Hole::Php) && self.rest()[0] == b'$';
        if !simple {
            return false;
        }
        let start = self.at;
        let name = start + 1 + self.bytes[start + 1..].iter().take_while(|byte| is_name_byte(**byte)).count();
        let mut end = name;
        if hole == Hole::Php && self.bytes[end..].starts_with(b"->") {
            end += 2 + self.bytes[end + 2..].iter().take_while(|byte| is_name_byte(**byte)).count();
        }
        self.push(Kind::Hole, start, start);
        let from = if hole == Hole::Php { start } else { start + 1 };
        self.push(Kind::Word, from, name);
        if end > name + 2 {
            self.push(Kind::Word, name + 2, end);
        }
        self.push(Kind::HoleEnd, end, end);
        self.at = end;
        true
    }

    fn name(&mut self) -> bool {
        let byte = self.bytes[self.at];
        let prefix =
            self.rest().iter().take_while(|byte| self.dialect.before_name.as_bytes().contains(byte)).count().min(2);
        let follows = self.bytes.get(self.at + prefix).is_some_and(|byte| is_name_byte(*byte));
        let begins = is_name_byte(byte) || prefix > 0 && follows;
        if !begins {
            return false;
        }
        let start = self.at;
        self.at += prefix;
        self.at += self.rest().iter().take_while(|byte| is_name_byte(**byte)).count();
        let ends = self.bytes.get(self.at).is_some_and(|byte| self.dialect.after_name.as_bytes().contains(byte));
        // `x!=y` and `a ?b : c` are not names with a mark.
        if ends && !matches!(self.bytes.get(self.at + 1), Some(b'=' | b':')) {
            self.at += 1;
        }
        self.push(Kind::Word, start, self.at);
        true
    }

    fn mark(&mut self) {
        let end = self.text.ceil_char_boundary(self.at + 1);
        self.push(Kind::Mark, self.at, end);
        self.at = end;
    }

    /// What is particular to one language.
    fn peculiar(&mut self, byte: u8) -> bool {
        match self.dialect.syntax {
            Syntax::Rust if byte == b'\'' => self.lifetime_or_character(),
            Syntax::Rust if byte == b'r' || byte == b'b' => self.raw_string(),
            Syntax::Ruby => self.ruby(byte),
            Syntax::Elixir if byte == b'~' => self.sigil(),
            Syntax::Php if self.rest().starts_with(b"?>") => {
                self.outside_php();
                true
            }
            Syntax::Php if self.rest().starts_with(b"<<<") => {
                self.open_document(3);
                true
            }
            Syntax::Plain if byte == b'\'' && self.dialect.characters => self.character(),
            _ => false,
        }
    }

    /// Passes over what is no code, up to the next `<?php`.
    fn outside_php(&mut self) {
        let next = memchr::memmem::find(self.rest(), b"<?");
        self.at = next.map_or(self.bytes.len(), |open| self.at + open + 2);
        for tag in [&b"php"[..], b"="] {
            if self.rest().starts_with(tag) {
                self.at += tag.len();
            }
        }
    }

    fn character(&mut self) -> bool {
        let end = self.bytes.len().min(self.at + LONGEST_CHARACTER);
        let mut at = self.at + 1;
        while at < end && !matches!(self.bytes[at], b'\'' | b'\n') {
            at += 1 + usize::from(self.bytes[at] == b'\\');
        }
        if at >= end || self.bytes[at] == b'\n' {
            return false;
        }
        self.push(Kind::Mark, self.at, at + 1);
        self.at = at + 1;
        true
    }

    fn lifetime_or_character(&mut self) -> bool {
        let is_character =
            self.bytes.get(self.at + 1) == Some(&b'\\') || self.text[self.at + 1..].chars().nth(1) == Some('\'');
        is_character && self.character()
    }

    /// `r"…"`, `r#"…"#`, `b"…"`.
    fn raw_string(&mut self) -> bool {
        if self.at > 0 && is_name_byte(self.bytes[self.at - 1]) {
            return false;
        }
        let rest = self.rest();
        let letters = rest.iter().take_while(|byte| matches!(byte, b'r' | b'b' | b'c')).count();
        let hashes = rest[letters..].iter().take_while(|byte| **byte == b'#').count();
        let is_raw = letters <= 2 && rest[..letters].contains(&b'r') && rest.get(letters + hashes) == Some(&b'"');
        if !is_raw {
            return false;
        }
        let start = self.at + letters + hashes + 1;
        let mut at = start;
        while let Some(end) = memchr::memchr(b'"', &self.bytes[at..]).map(|end| at + end) {
            let closing = self.bytes[end + 1..].iter().take_while(|byte| **byte == b'#').take(hashes).count();
            if closing == hashes {
                self.push(Kind::Text, start, end);
                self.at = end + 1 + hashes;
                return true;
            }
            at = end + 1;
        }
        self.push(Kind::Text, start, self.bytes.len());
        self.at = self.bytes.len();
        true
    }

    fn ruby(&mut self, byte: u8) -> bool {
        let before = self.tokens.last().map(|token| &self.text[token.start as usize..token.end as usize]);
        let keyword =
            matches!(before, Some("if" | "unless" | "when" | "and" | "or" | "not" | "return" | "while" | "puts"));
        let is_value = self.tokens.last().is_some_and(|token| match token.kind {
            Kind::Word => !keyword,
            Kind::Text | Kind::Close => true,
            _ => matches!(before, Some(")" | "]" | "}")),
        });
        match byte {
            b'/' if !is_value => self.delimited(self.at + 1, b'/', b'/', false),
            b'%' if !is_value => {
                let letter = self.bytes.get(self.at + 1).filter(|byte| b"wWiIqQrxs".contains(byte));
                let open = self.at + 1 + usize::from(letter.is_some());
                let Some(opening) = self.bytes.get(open).copied() else { return false };
                let closing = match opening {
                    b'(' => b')',
                    b'[' => b']',
                    b'{' => b'}',
                    b'<' => b'>',
                    b'|' | b'!' => opening,
                    _ => return false,
                };
                self.delimited(open + 1, opening, closing, true)
            }
            b'<' if self.rest().starts_with(b"<<") && !is_value => {
                let is_document = self
                    .bytes
                    .get(self.at + 2)
                    .is_some_and(|byte| matches!(byte, b'~' | b'-' | b'"' | b'\'') || byte.is_ascii_uppercase());
                if is_document {
                    self.open_document(2);
                }
                is_document
            }
            _ => false,
        }
    }

    /// Text up to `close`, as one token. A regular expression ends with its line at the latest.
    fn delimited(&mut self, start: usize, open: u8, close: u8, lines: bool) -> bool {
        let (mut at, mut depth) = (start, 0_usize);
        while let Some(byte) = self.bytes.get(at) {
            match byte {
                b'\\' => at += 1,
                b'\n' if !lines => return false,
                byte if *byte == close && depth == 0 => {
                    self.push(Kind::Mark, self.at, at + 1);
                    self.at = at + 1;
                    return true;
                }
                byte if *byte == close => depth -= 1,
                byte if *byte == open => depth += 1,
                _ => {}
            }
            at += 1;
        }
        if lines {
            self.at = self.bytes.len();
        }
        lines
    }

    /// `~r/…/`, `~s(…)`.
    fn sigil(&mut self) -> bool {
        let letters = self.bytes[self.at + 1..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let open = self.at + 1 + letters;
        let Some(opening) = self.bytes.get(open).copied().filter(|_| letters > 0) else { return false };
        if self.bytes[open..].starts_with(b"\"\"\"") {
            return false;
        }
        let closing = match opening {
            b'(' => b')',
            b'[' => b']',
            b'{' => b'}',
            b'<' => b'>',
            b'/' | b'|' | b'"' | b'\'' => opening,
            _ => return false,
        };
        self.delimited(open + 1, opening, closing, true)
    }

    /// `<<~SQL`, `<<<'EOT'`: the document begins with the next line.
    fn open_document(&mut self, length: usize) {
        let start = self.at + length;
        let skip =
            self.bytes[start..].iter().take_while(|byte| matches!(byte, b'~' | b'-' | b'"' | b'\'' | b' ')).count();
        let name = self.bytes[start + skip..].iter().take_while(|byte| is_name_byte(**byte)).count();
        let delimiter = self.text[start + skip..start + skip + name].to_owned();
        self.at = start + skip + name;
        self.at += usize::from(matches!(self.bytes.get(self.at), Some(b'"' | b'\'')));
        if !delimiter.is_empty() {
            self.documents.push(delimiter);
        }
    }

    /// Passes over the here-documents that the line before opened. Text in them is no code; its addresses are not looked at.
    fn here_documents(&mut self) {
        for delimiter in std::mem::take(&mut self.documents) {
            let start = self.at;
            while self.at < self.bytes.len() {
                let end = self.line_end();
                let line = self.text[self.at..end].trim();
                let begin = self.at;
                self.at = (end + 1).min(self.bytes.len());
                if line.trim_end_matches([';', ',', ')']) == delimiter {
                    self.push(Kind::Text, start, begin);
                    break;
                }
            }
        }
        self.fresh = true;
    }
}

/// Whether `byte` belongs to a name in every language here.
fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
