//! Source files that are not read before it is known that they matter.
//!
//! Most programs read a few variables, and only those that hold credentials are the lint's own subject. The others matter where a project has
//! a `.env` file, or loads one: it may define what they ask for and never arrive. So a file whose words are ordinary waits ([`FileFacts::waits`])
//! until all others were read, and most trees of that kind never have one read.
//!
//! Limit: where there is no `.env` file at all, names of no known provider are not compared with those in workflows and manifests.

use std::collections::{BTreeSet, HashSet};

use super::{Catalogue, FileFacts, Graph, Language, Options, bundler, place::is_test, secrecy, spelling};

/// Whether one of the words in `text` is the name of a credential, or near one, or has a bundler's prefix and says that it is secret.
pub(super) fn names_a_credential(text: &[u8], catalogue: &Catalogue) -> bool {
    let mut seen: HashSet<&[u8]> = HashSet::new();
    let mut end = 0;
    for part in catalogue.parts_of_names().find_iter(text) {
        // The word was looked at when an earlier part of it was met.
        if part.start() < end {
            continue;
        }
        let start = text[..part.start()].iter().rposition(|byte| !is_of_name(*byte)).map_or(0, |at| at + 1);
        end = text[part.end()..].iter().position(|byte| !is_of_name(*byte)).map_or(text.len(), |at| part.end() + at);
        let word = &text[start.max(end.saturating_sub(spelling::LONGEST + 1))..end];
        if seen.insert(word) && std::str::from_utf8(word).is_ok_and(|word| is_credential(word, catalogue)) {
            return true;
        }
    }
    false
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
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
        let graph = Graph::new(files, options.catalogue);
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
    fn near_names_and_published_secrets_count() {
        let catalogue = catalogue();
        for text in [
            "ENV['OPENAI_API_KYE']",
            "openai_api_key",
            "env.OPNEAI_API_KEY",
            "VITE_SESSION_SECRET",
            "MY_OPENAI_API_KEY",
        ] {
            assert!(names_a_credential(text.as_bytes(), &catalogue), "{text}");
        }
        for text in
            ["ENV['RAILS_ENV']", "os.environ['HOME']", "SECRET_KEY_BASE", "KEY", "api key", "\u{e9}API_KEY\u{e9}"]
        {
            assert!(!names_a_credential(text.as_bytes(), &catalogue), "{text}");
        }
    }
}
