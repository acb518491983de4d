//! Names in archives. They are shown and never opened, but what is shown should not look like a file elsewhere.

use std::borrow::Cow;

/// Bytes of a name that are kept.
const LONGEST: usize = 1024;
/// Stands for a member without a name.
const UNNAMED: &str = "(unnamed)";
/// Endings of compressed files, and what remains of the name.
const ENDINGS: [(&str, &str); 13] = [
    (".tgz", ".tar"),
    (".tbz2", ".tar"),
    (".tbz", ".tar"),
    (".txz", ".tar"),
    (".tzst", ".tar"),
    (".svgz", ".svg"),
    (".gz", ""),
    (".bz2", ""),
    (".xz", ""),
    (".zst", ""),
    (".zlib", ""),
    (".zz", ""),
    (".z", ""),
];

/// `name` as a path below the archive: no root, no drive, no way up, with `/`.
pub(super) fn cleaned(name: &str) -> String {
    let mut out = String::new();
    for part in name.split(['/', '\\']).filter(|part| !matches!(*part, "" | "." | "..")) {
        let is_drive = out.is_empty() && part.len() == 2 && part.ends_with(':');
        if !is_drive {
            out.push_str(if out.is_empty() { "" } else { "/" });
            out.push_str(part);
        }
    }
    out.truncate(out.floor_char_boundary(LONGEST));
    if out.is_empty() { UNNAMED.to_owned() } else { out }
}

/// The text of a name in bytes, up to the first NUL.
pub(super) fn of_bytes(bytes: &[u8]) -> Cow<'_, str> {
    let end = memchr::memchr(0, bytes).unwrap_or(bytes.len()).min(4 * LONGEST);
    String::from_utf8_lossy(&bytes[..end])
}

/// What a compressed file called `path` holds is called.
pub(super) fn without_ending(path: &str) -> Cow<'_, str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ends = |ending: &str| {
        let stem = name.len().checked_sub(ending.len()).filter(|at| *at > 0 && name.is_char_boundary(*at))?;
        name[stem..].eq_ignore_ascii_case(ending).then(|| &name[..stem])
    };
    match ENDINGS.iter().find_map(|(ending, instead)| Some((ends(ending)?, *instead))) {
        Some((stem, "")) => Cow::Borrowed(stem),
        Some((stem, instead)) => Cow::Owned(format!("{stem}{instead}")),
        None => Cow::Borrowed(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_but_into_the_archive() {
        for (given, shown) in [
            ("src/a.py", "src/a.py"),
            ("./a", "a"),
            ("../../etc/passwd", "etc/passwd"),
            ("/etc/passwd", "etc/passwd"),
            ("C:\\Users\\me\\.env", "Users/me/.env"),
            ("a/../b", "a/b"),
            ("a:/b", "b"),
            ("", UNNAMED),
            ("../..", UNNAMED),
        ] {
            assert_eq!(cleaned(given), shown, "{given}");
        }
        assert_eq!(cleaned(&"ä".repeat(LONGEST)).len(), LONGEST);
    }

    #[test]
    fn what_was_compressed_has_the_name_without_the_ending() {
        for (given, shown) in [
            ("backup/dump.sql.gz", "dump.sql"),
            ("layer.tgz", "layer.tar"),
            ("A.ENV.GZ", "A.ENV"),
            ("blobs/sha256/abc", "abc"),
            (".gz", ".gz"),
            ("x.xz", "x"),
        ] {
            assert_eq!(without_ending(given), shown, "{given}");
        }
    }
}
