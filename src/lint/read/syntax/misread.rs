//! What errors of syntax hide.
//!
//! The grammars go on after an error, and what stands around it is understood all the same. So an error is worth a word only when the lint may
//! miss something by it: when a variable, a loader or a client is named in what was not understood and no fact came of it, or when the file
//! is one that asks for a provider's key, so that everything in it may matter. Grammars lag behind their languages, too: most errors in
//! other files are new syntax, and nobody's concern.

use super::{Dialect, Node, Script, Tree};
use crate::{
    lint::{FileFacts, facts::Trouble, place::is_test},
    model::Span,
};

/// Occurrences of one word that are looked at.
const MOST_OCCURRENCES: usize = 64;

impl<D: Dialect> Script<'_, D> {
    /// Notes an error in `tree` that may hide something, once all facts are known.
    pub(in super::super) fn note_error(&mut self, tree: &Tree<'_>) {
        let Some(first) = tree.first_error().filter(|_| !is_test(&self.facts.path)) else { return };
        if tree.is_mostly_errors() {
            let why = format!("most of it is no {}", D::NAME);
            self.facts.trouble = Some(Trouble { why, at: Some(first) });
        } else if let Some((word, at)) = self.hidden(tree) {
            let why = format!("what `{word}` is used for could not be parsed");
            self.facts.trouble = Some(Trouble { why, at: Some(at) });
        } else if self.asks_for_a_key() {
            self.facts.trouble =
                Some(Trouble { why: "it has a syntax error, or syntax that is not known".to_owned(), at: Some(first) });
        }
    }

    /// The first word in what was not understood that tells of a variable, a loader or a client, and that no fact covers.
    fn hidden(&self, tree: &Tree<'_>) -> Option<(String, Span)> {
        let told = told(self.facts, tree);
        let is_told = |at: usize| {
            let next = told.partition_point(|span| span.start <= at);
            next.checked_sub(1).is_some_and(|last| at < told[last].end)
        };
        let clients = self.sdks.iter().flat_map(|(_, sdk)| &sdk.clients);
        let clients = clients.filter_map(|client| client.rsplit('.').next()).filter(|client| *client != "default");
        let words = D::ASKING.iter().map(|word| (*word, false)).chain(clients.map(|client| (client, true)));
        let words: Vec<(&str, bool)> = words.collect();
        tree.errors().find_map(|error| {
            let (text, start) = (error.text(), error.span().start);
            let found = words.iter().filter_map(|(word, is_called)| {
                let places = text.match_indices(word).take(MOST_OCCURRENCES).map(|(at, _)| at);
                let is_hidden = |at: &usize| is_word(text, *at, word, *is_called) && !is_told(start + at);
                let at = places.into_iter().find(is_hidden)?;
                Some(((*word).to_owned(), Span::new(start + at, start + at + word.len())))
            });
            found.min_by_key(|(_, at)| (at.start, at.end))
        })
    }

    /// Whether the file builds a client, or reads the variable of a provider's key.
    fn asks_for_a_key(&self) -> bool {
        let is_key = |name: &str| self.catalogue.named(name).is_some_and(|(_, standing)| standing.is_read());
        !self.facts.clients.is_empty() || self.facts.reads.iter().any(|read| is_key(&read.name))
    }
}

/// Whether `word` stands at `at` in `text` as a word of its own, and as the name of what is called if it `is_called`.
fn is_word(text: &str, at: usize, word: &str, is_called: bool) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let (before, behind) = (&text[..at], &text[at + word.len()..]);
    !before.ends_with(is_part)
        && !behind.starts_with(is_part)
        && (!is_called || behind.trim_start_matches([' ', '\t']).starts_with('('))
}

/// What facts and comments cover, in order and without overlaps.
fn told(facts: &FileFacts, tree: &Tree<'_>) -> Vec<Span> {
    let mut covered: Vec<Span> = facts.reads.iter().map(|read| read.whole).collect();
    covered.extend(facts.definitions.iter().map(|definition| definition.whole));
    covered.extend(facts.loads.iter().map(|load| load.at));
    covered.extend(facts.clients.iter().map(|client| client.at));
    covered.extend(facts.imports.iter().map(|import| import.at));
    covered.extend(facts.exposures.iter().map(|exposure| exposure.at));
    covered.extend(tree.nodes().filter(|node| node.kind() == "comment").map(Node::span));
    covered.sort_unstable();
    let mut merged: Vec<Span> = Vec::new();
    for span in covered {
        match merged.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}
