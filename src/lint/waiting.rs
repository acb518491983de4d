//! Source files that are not read before it is known that they matter.
//!
//! Most programs read a few variables, and only those that hold credentials are the lint's own subject. The others matter where a project has
//! a `.env` file, or loads one: it may define what they ask for and never arrive. So a file whose words are ordinary waits ([`FileFacts::waits`])
//! until all others were read, and most trees of that kind never have one read.
//!
//! Limit: where there is no `.env` file at all, names of no known provider are not compared with those in workflows and manifests.

use std::collections::{BTreeSet, HashSet};

use super::{Catalogue, FileFacts, Graph, Language, Options, bundler, place::is_test, secrecy, spelling};

/// Whether one of the words in `text` is the name of a credential, or near one, or has a bundler's prefix and says that it is secret. Only words in
/// capitals are looked at, as nearly all names are.
pub(super) fn names_a_credential(text: &[u8], catalogue: &Catalogue) -> bool {
    let mut seen: HashSet<&[u8]> = HashSet::new();
    capital_words(text)
        .filter(|word| word.len() <= spelling::LONGEST && seen.insert(word))
        .filter_map(|word| std::str::from_utf8(word).ok())
        .any(|word| is_credential(word, catalogue))
}

/// The shortest word that is looked at: no name is shorter.
const SHORTEST: usize = 6;

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
pub(super) fn settle(mut files: Vec<FileFacts>, options: &Options<'_>) -> Vec<FileFacts> {
    if !files.iter().any(|file| file.waits) {
        return files;
    }
    let mut read = Vec::new();
    if files.iter().any(makes_others_matter) {
        let graph = Graph::new(files, options.whole);
        let paths = those_that_matter(&graph);
        read = options.surroundings.facts(&paths);
        files = graph.into_files();
    }
    files.retain(|file| !file.waits);
    files.extend(read);
    files
}

/// Whether ordinary variables matter where `file` is seen.
fn makes_others_matter(file: &FileFacts) -> bool {
    (file.language == Language::Dotenv && !is_test(&file.path)) || (file.language.is_code() && !file.loads.is_empty())
}

/// Paths of the files that wait in projects where they matter, sorted.
fn those_that_matter(graph: &Graph) -> Vec<String> {
    let matters = |project: usize| graph.visible(project).iter().any(|at| makes_others_matter(&graph.files()[*at]));
    let waiting = |project: usize| {
        let files = graph.projects()[project].files.iter().map(|at| &graph.files()[*at]);
        files.filter(|file| file.waits).map(|file| file.path.clone()).collect::<Vec<_>>()
    };
    let paths: BTreeSet<String> = (0..graph.projects().len())
        .filter(|project| !waiting(*project).is_empty() && matters(*project))
        .flat_map(waiting)
        .collect();
    paths.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RuleSet;

    fn catalogue() -> Catalogue {
        Catalogue::new(&RuleSet::builtin())
    }

    #[test]
    fn no_name_of_a_credential_is_missed() {
        let catalogue = catalogue();
        for provider in catalogue.providers() {
            let also = provider.also.iter().map(|other| &other.name);
            for name in provider.env.iter().chain(also).chain(&provider.mistaken).chain(&provider.settings) {
                let text = format!("value = os.environ[\"{name}\"]");
                assert!(names_a_credential(text.as_bytes(), &catalogue), "{name}");
            }
        }
    }

    #[test]
    fn words_in_capitals_are_found_wherever_they_stand() {
        for pad in 0..20 {
            let text = format!("{}AB_CD1 abc AB_CD EF_GH_IJ_KLz{}", "-".repeat(pad), " ".repeat(pad));
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
            assert!(names_a_credential(text.as_bytes(), &catalogue), "{text}");
        }
        for text in [
            "ENV['RAILS_ENV']",
            "os.environ['HOME']",
            "SECRET_KEY_BASE",
            "KEY",
            "openai_api_key",
            "openai_api_key",
            "api key",
            "\u{e9}API_KEY\u{e9}",
        ] {
            assert!(!names_a_credential(text.as_bytes(), &catalogue), "{text}");
        }
    }
}
