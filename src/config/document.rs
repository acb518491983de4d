//! The configuration as read: its content, and a way back from every value to the line it stands on.
//!
//! serde reports an unknown key by a sentence with all known ones in it. That sentence is taken apart here to find the
//! nearest key, instead of keeping a list of keys beside the structs, because it also covers `[[rule]]`, whose keys
//! `rules` owns. A test holds us to serde's wording.

use std::{ops::Range, sync::Arc};

use miette::NamedSource;
use toml::Spanned;

use crate::model::{masked_text, nearest, printable_line, printable_text};

use super::{ConfigError, Mistake, PolicyFile, file::ConfigFile};

/// Most `[[allow]]` entries; a baseline holds more.
const MOST_ALLOWS: usize = 10_000;
/// Most `[[rule]]` entries: each is compiled before anything is scanned.
const MOST_RULES: usize = 256;
/// Most names or globs in one list.
const MOST_IN_LIST: usize = 1_000;

/// A configuration file, or the absence of one.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) origin: Option<PolicyFile>,
    pub(super) file: ConfigFile,
    text: Arc<NamedSource<String>>,
    /// Offset of each line's first byte.
    lines: Vec<usize>,
}

impl Document {
    /// The configuration of a run that has none.
    pub(super) fn none() -> Self {
        let text = Arc::new(NamedSource::new("keyward.toml", String::new()));
        Self { origin: None, file: ConfigFile::default(), text, lines: vec![0] }
    }

    /// Reads `text`, the content of `origin`.
    pub(super) fn parse(origin: PolicyFile, text: &str) -> Result<Self, ConfigError> {
        let named = Arc::new(NamedSource::new(&origin.name, masked_text(&printable_text(text))));
        let file = toml::from_str(text).map_err(|error| explain(&error, &named))?;
        let breaks = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
        let lines = std::iter::once(0).chain(breaks).collect();
        let document = Self { origin: Some(origin), file, text: named, lines };
        document.check_sizes()?;
        Ok(document)
    }

    /// The mistake `problem` at `at`.
    pub(super) fn mistake(&self, at: Range<usize>, problem: impl Into<String>, help: impl Into<String>) -> Mistake {
        Mistake::new(&problem.into(), &help.into(), Arc::clone(&self.text), at)
    }

    /// 1-based line of the byte at `offset`.
    pub(super) fn line(&self, offset: usize) -> u32 {
        u32::try_from(self.lines.partition_point(|start| *start <= offset)).unwrap_or(u32::MAX)
    }

    fn check_sizes(&self) -> Result<(), ConfigError> {
        let file = &self.file;
        self.at_most(MOST_IN_LIST, "only", &file.only)?;
        self.at_most(MOST_IN_LIST, "skip", &file.skip)?;
        self.at_most(MOST_IN_LIST, "exclude", &file.exclude)?;
        self.at_most(MOST_ALLOWS, "allow", &file.allows)?;
        self.at_most(MOST_RULES, "rule", &file.rules)
    }

    fn at_most<T>(&self, most: usize, key: &str, entries: &[Spanned<T>]) -> Result<(), ConfigError> {
        let Some(first_too_many) = entries.get(most) else { return Ok(()) };
        let help = match key {
            "allow" => "accept many findings at once with a baseline: `keyward baseline create`",
            "rule" => "put rules into files of their own and name their folder with `--rules DIR`",
            _ => "name providers or groups instead of rules, folders instead of files",
        };
        let problem = format!("`{key}` has {} entries, more than {most}", entries.len());
        Err(ConfigError::TooMany(self.mistake(first_too_many.span(), problem, help)))
    }
}

/// Turns the TOML reader's error into one that says what to do.
fn explain(error: &toml::de::Error, text: &Arc<NamedSource<String>>) -> ConfigError {
    let message = error.message();
    let at = error.span().unwrap_or(0..0);
    let mistake = |problem: String, help: String| Mistake::new(&problem, &help, Arc::clone(text), at.clone());
    if let Some((name, known)) = unknown(message, "unknown field `") {
        let problem = format!("there is no key called `{}`", printable_line(name, 60));
        return ConfigError::UnknownKey(mistake(problem, suggestion(name, &known)));
    }
    if let Some((name, known)) = unknown(message, "unknown variant `") {
        let problem = format!("`{}` is not a possible value", printable_line(name, 60));
        return ConfigError::BadValue(mistake(problem, suggestion(name, &known)));
    }
    // serde speaks of sequences and maps, TOML of arrays and tables.
    let spoken = message.replace("a sequence", "a list").replace("invalid type: map", "invalid type: table");
    let help = match spoken.as_str() {
        "invalid type: table, expected a list" => "write an entry of a list under double brackets, such as `[[allow]]`",
        "duplicate key" => "keep one of the two",
        _ => "`keyward schema config` prints the format",
    };
    ConfigError::Malformed(mistake(printable_line(&spoken, 200), help.to_owned()))
}

/// Takes serde's "unknown … `x`, expected one of `a`, `b`" apart into `x` and the rest.
fn unknown<'m>(message: &'m str, start: &str) -> Option<(&'m str, Vec<&'m str>)> {
    let (name, expected) = message.strip_prefix(start)?.rsplit_once("`, expected ")?;
    // Known names stand between backticks: every second piece.
    Some((name, expected.split('`').skip(1).step_by(2).collect()))
}

fn suggestion(name: &str, known: &[&str]) -> String {
    match nearest(&name.to_lowercase().replace('_', "-"), known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known here: {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use miette::Diagnostic as _;

    use super::*;

    fn parse(text: &str) -> Result<Document, ConfigError> {
        let origin = PolicyFile { path: "keyward.toml".into(), name: "keyward.toml".into(), content: None };
        Document::parse(origin, text)
    }

    /// Message, help, and the text the error points at.
    fn told(text: &str) -> (String, String, String) {
        let error = parse(text).unwrap_err();
        let help = error.help().unwrap().to_string();
        let label = error.labels().unwrap().next().unwrap();
        let at = &text[label.offset()..label.offset() + label.len()];
        (error.to_string(), help, at.to_owned())
    }

    fn expect(text: &str, message: &str, help: &str, at: &str) {
        assert_eq!(told(text), (message.to_owned(), help.to_owned(), at.to_owned()), "{text}");
    }

    #[test]
    fn an_unknown_key_is_named_with_the_nearest_known_one() {
        expect("onyl = []", "there is no key called `onyl`", "did you mean `only`?", "onyl");
        expect("fail_on = 'error'", "there is no key called `fail_on`", "did you mean `fail-on`?", "fail_on");
        expect("\n[[allow]]\nreasn = 'x'", "there is no key called `reasn`", "did you mean `reason`?", "reasn");
        expect("[[alow]]", "there is no key called `alow`", "did you mean `allow`?", "alow");
    }

    #[test]
    fn an_unknown_key_of_a_rule_is_found_too() {
        let rule = "[[rule]]\nid = 'a'\nsummary = 's'\nliterals = ['abc']\npatern = 'abc'";
        expect(rule, "there is no key called `patern`", "did you mean `pattern`?", "patern");
    }

    #[test]
    fn a_key_that_resembles_nothing_gets_the_list_of_keys() {
        let (_, help, at) = told("verify = true");
        assert_eq!(
            help,
            "known here: only, skip, fail-on, exclude, baseline, max-file-size, max-key-age-days, allow, rule"
        );
        assert_eq!(at, "verify");
    }

    #[test]
    fn a_word_that_is_not_a_possible_value_is_named_with_the_nearest() {
        expect("fail-on = 'warn'", "`warn` is not a possible value", "did you mean `warning`?", "'warn'");
        let all = "known here: error, warning, note, never";
        expect("fail-on = 'critical'", "`critical` is not a possible value", all, "'critical'");
    }

    #[test]
    fn a_value_of_the_wrong_type_is_told_in_the_words_of_toml() {
        let format = "`keyward schema config` prints the format";
        expect("skip = 'x'", "invalid type: string \"x\", expected a list", format, "'x'");
        expect("skip = [1]", "invalid type: integer `1`, expected a string", format, "1");
        let brackets = "write an entry of a list under double brackets, such as `[[allow]]`";
        expect("[allow]\nreason = 'x'", "invalid type: table, expected a list", brackets, "[allow]");
    }

    #[test]
    fn broken_toml_is_told_with_its_place() {
        expect("skip = []\nskip = []", "duplicate key", "keep one of the two", "skip");
        assert_eq!(told("skip = [").0, "unclosed array, expected `]`");
    }

    #[test]
    fn escape_codes_of_the_file_reach_neither_message_nor_snippet() {
        let error = parse("\"\\u001b[2J\" = 1 # \u{1b}[2J").unwrap_err();
        let shown = format!("{:?}", miette::Report::new(error));
        assert!(!shown.contains("\u{1b}[2J"), "{shown}");
        let error = parse("\"x\\u001b[2J\" = 1 # \u{202e}").unwrap_err();
        assert!(!error.to_string().contains('\u{1b}'), "{error}");
        assert!(!format!("{:?}", miette::Report::new(error)).contains('\u{202e}'));
    }

    #[test]
    fn deep_nesting_is_an_error_and_not_a_crash() {
        let (message, ..) = told(&format!("only = {}", "[".repeat(100_000)));
        assert_eq!(message, "cannot recurse further; max recursion depth met");
    }

    #[test]
    fn the_number_of_entries_is_bounded() {
        let text = format!("skip = [{}]", "'a',".repeat(MOST_IN_LIST + 1));
        let (message, _, at) = told(&text);
        assert_eq!((message.as_str(), at.as_str()), ("`skip` has 1001 entries, more than 1000", "'a'"));
        let (message, help, _) = told(&"[[allow]]\n".repeat(MOST_ALLOWS + 1));
        assert_eq!(message, "`allow` has 10001 entries, more than 10000");
        assert!(help.contains("keyward baseline create"));
    }

    #[test]
    fn offsets_become_lines() {
        let document = parse("\n\n[[allow]]\n\n[[allow]]").unwrap();
        let lines: Vec<u32> = document.file.allows.iter().map(|entry| document.line(entry.span().start)).collect();
        assert_eq!(lines, [3, 5]);
    }
}
