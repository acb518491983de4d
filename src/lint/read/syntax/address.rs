//! Addresses in string literals: whose they are, and what of them may be told.

use crate::lint::Catalogue;

/// An address of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Address {
    /// The provider's id.
    pub(in super::super) provider: String,
    /// As written, without the values of its parameters: a key may be among them.
    pub(in super::super) url: String,
}

/// Longer texts that begin like an address are not written by people, and each template may hold all those inside it.
const LONGEST: usize = 2_048;

impl Address {
    /// The address that `text` is, if it leads to a provider that is known. Template parts may stand in it.
    pub(in super::super) fn of(text: &str, catalogue: &Catalogue) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let host = match text.split_once("://") {
            Some(("http" | "https" | "ws" | "wss", rest)) => host_of(rest),
            None if text.contains('.') => host_of(text),
            _ => return None,
        };
        // Whoever is named in front of the host may be a user and a password.
        let provider = catalogue.at_host(&host).filter(|_| !host.contains('@'))?;
        Some(Self { provider: provider.id.clone(), url: without_values(text) })
    }
}

/// The host at the beginning of `rest`, with `x` for each template part.
fn host_of(rest: &str) -> String {
    let mut host = String::new();
    let mut depth = 0;
    for c in rest.chars().take(300) {
        match c {
            '{' => {
                depth += 1;
                if host.ends_with('$') {
                    host.pop();
                }
                if depth == 1 {
                    host.push('x');
                }
            }
            '}' => depth -= 1,
            _ if depth > 0 => {}
            '/' | ':' | '?' | '#' | '\\' | '"' | '\'' => break,
            c if c.is_whitespace() => break,
            c => host.push(c),
        }
    }
    host
}

/// The parameter that says which version of an API is meant; the others may be keys.
const TOLD: &str = "api-version";

fn without_values(text: &str) -> String {
    let Some((path, query)) = text.split_once('?') else { return text.to_owned() };
    let told = |parameter: &str| match parameter.split_once('=') {
        Some((name, value)) if name != TOLD && !value.is_empty() => format!("{name}=…"),
        _ => parameter.to_owned(),
    };
    format!("{path}?{}", query.split('&').map(told).collect::<Vec<_>>().join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_ends_where_its_path_begins_and_template_parts_stand_for_a_word() {
        assert_eq!(host_of("api.openai.com/v1"), "api.openai.com");
        assert_eq!(host_of("{name}.openai.azure.com/openai"), "x.openai.azure.com");
        assert_eq!(host_of("${names['a']}.openai.azure.com:443"), "x.openai.azure.com");
        assert_eq!(host_of("someone:secret@api.openai.com"), "someone");
    }

    #[test]
    fn a_text_of_pages_is_no_address() {
        let catalogue = Catalogue::new(&crate::rules::RuleSet::builtin());
        let address = |length| Address::of(&format!("https://api.openai.com/{}", "a".repeat(length)), &catalogue);
        assert_eq!(address(100).map(|address| address.provider).as_deref(), Some("openai"));
        assert_eq!(address(3_000), None);
    }

    #[test]
    fn values_of_parameters_are_not_told() {
        assert_eq!(without_values("https://h/v1?key=abc&alt=sse"), "https://h/v1?key=…&alt=…");
        assert_eq!(without_values("https://h/v1?api-version=2024-02-01"), "https://h/v1?api-version=2024-02-01");
    }
}
