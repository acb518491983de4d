//! The way back: reports in the line format become [`Report`] values again.
//!
//! What is read was written by some other machine and is not trusted. Lines are bounded, each is parsed straight into the type it claims to be
//! (nothing is kept of what is not known), and what `keyward` would never write is refused: a report of another format version, one that
//! was cut short, one whose summary does not fit its findings, a mask that shows too much of a key. A report that comes back is written again
//! as the same bytes. Text in it may still hold anything; the formats make it printable, as they do for what a scan found.

use std::io::{self, BufRead, Read as _};

use miette::Diagnostic;
use serde::{Deserialize, de::DeserializeOwned};
use thiserror::Error;

use crate::model::{
    Coverage, Finding, Fingerprint, Location, Mode, Notice, RepoId, Report, SCHEMA, SecretSummary, Shard, Summary,
    Tool, masked_text, printable_line,
};

/// Bytes of the longest line that is read. A finding takes two thousand; a summary names every skipped file.
pub const LONGEST_LINE: usize = 64 << 20;
/// Characters of somebody else's text that are repeated in an error.
const LONGEST_QUOTE: usize = 160;
/// Bytes of a version.
const LONGEST_VERSION: usize = 64;
/// What a mask shows of a key at most, before and behind the gap.
const MASK_SHOWS: (usize, usize) = (24, 4);

/// Why something is not a report that can be merged.
#[derive(Debug, Error, Diagnostic)]
pub enum ReadError {
    /// The system refused.
    #[error("cannot read {file}: {source}")]
    #[diagnostic(code(keyward::merge::unreadable), help("check that the file exists and is readable"))]
    Unreadable {
        /// The file.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// There is nothing in it.
    #[error("{file} is empty: it has no header")]
    #[diagnostic(
        code(keyward::merge::empty),
        help("its scan was killed before it wrote anything, or failed; run it again")
    )]
    Empty {
        /// The file.
        file: String,
    },
    /// A line is longer than any report has.
    #[error("line {line} of {file} is longer than {} MiB", LONGEST_LINE >> 20)]
    #[diagnostic(code(keyward::merge::long_line), help("check that the file was made with `keyward -f jsonl`"))]
    LongLine {
        /// The file.
        file: String,
        /// 1-based.
        line: u64,
    },
    /// A line is not text.
    #[error("line {line} of {file} is not UTF-8")]
    #[diagnostic(
        code(keyward::merge::not_utf8),
        help("use `-o FILE`: some shells write UTF-16 when output is redirected")
    )]
    NotUtf8 {
        /// The file.
        file: String,
        /// 1-based.
        line: u64,
    },
    /// A line is not JSON.
    #[error("line {line} of {file} is not JSON: {problem}")]
    #[diagnostic(
        code(keyward::merge::not_json),
        help("check that the file was made with `keyward -f jsonl` and that two scans did not write to it at once")
    )]
    NotJson {
        /// The file.
        file: String,
        /// 1-based.
        line: u64,
        /// What is wrong.
        problem: String,
    },
    /// A line is JSON and not what it should be.
    #[error("line {line} of {file} is not a record of {SCHEMA}: {problem}")]
    #[diagnostic(
        code(keyward::merge::not_a_record),
        help("check that the file was made with `keyward -f jsonl`, by a version not newer than this one")
    )]
    NotRecord {
        /// The file.
        file: String,
        /// 1-based.
        line: u64,
        /// What is wrong.
        problem: String,
    },
    /// A record before the header it belongs to.
    #[error("line {line} of {file} stands before any header")]
    #[diagnostic(code(keyward::merge::no_header), help("the beginning of the report is missing; run its scan again"))]
    NoHeader {
        /// The file.
        file: String,
        /// 1-based.
        line: u64,
    },
    /// A report that does not end.
    #[error("the report that begins on line {line} of {file} has no summary")]
    #[diagnostic(
        code(keyward::merge::no_summary),
        help("its scan was killed or its disk was full, so findings may be missing; run it again")
    )]
    NoSummary {
        /// The file.
        file: String,
        /// 1-based.
        line: u64,
    },
    /// Another version of the format.
    #[error("line {line} of {file} begins a report of format `{found}`; this version of keyward reads {SCHEMA}")]
    #[diagnostic(code(keyward::merge::other_schema), help("merge with the version of keyward that made the reports"))]
    OtherSchema {
        /// The file.
        file: String,
        /// 1-based.
        line: u64,
        /// What it says.
        found: String,
    },
}

/// All reports in `input`, which is called `file`; there is at least one.
///
/// # Errors
/// [`ReadError`] for whatever is not a whole report.
pub fn read(file: &str, input: impl BufRead) -> Result<Vec<Report>, ReadError> {
    let mut lines = Lines { file, input, number: 0, line: Vec::new() };
    let mut reports = Vec::new();
    let mut open: Option<(u64, Report)> = None;
    while lines.advance()? {
        match lines.parse::<Kind>()?.kind.as_str() {
            "header" if open.is_some() => break,
            "header" => open = Some((lines.number, header(&lines)?)),
            "finding" => {
                let finding: Finding = lines.parse()?;
                check(&finding).map_err(|problem| lines.no_record(problem))?;
                open.as_mut().ok_or_else(|| lines.no_header())?.1.findings.push(finding);
            }
            "summary" => {
                let (_, report) = open.take().ok_or_else(|| lines.no_header())?;
                reports.push(lines.parse::<Footer>()?.end(report).map_err(|problem| lines.no_record(problem))?);
            }
            other => return Err(lines.no_record(&format!("there is no type `{}`", quoted(other)))),
        }
    }
    match open {
        Some((line, _)) => Err(ReadError::NoSummary { file: lines.file.to_owned(), line }),
        None if reports.is_empty() => Err(ReadError::Empty { file: lines.file.to_owned() }),
        None => Ok(reports),
    }
}

/// What every record begins with.
#[derive(Deserialize)]
struct Kind {
    #[serde(rename = "type")]
    kind: String,
}

/// The version, read by itself: of another version nothing else is known.
#[derive(Deserialize)]
struct Version {
    schema: String,
}

#[derive(Deserialize)]
struct Header {
    tool: Tool,
    mode: Mode,
    repo_id: Option<RepoId>,
    #[serde(default)]
    repos: Vec<RepoId>,
    shard: Option<Shard>,
}

#[derive(Deserialize)]
struct Footer {
    coverage: Coverage,
    summary: Summary,
    notices: Vec<Notice>,
}

/// The report that the header on the current line begins.
fn header<R>(lines: &Lines<'_, R>) -> Result<Report, ReadError> {
    let Version { schema } = lines.parse()?;
    if schema != SCHEMA {
        let (file, found) = (lines.file.to_owned(), quoted(&schema));
        return Err(ReadError::OtherSchema { file, line: lines.number, found });
    }
    lines.parse::<Header>()?.begin().map_err(|problem| lines.no_record(problem))
}

impl Header {
    /// The report without what follows.
    fn begin(self) -> Result<Report, &'static str> {
        let Self { tool, mode, repo_id, repos, shard } = self;
        let is_digest = tool.rules.len() == 64 && tool.rules.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_version = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+');
        let is_sorted = repos.len() != 1 && repos.windows(2).all(|pair| pair[0] < pair[1]);
        let is_one = repo_id.is_some() || shard.is_some();
        match () {
            () if tool.name != "keyward" => return Err("another tool made it"),
            () if !is_digest => return Err("`rules` is not a SHA-256"),
            () if tool.version.len() > LONGEST_VERSION || !tool.version.bytes().all(is_version) => {
                return Err("`version` is not one");
            }
            () if !is_sorted => return Err("`repos` is not a sorted list of several"),
            () if is_one && !repos.is_empty() => {
                return Err("a report on several repositories has neither `repo_id` nor `shard`");
            }
            () => {}
        }
        let skipped = Vec::new();
        let coverage = Coverage { mode, files: 0, bytes: 0, commits: 0, blobs: 0, complete: false, skipped };
        let (summary, findings, notices) = (Summary::default(), Vec::new(), Vec::new());
        Ok(Report { schema: SCHEMA, tool, repo_id, repos, shard, coverage, summary, findings, notices })
    }
}

impl Footer {
    /// `report` with what was not known before its end.
    fn end(self, report: Report) -> Result<Report, &'static str> {
        let Self { coverage, summary, notices } = self;
        let counted = Summary::of(&report.findings);
        let of_findings = |summary: &Summary| (summary.error, summary.warning, summary.note, summary.secrets);
        match () {
            () if coverage.mode != report.coverage.mode => Err("it names another mode than the header"),
            // Silenced findings may have been left out of the list; the others are all in it.
            () if of_findings(&summary) != of_findings(&counted) || summary.suppressed < counted.suppressed => {
                Err("it counts other findings than the report holds")
            }
            () => Ok(Report { coverage, summary, notices, ..report }),
        }
    }
}

/// Whether `finding` is one that keyward could have written.
fn check(finding: &Finding) -> Result<(), &'static str> {
    let id = finding.rule.as_str();
    let is_id = (1..=100).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let prints = [Some(&finding.fingerprint), finding.secret.as_ref().map(|secret| &secret.fingerprint)];
    let places = finding.related.iter().map(|related| &related.location);
    let edits = finding.fixes.iter().flat_map(|fix| &fix.edits).map(|edit| &edit.location);
    match () {
        () if !is_id => Err("`rule` is not the name of a rule"),
        () if prints.iter().flatten().any(|print| Fingerprint::parse(print.as_str()).is_none()) => {
            Err("`fingerprint` is not one")
        }
        () if !places.chain(edits).chain([&finding.location]).all(is_place) => Err("lines and columns count from 1"),
        () if finding.secret.as_ref().is_some_and(|secret| !is_masked(secret)) => {
            Err("`masked` shows more of a key than a report may")
        }
        () => Ok(()),
    }
}

fn is_place(location: &Location) -> bool {
    let Location { start_line, start_column, end_line, end_column, .. } = *location;
    start_line > 0 && start_column > 0 && end_column > 0 && start_line <= end_line
}

fn is_masked(secret: &SecretSummary) -> bool {
    let shows = |text: &str, most: usize| text.len() <= most && text.bytes().all(|byte| byte.is_ascii_graphic());
    let (before, behind) = MASK_SHOWS;
    secret.masked.split_once('…').is_some_and(|(head, tail)| shows(head, before) && shows(tail, behind))
}

/// Bounded lines, one at a time, with their numbers.
struct Lines<'f, R> {
    file: &'f str,
    input: R,
    number: u64,
    line: Vec<u8>,
}

impl<R: BufRead> Lines<'_, R> {
    /// Goes on to the next line that is not blank; false at the end.
    fn advance(&mut self) -> Result<bool, ReadError> {
        loop {
            self.line.clear();
            self.number += 1;
            let read = (&mut self.input).take(LONGEST_LINE as u64 + 1).read_until(b'\n', &mut self.line);
            match read.map_err(|source| ReadError::Unreadable { file: self.file.to_owned(), source })? {
                0 => return Ok(false),
                read if read > LONGEST_LINE => {
                    return Err(ReadError::LongLine { file: self.file.to_owned(), line: self.number });
                }
                _ if std::str::from_utf8(&self.line).is_err() => {
                    return Err(ReadError::NotUtf8 { file: self.file.to_owned(), line: self.number });
                }
                _ if self.line.trim_ascii().is_empty() => {}
                _ => return Ok(true),
            }
        }
    }
}

impl<R> Lines<'_, R> {
    /// The line as a `T`. Members that `T` does not have are passed over without being kept.
    fn parse<T: DeserializeOwned>(&self) -> Result<T, ReadError> {
        serde_json::from_slice(&self.line).map_err(|error| {
            // Every line is the first one to the parser.
            let place = format!(" at line {} column {}", error.line(), error.column());
            let problem = error.to_string();
            let problem = quoted(problem.strip_suffix(&place).unwrap_or(&problem));
            match error.classify() {
                serde_json::error::Category::Data => self.no_record(&problem),
                _ => ReadError::NotJson { file: self.file.to_owned(), line: self.number, problem },
            }
        })
    }

    fn no_record(&self, problem: &str) -> ReadError {
        ReadError::NotRecord { file: self.file.to_owned(), line: self.number, problem: problem.to_owned() }
    }

    fn no_header(&self) -> ReadError {
        ReadError::NoHeader { file: self.file.to_owned(), line: self.number }
    }
}

/// Somebody else's text, fit to stand in an error: short, printable, and without what could be a key.
fn quoted(text: &str) -> String {
    masked_text(&printable_line(text, LONGEST_QUOTE))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::{Format as _, json::Jsonl, sample},
        *,
    };

    fn lines(report: &Report) -> String {
        sample::written(&Jsonl, report)
    }

    /// The sample as a scan makes it: with places and masks that are possible, and all that the line format carries.
    fn honest() -> Report {
        let mut report = sample::report();
        report.repo_id = Some("acme/api".parse().unwrap());
        report.shard = Shard::new(2, 4);
        report
    }

    fn fails(text: impl AsRef<[u8]>) -> String {
        read("a.jsonl", text.as_ref()).unwrap_err().to_string()
    }

    #[test]
    fn a_report_that_comes_back_is_written_as_the_same_bytes() {
        let mut with_fix = honest();
        with_fix.findings[0].decoded = vec!["base64".into()];
        for report in [honest(), with_fix, sample::clean()] {
            let text = lines(&report);
            let back = read("a.jsonl", text.as_bytes()).unwrap();
            assert_eq!(back.len(), 1);
            assert_eq!(lines(&back[0]), text);
            let mut object = Vec::new();
            super::super::json::Json.write(&back[0], &crate::rules::RuleSet::builtin(), &mut object).unwrap();
            assert_eq!(String::from_utf8(object).unwrap(), sample::written(&super::super::json::Json, &report));
        }
    }

    #[test]
    fn several_reports_may_follow_one_another_with_blank_lines_and_crlf() {
        let text = format!("{}\n{}", lines(&honest()), lines(&sample::clean()).replace('\n', "\r\n"));
        assert_eq!(read("-", text.as_bytes()).unwrap().len(), 2);
    }

    #[test]
    fn what_is_missing_is_named() {
        let text = lines(&honest());
        let all: Vec<&str> = text.lines().collect();
        assert_eq!(fails(""), "a.jsonl is empty: it has no header");
        assert_eq!(fails("\n\n"), "a.jsonl is empty: it has no header");
        assert_eq!(fails(all[1..].join("\n")), "line 1 of a.jsonl stands before any header");
        assert_eq!(
            fails(all[..all.len() - 1].join("\n")),
            "the report that begins on line 1 of a.jsonl has no summary"
        );
        let cut_then_whole = format!("{}\n{text}", all[..2].join("\n"));
        assert_eq!(fails(cut_then_whole), "the report that begins on line 1 of a.jsonl has no summary");
        let mut without_one = all.clone();
        without_one.remove(2);
        assert_eq!(
            fails(without_one.join("\n")),
            "line 5 of a.jsonl is not a record of keyward/1: it counts other findings than the report holds"
        );
        let half = &text[..text.len() - 40];
        assert!(fails(half).starts_with("line 6 of a.jsonl is not JSON: EOF while parsing"), "{}", fails(half));
    }

    #[test]
    fn what_keyward_would_not_write_is_refused_with_its_line() {
        let text = lines(&honest());
        let changed = |from: &str, to: &str| {
            assert!(text.contains(from), "{from}");
            fails(text.replacen(from, to, 1))
        };
        let masked = honest().findings[0].secret.clone().unwrap().masked;
        let record = "is not a record of keyward/1: ";
        assert!(changed("keyward/1", "keyward/2").contains("begins a report of format `keyward/2`"));
        assert!(changed("\"name\":\"keyward\"", "\"name\":\"x\"").ends_with("another tool made it"));
        assert!(changed("\"2/4\"", "\"5/4\"").contains(record));
        assert!(changed("\"acme/api\"", "\"../api\"").contains(record));
        assert!(changed("\"type\":\"finding\"", "\"type\":\"find\"").ends_with("there is no type `find`"));
        assert!(changed("\"start_line\":1", "\"start_line\":0").ends_with("lines and columns count from 1"));
        assert!(changed("\"start_line\":1", "\"start_line\":-1").contains(record));
        assert!(changed("openai-api-key", "\\u001b[2J").ends_with("`rule` is not the name of a rule"));
        assert!(changed("kw1:", "kw2:").ends_with("`fingerprint` is not one"));
        let whole = String::from_utf8(sample::key("sk-proj-", "leaked").expose().to_vec()).unwrap();
        for shown in [whole.as_str(), &format!("{}…", &whole[..40]), &format!("sk-…{}", &whole[150..]), "\\u001b…"]
        {
            assert!(changed(&masked, shown).ends_with("`masked` shows more of a key than a report may"), "{shown}");
        }
        assert_eq!(fails("{\"type\":"), "line 1 of a.jsonl is not JSON: EOF while parsing a value");
        assert_eq!(
            fails("[]"),
            "line 1 of a.jsonl is not a record of keyward/1: invalid length 0, expected struct Kind with 1 element"
        );
        assert_eq!(fails(b"\xff\xfe{\0"), "line 1 of a.jsonl is not UTF-8");
    }

    #[test]
    fn errors_repeat_neither_keys_nor_escape_codes() {
        let key = String::from_utf8(sample::key("sk-proj-", "leaked").expose().to_vec()).unwrap();
        let text = lines(&honest());
        for (from, to) in [
            ("\"severity\":\"error\"", format!("\"severity\":\"\\u001b[2J{key}\"")),
            ("\"type\":\"finding\"", format!("\"type\":\"\\u001b[2J{key}\"")),
            ("keyward/1", format!("\\u001b[2J{key}")),
        ] {
            let message = fails(text.replacen(from, &to, 1));
            assert!(!message.contains(&key[20..40]) && !message.contains('\x1b'), "{message}");
            assert!(message.contains("***"), "{message}");
        }
    }

    #[test]
    fn a_line_without_end_is_given_up() {
        let endless = io::BufReader::new(io::repeat(b' '));
        assert_eq!(read("a.jsonl", endless).unwrap_err().to_string(), "line 1 of a.jsonl is longer than 64 MiB");
        let deep = "[".repeat(100_000);
        assert!(
            fails(format!("{{\"type\":\"finding\",\"x\":{deep}")).starts_with("line 1 of a.jsonl is not JSON: EOF")
        );
    }

    proptest! {
        #[test]
        fn whatever_the_bytes_are_nothing_panics(bytes in any::<Vec<u8>>(), at in 0_usize..4_000, byte in any::<u8>()) {
            let _ = read("a.jsonl", &bytes[..]);
            let mut text = lines(&honest()).into_bytes();
            let at = at % text.len();
            text[at] = byte;
            let _ = read("a.jsonl", &text[..]);
        }

        #[test]
        fn whatever_the_names_say_they_come_back(path in any::<String>(), message in any::<String>()) {
            let text = lines(&Report { summary: Summary { error: 1, secrets: 1, ..Summary::default() }, ..sample::named(path, message) });
            prop_assert_eq!(lines(&read("a.jsonl", text.as_bytes()).unwrap()[0]), text);
        }
    }
}
