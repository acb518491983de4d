//! What a POSIX shell makes of the text behind `NAME=`: a word of its grammar, and what follows the word.

use super::{dialect::Dollar, entry::Entry, expand::reference, outcome::Outcome, parse::is_blank};
use crate::model::Secret;

/// A word is not followed further than this.
const LONGEST_WORD: usize = 64 << 10;

/// Why a word has no value.
enum Stop {
    Refused,
    Executed,
}

/// The value of `entry` when a shell reads it.
pub(super) fn value(text: &[u8], entry: &Entry) -> Outcome {
    let limit = text.len().min(entry.raw.start + LONGEST_WORD);
    let mut word = Word { text: &text[..limit], at: entry.after_separator.start, out: Vec::new() };
    match word.read() {
        Err(Stop::Executed) => Outcome::Executed,
        Err(Stop::Refused) => Outcome::Error,
        Ok(()) if word.runs_a_command() => Outcome::Error,
        Ok(()) => Outcome::Value(Secret::new(&word.out, 0)),
    }
}

struct Word<'t> {
    text: &'t [u8],
    at: usize,
    out: Vec<u8>,
}

impl Word<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Reads up to what ends the word.
    fn read(&mut self) -> Result<(), Stop> {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\n' | b';' => return Ok(()),
                b'<' | b'>' | b'(' | b')' | b'&' | b'|' => return Err(Stop::Refused),
                b'\'' => self.single()?,
                b'"' => self.double()?,
                b'\\' => self.escape(|_| true),
                b'`' | b'$' => self.dollar()?,
                _ => self.take(),
            }
        }
        Ok(())
    }

    fn take(&mut self) {
        self.out.push(self.text[self.at]);
        self.at += 1;
    }

    fn single(&mut self) -> Result<(), Stop> {
        let inner = &self.text[self.at + 1..];
        let length = memchr::memchr(b'\'', inner).ok_or(Stop::Refused)?;
        self.out.extend_from_slice(&inner[..length]);
        self.at += length + 2;
        Ok(())
    }

    fn double(&mut self) -> Result<(), Stop> {
        self.at += 1;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.at += 1;
                    return Ok(());
                }
                b'\\' => self.escape(|next| matches!(next, b'$' | b'`' | b'"' | b'\\' | b'\n')),
                b'`' | b'$' => self.dollar()?,
                _ => self.take(),
            }
        }
        Err(Stop::Refused)
    }

    /// A backslash: before a line feed both vanish, before what `escapes` says it alone does.
    fn escape(&mut self, escapes: impl Fn(u8) -> bool) {
        match self.text.get(self.at + 1) {
            Some(b'\n') => self.at += 2,
            Some(next) if escapes(*next) => {
                self.at += 1;
                self.take();
            }
            _ => self.take(),
        }
    }

    fn dollar(&mut self) -> Result<(), Stop> {
        let rest = &self.text[self.at..];
        if rest[0] == b'`' || rest.starts_with(b"$(") {
            return Err(Stop::Executed);
        }
        if let Some(reference) = reference(rest, Dollar::All) {
            self.out.extend_from_slice(reference.default);
            self.at += reference.length;
        } else {
            self.take();
        }
        Ok(())
    }

    /// Whether what follows the word on its line is a command, for which alone the variable is then set.
    fn runs_a_command(&self) -> bool {
        let rest = &self.text[self.at..];
        let rest = &rest[..memchr::memchr2(b'\n', b';', rest).unwrap_or(rest.len())];
        let mut words = rest.split(|byte| is_blank(*byte)).filter(|word| !word.is_empty());
        words.find(|word| !is_assignment(word)).is_some_and(|word| word[0] != b'#')
    }
}

/// Whether `word` is `NAME=…`, which a shell takes as one more variable.
fn is_assignment(word: &[u8]) -> bool {
    let name = word.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    name > 0 && word.get(name) == Some(&b'=')
}
