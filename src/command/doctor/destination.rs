//! Where requests with the key go: to the provider, or to whom an address in this shell, in a file or in the code says.
//!
//! An address that stands in a file is compared and named, and nobody is asked there.

use std::sync::Arc;

use super::shell::Shell;
use crate::{
    lint::{
        Catalogue, Chain,
        chain::{Source, addresses},
        host_of,
    },
    model::Location,
    rules::Provider,
};

/// Hosts of this machine and its containers, where any key will do.
const LOCAL: [&str; 5] = ["localhost", "127.0.0.1", "0.0.0.0", "host.docker.internal", "[::1]"];

/// Who is asked.
#[derive(Clone, Debug)]
pub(super) enum Party {
    /// The provider whose credential it is.
    Own,
    /// Another known provider.
    Other(Arc<Provider>),
    /// A server of this machine.
    Local,
    /// Somebody unknown: a proxy, a gateway.
    Unknown,
}

/// Where requests go and what says so.
#[derive(Debug)]
pub(super) struct Destination {
    pub(super) party: Party,
    /// The host, when something names one.
    pub(super) host: Option<String>,
    /// The variable that names it; none when the code does.
    pub(super) name: Option<String>,
    /// Where that stands; nowhere for this shell.
    pub(super) location: Option<Location>,
    /// The whole address, when it stands in this shell.
    pub(super) in_shell: Option<String>,
    /// Variables with an address that the clients of the project no longer read.
    pub(super) unread: Vec<String>,
}

impl Destination {
    pub(super) fn of(chain: &Chain, shell: &Shell, catalogue: &Catalogue) -> Self {
        let mut found =
            Self { party: Party::Own, host: None, name: None, location: None, in_shell: None, unread: Vec::new() };
        let Some(provider) = &chain.provider else { return found };
        for name in addresses(provider) {
            let Some((value, location)) = value_of(name, chain, shell) else { continue };
            if is_retired(provider, chain, name) {
                if !found.unread.iter().any(|known| known == name) {
                    found.unread.push(name.to_owned());
                }
                continue;
            }
            if found.name.is_none() {
                found.in_shell = location.is_none().then(|| value.clone());
                (found.host, found.name, found.location) = (host_of(&value), Some(name.to_owned()), location);
            }
        }
        let is_sent = !chain.clients.is_empty() && chain.clients.iter().all(|client| client.is_sent);
        if found.name.is_none() && is_sent {
            let told = chain.clients.iter().find(|client| client.host.is_some()).unwrap_or(&chain.clients[0]);
            (found.host, found.location) = (told.host.clone(), Some(told.location.clone()));
            found.party = found.host.as_deref().map_or(Party::Unknown, |host| party(host, provider, catalogue));
        } else if let Some(host) = &found.host {
            found.party = party(host, provider, catalogue);
        }
        found
    }

    /// Whose key has to be sent there; none when nobody can tell.
    pub(super) fn expected<'p>(&'p self, own: Option<&'p Provider>) -> Option<&'p Provider> {
        match &self.party {
            Party::Own => own,
            Party::Other(provider) => Some(provider),
            Party::Local | Party::Unknown => None,
        }
    }

    /// "`OPENAI_BASE_URL` (.env:2)" or "the client in `app.py:3`".
    pub(super) fn source(&self) -> String {
        let place = self.location.as_ref().map(super::case::spot);
        match (&self.name, place) {
            (Some(name), Some(place)) => format!("{name} ({place})"),
            (Some(name), None) => format!("{name} in this shell"),
            (None, Some(place)) => format!("the client at {place}"),
            (None, None) => "the client".to_owned(),
        }
    }
}

fn party(host: &str, own: &Arc<Provider>, catalogue: &Catalogue) -> Party {
    if LOCAL.contains(&host) {
        return Party::Local;
    }
    match catalogue.at_host(host) {
        Some(found) if found.id == own.id => Party::Own,
        Some(found) => catalogue
            .providers()
            .iter()
            .find(|provider| provider.id == found.id)
            .map_or(Party::Unknown, |provider| Party::Other(Arc::clone(provider))),
        None => Party::Unknown,
    }
}

/// What the setting `name` holds and where, this shell before files.
fn value_of(name: &str, chain: &Chain, shell: &Shell) -> Option<(String, Option<Location>)> {
    if let Some(set) = shell.setting(name) {
        return Some((set.text(), None));
    }
    let is_it = |given: &&crate::lint::chain::Given| {
        given.name == name && matches!(given.source, Source::EnvFile | Source::Elsewhere) && !given.is_elsewhere
    };
    let given = chain.settings.iter().find(is_it)?;
    let text = String::from_utf8_lossy(given.value.as_ref()?.expose()).trim().to_owned();
    (!text.is_empty()).then(|| (text, Some(given.location.clone())))
}

/// Whether `name` is one that the clients which the code builds no longer read.
fn is_retired(provider: &Provider, chain: &Chain, name: &str) -> bool {
    let builds = |classes: &[String]| {
        chain.asked.iter().filter_map(|asked| asked.client.as_ref()).any(|client| classes.contains(client))
    };
    provider.sdks.iter().any(|sdk| sdk.retired.iter().any(|retired| retired == name) && builds(&sdk.clients))
}
