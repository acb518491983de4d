//! A rule of gitleaks as a `[[rule]]`.
//!
//! gitleaks searches a pattern in every file that holds a keyword; keyward searches it around a literal. The literals come from the pattern. Keywords
//! that say more are left out, because keyward knows what stands near and not what else a file holds, and a key must not be missed for that; so are
//! findings of other rules that it asks for. A rule whose pattern has no constant part, or that looks at paths alone, cannot run here, and is said to.

use std::collections::BTreeSet;

use regex_syntax::{
    ParserBuilder,
    hir::{Hir, HirKind},
};
use serde::{Deserialize, Serialize};

use super::{
    super::{
        OwnRule, Place, Plan,
        glob::{once_each, path_globs},
        literal::literals,
        pattern::{Dialect, Pattern},
        quoted,
    },
    allowlist::Allowlist,
    table::Table,
};
use crate::{
    model::{RuleId, printable_line},
    rules::{CUSTOM, EntropyOf, Provider, ProviderFile, RuleError, RuleSet, RuleSpec},
};

/// Bytes around a literal that a rule of a repository may look at.
const REACH: usize = 2048;
/// Bytes of the shortest text that is taken for a secret where nobody says which group it is.
const SHORTEST_SECRET: usize = 8;
/// More of a description is not shown.
const LONGEST_SUMMARY: usize = 100;

/// A rule as it is written.
#[derive(Debug)]
pub(super) struct RawRule {
    pub(super) place: Place,
    pub(super) id: String,
    pub(super) regex: Option<(Place, String)>,
    pub(super) allowlists: Vec<Allowlist>,
    description: Option<String>,
    path: Option<(Place, String)>,
    secret_group: Option<f64>,
    entropy: Option<f64>,
    keywords: Vec<String>,
    tags: Option<Place>,
    required: Option<Place>,
    is_silent: bool,
}

impl RawRule {
    pub(super) fn read(mut table: Table<'_>, plan: &mut Plan) -> Option<Self> {
        let place = table.place.clone();
        let texts = |texts: Vec<(Place, String)>| texts.into_iter().map(|(_, text)| text).collect();
        let id = table.text("id", plan).map(|(_, id)| id.trim().to_owned()).unwrap_or_default();
        let mut tables = table.tables("allowlist", plan);
        tables.extend(table.tables("allowlists", plan));
        let rule = Self {
            place,
            regex: table.text("regex", plan),
            allowlists: tables.into_iter().filter_map(|table| Allowlist::read(table, plan)).collect(),
            description: table.text("description", plan).map(|(_, text)| text),
            path: table.text("path", plan),
            secret_group: table.number("secretGroup", plan),
            entropy: table.number("entropy", plan),
            keywords: texts(table.texts("keywords", plan)),
            tags: table.texts("tags", plan).into_iter().next().map(|(place, _)| place),
            required: table.tables("required", plan).into_iter().next().map(|table| table.place),
            is_silent: table.flag("skipReport", plan),
            id,
        };
        table.finish(plan);
        if rule.id.is_empty() {
            plan.unread(&rule.place, "this rule has no `id`, and was passed over: give it one");
            return None;
        }
        Some(rule)
    }

    /// What it says of a rule beside its pattern, for a rule that is not taken over.
    pub(super) fn overrides(&self) -> Vec<&'static str> {
        let all = [
            ("path", self.path.is_some()),
            ("secretGroup", self.secret_group.is_some()),
            ("entropy", self.entropy.is_some()),
            ("keywords", !self.keywords.is_empty()),
            ("tags", self.tags.is_some()),
            ("required", self.required.is_some()),
            ("skipReport", self.is_silent),
        ];
        all.into_iter().filter_map(|(key, is_set)| is_set.then_some(key)).collect()
    }

    /// Adds what the file below says of the same rule, where this one says nothing. What gitleaks takes from there alone comes from there alone.
    pub(super) fn absorb(&mut self, below: Self) {
        self.required = below.required;
        self.is_silent = below.is_silent;
        self.regex = self.regex.take().or(below.regex);
        self.description = self.description.take().or(below.description);
        self.path = self.path.take().or(below.path);
        self.secret_group = self.secret_group.or(below.secret_group);
        self.entropy = self.entropy.or(below.entropy);
        self.keywords.extend(below.keywords);
        self.allowlists.extend(below.allowlists);
    }
}

/// A rule on its way into `keyward.toml`: its keys in the order in which they are written.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Draft {
    pub(super) id: String,
    summary: String,
    literals: Vec<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    ignore_case: bool,
    anchor: &'static str,
    pattern: String,
    before: usize,
    longest: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    entropy: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entropy_of: Option<EntropyOf>,
    placeholder_words: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) placeholders: Vec<String>,
    #[serde(skip)]
    place: Place,
}

/// The file of one rule, as it is written.
#[derive(Serialize)]
struct Written {
    rule: [Draft; 1],
}

/// And as it is read.
#[derive(Deserialize)]
struct Read {
    rule: Vec<RuleSpec>,
}

/// What becomes of `raw`, under an id that is not `taken`; what cannot run is said in `plan`.
pub(super) fn draft(raw: &RawRule, taken: &mut BTreeSet<String>, plan: &mut Plan) -> Option<Draft> {
    let name = quoted(&raw.id);
    if let Some(reason) = impossible(raw) {
        plan.left(&raw.place, format!("rule `{name}` is not taken over: {reason}"));
        return None;
    }
    let (place, regex) = raw.regex.as_ref()?;
    let mut refuse =
        |reason: &str, help: &str| plan.left(place, format!("rule `{name}` is not taken over: {reason}; {help}"));
    let rewrite = "write its pattern without that as a [[rule]] in keyward.toml";
    let pattern = match secret_pattern(raw, regex) {
        Ok(pattern) => pattern,
        Err(reason) => {
            refuse(&reason, rewrite);
            return None;
        }
    };
    let found = match literals(&pattern.text) {
        Ok(Some(found)) => found,
        Ok(None) => {
            let help = "without one it could not be found in linear time; an `anchor = \"assignment\"` with the name beside the value may do";
            refuse("its pattern has no constant part of three characters", help);
            return None;
        }
        Err(reason) => {
            refuse(&reason, rewrite);
            return None;
        }
    };
    if let Some(place) = &raw.tags {
        plan.left(place, format!("`tags` of rule `{name}` have no counterpart"));
    }
    if raw.secret_group.is_none() && pattern.groups > 1 && pattern.text.contains("(?<secret>") {
        plan.note(place, format!("rule `{name}`: of its {} groups the first is taken for the secret", pattern.groups));
    }
    if let Some(place) = &raw.required {
        let sentence = format!(
            "`required` of rule `{name}` is left out: keyward cannot ask for findings of other rules nearby, and the rule finds more than it did"
        );
        plan.left(place, sentence);
    }
    if ask_for_more(&raw.keywords, &found.texts) {
        let sentence = format!(
            "`keywords` of rule `{name}` are left out: gitleaks asks that one stands anywhere in the file, and keyward looks near a match only; add \
             `context` to the rule if they always stand beside it"
        );
        plan.left(place, sentence);
    }
    let entropy = raw.entropy.filter(|entropy| *entropy > 0.0);
    let room = found.longest.map_or(REACH, |longest| (longest + 1).min(REACH));
    Some(Draft {
        id: own_id(raw, taken),
        summary: summary(raw),
        literals: found.texts,
        ignore_case: found.ignore_case,
        anchor: "inside",
        pattern: pattern.text,
        // One byte more than a match is long, so that edges of words are seen.
        before: room,
        longest: room,
        entropy,
        // As gitleaks takes it: a known prefix is part of it.
        entropy_of: entropy.map(|_| EntropyOf::Secret),
        // Nor does gitleaks look for words that nobody has listed.
        placeholder_words: false,
        files: files(raw, &name, plan),
        placeholders: Vec::new(),
        place: raw.place.clone(),
    })
}

/// Why a rule cannot run here whatever its pattern is.
fn impossible(raw: &RawRule) -> Option<&'static str> {
    match raw {
        RawRule { is_silent: true, .. } => Some("it reports nothing itself (`skipReport`)"),
        RawRule { regex: None, path: Some(_), .. } => {
            Some("it looks at paths only, and keyward looks for keys in what files hold")
        }
        RawRule { regex: None, .. } => {
            Some("it has neither `regex` nor `path`, and is no rule of gitleaks' own that keyward has an equal for")
        }
        _ => None,
    }
}

/// The pattern of `raw`, with its secret in a group when it has any group.
fn secret_pattern(raw: &RawRule, regex: &str) -> Result<Pattern, String> {
    let first = Pattern::read(regex, Dialect::Go, 1)?;
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a group's number is small, and not negative"
    )]
    match raw.secret_group.map(|group| group as usize) {
        // `(foo|bar)_[a-z]{32}`: by such a group all keys of the rule would be one, and accepted with the first of them.
        None | Some(0) if is_short(&first.text) => Pattern::read(regex, Dialect::Go, 0),
        None | Some(0 | 1) => Ok(first),
        Some(group) if group <= first.groups => Pattern::read(regex, Dialect::Go, group),
        Some(group) => Err(format!("its `secretGroup` is {group}, and its pattern has {} groups", first.groups)),
    }
}

/// Whether the group of `pattern` holds less than any secret does.
fn is_short(pattern: &str) -> bool {
    fn of(hir: &Hir) -> bool {
        match hir.kind() {
            HirKind::Capture(group) => group.sub.properties().maximum_len().is_some_and(|most| most < SHORTEST_SECRET),
            HirKind::Repetition(repetition) => of(&repetition.sub),
            HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(of),
            HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) | HirKind::Class(_) => false,
        }
    }
    ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern).is_ok_and(|hir| of(&hir))
}

/// Whether the keywords ask for more than the pattern does, of which every match contains one of `literals`.
fn ask_for_more(keywords: &[String], literals: &[String]) -> bool {
    let words: Vec<String> = keywords.iter().map(|word| word.to_lowercase()).collect();
    let is_said = |literal: &String| words.iter().any(|word| literal.to_lowercase().contains(word.as_str()));
    !words.is_empty() && !literals.iter().all(is_said)
}

/// The files in which the rule runs.
fn files(raw: &RawRule, name: &str, plan: &mut Plan) -> Vec<String> {
    let Some((place, path)) = &raw.path else { return Vec::new() };
    let globs = Pattern::read(path, Dialect::Go, 0).and_then(|pattern| path_globs(&pattern.text));
    globs.unwrap_or_else(|reason| {
        let sentence = format!("`path` of rule `{name}` has no equal glob ({reason}), so the rule runs in all files: give it `files` by hand");
        plan.left(place, sentence);
        Vec::new()
    })
}

/// Lower-case words joined by hyphens, as ids here are.
fn own_id(raw: &RawRule, taken: &mut BTreeSet<String>) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let words: String = raw.id.chars().take(80).map(plain).collect();
    let words: Vec<&str> = words.split('-').filter(|word| !word.is_empty()).collect();
    let wanted = if words.is_empty() { "imported-rule".to_owned() } else { words.join("-") };
    let builtin = RuleSet::builtin();
    let is_free = |id: &String| builtin.get(&RuleId::new(id)).is_none() && !taken.contains(id);
    let mut numbered = (2..).map(|number| format!("{wanted}-{number}"));
    let id = Some(wanted.clone()).filter(is_free).or_else(|| numbered.find(is_free)).unwrap_or(wanted);
    taken.insert(id.clone());
    id
}

fn summary(raw: &RawRule) -> String {
    let said = raw.description.as_deref().unwrap_or_default().trim().trim_end_matches('.');
    let said = if said.is_empty() { raw.id.as_str() } else { said };
    printable_line(said, LONGEST_SUMMARY)
}

/// The entry of `draft`, when keyward takes it; otherwise that is said.
pub(super) fn finish(mut draft: Draft, plan: &mut Plan) -> Option<OwnRule> {
    draft.placeholders = once_each(draft.placeholders);
    let (id, place) = (draft.id.clone(), draft.place.clone());
    let text = toml::to_string_pretty(&Written { rule: [draft] }).expect("a draft is TOML");
    match check(&text) {
        Ok(()) => Some(OwnRule { place, id, text }),
        Err(problem) => {
            plan.left(&place, format!("rule `{id}` is not taken over: {}", quoted(&problem)));
            None
        }
    }
}

/// Fails unless the entry is one that keyward takes.
fn check(text: &str) -> Result<(), String> {
    let entry: Read = toml::from_str(text).map_err(|error| error.message().to_owned())?;
    let provider = Provider { id: CUSTOM.to_owned(), name: CUSTOM.to_owned(), ..Provider::default() };
    RuleSet::builtin().add(ProviderFile { provider, rules: entry.rule }).map_err(|error| match error {
        RuleError::Invalid { problem, .. } => problem,
        other => other.to_string(),
    })
}
