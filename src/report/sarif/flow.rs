//! The steps of a chain: from where a variable is defined or read to where it goes wrong.
//!
//! GitHub shows the steps of a code flow one below the other, each with its line, which tells more than a list of links. Only findings whose related places
//! follow one another are told so; places that merely stand side by side, such as the pieces of a key or further copies, are not.

use serde_sarif::sarif::{CodeFlow, Location, ThreadFlow, ThreadFlowLocation};

use super::{literal, place, plain};
use crate::model::{Finding, Related};

/// Checks whose related places lead, in their order, to the place of the finding.
const CHAINS: [&str; 10] = [
    "browser-client",
    "client-env-prefix",
    "dotenv-loaded-late",
    "dotenv-not-loaded",
    "dotenv-shipped",
    "env-name-mismatch",
    "env-name-misspelled",
    "env-value-malformed",
    "env-value-placeholder",
    "key-in-client-bundle",
];

/// The code flow of `finding` along `related`, when it tells a chain.
pub(super) fn of(finding: &Finding, related: &[Related]) -> Option<Vec<CodeFlow>> {
    if related.is_empty() || !CHAINS.contains(&finding.rule.as_str()) {
        return None;
    }
    let steps = related.iter().map(|step| (place::at(&step.location), step.message.as_str()));
    let last = (place::of(finding), finding.message.as_str());
    let locations = steps.chain([last]).map(|(location, message)| ThreadFlowLocation {
        location: Some(Location { message: Some(plain(literal(message))), ..location }),
        ..Default::default()
    });
    let flow = ThreadFlow::builder().locations(locations.collect::<Vec<_>>()).build();
    Some(vec![CodeFlow::builder().thread_flows(vec![flow]).build()])
}

#[cfg(test)]
mod tests {
    use super::{super::super::sample, *};
    use crate::{model::RuleId, rules::Check};

    #[test]
    fn a_chain_ends_at_the_place_of_the_finding_and_other_findings_have_none() {
        let mut finding = sample::report().findings.remove(2);
        assert!(of(&finding, &finding.related).is_none(), "a key with another place is no chain");
        finding.rule = RuleId::new("dotenv-not-loaded");
        finding.message = "nothing loads [it]".into();
        let flow = serde_json::to_value(of(&finding, &finding.related).unwrap()).unwrap();
        let steps = flow[0]["threadFlows"][0]["locations"].as_array().unwrap();
        let told: Vec<(&str, &str)> = steps
            .iter()
            .map(|step| {
                let location = &step["location"];
                let uri = location["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
                (uri, location["message"]["text"].as_str().unwrap())
            })
            .collect();
        assert_eq!(told, [("config/old.env", "defined here"), ("src/app.py", r"nothing loads \[it\]")]);
        assert!(of(&finding, &[]).is_none());
    }

    #[test]
    fn every_chain_is_a_check() {
        assert!(CHAINS.iter().all(|id| Check::get(id).is_some()));
    }
}
