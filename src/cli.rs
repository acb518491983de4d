//! What was typed: the command line as clap reads it, and nothing computed.
//!
//! Names and meanings are a contract with users' scripts. Each option's sentence here is the one `--help`, the man page and the
//! completions show. What the options mean together with a configuration file is decided in `config`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, builder::styling};

use crate::model::{BaseUrl, RepoId, Severity, Shard};

const EXAMPLES: &str = "\
Examples:
  keyward                              scan the current folder
  keyward src .env.example             scan these paths
  keyward --staged                     scan what the next commit brings in
  keyward --diff main..HEAD            scan what these commits bring in
  keyward --history                    scan everything that git stores
  git diff | keyward --stdin           scan what is piped in
  keyward -f sarif -o keyward.sarif    write a report for code scanning
  keyward baseline create              accept what is there now, report what is new
  keyward --verify                     ask the providers which of the keys still work
  keyward doctor                       find out why a key is refused
  keyward explain openai-api-key       what a rule finds and what to do about it
  keyward hook install                 look through every commit before it is made

A path that is called like a command is written ./rules, or follows `keyward scan`.

Exit codes:
  0  nothing at or above --fail-on
  1  findings
  2  usage, configuration or reading error, or not everything could be read
  3  nothing was scanned";

const MERGE_EXAMPLES: &str = "\
Examples:
  keyward merge shard-*.jsonl                          what the whole scan would have said
  keyward merge reports/*.jsonl -f sarif -o all.sarif  several repositories, one report
  cat reports/*.jsonl | keyward merge -                the same from a pipe

Reports come from `keyward -f jsonl`, with --shard I/N, --repo-id NAME or both.
Exit codes are those of a scan; a report that is missing, cut short or does not
belong with the others is exit code 2.";

const VERIFY_EXAMPLES: &str = "\
Examples:
  keyward verify < key.txt                       whose key is this, is it whole, does it work?
  keyward verify --env OPENAI_API_KEY            the key that programs find in this shell
  pass show mistral | keyward verify --provider mistral
                                                 a key whose form does not name its provider
  keyward verify --env KEY --verify-url openai=https://gateway.example/v1

A key is never taken from an argument: arguments end up in histories and lists of
processes. What belongs to it, such as the id of an AWS pair or the endpoint of an Azure
resource, is taken from the usual variables. A value that cannot be a key is not sent.

Exit codes:
  0  the key is live
  1  it is dead, or no key as it stands
  2  it could not be told, or a usage error";

const DOCTOR_EXAMPLES: &str = "\
Examples:
  keyward doctor                       why are the keys of this project refused?
  keyward doctor OPENAI_API_KEY        look at one variable
  keyward doctor --provider anthropic  look at the key of one provider
  keyward doctor --verify              ask the provider too: which of the values still works?
  keyward doctor KEY services/chat     look at the project in another folder
  keyward doctor --format json         for programs

It compares this shell, the `.env` files and the code, and shows no value. Nothing is sent
anywhere without --verify, and no file of the project decides where.

Exit codes:
  0  nothing fails
  1  something fails
  2  it could not look, could not tell, or a usage error";

const FIX_EXAMPLES: &str = "\
Examples:
  keyward fix                          show what would be changed, as a patch
  keyward fix | git apply              apply it from the root of the repository
  keyward fix --write                  change the files
  keyward fix --unsafe                 show edits of code too
  keyward fix --only dotenv-not-ignored --write
                                       make the fixes of one check

A safe fix cannot change what a working program does: it adds a line to an ignore
file or a template, cleans a value, renames what nothing reads. Edits of code need
--unsafe. A change in whose lines a key stands is shown masked, behind `#`, and is
made by --write only. Fixing a key in a file does not make it secret again: revoke it.

Exit codes:
  0  nothing to change, or everything changed
  1  something to change (--diff), or something could not be changed (--write)
  2  usage, configuration or reading error, or not everything could be read
  3  nothing was scanned";

const INVENTORY_EXAMPLES: &str = "\
Examples:
  keyward inventory                        every key of this repository, the most urgent first
  keyward inventory --verify               and ask the providers which of them work
  keyward inventory --no-history           of the files as they are now only
  keyward inventory -f csv -o keys.csv     a row for each key, for a spreadsheet
  keyward inventory -f markdown >> \"$GITHUB_STEP_SUMMARY\"
                                           a table and a plan for a job summary

Keys in environment files that git ignores are listed too: they are where they belong.
They are sent to nobody and count for no exit code. Suppressed keys are listed and marked.

Exit codes:
  0  no key at or above --fail-on, beside suppressed ones and those where they belong
  1  keys
  2  usage, configuration or reading error, or not everything could be read
  3  nothing was read";

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
    after_help = EXAMPLES,
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
    #[command(after_help = EXAMPLES)]
    Scan(Box<ScanArgs>),
    /// Create, update or prune the list of accepted findings
    Baseline(BaselineArgs),
    /// Show or make the changes that findings propose
    #[command(after_help = FIX_EXAMPLES)]
    Fix(Box<FixArgs>),
    /// Put jsonl reports of shards and repositories together into one report
    #[command(after_help = MERGE_EXAMPLES)]
    Merge(Box<MergeArgs>),
    /// List every distinct key: where it stands, since when, under which names, whether it works, and what to do first
    #[command(after_help = INVENTORY_EXAMPLES)]
    Inventory(Box<InventoryArgs>),
    /// Ask the provider of one key whether it still works
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify(VerifyKeyArgs),
    /// Find out why a key is refused: this shell, files, code, and the provider if asked
    #[command(after_help = DOCTOR_EXAMPLES)]
    Doctor(DoctorArgs),
    /// Look through what is committed or pushed before it is
    Hook(HookArgs),
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

/// Options of `scan`.
#[derive(Clone, Debug, Default, Args)]
pub struct ScanArgs {
    /// What to read.
    #[command(flatten)]
    pub what: WhatArgs,
    /// Which rules and what counts.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// What is printed and where.
    #[command(flatten)]
    pub output: OutputArgs,
    /// Name of the repository in jsonl and json reports, such as acme/api, for `keyward merge`
    #[arg(long, value_name = "NAME", help_heading = "Output")]
    pub repo_id: Option<RepoId>,
    /// Whether providers are asked about keys.
    #[command(flatten)]
    pub verify: VerifyArgs,
    /// How it is read.
    #[command(flatten)]
    pub reading: ReadingArgs,
}

/// Whether and where providers are asked about keys.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Verification")]
pub struct VerifyArgs {
    /// Ask the providers of found keys whether they still work; with names, only these: --verify=openai,github
    #[arg(long, value_name = "PROVIDER", value_delimiter = ',', require_equals = true, num_args = 0..)]
    pub verify: Option<Vec<String>>,
    /// Ask URL instead of the provider's own host, such as openai=https://gateway.example/v1; may be repeated
    #[arg(long, value_name = "PROVIDER=URL", value_parser = parse_verify_url)]
    pub verify_url: Vec<(String, BaseUrl)>,
    /// Stop asking after SECS seconds [default: 60]
    #[arg(long, value_name = "SECS")]
    pub verify_timeout: Option<std::num::NonZeroU64>,
}

/// What to read.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "What to scan")]
pub struct WhatArgs {
    /// Files and folders; the current folder when none is given
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Read what git has staged: the index, never the working copy
    #[arg(long, conflicts_with_all = ["diff", "history", "stdin", "files_from"])]
    pub staged: bool,
    /// Read what the commits of a range bring in, such as main..HEAD
    #[arg(long, value_name = "A..B", conflicts_with_all = ["history", "stdin", "files_from"])]
    pub diff: Option<String>,
    /// The remote that the commits of a range go to, when a hook knows it; nobody types it.
    #[arg(skip)]
    pub remote: Option<String>,
    /// Read everything that git stores: all versions of all files, messages, notes, what nothing reaches any more
    #[arg(long, conflicts_with_all = ["stdin", "files_from"])]
    pub history: bool,
    /// Read one text from standard input
    #[arg(long, conflicts_with_all = ["paths", "files_from"])]
    pub stdin: bool,
    /// Name under which standard input is reported
    #[arg(long, value_name = "NAME", requires = "stdin")]
    pub stdin_path: Option<String>,
    /// Scan the files listed in FILE, one per line or separated by NUL; `-` reads the list from standard input
    #[arg(long, value_name = "FILE", conflicts_with = "paths")]
    pub files_from: Option<PathBuf>,
    /// Read part I of N of the files, chosen by a hash of their paths; `keyward merge` puts the parts together
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
}

/// Which rules run and what counts.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Rules and policy")]
pub struct PolicyArgs {
    /// Run only these rules: ids, providers, the groups `secrets` and `env`, separated by commas
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Leave out these rules
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub skip: Vec<String>,
    /// Add the rule files in DIR
    #[arg(long, value_name = "DIR")]
    pub rules: Vec<PathBuf>,
    /// Read this configuration instead of keyward.toml
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,
    /// Read configuration and baseline as they are in the commit REV, such as the base of a pull request
    #[arg(long, value_name = "REV", conflicts_with_all = ["config", "no_config", "baseline"])]
    pub config_from: Option<String>,
    /// Read no configuration
    #[arg(long)]
    pub no_config: bool,
    /// Silence the findings listed in this baseline
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Least severity that makes the exit code 1 [default: warning]
    #[arg(long, value_name = "LEVEL", value_enum)]
    pub fail_on: Option<FailOn>,
    /// Exit 0 although there are findings; errors still exit 2 or 3
    #[arg(long)]
    pub exit_zero: bool,
}

/// Least severity that fails a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// Errors only
    Error,
    /// Errors and warnings
    #[default]
    Warning,
    /// Everything
    Note,
    /// Nothing
    Never,
}

impl FailOn {
    /// Whether a finding of `severity` fails the run.
    #[must_use]
    pub fn includes(self, severity: Severity) -> bool {
        match self {
            Self::Error => severity >= Severity::Error,
            Self::Warning => severity >= Severity::Warning,
            Self::Note => true,
            Self::Never => false,
        }
    }
}

/// What is printed and where.
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own on the command line")]
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// How to print the findings [default: terminal]
    #[arg(short, long, value_name = "FORMAT", value_enum)]
    pub format: Option<Format>,
    /// Write to FILE instead of standard output, which is `-`
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write a further report, such as sarif=out.sarif; may be repeated
    #[arg(long, value_name = "FORMAT=FILE", value_parser = parse_report)]
    pub report: Vec<(Format, PathBuf)>,
    /// Show secrets whole; only in terminal format, on a terminal, outside CI
    #[arg(long)]
    pub show_secrets: bool,
    /// Report suppressed findings too, marked as such
    #[arg(long)]
    pub show_suppressed: bool,
    /// When to use colours [default: auto]
    #[arg(long, value_name = "WHEN", value_enum)]
    pub color: Option<ColorWhen>,
    /// Print findings only, without notices and summary
    #[arg(short, long)]
    pub quiet: bool,
    /// Say more: every skipped file, every place of a key
    #[arg(short, long)]
    pub verbose: bool,
    /// Show no progress
    #[arg(long)]
    pub no_progress: bool,
}

/// A report format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Terminal,
    /// One object, schema keyward/1
    Json,
    /// One record per line: header, findings, summary
    Jsonl,
    /// SARIF 2.1.0 for code scanning
    Sarif,
    /// Workflow commands that annotate a GitHub pull request
    Github,
    /// A table for job summaries
    Markdown,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How it is read.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Reading")]
pub struct ReadingArgs {
    /// Read ignored files and dependency folders too
    #[arg(long)]
    pub no_ignore: bool,
    /// Skip files larger than SIZE, such as 5M [default: 256M]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub max_file_size: Option<u64>,
    /// Open archives up to N deep in one another; 0 opens none [default: 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=16))]
    pub max_archive_depth: Option<u32>,
    /// Number of threads [default: one per core]
    #[arg(short = 'j', long, value_name = "N")]
    pub threads: Option<std::num::NonZeroUsize>,
    /// Stop reading after SECS seconds; the report says what is missing
    #[arg(long, value_name = "SECS")]
    pub timeout: Option<std::num::NonZeroU64>,
}

/// Options of `merge`.
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// Reports made with `-f jsonl`; `-` reads standard input, which may hold several one after the other
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// What is printed and where.
    #[command(flatten)]
    pub output: OutputArgs,
    /// Least severity that makes the exit code 1 [default: warning]
    #[arg(long, value_name = "LEVEL", value_enum, help_heading = "Policy")]
    pub fail_on: Option<FailOn>,
    /// Exit 0 although there are findings; errors still exit 2 or 3
    #[arg(long, help_heading = "Policy")]
    pub exit_zero: bool,
}

/// Options of `verify`.
#[derive(Debug, Args)]
pub struct VerifyKeyArgs {
    /// Whose key it is; needed only when its form does not tell
    #[arg(long, value_name = "PROVIDER")]
    pub provider: Option<String>,
    /// Take the key from the environment variable VAR instead of standard input
    #[arg(long, value_name = "VAR")]
    pub env: Option<String>,
    /// Ask URL instead of the provider's own host, such as openai=https://gateway.example/v1; may be repeated
    #[arg(long, value_name = "PROVIDER=URL", value_parser = parse_verify_url)]
    pub verify_url: Vec<(String, BaseUrl)>,
    /// Stop asking after SECS seconds [default: 60]
    #[arg(long, value_name = "SECS")]
    pub verify_timeout: Option<std::num::NonZeroU64>,
    /// How to print the answer
    #[arg(short, long, value_enum, default_value = "terminal")]
    pub format: AnswerFormat,
}

/// Options of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// The variable that holds the key; by default those that the code needs
    #[arg(value_name = "VAR")]
    pub variable: Option<String>,
    /// Folder of the project [default: the current folder]
    #[arg(value_name = "PATH")]
    pub path: Option<PathBuf>,
    /// Look at the key of this provider
    #[arg(long, value_name = "PROVIDER")]
    pub provider: Option<String>,
    /// Ask the provider about the value that wins and those that lose
    #[arg(long, help_heading = "Verification")]
    pub verify: bool,
    /// Ask URL instead of the provider's own host, such as openai=https://gateway.example/v1; may be repeated
    #[arg(
        long,
        value_name = "PROVIDER=URL",
        value_parser = parse_verify_url,
        requires = "verify",
        help_heading = "Verification"
    )]
    pub verify_url: Vec<(String, BaseUrl)>,
    /// Stop asking after SECS seconds [default: 60]
    #[arg(long, value_name = "SECS", requires = "verify", help_heading = "Verification")]
    pub verify_timeout: Option<std::num::NonZeroU64>,
    /// How to print the answer
    #[arg(short, long, value_enum, default_value = "terminal")]
    pub format: AnswerFormat,
    /// When to use colours
    #[arg(long, value_name = "WHEN", value_enum, default_value = "auto")]
    pub color: ColorWhen,
}

/// How to print what is known of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AnswerFormat {
    /// For people
    Terminal,
    /// One object
    Json,
}

/// Options of `inventory`.
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own on the command line")]
#[derive(Clone, Debug, Args)]
pub struct InventoryArgs {
    /// Files and folders; the current folder when none is given
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Read the history too; that is the default in a repository, and an error elsewhere
    #[arg(long, help_heading = "What to read")]
    pub history: bool,
    /// Read the files as they are now only
    #[arg(long, conflicts_with = "history", help_heading = "What to read")]
    pub no_history: bool,
    /// Which rules and what counts.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// How to print the keys
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value = "terminal", help_heading = "Output")]
    pub format: InventoryFormat,
    /// Write to FILE instead of standard output, which is `-`
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// When to use colours [default: auto]
    #[arg(long, value_name = "WHEN", value_enum, help_heading = "Output")]
    pub color: Option<ColorWhen>,
    /// Print keys only, without plan, notices and summary
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,
    /// Say more: every place of a key, its fingerprint
    #[arg(short, long, help_heading = "Output")]
    pub verbose: bool,
    /// Show no progress
    #[arg(long, help_heading = "Output")]
    pub no_progress: bool,
    /// Whether providers are asked about keys.
    #[command(flatten)]
    pub verify: VerifyArgs,
    /// How it is read.
    #[command(flatten)]
    pub reading: ReadingArgs,
}

/// How to print an inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum InventoryFormat {
    /// For people
    Terminal,
    /// One object, schema keyward-inventory/1
    Json,
    /// One row for each key, for spreadsheets
    Csv,
    /// A table and a plan for job summaries
    Markdown,
}

/// Options of `fix`.
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own on the command line")]
#[derive(Debug, Args)]
#[command(mut_arg("fail_on", |fail_on| fail_on.hide(true)))]
pub struct FixArgs {
    /// Files and folders; the current folder when none is given
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Print the changes as a patch for `git apply`; this is the default
    #[arg(long, conflicts_with = "write")]
    pub diff: bool,
    /// Change the files
    #[arg(long)]
    pub write: bool,
    /// Include fixes that may change what a program does, such as edits of code
    #[arg(long = "unsafe")]
    pub include_unsafe: bool,
    /// Say nothing beside the patch or the changed files
    #[arg(short, long)]
    pub quiet: bool,
    /// Show no progress
    #[arg(long)]
    pub no_progress: bool,
    /// Which rules, and whose findings are left alone.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// How it is read.
    #[command(flatten)]
    pub reading: ReadingArgs,
}

/// Options of `baseline`.
#[derive(Debug, Args)]
pub struct BaselineArgs {
    /// What to do with the baseline
    #[command(subcommand)]
    pub action: BaselineAction,
}

/// What to do with the baseline.
#[derive(Debug, Subcommand)]
pub enum BaselineAction {
    /// Write a baseline of everything found now
    Create(Box<BaselineRun>),
    /// Add what is new and drop what is gone
    Update(Box<BaselineRun>),
    /// Drop what is gone, add nothing
    Prune(Box<BaselineRun>),
}

/// A scan whose result becomes a baseline.
#[derive(Debug, Args)]
pub struct BaselineRun {
    /// Replace an existing baseline
    #[arg(long)]
    pub force: bool,
    /// What is scanned, and where the baseline is (`--baseline`, by default keyward.baseline).
    #[command(flatten)]
    pub scan: ScanArgs,
}

/// Options of `hook`.
#[derive(Debug, Args)]
pub struct HookArgs {
    /// What to do
    #[command(subcommand)]
    pub action: HookAction,
}

/// What to do with a hook.
#[derive(Debug, Subcommand)]
pub enum HookAction {
    /// Write a git hook that runs keyward; a hook that is there goes on working
    Install(HookPlace),
    /// Take the hook out and put back what was there before
    Uninstall(HookPlace),
    /// Scan what is about to be committed or pushed: what hooks and hook managers call
    Run(Box<HookRun>),
}

/// Which hook is meant.
#[derive(Debug, Args)]
pub struct HookPlace {
    /// When git calls it
    #[arg(long, value_enum, default_value = "pre-commit")]
    pub stage: HookStage,
}

/// When git calls a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HookStage {
    /// Before a commit is made: what is staged
    PreCommit,
    /// Before commits leave: what they add
    PrePush,
}

/// What a hook scans, and how.
#[derive(Debug, Args)]
pub struct HookRun {
    /// Scan these files, as hook managers name them, instead of what git holds
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// What is about to happen: pre-commit reads the index, pre-push the refs on standard input
    #[arg(long, value_enum, default_value = "pre-commit")]
    pub stage: HookStage,
    /// Remote that is pushed to, as git names it to the hook: what it is known to have is no news
    #[arg(long, value_name = "NAME")]
    pub remote: Option<String>,
    /// Which rules and what counts.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// What is printed.
    #[command(flatten)]
    pub output: HookOutput,
    /// How it is read.
    #[command(flatten)]
    pub reading: ReadingArgs,
}

/// What a hook prints. A push may need several scans, so there is no one file that a report could go to.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct HookOutput {
    /// How to print the findings [default: terminal]
    #[arg(short, long, value_name = "FORMAT", value_enum)]
    pub format: Option<Format>,
    /// Report suppressed findings too, marked as such
    #[arg(long)]
    pub show_suppressed: bool,
    /// When to use colours [default: auto]
    #[arg(long, value_name = "WHEN", value_enum)]
    pub color: Option<ColorWhen>,
    /// Print findings only, without notices and summary
    #[arg(short, long)]
    pub quiet: bool,
    /// Say more: every skipped file, every place of a key
    #[arg(short, long)]
    pub verbose: bool,
}

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

/// Reads `5M`, `200k`, `1G` or plain bytes.
///
/// # Errors
/// A sentence that says how to write it.
pub fn parse_size(text: &str) -> Result<u64, String> {
    let trimmed = text.trim().trim_end_matches(['b', 'B']).trim_end_matches('i');
    let (digits, factor) = match trimmed.char_indices().next_back() {
        Some((at, 'k' | 'K')) => (&trimmed[..at], 1 << 10),
        Some((at, 'm' | 'M')) => (&trimmed[..at], 1 << 20),
        Some((at, 'g' | 'G')) => (&trimmed[..at], 1 << 30),
        _ => (trimmed, 1_u64),
    };
    let number: u64 = digits.trim().parse().map_err(|_| "write a number with k, M or G, such as 5M".to_owned())?;
    number.checked_mul(factor).ok_or_else(|| "that is more than can be counted".to_owned())
}

/// Reads `sarif=out.sarif`.
fn parse_report(text: &str) -> Result<(Format, PathBuf), String> {
    let (format, path) = text.split_once('=').ok_or("write FORMAT=FILE, such as sarif=out.sarif")?;
    if path.is_empty() {
        return Err("the file name after `=` is missing".to_owned());
    }
    Ok((Format::from_str(format, true)?, PathBuf::from(path)))
}

/// Reads `openai=https://gateway.example/v1`.
fn parse_verify_url(text: &str) -> Result<(String, BaseUrl), String> {
    let (provider, url) =
        text.split_once('=').ok_or("write PROVIDER=URL, such as openai=https://gateway.example/v1")?;
    Ok((provider.to_owned(), url.parse()?))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn sizes_are_read_with_their_unit() {
        assert_eq!(parse_size("5M"), Ok(5 << 20));
        assert_eq!(parse_size("200 k"), Ok(200 << 10));
        assert_eq!(parse_size("1GiB"), Ok(1 << 30));
        assert_eq!(parse_size("17"), Ok(17));
        assert!(parse_size("lots").is_err());
        assert!(parse_size("99999999999G").is_err());
    }
}
