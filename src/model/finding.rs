//! A finding as every later stage and every report sees it: masked, placed, explained.
//!
//! The fields follow the JSON report (`keyward/1`), because that contract is what users' scripts rely on. No field holds a secret:
//! `pipeline` turns the detected key into a [`SecretSummary`] and a masked [`Excerpt`] before a finding is built. The one exception
//! is [`SecretSummary::revealed`], filled only under `--show-secrets`.

use std::{borrow::Cow, cmp::Ordering};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Confidence, Fingerprint, RuleId, Severity, Verification, archive_path};

/// Which family of rules a finding belongs to; also the names `--only` and `--skip` take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// Credentials.
    Secrets,
    /// Environment variables, and the files that define and load them.
    Env,
}

impl Group {
    /// The word used in every output format and by `--only` and `--skip`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Secrets => "secrets",
            Self::Env => "env",
        }
    }
}

/// A place in a file. Lines and columns start at 1, columns count UTF-16 units, the end column is one past.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Location {
    /// Relative to the repository root, with `/`.
    pub path: String,
    /// Line of the first character.
    pub start_line: u32,
    /// Column of the first character.
    pub start_column: u32,
    /// Line of the last character.
    pub end_line: u32,
    /// One past the column of the last character.
    pub end_column: u32,
    /// Number of the notebook cell among all cells, from 1, where there is one.
    pub cell: Option<u32>,
    /// GitHub's `primaryLocationLineHash` of the first line; computed only when a report needs it.
    #[serde(skip)]
    pub line_hash: Option<String>,
}

/// The hash of the line is no part of the place: whether it is known depends on the reports that were asked for.
impl Ord for Location {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |it: &Self| (it.start_line, it.start_column, it.end_line, it.end_column, it.cell);
        self.path.cmp(&other.path).then_with(|| key(self).cmp(&key(other)))
    }
}

impl PartialOrd for Location {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Location {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Location {}

impl Location {
    /// The place between two characters of the file at `path`, where something may be put in.
    #[must_use]
    pub fn point(path: &str, line: u32, column: u32) -> Self {
        Self {
            path: path.to_owned(),
            start_line: line,
            start_column: column,
            end_line: line,
            end_column: column,
            cell: None,
            line_hash: None,
        }
    }
}

/// What kind of place the bytes came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OriginKind {
    /// A file of the working tree.
    Tree,
    /// Standard input.
    Stdin,
    /// What git has staged.
    Index,
    /// What a range of commits brings in.
    Diff,
    /// Anything that git stores.
    History,
}

impl OriginKind {
    /// The word used in every output format.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tree => "tree",
            Self::Stdin => "stdin",
            Self::Index => "index",
            Self::Diff => "diff",
            Self::History => "history",
        }
    }
}

/// What kind of git object held the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectKind {
    /// A version of a file.
    Blob,
    /// What a commit says of itself.
    CommitMessage,
    /// What an annotated tag says.
    TagMessage,
    /// A note on another object.
    Note,
}

/// Where the bytes came from, beyond the path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Origin {
    /// What kind of place it is.
    pub kind: OriginKind,
    /// Commit that brought the secret in.
    pub commit: Option<String>,
    /// Time of that commit, RFC 3339.
    pub author_time: Option<String>,
    /// How many commits of the history come before that one, parents before children: to tell which of two was first. In history scans.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
    /// A ref that still holds it.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// All refs that still hold it, in history scans.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refs: Vec<String>,
    /// How many blobs hold it.
    pub occurrences: u32,
    /// Whether it is in what is checked out now.
    pub in_head: bool,
    /// A file of HEAD to point at where the place itself is not in HEAD: the one at the same path, or else the first there is. In history scans, for
    /// viewers that show HEAD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<String>,
    /// The way through archives to the text, when `location.path` is one: a path in each, outermost first. Lines and columns are those of the text.
    pub archive: Vec<String>,
    /// Id of the git object, to tell how many hold a secret.
    #[serde(skip)]
    pub object_id: Option<String>,
    /// Kind of git object, in history scans.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectKind>,
    /// The youngest commit whose files hold it; told where stock is taken of keys.
    #[serde(skip)]
    pub last_seen: Option<Seen>,
}

/// A commit in which something stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// When it was made, in seconds since 1970: to tell which of two is younger.
    pub seconds: i64,
    /// Its id.
    pub commit: String,
    /// Its time, RFC 3339 in the zone of its author.
    pub time: Option<String>,
}

impl Origin {
    /// How early in the history it came, to compare. What no commit holds comes last.
    #[must_use]
    pub fn age(&self) -> (u32, Option<&str>) {
        (self.position.unwrap_or(u32::MAX), self.commit.as_deref())
    }

    /// A file of the working tree, or standard input.
    #[must_use]
    pub const fn plain(kind: OriginKind) -> Self {
        Self {
            kind,
            commit: None,
            author_time: None,
            position: None,
            reference: None,
            refs: Vec::new(),
            occurrences: 1,
            in_head: true,
            anchor: None,
            archive: Vec::new(),
            object_id: None,
            object: None,
            last_seen: None,
        }
    }
}

/// What a report may say about the secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SecretSummary {
    /// Prefix and at most the last four characters: `sk-proj-…Zb4A`.
    pub masked: String,
    /// Length in characters.
    pub length: usize,
    /// Identity of the secret, whatever the file or rule.
    pub fingerprint: Fingerprint,
    /// The value itself, only under `--show-secrets` and only for the terminal.
    #[serde(skip)]
    pub revealed: Option<String>,
}

/// A range of characters inside [`Excerpt::text`], counted in bytes of that text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExcerptSpan {
    /// First byte.
    pub start: usize,
    /// Number of bytes.
    pub length: usize,
}

/// The masked source around a finding, for people to look at.
///
/// Every secret found in these lines is masked, not only the one reported, and control characters are replaced, so the text
/// is safe to print. Long lines are cut around the finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The text, without a final line break.
    pub text: String,
    /// Line number of its first line, from 1.
    pub first_line: u32,
    /// Whether the line begins before the first character shown.
    pub cut_before: bool,
    /// Where the secret is.
    pub span: ExcerptSpan,
}

/// Another place that belongs to the story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Related {
    /// What this place is, such as "defined here".
    pub message: String,
    /// The place.
    pub location: Location,
}

/// One replacement in one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Edit {
    /// What is replaced.
    pub location: Location,
    /// With what.
    pub text: String,
}

/// A change that would resolve the finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fix {
    /// What it does.
    pub title: String,
    /// Whether it cannot change what a working program does.
    pub safe: bool,
    /// The replacements.
    pub edits: Vec<Edit>,
}

/// Who silenced a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SuppressedBy {
    /// A mark in the file.
    Inline,
    /// An `[[allow]]` entry.
    Config,
    /// The baseline.
    Baseline,
}

impl SuppressedBy {
    /// The word used in every output format.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inline => "inline",
            Self::Config => "config",
            Self::Baseline => "baseline",
        }
    }
}

/// That and why a finding was silenced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Suppression {
    /// Who silenced it.
    pub by: SuppressedBy,
    /// The reason given; empty when none was.
    pub reason: String,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The rule that found it.
    pub rule: RuleId,
    /// Family of the rule.
    pub group: Group,
    /// Whose credential it is; `null` when that cannot be told.
    pub provider: Option<String>,
    /// Kind within the rule, such as `project`.
    pub kind: Option<String>,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// What is wrong: a sentence without a full stop.
    pub message: String,
    /// What to do next.
    pub help: String,
    /// Where it is.
    pub location: Location,
    /// Where the bytes came from.
    pub origin: Origin,
    /// The secret, masked; absent for findings that are not about one.
    pub secret: Option<SecretSummary>,
    /// Encodings that were undone to find it, outermost first.
    pub decoded: Vec<String>,
    /// How it reaches other people, such as `client-bundle`.
    pub exposure: Vec<String>,
    /// What the provider said.
    pub verification: Verification,
    /// Other places of the story.
    pub related: Vec<Related>,
    /// Changes that would resolve it.
    pub fixes: Vec<Fix>,
    /// Set when something silenced it.
    pub suppressed: Option<Suppression>,
    /// Identity of the finding: rule, path and secret.
    pub fingerprint: Fingerprint,
    /// Masked source, for terminal output.
    #[serde(skip)]
    pub excerpt: Option<Excerpt>,
}

impl Finding {
    /// The order of reports: by path, way through archives, place and rule; the fingerprint makes it total. Of two tellings of one finding the one that nothing silenced
    /// comes first, then the one that knows more of the key.
    #[must_use]
    pub fn order(&self, other: &Self) -> Ordering {
        let key = |finding: &Self| (finding.suppressed.is_some(), finding.verification.verdict.rank());
        (&self.location.path, &self.origin.archive)
            .cmp(&(&other.location.path, &other.origin.archive))
            .then_with(|| (&self.location, &self.rule).cmp(&(&other.location, &other.rule)))
            .then_with(|| self.fingerprint.cmp(&other.fingerprint))
            .then_with(|| key(self).cmp(&key(other)))
    }

    /// The file it is in as people read it, with the way through archives.
    #[must_use]
    pub fn shown_path(&self) -> Cow<'_, str> {
        archive_path(&self.location.path, &self.origin.archive)
    }

    /// Names that the repository gave: of files, references and archives.
    pub fn names_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let Self { location, origin, related, fixes, .. } = self;
        let Origin { reference, refs, anchor, archive, .. } = origin;
        let edits = fixes.iter_mut().flat_map(|fix| fix.edits.iter_mut().map(|edit| &mut edit.location.path));
        let related = related.iter_mut().map(|related| &mut related.location.path);
        let of_origin = reference.iter_mut().chain(refs).chain(anchor).chain(archive);
        [&mut location.path].into_iter().chain(of_origin).chain(related).chain(edits)
    }

    /// Whether the two are one finding, told twice.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.location, &self.rule, &self.fingerprint) == (&other.location, &other.rule, &other.fingerprint)
    }
}
