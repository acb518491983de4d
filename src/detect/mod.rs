//! From bytes to candidates: the prefilter finds literals, a rule's pattern is tried at each, and tests on structure, randomness and
//! surroundings decide.
//!
//! Nothing here knows files, git or policy: a text goes in, candidates with byte spans come out. Every step is bounded by the rule, not
//! by the text (a pattern sees at most `longest` bytes, growth stops after two hundred), so the whole is linear in the input whatever
//! it contains.

mod address;
mod context;
mod hide;
mod leads;
mod marker;
mod password;
mod plausible;
pub mod prefilter;
mod resolve;
mod trace;

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
    time::Instant,
};

use regex::bytes::Captures;

pub use leads::Leads;
pub use trace::Trace;

use self::{
    context::Evidence,
    prefilter::{Hit, Literal, Prefilter},
    resolve::Match,
    trace::Reach,
};
use crate::{
    model::Span,
    rules::{Anchor, CUSTOM, Rule, RuleIndex, RuleSet, Structure},
};

/// A text to look at.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// Its bytes, in any encoding that contains ASCII.
    pub bytes: &'a [u8],
    /// Path it is reported under, with `/`; some rules apply to certain files only.
    ///
    /// `None` when it is not known: then every rule applies, and whatever a path could say in favour of a rule counts as said.
    pub path: Option<&'a str>,
    /// Whether it is a binary: then only rules with an unmistakable literal apply.
    pub binary: bool,
}

/// A credential in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The rule that found it.
    pub rule: RuleIndex,
    /// Where the credential stands: neither quotes nor names around it.
    pub span: Span,
    /// How many of its bytes are a prefix that names the kind.
    pub prefix: usize,
    /// Kind within the rule.
    pub kind: Option<String>,
    /// Rules of other providers that it could as well belong to, when the provider cannot be told.
    pub possible: Vec<RuleIndex>,
}

/// What was found in a text.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Detection {
    /// Credentials, sorted by place, none overlapping another.
    pub candidates: Vec<Candidate>,
    /// Where else something matched that lost against one of them: to be hidden all the same. Sorted.
    pub shadows: Vec<Span>,
    /// Where watched literals begin, sorted.
    pub watched: Vec<Watched>,
    /// Whether one of [`Leads`] holds.
    pub leads: bool,
    /// Set when the deadline passed before the end of the text was reached.
    pub late: bool,
    /// Set when rules of the user's own matched so often that they were stopped.
    pub too_broad: bool,
}

/// A watched literal in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Watched {
    /// Its offset.
    pub start: usize,
    /// Its position in the list that [`Detector::new`] was given.
    pub literal: usize,
}

/// Who wants to know of a literal.
#[derive(Clone, Copy, Debug)]
enum Owner {
    Rule(RuleIndex),
    Watcher(usize),
    Lead(usize),
}

/// All rules, ready to run; shared by all threads.
#[derive(Debug)]
pub struct Detector {
    rules: Arc<RuleSet>,
    leads: Option<Arc<dyn Leads>>,
    text: Search,
    /// For binaries, of which most repositories hold more bytes than of text: few literals, all long, so that most bytes are passed over.
    binary: OnceLock<Search>,
}

/// A prefilter and, for each of its literals, who wants to know of it.
#[derive(Debug)]
struct Search {
    prefilter: Prefilter,
    owners: Vec<Vec<Owner>>,
    /// How far around each literal its rules look.
    reach: Vec<Reach>,
    /// Length of the longest literal.
    longest: usize,
}

impl Search {
    fn new(
        rules: &RuleSet,
        leads: Option<&Arc<dyn Leads>>,
        literals: impl IntoIterator<Item = (Literal, Owner)>,
    ) -> Self {
        let mut owners: BTreeMap<Literal, Vec<Owner>> = BTreeMap::new();
        for (literal, owner) in literals {
            owners.entry(literal).or_default().push(owner);
        }
        let (literals, owners): (Vec<Literal>, Vec<Vec<Owner>>) = owners.into_iter().unzip();
        let reach = |owner: &Owner| match *owner {
            Owner::Rule(index) => Reach::of(rules.at(index)),
            Owner::Watcher(_) => Reach::default(),
            Owner::Lead(_) => leads.map(|leads| Reach::from(leads.reach())).unwrap_or_default(),
        };
        let reach = owners.iter().map(|owners| owners.iter().map(reach).fold(Reach::default(), Reach::and)).collect();
        let longest = literals.iter().map(|literal| literal.bytes.len()).max().unwrap_or(1);
        Self { prefilter: Prefilter::new(literals), owners, reach, longest }
    }
}

/// The literals of `rule`, each with the rule as its owner.
fn literals(index: RuleIndex, rule: &Rule) -> impl Iterator<Item = (Literal, Owner)> {
    let ignore_case = rule.spec.ignore_case || rule.spec.anchor == Anchor::Assignment;
    rule.spec.literals.iter().map(move |literal| {
        let bytes = if ignore_case { literal.to_ascii_lowercase() } else { literal.clone() }.into_bytes();
        (Literal { bytes, ignore_case }, Owner::Rule(index))
    })
}

/// Hits between two looks at the clock.
const HITS_PER_LOOK: usize = 256;
/// Rules of the user's own may be tried once for this many bytes, and this often in any text: a literal such as `e` would otherwise turn every
/// scan into one of regular expressions.
const BYTES_PER_CUSTOM_TRY: usize = 64;
const FREE_CUSTOM_TRIES: usize = 4096;

impl Detector {
    /// Compiles the prefilter for `rules`. The literals in `watch` are searched in the same pass and reported as they are.
    #[must_use]
    pub fn new(rules: Arc<RuleSet>, watch: &[&str]) -> Self {
        Self::compile(rules, watch, None)
    }

    /// The same, which looks for `leads` besides.
    #[must_use]
    pub fn with_leads(rules: Arc<RuleSet>, watch: &[&str], leads: Arc<dyn Leads>) -> Self {
        Self::compile(rules, watch, Some(leads))
    }

    fn compile(rules: Arc<RuleSet>, watch: &[&str], leads: Option<Arc<dyn Leads>>) -> Self {
        let exactly = |word: &str| Literal { bytes: word.as_bytes().to_vec(), ignore_case: false };
        let words = leads.iter().flat_map(|leads| leads.words());
        let led = words.enumerate().map(|(at, word)| (exactly(&word), Owner::Lead(at)));
        let watched = watch.iter().enumerate().map(|(at, literal)| (exactly(literal), Owner::Watcher(at)));
        let of_rules = rules.iter().flat_map(|(index, rule)| literals(index, rule));
        let text = Search::new(&rules, leads.as_ref(), of_rules.chain(watched).chain(led));
        Self { rules, leads, text, binary: OnceLock::new() }
    }

    /// Whether the lead at position `word`, found at `at`, holds.
    fn leads_on(&self, word: usize, text: &[u8], at: usize) -> bool {
        self.leads.as_ref().is_some_and(|leads| leads.holds(word, text, at))
    }

    fn search(&self, binary: bool) -> &Search {
        if !binary {
            return &self.text;
        }
        let strong = || self.rules.iter().filter(|(_, rule)| rule.spec.in_binaries);
        self.binary
            .get_or_init(|| Search::new(&self.rules, None, strong().flat_map(|(index, rule)| literals(index, rule))))
    }

    /// The rules this detector runs.
    #[must_use]
    pub fn rules(&self) -> &Arc<RuleSet> {
        &self.rules
    }

    /// Finds every credential in `text`, or those before the place that was reached at `deadline`.
    #[must_use]
    pub fn detect(&self, text: Text<'_>, deadline: Option<Instant>) -> Detection {
        let mut detection = Detection::default();
        let mut matches = Vec::new();
        let search = self.search(text.binary);
        let mut custom_tries = FREE_CUSTOM_TRIES + text.bytes.len() / BYTES_PER_CUSTOM_TRY;
        let mut hits = 0_usize;
        // Most files hold no literal of any rule.
        let mut read_until = Vec::new();
        search.prefilter.find(text.bytes, |Hit { start, literal }| {
            let span = Span::new(start, start + search.prefilter.literals()[literal].bytes.len());
            for owner in &search.owners[literal] {
                match *owner {
                    Owner::Watcher(literal) => detection.watched.push(Watched { start, literal }),
                    Owner::Lead(word) => detection.leads = detection.leads || self.leads_on(word, text.bytes, start),
                    Owner::Rule(index) => {
                        let is_custom = self.rules.at(index).provider.id == CUSTOM;
                        detection.too_broad |= is_custom && custom_tries == 0;
                        if !is_custom || custom_tries > 0 {
                            read_until.resize(self.rules.len(), 0);
                            custom_tries -= usize::from(is_custom);
                            matches.extend(self.try_rule(index, text, span, &mut read_until[index.position()]));
                        }
                    }
                }
            }
            hits += 1;
            detection.late = hits.is_multiple_of(HITS_PER_LOOK) && deadline.is_some_and(|end| Instant::now() >= end);
            !detection.late
        });
        if !matches.is_empty() {
            (detection.candidates, detection.shadows) = resolve::resolve(&self.rules, matches);
        }
        detection.watched.sort_unstable();
        detection
    }

    /// Whether [`Detector::detect`] finds something in `text`, or would if the text had another path. May say so wrongly, since neither overlaps
    /// nor the sum of all tries are looked at; never says "no" wrongly.
    #[must_use]
    pub fn may_hold(&self, bytes: &[u8], binary: bool) -> bool {
        let text = Text { bytes, path: None, binary };
        let search = self.search(binary);
        let mut custom_tries = FREE_CUSTOM_TRIES + bytes.len() / BYTES_PER_CUSTOM_TRY;
        let mut may = false;
        search.prefilter.find(bytes, |Hit { start, literal }| {
            let span = Span::new(start, start + search.prefilter.literals()[literal].bytes.len());
            may = search.owners[literal].iter().any(|owner| match *owner {
                Owner::Watcher(_) => false,
                Owner::Lead(word) => self.leads_on(word, bytes, start),
                Owner::Rule(index) => {
                    let is_custom = self.rules.at(index).provider.id == CUSTOM;
                    custom_tries = custom_tries.saturating_sub(usize::from(is_custom));
                    custom_tries == 0 || self.try_rule(index, text, span, &mut 0).is_some()
                }
            });
            !may
        });
        may
    }

    /// Tries a rule at a literal. A pattern without a fixed end is not tried again inside what it has read, or a text of nothing but its
    /// literal would be read as often as it holds it.
    fn try_rule(&self, index: RuleIndex, text: Text<'_>, literal: Span, read_until: &mut usize) -> Option<Match> {
        let rule = self.rules.at(index);
        if text.path.is_some_and(|path| !rule.applies_to(path)) || literal.start < *read_until {
            return None;
        }
        let found = locate(rule, text.bytes, literal)?;
        if rule.spec.anchor == Anchor::Start {
            *read_until = found.whole.end;
        }
        let secret = &text.bytes[found.secret.range()];
        let spec = &rule.spec;
        let passes = !secret.is_empty()
            && context::edges_hold(spec.edges, text.bytes, found.edges)
            && spec.structure.iter().all(|test| test.holds(secret, found.prefix))
            && plausible::is_plausible(spec, secret, found.prefix);
        if !passes {
            return None;
        }
        let evidence = context::evidence(rule, text.bytes, found.secret, text.path);
        if evidence <= Evidence::Missing && spec.family.is_none() {
            return None;
        }
        let kind = found.kind.or_else(|| spec.kind.clone());
        let candidate = Candidate { rule: index, span: found.secret, prefix: found.prefix, kind, possible: Vec::new() };
        Some(Match { candidate, evidence })
    }
}

/// Where a rule's pattern fits.
struct Located {
    secret: Span,
    /// All that the pattern read.
    whole: Span,
    /// What [`crate::rules::Edges`] speaks of: the whole match, or the value of an assignment.
    edges: Span,
    prefix: usize,
    kind: Option<String>,
}

/// Tries the pattern of `rule` around the literal at `literal`.
fn locate(rule: &Rule, text: &[u8], literal: Span) -> Option<Located> {
    let spec = &rule.spec;
    let until = |from: usize| (from + spec.longest).min(text.len());
    match spec.anchor {
        Anchor::Marker => {
            let marked = marker::find(spec, text, literal)?;
            let (secret, prefix) = (marked.span, marked.prefix);
            Some(Located { secret, whole: secret, edges: secret, prefix, kind: Some(marked.kind) })
        }
        Anchor::Start => {
            // Most hits end at their left edge or in the automaton; groups are asked for only when the rest fits.
            let window = &text[literal.start..until(literal.start)];
            let may_match = context::left_edge_holds(spec.edges, text, literal.start) && rule.may_match(window);
            if !may_match || !rule.pattern().is_match(window) {
                return None;
            }
            fit(rule, &rule.pattern().captures(window)?, literal.start, literal)
        }
        Anchor::Inside => {
            let (from, end) = (literal.start.saturating_sub(spec.before), until(literal.start));
            if !rule.may_match(&text[from..end]) {
                return None;
            }
            // What matches in front of the literal is passed over: it is another key, found at its own literal. Groups are asked for at the end.
            let (pattern, window) = (rule.pattern(), &text[from..end]);
            let begins = |found: &regex::bytes::Match<'_>| from + found.start() <= literal.start;
            let found = pattern.find_iter(window).take_while(begins).find(|found| from + found.end() >= literal.end)?;
            let captures = pattern.captures_at(window, found.start())?;
            fit(rule, &captures, from, literal)
        }
        Anchor::Assignment => {
            let window = &text[literal.start..until(literal.start)];
            if !rule.may_match(window) || !rule.pattern().is_match(window) {
                return None;
            }
            let captures = rule.pattern().captures(window)?;
            let value = captures.name("value")?;
            names_a_credential(text, literal.start, literal.start + value.start())
                .then(|| fit(rule, &captures, literal.start, literal))?
        }
    }
}

/// Turns the groups of a match into spans of the text; `from` is where the searched window begins.
fn fit(rule: &Rule, captures: &Captures<'_>, from: usize, literal: Span) -> Option<Located> {
    if rule.spec.structure.contains(&Structure::Password) && !password::is_real(captures) {
        return None;
    }
    let span = |found: regex::bytes::Match<'_>| Span::new(from + found.start(), from + found.end());
    let whole = captures.get(0).map(span)?;
    let value = captures.name("value").map(span);
    // A group that took part with nothing in it tells as little as one that did not.
    let named = captures.name("secret").filter(|found| !found.is_empty());
    let secret = named.map(span).or(value).unwrap_or(whole);
    let text = named.or(captures.name("value")).or(captures.get(0))?.as_bytes();
    let kind = rule.spec.kinds.iter().find(|kind| text.starts_with(kind.prefix.as_bytes()));
    let prefix = match kind {
        Some(kind) => kind.prefix.len(),
        None if literal.start == secret.start => literal.len(),
        None => 0,
    };
    Some(Located { secret, whole, edges: value.unwrap_or(whole), prefix, kind: kind.map(|kind| kind.kind.clone()) })
}

/// Words in a name (or in the call around a value) that say that the value is a credential.
const CREDENTIAL_WORDS: [&[u8]; 9] =
    [b"key", b"token", b"secret", b"auth", b"credential", b"passw", b"_pat", b"client", b"bearer"];
/// How far a name reaches to the left of the literal in it.
const NAME_REACH: usize = 48;

/// Whether the name that contains the byte at `literal`, with all up to the value at `value`, says that it names a credential.
fn names_a_credential(text: &[u8], literal: usize, value: usize) -> bool {
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(**byte, b'_' | b'-' | b'.');
    let left = text[..literal].iter().rev().take(NAME_REACH).take_while(is_name).count();
    let name = text[literal - left..value].to_ascii_lowercase();
    CREDENTIAL_WORDS.iter().any(|word| memchr::memmem::find(&name, word).is_some())
}
