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

#[cfg(test)]
mod tests {
    use std::{
        fs,
        time::{Duration, SystemTime},
    };

    use super::*;
    use crate::{
        command::fix::choice::{Allowed, choose},
        model::{Edit, Finding, Fingerprint, Fix, Location, Origin, OriginKind, Verification},
    };

    fn edit(path: &str, (line, start, end): (u32, u32, u32), text: &str) -> Edit {
        let location = Location {
            path: path.to_owned(),
            start_line: line,
            start_column: start,
            end_line: line,
            end_column: end,
            cell: None,
            line_hash: None,
        };
        Edit { location, text: text.to_owned() }
    }

    fn finding(title: &str, edits: Vec<Edit>) -> Finding {
        let fix = Fix { title: title.to_owned(), safe: true, edits };
        let finding = serde_json::json!({
            "rule": "env-value-malformed", "group": "env", "provider": null, "kind": null, "severity": "error",
            "confidence": "high", "message": "m", "help": "h", "location": edit("a", (1, 1, 1), "").location,
            "origin": Origin::plain(OriginKind::Tree), "secret": null, "decoded": [], "exposure": [],
            "verification": Verification::NOT_REQUESTED, "related": [], "fixes": [fix], "suppressed": null,
            "fingerprint": Fingerprint::of("finding", &[]),
        });
        serde_json::from_value(finding).unwrap()
    }

    /// What the files `a` and `b` hold after `findings` are fixed, and what was refused.
    fn fixed(findings: &[Finding]) -> (String, String, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().canonicalize().unwrap();
        fs::write(base.join("a"), "one two\nthree\n").unwrap();
        fs::write(base.join("b"), "four\n").unwrap();
        let choices = choose(findings, Allowed::Safe);
        let targets = Targets { base: base.clone(), since: SystemTime::now() + Duration::from_secs(1) };
        let plan = plan(&choices.made, &targets);
        assert_eq!(plan.made + plan.refused.len(), findings.len());
        for rewrite in &plan.rewrites {
            fs::write(&rewrite.file, &rewrite.new).unwrap();
        }
        let read = |name: &str| fs::read_to_string(base.join(name)).unwrap();
        let told =
            |refused: &Refused<'_>| format!("{} at {}: {:?}", refused.choice.fix.title, refused.path, refused.why);
        (read("a"), read("b"), plan.refused.iter().map(told).collect())
    }

    #[test]
    fn a_fix_is_made_in_all_files_or_in_none() {
        let whole = finding("whole", vec![edit("a", (1, 1, 4), "1"), edit("b", (1, 1, 5), "4")]);
        let half = finding("half", vec![edit("a", (2, 1, 6), "3"), edit("none/c", (1, 1, 1), "x")]);
        let (a, b, refused) = fixed(&[whole, half]);
        assert_eq!((a.as_str(), b.as_str()), ("1 two\nthree\n", "4\n"));
        assert_eq!(refused, ["half at none/c: NoFolder"]);
    }

    #[test]
    fn the_first_of_two_that_overlap_is_made_and_the_other_is_named() {
        let first = finding("first", vec![edit("a", (1, 1, 5), "")]);
        let second = finding("second", vec![edit("b", (1, 1, 5), "x"), edit("a", (1, 3, 6), "y")]);
        let third = finding("third", vec![edit("a", (1, 5, 8), "z")]);
        let (a, b, refused) = fixed(&[first, second, third]);
        assert_eq!((a.as_str(), b.as_str()), ("z\nthree\n", "four\n"));
        assert_eq!(refused, ["second at a: Overlaps"]);
    }

    #[test]
    fn a_change_that_two_fixes_ask_for_is_made_once() {
        let line = || edit("a", (1, 1, 1), "zero\n");
        let first = finding("first", vec![line(), edit("a", (1, 1, 4), "1")]);
        let second = finding("second", vec![line(), edit("a", (2, 1, 6), "3")]);
        let (a, _, refused) = fixed(&[first, second]);
        assert_eq!((a.as_str(), refused.len()), ("zero\n1 two\n3\n", 0));
    }

    #[test]
    fn lines_that_are_added_at_one_place_stand_in_the_order_of_the_report() {
        let add = |text: &str| finding(text, vec![edit("b", (2, 1, 1), text)]);
        let new = |text: &str| finding(text, vec![edit("a", (3, 1, 1), text)]);
        let (a, b, refused) = fixed(&[add("five\n"), add("six\n"), new("4\n"), new("5\n")]);
        assert_eq!((a.as_str(), b.as_str(), refused.len()), ("one two\nthree\n4\n5\n", "four\nfive\nsix\n", 0));
    }

    #[test]
    fn a_place_that_the_file_does_not_have_means_that_it_changed() {
        let (a, _, refused) = fixed(&[finding("far", vec![edit("a", (9, 1, 2), "x")])]);
        assert_eq!((a.as_str(), refused), ("one two\nthree\n", vec!["far at a: Changed".to_owned()]));
    }
}
