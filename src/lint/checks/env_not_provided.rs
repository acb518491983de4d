//! `env-not-provided`: code needs a provider's key that nothing in the repository gives or mentions, though other variables are.
//!
//! It speaks only where the project has a habit of saying what it needs: a template such as `.env.example`, or a manifest of the deployment
//! that names variables one by one. And only about a key that the program cannot do without: an SDK that is built without one, or a read
//! that fails. A project that can talk to several providers needs the key of the one in use, so with more than two nothing is said.
//!
//! Not seen: variables that a platform's dashboard sets.

use std::collections::{BTreeMap, BTreeSet};

use super::Context;
use crate::{
    lint::{
        Catalogue,
        catalogue::Standing,
        facts::{Fallback, FileFacts, Giver, Language},
        graph::Graph,
        pairing,
        problem::{Problem, Spot},
        usage::{Asker, Gift, Need, Usage},
    },
    model::{Edit, Fix, Severity},
};

const ID: &str = "env-not-provided";
/// From here on a project chooses between providers.
const MANY_PROVIDERS: usize = 3;

pub(super) fn run<'g>(context: &Context<'g>) -> Vec<Problem<'g>> {
    let mut problems: Vec<Problem<'g>> = Vec::new();
    for (project, usage) in context.whole_usages() {
        let case = Case { graph: context.graph, project, usage, catalogue: context.options.catalogue };
        problems.extend(case.problems());
    }
    problems
}

struct Case<'u, 'g> {
    graph: &'g Graph,
    project: usize,
    usage: &'u Usage<'g>,
    catalogue: &'g Catalogue,
}

impl<'g> Case<'_, 'g> {
    fn problems(&self) -> Vec<Problem<'g>> {
        let owners = self.usage.needs.iter().filter_map(|need| need.provider).filter(|owner| !owner.sdks.is_empty());
        let providers: BTreeSet<&str> = owners.map(|owner| &*owner.id).collect();
        if providers.len() >= MANY_PROVIDERS {
            return Vec::new();
        }
        let pairs = pairing::pairs(self.usage, self.catalogue);
        let is_paired = |name: &str| pairs.iter().any(|pair| pair.asked() == name);
        let mut by_name: BTreeMap<&str, Vec<&Need<'g>>> = BTreeMap::new();
        for need in self.usage.needs.iter().filter(|need| is_vital(need) && !is_paired(need.name)) {
            by_name.entry(need.name).or_default().push(need);
        }
        by_name
            .into_values()
            .filter_map(|needs| self.undocumented(&needs).or_else(|| self.undeployed(&needs)))
            .collect()
    }

    /// A key that the template does not mention, nor anything else.
    fn undocumented(&self, needs: &[&Need<'g>]) -> Option<Problem<'g>> {
        let need = needs[0];
        let template = self.template()?;
        let is_known =
            |name: &str| self.usage.is_mentioned(name) || self.usage.givers_of(name).any(|gift| !gift.is_real());
        if names_of(need).any(is_known) || self.has_another_name(need) {
            return None;
        }
        let mut problem = begun(needs);
        let (name, path) = (need.name, &template.path);
        problem.message = format!("{} needs `{name}`, which `{path}` does not mention", need.who());
        problem.help = format!("add `{name}=` to `{path}`, so that others learn that it is needed");
        if let Some(last) = template.definitions.iter().max_by_key(|definition| definition.whole.end) {
            let mut location = Spot::new(template, last.whole).location();
            problem.related.push((Spot::new(template, last.at), "the template names others, up to here".to_owned()));
            (location.start_line, location.start_column) = (location.end_line, location.end_column);
            let edits = vec![Edit { location, text: format!("\n{name}=") }];
            problem.fixes.push(Fix { title: format!("add `{name}` to `{path}`"), safe: true, edits });
        }
        if names_of(need).any(|name| self.usage.givers_of(name).next().is_some()) {
            problem.severity = Severity::Note;
        }
        Some(problem)
    }

    /// A key that a `.env` gives and a manifest of the deployment, which names other variables of the program, does not.
    fn undeployed(&self, needs: &[&Need<'g>]) -> Option<Problem<'g>> {
        let need = needs[0];
        let is_deployed = |gift: &&Gift<'g>| matches!(gift.definition.giver, Giver::Compose | Giver::Manifest);
        let has_local =
            names_of(need).any(|name| self.usage.givers_of(name).any(|gift| is_local(gift.definition.giver)));
        let has_deployed = names_of(need).any(|name| self.usage.is_given_elsewhere(name));
        if !has_local || has_deployed || self.has_another_name(need) {
            return None;
        }
        let gifts: Vec<&Gift<'g>> = self.usage.gifts().flat_map(|(_, gifts)| gifts).filter(is_deployed).collect();
        let speaking = gifts.iter().filter(|gift| self.speaks_for_the_program(gift, &gifts));
        let manifest = speaking.min_by_key(|gift| (&gift.file.path, gift.definition.at))?;
        let mut problem = begun(needs);
        let (name, path) = (need.name, &manifest.file.path);
        problem.spot = Spot::new(manifest.file, manifest.definition.at);
        problem.subject = format!("{name} {path}");
        problem.message =
            format!("`{path}` passes variables to the program one by one, and not `{name}`, which it needs");
        problem.help = match manifest.definition.giver {
            Giver::Compose => {
                format!("add `{name}: ${{{name}:?}}` under `environment:` in `{path}`, or an `env_file:`")
            }
            _ => format!("add `{name}` to `{path}`, from a secret of the platform"),
        };
        problem.related.insert(0, (Spot::new(need.file, need.at()), need.label()));
        Some(problem)
    }

    /// Whether the section that `gift` stands in names at least one other credential the program needs, or three of its variables, and
    /// takes in no file of them.
    fn speaks_for_the_program(&self, gift: &Gift<'g>, gifts: &[&Gift<'g>]) -> bool {
        let beside: Vec<&&Gift<'g>> = gifts
            .iter()
            .filter(|other| other.file.path == gift.file.path && other.definition.section == gift.definition.section)
            .collect();
        let is_needed = |name: &str| self.usage.needs.iter().any(|need| names_of(need).any(|known| known == name));
        let needed: Vec<&&&Gift<'g>> = beside.iter().filter(|other| is_needed(other.name())).collect();
        let is_credential = |name: &str| self.catalogue.named(name).is_some_and(|(_, standing)| standing.is_read());
        !gift.file.loads.iter().any(|load| load.fills)
            && (needed.len() >= 3 || needed.iter().any(|other| is_credential(other.name())))
    }

    /// The project's own template of a `.env`, or that of the projects around it.
    fn template(&self) -> Option<&'g FileFacts> {
        let visible = self.graph.visible(self.project);
        let files = visible.into_iter().map(|file| &self.graph.files()[file]);
        files
            .filter(|file| file.language == Language::Dotenv)
            .find(|file| file.definitions.iter().any(|definition| definition.giver == Giver::Example))
    }

    /// Whether a variable of the same provider under a name of the project's own is given or mentioned.
    fn has_another_name(&self, need: &Need<'_>) -> bool {
        let is_credential_of = |name: &str| match self.catalogue.owner(name) {
            Some((owner, standing)) => {
                standing != Standing::Setting && need.provider.is_some_and(|provider| provider.id == owner.id)
            }
            None => false,
        };
        let is_need = |name: &str| names_of(need).any(|known| known == name);
        self.usage.gifts().any(|(name, _)| !is_need(name) && is_credential_of(name))
            || self.usage.mentioned().any(|name| !is_need(name) && is_credential_of(name))
    }
}

/// The problem at the first of `needs`, without its words.
fn begun<'g>(needs: &[&Need<'g>]) -> Problem<'g> {
    let need = needs[0];
    let mut problem = Problem::new(ID, Spot::new(need.file, need.at()), need.name);
    problem.provider = need.provider.map(|provider| provider.id.clone());
    let others = needs.iter().skip(1).take(4);
    problem.related.extend(others.map(|need| (Spot::new(need.file, need.at()), need.label())));
    problem
}

fn is_local(giver: Giver) -> bool {
    matches!(giver, Giver::Dotenv | Giver::Example)
}

/// All names that would do.
fn names_of<'n>(need: &'n Need<'_>) -> impl Iterator<Item = &'n str> {
    [need.name].into_iter().chain(need.others.iter().copied())
}

/// Whether the program fails without it. What is no key of a provider with an SDK, such as a database's address, has a default as often
/// as not.
fn is_vital(need: &Need<'_>) -> bool {
    need.provider.is_some_and(|provider| !provider.sdks.is_empty())
        && match need.asker {
            Asker::Read(read) => read.fallback == Fallback::Fails,
            Asker::Client(_) => true,
        }
}
