//! The checklist for people: a mark, a word, a sentence, and what to do where something is to be done.
//!
//! Colour is on the marks alone. What is in order takes one line each; places are listed only where something is not.

use std::fmt::Write as _;

use super::{
    checklist::{Checkup, Evidence, Line, Mark, Section},
    finding::HERE,
};
use crate::{
    model::{Notice, printable_line},
    report::{Ink, Paint, wrap},
};

/// Columns of the marks and words in front of the sentences.
const INDENT: usize = 16;
/// Prose is no wider.
const WIDEST: usize = 100;
const NARROWEST: usize = 40;
/// Longer sentences are cut.
const LONGEST: usize = 400;
/// So many places of a line are listed.
const MOST_PLACES: usize = 4;

/// How it looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terminal {
    pub(super) paint: Paint,
    pub(super) unicode: bool,
    pub(super) width: usize,
}

impl Terminal {
    /// The whole checkup.
    pub(super) fn show(self, checkup: &Checkup) -> String {
        let mut out = String::new();
        for (at, section) in checkup.sections.iter().enumerate() {
            if at > 0 {
                out.push('\n');
            }
            self.section(section, &mut out);
        }
        if checkup.left_out > 0 {
            let _ = writeln!(out, "\n{} more keys are needed here; name a variable or --provider", checkup.left_out);
        }
        for Notice { message, help, path, .. } in &checkup.notices {
            let place = path.as_ref().map_or_else(String::new, |path| format!(" ({path})"));
            let help = help.as_ref().map_or_else(String::new, |help| format!("; {help}"));
            out.push('\n');
            self.paragraph("Note:", Ink::Strong, &capital(&format!("{message}{place}{help}")), &mut out);
        }
        if !checkup.complete {
            out.push_str("\nNot everything could be read; `keyward` says what is missing.\n");
        }
        out
    }

    fn section(self, section: &Section, out: &mut String) {
        let mut title = section.variable.clone();
        if let Some(name) = &section.provider_name {
            let _ = write!(title, " ({name})");
        }
        if !section.project.is_empty() {
            let _ = write!(title, " in {}", section.project);
        }
        let _ = writeln!(out, "{}\n", self.paint.on(Ink::Strong, printable_line(&title, LONGEST)));
        for line in &section.lines {
            self.line(line, out);
        }
        out.push('\n');
        self.paragraph("Most likely:", Ink::Strong, &capital(&section.cause.says), out);
        if let Some(next) = &section.cause.next {
            self.paragraph("Next:", Ink::Strong, next, out);
        }
    }

    fn line(self, line: &Line, out: &mut String) {
        let (sign, ink) = self.sign(line.mark);
        let word = format!("{:<width$}", line.item.title(), width = INDENT - 4);
        let quiet = line.mark <= Mark::NotChecked;
        let word = if quiet { self.paint.on(Ink::Faint, word) } else { word };
        for (at, text) in self.wrapped(&line.says, INDENT).into_iter().enumerate() {
            let text = if quiet { self.paint.on(Ink::Faint, text) } else { text };
            let _ = if at == 0 {
                writeln!(out, "  {} {word}{text}", self.paint.on(ink, sign))
            } else {
                writeln!(out, "{:INDENT$}{text}", "")
            };
        }
        if line.mark >= Mark::Warned {
            for evidence in line.evidence.iter().take(MOST_PLACES) {
                self.detail("", &place(evidence), out);
            }
        }
        // What was not looked at may be looked at in another way.
        if (line.mark >= Mark::Warned || line.mark == Mark::NotChecked)
            && let Some(next) = &line.next
        {
            self.detail(if self.unicode { "→ " } else { "> " }, next, out);
        }
    }

    fn detail(self, sign: &str, text: &str, out: &mut String) {
        let indent = INDENT + sign.chars().count();
        for (at, line) in self.wrapped(text, indent).into_iter().enumerate() {
            let sign = if at == 0 { sign } else { "" };
            let padding = if at == 0 { INDENT } else { indent };
            let _ = writeln!(out, "{:padding$}{}{}", "", sign, self.paint.on(Ink::Faint, line));
        }
    }

    fn paragraph(self, head: &str, ink: Ink, text: &str, out: &mut String) {
        const HEAD: usize = 13;
        for (at, line) in self.wrapped(text, HEAD).into_iter().enumerate() {
            let head = format!("{:<HEAD$}", if at == 0 { head } else { "" });
            let _ = writeln!(out, "{}{line}", self.paint.on(ink, head));
        }
    }

    fn wrapped(self, text: &str, indent: usize) -> Vec<String> {
        wrap(&printable_line(text, LONGEST), self.width.clamp(NARROWEST, WIDEST) - indent)
    }

    fn sign(self, mark: Mark) -> (&'static str, Ink) {
        match (mark, self.unicode) {
            (Mark::Passed, true) => ("✓", Ink::Good),
            (Mark::Passed, false) => ("+", Ink::Good),
            (Mark::Failed, true) => ("✗", Ink::Error),
            (Mark::Failed, false) => ("x", Ink::Error),
            (Mark::Warned, _) => ("!", Ink::Warning),
            (Mark::NotApplicable, true) => ("–", Ink::Faint),
            (Mark::NotApplicable, false) => ("-", Ink::Faint),
            (Mark::NotChecked, true) => ("·", Ink::Faint),
            (Mark::NotChecked, false) => (".", Ink::Faint),
        }
    }
}

fn place(evidence: &Evidence) -> String {
    match (&evidence.path, evidence.line) {
        (Some(path), Some(line)) if evidence.says == HERE => format!("{path}:{line}"),
        (Some(path), Some(line)) => format!("{path}:{line}: {}", evidence.says),
        (Some(path), None) => format!("{path}: {}", evidence.says),
        (None, _) => evidence.says.clone(),
    }
}

/// `text` with a capital where it begins with a word of prose, and a full stop.
fn capital(text: &str) -> String {
    let is_prose = text.split([' ', ':']).next().is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_lowercase()));
    let mut characters = text.chars();
    let first = characters.next().filter(|_| is_prose).map(|first| first.to_ascii_uppercase());
    match first {
        Some(first) => format!("{first}{}.", characters.as_str()),
        None => format!("{text}."),
    }
}
