//! `keyward hook`: git's hooks that run keyward, and what they run.
//!
//! [`place`] finds the folder in which git looks for hooks, [`script`] is the hook's text, [`install`] puts it there and takes it out, [`scan`]
//! is what it calls, and [`guard`] keeps file names from being taken for options. What a hook reads comes from git (`--staged`, `--diff`) or
//! is named by a hook manager that has put the staged content into the working tree.

pub mod guard;
mod install;
mod place;
mod scan;
mod script;

use crate::{
    cli::{HookAction, HookStage},
    pipeline::{self, Error, Exit, output},
};

/// Runs `action`.
///
/// # Errors
/// [`Error`].
pub fn run(action: &HookAction) -> Result<Exit, Error> {
    let current = pipeline::current_folder;
    let done = match action {
        HookAction::Run(args) => return scan::run(args),
        HookAction::Install(args) => install::install(&place::Place::of(&current(), args.stage)?, args.stage)?,
        HookAction::Uninstall(args) => install::uninstall(&place::Place::of(&current(), args.stage)?, args.stage)?,
    };
    output::print(done.as_bytes())?;
    Ok(Exit::Clean)
}

/// Name of the hook in git, and of its file.
fn name(stage: HookStage) -> &'static str {
    match stage {
        HookStage::PreCommit => "pre-commit",
        HookStage::PrePush => "pre-push",
    }
}

/// The command that the hook stops.
fn action(stage: HookStage) -> &'static str {
    match stage {
        HookStage::PreCommit => "commit",
        HookStage::PrePush => "push",
    }
}

fn refused<T>(problem: String, help: impl Into<String>) -> Result<T, Error> {
    Err(Error::Usage { problem, help: help.into() })
}
