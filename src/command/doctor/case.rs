//! One credential of one project with everything that is known of it: the chain, this shell, what the lint found, and each value with its form.
//!
//! Which value wins is decided here, since it takes both sides: in nearly every loader a variable of the shell beats the file even when it is empty,
//! unless the loader was told to override.

use super::{
    destination::Destination,
    shell::{Set, Shell},
};
use crate::{
    lint::{
        Catalogue, Chain,
        chain::{Given, Kinship, Source},
        is_within,
    },
    model::{Finding, Group, Location, Secret, Verification},
    pipeline::{Examined, examine, shape::Flaw},
    rules::Provider,
};

/// More values are not looked at: no project has them.
const MOST_VALUES: usize = 24;

/// Where a value stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Whence<'c> {
    Shell,
    File(&'c Given),
}

/// A value of the variable.
#[derive(Debug)]
pub(super) struct Candidate<'c> {
    pub(super) name: String,
    pub(super) whence: Whence<'c>,
    pub(super) value: Secret,
    pub(super) examined: Examined,
    /// What the provider said.
    pub(super) said: Option<Verification>,
}

impl Candidate<'_> {
    pub(super) fn is_empty(&self) -> bool {
        is_blank(&self.value)
    }

    /// "this shell" or `.env:3`.
    pub(super) fn place(&self) -> String {
        match self.whence {
            Whence::Shell => "this shell".to_owned(),
            Whence::File(given) => spot(&given.location),
        }
    }

    pub(super) fn location(&self) -> Option<&Location> {
        match self.whence {
            Whence::Shell => None,
            Whence::File(given) => Some(&given.location),
        }
    }

    pub(super) fn is_in_shell(&self) -> bool {
        matches!(self.whence, Whence::Shell)
    }

    /// What is wrong with the value by itself; that it is somebody else's key is another question.
    pub(super) fn flaws(&self) -> impl Iterator<Item = &Flaw> {
        self.examined.flaws.iter().filter(|flaw| flaw.id != FOREIGN)
    }

    /// Whether it is the key of another provider.
    pub(super) fn is_foreign(&self) -> bool {
        self.examined.flaws.iter().any(|flaw| flaw.id == FOREIGN)
    }
}

/// Flaw of a key that is somebody else's.
const FOREIGN: &str = "other-provider";

/// `path:line`.
pub(super) fn spot(location: &Location) -> String {
    format!("{}:{}", location.path, location.start_line)
}

/// Everything about one credential.
#[derive(Debug)]
pub(super) struct Case<'c> {
    pub(super) chain: &'c Chain,
    pub(super) catalogue: &'c Catalogue,
    pub(super) findings: Vec<&'c Finding>,
    pub(super) shell: Shell,
    pub(super) destination: Destination,
    /// Values under names that would do, the one that wins first, then as they would follow.
    pub(super) candidates: Vec<Candidate<'c>>,
    /// Whether the file that comes first is loaded over this shell.
    pub(super) file_overrides: bool,
}

impl<'c> Case<'c> {
    pub(super) fn new(chain: &'c Chain, catalogue: &'c Catalogue, findings: &'c [Finding]) -> Self {
        let shell = Shell::of(chain, catalogue);
        let destination = Destination::of(chain, &shell, catalogue);
        let findings = findings.iter().filter(|finding| concerns(chain, catalogue, finding)).collect();
        let mut case =
            Self { chain, catalogue, findings, shell, destination, candidates: Vec::new(), file_overrides: false };
        case.weigh();
        case
    }

    /// Name of the variable to speak of.
    pub(super) fn variable(&self) -> &str {
        self.chain.names.first().map_or("", String::as_str)
    }

    pub(super) fn provider(&self) -> Option<&Provider> {
        self.chain.provider.as_deref()
    }

    /// Definitions under names that would do.
    pub(super) fn own(&self, source: Source) -> impl Iterator<Item = &'c Given> {
        self.given(source, Kinship::Own)
    }

    /// Definitions under names that are near.
    pub(super) fn near(&self, source: Source) -> impl Iterator<Item = &'c Given> {
        self.given(source, Kinship::Near)
    }

    fn given(&self, source: Source, kinship: Kinship) -> impl Iterator<Item = &'c Given> {
        let (chain, catalogue) = (self.chain, self.catalogue);
        let is_wanted =
            move |given: &&Given| given.source == source && chain.kinship(&given.name, catalogue) == Some(kinship);
        chain.given.iter().filter(is_wanted)
    }

    /// What the lint found under these ids.
    pub(super) fn found<'s>(&'s self, ids: &'s [&str]) -> impl Iterator<Item = &'c Finding> + 's {
        self.findings.iter().copied().filter(|finding| ids.contains(&finding.rule.as_str()))
    }

    /// The value that programs get, if there is one.
    pub(super) fn winner(&self) -> Option<&Candidate<'c>> {
        self.candidates.first()
    }

    /// The values of the variable `name`, in the order in which they win.
    fn values(&self, name: &str) -> Vec<Value<'c>> {
        let files: Vec<&'c Given> = self.own(Source::EnvFile).filter(|given| given.name == name).collect();
        let at = usize::from(files.first().is_some_and(|given| overrides(given) && given.value.is_some()));
        let of_file = |given: &'c Given| Some((given.name.clone(), Whence::File(given), given.value.clone()?));
        let mut values: Vec<Value<'c>> = files.into_iter().filter_map(of_file).collect();
        if let Some(Set { name, value }) = self.shell.own.iter().find(|set| set.name == name) {
            values.insert(at, (name.clone(), Whence::Shell, value.clone()));
        }
        values
    }

    /// Collects the values in the order in which they win.
    fn weigh(&mut self) {
        let mut names: Vec<Vec<Value<'c>>> = self.chain.names.iter().map(|name| self.values(name)).collect();
        // Of several names that would do, the first that is set to something counts.
        names.sort_by_key(|values| values.first().is_none_or(|(.., value)| is_blank(value)));
        let values: Vec<Value<'c>> = names.into_iter().flatten().take(MOST_VALUES).collect();
        self.file_overrides = matches!(values.first(), Some((_, Whence::File(given), _)) if overrides(given));
        let expected = self.destination.expected(self.provider()).map(|provider| provider.id.clone());
        let beside = self.shell.beside();
        self.candidates = values
            .into_iter()
            .map(|(name, whence, value)| {
                let examined = examine(value.expose(), Some(&name), expected.as_deref(), beside.as_bytes());
                Candidate { name, whence, value, examined, said: None }
            })
            .collect();
    }
}

/// A name, where it has a value, and the value.
type Value<'c> = (String, Whence<'c>, Secret);

fn is_blank(value: &Secret) -> bool {
    value.expose().trim_ascii().is_empty()
}

/// Whether the file is loaded over this shell.
fn overrides(given: &Given) -> bool {
    !given.is_elsewhere && given.loaders.iter().any(|loader| loader.overrides)
}

/// Checks that speak of a file and not of a variable.
const OF_FILES: [&str; 4] = ["dotenv-tracked", "dotenv-not-ignored", "dotenv-shipped", "dotenv-not-loaded"];

/// Whether `finding` has to do with the credential of `chain`.
fn concerns(chain: &Chain, catalogue: &Catalogue, finding: &Finding) -> bool {
    let path = finding.location.path.as_str();
    let speaks = |location: &Location| location.path == path;
    let is_here = is_within(path, &chain.root) || chain.given.iter().any(|given| speaks(&given.location));
    if finding.suppressed.is_some() || !is_here {
        return false;
    }
    let is_kin = |name: &str| chain.kinship(name, catalogue).is_some() || chain.is_setting(name);
    let own_provider =
        finding.provider.is_some() && finding.provider == chain.provider.as_ref().map(|own| own.id.clone());
    if finding.group == Group::Secrets {
        return own_provider;
    }
    let texts = [Some(&finding.message), Some(&finding.help)].into_iter().flatten();
    let related = finding.related.iter().map(|related| &related.message);
    let names: Vec<&str> = texts.chain(related).flat_map(|text| capital_words(text)).collect();
    if names.iter().any(|name| is_kin(name)) {
        return true;
    }
    // What ships a file stands elsewhere, and names it.
    let names_it = |given: &Given| {
        finding.message.contains(&format!("`{}`", given.location.path))
            || finding.related.iter().any(|related| related.location.path == given.location.path)
    };
    let holds = |given: &Given| given.source == Source::EnvFile && (speaks(&given.location) || names_it(given));
    if OF_FILES.contains(&finding.rule.as_str()) {
        return chain.given.iter().any(holds);
    }
    // A finding on another of the provider's variables names that one.
    own_provider && !names.iter().any(|name| catalogue.named(name).is_some())
}

/// Words of `text` that are written as names of variables are.
fn capital_words(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.split(move |c| !is_part(c)).filter(|word| word.len() >= 3 && !word.contains(|c: char| c.is_ascii_lowercase()))
}
