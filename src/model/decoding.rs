//! How a text was hidden in another one.

/// What was undone to read a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decoding {
    /// Base64, in the standard or the URL alphabet.
    Base64,
    /// Two hexadecimal digits for each byte.
    Hex,
    /// `%41`.
    Percent,
    /// `\x41`, `\u0041`, `\u{41}`, `\101`.
    Escapes,
    /// `&#65;`, `&#x41;`, `&amp;`.
    Html,
    /// A string in JSON.
    Json,
    /// UTF-16.
    Utf16,
    /// Gzip or zlib inside an encoding.
    Compressed,
    /// Pieces of a string that a program puts together.
    Split,
    /// A string that a program turns around.
    Reversed,
    /// Numbers of characters.
    CharCodes,
    /// `sourcesContent` of a source map.
    SourceMap,
}

impl Decoding {
    /// The word used in every output format.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Hex => "hex",
            Self::Percent => "percent",
            Self::Escapes => "escapes",
            Self::Html => "html",
            Self::Json => "json",
            Self::Utf16 => "utf-16",
            Self::Compressed => "compressed",
            Self::Split => "split",
            Self::Reversed => "reversed",
            Self::CharCodes => "char-codes",
            Self::SourceMap => "source-map",
        }
    }
}
