//! The text of a string literal, its escapes replaced.
//!
//! The grammars mark every escape; what they stand for is the same in Python and in JavaScript as far as keys go.

use super::value::Value;
use crate::{model::Span, syntax::Node};

/// Adds the text of `node`, a part of a string: a fragment without escapes, an escape, or in Python a content that holds some.
pub(super) fn push_part(value: &mut Value, node: Node<'_>) {
    match node.kind() {
        "escape_sequence" => push_escape(value, node.text(), node.span()),
        // `{{` in a formatted string.
        "escape_interpolation" => value.push_plain(node.text().get(1..).unwrap_or_default(), node.span().start + 1),
        _ => {
            let mut from = node.span().start;
            for inner in node.children() {
                push_between(value, node, from, inner.span().start);
                push_part(value, inner);
                from = inner.span().end;
            }
            push_between(value, node, from, node.span().end);
        }
    }
}

fn push_between(value: &mut Value, node: Node<'_>, from: usize, to: usize) {
    if from < to {
        value.push_plain(node.slice(Span::new(from, to)), from);
    }
}

/// Adds what the escape `text` stands for. A line break that is escaped stands for nothing.
fn push_escape(value: &mut Value, text: &str, place: Span) {
    let Some(body) = text.strip_prefix('\\') else { return value.push_unknown() };
    let digits = |text: &str, radix| u32::from_str_radix(text, radix).ok().and_then(char::from_u32);
    let mut characters = body.chars();
    let character = match characters.next() {
        None | Some('\n' | '\r') => return,
        Some('x' | 'u' | 'U') => digits(characters.as_str().trim_matches(['{', '}']), 16),
        Some('0'..='7') => digits(body, 8),
        Some('n') => Some('\n'),
        Some('t') => Some('\t'),
        Some('r') => Some('\r'),
        Some('N') if body.len() > 1 => None,
        other => other,
    };
    match character {
        Some(character) => value.push_char(character, place),
        None => value.push_unknown(),
    }
}
