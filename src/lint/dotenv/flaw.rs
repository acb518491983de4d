//! What stands in and around a value and is not meant: the places to cut, found without knowing the loader.
//!
//! Layers are taken off one after the other, as a person would: blanks, quotes, `Bearer `, the variable's own name, a comma. What is left is
//! what the value is meant to be.

use super::{
    entry::{Ending, Entry, Form, Quote, Separator},
    parse::{smart_quote_at_end, smart_quote_at_start},
};
use crate::model::Span;

/// Something that is not meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrong {
    /// `Bearer `, which the SDK adds itself.
    Bearer,
    /// The variable's own name and `=` once more.
    OwnName,
    /// Typographic quotes.
    SmartQuotes,
    /// Quotes inside quotes.
    InnerQuotes,
    /// A no-break space, a zero-width character or another one that cannot be seen.
    Invisible,
    /// A blank between the quotes.
    InnerBlanks,
    /// A quote without its partner.
    OpenQuote,
    /// The name stands in quotes, as in JSON.
    QuotedName,
    /// A comma behind the value, as in JSON.
    Comma,
    /// A semicolon behind the value, as in JavaScript.
    Semicolon,
    /// Something else behind the closing quote.
    Tail,
    /// The value goes on on the next line.
    Wrapped,
    /// A blank inside what is written like a key.
    BlankInside,
    /// `:` in the place of `=`.
    Colon,
    /// Blanks around `=`.
    BlanksAround,
    /// Plain quotes around the value.
    Quotes,
    /// `export` in front of the name.
    Export,
    /// A comment behind the value.
    Comment,
    /// Blanks behind a value without quotes.
    TrailingBlanks,
    /// The line ends in a carriage return.
    CarriageReturn,
}

/// One such thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Beginning of the entry.
    pub(super) entry: usize,
    /// What it is.
    pub wrong: Wrong,
    /// What is cut away to be rid of it. For [`Wrong::Colon`] it is what an `=` takes the place of.
    pub cuts: Vec<Span>,
}

/// Longer values are no keys, and nothing in them is looked for.
const LONGEST: usize = 1_024;
/// A line shorter than this is not taken for the rest of a key.
const SHORTEST_REST: usize = 4;
/// A value shorter than this is not taken for the beginning of a key that was wrapped.
const SHORTEST_BEGINNING: usize = 16;
/// With more lines than this, line endings are a matter for an editor.
const MOST_LINES: usize = 2_000;
/// More blanks make a sentence.
const MOST_BLANKS: usize = 3;
/// A shorter value with blanks in it is no key.
const SHORTEST_SPLIT: usize = 24;
/// No value has more layers than this by mistake.
const MOST_LAYERS: usize = 8;
/// What stands in front of a key in an `Authorization` header.
const SCHEME: &[u8] = b"bearer ";

/// The flaws of all `entries`, in their order.
pub(super) fn all(text: &[u8], entries: &[Entry]) -> Vec<Flaw> {
    let following = entries.iter().skip(1).map(Some).chain([None]);
    entries.iter().zip(following).flat_map(|(entry, next)| of(text, entry, next)).collect()
}

/// The carriage returns in front of the line feeds of `text`, comments and blank lines included, when one of the `flaws` is such an ending.
pub(super) fn carriage_returns(text: &[u8], flaws: &[Flaw]) -> Vec<Span> {
    if !flaws.iter().any(|flaw| flaw.wrong == Wrong::CarriageReturn) {
        return Vec::new();
    }
    let feeds = memchr::memmem::find_iter(text, b"\r\n").take(MOST_LINES + 1);
    let found: Vec<Span> = feeds.map(|at| Span::new(at, at + 1)).collect();
    if found.len() > MOST_LINES { Vec::new() } else { found }
}

/// What `value`, which a program is given as it is for the variable `name`, is meant to be, and what stands in and around it besides.
#[must_use]
pub fn of_value(value: &[u8], name: &[u8]) -> (Span, Vec<Wrong>) {
    let mut meant = Span::new(0, value.len());
    let mut found = Vec::new();
    if value.len() > LONGEST {
        return (meant, found);
    }
    for _ in 0..MOST_LAYERS {
        let Some((wrong, inner)) = layer(&value[meant.range()], name, true) else { break };
        meant = Span::new(meant.start + inner.start, meant.start + inner.end);
        found.push(wrong);
    }
    found.extend(invisible_inside(value, meant).map(|(wrong, _)| wrong));
    found.extend(blanks_inside(value, meant).map(|(wrong, _)| wrong));
    found.sort_unstable();
    found.dedup();
    (meant, found)
}

/// What the value of `entry` is meant to be.
pub(super) fn meant(text: &[u8], entry: &Entry) -> Span {
    peel(text, entry).0
}

fn of(text: &[u8], entry: &Entry, next: Option<&Entry>) -> Vec<Flaw> {
    let mut found: Vec<(Wrong, Vec<Span>)> = Vec::new();
    if entry.form == Form::Assignment && entry.value.len() <= LONGEST {
        let (meant, layers) = peel(text, entry);
        found.extend(layers);
        found.extend(invisible_inside(text, meant));
        found.extend(wrapped(text, entry, next));
        found.extend(blanks_inside(text, meant));
        found.extend(around(text, entry));
    }
    found.sort_by_key(|(wrong, _)| *wrong);
    let entry = entry.whole.start;
    found.into_iter().map(|(wrong, cuts)| Flaw { entry, wrong, cuts }).collect()
}

/// Takes layers off the value: what is left, and what was taken off.
fn peel(text: &[u8], entry: &Entry) -> (Span, Vec<(Wrong, Vec<Span>)>) {
    let mut value = entry.value;
    let mut layers = Vec::new();
    if entry.form != Form::Assignment || value.len() > LONGEST {
        return (value, layers);
    }
    let name = &text[entry.name.range()];
    for _ in 0..MOST_LAYERS {
        let Some((wrong, inner)) = layer(&text[value.range()], name, entry.quote.is_some()) else { break };
        let inner = Span::new(value.start + inner.start, value.start + inner.end);
        let cuts = [Span::new(value.start, inner.start), Span::new(inner.end, value.end)];
        layers.push((wrong, cuts.into_iter().filter(|cut| !cut.is_empty()).collect()));
        value = inner;
    }
    (value, layers)
}

/// The outermost layer of `value`, and what is inside it.
fn layer(value: &[u8], name: &[u8], is_quoted: bool) -> Option<(Wrong, Span)> {
    let whole = Span::new(0, value.len());
    let inner = trim(value, |character| character == ' ' || character == '\t');
    if inner != whole {
        return Some((Wrong::InnerBlanks, inner));
    }
    let inner = trim(value, |character| is_invisible(character) || character.is_whitespace());
    if inner != whole {
        return Some((Wrong::Invisible, inner));
    }
    if value.len() > SCHEME.len() && value[..SCHEME.len()].eq_ignore_ascii_case(SCHEME) {
        return Some((Wrong::Bearer, Span::new(SCHEME.len(), value.len())));
    }
    if let Some(start) = own_name(value, name) {
        return Some((Wrong::OwnName, Span::new(start, value.len())));
    }
    let (opening, closing) = (smart_quote_at_start(value), smart_quote_at_end(value));
    let (start, end) = (opening.unwrap_or(0), value.len() - closing.unwrap_or(0));
    if (opening.is_some() || closing.is_some()) && start <= end {
        return Some((Wrong::SmartQuotes, Span::new(start, end)));
    }
    match value {
        [first, .., last] if first == last && Quote::of(*first).is_some() => {
            Some((Wrong::InnerQuotes, Span::new(1, value.len() - 1)))
        }
        [b'\\', quote, .., b'\\', last] if quote == last && is_quoted && value.len() >= 4 => {
            Some((Wrong::InnerQuotes, Span::new(2, value.len() - 2)))
        }
        [.., b','] => Some((Wrong::Comma, Span::new(0, value.len() - 1))),
        [.., b';'] => Some((Wrong::Semicolon, Span::new(0, value.len() - 1))),
        _ => None,
    }
}

/// `value` without characters at its ends that `is_out` names.
fn trim(value: &[u8], is_out: impl Fn(char) -> bool + Copy) -> Span {
    let Ok(text) = std::str::from_utf8(value) else { return Span::new(0, value.len()) };
    let left = text.trim_start_matches(is_out);
    let start = text.len() - left.len();
    Span::new(start, start + left.trim_end_matches(is_out).len())
}

/// Where the value goes on behind the variable's own name and `=`.
fn own_name(value: &[u8], name: &[u8]) -> Option<usize> {
    let rest = value.strip_prefix(b"export ").unwrap_or(value);
    let rest = rest.strip_prefix(name)?.strip_prefix(b"=")?;
    (!rest.is_empty()).then(|| value.len() - rest.len())
}

/// Characters in the value that nobody can see.
fn invisible_inside(text: &[u8], value: Span) -> Option<(Wrong, Vec<Span>)> {
    let inner = std::str::from_utf8(&text[value.range()]).ok()?;
    let places = inner.char_indices().filter(|(_, character)| is_invisible(*character));
    let cuts: Vec<Span> = places
        .map(|(at, character)| Span::new(value.start + at, value.start + at + character.len_utf8()))
        .take(MOST_LAYERS)
        .collect();
    (!cuts.is_empty()).then_some((Wrong::Invisible, cuts))
}

fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{a0}' | '\u{ad}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{2064}' | '\u{3000}'
        | '\u{feff}')
}

/// The line break and blanks between a value and its rest on the next line.
fn wrapped(text: &[u8], entry: &Entry, next: Option<&Entry>) -> Option<(Wrong, Vec<Span>)> {
    let next = next.filter(|next| next.form != Form::Assignment)?;
    let between = Span::new(entry.value.end, next.whole.start);
    let breaks = memchr::memchr_iter(b'\n', &text[between.range()]).count();
    let is_break = text[between.range()].iter().all(|byte| byte.is_ascii_whitespace() || *byte == b'\\');
    let rest = &text[next.whole.range()];
    // A name alone in capitals is a variable without a value.
    let is_rest = rest.len() >= SHORTEST_REST
        && rest.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'+' | b'/'))
        && !rest.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'_' || byte.is_ascii_digit());
    let is_beginning = entry.quote.is_none()
        && entry.comment.is_none()
        && entry.value.len() >= SHORTEST_BEGINNING
        && text[entry.value.range()].iter().all(u8::is_ascii_graphic);
    (breaks == 1 && is_break && is_rest && is_beginning).then(|| (Wrong::Wrapped, vec![between]))
}

/// A few blanks in a long value that has otherwise only characters of keys.
fn blanks_inside(text: &[u8], value: Span) -> Option<(Wrong, Vec<Span>)> {
    let inner = &text[value.range()];
    let is_blank = |byte: &u8| *byte == b' ' || *byte == b'\t';
    let cuts: Vec<Span> =
        (value.start..value.end).filter(|at| is_blank(&text[*at])).map(|at| Span::new(at, at + 1)).collect();
    let is_key = inner.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') || is_blank(byte));
    let few = !cuts.is_empty() && cuts.len() <= MOST_BLANKS && inner.len() >= SHORTEST_SPLIT;
    (few && is_key).then_some((Wrong::BlankInside, cuts))
}

/// What stands around the value.
fn around(text: &[u8], entry: &Entry) -> Vec<(Wrong, Vec<Span>)> {
    let mut found = Vec::new();
    let mut add = |wrong, cuts: Vec<Span>| {
        let cuts: Vec<Span> = cuts.into_iter().filter(|cut| !cut.is_empty()).collect();
        if !cuts.is_empty() {
            found.push((wrong, cuts));
        }
    };
    let blanks = [entry.before_separator, entry.after_separator];
    match entry.separator {
        Some((Separator::Colon, at)) => {
            let all = Span::new(at.start - entry.before_separator.len(), at.end + entry.after_separator.len());
            add(Wrong::Colon, vec![all]);
        }
        _ => add(Wrong::BlanksAround, blanks.to_vec()),
    }
    if entry.quoted_name {
        let name = entry.name;
        add(Wrong::QuotedName, vec![Span::new(name.start - 1, name.start), Span::new(name.end, name.end + 1)]);
    }
    add(Wrong::Export, entry.export.into_iter().collect());
    // The blanks in front of a comment go with it.
    let comment = entry.comment.map(|comment| {
        let front = text[entry.raw.start..comment.start].iter().rposition(|byte| *byte != b' ' && *byte != b'\t');
        Span::new(front.map_or(entry.raw.start, |at| entry.raw.start + at + 1), comment.end)
    });
    add(Wrong::Comment, comment.into_iter().collect());
    match entry.quote {
        Some(_) if !entry.closed => add(Wrong::OpenQuote, vec![Span::new(entry.raw.start, entry.value.start)]),
        Some(_) => add(Wrong::Quotes, quotes(entry)),
        None => {}
    }
    let wrong = match &text[entry.tail.range()] {
        b"," => Wrong::Comma,
        b";" => Wrong::Semicolon,
        _ => Wrong::Tail,
    };
    add(wrong, vec![entry.tail]);
    if entry.quote.is_none() && entry.comment.is_none() {
        add(Wrong::TrailingBlanks, vec![Span::new(entry.value.end, entry.raw.end)]);
    }
    if entry.ending == Ending::CarriageReturn {
        add(Wrong::CarriageReturn, vec![Span::new(entry.whole.end, entry.whole.end + 1)]);
    }
    found
}

/// Both quotes around the value.
fn quotes(entry: &Entry) -> Vec<Span> {
    let value = entry.value;
    vec![Span::new(value.start - 1, value.start), Span::new(value.end, value.end + 1)]
}
