//! Compose files. The `.env` beside one only fills in the `${X}` of the file itself; containers get what `environment:` and `env_file:` say.

use super::{
    Source, command,
    scribe::{Notation, Scribe},
    text::plain,
    tree::{self, Node},
    variables::{self, Names},
};
use crate::lint::{
    FileFacts,
    facts::{Build, Giver, Search, Via},
};

/// Reads a compose file.
pub(super) fn read(source: &Source<'_>, facts: &mut FileFacts) {
    let text = plain(source.text);
    let parsed = tree::yaml(&text);
    let mut scribe = Scribe::new(source, Giver::Compose, facts);
    scribe.trouble(parsed.trouble);
    for document in &parsed.documents {
        for entry in document.get("services").map(Node::entries).unwrap_or_default() {
            service(&entry.value, &entry.key.text, &mut scribe);
        }
        document.each_scalar(&mut |scalar| scribe.references(scalar.snippet(), Notation::Shell));
    }
    interpolation(&mut scribe);
}

fn service(node: &Node, name: &str, scribe: &mut Scribe<'_>) {
    if let Some(block) = node.get("environment") {
        variables::read(block, Names::Any, Some(name), scribe);
    }
    env_files(node, scribe);
    for key in ["command", "entrypoint"] {
        match node.get(key) {
            Some(Node::Scalar(line)) if !line.is_null() => {
                scribe.run(name, line.snippet());
                command::read(line.snippet(), Some(name), scribe);
            }
            Some(list @ Node::List(..)) => words(list, name, scribe),
            _ => {}
        }
    }
    if let Some(build) = node.get("build") {
        image(build, name, scribe);
    }
}

/// A command that is a list of words.
pub(super) fn words(list: &Node, name: &str, scribe: &mut Scribe<'_>) {
    let line: Vec<&str> = list.scalars().map(|word| &*word.text).collect();
    scribe.facts.runs.push(crate::lint::facts::Run { name: name.to_owned(), command: line.join(" "), at: list.at() });
    command::read_words(list.scalars().map(tree::Scalar::snippet), Some(name), scribe);
}

/// `env_file: .env`, a list of them, or of `{path, required}`.
fn env_files(node: &Node, scribe: &mut Scribe<'_>) {
    let Some(block) = node.get("env_file") else { return };
    let paths = block.one_or_more().iter().filter_map(|item| item.get("path").unwrap_or(item).text());
    let files: Vec<String> = paths.map(str::to_owned).collect();
    let computed = files.iter().any(|file| file.contains('$'));
    let load = scribe.load(block.at(), "docker compose", files);
    (load.search, load.computed) = (Search::Path, computed);
}

fn image(build: &Node, service: &str, scribe: &mut Scribe<'_>) {
    let context = build.get("context").unwrap_or(build).text().unwrap_or(".");
    let dockerfile = build.get("dockerfile").and_then(Node::text).map(str::to_owned);
    scribe.facts.builds.push(Build {
        context: context.to_owned(),
        dockerfile,
        at: build.at(),
        section: Some(service.to_owned()),
    });
    let giver = std::mem::replace(&mut scribe.giver, Giver::BuildArgument);
    if let Some(arguments) = build.get("args") {
        variables::read(arguments, Names::Any, Some(service), scribe);
    }
    scribe.giver = giver;
}

/// What is interpolated, and what is passed through, is taken from the shell or from the `.env` beside the file.
fn interpolation(scribe: &mut Scribe<'_>) {
    let passed = scribe.facts.definitions.iter().find(|it| it.from.as_ref() == Some(&it.name)).map(|it| it.at);
    let used = scribe.facts.reads.iter().find(|read| read.via == Via::Interpolated).map(|read| read.whole);
    let Some(at) = used.or(passed) else { return };
    let load = scribe.load(at, "docker compose", Vec::new());
    (load.fills, load.search) = (false, Search::Project);
}

#[cfg(test)]
mod tests {
    use crate::lint::read::telling::{assert_told, facts_of};

    #[test]
    fn services_get_variables_in_all_notations() {
        assert_told(
            "docker-compose.yml",
            &[
                (
                    "services:\n  web:\n    environment:\n      A: ${B:-none}\n      C: plain\n      D:\n",
                    &[
                        "read B in `${B:-none}` Interpolated Top or `none`",
                        "define A at `A` in `A: ${B:-none}` = `none` from B",
                        "define C at `C` in `C: plain` = `plain`",
                        "define D at `D` in `D` from D",
                        "load `${B:-none}` docker compose Project Top",
                    ],
                ),
                (
                    "services:\n  web:\n    environment:\n      - A=\"x\"\n      - B\n      - C=${C}\n",
                    &[
                        "read C in `${C}` Interpolated Top",
                        "define A at `A` in `A=\"x\"` = `\"x\"`",
                        "define B at `B` in `B` from B",
                        "define C at `C` in `C=${C}` from C",
                        "load `${C}` docker compose Project Top",
                    ],
                ),
                ("services: {web: {env_file: .env}}", &["load `.env` docker compose Path Top fills [\".env\"]"]),
                (
                    "services:\n  web:\n    env_file:\n      - a.env\n      - path: b.env\n        required: false\n",
                    &[
                        "load `- a.env\n      - path: b.env\n        required: false` docker compose Path Top fills [\"a.env\", \"b.env\"]",
                    ],
                ),
                (
                    "x-env: &env\n  A: 1\nservices:\n  web:\n    environment:\n      <<: *env\n      B: 2\n",
                    &["define A at `A` in `A: 1` = `1`", "define B at `B` in `B: 2` = `2`"],
                ),
            ],
        );
    }

    #[test]
    fn builds_and_commands_are_told() {
        let text = "services:\n  web:\n    build:\n      context: ./api\n      dockerfile: Dev\n      args: [A=1]\n    command: uv run --env-file .env x\n  job:\n    build: .\n    entrypoint: [node, x.js]\n";
        let facts = facts_of("compose.yaml", text.as_bytes());
        let builds: Vec<(&str, Option<&str>)> =
            facts.builds.iter().map(|build| (&*build.context, build.dockerfile.as_deref())).collect();
        assert_eq!(builds, [("./api", Some("Dev")), (".", None)]);
        assert_eq!(facts.builds[1].section.as_deref(), Some("job"));
        let runs: Vec<(&str, &str)> = facts.runs.iter().map(|run| (&*run.name, &*run.command)).collect();
        assert_eq!(runs, [("web", "uv run --env-file .env x"), ("job", "node x.js")]);
        assert_eq!(facts.loads[0].loader, "uv run --env-file");
        assert_eq!(facts.definitions[0].giver, crate::lint::facts::Giver::BuildArgument);
    }
}
