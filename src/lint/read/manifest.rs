//! Manifests of platforms: Kubernetes and Helm, Render, Fly, App Engine, serverless, Vercel, Netlify, Workers, Heroku.
//!
//! Blocks of variables have a dozen names and one shape, so one walk over YAML, JSON and TOML alike reads them. Any other `.yml` is looked at
//! only when it holds one of those names.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{
    Source, code, command, compose,
    scribe::{Given, Scribe},
    text::{has_ending, is_variable, plain},
    tree::{self, Entry, Node},
    variables::{self, Names},
};
use crate::lint::{
    FileFacts, Language,
    facts::{Giver, Search},
};

/// Keys under which variables stand.
const BLOCKS: &[&str] = &[
    "env",
    "envs",
    "envVars",
    "env_variables",
    "build_env_variables",
    "environment",
    "variables",
    "vars",
    "containerEnv",
    "remoteEnv",
    "extraEnv",
    "extraEnvVars",
    "environmentVariables",
    "environment_variables",
    "Variables",
    "envVariables",
];

/// Keys under which a command stands.
const COMMANDS: &[&str] =
    &["startCommand", "buildCommand", "preDeployCommand", "entrypoint", "run_command", "build_command", "start"];

/// Without one of these, a YAML file says nothing of variables.
static SIGNS: LazyLock<Regex> = LazyLock::new(|| {
    let blocks = "[eE]nv(?:s|Vars|ironment)?:|_variables:|Variables:";
    let others = r"envFrom|stringData|ConfigMap|kind: Secret|ENV\[|ENV\.fetch";
    Regex::new(&format!("{blocks}|{others}")).expect("the pattern is well formed")
});

/// Whether the YAML in `text` may speak of variables.
pub(super) fn speaks_of_variables(text: &[u8]) -> bool {
    SIGNS.is_match(text)
}

/// Reads a manifest.
pub(super) fn read(source: &Source<'_>, facts: &mut FileFacts) {
    let name = source.path.rsplit('/').next().unwrap_or(source.path);
    let is_yaml = has_ending(name, &["yml", "yaml"]);
    if is_yaml && !speaks_of_variables(source.text) {
        return;
    }
    let text = plain(source.text);
    if text.contains("<%=") {
        code::read_embedded(source, &text, Language::Ruby, facts);
        return;
    }
    let parsed = if is_yaml {
        tree::yaml(&text)
    } else if has_ending(name, &["toml"]) {
        tree::toml(&text)
    } else {
        tree::json(&text)
    };
    let mut scribe = Scribe::new(source, Giver::Manifest, facts);
    // Most YAML is no manifest, and templates of all kinds are called `.yml`.
    scribe.trouble(parsed.trouble.filter(|_| !is_yaml));
    for document in &parsed.documents {
        if name == "app.json" && document.get("expo").is_some() {
            continue;
        }
        store(document, &mut scribe);
        below(document, None, &mut scribe);
    }
}

/// A Kubernetes object that holds values, or says where they come from.
fn store(document: &Node, scribe: &mut Scribe<'_>) {
    let kind = document.get("kind").and_then(Node::text).unwrap_or_default();
    let section = document.find(&["metadata", "name"]).and_then(Node::text);
    match kind {
        "ConfigMap" | "Secret" => {
            for key in ["stringData", "data"] {
                let Some(block) = document.get(key) else { continue };
                if kind == "Secret" && key == "data" {
                    encoded(block, section, scribe);
                } else {
                    variables::read(block, Names::Capital, section, scribe);
                }
            }
        }
        "ExternalSecret" => {
            for item in document.find(&["spec", "data"]).map(Node::items).unwrap_or_default() {
                let named = item.get("secretKey").and_then(Node::scalar).filter(|name| is_variable(&name.text));
                if let Some(name) = named {
                    let given = Given { name: &name.text, at: name.at(), whole: item.at(), value: None };
                    scribe.define(given, section);
                }
            }
        }
        "SealedSecret" => {
            if let Some(block) = document.find(&["spec", "encryptedData"]) {
                encoded(block, section, scribe);
            }
        }
        _ => {}
    }
}

/// Values that cannot be read as they stand.
fn encoded(block: &Node, section: Option<&str>, scribe: &mut Scribe<'_>) {
    for entry in block.entries().iter().filter(|entry| is_variable(&entry.key.text)) {
        let given = Given { name: &entry.key.text, at: entry.key.at(), whole: entry.whole(), value: None };
        scribe.define(given, section);
    }
}

fn below(node: &Node, section: Option<&str>, scribe: &mut Scribe<'_>) {
    match node {
        Node::Scalar(_) => {}
        Node::List(items, _) => items.iter().for_each(|item| below(item, section, scribe)),
        Node::Map(entries, _) => {
            let section = ["name", "service"].iter().find_map(|key| node.get(key)?.text()).or(section);
            let is_container = node.get("image").is_some();
            for entry in entries {
                of_entry(entry, is_container, section, scribe);
            }
        }
    }
}

fn of_entry(entry: &Entry, is_container: bool, section: Option<&str>, scribe: &mut Scribe<'_>) {
    let value = &entry.value;
    match &*entry.key.text {
        block if BLOCKS.contains(&block) => variables::read(value, Names::Capital, section, scribe),
        "envFrom" => {
            // Which variables a store holds is not known here.
            let load = scribe.load(entry.key.at(), "envFrom", Vec::new());
            (load.computed, load.search) = (true, Search::Path);
        }
        "useDotenv" if value.text() == Some("true") => {
            scribe.load(entry.whole(), "serverless", Vec::new());
        }
        "command" | "args" if is_container && !value.items().is_empty() => {
            compose::words(value, section.unwrap_or_default(), scribe);
        }
        key @ ("processes" | "run") => {
            for process in value.entries() {
                run(&process.value, &process.key.text, scribe);
            }
            if key == "run" && value.entries().is_empty() {
                run(value, "run", scribe);
            }
        }
        key if COMMANDS.contains(&key) => run(value, key, scribe),
        _ => {}
    }
    let section = entry.value.get("env").map(|_| &*entry.key.text).or(section);
    below(value, section, scribe);
}

fn run(node: &Node, name: &str, scribe: &mut Scribe<'_>) {
    if let Some(line) = node.scalar().filter(|line| !line.is_null()) {
        scribe.run(name, line.snippet());
        command::read(line.snippet(), None, scribe);
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::read::telling::{assert_told, facts_of};

    #[test]
    fn kubernetes_says_what_it_gives_and_what_it_does_not_know() {
        let pod = "kind: Deployment\nspec:\n  containers:\n    - name: web\n      image: x\n      env:\n        - name: A\n          value: one\n        - name: B\n          valueFrom:\n            secretKeyRef: {name: keys, key: b-key}\n      envFrom:\n        - secretRef: {name: all}\n      command: [sh, -c, \"export C=1\"]\n";
        assert_told(
            "deploy.yaml",
            &[
                (
                    pod,
                    &[
                        "define A at `A` in `name: A\n          value: one` = `one`",
                        "define B at `B` in `name: B\n          valueFrom:\n            secretKeyRef: {name: keys, key: b-key}` from b-key",
                        "define C at `C` in `C=1` = `1`",
                        "load `envFrom` envFrom Path Top fills computed",
                    ],
                ),
                (
                    "kind: Secret\nstringData:\n  A: one\ndata:\n  B: b25l\n",
                    &["define A at `A` in `A: one` = `one`", "define B at `B` in `B: b25l`"],
                ),
                ("kind: ConfigMap\ndata:\n  A: one\n  app.conf: x\n", &["define A at `A` in `A: one` = `one`"]),
                ("title: no manifest\nA: b\n", &[]),
                (
                    "env:\n  KEY: {{ .Values.key | quote }}\n{{- if .x }}\n  B: two\n{{- end }}\n",
                    &["define KEY at `KEY` in `KEY: {{ .Values.key | quote }}`", "define B at `B` in `B: two` = `two`"],
                ),
            ],
        );
    }

    #[test]
    fn platforms_are_read_in_their_own_notation() {
        assert_told(
            "render.yaml",
            &[(
                "services:\n  - name: web\n    startCommand: A=1 node x\n    envVars:\n      - key: B\n        sync: false\n      - key: C\n        value: d\n",
                &[
                    "define A at `A` in `A=1` = `1`",
                    "define B at `B` in `key: B\n        sync: false`",
                    "define C at `C` in `key: C\n        value: d` = `d`",
                ],
            )],
        );
        assert_told(
            "fly.toml",
            &[(
                "[env]\nA = 'one'\n[processes]\nweb = 'node --env-file=.env x'\n",
                &[
                    "define A at `A` in `A = 'one'` = `one`",
                    "load `node --env-file=.env` node --env-file Path Top fills [\".env\"]",
                ],
            )],
        );
        assert_told(
            "wrangler.toml",
            &[(
                "[vars]\nA = \"x\"\n[env.production.vars]\nB = \"y\"\n",
                &["define A at `A` in `A = \"x\"` = `x`", "define B at `B` in `B = \"y\"` = `y`"],
            )],
        );
        assert_told(
            "vercel.json",
            &[(
                "{\"env\": {\"A\": \"@secret\"}, \"build\": {\"env\": {\"B\": \"x\"}}}",
                &["define A at `A` in `\"A\": \"@secret\"`", "define B at `B` in `\"B\": \"x\"` = `x`"],
            )],
        );
        assert_told(
            "app.json",
            &[
                ("{\"env\": {\"A\": {\"required\": true}}}", &["define A at `A` in `\"A\": {\"required\": true}`"]),
                ("{\"expo\": {\"env\": {\"A\": \"x\"}}}", &[]),
            ],
        );
        assert_told(
            "serverless.yml",
            &[(
                "useDotenv: true\nprovider:\n  environment:\n    A: ${env:B}\n    C: ${ssm:/c}\n",
                &[
                    "define A at `A` in `A: ${env:B}` from B",
                    "define C at `C` in `C: ${ssm:/c}`",
                    "load `useDotenv: true` serverless Project Top fills",
                ],
            )],
        );
        assert_told(
            "netlify.toml",
            &[(
                "[build.environment]\nA = '1'\n[context.production]\nenvironment = { B = '2' }\n",
                &["define A at `A` in `A = '1'` = `1`", "define B at `B` in `B = '2'` = `2`"],
            )],
        );
    }

    #[test]
    fn templates_of_rails_are_read_as_ruby() {
        let text = "production:\n  key: <%= ENV.fetch(\"OPENAI_API_KEY\") %>\n  it's: <%= ENV['B'] || 'c' %>\n";
        assert_told(
            "config/x.yml",
            &[(
                text,
                &[
                    "read OPENAI_API_KEY in `ENV.fetch(\"OPENAI_API_KEY\")` Process Top or fails",
                    "read B in `ENV['B']` Process Top or `c`",
                ],
            )],
        );
    }

    #[test]
    fn a_broken_manifest_is_no_trouble_unless_it_must_be_one() {
        assert_eq!(facts_of("x.yaml", b"env: [\n}").trouble, None);
        assert!(facts_of("vercel.json", b"{").trouble.is_some());
    }
}
