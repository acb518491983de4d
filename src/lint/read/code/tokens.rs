//! Tokens of a file with what they stand in: the bracket around each, and the partner of each bracket.

use super::lex::{Kind, Token};
use crate::model::Span;

/// No position.
const NONE: u32 = u32::MAX;

/// All tokens of a file.
pub(in crate::lint::read) struct Tokens<'t> {
    source: &'t str,
    all: Vec<Token>,
    /// The bracket that each token stands in.
    parents: Vec<u32>,
    /// For each bracket, the other one of the pair.
    partners: Vec<u32>,
}

impl<'t> Tokens<'t> {
    /// Pairs the brackets of `tokens`. One that has no partner is a mark like others.
    pub(super) fn new(source: &'t str, tokens: Vec<Token>) -> Self {
        let mut parents = vec![NONE; tokens.len()];
        let mut partners = vec![NONE; tokens.len()];
        let mut open: Vec<(u32, u8)> = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            let index = u32::try_from(at).unwrap_or(NONE);
            let byte = match token.kind {
                Kind::Mark => source.as_bytes()[token.start as usize],
                Kind::Hole => b'<',
                Kind::HoleEnd => b'>',
                _ => 0,
            };
            let is_hole = matches!(token.kind, Kind::Hole | Kind::HoleEnd);
            match byte {
                b'(' | b'[' | b'{' => {
                    parents[at] = open.last().map_or(NONE, |(parent, _)| *parent);
                    open.push((index, byte));
                    continue;
                }
                b'<' if is_hole => {
                    parents[at] = open.last().map_or(NONE, |(parent, _)| *parent);
                    open.push((index, byte));
                    continue;
                }
                b')' | b']' | b'}' => close(&mut open, &mut partners, index, opening(byte)),
                b'>' if is_hole => close(&mut open, &mut partners, index, b'<'),
                _ => {}
            }
            parents[at] = open.last().map_or(NONE, |(parent, _)| *parent);
        }
        Self { source, all: tokens, parents, partners }
    }

    /// How many there are.
    pub(in crate::lint::read) fn len(&self) -> usize {
        self.all.len()
    }

    /// What the token at `at` is; a mark when there is none.
    pub(in crate::lint::read) fn kind(&self, at: usize) -> Kind {
        self.all.get(at).map_or(Kind::Mark, |token| token.kind)
    }

    /// Its text; empty when there is none.
    pub(in crate::lint::read) fn text(&self, at: usize) -> &'t str {
        self.all.get(at).map_or("", |token| &self.source[token.start as usize..token.end as usize])
    }

    /// Its place.
    pub(in crate::lint::read) fn span(&self, at: usize) -> Span {
        self.all.get(at).map_or_else(
            || Span::new(self.source.len(), self.source.len()),
            |token| Span::new(token.start as usize, token.end as usize),
        )
    }

    /// From the token at `first` to that at `last`, the quotes of a string included.
    pub(in crate::lint::read) fn cover(&self, first: usize, last: usize) -> Span {
        let is_text = |at: usize| self.kind(at) == Kind::Text;
        let start = self.span(first).start.saturating_sub(usize::from(is_text(first)));
        let closes = is_text(last) || self.kind(last) == Kind::Close;
        let end = (self.span(last).end + usize::from(closes)).min(self.source.len());
        Span::new(self.source.floor_char_boundary(start), self.source.ceil_char_boundary(end).max(start))
    }

    /// Whether it is the mark `mark`.
    pub(in crate::lint::read) fn is_mark(&self, at: usize, mark: &str) -> bool {
        self.kind(at) == Kind::Mark && self.text(at) == mark
    }

    /// Whether the marks of `marks` stand in a row from `at` on.
    pub(super) fn is_row(&self, at: usize, marks: &str) -> bool {
        marks
            .bytes()
            .enumerate()
            .all(|(offset, byte)| self.kind(at + offset) == Kind::Mark && self.text(at + offset).as_bytes() == [byte])
    }

    /// Whether it is the name `name`.
    pub(super) fn is_word(&self, at: usize, name: &str) -> bool {
        self.kind(at) == Kind::Word && self.text(at) == name
    }

    /// Whether it is the first of its line.
    pub(in crate::lint::read) fn is_fresh(&self, at: usize) -> bool {
        self.all.get(at).is_none_or(|token| token.fresh)
    }

    /// The opening bracket around it.
    pub(in crate::lint::read) fn parent(&self, at: usize) -> Option<usize> {
        self.parents.get(at).filter(|parent| **parent != NONE).map(|parent| *parent as usize)
    }

    /// The other bracket of the pair.
    pub(in crate::lint::read) fn partner(&self, at: usize) -> Option<usize> {
        self.partners.get(at).filter(|partner| **partner != NONE).map(|partner| *partner as usize)
    }
}

fn opening(close: u8) -> u8 {
    match close {
        b')' => b'(',
        b']' => b'[',
        _ => b'{',
    }
}

/// Pairs the closing bracket at `index` with the last one that is open, when they fit.
fn close(open: &mut Vec<(u32, u8)>, partners: &mut [u32], index: u32, opening: u8) {
    // A closing bracket too many inside of others is passed over; one too few ends with the pair around it.
    let depth = open.iter().rev().take(64).position(|(_, byte)| *byte == opening);
    let Some(depth) = depth else { return };
    open.truncate(open.len() - depth);
    let Some((partner, _)) = open.pop() else { return };
    partners[partner as usize] = index;
    partners[index as usize] = partner;
}
