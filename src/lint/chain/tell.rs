//! Which chains there are, and who asks for what: from the two sides of each project to one [`Chain`] for each credential.

use std::{collections::BTreeMap, sync::Arc};

use super::{Asked, Chain, Told, Wish, is_setting, kinship};
use crate::{
    lint::{
        Catalogue, Options,
        address::host_of,
        cascade::groups,
        catalogue::Standing,
        facts::{Fallback, FileFacts, Read, Via},
        graph::{Graph, is_within},
        problem::Spot,
        secrecy,
        usage::{Asker, Need, Usage, is_aside},
    },
    rules::Provider,
};

/// The chains that `wish` asks for, of projects that were read whole and in the order in which they matter.
pub(in crate::lint) fn chains(graph: &Graph, options: &Options<'_>, wish: &Wish) -> Vec<Chain> {
    let is_read =
        |project: usize| options.whole.iter().any(|folder| is_within(&graph.projects()[project].root, folder));
    let usages: Vec<(usize, Usage<'_>)> =
        Usage::all(graph, options.catalogue).into_iter().filter(|(project, _)| is_read(*project)).collect();
    let mut ranks: BTreeMap<&str, usize> = BTreeMap::new();
    for (rank, file) in groups(graph).into_iter().flat_map(|(_, files)| files) {
        let best = ranks.entry(&file.path).or_insert(rank);
        *best = rank.min(*best);
    }
    let mut chains: Vec<Chain> = usages
        .iter()
        .flat_map(|(project, usage)| {
            let teller = Teller { graph, options, project: *project, usage, ranks: &ranks };
            teller.subjects(wish).into_iter().map(move |subject| teller.chain(subject)).collect::<Vec<_>>()
        })
        .collect();
    // Where some code asks, what only lies about does not matter.
    if chains.iter().any(|chain| !chain.asked.is_empty()) {
        chains.retain(|chain| !chain.asked.is_empty());
    }
    if chains.is_empty() {
        let root = options.whole.first().cloned().unwrap_or_default();
        let subject = fallback(wish, options.catalogue);
        chains.push(Chain {
            root,
            provider: subject.provider.and_then(|provider| shared(options.catalogue, &provider.id)),
            names: subject.names,
            asked: Vec::new(),
            given: Vec::new(),
            settings: Vec::new(),
            clients: Vec::new(),
        });
    }
    chains.sort_by_key(|chain| {
        let needed = chain.asked.iter().filter(|asked| !asked.is_optional).count();
        (std::cmp::Reverse((needed, chain.asked.len())), chain.root.clone(), chain.names.first().cloned())
    });
    chains
}

/// What a chain is about.
struct Subject<'g> {
    provider: Option<&'g Provider>,
    names: Vec<String>,
}

impl<'g> Subject<'g> {
    fn of_variable(name: &str, catalogue: &'g Catalogue) -> Self {
        let provider = secrecy::owner(catalogue, name)
            .or_else(|| catalogue.named(name).map(|(owner, _)| owner))
            .or_else(|| catalogue.nearest(name).map(|near| near.provider));
        Self { provider, names: vec![name.to_owned()] }
    }

    fn of_provider(provider: &'g Provider) -> Self {
        Self { provider: Some(provider), names: provider.env.first().into_iter().cloned().collect() }
    }
}

/// What is told when the files say nothing.
fn fallback<'g>(wish: &Wish, catalogue: &'g Catalogue) -> Subject<'g> {
    match wish {
        Wish::Variable(name) | Wish::Needed(name) => Subject::of_variable(name, catalogue),
        Wish::Provider(id) => {
            catalogue.provider(id).map_or(Subject { provider: None, names: Vec::new() }, Subject::of_provider)
        }
    }
}

fn shared(catalogue: &Catalogue, id: &str) -> Option<Arc<Provider>> {
    catalogue.providers().iter().find(|known| known.id == id).cloned()
}

/// One project, and what it asks for and gives.
#[derive(Clone, Copy)]
pub(super) struct Teller<'u, 'g> {
    pub(super) graph: &'g Graph,
    pub(super) options: &'u Options<'g>,
    project: usize,
    pub(super) usage: &'u Usage<'g>,
    /// The place of each file among those that are loaded together.
    pub(super) ranks: &'u BTreeMap<&'g str, usize>,
}

impl<'g> Teller<'_, 'g> {
    fn subjects(self, wish: &Wish) -> Vec<Subject<'g>> {
        let catalogue = self.options.catalogue;
        match wish {
            Wish::Variable(name) => {
                let is_known = self.usage.needs.iter().any(|need| need.name == name || need.others.contains(&&**name))
                    || self.usage.givers_of(name).next().is_some();
                let subject = Subject::of_variable(name, catalogue);
                (is_known || self.speaks_of(&subject)).then_some(subject).into_iter().collect()
            }
            Wish::Provider(id) => {
                let Some(provider) = catalogue.provider(id) else { return Vec::new() };
                let subject = self.asked_of(provider).unwrap_or_else(|| Subject::of_provider(provider));
                self.speaks_of(&subject).then_some(subject).into_iter().collect()
            }
            Wish::Needed(_) => {
                let providers = catalogue.providers().iter().filter(|provider| !provider.sdks.is_empty());
                let needed: Vec<Subject<'g>> =
                    providers.clone().filter_map(|provider| self.asked_of(provider)).collect();
                if !needed.is_empty() {
                    return needed;
                }
                providers
                    .map(|provider| self.read_of(provider).unwrap_or_else(|| Subject::of_provider(provider)))
                    .filter(|subject| self.speaks_of(subject))
                    .collect()
            }
        }
    }

    /// Whose credential `need` asks for: that of the provider after whom it is named, whatever client it is handed to.
    fn owner(self, need: &Need<'g>) -> Option<&'g Provider> {
        secrecy::owner(self.options.catalogue, need.name).or(need.provider)
    }

    /// What code asks of `provider`: the name that is asked for by most, and all that would do.
    fn asked_of(self, provider: &'g Provider) -> Option<Subject<'g>> {
        let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        let needs = || self.usage.needs.iter().filter(|need| self.owner(need).is_some_and(|own| own.id == provider.id));
        let is_own = |need: &&Need<'_>| {
            self.options.catalogue.named(need.name).is_none_or(|(_, standing)| standing != Standing::Setting)
        };
        for need in needs().filter(is_own) {
            let count = counts.entry(need.name).or_default();
            *count = (count.0 + usize::from(!need.is_optional()), count.1 + 1);
        }
        let first = counts.iter().max_by_key(|(name, count)| (**count, std::cmp::Reverse(*name)))?.0;
        let mut names = vec![(*first).to_owned()];
        let same = needs().filter(|need| need.name == *first || need.others.contains(first));
        for name in same.flat_map(|need| need.others.iter().copied().chain([need.name])) {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        Some(Subject { provider: Some(provider), names })
    }

    /// The name under which code that runs in browsers, which needs nothing by itself, reads a credential of `provider`.
    fn read_of(self, provider: &'g Provider) -> Option<Subject<'g>> {
        let own = Subject::of_provider(provider);
        let names = self.reads().map(|(_, read)| read.name.as_str());
        let name =
            names.into_iter().find(|name| kinship(&own.names, own.provider, name, self.options.catalogue).is_some())?;
        Some(Subject { names: vec![name.to_owned()], ..own })
    }

    /// What the code of the project reads, wherever it runs.
    fn reads(self) -> impl Iterator<Item = (&'g FileFacts, &'g Read)> {
        let (graph, project) = (self.graph, self.project);
        let files = graph.projects()[project].files.iter().map(move |at| &graph.files()[*at]);
        let code = files.filter(|file| file.language.is_code() && !is_aside(&file.path));
        code.flat_map(|file| file.reads.iter().map(move |read| (file, read)))
            .filter(|(_, read)| read.via != Via::Mentioned)
    }

    /// Whether anything of the project has to do with it.
    fn speaks_of(self, subject: &Subject<'_>) -> bool {
        let is_kin = |name: &str| kinship(&subject.names, subject.provider, name, self.options.catalogue).is_some();
        let is_of = |id: &str| subject.provider.is_some_and(|provider| provider.id == id);
        let in_code = |file: &usize| {
            let file = &self.graph.files()[*file];
            file.clients.iter().any(|client| is_of(&client.provider))
                || file.reads.iter().any(|read| is_kin(&read.name))
        };
        self.usage.gifts().any(|(name, _)| is_kin(name))
            || self.graph.projects()[self.project].files.iter().any(in_code)
    }

    fn chain(self, subject: Subject<'_>) -> Chain {
        let kin = |name: &str| kinship(&subject.names, subject.provider, name, self.options.catalogue).is_some();
        let is_setting = |name: &str| subject.provider.is_some_and(|provider| is_setting(provider, name));
        Chain {
            root: self.graph.projects()[self.project].root.clone(),
            asked: self.asked(&subject),
            clients: self.clients(&subject),
            given: self.given(&kin),
            settings: self.given(&is_setting),
            provider: subject.provider.and_then(|provider| shared(self.options.catalogue, &provider.id)),
            names: subject.names,
        }
    }

    fn asked(self, subject: &Subject<'_>) -> Vec<Asked> {
        let is_meant = |need: &&Need<'_>| {
            let is_kin = kinship(&subject.names, subject.provider, need.name, self.options.catalogue).is_some();
            subject.names.iter().any(|name| *name == need.name)
                || (is_kin && self.owner(need).map(|own| &own.id) == subject.provider.map(|own| &own.id))
        };
        let asked = |need: &Need<'_>| Asked {
            name: need.name.to_owned(),
            location: Spot::new(need.file, need.at()).location(),
            is_optional: need.is_optional(),
            client: match need.asker {
                Asker::Client(client) => Some(client.class.clone()),
                Asker::Read(_) => None,
            },
        };
        let mut all: Vec<Asked> = self.usage.needs.iter().filter(is_meant).map(asked).collect();
        if all.is_empty() {
            let own = self.reads().filter(|(_, read)| subject.names.contains(&read.name));
            all.extend(own.map(|(file, read)| Asked {
                name: read.name.clone(),
                location: Spot::new(file, read.at).location(),
                is_optional: read.fallback != Fallback::Fails,
                client: None,
            }));
        }
        all.sort_by_key(|asked| (asked.is_optional, asked.location.clone()));
        all
    }

    fn clients(self, subject: &Subject<'_>) -> Vec<Told> {
        let files = self.graph.projects()[self.project].files.iter().map(|at| &self.graph.files()[*at]);
        let code = files.filter(|file| file.language.is_code() && !is_aside(&file.path));
        code.flat_map(|file| file.clients.iter().map(move |client| (file, client)))
            .filter(|(_, client)| subject.provider.is_some_and(|provider| provider.id == client.provider))
            .map(|(file, client)| Told {
                location: Spot::new(file, client.at).location(),
                is_sent: client.has_base_url,
                host: client.base_url.and_then(|at| {
                    let endpoint = file.endpoints.iter().find(|endpoint| endpoint.at == at)?;
                    host_of(&endpoint.url)
                }),
            })
            .collect()
    }
}
