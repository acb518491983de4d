//! The house: which module may import which, generated files that are fresh, and a changelog that knows the version.

use std::{collections::BTreeSet, fs, path::Path};

use crate::support::Project;

/// What each module owns is written at its top; this is what it may import. `lib` stands for the crate's root.
const MAY_IMPORT: [(&str, &[&str]); 19] = [
    ("main", &["lib"]),
    ("lib", &["cli", "command", "pipeline"]),
    ("cli", &["model"]),
    ("config", &["cli", "model", "rules"]),
    (
        "command",
        &[
            "cli",
            "config",
            "import",
            "input",
            "inventory",
            "lint",
            "merge",
            "model",
            "pipeline",
            "report",
            "rules",
            "suppress",
            "verify",
        ],
    ),
    (
        "pipeline",
        &[
            "cli", "config", "decode", "detect", "input", "lint", "merge", "model", "report", "rules", "suppress",
            "verify",
        ],
    ),
    ("decode", &["model", "syntax"]),
    ("syntax", &["model"]),
    ("lint", &["decode", "model", "rules", "syntax"]),
    ("import", &["model", "rules"]),
    ("inventory", &["model", "rules"]),
    ("merge", &["detect", "model", "rules"]),
    ("model", &[]),
    ("rules", &["model"]),
    ("input", &["model"]),
    ("detect", &["model", "rules"]),
    ("suppress", &["model"]),
    ("report", &["inventory", "model", "rules"]),
    ("verify", &["model", "rules"]),
];

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((path.to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap()));
        }
    }
}

fn all_sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    sources(Path::new("src"), &mut found);
    found.sort();
    found
}

/// First part of the path below `src`, without its ending.
fn module_of(path: &str) -> &str {
    path.trim_start_matches("src/").split('/').next().unwrap().trim_end_matches(".rs")
}

/// The modules named after `crate::` in the code of a file, tests left out.
fn imports(text: &str) -> BTreeSet<&str> {
    let code = text.split("#[cfg(test)]").next().unwrap();
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            // The modules of a group stand at depth one.
            let (mut depth, mut word) = (1, String::new());
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                if depth == 1 && (c.is_alphanumeric() || c == '_') {
                    word.push(c);
                } else {
                    names.extend(MAY_IMPORT.iter().map(|(name, _)| *name).filter(|name| *name == word));
                    word.clear();
                }
                if depth == 0 {
                    break;
                }
            }
        } else {
            let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
            names.extend(MAY_IMPORT.iter().map(|(known, _)| *known).filter(|known| *known == name));
        }
    }
    names
}

#[test]
fn modules_import_only_what_the_table_allows() {
    let mut wrong = Vec::new();
    for (path, text) in all_sources() {
        let module = module_of(&path);
        let (_, allowed) = MAY_IMPORT
            .iter()
            .find(|(name, _)| *name == module)
            .unwrap_or_else(|| panic!("{module} is not in the table"));
        for import in imports(&text).into_iter().filter(|import| *import != module && !allowed.contains(import)) {
            wrong.push(format!("{path} imports {import}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_reader_of_imports_sees_single_and_grouped_ones() {
    let text = "use crate::model::Span;\nuse crate::{\n    rules::{Anchor, Rule},\n    cli::Format,\n};\n#[cfg(test)]\nuse crate::report;";
    assert_eq!(imports(text), BTreeSet::from(["cli", "model", "rules"]));
}

#[test]
fn every_module_says_what_it_is() {
    let silent: Vec<String> =
        all_sources().into_iter().filter(|(_, text)| !text.starts_with("//!")).map(|(path, _)| path).collect();
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn generated_files_are_fresh() {
    let project = Project::new();
    let bless = std::env::var_os("KEYWARD_BLESS").is_some();
    for (path, arguments) in [
        ("rules/README.md", &["rules", "--format", "markdown"][..]),
        ("schemas/report.json", &["schema", "report"]),
        ("schemas/inventory.json", &["schema", "inventory"]),
        ("schemas/config.json", &["schema", "config"]),
        ("schemas/rules.json", &["schema", "rules"]),
        ("schemas/doctor.json", &["schema", "doctor"]),
    ] {
        let ran = project.keyward(arguments);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        if bless {
            fs::create_dir_all(Path::new(path).parent().unwrap()).unwrap();
            fs::write(path, &ran.stdout).unwrap();
        }
        let committed = fs::read_to_string(path).unwrap_or_default();
        assert!(committed == ran.stdout, "{path} is stale; KEYWARD_BLESS=1 cargo test writes it anew");
    }
}

#[test]
fn the_changelog_has_a_heading_for_this_version() {
    let changelog = fs::read_to_string("CHANGELOG.md").unwrap();
    assert!(changelog.contains(concat!("## ", env!("CARGO_PKG_VERSION"))), "add a heading");
}

#[test]
fn our_own_repository_holds_no_secret() {
    let ran = std::process::Command::new(env!("CARGO_BIN_EXE_keyward")).arg("--no-config").output().unwrap();
    assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stdout));
}
