//! `keyward rules`: the list of rules, for people, for programs and as the page `rules/README.md`.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::{
    cli::{RulesArgs, RulesFormat, ScanArgs},
    config, input,
    pipeline::{self, Error},
    rules::{Anchor, Check, Rule, RuleSet, checks},
};

/// The list that `args` ask for.
///
/// # Errors
/// [`Error::Config`] when the rules or the configuration cannot be used.
pub fn run(args: &RulesArgs) -> Result<Vec<u8>, Error> {
    let current = pipeline::current_folder();
    let scan = ScanArgs { policy: args.policy.clone(), ..ScanArgs::default() };
    let settings = config::settings(&scan, &input::base_of(&current, &current), None)?;
    let checks: Vec<&Check> = checks().iter().filter(|check| !settings.skipped.contains(check.id.as_str())).collect();
    Ok(list(&settings.rules, &checks, args.format).into_bytes())
}

/// The list of `rules` and `checks` in the given format.
#[must_use]
pub fn list(rules: &RuleSet, checks: &[&Check], format: RulesFormat) -> String {
    match format {
        RulesFormat::Terminal => table(rules, checks),
        RulesFormat::Json => json(rules, checks),
        RulesFormat::Markdown => markdown(rules, checks),
    }
}

fn table(rules: &RuleSet, checks: &[&Check]) -> String {
    let of_rules = rules.iter().map(|(_, rule)| (rule.id().as_str(), rule.spec.severity, &rule.spec.summary));
    let of_checks = checks.iter().map(|check| (check.id.as_str(), check.severity, &check.summary));
    let all: Vec<_> = of_rules.chain(of_checks).collect();
    let width = all.iter().map(|(id, ..)| id.len()).max().unwrap_or(0);
    let mut out = String::new();
    for (id, severity, summary) in &all {
        let _ = writeln!(out, "{id:width$}  {:7}  {summary}", severity.as_str());
    }
    let _ = writeln!(out, "\n{} rules; `keyward explain RULE` says more about one", all.len());
    out
}

fn json(rules: &RuleSet, checks: &[&Check]) -> String {
    let checks = checks.iter().map(|check| serde_json::to_value(check).expect("checks are JSON"));
    let all: Vec<serde_json::Value> = rules
        .iter()
        .map(|(_, rule)| {
            let mut value = serde_json::to_value(&rule.spec).expect("rule specs are JSON");
            let (matches, no_matches) = rule.examples();
            value["match"] = serde_json::to_value(matches).expect("examples are JSON");
            value["no-match"] = serde_json::to_value(no_matches).expect("examples are JSON");
            value["provider"] = serde_json::to_value(&*rule.provider).expect("providers are JSON");
            value
        })
        .chain(checks)
        .collect();
    serde_json::to_string_pretty(&all).expect("JSON values serialise") + "\n"
}

fn markdown(rules: &RuleSet, checks: &[&Check]) -> String {
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
    out.push_str(
        "\n## Checks\n\nWhat no pattern finds: the environment lint (group `env`) and the age of keys. Their words stand in `checks/`.\n\n\
         | check | says | severity | confidence |\n|---|---|---|---|\n",
    );
    for Check { id, summary, severity, confidence, .. } in checks {
        let _ = writeln!(out, "| `{id}` | {summary} | {} | {} |", severity.as_str(), confidence.as_str());
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
