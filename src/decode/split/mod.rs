//! Keys that a program puts together: `"sk-" + "proj-…"`, `["sk", "-"].join("")`, `atob("c2st" + …)`.
//!
//! Python, JavaScript and TypeScript are parsed, and every expression that is made of constants is folded to the string that it comes to. A program
//! is parsed only when its text shows the beginning of a key in one of the forms that pieces have; [`Gate`] says which. Each string that no literal
//! holds as it stands becomes a [`View`] of its own: the expression, replaced by a literal, with what stands around it in the file. So rules that look
//! at the name that a value is given, or at hosts nearby, see what they would see if nobody had split it. What is not known (a parameter, a
//! variable that is written twice) is a gap that no key goes across; what stands before and behind it is still put together.
//!
//! What is folded: sums of any length, strings side by side and formatted ones (`%s`, `{}`, f-strings) in Python, templates, `join` and `concat` of
//! lists, `+=` in straight order, `reverse` and `[::-1]`, numbers of characters, base64, hexadecimal and percent escapes, `split` and `replace`, and
//! constants of the file wherever they are read: also from objects, dictionaries, enums and classes.

mod bodies;
mod fold;
mod gate;
mod javascript;
mod literal;
mod names;
mod python;
#[cfg(test)]
mod tests;
mod value;

pub use gate::{Forms, Gate};

use std::borrow::Cow;

use self::{fold::Evaluator, value::Value};
use super::{Map, Unit, View};
use crate::{
    model::{Decoding, Span},
    syntax::{Grammar, Node, parse, sound},
};

/// How much of the file stands on either side of what was folded; no rule looks further for a word nearby.
const AROUND: usize = 256;
/// A string is looked at when this many characters in a row were put together: no key is shorter.
const SHORTEST: usize = 16;
/// Texts longer than this are data.
const LARGEST: usize = 4 << 20;
/// More strings than a program puts together.
const MOST: usize = 4096;
/// Bytes of views for each byte of the text, and on top of that.
const BYTES_PER_BYTE: usize = 4;
const FREE_BYTES: usize = 1 << 20;

/// An expression that was folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// The string it comes to, between what stands around the expression; `from` is the expression.
    pub view: View,
    /// Where the string stands in the bytes of the view.
    pub folded: Span,
    /// What was undone, outermost first.
    pub undone: Vec<Decoding>,
}

impl Fold {
    /// The places in the file that what stands at `span` in the view was put together from, in the order of the file.
    #[must_use]
    pub fn pieces(&self, span: Span) -> Vec<Span> {
        let mut origins = self.view.map.origins(span);
        origins.sort_unstable();
        let mut pieces: Vec<Span> = Vec::new();
        for origin in origins {
            match pieces.last_mut().filter(|last| origin.start <= last.end) {
                Some(last) => last.end = last.end.max(origin.end),
                None => pieces.push(origin),
            }
        }
        pieces
    }

    /// Where a finding on what stands at `span` in the view belongs: from the first to the last piece within the expression, or the whole of it when
    /// all pieces are constants from elsewhere.
    #[must_use]
    pub fn place(&self, span: Span) -> Span {
        let from = self.view.from;
        let inside = |piece: &Span| from.start <= piece.start && piece.end <= from.end;
        let pieces = self.pieces(span).into_iter().filter(inside);
        pieces.reduce(|first, last| Span::new(first.start, last.end)).unwrap_or(from)
    }
}

/// What was folded in a program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folds {
    /// One for each expression, in the order of the file.
    pub folds: Vec<Fold>,
    /// Whether the program has more, or is longer or more tangled, than is looked at.
    pub is_cut: bool,
}

/// The strings that the program `text` puts together, without those of which no piece is `worth` a look.
pub(crate) fn views(text: &[u8], grammar: Grammar, worth: &dyn Fn(&[u8]) -> bool) -> Folds {
    let cut = Folds { folds: Vec::new(), is_cut: true };
    if text.len() > LARGEST {
        return cut;
    }
    let whole = sound(text);
    let program = match grammar {
        Grammar::Python => bodies::narrowed(&whole, worth),
        _ => Cow::Borrowed(&*whole),
    };
    let Ok(tree) = parse(&program, grammar) else { return cut };
    let mut evaluator = Evaluator::new(&tree, grammar);
    let mut told = Told { text, left: text.len() * BYTES_PER_BYTE + FREE_BYTES, folds: Folds::default() };
    let mut covered = vec![false; tree.nodes().count()];
    for node in tree.nodes() {
        if node.is(&["augmented_assignment", "augmented_assignment_expression"]) {
            let name = node.field("left").filter(|left| left.kind() == "identifier");
            for (value, stretch) in name.map(|name| evaluator.chained(name)).unwrap_or_default() {
                told.tell(&value, stretch);
            }
        } else if is_joint(node, grammar) && !covered[node.position() as usize] {
            let folded = evaluator.fold(node);
            if let Some(value) = folded.as_ref().and_then(|folded| folded.as_text()) {
                told.tell(value, node.span());
            }
        }
        for value in std::mem::take(&mut evaluator.overflow) {
            told.tell(&value, node.span());
        }
        for position in evaluator.take_trail() {
            covered[position as usize] = true;
        }
    }
    told.folds.is_cut |= evaluator.is_cut;
    told.folds
}

/// Whether `node` may put a string together that nothing around it does.
fn is_joint(node: Node<'_>, grammar: Grammar) -> bool {
    let is_joint = match grammar {
        Grammar::Python => python::is_joint(node),
        _ => javascript::is_joint(node),
    };
    // The beginning of a sum is part of the whole.
    let is_part = |sum: Node<'_>| node.role() == "left" && sum.kind() == node.kind() && sum.operator() == "+";
    is_joint && !(node.operator() == "+" && node.parent().is_some_and(is_part))
}

/// Gathers what is told.
struct Told<'t> {
    text: &'t [u8],
    /// Bytes that views may still have.
    left: usize,
    folds: Folds,
}

impl Told<'_> {
    /// Notes that the expression at `from` comes to `value`, if that may be a key which the file does not show.
    fn tell(&mut self, value: &Value, from: Span) {
        if !value.joins(SHORTEST) {
            return;
        }
        let length = value.len() + 2 * AROUND;
        if length > self.left || self.folds.folds.len() == MOST {
            self.folds.is_cut = true;
            return;
        }
        self.left -= length;
        let (mut bytes, mut map) = (Vec::with_capacity(length + 2), Map::default());
        let before = Span::new(from.start.saturating_sub(AROUND), from.start);
        let after = Span::new(from.end, (from.end + AROUND).min(self.text.len()));
        let quote = |bytes: &mut Vec<u8>, map: &mut Map| {
            map.push(bytes.len(), from.start, Unit { original: from.len(), decoded: 1 });
            bytes.push(b'"');
        };
        map.push(0, before.start, Unit::PLAIN);
        bytes.extend_from_slice(&self.text[before.range()]);
        quote(&mut bytes, &mut map);
        let start = bytes.len();
        value.write(&mut bytes, &mut map, from);
        let folded = Span::new(start, bytes.len());
        quote(&mut bytes, &mut map);
        map.push(bytes.len(), after.start, Unit::PLAIN);
        bytes.extend_from_slice(&self.text[after.range()]);
        let undone = value.undone();
        let decoding = undone.first().copied().unwrap_or(Decoding::Split);
        self.folds.folds.push(Fold { view: View { bytes, map, decoding, from }, folded, undone });
    }
}
