//! A program as far as a string in it is to be replaced: which strings are whole literals, what they stand in, where an import would go.
//!
//! It is stricter than the readers of facts: they may look at a string in passing, here the program must still be one afterwards. So the
//! places in which any expression may stand are listed, and a literal in any other place (a default, a pattern, an annotation, one part
//! of a text) is none.

mod grammar;
mod tokens;

use crate::{lint::Language, model::Span};

/// A string literal that an expression may replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lint) struct Literal {
    /// The literal with its quotes, and with what turns it into the type it is used as.
    pub(in crate::lint) whole: Span,
    /// Where what comes before it ends: the other side of an operator, the argument before.
    pub(in crate::lint) after: Option<usize>,
    /// It stands behind an operator that chooses: `or`, `||`, `??`, `?:`.
    pub(in crate::lint) alternative: bool,
}

/// How a module comes into a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::lint) enum Needed {
    /// It is there, or none is needed.
    Nothing,
    /// By a text at this offset, where a line begins.
    Line(usize, &'static str),
    /// In no way that is certain.
    Unknown,
}

/// A program that was understood.
#[derive(Debug)]
pub(in crate::lint) enum Program<'t> {
    /// In a language with a grammar.
    Grammar(grammar::Program<'t>),
    /// In one that is read as tokens.
    Tokens(tokens::Program<'t>),
    /// A script for a shell.
    Shell(&'t str),
}

impl<'t> Program<'t> {
    /// The program in the file at `path`; `None` when it is in none of the languages whose literals are replaced, or has errors.
    pub(in crate::lint) fn parse(path: &str, language: Language, text: &'t str) -> Option<Self> {
        let ending = path.rsplit('/').next()?.rsplit_once('.').map_or("", |(_, ending)| ending);
        match language {
            Language::Python | Language::JavaScript => {
                grammar::Program::parse(ending, language, text).map(Self::Grammar)
            }
            // What direnv reads is where variables are set.
            Language::Shell if ending == "envrc" => None,
            Language::Shell => Some(Self::Shell(text)),
            // Templates are text around a program.
            Language::Ruby if ending != "rb" => None,
            _ => Some(Self::Tokens(tokens::Program::new(language, text))),
        }
    }

    /// The literal that holds `key` and nothing else.
    pub(in crate::lint) fn literal(&self, key: Span) -> Option<Literal> {
        match self {
            Self::Grammar(program) => program.literal(key),
            Self::Tokens(program) => program.literal(key),
            Self::Shell(text) => shell(text.as_bytes(), key),
        }
    }

    /// What the program needs to read variables.
    pub(in crate::lint) fn needed(&self) -> Needed {
        match self {
            Self::Grammar(program) => program.needed(),
            Self::Tokens(program) => program.needed(),
            Self::Shell(_) => Needed::Nothing,
        }
    }
}

/// The word that is the whole value of an assignment, unless that may be part of a longer text: of a here-document, or between quotes that go
/// over several lines.
fn shell(text: &[u8], key: Span) -> Option<Literal> {
    let before = |at: usize| at.checked_sub(1).map(|at| text[at]);
    let quote = before(key.start).filter(|byte| matches!(byte, b'"' | b'\''));
    let whole = match quote {
        Some(quote) if text.get(key.end) == Some(&quote) => Span::new(key.start - 1, key.end + 1),
        Some(_) => return None,
        None => key,
    };
    let ends = text.get(whole.end).is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b';' | b'&' | b')'));
    let earlier = &text[..whole.start];
    let is_even = |quote: u8| memchr::memchr_iter(quote, earlier).count().is_multiple_of(2);
    let is_code = is_even(b'"') && is_even(b'\'') && memchr::memmem::find(earlier, b"<<").is_none();
    let line = memchr::memrchr(b'\n', earlier).map_or(0, |at| at + 1);
    let is_comment = memchr::memchr(b'#', &earlier[line..]).is_some();
    (before(whole.start) == Some(b'=') && ends && is_code && !is_comment).then_some(Literal {
        whole,
        after: None,
        alternative: false,
    })
}
