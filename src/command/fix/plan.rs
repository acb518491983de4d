//! From the chosen fixes to what becomes of each file.
//!
//! A fix is made as a whole or not at all, also when it edits several files. The first one in the order of the report wins where two get in each
//! other's way; the other is named, and can be made in a second run. Two fixes that ask for the same change, such as the same import, share it.

use std::{collections::BTreeMap, path::PathBuf};

use super::{
    change::{self, Change},
    choice::Choice,
    content::Content,
    target::{Refusal, Target, Targets},
};

/// A fix that is not made, and why.
#[derive(Debug)]
pub(super) struct Refused<'f> {
    pub(super) choice: Choice<'f>,
    /// The file that stands in the way.
    pub(super) path: &'f str,
    pub(super) why: Refusal,
}

/// What becomes of one file.
#[derive(Debug)]
pub(super) struct Rewrite<'f> {
    /// Path as reports show it.
    pub(super) path: &'f str,
    /// Where it is.
    pub(super) file: PathBuf,
    /// Whether it is there already.
    pub(super) exists: bool,
    /// What it holds.
    pub(super) old: Content,
    /// What it will hold.
    pub(super) new: Vec<u8>,
    /// What the fixes do that change it, each once.
    pub(super) titles: Vec<&'f str>,
}

/// All that will be done.
#[derive(Debug, Default)]
pub(super) struct Plan<'f> {
    /// Sorted by path.
    pub(super) rewrites: Vec<Rewrite<'f>>,
    pub(super) refused: Vec<Refused<'f>>,
    /// How many fixes are made.
    pub(super) made: usize,
    /// Files that were changed by somebody else before they could be written.
    pub(super) overtaken: usize,
}

/// A file, and what was decided about it so far.
#[derive(Debug)]
struct Draft<'f> {
    target: Result<Target, Refusal>,
    /// Sorted by place; those at one place in the order in which they were decided.
    changes: Vec<Change>,
    titles: Vec<&'f str>,
}

/// The files that fixes edit, by path.
type Drafts<'f> = BTreeMap<&'f str, Draft<'f>>;

/// Plans how to make `choices`, which are in the order of the report.
pub(super) fn plan<'f>(choices: &[Choice<'f>], targets: &Targets) -> Plan<'f> {
    let (mut drafts, changes) = open(choices, targets);
    let mut plan = Plan::default();
    for (choice, changes) in choices.iter().zip(changes) {
        match agreed(choice, changes, &drafts) {
            Ok(changes) => {
                plan.made += 1;
                for (path, change) in changes {
                    let draft = drafts.get_mut(path).expect("the files of all edits were opened");
                    draft.accept(change, &choice.fix.title);
                }
            }
            Err((path, why)) => plan.refused.push(Refused { choice: *choice, path, why }),
        }
    }
    plan.rewrites = drafts.into_iter().filter_map(|(path, draft)| draft.rewrite(path)).collect();
    plan
}

/// Opens the files of `choices`, and finds in them what each edit changes; `None` where it does not fit the text.
fn open<'f>(choices: &[Choice<'f>], targets: &Targets) -> (Drafts<'f>, Vec<Vec<Option<Change>>>) {
    let mut of_path: BTreeMap<&'f str, Vec<(usize, usize)>> = BTreeMap::new();
    for (number, choice) in choices.iter().enumerate() {
        for (position, edit) in choice.fix.edits.iter().enumerate() {
            of_path.entry(&edit.location.path).or_default().push((number, position));
        }
    }
    let mut changes: Vec<Vec<Option<Change>>> =
        choices.iter().map(|choice| vec![None; choice.fix.edits.len()]).collect();
    let mut drafts = Drafts::new();
    for (path, edits) in of_path {
        let target = targets.open(path);
        if let Ok(target) = &target {
            let edit = |(number, position): (usize, usize)| &choices[number].fix.edits[position];
            let locations: Vec<_> = edits.iter().map(|at| &edit(*at).location).collect();
            for (at, span) in edits.iter().zip(target.content.spans(&locations)) {
                changes[at.0][at.1] = span.map(|span| Change::new(&target.content, span, &edit(*at).text));
            }
        }
        drafts.insert(path, Draft { target, changes: Vec::new(), titles: Vec::new() });
    }
    (drafts, changes)
}

/// The changes of a fix with their paths, if all of them can be made beside what was decided before; otherwise the path where one cannot.
fn agreed<'f>(
    choice: &Choice<'f>,
    changes: Vec<Option<Change>>,
    drafts: &Drafts<'f>,
) -> Result<Vec<(&'f str, Change)>, (&'f str, Refusal)> {
    let mut agreed: Vec<(&'f str, Change)> = Vec::with_capacity(changes.len());
    for (edit, change) in choice.fix.edits.iter().zip(changes) {
        let path = edit.location.path.as_str();
        let draft = &drafts[path];
        if let Err(why) = &draft.target {
            return Err((path, why.clone()));
        }
        let change = change.ok_or((path, Refusal::Changed))?;
        let own = agreed.iter().filter(|(of, _)| *of == path).map(|(_, change)| change);
        if draft.changes.iter().chain(own).any(|other| *other != change && other.conflicts_with(&change)) {
            return Err((path, Refusal::Overlaps));
        }
        agreed.push((path, change));
    }
    Ok(agreed)
}

impl<'f> Draft<'f> {
    fn accept(&mut self, change: Change, title: &'f str) {
        if !self.titles.contains(&title) {
            self.titles.push(title);
        }
        if !self.changes.contains(&change) {
            let key = |change: &Change| (change.at.start, change.at.end);
            let at = self.changes.partition_point(|other| key(other) <= key(&change));
            self.changes.insert(at, change);
        }
    }

    /// What becomes of the file; `None` when nothing does.
    fn rewrite(self, path: &'f str) -> Option<Rewrite<'f>> {
        let Target { file, content, exists } = self.target.ok()?;
        let new = change::apply(content.bytes(), &self.changes);
        let is_change = new != content.bytes();
        is_change.then_some(Rewrite { path, file, exists, old: content, new, titles: self.titles })
    }
}
