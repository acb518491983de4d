//! Folding: what an expression of constants comes to, in bounded time.
//!
//! An expression is folded on its way down, at most [`DEEPEST`] levels; a sum of any length is one level. Every step is paid for, names are folded
//! once, and what could not be folded is not tried again, so the cost follows the text. What a language calls its operations is in
//! [`super::javascript`] and [`super::python`]; what they do to strings is here and in [`Value`].

use std::{
    collections::{HashMap, HashSet},
    rc::Rc,
};

use super::{
    javascript,
    literal::push_part,
    names::{Action, Binding, Names, Write},
    python,
    value::{LONGEST, Value},
};
use crate::{
    model::Span,
    syntax::{Grammar, Node, Tree},
};

/// Expressions of people are not nested deeper.
const DEEPEST: u32 = 60;
/// Steps for each node of the tree, and on top of that. Names are folded once, so a program that people write needs two or three.
const STEPS_PER_NODE: usize = 8;
const FREE_STEPS: usize = 20_000;
/// Bytes of values that may be made for each byte of the text, and on top of that.
const BYTES_PER_BYTE: usize = 4;
const FREE_BYTES: usize = 1 << 20;
/// What an item of a list counts for: it is a value of its own, however short it is.
const BYTES_PER_ITEM: usize = 8;
/// Of a sum that is longer than a value may be, this much is repeated in front of what follows: a key is shorter.
const OVERLAP: usize = 1024;
/// More parts than a list of pieces has.
const MOST_ITEMS: usize = 4096;

/// What an expression comes to.
#[derive(Clone, Debug)]
pub(super) enum Folded {
    Text(Rc<Value>),
    /// A whole number, and the place of the literal that it was made from.
    Number(u32, Span),
    /// A list, with gaps where a part is not known.
    List(Rc<Vec<Option<Folded>>>),
}

impl Folded {
    pub(super) fn text(value: Value) -> Self {
        Self::Text(Rc::new(value))
    }

    pub(super) fn list(items: Vec<Option<Self>>) -> Self {
        Self::List(Rc::new(items))
    }

    pub(super) fn as_text(&self) -> Option<&Rc<Value>> {
        match self {
            Self::Text(value) => Some(value),
            _ => None,
        }
    }

    pub(super) fn as_list(&self) -> Option<&[Option<Self>]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn as_number(&self) -> Option<usize> {
        match self {
            Self::Number(number, _) => usize::try_from(*number).ok(),
            _ => None,
        }
    }
}

/// The values that a name has, one behind each write.
#[derive(Debug, Default)]
pub(super) struct Chain {
    /// In order: position of the write, which value it leaves, and how long that is then.
    steps: Vec<(u32, Option<usize>, usize)>,
    values: Vec<Folded>,
    /// For each value, what was put together in straight order: the first and the last node.
    pub(super) stretches: Vec<Span>,
}

/// A program that is being folded.
pub(super) struct Evaluator<'t> {
    pub(super) grammar: Grammar,
    tree: &'t Tree<'t>,
    names: Option<Names<'t>>,
    chains: HashMap<Binding<'t>, Chain>,
    /// Names whose chains were told.
    told: HashSet<Binding<'t>>,
    /// Names that stand for an item of a list while its items are gone through.
    items: Vec<(&'t str, Folded)>,
    /// Nodes that cannot be folded.
    failed: Vec<bool>,
    /// Nodes that what is being folded was made from.
    trail: Vec<u32>,
    depth: u32,
    /// Whether the last fold ended at the deepest level, so that its failure says nothing of the nodes on the way.
    too_deep: bool,
    steps: usize,
    bytes: usize,
    /// Beginnings of sums that became too long.
    pub(super) overflow: Vec<Value>,
    /// Whether a bound was met.
    pub(super) is_cut: bool,
}

impl<'t> Evaluator<'t> {
    pub(super) fn new(tree: &'t Tree<'t>, grammar: Grammar) -> Self {
        let nodes = tree.nodes().count();
        Self {
            grammar,
            tree,
            names: None,
            chains: HashMap::new(),
            told: HashSet::new(),
            items: Vec::new(),
            failed: vec![false; nodes],
            trail: Vec::new(),
            depth: 0,
            too_deep: false,
            steps: nodes * STEPS_PER_NODE + FREE_STEPS,
            bytes: tree.root().span().end * BYTES_PER_BYTE + FREE_BYTES,
            overflow: Vec::new(),
            is_cut: false,
        }
    }

    /// What `node` comes to; `None` when that cannot be told.
    pub(super) fn fold(&mut self, node: Node<'t>) -> Option<Folded> {
        let position = node.position() as usize;
        // Without a byte left nothing can be made, and trying costs as much as making it.
        if self.failed[position] || self.bytes == 0 {
            return None;
        }
        if self.depth == DEEPEST {
            (self.too_deep, self.is_cut) = (true, true);
            return None;
        }
        self.spend(1)?;
        if self.depth == 0 {
            self.too_deep = false;
        }
        self.depth += 1;
        let trail = self.trail.len();
        let folded = match self.grammar {
            Grammar::Python => python::fold(self, node),
            _ => javascript::fold(self, node),
        };
        self.depth -= 1;
        // Within the parts of a list a name may stand for something else the next time.
        self.failed[position] |= folded.is_none() && !self.too_deep && self.items.is_empty();
        let folded = folded.filter(|folded| self.pays(folded));
        if folded.is_none() {
            self.trail.truncate(trail);
        } else {
            self.trail.push(node.position());
        }
        folded
    }

    /// The nodes that the last fold was made from, those of constants left out.
    pub(super) fn take_trail(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.trail)
    }

    /// Takes `steps` from those that are left; `None` when there are not so many.
    pub(super) fn spend(&mut self, steps: usize) -> Option<()> {
        self.is_cut |= steps > self.steps;
        let left = self.steps.checked_sub(steps);
        self.steps = left.unwrap_or(0);
        left.map(|_| ())
    }

    /// Takes the bytes of what was folded from those that are left.
    fn pays(&mut self, folded: &Folded) -> bool {
        let (length, cost) = match folded {
            Folded::Text(value) => (value.len(), value.len()),
            Folded::Number(..) => (1, 1),
            Folded::List(items) => (items.len(), items.len() * BYTES_PER_ITEM),
        };
        self.is_cut |= length > LONGEST;
        self.charge(cost) && length <= LONGEST
    }

    /// Takes `cost` from the bytes that are left, and tells whether there were so many.
    fn charge(&mut self, cost: usize) -> bool {
        let pays = cost <= self.bytes;
        self.is_cut |= !pays;
        self.bytes = self.bytes.saturating_sub(cost);
        pays
    }

    /// The string that `node` comes to.
    pub(super) fn text(&mut self, node: Node<'t>) -> Option<Rc<Value>> {
        self.fold(node)?.as_text().cloned()
    }

    /// The text of the string that `node` comes to.
    pub(super) fn word(&mut self, node: Node<'t>) -> Option<Vec<u8>> {
        self.text(node)?.bytes()
    }

    /// The strings that `pieces` come to, one behind the other, with gaps where one is not known; `None` when all are gaps.
    pub(super) fn sum(&mut self, pieces: impl IntoIterator<Item = Node<'t>>) -> Option<Folded> {
        let pieces: Vec<Option<Folded>> = pieces.into_iter().map(|piece| self.fold(piece)).collect();
        self.total(&pieces)
    }

    /// The sum of `pieces`: of two numbers or lists, or of strings.
    pub(super) fn total(&mut self, pieces: &[Option<Folded>]) -> Option<Folded> {
        match pieces {
            [Some(Folded::Number(..)), Some(Folded::Number(..))] => {
                return computed(pieces[0].as_ref()?, "+", pieces[1].as_ref()?);
            }
            [Some(Folded::List(one)), Some(Folded::List(other))] => {
                return Some(Folded::list([one.as_slice(), other.as_slice()].concat()));
            }
            _ => {}
        }
        let is_any = pieces.iter().flatten().any(|piece| !matches!(piece, Folded::List(_)));
        is_any.then(|| join(self, pieces, &Value::default()))
    }

    /// Puts `value` behind `sum`. What would become too long is given out in parts.
    pub(super) fn put(&mut self, sum: &mut Value, value: &Value) {
        if sum.len() + value.len() > LONGEST {
            let rest = sum.tail(OVERLAP);
            let whole = std::mem::replace(sum, rest);
            // A list is put together as often as a program says so, and only what is left of it in the end is paid for otherwise.
            if self.charge(whole.len()) {
                self.overflow.push(whole);
            }
        }
        sum.append(value);
    }

    /// Puts what `expression` comes to behind `sum`, or a gap where that is not known.
    pub(super) fn put_sum(&mut self, sum: &mut Value, expression: Option<Node<'t>>) {
        match expression.and_then(|inner| self.sum([inner])) {
            Some(Folded::Text(value)) => self.put(sum, &value),
            _ => sum.push_unknown(),
        }
    }

    /// Puts what the part of a literal at `node` stands for behind `sum`.
    pub(super) fn put_part(&mut self, sum: &mut Value, node: Node<'_>) {
        let mut piece = Value::default();
        push_part(&mut piece, node);
        self.put(sum, &piece);
    }

    fn names(&mut self) -> &Names<'t> {
        let (tree, grammar) = (self.tree, self.grammar);
        self.names.get_or_insert_with(|| Names::of(tree, grammar))
    }

    /// What the name at `node` stands for there.
    pub(super) fn constant(&mut self, node: Node<'t>) -> Option<Folded> {
        if let Some((_, item)) = self.items.iter().rev().find(|(name, _)| *name == node.text()) {
            return Some(item.clone());
        }
        let binding = self.names().binding(node)?;
        self.follow(binding);
        let chain = &self.chains[&binding];
        let before = chain.steps.partition_point(|(at, ..)| *at < node.position()).checked_sub(1);
        // In front of all writes it is read by a function that runs later.
        let is_one = chain.steps.len() == 1;
        let (_, value, length) = before.filter(|_| !is_one).map(|at| &chain.steps[at]).or(chain.steps.last())?;
        match &chain.values[(*value)?] {
            Folded::Text(value) if *length < value.len() => Some(Folded::text(value.slice(0, *length))),
            value => Some(value.clone()),
        }
    }

    /// The node that the name at `node` is set to once and for all.
    pub(super) fn definition(&mut self, node: Node<'t>) -> Option<Node<'t>> {
        let names = self.names();
        match names.writes(names.binding(node)?) {
            [Write { action: Action::Sets(value), .. }] => Some(*value),
            _ => None,
        }
    }

    /// Folds what `binding` is given, write by write. While that is under way it has the values of the writes before, so a name that leads back to
    /// itself is not known.
    pub(super) fn follow(&mut self, binding: Binding<'t>) {
        if self.chains.contains_key(&binding) {
            return;
        }
        self.chains.insert(binding, Chain::default());
        // What a name stands for is looked at where it gets it, too.
        let trail = self.trail.len();
        let writes = self.names().writes(binding).to_vec();
        let is_one = writes.len() == 1;
        for Write { name, action, is_straight } in writes {
            let mut value = None;
            match action {
                Action::Declares => continue,
                _ if !is_straight && !is_one => {}
                Action::Sets(node) => value = self.set(binding, node),
                Action::Appends(node) => value = self.append(binding, node),
                Action::Unknown => {}
            }
            let chain = self.chains.entry(binding).or_default();
            let length = value.and_then(|value| chain.values[value].as_text()).map_or(0, |value| value.len());
            chain.steps.push((name.position(), value, length));
        }
        self.trail.truncate(trail);
    }

    fn set(&mut self, binding: Binding<'t>, node: Node<'t>) -> Option<usize> {
        let value = self.fold(node)?;
        let chain = self.chains.entry(binding).or_default();
        chain.values.push(value);
        chain.stretches.push(node.span());
        Some(chain.values.len() - 1)
    }

    fn append(&mut self, binding: Binding<'t>, node: Node<'t>) -> Option<usize> {
        let value = self.fold(node).and_then(shown);
        let chain = self.chains.get_mut(&binding)?;
        let last = chain.steps.last()?.1?;
        let mut sum = match &mut chain.values[last] {
            // Nobody else has it yet, most often, so it grows in its place.
            Folded::Text(sum) => std::mem::take(Rc::make_mut(sum)),
            _ => return None,
        };
        let stretch = &mut chain.stretches[last];
        stretch.end = stretch.end.max(node.span().end);
        match value {
            Some(value) => self.put(&mut sum, &value),
            None => sum.push_unknown(),
        }
        *self.chains.get_mut(&binding)?.values.get_mut(last)? = Folded::text(sum);
        Some(last)
    }

    /// The strings to which a name is put together by several statements, each with the stretch of those; told once. The name is at `node`.
    pub(super) fn chained(&mut self, node: Node<'t>) -> Vec<(Rc<Value>, Span)> {
        let Some(binding) = self.names().binding(node) else { return Vec::new() };
        if !self.told.insert(binding) {
            return Vec::new();
        }
        self.follow(binding);
        let Some(chain) = self.chains.get(&binding) else { return Vec::new() };
        let mut writes = vec![0_usize; chain.values.len()];
        chain.steps.iter().filter_map(|(_, value, _)| *value).for_each(|value| writes[value] += 1);
        let values = chain.values.iter().zip(&chain.stretches).zip(writes);
        let several = values.filter(|(_, writes)| *writes > 1);
        several.filter_map(|((value, stretch), _)| Some((value.as_text()?.clone(), *stretch))).collect()
    }

    /// The items of `list`, each as `body` makes it of `name`.
    pub(super) fn each(&mut self, list: &[Option<Folded>], name: &'t str, body: Node<'t>) -> Folded {
        let of = |item: &Option<Folded>| {
            self.items.push((name, item.clone()?));
            let made = self.fold(body);
            self.items.pop();
            made
        };
        Folded::list(list.iter().map(of).collect())
    }

    /// The items of a list, those of lists that are spread out in it among them.
    pub(super) fn items(&mut self, nodes: impl IntoIterator<Item = Node<'t>>) -> Option<Vec<Option<Folded>>> {
        let mut items = Vec::new();
        for node in nodes {
            if node.is(&["spread_element", "list_splat"]) {
                let spread = node.items().next().and_then(|inner| self.fold(inner));
                match spread.as_ref().map(spread_out) {
                    Some(inner) => items.extend(inner?),
                    None => items.push(None),
                }
            } else {
                items.push(self.fold(node));
            }
            if items.len() > MOST_ITEMS {
                self.is_cut = true;
                return None;
            }
        }
        Some(items)
    }
}

/// The string that stands for `folded` where it is put into another.
fn shown(folded: Folded) -> Option<Rc<Value>> {
    match folded {
        Folded::Text(value) => Some(value),
        Folded::Number(number, place) => {
            let mut value = Value::default();
            number.to_string().chars().for_each(|digit| value.push_char(digit, place));
            Some(Rc::new(value))
        }
        Folded::List(_) => None,
    }
}

/// The items of a list, or the characters of a string.
pub(super) fn spread_out(folded: &Folded) -> Option<Vec<Option<Folded>>> {
    match folded {
        Folded::List(items) => Some(items.to_vec()),
        Folded::Text(value) if value.len() <= MOST_ITEMS => {
            Some(value.characters().map(|character| Some(Folded::text(character))).collect())
        }
        _ => None,
    }
}

/// The strings in `items` with `separator` between them.
pub(super) fn join(evaluator: &mut Evaluator<'_>, items: &[Option<Folded>], separator: &Value) -> Folded {
    let mut sum = Value::default();
    for (at, item) in items.iter().enumerate() {
        if at > 0 && !separator.is_empty() {
            evaluator.put(&mut sum, separator);
        }
        match item.clone().and_then(shown) {
            Some(value) => evaluator.put(&mut sum, &value),
            None => sum.push_unknown(),
        }
    }
    Folded::text(sum)
}

/// The characters whose numbers are in `items`.
pub(super) fn characters(evaluator: &mut Evaluator<'_>, items: &[Option<Folded>]) -> Folded {
    let mut sum = Value::default();
    for item in items {
        match item {
            Some(Folded::Number(code, place)) => match Value::character(*code, *place) {
                Some(value) => evaluator.put(&mut sum, &value),
                None => sum.push_unknown(),
            },
            // What stands for a number in a string of them: `"115,107".split(",")`.
            Some(Folded::Text(value)) => match number_in(value) {
                Some(value) => evaluator.put(&mut sum, &value),
                None => sum.push_unknown(),
            },
            _ => sum.push_unknown(),
        }
    }
    Folded::text(sum)
}

fn number_in(value: &Value) -> Option<Value> {
    let digits = String::from_utf8(value.trimmed().bytes()?).ok()?;
    Value::character(digits.parse().ok()?, value.stretch(Span::new(0, usize::MAX))?)
}

/// `list` or a string backwards.
pub(super) fn reversed(folded: &Folded) -> Option<Folded> {
    Some(match folded {
        Folded::Text(value) => Folded::text(value.reversed()),
        Folded::List(items) => {
            let turned = |item: &Option<Folded>| match item {
                Some(Folded::Text(value)) if value.len() == 1 => Some(Folded::text(value.reversed())),
                other => other.clone(),
            };
            Folded::list(items.iter().rev().map(turned).collect())
        }
        Folded::Number(..) => return None,
    })
}

/// The part of a list or a string from `start` up to `end`.
pub(super) fn part(folded: &Folded, start: usize, end: usize) -> Option<Folded> {
    Some(match folded {
        Folded::Text(value) => Folded::text(value.slice(start, end)),
        Folded::List(items) => Folded::list(items.get(start.min(items.len())..end.min(items.len()))?.to_vec()),
        Folded::Number(..) => return None,
    })
}

/// `text` with `with` wherever `from` stands.
pub(super) fn replaced(evaluator: &mut Evaluator<'_>, text: &Value, from: &[u8], with: &Value) -> Option<Folded> {
    if from.is_empty() {
        return None;
    }
    let pieces: Vec<_> = text.split(from).into_iter().map(|piece| Some(Folded::text(piece))).collect();
    Some(join(evaluator, &pieces, with))
}

/// What `text` stands for in the encoding that a program calls `name`.
pub(super) fn decoded(text: &Rc<Value>, name: &str) -> Option<Folded> {
    Some(match name.to_ascii_lowercase().trim_end_matches("_codec") {
        "base64" | "base64url" | "b64" => Folded::text(text.base64()?),
        "hex" => Folded::text(text.hex()?),
        "utf8" | "utf-8" | "utf_8" | "ascii" | "latin1" | "latin-1" | "binary" => Folded::Text(text.clone()),
        _ => return None,
    })
}

/// The whole number that `text` stands for, in decimal or hexadecimal digits.
pub(super) fn number(node: Node<'_>) -> Option<Folded> {
    let text = node.text();
    let number = match text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        None => text.parse().ok()?,
    };
    Some(Folded::Number(number, node.span()))
}

/// A sum, a difference or what differs of two numbers.
pub(super) fn computed(left: &Folded, operator: &str, right: &Folded) -> Option<Folded> {
    let (Folded::Number(one, place), Folded::Number(other, _)) = (left, right) else { return None };
    let number = match operator {
        "+" => one.checked_add(*other),
        "-" => one.checked_sub(*other),
        "^" => Some(one ^ other),
        _ => None,
    };
    Some(Folded::Number(number?, *place))
}
