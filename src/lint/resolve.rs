//! From the name of a module to the file that holds it, by the rules of Python and of JavaScript's bundlers.
//!
//! Only files of the project itself matter, so packages are not looked for. A name gives *groups* of candidates: of each group the first
//! file that exists is the one, and all groups are loaded in turn (`import a.b` runs `a/__init__.py` before `a/b.py`).

use super::{
    facts::{Import, Language},
    graph::folder_of,
};

/// Endings that JavaScript's tools try, in their usual order.
const SCRIPTS: [&str; 8] = ["ts", "tsx", "js", "jsx", "mts", "mjs", "cts", "cjs"];
/// Folders that `@/` and `~/` usually stand for.
const ALIASED: [&str; 3] = ["src", "", "app"];
/// Longer names are no names.
const LONGEST: usize = 300;

/// Groups of candidates for what `import` in the file at `path` loads, in a project that lies at `root`.
#[must_use]
pub(super) fn candidates(import: &Import, path: &str, language: Language, root: &str) -> Vec<Vec<String>> {
    if import.module.len() > LONGEST {
        return Vec::new();
    }
    match language {
        Language::Python | Language::Notebook => python(import, path, root),
        Language::JavaScript => vec![script(&import.module, path, root)],
        _ => Vec::new(),
    }
}

fn python(import: &Import, path: &str, root: &str) -> Vec<Vec<String>> {
    let dots = import.module.bytes().take_while(|byte| *byte == b'.').count();
    let parts: Vec<&str> = import.module[dots..].split('.').filter(|part| !part.is_empty()).collect();
    let bases: Vec<String> = if dots > 0 {
        match ancestor(folder_of(path), dots - 1) {
            Some(base) => vec![base.to_owned()],
            None => return Vec::new(),
        }
    } else {
        let mut bases = vec![folder_of(path).to_owned(), root.to_owned(), joined(root, "src"), String::new()];
        bases.dedup();
        bases
    };
    let module = |parts: &[&str]| -> Vec<String> {
        let files = bases.iter().map(|base| joined(base, &parts.join("/")));
        files.flat_map(|file| [format!("{file}.py"), format!("{file}/__init__.py")]).collect()
    };
    let mut groups: Vec<Vec<String>> = (1..=parts.len()).map(|length| module(&parts[..length])).collect();
    groups.extend(import.names.iter().filter(|name| *name != "*").map(|name| module(&[&parts[..], &[name]].concat())));
    groups
}

fn script(module: &str, path: &str, root: &str) -> Vec<String> {
    let stems: Vec<String> = if module.starts_with("./") || module.starts_with("../") || matches!(module, "." | "..") {
        normal(folder_of(path), module).into_iter().collect()
    } else if let Some(rest) = module.strip_prefix("@/").or_else(|| module.strip_prefix("~/")) {
        ALIASED.iter().filter_map(|folder| normal(&joined(root, folder), rest)).collect()
    } else if module.starts_with("src/") || module.starts_with("app/") {
        normal(root, module).into_iter().collect()
    } else {
        Vec::new()
    };
    stems.iter().flat_map(|stem| files_of(stem)).collect()
}

/// What `stem` may be: the file itself, written for the compiled one, without its ending, or a folder.
fn files_of(stem: &str) -> Vec<String> {
    let written = stem.rsplit_once('.').filter(|(_, ending)| SCRIPTS.contains(ending));
    let mut files = Vec::new();
    if let Some((bare, ending)) = written {
        files.push(stem.to_owned());
        files.extend(ending.contains("js").then(|| format!("{bare}.{}", ending.replace("js", "ts"))));
        return files;
    }
    files.extend(SCRIPTS.iter().map(|ending| format!("{stem}.{ending}")));
    files.extend(SCRIPTS[..4].iter().map(|ending| joined(stem, &format!("index.{ending}"))));
    files
}

/// `below` in `folder`.
#[must_use]
pub(super) fn joined(folder: &str, below: &str) -> String {
    match (folder, below) {
        ("", below) => below.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, below) => format!("{folder}/{below}"),
    }
}

/// `below` in `folder` without `.` and `..`; `None` when it leads out of the base.
#[must_use]
pub(super) fn normal(folder: &str, below: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in below.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The folder `levels` above `folder`.
fn ancestor(folder: &str, levels: usize) -> Option<&str> {
    (0..levels).try_fold(folder, |folder, _| (!folder.is_empty()).then(|| folder_of(folder)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{lint::facts::Scope, model::Span};

    fn import(module: &str, names: &[&str]) -> Import {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Import { module: module.to_owned(), names, at: Span::new(0, 1), scope: Scope::Top, hoisted: false }
    }

    /// What is loaded where only `there` exists.
    fn found(import: &Import, path: &str, language: Language, root: &str, there: &[&str]) -> Vec<String> {
        let groups = candidates(import, path, language, root);
        groups.into_iter().filter_map(|group| group.into_iter().find(|file| there.contains(&file.as_str()))).collect()
    }

    #[test]
    fn modules_of_python_are_found_from_the_file_the_project_and_its_src() {
        let python = |import: &Import, path: &str, there: &[&str]| found(import, path, Language::Python, "api", there);
        let settings = import("app.settings", &["KEY", "extra"]);
        let there = ["api/app/__init__.py", "api/app/settings.py"];
        assert_eq!(python(&settings, "api/main.py", &there), there);
        assert_eq!(python(&import("lib.llm", &[]), "api/run.py", &["api/src/lib/llm.py"]), ["api/src/lib/llm.py"]);
        assert_eq!(python(&import("helper", &[]), "api/x/run.py", &["api/x/helper.py"]), ["api/x/helper.py"]);
        assert_eq!(python(&import(".", &["llm"]), "api/app/x.py", &["api/app/llm.py"]), ["api/app/llm.py"]);
        assert_eq!(python(&import("..config", &[]), "api/app/sub/x.py", &["api/app/config.py"]), ["api/app/config.py"]);
        assert!(python(&import("......x", &[]), "api/x.py", &["x.py"]).is_empty());
        assert!(python(&import("openai", &["OpenAI"]), "api/main.py", &there).is_empty());
    }

    #[test]
    fn modules_of_javascript_are_found_with_and_without_endings_in_folders_and_by_alias() {
        let script = |module: &str, there: &str| {
            !found(&import(module, &[]), "web/src/a/b.ts", Language::JavaScript, "web", &[there]).is_empty()
        };
        for (module, there) in [
            ("./c", "web/src/a/c.ts"),
            ("./c.js", "web/src/a/c.ts"),
            ("./c.mjs", "web/src/a/c.mjs"),
            ("../lib", "web/src/lib/index.tsx"),
            ("@/lib/llm", "web/src/lib/llm.ts"),
            ("@/lib/llm", "web/lib/llm.jsx"),
            ("src/env", "web/src/env.js"),
            ("..", "web/src/index.ts"),
        ] {
            assert!(script(module, there), "{module} {there}");
        }
        assert!(!script("openai", "web/src/openai.ts"));
        assert!(!script("../../../../etc/x", "etc/x.ts"));
        assert!(!script(&"./a".repeat(200), "web/src/a.ts"));
    }
}
