//! Marks in the file: `keyward: allow <rule> -- reason` in a comment on the line of the finding or the one before it.
//!
//! A mark without a rule or a reason silences nothing and says so: the next reader cannot ask it why. Marks of other scanners are
//! honoured, so that moving in needs no edit. Only comments count; in prose files marks are documentation more often than marks, so
//! those are never called stale.

use std::collections::BTreeMap;

use super::{Options, names, suppression};
use crate::model::{Finding, Notice, SuppressedBy, Suppression};

/// What the prefilter looks for, for [`marks`].
pub const WATCHED: &[&str] = &[
    OWN,
    "gitleaks:allow",
    "betterleaks:allow",
    "pragma: allowlist ",
    "pragma: whitelist ",
    "trufflehog:ignore",
    "kingfisher:ignore",
    "ggignore",
];
const OWN: &str = "keyward:";
/// What comments begin with, in the languages that people write.
const LEADERS: [&str; 12] = ["#", "//", "--", "/*", "*", "<!--", ";", "%", "{/*", "\"\"\"", "'", "REM"];
/// What may close a comment after the reason.
const CLOSERS: [&str; 5] = ["*/}", "*/", "-->", "\"\"\"", "#}"];
/// A longer list of names in one mark is not a mark.
const MOST_NAMES: usize = 16;

/// A mark in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Line it stands on, from 1.
    line: u32,
    /// Lines it covers: first and last.
    covers: (u32, u32),
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// Ours: rules, providers or groups, and the reason.
    Own { names: Vec<String>, reason: String },
    /// Ours, but unusable.
    Malformed { problem: &'static str },
    /// Another scanner's; silences everything on its line.
    Foreign { text: &'static str },
}

/// Reads the marks in `text` that begin at the offsets `hits`, which are sorted.
#[must_use]
pub fn marks(text: &[u8], hits: &[usize]) -> Vec<Mark> {
    let (mut line, mut counted) = (1_u32, 0);
    let mut marks = Vec::new();
    for &hit in hits {
        let passed = memchr::memchr_iter(b'\n', &text[counted..hit]).count();
        line = line.saturating_add(u32::try_from(passed).unwrap_or(u32::MAX));
        counted = hit;
        let end = memchr::memchr(b'\n', &text[hit..]).map_or(text.len(), |at| hit + at);
        // A comment that follows the code of a whole bundle is not read by anybody.
        let rest = String::from_utf8_lossy(&text[hit..end.min(hit + 1024)]);
        marks.extend(parse(&rest, line, || is_in_comment(text, hit)));
    }
    marks
}

fn parse(rest: &str, line: u32, in_comment: impl Fn() -> bool) -> Option<Mark> {
    if let Some(rest) = rest.strip_prefix(OWN) {
        let rest = rest.trim_start().strip_prefix("allow")?;
        let kind = own(rest).filter(|_| in_comment())?;
        return Some(Mark { line, covers: (line, line.saturating_add(1)), kind });
    }
    let text = WATCHED.iter().find(|mark| rest.starts_with(**mark))?;
    let after = &rest[text.len()..];
    let covers = match text.starts_with("pragma") {
        true if after.starts_with("nextline secret") => (line + 1, line + 1),
        true if !after.starts_with("secret") => return None,
        _ => (line, line),
    };
    Some(Mark { line, covers, kind: Kind::Foreign { text: text.trim_end() } })
}

/// Reads ` <rule>[, <rule>] -- reason`; `None` when it is prose.
fn own(rest: &str) -> Option<Kind> {
    let mut rest = rest.trim_end();
    for closer in CLOSERS {
        rest = rest.strip_suffix(closer).unwrap_or(rest).trim_end();
    }
    let (names, reason) = rest.split_once("--").unwrap_or((rest, ""));
    let names: Vec<String> = names.split(',').map(|name| name.trim().to_owned()).collect();
    let is_name = |name: &String| name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !names.iter().all(is_name) || names.len() > MOST_NAMES {
        return None;
    }
    Some(if names.iter().any(String::is_empty) {
        Kind::Malformed { problem: "names no rule" }
    } else if reason.trim().is_empty() {
        Kind::Malformed { problem: "gives no reason" }
    } else {
        Kind::Own { names, reason: reason.trim().to_owned() }
    })
}

/// Whether what stands in front of `hit` on its line begins a comment right there.
fn is_in_comment(text: &[u8], hit: usize) -> bool {
    let start = memchr::memrchr(b'\n', &text[hit.saturating_sub(4096)..hit])
        .map_or(hit.saturating_sub(4096), |at| hit.saturating_sub(4096) + at + 1);
    let before = text[start..hit].trim_ascii_end();
    LEADERS.iter().any(|leader| before.ends_with(leader.as_bytes()))
}

/// The marks of all files, and which of them silenced something.
pub(super) struct Inline<'m> {
    marks: &'m BTreeMap<String, Vec<Mark>>,
    used: BTreeMap<&'m str, Vec<bool>>,
}

impl<'m> Inline<'m> {
    pub(super) fn new(marks: &'m BTreeMap<String, Vec<Mark>>) -> Self {
        let used = marks.iter().map(|(path, marks)| (path.as_str(), vec![false; marks.len()])).collect();
        Self { marks, used }
    }

    pub(super) fn suppression(&mut self, finding: &Finding) -> Option<Suppression> {
        let marks = self.marks.get(&finding.location.path)?;
        let used = self.used.get_mut(finding.location.path.as_str())?;
        let line = finding.location.start_line;
        // Marks are sorted by line and cover at most the line after their own.
        let first = marks.partition_point(|mark| mark.line.saturating_add(1) < line);
        let near = marks.iter().enumerate().skip(first).take_while(|(_, mark)| mark.line <= line);
        let mut found = None;
        for (at, mark) in near.filter(|(_, mark)| (mark.covers.0..=mark.covers.1).contains(&line)) {
            let reason = match &mark.kind {
                Kind::Own { names: allowed, reason } if allowed.iter().any(|name| names(name, finding)) => {
                    reason.clone()
                }
                Kind::Foreign { text } => format!("mark of another scanner: {text}"),
                _ => continue,
            };
            used[at] = true;
            found = found.or(Some(suppression(SuppressedBy::Inline, reason)));
        }
        found
    }

    pub(super) fn notices(&self, options: &Options<'_>) -> Vec<Notice> {
        let prose = |path: &str| {
            let extension = path.rsplit('.').next().unwrap_or("").to_ascii_lowercase();
            matches!(extension.as_str(), "md" | "mdx" | "rst" | "adoc" | "txt")
        };
        let mut notices = Vec::new();
        for (path, marks) in self.marks.iter().filter(|(path, _)| !prose(path)) {
            let used = &self.used[path.as_str()];
            for (mark, used) in marks.iter().zip(used) {
                notices.extend(mark.notice(path, *used, options));
            }
        }
        notices
    }
}

impl Mark {
    fn notice(&self, path: &str, used: bool, options: &Options<'_>) -> Option<Notice> {
        let (code, message, help) = match &self.kind {
            Kind::Malformed { problem } => (
                "malformed-mark",
                format!("this mark silences nothing, because it {problem}"),
                "write `keyward: allow <rule> -- <reason>`".to_owned(),
            ),
            Kind::Own { names, .. } => {
                if let Some(unknown) = names.iter().find(|name| !(options.is_known)(name)) {
                    let help = "`keyward rules` lists the names".to_owned();
                    ("unknown-rule-in-mark", format!("there is no rule, provider or group called `{unknown}`"), help)
                } else if !used && names.iter().any(|name| (options.is_running)(name)) {
                    let help = "remove it, so that it cannot hide a later leak".to_owned();
                    ("stale-mark", format!("nothing here needs `keyward: allow {}`", names.join(", ")), help)
                } else {
                    return None;
                }
            }
            Kind::Foreign { .. } => return None,
        };
        Some(Notice { code: code.into(), message, help: Some(help), path: Some(path.into()), line: Some(self.line) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Mark> {
        let mut hits: Vec<usize> = WATCHED.iter().flat_map(|mark| text.match_indices(mark).map(|(at, _)| at)).collect();
        hits.sort_unstable();
        marks(text.as_bytes(), &hits)
    }

    fn own_mark(text: &str) -> Option<(Vec<String>, String)> {
        match read(text).into_iter().next()?.kind {
            Kind::Own { names, reason } => Some((names, reason)),
            _ => None,
        }
    }

    #[test]
    fn a_mark_is_read_in_every_comment_style() {
        for text in [
            "x = 1  # keyward: allow openai-api-key -- sample",
            "// keyward: allow openai-api-key -- sample",
            "/* keyward: allow openai-api-key -- sample */",
            "<!-- keyward: allow openai-api-key -- sample -->",
            "-- keyward: allow openai-api-key -- sample",
            "; keyward:allow openai-api-key--sample",
            "{/* keyward: allow openai-api-key -- sample */}",
        ] {
            assert_eq!(own_mark(text), Some((vec!["openai-api-key".into()], "sample".into())), "{text}");
        }
    }

    #[test]
    fn a_mark_may_name_several_rules_and_covers_its_line_and_the_next() {
        let marks = read("a\n# keyward: allow openai, unknown-sk-key -- both are samples\nb");
        assert_eq!((marks[0].line, marks[0].covers), (2, (2, 3)));
    }

    #[test]
    fn a_mark_without_rule_or_reason_is_malformed_and_prose_is_no_mark() {
        let problem = |text: &str| match read(text).into_iter().next().map(|mark| mark.kind) {
            Some(Kind::Malformed { problem }) => problem,
            other => panic!("{other:?}"),
        };
        assert_eq!(problem("# keyward: allow -- because"), "names no rule");
        assert_eq!(problem("# keyward: allow openai-api-key"), "gives no reason");
        assert_eq!(read("say \"keyward: allow x -- y\" and"), []);
        assert_eq!(read("# keyward: allow <rule> -- reason"), []);
        assert_eq!(read("# keyward: is a scanner"), []);
    }

    #[test]
    fn marks_of_other_scanners_cover_their_line_or_the_next() {
        let covers = |text: &str| read(text).first().map(|mark| mark.covers);
        assert_eq!(covers("k # gitleaks:allow"), Some((1, 1)));
        assert_eq!(covers("k # pragma: allowlist secret"), Some((1, 1)));
        assert_eq!(covers("# pragma: allowlist nextline secret"), Some((2, 2)));
        assert_eq!(covers("# pragma: allowlist of things"), None);
        assert_eq!(covers("k // trufflehog:ignore"), Some((1, 1)));
    }

    #[test]
    fn text_that_is_not_utf8_is_read_all_the_same() {
        assert_eq!(marks(b"\xff# keyward: allow a -- \xff", &[3]).len(), 1);
    }
}
