//! The environment that `keyward doctor` was started in, which is the one that programs started in the same shell get.
//!
//! Only variables that have to do with the credential are looked at, and of those that stand for the network only what they are for. Values stay in
//! [`Secret`]s.

use std::env;

use crate::{
    lint::{Catalogue, Chain, chain::Kinship},
    model::Secret,
};

/// A variable of the shell.
#[derive(Debug)]
pub(super) struct Set {
    pub(super) name: String,
    pub(super) value: Secret,
}

impl Set {
    pub(super) fn is_empty(&self) -> bool {
        self.value.expose().trim_ascii().is_empty()
    }

    /// The value as text, for settings.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(self.value.expose()).trim().to_owned()
    }
}

/// What of the shell has to do with a credential.
#[derive(Debug)]
pub(super) struct Shell {
    /// Set under a name that would do, in the order of the names.
    pub(super) own: Vec<Set>,
    /// Set under a name that is near.
    pub(super) near: Vec<Set>,
    /// Settings of the provider.
    pub(super) settings: Vec<Set>,
    /// What decides over connections.
    pub(super) network: Vec<Set>,
}

/// Variables that decide how a connection is made, in capitals.
const NETWORK: [&str; 8] = [
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "CURL_CA_BUNDLE",
];

impl Shell {
    pub(super) fn of(chain: &Chain, catalogue: &Catalogue) -> Self {
        let mut shell = Self { own: Vec::new(), near: Vec::new(), settings: Vec::new(), network: Vec::new() };
        for (name, value) in env::vars_os() {
            let Ok(name) = name.into_string() else { continue };
            let list = match chain.kinship(&name, catalogue) {
                Some(Kinship::Own) => &mut shell.own,
                Some(Kinship::Near) => &mut shell.near,
                None if chain.is_setting(&name) => &mut shell.settings,
                None if NETWORK.contains(&&*name.to_ascii_uppercase()) => &mut shell.network,
                None => continue,
            };
            list.push(Set { name, value: Secret::new(&value.into_encoded_bytes(), 0) });
        }
        let place = |set: &Set| chain.names.iter().position(|name| *name == set.name);
        shell.own.sort_by_key(place);
        for list in [&mut shell.near, &mut shell.settings, &mut shell.network] {
            list.sort_by(|one, other| one.name.cmp(&other.name));
        }
        shell
    }

    /// The setting called `name`, unless it is empty.
    pub(super) fn setting(&self, name: &str) -> Option<&Set> {
        self.settings.iter().find(|set| set.name == name && !set.is_empty())
    }

    /// Whether one of the names that would do is set to something.
    pub(super) fn has_value(&self) -> bool {
        self.own.iter().any(|set| !set.is_empty())
    }

    /// `NAME=value` of everything that may belong to a key: ids of pairs, endpoints.
    pub(super) fn beside(&self) -> String {
        let line = |set: &Set| format!("{}={}\n", set.name, set.text());
        self.settings.iter().chain(&self.own).map(line).collect()
    }
}
