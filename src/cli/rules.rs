//! What the commands take that tell of rules: `rules` and `explain`, and of the program's own formats: `schema`.

use clap::{Args, ValueEnum};

use super::PolicyArgs;

/// Options of `rules`.
#[derive(Debug, Args)]
pub struct RulesArgs {
    /// Which rules, and the user's own.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// How to print them
    #[arg(short, long, value_enum, default_value = "terminal")]
    pub format: RulesFormat,
}

/// How to print the list of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RulesFormat {
    /// A table
    Terminal,
    /// One object per rule, complete
    Json,
    /// The table of rules/README.md
    Markdown,
}

/// Options of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The rule's id
    pub rule: String,
    /// Where the user's own rules are.
    #[command(flatten)]
    pub policy: PolicyArgs,
}

/// Which JSON schema to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// The object that `--format json` prints
    Report,
    /// The object that `keyward inventory --format json` prints
    Inventory,
    /// keyward.toml
    Config,
    /// A file in rules/ or in the folder given to --rules
    Rules,
    /// The object that `keyward doctor --format json` prints
    Doctor,
}
