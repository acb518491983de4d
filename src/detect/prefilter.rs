//! The prefilter: one pass over the bytes that finds every occurrence of every rule's literals.
//!
//! It may say "perhaps" wrongly, never "no" wrongly. Nearly all bytes of a repository lie outside any key, so what counts is the cost
//! of passing over them. For each literal two neighbouring three-byte grams are entered into a bitmap; the scan looks at every
//! *second* position only, because whatever the parity of an occurrence, one of the two grams begins at an even offset. When all literals are
//! long, four neighbours are entered and every fourth position is looked at. A gram that
//! is in the bitmap must stand between bytes that surround it in some literal, and then leads to the few literals that hold it, which are
//! compared byte by byte. There is no chain of dependent
//! loads, unlike in an Aho-Corasick automaton, whose every step waits for the table of the step before; `tests/bench` compares them.
//!
//! Literals compared without regard to case enter all spellings of their grams, so that the scan itself never folds case.

use crate::rules::STRONG_LITERAL;

/// Bits of a hash. The bitmap is 32 KiB, which stays in the first-level cache, and sparse enough for chance hits to be rare.
const HASH_BITS: u32 = 18;
/// Bits of a hash that do not count when its entries are looked up: the table must stay in the second-level cache.
const HEAD_SHIFT: u32 = 3;
/// Number of different hashes.
const SIZE: usize = 1 << HASH_BITS;
/// Literals of at least this length are found when every fourth position is looked at; all that are looked for in binaries have it.
const LONG: usize = STRONG_LITERAL;
/// Number of classes of grams.
const CLASSES: usize = 256;
/// Length of a gram.
const GRAM: usize = 3;

/// What to look for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Literal {
    /// The bytes; at least three.
    pub bytes: Vec<u8>,
    /// Whether `KEY` and `key` are the same.
    pub ignore_case: bool,
}

impl Literal {
    fn is_at(&self, text: &[u8], start: usize) -> bool {
        let Some(there) = text.get(start..start + self.bytes.len()) else { return false };
        // Most chance hits differ within a byte or two, so a plain loop beats a call that compares all.
        let equal = |(there, byte): (&u8, &u8)| there == byte || (self.ignore_case && there.eq_ignore_ascii_case(byte));
        there.iter().zip(&self.bytes).all(equal)
    }
}

/// An occurrence of a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// Offset of its first byte.
    pub start: usize,
    /// Position of the literal in the list the prefilter was built from.
    pub literal: usize,
}

/// How far apart the positions are that the scan looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stride {
    Two = 2,
    Four = 4,
}

/// The compiled set of literals.
#[derive(Debug)]
pub struct Prefilter {
    literals: Vec<Literal>,
    stride: Stride,
    bitmap: Box<[u64; SIZE / 64]>,
    /// What may stand behind a gram.
    followers: Neighbours,
    /// What may stand in front of it.
    preceders: Neighbours,
    /// For each hash without its last bits: where its entries begin, and those of the next.
    heads: Box<[u16]>,
    entries: Vec<Entry>,
    /// Positions of the literals that are as long as a gram.
    shortest: Vec<u16>,
}

/// A set of classes of grams, see [`class`].
type Classes = [u64; CLASSES / 64];

/// Which bytes may stand on one side of the grams.
#[derive(Debug)]
struct Neighbours {
    /// For each byte, the classes it may stand beside.
    of_byte: Box<[Classes; 256]>,
    /// The classes that any byte may stand beside, because a literal ends there.
    open: Classes,
}

impl Neighbours {
    fn new() -> Self {
        Self { of_byte: Box::new([[0; CLASSES / 64]; 256]), open: [0; CLASSES / 64] }
    }

    /// Notes that `byte` may stand beside grams of `class`; any byte may where the literal ends.
    fn mark(&mut self, class: usize, byte: Option<&u8>, ignore_case: bool) {
        let set = |classes: &mut Classes| classes[class / 64] |= 1 << (class % 64);
        match byte {
            Some(byte) if ignore_case => {
                set(&mut self.of_byte[usize::from(byte.to_ascii_lowercase())]);
                set(&mut self.of_byte[usize::from(byte.to_ascii_uppercase())]);
            }
            Some(&byte) => set(&mut self.of_byte[usize::from(byte)]),
            None => set(&mut self.open),
        }
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the scan loop is the hottest code of the program")]
    fn may(&self, class: usize, byte: usize) -> bool {
        ((self.of_byte[byte][class / 64] | self.open[class / 64]) >> (class % 64)) & 1 == 1
    }
}

/// A literal under the hash of one of its grams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    literal: u16,
    /// Offset of the gram in the literal.
    offset: u16,
    /// First byte of the literal, in lower case: nearly all chance hits differ in it, and it spares the way to the literal.
    first: u8,
}

impl Prefilter {
    /// Compiles `literals`; an occurrence is reported by its position in this list.
    ///
    /// # Panics
    /// When a literal is shorter than three bytes or there are more than 65,535 of them; `rules` refuses both.
    #[must_use]
    pub fn new(literals: Vec<Literal>) -> Self {
        let mut by_head: Vec<(usize, Entry)> = Vec::new();
        let mut bitmap: Box<[u64; SIZE / 64]> =
            vec![0; SIZE / 64].into_boxed_slice().try_into().expect("the length is that of the type");
        let all_long = literals.iter().all(|literal| literal.bytes.len() >= LONG);
        let stride = if all_long { Stride::Four } else { Stride::Two };
        let (mut followers, mut preceders) = (Neighbours::new(), Neighbours::new());
        for (at, literal) in literals.iter().enumerate() {
            assert!(literal.bytes.len() >= GRAM, "literals have at least three bytes");
            let at = u16::try_from(at).expect("there are fewer than 65,536 literals");
            for (gram, offset) in grams(literal, stride) {
                let (class, place) = (class(gram), usize::from(offset));
                followers.mark(class, literal.bytes.get(place + GRAM), literal.ignore_case);
                preceders.mark(class, place.checked_sub(1).map(|at| &literal.bytes[at]), literal.ignore_case);
                let hash = hash(gram);
                bitmap[hash / 64] |= 1 << (hash % 64);
                let entry = Entry { literal: at, offset, first: literal.bytes[0].to_ascii_lowercase() };
                by_head.push((hash >> HEAD_SHIFT, entry));
            }
        }
        by_head.sort_unstable();
        by_head.dedup();
        let mut heads = vec![0_u16; (SIZE >> HEAD_SHIFT) + 1].into_boxed_slice();
        let mut next = 0;
        for (at, &(head, _)) in
            by_head.iter().enumerate().filter(|(at, (head, _))| *at == 0 || by_head[at - 1].0 != *head)
        {
            heads[next..=head].fill(u16::try_from(at).expect("there are fewer than 65,536 entries"));
            next = head + 1;
        }
        heads[next..].fill(u16::try_from(by_head.len()).expect("there are fewer than 65,536 entries"));
        let entries = by_head.into_iter().map(|(_, entry)| entry).collect();
        let shortest =
            (0..).zip(&literals).filter(|(_, literal)| literal.bytes.len() == GRAM).map(|(at, _)| at).collect();
        Self { literals, stride, bitmap, followers, preceders, heads, entries, shortest }
    }

    /// The literals, in the order they were given.
    #[must_use]
    pub fn literals(&self) -> &[Literal] {
        &self.literals
    }

    /// Calls `found` for every occurrence of every literal in `text`, each once and nearly in order, until it answers false. Nothing is
    /// stored, so a text that is nothing but literals costs no memory.
    pub fn find(&self, text: &[u8], mut found: impl FnMut(Hit) -> bool) {
        // The answer is whether the scan came to its end, which the caller knows better.
        let _ = match self.stride {
            Stride::Two => self.scan::<2>(text, &mut found),
            Stride::Four => self.scan::<4>(text, &mut found),
        };
    }

    fn scan<const STRIDE: usize>(&self, text: &[u8], found: &mut impl FnMut(Hit) -> bool) -> Option<()> {
        // All positions in a block of 16 bytes are tested with one branch.
        let mut at = 0;
        while let Some(block) = text.get(at..).and_then(|rest| rest.first_chunk::<18>()) {
            let word = |at: usize| u32::from_le_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]]);
            let mut any = 0;
            for step in 0..16 / STRIDE {
                any |= self.bit(hash(word(step * STRIDE) & 0x00ff_ffff)) << step;
            }
            while any != 0 {
                let step = any.trailing_zeros() as usize;
                any &= any - 1;
                let before = (at + step * STRIDE).checked_sub(1).map(|before| text[before]);
                if self.may_surround(before, word(step * STRIDE)) {
                    self.verify(text, at + step * STRIDE, found)?;
                }
            }
            at += 16;
        }
        while at + GRAM <= text.len() {
            let gram = u32::from_le_bytes([text[at], text[at + 1], text[at + 2], 0]);
            if self.bit(hash(gram)) == 1 {
                self.verify(text, at, found)?;
            }
            at += STRIDE;
        }
        self.verify_end(text, found)
    }

    /// A literal of three bytes at an odd place is met through the gram that begins in its second byte, which the end of the text cuts off.
    fn verify_end(&self, text: &[u8], found: &mut impl FnMut(Hit) -> bool) -> Option<()> {
        let Some(start) = text.len().checked_sub(GRAM).filter(|start| start % 2 == 1) else { return Some(()) };
        let shortest = self.shortest.iter().map(|literal| usize::from(*literal));
        for literal in shortest.filter(|literal| self.literals[*literal].is_at(text, start)) {
            found(Hit { start, literal }).then_some(())?;
        }
        Some(())
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the scan loop is the hottest code of the program")]
    fn bit(&self, hash: usize) -> u64 {
        (self.bitmap[hash / 64] >> (hash % 64)) & 1
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the scan loop is the hottest code of the program")]
    fn may_surround(&self, before: Option<u8>, word: u32) -> bool {
        let class = class(word);
        self.followers.may(class, (word >> 24) as usize)
            && before.is_none_or(|before| self.preceders.may(class, usize::from(before)))
    }

    #[cold]
    #[inline(never)]
    fn verify(&self, text: &[u8], at: usize, found: &mut impl FnMut(Hit) -> bool) -> Option<()> {
        let gram = u32::from_le_bytes([text[at], text[at + 1], text[at + 2], 0]);
        let head = hash(gram) >> HEAD_SHIFT;
        let entries = &self.entries[usize::from(self.heads[head])..usize::from(self.heads[head + 1])];
        for &Entry { literal, offset, first } in entries {
            let Some(start) = at.checked_sub(usize::from(offset)) else { continue };
            if text[start].to_ascii_lowercase() != first {
                continue;
            }
            let literal = usize::from(literal);
            if self.literals[literal].is_at(text, start) {
                found(Hit { start, literal }).then_some(())?;
            }
        }
        Some(())
    }
}

/// Fibonacci hashing: the top bits of a product with an odd constant.
#[inline(always)]
#[allow(clippy::inline_always, reason = "the scan loop is the hottest code of the program")]
fn hash(gram: u32) -> usize {
    (gram.wrapping_mul(0x9e37_79b1) >> (32 - HASH_BITS)) as usize
}

/// Class of a gram by its first two bytes.
#[inline(always)]
#[allow(clippy::inline_always, reason = "the scan loop is the hottest code of the program")]
fn class(gram: u32) -> usize {
    ((gram & 0xffff).wrapping_mul(0x9e37_79b1) >> 24) as usize % CLASSES
}

/// The grams under which a literal is entered, each with its offset: as many neighbours as the stride is long, so that one of them lies at
/// a position that is looked at.
fn grams(literal: &Literal, stride: Stride) -> Vec<(u32, u16)> {
    let bytes = &literal.bytes;
    let spell = |offset: usize| spellings(&bytes[offset..], literal.ignore_case);
    if bytes.len() == GRAM {
        // No second gram of its own: the neighbour ends in any byte.
        let open = spellings(&bytes[1..], literal.ignore_case);
        let any = open.into_iter().flat_map(|two| (0..=255_u32).map(move |last| (two & 0xffff | last << 16, 1)));
        return spell(0).into_iter().map(|gram| (gram, 0)).chain(any).collect();
    }
    let neighbours = stride as usize;
    let cost = |first: &usize| {
        let of = |offset: usize| commonness(&bytes[offset..offset + GRAM]);
        (*first..first + neighbours).map(of).sum::<usize>()
    };
    let last = bytes.len() + 1 - GRAM - neighbours;
    let best = (0..=last).min_by_key(cost).expect("a literal is long enough for the stride");
    (best..best + neighbours)
        .flat_map(|offset| {
            let place = u16::try_from(offset).expect("a literal is shorter than 64 KiB");
            spell(offset).into_iter().map(move |gram| (gram, place))
        })
        .collect()
}

/// The first three bytes of `bytes` (two, with a zero, when there are no more) as grams in every spelling asked for.
fn spellings(bytes: &[u8], ignore_case: bool) -> Vec<u32> {
    let mut all = Vec::with_capacity(1 << GRAM);
    all.push(0_u32);
    for (at, &byte) in bytes.iter().take(GRAM).enumerate() {
        let (form, other) = (byte.to_ascii_lowercase(), byte.to_ascii_uppercase());
        let both = ignore_case && form != other;
        for known in 0..all.len() {
            let gram = all[known];
            all[known] = gram | u32::from(if both { form } else { byte }) << (8 * at);
            if both {
                all.push(gram | u32::from(other) << (8 * at));
            }
        }
    }
    all
}

/// Pairs of letters that source text consists of, the most common first; counted over fifty megabytes in six languages. With them the
/// choice of grams meets 1.7 times as many chance hits as the best that exact counts allow, and with single letters alone 2.6 times.
const COMMON_PAIRS: &str = "on re er en in te se es st at ti th de nt or he al le co io as ed nd ct et tr it me ar ns ec is ta to ne ss an \
    pe t_ ur ro ra el ng ea ri ** ve rt li e_ po ll ch pt ma am ut ca fi ou od na ef ue lo om op id if ex il \", ge si ); ad ha di pr nc fo \
    _t ac pa ic ul ts lu _c la un rs qu ol ce da im us cl ie sp _s mp em -> ai ty ke va rl l_ no d_ tu ot pl oc yp of eq cu s. mi tt _e lt \
    ls ho ck ag be ig _i rn hi do e. s_ ni wi _a so ru su -- bl n_ cr _r rr e( oo mo t. iz _p sc ab e, e: ze sh ir um /* */ os xt ep bu t( r_ \
    sa up ry nn iv rd tp ua rg fr ee .c ev au ap _n == s: _m ey";

/// How common a pair of bytes below 128 is; 0 for a pair that is not among the common ones. Made when the program is compiled, because every
/// start would pay for it.
static PAIRS: [[u8; 128]; 128] = {
    let (pairs, mut table) = (COMMON_PAIRS.as_bytes(), [[0; 128]; 128]);
    // Read from the end, so that the most common pair gets the largest number. Blanks stand between pairs, and a line is broken by blanks.
    let (mut at, mut rank) = (pairs.len(), 1);
    while at >= 2 {
        if pairs[at - 1] == b' ' {
            at -= 1;
        } else {
            table[pairs[at - 2] as usize][pairs[at - 1] as usize] = rank;
            rank += 1;
            at -= 2;
        }
    }
    table
};

/// How common a pair with a blank is: as the most common ones of letters.
const BESIDE_BLANK: usize = 150;

/// A rough measure of how often a gram occurs in source text: the rarer of its two pairs, then its bytes. Only the order matters.
fn commonness(gram: &[u8]) -> usize {
    let pair = |at: usize| {
        // The list of pairs cannot hold blanks, which stand beside everything.
        if gram[at] == b' ' || gram[at + 1] == b' ' {
            return BESIDE_BLANK;
        }
        let (first, second) = (gram[at].to_ascii_lowercase(), gram[at + 1].to_ascii_lowercase());
        let row = PAIRS.get(usize::from(first));
        let rank = row.and_then(|row| row.get(usize::from(second))).map_or(0, |rank| usize::from(*rank));
        // `mC` is far rarer than `mc`.
        if gram[at].is_ascii_lowercase() && gram[at + 1].is_ascii_uppercase() { rank / 8 } else { rank }
    };
    let byte = |byte: &u8| match byte {
        b'a'..=b'z' => 6,
        b'A'..=b'Z' => 3,
        b'_' | b'-' | b'.' | b'/' | b'"' | b'=' | b':' | b'0' | b'1' | b' ' => 5,
        _ => 2,
    };
    pair(0).min(pair(1)) + gram.iter().map(byte).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn literal(text: &str, ignore_case: bool) -> Literal {
        Literal { bytes: text.as_bytes().to_vec(), ignore_case }
    }

    fn naive(literals: &[Literal], text: &[u8]) -> Vec<Hit> {
        let mut hits = Vec::new();
        for start in 0..text.len() {
            for (at, Literal { bytes, ignore_case }) in literals.iter().enumerate() {
                let Some(there) = text.get(start..start + bytes.len()) else { continue };
                if there == bytes || (*ignore_case && there.eq_ignore_ascii_case(bytes)) {
                    hits.push(Hit { start, literal: at });
                }
            }
        }
        hits
    }

    fn found(literals: Vec<Literal>, text: &[u8]) -> Vec<Hit> {
        let mut hits = Vec::new();
        Prefilter::new(literals).find(text, |hit| {
            hits.push(hit);
            true
        });
        hits.sort();
        hits
    }

    #[test]
    fn finds_overlapping_literals_at_every_parity_and_at_the_end() {
        let literals = vec![literal("sk-", false), literal("sk-proj-", false), literal("hf_", false)];
        for pad in 0..40 {
            let text = format!("{}sk-proj-hf_", "x".repeat(pad));
            let expected = naive(&literals, text.as_bytes());
            assert_eq!(expected.len(), 3);
            assert_eq!(found(literals.clone(), text.as_bytes()), expected);
        }
    }

    #[test]
    fn long_literals_are_found_at_every_place_with_the_long_stride() {
        let literals = vec![literal("T3BlbkFJ", false), literal("sk-ant-api", true)];
        assert_eq!(Prefilter::new(literals.clone()).stride, Stride::Four);
        for pad in 0..40 {
            let text = format!("{}T3BlbkFJ{}SK-ANT-api", "x".repeat(pad), "T3B".repeat(pad % 5));
            let expected = naive(&literals, text.as_bytes());
            assert_eq!(expected.len(), 2);
            assert_eq!(found(literals.clone(), text.as_bytes()), expected);
        }
    }

    #[test]
    fn case_counts_only_where_asked() {
        let literals = vec![literal("mistral", true), literal("AKIA", false)];
        assert_eq!(found(literals, b"MISTRAL Mistral akia AKIA").len(), 3);
    }

    proptest! {
        #[test]
        fn agrees_with_comparing_everywhere(
            words in prop::collection::vec(("[aAbB_-]{3,6}", any::<bool>()), 1..8),
            text in "[aAbB_-]{0,200}",
        ) {
            let literals: Vec<Literal> = words.iter().map(|(text, fold)| literal(text, *fold)).collect();
            prop_assert_eq!(found(literals.clone(), text.as_bytes()), naive(&literals, text.as_bytes()));
        }
    }
}
