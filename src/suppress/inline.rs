//! Inline marks against findings: which mark silences what, and which marks are to be reported.
//!
//! A mark of our own holds for its line and the next; one of another scanner for the line its owner says. A finding
//! over several lines is met at its first and its last. Each finding looks at three lines and each line holds a bounded
//! number of marks, so the cost does not depend on how many marks a file has.

use std::collections::BTreeMap;

use crate::model::{Finding, MOST_NOTICES, Notice, SuppressedBy, Suppression, nearest, printable_line};

use super::{
    Options,
    mark::{Fault, Mark, Meaning, Place},
    names_of, notice,
};

const SPELLING: &str = "write `keyward: allow RULE -- reason`, with the rule's id, its provider or its group";
/// More of a name than this is not repeated.
const LONGEST_NAME: usize = 60;
/// Text that people read: marks in it are examples more often than not.
const DOCUMENTS: [&str; 4] = [".md", ".rst", ".adoc", ".txt"];

/// The marks of all files, and what became of them.
pub(super) struct Inline<'a> {
    files: BTreeMap<&'a str, Vec<Tracked<'a>>>,
}

struct Tracked<'a> {
    mark: &'a Mark,
    /// Bit by bit, which of the rules it names silenced something; [`super::mark::MOST_RULES`] of them.
    used: u32,
    /// Whether a finding stands where the mark reaches: then it was put there to work, wherever it is.
    near: bool,
}

impl<'a> Inline<'a> {
    pub(super) fn new(marks: &'a BTreeMap<String, Vec<Mark>>) -> Self {
        let tracked = |marks: &'a Vec<Mark>| {
            let mut tracked: Vec<_> = marks.iter().map(|mark| Tracked { mark, used: 0, near: false }).collect();
            tracked.sort_by_key(|tracked| tracked.mark.line);
            tracked
        };
        Self { files: marks.iter().map(|(path, marks)| (path.as_str(), tracked(marks))).collect() }
    }

    /// What silences `finding`, if anything; all marks that do are remembered as used. Our own come first, since they
    /// carry a reason.
    pub(super) fn silence(&mut self, finding: &Finding) -> Option<Suppression> {
        let marks = self.files.get_mut(finding.location.path.as_str())?;
        let (start, end) = (finding.location.start_line, finding.location.end_line);
        let before = start.saturating_sub(1);
        let last = (end != start).then_some(end);
        let (mut own, mut foreign) = (None, None);
        for line in [before, start].into_iter().chain(last) {
            let from = marks.partition_point(|tracked| tracked.mark.line < line);
            for tracked in marks[from..].iter_mut().take_while(|tracked| tracked.mark.line == line) {
                own = own.or(tracked.own(finding));
                foreign = foreign.or(tracked.foreign(line == before));
            }
        }
        let foreign = || foreign.map(|literal| format!("mark of another scanner: {literal}"));
        let reason = own.map(str::to_owned).or_else(foreign)?;
        Some(Suppression { by: SuppressedBy::Inline, reason })
    }

    /// What there is to say about the marks, by path and line.
    pub(super) fn notices(&self, options: &Options<'_>) -> Vec<Notice> {
        let (mut notices, mut guesses) = (Vec::new(), 0);
        for (path, marks) in &self.files {
            let is_document = DOCUMENTS.iter().any(|ending| path.to_ascii_lowercase().ends_with(ending));
            for tracked in marks {
                let meant = tracked.mark.place == Place::Comment && !is_document;
                // Notices beyond these are counted and not listed, and a guess takes its time.
                let guesses = if guesses < MOST_NOTICES { Some(&mut guesses) } else { None };
                let notice = if meant || tracked.near { tracked.fault(path, options, guesses) } else { None };
                notices.extend(notice.or_else(|| if meant { tracked.stale(path, options) } else { None }));
            }
        }
        notices
    }
}

impl<'a> Tracked<'a> {
    /// The reason of a mark of our own that reaches `finding` and names it.
    fn own(&mut self, finding: &Finding) -> Option<&'a str> {
        match &self.mark.meaning {
            Meaning::Allow { rules, reason } => {
                self.near = true;
                let uses = uses(rules, finding);
                self.used |= uses;
                (uses != 0).then_some(reason)
            }
            Meaning::Malformed(_) => {
                self.near = true;
                None
            }
            Meaning::Foreign(_) | Meaning::ForeignNext(_) => None,
        }
    }

    /// The mark of another scanner that holds for a finding on its line or, where `is_before`, on the next.
    fn foreign(&self, is_before: bool) -> Option<&'static str> {
        match self.mark.meaning {
            Meaning::Foreign(literal) if !is_before => Some(literal),
            Meaning::ForeignNext(literal) if is_before => Some(literal),
            _ => None,
        }
    }

    /// Why the mark cannot work. What a name was meant to be is guessed, and counted in `guesses`, where those are given.
    fn fault(&self, path: &str, options: &Options<'_>, guesses: Option<&mut usize>) -> Option<Notice> {
        match &self.mark.meaning {
            Meaning::Malformed(fault) => {
                let message = format!("this mark silences nothing: {}", cause(*fault));
                Some(self.notice("malformed-mark", message, SPELLING, path))
            }
            Meaning::Allow { rules, .. } => {
                let unknown = rules.iter().find(|rule| !options.known.contains(*rule))?;
                let message =
                    format!("there is no rule, provider or group called `{}`", printable_line(unknown, LONGEST_NAME));
                let near = guesses.and_then(|guesses| {
                    *guesses += 1;
                    nearest(unknown, options.known.iter().map(String::as_str))
                });
                let help = match near {
                    Some(near) => format!("did you mean `{near}`? `keyward rules` lists all"),
                    None => "`keyward rules` lists them; correct the mark".to_owned(),
                };
                Some(self.notice("unknown-rule", message, &help, path))
            }
            Meaning::Foreign(_) | Meaning::ForeignNext(_) => None,
        }
    }

    /// Which of the names in the mark silence nothing. A name of which a rule did not run may be needed all the same.
    fn stale(&self, path: &str, options: &Options<'_>) -> Option<Notice> {
        let Meaning::Allow { rules, .. } = &self.mark.meaning else { return None };
        let unused = rules.iter().enumerate().filter(|(at, _)| self.used & (1 << at) == 0).map(|(_, rule)| rule);
        let stale: Vec<&str> =
            unused.filter(|rule| !options.reach.skipped.contains(*rule)).map(String::as_str).collect();
        if stale.is_empty() {
            return None;
        }
        let message = format!("this mark covers no finding of `{}`", stale.join("`, `"));
        let help = if stale.len() == rules.len() { "remove the mark" } else { "take the name out of the mark" };
        Some(self.notice("stale-mark", message, help, path))
    }

    fn notice(&self, code: &str, message: String, help: &str, path: &str) -> Notice {
        notice(code, message, help, Some(path), Some(self.mark.line))
    }
}

/// Which of `rules` name `finding`, bit by bit.
fn uses(rules: &[String], finding: &Finding) -> u32 {
    let is_named = |rule: &String| names_of(finding).any(|name| name == rule);
    rules.iter().enumerate().filter(|(_, rule)| is_named(rule)).fold(0, |bits, (at, _)| bits | 1 << at)
}

fn cause(fault: Fault) -> &'static str {
    match fault {
        Fault::Verb => "the word after `keyward:` is `allow`",
        Fault::NoRule => "it names no rule",
        Fault::BadRule => "what it names is not the name of a rule",
        Fault::TooManyRules => "it names too many rules",
        Fault::NoReason => "it gives no reason",
    }
}
