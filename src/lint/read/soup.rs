//! Every reader survives whatever it is given: no panic, no place outside of the text, no character cut, the same facts twice.

use proptest::prelude::*;

use super::telling::{assert_spans_are_sound, facts_of};

/// One file of every kind that is read without a grammar.
const PATHS: [&str; 33] = [
    "a.rb",
    "a.go",
    "a.rs",
    "a.php",
    "A.java",
    "a.kt",
    "a.cs",
    "a.exs",
    "a.dart",
    "a.swift",
    "a.sh",
    ".envrc",
    "Dockerfile",
    "compose.yml",
    ".github/workflows/ci.yml",
    "deploy.yaml",
    "fly.toml",
    "vercel.json",
    "main.tf",
    "Makefile",
    "Procfile",
    "justfile",
    "Taskfile.yml",
    "package.json",
    "pyproject.toml",
    "requirements.txt",
    "pom.xml",
    "setup.py",
    "go.mod",
    "application.yml",
    "application.properties",
    ".gitignore",
    "README.md",
];

/// Pieces that mean something to one reader or another.
const PIECES: [&str; 64] = [
    "export ",
    "A_KEY",
    "=",
    "\"",
    "'",
    "`",
    "$",
    "${",
    "}",
    "$(",
    ")",
    "(",
    "{",
    "[",
    "]",
    ":",
    ",",
    ";",
    "#",
    "//",
    "/*",
    "*/",
    "\n",
    "\n\t",
    "\n  ",
    " ",
    "- ",
    "env:",
    "environment:",
    "run: |",
    "<<EOF",
    "EOF",
    "\nEOF\n",
    "ENV ",
    "COPY --from=0 ",
    "RUN --mount=type=secret,env=X ",
    "FROM a AS b",
    "node --env-file=.env ",
    "docker run -e X ",
    "echo A=1 > .env",
    "curl -H \"Authorization: Bearer $K\" ",
    "https://api.openai.com/v1",
    "os.Getenv(\"A\")",
    "ENV.fetch('A')",
    "ENV['A'] = ",
    "<?php ",
    "?>",
    "env::var(\"A\")",
    "r#\"",
    "\"Authorization\"",
    "Bearer ",
    "OpenAI::Client.new(",
    "openai.NewClient(",
    "Dotenv.load",
    "#{",
    "\\(",
    "\\",
    "é",
    "\u{feff}",
    "{{ .x }}",
    "${{ secrets.A }}",
    "<%= ",
    "%>",
    "```sh\n",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn soups_of_tokens_are_read_without_harm(path in prop::sample::select(&PATHS[..]), pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..60)) {
        let text = pieces.concat();
        assert_spans_are_sound(&facts_of(path, text.as_bytes()), &text);
    }

    #[test]
    fn bytes_that_are_no_text_are_read_without_harm(path in prop::sample::select(&PATHS[..]), bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let facts = facts_of(path, &bytes);
        for at in facts.places() {
            prop_assert!(at.end <= bytes.len());
        }
        let again = facts_of(path, &bytes);
        prop_assert_eq!(format!("{facts:?}"), format!("{again:?}"));
    }
}

#[test]
fn long_lines_and_deep_nests_end_soon() {
    for path in PATHS {
        for part in ["{", "[", "(", "\"", "'", "$(", "a: ", "- ", "A=", "${A", "{{", "<", "\\", "x "] {
            facts_of(path, part.repeat(4000).as_bytes());
        }
    }
}
