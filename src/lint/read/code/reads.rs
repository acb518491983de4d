//! Variables that a program reads and sets, `.env` files that it loads, and files of its own that it includes.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
};

use super::{
    File,
    forms::{LoadForm, ReadForm, Unset, forms},
    lex::Kind,
    pattern::{Index, Match},
};
use crate::{
    lint::{
        Language,
        facts::{Fallback, Import, Load, Read, Scope, Search, Via},
        read::{
            scribe::{Given, Scribe},
            text::{Mapping, Snippet, is_name, is_variable},
        },
    },
    model::Span,
};

/// Values of a program by where they are read and what they are called.
#[derive(Default)]
pub(super) struct Names {
    /// Positions in the facts of what is read, by first token.
    reads: BTreeMap<usize, usize>,
    /// What is read, by the name it is bound to.
    bound: BTreeMap<String, usize>,
    /// Strings, by the name they are bound to.
    constants: BTreeMap<String, usize>,
    /// Names of the variables that are read, by position in the facts.
    variables: BTreeMap<usize, String>,
    /// Where the value begins that a name is first given.
    assigned: HashMap<String, usize>,
}

impl Names {
    /// The variable that `read` reads.
    pub(super) fn name_of(&self, read: usize) -> &str {
        self.variables.get(&read).map_or("", String::as_str)
    }

    /// The read that stands in the tokens of `range`.
    pub(super) fn read_in(&self, range: Range<usize>) -> Option<usize> {
        self.reads.range(range).next().map(|(_, read)| *read)
    }

    /// The read whose result is called `name`.
    pub(super) fn read_called(&self, name: &str) -> Option<usize> {
        self.bound.get(bare(name)).copied()
    }

    /// The token with which the first value begins that is given to `name`.
    pub(super) fn value_of(&self, name: &str) -> Option<usize> {
        self.assigned.get(bare(name)).copied()
    }

    /// The token of the string that is called `name`.
    pub(super) fn text_called(&self, name: &str) -> Option<usize> {
        self.constants.get(bare(name)).copied()
    }
}

/// A name without the marks that Ruby, PHP and Elixir put in front.
fn bare(name: &str) -> &str {
    name.trim_start_matches(['@', '$'])
}

/// Arguments of a call are looked at up to this many tokens.
const LONGEST_ARGUMENTS: usize = 400;

/// Reads the whole file.
pub(super) fn read(file: &File<'_>, scribe: &mut Scribe<'_>) -> Names {
    let forms = forms(file.language);
    let reads = Index::new(forms.reads.iter().map(|form| (form.form, form)), file.language);
    let sets = Index::new(forms.sets.iter().map(|form| (*form, form)), file.language);
    let loads = Index::new(forms.loads.iter().map(|form| (form.form, form)), file.language);
    let imports = Index::new(forms.imports.iter().map(|form| (*form, form)), file.language);
    let mut reader = Reader { file, names: Names::default(), last_load: 0, scribe };
    let tokens = file.tokens;
    for at in 0..tokens.len() {
        if let Some((found, form)) = reads.at(tokens, at).next() {
            reader.read(found, form);
        } else if let Some((found, _)) = sets.at(tokens, at).next() {
            reader.set(found);
        }
        if let Some((found, form)) = loads.at(tokens, at).next() {
            reader.load(found, form);
        }
        if let Some((found, _)) = imports.at(tokens, at).next() {
            reader.import(found);
        }
        match tokens.kind(at) {
            Kind::Text => reader.text(at),
            Kind::Word => reader.assignment(at),
            _ => {}
        }
    }
    reader.names
}

struct Reader<'r, 'f, 'a> {
    file: &'r File<'f>,
    names: Names,
    /// One past the last token of the last load, so that `dotenvy::dotenv()` is not taken for `dotenv()` as well.
    last_load: usize,
    scribe: &'r mut Scribe<'a>,
}

impl Reader<'_, '_, '_> {
    fn read(&mut self, found: Match, form: &ReadForm) {
        let tokens = self.file.tokens;
        let Some(name) = found.name.filter(|name| is_wanted(tokens.text(*name), form)) else { return };
        // The bracket that the name stands in; `require "x"` has none.
        let Some(close) = tokens.parent(name).and_then(|open| tokens.partner(open)) else { return };
        let after = close + 1;
        let assigned = tokens.is_mark(after, "=") && !tokens.is_row(after, "==") && !tokens.is_row(after, "=>");
        let kept = tokens.is_row(after, "||=") || tokens.is_row(after, "??=");
        if assigned || kept {
            self.define(found.first, name, after + if kept { 3 } else { 1 });
            return;
        }
        let Some(fallback) = self.fallback(name, close, form.unset) else { return };
        let bound_to = self.binding(found.first).filter(|_| !self.goes_on(close + 1));
        let index = self.scribe.facts.reads.len();
        self.names.reads.insert(found.first, index);
        self.names.variables.insert(index, tokens.text(name).to_owned());
        if let Some(bound) = &bound_to {
            self.names.bound.insert(bare(bound).to_owned(), index);
        }
        self.scribe.facts.reads.push(Read {
            name: tokens.text(name).to_owned(),
            at: tokens.span(name),
            whole: tokens.cover(self.path_start(found.first), close),
            via: form.via,
            scope: self.file.scopes.of(tokens, found.first),
            fallback,
            bound_to,
            feeds: None,
        });
    }

    /// The first token of the path in front of `first`: `std` in `std::env::var`.
    fn path_start(&self, first: usize) -> usize {
        let tokens = self.file.tokens;
        let mut start = first;
        while start >= 3 && tokens.is_row(start - 2, "::") && tokens.kind(start - 3) == Kind::Word {
            start -= 3;
        }
        start
    }

    /// What is taken when the variable is not set; `None` when the name is only a part of an expression.
    fn fallback(&self, name: usize, close: usize, unset: Unset) -> Option<Fallback> {
        let tokens = self.file.tokens;
        if name + 1 != close {
            if !tokens.is_mark(name + 1, ",") {
                return None;
            }
            return Some(self.value(name + 2, close));
        }
        let mut at = close + 1;
        for (marks, length) in [("??", 2), ("||", 2), ("?:", 2)] {
            if tokens.is_row(at, marks) {
                return Some(self.value(at + length, tokens.len()));
            }
        }
        if tokens.is_word(at, "or") {
            return Some(self.value(at + 1, tokens.len()));
        }
        // `ENV.fetch("X") { "none" }`
        if self.file.language == Language::Ruby && tokens.is_mark(at, "{") {
            return Some(self.value(at + 1, tokens.partner(at)?));
        }
        while tokens.is_mark(at, ".") && tokens.kind(at + 1) == Kind::Word {
            let method = tokens.text(at + 1);
            match method {
                "unwrap_or" | "unwrap_or_else" | "orElse" | "orElseGet" | "map_or" | "ifBlank" | "ifEmpty" => {
                    let inside = (at + 3..at + 11).find(|at| tokens.kind(*at) == Kind::Text);
                    return Some(inside.map_or(Fallback::Other, |text| self.value(text, text + 1)));
                }
                "unwrap_or_default" | "ok" => return Some(Fallback::Nothing),
                "expect" | "unwrap" | "orElseThrow" | "context" | "with_context" => return Some(Fallback::Fails),
                _ => {}
            }
            let Some(end) = tokens.partner(at + 2).filter(|_| tokens.is_mark(at + 2, "(")) else { break };
            at = end + 1;
        }
        let fails =
            tokens.is_mark(at, "?") || tokens.is_row(at, "!!") || tokens.is_mark(at, "!") && !tokens.is_row(at, "!=");
        Some(if fails || unset == Unset::Fails { Fallback::Fails } else { Fallback::Nothing })
    }

    /// The fallback written from token `at` on, in front of token `end`.
    fn value(&self, at: usize, end: usize) -> Fallback {
        let tokens = self.file.tokens;
        let is_single =
            at + 1 >= end || tokens.is_fresh(at + 1) || !tokens.is_mark(at + 1, "+") && !tokens.is_mark(at + 1, ".");
        match tokens.kind(at) {
            Kind::Text if is_single && tokens.span(at).is_empty() => Fallback::Nothing,
            Kind::Text if is_single => Fallback::Literal(tokens.span(at)),
            Kind::Word if matches!(tokens.text(at), "nil" | "null" | "None" | "undefined") => Fallback::Nothing,
            Kind::Word
                if matches!(
                    tokens.text(at),
                    "throw" | "raise" | "fatalError" | "error" | "panic" | "return" | "abort"
                ) =>
            {
                Fallback::Fails
            }
            _ => Fallback::Other,
        }
    }

    /// Whether what stands at `at` makes the value before it a part of something else, such as a comparison.
    fn goes_on(&self, at: usize) -> bool {
        let tokens = self.file.tokens;
        let joins = ["==", "!=", "<>", "&&"].iter().any(|marks| tokens.is_row(at, marks)) || tokens.is_mark(at, "+");
        joins || self.file.language == Language::Php && tokens.is_mark(at, ".")
    }

    /// The name that the value at `first` is bound to, in `name = value`, `name := value` and their like.
    fn binding(&self, first: usize) -> Option<String> {
        let tokens = self.file.tokens;
        let mut at = self.path_start(first).checked_sub(1)?;
        let is_operator = tokens.is_mark(at, "=") || tokens.is_row(at.checked_sub(1)?, "<-");
        if !is_operator {
            return None;
        }
        at = at.checked_sub(1)?;
        // `:=`, `||=`, `<-`
        while matches!(tokens.text(at), ":" | "|" | "<" | "?") && tokens.kind(at) == Kind::Mark {
            at = at.checked_sub(1)?;
        }
        // `let Ok(key) = …`
        if tokens.is_mark(at, ")") {
            at = at.checked_sub(1)?;
        }
        // `key, ok := …`, `key: String = …`, `key: Option<String> = …`
        let begin = (at.saturating_sub(8)..=at)
            .rev()
            .take_while(|at| !tokens.is_mark(*at, "(") && !tokens.is_mark(*at, ";"))
            .find(|at| {
                let next_binds =
                    tokens.is_mark(at + 1, ",") || tokens.is_mark(at + 1, ":") && !tokens.is_row(at + 1, "::");
                let declares = at.checked_sub(1).is_some_and(|before| {
                    matches!(tokens.text(before), "let" | "var" | "val" | "const" | "mut" | "static")
                        || tokens.is_fresh(*at)
                });
                tokens.kind(*at) == Kind::Word && next_binds && declares
            });
        let at = begin.unwrap_or(at);
        (tokens.kind(at) == Kind::Word && !tokens.text(at).starts_with(|c: char| c.is_ascii_digit()))
            .then(|| tokens.text(at).to_owned())
    }

    /// `ENV["X"] = value`, whose value begins at token `value`.
    fn define(&mut self, first: usize, name: usize, value: usize) {
        let tokens = self.file.tokens;
        let given =
            Given { name: tokens.text(name), at: tokens.span(name), whole: tokens.cover(first, value), value: None };
        if tokens.kind(value) == Kind::Text {
            let mapping = Mapping::straight(tokens.span(value));
            let text = Snippet { text: tokens.text(value), mapping: &mapping };
            self.scribe.define_as(Given { value: Some(text), ..given }, None);
        } else {
            self.scribe.define(given, None);
        }
    }

    /// `os.Setenv("X", value)`.
    fn set(&mut self, found: Match) {
        let tokens = self.file.tokens;
        if let Some(name) = found.name.filter(|name| is_name(tokens.text(*name)) && tokens.is_mark(name + 1, ",")) {
            self.define(found.first, name, name + 2);
        }
    }

    fn load(&mut self, found: Match, form: &LoadForm) {
        if found.first < self.last_load {
            return;
        }
        let tokens = self.file.tokens;
        // Forms without a bracket may have one all the same, or an argument after a blank.
        let open = [found.last, found.last + 1].into_iter().find(|at| tokens.is_mark(*at, "("));
        let close = open.and_then(|open| tokens.partner(open)).unwrap_or(found.last);
        self.last_load = close.max(found.last) + 1;
        let arguments = open.map_or(0..0, |open| open + 1..close.min(open + LONGEST_ARGUMENTS));
        let is_folder = |at: usize| tokens.is_word(at, "__DIR__") || tokens.is_word(at, "dirname");
        let has_folder = arguments.clone().any(is_folder);
        let texts = arguments.clone().filter(|at| tokens.kind(*at) == Kind::Text);
        // In PHP it is the folder that is named.
        let named = texts.map(|at| tokens.text(at).to_owned()).filter(|_| self.file.language != Language::Php);
        let files: Vec<String> = named.collect();
        let computed = !has_folder && files.is_empty() && arguments.clone().any(|at| tokens.kind(at) == Kind::Word);
        let keeps = files.is_empty() || matches!(form.search, Search::CurrentUp | Search::Project);
        let search = if keeps { form.search } else { Search::Path };
        self.scribe.facts.loads.push(Load {
            at: tokens.cover(self.path_start(found.first), close.max(found.last)),
            loader: form.loader,
            fills: form.fills,
            files,
            computed,
            search,
            overrides: form.overrides,
            scope: self.file.scopes.of(tokens, found.first),
            hoisted: form.hoisted,
            command: None,
        });
    }

    fn import(&mut self, found: Match) {
        let tokens = self.file.tokens;
        let Some(name) = found.name else { return };
        self.scribe.facts.imports.push(Import {
            module: tokens.text(name).to_owned(),
            names: Vec::new(),
            at: tokens.cover(found.first, found.last),
            scope: self.file.scopes.of(tokens, found.first),
            hoisted: false,
        });
    }

    /// `name = …`, `name := …`: where the value begins.
    fn assignment(&mut self, at: usize) {
        let tokens = self.file.tokens;
        let length = if tokens.is_row(at + 1, ":=") {
            2
        } else {
            usize::from(tokens.is_mark(at + 1, "=") && !tokens.is_row(at + 1, "==") && !tokens.is_row(at + 1, "=>"))
        };
        if length > 0 {
            let name = bare(tokens.text(at)).to_owned();
            self.names.assigned.entry(name).or_insert(at + 1 + length);
        }
    }

    /// Strings that say something by themselves, and those that have a name.
    fn text(&mut self, at: usize) {
        let tokens = self.file.tokens;
        match self.file.language {
            Language::Go if tokens.text(at).contains(":\"") => self.struct_tag(at),
            Language::Java | Language::Kotlin if at >= 2 && tokens.is_word(at - 2, "Value") => self.placeholder(at),
            Language::Rust => self.clap(at),
            Language::Php if at >= 2 && tokens.is_word(at - 2, "putenv") => self.put(at),
            _ => {}
        }
        if let Some(name) = self.binding(at) {
            self.names.constants.insert(bare(&name).to_owned(), at);
        }
    }

    /// A tag of a Go struct's field: `env:"X" envDefault:"none"`.
    fn struct_tag(&mut self, at: usize) {
        let tokens = self.file.tokens;
        let (tag, place) = (tokens.text(at), tokens.span(at));
        let option = |key: &str| {
            let start =
                tag.find(&format!("{key}:\"")).filter(|start| *start == 0 || tag.as_bytes()[start - 1] == b' ')?
                    + key.len()
                    + 2;
            let length = tag[start..].find('"')?;
            Some(start..start + length)
        };
        let Some(value) = option("env").or_else(|| option("envconfig")) else { return };
        let length = tag[value.clone()].find(',').unwrap_or(value.len());
        let name = &tag[value.start..value.start + length];
        if !is_variable(name) {
            return;
        }
        let flags = &tag[value.start + length..value.end];
        let required = flags.contains("required") || flags.contains("notEmpty") || tag.contains("required:\"true\"");
        let span = |range: Range<usize>| Span::new(place.start + range.start, place.start + range.end);
        let fallback = match option("envDefault").or_else(|| option("default")) {
            Some(default) if !default.is_empty() => Fallback::Literal(span(default)),
            _ if required => Fallback::Fails,
            _ => Fallback::Nothing,
        };
        let field = (at.saturating_sub(8)..at).rev().find(|at| tokens.is_fresh(*at));
        let bound_to = field.map(|field| tokens.text(field).to_owned());
        self.push(name, span(value.start..value.start + length), place, Via::Process, fallback, bound_to);
    }

    /// `@Value("${X:none}")`.
    fn placeholder(&mut self, at: usize) {
        let tokens = self.file.tokens;
        let (text, place) = (tokens.text(at), tokens.span(at));
        // Kotlin writes `\${X}`.
        let Some(open) = text.find("${") else { return };
        let Some(close) = text[open..].find('}').map(|close| open + close) else { return };
        let body = &text[open + 2..close];
        let (name, default) = body.split_once(':').map_or((body, None), |(name, default)| (name, Some(default)));
        if !is_variable(name) {
            return;
        }
        let span = |from: usize, length: usize| Span::new(place.start + from, place.start + from + length);
        let fallback = match default {
            None => Fallback::Fails,
            Some("") => Fallback::Nothing,
            Some(default) => Fallback::Literal(span(close - default.len(), default.len())),
        };
        let field = (at..at + 12)
            .find(|at| tokens.is_mark(at + 1, ";") || tokens.is_mark(at + 1, ":") || tokens.is_mark(at + 1, ","));
        let bound_to =
            field.filter(|field| tokens.kind(*field) == Kind::Word).map(|field| tokens.text(field).to_owned());
        self.push(name, span(open + 2, name.len()), place, Via::Settings, fallback, bound_to);
    }

    /// `#[arg(long, env = "X")]`, `Arg::new("key").env("X")`.
    fn clap(&mut self, at: usize) {
        let tokens = self.file.tokens;
        let Some(open) = tokens.parent(at).filter(|_| at >= 2 && tokens.is_word(at - 2, "env")) else { return };
        let in_attribute =
            tokens.is_mark(at - 1, "=") && open > 0 && matches!(tokens.text(open - 1), "arg" | "clap" | "structopt");
        let in_builder = open + 1 == at && tokens.is_mark(at + 1, ")") && at >= 3 && tokens.is_mark(at - 3, ".");
        let name = tokens.text(at);
        if is_variable(name) && (in_attribute || in_builder) {
            let default =
                (open..at + 20).find(|at| tokens.is_word(*at, "default_value") && tokens.parent(*at) == Some(open));
            let fallback = default.map_or(Fallback::Other, |default| self.value(default + 2, default + 3));
            self.push(name, tokens.span(at), tokens.cover(at, at), Via::Process, fallback, None);
        }
    }

    /// `putenv("X=value")`.
    fn put(&mut self, at: usize) {
        let tokens = self.file.tokens;
        let (text, place) = (tokens.text(at), tokens.span(at));
        let Some((name, value)) = text.split_once('=').filter(|(name, _)| is_name(name)) else { return };
        let mapping = Mapping::straight(Span::new(place.end - value.len(), place.end));
        let value = Snippet { text: value, mapping: &mapping };
        let name_at = Span::new(place.start, place.start + name.len());
        self.scribe.define_as(Given { name, at: name_at, whole: place, value: Some(value) }, None);
    }

    fn push(&mut self, name: &str, at: Span, whole: Span, via: Via, fallback: Fallback, bound_to: Option<String>) {
        if let Some(bound) = &bound_to {
            self.names.bound.insert(bound.clone(), self.scribe.facts.reads.len());
        }
        self.names.variables.insert(self.scribe.facts.reads.len(), name.to_owned());
        let (name, scope, feeds) = (name.to_owned(), Scope::Function, None);
        self.scribe.facts.reads.push(Read { name, at, whole, via, scope, fallback, bound_to, feeds });
    }
}

/// Whether `name` is one that `form` would read from the environment. PHP's `$_SERVER` also holds the request.
fn is_wanted(name: &str, form: &ReadForm) -> bool {
    let of_request = ["HTTP_", "REQUEST_", "SERVER_", "REMOTE_", "SCRIPT_", "DOCUMENT_", "QUERY_", "PHP_", "PATH_"];
    let is_server = form.form.starts_with("$_SERVER");
    match form.via {
        Via::Settings => !name.is_empty() && name.len() < 200,
        _ => {
            is_name(name)
                && !(is_server && (of_request.iter().any(|front| name.starts_with(front)) || !is_variable(name)))
        }
    }
}
