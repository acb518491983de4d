//! A key in what browsers download: bundles, pages, and the source maps beside them.
//!
//! The rule that found the key speaks of it in each file. This check says once for each key and project that it is published, and what put it
//! there: a variable that the bundler inlines, by the `.env` line that has the same value; a literal in the code; or the line that the
//! source map names. A key that stands in the bundle, in its map and in the source is one story.
//!
//! Which files those are is decided in [`bundle`](crate::lint::bundle). Keys that are public by design, and those that are made for a page and
//! die soon, do not count.

use std::collections::{BTreeMap, BTreeSet};

use super::Context;
use crate::{
    lint::{
        FileFacts, Known,
        bundle::{self, Bundle, EXPOSURE, ID, Origin, WRITTEN_HERE},
        bundler,
        dotenv::file_name::is_template,
        facts::Definition,
        index::MOST_ALIKE,
        is_within,
        place::is_test,
        problem::{Problem, Spot},
        secrecy,
    },
    model::Confidence,
};

/// No more places of one kind than a person reads.
const MOST_RELATED: usize = 8;

/// One place of a key in code that browsers download.
#[derive(Clone, Copy)]
struct Copied<'g> {
    file: &'g FileFacts,
    known: &'g Known,
    bundle: Bundle,
}

impl Copied<'_> {
    fn is_map(&self) -> bool {
        self.file.built.as_ref().is_some_and(|built| built.is_map)
    }
}

/// What stands outside of built code, looked through once for all keys.
#[derive(Default)]
struct Sources<'g> {
    /// By the key.
    definitions: BTreeMap<&'g [u8], Vec<(&'g FileFacts, &'g Definition)>>,
    literals: BTreeMap<&'g [u8], Vec<Spot<'g>>>,
    /// By the variable's name.
    reads: BTreeMap<&'g str, Vec<Spot<'g>>>,
    /// Of variables under a prefix that bundlers publish, by the provider whose credential they hold.
    published: BTreeMap<&'g str, Vec<(&'g str, Spot<'g>)>>,
}

/// Keys by the key itself and the root of the project.
type Stories<'g> = BTreeMap<(&'g [u8], &'g str), Vec<Copied<'g>>>;

/// One problem for each key and project.
pub(super) fn run<'g>(context: &Context<'g>) -> Vec<Problem<'g>> {
    let mut stories = Stories::new();
    for (position, file) in context.graph.files().iter().enumerate() {
        let Some(bundle) = context.bundles.get(&file.path) else { continue };
        let root = context.graph.project_of(position).root.as_str();
        let counts = |known: &&Known| !known.may_be_public && known.kind.as_deref() != Some("ephemeral");
        for known in file.credentials().filter(counts) {
            stories.entry((known.secret.expose(), root)).or_default().push(Copied { file, known, bundle });
        }
    }
    let keys: BTreeSet<&[u8]> = stories.keys().map(|(key, _)| *key).collect();
    let sources = Sources::of(context, &keys);
    stories
        .into_iter()
        .map(|((key, root), copies)| Story::new(context, &sources, key, root, copies).problem())
        .collect()
}

impl<'g> Sources<'g> {
    /// The places of `keys`.
    fn of(context: &Context<'g>, keys: &BTreeSet<&'g [u8]>) -> Self {
        let mut sources = Self::default();
        if keys.is_empty() {
            return sources;
        }
        let is_written = |file: &&FileFacts| context.bundles.get(&file.path).is_none() && !is_test(&file.path);
        for file in context.graph.files().iter().filter(is_written) {
            for definition in &file.definitions {
                let Some(value) = &definition.value else { continue };
                let whole = value.text.expose().trim_ascii();
                let key = file.known_at(value.at).map_or(whole, |known| known.secret.expose());
                if let Some(key) = keys.get(key) {
                    push(sources.definitions.entry(key).or_default(), (file, definition));
                }
            }
            if is_source(file) {
                sources.add_code(context, keys, file);
            }
        }
        sources
    }
}

impl<'g> Sources<'g> {
    /// Adds what stands in a `file` of code.
    fn add_code(&mut self, context: &Context<'g>, keys: &BTreeSet<&'g [u8]>, file: &'g FileFacts) {
        for known in file.credentials() {
            if let Some(key) = keys.get(known.secret.expose()) {
                push(self.literals.entry(key).or_default(), Spot::new(file, known.at));
            }
        }
        for read in &file.reads {
            let spot = Spot::new(file, read.whole);
            push(self.reads.entry(&read.name).or_default(), spot);
            let Some((_, bare)) = bundler::strip(&read.name) else { continue };
            let owner = || secrecy::owner(context.options.catalogue, bare).map(|owner| owner.id.as_str());
            if let Some(provider) = read.feeds.as_deref().or_else(owner) {
                push(self.published.entry(provider).or_default(), (&read.name, spot));
            }
        }
    }
}

/// Adds one of many that say the same.
fn push<T>(alike: &mut Vec<T>, one: T) {
    if alike.len() < MOST_ALIKE {
        alike.push(one);
    }
}

/// Whether `file` is code that somebody wrote.
fn is_source(file: &FileFacts) -> bool {
    let is_dense = file.built.as_ref().is_some_and(|built| built.is_dense);
    file.language.is_code() && !is_dense && bundle::is_source(&file.path)
}

/// What put the key there.
enum Cause<'g> {
    /// A variable that is built in, by the line that defines it.
    Variable(&'g str, &'g FileFacts),
    /// A line of the source that reads a variable, by the source map.
    Read(&'g str, &'g Origin),
    /// A literal in the source.
    Literal(Spot<'g>),
    /// A line of the source, by the source map.
    Line(&'g Origin),
    /// The one variable of the provider that is built in where code of the project reads it; nothing tells its value.
    Likely(&'g str, Spot<'g>),
    /// It cannot be told.
    Unknown,
}

struct Story<'c, 'g> {
    context: &'c Context<'g>,
    sources: &'c Sources<'g>,
    root: &'g str,
    /// In order of how much they matter: scripts, then pages and data, then maps.
    copies: Vec<Copied<'g>>,
    definitions: Vec<(&'g FileFacts, &'g Definition)>,
    literals: &'c [Spot<'g>],
    origin: Option<&'g Origin>,
}

impl<'c, 'g> Story<'c, 'g> {
    fn new(
        context: &'c Context<'g>,
        sources: &'c Sources<'g>,
        key: &[u8],
        root: &'g str,
        mut copies: Vec<Copied<'g>>,
    ) -> Self {
        copies.sort_by_key(|copy| (copy.is_map(), !copy.file.language.is_code()));
        let mut definitions = sources.definitions.get(key).cloned().unwrap_or_default();
        // A variable under a prefix that bundlers publish is the likeliest, and a template the least.
        definitions
            .sort_by_key(|(file, definition)| (bundler::strip(&definition.name).is_none(), is_template(&file.path)));
        let origin = copies.iter().find_map(|copy| context.bundles.origins.get(copy.file, copy.known.at));
        let literals = sources.literals.get(key).map_or(&[][..], Vec::as_slice);
        Self { context, sources, root, copies, definitions, literals, origin }
    }

    fn cause(&self) -> Cause<'g> {
        if let Some((file, definition)) = self.definitions.first() {
            return Cause::Variable(&definition.name, file);
        }
        match (self.origin, self.literals.first()) {
            (Some(origin), _) if origin.variable.is_some() => {
                Cause::Read(origin.variable.as_deref().unwrap_or_default(), origin)
            }
            (_, Some(literal)) => Cause::Literal(*literal),
            (Some(origin), None) => Cause::Line(origin),
            (None, None) => self.likely().map_or(Cause::Unknown, |(name, spot)| Cause::Likely(name, spot)),
        }
    }

    /// The only variable of the key's provider that the project's code reads under a prefix that bundlers publish.
    fn likely(&self) -> Option<(&'g str, Spot<'g>)> {
        let published = self.sources.published.get(self.copies[0].known.provider.as_deref()?)?;
        let mut own = published.iter().filter(|(_, spot)| is_within(&spot.file.path, self.root));
        let (name, spot) = own.next()?;
        own.all(|(other, _)| other == name).then_some((*name, *spot))
    }

    /// What is wrong, and what put it there.
    fn message(&self, cause: &Cause<'_>) -> String {
        let first = &self.copies[0];
        let provider = first.known.provider.as_deref().and_then(|id| self.context.options.catalogue.provider(id));
        let headline = first.bundle.headline(provider.map(|provider| provider.name.as_str()), first.is_map());
        let cause = match cause {
            Cause::Variable(name, file) => format!(": `{name}` in {} put it there", file.path),
            Cause::Read(name, origin) => {
                let at = &origin.location;
                format!(": `{name}`, which {}:{} reads, put it there", at.path, at.start_line)
            }
            Cause::Literal(spot) => {
                let at = spot.location();
                format!(": it stands in {}:{}", at.path, at.start_line)
            }
            Cause::Line(origin) => {
                let at = &origin.location;
                format!(": it comes from {}:{}", at.path, at.start_line)
            }
            Cause::Likely(name, spot) => {
                let at = spot.location();
                format!(": `{name}`, which {}:{} reads, is the likely cause", at.path, at.start_line)
            }
            Cause::Unknown => String::new(),
        };
        headline + &cause
    }

    fn help(&self, cause: &Cause<'_>) -> String {
        let provider = self.copies[0].known.provider.as_deref();
        let revoke = provider.and_then(|id| self.context.options.catalogue.provider(id)?.revoke.as_deref());
        let name = match cause {
            Cause::Variable(name, _) | Cause::Read(name, _) | Cause::Likely(name, _) => Some(*name),
            Cause::Literal(_) | Cause::Line(_) | Cause::Unknown => None,
        };
        let step = match name.and_then(|name| bundler::strip(name).map(|(prefix, bare)| (prefix, bare, name))) {
            Some((prefix, bare, name)) => {
                let server = bundler::by_prefix(prefix).map_or("code on a server", |bundler| bundler.server);
                format!("rename `{name}` to `{bare}`, and read it only in {server}")
            }
            None => "call the provider from a server of your own, and let the page ask that".to_owned(),
        };
        bundle::remedy(revoke, &step)
    }

    fn related(&self, cause: &Cause<'g>) -> Vec<(Spot<'g>, String)> {
        let first = &self.copies[0];
        let copy = |copy: &Copied<'g>| {
            let label = if copy.is_map() { "in the source map" } else { "the same key" };
            (Spot::new(copy.file, copy.known.at), label.to_owned())
        };
        let mut related: Vec<(Spot<'g>, String)> = Vec::new();
        let defined = self.definitions.iter().take(MOST_RELATED);
        related
            .extend(defined.map(|(file, definition)| (Spot::new(file, definition.whole), "defined here".to_owned())));
        if let Cause::Variable(name, _) | Cause::Read(name, _) | Cause::Likely(name, _) = cause {
            let reads = self.sources.reads.get(name).into_iter().flatten();
            let own = reads.filter(|spot| is_within(&spot.file.path, self.root)).take(MOST_RELATED);
            related.extend(own.map(|spot| (*spot, "read here".to_owned())));
        }
        related.extend(self.literals.iter().take(MOST_RELATED).map(|spot| (*spot, WRITTEN_HERE.to_owned())));
        let others = self.copies.iter().filter(|other| other.file.path != first.file.path);
        related.extend(others.take(MOST_RELATED).map(copy));
        related
    }

    fn problem(self) -> Problem<'g> {
        let cause = self.cause();
        let first = self.copies[0];
        let related = self.related(&cause);
        // The source that the map names may be among them already.
        let is_told = |origin: &&Origin| {
            let same = |spot: &Spot<'_>| {
                let at = spot.location();
                (at.path.as_str(), at.start_line) == (origin.location.path.as_str(), origin.location.start_line)
            };
            related.iter().any(|(spot, _)| same(spot))
        };
        let elsewhere = self.origin.filter(|origin| !is_told(origin)).map(Origin::related);
        Problem {
            severity: first.known.severity,
            confidence: if first.bundle.confidence == Confidence::High { Confidence::High } else { Confidence::Medium },
            message: self.message(&cause),
            help: self.help(&cause),
            provider: first.known.provider.clone(),
            elsewhere: elsewhere.into_iter().collect(),
            exposure: vec![EXPOSURE.to_owned()],
            related,
            ..Problem::new(ID, Spot::new(first.file, first.known.at), first.known.secret.fingerprint().to_string())
        }
    }
}
