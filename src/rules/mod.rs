//! Rules as data: reading, checking and compiling `rules/*.toml` and the user's own into a [`RuleSet`].
//!
//! Built-in rules are embedded at build time and were checked by `cargo test`, so a start only parses them. A rule's regular
//! expression is compiled the first time one of its literals is met: most runs meet a handful of them. User rules are checked when
//! they are loaded, because a rule that silently matches nothing is worse than an error.

mod checks;
pub mod placeholder;
mod select;
mod shape;
pub mod spec;
pub mod structure;
pub mod template;
pub mod verify;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::PathBuf,
    sync::{Arc, LazyLock, OnceLock},
};

use globset::{Glob, GlobSet, GlobSetBuilder};
use memchr::memmem::Finder;
use miette::Diagnostic;
use regex::bytes::{Regex, RegexBuilder};
use sha2::{Digest, Sha256};
use thiserror::Error;

pub use checks::{Check, checks};
pub use select::{GROUPS, Selection};
use shape::Shape;
pub use spec::{
    Anchor, Api, Context, DEFAULT_EXPORT, Edges, EntropyOf, Kind, OtherName, Owner, Provider, ProviderFile, RuleSpec,
    Sdk, Structure, Version,
};
use spec::{Example, Examples};
use verify::Inquiry;
pub use verify::providers as verifiable;

use crate::model::{RuleId, masked_text};

static EMBEDDED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rules.json"));
static EMBEDDED_DIGEST: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rules.sha256"));
static EMBEDDED_EXAMPLES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/examples.json"));

/// Provider of rules that stand in a configuration file.
pub const CUSTOM: &str = "custom";
/// Literals shorter than this occur everywhere and would make the prefilter useless.
pub const SHORTEST_LITERAL: usize = 3;
/// Literals that are looked for in binaries too have at least this length: they must not occur there by chance.
pub const STRONG_LITERAL: usize = 6;
/// A rule cannot look further than this from its literal: the bound behind linear time.
pub const LONGEST_REACH: usize = 16 * 1024;

/// Why a set of rules cannot be used.
#[derive(Debug, Error, Diagnostic)]
pub enum RuleError {
    /// A rule file cannot be read.
    #[error("cannot read rules from {path}: {source}")]
    #[diagnostic(
        code(keyward::rules::unreadable),
        help("check that the folder given to --rules exists and is readable")
    )]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A rule file is not valid TOML of the right shape.
    #[error("{path} is not a rule file: {message}")]
    #[diagnostic(code(keyward::rules::malformed), help("`keyward schema rules` prints the format"))]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
        /// Its text.
        #[source_code]
        text: miette::NamedSource<Arc<str>>,
        /// Where in the text.
        #[label("here")]
        at: Option<miette::SourceSpan>,
    },
    /// A rule contradicts itself.
    #[error("rule `{id}`: {problem}")]
    #[diagnostic(code(keyward::rules::invalid))]
    Invalid {
        /// The rule.
        id: RuleId,
        /// What is wrong.
        problem: String,
        /// The way out.
        #[help]
        help: String,
    },
    /// A name given to `--only`, `--skip` or `explain` is unknown.
    #[error("there is no rule, provider or group called `{name}`")]
    #[diagnostic(code(keyward::rules::unknown))]
    Unknown {
        /// The name.
        name: String,
        /// A near name, or where to look.
        #[help]
        help: String,
    },
}

/// A checked rule and whose credential it finds.
#[derive(Debug)]
pub struct Rule {
    /// What the rule file says.
    pub spec: RuleSpec,
    /// The issuer.
    pub provider: Arc<Provider>,
    words: Vec<Finder<'static>>,
    shape: OnceLock<Shape>,
    pattern: OnceLock<Regex>,
    files: OnceLock<GlobSet>,
}

impl Rule {
    fn new(spec: RuleSpec, provider: Arc<Provider>) -> Self {
        let words = spec.context.as_ref().map_or_else(Vec::new, |context| {
            let given = context.words.iter();
            let words: Vec<&String> = if context.words.is_empty() {
                let others = provider.also.iter().map(|other| &other.name);
                given.chain(&provider.hosts).chain(&provider.env).chain(others).collect()
            } else {
                given.collect()
            };
            words.into_iter().map(|word| Finder::new(&word.to_ascii_lowercase()).into_owned()).collect()
        });
        Self { spec, provider, words, shape: OnceLock::new(), pattern: OnceLock::new(), files: OnceLock::new() }
    }

    /// The rule's name.
    #[must_use]
    pub fn id(&self) -> &RuleId {
        &self.spec.id
    }

    /// Page where the credential is revoked, if there is one.
    #[must_use]
    pub fn revoke(&self) -> Option<&str> {
        self.spec.revoke.as_deref().or(self.provider.revoke.as_deref())
    }

    /// Searches for the lower-case words of which one must stand nearby; none when the rule asks for none. They are asked at every hit, so each
    /// is made once.
    #[must_use]
    pub fn context_words(&self) -> &[Finder<'static>] {
        &self.words
    }

    /// The compiled pattern: bound to the start of the text it is given unless the rule is anchored inside.
    ///
    /// # Panics
    /// When the pattern is invalid, which [`Rule::check`] and `cargo test` rule out.
    #[must_use]
    pub fn pattern(&self) -> &Regex {
        self.pattern.get_or_init(|| self.compile().expect("patterns are checked before rules are used"))
    }

    /// Whether [`Rule::pattern`], or what it says of a value, may match in `window`, for the price of a look at some of its bytes. May say so wrongly,
    /// never says "no" wrongly.
    #[must_use]
    pub fn may_match(&self, window: &[u8]) -> bool {
        let shape = self.shape.get_or_init(|| Shape::of(&self.spec.pattern));
        if self.spec.anchor == Anchor::Start { shape.may_begin(window) } else { shape.may_lie_in(window) }
    }

    /// Whether the rule looks at files with this path.
    ///
    /// # Panics
    /// As [`Rule::pattern`].
    #[must_use]
    pub fn applies_to(&self, path: &str) -> bool {
        self.spec.files.is_empty()
            || self.files.get_or_init(|| self.globs().expect("globs are checked before rules are used")).is_match(path)
    }

    /// Texts that the rule finds something in, and texts that it leaves alone. Those of our own rules are read when first asked for.
    ///
    /// # Panics
    /// Never: examples of built-in rules are JSON of this form.
    #[must_use]
    pub fn examples(&self) -> (&[Example], &[Example]) {
        static BUILTIN: LazyLock<BTreeMap<RuleId, Examples>> =
            LazyLock::new(|| serde_json::from_slice(EMBEDDED_EXAMPLES).expect("examples have the form of rule files"));
        if self.provider.id == CUSTOM || !self.spec.matches.is_empty() || !self.spec.no_matches.is_empty() {
            return (&self.spec.matches, &self.spec.no_matches);
        }
        BUILTIN.get(self.id()).map_or((&[], &[]), |examples| (&examples.matches, &examples.no_match))
    }

    /// The error that the example called `name` is not `expected` to be.
    #[must_use]
    pub fn failed_example(&self, name: &str, expected: bool) -> RuleError {
        let verb = if expected { "is not found" } else { "is found" };
        RuleError::Invalid {
            id: self.id().clone(),
            problem: format!("its example \"{name}\" {verb}"),
            help: "mend the pattern or the example; text that looks like a placeholder is never found".to_owned(),
        }
    }

    /// Checks what the rule says of verification. Somebody else's rule may say nothing of it: it could send keys anywhere.
    fn check_verify(&self) -> Result<(), RuleError> {
        if self.spec.verify.is_none() && self.provider.verify.is_none() {
            return Ok(());
        }
        let invalid = |(problem, help): (String, String)| RuleError::Invalid { id: self.id().clone(), problem, help };
        let is_ours = RuleSet::builtin().get(self.id()).is_some_and(|known| known.provider.id == self.provider.id);
        if !is_ours {
            let help = "leave out `verify`: only keys of rules that come with keyward are ever sent anywhere";
            return Err(invalid(("it says how its keys are verified".to_owned(), help.to_owned())));
        }
        let inquiry = self.spec.verify.as_ref().map(|own| Inquiry::new(&self.provider, own));
        inquiry.transpose().map(|_| ()).map_err(invalid)
    }

    fn compile(&self) -> Result<Regex, regex::Error> {
        let pattern = &self.spec.pattern;
        let whole = match self.spec.anchor {
            Anchor::Start | Anchor::Marker => format!(r"\A(?:{pattern})"),
            Anchor::Inside => pattern.clone(),
            Anchor::Assignment => format!("{ASSIGNMENT}(?<value>{pattern})"),
        };
        RegexBuilder::new(&whole).unicode(false).size_limit(2 << 20).dfa_size_limit(1 << 20).build()
    }

    fn globs(&self) -> Result<GlobSet, globset::Error> {
        let mut set = GlobSetBuilder::new();
        for glob in &self.spec.files {
            set.add(Glob::new(glob)?);
        }
        set.build()
    }

    /// Checks everything that a wrong rule file can get wrong.
    ///
    /// # Errors
    /// [`RuleError::Invalid`] with the first problem and a way out.
    pub fn check(&self) -> Result<(), RuleError> {
        let spec = &self.spec;
        let fail = |problem: String, help: &str| {
            Err(RuleError::Invalid { id: spec.id.clone(), problem, help: help.to_owned() })
        };
        let id = spec.id.as_str();
        let well_formed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if id.is_empty() || !id.bytes().all(well_formed) {
            return fail("the id is not lower-case words joined by hyphens".into(), "write it like `acme-api-key`");
        }
        if spec.literals.is_empty() {
            return fail(
                "it has no literals".into(),
                "name a constant part that every match contains, such as its prefix",
            );
        }
        if let Some(short) = spec.literals.iter().find(|literal| literal.len() < SHORTEST_LITERAL) {
            let help = "use a longer constant part, or `anchor = \"assignment\"` with the name of the variable";
            return fail(format!("the literal `{short}` is shorter than {SHORTEST_LITERAL} bytes"), help);
        }
        if let Some(short) = spec.literals.iter().find(|literal| spec.in_binaries && literal.len() < STRONG_LITERAL) {
            let help = "leave out `in-binaries`, or use a longer literal";
            return fail(format!("the literal `{short}` is too short to be looked for in binaries"), help);
        }
        if spec.longest > LONGEST_REACH || spec.before > LONGEST_REACH {
            return fail(format!("it reaches further than {LONGEST_REACH} bytes"), "bound the pattern's length");
        }
        if spec.context.as_ref().is_some_and(|context| context.reach > LONGEST_REACH) {
            return fail(format!("its context reaches further than {LONGEST_REACH} bytes"), "lower `context.reach`");
        }
        if spec.context.is_some() && self.words.is_empty() {
            return fail("its context names no words".into(), "list `context.words`, or the provider's hosts");
        }
        if spec.anchor == Anchor::Marker && (spec.kinds.is_empty() || spec.literals.len() != 1) {
            return fail("a marker rule needs one literal and `kinds`".into(), "see rules/openai.toml");
        }
        if spec.anchor != Anchor::Marker && spec.pattern.is_empty() {
            return fail("it has no pattern".into(), "write a regular expression for the whole credential");
        }
        if let Err(error) = self.compile() {
            return fail(
                format!("its pattern is not valid: {error}"),
                "look-around and backreferences are not available",
            );
        }
        if let Err(error) = self.globs() {
            return fail(format!("`files` holds a bad glob: {error}"), "see the syntax of .gitignore");
        }
        Ok(())
    }
}

/// From a name to the value given to it, on one line or in YAML's `name:`/`value:` pair. Starts at the literal, inside the name.
const ASSIGNMENT: &str = concat!(
    r"\A[A-Za-z0-9_.\-/]{1,80}",      // the name, from the literal on
    r#"["'`\\\])}]{0,4}[ \t]{0,12}"#, // what closes it: os.environ["X"]
    r"(?::[ \t]*[A-Za-z_&'<>\[\]|.?]{1,30}[ \t]*=|=>|:=|\?=|[=:]{1,3}|[,>(]|\r?\n[ \t\-]{1,40}value:|[ \t])",
    r"[ \t]{0,12}[\[({]?[ \t]{0,4}", // a call or a literal opens: Client({ token: …
    r#"(?:["']?[A-Za-z_][A-Za-z0-9_.\-]{0,40}["']?[ \t]{0,4}(?:[=:]|=>)[ \t]{0,4})?"#, // with a name of its own
    r#"["'`\\]{0,3}(?:(?i:bearer|token|basic|key)[ \t])?"#,
);

/// Position of a rule in its [`RuleSet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleIndex(u16);

impl RuleIndex {
    /// The position as a number, for tables with one entry for each rule.
    #[must_use]
    pub fn position(self) -> usize {
        usize::from(self.0)
    }
}

/// All rules of a run, in the order of their files. Cloning is cheap and shares what is compiled.
#[derive(Clone, Debug)]
pub struct RuleSet {
    rules: Vec<Arc<Rule>>,
}

impl RuleSet {
    /// The rules that come with keyward.
    #[must_use]
    pub fn builtin() -> Self {
        // Parsed once: baseline, tests and scan may all ask.
        static BUILTIN: LazyLock<Vec<Arc<Rule>>> = LazyLock::new(|| {
            let files: Vec<ProviderFile> =
                serde_json::from_slice(EMBEDDED).expect("built-in rules have the form `cargo test` checked");
            files.into_iter().flat_map(rules_of).collect()
        });
        Self { rules: BUILTIN.clone() }
    }

    /// Adds the rules of `file`, each checked.
    ///
    /// # Errors
    /// [`RuleError::Invalid`] when a rule contradicts itself or its id is taken.
    pub fn add(&mut self, file: ProviderFile) -> Result<(), RuleError> {
        for rule in rules_of(file) {
            rule.check()?;
            rule.check_verify()?;
            if self.get(rule.id()).is_some() {
                let (id, problem) = (rule.id().clone(), "there is already a rule with this id".to_owned());
                return Err(RuleError::Invalid { id, problem, help: "choose another id".into() });
            }
            if self.rules.len() >= usize::from(u16::MAX) {
                let (id, problem) = (rule.id().clone(), "there are more than 65,000 rules".to_owned());
                return Err(RuleError::Invalid { id, problem, help: "load fewer rule files".into() });
            }
            self.rules.push(rule);
        }
        Ok(())
    }

    /// Reads `text`, the content of a rule file at `path`.
    ///
    /// # Errors
    /// [`RuleError::Malformed`] with the place of the mistake.
    pub fn parse(path: &std::path::Path, text: &str) -> Result<ProviderFile, RuleError> {
        toml::from_str(text).map_err(|error: toml::de::Error| RuleError::Malformed {
            path: path.to_owned(),
            message: masked_text(error.message()),
            at: error.span().map(Into::into),
            text: miette::NamedSource::new(path.display().to_string(), Arc::from(masked_text(text))),
        })
    }

    /// Keeps the rules that `selection` asks for.
    pub fn retain(&mut self, selection: &Selection) {
        self.rules.retain(|rule| selection.includes(rule));
    }

    /// How many rules there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rules in order, each with its index.
    ///
    /// # Panics
    /// Never: [`RuleSet::add`] refuses more rules than an index can count.
    pub fn iter(&self) -> impl Iterator<Item = (RuleIndex, &Rule)> {
        self.rules
            .iter()
            .enumerate()
            .map(|(at, rule)| (RuleIndex(u16::try_from(at).expect("a rule set has fewer than 65,536 rules")), &**rule))
    }

    /// The rule at `index`.
    #[must_use]
    pub fn at(&self, index: RuleIndex) -> &Rule {
        &self.rules[usize::from(index.0)]
    }

    /// The rule called `id`.
    #[must_use]
    pub fn get(&self, id: &RuleId) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id() == id).map(|rule| &**rule)
    }

    /// SHA-256 of everything that decides what is found, in hexadecimal. Built-in rules enter as they are embedded, and then by name: writing
    /// each of them out again would cost a tenth of a start.
    ///
    /// # Panics
    /// Never: a rule is always JSON.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hasher = Sha256::new_with_prefix(EMBEDDED_DIGEST);
        let builtin = Self::builtin();
        for rule in &self.rules {
            if builtin.rules.iter().any(|known| Arc::ptr_eq(known, rule)) {
                hasher.update(rule.id().as_str());
            } else {
                hasher.update(serde_json::to_vec(&rule.spec).expect("rule specs serialise"));
                rule.words.iter().for_each(|word| hasher.update(word.needle()));
            }
            hasher.update([0]);
        }
        hasher.finalize().iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

fn rules_of(file: ProviderFile) -> impl Iterator<Item = Arc<Rule>> {
    let provider = Arc::new(file.provider);
    file.rules.into_iter().map(move |spec| Arc::new(Rule::new(spec, Arc::clone(&provider))))
}
