//! `keyward explain RULE`: everything a person needs who has just met a finding of this rule.

use std::{collections::BTreeMap, fmt::Write as _};

use super::rules::how;
use crate::{
    cli::ExplainArgs,
    config, input,
    pipeline::{self, Error, output},
    report::wrap,
    rules::{
        Check, Rule, RuleError,
        verify::{Inquiry, Method},
    },
};

/// The page that `args` ask for.
///
/// # Errors
/// [`Error::Config`] when there is no such rule, with a near name.
pub fn run(args: &ExplainArgs) -> Result<Vec<u8>, Error> {
    let current = pipeline::current_folder();
    let rules = config::all_rules(&args.policy, &input::base_of(&current, &current))?;
    if let Some(check) = Check::get(&args.rule) {
        return Ok(page_of_check(check, output::width()).into_bytes());
    }
    let found = rules.get(&crate::model::RuleId::new(args.rule.as_str()));
    let rule = found.ok_or_else(|| {
        let unknown = RuleError::Unknown {
            name: args.rule.clone(),
            help: "`keyward rules` lists all rules; a provider or a group cannot be explained".to_owned(),
        };
        config::ConfigError::from(rules.expect_name(&args.rule).err().unwrap_or(unknown))
    })?;
    Ok(page(rule, output::width()).into_bytes())
}

fn page_of_check(check: &Check, width: usize) -> String {
    let (severity, confidence) = (check.severity.as_str(), check.confidence.as_str());
    let group = check.group.as_str();
    let mut out = format!(
        "{}: {}\n\nSeverity {severity} at most, confidence {confidence}, group {group}\n",
        check.id, check.summary
    );
    let silence = format!(
        "On its line or the line before: keyward: allow {} -- reason. Or an [[allow]] entry in keyward.toml.",
        check.id
    );
    for (title, text) in [
        ("Why it matters", &check.why),
        ("What to do", &check.help),
        ("What it does not see", &check.limits),
        ("How to silence one that is meant to be so", &silence),
    ] {
        let _ = write!(out, "\n{title}\n  {}\n", wrap(text, width.clamp(40, 100) - 2).join("\n  "));
    }
    out
}

/// The page for `rule`, as plain text with lines of at most `width` columns.
#[must_use]
pub fn page(rule: &Rule, width: usize) -> String {
    let spec = &rule.spec;
    let mut out = format!("{}: {}\n\n", rule.id(), spec.summary);
    let issued = rule.provider.issuer().map_or_else(String::new, |issuer| format!(", issued by {issuer}"));
    let _ = writeln!(out, "Severity {}, confidence {}{issued}", spec.severity.as_str(), spec.confidence.as_str());
    let mut section = |title: &str, text: &str| {
        let _ = write!(out, "\n{title}\n  {}\n", wrap(text, width.clamp(40, 100) - 2).join("\n  "));
    };
    section("Why it matters", &spec.why);
    section("What to do", &spec.help);
    if let Some(page) = rule.revoke() {
        section("Where to revoke it", page);
    }
    section("How it is recognised", &format!("{}.", capitalised(&how(rule).replace("\\|", "|"))));
    if !spec.kinds.is_empty() {
        let kinds: Vec<String> = spec.kinds.iter().map(|kind| format!("{} ({})", kind.prefix, kind.kind)).collect();
        section("Kinds", &kinds.join(", "));
    }
    if let Some(limits) = &spec.limits {
        section("What it does not see", limits);
    }
    if !rule.provider.env.is_empty() {
        let others = rule.provider.also.iter().map(|other| &other.name);
        let names: Vec<&str> = rule.provider.env.iter().chain(others).map(String::as_str).collect();
        section("Variables that usually hold it", &names.join(", "));
    }
    if let Some(inquiry) = rule.inquiry() {
        section("How --verify asks about it", &asked(&inquiry));
    }
    section(
        "How to silence one that is no secret",
        &format!(
            "On its line or the line before: keyward: allow {} -- reason. Or an [[allow]] entry in keyward.toml.",
            rule.id()
        ),
    );
    for reference in &spec.references {
        section("See also", reference);
    }
    out
}

/// The request that is made about a key.
fn asked(inquiry: &Inquiry) -> String {
    let request = &inquiry.request;
    let method = match request.method {
        Method::Get => "GET",
        Method::Post => "POST",
    };
    let host = match (&request.host_from, &request.hosts[..]) {
        (Some((_, below)), _) => format!("https://(its resource).{}", below.join(" or .")),
        (None, []) => format!("what --verify-url {}=URL names, ", inquiry.provider),
        (None, hosts) => format!("https://{}", hosts.join(" or ")),
    };
    let path = request.path.fill("…", &BTreeMap::new());
    let only = if inquiry.opt_in { format!(" Only when named: --verify={}.", inquiry.provider) } else { String::new() };
    format!("{method} {host}{path}.{only}")
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
