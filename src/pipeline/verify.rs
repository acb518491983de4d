//! Between suppression and the report: which keys somebody is asked about, and what the answers change.
//!
//! The keys themselves are kept from phase one in [`Keys`], in memory and nowhere else, and only when verification was asked for; findings know their
//! fingerprints. Each distinct key is asked about once, whatever the number of places, with what all of them say of it. A key that an exception allows anywhere is not asked about at
//! all, one of the baseline is. A live key is an error, a dead one a warning at most; where nothing is known a finding stays what it was.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use super::{Outcome, Run, progress};
use crate::{
    config,
    detect::Candidate,
    model::{
        Dead, Finding, Fingerprint, Group, KEY_OLDER_THAN_ID, NotChecked, Notice, Secret, Severity, Span, SuppressedBy,
        Unknown, Verdict, Verification,
    },
    rules::{Rule, RuleIndex, RuleSet, verify::Inquiry},
    verify::{self, BUDGET, Question, Surroundings, Tally},
};

/// Provider of the rule for keys of which nobody knows whose they are.
const UNKNOWN: &str = "unknown";

/// Which rules' keys somebody is asked about.
#[derive(Debug)]
pub(super) struct Asked(HashMap<RuleIndex, Arc<Inquiry>>);

impl Asked {
    /// Those among `rules` that `wanted` covers.
    pub(super) fn new(rules: &RuleSet, wanted: &config::Verification) -> Self {
        let inquiry = |(index, rule): (RuleIndex, &Rule)| {
            let inquiry = rule.inquiry()?;
            covers(wanted, &inquiry).then_some((index, inquiry))
        };
        Self(rules.iter().filter_map(inquiry).collect())
    }
}

/// Whether the person at the keyboard wants keys of this kind asked about.
fn covers(wanted: &config::Verification, inquiry: &Inquiry) -> bool {
    let is_named = wanted.providers.contains(&inquiry.provider);
    is_named || (wanted.providers.is_empty() && !inquiry.opt_in)
}

/// The keys of a run, by fingerprint.
#[derive(Debug, Default)]
pub(super) struct Keys {
    all: BTreeMap<Fingerprint, Key>,
    /// Whose key each value is at any place, also where nothing is reported of it: what a configuration leaves out does not make
    /// certain what is not.
    claims: BTreeMap<Fingerprint, BTreeSet<String>>,
}

/// A key that somebody may be asked about.
#[derive(Clone, Debug)]
pub(super) struct Key {
    secret: Secret,
    inquiry: Arc<Inquiry>,
    surroundings: Surroundings,
    rule: RuleIndex,
}

impl Key {
    /// The key that `candidate` of `text` is, when it is one to ask about.
    pub(super) fn of(rules: &RuleSet, asked: &Asked, text: &[u8], candidate: &Candidate) -> Option<Self> {
        let inquiry = asked.0.get(&candidate.rule).filter(|_| candidate.possible.is_empty())?;
        let secret = super::describe::secret(text, candidate);
        let surroundings = Surroundings::of(rules.at(candidate.rule), inquiry, text, candidate.span);
        let rule = candidate.rule;
        inquiry.covers(secret.expose()).then(|| Self { inquiry: Arc::clone(inquiry), surroundings, rule, secret })
    }

    /// The same key, with what stands around `span` of `text` as well: there it is encoded.
    pub(super) fn also_around(mut self, rules: &RuleSet, text: &[u8], span: Span) -> Self {
        self.surroundings.merge(Surroundings::of(rules.at(self.rule), &self.inquiry, text, span));
        self
    }
}

impl Keys {
    /// Remembers `key`, if it is one.
    pub(super) fn extend(&mut self, key: Option<Key>) {
        if let Some(key) = key {
            self.merge(key.secret.fingerprint(), key);
        }
    }

    /// Remembers whose key `candidate`, which is `secret`, is said to be, whether anybody hears of it or not.
    pub(super) fn claim(&mut self, rules: &RuleSet, secret: &Secret, candidate: &Candidate) {
        let provider = &rules.at(candidate.rule).provider.id;
        if candidate.possible.is_empty() && provider != UNKNOWN {
            self.claims.entry(secret.fingerprint()).or_default().insert(provider.clone());
        }
    }

    pub(super) fn absorb(&mut self, other: Self) {
        for (fingerprint, key) in other.all {
            self.merge(fingerprint, key);
        }
        for (fingerprint, providers) in other.claims {
            self.claims.entry(fingerprint).or_default().extend(providers);
        }
    }

    /// Puts what two places say of one key together; of two rules the first asks.
    fn merge(&mut self, fingerprint: Fingerprint, key: Key) {
        let Some(mut known) = self.all.remove(&fingerprint) else {
            self.all.insert(fingerprint, key);
            return;
        };
        let mut key = key;
        if key.rule < known.rule {
            std::mem::swap(&mut key, &mut known);
        }
        known.surroundings.merge(key.surroundings);
        self.all.insert(fingerprint, known);
    }
}

impl Run<'_> {
    /// Asks the providers of the keys in `outcome`, when that was asked for, and puts what they say into the findings.
    pub fn verify(&self, outcome: &mut Outcome) {
        let Some(wanted) = &self.settings.verification else { return };
        let keys = std::mem::take(&mut outcome.keys);
        let said = self.answers(wanted, keys, &outcome.findings);
        let rules = &self.settings.all;
        for finding in outcome.findings.iter_mut().filter(|finding| is_of_key(finding)) {
            let print = finding.secret.as_ref().map(|secret| &secret.fingerprint);
            let answer = print.and_then(|print| said.get(print)).cloned();
            finding.verification = answer.unwrap_or_else(|| unasked(finding, rules, wanted));
            let is_of_pair =
                rules.get(&finding.rule).and_then(Rule::inquiry).is_some_and(|inquiry| inquiry.is_of_pair());
            judge(finding, is_of_pair);
        }
        outcome.notices.extend(outcome.findings.iter().filter_map(live_in_baseline));
        outcome.notices = Notice::bounded(std::mem::take(&mut outcome.notices));
    }

    /// What is said of each key of `keys` that somebody could be asked about.
    fn answers(
        &self,
        wanted: &config::Verification,
        keys: Keys,
        findings: &[Finding],
    ) -> BTreeMap<Fingerprint, Verification> {
        let mut stands = Standing::of(findings);
        for (print, providers) in keys.claims {
            if let Some(standing) = stands.get_mut(&print) {
                standing.providers.extend(providers);
            }
        }
        let is_allowed =
            |secret: &Secret| stands.get(&secret.fingerprint()).is_some_and(|standing| standing.is_allowed);
        let (mut prints, mut questions, mut said) = (Vec::new(), Vec::new(), BTreeMap::new());
        for (print, Key { secret, inquiry, mut surroundings, .. }) in keys.all {
            let Some(standing) = stands.get(&print) else { continue };
            if let Some(verification) = standing.forbids(&inquiry) {
                said.insert(print, verification);
            } else {
                surroundings.forget(is_allowed);
                prints.push(print);
                questions.push(Question { inquiry, secret, surroundings, headers: BTreeMap::new() });
            }
        }
        let (urls, budget) = (wanted.urls.clone(), wanted.budget.unwrap_or(BUDGET));
        let tally = Tally::default();
        let is_shown = !self.args.output.no_progress && !self.args.output.quiet;
        let ask = |stop| {
            let options = verify::Options { urls, budget, stop, ..verify::Options::default() };
            verify::ask(questions, &options, &tally)
        };
        let answers = progress::during(|_| tally.line(), is_shown, || verify::stoppable(ask));
        said.extend(prints.into_iter().zip(answers));
        said
    }
}

/// What all findings on one key say of it together.
#[derive(Debug, Default)]
struct Standing {
    is_allowed: bool,
    providers: BTreeSet<String>,
}

impl Standing {
    fn of(findings: &[Finding]) -> BTreeMap<Fingerprint, Self> {
        let mut all: BTreeMap<Fingerprint, Self> = BTreeMap::new();
        for finding in findings {
            let Some(secret) = &finding.secret else { continue };
            let standing = all.entry(secret.fingerprint.clone()).or_default();
            standing.is_allowed |= is_allowed(finding);
            standing.providers.extend(finding.provider.clone().filter(|_| is_of_key(finding)));
        }
        all
    }

    /// Why nobody is asked by `inquiry`, if that is so.
    fn forbids(&self, inquiry: &Inquiry) -> Option<Verification> {
        if self.is_allowed {
            return Some(Verification::of(Verdict::NotChecked(NotChecked::Suppressed)));
        }
        let is_shared = self.providers.iter().any(|provider| *provider != inquiry.provider);
        let advice = "at another place it is a key of another provider";
        is_shared.then(|| Verification::of(Verdict::Unknown(Unknown::AmbiguousProvider)).with_advice(advice))
    }
}

/// Whether a finding is about a key and not about how it is used.
fn is_of_key(finding: &Finding) -> bool {
    finding.group == Group::Secrets && finding.secret.is_some()
}

/// Whether an exception with a reason says that the key is no leak. The baseline says only that it is known.
fn is_allowed(finding: &Finding) -> bool {
    finding.suppressed.as_ref().is_some_and(|suppressed| suppressed.by != SuppressedBy::Baseline)
}

/// What is said of a key that nobody was asked about.
fn unasked(finding: &Finding, rules: &RuleSet, wanted: &config::Verification) -> Verification {
    let inquiry = rules.get(&finding.rule).and_then(Rule::inquiry);
    match (&finding.provider, inquiry) {
        _ if is_allowed(finding) => Verification::of(Verdict::NotChecked(NotChecked::Suppressed)),
        (None, _) if !wanted.providers.is_empty() => Verification::NOT_REQUESTED,
        (None, _) => Verification::of(Verdict::Unknown(Unknown::AmbiguousProvider)),
        (Some(provider), _) if !wanted.providers.is_empty() && !wanted.providers.contains(provider) => {
            Verification::NOT_REQUESTED
        }
        (Some(provider), Some(inquiry)) if !covers(wanted, &inquiry) => {
            Verification::NOT_REQUESTED.with_advice(format!("asked about only when named: --verify={provider}"))
        }
        _ => Verification::of(Verdict::NotChecked(NotChecked::NotVerifiable)),
    }
}

/// What a verdict says, of a key that was asked about with another half when `is_of_pair`.
#[must_use]
pub fn in_words(verdict: Verdict, is_of_pair: bool) -> &'static str {
    match verdict {
        Verdict::Dead(Dead::Rejected) if is_of_pair => "refused together with what stands beside it",
        _ => verdict.in_words(),
    }
}

/// Lets severity, message and help follow the verdict.
fn judge(finding: &mut Finding, is_of_pair: bool) {
    let verdict = finding.verification.verdict;
    let is_age = finding.rule.as_str() == KEY_OLDER_THAN_ID;
    if is_age && verdict.is_dead() {
        finding.severity = Severity::Note;
    }
    if is_age || !(verdict.is_live() || verdict.is_dead()) {
        return;
    }
    finding.message = format!("{}; {}: {}", finding.message, verdict.status(), in_words(verdict, is_of_pair));
    if verdict.is_live() {
        finding.severity = Severity::Error;
    } else {
        finding.severity = finding.severity.min(Severity::Warning);
        let help = if is_of_pair && verdict == Verdict::Dead(Dead::Rejected) { REFUSED } else { DEAD };
        help.clone_into(&mut finding.help);
    }
}

/// What to do about a key that works no more.
const DEAD: &str = "Nothing has to be revoked: take it out of the file, and look for what still uses it.";

/// What to do about a key of which not even that is certain.
const REFUSED: &str = "Take it out of the file. If the two belong together nothing has to be revoked; see in the provider's console whether they do.";

/// A key that is accepted as known and still opens the door.
fn live_in_baseline(finding: &Finding) -> Option<Notice> {
    let is_baselined = finding.suppressed.as_ref().is_some_and(|suppressed| suppressed.by == SuppressedBy::Baseline);
    (is_baselined && finding.verification.verdict.is_live()).then(|| Notice {
        code: "live-in-baseline".to_owned(),
        message: format!("the baseline accepts a finding of {}, and the key is live", finding.rule),
        help: Some("revoke it; a baseline is for what does no harm any more".to_owned()),
        path: Some(finding.location.path.clone()),
        line: Some(finding.location.start_line),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        detect::Detector,
        detect::Text,
        model::{Blob, Origin, OriginKind},
        rules::template::expand,
    };

    static ORIGIN: Origin = Origin::plain(OriginKind::Tree);

    fn keys(texts: &[(&str, &str)], providers: &[&str]) -> Keys {
        let rules = RuleSet::builtin();
        let wanted = config::Verification {
            providers: providers.iter().map(|&name| name.to_owned()).collect(),
            ..config::Verification::default()
        };
        let asked = Asked::new(&rules, &wanted);
        let detector = Detector::new(Arc::new(rules.clone()), &[]);
        let mut keys = Keys::default();
        for (path, text) in texts {
            let blob = Blob { path, bytes: text.as_bytes(), origin: &ORIGIN, private: false };
            let mut own = Keys::default();
            for candidate in
                &detector.detect(Text { bytes: blob.bytes, path: Some(path), binary: false }, None).candidates
            {
                own.extend(Key::of(&rules, &asked, blob.bytes, candidate));
                own.claim(&rules, &Secret::new(&blob.bytes[candidate.span.range()], 0), candidate);
            }
            keys.absorb(own);
        }
        keys
    }

    #[test]
    fn a_key_is_kept_once_whatever_the_number_and_order_of_its_places() {
        let key = expand("sk-lf-{uuid}", "kept");
        let near = |text: &str| format!("{text}\nid = {}\nkey = {key}\n", expand("pk-lf-{uuid}", text));
        let texts = ["one", "two", "three"].map(near);
        let mut texts = [("a", &*texts[0]), ("b", &texts[1]), ("c", &texts[2])];
        let forth = keys(&texts, &[]);
        texts.reverse();
        let back = keys(&texts, &[]);
        assert_eq!((forth.all.len(), back.all.len()), (1, 1));
        let pairs = |keys: &Keys| keys.all.values().map(|key| key.surroundings.pairs(&key.inquiry)).next().unwrap();
        assert_eq!(pairs(&forth), pairs(&back));
        assert_eq!((pairs(&forth).0.len(), pairs(&forth).1), (3, true));
    }

    #[test]
    fn every_place_counts_for_whose_key_it_is() {
        let key = expand("sk-{hex:32}", "claimed");
        let texts =
            [("a.env", &*format!("DEEPSEEK_API_KEY={key}\n")), ("b.env", &format!("DASHSCOPE_API_KEY={key}\n"))];
        let found = keys(&texts, &["deepseek"]);
        let claims: Vec<&BTreeSet<String>> = found.claims.values().collect();
        assert_eq!(claims, [&BTreeSet::from(["dashscope".to_owned(), "deepseek".to_owned()])]);
    }

    #[test]
    fn only_keys_of_named_providers_are_kept() {
        let text = expand("sk-proj-{url64:74}T3BlbkFJ{url64:74}", "named");
        assert_eq!(keys(&[("a", &text)], &["openai"]).all.len(), 1);
        assert_eq!(keys(&[("a", &text)], &["github"]).all.len(), 0);
    }

    #[test]
    fn nothing_prints_a_key() {
        let text = expand("sk-proj-{url64:74}T3BlbkFJ{url64:74}", "printed");
        assert!(!format!("{:?}", keys(&[("a", &text)], &[])).contains(&text[10..20]));
    }
}
