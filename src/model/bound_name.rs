//! The name that a value is bound to in its line: `KEY` in `export KEY="…"`, `api_key` in `"api_key": "…"`.
//!
//! The line is all that is known of a version of a file that is gone. So only what every language and format writes alike counts: a name, `=` or
//! `:` behind it, perhaps quotes, and the value.

use super::Excerpt;

/// Longer words are no names.
const LONGEST: usize = 100;

impl Excerpt {
    /// The name that the value at [`Excerpt::span`] is bound to, if the line shows one.
    #[must_use]
    pub fn bound_name(&self) -> Option<&str> {
        name_before(self.text.get(..self.span.start)?)
    }
}

/// The name at the end of `before`, the text in front of a value.
fn name_before(before: &str) -> Option<&str> {
    let before = before.trim_end_matches(['"', '\'', '`', ' ', '\t']);
    let before =
        before.strip_suffix("=>").or_else(|| before.strip_suffix(":=")).or_else(|| before.strip_suffix(['=', ':']))?;
    let before = before.trim_end_matches(['"', '\'', '`', ' ', '\t', ']', '?']);
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let start =
        before.rfind(|c: char| !is_part(c)).map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let (head, name) = before.split_at(start);
    // A parameter of an address or an option of a command is no variable.
    let is_other = head.ends_with(['?', '&', '-', '/', '%']);
    let is_name =
        (2..=LONGEST).contains(&name.len()) && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    (is_name && !is_other).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_told_in_what_all_formats_share() {
        for (before, name) in [
            ("OPENAI_API_KEY=", "OPENAI_API_KEY"),
            ("export KEY_1 = \"", "KEY_1"),
            ("  openai_api_key: ", "openai_api_key"),
            ("  \"apiKey\": \"", "apiKey"),
            ("config.apiKey = '", "apiKey"),
            ("client = OpenAI(api_key=\"", "api_key"),
            ("token := \"", "token"),
            ("'token' => '", "token"),
            ("env[\"KEY\"] = \"", "KEY"),
            ("ENV OPENAI_API_KEY=", "OPENAI_API_KEY"),
        ] {
            assert_eq!(name_before(before), Some(name), "{before}");
        }
    }

    #[test]
    fn what_binds_nothing_has_no_name() {
        for before in ["", "Authorization: Bearer ", "f(\"", "https://h/?key=", "--api-key=", "a == b, \"", "é=", "= "]
        {
            assert_eq!(name_before(before), None, "{before}");
        }
    }
}
