//! A rule as SARIF describes it: what GitHub shows beside an alert, and how it ranks it.
//!
//! All of it comes from the rule file. The help is complete enough to act on without leaving the page: why it matters, what to do, where
//! to revoke, how to silence, what the rule does not see.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_sarif::sarif::{MultiformatMessageString, PropertyBag, ReportingConfiguration, ReportingDescriptor};

use super::{super::statement::capital, Level};
use crate::{
    model::{Confidence, Severity},
    rules::Rule,
};

/// GitHub's limit for descriptions, in characters.
const LONGEST: usize = 1024;

/// The descriptor of `rule`.
pub(super) fn descriptor(rule: &Rule) -> ReportingDescriptor {
    let spec = &rule.spec;
    let configuration = ReportingConfiguration { level: Some(Level::from(spec.severity).into()), ..Default::default() };
    ReportingDescriptor {
        name: Some(name(spec.id.as_str())),
        short_description: Some(text(shortened(&capital(&spec.summary)), None)),
        full_description: Some(text(shortened(&format!("{}. {}", capital(&spec.summary), spec.why)), None)),
        help: Some(text(help(rule, Style::Plain), Some(help(rule, Style::Markdown)))),
        help_uri: spec.references.iter().find(|address| address.starts_with("https://")).cloned(),
        default_configuration: Some(configuration),
        properties: Some(properties(rule)),
        ..ReportingDescriptor::builder().id(spec.id.as_str()).build()
    }
}

fn properties(rule: &Rule) -> PropertyBag {
    let tags = ["security", "secrets", &rule.provider.id].map(str::to_owned).to_vec();
    let additional_properties = BTreeMap::from([
        ("precision".to_owned(), Value::from(rule.spec.confidence.as_str())),
        // A string by GitHub's decree; a number is ignored.
        ("security-severity".to_owned(), Value::from(security_severity(rule))),
    ]);
    PropertyBag { tags: Some(tags), additional_properties }
}

/// GitHub's scale: above 9.0 critical, from 7.0 high, from 4.0 medium, below that low.
fn security_severity(rule: &Rule) -> &'static str {
    let (spec, certain) = (&rule.spec, rule.spec.confidence == Confidence::High);
    let administers = spec.kind.as_deref() == Some("admin");
    match spec.severity {
        Severity::Error if administers => "9.5",
        Severity::Error if certain && rule.provider.id == "openai" => "9.1",
        Severity::Error if certain => "8.5",
        Severity::Error => "7.5",
        Severity::Warning => "5.0",
        Severity::Note => "2.0",
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Markdown,
}

fn help(rule: &Rule, style: Style) -> String {
    let spec = &rule.spec;
    let mark = if style == Style::Markdown { "`" } else { "" };
    let silence = format!(
        "Write {mark}keyward: allow {id} -- reason{mark} on the line or the one before it, or an {mark}[[allow]]{mark} entry with a \
         reason into {mark}keyward.toml{mark}. A key that was real is not safe because it is silenced.",
        id = spec.id
    );
    let mut sections = vec![("Why it matters", spec.why.clone()), ("What to do", spec.help.clone())];
    if let Some(url) = rule.revoke() {
        let address = if style == Style::Markdown { format!("<{url}>") } else { url.to_owned() };
        sections.push(("Where to revoke", address));
    }
    sections.push(("How to silence", silence));
    if let Some(limits) = &spec.limits {
        sections.push(("Limits", limits.clone()));
    }
    let titled = |(title, body): (&str, String)| match style {
        Style::Plain => format!("{title}: {body}"),
        Style::Markdown => format!("## {title}\n\n{body}"),
    };
    sections.into_iter().map(titled).collect::<Vec<_>>().join("\n\n")
}

/// `openai-api-key` as `OpenaiApiKey`: viewers show the name, and SARIF wants it to differ from the id.
fn name(id: &str) -> String {
    id.split('-').map(capital).collect()
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

fn text(text: String, markdown: Option<String>) -> MultiformatMessageString {
    MultiformatMessageString { text, markdown, properties: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::RuleId, rules::RuleSet};

    fn openai(id: &str) -> ReportingDescriptor {
        descriptor(RuleSet::builtin().get(&RuleId::new(id)).unwrap())
    }

    #[test]
    fn a_rule_tells_the_whole_story() {
        insta::assert_snapshot!("rule", serde_json::to_string_pretty(&openai("openai-admin-key")).unwrap());
    }

    #[test]
    fn severity_follows_what_the_key_can_do_and_how_sure_we_are() {
        let scores = ["openai-admin-key", "openai-api-key", "openai-webhook-secret", "openai-truncated-key"]
            .map(|id| openai(id).properties.unwrap().additional_properties["security-severity"].clone());
        assert_eq!(scores, ["9.5", "9.1", "7.5", "5.0"]);
    }

    #[test]
    fn every_built_in_rule_keeps_githubs_limits() {
        for (_, rule) in RuleSet::builtin().iter() {
            let descriptor = descriptor(rule);
            assert!(descriptor.name.unwrap().len() <= 255);
            for description in [descriptor.short_description, descriptor.full_description] {
                assert!((1..=LONGEST).contains(&description.unwrap().text.chars().count()), "{}", rule.id());
            }
            assert!(descriptor.properties.unwrap().tags.unwrap().len() <= 10);
        }
    }

    #[test]
    fn long_descriptions_are_cut_with_an_ellipsis() {
        let cut = shortened(&"é".repeat(2_000));
        assert_eq!(cut.chars().count(), LONGEST);
        assert!(cut.ends_with('…'));
    }
}
