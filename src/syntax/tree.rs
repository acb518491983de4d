//! The syntax tree as an arena: nodes in the order in which they begin, parents before children.
//!
//! Kept are the nodes that have a name in the grammar, and operators. A node is its position; the nodes below it follow it directly.

use std::fmt;

use super::Words;
use crate::model::Span;

/// More nodes than a program of the largest size that is read has; a text beyond it is data.
const MOST_NODES: usize = 1 << 20;

/// Code is not nested deeper than this; what is, may be read as if it stood at the top.
const MOST_AROUND: usize = 400;

/// What stands for "an error is here" among tree-sitter's kinds.
const ERROR: u16 = u16::MAX;

/// Some kinds of nodes of one grammar, by their numbers: most nodes are names and punctuation, and comparing words for each of them costs more
/// than all that is done with the others.
#[derive(Debug)]
pub(crate) struct Kinds(Vec<bool>);

impl Kinds {
    pub(super) fn new(words: &Words, kinds: &[&str]) -> Self {
        Self(words.kinds.iter().map(|kind| kinds.contains(kind)).collect())
    }
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    kind: u16,
    field: u16,
    start: u32,
    end: u32,
    parent: u32,
    /// One past the last node below.
    after: u32,
}

/// A parsed text.
pub(crate) struct Tree<'t> {
    text: &'t str,
    words: &'static Words,
    entries: Vec<Entry>,
    /// Where something was put in that the text lacks, for the first time.
    missing: Option<u32>,
}

impl fmt::Debug for Tree<'_> {
    /// Without the text, which may hold keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tree({} nodes)", self.entries.len())
    }
}

impl<'t> Tree<'t> {
    /// Copies what `parsed` holds; `None` when that is too much.
    pub(super) fn copy(text: &'t str, parsed: &tree_sitter::Tree, words: &'static Words) -> Option<Self> {
        let mut entries: Vec<Entry> = Vec::with_capacity(text.len() / 8 + 1);
        let mut parents: Vec<u32> = Vec::new();
        let mut missing = None;
        let mut cursor = parsed.walk();
        loop {
            let node = cursor.node();
            if missing.is_none() && node.is_missing() {
                missing = Some(offset(node.start_byte()));
            }
            let field = cursor.field_id().map_or(0, std::num::NonZeroU16::get);
            let kept = node.is_named() || field != 0;
            if kept {
                if entries.len() == MOST_NODES {
                    return None;
                }
                let parent = parents.last().copied().unwrap_or(0);
                let (start, end) = (offset(node.start_byte()), offset(node.end_byte()));
                entries.push(Entry { kind: node.kind_id(), field, start, end, parent, after: 0 });
            }
            let here = offset(entries.len().saturating_sub(1));
            // Unnamed nodes have no children.
            if kept && cursor.goto_first_child() {
                parents.push(here);
                continue;
            }
            if kept {
                entries[here as usize].after = here + 1;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return Some(Self { text, words, entries, missing });
                }
                let parent = parents.pop().expect("every step down was noted");
                entries[parent as usize].after = offset(entries.len());
            }
        }
    }

    /// The node that holds all others.
    pub(crate) fn root(&self) -> Node<'_> {
        Node { tree: self, at: 0 }
    }

    /// All nodes, parents before children.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        (0..offset(self.entries.len())).map(|at| Node { tree: self, at })
    }

    /// The nodes of one of `kinds`, parents before children.
    pub(crate) fn nodes_of(&self, kinds: &Kinds) -> Vec<Node<'_>> {
        let is_one = |at: &u32| kinds.0.get(self.entries[*at as usize].kind as usize) == Some(&true);
        (0..offset(self.entries.len())).filter(is_one).map(|at| Node { tree: self, at }).collect()
    }

    /// The node at a position that [`Node::position`] gave.
    pub(crate) fn node(&self, at: u32) -> Node<'_> {
        Node { tree: self, at }
    }

    /// The parts that the grammar did not understand, in order, those within others left out.
    pub(crate) fn errors(&self) -> impl Iterator<Item = Node<'_>> {
        let mut at = 0;
        std::iter::from_fn(move || {
            while self.entries.get(at).is_some_and(|entry| entry.kind != ERROR) {
                at += 1;
            }
            let entry = self.entries.get(at)?;
            let node = Node { tree: self, at: offset(at) };
            at = entry.after as usize;
            Some(node)
        })
    }

    /// Where the first part stands that the grammar did not understand, or that it missed.
    pub(crate) fn first_error(&self) -> Option<Span> {
        // What is understood below one that covers the text says more.
        let error = self.errors().next().map(|error| match error.at {
            0 => error.descendants().find(|node| node.entry().kind == ERROR).unwrap_or(error).span(),
            _ => error.span(),
        });
        let missing = self.missing.map(|at| Span::new(at as usize, at as usize));
        error.into_iter().chain(missing).min_by_key(|at| at.start)
    }

    /// Whether more than half of the text lies in what the grammar did not understand.
    pub(crate) fn is_mostly_errors(&self) -> bool {
        let mut wrong = 0;
        let mut at = 0;
        while let Some(entry) = self.entries.get(at) {
            at += 1;
            if entry.kind == ERROR {
                // What was understood below an error was understood all the same.
                let node = Node { tree: self, at: offset(at - 1) };
                let understood: usize = node.children().map(|child| child.span().len()).sum();
                wrong += node.span().len().saturating_sub(understood);
            }
        }
        wrong * 2 > self.text.len()
    }
}

/// Texts above 4 MB are not parsed, so every offset fits.
fn offset(at: usize) -> u32 {
    u32::try_from(at).expect("texts that are parsed are smaller than 4 GB")
}

/// A part of the text, by what it is in the grammar.
#[derive(Clone, Copy)]
pub(crate) struct Node<'t> {
    tree: &'t Tree<'t>,
    at: u32,
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl fmt::Debug for Node<'_> {
    /// Without the text, which may hold keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {:?}", self.kind(), self.span())
    }
}

impl<'t> Node<'t> {
    fn entry(self) -> Entry {
        self.tree.entries[self.at as usize]
    }

    /// What identifies it in its tree; grows from the beginning of the text to its end.
    pub(crate) fn position(self) -> u32 {
        self.at
    }

    /// What it is.
    pub(crate) fn kind(self) -> &'static str {
        self.tree.words.kinds.get(self.entry().kind as usize).copied().unwrap_or("ERROR")
    }

    /// Whether it is of one of `kinds`.
    pub(crate) fn is(self, kinds: &[&str]) -> bool {
        kinds.contains(&self.kind())
    }

    /// Its place in the text.
    pub(crate) fn span(self) -> Span {
        let Entry { start, end, .. } = self.entry();
        Span::new(start as usize, end as usize)
    }

    /// Its text.
    pub(crate) fn text(self) -> &'t str {
        self.slice(self.span())
    }

    /// The text of `span`, which lies anywhere in the file; empty when it cuts a character.
    pub(crate) fn slice(self, span: Span) -> &'t str {
        self.tree.text.get(span.range()).unwrap_or_default()
    }

    /// The node around it.
    pub(crate) fn parent(self) -> Option<Self> {
        (self.at > 0).then(|| Self { tree: self.tree, at: self.entry().parent })
    }

    /// The nodes around it, from the nearest; no more of them than code that people write has.
    pub(crate) fn ancestors(self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.parent(), |node| node.parent()).take(MOST_AROUND)
    }

    /// The nodes directly below.
    pub(crate) fn children(self) -> impl Iterator<Item = Self> {
        let end = self.entry().after;
        let mut next = self.at + 1;
        std::iter::from_fn(move || {
            let child = (next < end).then_some(Self { tree: self.tree, at: next })?;
            next = child.entry().after;
            Some(child)
        })
    }

    /// The nodes below that are no comments, operators or errors.
    pub(crate) fn items(self) -> impl Iterator<Item = Self> {
        self.children().filter(|child| !child.is(&["comment", "ERROR"]))
    }

    /// All nodes below, parents before children.
    pub(crate) fn descendants(self) -> impl Iterator<Item = Self> {
        (self.at + 1..self.entry().after).map(move |at| Self { tree: self.tree, at })
    }

    /// The first node directly below that plays the role `name`.
    pub(crate) fn field(self, name: &str) -> Option<Self> {
        self.children().find(|child| self.tree.words.fields[child.entry().field as usize] == name)
    }

    /// The nodes directly below that play the role `name`.
    pub(crate) fn fields(self, name: &'static str) -> impl Iterator<Item = Self> {
        self.children().filter(move |child| self.tree.words.fields[child.entry().field as usize] == name)
    }

    /// The role it plays in its parent; empty when it has none.
    pub(crate) fn role(self) -> &'static str {
        self.tree.words.fields[self.entry().field as usize]
    }

    /// The text of the operator between its two sides.
    pub(crate) fn operator(self) -> &'t str {
        self.field("operator").map_or("", Node::text)
    }

    /// Whether `other` is this node or lies below it.
    pub(crate) fn holds(self, other: Self) -> bool {
        (self.at..self.entry().after).contains(&other.at)
    }
}
