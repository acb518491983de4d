//! Front-end builds in archives: the `static` of a jar, the `dist` of a wheel or an npm package, a zip that somebody deploys.
//!
//! Of what is packed there are no facts and no graph. A member is judged while its text is at hand, by its folder and by what stands in it; no page and
//! no map beside it is asked, so what only they would tell is not told. Of the findings that were told so, one more is made for each key and archive.

use std::collections::BTreeMap;

use super::{Bundle, EXPOSURE, ID, folder::Folder, judge, page::Pages, remedy, script_of};
use crate::{
    lint::{
        Options,
        read::{language_of, shape},
    },
    model::{Confidence, Finding, Fingerprint, Group, SecretSummary, Span, Verification},
    rules::Check,
};

/// Whether browsers download the file that is called `path` in an archive and in whose `text` credentials stand at `places`.
#[must_use]
pub fn is_packed_for_browsers(path: &str, text: &[u8], places: &[Span]) -> bool {
    let judged = |language| judge(path, language, &shape(text, places), &mut Pages::none());
    language_of(path).and_then(judged).is_some()
}

/// One finding for each key in each archive in which some of `secrets`, sorted, say that browsers get it; keys that do not `count` are left out.
pub(in crate::lint) fn stories(
    secrets: &[Finding],
    counts: &dyn Fn(&Finding) -> bool,
    options: &Options<'_>,
) -> Vec<Finding> {
    let mut first: BTreeMap<(&str, &Fingerprint), &Finding> = BTreeMap::new();
    for finding in secrets.iter().filter(|finding| is_told(finding) && counts(finding)) {
        let Some(secret) = &finding.secret else { continue };
        let known = first.entry((&finding.location.path, &secret.fingerprint)).or_insert(finding);
        // The script is what somebody downloads; its source map is looked for.
        if is_map(known) && !is_map(finding) {
            *known = finding;
        }
    }
    first.into_values().filter_map(|finding| story(finding, options)).collect()
}

fn is_told(finding: &Finding) -> bool {
    let is_packed = finding.group == Group::Secrets && !finding.origin.archive.is_empty();
    let is_shipped = finding.exposure.iter().any(|exposure| exposure == EXPOSURE);
    is_packed && is_shipped && finding.suppressed.is_none() && finding.kind.as_deref() != Some("ephemeral")
}

fn member(finding: &Finding) -> &str {
    finding.origin.archive.last().map_or("", String::as_str)
}

fn is_map(finding: &Finding) -> bool {
    script_of(member(finding)) != member(finding)
}

/// What is said of the key of `finding`.
fn story(finding: &Finding, options: &Options<'_>) -> Option<Finding> {
    let check = Check::get(ID)?;
    let secret = finding.secret.as_ref()?;
    let bundle = match Folder::of(script_of(member(finding))) {
        Folder::Client(maker) => Bundle { maker, confidence: Confidence::High },
        Folder::Likely(maker) => Bundle { maker, confidence: Confidence::Medium },
        _ => Bundle { maker: "", confidence: Confidence::Medium },
    };
    let provider = finding.provider.as_deref().and_then(|id| options.catalogue.provider(id));
    let name = provider.map(|provider| provider.name.as_str());
    let path = finding.location.path.as_bytes();
    let fingerprint = secret.fingerprint.to_string();
    let mut parts = vec![check.id.as_str().as_bytes(), path, fingerprint.as_bytes()];
    parts.extend(finding.origin.archive.iter().map(String::as_bytes));
    Some(Finding {
        rule: check.id.clone(),
        group: check.group,
        kind: None,
        confidence: bundle.confidence,
        message: format!("{}, packed in an archive", bundle.headline(name, is_map(finding))),
        help: remedy(
            provider.and_then(|provider| provider.revoke.as_deref()),
            "call the provider from a server of your own, and let the page ask that",
        ),
        secret: Some(SecretSummary { revealed: None, ..secret.clone() }),
        verification: Verification::NOT_REQUESTED,
        related: Vec::new(),
        fixes: Vec::new(),
        fingerprint: Fingerprint::of("finding", &parts),
        ..finding.clone()
    })
}
