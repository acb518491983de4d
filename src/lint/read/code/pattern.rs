//! Forms taken apart into tokens, and found in a file by their first one.

use std::collections::HashMap;

use super::{
    lex::{Kind, lex},
    tokens::Tokens,
};
use crate::lint::Language;

/// Stands in a form for the name that is looked for.
const NAME: &str = "NAME";

/// One token of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Word(String),
    Mark(String),
    Text(String),
    Name,
}

/// A form in tokens.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    pieces: Vec<Piece>,
}

/// Where a form stands in a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match {
    /// Its first token.
    pub(super) first: usize,
    /// Its last token.
    pub(super) last: usize,
    /// The token of the name, if the form has one.
    pub(super) name: Option<usize>,
}

impl Pattern {
    /// Takes `form` apart as a text of `language`.
    pub(super) fn new(form: &str, language: Language) -> Self {
        let text = if language == Language::Php { format!("<?php {form}") } else { form.to_owned() };
        let found = lex(&text, super::dialect::dialect(language));
        let pieces = found.into_iter().map(|token| {
            let part = text[token.start as usize..token.end as usize].to_owned();
            match token.kind {
                Kind::Word => Piece::Word(part),
                Kind::Text if part == NAME => Piece::Name,
                Kind::Text => Piece::Text(part),
                _ => Piece::Mark(part),
            }
        });
        Self { pieces: pieces.collect() }
    }

    /// The text by which it is found.
    fn key(&self) -> &str {
        match self.pieces.first() {
            Some(Piece::Word(text) | Piece::Mark(text) | Piece::Text(text)) => text,
            Some(Piece::Name) | None => "",
        }
    }

    /// The match that begins at `at`.
    pub(super) fn at(&self, tokens: &Tokens<'_>, at: usize) -> Option<Match> {
        let mut name = None;
        for (offset, piece) in self.pieces.iter().enumerate() {
            let here = at + offset;
            let fits = match piece {
                Piece::Word(word) => tokens.is_word(here, word),
                Piece::Mark(mark) => tokens.is_mark(here, mark),
                Piece::Text(text) => tokens.kind(here) == Kind::Text && tokens.text(here) == text,
                Piece::Name => tokens.kind(here) == Kind::Text,
            };
            if !fits {
                return None;
            }
            if *piece == Piece::Name {
                name = Some(here);
            }
        }
        Some(Match { first: at, last: at + self.pieces.len().max(1) - 1, name })
    }

    /// Whether it is a single name with its arguments, which others may define too: `env(`.
    fn is_bare(&self) -> bool {
        matches!(self.pieces.as_slice(), [Piece::Word(_), Piece::Mark(mark), ..] if mark == "(")
            || matches!(self.pieces.as_slice(), [Piece::Word(_)])
    }
}

/// Patterns by their first token, each with what it stands for.
pub(super) struct Index<'a, T> {
    language: Language,
    by_key: HashMap<String, Vec<(Pattern, &'a T)>>,
    /// With which bytes the keys begin: it is asked for every token, and most cannot be one.
    first_bytes: [bool; 256],
}

impl<'a, T> Index<'a, T> {
    /// An index of `forms` of `language`.
    pub(super) fn new(forms: impl Iterator<Item = (&'a str, &'a T)>, language: Language) -> Self {
        let mut by_key: HashMap<String, Vec<(Pattern, &'a T)>> = HashMap::new();
        for (form, value) in forms {
            let pattern = Pattern::new(form, language);
            by_key.entry(pattern.key().to_owned()).or_default().push((pattern, value));
        }
        let mut first_bytes = [false; 256];
        for byte in by_key.keys().filter_map(|key| key.bytes().next()) {
            first_bytes[usize::from(byte)] = true;
        }
        Self { language, by_key, first_bytes }
    }

    /// All that match at `at`, in the order of the table.
    pub(super) fn at(&self, tokens: &Tokens<'_>, at: usize) -> impl Iterator<Item = (Match, &'a T)> {
        let text = tokens.text(at);
        let may_begin = text.bytes().next().is_none_or(|byte| self.first_bytes[usize::from(byte)]);
        let candidates = may_begin.then(|| self.by_key.get(text)).flatten().map(Vec::as_slice).unwrap_or_default();
        candidates.iter().filter_map(move |(pattern, value)| {
            let found = pattern.at(tokens, at)?;
            (!pattern.is_bare() || is_alone(tokens, at, self.language)).then_some((found, *value))
        })
    }
}

/// Whether the name at `at` is neither a member of something nor being defined.
fn is_alone(tokens: &Tokens<'_>, at: usize, language: Language) -> bool {
    let Some(before) = at.checked_sub(1) else { return true };
    // In PHP a dot joins strings.
    let is_member = tokens.is_mark(before, ".") && language != Language::Php
        || (before > 0 && (tokens.is_row(before - 1, "->") || tokens.is_row(before - 1, "::")));
    !is_member && !matches!(tokens.text(before), "function" | "fn" | "def" | "func" | "fun" | "new")
}
