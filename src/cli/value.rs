//! How values of options are read that have a form of their own, and what is said of one that does not have it.

use std::path::PathBuf;

use clap::ValueEnum as _;

use super::Format;
use crate::model::BaseUrl;

/// Reads `5M`, `200k`, `1G` or plain bytes.
///
/// # Errors
/// A sentence that says how to write it.
pub fn parse_size(text: &str) -> Result<u64, String> {
    let trimmed = text.trim().trim_end_matches(['b', 'B']).trim_end_matches('i');
    let (digits, factor) = match trimmed.char_indices().next_back() {
        Some((at, 'k' | 'K')) => (&trimmed[..at], 1 << 10),
        Some((at, 'm' | 'M')) => (&trimmed[..at], 1 << 20),
        Some((at, 'g' | 'G')) => (&trimmed[..at], 1 << 30),
        _ => (trimmed, 1_u64),
    };
    let number: u64 = digits.trim().parse().map_err(|_| "write a number with k, M or G, such as 5M".to_owned())?;
    number.checked_mul(factor).ok_or_else(|| "that is more than can be counted".to_owned())
}

/// Reads `sarif=out.sarif`.
pub(super) fn parse_report(text: &str) -> Result<(Format, PathBuf), String> {
    let (format, path) = text.split_once('=').ok_or("write FORMAT=FILE, such as sarif=out.sarif")?;
    if path.is_empty() {
        return Err("the file name after `=` is missing".to_owned());
    }
    Ok((Format::from_str(format, true)?, PathBuf::from(path)))
}

/// Reads the name of a category: what would end it or the line of a log is refused.
pub(super) fn parse_category(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._:/-".contains(c);
    if text.is_empty() || text.ends_with('/') || !text.chars().all(is_plain) {
        return Err("write a name of letters, digits and `. _ : / -`, such as keyward-nightly".to_owned());
    }
    Ok(text.to_owned())
}

/// Reads `openai=https://gateway.example/v1`.
pub(super) fn parse_verify_url(text: &str) -> Result<(String, BaseUrl), String> {
    let (provider, url) =
        text.split_once('=').ok_or("write PROVIDER=URL, such as openai=https://gateway.example/v1")?;
    Ok((provider.to_owned(), url.parse()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_their_unit() {
        assert_eq!(parse_size("5M"), Ok(5 << 20));
        assert_eq!(parse_size("200 k"), Ok(200 << 10));
        assert_eq!(parse_size("1GiB"), Ok(1 << 30));
        assert_eq!(parse_size("17"), Ok(17));
        assert!(parse_size("lots").is_err());
        assert!(parse_size("99999999999G").is_err());
    }

    #[test]
    fn a_category_is_a_plain_name() {
        assert_eq!(parse_category("api/keyward-2:x"), Ok("api/keyward-2:x".to_owned()));
        for wrong in ["", "a b", "a\n", "keyward/", "é"] {
            assert!(parse_category(wrong).is_err(), "{wrong}");
        }
    }
}
