//! Texts that a program puts together: literals, template strings, concatenations, `format`.

use super::{Dialect, Node};
use crate::model::Span;

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in super::super) enum Piece<'t> {
    /// Literal text, by its place without quotes.
    Text(Span),
    /// An expression whose value is put in.
    Hole(Node<'t>),
}

/// More pieces than a text that people write has.
const MOST_PIECES: usize = 64;

/// A text and what it is put together from, in order.
#[derive(Clone, Debug)]
pub(in super::super) struct Wording<'t> {
    /// The expression.
    pub(in super::super) node: Node<'t>,
    /// Its parts.
    pub(in super::super) pieces: Vec<Piece<'t>>,
}

impl<'t> Wording<'t> {
    /// The text that `node` is, if it is one.
    pub(in super::super) fn of<D: Dialect>(node: Node<'t>) -> Option<Self> {
        let mut pieces = Vec::new();
        // A text is a tree of additions: its parts wait here, the next one last.
        let mut open = vec![D::peel(node)];
        let mut literal = false;
        while let Some(part) = open.pop() {
            if let Some((left, right)) = D::addition(part) {
                open.extend([D::peel(right), D::peel(left)]);
            } else if D::text(part, &mut pieces) {
                literal = true;
            } else {
                pieces.push(Piece::Hole(part));
            }
            if pieces.len() + open.len() > MOST_PIECES {
                return None;
            }
        }
        literal.then_some(Self { node, pieces })
    }

    /// Place of the text when it is literal as a whole.
    pub(in super::super) fn literal(&self) -> Option<Span> {
        let mut whole: Option<Span> = None;
        for piece in &self.pieces {
            let Piece::Text(span) = piece else { return None };
            whole = Some(whole.map_or(*span, |whole| Span::new(whole.start.min(span.start), whole.end.max(span.end))));
        }
        whole
    }

    /// The expressions that are put in.
    pub(in super::super) fn holes(&self) -> impl Iterator<Item = Node<'t>> + '_ {
        self.pieces.iter().filter_map(|piece| if let Piece::Hole(hole) = piece { Some(*hole) } else { None })
    }

    /// The literal text in front of the first hole.
    pub(in super::super) fn before(&self) -> String {
        self.texts(self.pieces.iter().take_while(|piece| matches!(piece, Piece::Text(_))))
    }

    /// The literal text behind the first hole.
    pub(in super::super) fn after(&self) -> String {
        self.texts(self.pieces.iter().skip_while(|piece| matches!(piece, Piece::Text(_))))
    }

    /// The text with an empty template part for each hole.
    pub(in super::super) fn shown(&self) -> String {
        let shown = |piece: &Piece<'t>| if let Piece::Text(span) = piece { self.node.slice(*span) } else { "{}" };
        self.pieces.iter().map(shown).collect()
    }

    fn texts<'p>(&self, pieces: impl Iterator<Item = &'p Piece<'t>>) -> String
    where
        't: 'p,
    {
        pieces
            .filter_map(|piece| if let Piece::Text(span) = piece { Some(self.node.slice(*span)) } else { None })
            .collect()
    }
}

/// Place of the text that `node` is, when it is one literal without joints.
pub(in super::super) fn literal<D: Dialect>(node: Node<'_>) -> Option<Span> {
    let wording = Wording::of::<D>(node)?;
    if let [Piece::Text(span)] = wording.pieces[..] { Some(span) } else { None }
}
