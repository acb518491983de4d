//! Base64, in the standard or the URL alphabet, wrapped or not.
//!
//! A run of letters and digits is base64 of a text where its groups of four decode to text. Where the first group begins is not certain, since a
//! name or a folder may be glued to it (`\nc2st…`, `token_c2st…`), so all four ways are looked at. Six groups in a row that are plain ASCII text
//! do not come about by chance, and whoever looks at one of six misses no such row: that is the gate, and all that most base64, of pictures and of checksums,
//! costs. From there it is text as far as it stays UTF-8.
//!
//! What is compressed looks like nothing at all, but for the first bytes of gzip and zlib; those are known where a run begins.

use super::{
    block::{self, SHORTEST},
    place::Undone,
};
use crate::model::Span;

/// Characters of a group.
const GROUP: usize = 4;
/// Groups of text in a row that make a stretch.
const ROW: usize = SHORTEST / GROUP;
/// What is no character of base64.
const NONE: u8 = 0xff;

/// Values of the characters of both alphabets.
static VALUES: [u8; 256] = {
    let mut table = [NONE; 256];
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut value = 0;
    while value < 64_u8 {
        table[alphabet[value as usize] as usize] = value;
        value += 1;
    }
    table[b'-' as usize] = 62;
    table[b'_' as usize] = 63;
    table
};

/// How the beginnings of compressed streams look in base64: gzip, and zlib at the levels in use.
const COMPRESSED: [&[u8]; 5] = [b"H4sI", b"eJ", b"eN", b"eA", b"eF"];

/// The bytes that a group stands for.
fn bytes_of(group: &[u8]) -> [u8; 3] {
    let value = |at: usize| u32::from(VALUES[usize::from(group[at])] & 63);
    let bits = value(0) << 18 | value(1) << 12 | value(2) << 6 | value(3);
    let [_, first, second, third] = bits.to_be_bytes();
    [first, second, third]
}

/// Whether the group that `characters` begins with is ASCII text, be it in UTF-16.
fn is_text(characters: &[u8]) -> bool {
    characters.get(..GROUP).is_some_and(|group| match bytes_of(group) {
        [first, 0, third] => is_text_byte(first) && is_text_byte(third),
        [0, second, 0] => is_text_byte(second),
        bytes => bytes.into_iter().all(is_text_byte),
    })
}

/// Whether ASCII text has this byte.
pub(super) fn is_text_byte(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}

/// Calls `found` for each stretch of base64 in the `pieces` of a block of `text`.
pub(super) fn find(text: &[u8], pieces: &[Span], mut found: impl FnMut(Span)) {
    let run = &*block::joined(text, pieces);
    each_row(run, |row| {
        let Span { start, end } = block::place(pieces, row);
        let is_last = row.end == run.len();
        let padding = text[end..].iter().take(2).take_while(|byte| is_last && **byte == b'=').count();
        found(Span::new(start, end + padding));
    });
}

/// Calls `found` for each stretch of text in the characters of a `run`; none overlaps another.
fn each_row(run: &[u8], mut found: impl FnMut(Span)) {
    if COMPRESSED.iter().any(|magic| run.starts_with(magic)) && is_compressed(run) {
        found(Span::new(0, run.len()));
        return;
    }
    let mut told = 0;
    let mut at = 0;
    while at + SHORTEST <= run.len() {
        // One of six groups of each of the four ways.
        let row =
            (at..at + GROUP).filter(|start| is_text(&run[*start..])).find_map(|start| row_around(run, told, start));
        if let Some(row) = row {
            found(row);
            told = row.end;
            at = row.end.next_multiple_of(SHORTEST).max(at + SHORTEST);
        } else {
            at += SHORTEST;
        }
    }
}

/// The stretch of text around the group at `start`, which is text; nothing before `floor` belongs to it.
fn row_around(run: &[u8], floor: usize, start: usize) -> Option<Span> {
    let before = (floor..=start).rev().step_by(GROUP).skip(1).take_while(|at| is_text(&run[*at..])).count();
    let after = (start..run.len()).step_by(GROUP).take_while(|at| is_text(&run[*at..])).count();
    if before + after < ROW {
        return None;
    }
    let (first, mut end) = (start - before * GROUP, start + after * GROUP);
    let first = first - beyond_ascii_before(run, floor, first);
    end += beyond_ascii_after(run, end);
    // What is left of less than a group is the end of it all, with padding or without.
    let rest = run.len() - end;
    if rest == 2 || rest == 3 {
        end = run.len();
    }
    Some(Span::new(first, end))
}

/// How many characters in front of `first` go on with the text in UTF-8.
fn beyond_ascii_before(run: &[u8], floor: usize, first: usize) -> usize {
    let starts = (floor..=first).rev().step_by(GROUP).skip(1);
    let mut bytes: Vec<u8> = Vec::new();
    let mut whole = 0;
    for (groups, at) in starts.enumerate() {
        let group = bytes_of(&run[at..at + GROUP]);
        if !group.into_iter().all(|byte| is_text_byte(byte) || byte >= 0x80) {
            break;
        }
        bytes.splice(0..0, group);
        if std::str::from_utf8(&bytes).is_ok() {
            whole = (groups + 1) * GROUP;
            bytes.clear();
        } else if bytes.len() > 2 * GROUP {
            break;
        }
    }
    whole
}

/// How many characters from `end` on go on with the text in UTF-8.
fn beyond_ascii_after(run: &[u8], end: usize) -> usize {
    let mut bytes: Vec<u8> = Vec::new();
    let mut whole = 0;
    for (groups, group) in run[end..].chunks_exact(GROUP).enumerate() {
        let group = bytes_of(group);
        if !group.into_iter().all(|byte| is_text_byte(byte) || byte >= 0x80) {
            break;
        }
        bytes.extend(group);
        if std::str::from_utf8(&bytes).is_ok() {
            whole = (groups + 1) * GROUP;
            bytes.clear();
        } else if bytes.len() > 2 * GROUP {
            break;
        }
    }
    whole
}

/// Whether `run` begins as a compressed stream does.
fn is_compressed(run: &[u8]) -> bool {
    let [first, second, third] = bytes_of(&run[..GROUP]);
    // A zlib header is a multiple of 31; what follows it is the beginning of a block.
    let is_zlib = first == 0x78 && (u16::from(first) << 8 | u16::from(second)).is_multiple_of(31) && third & 6 != 6;
    (first, second, third) == (0x1f, 0x8b, 8) || is_zlib
}

/// Adds what the stretch at `span` of `text` stands for.
pub(super) fn undo(text: &[u8], span: Span, out: &mut Undone) {
    let (mut group, mut length, mut start) = ([0; GROUP], 0, span.start);
    let mut at = span.start;
    while at < span.end {
        match text[at] {
            // A line break that is written as an escape.
            b'\\' => at += 1,
            byte if VALUES[usize::from(byte)] != NONE => {
                if length == 0 {
                    start = at;
                }
                group[length] = byte;
                length += 1;
                if length == GROUP {
                    out.unit(Span::new(start, at + 1), &bytes_of(&group));
                    length = 0;
                }
            }
            _ => {}
        }
        at += 1;
    }
    if length > 1 {
        group[length..].fill(b'A');
        out.unit(Span::new(start, span.end), &bytes_of(&group)[..length - 1]);
    }
}
