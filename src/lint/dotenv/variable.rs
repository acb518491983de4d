//! What a variable of a `.env` file is to its project: whether code asks for it, and what else gives it.

use super::{file_name::is_template, loader::name_of, placeholder::placeholder};
use crate::{
    lint::{
        FileFacts, Graph,
        facts::{Definition, Giver, KeyArgument, Read, Via},
        graph::is_within,
    },
    rules::Provider,
};

/// Files of the same project as the file at position `file`, and of those inside it.
pub(in crate::lint) fn neighbours(graph: &Graph, file: usize) -> impl Iterator<Item = &FileFacts> {
    let root = graph.project_of(file).root.as_str();
    graph.files().iter().filter(move |other| is_within(&other.path, root))
}

/// Where code of the project asks for the variable `name`.
pub(in crate::lint) fn read_of<'g>(graph: &'g Graph, file: usize, name: &str) -> Option<(&'g FileFacts, &'g Read)> {
    let mut reads = neighbours(graph, file).flat_map(|file| file.reads.iter().map(move |read| (file, read)));
    reads.find(|(_, read)| read.name == name && read.via != Via::Mentioned)
}

/// Whether code of the project asks for `name`, or builds a client of `provider` that does so by itself.
pub(in crate::lint) fn is_used(graph: &Graph, file: usize, name: &str, provider: Option<&Provider>) -> bool {
    let asks = |client: &crate::lint::facts::Client| match &client.key {
        KeyArgument::Default => provider.is_some_and(|provider| {
            client.provider == provider.id && provider.env.first().is_some_and(|first| first == name)
        }),
        KeyArgument::Variable(variable) => variable == name,
        KeyArgument::Literal(_) | KeyArgument::Expression(_) => false,
    };
    read_of(graph, file, name).is_some() || neighbours(graph, file).any(|file| file.clients.iter().any(asks))
}

/// Whether something else of the project gives `name` a value of its own: another `.env` file, or what deploys it.
pub(in crate::lint) fn is_given_elsewhere(graph: &Graph, file: usize, name: &str) -> bool {
    let own = graph.files()[file].path.as_str();
    let gives = |definition: &Definition| {
        let has_value = definition.value.as_ref().is_some_and(|value| is_real(name, value.text.expose()));
        let from_a_store = definition.value.is_none() && definition.from.as_deref().is_some_and(|from| from != name);
        definition.name == name && definition.giver != Giver::Example && (has_value || from_a_store)
    };
    let mut others = neighbours(graph, file).filter(|other| other.path != own && !is_template(&other.path));
    others.any(|other| other.definitions.iter().any(gives))
}

/// Whether `value` is one that a program can use for `name`.
pub(in crate::lint) fn is_real(name: &str, value: &[u8]) -> bool {
    let value = value.trim_ascii();
    !value.is_empty() && placeholder(name, value).is_none()
}

/// Whether the file says that a provider is asked at an address of this machine, which takes any key.
pub(in crate::lint) fn asks_a_local_server(file: &FileFacts) -> bool {
    const LOCAL: [&str; 5] = ["localhost", "127.0.0.1", "0.0.0.0", "host.docker.internal", "[::1]"];
    file.definitions.iter().filter(|definition| is_address(&definition.name)).any(|definition| {
        let value = definition.value.as_ref().map(|value| String::from_utf8_lossy(value.text.expose()));
        value.is_some_and(|value| LOCAL.iter().any(|host| value.contains(host)))
    })
}

fn is_address(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let is_own =
        ["OPENAI", "LLM", "AZURE", "ANTHROPIC", "OLLAMA", "LITELLM", "API"].iter().any(|word| name.contains(word));
    is_own && ["BASE_URL", "API_BASE", "ENDPOINT", "BASE_PATH", "HOST", "API_URL"].iter().any(|end| name.ends_with(end))
}

/// `.env` in `web/.env`; what messages call the file when the folder is told by the place.
pub(in crate::lint) fn short(file: &FileFacts) -> &str {
    name_of(&file.path)
}
