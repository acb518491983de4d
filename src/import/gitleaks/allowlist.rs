//! An allowlist of gitleaks as excluded paths and exceptions.
//!
//! Paths have an equal: `exclude` for all rules, an exception with a glob for one. Stop words and patterns over values have one in rules of one's own
//! (`placeholders`); for all others they are tried on what is found now ([`Condition`]), and the exception names the secret. So are the paths of one
//! rule that speak of files and no folders, for which an exception has no glob. Commits have none: what keyward accepts it accepts by content.

use std::collections::BTreeSet;

use super::{
    super::{
        Condition, Exception, Place, Plan,
        condition::Test,
        glob::{ignore_globs, needs_two, samples},
        named,
        pattern::{Dialect, Pattern, Search},
        quoted,
    },
    rule::Draft,
    table::Table,
};
use crate::model::masked_text;

/// An allowlist as it is written.
#[derive(Debug)]
pub(super) struct Allowlist {
    pub(super) place: Place,
    /// Rules for which it holds, of those that stand beside rules.
    pub(super) targets: Vec<String>,
    description: Option<String>,
    needs_all: bool,
    commits: usize,
    paths: Vec<(Place, String)>,
    looks_at: LooksAt,
    regexes: Vec<(Place, String)>,
    stopwords: Vec<(Place, String)>,
}

/// What its patterns look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LooksAt {
    Secret,
    Match,
    Line,
}

/// For which findings an allowlist holds.
pub(super) enum Scope<'s> {
    /// For all.
    Everything,
    /// For those of one rule of gitleaks, which is several here, or none, or one of its own.
    Rules { theirs: &'s str, ours: &'s [String], own: Option<&'s mut Draft> },
}

impl Allowlist {
    pub(super) fn read(mut table: Table<'_>, plan: &mut Plan) -> Option<Self> {
        let place = table.place.clone();
        let condition = table.text("condition", plan);
        let target = table.text("regexTarget", plan);
        let list = Self {
            place,
            targets: table.texts("targetRules", plan).into_iter().map(|(_, id)| id).collect(),
            description: table.text("description", plan).map(|(_, text)| text),
            needs_all: condition.as_ref().is_some_and(|(_, word)| matches!(word.to_lowercase().as_str(), "and" | "&&")),
            commits: table.texts("commits", plan).len(),
            paths: table.texts("paths", plan),
            looks_at: match target.as_ref().map(|(_, word)| word.as_str()) {
                Some("match") => LooksAt::Match,
                Some("line") => LooksAt::Line,
                _ => LooksAt::Secret,
            },
            regexes: table.texts("regexes", plan),
            stopwords: table.texts("stopwords", plan),
        };
        table.finish(plan);
        let known = |word: Option<&(Place, String)>, words: &[&str]| {
            word.is_none_or(|(_, word)| words.contains(&word.to_lowercase().as_str()))
        };
        for (key, word, words) in [
            ("condition", condition.as_ref(), &["and", "&&", "or", "||"][..]),
            ("regexTarget", target.as_ref(), &["secret", "match", "line"]),
        ] {
            if !known(word, words) {
                let sentence =
                    format!("`{key}` is none of {}, so this allowlist was passed over: correct it", words.join(", "));
                plan.unread(&list.place, sentence);
                return None;
            }
        }
        if list.paths.len() + list.regexes.len() + list.stopwords.len() + list.commits == 0 {
            plan.note(&list.place, "this allowlist allows nothing");
            return None;
        }
        if list.looks_at == LooksAt::Match && !list.regexes.is_empty() {
            let sentence = "`regexTarget = \"match\"` is tried on the secret alone: what gitleaks matches around it is not what keyward does";
            plan.note(&list.place, sentence);
        }
        Some(list)
    }

    /// What is given as the reason of exceptions.
    fn reason(&self) -> String {
        match &self.description {
            Some(text) if !text.trim().is_empty() => format!("{} (from {})", quoted(text.trim()), self.place.file),
            _ => format!("allowed by {}", self.place),
        }
    }
}

/// Takes over what `list` allows in `scope`.
pub(super) fn take_over(list: &Allowlist, mut scope: Scope<'_>, plan: &mut Plan) {
    if let Scope::Rules { theirs, ours, .. } = &scope
        && ours.is_empty()
    {
        let sentence =
            format!("this allowlist is for rule `{}`, which keyward does not have: nothing to allow", quoted(theirs));
        plan.note(&list.place, sentence);
        return;
    }
    let more_than_paths = !list.regexes.is_empty() || !list.stopwords.is_empty();
    if list.commits > 0 {
        let sentence = if list.needs_all {
            "this allowlist holds in certain commits only, and keyward's exceptions know contents, not commits: it was left out"
        } else {
            "`commits` are not taken over: keyward accepts contents, not commits; `keyward baseline create --history` accepts what the whole \
             history holds now"
        };
        plan.left(&list.place, sentence);
        if list.needs_all {
            return;
        }
    }
    if list.needs_all && more_than_paths {
        together(list, &scope, plan);
        return;
    }
    paths(list, &scope, plan);
    let regexes = values(list, &list.regexes, &mut scope, plan);
    let words = stopwords(list, &mut scope, plan);
    for (what, test) in [("regexes", regexes), ("stopwords", words)] {
        if let Some(test) = test {
            plan.conditions.push(condition(list, format!("`{what}`"), &scope, vec![test]));
        }
    }
}

/// An allowlist of which everything must hold at once.
fn together(list: &Allowlist, scope: &Scope<'_>, plan: &mut Plan) {
    let mut tests = Vec::new();
    for (key, sources) in [("paths", &list.paths), ("regexes", &list.regexes)] {
        let patterns = searches(list, key, &readable(sources, plan), plan);
        // A part that cannot be asked must not make the rest hold for more.
        if patterns.is_empty() && !sources.is_empty() {
            unusable(list, key, plan);
            return;
        }
        match key {
            _ if sources.is_empty() => {}
            "paths" => tests.push(Test::Path(patterns)),
            _ => tests.push(on_values(list.looks_at, patterns)),
        }
    }
    if !list.stopwords.is_empty() {
        let words = lower_words(list, plan);
        if words.is_empty() {
            unusable(list, "stopwords", plan);
            return;
        }
        tests.push(Test::Word(words));
    }
    plan.conditions.push(condition(list, "`conditions`".to_owned(), scope, tests));
}

fn unusable(list: &Allowlist, key: &str, plan: &mut Plan) {
    plan.left(&list.place, format!("this allowlist needs its `{key}`, of which none can be used: it was left out"));
}

/// The stop words of `list` as they are compared: gitleaks trims none.
fn lower_words(list: &Allowlist, plan: &mut Plan) -> Vec<String> {
    let words: BTreeSet<String> = plan.kept_words(&list.stopwords).iter().map(|word| word.to_lowercase()).collect();
    words.into_iter().collect()
}

fn on_values(looks_at: LooksAt, patterns: Vec<Search>) -> Test {
    match looks_at {
        // A match there is the secret with some of its surroundings, and how much of them is not known here.
        LooksAt::Secret | LooksAt::Match => Test::Secret(patterns),
        LooksAt::Line => Test::Line(patterns),
    }
}

fn condition(list: &Allowlist, what: String, scope: &Scope<'_>, tests: Vec<Test>) -> Condition {
    let rules = match scope {
        Scope::Everything => None,
        Scope::Rules { ours, .. } => Some(ours.to_vec()),
    };
    Condition { place: list.place.clone(), what, rules, reason: list.reason(), tests }
}

/// Of `sources` those that may be read.
fn readable(sources: &[(Place, String)], plan: &mut Plan) -> Vec<(Place, String)> {
    sources.iter().take_while(|(place, text)| plan.may_read_pattern(place, text)).cloned().collect()
}

/// The patterns of `key` in `list` to search with; what cannot be used is said.
fn searches(list: &Allowlist, key: &str, sources: &[(Place, String)], plan: &mut Plan) -> Vec<Search> {
    let is_in_match = key == "regexes" && list.looks_at == LooksAt::Match;
    let mut patterns = Vec::new();
    for (place, text) in sources {
        match Search::read(text, Dialect::Go) {
            // A secret begins and ends elsewhere than the match around it.
            Ok(pattern) if is_in_match && pattern.asks_for_edges() => {
                let sentence = format!(
                    "`{}` of `regexes` is left out: it asks where a match begins, ends or has a word, and keyward knows the secret alone",
                    quoted(text)
                );
                plan.left(place, sentence);
            }
            Ok(pattern) => patterns.push(pattern),
            Err(reason) => {
                plan.unread(
                    place,
                    format!("`{}` of `{key}` cannot be used: {reason}; write it without that", quoted(text)),
                );
            }
        }
    }
    patterns
}

fn paths(list: &Allowlist, scope: &Scope<'_>, plan: &mut Plan) {
    for (place, text) in &readable(&list.paths, plan) {
        let globs = match Pattern::read(text, Dialect::Go, 0).and_then(|pattern| ignore_globs(&pattern.text)) {
            Ok(globs) => globs,
            Err(reason) => {
                let help = match scope {
                    Scope::Everything => "add a glob to `exclude` by hand",
                    Scope::Rules { .. } => "add an [[allow]] entry with a glob by hand",
                };
                plan.left(place, format!("path `{}` has no equal glob: {reason}; {help}", named(text)));
                continue;
            }
        };
        match scope {
            Scope::Everything => plan.exclude(place, globs),
            Scope::Rules { ours, .. } => {
                // An exception cannot take back a folder.
                if needs_two(&globs)
                    && let Some(pattern) = searches(list, "paths", &[(place.clone(), text.clone())], plan).pop()
                {
                    let what =
                        format!("exceptions for path `{}` (a glob would cover folders of that name)", named(text));
                    plan.conditions.push(condition(list, what, scope, vec![Test::Path(vec![pattern])]));
                }
                let is_of_files = |glob: &String| glob.starts_with('!') || globs.contains(&format!("!{glob}/"));
                for glob in globs.iter().filter(|glob| !is_of_files(glob)) {
                    for rule in *ours {
                        let (rule, path) = (Some(rule.clone()), Some(glob.clone()));
                        plan.except(place, Exception { rule, path, fingerprint: None, reason: list.reason() });
                    }
                }
            }
        }
    }
}

/// Patterns over values: samples in a rule of one's own, and a test for the rest.
fn values(list: &Allowlist, sources: &[(Place, String)], scope: &mut Scope<'_>, plan: &mut Plan) -> Option<Test> {
    let mut rest = Vec::new();
    for (place, text) in readable(sources, plan) {
        let constant = match scope {
            Scope::Rules { own: Some(draft), .. } if list.looks_at == LooksAt::Secret => {
                let found = Pattern::read(&text, Dialect::Go, 0).ok().and_then(|pattern| samples(&pattern.text));
                // A whole key is told by its fingerprint: it must not stand in one more file.
                let found = found.filter(|found| found.iter().all(|sample| masked_text(sample) == *sample));
                found.map(|found| draft.placeholders.extend(found)).is_some()
            }
            _ => false,
        };
        if !constant {
            rest.push((place, text));
        }
    }
    let patterns = searches(list, "regexes", &rest, plan);
    (!patterns.is_empty()).then(|| on_values(list.looks_at, patterns))
}

/// Words in values: samples in a rule of one's own, and a test for the rest.
fn stopwords(list: &Allowlist, scope: &mut Scope<'_>, plan: &mut Plan) -> Option<Test> {
    let Scope::Rules { own: Some(draft), .. } = scope else {
        let words = lower_words(list, plan);
        return (!words.is_empty()).then_some(Test::Word(words));
    };
    // Samples are compared as they are written, byte by byte, and have a sign of their own for anything.
    let (constant, rest): (Vec<String>, _) =
        plan.kept_words(&list.stopwords).into_iter().partition(|word| word.is_ascii());
    for word in constant {
        let cases = [word.to_lowercase(), word.to_uppercase()];
        draft.placeholders.extend([word].iter().chain(&cases).map(|word| format!("…{word}…")));
    }
    let rest: Vec<String> = rest.iter().map(|word| word.to_lowercase()).collect();
    (!rest.is_empty()).then_some(Test::Word(rest))
}
