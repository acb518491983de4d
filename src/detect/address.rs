//! The address that is assigned beside a key, which says whose key it is more surely than the words around it.
//!
//! `OPENAI_API_KEY` and `OPENAI_BASE_URL` belong together by their names, and so do `api_key` and `base_url` of one call. Where that address is
//! none of a provider's, what stands farther away or is commented out does not make the key one of that provider's.

/// What names of keys end in, longer ones first.
const KEY_ENDS: [&str; 11] = [
    "access_token",
    "access-token",
    "secret_key",
    "auth_token",
    "api_token",
    "api_key",
    "api-key",
    "apikey",
    "secret",
    "token",
    "key",
];
/// What names of addresses end in, longer ones first.
const ADDRESS_ENDS: [&str; 15] = [
    "api_base_url",
    "api_endpoint",
    "base_url",
    "base-url",
    "endpoint",
    "api_base",
    "api_host",
    "apibase",
    "baseurl",
    "api_url",
    "apiurl",
    "_base",
    "_host",
    "_url",
    "_uri",
];

/// An address that goes with a key.
pub(super) struct Address<'t> {
    /// From the host to the end.
    pub(super) text: &'t [u8],
    /// How many lines it is away from the key.
    distance: usize,
    /// Whether nothing but their place says that the two belong together: `api_key` and `base_url`, as in a section or a call.
    by_place: bool,
}

impl<'t> Address<'t> {
    /// The nearest that goes with the key between `before` and `after`, both in lower case.
    pub(super) fn of_key(before: &'t [u8], after: &'t [u8]) -> Option<Self> {
        let line = before.rsplit(|&byte| byte == b'\n').next()?;
        let key = stem(name_at_end(line), &KEY_ENDS)?;
        let is_active = |(_, other): &(usize, &[u8])| is_commented(line) || !is_commented(other);
        let of_line = |(distance, line): (usize, &'t [u8])| {
            let found = memchr::memmem::find_iter(line, "://");
            found
                .filter_map(move |at| Some(Self { text: assigned(line, at, key)?, distance, by_place: key.is_empty() }))
        };
        lines(before, after).filter(is_active).flat_map(of_line).min_by_key(|address| address.distance)
    }

    /// What stands nearer to the key than the address, its own line among it, and is not commented out. The key's own line always does; and where
    /// the two belong together by their place, the section may be called by a name that stands above both.
    pub(super) fn nearer(&self, before: &'t [u8], after: &'t [u8]) -> Vec<&'t [u8]> {
        let reach = if self.by_place && self.distance > 0 { usize::MAX } else { self.distance };
        let is_near = |(distance, line): &(usize, &[u8])| *distance == 0 || (*distance <= reach && !is_commented(line));
        lines(before, after).filter(is_near).map(|(_, line)| line).collect()
    }
}

/// The lines around a key with their distance from it; of its own line the parts on both sides.
fn lines<'t>(before: &'t [u8], after: &'t [u8]) -> impl Iterator<Item = (usize, &'t [u8])> {
    let is_break = |byte: &u8| *byte == b'\n';
    before.rsplit(is_break).enumerate().chain(after.split(is_break).enumerate())
}

/// The address with its `://` at `at` in `line`, when it is given to a name that goes with `key` and is no variable.
fn assigned<'t>(line: &'t [u8], at: usize, key: &[u8]) -> Option<&'t [u8]> {
    let scheme = line[..at].iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let name = stem(name_at_end(&line[..at - scheme]), &ADDRESS_ENDS)?;
    let text = line[at + 3..].split(|byte| byte.is_ascii_whitespace() || b"\"'`,)>".contains(byte)).next()?;
    (name == key && text.first().is_some_and(u8::is_ascii_alphanumeric)).then_some(text)
}

/// The name to which what follows `text` is given: `base_url = "`, `"apikey": "`, `export openai_api_key=`.
fn name_at_end(text: &[u8]) -> &[u8] {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
    let end = text.iter().rposition(is_name).map_or(0, |last| last + 1);
    let is_between = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`=:(>?,".contains(byte);
    if !text[end..].iter().all(is_between) {
        return b"";
    }
    let length = text[..end].iter().rev().take_while(|byte| is_name(byte)).count();
    &text[end - length..end]
}

/// What `name` has in front of one of `ends`: `openai` of `openai_api_key`.
fn stem<'n>(name: &'n [u8], ends: &[&str]) -> Option<&'n [u8]> {
    let mut rest = ends.iter().find_map(|end| name.strip_suffix(end.as_bytes()))?;
    while let Some(shorter) = rest.strip_suffix(b"_").or(rest.strip_suffix(b"-")).or(rest.strip_suffix(b".")) {
        rest = shorter;
    }
    Some(rest)
}

fn is_commented(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    line.starts_with(b"#") || line.starts_with(b"//")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The address beside the key at `KEY` in `text`, and how far away it is.
    fn beside(text: &str) -> Option<(&str, usize)> {
        let (before, after) = text.split_once("KEY").unwrap();
        let address = Address::of_key(before.as_bytes(), after.as_bytes())?;
        Some((std::str::from_utf8(address.text).unwrap(), address.distance))
    }

    #[test]
    fn an_address_goes_with_a_key_by_its_name() {
        let cases = [
            (
                "openai_api_key=KEY\nmodel=x\nopenai_base_url=https://llm.acme.example/v1\n",
                Some(("llm.acme.example/v1", 2)),
            ),
            ("client(api_key=\"KEY\", base_url=\"http://10.1.2.3:8000/v1\")", Some(("10.1.2.3:8000/v1", 0))),
            ("{\"baseurl\": \"https://a.example\",\n \"apikey\": \"KEY\"}", Some(("a.example", 1))),
            ("openai.api_base = 'https://a.example'\nopenai.api_key = 'KEY'", Some(("a.example", 1))),
            ("a_url=https://far.example\n\na_key=KEY\na_url=https://near.example", Some(("near.example", 1))),
            ("export openai_api_key=KEY\nollama_base_url=http://a.example", None),
            ("openai_api_key=KEY\nopenai_base_url=https://${host}/v1", None),
            ("openai_api_key=KEY\n# openai_base_url=https://a.example", None),
            ("# openai_api_key=KEY\n# openai_base_url=https://a.example", Some(("a.example", 1))),
            ("openai_api_key=KEY # see https://a.example", None),
            ("key=KEY\nurl=https://a.example", None),
            ("print(KEY)", None),
            ("KEY", None),
        ];
        for (text, expected) in cases {
            assert_eq!(beside(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_nearer_than_the_address_counts_unless_it_is_commented_out() {
        let (before, after) = ("far\n# off\nnear\nkey=", " tail\nurl\nbelow");
        let address = Address { text: b"", distance: 2, by_place: false };
        let near = address.nearer(before.as_bytes(), after.as_bytes());
        assert_eq!(near, [&b"key="[..], b"near", b" tail", b"url", b"below"], "as far as the address");
        let address = Address { text: b"", distance: 0, by_place: true };
        assert_eq!(address.nearer(before.as_bytes(), after.as_bytes()), [&b"key="[..], b" tail"]);
        let address = Address { text: b"", distance: 1, by_place: true };
        assert_eq!(address.nearer(before.as_bytes(), after.as_bytes()).len(), 6, "all but the comment");
    }
}
