//! Tests that look inside a credential: checksums, markers at fixed offsets, encoded headers.
//!
//! A failed checksum is the cheapest proof of a fake there is, and needs no network. Each test takes the matched credential and
//! says whether it can be genuine. Sources: GitHub's and npm's checksum (CRC-32 of the body in base 62, measured on published
//! samples), Grafana's (CRC-32 of `glsa_` and the secret, little-endian), Azure's annotated keys (rules SEC101/205, 206 and 209 of
//! Microsoft's security-utilities), RFC 7519 for JWT, RFC 7468 for PEM.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use super::spec::Structure;
use crate::model::Date;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

impl Structure {
    /// Whether `secret`, of which the first `prefix` bytes are the rule's literal, passes the test.
    #[must_use]
    pub fn holds(self, secret: &[u8], prefix: usize) -> bool {
        let body = &secret[prefix.min(secret.len())..];
        match self {
            Self::Crc32Base62 => checksum_base62(body),
            Self::Crc32Hex => checksum_hex(secret),
            Self::Jwt => is_private_jwt(secret),
            Self::JwtServiceRole => jwt_part(secret, 1).is_some_and(|claims| claims["role"] == "service_role"),
            Self::Pem => pem(secret),
            Self::AzureCask => azure_cask(secret),
            Self::Base64Json => decodes_to_json(body),
            Self::Base64Number => decodes_to_number(secret),
            Self::RelayUuid => relay_uuid(body),
            Self::Mixed => is_mixed(body),
            Self::AlphaNumeric => is_alphanumeric(body),
            Self::NoWords => {
                is_alphanumeric(body) || !body.iter().any(|byte| matches!(byte, b'.' | b'-' | b'_' | b'~'))
            }
            Self::Token => is_token(body),
            Self::Password => true, // needs user and host beside it: see `super::password`
        }
    }
}

/// Shannon entropy of `bytes` in bits per byte.
#[must_use]
pub fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for &byte in bytes {
        counts[usize::from(byte)] += 1;
    }
    #[allow(clippy::cast_precision_loss, reason = "credentials are far shorter than 2^52 bytes")]
    let total = bytes.len() as f64;
    let of = |count: u32| {
        let share = f64::from(count) / total;
        -share * share.log2()
    };
    counts.into_iter().filter(|&count| count > 0).map(of).sum()
}

fn is_mixed(body: &[u8]) -> bool {
    let has = |class: fn(&u8) -> bool| body.iter().any(class);
    has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase)
}

fn is_alphanumeric(body: &[u8]) -> bool {
    body.iter().any(u8::is_ascii_digit) && body.iter().any(u8::is_ascii_alphabetic)
}

/// Words in camel case with a digit stay below this many bits per byte, 22 drawn characters hardly ever do.
const RANDOM_TOKEN: f64 = 3.8;

fn is_token(body: &[u8]) -> bool {
    let separators = body.iter().filter(|byte| matches!(byte, b'-' | b'_')).count();
    let is_hex = body.iter().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte));
    (is_hex && is_alphanumeric(body))
        || (is_mixed(body) && separators * 10 <= body.len() && entropy(body) >= RANDOM_TOKEN)
}

/// CRC-32 of `body` in base 62 (`0-9A-Za-z`), left-padded with `0` to six digits.
#[must_use]
pub fn crc32_base62(body: &[u8]) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut rest = crc32fast::hash(body);
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(rest % 62) as usize];
        rest /= 62;
    }
    digits.iter().map(|&digit| char::from(digit)).collect()
}

/// CRC-32 of `text`, its bytes little-endian, as eight hexadecimal digits.
#[must_use]
pub fn crc32_hex(text: &[u8]) -> String {
    format!("{:08x}", crc32fast::hash(text).swap_bytes())
}

fn checksum_base62(body: &[u8]) -> bool {
    body.split_last_chunk::<6>().is_some_and(|(head, sum)| crc32_base62(head).as_bytes() == sum)
}

fn checksum_hex(secret: &[u8]) -> bool {
    let Some((head, sum)) = secret.split_last_chunk::<8>() else { return false };
    head.strip_suffix(b"_").is_some_and(|body| crc32_hex(body).as_bytes() == sum)
}

/// One dot-separated part of a JWT, as JSON.
fn jwt_part(token: &[u8], part: usize) -> Option<serde_json::Value> {
    let bytes = URL_SAFE.decode(token.split(|&byte| byte == b'.').nth(part)?).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// The day on which the JWT `token` ends, as it says itself.
#[must_use]
pub fn jwt_end(token: &[u8]) -> Option<Date> {
    const SECONDS_PER_DAY: f64 = 86_400.0;
    // Seconds since 1970, in which RFC 7519 allows fractions.
    let days = (jwt_part(token, 1)?["exp"].as_f64()? / SECONDS_PER_DAY).floor();
    #[allow(clippy::cast_possible_truncation, reason = "numbers beyond the range end at its ends, which are no dates")]
    Date::of_days(days as i64)
}

/// A header with an `alg`, and claims that do not make it public: Supabase publishes the role `anon` by design, and the keys of its local
/// demo to everybody. Others are those of which examples are made: of RFC 7519, of jwt.io however they were changed, and `foo`.
fn is_private_jwt(token: &[u8]) -> bool {
    let is_example = |claims: &serde_json::Value| {
        claims["foo"] == "bar"
            || claims["sub"] == "1234567890"
            || claims["sub"] == 1_234_567_890
            || claims["name"] == "John Doe"
            || claims["iat"] == 1_516_239_022
            || claims.get("http://example.com/is_root").is_some()
    };
    let is_public =
        |claims: &serde_json::Value| claims["role"] == "anon" || claims["iss"] == "supabase-demo" || is_example(claims);
    jwt_part(token, 0).is_some_and(|header| header.get("alg").is_some())
        && !jwt_part(token, 1).is_some_and(|claims| is_public(&claims))
}

fn decodes_to_json(body: &[u8]) -> bool {
    // Enough to see an object begin; the rest may be cut off or followed by a signature.
    let head = &body[..body.len().min(64) / 4 * 4];
    let decoded = STANDARD.decode(head).or_else(|_| URL_SAFE.decode(head));
    decoded.is_ok_and(|bytes| bytes.starts_with(b"{\""))
}

fn decodes_to_number(token: &[u8]) -> bool {
    let Some(first) = token.split(|&byte| byte == b'.').next() else { return false };
    let decoded = URL_SAFE.decode(first).or_else(|_| STANDARD.decode(first));
    decoded.is_ok_and(|bytes| (15..=20).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_digit))
}

fn relay_uuid(body: &[u8]) -> bool {
    let Some((_, uuid)) = body.split_last_chunk::<32>() else { return false };
    uuid.iter().enumerate().all(|(at, byte)| match at % 2 {
        0 => byte.is_ascii_digit() || (b'A'..=b'F').contains(byte),
        _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(byte),
    })
}

/// Offsets within the 84 characters: signature at 52, kind at 57, year and month at 58 and 59.
fn azure_cask(key: &[u8]) -> bool {
    key.len() == 84
        && &key[52..57] == b"JQQJ9"
        && matches!(key[57], b'9' | b'D' | b'H')
        && key[58].is_ascii_alphanumeric()
        && (b'A'..=b'L').contains(&key[59])
}

/// Whether the text between the PEM lines is base64 of an unencrypted private key.
fn pem(block: &[u8]) -> bool {
    let text = String::from_utf8_lossy(block);
    // A key inside a JSON or source string has its line breaks written out.
    let text = text.replace("\\r", "").replace("\\n", "\n").replace("\\\n", "\n");
    let Some(body) = text.split_once("-----BEGIN").and_then(|(_, rest)| rest.split_once("-----")).map(|(_, body)| body)
    else {
        return false;
    };
    if body.contains("ENCRYPTED") || text.contains("BEGIN ENCRYPTED") {
        return false;
    }
    let body = body.split("-----END").next().unwrap_or(body);
    if text.contains("PGP PRIVATE KEY") {
        return body.len() > 200;
    }
    let encoded = pem_body(body);
    let Ok(der) = STANDARD.decode(&encoded[..encoded.len() / 4 * 4]) else { return false };
    match der.strip_prefix(b"openssh-key-v1\0") {
        Some(rest) => is_openssh(rest),
        None => is_der_key(&der),
    }
}

/// Bytes at the end of a body that decoding may have left out: the last quantum of base64.
const LAST_QUANTUM: usize = 3;

/// Whether `rest`, behind the magic bytes of OpenSSH's format, is all of a key without a passphrase: the strings of RFC 4251 that name cipher,
/// key derivation and its options, the number of keys, then the public and the private half.
fn is_openssh(rest: &[u8]) -> bool {
    fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        rest.split_at_checked(u32::from_be_bytes(*length) as usize)
    }
    let halves = || {
        let rest = rest.strip_prefix(b"\0\0\0\x04none\0\0\0\x04none\0\0\0\0\0\0\0\x01")?;
        let (public, rest) = string(rest)?;
        let (length, private) = rest.split_first_chunk::<4>()?;
        let is_there = u32::from_be_bytes(*length) as usize <= private.len() + LAST_QUANTUM;
        Some(is_there && !public.is_empty() && !private.is_empty())
    };
    halves().unwrap_or(false)
}

/// Whether `der` is a SEQUENCE that begins with the version of a key (PKCS#1, PKCS#8, SEC 1) and is there to its end.
fn is_der_key(der: &[u8]) -> bool {
    let (declared, content) = match der {
        [0x30, 0x82, high, low, content @ ..] => (usize::from(*high) << 8 | usize::from(*low), content),
        [0x30, 0x81, low, content @ ..] => (usize::from(*low), content),
        [0x30, low, content @ ..] if *low < 0x80 => (usize::from(*low), content),
        _ => return false,
    };
    let begins = matches!(content, [0x02, 0x01, 0x00 | 0x01, ..]);
    begins && declared >= 16 && declared <= content.len() + LAST_QUANTUM
}

/// The base64 between the lines of a PEM block. It may stand in a patch, a comment or a concatenation of strings: what stands in front of the
/// first line, whose beginning is known, stands in front of all, and what follows the base64 of a line is not of the key.
fn pem_body(body: &str) -> String {
    let mut lines = body.lines().filter(|line| !line.contains(':')).peekable();
    while lines.next_if(|line| key_begins(line).is_none()).is_some() {}
    let prefix = lines.peek().map_or("", |line| &line[..key_begins(line).unwrap_or(0)]);
    let content = |line: &str| {
        let line = line.strip_prefix(prefix).unwrap_or_else(|| line.trim_start());
        line.chars().take_while(|c| is_base64(*c)).collect::<String>()
    };
    lines.map(content).collect()
}

/// Characters of base64 in front of the beginning of a key, at most: those of an escape are, and more is base64 of something else.
const MOST_IN_FRONT: usize = 8;

/// Where in a line the base64 of a private key begins: that of a DER sequence with `M`, that of OpenSSH's format with `b3Bl`.
fn key_begins(line: &str) -> Option<usize> {
    let found = [line.find('M'), line.find("b3Bl")].into_iter().flatten().min()?;
    let in_front = line[..found].chars().rev().take_while(|c| is_base64(*c)).count();
    (line.len() - found >= 16 && in_front < MOST_IN_FRONT).then_some(found)
}

fn is_base64(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '+' | '/' | '=')
}

#[cfg(test)]
mod tests {
    use super::super::template::expand;
    use super::*;

    #[test]
    fn a_checksum_that_fits_is_told_from_one_that_does_not() {
        let good = expand("{crc62:30}", "x");
        assert!(Structure::Crc32Base62.holds(good.as_bytes(), 0));
        let bad = expand("{alnum:36}", "x");
        assert!(!Structure::Crc32Base62.holds(bad.as_bytes(), 0));
        assert!(Structure::Crc32Hex.holds(expand("{grafana}", "x").as_bytes(), 5));
    }

    #[test]
    fn entropy_counts_bits_per_byte() {
        assert!((entropy(b"abcd") - 2.0).abs() < 1e-9);
        assert!(entropy(b"aaaa").abs() < 1e-9);
        assert!(entropy(b"").abs() < 1e-9);
    }

    #[test]
    fn a_pem_block_needs_a_body_that_decodes() {
        let good = expand("-----BEGIN RSA PRIVATE KEY-----\n{pem:12}\n-----END RSA PRIVATE KEY-----", "x");
        assert!(Structure::Pem.holds(good.as_bytes(), 0));
        let in_a_string = good.replace('\n', "\\n");
        assert!(Structure::Pem.holds(in_a_string.as_bytes(), 0));
        for (before, after) in [("+", ""), ("-", ""), ("// ", ""), (" * ", ""), ("    \"", "\\n\" +"), ("> ", "")] {
            let lines: Vec<String> = good.lines().map(|line| format!("{before}{line}{after}")).collect();
            assert!(Structure::Pem.holds(lines.join("\n").as_bytes(), 0), "between {before:?} and {after:?}");
        }
        let encrypted = good.replace("KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\n\n");
        assert!(!Structure::Pem.holds(encrypted.as_bytes(), 0));
        assert!(!Structure::Pem.holds(b"-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----", 0));
    }

    #[test]
    fn a_token_says_on_which_day_it_ends() {
        let end =
            |claims: &str| jwt_end(expand(&format!("{{jwt:{claims}}}"), "x").as_bytes()).map(|day| day.to_string());
        assert_eq!(end(r#"{"exp":1774051199}"#).as_deref(), Some("2026-03-20"));
        assert_eq!(end(r#"{"exp":1774051200.5}"#).as_deref(), Some("2026-03-21"));
        for none in [r#"{"sub":"x"}"#, r#"{"exp":"soon"}"#, r#"{"exp":-1}"#, r#"{"exp":1e300}"#] {
            assert_eq!(end(none), None, "{none}");
        }
        assert_eq!(jwt_end(b"no.token"), None);
    }

    #[test]
    fn a_relay_key_alternates_its_case() {
        assert!(Structure::RelayUuid.holds(expand("sk-{relay}", "x").as_bytes(), 3));
        assert!(!Structure::RelayUuid.holds(expand("sk-{alnum:48}", "x").as_bytes(), 3));
    }
}
