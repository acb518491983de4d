//! `sourceMappingURL`: where a built file says that its source map is.
//!
//! The comment stands at the end of scripts and styles, and inside of development builds behind every module. It names a file beside, or holds
//! the map itself as a `data:` address, in base64 or with percent signs.

use base64::{Engine as _, alphabet, engine};

use crate::{
    decode::{Map, Unit, View},
    model::{Decoding, Span},
};

const MARK: &[u8] = b"sourceMappingURL=";

/// No more maps are taken from one file than a development build has modules.
const MOST: usize = 10_000;

/// Where a map is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// In a file, by its address as written.
    File(String),
    /// In the text itself.
    Inline(Inline),
}

/// A map that stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inline {
    /// The encoded map.
    pub payload: Span,
    encoding: Encoding,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Base64,
    Percent,
}

/// All that `text` says of its source maps, in order. What looks like the mark inside of an address is a part of that address.
#[must_use]
pub fn links(text: &[u8]) -> Vec<Link> {
    let mark = memchr::memmem::Finder::new(MARK);
    let mut at = 0;
    let addresses = std::iter::from_fn(|| {
        let start = at + mark.find(&text[at..])?;
        let address = address(text, start);
        at = address.end;
        Some(address)
    });
    addresses.take(MOST).filter_map(|address| link(text, address)).collect()
}

/// The address behind the mark at `mark`. What percent signs are put in the place of leaves single quotes and stars as they are; only a string that holds
/// the comment ends with a quote.
fn address(text: &[u8], mark: usize) -> Span {
    let start = mark + MARK.len();
    let head = &text[..mark];
    let before = [&b"//# "[..], b"//@ ", b"/*# ", b"/*@ "].into_iter().find_map(|sign| head.strip_suffix(sign));
    let is_line = before.is_some_and(|before| before.last().is_none_or(|last| *last == b'\n'));
    let goes_on = |(at, byte): &(usize, &u8)| match byte {
        b'\'' => is_line,
        b'*' => text.get(start + at + 1) != Some(&b'/'),
        b'"' | b'`' | b'\\' | b'<' | b'>' => false,
        byte => byte.is_ascii_graphic(),
    };
    Span::new(start, start + text[start..].iter().enumerate().take_while(goes_on).count())
}

fn link(text: &[u8], Span { start, end }: Span) -> Option<Link> {
    let address = &text[start..end];
    if !address.starts_with(b"data:") {
        let is_name =
            (1..=super::name::LONGEST).contains(&address.len()) && !address.windows(3).any(|part| part == b"://");
        let name = std::str::from_utf8(address).ok().filter(|_| is_name)?;
        return Some(Link::File(name.split(['?', '#']).next().unwrap_or(name).to_owned()));
    }
    let comma = memchr::memchr(b',', address)?;
    let kind = address[..comma].to_ascii_lowercase();
    let is_json = memchr::memmem::find(&kind, b"json").is_some();
    let encoding = if kind.ends_with(b";base64") { Encoding::Base64 } else { Encoding::Percent };
    is_json.then_some(Link::Inline(Inline { payload: Span::new(start + comma + 1, end), encoding }))
}

impl Inline {
    /// The map, with the way back to its place in `text`; `None` when it is cut or no base64.
    #[must_use]
    pub fn decoded(self, text: &[u8]) -> Option<View> {
        let encoded = &text[self.payload.range()];
        let from = self.payload.start;
        let (bytes, map, decoding) = match self.encoding {
            Encoding::Base64 => {
                let lenient = engine::GeneralPurposeConfig::new()
                    .with_decode_padding_mode(engine::DecodePaddingMode::Indifferent)
                    .with_decode_allow_trailing_bits(true);
                let bytes = engine::GeneralPurpose::new(&alphabet::STANDARD, lenient).decode(encoded).ok()?;
                let mut map = Map::default();
                map.push(0, from, Unit { original: 4, decoded: 3 });
                (bytes, map, Decoding::Base64)
            }
            Encoding::Percent => {
                let (bytes, map) = without_percent(encoded, from);
                (bytes, map, Decoding::Percent)
            }
        };
        Some(View { bytes, map, decoding, from: self.payload })
    }
}

fn without_percent(encoded: &[u8], from: usize) -> (Vec<u8>, Map) {
    let (mut bytes, mut map) = (Vec::with_capacity(encoded.len()), Map::default());
    let mut at = 0;
    while let Some(rest) = encoded.get(at..).filter(|rest| !rest.is_empty()) {
        let digit = |index: usize| rest.get(index).and_then(|byte| char::from(*byte).to_digit(16));
        let (byte, length) = match (rest[0], digit(1), digit(2)) {
            (b'%', Some(high), Some(low)) => (u8::try_from(high << 4 | low).expect("two digits are a byte"), 3),
            (byte, ..) => (byte, 1),
        };
        map.push(bytes.len(), from + at, Unit { original: length, decoded: 1 });
        bytes.push(byte);
        at += length;
    }
    (bytes, map)
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    const MAP: &str = r#"{"version":3,"sources":["a.ts"],"mappings":""}"#;

    fn decoded(text: &str) -> Vec<(String, Vec<Span>)> {
        let inline = |link: Link| if let Link::Inline(inline) = link { inline.decoded(text.as_bytes()) } else { None };
        let shown = |view: View| {
            let origins = view.map.origins(Span::new(1, 10));
            (String::from_utf8(view.bytes).unwrap(), origins)
        };
        links(text.as_bytes()).into_iter().filter_map(inline).map(shown).collect()
    }

    #[test]
    fn a_file_is_named_at_the_end_of_scripts_and_styles() {
        let file = |name: &str| Link::File(name.to_owned());
        assert_eq!(links(b"x();\n//# sourceMappingURL=a.js.map\n"), [file("a.js.map")]);
        assert_eq!(links(b"a{}/*# sourceMappingURL=../a.css.map?v=2 */"), [file("../a.css.map")]);
        assert_eq!(links(b"//# sourceMappingURL=https://example.com/a.js.map"), []);
        assert_eq!(links(b"//# sourceMappingURL="), []);
    }

    #[test]
    fn a_mark_inside_of_an_address_is_a_part_of_it() {
        let within = "sourceMappingURL=data:application/json,sourceMappingURL=data:application/json,%7B%7D";
        assert_eq!(links(within.as_bytes()).len(), 1);
        assert_eq!(links(format!("{within}\n{within}").as_bytes()).len(), 2);
    }

    #[test]
    fn a_map_in_base64_leads_back_to_its_groups() {
        let text =
            format!("x();\n//# sourceMappingURL=data:application/json;charset=utf-8;base64,{}\n", STANDARD.encode(MAP));
        let start = text.find("base64,").unwrap() + 7;
        assert_eq!(decoded(&text), [(MAP.to_owned(), vec![Span::new(start, start + 16)])]);
        let eval =
            format!("eval(\"a\\n//# sourceMappingURL=data:application/json;base64,{}\\n\")", STANDARD.encode(MAP));
        assert_eq!(decoded(&eval)[0].0, MAP);
    }

    #[test]
    fn a_map_with_percent_signs_leads_back_to_them() {
        let encoded = MAP.replace('"', "%22").replace('{', "%7B");
        let text = format!("//# sourceMappingURL=data:application/json,{encoded}");
        let start = text.find(',').unwrap() + 1;
        assert_eq!(decoded(&text), [(MAP.to_owned(), vec![Span::new(start + 3, start + 16)])]);
    }

    #[test]
    fn what_percent_signs_leave_as_it_is_ends_no_address_but_that_in_a_string() {
        let map = r#"{"sources":["a'*.scss"],"sourcesContent":["/* 'k' */"],"mappings":""}"#;
        let encoded = map.replace(' ', "%20").replace('"', "%22").replace('/', "%2F");
        let comment = format!("a{{}}\n/*# sourceMappingURL=data:application/json;charset=utf-8,{encoded}*/");
        assert_eq!(decoded(&comment)[0].0, map);
        let string = format!("eval('x\\n//# sourceMappingURL=data:application/json,{encoded}')");
        assert_eq!(decoded(&string)[0].0, map[..map.find('\'').unwrap()]);
    }

    #[test]
    fn what_is_cut_or_no_map_is_none() {
        for text in [
            "data:application/json;base64,A",
            "data:application/json;base64,%%%%",
            "data:image/png;base64,AAAA",
            "data:",
        ] {
            assert_eq!(decoded(&format!("//# sourceMappingURL={text}")), [], "{text}");
        }
    }
}
