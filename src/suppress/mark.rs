//! Inline marks: what they look like and what they say.
//!
//! ```text
//! keyward: allow <rule>[, <rule>] -- reason
//! ```
//!
//! A rule is an id, a provider or a group. The reason runs to the end of the line or of the comment; a dash (—) may
//! stand for the two hyphens, which XML forbids inside a comment. Marks of other scanners are honoured as they are, so
//! that a repository can change its scanner in one step.
//!
//! Reading is one sweep over the offsets that the prefilter found, linear in the text whatever it holds: each line's
//! bounds are looked up once, at most one mark of our own is read per line, and a foreign one is kept once per line.

use memchr::memchr;

use crate::model::{masked_text, printable_line};

/// Beginnings of all marks, for the prefilter to look for. Most are whole marks; `keyward:` and `pragma` need [`marks`]
/// to decide.
pub const WATCHED: &[&str] = &[
    OWN,
    "gitleaks:allow",
    "betterleaks:allow",
    "trufflehog:ignore",
    "kingfisher:ignore",
    "ggignore",
    "pragma: allowlist",
    "pragma:allowlist",
    "pragma: whitelist",
    "pragma:whitelist",
];

const OWN: &str = "keyward:";
/// Bytes of a line that are looked at on either side of a mark: no comment is longer, and a minified line is.
const REACH: usize = 4096;
/// Rules that one mark may name; each finding beside it is compared with all of them.
pub(super) const MOST_RULES: usize = 32;
/// Characters of a reason that are kept.
const LONGEST_REASON: usize = 300;
/// Words that other tools use where we say `allow`.
const OTHER_VERBS: [&str; 4] = ["ignore", "disable", "skip", "allowlist"];
/// What ends a comment, and so does not belong to the reason.
const CLOSERS: [&str; 7] = ["-->", "--%>", "%>", "*/", "#}", "*)", "-}"];
/// What begins a comment in one language or another.
const OPENERS: [&[u8]; 9] = [b"#", b"//", b"--", b"/*", b"<!--", b"(*", b"{-", b";", b"%"];

/// A mark in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// 1-based line it stands on.
    pub line: u32,
    /// What it says.
    pub meaning: Meaning,
    /// What stands around it.
    pub place: Place,
}

/// What a mark says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Findings of `rules` on this line and the next are no leak.
    Allow {
        /// Ids, providers or groups, as written.
        rules: Vec<String>,
        /// Why, on one line and printable; never empty.
        reason: String,
    },
    /// Findings on this line are no leak, says a mark of another scanner.
    Foreign(&'static str),
    /// The same for the next line.
    ForeignNext(&'static str),
    /// It was meant for us and says nothing.
    Malformed(Fault),
}

/// What is wrong with a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `keyward: ignore …`
    Verb,
    /// No rule before the reason.
    NoRule,
    /// What stands for a rule is none.
    BadRule,
    /// More rules than a mark may name.
    TooManyRules,
    /// No reason.
    NoReason,
}

/// Whether a mark was put there to work, or is being spoken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a comment, or alone on its line.
    Comment,
    /// In other text, such as a string or quoted in prose. It works, but is never called stale.
    Elsewhere,
}

impl Mark {
    /// Whether it is one of ours. The others matter only beside a finding: in a text without any they can be dropped.
    #[must_use]
    pub fn is_own(&self) -> bool {
        matches!(self.meaning, Meaning::Allow { .. } | Meaning::Malformed(_))
    }
}

/// Reads the marks of `text` that begin at `hits`, the offsets at which a literal of [`WATCHED`] was found. They come
/// back in the order of their lines.
#[must_use]
pub fn marks(text: &[u8], hits: &[usize]) -> Vec<Mark> {
    let mut hits: Vec<usize> = hits.iter().copied().filter(|hit| *hit < text.len()).collect();
    hits.sort_unstable();
    let mut marks: Vec<Mark> = Vec::new();
    let mut line = Line::first(text);
    let mut own_until = 0;
    for hit in hits {
        line.advance(text, hit);
        let rest = &text[hit..line.end.min(hit + REACH)];
        if let Some(rest) = rest.strip_prefix(OWN.as_bytes()) {
            // The reason runs to the end of the line, so whatever looks like a second mark is part of it.
            let begins = hit >= own_until && !hit.checked_sub(1).is_some_and(|at| in_word(text[at]));
            if let Some(meaning) = begins.then(|| own(rest)).flatten() {
                own_until = line.end;
                let place = place(&text[line.start.max(hit.saturating_sub(REACH))..hit]);
                marks.push(Mark { line: line.number, meaning, place });
            }
        } else if let Some(meaning) = foreign(rest) {
            let mark = Mark { line: line.number, meaning, place: Place::Elsewhere };
            if !marks.iter().rev().take_while(|earlier| earlier.line == mark.line).any(|earlier| *earlier == mark) {
                marks.push(mark);
            }
        }
    }
    marks
}

/// The line that the sweep has reached.
struct Line {
    number: u32,
    start: usize,
    end: usize,
}

impl Line {
    fn first(text: &[u8]) -> Self {
        Self { number: 1, start: 0, end: end_of_line(text, 0) }
    }

    fn advance(&mut self, text: &[u8], offset: usize) {
        while offset > self.end {
            self.number = self.number.saturating_add(1);
            self.start = self.end + 1;
            self.end = end_of_line(text, self.start);
        }
    }
}

fn end_of_line(text: &[u8], start: usize) -> usize {
    memchr(b'\n', &text[start..]).map_or(text.len(), |at| start + at)
}

fn in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Reads what follows `keyward:` on its line; `None` when that is no mark at all, which is decided on the first word,
/// because a long line may hold the name a million times.
fn own(rest: &[u8]) -> Option<Meaning> {
    let rest = rest.trim_ascii_start();
    let verb_ends = rest.iter().position(|byte| !in_word(*byte)).unwrap_or(rest.len());
    let (verb, rest) = rest.split_at(verb_ends);
    if OTHER_VERBS.iter().any(|other| verb == other.as_bytes()) {
        return Some(Meaning::Malformed(Fault::Verb));
    }
    (verb == b"allow").then(|| {
        let rest = String::from_utf8_lossy(rest);
        allow(without_closer(&rest)).unwrap_or_else(Meaning::Malformed)
    })
}

fn without_closer(rest: &str) -> &str {
    let mut rest = rest.trim_end();
    while let Some(shorter) = CLOSERS.iter().find_map(|closer| rest.strip_suffix(closer)) {
        rest = shorter.trim_end();
    }
    rest
}

/// Reads what follows `allow`.
fn allow(rest: &str) -> Result<Meaning, Fault> {
    let separators = ["--", "—"].into_iter().filter_map(|separator| Some((rest.find(separator)?, separator)));
    let (rules, reason) = match separators.min() {
        Some((at, separator)) => {
            (&rest[..at], masked_text(&printable_line(&rest[at + separator.len()..], LONGEST_REASON)))
        }
        None => (rest, String::new()),
    };
    let rules: Vec<&str> = rules.split(',').map(str::trim).take(MOST_RULES + 1).collect();
    match rules[..] {
        [] | [""] => Err(Fault::NoRule),
        _ if rules.len() > MOST_RULES => Err(Fault::TooManyRules),
        _ if reason.is_empty() => Err(Fault::NoReason),
        _ if !rules.iter().all(|rule| is_name(rule)) => Err(Fault::BadRule),
        _ => Ok(Meaning::Allow { rules: rules.into_iter().map(str::to_owned).collect(), reason }),
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Reads a mark of another scanner at the beginning of `rest`.
fn foreign(rest: &[u8]) -> Option<Meaning> {
    if let Some(rest) = rest.strip_prefix(b"pragma:") {
        return pragma(rest);
    }
    let literal = WATCHED[1..].iter().find(|literal| rest.starts_with(literal.as_bytes()))?;
    let goes_on = rest.get(literal.len()).copied().is_some_and(in_word);
    (!goes_on).then_some(Meaning::Foreign(literal))
}

/// `pragma: allowlist secret`, with or without the blank, with blanks or hyphens between the words.
fn pragma(rest: &[u8]) -> Option<Meaning> {
    let longest = rest.len().min(40);
    let words = String::from_utf8_lossy(&rest[..longest]).trim_start_matches(' ').replace('-', " ");
    for list in ["allowlist", "whitelist"] {
        let Some(rest) = words.strip_prefix(list) else { continue };
        if rest.starts_with(" secret") {
            return Some(Meaning::Foreign("pragma: allowlist secret"));
        }
        if rest.starts_with(" nextline secret") {
            return Some(Meaning::ForeignNext("pragma: allowlist nextline secret"));
        }
    }
    None
}

/// Where a mark stands, by what precedes it on its line.
fn place(before: &[u8]) -> Place {
    let blank = before.trim_ascii();
    if blank.is_empty() || blank.starts_with(b"*") {
        return Place::Comment;
    }
    let quoted = before.last().is_some_and(|byte| matches!(byte, b'`' | b'"' | b'\''));
    let in_comment = || OPENERS.iter().any(|opener| memchr::memmem::find(before, opener).is_some());
    if !quoted && in_comment() { Place::Comment } else { Place::Elsewhere }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hits(text: &[u8]) -> Vec<usize> {
        WATCHED.iter().flat_map(|literal| memchr::memmem::find_iter(text, literal.as_bytes())).collect()
    }

    fn read(text: &str) -> Vec<Mark> {
        marks(text.as_bytes(), &hits(text.as_bytes()))
    }

    fn meaning(text: &str) -> Option<Meaning> {
        read(text).into_iter().next().map(|mark| mark.meaning)
    }

    fn allow_of(rules: &[&str], reason: &str) -> Meaning {
        let rules = rules.iter().map(ToString::to_string).collect();
        Meaning::Allow { rules, reason: reason.to_owned() }
    }

    #[test]
    fn a_mark_is_read_in_any_comment_style() {
        let inner = "keyward: allow openai-api-key -- a sample";
        for line in [
            format!("x = 1  # {inner}"),
            format!("// {inner}"),
            format!("/* {inner} */"),
            format!("<!-- {inner} -->"),
            format!("{{# {inner} #}}"),
            format!("<%-- {inner} --%>"),
            format!("(* {inner} *)"),
            format!("-- {inner}\r"),
            format!("; {inner}"),
            format!("% {inner}"),
            format!("   * {inner}"),
            format!("\t{inner}"),
        ] {
            let marks = read(&line);
            assert_eq!(meaning(&line), Some(allow_of(&["openai-api-key"], "a sample")), "{line}");
            assert_eq!((marks.len(), marks[0].place), (1, Place::Comment), "{line}");
        }
    }

    #[test]
    fn several_rules_and_little_room_are_fine() {
        assert_eq!(meaning("#keyward:allow a,b-2 --x"), Some(allow_of(&["a", "b-2"], "x")));
        assert_eq!(meaning("# keyward: allow a , b -- x -- y"), Some(allow_of(&["a", "b"], "x -- y")));
    }

    #[test]
    fn a_dash_may_stand_for_the_hyphens_that_xml_forbids() {
        assert_eq!(meaning("<!-- keyward: allow a — a -- b -->"), Some(allow_of(&["a"], "a -- b")));
    }

    #[test]
    fn what_lacks_a_rule_or_a_reason_is_malformed() {
        let cases = [
            ("# keyward: allow", Fault::NoRule),
            ("# keyward: allow -- reason", Fault::NoRule),
            ("<!-- keyward: allow -->", Fault::NoRule),
            ("# keyward: allow a", Fault::NoReason),
            ("# keyward: allow a --", Fault::NoReason),
            ("<!-- keyward: allow a -->", Fault::NoReason),
            ("/* keyward: allow a -- */", Fault::NoReason),
            ("# keyward: allow * -- x", Fault::BadRule),
            ("# keyward: allow a b -- x", Fault::BadRule),
            ("# keyward: allow a, -- x", Fault::BadRule),
            ("# keyward: allow <rule> -- x", Fault::BadRule),
            ("# keyward: ignore a -- x", Fault::Verb),
            ("# keyward:disable", Fault::Verb),
        ];
        for (line, fault) in cases {
            assert_eq!(meaning(line), Some(Meaning::Malformed(fault)), "{line}");
        }
        let many = format!("# keyward: allow {}b -- x", "a,".repeat(MOST_RULES));
        assert_eq!(meaning(&many), Some(Meaning::Malformed(Fault::TooManyRules)));
    }

    #[test]
    fn the_name_alone_is_no_mark() {
        for line in
            ["# keyward: 3 findings", "# keyward: allowed", "my-keyward: allow a -- x", "keyward:\nallow a -- x"]
        {
            assert_eq!(meaning(line), None, "{line:?}");
        }
    }

    #[test]
    fn a_mark_that_is_spoken_of_is_told_from_one_that_works() {
        for line in
            ["write `keyward: allow a -- x`", "// write `keyward: allow a -- x`", "s = \"keyward: allow a -- x\""]
        {
            assert_eq!(read(line)[0].place, Place::Elsewhere, "{line}");
        }
    }

    #[test]
    fn marks_of_other_scanners_are_honoured() {
        let cases = [
            ("# gitleaks:allow", "gitleaks:allow"),
            ("# betterleaks:allow", "betterleaks:allow"),
            ("# trufflehog:ignore", "trufflehog:ignore"),
            ("// kingfisher:ignore", "kingfisher:ignore"),
            ("# ggignore", "ggignore"),
            ("# pragma: allowlist secret", "pragma: allowlist secret"),
            ("# pragma: whitelist secret", "pragma: allowlist secret"),
            ("# pragma:allowlist-secret", "pragma: allowlist secret"),
        ];
        for (line, literal) in cases {
            assert_eq!(meaning(line), Some(Meaning::Foreign(literal)), "{line}");
        }
        let next = Some(Meaning::ForeignNext("pragma: allowlist nextline secret"));
        assert_eq!(meaning("# pragma: allowlist nextline secret"), next);
        assert_eq!(meaning("# pragma: whitelist nextline secret"), next);
        for none in ["ggignored", "gitleaks:allow-list", "pragma: allowlist", "pragma: allowlist everything"] {
            assert_eq!(meaning(none), None, "{none}");
        }
    }

    #[test]
    fn marks_of_two_scanners_share_a_line() {
        let marks = read("# keyward: allow a -- x gitleaks:allow gitleaks:allow");
        let kinds: Vec<&Meaning> = marks.iter().map(|mark| &mark.meaning).collect();
        assert_eq!(kinds, [&allow_of(&["a"], "x gitleaks:allow gitleaks:allow"), &Meaning::Foreign("gitleaks:allow")]);
    }

    #[test]
    fn lines_are_counted_from_one() {
        let text = "\n# keyward: allow a -- x\r\n\n\nb # gitleaks:allow\n# keyward: allow b -- y";
        let lines: Vec<u32> = read(text).iter().map(|mark| mark.line).collect();
        assert_eq!(lines, [2, 5, 6]);
    }

    #[test]
    fn a_mark_does_not_reach_into_the_next_line() {
        assert_eq!(meaning("# keyward: allow a\n-- x"), Some(Meaning::Malformed(Fault::NoReason)));
    }

    #[test]
    fn a_reason_is_cut_and_cannot_send_escape_codes() {
        let long = format!("# keyward: allow a -- \u{1b}[2J {}", "x".repeat(9000));
        let Some(Meaning::Allow { reason, .. }) = meaning(&long) else { panic!("a mark") };
        assert_eq!(reason.chars().count(), LONGEST_REASON + 1);
        assert!(reason.starts_with("?[2J xx") && reason.ends_with("x…"));
    }

    #[test]
    fn a_line_full_of_marks_holds_one_of_each_kind() {
        let text = "gitleaks:allow keyward: allow a keyward: x ".repeat(1 << 12);
        assert_eq!(read(&text).len(), 2);
    }

    proptest! {
        #[test]
        fn no_text_makes_reading_fail(text in r"((keyward:|pragma: ?allowlist| allow|--|—|,|secret|a|\n|\PC){0,40})", cut in 0_usize..8) {
            let mut bytes = text.into_bytes();
            bytes.truncate(bytes.len().saturating_sub(cut));
            let mut all = hits(&bytes);
            all.extend([0, bytes.len(), usize::MAX]);
            let marks = marks(&bytes, &all);
            prop_assert!(marks.is_sorted_by_key(|mark| mark.line));
        }
    }
}
