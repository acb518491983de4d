//! What is loaded: `.env` files by a loader, and files of the project by each other.
//!
//! The two belong together because the way from the entry point over imports to the loader decides whether a variable is there in time.

use super::Scope;
use crate::model::Span;

/// Which folders a loader looks in for its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    /// The folder of the calling file, then those above (python-dotenv).
    CallerUp,
    /// The current folder only.
    Current,
    /// The current folder, then those above.
    CurrentUp,
    /// The root of the project, as the framework knows it.
    Project,
    /// Only where the path says, seen from the folder that the program runs in.
    Path,
    /// Only where the path says, seen from the folder of the calling file: `Path(__file__).parent / ".env"`.
    Caller,
}

/// Something that reads `.env` files.
#[allow(clippy::struct_excessive_bools, reason = "each is a property of loaders of its own")]
#[derive(Clone, Debug)]
pub struct Load {
    /// Where it stands.
    pub at: Span,
    /// The loader's name as people know it: `python-dotenv`, `dotenv`, `next`, `node --env-file`, `godotenv`, `docker compose`.
    pub loader: &'static str,
    /// Whether the variables end up in the environment of the process, where an SDK finds them.
    pub fills: bool,
    /// Files that are named, as written, when they are literal; empty for the loader's own choice.
    pub files: Vec<String>,
    /// A file is named by an expression that is not followed.
    pub computed: bool,
    /// Where files are looked for.
    pub search: Search,
    /// Whether values of the file win over those of the environment.
    pub overrides: bool,
    /// When it runs.
    pub scope: Scope,
    /// Whether it runs before every statement of the file wherever it stands: a hoisted import (`import "dotenv/config"`).
    pub hoisted: bool,
    /// The command line, for loads that a runner does (`node --env-file=.env app.js`), and with it the programs they hold for.
    pub command: Option<String>,
}

/// Another file of the project that this one loads.
#[derive(Clone, Debug)]
pub struct Import {
    /// The module as written: `./config`, `app.settings`, `..lib`, `@/env`.
    pub module: String,
    /// Names taken from it, for Python's `from package import module`; empty otherwise.
    pub names: Vec<String>,
    /// Where it stands.
    pub at: Span,
    /// When it is loaded.
    pub scope: Scope,
    /// Whether it is loaded before every statement of the file wherever it stands: an `import` of JavaScript, not a `require`.
    pub hoisted: bool,
}
