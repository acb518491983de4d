//! Writes facts down in one way for all readers: what a value is, what an excerpt may not show, whose address stands in it.

use super::{
    Source,
    reference::{Reference, reference},
    text::{Snippet, is_name},
};
use crate::{
    lint::{
        Catalogue, FileFacts,
        catalogue::Standing,
        facts::{
            Definition, Endpoint, EndpointRole, Fallback, Giver, Load, Read, Run, Scope, Search, Trouble, Value, Via,
        },
    },
    model::{Secret, Span},
};

/// Longest `${X:-default}` that is looked for.
const LONGEST_REFERENCE: usize = 400;

/// The facts of one file in the making.
pub(super) struct Scribe<'a> {
    /// What is known of providers.
    pub(super) catalogue: &'a Catalogue,
    /// What gives variables their values in this file.
    pub(super) giver: Giver,
    /// The facts so far.
    pub(super) facts: &'a mut FileFacts,
}

/// How a manifest refers to variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notation {
    /// `$X`, `${X:-default}`.
    Shell,
    /// `${{ secrets.X }}`.
    Expression,
}

/// A variable and what is written for it.
#[derive(Clone, Copy)]
pub(super) struct Given<'t> {
    /// Its name.
    pub(super) name: &'t str,
    /// The name's place.
    pub(super) at: Span,
    /// The whole statement.
    pub(super) whole: Span,
    /// The value as written, without quotes; `None` when there is none.
    pub(super) value: Option<Snippet<'t>>,
}

impl<'a> Scribe<'a> {
    /// Writes into `facts` what `source` says.
    pub(super) fn new(source: &Source<'a>, giver: Giver, facts: &'a mut FileFacts) -> Self {
        Self { catalogue: source.catalogue, giver, facts }
    }

    /// A variable is given a value, or passed through; in `section` where the file has several.
    pub(super) fn define(&mut self, given: Given<'_>, section: Option<&str>) {
        let Some(value) = given.value else {
            self.push(given, None, None, section);
            return;
        };
        match reference(value.text) {
            Reference::Literal => self.define_as(given, section),
            Reference::Computed => self.push(given, None, None, section),
            Reference::Variable { name, fallback, .. } => {
                let fallback = fallback.map(|range| Value {
                    text: Secret::new(&value.text.as_bytes()[range.clone()], 0),
                    at: value.mapping.span(range),
                });
                self.push(given, fallback, Some(name.to_owned()), section);
            }
        }
    }

    /// The same for a value that means what it says, whatever it looks like.
    pub(super) fn define_as(&mut self, given: Given<'_>, section: Option<&str>) {
        let value = given.value.map(|value| {
            self.endpoint(value, EndpointRole::Base);
            Value { text: Secret::new(value.text.as_bytes(), 0), at: value.mapping.whole() }
        });
        self.push(given, value, None, section);
    }

    /// The same for a variable whose value is that of another.
    pub(super) fn define_from(&mut self, given: Given<'_>, from: &str, section: Option<&str>) {
        self.push(given, None, Some(from.to_owned()), section);
    }

    fn push(&mut self, given: Given<'_>, value: Option<Value>, from: Option<String>, section: Option<&str>) {
        if let Some(value) = &value
            && !value.at.is_empty()
            && self.is_credential(given.name)
        {
            self.facts.hidden.push(value.at);
        }
        self.facts.definitions.push(Definition {
            name: given.name.to_owned(),
            at: given.at,
            whole: given.whole,
            giver: self.giver,
            value,
            from,
            section: section.map(str::to_owned),
        });
    }

    /// Whether `name` sounds like that of a variable with a credential.
    pub(super) fn is_credential(&self, name: &str) -> bool {
        match self.catalogue.named(name) {
            Some((_, standing)) => standing != Standing::Setting,
            None => sounds_secret(name),
        }
    }

    /// A variable is put into a manifest or script.
    pub(super) fn interpolated(&mut self, name: &str, at: Span, whole: Span, fallback: Fallback) {
        self.facts.reads.push(Read {
            name: name.to_owned(),
            at,
            whole,
            via: Via::Interpolated,
            scope: Scope::Top,
            fallback,
            bound_to: None,
            feeds: None,
        });
    }

    /// Every `${X}` and `$X`, or every `${{ secrets.X }}`, in `snippet`.
    pub(super) fn references(&mut self, snippet: Snippet<'_>, notation: Notation) {
        let text = snippet.text;
        let mut from = 0;
        while let Some(dollar) = text[from..].find('$').map(|at| at + from) {
            from = dollar + 1;
            // A reference is short; a longer look for its end would make many open ones quadratic.
            let rest = &text[dollar..text.floor_char_boundary(text.len().min(dollar + LONGEST_REFERENCE))];
            if rest.starts_with("$$") {
                from += 1;
                continue;
            }
            let length = match notation {
                Notation::Expression if rest.starts_with("${{") => rest.find("}}").map(|end| end + 2),
                Notation::Shell if rest.starts_with("${") => rest.find('}').map(|end| end + 1),
                Notation::Shell => Some(1 + super::text::name_length(&rest[1..])),
                Notation::Expression => None,
            };
            let Some(whole) = length.and_then(|length| text.get(dollar..dollar + length)) else { continue };
            from = dollar + whole.len().max(1);
            self.reference(whole, dollar, snippet);
        }
    }

    /// `whole`, which stands at `start` in `snippet`, if it is a reference to a variable.
    fn reference(&mut self, whole: &str, start: usize, snippet: Snippet<'_>) {
        let Reference::Variable { name, fallback, required } = reference(whole) else { return };
        let at = start + whole.find(name).unwrap_or(0);
        let place = |range: std::ops::Range<usize>| snippet.mapping.span(range);
        let fallback = match fallback {
            Some(range) => Fallback::Literal(place(start + range.start..start + range.end)),
            None if required => Fallback::Fails,
            None => Fallback::Nothing,
        };
        self.interpolated(name, place(at..at + name.len()), place(start..start + whole.len()), fallback);
    }

    /// An address of a provider, if `snippet` begins with one.
    pub(super) fn endpoint(&mut self, snippet: Snippet<'_>, role: EndpointRole) -> Option<&str> {
        let provider = self.provider_at(snippet.text)?;
        let length = snippet
            .text
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>'))
            .unwrap_or(snippet.text.len());
        let at = snippet.mapping.span(0..length);
        self.facts.endpoints.push(Endpoint { provider, url: snippet.text[..length].to_owned(), at, role });
        self.facts.endpoints.last().map(|endpoint| &*endpoint.provider)
    }

    /// Whose host the address `url` begins with.
    pub(super) fn provider_at(&self, url: &str) -> Option<String> {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
        let host = rest.split(['/', ':', '?', '#', '"', '\'', ' ', '$', '{']).next()?;
        self.catalogue.at_host(host).map(|provider| provider.id.clone())
    }

    /// A command that starts a program.
    pub(super) fn run(&mut self, name: &str, snippet: Snippet<'_>) {
        let at = snippet.mapping.whole();
        self.facts.runs.push(Run { name: name.to_owned(), command: snippet.text.to_owned(), at });
    }

    /// Something loads `files` for the whole program or container.
    pub(super) fn load(&mut self, at: Span, loader: &'static str, files: Vec<String>) -> &mut Load {
        let search = if files.is_empty() { Search::Project } else { Search::Path };
        self.facts.loads.push(Load {
            at,
            loader,
            fills: true,
            files,
            computed: false,
            search,
            overrides: false,
            scope: Scope::Top,
            hoisted: false,
            command: None,
        });
        self.facts.loads.last_mut().expect("one was pushed just now")
    }

    /// Says that the file could not be read whole; the first reason stays.
    pub(super) fn trouble(&mut self, trouble: Option<String>) {
        if self.facts.trouble.is_none() {
            self.facts.trouble = trouble.map(Trouble::from);
        }
    }
}

/// Whether a name ends as those of credentials do.
pub(super) fn sounds_secret(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    is_name(name)
        && ["KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASS", "CREDENTIALS", "PAT"]
            .iter()
            .any(|end| upper.ends_with(end))
}
