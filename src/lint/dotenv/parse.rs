//! From text to entries, in one pass and without a verdict.
//!
//! Where loaders disagree on what belongs to an entry, this follows what most of them do: a quoted value goes on over lines when its closing
//! quote ends a line, a `#` begins a comment when a blank stands before it. A quote whose partner is followed by something else on a later
//! line is not closed, because that partner opens another value. As each search for a closing quote ends at the next quote of its kind, which
//! at the latest opens the next value, all searches together read the text a few times at most.

use super::entry::{Ending, Entry, Form, Quote, Separator};
use crate::model::Span;

/// More entries than this make a data file, not an environment.
pub(super) const MOST_ENTRIES: usize = 1_000;
/// A quoted value is not followed further than this.
const LONGEST_VALUE: usize = 64 << 10;
/// The mark that some editors put in front of UTF-8.
pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

/// The entries of `text` in order, and whether there are more than are kept.
pub(super) fn entries(text: &[u8]) -> (Vec<Entry>, bool) {
    let mut found: Vec<Entry> = Vec::new();
    let mut at = if text.starts_with(BOM) { BOM.len() } else { 0 };
    let (mut open_until, mut after_bare) = (0, false);
    while at < text.len() {
        let line = Line::at(text, at);
        at = line.next;
        let Some((mut entry, partner)) = entry(text, &line) else { continue };
        if found.len() == MOST_ENTRIES {
            return (found, true);
        }
        if entry.whole.end > line.end {
            let last = Line::at(text, entry.whole.end);
            (at, entry.ending) = (last.next, last.ending);
        }
        entry.in_open_quote = entry.whole.start < open_until;
        entry.after_bare = after_bare;
        after_bare = memchr::memchr(b'=', &text[entry.whole.range()]).is_none();
        open_until = open_until.max(partner.unwrap_or(0));
        found.push(entry);
    }
    (found, false)
}

/// A line of the text.
struct Line {
    /// Its first byte that is no blank.
    start: usize,
    /// Its end, without the line ending.
    end: usize,
    /// The beginning of the next one.
    next: usize,
    ending: Ending,
}

impl Line {
    /// The rest of the line from `from` on.
    fn at(text: &[u8], from: usize) -> Self {
        let feed = memchr::memchr(b'\n', &text[from..]).map(|length| from + length);
        let (mut end, next) = feed.map_or((text.len(), text.len()), |feed| (feed, feed + 1));
        let mut ending = if feed.is_some() { Ending::LineFeed } else { Ending::File };
        if feed.is_some() && end > from && text[end - 1] == b'\r' {
            (end, ending) = (end - 1, Ending::CarriageReturn);
        }
        Self { start: skip_blanks(text, from, end), end, next, ending }
    }
}

/// The entry that begins on `line`, with the place of the partner of a quote that is not closed; nothing for blank lines and comments.
fn entry(text: &[u8], line: &Line) -> Option<(Entry, Option<usize>)> {
    if line.start == line.end || text[line.start] == b'#' {
        return None;
    }
    let whole = Span::new(line.start, trim_end(text, line.start, line.end));
    let mut entry = Entry::other(whole, line.ending);
    let (export, from) = export(text, line);
    let Some((name, quoted_name, after)) = name(text, from, line.end) else { return Some((entry, None)) };
    (entry.export, entry.quoted_name) = (export, quoted_name);
    let gap = skip_blanks(text, after, line.end);
    let separator = match text[..line.end].get(gap) {
        Some(b'=') => Separator::Equals,
        Some(b':') => Separator::Colon,
        None | Some(b'#') => {
            (entry.form, entry.name) = (Form::NameOnly, name);
            return Some((entry, None));
        }
        Some(_) => return Some((entry, None)),
    };
    let value = skip_blanks(text, gap + 1, line.end);
    entry.form = Form::Assignment;
    entry.name = name;
    entry.separator = Some((separator, Span::new(gap, gap + 1)));
    entry.before_separator = Span::new(after, gap);
    entry.after_separator = Span::new(gap + 1, value);
    // Blanks behind a bare value belong to it for some loaders.
    entry.whole.end = line.end;
    entry.raw = Span::new(value, line.end);
    let partner = fill(text, &mut entry);
    Some((entry, partner))
}

/// Takes the value apart. Gives the place of the quote that loaders may take for the end of one that is not closed.
fn fill(text: &[u8], entry: &mut Entry) -> Option<usize> {
    let raw = entry.raw;
    if let Some(quote) = text[..raw.end].get(raw.start).copied().and_then(Quote::of) {
        return quoted(text, entry, quote);
    }
    bare(text, entry);
    None
}

/// A value without quotes.
fn bare(text: &[u8], entry: &mut Entry) {
    let Span { start, end } = entry.raw;
    let is_comment =
        |at: usize| text[at] == b'#' && (at > start || !entry.after_separator.is_empty()) && is_blank(text[at - 1]);
    let comment = memchr::memchr_iter(b'#', &text[start..end]).map(|at| start + at).find(|at| is_comment(*at));
    let last = trim_end(text, start, comment.unwrap_or(end));
    entry.comment = comment.map(|at| Span::new(at, trim_end(text, at, end)));
    entry.value = Span::new(start, last);
    entry.tail = Span::new(last, last);
}

/// A value that begins with `quote`.
fn quoted(text: &[u8], entry: &mut Entry, quote: Quote) -> Option<usize> {
    let Span { start, end } = entry.raw;
    entry.quote = Some(quote);
    let limit = text.len().min(start + LONGEST_VALUE);
    let partner = closing_quote(&text[start + 1..limit], quote.byte()).map(|length| start + 1 + length);
    let line = partner.map(|at| if at < end { Span::new(at + 1, end) } else { rest_of_line(text, at + 1) });
    if let (Some(at), Some(rest)) = (partner, line)
        && (at < end || is_end(text, rest))
    {
        let tail = skip_blanks(text, rest.start, rest.end);
        let comment = comment_behind(text, rest.start, rest.end);
        let tail_end = trim_end(text, tail, comment.unwrap_or(rest.end).max(tail));
        entry.value = Span::new(start + 1, at);
        entry.tail = Span::new(tail.min(tail_end), tail_end);
        entry.comment = comment.map(|at| Span::new(at, trim_end(text, at, rest.end)));
        entry.whole.end = rest.end;
        entry.raw.end = rest.end;
        return None;
    }
    let value_end = trim_end(text, start + 1, end);
    entry.closed = false;
    entry.value = Span::new(start + 1, value_end);
    entry.tail = Span::new(value_end, value_end);
    entry.runs_on = partner.is_some();
    partner
}

/// Where the first `quote` in `text` stands that no backslash precedes.
fn closing_quote(text: &[u8], quote: u8) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + memchr::memchr2(quote, b'\\', text.get(from..)?)?;
        if text[at] == quote {
            return Some(at);
        }
        from = at + 2;
    }
}

/// The rest of the line at `from`, without its ending.
fn rest_of_line(text: &[u8], from: usize) -> Span {
    Span::new(from, Line::at(text, from).end)
}

/// Whether nothing but a comment stands in `rest`.
fn is_end(text: &[u8], rest: Span) -> bool {
    let at = skip_blanks(text, rest.start, rest.end);
    at == rest.end || text[at] == b'#'
}

/// The first `#` between `from` and `end` that follows a blank or stands first.
fn comment_behind(text: &[u8], from: usize, end: usize) -> Option<usize> {
    let mut marks = memchr::memchr_iter(b'#', &text[from..end]).map(|at| from + at);
    marks.find(|at| *at == from || is_blank(text[at - 1]))
}

/// `export` and the blanks behind it, and where the name begins.
fn export(text: &[u8], line: &Line) -> (Option<Span>, usize) {
    const WORD: &[u8] = b"export";
    let after = line.start + WORD.len();
    if !text[line.start..line.end].starts_with(WORD) || !text[..line.end].get(after).is_some_and(|byte| is_blank(*byte))
    {
        return (None, line.start);
    }
    let from = skip_blanks(text, after, line.end);
    let names = text[..line.end].get(from).is_some_and(|byte| !matches!(byte, b'=' | b':'));
    if names { (Some(Span::new(line.start, from)), from) } else { (None, line.start) }
}

/// The name at `from`, whether it stands in quotes, and where it ends with them.
fn name(text: &[u8], from: usize, end: usize) -> Option<(Span, bool, usize)> {
    let quote = text[..end].get(from).copied().filter(|byte| matches!(byte, b'"' | b'\''));
    let start = if quote.is_some() { from + 1 } else { from };
    let stop = text[start..end].iter().position(|byte| !is_name_byte(*byte)).map_or(end, |length| start + length);
    let begins = text[..stop].get(start).is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
    let closes = quote.is_none() || text[..end].get(stop).copied() == quote;
    let after = if quote.is_some() { stop + 1 } else { stop };
    (begins && closes).then(|| (Span::new(start, stop), quote.is_some(), after))
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-')
}

/// A blank that is no line ending.
pub(super) fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

fn skip_blanks(text: &[u8], from: usize, end: usize) -> usize {
    text[from..end].iter().position(|byte| !is_blank(*byte)).map_or(end, |length| from + length)
}

/// `end`, moved back over blanks and carriage returns, `start` at the least.
fn trim_end(text: &[u8], start: usize, end: usize) -> usize {
    let kept = text[start..end].iter().rposition(|byte| !is_blank(*byte) && *byte != b'\r');
    kept.map_or(start, |at| start + at + 1)
}

/// Quotes that word processors and chats put in the place of straight ones.
const SMART: [&str; 9] = ["“", "”", "„", "‟", "‘", "’", "«", "»", "″"];

/// Length of the typographic quote that `text` begins with.
pub(super) fn smart_quote_at_start(text: &[u8]) -> Option<usize> {
    SMART.iter().find(|quote| text.starts_with(quote.as_bytes())).map(|quote| quote.len())
}

/// Length of the typographic quote that `text` ends with.
pub(super) fn smart_quote_at_end(text: &[u8]) -> Option<usize> {
    SMART.iter().find(|quote| text.ends_with(quote.as_bytes())).map(|quote| quote.len())
}
