//! Dockerfiles: variables of the image and of the build, what is copied in from where, and the commands that run.

use std::collections::HashMap;

use super::{
    Source,
    command::{self, Word},
    compose,
    scribe::{Given, Notation, Scribe},
    text::{Mapping, Snippet, is_name, plain},
    tree,
};
use crate::{
    lint::{
        FileFacts,
        facts::{Giver, Shipment, Shipper},
    },
    model::Span,
};

/// Reads a Dockerfile.
pub(super) fn read(source: &Source<'_>, facts: &mut FileFacts) {
    let text = plain(source.text);
    let mut reader = Reader {
        text: &text,
        stages: Vec::new(),
        names: HashMap::new(),
        copies: Vec::new(),
        scribe: Scribe::new(source, Giver::Image, facts),
    };
    let mut at = 0;
    while at < text.len() {
        let end = instruction_end(&text, at);
        reader.instruction(Span::new(at, end));
        at = end;
    }
    let (stages, copies) = (reader.stages, reader.copies);
    let carried = carried(&stages);
    for (shipment, stage) in facts.shipments.iter_mut().zip(copies) {
        shipment.carried = carried.get(stage).is_none_or(|carried| *carried);
    }
}

/// A stage of a build.
#[derive(Default)]
struct Stage {
    /// Its own name, or nothing.
    name: String,
    /// The stage it goes on from.
    base: Option<usize>,
    /// The folder it works in.
    folder: String,
    /// What it takes from other stages: which, and the paths.
    takes: Vec<(usize, Vec<String>)>,
}

/// Which stages reach the image whole: the last one, those it goes on from, and those whose working folder one of these copies.
fn carried(stages: &[Stage]) -> Vec<bool> {
    let mut carried = vec![false; stages.len()];
    // A stage only knows those before it.
    for at in (0..stages.len()).rev() {
        if at + 1 == stages.len() {
            carried[at] = true;
        }
        if !carried[at] {
            continue;
        }
        let whole =
            |(from, paths): &&(usize, Vec<String>)| paths.iter().any(|path| covers(path, &stages[*from].folder));
        let taken = stages[at].takes.iter().filter(whole).map(|(from, _)| *from);
        for from in taken.chain(stages[at].base) {
            carried[from] = true;
        }
    }
    carried
}

/// Whether copying `path` copies `folder`.
fn covers(path: &str, folder: &str) -> bool {
    let path = path.trim_end_matches(['.', '/', '*']);
    let folder = folder.trim_end_matches('/');
    folder == path || folder.strip_prefix(path).is_some_and(|rest| rest.starts_with('/') || path.is_empty())
}

/// Where the instruction that begins at `start` ends, with its continued lines and here-documents.
fn instruction_end(text: &str, start: usize) -> usize {
    let mut at = start;
    let mut delimiters = Vec::new();
    while at < text.len() {
        let end = memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |end| at + end + 1);
        let line = text[at..end].trim();
        let is_first = at == start;
        at = end;
        if line.starts_with('#') && (!is_first || line.len() > 1) {
            if is_first {
                return at;
            }
            continue;
        }
        delimiters.extend(here_documents(line));
        let goes_on = line.ends_with('\\') || line.is_empty() && !is_first;
        if !goes_on {
            break;
        }
    }
    for delimiter in delimiters {
        while at < text.len() {
            let end = memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |end| at + end + 1);
            let line = text[at..end].trim_start_matches('\t').trim_end();
            at = end;
            if line == delimiter {
                break;
            }
        }
    }
    at
}

/// Delimiters of the here-documents that a line of `RUN`, `COPY` or `ADD` opens.
fn here_documents(line: &str) -> Vec<&str> {
    let takes = ["RUN ", "COPY ", "ADD "]
        .iter()
        .any(|name| line.get(..name.len()).is_some_and(|it| it.eq_ignore_ascii_case(name)));
    if !takes {
        return Vec::new();
    }
    let opened =
        line.match_indices("<<").filter(|(at, _)| !line[..*at].ends_with('<') && !line[at + 2..].starts_with('<'));
    let name = |at: usize| {
        let rest = line[at + 2..].trim_start_matches(['-', '"', '\'']);
        &rest[..super::text::name_length(rest)]
    };
    opened.map(|(at, _)| name(at)).filter(|name| !name.is_empty()).collect()
}

struct Reader<'t, 'a> {
    text: &'t str,
    /// The stages so far.
    stages: Vec<Stage>,
    /// Positions of stages by their names, in lower case.
    names: HashMap<String, usize>,
    /// The stage that each shipment goes to.
    copies: Vec<usize>,
    scribe: Scribe<'a>,
}

impl Reader<'_, '_> {
    fn instruction(&mut self, at: Span) {
        let (line, at) = super::text::trimmed(&self.text[at.range()], at);
        let length = line.bytes().take_while(u8::is_ascii_alphabetic).count();
        let keyword = line[..length].to_ascii_uppercase();
        let (arguments, place) = super::text::trimmed(&line[length..], Span::new(at.start + length, at.end));
        let mapping = Mapping::straight(place);
        let snippet = Snippet { text: arguments, mapping: &mapping };
        match &*keyword {
            "FROM" => self.stage(arguments),
            "WORKDIR" => {
                if let Some(stage) = self.stages.last_mut() {
                    arguments.trim_matches('"').clone_into(&mut stage.folder);
                }
            }
            "ENV" => self.variables(snippet, at),
            "ARG" => {
                self.scribe.giver = Giver::BuildArgument;
                self.variables(snippet, at);
                self.scribe.giver = Giver::Image;
            }
            "COPY" | "ADD" => self.copy(snippet, at),
            "RUN" | "CMD" | "ENTRYPOINT" => self.command(&keyword, snippet),
            _ => {}
        }
    }

    fn section(&self) -> Option<String> {
        self.stages.last().map(|stage| stage.name.clone()).filter(|name| !name.is_empty())
    }

    /// `FROM image AS name`.
    fn stage(&mut self, arguments: &str) {
        let words: Vec<&str> = arguments.split_whitespace().filter(|word| !word.starts_with("--")).collect();
        let base = words.first().and_then(|image| self.position(image));
        let folder = base.map_or_else(|| "/".to_owned(), |base| self.stages[base].folder.clone());
        let name = if words.get(1).is_some_and(|word| word.eq_ignore_ascii_case("as")) { words.get(2) } else { None };
        let name = name.copied().unwrap_or_default().to_owned();
        if !name.is_empty() {
            self.names.entry(name.to_ascii_lowercase()).or_insert(self.stages.len());
        }
        self.stages.push(Stage { name, base, folder, takes: Vec::new() });
    }

    /// The stage called `name`, by its name or its number.
    fn position(&self, name: &str) -> Option<usize> {
        let named = self.names.get(&name.to_ascii_lowercase()).copied();
        named.or_else(|| name.parse().ok().filter(|at| *at < self.stages.len()))
    }

    /// `ENV X=1 Y="2"`, `ENV X 1`, `ARG X`.
    fn variables(&mut self, snippet: Snippet<'_>, whole: Span) {
        let section = self.section();
        let words = command::words(snippet);
        for (at, word) in words.iter().enumerate() {
            if let Some((name, length)) = word.assignment() {
                let (value, mapping) = word.part(length);
                let place = word.mapping.span(0..name.len());
                let whole = if words.len() == 1 { whole } else { word.outer };
                let value = Snippet { text: value, mapping: &mapping };
                self.scribe.references(value, Notation::Shell);
                self.scribe.define(Given { name, at: place, whole, value: Some(value) }, section.as_deref());
            } else if at == 0 && is_name(&word.text) {
                self.spaced(word, snippet, whole, section.as_deref());
                break;
            }
        }
    }

    /// `ENV X the rest of the line`, or `ARG X` alone.
    fn spaced(&mut self, name: &Word, snippet: Snippet<'_>, whole: Span, section: Option<&str>) {
        let rest = &snippet.text[name.raw.end..];
        let value = rest.trim();
        let start = name.raw.end + (rest.len() - rest.trim_start().len());
        let given = Given { name: &name.text, at: name.mapping.whole(), whole, value: None };
        if value.is_empty() {
            self.scribe.define(given, section);
        } else {
            let mapping = snippet.mapping.part(start..start + value.len());
            let value = Snippet { text: value, mapping: &mapping };
            self.scribe.references(value, Notation::Shell);
            self.scribe.define(Given { value: Some(value), ..given }, section);
        }
    }

    /// `COPY [--from=stage] source… target`, as words or as a JSON list.
    fn copy(&mut self, snippet: Snippet<'_>, at: Span) {
        let words = command::words(snippet);
        let flags = words.iter().take_while(|word| word.text.starts_with("--"));
        let from = flags.clone().find_map(|word| word.text.strip_prefix("--from="));
        let rest = flags.count();
        let mut sources: Vec<String> = if words.get(rest).is_some_and(|word| word.text.starts_with('[')) {
            let list = words[rest].raw.start;
            let parsed = tree::json(&snippet.text[list..]);
            parsed.documents.iter().flat_map(tree::Node::scalars).map(|word| word.text.clone()).collect()
        } else {
            words[rest..].iter().map(|word| word.text.clone()).collect()
        };
        sources.pop();
        if sources.is_empty() {
            return;
        }
        let Some(name) = from else {
            self.copies.push(self.stages.len().saturating_sub(1));
            self.scribe.facts.shipments.push(Shipment { sources, at, by: Shipper::Image, carried: true });
            return;
        };
        let from = self.position(name);
        let last = self.stages.len().saturating_sub(1);
        if let (Some(from), Some(stage)) = (from.filter(|from| *from < last), self.stages.last_mut()) {
            stage.takes.push((from, sources));
        }
    }

    /// `RUN`, `CMD` and `ENTRYPOINT`, as a line, as a JSON list or as a here-document.
    fn command(&mut self, keyword: &str, snippet: Snippet<'_>) {
        let section = self.section();
        let (text, start) = self.without_flags(snippet, section.as_deref());
        let mapping = snippet.mapping.part(start..start + text.len());
        if text.starts_with('[') {
            let parsed = tree::json(text);
            if let Some(list) = parsed.documents.first().filter(|_| parsed.trouble.is_none()) {
                let list = list.clone().moved(&mapping);
                compose::words(&list, keyword, &mut self.scribe);
                return;
            }
        }
        let inner = Snippet { text, mapping: &mapping };
        self.scribe.run(keyword, inner);
        if let Some(body) = text.strip_prefix("<<").and_then(|_| text.find('\n')) {
            let mapping = mapping.part(body + 1..text.len());
            command::read(Snippet { text: &text[body + 1..], mapping: &mapping }, section.as_deref(), &mut self.scribe);
        } else {
            command::read(inner, section.as_deref(), &mut self.scribe);
        }
    }

    /// What follows `--mount=…` and other options. A secret that a step gets as a variable is one that is passed in.
    fn without_flags<'s>(&mut self, snippet: Snippet<'s>, section: Option<&str>) -> (&'s str, usize) {
        let mut start = 0;
        loop {
            let rest = snippet.text[start..].trim_start_matches(|c: char| c.is_whitespace() || c == '\\');
            start = snippet.text.len() - rest.len();
            if !rest.starts_with("--") {
                return (rest, start);
            }
            let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
            self.secret(&rest[..length], snippet, start, section);
            start += length;
        }
    }

    fn secret(&mut self, flag: &str, snippet: Snippet<'_>, start: usize, section: Option<&str>) {
        let Some(options) = flag.strip_prefix("--mount=").filter(|options| options.contains("type=secret")) else {
            return;
        };
        let option = |key: &str| options.split(',').find_map(|option| option.strip_prefix(key));
        if let Some(name) = option("env=").filter(|name| is_name(name)) {
            let at = start + flag.find(name).unwrap_or(0);
            let given = Given {
                name,
                at: snippet.mapping.span(at..at + name.len()),
                whole: snippet.mapping.span(start..start + flag.len()),
                value: None,
            };
            self.scribe.giver = Giver::BuildArgument;
            self.scribe.define_from(given, option("id=").unwrap_or(name), section);
            self.scribe.giver = Giver::Image;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::read::telling::{assert_spans_are_sound, assert_told, facts_of};

    #[test]
    fn variables_of_the_image_and_of_the_build_are_told() {
        assert_told(
            "Dockerfile",
            &[
                (
                    "FROM node:20\nENV A=1 B=\"two words\" \\\n    C=$D\n",
                    &[
                        "read D in `$D` Interpolated Top",
                        "define A at `A` in `A=1` = `1`",
                        "define B at `B` in `B=\"two words\"` = `two words`",
                        "define C at `C` in `C=$D` from D",
                    ],
                ),
                ("ENV A the rest", &["define A at `A` in `ENV A the rest` = `the rest`"]),
                ("ARG A\narg B=x", &["define A at `A` in `ARG A`", "define B at `B` in `arg B=x` = `x`"]),
                (
                    "# ENV A=1\nRUN --mount=type=secret,id=key,env=A true",
                    &["define A at `A` in `--mount=type=secret,id=key,env=A` from key"],
                ),
                (
                    "RUN export A=1 && \\\n  # note\n  B=2 node x.js",
                    &["define A at `A` in `A=1` = `1`", "define B at `B` in `B=2` = `2`"],
                ),
                (
                    "CMD [\"node\", \"--env-file=.env\", \"app.js\"]",
                    &["load `node\", \"--env-file=.env` node --env-file Path Top fills [\".env\"]"],
                ),
                (
                    "RUN <<EOF\nexport A=1\nEOF\nENV B=2",
                    &["define A at `A` in `A=1` = `1`", "define B at `B` in `ENV B=2` = `2`"],
                ),
            ],
        );
        let facts =
            facts_of("Dockerfile", b"FROM a AS base\nENV A=1\nFROM base\nENTRYPOINT ./run.sh\nCMD [\"x\", \"y z\"]");
        assert_eq!(facts.definitions[0].section.as_deref(), Some("base"));
        let runs: Vec<(&str, &str)> = facts.runs.iter().map(|run| (&*run.name, &*run.command)).collect();
        assert_eq!(runs, [("ENTRYPOINT", "./run.sh"), ("CMD", "x y z")]);
    }

    #[test]
    fn what_is_copied_is_told_with_whether_it_stays() {
        let shipped = |text: &str| {
            let facts = facts_of("Dockerfile", text.as_bytes());
            let told = facts.shipments.iter().map(|it| (it.sources.join(" "), it.carried));
            told.collect::<Vec<_>>()
        };
        let plain = |sources: &str, carried| (sources.to_owned(), carried);
        assert_eq!(
            shipped("FROM a\nCOPY --chown=x . .\nADD [\"a b\", \"c\", \"/d\"]"),
            [plain(". .".split(' ').next().unwrap(), true), plain("a b c", true)]
        );
        let built = "FROM a AS build\nWORKDIR /app\nCOPY . .\nRUN make\nFROM b\nCOPY --from=build /app/dist /srv\nCOPY package.json .\n";
        assert_eq!(shipped(built), [plain(".", false), plain("package.json", true)]);
        assert_eq!(shipped(&built.replace("/app/dist", "/app")), [plain(".", true), plain("package.json", true)]);
        assert_eq!(shipped("FROM a AS base\nCOPY . /x\nFROM base"), [plain(".", true)]);
    }

    #[test]
    fn hostile_dockerfiles_end_soon() {
        for part in
            ["ENV A=\"", "RUN <<E\n", "COPY [", "FROM a\nCOPY --from=0 / /\n", "\\\n", "RUN --mount=", "# x\n", "é"]
        {
            let text = part.repeat(5000);
            assert_spans_are_sound(&facts_of("Dockerfile", text.as_bytes()), &text);
        }
    }
}
