//! Values that a template put there for somebody to replace.
//!
//! Some texts are never anything else (`<your-key>`, `sk-...`); others, such as `changeme` or `secret`, work well enough as the password of a
//! database on a developer's machine, and only a provider refuses them. Words with which people say that a local server needs no key
//! (`EMPTY`, `dummy`, `not-needed`, `sk-1234`) are meant and are no placeholders.

use crate::rules::placeholder::has_run;

/// How sure it is that a value was meant to be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placeholder {
    /// Nothing but a placeholder looks like this.
    Certain,
    /// It is one for a provider's key; for a password it may be meant.
    ForKeys,
}

/// Longer values are not looked at.
const LONGEST: usize = 200;

/// Whether `value`, given to the variable `name`, is a placeholder.
#[must_use]
pub fn placeholder(name: &str, value: &[u8]) -> Option<Placeholder> {
    let value = std::str::from_utf8(value).ok().filter(|value| value.len() <= LONGEST)?.trim().to_lowercase();
    if value.is_empty() || is_address(&value) {
        return None;
    }
    let words: Vec<&str> = value.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if is_marked(&value) || is_own_name(name, &words) || is_filler(&value) || asks(&words) {
        return Some(Placeholder::Certain);
    }
    let typed = is_stand_in(&words) || (words.iter().any(|word| has_run(word.as_bytes())) && words.len() <= 3);
    typed.then_some(Placeholder::ForKeys)
}

/// Addresses have hosts such as `your-resource.example.com` in them, which is for other checks to say.
fn is_address(value: &str) -> bool {
    value.contains("://")
}

/// `<key>`, `{{ key }}`, `[key]`, `%key%`, `__key__`, or three dots.
fn is_marked(value: &str) -> bool {
    const MARKS: [(&str, &str); 5] = [("<", ">"), ("{{", "}}"), ("[", "]"), ("%", "%"), ("__", "__")];
    let inner = MARKS.iter().find_map(|(open, close)| value.strip_prefix(open)?.strip_suffix(close));
    let is_phrase = |inner: &str| inner.chars().all(|c| c.is_alphanumeric() || " _-.'/".contains(c));
    inner.is_some_and(|inner| !inner.is_empty() && is_phrase(inner)) || value.ends_with("...") || value.contains('…')
}

/// The name of the variable, or its last words.
fn is_own_name(name: &str, words: &[&str]) -> bool {
    let name = name.to_lowercase().replace(['_', '-', '.'], "");
    let joined = words.concat();
    joined == name
}

/// One character over and over behind a prefix: `sk-xxxxxxxx`, `***`.
fn is_filler(value: &str) -> bool {
    let last = value.rsplit(['-', '_']).find(|part| !part.is_empty()).unwrap_or("");
    let mut characters = last.chars();
    let first = characters.next();
    first.is_some_and(|first| "x*.?#•".contains(first))
        && last.chars().count() >= 3
        && characters.all(|c| Some(c) == first)
}

/// Words that ask for something: `your-key`, `key_here`, `replace-me`, `insert_token`.
fn asks(words: &[&str]) -> bool {
    let names_a_key = |word: &str| ["key", "token", "secret", "password"].iter().any(|noun| word.ends_with(noun));
    let starts_with_your =
        |word: &&str| word.strip_prefix("your").is_some_and(|rest| rest.is_empty() || names_a_key(rest));
    let verb = words.first().is_some_and(|word| {
        matches!(
            *word,
            "insert" | "replace" | "enter" | "paste" | "put" | "add" | "fill" | "set" | "use" | "get" | "provide"
        )
    });
    let whole = words.concat();
    let said = ["placeholder", "replaceme", "todo", "tbd", "fixme", "redacted", "keyhere", "tokenhere", "secrethere"];
    words.iter().any(starts_with_your)
        || (words.len() > 1 && words.last() == Some(&"here"))
        || (words.len() > 1 && verb && words.iter().all(|word| word.chars().all(char::is_alphabetic)))
        || said.iter().any(|said| whole == *said || words.contains(said))
}

/// Words that stand for a key.
fn is_stand_in(words: &[&str]) -> bool {
    let nouns = [
        "key", "keys", "apikey", "apikeys", "token", "secret", "password", "api", "access", "openai", "my", "mykey",
        "myapikey", "mysecret", "mytoken", "some", "the", "a", "sk", "proj", "example", "sample", "changeme", "change",
        "me", "this", "value", "string", "goes",
    ];
    let heavy = [
        "key", "apikey", "token", "secret", "password", "mykey", "myapikey", "mysecret", "mytoken", "example",
        "changeme", "sample", "value", "change",
    ];
    !words.is_empty()
        && words.iter().all(|word| nouns.contains(word))
        && words.iter().any(|word| heavy.contains(word) || (words.len() == 1 && *word == "key"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &str) -> Option<Placeholder> {
        placeholder("OPENAI_API_KEY", value.as_bytes())
    }

    #[test]
    fn what_asks_to_be_replaced_is_certain() {
        for value in [
            "<your-key>",
            "{{ OPENAI_API_KEY }}",
            "[api key]",
            "sk-...",
            "sk-proj-…",
            "sk-xxxxxxxxxxxx",
            "xxx",
            "****",
            "your-api-key",
            "your_openai_api_key_here",
            "YOUR_API_KEY",
            "youropenaikey",
            "yourkey",
            "sk-your-key",
            "put-your-key-here",
            "key_here",
            "INSERT_KEY",
            "replace-me",
            "REPLACE_WITH_KEY",
            "openai_api_key",
            "OPENAI_API_KEY",
            "TODO",
            "sk-placeholder",
            "__API_KEY__",
        ] {
            assert_eq!(of(value), Some(Placeholder::Certain), "{value}");
        }
    }

    #[test]
    fn weak_words_are_for_keys_only() {
        for value in ["changeme", "change-me", "secret", "my-secret-key", "sk-example", "key", "sk-12345678"] {
            assert_eq!(of(value), Some(Placeholder::ForKeys), "{value}");
        }
    }

    #[test]
    fn words_that_say_that_no_key_is_needed_are_meant() {
        let meant =
            ["EMPTY", "dummy", "fake", "none", "not-needed", "sk-1234", "ollama", "lm-studio", "sk-no-key-required"];
        for value in meant {
            assert_eq!(of(value), None, "{value}");
        }
    }

    #[test]
    fn what_was_drawn_is_none() {
        for template in
            ["sk-proj-{url64:74}T3BlbkFJ{url64:74}", "sk-ant-api03-{url64:93}AA", "{hex:32}", "gsk_{alnum:52}"]
        {
            let value = crate::rules::template::expand(template, "drawn");
            assert_eq!(of(&value), None, "{template}");
        }
        assert_eq!(of("https://your-resource.openai.azure.com"), None);
    }
}
