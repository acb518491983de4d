//! Which function a token stands in: by braces where the language has them, by indentation where blocks end with `end`.

use super::{forms::forms, lex::Kind, tokens::Tokens};
use crate::lint::{
    Language,
    facts::Scope,
    read::text::{lines, name_length},
};

/// Functions are looked for in this many brackets around a token.
const REACH: usize = 24;
/// A function's head is at most so many tokens long.
const LONGEST_HEAD: usize = 60;

/// The functions of a file.
pub(super) struct Scopes {
    language: Language,
    /// Of languages with `end`: where functions that stand in no other begin and end, in order.
    functions: Vec<(usize, usize)>,
}

impl Scopes {
    /// The functions of `text`.
    pub(super) fn new(text: &str, language: Language) -> Self {
        let functions = if ends_with_word(language) { indented(text) } else { Vec::new() };
        Self { language, functions }
    }

    /// When the token at `at` runs.
    pub(super) fn of(&self, tokens: &Tokens<'_>, at: usize) -> Scope {
        if ends_with_word(self.language) {
            let place = tokens.span(at).start;
            let next = self.functions.partition_point(|(start, _)| *start <= place);
            let is_inside = next.checked_sub(1).is_some_and(|at| place < self.functions[at].1);
            return if is_inside { Scope::Function } else { Scope::Top };
        }
        match self.body(tokens, at) {
            Some((_, name)) if name.eq_ignore_ascii_case("main") => Scope::Main,
            Some((_, "init")) if self.language == Language::Go => Scope::Top,
            Some(_) => Scope::Function,
            None => Scope::Top,
        }
    }

    /// The brace that opens the innermost function around the token at `at`, and the function's name.
    pub(super) fn body<'t>(&self, tokens: &Tokens<'t>, at: usize) -> Option<(usize, &'t str)> {
        let around = std::iter::successors(tokens.parent(at), |open| tokens.parent(*open)).take(REACH);
        around.filter(|open| tokens.is_mark(*open, "{")).find_map(|open| Some((open, self.function(tokens, open)?)))
    }

    /// The name of the function whose body `open` opens, if it does; empty for one without.
    fn function<'t>(&self, tokens: &Tokens<'t>, open: usize) -> Option<&'t str> {
        let keywords = forms(self.language).functions;
        let mut at = open;
        for _ in 0..LONGEST_HEAD {
            at = at.checked_sub(1)?;
            if let Some(partner) = tokens.partner(at).filter(|partner| *partner < at) {
                let before = partner.checked_sub(1);
                let is_parenthesis = tokens.is_mark(at, ")");
                at = partner;
                if keywords.is_empty() && is_parenthesis {
                    return before.and_then(|before| method(tokens, before));
                }
                continue;
            }
            if tokens.kind(at) == Kind::Mark && matches!(tokens.text(at), ";" | "{" | "}") {
                return None;
            }
            if tokens.kind(at) == Kind::Word && keywords.contains(&tokens.text(at)) {
                let name = if tokens.kind(at + 1) == Kind::Word { tokens.text(at + 1) } else { "" };
                return Some(name);
            }
        }
        None
    }
}

/// The name of the method whose parameters begin at `open`, unless it is a statement with a condition.
fn method<'t>(tokens: &Tokens<'t>, name: usize) -> Option<&'t str> {
    let text = tokens.text(name);
    let is_value = name.checked_sub(1).is_some_and(|before| tokens.is_word(before, "new"));
    let statements =
        ["if", "for", "foreach", "while", "switch", "catch", "using", "lock", "fixed", "synchronized", "try", "when"];
    if is_value || statements.contains(&text) {
        return None;
    }
    Some(if tokens.kind(name) == Kind::Word { text } else { "" })
}

fn ends_with_word(language: Language) -> bool {
    matches!(language, Language::Ruby | Language::Elixir)
}

/// From each `def` to the `end` with the same indentation.
fn indented(text: &str) -> Vec<(usize, usize)> {
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut functions = Vec::new();
    for (line, at) in lines(text) {
        let content = line.trim_start();
        let indent = line.len() - content.len();
        let is_function = ["def ", "defp "].iter().any(|keyword| content.starts_with(keyword));
        // `def name(x) = …` and `def name, do: …` need no `end`.
        let is_short = content.contains(", do:") || after_parameters(content).trim_start().starts_with('=');
        if is_function && !is_short {
            open.push((indent, at.start));
        } else if content.trim_end() == "end"
            && let Some((_, start)) = open.pop_if(|(depth, _)| *depth == indent)
            && open.is_empty()
        {
            functions.push((start, at.end));
        }
    }
    functions
}

/// What follows the name and the parameters of `def name(x)`.
fn after_parameters(line: &str) -> &str {
    let rest = line.split_once(' ').map_or("", |(_, rest)| rest);
    let rest = &rest[name_length(rest)..];
    if rest.starts_with('(') { rest.split_once(')').map_or("", |(_, rest)| rest) } else { rest }
}
