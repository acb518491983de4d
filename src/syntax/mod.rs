//! From a text to a flat syntax tree, whatever the text is.
//!
//! Grammars of tree-sitter do the parsing, because they go on after errors and know every form the languages have. Their tree is copied
//! into an arena ([`Tree`]) right away: a parent is then one look-up, a subtree is a range, nothing recurses, and readers hold no C memory.
//! Both steps are bounded by counts, never by a clock, so that the same text gives the same facts on every machine.

mod embedded;
mod tree;

use std::{borrow::Cow, cell::RefCell, ops::ControlFlow, sync::LazyLock};

use tree_sitter::{Language, ParseOptions, ParseState, Parser};

pub(crate) use self::{
    embedded::{frontmatter, only, program, scripts},
    tree::{Kinds, Node, Tree},
};

/// A language that can be parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grammar {
    /// Python.
    Python,
    /// JavaScript, JSX included.
    JavaScript,
    /// TypeScript.
    TypeScript,
    /// TypeScript with JSX; casts in angle brackets are not part of it.
    Tsx,
}

/// Kinds of nodes that are functions in JavaScript and TypeScript.
pub(crate) const JAVASCRIPT_FUNCTIONS: [&str; 6] = [
    "function_declaration",
    "function_expression",
    "arrow_function",
    "method_definition",
    "generator_function",
    "generator_function_declaration",
];

/// A grammar and the names that its numbers stand for.
#[derive(Debug)]
struct Words {
    language: Language,
    kinds: Vec<&'static str>,
    fields: Vec<&'static str>,
}

impl Words {
    fn new(language: Language) -> Self {
        // The names live as long as the program: a handful of short words, made once for each grammar.
        let keep = |name: Option<&str>| -> &'static str { Box::leak(name.unwrap_or_default().into()) };
        let kinds = (0..=u16::MAX).take(language.node_kind_count()).map(|id| keep(language.node_kind_for_id(id)));
        let kinds = kinds.collect();
        let fields = (0..=u16::MAX).take(language.field_count() + 1).map(|id| keep(language.field_name_for_id(id)));
        let fields = fields.collect();
        Self { language, kinds, fields }
    }
}

impl Grammar {
    /// The grammar of files whose name ends in `ending`.
    pub(crate) fn of_ending(ending: &str) -> Option<Self> {
        Some(match ending {
            "py" | "pyi" | "pyw" => Self::Python,
            "js" | "mjs" | "cjs" | "jsx" => Self::JavaScript,
            "ts" | "mts" | "cts" => Self::TypeScript,
            "tsx" => Self::Tsx,
            _ => return None,
        })
    }

    /// Those of `kinds` that it has.
    pub(crate) fn kinds(self, kinds: &[&str]) -> Kinds {
        Kinds::new(self.words(), kinds)
    }

    fn words(self) -> &'static Words {
        static PYTHON: LazyLock<Words> = LazyLock::new(|| Words::new(tree_sitter_python::LANGUAGE.into()));
        static JAVASCRIPT: LazyLock<Words> = LazyLock::new(|| Words::new(tree_sitter_javascript::LANGUAGE.into()));
        static TYPESCRIPT: LazyLock<Words> =
            LazyLock::new(|| Words::new(tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into()));
        static TSX: LazyLock<Words> = LazyLock::new(|| Words::new(tree_sitter_typescript::LANGUAGE_TSX.into()));
        match self {
            Self::Python => &PYTHON,
            Self::JavaScript => &JAVASCRIPT,
            Self::TypeScript => &TYPESCRIPT,
            Self::Tsx => &TSX,
        }
    }
}

/// Why a text was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// Parsing took more steps than a program of this length needs.
    TooManySteps,
    /// It has more tokens than are parsed, or more nodes than are kept.
    TooManyParts,
}

impl Unread {
    /// What is said about it.
    pub(crate) fn sentence(self) -> String {
        match self {
            Self::TooManySteps => "it is no program that could be parsed in reasonable time",
            Self::TooManyParts => "it has more parts than a program that people write",
        }
        .to_owned()
    }
}

/// More words and signs than a program that people write has. Each of them costs the parser some three hundred bytes.
const MOST_TOKENS: usize = 3 << 18;

/// Whether `text` has more words and signs than are parsed.
fn is_too_dense(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    let mut in_word = false;
    let begins = |byte: &u8| {
        let was_in_word = std::mem::replace(&mut in_word, is_part(*byte));
        let goes_on = in_word && was_in_word;
        !goes_on && !byte.is_ascii_whitespace()
    };
    text.len() > MOST_TOKENS && text.bytes().filter(begins).count() > MOST_TOKENS
}

/// How often the parser asks whether to go on, at most, for each byte of the text and on top of that. Programs have it ask once in ninety
/// bytes at the most; a text that is no program in the language may send it back and forth between what it could be.
const ASKS_PER_BYTE: f64 = 0.03;
const ASKS_AT_LEAST: f64 = 2_000.0;

thread_local! {
    static PARSER: RefCell<Parser> = RefCell::new(Parser::new());
}

/// `text` with a question mark for each byte that is no UTF-8, so that every part of it can be looked at without being checked anew.
pub(crate) fn sound(text: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(text) {
        return Cow::Borrowed(text);
    }
    let mut whole = String::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        whole.push_str(chunk.valid());
        whole.extend(chunk.invalid().iter().map(|_| '?'));
    }
    Cow::Owned(whole)
}

/// The syntax tree of `text`.
pub(crate) fn parse(text: &str, grammar: Grammar) -> Result<Tree<'_>, Unread> {
    if is_too_dense(text) {
        return Err(Unread::TooManyParts);
    }
    let words = grammar.words();
    let parsed = PARSER.with_borrow_mut(|parser| {
        parser.set_language(&words.language).expect("the grammars and the parser fit together");
        parse_bounded(parser, text.as_bytes())
    });
    Tree::copy(text, &parsed.ok_or(Unread::TooManySteps)?, words).ok_or(Unread::TooManyParts)
}

fn parse_bounded(parser: &mut Parser, text: &[u8]) -> Option<tree_sitter::Tree> {
    #[expect(clippy::cast_precision_loss, reason = "texts are far smaller than 2^52 bytes")]
    let mut left = (text.len() as f64).mul_add(ASKS_PER_BYTE, ASKS_AT_LEAST);
    let mut ask = |_: &ParseState| {
        left -= 1.0;
        if left > 0.0 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let mut chunk = |from: usize, _| text.get(from..).unwrap_or_default();
    let parsed = parser.parse_with_options(&mut chunk, None, Some(ParseOptions::new().progress_callback(&mut ask)));
    if parsed.is_none() {
        parser.reset();
    }
    parsed
}
