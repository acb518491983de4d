//! For people at a terminal: one story for each key, worst first, and a summary that ends the page.
//!
//! A key that stands in ten files is one problem with ten places, so findings are grouped by rule and secret. miette draws the source and
//! wraps the text; the excerpt it is given is masked already and is cut here to the width of the terminal with the beginning of the
//! secret in view. Nothing of the repository is printed without [`clean`].

use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
    io::{self, Write},
};

use anstyle::{AnsiColor, Style};
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};

use super::{Format, Look, Verbosity, clean, counts, coverage, plural};
use crate::{
    model::{Excerpt, Finding, Notice, Report, Severity, Skipped},
    rules::RuleSet,
};

/// Further places of a key that are named unless `--verbose` asks for all.
const PLACES_SHOWN: usize = 3;
/// Terminals that say they are narrower are not believed.
const NARROWEST: usize = 40;

const DIM: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default().bold();
const CYAN: Style = AnsiColor::Cyan.on_default();

/// The format.
pub(super) struct Terminal {
    pub(super) look: Look,
}

impl Format for Terminal {
    fn write(&self, report: &Report, _: &RuleSet, out: &mut dyn Write) -> io::Result<()> {
        for story in stories(&report.findings) {
            self.story(&story, out)?;
        }
        if self.look.verbosity == Verbosity::Quiet {
            return Ok(());
        }
        for notice in &report.notices {
            self.notice(notice, out)?;
        }
        if !report.notices.is_empty() {
            writeln!(out)?;
        }
        if self.look.verbosity == Verbosity::Verbose {
            self.skipped(&report.coverage.skipped, out)?;
        }
        self.summary(report, out)
    }
}

/// The findings of one secret and rule; the first is shown, the others are named. Worst first, then in the order of the report.
fn stories(findings: &[Finding]) -> Vec<Vec<&Finding>> {
    let mut stories: Vec<Vec<&Finding>> = Vec::new();
    let mut known = BTreeMap::new();
    for finding in findings {
        let secret = finding.secret.as_ref().map_or(&finding.fingerprint, |secret| &secret.fingerprint);
        // Suppressed and open findings of one key are different stories: one asks for work, the other does not.
        let key = (finding.suppressed.is_some(), &finding.rule, secret);
        let at = *known.entry(key).or_insert(stories.len());
        match stories.get_mut(at) {
            Some(story) => story.push(finding),
            None => stories.push(vec![finding]),
        }
    }
    stories.sort_by_key(|story| (story[0].suppressed.is_some(), std::cmp::Reverse(story[0].severity)));
    stories
}

impl Terminal {
    fn story(&self, story: &[&Finding], out: &mut dyn Write) -> io::Result<()> {
        let finding = story[0];
        let shown = finding.excerpt.as_ref().map(|excerpt| self.cut(excerpt, finding));
        let mut text = String::new();
        let diagnostic = Story { finding, shown: shown.as_ref() };
        self.handler(finding).render_report(&mut text, &diagnostic).map_err(|_| io::Error::other("cannot format"))?;
        write!(out, "{}", text.trim_start())?;
        if story.len() > 1 {
            self.places(story, out)?;
        }
        if let Some(revealed) = finding.secret.as_ref().and_then(|secret| secret.revealed.as_deref()) {
            self.detail("secret", &clean(revealed), out)?;
        }
        if let (Some(secret), Verbosity::Verbose) = (&finding.secret, self.look.verbosity) {
            self.detail("fingerprint", secret.fingerprint.as_str(), out)?;
        }
        if let Some(suppression) = &finding.suppressed {
            let by = format!("{:?}", suppression.by).to_lowercase();
            self.detail("suppressed", &format!("{by}: {}", clean(&suppression.reason)), out)?;
        }
        writeln!(out)
    }

    /// Where else the key stands.
    fn places(&self, story: &[&Finding], out: &mut dyn Write) -> io::Result<()> {
        let most = if self.look.verbosity == Verbosity::Verbose { usize::MAX } else { PLACES_SHOWN };
        let others = &story[1..];
        for finding in others.iter().take(most) {
            let place = format!("{}:{}", clean(&finding.location.path), finding.location.start_line);
            self.detail("also in", &place, out)?;
        }
        match others.len().saturating_sub(most) {
            0 => Ok(()),
            more => {
                self.detail("also in", &format!("{} (--verbose lists them)", plural(more as u64, "more place")), out)
            }
        }
    }

    fn detail(&self, name: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "  {}: {text}", self.paint(CYAN, name))
    }

    fn notice(&self, notice: &Notice, out: &mut dyn Write) -> io::Result<()> {
        let place = match (&notice.path, notice.line) {
            (Some(path), Some(line)) => format!("{}:{line}: ", clean(path)),
            (Some(path), None) if !notice.message.contains(path.as_str()) => format!("{}: ", clean(path)),
            _ => String::new(),
        };
        writeln!(out, "{} {place}{}", self.paint(YELLOW, "notice:"), clean(&notice.message))?;
        match &notice.help {
            Some(help) => self.detail("help", &clean(help), out),
            None => Ok(()),
        }
    }

    fn skipped(&self, skipped: &[Skipped], out: &mut dyn Write) -> io::Result<()> {
        for Skipped { path, reason } in skipped {
            writeln!(out, "{} {} ({})", self.paint(DIM, "skipped"), clean(path), reason.as_str())?;
        }
        Ok(())
    }

    fn summary(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let summary = &report.summary;
        let style = match (summary.error, summary.warning, report.coverage.complete) {
            (1.., _, _) => RED,
            (0, 1.., _) | (0, 0, false) => YELLOW,
            (0, 0, true) => GREEN,
        };
        let mut line = self.paint(style, &counts(report));
        if summary.secrets > 0 {
            let _ = write!(line, ", {}", plural(summary.secrets, "distinct secret"));
        }
        if summary.suppressed > 0 {
            let _ = write!(line, ", {} suppressed", summary.suppressed);
        }
        writeln!(out, "{line}")?;
        if !report.coverage.complete {
            writeln!(out, "{}: not everything could be read", self.paint(YELLOW, "incomplete"))?;
        }
        writeln!(out, "{}", self.paint(DIM, &coverage(report)))
    }

    fn paint(&self, style: Style, text: &str) -> String {
        if self.look.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    fn handler(&self, finding: &Finding) -> GraphicalReportHandler {
        let mut characters = if self.look.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() };
        // The severity and the rule take the place of an icon.
        let title = format!("{}[{}]:", finding.severity.as_str(), finding.rule);
        characters.error.clone_from(&title);
        characters.warning.clone_from(&title);
        characters.advice = title;
        let styles = if self.look.color { ThemeStyles::ansi() } else { ThemeStyles::none() };
        GraphicalReportHandler::new_themed(GraphicalTheme { characters, styles })
            .with_width(self.look.width.max(NARROWEST))
            .with_links(false)
            .with_context_lines(0)
            .with_break_words(false)
            // Addresses stay whole, so that they can be clicked and copied.
            .with_word_separator(textwrap::WordSeparator::AsciiSpace)
            .with_word_splitter(textwrap::WordSplitter::NoHyphenation)
            .without_cause_chain()
    }

    /// The part of the excerpt that fits on a line, with the beginning of the secret in view.
    fn cut(&self, excerpt: &Excerpt, finding: &Finding) -> Shown {
        let location = &finding.location;
        let gutter = 6 + location.start_line.to_string().len();
        let room = self.look.width.max(NARROWEST) - gutter;
        let (before, rest) = excerpt.text.split_at(excerpt.span.start);
        let (inside, after) = rest.split_at(excerpt.span.length);
        let before = if excerpt.cut_before == 0 { before.trim_start() } else { before };
        // When all does not fit, half of the line at most is spent on what stands before the secret.
        let fits = before.chars().count() + inside.chars().count() <= room;
        let mut text = last_characters(before, if fits { room } else { room / 2 }, excerpt.cut_before > 0);
        let start = text.len();
        text.push_str(&first_characters(inside, room.saturating_sub(text.chars().count())));
        let span = SourceSpan::from((start, text.len() - start));
        let label = self.label(finding, gutter + text[..start].chars().count() + text[start..].chars().count() / 2);
        text.push_str(&first_characters(after, room.saturating_sub(text.chars().count())));
        Shown {
            path: clean(&location.path).into_owned(),
            text,
            span,
            label,
            line: location.start_line as usize - 1,
            column: location.start_column as usize - 1,
        }
    }

    /// What is written under a secret whose middle is at `column`: as much as there is room for.
    fn label(&self, finding: &Finding, column: usize) -> Option<String> {
        let secret = finding.secret.as_ref()?;
        let length = plural(secret.length as u64, "character");
        let room = self.look.width.max(NARROWEST).saturating_sub(column + 4);
        [format!("{}, {length}", secret.masked), length].into_iter().find(|label| label.chars().count() <= room)
    }
}

/// The beginning of `text`, with `…` in the last place when it is longer than `most` characters.
fn first_characters(text: &str, most: usize) -> String {
    match text.chars().nth(most) {
        None => text.to_owned(),
        Some(_) if most == 0 => String::new(),
        Some(_) => text.chars().take(most - 1).chain(['…']).collect(),
    }
}

/// The end of `text`, with `…` in the first place when something is missing before it.
fn last_characters(text: &str, most: usize, cut: bool) -> String {
    let length = text.chars().count();
    if length <= most && !cut {
        return text.to_owned();
    }
    let keep = most.saturating_sub(1).min(length);
    ['…'].into_iter().chain(text.chars().skip(length - keep)).collect()
}

/// A line of source that fits, and where it comes from.
#[derive(Debug)]
struct Shown {
    path: String,
    text: String,
    span: SourceSpan,
    label: Option<String>,
    line: usize,
    column: usize,
}

impl SourceCode for Shown {
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let whole = SourceSpan::from((0, self.text.len()));
        let name = self.path.clone();
        Ok(Box::new(MietteSpanContents::new_named(name, self.text.as_bytes(), whole, self.line, self.column, 1)))
    }
}

/// What miette draws for a story.
#[derive(Debug)]
struct Story<'s> {
    finding: &'s Finding,
    shown: Option<&'s Shown>,
}

impl fmt::Display for Story<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&clean(&self.finding.message))
    }
}

impl std::error::Error for Story<'_> {}

impl Diagnostic for Story<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.finding.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(clean(&self.finding.help)))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.shown.map(|shown| shown as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let shown = self.shown?;
        Some(Box::new(std::iter::once(LabeledSpan::new_primary_with_span(shown.label.clone(), shown.span))))
    }
}
