//! Makes text of unknown origin safe to show: no escape codes, no invisible characters, no reordering.
//!
//! A file may be called `\x1b[2Jok` or hide its extension behind a right-to-left mark. What a terminal or a reader would not see as it
//! is gets written as `\u{1b}`: ugly, unmistakable, and it costs honest names nothing. What programs read (JSON, the
//! addresses in SARIF) keeps the true name and escapes it by its own grammar.

use std::{borrow::Cow, fmt};

use crate::model::{Finding, Location, archive_path, is_printable};

/// Whether `c` changes how the text around it looks, or is itself not seen.
pub(super) fn is_hazard(c: char) -> bool {
    !is_printable(c)
}

/// `text` with every hazard written out as `\u{…}`.
pub(super) fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hazard) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_hazard(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    Cow::Owned(out)
}

/// `path:line:column` as editors and terminals make it clickable, with the cell of a notebook behind it. In an archive the way through it stands
/// behind the path: `backup.zip > app/.env:3:1`.
pub(super) struct Place<'a> {
    location: &'a Location,
    archive: &'a [String],
}

impl<'a> Place<'a> {
    pub(super) fn of(finding: &'a Finding) -> Self {
        Self { location: &finding.location, archive: &finding.origin.archive }
    }

    pub(super) fn at(location: &'a Location) -> Self {
        Self { location, archive: &[] }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Location { path, start_line, start_column, cell, .. } = self.location;
        write!(f, "{}:{start_line}:{start_column}", printable(&archive_path(path, self.archive)))?;
        cell.map_or(Ok(()), |cell| write!(f, " (cell {cell})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn honest_text_is_borrowed() {
        assert!(matches!(printable("src/größe/日本.py"), Cow::Borrowed("src/größe/日本.py")));
    }

    #[test]
    fn what_would_not_be_seen_is_written_out() {
        assert_eq!(printable("a\x1b[2Jb\r\n"), "a\\u{1b}[2Jb\\u{d}\\u{a}");
        assert_eq!(printable("gpj\u{202e}exe.\u{200b}sh\u{feff}"), "gpj\\u{202e}exe.\\u{200b}sh\\u{feff}");
        assert_eq!(printable("\u{9b}31m\u{e0041}"), "\\u{9b}31m\\u{e0041}");
    }
}
