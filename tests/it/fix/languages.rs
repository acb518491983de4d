//! What becomes of keys in programs, language by language.

use super::{Repo, assert_settled, openai_key};

/// `<K>` stands for a key; what becomes of each file of one repository, `None` when it stays as it is.
#[track_caller]
fn assert_rewritten(manifest: (&str, &str), cases: &[(&str, &str, Option<&str>)]) {
    let repo = Repo::new();
    repo.file(manifest.0, manifest.1);
    let planted = |text: &str, seed: &str| text.replace("<K>", &openai_key(seed));
    for (path, text, _) in cases {
        repo.file(path, planted(text, path));
    }
    let arguments = ["--write", "--unsafe", "--only", "secrets"];
    let ran = repo.keyward(&[&["fix"][..], &arguments].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    let mut wrong = Vec::new();
    for (path, text, expected) in cases {
        let expected = planted(expected.unwrap_or(text), path);
        let found = repo.read(path);
        if found != expected {
            wrong.push(format!("{path}\n  expected {expected:?}\n  found    {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert_settled(&repo, &arguments[1..]);
}

#[test]
fn only_whole_literals_where_any_expression_may_stand_are_replaced_in_python() {
    let read = "os.environ['OPENAI_API_KEY']";
    assert_rewritten(
        ("requirements.txt", "openai\n"),
        &[
            ("a.py", "import os\nk = '<K>'\n", Some(&format!("import os\nk = {read}\n"))),
            ("b.py", "k = '<K>'\n", Some(&format!("import os\nk = {read}\n"))),
            (
                "c.py",
                "#!/usr/bin/env python\n'''Doc.'''\nfrom __future__ import annotations\n\nc = dict(a=['<K>'])\n",
                Some(&format!(
                    "#!/usr/bin/env python\n'''Doc.'''\nfrom __future__ import annotations\n\nimport os\nc = dict(a=[{read}])\n"
                )),
            ),
            (
                "named.py",
                "import os\nOPENAI_KEY = '<K>'\nother = os.getenv('OPENAI_KEY')\n",
                Some("import os\nOPENAI_KEY = os.environ['OPENAI_KEY']\nother = os.getenv('OPENAI_KEY')\n"),
            ),
            (
                "fallback.py",
                "import os\nk = os.getenv('OPENAI_API_KEY', '<K>')\n",
                Some("import os\nk = os.getenv('OPENAI_API_KEY')\n"),
            ),
            (
                "or.py",
                "import os\nk = os.environ.get('OPENAI_API_KEY') or '<K>'\n",
                Some("import os\nk = os.environ.get('OPENAI_API_KEY')\n"),
            ),
            ("sets.py", "import os\nos.environ['OPENAI_API_KEY'] = '<K>'\nx = 1\n", Some("import os\nx = 1\n")),
            ("sets_in.py", "import os\nif 1:\n    os.environ['OPENAI_API_KEY'] = '<K>'\n", None),
            ("default.py", "def f(k='<K>'):\n    return k\n", None),
            ("f.py", "h = f'Bearer <K>'\ni = f'<K>'\n", None),
            ("parts.py", "h = 'Bearer ' + '<K>'\ni = '<K>' 'x'\nj = '<K>'.strip()\nk = '%s' % '<K>'\n", None),
            (
                "kinds.py",
                "a = b'<K>'\nb = \"\"\"<K>\"\"\"\nc = {'<K>': 1}\nd = x == '<K>'\ne = '''\nk = '<K>'\n'''\n",
                None,
            ),
            ("comment.py", "# k = '<K>'\n", None),
            ("broken.py", "k = '<K>'\ndef (:\n", None),
        ],
    );
}

#[test]
fn only_programs_with_an_environment_are_changed_in_javascript() {
    let read = "process.env.OPENAI_API_KEY";
    let client = "new OpenAI({ apiKey: \"<K>\" });\n";
    let changed = format!("new OpenAI({{ apiKey: {read} }});\n");
    assert_rewritten(
        ("package.json", "{\"dependencies\": {\"openai\": \"5\"}}"),
        &[
            ("a.ts", client, Some(&changed)),
            ("b.js", "const k = '<K>';\nf(`<K>`);\n", Some(&format!("const k = {read};\nf({read});\n"))),
            ("c.mjs", "const k = x || '<K>';\nconst o = { '<K>': 1 };\nconst t = `Bearer <K>`;\n", None),
            ("d.tsx", "const a = <Chat token=\"<K>\" />;\n", None),
            ("e.ts", "function f(k = '<K>') {}\ntype K = '<K>';\nconst s = 'a' + '<K>';\n", None),
            ("f.tsx", &format!("'use client';\n{client}"), None),
            ("g.vue", &format!("<script>\n{client}</script>\n"), None),
            ("h.js", &format!("// {client}"), None),
        ],
    );
    assert_rewritten(
        ("package.json", "{\"dependencies\": {\"openai\": \"5\"}, \"devDependencies\": {\"vite\": \"6\"}}"),
        &[("src/chat.ts", client, None), ("server/chat.ts", client, Some(&changed))],
    );
}

/// Cases of one language: its ending, what reads the variable, statements in which `<K>` is replaced by that, and some that stay.
struct Cases {
    ending: &'static str,
    around: (&'static str, &'static str),
    read: &'static str,
    changed: &'static [&'static str],
    kept: &'static [&'static str],
}

const LANGUAGES: [Cases; 9] = [
    Cases {
        ending: "rb",
        around: ("", ""),
        read: "ENV.fetch(\"OPENAI_API_KEY\")",
        changed: &[
            "k = \"<K>\"\n",
            "c = OpenAI::Client.new(access_token: \"<K>\")\n",
            "h = { \"k\" => \"<K>\", b: 1 }\n",
        ],
        kept: &[
            "def f(k: \"<K>\")\nend\n",
            "k = \"Bearer <K>\"\n",
            "k = \"<K>\" + x\n",
            "# k = \"<K>\"\n",
            "h = { \"<K>\" => 1 }\n",
            "k = \"<K>\".strip\n",
        ],
    },
    Cases {
        ending: "go",
        around: ("package main\n\nimport \"os\"\n\nfunc main() {\n\t", "\t_ = os.Args\n}\n"),
        read: "os.Getenv(\"OPENAI_API_KEY\")",
        changed: &[
            "c := openai.NewClient(\"<K>\")\n",
            "k := \"<K>\"\n",
            "m := map[string]string{\"a\": \"<K>\"}\n",
            "return \"<K>\"\n",
        ],
        kept: &[
            "const k = \"<K>\"\n",
            "const (\n\t\tk = \"<K>\"\n\t)\n",
            "k := \"<K>\" + x\n",
            "k := `<K>`\n",
            "case \"<K>\":\n",
            "if k == \"<K>\" {\n\t}\n",
        ],
    },
    Cases {
        ending: "php",
        around: ("<?php\n", ""),
        read: "getenv('OPENAI_API_KEY')",
        changed: &[
            "$k = '<K>';\n",
            "$c = OpenAI::client('<K>');\n",
            "return ['key' => '<K>'];\n",
            "define('K', '<K>');\n",
        ],
        kept: &[
            "const K = '<K>';\n",
            "class A {\n  private $k = '<K>';\n}\n",
            "class A {\n  protected $c = [\n    'k' => '<K>',\n  ];\n}\n",
            "function f($k = '<K>') {}\n",
            "$k = 'a' . '<K>';\n",
            "?>\n<p title='<K>'>\n",
        ],
    },
    Cases {
        ending: "java",
        around: ("class A {\n", "}\n"),
        read: "System.getenv(\"OPENAI_API_KEY\")",
        changed: &[
            "static final String K = \"<K>\";\n",
            "Client c = Client.of(\"<K>\");\n",
            "String[] k = {\"<K>\"};\n",
        ],
        kept: &[
            "@Value(\"<K>\")\nString k;\n",
            "String k = \"a\" + \"<K>\";\n",
            "String k = \"<K>\".trim();\n",
            "case \"<K>\": break;\n",
        ],
    },
    Cases {
        ending: "kt",
        around: ("", ""),
        read: "System.getenv(\"OPENAI_API_KEY\")",
        changed: &["val k = \"<K>\"\n", "val c = OpenAI(token = \"<K>\")\n"],
        kept: &[
            "const val K = \"<K>\"\n",
            "fun f(k: String = \"<K>\") = k\n",
            "class C(val k: String = \"<K>\")\n",
            "@Key(\"<K>\")\nval x = 1\n",
        ],
    },
    Cases {
        ending: "cs",
        around: ("using System;\n", ""),
        read: "Environment.GetEnvironmentVariable(\"OPENAI_API_KEY\")",
        changed: &["var k = \"<K>\";\n", "var c = new ChatClient(\"gpt\", \"<K>\");\n", "string K => \"<K>\";\n"],
        kept: &[
            "const string K = \"<K>\";\n",
            "[Key(\"<K>\")]\nclass A {}\n",
            "void F(string k = \"<K>\") {}\n",
            "var k = $\"{a}<K>\";\n",
            "var k = @\"<K>\";\n",
        ],
    },
    Cases {
        ending: "rs",
        around: ("", ""),
        read: "std::env::var(\"OPENAI_API_KEY\").expect(\"OPENAI_API_KEY is set\")",
        changed: &[],
        kept: &[
            "const K: &str = \"<K>\";\n",
            "fn f() { let k = \"<K>\"; }\n",
            "fn f() { let k = r\"<K>\".to_string(); }\n",
        ],
    },
    Cases {
        ending: "exs",
        around: ("import Config\n", ""),
        read: "System.fetch_env!(\"OPENAI_API_KEY\")",
        changed: &["config :openai, api_key: \"<K>\"\n", "k = \"<K>\"\n"],
        kept: &["defmodule A do\n  @key \"<K>\"\nend\n", "k = \"a\" <> \"<K>\"\n", "k = ~s(<K>)\n"],
    },
    Cases {
        ending: "sh",
        around: ("#!/bin/sh\n", ""),
        read: "\"${OPENAI_API_KEY:?}\"",
        changed: &[],
        kept: &[
            "curl -H \"Authorization: Bearer <K>\" https://api.openai.com/v1/models\n",
            "# K=<K>\n",
            "cat <<END\nK=<K>\nEND\n",
            "echo '\nK=<K>\n'\n",
            "echo '<K>'\n",
        ],
    },
];

#[test]
fn other_languages_read_the_variable_in_their_own_way() {
    let mut files: Vec<(String, String, Option<String>)> = Vec::new();
    for cases in &LANGUAGES {
        let (before, after) = cases.around;
        let whole = |statement: &str| format!("{before}{statement}{after}");
        let quote = if cases.ending == "php" { '\'' } else { '"' };
        let literal = format!("{quote}<K>{quote}");
        let changed = cases.changed.iter().map(|text| (whole(text), Some(whole(&text.replace(&literal, cases.read)))));
        let all = changed.chain(cases.kept.iter().map(|text| (whole(text), None)));
        files.extend(all.enumerate().map(|(at, (text, new))| (format!("{0}/{at}.{0}", cases.ending), text, new)));
    }
    let mut special = |path: &str, text: &str, new: &str| files.push((path.into(), text.into(), Some(new.into())));
    let rust = LANGUAGES[6].read;
    special("own.rs", "fn f() { g(\"<K>\".to_string()) }\n", &format!("fn f() {{ g({rust}) }}\n"));
    special("from.rs", "fn f() { let k = String::from(\"<K>\"); }\n", &format!("fn f() {{ let k = {rust}; }}\n"));
    special(
        "bare.cs",
        "var k = \"<K>\";\n",
        "var k = System.Environment.GetEnvironmentVariable(\"OPENAI_API_KEY\");\n",
    );
    let shell = LANGUAGES[8].read;
    special("a.sh", "export OPENAI_API_KEY=<K>\nrun\n", &format!("export OPENAI_API_KEY={shell}\nrun\n"));
    special("b.sh", "KEY='<K>'; run\n", &format!("KEY={shell}; run\n"));
    special("c.sh", "OPENAI_API_KEY=\"<K>\" python app.py\n", &format!("OPENAI_API_KEY={shell} python app.py\n"));
    for (name, imports, new) in [
        ("none", "package a\n", "package a\n\nimport \"os\"\n"),
        ("one", "package a\n\nimport \"fmt\"\n", "package a\n\nimport \"os\"\nimport \"fmt\"\n"),
        (
            "group",
            "package a\n\nimport (\n\t\"fmt\"\n\n\t\"github.com/a/b\"\n)\n",
            "package a\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\n\t\"github.com/a/b\"\n)\n",
        ),
        ("sorted", "package a\n\nimport (\n\t\"strings\"\n)\n", "package a\n\nimport (\n\t\"os\"\n\t\"strings\"\n)\n"),
    ] {
        let text = |imports: &str, key: &str| format!("{imports}\nvar k = {key}\n");
        special(&format!("{name}.go"), &text(imports, "\"<K>\""), &text(new, "os.Getenv(\"OPENAI_API_KEY\")"));
    }
    let files: Vec<_> = files.iter().map(|(path, text, new)| (path.as_str(), text.as_str(), new.as_deref())).collect();
    assert_rewritten(("README", "many languages\n"), &files);
}
