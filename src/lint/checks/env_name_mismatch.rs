//! `env-name-mismatch`: the code reads one name and the files define a near miss of it.
//!
//! Which names miss each other is [`pairing`](crate::lint::pairing)'s matter. A pair is this check's when code names the variable itself;
//! where only an SDK looks for its own name, it is `env-name-misspelled`. Consistent odd names are no pair. The place to
//! point at is the odd one of the two names: the definition, unless that has the provider's own name.

use super::Context;
use crate::{
    lint::{
        catalogue::Standing,
        facts::Giver,
        pairing::{self, Pair},
        problem::{Problem, Spot, once_for_each_place},
    },
    model::{Confidence, Severity},
};

const ID: &str = "env-name-mismatch";

pub(super) fn run<'g>(context: &Context<'g>) -> Vec<Problem<'g>> {
    let catalogue = context.options.catalogue;
    let mut problems: Vec<Problem<'g>> = Vec::new();
    for (_, usage) in context.whole_usages() {
        for pair in pairing::pairs(usage, catalogue).iter().filter(|pair| !pair.is_asked_by_sdks_only()) {
            problems.push(problem(pair, context));
        }
    }
    once_for_each_place(&mut problems);
    problems
}

fn problem<'g>(pair: &Pair<'_, 'g>, context: &Context<'g>) -> Problem<'g> {
    let (asked, defined) = (pair.asked(), pair.defined());
    let (need, gift) = (pair.needs[0], pair.gifts[0]);
    let standing = |name: &str| context.options.catalogue.named(name).map(|(_, standing)| standing);
    let definition_is_right =
        standing(defined).is_some_and(Standing::is_read) && !standing(asked).is_some_and(Standing::is_read);
    let spot =
        if definition_is_right { Spot::new(need.file, need.at()) } else { Spot::new(gift.file, gift.definition.at) };
    let mut problem = Problem::new(ID, spot, format!("{asked} {defined}"));
    problem.message = format!("{} reads `{asked}`, but `{}` defines `{defined}`", need.who(), gift.file.path);
    problem.help = if definition_is_right {
        format!("read `{defined}` in `{}`, which is the name in use", need.file.path)
    } else {
        format!("name it `{asked}` {}", whereabouts(gift.definition.giver, &gift.file.path))
    };
    problem.related = pair.related(spot);
    problem.provider = pair.provider.map(|provider| provider.id.clone());
    if !definition_is_right {
        problem.fixes.extend(pair.rename());
    }
    if pair.provider.is_none() || pair.needs.iter().all(|need| need.is_optional()) {
        problem.severity = Severity::Warning;
        problem.confidence = Confidence::Low;
    }
    problem
}

/// Where the name has to be changed.
pub(super) fn whereabouts(giver: Giver, path: &str) -> String {
    match giver {
        Giver::Dotenv => format!("in `{path}`, and wherever else it is set, such as the deployment's settings"),
        Giver::Example => format!("in `{path}`, and tell those who copied it to rename theirs"),
        Giver::Compose => format!("under `environment:` in `{path}`"),
        Giver::Pipeline => format!("under `env:` in `{path}`; the secret it comes from may keep its name"),
        _ => format!("in `{path}`"),
    }
}
