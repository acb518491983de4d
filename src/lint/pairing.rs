//! Names that miss each other: what code asks for and nothing gives, and what is defined under a like name and nobody asks for.
//!
//! Likeness alone proves nothing. The name asked for must be given by nothing at all, and the defined one asked for by nothing at all, in the
//! whole project and in what lies around it. Then a name of the same provider is a pair; a name that may belong to something else is one only
//! if its value is a key of that provider; and names of no known provider must be the same but for one slip.

use std::collections::BTreeMap;

use super::{
    Catalogue,
    catalogue::{Likeness, Standing},
    facts::{Fallback, Giver, Known},
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
    let mut unasked: BTreeMap<&str, Vec<&Gift<'g>>> = BTreeMap::new();
    for gift in usage.gifts.iter().filter(|gift| is_candidate(gift) && !usage.is_asked(gift.name())) {
        unasked.entry(gift.name()).or_default().push(gift);
    }
    let mut pairs = Vec::new();
    for needs in missing.into_values() {
        let ranked = unasked.values().filter_map(|gifts| Some((rank(&needs, gifts, catalogue)?, gifts)));
        let Some((_, gifts)) = ranked.min_by_key(|(rank, gifts)| (*rank, gifts[0].name())) else { continue };
        let mut gifts = gifts.clone();
        gifts.sort_by_key(|gift| (!gift.is_real(), &gift.file.path, gift.definition.at));
        let provider = needs[0].provider;
        pairs.push(Pair { needs, gifts, provider });
    }
    pairs
}

/// Whether somebody wrote the definition for the program to find: not the program itself, and not other people's images.
fn is_candidate(gift: &Gift<'_>) -> bool {
    !gift.is_passed_on() && !matches!(gift.definition.giver, Giver::Program | Giver::BuildArgument)
}

/// How well a defined name answers to the one asked for: the lower, the better; `None` when it does not.
fn rank(needs: &[&Need<'_>], gifts: &[&Gift<'_>], catalogue: &Catalogue) -> Option<u8> {
    let (need, defined) = (needs[0], gifts[0].name());
    let is_optional = needs.iter().all(|need| need.is_optional());
    if let Some(provider) = need.provider {
        let holds_a_key =
            gifts.iter().any(|gift| known(gift).is_some_and(|known| known.provider.as_deref() == Some(&provider.id)));
        return of_provider(need, defined, provider, holds_a_key, catalogue);
    }
    // What may be left out is left out.
    if is_optional || matches!(need.asker, Asker::Read(read) if read.fallback == Fallback::Other) {
        return None;
    }
    let is_a_credential = catalogue.named(defined).is_some();
    (!is_a_credential && spelling::are_nearly_the_same(need.name, defined)).then_some(6)
}

/// The key that detection found in the value.
pub(super) fn known<'g>(gift: &Gift<'g>) -> Option<&'g Known> {
    gift.definition.value.as_ref().and_then(|value| gift.file.known_at(value.at))
}

fn of_provider(
    need: &Need<'_>,
    defined: &str,
    provider: &Provider,
    holds_a_key: bool,
    catalogue: &Catalogue,
) -> Option<u8> {
    let is_ours = |owner: &Provider| owner.id == provider.id;
    if spelling::are_nearly_the_same(need.name, defined) {
        return Some(0);
    }
    if let Some((owner, standing)) = catalogue.named(defined) {
        let is_same_kind = match standing {
            Standing::Official | Standing::Also => are_of_one_kind(need.name, defined, catalogue),
            Standing::Mistaken => true,
            Standing::Ambiguous => holds_a_key,
            Standing::Setting => false,
        };
        return (is_ours(owner) && is_same_kind).then_some(2);
    }
    if let Some(near) =
        catalogue.nearest(defined).filter(|near| is_ours(near.provider) && near.standing != Standing::Setting)
    {
        return match near.likeness {
            Likeness::Separators | Likeness::Slip => Some(1),
            Likeness::MadeUp => Some(2),
            Likeness::Prefixed => Some(3),
            Likeness::Ambiguous => holds_a_key.then_some(4),
            Likeness::Own => None,
        };
    }
    holds_a_key.then_some(5)
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
