//! The loaders of `.env` files and how their grammars differ, as data.
//!
//! python-dotenv, npm's dotenv, `node --env-file`, compose, a POSIX shell and `docker run --env-file` were measured line by line; the others
//! follow their sources and documentation, and where those leave a question open the milder answer stands here, so that nobody is told of a
//! fault that may not be one.

use super::{entry::Entry, flaw::Wrong};

/// A grammar of `.env` files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// python-dotenv, and what is built on it.
    PythonDotenv,
    /// npm's dotenv.
    NpmDotenv,
    /// npm's dotenv and then dotenv-expand: Next.js, Vite, dotenv-cli, dotenv-flow and others.
    Expand,
    /// `node --env-file` and `process.loadEnvFile`.
    Node,
    /// `env_file:` of a compose file, and the `.env` beside it.
    Compose,
    /// `. ./.env` in bash, dash and others; `.envrc`.
    Shell,
    /// `docker run --env-file`.
    DockerRun,
    /// godotenv of Go.
    Godotenv,
    /// dotenvy of Rust.
    Dotenvy,
    /// dotenv of Ruby.
    RubyDotenv,
    /// `deno --env-file`.
    Deno,
    /// Bun.
    Bun,
}

/// What becomes of blanks around the separator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blanks {
    Dropped,
    /// In front of the separator they are an error, behind it they belong to the value.
    Kept,
    Refused,
}

/// What becomes of `NAME: value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colon {
    Accepted,
    /// Only with a blank behind it.
    WithBlank,
    Ignored,
    Refused,
}

/// Where a `#` begins a comment in a value without quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comment {
    Anywhere,
    AfterBlank,
    Never,
}

/// What is cut from both ends of a value without quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trim {
    Nothing,
    /// Spaces, and no tabs.
    Spaces,
    /// The no-break space and its like too.
    Unicode,
}

/// What becomes of a line that the grammar has no place for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stray {
    Ignored,
    Refused,
    /// It and the next line up to its `=` are taken for a name.
    Swallows,
    /// Only for a name alone: it is known, and has no value.
    Null,
    /// Only for a name alone: the value is that of the environment.
    Inherited,
}

/// What becomes of a quote that is not closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Open {
    /// The line is dropped, and all up to the next such quote.
    Dropped,
    /// It belongs to the value.
    Literal,
    /// The value goes on to the next such quote, wherever that stands.
    RunsOn,
    Refused,
}

/// What becomes of text behind a closing quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tail {
    /// The line is dropped.
    Dropped,
    /// Quotes and tail belong to the value.
    Literal,
    Ignored,
    /// It is read as the next statement.
    Statement,
    /// It goes on the value, as in a shell.
    Joined,
}

/// Which references to variables are replaced in a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dollar {
    None,
    /// `${NAME}`
    Braced,
    /// `$NAME` too.
    All,
}

/// What becomes of `$(command)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Literal,
    Refused,
    Executed,
}

/// A grammar, by what it does with what others do otherwise.
#[allow(clippy::struct_excessive_bools, reason = "each is a trait of its own")]
#[derive(Clone, Copy, Debug)]
pub(super) struct Traits {
    pub(super) name: &'static str,
    /// Quotes it takes off.
    pub(super) quotes: &'static [u8],
    pub(super) export: bool,
    pub(super) blanks: Blanks,
    pub(super) colon: Colon,
    pub(super) comment: Comment,
    pub(super) trim: Trim,
    /// What becomes of the first line behind a byte order mark; `None` when the mark is dropped.
    pub(super) bom: Option<Stray>,
    pub(super) bare_name: Stray,
    pub(super) other_line: Stray,
    pub(super) open: Open,
    pub(super) tail: Tail,
    /// Letters that a backslash makes special in double quotes.
    pub(super) escapes: &'static [u8],
    pub(super) dollar: Dollar,
    /// References are replaced in single quotes too.
    pub(super) dollar_in_single: bool,
    /// A backslash keeps a `$` from being one.
    pub(super) escaped_dollar: bool,
    pub(super) command: Command,
    /// Blanks in a value without quotes are an error.
    pub(super) refuses_inner_blanks: bool,
    pub(super) first_wins: bool,
    pub(super) utf16: Stray,
}

const NPM: Traits = Traits {
    name: "dotenv",
    quotes: b"'\"`",
    export: true,
    blanks: Blanks::Dropped,
    colon: Colon::WithBlank,
    comment: Comment::Anywhere,
    trim: Trim::Unicode,
    bom: None,
    bare_name: Stray::Ignored,
    other_line: Stray::Ignored,
    open: Open::Literal,
    tail: Tail::Literal,
    escapes: b"nr",
    dollar: Dollar::None,
    dollar_in_single: false,
    escaped_dollar: false,
    command: Command::Literal,
    refuses_inner_blanks: false,
    first_wins: false,
    utf16: Stray::Ignored,
};
const PYTHON: Traits = Traits {
    name: "python-dotenv",
    quotes: b"'\"",
    colon: Colon::Ignored,
    comment: Comment::AfterBlank,
    bare_name: Stray::Null,
    open: Open::Dropped,
    tail: Tail::Dropped,
    escapes: b"\\'\"abfnrtv",
    dollar: Dollar::Braced,
    dollar_in_single: true,
    utf16: Stray::Refused,
    ..NPM
};
const NODE: Traits = Traits {
    name: "node --env-file",
    colon: Colon::Ignored,
    trim: Trim::Spaces,
    bom: Some(Stray::Ignored),
    bare_name: Stray::Swallows,
    other_line: Stray::Swallows,
    open: Open::RunsOn,
    tail: Tail::Ignored,
    escapes: b"n",
    ..NPM
};
const COMPOSE: Traits = Traits {
    name: "docker compose",
    quotes: b"'\"",
    colon: Colon::Accepted,
    comment: Comment::AfterBlank,
    bare_name: Stray::Inherited,
    other_line: Stray::Refused,
    open: Open::Refused,
    tail: Tail::Statement,
    escapes: b"nrt\\\"",
    dollar: Dollar::All,
    command: Command::Refused,
    utf16: Stray::Refused,
    ..NPM
};
const SHELL: Traits = Traits {
    name: "the shell",
    quotes: b"'\"",
    blanks: Blanks::Refused,
    colon: Colon::Refused,
    comment: Comment::AfterBlank,
    trim: Trim::Nothing,
    bom: Some(Stray::Refused),
    bare_name: Stray::Refused,
    other_line: Stray::Refused,
    open: Open::Refused,
    tail: Tail::Joined,
    escapes: b"$`\"\\",
    dollar: Dollar::All,
    escaped_dollar: true,
    command: Command::Executed,
    utf16: Stray::Refused,
    ..NPM
};
const DOCKER_RUN: Traits = Traits {
    name: "docker run --env-file",
    quotes: b"",
    export: false,
    blanks: Blanks::Kept,
    colon: Colon::Refused,
    comment: Comment::Never,
    trim: Trim::Nothing,
    bare_name: Stray::Inherited,
    other_line: Stray::Refused,
    escapes: b"",
    utf16: Stray::Refused,
    ..NPM
};
const GODOTENV: Traits = Traits { name: "godotenv", bom: Some(Stray::Ignored), bare_name: Stray::Refused, ..COMPOSE };
const DOTENVY: Traits = Traits {
    name: "dotenvy",
    colon: Colon::Refused,
    bare_name: Stray::Refused,
    tail: Tail::Joined,
    escaped_dollar: true,
    command: Command::Literal,
    refuses_inner_blanks: true,
    ..COMPOSE
};
const RUBY: Traits = Traits {
    name: "dotenv for Ruby",
    quotes: b"'\"",
    dollar: Dollar::All,
    escaped_dollar: true,
    command: Command::Executed,
    ..NPM
};
const EXPAND: Traits =
    Traits { name: "dotenv-expand", dollar: Dollar::All, dollar_in_single: true, escaped_dollar: true, ..NPM };
const BUN: Traits = Traits { name: "Bun", dollar: Dollar::All, escaped_dollar: true, ..NPM };
const DENO: Traits = Traits { name: "Deno", first_wins: true, ..BUN };

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::PythonDotenv,
        Self::NpmDotenv,
        Self::Expand,
        Self::Node,
        Self::Compose,
        Self::Shell,
        Self::DockerRun,
        Self::Godotenv,
        Self::Dotenvy,
        Self::RubyDotenv,
        Self::Deno,
        Self::Bun,
    ];

    /// Those whose behaviour was measured, and that stand for the rest when it is not known who loads a file.
    pub const MEASURED: [Self; 6] =
        [Self::PythonDotenv, Self::NpmDotenv, Self::Node, Self::Compose, Self::Shell, Self::DockerRun];

    /// What people call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.traits().name
    }

    /// Whether the first of several definitions of a name wins inside a file.
    #[must_use]
    pub fn first_wins(self) -> bool {
        self.traits().first_wins
    }

    /// Whether `wrong` in or around the value of `entry` keeps the loader from giving what was meant.
    #[must_use]
    pub fn minds(self, wrong: Wrong, entry: &Entry) -> bool {
        let traits = self.traits();
        match wrong {
            Wrong::Bearer
            | Wrong::OwnName
            | Wrong::SmartQuotes
            | Wrong::InnerQuotes
            | Wrong::Invisible
            | Wrong::InnerBlanks
            | Wrong::OpenQuote
            | Wrong::Comma
            | Wrong::Tail
            | Wrong::Wrapped
            | Wrong::BlankInside
            | Wrong::QuotedName => true,
            Wrong::Semicolon => self != Self::Shell,
            Wrong::Colon => traits.colon != Colon::Accepted,
            Wrong::BlanksAround => traits.blanks != Blanks::Dropped,
            Wrong::Quotes => entry.quote.is_some_and(|quote| !traits.quotes.contains(&quote.byte())),
            Wrong::Export => !traits.export,
            Wrong::Comment => traits.comment == Comment::Never,
            Wrong::TrailingBlanks => self == Self::DockerRun,
            Wrong::CarriageReturn => self == Self::Shell,
        }
    }

    pub(super) fn traits(self) -> &'static Traits {
        match self {
            Self::PythonDotenv => &PYTHON,
            Self::NpmDotenv => &NPM,
            Self::Expand => &EXPAND,
            Self::Node => &NODE,
            Self::Compose => &COMPOSE,
            Self::Shell => &SHELL,
            Self::DockerRun => &DOCKER_RUN,
            Self::Godotenv => &GODOTENV,
            Self::Dotenvy => &DOTENVY,
            Self::RubyDotenv => &RUBY,
            Self::Deno => &DENO,
            Self::Bun => &BUN,
        }
    }
}
