//! Taking stock: all places of all keys in a working tree, and what lies around them.
//!
//! Findings say what is wrong and leave out the keys that are where they belong. An inventory has those as well, and asks of each place under
//! which name it holds the key, for which environment, and how far the key has come by it. The history of the same repository is read by
//! a run of its own, whose outcome joins that of the tree, so that each key is asked about once.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use super::{
    Outcome, Run,
    gather::{Gathered, Shared},
    names::Masker,
};
use crate::{
    input::outputs,
    lint::{
        self, Catalogue, EXPOSURE, Spot,
        dotenv::file_name::{Environment, environment},
    },
    model::{Coverage, Exposure, Finding, NameUse, Notice, OriginKind, Sighting},
};

/// What stock was taken of.
#[derive(Debug, Default)]
pub struct Stock {
    /// Keys in environment files that git ignores, where they belong.
    pub private: Vec<Finding>,
    sightings: BTreeMap<Spot, Sighting>,
    facts: Option<lint::Stock>,
}

impl Stock {
    /// What is known of the place of a finding in the working tree or in the history.
    #[must_use]
    pub fn sighting(&self, finding: &Finding) -> Sighting {
        match finding.origin.kind {
            OriginKind::History => of_past(finding),
            _ => self.sightings.get(&spot_of(finding)).cloned().unwrap_or_default(),
        }
    }

    /// Places in the working tree that go by one of `names`, in order.
    #[must_use]
    pub fn uses(&self, names: &BTreeSet<String>) -> Vec<NameUse> {
        self.facts.as_ref().map(|facts| facts.uses(names)).unwrap_or_default()
    }
}

fn spot_of(finding: &Finding) -> Spot {
    let place = &finding.location;
    (place.path.clone(), place.start_line, place.start_column)
}

/// The name that holds the key of `finding`, as far as its line tells.
fn bound_name(finding: &Finding) -> Option<String> {
    finding.excerpt.as_ref()?.bound_name().map(str::to_owned)
}

/// Of a file that is gone there is the path, and what git says of it.
fn of_past(finding: &Finding) -> Sighting {
    let (path, origin) = (&finding.location.path, &finding.origin);
    let exposure = match origin.in_head {
        true if outputs::is_env_file(Path::new(path)) => Exposure::TrackedEnv,
        true => Exposure::Repository,
        false if origin.refs.is_empty() => Exposure::Unreachable,
        false => Exposure::History,
    };
    let environment = environment(path).map(Environment::as_str);
    Sighting { environment, exposure: BTreeSet::from([exposure]), ..Sighting::default() }
}

impl Outcome {
    /// Adds what a run over the history of the same repository found; the answer is what that run read.
    pub fn join(&mut self, history: Self) -> Coverage {
        let Self { findings, coverage, notices, elsewhere, names, keys, stock: _, chains: _ } = history;
        self.findings.extend(findings);
        self.notices.extend(notices);
        self.notices = Notice::bounded(std::mem::take(&mut self.notices));
        self.elsewhere += elsewhere;
        self.names.absorb(names);
        self.keys.absorb(keys);
        coverage
    }

    /// Masks keys in `texts` that the repository gave. Who shows any must have them masked.
    pub fn mask<'t>(&self, texts: impl IntoIterator<Item = &'t mut String>) {
        let mut masker = Masker::new(&self.names);
        for text in texts {
            masker.name(text);
        }
    }
}

impl Run<'_> {
    /// Takes stock of what was `gathered` in the working tree.
    pub(super) fn take_stock(&self, gathered: &mut Gathered, catalogue: &Catalogue, shared: &Shared<'_>) -> Stock {
        let around = self.facts_around(shared);
        let mut facts = std::mem::take(&mut gathered.facts);
        facts.extend(around.facts);
        gathered.secrets.absorb(around.secrets);
        let surroundings = self.surroundings(shared);
        let names = gathered.findings.iter().chain(&gathered.private).filter_map(bound_name).collect();
        let mut taken = lint::Stock::of(facts, &self.lint_options(catalogue, &*surroundings), &names);
        let of_facts = std::mem::take(&mut taken.sightings);
        let private = std::mem::take(&mut gathered.private);
        let mut by_path: BTreeMap<&str, BTreeSet<Exposure>> = BTreeMap::new();
        let mut sightings = BTreeMap::new();
        for finding in gathered.findings.iter().chain(&private) {
            let path = finding.location.path.as_str();
            let mut sighting = of_facts.get(&spot_of(finding)).cloned().unwrap_or_default();
            if !sighting.exposure.contains(&Exposure::Private) {
                let of_path = || self.exposure_of(path, surroundings.is_tracked(path));
                sighting.exposure.extend(by_path.entry(path).or_insert_with(of_path).iter().copied());
            }
            if finding.exposure.iter().any(|exposure| exposure == EXPOSURE) {
                sighting.exposure.insert(Exposure::Browser);
            }
            // Two members of one archive may hold a key at the same line and column.
            let known: &mut Sighting = sightings.entry(spot_of(finding)).or_insert_with(|| sighting.clone());
            known.exposure.append(&mut sighting.exposure);
        }
        Stock { sightings, facts: Some(taken), private }
    }

    /// How far a key in the file at `path` has come, by where the file lies.
    fn exposure_of(&self, path: &str, is_tracked: Option<bool>) -> BTreeSet<Exposure> {
        let whole = self.base.join(path);
        let kept = match is_tracked {
            Some(true) if outputs::is_env_file(&whole) => Exposure::TrackedEnv,
            Some(true) => Exposure::Repository,
            _ => Exposure::Local,
        };
        let is_built = outputs::is_published(&whole) && outputs::is_in_output(&whole, &self.base);
        [Some(kept), is_built.then_some(Exposure::Browser)].into_iter().flatten().collect()
    }
}
