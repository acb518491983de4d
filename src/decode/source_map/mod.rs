//! Source maps: the sources that stand in one, and which line of which source a place comes from.
//!
//! A map holds the whole text of the sources (`sourcesContent`), so a key that a bundler took out of the code, or that stood in a comment, is
//! public with it all the same. And it tells where a key in a bundle of one line was written, which is what somebody has to change.
//!
//! The reader is our own. Others turn the JSON into strings and `mappings` into a table of a hundred megabytes; what is needed here are places in
//! the JSON itself, from which findings in a source lead back to bytes of the file, and the origins of a few places. Nothing is copied but names and
//! the one source that is looked at, and every part of the text is gone over a fixed number of times, whatever it says.
//!
//! Not followed: maps that sections name by an address, and sections inside sections, which the format forbids.

mod escaped;
mod json;
mod link;
mod mappings;
mod name;

pub use self::{
    link::{Inline, Link, links},
    mappings::Position,
    name::{candidates, path_of, readable},
};

use self::{
    escaped::Cursor,
    json::{blank, elements, members, string},
    mappings::{Mapped, locate},
};
use super::{Map, View, json_string};
use crate::model::{Decoding, Span};

/// No bundle has more sources; those beyond are left out.
const MOST_SOURCES: usize = 100_000;
/// No bundle is put together of more maps; those beyond are left out.
const MOST_SECTIONS: usize = 10_000;

/// A source that is longer is searched in the map as it stands there: the way back from each of its escapes takes many times its own bytes.
const LONGEST_SOURCE: usize = 32 << 20;

/// A source map in its text.
#[derive(Clone, Debug)]
pub struct SourceMap<'t> {
    text: &'t [u8],
    /// One, or one for each section, in the order of what they map.
    parts: Vec<Part>,
}

/// A map without sections.
#[derive(Clone, Debug, Default)]
struct Part {
    /// Where in the built text it begins.
    offset: Position,
    root: Option<Span>,
    /// Names, `None` for a source without.
    sources: Vec<Option<Span>>,
    /// Texts, in the order of the names.
    contents: Vec<Option<Span>>,
    mappings: Option<Span>,
}

/// A place in a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Original {
    /// The source as the map calls it, with its root.
    pub source: String,
    /// Where what was asked for begins.
    pub start: Position,
    /// One past where it ends, as far as that is known.
    pub end: Position,
    /// Where the text of the source stands in that of the map.
    content: Option<Span>,
}

/// Whether `text` begins as a source map does, so that it is worth reading as one.
#[must_use]
pub fn is_source_map(text: &[u8]) -> bool {
    let has = |word: &[u8]| memchr::memmem::find(text, word).is_some();
    text.get(beginning(text)) == Some(&b'{') && (has(b"\"mappings\"") || has(b"\"sections\""))
}

/// Where the object begins: behind a byte-order mark, and behind the line that keeps browsers from running it.
fn beginning(text: &[u8]) -> usize {
    let start = if text.starts_with("\u{feff}".as_bytes()) { 3 } else { 0 };
    let is_guarded = text[start..].starts_with(b")]}");
    blank(text, if is_guarded { memchr::memchr(b'\n', text).unwrap_or(text.len()) } else { start })
}

impl<'t> SourceMap<'t> {
    /// The source map that `text` is; `None` when it is none, or broken before anything could be read.
    #[must_use]
    pub fn parse(text: &'t [u8]) -> Option<Self> {
        let at = beginning(text);
        let sections = members(text, at).filter(|(key, _)| &text[key.range()] == b"sections").last();
        let mut room = MOST_SOURCES;
        let parts = match sections {
            None => vec![part(text, at, Position::default(), &mut room)],
            Some((_, sections)) => {
                let sections = elements(text, sections.start).take(MOST_SECTIONS);
                let mut parts: Vec<Part> =
                    sections.filter_map(|section| part_of_section(text, section, &mut room)).collect();
                parts.sort_by_key(|part| part.offset);
                parts
            }
        };
        let says_anything = |part: &Part| !part.sources.is_empty() || !part.contents.is_empty();
        parts.iter().any(says_anything).then_some(Self { text, parts })
    }

    /// Whether it holds a source of which there is no view.
    #[must_use]
    pub fn has_too_long(&self) -> bool {
        self.contents().any(|(.., content)| content.len() > LONGEST_SOURCE)
    }

    /// The sources whose text stands in the map, each as a text of its own with its name; without those that are too long.
    pub fn views(&self) -> impl Iterator<Item = (String, View)> {
        self.contents().filter(|(.., content)| content.len() <= LONGEST_SOURCE).map(|(part, index, content)| {
            let (mut bytes, mut map) = (Vec::with_capacity(content.len()), Map::default());
            json_string::push(self.text, content, &mut bytes, &mut map);
            (self.name(part, index), View { bytes, map, decoding: Decoding::SourceMap, from: content })
        })
    }

    fn contents(&self) -> impl Iterator<Item = (&Part, usize, Span)> {
        let of = |part: &'_ Part| part.contents.len();
        self.parts
            .iter()
            .flat_map(move |part| (0..of(part)).filter_map(move |index| Some((part, index, part.contents[index]?))))
    }

    /// Of places in the text of the map itself, sorted: where in which source they stand, if they lie in the text of one.
    #[must_use]
    pub fn in_contents(&self, places: &[Span]) -> Vec<Option<Original>> {
        let mut contents: Vec<(&Part, usize, Span)> = self.contents().collect();
        contents.sort_by_key(|(_, _, content)| content.start);
        let mut current: Option<(usize, Cursor<'_>)> = None;
        let mut find = |place: &Span| {
            let at = contents.partition_point(|(_, _, content)| content.start <= place.start).checked_sub(1)?;
            let (part, index, content) = contents[at];
            if place.end > content.end {
                return None;
            }
            let mut cursor = match current {
                Some((last, cursor)) if last == at => cursor,
                _ => Cursor::new(self.text, content),
            };
            cursor.advance(place.start);
            let start = cursor.position();
            current = Some((at, cursor));
            cursor.advance(place.end);
            Some(Original { source: self.name(part, index), start, end: cursor.position(), content: Some(content) })
        };
        places.iter().map(&mut find).collect()
    }

    /// Of places in the built text, sorted: where in which source they come from, as far as the map says.
    #[must_use]
    pub fn origins(&self, places: &[Position]) -> Vec<Option<Original>> {
        let mut found = vec![None; places.len()];
        for (index, part) in self.parts.iter().enumerate() {
            let from = places.partition_point(|place| *place < part.offset);
            let next = self.parts.get(index + 1).map(|next| next.offset);
            let to = next.map_or(places.len(), |next| places.partition_point(|place| *place < next));
            let (Some(mappings), Some(own)) = (part.mappings, places.get(from..to).filter(|own| !own.is_empty()))
            else {
                continue;
            };
            let moved: Vec<Position> = own.iter().map(|place| within(*place, part.offset)).collect();
            for (slot, mapped) in found[from..to].iter_mut().zip(locate(&self.text[mappings.range()], &moved)) {
                *slot = mapped.and_then(|mapped| self.original(part, mapped));
            }
        }
        found
    }

    fn original(&self, part: &Part, mapped: Mapped) -> Option<Original> {
        part.sources.get(mapped.source)?;
        let content = part.contents.get(mapped.source).copied().flatten();
        Some(Original { source: self.name(part, mapped.source), start: mapped.at, end: mapped.at, content })
    }

    /// What stands in the sources from each of `places` on to the end of the line, at most `most` bytes; empty where the map does not hold the text.
    #[must_use]
    pub fn lines(&self, places: &[&Original], most: usize) -> Vec<Vec<u8>> {
        let key = |at: &usize| (places[*at].content.map(|content| content.start), places[*at].start);
        let mut order: Vec<usize> = (0..places.len()).collect();
        order.sort_by_key(key);
        let mut found = vec![Vec::new(); places.len()];
        let mut current: Option<(Span, Cursor<'_>)> = None;
        for at in order {
            let Some(content) = places[at].content else { continue };
            let mut cursor = match current {
                Some((last, cursor)) if last == content => cursor,
                _ => Cursor::new(self.text, content),
            };
            let start = places[at].start;
            if cursor.advance_to_line(start.line) {
                found[at] = cursor.rest_of_line(start.column, most);
            }
            current = Some((content, cursor));
        }
        found
    }

    /// The name of a source, with its root.
    fn name(&self, part: &Part, index: usize) -> String {
        let text = |span: Span| {
            let cut = Span::new(span.start, span.end.min(span.start + name::LONGEST));
            let mut bytes = Vec::new();
            json_string::push(self.text, cut, &mut bytes, &mut Map::default());
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let own = part.sources.get(index).copied().flatten().map(text).unwrap_or_default();
        let root = part.root.map(text).filter(|root| !root.is_empty() && !own.contains("://") && !own.starts_with('/'));
        match root {
            Some(root) if root.ends_with('/') => root + &own,
            Some(root) => format!("{root}/{own}"),
            None => own,
        }
    }
}

/// `place` counted from `offset`.
fn within(place: Position, offset: Position) -> Position {
    let column = if place.line == offset.line { place.column - offset.column } else { place.column };
    Position { line: place.line - offset.line, column }
}

/// What the object at `at` says; `room` is for how many sources.
fn part(text: &[u8], at: usize, offset: Position, room: &mut usize) -> Part {
    let mut part = Part { offset, ..Part::default() };
    let strings = |array: Span, most: usize| elements(text, array.start).take(most).map(|value| string(text, value));
    for (key, value) in members(text, at) {
        match &text[key.range()] {
            b"sourceRoot" => part.root = string(text, value),
            b"mappings" => part.mappings = string(text, value),
            b"sources" => part.sources = strings(value, *room).collect(),
            b"sourcesContent" => part.contents = strings(value, *room).collect(),
            _ => {}
        }
    }
    *room -= part.sources.len().max(part.contents.len()).min(*room);
    part
}

fn part_of_section(text: &[u8], section: Span, room: &mut usize) -> Option<Part> {
    let (mut offset, mut map) = (Position::default(), None);
    for (key, value) in members(text, section.start) {
        match &text[key.range()] {
            b"offset" => {
                for (key, value) in members(text, value.start) {
                    let number = std::str::from_utf8(&text[value.range()]).ok()?.parse().ok()?;
                    match &text[key.range()] {
                        b"line" => offset.line = number,
                        b"column" => offset.column = number,
                        _ => {}
                    }
                }
            }
            b"map" => map = Some(value.start),
            _ => {}
        }
    }
    Some(part(text, map?, offset, room))
}

#[cfg(test)]
mod tests;
