//! What there is to say of a finding beside its message, each with a word in front: where, which key, whether it works, since when, what to do.
//!
//! Formats that list such things side by side take them from here, so that a test report, a vulnerability page and an auditor's page tell the
//! same. Texts are as the report has them: each format escapes what is special in its own grammar.

use super::{
    printable::Place,
    statement::{self, capital},
};
use crate::{
    model::{Finding, SuppressedBy, Suppression},
    rules::{CUSTOM, Check, Rule, RuleSet},
};

/// A word and what it says of a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Particular {
    pub(super) word: &'static str,
    pub(super) text: String,
}

/// Everything about one place of a finding and what is known of its key.
pub(super) fn particulars(finding: &Finding) -> Vec<Particular> {
    let mut all = vec![("place", Place::of(finding).to_string())];
    if let Some(secret) = &finding.secret {
        let kind = finding.kind.as_ref().map(|kind| format!("{kind}, ")).unwrap_or_default();
        let length = statement::count(secret.length as u64, "character");
        all.push(("key", format!("{}, {kind}{length}", secret.masked)));
    }
    if !finding.decoded.is_empty() {
        all.push(("found in", encodings(&finding.decoded)));
    }
    if !finding.exposure.is_empty() {
        all.push(("reaches others by", finding.exposure.join(", ")));
    }
    all.extend(statement::verification(finding));
    all.extend(statement::origin(&finding.origin).map(|origin| ("git", origin)));
    all.extend(related(finding).map(|place| ("see", place)));
    all.extend(finding.suppressed.as_ref().map(|suppression| ("silenced", silenced(suppression))));
    all.into_iter().map(|(word, text)| Particular { word, text }).collect()
}

/// Related places that are told one by one: a key that is put together from pieces may have thousands.
const MOST_RELATED: usize = 50;

/// The related places of a finding, with a count of those that are not told.
pub(super) fn related(finding: &Finding) -> impl Iterator<Item = String> {
    let told = finding.related.iter().take(MOST_RELATED);
    let rest = finding.related.len().saturating_sub(MOST_RELATED);
    let more =
        (rest > 0).then(|| format!("and {} more; the report in JSON lists all", statement::grouped(rest as u64)));
    told.map(|other| format!("{} ({})", Place::at(&other.location), other.message)).chain(more)
}

/// The encodings that a key stands in, the nearest first, as one says it: "base64 in json".
pub(super) fn encodings(decoded: &[String]) -> String {
    let word = |decoded| match decoded {
        "split" => "pieces",
        "reversed" => "reverse",
        "char-codes" => "numbers of characters",
        decoded => decoded,
    };
    decoded.iter().rev().map(|decoded| word(decoded.as_str())).collect::<Vec<_>>().join(" in ")
}

/// Who silenced a finding and why, as a sentence.
pub(super) fn silenced(suppression: &Suppression) -> String {
    let by = match suppression.by {
        SuppressedBy::Inline => "a mark in the file",
        SuppressedBy::Config => "the configuration",
        SuppressedBy::Baseline => "the baseline",
    };
    match suppression.reason.trim() {
        "" => format!("suppressed by {by}"),
        reason => format!("suppressed by {by}: {reason}"),
    }
}

/// The same for a cell: `inline: reason`.
pub(super) fn silenced_in_short(suppression: &Suppression) -> String {
    match suppression.reason.as_str() {
        "" => suppression.by.as_str().to_owned(),
        reason => format!("{}: {reason}", suppression.by.as_str()),
    }
}

/// The page where the key is revoked, unless the help names it or nothing is left to revoke.
pub(super) fn revoke<'r>(finding: &Finding, rules: &'r RuleSet) -> Option<&'r str> {
    let page = rules.get(&finding.rule).and_then(|rule| rule.revoke());
    page.filter(|page| !finding.help.contains(page) && !finding.verification.verdict.is_dead())
}

/// Whether pages that `rule` names may become links: a repository can bring rules, and must not send a worried reader to a page of its choice.
pub(super) fn may_link(rule: &Rule) -> bool {
    rule.provider.id != CUSTOM
}

/// What the rule or check behind a finding says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Words<'r> {
    pub(super) summary: &'r str,
    pub(super) why: &'r str,
}

/// The words of the rule or check behind `finding`; `None` when a merged report was made with rules that are not here.
pub(super) fn words<'r>(finding: &Finding, rules: &'r RuleSet) -> Option<Words<'r>> {
    let of_rule = rules.get(&finding.rule).map(|rule| Words { summary: &rule.spec.summary, why: &rule.spec.why });
    let of_check = || Check::get(finding.rule.as_str()).map(|check| Words { summary: &check.summary, why: &check.why });
    of_rule.or_else(of_check)
}

/// What a finding is about in general, without anything of its place: the summary of its rule, with a capital.
pub(super) fn title(finding: &Finding, rules: &RuleSet) -> String {
    let named = words(finding, rules).map(|words| crate::model::title(words.summary, finding.kind.as_deref()));
    capital(named.as_deref().unwrap_or(finding.rule.as_str()))
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};
    use crate::model::{Live, Origin, OriginKind, RuleId, Verdict, Verification};

    #[test]
    fn everything_that_is_known_of_a_finding_is_told_once_and_in_order() {
        let mut finding = sample::report().findings.remove(2);
        finding.decoded = vec!["json".into(), "base64".into()];
        finding.exposure = vec!["client-bundle".into()];
        finding.verification = Verification::of(Verdict::Live(Live::Ok)).with_advice("it may do everything");
        finding.origin = Origin {
            commit: Some("1f2e3d4c5b6a79880123".into()),
            author_time: Some("2024-05-06T07:08:09Z".into()),
            ..Origin::plain(OriginKind::Diff)
        };
        let told: Vec<String> =
            particulars(&finding).into_iter().map(|part| format!("{}: {}", part.word, part.text)).collect();
        assert_eq!(
            told,
            [
                "place: src/app.py:3:26",
                "key: sk-proj-…CYJu, project, 164 characters",
                "found in: base64 in json",
                "reaches others by: client-bundle",
                "live: it may do everything",
                "git: brought in by 1f2e3d4c5b6a of 2024-05-06, still in HEAD",
                "see: config/old.env:1:16 (defined here)",
            ]
        );
    }

    #[test]
    fn related_places_beyond_fifty_are_counted() {
        let mut finding = sample::report().findings.remove(2);
        finding.related = vec![finding.related[0].clone(); MOST_RELATED];
        assert_eq!(related(&finding).count(), MOST_RELATED);
        finding.related = vec![finding.related[0].clone(); 3_000];
        let told: Vec<String> =
            particulars(&finding).into_iter().filter(|part| part.word == "see").map(|part| part.text).collect();
        assert_eq!(told.len(), MOST_RELATED + 1);
        assert_eq!(told[MOST_RELATED], "and 2,950 more; the report in JSON lists all");
    }

    #[test]
    fn a_page_to_revoke_at_is_named_once_and_not_for_a_dead_key() {
        let rules = RuleSet::builtin();
        let mut finding = sample::report().findings.remove(0);
        let page = revoke(&finding, &rules).unwrap();
        assert!(page.starts_with("https://platform.openai.com/"), "{page}");
        finding.help = format!("See {page}");
        assert_eq!(revoke(&finding, &rules), None);
    }

    #[test]
    fn a_rule_that_is_not_here_is_called_by_its_id() {
        let mut finding = sample::report().findings.remove(0);
        assert_eq!(title(&finding, &RuleSet::builtin()), "OpenAI API key (project)");
        finding.rule = RuleId::new("acme-key");
        assert_eq!(
            (words(&finding, &RuleSet::builtin()), title(&finding, &RuleSet::builtin())),
            (None, "Acme-key".into())
        );
    }
}
