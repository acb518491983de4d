//! Templates of requests: constant text with places for the key and for what stands beside it.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{model::Secret, rules::template::closing_brace};

/// Stands for the key.
const SECRET: &str = "secret";
const BASE64: &str = "base64:";

/// A parsed template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filling(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Secret,
    Companion(String),
    Base64(Filling),
}

impl Filling {
    /// Reads `template`.
    ///
    /// # Errors
    /// What is wrong with its braces.
    pub fn parse(template: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = template;
        while let Some(open) = rest.find('{') {
            pieces.push(Piece::Text(rest[..open].to_owned()));
            let inner = &rest[open + 1..];
            let encoded = inner.strip_prefix(BASE64);
            // What is encoded has places of its own, and ends with the brace that balances.
            let close = encoded.map_or_else(|| inner.find('}'), |_| closing_brace(inner));
            let close = close.ok_or_else(|| format!("a brace of `{template}` is not closed"))?;
            pieces.push(match encoded {
                Some(_) => Piece::Base64(Self::parse(&inner[BASE64.len()..close])?),
                None if &inner[..close] == SECRET => Piece::Secret,
                None => Piece::Companion(inner[..close].to_owned()),
            });
            rest = &inner[close + 1..];
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Ok(Self(pieces))
    }

    /// A text in which braces mean nothing.
    #[must_use]
    pub fn constant(text: &str) -> Self {
        Self(vec![Piece::Text(text.to_owned())])
    }

    /// How often the key stands in it.
    #[must_use]
    pub fn secrets(&self) -> usize {
        let of = |piece: &Piece| match piece {
            Piece::Secret => 1,
            Piece::Base64(inner) => inner.secrets(),
            Piece::Text(_) | Piece::Companion(_) => 0,
        };
        self.0.iter().map(of).sum()
    }

    /// The companions that stand in it.
    #[must_use]
    pub fn companions(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for piece in &self.0 {
            match piece {
                Piece::Companion(name) => names.push(name.as_str()),
                Piece::Base64(inner) => names.extend(inner.companions()),
                Piece::Text(_) | Piece::Secret => {}
            }
        }
        names
    }

    /// The text with everything in its place; a companion that is not known is left empty.
    #[must_use]
    pub fn fill(&self, secret: &str, companions: &BTreeMap<String, Secret>) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Secret => secret.to_owned(),
            Piece::Companion(name) => companions
                .get(name)
                .map_or_else(String::new, |value| String::from_utf8_lossy(value.expose()).into_owned()),
            Piece::Base64(inner) => STANDARD.encode(inner.fill(secret, companions)),
        };
        self.0.iter().map(piece).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str) -> String {
        let companions = BTreeMap::from([("public".to_owned(), Secret::new(b"pk", 0))]);
        Filling::parse(template).unwrap().fill("sk", &companions)
    }

    #[test]
    fn places_are_filled_and_the_rest_stays() {
        assert_eq!(filled("Bearer {secret}"), "Bearer sk");
        assert_eq!(filled("{public}:{secret}!"), "pk:sk!");
        assert_eq!(filled("Basic {base64:{public}:{secret}}"), format!("Basic {}", STANDARD.encode("pk:sk")));
        assert_eq!(filled("/v1/models"), "/v1/models");
    }

    #[test]
    fn what_stands_in_a_template_is_counted_also_where_it_is_encoded() {
        let filling = Filling::parse("Basic {base64:{public}:{secret}}").unwrap();
        assert_eq!((filling.secrets(), filling.companions()), (1, vec!["public"]));
        assert_eq!(Filling::parse("{secret}{secret}").unwrap().secrets(), 2);
        assert!(Filling::parse("Bearer {secret").is_err());
    }
}
