//! A rule as SARIF describes it: what GitHub shows beside an alert, and how it ranks it.
//!
//! All of it comes from the rule file. The help is complete enough to act on without leaving the page: why it matters, what to do, where
//! to revoke, how to silence, what the rule does not see.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_sarif::sarif::{MultiformatMessageString, PropertyBag, ReportingConfiguration, ReportingDescriptor};

use super::{
    super::{
        rank::{GRAVEST, Score},
        statement::{capital, shortened},
    },
    Level,
};
use crate::{
    model::RuleId,
    rules::{Check, Rule},
};

/// GitHub's limits for names and descriptions, in characters, and one of ours for help: a repository can bring rules.
const LONGEST_NAME: usize = 255;
const LONGEST: usize = 1024;
const LONGEST_HELP: usize = 20_000;

/// The descriptor of `rule`.
pub(super) fn descriptor(rule: &Rule) -> ReportingDescriptor {
    let spec = &rule.spec;
    let configuration = ReportingConfiguration { level: Some(Level::from(spec.severity).into()), ..Default::default() };
    ReportingDescriptor {
        name: Some(name(spec.id.as_str())),
        short_description: Some(text(shortened(&capital(&spec.summary), LONGEST), None)),
        full_description: Some(text(shortened(&format!("{}. {}", capital(&spec.summary), spec.why), LONGEST), None)),
        help: Some(text(help(sections(rule), &spec.id), Some(help_in_markdown(sections(rule), &spec.id)))),
        help_uri: spec.references.iter().find(|address| address.starts_with("https://")).cloned(),
        default_configuration: Some(configuration),
        properties: Some(properties(rule)),
        ..ReportingDescriptor::builder().id(spec.id.as_str()).build()
    }
}

/// What the rule of keys of the rule `id` is called that are known to work.
pub(super) fn id_of_live(id: &RuleId) -> String {
    format!("{id}/live")
}

/// The descriptor of those keys of `rule` that are known to work.
pub(super) fn descriptor_of_live(rule: &Rule) -> ReportingDescriptor {
    let base = descriptor(rule);
    let summary = format!("{} that works", capital(&rule.spec.summary));
    let mut properties = properties(rule);
    properties.additional_properties.insert("security-severity".to_owned(), Value::from(GRAVEST.to_string()));
    let configuration = ReportingConfiguration { level: Some(Level::Error.into()), ..Default::default() };
    ReportingDescriptor {
        id: id_of_live(rule.id()),
        name: base.name.map(|name| shortened(&format!("{name}Live"), LONGEST_NAME)),
        full_description: Some(text(shortened(&format!("{summary}. {}", rule.spec.why), LONGEST), None)),
        short_description: Some(text(shortened(&summary, LONGEST), None)),
        default_configuration: Some(configuration),
        properties: Some(properties),
        ..base
    }
}

/// The descriptor of `check`.
pub(super) fn descriptor_of_check(check: &Check) -> ReportingDescriptor {
    let configuration =
        ReportingConfiguration { level: Some(Level::from(check.severity).into()), ..Default::default() };
    let sections = || {
        vec![
            ("Why it matters", check.why.clone()),
            ("What to do", check.help.clone()),
            ("Limits", check.limits.clone()),
        ]
    };
    let properties = BTreeMap::from([
        ("precision".to_owned(), Value::from(check.confidence.as_str())),
        ("security-severity".to_owned(), Value::from(Score::of_check(check).to_string())),
    ]);
    let tags = ["security", check.group.as_str()].map(str::to_owned).to_vec();
    ReportingDescriptor {
        name: Some(name(check.id.as_str())),
        short_description: Some(text(shortened(&capital(&check.summary), LONGEST), None)),
        full_description: Some(text(shortened(&format!("{}. {}", capital(&check.summary), check.why), LONGEST), None)),
        help: Some(text(help(sections(), &check.id), Some(help_in_markdown(sections(), &check.id)))),
        default_configuration: Some(configuration),
        properties: Some(PropertyBag { tags: Some(tags), additional_properties: properties }),
        ..ReportingDescriptor::builder().id(check.id.as_str()).build()
    }
}

fn properties(rule: &Rule) -> PropertyBag {
    let tags = ["security", "secrets", &rule.provider.id].map(str::to_owned).to_vec();
    let additional_properties = BTreeMap::from([
        ("precision".to_owned(), Value::from(rule.spec.confidence.as_str())),
        // A string by GitHub's decree; a number is ignored.
        ("security-severity".to_owned(), Value::from(Score::of_rule(rule).to_string())),
    ]);
    PropertyBag { tags: Some(tags), additional_properties }
}

/// What the help of `rule` says, titles and bodies.
fn sections(rule: &Rule) -> Vec<(&'static str, String)> {
    let spec = &rule.spec;
    let mut sections = vec![("Why it matters", spec.why.clone()), ("What to do", spec.help.clone())];
    sections.extend(rule.revoke().map(|page| ("Where to revoke", page.to_owned())));
    sections.extend(spec.limits.clone().map(|limits| ("Limits", limits)));
    sections
}

const SILENCE: &str = "How to silence";

fn silence(id: &RuleId, mark: &str) -> String {
    format!(
        "Write {mark}keyward: allow {id} -- reason{mark} on the line or the one before it, or an {mark}[[allow]]{mark} entry with a \
         reason into {mark}keyward.toml{mark}. A key that was real is not safe because it is silenced."
    )
}

fn help(mut sections: Vec<(&str, String)>, id: &RuleId) -> String {
    sections.push((SILENCE, silence(id, "")));
    let all = sections.into_iter().map(|(title, body)| format!("{title}: {body}")).collect::<Vec<_>>();
    shortened(&all.join("\n\n"), LONGEST_HELP)
}

fn help_in_markdown(mut sections: Vec<(&str, String)>, id: &RuleId) -> String {
    sections.push((SILENCE, silence(id, "`")));
    let section = |(title, body): (&str, String)| {
        let is_address = body.starts_with("https://") && !body.contains(' ');
        let body = if is_address { format!("<{body}>") } else { body };
        format!("## {title}\n\n{body}")
    };
    shortened(&sections.into_iter().map(section).collect::<Vec<_>>().join("\n\n"), LONGEST_HELP)
}

/// `openai-api-key` as `OpenaiApiKey`: viewers show the name, and SARIF wants it to differ from the id.
fn name(id: &str) -> String {
    shortened(&id.split('-').map(capital).collect::<String>(), LONGEST_NAME)
}

fn text(text: String, markdown: Option<String>) -> MultiformatMessageString {
    MultiformatMessageString { text, markdown, properties: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RuleSet;

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
    fn a_check_says_how_bad_it_is_and_how_to_silence_it() {
        let descriptor = descriptor_of_check(Check::get("dotenv-tracked").unwrap());
        let properties = descriptor.properties.unwrap();
        assert_eq!(properties.additional_properties["security-severity"], "7.0");
        assert_eq!(properties.tags.unwrap(), ["security", "env"]);
        assert!(descriptor.help.unwrap().markdown.unwrap().contains("`keyward: allow dotenv-tracked -- reason`"));
    }

    #[test]
    fn every_built_in_rule_and_check_keeps_githubs_limits() {
        let rules = RuleSet::builtin();
        let of_rules = rules.iter().map(|(_, rule)| (rule.id().clone(), descriptor(rule)));
        let of_checks = crate::rules::checks().iter().map(|check| (check.id.clone(), descriptor_of_check(check)));
        for (id, descriptor) in of_rules.chain(of_checks) {
            assert!(descriptor.name.unwrap().len() <= 255);
            for description in [descriptor.short_description, descriptor.full_description] {
                assert!((1..=LONGEST).contains(&description.unwrap().text.chars().count()), "{id}");
            }
            assert!(descriptor.properties.unwrap().tags.unwrap().len() <= 10);
        }
    }
}
