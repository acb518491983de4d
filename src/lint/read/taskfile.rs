//! justfiles and Taskfiles: which `.env` they load, what they export, and the commands of their recipes.

use super::{
    Source, command,
    scribe::{Given, Scribe},
    text::{Mapping, Snippet, has_ending, is_variable, lines, name_length, plain, trimmed},
    tree::{self, Node},
    variables::{self, Names},
};
use crate::{
    lint::{
        FileFacts,
        facts::{Giver, Search},
    },
    model::Span,
};

/// Reads a justfile or a Taskfile.
pub(super) fn read(source: &Source<'_>, facts: &mut FileFacts) {
    let text = plain(source.text);
    let mut scribe = Scribe::new(source, Giver::Shell, facts);
    if has_ending(source.path, &["yml", "yaml"]) {
        let parsed = tree::yaml(&text);
        scribe.trouble(parsed.trouble);
        for document in &parsed.documents {
            task(document, None, &mut scribe);
            for entry in document.get("tasks").map(Node::entries).unwrap_or_default() {
                task(&entry.value, Some(&entry.key.text), &mut scribe);
            }
        }
    } else {
        justfile(&text, &mut scribe);
    }
}

/// A task, or the top of the file.
fn task(node: &Node, name: Option<&str>, scribe: &mut Scribe<'_>) {
    if let Some(files) = node.get("dotenv") {
        let search = Search::Path;
        scribe.load(files.at(), "task", files.scalars().map(|file| file.text.clone()).collect()).search = search;
    }
    if let Some(block) = node.get("env") {
        variables::read(block, Names::Any, name, scribe);
    }
    let commands = ["cmds", "cmd"].iter().find_map(|key| node.get(key)).unwrap_or(node);
    let lines = commands.one_or_more().iter().filter_map(|line| line.get("cmd").unwrap_or(line).scalar());
    for line in lines.filter(|line| !line.is_null()) {
        scribe.run(name.unwrap_or_default(), line.snippet());
        command::read(line.snippet(), name, scribe);
    }
}

fn justfile(text: &str, scribe: &mut Scribe<'_>) {
    let mut recipe = String::new();
    let mut loads: Option<(Span, Vec<String>)> = None;
    for (line, at) in lines(text) {
        let is_body = line.starts_with([' ', '\t']);
        let (content, at) = trimmed(line, at);
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if is_body {
            body(content, at, &recipe, scribe);
        } else if let Some(setting) = content.strip_prefix("set ") {
            setting_of(setting.trim(), at, &mut loads);
        } else if let Some(rest) = content.strip_prefix("export ") {
            exported(rest, at, scribe);
        } else {
            let length = content.find([' ', ':']).unwrap_or(content.len());
            content[..length].trim_start_matches('@').clone_into(&mut recipe);
        }
    }
    if let Some((at, files)) = loads {
        let search = if files.is_empty() { Search::CurrentUp } else { Search::Path };
        scribe.load(at, "just", files).search = search;
    }
}

/// `set dotenv-load`, `set dotenv-filename := ".env.dev"`.
fn setting_of(setting: &str, at: Span, loads: &mut Option<(Span, Vec<String>)>) {
    let (name, value) = setting.split_once(":=").map_or((setting, ""), |(name, value)| (name.trim(), value.trim()));
    match name {
        "dotenv-load" | "dotenv-required" if value != "false" => {
            loads.get_or_insert((at, Vec::new()));
        }
        "dotenv-filename" | "dotenv-path" => {
            let file = value.trim_matches(['"', '\'']).to_owned();
            loads.get_or_insert((at, Vec::new())).1.push(file);
        }
        _ => {}
    }
}

/// `export X := "value"`.
fn exported(rest: &str, at: Span, scribe: &mut Scribe<'_>) {
    let begin = at.end - rest.len();
    let length = name_length(rest);
    let name = &rest[..length];
    let Some(split) = rest.find(":=").filter(|_| is_variable(name)) else { return };
    let (written, place) = trimmed(&rest[split + 2..], Span::new(begin + split + 2, at.end));
    let given = Given { name, at: Span::new(begin, begin + length), whole: at, value: None };
    let quoted = ['"', '\''].into_iter().find_map(|quote| written.strip_prefix(quote)?.strip_suffix(quote));
    if let Some(value) = quoted {
        let mapping = Mapping::straight(Span::new(place.start + 1, place.end - 1));
        scribe.define_as(Given { value: Some(Snippet { text: value, mapping: &mapping }), ..given }, None);
    } else {
        scribe.define(given, None);
    }
}

fn body(content: &str, at: Span, recipe: &str, scribe: &mut Scribe<'_>) {
    let line = content.trim_start_matches(['@', '-']);
    let mapping = Mapping::straight(Span::new(at.end - line.len(), at.end));
    let snippet = Snippet { text: line, mapping: &mapping };
    scribe.run(recipe, snippet);
    command::read(snippet, Some(recipe), scribe);
}

#[cfg(test)]
mod tests {
    use crate::lint::read::telling::assert_told;

    #[test]
    fn justfiles_load_export_and_run() {
        assert_told(
            "justfile",
            &[
                ("set dotenv-load\n", &["load `set dotenv-load` just CurrentUp Top fills"]),
                ("set dotenv-load := false\n", &[]),
                (
                    "set dotenv-filename := \".env.dev\"\n",
                    &["load `set dotenv-filename := \".env.dev\"` just Path Top fills [\".env.dev\"]"],
                ),
                (
                    "export A := 'one'\nB := 'two'\nrun:\n    C=3 x\n",
                    &["define A at `A` in `export A := 'one'` = `one`", "define C at `C` in `C=3` = `3`"],
                ),
            ],
        );
    }

    #[test]
    fn taskfiles_load_and_give() {
        let text = "dotenv: ['.env', '.env.local']\nenv:\n  A: one\ntasks:\n  run:\n    env: {B: two}\n    cmds:\n      - C=3 x\n      - cmd: D=4 y\n  short: E=5 z\n";
        assert_told(
            "Taskfile.yml",
            &[(
                text,
                &[
                    "define A at `A` in `A: one` = `one`",
                    "define B at `B` in `B: two` = `two`",
                    "define C at `C` in `C=3` = `3`",
                    "define D at `D` in `D=4` = `4`",
                    "define E at `E` in `E=5` = `5`",
                    "load `['.env', '.env.local']` task Path Top fills [\".env\", \".env.local\"]",
                ],
            )],
        );
    }
}
