//! The fix for a key that stands in a program: read it from the environment, and name the variable in the project's template.
//!
//! It is offered for whole string literals only, where any expression may stand ([`Program`](super::read::program::Program)), and it is never
//! safe: the program no longer runs where nobody sets the variable. It gives the name and never the key: who applies it still has to
//! put the key where the program finds it, and to revoke the one that was published.

mod idiom;
mod template;

use std::{
    cell::{Cell, OnceCell, RefCell},
    collections::{BTreeMap, BTreeSet},
};

use super::{
    Graph, Language, Options,
    facts::{Definition, Fallback, FileFacts, Giver, Known, Read},
    read::program::{Literal, Needed, Program},
};
use crate::{
    model::{Edit, Finding, Fix, Group, Location, Span},
    rules::Provider,
};

/// The name of a key stands near it. Lines may be as long as files.
const NEAR: usize = 256;

/// Proposes fixes for those of the `findings` on secrets, sorted by path, that the facts in `graph` know.
pub(super) fn propose(findings: &mut [Finding], graph: &Graph, options: &Options<'_>) {
    let used = OnceCell::new();
    for of_file in findings.chunk_by_mut(|a, b| a.location.path == b.location.path) {
        let facts = graph.file(&of_file[0].location.path).filter(|facts| !facts.known.is_empty());
        let is_written = |facts: &&FileFacts| !facts.built.as_ref().is_some_and(|built| built.is_dense);
        let facts = facts.filter(is_written).filter(|facts| idiom::covers(facts.language));
        let Some(facts) = facts else { continue };
        let text = options.surroundings.read(&facts.path).and_then(|bytes| String::from_utf8(bytes).ok());
        let Some(text) = text.filter(|text| idiom::has_environment(facts, text, graph)) else { continue };
        let Some(program) = Program::parse(&facts.path, facts.language, &text) else { continue };
        let file = File {
            defined: of_values(facts),
            fallbacks: of_fallbacks(facts),
            entries: RefCell::default(),
            line: Cell::new(Span::new(0, 0)),
            used: &used,
            text: &text,
            facts,
            graph,
            options,
            program,
        };
        let known = file.known();
        // A text may have an archive at its end; its members have lines of their own.
        for finding in of_file.iter_mut().filter(|finding| finding.origin.archive.is_empty()) {
            let known = known.get(&(place_of(&finding.location), finding.rule.as_str()));
            finding.fixes.extend(known.and_then(|known| file.fix(finding, known)));
        }
    }
}

/// What is done about one key.
struct Change {
    title: String,
    /// The variable that gives the key from then on.
    variable: String,
    edits: Vec<Edit>,
}

/// A program in which keys stand.
struct File<'f, 'g> {
    facts: &'g FileFacts,
    graph: &'g Graph,
    options: &'f Options<'f>,
    text: &'f str,
    program: Program<'f>,
    /// Names of variables of the environment that the project knows; found out when first asked for.
    used: &'f OnceCell<BTreeSet<&'g str>>,
    /// Definitions by the place of their value, and reads by that of what is taken instead.
    defined: BTreeMap<Span, &'g Definition>,
    fallbacks: BTreeMap<Span, &'g Read>,
    /// What becomes of the template for each variable.
    entries: RefCell<BTreeMap<String, Option<Edit>>>,
    /// The line that was looked for last: keys may share one of megabytes.
    line: Cell<Span>,
}

fn of_values(facts: &FileFacts) -> BTreeMap<Span, &Definition> {
    facts.definitions.iter().filter_map(|definition| Some((definition.value.as_ref()?.at, definition))).collect()
}

fn of_fallbacks(facts: &FileFacts) -> BTreeMap<Span, &Read> {
    let literal = |read: &Read| if let Fallback::Literal(at) = read.fallback { Some(at) } else { None };
    facts.reads.iter().filter_map(|read| Some((literal(read)?, read))).collect()
}

/// Lines and columns.
type Corners = (u32, u32, u32, u32);

fn place_of(at: &Location) -> Corners {
    (at.start_line, at.start_column, at.end_line, at.end_column)
}

impl<'g> File<'_, 'g> {
    /// The keys of the file by place and rule.
    fn known(&self) -> BTreeMap<(Corners, &'g str), &'g Known> {
        let key = |known: &'g Known| Some((place_of(&self.facts.sites.get(&known.at)?.location), known.rule.as_str()));
        self.facts.known.iter().filter_map(|known| Some((key(known)?, known))).collect()
    }

    fn fix(&self, finding: &Finding, known: &Known) -> Option<Fix> {
        if finding.group != Group::Secrets || !finding.decoded.is_empty() {
            return None;
        }
        let provider = self.options.catalogue.provider(finding.provider.as_deref()?)?;
        if self.text.get(known.at.range())?.as_bytes() != known.secret.expose() {
            return None;
        }
        let (key, location) = (known.at, &finding.location);
        let place = Place { text: self.text, key, line: self.line_around(key), location };
        let change = if let Some(definition) = self.defined.get(&place.key).filter(|_| !self.is_script()) {
            self.without_line(&place, definition)
        } else if let Some(read) = self.fallbacks.get(&place.key) {
            self.without_fallback(&place, read)
        } else {
            self.with_read(&place, provider)
        };
        let Change { title, variable, mut edits } = change?;
        edits.extend(self.entry(&variable));
        Some(Fix { title, safe: false, edits })
    }

    /// The line around `key`, without its line break.
    fn line_around(&self, key: Span) -> Span {
        let last = self.line.get();
        if last.start <= key.start && key.end <= last.end {
            return last;
        }
        let bytes = self.text.as_bytes();
        let start = memchr::memrchr(b'\n', &bytes[..key.start]).map_or(0, |at| at + 1);
        let end = memchr::memchr(b'\n', &bytes[key.end..]).map_or(bytes.len(), |at| key.end + at);
        let end = if bytes[..end].ends_with(b"\r") { end - 1 } else { end };
        self.line.set(Span::new(start, end));
        self.line.get()
    }

    /// Whether it is a script of a shell, in which every variable may be one of the environment.
    fn is_script(&self) -> bool {
        self.facts.language == Language::Shell
    }

    /// The program sets the variable itself: the line goes away, when it does nothing else and nothing hangs on it.
    fn without_line(&self, place: &Place<'_>, definition: &Definition) -> Option<Change> {
        let line = place.line;
        let statement = self.text[line.range()].trim_end().trim_end_matches(';');
        let is_all = definition.whole == Span::new(line.start, line.start + statement.len());
        let is_free = matches!(self.facts.language, Language::Python | Language::JavaScript | Language::Ruby);
        if definition.giver != Giver::Program || !is_all || !is_free {
            return None;
        }
        let variable = definition.name.clone();
        let title = format!("delete the line that sets `{variable}`, so that it comes from the environment");
        Some(Change { title, variable, edits: vec![Edit { location: place.location(line)?, text: String::new() }] })
    }

    /// The key is taken when a variable is not set: only the variable stays.
    fn without_fallback(&self, place: &Place<'_>, read: &Read) -> Option<Change> {
        let literal = self.program.literal(place.key)?;
        let location = place.location(Span::new(literal.after?, literal.whole.end))?;
        let variable = read.name.clone();
        let title = format!("take `{variable}` from the environment alone");
        Some(Change { title, variable, edits: vec![Edit { location, text: String::new() }] })
    }

    /// The variable is read in place of the key.
    fn with_read(&self, place: &Place<'_>, provider: &Provider) -> Option<Change> {
        let Literal { whole, alternative, .. } = self.program.literal(place.key)?;
        // What stands behind an operator is a second choice, of which the first is not known.
        if alternative {
            return None;
        }
        let variable = self.variable(place.near(), provider)?;
        let quote = &self.text[place.key.start - 1..place.key.start];
        let text = idiom::read(self.facts.language, &variable, quote, self.text)?;
        let mut edits = vec![Edit { location: place.location(whole)?, text }];
        match self.program.needed() {
            Needed::Nothing => {}
            Needed::Line(at, text) => edits.push(self.line_at(at, text)?),
            Needed::Unknown => return None,
        }
        Some(Change { title: format!("read the key from `{variable}`"), variable, edits })
    }

    /// The variable to read: one that stands `near` the key and the project or the provider knows, or else the provider's own.
    fn variable(&self, near: &str, provider: &Provider) -> Option<String> {
        let is_name = |word: &&str| {
            word.len() > 3
                && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        };
        let is_its = |name: &str| {
            let of_catalogue = self.options.catalogue.named(name).is_some_and(|(owner, _)| owner.id == provider.id);
            of_catalogue || self.is_used(name)
        };
        let words = near.split(|c: char| !c.is_alphanumeric() && c != '_').filter(is_name);
        let named = words.into_iter().find(|word| is_its(word)).map(str::to_owned);
        named.or_else(|| provider.env.first().cloned())
    }

    /// Whether a program reads the environment variable `name`, or a file gives it.
    fn is_used(&self, name: &str) -> bool {
        let names = |file: &'g FileFacts| {
            let given = file.definitions.iter().filter(|definition| definition.giver != Giver::Program);
            let reads = file.reads.iter().map(|read| read.name.as_str());
            reads.chain(given.map(|definition| definition.name.as_str()))
        };
        self.used.get_or_init(|| self.graph.files().iter().flat_map(names).collect()).contains(name)
    }

    /// The edit that names `variable` in the project's template.
    fn entry(&self, variable: &str) -> Option<Edit> {
        let mut entries = self.entries.borrow_mut();
        if let Some(known) = entries.get(variable) {
            return known.clone();
        }
        let entry = template::entry(variable, self.facts, self.graph, self.options.surroundings);
        entries.insert(variable.to_owned(), entry.clone());
        entry
    }

    /// `text` as lines of their own in front of the line that begins at the offset `at`.
    fn line_at(&self, at: usize, text: &str) -> Option<Edit> {
        let line = memchr::memchr_iter(b'\n', &self.text.as_bytes()[..at]).count() + 1;
        Some(Edit { location: Location::point(&self.facts.path, u32::try_from(line).ok()?, 1), text: text.to_owned() })
    }
}

/// Where a key stands, as bytes and as a finding says it.
struct Place<'p> {
    text: &'p str,
    key: Span,
    /// The line around the key, without its line break.
    line: Span,
    location: &'p Location,
}

impl Place<'_> {
    /// What stands around the key in its line.
    fn near(&self) -> &str {
        let Span { start, end } = self.line;
        let start = self.text.floor_char_boundary(start.max(self.key.start.saturating_sub(NEAR)));
        let end = self.text.ceil_char_boundary(end.min(self.key.end + NEAR));
        &self.text[start..end]
    }

    /// Where `at` is; `None` when it reaches beyond the key's line.
    fn location(&self, at: Span) -> Option<Location> {
        let Span { start, end } = self.line;
        if at.start < start || end < at.end || self.location.start_line != self.location.end_line {
            return None;
        }
        let units = |from: usize, to: usize| {
            let text = if from <= to { &self.text[from..to] } else { &self.text[to..from] };
            let units = i64::try_from(text.encode_utf16().count()).ok()?;
            Some(if from <= to { units } else { -units })
        };
        let column = |offset: usize| {
            let column = i64::from(self.location.start_column) + units(self.key.start, offset)?;
            u32::try_from(column).ok()
        };
        Some(Location { start_column: column(at.start)?, end_column: column(at.end)?, ..self.location.clone() })
    }
}
