//! Escapes of strings: `\x41`, `\u0041`, `\u{41}`, `\U00000041`, `\101`, a backslash at the end of a line, and those of JSON in JSON, where `\"` has
//! become `\\\"`.
//!
//! Escapes of quotes and line breaks stand in every program, and a rule reads past them. What calls for a view is one that hides a character of a
//! name, a key or an address, and one that was escaped twice. What is simpler is undone along with those.

use super::{
    block::is_in_run,
    hex::byte_at,
    place::{Sign, Undone},
    stretch::Escapes,
};
use crate::model::{Decoding, Span};

/// An escape that stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Escape {
    length: usize,
    stands_for: char,
}

/// The escape that `text` begins with; its first byte is a backslash.
fn escape(text: &[u8]) -> Option<Escape> {
    let of = |length: usize, stands_for: char| Some(Escape { length, stands_for });
    let of_code = |length: usize, code: u32| char::from_u32(code).and_then(|stands_for| of(length, stands_for));
    match *text.get(1)? {
        b'n' => of(2, '\n'),
        b't' => of(2, '\t'),
        b'r' => of(2, '\r'),
        other @ (b'"' | b'\'' | b'\\' | b'/' | b'`') => of(2, char::from(other)),
        b'x' => of_code(4, u32::from(byte_at(text, 2)?)),
        b'u' if text.get(2) == Some(&b'{') => {
            let digits = text[3..].iter().take(6).take_while(|byte| byte.is_ascii_hexdigit()).count();
            let closes = digits > 0 && text.get(3 + digits) == Some(&b'}');
            let code =
                std::str::from_utf8(&text[3..3 + digits]).ok().and_then(|code| u32::from_str_radix(code, 16).ok());
            code.filter(|_| closes).and_then(|code| of_code(4 + digits, code))
        }
        b'u' => utf16(text).and_then(|(stands_for, length)| of(length, stands_for)),
        b'U' => of_code(10, code(text, 2, 4)?),
        b'0'..=b'3' => {
            let digits = text.get(1..4)?;
            let is_octal = digits.iter().all(|digit| matches!(digit, b'0'..=b'7'));
            let code = digits.iter().fold(0, |code, digit| code * 8 + u32::from(digit & 7));
            is_octal.then_some(code).and_then(|code| of_code(4, code))
        }
        _ => None,
    }
}

/// The number that `bytes` pairs of digits from `at` on stand for.
fn code(text: &[u8], at: usize, bytes: usize) -> Option<u32> {
    (0..bytes).try_fold(0, |code, pair| Some(code << 8 | u32::from(byte_at(text, at + 2 * pair)?)))
}

/// The length of a backslash and a line break: a string goes on in the next line.
fn continued(text: &[u8]) -> Option<usize> {
    [&b"\\\n"[..], b"\\\r\n"].into_iter().find(|mark| text.starts_with(mark)).map(<[u8]>::len)
}

/// Length of `\u0041`.
pub(super) const UNIT: usize = 6;

/// The unit of UTF-16 in `\u0041`.
pub(super) fn unit(text: &[u8]) -> Option<u16> {
    u16::try_from(code(text, 2, 2)?).ok()
}

/// The character that the unit of UTF-16 which `text` begins with stands for, or that and the next one together, and the length of it.
pub(super) fn utf16(text: &[u8]) -> Option<(char, usize)> {
    let first = unit(text)?;
    if let Some(single) = char::from_u32(u32::from(first)) {
        return Some((single, UNIT));
    }
    let second = text.get(UNIT..).filter(|rest| rest.starts_with(b"\\u")).and_then(unit)?;
    let pair = char::decode_utf16([first, second]).next()?.ok()?;
    Some((pair, 2 * UNIT))
}

/// What the backslash that `text` begins with, behind the byte `before`, calls for, and the length of it.
pub(super) fn trigger(text: &[u8], before: Option<&u8>, escapes: Escapes) -> Option<(Decoding, usize)> {
    match *text.get(1)? {
        b'n' | b'r' | b'"' | b'\\' if escapes == Escapes::All => Some((Decoding::Json, 2)),
        b'\\' => {
            let length = text.iter().take(8).take_while(|byte| **byte == b'\\').count();
            let next = text.get(length).copied();
            let is_twice = matches!(next, Some(b'"' | b'n' | b'r' | b'u' | b'x' | b'/'));
            is_twice.then_some((Decoding::Json, length + 1))
        }
        b'/' => Some((Decoding::Json, 2)),
        // In the middle of a word, and not behind a command or a macro.
        b'\n' | b'\r' => {
            let length = continued(text)?;
            let joins =
                before.is_some_and(|byte| is_in_run(*byte)) && text.get(length).is_some_and(|byte| is_in_run(*byte));
            joins.then_some((Decoding::Escapes, length))
        }
        // Behind another backslash it is one that was escaped twice.
        b'x' | b'u' | b'U' | b'0'..=b'3' if before != Some(&b'\\') => {
            let escape = escape(text)?;
            escape.stands_for.is_ascii_graphic().then_some((Decoding::Escapes, escape.length))
        }
        _ => None,
    }
}

/// Adds what the text at `span` stands for.
pub(super) fn undo(text: &[u8], span: Span, out: &mut Undone) {
    let sign = |rest: &[u8]| match continued(rest) {
        Some(length) => Some((length, Sign::Nothing)),
        None => escape(rest).map(|escape| (escape.length, Sign::Character(escape.stands_for))),
    };
    out.replaced(text, span, b'\\', sign);
}
