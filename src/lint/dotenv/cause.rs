//! Why a value does not arrive as it was meant, in words.

use super::{flaw::Wrong, outcome::Outcome};

/// What a loader does that does not give the value as meant.
pub(in crate::lint) fn effect(outcome: &Outcome, meant: &[u8]) -> &'static str {
    match outcome {
        Outcome::Value(value) if memchr::memmem::find(value.expose(), meant).is_some() => "passes that on with the key",
        Outcome::Value(_) => "gives the program another value",
        Outcome::Unset | Outcome::Null | Outcome::Inherited => "then does not set the variable",
        Outcome::Error => "refuses the line",
        Outcome::Swallows => "takes the lines below for part of it",
        Outcome::Executed => "runs it as a command",
    }
}

/// Why a value does not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lint) enum Cause {
    /// Something stands in or around it.
    Flaw(Wrong),
    /// The file begins with a byte order mark, and this is its first line.
    ByteOrderMark,
    /// A quote further up takes the line with it.
    OpenQuoteAbove,
    /// So does the line above, which has no `=`.
    BareLineAbove,
    /// Something else in the loader's grammar.
    Grammar,
}

impl Cause {
    /// Whether it is wrong whoever loads the file, because it stands in the value itself.
    pub(in crate::lint) fn is_in_the_value(self) -> bool {
        use Wrong::{Bearer, InnerBlanks, InnerQuotes, Invisible, OwnName, SmartQuotes};
        let Self::Flaw(wrong) = self else { return false };
        matches!(wrong, Bearer | InnerBlanks | InnerQuotes | Invisible | OwnName | SmartQuotes)
    }

    /// What is wrong with the value of `name`.
    pub(in crate::lint) fn message(self, name: &str) -> String {
        match self {
            Self::Flaw(wrong) => flaw_message(wrong, name),
            Self::ByteOrderMark => {
                format!("the file begins with a byte order mark, which stands in front of the name `{name}`")
            }
            Self::OpenQuoteAbove => format!("a quote above `{name}` is not closed"),
            Self::BareLineAbove => format!("the line above `{name}` has no `=`"),
            Self::Grammar => format!("the line that sets `{name}` is not read as it is meant"),
        }
    }

    /// What to do about it.
    pub(in crate::lint) fn help(self, name: &str) -> String {
        match self {
            Self::Flaw(Wrong::Bearer) => {
                format!("Write the key alone, `{name}=` and the key: the client adds `Bearer` itself.")
            }
            Self::Flaw(Wrong::Quotes) => {
                format!("Write the value of `{name}` without quotes; a key needs none, whoever loads the file.")
            }
            Self::Flaw(Wrong::CarriageReturn) => {
                "Save the file with line feeds only, and keep it so with `.env* text eol=lf` in .gitattributes."
                    .to_owned()
            }
            Self::ByteOrderMark => "Save the file as UTF-8 without a byte order mark.".to_owned(),
            Self::OpenQuoteAbove => "Close the quote, or take it away.".to_owned(),
            Self::BareLineAbove => "Make it a comment with `#`, or give it a value.".to_owned(),
            Self::Flaw(_) | Self::Grammar => {
                format!("Write the line as `{name}=` and the value: no quotes, no blanks, nothing behind it.")
            }
        }
    }
}

fn flaw_message(wrong: Wrong, name: &str) -> String {
    match wrong {
        Wrong::Bearer => format!("the value of `{name}` begins with `Bearer`, which the client adds itself"),
        Wrong::OwnName => format!("the value of `{name}` begins with the variable's own name and `=`"),
        Wrong::SmartQuotes => {
            format!("typographic quotes stand around the value of `{name}`, and no loader takes them for quotes")
        }
        Wrong::InnerQuotes => format!("quotes stand inside the quotes of `{name}`"),
        Wrong::Invisible => format!("a character that cannot be seen stands in the value of `{name}`"),
        Wrong::InnerBlanks => format!("a blank stands between the quotes and the value of `{name}`"),
        Wrong::OpenQuote => format!("the quote in front of the value of `{name}` is not closed"),
        Wrong::Comma => format!("a comma stands behind the value of `{name}`"),
        Wrong::Semicolon => format!("a semicolon stands behind the value of `{name}`"),
        Wrong::Tail => format!("something stands behind the closing quote of `{name}`"),
        Wrong::Wrapped => format!("the value of `{name}` goes on on the next line"),
        Wrong::BlankInside => format!("a blank stands inside the value of `{name}`"),
        Wrong::Colon => format!("`{name}` is followed by `:` in the place of `=`"),
        Wrong::QuotedName => format!("the name `{name}` stands in quotes, as in JSON"),
        Wrong::BlanksAround => format!("blanks stand around the `=` of `{name}`"),
        Wrong::Quotes => format!("the value of `{name}` stands in quotes"),
        Wrong::Export => format!("`export` stands in front of `{name}`"),
        Wrong::Comment => format!("a comment follows the value of `{name}`"),
        Wrong::TrailingBlanks => format!("blanks follow the value of `{name}`"),
        Wrong::CarriageReturn => format!("the line of `{name}` ends in a carriage return, as lines from Windows do"),
    }
}
