//! `keyward rules`: the list of rules, for people, for programs and as the page `rules/README.md`.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::{
    cli::{RulesArgs, RulesFormat, ScanArgs},
    config, input,
    pipeline::{self, Error},
    rules::{Anchor, Rule, RuleSet},
};

/// The list that `args` ask for.
///
/// # Errors
/// [`Error::Config`] when the rules or the configuration cannot be used.
pub fn run(args: &RulesArgs) -> Result<Vec<u8>, Error> {
    let current = pipeline::current_folder();
    let scan = ScanArgs { policy: args.policy.clone(), ..ScanArgs::default() };
    let rules = config::settings(&scan, &input::base_of(&current, &current), None)?.rules;
    Ok(list(&rules, args.format).into_bytes())
}

/// The list in the given format.
#[must_use]
pub fn list(rules: &RuleSet, format: RulesFormat) -> String {
    match format {
        RulesFormat::Terminal => table(rules),
        RulesFormat::Json => json(rules),
        RulesFormat::Markdown => markdown(rules),
    }
}

fn table(rules: &RuleSet) -> String {
    let width = rules.iter().map(|(_, rule)| rule.id().as_str().len()).max().unwrap_or(0);
    let mut out = String::new();
    for (_, rule) in rules.iter() {
        let (id, spec) = (rule.id().as_str(), &rule.spec);
        let _ = writeln!(out, "{id:width$}  {:7}  {}", spec.severity.as_str(), spec.summary);
    }
    let _ = writeln!(out, "\n{} rules; `keyward explain RULE` says more about one", rules.iter().count());
    out
}

fn json(rules: &RuleSet) -> String {
    let all: Vec<serde_json::Value> = rules
        .iter()
        .map(|(_, rule)| {
            let mut value = serde_json::to_value(&rule.spec).expect("rule specs are JSON");
            value["provider"] = serde_json::to_value(&*rule.provider).expect("providers are JSON");
            value
        })
        .collect();
    serde_json::to_string_pretty(&all).expect("JSON values serialise") + "\n"
}

fn markdown(rules: &RuleSet) -> String {
    let mut by_provider: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
    for (_, rule) in rules.iter() {
        by_provider.entry(&rule.provider.id).or_default().push(rule);
    }
    let mut out = format!(
        "# Rules\n\n<!-- Produced by `keyward rules --format markdown`; `cargo test` keeps it fresh. -->\n\n\
         {} rules for the credentials of {} providers. `keyward explain RULE` says more about one; a new provider is a new file here.\n\n\
         | rule | finds | severity | confidence | how |\n|---|---|---|---|---|\n",
        rules.iter().count(),
        by_provider.len()
    );
    for rule in by_provider.into_values().flatten() {
        let spec = &rule.spec;
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {} | {} |",
            rule.id(),
            spec.summary.replace('|', "\\|"),
            spec.severity.as_str(),
            spec.confidence.as_str(),
            how(rule)
        );
    }
    out
}

/// How a rule knows what it finds, in a few words.
#[must_use]
pub fn how(rule: &Rule) -> String {
    let literals: Vec<String> =
        rule.spec.literals.iter().take(3).map(|literal| format!("`{}`", literal.trim())).collect();
    let more = if rule.spec.literals.len() > 3 { ", …" } else { "" };
    let literals = literals.join(", ") + more;
    let mut how = match rule.spec.anchor {
        Anchor::Start => format!("begins with {literals}"),
        Anchor::Inside => format!("contains {literals}"),
        Anchor::Assignment => format!("assigned to a name with {literals}"),
        Anchor::Marker => format!("equal halves around {literals}"),
    };
    if !rule.spec.structure.is_empty() {
        how.push_str(", structure checked");
    }
    if rule.spec.context.is_some() {
        how.push_str(", provider named nearby");
    }
    if !rule.spec.files.is_empty() {
        let _ = write!(how, ", in `{}`", rule.spec.files.join("`, `"));
    }
    how.replace('|', "\\|")
}
