//! A program as the readers see it: what its names stand for, which expression leads to which variable, and the facts so far.
//!
//! Names are resolved within one file and without running anything: to the last value they were given above the place of use, in the
//! innermost function that both share. That is how a person reads a page of code, and as fallible. All steps are counted.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    marker::PhantomData,
};

use super::{Node, Piece, Wording};
use crate::{
    lint::{
        Catalogue, FileFacts,
        catalogue::Standing,
        facts::{Definition, Fallback, Giver, KeyArgument, Read, Value},
    },
    model::{Secret, Span},
    rules::{Provider, Sdk},
};

/// Wrappers around a value that are looked through, one in the other.
const MOST_WRAPPERS: usize = 32;
/// Expressions around a value that are looked at.
const MOST_AROUND: usize = 6;

/// How a language writes what all have.
pub(in super::super) trait Dialect {
    /// Its name among the libraries in `rules/`.
    const LIBRARIES: &'static str;
    /// Its name as people write it.
    const NAME: &'static str;
    /// Words without which no variable is read and no `.env` file loaded.
    const ASKING: &'static [&'static str];
    /// Nodes between a value and what is looked through around it: the method or the list of arguments of a call.
    const LED_THROUGH: &'static [&'static str];

    /// The path of the member `name` of what `path` names.
    fn join(path: &str, name: &str) -> String;
    /// The next expression below `node` with the same value: behind parentheses, casts, `await`, `str(…)`, `.strip()`.
    fn below(node: Node<'_>) -> Option<Node<'_>>;
    /// The innermost expression below `node` with the same value, which may be `node` itself.
    fn peel(mut node: Node<'_>) -> Node<'_> {
        for _ in 0..MOST_WRAPPERS {
            let Some(below) = Self::below(node) else { break };
            node = below;
        }
        node
    }
    /// The expressions of which `node` is one: both sides of `or`, both ways of a condition.
    fn either(node: Node<'_>) -> Option<(Node<'_>, Node<'_>)>;
    /// The largest expression that still has the value of `node`, and what is taken instead when it has none.
    fn around(node: Node<'_>) -> (Node<'_>, Option<Node<'_>>) {
        let mut outer = node;
        let mut alternative = None;
        for parent in node.ancestors().take(MOST_AROUND) {
            match Self::either(parent) {
                Some((first, second)) if first.holds(node) => alternative = alternative.or(Some(second)),
                _ if Self::peel(parent) == Self::peel(outer) => {}
                _ if parent.is(Self::LED_THROUGH) => continue,
                _ => break,
            }
            outer = parent;
        }
        (outer, alternative)
    }
    /// Both sides of an addition.
    fn addition(node: Node<'_>) -> Option<(Node<'_>, Node<'_>)>;
    /// Adds the pieces of the string literal that `node` is; `false` when it is none.
    fn text<'t>(node: Node<'t>, pieces: &mut Vec<Piece<'t>>) -> bool;
    /// Object and name of a member: `a.b`.
    fn member(node: Node<'_>) -> Option<(Node<'_>, &str)>;
    /// What is called, if it is a call.
    fn called(node: Node<'_>) -> Option<Node<'_>>;
    /// The path of the module that the expression loads.
    fn module(node: Node<'_>) -> Option<String>;
    /// Whether it is a plain name.
    fn is_name(node: Node<'_>) -> bool;
    /// Whether its names are its own.
    fn is_function(node: Node<'_>) -> bool;
    /// Whether it stands for "not given".
    fn is_nothing(node: Node<'_>) -> bool;
    /// Whether `path` names `package` or something in it.
    fn is_in(path: &str, package: &str) -> bool;
}

/// What a name stands for.
#[derive(Clone, Debug)]
pub(in super::super) enum Binding<'t> {
    /// The value of an expression.
    Value(Node<'t>),
    /// A member of that value.
    Member(Node<'t>, String),
    /// Something of a module.
    Path(String),
    /// What a caller passes, or else this.
    Default(Node<'t>),
    /// A class of this file.
    Class(Node<'t>),
    /// Something that is not known.
    Unknown,
}

#[derive(Clone, Debug)]
struct Bound<'t> {
    binding: Binding<'t>,
    /// The statement that binds it.
    by: Node<'t>,
    /// The function it belongs to.
    function: Option<Node<'t>>,
}

/// What is longer, members of members included, is no name that people write.
pub(in super::super) const LONGEST_NAME: usize = 120;

/// A name that is bound more often than this is not followed further.
const MOST_BINDINGS: usize = 32;

/// Names and what they were bound to, in order.
#[derive(Debug, Default)]
pub(in super::super) struct Names<'t> {
    bound: HashMap<String, Vec<Bound<'t>>>,
}

impl<'t> Names<'t> {
    /// Binds `name` by the statement `by`.
    pub(in super::super) fn bind<D: Dialect>(&mut self, name: &str, binding: Binding<'t>, by: Node<'t>) {
        let function = by.ancestors().find(|node| D::is_function(*node));
        self.bind_in(name, binding, by, function);
    }

    /// Binds `name` within `function`.
    pub(in super::super) fn bind_in(
        &mut self,
        name: &str,
        binding: Binding<'t>,
        by: Node<'t>,
        function: Option<Node<'t>>,
    ) {
        if name.len() > LONGEST_NAME {
            return;
        }
        let bound = Bound { binding, by, function };
        match self.bound.entry(name.to_owned()) {
            Entry::Occupied(mut known) if known.get().len() < MOST_BINDINGS => known.get_mut().push(bound),
            Entry::Occupied(_) => {}
            Entry::Vacant(free) => _ = free.insert(vec![bound]),
        }
    }

    /// What `name` stands for at `place`.
    fn at(&self, name: &str, place: Node<'t>) -> Option<&Binding<'t>> {
        let visible = self.bound.get(name)?.iter().filter(|bound| bound.function.is_none_or(|f| f.holds(place)));
        let is_above = |bound: &Bound<'t>| bound.by.position() < place.position() && !bound.by.holds(place);
        let depth = |bound: &Bound<'t>| bound.function.map_or(0, |function| function.position() + 1);
        // The innermost function, then what stands above, then the last of it; of what stands below, the first.
        let order = |bound: &Bound<'t>| {
            let (above, at) = (is_above(bound), i64::from(bound.by.position()));
            (depth(bound), above, if above { at } else { -at })
        };
        visible.max_by_key(|bound| order(bound)).map(|bound| &bound.binding)
    }

    /// What `name` was bound to last, wherever that was.
    fn anywhere(&self, name: &str) -> Option<&Binding<'t>> {
        self.bound.get(name)?.last().map(|bound| &bound.binding)
    }
}

/// Where a value comes from.
#[derive(Clone, Debug)]
pub(in super::super) struct Origin<'t> {
    /// What it is, most likely.
    pub(in super::super) source: OriginSource<'t>,
    /// All reads it may come from, as positions in [`FileFacts::reads`].
    pub(in super::super) reads: Vec<usize>,
}

/// What a value is.
#[derive(Clone, Copy, Debug)]
pub(in super::super) enum OriginSource<'t> {
    /// A variable, by its position in [`FileFacts::reads`].
    Read(usize),
    /// A text.
    Text(Node<'t>),
    /// Something else.
    Other,
}

/// Steps along names and members before a value counts as unknown.
const DEEPEST: usize = 12;
/// Expressions that are looked at for one value.
const MOST_STEPS: usize = 64;

/// A program that is being read.
#[derive(Debug)]
pub(in super::super) struct Script<'s, D> {
    /// What is known of providers.
    pub(in super::super) catalogue: &'s Catalogue,
    /// What its names stand for.
    pub(in super::super) names: Names<'s>,
    /// What was found.
    pub(in super::super) facts: &'s mut FileFacts,
    /// Libraries that the file imports from.
    pub(super) sdks: Vec<(&'s Provider, &'s Sdk)>,
    /// Expressions that are reads.
    reads: HashMap<u32, usize>,
    /// Strings that are addresses.
    pub(super) endpoints: HashMap<u32, usize>,
    /// Headers of which no call has told where they go, by the first byte of their value: the header, and the reads it gets its key from.
    pub(super) open_headers: BTreeMap<usize, (usize, Vec<usize>)>,
    dialect: PhantomData<D>,
}

impl<'s, D: Dialect> Script<'s, D> {
    /// Nothing known yet.
    pub(in super::super) fn new(catalogue: &'s Catalogue, facts: &'s mut FileFacts) -> Self {
        Self {
            catalogue,
            names: Names::default(),
            facts,
            sdks: Vec::new(),
            reads: HashMap::new(),
            endpoints: HashMap::new(),
            open_headers: BTreeMap::new(),
            dialect: PhantomData,
        }
    }

    /// Notes that something of the module at `path` is used.
    pub(in super::super) fn uses_module(&mut self, path: &str) {
        for (provider, sdk) in self.catalogue.sdks(D::LIBRARIES) {
            let is_new = !self.sdks.iter().any(|(_, known)| std::ptr::eq(*known, sdk));
            if is_new && sdk.packages.iter().any(|package| D::is_in(path, package)) {
                self.sdks.push((provider, sdk));
            }
        }
    }

    /// Whether something of a library that is known is used; without one there is no client.
    pub(in super::super) fn uses_a_library(&self) -> bool {
        !self.sdks.is_empty()
    }

    /// Notes that the expression `node` reads a variable.
    pub(in super::super) fn add_read(&mut self, node: Node<'s>, read: Read) {
        if let Fallback::Literal(at) = read.fallback
            && self.is_credential(&read.name)
        {
            self.hide(at);
        }
        if let Entry::Vacant(free) = self.reads.entry(node.position()) {
            free.insert(self.facts.reads.len());
            self.facts.reads.push(read);
        }
    }

    /// The name of the variable that the expression `node` reads.
    pub(in super::super) fn read_name(&self, node: Node<'s>) -> Option<String> {
        Some(self.facts.reads[*self.reads.get(&node.position())?].name.clone())
    }

    /// Whether `name` is taken from the module at `path` somewhere in the file.
    pub(in super::super) fn is_taken_from(&self, name: &str, path: &str) -> bool {
        let Some(Binding::Path(taken)) = self.names.anywhere(name) else { return false };
        *taken == D::join(path, name)
    }

    /// What `node` stands for, when it is a name or a member that was bound in this file.
    fn binding(&self, node: Node<'s>) -> Option<&Binding<'s>> {
        if D::is_name(node) {
            return self.names.at(node.text(), node);
        }
        D::member(node)?;
        let text = node.text();
        let is_plain =
            text.len() <= LONGEST_NAME && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._$".contains(&b));
        let text = is_plain.then_some(text)?;
        self.names.at(text, node).or_else(|| self.names.anywhere(text))
    }

    /// The member of an object whose class, or whose own members, are known in this file.
    fn field(&self, node: Node<'s>, deep: usize) -> Option<&Binding<'s>> {
        let (object, name) = D::member(node)?;
        self.field_of(object, name, deep)
    }

    fn field_of(&self, object: Node<'s>, name: &str, deep: usize) -> Option<&Binding<'s>> {
        let path = self.path_within(object, deep)?;
        let class = path.strip_suffix("()").unwrap_or(&path);
        self.names.anywhere(&format!("{class}.{name}"))
    }

    /// The path that `node` names, over the imports of the file: `os.environ` for `e` after `from os import environ as e`. Calls leave
    /// `()` behind, so that `Env().str` is `environs.Env().str`. A name that nothing binds is its own path.
    pub(in super::super) fn path(&self, node: Node<'s>) -> Option<String> {
        self.path_within(node, DEEPEST)
    }

    fn path_within(&self, node: Node<'s>, deep: usize) -> Option<String> {
        let deep = deep.checked_sub(1)?;
        let node = D::peel(node);
        if let Some(module) = D::module(node) {
            return Some(module);
        }
        if let Some(callee) = D::called(node) {
            return Some(self.path_within(callee, deep)? + "()");
        }
        match self.binding(node) {
            Some(Binding::Path(path)) => Some(path.clone()),
            Some(Binding::Value(value)) if value.position() != node.position() => self.path_within(*value, deep),
            Some(Binding::Member(value, name)) => Some(D::join(&self.path_within(*value, deep)?, name)),
            Some(Binding::Class(_)) => Some(node.text().to_owned()),
            Some(_) => None,
            None if D::is_name(node) => Some(node.text().to_owned()),
            None => {
                let (object, name) = D::member(node)?;
                Some(D::join(&self.path_within(object, deep)?, name))
            }
        }
    }

    /// Where the value of `node` comes from.
    pub(in super::super) fn origin(&self, node: Node<'s>) -> Origin<'s> {
        let mut reads = Vec::new();
        let source = self.follow(node, DEEPEST, &mut MOST_STEPS.clone(), &mut reads);
        reads.sort_unstable();
        reads.dedup();
        Origin { source, reads }
    }

    fn follow(&self, node: Node<'s>, deep: usize, steps: &mut usize, reads: &mut Vec<usize>) -> OriginSource<'s> {
        let (Some(deep), Some(left)) = (deep.checked_sub(1), steps.checked_sub(1)) else { return OriginSource::Other };
        *steps = left;
        let node = D::peel(node);
        if let Some(read) = self.reads.get(&node.position()) {
            reads.push(*read);
            return OriginSource::Read(*read);
        }
        if Wording::of::<D>(node).and_then(|wording| wording.literal()).is_some() {
            return OriginSource::Text(node);
        }
        if let Some((first, second)) = D::either(node) {
            let source = self.follow(first, deep, steps, reads);
            self.follow(second, deep, steps, reads);
            return source;
        }
        match self.binding(node).or_else(|| self.field(node, deep)) {
            Some(Binding::Value(value)) => self.follow(*value, deep, steps, reads),
            Some(Binding::Member(object, name)) => match self.field_of(*object, name, deep) {
                Some(Binding::Value(value)) => self.follow(*value, deep, steps, reads),
                _ => OriginSource::Other,
            },
            Some(Binding::Default(value)) => {
                self.follow(*value, deep, steps, reads);
                OriginSource::Other
            }
            Some(Binding::Path(_) | Binding::Class(_) | Binding::Unknown) | None => OriginSource::Other,
        }
    }

    /// The class of this file that `node` names.
    pub(in super::super) fn class(&self, node: Node<'s>) -> Option<Node<'s>> {
        if let Some(Binding::Class(class)) = self.binding(node) { Some(*class) } else { None }
    }

    /// The expression that `node` stands for, over names: the object that was bound to it, the string.
    pub(in super::super) fn value(&self, node: Node<'s>) -> Node<'s> {
        let mut node = D::peel(node);
        for _ in 0..DEEPEST {
            match self.binding(node) {
                Some(Binding::Value(value)) if *value != node => node = D::peel(*value),
                _ => break,
            }
        }
        node
    }

    /// How a client or header gets the key that `node` is, and what reads it comes from.
    pub(in super::super) fn key(&self, node: Node<'s>) -> (KeyArgument, Vec<usize>) {
        if D::is_nothing(D::peel(node)) {
            return (KeyArgument::Default, Vec::new());
        }
        let Origin { source, reads } = self.origin(node);
        let key = match source {
            OriginSource::Read(read) => KeyArgument::Variable(self.facts.reads[read].name.clone()),
            OriginSource::Text(text) => match Wording::of::<D>(text).and_then(|wording| wording.literal()) {
                Some(at) => KeyArgument::Literal(at),
                None => KeyArgument::Expression(node.span()),
            },
            OriginSource::Other => KeyArgument::Expression(node.span()),
        };
        (key, reads)
    }

    /// The text that `node` is, directly or over names, and its place.
    pub(in super::super) fn text(&self, node: Node<'s>) -> Option<(&'s str, Span)> {
        let node = self.value(node);
        let at = super::wording::literal::<D>(node)?;
        Some((node.slice(at), at))
    }

    /// What a read gives for which `given` stands in place of a missing value.
    pub(in super::super) fn fallback(&self, given: Node<'s>) -> Fallback {
        if D::is_nothing(D::peel(given)) {
            return Fallback::Nothing;
        }
        match self.text(given) {
            Some((_, at)) if at.is_empty() => Fallback::Nothing,
            Some((_, at)) => Fallback::Literal(at),
            None => Fallback::Other,
        }
    }

    /// Notes that the program gives the variable `name` the value `value`.
    pub(in super::super) fn define(&mut self, name: &str, at: Span, whole: Node<'s>, value: Node<'s>) {
        let literal = Wording::of::<D>(self.value(value)).and_then(|wording| wording.literal());
        let from = match self.origin(value).source {
            OriginSource::Read(read) => Some(self.facts.reads[read].name.clone()),
            _ => None,
        };
        if let Some(at) = literal
            && self.is_credential(name)
        {
            self.hide(at);
        }
        let text = |at: Span| Value { text: Secret::new(whole.slice(at).as_bytes(), 0), at };
        self.facts.definitions.push(Definition {
            name: name.to_owned(),
            at,
            whole: whole.span(),
            giver: Giver::Program,
            value: literal.map(text),
            from,
            section: None,
        });
    }

    /// Whether a variable called `name` is likely to hold a credential.
    fn is_credential(&self, name: &str) -> bool {
        let known = self.catalogue.named(name).is_some_and(|(_, standing)| standing != Standing::Setting);
        let upper = name.to_ascii_uppercase();
        known || ["KEY", "TOKEN", "SECRET", "PASSW", "CREDENTIAL"].iter().any(|word| upper.contains(word))
    }

    /// Notes that no excerpt may show the text at `at`.
    pub(in super::super) fn hide(&mut self, at: Span) {
        if !at.is_empty() {
            self.facts.hidden.push(at);
        }
    }

    /// Notes that the variables at `reads` are handed to `provider`.
    pub(super) fn feed(&mut self, reads: &[usize], provider: &str) {
        for read in reads {
            self.facts.reads[*read].feeds.get_or_insert_with(|| provider.to_owned());
        }
    }
}
