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
    let before = without_type(before.trim_end_matches(['"', '\'', '`', ' ', '\t', ']', '?']));
    let (head, name) = last_word(before);
    // A parameter of an address or an option of a command is no variable.
    let is_other = head.ends_with(['?', '&', '-', '/', '%']);
    let is_name =
        (2..=LONGEST).contains(&name.len()) && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    (is_name && !is_other && name != ANY).then_some(name)
}

/// What holds the value of an entry whose name stands on another line, as in lists of variables.
const ANY: &str = "value";

/// Types of texts that stand between a name and its value: `key: str =`, `key string =`, `key TEXT :=`.
const TYPES: [&str; 6] = ["string", "str", "text", "varchar", "char", "any"];
/// Words in front of a name; what stands behind one is no type.
const DECLARING: [&str; 6] = ["const", "let", "var", "val", "static", "final"];

/// `before` without the type at its end.
fn without_type(before: &str) -> &str {
    let (head, word) = last_word(before);
    if !TYPES.iter().any(|name| name.eq_ignore_ascii_case(word)) {
        return before;
    }
    let head = head.trim_end_matches([' ', '\t', '&']);
    let head = ["&'static", "Optional["].iter().find_map(|part| head.strip_suffix(part)).unwrap_or(head);
    let head = head.trim_end_matches([' ', '\t', ':', '?']);
    let (_, name) = last_word(head);
    if name.is_empty() || DECLARING.contains(&name) { before } else { head }
}

/// `text` until its last word, and that.
fn last_word(text: &str) -> (&str, &str) {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let start =
        text.rfind(|c: char| !is_part(c)).map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    text.split_at(start)
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
            ("api_key: str = \"", "api_key"),
            ("api_key: Optional[str] = \"", "api_key"),
            ("const apiKey: string = '", "apiKey"),
            ("var token string = \"", "token"),
            ("const KEY: &str = \"", "KEY"),
            ("const KEY: &'static str = \"", "KEY"),
            ("  service_role_key TEXT := '", "service_role_key"),
            ("const text = '", "text"),
            ("text=", "text"),
        ] {
            assert_eq!(name_before(before), Some(name), "{before}");
        }
    }

    #[test]
    fn what_binds_nothing_has_no_name() {
        for before in [
            "",
            "Authorization: Bearer ",
            "f(\"",
            "https://h/?key=",
            "--api-key=",
            "a == b, \"",
            "é=",
            "= ",
            "  - value: \"",
        ] {
            assert_eq!(name_before(before), None, "{before}");
        }
    }
}
