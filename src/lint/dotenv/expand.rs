//! References to variables and escapes inside a value.

use super::dialect::Dollar;

/// A longer reference is none: the bound keeps a text of opening braces from being read over and over.
const LONGEST_REFERENCE: usize = 512;

/// A value after its references were replaced.
pub(super) enum Expanded {
    /// What it is then.
    Text(Vec<u8>),
    /// It holds `$(…)`.
    Command,
}

/// Replaces references in `bytes` by nothing, or by the default that stands in them.
pub(super) fn references(bytes: &[u8], dollar: Dollar, escaped: bool) -> Expanded {
    if memchr::memmem::find(bytes, b"$(").is_some() {
        return Expanded::Command;
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        if escaped && rest.starts_with(b"\\$") {
            out.push(b'$');
            at += 2;
        } else if let Some(reference) = reference(rest, dollar) {
            out.extend_from_slice(reference.default);
            at += reference.length;
        } else {
            out.push(rest[0]);
            at += 1;
        }
    }
    Expanded::Text(out)
}

/// A reference to a variable.
pub(super) struct Reference<'b> {
    /// What stands for the value when the variable is not set.
    pub(super) default: &'b [u8],
    /// How long all of it is.
    pub(super) length: usize,
}

/// The reference that `rest` begins with.
pub(super) fn reference(rest: &[u8], dollar: Dollar) -> Option<Reference<'_>> {
    if dollar == Dollar::None || rest.first() != Some(&b'$') {
        return None;
    }
    if rest.get(1) == Some(&b'{') {
        let name = name_in(&rest[2..]);
        let near = &rest[..rest.len().min(LONGEST_REFERENCE)];
        let close = near.iter().position(|byte| *byte == b'}' || *byte == b'\n').filter(|at| rest[*at] == b'}')?;
        let behind = &rest[2 + name.len()..close];
        let default = behind.strip_prefix(b":-").or_else(|| behind.strip_prefix(b"-")).unwrap_or(b"");
        return (!name.is_empty()).then_some(Reference { default, length: close + 1 });
    }
    let name = name_in(&rest[1..]);
    (dollar == Dollar::All && !name.is_empty()).then_some(Reference { default: b"", length: 1 + name.len() })
}

/// The name of a variable that `rest` begins with; empty when there is none.
fn name_in(rest: &[u8]) -> &[u8] {
    let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    if rest.first().is_some_and(u8::is_ascii_digit) { &rest[..0] } else { &rest[..length] }
}

/// Replaces a backslash and one of `letters` by what they stand for.
pub(super) fn unescape(bytes: &[u8], letters: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        let letter = after.first().filter(|letter| *first == b'\\' && letters.contains(letter));
        let Some(letter) = letter else {
            out.push(*first);
            rest = after;
            continue;
        };
        out.push(match letter {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'a' => 7,
            b'b' => 8,
            b'v' => 11,
            b'f' => 12,
            other => *other,
        });
        rest = &after[1..];
    }
    out
}
