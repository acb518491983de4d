//! The chain of one credential, told and not judged: who asks for it, what defines it, which definition a program gets, and what goes with it.
//!
//! Checks say what is wrong; somebody who looks for a fault also wants to know what is right, and which of several values is the one that counts.
//! What of that can be told from the files stands here; what a shell holds is not in them. Of the files of a project those that a known loader
//! reads come first, in the order in which they win, then those that nobody is known to read.

mod given;
mod tell;

use std::sync::Arc;

pub(super) use self::tell::chains;
use super::{
    Catalogue,
    catalogue::{Likeness, Standing},
    secrecy, spelling,
};
use crate::{
    model::{Location, Secret},
    rules::Provider,
};

/// Which chains are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Those of the providers that code asks for, or else that files speak of; when there are none, that of this variable.
    Needed(String),
    /// That of one variable.
    Variable(String),
    /// That of the credential of one provider.
    Provider(String),
}

/// What a project says of one credential.
#[derive(Debug)]
pub struct Chain {
    /// Root of the project relative to the base, which is empty.
    pub root: String,
    /// Whose credential it is, when that is known.
    pub provider: Option<Arc<Provider>>,
    /// Names that would do; the first is the one that is asked for, or that the provider recommends.
    pub names: Vec<String>,
    /// Who asks for it.
    pub asked: Vec<Asked>,
    /// What defines it under one of these names or a name like them. Real files first, the one that wins before all others.
    pub given: Vec<Given>,
    /// What defines its settings, in the same order.
    pub settings: Vec<Given>,
    /// What each client of the provider is told to ask in the code.
    pub clients: Vec<Told>,
}

/// A client, and where the code sends it.
#[derive(Debug)]
pub struct Told {
    /// Where it is built.
    pub location: Location,
    /// Whether the code gives it an address.
    pub is_sent: bool,
    /// The host of that address, when it is a literal.
    pub host: Option<String>,
}

/// Somebody who asks for a credential.
#[derive(Debug)]
pub struct Asked {
    /// The variable.
    pub name: String,
    /// Where.
    pub location: Location,
    /// Whether the program does without it.
    pub is_optional: bool,
    /// The client that reads it by itself, if one does.
    pub client: Option<String>,
}

/// What gives a variable its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A `.env` file.
    EnvFile,
    /// The program, a script or settings of a tool.
    Elsewhere,
    /// A workflow, a compose file, an image or a manifest.
    Deployment,
    /// A template of a `.env` file.
    Template,
}

/// A definition of a variable.
#[derive(Debug)]
pub struct Given {
    /// The variable.
    pub name: String,
    /// Where.
    pub location: Location,
    /// What defines it.
    pub source: Source,
    /// What a program gets; `None` when that is not in the file, or when the loader passes over the line.
    pub value: Option<Secret>,
    /// What reads the file.
    pub loaders: Vec<LoadedBy>,
    /// Whether it is for another environment than a developer's machine.
    pub is_elsewhere: bool,
    /// Whether git tracks the file; `None` outside a repository.
    pub is_tracked: Option<bool>,
    /// Whether git ignores it; likewise.
    pub is_ignored: Option<bool>,
}

/// What reads a file.
#[derive(Debug)]
pub struct LoadedBy {
    /// Its name for people.
    pub name: String,
    /// Where it stands; frameworks stand nowhere.
    pub location: Option<Location>,
    /// Whether values of the file win over those of the environment.
    pub overrides: bool,
}

/// What a name is to a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kinship {
    /// One of its names.
    Own,
    /// A name that some software reads for it, or that is like one of its names.
    Near,
}

impl Given {
    fn names_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let loaders = self.loaders.iter_mut().filter_map(|loader| loader.location.as_mut());
        loaders.map(|location| &mut location.path).chain([&mut self.name, &mut self.location.path])
    }
}

impl Asked {
    fn names_mut(&mut self) -> impl Iterator<Item = &mut String> {
        [&mut self.name, &mut self.location.path].into_iter().chain(self.client.as_mut())
    }
}

impl Chain {
    /// Every name in it that the repository chose, to be masked where it holds a key.
    pub fn names_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let given = self.given.iter_mut().chain(&mut self.settings).flat_map(Given::names_mut);
        let clients = self.clients.iter_mut().map(|client| &mut client.location.path);
        given.chain(self.asked.iter_mut().flat_map(Asked::names_mut)).chain(clients).chain([&mut self.root])
    }

    /// What a variable called `name` is to this credential.
    #[must_use]
    pub fn kinship(&self, name: &str, catalogue: &Catalogue) -> Option<Kinship> {
        kinship(&self.names, self.provider.as_deref(), name, catalogue)
    }

    /// Whether `name` is one of the provider's settings: an address, an organisation.
    #[must_use]
    pub fn is_setting(&self, name: &str) -> bool {
        self.provider.as_ref().is_some_and(|provider| is_setting(provider, name))
    }
}

/// The settings of `provider` that hold an address, the ones that its own SDKs read before the others.
pub fn addresses(provider: &Provider) -> impl Iterator<Item = &str> {
    const WORDS: [&str; 6] = ["BASE", "URL", "URI", "ENDPOINT", "HOST", "PROXY"];
    let speaks = |name: &&String| name.split('_').any(|word| WORDS.contains(&word));
    let own = provider.sdks.iter().flat_map(|sdk| &sdk.base_reads);
    own.chain(provider.settings.iter().filter(speaks)).map(String::as_str)
}

fn is_setting(provider: &Provider, name: &str) -> bool {
    provider.settings.iter().any(|setting| setting == name) || addresses(provider).any(|address| address == name)
}

fn kinship(names: &[String], provider: Option<&Provider>, name: &str, catalogue: &Catalogue) -> Option<Kinship> {
    if names.iter().any(|own| own == name) {
        return Some(Kinship::Own);
    }
    let asked = names.first()?;
    let is_other = spelling::means_something_else(asked, name) || secrecy::is_public_name(name);
    let is_near = match (provider, catalogue.named(name)) {
        (None, _) => spelling::are_nearly_the_same(asked, name),
        (Some(provider), Some((owner, standing))) => owner.id == provider.id && standing != Standing::Setting,
        (Some(provider), None) => catalogue.nearest(name).is_some_and(|near| {
            let is_slip =
                matches!(near.likeness, Likeness::Separators | Likeness::Slip | Likeness::MadeUp | Likeness::Prefixed);
            near.provider.id == provider.id && is_slip && near.standing.is_read()
        }),
    };
    (is_near && !is_other).then_some(Kinship::Near)
}
