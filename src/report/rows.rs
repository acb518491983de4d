//! Rows for spreadsheets: RFC 4180, every cell quoted, lines ended by CR LF.
//!
//! A spreadsheet runs what begins like a formula, and the repository chooses paths and names. So such a cell begins with an apostrophe, which
//! spreadsheets take for "this is text", and so does what stands behind a semicolon in it; control characters and their like are written out.

use super::{printable::printable, statement::shortened};

/// Between the items of a list in one cell.
pub(super) const SEPARATOR: &str = "; ";

/// `items` as a list in one cell.
pub(super) fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(SEPARATOR)
}

/// Writes `cells` as one row.
pub(super) fn row(out: &mut String, cells: &[impl AsRef<str>]) {
    for (at, text) in cells.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        cell(out, text.as_ref());
    }
    out.push_str("\r\n");
}

/// What a formula begins with; the wide signs are taken for the narrow ones.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '|', '%', '＝', '＋', '－', '＠'];
/// Characters of a cell. Spreadsheets take 32,767, of which those beyond the basic plane count twice, and spill the rest into rows of their own.
const LONGEST: usize = 16_000;

fn cell(out: &mut String, text: &str) {
    // Where a spreadsheet separates cells by semicolons, whatever stands behind one may begin a cell.
    let parts: Vec<String> = printable(text).split(';').map(as_text).collect();
    out.push('"');
    out.push_str(&shortened(&parts.join(";"), LONGEST).replace('"', "\"\""));
    out.push('"');
}

/// `part` so that no spreadsheet runs it. Blanks in front do not keep one from that, and neither do quotes that end where they begin.
fn as_text(part: &str) -> String {
    let begin = part.trim_start_matches(|c: char| c.is_whitespace() || c == '"');
    format!("{}{part}", if begin.starts_with(FORMULA) { "'" } else { "" })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> String {
        let mut out = String::new();
        cell(&mut out, text);
        out
    }

    #[test]
    fn no_cell_begins_like_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\u{a0}=1", "＝1", "|x", "%x"] {
            assert!(shown(text).starts_with("\"'"), "{text}");
        }
        for text in ["", "a=1", "sk-proj-…Zb4A", "src/app.py:3"] {
            assert_eq!(shown(text), format!("\"{text}\""));
        }
    }

    #[test]
    fn nothing_behind_a_semicolon_begins_like_a_formula() {
        for (text, said) in [
            ("a.py;=1+1", "a.py;'=1+1"),
            ("a; \u{a0}@x", "a;' \u{a0}@x"),
            (";;-1", ";;'-1"),
            ("a;\"=1", "a;'\"\"=1"),
            ("a; b=1; c-d", "a; b=1; c-d"),
        ] {
            assert_eq!(shown(text), format!("\"{said}\""));
        }
    }

    #[test]
    fn a_cell_is_never_longer_than_a_spreadsheet_takes() {
        for text in ["\u{1f511}".repeat(40_000), ";=".repeat(20_000), "\"".repeat(60_000)] {
            let shown = shown(&text);
            let inner = shown[1..shown.len() - 1].replace("\"\"", "\"");
            assert!(inner.encode_utf16().count() < 32_767 && inner.ends_with('…'), "{}", inner.len());
        }
    }

    #[test]
    fn quotes_are_doubled_and_nothing_breaks_a_line() {
        assert_eq!(shown("a\"b,c"), "\"a\"\"b,c\"");
        assert_eq!(shown("a\r\nb\t\u{1b}[2J\u{202e}"), "\"a\\u{d}\\u{a}b\\u{9}\\u{1b}[2J\\u{202e}\"");
        // Written out, so that it neither ends the line nor begins a formula.
        assert_eq!(shown("\t=1"), "\"\\u{9}=1\"");
    }

    proptest! {
        #[test]
        fn whatever_a_cell_says_it_is_one_cell_of_one_line(text in any::<String>()) {
            let shown = shown(&text);
            let inner = &shown[1..shown.len() - 1];
            prop_assert!(shown.len() >= 2 && shown.starts_with('"') && shown.ends_with('"'));
            prop_assert!(!inner.replace("\"\"", "").contains('"'));
            prop_assert!(!inner.contains(char::is_control));
            prop_assert!(!inner.starts_with(['=', '+', '-', '@']));
        }
    }
}
