//! Seeded templates: examples in the shape of a key, without a key in the repository.
//!
//! `sk-proj-{url64:74}T3BlbkFJ{url64:74}` expands to a text that looks like a key and never was one. The generator is seeded by
//! the name of the example, so the same template gives the same text on every machine, and the repository holds nothing that
//! another scanner or a host's push protection would stop at.
//!
//! | placeholder | expands to |
//! |---|---|
//! | `{alnum:N}` `{lowalnum:N}` `{upalnum:N}` | N letters and digits, of both cases, lower, upper |
//! | `{url64:N}` `{b64:N}` | N characters of the URL-safe or the standard base64 alphabet |
//! | `{hex:N}` `{HEX:N}` `{digit:N}` `{lower:N}` `{upper:N}` `{base32:N}` | N of `0-9a-f`, `0-9A-F`, `0-9`, `a-z`, `A-Z`, `A-Z2-7` |
//! | `{bech32:N}` | N of the bech32 alphabet in capitals |
//! | `{uuid}` | a random UUID |
//! | `{rep:x:N}` | the text `x`, N times |
//! | `{crc62:N}` | N letters and digits and the CRC-32 of them in six base-62 digits (GitHub, npm) |
//! | `{grafana}` | `glsa_`, 32 letters and digits, `_` and their CRC-32 |
//! | `{cask:XXXX}` | 84 characters of an Azure annotated key with provider data `XXXX` and the signature `ACOG` |
//! | `{enc64:TEXT}` `{encurl64:TEXT}` | base64 of TEXT, in the standard or (unpadded) URL-safe alphabet |
//! | `{jwt:JSON}` | an HS256 JWT with that payload and a random signature |
//! | `{pem:N}` | N lines of 64 base64 characters that begin as an unencrypted PKCS#8 or PKCS#1 key does |
//! | `{openssh:N}` | the first N of the five base64 lines of an unencrypted Ed25519 key in OpenSSH's format |
//! | `{relay}` | 48 characters as one-api makes them: 16 random, 32 hexadecimal in alternating case |
//!
//! Any other brace stands for itself.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};

use super::structure;

const ALNUM: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Expands every placeholder of `template`; `seed` (usually the example's name) decides the random parts.
#[must_use]
pub fn expand(template: &str, seed: &str) -> String {
    let mut random = Random::new(seed);
    let mut out = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        let inner = &rest[open + 1..];
        // A payload in JSON has braces of its own, so the closing brace is the one that balances.
        let close = closing_brace(inner);
        let expanded = close.and_then(|close| Some((placeholder(&inner[..close], &mut random)?, close)));
        if let Some((text, close)) = expanded {
            out.push_str(&text);
            rest = &inner[close + 1..];
        } else {
            out.push('{');
            rest = inner;
        }
    }
    out.push_str(rest);
    out
}

/// Where the brace stands that closes what was opened before `inner`.
pub(super) fn closing_brace(inner: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn placeholder(inner: &str, random: &mut Random) -> Option<String> {
    let (name, argument) = inner.split_once(':').unwrap_or((inner, ""));
    let count = || argument.parse::<usize>().ok();
    Some(match name {
        "alnum" => random.text(ALNUM, count()?),
        "lowalnum" => random.text("abcdefghijklmnopqrstuvwxyz0123456789", count()?),
        "upalnum" => random.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", count()?),
        "url64" => random.text(&format!("{ALNUM}-_"), count()?),
        "b64" => random.text(&format!("{ALNUM}+/"), count()?),
        "hex" => random.text("0123456789abcdef", count()?),
        "HEX" => random.text("0123456789ABCDEF", count()?),
        "digit" => random.text("0123456789", count()?),
        "lower" => random.text("abcdefghijklmnopqrstuvwxyz", count()?),
        "upper" => random.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", count()?),
        "base32" => random.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", count()?),
        "bech32" => random.text("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", count()?),
        "uuid" if argument.is_empty() => {
            let hex = random.text("0123456789abcdef", 30);
            format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[12..15], &hex[15..18], &hex[18..30])
        }
        "rep" => {
            let (text, times) = argument.rsplit_once(':')?;
            text.repeat(times.parse().ok()?)
        }
        "crc62" => {
            let body = random.text(ALNUM, count()?);
            let sum = structure::crc32_base62(body.as_bytes());
            body + &sum
        }
        "grafana" if argument.is_empty() => {
            let body = format!("glsa_{}", random.text(ALNUM, 32));
            let sum = structure::crc32_hex(body.as_bytes());
            format!("{body}_{sum}")
        }
        "cask" => {
            let (head, platform, sum) = (random.text(ALNUM, 52), random.text(ALNUM, 12), random.text(ALNUM, 4));
            format!("{head}JQQJ99BC{platform}{argument}ACOG{sum}")
        }
        "enc64" => STANDARD.encode(argument),
        "encurl64" => URL_SAFE_NO_PAD.encode(argument),
        "jwt" => {
            let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
            let payload = URL_SAFE_NO_PAD.encode(argument);
            format!("{header}.{payload}.{}", random.text(ALNUM, 43))
        }
        "pem" => pem_body(random, count()?),
        "openssh" => openssh_body(random).lines().take(count()?).collect::<Vec<_>>().join("\n"),
        "relay" if argument.is_empty() => {
            let head = random.text(ALNUM, 16);
            let hex = random.text("0123456789abcdef", 32);
            let alternating = hex.chars().enumerate().map(|(at, digit)| match at % 2 {
                0 => digit.to_ascii_uppercase(),
                _ => digit,
            });
            head + &alternating.collect::<String>()
        }
        _ => return None,
    })
}

/// DER of a PKCS#1 key begins `30 82 LL LL 02 01 00`; 48 bytes make one line of 64 characters.
fn pem_body(random: &mut Random, lines: usize) -> String {
    let mut der: Vec<u8> = (0..lines * 48).map(|_| random.below(256).try_into().unwrap_or(0)).collect();
    let declared = u16::try_from(der.len().saturating_sub(4)).unwrap_or(u16::MAX).to_be_bytes();
    for (slot, byte) in der.iter_mut().zip([0x30, 0x82, declared[0], declared[1], 0x02, 0x01, 0x00]) {
        *slot = byte;
    }
    base64_lines(&der, 64)
}

/// The format of OpenSSH's `PROTOCOL.key`; what stands in the private half is random.
fn openssh_body(random: &mut Random) -> String {
    let string = |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap_or(0).to_be_bytes(), bytes].concat();
    let mut drawn = |length| (0..length).map(|_| random.below(256).try_into().unwrap_or(0)).collect::<Vec<u8>>();
    let public = [string(b"ssh-ed25519"), string(&drawn(32))].concat();
    let head = [string(b"none"), string(b"none"), string(b""), vec![0, 0, 0, 1]].concat();
    base64_lines(&[&b"openssh-key-v1\0"[..], &head, &string(&public), &string(&drawn(136))].concat(), 70)
}

fn base64_lines(bytes: &[u8], width: usize) -> String {
    let text = STANDARD.encode(bytes);
    let lines: Vec<&str> = text.as_bytes().chunks(width).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    lines.join("\n")
}

/// SplitMix64 (Steele, Lea, Flood 2014), seeded by FNV-1a of a name: tiny, and the same everywhere.
struct Random(u64);

impl Random {
    fn new(seed: &str) -> Self {
        let fnv = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(seed.bytes().fold(0xcbf2_9ce4_8422_2325, fnv))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("a number below a usize is one")
    }

    /// Random text that, when long enough, has digits and letters of each case the alphabet offers, as real keys do.
    fn text(&mut self, alphabet: &str, length: usize) -> String {
        let letters = alphabet.as_bytes();
        let classes: [fn(&u8) -> bool; 3] = [u8::is_ascii_digit, u8::is_ascii_uppercase, u8::is_ascii_lowercase];
        loop {
            let text: String = (0..length).map(|_| char::from(letters[self.below(letters.len())])).collect();
            let complete =
                classes.iter().all(|class| !letters.iter().any(class) || text.bytes().any(|byte| class(&byte)));
            if complete || length < 16 {
                return text;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_text_and_another_seed_another() {
        assert_eq!(expand("{alnum:20}", "a"), expand("{alnum:20}", "a"));
        assert_ne!(expand("{alnum:20}", "a"), expand("{alnum:20}", "b"));
    }

    #[test]
    fn braces_that_are_no_placeholder_stand_for_themselves() {
        assert_eq!(expand("a{b} ${C} {{ d }} {", "s"), "a{b} ${C} {{ d }} {");
    }

    #[test]
    fn lengths_are_as_written() {
        assert_eq!(expand("{url64:74}", "s").len(), 74);
        assert_eq!(expand("{crc62:30}", "s").len(), 36);
        assert_eq!(expand("{grafana}", "s").len(), 46);
        assert_eq!(expand("{cask:AAAB}", "s").len(), 84);
        assert_eq!(expand("{relay}", "s").len(), 48);
        assert_eq!(expand("{uuid}", "s").len(), 36);
        assert_eq!(expand("{rep:ab:3}", "s"), "ababab");
        assert_eq!(expand("{pem:2}", "s").len(), 129);
        assert_eq!(expand("{openssh:5}", "s").lines().map(str::len).collect::<Vec<_>>(), [70, 70, 70, 70, 32]);
    }

    #[test]
    fn a_payload_may_hold_braces() {
        let token = expand(r#"{jwt:{"role":"x"}}"#, "s");
        assert_eq!(
            token.split('.').nth(1).map(|part| URL_SAFE_NO_PAD.decode(part)),
            Some(Ok(br#"{"role":"x"}"#.to_vec()))
        );
    }
}
