//! What a loader makes of an entry.
//!
//! One evaluator goes by the [`Traits`] of the dialect; the shell, whose words have a grammar of their own, stands in [`super::shell`].
//! Variables that a value refers to count as not set: what they hold depends on the machine.

use super::{
    Document,
    dialect::{Blanks, Colon, Command, Comment, Dialect, Open, Stray, Tail, Traits, Trim},
    entry::{Entry, Form, Quote, Separator},
    expand::{self, Expanded},
    shell,
};
use crate::model::{Secret, Span};

/// What becomes of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The variable has this value.
    Value(Secret),
    /// The line is passed over, and the variable is not set by it.
    Unset,
    /// The name is known to the loader and has no value; the variable is not set.
    Null,
    /// The variable keeps the value it has in the environment.
    Inherited,
    /// The loader refuses the line, and with it often the file.
    Error,
    /// The line and what follows are taken for something else, so that at least one further variable is lost.
    Swallows,
    /// Part of the value is run as a command.
    Executed,
}

impl Outcome {
    /// Whether the variable has the value `wanted`.
    #[must_use]
    pub fn is(&self, wanted: &[u8]) -> bool {
        matches!(self, Self::Value(value) if value.expose() == wanted)
    }

    fn of(bytes: &[u8]) -> Self {
        Self::Value(Secret::new(bytes, 0))
    }
}

impl From<Stray> for Outcome {
    fn from(stray: Stray) -> Self {
        match stray {
            Stray::Ignored => Self::Unset,
            Stray::Refused => Self::Error,
            Stray::Swallows => Self::Swallows,
            Stray::Null => Self::Null,
            Stray::Inherited => Self::Inherited,
        }
    }
}

/// What `dialect` makes of `entry`, which belongs to `document`.
pub(super) fn of(document: &Document, entry: &Entry, dialect: Dialect) -> Outcome {
    let text = document.text();
    let traits = dialect.traits();
    if document.utf16 {
        return traits.utf16.into();
    }
    if is_lost(entry, dialect) {
        return Outcome::Unset;
    }
    if document.bom().is_some_and(|bom| entry.whole.start == bom.end)
        && let Some(stray) = traits.bom
    {
        return stray.into();
    }
    match frame(text, entry, traits) {
        Err(outcome) => outcome,
        Ok(()) if dialect == Dialect::Shell => shell::value(text, entry),
        Ok(()) => value(text, entry, traits),
    }
}

/// Whether an earlier line took this one with it.
fn is_lost(entry: &Entry, dialect: Dialect) -> bool {
    match dialect.traits().open {
        Open::RunsOn => entry.in_open_quote || entry.after_bare,
        Open::Dropped => entry.in_open_quote,
        Open::Literal | Open::Refused => false,
    }
}

/// Judges everything up to the value; an outcome when that decides.
fn frame(text: &[u8], entry: &Entry, traits: &Traits) -> Result<(), Outcome> {
    match entry.form {
        Form::NameOnly => return Err(traits.bare_name.into()),
        Form::Other => return Err(stray_line(text, entry, traits)),
        Form::Assignment if entry.quoted_name => return Err(stray_line(text, entry, traits)),
        Form::Assignment => {}
    }
    if entry.export.is_some() && !traits.export {
        return Err(Outcome::Error);
    }
    if entry.separator.is_some_and(|(separator, _)| separator == Separator::Colon) {
        match traits.colon {
            Colon::Refused => return Err(Outcome::Error),
            Colon::Ignored => return Err(Outcome::Unset),
            Colon::WithBlank if entry.after_separator.is_empty() => return Err(Outcome::Unset),
            Colon::WithBlank | Colon::Accepted => {}
        }
    }
    let has_value = !entry.value.is_empty() || entry.quote.is_some();
    let refused = match traits.blanks {
        Blanks::Dropped => false,
        Blanks::Kept => !entry.before_separator.is_empty(),
        Blanks::Refused => !entry.before_separator.is_empty() || (has_value && !entry.after_separator.is_empty()),
    };
    if refused { Err(Outcome::Error) } else { Ok(()) }
}

/// A line that is no assignment. Node looks for an `=` only.
fn stray_line(text: &[u8], entry: &Entry, traits: &Traits) -> Outcome {
    match traits.other_line {
        Stray::Swallows if memchr::memchr(b'=', &text[entry.whole.range()]).is_some() => Outcome::Unset,
        stray => stray.into(),
    }
}

fn value(text: &[u8], entry: &Entry, traits: &Traits) -> Outcome {
    let quote = entry.quote.filter(|quote| traits.quotes.contains(&quote.byte()));
    let Some(quote) = quote.filter(|_| !keeps_a_tab(text, entry, traits)) else { return plain(text, entry, traits) };
    if !entry.closed {
        return match traits.open {
            Open::Dropped => Outcome::Unset,
            Open::Refused => Outcome::Error,
            Open::RunsOn if entry.runs_on => Outcome::Swallows,
            Open::RunsOn => Outcome::of(&text[entry.raw.range()]),
            Open::Literal => plain(text, entry, traits),
        };
    }
    let tail = &text[entry.tail.range()];
    if !tail.is_empty() {
        match traits.tail {
            Tail::Dropped => return Outcome::Unset,
            Tail::Literal => return plain(text, entry, traits),
            Tail::Statement if !tail[0].is_ascii_alphabetic() => return Outcome::Error,
            Tail::Ignored | Tail::Statement | Tail::Joined => {}
        }
    }
    let mut inner = text[entry.value.range()].to_vec();
    if traits.tail == Tail::Joined {
        inner.extend_from_slice(tail);
    }
    let inner = if quote == Quote::Double { expand::unescape(&inner, traits.escapes) } else { inner };
    let expands = quote != Quote::Single || traits.dollar_in_single;
    if expands { expanded(&inner, traits) } else { Outcome::of(&inner) }
}

/// Whether a tab in front of the value belongs to it.
fn keeps_a_tab(text: &[u8], entry: &Entry, traits: &Traits) -> bool {
    traits.trim == Trim::Spaces && text[entry.after_separator.range()].contains(&b'\t')
}

/// A value whose quotes, if it has any, mean nothing.
fn plain(text: &[u8], entry: &Entry, traits: &Traits) -> Outcome {
    let first_line = memchr::memchr(b'\n', &text[entry.raw.range()]).map_or(entry.raw.end, |at| entry.raw.start + at);
    let raw = if traits.blanks == Blanks::Kept || keeps_a_tab(text, entry, traits) {
        Span::new(entry.after_separator.start, first_line)
    } else {
        Span::new(entry.raw.start, first_line)
    };
    let bytes = &text[raw.range()];
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    let kept = trimmed(without_comment(bytes, traits.comment), traits.trim);
    if traits.refuses_inner_blanks && memchr::memchr2(b' ', b'\t', kept).is_some() {
        return Outcome::Error;
    }
    // What is left may stand in quotes that hold others of their kind.
    let kept = if traits.tail == Tail::Literal { unquoted(kept, traits.quotes) } else { kept };
    expanded(kept, traits)
}

fn expanded(bytes: &[u8], traits: &Traits) -> Outcome {
    match expand::references(bytes, traits.dollar, traits.escaped_dollar) {
        Expanded::Text(bytes) => Outcome::of(&bytes),
        Expanded::Command if traits.command == Command::Refused => Outcome::Error,
        Expanded::Command if traits.command == Command::Executed => Outcome::Executed,
        Expanded::Command => Outcome::of(bytes),
    }
}

fn without_comment(bytes: &[u8], comment: Comment) -> &[u8] {
    let mut marks = memchr::memchr_iter(b'#', bytes);
    let at = match comment {
        Comment::Never => None,
        Comment::Anywhere => marks.next(),
        Comment::AfterBlank => marks.find(|at| *at > 0 && bytes[*at - 1].is_ascii_whitespace()),
    };
    &bytes[..at.unwrap_or(bytes.len())]
}

fn trimmed(bytes: &[u8], trim: Trim) -> &[u8] {
    match trim {
        Trim::Nothing => bytes,
        Trim::Spaces => {
            let kept = |byte: &u8| *byte != b' ';
            let start = bytes.iter().position(kept).unwrap_or(bytes.len());
            &bytes[start..bytes.iter().rposition(kept).map_or(start, |at| at + 1)]
        }
        Trim::Unicode => std::str::from_utf8(bytes).map_or(bytes.trim_ascii(), |text| text.trim().as_bytes()),
    }
}

fn unquoted<'b>(bytes: &'b [u8], quotes: &[u8]) -> &'b [u8] {
    match bytes {
        [first, inner @ .., last] if first == last && quotes.contains(first) => inner,
        _ => bytes,
    }
}
