//! Headers that carry a key, and how their value is put together.

use std::ops::Range;

/// Headers that carry a key.
const HEADERS: [&str; 8] = [
    "authorization",
    "api-key",
    "x-api-key",
    "x-goog-api-key",
    "xi-api-key",
    "ocp-apim-subscription-key",
    "x-subscription-token",
    "proxy-authorization",
];

/// Whether a header called `name` carries a key.
pub(super) fn is_auth(name: &str) -> bool {
    HEADERS.iter().any(|header| header.eq_ignore_ascii_case(name))
}

/// The name in lower case and the value's place in `Authorization: Bearer …`, if it is such a header.
pub(super) fn split(line: &str) -> Option<(String, Range<usize>)> {
    let colon = line.find(':')?;
    let name = line[..colon].trim();
    let start = colon + 1;
    let start = start + usize::from(line[start..].starts_with(' '));
    is_auth(name).then(|| (name.to_ascii_lowercase(), start..line.len()))
}

/// Length of the scheme and the blanks behind it, when `value` begins with one: 7 for `Bearer x`.
pub(super) fn scheme_length(value: &str) -> usize {
    let schemes = ["Bearer", "Basic", "Token", "Key", "ApiKey", "Api-Key"];
    let is_scheme = |scheme: &&str| value.get(..scheme.len()).is_some_and(|front| front.eq_ignore_ascii_case(scheme));
    let mut length = 0;
    // A doubled scheme is both.
    while let Some(scheme) = schemes
        .iter()
        .find(|scheme| value.get(length..length + scheme.len()).is_some_and(|front| front.eq_ignore_ascii_case(scheme)))
    {
        let rest = &value[length + scheme.len()..];
        let blanks = rest.len() - rest.trim_start_matches([' ', ':', '\t']).len();
        if blanks == 0 {
            break;
        }
        length += scheme.len() + blanks;
    }
    if length == 0 && schemes.iter().any(|scheme| is_scheme(scheme) && value.len() == scheme.len()) {
        value.len()
    } else {
        length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_split_where_the_key_begins() {
        let line = "Authorization: Bearer abc";
        let (name, value) = split(line).unwrap();
        assert_eq!((&*name, &line[value.clone()]), ("authorization", "Bearer abc"));
        assert_eq!(scheme_length(&line[value]), 7);
        assert_eq!(split("X-API-Key:abc").map(|(name, _)| name).as_deref(), Some("x-api-key"));
        assert_eq!(split("Content-Type: text"), None);
        for (value, length) in [
            ("Bearer  x", 8),
            ("Bearer Bearer x", 14),
            ("Bearer: x", 8),
            ("Bearerx", 0),
            ("bearer", 6),
            ("", 0),
            ("é", 0),
        ] {
            assert_eq!(scheme_length(value), length, "{value}");
        }
    }
}
