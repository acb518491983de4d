//! How languages write comments and strings: all that the lexer must know of them.

use crate::lint::Language;

/// What a backslash or a doubled quote does in a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escape {
    /// Nothing: the string is raw.
    None,
    /// A backslash takes the next character's meaning away.
    Backslash,
    /// The closing quote, twice, is one.
    Doubled,
}

/// How a string takes expressions in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hole {
    /// Not at all.
    None,
    /// `#{…}`
    Hash,
    /// `${…}` and `$name`
    Dollar,
    /// `{$…}` and `$name` (PHP)
    Php,
    /// `{…}` (C#)
    Brace,
    /// `\(…)` (Swift)
    Paren,
}

/// A kind of string.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quote {
    pub(super) open: &'static str,
    pub(super) close: &'static str,
    pub(super) escape: Escape,
    pub(super) hole: Hole,
    /// Whether it may go on over the end of a line.
    pub(super) lines: bool,
}

/// What differs from language to language.
#[derive(Debug)]
pub(super) struct Dialect {
    /// What begins a comment that ends with the line.
    pub(super) line_comments: &'static [&'static str],
    /// `/* … */`
    pub(super) block_comments: bool,
    /// Whether those nest.
    pub(super) nested_comments: bool,
    /// Strings, longest opening first.
    pub(super) quotes: &'static [Quote],
    /// `'c'` is a character.
    pub(super) characters: bool,
    /// Characters that belong to names beside letters, digits and `_`: in front, and at the end.
    pub(super) before_name: &'static str,
    pub(super) after_name: &'static str,
    pub(super) syntax: Syntax,
}

/// Peculiarities that no table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    /// None.
    Plain,
    /// `r#"…"#`, and lifetimes that look like characters.
    Rust,
    /// Regular expressions, `%w[…]`, here-documents.
    Ruby,
    /// Code stands between `<?php` and `?>`.
    Php,
    /// Sigils.
    Elixir,
}

const fn quote(open: &'static str, close: &'static str, escape: Escape, hole: Hole, lines: bool) -> Quote {
    Quote { open, close, escape, hole, lines }
}

const PLAIN: Dialect = Dialect {
    line_comments: &["//"],
    block_comments: true,
    nested_comments: false,
    quotes: &[quote("\"", "\"", Escape::Backslash, Hole::None, false)],
    characters: true,
    before_name: "",
    after_name: "",
    syntax: Syntax::Plain,
};

static GO: Dialect = Dialect {
    quotes: &[quote("\"", "\"", Escape::Backslash, Hole::None, false), quote("`", "`", Escape::None, Hole::None, true)],
    ..PLAIN
};

static RUST: Dialect = Dialect {
    nested_comments: true,
    quotes: &[quote("\"", "\"", Escape::Backslash, Hole::None, true)],
    syntax: Syntax::Rust,
    ..PLAIN
};

static RUBY: Dialect = Dialect {
    line_comments: &["#"],
    block_comments: false,
    quotes: &[
        quote("\"", "\"", Escape::Backslash, Hole::Hash, true),
        quote("'", "'", Escape::Backslash, Hole::None, true),
        quote("`", "`", Escape::Backslash, Hole::Hash, true),
    ],
    characters: false,
    before_name: "@$",
    after_name: "?!",
    syntax: Syntax::Ruby,
    ..PLAIN
};

static PHP: Dialect = Dialect {
    line_comments: &["//", "#"],
    quotes: &[
        quote("\"", "\"", Escape::Backslash, Hole::Php, true),
        quote("'", "'", Escape::Backslash, Hole::None, true),
        quote("`", "`", Escape::Backslash, Hole::Php, true),
    ],
    characters: false,
    before_name: "$",
    syntax: Syntax::Php,
    ..PLAIN
};

static JAVA: Dialect = Dialect {
    quotes: &[
        quote("\"\"\"", "\"\"\"", Escape::Backslash, Hole::None, true),
        quote("\"", "\"", Escape::Backslash, Hole::None, false),
    ],
    ..PLAIN
};

static KOTLIN: Dialect = Dialect {
    nested_comments: true,
    quotes: &[
        quote("\"\"\"", "\"\"\"", Escape::None, Hole::Dollar, true),
        quote("\"", "\"", Escape::Backslash, Hole::Dollar, false),
    ],
    ..PLAIN
};

static CSHARP: Dialect = Dialect {
    line_comments: &["//", "#"],
    quotes: &[
        quote("$\"\"\"", "\"\"\"", Escape::None, Hole::Brace, true),
        quote("\"\"\"", "\"\"\"", Escape::None, Hole::None, true),
        quote("$@\"", "\"", Escape::Doubled, Hole::Brace, true),
        quote("@$\"", "\"", Escape::Doubled, Hole::Brace, true),
        quote("@\"", "\"", Escape::Doubled, Hole::None, true),
        quote("$\"", "\"", Escape::Backslash, Hole::Brace, false),
        quote("\"", "\"", Escape::Backslash, Hole::None, false),
    ],
    ..PLAIN
};

static ELIXIR: Dialect = Dialect {
    line_comments: &["#"],
    block_comments: false,
    quotes: &[
        quote("\"\"\"", "\"\"\"", Escape::Backslash, Hole::Hash, true),
        quote("'''", "'''", Escape::Backslash, Hole::Hash, true),
        quote("\"", "\"", Escape::Backslash, Hole::Hash, true),
        quote("'", "'", Escape::Backslash, Hole::Hash, true),
    ],
    characters: false,
    before_name: "@",
    after_name: "?!",
    syntax: Syntax::Elixir,
    ..PLAIN
};

static DART: Dialect = Dialect {
    nested_comments: true,
    quotes: &[
        quote("r\"", "\"", Escape::None, Hole::None, false),
        quote("r'", "'", Escape::None, Hole::None, false),
        quote("\"\"\"", "\"\"\"", Escape::Backslash, Hole::Dollar, true),
        quote("'''", "'''", Escape::Backslash, Hole::Dollar, true),
        quote("\"", "\"", Escape::Backslash, Hole::Dollar, false),
        quote("'", "'", Escape::Backslash, Hole::Dollar, false),
    ],
    characters: false,
    ..PLAIN
};

static SWIFT: Dialect = Dialect {
    nested_comments: true,
    quotes: &[
        quote("\"\"\"", "\"\"\"", Escape::Backslash, Hole::Paren, true),
        quote("\"", "\"", Escape::Backslash, Hole::Paren, false),
    ],
    characters: false,
    ..PLAIN
};

static TERRAFORM: Dialect = Dialect {
    line_comments: &["#", "//"],
    quotes: &[quote("\"", "\"", Escape::Backslash, Hole::Dollar, false)],
    characters: false,
    ..PLAIN
};

/// The dialect of `language`.
pub(super) fn dialect(language: Language) -> &'static Dialect {
    match language {
        Language::Go => &GO,
        Language::Rust => &RUST,
        Language::Ruby => &RUBY,
        Language::Php => &PHP,
        Language::Kotlin => &KOTLIN,
        Language::CSharp => &CSHARP,
        Language::Elixir => &ELIXIR,
        Language::Dart => &DART,
        Language::Swift => &SWIFT,
        Language::Terraform => &TERRAFORM,
        _ => &JAVA,
    }
}
