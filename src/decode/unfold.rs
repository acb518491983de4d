//! From a text to its views, and from those to theirs, within bounds.
//!
//! A view of a view is made only where the first one changed something: what stands there as it did before was looked at before. Depth, bytes
//! and number are bounded, so that base64 in base64 without end, or a stream that unpacks to nothing but zeros, costs what its file's size allows. Which bound
//! was met is told, because what lies beyond was not read.

use super::{
    View,
    notebook::Notebook,
    source_map::{self, Link, SourceMap},
    split::{self, Fold},
    stretch::{Stretch, clusters, of_view, parts, stretches, view},
};
use crate::{
    model::{Decoding, Span},
    syntax::{self, Grammar},
};

/// Bytes of views for each byte of the text, and this many in any.
const BYTES_PER_BYTE: usize = 8;
const FREE_BYTES: usize = 16 << 20;
/// Bytes that one stream is unpacked to.
const UNPACKED: usize = 16 << 20;
/// Views of one text.
const MOST_VIEWS: usize = 20_000;

/// What was not undone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    /// Something lies deeper than was asked for.
    pub depth: bool,
    /// There are too many views, or too many bytes in them.
    pub size: bool,
    /// A program puts more strings together than are looked at, or in ways that are too long or too tangled.
    pub tangle: bool,
}

/// A view, and the views that it lies in.
#[derive(Clone, Copy, Debug)]
pub struct Nested<'n> {
    /// The view.
    pub view: &'n View,
    /// What it was made from; none when that is the text itself.
    pub within: Option<&'n Nested<'n>>,
    /// Set when it is an expression of a program that was folded.
    pub fold: Option<&'n Fold>,
}

impl Nested<'_> {
    /// How many encodings were undone.
    #[must_use]
    pub fn depth(&self) -> usize {
        1 + self.within.map_or(0, Nested::depth)
    }

    /// What was undone, outermost first.
    #[must_use]
    pub fn decoded(&self) -> Vec<Decoding> {
        let mut decoded = self.within.map_or_else(Vec::new, Nested::decoded);
        match self.fold {
            Some(fold) => decoded.extend(&fold.undone),
            None => decoded.push(self.view.decoding),
        }
        decoded
    }

    /// The smallest stretch of the text that holds all that `span` of the view comes from; of an expression, what of that stands within it.
    #[must_use]
    pub fn place(&self, span: Span) -> Option<Span> {
        let span = match self.fold {
            Some(fold) => fold.place(span),
            None => self.view.map.stretch(span)?,
        };
        self.within.map_or(Some(span), |within| within.place(span))
    }

    /// The places in the text of the pieces that `span` of the view was put together from, in order.
    #[must_use]
    pub fn pieces(&self, span: Span) -> Vec<Span> {
        let pieces = match self.fold {
            Some(fold) => fold.pieces(span),
            None => self.view.map.stretch(span).into_iter().collect(),
        };
        let Some(within) = self.within else { return pieces };
        pieces.into_iter().flat_map(|piece| within.pieces(piece)).collect()
    }

    /// What `span` of the view comes from, in what it was made from.
    #[must_use]
    pub fn origins(&self, span: Span) -> Vec<Span> {
        match self.fold {
            Some(fold) => fold.pieces(span),
            None => self.view.map.stretch(span).into_iter().collect(),
        }
    }
}

/// What is done with each view; the answer is whether to go on.
pub type Visit<'v> = &'v mut dyn FnMut(Nested<'_>) -> bool;

/// Whether a program, or a part of one, is worth parsing: it may hold the beginning of a key, or a key as it is.
pub type Worth<'w> = &'w dyn Fn(&[u8]) -> bool;

/// Goes through the views of one text.
pub struct Unfolding<'v> {
    depth: usize,
    bytes: usize,
    unpacked: usize,
    views: usize,
    visit: Visit<'v>,
    goes_on: bool,
    cut: Cut,
}

impl<'v> Unfolding<'v> {
    /// Prepares to undo up to `depth` encodings in one another in a text of `length` bytes. Each view is given to `visit`.
    pub fn new(depth: u32, length: usize, visit: Visit<'v>) -> Self {
        Self {
            depth: depth as usize,
            bytes: length.saturating_mul(BYTES_PER_BYTE).saturating_add(FREE_BYTES),
            unpacked: UNPACKED,
            views: MOST_VIEWS,
            visit,
            goes_on: true,
            cut: Cut::default(),
        }
    }

    /// The same without unpacking anything: what is compressed is cut off.
    pub(super) fn without_unpacking(self) -> Self {
        Self { unpacked: 0, ..self }
    }

    /// Undoes what is encoded in `text`.
    pub fn text(&mut self, text: &[u8]) {
        if self.depth > 0 {
            self.clusters(text, &stretches(text), None);
        }
    }

    /// Puts together what the program in the file at `path`, which holds `text`, has in pieces, where those are `worth` it.
    pub fn program(&mut self, path: &str, text: &[u8], worth: Worth<'_>) {
        if self.depth > 0
            && let Some((program, grammar)) = syntax::program(path, text)
        {
            self.folds(&program, grammar, None, worth);
        }
    }

    /// Puts together the strings that the notebook `text` consists of, and what its code has in pieces that are `worth` it.
    pub fn notebook(&mut self, text: &[u8], worth: Worth<'_>) {
        if self.depth == 0 {
            return;
        }
        let notebook = Notebook::of(text);
        self.cut.size |= notebook.is_cut;
        let grammar = notebook.grammar();
        for (view, is_code) in notebook.views(text) {
            let nested = Nested { view: &view, within: None, fold: None };
            self.descend(nested);
            if let Some(grammar) = grammar.filter(|_| is_code) {
                self.folds(&view.bytes, grammar, Some(&nested), worth);
            }
        }
    }

    /// Takes out the sources that stand in the source map `text`, and puts together what those have in pieces that are `worth` it.
    pub fn source_map(&mut self, text: &[u8], worth: Worth<'_>) {
        if self.depth > 0 {
            self.sources(text, None, worth);
        }
    }

    /// The same of source maps that stand encoded in the script or style `text`.
    pub fn inline_maps(&mut self, text: &[u8], worth: Worth<'_>) {
        if self.depth == 0 {
            return;
        }
        for link in source_map::links(text) {
            let Link::Inline(inline) = link else { continue };
            let Some(view) = inline.decoded(text).filter(|_| self.goes_on) else { continue };
            let nested = Nested { view: &view, within: None, fold: None };
            self.descend(nested);
            self.sources(&view.bytes, Some(&nested), worth);
        }
    }

    fn sources(&mut self, text: &[u8], within: Option<&Nested<'_>>, worth: Worth<'_>) {
        let Some(map) = SourceMap::parse(text).filter(|_| self.goes_on) else { return };
        if within.is_some_and(|within| within.depth() == self.depth) {
            self.cut.depth = true;
            return;
        }
        self.cut.size |= map.has_too_long();
        for (name, view) in map.views() {
            if !self.goes_on {
                return;
            }
            let nested = Nested { view: &view, within, fold: None };
            self.descend(nested);
            let program = source_map::readable(&name).and_then(|path| syntax::program(path, &view.bytes));
            if let Some((program, grammar)) = program.filter(|_| self.goes_on && worth(&view.bytes)) {
                self.folds(&program, grammar, Some(&nested), worth);
            }
        }
    }

    /// Makes the views of what `program`, which is that of `within` or the text itself, puts together.
    fn folds(&mut self, program: &[u8], grammar: Grammar, within: Option<&Nested<'_>>, worth: Worth<'_>) {
        if within.is_some_and(|within| within.depth() == self.depth) {
            self.cut.depth = true;
            return;
        }
        let folds = split::views(program, grammar, worth);
        self.cut.tangle |= folds.is_cut;
        for fold in &folds.folds {
            if !self.goes_on {
                return;
            }
            self.descend(Nested { view: &fold.view, within, fold: Some(fold) });
        }
    }

    /// What was not undone.
    #[must_use]
    pub fn cut(self) -> Cut {
        self.cut
    }

    /// Makes the views of what is encoded at `stretches` of `text`, which is that of `within` or the text itself, and goes on from there.
    pub(super) fn clusters(&mut self, text: &[u8], stretches: &[Stretch], within: Option<&Nested<'_>>) {
        for cluster in clusters(stretches) {
            for part in parts(text, cluster) {
                if !self.goes_on {
                    return;
                }
                if let Some((view, is_whole)) = view(text, cluster, part, self.bytes.min(self.unpacked)) {
                    self.cut.size |= !is_whole;
                    self.descend(Nested { view: &view, within, fold: None });
                }
            }
        }
    }

    fn descend(&mut self, nested: Nested<'_>) {
        let View { bytes, map, .. } = nested.view;
        if self.views == 0 || self.bytes < bytes.len() {
            self.cut.size = true;
            self.goes_on = false;
            return;
        }
        self.views -= 1;
        self.bytes -= bytes.len();
        self.goes_on = (self.visit)(nested);
        if !self.goes_on {
            return;
        }
        let stretches = of_view(bytes, map);
        if nested.depth() < self.depth {
            self.clusters(bytes, &stretches, Some(&nested));
        } else {
            // Rules read past a backslash more or fewer, and what consists of nothing else has no end.
            self.cut.depth |= stretches.iter().any(|stretch| stretch.decoding != Decoding::Json);
        }
    }
}

impl std::fmt::Debug for Unfolding<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unfolding").field("depth", &self.depth).field("cut", &self.cut).finish_non_exhaustive()
    }
}
