//! One value that should be a key: whose it is, whether it is whole, and what is wrong with it, before anybody is asked.
//!
//! Half of the keys that are refused never were keys: a placeholder, a quote that came along, half of the clipboard, the key of another
//! provider. That can be seen without sending the value anywhere, and such a value is not sent.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use serde::Serialize;

use crate::{
    detect::{Candidate, Detector, Text},
    lint::dotenv::{
        Wrong, begins_like, flaw, is_cut_off,
        placeholder::{Placeholder, placeholder},
    },
    model::{NotChecked, RuleId, Secret, Unknown, Verdict, Verification, title},
    rules::{Anchor, Provider, Rule, RuleSet},
    verify::{Question, Surroundings},
};

/// What is known of a value.
#[derive(Debug)]
pub struct Examined {
    /// Prefix and last four characters.
    pub masked: String,
    /// Characters, without what is not part of the key.
    pub length: usize,
    /// Whose key it is, when that can be told.
    pub identity: Option<Identity>,
    /// Characters before and behind the marker in the middle, of keys that have one.
    pub halves: Option<[usize; 2]>,
    /// Names of providers it could belong to, when several are possible.
    pub candidates: Vec<String>,
    /// What is wrong with it.
    pub flaws: Vec<Flaw>,
    /// What to ask about it.
    ///
    /// # Errors
    /// What is said of a key that nobody is asked about.
    pub question: Result<Question, Verification>,
}

/// Whose key it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// The rule that knows it.
    pub rule: RuleId,
    /// Id of the provider.
    pub provider: String,
    /// Name of the provider.
    pub name: String,
    /// Who issued it, if anybody issues such things.
    pub issuer: Option<String>,
    /// What it is: "OpenAI API key".
    pub summary: String,
    /// Kind within the rule.
    pub kind: Option<String>,
}

impl Identity {
    /// What it is, with its kind.
    #[must_use]
    pub fn title(&self) -> String {
        title(&self.summary, self.kind.as_deref())
    }
}

/// Something that is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Flaw {
    /// A stable name.
    pub id: &'static str,
    /// A sentence without a full stop.
    pub message: String,
    /// Whether the key can be told all the same.
    #[serde(skip)]
    is_peeled: bool,
}

impl Flaw {
    /// Something that stands around a key.
    fn around(id: &'static str, message: impl Into<String>) -> Self {
        Self { id, message: message.into(), is_peeled: true }
    }

    /// Something that makes a value no key.
    fn fatal(id: &'static str, message: impl Into<String>) -> Self {
        Self { id, message: message.into(), is_peeled: false }
    }
}

/// Looks at `value`, which the variable `name` holds or somebody typed, and which should be a key of `provider` if that is said. `beside` is text in
/// which what belongs to the key may stand.
#[must_use]
pub fn examine(value: &[u8], name: Option<&str>, provider: Option<&str>, beside: &[u8]) -> Examined {
    let (span, wrongs) = flaw::of_value(value, name.unwrap_or_default().as_bytes());
    let mut meant = &value[span.range()];
    let mut flaws: Vec<Flaw> = wrongs.into_iter().map(around).collect();
    let (half, rest) = meant.split_at(meant.len() / 2);
    if meant.len() >= SHORTEST_TWICE && half == rest {
        flaws.push(Flaw::around("doubled", "the key was pasted twice"));
        meant = half;
    }
    let mut look = Look { detector: Detector::new(Arc::new(RuleSet::builtin()), &[]), meant, provider, flaws };
    if let Some(flaw) = no_key(meant, name) {
        look.flaws.push(flaw);
        return look.unknown(Verdict::NotChecked(NotChecked::NotVerifiable), "no key was sent: there is none");
    }
    match look.recognise(name) {
        Some((candidate, at)) => look.known(&candidate, at, beside),
        None => look.unrecognised(),
    }
}

/// Shorter values are not taken for a key that was pasted twice.
const SHORTEST_TWICE: usize = 40;

struct Look<'v> {
    detector: Detector,
    meant: &'v [u8],
    provider: Option<&'v str>,
    flaws: Vec<Flaw>,
}

impl Look<'_> {
    /// What the rules find in the value, and where in it. The names under which providers' keys are usually kept speak for them.
    fn recognise(&self, name: Option<&str>) -> Option<(Candidate, Range<usize>)> {
        let rules = self.detector.rules();
        let names: Vec<&str> = match self.provider {
            Some(id) => rules
                .iter()
                .find(|(_, rule)| rule.provider.id == id)
                .map(|(_, rule)| rule.provider.env.iter().map(String::as_str).collect())
                .unwrap_or_default(),
            None => name.into_iter().collect(),
        };
        let found = names.into_iter().map(Some).chain([None]).filter_map(|name| self.found_under(name));
        // The longest match; a match for the named provider before all others.
        found.max_by_key(|(candidate, at)| {
            let is_named = self.provider.is_some_and(|id| rules.at(candidate.rule).provider.id == id);
            (is_named, candidate.possible.is_empty(), at.len())
        })
    }

    fn found_under(&self, name: Option<&str>) -> Option<(Candidate, Range<usize>)> {
        let head = name.map(|name| format!("{name}=")).unwrap_or_default().into_bytes();
        let text = [&head[..], self.meant].concat();
        let detection = self.detector.detect(Text { bytes: &text, path: None, binary: false }, None);
        let inside = detection.candidates.into_iter().filter(|candidate| candidate.span.start >= head.len());
        // What nothing but a name tells to be a key, and not whose, has no form that could be judged.
        let has_form = |candidate: &Candidate| {
            let rule = self.detector.rules().at(candidate.rule);
            rule.provider.id != UNKNOWN || rule.spec.anchor != Anchor::Assignment
        };
        let longest = inside.filter(has_form).max_by_key(|candidate| candidate.span.len())?;
        let at = longest.span.start - head.len()..longest.span.end - head.len();
        Some((longest, at))
    }

    fn known(mut self, candidate: &Candidate, at: Range<usize>, beside: &[u8]) -> Examined {
        let rules = Arc::clone(self.detector.rules());
        let rule = rules.at(candidate.rule);
        let secret = Secret::new(&self.meant[at.clone()], candidate.prefix);
        let glued = self.meant.len() - at.len();
        if glued > 0 {
            let place = if at.start > 0 { "around it" } else { "behind it" };
            let message = format!("{glued} more characters stand {place}, which do not belong to the key");
            self.flaws.push(Flaw::around("glued", message));
        }
        let halves = halves(rule, &secret, candidate.prefix);
        if let Some([left, right]) = halves.filter(|_| rule.spec.truncated) {
            let message = format!("it was cut off: {left} characters stand before the marker and {right} behind it");
            self.flaws.push(Flaw::fatal("cut-off", message));
        }
        let is_foreign = self.provider.is_some_and(|id| id != rule.provider.id);
        let candidates: Vec<String> =
            candidate.possible.iter().map(|index| rules.at(*index).provider.name.clone()).collect();
        let is_ambiguous = !candidates.is_empty() || rule.provider.id == UNKNOWN;
        if is_foreign && !is_ambiguous {
            let (own, wanted) = (&rule.spec.summary, self.provider.unwrap_or_default());
            let message = format!("it has the form of another provider's key ({own}), and not of one of {wanted}");
            self.flaws.push(Flaw::fatal("other-provider", message));
        }
        let fatal = self.flaws.iter().rfind(|flaw| !flaw.is_peeled).map(|flaw| flaw.id);
        let refused = |verdict, advice: &str| Err(Verification::of(verdict).with_advice(advice));
        let question = match rule.inquiry().filter(|inquiry| inquiry.covers(secret.expose())) {
            _ if is_ambiguous => refused(
                Verdict::Unknown(Unknown::AmbiguousProvider),
                "its form does not tell whose key it is: say so with --provider",
            ),
            _ if fatal == Some("other-provider") => {
                let Provider { id, name, .. } = &*rule.provider;
                let advice =
                    format!("nobody else is told a key of {name}: `keyward verify --provider {id}` asks {name}");
                refused(Verdict::NotChecked(NotChecked::NotVerifiable), &advice)
            }
            _ if fatal.is_some() => {
                refused(Verdict::NotChecked(NotChecked::NotVerifiable), "mistyped or truncated, so it was not sent")
            }
            None => refused(
                Verdict::NotChecked(NotChecked::NotVerifiable),
                "keys of this kind can be tried only by using them",
            ),
            Some(inquiry) => {
                let surroundings = Surroundings::given(rule, &inquiry, beside);
                Ok(Question { inquiry, secret: secret.clone(), surroundings, headers: BTreeMap::new() })
            }
        };
        let identity = (!is_ambiguous).then(|| Identity {
            rule: rule.id().clone(),
            provider: rule.provider.id.clone(),
            name: rule.provider.name.clone(),
            issuer: rule.provider.issuer().map(str::to_owned),
            summary: rule.spec.summary.clone(),
            kind: candidate.kind.clone(),
        });
        let (masked, length) = (secret.masked(), secret.length());
        Examined { masked, length, identity, halves, candidates, flaws: self.flaws, question }
    }

    fn unrecognised(mut self) -> Examined {
        let rules = RuleSet::builtin();
        let mut ids: Vec<&str> = rules.iter().map(|(_, rule)| rule.provider.id.as_str()).collect();
        ids.dedup();
        let name = |id: &str| {
            let found = rules.iter().find(|(_, rule)| rule.provider.id == id);
            found.map_or_else(|| id.to_owned(), |(_, rule)| rule.provider.name.clone())
        };
        let asked = self.provider.map_or(ids, |id| vec![id]);
        let mut advice = "mistyped or truncated, so it was not sent";
        if let Some(id) = asked.iter().find(|id| is_cut_off(id, self.meant)) {
            self.flaws.push(Flaw::fatal("cut-off", format!("it was cut off: keys of {} are longer", name(id))));
        } else if let Some(id) = asked.iter().find(|id| begins_like(id, self.meant)) {
            let message = format!("it begins as a key of {}, and has no form of one that is known", name(id));
            self.flaws.push(Flaw::fatal("unknown-form", message));
        } else if let Some(id) = self.provider {
            self.flaws.push(Flaw::fatal("unknown-form", format!("it has not the form of a key of {}", name(id))));
            advice = "it may be somebody else's, so it was not sent";
        }
        if self.flaws.iter().any(|flaw| !flaw.is_peeled) {
            let verdict = Verdict::NotChecked(NotChecked::NotVerifiable);
            return self.unknown(verdict, advice);
        }
        self.unknown(
            Verdict::Unknown(Unknown::AmbiguousProvider),
            "its form does not tell whose key it is: say so with --provider, or name its variable with --env",
        )
    }

    fn unknown(self, verdict: Verdict, advice: &str) -> Examined {
        let secret = Secret::new(self.meant, 0);
        Examined {
            masked: secret.masked(),
            length: secret.length(),
            identity: None,
            halves: None,
            candidates: Vec::new(),
            flaws: self.flaws,
            question: Err(Verification::of(verdict).with_advice(advice)),
        }
    }
}

/// Provider of the rule for keys of which nobody knows whose they are.
const UNKNOWN: &str = "unknown";

/// Characters on either side of the marker.
fn halves(rule: &Rule, secret: &Secret, prefix: usize) -> Option<[usize; 2]> {
    let marker = rule.spec.literals.first().filter(|_| rule.spec.anchor == Anchor::Marker)?;
    let at = memchr::memmem::rfind(secret.expose(), marker.as_bytes())?;
    Some([at.checked_sub(prefix)?, secret.expose().len() - at - marker.len()])
}

/// Why `value` is no key at all.
fn no_key(value: &[u8], name: Option<&str>) -> Option<Flaw> {
    const NOTHING: [&str; 7] = ["undefined", "null", "none", "nil", "nan", "[object object]", "false"];
    let text = String::from_utf8_lossy(value);
    if text.is_empty() {
        return Some(Flaw::fatal("empty", "there is nothing: the variable is empty where it is read"));
    }
    if NOTHING.contains(&&*text.to_lowercase()) {
        return Some(Flaw::fatal(
            "unset",
            "this is what programs write for a variable that is not set: its file is not loaded, or it has another name",
        ));
    }
    if text.starts_with('$') || text.starts_with("{{") || (text.starts_with('%') && text.ends_with('%')) {
        return Some(Flaw::fatal("not-expanded", "a reference to a variable stands in the place of its value"));
    }
    let found = placeholder(name.unwrap_or_default(), value);
    matches!(found, Some(Placeholder::Certain | Placeholder::ForKeys))
        .then(|| Flaw::fatal("placeholder", "it is a placeholder that nobody has replaced"))
}

/// What stands around a key and does not belong to it.
fn around(wrong: Wrong) -> Flaw {
    match wrong {
        Wrong::Bearer => Flaw::around("bearer", "`Bearer` stands in front, which clients add themselves"),
        Wrong::OwnName => Flaw::around("own-name", "the variable's own name and `=` stand in front"),
        Wrong::SmartQuotes => Flaw::around("quotes", "typographic quotes stand around it"),
        Wrong::InnerQuotes | Wrong::OpenQuote | Wrong::Quotes => {
            Flaw::around("quotes", "quotes stand around it, and are sent along")
        }
        Wrong::Invisible => Flaw::around(
            "invisible",
            "a character that cannot be seen, such as a line break or a byte order mark, stands with it",
        ),
        Wrong::InnerBlanks | Wrong::TrailingBlanks => Flaw::around("blanks", "blanks stand before or behind it"),
        Wrong::BlankInside | Wrong::Wrapped => Flaw::fatal("blank-inside", "a blank stands inside it"),
        Wrong::Comma => Flaw::around("comma", "a comma stands behind it"),
        Wrong::Semicolon => Flaw::around("semicolon", "a semicolon stands behind it"),
        Wrong::CarriageReturn => {
            Flaw::around("carriage-return", "it ends in a carriage return, as lines from Windows do")
        }
        Wrong::Tail | Wrong::QuotedName | Wrong::Colon | Wrong::BlanksAround | Wrong::Export | Wrong::Comment => {
            Flaw::around("around", "something that is no part of it stands around it")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::template::expand;

    const KEY: &str = "sk-proj-{url64:74}T3BlbkFJ{url64:73}A";

    fn flaws(template: &str, provider: Option<&str>) -> Vec<&'static str> {
        let examined = examine(expand(template, "shape").as_bytes(), Some("OPENAI_API_KEY"), provider, b"");
        examined.flaws.iter().map(|flaw| flaw.id).collect()
    }

    #[test]
    fn a_whole_key_of_somebody_else_is_not_called_mistyped() {
        let advice = |template: &str, provider: &str| {
            let examined = examine(expand(template, "whose").as_bytes(), None, Some(provider), b"");
            examined.question.unwrap_err().advice.unwrap()
        };
        assert!(advice(KEY, "azure-openai").contains("`keyward verify --provider openai` asks OpenAI"));
        assert_eq!(advice("{hex:32}", "openai"), "it may be somebody else's, so it was not sent");
        assert_eq!(advice("sk-proj-{url64:40}", "openai"), "mistyped or truncated, so it was not sent");
    }

    #[test]
    fn a_whole_key_is_told_with_kind_and_halves() {
        let value = expand(KEY, "whole");
        let examined = examine(value.as_bytes(), None, None, b"");
        let identity = examined.identity.unwrap();
        assert_eq!((&*identity.provider, identity.kind.as_deref()), ("openai", Some("project")));
        assert_eq!((examined.length, examined.halves), (164, Some([74, 74])));
        assert!(examined.flaws.is_empty() && examined.question.is_ok());
        assert_eq!(examined.masked, format!("sk-proj-…{}", &value[160..]));
    }

    #[test]
    fn what_stands_around_a_key_is_named_and_the_key_is_asked_about_all_the_same() {
        for (around, id) in [
            ("\"K\"", "quotes"),
            ("'K'", "quotes"),
            ("“K”", "quotes"),
            ("Bearer K", "bearer"),
            ("K,", "comma"),
            ("K;", "semicolon"),
            (" K", "blanks"),
            ("K ", "blanks"),
            ("\u{feff}K", "invisible"),
            ("K\r", "invisible"),
            ("OPENAI_API_KEY=K", "own-name"),
            ("K-tail", "glued"),
        ] {
            let value = around.replacen('K', KEY, 1).replace(&format!("OPENAI_API_{KEY}EY"), "OPENAI_API_KEY");
            let value = if around.starts_with("OPENAI") { format!("OPENAI_API_KEY={KEY}") } else { value };
            let examined = examine(expand(&value, "around").as_bytes(), Some("OPENAI_API_KEY"), None, b"");
            let found: Vec<&str> = examined.flaws.iter().map(|flaw| flaw.id).collect();
            assert_eq!(found, [id], "{around}");
            assert_eq!(examined.length, 164, "{around}");
            assert!(examined.question.is_ok(), "{around}");
        }
    }

    #[test]
    fn what_is_no_key_is_not_asked_about() {
        for (value, id) in [
            ("", "empty"),
            ("undefined", "unset"),
            ("None", "unset"),
            ("[object Object]", "unset"),
            ("$OPENAI_API_KEY", "not-expanded"),
            ("${KEY}", "not-expanded"),
            ("{{ key }}", "not-expanded"),
            ("sk-proj-your-key-here", "placeholder"),
            ("<your-key>", "placeholder"),
            ("sk-proj-{url64:74}T3BlbkFJ{url64:60}", "cut-off"),
            ("sk-proj-{url64:40}", "cut-off"),
            ("sk-proj-{url64:90}", "unknown-form"),
            ("sk-ant-api03-{url64:50}", "cut-off"),
        ] {
            let examined = examine(expand(value, "none").as_bytes(), Some("OPENAI_API_KEY"), None, b"");
            let found: Vec<&str> = examined.flaws.iter().map(|flaw| flaw.id).collect();
            assert_eq!(found, [id], "{value}: {examined:?}");
            assert!(examined.question.is_err(), "{value}");
        }
    }

    #[test]
    fn a_key_pasted_twice_is_one_key() {
        let key = expand(KEY, "twice");
        let examined = examine(format!("{key}{key}").as_bytes(), None, None, b"");
        assert_eq!((examined.flaws[0].id, examined.length), ("doubled", 164));
    }

    #[test]
    fn the_key_of_another_provider_is_told() {
        assert_eq!(flaws("gsk_{alnum:52}", Some("openai")), ["other-provider"]);
        assert_eq!(flaws(KEY, Some("openai")), [""; 0]);
        assert_eq!(flaws("hunter2-hunter2-hunter3", Some("openai")), ["unknown-form"]);
    }

    #[test]
    fn a_form_that_several_have_needs_a_name() {
        let value = expand("sk-{hex:32}", "bare");
        let examined = |name, provider| examine(value.as_bytes(), name, provider, b"");
        let alone = examined(None, None);
        assert_eq!(alone.candidates, ["Alibaba Model Studio (DashScope)", "DeepSeek"].map(str::to_owned));
        assert_eq!(alone.question.unwrap_err().verdict, Verdict::Unknown(Unknown::AmbiguousProvider));
        for (name, provider) in [(Some("DEEPSEEK_API_KEY"), None), (None, Some("deepseek"))] {
            assert_eq!(examined(name, provider).identity.unwrap().provider, "deepseek");
        }
        let mistral = expand("{alnum:32}", "mistral");
        assert!(examine(mistral.as_bytes(), None, None, b"").question.is_err());
        assert_eq!(examine(mistral.as_bytes(), None, Some("mistral"), b"").identity.unwrap().provider, "mistral");
    }
}
