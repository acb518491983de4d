//! What is known of variables, hosts and libraries, from the `[provider]` tables in `rules/`.

use std::{collections::BTreeMap, sync::Arc};

use crate::rules::{Provider, RuleSet, Sdk};

/// What a variable's name is to its provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The provider's own SDKs read it for a credential.
    Official,
    /// Other software reads it for a credential.
    Also,
    /// People write it by mistake.
    Mistaken,
    /// It goes with the credential and is none.
    Setting,
}

/// All providers, by what names them.
#[derive(Debug)]
pub struct Catalogue {
    providers: Vec<Arc<Provider>>,
    names: BTreeMap<String, (usize, Standing)>,
}

impl Catalogue {
    /// The catalogue of the providers in `rules`.
    #[must_use]
    pub fn new(rules: &RuleSet) -> Self {
        let mut providers: Vec<Arc<Provider>> = Vec::new();
        for (_, rule) in rules.iter() {
            if !providers.iter().any(|known| known.id == rule.provider.id) {
                providers.push(Arc::clone(&rule.provider));
            }
        }
        let mut names = BTreeMap::new();
        for (at, provider) in providers.iter().enumerate() {
            let official = provider.env.iter().map(|name| (name, Standing::Official));
            let also = provider.also.iter().map(|other| (&other.name, Standing::Also));
            let mistaken = provider.mistaken.iter().map(|name| (name, Standing::Mistaken));
            let settings = provider.settings.iter().map(|name| (name, Standing::Setting));
            for (name, standing) in official.chain(also).chain(mistaken).chain(settings) {
                names.entry(name.clone()).or_insert((at, standing));
            }
        }
        Self { providers, names }
    }

    /// All providers, in the order of their rules.
    #[must_use]
    pub fn providers(&self) -> &[Arc<Provider>] {
        &self.providers
    }

    /// The provider called `id`.
    #[must_use]
    pub fn provider(&self, id: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.id == id).map(|provider| &**provider)
    }

    /// Whose variable `name` is, and what it is to it.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<(&Provider, Standing)> {
        self.names.get(name).map(|(at, standing)| (&*self.providers[*at], *standing))
    }

    /// The provider that answers at `host`.
    #[must_use]
    pub fn at_host(&self, host: &str) -> Option<&Provider> {
        let is_host = |known: &String| known.eq_ignore_ascii_case(host);
        self.providers.iter().find(|provider| provider.hosts.iter().any(is_host)).map(|provider| &**provider)
    }

    /// The libraries for `language`, each with its provider.
    pub fn sdks<'c>(&'c self, language: &'c str) -> impl Iterator<Item = (&'c Provider, &'c Sdk)> {
        let of = |provider: &'c Arc<Provider>| provider.sdks.iter().map(move |sdk| (&**provider, sdk));
        self.providers.iter().flat_map(of).filter(move |(_, sdk)| sdk.language == language)
    }
}
