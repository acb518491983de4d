//! One page for people who were not there: an auditor, a manager, whoever has to decide what is done first.
//!
//! It stands alone: no script, no font, no picture, nothing that is fetched, so that it can be mailed, archived and printed, and opening it tells nobody. A
//! Content-Security-Policy says the same to the browser; it names the hash of our own style sheet, so that not even a `style` attribute would work that somebody
//! managed to bring in. Everything that stems from the scanned files is escaped once ([`markup`]).
//!
//! A key is one story ([`stories`]) with all of its places. The worst stories come first, and each says what, where, why it matters and what to do.

mod story;

use std::{cmp::Reverse, collections::BTreeMap, fmt::Write as _, io};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

use super::{
    Format, markup,
    rank::Score,
    statement::{self, capital, grouped},
    story::{Story, stories},
};
use crate::{
    model::{Coverage, Notice, Report, Severity, SkipReason},
    rules::RuleSet,
};

const STYLE: &str = include_str!("style.css");
/// Stories that are told; a browser has to hold them all at once.
const STORIES: usize = 1_000;
/// Unread files of one reason that are named.
const SKIPPED: usize = 100;

/// The HTML format.
pub(super) struct Html;

impl Format for Html {
    fn write(&self, report: &Report, rules: &RuleSet, out: &mut dyn io::Write) -> io::Result<()> {
        let chapters = chapters(report, rules);
        let mut page = head(report);
        page.push_str("<main>\n");
        numbers(&mut page, report);
        overview(&mut page, &chapters, rules);
        out.write_all(page.as_bytes())?;
        for chapter in &chapters {
            let mut page = format!("<h2>{} ({})</h2>\n", chapter.title, grouped(chapter.stories.len() as u64));
            for (number, story) in &chapter.stories {
                story::write(&mut page, *number, story, rules);
            }
            out.write_all(page.as_bytes())?;
        }
        let mut page = String::new();
        left_out(&mut page, report, &chapters);
        coverage(&mut page, report);
        notices(&mut page, &report.notices);
        page.push_str("</main>\n");
        foot(&mut page, report);
        out.write_all(page.as_bytes())
    }
}

/// Stories of one severity, each with its number on the page.
struct Chapter<'a> {
    title: &'static str,
    stories: Vec<(usize, Story<'a>)>,
}

/// What is told, the worst first; stories of one rank stay in the order of the report.
fn chapters<'a>(report: &'a Report, rules: &RuleSet) -> Vec<Chapter<'a>> {
    let mut all = stories(&report.findings);
    all.sort_by_key(|story| {
        let finding = story.primary;
        let is_live = finding.verification.verdict.is_live();
        (finding.suppressed.is_some(), Reverse(finding.severity), !is_live, Reverse(Score::of(finding, rules)))
    });
    all.truncate(STORIES);
    let title = |story: &Story<'_>| match story.primary.severity {
        _ if story.primary.suppressed.is_some() => "Suppressed",
        Severity::Error => "Errors",
        Severity::Warning => "Warnings",
        Severity::Note => "Notes",
    };
    let mut chapters: Vec<Chapter<'a>> = Vec::new();
    for (number, story) in (1..).zip(all) {
        let title = title(&story);
        match chapters.last_mut() {
            Some(last) if last.title == title => last.stories.push((number, story)),
            _ => chapters.push(Chapter { title, stories: vec![(number, story)] }),
        }
    }
    chapters
}

fn head(report: &Report) -> String {
    let found = markup::text(&capital(&statement::found(report)));
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    let whose = report.repo_id.as_ref().map(|id| format!(" on {}", markup::text(&id.to_string()))).unwrap_or_default();
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>keyward{whose}: {found}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <header>\n<p class=\"brand\">keyward report{whose}</p>\n<h1>{found}</h1>\n"
    );
    let _ = writeln!(page, "<p>{}.</p>", markup::text(&capital(&statement::read(report))));
    if statement::nothing_read(report) {
        page.push_str("<p class=\"alarm\"><strong>Nothing was scanned.</strong> This page says nothing about what is there.</p>\n");
    }
    if let Some(gap) = statement::gap(&report.coverage) {
        let gap = markup::text(&gap);
        let _ = writeln!(
            page,
            "<p class=\"alarm\"><strong>Incomplete:</strong> {gap}. There may be more than is listed here.</p>"
        );
    }
    page.push_str("</header>\n");
    page
}

fn numbers(page: &mut String, report: &Report) {
    let summary = &report.summary;
    let is_asked = summary.live + summary.dead + summary.unknown > 0;
    let all = [
        ("error", "errors", summary.error, true),
        ("warning", "warnings", summary.warning, true),
        ("note", "notes", summary.note, true),
        ("keys", "distinct secrets", summary.secrets, true),
        ("error", "live", summary.live, is_asked),
        ("keys", "dead", summary.dead, is_asked),
        ("keys", "unknown", summary.unknown, is_asked),
        ("keys", "suppressed", summary.suppressed, true),
    ];
    page.push_str("<ul class=\"numbers\">\n");
    for (class, name, number, _) in all.into_iter().filter(|(.., is_shown)| *is_shown) {
        let zero = if number == 0 { " zero" } else { "" };
        let _ = writeln!(page, "<li class=\"{class}{zero}\"><b>{}</b> <span>{name}</span></li>", grouped(number));
    }
    page.push_str("</ul>\n");
}

/// A line for each story, to see where to begin.
fn overview(page: &mut String, chapters: &[Chapter<'_>], rules: &RuleSet) {
    if chapters.is_empty() {
        page.push_str("<h2>Findings</h2>\n<p>There are none.</p>\n");
        return;
    }
    page.push_str(
        "<h2>At a glance</h2>\n<div class=\"wide\"><table class=\"overview\">\n\
         <thead><tr><th>Severity</th><th>What</th><th>Where</th><th>Places</th></tr></thead>\n<tbody>\n",
    );
    for (number, story) in chapters.iter().flat_map(|chapter| &chapter.stories) {
        story::line(page, *number, story, rules);
    }
    page.push_str("</tbody></table></div>\n");
}

fn left_out(page: &mut String, report: &Report, chapters: &[Chapter<'_>]) {
    let told: usize = chapters.iter().map(|chapter| chapter.stories.len()).sum();
    if told == STORIES {
        let rest = stories(&report.findings).len() - told;
        if rest > 0 {
            let _ = writeln!(
                page,
                "<p class=\"alarm\">{} more are not told here; the report in JSON lists all.</p>",
                grouped(rest as u64)
            );
        }
    }
}

fn coverage(page: &mut String, report: &Report) {
    let Coverage { skipped, .. } = &report.coverage;
    let _ = writeln!(page, "<h2>What was read</h2>\n<p>{}.</p>", markup::text(&capital(&statement::read(report))));
    page.push_str(if statement::is_whole(report) {
        "<p>Everything that should be read was read.</p>\n"
    } else {
        "<p><strong>Not everything that should be read was read.</strong></p>\n"
    });
    if !report.repos.is_empty() {
        let names: Vec<String> = report.repos.iter().map(|id| code(&id.to_string())).collect();
        let _ = writeln!(page, "<p>Repositories: {}.</p>", names.join(", "));
    }
    let mut by_reason: BTreeMap<SkipReason, Vec<&str>> = BTreeMap::new();
    for skip in skipped {
        by_reason.entry(skip.reason).or_default().push(&skip.path);
    }
    if by_reason.is_empty() {
        return;
    }
    page.push_str("<div class=\"wide\"><table>\n<thead><tr><th>Not read</th><th>Number</th><th>Files</th></tr></thead>\n<tbody>\n");
    for (reason, paths) in by_reason {
        let mut names: Vec<String> = paths.iter().take(SKIPPED).map(|path| code(path)).collect();
        if paths.len() > SKIPPED {
            names.push(format!("and {} more", grouped((paths.len() - SKIPPED) as u64)));
        }
        let number = grouped(paths.len() as u64);
        let reason = statement::reason(reason, paths.len());
        let _ = writeln!(
            page,
            "<tr><td>{reason}</td><td class=\"count\">{number}</td><td>{}</td></tr>",
            names.join("<br>")
        );
    }
    page.push_str("</tbody></table></div>\n");
}

fn notices(page: &mut String, notices: &[Notice]) {
    if notices.is_empty() {
        return;
    }
    page.push_str("<h2>Notices</h2>\n<ul>\n");
    for notice in notices {
        let place = notice.path.as_ref().map(|path| {
            let line = notice.line.map(|line| format!(":{line}")).unwrap_or_default();
            format!(" in {}", code(&format!("{path}{line}")))
        });
        let help = notice.help.as_ref().map(|help| format!("; {}", prose(help))).unwrap_or_default();
        let (word, said) = (markup::text(&notice.code), prose(&notice.message));
        let _ = writeln!(page, "<li><strong>{word}</strong>{}: {said}{help}</li>", place.unwrap_or_default());
    }
    page.push_str("</ul>\n");
}

fn foot(page: &mut String, report: &Report) {
    let tool = &report.tool;
    let _ = writeln!(
        page,
        "<footer>\n<p>Made by {} {}. Keys are masked: this page holds none of them. Removing a key from a file does not make it secret again; \
         revoke it.</p>\n<p class=\"mono\">rules {}</p>\n</footer>\n</body>\n</html>",
        markup::text(&tool.name),
        markup::text(&tool.version),
        markup::text(&tool.rules)
    );
}

/// A sentence of ours, in which names stand between backticks, as it is usual: they are set in code type.
fn prose(text: &str) -> String {
    let mut parts = text.split('`').peekable();
    let (mut out, mut is_name) = (String::new(), false);
    while let Some(part) = parts.next() {
        match (is_name, parts.peek()) {
            (true, Some(_)) => out.push_str(&code(part)),
            // Nothing ends what was begun.
            (true, None) => out.push_str(&markup::text(&format!("`{part}"))),
            (false, _) => out.push_str(&markup::text(part)),
        }
        is_name = !is_name;
    }
    out
}

/// A name in code type.
fn code(name: &str) -> String {
    format!("<code>{}</code>", markup::text(name))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::sample, *};
    use crate::model::{Live, Skipped, Verdict, Verification};

    fn html(report: &Report) -> String {
        sample::written(&Html, report)
    }

    /// The names of all elements in the order in which they begin and end, names in code type left out.
    fn elements(page: &str) -> Vec<String> {
        let (_, body) = page.split_once("</style>").unwrap();
        let tags = body.split('<').skip(1).map(|tag| tag.split([' ', '>', '\n']).next().unwrap().to_owned());
        tags.filter(|tag| !tag.ends_with("code")).collect()
    }

    #[test]
    fn names_between_backticks_are_set_in_code_type_and_stay_text() {
        assert_eq!(prose("`<b>` & `.env` is"), "<code>&lt;b&gt;</code> &amp; <code>.env</code> is");
        assert_eq!(prose("a `b"), "a `b");
        assert_eq!(prose("``"), "<code></code>");
    }

    #[test]
    fn a_page_tells_each_key_once_with_its_places_and_the_next_step() {
        let page = html(&sample::report());
        let (_, body) = page.split_once("</style>").unwrap();
        insta::assert_snapshot!("html", body);
        assert_eq!(page.matches("<article").count(), 3);
    }

    #[test]
    fn keys_of_which_the_provider_said_nothing_are_counted_too() {
        let mut report = sample::report();
        assert!(!html(&report).contains("<span>unknown</span>"), "nobody was asked");
        report.summary.unknown = 3;
        assert!(html(&report).contains("<li class=\"keys\"><b>3</b> <span>unknown</span></li>"));
    }

    #[test]
    fn a_clean_run_says_so() {
        let page = html(&sample::clean());
        assert!(page.contains("<h1>No findings</h1>") && page.contains("Everything that should be read was read."));
        assert_eq!(page.matches("<article").count(), 0);
    }

    #[test]
    fn nothing_is_fetched_or_run_and_the_policy_names_the_hash_of_the_style() {
        let page = html(&sample::report());
        for word in
            ["<script", "<img", "<link", "<iframe", " style=", " src=", "url(", "@import", "http-equiv=\"refresh"]
        {
            assert!(!page.contains(word), "{word}");
        }
        let (_, rest) = page.split_once("<style>").unwrap();
        let (style, _) = rest.split_once("</style>").unwrap();
        let hash = STANDARD.encode(Sha256::digest(style.as_bytes()));
        assert!(page.contains(&format!("default-src 'none'; style-src 'sha256-{hash}';")), "{page}");
    }

    #[test]
    fn the_worst_comes_first_whatever_the_order_of_the_report() {
        let mut report = sample::report();
        report.findings.truncate(3);
        report.findings[0].secret = None;
        report.findings[0].severity = Severity::Note;
        report.findings[2].verification = Verification::of(Verdict::Live(Live::Ok));
        let page = html(&report);
        assert!(page.find("<h2>Errors (2)").unwrap() < page.find("<h2>Notes (1)").unwrap());
        let first = &page[page.find("id=\"f1\"").unwrap()..page.find("id=\"f2\"").unwrap()];
        assert!(first.contains("src/app.py:3:26") && first.contains("badge live"), "{first}");
        let last = &page[page.find("id=\"f3\"").unwrap()..];
        assert!(last.contains("config/old.env:1:16"), "{last}");
    }

    #[test]
    fn unread_files_are_named_by_reason_and_counted_beyond_a_hundred() {
        let mut report = sample::clean();
        let skip = |at| Skipped { path: format!("big/{at}.bin"), reason: SkipReason::TooLarge };
        report.coverage.skipped = (0..SKIPPED + 3).map(skip).collect();
        report.coverage.complete = false;
        let page = html(&report);
        assert!(page.contains("<td>too large</td><td class=\"count\">103</td>"), "{page}");
        assert!(
            page.contains("<code>big/99.bin</code><br>and 3 more") && page.contains("<strong>Incomplete:</strong>")
        );
    }

    #[test]
    fn stories_beyond_a_thousand_are_counted() {
        let finding = crate::model::Finding { secret: None, ..sample::report().findings.remove(0) };
        let page = html(&sample::with(vec![finding; STORIES + 2]));
        assert_eq!(page.matches("<article").count(), STORIES);
        assert!(page.contains("2 more are not told here"));
    }

    proptest! {
        #[test]
        fn whatever_the_names_say_the_page_keeps_its_shape(path in any::<String>(), message in any::<String>()) {
            let plain = html(&sample::named("path".to_owned(), "message".to_owned()));
            prop_assert_eq!(elements(&html(&sample::named(path, message))), elements(&plain));
        }
    }
}
