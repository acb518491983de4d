//! Whether a value is written out or taken from elsewhere, in the many notations of manifests.

use std::ops::Range;

use super::text::{is_name, name_length};

/// What a value turns out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reference<'t> {
    /// It is what is written.
    Literal,
    /// The value of a variable or secret, and the place in the text of what is taken when that is not set.
    Variable { name: &'t str, fallback: Option<Range<usize>>, required: bool },
    /// Put together when it is used, in a way that is not followed.
    Computed,
}

/// Reads `text`, the whole value.
pub(super) fn reference(text: &str) -> Reference<'_> {
    let inner = text.trim();
    if let Some(expression) = between(inner, "${{", "}}") {
        return expression_of(expression);
    }
    if let Some(name) = between(inner, "$(", ")").filter(|name| is_name(name)) {
        return plain(name);
    }
    if let Some(body) = between(inner, "${", "}").filter(|body| !body.contains(['{', '}'])) {
        return braced(text, body);
    }
    if let Some(name) = inner.strip_prefix('$').filter(|name| is_name(name)) {
        return plain(name);
    }
    let is_store =
        ["op://", "ssm:", "vault:", "projects/", "arn:aws:secretsmanager", "@"].iter().any(|it| inner.starts_with(it));
    if is_store || has_template(inner) { Reference::Computed } else { Reference::Literal }
}

fn plain(name: &str) -> Reference<'_> {
    Reference::Variable { name, fallback: None, required: false }
}

fn between<'t>(text: &'t str, open: &str, close: &str) -> Option<&'t str> {
    text.strip_prefix(open)?.strip_suffix(close)
}

/// Stores of a workflow.
const STORES: [&str; 6] = ["secrets", "vars", "env", "inputs", "variables", "parameters"];

/// `secrets.X`, `vars['X']`, `secrets.X || 'none'` of a workflow, or any expression in which one secret occurs.
fn expression_of(expression: &str) -> Reference<'_> {
    let first = expression.split("||").next().unwrap_or(expression).trim();
    if let Some((store, rest)) = first.split_once(['.', '['])
        && STORES.contains(&store.trim())
    {
        let name = rest.trim_matches(|c: char| matches!(c, '\'' | '"' | ']' | ' '));
        return if is_name(name) { plain(name) } else { Reference::Computed };
    }
    let mut secrets = expression.match_indices("secrets.").map(|(at, store)| {
        let rest = &expression[at + store.len()..];
        &rest[..name_length(rest)]
    });
    match (secrets.next(), secrets.next()) {
        (Some(name), None) if !name.is_empty() => plain(name),
        _ => Reference::Computed,
    }
}

/// What stands between `${` and `}`: a name with an operator of the shell, or a store and a name.
fn braced<'t>(text: &'t str, body: &'t str) -> Reference<'t> {
    if let Some((store, name)) = body.split_once([':', '.'])
        && is_name(name)
        && matches!(store, "env" | "secrets" | "localEnv")
    {
        return plain(name);
    }
    let length = name_length(body);
    let (name, operator) = body.split_at(length);
    if name.is_empty() {
        return Reference::Computed;
    }
    let rest = operator.strip_prefix(':').unwrap_or(operator);
    let begin = |rest: &str| rest.as_ptr() as usize - text.as_ptr() as usize;
    match rest.as_bytes().first() {
        None if operator.is_empty() => plain(name),
        Some(b'-') => {
            let default = &rest[1..];
            let start = begin(default);
            let fallback = (!default.is_empty()).then_some(start..start + default.len());
            Reference::Variable { name, fallback, required: false }
        }
        Some(b'?') => Reference::Variable { name, fallback: None, required: true },
        _ => Reference::Computed,
    }
}

/// Whether something in `text` is put in later.
fn has_template(text: &str) -> bool {
    let bytes = text.as_bytes();
    let opens = |at: usize| {
        let next = bytes.get(at + 1);
        next.is_some_and(|next| matches!(next, b'{' | b'(' | b'_' | b'?' | b'@' | b'#') || next.is_ascii_alphanumeric())
    };
    text.contains("{{") || text.contains('`') || text.contains("<%") || memchr::memchr_iter(b'$', bytes).any(opens)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notations_of_manifests_lead_to_the_name() {
        for text in [
            "$KEY",
            "${KEY}",
            " ${KEY} ",
            "${{ secrets.KEY }}",
            "${{vars.KEY}}",
            "${{ secrets['KEY'] || '' }}",
            "$(KEY)",
            "${env:KEY}",
            "${localEnv:KEY}",
        ] {
            assert_eq!(reference(text), plain("KEY"), "{text}");
        }
        let given = reference("${KEY:-none}");
        assert_eq!(given, Reference::Variable { name: "KEY", fallback: Some(7..11), required: false });
        assert_eq!(reference("${KEY:?say it}"), Reference::Variable { name: "KEY", fallback: None, required: true });
        assert_eq!(reference("${KEY:-}"), Reference::Variable { name: "KEY", fallback: None, required: false });
    }

    #[test]
    fn what_is_put_together_is_no_literal() {
        for text in [
            "a${KEY}b",
            "$(op read x)",
            "`cat key`",
            "{{ .Values.key }}",
            "${ssm:/key}",
            "op://vault/key",
            "@openai-key",
            "${{ steps.a.outputs.b }}",
        ] {
            assert_eq!(reference(text), Reference::Computed, "{text}");
        }
        for text in ["", "plain", "a$", "cost: 5$", "x{y}"] {
            assert_eq!(reference(text), Reference::Literal, "{text}");
        }
    }
}
