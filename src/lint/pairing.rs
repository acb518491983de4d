//! Names that miss each other: what code asks for and nothing gives, and what is defined under a like name and nobody asks for.
//!
//! Likeness alone proves nothing. The name asked for must be given by nothing at all, and the defined one asked for by nothing at all, in the
//! whole project and in what lies around it. Then a name of the same provider is a pair; a name that may belong to something else is one only
//! if its value is a key of that provider; and names of no known provider must be the same but for one slip.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Catalogue,
    catalogue::{Likeness, Near, Standing},
    facts::{Giver, Known},
    problem::Spot,
    spelling,
    usage::{Asker, Gift, Need, Usage},
};
use crate::{
    model::{Edit, Fix},
    rules::Provider,
};

/// A name asked for and the one that was defined in its place.
#[derive(Debug)]
pub(super) struct Pair<'u, 'g> {
    /// Who asks; the first is the one to name.
    pub(super) needs: Vec<&'u Need<'g>>,
    /// What is defined instead; the first is the one to point at.
    pub(super) gifts: Vec<&'u Gift<'g>>,
    /// Whose credential it is, if it is one.
    pub(super) provider: Option<&'g Provider>,
}

impl<'g> Pair<'_, 'g> {
    /// The name that is asked for.
    pub(super) fn asked(&self) -> &'g str {
        self.needs[0].name
    }

    /// The name that is defined.
    pub(super) fn defined(&self) -> &'g str {
        self.gifts[0].name()
    }

    /// Whether only SDKs ask, each for the name it has in its code.
    pub(super) fn is_asked_by_sdks_only(&self) -> bool {
        self.needs.iter().all(|need| matches!(need.asker, Asker::Client(_)))
    }

    /// All places but the one at `main`.
    pub(super) fn related(&self, main: Spot<'g>) -> Vec<(Spot<'g>, String)> {
        const MOST: usize = 5;
        let needs = self.needs.iter().map(|need| (Spot::new(need.file, need.at()), need.label()));
        let gifts = self
            .gifts
            .iter()
            .map(|gift| (Spot::new(gift.file, gift.definition.at), format!("`{}` is defined here", gift.name())));
        let is_other = |(spot, _): &(Spot<'g>, String)| (&spot.file.path, spot.at) != (&main.file.path, main.at);
        needs.take(MOST).chain(gifts.take(MOST)).filter(is_other).collect()
    }

    /// The change that gives every definition in an environment file the name that is asked for. Nothing reads the old name.
    pub(super) fn rename(&self) -> Option<Fix> {
        let is_file = |gift: &&&Gift<'g>| matches!(gift.definition.giver, Giver::Dotenv | Giver::Example);
        let edit = |gift: &&Gift<'g>| Edit {
            location: Spot::new(gift.file, gift.definition.at).location(),
            text: self.asked().to_owned(),
        };
        let edits: Vec<Edit> = self.gifts.iter().filter(is_file).map(edit).collect();
        let title = format!("rename `{}` to `{}`", self.defined(), self.asked());
        (!edits.is_empty()).then_some(Fix { title, safe: true, edits })
    }
}

/// All pairs of a project, sorted by the name asked for.
pub(super) fn pairs<'u, 'g>(usage: &'u Usage<'g>, catalogue: &'g Catalogue) -> Vec<Pair<'u, 'g>> {
    let mut missing: BTreeMap<&str, Vec<&Need<'g>>> = BTreeMap::new();
    for need in usage.needs.iter().filter(|need| !usage.is_given(need)) {
        missing.entry(need.name).or_default().push(need);
    }
    if missing.is_empty() {
        return Vec::new();
    }
    let unasked: Vec<Candidate<'_, 'g>> = usage
        .gifts()
        .filter(|(name, _)| !usage.is_asked(name))
        .filter_map(|(name, gifts)| Candidate::new(name, gifts, catalogue))
        .collect();
    let mut pairs = Vec::new();
    for needs in missing.into_values() {
        let ranked = unasked.iter().filter_map(|candidate| Some((candidate.rank(&needs, catalogue)?, candidate)));
        let Some((_, found)) = ranked.min_by_key(|(rank, candidate)| (*rank, candidate.name)) else { continue };
        let mut gifts = found.gifts.clone();
        gifts.sort_by_key(|gift| (!gift.is_real(), &gift.file.path, gift.definition.at));
        let provider = needs[0].provider;
        pairs.push(Pair { needs, gifts, provider });
    }
    pairs
}

/// Whether somebody wrote the definition for the program to find: not the program itself, and not for an image that is not built here, which
/// holds other people's software.
fn is_candidate(gift: &Gift<'_>) -> bool {
    let is_built = || gift.file.builds.iter().any(|build| build.section == gift.definition.section);
    match gift.definition.giver {
        Giver::Program | Giver::BuildArgument => false,
        Giver::Compose => !gift.is_passed_on() && is_built(),
        _ => !gift.is_passed_on(),
    }
}

/// A name that is defined and that nobody asks for.
struct Candidate<'u, 'g> {
    name: &'g str,
    gifts: Vec<&'u Gift<'g>>,
    /// Whose name it is, when it is known.
    named: Option<(&'g Provider, Standing)>,
    /// The known name that it is like.
    near: Option<Near<'g>>,
    /// Providers of which a key is the value.
    keys_of: BTreeSet<&'g str>,
}

impl<'u, 'g> Candidate<'u, 'g> {
    fn new(name: &'g str, gifts: &'u [Gift<'g>], catalogue: &'g Catalogue) -> Option<Self> {
        let gifts: Vec<&Gift<'g>> = gifts.iter().filter(|gift| is_candidate(gift)).collect();
        let keys_of = gifts.iter().filter_map(|gift| known(gift)?.provider.as_deref()).collect();
        let (named, near) = (catalogue.named(name), catalogue.nearest(name));
        (!gifts.is_empty()).then_some(Self { name, gifts, named, near, keys_of })
    }

    /// How well it answers to what is asked for: the lower, the better; `None` when it does not.
    fn rank(&self, needs: &[&Need<'_>], catalogue: &Catalogue) -> Option<u8> {
        let need = needs[0];
        if let Some(provider) = need.provider {
            return self.rank_of_provider(need.name, provider, catalogue);
        }
        // What may be left out is left out.
        let is_optional = needs.iter().all(|need| need.is_optional());
        let has_owner = self.named.is_some_and(|(_, standing)| standing.is_read());
        // In a script most names are its own variables.
        let is_of_scripts = self.gifts.iter().all(|gift| gift.definition.giver == Giver::Shell);
        (!is_optional && !has_owner && !is_of_scripts && spelling::are_nearly_the_same(need.name, self.name))
            .then_some(6)
    }

    fn rank_of_provider(&self, asked: &str, provider: &Provider, catalogue: &Catalogue) -> Option<u8> {
        let holds_a_key = self.keys_of.contains(&*provider.id);
        if spelling::are_nearly_the_same(asked, self.name) {
            return Some(0);
        }
        // A step of a pipeline gives names to any program, such as `GH_TOKEN` to gh: none of them was meant for a name of the project's own.
        let is_of_pipelines = self.gifts.iter().all(|gift| gift.definition.giver == Giver::Pipeline);
        if is_of_pipelines && catalogue.nearest(asked).is_some_and(|near| near.likeness == Likeness::Own) {
            return None;
        }
        match (self.named, self.near) {
            (Some((owner, standing)), _) if owner.id == provider.id => match standing {
                Standing::Official | Standing::Also => are_of_one_kind(asked, self.name, catalogue).then_some(2),
                Standing::Mistaken => Some(2),
                Standing::Ambiguous => holds_a_key.then_some(4),
                Standing::Setting => None,
            },
            // Another provider's name with this one's key in it is a matter of the value.
            (Some((_, standing)), _) if standing != Standing::Mistaken => None,
            (_, Some(near)) if near.provider.id == provider.id && near.standing != Standing::Setting => {
                match near.likeness {
                    Likeness::Separators | Likeness::Slip => Some(1),
                    Likeness::MadeUp => Some(2),
                    Likeness::Prefixed => Some(3),
                    Likeness::Ambiguous => holds_a_key.then_some(4),
                    Likeness::Own => None,
                }
            }
            _ => holds_a_key.then_some(5),
        }
    }
}

/// The key that detection found in the value.
fn known<'g>(gift: &Gift<'g>) -> Option<&'g Known> {
    gift.definition.value.as_ref().and_then(|value| gift.file.known_at(value.at))
}

/// Whether two names that are both in use stand for the same credential: a key is no webhook's secret, and an administrator's key no other.
fn are_of_one_kind(one: &str, two: &str, catalogue: &Catalogue) -> bool {
    let is_official = |name: &str| matches!(catalogue.named(name), Some((_, Standing::Official)));
    let tail = |name: &str| {
        let mut words = spelling::words(name);
        let last = words.pop().unwrap_or_default();
        if last == "KEY" { words.pop().unwrap_or_default() + "KEY" } else { last }
    };
    let names_a_role = |name: &str| ["ADMIN", "WEBHOOK"].iter().any(|role| name.contains(role));
    names_a_role(one) == names_a_role(two) && (!is_official(one) || !is_official(two) || tail(one) == tail(two))
}
