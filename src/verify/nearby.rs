//! What may belong to a key: the other half of a pair, the host of a resource.
//!
//! Which of several stands with which key no rule can tell for certain, and a key that is asked about with another's half looks dead. So all of
//! them are kept, those of the same object, block or line first, and as long as one is refused the next is tried.

use std::collections::BTreeMap;

use regex::bytes::Regex;

use crate::{
    model::{Secret, Span},
    rules::verify::Inquiry,
};

/// What a request is filled with beside the key, by name.
pub type Companions = BTreeMap<String, Secret>;

/// Values of one companion, the likeliest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Nearby {
    values: Vec<(Distance, Secret)>,
    /// Whether more were found than are kept.
    has_more: bool,
}

/// How far a value is from a key: objects and blocks left, lines, bytes.
type Distance = (usize, usize, usize);

/// Values that are kept of one companion.
const MOST_KEPT: usize = 8;
/// Pairs that are tried for one key.
const MOST_PAIRS: usize = 3;
/// Longest value of a companion.
const LONGEST: usize = 4_096;

impl Nearby {
    /// All matches of `pattern` in `window` beside `key`.
    pub(super) fn of(pattern: &Regex, window: &[u8], key: Span) -> Self {
        let mut nearby = Self::default();
        let found = pattern.captures_iter(window).filter_map(|found| found.get(1).or_else(|| found.get(0)));
        for at in found.filter(|at| at.len() <= LONGEST && at.as_bytes().iter().all(u8::is_ascii_graphic)) {
            let span = Span::new(at.start(), at.end());
            if !span.overlaps(key) {
                let value = (distance(window, span, key), Secret::new(at.as_bytes(), 0));
                nearby.merge(Self { values: vec![value], has_more: false });
            }
        }
        nearby
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Adds what was found at another place. The order in which that is done means nothing.
    pub(super) fn merge(&mut self, other: Self) {
        self.values.extend(other.values);
        self.values.sort_by(|(one, left), (two, right)| (left.expose(), one).cmp(&(right.expose(), two)));
        self.values.dedup_by(|(_, later), (_, kept)| later.expose() == kept.expose());
        self.values.sort_by(|(one, left), (two, right)| (one, left.expose()).cmp(&(two, right.expose())));
        self.has_more |= other.has_more || self.values.len() > MOST_KEPT;
        self.values.truncate(MOST_KEPT);
    }

    pub(super) fn forget(&mut self, forbids: impl Fn(&Secret) -> bool) {
        self.values.retain(|(_, value)| !forbids(value));
    }
}

/// The first of all the ways to give each companion that is needed a value, and whether there are no more. An optional one takes its nearest
/// value, and where there are several that may be the wrong one.
pub(super) fn pairs(inquiry: &Inquiry, found: &BTreeMap<String, Nearby>) -> (Vec<Companions>, bool) {
    let mut pairs: Vec<(usize, Companions)> = vec![(0, Companions::new())];
    let mut is_all = true;
    for (companion, _) in &inquiry.companions {
        let Some(nearby) = found.get(&companion.name).filter(|nearby| !nearby.is_empty()) else { continue };
        let taken = if companion.optional { 1 } else { MOST_PAIRS };
        is_all &= !nearby.has_more && nearby.values.len() <= taken;
        let with = |(rank, pair): &(usize, Companions), at: usize, value: &Secret| {
            let mut pair = pair.clone();
            pair.insert(companion.name.clone(), value.clone());
            (rank + at, pair)
        };
        let values = || nearby.values.iter().take(taken).enumerate();
        pairs = pairs.iter().flat_map(|pair| values().map(|(at, (_, value))| with(pair, at, value))).collect();
    }
    pairs.sort_by_key(|(rank, _)| *rank);
    is_all &= pairs.len() <= MOST_PAIRS;
    (pairs.into_iter().take(MOST_PAIRS).map(|(_, pair)| pair).collect(), is_all)
}

/// How far `value` is from `key`. A bracket that closes behind what it opened before, an empty line, the head of a section end a block.
fn distance(window: &[u8], value: Span, key: Span) -> Distance {
    let between = if value.end <= key.start { value.end..key.start } else { key.end..value.start };
    let between = &window[between.start.min(between.end)..between.end];
    let (mut open, mut left, mut lines) = (0_usize, 0_usize, 0_usize);
    let mut previous = 0;
    for &byte in between.iter().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\r')) {
        match byte {
            b'{' | b'[' if previous == b'\n' => {
                open += 1;
                left += 1;
            }
            b'{' | b'[' | b'(' => open += 1,
            b'}' | b']' | b')' if open == 0 => left += 1,
            b'}' | b']' | b')' => open -= 1,
            b'\n' if previous == b'\n' => left += 1,
            _ => {}
        }
        lines += usize::from(byte == b'\n');
        previous = byte;
    }
    // What is opened and not closed is another object, too.
    (left + open, lines, between.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(text: &str) -> Vec<String> {
        let at = text.find("KEY").unwrap();
        let nearby = Nearby::of(&Regex::new("H[0-9]+").unwrap(), text.as_bytes(), Span::new(at, at + 3));
        nearby.values.iter().map(|(_, value)| String::from_utf8_lossy(value.expose()).into_owned()).collect()
    }

    #[test]
    fn the_half_in_the_same_object_comes_before_a_nearer_one() {
        for (text, first) in [
            (r#"[{"id":"H1","name":"some name","s":"KEY"},{"id":"H2"}]"#, "H1"),
            ("a = H1\ns = KEY\n\nb=H2", "H1"),
            ("[one]\nregion = x\nid = H1\nregion = eu\ns = KEY\n[b]\nH2", "H1"),
            ("f(H1, 'a longer text', KEY); g(H2)", "H1"),
            ("x H2\nKEY                  H1", "H1"),
        ] {
            assert_eq!(order(text)[0], first, "{text}");
            assert_eq!(order(text).len(), 2, "{text}");
        }
    }

    #[test]
    fn places_are_put_together_in_any_order_and_repeated_values_once() {
        let at = |number: usize, distance: usize| {
            let value = Secret::new(format!("H{number}").as_bytes(), 0);
            Nearby { values: vec![((0, 0, distance), value)], has_more: false }
        };
        let all = |order: &[(usize, usize)]| {
            let mut nearby = Nearby::default();
            for (number, distance) in order {
                nearby.merge(at(*number, *distance));
            }
            nearby
        };
        let forth: Vec<(usize, usize)> = (0..20).map(|number| (number % 12, number)).collect();
        let back: Vec<(usize, usize)> = forth.iter().rev().copied().collect();
        assert_eq!(all(&forth), all(&back));
        assert_eq!((all(&forth).values.len(), all(&forth).has_more), (MOST_KEPT, true));
        assert!(!all(&forth[..8]).has_more);
        assert!(!format!("{:?}", all(&forth)).contains("H1"));
    }
}
