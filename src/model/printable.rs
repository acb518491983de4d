//! Which characters may reach a terminal or a report as they are.
//!
//! File names and source text come from a hostile repository. Control characters can move the cursor and repaint what was said; bidirectional
//! and zero-width characters can make a path read as another one.

/// Whether `c` prints as what it is: no control character, no bidirectional override, nothing of zero width, no line separator.
#[must_use]
pub fn is_printable(c: char) -> bool {
    let deceives = matches!(
        c,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{061c}' | '\u{00ad}' | '\u{180e}' | '\u{e0000}'..='\u{e007f}'
    );
    !c.is_control() && !deceives
}
