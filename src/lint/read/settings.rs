//! Settings of frameworks, editors and build tools that name variables, give them values or say which `.env` to load.

use super::{
    Source, command,
    scribe::{Given, Scribe, sounds_secret},
    text::{Mapping, Snippet, is_dotenv, is_variable, lines, plain, trimmed},
    tree::{self, Node, Scalar},
    variables::{self, Names},
};
use crate::{
    lint::{
        FileFacts,
        facts::{EndpointRole, Fallback, Giver, Search, Via},
    },
    model::Span,
};

/// Reads a file of settings.
pub(super) fn read(source: &Source<'_>, facts: &mut FileFacts) {
    let text = plain(source.text);
    let name = source.path.rsplit('/').next().unwrap_or(source.path).to_ascii_lowercase();
    let mut scribe = Scribe::new(source, Giver::Settings, facts);
    let parsed = match name.rsplit('.').next() {
        Some("properties") => return properties(&text, &mut scribe),
        Some("yml" | "yaml") => tree::yaml(&text),
        Some("toml") => tree::toml(&text),
        _ => tree::json(&text),
    };
    scribe.trouble(parsed.trouble);
    for document in &parsed.documents {
        match &*name {
            "turbo.json" => turbo(document, &mut scribe),
            "launch.json" => launch(document, &mut scribe),
            "launchsettings.json" => launch_settings(document, &mut scribe),
            "mise.toml" | ".mise.toml" => mise(document, &mut scribe),
            "local.settings.json" => {
                if let Some(values) = document.get("Values") {
                    variables::read(values, Names::Any, None, &mut scribe);
                }
            }
            "devcontainer.json" => devcontainer(document, &mut scribe),
            name if name.starts_with("appsettings") => app_settings(document, &mut Vec::new(), &mut scribe),
            _ => spring(document, &mut Vec::new(), &mut scribe),
        }
    }
}

/// `application.yml`: properties that take variables, and the files that are imported.
fn spring<'n>(node: &'n Node, path: &mut Vec<&'n str>, scribe: &mut Scribe<'_>) {
    match node {
        Node::Scalar(scalar) => property(&path.join("."), scalar.snippet(), scribe),
        Node::List(items, _) => items.iter().for_each(|item| spring(item, path, scribe)),
        Node::Map(entries, _) => {
            for entry in entries {
                path.push(&entry.key.text);
                spring(&entry.value, path, scribe);
                path.pop();
            }
        }
    }
}

/// `application.properties`.
fn properties(text: &str, scribe: &mut Scribe<'_>) {
    for (line, at) in lines(text) {
        let (line, at) = trimmed(line, at);
        let Some(split) = line.find(['=', ':']).filter(|_| !line.starts_with(['#', '!'])) else { continue };
        let (value, place) = trimmed(&line[split + 1..], Span::new(at.start + split + 1, at.end));
        let mapping = Mapping::straight(place);
        property(line[..split].trim_end(), Snippet { text: value, mapping: &mapping }, scribe);
    }
}

/// A property of Spring and its value.
fn property(key: &str, value: Snippet<'_>, scribe: &mut Scribe<'_>) {
    let before = scribe.facts.reads.len();
    placeholders(value, scribe);
    let provider = provider_of(key, scribe)
        .filter(|_| sounds_secret(&key.rsplit(['.', '-']).next().unwrap_or(key).to_uppercase()));
    for read in &mut scribe.facts.reads[before..] {
        read.via = Via::Settings;
        read.feeds.clone_from(&provider);
    }
    if key == "spring.config.import" {
        let files =
            value.text.split(',').filter_map(|part| part.trim().trim_start_matches("optional:").strip_prefix("file:"));
        let files: Vec<String> = files
            .map(|file| file.split('[').next().unwrap_or(file).to_owned())
            .filter(|file| is_dotenv(file))
            .collect();
        if !files.is_empty() {
            let load = scribe.load(value.mapping.whole(), "spring", files);
            (load.fills, load.search) = (false, Search::Current);
        }
    }
    let last = key.rsplit('.').next().unwrap_or(key);
    if last.contains("base-url") || last.contains("endpoint") {
        scribe.endpoint(value, EndpointRole::Base);
    }
}

/// `${X}` and `${X:default}`; names of other properties are no variables.
fn placeholders(value: Snippet<'_>, scribe: &mut Scribe<'_>) {
    let text = value.text;
    for (open, _) in text.match_indices("${") {
        let window = &text[open..text.floor_char_boundary(text.len().min(open + 400))];
        let Some(close) = window.find('}') else { continue };
        let body = &window[2..close];
        let (name, default) = body.split_once(':').map_or((body, None), |(name, default)| (name, Some(default)));
        if !is_variable(name) {
            continue;
        }
        let place = |from: usize, length: usize| value.mapping.span(from..from + length);
        let fallback = match default {
            None => Fallback::Fails,
            Some("") => Fallback::Nothing,
            Some(default) => Fallback::Literal(place(open + close - default.len(), default.len())),
        };
        scribe.interpolated(name, place(open + 2, name.len()), place(open, close + 1), fallback);
    }
}

/// The provider that a segment of `key` names: `spring.ai.openai.api-key`.
fn provider_of(key: &str, scribe: &Scribe<'_>) -> Option<String> {
    key.split(['.', ':', '_'])
        .find_map(|part| scribe.catalogue.provider(&part.to_ascii_lowercase()))
        .map(|provider| provider.id.clone())
}

/// `appsettings.json`: keys that hold credentials or addresses, named as code asks for them: `OpenAI:ApiKey`.
fn app_settings<'n>(node: &'n Node, path: &mut Vec<&'n Scalar>, scribe: &mut Scribe<'_>) {
    if let (Node::Scalar(value), Some(key)) = (node, path.last()) {
        let lower = key.text.to_ascii_lowercase();
        if ["key", "token", "secret", "password", "endpoint", "url"].iter().any(|end| lower.ends_with(end)) {
            let name = path.iter().map(|part| &*part.text).collect::<Vec<_>>().join(":");
            let whole = Span::new(key.outer.start, value.outer.end.max(key.outer.end));
            scribe.define(Given { name: &name, at: key.at(), whole, value: Some(value.snippet()) }, None);
        }
    }
    for entry in node.entries() {
        path.push(&entry.key);
        app_settings(&entry.value, path, scribe);
        path.pop();
    }
}

/// `turbo.json`: tasks get only the variables that are named.
fn turbo(document: &Node, scribe: &mut Scribe<'_>) {
    let lists = ["globalEnv", "globalPassThroughEnv"].iter().filter_map(|key| document.get(key));
    let tasks = ["tasks", "pipeline"].iter().filter_map(|key| document.get(key)).flat_map(Node::entries);
    let of_tasks = tasks.flat_map(|task| ["env", "passThroughEnv"].into_iter().filter_map(|key| task.value.get(key)));
    for list in lists.chain(of_tasks) {
        variables::read(list, Names::Any, None, scribe);
    }
}

/// `launch.json` of VS Code.
fn launch(document: &Node, scribe: &mut Scribe<'_>) {
    for item in document.get("configurations").map(Node::items).unwrap_or_default() {
        let section = item.get("name").and_then(Node::text);
        if let Some(file) = item.get("envFile").and_then(Node::scalar) {
            let path = file.text.replace("${workspaceFolder}/", "");
            scribe.load(file.at(), "VS Code", vec![path]).command =
                item.get("program").and_then(Node::text).map(str::to_owned);
        }
        if let Some(block) = item.get("env") {
            variables::read(block, Names::Any, section, scribe);
        }
    }
}

/// `launchSettings.json` of .NET.
fn launch_settings(document: &Node, scribe: &mut Scribe<'_>) {
    for profile in document.get("profiles").map(Node::entries).unwrap_or_default() {
        if let Some(block) = profile.value.get("environmentVariables") {
            variables::read(block, Names::Any, Some(&profile.key.text), scribe);
        }
    }
}

/// `devcontainer.json`.
fn devcontainer(document: &Node, scribe: &mut Scribe<'_>) {
    for key in ["containerEnv", "remoteEnv"] {
        if let Some(block) = document.get(key) {
            variables::read(block, Names::Any, None, scribe);
        }
    }
    let arguments = document.get("runArgs").map(Node::items).unwrap_or_default();
    if let Some(at) = arguments.iter().position(|word| word.text() == Some("--env-file"))
        && let Some(file) = arguments.get(at + 1).and_then(Node::scalar)
    {
        scribe.load(file.at(), "devcontainer", vec![file.text.clone()]);
    }
}

/// `mise.toml`.
fn mise(document: &Node, scribe: &mut Scribe<'_>) {
    if let Some(block) = document.get("env") {
        variables::read(block, Names::Any, None, scribe);
        let file = block.find(&["_", "file"]).or_else(|| block.get("mise")?.get("file"));
        if let Some(file) = file {
            let files =
                file.one_or_more().iter().filter_map(|item| item.get("path").unwrap_or(item).text()).map(str::to_owned);
            scribe.load(file.at(), "mise", files.collect());
        }
    }
    for task in document.get("tasks").map(Node::entries).unwrap_or_default() {
        for line in task.value.get("run").into_iter().flat_map(Node::scalars) {
            scribe.run(&task.key.text, line.snippet());
            command::read(line.snippet(), Some(&task.key.text), scribe);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::read::telling::assert_told;

    #[test]
    fn spring_takes_variables_with_their_defaults() {
        let yaml = "spring:\n  config:\n    import: optional:file:.env[.properties]\n  ai:\n    openai:\n      api-key: ${OPENAI_API_KEY}\n      base-url: https://api.openai.com\n  other: ${spring.x} ${B:none}\n";
        let expected = &[
            "read OPENAI_API_KEY in `${OPENAI_API_KEY}` Settings Top or fails for openai",
            "read B in `${B:none}` Settings Top or `none`",
            "load `optional:file:.env[.properties]` spring Current Top [\".env\"]",
            "endpoint openai Base `https://api.openai.com`",
        ];
        assert_told("src/main/resources/application.yml", &[(yaml, expected)]);
        assert_told(
            "application-dev.properties",
            &[(
                "# a=${X}\nspring.ai.openai.api-key = ${OPENAI_API_KEY:}\n",
                &["read OPENAI_API_KEY in `${OPENAI_API_KEY:}` Settings Top for openai"],
            )],
        );
    }

    #[test]
    fn editors_and_build_tools_are_read() {
        assert_told(
            ".vscode/launch.json",
            &[(
                "{ // note\n\"configurations\": [{\"name\": \"run\", \"envFile\": \"${workspaceFolder}/.env\", \"env\": {\"A\": \"1\"}},]}",
                &[
                    "define A at `A` in `\"A\": \"1\"` = `1`",
                    "load `${workspaceFolder}/.env` VS Code Path Top fills [\".env\"]",
                ],
            )],
        );
        assert_told(
            "turbo.json",
            &[(
                "{\"globalEnv\": [\"A\"], \"tasks\": {\"build\": {\"env\": [\"B\", \"C_*\"]}}}",
                &["define A at `A` in `\"A\"` from A", "define B at `B` in `\"B\"` from B"],
            )],
        );
        assert_told(
            "mise.toml",
            &[(
                "[env]\nA = '1'\n_.file = '.env'\n[tasks.dev]\nrun = 'B=2 x'\n",
                &[
                    "define A at `A` in `A = '1'` = `1`",
                    "define B at `B` in `B=2` = `2`",
                    "load `.env` mise Path Top fills [\".env\"]",
                ],
            )],
        );
        assert_told(
            "appsettings.json",
            &[(
                "{\"OpenAI\": {\"ApiKey\": \"x\", \"Model\": \"y\"}}",
                &["define OpenAI:ApiKey at `ApiKey` in `\"ApiKey\": \"x\"` = `x`"],
            )],
        );
        assert_told(
            "local.settings.json",
            &[("{\"Values\": {\"A\": \"x\"}}", &["define A at `A` in `\"A\": \"x\"` = `x`"])],
        );
        assert_told(
            "Properties/launchSettings.json",
            &[(
                "{\"profiles\": {\"x\": {\"environmentVariables\": {\"A\": \"x\"}}}}",
                &["define A at `A` in `\"A\": \"x\"` = `x`"],
            )],
        );
        assert_told(
            ".devcontainer/devcontainer.json",
            &[(
                "{\"remoteEnv\": {\"A\": \"${localEnv:A}\"}, \"runArgs\": [\"--env-file\", \".env\"]}",
                &[
                    "define A at `A` in `\"A\": \"${localEnv:A}\"` from A",
                    "load `.env` devcontainer Path Top fills [\".env\"]",
                ],
            )],
        );
    }
}
