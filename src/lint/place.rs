//! Where a source file runs, told from what it says of itself and from where it lies.
//!
//! Frameworks draw the line between browser and server by folders and file names (`app/api`, `+server.ts`, `*.server.ts`), so the path is as good
//! a witness as `"use client"`. When neither speaks, nothing is assumed.

use super::facts::{FileFacts, Language, Side};

/// Where code runs, as far as it can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In a visitor's browser.
    Browser,
    /// On a server, in a command-line tool, in a build.
    Server,
    /// In tests, stories and fixtures only.
    Test,
    /// It does not run: a template, a readme.
    Text,
    /// It cannot be told.
    Unknown,
}

const TEST_FOLDERS: [&str; 14] = [
    "test",
    "tests",
    "__tests__",
    "spec",
    "specs",
    "e2e",
    "cypress",
    "playwright",
    "fixtures",
    "__fixtures__",
    "testdata",
    "__mocks__",
    "mocks",
    "integration-tests",
];
const SERVER_FOLDERS: [&str; 18] = [
    "server",
    "servers",
    "backend",
    "api",
    "functions",
    "edge-functions",
    "netlify",
    "lambda",
    "lambdas",
    "worker",
    "workers",
    "scripts",
    "bin",
    "cli",
    "electron",
    "jobs",
    "cron",
    "migrations",
];
/// File names of frameworks, with any ending.
const SERVER_FILES: [&str; 15] = [
    "route",
    "+server",
    "+page.server",
    "+layout.server",
    "hooks.server",
    "middleware",
    "instrumentation",
    "server",
    "actions",
    "action",
    "next.config",
    "main.server",
    "entry.server",
    "electron-main",
    "setupproxy",
];

impl Place {
    /// Where `file` runs.
    pub(super) fn of(file: &FileFacts) -> Self {
        if file.language == Language::Document {
            return Self::Text;
        }
        if is_test(&file.path) {
            return Self::Test;
        }
        match file.side {
            Side::Server => Self::Server,
            Side::Browser => Self::Browser,
            Side::Unknown if file.language != Language::JavaScript || is_server(&file.path) => Self::Server,
            Side::Unknown => Self::Unknown,
        }
    }
}

/// Whether the file at `path` belongs to tests.
pub(super) fn is_test(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let name = name.to_ascii_lowercase();
    folder.split('/').any(is_test_folder)
        || name.split('.').any(|part| matches!(part, "test" | "tests" | "spec" | "stories" | "e2e" | "cy"))
        || name.starts_with("test_")
        || name.split_once('.').is_some_and(|(stem, _)| stem.ends_with("_test") || stem == "conftest")
}

fn is_test_folder(name: &str) -> bool {
    TEST_FOLDERS.contains(&name) || name.ends_with("-tests") || name.ends_with("_tests")
}

/// Whether the path of a script says that it runs on a server or a developer's machine.
fn is_server(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let name = name.to_ascii_lowercase();
    let (stem, ending) = name.rsplit_once('.').unwrap_or((&name, ""));
    folder.split('/').any(|part| SERVER_FOLDERS.contains(&part))
        || SERVER_FILES.contains(&stem)
        || stem.ends_with(".server")
        || stem.ends_with(".config")
        || ending == "cjs"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_tells_where_a_script_runs() {
        let place = |path: &str| Place::of(&FileFacts::new(path, Language::JavaScript));
        for path in [
            "app/api/chat/route.ts",
            "pages/api/chat.ts",
            "src/routes/chat/+server.ts",
            "src/db.server.ts",
            "vite.config.ts",
            "scripts/seed.mjs",
        ] {
            assert_eq!(place(path), Place::Server, "{path}");
        }
        for path in ["src/app.test.ts", "cypress/e2e/a.js", "src/Button.stories.tsx", "tests/a.ts"] {
            assert_eq!(place(path), Place::Test, "{path}");
        }
        assert_eq!(place("src/lib/openai.ts"), Place::Unknown);
    }

    #[test]
    fn what_the_file_says_of_itself_wins_over_its_path() {
        let mut file = FileFacts::new("src/api/client.ts", Language::JavaScript);
        file.side = Side::Browser;
        assert_eq!(Place::of(&file), Place::Browser);
    }
}
