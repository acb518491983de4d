//! Command lines as a shell takes them apart: commands, words without their quotes, redirections, here-documents, expansions.
//!
//! It goes through the text once and keeps one line of it in memory. What stands in `$(…)` and backticks is handed out as a range of its own to
//! be read the same way; the caller bounds how deep it goes. Quotes that are never closed are taken for letters.

use std::ops::Range;

use crate::{
    lint::read::text::{Mapping, Snippet, name_length},
    model::Span,
};

/// How the text writes the `$` of the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lint::read) enum Dollars {
    /// As it is.
    Plain,
    /// Twice, as in the recipes of a Makefile, where a single one belongs to Make.
    Doubled,
}

/// A word without its quotes.
#[derive(Clone, Debug)]
pub(in crate::lint::read) struct Word {
    /// What the program would get, but for expansions, which stand as written.
    pub(in crate::lint::read) text: String,
    /// Where each part stands in the file.
    pub(in crate::lint::read) mapping: Mapping,
    /// Where it stands in the snippet, quotes included.
    pub(in crate::lint::read) raw: Range<usize>,
    /// The same in the file.
    pub(in crate::lint::read) outer: Span,
    /// A `$` in it is quoted and means itself.
    pub(in crate::lint::read) literal_dollar: bool,
    /// It begins with a quote.
    pub(in crate::lint::read) quoted: bool,
}

impl Word {
    /// The part from `start` on.
    pub(in crate::lint::read) fn part(&self, start: usize) -> (&str, Mapping) {
        (&self.text[start..], self.mapping.part(start..self.text.len()))
    }

    /// Name and length of what stands in front of the value when it is an assignment: `X=` or `X+=`.
    pub(in crate::lint::read) fn assignment(&self) -> Option<(&str, usize)> {
        let length = name_length(&self.text);
        let rest = self.text.get(length..).filter(|_| length > 0 && !self.quoted)?;
        let operator = if rest.starts_with("+=") { 2 } else { usize::from(rest.starts_with('=')) };
        (operator > 0).then(|| (&self.text[..length], length + operator))
    }
}

/// Where output goes or input comes from.
#[derive(Clone, Debug)]
pub(super) struct Redirect {
    /// Whether it is written to.
    pub(super) output: bool,
    /// The file.
    pub(super) target: Word,
}

/// A simple command.
#[derive(Clone, Debug, Default)]
pub(super) struct Command {
    /// Its words, assignments in front included.
    pub(super) words: Vec<Word>,
    /// Its redirections.
    pub(super) redirects: Vec<Redirect>,
    /// The body of its here-document, in the snippet.
    pub(super) body: Option<Range<usize>>,
    /// `$X` and `${X…}` in it, outside of single quotes, in the snippet.
    pub(super) expansions: Vec<Range<usize>>,
}

impl Command {
    fn is_empty(&self) -> bool {
        self.words.is_empty() && self.redirects.is_empty() && self.expansions.is_empty()
    }

    /// Where it stands in the snippet.
    pub(super) fn range(&self) -> Range<usize> {
        let start = self.words.first().map_or(0, |word| word.raw.start);
        start..self.words.last().map_or(start, |word| word.raw.end)
    }
}

/// A here-document whose body has not begun.
struct Pending {
    /// Position of its command in the line.
    command: usize,
    delimiter: String,
    expands: bool,
    tabs: bool,
}

/// What is done with the next word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Word,
    Input,
    Output,
    Delimiter { tabs: bool },
}

/// Takes commands out of a snippet, a line at a time.
pub(super) struct Lexer<'a> {
    snippet: Snippet<'a>,
    bytes: &'a [u8],
    dollars: Dollars,
    at: usize,
    /// Where the byte stands that is looked at; a word ends there when that byte ends it.
    here: usize,
    word: Option<Word>,
    next: Next,
    command: Command,
    line: Vec<Command>,
    pending: Vec<Pending>,
    /// Parts that hold commands themselves: what stands in `$(…)` and backticks.
    pub(super) nested: Vec<Range<usize>>,
    /// A `$(` was not closed; looking for the end of others would take too long.
    unclosed: bool,
}

/// No variable's default is longer.
const LONGEST_EXPANSION: usize = 1000;

impl<'a> Lexer<'a> {
    /// A lexer at the beginning of `snippet`.
    pub(super) fn new(snippet: Snippet<'a>, dollars: Dollars) -> Self {
        Self {
            snippet,
            bytes: snippet.text.as_bytes(),
            dollars,
            at: 0,
            here: 0,
            word: None,
            next: Next::Word,
            command: Command::default(),
            line: Vec::new(),
            pending: Vec::new(),
            nested: Vec::new(),
            unclosed: false,
        }
    }

    /// The commands of the next line that has any.
    pub(super) fn line(&mut self) -> Option<Vec<Command>> {
        while let Some(byte) = self.bytes.get(self.at) {
            self.here = self.at;
            match byte {
                b'\n' => {
                    self.at += 1;
                    self.end_line();
                    if !self.line.is_empty() {
                        return Some(std::mem::take(&mut self.line));
                    }
                }
                _ => self.step(*byte),
            }
        }
        self.here = self.at;
        self.end_line();
        (!self.line.is_empty()).then(|| std::mem::take(&mut self.line))
    }

    fn step(&mut self, byte: u8) {
        match byte {
            b' ' | b'\t' | b'\r' => {
                self.at += 1;
                self.end_word();
            }
            b'#' if self.word.is_none() => self.at = self.line_end(),
            b';' | b'&' | b'|' | b'(' | b')' => {
                self.at += 1;
                self.end_command();
            }
            b'<' | b'>' => self.redirection(byte),
            b'\\' => self.escape(),
            b'\'' => self.single(),
            b'"' => self.double(),
            b'`' => self.backticks(),
            b'$' => self.dollar(),
            _ => self.letter(),
        }
    }

    fn line_end(&self) -> usize {
        memchr::memchr(b'\n', &self.bytes[self.at..]).map_or(self.bytes.len(), |end| self.at + end)
    }

    fn word(&mut self) -> &mut Word {
        let start = self.at;
        let quoted = matches!(self.bytes.get(start), Some(b'"' | b'\''));
        self.word.get_or_insert_with(|| Word {
            text: String::new(),
            mapping: Mapping::until(usize::MAX),
            raw: start..start,
            outer: Span::new(0, 0),
            literal_dollar: false,
            quoted,
        })
    }

    /// Adds the text from here to `end` to the word.
    fn take_until(&mut self, end: usize) {
        while self.at < end {
            self.letter();
        }
    }

    /// Adds one character to the word.
    fn letter(&mut self) {
        let Some(c) = self.snippet.text[self.at..].chars().next() else { return };
        let outer = self.snippet.mapping.offset(self.at);
        let word = self.word();
        word.mapping.step(word.text.len(), outer);
        word.text.push(c);
        self.at += c.len_utf8();
    }

    /// A backslash: the next character means itself, and a line break nothing.
    fn escape(&mut self) {
        match &self.bytes[self.at + 1..] {
            [b'\n', ..] => self.at += 2,
            [b'\r', b'\n', ..] => self.at += 3,
            [] => self.letter(),
            [next, ..] => {
                let is_dollar = *next == b'$';
                self.word().literal_dollar |= is_dollar;
                self.at += 1;
                self.letter();
            }
        }
    }

    fn single(&mut self) {
        self.word();
        let start = self.at + 1;
        let Some(end) = memchr::memchr(b'\'', &self.bytes[start..]).map(|end| start + end) else {
            self.letter();
            return;
        };
        let has_dollar = self.bytes[start..end].contains(&b'$');
        self.word().literal_dollar |= has_dollar;
        self.at = start;
        self.take_until(end);
        self.at = end + 1;
    }

    fn double(&mut self) {
        self.word();
        if memchr::memchr(b'"', &self.bytes[self.at + 1..]).is_none() {
            self.letter();
            return;
        }
        self.at += 1;
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b'"' => break,
                b'\\' if matches!(self.bytes.get(self.at + 1), Some(b'"' | b'\\' | b'$' | b'`' | b'\n')) => {
                    self.escape();
                }
                b'`' => self.backticks(),
                b'$' => self.dollar(),
                _ => self.letter(),
            }
        }
        self.at = (self.at + 1).min(self.bytes.len());
    }

    fn backticks(&mut self) {
        let start = self.at + 1;
        if let Some(end) = memchr::memchr(b'`', &self.bytes[start..]).map(|end| start + end) {
            self.nested.push(start..end);
            self.take_until(end + 1);
        } else {
            self.letter();
        }
    }

    fn dollar(&mut self) {
        let mut from = self.at + 1;
        if self.dollars == Dollars::Doubled {
            match self.bytes.get(from) {
                Some(b'$') => from += 1,
                // Make's own `$(X)` is one piece of a word.
                Some(open @ (b'(' | b'{')) => {
                    let close = if *open == b'(' { b')' } else { b'}' };
                    let window = &self.bytes[from..self.bytes.len().min(from + LONGEST_EXPANSION)];
                    let end = memchr::memchr(close, window).map_or(from, |end| from + end + 1);
                    self.take_until(self.snippet.text.floor_char_boundary(end));
                    return;
                }
                _ => return self.letter(),
            }
        }
        match self.bytes.get(from) {
            Some(b'(') => self.substitution(from + 1),
            Some(b'{') => self.braces(from),
            Some(b'\'') if from == self.at + 1 => {
                self.word();
                self.at = from;
                self.single();
            }
            _ => {
                let length = name_length(
                    &self.snippet.text[from..self.snippet.text.floor_char_boundary(self.bytes.len().min(from + 200))],
                );
                if length > 0 {
                    self.command.expansions.push(from - 1..from + length);
                }
                self.take_until(from + length);
            }
        }
    }

    fn braces(&mut self, open: usize) {
        let window = &self.bytes[open..self.bytes.len().min(open + LONGEST_EXPANSION)];
        if memchr::memchr(b'}', window).is_none() {
            return self.letter();
        }
        let mut depth = 0_usize;
        let end = window.iter().position(|byte| {
            depth += usize::from(*byte == b'{');
            depth -= usize::from(*byte == b'}');
            depth == 0
        });
        let Some(end) = end.map(|end| open + end + 1) else { return self.letter() };
        // `${{ … }}` belongs to whoever runs the shell, not to the shell.
        if window.get(1) != Some(&b'{') {
            self.command.expansions.push(open - 1..end);
        }
        self.take_until(end);
    }

    /// `$(…)`, whose inside begins at `start`.
    fn substitution(&mut self, start: usize) {
        let end = if self.unclosed { None } else { closing(self.bytes, start) };
        if let Some(end) = end {
            self.nested.push(start..end);
            self.take_until(end + 1);
        } else {
            self.unclosed = true;
            self.at = start;
            self.end_command();
        }
    }

    fn redirection(&mut self, byte: u8) {
        // The number of a stream, as in `2>`, is no word.
        if self.word.as_ref().is_some_and(|word| word.text.bytes().all(|byte| byte.is_ascii_digit())) {
            self.word = None;
        }
        self.end_word();
        let rest = &self.bytes[self.at..];
        let (length, next) = match (byte, rest) {
            (b'<', [_, b'<', b'<', ..]) => (3, Next::Input),
            (b'<', [_, b'<', b'-', ..]) => (3, Next::Delimiter { tabs: true }),
            (b'<', [_, b'<', ..]) => (2, Next::Delimiter { tabs: false }),
            (b'<' | b'>', [_, b'(', ..]) => return self.substitution(self.at + 2),
            (b'<', _) => (1, Next::Input),
            (_, [_, b'>' | b'|' | b'&', ..]) => (2, Next::Output),
            _ => (1, Next::Output),
        };
        self.at += length;
        self.next = next;
    }

    fn end_word(&mut self) {
        let Some(mut word) = self.word.take() else { return };
        word.raw.end = self.here.max(word.raw.start);
        word.outer = self.snippet.mapping.span(word.raw.clone());
        let last = word.text.len();
        let end = if last == 0 {
            self.snippet.mapping.offset(word.raw.end.saturating_sub(1).max(word.raw.start))
        } else {
            word.mapping.offset(last - 1) + 1
        };
        if last == 0 {
            word.mapping.step(0, end);
        }
        word.mapping.close(end);
        match std::mem::replace(&mut self.next, Next::Word) {
            Next::Word => self.command.words.push(word),
            Next::Input => self.command.redirects.push(Redirect { output: false, target: word }),
            Next::Output => self.command.redirects.push(Redirect { output: true, target: word }),
            Next::Delimiter { tabs } => {
                let expands = !word.quoted && !word.literal_dollar;
                self.pending.push(Pending { command: self.line.len(), delimiter: word.text, expands, tabs });
            }
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        self.next = Next::Word;
        if !self.command.is_empty() || self.pending.last().is_some_and(|pending| pending.command == self.line.len()) {
            self.line.push(std::mem::take(&mut self.command));
        }
    }

    fn end_line(&mut self) {
        self.end_command();
        for pending in std::mem::take(&mut self.pending) {
            let body = self.body(&pending);
            if pending.expands {
                self.expansions_in(body.clone(), pending.command);
            }
            if let Some(command) = self.line.get_mut(pending.command) {
                command.body = Some(body);
            }
        }
    }

    /// The lines up to the one that is only the delimiter.
    fn body(&mut self, pending: &Pending) -> Range<usize> {
        let start = self.at;
        while self.at < self.bytes.len() {
            let begin = self.at;
            let end = self.line_end();
            self.at = (end + 1).min(self.bytes.len());
            let line = self.snippet.text[begin..end].trim_end_matches('\r');
            let line = if pending.tabs { line.trim_start_matches('\t') } else { line };
            if line == pending.delimiter {
                return start..begin;
            }
        }
        start..self.at
    }

    fn expansions_in(&mut self, body: Range<usize>, command: usize) {
        let text = &self.snippet.text[body.clone()];
        let found = memchr::memchr_iter(b'$', text.as_bytes()).filter_map(|dollar| {
            let rest = &text[dollar + 1..text.floor_char_boundary(text.len().min(dollar + LONGEST_EXPANSION))];
            let length =
                if rest.starts_with('{') && !rest.starts_with("{{") { rest.find('}')? + 1 } else { name_length(rest) };
            let is_escaped = text.as_bytes().get(dollar.wrapping_sub(1)) == Some(&b'\\');
            (length > 0 && !is_escaped).then(|| body.start + dollar..body.start + dollar + 1 + length)
        });
        let found: Vec<Range<usize>> = found.collect();
        if let Some(command) = self.line.get_mut(command) {
            command.expansions.extend(found);
        }
    }
}

/// The place of the parenthesis that closes the one in front of `start`.
fn closing(bytes: &[u8], start: usize) -> Option<usize> {
    let mut open = vec![b')'];
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        let closer = *open.last()?;
        match byte {
            b'\\' => at += 1,
            byte if *byte == closer => {
                open.pop();
                if open.is_empty() {
                    return Some(at);
                }
            }
            b'(' if closer != b'"' || bytes[at - 1] == b'$' => open.push(b')'),
            b'"' => open.push(b'"'),
            b'\'' if closer != b'"' => at += 1 + memchr::memchr(b'\'', &bytes[at + 1..])?,
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lex(text: &str, dollars: Dollars) -> Vec<(Vec<String>, Vec<String>)> {
        let mapping = Mapping::straight(Span::new(0, text.len()));
        let mut lexer = Lexer::new(Snippet { text, mapping: &mapping }, dollars);
        let mut all = Vec::new();
        while let Some(line) = lexer.line() {
            for command in line {
                for word in &command.words {
                    assert!(word.raw.end <= text.len() && word.mapping.whole().end <= text.len());
                }
                let expansions = command.expansions.iter().map(|range| text[range.clone()].to_owned()).collect();
                all.push((command.words.into_iter().map(|word| word.text).collect(), expansions));
            }
        }
        all
    }

    fn words(text: &str) -> Vec<Vec<String>> {
        lex(text, Dollars::Plain).into_iter().map(|(words, _)| words).collect()
    }

    #[test]
    fn words_lose_their_quotes_and_commands_are_told_apart() {
        assert_eq!(
            words("a 'b c' \"d e\"f && g \\\n h; i | j # not k\nl"),
            [vec!["a", "b c", "d ef"], vec!["g", "h"], vec!["i"], vec!["j"], vec!["l"]]
        );
        assert_eq!(words("a 2>&1 >out <in b"), [vec!["a", "b"]]);
        assert_eq!(words("it's open"), [vec!["it's", "open"]]);
    }

    #[test]
    fn expansions_are_seen_where_the_shell_expands() {
        let found = lex("a $B '$C' \"${D:-x}\" \\$E $(f $G) `h $I` ${{ secrets.J }}", Dollars::Plain);
        assert_eq!(found[0].1, ["$B", "${D:-x}"]);
        assert_eq!(lex("a $(B) $$C $${D}", Dollars::Doubled)[0].1, ["$C", "${D}"]);
    }

    #[test]
    fn here_documents_belong_to_their_command() {
        let text = "cat <<EOF > .env && b\nX=$Y\nEOF\nc <<'E'\n$Z\nE\nd";
        let mapping = Mapping::straight(Span::new(0, text.len()));
        let mut lexer = Lexer::new(Snippet { text, mapping: &mapping }, Dollars::Plain);
        let first = lexer.line().unwrap();
        assert_eq!(first[0].body.clone().map(|body| &text[body]), Some("X=$Y\n"));
        assert_eq!(first[0].expansions.iter().map(|range| &text[range.clone()]).collect::<Vec<_>>(), ["$Y"]);
        assert_eq!(first[0].redirects[0].target.text, ".env");
        assert_eq!(first[1].words[0].text, "b");
        let second = lexer.line().unwrap();
        assert!(second[0].expansions.is_empty());
        assert_eq!(lexer.line().unwrap()[0].words[0].text, "d");
    }

    #[test]
    fn words_know_their_places_through_quotes() {
        let text = "x=\"a b\"'c'";
        let mapping = Mapping::straight(Span::new(10, 10 + text.len()));
        let mut lexer = Lexer::new(Snippet { text, mapping: &mapping }, Dollars::Plain);
        let line = lexer.line().unwrap();
        let word = &line[0].words[0];
        assert_eq!(word.text, "x=a bc");
        assert_eq!(word.mapping.whole(), Span::new(10, 19));
        let (value, mapping) = word.part(2);
        assert_eq!((value, mapping.span(0..3), mapping.span(3..4)), ("a bc", Span::new(13, 16), Span::new(18, 19)));
    }

    #[test]
    fn open_brackets_and_quotes_end_soon() {
        for part in ["$(", "\"$(", "`", "${", "((", "<<E\n", "'", "\"", "\\", "$", "a=$(b "] {
            words(&part.repeat(100_000));
        }
    }
}
