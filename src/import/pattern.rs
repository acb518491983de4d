//! Regular expressions of Go and Python, written as Rust reads them.
//!
//! The three mean the same by nearly everything, and where they differ a pattern that is copied is either refused or, worse, means something else:
//! `\<` is a word's beginning here and a `<` there, `[a&&b]` an intersection, `{{` a mistake. So a pattern is read sign by sign and written anew.
//! Python's verbose form, in which blanks and comments mean nothing, is written without them. Look-around and references to earlier groups cannot be matched in linear time and are refused with that reason.

use std::{cell::OnceCell, fmt::Write as _, iter::Peekable, str::Chars};

use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;

use super::quoted;

/// Whose pattern it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Go,
    Python,
}

/// Longer patterns are refused.
const LONGEST: usize = 8 << 10;
/// What compiles to more is refused.
const LARGEST: usize = 64 << 10;
/// Bytes that a pattern may take for what it learns while it searches.
const LARGEST_CACHE: usize = 64 << 10;

/// A pattern as Rust reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    /// Its text. Of its groups one at most captures, and is called `secret`.
    pub(super) text: String,
    /// How many groups captured.
    pub(super) groups: usize,
}

impl Pattern {
    /// Reads `text`; the group of the number `secret`, from 1, becomes the group `secret`.
    ///
    /// # Errors
    /// What cannot be written in Rust, as the end of a sentence.
    pub(super) fn read(text: &str, dialect: Dialect, secret: usize) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("it is longer than {LONGEST} bytes"));
        }
        let rest = text.chars().peekable();
        let mut reader = Reader { rest, out: String::new(), groups: 0, secret, dialect, is_verbose: false };
        reader.pattern()?;
        Ok(Self { text: reader.out, groups: reader.groups })
    }
}

/// An expression to search with, compiled for as long as it is used: thousands at once would take a gigabyte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Search {
    pub(super) dialect: Dialect,
    pattern: String,
    is_unicode: bool,
}

impl Search {
    /// Reads `text`.
    ///
    /// # Errors
    /// As [`Pattern::read`].
    pub(super) fn read(text: &str, dialect: Dialect) -> Result<Self, String> {
        let pattern = Pattern::read(text, dialect, 0)?.text;
        // Go's `\w`, `\d` and `\b` are of ASCII, as keys are, and tables of Unicode take a hundred times the room.
        let is_unicode = [false, true].into_iter().find(|is_unicode| build(&pattern, *is_unicode).is_some());
        let is_unicode = is_unicode.ok_or("it is no regular expression that Rust can read, or a very large one")?;
        Ok(Self { dialect, pattern, is_unicode })
    }

    /// Whether it asks what stands beside a place: the beginning, the end, the edge of a word.
    pub(super) fn asks_for_edges(&self) -> bool {
        let parsed = ParserBuilder::new().unicode(self.is_unicode).utf8(false).build().parse(&self.pattern);
        parsed.map_or(true, |hir| !hir.properties().look_set().is_empty())
    }

    /// The same, ready to be used.
    pub(super) fn compile(&self) -> Matcher<'_> {
        let bytes = build(&self.pattern, self.is_unicode).expect("it was compiled when it was read");
        Matcher { pattern: &self.pattern, bytes, chars: OnceCell::new() }
    }
}

/// A [`Search`] that is compiled.
pub(super) struct Matcher<'s> {
    pattern: &'s str,
    bytes: Regex,
    /// The same over characters, when it was asked for and is not too large.
    chars: OnceCell<Option<Regex>>,
}

impl Matcher<'_> {
    /// Whether it is found in `text`. Over bytes `.` and `[^a]` stand for one byte, in Go and Python for one character; where that may make a
    /// difference both must be found.
    pub(super) fn is_match(&self, text: &[u8]) -> bool {
        let over_chars = || self.chars.get_or_init(|| build(self.pattern, true)).as_ref();
        self.bytes.is_match(text) && (text.is_ascii() || over_chars().is_some_and(|chars| chars.is_match(text)))
    }
}

fn build(pattern: &str, is_unicode: bool) -> Option<Regex> {
    let mut builder = RegexBuilder::new(pattern);
    builder.unicode(is_unicode).size_limit(LARGEST).dfa_size_limit(LARGEST_CACHE).build().ok()
}

struct Reader<'p> {
    rest: Peekable<Chars<'p>>,
    out: String,
    groups: usize,
    secret: usize,
    dialect: Dialect,
    /// Whether blanks and comments mean nothing, outside of classes.
    is_verbose: bool,
}

impl Reader<'_> {
    fn pattern(&mut self) -> Result<(), String> {
        self.verbose();
        while let Some(c) = self.rest.next() {
            match c {
                '\\' => self.escape()?,
                '[' => self.class()?,
                '(' => self.group()?,
                '{' => self.brace(),
                '}' => self.out.push_str(r"\}"),
                c if self.is_verbose && c.is_ascii_whitespace() => {}
                '#' if self.is_verbose => _ = self.rest.by_ref().find(|c| *c == '\n'),
                c => self.out.push(c),
            }
        }
        Ok(())
    }

    /// Takes `x` out of the flags at the beginning: the one place in which Python lets it hold for the whole pattern.
    fn verbose(&mut self) {
        if self.dialect != Dialect::Python {
            return;
        }
        let mut rest = self.rest.clone();
        let head: String = rest.by_ref().take_while(|c| *c != ')').take(8).collect();
        let Some(flags) = head.strip_prefix("(?").filter(|flags| flags.chars().all(|c| "imsx".contains(c))) else {
            return;
        };
        if !flags.contains('x') {
            return;
        }
        let others = flags.replace('x', "");
        if !others.is_empty() {
            let _ = write!(self.out, "(?{others})");
        }
        self.is_verbose = true;
        self.rest = rest;
    }

    /// What follows a backslash outside of a class.
    fn escape(&mut self) -> Result<(), String> {
        match self.rest.next().ok_or("it ends in a backslash")? {
            'Q' if self.dialect == Dialect::Go => self.quotation(),
            'C' if self.dialect == Dialect::Go => self.out.push_str("(?s:.)"),
            'Z' if self.dialect == Dialect::Python => self.out.push_str(r"\z"),
            c @ ('A' | 'b' | 'B' | 'z' | 'd' | 'D' | 's' | 'S' | 'w' | 'W') => {
                self.out.push('\\');
                self.out.push(c);
            }
            c @ ('p' | 'P') => self.property(c),
            c => {
                let c = self.character(c)?;
                literal(c, &mut self.out);
            }
        }
        Ok(())
    }

    /// `\Q…\E`: everything up to the end stands for itself.
    fn quotation(&mut self) {
        while let Some(c) = self.rest.next() {
            if c == '\\' && self.rest.next_if_eq(&'E').is_some() {
                return;
            }
            literal(c, &mut self.out);
        }
    }

    /// `\pL` or `\p{Greek}`; whether there is such a class is seen when it is compiled.
    fn property(&mut self, letter: char) {
        self.out.push('\\');
        self.out.push(letter);
        if self.rest.next_if_eq(&'{').is_none() {
            self.out.extend(self.rest.next());
            return;
        }
        self.out.push('{');
        for c in self.rest.by_ref() {
            self.out.push(c);
            if c == '}' {
                return;
            }
        }
    }

    /// The character that an escape stands for, given what follows the backslash.
    fn character(&mut self, c: char) -> Result<char, String> {
        Ok(match c {
            'a' => '\u{7}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            'x' => return self.hexadecimal(),
            '0'..='7' => return self.octal(c),
            '8' | '9' => return Err("it refers back to a group, which takes more than linear time".to_owned()),
            c if c.is_ascii_alphabetic() => return Err(format!(r"it has the escape `\{c}`, which Rust does not know")),
            c => c,
        })
    }

    fn hexadecimal(&mut self) -> Result<char, String> {
        let mut digits = String::new();
        if self.rest.next_if_eq(&'{').is_some() {
            digits.extend(std::iter::from_fn(|| self.rest.next_if(|c| *c != '}')).take(8));
            self.rest.next();
        } else {
            digits.extend(std::iter::from_fn(|| self.rest.next_if(char::is_ascii_hexdigit)).take(2));
        }
        let number = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
        number.ok_or_else(|| r"it has a `\x` without a character behind it".to_owned())
    }

    fn octal(&mut self, first: char) -> Result<char, String> {
        let mut digits = String::from(first);
        digits.extend(std::iter::from_fn(|| self.rest.next_if(|c| ('0'..='7').contains(c))).take(2));
        if first != '0' && digits.len() == 1 {
            return Err("it refers back to a group, which takes more than linear time".to_owned());
        }
        let number = u32::from_str_radix(&digits, 8).ok().and_then(char::from_u32);
        number.ok_or_else(|| "it has a number for a character that is none".to_owned())
    }

    /// What follows a parenthesis that opens.
    fn group(&mut self) -> Result<(), String> {
        if self.rest.next_if_eq(&'?').is_none() {
            self.capture();
            return Ok(());
        }
        let mut head = String::new();
        for c in self.rest.by_ref() {
            head.push(c);
            if matches!(c, ')' | ':' | '=' | '!' | '>' | '#') {
                break;
            }
        }
        let is_flags = |flags: &str| flags.chars().all(|c| matches!(c, 'i' | 'm' | 's' | 'U' | '-'));
        match head.as_str() {
            name if name.len() > 2 && name.ends_with('>') && (name.starts_with("P<") || name.starts_with('<')) => {
                self.capture();
            }
            "=" | "!" | "<=" | "<!" => return Err("it looks around, which takes more than linear time".to_owned()),
            flags if flags.ends_with([':', ')']) && is_flags(&flags[..flags.len() - 1]) => {
                self.out.push_str("(?");
                self.out.push_str(flags);
            }
            _ => return Err(format!("it has a group `(?{}`, which Rust does not know", quoted(&head))),
        }
        Ok(())
    }

    fn capture(&mut self) {
        self.groups += 1;
        self.out.push_str(if self.groups == self.secret { "(?<secret>" } else { "(?:" });
    }

    /// A brace that opens: a number of times, or itself where no number follows.
    fn brace(&mut self) {
        let inside: String = self.rest.clone().take_while(|c| *c != '}').take(12).collect();
        let (least, most) = inside.split_once(',').unwrap_or((&inside, ""));
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let closes = self.rest.clone().nth(inside.len()) == Some('}');
        // Without a least number Go and Rust read the brace itself, and Python a 0.
        let from_zero = least.is_empty() && self.dialect == Dialect::Python && inside.starts_with(',');
        if closes && (!least.is_empty() || from_zero) && is_number(least) && is_number(most) {
            let _ = write!(self.out, "{{{}{inside}}}", if from_zero { "0" } else { "" });
            self.rest.by_ref().take(inside.len() + 1).for_each(drop);
        } else {
            self.out.push_str(r"\{");
        }
    }

    /// A class, after its bracket. Each item is written in the one way that cannot be taken for an operation on sets.
    fn class(&mut self) -> Result<(), String> {
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut is_first = true;
        loop {
            let c = self.rest.next().ok_or("a class in it is not closed")?;
            match c {
                ']' if !is_first => {
                    self.out.push(']');
                    return Ok(());
                }
                '[' if self.rest.peek() == Some(&':') => self.posix(),
                c => self.item(c)?,
            }
            is_first = false;
        }
    }

    /// `[:alpha:]`, or a bracket and a colon that only look like its beginning.
    fn posix(&mut self) {
        let name: String =
            self.rest.clone().skip(1).take_while(|c| c.is_ascii_lowercase() || *c == '^').take(12).collect();
        let end: String = self.rest.clone().skip(1 + name.len()).take(2).collect();
        if name.is_empty() || end != ":]" {
            self.out.push_str(r"\[");
            return;
        }
        let _ = write!(self.out, "[:{name}:]");
        self.rest.by_ref().take(name.len() + 3).for_each(drop);
    }

    /// A character or a range, beginning with `c`, or a class by its letter.
    fn item(&mut self, c: char) -> Result<(), String> {
        let Some(first) = self.member(c)? else { return Ok(()) };
        literal(first, &mut self.out);
        let mut ahead = self.rest.clone();
        if ahead.next() != Some('-') || ahead.peek().is_none_or(|c| *c == ']') {
            return Ok(());
        }
        self.rest.next();
        let c = self.rest.next().ok_or("a class in it is not closed")?;
        self.out.push('-');
        let last = self.member(c)?.ok_or("a range in it ends in a class")?;
        literal(last, &mut self.out);
        Ok(())
    }

    /// The character that `c` or the escape it begins stands for; `None` when it is a class, which is written.
    fn member(&mut self, c: char) -> Result<Option<char>, String> {
        if c != '\\' {
            return Ok(Some(c));
        }
        match self.rest.next().ok_or("it ends in a backslash")? {
            c @ ('d' | 'D' | 's' | 'S' | 'w' | 'W') => {
                self.out.push('\\');
                self.out.push(c);
                Ok(None)
            }
            c @ ('p' | 'P') => {
                self.property(c);
                Ok(None)
            }
            'b' => Ok(Some('\u{8}')),
            c => self.character(c).map(Some),
        }
    }
}

/// Writes `c` so that it stands for itself, inside of a class and outside.
fn literal(c: char, out: &mut String) {
    match c {
        '\t' => out.push_str(r"\t"),
        '\n' => out.push_str(r"\n"),
        '\r' => out.push_str(r"\r"),
        c if c.is_control() => _ = write!(out, r"\x{{{:x}}}", u32::from(c)),
        // Rust takes `\<` and `\>` for the edges of words.
        c if c.is_ascii_punctuation()
            && !matches!(c, '<' | '>' | '_' | '\'' | '"' | '/' | ',' | ';' | ':' | '@' | '%' | '=' | '!' | '`') =>
        {
            out.push('\\');
            out.push(c);
        }
        c => out.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn go(text: &str) -> Regex {
        let pattern = Pattern::read(text, Dialect::Go, 0).unwrap_or_else(|problem| panic!("{text}: {problem}"));
        RegexBuilder::new(&pattern.text).unicode(false).build().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn what_both_write_alike_is_kept() {
        for text in [r"(?i)\bacme[_-]?([a-z0-9]{32})(?:[\x60'\s;]|\\[nr]|$)", "a|b", "^x{2,}$", r"[[:alnum:]_]+\z"] {
            go(text);
        }
        assert!(go(r"(?i)key[ ]*=[ ]*[a-f0-9]{4}").is_match(b"KEY = 12af"));
    }

    #[test]
    fn signs_that_mean_something_else_in_rust_stand_for_themselves() {
        let cases: [(&str, &str, &str); 9] = [
            (r"\<a\>", "<a>", "a"),
            ("[a&&b]+$", "&", "x"),
            (r"\$\{\{[^}]*}}", "${{ x }}", "{{ x }}"),
            ("x{,5}y", "x{,5}y", "xxy"),
            ("[+--]", "-", "a"),
            ("[a[b]", "[", "x"),
            ("[]a]", "]", "b"),
            (r"\Qa.b*\E+", "a.b**", "axb"),
            (r"[~~!]\x41\101", "~AA", "AAA"),
        ];
        for (pattern, fits, fails) in cases {
            assert!(go(pattern).is_match(fits.as_bytes()), "{pattern} {fits}");
            assert!(!go(pattern).is_match(fails.as_bytes()), "{pattern} {fails}");
        }
    }

    #[test]
    fn what_takes_more_than_linear_time_is_refused_with_the_reason() {
        for (text, reason) in [
            ("(?!a)b", "it looks around, which takes more than linear time"),
            ("(?<=a)b", "it looks around, which takes more than linear time"),
            (r"(a)\1", "it refers back to a group, which takes more than linear time"),
            ("(?>a)", "it has a group `(?>`, which Rust does not know"),
            ("[a", "a class in it is not closed"),
            ("a\\", "it ends in a backslash"),
            (r"\y", r"it has the escape `\y`, which Rust does not know"),
        ] {
            assert_eq!(Pattern::read(text, Dialect::Go, 0).unwrap_err(), reason, "{text}");
        }
        assert!(Pattern::read(&"a".repeat(LONGEST + 1), Dialect::Go, 0).is_err());
    }

    #[test]
    fn what_a_reason_repeats_is_bounded_masked_and_without_escape_codes() {
        let key = crate::rules::template::expand("sk-proj-{url64:74}T3BlbkFJ{url64:74}", "head");
        for head in [key.as_str(), "\u{1b}[31mEVIL\u{7}\nnext", &"x y ".repeat(1_000)] {
            let reason = Pattern::read(&format!("(?{head})"), Dialect::Go, 0).unwrap_err();
            assert!(reason.starts_with("it has a group `(?") && reason.len() < 250, "{reason}");
            assert!(!reason.contains(&key[8..40]) && !reason.contains(char::is_control), "{reason:?}");
        }
    }

    #[test]
    fn patterns_over_values_are_of_ascii_and_small() {
        let bounded = |text: &str| Search::read(text, Dialect::Go).unwrap();
        let finds = |pattern: &str, text: &str| bounded(pattern).compile().is_match(text.as_bytes());
        assert!(finds(r"^\w+$", "acme_1") && !finds(r"^\w+$", "é"), "a word is one of ASCII, as in Go");
        for (pattern, fits, fails) in [("k..$", "kab", "ké"), ("k[^x]{2}y", "kaby", "kéy"), (r"k\W{2}", "k--", "ké")]
        {
            assert!(finds(pattern, fits) && !finds(pattern, fails), "{pattern} is about characters");
        }
        for text in [r"\p{Greek}", "[äö]", "(?i)ä", r"0\w{18}", r"(?i)acme[\w.-]{0,40}?=([a-z0-9]{64})"] {
            bounded(text);
        }
        for text in [r"\w{9000}", r"\p{L}{900}", r"(?:[a-z]{100}){90}"] {
            assert!(Search::read(text, Dialect::Go).unwrap_err().contains("a very large one"), "{text}");
        }
    }

    #[test]
    fn one_group_becomes_the_secret_and_no_other_captures() {
        let read = |secret| Pattern::read("(?P<name>a)(b)(?:c)(d)", Dialect::Go, secret).unwrap();
        assert_eq!(read(2), Pattern { text: "(?:a)(?<secret>b)(?:c)(?:d)".to_owned(), groups: 3 });
        assert_eq!(read(0).text, "(?:a)(?:b)(?:c)(?:d)");
    }

    #[test]
    fn the_end_of_the_text_is_written_in_two_ways() {
        assert_eq!(Pattern::read(r"a\Z", Dialect::Python, 0).unwrap().text, r"a\z");
        for (python, rust) in [("a{,5}b", "a{0,5}b"), ("a{,}", "a{0,}"), ("a{}", r"a\{\}"), ("a{2,}", "a{2,}")] {
            assert_eq!(Pattern::read(python, Dialect::Python, 0).unwrap().text, rust);
        }
        assert_eq!(Pattern::read("a{,5}", Dialect::Go, 0).unwrap().text, r"a\{,5\}");
        assert!(Pattern::read(r"a\Z", Dialect::Go, 0).is_err());
    }

    #[test]
    fn blanks_and_comments_of_the_verbose_form_mean_nothing() {
        let read = |text, dialect| Pattern::read(text, dialect, 0).map(|pattern| pattern.text);
        let text = "(?x)( package-lock\\.json$ |  # of npm\n Cargo\\.lock$ )| a\\ b[ #]\\#";
        assert_eq!(read(text, Dialect::Python).unwrap(), r"(?:package-lock\.json$|Cargo\.lock$)|a b[ \#]\#");
        assert_eq!(read("(?ix) a b", Dialect::Python).unwrap(), "(?i)ab");
        assert_eq!(read("(?i) a #b", Dialect::Python).unwrap(), "(?i) a #b");
        assert!(read("a(?x) b", Dialect::Python).is_err() && read("(?x:a b)", Dialect::Python).is_err());
        assert!(read("(?x)a b", Dialect::Go).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_reading_fail(text in r"[\\\[\]{}()?a-z0-9^:<>,|*+.QEpx-]{0,60}") {
            let _ = Pattern::read(&text, Dialect::Go, 1);
            let _ = Pattern::read(&text, Dialect::Python, 0);
        }
    }
}
