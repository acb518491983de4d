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
use rule::RawRule;
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
    disable(&document, plan);
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
            allowlist::take_over(allowlist, Scope::Rules { theirs: &raw.id, ours: &ours, own: draft }, plan);
        }
    }
    for allowlist in &document.allowlists {
        if allowlist.targets.is_empty() {
            allowlist::take_over(allowlist, Scope::Everything, plan);
        }
        for target in &allowlist.targets {
            let ours = names.get(target).cloned().unwrap_or_else(|| rules_for(target));
            let draft = own.iter_mut().find(|(id, _)| id == target).map(|(_, draft)| draft);
            allowlist::take_over(allowlist, Scope::Rules { theirs: target, ours: &ours, own: draft }, plan);
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
fn listed(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// Says of a rule that keyward has that its pattern is left out.
fn covered(raw: &RawRule, equal: &[String], plan: &mut Plan) {
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

/// Leaves out what keyward has for the disabled rules, unless it finds other keys as well.
fn disable(document: &Document, plan: &mut Plan) {
    let disabled: BTreeSet<&str> = document.disabled.iter().map(|(_, id)| id.as_str()).collect();
    for (place, id) in &document.disabled {
        let ours = rules_for(id);
        if ours.is_empty() {
            plan.note(place, format!("`{}` is disabled, and keyward has no such rule: nothing to do", quoted(id)));
        }
        for rule in ours {
            let others: Vec<String> = EQUALS
                .iter()
                .filter(|(theirs, equal)| equal.contains(&rule) && !disabled.contains(theirs.as_str()))
                .map(|(theirs, _)| theirs.clone())
                .collect();
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
        document.rules.extend(RawRule::read(table, plan));
    }
    for key in ["allowlist", "allowlists"] {
        for table in top.tables(key, plan) {
            document.allowlists.extend(Allowlist::read(table, plan));
        }
    }
    for table in top.tables("extend", plan) {
        build_on(table, &mut document, extend, depth, plan);
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
                    document.absorb(below.unwrap_or_default());
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
    fn absorb(&mut self, below: Self) {
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
        self.allowlists.extend(below.allowlists);
    }
}
