//! Long runs of letters and digits, over several lines where they are wrapped: what base64 and hexadecimal stand in.
//!
//! Nearly all of a program is no such run. A run that is long enough holds two lanes of eight bytes each, wherever it begins, so the text is passed over in
//! lanes, and only where two in a row are nothing but letters and digits is looked at more closely.
//!
//! A line is continued by the next one when it is as long as the lines of any program that wraps ([`WRAPPED`]), both end where lines end, and
//! nothing but blanks stands between them. A name or a sentence that follows a value is no continuation, since something else follows it.

use std::borrow::Cow;

use crate::model::Span;

/// Shorter runs are left alone: eighteen bytes in base64, and no credential that can be told by its form is shorter.
pub(super) const SHORTEST: usize = 24;
/// A line that is shorter is not continued by the next.
const WRAPPED: usize = 40;
/// Blanks in front of a line.
const INDENT: usize = 120;
/// A line that is continued from another one is at most this long.
const LONGEST_LINE: usize = 512;

static IN_RUN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128_u8 {
        table[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
        byte += 1;
    }
    table
};

/// Whether a byte belongs to base64 in either alphabet.
pub(super) fn is_in_run(byte: u8) -> bool {
    IN_RUN[usize::from(byte)]
}

/// Calls `found` with the pieces of each block that begins between `from` and `to`. At `from` no block may be under way.
pub(super) fn each(text: &[u8], from: usize, to: usize, mut found: impl FnMut(&[Span])) {
    let mut pieces = Vec::new();
    let mut at = from;
    while let Some(first) = next_run(text, at, to) {
        pieces.clear();
        pieces.push(first);
        let mut last = first;
        while let Some(next) = continuation(text, last) {
            pieces.push(next);
            last = next;
        }
        found(&pieces);
        at = last.end;
    }
}

/// The longest line break, written as an escape.
const BREAK: usize = 4;

/// The characters of the `pieces` of a block without what stands between them.
pub(super) fn joined<'t>(text: &'t [u8], pieces: &[Span]) -> Cow<'t, [u8]> {
    match pieces {
        [single] => Cow::Borrowed(&text[single.range()]),
        _ => pieces.iter().flat_map(|piece| &text[piece.range()]).copied().collect(),
    }
}

/// Where the characters at `row` of the joined `pieces` stand.
pub(super) fn place(pieces: &[Span], row: Span) -> Span {
    let (mut start, mut before) = (None, 0);
    for piece in pieces {
        let within = before + piece.len();
        if start.is_none() && row.start < within {
            start = Some(piece.start + row.start - before);
        }
        if row.end <= within {
            let end = piece.start + row.end - before;
            return Span::new(start.unwrap_or(end), end);
        }
        before = within;
    }
    Span::new(before, before)
}

/// How far a text was searched, part by part and in order.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Searched {
    /// No block that begins before this place is unknown, and none is under way there.
    until: usize,
    /// Where the run ends that the last part ended in. Many parts may lie in one that is as long as the text, which is walked once.
    run: usize,
}

/// Calls `found` with the pieces of each block that what stands at `part` may decide about, but for those that were found for parts before it.
pub(super) fn each_touched(text: &[u8], part: Span, searched: &mut Searched, found: &mut dyn FnMut(&[Span])) {
    if searched.run > 0 && part.end <= searched.run {
        return;
    }
    searched.run = end_of_run(text, part.end);
    let to = text.len().min(searched.run + between(&text[searched.run..]) + 1);
    if to <= searched.until {
        return;
    }
    let start = part.start.saturating_sub(BREAK);
    let from = if start <= searched.until {
        searched.until
    } else {
        before(text, begin_of_run(text, start)).max(searched.until)
    };
    let mut until = to;
    each(text, from, to, |pieces| {
        until = until.max(pieces.last().map_or(0, |piece| piece.end));
        found(pieces);
    });
    searched.until = until;
}

/// The most that may stand between a line and the next one that goes on with it.
const LONGEST_BETWEEN: usize = INDENT + 2 * BREAK;

/// How much of what `text` begins with may stand between a line and the next one.
fn between(text: &[u8]) -> usize {
    (0..text.len().min(LONGEST_BETWEEN)).take_while(|at| is_between(text, *at)).count()
}

/// How much of what `head` ends with may.
fn between_before(head: &[u8]) -> usize {
    (0..head.len()).rev().take(LONGEST_BETWEEN).take_while(|at| is_between(head, *at)).count()
}

fn is_between(text: &[u8], at: usize) -> bool {
    match text[at] {
        b' ' | b'\t' | b'\n' | b'\r' | b'\\' => true,
        b'n' | b'r' => at > 0 && text[at - 1] == b'\\',
        _ => false,
    }
}

/// The bytes that decide where `block` begins and ends: with what it takes to tell whether the line before it is long enough to be gone on with, and the
/// whole of the next one, where there are any.
pub(super) fn decided_by(text: &[u8], block: Span) -> Span {
    let head = &text[..block.start];
    let head = &head[..head.len() - between_before(head)];
    let start = head.len() - head.iter().rev().take(WRAPPED).take_while(|byte| is_in_run(**byte)).count();
    let rest = &text[block.end..];
    let next = after_break(rest).map_or(block.end, |after| {
        let blanks = after.iter().take(INDENT).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let line = after[blanks..].iter().take(LONGEST_LINE + 1).take_while(|byte| is_in_run(**byte)).count();
        block.end + (rest.len() - after.len()) + blanks + line
    });
    Span::new(start, text.len().min(next + BREAK))
}

/// A place at or before `at` where no block is under way.
fn before(text: &[u8], at: usize) -> usize {
    begin(text, line_before(text, at))
}

/// Where the line ends that `at` might go on with: in front of blanks and of a line break, which may be an escape, whole or in part.
fn line_before(text: &[u8], at: usize) -> usize {
    let is_between = |byte: &&u8| matches!(**byte, b' ' | b'\t' | b'\n' | b'\r' | b'\\');
    let mut head = &text[..at];
    for _ in 0..2 {
        head = &head[..head.len() - head.iter().rev().take(INDENT + BREAK).take_while(is_between).count()];
        head = [&b"\\r"[..], b"\\n"].into_iter().find_map(|mark| head.strip_suffix(mark)).unwrap_or(head);
    }
    head.len()
}

/// The block that has the character at `at`.
pub(super) fn around(text: &[u8], at: usize) -> Span {
    let start = begin(text, at);
    let mut last = Span::new(start, end_of_run(text, start));
    while let Some(next) = continuation(text, last) {
        last = next;
    }
    Span::new(start, last.end)
}

/// Where the block that has the character at `at`, or ends there, begins.
fn begin(text: &[u8], at: usize) -> usize {
    let mut start = begin_of_run(text, at);
    while let Some(before) = continued_from(text, start) {
        start = before;
    }
    start
}

fn begin_of_run(text: &[u8], at: usize) -> usize {
    text[..at].iter().rposition(|&byte| !is_in_run(byte)).map_or(0, |other| other + 1)
}

/// Where the line begins that the one at `start` goes on with.
fn continued_from(text: &[u8], start: usize) -> Option<usize> {
    lines_before(text, start).find_map(|(end, next)| {
        let piece = Span::new(begin_of_run(text, end), end);
        continuation(text, piece).filter(|found| found.start == next).map(|_| piece.start)
    })
}

/// Where lines end that may go on with the run at `start`, each with where it would go on.
fn lines_before(text: &[u8], start: usize) -> impl Iterator<Item = (usize, usize)> {
    let head = &text[..start];
    let blanks = blanks_before(head);
    let head = &head[..start - blanks];
    // The letter of a line break that is written as an escape looks like one of base64.
    let is_written = blanks == 0 && text.get(start) == Some(&b'n');
    let real = head.strip_suffix(b"\r\n").or_else(|| head.strip_suffix(b"\n"));
    let written = [head.strip_suffix(b"\\r\\"), head.strip_suffix(b"\\")].map(|head| head.filter(|_| is_written));
    let written = written.map(|head| head.map(|head| (head.len(), start + 1)));
    real.map(|head| (head.len(), start)).into_iter().chain(written.into_iter().flatten())
}

fn blanks_before(head: &[u8]) -> usize {
    head.iter().rev().take(INDENT).take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// Bytes that are looked at together.
const LANE: usize = 8;
/// Lanes of one step.
const LANES: usize = 4;
const STEP: usize = LANE * LANES;

/// The first run of at least [`SHORTEST`] bytes that begins at or after `from` and before `to`.
fn next_run(text: &[u8], from: usize, to: usize) -> Option<Span> {
    let mut at = from;
    // Whether the lane before belongs to a run.
    let mut before = 0;
    // The second lane of a run begins within two lanes.
    let last = to.saturating_add(2 * LANE);
    while let Some(step) = text.get(at..).and_then(|rest| rest.first_chunk::<STEP>()) {
        let lanes = lanes_in_run(step);
        let pairs = lanes & (lanes << 1 | before);
        before = lanes >> (LANES - 1);
        if pairs == 0 {
            at += STEP;
            if at >= last {
                return None;
            }
            continue;
        }
        let within = at + LANE * pairs.trailing_zeros() as usize;
        let start = from + begin_of_run(&text[from..], within - from);
        if start >= to {
            return None;
        }
        let end = end_of_run(text, within + LANE);
        if end - start >= SHORTEST {
            return Some(Span::new(start, end));
        }
        (at, before) = (end, 0);
    }
    let mut rest = at.max(LANE + from) - LANE;
    rest = from + begin_of_run(&text[from..], rest - from);
    while rest < to && rest + SHORTEST <= text.len() {
        let end = end_of_run(text, rest);
        if end - rest >= SHORTEST {
            return Some(Span::new(rest, end));
        }
        rest = end + 1;
    }
    None
}

/// Which lanes of `step` consist of bytes of a run, as bits. Written as one expression without branches, which compilers turn into instructions
/// on many bytes at once.
#[inline(always)]
#[allow(clippy::inline_always, reason = "every byte that is scanned goes through it")]
fn lanes_in_run(step: &[u8; STEP]) -> u32 {
    let mut classes = [0_u8; STEP];
    for (class, &byte) in classes.iter_mut().zip(step) {
        let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
        // From `/` to `9`: the digits stand behind the slash.
        let digit = byte.wrapping_sub(b'/') < 11;
        let sign = u8::from(byte == b'+') | u8::from(byte == b'-') | u8::from(byte == b'_');
        *class = u8::from(letter) | u8::from(digit) | sign;
    }
    let (lanes, _) = classes.as_chunks::<LANE>();
    let all = u64::from_le_bytes([1; LANE]);
    lanes.iter().rev().fold(0, |bits, lane| bits << 1 | u32::from(u64::from_le_bytes(*lane) == all))
}

fn end_of_run(text: &[u8], from: usize) -> usize {
    from + text[from..].iter().position(|&byte| !is_in_run(byte)).unwrap_or(text.len() - from)
}

/// The line that goes on with what `piece` ends.
fn continuation(text: &[u8], piece: Span) -> Option<Span> {
    if piece.len() < WRAPPED {
        return None;
    }
    let rest = &text[piece.end..];
    let after = rest.len() - after_break(rest)?.len();
    // Behind a break that is written as an escape the next line begins at once.
    let indent = if rest[0] == b'\\' { 0 } else { INDENT };
    let blanks = rest[after..].iter().take(indent).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let start = piece.end + after + blanks;
    let longest = text.len().min(start + LONGEST_LINE + 1);
    let length = text[start..longest].iter().position(|&byte| !is_in_run(byte)).unwrap_or(longest - start);
    if length == 0 || length > LONGEST_LINE {
        return None;
    }
    let next = Span::new(start, start + length);
    ends_a_line(&text[next.end..]).then_some(next)
}

/// What stands behind the line break that `rest` begins with: one of the text, or one that is written as an escape.
fn after_break(rest: &[u8]) -> Option<&[u8]> {
    [&b"\n"[..], b"\r\n", b"\\n", b"\\r\\n"].into_iter().find_map(|mark| rest.strip_prefix(mark))
}

/// Whether a line of base64 may end where `rest` begins.
fn ends_a_line(rest: &[u8]) -> bool {
    match rest.first() {
        None | Some(b'"' | b'\'' | b'`' | b'=' | b'<' | b'\\') => true,
        Some(_) => after_break(rest).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn runs(text: &[u8]) -> Vec<Span> {
        let mut at = 0;
        let next = || {
            let run = next_run(text, at, text.len())?;
            at = run.end;
            Some(run)
        };
        std::iter::from_fn(next).collect()
    }

    fn blocks(text: &str) -> Vec<Vec<&str>> {
        let mut blocks = Vec::new();
        each(text.as_bytes(), 0, text.len(), |pieces| {
            blocks.push(pieces.iter().map(|piece| &text[piece.range()]).collect());
        });
        blocks
    }

    proptest! {
        #[test]
        fn long_runs_are_those_that_a_look_at_every_byte_finds(text in "([a-zA-Z0-9+/_-]{0,40}[ .:\\n\u{e9}]{1,3}){0,12}") {
            let text = text.as_bytes();
            let expected: Vec<Span> = text
                .split(|byte| !is_in_run(*byte))
                .filter(|run| run.len() >= SHORTEST)
                .map(|run| {
                    let start = run.as_ptr() as usize - text.as_ptr() as usize;
                    Span::new(start, start + run.len())
                })
                .collect();
            prop_assert_eq!(runs(text), expected);
        }

        #[test]
        fn no_block_is_under_way_where_one_is_said_not_to_be(
            lines in prop::collection::vec(("[a-z0-9]{1,60}", 0..5_usize), 0..20), at in 0..900_usize,
        ) {
            let breaks = ["\n", "\r\n    ", "\\n", ": ", "\\r\\n"];
            let text: String = lines.iter().flat_map(|(line, between)| [line.as_str(), breaks[*between]]).collect();
            let at = at.min(text.len());
            let from = before(text.as_bytes(), at);
            prop_assert!(from <= at);
            let all = |from: usize| {
                let mut all = Vec::new();
                each(text.as_bytes(), from, text.len(), |pieces| all.push(pieces.to_vec()));
                all
            };
            let expected: Vec<Vec<Span>> = all(0).into_iter().filter(|pieces| pieces[pieces.len() - 1].end > from).collect();
            prop_assert_eq!(all(from), expected);
        }
    }

    #[test]
    fn lines_that_were_wrapped_are_one_block_and_what_follows_is_not() {
        let (line, last) = ("d2Fz".repeat(16), "d2FzZA");
        for between in ["\n", "\r\n", "\n    ", "\r\n\t", "\\n", "\\r\\n"] {
            assert_eq!(
                blocks(&format!("key: {line}{between}{line}{between}{last}\n")),
                [vec![&line[..], &line, last]],
                "{between:?}"
            );
        }
        assert_eq!(blocks(&format!("a: {line}\nOTHER: x\n")), [[&line]]);
        assert_eq!(blocks(&format!("a: {line}\n\n{last}\n")), [[&line]]);
        assert_eq!(blocks(&format!("{}\n{line}\n", "d2Fz".repeat(8))), [vec!["d2Fz".repeat(8).as_str()], vec![&line]]);
        assert_eq!(blocks(&format!("{line}\n{}", "a".repeat(LONGEST_LINE + 1))).len(), 2);
    }
}
