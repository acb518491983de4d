//! Paths as relative URI references.

use std::fmt::Write as _;

/// `path` as a URI reference relative to the repository root.
///
/// Every byte that is not unreserved is percent-encoded, so a `#`, a `%` or a colon in a name cannot become syntax. Empty, `.` and `..`
/// segments are resolved here: a consumer would resolve them too, and a report must not point outside the repository.
pub(super) fn relative(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            name => segments.push(name),
        }
    }
    let mut out = String::with_capacity(path.len() + 8);
    for byte in segments.join("/").bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    // An empty reference would mean the report itself.
    if out.is_empty() { "unknown".to_owned() } else { out }
}

#[cfg(test)]
mod tests {
    use super::relative;

    #[test]
    fn names_that_look_like_syntax_are_encoded() {
        assert_eq!(relative("a b/#1/100%/ü.py"), "a%20b/%231/100%25/%C3%BC.py");
        assert_eq!(relative("javascript:alert(1)"), "javascript%3Aalert%281%29");
        assert_eq!(relative("a\\b?c\n"), "a%5Cb%3Fc%0A");
        assert_eq!(relative("a..b/...c"), "a..b/...c");
    }

    #[test]
    fn no_reference_leaves_the_repository() {
        assert_eq!(relative("../../etc/passwd"), "etc/passwd");
        assert_eq!(relative("/etc/./x/../passwd"), "etc/passwd");
        assert_eq!(relative("//host/share"), "host/share");
        assert_eq!(relative(".."), "unknown");
    }
}
