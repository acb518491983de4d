//! Text in the grammar of XML and HTML: what would begin a tag, an entity or the end of an attribute is an entity itself.
//!
//! Hazards are written out first, as everywhere, and with them go the characters that XML cannot hold at all: most control characters and the two code
//! points at the end of the plane that are none. What is left means the same in an element and between either kind of quotes.

use super::printable::printable;

/// `text` as it is, whatever it holds, in elements and in attributes.
pub(super) fn text(text: &str) -> String {
    let text = printable(text);
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn markup_becomes_text_and_what_xml_cannot_hold_is_written_out() {
        assert_eq!(text("<a b='c'>&amp;\"]]>"), "&lt;a b=&#39;c&#39;&gt;&amp;amp;&quot;]]&gt;");
        assert_eq!(text("\0\u{b}\u{fffe}\u{ffff}\n"), "\\u{0}\\u{b}\\u{fffe}\\u{ffff}\\u{a}");
        assert_eq!(text("größe 日本 🙂"), "größe 日本 🙂");
    }
}
