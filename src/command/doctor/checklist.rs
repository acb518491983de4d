//! What a checkup comes to: the questions in their order, an answer to each with its evidence, and one sentence at the end.
//!
//! The form is a contract with programs ([`SCHEMA`](super::SCHEMA)): names of questions and marks are stable, sentences are not. Nothing here
//! holds a value; a masked key stands in a sentence as reports show it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{Location, Notice};

/// What is asked, in the order in which it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Item {
    /// Is it set in this shell, and under which name?
    Shell,
    /// Which files define it?
    Files,
    /// Which of several values wins?
    Winner,
    /// Does the code read that name?
    Code,
    /// Is the file loaded before it is read?
    Loading,
    /// Has the value the right form?
    Value,
    /// Do the key, the variable and the address belong together?
    Fit,
    /// Do organisation and project belong to the key?
    Owner,
    /// Is it kept out of browsers?
    Browser,
    /// Is it kept out of git?
    Git,
    /// Does the deployment give it?
    Deployment,
    /// What stands between this machine and the provider?
    Network,
    /// What does the provider say?
    Provider,
}

impl Item {
    /// A word for it.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Shell => "this shell",
            Self::Files => "files",
            Self::Winner => "which wins",
            Self::Code => "code",
            Self::Loading => "loading",
            Self::Value => "value",
            Self::Fit => "fit",
            Self::Owner => "belongs to",
            Self::Browser => "browser",
            Self::Git => "git",
            Self::Deployment => "deployment",
            Self::Network => "network",
            Self::Provider => "provider",
        }
    }
}

/// How a question was answered. The worse of two marks is the greater one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// There is nothing to ask.
    NotApplicable,
    /// Nobody looked.
    NotChecked,
    /// It is as it should be.
    Passed,
    /// It may be a cause, or will be one.
    Warned,
    /// It is a cause of refusals by itself, or makes the key public.
    Failed,
}

/// A place, and what is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Evidence {
    /// What is there, without a full stop.
    pub says: String,
    /// The file, relative to the root of the repository; none for what is in this shell.
    pub path: Option<String>,
    /// The line in it.
    pub line: Option<u32>,
}

/// A question and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Line {
    /// What was asked.
    pub item: Item,
    /// How it was answered.
    pub mark: Mark,
    /// The answer as a sentence without a full stop.
    pub says: String,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// What to do next, when something is to be done.
    pub next: Option<String>,
}

impl Line {
    pub(super) fn new(item: Item, mark: Mark, says: impl Into<String>) -> Self {
        Self { item, mark, says: says.into(), evidence: Vec::new(), next: None }
    }

    /// The same with a place.
    pub(super) fn at(mut self, location: &Location, says: impl Into<String>) -> Self {
        let (path, line) = (Some(location.path.clone()), Some(location.start_line));
        let evidence = Evidence { says: says.into(), path, line };
        if !self.evidence.contains(&evidence) {
            self.evidence.push(evidence);
        }
        self
    }

    /// The same with something that stands in no file.
    pub(super) fn with(mut self, says: impl Into<String>) -> Self {
        self.evidence.push(Evidence { says: says.into(), path: None, line: None });
        self
    }

    /// The same with a next step.
    pub(super) fn next(self, next: impl Into<String>) -> Self {
        Self { next: Some(next.into()), ..self }
    }

    /// The worse of this line and `other`, with the evidence of both.
    pub(super) fn or_worse(self, other: Self) -> Self {
        let (mut first, second) = if other.mark > self.mark { (other, self) } else { (self, other) };
        if second.mark >= Mark::Warned {
            first.evidence.push(Evidence { says: second.says, path: None, line: None });
        }
        for evidence in second.evidence {
            if !first.evidence.contains(&evidence) {
                first.evidence.push(evidence);
            }
        }
        first
    }

    /// The same with a mark that is no worse than `most`.
    pub(super) fn at_most(self, most: Mark) -> Self {
        Self { mark: self.mark.min(most), ..self }
    }
}

/// What most likely is the cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Cause {
    /// The question whose answer tells; none when nothing is wrong.
    pub item: Option<Item>,
    /// One sentence.
    pub says: String,
    /// The one next step.
    pub next: Option<String>,
}

/// The checklist of one credential in one project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Section {
    /// The variable.
    pub variable: String,
    /// Id of the provider, when it is known.
    pub provider: Option<String>,
    /// Name of the provider.
    pub provider_name: Option<String>,
    /// Folder of the project, relative to the root of the repository; empty for that.
    pub project: String,
    /// The answers.
    pub lines: Vec<Line>,
    /// What follows.
    pub cause: Cause,
}

impl Section {
    /// Whether something fails.
    pub(super) fn fails(&self) -> bool {
        self.lines.iter().any(|line| line.mark == Mark::Failed)
    }
}

/// All that was found out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Checkup {
    /// Version of this form.
    pub schema: String,
    /// Whether everything could be read.
    pub complete: bool,
    /// Whether providers were asked.
    pub asked: bool,
    /// One for each credential, the one that matters most first.
    pub sections: Vec<Section>,
    /// How many more credentials there are.
    pub left_out: usize,
    /// What has to be said of the checkup itself.
    pub notices: Vec<Notice>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worse_of_two_lines_keeps_what_the_other_rests_on() {
        let place = Location::point(".env", 3, 1);
        let good = Line::new(Item::Value, Mark::Passed, "whole").at(&place, "here");
        let bad = Line::new(Item::Value, Mark::Failed, "cut off").next("copy it again");
        let both = good.clone().or_worse(bad.clone());
        assert_eq!((both.mark, &*both.says, both.evidence.len()), (Mark::Failed, "cut off", 1));
        assert_eq!(both.next.as_deref(), Some("copy it again"));
        assert_eq!(bad.or_worse(good).evidence[0].line, Some(3));
    }
}
