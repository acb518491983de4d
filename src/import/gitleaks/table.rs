//! A TOML table as gitleaks reads it: keys in any case, and every value with its line.
//!
//! Values are taken one by one, so that one of the wrong type is a sentence about that value and the rest of the file counts, and what nobody took is
//! known at the end.

use std::{collections::BTreeMap, ops::Range};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::super::{Place, Plan, quoted};

/// A file by its lines.
pub(super) struct Lines<'f> {
    name: &'f str,
    starts: Vec<usize>,
}

impl<'f> Lines<'f> {
    pub(super) fn new(name: &'f str, text: &str) -> Self {
        let breaks = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
        Self { name, starts: std::iter::once(0).chain(breaks).collect() }
    }

    /// The place of the byte at `offset`.
    pub(super) fn place(&self, offset: usize) -> Place {
        let line = self.starts.partition_point(|start| *start <= offset);
        Place::line(self.name, u32::try_from(line).unwrap_or(u32::MAX))
    }
}

/// A table, of which what was taken is gone.
pub(super) struct Table<'t> {
    lines: &'t Lines<'t>,
    /// What it is, for sentences: "`[allowlist]`".
    what: String,
    pub(super) place: Place,
    rest: BTreeMap<String, (Range<usize>, &'t Spanned<DeValue<'t>>)>,
}

impl<'t> Table<'t> {
    pub(super) fn new(what: &str, lines: &'t Lines<'t>, at: usize, table: &'t DeTable<'t>) -> Self {
        let entry = |(key, value): (&Spanned<_>, _)| {
            let name: &std::borrow::Cow<'_, str> = key.get_ref();
            (name.to_lowercase(), (key.span(), value))
        };
        Self { lines, what: what.to_owned(), place: lines.place(at), rest: table.iter().map(entry).collect() }
    }

    fn take(&mut self, key: &str) -> Option<(Place, &'t Spanned<DeValue<'t>>)> {
        let (at, value) = self.rest.remove(&key.to_lowercase())?;
        Some((self.lines.place(at.start), value))
    }

    fn wrong(&self, plan: &mut Plan, place: &Place, key: &str, expected: &str) {
        plan.unread(place, format!("`{key}` of {} is not {expected}, and was passed over: correct it", self.what));
    }

    /// The text under `key`, when there is one that is not empty.
    pub(super) fn text(&mut self, key: &str, plan: &mut Plan) -> Option<(Place, String)> {
        let (place, value) = self.take(key)?;
        match value.get_ref() {
            DeValue::String(text) if text.is_empty() => None,
            DeValue::String(text) => Some((place, text.to_string())),
            _ => {
                self.wrong(plan, &place, key, "a text");
                None
            }
        }
    }

    /// The texts under `key`, each with its line; one text alone counts as a list.
    pub(super) fn texts(&mut self, key: &str, plan: &mut Plan) -> Vec<(Place, String)> {
        let Some((place, value)) = self.take(key) else { return Vec::new() };
        let mut texts = Vec::new();
        match value.get_ref() {
            DeValue::String(text) => texts.push((place, text.to_string())),
            DeValue::Array(items) => {
                for item in items {
                    let place = self.lines.place(item.span().start);
                    match item.get_ref() {
                        DeValue::String(text) => texts.push((place, text.to_string())),
                        _ => self.wrong(plan, &place, key, "a list of texts"),
                    }
                }
            }
            _ => self.wrong(plan, &place, key, "a list of texts"),
        }
        texts
    }

    /// The number under `key`.
    pub(super) fn number(&mut self, key: &str, plan: &mut Plan) -> Option<f64> {
        let (place, value) = self.take(key)?;
        let number = match value.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().parse().ok(),
            DeValue::Float(number) => number.as_str().parse().ok(),
            _ => None,
        };
        let number = number.filter(|number: &f64| number.is_finite() && *number >= 0.0);
        if number.is_none() {
            self.wrong(plan, &place, key, "a number");
        }
        number
    }

    /// The switch under `key`.
    pub(super) fn flag(&mut self, key: &str, plan: &mut Plan) -> bool {
        let Some((place, value)) = self.take(key) else { return false };
        if let DeValue::Boolean(flag) = value.get_ref() {
            return *flag;
        }
        self.wrong(plan, &place, key, "true or false");
        false
    }

    /// The tables under `key`: one, or a list of them.
    pub(super) fn tables(&mut self, key: &str, plan: &mut Plan) -> Vec<Self> {
        let Some((place, value)) = self.take(key) else { return Vec::new() };
        let lines = self.lines;
        let new = |at: &Spanned<DeValue<'t>>, table| Self::new(&format!("`{key}`"), lines, at.span().start, table);
        let mut tables = Vec::new();
        match value.get_ref() {
            DeValue::Table(table) => tables.push(Self { place, ..new(value, table) }),
            DeValue::Array(items) => {
                for item in items {
                    match item.get_ref() {
                        DeValue::Table(table) => tables.push(new(item, table)),
                        _ => self.wrong(plan, &lines.place(item.span().start), key, "a list of tables"),
                    }
                }
            }
            _ => self.wrong(plan, &place, key, "a table"),
        }
        tables
    }

    /// Says of every key that nobody took that it was passed over.
    pub(super) fn finish(self, plan: &mut Plan) {
        for (key, (at, _)) in self.rest {
            let sentence =
                format!("`{}` of {} is a key that is not known here, and was passed over", quoted(&key), self.what);
            plan.left(&self.lines.place(at.start), sentence);
        }
    }
}
