//! Where the call that loads a `.env` goes into a program, and what it looks like there.
//!
//! It has to run before every import that may need it, so it goes above them all, but below what must come first: the line for the
//! kernel, the module's documentation, `from __future__`, directives such as `"use strict"`. The edit is never called safe: a file that was
//! only text begins to count.

use super::{
    facts::{FileFacts, Language},
    graph::Project,
};
use crate::model::{Edit, Fix, Location};

/// The change that lets the program in `file`, which reads `text`, load its `.env`; `None` when the project has no library for it.
pub(super) fn load(file: &FileFacts, text: &str, project: &Project) -> Option<Fix> {
    let uses = |package: &str| project.packages.contains(package);
    let (line, call, title) = match file.language {
        Language::Python if uses("python-dotenv") => (
            first_line_of_python(text),
            "from dotenv import load_dotenv\n\nload_dotenv()\n\n",
            "load the `.env` with python-dotenv",
        ),
        Language::JavaScript if uses("dotenv") && has_modules(file) => {
            (first_line_of_javascript(text), "import \"dotenv/config\";\n", "load the `.env` with dotenv")
        }
        Language::JavaScript if uses("dotenv") => {
            (first_line_of_javascript(text), "require(\"dotenv\").config();\n", "load the `.env` with dotenv")
        }
        _ => return None,
    };
    let line = u32::try_from(line + 1).ok()?;
    let location = Location::point(&file.path, line, 1);
    let edits = vec![Edit { location, text: call.to_owned() }];
    Some(Fix { title: format!("{title} at the top of `{}`", file.path), safe: false, edits })
}

/// Whether the file is an ES module, as far as its imports and its name tell.
fn has_modules(file: &FileFacts) -> bool {
    let ending = file.path.rsplit('.').next().unwrap_or_default();
    file.imports.iter().any(|import| import.hoisted) || matches!(ending, "mjs" | "ts" | "tsx" | "mts")
}

/// Number of the line, from zero, before which a statement may be put into a file of Python.
fn first_line_of_python(text: &str) -> usize {
    let mut lines = text.lines().enumerate().peekable();
    skip_while(&mut lines, |line| line.trim().is_empty() || line.starts_with('#'));
    if let Some((_, line)) = lines.peek() {
        let bare = line.trim_start_matches(['r', 'R', 'u', 'U']);
        if let Some(quotes) = ["\"\"\"", "'''"].into_iter().find(|quotes| bare.starts_with(quotes)) {
            let is_closed = bare[quotes.len()..].contains(quotes);
            lines.next();
            if !is_closed {
                skip_while(&mut lines, |line| !line.contains(quotes));
                lines.next();
            }
        } else if bare.starts_with(['"', '\'']) {
            lines.next();
        }
    }
    skip_while(&mut lines, |line| line.trim().is_empty());
    while lines.peek().is_some_and(|(_, line)| line.starts_with("from __future__")) {
        let is_open = lines.next().is_some_and(|(_, line)| line.contains('(') && !line.contains(')'));
        if is_open {
            skip_while(&mut lines, |line| !line.contains(')'));
            lines.next();
        }
        skip_while(&mut lines, |line| line.trim().is_empty());
    }
    lines.peek().map_or_else(|| text.lines().count(), |(number, _)| *number)
}

/// The same for JavaScript.
fn first_line_of_javascript(text: &str) -> usize {
    let mut lines = text.lines().enumerate().peekable();
    skip_while(&mut lines, |line| line.starts_with("#!"));
    loop {
        skip_while(&mut lines, |line| {
            let line = line.trim();
            line.is_empty() || line.starts_with("//") || line.starts_with("\"use ") || line.starts_with("'use ")
        });
        match lines.peek() {
            Some((_, line)) if line.trim_start().starts_with("/*") => {
                skip_while(&mut lines, |line| !line.contains("*/"));
                lines.next();
            }
            Some((number, _)) => return *number,
            None => return text.lines().count(),
        }
    }
}

type Lines<'t> = std::iter::Peekable<std::iter::Enumerate<std::str::Lines<'t>>>;

fn skip_while(lines: &mut Lines<'_>, is_skipped: impl Fn(&str) -> bool) {
    while lines.next_if(|(_, line)| is_skipped(line)).is_some() {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_load_stands_above_imports_and_below_what_must_come_first() {
        for (text, line) in [
            ("import os\n", 0),
            ("#!/usr/bin/env python\n# coding: utf-8\n\nimport os\n", 3),
            ("\"\"\"What it does.\"\"\"\n\nimport os\n", 2),
            ("r'''What\nit does.\n'''\nfrom __future__ import annotations\n\nimport os\n", 5),
            ("from __future__ import (\n    annotations,\n)\nimport os\n", 3),
            ("\"\"\"Never closed\nimport os\n", 2),
            ("", 0),
        ] {
            assert_eq!(first_line_of_python(text), line, "{text:?}");
        }
        for (text, line) in [
            ("import a from 'a';\n", 0),
            ("#!/usr/bin/env node\n'use strict';\nconst a = 1;\n", 2),
            ("/* Licence */\n// more\n\nimport a from 'a';\n", 3),
            ("/*\n * never closed\n", 2),
        ] {
            assert_eq!(first_line_of_javascript(text), line, "{text:?}");
        }
    }

    #[test]
    fn only_a_library_that_is_there_is_called() {
        let file = FileFacts::new("app/main.py", Language::Python);
        let mut project = Project::default();
        assert!(load(&file, "import os\n", &project).is_none());
        project.packages.insert("python-dotenv".to_owned());
        let fix = load(&file, "\"\"\"App.\"\"\"\nimport os\n", &project).unwrap();
        assert!(!fix.safe);
        assert_eq!((fix.edits[0].location.start_line, fix.edits[0].location.start_column), (2, 1));
    }
}
