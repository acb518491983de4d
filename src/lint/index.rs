//! Facts by what names them, so that a check looks up what it would otherwise search for: no repository, however it is made, may cost more than
//! its size.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    facts::{Client, Definition, Endpoint, FileFacts, Read},
    graph::Graph,
};
use crate::model::Span;

/// Of many that say the same, so many are looked at.
pub(super) const MOST_ALIKE: usize = 256;

/// A variable that is given a value, with the file it stands in and the position of its project.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given<'g> {
    pub(super) file: &'g FileFacts,
    pub(super) definition: &'g Definition,
    pub(super) project: usize,
}

/// All files.
#[derive(Debug)]
pub(super) struct Index<'g> {
    definitions: BTreeMap<&'g str, Vec<Given<'g>>>,
    reads: BTreeSet<(&'g str, usize)>,
    clients: BTreeMap<usize, Vec<(&'g FileFacts, &'g Client)>>,
    called: BTreeSet<(usize, &'g str)>,
    redirected: BTreeSet<(&'g str, usize)>,
}

impl<'g> Index<'g> {
    /// The index of all files of `graph`.
    pub(super) fn of(graph: &'g Graph) -> Self {
        let mut index = Self {
            definitions: BTreeMap::new(),
            reads: BTreeSet::new(),
            clients: BTreeMap::new(),
            called: BTreeSet::new(),
            redirected: BTreeSet::new(),
        };
        for (project, found) in graph.projects().iter().enumerate() {
            for file in found.files.iter().map(|at| &graph.files()[*at]) {
                index.add(file, project);
            }
        }
        index
    }

    fn add(&mut self, file: &'g FileFacts, project: usize) {
        for definition in &file.definitions {
            let alike = self.definitions.entry(&definition.name).or_default();
            if alike.len() < MOST_ALIKE {
                alike.push(Given { file, definition, project });
            }
        }
        self.reads.extend(file.reads.iter().map(|read| (&*read.name, project)));
        let clients = self.clients.entry(project).or_default();
        let room = MOST_ALIKE.saturating_sub(clients.len());
        clients.extend(file.clients.iter().take(room).map(|client| (file, client)));
        self.called.extend(file.clients.iter().map(|client| (project, &*client.provider)));
        self.called.extend(file.endpoints.iter().map(|endpoint| (project, &*endpoint.provider)));
        let redirected = file.clients.iter().filter(|client| client.has_base_url);
        self.redirected.extend(redirected.map(|client| (&*client.provider, project)));
    }

    /// Where the variable called `name` is given a value.
    pub(super) fn definitions_of(&self, name: &str) -> &[Given<'g>] {
        self.definitions.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether code or a definition anywhere names the variable.
    pub(super) fn is_mentioned(&self, name: &str) -> bool {
        self.definitions.contains_key(name) || self.is_read(name, None)
    }

    /// Whether something reads the variable, in the project at position `project` or in any.
    pub(super) fn is_read(&self, name: &str, project: Option<usize>) -> bool {
        match project {
            Some(project) => self.reads.contains(&(name, project)),
            None => self.reads.range((name, 0)..=(name, usize::MAX)).next().is_some(),
        }
    }

    /// The first clients that a project builds.
    pub(super) fn clients_of(&self, project: usize) -> &[(&'g FileFacts, &'g Client)] {
        self.clients.get(&project).map_or(&[], Vec::as_slice)
    }

    /// Whether a project calls `provider`.
    pub(super) fn calls(&self, project: usize, provider: &str) -> bool {
        self.called.contains(&(project, provider))
    }

    /// Whether a client for `provider` is given an address, in the project at position `project` or in any.
    pub(super) fn is_redirected(&self, provider: &str, project: Option<usize>) -> bool {
        match project {
            Some(project) => self.redirected.contains(&(provider, project)),
            None => self.redirected.range((provider, 0)..=(provider, usize::MAX)).next().is_some(),
        }
    }
}

/// One file.
#[derive(Debug)]
pub(super) struct Names<'g> {
    by_name: BTreeMap<&'g str, &'g Read>,
    bound: BTreeMap<&'g str, &'g Read>,
    endpoints: BTreeMap<Span, &'g Endpoint>,
    clients: BTreeMap<Span, &'g Client>,
    providers: BTreeSet<&'g str>,
}

impl<'g> Names<'g> {
    /// What stands in `file`.
    pub(super) fn of(file: &'g FileFacts) -> Self {
        let bound = file.reads.iter().filter_map(|read| Some((read.bound_to.as_deref()?, read)));
        let based = file.clients.iter().filter_map(|client| Some((client.base_url?, client)));
        Self {
            by_name: file.reads.iter().map(|read| (&*read.name, read)).collect(),
            bound: bound.collect(),
            endpoints: file.endpoints.iter().map(|endpoint| (endpoint.at, endpoint)).collect(),
            clients: based.collect(),
            providers: file.endpoints.iter().map(|endpoint| &*endpoint.provider).collect(),
        }
    }

    /// The read behind `name`, which is a variable of the environment or one of the program that holds its value.
    pub(super) fn read(&self, name: &str) -> Option<&'g Read> {
        self.by_name.get(name).or_else(|| self.bound.get(name)).copied()
    }

    /// The address at `at`.
    pub(super) fn endpoint(&self, at: Span) -> Option<&'g Endpoint> {
        self.endpoints.get(&at).copied()
    }

    /// The client that is given the address at `at`.
    pub(super) fn client(&self, at: Span) -> Option<&'g Client> {
        self.clients.get(&at).copied()
    }

    /// Whether an address of `provider` stands in the file.
    pub(super) fn names_host_of(&self, provider: &str) -> bool {
        self.providers.contains(provider)
    }
}
