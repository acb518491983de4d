//! A rewrite as a patch that `git apply` takes, less what holds a key.
//!
//! A patch is copied into terminals, tickets and chats, so a hunk in whose lines a key stands is no part of it: it is shown behind `# `, masked,
//! and says that only `--write` makes it. Lines around the other hunks are given only as far as they hold no key either. Git wants
//! one line behind a hunk that does not end the file; where even that one holds a key, the hunk is masked as well.

use std::{borrow::Cow, fmt::Write as _, ops::Range};

use imara_diff::{Algorithm, Diff, InternedInput, sources::byte_lines};

use super::plan::Rewrite;
use crate::{
    model::{Span, masked_text},
    pipeline::{Veil, Veiled},
};

/// Lines of context around a change.
const CONTEXT: usize = 3;
/// Longer masked lines are cut: nobody reads a bundle.
const LONGEST_SHOWN: usize = 400;

/// What becomes of one file, to be read and to be applied.
#[derive(Debug, Default)]
pub(super) struct Patch {
    /// What `git apply` takes; empty when all is masked.
    pub(super) applies: Vec<u8>,
    /// What only `--write` makes, masked, behind `# `.
    pub(super) masked: String,
}

/// The patch for `rewrite`.
pub(super) fn patch(rewrite: &Rewrite<'_>, veil: &Veil) -> Patch {
    let texts = [rewrite.old.bytes(), &rewrite.new].map(readable);
    let [old, new] = veil.over(rewrite.path, [&texts[0], &texts[1]]);
    let [old, new] = [Version::new(&texts[0], old), Version::new(&texts[1], new)];
    let changes = changes(&texts[0], &texts[1]);
    let is_open = |change: &Replaced| rewrite.old.is_patchable() && change.is_open(&old, &new);
    let open: Vec<bool> = changes.iter().map(is_open).collect();
    let writer = Writer { rewrite, old, new, changes, open };
    Patch { applies: writer.applies(), masked: writer.masked() }
}

/// `bytes` as lines are told apart in them: UTF-16 as UTF-8, all else as it is.
fn readable(bytes: &[u8]) -> Cow<'_, [u8]> {
    crate::pipeline::utf16(bytes).map_or(Cow::Borrowed(bytes), |text| Cow::Owned(text.into_bytes()))
}

/// A text in lines.
struct Version<'t> {
    text: &'t [u8],
    /// Each with its line break.
    lines: Vec<Span>,
    veiled: Veiled<'t>,
}

impl<'t> Version<'t> {
    fn new(text: &'t [u8], veiled: Veiled<'t>) -> Self {
        let lines = byte_lines(text).scan(0, |at, line| {
            let start = std::mem::replace(at, *at + line.len());
            Some(Span::new(start, *at))
        });
        Self { text, lines: lines.collect(), veiled }
    }

    fn holds_key(&self, line: usize) -> bool {
        self.veiled.hides_in(self.lines[line])
    }

    /// The line as it may be shown, without its line break and not longer than people read.
    fn shown(&self, line: usize) -> String {
        let Span { start, end } = self.lines[line];
        let text = &self.text[start..end];
        let breaks = text.iter().rev().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        // Beside a key stand what is left of it in the other version, and other keys: whatever could be one goes.
        let line = masked_text(&self.veiled.shown(Span::new(start, end - breaks)));
        match line.char_indices().nth(LONGEST_SHOWN) {
            Some((cut, _)) => format!("{}…", &line[..cut]),
            None => line,
        }
    }
}

/// Lines of one version that take the place of lines of the other.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Replaced {
    before: Range<usize>,
    after: Range<usize>,
}

/// What differs. The library is given whole lines and bounds the time it takes for any input.
fn changes(old: &[u8], new: &[u8]) -> Vec<Replaced> {
    let input = InternedInput::new(byte_lines(old), byte_lines(new));
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let wide = |range: Range<u32>| range.start as usize..range.end as usize;
    diff.hunks().map(|hunk| Replaced { before: wide(hunk.before), after: wide(hunk.after) }).collect()
}

impl Replaced {
    /// Whether it can be part of a patch.
    fn is_open(&self, old: &Version<'_>, new: &Version<'_>) -> bool {
        let holds_key = |version: &Version<'_>, range: &Range<usize>| range.clone().any(|line| version.holds_key(line));
        if holds_key(old, &self.before) || holds_key(new, &self.after) {
            return false;
        }
        match self.before.end {
            next if next < old.lines.len() => !old.holds_key(next),
            // Lines that are added behind the last one go by it.
            _ => self.before.start == 0 || !old.holds_key(self.before.start - 1),
        }
    }
}

/// Changes that stand so near to each other that they share their context.
struct Hunk<'w> {
    changes: &'w [Replaced],
    /// Lines of the old version, context included.
    lines: Range<usize>,
}

struct Writer<'w> {
    rewrite: &'w Rewrite<'w>,
    old: Version<'w>,
    new: Version<'w>,
    changes: Vec<Replaced>,
    /// Whether each of them is part of the patch.
    open: Vec<bool>,
}

impl Writer<'_> {
    /// The context of a change: up to three lines of the old version before and behind it that `may_show` lets be seen.
    fn context(&self, number: usize, may_show: impl Fn(usize) -> bool) -> Range<usize> {
        let change = &self.changes[number];
        let floor = number.checked_sub(1).map_or(0, |before| self.changes[before].before.end);
        let ceiling = self.changes.get(number + 1).map_or(self.old.lines.len(), |next| next.before.start);
        let Range { start, end } = change.before;
        let lead = (floor..start).rev().take(CONTEXT).take_while(|line| may_show(*line)).count();
        let tail = (end..ceiling).take(CONTEXT).take_while(|line| may_show(*line)).count();
        start - lead..end + tail
    }

    /// What the patch holds.
    fn hunks(&self) -> Vec<Hunk<'_>> {
        let mut hunks: Vec<Hunk<'_>> = Vec::new();
        let mut first = 0;
        for number in (0..self.changes.len()).filter(|number| self.open[*number]) {
            let lines = self.context(number, |line| !self.old.holds_key(line));
            match hunks.last_mut() {
                Some(last) if first + last.changes.len() == number && lines.start <= last.lines.end => {
                    last.lines.end = lines.end;
                    last.changes = &self.changes[first..=number];
                }
                _ => {
                    first = number;
                    hunks.push(Hunk { changes: &self.changes[number..=number], lines });
                }
            }
        }
        hunks
    }

    fn applies(&self) -> Vec<u8> {
        let hunks = self.hunks();
        let mut out = Vec::new();
        if hunks.is_empty() {
            return out;
        }
        out.extend_from_slice(self.header().as_bytes());
        // Masked hunks are not applied, so they do not move the ones behind them.
        let mut moved = 0;
        for hunk in &hunks {
            out.extend_from_slice(hunk.title(&mut moved).as_bytes());
            hunk.each_line(|sign, line| {
                let version = if sign == '+' { &self.new } else { &self.old };
                let text = &version.text[version.lines[line].range()];
                out.push(sign as u8);
                out.extend_from_slice(text);
                if !text.ends_with(b"\n") {
                    out.extend_from_slice(b"\n\\ No newline at end of file\n");
                }
            });
        }
        out
    }

    fn header(&self) -> String {
        let [from, to] = ["a/", "b/"].map(|side| quoted(side, self.rewrite.path));
        let ending = |name: &str| if name.contains(' ') && !name.starts_with('"') { "\t" } else { "" };
        let mut header = format!("diff --git {from} {to}\n");
        if self.rewrite.exists {
            let _ = writeln!(header, "--- {from}{}", ending(&from));
        } else {
            header.push_str("new file mode 100644\n--- /dev/null\n");
        }
        let _ = writeln!(header, "+++ {to}{}", ending(&to));
        header
    }

    fn masked(&self) -> String {
        let mut out = String::new();
        let mut moved = 0;
        for (number, change) in self.changes.iter().enumerate() {
            let lines = self.context(number, |_| true);
            let title = Hunk { changes: std::slice::from_ref(change), lines: lines.clone() }.title(&mut moved);
            if self.open[number] {
                continue;
            }
            let why = if self.rewrite.old.is_patchable() {
                "a key stands in or beside this change, so it is masked"
            } else {
                "this file is in UTF-16, which git takes for binary"
            };
            let path = quoted("", self.rewrite.path);
            let _ = write!(out, "# {path}: {why};\n# only `keyward fix --write` makes it\n# {title}");
            Hunk { changes: std::slice::from_ref(change), lines }.each_line(|sign, line| {
                let version = if sign == '+' { &self.new } else { &self.old };
                let _ = writeln!(out, "# {sign}{}", version.shown(line));
            });
        }
        out
    }
}

impl Hunk<'_> {
    /// `@@ -1,4 +1,5 @@` and a line break; `moved` says by how many lines the hunks before made the file longer.
    fn title(&self, moved: &mut isize) -> String {
        let added: usize = self.changes.iter().map(|change| change.after.len()).sum();
        let removed: usize = self.changes.iter().map(|change| change.before.len()).sum();
        let (old, new) = (self.lines.len(), self.lines.len() + added - removed);
        let place = |start: usize, length: usize| match length {
            // An empty range stands behind the line it names.
            0 => format!("{start},0"),
            1 => format!("{}", start + 1),
            _ => format!("{},{length}", start + 1),
        };
        let start = self.lines.start.saturating_add_signed(*moved);
        *moved += added.cast_signed() - removed.cast_signed();
        format!("@@ -{} +{} @@\n", place(self.lines.start, old), place(start, new))
    }

    /// Each line with its sign: of the new version those with `+`, of the old one the others.
    fn each_line(&self, mut line: impl FnMut(char, usize)) {
        let mut at = self.lines.start;
        for change in self.changes {
            (at..change.before.start).for_each(|kept| line(' ', kept));
            change.before.clone().for_each(|gone| line('-', gone));
            change.after.clone().for_each(|new| line('+', new));
            at = change.before.end;
        }
        (at..self.lines.end).for_each(|kept| line(' ', kept));
    }
}

/// `side` and `path` as git writes them: in quotes with escapes when something in the path is no plain character.
fn quoted(side: &str, path: &str) -> String {
    let is_plain = |byte: u8| (b' '..=b'~').contains(&byte) && !matches!(byte, b'"' | b'\\');
    if path.bytes().all(is_plain) {
        return format!("{side}{path}");
    }
    let mut out = format!("\"{side}");
    for byte in path.bytes() {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(byte)]),
            b'\t' => out.push_str("\\t"),
            b'\n' => out.push_str("\\n"),
            byte if is_plain(byte) => out.push(char::from(byte)),
            byte => {
                let _ = write!(out, "\\{byte:03o}");
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests;
