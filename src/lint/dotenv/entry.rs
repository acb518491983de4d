//! One line of a `.env` file, taken apart: what stands where, whatever any loader makes of it.

use crate::model::Span;

/// What kind of line it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `NAME=value` or `NAME: value`.
    Assignment,
    /// A name and nothing else.
    NameOnly,
    /// Something else: the rest of a value that was wrapped, JSON, a command.
    Other,
}

/// What stands around a value. Typographic quotes are no quotes to any loader, and none here: see [`super::Wrong::SmartQuotes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quote {
    /// `'`
    Single,
    /// `"`
    Double,
    /// `` ` ``
    Backtick,
}

impl Quote {
    /// The quote that `byte` is.
    #[must_use]
    pub fn of(byte: u8) -> Option<Self> {
        match byte {
            b'\'' => Some(Self::Single),
            b'"' => Some(Self::Double),
            b'`' => Some(Self::Backtick),
            _ => None,
        }
    }

    /// The byte it is.
    #[must_use]
    pub fn byte(self) -> u8 {
        match self {
            Self::Single => b'\'',
            Self::Double => b'"',
            Self::Backtick => b'`',
        }
    }
}

/// What stands between name and value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// `=`
    Equals,
    /// `:`
    Colon,
}

/// How an entry ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// A line feed.
    LineFeed,
    /// A carriage return and a line feed.
    CarriageReturn,
    /// The end of the file.
    File,
}

/// A line that is neither blank nor a comment, with the further lines that a quoted value goes on over.
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own on what was written")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// All of it, blanks in front and line ending left out.
    pub whole: Span,
    /// What kind of line.
    pub form: Form,
    /// `export` and the blanks behind it.
    pub export: Option<Span>,
    /// The name, without quotes; empty at the beginning of the entry when it has another form.
    pub name: Span,
    /// The name stands in quotes, as in JSON.
    pub quoted_name: bool,
    /// `=` or `:`, and where.
    pub separator: Option<(Separator, Span)>,
    /// Blanks between name and separator.
    pub before_separator: Span,
    /// Blanks between separator and value.
    pub after_separator: Span,
    /// From the first character of the value, its quote included, to the end of the entry: comment and trailing blanks are in it.
    pub raw: Span,
    /// What stands around the value.
    pub quote: Option<Quote>,
    /// The quote is closed; so is a value without quotes.
    pub closed: bool,
    /// The value without quotes, comment and blanks around it.
    pub value: Span,
    /// What follows the closing quote on its line, without blanks and comment.
    pub tail: Span,
    /// The comment behind the value, from its `#`.
    pub comment: Option<Span>,
    /// How it ends.
    pub ending: Ending,
    /// A quote is not closed where it should be, and another one further down is what Node and python-dotenv take for its end.
    pub runs_on: bool,
    /// It stands between a quote that was not closed and the one further down.
    pub in_open_quote: bool,
    /// The entry before it has no `=`, so that Node takes that line for the beginning of this name.
    pub after_bare: bool,
}

impl Entry {
    /// An entry of another form that covers `whole`.
    pub(super) fn other(whole: Span, ending: Ending) -> Self {
        let (nothing, end) = (Span::new(whole.start, whole.start), Span::new(whole.end, whole.end));
        Self {
            whole,
            form: Form::Other,
            export: None,
            name: nothing,
            quoted_name: false,
            separator: None,
            before_separator: end,
            after_separator: end,
            raw: end,
            quote: None,
            closed: true,
            value: end,
            tail: end,
            comment: None,
            ending,
            runs_on: false,
            in_open_quote: false,
            after_bare: false,
        }
    }

    /// Whether the value goes on over several lines.
    #[must_use]
    pub fn is_multi_line(&self, text: &[u8]) -> bool {
        memchr::memchr(b'\n', &text[self.value.range()]).is_some()
    }
}
