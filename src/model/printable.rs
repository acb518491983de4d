//! Text from the scanned repository, made fit to be shown.
//!
//! The repository is hostile: a reason in a comment, a key in a configuration file and the file's own text may hold
//! escape codes that rewrite a terminal, or marks that reverse the direction of writing. Whatever passes from there
//! into a notice, an error or a report goes through here once.

/// Whether `c` prints as what it is: it does not change how the text around it looks, and is itself seen.
#[must_use]
pub fn is_printable(c: char) -> bool {
    let deceives = matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}'..='\u{ffff}' | '\u{e0000}'..='\u{e0fff}');
    !c.is_control() && !deceives
}

/// `c`, or what stands for it when it would do more than be seen: a blank for white space, otherwise a replacement that
/// takes as many bytes, so that offsets into the text stay true.
fn printable(c: char) -> char {
    match c {
        '\t' | '\n' | '\r' => ' ',
        c if is_printable(c) => c,
        c => match c.len_utf8() {
            1 => '?',
            2 => '¿',
            3 => char::REPLACEMENT_CHARACTER,
            _ => '🛇',
        },
    }
}

/// Text of at least this many characters of a key's alphabet, with a digit among them, may be one.
const TOKEN: usize = 16;

/// `text` with whatever could be a key hidden behind `*`, byte for byte: for text that is quoted and was not searched for secrets, such as a
/// configuration with a mistake in it or the reason of a mark.
#[must_use]
pub fn masked_text(text: &str) -> String {
    let is_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '/' | '=');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_token) {
        let (before, from) = rest.split_at(start);
        let (token, after) = from.split_at(from.find(|c| !is_token(c)).unwrap_or(from.len()));
        out.push_str(before);
        let hide = token.len() >= TOKEN && token.bytes().any(|byte| byte.is_ascii_digit());
        if hide {
            out.extend(std::iter::repeat_n('*', token.len()));
        } else {
            out.push_str(token);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// `text` with all of its characters printable, line breaks and tabs as they are. Offsets into it stay true.
#[must_use]
pub fn printable_text(text: &str) -> String {
    text.chars().map(|c| if matches!(c, '\n' | '\t') { c } else { printable(c) }).collect()
}

/// At most `longest` characters of `text` on one line, all of them printable; `…` says that more was there.
#[must_use]
pub fn printable_line(text: &str, longest: usize) -> String {
    let mut characters = text.trim().chars();
    let mut line: String = characters.by_ref().take(longest).map(printable).collect();
    if characters.next().is_some() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_the_cursor_or_turns_the_text_is_replaced_at_equal_width() {
        for hostile in ['\u{1b}', '\u{7f}', '\r', '\u{9b}', '\u{202e}', '\u{2028}', '\u{feff}', '\u{200b}'] {
            let shown = printable(hostile);
            assert!(!shown.is_control() && shown != hostile, "{hostile:?}");
            assert_eq!(shown.len_utf8(), hostile.len_utf8(), "{hostile:?}");
        }
        assert_eq!("schön 日本 🙂".chars().map(printable).collect::<String>(), "schön 日本 🙂");
    }

    #[test]
    fn a_text_keeps_its_lines_and_its_length() {
        let text = "a\tb\r\nc\u{1b}[0m\u{202e}";
        assert_eq!(printable_text(text), "a\tb \nc?[0m\u{fffd}");
        assert_eq!(printable_text(text).len(), text.len());
    }

    #[test]
    fn what_could_be_a_key_is_hidden_at_equal_length_and_words_are_not() {
        let text = "api_key = \"aB3-dE6_gH9+jK2/mN5=\" # keyward: allow openai-api-key -- internationalization";
        assert_eq!(masked_text(text), text.replace("aB3-dE6_gH9+jK2/mN5=", "********************"));
    }

    #[test]
    fn a_line_is_trimmed_and_cut() {
        assert_eq!(printable_line("  one\ntwo \u{1b}[31m ", 80), "one two ?[31m");
        assert_eq!(printable_line("abcdef", 3), "abc…");
        assert_eq!(printable_line("abc", 3), "abc");
    }
}
