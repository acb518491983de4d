//! The report for people: one story per secret, the source it stands in, the next step, and what was and was not read.
//!
//! `miette` draws the annotated source line with a theme of our own; its usual header (a code, a blank line, a cross) is folded into the
//! one line that compilers taught everybody to read: `error[rule]: message`. Everything below is a short word and a hanging
//! indent. Only the masked excerpt is ever shown; a whole secret appears on a line of its own, and only when `pipeline`
//! filled [`crate::model::SecretSummary::revealed`] because a person typed `--show-secrets`.

use std::{
    fmt::{self, Write as _},
    io,
};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode, ThemeCharacters, ThemeStyles,
};
use thiserror::Error;

use super::{
    Detail, Format, Look,
    layout::{Ink, Paint, columns, wrap},
    particulars::{encodings, revoke, silenced},
    printable::{Place, printable},
    snippet::{Charset, Room, Snippet},
    statement,
    story::{Story, stories},
};
use crate::{
    model::{Finding, Group, Mode, Notice, Report, SecretSummary, Severity},
    rules::RuleSet,
};

/// Further places of a secret that are listed unless all are asked for.
const FURTHER_PLACES: usize = 3;
/// Narrower than this, lines are allowed to overflow: nothing readable fits.
const NARROWEST: usize = 40;
/// Wider than this, prose stops being readable; source lines use the whole width.
const WIDEST_PROSE: usize = 100;
/// Columns that `╰── ` takes before a label.
const HOOK: usize = 4;

/// The terminal format.
#[derive(Debug)]
pub(super) struct Terminal {
    look: Look,
    paint: Paint,
    charset: Charset,
}

impl Format for Terminal {
    fn write(&self, report: &Report, rules: &RuleSet, out: &mut dyn io::Write) -> io::Result<()> {
        for story in stories(&report.findings) {
            out.write_all(self.story(&story, rules).as_bytes())?;
        }
        if self.look.detail == Detail::Quiet {
            return Ok(());
        }
        for notice in &report.notices {
            out.write_all(self.notice(notice).as_bytes())?;
        }
        if self.look.detail == Detail::Verbose {
            out.write_all(self.skipped(report).as_bytes())?;
        }
        out.write_all(self.ending(report).as_bytes())
    }
}

impl Terminal {
    /// A terminal that looks like `look`.
    pub(super) fn new(look: Look) -> Self {
        let look = Look { width: look.width.max(NARROWEST), ..look };
        let charset = if look.unicode { Charset::Unicode } else { Charset::Ascii };
        Self { look, paint: Paint { color: look.color }, charset }
    }

    fn story(&self, story: &Story<'_>, rules: &RuleSet) -> String {
        let finding = story.primary;
        let mut out = self.sight(finding, rules);
        if finding.excerpt.is_none() {
            self.without_source(&mut out, finding, rules);
        }
        if let Some(revealed) = finding.secret.as_ref().and_then(|secret| secret.revealed.as_deref()) {
            // Not wrapped: it is there to be copied.
            let _ = writeln!(out, "  {} {}", self.paint.on(Ink::Error, "full:"), printable(revealed));
        }
        if let Some((word, said)) = statement::verification(finding) {
            self.field(&mut out, &format!("{word}:"), &printable(&said));
        }
        self.places(&mut out, story);
        if let Some(suppression) = &finding.suppressed {
            self.field(&mut out, "note:", &printable(&silenced(suppression)));
        }
        if self.look.detail == Detail::Verbose {
            let mut prints = vec![format!("finding {}", finding.fingerprint)];
            prints.extend(finding.secret.as_ref().map(|secret| format!("secret {}", secret.fingerprint)));
            self.list(&mut out, "id:", &prints);
        }
        out.push('\n');
        out
    }

    /// Header, source line and help: the part that `miette` draws.
    fn sight(&self, finding: &Finding, rules: &RuleSet) -> String {
        let snippet = finding.excerpt.as_ref().map(|excerpt| {
            let name = printable(&finding.shown_path()).into_owned();
            let secret = Snippet::secret_columns(excerpt, self.charset);
            let digits = finding.location.start_line.to_string().len();
            let line = self.look.width.saturating_sub(digits + 4);
            let label = self.label(finding).filter(|label| columns(label) + HOOK + secret / 2 <= line);
            let room = Room { columns: line, label: label.as_deref().map_or(0, |text| columns(text) + HOOK) };
            (Snippet::new(name, finding.location.start_column, excerpt, room, self.charset), label)
        });
        let help = snippet.as_ref().and_then(|_| self.help(finding, rules));
        let sight = Sight { message: self.header(finding), help, snippet };
        let mut drawn = String::new();
        GraphicalReportHandler::new_themed(self.theme(finding))
            .with_wrap_lines(false)
            .with_urls(false)
            .with_context_lines(0)
            .without_syntax_highlighting()
            .render_report(&mut drawn, &sight)
            .expect("writing into a string does not fail");
        // miette indents the header by two; ours begins the line, so that a screenful can be scanned by its left edge.
        drawn.trim_start().lines().fold(String::new(), |out, line| out + line.trim_end() + "\n")
    }

    /// What takes the place of the drawing when there is no line to draw, as in a merged report: the place, the key as far as it may be
    /// shown, and then the help.
    fn without_source(&self, out: &mut String, finding: &Finding, rules: &RuleSet) {
        self.list(out, "at:", &[Place::of(finding).to_string()]);
        if let Some(secret) = &finding.secret {
            let what = self.label(finding).unwrap_or_default();
            let masked =
                if finding.decoded.is_empty() { self.charset.render(&secret.masked) + ", " } else { String::new() };
            self.field(out, "key:", &format!("{}{what}", printable(&masked)));
        }
        if let Some(help) = self.help(finding, rules) {
            self.list(out, "help:", &help.lines().map(str::to_owned).collect::<Vec<_>>());
        }
    }

    /// The characters and colours. There is no icon: the header says in words how bad it is.
    fn theme(&self, finding: &Finding) -> GraphicalTheme {
        let characters = match self.charset {
            Charset::Unicode => ThemeCharacters { error: String::new(), ..ThemeCharacters::unicode() },
            Charset::Ascii => {
                ThemeCharacters { error: String::new(), underline: '^', underbar: '^', ..ThemeCharacters::ascii() }
            }
        };
        let styles = if self.look.color { ThemeStyles::ansi() } else { ThemeStyles::none() };
        let style = match ink(finding) {
            Ink::Error => styles.error,
            Ink::Warning => styles.warning,
            Ink::Note | Ink::Label | Ink::Strong | Ink::Good => styles.advice,
            Ink::Faint => styles.linum,
        };
        // The header brings its own colour, so the place of the icon has none.
        let error = ThemeStyles::none().error;
        let styles = ThemeStyles { error, highlights: vec![style], link: styles.help, ..styles };
        GraphicalTheme { characters, styles }
    }

    /// `error[rule]: message`, wrapped. `miette` would wrap too, but breaks words.
    fn header(&self, finding: &Finding) -> String {
        let suppressed = if finding.suppressed.is_some() { "suppressed " } else { "" };
        let name = format!("{suppressed}{}[{}]:", finding.severity.as_str(), printable(finding.rule.as_str()));
        let lines = wrap(&format!("{name} {}", printable(&finding.message)), self.prose().saturating_sub(4)).join("\n");
        match lines.strip_prefix(&name) {
            Some(rest) => self.paint.on(ink(finding), &name) + rest,
            None => lines,
        }
    }

    /// What hangs under the secret: what it is beyond what can be seen above.
    fn label(&self, finding: &Finding) -> Option<String> {
        let SecretSummary { masked, length, .. } = finding.secret.as_ref()?;
        let mut parts = Vec::new();
        if !finding.decoded.is_empty() {
            // The line shows the encoded text; only the label can show the key.
            parts.push(format!("{} in {}", self.charset.render(masked), encodings(&finding.decoded)));
        }
        parts.extend(finding.kind.clone());
        parts.push(statement::count(*length as u64, "character"));
        parts.extend(finding.location.cell.map(|cell| format!("cell {cell}")));
        parts.extend(
            (!finding.exposure.is_empty())
                .then(|| format!("shipped in a {}", finding.exposure.join(", ").replace('-', " "))),
        );
        Some(printable(&parts.join(", ")).into_owned())
    }

    /// The next step, and the page where it is taken.
    fn help(&self, finding: &Finding, rules: &RuleSet) -> Option<String> {
        if finding.suppressed.is_some() {
            return None;
        }
        let mut lines = wrap(&printable(&finding.help), self.prose().saturating_sub(8));
        lines.extend(revoke(finding, rules).map(|page| printable(page).into_owned()));
        if self.look.links {
            lines = lines.iter().map(|line| linked(line)).collect();
        }
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    /// Where else the secret is, and the other places of the story.
    fn places(&self, out: &mut String, story: &Story<'_>) {
        if let Some(origin) = statement::origin(&story.primary.origin) {
            self.field(out, "git:", &printable(&origin));
        }
        if let Some(age) = story.age {
            let said = format!("{}[{}]: {}", age.severity.as_str(), age.rule.as_str(), age.message);
            self.field(out, "age:", &printable(&said));
        }
        let shown = if self.look.detail == Detail::Verbose { usize::MAX } else { FURTHER_PLACES };
        let mut lines: Vec<String> =
            story.others.iter().take(shown).map(|other| Place::of(other).to_string()).collect();
        let rest = story.others.len().saturating_sub(shown);
        if rest > 0 {
            lines.push(format!("and {}; -v lists them", statement::count(rest as u64, "more place")));
        }
        self.list(out, "also:", &lines);
        let related: Vec<String> = story
            .primary
            .related
            .iter()
            .map(|related| format!("{} ({})", Place::at(&related.location), printable(&related.message)))
            .collect();
        self.list(out, "see:", &related);
    }

    fn notice(&self, notice: &Notice) -> String {
        let code = format!("notice[{}]:", printable(&notice.code));
        let message = format!("{code} {}", printable(&notice.message));
        let mut lines = wrap(&message, self.prose().saturating_sub(2)).join("\n  ");
        if let Some(rest) = lines.strip_prefix(&code) {
            lines = self.paint.on(Ink::Note, &code) + rest;
        }
        let mut out = lines + "\n";
        if let Some(path) = &notice.path {
            let line = notice.line.map_or(String::new(), |line| format!(":{line}"));
            self.list(&mut out, "at:", &[format!("{}{line}", printable(path))]);
        }
        if let Some(help) = &notice.help {
            self.field(&mut out, "help:", &printable(help));
        }
        out.push('\n');
        out
    }

    fn skipped(&self, report: &Report) -> String {
        let mut out = String::new();
        for skip in &report.coverage.skipped {
            let reason = statement::reason(skip.reason, 1);
            out.push_str(&self.paint.on(Ink::Faint, format!("skipped {} ({reason})", printable(&skip.path))));
            out.push('\n');
        }
        if !out.is_empty() {
            out.push('\n');
        }
        out
    }

    /// The last lines: what was found, what was read, and in a colour that is seen what was not.
    fn ending(&self, report: &Report) -> String {
        let (found, read) = (statement::found(report), statement::read(report));
        let mut out = String::new();
        if let Some(gap) = statement::gap(&report.coverage) {
            let found = if statement::has_findings(report) { found } else { format!("{found} in what was read") };
            self.sentence(&mut out, Ink::Strong, &found);
            self.sentence(&mut out, Ink::Faint, &read);
            self.sentence(&mut out, Ink::Error, &format!("incomplete: {gap}"));
        } else if statement::nothing_read(report) {
            self.sentence(&mut out, Ink::Error, &format!("nothing was scanned: {read}"));
        } else if statement::has_findings(report) {
            self.sentence(&mut out, Ink::Strong, &found);
            self.sentence(&mut out, Ink::Faint, &read);
        } else {
            self.sentence(&mut out, Ink::Faint, &format!("{found}; {read}"));
        }
        if let Some(way_on) = way_on(report) {
            self.sentence(&mut out, Ink::Faint, &way_on);
        }
        out
    }

    fn sentence(&self, out: &mut String, ink: Ink, text: &str) {
        for line in wrap(&printable(text), self.prose()) {
            out.push_str(&self.paint.on(ink, line));
            out.push('\n');
        }
    }

    /// `  help: text`, wrapped under itself.
    fn field(&self, out: &mut String, name: &str, text: &str) {
        self.list(out, name, &wrap(text, self.prose().saturating_sub(8)));
    }

    fn list(&self, out: &mut String, name: &str, lines: &[String]) {
        for (at, line) in lines.iter().enumerate() {
            let name = if at == 0 { format!("{name:<5}") } else { " ".repeat(5) };
            let _ = writeln!(out, "  {} {line}", self.paint.on(Ink::Label, name));
        }
    }

    fn prose(&self) -> usize {
        self.look.width.min(WIDEST_PROSE)
    }
}

/// Where to read on about the first finding, a secret if there is one, and how to silence it. Who stops a commit or a pull request says the latter by itself, and a mark reaches
/// no old version.
fn way_on(report: &Report) -> Option<String> {
    // A merged report is read by somebody else, elsewhere.
    let is_told = |finding: &&Finding| finding.suppressed.is_none() && finding.excerpt.is_some();
    let mut told = report.findings.iter().filter(is_told);
    let first = told.clone().find(|finding| finding.group == Group::Secrets).or_else(|| told.next())?;
    let rule = first.rule.as_str();
    match report.coverage.mode {
        Mode::Tree => Some(format!(
            "more: `keyward explain {rule}`; if one is wrong, end its line with `keyward: allow {rule} -- REASON`"
        )),
        Mode::History => Some(format!("more: `keyward explain {rule}`")),
        _ => None,
    }
}

/// `line` with its addresses as hyperlinks, as terminals take them (OSC 8). The target is what is seen, so no text can hide where it leads.
fn linked(line: &str) -> String {
    let word = |word: &str| {
        let address = word.trim_end_matches(['.', ',', ';', ':', ')']);
        match address.strip_prefix("https://") {
            Some(rest) if !rest.is_empty() => {
                format!("\x1b]8;;{address}\x1b\\{address}\x1b]8;;\x1b\\{}", &word[address.len()..])
            }
            _ => word.to_owned(),
        }
    };
    line.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// The colour of a finding: what is silenced does not shout.
fn ink(finding: &Finding) -> Ink {
    match finding.severity {
        _ if finding.suppressed.is_some() => Ink::Faint,
        Severity::Error => Ink::Error,
        Severity::Warning => Ink::Warning,
        Severity::Note => Ink::Note,
    }
}

/// A finding in the terms of `miette`.
#[derive(Debug, Error)]
#[error("{message}")]
struct Sight {
    message: String,
    help: Option<String>,
    /// The line and the label under it.
    snippet: Option<(Snippet, Option<String>)>,
}

impl Diagnostic for Sight {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.snippet.as_ref().map(|(snippet, _)| snippet as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let (snippet, label) = self.snippet.as_ref()?;
        let (start, length) = snippet.span();
        Some(Box::new(std::iter::once(LabeledSpan::new_primary_with_span(label.clone(), start..start + length))))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::{printable::is_hazard, sample},
        *,
    };
    use crate::model::Related;

    fn shown(report: &Report, look: Look) -> String {
        sample::written(&Terminal::new(look), report)
    }

    #[test]
    fn addresses_are_links_where_the_terminal_follows_them_and_look_the_same_without() {
        let plain = shown(&sample::report(), Look::default());
        let with_links = shown(&sample::report(), Look { links: true, ..Look::default() });
        assert!(plain.contains("https://") && !plain.contains('\x1b'));
        assert_eq!(
            linked("See https://a.example/keys."),
            "See \x1b]8;;https://a.example/keys\x1b\\https://a.example/keys\x1b]8;;\x1b\\."
        );
        let mut seen = String::new();
        for (at, part) in with_links.split("\x1b]8;;").enumerate() {
            seen.push_str(if at == 0 { part } else { part.split_once("\x1b\\").unwrap().1 });
        }
        assert_eq!(seen, plain);
        assert_ne!(with_links, plain);
    }

    #[test]
    fn one_story_per_secret_then_notices_summary_and_coverage() {
        insta::assert_snapshot!("terminal", shown(&sample::report(), Look::default()));
    }

    #[test]
    fn verbose_adds_identities_and_skipped_files_and_ascii_needs_no_other_characters() {
        let mut report = sample::report();
        report.findings.retain(|finding| finding.location.path.is_ascii());
        let text = shown(&report, Look { unicode: false, detail: Detail::Verbose, ..Look::default() });
        assert!(text.is_ascii(), "{text}");
        insta::assert_snapshot!("terminal_verbose_ascii", text);
    }

    #[test]
    fn colours_are_for_the_header_the_secret_and_what_must_be_seen() {
        let text = shown(&sample::report(), Look { color: true, ..Look::default() });
        insta::assert_snapshot!("terminal_colour", text.replace('\x1b', "ESC"));
    }

    #[test]
    fn quiet_prints_findings_only() {
        let look = Look { detail: Detail::Quiet, ..Look::default() };
        let text = shown(&sample::report(), look);
        assert!(text.starts_with("error[openai-api-key]: OpenAI project key in source code\n"), "{text}");
        assert!(!text.contains("notice[") && !text.contains("incomplete"), "{text}");
        assert_eq!(shown(&sample::clean(), look), "");
    }

    #[test]
    fn a_clean_run_is_one_calm_line() {
        assert_eq!(shown(&sample::clean(), Look::default()), "no findings; read 812 files, 5.1 MB in tree mode\n");
    }

    #[test]
    fn no_findings_in_an_incomplete_run_is_not_a_clean_run() {
        let mut report = sample::with(Vec::new());
        report.notices.clear();
        insta::assert_snapshot!(shown(&report, Look::default()), @r"
        no findings in what was read
        read 812 files, 5.1 MB in tree mode; skipped 3: 2 binary, 1 too large
        incomplete: 1 file was not read: data/dump.sql (too large)
        ");
    }

    #[test]
    fn a_run_that_read_nothing_says_so() {
        let mut report = sample::clean();
        (report.coverage.files, report.coverage.bytes) = (0, 0);
        assert_eq!(shown(&report, Look::default()), "nothing was scanned: read 0 files, 0 bytes in tree mode\n");
    }

    #[test]
    fn three_further_places_are_listed_and_all_of_them_when_asked() {
        let secret = sample::key("sk-proj-", "leaked");
        let findings: Vec<Finding> =
            (1..=6).map(|line| sample::finding(&format!("f{line}"), line, ("k = ", ""), &secret)).collect();
        let report = sample::with(findings);
        let text = shown(&report, Look::default());
        assert!(
            text.contains("  also: f2:2:5\n        f3:3:5\n        f4:4:5\n        and 2 more places; -v lists them\n")
        );
        let text = shown(&report, Look { detail: Detail::Verbose, ..Look::default() });
        assert!(text.contains("        f6:6:5\n") && !text.contains("more place"), "{text}");
    }

    #[test]
    fn a_revealed_secret_has_a_line_of_its_own() {
        let mut report = sample::report();
        let whole = String::from_utf8(sample::key("sk-proj-", "leaked").expose().to_vec()).unwrap();
        assert!(!shown(&report, Look::default()).contains(&whole));
        report.findings[0].secret.as_mut().unwrap().revealed = Some(whole.clone());
        let text = shown(&report, Look::default());
        assert_eq!(text.lines().filter(|line| line.contains(&whole)).collect::<Vec<_>>(), [format!("  full: {whole}")]);
    }

    #[test]
    fn a_decoded_key_is_named_in_the_label_because_the_line_cannot_show_it() {
        let mut finding = sample::report().findings.remove(0);
        finding.decoded = vec!["base64".into()];
        finding.location.cell = Some(4);
        let text = shown(&sample::with(vec![finding]), Look::default());
        let masked = sample::key("sk-proj-", "leaked").masked();
        assert!(text.contains(&format!("╰── {masked} in base64, project, 164 characters, cell 4\n")), "{text}");
    }

    #[test]
    fn a_finding_without_source_says_where_it_is() {
        let mut finding = sample::report().findings.remove(0);
        finding.excerpt = None;
        finding.related = vec![Related { message: "read here".into(), location: finding.location.clone() }];
        let text = shown(&sample::with(vec![finding]), Look::default());
        insta::assert_snapshot!("terminal_without_source", text);
    }

    #[test]
    fn the_line_number_and_column_are_those_of_the_file_even_when_the_line_was_cut() {
        let mut finding = sample::report().findings.remove(0);
        finding.location.start_column = 40_016;
        finding.excerpt.as_mut().unwrap().cut_before = true;
        let text = shown(&sample::with(vec![finding]), Look::default());
        assert!(text.contains("╭─[config/old.env:1:40016]\n 1 │ …OPENAI_API_KEY=sk-proj-"), "{text}");
    }

    fn stripped(text: &str) -> String {
        let mut parts = text.split("\x1b[");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |out, part| out + part.split_once('m').expect("our own codes end in m").1)
    }

    proptest! {
        #[test]
        fn whatever_the_names_say_nothing_but_our_own_codes_reaches_the_terminal(
            path in any::<String>(),
            message in any::<String>(),
            line in any::<String>(),
            color in any::<bool>(),
            width in 0_usize..200,
        ) {
            let mut report = sample::report();
            let finding = &mut report.findings[0];
            finding.location.path.clone_from(&path);
            finding.message.clone_from(&message);
            finding.help.clone_from(&message);
            finding.excerpt.as_mut().unwrap().text = line;
            report.coverage.skipped[2].path.clone_from(&path);
            report.notices[1].path = Some(path);
            report.notices[1].message = message;
            let text = shown(&report, Look { color, width, detail: Detail::Verbose, ..Look::default() });
            prop_assert!(!stripped(&text).contains(|c| c != '\n' && is_hazard(c)));
            prop_assert!(color || !text.contains('\x1b'));
        }

        #[test]
        fn lines_fit_the_width_when_their_words_do(
            before in "[a-z =]{0,120}", after in "[a-z =]{0,120}", message in "([a-z]{1,9} ){0,20}", width in 50_usize..140,
        ) {
            let mut finding = sample::finding("src/a.py", 3, (&before, &after), &sample::key("sk-proj-", "leaked"));
            finding.message = message;
            let text = shown(&sample::with(vec![finding]), Look { width, ..Look::default() });
            let longest = text.lines().map(columns).max().unwrap();
            prop_assert!(longest <= width, "{longest} > {width}:\n{text}");
        }
    }
}
