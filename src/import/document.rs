//! A plan as the text of `keyward.toml`, to be read by the people who keep it.

use std::fmt::Write as _;

use serde::Serialize;

use super::{Exception, Plan};

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
    for Exception { rule, path, fingerprint, reason } in &plan.exceptions {
        let entry = Entry {
            rule: rule.as_deref(),
            path: path.as_deref(),
            fingerprint: fingerprint.as_deref(),
            reason: reason.as_str(),
        };
        parts.push(written(&Allows { allow: [entry] }));
    }
    parts.extend(plan.rules.iter().map(|rule| format!("# {}\n{}", rule.place, rule.text)));
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

fn written(value: &impl Serialize) -> String {
    toml::to_string_pretty(value).expect("lists and texts can be written as TOML")
}
