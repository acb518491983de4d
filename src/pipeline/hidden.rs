//! What of a text no excerpt may show, found once for the whole text.
//!
//! It is what any rule found, less the prefix that names its kind and the tail, and wherever the same value stands once more or goes on: the
//! same password beside its URL, characters glued to the end of a key that may well belong to it. The text is gone through once, and each
//! place in it asks a sorted list of the values, so that thousands of keys in one file cost little more than one.

use crate::model::{Secret, Span};

/// Shorter values stand in a text by chance.
const SHORTEST_REPEATED: usize = 6;
/// What begins as a longer value does, so far, is taken for it: to compare more in every place would take as long as the text is.
const COMPARED: usize = 256;

/// Where a secret stands, and which part of that may not be shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Masked {
    pub(super) span: Span,
    hidden: Span,
}

impl Masked {
    /// Of a `secret` that stands at `span` as it is: reports show its prefix and tail.
    pub(super) fn plain(span: Span, secret: &Secret) -> Self {
        let hidden = secret.hidden();
        Self { span, hidden: Span::new(span.start + hidden.start, span.start + hidden.end) }
    }

    /// Of one that is encoded at `span`, of which nothing may be shown: nobody can tell which characters are its tail.
    pub(super) fn encoded(span: Span) -> Self {
        Self { span, hidden: span }
    }
}

/// What is hidden in a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Hidden {
    /// Sorted and apart.
    hidden: Vec<Span>,
    /// The same with the prefixes and tails that may be shown.
    whole: Vec<Span>,
}

impl Hidden {
    /// What `masked` and whatever repeats it hide in `text`, and the `others` wherever they stand in it.
    pub(super) fn new(text: &[u8], masked: &[Masked], others: &[&[u8]]) -> Self {
        let own = masked.iter().map(|masked| &text[masked.span.range()]);
        let values = Values::new(own.chain(others.iter().copied()).collect());
        let mut places: Vec<Span> = masked.iter().map(|masked| masked.span).collect();
        places.sort_unstable();
        // Where it was found, its prefix may be seen.
        let is_own = |span: &Span| {
            let last = places.partition_point(|place| place.start <= span.start).checked_sub(1).map(|at| places[at]);
            last.is_some_and(|place| place.start == span.start && place.len() >= span.len().min(COMPARED))
        };
        let again = values.places(text, |span| !is_own(span));
        let inner = masked.iter().map(|masked| masked.hidden);
        let hidden = inner.chain(again.iter().copied()).chain(tails(text, &places)).collect();
        Self { hidden: merged(hidden), whole: merged([places, again].concat()) }
    }

    /// The hidden parts of `window`, in order. They may reach beyond it.
    pub(super) fn within(&self, window: Span) -> &[Span] {
        within(&self.hidden, window)
    }

    /// Whether a secret or a part of one stands in `line`, were it only what may be shown of it.
    pub(super) fn touches(&self, line: Span) -> bool {
        !within(&self.whole, line).is_empty()
    }
}

/// Those of `spans`, which are sorted and apart, that share a byte with `window`.
fn within(spans: &[Span], window: Span) -> &[Span] {
    let first = spans.partition_point(|span| span.end <= window.start);
    let end = spans.partition_point(|span| span.start < window.end);
    &spans[first..end.max(first)]
}

/// `spans` sorted and joined where they touch, the empty ones left out.
fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.retain(|span| !span.is_empty());
    spans.sort_unstable();
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut().filter(|last| span.start <= last.end) {
            Some(last) => last.end = last.end.max(span.end),
            None => joined.push(span),
        }
    }
    joined
}

/// What is glued to the ends of `places`.
fn tails(text: &[u8], places: &[Span]) -> Vec<Span> {
    let glued = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(**byte, b'-' | b'_');
    let mut ends: Vec<usize> = places.iter().map(|place| place.end).collect();
    ends.sort_unstable();
    let mut tails: Vec<Span> = Vec::new();
    for end in ends {
        // Whatever ends within a tail has the rest of it for its own.
        if tails.last().is_none_or(|last| last.end < end) {
            tails.push(Span::new(end, end + text[end..].iter().take_while(glued).count()));
        }
    }
    tails
}

fn beginning(value: &[u8]) -> &[u8] {
    &value[..value.len().min(COMPARED)]
}

/// Values to be found wherever they stand.
struct Values<'t> {
    /// Their beginnings in order, each once.
    sorted: Vec<&'t [u8]>,
    /// Length of the longest value with this beginning.
    lengths: Vec<usize>,
    /// For each the longest of the others that it begins with. All of those stand before it.
    inner: Vec<Option<usize>>,
    /// Bytes with which one of them begins.
    begins: [bool; 256],
}

impl<'t> Values<'t> {
    fn new(mut values: Vec<&'t [u8]>) -> Self {
        values.retain(|value| value.len() >= SHORTEST_REPEATED);
        // Of those with one beginning the longest stands first, and stays.
        values.sort_by(|a, b| (beginning(a), b.len()).cmp(&(beginning(b), a.len())));
        values.dedup_by_key(|value| beginning(value));
        let lengths = values.iter().map(|value| value.len()).collect();
        let values: Vec<&[u8]> = values.into_iter().map(beginning).collect();
        let mut begins = [false; 256];
        let mut inner = Vec::with_capacity(values.len());
        let mut open: Vec<usize> = Vec::new();
        for (at, value) in values.iter().enumerate() {
            begins[usize::from(value[0])] = true;
            while open.last().is_some_and(|last| !value.starts_with(values[*last])) {
                open.pop();
            }
            inner.push(open.last().copied());
            open.push(at);
        }
        Self { sorted: values, lengths, inner, begins }
    }

    /// Where in `text` one of them stands, of several that begin in the same place the longest, and `counts`. Places that overlap are joined, as a value
    /// that repeats itself would fill a list longer than the text.
    fn places(&self, text: &[u8], counts: impl Fn(&Span) -> bool) -> Vec<Span> {
        if self.sorted.is_empty() {
            return Vec::new();
        }
        let mut places: Vec<Span> = Vec::new();
        for at in (0..text.len()).filter(|at| self.begins[usize::from(text[*at])]) {
            let Some(length) = self.length_at(&text[at..]) else { continue };
            let span = Span::new(at, (at + length).min(text.len()));
            if !counts(&span) {
                continue;
            }
            match places.last_mut().filter(|last| span.start < last.end) {
                Some(last) => last.end = last.end.max(span.end),
                None => places.push(span),
            }
        }
        places
    }

    /// Length of the longest of them that `text` begins with.
    fn length_at(&self, text: &[u8]) -> Option<usize> {
        // Between a value and a text that begins with it stand only values that begin with it as well.
        let mut at = self.sorted.partition_point(|value| *value <= text).checked_sub(1)?;
        while !text.starts_with(self.sorted[at]) {
            at = self.inner[at]?;
        }
        Some(self.lengths[at])
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn hidden(text: &str, secrets: &[(usize, usize)], others: &[&str]) -> Hidden {
        let mask = |&(a, b): &(usize, usize)| Masked::plain(Span::new(a, b), &Secret::new(&text.as_bytes()[a..b], 2));
        let others: Vec<&[u8]> = others.iter().map(|other| other.as_bytes()).collect();
        Hidden::new(text.as_bytes(), &secrets.iter().map(mask).collect::<Vec<_>>(), &others)
    }

    fn shown(text: &str, secrets: &[(usize, usize)], others: &[&str]) -> String {
        let hidden = hidden(text, secrets, others);
        let is_hidden = |at: usize| hidden.hidden.iter().any(|span| span.range().contains(&at));
        text.char_indices().map(|(at, c)| if is_hidden(at) { '*' } else { c }).collect()
    }

    #[test]
    fn a_value_is_hidden_wherever_it_stands_and_its_prefix_in_its_own_place_only() {
        assert_eq!(shown("k1secret x k1secret-a k1secre", &[(0, 8)], &[]), "k1****** x ********-a k1secre");
        assert_eq!(shown("k1secret-tail, x", &[(0, 8)], &[]), "k1***********, x");
        assert_eq!(shown("a secret of the other", &[], &["secret", "secret of", "short"]), "a ********* the other");
        assert_eq!(shown("short short", &[(0, 5)], &[]), "s**** short");
        let long = format!("k1{}", "s".repeat(400));
        assert_eq!(
            shown(&format!("{long} {long}."), &[(0, 402)], &[]),
            format!("k1{} {}.", "*".repeat(396) + "ssss", "*".repeat(402))
        );
    }

    #[test]
    fn a_line_is_touched_by_what_may_be_shown_of_a_secret_too() {
        let hidden = hidden("k1secret\nx\nk1secret\n", &[(0, 8)], &[]);
        assert!(hidden.touches(Span::new(0, 2)) && hidden.touches(Span::new(11, 13)));
        assert!(!hidden.touches(Span::new(8, 11)));
        assert_eq!(hidden.within(Span::new(9, 12)), [Span::new(11, 19)]);
    }

    proptest! {
        #[test]
        fn values_are_found_as_a_search_for_each_finds_them(text in "[ab]{0,60}", values in prop::collection::vec("[ab]{6,9}", 0..8)) {
            let list = Values::new(values.iter().map(String::as_bytes).collect());
            let covers = |at: usize, value: &String| text[at..].starts_with(value.as_str());
            let expected: BTreeSet<usize> = (0..text.len())
                .flat_map(|at| values.iter().filter(move |value| covers(at, value)).flat_map(move |value| at..at + value.len()))
                .collect();
            let found = list.places(text.as_bytes(), |_| true);
            prop_assert!(found.windows(2).all(|pair| pair[0].end <= pair[1].start));
            prop_assert_eq!(found.iter().flat_map(|span| span.range()).collect::<BTreeSet<usize>>(), expected);
        }
    }
}
