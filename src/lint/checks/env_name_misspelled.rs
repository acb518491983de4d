//! `env-name-misspelled`: a variable whose name is close to the one that a provider's SDK looks for, and that one is nowhere.
//!
//! Three cases, in falling certainty. An SDK is built without a key, and the files define only a name it does not know: an error. A name
//! that is a slip of the finger away is defined and nobody asks for it, or is asked for and nobody defines it: a warning, because
//! something outside the repository may have the same slip. Both sides have the same slip: it works, and is noted.
//!
//! Made-up names such as `OPEN_AI_KEY` that are read and handed to the client are a style and are left alone, and names that may
//! belong to something else (`OPENAPI_KEY`) count only where they feed the provider's client.

use std::collections::BTreeMap;

use super::{Context, env_name_mismatch::whereabouts};
use crate::{
    lint::{
        catalogue::{Likeness, Near},
        pairing::{self, Pair},
        problem::{Problem, Spot, once_for_each_place},
        usage::{Asker, Gift, Need, Usage},
    },
    model::{Confidence, Severity},
};

const ID: &str = "env-name-misspelled";

pub(super) fn run<'g>(context: &Context<'g>) -> Vec<Problem<'g>> {
    let catalogue = context.options.catalogue;
    let mut problems: Vec<Problem<'g>> = Vec::new();
    for (_, usage) in context.whole_usages() {
        let pairs = pairing::pairs(usage, catalogue);
        problems.extend(pairs.iter().filter(|pair| pair.is_asked_by_sdks_only()).map(unknown_to_sdk));
        let is_paired = |name: &str| pairs.iter().any(|pair| pair.asked() == name || pair.defined() == name);
        let slips = slips(usage, context).into_iter().filter(|slip| !is_paired(slip.name));
        problems.extend(slips.map(|slip| slip.problem()));
    }
    once_for_each_place(&mut problems);
    problems
}

/// The SDK looks for its own name, and only another one is defined.
fn unknown_to_sdk<'g>(pair: &Pair<'_, 'g>) -> Problem<'g> {
    let (need, gift) = (pair.needs[0], pair.gifts[0]);
    let (asked, defined) = (pair.asked(), pair.defined());
    let spot = Spot::new(gift.file, gift.definition.at);
    let mut problem = Problem::new(ID, spot, defined);
    problem.message = format!(
        "`{}` defines `{defined}`, but {} looks for `{asked}` and nothing defines that",
        gift.file.path,
        need.who()
    );
    problem.help = format!(
        "name it `{asked}` {}; or read `{defined}` and pass it to the client",
        whereabouts(gift.definition.giver, &gift.file.path)
    );
    problem.related = pair.related(spot);
    problem.provider = pair.provider.map(|provider| provider.id.clone());
    problem.fixes.extend(pair.rename());
    problem
}

/// A name that somebody mistyped.
struct Slip<'u, 'g> {
    name: &'g str,
    near: Near<'g>,
    needs: Vec<&'u Need<'g>>,
    gifts: Vec<&'u Gift<'g>>,
    is_documented: bool,
}

fn slips<'u, 'g>(usage: &'u Usage<'g>, context: &Context<'g>) -> Vec<Slip<'u, 'g>> {
    let mut names: BTreeMap<&'g str, (Vec<&Need<'g>>, Vec<&Gift<'g>>)> = BTreeMap::new();
    for need in usage.needs.iter().filter(|need| matches!(need.asker, Asker::Read(_))) {
        names.entry(need.name).or_default().0.push(need);
    }
    for (name, gifts) in usage.gifts() {
        names.entry(name).or_default().1.extend(gifts.iter().filter(|gift| !gift.is_passed_on()));
    }
    let slip = |(name, (needs, gifts)): (&'g str, (Vec<_>, Vec<_>))| {
        let near = context.options.catalogue.nearest(name)?;
        let slip = Slip { name, near, needs, gifts, is_documented: usage.is_mentioned(name) };
        slip.is_one(usage).then_some(slip)
    };
    names.into_iter().filter_map(slip).collect()
}

impl<'g> Slip<'_, 'g> {
    /// Whether it is a slip and not a name that was chosen.
    fn is_one(&self, usage: &Usage<'_>) -> bool {
        let feeds = |need: &&Need<'_>| matches!(need.asker, Asker::Read(read) if read.feeds.as_deref() == Some(&self.near.provider.id));
        let has_other_names = self.needs.iter().any(|need| !need.others.is_empty());
        let is_mistyped = match self.near.likeness {
            Likeness::Slip => true,
            Likeness::Ambiguous => self.needs.iter().any(feeds),
            _ => false,
        };
        // A program that sets or takes the right name as well knows what it does.
        is_mistyped
            && !has_other_names
            && (self.gifts.is_empty() || self.needs.is_empty() || !usage.is_asked(self.near.name))
    }

    fn spot(&self) -> Spot<'g> {
        let read = self.needs.first().map(|need| Spot::new(need.file, need.at()));
        let defined = self.gifts.first().map(|gift| Spot::new(gift.file, gift.definition.at));
        defined.or(read).expect("a name stands somewhere")
    }

    fn problem(&self) -> Problem<'g> {
        let (name, right) = (self.name, self.near.name);
        let spot = self.spot();
        let mut problem = Problem::new(ID, spot, name);
        let path = &spot.file.path;
        let (message, help, severity) = match (self.gifts.is_empty(), self.needs.is_empty()) {
            (true, _) if !self.is_documented => (
                format!(
                    "`{path}` reads `{name}`, which nothing defines and which looks like a misspelling of `{right}`"
                ),
                format!("read `{right}`, or write `{name}` into `.env.example` if it is meant"),
                Severity::Warning,
            ),
            (false, true) => (
                format!(
                    "`{path}` defines `{name}`, which nothing reads and which looks like a misspelling of `{right}`"
                ),
                format!("rename it to `{right}`"),
                Severity::Warning,
            ),
            _ => (
                format!("`{name}` is set and read under the same misspelling of `{right}`"),
                format!("it works as it is; `{right}` is the name that other software knows"),
                Severity::Note,
            ),
        };
        (problem.message, problem.help) = (message, help);
        problem.severity = if self.near.likeness == Likeness::Ambiguous { Severity::Note } else { severity };
        problem.confidence = Confidence::Medium;
        problem.provider = Some(self.near.provider.id.clone());
        let reads = self.needs.iter().map(|need| (Spot::new(need.file, need.at()), need.label()));
        problem.related = reads.filter(|(read, _)| (&read.file.path, read.at) != (path, spot.at)).take(5).collect();
        problem
    }
}
