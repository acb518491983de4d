//! Whether a variable holds something that must stay secret, told from its name, its provider and its value.
//!
//! The name alone is weak evidence: `PUBLIC_KEY` says the opposite of `PRIVATE_KEY`, and a database password `postgres` protects nothing. So
//! the three are put together here, once for all checks, and words that say "public" win over words that say "secret".

use super::{
    Catalogue, bundler,
    catalogue::Standing,
    dotenv::placeholder::placeholder,
    facts::{Definition, FileFacts},
};
use crate::rules::Provider;

/// How much a variable matters, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Secrecy {
    /// Nothing to hide: empty, a placeholder, a default, a setting.
    Nothing,
    /// The name says secret, and the value may be one.
    Likely,
    /// A credential of a known provider, by its name or its shape.
    Credential,
}

/// Endings of names that say secret.
const SECRET_ENDINGS: [&str; 18] = [
    "SECRET",
    "SECRETS",
    "SECRET_KEY",
    "SECRET_KEY_BASE",
    "SECRET_TOKEN",
    "SECRETKEY",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "PRIVATE_KEY",
    "PRIVATEKEY",
    "PRIVATE_TOKEN",
    "SERVICE_ROLE",
    "SERVICE_ROLE_KEY",
    "SERVICE_KEY",
    "SIGNING_KEY",
    "ENCRYPTION_KEY",
    "ADMIN_KEY",
];
/// Words in names that say public.
const PUBLIC_WORDS: [&str; 9] =
    ["PUBLISHABLE", "ANON", "SITE", "SITEKEY", "DSN", "PUBKEY", "FIREBASE", "MAPS", "MAPBOX"];
/// Words in names that are about a secret and hold none, or one that is made up.
const ABOUT: [&str; 16] = [
    "SHOW",
    "ENABLE",
    "ENABLED",
    "DISABLE",
    "MIN",
    "MAX",
    "LENGTH",
    "RESET",
    "FORGOT",
    "DEFAULT",
    "DEMO",
    "TEST",
    "HINT",
    "LABEL",
    "PLACEHOLDER",
    "PICKER",
];

/// Whether `name` says that its value is meant to be seen.
pub(super) fn is_public_name(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    !ends_with_any(&name, &SECRET_ENDINGS)
        && (has_word(&name, &PUBLIC_WORDS) || ends_with_any(&name, &["PUBLIC_KEY", "CLIENT_ID", "APP_ID"]))
}

/// Whether `name` says that its value is secret, whoever it belongs to.
pub(super) fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    ends_with_any(&name, &SECRET_ENDINGS) && !has_word(&name, &ABOUT)
}

fn has_word(name: &str, words: &[&str]) -> bool {
    name.split(['_', '-', '.']).any(|word| words.contains(&word))
}

/// Whether `name` ends in one of `endings`, at the beginning of a word.
fn ends_with_any(name: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| {
        name.strip_suffix(ending).is_some_and(|front| front.is_empty() || front.ends_with(['_', '-', '.']))
    })
}

/// The provider whose credential a variable called `name` holds, if the catalogue says that it does.
pub(super) fn owner<'c>(catalogue: &'c Catalogue, name: &str) -> Option<&'c Provider> {
    let (provider, standing) = catalogue.named(name)?;
    let holds = matches!(standing, Standing::Official | Standing::Also | Standing::Mistaken);
    (holds && !is_public_name(name)).then_some(provider)
}

/// How much `definition`, a line of `file`, matters.
pub(super) fn of(file: &FileFacts, definition: &Definition, catalogue: &Catalogue) -> Secrecy {
    let Some(value) = &definition.value else { return Secrecy::Nothing };
    let published = bundler::strip(&definition.name);
    if published.is_some_and(|(_, name)| is_public_name(name)) {
        return Secrecy::Nothing;
    }
    if file.known_at(value.at).is_some() {
        return Secrecy::Credential;
    }
    let text = String::from_utf8_lossy(value.text.expose());
    let text = text.trim();
    // What has an address or a path as its value keeps its secrets, if any, in there, where detection looks for them.
    if is_stand_in(&definition.name, text) || text.contains("://") || text.starts_with(['/', '.', '~']) {
        return Secrecy::Nothing;
    }
    if owner(catalogue, &definition.name).is_some() && text.len() >= SHORTEST_CREDENTIAL {
        Secrecy::Credential
    } else if is_secret_name(&definition.name) && !is_default(text) {
        Secrecy::Likely
    } else {
        Secrecy::Nothing
    }
}

/// No provider hands out shorter ones.
const SHORTEST_CREDENTIAL: usize = 16;

/// Whether `text`, given to `name`, is no value of its own: somebody has still to fill it in, another place gives it, or it says that it is made up.
fn is_stand_in(name: &str, text: &str) -> bool {
    const MADE_UP: [&str; 9] =
        ["changeme", "change_me", "change-me", "example", "dummy", "fake", "mock", "insecure", "sample"];
    let lower = text.to_ascii_lowercase();
    text.is_empty()
        || text.starts_with(['<', '$', '{', '[', '%'])
        || text.starts_with("encrypted:")
        || placeholder(name, text.as_bytes()).is_some()
        || MADE_UP.iter().any(|word| lower.contains(word))
}

/// Passwords that everybody's local database has; they protect nothing.
fn is_default(text: &str) -> bool {
    const DEFAULTS: [&str; 24] = [
        "postgres",
        "password",
        "pass",
        "passwd",
        "root",
        "admin",
        "secret",
        "test",
        "testing",
        "mysql",
        "redis",
        "guest",
        "user",
        "dev",
        "development",
        "local",
        "localhost",
        "mongo",
        "minio",
        "minioadmin",
        "app",
        "symfony",
        "laravel",
        "default",
    ];
    let lower = text.to_ascii_lowercase();
    text.len() < 4 || DEFAULTS.iter().any(|known| lower.trim_end_matches(|c: char| c.is_ascii_digit()) == *known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_secret_or_public() {
        for name in [
            "APP_SECRET",
            "SUPABASE_SERVICE_ROLE_KEY",
            "DB_PASSWORD",
            "jwt_private_key",
            "STRIPE_SECRET_KEY",
            "RECAPTCHA_SITE_SECRET",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "SUPABASE_ANON_KEY",
            "STRIPE_PUBLISHABLE_KEY",
            "VAPID_PUBLIC_KEY",
            "SENTRY_DSN",
            "SECRET_SANTA_URL",
            "SHOW_PASSWORD",
            "PASSWORD_MIN_LENGTH",
            "RECAPTCHA_SITE_KEY",
            "TEST_PASSWORD",
            "SECRETARY",
            "OPENAI_MODEL",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn values_to_fill_in_are_no_values() {
        for text in
            ["", "sk-...", "your-api-key", "<key>", "${OTHER}", "!ChangeMe!", "encrypted:BD9x", "fake-key-for-tests"]
        {
            assert!(is_stand_in("APP_SECRET", text), "{text}");
        }
        for text in ["sk-4f9a1c", "hunter2hunter2", "postgres"] {
            assert!(!is_stand_in("APP_SECRET", text), "{text}");
        }
    }
}
