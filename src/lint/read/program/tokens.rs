//! Programs that are read as tokens: Go, Ruby, PHP, Java, Kotlin, C#, Rust, Elixir.
//!
//! What stands right before and behind a literal tells whether any expression may stand there; the words of its statement tell whether it must
//! be constant.

use super::{Literal, Needed};
use crate::{
    lint::{
        Language,
        read::code::{self, Kind, Tokens},
    },
    model::Span,
};

/// Words of statements whose values must be known before the program runs, or that describe a function.
const FIXED: [&str; 15] = [
    "const",
    "case",
    "when",
    "def",
    "defp",
    "fn",
    "fun",
    "func",
    "function",
    "constructor",
    "class",
    "enum",
    "annotation",
    "import",
    "require",
];
/// The same in PHP, where it holds for whatever belongs to a class.
const FIXED_IN_PHP: [&str; 5] = ["public", "private", "protected", "var", "static"];
/// No statement that people write has more tokens before a key.
const LONGEST_STATEMENT: usize = 400;

/// A program as tokens.
pub(in crate::lint) struct Program<'t> {
    text: &'t str,
    language: Language,
    tokens: Tokens<'t>,
}

impl std::fmt::Debug for Program<'_> {
    /// Without the text, which holds keys.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Program({} tokens)", self.tokens.len())
    }
}

impl<'t> Program<'t> {
    pub(super) fn new(language: Language, text: &'t str) -> Self {
        Self { text, language, tokens: code::tokens(text, language) }
    }

    pub(super) fn literal(&self, key: Span) -> Option<Literal> {
        let at = self.text_at(key)?;
        let (first, last) = self.owned(at)?;
        let (alternative, after) = self.stands_free(first)?;
        if !self.ends(last + 1) || self.is_fixed(first) {
            return None;
        }
        // A literal that is turned into an owned text takes that along.
        let start = if first == at { key.start - 1 } else { self.tokens.span(first).start };
        let end = if last == at { key.end + 1 } else { self.tokens.span(last).end };
        Some(Literal { whole: Span::new(start, end), after, alternative })
    }

    /// The string that is `key`, between plain quotes.
    fn text_at(&self, key: Span) -> Option<usize> {
        let (mut low, mut high) = (0, self.tokens.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.tokens.span(middle).start < key.start { low = middle + 1 } else { high = middle }
        }
        // A part that is put into a string may begin where nothing was before.
        let at = (low..self.tokens.len()).take(3).find(|at| self.tokens.span(*at) == key)?;
        let bytes = self.text.as_bytes();
        let quote = *bytes.get(key.start.checked_sub(1)?)?;
        let is_prefix = |byte: &u8| byte.is_ascii_alphanumeric() || b"_@$#~\\%\"'".contains(byte);
        let has_prefix = key.start >= 2 && is_prefix(&bytes[key.start - 2]);
        let is_plain = matches!(quote, b'"' | b'\'') && bytes.get(key.end) == Some(&quote) && !has_prefix;
        (self.tokens.kind(at) == Kind::Text && is_plain).then_some(at)
    }

    /// The tokens that go with the literal at `at`. In Rust a literal is borrowed, and what is read is owned.
    fn owned(&self, at: usize) -> Option<(usize, usize)> {
        if self.language != Language::Rust {
            return Some((at, at));
        }
        let is_row = |from: usize, row: &[&str]| {
            row.iter().enumerate().all(|(step, text)| self.tokens.text(from + step) == *text)
        };
        if is_row(at + 1, &[".", "to_string", "(", ")"]) || is_row(at + 1, &[".", "to_owned", "(", ")"]) {
            return Some((at, at + 4));
        }
        let first = at.checked_sub(5)?;
        (is_row(first, &["String", ":", ":", "from", "("]) && is_row(at + 1, &[")"])).then_some((first, at + 1))
    }

    /// Whether the expression that begins at `first` may be any; then whether it is an alternative, and where what is before it ends.
    fn stands_free(&self, first: usize) -> Option<(bool, Option<usize>)> {
        let before = first.checked_sub(1)?;
        let end_of = |at: usize| Some(self.tokens.cover(at, at).end);
        let mark = |at: usize| if self.tokens.kind(at) == Kind::Mark { self.tokens.text(at) } else { "" };
        let is_joined = before >= 1 && self.tokens.span(before - 1).end == self.tokens.span(before).start;
        let joined = if is_joined { mark(before - 1) } else { "" };
        match (joined, mark(before)) {
            ("|", "|") | ("?", "?" | ":") => Some((true, end_of(before.checked_sub(2)?))),
            (":", ":")
            | ("!" | "<" | ">" | "=" | "~" | "|" | "&" | "+" | "-" | "*" | "/" | "." | "%" | "^" | "?", "=") => None,
            ("=", ">") | (":", "=") | (_, ":") => Some((false, None)),
            (_, "=") => self.is_assigned(before).then_some((false, None)),
            (_, "," | "(" | "[" | "{") => Some((false, end_of(before.checked_sub(1)?))),
            _ => self.tokens.text(before).eq("return").then_some((false, None)),
        }
    }

    /// Whether `=` at `at` gives a variable its value. Between brackets it makes a default, but for arguments with a name in Kotlin.
    fn is_assigned(&self, at: usize) -> bool {
        let Some(parent) = self.tokens.parent(at).filter(|parent| self.tokens.is_mark(*parent, "(")) else {
            return true;
        };
        let opens = at.checked_sub(2).is_some_and(|at| ["(", ","].iter().any(|mark| self.tokens.is_mark(at, mark)));
        let is_group = parent.checked_sub(1).is_some_and(|before| self.tokens.text(before) == "var");
        is_group || (self.language == Language::Kotlin && opens)
    }

    /// Whether an expression ends before the token at `at`.
    fn ends(&self, at: usize) -> bool {
        if at >= self.tokens.len() {
            return true;
        }
        let text = self.tokens.text(at);
        match self.tokens.kind(at) {
            Kind::Mark => matches!(text, ")" | "," | ";" | "]" | "}"),
            Kind::Word => self.tokens.is_fresh(at),
            _ => false,
        }
    }

    /// Whether the statement around the token at `at` takes constants only, or describes something.
    fn is_fixed(&self, at: usize) -> bool {
        let mut outer = at;
        while let Some(parent) = self.tokens.parent(outer).filter(|parent| !self.tokens.is_mark(*parent, "{")) {
            outer = parent;
        }
        let ends = |at: &usize| self.tokens.kind(*at) == Kind::Mark && matches!(self.tokens.text(*at), ";" | "{" | "}");
        let by_lines = matches!(self.language, Language::Go | Language::Ruby | Language::Kotlin | Language::Elixir);
        let is_fixed = |at: usize| {
            let text = self.tokens.text(at);
            let is_word = self.tokens.kind(at) == Kind::Word;
            (is_word && (FIXED.contains(&text) || (self.language == Language::Php && FIXED_IN_PHP.contains(&text))))
                || (self.language == Language::Rust && text == "static")
                // An annotation, or an attribute of a module.
                || (self.language != Language::Ruby && text.starts_with('@'))
        };
        // From the literal to its outermost bracket all of it counts; from there on, up to where the statement begins.
        let inside =
            (outer..at).rev().take(LONGEST_STATEMENT).any(|at| is_fixed(at) && self.tokens.kind(at) == Kind::Word);
        let mut first = None;
        for before in (0..=outer).rev().take(LONGEST_STATEMENT) {
            if before != outer && ends(&before) {
                break;
            }
            first = Some(before);
            if is_fixed(before) {
                return true;
            }
            if by_lines && self.tokens.is_fresh(before) {
                break;
            }
        }
        let is_attribute =
            first.is_some_and(|first| self.language == Language::CSharp && self.tokens.is_mark(first, "["));
        inside || is_attribute
    }

    /// How `os` comes into a Go program.
    pub(super) fn needed(&self) -> Needed {
        if self.language != Language::Go {
            return Needed::Nothing;
        }
        let at_top = |at: &usize| self.tokens.is_fresh(*at) && self.tokens.parent(*at).is_none();
        let words =
            |word: &'static str| (0..self.tokens.len()).filter(at_top).filter(move |at| self.tokens.text(*at) == word);
        let mut place = None;
        for import in words("import") {
            let end = self.tokens.partner(import + 1).unwrap_or(import + 2);
            let mut paths = (import + 1..end).filter(|at| self.tokens.kind(*at) == Kind::Text);
            if paths.clone().any(|at| self.tokens.text(at) == "os") {
                return Needed::Nothing;
            }
            place = place.or_else(|| match self.tokens.partner(import + 1) {
                Some(_) => paths.next().map(|first| self.in_group(first, end)),
                None => Some(Needed::Line(self.tokens.span(import).start, "import \"os\"\n")),
            });
        }
        let package = || {
            let line = self.tokens.span(words("package").next()?).end;
            let next = memchr::memchr(b'\n', &self.text.as_bytes()[line..])? + line + 1;
            Some(Needed::Line(next, "\nimport \"os\"\n"))
        };
        place.or_else(package).unwrap_or(Needed::Unknown)
    }

    /// The line of a group of imports before which `os` stands by the alphabet, or the end of the group.
    fn in_group(&self, first: usize, end: usize) -> Needed {
        let bytes = self.text.as_bytes();
        let line_of = |at: usize| memchr::memrchr(b'\n', &bytes[..self.tokens.span(at).start]).map(|end| end + 1);
        let next_line = |from: usize| memchr::memchr(b'\n', &bytes[from..]).map(|end| from + end + 1);
        let mut place = None;
        for at in (first..end).filter(|at| self.tokens.kind(*at) == Kind::Text) {
            let Some(line) = line_of(at) else { return Needed::Unknown };
            // A blank line ends the group of the standard library.
            if place.is_some_and(|place| place != line) || self.tokens.text(at) > "os" {
                place = place.or(Some(line));
                break;
            }
            place = next_line(line);
        }
        place.map_or(Needed::Unknown, |place| Needed::Line(place, "\t\"os\"\n"))
    }
}
