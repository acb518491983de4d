//! The same key in files of several environments.
//!
//! A key that development and production share cannot be replaced for one alone, its use cannot be told apart, and whoever has a laptop of a
//! developer has production. So values are compared across files whose names or folders, or the sections in them, say which environment they are
//! for. `.env` and `.env.local` say nothing of it: between them and a file for production it is a note. Development and tests may share.
//!
//! Only what detection found, or what a provider's variable holds and was drawn, is compared; switches, addresses and placeholders are not.
//!
//! Limits: keys that a secret store or a dashboard holds are not seen.

use std::collections::BTreeMap;

use super::Context;
use crate::{
    lint::{
        FileFacts,
        dotenv::{
            file_name::{Environment, is_made_up, is_template},
            shape::is_drawn,
        },
        env_file::environment_of,
        facts::{Definition, Giver},
        problem::{Problem, Spot},
        secrecy::owner,
    },
    model::Severity,
};

const ID: &str = "key-shared-across-environments";

/// One place of a key.
struct Use<'g> {
    file: &'g FileFacts,
    definition: &'g Definition,
    /// `None` for a file that is for none in particular.
    environment: Option<Environment>,
}

/// One problem for each key.
pub(super) fn run<'g>(context: &Context<'g>) -> Vec<Problem<'g>> {
    let mut by_key: BTreeMap<&[u8], Vec<Use<'g>>> = BTreeMap::new();
    for file in context.graph.files().iter().filter(|file| !is_template(&file.path) && !is_made_up(&file.path)) {
        for definition in &file.definitions {
            let Some(key) = key_of(context, file, definition) else { continue };
            by_key.entry(key).or_default().extend(use_of(file, definition));
        }
    }
    by_key.into_values().filter_map(|uses| judge(context, &uses)).collect()
}

/// The value of `definition`, if it is a credential.
fn key_of<'g>(context: &Context<'g>, file: &'g FileFacts, definition: &'g Definition) -> Option<&'g [u8]> {
    let value = definition.value.as_ref()?;
    if let Some(known) = file.known_at(value.at) {
        return Some(known.secret.expose());
    }
    let is_credential = owner(context.options.catalogue, &definition.name).is_some();
    let text = value.text.expose().trim_ascii();
    (is_credential && is_drawn(text)).then_some(text)
}

/// What `definition` is for; nothing where keys do not belong to an environment, such as a workflow without a section.
fn use_of<'g>(file: &'g FileFacts, definition: &'g Definition) -> Option<Use<'g>> {
    let environment = environment_of(file, definition);
    let counts = match definition.giver {
        Giver::Dotenv => true,
        Giver::Example | Giver::Program | Giver::BuildArgument => false,
        _ => environment.is_some(),
    };
    counts.then_some(Use { file, definition, environment })
}

fn judge<'g>(context: &Context<'g>, uses: &[Use<'g>]) -> Option<Problem<'g>> {
    let of = |wanted: Option<Environment>| uses.iter().find(|it| it.environment == wanted);
    let production = of(Some(Environment::Production));
    let staging = of(Some(Environment::Staging));
    let development = of(Some(Environment::Development)).or_else(|| of(Some(Environment::Test)));
    let general = of(None);
    let (first, second, severity) = match (production, staging, development, general) {
        (Some(production), _, Some(development), _) => (production, development, Severity::Warning),
        (Some(production), Some(staging), None, _) => (production, staging, Severity::Warning),
        (None, Some(staging), Some(development), _) => (staging, development, Severity::Note),
        (Some(production), None, None, Some(general)) => (production, general, Severity::Note),
        _ => return None,
    };
    let name = first.definition.name.as_str();
    let mut problem = Problem::new(ID, Spot::new(first.file, first.definition.whole), name);
    let known = first.file.known_at(first.definition.whole);
    let owner = owner(context.options.catalogue, name);
    problem.provider = owner.map(|owner| owner.id.clone()).or_else(|| known?.provider.clone());
    problem.severity = severity;
    problem.message = format!("`{name}` in {} holds the same key as {}", first.file.path, second.file.path);
    problem.help = match owner.and_then(|owner| owner.revoke.as_deref()) {
        Some(page) => format!("Create one key for each environment at {page}."),
        None => "Create one key for each environment.".to_owned(),
    };
    let others = uses
        .iter()
        .filter(|other| other.definition.whole != first.definition.whole || other.file.path != first.file.path);
    problem
        .related
        .extend(others.map(|other| (Spot::new(other.file, other.definition.whole), "the same key".to_owned())));
    Some(problem)
}
