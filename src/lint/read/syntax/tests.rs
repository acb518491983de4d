//! What no text may do to the readers, whatever it is.

use proptest::prelude::*;

use crate::lint::read::telling::{assert_spans_are_sound, facts_of};

/// Parts of programs that lead into the readers, whole and broken.
const TOKENS: [&str; 72] = [
    "import os\n",
    "from os import ",
    "environ",
    "os.environ[",
    "os.getenv(",
    "'A_KEY'",
    "\"B",
    "`${",
    "}`",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    " = ",
    ".",
    ",",
    ":",
    ";",
    "\n",
    "\n    ",
    "def f(",
    "class A(",
    "BaseSettings",
    "lambda x: ",
    "f'Bearer {",
    "}'",
    " or ",
    " || ",
    " ?? ",
    " + ",
    "process.env.",
    "const {",
    "import OpenAI from 'openai'\n",
    "new OpenAI({",
    "apiKey: ",
    "headers: {",
    "Authorization: ",
    "'https://api.openai.com/v1'",
    "fetch(",
    "require('dotenv')",
    ".config(",
    "dotenv.",
    "load_dotenv(",
    "Path(__file__)",
    ".parent",
    " / ",
    "ä",
    "\u{1f600}",
    "\\",
    "#",
    "//",
    "/*",
    "*/",
    "'''",
    "if __name__ == '__main__':\n",
    "async ",
    "await ",
    "=> ",
    "...",
    "**",
    "z.object({",
    ".parse(process.env)",
    "%s' % ",
    "'{}'.format(",
    "from openai import OpenAI\n",
    "OpenAI(",
    "api_key=",
    "A_KEY",
    "x",
    "<p>",
];

const PATHS: [&str; 6] = ["a.py", "a.js", "a.ts", "a.tsx", "a.vue", "next.config.js"];

proptest! {
    #[test]
    fn whatever_the_tokens_are_places_lie_in_the_text(
        parts in prop::collection::vec(prop::sample::select(TOKENS.to_vec()), 0..60),
        path in prop::sample::select(PATHS.to_vec()),
    ) {
        let text = parts.concat();
        assert_spans_are_sound(&facts_of(path, text.as_bytes()), &text);
    }

    #[test]
    fn whatever_the_bytes_are_nothing_panics(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        path in prop::sample::select(PATHS.to_vec()),
    ) {
        let facts = facts_of(path, &bytes);
        prop_assert!(facts.places().iter().all(|at| at.end <= bytes.len()));
    }
}

/// Texts on which a reader could recurse, or take the square of their length; chains of members and headers beside requests once did.
#[test]
fn deep_and_long_texts_end() {
    let long = 4 << 20;
    let cases: Vec<(&str, String)> = vec![
        ("a.py", "(".repeat(long)),
        ("a.js", "(".repeat(long)),
        ("a.ts", "{a:[".repeat(long / 8)),
        ("a.py", format!("import os\n{}os.getenv('A'){}", "(".repeat(100_000), ")".repeat(100_000))),
        ("a.js", format!("x = {}process.env.A{}", "[".repeat(100_000), "]".repeat(100_000))),
        ("a.py", format!("x = {}1", "a + ".repeat(200_000))),
        ("a.js", format!("x = {}1", "a.b(".repeat(200_000))),
        ("a.js", format!("process{}", ".env".repeat(200_000))),
        ("a.py", "x = os.getenv('A')\n".repeat(40_000)),
        ("a.py", "import os\nx = x or os.getenv('A')\n".repeat(20_000)),
        ("a.js", "fetch('https://api.openai.com/v1', { headers: { Authorization: k } })\n".repeat(10_000)),
        (
            "a.js",
            format!(
                "const h = {{ {} }}\n{}",
                "authorization: k, ".repeat(20_000),
                "fetch('https://api.openai.com', h)\n".repeat(5_000)
            ),
        ),
        ("a.py", "'".repeat(long / 4)),
        ("a.tsx", "<a>{".repeat(long / 32)),
        ("a.ts", "a<b<".repeat(long / 32)),
        ("a.ipynb", "[{\"cells\":".repeat(long / 32)),
    ];
    for (path, text) in &cases {
        let facts = facts_of(path, text.as_bytes());
        assert_spans_are_sound(&facts, text);
    }
}
