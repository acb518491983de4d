//! Programs and the strings they put together.

use super::*;

/// The strings that the whole of a program puts together.
fn views(text: &[u8], grammar: Grammar) -> Folds {
    super::views(text, grammar, &|_| true)
}

/// Each string that is put together, and the pieces of the file it consists of.
fn folded(grammar: Grammar, text: &str) -> Vec<(String, Vec<&str>)> {
    let folds = views(text.as_bytes(), grammar);
    assert!(!folds.is_cut);
    folds.folds.iter().map(|fold| told(fold, text)).collect()
}

fn told<'t>(fold: &Fold, text: &'t str) -> (String, Vec<&'t str>) {
    let string = String::from_utf8(fold.view.bytes[fold.folded.range()].to_vec()).unwrap();
    (string, fold.pieces(fold.folded).into_iter().map(|piece| &text[piece.range()]).collect())
}

/// Asserts that the program puts together one string, and gives the pieces.
fn one<'t>(grammar: Grammar, text: &'t str, string: &str) -> Vec<&'t str> {
    let mut all = folded(grammar, text);
    assert_eq!(all.iter().map(|(string, _)| string.as_str()).collect::<Vec<_>>(), [string], "{text}");
    all.remove(0).1
}

const WHOLE: &str = "ab-cdef-0123456789xyz";

#[test]
fn javascript_puts_strings_together() {
    for text in [
        r#"const k = "ab-" + "cdef-0123" + '456789xyz'"#,
        "const k = `${\"ab-\"}cdef-${'0123'}456789xyz`",
        "const a = 'ab-', b = `cdef-0123`; f(a + b + '456789xyz')",
        "const a = 'ab-'; const b = a; f({apiKey: `${b}cdef-0123456789xyz`})",
        "f(['ab', 'cdef', '0123456789xyz'].join('-'))",
        "const parts = ['ab-', 'cdef-']; const k = [...parts, '0123456789xyz'].join(``)",
        "const k = 'ab-'.concat('cdef-', '0123456789xyz')",
        "const k = ['ab-'].concat(['cdef-', '0123456789xyz']).join('')",
        "const k = 'zyx9876543210-fedc-ba'.split('').reverse().join('')",
        "const k = [...'zyx9876543210-fedc-ba'].reverse().join('')",
        "const k = Array.from('zyx9876543210-fedc-ba').reverse().join('')",
        "const k = String.fromCharCode(97, 98, 0x2d) + 'cdef-0123456789xyz'",
        "const k = String.fromCharCode(...[97, 98, 45]) + 'cdef-0123456789xyz'",
        "const k = String.fromCharCode.apply(null, [97, 98, 45]) + 'cdef-0123456789xyz'",
        "const k = [97, 98, 45].map(c => String.fromCharCode(c)).join('') + 'cdef-0123456789xyz'",
        "const k = [98, 99, 46].map((c) => { return String.fromCharCode(c - 1) }).join('') + 'cdef-0123456789xyz'",
        "const k = '97,98,45'.split(',').map(String.fromCharCode).join('') + 'cdef-0123456789xyz'",
        "const k = atob('YWItY2RlZi0w') + atob('MTIzNDU2Nzg5eHl6')",
        "const k = atob('YWItY2Rl' + 'Zi0wMTIzNDU2Nzg5eHl6')",
        "const k = window.atob('YWItY2RlZi0wMTIzNDU2Nzg5eHl6')",
        "const k = Buffer.from('YWItY2RlZi0wMTIzNDU2Nzg5eHl6', 'base64').toString('utf8')",
        "const k = Buffer.from('61622d636465662d30313233', 'hex') + '456789xyz'",
        "const k = new TextDecoder().decode(new Uint8Array([97, 98, 45])) + 'cdef-0123456789xyz'",
        "const k = decodeURIComponent('ab%2Dcdef%2d') + '0123456789xyz'",
        "const k = unescape('%61%62-') + 'cdef-0123456789xyz'",
        "const k = 'ab-#cdef-#0123456789xyz'.split('#').join('')",
        "const k = 'ab-#cdef-#0123456789xyz'.replace(/#/g, '')",
        "const k = '\\x61b-' + 'c\\u0064ef-0123456789xyz'",
        "let k = 'ab-'; k += 'cdef-'; k += '0123456789xyz'; f(k)",
        "const o = { a: 'ab-', 'b': 'cdef-0123456789xyz' }; f(o.a + o['b'])",
        "class C { static #a = 'ab-'; k = C.#a + 'cdef-0123456789xyz' }",
        "class C { a = 'ab-'; f() { return this.a + 'cdef-0123456789xyz' } }",
        "f((('ab-' + ('cdef-' + ('0123456789xyz')))))",
    ] {
        one(Grammar::JavaScript, text, WHOLE);
    }
}

#[test]
fn typescript_puts_strings_together() {
    for text in [
        "const k: string = ('ab-' as const) + 'cdef-0123456789xyz'!",
        "enum E { A = 'ab-', B = 'cdef-0123456789xyz' }\nconst k = `${E.A}${E.B}` satisfies string",
        "class K { private static readonly a: string = 'ab-'; k = K.a + <any>'cdef-0123456789xyz' }",
        "export const k = [97, 98, 45].map((c: number) => String.fromCharCode(c)).join('') + 'cdef-0123456789xyz'",
    ] {
        one(Grammar::TypeScript, text, WHOLE);
    }
}

#[test]
fn python_puts_strings_together() {
    for text in [
        "k = 'ab-' + \"cdef-\" + '0123456789xyz'",
        "k = ('ab-' \"cdef-\"\n  '0123456789xyz')",
        "a = 'ab-'\nk = f'{a}cdef-0123456789xyz'",
        "k = '%s%s' % ('ab-', 'cdef-0123456789xyz')",
        "k = 'ab-%s' % 'cdef-0123456789xyz'",
        "k = '{}{}'.format('ab-', 'cdef-0123456789xyz')",
        "k = '{1}{b}'.format(0, 'ab-', b='cdef-0123456789xyz')",
        "k = '-'.join(['ab', 'cdef', '0123456789xyz'])",
        "parts = ('ab-', 'cdef-0123456789xyz')\nk = ''.join(parts)",
        "k = 'zyx9876543210-fedc-ba'[::-1]",
        "k = ''.join(reversed('zyx9876543210-fedc-ba'))",
        "k = chr(97) + chr(0x62) + '-cdef-0123456789xyz'",
        "k = ''.join(chr(c) for c in [97, 98, 45]) + 'cdef-0123456789xyz'",
        "k = ''.join([chr(c ^ 1) for c in (96, 99, 44)]) + 'cdef-0123456789xyz'",
        "k = ''.join(map(chr, [97, 98, 45])) + 'cdef-0123456789xyz'",
        "k = ''.join(map(lambda c: chr(c - 1), [98, 99, 46])) + 'cdef-0123456789xyz'",
        "k = bytes([97, 98, 45]).decode() + 'cdef-0123456789xyz'",
        "import base64\nk = base64.b64decode('YWItY2Rl' + 'Zi0wMTIzNDU2Nzg5eHl6').decode('utf-8')",
        "from base64 import b64decode\nk = b64decode(b'YWItY2RlZi0wMTIzNDU2Nzg5eHl6')",
        "k = bytes.fromhex('61622d').decode() + 'cdef-0123456789xyz'",
        "import codecs\nk = codecs.decode('61622d', 'hex').decode() + 'cdef-0123456789xyz'",
        "from urllib.parse import unquote\nk = unquote('ab%2Dcdef%2d' '0123456789xyz')",
        "k = 'ab-#cdef-#0123456789xyz'.replace('#', '')",
        "k = '\\x61b-' + r'cdef-0123456789xyz'",
        "k = 'ab-'\nk += 'cdef-'\nk += '0123456789xyz'\nf(k)",
        "class Keys:\n    a = 'ab-'\n    b = 'cdef-0123456789xyz'\nk = Keys.a + Keys.b",
        "class Keys:\n    a = 'ab-'\n    def f(self):\n        return self.a + 'cdef-0123456789xyz'",
        "d = {'a': 'ab-', 'b': 'cdef-0123456789xyz'}\nk = d['a'] + d['b']",
        "a, b = 'ab-', 'cdef-0123456789xyz'\nprint(a + b)",
        "def f():\n    a = 'ab-'\n    b = a\n    return b + 'cdef-0123456789xyz'",
        "k = 'xab-cdef-0123456789xyz'[1:9] + '0123456789xyz'",
    ] {
        one(Grammar::Python, text, WHOLE);
    }
}

fn strings(grammar: Grammar, text: &str) -> Vec<String> {
    folded(grammar, text).into_iter().map(|(string, _)| string).collect()
}

/// Each of these took minutes when a write, a read or a place in a string was compared with all others.
#[test]
fn thousands_of_writes_reads_and_places_cost_no_more_than_the_program_is_long() {
    let writes = format!("{}j += 'cdef-'\nj += '0123456789xyz'\n", "j = 'ab-'\n".repeat(40_000));
    assert_eq!(strings(Grammar::Python, &writes), [WHOLE]);
    let reads = format!("let k;{}\nf(k + 'b-cdef-0123456789xyz')\n", "k = 'a'; String(k);".repeat(40_000));
    assert_eq!(strings(Grammar::JavaScript, &reads), [WHOLE]);
    let (text, separator) = ("y".repeat(16_000), "y".repeat(8_000) + "z");
    let splits = format!(
        "let s = '{text}', t = '{separator}';{}f('ab-' + 'cdef-0123456789xyz')\n",
        "String(s.split(t));".repeat(15)
    );
    assert_eq!(strings(Grammar::JavaScript, &splits), [WHOLE]);
}

#[test]
fn names_that_get_their_values_by_the_dozen_are_followed_and_by_the_hundred_are_not() {
    let program = |names: usize| {
        let row = |name: &str| (0..names).map(|at| name.replace('#', &at.to_string())).collect::<Vec<_>>().join(", ");
        format!("{} = {}\nprint(a0 + 'cdef-0123456789xyz')\n", row("a#"), row("'ab-'"))
    };
    assert_eq!(strings(Grammar::Python, &program(64)), [WHOLE]);
    assert_eq!(strings(Grammar::Python, &program(65)), [""; 0]);
}

#[test]
fn lists_of_characters_count_for_what_they_take() {
    let lists = |count: usize| {
        let list = |at: usize| format!("let a{at} = s.split(''); f(a{at}.join('.'));");
        format!("let s = '{}';{}", "y".repeat(4_000), (0..count).map(list).collect::<String>())
    };
    assert!(!views(lists(4).as_bytes(), Grammar::JavaScript).is_cut);
    assert!(views(lists(60).as_bytes(), Grammar::JavaScript).is_cut);
}

#[test]
fn a_view_shows_the_string_in_the_place_of_the_expression() {
    let text = "// first\nconst OPENAI_KEY = \"ab-\" + \"cdef-0123456789xyz\"; call()\n";
    let folds = views(text.as_bytes(), Grammar::JavaScript).folds;
    let [fold] = folds.as_slice() else { panic!("{folds:?}") };
    let view = String::from_utf8(fold.view.bytes.clone()).unwrap();
    assert_eq!(view, format!("// first\nconst OPENAI_KEY = \"{WHOLE}\"; call()\n"));
    assert_eq!(&text[fold.view.from.range()], "\"ab-\" + \"cdef-0123456789xyz\"");
    assert_eq!(told(fold, text).1, ["ab-", "cdef-0123456789xyz"]);
    assert_eq!(&text[fold.place(fold.folded).range()], "ab-\" + \"cdef-0123456789xyz");
    let name = Span::new(15, 25);
    assert_eq!(fold.view.map.origins(name), [name], "what stands around has its own places");
    assert_eq!(fold.undone, [Decoding::Split]);
}

#[test]
fn pieces_from_elsewhere_are_told_and_the_finding_stays_with_the_expression() {
    let text = "A = 'ab-'\nB = 'cdef-0123456789xyz'\n\nclient(A + B)\n";
    let folds = views(text.as_bytes(), Grammar::Python).folds;
    assert_eq!(told(&folds[0], text).1, ["ab-", "cdef-0123456789xyz"]);
    assert_eq!(&text[folds[0].place(folds[0].folded).range()], "A + B");
    let text = "A = 'ab-'\nk = A + 'cdef-' + '0123456789xyz'\n";
    let folds = views(text.as_bytes(), Grammar::Python).folds;
    assert_eq!(&text[folds[0].place(folds[0].folded).range()], "cdef-' + '0123456789xyz");
    let text = "k = 'ab-'\nk += 'cdef-'\nprint()\nk += '0123456789xyz'\n";
    let folds = views(text.as_bytes(), Grammar::Python).folds;
    assert_eq!(told(&folds[0], text), (WHOLE.to_owned(), vec!["ab-", "cdef-", "0123456789xyz"]));
    assert_eq!(folds[0].place(folds[0].folded), Span::new(5, text.len() - 2));
}

#[test]
fn what_was_undone_is_told_outermost_first() {
    let undone = |text: &str| {
        let folds = views(text.as_bytes(), Grammar::JavaScript).folds;
        folds[0].undone.clone()
    };
    assert_eq!(undone("atob('YWItY2Rl' + 'Zi0wMTIzNDU2Nzg5eHl6')"), [Decoding::Split, Decoding::Base64]);
    assert_eq!(undone("'zyx9876543210-fedc-ba'.split('').reverse().join('')"), [Decoding::Reversed]);
    let codes = WHOLE.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(", ");
    assert_eq!(undone(&format!("String.fromCharCode({codes})")), [Decoding::CharCodes]);
}

#[test]
fn a_gap_is_not_gone_across_and_what_stands_beside_it_is_put_together() {
    let text = "const k = 'ab-' + 'cdef-0123456789xyz' + secret + 'tail-' + '0123456789abcdef'";
    assert_eq!(folded(Grammar::JavaScript, text)[0].0, format!("{WHOLE}\ntail-0123456789abcdef"));
    let text = "k = f(a, 'ab-' + 'cdef-0123456789xyz') + x";
    one(Grammar::Python, text, WHOLE);
    for (grammar, text) in [
        (Grammar::JavaScript, "function f(a) { return a + 'cdef-0123456789xyz' }"),
        (Grammar::JavaScript, "let a = 'ab-'; if (x) { a = 'b' } f(a + 'cdef-0123456789xyz')"),
        (Grammar::JavaScript, "let a = 'ab-'; for (const x of y) { a += x } f(a + 'cdef-0123456789xyz')"),
        (Grammar::JavaScript, "const a = 'ab-'; function f(a) { return a + 'cdef-0123456789xyz' }"),
        (Grammar::JavaScript, "const a = 'ab-'; ({a}) => a + 'cdef-0123456789xyz'"),
        (Grammar::Python, "a = 'ab-'\ndef f(a=None):\n    return a + 'cdef-0123456789xyz'"),
        (Grammar::Python, "a = 'ab-'\nfor a in b:\n    f(a + 'cdef-0123456789xyz')"),
        (Grammar::Python, "k = f'{a!r}cdef-0123456789xyz' + f'{b:>3}'"),
        (Grammar::Python, "from m import a\nk = a + 'cdef-0123456789xyz'"),
    ] {
        assert_eq!(folded(grammar, text), [], "{text}");
    }
}

#[test]
fn a_literal_as_it_stands_and_a_message_are_no_views() {
    for text in [
        "const k = 'ab-cdef-0123456789xyz'",
        "const k = `ab-cdef-0123456789xyz`",
        "const k = 'ab-cdef-0123456789xyz' + x",
        "const k = ('ab-cdef-0123456789xyz').trim()",
        "throw new Error('something is wrong with ' + 'the thing that ' + x + ' is')",
        "const short = 'a' + 'b'",
    ] {
        assert_eq!(folded(Grammar::JavaScript, text), [], "{text}");
    }
}

#[test]
fn a_name_has_the_value_of_the_scope_it_is_read_in() {
    let text = "const a = 'xy-'; { const a = 'ab-'; f(a + 'cdef-0123456789xyz') }";
    one(Grammar::JavaScript, text, WHOLE);
    let text = "let a = 'ab-'; f(a + 'cdef-0123456789xyz'); a = 'other'; g(a + '-0123456789abcdef')";
    let strings: Vec<String> = folded(Grammar::JavaScript, text).into_iter().map(|(string, _)| string).collect();
    assert_eq!(strings, [WHOLE, "other-0123456789abcdef"]);
    let text = "function f() { return a + 'cdef-0123456789xyz' }\nconst a = 'ab-'";
    one(Grammar::JavaScript, text, WHOLE);
}

/// What hostile programs end in: few views, whatever they say.
fn total(grammar: Grammar, text: &str) -> (usize, usize, bool) {
    let folds = views(text.as_bytes(), grammar);
    let bytes = folds.folds.iter().map(|fold| fold.view.bytes.len()).sum();
    (folds.folds.len(), bytes, folds.is_cut)
}

#[test]
fn doubling_ends() {
    let python = format!("a = 'abcdefgh'\n{}b = a + 'x'\n", "a = a + a\n".repeat(60));
    let (_, bytes, is_cut) = total(Grammar::Python, &python);
    assert!(is_cut && bytes < 4 << 20, "{bytes}");
    let appended = format!("let a = 'abcdefgh'\n{}", "a += a\n".repeat(60));
    let (_, bytes, is_cut) = total(Grammar::JavaScript, &appended);
    assert!(is_cut && bytes < 4 << 20, "{bytes}");
    let each = |line: fn(usize) -> String| (1..60).map(line).collect::<Vec<String>>().concat();
    let names = each(|at| format!("const a{at} = a{} + a{};\n", at - 1, at - 1));
    let (_, bytes, is_cut) = total(Grammar::JavaScript, &format!("const a0 = 'abcdefgh';\n{names}"));
    assert!(is_cut && bytes < 4 << 20, "{bytes}");
    let spread = each(|at| format!("const a{at} = [...a{}, ...a{}];\n", at - 1, at - 1));
    let (_, bytes, _) = total(Grammar::JavaScript, &format!("const a0 = ['ab', 'cd'];\n{spread}f(a59.join(''))"));
    assert!(bytes < 4 << 20, "{bytes}");
}

#[test]
fn a_sum_of_a_hundred_thousand_pieces_is_seen_to_its_end() {
    for (grammar, sum) in [
        (Grammar::JavaScript, "'x' + ".repeat(100_000) + "'0123456789abcdefghij'"),
        (Grammar::Python, "k = ".to_owned() + &"'x' ".repeat(100_000) + "'0123456789abcdefghij'"),
        (Grammar::Python, "k = 'x'\n".to_owned() + &"k += 'x'\n".repeat(100_000) + "k += '0123456789abcdefghij'"),
    ] {
        let folds = views(sum.as_bytes(), grammar);
        let last = folds.folds.iter().any(|fold| fold.view.bytes[fold.folded.range()].ends_with(b"ghij"));
        assert!(last && folds.folds.len() < 20, "{:?} {}", grammar, folds.folds.len());
    }
}

#[test]
fn cycles_and_depths_end() {
    for (grammar, text) in [
        (Grammar::JavaScript, "const a = b + 'x', b = a + 'y'; f(a + b)".to_owned()),
        (Grammar::Python, "a = b\nb = a\nk = a + b + 'x'".to_owned()),
        (Grammar::JavaScript, format!("{}'x'{}", "(".repeat(50_000), ")".repeat(50_000))),
        (Grammar::JavaScript, format!("{}'x'{}", "atob(".repeat(20_000), ")".repeat(20_000))),
        (Grammar::JavaScript, format!("{}'x'{}", "'a' + (".repeat(20_000), ")".repeat(20_000))),
        (Grammar::JavaScript, format!("{}'x'{}", "`${".repeat(20_000), "}`".repeat(20_000))),
        (Grammar::Python, format!("k = {}'x'{}", "f(".repeat(20_000), ")".repeat(20_000))),
        (Grammar::Python, format!("k = {}[1]{}", "[chr(x) for x in ".repeat(2_000), "]".repeat(2_000))),
        (Grammar::JavaScript, format!("[{}].map(a => [{}].map(b => a + b))", "1,".repeat(4000), "1,".repeat(4000))),
        (
            Grammar::JavaScript,
            format!(
                "const a0 = 'x';{}",
                (1..5_000).map(|at| format!("const a{at} = a{};", at - 1)).collect::<Vec<String>>().concat()
            ),
        ),
    ] {
        let (count, bytes, _) = total(grammar, &text);
        assert!(count < 1_000 && bytes < 1 << 20, "{count} {bytes}");
    }
}

/// Whether the gate for a few keys lets `text` in.
fn opens(text: &str) -> bool {
    let all = ["sk-", "sk-ant-api", "AIza", "://", "-----BEGIN"].map(|prefix| (prefix, Forms::All));
    let gate = Gate::new(all.into_iter().chain([("github_pat_", Forms::Plain)]));
    let words: Vec<&str> = gate.words().collect();
    let places =
        words.iter().enumerate().flat_map(|(word, found)| text.match_indices(found).map(move |hit| (word, hit.0)));
    places.filter(|(word, at)| gate.opens(*word, text.as_bytes(), *at)).count() > 0
}

#[test]
fn the_gate_lets_in_what_begins_as_a_key() {
    for text in [
        "\"sk-\" + \"proj\"",
        "'sk-proj-' 'x'",
        "`sk-proj-${rest}`",
        "f'sk-{rest}'",
        "\"Bearer sk-\" + key",
        "\"sk-ant-a\" + x",
        "\"github_\" + x",
        "\"AIza\" + x",
        "\"AIzaSyAbc\" + x",
        "\"sk\" + \"-proj\"",
        "['AI', 'zaSy'].join('')",
        "['s','k','-']",
        "const a = 'sk-proj-a1';",
        "a = 'sk-proj-a1'\nb",
        "['sk-proj-a1', 'b2']",
        "{a: 'sk-', b: 'proj'}",
        "'…-jorp-ks'.split('')",
        "atob(\"c2st\" + x)",
        "'736b2d'",
        "'736B2D'",
        "'%73%6b'",
        "'\\x73\\x6b'",
        "'\\u0073\\u006B'",
        "'\\163\\153'",
        "[115, 107, 45]",
        "[0x73,0x6b,0x2d]",
        "chr(115) + chr(107)",
        "String.fromCharCode(115,\n 107)",
        "\n#key = 'sk-' + x",
        "\nx = a * 'sk-' + y // 'sk-'",
        "s.replace('#', 'sk-') + x",
        "'sk-'.concat(x)",
        "'github_' 'pat_' + x",
        "'github_' + '%s' % x",
        "{'a': 'AIza', 'b': 'SyAbc'}",
        "'token github_pat_' + x",
    ] {
        assert!(opens(text), "{text}");
    }
    for text in [
        "\"task-\" + x",
        "sk-proj is no literal",
        "\"sk-*\"",
        "value.startsWith(\"sk-\")",
        "value.replace('sk-', '')",
        "'import of a given github_' 'repository'",
        "'import of a given github_' + x",
        "['github_', 'b', 'c']",
        "value.slice('sk-'.length)",
        "value.split('sk-') + x",
        "\n  // 'sk-' + x",
        "\n   * It begins with `sk-`, as in\n",
        "\n    # 'sk-' + x",
        "from './sk-ant-api'",
        "{apiKey: 'sk-test', baseUrl: 'x'}",
        "{apiKey: 'sk-test' }",
        "f('sk-test')",
        "['s','k','i']",
        "\"github.com\" + x",
        "\"github\" + x",
        "'gi' + 'thub_pat_'",
        "[\"en\", \"sk\", \"cs\"]",
        "\"AI\" + \"models\"",
        "'risks'",
        "c2st",
        "\"https://\" + x",
    ] {
        assert!(!opens(text), "{text}");
    }
}

#[test]
fn a_string_that_is_complete_leads_to_parsing_only_where_strings_are_put_together() {
    for text in [
        "['sk-proj-a1',\n 'b2']",
        "f(('sk-proj-a1', 'b2'))",
        "'%s%s' % ('sk-proj-a1', 'b2')",
        "'{}{}'.format('sk-proj-a1', 'b2')",
        "x = a.concat(b, 'sk-proj-a1', 'b2')",
        "f('x', ['sk-proj-a1', 'b2'])",
        "# see f(a,\nk = 'sk-proj-a1', 'b2'",
        "\nself.key = 'sk-proj-' + x",
        "\nthis.key = 'sk-proj-a1' // first\n + x",
        "\nreturn 'sk-proj-a1'\n + x",
        "\nself.key = ('sk-proj-a1'\n 'b2')",
        "\na = self.key = 'sk-proj-a1'\n",
        "\nkey: t.Final = 'sk-proj-a1'\n",
        "{'a': 'sk-proj-', 'b': 'b2'}",
        "{'a': 'sk-proj-a1', 'b': '0123456789abcdef'}",
    ] {
        assert!(opens(text), "{text}");
    }
    for text in [
        "{'session': 'sk-proj-a1', 'version': 'b2'}",
        "{\"auth\": \"Bearer sk-proj-a1\",\n \"headers\": {}}",
        "Pending('sk-proj-a1', 'b2')",
        "store.put(\n    'x', name='y',\n    'sk-proj-a1', \"b2\")",
        "\nassert x == 'sk-proj-a1'\n",
        "\nif (x !== 'sk-proj-a1')\n",
        "\nself.key = 'sk-proj-a1'\n",
        "\nos.environ['KEY'] = 'sk-proj-a1';",
        "\nreturn 'sk-proj-a1'\n}",
        "\nkey = 'sk-...'\n",
    ] {
        assert!(!opens(text), "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn whatever_the_program_is_pieces_lie_in_it_and_hold_what_the_view_shows(parts in proptest::collection::vec(proptest::sample::select(vec![
        "'ab-'", "\"cdef\"", "0123456789abcdef", "'0123456789abcdef'", " + ", "a", "b", "=", "\n", "(", ")", "[", "]", ", ", "k += ", "const ",
        "`${", "}`", "f'{a}", "'", "ä", "'ä\\x41'", "{", "}", ".join('')", "[::-1]", ".reverse()", "atob(", "chr(97)", "...", "% ", "return ",
    ]), 0..40)) {
        let text = parts.concat();
        for grammar in [Grammar::Python, Grammar::JavaScript, Grammar::TypeScript] {
            for fold in views(text.as_bytes(), grammar).folds {
                for at in 0..fold.view.bytes.len() {
                    for origin in fold.view.map.origins(Span::new(at, at + 1)) {
                        assert!(origin.end <= text.len());
                    }
                }
                assert!(fold.place(fold.folded).end <= text.len());
            }
        }
    }
}
