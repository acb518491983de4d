//! Documents of scalars, lists and maps, whatever notation they are written in, with the place of every scalar.
//!
//! Manifests differ in notation far more than in what they say, so YAML, JSON and TOML become one [`Node`] and each reader of manifests
//! looks at that. Notations are parsed by libraries that know where things stand; the modules here only turn their results around. Trees are
//! at most [`DEEPEST`] levels deep, so whoever walks one may recurse.

mod json;
mod toml;
mod yaml;

pub(super) use self::{json::json, toml::toml, yaml::yaml};

use super::text::{Mapping, Snippet};
use crate::model::Span;

/// What is nested deeper is left out; no manifest that people write comes near.
const DEEPEST: usize = 64;

/// A tree and what was wrong with the text, if it could not be read to its end.
pub(super) struct Parsed {
    /// All documents of the text; YAML may hold several.
    pub(super) documents: Vec<Node>,
    /// What stopped the parser.
    pub(super) trouble: Option<String>,
}

/// A word, number or string.
#[derive(Clone, Debug)]
pub(super) struct Scalar {
    /// Its text without quotes and escapes.
    pub(super) text: String,
    /// Its place without quotes.
    pub(super) mapping: Mapping,
    /// Its place with the quotes.
    pub(super) outer: Span,
    /// Whether it was written in quotes or as a block.
    pub(super) quoted: bool,
}

impl Scalar {
    /// Its place without quotes.
    pub(super) fn at(&self) -> Span {
        self.mapping.whole()
    }

    /// Whether nothing was written: an empty value, `null` or `~`.
    pub(super) fn is_null(&self) -> bool {
        !self.quoted && matches!(&*self.text, "" | "~" | "null")
    }

    fn moved(self, outer: &Mapping) -> Self {
        Self { mapping: self.mapping.through(outer), outer: outer.span(self.outer.range()), ..self }
    }

    /// Its text with its place.
    pub(super) fn snippet(&self) -> Snippet<'_> {
        Snippet { text: &self.text, mapping: &self.mapping }
    }
}

/// A key and what stands under it.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The key.
    pub(super) key: Scalar,
    /// Its value.
    pub(super) value: Node,
}

impl Entry {
    /// From the key to the end of the value.
    pub(super) fn whole(&self) -> Span {
        Span::new(self.key.outer.start, self.value.outer_end().max(self.key.outer.end))
    }
}

/// A part of a document.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// A single value.
    Scalar(Scalar),
    /// Values in a row.
    List(Vec<Node>, Span),
    /// Values by name.
    Map(Vec<Entry>, Span),
}

impl Node {
    /// The place of it.
    pub(super) fn at(&self) -> Span {
        match self {
            Self::Scalar(scalar) => scalar.at(),
            Self::List(_, at) | Self::Map(_, at) => *at,
        }
    }

    /// Where it ends, quotes included.
    fn outer_end(&self) -> usize {
        match self {
            Self::Scalar(scalar) => scalar.outer.end,
            Self::List(_, at) | Self::Map(_, at) => at.end,
        }
    }

    /// The entries, if it is a map.
    pub(super) fn entries(&self) -> &[Entry] {
        if let Self::Map(entries, _) = self { entries } else { &[] }
    }

    /// The items, if it is a list.
    pub(super) fn items(&self) -> &[Self] {
        if let Self::List(items, _) = self { items } else { &[] }
    }

    /// The scalar, if it is one.
    pub(super) fn scalar(&self) -> Option<&Scalar> {
        if let Self::Scalar(scalar) = self { Some(scalar) } else { None }
    }

    /// The text, if it is a scalar and not null.
    pub(super) fn text(&self) -> Option<&str> {
        self.scalar().filter(|scalar| !scalar.is_null()).map(|scalar| &*scalar.text)
    }

    /// What stands under `key`.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|entry| entry.key.text == key).map(|entry| &entry.value)
    }

    /// What stands under the first of `keys`, then the second, and so on.
    pub(super) fn find(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The node itself when it is a scalar, the items when it is a list: what takes one or several values.
    pub(super) fn one_or_more(&self) -> &[Self] {
        if let Self::List(items, _) = self { items } else { std::slice::from_ref(self) }
    }

    /// Scalars of [`Node::one_or_more`] that are not null.
    pub(super) fn scalars(&self) -> impl Iterator<Item = &Scalar> {
        self.one_or_more().iter().filter_map(Self::scalar).filter(|scalar| !scalar.is_null())
    }

    /// Calls `visit` with every scalar that is a value, in the order of the text.
    pub(super) fn each_scalar<'n>(&'n self, visit: &mut dyn FnMut(&'n Scalar)) {
        match self {
            Self::Scalar(scalar) => visit(scalar),
            Self::List(items, _) => items.iter().for_each(|item| item.each_scalar(visit)),
            Self::Map(entries, _) => entries.iter().for_each(|entry| entry.value.each_scalar(visit)),
        }
    }

    /// The same node when the text it was read from is itself a part of a file, as `outer` says.
    pub(super) fn moved(self, outer: &Mapping) -> Self {
        let moved = |at: Span| outer.span(at.range());
        match self {
            Self::Scalar(scalar) => Self::Scalar(scalar.moved(outer)),
            Self::List(items, at) => Self::List(items.into_iter().map(|item| item.moved(outer)).collect(), moved(at)),
            Self::Map(entries, at) => {
                let entries = entries.into_iter();
                let entry = |entry: Entry| Entry { key: entry.key.moved(outer), value: entry.value.moved(outer) };
                Self::Map(entries.map(entry).collect(), moved(at))
            }
        }
    }

    /// How many nodes it is made of.
    fn size(&self) -> usize {
        1 + match self {
            Self::Scalar(_) => 0,
            Self::List(items, _) => items.iter().map(Self::size).sum(),
            Self::Map(entries, _) => entries.iter().map(|entry| entry.value.size()).sum(),
        }
    }
}
