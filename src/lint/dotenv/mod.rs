//! `.env` files: what stands in them, line by line, and what each loader makes of it.
//!
//! A [`Document`] is parsed once and keeps places, not verdicts. Loaders disagree on nearly everything but `NAME=value`, so what a line means is
//! asked for each [`Dialect`]: [`Document::value`]. What people write around a value without meaning it, such as quotes inside quotes, is
//! noticed while parsing as a [`Flaw`], with the places to cut; whether it does harm is for checks to say, which know the loader.

pub(in crate::lint) mod cause;
pub mod dialect;
pub mod entry;
mod expand;
pub mod file_name;
pub mod flaw;
pub(in crate::lint) mod loader;
mod outcome;
mod parse;
pub mod placeholder;
pub(in crate::lint) mod shape;
mod shell;
#[cfg(test)]
mod tests;
pub(in crate::lint) mod variable;

pub use self::{
    dialect::Dialect,
    entry::{Entry, Form, Quote, Separator},
    flaw::{Flaw, Wrong},
    outcome::Outcome,
    shape::{begins_like, is_cut_off},
};

use crate::model::{Secret, Span};

/// Text beyond this is not kept: no environment is that large.
const LONGEST: usize = 1 << 20;

/// A `.env` file as written.
#[derive(Clone, Debug)]
pub struct Document {
    /// The text. It may hold keys.
    text: Secret,
    entries: Vec<Entry>,
    flaws: Vec<Flaw>,
    carriage_returns: Vec<Span>,
    /// The file is in UTF-16; the text is what became of it.
    pub utf16: bool,
    /// Not all of it was read, because it is too large.
    pub cut: bool,
}

impl Document {
    /// Takes `text` apart; `utf16` tells that the file has that encoding, which most loaders cannot read.
    #[must_use]
    pub fn parse(text: &[u8], utf16: bool) -> Self {
        let kept = &text[..text.len().min(LONGEST)];
        let (entries, more) = parse::entries(kept);
        let flaws = flaw::all(kept, &entries);
        let cut = more || kept.len() < text.len();
        let carriage_returns = if cut { Vec::new() } else { flaw::carriage_returns(kept, &flaws) };
        Self { text: Secret::new(kept, 0), entries, flaws, carriage_returns, utf16, cut }
    }

    /// Lines that are neither blank nor comments, in order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What is written around the values of all entries.
    #[must_use]
    pub fn flaws(&self) -> &[Flaw] {
        &self.flaws
    }

    /// The carriage returns in front of line feeds, when they stand behind a value as well. To take out some of them would leave a file with two
    /// kinds of line endings, so there are none where not all are known.
    #[must_use]
    pub fn carriage_returns(&self) -> &[Span] {
        &self.carriage_returns
    }

    /// The assignments to `name`, in order.
    pub fn assignments<'d>(&'d self, name: &'d [u8]) -> impl Iterator<Item = &'d Entry> {
        self.entries.iter().filter(move |entry| entry.form == Form::Assignment && self.slice(entry.name) == name)
    }

    /// What is written around the value of `entry`, in the order in which it would be cut away.
    pub fn flaws_of(&self, entry: &Entry) -> impl Iterator<Item = &Flaw> {
        let at = self.flaws.partition_point(|flaw| flaw.entry < entry.whole.start);
        self.flaws[at..].iter().take_while(move |flaw| flaw.entry == entry.whole.start)
    }

    /// The name of `entry`; empty when it has none.
    ///
    /// # Panics
    /// Never: names are ASCII.
    #[must_use]
    pub fn name(&self, entry: &Entry) -> &str {
        std::str::from_utf8(self.slice(entry.name)).expect("a name is ASCII")
    }

    /// What the value of `entry` is meant to be: without quotes, blanks and other things that came along by mistake.
    #[must_use]
    pub fn meant(&self, entry: &Entry) -> &[u8] {
        self.slice(self.meant_at(entry))
    }

    /// Where that stands.
    #[must_use]
    pub fn meant_at(&self, entry: &Entry) -> Span {
        flaw::meant(self.text(), entry)
    }

    /// What a program gets that loads the file with `dialect`.
    #[must_use]
    pub fn value(&self, entry: &Entry, dialect: Dialect) -> Outcome {
        outcome::of(self, entry, dialect)
    }

    /// The bytes of `span`. They may be a key.
    #[must_use]
    pub fn slice(&self, span: Span) -> &[u8] {
        &self.text()[span.range()]
    }

    /// Where the byte order mark is, if there is one.
    #[must_use]
    pub fn bom(&self) -> Option<Span> {
        self.text().starts_with(parse::BOM).then(|| Span::new(0, parse::BOM.len()))
    }

    /// Places that findings and edits may point at.
    #[must_use]
    pub fn places(&self) -> Vec<Span> {
        let of_entry = |entry: &Entry| {
            let separator = entry.separator.map_or(entry.name, |(_, at)| at);
            [entry.whole, entry.name, separator, self.meant_at(entry)]
        };
        let cuts = self.flaws.iter().flat_map(|flaw| flaw.cuts.iter().copied());
        let of_file = self.bom().into_iter().chain(self.carriage_returns.iter().copied());
        self.entries.iter().flat_map(of_entry).chain(cuts).chain(of_file).collect()
    }

    fn text(&self) -> &[u8] {
        self.text.expose()
    }
}
