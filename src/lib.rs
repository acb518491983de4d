//! keyward finds API keys that leaked into a repository and says what to do about each.
//!
//! Data flows one way, and only `pipeline` knows several stages:
//!
//! ```text
//!  per blob, in parallel                         once, in order
//!  input ─► detect ─► findings ─► sort ─► suppress (mark) ─► verify ─► report
//!  working tree · standard input                 terminal · json · jsonl · sarif · github · markdown
//! ```
//!
//! Decoders stand between input and detection (`decode`), on syntax trees where programs hide something (`syntax`), cross-file lint before suppression; git's index and history are further inputs. Verification opens
//! the only sockets there are, and only when it was asked for. `import` reads what other scanners keep. `inventory` folds what was found in files and history into one row for each key.
//! Reports in the line format are read back by `report` and put together by `merge`, so that many machines make one report. Rules are data: one
//! file for each provider in `rules/`, from which the tests, the documentation and the reports' rule entries follow. `tests/it/tidy.rs` holds the
//! modules to the imports they may have.

pub mod cli;
pub mod command;
pub mod config;
pub mod decode;
pub mod detect;
pub mod import;
pub mod input;
pub mod inventory;
pub mod lint;
pub mod merge;
pub mod model;
pub mod pipeline;
pub mod report;
pub mod rules;
pub mod suppress;
mod syntax;
pub mod verify;

use std::{ffi::OsString, io::Write, process::ExitCode};

use clap::{CommandFactory, Parser};

use cli::{Cli, Command};
use pipeline::{Error, Exit, output};

/// Runs the program with `args`, the program's name first, and gives its exit code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    if let Err(error) = command::hook::guard::refuse_disguised_options(&args) {
        return fail(&error);
    }
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // clap prints help to standard output and exits 0, mistakes to standard error and exits 2. A closed pipe is fine.
            let text = error.render().to_string();
            let shown = if error.use_stderr() { pipeline::masked(&text) } else { text.clone() };
            // It repeats what was typed, which may be a key.
            let _ = if shown == text { error.print() } else { std::io::stderr().write_all(shown.as_bytes()) };
            return if error.use_stderr() { Exit::Trouble.into() } else { Exit::Clean.into() };
        }
    };
    match dispatch(&cli) {
        Ok(exit) => exit.into(),
        Err(error) => fail(&error),
    }
}

/// Says on standard error what went wrong.
fn fail(error: &Error) -> ExitCode {
    // The messages name their causes.
    let handler = miette::GraphicalReportHandler::new().with_links(false).with_break_words(false).without_cause_chain();
    let handler = output::error_width().into_iter().fold(handler, miette::GraphicalReportHandler::with_width);
    let mut text = String::new();
    if handler.render_report(&mut text, error).is_err() {
        text = format!("{error}\n");
    }
    let _ = std::io::stderr().write_all(pipeline::masked(&text).as_bytes());
    Exit::Trouble.into()
}

fn dispatch(cli: &Cli) -> Result<Exit, Error> {
    let text = match &cli.command {
        None => return pipeline::scan(&cli.scan),
        Some(Command::Scan(args)) => return pipeline::scan(args),
        Some(Command::Baseline(args)) => return command::baseline::run(&args.action),
        Some(Command::Doctor(args)) => return command::doctor::run(args),
        Some(Command::Fix(args)) => return command::fix::run(args),
        Some(Command::Merge(args)) => return command::merge::run(args),
        Some(Command::Inventory(args)) => return command::inventory::run(args),
        Some(Command::Verify(args)) => return command::verify::run(args),
        Some(Command::Hook(args)) => return command::hook::run(&args.action),
        Some(Command::Import(args)) => return command::import::run(&args.from),
        Some(Command::Rules(args)) => command::rules::run(args)?,
        Some(Command::Explain(args)) => command::explain::run(args)?,
        Some(Command::Schema { of }) => command::schema::text(*of).into_bytes(),
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "keyward", &mut script);
            script
        }
        Some(Command::Man) => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Cli::command())
                .render(&mut page)
                .map_err(|source| Error::Unwritable { path: "the man page".into(), source })?;
            page
        }
    };
    output::print(&text)?;
    Ok(Exit::Clean)
}
