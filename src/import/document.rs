//! A plan as the text of `keyward.toml`, to be read by the people who keep it.

use std::fmt::Write as _;

use serde::Serialize;

use super::{Exception, OwnRule, Place, Plan};

#[derive(Serialize)]
struct Lists<'p> {
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    skip: &'p [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    exclude: &'p [String],
}

#[derive(Serialize)]
struct Allows<'p> {
    allow: [Entry<'p>; 1],
}

#[derive(Serialize)]
struct Entry<'p> {
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<&'p str>,
    reason: &'p str,
}

/// The configuration that `plan` comes to, with `origin` said at its top; empty when there is nothing to configure.
///
/// # Panics
/// Never: what a plan holds can be written as TOML.
#[must_use]
pub fn config(plan: &Plan, origin: &str) -> String {
    let mut parts = Vec::new();
    if !plan.skip.is_empty() || !plan.exclude.is_empty() {
        parts.push(written(&Lists { skip: &plan.skip, exclude: &plan.exclude }));
    }
    parts.extend(plan.exceptions.iter().map(|exception| written(&allow(exception))));
    parts.extend(plan.rules.iter().map(of_rule));
    if parts.is_empty() {
        return String::new();
    }
    let mut text = String::new();
    let _ = writeln!(
        text,
        "# Taken over from {origin} by `keyward import`. `keyward schema config` describes every key.\n"
    );
    text + &parts.join("\n")
}

/// Leaves out of `plan` what makes its configuration longer than `most` bytes, and says so: exceptions first, then excluded paths, whose loss is noise,
/// and rules only when nothing else is left.
pub fn fit(plan: &mut Plan, origin: &str, most: usize) {
    let mut over = config(plan, origin).len().saturating_sub(most);
    if over == 0 {
        return;
    }
    let place = Place::file(origin);
    let limit = format!("keyward.toml may have {} KiB", most >> 10);
    let lost = pop(&mut plan.exceptions, &mut over, |exception| written(&allow(exception)).len());
    if lost > 0 {
        let sentence =
            format!("{lost} exceptions are left out: {limit}; accept what they are for with `keyward baseline create`");
        plan.left(&place, sentence);
    }
    if over > 0 && !plan.exclude.is_empty() {
        // All of them: one that takes back an earlier one must not be lost alone.
        let lost = std::mem::take(&mut plan.exclude).len();
        plan.left(&place, format!("{lost} excluded paths are left out: {limit}; name folders instead"));
        over = config(plan, origin).len().saturating_sub(most);
    }
    let lost = pop(&mut plan.rules, &mut over, |rule| of_rule(rule).len());
    if lost > 0 {
        plan.left(&place, format!("{lost} rules are left out: {limit}; write the ones that you need by hand"));
    }
}

/// Takes from the end of `parts` until their sizes come to `over`, and tells how many.
fn pop<T>(parts: &mut Vec<T>, over: &mut usize, size: impl Fn(&T) -> usize) -> usize {
    let mut lost = 0;
    while *over > 0 {
        let Some(part) = parts.pop() else { break };
        *over = over.saturating_sub(size(&part));
        lost += 1;
    }
    lost
}

fn of_rule(rule: &OwnRule) -> String {
    format!("# {}\n{}", rule.place, rule.text)
}

fn allow(exception: &Exception) -> Allows<'_> {
    let Exception { rule, path, fingerprint, reason } = exception;
    let entry = Entry {
        rule: rule.as_deref(),
        path: path.as_deref(),
        fingerprint: fingerprint.as_deref(),
        reason: reason.as_str(),
    };
    Allows { allow: [entry] }
}

fn written(value: &impl Serialize) -> String {
    toml::to_string_pretty(value).expect("lists and texts can be written as TOML")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        let mut plan = Plan { exclude: vec!["vendor/".to_owned(), "!vendor/own".to_owned()], ..Plan::default() };
        let place = Place::file("x");
        for number in 0..100 {
            let path = Some(format!("/{number}"));
            plan.except(&place, Exception { path, reason: "why".to_owned(), ..Exception::default() });
        }
        let rule =
            |id: &str| OwnRule { place: place.clone(), id: id.to_owned(), text: format!("[[rule]]\nid = '{id}'\n") };
        plan.rules = vec![rule("one"), rule("two")];
        plan
    }

    fn sizes(most: usize) -> (usize, usize, usize, Vec<String>) {
        let mut plan = plan();
        fit(&mut plan, "x", most);
        assert!(config(&plan, "x").len() <= most, "{most}");
        let said = plan.said.into_iter().map(|said| said.sentence).collect();
        (plan.exceptions.len(), plan.exclude.len(), plan.rules.len(), said)
    }

    #[test]
    fn what_is_too_long_loses_exceptions_then_paths_then_rules_and_each_is_said() {
        let whole = config(&plan(), "x").len();
        assert_eq!(sizes(whole), (100, 2, 2, vec![]));
        let (exceptions, exclude, rules, said) = sizes(whole - 1_024);
        assert!((60..100).contains(&exceptions) && (exclude, rules) == (2, 2), "{exceptions}");
        let lost = 100 - exceptions;
        assert!(
            said.len() == 1 && said[0].starts_with(&format!("{lost} exceptions are left out: keyward.toml may have"))
        );
        let head = config(&Plan { rules: plan().rules, ..Plan::default() }, "x").len();
        let (exceptions, exclude, rules, said) = sizes(head);
        assert_eq!((exceptions, exclude, rules), (0, 0, 2));
        assert!(said[1].starts_with("2 excluded paths are left out:"), "{said:?}");
        let (exceptions, exclude, rules, said) = sizes(head - 1);
        assert_eq!((exceptions, exclude, rules), (0, 0, 1));
        assert!(said[2].starts_with("1 rules are left out:"), "{said:?}");
    }
}
