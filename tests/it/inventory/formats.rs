//! The four formats: each read by a strict reader of its own, with names chosen to break it.

use keyward::rules::template::expand;

use super::{commit_on, full, inventory, listed, rows, tail};
use crate::{
    hook::{Repo, secret},
    support::openai_key,
};

const FORMATS: [&str; 4] = ["terminal", "json", "csv", "markdown"];

/// RFC 4180 to the letter, with every cell quoted.
fn csv(text: &str) -> Vec<Vec<String>> {
    let mut table = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let mut row = Vec::new();
        loop {
            rest = rest.strip_prefix('"').expect("every cell is quoted");
            let mut cell = String::new();
            loop {
                let at = rest.find('"').expect("a quote ends the cell");
                cell.push_str(&rest[..at]);
                rest = &rest[at + 1..];
                match rest.strip_prefix('"') {
                    Some(more) => {
                        cell.push('"');
                        rest = more;
                    }
                    None => break,
                }
            }
            row.push(cell);
            if let Some(next) = rest.strip_prefix(',') {
                rest = next;
                continue;
            }
            rest = rest.strip_prefix("\r\n").expect("a row ends in CR LF");
            break;
        }
        table.push(row);
    }
    table
}

/// Columns that a line takes, as far as these tests need it.
fn columns(line: &str) -> usize {
    line.chars().count()
}

#[test]
fn csv_has_one_row_for_each_key_in_the_order_of_the_inventory() {
    let repo = full();
    let ran = inventory(&repo, &["-f", "csv"]);
    let table = csv(&ran.stdout);
    let all = listed(&repo, &[]);
    assert_eq!(table.len(), rows(&all).len() + 1);
    assert!(table.iter().all(|row| row.len() == 24), "{table:?}");
    assert_eq!(table[0][..4], ["urgency", "status", "reason", "provider"]);
    let column = |name: &str| table[0].iter().position(|cell| cell == name).unwrap();
    for (cells, row) in table[1..].iter().zip(rows(&all)) {
        for name in ["urgency", "provider", "kind", "rule", "masked", "fingerprint", "severity"] {
            assert_eq!(row[name], cells[column(name)].as_str(), "{name}");
        }
        assert_eq!(cells[column("in_working_tree")], row["in_working_tree"].to_string());
        assert_eq!(cells[column("first_seen")], row["first_seen"]["time"].as_str().unwrap_or_default());
    }
    let shared = table.iter().find(|row| row[column("masked")].ends_with(&tail("shared"))).unwrap();
    assert_eq!(shared[column("places")], ".env.production:1; app.py:1");
    assert_eq!(shared[column("environments")], "production");
}

#[test]
fn a_file_whose_name_is_a_formula_is_a_text() {
    let repo = Repo::new();
    repo.file("=cmd('x').py", secret("formula")).file("@sum.py", secret("at")).file("-1+2.py", secret("minus"));
    commit_on(&repo, "01-01", "all");
    let table = csv(&inventory(&repo, &["-f", "csv"]).stdout);
    let column = table[0].iter().position(|cell| cell == "places").unwrap();
    let mut places: Vec<&str> = table[1..].iter().map(|row| row[column].as_str()).collect();
    places.sort_unstable();
    assert_eq!(places, ["'-1+2.py:1", "'=cmd('x').py:1", "'@sum.py:1"]);
}

/// Names of files and branches that are markup, escape codes, line breaks and cell separators.
#[cfg(unix)]
fn hostile() -> Repo {
    let repo = Repo::new();
    repo.file("a|b`c\u{202e}<b>\n\"x\",=1\r.py", secret("hostile"))
        .file("\u{1b}[2J\u{1b}]0;t\u{7}.py", secret("escape"));
    repo.file(".env", format!("OPENAI_API_KEY={}\n", openai_key("env")));
    commit_on(&repo, "01-01", "all");
    repo.git(&["branch", "a|b`<c>"]);
    repo.git(&["rm", "-q", "a|b`c\u{202e}<b>\n\"x\",=1\r.py"]);
    commit_on(&repo, "01-02", "less");
    repo
}

#[cfg(unix)]
#[test]
fn names_that_are_markup_or_escape_codes_break_no_format() {
    let repo = hostile();
    let written: Vec<String> = FORMATS.iter().map(|format| inventory(&repo, &["-v", "-f", format]).stdout).collect();
    let [terminal, json, table, markdown] = written.as_slice() else { unreachable!() };
    for (format, text) in [("terminal", terminal), ("markdown", markdown)] {
        let odd = text.chars().find(|c| c.is_control() && *c != '\n' || *c == '\u{202e}');
        assert_eq!(odd, None, "{format}: {text:?}");
    }
    let table = csv(table);
    assert!(table.iter().all(|row| row.len() == 24), "{table:?}");
    assert!(table.iter().flatten().all(|cell| !cell.contains(|c: char| c.is_control())), "{table:?}");
    let all: serde_json::Value = serde_json::from_str(json).unwrap();
    let paths: Vec<&str> = rows(&all).iter().map(|row| row["places"][0]["path"].as_str().unwrap()).collect();
    assert!(paths.contains(&"a|b`c\u{202e}<b>\n\"x\",=1\r.py"), "JSON has the true name: {paths:?}");
    let of_table =
        markdown.lines().skip_while(|line| !line.starts_with("| Urgency")).take_while(|line| line.starts_with('|'));
    let pipes: Vec<usize> = of_table.map(|line| line.matches('|').count()).collect();
    assert_eq!(pipes, [8; 5], "{markdown}");
    assert!(!markdown.contains("<b>") && !markdown.contains("<c>"), "{markdown}");
}

#[test]
fn the_terminal_keeps_to_its_width_and_says_everything_of_a_key_in_one_story() {
    let repo = full();
    let ran = repo.keyward_with("", &["inventory"], &[("COLUMNS", "80")]);
    let long: Vec<&str> = ran.stdout.lines().filter(|line| columns(line) > 80).collect();
    assert!(long.is_empty(), "{long:#?}");
    let stories: Vec<&str> = ran.stdout.split("\n\n").collect();
    let shared = stories.iter().find(|story| story.contains(&tail("shared"))).unwrap();
    let joined = shared.split_whitespace().collect::<Vec<_>>().join(" ");
    for said in [
        "OpenAI API key (project) sk-proj-…",
        "status: not checked",
        "why: nobody was asked whether it works, and it has come into an environment file that git tracks",
        "stands: .env.production:1 (as OPENAI_API_KEY; production; tracked environment file)",
        "of 2025-02-01, still in HEAD",
        "names: OPENAI_API_KEY, key",
        "for: production",
        "used: .github/workflows/ci.yml:4 hands on OPENAI_API_KEY",
        "do: 1. create a new one 2. take it out of app.py:1",
    ] {
        assert!(joined.contains(said), "{said}: {shared}");
    }
    assert_eq!(ran.stdout.matches(&tail("shared")).count(), 1);
    let heads = ["Now: ", "Soon: ", "Later: ", "Accepted: ", "In place: ", "In this order"];
    let at: Vec<usize> = heads.iter().map(|head| ran.stdout.find(head).unwrap()).collect();
    assert!(at.is_sorted(), "{at:?}");
    assert!(ran.stdout.contains("8 distinct keys: 2 now, 2 soon, 2 later, 1 accepted, 1 in place\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains(" of the whole history"), "{}", ran.stdout);
    let quiet = inventory(&repo, &["-q"]).stdout;
    assert!(!quiet.contains("In this order") && !quiet.contains("distinct keys"), "{quiet}");
    let ascii = repo.keyward_with("", &["inventory", "--color", "always"], &[("LC_ALL", "C")]);
    assert!(ascii.stdout.is_ascii() && ascii.stdout.contains("\u{1b}[1;31mNow: "), "{}", ascii.stdout);
}

#[test]
fn markdown_has_a_table_a_plan_and_the_steps_of_what_is_to_be_replaced() {
    let text = inventory(&full(), &["-f", "markdown"]).stdout;
    assert!(text.starts_with("## keyward inventory: 8 distinct keys: 2 now, "), "{text}");
    let rows = text.lines().filter(|line| line.starts_with("| **")).count();
    assert_eq!(rows, 8);
    assert!(
        text.contains("\n### Plan\n\n1. **now**: revoke 2 keys of OpenAI at https://platform.openai.com/"),
        "{text}"
    );
    assert_eq!(text.matches("\n### Now: ").count(), 2);
    assert_eq!(text.matches("\n### Soon: ").count(), 2);
    assert!(!text.contains("\n### In place"), "{text}");
}

#[test]
fn a_report_can_go_to_a_file() {
    let repo = full();
    let ran = inventory(&repo, &["-f", "csv", "-o", "keys.csv"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert_eq!(csv(&repo.read("keys.csv")).len(), 9);
}

#[test]
fn no_format_shows_a_key_wherever_it_stands_and_whatever_is_called_by_it() {
    let repo = Repo::new();
    let seeds = ["tree", "history", "private", "file", "branch", "message"];
    let plain = expand("{hex:40}", "plain");
    repo.file(".gitignore", ".env\n").file(".env", format!("A_KEY={}\n", openai_key("private")));
    repo.file("a.py", format!("{}{}", secret("tree"), secret("history")));
    repo.file(&format!("keys/{}.py", openai_key("file")), secret("tree"));
    // Without the name of its provider this is a key only for who has read the file.
    repo.file(&format!("tokens/{plain}"), format!("DEEPGRAM_API_KEY={plain}\n"));
    repo.file("b.py", format!("K = '{0}'  # keyward: allow openai-api-key -- it is {0}\n", openai_key("message")));
    commit_on(&repo, "01-01", &format!("see {}", openai_key("message")));
    repo.git(&["branch", &openai_key("branch")]).file("a.py", secret("tree"));
    commit_on(&repo, "01-02", "less");
    let hidden: Vec<String> =
        seeds.iter().map(|seed| openai_key(seed)[8..160].to_owned()).chain([plain[..36].to_owned()]).collect();
    for format in FORMATS {
        for more in [&[][..], &["-v"], &["-q"], &["--color", "always"]] {
            let ran = inventory(&repo, &[&["-f", format], more].concat());
            assert_eq!(ran.code, 1, "{ran:?}");
            // Formats wrap lines and write out what they escape.
            let text: String = (ran.stdout + &ran.stderr).split_whitespace().collect();
            for key in &hidden {
                let leaked =
                    key.as_bytes().windows(10).find(|piece| text.contains(std::str::from_utf8(piece).unwrap()));
                assert_eq!(leaked, None, "{format} {more:?}: {text}");
            }
            assert!(text.contains("sk-proj-"), "{text}");
        }
    }
}
