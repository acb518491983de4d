//! Makefiles: included `.env` files, what is exported, and the recipes, whose `$` stands twice.

use std::collections::BTreeSet;

use super::{
    Source,
    command::{self, Dollars, Kind},
    scribe::{Given, Scribe},
    text::{Mapping, Snippet, is_dotenv, is_name, is_variable, lines, name_length, plain, trimmed},
};
use crate::{
    lint::{
        FileFacts,
        facts::{Fallback, Giver, Search},
    },
    model::Span,
};

/// Reads a Makefile.
pub(super) fn read(source: &Source<'_>, facts: &mut FileFacts) {
    let text = plain(source.text);
    let mut reader = Reader {
        scribe: Scribe::new(source, Giver::Shell, facts),
        exports_all: false,
        own: BTreeSet::new(),
        target: String::new(),
    };
    for (line, at) in lines(&text) {
        reader.line(line, at);
    }
    let (own, exports_all) = (reader.own, reader.exports_all);
    facts.reads.retain(|read| !own.contains(&read.name));
    for load in facts.loads.iter_mut().filter(|load| load.loader == "make") {
        load.fills = exports_all;
    }
}

struct Reader<'a> {
    scribe: Scribe<'a>,
    /// A bare `export`, or `.EXPORT_ALL_VARIABLES`.
    exports_all: bool,
    /// Variables that the Makefile sets itself.
    own: BTreeSet<String>,
    /// The rule that recipes belong to.
    target: String,
}

impl Reader<'_> {
    fn line(&mut self, line: &str, at: Span) {
        if line.starts_with('\t') {
            self.recipe(line, at);
            return;
        }
        let (content, at) = trimmed(line, at);
        self.make_variables(content, at);
        let words: Vec<&str> = content.split_whitespace().collect();
        match words.as_slice() {
            ["include" | "-include" | "sinclude", files @ ..] => self.include(files, at),
            ["export"] => self.exports_all = true,
            [first, ..] if first.starts_with(".EXPORT_ALL_VARIABLES") => self.exports_all = true,
            ["export", names @ ..] => {
                // `export $(shell sed 's/=.*//' .env)` exports what was included.
                self.exports_all |= names.join(" ").contains(".env");
                self.assignment(content, "export".len(), at, true);
            }
            _ => {
                if let Some((target, _)) = content.split_once(':').filter(|(_, rest)| !rest.starts_with('=')) {
                    target.clone_into(&mut self.target);
                }
                self.assignment(content, 0, at, false);
            }
        }
    }

    fn include(&mut self, files: &[&str], at: Span) {
        let files: Vec<String> = files.iter().filter(|file| is_dotenv(file)).map(|file| (*file).to_owned()).collect();
        if !files.is_empty() {
            let load = self.scribe.load(at, "make", files);
            (load.fills, load.search, load.overrides) = (false, Search::Path, true);
        }
    }

    /// `X = value`, `X ?= value`, `X := value`, which begins at `start` in `line`.
    fn assignment(&mut self, line: &str, start: usize, at: Span, exported: bool) {
        let blank = line[start..].len() - line[start..].trim_start().len();
        let begin = start + blank;
        let length = name_length(&line[begin..]);
        let name = &line[begin..begin + length];
        let rest = line[begin + length..].trim_start();
        let Some(operator) = ["?=", ":=", "::=", "="].into_iter().find(|operator| rest.starts_with(operator)) else {
            return;
        };
        if !is_name(name) {
            return;
        }
        if operator != "?=" {
            self.own.insert(name.to_owned());
        }
        if exported && is_variable(name) {
            let (value, place) =
                trimmed(&rest[operator.len()..], Span::new(at.end - rest.len() + operator.len(), at.end));
            let mapping = Mapping::straight(place);
            let given = Given {
                name,
                at: Span::new(at.start + begin, at.start + begin + length),
                whole: at,
                value: Some(Snippet { text: value, mapping: &mapping }),
            };
            self.scribe.define(given, None);
        }
    }

    fn recipe(&mut self, line: &str, at: Span) {
        let content = line.trim_start_matches(['\t', ' ', '@', '-', '+']);
        let place = Span::new(at.end - content.len(), at.end);
        let mapping = Mapping::straight(place);
        let snippet = Snippet { text: content, mapping: &mapping };
        if !content.is_empty() {
            let target = std::mem::take(&mut self.target);
            self.scribe.run(&target, snippet);
            command::read_as(snippet, Kind::Script, Dollars::Doubled, Some(&target), &mut self.scribe);
            self.target = target;
        }
        self.make_variables(content, place);
    }

    /// `$(X)`: a variable of the environment is one of Make, unless the Makefile sets its own.
    fn make_variables(&mut self, text: &str, at: Span) {
        for (dollar, open) in text.match_indices("$(").chain(text.match_indices("${")) {
            let start = dollar + open.len();
            let length = name_length(&text[start..text.floor_char_boundary(text.len().min(start + 100))]);
            let name = &text[start..start + length];
            let is_closed = text[start + length..].starts_with([')', '}']);
            let is_doubled = text[..dollar].ends_with('$');
            if is_closed && !is_doubled && is_variable(name) && !command::is_of_the_system(name) {
                let place = |from: usize, to: usize| Span::new(at.start + from, at.start + to);
                self.scribe.interpolated(
                    name,
                    place(start, start + length),
                    place(dollar, start + length + 1),
                    Fallback::Nothing,
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::read::telling::{assert_told, facts_of};

    #[test]
    fn includes_exports_and_recipes_are_read() {
        assert_told(
            "Makefile",
            &[
                ("include .env\nexport\n", &["load `include .env` make Path Top fills overrides [\".env\"]"]),
                ("-include .env\n", &["load `-include .env` make Path Top overrides [\".env\"]"]),
                (
                    "include .env\nexport $(shell sed 's/=.*//' .env)\n",
                    &["load `include .env` make Path Top fills overrides [\".env\"]"],
                ),
                ("export A = one\nB := two\n", &["define A at `A` in `export A = one` = `one`"]),
                (
                    "OWN = 1\nrun:\n\t@A=$$B node --env-file=.env x $(C) $(OWN)\n",
                    &[
                        "read B in `$B` Interpolated Top",
                        "read C in `$(C)` Interpolated Top",
                        "define A at `A` in `A=$$B`",
                        "load `node --env-file=.env` node --env-file Path Top fills [\".env\"]",
                    ],
                ),
            ],
        );
        let facts = facts_of("Makefile", b"run: build\n\tnode x\n");
        assert_eq!((&*facts.runs[0].name, &*facts.runs[0].command), ("run", "node x"));
    }
}
