//! Keys with a marker in their middle: OpenAI's, whose two halves around `T3BlbkFJ` always have the same length.
//!
//! From the marker we grow both ways over the key's alphabet. To the left the prefix ends the search, and what lies between prefix
//! and marker is the left half; its length fixes that of the right half. So a suffix glued on with `-` or `_` is cut off, a key is
//! whole whatever character follows it, and a right half that is too short is a truncated key. Lengths that OpenAI has not used yet
//! are accepted when both halves agree: every tool that listed fixed lengths went stale within a year.

use crate::{model::Span, rules::RuleSpec};

/// Longest half that is looked at.
const LONGEST_HALF: usize = 200;
/// Longest name in `sk-<name>-`.
const LONGEST_NAME: usize = 64;
/// Halves of a length that is not known must be at least this long, so that text around a chance marker is left alone.
const SHORTEST_UNKNOWN_HALF: usize = 40;

/// A key found around a marker.
pub(super) struct Marked {
    pub(super) span: Span,
    /// Length of the prefix that names the kind.
    pub(super) prefix: usize,
    pub(super) kind: String,
}

/// Looks for a key of `spec` around the marker at `marker`.
pub(super) fn find(spec: &RuleSpec, text: &[u8], marker: Span) -> Option<Marked> {
    let floor = marker.start.saturating_sub(LONGEST_HALF + LONGEST_NAME);
    let left_run = text[floor..marker.start].iter().rev().take_while(|byte| is_url64(**byte)).count();
    let left = &text[marker.start - left_run..marker.start];
    spec.kinds.iter().find_map(|kind| {
        let (prefix, half) = match kind.prefix.split_once('*') {
            Some((lead, _)) => named(spec, left, lead.as_bytes(), &text[marker.range()])?,
            None => prefixed(spec, left, kind.prefix.as_bytes())?,
        };
        let right = right_half(text, marker.end, half);
        let whole = right == half;
        if whole == spec.truncated || (spec.truncated && !spec.halves.contains(&half)) {
            return None;
        }
        let span = Span::new(marker.start - half - prefix, marker.end + right);
        Some(Marked { span, prefix, kind: kind.kind.clone() })
    })
}

/// Prefix and left half when `left` ends in `prefix` and a body of a length that can be: (length of prefix, length of half).
fn prefixed(spec: &RuleSpec, left: &[u8], prefix: &[u8]) -> Option<(usize, usize)> {
    // A bare `sk-` may occur in the body of a longer kind by chance, so only the known lengths are tried with it.
    let known = spec.halves.iter().copied().find(|&half| {
        left.len() >= half + prefix.len()
            && left[..left.len() - half].ends_with(prefix)
            && is_body(&left[left.len() - half..], half)
    });
    let half = match known {
        Some(half) => half,
        None if prefix.len() > 3 => {
            let start = memchr::memmem::rfind(left, prefix)?;
            Some(left.len() - start - prefix.len()).filter(|&half| half >= SHORTEST_UNKNOWN_HALF)?
        }
        None => return None,
    };
    (half <= LONGEST_HALF).then_some((prefix.len(), half))
}

/// The same for `sk-<name>-`: the name is whatever stands between, the body has the shortest known length.
fn named(spec: &RuleSpec, left: &[u8], lead: &[u8], marker: &[u8]) -> Option<(usize, usize)> {
    let half = spec.halves.iter().copied().min()?;
    let head = left.get(..left.len().checked_sub(half)?)?;
    let name = head.strip_suffix(b"-")?;
    if !is_body(&left[head.len()..], half) {
        return None;
    }
    // The first lead that begins a word; failing that the last one, since anything may be glued on in front.
    let starts: Vec<usize> = memchr::memmem::find_iter(name, lead)
        .filter(|&at| at + lead.len() < name.len() && name[at + lead.len()].is_ascii_alphabetic())
        .collect();
    let begins_a_word = |at: &&usize| **at == 0 || !name[**at - 1].is_ascii_alphanumeric();
    let start = *starts.iter().find(begins_a_word).or(starts.last())?;
    // Across another marker lies another key, to which this one is glued.
    let is_name = name.len() - start <= LONGEST_NAME && memchr::memmem::find(&name[start..], marker).is_none();
    is_name.then_some((head.len() - start, half))
}

/// How many bytes after the marker belong to the key: `half`, or fewer when it was cut off.
fn right_half(text: &[u8], from: usize, half: usize) -> usize {
    let alphabet = if is_short(half) { |byte: &u8| byte.is_ascii_alphanumeric() } else { |byte: &u8| is_url64(*byte) };
    text[from..].iter().take(half).take_while(|byte| alphabet(byte)).count()
}

fn is_body(half: &[u8], length: usize) -> bool {
    !is_short(length) || half.iter().all(u8::is_ascii_alphanumeric)
}

/// The short forms of a key use letters and digits only.
fn is_short(half: usize) -> bool {
    half <= 24
}

fn is_url64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}
