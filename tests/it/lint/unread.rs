//! What the lint cannot read, or only in part, ends in a finding or a notice that names the place, never in silence.

use super::Value;
use crate::hook::Repo;

/// `path:line rule` of findings, `path:line code` of notices; the line is left out where there is none.
fn said(repo: &Repo) -> Vec<String> {
    let ran = repo.keyward(&["-f", "json", "--only", "env"]);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    let shown = |path: &Value, line: &Value, what: &Value| {
        let line = line.as_u64().map(|line| format!(":{line}")).unwrap_or_default();
        format!("{}{line} {}", path.as_str().unwrap_or_default(), what.as_str().unwrap_or_default())
    };
    let list = |name: &str| report[name].as_array().unwrap().clone();
    let findings = list("findings");
    let findings = findings.iter().map(|it| shown(&it["location"]["path"], &it["location"]["start_line"], &it["rule"]));
    let notices = list("notices");
    let notices = notices.iter().map(|it| shown(&it["path"], &it["line"], &it["code"]));
    findings.chain(notices).collect()
}

fn said_of(files: &[(&str, &str)]) -> Vec<String> {
    let repo = Repo::new();
    for (path, text) in files {
        repo.file(path, text);
    }
    said(&repo)
}

#[test]
fn a_syntax_error_that_hides_a_variable_a_loader_or_a_client_is_named_with_its_line() {
    let mut wrong = Vec::new();
    for (path, text, line) in [
        ("app.py", "import os\n\ndef key(:\n    x = = os.environ['OPENAI_API_KEY']\n", 3),
        ("app.py", "import os\nfrom dotenv import load_dotenv\nif x\n  load_dotenv(]\n", 4),
        ("app.py", "from openai import OpenAI\n\nclient = OpenAI(api_key=, timeout 3 4\nprint(1)\n", 3),
        ("app.js", "const a = 1\nconst key = = process.env.OPENAI_API_KEY ? : }\n", 2),
        ("app.ts", "import OpenAI from 'openai'\nconst c: = @ new OpenAI( { apiKey: )\n", 2),
    ] {
        let said = said_of(&[(path, text)]);
        if !said.contains(&format!("{path}:{line} not-understood")) {
            wrong.push(format!("{text}: {said:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_file_that_asks_for_a_key_is_named_whatever_its_error_hides() {
    let text = "import os\nfrom openai import OpenAI\n\nclient = OpenAI(api_key=os.environ['OPENAI_API_KEY'])\n\ndef f(:\n    pass\n";
    assert!(said_of(&[("app.py", text)]).contains(&"app.py:6 not-understood".to_owned()));
    let text = "import OpenAI from 'openai'\nconst client = new OpenAI()\nconst x = (1 + \n";
    let said = said_of(&[("app.ts", text)]);
    assert!(said.iter().any(|it| it.starts_with("app.ts:3 not-understood")), "{said:?}");
}

#[test]
fn an_error_that_hides_nothing_the_lint_asks_for_is_nobodys_concern() {
    for (path, text) in [
        ("app.py", "import os\nport = os.environ['PORT']\n\ndef f(:\n    pass\n"),
        ("app.py", "import os\n\ndef f(:  # os.environ\n    pass\n\nport = os.getenv('PORT')\n"),
        ("app.js", "const port = process.env.PORT\nconst x = = 1\n"),
        ("tests/test_app.py", "from openai import OpenAI\n\nclient = OpenAI(api_key=os.environ[, timeout 3 4\n"),
    ] {
        assert_eq!(said_of(&[(path, text)]), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn an_environment_in_an_unknown_dialect_is_named_with_its_line() {
    for text in [
        "{\n  \"OPENAI_API_KEY\": \"abc\"\n}\n",
        "A=1\n$env:OPENAI_API_KEY = \"abc\"\n",
        "A=1\nset OPENAI_API_KEY=abc\n",
        "A=1\nsetenv OPENAI_API_KEY abc\n",
        "A=1\nOPENAI_API_KEY abc\n",
        "<env>\n  <OPENAI_API_KEY>abc</OPENAI_API_KEY>\n</env>\n",
        "[openai]\nkey = abc\n",
    ] {
        let line = if text.starts_with('A') { 2 } else { 1 };
        let said = said_of(&[(".env", text), (".gitignore", ".env\n")]);
        assert!(said.contains(&format!(".env:{line} not-understood")), "{text}: {said:?}");
    }
    let several = "A=\"one\ntwo\"\nB=1 # c\nexport C=2\nD\n\n# e f\n";
    assert_eq!(said_of(&[(".env", several), (".gitignore", ".env\n")]), Vec::<String>::new());
}

#[test]
fn modules_that_import_each_other_are_judged_like_others() {
    let late = said_of(&[
        ("app.py", "import helper\nfrom dotenv import load_dotenv\n\nload_dotenv()\nhelper.run()\n"),
        (
            "helper.py",
            "import app\nfrom openai import OpenAI\n\nclient = OpenAI()\n\n\ndef run():\n    print(app, client)\n",
        ),
        (".env.example", "OPENAI_API_KEY=\n"),
        (".env", "OPENAI_API_KEY=abc-def-ghi\n"),
        (".gitignore", ".env\n"),
        ("main.py", "import app\n"),
    ]);
    assert!(late.contains(&"app.py:4 dotenv-loaded-late".to_owned()), "{late:?}");
    let late = said_of(&[
        ("index.js", "import './a.js'\n"),
        (
            "a.js",
            "import { client } from './b.js'\nimport 'dotenv/config'\nexport const name = 'a'\nconsole.log(client)\n",
        ),
        (
            "b.js",
            "import OpenAI from 'openai'\nimport { name } from './a.js'\n\nexport const client = new OpenAI()\nconsole.log(name)\n",
        ),
        (".env.example", "OPENAI_API_KEY=\n"),
        (".env", "OPENAI_API_KEY=abc-def-ghi\n"),
        (".gitignore", ".env\n"),
    ]);
    assert!(late.contains(&"a.js:2 dotenv-loaded-late".to_owned()), "{late:?}");
}

#[test]
fn a_source_of_fifty_megabytes_is_named_and_the_rest_is_judged() {
    let repo = Repo::new();
    let program = "import os\nfrom openai import OpenAI\n\nclient = OpenAI(api_key=os.environ[\"OPENAI_API_KEY\"])\n";
    let line = "x = {'some': 'data', 'and': [1, 2, 3], 'more': 'of it'}\n";
    repo.file("large.py", program.to_owned() + &line.repeat((50 << 20) / line.len()));
    repo.file("large.js", format!("const key = process.env.OPENAI_API_KEY\n{}", "f(1);\n".repeat((50 << 20) / 6)));
    repo.file("main.py", program).file(".env", "OPENAI_KEY=abc\n").file(".gitignore", ".env\n");
    let said = said(&repo);
    for expected in ["large.py not-understood", "large.js not-understood", ".env:1 env-name-mismatch"] {
        assert!(said.contains(&expected.to_owned()), "{expected}: {said:?}");
    }
}

#[test]
fn code_of_more_parts_than_people_write_is_named_and_not_parsed() {
    let repo = Repo::new();
    let dense = format!("key=process.env.OPENAI_API_KEY;{}", "f(a,b);".repeat(420_000));
    let plain = format!("key = process.env.OPENAI_API_KEY\n{}", "value = compute(first, second);\n".repeat(20_000));
    repo.file("dense.js", dense).file("plain.js", plain);
    assert_eq!(said(&repo), ["dense.js not-understood"]);
}

#[test]
fn an_environment_in_utf16_is_read_with_and_without_a_mark() {
    let text = "OPENAI_KEY=abc-def-ghi\r\nNAME=\u{e4}\r\n";
    for big in [false, true] {
        for mark in [true, false] {
            let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
            let bytes: Vec<u8> =
                units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect();
            let repo = Repo::new();
            repo.file(".env", &bytes).file(".gitignore", ".env\n").file(
                "main.py",
                "import os\nfrom dotenv import load_dotenv\n\nload_dotenv()\nkey = os.environ[\"OPENAI_API_KEY\"]\n",
            );
            let said = said(&repo);
            for expected in [".env:1 env-name-mismatch", ".env:1 env-value-malformed"] {
                assert!(said.contains(&expected.to_owned()), "{big} {mark}: {said:?}");
            }
            // The edit of a text that cannot be told from a binary by its mark is refused, not made wrong.
            let fixed = repo.keyward(&["fix", "--write"]);
            let after = std::fs::read(repo.path(".env")).unwrap();
            assert!(mark || after == bytes, "{fixed:?}");
        }
    }
}
