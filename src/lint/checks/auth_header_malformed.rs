//! A header with the key in a form that the provider does not read.
//!
//! `[provider.api]` says which header a provider reads and which word stands in front of the key. What the code puts around the key is compared
//! with that: the word is missing, doubled or another one, it touches the key, there are quotes or blanks where none belong, or the header is
//! another provider's. Letter case of the word does not matter. What goes to a host that no rule names is left alone.
//!
//! A value that brings the word along (`export KEY="Bearer …"`) is right in a bare header and doubled behind another `Bearer`, so for the missing
//! word the key must be plainly a key: a variable that holds a credential, a literal that is one, or a name like `apiKey`.
//!
//! Limits: headers put together over several statements are not followed.

use super::Context;
use crate::{
    lint::{
        FileFacts, Language,
        facts::{AuthHeader, KeyArgument},
        index::{MOST_ALIKE, Names},
        place::{self, Place},
        problem::{Problem, Spot},
        secrecy,
    },
    rules::{Api, Provider},
};

const ID: &str = "auth-header-malformed";

/// One problem for each header.
pub(super) fn run<'g>(context: &Context<'g>) -> Vec<Problem<'g>> {
    let files = context.graph.files().iter().filter(|file| !file.headers.is_empty());
    let code = files.filter(|file| !place::is_test(&file.path) && Place::of(file) != Place::Text);
    code.flat_map(|file| {
        let names = Names::of(file);
        let problems: Vec<_> = file.headers.iter().filter_map(|header| judge(context, file, &names, header)).collect();
        problems
    })
    .collect()
}

fn judge<'g>(
    context: &Context<'g>,
    file: &'g FileFacts,
    names: &Names<'g>,
    header: &'g AuthHeader,
) -> Option<Problem<'g>> {
    let provider = context.options.catalogue.provider(header.provider.as_deref()?)?;
    let api = provider.api.as_ref()?;
    let key = Key::of(context, file, names, header);
    let is_meant = |fault: &Fault| *fault == Fault::OtherHeader && is_for_another(file, provider, api, header);
    let fault = fault(header, api, key).filter(|fault| !is_meant(fault))?;
    let recommended = api.headers.first()?;
    let (name, word) = recommended.split_once(' ').unwrap_or((recommended, ""));
    let form = if word.is_empty() { format!("`{name}: <key>`") } else { format!("`{name}: {word} <key>`") };
    Some(Problem {
        message: format!("the header `{}` for {} {}", header.name, provider.name, fault.words()),
        help: format!("Send {form}: {} reads that and nothing else", provider.name),
        provider: Some(provider.id.clone()),
        ..Problem::new(ID, Spot::new(file, header.at), header.name.clone())
    })
}

/// What is known of the key in a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    /// A key of the API.
    Api,
    /// Its value begins with `Bearer ` where it is defined.
    WithWord,
    /// A token of a signed-in user or application.
    Token,
    /// It cannot be told.
    Unknown,
}

impl Key {
    fn of(context: &Context<'_>, file: &FileFacts, names: &Names<'_>, header: &AuthHeader) -> Self {
        match &header.key {
            KeyArgument::Literal(at) => match file.known_at(*at) {
                Some(known) if known.kind.as_deref() == Some("oauth") => Self::Token,
                Some(_) => Self::Api,
                None => Self::Unknown,
            },
            KeyArgument::Variable(name) => Self::of_variable(context, names.read(name).map_or(name, |read| &read.name)),
            KeyArgument::Default | KeyArgument::Expression(_) => Self::Unknown,
        }
    }

    fn of_variable(context: &Context<'_>, name: &str) -> Self {
        let given = context.index().definitions_of(name).iter();
        let mut values = given.filter_map(|given| given.definition.value.as_ref());
        let lower = name.to_ascii_lowercase();
        if values.any(|value| starts_with_word(&String::from_utf8_lossy(value.text.expose()), "bearer")) {
            Self::WithWord
        } else if ["token", "oauth", "bearer", "auth", "header", "credential"].iter().any(|word| lower.contains(word)) {
            Self::Token
        } else if secrecy::owner(context.options.catalogue, name).is_some() || lower.ends_with("key") {
            Self::Api
        } else {
            Self::Unknown
        }
    }
}

/// What is wrong with a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    NoWord,
    WordTwice,
    OtherWord,
    WordTouchesKey,
    Colon,
    Blanks,
    Quotes,
    OtherHeader,
}

impl Fault {
    fn words(self) -> &'static str {
        match self {
            Self::NoWord => "lacks the word in front of the key",
            Self::WordTwice => "has the word `Bearer` twice: the value brings its own",
            Self::OtherWord => "begins with another word than the one it reads",
            Self::WordTouchesKey => "has no blank between the word and the key",
            Self::Colon => "has a colon behind the word",
            Self::Blanks => "has blanks too many",
            Self::Quotes => "has quotes or brackets around the key",
            Self::OtherHeader => "is not the one in which it reads a key",
        }
    }
}

/// What is wrong with `header`, when `api` is how the provider wants it.
fn fault(header: &AuthHeader, api: &Api, key: Key) -> Option<Fault> {
    let forms = || api.headers.iter().map(|form| form.split_once(' ').unwrap_or((form, "")));
    let words: Vec<&str> = forms().filter(|(name, _)| *name == header.name).map(|(_, word)| word).collect();
    if words.is_empty() {
        let is_for_tokens = api.tokens.iter().any(|form| form.split(' ').next() == Some(&*header.name));
        return (key == Key::Api || !is_for_tokens).then_some(Fault::OtherHeader);
    }
    let before = header.before.as_str();
    let word = before.trim();
    if let Some(fault) = around(before, &header.after) {
        return Some(fault);
    }
    if key == Key::WithWord && !word.is_empty() {
        return Some(Fault::WordTwice);
    }
    let is_read = |known: &str| known.eq_ignore_ascii_case(word);
    let is_for_tokens =
        api.tokens.iter().any(|form| form.split_once(' ').is_some_and(|(_, known)| known.eq_ignore_ascii_case(word)));
    if words.iter().any(|known| is_read(known)) || (is_for_tokens && key != Key::Api) {
        return None;
    }
    match word {
        "" => (key == Key::Api).then_some(Fault::NoWord),
        _ if is_doubled(word) => Some(Fault::WordTwice),
        _ if word.ends_with(':') => Some(Fault::Colon),
        _ => Some(Fault::OtherWord),
    }
}

/// What is wrong with the text around the key, whatever the word is.
fn around(before: &str, after: &str) -> Option<Fault> {
    let is_quote = |c: char| matches!(c, '"' | '\'' | '`' | '<' | '[' | '“' | '‘');
    let last = before.trim_end().chars().next_back();
    let first = after.trim_start().chars().next();
    if last.is_some_and(is_quote) || first.is_some_and(|c| is_quote(c) || matches!(c, '>' | ']' | '”' | '’')) {
        return Some(Fault::Quotes);
    }
    let is_one_word = before.chars().all(|c| c.is_ascii_alphabetic());
    if is_one_word && starts_with_word(before, "bearer") {
        return Some(Fault::WordTouchesKey);
    }
    let blanks = before.len() - before.trim_end().len();
    let is_wide = blanks > 1 || before.starts_with(char::is_whitespace) || after.ends_with([' ', '\t', '\n']);
    (is_wide && !before.trim().is_empty()).then_some(Fault::Blanks)
}

/// `Bearer Bearer`
fn is_doubled(word: &str) -> bool {
    let mut words = word.split_whitespace();
    let first = words.next();
    words.clone().count() > 0 && words.all(|other| first.is_some_and(|first| first.eq_ignore_ascii_case(other)))
}

/// Whether `text` begins with `word`, in any case, and nothing but the end or a blank follows.
fn starts_with_word(text: &str, word: &str) -> bool {
    let front = text.trim_start().get(..word.len());
    let rest = text.trim_start().get(word.len()..).unwrap_or("");
    front.is_some_and(|front| front.eq_ignore_ascii_case(word))
        && (rest.is_empty() || rest.starts_with(char::is_whitespace))
}

/// Whether a header that `provider` does not read is there for a reason: the file sends the right one as well, and this one to somebody else; or
/// it calls the part of the API that takes the header of another one. Only readers of whole calls know for sure whose header one is.
fn is_for_another(file: &FileFacts, provider: &Provider, api: &Api, header: &AuthHeader) -> bool {
    let is_right = |other: &AuthHeader| api.headers.iter().any(|form| form.split(' ').next() == Some(&*other.name));
    let is_compatible = |url: &str| url.contains("/openai") || url.contains("/chat/completions");
    let of_provider = file.endpoints.iter().filter(|endpoint| endpoint.provider == provider.id);
    let mut urls = of_provider.take(MOST_ALIKE).map(|endpoint| &endpoint.url);
    let is_sure =
        matches!(file.language, Language::Python | Language::JavaScript | Language::Notebook | Language::Shell);
    !is_sure
        || file.headers.iter().take(MOST_ALIKE).any(is_right)
        || (header.name == "authorization" && urls.any(|url| is_compatible(url)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Span;

    fn header(name: &str, before: &str, after: &str) -> AuthHeader {
        AuthHeader {
            name: name.to_owned(),
            before: before.to_owned(),
            after: after.to_owned(),
            key: KeyArgument::Default,
            provider: None,
            at: Span::new(0, 0),
        }
    }

    fn api(headers: &[&str], tokens: &[&str]) -> Api {
        let owned = |forms: &[&str]| forms.iter().map(|form| (*form).to_owned()).collect();
        Api { headers: owned(headers), tokens: owned(tokens), ..Api::default() }
    }

    #[test]
    fn a_bearer_header_is_told_from_its_misspellings() {
        let bearer = api(&["authorization Bearer"], &[]);
        for (before, after, expected) in [
            ("Bearer ", "", None),
            ("bearer ", "", None),
            ("", "", Some(Fault::NoWord)),
            ("Bearer", "", Some(Fault::WordTouchesKey)),
            ("Bearer  ", "", Some(Fault::Blanks)),
            (" Bearer ", "", Some(Fault::Blanks)),
            ("Bearer: ", "", Some(Fault::Colon)),
            ("Bearer Bearer ", "", Some(Fault::WordTwice)),
            ("Basic ", "", Some(Fault::OtherWord)),
            ("Bearer '", "'", Some(Fault::Quotes)),
            ("Bearer <", ">", Some(Fault::Quotes)),
        ] {
            assert_eq!(fault(&header("authorization", before, after), &bearer, Key::Api), expected, "{before:?}");
        }
        assert_eq!(
            fault(&header("authorization", "", ""), &bearer, Key::Token),
            None,
            "a token may bring the word along"
        );
        assert_eq!(fault(&header("authorization", "Bearer ", ""), &bearer, Key::WithWord), Some(Fault::WordTwice));
        assert_eq!(fault(&header("authorization", "", ""), &bearer, Key::WithWord), None);
        assert_eq!(fault(&header("x-api-key", "", ""), &bearer, Key::Api), Some(Fault::OtherHeader));
    }

    #[test]
    fn a_provider_with_a_header_of_its_own_takes_only_tokens_in_another() {
        let anthropic = api(&["x-api-key"], &["authorization Bearer"]);
        assert_eq!(fault(&header("x-api-key", "", ""), &anthropic, Key::Api), None);
        assert_eq!(fault(&header("authorization", "Bearer ", ""), &anthropic, Key::Api), Some(Fault::OtherHeader));
        assert_eq!(fault(&header("authorization", "Bearer ", ""), &anthropic, Key::Token), None);
        assert_eq!(fault(&header("x-api-key", "Bearer ", ""), &anthropic, Key::Api), Some(Fault::OtherWord));
    }

    #[test]
    fn several_words_may_be_read() {
        let deepgram = api(&["authorization Token"], &["authorization Bearer"]);
        assert_eq!(fault(&header("authorization", "Token ", ""), &deepgram, Key::Api), None);
        assert_eq!(fault(&header("authorization", "Bearer ", ""), &deepgram, Key::Api), Some(Fault::OtherWord));
        assert_eq!(fault(&header("authorization", "Bearer ", ""), &deepgram, Key::Unknown), None);
        let bare = api(&["authorization", "authorization Bearer"], &[]);
        assert_eq!(fault(&header("authorization", "", ""), &bare, Key::Api), None);
    }
}
