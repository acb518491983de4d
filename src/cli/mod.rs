//! What was typed: the command line as clap reads it, and nothing computed.
//!
//! Names and meanings are a contract with users' scripts. Each option's sentence here is the one `--help`, the man page and the
//! completions show. A file for each command holds what it takes; what the options mean together with a configuration file is decided in
//! `config`.

mod baseline;
mod examples;
mod fix;
mod hook;
mod import;
mod inventory;
mod key;
mod merge;
mod rules;
mod scan;
mod value;

use clap::{Parser, Subcommand, builder::styling};

pub use self::{
    baseline::{BaselineAction, BaselineArgs, BaselineRun},
    fix::FixArgs,
    hook::{HookAction, HookArgs, HookOutput, HookPlace, HookRun, HookStage},
    import::{ImportArgs, ImportFrom, ImportRun},
    inventory::{InventoryArgs, InventoryFormat},
    key::{AnswerFormat, DoctorArgs, VerifyKeyArgs},
    merge::MergeArgs,
    rules::{ExplainArgs, RulesArgs, RulesFormat, SchemaOf},
    scan::{ColorWhen, FailOn, Format, OutputArgs, PolicyArgs, ReadingArgs, ScanArgs, VerifyArgs, WhatArgs},
    value::parse_size,
};

const STYLES: styling::Styles = styling::Styles::styled()
    .header(styling::AnsiColor::Green.on_default().bold())
    .usage(styling::AnsiColor::Green.on_default().bold())
    .literal(styling::AnsiColor::Cyan.on_default().bold())
    .placeholder(styling::AnsiColor::Cyan.on_default());

/// Finds API keys that leaked into a repository, and says what to do about each.
#[derive(Debug, Parser)]
#[command(
    name = "keyward",
    version,
    after_help = examples::SCAN,
    styles = STYLES,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub struct Cli {
    /// What to do; scanning when nothing is named.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Options of `scan`, which may be left out.
    #[command(flatten)]
    pub scan: ScanArgs,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Look for secrets in files, folders or standard input (the default)
    #[command(after_help = examples::SCAN)]
    Scan(Box<ScanArgs>),
    /// Create, update or prune the list of accepted findings
    Baseline(BaselineArgs),
    /// Show or make the changes that findings propose
    #[command(after_help = examples::FIX)]
    Fix(Box<FixArgs>),
    /// Put jsonl reports of shards and repositories together into one report
    #[command(after_help = examples::MERGE)]
    Merge(Box<MergeArgs>),
    /// List every distinct key: where it stands, since when, under which names, whether it works, and what to do first
    #[command(after_help = examples::INVENTORY)]
    Inventory(Box<InventoryArgs>),
    /// Ask the provider of one key whether it still works
    #[command(after_help = examples::VERIFY)]
    Verify(VerifyKeyArgs),
    /// Find out why a key is refused: this shell, files, code, and the provider if asked
    #[command(after_help = examples::DOCTOR)]
    Doctor(DoctorArgs),
    /// Look through what is committed or pushed before it is
    Hook(HookArgs),
    /// Take over the configuration and the accepted findings of another scanner
    #[command(after_help = examples::IMPORT)]
    Import(ImportArgs),
    /// List the rules
    Rules(RulesArgs),
    /// Say what a rule finds, why it matters and what to do
    Explain(ExplainArgs),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the man page
    Man,
    /// Print a JSON schema: of the report, of the inventory, of what `doctor` prints, of keyward.toml or of a rule file
    Schema {
        /// Which schema
        #[arg(value_enum, default_value = "report")]
        of: SchemaOf,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
