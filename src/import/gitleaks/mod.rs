//! What gitleaks keeps: `.gitleaks.toml` and `.gitleaksignore`.
//!
//! A configuration says three things. Its rules run here when they have a constant part ([`rule`]); those that have the name of a rule of gitleaks'
//! own set are left to keyward's rules for the same keys ([`equal`]). Its allowlists become excluded paths and exceptions ([`allowlist`]). And it says
//! what it builds on, which may be another file. Findings that were accepted are named by their line, and told by [`ignore`].

mod allowlist;
mod equal;
pub mod ignore;
mod rule;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use toml::de::DeTable;

pub use equal::EQUALS;

use super::{Place, Plan, quoted};
use crate::{model::RuleId, rules::RuleSet};

use allowlist::{Allowlist, Scope};
use equal::equals;
use rule::{Draft, RawRule};
use table::{Lines, Table};

/// Rules of one's own that a configuration may have.
const MOST_RULES: usize = 256;
/// Rules that are read of one file.
const MOST_READ: usize = 4_096;
/// Files in one another that a configuration may build on.
const MOST_EXTENDED: usize = 2;

/// A file of gitleaks.
#[derive(Clone, Copy, Debug)]
pub struct Source<'s> {
    /// How it is called.
    pub name: &'s str,
    /// Its text.
    pub text: &'s str,
}

/// Reads another file that the configuration builds on; the error says why it cannot be read.
pub type Extend<'e> = dyn Fn(&str) -> Result<String, String> + 'e;

/// What one file says, or a file and those it builds on.
#[derive(Default)]
struct Document {
    uses_default: bool,
    disabled: Vec<(Place, String)>,
    rules: Vec<RawRule>,
    allowlists: Vec<Allowlist>,
}

/// Names of gitleaks' rules, and the rules here that stand for each.
pub type Names = BTreeMap<String, Vec<String>>;

/// Reads the configuration `source` into `plan`; the answer tells what its rules are called here.
pub fn config(source: Source<'_>, extend: &Extend<'_>, plan: &mut Plan) -> Names {
    let mut names = Names::new();
    let Some(document) = document(source, extend, 0, plan) else { return names };
    let disabled = switched_off(&document);
    disable(&document, &disabled, plan);
    let mut taken = BTreeSet::new();
    let mut own = Vec::new();
    for raw in &document.rules {
        match rules_for(&raw.id) {
            equal if !equal.is_empty() => {
                covered(raw, &equal, plan);
                names.insert(raw.id.clone(), equal);
            }
            _ if own.len() >= MOST_RULES => {
                plan.left(
                    &raw.place,
                    format!("rule `{}` is one too many: keyward.toml takes {MOST_RULES}", quoted(&raw.id)),
                );
            }
            _ => {
                if let Some(draft) = rule::draft(raw, &mut taken, plan) {
                    names.insert(raw.id.clone(), vec![draft.id.clone()]);
                    own.push((raw.id.clone(), draft));
                }
            }
        }
    }
    for raw in &document.rules {
        let ours = names.get(&raw.id).cloned().unwrap_or_default();
        for allowlist in &raw.allowlists {
            let draft = own.iter_mut().find(|(id, _)| *id == raw.id).map(|(_, draft)| draft);
            let is_meant = |id: &str| id == raw.id || disabled.contains(id);
            for_one(allowlist, &raw.id, (&ours, draft), &is_meant, plan);
        }
    }
    for allowlist in &document.allowlists {
        if allowlist.targets.is_empty() {
            allowlist::take_over(allowlist, Scope::Everything, plan);
        }
        let targets: BTreeSet<&str> = allowlist.targets.iter().map(String::as_str).collect();
        for target in &targets {
            let ours = names.get(*target).cloned().unwrap_or_else(|| rules_for(target));
            let draft = own.iter_mut().find(|(id, _)| id == target).map(|(_, draft)| draft);
            let is_meant = |id: &str| targets.contains(id) || disabled.contains(id);
            for_one(allowlist, target, (&ours, draft), &is_meant, plan);
        }
    }
    if !document.uses_default && !document.rules.is_empty() {
        let sentence = "gitleaks ran the rules of this file only, since it does not build on the default ones; keyward runs its own beside them: \
                        `only` in keyward.toml limits that";
        plan.note(&Place::file(source.name), sentence);
    }
    plan.rules = own.into_iter().filter_map(|(_, draft)| rule::finish(draft, plan)).collect();
    names
}

/// The rules of keyward for what gitleaks' rule `id` finds.
fn rules_for(id: &str) -> Vec<String> {
    let equal = equals(id);
    if equal.is_empty() && RuleSet::builtin().get(&RuleId::new(id)).is_some() {
        return vec![id.to_owned()];
    }
    equal.to_vec()
}

/// `x`, or `x` and `y`.
fn listed(names: &[impl std::fmt::Display]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// Takes over what `list` allows of the keys that gitleaks' rule `theirs` finds, with the rules here that stand for it: not with those that find keys
/// of others as well, unless `is_meant` says that they are meant too.
fn for_one(
    list: &Allowlist,
    theirs: &str,
    (ours, own): (&[String], Option<&mut Draft>),
    is_meant: &dyn Fn(&str) -> bool,
    plan: &mut Plan,
) {
    let mut narrow = Vec::new();
    for rule in ours {
        let others = others(rule, is_meant);
        if others.is_empty() {
            narrow.push(rule.clone());
            continue;
        }
        let sentence = format!(
            "this allowlist is for `{}`, but keyward's `{rule}` finds the keys of {} too: nothing of it is allowed; add an [[allow]] entry by hand if \
             both may be",
            quoted(theirs),
            listed(&others)
        );
        plan.left(&list.place, sentence);
    }
    if ours.is_empty() || !narrow.is_empty() {
        allowlist::take_over(list, Scope::Rules { theirs, ours: &narrow, own }, plan);
    }
}

/// The rules of gitleaks of which keyward's `rule` finds the keys, but for those that are meant.
fn others(rule: &str, is_meant: impl Fn(&str) -> bool) -> Vec<String> {
    let is_other = |theirs: &str, equal: &[String]| equal.iter().any(|id| id == rule) && !is_meant(theirs);
    EQUALS.iter().filter(|(theirs, equal)| is_other(theirs, equal)).map(|(theirs, _)| theirs.clone()).collect()
}

/// Says of a rule that keyward has that its pattern is left out, and what else it sets.
fn covered(raw: &RawRule, equal: &[String], plan: &mut Plan) {
    let overrides = raw.overrides();
    if !overrides.is_empty() {
        let sentence = format!(
            "what rule `{}` sets ({}) is left out, because keyward's own stand for it ({}); if that matters, give it its pattern and another id",
            quoted(&raw.id),
            listed(&overrides),
            listed(equal)
        );
        plan.left(&raw.place, sentence);
    }
    if raw.regex.is_none() {
        return;
    }
    let sentence = format!(
        "rule `{}` is left to keyward's own for these keys ({}); if its pattern was changed, give it another id and import it again",
        quoted(&raw.id),
        listed(equal)
    );
    plan.note(&raw.place, sentence);
}

/// The rules that gitleaks does not run: disabled are those of a file that is built on, never what a file has under that id itself.
fn switched_off(document: &Document) -> BTreeSet<&str> {
    let own = document.rules.iter().filter(|rule| rule.regex.is_some());
    let own: BTreeSet<&str> = own.map(|rule| rule.id.as_str()).collect();
    document.disabled.iter().map(|(_, id)| id.as_str()).filter(|id| !own.contains(id)).collect()
}

/// Leaves out what keyward has for the `disabled` rules, unless it finds other keys as well.
fn disable(document: &Document, disabled: &BTreeSet<&str>, plan: &mut Plan) {
    for (place, id) in &document.disabled {
        if !disabled.contains(id.as_str()) {
            let sentence = format!(
                "`{}` is disabled, and goes on all the same: the file has a rule of that name itself",
                quoted(id)
            );
            plan.note(place, sentence);
            continue;
        }
        let ours = rules_for(id);
        if ours.is_empty() {
            plan.note(place, format!("`{}` is disabled, and keyward has no such rule: nothing to do", quoted(id)));
        }
        for rule in ours {
            let others = others(&rule, |theirs| disabled.contains(theirs));
            if others.is_empty() {
                if !plan.skip.contains(&rule) {
                    plan.skip.push(rule);
                }
            } else {
                let sentence = format!(
                    "`{}` is disabled, but keyward's `{rule}` finds the keys of {} too, and goes on: add it to `skip` if you want neither",
                    quoted(id),
                    listed(&others)
                );
                plan.left(place, sentence);
            }
        }
    }
}

/// What `source` says with all that it builds on; `None` when it is no TOML.
fn document(source: Source<'_>, extend: &Extend<'_>, depth: usize, plan: &mut Plan) -> Option<Document> {
    let lines = Lines::new(source.name, source.text);
    let parsed = match DeTable::parse(source.text) {
        Ok(parsed) => parsed,
        Err(error) => {
            let at = lines.place(error.span().map_or(0, |span| span.start));
            let message = quoted(error.message());
            plan.unread(
                &at,
                format!(
                    "this is no TOML ({message}), so nothing of the file was taken over: correct it and import it again"
                ),
            );
            return None;
        }
    };
    let mut top = Table::new("the file", &lines, 0, parsed.get_ref());
    let mut document = Document::default();
    for key in ["title", "description"] {
        top.text(key, plan);
    }
    if let Some((place, version)) = top.text("minVersion", plan) {
        plan.note(&place, format!("`minVersion` {} speaks of gitleaks, and has no meaning here", quoted(&version)));
    }
    for table in top.tables("rules", plan) {
        if document.rules.len() == MOST_READ {
            plan.unread(&table.place, format!("from here on rules were not read: the file has more than {MOST_READ}"));
            break;
        }
        let Some(rule) = RawRule::read(table, plan) else { continue };
        match document.rules.iter_mut().find(|other| other.id == rule.id) {
            Some(other) => {
                let sentence =
                    format!("rule `{}` is there again: as in gitleaks, only this one counts", quoted(&rule.id));
                plan.note(&rule.place, sentence);
                *other = rule;
            }
            None => document.rules.push(rule),
        }
    }
    for key in ["allowlist", "allowlists"] {
        for table in top.tables(key, plan) {
            document.allowlists.extend(Allowlist::read(table, plan));
        }
    }
    // There is one. Of several each could name this very file, which would then be read as many times again.
    let mut tables = top.tables("extend", plan).into_iter();
    if let Some(table) = tables.next() {
        build_on(table, &mut document, extend, depth, plan);
    }
    if let Some(table) = tables.next() {
        let sentence = format!("{} more of `[extend]` were not read: a file has one", tables.len() + 1);
        plan.unread(&table.place, sentence);
    }
    top.finish(plan);
    Some(document)
}

/// Reads `[extend]`, and the file that it names.
fn build_on(mut table: Table<'_>, document: &mut Document, extend: &Extend<'_>, depth: usize, plan: &mut Plan) {
    document.uses_default |= table.flag("useDefault", plan);
    document.disabled.extend(table.texts("disabledRules", plan));
    if let Some((place, _)) = table.text("url", plan) {
        plan.left(&place, "`url` of `[extend]` is passed over, as gitleaks does: keyward fetches nothing");
    }
    if let Some((place, path)) = table.text("path", plan) {
        if depth >= MOST_EXTENDED {
            plan.left(
                &place,
                format!("`path` of `[extend]` is not followed further than {MOST_EXTENDED} files, as in gitleaks"),
            );
        } else {
            match extend(&path) {
                Ok(text) => {
                    let name = quoted(&path);
                    let below = self::document(Source { name: &name, text: &text }, extend, depth + 1, plan);
                    document.absorb(below.unwrap_or_default(), plan);
                }
                Err(reason) => {
                    plan.unread(&place, format!("the file `{}` of `[extend]` was not read: {reason}", quoted(&path)));
                }
            }
        }
    }
    table.finish(plan);
}

impl Document {
    /// Adds what a file says on which this one builds: what this one says of a rule goes first.
    fn absorb(&mut self, below: Self, plan: &mut Plan) {
        self.uses_default |= below.uses_default;
        let disabled: BTreeSet<&str> = self.disabled.iter().map(|(_, id)| id.as_str()).collect();
        let kept: Vec<RawRule> = below.rules.into_iter().filter(|rule| !disabled.contains(rule.id.as_str())).collect();
        for rule in kept {
            match self.rules.iter_mut().find(|own| own.id == rule.id) {
                Some(own) => own.absorb(rule),
                None => self.rules.push(rule),
            }
        }
        self.disabled.extend(below.disabled);
        for allowlist in below.allowlists {
            if allowlist.targets.is_empty() {
                self.allowlists.push(allowlist);
            } else {
                let sentence = "this allowlist was left out: `targetRules` of a file that another one builds on mean nothing to gitleaks";
                plan.left(&allowlist.place, sentence);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn read(text: &str) -> Plan {
        let mut plan = Plan::default();
        config(Source { name: ".gitleaks.toml", text }, &|_| Err("there is none".to_owned()), &mut plan);
        plan
    }

    fn says(plan: &Plan, sentence: &str) {
        assert!(plan.said.iter().any(|said| said.sentence.contains(sentence)), "{sentence:?}: {:?}", plan.said);
    }

    fn quoted_list(items: impl Iterator<Item = String>) -> String {
        items.map(|item| format!("'{item}'")).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_file_that_names_itself_again_and_again_is_read_no_more_often_than_files_may_stand_in_one_another() {
        let text = "[[extend]]\npath = '.gitleaks.toml'\n".repeat(500);
        let (mut plan, reads) = (Plan::default(), Cell::new(0));
        let extend = |_: &str| {
            reads.set(reads.get() + 1);
            Ok(text.clone())
        };
        config(Source { name: ".gitleaks.toml", text: &text }, &extend, &mut plan);
        assert_eq!(reads.get(), MOST_EXTENDED);
        says(&plan, "499 more of `[extend]` were not read: a file has one");
    }

    #[test]
    fn stop_words_are_kept_once_and_no_more_than_there_may_be() {
        let words = quoted_list((0..3_000).map(|number| format!("word{}", number % 1_500)));
        let targets = quoted_list((0..1_000).map(|_| "openai-api-key".to_owned()));
        let plan = read(&format!("[[allowlists]]\ntargetRules = [{targets}]\nstopwords = [{words}]\n"));
        let [condition] = &plan.conditions[..] else { panic!("{:?}", plan.conditions.len()) };
        let super::super::condition::Test::Word(kept) = &condition.tests[0] else { panic!("{condition:?}") };
        assert_eq!(kept.len(), 1_500);
        let many = quoted_list((0..15_000).map(|number| format!("w{number:05}")));
        let plan = read(&format!(
            "[[rules]]\nid = 'acme-token'\nregex = 'acme_[a-z]{{9}}'\n[[rules.allowlists]]\nstopwords = [{many}]\n\
             [[allowlists]]\nstopwords = ['{}']\n",
            "x".repeat(200)
        ));
        says(&plan, "from here on stop words were not read: there are more than 10000");
        let samples = plan.rules[0].text.matches('…').count() / 2;
        assert_eq!(samples, 20_000, "each in lower case and in upper");
        let plan = read(&format!("[[allowlists]]\nstopwords = ['{}']\n", "x".repeat(200)));
        says(&plan, "a stop word of more than 128 bytes is left out");
        assert!(plan.conditions.is_empty());
    }

    #[test]
    fn patterns_are_counted_anew_for_each_rule_that_they_are_for() {
        let rules = |number: u32| format!("[[rules]]\nid = 'acme-{number}'\nregex = 'acme{number}_[a-z]{{9}}'\n");
        let rules: String = (0..200).map(rules).collect();
        let targets = quoted_list((0..200).map(|number| format!("acme-{number}")));
        let regexes = quoted_list((0..2_000).map(|number| format!("constant{number}")));
        let plan = read(&format!("{rules}[[allowlists]]\ntargetRules = [{targets}]\nregexes = [{regexes}]\n"));
        says(&plan, "from here on patterns were not read: there are more than 4000, or more than 256 KiB of them");
        let samples: usize = plan.rules.iter().map(|rule| rule.text.matches("constant").count()).sum();
        assert_eq!(samples, 4_000, "the first two of them have all");
    }
}
