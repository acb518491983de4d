//! The sentences every format for people ends with: how much was found, how much was read, and what was not.
//!
//! They are written once so that the terminal, a job summary and a pull request say the same thing about the same run.

use crate::model::{
    Coverage, Finding, Mode, NotChecked, Origin, OriginKind, Report, SkipReason, Skipped, Verdict, Verification,
};

/// How many unread files are named before the rest is only counted.
const NAMED: usize = 3;

/// `1 file`, `812 files`, `12,345 files`.
pub(super) fn count(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// What was found: `2 errors, 1 warning; 3 distinct secrets; 1 live, 1 dead; 1 suppressed`.
pub(super) fn found(report: &Report) -> String {
    let summary = &report.summary;
    let severities = [(summary.error, "error"), (summary.warning, "warning"), (summary.note, "note")];
    let counted: Vec<String> =
        severities.iter().filter(|(number, _)| *number > 0).map(|(number, noun)| count(*number, noun)).collect();
    let mut parts = vec![if counted.is_empty() { "no findings".to_owned() } else { counted.join(", ") }];
    if summary.secrets > 0 {
        parts.push(count(summary.secrets, "distinct secret"));
    }
    let whole = summary.live.saturating_sub(summary.restricted);
    let verdicts =
        [(whole, "live"), (summary.restricted, "restricted"), (summary.dead, "dead"), (summary.unknown, "unknown")];
    let verdicts: Vec<String> = verdicts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{} {word}", grouped(*number)))
        .collect();
    if !verdicts.is_empty() {
        parts.push(verdicts.join(", "));
    }
    if summary.suppressed > 0 {
        parts.push(format!("{} suppressed", grouped(summary.suppressed)));
    }
    parts.join("; ")
}

/// What the provider says of a key, as a word for the status and a sentence; `None` when nobody was asked to ask.
pub(super) fn verification(finding: &Finding) -> Option<(&'static str, String)> {
    let Verification { verdict, advice, .. } = &finding.verification;
    let word = match verdict {
        Verdict::NotChecked(NotChecked::NotRequested) if advice.is_none() => return None,
        Verdict::Live(_) => "live",
        Verdict::Dead(_) => "dead",
        Verdict::Unknown(_) | Verdict::NotChecked(_) => "open",
    };
    // The message of a finding says of live and dead keys what they are.
    let known = verdict.is_live() || verdict.is_dead();
    let parts = [(!known).then(|| verdict.in_words().to_owned()), advice.clone()];
    let said: Vec<String> = parts.into_iter().flatten().collect();
    (!said.is_empty()).then(|| (word, said.join("; ")))
}

/// Whether the report counts any finding that was not suppressed.
pub(super) fn has_findings(report: &Report) -> bool {
    report.summary.error + report.summary.warning + report.summary.note > 0
}

/// What was read: `read 812 files, 5.1 MB in tree mode, shard 2/4; skipped 3: 2 binary, 1 too large`.
pub(super) fn read(report: &Report) -> String {
    let mut part = report.shard.map_or(String::new(), |shard| format!(", shard {shard}"));
    if !report.repos.is_empty() {
        part = format!(", {} repositories", grouped(report.repos.len() as u64));
    }
    covered(&report.coverage, &part)
}

/// The same of one statement of coverage, of which `part` says that it is not the whole.
pub(super) fn covered(coverage: &Coverage, part: &str) -> String {
    let mut what = match coverage.mode {
        Mode::Stdin => vec!["standard input".to_owned()],
        Mode::Tree | Mode::Index => vec![count(coverage.files, "file")],
        Mode::Diff | Mode::History => Vec::new(),
    };
    let has_objects = matches!(coverage.mode, Mode::Diff | Mode::History);
    for (number, noun) in [(coverage.commits, "commit"), (coverage.blobs, "blob")] {
        if has_objects {
            what.push(count(number, noun));
        }
    }
    what.push(size(coverage.bytes));
    let mode = match coverage.mode {
        Mode::Tree => " in tree mode",
        Mode::Stdin => "",
        Mode::Index => " from the index",
        Mode::Diff => " of the range",
        Mode::History => " of the whole history",
    };
    format!("read {}{mode}{part}{}", what.join(", "), skipped(&coverage.skipped))
}

/// Characters of a path that are shown there: git takes 64 KiB, which would push everything else off a page.
const LONGEST_PATH: usize = 200;

/// What is missing, when something is: a run that did not read everything must say so in words.
pub(super) fn gap(coverage: &Coverage) -> Option<String> {
    if coverage.complete {
        return None;
    }
    let missing: Vec<&Skipped> = coverage.skipped.iter().filter(|skip| !skip.reason.is_expected()).collect();
    if missing.is_empty() {
        return Some("not everything was read; the notices say why".to_owned());
    }
    let name = |skip: &&Skipped| format!("{} ({})", shortened(&skip.path, LONGEST_PATH), reason(skip.reason, 1));
    let named: Vec<String> = missing.iter().take(NAMED).map(name).collect();
    let rest = missing.len().saturating_sub(NAMED);
    let more = if rest > 0 { format!(" and {} more", grouped(rest as u64)) } else { String::new() };
    let were = if missing.len() == 1 { "was" } else { "were" };
    Some(format!("{} {were} not read: {}{more}", count(missing.len() as u64, "file"), named.join(", ")))
}

/// Digits of a commit's id that people read.
pub(super) const SHORT_ID: usize = 12;
/// References that are named before the rest is only counted.
const NAMED_REFS: usize = 2;

/// Where git has a secret: `first in 1f2e3d4c5b6a of 2024-05-06, in 3 versions, still in HEAD; in the history of refs/heads/main and 2 more`.
pub(super) fn origin(origin: &Origin) -> Option<String> {
    if !matches!(origin.kind, OriginKind::Diff | OriginKind::History) {
        return None;
    }
    let date = origin.author_time.as_deref().and_then(|time| time.get(..10)).unwrap_or("an unknown day");
    let commit = origin.commit.as_deref().map(|id| &id[..id.len().min(SHORT_ID)]);
    let verb = if origin.kind == OriginKind::History { "first in" } else { "brought in by" };
    let mut parts = vec![commit.map_or_else(|| "in no commit".to_owned(), |id| format!("{verb} {id} of {date}"))];
    if origin.occurrences > 1 {
        parts.push(format!("in {}", count(u64::from(origin.occurrences), "version")));
    }
    parts.push(if origin.in_head { "still in HEAD" } else { "not in the files of HEAD" }.to_owned());
    let mut text = parts.join(", ");
    if origin.kind == OriginKind::History {
        let rest = origin.refs.len().saturating_sub(NAMED_REFS);
        let named: Vec<&str> = origin.refs.iter().take(NAMED_REFS).map(String::as_str).collect();
        let more = if rest > 0 { format!(" and {} more", grouped(rest as u64)) } else { String::new() };
        let held = if named.is_empty() {
            "no reference holds it".to_owned()
        } else {
            format!("in the history of {}", named.join(", "))
        };
        text = format!("{text}; {held}{more}");
    }
    Some(text)
}

/// Whether not a single file, commit or blob was read. A shard may hold none of them.
pub(super) fn nothing_read(report: &Report) -> bool {
    let coverage = &report.coverage;
    let read_any = coverage.files.max(coverage.commits).max(coverage.blobs) > 0;
    coverage.mode != Mode::Stdin && report.shard.is_none() && !read_any
}

/// Whether all that should be read was: what takes a report for the whole truth must not be given one of a run that read nothing.
pub(super) fn is_whole(report: &Report) -> bool {
    report.coverage.complete && !nothing_read(report)
}

/// The reason in words that fit behind a number.
pub(super) fn reason(reason: SkipReason, number: usize) -> &'static str {
    match reason {
        SkipReason::Dependencies if number == 1 => "dependency folder",
        SkipReason::Dependencies => "dependency folders",
        SkipReason::Binary => "binary",
        SkipReason::Excluded => "excluded",
        SkipReason::TooLarge => "too large",
        SkipReason::Unreadable => "unreadable",
        SkipReason::TimedOut => "not reached in time",
        SkipReason::Link => "links",
        SkipReason::Missing => "missing in this clone",
        SkipReason::Corrupt => "damaged",
        SkipReason::Encrypted => "encrypted",
        SkipReason::Unsupported => "in an unknown packing",
        SkipReason::TooDeep => "in too many archives",
        SkipReason::ArchiveLimit => "unpacked in part",
    }
}

fn skipped(skipped: &[Skipped]) -> String {
    if skipped.is_empty() {
        return String::new();
    }
    let mut counts: Vec<(SkipReason, usize)> = Vec::new();
    for skip in skipped {
        match counts.iter_mut().find(|(reason, _)| *reason == skip.reason) {
            Some((_, number)) => *number += 1,
            None => counts.push((skip.reason, 1)),
        }
    }
    counts.sort_unstable_by_key(|(reason, _)| *reason);
    let parts: Vec<String> =
        counts.iter().map(|(why, number)| format!("{} {}", grouped(*number as u64), reason(*why, *number))).collect();
    format!("; skipped {}: {}", grouped(skipped.len() as u64), parts.join(", "))
}

/// `1234567` as `1,234,567`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `text` with a capital, for where it stands alone.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

/// At most `longest` characters of `text`; `…` says that more was there.
pub(super) fn shortened(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest.saturating_sub(1)).chain(['…']).collect()
}

/// Bytes in powers of a thousand, with one digit after the point.
fn size(bytes: u64) -> String {
    let (unit, name) = match bytes {
        0..1_000 => return count(bytes, "byte"),
        1_000..1_000_000 => (1_000, "kB"),
        1_000_000..1_000_000_000 => (1_000_000, "MB"),
        _ => (1_000_000_000, "GB"),
    };
    // Whole numbers only, so that every machine rounds alike; down, so that 999,999 bytes are not called 1000.0 kB.
    let tenths = bytes / (unit / 10);
    format!("{}.{} {name}", grouped(tenths / 10), tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};
    use crate::model::Shard;

    #[test]
    fn the_name_of_an_unread_file_leaves_room_for_everything_else() {
        let mut report = sample::report();
        for skip in &mut report.coverage.skipped {
            skip.path = "|".repeat(60_000);
        }
        let gap = gap(&report.coverage).unwrap();
        assert_eq!(gap, format!("1 file was not read: {}… (too large)", "|".repeat(199)));
    }

    #[test]
    fn numbers_are_grouped_and_nouns_follow_them() {
        assert_eq!(count(1, "file"), "1 file");
        assert_eq!(count(0, "file"), "0 files");
        assert_eq!(count(1_234_567, "file"), "1,234,567 files");
        assert_eq!(size(999), "999 bytes");
        assert_eq!(size(999_999), "999.9 kB");
        assert_eq!(size(5_120_000), "5.1 MB");
    }

    #[test]
    fn long_texts_are_cut_with_an_ellipsis() {
        assert_eq!(shortened("café", 4), "café");
        assert_eq!(shortened("cafés", 4), "caf…");
    }

    #[test]
    fn a_complete_run_has_no_gap_and_lists_what_it_skipped() {
        let mut report = sample::clean();
        report.coverage.skipped = vec![
            Skipped { path: "a".into(), reason: SkipReason::Binary },
            Skipped { path: "node_modules".into(), reason: SkipReason::Dependencies },
            Skipped { path: "z".into(), reason: SkipReason::Binary },
        ];
        assert_eq!(gap(&report.coverage), None);
        assert_eq!(read(&report), "read 812 files, 5.1 MB in tree mode; skipped 3: 1 dependency folder, 2 binary");
    }

    #[test]
    fn a_shard_says_which_one_it_is_and_a_merged_report_how_many_repositories() {
        let mut report = sample::clean();
        report.shard = Shard::new(2, 4);
        assert_eq!(read(&report), "read 812 files, 5.1 MB in tree mode, shard 2/4");
        (report.coverage.files, report.coverage.bytes) = (0, 0);
        assert!(!nothing_read(&report));
        report.shard = None;
        assert!(nothing_read(&report));
        report.repos = ["a", "b"].map(|name| name.parse().unwrap()).to_vec();
        assert_eq!(read(&report), "read 0 files, 0 bytes in tree mode, 2 repositories");
    }

    #[test]
    fn a_gap_names_three_files_and_counts_the_rest() {
        let mut coverage = sample::clean().coverage;
        coverage.complete = false;
        coverage.skipped = ["a", "b", "c", "d", "e"]
            .map(|path| Skipped { path: path.into(), reason: SkipReason::Unreadable })
            .to_vec();
        let gap = gap(&coverage).unwrap();
        assert_eq!(gap, "5 files were not read: a (unreadable), b (unreadable), c (unreadable) and 2 more");
    }
}
