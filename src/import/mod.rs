//! Moving in from another scanner: what its files say, in keyward's own terms.
//!
//! A text goes in and a [`Plan`] comes out: rules, excluded paths, exceptions, findings that were accepted, and a sentence for everything that has no
//! counterpart. Nothing is left out in silence, because a suppression that is lost is noise, and a rule that is lost is a leak. Where a translation
//! cannot be exact it silences less than the original. Files, git and the scan that tells what stands at a place are left to `command`.
//!
//! The texts belong to the repository and are hostile: their sizes are bounded by who reads them, patterns and lists are bounded here, and whatever
//! is repeated of them is made fit to be shown.

mod alternatives;
mod condition;
pub mod detect_secrets;
mod document;
pub mod gitleaks;
mod glob;
mod literal;
mod pattern;

use std::{collections::BTreeSet, fmt};

pub use condition::{Condition, MOST_SEARCHED, Subject};
pub use document::{config, fit};

use crate::model::{PathGlob, masked_text, printable_line};

/// Globs that `exclude` may have.
const MOST_EXCLUDED: usize = 1_000;
/// Bytes of all of them: they are compiled into one matcher, whose size is bounded.
const MOST_GLOB_BYTES: usize = 64 << 10;
/// Exceptions that a configuration may have.
const MOST_EXCEPTIONS: usize = 10_000;
/// Patterns that are read: each is compiled, and those over values are tried on every finding.
const MOST_PATTERNS: usize = 4_000;
/// Bytes of all of them, each counted anew for each rule that it is for.
const MOST_PATTERN_BYTES: usize = 256 << 10;
/// Words in values that are kept, counted anew for each rule that they are for.
const MOST_WORDS: usize = 10_000;
/// Bytes of the longest such word: more is a whole secret.
const LONGEST_WORD: usize = 128;
/// More of a name or a description is not repeated.
const LONGEST_QUOTE: usize = 120;
/// Bytes of the longest path that is repeated.
const LONGEST_PATH: usize = 1_024;

/// Where something stood in the files of the other scanner.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, as it was named.
    pub file: String,
    /// What an entry of that file is about, when it is about another one: the line is one of it.
    pub path: Option<String>,
    /// Line, from 1, where it can be told.
    pub line: Option<u32>,
}

impl Place {
    /// The whole of `file`.
    #[must_use]
    pub fn file(file: &str) -> Self {
        Self { file: file.to_owned(), path: None, line: None }
    }

    /// A line of `file`.
    #[must_use]
    pub fn line(file: &str, line: u32) -> Self {
        Self { file: file.to_owned(), path: None, line: Some(line) }
    }

    /// The file at `path`, or a line of it, of which `file` says something.
    #[must_use]
    pub fn listed(file: &str, path: &str, line: Option<u32>) -> Self {
        Self { file: file.to_owned(), path: Some(named(path)), line }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        self.path.iter().try_for_each(|path| write!(f, ", {path}"))?;
        self.line.iter().try_for_each(|line| write!(f, ":{line}"))
    }
}

/// Whether something was understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It could not be read: what it asks for is not known.
    Unread,
    /// It was understood, and keyward has no counterpart.
    Left,
    /// keyward has it already, or it is worth knowing.
    Note,
}

/// A sentence about something that was not taken over as it was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Said {
    /// Where it stood.
    pub place: Place,
    /// What became of it.
    pub kind: Kind,
    /// The sentence, all of it printable. Keys in what it [names](named) are masked by whoever shows it.
    pub sentence: String,
}

/// An exception: all that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exception {
    /// A rule of keyward.
    pub rule: Option<String>,
    /// A glob as in `.gitignore`.
    pub path: Option<String>,
    /// Fingerprint of a secret.
    pub fingerprint: Option<String>,
    /// Why.
    pub reason: String,
}

/// A rule of the repository's own, as `keyward.toml` holds it.
#[derive(Clone, Debug)]
pub struct OwnRule {
    /// Where it came from.
    pub place: Place,
    /// Its id here.
    pub id: String,
    /// Its entry, `[[rule]]` and all.
    pub text: String,
}

/// What becomes of a finding that was known to the other scanner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is accepted as it is, in the baseline.
    Accept,
    /// Somebody said that it is no secret: an exception with this reason.
    Allow(String),
    /// It is known to be a secret: neither, whatever other entries say of the same one.
    Refuse,
}

/// How the other scanner knew a finding again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// By its line, in the files as they are or in a commit.
    Line {
        /// The line, from 1.
        line: u32,
        /// The commit.
        commit: Option<String>,
    },
    /// By the SHA-1 of what it took for the secret, in hexadecimal.
    Digest {
        /// The digest.
        sha1: String,
        /// The line in which it last stood.
        line: Option<u32>,
    },
}

/// A finding that was known to the other scanner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Where it is listed.
    pub place: Place,
    /// The file it stands in, with `/`.
    pub path: String,
    /// How it is known again.
    pub mark: Mark,
    /// Rules of keyward that would find it, where it is known by its line; a digest is known whatever finds it.
    pub rules: Vec<String>,
    /// What becomes of it.
    pub fate: Fate,
}

/// All that the files of another scanner come to.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Rules that do not run.
    pub skip: Vec<String>,
    /// Globs of files that are not read.
    pub exclude: Vec<String>,
    /// Exceptions.
    pub exceptions: Vec<Exception>,
    /// Rules.
    pub rules: Vec<OwnRule>,
    /// Exceptions by value, which hold for the findings of now.
    pub conditions: Vec<Condition>,
    /// Findings that were known.
    pub known: Vec<Known>,
    /// What was not taken over as it was.
    pub said: Vec<Said>,
    /// What exceptions there are, without their reasons.
    seen: BTreeSet<[Option<String>; 3]>,
    /// How many of `exclude`, from the first, are about files and no folders.
    of_files: usize,
    /// Bytes of `exclude`.
    exclude_bytes: usize,
    /// Whether an exception was left out because there are too many.
    is_full: bool,
    /// How many patterns were read, and their bytes.
    patterns: usize,
    pattern_bytes: usize,
    /// Whether the first was said that is not read.
    has_too_many_patterns: bool,
    /// How many words were.
    words: usize,
}

impl Plan {
    fn say(&mut self, kind: Kind, place: &Place, sentence: impl Into<String>) {
        self.said.push(Said { place: place.clone(), kind, sentence: sentence.into() });
    }

    fn unread(&mut self, place: &Place, sentence: impl Into<String>) {
        self.say(Kind::Unread, place, sentence);
    }

    fn left(&mut self, place: &Place, sentence: impl Into<String>) {
        self.say(Kind::Left, place, sentence);
    }

    fn note(&mut self, place: &Place, sentence: impl Into<String>) {
        self.say(Kind::Note, place, sentence);
    }

    /// Whether the pattern `text` at `place` may be read; the first that is one too many is said.
    fn may_read_pattern(&mut self, place: &Place, text: &str) -> bool {
        self.patterns += 1;
        self.pattern_bytes += text.len();
        let may = self.patterns <= MOST_PATTERNS && self.pattern_bytes <= MOST_PATTERN_BYTES;
        if !may && !self.has_too_many_patterns {
            self.has_too_many_patterns = true;
            let kib = MOST_PATTERN_BYTES >> 10;
            let sentence = format!(
                "from here on patterns were not read: there are more than {MOST_PATTERNS}, or more than {kib} KiB of them; name folders instead"
            );
            self.unread(place, sentence);
        }
        may
    }

    /// Of `words` those that may be kept, each once; what is left out is said.
    fn kept_words(&mut self, words: &[(Place, String)]) -> BTreeSet<String> {
        let mut kept = BTreeSet::new();
        for (place, word) in words.iter().filter(|(_, word)| !word.is_empty()) {
            self.words += 1;
            if self.words > MOST_WORDS {
                if self.words == MOST_WORDS + 1 {
                    let sentence = format!("from here on stop words were not read: there are more than {MOST_WORDS}");
                    self.unread(place, sentence);
                }
                break;
            }
            if word.len() > LONGEST_WORD {
                self.left(place, format!("a stop word of more than {LONGEST_WORD} bytes is left out: shorten it"));
            } else {
                kept.insert(word.clone());
            }
        }
        kept
    }

    /// Excludes `globs` of `place`, each once. Of those that fit the last counts; so the ones with a `!` behind them, which keeps folders of that
    /// name, go first, and no `!` takes back what another glob leaves out.
    fn exclude(&mut self, place: &Place, globs: Vec<String>) {
        let mut globs = globs.into_iter().peekable();
        while let Some(glob) = globs.next() {
            let folders = globs.next_if_eq(&format!("!{glob}/"));
            let (of_files, others) = self.exclude.split_at(self.of_files);
            let is_there =
                folders.as_ref().map_or_else(|| others.contains(&glob), |folders| of_files.contains(folders));
            if is_there {
                continue;
            }
            let bytes = glob.len() + folders.as_ref().map_or(0, String::len);
            if self.exclude.len() + 1 + usize::from(folders.is_some()) > MOST_EXCLUDED
                || self.exclude_bytes + bytes > MOST_GLOB_BYTES
            {
                let kib = MOST_GLOB_BYTES >> 10;
                let sentence = format!(
                    "from here on paths are left out: `exclude` takes {MOST_EXCLUDED} globs, {kib} KiB in all; name folders instead"
                );
                self.left(place, sentence);
                return;
            }
            self.exclude_bytes += bytes;
            match folders {
                Some(folders) => {
                    self.exclude.splice(self.of_files..self.of_files, [glob, folders]);
                    self.of_files += 2;
                }
                None => self.exclude.push(glob),
            }
        }
    }

    /// A plan of nothing but the same rules.
    #[must_use]
    pub fn with_rules_only(&self) -> Self {
        Self { rules: self.rules.clone(), ..Self::default() }
    }

    /// Adds `exception` of `place` unless it is there.
    pub fn except(&mut self, place: &Place, exception: Exception) {
        if exception.path.as_deref().is_some_and(|path| PathGlob::new(path).is_err()) {
            self.left(place, "its path is longer than an exception takes, and is left out: name a folder instead");
            return;
        }
        let key = [&exception.rule, &exception.path, &exception.fingerprint].map(Clone::clone);
        if self.exceptions.len() < MOST_EXCEPTIONS {
            if self.seen.insert(key) {
                self.exceptions.push(exception);
            }
        } else if !self.is_full && !self.seen.contains(&key) {
            // Once: thousands of conditions may fit thousands of findings.
            self.is_full = true;
            let sentence = format!(
                "from here on exceptions are left out: a configuration takes {MOST_EXCEPTIONS} of them; accept the rest with `keyward baseline create`"
            );
            self.left(place, sentence);
        }
    }
}

/// `text` of the other scanner's files as sentences repeat it, and as it is kept.
fn quoted(text: &str) -> String {
    masked_text(&printable_line(text, LONGEST_QUOTE))
}

/// A path, or the pattern of one, as sentences repeat it: whole, because what [`quoted`] takes for a key is mostly a path, and a key that a rule
/// knows is known in one piece only. What is too long for a path is treated like other texts.
fn named(path: &str) -> String {
    if path.len() > LONGEST_PATH { quoted(path) } else { printable_line(path, LONGEST_PATH) }
}
