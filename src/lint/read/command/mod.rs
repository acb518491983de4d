//! What a command line says about variables, wherever it is written: a script, a script of `package.json`, the command of an image, a step of
//! a workflow, a recipe of a Makefile.
//!
//! [`lex`] takes the text apart, [`runner`] is the table of programs that bring variables, and here commands are understood one after the
//! other: what is exported, which files are loaded and for whom, which variables are used, which requests are made.

mod lex;
mod request;
mod runner;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use self::lex::{Dollars, Word};
pub(super) use self::runner::is_of_the_system;
use self::{
    lex::{Command, Lexer},
    runner::{Unnamed, in_front, runner_of, setter_of},
};
use super::{
    reference::{Reference, reference},
    scribe::{Given, Scribe},
    text::{Mapping, Snippet, is_dotenv, is_name, is_variable, name_length},
};
use crate::{
    lint::facts::{Fallback, Giver, Import, Scope, Search},
    model::Span,
};

/// The words of a line that is no command but is quoted as one, such as the arguments of `ENV`.
pub(super) fn words(snippet: Snippet<'_>) -> Vec<Word> {
    let mut lexer = Lexer::new(snippet, Dollars::Plain);
    let mut words = Vec::new();
    while let Some(line) = lexer.line() {
        words.extend(line.into_iter().flat_map(|command| command.words));
    }
    words
}

/// What kind of text the commands stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A script or a command line.
    Script,
    /// An `.envrc`, in which `dotenv` is a function of direnv.
    Envrc,
}

/// Commands in commands are followed this deep.
const DEEPEST: usize = 4;
/// Longer command lines are cut where they are kept as text.
const LONGEST_COMMAND: usize = 2000;

/// Reads the command lines of `snippet`; `section` is the job, service or stage they belong to.
pub(super) fn read(snippet: Snippet<'_>, section: Option<&str>, scribe: &mut Scribe<'_>) {
    read_as(snippet, Kind::Script, Dollars::Plain, section, scribe);
}

/// The same for a text of a certain kind, with a certain way to write `$`.
pub(super) fn read_as(
    snippet: Snippet<'_>,
    kind: Kind,
    dollars: Dollars,
    section: Option<&str>,
    scribe: &mut Scribe<'_>,
) {
    let mut shell =
        Shell { kind, dollars, section, exports_all: false, exported: BTreeSet::new(), locals: BTreeMap::new() };
    shell.read(snippet, 0, scribe);
}

/// Reads a command that is given as a list of words: `CMD ["node", "--env-file=.env", "app.js"]`.
pub(super) fn read_words<'t>(words: impl Iterator<Item = Snippet<'t>>, section: Option<&str>, scribe: &mut Scribe<'_>) {
    let words = words.map(|word| Word {
        text: word.text.to_owned(),
        mapping: word.mapping.clone(),
        raw: 0..0,
        outer: word.mapping.whole(),
        literal_dollar: true,
        quoted: true,
    });
    let command = Command { words: words.collect(), ..Command::default() };
    let mut shell = Shell {
        kind: Kind::Script,
        dollars: Dollars::Plain,
        section,
        exports_all: false,
        exported: BTreeSet::new(),
        locals: BTreeMap::new(),
    };
    let line = command.words.iter().map(|word| &*word.text).collect::<Vec<_>>().join(" ");
    shell.program(&command, &line, 0, scribe);
}

/// A shell in the middle of its script.
struct Shell<'s> {
    kind: Kind,
    dollars: Dollars,
    section: Option<&'s str>,
    /// After `set -a`.
    exports_all: bool,
    /// Names that were exported.
    exported: BTreeSet<String>,
    /// Names that were assigned and not exported yet, with the assignment.
    locals: BTreeMap<String, Option<Word>>,
}

impl Shell<'_> {
    fn read(&mut self, snippet: Snippet<'_>, depth: usize, scribe: &mut Scribe<'_>) {
        let mut lexer = Lexer::new(snippet, self.dollars);
        while let Some(line) = lexer.line() {
            let writes_env = line.iter().any(writes_env_file);
            for command in &line {
                self.expansions(command, snippet, scribe);
                if writes_env {
                    self.written_lines(command, snippet, scribe);
                }
                let text = &snippet.text[command.range()];
                self.program(command, text, depth, scribe);
            }
        }
        if depth < DEEPEST {
            for range in std::mem::take(&mut lexer.nested) {
                let mapping = snippet.mapping.part(range.clone());
                self.read(Snippet { text: &snippet.text[range], mapping: &mapping }, depth + 1, scribe);
            }
        }
    }

    /// Variables that `command` uses.
    fn expansions(&self, command: &Command, snippet: Snippet<'_>, scribe: &mut Scribe<'_>) {
        for range in &command.expansions {
            let whole = &snippet.text[range.clone()];
            let length = name_length(whole.trim_start_matches(['$', '{']));
            let name_at = whole.len() - whole.trim_start_matches(['$', '{']).len();
            let name = &whole[name_at..name_at + length];
            if !is_variable(name) || is_of_the_system(name) || self.locals.contains_key(name) {
                continue;
            }
            let place = |range: std::ops::Range<usize>| snippet.mapping.span(range);
            let fallback = match reference(whole) {
                Reference::Variable { fallback: Some(at), .. } => {
                    Fallback::Literal(place(range.start + at.start..range.start + at.end))
                }
                Reference::Variable { required: true, .. } => Fallback::Fails,
                Reference::Computed if whole.contains('-') => Fallback::Other,
                _ => Fallback::Nothing,
            };
            let start = range.start + name_at;
            scribe.interpolated(name, place(start..start + length), place(range.clone()), fallback);
        }
    }

    /// Lines of the form `X=…` that `command` writes into a `.env` file or to the following steps of a workflow.
    fn written_lines(&self, command: &Command, snippet: Snippet<'_>, scribe: &mut Scribe<'_>) {
        for word in command.words.iter().skip(1) {
            let mut start = 0;
            for line in word.text.split_inclusive('\n') {
                // `printf "A=1\nB=2\n"`
                for part in line.split_inclusive("\\n") {
                    let content = part.trim_end_matches('\n').trim_end_matches("\\n");
                    let place = word.mapping.part(start..start + content.len());
                    self.written(content, &place, !word.literal_dollar, scribe);
                    start += part.len();
                }
            }
        }
        if let Some(body) = command.body.clone() {
            let mut start = body.start;
            for line in snippet.text[body].split_inclusive('\n') {
                let content = line.trim_end();
                self.written(content, &snippet.mapping.part(start..start + content.len()), true, scribe);
                start += line.len();
            }
        }
    }

    fn written(&self, line: &str, mapping: &Mapping, expands: bool, scribe: &mut Scribe<'_>) {
        let blank = line.len() - line.trim_start().len();
        let length = name_length(&line[blank..]);
        let name = &line[blank..blank + length];
        if !is_variable(name) || !line[blank + length..].starts_with('=') {
            return;
        }
        let quote = |c: char| matches!(c, '"' | '\'');
        let from = blank + length + 1;
        let skip = usize::from(line[from..].starts_with(quote));
        let value = line[from + skip..].trim_end_matches(quote);
        let start = from + skip;
        let inner = mapping.part(start..start + value.len());
        let value = Snippet { text: value, mapping: &inner };
        let given = Given {
            name,
            at: mapping.span(blank..blank + length),
            whole: mapping.span(0..line.len()),
            value: Some(value),
        };
        if expands { scribe.define(given, self.section) } else { scribe.define_as(given, self.section) }
    }

    /// Understands `command`, which is written as `line`.
    fn program(&mut self, command: &Command, line: &str, depth: usize, scribe: &mut Scribe<'_>) {
        let texts: Vec<&str> = command.words.iter().map(|word| &*word.text).collect();
        let mut at = 0;
        let mut assigned = Vec::new();
        while at < texts.len() {
            if command.words[at].assignment().is_some() {
                assigned.push(at);
                at += 1;
                continue;
            }
            let front = in_front(&texts[at..]);
            self.runner(command, &texts, at, line, scribe);
            if front == 0 {
                break;
            }
            at += front;
            // Options of the program in front and their values, such as `sudo -E` or `op run --env-file=x --`.
            while texts.get(at).is_some_and(|word| word.starts_with('-') && front > 0) {
                at += 1 + usize::from(takes_value(texts[at]));
            }
        }
        for word in assigned.iter().map(|at| &command.words[*at]) {
            self.assign(word, at < texts.len(), scribe);
        }
        if let Some(program) = texts.get(at) {
            let name = program.rsplit('/').next().unwrap_or(program);
            self.call(name, command, at + 1, depth, scribe);
        }
    }

    /// An assignment, in front of a program or alone.
    fn assign(&mut self, word: &Word, before_program: bool, scribe: &mut Scribe<'_>) {
        let Some((name, _)) = word.assignment() else { return };
        if before_program || self.exports_all || self.exported.contains(name) {
            self.define(word, scribe);
        } else {
            let kept = is_variable(name).then(|| word.clone());
            self.locals.insert(name.to_owned(), kept);
        }
    }

    /// Writes down the assignment `word`.
    fn define(&self, word: &Word, scribe: &mut Scribe<'_>) {
        let Some((name, length)) = word.assignment() else { return };
        if !is_variable(name) || is_of_the_system(name) {
            return;
        }
        let (text, mapping) = word.part(length);
        let at = word.mapping.span(0..name.len());
        let given = Given { name, at, whole: word.outer, value: Some(Snippet { text, mapping: &mapping }) };
        // `X="$X"` and `X="${X:-}"` leave it as it is.
        if matches!(reference(text), Reference::Variable { name: other, fallback: None, .. } if other == name) {
            return;
        }
        if word.literal_dollar { scribe.define_as(given, self.section) } else { scribe.define(given, self.section) }
    }

    /// What the program called `name` does with its arguments, which begin at `first`.
    fn call(&mut self, name: &str, command: &Command, first: usize, depth: usize, scribe: &mut Scribe<'_>) {
        let arguments = &command.words[first.min(command.words.len())..];
        match name {
            "export" | "declare" | "typeset" | "readonly" | "local" => self.declare(name, arguments, scribe),
            "set" => self.set(arguments),
            "source" | "." => self.source(arguments, scribe),
            "read" | "for" | "unset" => self
                .locals
                .extend(arguments.iter().filter(|word| is_name(&word.text)).map(|word| (word.text.clone(), None))),
            "printenv" => arguments.iter().filter(|word| is_variable(&word.text)).for_each(|word| {
                let at = word.mapping.whole();
                scribe.interpolated(&word.text, at, at, Fallback::Nothing);
            }),
            "dotenv" | "dotenv_if_exists" | "source_env" | "source_env_if_exists" if self.kind == Kind::Envrc => {
                direnv(name, command, first, scribe);
            }
            "sh" | "bash" | "zsh" | "dash" if depth < DEEPEST => self.nested_shell(arguments, depth, scribe),
            "concurrently" if depth < DEEPEST => {
                for word in arguments.iter().filter(|word| word.text.contains(' ')) {
                    self.read(Snippet { text: &word.text, mapping: &word.mapping }, depth + 1, scribe);
                }
            }
            "docker" | "podman" | "nerdctl" => self.container(arguments, scribe),
            _ if request::is_client(name) => request::read(arguments, scribe),
            _ => {}
        }
        self.setter(name, arguments, scribe);
    }

    /// `export X=…`, `export X`, `export $(grep -v '^#' .env | xargs)`.
    fn declare(&mut self, name: &str, arguments: &[Word], scribe: &mut Scribe<'_>) {
        let exports =
            name == "export" || arguments.iter().any(|word| word.text.starts_with('-') && word.text.contains('x'));
        for word in arguments {
            if let Some(file) = substituted_file(&word.text).filter(|_| exports) {
                scribe.load(word.mapping.whole(), "shell", vec![file.to_owned()]).search = Search::Path;
            } else if let Some((variable, _)) = word.assignment() {
                if exports {
                    self.exported.insert(variable.to_owned());
                    self.locals.remove(variable);
                    self.define(word, scribe);
                } else {
                    self.locals.insert(variable.to_owned(), Some(word.clone()));
                }
            } else if is_name(&word.text) && exports {
                self.exported.insert(word.text.clone());
                if let Some(Some(assigned)) = self.locals.remove(&word.text) {
                    self.define(&assigned, scribe);
                }
            }
        }
    }

    /// `set -a`, `set -o allexport` and their ends.
    fn set(&mut self, arguments: &[Word]) {
        for (at, word) in arguments.iter().enumerate() {
            let names_all = arguments.get(at + 1).is_some_and(|next| next.text == "allexport");
            match &*word.text {
                "-o" if names_all => self.exports_all = true,
                "+o" if names_all => self.exports_all = false,
                flags if flags.starts_with('-') && !flags.starts_with("--") && flags.contains('a') => {
                    self.exports_all = true;
                }
                flags if flags.starts_with('+') && flags.contains('a') => self.exports_all = false,
                _ => {}
            }
        }
    }

    /// `source .env`, or another script.
    fn source(&self, arguments: &[Word], scribe: &mut Scribe<'_>) {
        let Some(word) = arguments.first() else { return };
        let at = word.mapping.whole();
        if is_dotenv(&word.text) {
            let load = scribe.load(at, "shell", vec![word.text.clone()]);
            (load.fills, load.search, load.overrides) = (self.exports_all, Search::Path, true);
        } else if !word.text.contains('$') {
            let module = word.text.clone();
            scribe.facts.imports.push(Import { module, names: Vec::new(), at, scope: Scope::Top, hoisted: false });
        }
    }

    /// `sh -c "…"`.
    fn nested_shell(&mut self, arguments: &[Word], depth: usize, scribe: &mut Scribe<'_>) {
        let flag = arguments.iter().position(|word| word.text.starts_with('-') && word.text.ends_with('c'));
        if let Some(script) = flag.and_then(|flag| arguments.get(flag + 1)) {
            self.read(Snippet { text: &script.text, mapping: &script.mapping }, depth + 1, scribe);
        }
    }

    /// `docker run -e X=…`, `docker build --build-arg X=…`.
    fn container(&self, arguments: &[Word], scribe: &mut Scribe<'_>) {
        let giver = scribe.giver;
        for (at, word) in arguments.iter().enumerate() {
            let flag = at.checked_sub(1).map_or("", |before| &*arguments[before].text);
            let inline = ["--env=", "--build-arg=", "-e="].iter().find(|flag| word.text.starts_with(**flag));
            let start = inline.map_or(0, |flag| flag.len());
            let flag = inline.map_or(flag, |flag| flag.trim_end_matches('='));
            if matches!(flag, "-e" | "--env" | "--build-arg") {
                scribe.giver = if flag == "--build-arg" { Giver::BuildArgument } else { giver };
                self.passed(word, start, scribe);
            }
        }
        scribe.giver = giver;
    }

    /// `X=…` or, passed through, `X`, which stands in `word` from `start` on.
    fn passed(&self, word: &Word, start: usize, scribe: &mut Scribe<'_>) {
        let (text, mapping) = word.part(start);
        let length = name_length(text);
        let name = &text[..length];
        if !is_name(name) {
            return;
        }
        let (at, whole) = (mapping.span(0..length), if start == 0 { word.outer } else { mapping.whole() });
        if text.len() == length {
            scribe.define_from(Given { name, at, whole, value: None }, name, self.section);
        } else if text[length..].starts_with('=') {
            let inner = mapping.part(length + 1..text.len());
            let value = Some(Snippet { text: &text[length + 1..], mapping: &inner });
            let given = Given { name, at, whole, value };
            if word.literal_dollar && !word.quoted {
                scribe.define_as(given, self.section);
            } else {
                scribe.define(given, self.section);
            }
        }
    }

    /// `fly secrets set X=…` and its like: the deployment gets it.
    fn setter(&self, name: &str, arguments: &[Word], scribe: &mut Scribe<'_>) {
        let texts: Vec<&str> = arguments.iter().map(|word| &*word.text).collect();
        let Some(setter) = setter_of(name, &texts) else { return };
        let giver = std::mem::replace(&mut scribe.giver, Giver::Manifest);
        for word in arguments {
            let flags =
                ["--from-literal=", "--set-env-vars=", "--update-env-vars=", "--set-secrets=", "--update-secrets="];
            let start = flags.iter().find(|flag| word.text.starts_with(**flag)).map_or(0, |flag| flag.len());
            let names = is_variable(&word.text[start..][..name_length(&word.text[start..])]);
            if names && (word.text.contains('=') || setter.bare && is_variable(&word.text)) {
                self.passed(word, start, scribe);
            }
        }
        scribe.giver = giver;
    }

    /// A load, if the program at `at` is one that brings variables.
    fn runner(&self, command: &Command, texts: &[&str], at: usize, line: &str, scribe: &mut Scribe<'_>) {
        let program = texts[at].rsplit('/').next().unwrap_or(texts[at]);
        let arguments = &texts[at + 1..];
        let place = |from: usize, to: usize| {
            let (from, to) = (command.words[from].mapping.whole(), command.words[to].mapping.whole());
            Span::new(from.start, to.end.max(from.start))
        };
        let told = Some(cut(line, LONGEST_COMMAND).to_owned());
        if let Some(preloaded) = arguments.iter().position(|word| is_preload(word)) {
            let files: Vec<String> = texts.iter().filter_map(|word| dotenv_path(word)).map(str::to_owned).collect();
            let load = scribe.load(place(at, at + 1 + preloaded), "dotenv", files);
            (load.search, load.command) = (Search::Current, told.clone());
        }
        if program == "dotenv" && self.kind == Kind::Envrc {
            return;
        }
        let Some(runner) = runner_of(program, arguments) else { return };
        let mut last = at;
        let mut files = Vec::new();
        for (index, word) in arguments.iter().enumerate() {
            let Some(flag) = runner.flags.iter().find(|flag| word.starts_with(**flag)) else { continue };
            let rest = &word[flag.len()..];
            if let Some(file) = rest.strip_prefix('=') {
                files.push(file.to_owned());
                last = at + 1 + index;
            } else if rest.is_empty() {
                files.extend(arguments.get(index + 1).map(|file| (*file).to_owned()));
                last = (at + 2 + index).min(texts.len() - 1);
            }
        }
        if files.is_empty() && runner.unnamed == Unnamed::Nothing {
            return;
        }
        let computed = runner.unnamed == Unnamed::Store || files.iter().any(|file| file.contains('$'));
        let search = if files.is_empty() { Search::Current } else { Search::Path };
        let load = scribe.load(place(at, last), runner.loader, files);
        (load.fills, load.computed, load.search, load.command) = (runner.fills, computed, search, told);
    }
}

/// Whether the option takes the next word as its value, for programs that start others.
fn takes_value(option: &str) -> bool {
    matches!(
        option,
        "--env-file" | "-f" | "-e" | "--with" | "--python" | "-p" | "-u" | "--package" | "--config" | "--project"
    )
}

/// `-r dotenv/config` names a module that loads `.env` before the program.
fn is_preload(word: &str) -> bool {
    matches!(
        word,
        "dotenv/config"
            | "dotenv/config.js"
            | "@dotenvx/dotenvx/config"
            | "dotenv-flow/config"
            | "--import=dotenv/config"
            | "--require=dotenv/config"
    )
}

/// The file named by `dotenv_config_path=x` or `DOTENV_CONFIG_PATH=x`.
fn dotenv_path(word: &str) -> Option<&str> {
    let (name, file) = word.split_once('=')?;
    name.eq_ignore_ascii_case("dotenv_config_path").then_some(file)
}

/// The `.env` file whose lines `$(… .env …)` or its like would put on the command line.
fn substituted_file(text: &str) -> Option<&str> {
    if !text.starts_with("$(") && !text.starts_with('`') {
        return None;
    }
    text.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '`' | '"' | '\'' | '<' | '|'))
        .find(|word| is_dotenv(word))
}

/// Whether `command` writes to a `.env` file or to the environment of the steps that follow.
fn writes_env_file(command: &Command) -> bool {
    let is_target = |text: &str| is_dotenv(text) || text.trim_matches(['$', '{', '}']) == "GITHUB_ENV";
    let tees = command.words.first().is_some_and(|word| word.text == "tee" || word.text == "sudo");
    command.redirects.iter().any(|redirect| redirect.output && is_target(&redirect.target.text))
        || tees && command.words.iter().any(|word| is_target(&word.text))
}

/// `dotenv`, `dotenv_if_exists .env.local` and `source_env` of direnv.
fn direnv(name: &str, command: &Command, first: usize, scribe: &mut Scribe<'_>) {
    let files: Vec<String> =
        command.words.iter().skip(first).map(|word| word.text.clone()).filter(|file| !file.starts_with('-')).collect();
    let at = command.words[first - 1].mapping.whole();
    if name.starts_with("dotenv") {
        let search = if files.is_empty() { Search::Current } else { Search::Path };
        scribe.load(at, "direnv", files).search = search;
    } else {
        scribe.facts.imports.extend(files.into_iter().map(|module| Import {
            module,
            names: Vec::new(),
            at,
            scope: Scope::Top,
            hoisted: false,
        }));
    }
}

/// At most the first `most` bytes of `text`.
fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(text.len().min(most))]
}

#[cfg(test)]
mod tests;
