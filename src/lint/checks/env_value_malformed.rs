//! A key in a `.env` file that does not arrive as it was meant.
//!
//! People copy keys out of e-mails, JSON and `curl` commands, and what comes along (`Bearer `, quotes, a comma, a line break) ends up in the
//! request, where the provider answers "incorrect API key". Whether it does depends on the loader: each keeps, drops or refuses something else.
//! So the value that was meant is compared with what the loaders of this very file make of it, and the message names the one that spoils it.
//! When no loader is known, only what most of those that were measured spoil is worth a word. A key that was cut off, or has something glued to
//! it, is wrong whoever loads it.
//!
//! Only variables are judged that hold a provider's credential, by their name or by what detection found in the value: quotes and blanks are
//! part of many passwords.
//!
//! Limits: values over several lines and values with references or escapes in them are left alone, and so are templates and files of tests.

use std::collections::BTreeMap;

use super::Context;
use crate::{
    lint::{
        FileFacts, Known,
        dotenv::{
            Dialect, Document, Entry, Form, Outcome, Wrong,
            cause::{Cause, effect},
            file_name::{Environment, environment, is_made_up, is_template},
            loader::{Loader, loaders_of},
            placeholder::placeholder,
            shape,
            variable::short,
        },
        problem::{Problem, Spot},
        secrecy::owner,
    },
    model::{Edit, Fix, Severity, Span},
    rules::{Provider, RuleSet},
};

const ID: &str = "env-value-malformed";
/// As many of the measured loaders have to spoil a value when it is not known which of them loads the file.
const MOST: usize = 4;

/// Subject of the problem with line endings, which is one for a file.
const LINE_ENDINGS: &str = "line endings";

/// One problem for each variable at most, and one for a file in UTF-16.
pub(super) fn run<'g>(context: &Context<'g>) -> Vec<Problem<'g>> {
    let mut problems = Vec::new();
    for (at, file) in context.graph.files().iter().enumerate() {
        let Some(document) = &file.dotenv else { continue };
        if is_template(&file.path) || is_made_up(&file.path) {
            continue;
        }
        let scene = Scene { context, file, document, loaders: loaders_of(context.graph, at) };
        if document.utf16 {
            problems.extend(scene.utf16());
        } else {
            problems.extend(scene.entries());
        }
    }
    problems
}

struct Scene<'c, 'g> {
    context: &'c Context<'g>,
    file: &'g FileFacts,
    document: &'g Document,
    loaders: Vec<Loader<'g>>,
}

/// A variable that holds a credential.
struct Subject<'g> {
    entry: &'g Entry,
    name: &'g str,
    owner: Option<&'g Provider>,
    known: Option<&'g Known>,
    meant: &'g [u8],
}

impl Subject<'_> {
    /// Whether the value begins as the provider's keys do.
    fn is_like_a_key(&self) -> bool {
        self.known.is_some() || self.owner.is_some_and(|owner| shape::begins_like(&owner.id, self.meant))
    }
}

impl<'g> Scene<'_, 'g> {
    fn entries(&self) -> Vec<Problem<'g>> {
        let mut problems = Vec::new();
        let mut wrapped_at = None;
        for entry in self.document.entries() {
            let problem = match self.subject(entry) {
                Some(subject) => self.judge(&subject),
                None if entry.form == Form::Other && wrapped_at != Some(entry.whole.start) => self.stray(entry),
                None => None,
            };
            let wrapped = self.document.flaws_of(entry).find(|flaw| flaw.wrong == Wrong::Wrapped);
            wrapped_at = wrapped.and_then(|flaw| flaw.cuts.first()).map(|cut| cut.end).or(wrapped_at);
            problems.extend(problem);
        }
        // The whole file has such line endings, and one edit of it is enough.
        let mut is_first = true;
        problems.retain(|problem| problem.subject != LINE_ENDINGS || std::mem::take(&mut is_first));
        problems
    }

    fn subject(&self, entry: &'g Entry) -> Option<Subject<'g>> {
        let text = self.document.slice(entry.value);
        if entry.form != Form::Assignment || memchr::memchr(b'\n', text).is_some() {
            return None;
        }
        let (name, meant) = (self.document.name(entry), self.document.meant(entry));
        let known = self.file.known_at(entry.raw);
        let owner = owner(self.context.options.catalogue, name);
        let plain =
            !meant.is_empty() && memchr::memchr2(b'\\', b'$', meant).is_none() && !meant.starts_with(b"encrypted:");
        let is_judged = plain && (owner.is_some() || known.is_some()) && placeholder(name, meant).is_none();
        is_judged.then_some(Subject { entry, name, owner, known, meant })
    }

    fn judge(&self, subject: &Subject<'g>) -> Option<Problem<'g>> {
        if self.has(subject, Wrong::Wrapped) && subject.is_like_a_key() {
            let message =
                format!("the key in `{}` is broken over two lines, and only the first is loaded", subject.name);
            return Some(self.broken(subject, message, Wrong::Wrapped, "join the two lines"));
        }
        self.spoiled(subject).or_else(|| {
            if self.has(subject, Wrong::BlankInside) && subject.is_like_a_key() {
                let message = format!("a blank stands inside the key in `{}`, and keys hold none", subject.name);
                return Some(self.broken(subject, message, Wrong::BlankInside, "take the blank out"));
            }
            self.misshapen(subject)
        })
    }

    fn has(&self, subject: &Subject<'g>, wrong: Wrong) -> bool {
        self.document.flaws_of(subject.entry).any(|flaw| flaw.wrong == wrong)
    }

    /// A value that a loader of the file does not give as it was meant.
    fn spoiled(&self, subject: &Subject<'g>) -> Option<Problem<'g>> {
        let outcome = |dialect| self.document.value(subject.entry, dialect);
        let is_spoiled = |outcome: &Outcome| !outcome.is(subject.meant);
        if self.loaders.is_empty() {
            let outcomes = Dialect::MEASURED.map(|dialect| (dialect, outcome(dialect)));
            let spoiled: Vec<Dialect> =
                outcomes.iter().filter(|(_, outcome)| is_spoiled(outcome)).map(|(dialect, _)| *dialect).collect();
            if spoiled.len() < MOST {
                return None;
            }
            let (mut problem, _) = self.spoiled_by(subject, &spoiled);
            if spoiled.len() < Dialect::MEASURED.len() {
                problem.message.push_str("; most loaders of such files stumble over it");
                problem.severity = problem.severity.min(Severity::Warning);
            }
            return Some(problem);
        }
        let spoiled: Vec<(&Loader<'g>, Outcome)> = self
            .loaders
            .iter()
            .map(|loader| (loader, outcome(loader.dialect)))
            .filter(|(_, outcome)| is_spoiled(outcome))
            .collect();
        let (first, outcome) = spoiled.first()?;
        let dialects: Vec<Dialect> = spoiled.iter().map(|(loader, _)| loader.dialect).collect();
        let (mut problem, cause) = self.spoiled_by(subject, &dialects);
        if matches!(outcome, Outcome::Value(_)) || !cause.is_in_the_value() {
            problem.message = format!("{}; {} {}", problem.message, first.name, effect(outcome, subject.meant));
        }
        problem.related.extend(spoiled.iter().filter_map(|(loader, _)| {
            let (file, at) = loader.place?;
            Some((Spot::new(file, at), format!("loaded here by {}", loader.name)))
        }));
        Some(problem)
    }

    /// The problem that `dialects` have with the value, and what to cut to be rid of it.
    fn spoiled_by(&self, subject: &Subject<'g>, dialects: &[Dialect]) -> (Problem<'g>, Cause) {
        let entry = subject.entry;
        let flaws = self.document.flaws_of(entry);
        let minded: Vec<_> =
            flaws.filter(|flaw| dialects.iter().any(|dialect| dialect.minds(flaw.wrong, entry))).collect();
        let cause = minded.first().map_or_else(|| self.other_cause(entry), |flaw| Cause::Flaw(flaw.wrong));
        let mut problem = self.problem(subject, cause.message(subject.name));
        problem.help = cause.help(subject.name);
        if cause == Cause::Flaw(Wrong::CarriageReturn) {
            let edits = self.document.carriage_returns().iter().map(|at| (*at, "")).collect();
            LINE_ENDINGS.clone_into(&mut problem.subject);
            problem.fixes.extend(self.fix("end the lines with line feeds", edits));
            return (problem, cause);
        }
        let mut edits: BTreeMap<Span, &str> = BTreeMap::new();
        // Line endings are the file's: with one of them gone it would have two kinds.
        for flaw in minded.iter().filter(|flaw| flaw.wrong != Wrong::CarriageReturn) {
            let text = if flaw.wrong == Wrong::Colon { "=" } else { "" };
            edits.extend(flaw.cuts.iter().map(|cut| (*cut, text)));
        }
        if cause == Cause::ByteOrderMark {
            edits.extend(self.document.bom().map(|bom| (bom, "")));
        }
        // Without its quotes, text with blanks in it would mean something else.
        if subject.meant.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/+=@,".contains(byte)) {
            problem.fixes.extend(self.fix("write the value bare", edits));
        }
        (problem, cause)
    }

    /// What keeps a value from arriving when nothing stands in or around it.
    fn other_cause(&self, entry: &Entry) -> Cause {
        if self.document.bom().is_some_and(|bom| bom.end == entry.whole.start) {
            Cause::ByteOrderMark
        } else if entry.in_open_quote {
            Cause::OpenQuoteAbove
        } else if entry.after_bare {
            Cause::BareLineAbove
        } else {
            Cause::Grammar
        }
    }

    /// A key with the wrong form, whoever loads it.
    fn misshapen(&self, subject: &Subject<'g>) -> Option<Problem<'g>> {
        if environment(&self.file.path) == Some(Environment::Test) {
            return None;
        }
        let (name, provider) = (subject.name, subject.owner.map_or("provider", |owner| owner.name.as_str()));
        let cut = match subject.known {
            Some(known) => is_truncated(known),
            None => subject.owner.is_some_and(|owner| shape::is_cut_off(&owner.id, subject.meant)),
        };
        let mut problem = if cut {
            let message = format!("the key in `{name}` was cut off: it is shorter than {provider}'s keys are");
            let mut problem = self.problem(subject, message);
            "Copy the key anew, from its first to its last character.".clone_into(&mut problem.help);
            problem
        } else {
            let (extra, is_twice) = self.glued(subject)?;
            let message = if is_twice {
                format!("the key in `{name}` was pasted twice")
            } else {
                format!("{extra} more characters are glued to the key in `{name}`")
            };
            let mut problem = self.problem(subject, message);
            "Leave nothing but the key behind the `=`.".clone_into(&mut problem.help);
            problem
        };
        problem.severity = Severity::Warning;
        Some(problem)
    }

    /// How many characters stand beside the key in a value that is meant to be one key, and whether they are a second key.
    fn glued(&self, subject: &Subject<'g>) -> Option<(usize, bool)> {
        let known = subject.known.filter(|_| subject.owner.is_some())?;
        let meant = self.document.meant_at(subject.entry);
        let inside = meant.start <= known.at.start && known.at.end <= meant.end;
        let (before, after) = (Span::new(meant.start, known.at.start.max(meant.start)), known.at.end.min(meant.end));
        let rest = [self.document.slice(before), self.document.slice(Span::new(after, meant.end))].concat();
        // Commas and the like make a list of keys, slashes an address.
        let is_glued = rest.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        let others = self.file.known.iter().filter(|other| other.at != known.at && other.at.overlaps(meant));
        let is_twice = others.clone().any(|other| other.secret == known.secret);
        (inside && !rest.is_empty() && is_glued).then_some((rest.len(), is_twice))
    }

    /// A line with a key in it that sets no variable.
    fn stray(&self, entry: &'g Entry) -> Option<Problem<'g>> {
        let known = self.file.known_at(entry.whole)?;
        let mut problem = Problem::new(ID, Spot::new(self.file, entry.whole), format!("line with {}", known.rule));
        problem.provider.clone_from(&known.provider);
        problem.message =
            format!("a line of {} holds a key and is no `NAME=value`, so no loader sets a variable", short(self.file));
        let provider = known.provider.as_ref().and_then(|id| self.context.options.catalogue.provider(id));
        let name = provider.and_then(|provider| provider.env.first()).map_or("NAME", String::as_str);
        problem.help = format!("Write `{name}=` in front of the key, and nothing else.");
        problem.severity = Severity::Warning;
        Some(problem)
    }

    /// The file as a whole is in an encoding that loaders do not read.
    fn utf16(&self) -> Option<Problem<'g>> {
        let entry = self.document.entries().first()?;
        let mut problem = Problem::new(ID, Spot::new(self.file, entry.whole), "encoding");
        let reader = self.loaders.first().map_or("most loaders of such files", |loader| loader.name);
        let verb = if self.loaders.is_empty() { "read" } else { "reads" };
        problem.message = format!("{} is in UTF-16, and {reader} {verb} UTF-8 only", short(self.file));
        "Save the file as UTF-8 without a byte order mark; PowerShell's `>` writes UTF-16."
            .clone_into(&mut problem.help);
        Some(problem)
    }

    /// The problem with a flaw that no loader minds, because the value is wrong and not the line.
    fn broken(&self, subject: &Subject<'g>, message: String, wrong: Wrong, title: &str) -> Problem<'g> {
        let mut problem = self.problem(subject, message);
        "Write the key on one line, without blanks in it.".clone_into(&mut problem.help);
        let flaws = self.document.flaws_of(subject.entry).filter(|flaw| flaw.wrong == wrong);
        let edits = flaws.flat_map(|flaw| flaw.cuts.iter().map(|cut| (*cut, ""))).collect();
        problem.fixes.extend(self.fix(title, edits));
        problem
    }

    fn problem(&self, subject: &Subject<'g>, message: String) -> Problem<'g> {
        let mut problem = Problem::new(ID, Spot::new(self.file, subject.entry.whole), subject.name);
        let known = subject.known.and_then(|known| known.provider.clone());
        problem.provider = subject.owner.map(|owner| owner.id.clone()).or(known);
        problem.message = message;
        problem
    }

    fn fix(&self, title: &str, edits: BTreeMap<Span, &str>) -> Option<Fix> {
        let edit =
            |(at, text): (Span, &str)| Edit { location: Spot::new(self.file, at).location(), text: text.to_owned() };
        let edits: Vec<Edit> = edits.into_iter().map(edit).collect();
        (!edits.is_empty()).then(|| Fix { title: title.to_owned(), safe: true, edits })
    }
}

/// Whether the rule that found `known` looks for keys that were cut off.
fn is_truncated(known: &Known) -> bool {
    RuleSet::builtin().iter().any(|(_, rule)| rule.spec.truncated && rule.id().as_str() == known.rule)
}
