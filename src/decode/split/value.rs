//! A string while a program is folded: its bytes, and for each of them the place in the file that it comes from.
//!
//! Every byte keeps its own place, because a string may be turned around, decoded and cut, and its pieces still have to be pointed at. What is not
//! known leaves a byte without a place, a line break: no credential goes across it.

use std::fmt;

use crate::{
    decode::{Map, Unit},
    model::{Decoding, Span},
};

/// No value grows longer: keys are shorter, and a program that doubles a string sixty times must end.
pub(super) const LONGEST: usize = 128 << 10;

/// A byte and where it comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Part {
    start: u32,
    /// Bytes in the file; none when the byte stands for what is not known.
    length: u16,
    byte: u8,
}

impl Part {
    const UNKNOWN: Self = Self { byte: b'\n', start: 0, length: 0 };

    fn new(byte: u8, place: Span) -> Self {
        // Texts that are parsed are smaller than 4 GB, and what a byte is made from is short.
        let start = u32::try_from(place.start).unwrap_or(u32::MAX);
        Self { byte, start, length: u16::try_from(place.len()).unwrap_or(u16::MAX) }
    }

    fn is_known(self) -> bool {
        self.length > 0
    }

    fn place(self) -> Span {
        Span::new(self.start as usize, self.start as usize + usize::from(self.length))
    }

    /// Whether `next` stands right behind it.
    fn touches(self, next: Self) -> bool {
        self.place().end == next.place().start
    }
}

/// A string that a program puts together.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Value {
    parts: Vec<Part>,
    /// What was undone to get it, in the order in which it was.
    undone: Vec<Decoding>,
}

impl fmt::Debug for Value {
    /// Without the text, which may be a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value({} bytes)", self.parts.len())
    }
}

impl Value {
    /// The character with the number `code`, which stands at `place`.
    pub(super) fn character(code: u32, place: Span) -> Option<Self> {
        let mut value = Self { parts: Vec::new(), undone: vec![Decoding::CharCodes] };
        value.push_char(char::from_u32(code)?, place);
        Some(value)
    }

    /// Adds `text`, which stands at `start` as it is.
    pub(super) fn push_plain(&mut self, text: &str, start: usize) {
        let part = |(at, byte): (usize, u8)| Part::new(byte, Span::new(at, at + 1));
        self.parts.extend((start..).zip(text.bytes()).map(part));
    }

    /// Adds a character that is written as what stands at `place`.
    pub(super) fn push_char(&mut self, character: char, place: Span) {
        let mut buffer = [0; 4];
        let bytes = character.encode_utf8(&mut buffer).bytes();
        self.parts.extend(bytes.map(|byte| Part::new(byte, place)));
    }

    /// Adds what is not known.
    pub(super) fn push_unknown(&mut self) {
        if self.parts.last().is_none_or(|last| last.is_known()) {
            self.parts.push(Part::UNKNOWN);
        }
    }

    /// Adds `other`. Two pieces that do not stand side by side make a split string, unless both are numbers of characters.
    pub(super) fn append(&mut self, other: &Self) {
        let are_codes = [&*self, other].iter().all(|value| value.undone.contains(&Decoding::CharCodes));
        for decoding in &other.undone {
            self.note(*decoding);
        }
        if !are_codes
            && let (Some(last), Some(next)) = (self.parts.last(), other.parts.first())
            && last.is_known()
            && next.is_known()
            && !last.touches(*next)
            && !next.touches(*last)
        {
            self.note(Decoding::Split);
        }
        self.parts.extend_from_slice(&other.parts);
    }

    fn note(&mut self, decoding: Decoding) {
        if !self.undone.contains(&decoding) {
            self.undone.push(decoding);
        }
    }

    /// What was undone, what shows in the file first: that it is in pieces comes before what the pieces hold.
    pub(super) fn undone(&self) -> Vec<Decoding> {
        let is_split = |decoding: &&Decoding| **decoding == Decoding::Split;
        let (split, rest): (Vec<_>, Vec<_>) = self.undone.iter().partition(is_split);
        split.into_iter().chain(rest).copied().collect()
    }

    pub(super) fn len(&self) -> usize {
        self.parts.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Whether all of it is known.
    fn is_known(&self) -> bool {
        self.parts.iter().all(|part| part.is_known())
    }

    /// Its text, when all of it is known.
    pub(super) fn bytes(&self) -> Option<Vec<u8>> {
        self.is_known().then(|| self.parts.iter().map(|part| part.byte).collect())
    }

    /// The bytes from `start` up to `end`.
    pub(super) fn slice(&self, start: usize, end: usize) -> Self {
        let end = end.min(self.len());
        Self { parts: self.parts[start.min(end)..end].to_vec(), undone: self.undone.clone() }
    }

    /// The last `length` bytes.
    pub(super) fn tail(&self, length: usize) -> Self {
        self.slice(self.len().saturating_sub(length), self.len())
    }

    /// The same backwards.
    pub(super) fn reversed(&self) -> Self {
        let mut value = self.clone();
        value.parts.reverse();
        value.note(Decoding::Reversed);
        value
    }

    /// Without blanks at its ends.
    pub(super) fn trimmed(&self) -> Self {
        let is_ink = |part: &Part| !part.is_known() || !part.byte.is_ascii_whitespace();
        let start = self.parts.iter().position(is_ink).unwrap_or(self.len());
        let end = self.parts.iter().rposition(is_ink).map_or(start, |last| last + 1);
        self.slice(start, end)
    }

    /// Each byte for itself.
    pub(super) fn characters(&self) -> impl Iterator<Item = Self> {
        (0..self.len()).map(|at| self.slice(at, at + 1))
    }

    /// What stands between the places of `separator`.
    pub(super) fn split(&self, separator: &[u8]) -> Vec<Self> {
        if separator.is_empty() {
            return self.characters().collect();
        }
        let bytes: Vec<u8> = self.parts.iter().map(|part| part.byte).collect();
        let (mut pieces, mut start) = (Vec::new(), 0);
        for at in memchr::memmem::find_iter(&bytes, separator) {
            let end = at + separator.len();
            // What is not known stands there as a line break, and is none.
            if self.parts[at..end].iter().all(|part| part.is_known()) {
                pieces.push(self.slice(start, at));
                start = end;
            }
        }
        pieces.push(self.slice(start, self.len()));
        pieces
    }

    /// What its base64, in either alphabet, stands for.
    pub(super) fn base64(&self) -> Option<Self> {
        let mut value = self.decoded(Decoding::Base64);
        let (mut bits, mut held, mut last) = (0_u32, 0, None);
        for part in &self.parts {
            let six = match part.byte {
                _ if !part.is_known() => return None,
                b'A'..=b'Z' => part.byte - b'A',
                b'a'..=b'z' => part.byte - b'a' + 26,
                b'0'..=b'9' => part.byte - b'0' + 52,
                b'+' | b'-' => 62,
                b'/' | b'_' => 63,
                b'=' => break,
                blank if blank.is_ascii_whitespace() => continue,
                _ => return None,
            };
            bits = bits << 6 | u32::from(six);
            held += 6;
            if held >= 8 {
                held -= 8;
                value.push_from(bits >> held, last.unwrap_or(*part), *part);
                bits &= (1 << held) - 1;
            }
            last = Some(*part);
        }
        Some(value)
    }

    /// What its hexadecimal digits stand for.
    pub(super) fn hex(&self) -> Option<Self> {
        let mut value = self.decoded(Decoding::Hex);
        let mut high = None;
        for part in self.parts.iter().filter(|part| !part.is_known() || !part.byte.is_ascii_whitespace()) {
            let digit = char::from(part.byte).to_digit(16).filter(|_| part.is_known())?;
            match high.take() {
                None => high = Some((digit, *part)),
                Some((first, from)) => value.push_from(first << 4 | digit, from, *part),
            }
        }
        high.is_none().then_some(value)
    }

    /// The same with `%41` replaced by what it stands for.
    pub(super) fn percent(&self) -> Self {
        let mut value = self.decoded(Decoding::Percent);
        let mut at = 0;
        while let Some(part) = self.parts.get(at) {
            let digit = |at: usize| {
                let part = self.parts.get(at).filter(|part| part.is_known())?;
                char::from(part.byte).to_digit(16)
            };
            let code = (part.byte == b'%').then(|| Some(digit(at + 1)? << 4 | digit(at + 2)?)).flatten();
            match code {
                Some(code) => value.push_from(code, *part, self.parts[at + 2]),
                None => value.parts.push(*part),
            }
            at += if code.is_some() { 3 } else { 1 };
        }
        value
    }

    fn decoded(&self, decoding: Decoding) -> Self {
        let mut value = Self { parts: Vec::new(), undone: self.undone.clone() };
        value.note(decoding);
        value
    }

    /// Adds a byte that was made from all between `first` and `last`.
    fn push_from(&mut self, byte: u32, first: Part, last: Part) {
        let (first, last) = (first.place(), last.place());
        let place = Span::new(first.start.min(last.start), first.end.max(last.end));
        self.parts.push(Part::new(u8::try_from(byte & 0xff).unwrap_or_default(), place));
    }

    /// Whether a run of `shortest` characters that a credential may consist of holds a place where the file does not go on as the value does.
    pub(super) fn joins(&self, shortest: usize) -> bool {
        let (mut length, mut joined) = (0, false);
        let mut last = Part::UNKNOWN;
        for part in &self.parts {
            if part.is_known() && part.byte.is_ascii_graphic() {
                joined |= length > 0 && !last.touches(*part) && part.place() != last.place();
                length += 1;
                if joined && length >= shortest {
                    return true;
                }
            } else {
                (length, joined) = (0, false);
            }
            last = *part;
        }
        false
    }

    /// The smallest stretch of the file inside `place` that holds all of it that comes from there.
    pub(super) fn stretch(&self, place: Span) -> Option<Span> {
        let spans = self.parts.iter().filter(|part| part.is_known()).map(|part| part.place());
        let inside = spans.filter(|span| place.start <= span.start && span.end <= place.end);
        inside.reduce(|one, other| Span::new(one.start.min(other.start), one.end.max(other.end)))
    }

    /// Adds its text to `bytes` and its places to `map`. What has no place of its own gets that of `beside`.
    pub(super) fn write(&self, bytes: &mut Vec<u8>, map: &mut Map, beside: Span) {
        let mut last = Part::UNKNOWN;
        for (at, part) in self.parts.iter().enumerate() {
            let here = bytes.len();
            bytes.push(part.byte);
            if !part.is_known() {
                map.push(here, beside.start, Unit { original: beside.len(), decoded: 1 });
            } else if at == 0 || part.place() != last.place() {
                // The bytes of a character that was written as one escape are a unit.
                let same = self.parts[at..].iter().take_while(|next| next.place() == part.place());
                let unit = Unit { original: part.place().len(), decoded: same.count() };
                map.push(here, part.place().start, unit);
            }
            last = *part;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str, start: usize) -> Value {
        let mut value = Value::default();
        value.push_plain(text, start);
        value
    }

    fn told(value: &Value) -> (String, Vec<(usize, usize)>) {
        let (mut bytes, mut map) = (Vec::new(), Map::default());
        value.write(&mut bytes, &mut map, Span::new(90, 91));
        let origins = map.origins(Span::new(0, bytes.len())).into_iter().map(|span| (span.start, span.end));
        (String::from_utf8(bytes).unwrap(), origins.collect())
    }

    #[test]
    fn pieces_keep_their_places() {
        let mut value = plain("sk-", 10);
        value.append(&plain("proj", 20));
        assert_eq!(told(&value), ("sk-proj".to_owned(), vec![(10, 13), (20, 24)]));
        assert_eq!(value.undone(), [Decoding::Split]);
        value.push_unknown();
        value.push_unknown();
        assert_eq!(told(&value).0, "sk-proj\n");
        assert_eq!(value.bytes(), None);
    }

    #[test]
    fn a_string_turned_around_points_backwards() {
        let value = plain("jorp-ks", 5).reversed();
        let (text, origins) = told(&value);
        assert_eq!((text.as_str(), origins[0], origins[6]), ("sk-proj", (11, 12), (5, 6)));
        assert_eq!(value.undone(), [Decoding::Reversed]);
    }

    #[test]
    fn base64_hex_and_percent_are_undone_in_place() {
        let mut value = plain("c2st", 10);
        value.append(&plain("cHJvag==", 30));
        let decoded = value.base64().unwrap();
        let (text, origins) = told(&decoded);
        assert_eq!((text.as_str(), origins.first(), origins.last()), ("sk-proj", Some(&(10, 12)), Some(&(32, 36))));
        assert_eq!(decoded.undone(), [Decoding::Split, Decoding::Base64]);
        assert_eq!(told(&plain("73 6B2d", 3).hex().unwrap()), ("sk-".to_owned(), vec![(3, 5), (6, 10)]));
        assert_eq!(told(&plain("s%6b%2D%", 3).percent()), ("sk-%".to_owned(), vec![(3, 11)]));
        assert_eq!((plain("c2*", 0).base64(), plain("736", 0).hex()), (None, None));
    }

    #[test]
    fn only_what_the_file_does_not_show_as_it_is_counts_as_joined() {
        let mut value = plain("sk-proj-0123456789", 0);
        assert!(!value.joins(8));
        value.append(&plain("abc", 30));
        assert!(value.joins(8));
        let mut words = plain("a long ", 0);
        words.append(&plain("message", 20));
        assert!(!words.joins(8));
        let mut broken = plain("sk-proj-", 0);
        broken.push_unknown();
        broken.append(&plain("01234567", 30));
        assert!(!broken.joins(8));
        assert!(plain("01234567", 0).reversed().joins(8));
    }

    #[test]
    fn a_string_is_split_and_trimmed() {
        let pieces: Vec<String> = plain("sk-|proj", 0).split(b"|").iter().map(|piece| told(piece).0).collect();
        assert_eq!(pieces, ["sk-", "proj"]);
        let mut gap = plain("a\n", 0);
        gap.push_unknown();
        gap.append(&plain("b", 9));
        assert_eq!(gap.split(b"\n").len(), 2, "what is not known is no line break");
        assert_eq!(told(&plain("  a b ", 0).trimmed()), ("a b".to_owned(), vec![(2, 5)]));
        assert_eq!(plain("   ", 0).trimmed().len(), 0);
    }
}
