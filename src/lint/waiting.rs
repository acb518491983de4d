//! Files that are not read before it is known that they matter.
//!
//! Most programs read a few variables, and only those that hold credentials are the lint's own subject. The others matter where a project has
//! a `.env` file, or loads one: it may define what they ask for and never arrive; and where a workflow or manifest defines a name that is a
//! slip away from one that code may ask for. So a file whose words are ordinary waits until all others were read, with its words in capitals
//! at hand ([`FileFacts::waits`]), and most trees of that kind never have one read.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{Catalogue, FileFacts, Graph, Language, Options, bundler, place::is_test, secrecy, spelling};

/// A file with more words in capitals is generated, and those beyond are not compared.
const MOST_WORDS: usize = 1_000;

/// The words in capitals in `text`, each once; `None` if one is the name of a credential, or near one, or has a bundler's prefix and says that it is
/// secret. Nearly all names of variables are in capitals.
pub(super) fn ordinary_words(text: &[u8], catalogue: &Catalogue) -> Option<Vec<String>> {
    let mut seen: HashSet<&[u8]> = HashSet::new();
    let mut words = Vec::new();
    for word in capital_words(text).filter(|word| word.len() <= spelling::LONGEST && seen.insert(word)) {
        let Ok(word) = std::str::from_utf8(word) else { continue };
        if is_credential(word, catalogue) {
            return None;
        }
        if words.len() < MOST_WORDS {
            words.push(word.to_owned());
        }
    }
    Some(words)
}

/// The shortest row of capitals that is looked at: no name is shorter, nor is a prefix that publishes one.
const SHORTEST: usize = 5;

/// Words with at least [`SHORTEST`] capitals, digits and underscores in a row. Each row covers a byte that so many others stand before, so only such are looked at.
fn capital_words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_part = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    let (mut probe, mut from) = (SHORTEST - 1, 0);
    std::iter::from_fn(move || {
        while let Some(byte) = text.get(probe) {
            if !is_part(byte) {
                probe += SHORTEST;
                continue;
            }
            let start = text[from..probe].iter().rposition(|byte| !is_part(byte)).map_or(from, |at| from + at + 1);
            let end = text[probe..].iter().position(|byte| !is_part(byte)).map_or(text.len(), |at| probe + at);
            if end - start < SHORTEST {
                (from, probe) = (end, end + SHORTEST);
                continue;
            }
            let is_of_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
            let start = text[from..start].iter().rposition(|byte| !is_of_word(byte)).map_or(from, |at| from + at + 1);
            let end = text[end..].iter().position(|byte| !is_of_word(byte)).map_or(text.len(), |at| end + at);
            (from, probe) = (end, end + SHORTEST);
            return Some(&text[start..end]);
        }
        None
    })
}

fn is_credential(name: &str, catalogue: &Catalogue) -> bool {
    let is_published = || bundler::strip(name).is_some_and(|(_, bare)| secrecy::is_secret_name(bare));
    catalogue.is_like_a_known_one(name) || is_published()
}

/// `files` without those that wait; where they matter they were read.
pub(super) fn settle(files: Vec<FileFacts>, options: &Options<'_>) -> Vec<FileFacts> {
    if files.iter().all(|file| file.waits.is_none()) {
        return files;
    }
    let slips = slips(&files);
    let (mut files, paths) = if files.iter().any(makes_others_matter) || !slips.is_empty() {
        let graph = Graph::new(files, options.whole);
        let paths = those_that_matter(&graph, &slips);
        (graph.into_files(), paths)
    } else {
        (files, Vec::new())
    };
    files.retain(|file| file.waits.is_none());
    files.extend(options.surroundings.facts(&paths));
    files
}

/// The same where keys are to be listed with what goes by their names: what may name one of `names`, or has a name as keys have, matters too.
pub(super) fn settle_with(files: Vec<FileFacts>, options: &Options<'_>, names: &BTreeSet<String>) -> Vec<FileFacts> {
    let may_name = |word: &String| names.contains(word) || KEYS.iter().any(|ending| word.ends_with(ending));
    let matters = |file: &FileFacts| file.waits.as_ref().is_some_and(|words| words.iter().any(may_name));
    let (matter, mut rest): (Vec<FileFacts>, Vec<FileFacts>) = files.into_iter().partition(matters);
    let paths: BTreeSet<String> = matter.into_iter().map(|file| file.path).collect();
    rest.extend(options.surroundings.facts(&paths.into_iter().collect::<Vec<_>>()));
    settle(rest, options)
}

/// How names of keys end. One too many only means that a file is read.
const KEYS: [&str; 8] = ["KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASS", "PAT", "CREDENTIALS"];

/// Whether all ordinary variables matter where `file` is seen.
fn makes_others_matter(file: &FileFacts) -> bool {
    (file.language == Language::Dotenv && !is_test(&file.path)) || (file.language.is_code() && !file.loads.is_empty())
}

/// Paths of the files that wait and matter, sorted.
fn those_that_matter(graph: &Graph, slips: &HashSet<String>) -> Vec<String> {
    let mut paths = BTreeSet::new();
    for (at, project) in graph.projects().iter().enumerate() {
        let all_matter = graph.visible(at).iter().any(|at| makes_others_matter(&graph.files()[*at]));
        for file in project.files.iter().map(|at| &graph.files()[*at]) {
            let holds_slip = |words: &Vec<String>| words.iter().any(|word| slips.contains(word));
            if file.waits.as_ref().is_some_and(|words| all_matter || holds_slip(words)) {
                paths.insert(file.path.clone());
            }
        }
    }
    paths.into_iter().collect()
}

/// Names that miss each other: what code may ask for and nothing else names, and what is a slip away from it and no code names.
fn slips(files: &[FileFacts]) -> HashSet<String> {
    let (code, others): (Vec<&FileFacts>, Vec<&FileFacts>) = files.iter().partition(|file| file.language.is_code());
    let asked: HashSet<&str> = code.into_iter().flat_map(words_of).collect();
    let given: HashSet<&str> = others.into_iter().flat_map(words_of).collect();
    let mut by_rest: HashMap<String, Vec<&str>> = HashMap::new();
    for name in given.difference(&asked) {
        for rest in neighbours(name) {
            by_rest.entry(rest).or_default().push(name);
        }
    }
    let mut slips = HashSet::new();
    for name in asked.difference(&given) {
        let near = neighbours(name).filter_map(|rest| by_rest.get(&rest)).flatten();
        for other in near.filter(|other| spelling::are_nearly_the_same(name, other)) {
            slips.extend([(*name).to_owned(), (*other).to_owned()]);
        }
    }
    slips
}

/// Names that `file` reads or defines, or what may be such while it waits.
fn words_of(file: &FileFacts) -> impl Iterator<Item = &str> {
    let waiting = file.waits.iter().flatten().map(String::as_str);
    let read = file.reads.iter().map(|read| read.name.as_str());
    waiting.chain(read).chain(file.definitions.iter().map(|definition| definition.name.as_str()))
}

/// The letters of `name`, and without one of them each: two names have one in common when a letter was added, left out, replaced, or
/// changed places with the next.
fn neighbours(name: &str) -> impl Iterator<Item = String> {
    let letters = if name.len() <= spelling::LONGEST { spelling::squashed(name) } else { String::new() };
    let all = std::iter::once(letters.clone()).filter(|letters| !letters.is_empty());
    all.chain((0..letters.len()).map(move |left_out| [&letters[..left_out], &letters[left_out + 1..]].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RuleSet;

    fn catalogue() -> Catalogue {
        Catalogue::new(&RuleSet::builtin())
    }

    fn names_a_credential(text: &str, catalogue: &Catalogue) -> bool {
        ordinary_words(text.as_bytes(), catalogue).is_none()
    }

    #[test]
    fn a_slip_between_code_and_a_manifest_is_seen_and_a_name_in_both_is_none() {
        let file = |path: &str, words: &[&str]| {
            let mut facts = FileFacts::new(path, crate::lint::read::language_of(path).unwrap());
            facts.waits = Some(words.iter().map(|word| (*word).to_owned()).collect());
            facts
        };
        let files = [
            file("app.py", &["GREETING_SUBJECT", "MAIL_HOST", "PORT_A"]),
            file("deploy.yml", &["GREETNIG_SUBJECT", "MAIL_HOST", "MAIL_HOSTS", "PAGE_SIZE"]),
        ];
        let slips = slips(&files);
        let found: BTreeSet<&str> = slips.iter().map(String::as_str).collect();
        assert_eq!(found, BTreeSet::from(["GREETING_SUBJECT", "GREETNIG_SUBJECT"]));
        let pairs = [
            ("ABC_DEF", "ABCDEF", true),
            ("ABCDEF", "ABXDEF", true),
            ("ABCDEF", "ABCDE", true),
            ("ABCDE", "ABCDEF", true),
            ("ABCDEF", "ABCD", false),
            ("ABCDEF", "ABXYEF", false),
        ];
        for (one, two, meet) in pairs {
            let rests: HashSet<String> = neighbours(one).collect();
            assert_eq!(neighbours(two).any(|rest| rests.contains(&rest)), meet, "{one} {two}");
        }
    }

    #[test]
    fn no_name_of_a_credential_is_missed() {
        let catalogue = catalogue();
        for provider in catalogue.providers() {
            let also = provider.also.iter().map(|other| &other.name);
            for name in provider.env.iter().chain(also).chain(&provider.mistaken).chain(&provider.settings) {
                let text = format!("value = os.environ[\"{name}\"]");
                assert!(names_a_credential(&text, &catalogue), "{name}");
            }
        }
    }

    #[test]
    fn words_in_capitals_are_found_wherever_they_stand() {
        for pad in 0..20 {
            let text = format!("{}AB_CD1 abc AB_C EF_GH_IJ_KLz{}", "-".repeat(pad), " ".repeat(pad));
            let words: Vec<&[u8]> = capital_words(text.as_bytes()).collect();
            assert_eq!(words, [b"AB_CD1".as_slice(), b"EF_GH_IJ_KLz"], "{text}");
        }
    }

    #[test]
    fn near_names_and_published_secrets_count() {
        let catalogue = catalogue();
        for text in
            ["ENV['OPENAI_API_KYE']", "x OPENAI", "env.OPNEAI_API_KEY", "VITE_SESSION_SECRET", "MY_OPENAI_API_KEY"]
        {
            assert!(names_a_credential(text, &catalogue), "{text}");
        }
        for text in [
            "ENV['RAILS_ENV']",
            "os.environ['HOME']",
            "SECRET_KEY_BASE",
            "KEY",
            "openai_api_key",
            "api key",
            "\u{e9}API_KEY\u{e9}",
        ] {
            assert!(!names_a_credential(text, &catalogue), "{text}");
        }
    }
}
