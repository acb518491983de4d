//! Where the bytes of a decoded text come from.
//!
//! A text is decoded in runs: a stretch that stands there as it is, a line of base64, one escape. Within a run the bytes come in units of a
//! fixed size on both sides, so a map needs one entry for each run and not for each byte, and a place is found by halving.

use crate::model::Span;

/// A run of decoded bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    /// First decoded byte.
    at: usize,
    /// First byte it comes from.
    from: usize,
    unit: Unit,
}

/// How many bytes become how many: 4 become 3 in base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Bytes in the original.
    pub original: usize,
    /// Bytes that they become; at least one.
    pub decoded: usize,
}

impl Unit {
    /// Bytes that stand there as they are.
    pub const PLAIN: Self = Self { original: 1, decoded: 1 };
}

/// A map from a decoded text to the text it was made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Map {
    /// In the order of the decoded text, without gaps.
    runs: Vec<Run>,
}

impl Map {
    /// Adds that the decoded bytes from `at` on come from the original ones from `from` on, until the next run begins.
    pub fn push(&mut self, at: usize, from: usize, unit: Unit) {
        if let Some(last) = self.runs.last()
            && last.unit == unit
            && (at - last.at).is_multiple_of(unit.decoded)
            && last.from + (at - last.at) / unit.decoded * unit.original == from
        {
            return;
        }
        self.runs.push(Run { at, from, unit });
    }

    /// The places that the decoded bytes at `span` come from, in the order of the decoded text; those that touch are one. Empty for an empty span.
    #[must_use]
    pub fn origins(&self, span: Span) -> Vec<Span> {
        let mut origins: Vec<Span> = Vec::new();
        let mut at = span.start;
        let mut next = self.runs.partition_point(|run| run.at <= at);
        while at < span.end {
            let Some(run) = next.checked_sub(1).and_then(|last| self.runs.get(last)) else { return origins };
            let end = self.runs.get(next).map_or(span.end, |run| run.at.min(span.end));
            let first = run.from + (at - run.at) / run.unit.decoded * run.unit.original;
            let last = run.from + ((end - 1 - run.at) / run.unit.decoded + 1) * run.unit.original;
            match origins.last_mut().filter(|origin| origin.end == first) {
                Some(origin) => origin.end = last,
                None => origins.push(Span::new(first, last)),
            }
            (at, next) = (end, next + 1);
        }
        origins
    }

    /// Whether the decoded bytes at `span` are something else than a part of the original as it stands.
    #[must_use]
    pub fn changes(&self, span: Span) -> bool {
        let next = self.runs.partition_point(|run| run.at <= span.start);
        let first = next.checked_sub(1).and_then(|last| self.runs.get(last));
        let goes_on = self.runs.get(next).is_some_and(|run| run.at < span.end);
        !span.is_empty() && (goes_on || first.is_none_or(|run| run.unit != Unit::PLAIN))
    }

    /// The stretches of the decoded text, which is `length` bytes long, that are no plain part of the original.
    pub(super) fn changed(&self, length: usize) -> impl Iterator<Item = Span> {
        let ends = self.runs.iter().skip(1).map(|run| run.at).chain([length]);
        let spans = self.runs.iter().zip(ends).filter(|(run, _)| run.unit != Unit::PLAIN);
        let mut spans = spans.map(|(run, end)| Span::new(run.at, end)).peekable();
        std::iter::from_fn(move || {
            let mut whole = spans.next()?;
            while let Some(next) = spans.next_if(|next| next.start == whole.end) {
                whole.end = next.end;
            }
            Some(whole)
        })
    }

    /// The first decoded byte that the original one at `from` belongs to, or the first behind it. Only of a text that was decoded from its beginning to
    /// its end, in order.
    #[must_use]
    pub fn made_from(&self, from: usize) -> usize {
        let next = self.runs.partition_point(|run| run.from <= from);
        let Some(Run { at, from: start, unit }) = next.checked_sub(1).map(|last| self.runs[last]) else { return 0 };
        at + (from - start) / unit.original.max(1) * unit.decoded
    }

    /// The smallest stretch of the original that holds all that the decoded bytes at `span` come from.
    #[must_use]
    pub fn stretch(&self, span: Span) -> Option<Span> {
        self.origins(span)
            .into_iter()
            .reduce(|one, other| Span::new(one.start.min(other.start), one.end.max(other.end)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins(map: &Map, start: usize, end: usize) -> Vec<(usize, usize)> {
        map.origins(Span::new(start, end)).into_iter().map(|span| (span.start, span.end)).collect()
    }

    #[test]
    fn a_place_in_base64_is_the_groups_it_comes_from() {
        let mut map = Map::default();
        map.push(0, 10, Unit { original: 4, decoded: 3 });
        assert_eq!(origins(&map, 0, 1), [(10, 14)]);
        assert_eq!(origins(&map, 2, 4), [(10, 18)]);
        assert_eq!(origins(&map, 3, 9), [(14, 22)]);
    }

    #[test]
    fn runs_that_go_on_are_one_and_others_are_told_apart() {
        let mut map = Map::default();
        map.push(0, 5, Unit::PLAIN);
        map.push(3, 8, Unit::PLAIN);
        assert_eq!(map.runs.len(), 1);
        map.push(4, 9, Unit { original: 6, decoded: 2 });
        map.push(6, 15, Unit::PLAIN);
        map.push(8, 30, Unit::PLAIN);
        assert_eq!(origins(&map, 3, 5), [(8, 15)]);
        assert_eq!(origins(&map, 5, 9), [(9, 17), (30, 31)]);
        assert_eq!(map.stretch(Span::new(5, 9)), Some(Span::new(9, 31)));
        assert_eq!((origins(&map, 4, 4), map.stretch(Span::new(4, 4))), (Vec::new(), None));
    }

    #[test]
    fn the_way_there_leads_to_what_was_made_from_a_place() {
        let mut map = Map::default();
        map.push(0, 10, Unit { original: 4, decoded: 3 });
        map.push(6, 18, Unit::PLAIN);
        map.push(8, 20, Unit { original: 3, decoded: 1 });
        for (original, decoded) in [(3, 0), (10, 0), (13, 0), (14, 3), (18, 6), (19, 7), (20, 8), (22, 8), (23, 9)] {
            assert_eq!(map.made_from(original), decoded, "{original}");
        }
    }
}
